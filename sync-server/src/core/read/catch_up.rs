//! Catching up: heads with the last event of each, the newest first; tails; history; holes.
//!
//! Everything is read in sets, with a bounded number of rows at a time, and each time under the rights of that moment:
//! a person who loses a conversation while catching up gets no more of it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use conversation::visibility::Shown;
use conversation::{ConversationId, Presence, Seq, SeqRange, Shape, State, Timestamp};
use protocol::sync::{Anchor, ConversationHead, Frame, Hole};
use trail::{Digest, genesis};

use super::feed::{Feed, Plan, Step};
use super::shown_events::Run;
use crate::core::encode::events_frames;
use crate::core::frames::Named;
use crate::core::view::{Sees, Viewer};
use crate::core::{CoreError, frames};
use crate::store::Slice;

/// Heads sent at once; fewer at first, so that the first screen is filled soon.
const HEADS: usize = 100;
const FIRST_HEADS: usize = 20;
/// The latest events of a conversation, sent before all history.
const TAIL: u64 = 30;
/// Events read at once: at most, and at least where there is little room for their bytes, which stay in memory until they are
/// sent.
const EVENTS: u64 = 1_000;
const FEWEST_EVENTS: u64 = 8;
/// Bytes of an event, about, as most are.
const EVENT: u64 = 512;
/// Headers read at once when an earlier state is rebuilt.
const HEADERS: u64 = 50;

/// A conversation that is sent, and the contents of its head.
struct Visible {
    plan: Plan,
    state: State,
    link: Digest,
    sees: Sees,
    /// The time of acceptance of the last event that is shown.
    last_at: Timestamp,
}

impl Feed {
    /// Sends the heads of a first part of the conversations, with their last events; adds tails and history to the
    /// steps.
    pub(in crate::core) async fn push_heads(
        &mut self,
        mut plans: VecDeque<Plan>,
        out: &mut Vec<u8>,
    ) -> Result<(), CoreError> {
        if plans.is_empty() {
            return Ok(());
        }
        let most = if self.sent_up_to.is_empty() {
            FIRST_HEADS
        } else {
            HEADS
        };
        let later = plans.split_off(plans.len().min(most));
        let mut visible = self.judge(plans, out).await?;
        // Last events that did not fit beside their heads; then the events before them.
        let mut tails = self.push_visible(&mut visible, out).await?;
        let mut history = VecDeque::new();
        for visible in &visible {
            let (tail, earlier) = self.slices_of(visible);
            tails.extend(tail);
            history.extend(earlier);
            self.sent_up_to
                .insert(visible.plan.conversation, visible.state.last);
        }
        // All heads are sent before any tail, and tails before history.
        self.merge(tails, history);
        if !later.is_empty() {
            self.steps.push_front(Step::Heads(later));
        }
        Ok(())
    }

    /// Adds tails and history to the steps, at their places.
    fn merge(&mut self, tails: VecDeque<Slice>, history: VecDeque<Slice>) {
        let catching_up = self.steps.iter().any(|step| matches!(step, Step::Resume));
        if !tails.is_empty() {
            match self.steps.iter_mut().find_map(|step| match step {
                Step::Tails(earlier) => Some(earlier),
                _ => None,
            }) {
                Some(earlier) => earlier.extend(tails),
                None => self.steps.push_front(Step::Tails(tails)),
            }
        }
        if history.is_empty() {
            return;
        }
        if let Some(earlier) = self.steps.iter_mut().find_map(|step| match step {
            Step::History(earlier) => Some(earlier),
            _ => None,
        }) {
            earlier.extend(history);
            return;
        }
        let place = match self.steps.iter().position(|step| matches!(step, Step::Resume)) {
            Some(resume) if catching_up => resume + 1,
            _ => self
                .steps
                .iter()
                .position(|step| matches!(step, Step::Tails(_)))
                .map_or(0, |tails| tails + 1),
        };
        self.steps.insert(place, Step::History(history));
    }

    /// The conversations that the person sees; for the others sends `gone` if the device may hold them.
    async fn judge(&mut self, plans: VecDeque<Plan>, out: &mut Vec<u8>) -> Result<Vec<Visible>, CoreError> {
        let directory = self.core.directory();
        let viewer = Viewer::of(self.person, &directory);
        let ids: Vec<ConversationId> = plans.iter().map(|plan| plan.conversation).collect();
        let mut states = self.core.states(&ids).await?;
        let mut visible = Vec::with_capacity(plans.len());
        for mut plan in plans {
            let conversation = plan.conversation;
            let found = states.remove(&conversation).map(|(state, link)| {
                let sees = viewer.sees(&state, &directory);
                (state, link, sees)
            });
            let follows = self.following.contains(&conversation);
            let seen = found.filter(|(_, _, sees)| !sees.nothing() && (sees.takes_part || follows));
            let Some((state, link, sees)) = seen else {
                if plan.perhaps_gone {
                    frames::push(out, &Frame::Gone { conversation });
                }
                continue;
            };
            let by_rights = sees.access.rights > 0;
            if plan.only_by_rights && !by_rights {
                continue;
            }
            // After a change of access the device may hold events that it may no longer keep.
            if sees.access.number > plan.known || (by_rights && self.rights_changed) {
                plan.known = Seq(0);
            }
            visible.push(Visible {
                plan,
                last_at: state.last_at,
                state,
                link,
                sees,
            });
        }
        Ok(visible)
    }

    /// Hides the time of an event from a person who does not see it, also in the order of heads (P5).
    async fn place_in_time(
        &self,
        visible: &mut [Visible],
        lasts: &HashMap<ConversationId, Run>,
    ) -> Result<(), CoreError> {
        let shows_last = |visible: &Visible| {
            let last = lasts
                .get(&visible.plan.conversation)
                .and_then(|run| run.events.last());
            visible.sees.last() >= visible.state.last && last.is_some_and(|(_, shown)| *shown != Shown::Stub)
        };
        let others = visible.iter().filter(|visible| !shows_last(visible));
        let others = others.map(|visible| (visible.plan.conversation, &visible.state, &visible.sees));
        let times = self.core.last_shown(others).await?;
        for visible in visible.iter_mut() {
            if let Some(at) = times.get(&visible.plan.conversation) {
                visible.last_at = *at;
            }
        }
        visible.sort_by_key(|visible| std::cmp::Reverse(visible.last_at));
        Ok(())
    }

    /// Sends the cards, the head and the last event of each; returns the last events that are still to be sent.
    async fn push_visible(
        &mut self,
        all: &mut [Visible],
        out: &mut Vec<u8>,
    ) -> Result<VecDeque<Slice>, CoreError> {
        let core = Arc::clone(&self.core);
        let directory = core.directory();
        let viewer = Viewer::of(self.person, &directory);
        let anchors: Vec<(ConversationId, Seq)> = all
            .iter()
            .map(|visible| (visible.plan.conversation, visible.sees.anchor()))
            .filter(|(_, anchor)| anchor.0 > 0)
            .collect();
        let links: HashMap<ConversationId, Digest> = core
            .store
            .links(&anchors)
            .await?
            .into_iter()
            .map(|(conversation, _, link)| (conversation, link))
            .collect();
        let ids: Vec<ConversationId> = all.iter().map(|visible| visible.plan.conversation).collect();
        let positions: HashMap<ConversationId, Seq> = core
            .store
            .read_positions(self.person, &ids)
            .await?
            .into_iter()
            .collect();
        let lasts = all.iter().map(|visible| Slice {
            conversation: visible.plan.conversation,
            from: visible.state.last.max(visible.sees.anchor().next()),
            to: visible.state.last,
        });
        let (lasts, later) = self.fitting(lasts).await?;
        let sees: HashMap<ConversationId, Sees> = all
            .iter()
            .map(|visible| (visible.plan.conversation, visible.sees.clone()))
            .collect();
        let runs: HashMap<ConversationId, Run> = core
            .runs(&lasts, &sees)
            .await?
            .into_iter()
            .map(|run| (run.conversation, run))
            .collect();
        self.place_in_time(all, &runs).await?;
        for visible in all.iter() {
            let conversation = visible.plan.conversation;
            let state = self.as_seen(visible).await?;
            let run = runs.get(&conversation);
            let named = frames::of_head(&state.head).chain(run.iter().flat_map(|run| run.named()));
            frames::push_cards(out, &mut self.sent, named, &directory);
            let link = links.get(&conversation).copied();
            let read = positions.get(&conversation).copied().unwrap_or_default();
            let head = ConversationHead {
                conversation,
                last: core.receipt(
                    conversation,
                    visible.state.last,
                    visible.link,
                    core.epoch,
                    visible.last_at,
                ),
                access: visible.sees.access,
                visible: visible.sees.places.ranges().to_vec(),
                open: visible.sees.open,
                anchor: Anchor {
                    number: visible.sees.anchor(),
                    link: link.unwrap_or_else(|| genesis(conversation.as_bytes())),
                },
                read: read.max(viewer.joined_at(&visible.state)),
                item_card: match state.head.shape {
                    Shape::Item { item } => directory.item_card(item, &viewer.memberships),
                    Shape::Direct | Shape::Group => None,
                },
                head: state.head,
            };
            frames::push(out, &Frame::Head(Box::new(head)));
            if let Some(run) = run {
                events_frames(out, conversation, run.from, &run.previous, run.shown());
            }
        }
        Ok(later)
    }

    /// The state that the viewer may know: a viewer who no longer sees new events gets the state as of the last event
    /// they saw.
    async fn as_seen(&self, visible: &Visible) -> Result<State, CoreError> {
        if visible.sees.open || visible.sees.last() >= visible.state.last {
            return Ok(visible.state.clone());
        }
        let content = conversation::Content {
            subject: visible.state.head.subject.clone(),
            ..conversation::Content::default()
        };
        let (mut from, until) = (Seq::FIRST, visible.sees.last());
        let mut folded: Option<State> = None;
        while from <= until {
            let to = Seq(from.0 + HEADERS - 1).min(until);
            let conversation = visible.plan.conversation;
            let slice = Slice {
                conversation,
                from,
                to,
            };
            for row in self.core.store.slices(&[slice]).await? {
                let header: conversation::Header = serde_json::from_str(&row.header)
                    .map_err(|_| CoreError::Broken("the header of an event"))?;
                match &mut folded {
                    Some(state) => state.apply(&header),
                    None => folded = State::started(&header, &content),
                }
                if folded.is_none() {
                    break;
                }
            }
            from = to.next();
        }
        folded.ok_or(CoreError::Broken("a log begins with no start"))
    }

    /// The events that the device lacks: the tail except the last event, and the history before it.
    fn slices_of(&self, visible: &Visible) -> (Option<Slice>, Option<Slice>) {
        let last = visible.state.last;
        let first = visible.plan.known.max(visible.sees.anchor()).next();
        let tail = Seq(last.0.saturating_sub(TAIL - 1)).max(first);
        let slice = |from: Seq, to: Seq| {
            (from <= to).then_some(Slice {
                conversation: visible.plan.conversation,
                from,
                to,
            })
        };
        (slice(tail, last.previous()), slice(first, tail.previous()))
    }

    /// Sends as many events as fit at once, each slice from its end; returns the rest.
    pub(in crate::core) async fn push_slices(
        &mut self,
        slices: VecDeque<Slice>,
        out: &mut Vec<u8>,
    ) -> Result<Option<VecDeque<Slice>>, CoreError> {
        let (now, slices) = self.fitting(slices).await?;
        let sees = self.sees_now(now.iter().map(|slice| slice.conversation)).await?;
        self.push_runs(&now, &sees, out).await?;
        Ok((!slices.is_empty()).then_some(slices))
    }

    /// Splits the slices into those that are sent at once and the rest.
    async fn fitting(
        &self,
        slices: impl IntoIterator<Item = Slice>,
    ) -> Result<(Vec<Slice>, VecDeque<Slice>), CoreError> {
        let most = self.most as u64;
        let events = (most / EVENT).clamp(FEWEST_EVENTS, EVENTS);
        self.core.fitting(slices, events, most).await
    }

    async fn push_runs(
        &mut self,
        slices: &[Slice],
        sees: &HashMap<ConversationId, Sees>,
        out: &mut Vec<u8>,
    ) -> Result<(), CoreError> {
        let directory = self.core.directory();
        for run in self.core.runs(slices, sees).await? {
            frames::push_cards(out, &mut self.sent, run.named(), &directory);
            events_frames(out, run.conversation, run.from, &run.previous, run.shown());
        }
        Ok(())
    }

    /// The current visibility of conversations, without those of which the person sees nothing.
    async fn sees_now(
        &self,
        ids: impl Iterator<Item = ConversationId>,
    ) -> Result<HashMap<ConversationId, Sees>, CoreError> {
        let mut ids: Vec<ConversationId> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let directory = self.core.directory();
        let viewer = Viewer::of(self.person, &directory);
        let states = self.core.states(&ids).await?;
        let seen = states
            .into_iter()
            .map(|(id, (state, _))| (id, viewer.sees(&state, &directory)))
            .filter(|(_, sees)| !sees.nothing());
        Ok(seen.collect())
    }

    /// Sends the holes that the device named, clamped to what it may have. A conversation that the person does not see
    /// is `gone`, as one that does not exist.
    pub(in crate::core) async fn push_holes(
        &mut self,
        mut holes: VecDeque<Hole>,
        out: &mut Vec<u8>,
    ) -> Result<(), CoreError> {
        let later = holes.split_off(holes.len().min(HEADS));
        let ids: HashSet<ConversationId> = holes.iter().map(|hole| hole.conversation).collect();
        let sees = self.sees_now(ids.iter().copied()).await?;
        let mut gone: Vec<ConversationId> = ids.into_iter().filter(|id| !sees.contains_key(id)).collect();
        gone.sort_unstable();
        for conversation in gone {
            frames::push(out, &Frame::Gone { conversation });
        }
        let mut lasts = HashMap::new();
        let known: Vec<ConversationId> = sees.keys().copied().collect();
        for (id, (state, _)) in self.core.states(&known).await? {
            lasts.insert(id, state.last);
        }
        let slices = holes.iter().filter_map(|hole| {
            let sees = sees.get(&hole.conversation)?;
            let last = lasts.get(&hole.conversation)?;
            let from = hole.range.from.max(sees.anchor().next());
            let to = hole.range.to.min(*last);
            (from <= to).then_some(Slice {
                conversation: hole.conversation,
                from,
                to,
            })
        });
        let slices: VecDeque<Slice> = slices.collect();
        if !later.is_empty() {
            self.steps.push_front(Step::Holes(later));
        }
        if !slices.is_empty() {
            self.steps.push_front(Step::History(slices));
        }
        Ok(())
    }

    /// Sends the cards that changed since the token, of people whom the viewer met in conversations that they take part
    /// in.
    pub(in crate::core) async fn push_changed_cards(&mut self, out: &mut Vec<u8>) -> Result<(), CoreError> {
        let since = self.cards_since.unwrap_or_default();
        let changed = self
            .core
            .with_organisations(|organisations| organisations.changed_since(since));
        if changed.is_empty() {
            return Ok(());
        }
        let directory = self.core.directory();
        let viewer = Viewer::of(self.person, &directory);
        let ids = self.core.store.conversations_of(self.person).await?;
        for ids in ids.chunks(HEADS) {
            let states = self.core.states(ids).await?;
            // The participants, and everybody whose participation the viewer has seen.
            let named = |state: &State| -> Vec<Named> {
                let sees = viewer.sees(state, &directory);
                if !sees.takes_part {
                    return Vec::new();
                }
                let met = |presence: &Presence| {
                    let mut intervals = presence.intervals.iter();
                    intervals.any(|interval| {
                        let until = interval.to.unwrap_or(state.last);
                        let slice = SeqRange::new(interval.from, until);
                        slice.is_some_and(|slice| !sees.places.within(slice).is_empty())
                    })
                };
                let met = state.presence.iter().filter(|(_, presence)| met(presence));
                let members = met.map(|(member, _)| Named::Member(*member));
                members.chain(frames::of_head(&state.head)).collect()
            };
            let named = states.values().flat_map(|(state, _)| named(state));
            let mut named: Vec<Named> = frames::with_covers(named, &directory)
                .filter(|named| changed.binary_search(named).is_ok())
                .collect();
            named.sort_unstable();
            named.dedup();
            frames::push_cards(out, &mut self.sent, named, &directory);
        }
        Ok(())
    }
}
