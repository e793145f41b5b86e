//! Restarts: all devices come back at once (BP7), and restarts one after the other while people write.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use conversation::{ConversationId, MembershipId, Seq};
use protocol::commands::{Answer, CommandsAnswer};
use protocol::sync::{HistoryAnswer, Mode, SyncRequest};
use protocol::wire::{WireContent, WireItem};
use reqwest::Client;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::scene::{HONEST, Limits, Scene, client_of, once};
use super::table::{Limit, Row, Table};
use crate::bench::seeded_server::{SeededServer, sign_in, sign_in_cheaply};
use crate::bench::senders::message;
use crate::program::{Program, free_port, stop};

/// People, each with as many devices as one may have sessions.
const PEOPLE: usize = 250;
const DEVICES: usize = 20;
/// The participants of one conversation.
const MEMBERS: usize = 10;
/// Between two attempts of one device.
const PAUSE: Duration = Duration::from_millis(250);
const CURRENT: Limit = Limit {
    most: 30.0,
    source: "BP7: all are current in 30 s",
};

const RESTARTS: usize = 50;
const WRITERS: usize = 8;
/// Of each writer, between two restarts.
const SAID: usize = 3;
const LOST: Limit = Limit {
    most: 0.0,
    source: "BP7: nothing acknowledged is lost",
};
const STARTED: Limit = Limit {
    most: 10.0,
    source: "five times BS3's 2 s",
};

/// The server is killed with everybody connected.
pub(super) async fn storm(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "a storm after a restart";
    let folder = tempfile::Builder::new().prefix("overleg-attack").tempdir()?;
    let data = folder.path().join("server");
    let mut seeded_server = SeededServer::make(&data).await?;
    let mut guests = seeded_server.invite(HONEST + PEOPLE).await?;
    let people = guests.split_off(HONEST);
    let conversation = seeded_server.start(&guests).await?;
    for members in people.chunks(MEMBERS) {
        seeded_server.start(members).await?;
    }
    seeded_server.close().await;
    let devices = sign_in_cheaply(&data, &people, DEVICES).await?;
    let mut scene = Scene::serve(program, folder, guests, conversation, &[]).await?;
    let tokens: Vec<String> = devices.into_iter().map(|device| device.access).collect();

    let first = connect(
        &scene.client,
        &scene.server,
        tokens.into_iter().map(|token| (token, None)),
    )
    .await?;
    let resumed = first
        .into_iter()
        .map(|(token, resume, ..)| (token, resume))
        .collect::<Vec<_>>();
    scene.restart(program).await?;
    let all = resumed.len();
    // A connection belongs to the server that is gone.
    let client = client_of(None)?;
    let storm = async {
        let began = Instant::now();
        let back = connect(&client, &scene.server, resumed.into_iter()).await?;
        let longest = back.iter().map(|(_, _, at, _)| at.duration_since(began)).max();
        Ok((back.len(), longest.unwrap_or_default()))
    };
    // A device that connects during the storm is one of those that come back.
    let limits = Limits {
        connecting: Limit {
            most: 1_000.0 * CURRENT.most,
            ..CURRENT
        },
        ..Limits::default()
    };
    let (back, longest) = scene.beside_within(table, ATTACK, limits, storm).await?;
    table.say(&format!(
        "   {ATTACK}: {all} devices of {PEOPLE} people, {back} came back."
    ));
    table.add(Row {
        attack: ATTACK,
        what: format!("until all of {all} were current"),
        unit: "s",
        before: None,
        during: longest.as_secs_f64(),
        limit: CURRENT,
    });
    Ok(())
}

/// The token of a device, where it is to resume, when it was current, and its stream.
type Connected = (String, Option<String>, Instant, reqwest::Response);

/// All at once; each tries again until it is current.
async fn connect(
    client: &Client,
    server: &Program,
    devices: impl Iterator<Item = (String, Option<String>)>,
) -> anyhow::Result<Vec<Connected>> {
    let mut connecting = JoinSet::new();
    for (token, resume) in devices {
        let (client, url) = (client.clone(), server.url("/v1/sync"));
        connecting.spawn(async move {
            let mut pace = tokio::time::interval(PAUSE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let until = Instant::now() + Duration::from_secs_f64(3.0 * CURRENT.most);
            loop {
                pace.tick().await;
                match current(&client, &url, &token, resume.clone()).await {
                    Ok((resume, stream)) => return Ok((token, Some(resume), Instant::now(), stream)),
                    Err(error) if Instant::now() > until => return Err(error),
                    Err(_) => {}
                }
            }
        });
    }
    let mut connected = Vec::with_capacity(connecting.len());
    while let Some(one) = connecting.join_next().await {
        connected.push(one??);
    }
    Ok(connected)
}

/// A stream that is current, and where to resume after it.
async fn current(
    client: &Client,
    url: &str,
    token: &str,
    resume: Option<String>,
) -> anyhow::Result<(String, reqwest::Response)> {
    let request = SyncRequest {
        mode: Mode::Stream,
        ..once(resume)
    };
    let request = client.post(url).bearer_auth(token).json(&request);
    let mut stream = request.send().await?.error_for_status()?;
    let mut read = Vec::new();
    loop {
        read.extend(stream.chunk().await?.context("the stream ended early")?);
        let text = String::from_utf8_lossy(&read);
        if text.contains(r#""f":"current""#) {
            let line = text.lines().rfind(|line| line.starts_with(r#"{"f":"resume""#));
            let line: serde_json::Value = serde_json::from_str(line.context("no resume token came")?)?;
            let token = line["token"].as_str().context("a resume token is no text")?;
            return Ok((token.to_owned(), stream));
        }
    }
}

/// Restarts by SIGTERM, one after the other, while several write.
pub(super) async fn rolling(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "50 restarts under load";
    let folder = tempfile::Builder::new().prefix("overleg-attack").tempdir()?;
    let data = folder.path().join("server");
    let mut seeded_server = SeededServer::make(&data).await?;
    let guests = seeded_server.invite(WRITERS).await?;
    let conversation = seeded_server.start(&guests).await?;
    seeded_server.close().await;
    let ports = [free_port()?, free_port()?];
    let mut server = Program::server_of(program, &data, ports, &[]).await?;
    let client = client_of(None)?;
    let tokens = sign_in(&client, &server, &guests).await?;

    let over = Arc::new(AtomicBool::new(false));
    let (notice, mut said) = tokio::sync::mpsc::unbounded_channel();
    let mut writing = JoinSet::new();
    for (number, (guest, token)) in guests.iter().zip(&tokens).enumerate() {
        let writer = Writer {
            client: client.clone(),
            url: server.url("/v1/commands"),
            token: token.clone(),
            membership: guest.membership,
            conversation,
            number,
        };
        writing.spawn(writer.write(Arc::clone(&over), notice.clone()));
    }
    drop(notice);
    let mut longest = Duration::ZERO;
    for _ in 0..RESTARTS {
        for _ in 0..SAID * WRITERS {
            let wait = tokio::time::timeout(Duration::from_secs(60), said.recv()).await;
            wait.context("nobody got an answer")?.context("nobody writes")?;
        }
        let began = Instant::now();
        tokio::task::block_in_place(|| stop(server))?;
        server = Program::server_of(program, &data, ports, &[]).await?;
        longest = longest.max(began.elapsed());
    }
    over.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    while let Some(texts) = writing.join_next().await {
        acknowledged.push(texts??);
    }
    let stored = stored(&client, &server, &tokens[0], conversation).await?;
    let missing: usize = acknowledged.iter().map(|texts| lost(texts, &stored)).sum();
    let all: usize = acknowledged.iter().map(Vec::len).sum();
    table.say(&format!(
        "   {ATTACK}: {WRITERS} writers, {all} messages acknowledged, {} stored.",
        stored.len()
    ));
    for (what, during, unit, limit) in [
        (
            "acknowledged, and lost, doubled or moved",
            missing as f64,
            "",
            LOST,
        ),
        (
            "from SIGTERM until it listened, longest",
            longest.as_secs_f64(),
            "s",
            STARTED,
        ),
    ] {
        table.add(Row {
            attack: ATTACK,
            what: what.to_owned(),
            unit,
            before: None,
            during,
            limit,
        });
    }
    Ok(())
}

struct Writer {
    client: Client,
    url: String,
    token: String,
    membership: MembershipId,
    conversation: ConversationId,
    number: usize,
}

impl Writer {
    /// Says one message after the other, each again until it is acknowledged; their texts, in their order.
    async fn write(
        self,
        over: Arc<AtomicBool>,
        notice: tokio::sync::mpsc::UnboundedSender<()>,
    ) -> anyhow::Result<Vec<String>> {
        let mut acknowledged = Vec::new();
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !over.load(Ordering::SeqCst) {
            let text = format!("{}.{}", self.number, acknowledged.len());
            let request = message(self.membership, self.conversation, &text)?;
            loop {
                pace.tick().await;
                let sent = self
                    .client
                    .post(&self.url)
                    .bearer_auth(&self.token)
                    .json(&request);
                let Ok(answer) = sent.send().await.and_then(|answer| answer.error_for_status()) else {
                    continue;
                };
                let Ok(answer) = answer.json::<CommandsAnswer>().await else {
                    continue;
                };
                match answer.answers[..] {
                    [Answer::Accepted { .. }] => break,
                    ref other => bail!("a message was answered by {other:?}"),
                }
            }
            acknowledged.push(text);
            // Nobody counts any more at the end.
            let _ = notice.send(());
        }
        Ok(acknowledged)
    }
}

/// Of the texts of one writer, those that are not stored once, after the one before.
fn lost(acknowledged: &[String], stored: &[String]) -> usize {
    let mut places: HashMap<&String, Vec<usize>> = HashMap::new();
    for (place, text) in stored.iter().enumerate() {
        places.entry(text).or_default().push(place);
    }
    let mut last = None;
    let mut lost = 0;
    for text in acknowledged {
        match places.get(text).map(Vec::as_slice) {
            Some([place]) if last < Some(*place) => last = Some(*place),
            _ => lost += 1,
        }
    }
    lost
}

/// All texts of a conversation, in their order.
async fn stored(
    client: &Client,
    server: &Program,
    token: &str,
    conversation: ConversationId,
) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    let mut from = Seq(1);
    loop {
        let to = Seq(from.0 + 499);
        let path = format!(
            "/v1/conversations/{conversation}/events?from={}&to={}",
            from.0, to.0
        );
        let answer = client.get(server.url(&path)).bearer_auth(token).send().await?;
        let history: HistoryAnswer = answer.error_for_status()?.json().await?;
        let before = from;
        for item in &history.items {
            let WireItem::Event(event) = item else {
                bail!("a participant does not see all that was said")
            };
            from = Seq(event.number.0 + 1);
            if matches!(event.content, WireContent::Kept { .. })
                && let Some(text) = event.content()?.and_then(|content| content.text)
            {
                texts.push(text.body);
            }
        }
        if from == before {
            ensure!(!texts.is_empty(), "nothing is stored");
            return Ok(texts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_missing_doubled_or_moved_is_lost() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let acknowledged = texts(&["a", "b", "c"]);
        for (stored, expected) in [
            (texts(&["a", "x", "b", "c"]), 0),
            (texts(&["a", "c"]), 1),
            (texts(&["a", "b", "b", "c"]), 1),
            (texts(&["b", "a", "c"]), 1),
        ] {
            assert_eq!(lost(&acknowledged, &stored), expected, "{stored:?}");
        }
    }
}
