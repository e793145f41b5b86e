use conversation::organisation::Permission;
use conversation::*;

use crate::ward::*;

// P1, P2
#[test]
fn only_the_owner_adds_people_of_other_organisations() {
    let mut ward = a_group();
    assert_eq!(ward.adds(BRAM, DAAN), Err(Refusal::OnlyOwnOrganisation));
    assert!(ward.adds(CARLA, DAAN).is_ok());
    let mut ward = a_group();
    assert!(ward.adds(ANNA, DAAN).is_ok());
    assert_eq!(ward.adds(ANNA, DAAN), Err(Refusal::AlreadyTakesPart));
    assert_eq!(ward.adds(ANNA, ELS), Err(Refusal::NotFindable));
}

// P1
#[test]
fn only_the_owner_removes_and_hands_over() {
    let mut ward = a_group();
    let remove = |member| Action::Remove { member };
    assert_eq!(ward.act(BRAM, remove(CARLA)), Err(Refusal::OnlyTheOwner));
    assert_eq!(ward.act(ANNA, remove(ANNA)), Err(Refusal::CannotRemoveYourself));
    assert!(ward.act(ANNA, remove(CARLA)).is_ok());
    assert_eq!(ward.act(ANNA, remove(CARLA)), Err(Refusal::NotAParticipant));
    assert_eq!(
        ward.act(ANNA, Action::HandOver { to: CARLA }),
        Err(Refusal::NotAParticipant)
    );
    assert!(ward.act(ANNA, Action::HandOver { to: BRAM }).is_ok());
    assert_eq!(ward.state().head.owner, Some(BRAM));
}

// P3
#[test]
fn adding_to_an_item_conversation_needs_analyse() {
    let mut ward = about_the_item();
    assert_eq!(ward.adds(DAAN, ANNA_AT_HOME_CARE), Err(Refusal::NeedsAnalyse));
    assert!(ward.adds(CARLA, ANNA_AT_HOME_CARE).is_ok());
    ward.revoke(CARLA, Permission::Analyse);
    assert_eq!(ward.adds(CARLA, BRAM), Err(Refusal::NeedsAnalyse));
}

// P3
#[test]
fn a_holder_of_analyse_joins_an_item_conversation_by_themselves() {
    let mut ward = about_the_item();
    assert_eq!(
        ward.act(ANNA_AT_HOME_CARE, Action::Join),
        Err(Refusal::NoSuchConversation)
    );
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    assert_eq!(
        ward.says(ANNA_AT_HOME_CARE, "Ik kijk mee").unwrap_err(),
        Refusal::TakePartFirst
    );
    assert!(ward.act(ANNA_AT_HOME_CARE, Action::Join).is_ok());
    assert_eq!(
        ward.act(ANNA_AT_HOME_CARE, Action::Join),
        Err(Refusal::YouTakePart)
    );
    assert!(ward.says(ANNA_AT_HOME_CARE, "Ik kijk mee").is_ok());
}

// P4
#[test]
fn nobody_is_ever_added_to_a_direct_conversation() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    assert_eq!(ward.adds(ANNA, BRAM), Err(Refusal::DirectStaysDirect));
    assert_eq!(ward.mentions(ANNA, BRAM), Err(Refusal::MentionNotAllowed));
    assert_eq!(
        ward.act(ANNA, Action::Remove { member: CARLA }),
        Err(Refusal::NotInADirectConversation)
    );
    assert_eq!(
        ward.act(ANNA, Action::Archive),
        Err(Refusal::NotInADirectConversation)
    );
}

// P6
#[test]
fn a_conversation_goes_on_for_the_others_after_one_left() {
    let mut ward = a_group();
    ward.leaves(CARLA).unwrap();
    assert_eq!(
        ward.says(CARLA, "Toch nog").unwrap_err(),
        Refusal::NoSuchConversation
    );
    assert!(ward.says(BRAM, "Wij gaan verder").is_ok());
}

// P6
#[test]
fn a_direct_conversation_one_has_left_comes_back_with_the_others_next_message() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    ward.leaves(CARLA).unwrap();
    ward.says(ANNA, "Ben je er nog?").unwrap();
    assert_eq!(ward.kind(Seq(3)), &Kind::Joined { members: vec![CARLA] });
    assert!(ward.state().head.takes_part(CARLA));
}

// P9
#[test]
fn an_owner_who_leaves_hands_over_to_whom_they_choose_or_the_longest_standing_colleague() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Group, &[CARLA, BRAM]).unwrap();
    let chosen = Action::Leave { successor: Some(ELS) };
    assert_eq!(ward.act(ANNA, chosen), Err(Refusal::NotAParticipant));
    ward.leaves(ANNA).unwrap();
    // Bram is of Anna's organisation, though Carla stands before him.
    assert_eq!(ward.state().head.owner, Some(BRAM));
    ward.act(BRAM, Action::Leave { successor: None }).unwrap();
    assert_eq!(ward.state().head.owner, Some(CARLA));
    ward.leaves(CARLA).unwrap();
    assert_eq!(ward.state().head.owner, None);
}

// P9
#[test]
fn an_owner_whose_membership_ends_hands_over() {
    let mut ward = a_group();
    ward.end_membership(ANNA);
    assert_eq!(ward.state().head.owner, Some(BRAM));
    assert!(!ward.state().head.takes_part(ANNA));
}

// P10
#[test]
fn every_such_change_is_an_event_that_all_participants_see() {
    let mut ward = a_group();
    ward.adds(ANNA, DAAN).unwrap();
    ward.act(ANNA, Action::Remove { member: BRAM }).unwrap();
    ward.act(ANNA, Action::HandOver { to: CARLA }).unwrap();
    ward.leaves(ANNA).unwrap();
    ward.act(CARLA, Action::Archive).unwrap();
    let state = ward.state();
    for number in 2..=state.last.0 {
        let kind = ward.kind(Seq(number));
        let seen = conversation::visibility::places(state, &[CARLA], false);
        assert_eq!(
            conversation::visibility::shown(&seen, Seq(number), kind),
            visibility::Shown::Whole
        );
    }
}

// O2
#[test]
fn a_person_is_at_most_once_in_a_conversation() {
    let mut ward = a_group();
    assert_eq!(
        ward.adds(CARLA, ANNA_AT_HOME_CARE),
        Err(Refusal::AlreadyTakesPart)
    );
    ward.leaves(ANNA).unwrap();
    assert!(ward.adds(CARLA, ANNA_AT_HOME_CARE).is_ok());
}

// P1, P2, P4
#[test]
fn a_screen_offers_exactly_the_actions_that_the_rules_allow() {
    let ward = a_group();
    let head = &ward.state().head;
    let owner = allowed(head, ANNA, &ward.directory);
    assert!(owner.add && owner.add_outside && owner.remove && owner.archive && owner.share_earlier);
    let other = allowed(head, BRAM, &ward.directory);
    assert!(other.write && other.add && other.leave);
    assert!(!other.add_outside && !other.remove && !other.archive && !other.share_earlier);
    assert_eq!(allowed(head, DAAN, &ward.directory), Allowed::default());
}
