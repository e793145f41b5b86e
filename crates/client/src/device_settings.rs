//! The settings of the device's scope: one file in the folder of the profile, which can be read while the cache is shut.
//!
//! `{"settings": {"appearance.theme": "dark", ...}}`, with the settings that the user chose and no others. What this version
//! does not know, at either level, is kept: it may be of a later version. A file that cannot be read as JSON is set aside as
//! `desk.json.broken`, and the defaults are used.
//!
//! The file is not encrypted. It holds no text and no name of anyone: a setting that could belongs to the account (F1).
//!
//! *Invariant:* only this module writes the file. Each change reads it again and replaces it whole, so that another program
//! with the same profile loses nothing by it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::model::Settings;
use crate::model::settings::{
    Declaration, Layer, Layers, Policy, PolicyEntries, PolicyFault, PolicyStatus, SettingFault, declared,
};
use crate::whole_file;

pub const FILE: &str = "desk.json";
const BROKEN: &str = "desk.json.broken";
/// The member of the file that holds the settings.
const SETTINGS: &str = "settings";

/// Names of settings in files of the versions before the registry, and their keys.
const OLD_NAMES: [(&str, &str); 4] = [
    ("keep_running", "program.keep_running"),
    ("start_at_login", "program.start_at_login"),
    ("shortcut", "program.shortcut"),
    ("zoom", "appearance.zoom"),
];

/// The settings that the user chose on this device, and those that the organisation forces on it.
#[derive(Debug)]
pub struct DeviceSettings {
    /// `None` keeps them in memory only.
    file: Option<PathBuf>,
    /// Kept apart: it is never written to the file, so nothing of it is left when it goes.
    policy: Mutex<Policy>,
    chosen: Mutex<Layer>,
}

impl DeviceSettings {
    /// Reads the file in this folder. Whatever is the matter with it, there are settings.
    pub fn open(folder: &Path) -> DeviceSettings {
        let file = folder.join(FILE);
        let mut chosen = Layer::new();
        match load(&file) {
            Ok(mut contents) => {
                let moved = rename_old(&mut contents);
                chosen = settings_of(&contents);
                if moved && let Err(error) = save(&file, &contents) {
                    tracing::warn!(%error, "the settings of an earlier version could not be rewritten");
                }
            }
            Err(error) => tracing::warn!(%error, "the settings of the device could not be read"),
        }
        DeviceSettings {
            file: Some(file),
            policy: Mutex::default(),
            chosen: Mutex::new(chosen),
        }
    }

    /// Without a file: for an engine that no client holds.
    pub fn in_memory() -> DeviceSettings {
        DeviceSettings {
            file: None,
            policy: Mutex::default(),
            chosen: Mutex::default(),
        }
    }

    fn chosen(&self) -> MutexGuard<'_, Layer> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn policy(&self) -> MutexGuard<'_, Policy> {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the policy as it was read just now, and returns whether anything changed. One that could not be read leaves the
    /// last one in effect. What is not followed is logged, once.
    pub fn follow(&self, read: Result<PolicyEntries, PolicyFault>) -> bool {
        let mut policy = self.policy();
        let now = match &read {
            Ok(entries) => Policy::of(entries),
            Err(fault) => policy.clone().with_fault(*fault),
        };
        if *policy == now {
            return false;
        }
        match &read {
            Ok(_) => now.log_left_out(),
            Err(fault) => tracing::warn!(%fault, "the policy of the organisation could not be read"),
        }
        *policy = now;
        true
    }

    pub fn policy_status(&self) -> PolicyStatus {
        self.policy().status().clone()
    }

    /// The settings in effect, with what the account chose.
    pub fn with_account(&self, account: &Layer) -> Settings {
        Settings::resolve(Layers {
            policy: &self.policy(),
            account,
            device: &self.chosen(),
        })
    }

    /// The settings in effect as far as they are known without the cache: those of the account are the defaults.
    pub fn current(&self) -> Settings {
        self.with_account(&Layer::new())
    }

    /// Whether a user may give a setting this value, and the value as it is stored.
    pub(crate) fn check(
        &self,
        key: &str,
        value: &Value,
    ) -> Result<(&'static Declaration, Value), SettingFault> {
        let declaration = declared(key)?;
        Ok((declaration, declaration.chosen(value, &self.policy())?))
    }

    /// Whether a user may return a setting to its default.
    pub(crate) fn check_reset(&self, key: &str) -> Result<&'static Declaration, SettingFault> {
        let declaration = declared(key)?;
        declaration.may_change(&self.policy())?;
        Ok(declaration)
    }

    /// Keeps the value of one setting, which was checked; `None`: nobody chose one any more. After an error nothing has changed.
    pub(crate) fn set(&self, declaration: &Declaration, value: Option<Value>) -> io::Result<()> {
        let mut chosen = self.chosen();
        let change = |settings: &mut Layer| match value {
            Some(value) => settings.insert(declaration.key.to_owned(), value),
            None => settings.remove(declaration.key),
        };
        let Some(file) = &self.file else {
            change(&mut chosen);
            return Ok(());
        };
        let contents = changed(file, |settings| {
            change(settings);
        })?;
        save(file, &contents)?;
        *chosen = settings_of(&contents);
        Ok(())
    }

    /// Takes over values of an earlier version, but for settings that were chosen since. They are in effect even if they
    /// could not be written.
    pub(crate) fn take_over(&self, old: Layer) -> io::Result<()> {
        let mut chosen = self.chosen();
        let add = |settings: &mut Layer| {
            for (key, value) in &old {
                settings.entry(key.clone()).or_insert_with(|| value.clone());
            }
        };
        add(&mut chosen);
        match &self.file {
            Some(file) if !old.is_empty() => save(file, &changed(file, add)?),
            _ => Ok(()),
        }
    }
}

/// The values of an earlier version that differ from the defaults, under their keys: what nobody changed was not chosen.
pub(crate) fn renamed(old: &Map<String, Value>, names: &[(&str, &'static str)]) -> Layer {
    let renamed = names.iter().filter_map(|(name, key)| {
        let declaration = declared(key).ok()?;
        let value = declaration.normal(old.get(*name)?)?;
        (value != declaration.default()).then(|| ((*key).to_owned(), value))
    });
    renamed.collect()
}

fn rename_old(contents: &mut Map<String, Value>) -> bool {
    let Some(settings) = contents.get_mut(SETTINGS).and_then(Value::as_object_mut) else {
        return false;
    };
    let renamed = renamed(settings, &OLD_NAMES);
    let before = settings.len();
    settings.retain(|name, _| OLD_NAMES.iter().all(|(old, _)| old != name));
    let moved = settings.len() != before;
    for (key, value) in renamed {
        settings.entry(key).or_insert(value);
    }
    moved
}

fn settings_of(contents: &Map<String, Value>) -> Layer {
    let settings = contents.get(SETTINGS).and_then(Value::as_object);
    settings.cloned().unwrap_or_default()
}

/// The contents of the file as it stands now, changed.
fn changed(file: &Path, change: impl FnOnce(&mut Layer)) -> io::Result<Map<String, Value>> {
    let mut contents = load(file)?;
    rename_old(&mut contents);
    let settings = contents
        .entry(SETTINGS)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(settings) = settings.as_object_mut() {
        change(settings);
    }
    Ok(contents)
}

/// Reads the file; nothing where there is none. Sets a broken one aside.
fn load(file: &Path) -> io::Result<Map<String, Value>> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Map::new()),
        read => read?,
    };
    let contents: Option<Map<String, Value>> = serde_json::from_slice(&bytes).ok();
    let whole = contents.filter(|contents| contents.get(SETTINGS).is_none_or(Value::is_object));
    match whole {
        Some(contents) => Ok(contents),
        None => {
            fs::rename(file, file.with_file_name(BROKEN))?;
            tracing::warn!("the file of the device's settings is broken, and was set aside");
            Ok(Map::new())
        }
    }
}

fn save(file: &Path, contents: &Map<String, Value>) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        whole_file::make_folder(folder)?;
    }
    whole_file::write(file, &serde_json::to_vec_pretty(contents)?)
}

#[cfg(test)]
#[path = "device_settings_tests.rs"]
mod tests;
