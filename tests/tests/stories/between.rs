//! A network and a clock that are not ours.

use anyhow::Result;
use client::api::ApiRequest;
use client::api::view::{Connection, MessageState, SessionView, SyncStatus};
use client::ports::Obstacle;
use conversation::{Seq, Timestamp};
use stories::test_network::{Device, TestNetwork};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const HOUR: i64 = Timestamp::HOUR;
const DAY: i64 = Timestamp::DAY;

/// Something that answers every request to this address, until it is dropped.
struct InBetween(tokio::task::JoinHandle<()>);

impl Drop for InBetween {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn answering(address: &str, answer: String) -> Result<InBetween> {
    let listener = TcpListener::bind(address).await?;
    Ok(InBetween(tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut piece = [0; 16 * 1024];
                let _asked = stream.read(&mut piece).await;
                let _sent = stream.write_all(answer.as_bytes()).await;
                let _ended = stream.shutdown().await;
            });
        }
    })))
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n\r\n{body}")
}

async fn is_between(device: &Device, obstacle: Obstacle) -> Result<()> {
    device
        .until("something stands between", async |device| {
            let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).await?;
            Ok(sync_status.connection == Connection::Between { obstacle })
        })
        .await
}

// I3, F3, U3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_portal_and_a_filter_end_no_session_and_messages_are_sent_when_they_are_gone() -> Result<()> {
    let mut world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Heeft u de wond gezien?").await?;
    annas.has_sent_all().await?;
    let address = world.url().replace("http://", "");
    let page = "<html>Meld u aan op het gastennetwerk</html>";
    let html = "content-type: text/html";
    let json = "content-type: application/json";
    let mut said = vec!["Heeft u de wond gezien?".to_owned()];
    for (place, (status, headers, body, obstacle)) in [
        (401, html, page, Obstacle::Filter),
        (403, html, page, Obstacle::Filter),
        (200, html, page, Obstacle::Portal),
        (302, "location: https://portal.example/", "", Obstacle::Portal),
        (403, json, r#"{"error":"session_ended"}"#, Obstacle::Filter),
        (401, json, r#"{"error":"unauthorized"}"#, Obstacle::Filter),
        (407, html, page, Obstacle::ProxySignIn),
    ]
    .into_iter()
    .enumerate()
    {
        world.stop().await;
        let portal = answering(&address, answer(status, headers, body)).await?;
        // The access token ends meanwhile, so that it is asked to be renewed as well.
        world.clock.advance(15 * Timestamp::MINUTE);
        let text = format!("Bericht {place}");
        annas.says(consult, &text).await?;
        said.push(text);
        is_between(&annas, obstacle).await?;
        assert!(matches!(
            annas.ask(ApiRequest::Session {}).await?,
            SessionView::SignedIn { .. }
        ));
        drop(portal);
        world.start().await?;
        annas.has_sent_all().await?;
    }
    let texts: Vec<&str> = said.iter().map(String::as_str).collect();
    karims.sees(consult, &texts).await?;
    Ok(())
}

// I3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn another_overleg_server_at_the_address_ends_no_session() -> Result<()> {
    let mut world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let annas = world.device(&anna, "pc").await?;
    world.stop().await;
    let other = world.another_in_its_place().await?;
    world.clock.advance(15 * Timestamp::MINUTE);
    is_between(&annas, Obstacle::OtherServer).await?;
    assert!(matches!(
        annas.ask(ApiRequest::Session {}).await?,
        SessionView::SignedIn { .. }
    ));
    other.stop().await;
    world.start().await?;
    annas.is_current_as_of_now().await
}

// M3, M7, U3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_device_whose_clock_is_wrong_judges_by_the_servers_time() -> Result<()> {
    let world = TestNetwork::new().await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let karims = world.device(&karim, "pc").await?;
    for (given, ahead) in [
        ("Anna", HOUR),
        ("Bram", -HOUR),
        ("Carla", 3 * DAY),
        ("Daan", -3 * DAY),
        ("Emma", 730 * DAY),
        ("Fatima", -730 * DAY),
    ] {
        let who = world.clinician(given, world.practice).await?;
        let device = world.device_ahead(&who, "pc", ahead).await?;
        let began = platform::Clock::now(&world.clock);
        let consult = device.start_direct(&karim, "Meteen verzonden").await?;
        device.has_sent_all().await?;
        let sent = device.message(consult, "Meteen verzonden").await?;
        device
            .until("it is accepted", async |device| {
                Ok(
                    device.state_of(consult, "Meteen verzonden").await? == MessageState::Accepted
                        && device
                            .message(consult, "Meteen verzonden")
                            .await?
                            .number
                            .is_some(),
                )
            })
            .await?;
        karims
            .until("it came", async |device| Ok(device.texts(consult).await.is_ok()))
            .await?;
        let came = karims.message(consult, "Meteen verzonden").await?;
        assert_eq!((came.at, came.written_at), (began, None), "{given}");
        assert_eq!(sent.at, began, "{given}");
        // M3: an edit is offered until a day after, and goes.
        world.clock.advance(DAY);
        device.is_current_as_of_now().await?;
        assert!(
            !device.message(consult, "Meteen verzonden").await?.may_edit,
            "{given}: a day and a bit"
        );
        device.says(consult, "Nog iets").await?;
        device.has_sent_all().await?;
        device.sees(consult, &["Meteen verzonden", "Nog iets"]).await?;
        device
            .until("it came back", async |device| {
                Ok(device.message(consult, "Nog iets").await?.may_edit)
            })
            .await?;
        world.clock.advance(DAY - Timestamp::MINUTE);
        device.is_current_as_of_now().await?;
        let second = device.message(consult, "Nog iets").await?;
        assert!(second.may_edit, "{given}: a day, but for a minute");
        device.edits(consult, second.message, "Nog iets anders").await?;
        karims
            .sees(consult, &["Meteen verzonden", "Nog iets anders"])
            .await?;
        // M7: what waited for an hour says when it was written, and does not ask.
        device.go_offline();
        device.says(consult, "In de tunnel").await?;
        let written = platform::Clock::now(&world.clock);
        // The test waits for requests in flight: it goes online when there are none.
        device.tried_in_vain_since(written).await?;
        world.clock.advance(HOUR);
        device
            .until("it waits", async |device| {
                Ok(device.state_of(consult, "In de tunnel").await? == MessageState::Waiting)
            })
            .await?;
        device.go_online();
        karims
            .sees(consult, &["Meteen verzonden", "Nog iets anders", "In de tunnel"])
            .await?;
        let waited = karims.message(consult, "In de tunnel").await?;
        assert_eq!(waited.written_at, Some(written), "{given}");
        assert_eq!(waited.at, written.plus(HOUR), "{given}");
        device.has_sent_all().await?;
        // U3
        let sync_status: SyncStatus = device.ask(ApiRequest::SyncStatus {}).await?;
        assert_eq!(sync_status.clock_ahead, Some(ahead), "{given}");
        assert!(waited.number > Some(Seq(1)));
    }
    Ok(())
}

// M7, F3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_clock_that_is_set_while_the_program_is_closed_changes_nothing_of_when_something_was_written()
-> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let mut annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Begin").await?;
    annas.has_sent_all().await?;
    let mut texts = vec!["Begin".to_owned()];
    for ahead in [HOUR, -HOUR, 3 * DAY, -3 * DAY, 730 * DAY, -730 * DAY] {
        annas.go_offline();
        annas.set_clock_ahead(ahead);
        annas = annas.restart().await;
        let text = format!("Met de klok {ahead}");
        annas.says(consult, &text).await?;
        let written = platform::Clock::now(&world.clock);
        world.clock.advance(10 * Timestamp::MINUTE);
        annas.go_online();
        annas.has_sent_all().await?;
        texts.push(text.clone());
        let seen: Vec<&str> = texts.iter().map(String::as_str).collect();
        karims.sees(consult, &seen).await?;
        assert_eq!(
            karims.message(consult, &text).await?.written_at,
            Some(written),
            "{ahead}"
        );
    }
    Ok(())
}

// M3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_edit_is_offered_for_as_long_as_the_server_takes_it_and_no_moment_longer() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device_ahead(&anna, "pc", -3 * DAY).await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "2 dd 5 mg").await?;
    annas
        .until("it came back", async |device| {
            Ok(device.message(consult, "2 dd 5 mg").await?.may_edit)
        })
        .await?;
    world.clock.advance(DAY);
    let said = annas.message(consult, "2 dd 5 mg").await?;
    assert!(said.may_edit && !said.edit_over, "exactly 24 hours");
    annas.edits(consult, said.message, "1 dd 5 mg").await?;
    karims.sees(consult, &["1 dd 5 mg"]).await?;
    // While the edit itself is on its way, no other is offered.
    annas
        .until("the edit came back", async |device| {
            Ok(device.message(consult, "1 dd 5 mg").await?.may_edit)
        })
        .await?;
    world.clock.advance(1);
    let said = annas.message(consult, "1 dd 5 mg").await?;
    assert!(!said.may_edit && said.edit_over, "and a millisecond");
    Ok(())
}
