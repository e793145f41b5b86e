//! BL2 as a whole: every kind of fault at any call to the keychain, in any order of opening and setting aside, from every
//! state that the keychain and the folder can be in.

use std::collections::{HashMap, HashSet};
use std::fs;

use super::files::{DATABASE, HEADER};
use super::test_device::Device;
use super::{OpenFault, may_quarantine};
use crate::keychain::{Fault, Key, KeychainError, SecretBytes};

/// Four tests of them, so that they run at the same time.
const ORDERS: u64 = 200;
const WAITING: &str = "Is de INR al bekend?";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Entered {
    Right,
    Absent,
    Damaged,
    Another,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Standing {
    Nothing,
    DatabaseOnly,
    HeaderOnly,
    Both,
    BothAndLog,
    DamagedHeader,
    ForeignHeader,
    DamagedDatabase,
    EmptyDatabase,
}

const ENTERED: [Entered; 4] = [
    Entered::Right,
    Entered::Absent,
    Entered::Damaged,
    Entered::Another,
];
const STANDING: [Standing; 9] = [
    Standing::Nothing,
    Standing::DatabaseOnly,
    Standing::HeaderOnly,
    Standing::Both,
    Standing::BothAndLog,
    Standing::DamagedHeader,
    Standing::ForeignHeader,
    Standing::DamagedDatabase,
    Standing::EmptyDatabase,
];
const ERRORS: [KeychainError; 5] = [
    KeychainError::Locked,
    KeychainError::Denied,
    KeychainError::Missing,
    KeychainError::Corrupt,
    KeychainError::Failed,
];
const OPEN_FAULTS: [OpenFault; 6] = [
    OpenFault::WrongKeyOrDamaged,
    OpenFault::Damaged,
    OpenFault::Newer,
    OpenFault::DiskFull,
    OpenFault::InUse,
    OpenFault::Failed,
];

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn fault(&mut self) -> Fault {
        let error = self.of(&ERRORS);
        self.of(&[
            Fault::Refuses(error),
            Fault::WritesYetRefuses(error),
            Fault::Forgets,
            Fault::Halves,
        ])
    }
}

async fn device(seed: u64, entered: Entered, standing: Standing) -> Device {
    let device = Device::in_use(seed).await;
    match entered {
        Entered::Right => {}
        Entered::Absent => device.keychain.lose(&device.entry()),
        Entered::Damaged => {
            device.keychain.put(
                device.entry(),
                SecretBytes::new(b"no key, by any reading".to_vec()),
            );
        }
        Entered::Another => device.keychain.put(device.entry(), device.another_key().entry()),
    }
    let remove = |name| fs::remove_file(device.path(name)).unwrap();
    match standing {
        Standing::Nothing => {
            remove(DATABASE);
            remove(HEADER);
        }
        Standing::DatabaseOnly => remove(HEADER),
        Standing::HeaderOnly => remove(DATABASE),
        Standing::Both => {}
        Standing::BothAndLog => fs::write(device.path("overleg.db-wal"), "a log").unwrap(),
        Standing::DamagedHeader => fs::write(device.path(HEADER), "{\"version\":1,").unwrap(),
        Standing::ForeignHeader => fs::write(device.path(HEADER), device.foreign_header().await).unwrap(),
        Standing::DamagedDatabase => fs::write(device.path(DATABASE), "these are no pages").unwrap(),
        Standing::EmptyDatabase => fs::write(device.path(DATABASE), "").unwrap(),
    }
    device
}

/// Data that must never be lost: every key and every value in the keychain at the start, and the files'
/// contents, except a header that says nothing. Values that the keychain itself half wrote do not count.
#[derive(Default)]
struct Held {
    begun: bool,
    values: Vec<SecretBytes>,
    files: HashMap<Vec<u8>, usize>,
}

impl Held {
    /// Checks that all that was held still is, and takes in what came.
    fn still(&mut self, device: &Device, context: &str) {
        let values: Vec<SecretBytes> = device
            .keychain
            .entries()
            .into_iter()
            .filter(|(entry, _)| !entry.account().ends_with("/probe"))
            .map(|(_, value)| value)
            .collect();
        for value in &self.values {
            assert!(values.contains(value), "an entry was written over: {context}");
        }
        self.values = values
            .into_iter()
            .filter(|value| !self.begun || self.values.contains(value) || Key::from_entry(value).is_ok())
            .collect();

        let mut files = HashMap::new();
        for (path, content) in device.all_files() {
            let is_header = path.ends_with(HEADER);
            let says_something = !is_header || serde_json::from_slice::<serde_json::Value>(&content).is_ok();
            if says_something && !content.is_empty() && path.extension().is_some_and(|kind| kind != "lock") {
                *files.entry(content).or_default() += 1;
            }
        }
        for (content, count) in &self.files {
            assert!(
                files.get(content) >= Some(count),
                "a file is gone or changed: {context}"
            );
        }
        self.files = files;
    }
}

// BL2, F4
#[tokio::test]
async fn no_order_of_faults_overwrites_a_key_or_loses_a_cache_or_locks_anyone_out() {
    no_order_does(0).await;
}

// BL2, F4
#[tokio::test]
async fn nor_does_any_of_the_second_two_hundred() {
    no_order_does(1).await;
}

// BL2, F4
#[tokio::test]
async fn nor_does_any_of_the_third_two_hundred() {
    no_order_does(2).await;
}

// BL2, F4
#[tokio::test]
async fn nor_does_any_of_the_fourth_two_hundred() {
    no_order_does(3).await;
}

async fn no_order_does(part: u64) {
    let mut met = HashSet::new();
    let mut troubles = HashSet::new();
    let (mut calls, mut quarantines) = (0, 0);
    for seed in part * ORDERS..(part + 1) * ORDERS {
        let mut dice = Dice(seed);
        let (entered, standing) = (dice.of(&ENTERED), dice.of(&STANDING));
        let device = device(seed, entered, standing).await;
        let mut held = Held::default();
        held.still(&device, "at the start");
        held.begun = true;
        let mut was_quarantined = false;
        let mut without_key = false;
        for step in 0..=dice.below(5) {
            if dice.below(4) > 0 {
                let (call, fault) = (dice.below(8), dice.fault());
                if dice.below(3) == 0 {
                    device.keychain.plant_from(call, fault);
                } else {
                    device.keychain.plant(call, fault);
                }
                met.insert((call, fault));
            }
            if dice.below(6) == 0 {
                *device.files.fault.lock().unwrap() = Some(dice.of(&OPEN_FAULTS));
            }
            let context = format!("seed {seed}, {entered:?}, {standing:?}, step {step}");
            let before = device.keychain.calls();
            match device.open().await {
                Ok(_) => {}
                Err(trouble) => {
                    troubles.insert(format!("{trouble:?}"));
                    held.still(&device, &context);
                    if may_quarantine(trouble) && dice.below(3) > 0 {
                        let outcome = device.quarantine().await;
                        quarantines += usize::from(outcome.is_ok());
                        without_key |= outcome.as_ref().is_ok_and(|quarantined| !quarantined.key);
                        was_quarantined |= !device.path(DATABASE).exists();
                    }
                }
            }
            calls += device.keychain.calls() - before;
            held.still(&device, &context);
            device.keychain.heal();
            *device.files.fault.lock().unwrap() = None;
        }
        let context = format!("seed {seed}, {entered:?}, {standing:?}, at the end");
        let mut opened = device.open().await;
        if let Err(trouble) = opened {
            assert!(may_quarantine(trouble), "locked out by {trouble:?}: {context}");
            held.still(&device, &context);
            device
                .quarantine()
                .await
                .unwrap_or_else(|trouble| panic!("{trouble:?}: {context}"));
            was_quarantined = true;
            opened = device.open().await;
        }
        let opened = opened.unwrap_or_else(|trouble| panic!("{trouble:?}: {context}"));
        held.still(&device, &context);
        let key = Key::from_entry(&device.keychain.entries()[&device.entry()]).unwrap();
        assert_eq!(opened.cache.key, super::test_device::hash(&key), "{context}");

        let whole = entered == Entered::Right
            && matches!(
                standing,
                Standing::Both | Standing::BothAndLog | Standing::DatabaseOnly | Standing::DamagedHeader
            );
        if whole && !was_quarantined {
            assert_eq!(
                (opened.cache.number, opened.cache.unsent),
                (1, vec![WAITING.to_owned()]),
                "{context}"
            );
        } else if whole
            && !(without_key && matches!(standing, Standing::DatabaseOnly | Standing::DamagedHeader))
        {
            assert_eq!(opened.recovery.unsent, [WAITING], "{context}");
        }
    }
    // The dice did their work: most faults at most calls, nearly every trouble, and many a cache set aside.
    let dealt = format!(
        "{} faults, {calls} calls, {quarantines} set aside, {troubles:?}",
        met.len()
    );
    assert!(
        met.len() >= 80 && calls > 1_500 && quarantines > 50 && troubles.len() >= 8,
        "{dealt}"
    );
}

// BL2, F4
#[tokio::test]
async fn without_a_fault_every_state_has_the_outcome_that_the_table_says() {
    use crate::model::UnavailableReason::{CacheDamaged, KeyCorrupt, KeyLost, KeyWrong};
    for entered in ENTERED {
        for standing in STANDING {
            let device = device(1, entered, standing).await;
            let expected = match (entered, standing) {
                (Entered::Damaged, _) => Err(KeyCorrupt),
                (_, Standing::Nothing) => Ok(2),
                (Entered::Absent, _) => Err(KeyLost),
                (_, Standing::ForeignHeader) => Err(KeyWrong),
                (Entered::Another, Standing::DatabaseOnly | Standing::DamagedHeader) => Err(CacheDamaged),
                (Entered::Another, _) => Err(KeyWrong),
                (_, Standing::HeaderOnly | Standing::DamagedDatabase | Standing::EmptyDatabase) => {
                    Err(CacheDamaged)
                }
                (_, _) => Ok(1),
            };
            let outcome = device.open().await.map(|opened| opened.cache.number);
            assert_eq!(outcome, expected, "{entered:?} {standing:?}");
        }
    }
}
