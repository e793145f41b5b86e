//! With an account: whatever makes the server keep, read or send without end.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use conversation::{ConversationId, MembershipId, Seq, SeqRange};
use protocol::LARGEST_REQUEST;
use protocol::commands::CommandsRequest;
use protocol::sync::{Hole, SyncRequest};
use reqwest::Body;
use tokio::task::JoinSet;

use super::scene::{Account, HONEST, Scene, Statuses, flood, new_device, once, sign_in_request, status};
use super::table::{Limit, Row, Table};
use crate::bench::seeded_server::PASSWORD;
use crate::bench::senders::message;

const LASTING: Duration = Duration::from_secs(6);
/// Requests of one attacker at once: as many as streams of a session.
const AT_ONCE: usize = 4;
/// Each attack has an account of its own, since a quota is of one account.
const FIELDS: usize = HONEST;
const SESSIONS: usize = HONEST + 1;
const BATCHES: usize = HONEST + 2;
const BODIES: usize = HONEST + 3;
const FOLLOWING: usize = HONEST + 4;
const LONG: usize = HONEST + 5;
/// The colleague who was away, while long messages came.
const AWAY: usize = HONEST + 6;
const HOLES: usize = HONEST + 7;
pub(super) const PEOPLE: usize = 8;

/// The same bodies in turn, as fast as they are answered.
async fn pour(
    scene: &Scene,
    table: &mut Table,
    attack: &'static str,
    account: Account,
    bodies: Vec<Bytes>,
) -> anyhow::Result<()> {
    let pouring = flood(AT_ONCE, LASTING, move |number| {
        status(account.post().body(bodies[number % bodies.len()].clone()))
    });
    let statuses = scene.beside(table, attack, pouring).await?;
    table.say(&format!("   {attack}: {statuses}."));
    Ok(())
}

/// Personal fields of other names at each request, as many and as large as a request takes.
pub(super) async fn fields(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    let value = "x".repeat(4_000);
    let bodies = (0..4).map(|turn| {
        let fields = (0..1_000)
            .map(|number| serde_json::json!({ "field": format!("setting/{turn}x{number}"), "value": value }));
        let body = serde_json::json!({ "personal": fields.collect::<Vec<_>>() });
        Bytes::from(body.to_string())
    });
    let account = scene.account(FIELDS, "/v1/commands");
    pour(
        scene,
        table,
        "personal fields without end",
        account,
        bodies.collect(),
    )
    .await
}

/// Sessions on ever other devices, by the right password.
pub(super) async fn sessions(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "sessions without end";
    let (client, url) = (scene.client.clone(), scene.server.url("/v1/session/sign-in"));
    let signing_in = flood(AT_ONCE, LASTING, move |_| {
        let request = client
            .post(&url)
            .json(&sign_in_request(SESSIONS, PASSWORD, new_device()));
        status(request)
    });
    let statuses = scene.beside(table, ATTACK, signing_in).await?;
    table.say(&format!("   {ATTACK}: {statuses}."));
    let once = statuses.of(200) as f64;
    table.add(Row {
        attack: ATTACK,
        what: "sessions that began".to_owned(),
        unit: "",
        before: None,
        during: once,
        limit: Limit {
            most: 62.0,
            source: "sync-server/src/session/mod.rs: 60, then one a minute",
        },
    });
    Ok(())
}

/// Batches of the largest size: of commands that are taken, of commands that are not, of JSON that goes deep, and of one that
/// has no command in it.
pub(super) async fn batches(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    let deep = format!(r#"{{"commands":[{}"#, "[".repeat(LARGEST_REQUEST - 20));
    let few = vec![format!("\"{}\"", "a".repeat(20_000)); 190].join(",");
    let nested = vec![format!("{}1{}", "[".repeat(100), "]".repeat(100)); 190].join(",");
    let many = "1,".repeat(2 * 1024 * 1024 - 20);
    let bodies = vec![
        Bytes::from(serde_json::to_vec(&long_messages(scene, BATCHES, 48)?)?),
        Bytes::from(deep),
        Bytes::from(format!(r#"{{"commands":[{few}]}}"#)),
        Bytes::from(format!(r#"{{"commands":[{nested}]}}"#)),
        Bytes::from(format!(r#"{{"commands":[{many}1]}}"#)),
        Bytes::from(format!("{}{{}}", " ".repeat(LARGEST_REQUEST - 2))),
    ];
    let account = scene.account(BATCHES, "/v1/commands");
    pour(scene, table, "batches of 4 MiB, deep JSON", account, bodies).await
}

/// Bodies of commands whose last byte does not come, more than an account may have at once.
pub(super) async fn bodies(scene: &Scene, table: &mut Table, attack: &'static str) -> anyhow::Result<()> {
    const SENDERS: usize = 120;
    let account = scene.account(BODIES, "/v1/commands");
    let sending = async {
        let mut sending = JoinSet::new();
        for _ in 0..SENDERS {
            let first = Bytes::from(vec![b' '; LARGEST_REQUEST - 1]);
            let body = futures_util::stream::unfold(Some(first), |first| async {
                match first {
                    Some(first) => Some((Ok::<_, std::io::Error>(first), None)),
                    None => std::future::pending().await,
                }
            });
            let request = account.post().header("content-length", LARGEST_REQUEST);
            sending.spawn(status(request.body(Body::wrap_stream(body))));
        }
        let mut statuses = Statuses::default();
        let until = tokio::time::Instant::now() + LASTING;
        while let Ok(Some(status)) = tokio::time::timeout_at(until, sending.join_next()).await {
            statuses.add(status?);
        }
        Ok(statuses)
    };
    let statuses = scene.beside(table, attack, sending).await?;
    table.say(&format!("   {attack}: of {SENDERS}, {statuses}."));
    Ok(())
}

/// The same conversation followed a hundred thousand times, and as often as a request takes.
pub(super) async fn following(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    let id = format!("\"{}\"", scene.conversation);
    let bodies = [3_900_000, protocol::LARGEST_SYNC - 100].map(|bytes| {
        let many = vec![id.as_str(); bytes / (id.len() + 1)].join(",");
        Bytes::from(format!(r#"{{"protocol":1,"mode":"once","following":[{many}]}}"#))
    });
    let account = scene.account(FOLLOWING, "/v1/sync");
    pour(
        scene,
        table,
        "the same followed 100,000 times",
        account,
        bodies.into(),
    )
    .await
}

/// Long messages while a colleague is away, the colleague's coming back, and the same holes asked a thousand times.
pub(super) async fn long(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "13 MB of emoji, and back";
    let (_, _, token) = catch_up(scene, AWAY, once(None)).await?;
    let saying = async {
        for _ in 0..13 {
            let request = long_messages(scene, LONG, 12)?;
            let sent = scene.account(LONG, "/v1/commands").post().json(&request);
            sent.send().await?.error_for_status()?;
        }
        catch_up(scene, AWAY, once(Some(token))).await
    };
    let (longest, _, _) = scene.beside(table, ATTACK, saying).await?;
    table.add(Row {
        attack: ATTACK,
        what: "the longest line".to_owned(),
        unit: "MB",
        before: None,
        during: longest as f64 / 1e6,
        // The longest that a device accepts.
        limit: Limit {
            most: 16.0,
            source: "crates/client: the longest line",
        },
    });
    let attack = "the same holes 1,000 times";
    let hole = Hole {
        conversation: scene.conversation,
        range: SeqRange {
            from: Seq(1),
            to: Seq(1_000_000),
        },
    };
    let (_, all, _) = catch_up(scene, HOLES, once(None)).await?;
    let asking = async {
        let mut request = once(None);
        request.holes = vec![hole; protocol::MOST_HOLES];
        let mut largest = 0;
        let began = Instant::now();
        let mut times = 0;
        while began.elapsed() < LASTING {
            let (_, bytes, _) = catch_up(scene, HOLES, request.clone()).await?;
            largest = largest.max(bytes);
            times += 1;
        }
        Ok((largest, times))
    };
    let (largest, times) = scene.beside(table, attack, asking).await?;
    table.say(&format!(
        "   {attack}: {times} times, {:.0} MB each; without holes {:.0} MB.",
        largest as f64 / 1e6,
        all as f64 / 1e6
    ));
    table.add(Row {
        attack,
        what: "an answer beside one without holes".to_owned(),
        unit: "times",
        before: Some(1.0),
        during: largest as f64 / all as f64,
        limit: Limit {
            most: 2.5,
            source: "issue 13, B: asked twice is answered once",
        },
    });
    Ok(())
}

/// So many messages of 20,000 emoji, by this guest.
fn long_messages(scene: &Scene, who: usize, messages: usize) -> anyhow::Result<CommandsRequest> {
    let mut request = CommandsRequest::default();
    for _ in 0..messages {
        let one = long_message(scene.guests[who].membership, scene.conversation)?;
        request.commands.extend(one.commands);
    }
    Ok(request)
}

/// A message of 20,000 emoji: 80 kB.
pub(super) fn long_message(
    acting: MembershipId,
    conversation: ConversationId,
) -> anyhow::Result<CommandsRequest> {
    message(acting, conversation, &"\u{1F600}".repeat(20_000))
}

/// The longest line, all bytes, and the token at the end.
async fn catch_up(scene: &Scene, who: usize, request: SyncRequest) -> anyhow::Result<(usize, usize, String)> {
    let request = scene.account(who, "/v1/sync").post().json(&request);
    let body = request.send().await?.error_for_status()?.bytes().await?;
    let mut lines = body.split(|byte| *byte == b'\n');
    let longest = lines.clone().map(<[u8]>::len).max().unwrap_or_default();
    let token = lines
        .rfind(|line| line.starts_with(br#"{"f":"resume""#))
        .context("no resume token came")?;
    let token: serde_json::Value = serde_json::from_slice(token)?;
    let token = token["token"].as_str().context("a resume token is no text")?;
    Ok((longest, body.len(), token.to_owned()))
}
