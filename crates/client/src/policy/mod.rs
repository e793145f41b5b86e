//! Where the policy of the organisation comes from on this computer (I4, N1): from the place that administrators of its system
//! manage with the tools they have.
//!
//! | system | place | read by |
//! | --- | --- | --- |
//! | Windows | the registry, written by Group Policy, Intune or the installer | `registry` |
//! | macOS | managed preferences, written by a configuration profile | `managed_preferences` |
//! | Linux | `/etc/overleg/policy.json` | [`file`] |
//!
//! A user must not be able to write themselves a policy, nor to take that of the organisation away: only places that take
//! administrators' rights to write are read.

pub mod file;
#[cfg(any(target_os = "macos", test))]
mod managed_preferences;
#[cfg(any(windows, test))]
mod registry;

use std::fmt;
use std::sync::Arc;

use crate::model::settings::{PolicyEntries, PolicyFault};
pub use file::PolicyFile;

/// A place where the organisation's policy for this computer is kept. It can change while the program runs.
pub trait PolicySource: Send + Sync + fmt::Debug {
    /// The entries by their keys, not checked yet; none where there is no policy.
    fn read(&self) -> Result<PolicyEntries, PolicyFault>;
}

/// A computer that no organisation manages.
#[derive(Clone, Copy, Debug)]
pub struct NoPolicy;

impl PolicySource for NoPolicy {
    fn read(&self) -> Result<PolicyEntries, PolicyFault> {
        Ok(PolicyEntries::default())
    }
}

/// The place of the system that this program runs on.
#[cfg(windows)]
pub fn of_the_system() -> Arc<dyn PolicySource> {
    Arc::new(registry::Registry)
}

/// The place of the system that this program runs on.
#[cfg(target_os = "macos")]
pub fn of_the_system() -> Arc<dyn PolicySource> {
    Arc::new(managed_preferences::ManagedPreferences::of_the_system())
}

/// The place of the system that this program runs on.
#[cfg(not(any(windows, target_os = "macos")))]
pub fn of_the_system() -> Arc<dyn PolicySource> {
    Arc::new(PolicyFile::at(std::path::PathBuf::from(
        "/etc/overleg/policy.json",
    )))
}
