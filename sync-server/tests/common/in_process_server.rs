//! The core over a store in memory, driven by the test alone, with people and their devices.

use std::collections::BTreeMap;
use std::sync::Arc;

use conversation::organisation::{ItemContent, Name, Permission};
use conversation::{
    Action, Command, CommandId, ConversationId, DeviceId, ItemId, MembershipId, MessageId, NetworkId,
    NewMessage, OrganisationId, PersonId, Refusal, Shape, Timestamp,
};
use platform::{Clock as _, ManualClock, Random as _, SeededRandom};
use protocol::commands::{Answer, CommandsRequest, Personal, ReadPosition, Receipt};
use sync_server::core::administer::{
    AdminActor, AdminRefusal, AdminRequest, AdminResponse, NewMembership, Right,
};
use sync_server::core::{Actor, Committed, Core, Hub, StreamId, Submission, Writer};
use sync_server::keys::Secret;
use sync_server::store::memory::Memory;
use sync_server::store::{LogStore as _, PositionRow, Store, Watermark};
use uuid::Uuid;

use super::MORNING;
pub use super::device::Device;

pub struct InProcessServer {
    pub store: Arc<Memory>,
    pub clock: Arc<ManualClock>,
    pub random: Arc<SeededRandom>,
    pub core: Arc<Core>,
    pub writer: Writer,
    /// Where the last commit ended.
    pub followed: Watermark,
    pub hub: Hub,
    /// Deliveries of the hub for open streams.
    pub waiting: BTreeMap<StreamId, Vec<sync_server::core::Delivery>>,
    pub answers: Vec<Answer>,
}

/// A person who acts with one membership on one device.
#[derive(Clone, Debug)]
pub struct Who {
    pub person: PersonId,
    pub membership: MembershipId,
    pub device: DeviceId,
}

/// Futures of the store in memory never wait.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("the core waited for something"),
    }
}

impl InProcessServer {
    pub fn new() -> InProcessServer {
        InProcessServer::on(Arc::new(Memory::default()))
    }

    /// A server on an existing store, as after a restart.
    pub fn on(store: Arc<Memory>) -> InProcessServer {
        InProcessServer::on_with(store, |core| core)
    }

    pub fn on_with(store: Arc<Memory>, change: impl FnOnce(Core) -> Core) -> InProcessServer {
        let clock = Arc::new(ManualClock::new(MORNING));
        let random = Arc::new(SeededRandom::new(7));
        let master = Secret::new([5; 32]);
        now(Core::create(
            store.as_ref(),
            clock.as_ref(),
            random.as_ref(),
            &master,
        ))
        .unwrap();
        let shared: Arc<dyn Store> = Arc::<Memory>::clone(&store);
        let core = now(Core::open(
            shared,
            Arc::<ManualClock>::clone(&clock),
            Arc::<SeededRandom>::clone(&random),
            &master,
        ));
        let core = Arc::new(change(core.unwrap()));
        let writer = now(Writer::open(Arc::clone(&core))).unwrap();
        InProcessServer {
            store,
            clock,
            random,
            core,
            followed: writer.mark(),
            writer,
            hub: Hub::default(),
            waiting: BTreeMap::new(),
            answers: Vec::new(),
        }
    }

    /// The same server after a restart, at the same moment.
    pub fn restarted(self) -> InProcessServer {
        self.restarted_with(|core| core)
    }

    pub fn restarted_with(self, change: impl FnOnce(Core) -> Core) -> InProcessServer {
        let moment = self.clock.now();
        let mut server = InProcessServer::on_with(self.store, change);
        server.clock.set(moment);
        // Different random numbers than before.
        server.random = Arc::new(SeededRandom::new(u64::try_from(moment.0).unwrap()));
        server
    }

    pub fn administer(&mut self, request: AdminRequest) -> AdminResponse {
        self.administer_as(&AdminActor::PROGRAM, &request).unwrap()
    }

    pub fn administer_as(
        &mut self,
        actor: &AdminActor,
        request: &AdminRequest,
    ) -> Result<AdminResponse, AdminRefusal> {
        let (done, all) = now(self.writer.administer(actor, request)).unwrap();
        for committed in &all {
            self.publish(committed);
        }
        done
    }

    pub fn organisation(&mut self, name: &str) -> OrganisationId {
        let name = name.to_owned();
        match self.administer(AdminRequest::OrganisationAdd { name }) {
            AdminResponse::Organisation { organisation, .. } => organisation,
            other => panic!("{other:?}"),
        }
    }

    pub fn network(&mut self, organisations: &[OrganisationId]) {
        let administrators: Vec<(OrganisationId, MembershipId)> = organisations
            .iter()
            .map(|organisation| {
                let given = format!("beheer-{}", self.id());
                (*organisation, self.person(&given, *organisation).membership)
            })
            .collect();
        let network = Some(NetworkId(self.id()));
        for (organisation, by) in &administrators {
            let membership = *by;
            self.administer(AdminRequest::AdministratorName { membership });
            for with in organisations.iter().filter(|with| *with != organisation) {
                let (by, with) = (*by, *with);
                self.administer(AdminRequest::NetworkAgree { network, by, with });
            }
        }
    }

    pub fn person(&mut self, given: &str, organisation: OrganisationId) -> Who {
        let request = AdminRequest::PersonAdd {
            login: format!("{given}@kliniek.example"),
            memberships: vec![NewMembership {
                organisation,
                unit: None,
                name: Name {
                    given: given.to_owned(),
                    prefix: String::new(),
                    family: "de Vries".to_owned(),
                },
                discipline: "Arts".to_owned(),
                function: String::new(),
                work_email: None,
            }],
        };
        match self.administer(request) {
            AdminResponse::Person {
                person, memberships, ..
            } => Who {
                person,
                membership: memberships[0],
                device: DeviceId(self.id()),
            },
            other => panic!("{other:?}"),
        }
    }

    pub fn item(&mut self, organisation: OrganisationId, title: &str) -> ItemId {
        let request = AdminRequest::ItemAdd {
            organisation,
            unit: None,
            item_type: "Melding".to_owned(),
            content: ItemContent {
                title: title.to_owned(),
                ..ItemContent::default()
            },
            item: None,
        };
        match self.administer(request) {
            AdminResponse::Item { item } => item,
            other => panic!("{other:?}"),
        }
    }

    pub fn right(&self, who: &Who, permission: Permission) -> Right {
        Right {
            membership: who.membership,
            unit: None,
            item_type: "Melding".to_owned(),
            permission,
        }
    }

    pub fn grant(&mut self, who: &Who, permission: Permission) {
        let right = self.right(who, permission);
        self.administer(AdminRequest::Grant(right));
    }

    pub fn id(&self) -> Uuid {
        let mut bytes = [0; 10];
        self.random.fill(&mut bytes);
        let millis = u64::try_from(self.clock.now().0).unwrap();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    pub fn actor(who: &Who) -> Actor {
        Actor {
            person: who.person,
            device: who.device,
            address: None,
        }
    }

    /// Commits one batch of requests and publishes it.
    pub fn commit(&mut self, group: &[(Actor, CommandsRequest)]) -> Vec<Vec<Answer>> {
        let submitted = group.iter().cloned();
        let mut group: Vec<Submission> = submitted.map(|(who, what)| Submission::new(who, what)).collect();
        let (answers, committed) = now(self.writer.commit(&mut group)).unwrap();
        self.publish(&committed);
        answers.into_iter().map(|answer| answer.answers).collect()
    }

    /// A commit begins where the one before ended; what it holds stands in the store between the two, where another server
    /// could read it.
    fn follow_watermark(&mut self, committed: &Committed) {
        let (since, mark) = (committed.since, committed.mark);
        assert_eq!(since, std::mem::replace(&mut self.followed, mark));
        assert_eq!(committed.updates.is_empty(), mark.offset == since.offset);
        assert_eq!(
            now(self.store.link_at(mark.offset)).unwrap().unwrap_or_default(),
            mark.link
        );
        let states = committed.positions.len() + committed.personal.len() + committed.aliases.len();
        assert_eq!(states == 0, mark.revision == since.revision);
        let directory = committed.cards.len() + committed.rights.len();
        assert!(directory == 0 || mark.organisations > since.organisations);
        let changes = |person| now(self.store.changes_since(person, &since, &[])).unwrap();
        for read in &committed.positions {
            let stored = changes(read.row.person).positions;
            let own = |row: &&PositionRow| row.conversation == read.row.conversation;
            assert!(
                stored
                    .iter()
                    .find(own)
                    .is_some_and(|row| row.number >= read.row.number)
            );
        }
        for row in &committed.personal {
            let stored = changes(row.person).personal;
            assert!(stored.iter().any(|stored| stored.field == row.field));
        }
        for row in &committed.aliases {
            assert!(changes(row.person).aliases.contains(row));
        }
    }

    pub fn publish(&mut self, committed: &Committed) {
        self.follow_watermark(committed);
        let directory = self.core.directory();
        let all = self.hub.publish(committed, &directory);
        // The part of the hub that the server copies must be sufficient.
        let concerned = self
            .hub
            .concerned(committed, &directory)
            .publish(committed, &directory);
        let ids = |deliveries: &[(StreamId, sync_server::core::Delivery)]| -> Vec<StreamId> {
            deliveries.iter().map(|(id, _)| *id).collect()
        };
        assert_eq!(ids(&concerned), ids(&all));
        for (id, delivery) in concerned {
            self.waiting.entry(id).or_default().push(delivery);
        }
    }

    pub fn ask(&mut self, who: &Who, commands: &[Command]) -> Vec<Answer> {
        let mut request = CommandsRequest::default();
        for command in commands {
            request.push(command).unwrap();
        }
        self.commit(&[(InProcessServer::actor(who), request)]).remove(0)
    }

    pub fn command(&self, who: &Who, conversation: ConversationId, action: Action) -> Command {
        Command {
            id: CommandId(self.id()),
            acting: who.membership,
            conversation,
            action,
        }
    }

    pub fn act(&mut self, who: &Who, conversation: ConversationId, action: Action) -> ConversationId {
        let command = self.command(who, conversation, action);
        accepted(&self.ask(who, &[command])[0]).0
    }

    pub fn refused(&mut self, who: &Who, conversation: ConversationId, action: Action) -> Refusal {
        let command = self.command(who, conversation, action);
        refused(&self.ask(who, &[command])[0])
    }

    pub fn message(&self, text: &str) -> NewMessage {
        NewMessage {
            id: MessageId(self.id()),
            text: text.into(),
            attachments: Vec::new(),
            reply_to: None,
            written_at: self.clock.now(),
            urgent: None,
        }
    }

    pub fn say(&mut self, who: &Who, conversation: ConversationId, text: &str) -> MessageId {
        let message = self.message(text);
        let id = message.id;
        self.act(who, conversation, Action::Post { message });
        id
    }

    pub fn group(&mut self, who: &Who, with: &[&Who], subject: &str) -> ConversationId {
        let action = Action::Start {
            teams: Vec::new(),
            shape: Shape::Group,
            with: with.iter().map(|with| with.membership).collect(),
            subject: Some(subject.to_owned()),
            message: None,
        };
        let id = ConversationId(self.id());
        self.act(who, id, action)
    }

    pub fn direct(&mut self, who: &Who, with: &Who, text: &str) -> ConversationId {
        let action = self.start_direct(with, text);
        let id = ConversationId(self.id());
        self.act(who, id, action)
    }

    pub fn start_direct(&self, with: &Who, text: &str) -> Action {
        Action::Start {
            teams: Vec::new(),
            shape: Shape::Direct,
            with: vec![with.membership],
            subject: None,
            message: Some(self.message(text)),
        }
    }

    pub fn positions(&mut self, who: &Who, positions: &[ReadPosition]) {
        let request = CommandsRequest {
            positions: positions.to_vec(),
            ..CommandsRequest::default()
        };
        self.commit(&[(InProcessServer::actor(who), request)]);
    }

    pub fn personal(&mut self, who: &Who, field: &str, value: &str) {
        let personal = Personal {
            field: field.to_owned(),
            value: serde_json::value::RawValue::from_string(value.to_owned()).unwrap(),
        };
        let request = CommandsRequest {
            personal: vec![personal],
            ..CommandsRequest::default()
        };
        self.commit(&[(InProcessServer::actor(who), request)]);
    }

    pub fn follow(&mut self, who: &Who) -> Device {
        let mut device = Device::new(who);
        device.connect(self).unwrap();
        device
    }

    /// A new device of this person, caught up.
    pub fn fresh(&mut self, who: &Who) -> Device {
        let mut device = Device::new(who);
        device.connect(self).unwrap();
        device.disconnect(self);
        device
    }

    pub fn minutes(&self, minutes: i64) {
        self.clock.advance(minutes * Timestamp::MINUTE);
    }
}

pub fn accepted(answer: &Answer) -> (ConversationId, Option<Receipt>) {
    match answer {
        Answer::Accepted {
            conversation,
            receipt,
            ..
        } => (*conversation, *receipt),
        refused @ Answer::Refused { .. } => panic!("{refused:?}"),
    }
}

pub fn refused(answer: &Answer) -> Refusal {
    match answer {
        Answer::Refused { refusal, .. } => *refusal,
        accepted @ Answer::Accepted { .. } => panic!("{accepted:?}"),
    }
}
