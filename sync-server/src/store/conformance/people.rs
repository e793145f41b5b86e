//! Accounts, invitations, sessions.

use conversation::{DeviceId, OrganisationId, PersonId, SourceId, Timestamp};
use uuid::Uuid;

use super::*;

fn account(person: PersonId, login: &str) -> AccountRow {
    AccountRow {
        person,
        login: login.to_owned(),
        password: None,
        created_at: Timestamp(1),
        ended_at: None,
    }
}

fn session(number: u128, person: PersonId) -> SessionRow {
    SessionRow {
        id: SessionId(Uuid::from_u128(number)),
        person,
        device: DeviceId(Uuid::from_u128(number + 100)),
        device_name: "Werkplek".to_owned(),
        platform: "linux".to_owned(),
        generation: 1,
        begun_at: Timestamp(1),
        refreshed_at: Timestamp(1),
        expires_at: Timestamp(1_000),
        ended: None,
    }
}

const MOST: u32 = 20;

fn id(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

fn end(at: i64, reason: EndReason) -> SessionEnd {
    SessionEnd {
        at: Timestamp(at),
        reason,
    }
}

/// Without effects, as a sign-in with a password has none.
async fn sign_in(store: &dyn Store, number: u128, person: PersonId) {
    let start = SessionStart {
        session: session(number, person),
        most: MOST,
        effects: SignInEffects::default(),
    };
    assert_eq!(store.begin_session(&start).await.unwrap(), Some(Vec::new()));
}

pub(super) async fn accounts_are_found_by_login_and_end_with_their_sessions(store: &dyn Store) {
    let append = Append {
        accounts: vec![account(ANNA, "anna@a.nl"), account(BRAM, "bram@a.nl")],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let doubled = Append {
        accounts: vec![account(PersonId(Uuid::from_u128(0xc)), "anna@a.nl")],
        ..Append::default()
    };
    assert!(store.append(&doubled).await.is_err());
    let found = store.account_by_login("anna@a.nl").await.unwrap();
    assert_eq!(found, Some(account(ANNA, "anna@a.nl")));
    assert_eq!(store.account_by_login("ANNA@a.nl").await.unwrap(), None);
    sign_in(store, 1, ANNA).await;
    sign_in(store, 2, BRAM).await;
    let append = Append {
        ended_accounts: vec![(ANNA, Timestamp(50))],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let ended = store.account(ANNA).await.unwrap().unwrap();
    assert_eq!(ended.ended_at, Some(Timestamp(50)));
    assert_eq!(
        store.ended_since(Timestamp(50)).await.unwrap(),
        [(id(1), end(50, EndReason::AccountEnded))]
    );
    assert_eq!(store.ended_since(Timestamp(51)).await.unwrap(), []);
    // Known also after its session has ended.
    let of_anna = session(1, ANNA).device;
    assert!(store.is_device_of(ANNA, of_anna).await.unwrap());
    let other = DeviceId(Uuid::from_u128(0xfff));
    assert!(!store.is_device_of(ANNA, other).await.unwrap());
    assert!(!store.is_device_of(PersonId(Uuid::nil()), of_anna).await.unwrap());
}

pub(super) async fn a_password_is_hashed_anew_only_where_it_is_still_the_same(store: &dyn Store) {
    let kept = |hash: &str| AccountRow {
        password: Some(hash.to_owned()),
        ..account(ANNA, "anna@a.nl")
    };
    let append = Append {
        accounts: vec![kept("one"), account(BRAM, "bram@a.nl")],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    assert!(store.change_password(ANNA, "one", "two").await.unwrap());
    assert_eq!(store.account(ANNA).await.unwrap(), Some(kept("two")));
    assert!(!store.change_password(ANNA, "one", "three").await.unwrap());
    assert!(!store.change_password(BRAM, "one", "three").await.unwrap());
    assert_eq!(store.account(ANNA).await.unwrap(), Some(kept("two")));
}

pub(super) async fn an_invitation_is_used_once(store: &dyn Store) {
    let row = |hash, created| InvitationRow {
        hash: digest(hash),
        person: ANNA,
        created_at: Timestamp(created),
        expires_at: Timestamp(900),
        used_at: None,
    };
    let append = Append {
        accounts: vec![account(ANNA, "anna@a.nl")],
        invitations: vec![row(1, 1)],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    // A later one replaces the earlier.
    let append = Append {
        invitations: vec![row(2, 5)],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let first = store.invitation(&digest(1)).await.unwrap().unwrap();
    assert_eq!(first.used_at, Some(Timestamp(5)));
    sign_in(store, 1, ANNA).await;
    let accept = |hash, number, person| SessionStart {
        session: session(number, person),
        most: MOST,
        effects: SignInEffects {
            verified: None,
            invitation: Some(digest(hash)),
            password: Some("hash".to_owned()),
            ends_others: Some(EndReason::PasswordChanged),
        },
    };
    // One that was replaced, and one of somebody else.
    for refused in [accept(1, 2, ANNA), accept(2, 2, BRAM), accept(3, 2, ANNA)] {
        assert_eq!(store.begin_session(&refused).await.unwrap(), None);
        assert_eq!(store.session(refused.session.id).await.unwrap(), None);
    }
    let account = store.account(ANNA).await.unwrap().unwrap();
    assert_eq!(account.password, None);
    let ended = store.begin_session(&accept(2, 3, ANNA)).await.unwrap();
    assert_eq!(ended, Some(vec![(id(1), end(1, EndReason::PasswordChanged))]));
    assert_eq!(store.begin_session(&accept(2, 4, ANNA)).await.unwrap(), None);
    let account = store.account(ANNA).await.unwrap().unwrap();
    assert_eq!(account.password.as_deref(), Some("hash"));
    assert!(
        store
            .session(SessionId(Uuid::from_u128(4)))
            .await
            .unwrap()
            .is_none()
    );
}

/// A sign-in that was under way while the password changed, and the change itself.
pub(super) async fn a_new_password_ends_all_but_one_session_and_what_the_old_one_began(store: &dyn Store) {
    let kept = |person, login: &str| AccountRow {
        password: Some("old".to_owned()),
        ..account(person, login)
    };
    let append = Append {
        accounts: vec![kept(ANNA, "anna@a.nl"), kept(BRAM, "bram@a.nl")],
        invitations: vec![InvitationRow {
            hash: digest(1),
            person: ANNA,
            created_at: Timestamp(1),
            expires_at: Timestamp(900),
            used_at: None,
        }],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    for (number, person) in [(1, ANNA), (2, BRAM), (3, ANNA), (4, ANNA)] {
        sign_in(store, number, person).await;
    }
    store
        .end_session(id(4), end(5, EndReason::SignedOut))
        .await
        .unwrap();
    let change = |person, session, verified: &str| AccountChange {
        person,
        session: id(session),
        at: Timestamp(7),
        effects: SignInEffects {
            verified: Some(verified.to_owned()),
            invitation: None,
            password: Some("new".to_owned()),
            ends_others: Some(EndReason::PasswordChanged),
        },
    };
    // Another password, somebody else's session, one that has ended, and none.
    for refused in [
        change(ANNA, 1, "older"),
        change(ANNA, 2, "old"),
        change(ANNA, 4, "old"),
        change(ANNA, 9, "old"),
    ] {
        assert_eq!(store.change_account(&refused).await.unwrap(), None);
    }
    let untouched = store.account(ANNA).await.unwrap();
    assert_eq!(untouched, Some(kept(ANNA, "anna@a.nl")));
    let unused = store.invitation(&digest(1)).await.unwrap().unwrap();
    assert_eq!(unused.used_at, None);
    let ended = store.change_account(&change(ANNA, 1, "old")).await.unwrap();
    assert_eq!(ended, Some(vec![(id(3), end(7, EndReason::PasswordChanged))]));
    let account = store.account(ANNA).await.unwrap().unwrap();
    assert_eq!(account.password.as_deref(), Some("new"));
    assert_eq!(store.account(BRAM).await.unwrap(), Some(kept(BRAM, "bram@a.nl")));
    assert_eq!(store.session(id(1)).await.unwrap().unwrap().ended, None);
    assert_eq!(store.session(id(2)).await.unwrap().unwrap().ended, None);
    let used = store.invitation(&digest(1)).await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(Timestamp(7)));
    // A sign-in that was compared with the old one begins nothing.
    let begin = |number, verified: &str| SessionStart {
        session: session(number, ANNA),
        most: MOST,
        effects: SignInEffects {
            verified: Some(verified.to_owned()),
            ..SignInEffects::default()
        },
    };
    assert_eq!(store.begin_session(&begin(5, "old")).await.unwrap(), None);
    assert_eq!(store.session(id(5)).await.unwrap(), None);
    assert_eq!(
        store.begin_session(&begin(5, "new")).await.unwrap(),
        Some(Vec::new())
    );
}

pub(super) async fn a_session_begins_with_the_effects_of_its_sign_in_and_no_others(store: &dyn Store) {
    let append = Append {
        accounts: vec![account(ANNA, "anna@a.nl"), account(BRAM, "bram@a.nl")],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    sign_in(store, 1, ANNA).await;
    sign_in(store, 2, BRAM).await;
    sign_in(store, 3, ANNA).await;
    assert_eq!(store.ended_since(Timestamp(0)).await.unwrap(), []);
    let password = SessionStart {
        session: session(4, ANNA),
        most: MOST,
        effects: SignInEffects {
            password: Some("hash".to_owned()),
            ..SignInEffects::default()
        },
    };
    assert_eq!(store.begin_session(&password).await.unwrap(), Some(Vec::new()));
    let account = store.account(ANNA).await.unwrap().unwrap();
    assert_eq!(account.password.as_deref(), Some("hash"));
    let alone = SessionStart {
        session: session(5, ANNA),
        most: MOST,
        effects: SignInEffects {
            ends_others: Some(EndReason::PasswordChanged),
            ..SignInEffects::default()
        },
    };
    let mut ended = store.begin_session(&alone).await.unwrap().unwrap();
    ended.sort_unstable_by_key(|(id, _)| *id);
    let because = end(1, EndReason::PasswordChanged);
    assert_eq!(ended, [1, 3, 4].map(|number| (id(number), because)));
    for number in [2, 5] {
        let row = store.session(SessionId(Uuid::from_u128(number))).await.unwrap();
        assert_eq!(row.unwrap().ended, None, "{number}");
    }
}

pub(super) async fn of_too_many_sessions_those_end_that_were_refreshed_longest_ago(store: &dyn Store) {
    for number in 1..=3 {
        sign_in(store, number, ANNA).await;
    }
    sign_in(store, 4, BRAM).await;
    assert!(
        store
            .rotate(id(1), 1, Timestamp(5), Timestamp(2_000))
            .await
            .unwrap()
    );
    let start = SessionStart {
        session: SessionRow {
            refreshed_at: Timestamp(6),
            ..session(5, ANNA)
        },
        effects: SignInEffects::default(),
        most: 3,
    };
    let ended = store.begin_session(&start).await.unwrap();
    assert_eq!(ended, Some(vec![(id(2), end(1, EndReason::TooMany))]));
    for (number, stands) in [(1, true), (2, false), (3, true), (4, true), (5, true)] {
        let row = store.session(id(number)).await.unwrap().unwrap();
        assert_eq!(row.ended.is_none(), stands, "{number}");
    }
}

// I3
pub(super) async fn a_session_takes_the_place_of_an_earlier_one_on_its_device(store: &dyn Store) {
    sign_in(store, 1, ANNA).await;
    sign_in(store, 2, ANNA).await;
    let of_first = session(1, ANNA).device;
    let shared = SessionRow {
        device: of_first,
        ..session(3, BRAM)
    };
    let again = SessionRow {
        device: of_first,
        begun_at: Timestamp(9),
        ..session(4, ANNA)
    };
    let mut ended = Vec::new();
    for session in [shared, again] {
        let start = SessionStart {
            session,
            most: MOST,
            effects: SignInEffects::default(),
        };
        ended.push(store.begin_session(&start).await.unwrap().unwrap());
    }
    // Somebody else on the device ends nothing.
    assert_eq!(ended, [vec![], vec![(id(1), end(9, EndReason::SignedInAgain))]]);
    for (number, stands) in [(1, false), (2, true), (3, true), (4, true)] {
        let row = store.session(id(number)).await.unwrap().unwrap();
        assert_eq!(row.ended.is_none(), stands, "{number}");
    }
}

pub(super) async fn a_session_rotates_from_where_it_is(store: &dyn Store) {
    let one = id(1);
    sign_in(store, 1, ANNA).await;
    let rotate = async |from| {
        store
            .rotate(one, from, Timestamp(30), Timestamp(2_000))
            .await
            .unwrap()
    };
    assert!(!rotate(2).await);
    assert!(rotate(1).await);
    assert!(!rotate(1).await);
    let row = store.session(one).await.unwrap().unwrap();
    assert_eq!(
        (row.generation, row.refreshed_at, row.expires_at),
        (2, Timestamp(30), Timestamp(2_000))
    );
    let first = end(40, EndReason::OtherDevice);
    assert!(store.end_session(one, first).await.unwrap());
    // The first end stands.
    let later = end(41, EndReason::TokenReused);
    assert!(!store.end_session(one, later).await.unwrap());
    assert!(!rotate(2).await);
    assert_eq!(store.end_sessions(ANNA, later).await.unwrap(), []);
    assert_eq!(store.session(one).await.unwrap().unwrap().ended, Some(first));
    assert_eq!(store.ended_since(Timestamp(40)).await.unwrap(), [(one, first)]);
}

pub(super) async fn each_session_that_ended_has_its_reason_and_the_latest_are_listed_first(
    store: &dyn Store,
) {
    let reasons = EndReason::RECORDED.iter().map(|(reason, _)| *reason);
    for (number, reason) in (1_u128..).zip(reasons.chain([EndReason::Unknown])) {
        sign_in(store, number, ANNA).await;
        let end = end(100 + number as i64, reason);
        assert!(store.end_session(id(number), end).await.unwrap());
        assert_eq!(store.session(id(number)).await.unwrap().unwrap().ended, Some(end));
    }
    sign_in(store, 50, ANNA).await;
    sign_in(store, 51, BRAM).await;
    let administrator = Append {
        ended_sessions: vec![(id(51), end(105, EndReason::Administrator))],
        ..Append::default()
    };
    store.append(&administrator).await.unwrap();
    let listed = async |person, since, most| {
        let rows = store
            .recently_ended(person, Timestamp(since), most)
            .await
            .unwrap();
        rows.into_iter().map(|row| row.id.0.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(listed(ANNA, 108, 20).await, [11, 10, 9, 8]);
    assert_eq!(listed(ANNA, 0, 2).await, [11, 10]);
    assert_eq!(listed(ANNA, 200, 20).await, [0_u128; 0]);
    assert_eq!(listed(BRAM, 0, 20).await, [51]);
    let of_bram = store.session(id(51)).await.unwrap().unwrap().ended;
    assert_eq!(of_bram, Some(end(105, EndReason::Administrator)));
}

// O4, S3
pub(super) async fn conversations_are_found_by_their_team_or_item(store: &dyn Store) {
    begin(store).await;
    let (team, item) = (Uuid::from_u128(0x71), Uuid::from_u128(0x72));
    let row = |subject, conversation, open| ConversationLinkRow {
        subject,
        conversation,
        open,
    };
    let append = Append {
        conversation_links: vec![
            row(team, WOUNDS, true),
            row(team, FALLS, true),
            row(item, FALLS, true),
        ],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let mut found = store.conversation_links(team).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, [WOUNDS, FALLS]);
    let append = Append {
        conversation_links: vec![row(team, WOUNDS, false), row(team, FALLS, true)],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    assert_eq!(store.conversation_links(team).await.unwrap(), [FALLS]);
    assert_eq!(store.conversation_links(item).await.unwrap(), [FALLS]);
    assert_eq!(store.conversation_links(Uuid::from_u128(0x73)).await.unwrap(), []);
    // Of a person: those that they take part in, and no others.
    let own = async |subject, person| store.own_conversation_links(subject, person).await.unwrap();
    assert_eq!(own(item, ANNA).await, [FALLS]);
    assert_eq!(own(item, BRAM).await, []);
    assert_eq!(own(Uuid::from_u128(0x73), ANNA).await, []);
}

// I2
pub(super) async fn a_source_is_found_by_its_key_and_ends(store: &dyn Store) {
    let row = SourceRow {
        id: SourceId(Uuid::from_u128(1)),
        organisation: OrganisationId(Uuid::from_u128(2)),
        name: "Dossier".to_owned(),
        hash: digest(7),
        created_at: Timestamp(3),
        ended_at: None,
    };
    let append = Append {
        sources: vec![row.clone()],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    assert_eq!(store.source(&digest(7)).await.unwrap(), Some(row.clone()));
    assert_eq!(store.source(&digest(8)).await.unwrap(), None);
    assert_eq!(
        store.sources(row.organisation).await.unwrap(),
        std::slice::from_ref(&row)
    );
    for at in [40, 50] {
        let append = Append {
            ended_sources: vec![(row.id, Timestamp(at))],
            ..Append::default()
        };
        store.append(&append).await.unwrap();
    }
    let ended = store.source(&digest(7)).await.unwrap().unwrap();
    assert_eq!(ended.ended_at, Some(Timestamp(40)));
}
