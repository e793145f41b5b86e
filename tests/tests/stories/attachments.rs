//! Files of messages between devices and a real server: sent, fetched, opened without a network, taken back, and gone.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use client::api::view::{
    AttachTo, AttachmentKind, AttachmentState, AttachmentView, MessageState, MessageView, SyncStatus,
};
use client::api::{ApiError, ApiRequest, AttachmentFault};
use conversation::{ConversationId, Timestamp};
use stories::test_network::{Device, TestNetwork, png};
use sync_server::clamd::{Clamd, eicar};

const MIB: usize = 1024 * 1024;

/// A letter whose every line differs.
fn letter(bytes: usize) -> Vec<u8> {
    let line = |number: u64| format!("{number:09} De wond is rustig en droog.\n").into_bytes();
    (0..).flat_map(line).take(bytes).collect()
}

/// The message with a text, once all of its files are on the device.
async fn received(device: &Device, conversation: ConversationId, text: &str) -> Result<MessageView> {
    device
        .until("its files are here", async |device| {
            let message = device.message(conversation, text).await;
            let is_here = |file: &AttachmentView| file.state == AttachmentState::Here;
            Ok(message.is_ok_and(|message| {
                !message.attachments.is_empty() && message.attachments.iter().all(is_here)
            }))
        })
        .await?;
    device.message(conversation, text).await
}

async fn bytes_of(device: &Device, file: &AttachmentView) -> Result<Vec<u8>> {
    let mut open = device.overleg().attachment(file.id).await?;
    let mut bytes = Vec::new();
    open.reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn files_in(folder: &Path) -> usize {
    let within = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    within(&folder.join("files"))
        .map(|folder| within(&folder.path()).count())
        .sum()
}

/// The rows are gone; their bytes go with the next sweep, which the device does by itself.
async fn no_file_is_left(device: &Device) -> Result<()> {
    let engine = device
        .overleg()
        .open_engine()
        .await
        .context("the cache is open")?;
    engine.sweep_files().await?;
    anyhow::ensure!(files_in(device.folder()) == 0, "bytes of files are left");
    Ok(())
}

/// Anna of a practice and Karim of home care, each with a device, who talk already.
async fn two(world: &TestNetwork) -> Result<(Device, Device, ConversationId)> {
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Dag Karim").await?;
    karims.sees(consult, &["Dag Karim"]).await?;
    Ok((annas, karims, consult))
}

// M6, F1, F3, F5
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_picture_and_a_letter_arrive_open_without_a_network_and_go_with_their_message() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, consult) = two(&world).await?;
    annas.set("files.take_back_seconds", 0).await?;
    let wound = annas.attaches(consult, "wond links.png", &png(400, 300)).await?;
    assert_eq!((wound.kind, wound.viewable), (AttachmentKind::Picture, true));
    assert!(wound.preview.is_some());
    let note = annas.attaches(consult, "brief.txt", &letter(5 * MIB)).await?;
    let draft = annas.conversation(consult).await?.draft_attachments;
    assert_eq!(
        draft.iter().map(|file| file.id).collect::<Vec<_>>(),
        [wound.id, note.id]
    );
    annas.says(consult, "Kijk je even mee?").await?;
    assert!(annas.conversation(consult).await?.draft_attachments.is_empty());

    let message = received(&karims, consult, "Kijk je even mee?").await?;
    let [picture, text] = message.attachments.as_slice() else {
        anyhow::bail!("{:?}", message.attachments);
    };
    assert_eq!(
        (picture.name.as_str(), text.name.as_str()),
        ("wond links.png", "brief.txt")
    );
    karims.go_offline();
    assert_eq!(bytes_of(&karims, text).await?, letter(5 * MIB));
    let shown = bytes_of(&karims, picture).await?;
    assert!(shown.starts_with(b"\x89PNG"));
    // Its comment, an address, stayed behind.
    assert!(!shown.windows(4).any(|word| word == b"Duin"));
    let preview = picture.preview.context("a picture has a preview")?;
    assert!(karims.overleg().attachment(preview).await.is_ok());
    // Nothing of either is readable in the folder of the device.
    let karims = karims.restart().await;
    assert_eq!(bytes_of(&karims, text).await?.len(), 5 * MIB);
    karims.go_online();

    let sent = annas.message(consult, "Kijk je even mee?").await?;
    annas.deletes(consult, sent.message).await?;
    karims
        .until("the files are gone", async |device| {
            Ok(device.overleg().attachment(text.id).await.is_err())
        })
        .await?;
    no_file_is_left(&karims).await?;
    let missing = karims.overleg().attachment(picture.id).await.err();
    let fault = AttachmentFault::NotAllowed;
    assert_eq!(missing, Some(ApiError::Attachment { fault }));
    Ok(())
}

// F2, F3, M7: Signal-Desktop 2685, where an upload was stuck after a restart
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_large_file_goes_on_after_the_network_and_the_program_broke_off() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, consult) = two(&world).await?;
    annas.set("files.take_back_seconds", 0).await?;
    annas.attaches(consult, "beelden.txt", &letter(9 * MIB)).await?;
    annas.go_offline();
    annas.says(consult, "Met beelden").await?;
    let annas = annas.restart().await;
    // A text written meanwhile does not wait for it.
    annas.says(consult, "Alvast dit").await?;
    annas.go_online();
    annas
        .until("a part is there", async |device| {
            let message = device.message(consult, "Met beelden").await?;
            let file = message.attachments.first().map(|file| file.state);
            Ok(matches!(file, Some(AttachmentState::Uploading { done } | AttachmentState::Paused { done }) if done > 0)
                || message.state == MessageState::Accepted)
        })
        .await?;
    let annas = annas.restart().await;
    annas.has_sent_all().await?;
    let message = received(&karims, consult, "Met beelden").await?;
    assert_eq!(bytes_of(&karims, &message.attachments[0]).await?, letter(9 * MIB));
    karims
        .sees(consult, &["Dag Karim", "Alvast dit", "Met beelden"])
        .await?;
    Ok(())
}

// W3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_with_a_file_to_another_organisation_can_be_taken_back_for_a_moment() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, consult) = two(&world).await?;
    annas.set("files.take_back_seconds", 60).await?;
    let file = annas.attaches(consult, "brief.txt", &letter(1_000)).await?;
    annas.says(consult, "Voor de verkeerde").await?;
    let leaving = annas.message(consult, "Voor de verkeerde").await?;
    let MessageState::Leaving { at } = leaving.state else {
        anyhow::bail!("{:?}", leaving.state);
    };
    assert!(leaving.may_withdraw && at > Timestamp(0));
    let message = leaving.message;
    let conversation = consult;
    annas
        .ask::<()>(ApiRequest::Withdraw {
            conversation,
            message,
        })
        .await?;
    let view = annas.conversation(consult).await?;
    assert_eq!(view.draft_attachments.first().map(|file| file.id), Some(file.id));
    assert_eq!(
        view.draft.map(|draft| draft.text),
        Some("Voor de verkeerde".into())
    );
    annas.set("files.take_back_seconds", 0).await?;
    annas.ask::<()>(ApiRequest::Send { conversation }).await?;
    let message = received(&karims, consult, "Voor de verkeerde").await?;
    assert_eq!(bytes_of(&karims, &message.attachments[0]).await?, letter(1_000));
    Ok(())
}

/// The first file of a message of this text, in a state that `is` it.
async fn file_in_state(
    device: &Device,
    conversation: ConversationId,
    text: &str,
    state: AttachmentState,
) -> Result<AttachmentView> {
    device
        .until("the file is in another state", async |device| {
            let message = device.message(conversation, text).await;
            Ok(message.is_ok_and(|message| message.attachments.iter().any(|file| file.state == state)))
        })
        .await?;
    let message = device.message(conversation, text).await?;
    message.attachments.into_iter().next().context("it has a file")
}

// F2, U2
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_file_in_which_a_scanner_finds_something_later_is_refused_to_all_and_its_sender_sees_it()
-> Result<()> {
    let mut scanner = Clamd::new("10M")?;
    let world = TestNetwork::scanning(scanner.socket()).await?;
    let (annas, karims, consult) = two(&world).await?;
    annas.set("files.take_back_seconds", 0).await?;
    // The scanner is down: the message arrives, and nobody opens its files.
    let (bad, good) = ("De uitslag", "En de brief");
    annas.attaches(consult, "uitslag.txt", &eicar()).await?;
    annas.says(consult, bad).await?;
    annas.attaches(consult, "brief.txt", &letter(1_000)).await?;
    annas.says(consult, good).await?;
    karims.sees(consult, &["Dag Karim", bad, good]).await?;
    for device in [&annas, &karims] {
        for text in [bad, good] {
            file_in_state(device, consult, text, AttachmentState::Unchecked).await?;
        }
    }
    let unchecked = karims.message(consult, bad).await?.attachments.remove(0);
    assert!(karims.overleg().attachment(unchecked.id).await.is_err());

    scanner.start()?;
    world.scan().await?;
    world.clock.advance(Timestamp::MINUTE);
    let (annas, karims) = (annas.restart().await, karims.restart().await);
    let fault = AttachmentFault::Infected;
    let refused = AttachmentState::Unavailable { fault };
    let found = file_in_state(&annas, consult, bad, refused).await?;
    assert!(found.unacknowledged);
    assert_eq!(
        annas.ask::<SyncStatus>(ApiRequest::SyncStatus {}).await?.failed,
        1
    );
    let others = file_in_state(&karims, consult, bad, refused).await?;
    assert!(!others.unacknowledged, "it was not theirs");
    assert_eq!(
        karims.ask::<SyncStatus>(ApiRequest::SyncStatus {}).await?.failed,
        0
    );
    file_in_state(&annas, consult, good, AttachmentState::Here).await?;
    let file = file_in_state(&karims, consult, good, AttachmentState::Here).await?;
    assert_eq!(bytes_of(&karims, &file).await?, letter(1_000));
    for device in [&annas, &karims] {
        let opened = device.overleg().attachment(found.id).await.err();
        assert_eq!(opened, Some(ApiError::Attachment { fault }));
    }

    let (conversation, id) = (consult, found.id);
    annas
        .ask::<()>(ApiRequest::AcknowledgeRefused { conversation, id })
        .await?;
    assert_eq!(
        annas.ask::<SyncStatus>(ApiRequest::SyncStatus {}).await?.failed,
        0
    );
    let annas = annas.restart().await;
    assert!(!file_in_state(&annas, consult, bad, refused).await?.unacknowledged);
    Ok(())
}

// F2, BZ4
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_is_refused_before_anything_of_it_leaves() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, _karims, consult) = two(&world).await?;
    let to = AttachTo::Conversation {
        conversation: consult,
    };
    let program = [b"MZ\x90\x00".as_slice(), &[0; 3_000]].concat();
    let script = b"<html><script>alert(1)</script></html>".as_slice();
    for (name, bytes, fault) in [
        ("wond.exe", program.as_slice(), AttachmentFault::Program),
        ("brief.txt", program.as_slice(), AttachmentFault::Program),
        ("verslag.html", script, AttachmentFault::Script),
        ("leeg.txt", b"", AttachmentFault::Empty),
        (
            "wond.png",
            b"\x89PNG\r\n\x1a\n geen plaatje",
            AttachmentFault::Unreadable,
        ),
    ] {
        let refused = annas.attach(to, name, bytes).await.err();
        assert_eq!(refused, Some(ApiError::Attachment { fault }), "{name}");
    }
    assert!(annas.conversation(consult).await?.draft_attachments.is_empty());
    no_file_is_left(&annas).await
}
