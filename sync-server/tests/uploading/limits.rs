//! How much an account, an organisation and the disk take.

use sync_server::config::OrganisationLimits;

use super::*;

// F2, I5
#[tokio::test]
async fn the_files_of_one_account_have_their_bounds() {
    let ward = Ward::open_with(|config| {
        config.attachments.unnamed_files = 3;
        config.attachments.unnamed_bytes = 300_000;
        config.attachments.bytes_a_day = 400_000;
        config.attachments.largest = 250_000;
    })
    .await;
    let refused = async |size| code(ward.begin(ward.id(), "brief.txt", size).await).await;
    assert_eq!(refused(250_001).await, ErrorCode::AttachmentTooLarge);
    let bytes = letter(250_000);
    let id = ward.begun("brief.txt", 250_000).await;
    assert_eq!(refused(50_001).await, ErrorCode::TooManyUploads);
    ward.bring(id, 0, bytes.clone()).await;
    assert!(matches!(
        ward.post(vec![listed(id, "brief.txt", &bytes)]).await,
        Answer::Accepted { .. }
    ));
    assert_eq!(refused(150_001).await, ErrorCode::TooManyUploads);
    for _ in 0..3 {
        ward.begun("brief.txt", 10).await;
    }
    assert_eq!(refused(10).await, ErrorCode::TooManyUploads);
    // Others are not concerned; and a day later all but the unnamed is free again.
    let (id, bram) = (ward.id(), &ward.bram);
    let theirs = ward.clinic.begin_upload(bram, id, ward.group, "b.txt", 10).await;
    assert_eq!(theirs.status(), 201);
}

// F2, I5
#[tokio::test]
async fn the_limits_of_an_organisation_hold_for_its_people_and_for_nobody_else() {
    let mut ward = Ward::open().await;
    let hospital = ward.clinic.organisation("Ziekenhuis Maasdal").await;
    let dora = ward.clinic.person("Dora", hospital).await;
    let emre = ward.clinic.person("Emre", hospital).await;
    let own = OrganisationLimits {
        largest: Some(250_000),
        refused_kinds: Some(vec![Family::Archive]),
        ..OrganisationLimits::default()
    };
    let limits = &mut ward.clinic.config.attachments;
    limits.organisations.insert(hospital, own);
    limits.largest = 100_000;
    ward.clinic.restart().await;
    let doras = ward.clinic.start_group(&dora, &[&emre], "Maasdal").await;
    let begin = async |person, group, size| {
        let id = ward.id();
        let begun = ward.clinic.begin_upload(person, id, group, "beelden.zip", size);
        (id, begun.await)
    };
    let zip = b"PK\x05\x06".iter().copied().chain([0; 18]).collect::<Vec<u8>>();
    // The hospital takes larger files, and no archives.
    assert_eq!(begin(&dora, doras, 250_000).await.1.status(), 201);
    let (_, begun) = begin(&dora, doras, 250_001).await;
    assert_eq!(code(begun).await, ErrorCode::AttachmentTooLarge);
    let (id, _) = begin(&dora, doras, 22).await;
    let brought = ward.clinic.bring(&dora, id, 0, zip.clone()).await;
    assert_eq!(code(brought).await, ErrorCode::AttachmentRefused);
    // Elsewhere it is as for all.
    let (_, begun) = begin(&ward.anna, ward.group, 100_001).await;
    assert_eq!(code(begun).await, ErrorCode::AttachmentTooLarge);
    let (id, _) = begin(&ward.anna, ward.group, 22).await;
    assert_eq!(ward.bring(id, 0, zip).await.status(), 204);
}

// F2, I5
#[tokio::test]
async fn no_upload_begins_that_the_disk_has_no_room_for() {
    let ward = Ward::open_with(|config| config.attachments.reserve = u64::MAX / 2).await;
    let refused = ward.begin(ward.id(), "brief.txt", 10).await;
    assert_eq!(refused.status(), 507);
    assert_eq!(code(refused).await, ErrorCode::NoRoom);
    // Room would not help it.
    let too_large = ward.begin(ward.id(), "beelden.dcm", 2_147_483_649).await;
    assert_eq!(code(too_large).await, ErrorCode::AttachmentTooLarge);
}

// F2, I5
#[tokio::test]
async fn an_upload_that_has_begun_is_found_again_on_a_full_disk() {
    let mut ward = Ward::open().await;
    let id = ward.begun("brief.txt", 10).await;
    ward.clinic.config.attachments.reserve = u64::MAX / 2;
    ward.clinic.restart().await;
    let again = ward.begin(id, "brief.txt", 10).await;
    assert_eq!((again.status().as_u16(), offset(&again)), (201, Some(0)));
}

// F2, I5
#[tokio::test]
async fn no_byte_is_written_that_the_disk_has_no_room_for_and_the_upload_goes_on_when_it_has() {
    let mut ward = Ward::open().await;
    let bytes = letter(400_000);
    let [plain, proved] = [
        ward.begun("een.txt", 400_000).await,
        ward.begun("twee.txt", 400_000).await,
    ];
    // Others have filled the disk since: what is free is the reserve.
    ward.clinic.config.attachments.reserve = u64::MAX / 2;
    ward.clinic.restart().await;
    let refused = ward.bring(plain, 0, bytes.clone()).await;
    assert_eq!(code(refused).await, ErrorCode::NoRoom);
    let headers = [
        ("upload-offset", "0".to_owned()),
        ("content-type", "application/offset+octet-stream".to_owned()),
        ("upload-checksum", sha256(&bytes)),
    ];
    let path = format!("/v1/attachments/{proved}");
    let request = ward.clinic.tus(&ward.anna, "PATCH", &path, &headers);
    let refused = request.body(bytes.clone()).send().await.unwrap();
    assert_eq!(code(refused).await, ErrorCode::NoRoom);
    assert_eq!(ward.on_disk().iter().sum::<u64>(), 0);
    assert_eq!(ward.offset(plain).await, Some(0));
    ward.clinic.config.attachments.reserve = 0;
    ward.clinic.restart().await;
    for id in [plain, proved] {
        assert_eq!(ward.bring(id, 0, bytes.clone()).await.status(), 204);
    }
}

// F2, I5
#[tokio::test]
async fn a_part_counts_for_a_mebibyte_however_small_it_is() {
    let ward = Ward::open_with(|config| config.attachments.bytes_a_minute = 1024 * 1024).await;
    let id = ward.begun("brief.txt", 100).await;
    for _ in 0..8 {
        let nothing = ward.bring(id, 0, Vec::new()).await;
        assert_eq!((nothing.status().as_u16(), offset(&nothing)), (204, Some(0)));
    }
    let mut refused = ward.bring(id, 0, Vec::new()).await;
    if refused.status() == 204 {
        // The last one is owed.
        refused = ward.bring(id, 0, Vec::new()).await;
    }
    assert_eq!(code(refused).await, ErrorCode::TooManyRequests);
}

// F2, I5
#[tokio::test]
async fn an_account_brings_and_fetches_so_many_bytes_a_minute() {
    let ward = Ward::open_with(|config| config.attachments.bytes_a_minute = 100 * 1024).await;
    let bytes = letter(900_000);
    let id = ward.begun("brief.txt", 900_000).await;
    // A part under way goes on, and is owed.
    assert_eq!(ward.bring(id, 0, bytes[..850_000].to_vec()).await.status(), 204);
    let refused = ward.bring(id, 850_000, bytes[850_000..].to_vec()).await;
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(code(refused).await, ErrorCode::TooManyRequests);
    ward.clinic.clock.advance(5 * Timestamp::MINUTE);
    assert_eq!(
        ward.bring(id, 850_000, bytes[850_000..].to_vec()).await.status(),
        204
    );
}

// F2, I5
#[tokio::test]
async fn a_fetch_of_a_byte_or_of_no_file_counts_as_well_and_so_does_a_question() {
    let ward = Ward::open_with(|config| {
        config.attachments.bytes_a_minute = 128 * 1024;
        config.limits.read_a_minute = 1024;
    })
    .await;
    let fetched = async |id| {
        ward.clinic
            .fetch(&ward.bram, id, Some("bytes=0-0"))
            .await
            .status()
    };
    let mut fetches = 0;
    while fetched(ward.id()).await != 429 {
        fetches += 1;
    }
    // Eight minutes at once are sixteen times 64 KiB; the last one is owed.
    assert_eq!(fetches, 17);
    let path = format!("/v1/attachments/{}", ward.id());
    let asked = async || {
        let asked = ward.clinic.tus(&ward.anna, "HEAD", &path, &[]).send();
        asked.await.unwrap().status()
    };
    let mut questions = 0;
    while asked().await != 429 {
        questions += 1;
    }
    assert_eq!(questions, 33);
}
