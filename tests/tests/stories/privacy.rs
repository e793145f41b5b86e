//! The files on the disk of a device.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use anyhow::{Context as _, Result};
use client::api::view::{AttachmentState, AttachmentView};
use client::api::{ApiRequest, AttachTo};
use client::model::Draft;
use conversation::ConversationId;
use stories::planted::{Planted, STEM, files_below, planted, planted_from};
use stories::test_network::{Device, TestNetwork, png};

/// A word that stands nowhere else.
const WORD: &str = "Zilververbandgeheim";

// F1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_cache_is_no_plain_database_and_holds_no_word_of_a_message_in_plain() -> Result<()> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, WORD).await?;
    karims.sees(consult, &[WORD]).await?;
    annas.has_sent_all().await?;
    let mut files = 0;
    for entry in std::fs::read_dir(karims.folder())? {
        let path = entry?.path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path)?;
        files += 1;
        assert!(!bytes.starts_with(b"SQLite format 3"), "{}", path.display());
        for word in [WORD, "Anna", "Maasdal"] {
            let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for plain in [word.as_bytes(), utf16.as_slice()] {
                let found = bytes.windows(plain.len()).any(|window| window == plain);
                assert!(!found, "{word} stands in {}", path.display());
            }
        }
    }
    assert!(files >= 2, "the cache is there");
    Ok(())
}

/// Of each kind so many: in messages, in a letter, in file names, in drafts; with them ten thousand.
const IN_MESSAGES: usize = 100;
const IN_LETTER: usize = 9_880;
const IN_NAMES: usize = 10;
const IN_DRAFT: usize = 10;

/// The planted words that stand in a text.
fn found(bytes: &[u8]) -> BTreeSet<usize> {
    let text = String::from_utf8_lossy(bytes);
    let after = text.split(STEM).skip(1);
    after.filter_map(|after| after.get(..5)?.parse().ok()).collect()
}

async fn shown(device: &Device, file: &AttachmentView) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    device
        .overleg()
        .attachment(file.id)
        .await?
        .reader
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Anna writes and sends all of it to Karim, whose device has it, too.
async fn plant(annas: &Device, karims: &Device, consult: ConversationId) -> Result<AttachmentView> {
    annas.set("files.take_back_seconds", 0).await?;
    for number in 0..IN_MESSAGES {
        annas.says(consult, &planted(number)).await?;
    }
    let letter = planted_from(IN_MESSAGES, IN_LETTER);
    let name = format!("{}.txt", planted_from(IN_MESSAGES + IN_LETTER, IN_NAMES));
    annas.attaches(consult, &name, letter.as_bytes()).await?;
    let photo = annas.attaches(consult, "wond.png", &png(320, 240)).await?;
    annas.says(consult, "Met bijlagen").await?;
    karims
        .until("all of it is here", async |device| {
            let message = device.message(consult, "Met bijlagen").await;
            let is_here = |file: &AttachmentView| file.state == AttachmentState::Here;
            Ok(message.is_ok_and(|message| message.attachments.iter().all(is_here)))
        })
        .await?;
    // A draft, and a file that was gathered and put back.
    let text = planted_from(IN_MESSAGES + IN_LETTER + IN_NAMES, IN_DRAFT);
    let draft = Draft {
        text: text.as_str().into(),
        ..Draft::default()
    };
    let conversation = consult;
    karims
        .ask::<()>(ApiRequest::SaveDraft { conversation, draft })
        .await?;
    let dropped = karims.attaches(consult, &name, letter.as_bytes()).await?;
    let (to, id) = (AttachTo::Conversation { conversation }, dropped.id);
    karims.ask::<()>(ApiRequest::Detach { to, id }).await?;
    Ok(photo)
}

// F1, BL1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn none_of_ten_thousand_words_and_no_pixel_of_a_photo_is_readable_on_the_disk() -> Result<()> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Dag Karim").await?;
    karims.sees(consult, &["Dag Karim"]).await?;
    let photo = plant(&annas, &karims, consult).await?;

    // All that the program shows, as a program that encrypts nothing would keep it: the same look finds every word there.
    let messages = karims.messages(consult).await?;
    let draft = karims.conversation(consult).await?.draft;
    let control = format!(
        "{}{}",
        serde_json::to_string(&messages)?,
        serde_json::to_string(&draft)?
    );
    let mut control = control.into_bytes();
    let message = karims.message(consult, "Met bijlagen").await?;
    let mut pixels = Vec::new();
    for file in &message.attachments {
        control.extend(shown(&karims, file).await?);
        if let Some(preview) = file.preview {
            let preview = AttachmentView {
                id: preview,
                ..file.clone()
            };
            for picture in [&preview, file] {
                let bytes = shown(&karims, picture).await?;
                let middle = bytes.len() / 2;
                pixels.push(bytes[middle..middle + 24].to_vec());
            }
        }
    }
    assert_eq!(found(&control), (0..10_000).collect());
    assert_eq!(pixels.len(), 2);

    let plants = Planted::words().and(pixels);
    let look = |device: &Device| {
        let look = plants.look(device.folder()).unwrap();
        assert!(
            look.found.is_empty(),
            "a planted word or pixel stands in {:?}",
            look.found
        );
        for path in files_below(device.folder()) {
            assert!(!path.to_string_lossy().contains("wond"), "{}", path.display());
        }
        look.files
    };
    assert!(plants.is_in(&control));
    assert!(look(&annas) >= 5 && look(&karims) >= 5);
    // Killed, and started again.
    let karims = karims.restart().await;
    look(&karims);
    let opened = karims
        .overleg()
        .open_attachment(message.attachments[0].id)
        .await?;
    assert_eq!(found(&fs::read(&opened)?).len(), IN_LETTER);
    let _signed_out: serde_json::Value = karims.ask(ApiRequest::SignOut {}).await?;
    assert!(
        !opened.exists(),
        "a copy that another program shows outlives the session"
    );
    look(&karims);
    let engine = karims
        .overleg()
        .open_engine()
        .await
        .context("the cache is open")?;
    engine.sweep_files().await?;
    assert!(files_below(&karims.folder().join("files")).is_empty());
    assert!(karims.overleg().attachment(photo.id).await.is_err());
    Ok(())
}
