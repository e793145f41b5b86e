use std::net::IpAddr;

use conversation::{DeviceId, Timestamp};
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp(1_000_000);

impl Attempts {
    fn fail(&self, login: &str, from: Option<IpAddr>, now: Timestamp) -> Result<(), IdentityError> {
        self.of_account(login, from, now)
            .map(|mut attempt| attempt.try_it())
    }

    fn fail_at(&self, login: &str, device: DeviceId, now: Timestamp) -> Result<(), IdentityError> {
        let attempt = self.of_known_device(login, device, now);
        attempt.map(|mut attempt| attempt.try_it())
    }
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

fn numbered(number: usize) -> Option<IpAddr> {
    address(&format!("192.0.{}.{}", number / 250, number % 250))
}

/// As many as are let through before the first is not.
fn until_refused(fail: impl Fn(usize) -> Result<(), IdentityError>) -> usize {
    (0..100_000).find(|number| fail(*number).is_err()).unwrap()
}

// I1
#[test]
fn an_account_under_attack_waits_there_and_nobody_else_is_slowed() {
    let attempts = Attempts::default();
    let from = address("192.0.2.1");
    assert_eq!(until_refused(|_| attempts.fail("anna@a.nl", from, NOW)), 10);
    let refused = attempts.fail("anna@a.nl", from, NOW);
    assert!(matches!(refused, Err(IdentityError::Wait { seconds: 6 })));
    // Bram is another account; Anna is within reach from elsewhere.
    attempts.fail("bram@a.nl", from, NOW).unwrap();
    attempts.fail("anna@a.nl", address("192.0.2.9"), NOW).unwrap();
    // After a while there is one attempt more, and only one.
    let later = NOW.plus(6_000);
    attempts.fail("anna@a.nl", from, later).unwrap();
    assert!(attempts.fail("anna@a.nl", from, later).is_err());
}

// I1
#[test]
fn one_account_is_not_guessed_at_from_many_networks_without_end() {
    let attempts = Attempts::default();
    let guessed = until_refused(|number| attempts.fail("anna@a.nl", numbered(number), NOW));
    assert_eq!(guessed, 100);
    let hour = NOW.plus(Timestamp::MINUTE * 60);
    let guessed = until_refused(|number| attempts.fail("anna@a.nl", numbered(1_000 + number), hour));
    assert_eq!(guessed, 100);
}

// I1
#[test]
fn a_device_that_the_account_knows_gets_in_whatever_others_do() {
    let attempts = Attempts::default();
    let (laptop, tablet) = (DeviceId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
    until_refused(|number| attempts.fail("anna@a.nl", numbered(number), NOW));
    attempts.fail_at("anna@a.nl", laptop, NOW).unwrap();
    // There, too, guessing is slow: a device can be stolen.
    assert_eq!(until_refused(|_| attempts.fail_at("anna@a.nl", laptop, NOW)), 9);
    attempts.fail_at("anna@a.nl", tablet, NOW).unwrap();
}

// I1
#[test]
fn signing_in_rightly_uses_nothing_up() {
    let attempts = Attempts::default();
    let from = address("192.0.2.1");
    for _ in 0..1_000 {
        let mut attempt = attempts.of_account("anna@a.nl", from, NOW).unwrap();
        attempt.try_it();
        attempt.succeeded();
        // Nor does an attempt in which nothing was tried, as where its body could not be read.
        drop(attempts.of_requests(from, NOW).unwrap());
    }
}

// I1
#[test]
fn a_network_that_tries_many_accounts_waits_however_many_addresses_it_has() {
    let of_all = |from: &dyn Fn(usize) -> Option<IpAddr>| {
        let attempts = Attempts::default();
        until_refused(|number| attempts.fail(&format!("anna{number}@a.nl"), from(number), NOW))
    };
    assert_eq!(of_all(&|_| address("192.0.2.1")), 40);
    assert_eq!(of_all(&|number| address(&format!("2001:db8::{number:x}"))), 40);
    assert_eq!(
        of_all(&|number| address(&format!("2001:db8:0:{:x}::1", number % 256))),
        80
    );
    assert_eq!(
        of_all(&|number| address(&format!("2001:db8:0:{number:x}::1"))),
        80
    );
    let spread = |number: usize| address(&format!("2001:db8:0:{:x}::1", (number % 256) << 8));
    assert_eq!(of_all(&spread), 160);
    // Written as an address of the other kind, it is the same one.
    let attempts = Attempts::default();
    let both = |number: usize| {
        address(if number.is_multiple_of(2) {
            "192.0.2.1"
        } else {
            "::ffff:192.0.2.1"
        })
    };
    assert_eq!(
        until_refused(|number| attempts.fail(&format!("anna{number}@a.nl"), both(number), NOW)),
        40
    );
    attempts.fail("bram@a.nl", address("2001:db8:1::1"), NOW).unwrap();
}
