//! Without an account: connections that say nothing or never come to an end, and bodies that are too large.
//!
//! Half of them come from the address of the honest, as from one hospital; the others from many, each within its limit.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::scene::{Scene, address};
use super::table::{Limit, Row, Table};

/// From the address of the honest, and from others.
const FROM_ONE: usize = 1_100;
const FROM_OTHERS: usize = 2_000;
const OTHERS: usize = 20;
/// The longest phase of a connection that asks for nothing lasts ten seconds (docs/operator.md).
const CLOSED_BY: Limit = Limit {
    most: 30.0,
    source: "docs/operator.md: 10 s a phase",
};
/// The pause between two bytes of those who send them one by one.
const DRIP: Duration = Duration::from_secs(1);
const SIGN_INS: usize = 400;
const LARGE: usize = 4 * 1024 * 1024 - 1;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// Connections that say nothing, half a preface, settings, or a head or a body that does not end.
pub(super) async fn held(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    hold(scene, table, "connections held in silence", None).await
}

/// The same, with a byte more now and then.
pub(super) async fn slow(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    hold(scene, table, "heads and bodies that drip", Some(DRIP)).await
}

async fn hold(
    scene: &Scene,
    table: &mut Table,
    attack: &'static str,
    drip: Option<Duration>,
) -> anyhow::Result<()> {
    let settled = [PREFACE, SETTINGS].concat();
    let beginnings: [&[u8]; 5] = [
        b"",
        &PREFACE[..12],
        &settled,
        b"GET /v1/items HTTP/1.1\r\nx: ",
        b"POST /v1/session/sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n{",
    ];
    let holding = async {
        let mut held = JoinSet::new();
        for number in 0..FROM_ONE + FROM_OTHERS {
            let from = match number.checked_sub(FROM_ONE) {
                None => Ipv4Addr::LOCALHOST,
                Some(number) => address(number % OTHERS),
            };
            let connecting = connect(from, scene.server.port());
            let Ok(Ok(mut socket)) = tokio::time::timeout(Duration::from_secs(1), connecting).await else {
                continue;
            };
            // The server may have closed it already.
            let _ = socket.write_all(beginnings[number % beginnings.len()]).await;
            held.spawn(until_closed(socket, drip));
        }
        let (all, mut longest) = (held.len(), Duration::ZERO);
        while let Some(closed) = held.join_next().await {
            longest = longest.max(closed?);
        }
        Ok((all, longest))
    };
    let (all, longest) = scene.beside(table, attack, holding).await?;
    table.say(&format!(
        "   {attack}: {all} connections, {FROM_ONE} from one address and the others from {OTHERS}."
    ));
    table.add(Row {
        attack,
        what: "until the server closed the last".to_owned(),
        unit: "s",
        before: None,
        during: longest.as_secs_f64(),
        limit: CLOSED_BY,
    });
    Ok(())
}

async fn connect(from: Ipv4Addr, port: u16) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect((Ipv4Addr::LOCALHOST, port).into()).await
}

/// How long the server left it open; twice the limit at most.
async fn until_closed(mut socket: TcpStream, drip: Option<Duration>) -> Duration {
    let began = Instant::now();
    let pause = drip.unwrap_or(Duration::from_secs(5));
    let mut piece = [0; 512];
    while began.elapsed().as_secs_f64() < 2.0 * CLOSED_BY.most {
        match tokio::time::timeout(pause, socket.read(&mut piece)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(_)) => {}
            Err(_) if drip.is_some() && socket.write_all(b"a").await.is_err() => break,
            Err(_) => {}
        }
    }
    began.elapsed()
}

/// Sign-ins of one byte short of 4 MiB, whose last byte never comes.
pub(super) async fn large(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    let body = bytes::Bytes::from(format!("{{\"login\":\"{}\"", "a".repeat(LARGE - 10)));
    let head = format!(
        "POST /v1/session/sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len() + 1
    );
    let port = scene.server.port();
    let sending = async {
        let mut sending = JoinSet::new();
        for number in 0..SIGN_INS {
            let (body, head) = (body.clone(), head.clone());
            sending.spawn(async move {
                let Ok(mut socket) = connect(address(number % OTHERS), port).await else {
                    return;
                };
                let _ = socket.write_all(head.as_bytes()).await;
                let _ = socket.write_all(&body).await;
                until_closed(socket, None).await;
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent?;
        }
        Ok(())
    };
    scene.beside(table, "sign-ins of 4 MiB", sending).await
}
