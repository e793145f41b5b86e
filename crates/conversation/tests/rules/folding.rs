//! Folding accepts any log: a later server may have written events that this one would not (rule 23 of the
//! protocol), and a device folds what it is sent.

use conversation::*;

use crate::ward::*;

const TEAM: TeamId = TeamId(uuid::Uuid::from_u128(0x700));

fn head() -> Head {
    let mut head = Head::about_to_start(Shape::Group, None, ANNA);
    apply(
        &mut head,
        Kind::Added {
            members: vec![BRAM],
            teams: vec![],
            shared: vec![],
        },
    );
    head
}

fn apply(head: &mut Head, kind: Kind) {
    let at = Timestamp(1);
    head.apply(&Header { by: ANNA, at, kind });
}

// O4
#[test]
fn a_team_that_is_named_twice_stands_once() {
    let mut head = head();
    for member in [CARLA, DAAN] {
        let chosen = Chosen {
            team: TEAM,
            members: vec![member],
        };
        apply(
            &mut head,
            Kind::Added {
                members: vec![],
                teams: vec![chosen],
                shared: vec![],
            },
        );
    }
    assert_eq!(head.teams, [TEAM]);
    assert_eq!(head.participants, [ANNA, BRAM, CARLA, DAAN]);
}

// O4
#[test]
fn a_participant_by_name_stays_so_when_a_team_comes_and_goes() {
    let mut head = head();
    let members = vec![BRAM];
    apply(
        &mut head,
        Kind::TeamJoined {
            team: TEAM,
            members: members.clone(),
        },
    );
    assert!(head.by_name(BRAM));
    apply(&mut head, Kind::TeamLeft { team: TEAM, members });
    assert!(head.takes_part(BRAM));
}

// O4
#[test]
fn naming_a_participant_by_a_team_makes_them_stay() {
    let mut head = head();
    let members = vec![CARLA];
    apply(
        &mut head,
        Kind::TeamJoined {
            team: TEAM,
            members: members.clone(),
        },
    );
    assert!(head.takes_part(CARLA) && !head.by_name(CARLA));
    apply(&mut head, Kind::Joined { members });
    assert!(head.by_name(CARLA) && head.by_team.is_empty());
    assert_eq!(head.participants, [ANNA, BRAM, CARLA]);
}

// P9
#[test]
fn an_owner_who_goes_without_a_successor_leaves_nobody_as_owner_until_someone_comes() {
    let mut head = head();
    apply(
        &mut head,
        Kind::Left {
            member: ANNA,
            ended: false,
        },
    );
    assert_eq!(head.owner, None);
    apply(
        &mut head,
        Kind::Left {
            member: BRAM,
            ended: false,
        },
    );
    apply(&mut head, Kind::Joined { members: vec![CARLA] });
    assert_eq!((head.owner, head.participants), (Some(CARLA), vec![CARLA]));
}

// S4, P9: a direct conversation never has an owner.
#[test]
fn nobody_owns_a_direct_conversation_however_it_is_come_back_to() {
    let mut head = Head::about_to_start(Shape::Direct, None, ANNA);
    apply(
        &mut head,
        Kind::Left {
            member: ANNA,
            ended: false,
        },
    );
    apply(&mut head, Kind::Joined { members: vec![CARLA] });
    assert_eq!(head.owner, None);
}

// L3
#[test]
fn the_last_to_archive_counts_and_the_conversation_is_open_again_after_reopening() {
    let mut head = head();
    apply(&mut head, Kind::Archived {});
    assert_eq!(head.archived, Some(ANNA));
    apply(&mut head, Kind::Reopened {});
    assert_eq!(head.archived, None);
}

// A1
#[test]
fn a_log_that_does_not_begin_with_a_start_is_none() {
    let ward = a_group();
    let start = &ward.log[0];
    let posted = Header {
        by: ANNA,
        at: Timestamp(2),
        kind: Kind::Archived {},
    };
    let content = Content::default();
    assert!(State::started(&posted, &content).is_none());
    assert!(State::folded([(&posted, &content)]).is_none());
    assert!(State::folded(std::iter::empty::<(&Header, &Content)>()).is_none());
    let state = State::folded([(&start.header, &start.content), (&posted, &content)]).unwrap();
    assert_eq!((state.last, state.last_at), (Seq(2), Timestamp(2)));
    assert_eq!(state.head.archived, Some(ANNA));
}

// S4: the event says who owns it, not who wrote the event.
#[test]
fn a_start_has_the_owner_and_participants_that_it_names() {
    for owner in [Some(BRAM), None] {
        let kind = Kind::Started {
            shape: Shape::Group,
            owner,
            participants: vec![ANNA, BRAM],
            teams: vec![],
        };
        let at = Timestamp(1);
        let head = Head::started(&Header { by: ANNA, at, kind }, &Content::default()).unwrap();
        assert_eq!(head.owner, owner);
        assert_eq!(head.participants, [ANNA, BRAM]);
    }
}
