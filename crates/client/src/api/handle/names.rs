//! Cards of the people and teams that a view names, and the directory lookup of the rules on top of them.

use std::collections::{BTreeSet, HashMap};

use conversation::organisation::{Card, ItemCard, TeamCard};
use conversation::{
    DirectoryLookup, Head, ItemId, Member, MembershipId, OrganisationId, Rights, Team, TeamId,
};
use futures_util::future::BoxFuture;

use crate::api::view::Author;
use crate::cache::{CacheError, ConversationRow};
use crate::engine::Engine;

/// The cards of some memberships, and the user's own.
pub(crate) struct Names {
    cards: HashMap<MembershipId, Card>,
    teams: HashMap<TeamId, TeamCard>,
    own: Vec<MembershipId>,
    /// The item in question, as far as the user may see it.
    item: Option<ItemCard>,
}

impl Names {
    /// Collects the memberships before the first await, so that the caller's iterator need not be `Send`.
    pub(crate) fn of<'e>(
        engine: &'e Engine,
        memberships: impl IntoIterator<Item = MembershipId>,
    ) -> BoxFuture<'e, Result<Names, CacheError>> {
        let own = engine.me().memberships;
        let wanted: BTreeSet<MembershipId> = memberships.into_iter().chain(own.iter().copied()).collect();
        Box::pin(async move {
            let cards = engine.cache().cards(wanted.into_iter().collect()).await?;
            let teams = engine.cache().all_teams().await?;
            Ok(Names {
                cards: cards.into_iter().map(|card| (card.membership, card)).collect(),
                teams: teams.into_iter().map(|card| (card.team, card)).collect(),
                own,
                item: None,
            })
        })
    }

    pub(crate) fn card(&self, member: MembershipId) -> Option<&Card> {
        self.cards.get(&member)
    }

    pub(crate) fn cards(&self) -> impl Iterator<Item = &Card> {
        self.cards.values()
    }

    /// Adds the user's permissions at the item of a conversation.
    pub(crate) fn at_item(mut self, item: Option<ItemCard>) -> Names {
        self.item = item;
        self
    }

    pub(crate) fn team_card(&self, team: TeamId) -> Option<&TeamCard> {
        self.teams.get(&team)
    }

    pub(crate) fn team_name(&self, team: TeamId) -> String {
        self.team_card(team)
            .map(|card| card.name.clone())
            .unwrap_or_else(|| "…".to_owned())
    }

    pub(crate) fn is_me(&self, member: MembershipId) -> bool {
        self.own.contains(&member)
    }

    /// The user's memberships that have not ended.
    pub(crate) fn own_cards(&self) -> Vec<Card> {
        let own = self.own.iter().filter_map(|member| self.cards.get(member));
        own.filter(|card| !card.ended).cloned().collect()
    }

    pub(crate) fn name(&self, member: MembershipId) -> String {
        self.card(member)
            .map(|card| card.profile.name.full())
            .unwrap_or_else(|| "…".to_owned())
    }

    pub(crate) fn organisation(&self, member: MembershipId) -> Option<OrganisationId> {
        self.card(member).map(|card| card.organisation)
    }

    pub(crate) fn author(&self, member: MembershipId, own: Option<OrganisationId>) -> Author {
        let card = self.card(member);
        Author {
            membership: member,
            name: self.name(member),
            function: card.map(|card| card.profile.function.clone()).unwrap_or_default(),
            organisation: card
                .map(|card| card.organisation_name.clone())
                .unwrap_or_default(),
            me: self.is_me(member),
            outside: own.is_some() && card.is_some_and(|card| Some(card.organisation) != own),
        }
    }

    /// The membership with which the user takes part.
    pub(crate) fn acting(&self, head: &Head) -> Option<MembershipId> {
        head.participants
            .iter()
            .copied()
            .find(|member| self.is_me(*member))
    }

    /// The membership with which the user may join an item's conversation (P3).
    pub(crate) fn joins_as(&self, row: &ConversationRow) -> Option<MembershipId> {
        let held = row.item.iter().flat_map(|item| &item.held);
        held.filter(|held| held.rights.analyse && self.is_me(held.membership))
            .map(|held| held.membership)
            .next()
    }

    /// The other participants; in a direct conversation also a partner who left it for now.
    pub(crate) fn others(&self, row: &ConversationRow) -> Vec<MembershipId> {
        let mut others: Vec<MembershipId> = row
            .head
            .participants
            .iter()
            .copied()
            .filter(|member| !self.is_me(*member))
            .collect();
        if let (true, Some((a, b))) = (others.is_empty(), row.pair()) {
            others.extend([a, b].into_iter().filter(|member| !self.is_me(*member)));
        }
        others
    }

    /// The subject; without one the item's title, or the names of the others.
    pub(crate) fn title(&self, row: &ConversationRow) -> String {
        if let Some(subject) = row.head.subject.clone().or_else(|| item_title(row)) {
            return subject;
        }
        let teams = row.head.teams.iter().map(|team| self.team_name(*team));
        let others = self.others(row);
        let by_name = others
            .iter()
            .filter(|member| !row.head.by_team.contains_key(member));
        let names: Vec<String> = teams
            .chain(by_name.map(|member| self.name(*member)))
            .take(5)
            .collect();
        if names.is_empty() {
            "…".to_owned()
        } else {
            names.join(", ")
        }
    }
}

fn item_title(row: &ConversationRow) -> Option<String> {
    row.item.as_ref().map(|item| item.title.clone())
}

/// Everybody whom a row's own view names.
pub(crate) fn of_row(row: &ConversationRow) -> impl Iterator<Item = MembershipId> + '_ {
    let pair = row.pair().into_iter().flat_map(|(a, b)| [a, b]);
    row.head
        .participants
        .iter()
        .copied()
        .chain(pair)
        .chain(row.head.archived)
}

/// Those whom a row's title names: nobody where it has a subject or an item.
pub(crate) fn of_title(row: &ConversationRow) -> impl Iterator<Item = MembershipId> + '_ {
    let is_named = row.head.subject.is_some() || row.item.is_some();
    (!is_named).then(|| of_row(row)).into_iter().flatten()
}

/// Looks people up in the cards on the device. Rights at an item, which a device cannot know, count as absent; the
/// server decides.
impl DirectoryLookup for Names {
    fn member(&self, member: MembershipId) -> Option<Member> {
        let card = self.cards.get(&member)?;
        Some(Member {
            person: card.person,
            organisation: card.organisation,
            active: !card.ended,
        })
    }

    /// The device only has cards of people whom it found or met in a conversation; the server decides.
    fn shares(&self, _one: OrganisationId, _other: OrganisationId) -> bool {
        true
    }

    fn team(&self, team: TeamId) -> Option<Team> {
        let card = self.teams.get(&team)?;
        Some(Team {
            organisation: card.organisation,
            ended: card.ended,
        })
    }

    /// Only the server knows the members of a team.
    fn team_members(&self, _team: TeamId) -> Vec<MembershipId> {
        Vec::new()
    }

    fn in_team(&self, _member: MembershipId, _team: TeamId) -> bool {
        false
    }

    fn rights(&self, member: MembershipId, item: ItemId) -> Rights {
        let item = self.item.as_ref().filter(|known| known.item == item);
        item.map(|item| item.rights(member)).unwrap_or_default()
    }

    fn item_title(&self, _item: ItemId) -> Option<String> {
        None
    }
}
