//! The access version: it moves on for those whose sight changes, at the event that changes it, and for nobody else
//! (rule 8 of the protocol). And what a message's own rules are at their edges.

use conversation::visibility::{access_changed, places};
use conversation::*;

use crate::ward::*;

fn changed(ward: &Ward, member: MembershipId) -> u64 {
    access_changed(ward.state(), &[member]).0
}

// P5
#[test]
fn a_new_participant_changes_the_access_of_nobody_else() {
    let mut ward = a_group();
    ward.adds(ANNA, DAAN).unwrap();
    assert_eq!(
        [ANNA, BRAM, CARLA, DAAN].map(|member| changed(&ward, member)),
        [1, 1, 1, 2]
    );
    ward.says(ANNA, "Welkom").unwrap();
    assert_eq!(changed(&ward, DAAN), 2);
}

// P6
#[test]
fn leaving_and_coming_back_change_ones_own_access() {
    let mut ward = about_the_item();
    ward.says(CARLA, "Samen").unwrap();
    ward.leaves(DAAN).unwrap();
    assert_eq!([CARLA, DAAN].map(|member| changed(&ward, member)), [1, 3]);
    ward.says(CARLA, "Zonder Daan").unwrap();
    ward.adds(CARLA, DAAN).unwrap();
    assert_eq!([CARLA, DAAN].map(|member| changed(&ward, member)), [1, 5]);
    let seen = places(ward.state(), &[DAAN], false);
    let ranges = [(1, 3), (5, 5)].map(|(from, to)| SeqRange::new(Seq(from), Seq(to)).unwrap());
    assert_eq!(seen.ranges(), ranges);
}

// P5, O4
#[test]
fn being_named_while_there_by_a_team_changes_ones_access_only_by_sharing() {
    let by_team = || {
        let mut ward = Ward::new();
        ward.starts_with_team(ANNA, &[BRAM]).unwrap();
        ward.says(ANNA, "Voor Carla kwam").unwrap();
        ward.joins_team(CARLA);
        ward
    };
    let mut ward = by_team();
    ward.adds(ANNA, CARLA).unwrap();
    assert_eq!(changed(&ward, CARLA), 3);
    let mut ward = by_team();
    let share = Some(Share {
        from: Seq(2),
        previewed: ward.last(),
    });
    let add = Action::Add {
        members: vec![CARLA],
        teams: vec![],
        share,
    };
    ward.act(ANNA, add).unwrap();
    assert_eq!(changed(&ward, CARLA), 4);
    assert_eq!(changed(&ward, BRAM), 1);
}

// A2
#[test]
fn deleting_it_changes_the_access_of_all_who_took_part() {
    let mut ward = a_group();
    ward.leaves(BRAM).unwrap();
    ward.act(ANNA, Action::DeleteConversation).unwrap();
    assert_eq!([ANNA, CARLA].map(|member| changed(&ward, member)), [3, 3]);
    assert_eq!(changed(&ward, BRAM), 2);
}

// O4
#[test]
fn a_removed_member_is_brought_back_by_their_team_once_they_were_invited_by_name_again() {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.starts_with_team(ANNA, &[BRAM]).unwrap();
    ward.act(ANNA, Action::Remove { member: CARLA }).unwrap();
    ward.leaves_team(CARLA);
    ward.joins_team(CARLA);
    assert!(!ward.state().head.takes_part(CARLA));
    ward.adds(ANNA, CARLA).unwrap();
    assert!(!ward.state().presence[&CARLA].apart);
    ward.act(ANNA, Action::Remove { member: CARLA }).unwrap();
    assert!(ward.state().presence[&CARLA].apart);
}

// O4
#[test]
fn a_person_who_left_is_not_brought_back_by_another_membership_once_theirs_ended() {
    for removed in [false, true] {
        let mut ward = Ward::new();
        ward.joins_team(CARLA);
        ward.starts_with_team(ANNA, &[BRAM]).unwrap();
        if removed {
            ward.act(ANNA, Action::Remove { member: CARLA }).unwrap();
        } else {
            ward.leaves(CARLA).unwrap();
        }
        let other = ward.second_membership(CARLA);
        ward.joins_team(other);
        ward.end_membership(CARLA);
        assert!(!ward.state().head.takes_part(other), "removed: {removed}");
    }
}

// O4, P9
#[test]
fn a_participant_whose_membership_ended_is_brought_in_by_their_other_one() {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.starts_with_team(ANNA, &[BRAM]).unwrap();
    let other = ward.second_membership(CARLA);
    ward.joins_team(other);
    assert!(!ward.state().head.takes_part(other));
    ward.end_membership(CARLA);
    assert!(ward.state().head.takes_part(other));
    let ended = Kind::Left {
        member: CARLA,
        ended: true,
    };
    assert!((1..=ward.last().0).any(|number| *ward.kind(Seq(number)) == ended));
}

// O4
#[test]
fn a_person_who_goes_with_one_team_comes_in_by_another_with_another_membership_of_theirs() {
    let mut ward = Ward::new();
    ward.joins_team(CARLA);
    ward.starts_with_team(ANNA, &[BRAM]).unwrap();
    let other = ward.second_membership(CARLA);
    let second = ward.second_team();
    ward.joins_second_team(other);
    let add = Action::Add {
        members: vec![],
        teams: vec![second],
        share: None,
    };
    ward.act(ANNA, add).unwrap();
    assert!(!ward.state().head.takes_part(other), "there as CARLA");
    let team = ward.team();
    let removed = ward.act(ANNA, Action::RemoveTeam { team }).unwrap();
    assert_eq!(ward.kind(removed), &Kind::TeamRemoved { team });
    let joined = Kind::TeamJoined {
        team: second,
        members: vec![other],
    };
    assert_eq!(ward.kind(ward.last()), &joined);
}

// O4, P3: to join by oneself is to be there by name, too.
#[test]
fn a_member_who_left_and_joins_by_themselves_is_brought_in_by_teams_again() {
    let mut ward = about_the_item();
    ward.leaves(DAAN).unwrap();
    assert!(ward.state().presence[&DAAN].apart);
    ward.grant(DAAN, organisation::Permission::Analyse);
    ward.act(DAAN, Action::Join).unwrap();
    assert!(!ward.state().presence[&DAAN].apart);
}

// A1: what changes who takes part, or what anyone sees.
#[test]
fn only_participants_and_deletion_change_what_is_seen() {
    let team = TeamId(uuid::Uuid::from_u128(1));
    let members = vec![CARLA];
    let member = CARLA;
    for kind in [
        Kind::Joined {
            members: members.clone(),
        },
        Kind::Removed { member },
        Kind::Left { member, ended: false },
        Kind::TeamJoined {
            team,
            members: members.clone(),
        },
        Kind::TeamLeft { team, members },
        Kind::TeamRemoved { team },
        Kind::ConversationDeleted {},
    ] {
        assert!(kind.changes_access(), "{kind:?}");
    }
    let target = Seq(1);
    for kind in [
        Kind::Edited { target },
        Kind::Deleted { target },
        Kind::HandedOver { to: CARLA },
        Kind::Archived {},
        Kind::Reopened {},
        Kind::Unknown,
    ] {
        assert!(!kind.changes_access(), "{kind:?}");
    }
}

// M1, M3
#[test]
fn an_edit_is_a_text_that_could_have_been_sent() {
    let mut ward = a_group();
    let message = ward.says(ANNA, "2 mg").unwrap();
    let before = ward.last();
    for (text, refusal) in [
        ("", Refusal::TextEmpty),
        (" \n\u{200B}", Refusal::TextEmpty),
        ("2\u{7} mg", Refusal::TextHasControlCharacters),
        ("aan \u{FFFC}", Refusal::TextMentionsBroken),
    ] {
        let text = text.into();
        assert_eq!(
            ward.act(
                ANNA,
                Action::Edit {
                    message,
                    text,
                    attachments: Vec::new(),
                    urgent: None,
                }
            ),
            Err(refusal)
        );
    }
    let text = "x".repeat(20_001).as_str().into();
    assert_eq!(
        ward.act(
            ANNA,
            Action::Edit {
                message,
                text,
                attachments: Vec::new(),
                urgent: None,
            }
        ),
        Err(Refusal::TextTooLong)
    );
    assert_eq!(ward.last(), before);
    let text = "x".repeat(20_000).as_str().into();
    assert!(
        ward.act(
            ANNA,
            Action::Edit {
                message,
                text,
                attachments: Vec::new(),
                urgent: None,
            }
        )
        .is_ok()
    );
}

// M3, M4, P5: the existence of a message is not disclosed where the member sees nothing.
#[test]
fn changing_an_unseen_message_is_refused_as_changing_a_missing_one() {
    let mut ward = a_group();
    let early = ward.says(ANNA, "Voor Daan kwam").unwrap();
    ward.adds(ANNA, DAAN).unwrap();
    assert_eq!(ward.edits(DAAN, early), Err(Refusal::NoSuchMessage));
    assert_eq!(ward.deletes(DAAN, early), Err(Refusal::NoSuchMessage));
    let nowhere = MessageId(uuid::Uuid::nil());
    assert_eq!(ward.edits(DAAN, nowhere), Err(Refusal::NoSuchMessage));
    let seen = ward.says(ANNA, "Welkom").unwrap();
    assert_eq!(ward.edits(DAAN, seen), Err(Refusal::NotYourMessage));
    assert_eq!(ward.deletes(DAAN, seen), Err(Refusal::NotYourMessage));
}

// M3
#[test]
fn a_message_is_edited_up_to_the_last_moment_of_its_day() {
    let mut ward = a_group();
    let message = ward.says(ANNA, "2 mg").unwrap();
    // `edits` itself takes a second.
    ward.wait(Timestamp::DAY - Timestamp::SECOND - 1);
    assert!(ward.edits(ANNA, message).is_ok());
    let message = ward.says(ANNA, "3 mg").unwrap();
    ward.wait(Timestamp::DAY - Timestamp::SECOND + 1);
    assert_eq!(ward.edits(ANNA, message), Err(Refusal::EditedTooLate));
}

// M7
#[test]
fn a_message_that_waited_no_longer_than_two_minutes_is_one_of_now() {
    for (waited, shown) in [(2 * Timestamp::MINUTE, false), (2 * Timestamp::MINUTE + 1, true)] {
        let mut ward = a_group();
        let message = ward.message("Vanuit de lift");
        let written = message.written_at;
        ward.wait(waited - Timestamp::SECOND);
        let number = ward.act(ANNA, Action::Post { message }).unwrap();
        let expected = shown.then_some(written);
        assert!(matches!(ward.kind(number), Kind::Posted { written_at, .. } if *written_at == expected));
    }
}

// P3, P5, P7: of an item's conversation one may know only with a right, or from having been in it.
#[test]
fn an_items_conversation_of_which_one_sees_nothing_is_refused_as_not_found() {
    let mut ward = about_the_item();
    for action in [
        Action::Post {
            message: ward.message("Mag ik?"),
        },
        Action::Leave { successor: None },
        Action::Archive,
        Action::Join,
    ] {
        assert_eq!(
            ward.act(ANNA_AT_HOME_CARE, action),
            Err(Refusal::NoSuchConversation)
        );
    }
    ward.leaves(DAAN).unwrap();
    assert!(ward.says(DAAN, "Nog iets").is_err());
    assert!(ward.act(DAAN, Action::Join).is_err());
}
