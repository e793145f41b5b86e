//! People, conversations and entries for the tests of caches.

use conversation::organisation::{Card, Held, ItemCard, Name, Profile, TeamCard};
use conversation::{
    Action, Attachment, AttachmentId, Command, CommandId, ConversationId, Head, Header, ItemId, Kind,
    MembershipId, MessageId, MessageText, NewMessage, OrganisationId, PersonId, Rights, Seq, SeqRange, Shape,
    TeamId, Timestamp,
};
use protocol::sync::{AccessVersion, Anchor};
use trail::Digest;
use uuid::Uuid;

use crate::cache::*;
use crate::files::FileName;

pub const MIEKE: MembershipId = MembershipId(Uuid::from_u128(0x111));
pub const JORIS: MembershipId = MembershipId(Uuid::from_u128(0x222));
pub const SANNE: MembershipId = MembershipId(Uuid::from_u128(0x333));
pub const WOUND: ConversationId = ConversationId(Uuid::from_u128(0xa1));
pub const ROSTER: ConversationId = ConversationId(Uuid::from_u128(0xa2));
pub const INTAKE: ConversationId = ConversationId(Uuid::from_u128(0xa3));

pub fn message(number: u64) -> MessageId {
    MessageId(Uuid::from_u128(0xb00 + u128::from(number)))
}

pub fn range(from: u64, to: u64) -> SeqRange {
    SeqRange::new(Seq(from), Seq(to)).unwrap()
}

pub fn entry(number: u64, by: MembershipId, kind: Kind, text: Option<&str>) -> Entry {
    Entry {
        number: Seq(number),
        header: Header {
            by,
            at: Timestamp(1_000 * number as i64),
            kind,
        },
        text: text.map(MessageText::from),
        attachments: Vec::new(),
        urgency: None,
        edited: false,
        deleted: false,
    }
}

pub fn posted(number: u64, by: MembershipId, text: &str) -> Entry {
    let kind = Kind::Posted {
        message: message(number),
        reply_to: None,
        written_at: None,
        urgent: false,
    };
    entry(number, by, kind, Some(text))
}

pub fn file_id(number: u64) -> AttachmentId {
    AttachmentId(Uuid::from_u128(0xf00 + u128::from(number)))
}

/// A picture with a preview, whose id is the next one.
pub fn picture(number: u64, name: &str) -> Attachment {
    Attachment {
        id: file_id(number),
        name: name.into(),
        media_type: "image/jpeg".into(),
        size: 100 * number,
        sha256: conversation::Sha256([number as u8; 32]),
        picture: Some(conversation::PictureSize {
            width: 40,
            height: 30,
        }),
        preview: Some(file_id(number + 1)),
    }
}

pub fn attached(number: u64, by: MembershipId, text: &str, attachments: Vec<Attachment>) -> Entry {
    Entry {
        attachments,
        ..posted(number, by, text)
    }
}

/// The row of a file that is here whole.
pub fn file(number: u64, conversation: Option<ConversationId>, origin: Origin) -> FileRow {
    let Attachment {
        id,
        name,
        media_type,
        size,
        sha256,
        picture,
        preview,
    } = picture(number, "wond.jpg");
    FileRow {
        name,
        media_type,
        size: Some(size),
        sha256: Some(sha256),
        picture,
        preview,
        place: number as u32,
        at: Timestamp(3),
        sealed: Some(Sealed {
            file: FileName([number as u8; 16]),
            key: [number as u8; 32],
        }),
        received: size,
        whole: true,
        ..FileRow::new(id, conversation, origin)
    }
}

pub fn joined(number: u64, by: MembershipId) -> Entry {
    entry(number, by, Kind::Joined { members: vec![by] }, None)
}

pub fn edit(number: u64, by: MembershipId, target: u64, text: &str) -> Entry {
    let target = Seq(target);
    entry(number, by, Kind::Edited { target }, Some(text))
}

pub fn put(conversation: ConversationId, entry: Entry) -> Change {
    Change::PutEntry(conversation, Box::new(entry))
}

pub fn segment(from: u64, to: u64) -> Segment {
    Segment {
        range: range(from, to),
        previous: Digest([from as u8; 32]),
        link: Digest([to as u8; 32]),
    }
}

/// A settled conversation of which nothing is here yet.
pub fn row(id: ConversationId, last_at: i64) -> ConversationRow {
    ConversationRow {
        id,
        head: Head {
            shape: Shape::Group,
            subject: Some("Wondzorg mevrouw De Wit".into()),
            owner: Some(MIEKE),
            participants: vec![MIEKE, JORIS],
            teams: vec![],
            by_team: Default::default(),
            archived: None,
            deleted: false,
        },
        last: Seq(4),
        last_link: Digest([4; 32]),
        receipt: None,
        access: AccessVersion::default(),
        visible: vec![range(1, 4)],
        open: true,
        anchor: Anchor {
            number: Seq(4),
            link: Digest([4; 32]),
        },
        pair: None,
        item: None,
        via_item: false,
        read: Seq(0),
        read_sent: Seq(0),
        archived_at: None,
        muted: false,
        restored: false,
        wanted: None,
        last_at: Timestamp(last_at),
        last_message: None,
        unread: 0,
    }
}

/// The item that a conversation is about; Joris may analyse it.
pub fn melding() -> ItemCard {
    let rights = Rights {
        handle: false,
        analyse: true,
    };
    ItemCard {
        item: ItemId(Uuid::from_u128(0x12)),
        title: "Melding 12".into(),
        item_type: "Melding".into(),
        organisation: OrganisationId(Uuid::from_u128(1)),
        organisation_name: "Thuiszorg Oost".into(),
        unit_name: "Vestiging Noord".into(),
        link: None,
        client: None,
        closed: false,
        held: vec![Held {
            membership: JORIS,
            rights,
        }],
    }
}

pub fn team(number: u128, name: &str) -> TeamCard {
    TeamCard {
        team: TeamId(Uuid::from_u128(number)),
        name: name.into(),
        organisation: OrganisationId(Uuid::from_u128(1)),
        organisation_name: "Thuiszorg Oost".into(),
        unit_name: "Vestiging Noord".into(),
        ended: false,
    }
}

pub fn save(row: ConversationRow) -> Change {
    Change::PutConversation(Box::new(row))
}

pub fn command(order: u64, conversation: ConversationId) -> OutboxRow {
    OutboxRow {
        order,
        conversation,
        command: Command {
            id: CommandId(Uuid::from_u128(0xc00 + u128::from(order))),
            acting: JORIS,
            conversation,
            action: Action::Post {
                message: NewMessage {
                    id: message(order),
                    text: "Ik kom vanmiddag langs".into(),
                    attachments: Vec::new(),
                    reply_to: None,
                    written_at: Timestamp(5),
                    urgent: None,
                },
            },
        },
        state: OutboxState::Waiting,
        given_at: Timestamp(6),
        sent_once: false,
        send_still: false,
        destination: "Mieke".into(),
        leaves_at: None,
    }
}

pub fn draft(conversation: ConversationId, text: &str) -> DraftRow {
    DraftRow {
        conversation,
        draft: Draft {
            text: text.into(),
            ..Draft::default()
        },
        dropped: Vec::new(),
        destination: "Mieke".into(),
        written_at: Timestamp(7),
    }
}

pub fn card(membership: MembershipId, name: &str) -> Card {
    Card {
        membership,
        person: PersonId(membership.0),
        organisation: OrganisationId(Uuid::from_u128(1)),
        organisation_name: "Thuiszorg Oost".into(),
        unit_name: "Team Wond".into(),
        profile: Profile {
            name: Name {
                given: name.into(),
                prefix: String::new(),
                family: "Jansen".into(),
            },
            discipline: "Wondverpleegkundige".into(),
            function: "Verpleegkundige".into(),
            work_email: String::new(),
        },
        availability: None,
        ended: false,
    }
}
