//! `/v1/attachments` over real sockets: tus 1.0 on the way in, ranges on the way out, and every way in which both go wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

#[path = "../common/mod.rs"]
mod common;
mod limits;

use attachment_kinds::Family;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use common::uploads::*;
use common::*;
use conversation::{Action, AttachmentId, MessageId, Refusal, Timestamp};
use protocol::commands::Answer;
use protocol::error::ErrorCode;
use sha2::Digest as _;
use sqlx::ConnectOptions as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

// F2, M6
#[tokio::test]
async fn a_file_comes_in_parts_is_named_and_goes_out_as_it_came() {
    let ward = Ward::open().await;
    let bytes = letter(300_000);
    let id = ward.id();
    let begun = ward.begin(id, "brief.txt", 300_000).await;
    assert_eq!((begun.status().as_u16(), offset(&begun)), (201, Some(0)));
    let header = |name: &str| begun.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("location"), format!("/v1/attachments/{id}"));
    assert_eq!(
        (header("tus-resumable"), header("cache-control")),
        ("1.0.0".into(), "no-store".into())
    );
    // Begun at 08:00, it is kept for a day.
    assert_eq!(header("upload-expires"), "Tue, 03 Mar 2026 08:00:00 GMT");
    let mut sent = 0;
    for part in bytes.chunks(70_001) {
        let brought = ward.bring(id, sent, part.to_vec()).await;
        sent += part.len() as u64;
        assert_eq!((brought.status().as_u16(), offset(&brought)), (204, Some(sent)));
        assert_eq!(ward.offset(id).await, Some(sent));
    }
    // Nobody opens it before a message lists it.
    assert_eq!(
        code(ward.clinic.fetch(&ward.anna, id, None).await).await,
        ErrorCode::NotFound
    );
    let file = listed(id, "brief.txt", &bytes);
    assert!(matches!(ward.post(vec![file]).await, Answer::Accepted { .. }));
    assert_eq!(ward.offset(id).await, None);
    let whole = ward.clinic.fetch(&ward.bram, id, None).await;
    let tag = whole.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(tag, format!("\"{}\"", listed(id, "", &bytes).sha256));
    assert_eq!(whole.headers()["cache-control"], "no-store");
    assert_eq!(whole.headers()["content-type"], "application/octet-stream");
    assert_eq!(whole.bytes().await.unwrap(), bytes);
    for (range, from, to) in [
        ("bytes=0-1", 0, 2),
        ("bytes=65535-65536", 65_535, 65_537),
        ("bytes=100000-299999", 100_000, 300_000),
        ("bytes=-3", 299_997, 300_000),
    ] {
        let part = ward.clinic.fetch(&ward.bram, id, Some(range)).await;
        assert_eq!(part.status(), 206, "{range}");
        let said = part.headers()["content-range"].to_str().unwrap().to_owned();
        assert_eq!(said, format!("bytes {from}-{}/300000", to - 1));
        assert_eq!(part.bytes().await.unwrap(), bytes[from..to], "{range}");
    }
    let beyond = ward.clinic.fetch(&ward.bram, id, Some("bytes=300000-")).await;
    assert_eq!(beyond.headers()["content-range"], "bytes */300000");
    assert_eq!(code(beyond).await, ErrorCode::RangeInvalid);
}

// F2
#[tokio::test]
async fn a_part_at_another_place_too_long_or_twice_changes_nothing() {
    let ward = Ward::open().await;
    let bytes = letter(100_000);
    let id = ward.begun("brief.txt", 100_000).await;
    ward.bring(id, 0, bytes[..60_000].to_vec()).await;
    for wrong in [0, 59_999, 60_001, u64::MAX] {
        let refused = ward.bring(id, wrong, bytes[60_000..].to_vec()).await;
        assert_eq!(code(refused).await, ErrorCode::UploadConflict, "{wrong}");
    }
    let longer = ward.bring(id, 60_000, letter(40_001)).await;
    assert_eq!(code(longer).await, ErrorCode::TooLarge);
    // Without a length that says so beforehand.
    let pieces = futures_util::stream::iter((0..41).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1_000])));
    let longer = ward.bring(id, 60_000, reqwest::Body::wrap_stream(pieces)).await;
    assert_eq!(code(longer).await, ErrorCode::TooLarge);
    assert_eq!(ward.offset(id).await, Some(60_000));
    assert_eq!(
        ward.bring(id, 60_000, bytes[60_000..].to_vec()).await.status(),
        204
    );
    // The last part, whose answer got lost.
    let again = ward.bring(id, 60_000, bytes[60_000..].to_vec()).await;
    assert_eq!(code(again).await, ErrorCode::UploadConflict);
    assert_eq!(ward.offset(id).await, Some(100_000));
    ward.post(vec![listed(id, "brief.txt", &bytes)]).await;
    assert_eq!(ward.fetched(id, None).await, bytes);
}

// F2
#[tokio::test]
async fn a_part_with_its_digest_is_kept_whole_or_not_at_all() {
    let ward = Ward::open().await;
    let bytes = letter(400_000);
    let id = ward.begun("brief.txt", 400_000).await;
    let part = async |from: usize, body: &[u8], digest: String| {
        let headers = [
            ("upload-offset", from.to_string()),
            ("content-type", "application/offset+octet-stream".to_owned()),
            ("upload-checksum", digest),
        ];
        let path = format!("/v1/attachments/{id}");
        let request = ward.clinic.tus(&ward.anna, "PATCH", &path, &headers);
        request.body(body.to_vec()).send().await.unwrap()
    };
    let mut damaged = bytes[..300_000].to_vec();
    damaged[123_456] ^= 1;
    let refused = part(0, &damaged, sha256(&bytes[..300_000])).await;
    assert_eq!(refused.status(), 460);
    assert_eq!(code(refused).await, ErrorCode::ChecksumMismatch);
    assert_eq!(ward.offset(id).await, Some(0));
    for wrong in ["", "sha256", "md5 AAAA", "sha256 AAAA", "sha256 %%%", "sha1 AAAA"] {
        let refused = part(0, &bytes[..10], wrong.to_owned()).await;
        assert_eq!(code(refused).await, ErrorCode::BadRequest, "{wrong}");
    }
    let good = part(0, &bytes[..300_000], sha256(&bytes[..300_000])).await;
    assert_eq!((good.status().as_u16(), offset(&good)), (204, Some(300_000)));
    let sha1 = sha1::Sha1::digest(&bytes[300_000..]);
    let good = part(
        300_000,
        &bytes[300_000..],
        format!("sha1 {}", BASE64_STANDARD.encode(sha1)),
    )
    .await;
    assert_eq!(offset(&good), Some(400_000));
    ward.post(vec![listed(id, "brief.txt", &bytes)]).await;
    assert_eq!(ward.fetched(id, None).await, bytes);
}

/// A request that says to bring so many bytes, and brings fewer.
async fn bring_some(ward: &Ward, id: AttachmentId, offset: u64, says: usize, brings: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(ward.clinic.running().address()).await.unwrap();
    let head = format!(
        "PATCH /v1/attachments/{id} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\nupload-offset: {offset}\r\n\
         content-type: application/offset+octet-stream\r\ncontent-length: {says}\r\n\r\n",
        ward.anna.session.access.0
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(brings).await.unwrap();
    socket
}

/// Waits until an upload is at a place, by asking for it as its client would.
async fn until_at(ward: &Ward, id: AttachmentId, place: u64) {
    while ward.offset(id).await != Some(place) {
        tokio::task::yield_now().await;
    }
}

// F2: tus 140, where an interrupted part counted for nothing
#[tokio::test]
async fn the_bytes_that_came_before_a_part_breaks_off_are_kept() {
    let ward = Ward::open().await;
    let bytes = letter(500_000);
    let id = ward.begun("brief.txt", 500_000).await;
    let socket = bring_some(&ward, id, 0, 500_000, &bytes[..333_333]).await;
    drop(socket);
    until_at(&ward, id, 333_333).await;
    assert_eq!(
        ward.bring(id, 333_333, bytes[333_333..].to_vec()).await.status(),
        204
    );
    ward.post(vec![listed(id, "brief.txt", &bytes)]).await;
    assert_eq!(ward.fetched(id, None).await, bytes);
}

// F2: tusd 234 and tusdotnet 201, where a request that hung kept the file
#[tokio::test]
async fn a_request_that_hangs_gives_way_to_the_one_after_it() {
    const MIB: usize = 1024 * 1024;
    let ward = Ward::open().await;
    let bytes = letter(10 * MIB);
    let id = ward.begun("brief.txt", bytes.len() as u64).await;
    let mut hanging = bring_some(&ward, id, 0, bytes.len(), &bytes[..9 * MIB]).await;
    // The store knows how far it is every eight MiB.
    let known = loop {
        match ward.offset(id).await {
            Some(0) | None => tokio::task::yield_now().await,
            Some(known) => break known,
        }
    };
    // Its client has given it up and goes on, though the connection is open still. More than it knew of may have come.
    let mut went_on = ward.bring(id, known, bytes[known as usize..].to_vec()).await;
    if went_on.status() == 409 {
        let at = ward.offset(id).await.unwrap();
        assert!(known < at && at <= 9 * MIB as u64, "{known} {at}");
        went_on = ward.bring(id, at, bytes[at as usize..].to_vec()).await;
    }
    assert_eq!(went_on.status(), 204);
    let mut answer = vec![0; 12];
    hanging.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 409");
    ward.post(vec![listed(id, "brief.txt", &bytes)]).await;
    assert_eq!(ward.fetched(id, None).await, bytes);
}

// F2: Signal-Desktop 2685, where an upload was stuck after a restart
#[tokio::test]
async fn an_upload_goes_on_after_a_restart_of_the_server() {
    let mut ward = Ward::open().await;
    let bytes = letter(500_000);
    let id = ward.begun("brief.txt", 500_000).await;
    ward.bring(id, 0, bytes[..200_001].to_vec()).await;
    ward.clinic.restart().await;
    assert_eq!(ward.offset(id).await, Some(200_001));
    let begun = ward.begin(id, "brief.txt", 500_000).await;
    assert_eq!((begun.status().as_u16(), offset(&begun)), (201, Some(200_001)));
    assert_eq!(
        ward.bring(id, 200_001, bytes[200_001..].to_vec()).await.status(),
        204
    );
    ward.clinic.restart().await;
    ward.post(vec![listed(id, "brief.txt", &bytes)]).await;
    assert_eq!(ward.fetched(id, None).await, bytes);
}

// F2, I5
#[tokio::test]
async fn a_stop_of_the_server_keeps_the_bytes_of_the_part_under_way() {
    let mut ward = Ward::open().await;
    let bytes = letter(1_000_000);
    let id = ward.begun("brief.txt", 2_000_000).await;
    let hanging = bring_some(&ward, id, 0, 2_000_000, &bytes).await;
    // The store knows nothing of them yet.
    while ward.on_disk().iter().sum::<u64>() < 700_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ward.offset(id).await, Some(0));
    ward.clinic.stop().await;
    drop(hanging);
    ward.clinic.start().await;
    assert!(ward.offset(id).await >= Some(700_000));
}

// F2, I5
#[tokio::test]
async fn an_upload_that_nothing_opens_any_more_can_be_cancelled() {
    let ward = Ward::open().await;
    let id = ward.begun("brief.txt", 1_000).await;
    ward.bring(id, 0, letter(500)).await;
    let file = ward.clinic.data().join("overleg.sqlite");
    let mut database = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    let broken = "UPDATE attachments SET wrapped = zeroblob(length(wrapped))";
    sqlx::query(broken).execute(&mut database).await.unwrap();
    let path = format!("/v1/attachments/{id}");
    let cancelled = ward
        .clinic
        .tus(&ward.anna, "DELETE", &path, &[])
        .send()
        .await
        .unwrap();
    assert_eq!((cancelled.status().as_u16(), ward.on_disk().len()), (204, 0));
}

// F2
#[tokio::test]
async fn bytes_that_were_lost_on_the_server_make_the_upload_begin_again() {
    let ward = Ward::open().await;
    let bytes = letter(200_000);
    let id = ward.begun("brief.txt", 200_000).await;
    ward.bring(id, 0, bytes[..150_000].to_vec()).await;
    std::fs::remove_dir_all(ward.clinic.data().join("attachments")).unwrap();
    let lost = ward.bring(id, 150_000, bytes[150_000..].to_vec()).await;
    assert_eq!(code(lost).await, ErrorCode::NotFound);
    let begun = ward.begin(id, "brief.txt", 200_000).await;
    assert_eq!((begun.status().as_u16(), offset(&begun)), (201, Some(0)));
    assert_eq!(ward.bring(id, 0, bytes.clone()).await.status(), 204);
    ward.post(vec![listed(id, "brief.txt", &bytes)]).await;
    assert_eq!(ward.fetched(id, None).await, bytes);
}

// F2, U2
#[tokio::test]
async fn a_request_that_is_not_of_the_protocol_says_why() {
    let ward = Ward::open().await;
    let id = ward.begun("brief.txt", 10).await;
    let path = format!("/v1/attachments/{id}");
    let ask = async |method: &str, path: &str, headers: &[(&str, &str)]| {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = ward.clinic.http.request(method, ward.clinic.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let access = &ward.anna.session.access.0;
        code(request.bearer_auth(access).send().await.unwrap()).await
    };
    let tus = ("tus-resumable", "1.0.0");
    let conversation = metadata(&[("conversation", &ward.group.to_string())]);
    let named = ("upload-metadata", conversation.as_str());
    let bytes = ("content-type", "application/offset+octet-stream");
    for version in ["0.2.2", "1.0", ""] {
        let other = [("tus-resumable", version), ("upload-length", "1"), named];
        assert_eq!(
            ask("POST", "/v1/attachments", &other).await,
            ErrorCode::UploadVersion
        );
    }
    for method in ["PATCH", "DELETE"] {
        assert_eq!(ask(method, &path, &[]).await, ErrorCode::UploadVersion);
        let malformed = ask(
            method,
            "/v1/attachments/geen",
            &[tus, bytes, ("upload-offset", "0")],
        )
        .await;
        assert_eq!(malformed, ErrorCode::NotFound);
    }
    let no_json = [tus, ("content-type", "application/json"), ("upload-offset", "0")];
    assert_eq!(
        ask("PATCH", &path, &no_json).await,
        ErrorCode::UnsupportedMediaType
    );
    for offset in ["", "-1", "een", "0, 0", "99999999999999999999", "+1"] {
        let asked = [tus, bytes, ("upload-offset", offset)];
        assert_eq!(
            ask("PATCH", &path, &asked).await,
            ErrorCode::BadRequest,
            "{offset}"
        );
    }
    for length in ["", "-1", "een", "1e3", "99999999999999999999"] {
        let asked = [tus, ("upload-length", length), named];
        assert_eq!(
            ask("POST", "/v1/attachments", &asked).await,
            ErrorCode::BadRequest,
            "{length}"
        );
    }
    let twice = metadata(&[("conversation", "a"), ("conversation", "b")]);
    let no_id = metadata(&[("conversation", &ward.group.to_string()), ("id", "geen")]);
    let long = metadata(&[
        ("conversation", &ward.group.to_string()),
        ("filename", &"x".repeat(4_000)),
    ]);
    let nothing = metadata(&[("filename", "brief.txt")]);
    for wrong in [
        "",
        "conversation",
        "conversation %%%",
        "conversation //79",
        &twice,
        &no_id,
        &long,
        &nothing,
    ] {
        let asked = [tus, ("upload-length", "1"), ("upload-metadata", wrong)];
        assert_eq!(
            ask("POST", "/v1/attachments", &asked).await,
            ErrorCode::BadRequest,
            "{wrong}"
        );
    }
    let none = [tus, ("upload-length", "0"), named];
    assert_eq!(
        ask("POST", "/v1/attachments", &none).await,
        ErrorCode::AttachmentRefused
    );
    let huge = [tus, ("upload-length", "2147483649"), named];
    assert_eq!(
        ask("POST", "/v1/attachments", &huge).await,
        ErrorCode::AttachmentTooLarge
    );
    // Another file under its id, by its own person too.
    assert_eq!(
        code(ward.begin(id, "brief.txt", 11).await).await,
        ErrorCode::UploadConflict
    );
    assert_eq!(ward.offset(id).await, Some(0));
}

// F2, BZ4
#[tokio::test]
async fn a_program_is_refused_by_its_content_whatever_its_name_and_nothing_of_it_stays() {
    let ward = Ward::open().await;
    let program = [b"MZ\x90\x00".as_slice(), &[0; 5_000]].concat();
    let script = b"<html><script>alert(1)</script></html>".to_vec();
    for (name, bytes) in [
        ("wond.jpg", &program),
        ("brief.txt", &program),
        ("", &program),
        ("verslag.htm", &script),
        ("brief.pdf.exe", &letter(50)),
        ("foto\u{202e}gpj.exe", &letter(50)),
    ] {
        let id = ward.begun(name, bytes.len() as u64).await;
        let refused = ward.bring(id, 0, bytes.clone()).await;
        assert_eq!(code(refused).await, ErrorCode::AttachmentRefused, "{name}");
        // Asked again, it says the same, and a message cannot list it.
        let again = ward.bring(id, 0, bytes.clone()).await;
        assert_eq!(code(again).await, ErrorCode::AttachmentRefused);
        let clean = attachment_kinds::clean_name(name).unwrap_or_else(|_| "a".to_owned());
        assert!(matches!(
            ward.post(vec![listed(id, &clean, bytes)]).await,
            Answer::Refused {
                refusal: Refusal::AttachmentRefused | Refusal::AttachmentNotThere,
                ..
            }
        ));
    }
    assert!(ward.on_disk().is_empty());
    // Archives by the choice of the operator.
    let zip = b"PK\x05\x06".iter().copied().chain([0; 18]).collect::<Vec<u8>>();
    let id = ward.begun("beelden.zip", 22).await;
    assert_eq!(ward.bring(id, 0, zip.clone()).await.status(), 204);
    let strict = Ward::open_with(|config| config.attachments.refused_kinds = vec![Family::Archive]).await;
    let id = strict.begun("beelden.zip", 22).await;
    assert_eq!(
        code(strict.bring(id, 0, zip).await).await,
        ErrorCode::AttachmentRefused
    );
}

// F2
#[tokio::test]
async fn an_upload_is_cancelled_by_its_person_alone_and_its_bytes_go() {
    let ward = Ward::open().await;
    let id = ward.begun("brief.txt", 100_000).await;
    ward.bring(id, 0, letter(90_000)).await;
    let path = format!("/v1/attachments/{id}");
    let delete = async |person| {
        ward.clinic
            .tus(person, "DELETE", &path, &[])
            .send()
            .await
            .unwrap()
    };
    assert_eq!(code(delete(&ward.bram).await).await, ErrorCode::NotFound);
    let theirs = ward.clinic.bring(&ward.bram, id, 90_000, letter(10)).await;
    assert_eq!(code(theirs).await, ErrorCode::NotFound);
    assert_eq!(ward.on_disk().len(), 1);
    assert_eq!(delete(&ward.anna).await.status(), 204);
    assert_eq!(code(delete(&ward.anna).await).await, ErrorCode::NotFound);
    assert_eq!((ward.offset(id).await, ward.on_disk().len()), (None, 0));
}

// F2
#[tokio::test]
async fn a_file_of_which_all_bytes_came_is_whole_also_without_the_end_of_its_request() {
    let ward = Ward::open().await;
    let bytes = letter(200_000);
    let id = ward.begun("brief.txt", 200_000).await;
    let mut socket = TcpStream::connect(ward.clinic.running().address()).await.unwrap();
    let head = format!(
        "PATCH /v1/attachments/{id} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
         content-type: application/offset+octet-stream\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n",
        ward.anna.session.access.0,
        bytes.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&bytes).await.unwrap();
    socket.write_all(b"\r\n").await.unwrap();
    // The last chunk, of no bytes, never comes.
    drop(socket);
    until_at(&ward, id, 200_000).await;
    let answer = ward.post(vec![listed(id, "brief.txt", &bytes)]).await;
    assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
}

// F1, F2
#[tokio::test]
async fn a_damaged_file_is_served_up_to_the_damage_and_never_beyond() {
    let ward = Ward::open().await;
    let bytes = letter(300_000);
    let file = ward
        .clinic
        .upload(&ward.anna, ward.group, "brief.txt", &bytes)
        .await;
    let id = file.id;
    assert!(matches!(ward.post(vec![file]).await, Answer::Accepted { .. }));
    let hex = id.0.simple().to_string();
    let path = ward.clinic.data().join("attachments").join(&hex[30..]).join(&hex);
    let mut sealed = std::fs::read(&path).unwrap();
    sealed[280_000] ^= 1;
    std::fs::write(&path, &sealed).unwrap();
    assert_eq!(ward.fetched(id, Some("bytes=0-99999")).await, bytes[..100_000]);
    // The answer breaks off before the damaged chunk.
    let whole = ward.clinic.fetch(&ward.bram, id, None).await;
    assert!(whole.bytes().await.is_err());
    sealed.truncate(100_000);
    std::fs::write(&path, &sealed).unwrap();
    let cut = ward.clinic.fetch(&ward.bram, id, Some("bytes=0-9")).await;
    assert_eq!(code(cut).await, ErrorCode::Internal);
    std::fs::remove_file(&path).unwrap();
    let gone = ward.clinic.fetch(&ward.bram, id, None).await;
    assert_eq!(code(gone).await, ErrorCode::NotFound);
}

// F1, P5
#[tokio::test]
async fn a_file_goes_with_its_message_and_its_bytes_are_nowhere_readable() {
    let ward = Ward::open().await;
    let bytes = b"Mevrouw Wintergroen, wond links. ".repeat(9_000);
    let file = ward
        .clinic
        .upload(&ward.anna, ward.group, "wintergroen.txt", &bytes)
        .await;
    let id = file.id;
    let message: MessageId = ward.clinic.send_files(&ward.anna, ward.group, vec![file]).await;
    assert_eq!(ward.fetched(id, None).await, bytes);
    for found in walk(ward.clinic.data()) {
        let content = std::fs::read(&found).unwrap();
        let plain = content
            .windows(11)
            .any(|word| word.eq_ignore_ascii_case(b"wintergroen"));
        assert!(!plain, "{}", found.display());
    }
    let delete = Action::Delete { message };
    ward.clinic.act(&ward.anna, ward.group, delete).await;
    let gone = ward.clinic.fetch(&ward.bram, id, None).await;
    assert_eq!(code(gone).await, ErrorCode::NotFound);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(walk(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}
