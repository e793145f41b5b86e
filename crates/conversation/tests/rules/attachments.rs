use conversation::attachment::{LARGEST_ATTACHMENT, LARGEST_PREVIEW, MOST_ATTACHMENTS};
use conversation::*;

use crate::ward::*;

fn posts(ward: &mut Ward, by: MembershipId, body: &str, files: &[Attachment]) -> Result<Seq, Refusal> {
    let message = ward.message_with(body, files);
    ward.act(by, Action::Post { message })
}

fn edits(
    ward: &mut Ward,
    by: MembershipId,
    at: Seq,
    body: &str,
    files: &[Attachment],
) -> Result<Seq, Refusal> {
    let message = match *ward.kind(at) {
        Kind::Posted { message, .. } => message,
        _ => MessageId(uuid::Uuid::nil()),
    };
    let (text, attachments) = (body.into(), files.to_vec());
    ward.act(
        by,
        Action::Edit {
            message,
            text,
            attachments,
            urgent: None,
        },
    )
}

fn content(ward: &Ward, at: Seq) -> &Content {
    &ward.log[at.0 as usize - 1].content
}

// M6
#[test]
fn a_message_lists_the_files_that_were_uploaded_for_it_and_a_picture_needs_no_words() {
    let mut ward = a_group();
    let preview = ward.upload("voorbeeld.jpg", 40_000);
    let photo = Attachment {
        picture: Some(PictureSize {
            width: 4_032,
            height: 3_024,
        }),
        preview: Some(preview.id),
        ..ward.upload("wond links.jpg", 3_000_000)
    };
    let letter = ward.upload("ontslagbrief.pdf", 90_000);
    let posted = posts(&mut ward, ANNA, "", &[photo.clone(), letter.clone()]).unwrap();
    assert_eq!(content(&ward, posted).attachments, [photo, letter]);
    assert_eq!(posts(&mut ward, ANNA, " ", &[]), Err(Refusal::TextEmpty));
}

// M6, P5
#[test]
fn a_file_is_of_one_message_and_one_that_is_not_there_whole_is_of_none() {
    let mut ward = a_group();
    let photo = ward.upload("wond.jpg", 3_000_000);
    let stranger = Attachment {
        id: AttachmentId(uuid::Uuid::from_u128(7)),
        ..photo.clone()
    };
    let other_size = Attachment {
        size: photo.size - 1,
        ..photo.clone()
    };
    let other_bytes = Attachment {
        sha256: Sha256([7; 32]),
        ..photo.clone()
    };
    let no_preview = Attachment {
        preview: Some(stranger.id),
        ..photo.clone()
    };
    let own_preview = Attachment {
        preview: Some(photo.id),
        size: LARGEST_PREVIEW,
        ..ward.upload("klein.jpg", LARGEST_PREVIEW)
    };
    for wrong in [stranger, other_size, other_bytes, no_preview] {
        assert_eq!(
            posts(&mut ward, ANNA, "Kijk", &[wrong]),
            Err(Refusal::AttachmentNotThere)
        );
    }
    let twice = [photo.clone(), photo.clone()];
    assert_eq!(
        posts(&mut ward, ANNA, "Kijk", &twice),
        Err(Refusal::AttachmentNotThere)
    );
    assert_eq!(
        posts(&mut ward, ANNA, "Kijk", &[own_preview]),
        Err(Refusal::AttachmentTooLarge)
    );
    posts(&mut ward, ANNA, "Kijk", std::slice::from_ref(&photo)).unwrap();
    assert_eq!(
        posts(&mut ward, ANNA, "Nog eens", &[photo]),
        Err(Refusal::AttachmentNotThere)
    );
}

// M6, F2
#[test]
fn a_file_that_may_not_be_sent_is_refused_for_a_reason_of_its_own() {
    let mut ward = a_group();
    let many: Vec<Attachment> = (0..=MOST_ATTACHMENTS)
        .map(|_| ward.upload("foto.jpg", 1))
        .collect();
    assert_eq!(
        posts(&mut ward, ANNA, "", &many),
        Err(Refusal::TooManyAttachments)
    );
    assert!(posts(&mut ward, ANNA, "", &many[1..]).is_ok());
    let large = ward.upload("scan.dcm", LARGEST_ATTACHMENT + 1);
    assert_eq!(
        posts(&mut ward, ANNA, "", &[large]),
        Err(Refusal::AttachmentTooLarge)
    );
    for name in [
        "",
        " ",
        "a/b.jpg",
        r"a\b.jpg",
        "foto\u{202E}gpj.exe",
        "a\nb.jpg",
        "a\0.jpg",
        "CON.jpg",
        "foto.jpg.",
        "verslag.txt:foto.jpg",
    ] {
        let unfit = ward.upload(name, 1);
        assert_eq!(
            posts(&mut ward, ANNA, "", &[unfit]),
            Err(Refusal::AttachmentNameUnfit),
            "{name:?}"
        );
    }
    let long = ward.upload(&"é".repeat(128), 1);
    assert_eq!(
        posts(&mut ward, ANNA, "", &[long]),
        Err(Refusal::AttachmentNameUnfit)
    );
    for media_type in ["", "image", "image/", "/jpeg", "image/jp eg", "image/jpeg/x"] {
        let untyped = Attachment {
            media_type: media_type.into(),
            ..ward.upload("foto.jpg", 1)
        };
        assert_eq!(
            posts(&mut ward, ANNA, "", &[untyped]),
            Err(Refusal::Malformed),
            "{media_type}"
        );
    }
    let infected = ward.upload("besmet.pdf", 68);
    ward.uploads.last_mut().unwrap().refused = true;
    assert_eq!(
        posts(&mut ward, ANNA, "", &[infected]),
        Err(Refusal::AttachmentRefused)
    );
}

// M3, M6
#[test]
fn an_edit_keeps_or_drops_the_files_of_its_message_and_adds_none() {
    let mut ward = a_group();
    let (left, right) = (ward.upload("links.jpg", 1), ward.upload("rechts.jpg", 2));
    let posted = posts(&mut ward, ANNA, "Beide benen", &[left.clone(), right.clone()]).unwrap();
    let other = ward.upload("ander.jpg", 3);
    assert_eq!(
        edits(&mut ward, ANNA, posted, "Meer", &[left.clone(), other]),
        Err(Refusal::AttachmentNotThere)
    );
    let edited = edits(&mut ward, ANNA, posted, "", std::slice::from_ref(&right)).unwrap();
    assert_eq!(content(&ward, edited).attachments, [right]);
    // A dropped file does not come back.
    assert_eq!(
        edits(&mut ward, ANNA, posted, "", &[left]),
        Err(Refusal::AttachmentNotThere)
    );
    assert_eq!(edits(&mut ward, ANNA, posted, "", &[]), Err(Refusal::TextEmpty));
    assert!(edits(&mut ward, ANNA, posted, "Zonder foto", &[]).is_ok());
}

// A1
#[test]
fn a_digest_is_sixty_four_lower_case_digits_and_nothing_else() {
    let text = "00ff10ab".repeat(8);
    let digest: Sha256 = text.parse().unwrap();
    assert_eq!(digest.to_string(), text);
    assert_eq!(serde_json::to_string(&digest).unwrap(), format!("\"{text}\""));
    for wrong in [
        "",
        &text[1..],
        &text.to_uppercase(),
        &format!("{text}0"),
        &text.replace('a', "g"),
    ] {
        assert!(wrong.parse::<Sha256>().is_err(), "{wrong}");
    }
}
