//! A source system that registers what stands already, as fast as it is answered, in an organisation of thousands.

use std::path::Path;
use std::time::Duration;

use protocol::items::SourceItem;

use super::scene::{HONEST, Scene, flood, status};
use super::table::Table;
use crate::bench::seeded_server::SeededServer;

const PEOPLE: usize = 2_000;
const ITEMS: usize = 500;
const AT_ONCE: usize = 4;
const LASTING: Duration = Duration::from_secs(6);

pub(super) async fn put_again(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "a source that puts what stands";
    let folder = tempfile::Builder::new().prefix("overleg-attack").tempdir()?;
    let mut seeded_server = SeededServer::make(&folder.path().join("server")).await?;
    let mut guests = seeded_server.invite(HONEST + PEOPLE).await?;
    guests.truncate(HONEST);
    let conversation = seeded_server.start(&guests).await?;
    let key = seeded_server.source().await?.0;
    seeded_server.close().await;
    let scene = Scene::serve(program, folder, guests, conversation, &[]).await?;

    let (client, url) = (scene.client.clone(), scene.server.url("/v1/source/items"));
    let put = move |number: usize| {
        let item = SourceItem {
            title: format!("Melding {}", number % ITEMS),
            item_type: "melding".to_owned(),
            unit: None,
            link: None,
            client: None,
            closed: false,
        };
        let request = client.put(format!("{url}/{}", number % ITEMS));
        status(request.bearer_auth(&key).json(&item))
    };
    for number in 0..ITEMS {
        anyhow::ensure!(put(number).await == 200, "an item was not registered");
    }
    let statuses = scene.beside(table, ATTACK, flood(AT_ONCE, LASTING, put)).await?;
    table.say(&format!(
        "   {ATTACK}: {ITEMS} items, {PEOPLE} people: {statuses}."
    ));
    Ok(())
}
