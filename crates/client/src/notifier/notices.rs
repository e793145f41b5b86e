//! The notifications themselves: their subjects, and what they say.

use conversation::{ConversationId, Seq};

use crate::api::handle::Names;
use crate::cache::{CacheError, Entry};
use crate::engine::Engine;
use crate::model::NotificationDetail;

/// Characters of a message in a notification.
const PREVIEW: usize = 120;

/// The subject of a notification, which takes the place of an earlier one about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    Conversation(ConversationId),
    /// A message that one has read, and that mentions one since.
    Mention(ConversationId, Seq),
    /// The urgent messages of a conversation (M10).
    Urgent(ConversationId),
    /// More conversations than get notifications of their own.
    Many,
    /// A notification that the user sends on trial (N4); the notifier gives none.
    Trial,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Notice {
    One {
        conversation: ConversationId,
        /// The message that a click opens: the first that is new.
        number: Seq,
        /// Messages that are new.
        messages: u32,
        /// The sender of the last one; `None` where notifications show nothing.
        who: Option<String>,
        /// The text, where notifications show that.
        what: Option<String>,
        /// How many files the last one has, where notifications show that and it has no text.
        files: u32,
        /// The user was notified of it before, and an edit has mentioned them since.
        again: bool,
    },
    /// A message that one has read mentions one since.
    Mention {
        conversation: ConversationId,
        number: Seq,
        who: Option<String>,
        what: Option<String>,
    },
    /// Urgent messages of a conversation that are unread (M10).
    Urgent {
        conversation: ConversationId,
        /// The message that a click opens: the first of them.
        number: Seq,
        messages: u32,
        /// The sender of the last one; `None` where notifications show nothing.
        who: Option<String>,
        /// Its reason and its text, where notifications show them.
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
            Notice::Urgent {
                conversation,
                messages,
                ..
            } => write!(f, "{messages} urgent in {conversation}"),
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
            Notice::Urgent { conversation, .. } => About::Urgent(*conversation),
            Notice::Many { .. } => About::Many,
        }
    }
}

/// Of the messages of a conversation that are new; `None` if there are none.
pub(super) async fn of_messages(
    engine: &Engine,
    detail: NotificationDetail,
    conversation: ConversationId,
    entries: &[Entry],
    again: bool,
) -> Result<Option<Notice>, CacheError> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Ok(None);
    };
    let (who, what) = sender_and_text(engine, detail, last).await?;
    let silent = what.as_ref().is_none_or(String::is_empty);
    let no_text = last.text.as_ref().is_none_or(|text| text.body.is_empty());
    let named = who.is_some() && silent && no_text;
    Ok(Some(Notice::One {
        conversation,
        number: first.number,
        messages: u32::try_from(entries.len()).unwrap_or(u32::MAX),
        who,
        what: what.filter(|what| !what.is_empty()),
        files: if named {
            u32::try_from(last.attachments.len()).unwrap_or(u32::MAX)
        } else {
            0
        },
        again,
    }))
}

/// Of the unread urgent messages of a conversation; `None` if there are none.
pub(super) async fn of_urgent(
    engine: &Engine,
    detail: NotificationDetail,
    conversation: ConversationId,
    entries: &[Entry],
) -> Result<Option<Notice>, CacheError> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Ok(None);
    };
    let (who, text) = sender_and_text(engine, detail, last).await?;
    let reason = last.urgency.as_ref().map(|urgency| urgency.reason.clone());
    let reason = reason.filter(|_| detail == NotificationDetail::WhoAndWhat);
    let what: Vec<String> = [reason, text]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    Ok(Some(Notice::Urgent {
        conversation,
        number: first.number,
        messages: u32::try_from(entries.len()).unwrap_or(u32::MAX),
        who,
        what: (!what.is_empty()).then(|| what.join("\n")),
    }))
}

pub(super) async fn of_mention(
    engine: &Engine,
    detail: NotificationDetail,
    conversation: ConversationId,
    entry: &Entry,
) -> Result<Notice, CacheError> {
    let (who, what) = sender_and_text(engine, detail, entry).await?;
    Ok(Notice::Mention {
        conversation,
        number: entry.number,
        who,
        what,
    })
}

/// Sender and text, as far as the settings let a notification show them.
async fn sender_and_text(
    engine: &Engine,
    detail: NotificationDetail,
    last: &Entry,
) -> Result<(Option<String>, Option<String>), CacheError> {
    if detail == NotificationDetail::Nothing {
        return Ok((None, None));
    }
    let mentioned = last.text.iter().flat_map(|text| text.mentions.iter().copied());
    let names = Names::of(engine, mentioned.chain([last.header.by])).await?;
    let text = last
        .text
        .as_ref()
        .filter(|_| detail == NotificationDetail::WhoAndWhat);
    let what = text.map(|text| text.preview(PREVIEW, |member| names.name(member)));
    Ok((Some(names.name(last.header.by)), what))
}
