//! Denials in the security log (ASVS 5.0, 16.3): what somebody was refused that they may not have, or that they could only guess at.
//!
//! One conversation that is not there for a person is everyday: they were removed while their device was offline. Many in a row are
//! somebody who tries ids, and are a line of the log. An unknown code or key is a line at once. Lines are limited, so that
//! nobody fills the log by being denied.

use std::net::IpAddr;
use std::sync::Arc;

use conversation::{PersonId, Refusal};
use platform::Clock;
use protocol::error::ErrorCode;

use super::counts::Counts;
use crate::identity::{self, SECURITY};
use crate::rate_limit::{Rate, RateLimit};
use crate::session::Session;

/// Denials of a person that are everyday.
const EVERYDAY: Rate = Rate::each(20, 60_000);
/// Lines about one person.
const OF_PERSON: Rate = Rate::each(1, 600_000);
/// Lines about one network.
const OF_NETWORK: Rate = Rate::each(10, 60_000);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Bucket {
    Everyday(PersonId),
    Person(PersonId),
    Network(Option<IpAddr>),
}

#[derive(Debug)]
pub(crate) struct Denials {
    limit: RateLimit<Bucket>,
    clock: Arc<dyn Clock>,
    counts: Arc<Counts>,
}

impl Denials {
    pub(crate) fn new(clock: Arc<dyn Clock>, counts: Arc<Counts>) -> Denials {
        Denials {
            limit: RateLimit::default(),
            clock,
            counts,
        }
    }

    /// A request was answered with an error.
    pub(crate) fn answered(&self, code: ErrorCode, session: Option<&Session>, from: Option<IpAddr>) {
        let event = match code {
            ErrorCode::NotFound => {
                if let Some(session) = session {
                    self.denied(session, from);
                }
                return;
            }
            ErrorCode::InvitationUnknown => "invitation_unknown",
            ErrorCode::InvitationExpired => "invitation_expired",
            ErrorCode::KeyUnknown => "key_unknown",
            ErrorCode::SessionEnded => "session_refused",
            ErrorCode::TooManyAttempts => "attempts_refused",
            _ => return,
        };
        self.counts.denied();
        if self.has(Bucket::Network(from.map(identity::attempts::network)), OF_NETWORK) {
            let from = from.map(tracing::field::display);
            tracing::info!(target: SECURITY, event, from, "somebody was refused");
        }
    }

    /// A command was refused.
    pub(crate) fn refused(&self, refusal: Refusal, session: &Session, from: Option<IpAddr>) {
        if is_denial(refusal) {
            self.denied(session, from);
        }
    }

    fn denied(&self, session: &Session, from: Option<IpAddr>) {
        self.counts.denied();
        let person = session.person;
        if !self.has(Bucket::Everyday(person), EVERYDAY) && self.has(Bucket::Person(person), OF_PERSON) {
            let from = from.map(tracing::field::display);
            let (device, session) = (session.device, session.id);
            tracing::warn!(target: SECURITY, event = "denied_often", %person, %device, %session, from, "somebody asks again and again for what is not theirs");
        }
    }

    fn has(&self, bucket: Bucket, rate: Rate) -> bool {
        self.limit.take(&[(bucket, rate)], 1, self.clock.now()).is_ok()
    }
}

/// Whether a command was refused because it is not for this person, or because what it names is not there for them.
fn is_denial(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoSuchConversation
            | Refusal::NoSuchMessage
            | Refusal::NotYourMembership
            | Refusal::NotFindable
            | Refusal::TeamNotFindable
            | Refusal::NotAParticipant
            | Refusal::OnlyTheOwner
            | Refusal::OnlyWhoArchived
            | Refusal::OnlyOwnOrganisation
            | Refusal::NeedsHandle
            | Refusal::NeedsAnalyse
            | Refusal::NotYourMessage
            | Refusal::MentionNotAllowed
    )
}
