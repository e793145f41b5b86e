use conversation::*;

use crate::ward::*;

// S1
#[test]
fn starting_again_with_the_same_partner_goes_on_with_the_conversation_that_exists() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    let message = ward.message("Nog een vraag.");
    let again = Action::Start {
        shape: Shape::Direct,
        with: vec![ANNA],
        teams: vec![],
        subject: None,
        message: Some(message),
    };
    assert_eq!(ward.act(CARLA, again), Ok(Seq(2)));
    assert!(ward.kind(Seq(2)).is_message() && !ward.kind(Seq(1)).is_message());
}

// S1
#[test]
fn a_direct_conversation_starts_with_exactly_one_partner_who_can_be_found() {
    let mut ward = Ward::new();
    assert_eq!(
        ward.start(ANNA, Shape::Direct, &[]),
        Err(Refusal::ExactlyOnePartner)
    );
    assert_eq!(
        ward.start(ANNA, Shape::Direct, &[BRAM, CARLA]),
        Err(Refusal::ExactlyOnePartner)
    );
    assert_eq!(
        ward.start(ANNA, Shape::Direct, &[ANNA]),
        Err(Refusal::YouTakePart)
    );
    assert_eq!(
        ward.start(ANNA, Shape::Direct, &[ANNA_AT_HOME_CARE]),
        Err(Refusal::YouTakePart)
    );
    // O3: the hospital shares no network with the practice.
    assert_eq!(ward.start(ANNA, Shape::Direct, &[ELS]), Err(Refusal::NotFindable));
    assert!(ward.state.is_none());
}

// S2
#[test]
fn a_group_needs_a_subject_and_at_least_one_other() {
    let mut ward = Ward::new();
    let group = |subject: Option<&str>, with: &[MembershipId]| Action::Start {
        shape: Shape::Group,
        with: with.to_vec(),
        teams: vec![],
        subject: subject.map(Into::into),
        message: None,
    };
    assert_eq!(ward.act(ANNA, group(None, &[BRAM])), Err(Refusal::SubjectMissing));
    assert_eq!(
        ward.act(ANNA, group(Some(" "), &[BRAM])),
        Err(Refusal::SubjectMissing)
    );
    assert_eq!(
        ward.act(ANNA, group(Some(&"x".repeat(201)), &[BRAM])),
        Err(Refusal::SubjectTooLong)
    );
    assert_eq!(
        ward.act(ANNA, group(Some("Wond"), &[])),
        Err(Refusal::NobodyChosen)
    );
    assert_eq!(
        ward.act(ANNA, group(Some("Wond"), &[BRAM, BRAM])),
        Err(Refusal::ChosenTwice)
    );
    assert_eq!(ward.act(ANNA, group(Some("Wond"), &[BRAM, CARLA])), Ok(Seq(1)));
}

// S3
#[test]
fn an_item_conversation_needs_handle_and_takes_the_items_title_as_subject() {
    let mut ward = Ward::new();
    let item = Shape::Item { item: ITEM };
    assert_eq!(ward.start(CARLA, item, &[DAAN]), Err(Refusal::NeedsHandle));
    ward.grant(CARLA, organisation::Permission::Handle);
    assert_eq!(
        ward.start(CARLA, item, &[DAAN, ANNA]),
        Err(Refusal::ExactlyOnePartner)
    );
    assert_eq!(ward.start(CARLA, item, &[DAAN]), Ok(Seq(1)));
    assert_eq!(ward.state().head.subject.as_deref(), Some("Valincident kamer 12"));
}

// S4
#[test]
fn the_starter_owns_a_group_or_item_conversation_and_nobody_owns_a_direct_one() {
    assert_eq!(a_group().state().head.owner, Some(ANNA));
    assert_eq!(about_the_item().state().head.owner, Some(CARLA));
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[BRAM]).unwrap();
    assert_eq!(ward.state().head.owner, None);
}

// O3
#[test]
fn nobody_acts_with_a_membership_that_ended_or_is_anothers() {
    let mut ward = a_group();
    let command = Command {
        id: CommandId(uuid::Uuid::from_u128(1)),
        acting: BRAM,
        conversation: ConversationId(uuid::Uuid::from_u128(0xC0)),
        action: Action::Leave { successor: None },
    };
    let as_anna = decide(
        ward.state.as_ref(),
        &command,
        Referred::default(),
        person(ANNA),
        &ward.directory,
        ward.now(),
    );
    assert_eq!(as_anna, Err(Refusal::NotYourMembership));
    ward.end_membership(BRAM);
    assert_eq!(
        ward.says(BRAM, "Nog even").unwrap_err(),
        Refusal::NotYourMembership
    );
}

// P5
#[test]
fn a_start_with_the_id_of_a_foreign_conversation_discloses_nothing_of_it() {
    let mut ward = a_group();
    let start = |with| Action::Start {
        shape: Shape::Direct,
        with: vec![with],
        teams: vec![],
        subject: None,
        message: None,
    };
    assert_eq!(ward.act(DAAN, start(CARLA)), Err(Refusal::Malformed));
    assert_eq!(ward.act(BRAM, start(CARLA)), Err(Refusal::ConversationExists));
}

// S2
#[test]
fn a_subject_is_kept_as_one_sees_it() {
    for (typed, kept) in [
        ("Wond van Zoe\u{308}", "Wond van Zoë"),
        (" Wond\u{a0}\u{2003}van Zoë\u{200B} ", "Wond van Zoë"),
        ("Wond van Zoë\u{202E}", "Wond van Zoë"),
        (
            "\u{2066}Wo\u{AD}nd van\u{FEFF} Zoë\u{2069}\u{E0041}",
            "Wond van Zoë",
        ),
        ("می\u{200C}خواهم", "می\u{200C}خواهم"),
    ] {
        let mut ward = Ward::new();
        let group = |subject: &str| Action::Start {
            shape: Shape::Group,
            with: vec![BRAM],
            teams: vec![],
            subject: Some(subject.into()),
            message: None,
        };
        assert_eq!(
            ward.act(ANNA, group("\u{200B}\u{3164}")),
            Err(Refusal::SubjectMissing)
        );
        for none in ["Wond\u{E000}", "Wond\u{FFFD}", "Wo\u{7}nd", "Wond\u{378}"] {
            let refused = ward.act(ANNA, group(none));
            assert_eq!(refused, Err(Refusal::SubjectHasControlCharacters), "{none:?}");
        }
        assert_eq!(ward.act(ANNA, group(typed)), Ok(Seq(1)));
        assert_eq!(ward.state().head.subject.as_deref(), Some(kept));
    }
}
