//! Where the stories are told: the desk with its window, the server, and the colleagues elsewhere.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use client::api::ApiRequest;
use client::api::view::{Found, ItemView};
use conversation::organisation::Permission;
use conversation::{ConversationId, ItemId, MembershipId, Shape, TeamId};
use sync_server::core::administer::{AdminRequest, Right};
use tokio::sync::Mutex;

use super::Story;
use crate::demo::people::CLINICIANS;
use crate::demo::stage::Stage;
use crate::desk::{Album, App, Cable, Desk, Furniture, Heard};
use crate::world::{Device, PASSWORD};

/// What all stories share.
#[derive(Debug)]
pub struct Room<'a> {
    pub(super) stage: &'a Stage,
    pub(super) desk: &'a Desk,
    /// Between the window and the server.
    pub(super) cable: &'a Cable,
    pub(super) program: &'a Path,
    devices: Mutex<HashMap<&'static str, Arc<Device>>>,
}

/// What one story is told with.
#[derive(Debug)]
pub struct Scene<'a> {
    pub(super) app: &'a App,
    pub(super) room: &'a Room<'a>,
    who: &'static str,
    album: Album,
}

/// The window, and who sits at it: the same for story after story, until somebody else takes the seat.
#[derive(Debug, Default)]
pub struct Seat(Option<(&'static str, App)>);

impl Seat {
    /// Tells one story, and answers how many pictures there are of it. After one that failed, the next begins at a new
    /// window.
    pub async fn tell(&mut self, room: &Room<'_>, story: &Story, pictures: &Path) -> anyhow::Result<usize> {
        // One that failed may have left it cut.
        room.cable.mend();
        let app = self.take(room, story.who).await?;
        let scene = Scene {
            app: &app,
            room,
            who: story.who,
            album: Album::in_folder(&pictures.join(story.name)),
        };
        let played = async {
            app.look(story.language, story.theme).await?;
            (story.play)(&scene).await
        };
        let played = played.await;
        scene.album.end(&app, played).await?;
        let taken = scene.album.into_pictures().len();
        self.0 = Some((story.who, app));
        Ok(taken)
    }

    async fn take(&mut self, room: &Room<'_>, who: &'static str) -> anyhow::Result<App> {
        match self.0.take() {
            Some((sits, app)) if sits == who => return Ok(app),
            Some((_, app)) => app.close().await?,
            None => {}
        }
        room.window_of(who).await
    }

    pub async fn leave(self) -> anyhow::Result<()> {
        match self.0 {
            Some((_, app)) => app.close().await,
            None => Ok(()),
        }
    }
}

impl<'a> Room<'a> {
    pub fn new(stage: &'a Stage, desk: &'a Desk, cable: &'a Cable, program: &'a Path) -> Room<'a> {
        Room {
            stage,
            desk,
            cable,
            program,
            devices: Mutex::default(),
        }
    }

    /// The window of one of the demo's people, signed in.
    pub(super) async fn window_of(&self, who: &str) -> anyhow::Result<App> {
        let app = self.desk.app(self.program, &profile(who)).await?;
        app.see_css("[data-testid=sign-in], [data-testid=work]").await?;
        if app.count("[data-testid=work]").await? == 0 {
            let code = self.stage.invite(place(who)?).await?;
            let link = format!("{}/#invite={code}", self.cable.url());
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
        let device = Arc::new(self.stage.device(place(who)?).await?);
        devices.insert(who, Arc::clone(&device));
        Ok(device)
    }

    /// Another device of who sits at the window.
    pub(super) async fn laptop(&self, who: &str) -> anyhow::Result<Device> {
        self.stage.another_device(place(who)?).await
    }

    pub(super) fn membership(&self, who: &str) -> anyhow::Result<MembershipId> {
        Ok(self.stage.filled.people[place(who)?].membership)
    }

    /// O7: gives a permission for reports, everywhere in the organisation.
    pub(super) async fn grant(&self, who: &str, permission: Permission) -> anyhow::Result<()> {
        let right = self.right(who, permission)?;
        self.stage
            .administer(AdminRequest::Grant(right))
            .await
            .map(|_| ())
    }

    pub(super) async fn revoke(&self, who: &str, permission: Permission) -> anyhow::Result<()> {
        let right = self.right(who, permission)?;
        self.stage
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
    pub(super) async fn picture(&self, name: &str) -> anyhow::Result<()> {
        self.album.take(self.app, name).await
    }

    pub(super) fn furniture(&self) -> anyhow::Result<&Furniture> {
        self.room.desk.furniture()
    }

    /// A picture of the whole screen, with what stands beside the window.
    pub(super) fn screen(&self, name: &str) -> anyhow::Result<()> {
        self.album.take_screen(self.furniture()?, name)
    }

    /// Starts the program once more with a link, as the system does.
    pub(super) async fn start_again(&self, link: &str) -> anyhow::Result<()> {
        let Room { desk, program, .. } = self.room;
        desk.follow(program, &profile(self.who), link).await
    }

    /// Starts the program with a variable in its environment, and nothing that drives it.
    pub(super) fn start_with(&self, name: &str, value: &Path) -> anyhow::Result<Heard> {
        let Room { desk, program, .. } = self.room;
        let variable = format!("{name}={}", value.display());
        let (program, folder) = (program.display().to_string(), self.folder().display().to_string());
        let profile = profile(self.who);
        let arguments = [&variable, &program, "--profile", &profile, "--folder", &folder];
        desk.start(Path::new("env"), &arguments)
    }

    /// Opens the window of who sits there anew, after the program was ended.
    pub(super) async fn open_again(&self) -> anyhow::Result<App> {
        self.room.window_of(self.who).await
    }

    /// Waits until the program has ended, and let go of the cache.
    pub(super) async fn ended(&self) -> anyhow::Result<()> {
        let furniture = self.furniture()?;
        let gone = async || Ok(furniture.title()?.is_none() && furniture.icons()? == 0);
        self.app.until("the program did not end", gone).await
    }

    /// Where the profile's cache lies.
    pub(super) fn folder(&self) -> PathBuf {
        self.room.desk.folder(&profile(self.who))
    }

    pub(super) fn home(&self) -> &Path {
        self.room.desk.home()
    }

    /// S3: follows the link of an item that stands somewhere else, in the source system or a mail.
    pub(super) async fn follow(&self, item: &str) -> anyhow::Result<()> {
        self.start_again(self.room.stage.address(item)?).await?;
        self.app.see_with("item-window", item).await.map(|_| ())
    }
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
