use conversation::*;

use crate::ward::*;

// M1
#[test]
fn a_message_that_may_not_be_sent_changes_nothing() {
    let mut ward = a_group();
    assert_eq!(ward.says(ANNA, "").unwrap_err(), Refusal::TextEmpty);
    assert_eq!(
        ward.says(ANNA, &"x".repeat(20_001)).unwrap_err(),
        Refusal::TextTooLong
    );
    assert_eq!(ward.last(), Seq(1));
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
            reply_to: Some(Seq(2)),
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
fn the_sender_can_delete_at_any_time_and_the_message_stays_deleted() {
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
    assert_eq!(ward.last(), Seq(1));
    // Daan is of Carla's own organisation.
    assert_eq!(ward.mentions(CARLA, DAAN), Ok(Seq(3)));
    assert_eq!(
        ward.kind(Seq(2)),
        &Kind::Added {
            members: vec![DAAN],
            teams: vec![],
            shared: vec![]
        }
    );
    assert!(ward.state().head.takes_part(DAAN));
}

fn naming(mentioned: &[MembershipId]) -> MessageText {
    MessageText {
        body: "Kijk even, \u{FFFC}".repeat(mentioned.len()),
        mentions: mentioned.to_vec(),
    }
}

/// The memberships that a refusal of this command names.
fn about(ward: &Ward, by: MembershipId, action: Action) -> Vec<MembershipId> {
    let target = action.names().and_then(|message| ward.target(message));
    let command = ward.command(by, action);
    let decided = decide(
        ward.state.as_ref(),
        &command,
        Referred {
            target: target.as_ref(),
            uploads: &ward.uploads,
            urgent_used_up: false,
        },
        person(by),
        &ward.directory,
        ward.now(),
    );
    let refusal = decided.expect_err("it is refused");
    conversation::refused_people(
        refusal,
        &command,
        ward.state.as_ref(),
        target.as_ref(),
        &ward.directory,
    )
}

// M1, M3
#[test]
fn a_text_that_may_not_be_posted_may_not_be_made_by_an_edit() {
    let mut ward = a_group();
    let message = ward.says(ANNA, "2 mg").unwrap();
    let before = ward.last();
    let broken = MessageText {
        body: "Kijk even".into(),
        mentions: vec![BRAM],
    };
    for (text, refusal) in [
        ("".into(), Refusal::TextEmpty),
        (" \n\t\u{200B}".into(), Refusal::TextEmpty),
        ("x".repeat(20_001).as_str().into(), Refusal::TextTooLong),
        ("2\u{B}mg".into(), Refusal::TextHasControlCharacters),
        ("2 mg\r\n".into(), Refusal::TextHasControlCharacters),
        ("2 mg \u{FFFC}".into(), Refusal::TextMentionsBroken),
        (broken, Refusal::TextMentionsBroken),
    ] {
        assert_eq!(
            ward.act(
                ANNA,
                Action::Edit {
                    message,
                    text,
                    attachments: Vec::new(),
                    urgent: None,
                }
            ),
            Err(refusal)
        );
    }
    assert_eq!(ward.last(), before);
    let text = "x".repeat(20_000).as_str().into();
    assert!(
        ward.act(
            ANNA,
            Action::Edit {
                message,
                text,
                attachments: Vec::new(),
                urgent: None,
            }
        )
        .is_ok()
    );
}

// P8
#[test]
fn an_edit_mentions_participants_only_and_its_refusal_names_the_others() {
    let mut ward = a_group();
    let message = ward.says(CARLA, "Wie?").unwrap();
    let edit = |mentioned: &[MembershipId]| Action::Edit {
        message,
        text: naming(mentioned),
        attachments: Vec::new(),
        urgent: None,
    };
    // A post would add Daan, who would read from then on, and not this message.
    assert_eq!(ward.act(CARLA, edit(&[DAAN])), Err(Refusal::EditNamesNewcomer));
    assert_eq!(about(&ward, CARLA, edit(&[BRAM, DAAN, ELS, DAAN])), [DAAN, ELS]);
    assert!(!ward.state().head.takes_part(DAAN));
    assert!(ward.act(CARLA, edit(&[BRAM])).is_ok());
}

// P8, M3
#[test]
fn an_edit_may_name_people_who_left_since_and_nobody_who_left_before() {
    let mut ward = a_group();
    ward.adds(CARLA, DAAN).unwrap();
    ward.leaves(DAAN).unwrap();
    let early = ward.says(CARLA, "2 mg").unwrap();
    let text = naming(&[BRAM]);
    let message = ward.says(CARLA, "20 mg").unwrap();
    ward.act(
        CARLA,
        Action::Edit {
            message,
            text: text.clone(),
            attachments: Vec::new(),
            urgent: None,
        },
    )
    .unwrap();
    ward.leaves(BRAM).unwrap();
    assert!(
        ward.act(
            CARLA,
            Action::Edit {
                message,
                text: text.clone(),
                attachments: Vec::new(),
                urgent: None,
            }
        )
        .is_ok()
    );
    let text = naming(&[DAAN]);
    assert_eq!(
        ward.act(
            CARLA,
            Action::Edit {
                message: early,
                text,
                attachments: Vec::new(),
                urgent: None,
            }
        ),
        Err(Refusal::EditNamesNewcomer)
    );
}

// P8, P5
#[test]
fn an_edit_discloses_to_nobody_who_took_part_while_its_writer_was_away() {
    let mut ward = a_group();
    let message = ward.says(CARLA, "2 mg").unwrap();
    ward.leaves(CARLA).unwrap();
    ward.adds(ANNA, DAAN).unwrap();
    ward.leaves(DAAN).unwrap();
    ward.adds(ANNA, CARLA).unwrap();
    let text = naming(&[DAAN]);
    assert_eq!(
        ward.act(
            CARLA,
            Action::Edit {
                message,
                text,
                attachments: Vec::new(),
                urgent: None,
            }
        ),
        Err(Refusal::EditNamesNewcomer)
    );
}

// P8, P3
#[test]
fn a_mention_at_an_item_that_takes_analyse_names_whom_it_would_add() {
    let mut ward = about_the_item();
    let post = |ward: &mut Ward, mentioned: &[MembershipId]| {
        let mut message = ward.message("");
        message.text = naming(mentioned);
        Action::Post { message }
    };
    let message = post(&mut ward, &[CARLA, ANNA_AT_HOME_CARE]);
    assert_eq!(ward.act(DAAN, message.clone()), Err(Refusal::MentionNotAllowed));
    assert_eq!(about(&ward, DAAN, message), [ANNA_AT_HOME_CARE]);
    // A member who may add some gets the names of the others alone.
    let message = post(&mut ward, &[ANNA_AT_HOME_CARE, ELS]);
    assert_eq!(about(&ward, CARLA, message), [ELS]);
    // The same one twice, as another membership.
    let message = post(&mut ward, &[ANNA, ANNA_AT_HOME_CARE]);
    assert_eq!(about(&ward, CARLA, message), [ANNA_AT_HOME_CARE]);
}

// P8, S1, S3
#[test]
fn a_mention_in_a_first_message_names_whom_it_may_not_add() {
    let mut ward = Ward::new();
    ward.grant(DAAN, organisation::Permission::Handle);
    for (by, shape, with) in [
        (ANNA, Shape::Direct, CARLA),
        (DAAN, Shape::Item { item: ITEM }, CARLA),
    ] {
        let mut message = ward.message("");
        message.text = naming(&[with, BRAM]);
        let start = Action::Start {
            shape,
            with: vec![with],
            teams: vec![],
            subject: None,
            message: Some(message),
        };
        assert_eq!(about(&ward, by, start), [BRAM]);
    }
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
