//! One of the two worlds of a history, and what is done in it by hand.

use std::sync::Arc;

use conversation::{
    Action, Attachment, AttachmentId, Command, CommandId, ConversationId, DeviceId, Header, MembershipId,
    MessageId, MessageText, NewMessage, Seq, Timestamp,
};
use platform::{Clock as _, Random as _, SeededRandom};
use protocol::commands::{Answer, CommandsRequest, ReadPosition};
use sync_server::core::Actor;
use sync_server::store::LogStore as _;
use uuid::Uuid;

use super::cast::{Cast, Who};
use super::in_process_server::InProcessServer;
use super::observer_device::ObserverDevice;
use super::probes::Tokens;
use super::scene::Scene;
use crate::simulation::dice::Dice;
use crate::simulation::ports::{Must as _, Step, broken, now};

/// Between what a world does at moments of its own, in milliseconds, at most.
pub(super) const LONGEST_MOMENT: i64 = 30_000;
/// The subject of the conversation, in both worlds: everyone who joins sees it.
pub(super) const SUBJECT: &str = "Wondzorg";

/// New ids, the same for the same seed.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    made: u64,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Ids {
        Ids { seed, made: 0 }
    }

    pub(super) fn next(&mut self, at: Timestamp) -> Uuid {
        self.made += 1;
        let mut bytes = [0; 10];
        SeededRandom::new(self.seed ^ self.made << 32).fill(&mut bytes);
        let millis = u64::try_from(at.0).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

pub(super) struct Side {
    pub(super) server: Arc<InProcessServer>,
    pub(super) cast: Cast,
    pub(super) conversation: ConversationId,
    pub(super) scene: Scene,
    /// By which is drawn what only this world has.
    pub(super) dice: Dice,
    /// Of what both worlds have, and of what only this one has; and of secret messages that are other ones in each.
    pub(super) common: Ids,
    pub(super) apart: Ids,
    pub(super) alike: Ids,
    /// The random numbers of the server while this world goes on by itself.
    pub(super) turn: u64,
    /// The ids of what was asked in this world alone.
    pub(super) commands: Vec<CommandId>,
    pub(super) observer: Who,
    /// The observer's devices, and a session that is of none of them.
    pub(super) devices: Vec<ObserverDevice>,
    pub(super) tokens: Tokens,
    /// The files of messages of this world alone, and those of them that have an id of both.
    pub(super) files: Vec<(AttachmentId, MessageId)>,
    pub(super) files_alike: Vec<AttachmentId>,
}

impl Side {
    pub(super) fn now(&self) -> Timestamp {
        self.server.clock.now()
    }

    pub(super) fn member(&self, who: Who) -> MembershipId {
        self.cast.member(who)
    }

    pub(super) fn takes_part(&self, who: Who) -> bool {
        self.scene.takes_part(self.member(who))
    }

    /// A moment later, in this world alone.
    pub(super) fn moves_on(&mut self) {
        let later = self.dice.below(LONGEST_MOMENT as usize);
        let later = i64::try_from(later).unwrap_or_default();
        self.turn += 1;
        self.server.turn(self.now().plus(later), self.turn);
    }

    /// A new id: of something that both worlds have, or only this one.
    pub(super) fn id(&mut self, common: bool) -> Uuid {
        let at = self.now();
        if common { &mut self.common } else { &mut self.apart }.next(at)
    }

    pub(super) fn message(&mut self, common: bool, text: MessageText) -> NewMessage {
        NewMessage {
            id: MessageId(self.id(common)),
            text,
            attachments: Vec::new(),
            reply_to: None,
            written_at: self.now(),
            urgent: None,
        }
    }

    /// Somebody other than the observer does something, which must be accepted.
    pub(super) fn act(&mut self, who: Who, common: bool, action: Action) -> Step {
        let conversation = self.conversation;
        self.act_in(conversation, who, common, action)?;
        let new = self.scene.last.0 + 1;
        self.see()?;
        if common {
            self.scene.common.extend((new..=self.scene.last.0).map(Seq));
        }
        Ok(())
    }

    pub(super) fn act_in(
        &mut self,
        conversation: ConversationId,
        who: Who,
        common: bool,
        action: Action,
    ) -> Step {
        if let Some(mut known) = self.server.known() {
            let its = conversation == self.conversation;
            known.hear(its, &action);
            if its {
                known.happened(conversation, self.now());
            }
        }
        if let Some(message) = action.makes() {
            let files = action.attachments().iter().flat_map(Attachment::uploads);
            self.files.extend(files.map(|id| (id, message)));
        }
        let what = format!("{} {action:?}", Cast::name(who));
        let command = Command {
            id: CommandId(self.id(common)),
            acting: self.member(who),
            conversation,
            action,
        };
        if !common {
            self.commands.push(command.id);
        }
        let mut request = CommandsRequest::default();
        request.push(&command).must("a command cannot be written")?;
        let answer = self.server.commands(self.actor(who), request)?;
        match answer.answers.first() {
            Some(Answer::Accepted { .. }) => Ok(()),
            Some(Answer::Refused { refusal, .. }) => {
                broken(format!("a history cannot be played: {what}: {refusal}"))
            }
            None => broken("a command by hand got no answer"),
        }
    }

    fn actor(&self, who: Who) -> Actor {
        Actor {
            person: self.cast.person(who),
            device: DeviceId(Uuid::from_u128(0xbed + who as u128)),
            address: None,
        }
    }

    /// Somebody other than the observer has read up to a place.
    pub(super) fn read(&mut self, who: Who, number: Seq) -> Step {
        let conversation = self.conversation;
        let request = CommandsRequest {
            positions: vec![ReadPosition { conversation, number }],
            ..CommandsRequest::default()
        };
        self.server.commands(self.actor(who), request)?;
        if let Some(mut known) = self.server.known() {
            known.read(self.cast.person(who), number);
        }
        Ok(())
    }

    /// Events appended since are part of the scene from now on.
    pub(super) fn see(&mut self) -> Step {
        let after = self.scene.last;
        let rows = now(self.server.store.entries(self.conversation, after, u32::MAX))?;
        for row in rows.must("the log cannot be read")? {
            let header: Header = serde_json::from_str(&row.header).must("a header cannot be read")?;
            self.scene.take(&header, Some(SUBJECT));
        }
        Ok(())
    }
}
