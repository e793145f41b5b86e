//! The people that a refusal names (P8), and the message that a command names.

use conversation::refused_people;
use conversation::*;

use crate::ward::*;

const ELSE: MembershipId = MembershipId(uuid::Uuid::from_u128(0x9999));

fn text_with(mentions: &[MembershipId]) -> MessageText {
    MessageText {
        body: mentions.iter().map(|_| '\u{FFFC}').collect(),
        mentions: mentions.to_vec(),
    }
}

fn message_with(ward: &Ward, mentions: &[MembershipId]) -> NewMessage {
    NewMessage {
        text: text_with(mentions),
        ..ward.message("")
    }
}

/// The refusal of the command, and the memberships that it names.
fn refused(ward: &mut Ward, acting: MembershipId, action: Action) -> (Refusal, Vec<MembershipId>) {
    let refusal = ward.act(acting, action.clone()).expect_err("it is refused");
    let target = action.names().and_then(|message| ward.target(message));
    let command = Command {
        id: CommandId(uuid::Uuid::from_u128(7)),
        acting,
        conversation: ConversationId(uuid::Uuid::from_u128(0xC0)),
        action,
    };
    let named = refused_people(
        refusal,
        &command,
        ward.state.as_ref(),
        target.as_ref(),
        &ward.directory,
    );
    (refusal, named)
}

fn start(shape: Shape, with: &[MembershipId], message: Option<NewMessage>) -> Action {
    Action::Start {
        shape,
        with: with.to_vec(),
        teams: vec![],
        subject: (shape == Shape::Group).then(|| "Wondzorg".to_owned()),
        message,
    }
}

// P8, O3
#[test]
fn a_start_names_those_who_cannot_be_found_and_nobody_else() {
    let mut ward = Ward::new();
    let message = Some(message_with(&ward, &[BRAM]));
    let action = start(Shape::Group, &[CARLA, ELS], message);
    assert_eq!(
        refused(&mut ward, ANNA, action),
        (Refusal::NotFindable, vec![ELS])
    );
    let action = start(Shape::Group, &[CARLA, ELS], None);
    assert_eq!(
        refused(&mut ward, ANNA, action),
        (Refusal::NotFindable, vec![ELS])
    );
}

// P8
#[test]
fn a_start_names_those_it_mentions_whom_the_writer_may_not_add() {
    let mut ward = Ward::new();
    let message = Some(message_with(&ward, &[BRAM, ELS]));
    let action = start(Shape::Group, &[CARLA], message);
    assert_eq!(
        refused(&mut ward, ANNA, action),
        (Refusal::MentionNotAllowed, vec![ELS])
    );
}

// P8, O2: Anna is chosen as a general practitioner, and mentioned as who she is on Fridays.
#[test]
fn a_start_names_whom_it_chooses_and_mentions_as_two() {
    let mut ward = Ward::new();
    let message = Some(message_with(&ward, &[ANNA_AT_HOME_CARE, ANNA]));
    let action = start(Shape::Group, &[ANNA], message);
    assert_eq!(
        refused(&mut ward, CARLA, action),
        (Refusal::MentionNotAllowed, vec![ANNA_AT_HOME_CARE])
    );
}

// P8, P4
#[test]
fn starting_a_direct_conversation_again_names_whom_it_mentions_besides_the_two() {
    let mut ward = Ward::new();
    ward.start(CARLA, Shape::Direct, &[ANNA]).unwrap();
    let message = Some(message_with(&ward, &[ANNA, DAAN]));
    let action = start(Shape::Direct, &[ANNA], message);
    assert_eq!(
        refused(&mut ward, CARLA, action),
        (Refusal::MentionNotAllowed, vec![DAAN])
    );
}

// P8, P4
#[test]
fn a_message_in_a_direct_conversation_names_whom_it_mentions_besides_the_two() {
    let mut ward = Ward::new();
    ward.start(CARLA, Shape::Direct, &[ANNA]).unwrap();
    let message = message_with(&ward, &[ANNA, DAAN]);
    assert_eq!(
        refused(&mut ward, CARLA, Action::Post { message }),
        (Refusal::MentionNotAllowed, vec![DAAN])
    );
}

// P8
#[test]
fn a_message_in_a_group_names_only_those_whom_the_writer_may_not_add() {
    let mut ward = a_group();
    let message = message_with(&ward, &[ANNA, DAAN, ELS]);
    assert_eq!(
        refused(&mut ward, CARLA, Action::Post { message }),
        (Refusal::MentionNotAllowed, vec![ELS])
    );
}

// P6, P8
#[test]
fn a_member_who_left_comes_back_to_a_direct_conversation_unnamed_and_is_named_in_a_group() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    ward.says(ANNA, "Heeft u even?").unwrap();
    ward.leaves(CARLA).unwrap();
    let message = message_with(&ward, &[CARLA, DAAN]);
    assert_eq!(
        refused(&mut ward, ANNA, Action::Post { message }),
        (Refusal::MentionNotAllowed, vec![DAAN])
    );
    let mut ward = a_group();
    ward.leaves(CARLA).unwrap();
    let message = message_with(&ward, &[CARLA]);
    assert_eq!(
        refused(&mut ward, BRAM, Action::Post { message }),
        (Refusal::MentionNotAllowed, vec![CARLA]),
        "only the owner adds people of other organisations"
    );
}

// P8
#[test]
fn several_people_who_may_be_added_are_none_of_them_named() {
    let mut ward = a_group();
    let crowd = ward.crowd(HOME_CARE, 2);
    let message = message_with(&ward, &[crowd[0], crowd[1], DAAN, ELS]);
    assert_eq!(
        refused(&mut ward, ANNA, Action::Post { message }),
        (Refusal::MentionNotAllowed, vec![ELS])
    );
}

// P8
#[test]
fn each_is_named_once_and_always_in_the_same_order() {
    let mut ward = a_group();
    let message = message_with(&ward, &[ELSE, ELS, ELSE, ELS]);
    assert_eq!(
        refused(&mut ward, CARLA, Action::Post { message }),
        (Refusal::MentionNotAllowed, vec![ELS, ELSE])
    );
}

// P8, M3
#[test]
fn an_edit_names_those_it_mentions_whom_nobody_may_add() {
    let mut ward = a_group();
    let message = ward.says(CARLA, "Wie?").unwrap();
    let text = text_with(&[BRAM, ELS]);
    assert_eq!(
        refused(
            &mut ward,
            CARLA,
            Action::Edit {
                message,
                text,
                attachments: Vec::new(),
                urgent: None,
            }
        )
        .1,
        [ELS]
    );
}

// P1, P2, O2, O3
#[test]
fn adding_names_those_for_whom_it_is_refused() {
    let mut ward = a_group();
    let add = |members: &[MembershipId]| Action::Add {
        members: members.to_vec(),
        teams: vec![],
        share: None,
    };
    assert_eq!(
        refused(&mut ward, ANNA, add(&[DAAN, ELS])),
        (Refusal::NotFindable, vec![ELS])
    );
    assert_eq!(
        refused(&mut ward, BRAM, add(&[DAAN])),
        (Refusal::OnlyOwnOrganisation, vec![DAAN])
    );
    assert_eq!(
        refused(&mut ward, ANNA, add(&[DAAN, CARLA])),
        (Refusal::AlreadyTakesPart, vec![CARLA])
    );
}

// P8
#[test]
fn a_refusal_that_is_about_nobody_names_nobody() {
    let mut ward = a_group();
    ward.act(ANNA, Action::Archive).unwrap();
    let message = message_with(&ward, &[ELS]);
    assert_eq!(
        refused(&mut ward, CARLA, Action::Post { message }),
        (Refusal::ConversationArchived, vec![])
    );
    assert_eq!(
        refused(&mut ward, CARLA, Action::Remove { member: BRAM }),
        (Refusal::OnlyTheOwner, vec![])
    );
}

// M2, M3, M4
#[test]
fn a_command_names_the_message_that_it_answers_changes_or_deletes_and_makes_the_one_that_it_says() {
    let ward = Ward::new();
    let named = MessageId(uuid::Uuid::from_u128(1));
    let plain = ward.message("Zo");
    let reply = NewMessage {
        reply_to: Some(named),
        ..plain.clone()
    };
    let id = plain.id;
    for (action, names, makes) in [
        (
            start(Shape::Direct, &[ANNA], Some(reply.clone())),
            Some(named),
            Some(id),
        ),
        (start(Shape::Direct, &[ANNA], Some(plain.clone())), None, Some(id)),
        (start(Shape::Direct, &[ANNA], None), None, None),
        (Action::Post { message: reply }, Some(named), Some(id)),
        (Action::Post { message: plain }, None, Some(id)),
        (
            Action::Edit {
                message: named,
                text: "Zo".into(),
                attachments: Vec::new(),
                urgent: None,
            },
            Some(named),
            None,
        ),
        (Action::Delete { message: named }, Some(named), None),
        (Action::Join, None, None),
        (Action::Archive, None, None),
    ] {
        assert_eq!((action.names(), action.makes()), (names, makes), "{action:?}");
    }
}

// P10: `members` and `teams` cover everyone that a line mentions.
#[test]
fn every_kind_of_event_names_the_people_and_teams_that_it_is_about() {
    let team = TeamId(uuid::Uuid::from_u128(1));
    let chosen = || {
        vec![Chosen {
            team,
            members: vec![DAAN],
        }]
    };
    let message = MessageId(uuid::Uuid::from_u128(2));
    let target = Seq(1);
    for (kind, members, teams) in [
        (
            Kind::Started {
                shape: Shape::Group,
                owner: Some(ANNA),
                participants: vec![ANNA, BRAM],
                teams: chosen(),
            },
            vec![ANNA, BRAM, DAAN],
            vec![team],
        ),
        (
            Kind::Added {
                members: vec![CARLA],
                teams: chosen(),
                shared: vec![],
            },
            vec![CARLA, DAAN],
            vec![team],
        ),
        (Kind::Joined { members: vec![CARLA] }, vec![CARLA], vec![]),
        (Kind::Removed { member: CARLA }, vec![CARLA], vec![]),
        (
            Kind::Left {
                member: CARLA,
                ended: false,
            },
            vec![CARLA],
            vec![],
        ),
        (Kind::HandedOver { to: CARLA }, vec![CARLA], vec![]),
        (
            Kind::TeamJoined {
                team,
                members: vec![CARLA],
            },
            vec![CARLA],
            vec![team],
        ),
        (
            Kind::TeamLeft {
                team,
                members: vec![CARLA],
            },
            vec![CARLA],
            vec![team],
        ),
        (Kind::TeamRemoved { team }, vec![], vec![team]),
        (Kind::Archived {}, vec![], vec![]),
        (Kind::Reopened {}, vec![], vec![]),
        (Kind::ConversationDeleted {}, vec![], vec![]),
        (Kind::Edited { target }, vec![], vec![]),
        (Kind::Deleted { target }, vec![], vec![]),
        (
            Kind::Posted {
                message,
                reply_to: None,
                written_at: None,
                urgent: false,
            },
            vec![],
            vec![],
        ),
        (Kind::Unknown, vec![], vec![]),
    ] {
        assert_eq!((kind.members(), kind.teams()), (members, teams), "{kind:?}");
    }
}
