//! The keychain of a desktop session, as somebody changes it who is not Overleg: an entry goes, or is another one; all of it is locked.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use client::keychain::{Key, SecretBytes};
use zbus::blocking::connection::Builder;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::DesktopSession;
use super::programs::Running;
use crate::secrecy;

const BUS: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";
/// Of the login keyring.
const PASSWORD: &str = "desk";
/// The service under which entries are found, with the profile (`client::keychain`).
const SERVICE: &str = "nl.overleg";

impl DesktopSession {
    fn run(&self, program: &str, arguments: &[&str], input: &str) -> anyhow::Result<String> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        let mut child = command
            .spawn()
            .with_context(|| format!("{program} is not there: `cargo xtask setup` installs it"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let answer = child.wait_with_output()?;
        ensure!(answer.status.success(), "{program} ended with {}", answer.status);
        Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
    }

    /// The entry of a profile.
    pub fn keychain_entry(&self, profile: &str) -> anyhow::Result<String> {
        let entry = self.run("secret-tool", &entry("lookup", profile), "")?;
        ensure!(!entry.is_empty(), "the keychain has no entry for {profile}");
        Ok(entry)
    }

    /// The key of a profile's cache in all ways in which somebody would write it.
    pub fn keys(&self, profile: &str) -> anyhow::Result<Vec<String>> {
        let entry = self.keychain_entry(profile)?;
        let key = Key::from_entry(&SecretBytes::new(entry.clone().into_bytes()))?;
        let ways = secrecy::ways(key.expose());
        Ok(ways.into_iter().chain([entry]).collect())
    }

    /// Takes it out.
    pub fn lose_keychain_entry(&self, profile: &str) -> anyhow::Result<()> {
        self.run("secret-tool", &entry("clear", profile), "").map(|_| ())
    }

    /// Puts something in its place. The one that stands there goes first: another program's would stand beside it.
    pub fn put_keychain_entry(&self, profile: &str, bytes: &str) -> anyhow::Result<()> {
        let _there = self.lose_keychain_entry(profile);
        let mut arguments = vec!["store", "--label=Overleg"];
        arguments.extend(&entry("", profile)[1..]);
        self.run("secret-tool", &arguments, bytes).map(|_| ())
    }

    pub fn lock_keychain(&self) -> anyhow::Result<()> {
        let lock = [
            "call",
            "--session",
            "--dest",
            BUS,
            "--object-path",
            ROOT,
            "--method",
            "org.freedesktop.Secret.Service.Lock",
            &format!("['{COLLECTION}']"),
        ];
        self.run("gdbus", &lock, "").map(|_| ())
    }

    /// By its password, as a login does it.
    pub fn unlock_keychain(&self) -> anyhow::Result<()> {
        let bus = self
            .environment
            .iter()
            .find(|(name, _)| *name == "DBUS_SESSION_BUS_ADDRESS");
        let (_, address) = bus.context("the desktop session has no bus")?;
        let bus = Builder::address(address.as_str())?.build()?;
        let plain = ("plain", Value::from(""));
        let service = "org.freedesktop.Secret.Service";
        let opened = bus.call_method(Some(BUS), ROOT, Some(service), "OpenSession", &plain)?;
        let (_, session): (OwnedValue, OwnedObjectPath) = opened.body().deserialize()?;
        let password = (session, Vec::<u8>::new(), PASSWORD.as_bytes(), "text/plain");
        let guilty = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        let unlock = (ObjectPath::try_from(COLLECTION)?, password);
        bus.call_method(Some(BUS), ROOT, Some(guilty), "UnlockWithMasterPassword", &unlock)?;
        let property = ("org.freedesktop.Secret.Collection", "Locked");
        let properties = "org.freedesktop.DBus.Properties";
        let locked = bus.call_method(Some(BUS), COLLECTION, Some(properties), "Get", &property)?;
        let locked: bool = locked.body().deserialize::<OwnedValue>()?.try_into()?;
        ensure!(!locked, "the keychain stays locked");
        Ok(())
    }
}

/// By service and profile.
fn entry<'a>(act: &'a str, profile: &'a str) -> [&'a str; 5] {
    [act, "service", SERVICE, "username", profile]
}

/// The keychain, with a login keyring that is unlocked.
pub(super) fn daemon(environment: &[(&'static str, String)]) -> anyhow::Result<Running> {
    let arguments = ["--foreground", "--unlock", "--components=secrets"];
    let (keychain, _) = Running::announcing("gnome-keyring-daemon", &arguments, environment, Some(PASSWORD))
        .context("gnome-keyring-daemon did not start: `cargo xtask setup` installs it")?;
    Ok(keychain)
}
