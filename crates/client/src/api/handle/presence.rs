//! Whether colleagues are at work now, and who covers (O5): computed on the device from their cards, also offline.

use std::collections::{BTreeSet, HashMap};

use conversation::organisation::availability::{Availability, Cover, Presence};
use conversation::organisation::{Card, TeamCard};
use conversation::{MembershipId, OrganisationId, TeamId, Timestamp};
use protocol::directory::Findability;

use super::Answer;
use super::asked::ask_server;
use super::names::Names;
use crate::api::request::ApiError;
use crate::api::view::{
    AbsentRecipient, AbsentView, BackView, CoverView, FoundPerson, FoundTeam, OwnAvailability, PresenceView,
};
use crate::cache::{CacheError, Change};
use crate::engine::Engine;
use crate::model::Invalidated;
use crate::ports::Connector;

/// Recipients who are named as absent, at most.
const NAMED: usize = 3;
/// Participants of whom all are looked at before one writes: of more, those whom the draft mentions.
const FEW: usize = 8;

/// The covers of some cards, and the moment that all are computed for.
pub(super) struct Presences {
    now: Timestamp,
    own: Option<OrganisationId>,
    mine: Vec<MembershipId>,
    colleagues: HashMap<MembershipId, Card>,
    teams: HashMap<TeamId, TeamCard>,
}

impl Presences {
    /// With what the device knows of those who cover for these; seen by a member of `own`.
    pub(super) async fn of(
        engine: &Engine,
        cards: impl IntoIterator<Item = &Card>,
        own: Option<OrganisationId>,
    ) -> Result<Presences, CacheError> {
        let covers: BTreeSet<Cover> = cards.into_iter().filter_map(Card::cover).collect();
        let mut colleagues = Vec::new();
        let mut is_team = false;
        for cover in covers {
            match cover {
                Cover::Colleague { membership } => colleagues.push(membership),
                Cover::Team { .. } => is_team = true,
                Cover::Unknown => {}
            }
        }
        let colleagues = match colleagues.is_empty() {
            true => Vec::new(),
            false => engine.cache().cards(colleagues).await?,
        };
        let teams = match is_team {
            true => engine.cache().all_teams().await?,
            false => Vec::new(),
        };
        Ok(Presences {
            now: engine.now(),
            own,
            mine: engine.me().memberships,
            colleagues: colleagues
                .into_iter()
                .map(|card| (card.membership, card))
                .collect(),
            teams: teams.into_iter().map(|card| (card.team, card)).collect(),
        })
    }

    /// `None` where nothing is known.
    pub(super) fn view(&self, card: &Card) -> Option<PresenceView> {
        let mut view = self.without_cover(card)?;
        view.cover = card.cover().and_then(|cover| self.cover(cover));
        Some(view)
    }

    fn without_cover(&self, card: &Card) -> Option<PresenceView> {
        let availability = card.availability.as_deref().filter(|_| !card.ended)?;
        let presence = Presence::at(availability, self.now);
        Some(PresenceView {
            works: availability.week.iter().map(|day| day.day).collect(),
            note: availability.note.clone(),
            absent: presence.absent.map(|absent| AbsentView {
                by: absent.by,
                back: absent.back.map(|back| BackView {
                    at: back.at,
                    date: back.date.to_string(),
                    has_time: back.has_time,
                }),
            }),
            planned: presence.planned,
            cover: None,
            until: presence.until,
        })
    }

    /// Those who have ended since cover for nobody.
    fn cover(&self, cover: Cover) -> Option<CoverView> {
        let outside = |organisation| Some(organisation) != self.own;
        match cover {
            Cover::Colleague { membership } => {
                let card = self.colleagues.get(&membership).filter(|card| !card.ended)?;
                // Nobody writes to themselves.
                let is_other = !self.mine.contains(&membership);
                let person = is_other.then(|| {
                    Box::new(FoundPerson {
                        outside: outside(card.organisation),
                        namesake: false,
                        named: true,
                        direct: None,
                        presence: self.without_cover(card),
                        card: card.clone(),
                    })
                });
                Some(CoverView {
                    name: card.profile.name.full(),
                    person,
                    team: None,
                })
            }
            Cover::Team { team } => {
                let card = self.teams.get(&team).filter(|card| !card.ended)?;
                Some(CoverView {
                    name: card.name.clone(),
                    person: None,
                    team: Some(FoundTeam {
                        outside: outside(card.organisation),
                        namesake: false,
                        named: true,
                        card: card.clone(),
                    }),
                })
            }
            Cover::Unknown => None,
        }
    }

    /// Whether all of the recipients are known not to be at work.
    pub(super) fn all_absent(&self, others: &[MembershipId], names: &Names) -> bool {
        let is_absent = |member: &MembershipId| {
            let card = names.card(*member);
            let view = card.and_then(|card| self.without_cover(card));
            view.is_some_and(|view| view.absent.is_some())
        };
        !others.is_empty() && others.iter().all(is_absent)
    }

    /// Those of the recipients who are not at work, and the moment from which it may be others.
    pub(super) fn absent(
        &self,
        others: &[MembershipId],
        mentioned: &[MembershipId],
        names: &Names,
    ) -> (Vec<AbsentRecipient>, Option<Timestamp>) {
        let is_asked = |member: &&MembershipId| others.len() <= FEW || mentioned.contains(member);
        let cards = others
            .iter()
            .filter(is_asked)
            .filter_map(|member| names.card(*member));
        let known: Vec<(&Card, PresenceView)> =
            cards.filter_map(|card| Some((card, self.view(card)?))).collect();
        let until = known.iter().filter_map(|(_, presence)| presence.until).min();
        let mut absent: Vec<AbsentRecipient> = known
            .into_iter()
            .filter(|(_, presence)| presence.absent.is_some())
            .map(|(card, presence)| AbsentRecipient {
                membership: card.membership,
                name: card.profile.name.full(),
                presence,
            })
            .collect();
        absent.sort_by_cached_key(|one| (matching::plain(&one.name), one.membership));
        absent.truncate(NAMED);
        (absent, until)
    }
}

/// The user's own, membership by membership.
pub(super) async fn own(engine: &Engine) -> Answer<Vec<OwnAvailability>> {
    let cards = Names::of(engine, []).await?.own_cards();
    let presences = Presences::of(engine, &cards, None).await?;
    let own = cards.iter().map(|card| OwnAvailability {
        membership: card.membership,
        function: card.profile.function.clone(),
        organisation: card.organisation_name.clone(),
        unit: card.unit_name.clone(),
        availability: card.availability.as_deref().cloned().unwrap_or_default(),
        presence: presences.view(card),
    });
    Ok(own.collect())
}

/// Sets the user's own by one membership, at the server. Without it nothing is changed.
pub(super) async fn set_own(
    engine: &Engine,
    connector: &dyn Connector,
    membership: MembershipId,
    availability: Availability,
) -> Answer<Vec<OwnAvailability>> {
    let kept = availability
        .kept()
        .map_err(|fault| ApiError::Availability { fault })?;
    let sent = &kept;
    ask_server(engine, connector, |transport, access| {
        Box::pin(async move { transport.set_availability(&access, membership, sent).await })
    })
    .await?;
    // The stream brings the card, too, some time.
    let cards = engine.cache().cards(vec![membership]).await?;
    if let Some(mut card) = cards.into_iter().next() {
        card.availability = Some(Box::new(kept)).filter(|kept| !kept.is_empty());
        engine.cache().write(vec![Change::PutCards(vec![card])]).await?;
        engine.invalidate(vec![Invalidated::People]);
    }
    own(engine).await
}

/// Whether the user is found inside their own organisation alone, as the server has it.
pub(super) async fn inside_only(
    engine: &Engine,
    connector: &dyn Connector,
    membership: MembershipId,
) -> Answer<bool> {
    let findability = ask_server(engine, connector, |transport, access| {
        Box::pin(async move { transport.findability(&access, membership).await })
    });
    Ok(findability.await?.inside_only)
}

pub(super) async fn set_inside_only(
    engine: &Engine,
    connector: &dyn Connector,
    membership: MembershipId,
    inside_only: bool,
) -> Answer<()> {
    let findability = Findability { inside_only };
    ask_server(engine, connector, |transport, access| {
        Box::pin(async move {
            transport
                .choose_findability(&access, membership, findability)
                .await
        })
    })
    .await
}

#[cfg(test)]
#[path = "presence_tests.rs"]
mod tests;
