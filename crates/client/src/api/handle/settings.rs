//! Changing a setting, and returning it to its default.

use std::io::ErrorKind;

use serde_json::Value;

use super::Answer;
use crate::api::request::ApiError;
use crate::device_settings::DeviceSettings;
use crate::engine::Engine;
use crate::model::Invalidated;
use crate::model::settings::{Declaration, Scope, SettingFault};

pub(super) async fn set(engine: &Engine, key: &str, value: &Value) -> Answer<()> {
    let (declaration, value) = engine.device_settings().check(key, value)?;
    change(engine, declaration, Some(value)).await
}

/// Returns a setting to its default.
pub(super) async fn reset(engine: &Engine, key: &str) -> Answer<()> {
    let declaration = engine.device_settings().check_reset(key)?;
    change(engine, declaration, None).await
}

async fn change(engine: &Engine, declaration: &Declaration, value: Option<Value>) -> Answer<()> {
    let device = engine.device_settings();
    match declaration.scope {
        Scope::Device => {
            set_on_device(device, declaration, value)?;
            engine.invalidate(vec![Invalidated::Settings]);
            Ok(())
        }
        Scope::Account => Ok(engine.set_account_setting(declaration, value).await?),
        Scope::Organisation => Err(SettingFault::Forced.into()),
    }
}

/// Changes a setting of the device, whose value was checked; `None` returns it to its default. After an error nothing has
/// changed.
pub(crate) fn set_on_device(
    device: &DeviceSettings,
    declaration: &Declaration,
    value: Option<Value>,
) -> Answer<()> {
    device.set(declaration, value).map_err(|error| {
        tracing::error!(%error, "a setting could not be kept");
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ApiError::DiskFull,
            _ => SettingFault::NotKept.into(),
        }
    })
}
