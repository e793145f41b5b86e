//! Files of messages: uploaded by one person, named by one message, opened by those who see what lists it (M6, P5).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::in_process_server::*;
use conversation::{
    Action, Attachment, AttachmentId, ConversationId, MessageId, NewMessage, Refusal, Sha256, Shape,
};
use sync_server::config::AttachmentLimits;
use sync_server::core::{NewUpload, Opening, UploadError};
use sync_server::store::{
    Append, AttachmentStore as _, KeptAttachment, LogStore as _, ReceivedPart, WholeFile,
};

const PHOTO: u64 = 3_000_000;

fn three() -> (InProcessServer, Who, Who, Who) {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let people = ["Anna", "Bram", "Carla"].map(|name| server.person(name, home));
    let [anna, bram, carla] = people;
    (server, anna, bram, carla)
}

fn begin(server: &InProcessServer, who: &Who, conversation: ConversationId, name: &str) -> AttachmentId {
    let id = AttachmentId(server.id());
    let new = NewUpload {
        id,
        conversation,
        size: PHOTO,
        name: name.to_owned(),
    };
    let limits = AttachmentLimits::default();
    now(server.core.begin_upload(who.person, &new, &limits, |_| true)).unwrap();
    id
}

/// A photo that the server has whole.
fn photo(server: &InProcessServer, who: &Who, conversation: ConversationId, name: &str) -> Attachment {
    let id = begin(server, who, conversation, name);
    let sha256 = Sha256([id.as_bytes()[15]; 32]);
    let whole = ReceivedPart {
        id,
        from: 0,
        to: PHOTO,
        held_back: Vec::new(),
        whole: Some(WholeFile {
            sha256,
            refused: false,
            unchecked: false,
        }),
    };
    assert!(now(server.store.extend_attachment(&whole)).unwrap());
    Attachment {
        id,
        name: name.to_owned(),
        media_type: "image/jpeg".to_owned(),
        size: PHOTO,
        sha256,
        picture: None,
        preview: None,
    }
}

fn message(server: &InProcessServer, files: &[&Attachment]) -> NewMessage {
    NewMessage {
        attachments: files.iter().map(|file| (*file).clone()).collect(),
        ..server.message("Kijk eens")
    }
}

fn send(
    server: &mut InProcessServer,
    who: &Who,
    conversation: ConversationId,
    files: &[&Attachment],
) -> MessageId {
    let message = message(server, files);
    let id = message.id;
    server.act(who, conversation, Action::Post { message });
    id
}

fn edit(message: MessageId, files: &[&Attachment]) -> Action {
    Action::Edit {
        message,
        text: "Beter zo".into(),
        attachments: files.iter().map(|file| (*file).clone()).collect(),
        urgent: None,
    }
}

fn opens(server: &InProcessServer, who: &Who, file: &Attachment) -> bool {
    let found = now(server.core.readable_attachment(who.person, file.id)).unwrap();
    let Opening::Readable(found) = found else {
        return false;
    };
    assert_eq!(
        (found.id, found.size, found.sha256),
        (file.id, file.size, file.sha256)
    );
    true
}

// M6, P5
#[test]
fn those_who_see_the_message_open_its_file_and_nobody_else() {
    let (mut server, anna, bram, carla) = three();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let wound = photo(&server, &anna, conversation, "wond.jpg");
    // Until a message names it, also its own person gets it back from nowhere.
    assert!(!opens(&server, &anna, &wound));
    send(&mut server, &anna, conversation, &[&wound]);
    assert!(opens(&server, &anna, &wound) && opens(&server, &bram, &wound));
    assert!(!opens(&server, &carla, &wound));
    // Added later, without what came before.
    server.act(
        &anna,
        conversation,
        Action::Add {
            members: vec![carla.membership],
            teams: Vec::new(),
            share: None,
        },
    );
    assert!(!opens(&server, &carla, &wound));
    let member = bram.membership;
    server.act(&anna, conversation, Action::Remove { member });
    assert!(!opens(&server, &bram, &wound));
    let mut server = server.restarted();
    assert!(opens(&server, &anna, &wound));
    server.act(&anna, conversation, Action::DeleteConversation);
    assert!(!opens(&server, &anna, &wound));
}

// M3, M4, P5
#[test]
fn an_edit_or_a_deletion_takes_the_files_along() {
    let (mut server, anna, bram, carla) = three();
    let conversation = server.group(&anna, &[&bram, &carla], "Wondzorg");
    let [left, right] = ["links.jpg", "rechts.jpg"].map(|name| photo(&server, &anna, conversation, name));
    let said = send(&mut server, &anna, conversation, &[&left, &right]);
    let member = carla.membership;
    server.act(&anna, conversation, Action::Remove { member });
    let dropped = edit(said, &[&right]);
    server.act(&anna, conversation, dropped);
    assert!(opens(&server, &bram, &right) && !opens(&server, &bram, &left));
    // Back, but not for the time of the edit: its content is not theirs, and that of before is nobody's.
    let members = vec![carla.membership];
    let (teams, share) = (Vec::new(), None);
    server.act(
        &anna,
        conversation,
        Action::Add {
            members,
            teams,
            share,
        },
    );
    assert!(!opens(&server, &carla, &right));
    // A dropped file does not come back, there or elsewhere.
    let back = edit(said, &[&right, &left]);
    assert_eq!(
        server.refused(&anna, conversation, back),
        Refusal::AttachmentNotThere
    );
    let again = message(&server, &[&left]);
    let again = Action::Post { message: again };
    assert_eq!(
        server.refused(&anna, conversation, again),
        Refusal::AttachmentNotThere
    );
    server.act(&anna, conversation, Action::Delete { message: said });
    assert!(!opens(&server, &bram, &right) && !opens(&server, &anna, &right));
}

// P5, A1
#[test]
fn a_row_that_names_an_earlier_event_shows_nobody_a_file_of_a_later_one() {
    let (mut server, anna, bram, _) = three();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let wound = photo(&server, &anna, conversation, "wond.jpg");
    let said = send(&mut server, &anna, conversation, &[&wound]);
    let listed = now(server.store.attachments(&[wound.id])).unwrap()[0]
        .listed
        .unwrap();
    let kept = edit(said, &[&wound]);
    server.act(&anna, conversation, kept);
    assert!(opens(&server, &bram, &wound));
    let id = wound.id;
    let forged = Append {
        kept_attachments: vec![KeptAttachment { id, listed }],
        ..Append::default()
    };
    now(server.store.append(&forged)).unwrap();
    assert!(!opens(&server, &bram, &wound));
}

// M6, P5
#[test]
fn a_file_of_another_person_conversation_or_message_is_as_one_that_is_not_there() {
    let (mut server, anna, bram, _) = three();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let other = server.group(&anna, &[&bram], "Valpreventie");
    let wound = photo(&server, &anna, conversation, "wond.jpg");
    let nowhere = Attachment {
        id: AttachmentId(server.id()),
        ..wound.clone()
    };
    let partly = Attachment {
        id: begin(&server, &anna, conversation, "wond.jpg"),
        ..wound.clone()
    };
    for (who, conversation, file) in [
        (&bram, conversation, &wound),
        (&anna, other, &wound),
        (&anna, conversation, &nowhere),
        (&anna, conversation, &partly),
    ] {
        let message = message(&server, &[file]);
        assert_eq!(
            server.refused(who, conversation, Action::Post { message }),
            Refusal::AttachmentNotThere
        );
    }
    // Two messages of one request.
    let [first, second] = [(); 2].map(|()| {
        let message = message(&server, &[&wound]);
        server.command(&anna, conversation, Action::Post { message })
    });
    let answers = server.ask(&anna, &[first.clone(), second]);
    accepted(&answers[0]);
    assert_eq!(refused(&answers[1]), Refusal::AttachmentNotThere);
    // The same command again has the same answer.
    assert_eq!(server.ask(&anna, &[first])[0], answers[0]);
    let elsewhere = server.say(&anna, conversation, "Nog iets");
    let moved = edit(elsewhere, &[&wound]);
    assert_eq!(
        server.refused(&anna, conversation, moved),
        Refusal::AttachmentNotThere
    );
}

// M6, M7
#[test]
fn a_message_is_sent_with_files_and_edited_in_one_request() {
    let (mut server, anna, bram, _) = three();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let [left, right] = ["links.jpg", "rechts.jpg"].map(|name| photo(&server, &anna, conversation, name));
    let message = message(&server, &[&left, &right]);
    let edited = edit(message.id, &[&left]);
    let commands =
        [Action::Post { message }, edited].map(|action| server.command(&anna, conversation, action));
    for answer in server.ask(&anna, &commands) {
        accepted(&answer);
    }
    assert!(opens(&server, &bram, &left) && !opens(&server, &bram, &right));
}

// S1, M6
#[test]
fn a_first_message_brings_files_also_where_the_conversation_exists_by_another_id() {
    let (mut server, anna, bram, carla) = three();
    let start = |server: &mut InProcessServer| {
        let id = ConversationId(server.id());
        let wound = photo(server, &anna, id, "wond.jpg");
        let action = Action::Start {
            teams: Vec::new(),
            shape: Shape::Direct,
            with: vec![bram.membership],
            subject: None,
            message: Some(message(server, &[&wound])),
        };
        (server.act(&anna, id, action), wound)
    };
    let (first, one) = start(&mut server);
    let (second, other) = start(&mut server);
    assert_eq!(first, second);
    for wound in [one, other] {
        assert!(opens(&server, &bram, &wound) && !opens(&server, &carla, &wound));
    }
}

// F2, I5
#[test]
fn an_upload_begins_once_and_a_person_has_only_so_many_that_no_message_names() {
    let (mut server, anna, bram, _) = three();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let new = |size| NewUpload {
        id: AttachmentId(server.id()),
        conversation,
        size,
        name: "wond.jpg".to_owned(),
    };
    let limits = AttachmentLimits {
        unnamed_files: 5,
        unnamed_bytes: 2 * PHOTO,
        ..AttachmentLimits::default()
    };
    let begin =
        |who: &Who, new: &NewUpload| now(server.core.begin_upload(who.person, new, &limits, |_| true));
    let photo = new(PHOTO);
    let row = begin(&anna, &photo).unwrap();
    assert_eq!(begin(&anna, &photo).unwrap(), row);
    // The id is another's, or of another file.
    assert!(matches!(begin(&bram, &photo), Err(UploadError::Taken)));
    let longer = NewUpload {
        size: PHOTO + 1,
        ..photo.clone()
    };
    assert!(matches!(begin(&anna, &longer), Err(UploadError::Taken)));
    let renamed = NewUpload {
        name: "wond.exe".to_owned(),
        ..photo.clone()
    };
    assert!(matches!(begin(&anna, &renamed), Err(UploadError::Taken)));
    assert!(matches!(
        begin(&anna, &new(limits.largest + 1)),
        Err(UploadError::TooLarge)
    ));
    for _ in 0..2 {
        begin(&bram, &new(PHOTO)).unwrap();
    }
    assert!(matches!(begin(&bram, &new(1)), Err(UploadError::OverQuota)));
    for _ in 1..5 {
        begin(&anna, &new(0)).unwrap();
    }
    assert!(matches!(begin(&anna, &new(0)), Err(UploadError::OverQuota)));
    // One that goes on is not another.
    assert_eq!(begin(&anna, &photo).unwrap(), row);
}

// F2, M6
#[test]
fn a_message_lists_a_file_by_the_name_under_which_it_was_judged() {
    let (mut server, anna, bram, _) = three();
    let conversation = server.group(&anna, &[&bram], "Wondzorg");
    let wound = photo(&server, &anna, conversation, "wond.jpg");
    let renamed = Attachment {
        name: "wond.exe".to_owned(),
        ..wound.clone()
    };
    let message = message(&server, &[&renamed]);
    let refused = server.refused(&anna, conversation, Action::Post { message });
    assert_eq!(refused, Refusal::AttachmentNotThere);
    let said = send(&mut server, &anna, conversation, &[&wound]);
    let refused = server.refused(&anna, conversation, edit(said, &[&renamed]));
    assert_eq!(refused, Refusal::AttachmentNotThere);
    let kept = edit(said, &[&wound]);
    server.act(&anna, conversation, kept);
}
