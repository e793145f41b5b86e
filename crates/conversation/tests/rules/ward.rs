//! Named clinicians of three organisations, an advancing clock, and a conversation that they change.

use std::cell::Cell;

use conversation::organisation::{
    Availability, Cover, Directory, ItemContent, Name, OrganisationContent, OrganisationHeader,
    OrganisationKind, Permission, Profile, UnitKind,
};
use conversation::*;
use uuid::Uuid;

/// Anna and Bram are general practitioners, Carla and Daan work in home care that shares a network with them, and
/// Els in a hospital that shares none. Anna works in home care on Fridays, too.
pub const ANNA: MembershipId = member(1);
pub const BRAM: MembershipId = member(2);
pub const CARLA: MembershipId = member(11);
pub const DAAN: MembershipId = member(12);
pub const ANNA_AT_HOME_CARE: MembershipId = member(13);
pub const ELS: MembershipId = member(21);
pub const EVERYONE: [MembershipId; 6] = [ANNA, BRAM, CARLA, DAAN, ANNA_AT_HOME_CARE, ELS];

pub const ITEM: ItemId = ItemId(Uuid::from_u128(0x900));
pub const PRACTICE: OrganisationId = OrganisationId(Uuid::from_u128(0x100));
pub const HOME_CARE: OrganisationId = OrganisationId(Uuid::from_u128(0x200));
pub const HOSPITAL: OrganisationId = OrganisationId(Uuid::from_u128(0x300));
const TYPE: &str = "melding";

const fn member(n: u128) -> MembershipId {
    MembershipId(Uuid::from_u128(0x1000 + n))
}

pub fn person(member: MembershipId) -> PersonId {
    let of = if member == ANNA_AT_HOME_CARE { ANNA } else { member };
    PersonId(Uuid::from_u128(of.0.as_u128() + 0x1000))
}

pub fn unit(organisation: OrganisationId) -> UnitId {
    UnitId(Uuid::from_u128(organisation.0.as_u128() + 1))
}

fn branch(organisation: OrganisationId) -> UnitId {
    UnitId(Uuid::from_u128(organisation.0.as_u128() + 2))
}

fn organisation(member: MembershipId) -> OrganisationId {
    match member {
        ANNA | BRAM => PRACTICE,
        ELS => HOSPITAL,
        _ => HOME_CARE,
    }
}

pub struct Ward {
    pub directory: Directory,
    pub state: Option<State>,
    pub log: Vec<NewEvent>,
    /// The files that the server has.
    pub uploads: Vec<Upload>,
    /// M10
    pub urgent_used_up: bool,
    now: Cell<i64>,
    ids: Cell<u128>,
}

impl Ward {
    pub fn new() -> Ward {
        let mut ward = Ward {
            directory: Directory::default(),
            state: None,
            log: Vec::new(),
            uploads: Vec::new(),
            urgent_used_up: false,
            now: Cell::new(1_700_000_000_000),
            ids: Cell::new(0x5000),
        };
        for (own, name) in [
            (PRACTICE, "Huisartsen Zuid"),
            (HOME_CARE, "Thuiszorg De Linde"),
            (HOSPITAL, "Ziekenhuis Oost"),
        ] {
            ward.record(own, OrganisationKind::Created { organisation: own }, Some(name));
            let kind = OrganisationKind::UnitAdded {
                unit: unit(own),
                of: UnitKind::HeadOffice,
                parent: None,
            };
            ward.record(own, kind, Some("Hoofdkantoor"));
            let parent = Some(unit(own));
            let kind = OrganisationKind::UnitAdded {
                unit: branch(own),
                of: UnitKind::Branch,
                parent,
            };
            ward.record(own, kind, Some("Vestiging"));
        }
        for own in [PRACTICE, HOME_CARE] {
            let with = if own == PRACTICE { HOME_CARE } else { PRACTICE };
            let network = NetworkId(Uuid::from_u128(0x400));
            ward.record(own, OrganisationKind::NetworkAgreed { network, with }, None);
        }
        for member in EVERYONE {
            let own = organisation(member);
            let started = OrganisationKind::MembershipStarted {
                membership: member,
                person: person(member),
                unit: unit(own),
            };
            ward.record(own, started, None);
        }
        let item = OrganisationKind::ItemRegistered {
            item: ITEM,
            unit: branch(HOME_CARE),
            item_type: TYPE.into(),
        };
        ward.record(HOME_CARE, item, Some("Valincident kamer 12"));
        ward
    }

    pub fn record(&mut self, own: OrganisationId, kind: OrganisationKind, name: Option<&str>) {
        let profile = matches!(kind, OrganisationKind::MembershipStarted { .. }).then(|| Profile {
            name: Name {
                given: "Naam".into(),
                prefix: String::new(),
                family: "Achternaam".into(),
            },
            discipline: "Huisarts".into(),
            function: "Waarnemer".into(),
            work_email: String::new(),
        });
        let item = matches!(kind, OrganisationKind::ItemRegistered { .. }).then(|| ItemContent {
            title: name.unwrap_or_default().into(),
            ..ItemContent::default()
        });
        let header = OrganisationHeader {
            by: None,
            by_operator: false,
            source: None,
            at: Timestamp(0),
            kind,
        };
        let content = OrganisationContent {
            name: name.map(Into::into),
            profile,
            item,
            ..OrganisationContent::default()
        };
        self.directory.apply(own, &header, &content);
    }

    /// At the head office of home care, so that it reaches down to the branch where the item is.
    pub fn grant(&mut self, membership: MembershipId, permission: Permission) {
        let unit = unit(HOME_CARE);
        self.record(
            HOME_CARE,
            OrganisationKind::Granted {
                membership,
                unit,
                item_type: TYPE.into(),
                permission,
            },
            None,
        );
    }

    pub fn revoke(&mut self, membership: MembershipId, permission: Permission) {
        let unit = unit(HOME_CARE);
        self.record(
            HOME_CARE,
            OrganisationKind::Revoked {
                membership,
                unit,
                item_type: TYPE.into(),
                permission,
            },
            None,
        );
    }

    pub fn end_membership(&mut self, membership: MembershipId) {
        self.record(
            organisation(membership),
            OrganisationKind::MembershipEnded { membership },
            None,
        );
        self.settle();
    }

    /// Says of a membership when it works, and who covers.
    pub fn says_availability(&mut self, membership: MembershipId, availability: Option<Availability>) {
        let header = OrganisationHeader {
            by: None,
            by_operator: false,
            source: None,
            at: Timestamp(0),
            kind: OrganisationKind::AvailabilityChanged { membership },
        };
        let content = OrganisationContent {
            availability: availability.map(Box::new),
            ..OrganisationContent::default()
        };
        self.directory.apply(organisation(membership), &header, &content);
    }

    pub fn is_covered(&mut self, membership: MembershipId, by: Cover) {
        let availability = Availability {
            cover: Some(by),
            ..Availability::default()
        };
        self.says_availability(membership, Some(availability));
    }

    /// Chooses whether people of other organisations find somebody.
    pub fn hides(&mut self, membership: MembershipId, inside_only: bool) {
        let kind = OrganisationKind::FindabilityChanged {
            membership,
            inside_only,
        };
        self.record(organisation(membership), kind, None);
    }

    /// Another membership of the same person in the same organisation: in another unit, or since they came back.
    pub fn second_membership(&mut self, of: MembershipId) -> MembershipId {
        let membership = MembershipId(Uuid::from_u128(of.0.as_u128() + 0x9000));
        let own = organisation(of);
        let started = OrganisationKind::MembershipStarted {
            membership,
            person: person(of),
            unit: unit(own),
        };
        self.record(own, started, None);
        membership
    }

    /// Tells what happened outside, as the server does before anything else is decided.
    fn settle(&mut self) {
        while let Some(state) = &self.state {
            let events = conversation::reconcile(state, &self.directory, self.now());
            if events.is_empty() {
                break;
            }
            self.append(events);
        }
    }

    /// The wound team of home care, at first without anyone in it.
    pub fn team(&mut self) -> TeamId {
        let team = TeamId(Uuid::from_u128(0x700));
        if self.directory.team(team).is_none() {
            let unit = unit(HOME_CARE);
            self.record(
                HOME_CARE,
                OrganisationKind::TeamAdded { team, unit },
                Some("Team Wond"),
            );
        }
        team
    }

    pub fn joins_team(&mut self, membership: MembershipId) {
        let team = self.team();
        self.record(HOME_CARE, OrganisationKind::TeamJoined { team, membership }, None);
        self.settle();
    }

    pub fn leaves_team(&mut self, membership: MembershipId) {
        let team = self.team();
        self.record(HOME_CARE, OrganisationKind::TeamLeft { team, membership }, None);
        self.settle();
    }

    pub fn team_ends(&mut self) {
        let team = self.team();
        self.record(HOME_CARE, OrganisationKind::TeamEnded { team }, None);
        self.settle();
    }

    /// The palliative team of home care, at first without anyone in it.
    pub fn second_team(&mut self) -> TeamId {
        let team = TeamId(Uuid::from_u128(0x701));
        if self.directory.team(team).is_none() {
            let unit = unit(HOME_CARE);
            self.record(
                HOME_CARE,
                OrganisationKind::TeamAdded { team, unit },
                Some("Team Palliatief"),
            );
        }
        team
    }

    pub fn joins_second_team(&mut self, membership: MembershipId) {
        let team = self.second_team();
        self.record(HOME_CARE, OrganisationKind::TeamJoined { team, membership }, None);
        self.settle();
    }

    pub fn leaves_second_team(&mut self, membership: MembershipId) {
        let team = self.second_team();
        self.record(HOME_CARE, OrganisationKind::TeamLeft { team, membership }, None);
        self.settle();
    }

    /// So many colleagues more, of an organisation.
    pub fn crowd(&mut self, own: OrganisationId, count: usize) -> Vec<MembershipId> {
        let first = 0x10_0000 + own.0.as_u128() * 0x1_0000;
        let crowd = (first..).take(count).map(|id| MembershipId(Uuid::from_u128(id)));
        let crowd: Vec<MembershipId> = crowd.collect();
        for &membership in &crowd {
            let started = OrganisationKind::MembershipStarted {
                membership,
                person: person(membership),
                unit: unit(own),
            };
            self.record(own, started, None);
        }
        crowd
    }

    pub fn starts_with_team(&mut self, by: MembershipId, with: &[MembershipId]) -> Result<Seq, Refusal> {
        let teams = vec![self.team()];
        let start = Action::Start {
            shape: Shape::Group,
            with: with.to_vec(),
            teams,
            subject: Some("Wondzorg".to_owned()),
            message: None,
        };
        self.act(by, start)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.now.get())
    }

    pub fn wait(&self, milliseconds: i64) {
        self.now.set(self.now.get() + milliseconds);
    }

    fn id(&self) -> Uuid {
        self.ids.set(self.ids.get() + 1);
        Uuid::from_u128(self.ids.get())
    }

    /// A file that was uploaded, with what a message says of it.
    pub fn upload(&mut self, name: &str, size: u64) -> Attachment {
        let id = AttachmentId(self.id());
        let mut sha256 = [0; 32];
        sha256[..16].copy_from_slice(id.as_bytes());
        let sha256 = Sha256(sha256);
        self.uploads.push(Upload {
            id,
            name: name.into(),
            size,
            sha256,
            named: None,
            refused: false,
        });
        Attachment {
            id,
            name: name.into(),
            media_type: "image/jpeg".into(),
            size,
            sha256,
            picture: None,
            preview: None,
        }
    }

    /// A message with files.
    pub fn message_with(&self, body: &str, attachments: &[Attachment]) -> NewMessage {
        NewMessage {
            attachments: attachments.to_vec(),
            ..self.message(body)
        }
    }

    pub fn message(&self, body: &str) -> NewMessage {
        NewMessage {
            id: MessageId(self.id()),
            text: body.into(),
            attachments: Vec::new(),
            reply_to: None,
            written_at: self.now(),
            urgent: None,
        }
    }

    pub fn command(&self, acting: MembershipId, action: Action) -> Command {
        Command {
            id: CommandId(self.id()),
            acting,
            conversation: ConversationId(Uuid::from_u128(0xC0)),
            action,
        }
    }

    /// Decides, and appends what was decided and what follows from it.
    pub fn act(&mut self, acting: MembershipId, action: Action) -> Result<Seq, Refusal> {
        self.wait(1_000);
        let command = self.command(acting, action);
        let target = command.action.names().and_then(|message| self.target(message));
        let state = self.state.as_ref();
        let events = decide(
            state,
            &command,
            Referred {
                target: target.as_ref(),
                uploads: &self.uploads,
                urgent_used_up: self.urgent_used_up,
            },
            person(acting),
            &self.directory,
            self.now(),
        )?;
        self.append(events);
        let last = self.last();
        self.settle();
        Ok(last)
    }

    fn append(&mut self, events: Vec<NewEvent>) {
        for event in events {
            let message = event.header.kind.target().unwrap_or(self.last().next());
            let listed: Vec<AttachmentId> = event
                .content
                .attachments
                .iter()
                .flat_map(Attachment::uploads)
                .collect();
            // A file that an edit does not list any more is gone.
            self.uploads
                .retain(|upload| upload.named != Some(message) || listed.contains(&upload.id));
            for upload in self
                .uploads
                .iter_mut()
                .filter(|upload| listed.contains(&upload.id))
            {
                upload.named = Some(message);
            }
            match &mut self.state {
                Some(state) => state.apply(&event.header),
                None => self.state = State::started(&event.header, &event.content),
            }
            self.log.push(event);
        }
    }

    pub fn target(&self, message: MessageId) -> Option<Target> {
        let (number, event) = (1..).zip(&self.log).find(
            |(_, event)| matches!(&event.header.kind, Kind::Posted { message: id, .. } if *id == message),
        )?;
        let number = Seq(number);
        let deleted = self
            .log
            .iter()
            .any(|event| event.header.kind == Kind::Deleted { target: number });
        Some(Target {
            number,
            by: event.header.by,
            at: event.header.at,
            deleted,
            urgent: event.header.kind.is_urgent(),
        })
    }

    /// The kinds of the events in the log from a place on.
    pub fn kinds_from(&self, number: u64) -> Vec<&Kind> {
        self.log[number as usize - 1..]
            .iter()
            .map(|event| &event.header.kind)
            .collect()
    }

    pub fn state(&self) -> &State {
        self.state.as_ref().expect("the conversation was started")
    }

    pub fn last(&self) -> Seq {
        self.state.as_ref().map(|state| state.last).unwrap_or_default()
    }

    pub fn kind(&self, number: Seq) -> &Kind {
        &self.log[number.0 as usize - 1].header.kind
    }

    // Actions of people, in words.

    pub fn start(&mut self, by: MembershipId, shape: Shape, with: &[MembershipId]) -> Result<Seq, Refusal> {
        let subject = (shape == Shape::Group).then(|| "Wondzorg".to_owned());
        self.act(
            by,
            Action::Start {
                shape,
                with: with.to_vec(),
                teams: Vec::new(),
                subject,
                message: None,
            },
        )
    }

    pub fn says(&mut self, by: MembershipId, body: &str) -> Result<MessageId, Refusal> {
        let message = self.message(body);
        let id = message.id;
        self.act(by, Action::Post { message }).map(|_| id)
    }

    pub fn mentions(&mut self, by: MembershipId, mentioned: MembershipId) -> Result<Seq, Refusal> {
        let mut message = self.message("Kun jij kijken, \u{FFFC}?");
        message.text.mentions.push(mentioned);
        self.act(by, Action::Post { message })
    }

    pub fn replies(&mut self, by: MembershipId, to: MessageId) -> Result<Seq, Refusal> {
        let mut message = self.message("Eens.");
        message.reply_to = Some(to);
        self.act(by, Action::Post { message })
    }

    pub fn edits(&mut self, by: MembershipId, message: MessageId) -> Result<Seq, Refusal> {
        self.act(
            by,
            Action::Edit {
                message,
                text: "Verbeterd.".into(),
                attachments: Vec::new(),
                urgent: None,
            },
        )
    }

    pub fn deletes(&mut self, by: MembershipId, message: MessageId) -> Result<Seq, Refusal> {
        self.act(by, Action::Delete { message })
    }

    pub fn adds(&mut self, by: MembershipId, member: MembershipId) -> Result<Seq, Refusal> {
        self.act(
            by,
            Action::Add {
                members: vec![member],
                teams: Vec::new(),
                share: None,
            },
        )
    }

    pub fn leaves(&mut self, by: MembershipId) -> Result<Seq, Refusal> {
        self.act(by, Action::Leave { successor: None })
    }
}

/// Anna's group with Bram and Carla.
pub fn a_group() -> Ward {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Group, &[BRAM, CARLA]).expect("a group");
    ward
}

/// Carla's conversation with Daan about the item, which both may handle and Carla may analyse.
pub fn about_the_item() -> Ward {
    let mut ward = Ward::new();
    ward.grant(CARLA, Permission::Handle);
    ward.grant(CARLA, Permission::Analyse);
    ward.start(CARLA, Shape::Item { item: ITEM }, &[DAAN])
        .expect("an item conversation");
    ward
}
