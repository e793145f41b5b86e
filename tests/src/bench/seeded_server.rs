//! A server's folder filled before it serves: people of one organisation, their groups, and what was said in them.
//!
//! Everything goes through the server's own core, in this process; but for accounts, which people accept from the server that runs,
//! as everywhere: what that leaves in it counts.

use std::path::Path;

use anyhow::{Context as _, bail};
use conversation::organisation::Name;
use conversation::{
    Action, Command, CommandId, ConversationId, DeviceId, MembershipId, OrganisationId, PersonId, Shape,
};
use platform::{Clock as _, SystemClock, SystemRandom, id};
use protocol::commands::{Answer, CommandsRequest};
use protocol::session::{AcceptRequest, DeviceInfo, RefreshRequest, Secret, SessionAnswer, SignInRequest};
use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_server::config::tuning::PasswordCost;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse, NewMembership};
use sync_server::core::{Actor, Submission, Writer};
use sync_server::server::Opened;
use sync_server::{Config, Server};

use super::senders;
use crate::program::Program;

/// Requests decided together while it is filled.
const TOGETHER: usize = 100;
/// The password of every guest.
pub(crate) const PASSWORD: &str = "vier woorden zijn genoeg";

/// Someone who may sign in.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub person: PersonId,
    pub membership: MembershipId,
    number: usize,
    code: Secret,
}

pub(crate) struct SeededServer {
    opened: Opened,
    writer: Writer,
    organisation: Option<OrganisationId>,
}

impl SeededServer {
    pub(crate) async fn make(folder: &Path) -> anyhow::Result<SeededServer> {
        SeededServer::of(Server::builder(Config::local(folder)).initialise()).await
    }

    /// One that was made, between two times of serving.
    pub(crate) async fn open(folder: &Path) -> anyhow::Result<SeededServer> {
        SeededServer::of(Server::builder(Config::local(folder))).await
    }

    async fn of(server: Server) -> anyhow::Result<SeededServer> {
        let opened = server.open().await?;
        let writer = Writer::open(opened.core.clone()).await?;
        Ok(SeededServer {
            opened,
            writer,
            organisation: None,
        })
    }

    pub(crate) async fn close(self) {
        drop(self.writer);
        self.opened.close().await;
    }

    /// So many people of a new organisation.
    pub(crate) async fn invite(&mut self, people: usize) -> anyhow::Result<Vec<Guest>> {
        let request = AdminRequest::OrganisationAdd {
            name: "Thuiszorg Maasdal".into(),
        };
        let organisation = match self.administer(request).await? {
            AdminResponse::Organisation { organisation, .. } => organisation,
            done => bail!("an organisation gave {done:?}"),
        };
        self.organisation = Some(organisation);
        let mut guests = Vec::with_capacity(people);
        for number in 0..people {
            guests.push(self.invite_one(organisation, number).await?);
        }
        Ok(guests)
    }

    /// The key of a new source system of the organisation that was made last.
    pub(crate) async fn source(&mut self) -> anyhow::Result<Secret> {
        let organisation = self.organisation.context("there is no organisation")?;
        let name = "Cli\u{eb}ntdossier".to_owned();
        match self
            .administer(AdminRequest::SourceAdd { organisation, name })
            .await?
        {
            AdminResponse::Source { key, .. } => Ok(key),
            done => bail!("a source gave {done:?}"),
        }
    }

    async fn administer(&mut self, request: AdminRequest) -> anyhow::Result<AdminResponse> {
        let (done, _committed) = self.writer.administer(&AdminActor::PROGRAM, &request).await?;
        Ok(done?)
    }

    async fn invite_one(&mut self, organisation: OrganisationId, number: usize) -> anyhow::Result<Guest> {
        let membership = NewMembership {
            work_email: None,
            organisation,
            unit: None,
            name: Name {
                given: "Gast".into(),
                prefix: String::new(),
                family: number.to_string(),
            },
            discipline: "Verpleegkunde".into(),
            function: "Wijkverpleegkundige".into(),
        };
        let request = AdminRequest::PersonAdd {
            login: login(number),
            memberships: vec![membership],
        };
        match self.administer(request).await? {
            AdminResponse::Person {
                person,
                memberships,
                invitation,
            } => Ok(Guest {
                person,
                membership: memberships[0],
                number,
                code: invitation.code,
            }),
            done => bail!("a person gave {done:?}"),
        }
    }

    /// A group that the first of them starts.
    pub(crate) async fn start(&mut self, members: &[Guest]) -> anyhow::Result<ConversationId> {
        let now = SystemClock.now();
        let conversation = ConversationId(id(&SystemRandom, now));
        let command = Command {
            id: CommandId(id(&SystemRandom, now)),
            acting: members[0].membership,
            conversation,
            action: Action::Start {
                teams: Vec::new(),
                shape: Shape::Group,
                with: members[1..].iter().map(|member| member.membership).collect(),
                subject: Some("Team".into()),
                message: None,
            },
        };
        let mut request = CommandsRequest::default();
        request.push(&command)?;
        self.commit(vec![Submission::new(actor(&members[0]), request)])
            .await?;
        Ok(conversation)
    }

    /// So many messages in a conversation.
    pub(crate) async fn say(
        &mut self,
        who: &Guest,
        conversation: ConversationId,
        messages: usize,
    ) -> anyhow::Result<()> {
        for first in (0..messages).step_by(TOGETHER) {
            let last = messages.min(first + TOGETHER);
            let requests = (first..last)
                .map(|number| {
                    let request = senders::post(who.membership, conversation, number)?;
                    Ok(Submission::new(actor(who), request))
                })
                .collect::<anyhow::Result<Vec<_>>>()?;
            self.commit(requests).await?;
        }
        Ok(())
    }

    async fn commit(&mut self, mut batch: Vec<Submission>) -> anyhow::Result<()> {
        let (answers, _committed) = self.writer.commit(&mut batch).await?;
        for answer in answers.iter().flat_map(|answer| &answer.answers) {
            if !matches!(answer, Answer::Accepted { .. }) {
                bail!("filling was answered by {answer:?}");
            }
        }
        Ok(())
    }
}

/// Someone who signed in on a device.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub access: String,
    pub device: DeviceId,
}

/// They accept their invitations at the server that runs; their access tokens, in their order, which last for ten minutes from the end.
pub(crate) async fn sign_in(
    client: &Client,
    server: &Program,
    guests: &[Guest],
) -> anyhow::Result<Vec<String>> {
    let devices = sign_in_devices(client, &server.url(""), guests, 1).await?;
    Ok(devices.into_iter().map(|device| device.access).collect())
}

/// The same at a server of this address, each on so many devices: those of one person stand together.
pub(crate) async fn sign_in_devices(
    client: &Client,
    url: &str,
    guests: &[Guest],
    devices: usize,
) -> anyhow::Result<Vec<SignedIn>> {
    let mut refreshes = Vec::with_capacity(guests.len() * devices);
    for guest in guests {
        let (code, password) = (guest.code.clone(), Secret(PASSWORD.to_owned()));
        let device = new_device();
        let request = AcceptRequest {
            code,
            password: password.clone(),
            device: device.clone(),
        };
        let session: SessionAnswer = ask(client, url, "/v1/session/accept", &request).await?;
        refreshes.push((session.refresh, device.device));
        for _ in 1..devices {
            let device = new_device();
            let request = SignInRequest {
                login: login(guest.number),
                password: password.clone(),
                device: device.clone(),
            };
            let session: SessionAnswer = ask(client, url, "/v1/session/sign-in", &request).await?;
            refreshes.push((session.refresh, device.device));
        }
    }
    // Passwords of many take longer than an access token lives.
    let mut signed_in = Vec::with_capacity(refreshes.len());
    for (refresh, device) in refreshes {
        let session: SessionAnswer =
            ask(client, url, "/v1/session/refresh", &RefreshRequest { refresh }).await?;
        let access = session.access.0;
        signed_in.push(SignedIn { access, device });
    }
    Ok(signed_in)
}

/// The same at a server in this process, which ends: with passwords that cost it next to nothing.
pub(crate) async fn sign_in_cheaply(
    folder: &Path,
    guests: &[Guest],
    devices: usize,
) -> anyhow::Result<Vec<SignedIn>> {
    let mut config = Config::local(folder);
    config.tuning().password_cost = PasswordCost::LIGHT;
    let server = Server::builder(config).run().await?;
    let client = Client::builder().no_proxy().tcp_nodelay(true).build()?;
    let signed_in = sign_in_devices(&client, &server.url(), guests, devices).await;
    drop(client);
    server.stop().await;
    signed_in
}

pub(crate) fn new_device() -> DeviceInfo {
    DeviceInfo {
        device: DeviceId(id(&SystemRandom, SystemClock.now())),
        name: "bench".to_owned(),
        platform: "linux".to_owned(),
    }
}

/// Of the guest of this number.
pub(crate) fn login(number: usize) -> String {
    format!("gast{number}@maasdal.example")
}

pub(crate) async fn ask<T: DeserializeOwned>(
    client: &Client,
    url: &str,
    path: &str,
    request: &impl Serialize,
) -> anyhow::Result<T> {
    let answer = client.post(format!("{url}{path}")).json(request).send().await?;
    Ok(answer.error_for_status()?.json().await?)
}

fn actor(guest: &Guest) -> Actor {
    Actor {
        person: guest.person,
        // They sit at no device yet.
        device: DeviceId(guest.person.0),
        address: None,
    }
}
