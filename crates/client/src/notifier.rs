//! The desktop status of what came in: the number of unread conversations, a notification for what is new, and
//! which of those shown are over (N1).
//!
//! Nothing is counted up and down. Each look compares what is unread now with what notifications were given of: a message
//! gets one at most, on this device, also after a restart. What is read elsewhere, archived, deleted or left is withdrawn,
//! and where what a notification says is no longer so, another takes its place in silence. An edit that makes a message
//! mention one is told as a message is, once (P8).

use std::collections::BTreeMap;

use conversation::refusal::Language;
use conversation::{ConversationId, Kind, MembershipId, Seq, SeqRange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::api::handle::Names;
use crate::cache::{CacheError, ConversationRow, Entry, Listed, SETTINGS, Slice};
use crate::engine::sync::named::Named;
use crate::engine::{Engine, meta, put_json, read_json};
use crate::model::{NotificationDetail, Settings};

/// Notifications given at once; more conversations than this are told of in one.
const MOST: usize = 3;
/// Unread conversations that are looked at, the latest first.
const LOOKED_AT: u32 = 200;
/// DesktopStatus of a message in a notification.
const PREVIEW: usize = 120;
/// How long it is remembered that one was told of an edit: longer than a message can be edited.
const REMEMBERED: i64 = 2 * Timestamp::DAY;

/// What to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesktopStatus {
    /// Conversations with something unread: the number on icon, tray and title, and of the overview.
    pub unread: u32,
    /// What is new.
    pub show: Vec<Notice>,
    /// What stands in another form now: to be put, without a sound, in the place of those that are still there.
    pub replace: Vec<Notice>,
    pub withdraw: Vec<About>,
    pub language: Language,
    pub silent: bool,
}

/// What a notification is about: it takes the place of an earlier one about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    Conversation(ConversationId),
    /// A message that one has read, and that mentions one since.
    Mention(ConversationId, Seq),
    /// More conversations than are told of one by one.
    Many,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Notice {
    One {
        conversation: ConversationId,
        /// The message that a click opens: the first that is new.
        number: Seq,
        /// Messages that are new.
        messages: u32,
        /// Of whom the last is; `None` where notifications tell nothing.
        who: Option<String>,
        /// What it says, where notifications tell that.
        what: Option<String>,
        /// It was told of before, and mentions one since.
        again: bool,
    },
    /// A message that one has read mentions one since.
    Mention {
        conversation: ConversationId,
        number: Seq,
        who: Option<String>,
        what: Option<String>,
    },
    Many {
        conversations: u32,
    },
}

/// Names and texts stay out of logs.
impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Notice::One {
                conversation,
                number,
                messages,
                ..
            } => write!(f, "{messages} new in {conversation} from {number:?} on"),
            Notice::Mention {
                conversation, number, ..
            } => write!(f, "a mention in {conversation} at {number:?}"),
            Notice::Many { conversations } => write!(f, "new in {conversations} conversations"),
        }
    }
}

impl Notice {
    pub fn about(&self) -> About {
        match self {
            Notice::One { conversation, .. } => About::Conversation(*conversation),
            Notice::Mention {
                conversation, number, ..
            } => About::Mention(*conversation, *number),
            Notice::Many { .. } => About::Many,
        }
    }
}

/// Up to where each unread conversation was told of; kept, so that a restart tells nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Told(BTreeMap<ConversationId, Seq>);

/// The notifications that are shown now.
#[derive(Debug, Default)]
pub struct Notifier {
    shown: BTreeMap<About, Standing>,
}

/// What one that is shown told.
#[derive(Clone, Debug)]
struct Standing {
    notice: Notice,
    of: BTreeMap<ConversationId, Part>,
}

/// What a notification is about in one conversation.
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

/// What is new in a conversation, the first to the last.
struct Fresh {
    conversation: ConversationId,
    entries: Vec<Entry>,
    again: bool,
}

impl Notifier {
    /// Compares what is unread with what was told. `attended`: the window has the focus and can be seen, so what comes in
    /// the conversation that it shows needs no notification.
    pub async fn look(&mut self, engine: &Engine, attended: bool) -> Result<DesktopStatus, CacheError> {
        let _writing = engine.writing.lock().await;
        let cache = engine.cache();
        let settings: Settings = read_json(cache.as_ref(), SETTINGS).await?.unwrap_or_default();
        let rows = cache.overview(Listed::Unread, 0, LOOKED_AT).await?;
        let (settled, shows) = {
            let live = engine.live();
            let settled = live.current_until.is_some() && !live.catching_up && live.me.person.is_some();
            (settled, live.watching.filter(|_| attended))
        };
        let mut signs = DesktopStatus {
            unread: cache.overview_count(Listed::Unread).await?,
            show: Vec::new(),
            replace: Vec::new(),
            withdraw: Vec::new(),
            language: settings.language,
            silent: settings.silent,
        };
        self.compare(engine, &rows, settings.telling, shows, &mut signs)
            .await?;
        // While what was missed still comes in, nobody knows yet what of it was read elsewhere.
        if !settled {
            return Ok(signs);
        }
        let before: Option<Told> = read_json(cache.as_ref(), meta::TOLD).await?;
        let named_before: Option<Named> = read_json(cache.as_ref(), meta::NAMED).await?;
        let mut named = named_before.clone().unwrap_or_default();
        let (mentions, again) = newly_named(engine, &mut named, &rows).await?;
        let mut told = still_unread(engine, before.clone().unwrap_or_default(), &rows).await?;
        let mut fresh = Vec::new();
        for row in &rows {
            let until = before.as_ref().and_then(|told| told.0.get(&row.id)).copied();
            let known = until.unwrap_or_default().max(row.read);
            let renamed = again.get(&row.id).filter(|number| **number <= known);
            let since = renamed.map_or(known, |number| number.previous());
            let new = match row.last_message {
                Some(last) if last > since => {
                    messages(engine, row.id, SeqRange::new(since.next(), row.last)).await?
                }
                _ => Vec::new(),
            };
            let until = new.last().map_or(known, |entry| entry.number);
            told.0.insert(row.id, until.max(known));
            if !new.is_empty() {
                fresh.push(Fresh {
                    conversation: row.id,
                    entries: new,
                    again: renamed.is_some(),
                });
            }
        }
        let mut changes = Vec::new();
        if before.as_ref() != Some(&told) {
            changes.push(put_json(meta::TOLD, &told)?);
        }
        if named_before.is_some_and(|before| before != named) {
            changes.push(put_json(meta::NAMED, &named)?);
        }
        if !changes.is_empty() {
            cache.write(changes).await?;
        }
        // A device that was just signed in has everything before it: none of it is news.
        if before.is_none() {
            return Ok(signs);
        }
        fresh.retain(|fresh| Some(fresh.conversation) != shows);
        let mentions = mentions
            .into_iter()
            .filter(|(row, _)| Some(row.id) != shows)
            .collect();
        self.show(engine, settings.telling, fresh, mentions, &mut signs)
            .await?;
        Ok(signs)
    }

    async fn show(
        &mut self,
        engine: &Engine,
        telling: NotificationDetail,
        fresh: Vec<Fresh>,
        mentions: Vec<(ConversationRow, Entry)>,
        signs: &mut DesktopStatus,
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
            let notice = of_messages(engine, telling, conversation, &entries, again).await?;
            new.extend(notice.map(|notice| Standing { notice, of }));
        }
        for (row, entry) in mentions {
            let notice = of_mention(engine, telling, row.id, &entry).await?;
            let (number, read) = (entry.number, row.read);
            let of = BTreeMap::from([(row.id, Part::Mention { number, read })]);
            new.push(Standing { notice, of });
        }
        if new.len() > MOST {
            let of: BTreeMap<_, _> = new.into_iter().flat_map(|standing| standing.of).collect();
            let conversations = u32::try_from(of.len()).unwrap_or(u32::MAX);
            let notice = Notice::Many { conversations };
            new = vec![Standing { notice, of }];
        }
        for standing in new {
            signs.show.push(standing.notice.clone());
            self.shown.insert(standing.notice.about(), standing);
        }
        Ok(())
    }

    /// Of those shown, which are over, and which say what is no longer so.
    async fn compare(
        &mut self,
        engine: &Engine,
        unread: &[ConversationRow],
        telling: NotificationDetail,
        shows: Option<ConversationId>,
        signs: &mut DesktopStatus,
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
                    of_messages(engine, telling, *id, entries, *again).await?
                }
                (Notice::Mention { .. }, Some((id, entries))) => match entries.first() {
                    Some(entry) => Some(of_mention(engine, telling, *id, entry).await?),
                    None => None,
                },
                (Notice::Many { .. }, Some(_)) => {
                    let conversations = u32::try_from(left.len()).unwrap_or(u32::MAX);
                    Some(Notice::Many { conversations })
                }
            };
            match now {
                None => {
                    self.shown.remove(&about);
                    signs.withdraw.push(about);
                }
                Some(notice) if notice != standing.notice => {
                    signs.replace.push(notice.clone());
                    self.shown.insert(about, Standing { notice, ..standing });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// Without what was read since, or is here no more. What is fetched anew is not listed for a while, and was told of all
/// the same.
async fn still_unread(engine: &Engine, told: Told, listed: &[ConversationRow]) -> Result<Told, CacheError> {
    let mut still = Told::default();
    for (id, number) in told.0 {
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

/// What is left of what a notification told of.
async fn still_so(
    engine: &Engine,
    unread: &[ConversationRow],
    id: ConversationId,
    part: Part,
    shows: Option<ConversationId>,
) -> Result<Vec<Entry>, CacheError> {
    match part {
        Part::Messages { first, last } => match unread.iter().find(|row| row.id == id) {
            Some(row) => messages(engine, id, SeqRange::new(first.max(row.read.next()), last)).await,
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

/// What edits made mention one since one was last told: of what was read, the messages; of what is unread, the first place
/// in each conversation. All of it counts as told.
async fn newly_named(
    engine: &Engine,
    named: &mut Named,
    unread: &[ConversationRow],
) -> Result<(Vec<(ConversationRow, Entry)>, BTreeMap<ConversationId, Seq>), CacheError> {
    let (mut read, mut again) = (Vec::new(), BTreeMap::new());
    let now = engine.now();
    for (id, mut marks) in std::mem::take(&mut named.0) {
        let row = match unread.iter().find(|row| row.id == id) {
            Some(row) => Some(row.clone()),
            None => engine.cache().conversation(id).await?,
        };
        // Here no more, or seen without taking part: nothing of it is told.
        let Some(row) = row.filter(|row| !row.aside) else {
            continue;
        };
        marks.retain(|_, mark| !mark.told || now.since(mark.at) < REMEMBERED);
        let untold: Vec<Seq> = marks
            .iter()
            .filter(|(_, mark)| !mark.told)
            .map(|(number, _)| *number)
            .collect();
        for number in untold {
            let Some(entry) = naming(engine, id, number).await? else {
                marks.remove(&number);
                continue;
            };
            if let Some(mark) = marks.get_mut(&number) {
                mark.told = true;
            }
            if number > row.read {
                again.entry(id).or_insert(number);
            } else {
                read.push((row.clone(), entry));
            }
        }
        if !marks.is_empty() {
            named.0.insert(id, marks);
        }
    }
    Ok((read, again))
}

/// The message at a place, where it mentions one.
async fn naming(engine: &Engine, id: ConversationId, number: Seq) -> Result<Option<Entry>, CacheError> {
    let own: Vec<MembershipId> = engine.me().memberships;
    let entry = engine.cache().entry(id, number).await?;
    Ok(entry.filter(|entry| {
        let mut mentions = entry.text.iter().flat_map(|text| &text.mentions);
        !entry.deleted && mentions.any(|member| own.contains(member))
    }))
}

/// The messages of others in a range that were not deleted, the last ones where there are many.
async fn messages(
    engine: &Engine,
    id: ConversationId,
    range: Option<SeqRange>,
) -> Result<Vec<Entry>, CacheError> {
    let Some(range) = range else {
        return Ok(Vec::new());
    };
    let stretch = Slice {
        limit: 100,
        range,
        newest: true,
    };
    let own: Vec<MembershipId> = engine.me().memberships;
    let of_others = |entry: &Entry| {
        matches!(entry.header.kind, Kind::Posted { .. }) && !entry.deleted && !own.contains(&entry.header.by)
    };
    let entries = engine.cache().timeline(id, stretch).await?;
    Ok(entries.into_iter().filter(of_others).collect())
}

async fn of_messages(
    engine: &Engine,
    telling: NotificationDetail,
    conversation: ConversationId,
    entries: &[Entry],
    again: bool,
) -> Result<Option<Notice>, CacheError> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Ok(None);
    };
    let (who, what) = who_and_what(engine, telling, last).await?;
    Ok(Some(Notice::One {
        conversation,
        number: first.number,
        messages: u32::try_from(entries.len()).unwrap_or(u32::MAX),
        who,
        what,
        again,
    }))
}

async fn of_mention(
    engine: &Engine,
    telling: NotificationDetail,
    conversation: ConversationId,
    entry: &Entry,
) -> Result<Notice, CacheError> {
    let (who, what) = who_and_what(engine, telling, entry).await?;
    Ok(Notice::Mention {
        conversation,
        number: entry.number,
        who,
        what,
    })
}

/// Who and what, as far as it may be told.
async fn who_and_what(
    engine: &Engine,
    telling: NotificationDetail,
    last: &Entry,
) -> Result<(Option<String>, Option<String>), CacheError> {
    if telling == NotificationDetail::Nothing {
        return Ok((None, None));
    }
    let mentioned = last.text.iter().flat_map(|text| text.mentions.iter().copied());
    let names = Names::of(engine, mentioned.chain([last.header.by])).await?;
    let text = last
        .text
        .as_ref()
        .filter(|_| telling == NotificationDetail::WhoAndWhat);
    let what = text.map(|text| text.preview(PREVIEW, |member| names.name(member)));
    Ok((Some(names.name(last.header.by)), what))
}
