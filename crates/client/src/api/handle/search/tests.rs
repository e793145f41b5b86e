//! Searching as a screen asks for it.

use super::*;
use crate::api::request::{ApiRequest, SearchAsk};
use crate::api::view::{FilterKind, SnippetPart, Suggestion};
use crate::cache::conformance::{INTAKE, ROSTER, WOUND, picture, range};
use crate::cache::{Cache as _, Change};
use crate::testing::{ANNA, Device, KARIM, SANNE, now};

fn ask(device: &Device, query: &str, filters: Vec<SearchFilter>) -> SearchResult {
    let ask = SearchAsk {
        query: query.to_owned(),
        filters,
        before: None,
        limit: 20,
    };
    device.ask(ApiRequest::Search { ask }).unwrap()
}

fn places(result: &SearchResult) -> Vec<(ConversationId, u64)> {
    let place = |hit: &MessageHit| (hit.conversation, hit.number.0);
    result.hits.iter().map(place).collect()
}

/// Two conversations of Anna's, a minute between messages.
fn device() -> Device {
    let device = Device::of_anna();
    let minute = || device.clock.advance(60_000);
    device.accepted(WOUND, 1, KARIM, "Verdenking longontsteking", vec![]);
    minute();
    device.accepted(WOUND, 2, ANNA, "Ontsteking van de **wond** bij mevrouw", vec![]);
    minute();
    device.accepted(
        ROSTER,
        1,
        KARIM,
        "Zie de foto",
        vec![picture(1, "ontsteking.jpg")],
    );
    minute();
    device.accepted(ROSTER, 2, SANNE, "Geen bijzonderheden", vec![]);
    now(device.engine.index(99)).unwrap();
    device
}

// L4
#[test]
fn a_hit_has_its_conversation_author_and_the_place_that_was_found() {
    let device = device();
    let result = ask(&device, "ontsteking", vec![]);
    assert_eq!(places(&result), [(ROSTER, 1), (WOUND, 2), (WOUND, 1)]);
    let [photo, wound, _] = &result.hits[..] else {
        panic!("three hits");
    };
    let part = |text: &str, marked| SnippetPart {
        text: text.into(),
        marked,
    };
    assert_eq!(photo.files, [[part("ontsteking", true), part(".jpg", false)]]);
    assert_eq!(photo.snippet, [part("Zie de foto", false)]);
    assert_eq!(
        wound.snippet,
        [part("Ontsteking", true), part(" van de wond bij mevrouw", false)]
    );
    assert_eq!(wound.found, ["Ontsteking"]);
    assert_eq!(
        (wound.title.as_str(), wound.author.me),
        ("Wondzorg mevrouw De Wit", true)
    );
    assert_eq!(result.next, None);
    assert_eq!(result.reach, SearchReach::default());
}

// L4
#[test]
fn filters_narrow_a_search_typed_or_chosen() {
    let device = device();
    for (query, found) in [
        ("ontsteking van:karim", vec![(ROSTER, 1), (WOUND, 1)]),
        ("from:mij", vec![(WOUND, 2)]),
        ("van:\"karim van den berg\" bijlage:", vec![(ROSTER, 1)]),
        ("bijlage:ontsteking", vec![(ROSTER, 1)]),
        ("bijlage:foto", vec![]),
        ("in:wondzorg voor:2020", vec![]),
        ("ontsteking na:2020", vec![(ROSTER, 1), (WOUND, 2), (WOUND, 1)]),
        ("van:karim van:anna", vec![]),
        ("", vec![]),
        ("***", vec![]),
        ("van:", vec![]),
    ] {
        let result = ask(&device, query, vec![]);
        assert_eq!(places(&result), found, "{query}");
        assert_eq!(result.faults, [], "{query}");
    }
    let within = SearchFilter::In {
        name: "Wondzorg".into(),
        conversation: Some(WOUND),
    };
    let by = SearchFilter::From {
        name: "Karim van den Berg".into(),
        membership: Some(KARIM),
    };
    assert_eq!(
        places(&ask(&device, "", vec![within.clone()])),
        [(WOUND, 2), (WOUND, 1)]
    );
    assert_eq!(places(&ask(&device, "", vec![within, by])), [(WOUND, 1)]);
}

// L4
#[test]
fn a_filter_with_which_nothing_is_found_is_named() {
    let device = device();
    for (query, fault) in [
        (
            "ontsteking voor:31-02-2025",
            SearchFault::NoDate {
                typed: "31-02-2025".into(),
            },
        ),
        (
            "ontsteking van:onbekend",
            SearchFault::Nobody {
                typed: "onbekend".into(),
            },
        ),
        (
            "in:onbekend",
            SearchFault::NoConversation {
                typed: "onbekend".into(),
            },
        ),
        ("onderdeel:val", SearchFault::NoItem { typed: "val".into() }),
    ] {
        assert_eq!(ask(&device, query, vec![]).faults, [fault], "{query}");
    }
    let counted = ask(&device, "ontsteking voor:31-02-2025", vec![]);
    assert_eq!(counted.hits.len(), 3, "a date that is none does not count");
    let left = SearchFilter::In {
        name: "Intake".into(),
        conversation: Some(INTAKE),
    };
    let result = ask(&device, "ontsteking", vec![left]);
    assert_eq!(places(&result), []);
    assert_eq!(
        result.faults,
        [SearchFault::NoConversation {
            typed: "Intake".into()
        }]
    );
}

// L4: bad input
#[test]
fn any_query_gets_an_answer() {
    let device = device();
    let long = "wond ".repeat(2_000);
    let nested = "\"".repeat(999);
    for query in [
        long.as_str(),
        &nested,
        "NEAR(wond, 3)",
        "wond*",
        "^wond",
        "-wond",
        "wond OR",
        "\"wond",
        "van:\"",
        "voor:\u{0}",
        "\u{202E}dnow",
        "🙂",
        "in:~ in:#",
        "a:b:c",
        "van:@",
        "bijlage:\"",
        "\u{FFFC}",
        "%",
        "_",
        "';--",
    ] {
        let result = ask(&device, query, vec![]);
        assert!(result.hits.len() <= 3, "{query}");
        let ask = SearchAsk {
            query: query.to_owned(),
            ..SearchAsk::default()
        };
        let count: HitCount = device.ask(ApiRequest::CountHits { ask }).unwrap();
        assert_eq!(count.count as usize, result.hits.len(), "{query}");
    }
}

// L4
#[test]
fn a_search_says_how_far_it_reaches() {
    let device = device();
    device.clock.advance(60_000);
    device.accepted(INTAKE, 9, KARIM, "Ontsteking", vec![]);
    let waits = ask(&device, "ontsteking", vec![]);
    assert_eq!(
        (waits.reach.missing, waits.hits.len()),
        (1, 3),
        "it is not in the index yet"
    );
    assert_eq!(waits.reach.since, Some(device.engine.now()));
    now(device.engine.index(99)).unwrap();
    assert_eq!(ask(&device, "ontsteking", vec![]).reach, SearchReach::default());
    let held = crate::cache::conformance::segment(7, 9);
    now(device.cache.write(vec![Change::PutSegments(INTAKE, vec![held])])).unwrap();
    let reach = ask(&device, "ontsteking", vec![]).reach;
    assert_eq!(reach.missing, 6, "six places of that conversation are not here");
    assert!(reach.since.is_some());
}

// L4, M4
#[test]
fn a_message_that_was_deleted_or_is_no_longer_seen_is_neither_found_nor_counted() {
    let device = device();
    now(device.cache.write(vec![
        Change::DropEntries(WOUND, range(2, 2)),
        Change::DropConversation(ROSTER),
    ]))
    .unwrap();
    assert_eq!(places(&ask(&device, "ontsteking", vec![])), [(WOUND, 1)]);
    let ask = SearchAsk {
        query: "ontsteking".into(),
        ..SearchAsk::default()
    };
    let count: HitCount = device.ask(ApiRequest::CountHits { ask }).unwrap();
    assert_eq!(count, HitCount { count: 1, next: None });
}

// L4
#[test]
fn filters_are_suggested_from_people_and_conversations_that_are_here() {
    let device = device();
    let suggest = |kind, typed: &str| -> Vec<Suggestion> {
        let (typed, limit) = (typed.to_owned(), 5);
        device
            .ask(ApiRequest::SuggestFilters { kind, typed, limit })
            .unwrap()
    };
    let [karim] = &suggest(FilterKind::From, "kar")[..] else {
        panic!("one is called so");
    };
    assert_eq!(karim.about, "Wijkverpleegkundige, Organisatie 2");
    assert!(matches!(
        &karim.filter,
        SearchFilter::From {
            membership: Some(KARIM),
            ..
        }
    ));
    let both = suggest(FilterKind::From, "");
    assert!(
        matches!(
            &both[0].filter,
            SearchFilter::From {
                membership: Some(KARIM),
                ..
            }
        ),
        "whom one writes with stands first"
    );
    assert_eq!(both.len(), 2, "oneself is not suggested");
    assert_eq!(suggest(FilterKind::In, "wond").len(), 2);
    assert_eq!(suggest(FilterKind::Item, ""), []);
}
