//! Proof that rows are the server's own.
//!
//! A row that decides who may do or see what carries a MAC of the server. An event's MAC binds its offset, so that its
//! place in the order of acceptance is proved with it. A row that a later one replaces could be put back with its MAC; so
//! the [`Tally`], one sealed row, holds how many events were accepted, and of each other table the number of its rows and
//! the sum of their tags. Every transaction that changes one of them writes the tally, too.
//!
//! The tags are secret: a sum of known ones could be met by other rows (Clarke et al., 2003, *Incremental Multiset Hash
//! Functions*). A whole database as it was at an earlier moment passes for the present one.

use std::fmt::Debug;
use std::sync::Arc;

use conversation::{ConversationId, MessageId, PersonId, Seq, Timestamp};
use trail::Digest;
use uuid::Uuid;

use super::account_state::AliasRow;
use super::accounts::{AccountRow, InvitationRow};
use super::conversations::{CommandMark, ConversationRow, EventRow, HeadWrite, KeyId};
use super::organisations::OrganisationRow;
use super::sessions::{EndReason, SessionRow};
use super::sources::SourceRow;

/// The keys that prove rows; derived from the server's secret.
pub trait RowKeys: Debug + Send + Sync {
    /// Stored beside the row.
    fn mac(&self, row: &[u8]) -> Digest;
    /// Summed in the tally; stored nowhere else.
    fn tag(&self, row: &[u8]) -> Digest;
    fn seal(&self, tally: &[u8]) -> Vec<u8>;
    /// `None` if it was not sealed by this server.
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>>;
}

pub type SharedRowKeys = Arc<dyn RowKeys>;

/// A row of a table that the tally sums.
pub trait SummedRow {
    const TABLE: Table;
    /// All its columns but the MAC.
    fn bytes(&self) -> Vec<u8>;
    /// Its id, for a finding.
    fn id(&self) -> Uuid;
}

/// The tables that the tally sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Accounts,
    Invitations,
    Sessions,
    Sources,
    Aliases,
}

impl Table {
    pub const ALL: [Table; 5] = [
        Table::Accounts,
        Table::Invitations,
        Table::Sessions,
        Table::Sources,
        Table::Aliases,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Table::Accounts => "accounts",
            Table::Invitations => "invitations",
            Table::Sessions => "sessions",
            Table::Sources => "sources",
            Table::Aliases => "aliases",
        }
    }
}

/// How many rows there are, and the sum of their tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowSum {
    pub rows: u64,
    sum: [u64; 4],
}

impl RowSum {
    pub fn add(&mut self, tag: &Digest) {
        self.rows = self.rows.wrapping_add(1);
        let mut carry = false;
        for (limb, more) in self.sum.iter_mut().zip(limbs(tag)) {
            (*limb, carry) = limb.carrying_add(more, carry);
        }
    }

    pub fn remove(&mut self, tag: &Digest) {
        self.rows = self.rows.wrapping_sub(1);
        let mut borrow = false;
        for (limb, less) in self.sum.iter_mut().zip(limbs(tag)) {
            (*limb, borrow) = limb.borrowing_sub(less, borrow);
        }
    }
}

/// The lowest first.
fn limbs(tag: &Digest) -> [u64; 4] {
    let (limbs, _) = tag.0.as_chunks::<8>();
    let mut all = [0; 4];
    for (limb, bytes) in all.iter_mut().zip(limbs) {
        *limb = u64::from_le_bytes(*bytes);
    }
    all
}

/// All that the store holds, in figures: one sealed row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events of conversations, which is the offset of the last.
    pub events: u64,
    /// Events of organisations.
    pub organisation_events: u64,
    sums: [RowSum; Table::ALL.len()],
}

const VERSION: u8 = 1;

impl Tally {
    pub fn of_events(events: u64, organisation_events: u64) -> Tally {
        Tally {
            events,
            organisation_events,
            ..Tally::default()
        }
    }

    pub fn sum(&self, table: Table) -> RowSum {
        self.sums[table as usize]
    }

    /// Counts a row that is new, and returns its MAC.
    pub fn add<R: SummedRow>(&mut self, keys: &dyn RowKeys, row: &R) -> Digest {
        let bytes = row.bytes();
        self.sums[R::TABLE as usize].add(&keys.tag(&bytes));
        keys.mac(&bytes)
    }

    /// Counts a row that takes another's place, and returns its MAC.
    pub fn replace<R: SummedRow>(&mut self, keys: &dyn RowKeys, before: &R, row: &R) -> Digest {
        self.sums[R::TABLE as usize].remove(&keys.tag(&before.bytes()));
        self.add(keys, row)
    }

    pub fn seal(&self, keys: &dyn RowKeys) -> Vec<u8> {
        keys.seal(&self.bytes())
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.events.to_be_bytes());
        bytes.extend_from_slice(&self.organisation_events.to_be_bytes());
        for sum in &self.sums {
            bytes.extend_from_slice(&sum.rows.to_be_bytes());
            for limb in sum.sum {
                bytes.extend_from_slice(&limb.to_be_bytes());
            }
        }
        bytes
    }

    /// `None` if this server did not seal it.
    pub fn open(keys: &dyn RowKeys, sealed: &[u8]) -> Option<Tally> {
        let opened = keys.open(sealed)?;
        let (version, numbers) = opened.split_first()?;
        let (numbers, rest) = numbers.as_chunks::<8>();
        if *version != VERSION || !rest.is_empty() {
            return None;
        }
        let mut numbers = numbers.iter().map(|bytes| u64::from_be_bytes(*bytes));
        let mut tally = Tally {
            events: numbers.next()?,
            organisation_events: numbers.next()?,
            ..Tally::default()
        };
        for sum in &mut tally.sums {
            sum.rows = numbers.next()?;
            for limb in &mut sum.sum {
                *limb = numbers.next()?;
            }
        }
        numbers.next().is_none().then_some(tally)
    }
}

/// The MAC of an event at its offset. Its link binds all that the log says; the rest is how the server finds it.
pub fn event_mac(keys: &dyn RowKeys, offset: u64, event: &EventRow) -> Digest {
    let EventRow {
        conversation,
        number,
        epoch,
        link,
        key,
        message,
        target,
        command,
        version: _,
        header: _,
        header_salt: _,
        content: _,
        content_commitment: _,
        audit: _,
        audit_commitment: _,
        body: _,
        current: _,
    } = event;
    let mut row = RowBytes::new("events");
    row.number(offset).uuid(conversation.0).number(number.0);
    row.number(*epoch).digest(link).uuid(key.0);
    row.maybe(message.as_ref(), |row, MessageId(id)| row.uuid(*id));
    row.maybe(target.as_ref(), |row, Seq(number)| row.number(*number));
    row.maybe(command.as_ref(), |row, mark| {
        let CommandMark {
            account,
            command,
            digest,
        } = mark;
        row.uuid(account.0).uuid(command.0).digest(digest)
    });
    keys.mac(&row.0)
}

/// The MAC of an organisation's event at its offset.
pub fn organisation_event_mac(keys: &dyn RowKeys, offset: u64, event: &OrganisationRow) -> Digest {
    let mut row = RowBytes::new("organisation_events");
    row.number(offset)
        .uuid(event.organisation.0)
        .number(event.number.0);
    row.digest(&event.link).uuid(event.key.0);
    keys.mac(&row.0)
}

/// The MAC of a head that is written.
pub fn head_mac(keys: &dyn RowKeys, head: &HeadWrite) -> Digest {
    let HeadWrite {
        id,
        last,
        link,
        last_at,
        key,
        state_at,
        before: _,
        event: _,
        state: _,
    } = head;
    mac_of_head(keys, *id, *last, link, *last_at, *key, *state_at)
}

/// The MAC that a stored head must have.
pub fn stored_head_mac(keys: &dyn RowKeys, head: &ConversationRow) -> Digest {
    mac_of_head(
        keys,
        head.id,
        head.last,
        &head.link,
        head.last_at,
        head.key.id,
        head.state_at,
    )
}

/// The state itself is sealed for the number at which it was written.
fn mac_of_head(
    keys: &dyn RowKeys,
    id: ConversationId,
    last: Seq,
    link: &Digest,
    last_at: Timestamp,
    key: KeyId,
    state_at: Seq,
) -> Digest {
    let mut row = RowBytes::new("conversations");
    row.uuid(id.0).number(last.0).digest(link);
    row.time(last_at.0).uuid(key.0).number(state_at.0);
    keys.mac(&row.0)
}

impl SummedRow for AccountRow {
    const TABLE: Table = Table::Accounts;

    fn bytes(&self) -> Vec<u8> {
        let AccountRow {
            person,
            login,
            password,
            created_at,
            ended_at,
        } = self;
        let mut row = RowBytes::new("accounts");
        row.uuid(person.0).text(login);
        row.maybe(password.as_ref(), |row, hash| row.text(hash));
        row.time(created_at.0);
        row.maybe(ended_at.as_ref(), |row, at| row.time(at.0));
        row.0
    }

    fn id(&self) -> Uuid {
        self.person.0
    }
}

impl SummedRow for InvitationRow {
    const TABLE: Table = Table::Invitations;

    fn bytes(&self) -> Vec<u8> {
        let InvitationRow {
            hash,
            person,
            created_at,
            expires_at,
            used_at,
        } = self;
        let mut row = RowBytes::new("invitations");
        row.digest(hash).uuid(person.0);
        row.time(created_at.0).time(expires_at.0);
        row.maybe(used_at.as_ref(), |row, at| row.time(at.0));
        row.0
    }

    fn id(&self) -> Uuid {
        self.person.0
    }
}

impl SummedRow for SessionRow {
    const TABLE: Table = Table::Sessions;

    fn bytes(&self) -> Vec<u8> {
        let SessionRow {
            id,
            person,
            device,
            device_name,
            platform,
            generation,
            begun_at,
            refreshed_at,
            expires_at,
            ended,
        } = self;
        let mut row = RowBytes::new("sessions");
        row.uuid(id.0).uuid(person.0).uuid(device.0);
        row.text(device_name).text(platform).number(*generation);
        row.time(begun_at.0).time(refreshed_at.0).time(expires_at.0);
        row.maybe(ended.as_ref(), |row, end| row.time(end.at.0));
        // Absent from rows of before there were reasons, whose MACs stay right.
        if let Some(reason) = ended.and_then(|end| recorded(end.reason)) {
            row.text(reason);
        }
        row.0
    }

    fn id(&self) -> Uuid {
        self.id.0
    }
}

/// The reason as it is stored; `None` if it is not known.
pub fn recorded(reason: EndReason) -> Option<&'static str> {
    let mut recorded = EndReason::RECORDED.iter();
    recorded
        .find(|(known, _)| *known == reason)
        .map(|(_, text)| *text)
}

impl SummedRow for SourceRow {
    const TABLE: Table = Table::Sources;

    fn bytes(&self) -> Vec<u8> {
        let SourceRow {
            id,
            organisation,
            name,
            hash,
            created_at,
            ended_at,
        } = self;
        let mut row = RowBytes::new("sources");
        row.uuid(id.0).uuid(organisation.0).text(name).digest(hash);
        row.time(created_at.0);
        row.maybe(ended_at.as_ref(), |row, at| row.time(at.0));
        row.0
    }

    fn id(&self) -> Uuid {
        self.id.0
    }
}

impl SummedRow for AliasRow {
    const TABLE: Table = Table::Aliases;

    fn bytes(&self) -> Vec<u8> {
        let AliasRow { person, from, to } = self;
        let mut row = RowBytes::new("aliases");
        row.uuid(person.0).uuid(from.0).uuid(to.0);
        row.0
    }

    fn id(&self) -> Uuid {
        let PersonId(person) = self.person;
        person
    }
}

/// The bytes of a row, of which no two differing rows have the same: texts and tables are preceded by their length, and
/// all else has a fixed one.
struct RowBytes(Vec<u8>);

impl RowBytes {
    fn new(table: &str) -> RowBytes {
        let mut row = RowBytes(Vec::with_capacity(256));
        row.text(table);
        row
    }

    fn text(&mut self, text: &str) -> &mut RowBytes {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, number: u64) -> &mut RowBytes {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    fn time(&mut self, at: i64) -> &mut RowBytes {
        self.0.extend_from_slice(&at.to_be_bytes());
        self
    }

    fn uuid(&mut self, id: Uuid) -> &mut RowBytes {
        self.0.extend_from_slice(id.as_bytes());
        self
    }

    fn digest(&mut self, digest: &Digest) -> &mut RowBytes {
        self.0.extend_from_slice(&digest.0);
        self
    }

    fn maybe<T>(
        &mut self,
        value: Option<&T>,
        push: impl for<'a> FnOnce(&'a mut RowBytes, &T) -> &'a mut RowBytes,
    ) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            push(self, value);
        }
    }
}
