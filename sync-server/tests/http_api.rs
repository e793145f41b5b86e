//! Limits, errors, streams and stops, over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::*;
use conversation::{Action, ConversationId};
use protocol::commands::CommandsRequest;
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::error::ErrorCode;
use protocol::sync::{Frame, HistoryAnswer, Hole, Mode, SyncRequest};

async fn two(clinic: &Clinic) -> (Person, Person) {
    let home = clinic.organisation("Thuiszorg De Linde").await;
    (
        clinic.person("Anna", home).await,
        clinic.person("Bram", home).await,
    )
}

async fn code(response: reqwest::Response) -> ErrorCode {
    let answer: protocol::error::ErrorAnswer = response.json().await.unwrap();
    answer.error
}

#[tokio::test]
async fn every_route_asks_who_it_is() {
    let clinic = Clinic::open().await;
    let nowhere = clinic.id();
    for path in ["/v1/commands", "/v1/sync", "/v1/session/sign-out"] {
        let response = clinic.send(path, None, "{}".to_owned()).await;
        assert_eq!(code(response).await, ErrorCode::SignInNeeded, "{path}");
    }
    for path in [
        format!("/v1/conversations/{nowhere}/events?from=1&to=2"),
        format!("/v1/directory?acting={nowhere}"),
    ] {
        let response = clinic
            .http
            .get(clinic.url(&path))
            .bearer_auth("onzin")
            .send()
            .await
            .unwrap();
        assert_eq!(code(response).await, ErrorCode::SignInNeeded, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_or_cannot_be_read_is_refused_whole() {
    let clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    let conversation = clinic.start_direct(&anna, &bram, "Dag").await;
    let cases: [(&str, Vec<u8>, ErrorCode); 5] = [
        ("/v1/commands", b"{".to_vec(), ErrorCode::BadRequest),
        (
            "/v1/commands",
            b"{\"commands\":[\"\xff\"]}".to_vec(),
            ErrorCode::BadRequest,
        ),
        (
            "/v1/commands",
            vec![b' '; 4 * 1024 * 1024 + 1],
            ErrorCode::TooLarge,
        ),
        ("/v1/sync", b"{\"protocol\":1}".to_vec(), ErrorCode::BadRequest),
        ("/v1/nergens", b"{}".to_vec(), ErrorCode::NotFound),
    ];
    for (path, body, expected) in cases {
        let request = clinic.http.post(clinic.url(path)).body(body);
        let request = request.header("content-type", "application/json");
        let response = request.bearer_auth(&anna.session.access.0).send().await.unwrap();
        assert_eq!(response.status().as_u16(), expected.status());
        assert_eq!(code(response).await, expected, "{path}");
    }
    // One command too many: none is done.
    let mut request = CommandsRequest::default();
    for _ in 0..=protocol::MOST_COMMANDS {
        let message = clinic.message("Te veel");
        request
            .push(&clinic.command(&anna, conversation, Action::Post { message }))
            .unwrap();
    }
    let refused: Result<protocol::commands::CommandsAnswer, _> =
        clinic.post("/v1/commands", Some(&anna), &request).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::TooLarge);
    assert_eq!(texts(&clinic.sync(&bram, None).await), ["Dag"]);
    let hole = Hole {
        conversation,
        range: conversation::SeqRange {
            from: conversation::Seq(1),
            to: conversation::Seq(1),
        },
    };
    let many = SyncRequest {
        holes: vec![hole; protocol::MOST_HOLES + 1],
        ..common::request(None)
    };
    assert_eq!(
        clinic.sync_with(&anna, &many).await.unwrap_err(),
        ErrorCode::TooLarge
    );
    let old = SyncRequest {
        protocol: 0,
        ..common::request(None)
    };
    assert_eq!(
        clinic.sync_with(&anna, &old).await.unwrap_err(),
        ErrorCode::UpdateNeeded
    );
}

// P5
#[tokio::test]
async fn history_is_there_for_who_sees_it_and_for_others_it_does_not_exist() {
    let clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    let elsewhere = clinic.organisation("Huisartsen Zuid").await;
    let carla = clinic.person("Carla", elsewhere).await;
    let conversation = clinic.start_direct(&anna, &bram, "Dag").await;
    let path =
        |id: ConversationId, from: u64, to: u64| format!("/v1/conversations/{id}/events?from={from}&to={to}");
    let answer: HistoryAnswer = clinic.get(&path(conversation, 1, 5), &bram).await.unwrap();
    assert_eq!(answer.items.len(), 2);
    let nowhere = ConversationId(clinic.id());
    for id in [conversation, nowhere] {
        let refused: Result<HistoryAnswer, _> = clinic.get(&path(id, 1, 5), &carla).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotFound);
    }
    let refused: Result<HistoryAnswer, _> = clinic.get("/v1/conversations/x/events?from=1&to=2", &bram).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotFound);
    let refused: Result<HistoryAnswer, _> = clinic.get(&path(conversation, 5, 1), &bram).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::BadRequest);
}

// P5, BZ2
#[tokio::test]
async fn a_resume_token_tells_its_holder_nothing_of_what_others_do() {
    let clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    clinic.start_direct(&anna, &bram, "Dag").await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let frames = clinic.sync(&anna, None).await;
        tokens.push(URL_SAFE_NO_PAD.decode(resume(&frames)).unwrap());
    }
    // Both stand for the same place, and nothing in them is alike but their length.
    assert_eq!(tokens[0].len(), tokens[1].len());
    let parts = |token: &[u8]| token.windows(4).map(<[u8]>::to_vec).collect::<HashSet<_>>();
    assert!(parts(&tokens[0]).is_disjoint(&parts(&tokens[1])));
    // Bram's device gets nothing for hers but a first sync.
    let hers = URL_SAFE_NO_PAD.encode(&tokens[0]);
    assert_eq!(heads(&clinic.sync(&bram, Some(&hers)).await).len(), 1);
    assert_eq!(heads(&clinic.sync(&anna, Some(&hers)).await).len(), 0);
}

// O3
#[tokio::test]
async fn one_finds_the_own_organisation_and_those_in_a_network_with_it() {
    let clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    let elsewhere = clinic.organisation("Huisartsen Zuid").await;
    let carla = clinic.person("Carla", elsewhere).await;
    let find = async |who: &Person, acting, query: &str| {
        let path = format!("/v1/directory?acting={acting}&query={query}");
        clinic.get::<DirectoryAnswer>(&path, who).await.map(|answer| {
            let names = answer.cards.iter().map(|card| card.profile.name.given.clone());
            // The administrators who agreed to the network can be found, too.
            let names = names.filter(|name| !name.starts_with("beheer"));
            names.collect::<Vec<_>>()
        })
    };
    assert_eq!(find(&anna, anna.membership, "jan").await.unwrap(), ["Bram"]);
    let home = anna.session.memberships[0].organisation;
    clinic.network(&[home, elsewhere]).await;
    assert_eq!(
        find(&anna, anna.membership, "jansen").await.unwrap(),
        ["Bram", "Carla"]
    );
    assert_eq!(
        find(&anna, anna.membership, "zuid%20CARL").await.unwrap(),
        ["Carla"]
    );
    assert_eq!(
        find(&anna, bram.membership, "").await.unwrap_err(),
        ErrorCode::NotFound
    );
    let _ = carla;
}

// O6
#[tokio::test]
async fn one_chooses_for_oneself_alone_not_to_be_found_by_other_organisations() {
    let clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    let elsewhere = clinic.organisation("Huisartsen Zuid").await;
    let carla = clinic.person("Carla", elsewhere).await;
    let home = anna.session.memberships[0].organisation;
    clinic.network(&[home, elsewhere]).await;
    let finds = async |who: &Person, query: &str| {
        let path = format!("/v1/directory?acting={}&query={query}", who.membership);
        let answer: DirectoryAnswer = clinic.get(&path, who).await.unwrap();
        answer.cards.len()
    };
    let path = |who: &Person| format!("/v1/memberships/{}/findability", who.membership);
    let choose = async |who: &Person, path: &str, inside_only: bool| {
        let answer = clinic
            .http
            .put(clinic.url(path))
            .bearer_auth(&who.session.access.0)
            .json(&Findability { inside_only })
            .send()
            .await;
        answer.unwrap().status()
    };
    assert_eq!(choose(&carla, &path(&bram), true).await, 404);
    assert_eq!(choose(&anna, &path(&bram), true).await, 404);
    assert_eq!(finds(&carla, "bram").await, 1);
    assert_eq!(choose(&bram, &path(&bram), true).await, 204);
    let kept: Findability = clinic.get(&path(&bram), &bram).await.unwrap();
    assert!(kept.inside_only);
    assert_eq!((finds(&carla, "bram").await, finds(&anna, "bram").await), (0, 1));
    let kept = clinic.get::<Findability>(&path(&bram), &anna).await;
    assert_eq!(kept.unwrap_err(), ErrorCode::NotFound);
    assert_eq!(choose(&bram, &path(&bram), false).await, 204);
    assert_eq!(finds(&carla, "bram").await, 1);
}

// O6
#[tokio::test]
async fn the_next_answer_begins_where_the_one_before_ended() {
    let clinic = Clinic::open().await;
    let (anna, _bram) = two(&clinic).await;
    let home = anna.session.memberships[0].organisation;
    for name in ["Cor", "Daan", "Els"] {
        clinic.person(name, home).await;
    }
    let mut path = format!("/v1/directory?acting={}&limit=2", anna.membership);
    let mut names: Vec<String> = Vec::new();
    loop {
        let answer: DirectoryAnswer = clinic.get(&path, &anna).await.unwrap();
        assert!(answer.cards.len() <= 2);
        names.extend(answer.cards.iter().map(|card| card.profile.name.given.clone()));
        match answer.next {
            Some(next) => path = format!("/v1/directory?acting={}&limit=2&after={next}", anna.membership),
            None => break,
        }
    }
    assert_eq!(names, ["Bram", "Cor", "Daan", "Els"]);
    let path = format!("/v1/directory?acting={}&after=geen", anna.membership);
    let refused = clinic.get::<DirectoryAnswer>(&path, &anna).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::BadRequest);
}

// Rule 20 of the protocol.
#[tokio::test]
async fn a_stream_beats_in_silence_and_a_long_poll_answers_and_closes() {
    let clinic = Clinic::open_with(|config| {
        config.tuning().heartbeat = Duration::from_millis(20);
        config.tuning().poll = Duration::from_secs(600);
    })
    .await;
    let (anna, bram) = two(&clinic).await;
    let mut stream = clinic.stream(&bram, None).await;
    stream
        .until(|frame| matches!(frame, Frame::Heartbeat { .. }))
        .await;
    let conversation = clinic.start_direct(&anna, &bram, "Dag").await;
    let wait = |resume: &str| SyncRequest {
        mode: Mode::Wait,
        ..request(Some(resume))
    };
    // There is something new: it answers at once.
    let token = resume(&clinic.sync(&bram, None).await);
    clinic.say(&anna, conversation, "Een").await;
    let frames = clinic.sync_with(&bram, &wait(&token)).await.unwrap();
    assert_eq!(texts(&frames), ["Een"]);
    // There is nothing new: it waits for the first event.
    let token = resume(&frames);
    let request = wait(&token);
    let waiting = clinic.sync_with(&bram, &request);
    let saying = async {
        // Bram is connected once the server counts his second stream.
        while clinic.running().streams() < 2 {
            tokio::task::yield_now().await;
        }
        clinic.say(&anna, conversation, "Twee").await;
    };
    let (frames, ()) = tokio::join!(waiting, saying);
    let frames = frames.unwrap();
    assert_eq!(texts(&frames), ["Twee"]);
    // Whether it arrived live or was read from the store: the token covers it.
    assert!(texts(&clinic.sync(&bram, Some(&resume(&frames))).await).is_empty());
}

// U3
#[tokio::test]
async fn a_stream_in_which_there_is_always_something_beats_too() {
    let clinic = Clinic::open_with(|config| config.tuning().heartbeat = Duration::from_millis(100)).await;
    let (anna, bram) = two(&clinic).await;
    let conversation = clinic.start_direct(&anna, &bram, "Dag").await;
    let mut stream = clinic.stream(&bram, None).await;
    stream.current().await;
    let beat = stream.until(|frame| matches!(frame, Frame::Heartbeat { .. }));
    let saying = async {
        for n in 0..1_000 {
            clinic.say(&anna, conversation, &format!("Bericht {n}")).await;
        }
        panic!("there was no heartbeat");
    };
    tokio::select! {
        _ = beat => {}
        () = saying => {}
    }
}

// I5
#[tokio::test]
async fn a_stop_ends_the_streams_and_a_restart_changes_nothing() {
    let mut clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    let conversation = clinic.start_direct(&anna, &bram, "Voor de stop").await;
    let mut stream = clinic.stream(&bram, None).await;
    let token = resume(&stream.current().await);
    clinic.stop().await;
    assert!(stream.next().await.is_none());
    clinic.start().await;
    clinic.say(&anna, conversation, "Erna").await;
    let frames = clinic.sync(&bram, Some(&token)).await;
    assert_eq!(texts(&frames), ["Erna"]);
    let checked = clinic.running().admin().check(&|_| {}).await.unwrap();
    assert_eq!(checked.found, []);
}

// I5
#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let clinic = Clinic::open().await;
    let second = sync_server::Server::builder(clinic.config.clone()).run().await;
    let refused = second.unwrap_err().to_string();
    assert!(
        refused.contains("Another server works on the folder"),
        "{refused}"
    );
}

// Rule 21 of the protocol.
#[tokio::test]
async fn a_backup_that_was_put_back_is_noticed() {
    let mut clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    let conversation = clinic.start_direct(&anna, &bram, "Voor de kopie").await;
    clinic.stop().await;
    let database = clinic.data().join("overleg.sqlite");
    let backup = std::fs::read(&database).unwrap();
    clinic.start().await;
    clinic.say(&anna, conversation, "Na de kopie").await;
    let token = resume(&clinic.sync(&bram, None).await);
    clinic.stop().await;
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(clinic.data().join(format!("overleg.sqlite{end}")));
    }
    std::fs::write(&database, backup).unwrap();
    clinic.start().await;
    let refused = clinic.sync_with(&bram, &request(Some(&token))).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::Restored);
}

// Rule 22 of the protocol.
#[tokio::test]
async fn nothing_that_was_said_can_be_read_in_the_folder() {
    let mut clinic = Clinic::open().await;
    let (anna, bram) = two(&clinic).await;
    let conversation = clinic.start_group(&anna, &[&bram], "Onderwerpgeheim").await;
    clinic.say(&anna, conversation, "Tekstgeheim").await;
    clinic.stop().await;
    for entry in std::fs::read_dir(clinic.data()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        for secret in ["Onderwerpgeheim", "Tekstgeheim", "Jansen", "De Linde", PASSWORD] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
            );
        }
    }
    clinic.start().await;
    assert_eq!(texts(&clinic.sync(&bram, None).await), ["Tekstgeheim"]);
}
