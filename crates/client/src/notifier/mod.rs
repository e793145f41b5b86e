//! The desktop status for incoming messages: the number of unread conversations, a notification for new ones,
//! and the shown notifications that no longer apply (N1).
//!
//! Nothing is counted up and down. Each look compares the unread messages with those already notified of: a
//! message gets one notification at most, on this device, also after a restart. Notifications of messages
//! that were read elsewhere, archived, deleted or left are withdrawn, and one whose content is outdated is
//! replaced without a sound. An edit that newly mentions the user gets a notification like a message, once
//! (P8).
//!
//! A muted conversation counts as the others do, and notifies only of messages that mention the user (N5). While it is quiet
//! a conversation counts, too, and what is new in it is not taken for notified of: the first look after that finds it, as far
//! as it is still unread, and gives one notification for all of it.
//!
//! An urgent message has notifications of its own ([`urgent`], M10), and counts for none of the others.

mod notices;
mod quiet;
mod urgent;

use std::collections::{BTreeMap, BTreeSet};

use conversation::refusal::Language;
use conversation::{ConversationId, Kind, MembershipId, Seq, SeqRange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::cache::{CacheError, ConversationRow, Entry, Listed, Slice};
use crate::engine::sync::named::Named;
use crate::engine::{Engine, meta, put_json, read_json};
use crate::model::NotificationDetail;
pub use notices::{About, Notice};
use notices::{of_mention, of_messages};
use quiet::QuietNow;
pub use quiet::QuietSpell;
use urgent::Looking;

/// Notifications given at once; more conversations than this share one.
const MOST: usize = 3;
/// Unread conversations that are looked at, the latest first.
const LOOKED_AT: u32 = 200;
/// Messages of a conversation that are read at once.
const LOOKED_THROUGH: u32 = 100;
/// How long a notification of an edit is remembered: longer than a message can be edited.
const REMEMBERED: i64 = 2 * Timestamp::DAY;

/// The notifications and numbers to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesktopStatus {
    /// Conversations with something unread: the number on icon, tray and title, and of the overview.
    pub unread: u32,
    /// New notifications.
    pub show: Vec<Notice>,
    /// Notifications whose content changed: each silently replaces the one that is still shown.
    pub replace: Vec<Notice>,
    pub withdraw: Vec<About>,
    pub language: Language,
    pub silent: bool,
    /// While it is quiet (N5): the server's time at which another look finds what there is to show then, though nothing else
    /// changes.
    pub look_again: Option<Timestamp>,
}

/// The last seq of each unread conversation that the user was notified of; kept, so that a restart repeats
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Notified(BTreeMap<ConversationId, Seq>);

/// The notifications that are shown now.
#[derive(Debug, Default)]
pub struct Notifier {
    shown: BTreeMap<About, Standing>,
    /// The notifications of urgent messages that are shown now.
    urgent: BTreeMap<ConversationId, Notice>,
    /// Conversations in which something new was not shown at the last look, as it was quiet.
    held: BTreeSet<ConversationId>,
}

/// A shown notification and the messages it covers.
#[derive(Clone, Debug)]
struct Standing {
    notice: Notice,
    of: BTreeMap<ConversationId, Part>,
}

/// The part of a conversation that a notification is about.
#[derive(Clone, Copy, Debug)]
enum Part {
    Messages {
        first: Seq,
        last: Seq,
    },
    /// With how far the conversation was read then: who reads on elsewhere has seen it.
    Mention {
        number: Seq,
        read: Seq,
    },
}

/// The new messages of a conversation, the first to the last.
struct Fresh {
    conversation: ConversationId,
    entries: Vec<Entry>,
    again: bool,
}

/// The places to be notified of since an edit mentions the user there.
#[derive(Default)]
struct NewlyNamed {
    /// Messages that the user had read.
    read: Vec<(ConversationRow, Entry)>,
    /// Of unread messages, the first in each conversation.
    again: BTreeMap<ConversationId, Seq>,
    /// The conversations in which it is quiet.
    held: BTreeSet<ConversationId>,
    /// One of those to be notified of now was held before.
    ends: bool,
}

impl Notifier {
    /// Compares the unread messages with those notified of. `attended`: the window has the focus and can be
    /// seen, so messages in the conversation that it shows need no notification.
    pub async fn look(&mut self, engine: &Engine, attended: bool) -> Result<DesktopStatus, CacheError> {
        let _writing = engine.write_lock.lock().await;
        let cache = engine.cache();
        let settings = engine.settings().await?;
        let quiet = QuietNow::of(engine, &settings).await?;
        let detail = settings.notification_detail.value;
        let rows = cache.overview(Listed::Unread, 0, LOOKED_AT).await?;
        let (settled, shows) = {
            let live = engine.live();
            let settled = live.current_until.is_some() && !live.catching_up && live.me.person.is_some();
            (settled, live.watching.filter(|_| attended))
        };
        let mut desktop_status = DesktopStatus {
            unread: cache.overview_count(Listed::Unread).await?,
            show: Vec::new(),
            replace: Vec::new(),
            withdraw: Vec::new(),
            language: settings.language.value,
            silent: settings.silent.value,
            look_again: quiet.until(),
        };
        self.compare(engine, &rows, detail, shows, &mut desktop_status)
            .await?;
        let before: Option<Notified> = read_json(cache.as_ref(), meta::NOTIFIED).await?;
        let looking = Looking {
            detail,
            shows,
            settled,
            is_new: before.is_none(),
        };
        self.look_at_urgent(engine, looking, &mut desktop_status).await?;
        // While what was missed still comes in, nobody knows yet what of it was read elsewhere.
        if !settled {
            return Ok(desktop_status);
        }
        // A device that was just signed in has everything before it: none of it is news, nor is it later. What is on the screen is
        // seen.
        let holds =
            |row: &ConversationRow| before.is_some() && Some(row.id) != shows && quiet.holds(&row.head);
        let named_before: Option<Named> = read_json(cache.as_ref(), meta::NAMED).await?;
        let mut named = named_before.clone().unwrap_or_default();
        let mut newly = newly_named(engine, &mut named, &rows, holds).await?;
        let mut notified = still_unread(engine, before.clone().unwrap_or_default(), &rows).await?;
        let mut held = std::mem::take(&mut newly.held);
        let mut ends = newly.ends;
        let mut fresh = Vec::new();
        for row in &rows {
            let until = before
                .as_ref()
                .and_then(|notified| notified.0.get(&row.id))
                .copied();
            let known = until.unwrap_or_default().max(row.read);
            if holds(row) {
                held.extend(Some(row.id).filter(|_| row.last_message.is_some_and(|last| last > known)));
                continue;
            }
            let renamed = newly.again.get(&row.id).filter(|number| **number <= known);
            let since = renamed.map_or(known, |number| number.previous());
            let new = match row.last_message {
                Some(last) if last > since => {
                    messages(engine, row, SeqRange::new(since.next(), row.last)).await?
                }
                _ => Found::default(),
            };
            let (until, new) = (new.last.unwrap_or(known), new.notifying);
            notified.0.insert(row.id, until.max(known));
            if let Some(first) = new.first() {
                let was_held = self.held.contains(&row.id) || quiet.held(&row.head, first.header.at);
                ends |= was_held && Some(row.id) != shows;
                fresh.push(Fresh {
                    conversation: row.id,
                    entries: new,
                    again: renamed.is_some(),
                });
            }
        }
        self.held = held;
        let mut changes = Vec::new();
        if before.as_ref() != Some(&notified) {
            changes.push(put_json(meta::NOTIFIED, &notified)?);
        }
        if named_before.is_some_and(|before| before != named) {
            changes.push(put_json(meta::NAMED, &named)?);
        }
        if !changes.is_empty() {
            cache.write(changes).await?;
        }
        if before.is_none() {
            return Ok(desktop_status);
        }
        fresh.retain(|fresh| Some(fresh.conversation) != shows);
        newly.read.retain(|(row, _)| Some(row.id) != shows);
        let together = if ends { 1 } else { MOST };
        self.show(engine, detail, fresh, newly.read, together, &mut desktop_status)
            .await?;
        Ok(desktop_status)
    }

    /// Of more conversations than `together`, or more notifications than [`MOST`], there is one.
    async fn show(
        &mut self,
        engine: &Engine,
        detail: NotificationDetail,
        fresh: Vec<Fresh>,
        mentions: Vec<(ConversationRow, Entry)>,
        together: usize,
        desktop_status: &mut DesktopStatus,
    ) -> Result<(), CacheError> {
        let mut new = Vec::new();
        for Fresh {
            conversation,
            entries,
            again,
        } in fresh
        {
            let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
                continue;
            };
            let (first, last) = (first.number, last.number);
            let of = BTreeMap::from([(conversation, Part::Messages { first, last })]);
            let notice = of_messages(engine, detail, conversation, &entries, again).await?;
            new.extend(notice.map(|notice| Standing { notice, of }));
        }
        for (row, entry) in mentions {
            let notice = of_mention(engine, detail, row.id, &entry).await?;
            let (number, read) = (entry.number, row.read);
            let of = BTreeMap::from([(row.id, Part::Mention { number, read })]);
            new.push(Standing { notice, of });
        }
        let conversations: BTreeSet<_> = new.iter().flat_map(|standing| standing.of.keys()).collect();
        if conversations.len() > together || new.len() > MOST {
            let of: BTreeMap<_, _> = new.into_iter().flat_map(|standing| standing.of).collect();
            let conversations = u32::try_from(of.len()).unwrap_or(u32::MAX);
            let notice = Notice::Many { conversations };
            new = vec![Standing { notice, of }];
        }
        for standing in new {
            desktop_status.show.push(standing.notice.clone());
            self.shown.insert(standing.notice.about(), standing);
        }
        Ok(())
    }

    /// Of those shown, which are over, and which say what is no longer so.
    async fn compare(
        &mut self,
        engine: &Engine,
        unread: &[ConversationRow],
        detail: NotificationDetail,
        shows: Option<ConversationId>,
        desktop_status: &mut DesktopStatus,
    ) -> Result<(), CacheError> {
        for (about, standing) in self.shown.clone() {
            let mut left = Vec::new();
            for (id, part) in &standing.of {
                let entries = still_so(engine, unread, *id, *part, shows).await?;
                if !entries.is_empty() {
                    left.push((*id, entries));
                }
            }
            let now = match (&standing.notice, left.first()) {
                (_, None) => None,
                (Notice::One { again, .. }, Some((id, entries))) => {
                    of_messages(engine, detail, *id, entries, *again).await?
                }
                (Notice::Mention { .. }, Some((id, entries))) => match entries.first() {
                    Some(entry) => Some(of_mention(engine, detail, *id, entry).await?),
                    None => None,
                },
                // Urgent messages are compared apart.
                (Notice::Urgent { .. }, Some(_)) => None,
                (Notice::Many { .. }, Some(_)) => {
                    let conversations = u32::try_from(left.len()).unwrap_or(u32::MAX);
                    Some(Notice::Many { conversations })
                }
            };
            match now {
                None => {
                    self.shown.remove(&about);
                    desktop_status.withdraw.push(about);
                }
                Some(notice) if notice != standing.notice => {
                    desktop_status.replace.push(notice.clone());
                    self.shown.insert(about, Standing { notice, ..standing });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// Drops conversations that were read since, or are no longer here. A conversation that is being fetched anew
/// is not listed for a while, but its notification still counts.
async fn still_unread(
    engine: &Engine,
    notified: Notified,
    listed: &[ConversationRow],
) -> Result<Notified, CacheError> {
    let mut still = Notified::default();
    for (id, number) in notified.0 {
        let read = match listed.iter().find(|row| row.id == id) {
            Some(row) => Some(row.read),
            None => engine.cache().conversation(id).await?.map(|row| row.read),
        };
        if read.is_some_and(|read| read < number) {
            still.0.insert(id, number);
        }
    }
    Ok(still)
}

/// The entries of a shown notification that are still unread or still mention the user.
async fn still_so(
    engine: &Engine,
    unread: &[ConversationRow],
    id: ConversationId,
    part: Part,
    shows: Option<ConversationId>,
) -> Result<Vec<Entry>, CacheError> {
    match part {
        Part::Messages { first, last } => match unread.iter().find(|row| row.id == id) {
            Some(row) => {
                let range = SeqRange::new(first.max(row.read.next()), last);
                Ok(messages(engine, row, range).await?.notifying)
            }
            None => Ok(Vec::new()),
        },
        Part::Mention { number, read } => {
            let row = engine.cache().conversation(id).await?;
            let stands = row.is_some_and(|row| row.read == read && Some(id) != shows);
            let entry = if stands {
                naming(engine, id, number).await?
            } else {
                None
            };
            Ok(entry.into_iter().collect())
        }
    }
}

/// New mentions of the user by edits since the last notification. Those in conversations that are not held count as notified;
/// of the others is kept how far the user had read, since who reads on meanwhile has seen them.
async fn newly_named(
    engine: &Engine,
    named: &mut Named,
    unread: &[ConversationRow],
    holds: impl Fn(&ConversationRow) -> bool,
) -> Result<NewlyNamed, CacheError> {
    let mut newly = NewlyNamed::default();
    let now = engine.now();
    for (id, mut marks) in std::mem::take(&mut named.0) {
        let row = match unread.iter().find(|row| row.id == id) {
            Some(row) => Some(row.clone()),
            None => engine.cache().conversation(id).await?,
        };
        // No longer here, or seen without taking part: no notification.
        let Some(row) = row.filter(|row| !row.via_item) else {
            continue;
        };
        let is_held = holds(&row);
        marks.retain(|_, mark| !mark.notified || now.since(mark.at) < REMEMBERED);
        let pending: Vec<Seq> = marks
            .iter()
            .filter(|(_, mark)| !mark.notified)
            .map(|(number, _)| *number)
            .collect();
        for number in pending {
            let Some(entry) = naming(engine, id, number).await? else {
                marks.remove(&number);
                continue;
            };
            let Some(mark) = marks.get_mut(&number) else {
                continue;
            };
            if is_held {
                mark.held.get_or_insert(row.read);
                newly.held.insert(id);
                continue;
            }
            mark.notified = true;
            let held = mark.held.take();
            newly.ends |= held.is_some();
            if number > row.read {
                // An unread urgent message notifies by itself.
                if !entry.header.kind.is_urgent() {
                    newly.again.entry(id).or_insert(number);
                }
            } else if held.is_none_or(|read| read == row.read) {
                newly.read.push((row.clone(), entry));
            }
        }
        if !marks.is_empty() {
            named.0.insert(id, marks);
        }
    }
    Ok(newly)
}

/// The message at a place, where it mentions one.
async fn naming(engine: &Engine, id: ConversationId, number: Seq) -> Result<Option<Entry>, CacheError> {
    let own: Vec<MembershipId> = engine.me().memberships;
    let entry = engine.cache().entry(id, number).await?;
    Ok(entry.filter(|entry| !entry.deleted && names(entry, &own)))
}

/// Whether a message mentions one of these.
fn names(entry: &Entry, own: &[MembershipId]) -> bool {
    let mut mentions = entry.text.iter().flat_map(|text| &text.mentions);
    mentions.any(|member| own.contains(member))
}

/// Messages of others that were not deleted.
#[derive(Default)]
struct Found {
    /// Those that notify as any message does: in a muted conversation only those that mention the user.
    notifying: Vec<Entry>,
    /// The last one, whether or not it notifies.
    last: Option<Seq>,
}

/// The messages of others in a range that were not deleted, the last ones where there are many.
async fn messages(
    engine: &Engine,
    row: &ConversationRow,
    mut range: Option<SeqRange>,
) -> Result<Found, CacheError> {
    let own: Vec<MembershipId> = engine.me().memberships;
    let mut found = Found::default();
    while let Some(rest) = range {
        let slice = Slice {
            limit: LOOKED_THROUGH,
            range: rest,
            newest: true,
        };
        let entries = engine.cache().timeline(row.id, slice).await?;
        // Of a muted conversation all of it is looked through: a mention among many messages is found.
        let before = entries.first().map(|entry| entry.number.previous());
        range = before.and_then(|before| SeqRange::new(rest.from, before).filter(|_| row.muted));
        let of_others = entries.into_iter().filter(|entry| {
            let posted = matches!(entry.header.kind, Kind::Posted { .. });
            posted && !entry.deleted && !own.contains(&entry.header.by)
        });
        let of_others: Vec<Entry> = of_others.collect();
        found.last = found.last.or(of_others.last().map(|entry| entry.number));
        let notifying = of_others
            .into_iter()
            .filter(|entry| !entry.header.kind.is_urgent() && (!row.muted || names(entry, &own)));
        found.notifying = notifying.chain(found.notifying).collect();
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod urgent_tests;
