//! What the desktop is to show of what came in: the number of unread conversations, a notification for what is new, and
//! which of those shown are over (N1).
//!
//! Nothing is counted up and down. Each look compares what is unread now with what notifications were given of: a message
//! gets one at most, on this device, also after a restart. What is read elsewhere, archived or left is withdrawn.

use std::collections::BTreeMap;

use conversation::refusal::Language;
use conversation::{ConversationId, Kind, MembershipId, Number, Range};
use serde::{Deserialize, Serialize};

use crate::cache::{CacheError, ConversationRow, Entry, Listed, SETTINGS, Stretch};
use crate::door::answer::Names;
use crate::door::view::{Settings, Telling};
use crate::engine::{Engine, meta, put_json, read_json};

/// Notifications given at once; more conversations than this are told of in one.
const MOST: usize = 3;
/// Unread conversations that are looked at, the latest first.
const LOOKED_AT: u32 = 200;
/// Characters of a message in a notification.
const PREVIEW: usize = 120;

/// What to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signs {
    /// Conversations with something unread: the number on icon, tray and title, and of the overview.
    pub unread: u32,
    pub show: Vec<Notice>,
    pub withdraw: Vec<About>,
    pub language: Language,
    pub silent: bool,
}

/// What a notification is about: it takes the place of an earlier one about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    Conversation(ConversationId),
    /// More conversations than are told of one by one.
    Many,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Notice {
    One {
        conversation: ConversationId,
        /// The message that a click opens: the first that is new.
        number: Number,
        /// Messages that are new.
        messages: u32,
        /// Of whom the last is; `None` where notifications tell nothing.
        who: Option<String>,
        /// What it says, where notifications tell that.
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
            Notice::Many { conversations } => write!(f, "new in {conversations} conversations"),
        }
    }
}

impl Notice {
    pub fn about(&self) -> About {
        match self {
            Notice::One { conversation, .. } => About::Conversation(*conversation),
            Notice::Many { .. } => About::Many,
        }
    }
}

/// Up to where each unread conversation was told of; kept, so that a restart tells nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Told(BTreeMap<ConversationId, Number>);

/// The notifications that are shown now.
#[derive(Debug, Default)]
pub struct Notices {
    shown: BTreeMap<About, Number>,
}

impl Notices {
    /// Compares what is unread with what was told. `attended`: the window has the focus and can be seen, so what comes in
    /// the conversation that it shows needs no notification.
    pub async fn look(&mut self, engine: &Engine, attended: bool) -> Result<Signs, CacheError> {
        let _writing = engine.writing.lock().await;
        let cache = engine.cache();
        let settings: Settings = read_json(cache.as_ref(), SETTINGS).await?.unwrap_or_default();
        let rows = cache.overview(Listed::Unread, 0, LOOKED_AT).await?;
        let mut signs = Signs {
            unread: cache.overview_count(Listed::Unread).await?,
            show: Vec::new(),
            withdraw: self.over(&rows),
            language: settings.language,
            silent: settings.silent,
        };
        let (settled, shows) = {
            let live = engine.live();
            let settled = live.current_until.is_some() && !live.catching_up && live.me.person.is_some();
            (settled, live.watching.filter(|_| attended))
        };
        // While what was missed still comes in, nobody knows yet what of it was read elsewhere.
        if !settled {
            return Ok(signs);
        }
        let before: Option<Told> = read_json(cache.as_ref(), meta::TOLD).await?;
        let mut told = still_unread(engine, before.clone().unwrap_or_default(), &rows).await?;
        let mut fresh = Vec::new();
        for row in &rows {
            let until = before.as_ref().and_then(|told| told.0.get(&row.id)).copied();
            let known = until.unwrap_or_default().max(row.read);
            let new = match row.last_message {
                Some(last) if last > known => newer(engine, row, known).await?,
                _ => Vec::new(),
            };
            let until = new.last().map_or(known, |entry| entry.number);
            told.0.insert(row.id, until);
            if let (Some(first), Some(last)) = (new.first(), new.last()) {
                fresh.push((row.id, first.number, last.clone(), new.len()));
            }
        }
        if before.as_ref() != Some(&told) {
            cache.write(vec![put_json(meta::TOLD, &told)?]).await?;
        }
        // A device that was just signed in has everything before it: none of it is news.
        if before.is_none() {
            return Ok(signs);
        }
        fresh.retain(|(conversation, ..)| Some(*conversation) != shows);
        if fresh.len() > MOST {
            let conversations = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
            signs.show.push(Notice::Many { conversations });
            self.shown.insert(About::Many, Number::FIRST);
            return Ok(signs);
        }
        for (conversation, number, last, messages) in fresh {
            let (who, what) = telling(engine, settings.telling, &last).await?;
            self.shown.insert(About::Conversation(conversation), last.number);
            signs.show.push(Notice::One {
                conversation,
                number,
                messages: u32::try_from(messages).unwrap_or(u32::MAX),
                who,
                what,
            });
        }
        Ok(signs)
    }

    /// Of those shown, which are over: read up to the last message they told of, or no longer listed.
    fn over(&mut self, unread: &[ConversationRow]) -> Vec<About> {
        let stands = |about: &About, number: Number| match about {
            About::Conversation(id) => unread.iter().any(|row| row.id == *id && row.read < number),
            About::Many => !unread.is_empty(),
        };
        let over: Vec<About> = self
            .shown
            .iter()
            .filter(|(about, number)| !stands(about, **number))
            .map(|(about, _)| *about)
            .collect();
        self.shown.retain(|about, _| !over.contains(about));
        over
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

/// The messages of others after a place, the last ones where there are many.
async fn newer(engine: &Engine, row: &ConversationRow, after: Number) -> Result<Vec<Entry>, CacheError> {
    let Some(range) = Range::new(after.next(), row.last) else {
        return Ok(Vec::new());
    };
    let stretch = Stretch {
        limit: 100,
        range,
        newest: true,
    };
    let own: Vec<MembershipId> = engine.me().memberships;
    let of_others =
        |entry: &Entry| matches!(entry.header.kind, Kind::Posted { .. }) && !own.contains(&entry.header.by);
    let entries = engine.cache().timeline(row.id, stretch).await?;
    Ok(entries.into_iter().filter(of_others).collect())
}

/// Who and what, as far as it may be told.
async fn telling(
    engine: &Engine,
    telling: Telling,
    last: &Entry,
) -> Result<(Option<String>, Option<String>), CacheError> {
    if telling == Telling::Nothing {
        return Ok((None, None));
    }
    let mentioned = last.text.iter().flat_map(|text| text.mentions.iter().copied());
    let names = Names::of(engine, mentioned.chain([last.header.by])).await?;
    let text = last.text.as_ref().filter(|_| telling == Telling::WhoAndWhat);
    let what = text.map(|text| text.preview(PREVIEW, |member| names.name(member)));
    Ok((Some(names.name(last.header.by)), what))
}
