//! F4: the key or the cache is not as it was. Each time the window says what happened, what is safe and what
//! to do; a trouble that somebody else can mend is mended and tried again; else the cache is set aside and
//! fetched anew. Unsent texts are there in the end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use client::opening::{DATABASE, HEADER};

use super::story_session::{StorySession, place, start_group};
use crate::demo::people::CLINICIANS;
use crate::desktop_session::{App, Screenshots};
use crate::test_network::PASSWORD;

const WHO: &str = "Marieke";
const PROFILE: &str = "marieke";
const SUBJECT: &str = "Medicatie dhr. T.";
const FIRST: &str = "Kan de metoprolol omlaag?";
const WAITING: &str = "Ja, halveer maar; ik bel hem morgen.";
const DRAFT: &str = "Nog één vraag: hoe is zijn";
/// StorySession on the small disk beyond what stands there already, in KiB: enough to start.
const SPARE: u64 = 6_000;

/// Tells it, and answers how many pictures there are of it.
pub async fn play(session: &StorySession<'_>, pictures: &Path) -> anyhow::Result<usize> {
    let story = Story {
        session,
        folder: session.desktop_session.folder(PROFILE),
        screenshots: Screenshots::in_folder(&pictures.join("trouble")),
    };
    story.something_waits().await?;
    story.key_gone().await?;
    story.key_of_another().await?;
    story.key_damaged().await?;
    story.keychain_locked().await?;
    story.cache_of_another().await?;
    story.disk_full().await?;
    story.cache_of_a_later_version().await?;
    story.cache_damaged().await?;
    Ok(story.screenshots.into_pictures().len())
}

struct Story<'a> {
    session: &'a StorySession<'a>,
    folder: PathBuf,
    screenshots: Screenshots,
}

impl Story<'_> {
    async fn open(&self) -> anyhow::Result<App> {
        self.session
            .desktop_session
            .app(self.session.program, PROFILE)
            .await
    }

    /// A message that could not leave yet, and one that is not finished.
    async fn something_waits(&self) -> anyhow::Result<()> {
        let karim = self.session.device("Karim").await?;
        let marieke = self.session.membership(WHO)?;
        start_group(&karim, &[marieke], &[], SUBJECT, FIRST).await?;
        karim.has_sent_all().await?;
        let app = self.session.window_of(WHO).await?;
        app.look("nl", "light").await?;
        app.open_conversation(SUBJECT).await?;
        app.see_with("message", FIRST).await?;
        self.session.tcp_proxy.cut();
        app.is_offline().await?;
        app.write(WAITING).await?;
        app.in_state("waiting", 1).await?;
        app.type_into("composer", DRAFT).await?;
        app.until("the draft is not kept", async || {
            app.says("[data-testid=overview-row]", "Concept").await
        })
        .await?;
        app.close().await
    }

    /// Starts, sees the trouble, has it mended, and tries again: everything is there.
    async fn mended(
        &self,
        trouble: &str,
        mend: impl AsyncFnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let app = self.open().await?;
        let seen = async {
            app.see_css(&format!("[data-trouble={trouble}]")).await?;
            self.screenshots.take(&app, trouble).await?;
            mend().await?;
            app.click("reopen-cache").await?;
            self.nothing_is_missing(&app).await
        };
        let seen = seen.await;
        self.screenshots.end(&app, seen).await?;
        app.close().await
    }

    async fn nothing_is_missing(&self, app: &App) -> anyhow::Result<()> {
        app.see("work").await?;
        app.open_conversation(SUBJECT).await?;
        app.see_with("message", FIRST).await?;
        app.see_with("message", WAITING).await?;
        app.in_state("waiting", 1).await?;
        app.until("the draft is gone", async || holds(app, DRAFT).await)
            .await
    }

    async fn key_gone(&self) -> anyhow::Result<()> {
        let desktop_session = self.session.desktop_session;
        let key = desktop_session.keychain_entry(PROFILE)?;
        desktop_session.lose_keychain_entry(PROFILE)?;
        self.mended("key_lost", async || {
            desktop_session.put_keychain_entry(PROFILE, &key)
        })
        .await
    }

    async fn key_of_another(&self) -> anyhow::Result<()> {
        let desktop_session = self.session.desktop_session;
        let key = desktop_session.keychain_entry(PROFILE)?;
        let other = self.another_profile().await?;
        desktop_session.put_keychain_entry(PROFILE, &desktop_session.keychain_entry(&other)?)?;
        self.mended("key_wrong", async || {
            desktop_session.put_keychain_entry(PROFILE, &key)
        })
        .await
    }

    async fn key_damaged(&self) -> anyhow::Result<()> {
        let desktop_session = self.session.desktop_session;
        let key = desktop_session.keychain_entry(PROFILE)?;
        desktop_session.put_keychain_entry(PROFILE, &key[..key.len() / 2])?;
        self.mended("key_corrupt", async || {
            desktop_session.put_keychain_entry(PROFILE, &key)
        })
        .await
    }

    async fn keychain_locked(&self) -> anyhow::Result<()> {
        let desktop_session = self.session.desktop_session;
        desktop_session.lock_keychain()?;
        let app = self.open().await?;
        app.see_css("[data-trouble=keychain_locked]").await?;
        self.screenshots.take(&app, "keychain_locked").await?;
        // The session has nothing that would ask for the keychain's password, so that the question stands for ever: the
        // program is started anew.
        app.close().await?;
        desktop_session.unlock_keychain()?;
        let app = self.open().await?;
        let seen = self.nothing_is_missing(&app).await;
        self.screenshots.end(&app, seen).await?;
        app.close().await
    }

    /// The files were copied from elsewhere, as a restored profile of another computer is.
    async fn cache_of_another(&self) -> anyhow::Result<()> {
        let (own, other) = (
            self.folder.with_extension("own"),
            self.session
                .desktop_session
                .folder(&self.another_profile().await?),
        );
        fs::rename(&self.folder, &own)?;
        copy(&other, &self.folder)?;
        self.mended("key_wrong", async || {
            // With the database goes its log.
            for entry in fs::read_dir(&self.folder)?.flatten() {
                if entry.file_name().to_string_lossy().starts_with(DATABASE) {
                    fs::remove_file(entry.path())?;
                }
            }
            copy(&own, &self.folder)
        })
        .await
    }

    /// A profile of nobody's, with a key and a cache.
    async fn another_profile(&self) -> anyhow::Result<String> {
        let other = format!("{PROFILE}-2");
        let app = self
            .session
            .desktop_session
            .app(self.session.program, &other)
            .await?;
        app.see("sign-in").await?;
        app.close().await?;
        Ok(other)
    }

    /// The disk fills up while one writes: it is said, what was typed stays, and goes out once there is room.
    async fn disk_full(&self) -> anyhow::Result<()> {
        if !may_mount()? {
            left_out("the full disk, for only the administrator may have a disk of their own here");
            return Ok(());
        }
        // Ended well, it leaves no log with room in it.
        let app = self.open().await?;
        app.see("work").await?;
        app.quit().await?;
        let app = self
            .session
            .desktop_session
            .app(&self.on_a_small_disk()?, PROFILE)
            .await?;
        let filled = async {
            self.nothing_is_missing(&app).await?;
            let filler = self.filler(&app)?;
            // Space that is freed meanwhile, such as the webview's, is filled, too.
            app.until("the disk does not become full", async || {
                fill(&filler);
                app.type_into("composer", "Saturatie 94 procent. ").await?;
                app.press(fantoccini::key::Key::Enter).await?;
                Ok(app.count("[data-testid=composer-failure]").await? > 0)
            })
            .await?;
            app.see("truth-disk-full").await?;
            self.screenshots.take(&app, "disk_full").await?;
            ensure!(holds(&app, "Saturatie").await?, "what was typed is gone");
            fs::remove_file(&filler)?;
            let waiting = app.count("[data-testid=message][data-state=waiting]").await?;
            app.click("send").await?;
            app.in_state("waiting", waiting + 1).await?;
            app.gone("[data-testid=truth-disk-full]").await
        };
        let filled = filled.await;
        self.screenshots.end(&app, filled).await?;
        app.close().await
    }

    /// Starts the program with the profile's folder copied onto a disk of its own, which nobody else sees and which goes
    /// with it.
    fn on_a_small_disk(&self) -> anyhow::Result<PathBuf> {
        let script = self.session.desktop_session.home().join("on-a-small-disk");
        let free_kib = size(&self.folder)? / 1_024 + SPARE;
        let (folder, program) = (self.folder.display(), self.session.program.display());
        let lines = format!(
            "#!/bin/sh\nexport FOLDER='{folder}' PROGRAM='{program}'\nexec unshare --user --map-root-user --mount sh -c '
                cp -a \"$FOLDER\" \"$FOLDER.copy\" && mount -t tmpfs -o size={free_kib}k tmpfs \"$FOLDER\" &&
                cp -a \"$FOLDER.copy/.\" \"$FOLDER\" && rm -r \"$FOLDER.copy\" && exec \"$PROGRAM\" \"$@\"' sh \"$@\"\n"
        );
        fs::write(&script, lines)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        Ok(script)
    }

    /// A file on the disk that the app alone sees.
    fn filler(&self, app: &App) -> anyhow::Result<PathBuf> {
        let root = app.root("overleg")?;
        let inside = self.folder.strip_prefix("/")?;
        Ok(root.join(inside).join("filler"))
    }

    /// It can be read, and what was not sent is taken along.
    async fn cache_of_a_later_version(&self) -> anyhow::Result<()> {
        let header = self.folder.join(HEADER);
        let mut later: serde_json::Value = serde_json::from_slice(&fs::read(&header)?)?;
        later["version"] = 99.into();
        fs::write(&header, later.to_string())?;
        let app = self.open().await?;
        self.session.tcp_proxy.mend();
        let recovered = async {
            self.quarantine(&app, "cache_newer").await?;
            app.click("truth-rescued").await?;
            app.see_with("rescued", WAITING).await?;
            app.see_with("rescued", DRAFT).await?;
            self.screenshots.take(&app, "rescued").await
        };
        let recovered = recovered.await;
        self.screenshots.end(&app, recovered).await?;
        app.close().await
    }

    async fn cache_damaged(&self) -> anyhow::Result<()> {
        let database = self.folder.join(DATABASE);
        let mut bytes = fs::read(&database)?;
        bytes.iter_mut().take(4_096).for_each(|byte| *byte ^= 0x55);
        fs::write(&database, bytes)?;
        let app = self.open().await?;
        let seen = self.quarantine(&app, "cache_damaged").await;
        self.screenshots.end(&app, seen).await?;
        app.close().await
    }

    /// Sets the cache aside, signs in anew, and has everything that was sent.
    async fn quarantine(&self, app: &App, trouble: &str) -> anyhow::Result<()> {
        app.see_css(&format!("[data-trouble={trouble}]")).await?;
        self.screenshots.take(app, trouble).await?;
        app.click("set-aside").await?;
        app.see("set-aside-dialog").await?;
        self.screenshots.take(app, "set-aside").await?;
        app.click("set-aside-confirm").await?;
        app.see("sign-in").await?;
        let login = CLINICIANS[place(WHO)?].login;
        app.sign_in(&self.session.tcp_proxy.url(), login, PASSWORD)
            .await?;
        app.open_conversation(SUBJECT).await?;
        app.see_with("message", FIRST).await.map(|_| ())
    }
}

/// Whether this stands where one writes.
async fn holds(app: &App, text: &str) -> anyhow::Result<bool> {
    let written = app.see("composer").await?.prop("value").await?;
    Ok(written.is_some_and(|written| written.contains(text)))
}

/// Said where it is seen: what was not played was not shown to hold.
#[expect(clippy::print_stderr, reason = "a story says what it leaves out")]
fn left_out(what: &str) {
    eprintln!("NOT PLAYED: {what}");
}

/// Whether the user who runs this may have a disk of their own.
fn may_mount() -> anyhow::Result<bool> {
    let tried = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "mount",
            "-t",
            "tmpfs",
            "tmpfs",
            "/mnt",
        ])
        .output()
        .context("util-linux is not there")?;
    Ok(tried.status.success())
}

/// Until nothing more goes into it.
fn fill(file: &Path) {
    use std::io::Write as _;
    let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(file) else {
        return;
    };
    for size in [65_536, 4_096, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}

fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut all = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        all += if kind.is_dir() {
            size(&entry.path())?
        } else {
            entry.metadata()?.len().next_multiple_of(4_096)
        };
    }
    Ok(all)
}

/// The files of a folder, without those in folders in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
