//! The desktop services beside the app: a window manager, a panel with a tray, and a notification daemon,
//! each as Debian packages it. With them the window can be covered, moved, closed and raised, and the
//! system's view of it can be read.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use super::programs::Running;

/// Seconds. The owner of a selection or of the tray may have crashed, and a program that asks it waits for ever.
const ANSWERS_WITHIN: &str = "10";

/// A panel at the lower edge, with the windows and the tray.
const PANEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=10;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="systray"/>
  </property>
</channel>
"#;

/// Each notification is written down by the daemon itself, and stays until it is clicked or taken away.
const DAEMON: &str = "[global]
    always_run_script = true
    width = 340
    origin = top-right
    offset = 12x12
    font = sans 11
    show_indicators = no
    markup = full
[urgency_low]
    timeout = 0
[urgency_normal]
    timeout = 0
[told]
    summary = *
    script = ";

/// A notification as the daemon shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenNotification {
    pub title: String,
    pub text: String,
}

/// Input at a keyboard.
#[derive(Clone, Copy, Debug)]
pub enum KeyboardAction<'a> {
    Types(&'a str),
    /// As `ctrl+v`.
    Presses(&'a str),
}

/// The geometry of a window: left, top, width, height.
pub type Frame = [i32; 4];

#[derive(Debug)]
pub struct DesktopServices {
    environment: Vec<(&'static str, String)>,
    received: PathBuf,
    configuration: PathBuf,
    daemon: RefCell<Option<Running>>,
    _panel: Running,
    _manager: Running,
}

/// Keeps the bus from starting a daemon for who asks for one: one runs if the session has started it.
pub(super) fn no_daemon_by_itself(home: &Path) -> anyhow::Result<()> {
    let folder = home.join("data/dbus-1/services");
    std::fs::create_dir_all(&folder)?;
    let service = "[D-BUS Service]\nName=org.freedesktop.Notifications\nExec=/bin/false\n";
    Ok(std::fs::write(folder.join("org.knopwob.dunst.service"), service)?)
}

impl DesktopServices {
    pub(super) fn set_up(
        home: &Path,
        environment: &[(&'static str, String)],
    ) -> anyhow::Result<DesktopServices> {
        let panel = home.join("config/xfce4/xfconf/xfce-perchannel-xml");
        std::fs::create_dir_all(&panel)?;
        std::fs::write(panel.join("xfce4-panel.xml"), PANEL)?;
        let received = home.join("told");
        std::fs::write(&received, "")?;
        let script = home.join("tell");
        let line = format!(
            "#!/bin/sh\nprintf '%s\\t%s\\n' \"$DUNST_SUMMARY\" \"$DUNST_BODY\" >> '{}'\n",
            received.display()
        );
        std::fs::write(&script, line)?;
        executable(&script)?;
        let daemon = home.join("dunstrc");
        std::fs::write(&daemon, format!("{DAEMON}{}\n", script.display()))?;
        let start = |program: &str, arguments: &[&str]| {
            Running::start(program, arguments, environment, Stdio::null())
                .with_context(|| format!("{program} did not start: `cargo xtask setup` installs it"))
        };
        let desktop_services = DesktopServices {
            _manager: start("openbox", &[])?,
            _panel: start("xfce4-panel", &[])?,
            daemon: RefCell::default(),
            environment: environment.to_vec(),
            received,
            configuration: daemon,
        };
        desktop_services.run_notification_daemon(true)?;
        Ok(desktop_services)
    }

    pub(super) fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    pub(super) fn ask(&self, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new("timeout");
        command.args([ANSWERS_WITHIN, program]).args(arguments);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        let answer = command.output().context("coreutils are not there")?;
        // As `timeout` ends where the program did not answer, and where there is none.
        match answer.status.code() {
            Some(124) => bail!("{program} gave no answer within {ANSWERS_WITHIN} seconds"),
            Some(127) => bail!("{program} is not there: `cargo xtask setup` installs it"),
            _ => Ok(String::from_utf8_lossy(&answer.stdout).into_owned()),
        }
    }

    /// Whether a tray is there that shows icons.
    pub fn has_tray(&self) -> anyhow::Result<bool> {
        let property = ["org.kde.StatusNotifierWatcher", "IsStatusNotifierHostRegistered"];
        Ok(self.watcher(property)?.contains("true"))
    }

    /// How many icons stand in the tray.
    pub fn icons(&self) -> anyhow::Result<usize> {
        self.restart_tray()?;
        let property = ["org.kde.StatusNotifierWatcher", "RegisteredStatusNotifierItems"];
        Ok(self.watcher(property)?.matches("NotificationItem").count())
    }

    fn watcher(&self, property: [&str; 2]) -> anyhow::Result<String> {
        let get = [
            "call",
            "--session",
            "--dest",
            "org.kde.StatusNotifierWatcher",
            "--object-path",
            "/StatusNotifierWatcher",
            "--method",
            "org.freedesktop.DBus.Properties.Get",
        ];
        self.ask("gdbus", &[&get[..], &property[..]].concat())
    }

    /// All notifications that were given, in their order.
    pub fn notifications(&self) -> anyhow::Result<Vec<GivenNotification>> {
        let lines = std::fs::read_to_string(&self.received)?;
        let notifications = lines.lines().filter_map(|line| line.split_once('\t'));
        Ok(notifications
            .map(|(title, text)| GivenNotification {
                title: title.to_owned(),
                text: read_as_markup(text),
            })
            .collect())
    }

    /// How many notifications stand on the screen.
    pub fn shown(&self) -> anyhow::Result<usize> {
        let count = self.ask("dunstctl", &["count", "displayed"])?;
        count.trim().parse().context("the daemon does not count")
    }

    /// How many notifications the daemon keeps back while it is paused.
    pub fn kept_back(&self) -> anyhow::Result<usize> {
        let count = self.ask("dunstctl", &["count", "waiting"])?;
        count.trim().parse().context("the daemon does not count")
    }

    /// Turns the focus mode of the daemon on or off: while it is on, nothing is shown.
    pub fn pause_notifications(&self, paused: bool) -> anyhow::Result<()> {
        self.ask("dunstctl", &["set-paused", &paused.to_string()])
            .map(|_| ())
    }

    /// Starts the notification daemon, or ends it: then nothing shows notifications.
    pub fn run_notification_daemon(&self, runs: bool) -> anyhow::Result<()> {
        let configuration = self.configuration.display().to_string();
        let daemon = runs
            .then(|| {
                Running::start(
                    "dunst",
                    &["-config", &configuration],
                    &self.environment,
                    Stdio::null(),
                )
            })
            .transpose()
            .context("dunst did not start: `cargo xtask setup` installs it")?;
        self.daemon.replace(daemon);
        Ok(())
    }

    /// Clicks the notification on top.
    pub fn click_notification(&self) -> anyhow::Result<()> {
        self.ask("dunstctl", &["action"]).map(|_| ())
    }

    /// Closes the notification on top.
    pub fn close_notification(&self) -> anyhow::Result<()> {
        self.ask("dunstctl", &["close"]).map(|_| ())
    }

    /// Presses keys wherever the keyboard is, as `ctrl+alt+o`.
    pub fn press(&self, keys: &str) -> anyhow::Result<()> {
        self.restart_tray()?;
        self.ask("xdotool", &["key", keys]).map(|_| ())
    }

    /// Gives the keyboard another layout, as `ru`.
    pub fn lay_out(&self, layout: &str) -> anyhow::Result<()> {
        self.ask("setxkbmap", &[layout]).map(|_| ())
    }

    /// Types and presses all of it into the focused field, without a pause.
    pub fn at_once(&self, actions: &[KeyboardAction<'_>]) -> anyhow::Result<()> {
        let words = |one: &KeyboardAction<'_>| match *one {
            KeyboardAction::Types(text) => ["type", "--delay", "0", "--args", "1", text]
                .map(str::to_owned)
                .to_vec(),
            KeyboardAction::Presses(keys) => ["key", "--delay", "0", keys].map(str::to_owned).to_vec(),
        };
        let words: Vec<String> = actions.iter().flat_map(words).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.ask("xdotool", &words).map(|_| ())
    }

    /// Clicks at a place of the screen.
    pub fn click(&self, x: i32, y: i32) -> anyhow::Result<()> {
        let (x, y) = (x.to_string(), y.to_string());
        self.ask("xdotool", &["mousemove", &x, &y, "click", "1"])
            .map(|_| ())
    }

    /// The title of the app's window, where it is on the screen or put away in the panel; `None` where it is hidden.
    pub fn title(&self) -> anyhow::Result<Option<String>> {
        Ok(self.window()?.map(|(title, _)| title))
    }

    pub fn frame(&self) -> anyhow::Result<Option<Frame>> {
        Ok(self.window()?.map(|(_, frame)| frame))
    }

    /// The titles of all windows.
    pub fn titles(&self) -> anyhow::Result<Vec<String>> {
        let windows = self.ask("wmctrl", &["-l"])?;
        let title = |line: &str| line.split_whitespace().skip(3).collect::<Vec<_>>().join(" ");
        Ok(windows.lines().map(title).collect())
    }

    fn window(&self) -> anyhow::Result<Option<(String, Frame)>> {
        let windows = self.ask("wmctrl", &["-lG"])?;
        let window = windows.lines().find_map(|line| {
            let mut words = line.split_whitespace().skip(2);
            let mut number = || words.next().and_then(|word| word.parse().ok());
            let frame = [number()?, number()?, number()?, number()?];
            let title = words.skip(1).collect::<Vec<_>>().join(" ");
            title.contains("Overleg").then_some((title, frame))
        });
        Ok(window)
    }

    /// Restarts the tray where the panel asks for it. Xfce's tray sometimes crashes when an icon leaves it; the panel restarts
    /// it, but the second time within a minute it asks first, in a window that takes the keyboard.
    fn restart_tray(&self) -> anyhow::Result<()> {
        const QUESTION: &str = "Plugin Restart";
        if self.titles()?.iter().any(|title| title == QUESTION) {
            let name = format!("^{QUESTION}$");
            let yes = [
                "search",
                "--name",
                &name,
                "windowactivate",
                "--sync",
                "key",
                "Return",
            ];
            self.ask("xdotool", &yes)?;
        }
        Ok(())
    }

    /// Whether the app's window has the keyboard.
    pub fn has_focus(&self) -> anyhow::Result<bool> {
        self.restart_tray()?;
        let name = self.ask("xdotool", &["getactivewindow", "getwindowname"])?;
        Ok(name.contains("Overleg"))
    }

    /// Puts the window away into the panel, by the window manager.
    pub fn minimise(&self) -> anyhow::Result<()> {
        self.ask("xdotool", &["getactivewindow", "windowminimize"])
            .map(|_| ())
    }

    /// Moves the app's window and makes it this large.
    pub fn move_to(&self, [x, y, width, height]: Frame) -> anyhow::Result<()> {
        let to = format!("0,{x},{y},{width},{height}");
        self.ask("wmctrl", &["-r", "Overleg", "-e", &to]).map(|_| ())
    }

    /// Closes the app's window by the cross in its frame.
    pub fn close(&self) -> anyhow::Result<()> {
        self.ask("wmctrl", &["-c", "Overleg"]).map(|_| ())
    }

    /// A picture of the whole screen, as `<folder>/<name>.png`.
    pub fn picture(&self, folder: &Path, name: &str) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join(format!("{name}.png"));
        self.ask("import", &["-window", "root", &file.display().to_string()])?;
        ensure!(file.exists(), "no picture could be taken of the display");
        Ok(())
    }
}

/// The visible part of a text that is read as markup, which this daemon announces that it does.
fn read_as_markup(text: &str) -> String {
    let mut pieces = text.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    let without = pieces.fold(first, |read, piece| {
        read + piece.split_once('>').map_or("", |(_, after)| after)
    });
    without
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(unix)]
pub(super) fn executable(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(
        file,
        std::fs::Permissions::from_mode(0o755),
    )?)
}

#[cfg(not(unix))]
pub(super) fn executable(_file: &Path) -> anyhow::Result<()> {
    Ok(())
}
