//! Declarations of settings, and the choice of the value in effect.
//!
//! *Precedence, stated here alone:* a value that a policy enforces for the computer, then one that it enforces for the user,
//! then the one that the user chose (on this device, or for the account, as the scope says), then one that a policy recommends
//! for the computer, then one that it recommends for the user, then the default. A stored value that this version cannot read
//! counts as absent, and is left where it is: it may be of a later version.

use std::mem::discriminant;

use conversation::attention::MailSettings;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use super::kind::Kind;
use super::policy::Policy;

/// Where the value that a user chooses is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the file of this device's profile, which can be read while the cache is shut.
    Device,
    /// On the server, the same on every device of the account: a member of the personal field of its group, under the last part
    /// of its key.
    Account,
    /// Nobody but the organisation decides it, by policy.
    Organisation,
}

/// A personal field of the server that holds settings of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountField {
    Display,
    /// The server reads this one.
    Mail,
    Notifications,
}

impl AccountField {
    pub const ALL: [AccountField; 3] = [
        AccountField::Display,
        AccountField::Mail,
        AccountField::Notifications,
    ];

    pub fn name(self) -> &'static str {
        match self {
            AccountField::Display => "setting/display",
            AccountField::Mail => MailSettings::FIELD,
            AccountField::Notifications => "setting/notifications",
        }
    }

    pub fn named(name: &str) -> Option<AccountField> {
        AccountField::ALL.into_iter().find(|field| field.name() == name)
    }

    /// That of the settings of a group, which is the first part of their keys.
    fn of_group(group: &str) -> Option<AccountField> {
        match group {
            "overview" => Some(AccountField::Display),
            "mail" => Some(AccountField::Mail),
            "notifications" => Some(AccountField::Notifications),
            _ => None,
        }
    }
}

/// Where the value in effect comes from, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Source {
    /// Nobody chose one.
    Default,
    /// The organisation recommends it to this user; it can be changed.
    UserRecommended,
    /// The organisation recommends it on this computer; it can be changed.
    MachineRecommended,
    Account,
    Device,
    /// The organisation decides it for this user; it cannot be changed here.
    UserPolicy,
    /// The organisation decides it on this computer; it cannot be changed here.
    MachinePolicy,
}

impl Source {
    /// Whether the organisation decides the value, so that nobody can change it here.
    pub fn is_policy(self) -> bool {
        matches!(self, Source::UserPolicy | Source::MachinePolicy)
    }

    /// Whether the organisation recommends the value, and the user has chosen none.
    pub fn is_recommended(self) -> bool {
        matches!(self, Source::UserRecommended | Source::MachineRecommended)
    }
}

/// The value of a setting that is in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Effective<T> {
    pub value: T,
    pub source: Source,
    /// The value that the organisation recommends, if it does: without a choice of the user it is the one in effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub recommended: Option<T>,
}

/// Stored values, by the keys of their settings.
pub type Layer = Map<String, Value>;

/// All that can decide the value of a setting.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    pub policy: &'a Policy,
    pub account: &'a Layer,
    pub device: &'a Layer,
}

/// A setting was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SettingFault {
    #[error("there is no such setting")]
    Unknown,
    /// Of another type, or out of range.
    #[error("the setting has no such value")]
    NotAValue,
    /// The organisation decides it.
    #[error("the organisation decides the setting")]
    Forced,
    /// The file could not be written.
    #[error("the setting could not be kept")]
    NotKept,
}

/// A setting, without its type.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Stable: files, the wire and policies name the setting by it.
    pub key: &'static str,
    pub about: &'static str,
    pub scope: Scope,
    pub kind: Kind,
    /// Whether a policy may decide or recommend it.
    pub may_be_forced: bool,
    pub(super) default: fn() -> Value,
    pub(super) normal: fn(&Value) -> Option<Value>,
    pub(super) typescript: fn() -> String,
}

impl Declaration {
    pub fn default(&self) -> Value {
        (self.default)()
    }

    /// The value as it is stored; `None` if it is of another type or out of range.
    pub fn normal(&self, value: &Value) -> Option<Value> {
        (self.normal)(value)
    }

    /// The type, written as TypeScript.
    pub fn typescript(&self) -> String {
        (self.typescript)()
    }

    /// The field of the account that holds it; `None` for a setting of another scope.
    pub fn field(&self) -> Option<AccountField> {
        let (group, _) = self.key.split_once('.')?;
        AccountField::of_group(group).filter(|_| self.scope == Scope::Account)
    }

    /// The name within the field of the account.
    pub fn member(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or(self.key)
    }

    /// The value that a user may store, as it is stored.
    pub fn chosen(&self, value: &Value, policy: &Policy) -> Result<Value, SettingFault> {
        let normal = self.normal(value).ok_or(SettingFault::NotAValue)?;
        self.may_change(policy)?;
        Ok(normal)
    }

    /// Whether a user may change it: not while the organisation decides it.
    pub fn may_change(&self, policy: &Policy) -> Result<(), SettingFault> {
        if policy.enforces(self.key) || self.scope == Scope::Organisation {
            return Err(SettingFault::Forced);
        }
        Ok(())
    }
}

pub(super) fn resolve<T>(declaration: &Declaration, layers: Layers<'_>, default: T) -> Effective<T>
where
    T: Serialize + DeserializeOwned,
{
    let Layers {
        policy,
        account,
        device,
    } = layers;
    let own = match declaration.scope {
        Scope::Device => Some((device, Source::Device)),
        Scope::Account => Some((account, Source::Account)),
        Scope::Organisation => None,
    };
    let decided = [
        Some((&policy.machine.enforced, Source::MachinePolicy)),
        Some((&policy.user.enforced, Source::UserPolicy)),
        own,
    ];
    let recommended = [
        Some((&policy.machine.recommended, Source::MachineRecommended)),
        Some((&policy.user.recommended, Source::UserRecommended)),
    ];
    let strongest = |places: &[Option<(&Layer, Source)>]| {
        let mut set = places.iter().flatten();
        set.find_map(|(layer, source)| Some((read::<T>(layer.get(declaration.key)?)?, *source)))
    };
    let in_effect = strongest(&decided).or_else(|| strongest(&recommended));
    let (value, source) = in_effect.unwrap_or((default, Source::Default));
    Effective {
        value,
        source,
        recommended: strongest(&recommended).map(|(value, _)| value),
    }
}

/// Reads a value strictly: serde alone would read a list as a structure.
pub(super) fn read<T: Serialize + DeserializeOwned>(value: &Value) -> Option<T> {
    let read = T::deserialize(value).ok()?;
    let normal = serde_json::to_value(&read).ok()?;
    (discriminant(&normal) == discriminant(value)).then_some(read)
}

/// Makes of the list of settings the type that holds their values in effect, and the list of declarations.
macro_rules! settings {
    ($(
        $(#[doc = $about:literal])+
        $key:tt $name:ident: $type:ty = $default:expr, $scope:ident, may_be_forced: $forced:literal;
    )*) => {
        /// The settings that are in effect.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[ts(export)]
        pub struct Settings {
            $(
                $(#[doc = $about])+
                #[serde(rename = $key)]
                pub $name: Effective<$type>,
            )*
        }

        impl Settings {
            pub fn resolve(layers: Layers<'_>) -> Settings {
                let [$($name),*] = &SETTINGS;
                Settings {
                    $($name: resolve($name, layers, $default),)*
                }
            }
        }

        /// Every setting, in the order in which the documentation lists them.
        pub static SETTINGS: [Declaration; [$($key),*].len()] = [
            $(Declaration {
                key: $key,
                about: concat!($($about),+),
                scope: Scope::$scope,
                kind: <$type as OfKind>::KIND,
                may_be_forced: $forced,
                default: || serde_json::to_value::<$type>($default).unwrap_or_default(),
                normal: |value| declaration::read::<$type>(value).and_then(|read| serde_json::to_value(read).ok()),
                typescript: || <$type as TS>::inline(&ts_rs::Config::from_env()),
            },)*
        ];
    };
}
pub(super) use settings;
