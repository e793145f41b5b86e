use conversation::*;

use crate::world::*;

// M1
#[test]
fn a_message_that_may_not_be_sent_changes_nothing() {
    let mut ward = a_group();
    assert_eq!(ward.says(ANNA, "").unwrap_err(), Refusal::TextEmpty);
    assert_eq!(
        ward.says(ANNA, &"x".repeat(20_001)).unwrap_err(),
        Refusal::TextTooLong
    );
    assert_eq!(ward.last(), Number(1));
}

// M2
#[test]
fn a_quote_is_a_reference_to_a_message_the_writer_sees() {
    let mut ward = a_group();
    let early = ward.says(ANNA, "Wie kent deze zalf?").unwrap();
    let reply = ward.replies(BRAM, early).unwrap();
    assert!(matches!(
        ward.kind(reply),
        Kind::Posted {
            reply_to: Some(Number(2)),
            ..
        }
    ));
    ward.adds(ANNA, DAAN).unwrap();
    assert_eq!(ward.replies(DAAN, early), Err(Refusal::NoSuchMessage));
    assert_eq!(
        ward.replies(ANNA, MessageId(uuid::Uuid::nil())),
        Err(Refusal::NoSuchMessage)
    );
}

// M3
#[test]
fn the_sender_can_edit_until_twenty_four_hours_after_acceptance_and_nobody_else_can() {
    let mut ward = a_group();
    let message = ward.says(ANNA, "2 mg").unwrap();
    assert_eq!(ward.edits(BRAM, message), Err(Refusal::NotYourMessage));
    // `edits` itself takes a second.
    ward.wait(Timestamp::DAY - 2 * Timestamp::SECOND);
    assert!(ward.edits(ANNA, message).is_ok());
    assert_eq!(ward.edits(ANNA, message), Err(Refusal::EditedTooLate));
}

// M4
#[test]
fn the_sender_can_delete_at_any_time_and_what_is_deleted_stays_deleted() {
    let mut ward = a_group();
    let message = ward.says(ANNA, "Verkeerde patiënt").unwrap();
    assert_eq!(ward.deletes(CARLA, message), Err(Refusal::NotYourMessage));
    ward.wait(400 * Timestamp::DAY);
    ward.act(ANNA, Action::Archive).unwrap();
    assert!(ward.deletes(ANNA, message).is_ok());
    assert_eq!(ward.deletes(ANNA, message), Err(Refusal::MessageDeleted));
    ward.act(ANNA, Action::Reopen).unwrap();
    assert_eq!(ward.edits(ANNA, message), Err(Refusal::MessageDeleted));
}

// M7
#[test]
fn a_message_that_waited_shows_when_it_was_written() {
    let mut ward = a_group();
    let fresh = ward.message("Nu");
    let number = ward.act(ANNA, Action::Post { message: fresh }).unwrap();
    assert!(matches!(ward.kind(number), Kind::Posted { written_at: None, .. }));
    let waited = ward.message("Vanuit de trein");
    let written = waited.written_at;
    ward.wait(10 * Timestamp::MINUTE);
    let number = ward.act(ANNA, Action::Post { message: waited }).unwrap();
    assert!(matches!(ward.kind(number), Kind::Posted { written_at: Some(at), .. } if *at == written));
}

// P8
#[test]
fn a_mention_adds_whom_the_writer_may_add_and_else_the_message_is_refused_whole() {
    let mut ward = a_group();
    assert_eq!(ward.mentions(BRAM, DAAN), Err(Refusal::MentionNotAllowed));
    assert_eq!(ward.mentions(ANNA, ELS), Err(Refusal::MentionNotAllowed));
    assert_eq!(ward.last(), Number(1));
    // Daan is of Carla's own organisation.
    assert_eq!(ward.mentions(CARLA, DAAN), Ok(Number(3)));
    assert_eq!(
        ward.kind(Number(2)),
        &Kind::Added {
            members: vec![DAAN],
            teams: vec![],
            shared: vec![]
        }
    );
    assert!(ward.state().head.takes_part(DAAN));
}

// P8
#[test]
fn an_edit_mentions_participants_only() {
    let mut ward = a_group();
    let message = ward.says(CARLA, "Wie?").unwrap();
    let text = |mentioned| Text {
        body: "\u{FFFC}".into(),
        mentions: vec![mentioned],
    };
    let edit = |mentioned| Action::Edit {
        message,
        text: text(mentioned),
    };
    assert_eq!(ward.act(CARLA, edit(DAAN)), Err(Refusal::MentionNotAllowed));
    assert!(ward.act(CARLA, edit(BRAM)).is_ok());
}

// L3
#[test]
fn an_archived_conversation_can_only_be_read_until_it_is_reopened() {
    let mut ward = a_group();
    assert_eq!(ward.act(BRAM, Action::Archive), Err(Refusal::OnlyTheOwner));
    ward.act(ANNA, Action::Archive).unwrap();
    assert_eq!(
        ward.says(BRAM, "Nog iets").unwrap_err(),
        Refusal::ConversationArchived
    );
    assert_eq!(ward.adds(ANNA, DAAN), Err(Refusal::ConversationArchived));
    assert_eq!(ward.act(BRAM, Action::Reopen), Err(Refusal::OnlyTheOwner));
    ward.act(ANNA, Action::Reopen).unwrap();
    assert!(ward.says(BRAM, "Nog iets").is_ok());
    assert_eq!(ward.act(ANNA, Action::Reopen), Err(Refusal::NotArchived));
}
