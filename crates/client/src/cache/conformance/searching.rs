//! Searching messages (L4).

use conversation::{ConversationId, MembershipId, Timestamp};
use matching::Terms;

use super::*;

fn wanted(query: &str, within: Option<ConversationId>, limit: u32) -> Search {
    Search {
        terms: Terms::of(query),
        within: within.map(|id| vec![id]),
        limit,
        ..Search::default()
    }
}

fn places(found: FoundPage) -> Vec<(ConversationId, u64)> {
    let place = |one: &FoundEntry| (one.conversation, one.number.0);
    found.entries.iter().map(place).collect()
}

/// Where a search finds messages.
async fn search(
    cache: &dyn Cache,
    query: &str,
    within: Option<ConversationId>,
    limit: u32,
) -> Vec<(ConversationId, u64)> {
    places(cache.found(wanted(query, within, limit)).await.unwrap())
}

suite! {
    searches:
    /// L4
    messages_with_all_terms_are_found_the_newest_first(cache) {
        let file = attached(4, JORIS, "Zie bijlage", vec![picture(1, "decubitus hiel.jpg")]);
        let mut changes = vec![
            put(WOUND, posted(1, MIEKE, "Coördinatie bij decubitus")),
            put(WOUND, posted(2, MIEKE, "\"decubitus\" NEAR(graad*) -twee")),
            put(ROSTER, posted(3, JORIS, "Verdenking longontsteking, é")),
            put(WOUND, file),
            put(WOUND, edit(5, MIEKE, 2, "decubitus")),
            put(WOUND, posted(6, MIEKE, "decubitus graad drie")),
        ];
        cache.write(changes.split_off(5)).await.unwrap();
        assert_eq!(search(cache, "decubitus", None, 9).await, [], "it is not indexed yet");
        cache.write(changes).await.unwrap();
        cache.index(9).await.unwrap();
        let of = |number| (WOUND, number);
        for (query, found) in [
            ("decubitus", vec![of(6), of(4), of(2), of(1)]),
            ("DECUB graad", vec![of(6), of(2)]),
            ("\"graad drie\"", vec![of(6)]),
            ("\"drie graad\"", vec![]),
            ("ontsteking", vec![(ROSTER, 3)]),
            ("coordinatie", vec![of(1)]),
            ("e", vec![(ROSTER, 3)]),
            ("co", vec![of(1)]),
            ("jp hi", vec![of(4)]),
            ("NEAR(graad* -twee", vec![of(2)]),
            ("graad OR drie", vec![]),
            ("***", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(search(cache, query, None, 9).await, found, "{query}");
        }
        assert_eq!(search(cache, "ontsteking", Some(WOUND), 9).await, []);
        assert_eq!(search(cache, "e", Some(ROSTER), 9).await, [(ROSTER, 3)]);
        assert_eq!(search(cache, "decubitus", Some(WOUND), 9).await, [of(6), of(4), of(2), of(1)]);
        assert_eq!(search(cache, "decubitus", Some(INTAKE), 9).await, []);
        assert_eq!(search(cache, "decubitus", None, 2).await, [of(6), of(4)]);
        let first = cache.found(wanted("decubitus", None, 2)).await.unwrap();
        let rest = Search { before: first.next, ..wanted("decubitus", None, 9) };
        assert_eq!(places(cache.found(rest).await.unwrap()), [of(2), of(1)]);
        let by_letters = posted(7, JORIS, "Hauptstraße, hiel\u{AD}wond en de Ĳssel");
        cache.write(vec![put(ROSTER, by_letters)]).await.unwrap();
        cache.index(9).await.unwrap();
        for query in ["hauptstrasse", "HAUPTSTRAẞE", "hielwond", "ijssel", "IJ"] {
            assert_eq!(search(cache, query, None, 9).await, [(ROSTER, 7)], "{query}");
        }
        let mut deleted = posted(6, MIEKE, "");
        (deleted.text, deleted.deleted) = (None, true);
        cache.write(vec![put(WOUND, deleted), Change::DropEntries(WOUND, range(1, 1))]).await.unwrap();
        assert_eq!(search(cache, "decubitus", None, 9).await, [of(4), of(2)]);
        cache.write(vec![Change::DropEntries(ROSTER, range(7, 7))]).await.unwrap();
        assert_eq!(search(cache, "hauptstrasse", None, 9).await, []);
    }

    /// L4
    messages_are_found_by_writer_conversation_time_and_file(cache) {
        let at = |days: i64, mut entry: Entry| {
            entry.header.at = Timestamp(1_700_000_000_000 + days * 24 * 60 * 60 * 1_000);
            entry
        };
        let file = attached(2, JORIS, "Zie bijlage", vec![picture(1, "decubitus hiel.jpg")]);
        cache.write(vec![
            put(WOUND, at(0, posted(1, MIEKE, "Foto van de wond"))),
            put(WOUND, at(40, file)),
            put(ROSTER, at(80, posted(1, MIEKE, "Wie is er met kerst?"))),
            put(ROSTER, at(120, posted(2, JORIS, "Ik, en Mieke voor de wond"))),
        ]).await.unwrap();
        cache.index(9).await.unwrap();
        let day = |days: i64| Some(Timestamp(1_700_000_000_000 + days * 24 * 60 * 60 * 1_000));
        let [first, photo, christmas, last] = [(WOUND, 1), (WOUND, 2), (ROSTER, 1), (ROSTER, 2)];
        let of = |query: &str| wanted(query, None, 9);
        for (search, found) in [
            (Search { by: Some(vec![MIEKE]), ..of("") }, vec![christmas, first]),
            (Search { by: Some(vec![MIEKE, JORIS]), ..of("wond") }, vec![last, first]),
            (Search { by: Some(vec![]), ..of("wond") }, vec![]),
            (Search { by: Some(vec![SANNE]), ..of("") }, vec![]),
            (wanted("", Some(ROSTER), 9), vec![last, christmas]),
            (wanted("", Some(INTAKE), 9), vec![]),
            (Search { within: Some(vec![ROSTER, WOUND]), ..of("fo") }, vec![first]),
            (Search { file: Some(Terms::default()), ..of("") }, vec![photo]),
            (Search { file: Some(Terms::of("hiel")), ..of("zie") }, vec![photo]),
            (Search { file: Some(Terms::of("bijlage")), ..of("") }, vec![]),
            (Search { from: day(40), ..of("") }, vec![last, christmas, photo]),
            (Search { from: day(41), ..of("wond") }, vec![last]),
            (Search { until: day(80), ..of("") }, vec![photo, first]),
            (Search { from: day(1), until: day(90), by: Some(vec![MIEKE]), ..of("") }, vec![christmas]),
            (Search { from: day(500), ..of("") }, vec![]),
            (Search { until: day(-500), ..of("") }, vec![]),
            (Search { from: day(90), until: day(1), ..of("") }, vec![]),
            (Search { from: Some(Timestamp(0)), ..of("ik") }, vec![last]),
            (Search { by: Some(vec![JORIS]), ..wanted("mi", Some(ROSTER), 9) }, vec![last]),
        ] {
            assert_eq!(places(cache.found(search.clone()).await.unwrap()), found, "{search:?}");
        }
    }

    /// W2
    people_are_found_by_the_family_name_of_others(cache) {
        let called = |member: MembershipId, given: &str, family: &str| {
            let mut card = card(member, given);
            card.profile.name.family = family.to_owned();
            card
        };
        let cards = vec![called(MIEKE, "Sanne", "Vries"), called(JORIS, "Jan", "VRIES"), called(SANNE, "Jan", "Bos")];
        cache.write(vec![Change::PutCards(cards)]).await.unwrap();
        let members = |cards: Vec<Card>| -> Vec<MembershipId> { cards.iter().map(|card| card.membership).collect() };
        let mut both = vec![MIEKE, JORIS];
        both.sort();
        assert_eq!(members(cache.of_family(vec![MIEKE]).await.unwrap()), both);
        assert_eq!(members(cache.of_family(vec![SANNE]).await.unwrap()), [SANNE]);
        assert_eq!(members(cache.of_family(vec![]).await.unwrap()), []);
    }
}
