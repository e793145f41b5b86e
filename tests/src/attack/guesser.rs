//! Without an account: ten thousand wrong passwords (BZ5), drawn over accounts and addresses.
//!
//! Half of them go to one account and half come from one address, so that both limits are reached. The addresses are those of
//! loopback: the server sees each as a network of its own, as it sees what a trusted proxy says.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::scene::{HONEST, Scene, Statuses, address, client_of, new_device, sign_in_request, status};
use super::table::{Limit, Row, Table};

const GUESSES: usize = 10_000;
/// Sent at once; the server keeps two hundred waiting for their turn.
const AT_ONCE: usize = 256;
const ADDRESSES: usize = 250;
/// Those of people who attack, and as many that nobody has.
const ACCOUNTS: usize = 20;
pub(super) const SEED: u64 = 20_261_129;
const WRONG_PASSWORD: &str = "een ander wachtwoord";
/// The status of a wrong password.
const WRONG: u16 = 422;
/// Attempts of one account from everywhere, and from one address: so many at once, then one each so many seconds
/// (docs/operator.md).
const OF_ACCOUNT: (f64, f64) = (100.0, 36.0);
const OF_ADDRESS: (f64, f64) = (40.0, 1.5);

/// Sixty sign-ins at once: each needs 19 MiB while it is computed.
pub(super) async fn sign_ins_at_once(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    let (client, url) = (scene.client.clone(), scene.server.url("/v1/session/sign-in"));
    let signing_in = async {
        let mut signing_in = JoinSet::new();
        for number in 0..60 {
            // Nobody has these logins.
            let request = sign_in_request(100_000 + number % 20, WRONG_PASSWORD, new_device());
            signing_in.spawn(status(client.post(&url).json(&request)));
        }
        let mut statuses = Statuses::default();
        while let Some(status) = signing_in.join_next().await {
            statuses.add(status?);
        }
        Ok(statuses)
    };
    let statuses = scene.beside(table, "60 sign-ins at once", signing_in).await?;
    table.say(&format!("   60 sign-ins at once: {statuses}."));
    Ok(())
}

/// One guess: at which account, from where.
#[derive(Clone, Copy, Debug)]
struct Guess {
    account: usize,
    address: usize,
}

fn guesses() -> Vec<Guess> {
    let mut random = StdRng::seed_from_u64(SEED);
    let mut drawn = |most: usize| {
        if random.random_bool(0.5) {
            0
        } else {
            random.random_range(1..most)
        }
    };
    let mut guess = || Guess {
        account: drawn(ACCOUNTS),
        address: drawn(ADDRESSES),
    };
    (0..GUESSES).map(|_| guess()).collect()
}

/// People of the scene whose passwords are guessed, at least.
pub(super) const GUESSED: usize = ACCOUNTS / 2;

pub(super) async fn guess(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "10,000 wrong passwords";
    let clients = (0..ADDRESSES)
        .map(|number| client_of(Some(address(number))))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let url = scene.server.url("/v1/session/sign-in");
    let guessing = async {
        let (began, guesses) = (Instant::now(), Arc::new(guesses()));
        let mut guessing = JoinSet::new();
        for first in 0..AT_ONCE {
            let (guesses, clients, url) = (Arc::clone(&guesses), clients.clone(), url.clone());
            guessing.spawn(async move {
                let mut answered = Vec::new();
                for guess in guesses.iter().skip(first).step_by(AT_ONCE) {
                    // Accounts beyond those of the guests do not exist.
                    let request = sign_in_request(HONEST + guess.account, WRONG_PASSWORD, new_device());
                    let request = clients[guess.address].post(&url).json(&request);
                    answered.push((*guess, status(request).await));
                }
                answered
            });
        }
        let mut answered = Vec::with_capacity(GUESSES);
        while let Some(some) = guessing.join_next().await {
            answered.extend(some?);
        }
        Ok((answered, began.elapsed().as_secs_f64()))
    };
    let (answered, took) = scene.beside(table, ATTACK, guessing).await?;
    let mut statuses = Statuses::default();
    let (mut of_account, mut of_address) = (HashMap::new(), HashMap::new());
    for (guess, status) in answered {
        statuses.add(status);
        if status == WRONG {
            *of_account.entry(guess.account).or_insert(0) += 1;
            *of_address.entry(guess.address).or_insert(0) += 1;
        }
    }
    table.say(&format!("   {ATTACK}: {statuses}, in {took:.0} s."));
    for (what, tried, (at_once, every), source) in [
        (
            "tried of one account",
            of_account,
            OF_ACCOUNT,
            "BZ5: 100, then one each 36 s",
        ),
        (
            "tried from one address",
            of_address,
            OF_ADDRESS,
            "BZ5: 40, then one each 1.5 s",
        ),
    ] {
        let most: i32 = tried.into_values().max().unwrap_or_default();
        table.add(Row {
            attack: ATTACK,
            what: what.to_owned(),
            unit: "",
            before: None,
            during: f64::from(most),
            limit: Limit {
                most: at_once + (took / every).ceil(),
                source,
            },
        });
    }
    Ok(())
}
