//! A device of someone's: a real engine on an encrypted cache, with a plug that can be pulled.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use client::api::request::{At, OverviewAsk, SettingValue};
use client::api::view::{
    Body, ConversationView, Draft, Found, MessageState, MessageView, Overview, Row, SessionView, Settings,
    SyncStatus, Timeline,
};
use client::api::{ApiError, ApiRequest};
use client::client::{Client, Platform};
use client::http::HttpConnector;
use client::keychain::MemoryKeychain;
use client::notifier::DesktopStatus;
use client::opening::Place;
use conversation::text::MENTION;
use conversation::{ConversationId, MembershipId, MessageId, MessageText, Seq, Shape, Timestamp};
use platform::SystemRandom;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::plug::{Plug, Plugged};
use super::{Clinician, DeviceClock, PASSWORD};
use crate::secrecy;

const PROFILE: &str = "verhaal";
/// How long something may take to happen.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Device {
    pub who: Clinician,
    server: String,
    folder: PathBuf,
    keychain: MemoryKeychain,
    clock: DeviceClock,
    plug: Plug,
    /// `None` only while it restarts.
    overleg: Option<Client>,
}

impl Device {
    pub(crate) async fn new(
        server: String,
        who: Clinician,
        folder: PathBuf,
        clock: DeviceClock,
    ) -> anyhow::Result<Device> {
        let device = Device::signed_out(server, who, folder, clock).await;
        device.sign_in().await?;
        Ok(device)
    }

    /// A device at which nobody has signed in yet.
    pub(crate) async fn signed_out(
        server: String,
        who: Clinician,
        folder: PathBuf,
        clock: DeviceClock,
    ) -> Device {
        let (keychain, plug) = (MemoryKeychain::default(), Plug::default());
        let overleg = open(&folder, &keychain, &clock, &plug).await;
        secrecy::keep_secret(PASSWORD);
        secrecy::keep_key_secret(&keychain, PROFILE).await;
        Device {
            who,
            server,
            folder,
            keychain,
            clock,
            plug,
            overleg: Some(overleg),
        }
    }

    async fn sign_in(&self) -> anyhow::Result<()> {
        let (server, password) = (self.server.clone(), PASSWORD.to_owned());
        let accept = ApiRequest::Accept {
            server: server.clone(),
            code: self.who.code.clone(),
            password: password.clone(),
        };
        let view: SessionView = match self.ask(accept).await {
            Ok(view) => view,
            Err(_) => {
                self.ask(ApiRequest::SignIn {
                    server,
                    login: self.who.login.clone(),
                    password,
                })
                .await?
            }
        };
        if !matches!(view, SessionView::SignedIn { .. }) {
            bail!("{} is not signed in: {view:?}", self.who.given);
        }
        self.is_current().await
    }

    /// Ends the program and starts it again on the same cache.
    pub async fn restart(mut self) -> Device {
        if let Some(overleg) = self.overleg.take() {
            overleg.close().await;
        }
        self.overleg = Some(open(&self.folder, &self.keychain, &self.clock, &self.plug).await);
        self
    }

    #[expect(clippy::expect_used, reason = "only a restart takes it, and puts it back")]
    pub fn overleg(&self) -> &Client {
        self.overleg
            .as_ref()
            .expect("only a restart takes it, and puts it back")
    }

    /// Somebody sets the device's clock: from now on it is ahead by so many milliseconds, or behind.
    pub fn set_clock_ahead(&self, milliseconds: i64) {
        self.clock.set_ahead(milliseconds);
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The folder of the cache, for tests that look into the file.
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// Pulls the plug: streams break, requests fail.
    pub fn go_offline(&self) {
        self.plug.pull();
    }

    /// Waits, offline, until it tried in vain to send what was made at that moment or later. A request that is on its way
    /// while the clock advances counts that time as time on the way, not as time that it waited (M7).
    pub async fn tried_in_vain_since(&self, at: Timestamp) -> anyhow::Result<()> {
        let waited = tokio::time::timeout(PATIENCE, self.plug.refuses_since(at)).await;
        waited.with_context(|| format!("{} did not try to send", self.who.given))
    }

    pub fn go_online(&self) {
        self.plug.put_in();
    }

    /// Loses the next answer to a batch of commands: the server has done it, the device does not know.
    pub fn lose_next_answer(&self) {
        self.plug.lose_next_answer();
    }

    /// N1: what the desktop is to show. `attended`: somebody looks at the window.
    pub async fn desktop_status(&self, attended: bool) -> anyhow::Result<DesktopStatus> {
        self.overleg()
            .desktop_status(attended)
            .await
            .context("the cache is open")
    }

    /// Asks through the API, as the screen does.
    pub async fn ask<T: DeserializeOwned>(&self, call: ApiRequest) -> Result<T, ApiError> {
        let answer = self.overleg().answer(call).await?;
        serde_json::from_value(answer).map_err(|_| ApiError::Cache)
    }

    /// Waits until something is true on this device, asking again whenever something became invalidated.
    pub async fn until(
        &self,
        what: &str,
        mut is_true: impl AsyncFnMut(&Device) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let mut invalidated = self.overleg().subscribe();
        let waiting = async {
            while !is_true(self).await? {
                // Falling behind is a reason to look again, too.
                let _invalidated = invalidated.recv().await;
            }
            anyhow::Ok(())
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        if waited.is_err() {
            let sync_status: Result<SyncStatus, ApiError> = self.ask(ApiRequest::SyncStatus {}).await;
            bail!(
                "{} did not see that {what}; where it stands: {sync_status:?}",
                self.who.given
            );
        }
        waited?
    }

    pub async fn is_current(&self) -> anyhow::Result<()> {
        self.until("everything is there", async |device| {
            let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).await?;
            Ok(sync_status.current_until.is_some()
                && !sync_status.catching_up
                && sync_status.connection == online())
        })
        .await
    }

    /// Waits until the server has said that nothing is missing as of a moment from now.
    pub async fn is_current_as_of_now(&self) -> anyhow::Result<()> {
        self.clock.time.advance(1);
        let now = platform::Clock::now(&self.clock.time);
        self.until("it is current", async |device| {
            let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).await?;
            Ok(sync_status.current_until.is_some_and(|at| at >= now))
        })
        .await
    }

    /// Waits until the timeline's messages are these.
    pub async fn sees(&self, conversation: ConversationId, texts: &[&str]) -> anyhow::Result<()> {
        let waited = self
            .until("the messages are there", async |device| {
                Ok(device.texts(conversation).await.is_ok_and(|seen| seen == texts))
            })
            .await;
        if waited.is_err() {
            let seen = self.texts(conversation).await;
            bail!("{} sees {seen:?} and not {texts:?}", self.who.given);
        }
        Ok(())
    }

    /// Waits until everything that was given has left, or was refused.
    pub async fn has_sent_all(&self) -> anyhow::Result<()> {
        self.until("all is sent", async |device| {
            let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).await?;
            Ok(sync_status.waiting == 0)
        })
        .await
    }

    pub async fn settings(&self) -> anyhow::Result<Settings> {
        Ok(self.ask(ApiRequest::Settings {}).await?)
    }

    /// Changes one setting; answers with all of them.
    pub async fn set(&self, key: &str, value: impl Serialize) -> anyhow::Result<Settings> {
        let set = ApiRequest::SetSetting {
            key: key.to_owned(),
            value: SettingValue(serde_json::to_value(value)?),
        };
        Ok(self.ask(set).await?)
    }

    pub async fn overview(&self) -> anyhow::Result<Overview> {
        self.overview_of(OverviewAsk::default()).await
    }

    /// L2: the first hundred of what is asked for.
    pub async fn overview_of(&self, ask: OverviewAsk) -> anyhow::Result<Overview> {
        let ask = OverviewAsk { limit: 100, ..ask };
        Ok(self.ask(ApiRequest::Overview { ask }).await?)
    }

    /// The titles in the overview, in its order.
    pub async fn titles(&self, ask: OverviewAsk) -> anyhow::Result<Vec<String>> {
        let rows = self.overview_of(ask).await?.rows;
        Ok(rows.into_iter().map(|row| row.title).collect())
    }

    pub async fn conversation(&self, conversation: ConversationId) -> Result<ConversationView, ApiError> {
        self.ask(ApiRequest::Conversation { conversation }).await
    }

    pub async fn rows(&self, conversation: ConversationId) -> Result<Vec<Row>, ApiError> {
        let timeline: Timeline = self
            .ask(ApiRequest::Timeline {
                conversation,
                at: At::End,
                limit: 200,
            })
            .await?;
        Ok(timeline.rows)
    }

    pub async fn messages(&self, conversation: ConversationId) -> Result<Vec<MessageView>, ApiError> {
        let rows = self.rows(conversation).await?;
        let message = |row| match row {
            Row::Message(message) => Some(*message),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(message).collect())
    }

    /// The messages as they read: `[deleted]` and `[unavailable]` where they do not.
    pub async fn texts(&self, conversation: ConversationId) -> Result<Vec<String>, ApiError> {
        let messages = self.messages(conversation).await?;
        let text = |message: MessageView| match message.body {
            Body::Said { text, .. } => text.body,
            Body::Deleted => "[deleted]".to_owned(),
            Body::Unavailable => "[unavailable]".to_owned(),
        };
        Ok(messages.into_iter().map(text).collect())
    }

    /// Whether no place of a conversation is still missing.
    pub async fn is_all_there(&self, conversation: ConversationId) -> anyhow::Result<bool> {
        let engine = self.overleg().open_engine().await.context("the cache is open")?;
        let holes = engine.holes().await?;
        Ok(!holes.iter().any(|hole| hole.conversation == conversation))
    }

    /// All texts of a conversation, however long it is.
    pub async fn all_texts(&self, conversation: ConversationId) -> anyhow::Result<Vec<String>> {
        let mut all = Vec::new();
        let mut at = At::End;
        loop {
            let slice: Timeline = self
                .ask(ApiRequest::Timeline {
                    conversation,
                    at,
                    limit: 200,
                })
                .await?;
            let said = slice.rows.iter().filter_map(|row| match row {
                Row::Message(message) => Some((message.number?, message.body.clone())),
                _ => None,
            });
            let said: Vec<_> = said.collect();
            let Some((first, _)) = said.first().cloned() else {
                break;
            };
            let texts = said.into_iter().filter_map(|(_, body)| match body {
                Body::Said { text, .. } => Some(text.body),
                _ => None,
            });
            all.splice(0..0, texts);
            if !slice.before {
                break;
            }
            at = At::Before { number: first };
        }
        Ok(all)
    }

    /// The message that reads so.
    pub async fn message(&self, conversation: ConversationId, body: &str) -> anyhow::Result<MessageView> {
        let found = self
            .messages(conversation)
            .await?
            .into_iter()
            .find(|message| matches!(&message.body, Body::Said { text, .. } if text.body == body));
        found.with_context(|| format!("{} sees no message that reads {body:?}", self.who.given))
    }

    pub async fn state_of(&self, conversation: ConversationId, body: &str) -> anyhow::Result<MessageState> {
        Ok(self.message(conversation, body).await?.state)
    }

    pub async fn start_direct(&self, with: &Clinician, text: &str) -> anyhow::Result<ConversationId> {
        self.knows(with).await?;
        Ok(self.start(Shape::Direct, &[with.membership], None, text).await?)
    }

    pub async fn start_group(&self, with: &[&Clinician], subject: &str) -> anyhow::Result<ConversationId> {
        for other in with {
            self.knows(other).await?;
        }
        let with: Vec<MembershipId> = with.iter().map(|other| other.membership).collect();
        Ok(self
            .start(Shape::Group, &with, Some(subject), "Goedemorgen")
            .await?)
    }

    pub async fn start(
        &self,
        shape: Shape,
        with: &[MembershipId],
        subject: Option<&str>,
        text: &str,
    ) -> Result<ConversationId, ApiError> {
        let call = ApiRequest::Start {
            teams: Vec::new(),
            acting: self.who.membership,
            shape,
            with: with.to_vec(),
            subject: subject.map(Into::into),
            text: Some(text.into()),
            attachments: false,
            urgent: None,
        };
        self.ask(call).await
    }

    /// Finds someone, as one does before starting a conversation.
    pub async fn knows(&self, other: &Clinician) -> anyhow::Result<()> {
        self.until("the colleague is found", async |device| {
            let (acting, query) = (device.who.membership, other.given.to_owned());
            let found: Found = device
                .ask(ApiRequest::Find {
                    acting,
                    query,
                    limit: 20,
                })
                .await?;
            Ok(found
                .people
                .iter()
                .any(|person| person.card.membership == other.membership))
        })
        .await
    }

    pub async fn says(&self, conversation: ConversationId, text: &str) -> anyhow::Result<()> {
        self.sends(
            conversation,
            Draft {
                text: text.into(),
                ..Draft::default()
            },
        )
        .await
    }

    /// P8
    pub async fn mentions(&self, conversation: ConversationId, who: &Clinician) -> anyhow::Result<()> {
        let text = MessageText {
            body: format!("Kijkt u mee, {MENTION}?"),
            mentions: vec![who.membership],
        };
        let draft = Draft {
            text,
            ..Draft::default()
        };
        self.sends(conversation, draft).await
    }

    pub async fn replies(
        &self,
        conversation: ConversationId,
        to: MessageId,
        text: &str,
    ) -> anyhow::Result<()> {
        let draft = Draft {
            text: text.into(),
            reply_to: Some(to),
            ..Draft::default()
        };
        self.sends(conversation, draft).await
    }

    pub async fn edits(
        &self,
        conversation: ConversationId,
        message: MessageId,
        text: impl Into<MessageText>,
    ) -> anyhow::Result<()> {
        let draft = Draft {
            text: text.into(),
            editing: Some(message),
            ..Draft::default()
        };
        self.sends(conversation, draft).await
    }

    async fn sends(&self, conversation: ConversationId, draft: Draft) -> anyhow::Result<()> {
        self.ask::<()>(ApiRequest::SaveDraft { conversation, draft })
            .await?;
        Ok(self.ask::<()>(ApiRequest::Send { conversation }).await?)
    }

    pub async fn deletes(&self, conversation: ConversationId, message: MessageId) -> anyhow::Result<()> {
        Ok(self
            .ask::<()>(ApiRequest::DeleteMessage {
                conversation,
                message,
            })
            .await?)
    }

    pub async fn adds(&self, conversation: ConversationId, who: &Clinician) -> anyhow::Result<()> {
        self.knows(who).await?;
        let members = vec![who.membership];
        Ok(self
            .ask::<()>(ApiRequest::Add {
                teams: Vec::new(),
                conversation,
                members,
                share_from: None,
                previewed: None,
            })
            .await?)
    }

    pub async fn leaves(&self, conversation: ConversationId) -> anyhow::Result<()> {
        Ok(self
            .ask::<()>(ApiRequest::Leave {
                conversation,
                successor: None,
            })
            .await?)
    }

    pub async fn reads(&self, conversation: ConversationId, number: Seq) -> anyhow::Result<()> {
        Ok(self.ask::<()>(ApiRequest::Read { conversation, number }).await?)
    }
}

/// The cache is closed before the process ends: the cipher's library cleans up behind itself at the end, and must not be
/// at work then.
impl Drop for Device {
    fn drop(&mut self) {
        if let Some(overleg) = self.overleg.take() {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(overleg.close()));
        }
    }
}

fn online() -> client::api::view::Connection {
    client::api::view::Connection::Online
}

async fn open(
    folder: &std::path::Path,
    keychain: &MemoryKeychain,
    clock: &DeviceClock,
    plug: &Plug,
) -> Client {
    let platform = Platform {
        keychain: Arc::new(keychain.clone()),
        clock: Arc::new(clock.clone()),
        random: Arc::new(SystemRandom),
        connector: Arc::new(Plugged {
            plug: plug.clone(),
            inner: HttpConnector::default(),
        }),
        policy: Arc::new(client::policy::NoPolicy),
    };
    let place = Place {
        folder: folder.to_owned(),
        profile: PROFILE.to_owned(),
    };
    Client::open(place, platform).await
}
