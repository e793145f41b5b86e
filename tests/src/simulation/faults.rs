//! Faults that are planted to prove the checker (BS2): each a thin change at the seam, each to be found.

use std::collections::BTreeSet;

use client::cache::memory::MemoryCache;
use client::cache::{Cache as _, Change, OutboxState, Segment};
use conversation::{Attachment, AttachmentId, CommandId, Seq, SeqRange, Shape, State};
use futures_util::FutureExt as _;
use platform::SeededRandom;
use protocol::sync::Frame;
use sync_server::keys::Secret;
use sync_server::seal::{KeyRing, Part};
use sync_server::store::ConversationRow;
use uuid::Uuid;

/// The master key of every simulated server.
pub(super) const MASTER: [u8; 32] = [5; 32];

macro_rules! faults {
    ($($(#[doc = $what:literal])* $fault:ident = $name:literal, by $($finding:literal)|+;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault { $($(#[doc = $what])* $fault,)* }

        impl Fault {
            pub const ALL: &[Fault] = &[$(Fault::$fault,)*];

            pub fn name(self) -> &'static str {
                match self { $(Fault::$fault => $name,)* }
            }

            /// The findings that the fault is expected to cause: one of these, and not just any breakage.
            pub fn meant(self) -> &'static [&'static str] {
                match self { $(Fault::$fault => &[$($finding,)+],)* }
            }
        }
    };
}

faults! {
    /// The store forgets which commands were done.
    ForgottenCommands = "forgotten-commands", by "was done twice" | "got two different answers";
    /// The last append was acknowledged, and is lost in a crash.
    LostAppend = "lost-append", by "lost what was committed" | "does not stand there" | "a gap or a doubled number" | "got two different answers";
    /// Reading, one takes part from one event too early.
    JoinedTooEarly = "joined-too-early", by "names other places than" | "an event that they do not see" | "who sees nothing of it";
    /// Content stays current after it was edited away or deleted.
    ServedOutdated = "served-outdated", by "content that is not current";
    /// The cache drops what was given to the outbox, at times.
    LostOutboxRow = "lost-outbox-row", by "is lost: not said, and not kept";
    /// The cache keeps what is to be purged.
    NoPurge = "no-purge", by "keeps what its person may not see" | "still lists" | "which is not theirs" | "which is gone" | "which was never started"
        | "is still to fetch";
    /// A frame of events is lost, and the cache takes the gap for filled.
    UnnoticedGap = "unnoticed-gap", by "lacks the event at" | "are not the server's" | "holds a run that is not of the log";
    /// An answer comes a second time, in place of the next request's, which goes nowhere.
    DoubledAnswer = "doubled-answer", by "is still being sent" | "is lost: not said" | "does not come to rest" | "is never sent"
        | "tells twice of one message";
    /// A frame that says that a conversation is gone is lost.
    LostGone = "lost-gone", by "still lists" | "is still accepted without its event" | "is still to fetch";
    /// The commands of a request are taken the wrong way round.
    ReversedRequest = "reversed-request", by "in that order" | "is still" | "was refused";
    /// A command without an answer is sent again under another id.
    AnotherId = "another-id", by "is lost: not said" | "was said 2 times" | "was said 3 times" | "stands there twice" | "is still" | "shown as refused" | "surely unsent";
    /// A person who loses a right keeps the stream they had.
    KeptStream = "kept-stream", by "an event that they do not see" | "who sees nothing of it" | "names other places than" | "content that is not current, or not theirs" | "in the overview's row of";
    /// Rare, by a crash between a command and its being sent again: the store forgets once which commands were done.
    ForgottenAfterCrash = "forgotten-after-crash", by "was done twice" | "got two different answers";
    /// Needs two devices of one person: the one never hears how far the other has read.
    LostPosition = "lost-position", by "in the lanes of";
    /// Needs two edits of a message in one commit: what stood before them is still served.
    EditedTwiceAtOnce = "edited-twice-at-once", by "content that is not current";
    /// Needs an order, with a crash in between: that someone left by themselves is forgotten, and their team brings them back.
    ForgottenApart = "forgotten-apart", by "O4: others come into the team" | "lost what was committed";
    /// Needs an order, with a crash in between: who left a direct conversation is forgotten, and no message brings them back.
    ForgottenPartner = "forgotten-partner", by "became something else" | "though it is allowed" | "though P6: they can no longer come back";
    /// A team that is removed stays linked to its conversation: nobody sees it, and the check of the trail does.
    LinkStays = "link-stays", by "the links to teams and items are not those";
    /// A device that went to polls never tries a stream again.
    PollsNeverLeft = "polls-never-left", by "still follows by polls";
    /// A device waits for ever for what a proxy holds back.
    UnnoticedSilence = "unnoticed-silence", by "does not come to rest";
    /// A page of another ends the session.
    PageEndsSession = "page-ends-session", by "does not come to rest";
    /// Every file is opened for everybody.
    FilesForAll = "files-for-all", by "who may not open it, was given";
    /// A part that comes twice is appended twice.
    AppendedTwice = "appended-twice", by "with other bytes than were sent" | "a part came of an upload";
    /// An upload that begins anew keeps the bytes that lay there, which no row counts.
    OldBytesKept = "old-bytes-kept", by "a part came of an upload" | "is still to send";
    /// The sweep takes the bytes of a file that a message names.
    SweptNamed = "swept-named", by "has lost the bytes of" | "who may open it, was given";
    /// The sweep leaves some files that no message named.
    SweepForgets = "sweep-forgets", by "of no message outlives the sweep";
    /// A cancelled upload stays, and counts.
    CancelForgotten = "cancel-forgotten", by "was cancelled or never begun" | "an upload was cancelled" | "an upload begins that was" | "of no message outlives the sweep";
    /// A file that an edit took out counts as one of the message still: another edit lists it again.
    DroppedStays = "dropped-stays", by "though M3: a file was taken away before";
    /// A deletion leaves the key of a file on a device.
    KeyKept = "key-kept", by "which no message there lists" | "which its person may not open";
    /// A device makes room by a file that is pinned.
    PinnedGoes = "pinned-goes", by "let a pinned file go";
    /// A device measures spans by what its clock shows, which is set now and then.
    ShownTime = "shown-time", by "says that it was written" | "is still to";
}

impl std::str::FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Fault, String> {
        let found = Fault::ALL.iter().find(|fault| fault.name() == name);
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
            format!("there is no such fault; there are {}", names.join(", "))
        })
    }
}

/// Whether the network swallows a frame without a sign.
pub(super) fn swallows(fault: Option<Fault>, frame: &Frame, count: u64) -> bool {
    match (fault, frame) {
        (Some(Fault::LostGone), Frame::Gone { .. }) => true,
        (Some(Fault::LostPosition), Frame::Position { .. }) => true,
        (Some(Fault::UnnoticedGap), Frame::Events { .. }) => count.is_multiple_of(23),
        _ => false,
    }
}

/// The state as it would be read if joining counted from one event too early.
pub(super) fn join_too_early(row: ConversationRow) -> ConversationRow {
    read_as(row, |state| {
        let intervals = state
            .presence
            .values_mut()
            .flat_map(|presence| &mut presence.intervals);
        for interval in intervals.filter(|interval| interval.from > Seq::FIRST) {
            interval.from = interval.from.previous();
        }
    })
}

/// As it would be read if it were not kept who left by themselves.
pub(super) fn forget_apart(row: ConversationRow) -> ConversationRow {
    read_as(row, |state| {
        state
            .presence
            .values_mut()
            .for_each(|presence| presence.apart = false);
    })
}

/// As it would be read if it were not kept who left a direct conversation.
pub(super) fn forget_partner(row: ConversationRow) -> ConversationRow {
    read_as(row, |state| {
        let State { head, presence, .. } = state;
        if head.shape == Shape::Direct {
            presence.retain(|member, _| head.takes_part(*member));
        }
    })
}

/// The state as it would be read after a change.
fn read_as(mut row: ConversationRow, change: impl FnOnce(&mut State)) -> ConversationRow {
    let ring = KeyRing::new(&Secret::new(MASTER));
    let changed = || {
        let key = ring.key(&row.key).ok()?;
        let json = key.open(&row.id.0, row.state_at, Part::State, &row.state).ok()?;
        let mut state: State = serde_json::from_slice(&json).ok()?;
        change(&mut state);
        let json = serde_json::to_vec(&state).ok()?;
        let random = SeededRandom::new(row.offset);
        Some(key.seal(&random, &row.id.0, row.state_at, Part::State, &json))
    };
    if let Some(state) = changed() {
        row.state = state;
    }
    row
}

/// The changes of a cache, as a planted fault distorts them.
#[derive(Debug)]
pub(super) struct CacheFault {
    fault: Option<Fault>,
    count: u64,
    pinned: BTreeSet<AttachmentId>,
}

impl CacheFault {
    pub(super) fn new(fault: Option<Fault>) -> CacheFault {
        CacheFault {
            fault,
            count: 0,
            pinned: BTreeSet::new(),
        }
    }

    /// The pinned files that make room.
    pub(super) fn pinned(&self) -> Vec<AttachmentId> {
        self.pinned.iter().copied().collect()
    }

    /// The rows of files that are put back after these changes, which take them along.
    pub(super) fn keys_kept(&self, memory: &MemoryCache, changes: &[Change]) -> Vec<Change> {
        if self.fault != Some(Fault::KeyKept) {
            return Vec::new();
        }
        let mut kept = Vec::new();
        for change in changes {
            if let Change::PutEntry(conversation, entry) = change
                && entry.deleted
                && let Some(Ok(Some(before))) = memory.entry(*conversation, entry.number).now_or_never()
            {
                let ids = before.attachments.iter().flat_map(Attachment::uploads).collect();
                let rows = memory.files(ids).now_or_never().and_then(Result::ok);
                kept.extend(
                    rows.unwrap_or_default()
                        .into_iter()
                        .map(|row| Change::PutFile(Box::new(row))),
                );
            }
        }
        kept
    }

    pub(super) fn spoil(&mut self, mut changes: Vec<Change>) -> Vec<Change> {
        match self.fault {
            Some(Fault::LostOutboxRow) => changes.retain(|change| {
                let Change::PutOutbox(row) = change else {
                    return true;
                };
                self.count += u64::from(row.state == OutboxState::Waiting && !row.sent_once);
                row.sent_once || !self.count.is_multiple_of(5)
            }),
            Some(Fault::NoPurge) => changes
                .retain(|change| !matches!(change, Change::DropEntries(..) | Change::DropConversation(_))),
            Some(Fault::AnotherId) => {
                for change in &mut changes {
                    if let Change::PutOutbox(row) = change
                        && row.state == OutboxState::Waiting
                        && row.sent_once
                    {
                        let next = row.command.id.0.as_u128() ^ 1;
                        row.command.id = CommandId(Uuid::from_u128(next));
                    }
                }
            }
            Some(Fault::UnnoticedGap) => claim_all(&mut changes),
            Some(Fault::PinnedGoes) => {
                let pinned = changes.iter().filter_map(|change| match change {
                    Change::PutFile(row) => row.pinned.then_some(row.id),
                    _ => None,
                });
                self.pinned.extend(pinned);
            }
            _ => {}
        }
        changes
    }
}

/// Claims that the entries at hand of a conversation are all of it.
fn claim_all(changes: &mut [Change]) {
    let whole = changes.iter().find_map(|change| match change {
        Change::PutConversation(row) => Some(Segment {
            range: SeqRange::new(row.anchor.number.next(), row.last)?,
            previous: row.anchor.link,
            link: row.last_link,
        }),
        _ => None,
    });
    for change in changes {
        if let (Change::PutSegments(_, segments), Some(whole)) = (change, whole)
            && !segments.is_empty()
        {
            *segments = vec![whole];
        }
    }
}
