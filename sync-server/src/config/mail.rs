//! Attention mail: the mail server, and the sender and wording of each organisation. Without it nothing is mailed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr as _;

use conversation::OrganisationId;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use super::{ConfigError, readable};

/// The shortest and the longest time after which something unread is mailed: shorter would mail what is being read.
const DELAYS: std::ops::RangeInclusive<u32> = 30..=86_400;
const CONNECTIONS: std::ops::RangeInclusive<u8> = 1..=32;
const A_MINUTE: std::ops::RangeInclusive<u32> = 1..=60_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The name of the mail server, which its certificate must have.
    pub server: String,
    /// 587 for `starttls`, 465 for `tls` and 25 for `none`, unless given.
    #[serde(default)]
    pub port: Option<u16>,
    #[serde(default)]
    pub security: MailSecurity,
    /// PEM: the authority of the server's certificate, instead of those that this machine trusts.
    #[serde(default)]
    pub authority: Option<PathBuf>,
    /// The account at the mail server, and the file with its password.
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub password: Option<PathBuf>,
    /// `Overleg <overleg@kliniek.example>`.
    pub from: Sender,
    /// Connections to the mail server at once.
    #[serde(default = "connections")]
    pub connections: u8,
    /// Mails in a minute.
    #[serde(default = "a_minute")]
    pub a_minute: u32,
    /// Seconds after which something unread is mailed.
    #[serde(default = "after_seconds")]
    pub after_seconds: u32,
    #[serde(default)]
    pub organisations: BTreeMap<OrganisationId, OrganisationMail>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// The connection begins in the open and goes on in TLS, or not at all.
    #[default]
    StartTls,
    Tls,
    /// In the open: to this machine alone.
    None,
}

/// The mail of one organisation; where something is absent, that of all holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrganisationMail {
    pub from: Option<Sender>,
    /// TOML: greeting, introduction and footer of its own.
    pub wording: Option<PathBuf>,
}

/// The sender of a mail: an address, with a name or without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sender(Mailbox);

impl Sender {
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}

impl TryFrom<String> for Sender {
    type Error = String;

    fn try_from(text: String) -> Result<Sender, String> {
        let sender = Mailbox::from_str(&text).ok();
        // A mail server may know no other.
        let sender = sender.filter(|sender| {
            let address: &str = sender.email.as_ref();
            address.is_ascii() && !address.contains(['"', '[', ' '])
        });
        sender
            .map(Sender)
            .ok_or_else(|| format!("`{text}` is no sender: write it as `Overleg <overleg@kliniek.example>`"))
    }
}

impl From<Sender> for String {
    fn from(sender: Sender) -> String {
        sender.0.to_string()
    }
}

fn connections() -> u8 {
    4
}

fn a_minute() -> u32 {
    600
}

fn after_seconds() -> u32 {
    120
}

impl MailConfig {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            MailSecurity::StartTls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        })
    }

    fn is_local(&self) -> bool {
        self.server == "localhost" || self.server.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// `url` is the server's own address, which the links of a mail lead to.
    pub(super) fn check(&self, url: Option<&str>) -> Result<(), ConfigError> {
        let name = url.and_then(|url| url.strip_prefix("https://"));
        let is_plain = |name: &str| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]/".contains(&byte))
        };
        if !name.is_some_and(is_plain) {
            return Err(ConfigError::MailUrl);
        }
        if self.server.is_empty() || self.server.contains(['/', ' ', '@']) {
            return Err(ConfigError::MailServer);
        }
        if self.security == MailSecurity::None && !self.is_local() {
            return Err(ConfigError::MailInTheOpen);
        }
        if self.user.is_some() != self.password.is_some() {
            return Err(ConfigError::MailUser);
        }
        if self.security == MailSecurity::None && self.user.is_some() {
            return Err(ConfigError::MailUserInTheOpen);
        }
        if let Some(authority) = &self.authority {
            readable("authority of the mail server", authority)?;
        }
        if let Some(password) = &self.password {
            readable("password of the mail server", password)?;
        }
        for own in self.organisations.values() {
            if let Some(wording) = &own.wording {
                readable("wording of an organisation", wording)?;
            }
        }
        let ranges = [
            (
                "connections",
                self.connections.into(),
                u32::from(*CONNECTIONS.start()),
                u32::from(*CONNECTIONS.end()),
            ),
            ("a_minute", self.a_minute, *A_MINUTE.start(), *A_MINUTE.end()),
            (
                "after_seconds",
                self.after_seconds,
                *DELAYS.start(),
                *DELAYS.end(),
            ),
        ];
        for (name, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::MailNumber(name, least, most));
            }
        }
        Ok(())
    }
}
