//! Urgent messages (M10).

use conversation::urgency::LONGEST_REASON;
use conversation::*;

use crate::ward::*;

fn because(reason: &str) -> Option<Urgency> {
    let reason = reason.to_owned();
    Some(Urgency { reason })
}

fn urgent(ward: &Ward, reason: &str) -> NewMessage {
    NewMessage {
        urgent: because(reason),
        ..ward.message("Kun je nu kijken?")
    }
}

fn edit(message: MessageId, reason: Option<&str>) -> Action {
    Action::Edit {
        message,
        text: "Kun je nu kijken? Kamer 4".into(),
        attachments: Vec::new(),
        urgent: reason.and_then(because),
    }
}

// M10
#[test]
fn an_urgent_message_says_so_in_the_trail_and_its_reason_in_the_content_that_can_be_destroyed() {
    let mut ward = a_group();
    let message = urgent(&ward, "  Bloeddruk   daalt ");
    let number = ward.act(ANNA, Action::Post { message }).unwrap();
    let event = &ward.log[number.0 as usize - 1];
    assert!(event.header.kind.is_urgent());
    let header = serde_json::to_string(&event.header).unwrap();
    assert!(
        header.contains(r#""urgent":true"#) && !header.contains("Bloeddruk"),
        "{header}"
    );
    assert_eq!(event.content.urgency, because("Bloeddruk daalt"));
    // Of others neither says anything, so that they are hashed as they always were.
    let plain = ward.says(ANNA, "Dank").unwrap();
    let plain = ward.target(plain).unwrap().number;
    let event = &ward.log[plain.0 as usize - 1];
    let (header, content) = (
        serde_json::to_string(&event.header).unwrap(),
        serde_json::to_string(&event.content).unwrap(),
    );
    assert!(
        !header.contains("urgent") && !content.contains("urgen"),
        "{header} {content}"
    );
}

// M10
#[test]
fn the_first_message_of_a_conversation_can_be_urgent() {
    let mut ward = Ward::new();
    let message = Some(urgent(&ward, "Benauwd"));
    let start = Action::Start {
        shape: Shape::Direct,
        with: vec![BRAM],
        teams: Vec::new(),
        subject: None,
        message,
    };
    let number = ward.act(ANNA, start).unwrap();
    assert!(ward.kind(number).is_urgent());
}

// M10
#[test]
fn a_reason_that_is_none_is_refused_and_changes_nothing() {
    let mut ward = a_group();
    let longest = "x".repeat(LONGEST_REASON);
    for (reason, refusal) in [
        ("", Refusal::UrgencyReasonMissing),
        ("  ", Refusal::UrgencyReasonMissing),
        (&format!("{longest}x"), Refusal::UrgencyReasonTooLong),
        (&"\u{1F600}".repeat(100_000), Refusal::UrgencyReasonTooLong),
        ("koorts\u{7}", Refusal::UrgencyReasonHasControlCharacters),
        ("koorts\u{FFFC}", Refusal::UrgencyReasonHasControlCharacters),
    ] {
        let message = urgent(&ward, reason);
        assert_eq!(
            ward.act(ANNA, Action::Post { message }),
            Err(refusal),
            "{reason:.20}"
        );
    }
    assert_eq!(ward.last(), Seq(1));
    let message = urgent(&ward, &longest);
    assert!(ward.act(ANNA, Action::Post { message }).is_ok());
}

// M10, M3
#[test]
fn an_edit_keeps_or_changes_the_reason_and_makes_no_message_urgent() {
    let mut ward = a_group();
    let message = urgent(&ward, "Bloeddruk daalt");
    let id = message.id;
    ward.act(ANNA, Action::Post { message }).unwrap();
    for (reason, kept) in [
        (Some("Bloeddruk daalt snel"), because("Bloeddruk daalt snel")),
        // A device that does not know of it.
        (None, None),
    ] {
        let number = ward.act(ANNA, edit(id, reason)).unwrap();
        assert_eq!(ward.log[number.0 as usize - 1].content.urgency, kept);
        assert!(ward.kind(Seq(2)).is_urgent());
    }
    assert_eq!(
        ward.act(ANNA, edit(id, Some(" "))),
        Err(Refusal::UrgencyReasonMissing)
    );
    let plain = ward.says(ANNA, "Dank").unwrap();
    assert_eq!(
        ward.act(ANNA, edit(plain, Some("Toch spoed"))),
        Err(Refusal::NotUrgent)
    );
}

// M10
#[test]
fn once_the_allowance_is_used_up_only_messages_without_urgency_are_accepted() {
    let mut ward = a_group();
    ward.urgent_used_up = true;
    let message = urgent(&ward, "Bloeddruk daalt");
    let id = message.id;
    assert_eq!(
        ward.act(
            ANNA,
            Action::Post {
                message: message.clone()
            }
        ),
        Err(Refusal::TooManyUrgent)
    );
    // Nobody learns of the allowance where they may not write.
    assert_eq!(
        ward.act(
            ELS,
            Action::Post {
                message: message.clone()
            }
        ),
        Err(Refusal::NoSuchConversation)
    );
    assert!(ward.says(ANNA, "Zonder spoed").is_ok());
    ward.urgent_used_up = false;
    ward.act(ANNA, Action::Post { message }).unwrap();
    // An edit is no further urgent message.
    ward.urgent_used_up = true;
    assert!(ward.act(ANNA, edit(id, Some("Bloeddruk daalt"))).is_ok());
}
