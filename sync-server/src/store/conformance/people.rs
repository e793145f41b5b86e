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
        ended_at: None,
    }
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
    store.begin_session(&session(1, ANNA)).await.unwrap();
    store.begin_session(&session(2, BRAM)).await.unwrap();
    let append = Append {
        ended_accounts: vec![(ANNA, Timestamp(50))],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let ended = store.account(ANNA).await.unwrap().unwrap();
    assert_eq!(ended.ended_at, Some(Timestamp(50)));
    assert_eq!(
        store.ended_since(Timestamp(50)).await.unwrap(),
        [SessionId(Uuid::from_u128(1))]
    );
    assert_eq!(store.ended_since(Timestamp(51)).await.unwrap(), []);
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
    store.begin_session(&session(1, ANNA)).await.unwrap();
    let accept = |hash, number| Accept {
        invitation: digest(hash),
        at: Timestamp(20),
        password: "hash".to_owned(),
        session: session(number, ANNA),
    };
    assert_eq!(store.accept(&accept(1, 2)).await.unwrap(), None);
    let ended = store.accept(&accept(2, 3)).await.unwrap();
    assert_eq!(ended, Some(vec![SessionId(Uuid::from_u128(1))]));
    assert_eq!(store.accept(&accept(2, 4)).await.unwrap(), None);
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

pub(super) async fn a_session_rotates_from_where_it_is(store: &dyn Store) {
    let id = SessionId(Uuid::from_u128(1));
    store.begin_session(&session(1, ANNA)).await.unwrap();
    let rotate = async |from| {
        store
            .rotate(id, from, Timestamp(30), Timestamp(2_000))
            .await
            .unwrap()
    };
    assert!(!rotate(2).await);
    assert!(rotate(1).await);
    assert!(!rotate(1).await);
    let row = store.session(id).await.unwrap().unwrap();
    assert_eq!(
        (row.generation, row.refreshed_at, row.expires_at),
        (2, Timestamp(30), Timestamp(2_000))
    );
    assert!(store.end_session(id, Timestamp(40)).await.unwrap());
    assert!(!store.end_session(id, Timestamp(41)).await.unwrap());
    assert!(!rotate(2).await);
    assert_eq!(store.end_sessions(ANNA, Timestamp(42)).await.unwrap(), []);
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
