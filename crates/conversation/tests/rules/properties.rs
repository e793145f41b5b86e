//! Properties that must hold whatever people try, in any order.

use std::collections::BTreeSet;

use conversation::visibility::places;
use conversation::*;
use proptest::prelude::*;

use crate::ward::*;

/// One try: who, what, and two choices that the action may use.
#[derive(Clone, Debug)]
pub struct Try {
    who: usize,
    what: u8,
    whom: usize,
    which: prop::sample::Index,
}

pub fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (
        0..EVERYONE.len(),
        0..22_u8,
        0..EVERYONE.len(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(who, what, whom, which)| Try {
            who,
            what,
            whom,
            which,
        });
    prop::collection::vec(one, 1..60)
}

pub fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Direct),
        Just(Shape::Group),
        Just(Shape::Item { item: ITEM })
    ]
}

/// Plays the tries; hands the ward over after each that was accepted.
pub fn play(shape: Shape, tries: &[Try], mut each: impl FnMut(&Ward, &State)) -> Ward {
    let mut ward = Ward::new();
    ward.grant(CARLA, organisation::Permission::Handle);
    ward.start(CARLA, shape, &[DAAN]).expect("started");
    let mut messages: Vec<MessageId> = Vec::new();
    for Try {
        who,
        what,
        whom,
        which,
    } in tries
    {
        let (who, whom) = (EVERYONE[*who], EVERYONE[*whom]);
        let before = ward.state().clone();
        let message = (!messages.is_empty()).then(|| *which.get(&messages));
        let outcome = match (what, message) {
            (0..=2, _) => ward.says(who, "Bericht").map(|id| messages.push(id)),
            (3, Some(message)) => ward.replies(who, message).map(|_| ()),
            (4, Some(message)) => ward.edits(who, message).map(|_| ()),
            (5, Some(message)) => ward.deletes(who, message).map(|_| ()),
            (6 | 7, _) => ward.adds(who, whom).map(|_| ()),
            (8, _) => {
                let previewed = ward.last();
                let from = Seq(which.index(previewed.0 as usize) as u64 + 1);
                let share = Some(Share { from, previewed });
                ward.act(
                    who,
                    Action::Add {
                        members: vec![whom],
                        teams: vec![],
                        share,
                    },
                )
                .map(|_| ())
            }
            (9, _) => ward.act(who, Action::Remove { member: whom }).map(|_| ()),
            (10, _) => ward.leaves(who).map(|_| ()),
            (11, _) => ward.act(who, Action::HandOver { to: whom }).map(|_| ()),
            (12, _) => ward.act(who, Action::Archive).map(|_| ()),
            (13, _) => ward.act(who, Action::Reopen).map(|_| ()),
            (14, _) => ward.mentions(who, whom).map(|_| ()),
            (15, _) => {
                let with = vec![whom];
                let start = Action::Start {
                    shape: Shape::Direct,
                    with,
                    teams: vec![],
                    subject: None,
                    message: None,
                };
                ward.act(who, start).map(|_| ())
            }
            (16, _) => {
                let teams = vec![ward.team()];
                let add = Action::Add {
                    members: vec![],
                    teams,
                    share: None,
                };
                ward.act(who, add).map(|_| ())
            }
            (17, _) => {
                let team = ward.team();
                ward.act(who, Action::RemoveTeam { team }).map(|_| ())
            }
            (18 | 19, _) if [CARLA, DAAN, ANNA_AT_HOME_CARE].contains(&whom) => {
                if *what == 18 {
                    ward.joins_team(whom);
                } else {
                    ward.leaves_team(whom);
                }
                Ok(())
            }
            (20, _) => ward.act(who, Action::Join).map(|_| ()),
            // Rarely, since it is the end.
            (21, _) if which.index(4) == 0 => ward.act(who, Action::DeleteConversation).map(|_| ()),
            _ => continue,
        };
        if outcome.is_ok() {
            each(&ward, &before);
        } else {
            assert_eq!(*ward.state(), before, "a refusal changes nothing");
        }
    }
    ward
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    // P1, P4, P9, O2, O4
    #[test]
    fn participants_and_owner_stay_as_the_rules_have_them(shape in shapes(), tries in tries()) {
        play(shape, &tries, |ward, _| {
            let head = &ward.state().head;
            let people: BTreeSet<PersonId> = head.participants.iter().map(|m| person(*m)).collect();
            assert_eq!(people.len(), head.participants.len(), "a person is in it once");
            match shape {
                Shape::Direct => {
                    assert_eq!(head.owner, None);
                    assert!(head.participants.iter().all(|m| [CARLA, DAAN].contains(m)));
                }
                _ => assert!(head.owner.is_some_and(|owner| head.takes_part(owner)) || head.participants.is_empty()),
            }
            assert!(!head.takes_part(ELS), "who cannot be found is never in it");
            for member in EVERYONE {
                assert_eq!(ward.state().takes_part(member), head.takes_part(member), "presence and head agree");
            }
            for (member, teams) in &head.by_team {
                assert!(head.takes_part(*member), "grounds are of those who take part");
                assert!(!teams.is_empty());
                let held = |team: &TeamId| head.teams.contains(team) && ward.directory.in_team(*member, *team);
                assert!(head.deleted || teams.iter().all(held), "by a team only while in it");
            }
            assert!(reconcile(ward.state(), &ward.directory, ward.now()).is_empty(), "all is recorded");
        });
    }

    // A1
    #[test]
    fn folding_the_whole_log_gives_the_state_that_following_it_gave(shape in shapes(), tries in tries()) {
        let ward = play(shape, &tries, |_, _| ());
        let folded = State::folded(ward.log.iter().map(|event| (&event.header, &event.content)));
        prop_assert_eq!(folded.as_ref(), Some(ward.state()));
        // Reads back from what is stored.
        let json = serde_json::to_string(ward.state()).unwrap();
        prop_assert_eq!(&serde_json::from_str::<State>(&json).unwrap(), ward.state());
        for event in &ward.log {
            let json = serde_json::to_string(&event.header).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Header>(&json).unwrap(), &event.header);
        }
    }

    // P5, P6, A2
    #[test]
    fn the_visible_places_grow_only_by_ones_own_joining_or_while_taking_part(
        shape in prop_oneof![Just(Shape::Direct), Just(Shape::Group)],
        tries in tries(),
    ) {
        play(shape, &tries, |ward, before| {
            let state = ward.state();
            for member in EVERYONE {
                let was = places(before, &[member], false);
                let is = places(state, &[member], false);
                if !state.head.takes_part(member) || state.head.deleted {
                    assert!(is.is_empty(), "after leaving or deletion nothing");
                    continue;
                }
                for number in (1..=before.last.0).map(Seq) {
                    if is.contains(number) && !was.contains(number) {
                        let changed = state.presence[&member].changed;
                        assert!(changed > before.last, "earlier places open only by a change of one's own access");
                    }
                }
                assert!(is.contains(state.last), "who takes part sees what comes");
            }
        });
    }

    // P5, P6, P7: place by place, from who was inside before and after each event, and what was shared.
    #[test]
    fn one_sees_the_places_at_which_one_was_inside_and_those_shared_by_somebody_who_saw_them(
        shape in shapes(),
        tries in tries(),
    ) {
        let ward = play(shape, &tries, |_, _| ());
        for member in EVERYONE {
            let seen = places(ward.state(), &[member], false);
            let expected = seen_by_hand(&ward.log, member);
            for number in (1..=ward.last().0).map(Seq) {
                let place = number.0 as usize - 1;
                prop_assert_eq!(seen.contains(number), expected[place], "{} at {}", member, number);
            }
        }
    }
}

/// Which places of a log someone sees without `Analyse`, without the rules' own intervals.
fn seen_by_hand(log: &[NewEvent], member: MembershipId) -> Vec<bool> {
    let mut seen = vec![false; log.len()];
    let mut head: Option<Head> = None;
    for (place, event) in log.iter().enumerate() {
        let inside = |head: &Option<Head>| head.as_ref().is_some_and(|head| head.takes_part(member));
        let was_inside = inside(&head);
        match &mut head {
            Some(head) => head.apply(&event.header),
            None => head = Head::started(&event.header, &event.content),
        }
        seen[place] = was_inside || inside(&head);
        if let Kind::Added { shared, .. } = &event.header.kind
            && event.header.kind.members().contains(&member)
            && !shared.is_empty()
        {
            let sharer = seen_by_hand(&log[..place], event.header.by);
            for (earlier, sharer_saw) in sharer.into_iter().enumerate() {
                let number = Seq(earlier as u64 + 1);
                seen[earlier] |= sharer_saw && shared.iter().any(|range| range.contains(number));
            }
        }
    }
    let head = head.expect("it was started");
    let of_item = matches!(head.shape, Shape::Item { .. });
    if head.deleted || !of_item && !head.takes_part(member) {
        seen.fill(false);
    }
    seen
}

// Decision 23 of the protocol
#[test]
fn an_event_of_a_later_version_is_read_as_unknown() {
    let json = format!(r#"{{"by":"{ANNA}","at":1,"kind":"sealed_with_wax","colour":"red"}}"#);
    let header: Header = serde_json::from_str(&json).unwrap();
    assert_eq!(header.kind, Kind::Unknown);
    let mut ward = a_group();
    let before = ward.state().head.clone();
    ward.state.as_mut().unwrap().apply(&header);
    assert_eq!(ward.state().head, before);
    assert_eq!(ward.last(), Seq(2));
}
