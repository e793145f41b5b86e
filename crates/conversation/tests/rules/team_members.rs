//! Members who join and leave a team, also if they take part by name or by another team (O4).

use conversation::decide::ended;
use conversation::*;

use crate::ward::*;

/// Anna's group with both teams of home care, in both of which Carla is.
fn with_both_teams() -> Ward {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.joins_second_team(CARLA);
    let teams = vec![ward.team(), ward.second_team()];
    let start = Action::Start {
        shape: Shape::Group,
        with: vec![BRAM],
        teams,
        subject: Some("Wondzorg".to_owned()),
        message: None,
    };
    ward.act(ANNA, start).expect("a group");
    ward
}

// O4
#[test]
fn a_member_who_returns_to_the_team_takes_part_again() {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.joins_team(DAAN);
    ward.starts_with_team(ANNA, &[]).unwrap();
    ward.leaves_team(DAAN);
    assert_eq!(ward.state().head.participants, [ANNA, CARLA]);
    ward.joins_team(DAAN);
    assert_eq!(ward.state().head.participants, [ANNA, CARLA, DAAN]);
}

// O4
#[test]
fn a_member_who_leaves_the_team_takes_none_of_the_others_along() {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.joins_team(DAAN);
    ward.starts_with_team(ANNA, &[]).unwrap();
    ward.leaves_team(CARLA);
    let team = ward.team();
    assert_eq!(ward.directory.team_members(team), [DAAN]);
    assert_eq!(ward.state().head.participants, [ANNA, DAAN]);
}

// O4
#[test]
fn a_member_of_two_teams_stays_by_the_one_when_the_other_goes() {
    let mut ward = with_both_teams();
    let (first, second) = (ward.team(), ward.second_team());
    ward.act(ANNA, Action::RemoveTeam { team: first }).unwrap();
    assert!(ward.state().head.takes_part(CARLA));
    assert_eq!(ward.state().head.teams, [second]);
    ward.leaves_second_team(CARLA);
    assert!(!ward.state().head.takes_part(CARLA), "that was the last ground");
}

// O4
#[test]
fn a_member_of_two_teams_stays_by_the_one_when_they_leave_the_other() {
    let mut ward = with_both_teams();
    ward.leaves_team(CARLA);
    assert!(ward.state().head.takes_part(CARLA));
    ward.leaves_second_team(CARLA);
    assert!(!ward.state().head.takes_part(CARLA));
}

// O4
#[test]
fn a_member_who_joins_a_second_team_that_takes_part_stays_when_the_first_goes() {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    let second = ward.second_team();
    let team = ward.team();
    let start = Action::Start {
        shape: Shape::Group,
        with: vec![BRAM],
        teams: vec![team, second],
        subject: Some("Wondzorg".to_owned()),
        message: None,
    };
    ward.act(ANNA, start).unwrap();
    ward.joins_second_team(CARLA);
    let joined = Kind::TeamJoined {
        team: second,
        members: vec![CARLA],
    };
    assert_eq!(ward.kind(Seq(2)), &joined);
    ward.act(ANNA, Action::RemoveTeam { team }).unwrap();
    assert_eq!(ward.state().head.participants, [ANNA, BRAM, CARLA]);
}

// O4
#[test]
fn a_participant_by_name_is_not_brought_in_again_by_their_team() {
    let mut ward = a_group();
    let team = ward.team();
    let add = Action::Add {
        members: vec![],
        teams: vec![team],
        share: None,
    };
    ward.act(ANNA, add).unwrap();
    let before = ward.last();
    ward.joins_team(CARLA);
    assert_eq!(ward.last(), before, "nothing is to be recorded");
    assert!(ward.state().head.by_name(CARLA));
}

// A2
#[test]
fn in_a_deleted_conversation_nothing_is_recorded_any_more() {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.starts_with_team(ANNA, &[BRAM]).unwrap();
    ward.act(ANNA, Action::DeleteConversation).unwrap();
    let before = ward.last();
    ward.leaves_team(CARLA);
    ward.joins_team(DAAN);
    ward.end_membership(BRAM);
    assert_eq!(ward.last(), before);
}

// P9
#[test]
fn a_membership_that_ends_leaves_only_where_it_takes_part() {
    let mut ward = a_group();
    let recorded = |member| ended(ward.state(), member, &ward.directory, ward.now());
    assert_eq!(recorded(DAAN), []);
    let kinds: Vec<Kind> = recorded(ANNA)
        .into_iter()
        .map(|event| event.header.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            Kind::HandedOver { to: BRAM },
            Kind::Left {
                member: ANNA,
                ended: true
            }
        ]
    );
    ward.end_membership(DAAN);
    assert_eq!(ward.last(), Seq(1));
}

// P6, S1: whichever of the two left, the one conversation of the pair goes on.
#[test]
fn starting_again_brings_back_the_one_who_left_the_direct_conversation() {
    let start = |ward: &Ward, with| Action::Start {
        shape: Shape::Direct,
        with: vec![with],
        teams: vec![],
        subject: None,
        message: Some(ward.message("Daar ben ik weer")),
    };
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    ward.leaves(ANNA).unwrap();
    let again = start(&ward, CARLA);
    ward.act(ANNA, again).unwrap();
    let kinds = ward.kinds_from(3);
    assert_eq!(kinds[0], &Kind::Joined { members: vec![ANNA] });
    assert!(kinds[1].is_message() && kinds.len() == 2);
    ward.leaves(CARLA).unwrap();
    let again = start(&ward, CARLA);
    ward.act(ANNA, again).unwrap();
    let kinds = ward.kinds_from(6);
    assert_eq!(kinds[0], &Kind::Joined { members: vec![CARLA] });
    assert!(kinds[1].is_message() && kinds.len() == 2);
    assert_eq!(ward.state().head.participants, [ANNA, CARLA]);
}

// P6, P8
#[test]
fn a_member_brought_back_by_a_message_can_be_mentioned_in_it() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    ward.leaves(CARLA).unwrap();
    assert_eq!(ward.mentions(ANNA, CARLA), Ok(Seq(4)));
    assert!(ward.state().head.takes_part(CARLA));
}

// S1
#[test]
fn a_direct_conversation_with_a_subject_is_not_the_one_of_its_pair() {
    let mut ward = Ward::new();
    let start = |subject: Option<&str>| Action::Start {
        shape: Shape::Direct,
        with: vec![CARLA],
        teams: vec![],
        subject: subject.map(Into::into),
        message: None,
    };
    ward.act(ANNA, start(Some("Zalf"))).unwrap();
    assert_eq!(ward.act(ANNA, start(None)), Err(Refusal::ConversationExists));
    let mut ward = a_group();
    assert_eq!(ward.act(ANNA, start(None)), Err(Refusal::ConversationExists));
}

// S1, M2: nothing was said yet that it could answer.
#[test]
fn the_first_message_of_a_conversation_answers_nothing() {
    let mut ward = Ward::new();
    let mut message = ward.message("Eens");
    message.reply_to = Some(MessageId(uuid::Uuid::from_u128(1)));
    let start = Action::Start {
        shape: Shape::Direct,
        with: vec![CARLA],
        teams: vec![],
        subject: None,
        message: Some(message),
    };
    assert_eq!(ward.act(ANNA, start), Err(Refusal::NoSuchMessage));
    assert!(ward.state.is_none());
}

// S1, M2
#[test]
fn starting_again_can_answer_an_earlier_message() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    let said = ward.says(CARLA, "Welke zalf?").unwrap();
    let mut message = ward.message("De witte");
    message.reply_to = Some(said);
    let start = Action::Start {
        shape: Shape::Direct,
        with: vec![CARLA],
        teams: vec![],
        subject: None,
        message: Some(message),
    };
    let number = ward.act(ANNA, start).unwrap();
    let reply_to = Some(Seq(2));
    assert!(matches!(ward.kind(number), Kind::Posted { reply_to: to, .. } if *to == reply_to));
}

// A2, P5: its id stays taken, and discloses nothing.
#[test]
fn a_deleted_conversation_is_to_everyone_as_if_it_never_was() {
    let mut ward = a_group();
    ward.act(ANNA, Action::DeleteConversation).unwrap();
    let start = |shape| Action::Start {
        shape,
        with: vec![CARLA],
        teams: vec![],
        subject: Some("Wondzorg".to_owned()),
        message: None,
    };
    assert_eq!(ward.act(ANNA, start(Shape::Group)), Err(Refusal::Malformed));
    assert_eq!(ward.act(ANNA, start(Shape::Direct)), Err(Refusal::Malformed));
    assert_eq!(ward.act(ANNA, Action::Join), Err(Refusal::NoSuchConversation));
}
