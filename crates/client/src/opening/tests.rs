//! Each outcome of opening, and each way out.

use std::fs;

use super::files::{DATABASE, HEADER};
use super::test_device::Device;
use super::{OpenFault, may_quarantine};
use crate::keychain::{Entry, Fault, Key, KeychainError, SecretBytes};
use crate::model::UnavailableReason;

const WAITING: &str = "Is de INR al bekend?";

// F1, BL2
#[tokio::test]
async fn a_first_start_makes_one_key_and_the_next_start_opens_the_same_cache_with_it() {
    let device = Device::in_use(1).await;
    let key = device.key();
    let again = device.open().await.unwrap();
    assert_eq!(
        (again.cache.number, again.cache.unsent),
        (1, vec![WAITING.to_owned()])
    );
    assert_eq!(device.key(), key);
    assert!(again.recovery.unsent.is_empty());
}

// F1
#[tokio::test]
async fn no_file_in_the_folder_holds_the_key() {
    let device = Device::in_use(2).await;
    let key = device.key();
    let entry = key.entry();
    for (path, bytes) in device.all_files() {
        for secret in [key.expose().as_slice(), entry.expose()] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret),
                "{}",
                path.display()
            );
        }
    }
}

// F4, BL2
#[tokio::test]
async fn each_error_of_the_keychain_is_a_trouble_of_its_own_that_passes_with_it() {
    for (error, trouble) in [
        (KeychainError::Locked, UnavailableReason::KeychainLocked),
        (KeychainError::Denied, UnavailableReason::KeychainDenied),
        (KeychainError::Missing, UnavailableReason::KeychainMissing),
        (KeychainError::Corrupt, UnavailableReason::KeyCorrupt),
        (KeychainError::Failed, UnavailableReason::KeychainDenied),
    ] {
        let device = Device::in_use(3).await;
        device.keychain.plant(0, Fault::Refuses(error));
        assert_eq!(device.trouble().await, trouble);
        assert_eq!(device.open().await.unwrap().cache.number, 1);
    }
}

// F4, BL2
#[tokio::test]
async fn no_entry_beside_any_part_of_a_cache_is_a_lost_key_and_never_a_first_start() {
    for left in [
        DATABASE,
        HEADER,
        "overleg.db-wal",
        "overleg.db-shm",
        "overleg.db-journal",
    ] {
        let device = Device::new(4);
        fs::create_dir_all(&device.place.folder).unwrap();
        fs::write(device.path(left), "").unwrap();
        assert_eq!(device.trouble().await, UnavailableReason::KeyLost, "{left}");
        assert!(device.keychain.entries().is_empty());
    }
}

// BL2
#[tokio::test]
async fn a_keychain_that_says_no_entry_once_is_asked_again_after_a_write_before_a_key_is_made() {
    let device = Device::new(5);
    let key = device.another_key();
    device.keychain.put(device.entry(), key.entry());
    device.keychain.plant(0, Fault::Forgets);
    device.open().await.unwrap();
    assert_eq!(device.key(), key);
}

// BL2
#[tokio::test]
async fn a_keychain_that_keeps_nothing_gets_no_key_and_no_database_is_made() {
    for fault in [Fault::Forgets, Fault::Halves] {
        let device = Device::new(6);
        let key = device.another_key();
        device.keychain.put(device.entry(), key.entry());
        device.keychain.plant_from(0, fault);
        let trouble = device.trouble().await;
        assert!(
            matches!(
                trouble,
                UnavailableReason::KeychainMissing | UnavailableReason::KeyCorrupt
            ),
            "{trouble:?}"
        );
        assert!(!device.path(DATABASE).exists());
        assert_eq!(device.key(), key);
    }
}

// F4
#[tokio::test]
async fn a_crash_between_the_key_and_the_database_and_between_the_database_and_the_header_leaves_a_cache_that_opens()
 {
    let device = Device::new(7);
    *device.files.fault.lock().unwrap() = Some(OpenFault::DiskFull);
    assert_eq!(device.trouble().await, UnavailableReason::DiskFull);
    let key = device.key();
    fs::write(device.path(DATABASE), "").unwrap();
    assert_eq!(device.open().await.unwrap().cache.number, 1);
    fs::remove_file(device.path(HEADER)).unwrap();
    assert_eq!(device.open().await.unwrap().cache.number, 1);
    assert!(device.path(HEADER).exists());
    assert_eq!(device.key(), key);
}

// F4
#[tokio::test]
async fn a_damaged_header_is_written_anew_when_the_key_opens_the_database() {
    let device = Device::in_use(8).await;
    let whole: serde_json::Value = serde_json::from_slice(&fs::read(device.path(HEADER)).unwrap()).unwrap();
    let mut other_check = whole.clone();
    other_check["check"] = "AAAAAAAAAAAAAAAAAAAAAA==".into();
    for damaged in [
        String::new(),
        "{\"version\":1".to_owned(),
        other_check.to_string(),
    ] {
        fs::write(device.path(HEADER), damaged).unwrap();
        assert_eq!(device.open().await.unwrap().cache.number, 1);
        let now: serde_json::Value = serde_json::from_slice(&fs::read(device.path(HEADER)).unwrap()).unwrap();
        assert_eq!(now["key"], whole["key"]);
        assert_ne!(now["check"], other_check["check"]);
    }
}

// F4
#[tokio::test]
async fn another_machines_copy_a_damaged_file_and_a_newer_one_are_distinguished() {
    let device = Device::in_use(9).await;
    let header = fs::read(device.path(HEADER)).unwrap();
    fs::write(device.path(HEADER), device.foreign_header().await).unwrap();
    assert_eq!(device.trouble().await, UnavailableReason::KeyWrong);
    fs::write(device.path(HEADER), "{\"version\":2,\"anything\":true}").unwrap();
    assert_eq!(device.trouble().await, UnavailableReason::CacheNewer);
    fs::write(device.path(HEADER), header).unwrap();
    fs::write(device.path(DATABASE), "damaged").unwrap();
    assert_eq!(device.trouble().await, UnavailableReason::CacheDamaged);
    fs::write(device.path(DATABASE), "").unwrap();
    assert_eq!(device.trouble().await, UnavailableReason::CacheDamaged);
    fs::remove_file(device.path(DATABASE)).unwrap();
    assert_eq!(device.trouble().await, UnavailableReason::CacheDamaged);
    assert!(!device.path(DATABASE).exists());
}

// F4
#[tokio::test]
async fn each_fault_of_the_database_is_a_trouble_and_passes_with_it() {
    for (fault, trouble) in [
        (OpenFault::WrongKeyOrDamaged, UnavailableReason::CacheDamaged),
        (OpenFault::Damaged, UnavailableReason::CacheDamaged),
        (OpenFault::Newer, UnavailableReason::CacheNewer),
        (OpenFault::DiskFull, UnavailableReason::DiskFull),
        (OpenFault::InUse, UnavailableReason::InUse),
        (OpenFault::Failed, UnavailableReason::CacheDamaged),
    ] {
        let device = Device::in_use(10).await;
        *device.files.fault.lock().unwrap() = Some(fault);
        assert_eq!(device.trouble().await, trouble);
        assert_eq!(device.open().await.unwrap().cache.number, 1);
    }
}

// F4
#[tokio::test]
async fn a_profile_is_open_in_one_program_at_a_time() {
    let device = Device::in_use(11).await;
    let first = device.open().await.unwrap();
    assert_eq!(device.trouble().await, UnavailableReason::InUse);
    assert_eq!(device.quarantine().await, Err(UnavailableReason::InUse));
    drop(first);
    device.open().await.unwrap();
}

// F4
#[tokio::test]
async fn a_damaged_entry_is_kept_under_another_name_before_a_new_key_takes_its_place() {
    let device = Device::in_use(12).await;
    let damaged = SecretBytes::new(b"not a key".to_vec());
    device.keychain.put(device.entry(), damaged.clone());
    assert_eq!(device.trouble().await, UnavailableReason::KeyCorrupt);
    let quarantined = device.quarantine().await.unwrap();
    assert!(!quarantined.key);
    assert!(quarantined.folder.unwrap().join(DATABASE).exists());
    assert_eq!(device.open().await.unwrap().cache.number, 2);
    assert!(device.keychain.entries().values().any(|kept| *kept == damaged));
}

// F4
#[tokio::test]
async fn a_cache_whose_key_is_lost_is_quarantined_and_replaced() {
    let device = Device::in_use(13).await;
    let lost = device.key();
    device.keychain.lose(&device.entry());
    assert_eq!(device.trouble().await, UnavailableReason::KeyLost);
    assert!(!device.quarantine().await.unwrap().key);
    let opened = device.open().await.unwrap();
    assert_eq!(opened.cache.number, 2);
    assert!(opened.recovery.unsent.is_empty());
    assert_ne!(device.key(), lost);
}

// F4
#[tokio::test]
async fn unsent_texts_of_a_quarantined_cache_are_handed_out_until_they_are_kept() {
    let device = Device::in_use(14).await;
    let old = device.key();
    let quarantined = device.quarantine().await.unwrap();
    assert!(quarantined.key);
    assert_ne!(device.key(), old);
    let name = format!("aside-{}", old.id().simple());
    let copy = device.keychain.entries()[&Entry::beside("willem", &name)].clone();
    assert_eq!(Key::from_entry(&copy), Ok(old));

    for _before_it_was_kept in 0..2 {
        let opened = device.open().await.unwrap();
        assert_eq!(
            (opened.cache.number, opened.recovery.unsent),
            (2, vec![WAITING.to_owned()])
        );
    }
    device.open().await.unwrap().recovery.kept().unwrap();
    assert!(device.open().await.unwrap().recovery.unsent.is_empty());
    assert!(quarantined.folder.unwrap().join(DATABASE).exists());
}

// F4
#[tokio::test]
async fn a_keychain_that_is_silent_about_the_old_key_does_not_keep_the_new_cache_closed() {
    let device = Device::in_use(15).await;
    device.quarantine().await.unwrap();
    device.keychain.plant(1, Fault::Refuses(KeychainError::Locked));
    let opened = device.open().await.unwrap();
    assert!(opened.recovery.unsent.is_empty());
    opened.recovery.kept().unwrap();
    drop(opened.lock);
    assert_eq!(device.open().await.unwrap().recovery.unsent, [WAITING]);
}

// F4
#[tokio::test]
async fn a_second_quarantine_keeps_both_caches_apart() {
    let device = Device::in_use(16).await;
    let first = device.quarantine().await.unwrap().folder.unwrap();
    let opened = device.open().await.unwrap();
    device.keep_unsent(opened.cache, &["Bel me even."]);
    drop(opened.lock);
    let second = device.quarantine().await.unwrap().folder.unwrap();
    assert_ne!(first, second);
    let opened = device.open().await.unwrap();
    assert_eq!(
        (opened.cache.number, opened.recovery.unsent),
        (3, vec![WAITING.into(), "Bel me even.".into()])
    );
}

// F4
#[tokio::test]
async fn a_crash_in_the_middle_of_a_move_is_ended_by_the_next_opening_and_never_splits_a_cache() {
    for moved in 0..4 {
        let device = Device::in_use(17).await;
        fs::write(device.path("overleg.db-wal"), "the log").unwrap();
        let names = ["overleg.db-wal", HEADER, DATABASE];
        let folder = device.quarantine().await.unwrap().folder.unwrap();
        for name in &names[moved.min(3)..] {
            fs::rename(folder.join(name), device.path(name)).unwrap();
        }
        let note = fs::read_to_string(folder.join("aside.json")).unwrap();
        assert!(note.contains("\"moved\""));
        fs::write(folder.join("aside.json"), note.replace("\"moved\"", "\"moving\"")).unwrap();

        let opened = device.open().await.unwrap();
        assert_eq!(
            (opened.cache.number, opened.recovery.unsent),
            (2, vec![WAITING.to_owned()])
        );
        assert!(names.iter().all(|name| folder.join(name).exists()));
    }
}

// F1, F4
#[tokio::test]
async fn the_sealed_files_go_into_quarantine_with_the_database_that_has_their_keys() {
    let device = Device::in_use(31).await;
    let sealed = device.path(crate::files::FOLDER).join("ab");
    fs::create_dir_all(&sealed).unwrap();
    fs::write(sealed.join("cd"), "sealed").unwrap();
    let folder = device.quarantine().await.unwrap().folder.unwrap();
    assert_eq!(fs::read(folder.join("files/ab/cd")).unwrap(), b"sealed");
    assert!(!device.path(crate::files::FOLDER).exists());
}

// F4
#[test]
fn only_a_permanent_failure_allows_quarantine() {
    for passing in [
        UnavailableReason::KeychainLocked,
        UnavailableReason::KeychainDenied,
        UnavailableReason::KeychainMissing,
        UnavailableReason::DiskFull,
        UnavailableReason::InUse,
    ] {
        assert!(!may_quarantine(passing));
    }
}
