//! Every command by every role.

use std::collections::BTreeMap;

use crate::common::in_process_server::{InProcessServer, Who};
use conversation::organisation::Permission;
use conversation::{
    Action, ConversationId, DirectoryLookup as _, ItemId, MessageId, NewMessage, Refusal, Seq, Shape, Share,
    TeamId,
};
use protocol::commands::Answer;
use sync_server::core::administer::{AdminRequest, AdminResponse};
use uuid::Uuid;

use crate::Role::{self, *};
use crate::{SECRET, TITLE};

/// A server with a group, by role.
pub struct Stage {
    pub server: InProcessServer,
    pub who: BTreeMap<Role, Who>,
    pub team: TeamId,
    /// An item of the owner's organisation, who may handle it.
    pub item: ItemId,
    /// A team and an item of the stranger's organisation.
    theirs: (TeamId, ItemId),
}

pub const OF_COMMANDS: [Role; 9] = [
    Owner,
    Member,
    ByTeam,
    JoinedLater,
    Former,
    Analyst,
    Colleague,
    Neighbour,
    Stranger,
];

impl Stage {
    pub fn open() -> Stage {
        let mut server = InProcessServer::new();
        let home = server.organisation("Thuiszorg De Linde");
        let near = server.organisation("GGZ Noord");
        let far = server.organisation("Ziekenhuis Zuid");
        server.network(&[home, near]);
        let mut who = BTreeMap::new();
        for role in OF_COMMANDS {
            let organisation = match role {
                Member | Neighbour => near,
                Stranger => far,
                _ => home,
            };
            who.insert(role, server.person(&format!("{role:?}"), organisation));
        }
        let mut added = |organisation| {
            let name = "Team Wond".to_owned();
            let unit = None;
            match server.administer(AdminRequest::TeamAdd {
                organisation,
                unit,
                name,
            }) {
                AdminResponse::Team { team } => team,
                _ => panic!("a team is added"),
            }
        };
        let (team, their_team) = (added(home), added(far));
        let membership = who[&ByTeam].membership;
        server.administer(AdminRequest::TeamJoin { team, membership });
        let (item, their_item) = (server.item(home, TITLE), server.item(far, TITLE));
        server.grant(&who[&Owner], Permission::Handle);
        // Allows adding people to a conversation about it.
        server.grant(&who[&Owner], Permission::Analyse);
        server.grant(&who[&Analyst], Permission::Analyse);
        Stage {
            server,
            who,
            team,
            item,
            theirs: (their_team, their_item),
        }
    }

    /// Ids that the owner may know nothing of: a stranger, their team, item and conversation, and a message in it.
    pub fn foreign(&mut self) -> Vec<Uuid> {
        let stranger = self.who[&Stranger].clone();
        let mate = self.server.core.directory().member(stranger.membership);
        let mate = self.server.person("Mies", mate.unwrap().organisation);
        let conversation = self.server.group(&stranger, &[&mate], "Onder ons");
        let message = self.server.say(&stranger, conversation, SECRET);
        let (team, item) = self.theirs;
        vec![stranger.membership.0, team.0, item.0, conversation.0, message.0]
    }

    /// A new group in which everybody has their role, and the owner's message in it.
    pub fn group(&mut self) -> (ConversationId, MessageId) {
        let id = ConversationId(self.server.id());
        let message = self.server.message(SECRET);
        let said = message.id;
        let owner = self.who[&Owner].clone();
        let start = Action::Start {
            shape: Shape::Group,
            with: [Member, Former].map(|role| self.who[&role].membership).to_vec(),
            teams: vec![self.team],
            subject: Some("Overleg".to_owned()),
            message: Some(message),
        };
        self.server.act(&owner, id, start);
        let member = self.who[&Former].membership;
        self.server.act(&owner, id, Action::Remove { member });
        let members = vec![self.who[&JoinedLater].membership];
        let (teams, share) = (Vec::new(), None);
        self.server.act(
            &owner,
            id,
            Action::Add {
                members,
                teams,
                share,
            },
        );
        (id, said)
    }

    pub fn ask(&mut self, role: Role, conversation: ConversationId, action: Action) -> Result<(), Refusal> {
        let who = self.who[&role].clone();
        let command = self.server.command(&who, conversation, action);
        match self.server.ask(&who, &[command]).remove(0) {
            Answer::Accepted { .. } => Ok(()),
            Answer::Refused { refusal, .. } => Err(refusal),
        }
    }

    pub fn actions(&self, said: MessageId, message: NewMessage) -> Vec<Action> {
        let reply = NewMessage {
            id: MessageId(self.server.id()),
            reply_to: Some(said),
            ..message.clone()
        };
        let subject = Some("Overleg".to_owned());
        let (colleague, late) = (self.who[&Colleague].membership, self.who[&JoinedLater].membership);
        let (number, share) = (Seq(2), None);
        vec![
            Action::Start {
                shape: Shape::Group,
                with: vec![colleague],
                teams: Vec::new(),
                subject,
                message: None,
            },
            Action::Post { message },
            Action::Post { message: reply },
            Action::Edit {
                message: said,
                text: "anders".into(),
                attachments: Vec::new(),
                urgent: None,
            },
            Action::Delete { message: said },
            Action::Add {
                members: vec![colleague],
                teams: Vec::new(),
                share,
            },
            Action::Add {
                members: vec![colleague],
                teams: Vec::new(),
                share: Some(Share {
                    from: Seq(1),
                    previewed: number,
                }),
            },
            Action::Join,
            Action::Remove { member: late },
            Action::RemoveTeam { team: self.team },
            Action::Leave { successor: None },
            Action::HandOver { to: late },
            Action::Archive,
            Action::Reopen,
            Action::DeleteConversation,
        ]
    }
}

/// The row of an action in an existing group: whether the role may do it. A new action does not compile without one.
fn may(action: &Action, role: Role) -> bool {
    let takes_part = matches!(role, Owner | Member | ByTeam | JoinedLater);
    match action {
        // Its id is taken, which participants learn and nobody else does.
        Action::Start { .. } => false,
        // Replying requires seeing the message (P5).
        Action::Post { message } if message.reply_to.is_some() => takes_part && role != JoinedLater,
        Action::Post { .. } | Action::Leave { .. } => takes_part,
        Action::Edit { .. } | Action::Delete { .. } => role == Owner,
        // The preview was of an earlier head (P5).
        Action::Add { share: Some(_), .. } => false,
        Action::Add { .. } => matches!(role, Owner | ByTeam | JoinedLater),
        Action::Join | Action::Reopen => false,
        Action::Remove { .. }
        | Action::RemoveTeam { .. }
        | Action::HandOver { .. }
        | Action::Archive
        | Action::DeleteConversation => role == Owner,
    }
}

// P1, P2, P4, P5, P6, P9, M2, M3, M4, L3, A2
#[test]
fn every_command_is_accepted_of_whom_its_row_says_and_of_nobody_else() {
    let mut stage = Stage::open();
    let mut wrong = Vec::new();
    let message = stage.server.message("Dank");
    let count = stage.actions(message.id, message).len();
    for role in OF_COMMANDS {
        for index in 0..count {
            // A new group for each, since one action would change the next.
            let (group, said) = stage.group();
            let message = stage.server.message("Dank");
            let action = stage.actions(said, message).swap_remove(index);
            let expected = may(&action, role);
            let nowhere = ConversationId(stage.server.id());
            let answered = stage.ask(role, group, action.clone());
            if answered.is_ok() != expected {
                wrong.push(format!("{action:?} as {role:?}: {answered:?}"));
            }
            // Non-participants get the answer of a conversation that does not exist.
            let outside = matches!(role, Former | Analyst | Colleague | Neighbour | Stranger);
            if outside && !matches!(action, Action::Start { .. }) {
                let elsewhere = stage.ask(role, nowhere, action.clone());
                if answered != elsewhere {
                    wrong.push(format!(
                        "{action:?} as {role:?}: {answered:?}, elsewhere {elsewhere:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
