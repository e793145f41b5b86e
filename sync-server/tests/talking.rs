//! Three colleagues talk over HTTP; each receives the right events in time.

mod common;

use common::*;
use protocol::sync::Frame;

// S1, M7
#[tokio::test]
async fn a_message_reaches_the_other_live_and_by_catching_up() {
    let clinic = Clinic::open().await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let anna = clinic.person("Anna", home).await;
    let bram = clinic.person("Bram", home).await;
    let mut stream = clinic.stream(&bram, None).await;
    stream.current().await;

    let conversation = clinic.start_direct(&anna, &bram, "Dag Bram").await;
    let frames = stream.until(|frame| matches!(frame, Frame::Events { .. })).await;
    assert_eq!(heads(&frames)[0].conversation, conversation);
    clinic.say(&anna, conversation, "Kijk je even mee?").await;
    let live = stream
        .until(|frame| texts(std::slice::from_ref(frame)).contains(&"Kijk je even mee?".to_owned()))
        .await;
    assert!(!live.is_empty());

    let frames = clinic.sync(&bram, None).await;
    assert_eq!(texts(&frames), ["Dag Bram", "Kijk je even mee?"]);
    let token = resume(&frames);
    let again = clinic.sync(&bram, Some(&token)).await;
    assert_eq!(heads(&again), []);

    clinic.say(&anna, conversation, "Dank").await;
    let more = clinic.sync(&bram, Some(&token)).await;
    assert_eq!(texts(&more), ["Dank"]);
}
