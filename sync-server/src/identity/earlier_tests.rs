//! Accounts made before logins and passwords were normalised.

use std::sync::Arc;

use conversation::{DeviceId, PersonId, Timestamp};
use platform::{ManualClock, SeededRandom};
use protocol::error::ErrorCode;
use protocol::session::Secret;
use uuid::Uuid;

use super::password::Passwords;
use super::{IdentityError, LocalAccounts, Method};
use crate::config::tuning::PasswordCost;
use crate::core::Core;
use crate::keys::Secret as Master;
use crate::store::memory::Memory;
use crate::store::{AccountRow, Append, Store};
use crate::store::{AccountStore as _, LogStore as _};

const ZOE: PersonId = PersonId(Uuid::from_u128(0x20e));

/// A server that has an account with this login as it stands, and the hash of these very bytes.
async fn server(login: &str, password: &str) -> (Arc<Memory>, LocalAccounts) {
    let store = Arc::new(Memory::default());
    let clock = Arc::new(ManualClock::new(Timestamp(1_760_000_000_000)));
    let random = Arc::new(SeededRandom::new(3));
    let master = Master::new([5; 32]);
    Core::create(store.as_ref(), clock.as_ref(), random.as_ref(), &master)
        .await
        .unwrap();
    let shared: Arc<dyn Store> = Arc::<Memory>::clone(&store);
    let core = Core::open(shared, clock, Arc::<SeededRandom>::clone(&random), &master).await;
    let passwords = Passwords::new(PasswordCost::LIGHT, random.as_ref());
    let hash = passwords
        .hash(Secret(password.to_owned()), [1; 16])
        .await
        .unwrap();
    let append = Append {
        accounts: vec![AccountRow {
            person: ZOE,
            login: login.to_owned(),
            password: Some(hash),
            created_at: Timestamp(1),
            ended_at: None,
        }],
        ..Append::default()
    };
    store.append(&append).await.unwrap();
    let accounts = LocalAccounts::new(Arc::new(core.unwrap()), PasswordCost::LIGHT);
    (store, accounts)
}

async fn sign_in(accounts: &LocalAccounts, login: &str, password: &str) -> Result<(), IdentityError> {
    let requested = accounts.sign_in_request(None)?;
    let (password, device) = (Secret(password.to_owned()), DeviceId(Uuid::from_u128(1)));
    let identified = accounts.sign_in(login, &password, device, requested).await?;
    assert_eq!(
        (identified.person(), identified.method()),
        (ZOE, Method::Password)
    );
    Ok(())
}

async fn hash(store: &Memory) -> String {
    let account = store.account(ZOE).await.unwrap();
    account.and_then(|account| account.password).unwrap()
}

const COMPOSED: &str = "caf\u{e9} om de hoek";
const APART: &str = "cafe\u{301} om de hoek";

// I1
#[tokio::test]
async fn a_hash_of_what_was_typed_before_is_right_once_and_is_then_of_the_one_form() {
    for (typed_then, typed_now) in [
        (APART, APART),
        (APART, COMPOSED),
        ("caf\u{e9}\u{a0}om de hoek", "caf\u{e9}\u{a0}om de hoek"),
    ] {
        let (store, accounts) = server("zoe@kliniek.example", typed_then).await;
        let before = hash(&store).await;
        let wrong = sign_in(&accounts, "zoe@kliniek.example", "cafe om de hoek").await;
        assert!(matches!(
            wrong,
            Err(IdentityError::Code(ErrorCode::WrongPassword))
        ));
        assert_eq!(hash(&store).await, before);
        sign_in(&accounts, "zoe@kliniek.example", typed_now)
            .await
            .unwrap();
        let after = hash(&store).await;
        assert_ne!(after, before);
        for form in [COMPOSED, APART] {
            sign_in(&accounts, "zoe@kliniek.example", form).await.unwrap();
        }
        assert_eq!(hash(&store).await, after, "it is hashed anew once");
    }
}

// I1
#[tokio::test]
async fn a_login_that_was_kept_as_it_was_typed_is_still_found() {
    for kept in [
        "zoe\u{308}@kliniek.example",
        "zo\u{eb}@kliniek.example",
        "zo:e@kliniek.example",
    ] {
        let (_, accounts) = server(kept, "vier losse woorden").await;
        sign_in(&accounts, &kept.to_uppercase(), "vier losse woorden")
            .await
            .unwrap();
    }
    let (_, accounts) = server("zoe\u{308}@kliniek.example", "vier losse woorden").await;
    sign_in(&accounts, "zo\u{eb}@kliniek.example", "vier losse woorden")
        .await
        .unwrap();
}
