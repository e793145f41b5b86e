use conversation::organisation::Permission;
use conversation::visibility::{Shown, access_changed, places, shown};
use conversation::*;

use crate::ward::*;

fn sees(ward: &Ward, member: MembershipId) -> Vec<u64> {
    let state = ward.state();
    let analyse = ward.directory.rights(member, ITEM).analyse;
    let seen = places(state, &[member], analyse);
    (1..=state.last.0)
        .filter(|number| seen.contains(Seq(*number)))
        .collect()
}

// P5
#[test]
fn a_later_participant_sees_messages_from_then_on() {
    let mut ward = a_group();
    ward.says(ANNA, "Vertrouwelijk").unwrap();
    ward.adds(ANNA, DAAN).unwrap();
    ward.says(ANNA, "Welkom").unwrap();
    assert_eq!(sees(&ward, DAAN), [3, 4]);
    assert_eq!(sees(&ward, BRAM), [1, 2, 3, 4]);
}

// P5
#[test]
fn the_owner_shares_earlier_messages_of_a_group_as_the_preview_showed_them() {
    let mut ward = a_group();
    ward.says(ANNA, "Eerste").unwrap();
    ward.says(ANNA, "Tweede").unwrap();
    let share = |from, previewed| {
        Some(Share {
            from: Seq(from),
            previewed: Seq(previewed),
        })
    };
    let add = |share| Action::Add {
        members: vec![DAAN],
        teams: vec![],
        share,
    };
    assert_eq!(ward.act(ANNA, add(share(3, 2))), Err(Refusal::PreviewOutdated));
    assert_eq!(ward.act(ANNA, add(share(4, 3))), Err(Refusal::NothingToShare));
    assert_eq!(ward.act(CARLA, add(share(3, 3))), Err(Refusal::OnlyTheOwner));
    assert!(ward.act(ANNA, add(share(3, 3))).is_ok());
    assert_eq!(sees(&ward, DAAN), [3, 4]);
}

// P5
#[test]
fn a_new_owner_shares_no_more_than_they_see() {
    let mut ward = a_group();
    ward.says(ANNA, "Van voor Daan").unwrap();
    ward.adds(ANNA, DAAN).unwrap();
    ward.act(ANNA, Action::HandOver { to: DAAN }).unwrap();
    let share = Some(Share {
        from: Seq(1),
        previewed: ward.last(),
    });
    let members = vec![ANNA_AT_HOME_CARE];
    ward.leaves(ANNA).unwrap();
    let moved = Action::Add {
        members: members.clone(),
        teams: vec![],
        share,
    };
    assert_eq!(ward.act(DAAN, moved), Err(Refusal::PreviewOutdated));
    let share = Some(Share {
        from: Seq(1),
        previewed: ward.last(),
    });
    ward.act(
        DAAN,
        Action::Add {
            members,
            teams: vec![],
            share,
        },
    )
    .unwrap();
    assert_eq!(sees(&ward, ANNA_AT_HOME_CARE), [3, 4, 5, 6]);
}

// P5
#[test]
fn a_share_is_recorded_as_chosen_and_does_not_disclose_when_the_sharer_joined() {
    let mut ward = a_group();
    ward.says(ANNA, "Voor Daan kwam").unwrap();
    ward.adds(ANNA, DAAN).unwrap();
    ward.act(ANNA, Action::HandOver { to: DAAN }).unwrap();
    ward.leaves(ANNA).unwrap();
    let previewed = ward.last();
    let from = Seq(1);
    let shared = Action::Add {
        members: vec![ANNA_AT_HOME_CARE],
        teams: vec![],
        share: Some(Share { from, previewed }),
    };
    let added = ward.act(DAAN, shared).unwrap();
    // Carla, who came in between, reads it too.
    let Kind::Added { shared, .. } = ward.kind(added) else {
        panic!("nobody was added");
    };
    assert_eq!(shared[..], [SeqRange { from, to: previewed }]);
    assert_eq!(sees(&ward, ANNA_AT_HOME_CARE), [3, 4, 5, 6]);
}

// P5, P7
#[test]
fn in_an_item_conversation_analyse_shows_all_of_it_while_it_is_held() {
    let mut ward = about_the_item();
    ward.says(CARLA, "Voor Anna kwam").unwrap();
    ward.adds(CARLA, ANNA_AT_HOME_CARE).unwrap();
    assert_eq!(sees(&ward, ANNA_AT_HOME_CARE), [3]);
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    assert_eq!(sees(&ward, ANNA_AT_HOME_CARE), [1, 2, 3]);
    ward.revoke(ANNA_AT_HOME_CARE, Permission::Analyse);
    assert_eq!(sees(&ward, ANNA_AT_HOME_CARE), [3]);
}

// P6
#[test]
fn after_leaving_a_group_nothing_is_seen_and_coming_back_opens_the_places_seen_before() {
    let mut ward = a_group();
    ward.says(ANNA, "Samen").unwrap();
    ward.leaves(CARLA).unwrap();
    ward.says(ANNA, "Zonder Carla").unwrap();
    assert_eq!(sees(&ward, CARLA), Vec::<u64>::new());
    ward.adds(ANNA, CARLA).unwrap();
    assert_eq!(sees(&ward, CARLA), [1, 2, 3, 5]);
    assert_eq!(access_changed(ward.state(), &[CARLA]), Seq(5));
}

// P7
#[test]
fn in_an_item_conversation_the_places_of_ones_own_time_stay_visible_after_leaving() {
    let mut ward = about_the_item();
    ward.says(CARLA, "Samen").unwrap();
    ward.leaves(DAAN).unwrap();
    ward.says(CARLA, "Zonder Daan").unwrap();
    assert_eq!(sees(&ward, DAAN), [1, 2, 3]);
    assert_eq!(ward.says(DAAN, "Nog iets").unwrap_err(), Refusal::AskToBeAdded);
}

// M2, M3, M4, P5
#[test]
fn an_edit_or_deletion_follows_its_target() {
    let mut ward = about_the_item();
    let early = ward.says(CARLA, "Voor Anna kwam").unwrap();
    ward.adds(CARLA, ANNA_AT_HOME_CARE).unwrap();
    let edit = ward.edits(CARLA, early).unwrap();
    ward.leaves(DAAN).unwrap();
    let deletion = ward.deletes(CARLA, early).unwrap();
    let shown_to = |member, number| {
        let analyse = ward.directory.rights(member, ITEM).analyse;
        shown(
            &places(ward.state(), &[member], analyse),
            number,
            ward.kind(number),
        )
    };
    assert_eq!(shown_to(ANNA_AT_HOME_CARE, edit), Shown::Stub);
    assert_eq!(shown_to(ANNA_AT_HOME_CARE, deletion), Shown::Stub);
    assert_eq!(shown_to(DAAN, edit), Shown::Whole);
    assert_eq!(shown_to(DAAN, deletion), Shown::HeaderOnly);
    assert_eq!(shown_to(CARLA, deletion), Shown::Whole);
}
