//! The limits of files of messages, for all and for the people of an organisation, and where the files are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use attachment_kinds::Family;
use conversation::OrganisationId;
use conversation::attachment::LARGEST_ATTACHMENT;
use serde::{Deserialize, Serialize};

use super::{ConfigError, readable};

/// Files of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttachmentLimits {
    /// The folder of the files; `attachments` in the data folder, unless given.
    pub folder: Option<PathBuf>,
    /// Maximum bytes of a file, 2 GiB at most.
    pub largest: u64,
    /// Kinds of files that are not accepted, such as `archive` or `video`.
    pub refused_kinds: Vec<Family>,
    /// Maximum number of files of one account that no message names yet, and of their bytes.
    pub unnamed_files: u64,
    pub unnamed_bytes: u64,
    /// Maximum bytes of the files that one account sends in a day.
    pub bytes_a_day: u64,
    /// Bytes of files that one account sends and fetches in a minute, all its devices together; eight times as many at once.
    pub bytes_a_minute: u64,
    /// Bytes that stay free on the disk of the folder.
    pub reserve: u64,
    /// The virus scanner (clamd): `127.0.0.1:3310`, or the path of its socket. None if absent.
    pub scanner: Option<String>,
    /// A bucket of an object store for whole files. The folder, if absent.
    pub bucket: Option<BucketConfig>,
    /// Other limits for the people of an organisation.
    pub organisations: BTreeMap<OrganisationId, OrganisationLimits>,
}

/// The limits that an organisation has of its own; where one is absent, that of all holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrganisationLimits {
    pub largest: Option<u64>,
    pub refused_kinds: Option<Vec<Family>>,
    pub unnamed_files: Option<u64>,
    pub unnamed_bytes: Option<u64>,
    pub bytes_a_day: Option<u64>,
}

/// A bucket of an object store that speaks S3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketConfig {
    /// `https://s3.example`; without TLS on this machine only.
    pub endpoint: String,
    #[serde(default = "region")]
    pub region: String,
    /// The name of the bucket.
    pub name: String,
    pub access_key: String,
    /// The file with the secret key.
    pub secret: PathBuf,
}

fn region() -> String {
    "us-east-1".to_owned()
}

impl Default for AttachmentLimits {
    fn default() -> AttachmentLimits {
        const GIB: u64 = 1024 * 1024 * 1024;
        AttachmentLimits {
            folder: None,
            largest: LARGEST_ATTACHMENT,
            refused_kinds: Vec::new(),
            unnamed_files: 100,
            unnamed_bytes: 4 * GIB,
            bytes_a_day: 20 * GIB,
            bytes_a_minute: GIB / 2,
            reserve: GIB,
            scanner: None,
            bucket: None,
            organisations: BTreeMap::new(),
        }
    }
}

/// The limits that hold for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLimits {
    pub largest: u64,
    pub refused_kinds: Vec<Family>,
    pub unnamed_files: u64,
    pub unnamed_bytes: u64,
    pub bytes_a_day: u64,
}

impl FileLimits {
    /// The stricter of two, limit by limit.
    fn and(mut self, other: FileLimits) -> FileLimits {
        self.refused_kinds.extend(other.refused_kinds);
        FileLimits {
            largest: self.largest.min(other.largest),
            refused_kinds: self.refused_kinds,
            unnamed_files: self.unnamed_files.min(other.unnamed_files),
            unnamed_bytes: self.unnamed_bytes.min(other.unnamed_bytes),
            bytes_a_day: self.bytes_a_day.min(other.bytes_a_day),
        }
    }
}

impl AttachmentLimits {
    /// The limits of a person of these organisations: of several, the strictest.
    pub fn of(&self, organisations: impl IntoIterator<Item = OrganisationId>) -> FileLimits {
        let all = FileLimits {
            largest: self.largest,
            refused_kinds: self.refused_kinds.clone(),
            unnamed_files: self.unnamed_files,
            unnamed_bytes: self.unnamed_bytes,
            bytes_a_day: self.bytes_a_day,
        };
        let one = |organisation| {
            let own = self.organisations.get(&organisation).cloned().unwrap_or_default();
            FileLimits {
                largest: own.largest.unwrap_or(all.largest),
                refused_kinds: own.refused_kinds.unwrap_or_else(|| all.refused_kinds.clone()),
                unnamed_files: own.unnamed_files.unwrap_or(all.unnamed_files),
                unnamed_bytes: own.unnamed_bytes.unwrap_or(all.unnamed_bytes),
                bytes_a_day: own.bytes_a_day.unwrap_or(all.bytes_a_day),
            }
        };
        organisations
            .into_iter()
            .map(one)
            .reduce(FileLimits::and)
            .unwrap_or_else(|| all.clone())
    }

    /// Maximum bytes of a file, of whomever.
    pub(crate) fn largest_of_all(&self) -> u64 {
        let own = self.organisations.values().filter_map(|own| own.largest);
        own.fold(self.largest, u64::max)
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if let Some(bucket) = &self.bucket {
            readable("secret of the bucket", &bucket.secret)?;
            let address = &bucket.endpoint;
            if !(address.starts_with("https://") || address.starts_with("http://127.0.0.1:")) {
                return Err(ConfigError::Endpoint);
            }
        }
        if self.largest_of_all() > LARGEST_ATTACHMENT {
            return Err(ConfigError::LargestAttachment(LARGEST_ATTACHMENT));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use conversation::OrganisationId;
    use uuid::Uuid;

    use super::*;

    // F2
    #[test]
    fn the_limits_of_an_organisation_go_over_those_of_all_and_of_several_the_strictest_holds() {
        let [hospital, practice, none] = [1, 2, 3].map(|id| OrganisationId(Uuid::from_u128(id)));
        let mut limits = AttachmentLimits {
            largest: 100,
            ..AttachmentLimits::default()
        };
        let own = OrganisationLimits {
            largest: Some(500),
            refused_kinds: Some(vec![Family::Archive, Family::Video]),
            ..OrganisationLimits::default()
        };
        limits.organisations.insert(hospital, own);
        let own = OrganisationLimits {
            largest: Some(20),
            ..OrganisationLimits::default()
        };
        limits.organisations.insert(practice, own);
        let of = |organisations: &[OrganisationId]| {
            let of = limits.of(organisations.iter().copied());
            (of.largest, of.refused_kinds.len(), of.unnamed_files)
        };
        assert_eq!(of(&[]), (100, 0, 100));
        assert_eq!(of(&[none]), (100, 0, 100));
        assert_eq!(of(&[hospital]), (500, 2, 100));
        assert_eq!(of(&[hospital, none]), (100, 2, 100));
        assert_eq!(of(&[practice, hospital]), (20, 2, 100));
        assert_eq!(limits.largest_of_all(), 500);
    }
}
