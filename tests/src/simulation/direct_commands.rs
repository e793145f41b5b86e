//! Commands by hand, where a person does exactly one thing and no device is in the way.

use conversation::{
    Action, Command, CommandId, ConversationId, DeviceId, MembershipId, MessageId, NewMessage, PersonId,
};
use platform::{Clock as _, Random as _, SeededRandom};
use protocol::commands::{Answer, CommandsRequest};
use sync_server::core::Actor;
use uuid::Uuid;

use super::network::Packet;
use super::ports::{Must as _, Step, broken};
use super::server::WriteRequest;
use super::simulated_system::SimulatedSystem;

impl SimulatedSystem {
    /// A new id of this moment.
    pub(super) fn new_id(&mut self) -> Uuid {
        self.ids += 1;
        let mut bytes = [0; 10];
        SeededRandom::new(self.seed ^ self.ids << 32).fill(&mut bytes);
        let millis = u64::try_from(self.clock.now().0).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    pub(super) fn new_message(&mut self, text: &str) -> NewMessage {
        NewMessage {
            id: MessageId(self.new_id()),
            text: text.into(),
            attachments: Vec::new(),
            reply_to: None,
            written_at: self.clock.now(),
            urgent: None,
        }
    }

    pub(super) fn command(
        &mut self,
        acting: MembershipId,
        conversation: ConversationId,
        action: Action,
    ) -> Command {
        Command {
            id: CommandId(self.new_id()),
            acting,
            conversation,
            action,
        }
    }

    /// The person of a membership.
    pub(super) fn person_of(&self, membership: MembershipId) -> Step<PersonId> {
        let people = &self.cast.people;
        let person = people
            .iter()
            .find(|person| person.memberships.contains(&membership));
        Ok(person.must("a membership of nobody")?.id)
    }

    /// A request that no device makes.
    pub(super) fn write_request(&mut self, command: &Command) -> Step<WriteRequest> {
        let mut request = CommandsRequest::default();
        request.push(command).must("a command cannot be written")?;
        let actor = Actor {
            person: self.person_of(command.acting)?,
            device: DeviceId(Uuid::from_u128(0xbed)),
            address: None,
        };
        let ticket = self.network.ticket();
        Ok(WriteRequest {
            ticket,
            actor,
            request,
        })
    }

    /// Does one thing, which must be accepted.
    pub(super) fn act_directly(
        &mut self,
        acting: MembershipId,
        conversation: ConversationId,
        action: Action,
    ) -> Step<Answer> {
        self.clock.advance(1_000);
        let command = self.command(acting, conversation, action);
        let write_request = self.write_request(&command)?;
        self.server.inbox.push(write_request);
        self.commit(1)?;
        let Some(Packet::Answer {
            answer: Some(answer), ..
        }) = self.network.packets.pop()
        else {
            return broken("a command got no answer");
        };
        match answer.answers.first() {
            Some(accepted @ Answer::Accepted { .. }) => Ok(accepted.clone()),
            Some(Answer::Refused { refusal, .. }) => {
                broken(format!("a command by hand was refused: {refusal}"))
            }
            None => broken("a command by hand got no answer"),
        }
    }

    pub(super) fn say_directly(
        &mut self,
        acting: MembershipId,
        conversation: ConversationId,
        text: &str,
    ) -> Step<MessageId> {
        let message = self.new_message(text);
        let id = message.id;
        self.act_directly(acting, conversation, Action::Post { message })?;
        Ok(id)
    }
}
