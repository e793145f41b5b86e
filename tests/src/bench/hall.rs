//! The work of BP1: fifty groups of eight, filled into a server's folder before it serves.

use std::path::Path;

use anyhow::bail;
use conversation::organisation::Name;
use conversation::{
    Action, Command, CommandId, ConversationId, DeviceId, MembershipId, OrganisationId, PersonId, Shape,
};
use protocol::commands::{Answer, CommandsRequest};
use protocol::session::Secret;
use sync_server::core::administer::{Administer, Done, NewMembership};
use sync_server::core::{Asker, Writer};
use sync_server::random::id;
use sync_server::{Clock as _, Config, Server, SystemClock, SystemRandom};

pub(super) const GROUPS: usize = 50;
pub(super) const MEMBERS: usize = 8;

/// Someone who may sign in.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub person: PersonId,
    pub membership: MembershipId,
    pub code: Secret,
}

#[derive(Debug)]
pub(super) struct Group {
    pub conversation: ConversationId,
    /// The first one started it.
    pub members: Vec<Guest>,
}

/// Makes the folder, the people and their groups.
pub(super) async fn fill(folder: &Path) -> anyhow::Result<Vec<Group>> {
    let opened = Server::builder(Config::local(folder)).initialise().open().await?;
    let mut writer = Writer::open(opened.core.clone()).await?;
    let request = Administer::OrganisationAdd {
        name: "Thuiszorg Maasdal".into(),
    };
    let organisation = match administer(&mut writer, request).await? {
        Done::Organisation { organisation, .. } => organisation,
        done => bail!("an organisation gave {done:?}"),
    };
    let mut groups = Vec::with_capacity(GROUPS);
    for group in 0..GROUPS {
        let mut members = Vec::with_capacity(MEMBERS);
        for member in 0..MEMBERS {
            members.push(invite(&mut writer, organisation, group * MEMBERS + member).await?);
        }
        let conversation = start(&mut writer, &members).await?;
        groups.push(Group {
            conversation,
            members,
        });
    }
    drop(writer);
    opened.close().await;
    Ok(groups)
}

async fn administer(writer: &mut Writer, request: Administer) -> anyhow::Result<Done> {
    let (done, _committed) = writer.administer(&request).await?;
    Ok(done?)
}

async fn invite(writer: &mut Writer, organisation: OrganisationId, number: usize) -> anyhow::Result<Guest> {
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
    let request = Administer::PersonAdd {
        login: format!("gast{number}@maasdal.example"),
        memberships: vec![membership],
    };
    match administer(writer, request).await? {
        Done::Person {
            person,
            memberships,
            invitation,
        } => Ok(Guest {
            person,
            membership: memberships[0],
            code: invitation.code,
        }),
        done => bail!("a person gave {done:?}"),
    }
}

async fn start(writer: &mut Writer, members: &[Guest]) -> anyhow::Result<ConversationId> {
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
    let person = members[0].person;
    let asker = Asker {
        person,
        // They sit at no device yet.
        device: DeviceId(person.0),
        address: None,
    };
    let (answers, _committed) = writer.commit(&[(asker, request)]).await?;
    match answers.first().and_then(|answer| answer.answers.first()) {
        Some(Answer::Accepted { .. }) => Ok(conversation),
        answer => bail!("a start gave {answer:?}"),
    }
}
