//! The session of the window stories: the desktop with its window, the server, and the colleagues elsewhere.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use client::api::ApiRequest;
use client::api::view::{Found, ItemView};
use conversation::organisation::Permission;
use conversation::{ConversationId, ItemId, MembershipId, Shape, TeamId};
use sync_server::core::administer::{AdminRequest, Right};
use tokio::sync::Mutex;

use super::Story;
use crate::demo::demo_server::DemoServer;
use crate::demo::people::CLINICIANS;
use crate::desktop_session::{App, DesktopServices, DesktopSession, Heard, Screenshots, TcpProxy};
use crate::test_network::{Device, PASSWORD};

/// The parts that all stories share.
#[derive(Debug)]
pub struct StorySession<'a> {
    pub(super) demo_server: &'a DemoServer,
    pub(super) desktop_session: &'a DesktopSession,
    /// Between the window and the server.
    pub(super) tcp_proxy: &'a TcpProxy,
    pub(super) program: &'a Path,
    /// The run may take long: files are larger, and there are more of them.
    pub is_long: bool,
    devices: Mutex<HashMap<&'static str, Arc<Device>>>,
}

/// The surroundings of one story.
#[derive(Debug)]
pub struct Scene<'a> {
    pub(super) app: &'a App,
    pub(super) session: &'a StorySession<'a>,
    who: &'static str,
    screenshots: Screenshots,
}

/// The window, and who sits at it: the same for story after story, until somebody else takes the seat.
#[derive(Debug, Default)]
pub struct SignedInApp(Option<(&'static str, App)>);

impl SignedInApp {
    /// Runs one story, and returns the number of pictures of it. After one that failed, the next begins at a new
    /// window.
    pub async fn run(
        &mut self,
        session: &StorySession<'_>,
        story: &Story,
        pictures: &Path,
    ) -> anyhow::Result<usize> {
        // One that failed may have left these.
        session.tcp_proxy.mend();
        session.desktop_session.remove_policy()?;
        let app = self.take(session, story.who).await?;
        let scene = Scene {
            app: &app,
            session,
            who: story.who,
            screenshots: Screenshots::in_folder(&pictures.join(story.name)),
        };
        let played = async {
            app.look(story.language, story.theme).await?;
            (story.play)(&scene).await
        };
        let played = played.await;
        scene.screenshots.end(&app, played).await?;
        let taken = scene.screenshots.into_pictures().len();
        self.0 = Some((story.who, app));
        Ok(taken)
    }

    async fn take(&mut self, session: &StorySession<'_>, who: &'static str) -> anyhow::Result<App> {
        match self.0.take() {
            Some((sits, app)) if sits == who => return Ok(app),
            Some((_, app)) => app.close().await?,
            None => {}
        }
        session.window_of(who).await
    }

    pub async fn leave(self) -> anyhow::Result<()> {
        match self.0 {
            Some((_, app)) => app.close().await,
            None => Ok(()),
        }
    }
}

impl<'a> StorySession<'a> {
    pub fn new(
        demo_server: &'a DemoServer,
        desktop_session: &'a DesktopSession,
        tcp_proxy: &'a TcpProxy,
        program: &'a Path,
        is_long: bool,
    ) -> StorySession<'a> {
        StorySession {
            demo_server,
            desktop_session,
            tcp_proxy,
            program,
            is_long,
            devices: Mutex::default(),
        }
    }

    /// The window of one of the demo's people, signed in.
    pub(super) async fn window_of(&self, who: &str) -> anyhow::Result<App> {
        let app = self.desktop_session.app(self.program, &profile(who)).await?;
        app.see_css("[data-testid=sign-in], [data-testid=work]").await?;
        if app.count("[data-testid=work]").await? == 0 {
            let code = self.demo_server.invite(place(who)?).await?;
            let link = format!("{}/#invite={code}", self.tcp_proxy.url());
            app.accept(&link, PASSWORD).await?;
        }
        app.is_online().await?;
        Ok(app)
    }

    /// A colleague's device without a window: the same one in all stories.
    pub(super) async fn device(&self, who: &'static str) -> anyhow::Result<Arc<Device>> {
        let mut devices = self.devices.lock().await;
        if let Some(device) = devices.get(who) {
            return Ok(Arc::clone(device));
        }
        let device = Arc::new(self.demo_server.device(place(who)?).await?);
        devices.insert(who, Arc::clone(&device));
        Ok(device)
    }

    /// Another device of who sits at the window.
    pub(super) async fn laptop(&self, who: &str) -> anyhow::Result<Device> {
        self.demo_server.another_device(place(who)?).await
    }

    pub(super) fn membership(&self, who: &str) -> anyhow::Result<MembershipId> {
        Ok(self.demo_server.filled.people[place(who)?].membership)
    }

    /// O7: gives a permission for reports, everywhere in the organisation.
    pub(super) async fn grant(&self, who: &str, permission: Permission) -> anyhow::Result<()> {
        let right = self.right(who, permission)?;
        self.demo_server
            .administer(AdminRequest::Grant(right))
            .await
            .map(|_| ())
    }

    pub(super) async fn revoke(&self, who: &str, permission: Permission) -> anyhow::Result<()> {
        let right = self.right(who, permission)?;
        self.demo_server
            .administer(AdminRequest::Revoke(right))
            .await
            .map(|_| ())
    }

    fn right(&self, who: &str, permission: Permission) -> anyhow::Result<Right> {
        Ok(Right {
            membership: self.membership(who)?,
            unit: None,
            item_type: "melding".into(),
            permission,
        })
    }
}

impl Scene<'_> {
    /// A new group of the user with one colleague, and that colleague's device. A colleague is found by the first name, in small letters.
    pub(super) async fn group_with(
        &self,
        colleague: &'static str,
        name: &str,
        subject: &str,
    ) -> anyhow::Result<(Arc<Device>, ConversationId)> {
        let device = self.session.device(colleague).await?;
        let found_by = colleague.to_lowercase();
        let first = format!("Dag {colleague}");
        self.app
            .start_group(subject, &[(&found_by, name)], &first)
            .await?;
        self.app.click("wizard-start").await?;
        self.app.in_state("accepted", 1).await?;
        let conversation = called(&device, subject).await?;
        Ok((device, conversation))
    }

    pub(super) async fn picture(&self, name: &str) -> anyhow::Result<()> {
        self.picture_of(self.app, name).await
    }

    /// The same of another window, which stands before the user's.
    pub(super) async fn picture_of(&self, app: &App, name: &str) -> anyhow::Result<()> {
        self.screenshots.take(app, name).await
    }

    /// The end of what was played in another window: where it failed, there is a picture of that window, too.
    pub(super) async fn end_of(&self, app: &App, played: anyhow::Result<()>) -> anyhow::Result<()> {
        self.screenshots.end(app, played).await
    }

    pub(super) fn desktop_services(&self) -> anyhow::Result<&DesktopServices> {
        self.session.desktop_session.desktop_services()
    }

    /// A picture of the whole screen, with what stands beside the window.
    pub(super) fn screen(&self, name: &str) -> anyhow::Result<()> {
        self.screenshots.take_screen(self.desktop_services()?, name)
    }

    /// Starts the program once more with a link, as the system does.
    pub(super) async fn start_again(&self, link: &str) -> anyhow::Result<()> {
        let StorySession {
            desktop_session,
            program,
            ..
        } = self.session;
        desktop_session.follow(program, &profile(self.who), link).await
    }

    /// Starts the program with a variable in its environment, and nothing that drives it.
    pub(super) fn start_with(&self, name: &str, value: &Path) -> anyhow::Result<Heard> {
        let StorySession {
            desktop_session,
            program,
            ..
        } = self.session;
        let variable = format!("{name}={}", value.display());
        let (program, folder) = (program.display().to_string(), self.folder().display().to_string());
        let profile = profile(self.who);
        let arguments = [&variable, &program, "--profile", &profile, "--folder", &folder];
        desktop_session.start(Path::new("env"), &arguments)
    }

    /// Opens the window of who sits there anew, after the program was ended.
    pub(super) async fn open_again(&self) -> anyhow::Result<App> {
        self.session.window_of(self.who).await
    }

    /// Waits until the program has ended, and let go of the cache.
    pub(super) async fn ended(&self) -> anyhow::Result<()> {
        let desktop_services = self.desktop_services()?;
        let gone = async || Ok(desktop_services.title()?.is_none() && desktop_services.icons()? == 0);
        self.app.until("the program did not end", gone).await
    }

    /// The folder of the profile's cache.
    pub(super) fn folder(&self) -> PathBuf {
        self.session.desktop_session.folder(&profile(self.who))
    }

    /// The file of the organisation's policy.
    pub(super) fn policy(&self) -> PathBuf {
        self.session.desktop_session.policy()
    }

    pub(super) fn home(&self) -> &Path {
        self.session.desktop_session.home()
    }

    /// The peaks of the sounds that were played.
    pub(super) fn sounds(&self) -> anyhow::Result<Vec<u16>> {
        self.session.desktop_session.sounds()
    }

    /// S3: follows the link of an item that stands somewhere else, in the source system or a mail.
    pub(super) async fn follow(&self, item: &str) -> anyhow::Result<()> {
        self.start_again(self.session.demo_server.address(item)?).await?;
        self.app.see_with("item-window", item).await.map(|_| ())
    }
}

/// Ends the program with SIGKILL, and all that it started.
pub(super) fn kill(app: &App) -> anyhow::Result<()> {
    let group = format!("-{}", app.id());
    let killed = Command::new("kill").args(["-KILL", "--", &group]).status()?;
    ensure!(killed.success(), "the program could not be killed");
    Ok(())
}

/// The conversation of that title, once it is on the device.
pub(super) async fn called(device: &Device, title: &str) -> anyhow::Result<ConversationId> {
    let mut found = None;
    device
        .until("it takes part", async |device| {
            let rows = device.overview().await?.rows;
            found = rows
                .iter()
                .find(|row| row.title == title)
                .map(|row| row.conversation);
            Ok(found.is_some())
        })
        .await?;
    found.with_context(|| format!("{title} is not there"))
}

/// O4: finds a team on a device, as one finds a colleague.
pub(super) async fn find_team(device: &Device, name: &str) -> anyhow::Result<TeamId> {
    let find = ApiRequest::Find {
        acting: device.who.membership,
        query: name.to_owned(),
        limit: 20,
    };
    let found: Found = device.ask(find).await?;
    let team = found.teams.iter().find(|found| found.card.name == name);
    let team = team.with_context(|| format!("{name} is not found"))?;
    Ok(team.card.team)
}

/// S2: starts a group on a device.
pub(super) async fn start_group(
    device: &Device,
    with: &[MembershipId],
    teams: &[TeamId],
    subject: &str,
    text: &str,
) -> anyhow::Result<ConversationId> {
    let start = ApiRequest::Start {
        acting: device.who.membership,
        shape: Shape::Group,
        with: with.to_vec(),
        teams: teams.to_vec(),
        subject: Some(subject.into()),
        text: Some(text.into()),
        attachments: false,
        urgent: None,
    };
    Ok(device.ask(start).await?)
}

/// S3: starts a conversation about an item on a device, as in the item's window there.
pub(super) async fn start_at_item(
    device: &Device,
    item: ItemId,
    with: MembershipId,
    text: &str,
) -> anyhow::Result<ConversationId> {
    let view: ItemView = device.ask(ApiRequest::Item { item }).await?;
    let acting = view.may_start_as.first();
    let start = ApiRequest::Start {
        acting: *acting.context("who starts here may handle it")?,
        shape: Shape::Item { item },
        with: vec![with],
        teams: Vec::new(),
        subject: None,
        text: Some(text.into()),
        attachments: false,
        urgent: None,
    };
    Ok(device.ask(start).await?)
}

pub(super) fn place(who: &str) -> anyhow::Result<usize> {
    let place = CLINICIANS.iter().position(|one| one.given == who);
    place.with_context(|| format!("no {who} talks in the demo"))
}

fn profile(who: &str) -> String {
    who.to_lowercase()
}
