//! The overview: its orders, what it is narrowed to, and that this follows on all one's devices.

use anyhow::Result;
use client::api::ApiRequest;
use client::api::request::{ConversationKind, Only, Order, OverviewAsk};
use client::api::view::{Density, OverviewChoices};
use stories::test_network::TestNetwork;

fn only(only: Only) -> OverviewAsk {
    OverviewAsk {
        only,
        ..OverviewAsk::default()
    }
}

fn by(order: Order) -> OverviewAsk {
    OverviewAsk {
        order,
        ..OverviewAsk::default()
    }
}

// L2
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_overview_is_ordered_and_narrowed_as_one_asks() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim, sanne) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
        world.clinician("Sanne", world.practice).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    annas.start_group(&[&karim], "Óverdracht").await?;
    annas.has_sent_all().await?;
    world.clock.advance(1_000);
    let plans = annas.start_group(&[&sanne], "Afspraken").await?;
    annas.has_sent_all().await?;
    world.clock.advance(1_000);
    annas.start_group(&[&sanne], "Wondzorg").await?;
    annas.has_sent_all().await?;
    world.clock.advance(1_000);
    karims
        .until("it is there", async |device| {
            Ok(device.overview().await?.total == 1)
        })
        .await?;
    let theirs = karims.overview().await?.rows[0].conversation;
    karims.mentions(theirs, &anna).await?;
    annas
        .until("it is unread", async |device| {
            Ok(device.overview().await?.unread == 1)
        })
        .await?;

    assert_eq!(
        annas.titles(OverviewAsk::default()).await?,
        ["Óverdracht", "Wondzorg", "Afspraken"]
    );
    assert_eq!(
        annas.titles(by(Order::Subject)).await?,
        ["Afspraken", "Óverdracht", "Wondzorg"]
    );
    world.clock.advance(1_000);
    annas.says(plans, "Nog iets").await?;
    annas.has_sent_all().await?;
    annas
        .until("it moved to the top", async |device| {
            Ok(device.titles(by(Order::Latest)).await?[0] == "Afspraken")
        })
        .await?;
    assert_eq!(
        annas.titles(by(Order::UnreadFirst)).await?,
        ["Óverdracht", "Afspraken", "Wondzorg"]
    );
    let slice = OverviewAsk {
        order: Order::UnreadFirst,
        from: 1,
        limit: 1,
        ..OverviewAsk::default()
    };
    let overview: client::api::view::Overview = annas.ask(ApiRequest::Overview { ask: slice }).await?;
    assert_eq!(
        (overview.rows[0].title.as_str(), overview.total),
        ("Afspraken", 3)
    );

    let choices: OverviewChoices = annas.ask(ApiRequest::OverviewChoices {}).await?;
    assert_eq!(choices.organisations.len(), 2);
    let outside = choices.organisations.iter().find(|one| one.name.contains("zorg"));
    let organisation = outside.map(|one| one.organisation);
    let narrowed = Only {
        organisation,
        ..Only::default()
    };
    assert_eq!(annas.titles(only(narrowed)).await?, ["Óverdracht"]);
    let mentioned = Only {
        mentioned: true,
        ..Only::default()
    };
    let mentions = annas.overview_of(only(mentioned)).await?;
    assert_eq!((mentions.total, mentions.rows[0].mentioned), (1, true));
    let direct = Only {
        kind: Some(ConversationKind::Direct),
        ..Only::default()
    };
    assert_eq!(annas.titles(only(direct)).await?, [""; 0]);
    let query = OverviewAsk {
        query: "karim over".into(),
        ..OverviewAsk::default()
    };
    assert_eq!(annas.titles(query).await?, ["Óverdracht"]);
    Ok(())
}

// L2
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn display_options_follow_on_all_ones_devices_and_stay() -> Result<()> {
    let world = TestNetwork::new().await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let pc = world.device(&karim, "pc").await?;
    let laptop = world.device(&karim, "laptop").await?;
    pc.set("overview.order", Order::UnreadFirst).await?;
    pc.set("overview.without_preview", true).await?;
    let chosen = pc.set("overview.density", Density::Compact).await?;
    assert_eq!(chosen.order.value, Order::UnreadFirst);
    laptop
        .until("the display follows", async |device| {
            Ok(device.settings().await? == chosen)
        })
        .await?;
    // Set offline, it goes out when there is a connection again, and the last one stands.
    laptop.go_offline();
    let later = laptop.set("overview.density", Density::Roomy).await?;
    let laptop = laptop.restart().await;
    laptop.go_online();
    pc.until("the display follows", async |device| {
        Ok(device.settings().await? == later)
    })
    .await?;
    let tablet = world.device(&karim, "tablet").await?;
    tablet
        .until("a new device has it", async |device| {
            Ok(device.settings().await? == later)
        })
        .await?;
    Ok(())
}
