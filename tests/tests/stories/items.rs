//! Items: their window, conversations seen without taking part, links, and who may see what of them.

use anyhow::{Context as _, Result};
use client::api::ApiRequest;
use client::api::view::{Body, ItemView, MessageState, Row};
use conversation::organisation::{ItemCard, Permission};
use conversation::text::What;
use conversation::{ConversationId, ItemId, Refusal, Shape};
use stories::test_network::{Clinician, Device, TestNetwork};

struct Home {
    world: TestNetwork,
    anna: Clinician,
    karim: Clinician,
    fatma: Clinician,
    item: ItemId,
}

/// Home care's report of a fall: Karim may handle it, Fatma nothing yet; Anna is of the practice.
async fn home() -> Result<Home> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let fatma = world.clinician("Fatma", world.home_care).await?;
    let item = world.item("Val bij transfer").await?;
    world.grant(&karim, Permission::Handle).await?;
    Ok(Home {
        world,
        anna,
        karim,
        fatma,
        item,
    })
}

async fn window(device: &Device, item: ItemId) -> Result<ItemView> {
    Ok(device.ask(ApiRequest::Item { item }).await?)
}

/// Starts a conversation in the item's window.
async fn starts(device: &Device, item: ItemId, with: &Clinician, text: &str) -> Result<ConversationId> {
    let view = window(device, item).await?;
    let acting = *view.may_start_as.first().context("one may start here")?;
    device.knows(with).await?;
    let start = ApiRequest::Start {
        acting,
        shape: Shape::Item { item },
        with: vec![with.membership],
        teams: Vec::new(),
        subject: None,
        text: Some(text.into()),
        attachments: false,
        urgent: None,
    };
    Ok(device.ask(start).await?)
}

async fn is_listed(device: &Device, conversation: ConversationId) -> Result<bool> {
    let rows = device.overview().await?.rows;
    Ok(rows.iter().any(|row| row.conversation == conversation))
}

// S3, O7, P3, P7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn with_analyse_one_reads_an_items_conversation_inside_the_item_and_may_join() -> Result<()> {
    let Home {
        world,
        anna,
        karim,
        fatma,
        item,
    } = home().await?;
    let karims = world.device(&karim, "pc").await?;
    let annas = world.device(&anna, "pc").await?;
    let fatmas = world.device(&fatma, "pc").await?;
    let consult = starts(&karims, item, &anna, "Ze gleed uit de stoel").await?;
    annas.sees(consult, &["Ze gleed uit de stoel"]).await?;
    let view = karims.conversation(consult).await?;
    assert_eq!(
        view.title, "Val bij transfer",
        "the subject is the item's title unless given"
    );

    // A person who may see neither the item nor a conversation does not even learn that it exists.
    let unseen = window(&fatmas, item).await?;
    assert!(unseen.card.is_none() && unseen.conversations.is_empty() && unseen.may_start_as.is_empty());
    let nowhere = window(&fatmas, ItemId(uuid::Uuid::from_u128(7))).await?;
    assert_eq!((nowhere.card.is_none(), nowhere.conversations.len()), (true, 0));

    world.grant(&fatma, Permission::Analyse).await?;
    fatmas.is_current_as_of_now().await?;
    let seen = window(&fatmas, item).await?;
    let [listed] = &seen.conversations[..] else {
        anyhow::bail!("{} conversations", seen.conversations.len());
    };
    assert!(!listed.takes_part && listed.participants.len() == 2);
    assert_eq!(seen.card.context("she sees it")?.title, "Val bij transfer");
    fatmas
        .ask::<()>(ApiRequest::Follow {
            conversation: consult,
        })
        .await?;
    fatmas.sees(consult, &["Ze gleed uit de stoel"]).await?;
    let view = fatmas.conversation(consult).await?;
    assert!(view.via_item && view.may.join && !view.may.write);
    assert!(!is_listed(&fatmas, consult).await?, "seen inside the item alone");

    // Live, while it is open; and gone from the device when it is closed.
    karims.says(consult, "De huisarts komt").await?;
    fatmas
        .sees(consult, &["Ze gleed uit de stoel", "De huisarts komt"])
        .await?;
    fatmas
        .ask::<()>(ApiRequest::Unfollow {
            conversation: consult,
        })
        .await?;
    assert!(fatmas.conversation(consult).await.is_err());

    fatmas
        .ask::<()>(ApiRequest::Follow {
            conversation: consult,
        })
        .await?;
    fatmas
        .sees(consult, &["Ze gleed uit de stoel", "De huisarts komt"])
        .await?;
    fatmas
        .ask::<()>(ApiRequest::Join {
            conversation: consult,
        })
        .await?;
    fatmas
        .until("she takes part", async |device| is_listed(device, consult).await)
        .await?;
    fatmas.says(consult, "Ik kijk mee").await?;
    annas
        .sees(
            consult,
            &["Ze gleed uit de stoel", "De huisarts komt", "Ik kijk mee"],
        )
        .await
}

// S3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_conversation_about_an_item_needs_handle_and_exactly_one_colleague() -> Result<()> {
    let Home {
        world,
        anna,
        fatma,
        item,
        ..
    } = home().await?;
    let fatmas = world.device(&fatma, "pc").await?;
    fatmas.knows(&anna).await?;
    let start = |with: Vec<_>| ApiRequest::Start {
        acting: fatma.membership,
        shape: Shape::Item { item },
        with,
        teams: Vec::new(),
        subject: None,
        text: Some("Mag dit?".into()),
        attachments: false,
        urgent: None,
    };
    let refused = async |conversation: ConversationId, refusal: Refusal| {
        fatmas
            .until("it is refused", async |device| {
                let rows = device.rows(conversation).await?;
                let is_refused = |row: &Row| matches!(row, Row::Message(message) if message.state == (MessageState::Refused { refusal }));
                Ok(rows.iter().any(is_refused))
            })
            .await
    };
    let consult: ConversationId = fatmas.ask(start(vec![anna.membership])).await?;
    refused(consult, Refusal::NeedsHandle).await?;
    // The text is kept.
    assert_eq!(fatmas.message(consult, "Mag dit?").await?.number, None);
    world.grant(&fatma, Permission::Handle).await?;
    let consult: ConversationId = fatmas.ask(start(vec![anna.membership, fatma.membership])).await?;
    refused(consult, Refusal::ExactlyOnePartner).await
}

// P7, P6
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn after_leaving_one_finds_inside_the_item_the_conversation_as_far_as_one_took_part() -> Result<()> {
    let Home {
        world,
        anna,
        karim,
        item,
        ..
    } = home().await?;
    let karims = world.device(&karim, "pc").await?;
    let annas = world.device(&anna, "pc").await?;
    let consult = starts(&karims, item, &anna, "Samen").await?;
    annas.sees(consult, &["Samen"]).await?;
    annas.leaves(consult).await?;
    annas.has_sent_all().await?;
    annas
        .until(
            "it is gone",
            async |device| Ok(!is_listed(device, consult).await?),
        )
        .await?;
    karims.says(consult, "Zonder Anna").await?;
    karims.has_sent_all().await?;
    let view = window(&annas, item).await?;
    assert!(view.card.is_none(), "she holds no permission at the item");
    let [listed] = &view.conversations[..] else {
        anyhow::bail!("{} conversations", view.conversations.len());
    };
    assert!(!listed.takes_part && listed.participants.is_empty());
    annas
        .ask::<()>(ApiRequest::Follow {
            conversation: consult,
        })
        .await?;
    annas.sees(consult, &["Samen"]).await?;
    assert!(!annas.conversation(consult).await?.may.join);
    Ok(())
}

// M5
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_link_to_an_item_discloses_only_its_existence_without_the_right_to_see_it() -> Result<()> {
    let Home {
        world,
        anna,
        karim,
        item,
        ..
    } = home().await?;
    let karims = world.device(&karim, "pc").await?;
    let annas = world.device(&anna, "pc").await?;
    let text = format!("Zie overleg://item/{item} voor de melding");
    let consult = karims.start_direct(&anna, &text).await?;
    annas.sees(consult, &[&text]).await?;
    let message = annas.message(consult, &text).await?;
    let Body::Said { spans, .. } = message.body else {
        anyhow::bail!("nothing was said");
    };
    assert!(
        spans
            .iter()
            .any(|span| matches!(span.what, What::Item { item: linked } if linked == item))
    );
    let titles = async |device: &Device| -> Result<Vec<String>> {
        let items = vec![item];
        let cards: Vec<ItemCard> = device.ask(ApiRequest::Items { items }).await?;
        Ok(cards.into_iter().map(|card| card.title).collect())
    };
    assert_eq!(titles(&annas).await?, Vec::<String>::new());
    assert_eq!(titles(&karims).await?, ["Val bij transfer"]);
    // Without a network, what was met is known still.
    karims.go_offline();
    assert_eq!(titles(&karims).await?, ["Val bij transfer"]);
    assert!(window(&karims, item).await?.card.is_some());
    Ok(())
}
