//! A refusal is true of the person who gets it (U2): where the reason is another, the sentence is another.

use conversation::organisation::Permission;
use conversation::refusal::Language;
use conversation::*;

use crate::ward::*;

fn add(members: &[MembershipId]) -> Action {
    Action::Add {
        members: members.to_vec(),
        teams: Vec::new(),
        share: None,
    }
}

fn start(shape: Shape, with: &[MembershipId], teams: &[TeamId], subject: Option<&str>) -> Action {
    Action::Start {
        shape,
        with: with.to_vec(),
        teams: teams.to_vec(),
        subject: subject.map(Into::into),
        message: None,
    }
}

// U2, P1
#[test]
fn removing_oneself_is_refused_with_the_advice_to_leave_for_owner_and_others() {
    for by in [ANNA, BRAM] {
        let mut ward = a_group();
        let remove = Action::Remove { member: by };
        assert_eq!(ward.act(by, remove), Err(Refusal::CannotRemoveYourself));
    }
    // Somebody else is removed by the owner alone, and only who takes part.
    let mut ward = a_group();
    let remove = |member| Action::Remove { member };
    assert_eq!(ward.act(BRAM, remove(CARLA)), Err(Refusal::OnlyTheOwner));
    assert_eq!(ward.act(ANNA, remove(DAAN)), Err(Refusal::NotAParticipant));
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA])
        .expect("a direct conversation");
    assert_eq!(
        ward.act(ANNA, remove(ANNA)),
        Err(Refusal::NotInADirectConversation)
    );
}

// U2, P9
#[test]
fn handing_over_to_oneself_is_refused_as_owner_already() {
    let mut ward = a_group();
    let to_self = |to| Action::HandOver { to };
    assert_eq!(ward.act(ANNA, to_self(ANNA)), Err(Refusal::AlreadyTheOwner));
    assert_eq!(ward.act(BRAM, to_self(BRAM)), Err(Refusal::OnlyTheOwner));
    assert_eq!(ward.act(ANNA, to_self(DAAN)), Err(Refusal::NotAParticipant));
}

// U2, P9
#[test]
fn a_member_who_leaves_cannot_be_their_own_successor() {
    let mut ward = a_group();
    for (successor, refusal) in [(ANNA, Refusal::SuccessorLeaves), (DAAN, Refusal::NotAParticipant)] {
        let successor = Some(successor);
        assert_eq!(ward.act(ANNA, Action::Leave { successor }), Err(refusal));
    }
    assert!(ward.state().head.takes_part(ANNA));
}

// U2, O2
#[test]
fn choosing_oneself_is_refused_as_taking_part_by_any_membership() {
    for own in [ANNA, ANNA_AT_HOME_CARE] {
        let mut ward = Ward::new();
        for action in [
            start(Shape::Direct, &[own], &[], None),
            start(Shape::Group, &[own, BRAM], &[], Some("Wond")),
        ] {
            assert_eq!(ward.act(ANNA, action), Err(Refusal::YouTakePart), "{own}");
        }
        let mut ward = a_group();
        assert_eq!(ward.act(ANNA, add(&[own])), Err(Refusal::YouTakePart), "{own}");
    }
    let mut ward = a_group();
    assert_eq!(ward.act(BRAM, add(&[ANNA])), Err(Refusal::AlreadyTakesPart));
    assert_eq!(ward.act(ANNA, Action::Join), Err(Refusal::YouTakePart));
}

// U2, P3
#[test]
fn joining_again_is_refused_as_taking_part_by_any_membership() {
    let mut ward = about_the_item();
    assert_eq!(ward.act(CARLA, Action::Join), Err(Refusal::YouTakePart));
    ward.adds(CARLA, ANNA).expect("Anna is added");
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    assert_eq!(
        ward.act(ANNA_AT_HOME_CARE, Action::Join),
        Err(Refusal::YouTakePart)
    );
}

// U2, O2
#[test]
fn choosing_somebody_twice_is_refused_with_their_name() {
    let mut ward = Ward::new();
    let twice = start(Shape::Group, &[BRAM, CARLA, BRAM], &[], Some("Wond"));
    assert_eq!(ward.act(ANNA, twice.clone()), Err(Refusal::ChosenTwice));
    let command = Command {
        id: CommandId(uuid::Uuid::from_u128(1)),
        acting: ANNA,
        conversation: ConversationId(uuid::Uuid::from_u128(2)),
        action: twice,
    };
    let about = conversation::refused_people(Refusal::ChosenTwice, &command, None, None, &ward.directory);
    assert_eq!(about, [BRAM]);
    // As two memberships, too.
    let mut ward = Ward::new();
    ward.start(CARLA, Shape::Group, &[DAAN]).expect("a group");
    assert_eq!(
        ward.act(CARLA, add(&[ANNA, ANNA_AT_HOME_CARE])),
        Err(Refusal::ChosenTwice)
    );
    let team = ward.team();
    let teams = Action::Add {
        members: Vec::new(),
        teams: vec![team, team],
        share: None,
    };
    assert_eq!(ward.act(CARLA, teams), Err(Refusal::ChosenTwice));
}

// U2, L3
#[test]
fn the_refusal_to_reopen_says_who_may() {
    let mut ward = a_group();
    ward.act(ANNA, Action::Archive).expect("the owner archives");
    assert_eq!(ward.act(CARLA, Action::Reopen), Err(Refusal::OnlyTheOwner));
    ward.act(ANNA, Action::HandOver { to: BRAM })
        .expect("Bram owns it");
    assert_eq!(ward.act(CARLA, Action::Reopen), Err(Refusal::OnlyWhoArchived));
    ward.act(ANNA, Action::Reopen)
        .expect("who archived it reopens it");
}

// U2, P3, P7
#[test]
fn a_member_who_left_an_items_conversation_and_may_not_join_is_asked_to_be_added() {
    let mut ward = about_the_item();
    ward.leaves(DAAN).expect("Daan leaves");
    for action in [Action::Join, add(&[BRAM]), Action::Archive] {
        assert_eq!(ward.act(DAAN, action), Err(Refusal::AskToBeAdded));
    }
    // A member who may join is asked to; one who never saw any of it learns that there is no such
    // conversation.
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    assert_eq!(
        ward.act(ANNA_AT_HOME_CARE, Action::Archive),
        Err(Refusal::TakePartFirst)
    );
    for action in [Action::Join, Action::Archive] {
        assert_eq!(ward.act(BRAM, action), Err(Refusal::NoSuchConversation));
    }
}

// U2, P6
#[test]
fn a_message_to_a_partner_who_works_there_no_longer_is_refused_as_such() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA])
        .expect("a direct conversation");
    ward.end_membership(CARLA);
    assert_eq!(ward.says(ANNA, "Ben je er nog?"), Err(Refusal::PartnerEnded));
}

// U2
#[test]
fn a_full_conversation_is_distinguished_from_too_many_chosen() {
    let mut ward = a_group();
    let some: Vec<MembershipId> = (0..501)
        .map(|n| MembershipId(uuid::Uuid::from_u128(0x9_0000 + n)))
        .collect();
    assert_eq!(ward.act(ANNA, add(&some)), Err(Refusal::TooManyChosen));
    let head = &mut ward.state.as_mut().expect("a group").head;
    head.participants
        .extend((0..997).map(|n| MembershipId(uuid::Uuid::from_u128(0xa_0000 + n))));
    assert_eq!(ward.act(ANNA, add(&[DAAN])), Err(Refusal::TooManyParticipants));
}

// U2, M3, M4
#[test]
fn an_author_by_another_membership_learns_which_one_may_change_the_message() {
    let sentence = Refusal::NotYourMessage.sentence(Language::En);
    assert!(sentence.contains("organisation and unit"), "{sentence}");
}

// U2, S1, S3
#[test]
fn the_refusal_of_an_empty_subject_holds_for_every_shape() {
    let mut ward = Ward::new();
    let direct = start(Shape::Direct, &[BRAM], &[], Some(" "));
    assert_eq!(ward.act(ANNA, direct), Err(Refusal::SubjectMissing));
    for language in [Language::Nl, Language::En] {
        assert!(!Refusal::SubjectMissing.sentence(language).contains("gro"));
    }
}
