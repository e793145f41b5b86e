//! A screen offers exactly what the rules allow: every permission of [`Allowed`], for everyone, in every shape and state.

use conversation::organisation::Permission;
use conversation::*;

use proptest::prelude::*;

use crate::properties::{play, shapes, tries};
use crate::ward::*;

const NOTHING: Allowed = Allowed {
    write: false,
    add: false,
    add_outside: false,
    share_earlier: false,
    remove: false,
    hand_over: false,
    archive: false,
    reopen: false,
    leave: false,
    delete: false,
    join: false,
};

fn offered(ward: &Ward, member: MembershipId) -> Allowed {
    allowed(&ward.state().head, member, &ward.directory)
}

// P1, P2, A2
#[test]
fn in_a_group_the_owner_is_offered_everything_and_the_others_their_own_actions() {
    let ward = a_group();
    let owner = Allowed {
        write: true,
        add: true,
        add_outside: true,
        share_earlier: true,
        remove: true,
        hand_over: true,
        archive: true,
        leave: true,
        delete: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, ANNA), owner);
    let other = Allowed {
        write: true,
        add: true,
        leave: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, BRAM), other);
    assert_eq!(offered(&ward, CARLA), other);
    assert_eq!(offered(&ward, DAAN), NOTHING);
    assert_eq!(offered(&ward, ELS), NOTHING);
}

// P4, A2
#[test]
fn in_a_direct_conversation_one_is_offered_to_write_and_to_leave_alone() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    let expected = Allowed {
        write: true,
        leave: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, ANNA), expected);
    assert_eq!(offered(&ward, CARLA), expected);
    ward.leaves(CARLA).unwrap();
    assert_eq!(offered(&ward, CARLA), NOTHING);
}

// P3, P5, A2: an item's conversation is not deleted, and nothing earlier is shared in it.
#[test]
fn at_an_item_adding_is_offered_with_analyse_and_deleting_and_sharing_to_nobody() {
    let mut ward = about_the_item();
    let owner = Allowed {
        write: true,
        add: true,
        add_outside: true,
        remove: true,
        hand_over: true,
        archive: true,
        leave: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, CARLA), owner);
    let other = Allowed {
        write: true,
        leave: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, DAAN), other);
    ward.grant(DAAN, Permission::Analyse);
    assert_eq!(offered(&ward, DAAN), Allowed { add: true, ..other });
    ward.revoke(CARLA, Permission::Analyse);
    let without = Allowed {
        add: false,
        add_outside: false,
        ..owner
    };
    assert_eq!(offered(&ward, CARLA), without);
}

// P3
#[test]
fn joining_is_offered_to_holders_of_analyse_who_take_no_part() {
    let mut ward = about_the_item();
    assert_eq!(offered(&ward, ANNA_AT_HOME_CARE), NOTHING);
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    let join = Allowed {
        join: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, ANNA_AT_HOME_CARE), join);
    ward.act(CARLA, Action::Archive).unwrap();
    assert_eq!(offered(&ward, ANNA_AT_HOME_CARE), NOTHING);
    // Nobody of that name: no membership is not a person who takes part.
    let nobody = MembershipId(uuid::Uuid::from_u128(0x9999));
    assert_eq!(offered(&ward, nobody), NOTHING);
}

// L3
#[test]
fn reopening_after_archiving_for_everyone_is_offered_to_the_owner_and_to_its_author() {
    let mut ward = a_group();
    ward.act(ANNA, Action::HandOver { to: BRAM }).unwrap();
    ward.act(BRAM, Action::Archive).unwrap();
    ward.act(BRAM, Action::HandOver { to: CARLA }).unwrap();
    let owner = Allowed {
        remove: true,
        hand_over: true,
        reopen: true,
        leave: true,
        delete: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, CARLA), owner);
    let did_it = Allowed {
        reopen: true,
        leave: true,
        ..NOTHING
    };
    assert_eq!(offered(&ward, BRAM), did_it);
    assert_eq!(
        offered(&ward, ANNA),
        Allowed {
            leave: true,
            ..NOTHING
        }
    );
    ward.leaves(BRAM).unwrap();
    assert_eq!(offered(&ward, BRAM), NOTHING, "who left reopens nothing");
    assert_eq!(ward.act(BRAM, Action::Reopen), Err(Refusal::NoSuchConversation));
}

// A2
#[test]
fn of_a_deleted_conversation_nothing_is_offered() {
    let mut ward = a_group();
    ward.act(ANNA, Action::DeleteConversation).unwrap();
    for member in [ANNA, BRAM, CARLA, DAAN] {
        assert_eq!(offered(&ward, member), NOTHING);
    }
}

/// Each permission, tried as a command that would be accepted with it.
fn tried(ward: &mut Ward, member: MembershipId, other: MembershipId) -> Allowed {
    let add = |members: Vec<MembershipId>, share| Action::Add {
        members,
        teams: vec![],
        share,
    };
    let share = Some(Share {
        from: ward.last(),
        previewed: ward.last(),
    });
    let message = ward.message("Mag dit?");
    let own = ward.crowd(
        if member == ANNA || member == BRAM {
            PRACTICE
        } else {
            HOME_CARE
        },
        2,
    );
    let foreign = ward.crowd(
        if member == ANNA || member == BRAM {
            HOME_CARE
        } else {
            PRACTICE
        },
        1,
    );
    let mut does = |action| {
        // Each from the same beginning.
        let state = ward.state.clone();
        let log = ward.log.len();
        let done = ward.act(member, action).is_ok();
        ward.state = state;
        ward.log.truncate(log);
        done
    };
    Allowed {
        write: does(Action::Post { message }),
        add: does(add(vec![own[0]], None)),
        add_outside: does(add(foreign, None)),
        share_earlier: does(add(vec![own[1]], share)),
        remove: does(Action::Remove { member: other }),
        hand_over: does(Action::HandOver { to: other }),
        archive: does(Action::Archive),
        reopen: does(Action::Reopen),
        leave: does(Action::Leave { successor: None }),
        delete: does(Action::DeleteConversation),
        join: does(Action::Join),
    }
}

// P1, P2, P3, P4, L3, A2: offered and accepted are the same, field by field.
#[test]
fn offered_actions_are_accepted_and_others_are_refused() {
    for shape in [Shape::Direct, Shape::Group, Shape::Item { item: ITEM }] {
        for archived in [false, true] {
            let mut ward = Ward::new();
            ward.grant(CARLA, Permission::Handle);
            ward.grant(CARLA, Permission::Analyse);
            ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
            ward.start(CARLA, shape, &[DAAN]).unwrap();
            if archived && shape != Shape::Direct {
                ward.act(CARLA, Action::Archive).unwrap();
            }
            for member in EVERYONE {
                let other = if member == DAAN { CARLA } else { DAAN };
                let offered = offered(&ward, member);
                assert_eq!(
                    tried(&mut ward, member, other),
                    offered,
                    "{shape:?} {member} {archived}"
                );
            }
        }
    }
}

// L3
#[test]
fn in_an_archived_conversation_nothing_is_said_changed_joined_or_archived_again() {
    let mut ward = about_the_item();
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    let message = ward.says(CARLA, "2 mg").unwrap();
    ward.act(CARLA, Action::Archive).unwrap();
    let before = ward.last();
    assert_eq!(ward.edits(CARLA, message), Err(Refusal::ConversationArchived));
    assert_eq!(
        ward.says(DAAN, "Nog iets").unwrap_err(),
        Refusal::ConversationArchived
    );
    assert_eq!(
        ward.act(ANNA_AT_HOME_CARE, Action::Join),
        Err(Refusal::ConversationArchived)
    );
    assert_eq!(ward.adds(CARLA, ANNA), Err(Refusal::ConversationArchived));
    assert_eq!(
        ward.act(CARLA, Action::Archive),
        Err(Refusal::ConversationArchived)
    );
    assert_eq!(ward.last(), before);
    ward.act(CARLA, Action::Reopen).unwrap();
    assert!(ward.edits(CARLA, message).is_ok());
    assert!(ward.act(ANNA_AT_HOME_CARE, Action::Join).is_ok());
}

// P5
#[test]
fn the_owner_of_an_item_conversation_shares_no_earlier_messages() {
    let mut ward = about_the_item();
    ward.says(CARLA, "Onder ons").unwrap();
    let shared = Action::Add {
        members: vec![ANNA_AT_HOME_CARE],
        teams: vec![],
        share: Some(Share {
            from: Seq(1),
            previewed: ward.last(),
        }),
    };
    assert_eq!(ward.act(CARLA, shared), Err(Refusal::NothingToShare));
    assert!(!ward.state().head.takes_part(ANNA_AT_HOME_CARE));
}

// P9
#[test]
fn nobody_leaves_with_themselves_or_a_stranger_as_successor() {
    let mut ward = a_group();
    for successor in [ANNA, DAAN] {
        let leave = Action::Leave {
            successor: Some(successor),
        };
        assert!(ward.act(ANNA, leave).is_err());
        assert_eq!(ward.state().head.owner, Some(ANNA));
    }
    let leave = Action::Leave {
        successor: Some(CARLA),
    };
    ward.act(ANNA, leave).unwrap();
    assert_eq!(ward.state().head.owner, Some(CARLA));
    assert_eq!(ward.state().head.participants, [BRAM, CARLA]);
}

// P1, P9: the owner stays the owner.
#[test]
fn nobody_hands_over_to_themselves_or_removes_themselves() {
    let mut ward = a_group();
    assert!(ward.act(ANNA, Action::HandOver { to: ANNA }).is_err());
    assert!(ward.act(ANNA, Action::Remove { member: ANNA }).is_err());
    assert_eq!(ward.last(), Seq(1));
}

// P1, P9
#[test]
fn a_removed_owner_s_successor_is_named_before_the_team_that_brought_the_owner_goes() {
    let mut ward = Ward::new();
    ward.joins_team(DAAN);
    ward.starts_with_team(ANNA, &[CARLA]).unwrap();
    ward.act(ANNA, Action::HandOver { to: DAAN }).unwrap();
    let team = ward.team();
    ward.act(DAAN, Action::RemoveTeam { team }).unwrap();
    let kinds = ward.kinds_from(3);
    assert_eq!(
        kinds,
        [&Kind::HandedOver { to: CARLA }, &Kind::TeamRemoved { team }],
        "Carla is of his organisation"
    );
    assert_eq!(ward.state().head.owner, Some(CARLA));
}

// M2, M3, M4, P5: the same of each message, as its writer or another, in time or too late, deleted or not.
#[test]
fn offered_actions_on_a_message_are_accepted_and_others_are_refused() {
    for shape in [Shape::Direct, Shape::Group, Shape::Item { item: ITEM }] {
        for (late, deleted, archived) in [
            (false, false, false),
            (true, false, false),
            (false, true, false),
            (false, false, true),
        ] {
            let mut ward = Ward::new();
            ward.grant(CARLA, Permission::Handle);
            ward.start(CARLA, shape, &[DAAN]).unwrap();
            let message = ward.says(DAAN, "2 mg").unwrap();
            if deleted {
                ward.deletes(DAAN, message).unwrap();
            }
            if archived && shape != Shape::Direct {
                ward.act(CARLA, Action::Archive).unwrap();
            }
            if late {
                ward.wait(Timestamp::DAY);
            }
            for member in EVERYONE {
                let target = ward.target(message).unwrap();
                // The command comes a second later.
                let now = ward.now().plus(1_000);
                let may = allowed_on(&ward.state().head, member, &target, &ward.directory, now);
                let mut does = |what: fn(&mut Ward, MembershipId, MessageId) -> bool| {
                    let (state, log) = (ward.state.clone(), ward.log.len());
                    let done = what(&mut ward, member, message);
                    ward.state = state;
                    ward.log.truncate(log);
                    ward.wait(-1_000);
                    done
                };
                let tried = AllowedOnMessage {
                    reply: does(|ward, member, message| ward.replies(member, message).is_ok()),
                    edit: does(|ward, member, message| ward.edits(member, message).is_ok()),
                    edit_over: does(|ward, member, message| {
                        ward.edits(member, message) == Err(Refusal::EditedTooLate)
                    }),
                    delete: does(|ward, member, message| ward.deletes(member, message).is_ok()),
                };
                assert_eq!(tried, may, "{shape:?} {member} {late} {deleted} {archived}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    // P1, P2, P3, P4, P9, L3, A2: offered and accepted are the same after any history.
    #[test]
    fn offered_and_accepted_actions_are_the_same_after_any_history(shape in shapes(), tries in tries()) {
        let mut ward = play(shape, &tries, |_, _| {});
        for member in EVERYONE {
            let head = ward.state().head.clone();
            let offered = offered(&ward, member);
            // The member to remove or hand over to takes part, and is another.
            let Some(other) = head.participants.iter().copied().find(|other| *other != member) else {
                continue;
            };
            let mut tried = tried(&mut ward, member, other);
            // That the partner's membership ended is no matter of the head (P6).
            if shape == Shape::Direct && head.participants.len() < 2 {
                tried.write = offered.write;
            }
            prop_assert_eq!(tried, offered, "{:?} {}", shape, member);
        }
    }
}
