//! The stream of one device: catching up first, then live commits.
//!
//! ```text
//!   open ──► Hello ─► Heads… ─► Tails… ─► AccountState ─► Resume ─► History… ─► Holes… ─► Current ──► live
//!                                                                                              │  ▲
//!                                                    Heads… ─► Tails… ─► History… ◄── changed ─┘  │
//!                                                                             └───────────────────┘
//! ```
//!
//! The stream is registered at the [`Hub`](crate::core::Hub) before it reads its first row, so that no commit is
//! missed. Duplicates are dropped: for each conversation the feed keeps the last number that it sent.
//!
//! [`Feed::next`] returns bytes until there are none; then [`Feed::deliver`] takes a delivery of the hub, and `next` is
//! called again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use conversation::{ConversationId, DirectoryLookup as _, MembershipId, OrganisationId, PersonId, Seq};
use protocol::sync::{Frame, Hole, SyncRequest};

use super::hub::{Delivery, Piece};
use super::resume::Resumed;
use crate::core::frames::Named;
use crate::core::view::Viewer;
use crate::core::{Core, CoreError, frames};
use crate::store::{AliasRow, ChangedConversation, PersonalRow, PositionRow, Slice, Watermark};

/// Why a device gets no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("the device speaks a version that is no longer served")]
    UpdateNeeded,
    #[error("the request is larger than is served")]
    TooLarge,
    #[error("the request names something twice")]
    Twice,
    /// The server knows less than it promised this device.
    #[error("the server was put back to an older state")]
    Restored,
    #[error(transparent)]
    CoreError(#[from] CoreError),
}

/// One device's feed.
#[derive(Debug)]
pub struct Feed {
    pub(in crate::core) core: Arc<Core>,
    pub(in crate::core) person: PersonId,
    pub(in crate::core) following: Vec<ConversationId>,
    /// Whether the device sent a token: it may then hold conversations that are gone.
    pub(in crate::core) resumed: bool,
    /// Whether the person's rights changed since the token.
    pub(in crate::core) rights_changed: bool,
    pub(in crate::core) steps: VecDeque<Step>,
    /// Cards sent in this stream.
    pub(in crate::core) sent: HashSet<Named>,
    /// The last number sent of each conversation while catching up.
    pub(in crate::core) sent_up_to: HashMap<ConversationId, Seq>,
    /// Everything up to this watermark has been sent once no steps are left.
    pub(in crate::core) mark: Watermark,
    said: Option<Watermark>,
    /// The version of the organisations that the token was of.
    pub(in crate::core) cards_since: Option<u64>,
    /// Whether anything but the frame was sent.
    something: bool,
    /// Maximum bytes of the lines that are sent next; only the last frame may exceed it.
    pub(in crate::core) most: usize,
}

#[derive(Debug)]
pub(in crate::core) enum Step {
    Hello,
    /// Conversations whose heads are to be sent, newest first.
    Heads(VecDeque<Plan>),
    Tails(VecDeque<Slice>),
    Cards,
    AccountState(AccountState),
    Resume,
    History(VecDeque<Slice>),
    Holes(VecDeque<Hole>),
    Current,
}

/// A conversation whose head is to be sent.
#[derive(Clone, Copy, Debug)]
pub(in crate::core) struct Plan {
    pub(in crate::core) conversation: ConversationId,
    /// The last number that the device has.
    pub(in crate::core) known: Seq,
    /// Whether `gone` is sent if the person sees nothing of it.
    pub(in crate::core) perhaps_gone: bool,
    /// Whether the head is sent only if the person's rights matter there; others are sent for other reasons.
    pub(in crate::core) only_by_rights: bool,
}

#[derive(Debug)]
pub(in crate::core) struct AccountState {
    positions: VecDeque<PositionRow>,
    personal: VecDeque<PersonalRow>,
    aliases: VecDeque<AliasRow>,
}

/// Maximum bytes of lines that are sent at once, unless the caller has less room.
pub const MOST_AT_ONCE: usize = 1024 * 1024;

impl Feed {
    /// Checks the limits of a request, before anything is locked or read for it.
    pub fn check(request: &SyncRequest) -> Result<(), FeedError> {
        if request.protocol < protocol::OLDEST {
            return Err(FeedError::UpdateNeeded);
        }
        if request.holes.len() > protocol::MOST_HOLES || request.following.len() > protocol::MOST_FOLLOWED {
            return Err(FeedError::TooLarge);
        }
        let mut named = HashSet::with_capacity(request.following.len());
        let once = request.following.iter().all(|id| named.insert(*id));
        if once { Ok(()) } else { Err(FeedError::Twice) }
    }

    /// The stream must be registered at the hub first.
    pub async fn open(core: Arc<Core>, person: PersonId, request: &SyncRequest) -> Result<Feed, FeedError> {
        Feed::check(request)?;
        let since = match core.resumed(person, request.resume.as_deref()).await? {
            Resumed::First => None,
            Resumed::Since(mark) => Some(mark),
            Resumed::Restored => return Err(FeedError::Restored),
        };
        let from = since.unwrap_or_default();
        // The version of the directory in use; the store may be ahead of it for a moment.
        let organisations = core.with_organisations(|organisations| organisations.offset);
        let changes = core
            .store
            .changes_since(person, &from, &request.following)
            .await
            .map_err(CoreError::from)?;
        let rights_changed = since.is_some()
            && core.with_organisations(|organisations| {
                organisations.rights_changed_since(person, from.organisations)
            });
        let mut feed = Feed {
            core,
            person,
            following: request.following.clone(),
            resumed: since.is_some(),
            rights_changed,
            steps: VecDeque::new(),
            sent: HashSet::new(),
            sent_up_to: HashMap::new(),
            mark: Watermark {
                organisations: organisations.min(changes.mark.organisations),
                ..changes.mark
            },
            said: None,
            cards_since: since.map(|since| since.organisations),
            something: false,
            most: MOST_AT_ONCE,
        };
        feed.plan(since, request, changes).await?;
        Ok(feed)
    }

    async fn plan(
        &mut self,
        since: Option<Watermark>,
        request: &SyncRequest,
        changes: crate::store::Changes,
    ) -> Result<(), CoreError> {
        // Followed conversations are always included, even without changes.
        let mut news = changes
            .conversations
            .iter()
            .any(|row| row.changed || row.known < row.last);
        let mut plans: VecDeque<Plan> = changes
            .conversations
            .iter()
            .map(|row| self.plan_of(row))
            .collect();
        let there = plans.len();
        let missing = self
            .following
            .iter()
            .filter(|id| !changes.conversations.iter().any(|row| row.conversation == **id));
        plans.extend(missing.map(|id| Plan {
            conversation: *id,
            known: Seq(0),
            perhaps_gone: true,
            only_by_rights: false,
        }));
        if self.rights_changed {
            let planned: HashSet<ConversationId> = plans.iter().map(|plan| plan.conversation).collect();
            let all = self.core.store.conversations_of(self.person).await?;
            let others = all.into_iter().filter(|id| !planned.contains(id));
            plans.extend(others.map(|conversation| Plan {
                conversation,
                known: Seq(0),
                perhaps_gone: true,
                only_by_rights: true,
            }));
        }
        news |= plans.len() > there;
        let account_state = changes.positions.len() + changes.personal.len() + changes.aliases.len();
        self.something = news || account_state + request.holes.len() > 0;
        self.steps.push_back(Step::Hello);
        self.steps.push_back(Step::Heads(plans));
        if since.is_some_and(|since| since.organisations < self.mark.organisations) {
            self.steps.push_back(Step::Cards);
        }
        self.steps.push_back(Step::AccountState(AccountState {
            // On a first sync the heads carry the read markers.
            positions: if self.resumed {
                changes.positions.into()
            } else {
                VecDeque::new()
            },
            personal: changes.personal.into(),
            aliases: changes.aliases.into(),
        }));
        self.steps.push_back(Step::Resume);
        if !request.holes.is_empty() {
            self.steps.push_back(Step::Holes(merged(&request.holes)));
        }
        self.steps.push_back(Step::Current);
        Ok(())
    }

    fn plan_of(&self, row: &ChangedConversation) -> Plan {
        let followed = self.following.contains(&row.conversation);
        Plan {
            conversation: row.conversation,
            known: row.known,
            perhaps_gone: followed || (self.resumed && row.changed),
            only_by_rights: false,
        }
    }

    /// Whether there was anything new to send.
    pub fn had_something(&self) -> bool {
        self.something
    }

    /// The next lines, of about `most` bytes at most; `None` when everything was sent.
    pub async fn next(&mut self, most: usize) -> Result<Option<Bytes>, CoreError> {
        self.most = most;
        let mut out = Vec::new();
        while out.is_empty() {
            let Some(step) = self.steps.pop_front() else {
                return Ok(None);
            };
            self.take(step, &mut out).await?;
        }
        // Kept until the client takes it: without the room that it grew by.
        Ok(Some(Bytes::from(out.into_boxed_slice())))
    }

    async fn take(&mut self, step: Step, out: &mut Vec<u8>) -> Result<(), CoreError> {
        match step {
            Step::Hello => self.hello(out),
            Step::Heads(plans) => self.push_heads(plans, out).await?,
            Step::Tails(slices) => {
                let left = self.push_slices(slices, out).await?;
                self.put_back(left.map(Step::Tails));
            }
            Step::History(slices) => {
                let left = self.push_slices(slices, out).await?;
                self.put_back(left.map(Step::History));
            }
            Step::Holes(holes) => self.push_holes(holes, out).await?,
            Step::Cards => self.push_changed_cards(out).await?,
            Step::AccountState(account_state) => {
                let left = self.push_account_state(account_state, out);
                self.put_back(left.map(Step::AccountState));
            }
            Step::Resume => self.resume(out),
            Step::Current => frames::push(out, &Frame::Current { at: self.core.now() }),
        }
        Ok(())
    }

    fn put_back(&mut self, step: Option<Step>) {
        if let Some(step) = step {
            self.steps.push_front(step);
        }
    }

    fn hello(&self, out: &mut Vec<u8>) {
        let directory = self.core.directory();
        let hello = Frame::Hello {
            person: self.person,
            memberships: Viewer::of(self.person, &directory).memberships,
            epoch: self.core.epoch,
            protocol: protocol::VERSION,
            oldest: protocol::OLDEST,
            now: self.core.now(),
        };
        frames::push(out, &hello);
    }

    /// Splits off the part that is sent at once.
    fn push_account_state(
        &mut self,
        mut account_state: AccountState,
        out: &mut Vec<u8>,
    ) -> Option<AccountState> {
        while out.len() < self.most {
            if let Some(row) = account_state.aliases.pop_front() {
                let (from, to) = (row.from, row.to);
                frames::push(out, &Frame::Alias { from, to });
            } else if let Some(row) = account_state.positions.pop_front() {
                let frame = Frame::Position {
                    conversation: row.conversation,
                    member: row.person,
                    number: row.number,
                    from: None,
                };
                frames::push(out, &frame);
            } else if let Some(row) = account_state.personal.pop_front() {
                if let Ok(value) = serde_json::value::RawValue::from_string(row.value) {
                    let field = row.field;
                    frames::push(out, &Frame::Personal { field, value });
                }
            } else {
                return None;
            }
        }
        Some(account_state)
    }

    fn resume(&mut self, out: &mut Vec<u8>) {
        let token = self.core.resume_token(self.person, &self.mark);
        self.said = Some(self.mark);
        frames::push(out, &Frame::Resume { token });
    }

    /// A `resume` for everything sent since the last one; `None` if nothing was sent, or something is still to be sent.
    pub fn resume_line(&mut self) -> Option<Bytes> {
        if !self.steps.is_empty() || self.said == Some(self.mark) {
            return None;
        }
        let mut out = Vec::new();
        self.resume(&mut out);
        Some(Bytes::from(out))
    }

    /// Whether `next` must be called before the next delivery.
    pub fn has_more(&self) -> bool {
        !self.steps.is_empty()
    }

    pub fn heartbeat_line(&self) -> Bytes {
        let mut out = Vec::new();
        let at = self.core.now();
        frames::push(&mut out, &Frame::Heartbeat { at });
        Bytes::from(out)
    }

    /// Takes a delivery of the hub, after `next` returned `None`. Returns the lines that are available at once; call
    /// `next` for the rest.
    pub fn deliver(&mut self, delivery: &Delivery) -> Option<Bytes> {
        let mut out = frames::Lines::default();
        let core = Arc::clone(&self.core);
        for piece in &delivery.pieces {
            match piece {
                Piece::Events {
                    conversation,
                    to,
                    frame,
                    named,
                } => {
                    if self.was_sent(*conversation, *to) {
                        continue;
                    }
                    if named.iter().any(|named| !self.sent.contains(named)) {
                        let mut cards = Vec::new();
                        let directory = core.directory();
                        frames::push_cards(&mut cards, &mut self.sent, named.iter().copied(), &directory);
                        out.push(Bytes::from(cards));
                    }
                    out.push(frame.clone());
                }
                Piece::Head { conversation, to } => {
                    if !self.was_sent(*conversation, *to) {
                        let plan = Plan {
                            conversation: *conversation,
                            known: Seq(0),
                            perhaps_gone: true,
                            only_by_rights: false,
                        };
                        self.steps.push_back(Step::Heads(VecDeque::from([plan])));
                    }
                }
                Piece::Gone { conversation, to } => {
                    if !self.was_sent(*conversation, *to) {
                        let mut line = Vec::new();
                        let conversation = *conversation;
                        frames::push(&mut line, &Frame::Gone { conversation });
                        out.push(Bytes::from(line));
                    }
                }
                Piece::Line(line) => out.push(line.clone()),
                Piece::Cards { changed, met } => out.push(self.changed_cards(changed, met)),
            }
        }
        self.mark = delivery.mark;
        out.joined()
    }

    fn was_sent(&mut self, conversation: ConversationId, to: Seq) -> bool {
        match self.sent_up_to.get(&conversation) {
            Some(sent) if to <= *sent => true,
            Some(_) => {
                self.sent_up_to.remove(&conversation);
                false
            }
            None => false,
        }
    }

    /// Sends the changed cards that this device has or could find.
    fn changed_cards(&mut self, changed: &[Named], met: &[MembershipId]) -> Bytes {
        let directory = self.core.directory();
        let own = Viewer::of(self.person, &directory).memberships;
        let own: Vec<OrganisationId> = own
            .iter()
            .filter_map(|own| directory.member(*own))
            .map(|own| own.organisation)
            .collect();
        let shares = |other| own.iter().any(|own| directory.shares(*own, other));
        let within_reach = |named: &Named| match named {
            Named::Member(member) => directory.member(*member).is_some_and(|other| {
                let is_own = own.contains(&other.organisation);
                let hides = directory.is_inside_only(*member) && !is_own;
                shares(other.organisation) && (!hides || met.contains(member))
            }),
            Named::Team(team) => directory
                .team(*team)
                .is_some_and(|team| shares(team.organisation)),
        };
        let known: Vec<Named> = changed
            .iter()
            .copied()
            .filter(|named| self.sent.contains(named) || within_reach(named))
            .collect();
        for named in &known {
            self.sent.remove(named);
        }
        let mut out = Vec::new();
        frames::push_cards(&mut out, &mut self.sent, known, &directory);
        Bytes::from(out)
    }
}

/// Holes that overlap or touch as one, each at the place where one of them was named first: what is asked for twice is answered once.
fn merged(holes: &[Hole]) -> VecDeque<Hole> {
    let mut named: Vec<(usize, Hole)> = holes.iter().copied().enumerate().collect();
    named.sort_by_key(|(_, hole)| (hole.conversation, hole.range.from));
    let mut merged: Vec<(usize, Hole)> = Vec::with_capacity(named.len());
    for (place, hole) in named {
        match merged.last_mut() {
            Some((first, last))
                if last.conversation == hole.conversation && hole.range.from.previous() <= last.range.to =>
            {
                last.range.to = last.range.to.max(hole.range.to);
                *first = place.min(*first);
            }
            _ => merged.push((place, hole)),
        }
    }
    merged.sort_by_key(|(place, _)| *place);
    merged.into_iter().map(|(_, hole)| hole).collect()
}

#[cfg(test)]
mod tests {
    use conversation::SeqRange;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn hole(conversation: u128, from: u64, to: u64) -> Hole {
        Hole {
            conversation: ConversationId(Uuid::from_u128(conversation)),
            range: SeqRange::new(Seq(from), Seq(to)).unwrap(),
        }
    }

    // F3
    #[test]
    fn holes_that_overlap_or_touch_are_answered_as_one_where_they_were_named_first() {
        let asked = [
            hole(2, 5, 9),
            hole(1, 4, 6),
            hole(2, 10, 10),
            hole(1, 1, 2),
            hole(2, 5, 9),
            hole(1, 3, 3),
        ];
        assert_eq!(merged(&asked), [hole(2, 5, 10), hole(1, 1, 6)]);
        assert_eq!(
            merged(&[hole(1, 1, 2), hole(1, 4, 5)]),
            [hole(1, 1, 2), hole(1, 4, 5)]
        );
        assert_eq!(
            merged(&[hole(1, 7, u64::MAX), hole(1, 9, u64::MAX)]),
            [hole(1, 7, u64::MAX)]
        );
    }

    proptest! {
        // F3
        #[test]
        fn each_place_that_is_asked_for_is_answered_exactly_once(
            asked in prop::collection::vec((1_u128..3, 1_u64..20, 0_u64..6), 0..20)
        ) {
            let asked: Vec<Hole> = asked.iter().map(|(id, from, more)| hole(*id, *from, from + more)).collect();
            let places = |holes: &mut dyn Iterator<Item = Hole>| -> Vec<(ConversationId, u64)> {
                holes.flat_map(|hole| (hole.range.from.0..=hole.range.to.0).map(move |at| (hole.conversation, at))).collect()
            };
            let mut answered = places(&mut merged(&asked).into_iter());
            let mut wanted = places(&mut asked.into_iter());
            answered.sort_unstable();
            wanted.sort_unstable();
            wanted.dedup();
            prop_assert_eq!(answered, wanted);
        }
    }
}
