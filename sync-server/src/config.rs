//! Configuration: a TOML file; the environment (`OVERLEG_LISTEN`, `OVERLEG_TLS__KEY`) overrides it, and flags override
//! both. Read and checked once, at the start. It contains no secrets (keys are in files of their own), so it can be
//! printed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use attachments::{AttachmentLimits, BucketConfig, FileLimits, OrganisationLimits};
pub use mail::{MailConfig, MailSecurity, OrganisationMail, Sender};
use tuning::Tuning;
pub use urgent::UrgentLimits;

mod attachments;
mod mail;
pub mod tuning;
mod urgent;

/// Times the allowance of a minute that an account may send at once: a device that was offline for a day has much to send.
pub(crate) const AT_ONCE_SENT: u64 = 8;
/// The least that the largest request needs: with less it would be refused for ever.
const LEAST_CHANGES: u64 =
    (protocol::MOST_COMMANDS as u64 + 2 * protocol::MOST_ACCOUNT_STATE as u64).div_ceil(AT_ONCE_SENT);
const LEAST_SENT: u64 = (protocol::LARGEST_REQUEST as u64).div_ceil(AT_ONCE_SENT);
/// A name typed letter by letter, some ten times.
const LEAST_FOUND: u64 = 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// The file of the master key; `master.key` in the folder, unless given. Back it up separately from the folder.
    #[serde(default)]
    pub master_key: Option<PathBuf>,
    /// The address that devices connect to.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// The address of the health checks; none if absent.
    #[serde(default = "health")]
    pub health: Option<SocketAddr>,
    /// The public address of this server, for the links of invitations: `https://overleg.example`.
    #[serde(default)]
    pub url: Option<String>,
    /// TLS by the server itself; if absent, a proxy in front must provide it.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Proxies whose `X-Forwarded-For` is trusted.
    #[serde(default)]
    pub proxies: Vec<IpAddr>,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub attachments: AttachmentLimits,
    /// Urgent messages.
    #[serde(default)]
    pub urgent: UrgentLimits,
    /// Attention mail; none if absent.
    #[serde(default)]
    pub mail: Option<MailConfig>,
    #[serde(default)]
    pub log: Log,
    /// Seconds that a stop waits for requests in progress.
    #[serde(default = "patience")]
    pub patience: u64,
    /// Values that no operator chooses.
    #[serde(skip)]
    pub(crate) tuning: Tuning,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM: the certificate and the intermediate certificates.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// Limits for all clients together and for one, so that nobody can keep the others out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Maximum number of connections, as far as the limit on open files allows.
    pub connections: usize,
    /// Maximum number of connections from one address without a valid session. It does not apply to the `proxies`.
    pub connections_of_address: usize,
    /// Maximum bytes of request bodies that are being read or processed. One sender may use a quarter of it.
    pub body_bytes: usize,
    /// Commands, read markers and personal fields of one account in a minute; eight times as many at once.
    pub changes_a_minute: u64,
    /// Bytes of them; eight times as many at once.
    pub sent_a_minute: u64,
    /// Bytes that one account reads in a minute, all its devices together; 32 times as many at once. What arrives live
    /// does not count.
    pub read_a_minute: u64,
    /// People and teams that the directory shows one account in an hour, all its devices together.
    pub found_an_hour: u64,
    /// Days after which one signs in again, also on a device that is in use every day.
    pub session_days: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 20_000,
            connections_of_address: 256,
            body_bytes: 64 * 1024 * 1024,
            changes_a_minute: 600,
            sent_a_minute: 8 * 1024 * 1024,
            read_a_minute: 64 * 1024 * 1024,
            found_an_hour: 20_000,
            session_days: 90,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    #[serde(default)]
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or by module (`info,sync_server=debug`).
    #[serde(default = "level")]
    pub level: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

impl Default for Log {
    fn default() -> Log {
        Log {
            format: LogFormat::default(),
            level: level(),
        }
    }
}

fn listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 8440).into()
}

fn health() -> Option<SocketAddr> {
    Some((Ipv4Addr::LOCALHOST, 8441).into())
}

fn level() -> String {
    "info".to_owned()
}

fn patience() -> u64 {
    20
}

/// An invalid configuration, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("The configuration cannot be read: {0}")]
    Unreadable(#[from] config::ConfigError),
    #[error(
        "`{0}` is not a full address. Write it as `https://overleg.example`, without anything after the name and port."
    )]
    Url(String),
    #[error("The {what} `{}` cannot be read ({why}). Check the path and who may read it.", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        why: std::io::Error,
    },
    #[error(
        "Without TLS the server listens on this machine alone, since passwords would cross the network in the open. Configure `tls`, or let a proxy on this machine do it and listen on 127.0.0.1."
    )]
    OpenToTheNetwork,
    #[error("`listen` and `health` are the same address. Give health a port of its own.")]
    SamePort,
    #[error("`limits.{0}` is too small: write {1} or more.")]
    Limit(&'static str, u64),
    #[error("`attachments.largest` is more than {0}: no file of a message is larger.")]
    LargestAttachment(u64),
    #[error("`attachments.bucket.endpoint` is not an address: write it as `https://s3.example`.")]
    Endpoint,
    #[error(
        "Mail has links to this server: configure `url` as `https://overleg.example`, which the devices of the recipients reach."
    )]
    MailUrl,
    #[error("`mail.server` is not a name: write it as `mail.kliniek.example`, and the port in `mail.port`.")]
    MailServer,
    #[error(
        "Mail without TLS goes to a mail server on this machine alone, since it names people. Write `mail.security` as \"starttls\" or \"tls\"."
    )]
    MailInTheOpen,
    #[error(
        "`mail.user` and `mail.password` belong together: the account, and the path of the file with its password."
    )]
    MailUser,
    #[error("`mail.user` needs TLS, since the password would be sent in the open.")]
    MailUserInTheOpen,
    #[error("`mail.{0}` is out of range: write {1} to {2}.")]
    MailNumber(&'static str, u32, u32),
    #[error("The log level `{0}` is not known. Write error, warn, info, debug or trace.")]
    Level(String),
}

#[cfg(feature = "test-support")]
impl Config {
    /// A server on this machine, for tests and the demo: any free port, no health.
    pub fn local(data: impl Into<PathBuf>) -> Config {
        Config {
            data: data.into(),
            master_key: None,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            health: None,
            url: None,
            tls: None,
            proxies: Vec::new(),
            limits: Limits::default(),
            attachments: AttachmentLimits::default(),
            urgent: UrgentLimits::default(),
            mail: None,
            log: Log::default(),
            patience: patience(),
            tuning: Tuning::default(),
        }
    }

    /// Shorter times and smaller queues, so that a test does not wait; and a password's cost that a benchmark can pay.
    pub fn tuning(&mut self) -> &mut Tuning {
        &mut self.tuning
    }
}

impl Config {
    /// From a file, if given, and the environment; `overrides` are flags, by the names of the fields.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        overrides: &[(&str, String)],
    ) -> Result<Config, ConfigError> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let environment: std::collections::HashMap<String, String> = environment
            .into_iter()
            .filter(|(name, _)| name.to_ascii_uppercase().starts_with("OVERLEG_"))
            // The path of the file itself is not a setting.
            .filter(|(name, _)| !name.eq_ignore_ascii_case("OVERLEG_CONFIG"))
            .collect();
        builder = builder.add_source(
            config::Environment::with_prefix("OVERLEG")
                .prefix_separator("_")
                .separator("__")
                .list_separator(",")
                .with_list_parse_key("proxies")
                .try_parsing(true)
                .source(Some(environment)),
        );
        for (name, value) in overrides {
            builder = builder.set_override(*name, value.clone())?;
        }
        let mut config: Config = builder.build()?.try_deserialize()?;
        for proxy in &mut config.proxies {
            *proxy = proxy.to_canonical();
        }
        config.check()?;
        Ok(config)
    }

    /// Checks everything before anything starts.
    pub fn check(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.url {
            let name = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"))
                .map(|rest| rest.strip_suffix('/').unwrap_or(rest));
            if !name.is_some_and(|name| !name.is_empty() && !name.contains(['/', '?', '#', ' '])) {
                return Err(ConfigError::Url(url.clone()));
            }
        }
        match &self.tls {
            Some(tls) => {
                readable("certificate", &tls.certificate)?;
                readable("key of the certificate", &tls.key)?;
            }
            None if !self.listen.ip().is_loopback() => return Err(ConfigError::OpenToTheNetwork),
            None => {}
        }
        if self.health == Some(self.listen) && self.listen.port() != 0 {
            return Err(ConfigError::SamePort);
        }
        self.attachments.check()?;
        if let Some(mail) = &self.mail {
            mail.check(self.url.as_deref())?;
        }
        let least = [
            ("connections", self.limits.connections, 16),
            ("connections_of_address", self.limits.connections_of_address, 4),
            // The largest body is a quarter of the budget.
            (
                "body_bytes",
                self.limits.body_bytes,
                4 * protocol::LARGEST_REQUEST,
            ),
        ];
        let least = least.map(|(name, value, least)| (name, value as u64, least as u64));
        let quotas = [
            ("changes_a_minute", self.limits.changes_a_minute, LEAST_CHANGES),
            ("sent_a_minute", self.limits.sent_a_minute, LEAST_SENT),
            ("found_an_hour", self.limits.found_an_hour, LEAST_FOUND),
        ];
        let limits = least.into_iter().chain(quotas);
        if let Some((name, _, least)) = limits.into_iter().find(|(_, value, least)| value < least) {
            return Err(ConfigError::Limit(name, least));
        }
        if self
            .log
            .level
            .parse::<tracing_subscriber::filter::Targets>()
            .is_err()
        {
            return Err(ConfigError::Level(self.log.level.clone()));
        }
        Ok(())
    }

    pub fn master_key_file(&self) -> PathBuf {
        self.master_key
            .clone()
            .unwrap_or_else(|| self.data.join("master.key"))
    }

    /// The folder of the files of messages.
    pub(crate) fn attachments_folder(&self) -> PathBuf {
        let given = self.attachments.folder.clone();
        given.unwrap_or_else(|| self.data.join("attachments"))
    }

    pub fn database_file(&self) -> PathBuf {
        self.data.join("overleg.sqlite")
    }
}

fn readable(what: &'static str, path: &Path) -> Result<(), ConfigError> {
    std::fs::File::open(path)
        .map(|_| ())
        .map_err(|why| ConfigError::File {
            what,
            path: path.to_owned(),
            why,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = crate::testing::folder();
        let file = folder.path().join("overleg.toml");
        std::fs::write(&file, toml).unwrap();
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let flags: Vec<(&str, String)> = flags
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        Config::read(Some(&file), environment, &flags)
    }

    // I5
    #[test]
    fn a_flag_goes_over_the_environment_and_that_over_the_file() {
        let config = read(
            "data = 'a'\nlisten = '127.0.0.1:1'\nurl = 'https://a.example'\nproxies = ['127.0.0.1']",
            &[
                ("OVERLEG_LISTEN", "127.0.0.1:2"),
                ("OVERLEG_URL", "https://b.example"),
                ("OVERLEG_LOG__FORMAT", "json"),
                ("OVERLEG_LIMITS__CONNECTIONS", "500"),
                ("OVERLEG_CONFIG", "elsewhere"),
                ("PATH", "/bin"),
            ],
            &[("listen", "127.0.0.1:3")],
        )
        .unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.url.as_deref(), Some("https://b.example"));
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.limits.connections, 500);
        assert_eq!(config.limits.body_bytes, Limits::default().body_bytes);
        assert_eq!(config.proxies, ["127.0.0.1".parse::<IpAddr>().unwrap()]);
        assert_eq!(config.tuning, Tuning::default());
    }

    const URL: &str = "url = 'https://overleg.example'";
    const MAIL: &str = "[mail]\nserver = 'mail.kliniek.example'\nfrom = 'Overleg <overleg@kliniek.example>'";

    /// The configuration of mail with other lines before and in it.
    fn with(before: &str, within: &str) -> String {
        format!("{before}\n{MAIL}\n{within}")
    }

    // N2, I5
    #[test]
    fn mail_is_off_unless_configured_and_its_port_follows_from_its_security() {
        assert_eq!(read("data = 'a'", &[], &[]).unwrap().mail, None);
        let read = |within: &str| {
            let text = format!("data = 'a'\n{}", with(URL, within));
            read(&text, &[], &[]).unwrap().mail.unwrap()
        };
        let mail = read("");
        assert_eq!((mail.security, mail.port()), (MailSecurity::StartTls, 587));
        assert_eq!(
            (mail.connections, mail.a_minute, mail.after_seconds),
            (4, 600, 120)
        );
        assert_eq!(String::from(mail.from), "Overleg <overleg@kliniek.example>");
        assert_eq!(read("security = 'tls'").port(), 465);
        assert_eq!(read("security = 'tls'\nport = 2465").port(), 2465);
        let own =
            "[mail.organisations.'01930000-0000-7000-8000-000000000001']\nfrom = 'bericht@maasdal.example'";
        let mail = read(own);
        let own = mail.organisations.into_values().next().unwrap();
        assert_eq!(
            own.from.map(String::from).as_deref(),
            Some("bericht@maasdal.example")
        );
    }

    // I5
    #[test]
    fn an_invalid_configuration_is_refused_in_a_sentence() {
        let cases = [
            ("listen = '0.0.0.0:443'", "in the open"),
            ("url = 'overleg.example'", "full address"),
            ("url = 'https://overleg.example/pad'", "full address"),
            ("listen = '127.0.0.1:8441'", "port of its own"),
            (
                "tls = { certificate = '/nowhere/a.pem', key = '/nowhere/b.pem' }",
                "Check the path",
            ),
            ("log = { level = 'info=loud' }", "log level"),
            ("limits = { connections = 3 }", "16 or more"),
            (
                "limits = { sent_a_minute = 524287 }",
                "`limits.sent_a_minute` is too small: write 524288 or more.",
            ),
            (
                "limits = { changes_a_minute = 274 }",
                "`limits.changes_a_minute` is too small: write 275 or more.",
            ),
            (
                "limits = { body_bytes = 4096 }",
                "`limits.body_bytes` is too small",
            ),
            ("limits = { connections_of_adress = 9 }", "connections_of_adress"),
            ("attachments = { largest = 2147483649 }", "`attachments.largest`"),
            ("attachments = { larges = 9 }", "larges"),
            ("[attachments.organisations.'0193']\nlargest = 9", "organisations"),
            (
                "[attachments.organisations.'01930000-0000-7000-8000-000000000001']\nlargest = 2147483649",
                "`attachments.largest`",
            ),
            (
                "[attachments.organisations.'01930000-0000-7000-8000-000000000001']\nlarges = 9",
                "larges",
            ),
            ("colour = 'red'", "colour"),
            (MAIL, "configure `url`"),
            (&with("url = 'http://overleg.example'", ""), "configure `url`"),
            (&with(URL, "port = 70000"), "port"),
            (
                &with(URL, "security = 'none'"),
                "a mail server on this machine alone",
            ),
            (&with(URL, "security = 'ssl'"), "security"),
            (&with(URL, "user = 'overleg'"), "belong together"),
            (&with(URL, "password = '/nowhere/password'"), "belong together"),
            (
                &with(URL, "user = 'overleg'\npassword = '/nowhere/password'"),
                "The password of the mail server `/nowhere/password`",
            ),
            (
                &with(URL, "authority = '/nowhere/ca.pem'"),
                "The authority of the mail server",
            ),
            (
                &with(URL, "connections = 0"),
                "`mail.connections` is out of range: write 1 to 32.",
            ),
            (&with(URL, "a_minute = 60001"), "`mail.a_minute` is out of range"),
            (
                &with(URL, "after_seconds = 29"),
                "`mail.after_seconds` is out of range: write 30 to 86400.",
            ),
            (&with(URL, "colour = 'red'"), "colour"),
            (
                &with(
                    URL,
                    "[mail.organisations.'01930000-0000-7000-8000-000000000001']\nwording = '/nowhere.toml'",
                ),
                "The wording of an organisation",
            ),
            (
                &with(
                    URL,
                    "[mail.organisations.'01930000-0000-7000-8000-000000000001']\nfrom = 'anna'",
                ),
                "`anna` is no sender",
            ),
            (
                &with(
                    URL,
                    "[mail.organisations.'01930000-0000-7000-8000-000000000001']\nfrom = \"a@b.example\\r\\nBcc: c@d.example\"",
                ),
                "is no sender",
            ),
        ];
        for (line, expected) in cases {
            let error = read(&format!("data = 'a'\n{line}"), &[], &[])
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
        assert!(read("", &[], &[]).unwrap_err().to_string().contains("data"));
    }
}
