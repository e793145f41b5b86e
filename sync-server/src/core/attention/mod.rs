//! Attention mail, as far as the core has a part in it: marks in the transactions of commands, and a person's inbox.
//!
//! A message marks its conversation, with one job for all that comes within a minute or so: a job for each message would cost each its
//! fast append. The job looks for the participants to mail ([`jobs`](crate::jobs)); each has one job of their own, which decides by
//! [`Core::inbox`] what is mailed.

mod inbox;

use conversation::attention::{MailSettings, URGENT_DELAY};
use conversation::{ConversationId, Kind, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Core;
use crate::store::{JobId, JobRow, Repeat};

/// The kind of a job that looks for the participants of a conversation to mail.
pub(crate) const ATTEND: &str = "attend";
/// The kind of a job that mails one person.
pub(crate) const MAIL: &str = "mail";
const MUTED: &str = "muted/";
const ARCHIVED: &str = "archived/";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttendPayload {
    pub(crate) conversation: ConversationId,
    /// It is the second look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) second: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MailPayload {
    pub(crate) person: PersonId,
}

/// Whether an event may be a reason to mail somebody.
pub(super) fn asks_for_mail(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Started { .. }
            | Kind::Posted { .. }
            | Kind::Edited { .. }
            | Kind::Added { .. }
            | Kind::Joined { .. }
            | Kind::TeamJoined { .. }
    )
}

/// Whether a personal field says what is mailed.
pub(super) fn changes_mail(field: &str) -> bool {
    field == MailSettings::FIELD || field.starts_with(MUTED)
}

impl Core {
    /// Switches attention mail on, `delay` milliseconds after what is mailed.
    pub fn mailing(self, delay: i64) -> Core {
        Core {
            mail_delay: Some(delay),
            ..self
        }
    }

    /// The moment at which a job looks at a conversation after an urgent message of now (M10); `None` while mail is off.
    pub(super) fn urgent_attention(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.plus(self.mail_delay?.min(URGENT_DELAY)))
    }

    /// The delay of mail; `None` while it is off.
    pub(crate) fn mail_delay(&self) -> Option<i64> {
        self.mail_delay
    }

    /// The moment at which a job looks at a conversation after an event of now; `None` if the job of `before` does, or mail is off.
    /// That of `before` looks a second time after the delay once more, so it sees what is written within half of it, also if a
    /// server whose clock is ahead took it at once. It is no later than the delay, since this clock may have been set back.
    pub(super) fn next_attention(&self, before: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let delay = self.mail_delay?;
        let looks = |at: Timestamp| now.plus(delay / 2) <= at && at <= now.plus(delay);
        (!before.is_some_and(looks)).then(|| now.plus(delay))
    }

    pub(super) fn attention_job(&self, conversation: ConversationId, due: Timestamp) -> JobRow {
        let second = false;
        self.attend_job(&AttendPayload { conversation, second }, due)
    }

    pub(crate) fn attend_job(&self, attend: &AttendPayload, due: Timestamp) -> JobRow {
        JobRow {
            id: JobId(platform::id(self.random.as_ref(), due)),
            kind: ATTEND.to_owned(),
            name: None,
            payload: payload(attend),
            due,
            repeat: Repeat::Keep,
        }
    }

    /// The job of a person: of all who ask for it there is one.
    pub(crate) fn mail_job(&self, person: PersonId, due: Timestamp) -> JobRow {
        JobRow {
            id: JobId(platform::id(self.random.as_ref(), due)),
            kind: MAIL.to_owned(),
            name: Some(format!("{MAIL}/{person}")),
            payload: payload(&MailPayload { person }),
            due,
            repeat: Repeat::Sooner,
        }
    }

    /// Other settings may mean other mails, or other moments.
    pub(super) fn mail_job_of_settings(&self, person: PersonId, now: Timestamp) -> Option<JobRow> {
        self.mail_delay.map(|_| self.mail_job(person, now))
    }
}

/// Ids are all that a payload holds.
fn payload(ids: &impl Serialize) -> String {
    serde_json::to_string(ids).unwrap_or_default()
}
