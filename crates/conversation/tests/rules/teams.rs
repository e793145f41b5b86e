use conversation::visibility::{places, standing};
use conversation::*;

use crate::ward::*;

fn sees(ward: &Ward, member: MembershipId) -> Vec<u64> {
    let state = ward.state();
    let standing = standing(&state.head, &[member], &ward.directory);
    let seen = places(state, &standing, false);
    (1..=state.last.0)
        .filter(|number| seen.contains(Seq(*number)))
        .collect()
}

/// Anna's group with the wound team, in which Carla and Daan are.
fn with_the_team() -> Ward {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.joins_team(DAAN);
    ward.starts_with_team(ANNA, &[]).expect("a group");
    ward
}

// O4, S2
#[test]
fn a_team_is_chosen_like_a_person_and_its_members_take_part() {
    let mut ward = with_the_team();
    assert_eq!(ward.state().head.participants, [ANNA, CARLA, DAAN]);
    ward.says(DAAN, "Wij kijken mee").unwrap();
    assert_eq!(sees(&ward, CARLA), [1, 2]);
    let team = ward.team();
    let again = Action::Add {
        members: vec![],
        teams: vec![team],
        share: None,
    };
    assert_eq!(ward.act(ANNA, again), Err(Refusal::TeamAlreadyTakesPart));
}

// O4
#[test]
fn a_later_member_of_the_team_joins_the_conversation_from_then_on() {
    let mut ward = with_the_team();
    ward.says(ANNA, "Voor Anna op vrijdag kwam").unwrap();
    ward.leaves(ANNA).unwrap();
    ward.joins_team(ANNA_AT_HOME_CARE);
    // She left by herself: the team does not bring her back, whichever of her memberships is in it.
    assert!(!ward.state().head.takes_part(ANNA_AT_HOME_CARE));
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.starts_with_team(ANNA, &[]).unwrap();
    ward.says(ANNA, "Voor Daan kwam").unwrap();
    ward.joins_team(DAAN);
    let team = ward.team();
    let members = vec![DAAN];
    assert_eq!(ward.kind(Seq(3)), &Kind::TeamJoined { team, members });
    assert_eq!(sees(&ward, DAAN), [3]);
}

// O4
#[test]
fn leaving_the_team_leaves_the_conversation_unless_also_invited_by_name() {
    let mut ward = with_the_team();
    ward.adds(CARLA, DAAN).unwrap();
    ward.leaves_team(CARLA);
    assert!(!ward.state().head.takes_part(CARLA));
    assert_eq!(sees(&ward, CARLA), Vec::<u64>::new());
    ward.leaves_team(DAAN);
    assert!(ward.state().head.takes_part(DAAN), "he was invited by name");
    assert_eq!(sees(&ward, DAAN), [1, 2, 3]);
}

// O4, P5
#[test]
fn a_participant_by_the_team_who_is_then_invited_by_name_reads_the_shared_history() {
    let mut ward = Ward::new();
    ward.starts_with_team(ANNA, &[BRAM]).unwrap();
    ward.says(ANNA, "Voor Carla kwam").unwrap();
    ward.joins_team(CARLA);
    assert_eq!(sees(&ward, CARLA), [3]);
    let share = Some(Share {
        from: Seq(2),
        previewed: ward.last(),
    });
    let (members, teams) = (vec![CARLA], vec![]);
    ward.act(
        ANNA,
        Action::Add {
            members,
            teams,
            share,
        },
    )
    .unwrap();
    assert_eq!(sees(&ward, CARLA), [2, 3, 4]);
}

// O4, P5
#[test]
fn a_member_who_left_the_team_sees_nothing_more_even_before_that_is_recorded() {
    let ward = with_the_team();
    let mut other = with_the_team();
    other.leaves_team(DAAN);
    // The conversation as it stood, with the team as it is now.
    let standing = standing(&ward.state().head, &[DAAN, CARLA], &other.directory);
    assert_eq!(standing, [CARLA]);
}

// O4
#[test]
fn a_member_who_left_or_was_removed_is_not_brought_back_by_the_team_but_by_name() {
    let mut ward = with_the_team();
    ward.leaves(CARLA).unwrap();
    ward.act(ANNA, Action::Remove { member: DAAN }).unwrap();
    ward.leaves_team(CARLA);
    ward.joins_team(CARLA);
    assert_eq!(ward.state().head.participants, [ANNA]);
    ward.adds(ANNA, CARLA).unwrap();
    assert_eq!(ward.state().head.participants, [ANNA, CARLA]);
}

// O4, P1, P2
#[test]
fn a_participant_adds_teams_of_their_own_organisation_and_the_owner_takes_one_out() {
    let mut ward = a_group();
    ward.joins_team(DAAN);
    let team = ward.team();
    let add = || Action::Add {
        members: vec![],
        teams: vec![team],
        share: None,
    };
    assert_eq!(ward.act(BRAM, add()), Err(Refusal::OnlyOwnOrganisation));
    assert!(ward.act(CARLA, add()).is_ok());
    assert!(ward.state().head.takes_part(DAAN));
    let remove = || Action::RemoveTeam { team };
    assert_eq!(ward.act(CARLA, remove()), Err(Refusal::OnlyTheOwner));
    assert!(ward.act(ANNA, remove()).is_ok());
    assert!(!ward.state().head.takes_part(DAAN));
    assert_eq!(ward.act(ANNA, remove()), Err(Refusal::TeamTakesNoPart));
}

// O4, P4, S3
#[test]
fn no_team_takes_part_in_a_direct_conversation_or_begins_one_about_an_item() {
    let mut ward = about_the_item();
    let team = ward.team();
    for shape in [Shape::Direct, Shape::Item { item: ITEM }] {
        let mut other = Ward::new();
        other.grant(CARLA, conversation::organisation::Permission::Handle);
        let team = other.team();
        let start = Action::Start {
            shape,
            with: vec![DAAN],
            teams: vec![team],
            subject: None,
            message: None,
        };
        assert_eq!(other.act(CARLA, start), Err(Refusal::ExactlyOnePartner));
    }
    let add = Action::Add {
        members: vec![],
        teams: vec![team],
        share: None,
    };
    // Later it may be added, by who holds `Analyse`.
    assert!(ward.act(CARLA, add).is_ok());
}

// O3, O4
#[test]
fn a_team_out_of_reach_and_one_that_ended_cannot_be_chosen() {
    let mut ward = Ward::new();
    ward.joins_team(DAAN);
    assert_eq!(ward.starts_with_team(ELS, &[]), Err(Refusal::TeamNotFindable));
    ward.team_ends();
    assert_eq!(ward.starts_with_team(ANNA, &[]), Err(Refusal::TeamNotFindable));
}

// O4, P9
#[test]
fn when_a_team_ends_its_members_leave_and_an_owner_among_them_hands_over() {
    let mut ward = with_the_team();
    ward.act(ANNA, Action::HandOver { to: DAAN }).unwrap();
    ward.team_ends();
    assert_eq!(ward.state().head.participants, [ANNA]);
    assert_eq!(ward.state().head.owner, Some(ANNA));
}

// O2, O4
#[test]
fn a_second_membership_in_the_team_waits_until_the_first_ends() {
    let mut ward = Ward::new();
    ward.joins_team(ANNA_AT_HOME_CARE);
    ward.starts_with_team(ANNA, &[CARLA]).unwrap();
    assert_eq!(ward.state().head.participants, [ANNA, CARLA]);
    ward.end_membership(ANNA);
    assert_eq!(ward.state().head.participants, [CARLA, ANNA_AT_HOME_CARE]);
    assert_eq!(ward.state().head.owner, Some(CARLA));
}

// P10
#[test]
fn a_change_by_a_team_is_a_line_that_all_participants_see() {
    let mut ward = with_the_team();
    ward.leaves_team(DAAN);
    let team = ward.team();
    let members = vec![DAAN];
    assert_eq!(ward.kind(Seq(2)), &Kind::TeamLeft { team, members });
    assert_eq!(sees(&ward, CARLA), [1, 2]);
    assert_eq!(ward.kind(Seq(2)).members(), [DAAN]);
    assert_eq!(ward.kind(Seq(2)).teams(), [team]);
}

// P9, O4
#[test]
fn a_member_who_joins_when_nobody_is_left_owns_the_conversation() {
    let mut ward = Ward::new();
    ward.starts_with_team(CARLA, &[DAAN]).expect("a group");
    ward.leaves(DAAN).unwrap();
    ward.leaves(CARLA).unwrap();
    assert_eq!(ward.state().head.owner, None);
    ward.joins_team(ANNA_AT_HOME_CARE);
    assert_eq!(ward.state().head.participants, [ANNA_AT_HOME_CARE]);
    assert_eq!(ward.state().head.owner, Some(ANNA_AT_HOME_CARE));
}
