//! A tiny real server on 127.0.0.1 that answers with the bytes that a test gives it.

mod answers;
mod between;
mod files;
mod stream;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use protocol::session::Secret;
use protocol::sync::{Frame, Mode, SyncRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{HttpConnector, Patience};
use crate::ports::{Connector, Failure, Transport};

/// The requests, head and body.
type Asked = Arc<Mutex<Vec<String>>>;

/// For what must not run out in a test.
const LONG: Patience = Patience {
    connect: Duration::from_secs(60),
    brief: Duration::from_secs(60),
    ordinary: Duration::from_secs(60),
    whole: Duration::from_secs(60),
    silence: Duration::from_secs(60),
};

/// Reads one request whole.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text[..end]
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, length)| length.trim().parse::<usize>().expect("a length"));
            if bytes.len() >= end + 4 + length {
                return Some(text);
            }
        }
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&piece[..read]),
            _ => return None,
        }
    }
}

/// A server that hands each connection, its request read, to `answer`.
async fn server<A, F>(patience: Patience, answer: A) -> (Arc<dyn Transport>, Asked)
where
    A: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    let asked = Asked::default();
    let seen = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if let Some(request) = request(&mut stream).await {
                seen.lock().expect("unpoisoned").push(request);
                tokio::spawn(answer(stream));
            }
        }
    });
    let (kept, transport) = HttpConnector::new(patience)
        .connect(&address)
        .expect("an address");
    assert_eq!(kept, address);
    (transport, asked)
}

/// A server that answers each request with these bytes and closes.
async fn canned(bytes: impl Into<Vec<u8>>) -> (Arc<dyn Transport>, Asked) {
    let bytes: Arc<[u8]> = bytes.into().into();
    server(LONG, move |mut stream| {
        let bytes = bytes.clone();
        async move {
            // A client that has seen enough may have hung up.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// JSON, unless the headers say otherwise.
fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let kind = if headers.contains("content-type") {
        ""
    } else {
        "content-type: application/json\r\n"
    };
    format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{kind}{headers}\r\n{body}"
    )
    .into_bytes()
}

fn access() -> Secret {
    Secret("anna-access".to_owned())
}

fn following() -> SyncRequest {
    SyncRequest {
        protocol: protocol::VERSION,
        resume: None,
        holes: Vec::new(),
        following: Vec::new(),
        mode: Mode::Stream,
    }
}

/// All of a stream: the frames as JSON, and what ended it.
async fn all(transport: &dyn Transport) -> (Vec<String>, Result<(), Failure>) {
    let mut frames = match transport.sync(&access(), &following()).await {
        Ok(frames) => frames,
        Err(failure) => return (Vec::new(), Err(failure)),
    };
    let mut out = Vec::new();
    let mut end = Ok(());
    while let Some(next) = frames.next().await {
        assert_eq!(end, Ok(()), "nothing comes after a failure");
        match next {
            Ok(frame) => out.push(text(&frame)),
            Err(failure) => end = Err(failure),
        }
    }
    (out, end)
}

fn text(frame: &Frame) -> String {
    serde_json::to_string(frame).expect("a frame")
}
