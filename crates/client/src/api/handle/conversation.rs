//! One conversation: participants, permissions, and the destination of a message.

use conversation::organisation::Card;
use conversation::{ConversationId, MembershipId, OrganisationId, TeamId, allowed};
use matching::plain;

use super::Answer;
use super::files::of_draft;
use super::names::{Names, of_row};
use super::presence::Presences;
use crate::api::request::ApiError;
use crate::api::view::{
    ConversationView, Destination, Draft, Mentioned, Namesake, ParticipantView, TeamView,
};
use crate::cache::{CacheError, ConversationRow};
use crate::engine::Engine;

/// The row of a conversation; fails if it is not on the device.
pub(super) async fn row(engine: &Engine, id: ConversationId) -> Answer<ConversationRow> {
    let row = engine.row(id).await?;
    row.ok_or(ApiError::Refused {
        refusal: conversation::Refusal::NoSuchConversation,
    })
}

pub(super) async fn conversation(engine: &Engine, id: ConversationId) -> Answer<ConversationView> {
    let row = row(engine, id).await?;
    let draft_row = engine.cache().draft(row.id).await?;
    let draft_attachments = of_draft(engine, row.id, draft_row.as_ref()).await?;
    let draft = draft_row.map(|row| row.draft);
    let mentioned: Vec<MembershipId> = draft
        .iter()
        .flat_map(|draft| draft.text.mentions.clone())
        .collect();
    let names = Names::of(engine, of_row(&row).chain(mentioned)).await?;
    let names = names.at_item(row.item.clone());
    // Inside an item without taking part: the membership that may join, if any.
    let acting = names.acting(&row.head).or_else(|| names.joins_as(&row));
    let own = acting.and_then(|acting| names.organisation(acting));
    let may = acting
        .map(|acting| allowed(&row.head, acting, &names))
        .unwrap_or_default();
    let presences = Presences::of(engine, names.cards(), own).await?;
    let participants = row
        .head
        .participants
        .iter()
        .filter_map(|member| names.card(*member))
        .map(|card| ParticipantView {
            card: card.clone(),
            me: names.is_me(card.membership),
            owner: row.head.owner == Some(card.membership),
            outside: own.is_some_and(|own| own != card.organisation),
            may_remove: may.remove && !names.is_me(card.membership),
            by_teams: by_teams(&row, card.membership, &names),
            presence: presences.view(card),
        })
        .collect();
    let teams = row.head.teams.iter().filter_map(|team| names.team_card(*team));
    let teams = teams
        .map(|card| TeamView {
            members: members_by(&row, card.team),
            outside: own.is_some_and(|own| own != card.organisation),
            may_remove: may.remove,
            card: card.clone(),
        })
        .collect();
    let mentioned = draft.iter().flat_map(|draft| &draft.text.mentions);
    let mentioned: Vec<MembershipId> = mentioned.copied().collect();
    let others = names.others(&row);
    let all_absent = presences.all_absent(&others, &names);
    let (absent, absent_until) = presences.absent(&others, &mentioned, &names);
    let namesakes = namesakes(engine, &row, &names).await?;
    Ok(ConversationView {
        conversation: row.id,
        shape: row.head.shape,
        title: names.title(&row),
        subject: row.head.subject.clone(),
        participants,
        teams,
        item_card: row.item.clone(),
        via_item: row.via_item,
        acting,
        may,
        archived_by: row.head.archived.map(|by| names.name(by)),
        archived: row.archived(),
        muted: row.muted,
        destination: Destination {
            namesakes,
            absent,
            all_absent,
            absent_until,
            ..destination(&row, &names, own)
        },
        read: row.read,
        last: row.last,
        unread: row.unread,
        draft_mentions: mentions(draft.as_ref(), &names),
        draft_attachments,
        draft,
        restored: row.restored || engine.live().restored,
    })
}

/// The teams that brought a member in, by name; none for a member who takes part by name.
fn by_teams(row: &ConversationRow, member: MembershipId, names: &Names) -> Vec<String> {
    let teams = row.head.by_team.get(&member).into_iter().flatten();
    teams.map(|team| names.team_name(*team)).collect()
}

fn members_by(row: &ConversationRow, team: TeamId) -> u32 {
    let by_it = row.head.by_team.values().filter(|teams| teams.contains(&team));
    u32::try_from(by_it.count()).unwrap_or(u32::MAX)
}

fn mentions(draft: Option<&Draft>, names: &Names) -> Vec<Mentioned> {
    let mentions = draft.into_iter().flat_map(|draft| draft.text.mentions.iter());
    mentions.map(|member| mentioned(*member, names)).collect()
}

pub(super) fn mentioned(membership: MembershipId, names: &Names) -> Mentioned {
    Mentioned {
        membership,
        name: names.name(membership),
        me: names.is_me(membership),
    }
}

/// Namesakes that are named before one sends, at most.
const NAMESAKES: usize = 3;

/// W2: those for whom another person could be taken: somebody whom the device knows and who is called the same.
async fn namesakes(
    engine: &Engine,
    row: &ConversationRow,
    names: &Names,
) -> Result<Vec<Namesake>, CacheError> {
    let others = names.others(row);
    let known = engine.cache().of_family(others.clone()).await?;
    let called = |card: &Card| plain(&card.profile.name.full());
    let is_taken_for = |card: &Card| {
        let name = called(card);
        let mut same = known.iter().filter(|other| !other.ended && called(other) == name);
        same.any(|other| other.person != card.person)
    };
    let found = others
        .iter()
        .filter_map(|member| names.card(*member))
        .filter(|card| is_taken_for(card));
    let mut namesakes: Vec<Namesake> = found
        .map(|card| Namesake {
            name: card.profile.name.full(),
            function: card.profile.function.clone(),
            organisation: card.organisation_name.clone(),
            unit: card.unit_name.clone(),
        })
        .collect();
    namesakes.sort_by_cached_key(|one| (plain(&one.name), one.organisation.clone(), one.unit.clone()));
    namesakes.truncate(NAMESAKES);
    Ok(namesakes)
}

/// Without namesakes and without recipients who are absent.
fn destination(row: &ConversationRow, names: &Names, own: Option<OrganisationId>) -> Destination {
    let others = names.others(row);
    let mut organisations: Vec<String> = others
        .iter()
        .filter_map(|member| names.card(*member))
        .filter(|card| own.is_some_and(|own| own != card.organisation))
        .map(|card| card.organisation_name.clone())
        .collect();
    organisations.sort();
    organisations.dedup();
    Destination {
        colleagues: u32::try_from(others.len()).unwrap_or(u32::MAX),
        outside: outside_of(&others, own, names),
        organisations,
        to: match others.as_slice() {
            [one] => Some(names.name(*one)),
            _ => None,
        },
        namesakes: Vec::new(),
        absent: Vec::new(),
        all_absent: false,
        absent_until: None,
    }
}

/// How many of them belong to another organisation.
pub(crate) fn outside_of(others: &[MembershipId], own: Option<OrganisationId>, names: &Names) -> u32 {
    let outside = |member: &&MembershipId| {
        own.is_some()
            && names
                .organisation(**member)
                .is_some_and(|organisation| Some(organisation) != own)
    };
    u32::try_from(others.iter().filter(outside).count()).unwrap_or(u32::MAX)
}

/// The name of a conversation that is no longer on the device.
pub(super) async fn destination_name(engine: &Engine, row: &ConversationRow) -> Result<String, CacheError> {
    Ok(Names::of(engine, of_row(row)).await?.title(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::ApiRequest;
    use crate::cache::conformance::WOUND;
    use crate::cache::{Cache as _, Change};
    use crate::testing::{Device, KARIM, card, now};

    /// Another Karim van den Berg whom the device knows.
    fn other(number: u128) -> Card {
        let mut other = card(MembershipId(uuid::Uuid::from_u128(number)), "KARIM", 9);
        other.profile.name.family = "berg".into();
        other
    }

    fn namesakes(device: &Device) -> Vec<Namesake> {
        let call = ApiRequest::Conversation { conversation: WOUND };
        let view: ConversationView = device.ask(call).unwrap();
        view.destination.namesakes
    }

    // W2
    #[test]
    fn a_participant_with_a_namesake_is_named_with_function_and_place_before_one_sends() {
        let device = Device::of_anna();
        device.accepted(WOUND, 1, KARIM, "Dag", vec![]);
        assert_eq!(namesakes(&device), []);
        now(device.cache.write(vec![Change::PutCards(vec![other(77)])])).unwrap();
        let [karim] = &namesakes(&device)[..] else {
            panic!("one of the two takes part");
        };
        assert_eq!(karim.name, "Karim van den Berg");
        assert_eq!(
            (karim.organisation.as_str(), karim.unit.as_str()),
            ("Organisatie 2", "Team Oost")
        );
    }

    // W2
    #[test]
    fn neither_another_membership_of_the_same_person_nor_one_that_ended_is_a_namesake() {
        let device = Device::of_anna();
        device.accepted(WOUND, 1, KARIM, "Dag", vec![]);
        let mut same = other(77);
        same.person = crate::testing::person(KARIM);
        let mut ended = other(78);
        ended.ended = true;
        now(device.cache.write(vec![Change::PutCards(vec![same, ended])])).unwrap();
        assert_eq!(namesakes(&device), []);
    }
}
