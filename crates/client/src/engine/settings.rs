//! The settings as an engine knows them: those of the device, and those that the account keeps on the server.
//!
//! The account's are members of personal fields, one a group of settings, each kept in the cache as it came. Members and values of
//! another version of Overleg stay in it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Engine, meta, put_json, read_json};
use crate::cache::{CacheError, Change};
use crate::device_settings::{DeviceSettings, renamed};
use crate::model::settings::{AccountField, Declaration, Layer, SettingFault, held_by};
use crate::model::{Invalidated, Settings};

/// Names of the device's settings in caches of the versions before the registry, and their keys.
const OLD_NAMES: [(&str, &str); 5] = [
    ("language", "appearance.language"),
    ("theme", "appearance.theme"),
    ("enter_breaks", "writing.enter_breaks"),
    ("telling", "notifications.detail"),
    ("silent", "notifications.silent"),
];

/// Why a setting of the account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountSettingError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Fault(#[from] SettingFault),
    #[error("nobody is signed in")]
    NotSignedIn,
}

impl Engine {
    /// With the settings of the device that this engine runs on, instead of none.
    pub(crate) fn with_device_settings(mut self, settings: Arc<DeviceSettings>) -> Engine {
        self.device_settings = settings;
        self
    }

    pub(crate) fn device_settings(&self) -> &DeviceSettings {
        &self.device_settings
    }

    /// The settings in effect.
    pub async fn settings(&self) -> Result<Settings, CacheError> {
        let mut account = Layer::new();
        for field in AccountField::ALL {
            let members = self.account_field(field).await?;
            account.extend(
                held_by(field)
                    .filter_map(|one| Some((one.key.to_owned(), members.get(one.member())?.clone()))),
            );
        }
        Ok(self.device_settings.with_account(&account))
    }

    async fn account_field(&self, field: AccountField) -> Result<Map<String, Value>, CacheError> {
        let members = read_json(self.cache.as_ref(), kept_as(field)).await?;
        Ok(members.unwrap_or_default())
    }

    /// Changes one setting of the account, whose value was checked; `None` returns it to its default. The server gets the whole field, without the settings that
    /// nobody chose: another version may have other defaults. That of the overview has them all, as versions before the registry
    /// read it.
    pub(crate) async fn set_account_setting(
        &self,
        declaration: &Declaration,
        value: Option<Value>,
    ) -> Result<(), AccountSettingError> {
        let _writing = self.write_lock.lock().await;
        if self.me().person.is_none() {
            return Err(AccountSettingError::NotSignedIn);
        }
        let field = declaration.field().ok_or(SettingFault::Unknown)?;
        let mut members = self.account_field(field).await?;
        match value {
            Some(value) => members.insert(declaration.member().to_owned(), value),
            None => members.remove(declaration.member()),
        };
        if field == AccountField::Display {
            for one in held_by(field) {
                members.entry(one.member()).or_insert_with(|| one.default());
            }
        }
        let json = Value::Object(members).to_string();
        if json.len() > protocol::LARGEST_PERSONAL {
            return Err(SettingFault::NotAValue.into());
        }
        let mut personal = self.personal_out().await?;
        personal.retain(|(waiting, _)| waiting != field.name());
        personal.push((field.name().to_owned(), json.clone()));
        let changes = vec![
            Change::PutMeta(kept_as(field), json),
            put_json(meta::PERSONAL_OUT, &personal)?,
        ];
        self.cache.write(changes).await?;
        self.invalidate(vec![Invalidated::Settings]);
        self.bell.notify_one();
        Ok(())
    }

    /// Takes over the settings that versions before the registry kept in the cache, once.
    pub(crate) async fn take_over_settings(&self) -> Result<(), CacheError> {
        let Some(old) = self.cache.meta(meta::OLD_SETTINGS).await? else {
            return Ok(());
        };
        let old: Map<String, Value> = serde_json::from_str(&old).unwrap_or_default();
        let mut changes = Vec::new();
        match self.device_settings.take_over(renamed(&old, &OLD_NAMES)) {
            Ok(()) => changes.push(Change::DropMeta(meta::OLD_SETTINGS)),
            Err(error) => tracing::warn!(%error, "the settings in the cache stay there until the next start"),
        }
        if let Some(Value::Object(display)) = old.get("display")
            && held_by(AccountField::Display).any(|one| {
                display
                    .get(one.member())
                    .is_some_and(|value| *value != one.default())
            })
            && self.cache.meta(meta::DISPLAY).await?.is_none()
        {
            changes.push(put_json(meta::DISPLAY, display)?);
        }
        self.cache.write(changes).await
    }
}

/// The name in the cache of a field of the account.
fn kept_as(field: AccountField) -> &'static str {
    match field {
        AccountField::Display => meta::DISPLAY,
        AccountField::Mail => meta::MAIL_SETTINGS,
        AccountField::Notifications => meta::NOTIFICATION_SETTINGS,
    }
}

/// The change that keeps a field of the account as it came; `None` if it is no object.
pub(super) fn kept(field: AccountField, json: &str) -> Option<Change> {
    serde_json::from_str::<Map<String, Value>>(json).ok()?;
    Some(Change::PutMeta(kept_as(field), json.to_owned()))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
