//! The stream of frames: cut anywhere, broken anywhere, slow, and of the wrong kind.

use proptest::prelude::*;
use tokio::sync::mpsc;

use super::super::lines::Lines;
use super::super::{decode, stream};
use super::*;
use crate::ports::Obstacle;

const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";

/// Frames with a letter of two bytes and one of four, an unknown kind and an empty line between them.
const LINES: &str = concat!(
    "{\"f\":\"resume\",\"token\":\"é😀\"}\n",
    "{\"f\":\"of_tomorrow\",\"what\":[1,{\"f\":2}]}\n",
    "\n",
    "{\"f\":\"personal\",\"field\":\"setting/x\",\"value\":{\"b\": 1,  \"a\":2}}\n",
    "{\"f\":\"current\",\"at\":12}\n",
);

fn expected() -> Vec<String> {
    let lines = LINES
        .lines()
        .filter(|line| !line.is_empty() && !line.contains("of_tomorrow"));
    lines.map(str::to_owned).collect()
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out
}

/// The head, then each piece as a chunk, as they come to the reader; then the end of the body.
fn chunked(pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = HEAD.as_bytes().to_vec();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        out.extend_from_slice(&chunk(piece));
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

#[tokio::test]
async fn a_stream_cut_at_any_byte_gives_the_same_frames() {
    for cut in 0..=LINES.len() {
        let (first, second) = LINES.as_bytes().split_at(cut);
        let (transport, _) = canned(chunked(&[first, second])).await;
        assert_eq!(all(&*transport).await, (expected(), Ok(())), "{cut}");
    }
    let bytes: Vec<&[u8]> = LINES.as_bytes().chunks(1).collect();
    let (transport, _) = canned(chunked(&bytes)).await;
    assert_eq!(all(&*transport).await, (expected(), Ok(())));
}

#[tokio::test]
async fn a_connection_that_breaks_at_any_byte_gives_the_whole_frames_and_then_unreachable() {
    let whole = chunked(&[LINES.as_bytes()]);
    let body = HEAD.len() + chunk(LINES.as_bytes()).len() - LINES.len() - 2;
    for cut in 0..whole.len() {
        let (transport, _) = canned(&whole[..cut]).await;
        let (frames, end) = all(&*transport).await;
        assert_eq!(end, Err(Failure::Unreachable), "{cut}");
        let came = cut.saturating_sub(body).min(LINES.len());
        let lines = LINES.as_bytes()[..came].split_inclusive(|byte| *byte == b'\n');
        let ended = lines.filter(|line| line.ends_with(b"\n") && line.len() > 1);
        let known = ended.filter(|line| !String::from_utf8_lossy(line).contains("of_tomorrow"));
        assert_eq!(frames, expected()[..known.count()], "{cut}");
    }
}

#[tokio::test]
async fn a_stream_that_ends_within_a_line_broke() {
    for line in ["{\"f\":\"current\"", "{\"f\":\"current\",\"at\":12}", " "] {
        let text = format!("{LINES}{line}");
        let (transport, _) = canned(chunked(&[text.as_bytes()])).await;
        assert_eq!(
            all(&*transport).await,
            (expected(), Err(Failure::Unreachable)),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_line_that_is_not_of_the_protocol_ends_the_stream_after_the_earlier_frames() {
    for line in [
        "<html>",
        "[]",
        "null",
        "{}",
        "{\"f\":7}",
        "{\"f\":null}",
        "{\"f\":\"current\"}",
        "{\"f\":\"current\",\"at\":\"noon\"}",
        "{\"f\":\"current\",\"at\":12}}",
        "{\"f\":\"events\",\"from\":1}",
        "{\"f\":\"of_tomorrow\",\"x\":\"}",
    ] {
        let text = format!("{LINES}{line}\n{LINES}");
        let (transport, _) = canned(chunked(&[text.as_bytes()])).await;
        assert_eq!(
            all(&*transport).await,
            (expected(), Err(Failure::Malformed)),
            "{line}"
        );
    }
    let mut bytes = LINES.as_bytes().to_vec();
    bytes.extend_from_slice(b"{\"f\":\"of_tomorrow\",\"x\":\"\xff\"}\n");
    let (transport, _) = canned(chunked(&[&bytes])).await;
    assert_eq!(all(&*transport).await, (expected(), Err(Failure::Malformed)));
}

#[tokio::test]
async fn a_page_in_the_place_of_a_stream_is_a_portals() {
    let page = "<html>\nWelkom op het gastennetwerk\n</html>\n";
    let (transport, _) = canned(answer(200, "content-type: text/html\r\n", page)).await;
    let obstacle = Obstacle::Portal;
    assert_eq!(
        all(&*transport).await,
        (vec![], Err(Failure::Between { obstacle }))
    );
}

#[tokio::test]
async fn a_line_that_is_too_long_is_skipped_and_reported_and_later_lines_come() {
    let mebibyte = vec![b'x'; 1024 * 1024];
    let mut pieces = vec![mebibyte.as_slice(); stream::LONGEST_LINE / mebibyte.len() + 1];
    pieces.insert(0, LINES.as_bytes());
    pieces.push(b"x\n");
    pieces.push(LINES.as_bytes());
    let (transport, _) = canned(chunked(&pieces)).await;
    let mut frames = transport.sync(&access(), &following()).await.expect("a stream");
    let mut came = Vec::new();
    let mut left_out = 0;
    while let Some(next) = frames.next().await {
        match next {
            Ok(frame) => came.push(text(&frame)),
            Err(failure) => {
                assert_eq!(failure, Failure::TooLarge);
                assert_eq!(came, expected());
                left_out += 1;
            }
        }
    }
    assert_eq!((came, left_out), ([expected(), expected()].concat(), 1));
}

#[tokio::test]
async fn a_line_without_an_end_is_left_out_before_it_fills_the_memory() {
    let mebibyte = vec![b'x'; 1024 * 1024];
    let pieces = vec![mebibyte.as_slice(); stream::LONGEST_LINE / mebibyte.len() + 1];
    let (transport, _) = canned(chunked(&pieces)).await;
    let mut frames = transport.sync(&access(), &following()).await.expect("a stream");
    let mut failures = Vec::new();
    while let Some(next) = frames.next().await {
        failures.push(next.map(|frame| text(&frame)));
    }
    assert_eq!(failures, [Err(Failure::TooLarge), Err(Failure::Unreachable)]);
}

/// A server whose stream sends the lines that the test gives it, and that leaves every other request
/// unanswered.
async fn scripted(patience: Patience) -> (Arc<dyn Transport>, mpsc::UnboundedSender<&'static str>) {
    let (send, lines) = mpsc::unbounded_channel::<&'static str>();
    let lines = Arc::new(tokio::sync::Mutex::new(lines));
    let (transport, _) = server(patience, move |mut stream| {
        let lines = lines.clone();
        async move {
            // The first request is for the stream, and keeps the receiver.
            let Ok(mut lines) = lines.try_lock() else {
                let _ = stream.read(&mut [0]).await;
                return;
            };
            let _ = stream.write_all(HEAD.as_bytes()).await;
            while let Some(text) = lines.recv().await {
                let _ = stream.write_all(&chunk(text.as_bytes())).await;
            }
            let _ = stream.write_all(b"0\r\n\r\n").await;
        }
    })
    .await;
    (transport, send)
}

#[tokio::test]
async fn a_frame_comes_as_soon_as_its_line_does_and_a_stream_outlives_an_ordinary_request() {
    let patience = Patience {
        brief: Duration::from_millis(100),
        ..LONG
    };
    let (transport, send) = scripted(patience).await;
    let mut frames = transport.sync(&access(), &following()).await.expect("a stream");
    send.send("{\"f\":\"current\",\"at\":1}\n{\"f\":\"cur")
        .expect("heard");
    let first = frames.next().await.expect("open").expect("a frame");
    assert!(matches!(first, Frame::Current { .. }));
    // All the time that an ordinary request has passes, while the line is half there.
    assert_eq!(transport.sign_out(&access()).await, Err(Failure::Unreachable));
    send.send("rent\",\"at\":2}\n").expect("heard");
    let second = frames.next().await.expect("open").expect("a frame");
    assert_eq!(text(&second), "{\"f\":\"current\",\"at\":2}");
    drop(send);
    assert!(frames.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_falls_silent_within_a_line_is_unreachable() {
    let patience = Patience {
        silence: Duration::from_millis(100),
        ..LONG
    };
    let (transport, send) = scripted(patience).await;
    let mut frames = transport.sync(&access(), &following()).await.expect("a stream");
    send.send("{\"f\":\"current\",\"at\":1}\n{\"f\":").expect("heard");
    assert!(frames.next().await.expect("open").is_ok());
    assert_eq!(
        frames.next().await.expect("a last word").expect_err("silence"),
        Failure::Unreachable
    );
    assert!(frames.next().await.is_none());
}

/// The frames of bytes that come in these pieces; what was malformed as `None`, and last.
fn frames(pieces: &[&[u8]]) -> Vec<Option<String>> {
    let mut lines = Lines::new(1_000);
    let mut out = Vec::new();
    for piece in pieces {
        lines.push(piece);
        loop {
            match lines.next().map(|line| line.map(decode::frame)) {
                Ok(None) => break,
                Ok(Some(Ok(Some(frame)))) => out.push(Some(text(&frame))),
                Ok(Some(Ok(None))) => {}
                Ok(Some(Err(_))) | Err(_) => {
                    out.push(None);
                    return out;
                }
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn frames_with_random_damage_are_read_the_same_however_they_are_cut(
        times in 1_usize..4,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        step in 1_usize..70,
    ) {
        let mut bytes = LINES.repeat(times).into_bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let pieces: Vec<&[u8]> = bytes.chunks(step).collect();
        prop_assert_eq!(frames(&pieces), frames(&[&bytes]));
    }
}
