//! Quotas: how much one account can make the server keep, send and do (I5).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::net::Ipv4Addr;

use common::*;
use conversation::Timestamp;
use protocol::directory::DirectoryAnswer;
use protocol::error::ErrorCode;
use protocol::session::{Secret, SessionAnswer, SignInRequest};
use protocol::sync::HistoryAnswer;
use serde_json::{Value, json};

async fn figure(clinic: &Clinic, name: &str) -> u64 {
    let health = clinic.running().health_address().unwrap();
    let text = clinic.http.get(format!("http://{health}/metrics")).send().await;
    let text = text.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().trim().parse().unwrap()
}

fn fields(name: &str, many: usize, value: &Value) -> Value {
    let fields =
        (0..many).map(|number| json!({ "field": format!("setting/{name}{number}"), "value": value }));
    json!({ "personal": fields.collect::<Vec<_>>() })
}

/// The status, `Retry-After` and body of an answer.
async fn sent(clinic: &Clinic, person: &Person, body: &Value) -> (u16, Option<String>, Value) {
    let response = clinic.send("/v1/commands", Some(person), body.to_string()).await;
    let wait = response.headers().get("retry-after");
    let wait = wait.map(|wait| wait.to_str().unwrap().to_owned());
    (response.status().as_u16(), wait, response.json().await.unwrap())
}

// I5
#[tokio::test]
async fn an_account_that_asks_for_too_many_changes_waits_and_nobody_else_does() {
    let clinic = Clinic::open_with(|config| {
        config.health = Some((Ipv4Addr::LOCALHOST, 0).into());
        config.limits.changes_a_minute = 275;
    })
    .await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    for many in [1_000, 1_000, 200] {
        assert_eq!(sent(&clinic, &anna, &fields("a", many, &json!(1))).await.0, 200);
    }
    let (status, wait, why) = sent(&clinic, &anna, &fields("a", 20, &json!(1))).await;
    assert_eq!((status, wait.as_deref()), (429, Some("5")));
    assert_eq!(why["error"], "too_many_requests");
    assert!(why["why"].as_str().unwrap().contains("quota"));
    assert_eq!(
        figure(&clinic, "overleg_requests_over_quota_total{quota=\"changes\"}").await,
        1
    );
    assert_eq!(sent(&clinic, &bram, &fields("b", 80, &json!(1))).await.0, 200);
    clinic.clock.advance(5 * Timestamp::SECOND);
    assert_eq!(sent(&clinic, &anna, &fields("a", 20, &json!(1))).await.0, 200);
}

// I5
#[tokio::test]
async fn an_account_that_sends_too_many_bytes_waits() {
    let clinic = Clinic::open_with(|config| config.limits.sent_a_minute = 512 * 1024).await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let large = fields("a", 100, &json!("x".repeat(4_000)));
    // Four MiB at once.
    for _ in 0..10 {
        assert_eq!(sent(&clinic, &anna, &large).await.0, 200);
    }
    assert_eq!(sent(&clinic, &anna, &large).await.0, 429);
    clinic.clock.advance(5 * Timestamp::MINUTE);
    assert_eq!(sent(&clinic, &anna, &large).await.0, 200);
}

// O6, I5
#[tokio::test]
async fn an_account_that_was_shown_as_many_people_as_an_hour_allows_waits() {
    let clinic = Clinic::open_with(|config| {
        config.health = Some((Ipv4Addr::LOCALHOST, 0).into());
        config.limits.found_an_hour = 1_000;
    })
    .await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    for name in ["Carla", "Daan", "Els"] {
        clinic.person(name, home).await;
    }
    let find = async |who: &Person, query: &str| {
        let path = format!("/v1/directory?acting={}&query={query}", who.membership);
        let answer = clinic.get::<DirectoryAnswer>(&path, who).await;
        answer.map(|answer| answer.cards.len())
    };
    // Nobody was shown: that counts for nothing.
    for _ in 0..20 {
        assert_eq!(find(&anna, "niemand").await, Ok(0));
    }
    // Four each time, and the last of them before it is counted.
    for _ in 0..251 {
        assert_eq!(find(&anna, "").await, Ok(4));
    }
    assert_eq!(find(&anna, "bram").await, Err(ErrorCode::TooManyFound));
    assert_eq!(
        figure(&clinic, "overleg_requests_over_quota_total{quota=\"found\"}").await,
        1
    );
    assert_eq!(find(&bram, "anna").await, Ok(1));
    clinic.clock.advance(Timestamp::MINUTE);
    assert_eq!(find(&anna, "bram").await, Ok(1));
}

// I5
#[tokio::test]
async fn an_account_that_read_too_much_waits_before_it_reads_more() {
    let clinic = Clinic::open_with(|config| config.limits.read_a_minute = 2 * 1024).await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    let conversation = clinic.start_direct(&anna, &bram, &"x".repeat(10_000)).await;
    let path = format!("/v1/conversations/{conversation}/events?from=1&to=9");
    let history = async || clinic.get::<HistoryAnswer>(&path, &anna).await.map(|_| ());
    let mut read = 0;
    let refused = loop {
        match history().await {
            Ok(()) => read += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, ErrorCode::TooManyRequests);
    // 64 KiB at once, of some 11 each.
    assert_eq!(read, 6);
    let refused = clinic.sync_with(&anna, &request(None)).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::TooManyRequests);
    // Nor more of anything else that answers at length.
    let (acting, item) = (anna.membership, uuid::Uuid::nil());
    for path in [
        format!("/v1/directory?acting={acting}"),
        format!("/v1/items?ids={item}"),
        format!("/v1/items/{item}"),
    ] {
        let refused = clinic.get::<Value>(&path, &anna).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::TooManyRequests, "{path}");
    }
    let watch = json!({ "conversation": conversation });
    let refused = clinic.post::<Value>("/v1/watch", Some(&anna), &watch).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::TooManyRequests);
    // She still writes, and others read.
    clinic.say(&anna, conversation, "Dat ging niet").await;
    clinic.sync_with(&bram, &request(None)).await.unwrap();
    clinic.clock.advance(5 * Timestamp::MINUTE);
    history().await.unwrap();
}

// I5
#[tokio::test]
async fn an_account_keeps_so_many_bytes_of_personal_fields_and_changes_those_it_has() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let value = json!("x".repeat(4_000));
    let (_, _, first) = sent(&clinic, &anna, &fields("a", 1_000, &value)).await;
    assert_eq!(first.get("not_taken"), None);
    let (_, _, second) = sent(&clinic, &anna, &fields("b", 1_000, &value)).await;
    let refused = second["not_taken"].as_array().unwrap();
    // 4 MiB of 4,002 bytes and a name each.
    let (fields_kept, place) = (1_000 + 1_000 - refused.len(), &refused[0]["place"]);
    assert_eq!((fields_kept, place.as_u64().unwrap()), (1_044, 44));
    let (_, _, third) = sent(&clinic, &anna, &fields("a", 1_000, &value)).await;
    assert_eq!(third.get("not_taken"), None);
    let (_, _, cleared) = sent(&clinic, &anna, &fields("a", 1_000, &Value::Null)).await;
    assert_eq!(cleared.get("not_taken"), None);
    let (_, _, last) = sent(&clinic, &anna, &fields("b", 1_000, &value)).await;
    assert_eq!(last.get("not_taken"), None);
}

// I3, I5
#[tokio::test]
async fn of_more_than_twenty_sessions_the_one_that_was_used_longest_ago_ends() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let mut stream = clinic.stream(&anna, None).await;
    stream.current().await;
    let mut others = Vec::new();
    for _ in 0..20 {
        clinic.clock.advance(Timestamp::SECOND);
        others.push(clinic.sign_in(&anna).await);
    }
    assert!(stream.next().await.is_none());
    let refused = clinic.sync_with(&anna, &request(None)).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionEnded);
    for other in &others {
        clinic.sync_with(other, &request(None)).await.unwrap();
    }
}

// I5
#[tokio::test]
async fn an_account_does_not_begin_sessions_without_end() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let sign_in = async || {
        let request = SignInRequest {
            login: anna.login.clone(),
            password: Secret(PASSWORD.to_owned()),
            device: device(),
        };
        let answer = clinic.post::<SessionAnswer>("/v1/session/sign-in", None, &request);
        answer.await.map(|_| ())
    };
    // The first began with the invitation.
    for _ in 0..59 {
        sign_in().await.unwrap();
    }
    assert_eq!(sign_in().await, Err(ErrorCode::TooManyAttempts));
    clinic.clock.advance(Timestamp::MINUTE);
    sign_in().await.unwrap();
}
