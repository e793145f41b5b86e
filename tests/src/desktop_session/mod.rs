//! A desktop session for tests: a display nobody sees, a session bus, a keychain, and the app under WebDriver.
//!
//! Everything is real: Xvfb, D-Bus, gnome-keyring, WebKitGTK's driver. Linux only. Each program is started in a process
//! group of its own and ended when the session is dropped.

mod app;
mod desktop_services;
mod keyring;
mod other_programs;
mod page_actions;
mod programs;
mod screenshots;
mod sound_card;
mod tcp_proxy;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, ensure};

pub use app::{App, Found};
use desktop_services::executable;
pub use desktop_services::{DesktopServices, Frame, GivenNotification, KeyboardAction};
pub use other_programs::Copied;
pub use programs::{Heard, Process, processes};
use programs::{Running, wait_for_port};
pub use screenshots::Screenshots;
pub use tcp_proxy::TcpProxy;

use crate::program::free_port;

/// The folder of programs that stand in for those of the system.
const PROGRAMS: &str = "bin";
const POLICY: &str = "policy.json";

/// The desktop session of one person: their display, their session bus, their keychain, their files.
#[derive(Debug)]
pub struct DesktopSession {
    home: tempfile::TempDir,
    display: String,
    environment: Vec<(&'static str, String)>,
    desktop_services: Option<DesktopServices>,
    // Ended in this order: what uses another first.
    /// Lives as long as the session.
    _keychain: Running,
    _bus: Running,
    _display: Running,
}

impl DesktopSession {
    /// Sets a session up, with a screen of its own of this size in pixels.
    pub fn set_up(width: u32, height: u32) -> anyhow::Result<DesktopSession> {
        let screen = format!("{width}x{height}x24");
        let (display, number) = Running::announcing(
            "Xvfb",
            &[
                "-displayfd",
                "1",
                "-screen",
                "0",
                &screen,
                "-nolisten",
                "tcp",
                "-noreset",
            ],
            &[],
            None,
        )
        .context("Xvfb did not start: `cargo xtask setup` installs it")?;
        let home = tempfile::Builder::new().prefix("overleg-desk").tempdir()?;
        for folder in ["config", "data", "cache", "run", "tmp", PROGRAMS] {
            std::fs::create_dir(home.path().join(folder))?;
        }
        private(&home.path().join("run"))?;
        let path = |folder: &str| home.path().join(folder).display().to_string();
        let display_name = format!(":{number}");
        let mut environment = vec![
            ("DISPLAY", display_name.clone()),
            ("HOME", home.path().display().to_string()),
            ("XDG_CONFIG_HOME", path("config")),
            ("XDG_DATA_HOME", path("data")),
            ("XDG_CACHE_HOME", path("cache")),
            ("XDG_RUNTIME_DIR", path("run")),
            ("TMPDIR", path("tmp")),
            ("PATH", format!("{}:{}", path(PROGRAMS), std::env::var("PATH")?)),
            // No accelerated graphics on a machine without a screen.
            ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".to_owned()),
            ("NO_AT_BRIDGE", "1".to_owned()),
            // No log line may hold anything secret (F1): `DesktopSession::log` is checked for that.
            ("OVERLEG_LOG", "trace".to_owned()),
            ("GDK_BACKEND", "x11".to_owned()),
            // Not that of this computer: a story writes it, or there is none.
            ("OVERLEG_POLICY", path(POLICY)),
        ];
        environment.push(sound_card::environment(home.path())?);
        desktop_services::no_daemon_by_itself(home.path())?;
        let (bus, address) = Running::announcing(
            "dbus-daemon",
            &["--session", "--nofork", "--print-address=1"],
            &environment,
            None,
        )
        .context("dbus-daemon did not start: `cargo xtask setup` installs it")?;
        environment.push(("DBUS_SESSION_BUS_ADDRESS", address));
        let keychain = keyring::daemon(&environment)?;
        Ok(DesktopSession {
            home,
            display: display_name,
            environment,
            desktop_services: None,
            _keychain: keychain,
            _bus: bus,
            _display: display,
        })
    }

    /// With a window manager, a panel with a tray, and a notification daemon.
    pub fn furnished(width: u32, height: u32) -> anyhow::Result<DesktopSession> {
        let mut desktop_session = DesktopSession::set_up(width, height)?;
        desktop_session.desktop_services = Some(DesktopServices::set_up(
            desktop_session.home.path(),
            &desktop_session.environment,
        )?);
        Ok(desktop_session)
    }

    pub fn desktop_services(&self) -> anyhow::Result<&DesktopServices> {
        self.desktop_services
            .as_ref()
            .context("this desktop session has no services")
    }

    /// The folder of everything that a program in this session stores.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The file of the organisation's policy.
    pub fn policy(&self) -> PathBuf {
        self.home.path().join(POLICY)
    }

    pub fn remove_policy(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(self.policy()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The complete log of the app while it is driven.
    pub fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// A folder for a profile's cache.
    pub fn folder(&self, profile: &str) -> PathBuf {
        self.home.path().join("profiles").join(profile)
    }

    /// Opens Overleg with a link, as the system does when somebody follows it elsewhere: it is started once more, and actions
    /// the link over to the window that is open.
    pub async fn follow(&self, program: &Path, profile: &str, link: &str) -> anyhow::Result<()> {
        let folder = self.folder(profile).display().to_string();
        let arguments = ["--profile", profile, "--folder", &folder, link];
        let again = Running::start(program, &arguments, &self.environment, Stdio::null())?;
        let ended = again.ended().await.context("the second start of the app")?;
        ensure!(ended.success(), "the second start of the app ended with {ended}");
        Ok(())
    }

    /// Starts a program with a window, and nothing that drives it.
    pub fn start(&self, program: &Path, arguments: &[&str]) -> anyhow::Result<Heard> {
        Heard::start(program, arguments, &self.environment)
    }

    /// As [`DesktopSession::start`], and the program logs as it does in the field.
    pub fn start_as_installed(&self, program: &Path, arguments: &[&str]) -> anyhow::Result<Heard> {
        let environment = self.environment.iter().filter(|(name, _)| *name != "OVERLEG_LOG");
        Heard::start(program, arguments, &environment.cloned().collect::<Vec<_>>())
    }

    /// Starts the app for a profile under WebDriver and waits for its window.
    pub async fn app(&self, program: &Path, profile: &str) -> anyhow::Result<App> {
        let (port, native) = (free_port()?, free_port()?);
        let (port_text, native_text) = (port.to_string(), native.to_string());
        let running = Running::logging(
            "tauri-driver",
            &["--port", &port_text, "--native-port", &native_text],
            &self.environment,
            &self.log(),
        )
        .context("tauri-driver did not start: `cargo xtask setup` installs it")?;
        // It listens before the driver behind it does.
        wait_for_port(port).await?;
        wait_for_port(native).await?;
        App::open(
            running,
            &self.display,
            port,
            program,
            profile,
            &self.folder(profile),
        )
        .await
    }
}

#[cfg(unix)]
fn private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).context("a folder stays open")
}

#[cfg(not(unix))]
fn private(_folder: &Path) -> anyhow::Result<()> {
    Ok(())
}
