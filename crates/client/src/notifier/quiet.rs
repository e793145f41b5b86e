//! Whether notifications keep still now (N5), by the settings of the account and the working days of each membership.

use conversation::organisation::availability::{Availability, Quiet, QuietHours};
use conversation::{Head, MembershipId, Timestamp};

use crate::cache::CacheError;
use crate::engine::Engine;
use crate::model::Settings;

/// Quiet for all of the user's memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietSpell {
    /// By the quiet hours alone; otherwise also by the working days and hours of a membership.
    pub by_hours: bool,
    /// When it first ends for a membership, if that is known.
    pub until: Option<Timestamp>,
}

impl QuietSpell {
    /// The one of this moment, if it is quiet.
    pub(crate) async fn now(engine: &Engine) -> Result<Option<QuietSpell>, CacheError> {
        let quiet = QuietNow::of(engine, &engine.settings().await?).await?;
        let now = engine.now();
        let is_quiet = !quiet.of.is_empty() && quiet.of.iter().all(|(.., quiet)| quiet.quiet);
        let by_hours =
            |(_, availability, _): &(_, Availability, _)| Quiet::is_at(quiet.hours, false, availability, now);
        Ok(is_quiet.then(|| QuietSpell {
            by_hours: quiet.of.iter().all(by_hours),
            until: quiet.until(),
        }))
    }
}

/// The user's memberships that have not ended, and whether it is quiet now for each.
#[derive(Debug)]
pub(super) struct QuietNow {
    hours: Option<QuietHours>,
    working_days: bool,
    of: Vec<(MembershipId, Availability, Quiet)>,
}

impl QuietNow {
    pub(super) async fn of(engine: &Engine, settings: &Settings) -> Result<QuietNow, CacheError> {
        let (hours, working_days) = (settings.quiet_hours.value, settings.working_days.value);
        let mut of = Vec::new();
        if hours.is_some() || working_days {
            let now = engine.now();
            let cards = engine.cache().cards(engine.me().memberships).await?;
            for card in cards.into_iter().filter(|card| !card.ended) {
                let availability = card.availability.map(|known| *known).unwrap_or_default();
                let quiet = Quiet::at(hours, working_days, &availability, now);
                of.push((card.membership, availability, quiet));
            }
        }
        Ok(QuietNow {
            hours,
            working_days,
            of,
        })
    }

    /// When it first ends for one of the memberships; `None` if it is quiet for none, or does not end.
    pub(super) fn until(&self) -> Option<Timestamp> {
        self.of.iter().filter_map(|(.., quiet)| quiet.until).min()
    }

    /// Whether it is quiet in a conversation now: for all memberships by which the user takes part.
    pub(super) fn holds(&self, head: &Head) -> bool {
        self.all(head, |(.., quiet)| quiet.quiet)
    }

    /// Whether it was quiet there at a moment, by the settings of now.
    pub(super) fn held(&self, head: &Head, at: Timestamp) -> bool {
        self.all(head, |(_, availability, _)| {
            Quiet::is_at(self.hours, self.working_days, availability, at)
        })
    }

    fn all(&self, head: &Head, is_quiet: impl Fn(&(MembershipId, Availability, Quiet)) -> bool) -> bool {
        let takes_part = |of: &&(MembershipId, _, _)| head.participants.contains(&of.0);
        let mut taking_part = self.of.iter().filter(takes_part).peekable();
        taking_part.peek().is_some() && taking_part.all(is_quiet)
    }
}
