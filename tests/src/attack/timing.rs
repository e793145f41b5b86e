//! How long an answer takes, which may tell whether something is there that one may not see.
//!
//! Each question is asked of what is there and of what is not, in turn, so that whatever else the machine does falls on both.

use std::path::Path;
use std::time::Instant;

use anyhow::ensure;
use conversation::organisation::Permission;
use conversation::{Action, Command, CommandId, ConversationId, ItemId, Shape};
use platform::{Clock as _, SystemClock, SystemRandom, id};
use protocol::commands::CommandsRequest;
use protocol::items::{SourceItem, SourceItemAnswer, SourcePermission};
use protocol::sync::WatchRequest;
use reqwest::RequestBuilder;

use super::scene::{HONEST, Scene, status};
use super::table::{Limit, Row, Table};
use crate::bench::percentile;
use crate::bench::seeded_server::{SeededServer, login};

/// The conversations about one item: reading as many takes far longer than reading none.
const CONVERSATIONS: usize = 100;
const TIMES: usize = 500;
/// The person who starts them, and one who may see nothing of it all.
const OWNER: usize = HONEST;
const STRANGER: usize = HONEST + 1;
/// An item that may not be seen and has a hundred conversations took three times as long as none.
const ALIKE: Limit = Limit {
    most: 1.25,
    source: "ratio of medians, there and not there",
};

pub(super) async fn tell(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("overleg-attack").tempdir()?;
    let mut seeded_server = SeededServer::make(&folder.path().join("server")).await?;
    let guests = seeded_server.invite(HONEST + 2).await?;
    let hidden = seeded_server.start(&guests[..STRANGER]).await?;
    let key = seeded_server.source().await?.0;
    seeded_server.close().await;
    let scene = Scene::serve(program, folder, guests, hidden, &[]).await?;
    let item = talked_about(&scene, &key).await?;

    let stranger = scene.tokens[STRANGER].clone();
    let get = |path: String| scene.client.get(scene.server.url(&path)).bearer_auth(&stranger);
    let of_item = |item: ItemId| get(format!("/v1/items/{item}"));
    let events = |of: ConversationId| get(format!("/v1/conversations/{of}/events?from=1&to=9"));
    let watch = |of: ConversationId| {
        let conversation = Some(of);
        scene
            .account(STRANGER, "/v1/watch")
            .post()
            .json(&WatchRequest { conversation })
    };
    let nowhere = || ConversationId(id(&SystemRandom, SystemClock.now()));
    alike(
        table,
        "an item with conversations",
        || of_item(item),
        || of_item(ItemId(nowhere().0)),
    )
    .await?;
    alike(
        table,
        "a conversation's events",
        || events(hidden),
        || events(nowhere()),
    )
    .await?;
    alike(
        table,
        "a conversation's readers",
        || watch(hidden),
        || watch(nowhere()),
    )
    .await
}

/// Asks both in turn, and compares how long they took.
async fn alike(
    table: &mut Table,
    what: &str,
    there: impl Fn() -> RequestBuilder,
    not_there: impl Fn() -> RequestBuilder,
) -> anyhow::Result<()> {
    let mut took = [Vec::with_capacity(TIMES), Vec::with_capacity(TIMES)];
    for _ in 0..TIMES {
        for (took, request) in took.iter_mut().zip([there(), not_there()]) {
            let began = Instant::now();
            ensure!(status(request).await == 404, "{what} was answered to a stranger");
            took.push(began.elapsed());
        }
    }
    let [there, not_there] = took.map(|mut took| percentile(&mut took, 0.5));
    table.add(Row {
        attack: "the time that a 404 takes",
        what: format!("{what} ({there:.2} ms there)"),
        unit: "times",
        before: None,
        during: (there / not_there).max(not_there / there),
        limit: ALIKE,
    });
    Ok(())
}

/// An item, and its conversations.
async fn talked_about(scene: &Scene, key: &str) -> anyhow::Result<ItemId> {
    let registered = SourceItem {
        title: "Val in de badkamer".to_owned(),
        item_type: "melding".to_owned(),
        unit: None,
        link: None,
        client: None,
        closed: false,
    };
    let put = scene
        .client
        .put(scene.server.url("/v1/source/items/1"))
        .bearer_auth(key);
    let item: SourceItemAnswer = put
        .json(&registered)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let permission = SourcePermission {
        login: login(OWNER),
        item_type: "melding".to_owned(),
        permission: Permission::Handle,
        unit: None,
    };
    let put = scene
        .client
        .put(scene.server.url("/v1/source/permissions"))
        .bearer_auth(key);
    put.json(&permission).send().await?.error_for_status()?;
    let mut request = CommandsRequest::default();
    for _ in 0..CONVERSATIONS {
        let now = SystemClock.now();
        request.push(&Command {
            id: CommandId(id(&SystemRandom, now)),
            acting: scene.guests[OWNER].membership,
            conversation: ConversationId(id(&SystemRandom, now)),
            action: Action::Start {
                teams: Vec::new(),
                shape: Shape::Item { item: item.item },
                with: vec![scene.guests[0].membership],
                subject: Some("Wie komt er langs?".to_owned()),
                message: None,
            },
        })?;
    }
    let posted = scene.account(OWNER, "/v1/commands").post().json(&request);
    let answer = posted.send().await?.error_for_status()?.text().await?;
    ensure!(
        answer.matches("accepted").count() == CONVERSATIONS,
        "they were not started"
    );
    Ok(item.item)
}
