//! Files before a real virus scanner: `clamd` of Debian, which knows one signature (F2); and files that nobody names any more.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::uploads::{Ward, code};
use conversation::{Action, AttachmentId, NewMessage, Refusal, Timestamp};
use protocol::commands::Answer;
use protocol::error::ErrorCode;
use sync_server::clamd::{Clamd, eicar};
use sync_server::server::admin::{FilesRequest, FilesResponse};

async fn ward(scanner: Option<&Clamd>) -> Ward {
    Ward::open_with(|config| {
        config.attachments.scanner = scanner.map(|clamd| clamd.socket());
    })
    .await
}

impl Ward {
    async fn fetch(&self, id: AttachmentId) -> reqwest::Response {
        self.clinic.fetch(&self.bram, id, None).await
    }

    fn has(&self, id: AttachmentId) -> bool {
        let hex = id.0.simple().to_string();
        let folder = self.clinic.data().join("attachments").join(&hex[30..]);
        folder.join(&hex).exists()
    }

    async fn files(&self, request: FilesRequest) -> FilesResponse {
        self.clinic.running().admin().attachments(request).await.unwrap()
    }
}

// F2
#[tokio::test]
async fn a_file_that_the_scanner_finds_something_in_is_refused_at_its_last_byte() {
    let mut clamd = Clamd::new("1M").unwrap();
    clamd.start().unwrap();
    let ward = ward(Some(&clamd)).await;
    let (clinic, anna) = (&ward.clinic, &ward.anna);
    let letter = clinic
        .upload(anna, ward.group, "brief.txt", b"Wond is rustig.")
        .await;
    let clean = letter.id;
    clinic.send_files(anna, ward.group, vec![letter]).await;
    assert_eq!(
        ward.fetch(clean).await.bytes().await.unwrap(),
        b"Wond is rustig."[..]
    );

    let id = AttachmentId(clinic.id());
    clinic.begin_upload(anna, id, ward.group, "brief.txt", 68).await;
    let refused = clinic.bring(anna, id, 0, eicar()).await;
    assert_eq!(code(refused).await, ErrorCode::AttachmentInfected);
    assert!(!ward.has(id));
    let message = NewMessage {
        attachments: vec![conversation::Attachment {
            id,
            ..clinic.upload(anna, ward.group, "brief.txt", &[b'x'; 68]).await
        }],
        ..clinic.message("Kijk eens")
    };
    let command = clinic.command(anna, ward.group, Action::Post { message });
    assert!(matches!(
        clinic.ask(anna, &[command]).await.remove(0),
        Answer::Refused {
            refusal: Refusal::AttachmentNotThere | Refusal::AttachmentRefused,
            ..
        }
    ));
}

// F2
#[tokio::test]
async fn while_the_scanner_is_down_nobody_opens_a_file_and_then_it_is_scanned() {
    let mut clamd = Clamd::new("1M").unwrap();
    let ward = ward(Some(&clamd)).await;
    let (clinic, anna) = (&ward.clinic, &ward.anna);
    let letter = clinic
        .upload(anna, ward.group, "brief.txt", b"Wond is rustig.")
        .await;
    let bad = clinic.upload(anna, ward.group, "bijlage.txt", &eicar()).await;
    let (clean, infected) = (letter.id, bad.id);
    clinic.send_files(anna, ward.group, vec![letter, bad]).await;
    for id in [clean, infected] {
        let unchecked = ward.fetch(id).await;
        assert_eq!(unchecked.status(), 423);
        assert!(unchecked.headers().contains_key("retry-after"));
        assert_eq!(code(unchecked).await, ErrorCode::AttachmentNotChecked);
    }
    clamd.start().unwrap();
    // The job does it every minute; the operator need not wait for it.
    assert_eq!(
        ward.files(FilesRequest::Scan).await,
        FilesResponse::Scanned { files: 2 }
    );
    assert_eq!(
        ward.files(FilesRequest::Scan).await,
        FilesResponse::Scanned { files: 0 }
    );
    assert_eq!(
        code(ward.fetch(infected).await).await,
        ErrorCode::AttachmentInfected
    );
    assert_eq!(
        ward.fetch(clean).await.bytes().await.unwrap(),
        b"Wond is rustig."[..]
    );
    assert!(!ward.has(infected) && ward.has(clean));
}

// F2
#[tokio::test]
async fn a_file_that_is_too_large_for_the_scanner_stays_closed() {
    let mut clamd = Clamd::new("1M").unwrap();
    clamd.start().unwrap();
    let ward = ward(Some(&clamd)).await;
    let large = vec![b'a'; 2 * 1024 * 1024];
    let file = ward
        .clinic
        .upload(&ward.anna, ward.group, "groot.txt", &large)
        .await;
    let id = file.id;
    ward.clinic.send_files(&ward.anna, ward.group, vec![file]).await;
    assert_eq!(code(ward.fetch(id).await).await, ErrorCode::AttachmentNotChecked);
}

// F2, I5
#[tokio::test]
async fn an_upload_that_no_message_names_is_gone_after_a_day_and_the_others_stay() {
    let ward = ward(None).await;
    let (clinic, anna) = (&ward.clinic, &ward.anna);
    let kept = clinic
        .upload(anna, ward.group, "brief.txt", b"Wond is rustig.")
        .await;
    let left = clinic
        .upload(anna, ward.group, "later.txt", b"Nog niet.")
        .await
        .id;
    let id = kept.id;
    clinic.send_files(anna, ward.group, vec![kept]).await;
    let stray = clinic.data().join("attachments/ff");
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("019cad41d5b378139d52e4af7d0ae6ff"), b"zonder sleutel").unwrap();
    let sweep = async |unknown| match ward.files(FilesRequest::Sweep { unknown }).await {
        FilesResponse::Swept(swept) => (swept.uploads, swept.unknown),
        other => panic!("{other:?}"),
    };
    clinic.clock.advance(Timestamp::DAY - Timestamp::HOUR);
    assert_eq!(sweep(false).await, (0, 1));
    clinic.clock.advance(Timestamp::HOUR + 1);
    assert!(ward.has(left));
    // The job may have been there first.
    sweep(false).await;
    assert!(!ward.has(left) && ward.has(id));
    assert_eq!(sweep(true).await, (0, 1));
    assert_eq!(sweep(true).await, (0, 0));
    let bram = clinic.sign_in(&ward.bram).await;
    assert_eq!(clinic.fetch(&bram, id, None).await.status(), 200);
}

// A1, F1
#[tokio::test]
async fn the_check_of_files_finds_those_that_are_gone_or_damaged() {
    let ward = ward(None).await;
    let (clinic, anna) = (&ward.clinic, &ward.anna);
    let mut files = Vec::new();
    for name in ["een.txt", "twee.txt", "drie.txt"] {
        files.push(clinic.upload(anna, ward.group, name, &[b'a'; 200_000]).await);
    }
    let ids: Vec<AttachmentId> = files.iter().map(|file| file.id).collect();
    clinic.send_files(anna, ward.group, files).await;
    let check = async || match ward.files(FilesRequest::Check).await {
        FilesResponse::Checked(checked) => checked,
        other => panic!("{other:?}"),
    };
    let whole = check().await;
    assert_eq!((whole.files, whole.bytes), (3, 600_000));
    assert!(whole.missing.is_empty() && whole.damaged.is_empty());
    let path = |id: AttachmentId| {
        let hex = id.0.simple().to_string();
        clinic.data().join("attachments").join(&hex[30..]).join(&hex)
    };
    std::fs::remove_file(path(ids[0])).unwrap();
    let mut bytes = std::fs::read(path(ids[2])).unwrap();
    bytes[150_000] ^= 1;
    std::fs::write(path(ids[2]), bytes).unwrap();
    let found = check().await;
    assert_eq!((found.missing, found.damaged), (vec![ids[0]], vec![ids[2]]));
}
