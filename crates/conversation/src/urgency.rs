//! Urgent messages: a message with a reason, which also notifies in quiet hours (M10).

use matching::Unfit;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::refusal::Refusal;
use crate::text::MENTION;

/// Characters of a reason.
pub const LONGEST_REASON: usize = 200;

/// The urgency of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Urgency {
    /// Why it cannot wait: one line, shown with the message.
    pub reason: String,
}

impl Urgency {
    /// With its reason normalised: like a name, without invisible characters.
    pub fn tidied(&self) -> Result<Urgency, Refusal> {
        let typed = &self.reason;
        if typed.len() > LONGEST_REASON * 8 {
            return Err(Refusal::UrgencyReasonTooLong);
        }
        if typed.contains(MENTION) {
            return Err(Refusal::UrgencyReasonHasControlCharacters);
        }
        let reason = matching::name_within(typed, LONGEST_REASON).map_err(|unfit| match unfit {
            Unfit::Empty => Refusal::UrgencyReasonMissing,
            Unfit::TooLong { .. } => Refusal::UrgencyReasonTooLong,
            Unfit::Control(_) | Unfit::NoText(_) | Unfit::Unseen(_) => {
                Refusal::UrgencyReasonHasControlCharacters
            }
        })?;
        Ok(Urgency { reason })
    }
}
