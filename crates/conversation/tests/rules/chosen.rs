//! Choosing people and teams: their number, and each person once.

use conversation::decide::{MOST_CHOSEN, MOST_PARTICIPANTS};
use conversation::organisation::Permission;
use conversation::*;

use crate::ward::*;

fn add(members: Vec<MembershipId>, teams: Vec<TeamId>) -> Action {
    let share = None;
    Action::Add {
        members,
        teams,
        share,
    }
}

fn start(with: Vec<MembershipId>, teams: Vec<TeamId>) -> Action {
    Action::Start {
        shape: Shape::Group,
        with,
        teams,
        subject: Some("Wondzorg".to_owned()),
        message: None,
    }
}

// P1
#[test]
fn adding_nobody_is_refused_as_nobody_chosen() {
    let mut ward = a_group();
    assert_eq!(ward.act(ANNA, add(vec![], vec![])), Err(Refusal::NobodyChosen));
    assert_eq!(ward.last(), Seq(1));
}

// S2: people and teams are counted together.
#[test]
fn a_command_chooses_five_hundred_at_most() {
    let mut ward = Ward::new();
    let mut crowd = ward.crowd(PRACTICE, MOST_CHOSEN + 1);
    assert_eq!(
        ward.act(ANNA, start(crowd.clone(), vec![])),
        Err(Refusal::TooManyChosen)
    );
    let one_more = crowd.pop().unwrap();
    let team = ward.team();
    assert_eq!(
        ward.act(ANNA, start(crowd.clone(), vec![team])),
        Err(Refusal::TooManyChosen)
    );
    assert_eq!(ward.act(ANNA, start(crowd, vec![])), Ok(Seq(1)));
    assert_eq!(ward.adds(ANNA, one_more), Ok(Seq(2)));
}

// P1
#[test]
fn adding_chooses_five_hundred_at_most() {
    let mut ward = a_group();
    let mut crowd = ward.crowd(PRACTICE, MOST_CHOSEN + 1);
    let all = add(crowd.clone(), vec![]);
    assert_eq!(ward.act(ANNA, all), Err(Refusal::TooManyChosen));
    crowd.pop();
    assert_eq!(ward.act(ANNA, add(crowd, vec![])), Ok(Seq(2)));
}

/// Anna's group of so many in all.
fn a_group_of(count: usize) -> (Ward, Vec<MembershipId>) {
    let mut ward = a_group();
    let mut crowd = ward.crowd(PRACTICE, MOST_PARTICIPANTS);
    let mut inside = 3;
    while inside < count {
        let some = crowd.split_off(crowd.len() - (count - inside).min(MOST_CHOSEN));
        inside += some.len();
        ward.act(ANNA, add(some, vec![])).expect("they are added");
    }
    assert_eq!(ward.state().head.participants.len(), count);
    (ward, crowd)
}

// P1
#[test]
fn a_conversation_holds_a_thousand_people_at_most_who_are_added() {
    let (mut ward, mut crowd) = a_group_of(MOST_PARTICIPANTS - 1);
    let (one, other) = (crowd.pop().unwrap(), crowd.pop().unwrap());
    let both = add(vec![one, other], vec![]);
    assert!(ward.act(ANNA, both).is_err());
    assert!(ward.adds(ANNA, one).is_ok());
    assert!(ward.adds(ANNA, other).is_err());
    assert_eq!(ward.state().head.participants.len(), MOST_PARTICIPANTS);
}

// P8
#[test]
fn a_conversation_holds_a_thousand_people_at_most_who_are_mentioned() {
    let (mut ward, mut crowd) = a_group_of(MOST_PARTICIPANTS - 1);
    let (one, other) = (crowd.pop().unwrap(), crowd.pop().unwrap());
    assert!(ward.mentions(ANNA, one).is_ok());
    assert!(ward.mentions(ANNA, other).is_err());
    assert_eq!(ward.state().head.participants.len(), MOST_PARTICIPANTS);
}

// O4
#[test]
fn a_team_brings_in_no_more_than_a_conversation_holds() {
    let (mut ward, mut crowd) = a_group_of(MOST_PARTICIPANTS - 1);
    let team = ward.team();
    ward.joins_team(DAAN);
    ward.joins_team(ANNA_AT_HOME_CARE);
    for member in ward.crowd(HOME_CARE, 2) {
        ward.joins_team(member);
    }
    ward.act(ANNA, add(vec![], vec![team])).unwrap();
    let inside = &ward.state().head.participants;
    assert_eq!(inside.len(), MOST_PARTICIPANTS);
    assert!(
        ward.state().head.takes_part(DAAN),
        "the longest-standing comes in"
    );
    let late = crowd.pop().unwrap();
    assert!(ward.adds(ANNA, late).is_err());
}

// O2
#[test]
fn a_person_is_not_chosen_twice_by_two_memberships() {
    let mut ward = Ward::new();
    let both = vec![ANNA, ANNA_AT_HOME_CARE];
    assert!(ward.act(CARLA, start(both.clone(), vec![])).is_err());
    assert!(
        ward.act(ANNA, start(vec![ANNA_AT_HOME_CARE, BRAM], vec![]))
            .is_err()
    );
    ward.act(CARLA, start(vec![DAAN], vec![])).unwrap();
    assert!(ward.act(CARLA, add(both, vec![])).is_err());
    let twice = add(vec![BRAM, BRAM], vec![]);
    assert!(ward.act(CARLA, twice).is_err());
    assert_eq!(ward.state().head.participants, [CARLA, DAAN]);
}

// O2, P8
#[test]
fn a_person_is_not_mentioned_in_by_two_memberships() {
    let mut ward = Ward::new();
    ward.act(CARLA, start(vec![DAAN], vec![])).unwrap();
    let mut message = ward.message("\u{FFFC} en \u{FFFC}, kijken jullie mee?");
    message.text.mentions = vec![ANNA, ANNA_AT_HOME_CARE];
    assert_eq!(
        ward.act(CARLA, Action::Post { message }),
        Err(Refusal::MentionNotAllowed)
    );
    assert_eq!(ward.state().head.participants, [CARLA, DAAN]);
    // Twice the same is one addition.
    let mut message = ward.message("\u{FFFC}, ja jij, \u{FFFC}");
    message.text.mentions = vec![ANNA, ANNA];
    ward.act(CARLA, Action::Post { message }).unwrap();
    assert_eq!(ward.state().head.participants, [CARLA, DAAN, ANNA]);
}

// O2, P3
#[test]
fn a_participant_by_another_membership_does_not_join_an_item_conversation_as_well() {
    let mut ward = about_the_item();
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    ward.adds(CARLA, ANNA).unwrap();
    assert!(ward.act(ANNA_AT_HOME_CARE, Action::Join).is_err());
    assert!(!allowed(&ward.state().head, ANNA_AT_HOME_CARE, &ward.directory).join);
    ward.leaves(ANNA).unwrap();
    assert!(ward.act(ANNA_AT_HOME_CARE, Action::Join).is_ok());
}

// O2, O4: by one team as one of their memberships, by the other as the other.
#[test]
fn two_teams_bring_a_person_in_once() {
    let mut ward = Ward::new();
    ward.joins_team(ANNA_AT_HOME_CARE);
    ward.joins_second_team(ANNA);
    let teams = vec![ward.team(), ward.second_team()];
    ward.act(CARLA, start(vec![], teams)).unwrap();
    assert_eq!(ward.state().head.participants, [CARLA, ANNA_AT_HOME_CARE]);
}

// O4
#[test]
fn a_team_is_not_chosen_twice_in_one_command() {
    let mut ward = Ward::new();
    let team = ward.team();
    let twice = vec![team, team];
    assert!(ward.act(ANNA, start(vec![BRAM], twice.clone())).is_err());
    ward.act(ANNA, start(vec![BRAM], vec![])).unwrap();
    assert!(ward.act(ANNA, add(vec![], twice)).is_err());
}

// O4: they stay when the team goes.
#[test]
fn a_member_chosen_together_with_their_team_takes_part_by_name() {
    let mut ward = a_group();
    ward.joins_team(DAAN);
    let team = ward.team();
    ward.act(ANNA, add(vec![DAAN], vec![team])).unwrap();
    assert!(ward.state().head.by_name(DAAN));
    let expected = Kind::Added {
        members: vec![DAAN],
        teams: vec![Chosen {
            team,
            members: vec![],
        }],
        shared: vec![],
    };
    assert_eq!(ward.kind(Seq(2)), &expected);
    ward.act(ANNA, Action::RemoveTeam { team }).unwrap();
    assert!(ward.state().head.takes_part(DAAN));
}

// S1, S2: the pair of a direct conversation, which there is once.
#[test]
fn a_pair_is_two_people_without_a_team_or_subject() {
    let of = |shape, with: &[MembershipId], teams: &[TeamId], subject: Option<&str>| {
        pair(&Command {
            id: CommandId(uuid::Uuid::from_u128(1)),
            acting: CARLA,
            conversation: ConversationId(uuid::Uuid::from_u128(2)),
            action: Action::Start {
                shape,
                with: with.to_vec(),
                teams: teams.to_vec(),
                subject: subject.map(Into::into),
                message: None,
            },
        })
    };
    let team = TeamId(uuid::Uuid::from_u128(3));
    assert_eq!(of(Shape::Direct, &[ANNA], &[], None), Some((ANNA, CARLA)));
    assert_eq!(of(Shape::Direct, &[ANNA], &[team], None), None);
    assert_eq!(of(Shape::Direct, &[CARLA], &[], None), None);
    assert_eq!(of(Shape::Direct, &[ANNA, BRAM], &[], None), None);
    assert_eq!(of(Shape::Direct, &[ANNA], &[], Some("Zalf")), None);
    assert_eq!(of(Shape::Group, &[ANNA], &[], None), None);
    assert_eq!(of(Shape::Item { item: ITEM }, &[ANNA], &[], None), None);
}
