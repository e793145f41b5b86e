//! BS5: for every kind of event and every role, a view from before plus the events equals a new view.
//!
//! Everyone has two devices: one follows live, one is away while it happens and catches up. For each shape of a
//! conversation and each thing that can be done in one, the world is arranged anew, everyone is up to date, the thing is
//! done, and every device is held against a new one. Which kinds came to which roles is counted: a cell of the table
//! that can be met and was not is a failure, and a kind without a row does not compile.

use std::collections::BTreeSet;

use conversation::{Kind, MembershipId, MessageId, PersonId, Seq, Shape, TeamId};

use super::log::name_of;
use super::ports::{Broken, Must as _, Step, broken};
use super::scenario::{DEEDS, Deed, Of, Scenario, can};

/// Somebody's relation to a conversation when an event comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Owner,
    /// From the beginning.
    Participant,
    /// Sees what was said since they joined.
    JoinedLater,
    /// And what was shared with them.
    Shared,
    /// Takes part, joined later, and sees all of it.
    JoinedAnalyst,
    /// By a team alone.
    ByTeam,
    Left,
    Removed,
    /// Holds `Analyse` at the item, and takes no part.
    Analyst,
    /// Holds `Handle` there, and takes no part.
    Handler,
    Outsider,
    /// Of an organisation that shares no network.
    Stranger,
}

const ROLES: &[Role] = &[
    Role::Owner,
    Role::Participant,
    Role::JoinedLater,
    Role::Shared,
    Role::JoinedAnalyst,
    Role::ByTeam,
    Role::Left,
    Role::Removed,
    Role::Analyst,
    Role::Handler,
    Role::Outsider,
    Role::Stranger,
];

/// The roles that an event of this kind can come to.
fn row(kind: &Kind) -> Vec<Role> {
    let all_but = |never: &[Role]| {
        ROLES
            .iter()
            .copied()
            .filter(|role| !never.contains(role))
            .collect()
    };
    match kind {
        // Nobody came or went yet.
        Kind::Started { .. } => all_but(&[
            Role::JoinedLater,
            Role::Shared,
            Role::JoinedAnalyst,
            Role::Left,
            Role::Removed,
        ]),
        // Sharing is of groups, and joining by oneself of the others.
        Kind::Joined { .. } => all_but(&[Role::Shared]),
        Kind::Posted { .. }
        | Kind::Edited { .. }
        | Kind::Deleted { .. }
        | Kind::Added { .. }
        | Kind::Removed { .. }
        | Kind::Left { .. }
        | Kind::HandedOver { .. }
        | Kind::Archived {}
        | Kind::Reopened {}
        | Kind::TeamJoined { .. }
        | Kind::TeamLeft { .. }
        | Kind::TeamRemoved { .. } => ROLES.to_vec(),
        // Item conversations are kept, and permissions count nowhere else.
        Kind::ConversationDeleted {} => all_but(&[Role::JoinedAnalyst, Role::Analyst, Role::Handler]),
        // Of a later version: this server makes none.
        Kind::Unknown => Vec::new(),
    }
}

/// One of each kind, for the rows of the table.
fn kinds() -> Vec<Kind> {
    let nobody = MembershipId(uuid::Uuid::nil());
    let target = Seq(1);
    let team = TeamId(uuid::Uuid::nil());
    vec![
        Kind::Started {
            teams: Vec::new(),
            shape: Shape::Direct,
            owner: None,
            participants: Vec::new(),
        },
        Kind::Posted {
            message: MessageId(uuid::Uuid::nil()),
            reply_to: None,
            written_at: None,
            urgent: false,
        },
        Kind::Edited { target },
        Kind::Deleted { target },
        Kind::Added {
            teams: Vec::new(),
            members: Vec::new(),
            shared: Vec::new(),
        },
        Kind::Joined { members: Vec::new() },
        Kind::Removed { member: nobody },
        Kind::Left {
            member: nobody,
            ended: false,
        },
        Kind::HandedOver { to: nobody },
        Kind::Archived {},
        Kind::Reopened {},
        Kind::TeamJoined {
            team,
            members: Vec::new(),
        },
        Kind::TeamLeft {
            team,
            members: Vec::new(),
        },
        Kind::TeamRemoved { team },
        Kind::ConversationDeleted {},
        Kind::Unknown,
    ]
}

/// How many cells were met: kinds by roles.
pub fn kinds_and_roles() -> Result<usize, Broken> {
    let mut met: BTreeSet<(&'static str, Role)> = BTreeSet::new();
    for of in [Of::Direct, Of::Group, Of::Item] {
        for deed in DEEDS.iter().filter(|deed| can(of, **deed)) {
            play(of, *deed, &mut met)
                .map_err(|Broken(what)| Broken(format!("{deed:?} in {of:?}: {what}")))?;
        }
    }
    for kind in kinds() {
        let missing = row(&kind)
            .into_iter()
            .find(|role| !met.contains(&(name_of(&kind), *role)));
        if let Some(role) = missing {
            return broken(format!(
                "an event that is {} never came to {role:?}",
                name_of(&kind)
            ));
        }
    }
    Ok(met.len())
}

fn play(of: Of, deed: Deed, met: &mut BTreeSet<(&'static str, Role)>) -> Step {
    let mut scenario = Scenario::arrange(of, deed)?;
    let people: Vec<PersonId> = scenario
        .system
        .cast
        .people
        .iter()
        .map(|person| person.id)
        .collect();
    let away = scenario.everyone_ready()?;
    let before = scenario.log().map_or(0, |log| log.events.len());
    let mut roles: Vec<Role> = people
        .iter()
        .map(|person| scenario.role(*person, before))
        .collect();
    scenario.perform(deed)?;
    scenario.system.rest()?;
    let log = scenario.log().must("nothing was done")?;
    for (place, event) in log.events.iter().enumerate().skip(before) {
        if place == 0 {
            roles = people.iter().map(|person| scenario.role(*person, 1)).collect();
        }
        met.extend(roles.iter().map(|role| (name_of(&event.header.kind), *role)));
    }
    for place in away {
        scenario.system.devices[place].online = true;
    }
    scenario.system.rest()?;
    scenario.system.all_equal("after it")
}
