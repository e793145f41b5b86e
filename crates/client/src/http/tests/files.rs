//! Uploads and downloads as they go out, and their answers as they are taken.

use bytes::Bytes;
use conversation::{AttachmentId, ConversationId};
use protocol::error::ErrorCode;
use uuid::Uuid;

use super::*;
use crate::ports::NewUpload;

const ID: AttachmentId = AttachmentId(Uuid::from_u128(7));

fn wound() -> NewUpload {
    NewUpload {
        id: ID,
        conversation: ConversationId(Uuid::from_u128(9)),
        size: 6,
        name: "wond É.jpg".to_owned(),
    }
}

/// As the server answers: with its name, and without a body.
fn bare(status: u16, headers: &str) -> Vec<u8> {
    let name = protocol::SERVER_HEADER;
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: 0\r\n{name}: s\r\n{headers}\r\n")
        .into_bytes()
}

fn part(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let (length, name) = (body.len(), protocol::SERVER_HEADER);
    format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\ncontent-type: image/jpeg\r\n{name}: s\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

fn only(asked: &Asked) -> String {
    let asked = asked.lock().expect("unpoisoned");
    assert_eq!(asked.len(), 1);
    asked[0].to_ascii_lowercase()
}

// F2
#[tokio::test]
async fn an_upload_begins_with_its_length_its_conversation_and_its_name() {
    let (transport, asked) = canned(bare(201, "upload-offset: 4\r\n")).await;
    assert_eq!(transport.begin_upload(&access(), &wound()).await, Ok(4));
    let asked = asked.lock().expect("unpoisoned")[0].clone();
    let (head, _) = asked.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("POST /v1/attachments HTTP"), "{head}");
    for header in [
        "tus-resumable: 1.0.0",
        "upload-length: 6",
        "upload-metadata: id MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDA3,conversation \
         MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDA5,filename d29uZCDDiS5qcGc=",
        "authorization: Bearer anna-access",
    ] {
        assert!(head.lines().any(|line| line == header), "{header}\n{head}");
    }
    assert!(!format!("{:?}", wound()).contains("wond"), "no name in a log");
}

// F2
#[tokio::test]
async fn a_part_goes_out_with_its_place_and_its_digest() {
    let (transport, asked) = canned(bare(204, "upload-offset: 6\r\n")).await;
    let access = access();
    let sent = transport.upload(&access, ID, 4, Bytes::from_static(b"ab"));
    assert_eq!(sent.await, Ok(6));
    let asked = asked.lock().expect("unpoisoned")[0].clone();
    let (head, body) = asked.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with(&format!("PATCH /v1/attachments/{ID} HTTP")));
    assert_eq!(body, "ab");
    for header in [
        "content-type: application/offset+octet-stream",
        "upload-offset: 4",
        "upload-checksum: sha256 +44g/C5MPySMYMOb1lLzwTRymLuXe4tNWQO4UFViBgM=",
    ] {
        assert!(head.lines().any(|line| line == header), "{header}\n{head}");
    }
}

// F2
#[tokio::test]
async fn an_upload_that_was_refused_as_its_answer_got_lost_is_said_to_be_so_by_its_status() {
    let (transport, _) = canned(bare(422, "")).await;
    let refused = Failure::Server {
        code: ErrorCode::AttachmentRefused,
        retry_after: None,
    };
    assert_eq!(transport.upload_offset(&access(), ID).await, Err(refused));
}

// F2
#[tokio::test]
async fn an_upload_that_the_server_does_not_have_is_not_found_though_its_answer_has_no_body() {
    let (transport, asked) = canned(bare(404, "")).await;
    let missing = Failure::Server {
        code: ErrorCode::NotFound,
        retry_after: None,
    };
    assert_eq!(transport.upload_offset(&access(), ID).await, Err(missing));
    assert!(only(&asked).starts_with("head "));
    let (transport, _) = canned(bare(200, "upload-offset: 12\r\nupload-length: 40\r\n")).await;
    assert_eq!(transport.upload_offset(&access(), ID).await, Ok(12));
    let (transport, _) = canned(bare(200, "")).await;
    assert_eq!(
        transport.upload_offset(&access(), ID).await,
        Err(Failure::Malformed)
    );
}

// F2
#[tokio::test]
async fn a_page_of_a_portal_is_no_answer_about_a_file() {
    let page = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let (transport, _) = canned(page).await;
    for answer in [
        transport.upload_offset(&access(), ID).await.err(),
        transport.begin_upload(&access(), &wound()).await.err(),
        transport.download(&access(), ID, 0, 9).await.err(),
    ] {
        assert!(matches!(answer, Some(Failure::Between { .. })), "{answer:?}");
    }
}

// F2
#[tokio::test]
async fn a_range_is_taken_from_the_place_that_was_asked_for_and_no_further() {
    let (transport, asked) = canned(part(206, "content-range: bytes 2-4/9\r\n", "cde")).await;
    let fetched = transport.download(&access(), ID, 2, 3).await;
    assert_eq!(fetched, Ok(Bytes::from_static(b"cde")));
    assert!(only(&asked).contains("range: bytes=2-4\r\n"));
    let other_place = canned(part(206, "content-range: bytes 3-5/9\r\n", "def")).await.0;
    let fetched = other_place.download(&access(), ID, 2, 3).await;
    assert_eq!(fetched, Err(Failure::Malformed));
    let whole = canned(part(200, "", "abcdefghi")).await.0;
    assert_eq!(whole.download(&access(), ID, 2, 3).await, Err(Failure::Malformed));
    assert_eq!(whole.download(&access(), ID, 0, 3).await, Err(Failure::TooLarge));
    assert_eq!(
        whole.download(&access(), ID, 0, 9).await,
        Ok(Bytes::from_static(b"abcdefghi"))
    );
}

// F2
#[tokio::test]
async fn a_file_that_is_not_checked_yet_is_asked_for_later() {
    let body = r#"{"error":"attachment_not_checked","retry_after":20}"#;
    let (transport, _) = canned(answer(423, "", body)).await;
    let later = Failure::Server {
        code: ErrorCode::AttachmentNotChecked,
        retry_after: Some(20),
    };
    assert_eq!(transport.download(&access(), ID, 0, 9).await, Err(later));
}

// F2
#[tokio::test]
async fn an_upload_is_cancelled() {
    let (transport, asked) = canned(bare(204, "")).await;
    assert_eq!(transport.cancel_upload(&access(), ID).await, Ok(()));
    assert!(only(&asked).starts_with(&format!("delete /v1/attachments/{ID} ")));
}
