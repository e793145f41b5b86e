//! Every command by every role.

use std::collections::BTreeMap;

use crate::common::house::{House, Who};
use conversation::{Action, ConversationId, MessageId, NewMessage, Number, Refusal, Shape, Share, TeamId};
use protocol::commands::Answer;
use sync_server::core::administer::{Administer, Done};

use crate::Role::{self, *};
use crate::SECRET;

/// A house with a group, by role.
struct Stage {
    house: House,
    who: BTreeMap<Role, Who>,
    team: TeamId,
}

const OF_COMMANDS: [Role; 8] = [
    Owner,
    Member,
    ByTeam,
    JoinedLater,
    Former,
    Colleague,
    Neighbour,
    Stranger,
];

impl Stage {
    fn open() -> Stage {
        let mut house = House::new();
        let home = house.organisation("Thuiszorg De Linde");
        let near = house.organisation("GGZ Noord");
        let far = house.organisation("Ziekenhuis Zuid");
        house.network(&[home, near]);
        let mut who = BTreeMap::new();
        for role in OF_COMMANDS {
            let organisation = match role {
                Member | Neighbour => near,
                Stranger => far,
                _ => home,
            };
            who.insert(role, house.person(&format!("{role:?}"), organisation));
        }
        let added = Administer::TeamAdd {
            organisation: home,
            unit: None,
            name: "Team Wond".to_owned(),
        };
        let Done::Team { team } = house.administer(added) else {
            panic!("a team is added");
        };
        let membership = who[&ByTeam].membership;
        house.administer(Administer::TeamJoin { team, membership });
        Stage { house, who, team }
    }

    /// A new group in which everyone has their role, and the owner's message in it.
    fn group(&mut self) -> (ConversationId, MessageId) {
        let id = ConversationId(self.house.id());
        let message = self.house.message(SECRET);
        let said = message.id;
        let owner = self.who[&Owner].clone();
        let start = Action::Start {
            shape: Shape::Group,
            with: [Member, Former].map(|role| self.who[&role].membership).to_vec(),
            teams: vec![self.team],
            subject: Some("Overleg".to_owned()),
            message: Some(message),
        };
        self.house.act(&owner, id, start);
        let member = self.who[&Former].membership;
        self.house.act(&owner, id, Action::Remove { member });
        let members = vec![self.who[&JoinedLater].membership];
        let (teams, share) = (Vec::new(), None);
        self.house.act(
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

    fn ask(&mut self, role: Role, conversation: ConversationId, action: Action) -> Result<(), Refusal> {
        let who = self.who[&role].clone();
        let command = self.house.command(&who, conversation, action);
        match self.house.ask(&who, &[command]).remove(0) {
            Answer::Accepted { .. } => Ok(()),
            Answer::Refused { refusal, .. } => Err(refusal),
        }
    }

    fn actions(&self, said: MessageId, message: NewMessage) -> Vec<Action> {
        let reply = NewMessage {
            id: MessageId(self.house.id()),
            reply_to: Some(said),
            ..message.clone()
        };
        let subject = Some("Overleg".to_owned());
        let (colleague, late) = (self.who[&Colleague].membership, self.who[&JoinedLater].membership);
        let (number, share) = (Number(2), None);
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
                    from: Number(1),
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

/// The row of an action in a group that exists: who may do it. A new action does not compile without one.
fn may(action: &Action, role: Role) -> bool {
    let takes_part = matches!(role, Owner | Member | ByTeam | JoinedLater);
    match action {
        // Its id is taken: to whoever takes part that is told, to all others nothing.
        Action::Start { .. } => false,
        // To answer it one must see it (P5).
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
    let message = stage.house.message("Dank");
    let count = stage.actions(message.id, message).len();
    for role in OF_COMMANDS {
        for index in 0..count {
            // Each from the same beginning, since one changes what the next would meet.
            let (group, said) = stage.group();
            let message = stage.house.message("Dank");
            let action = stage.actions(said, message).swap_remove(index);
            let expected = may(&action, role);
            let nowhere = ConversationId(stage.house.id());
            let answered = stage.ask(role, group, action.clone());
            if answered.is_ok() != expected {
                wrong.push(format!("{action:?} as {role:?}: {answered:?}"));
            }
            // Who takes no part gets the answer of a conversation that is not there.
            let outside = matches!(role, Former | Colleague | Neighbour | Stranger);
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
