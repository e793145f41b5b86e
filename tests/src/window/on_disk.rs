//! Words and a picture that the window shows and takes in are in no file that the program writes: while it is used, after it
//! was killed, after another program showed a copy, and after sign-out.
//!
//! Looked through are all files of the person who sits there: of the profile, of the webview (which keeps its data on the disk only
//! while it is driven), caches, settings, recent files, temporary files, and the log of all that is logged. The same look finds
//! the copies for other programs while they are there, and the words in what the window shows.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use fantoccini::key::Key;

use super::files::until_drawn;
use super::story_session::{Scene, called, kill};
use crate::desktop_session::{App, Process, processes};
use crate::planted::{Planted, STEM, files_below, planted, planted_from};
use crate::test_network::Device;

/// Of each kind so many words.
const IN_TEXTS: usize = 60;
const IN_ANSWER: usize = 10;
const IN_LETTER: usize = 200;
const LETTER: usize = IN_TEXTS + IN_ANSWER;
const NAME: usize = LETTER + IN_LETTER;
const PICTURE: usize = NAME + 1;
const DRAFT: usize = NAME + 2;
const SEARCHED: usize = NAME + 3;
const SUBJECT: usize = NAME + 4;
const UNFINISHED: usize = NAME + 5;
const COLOUR: [u8; 3] = [0xab, 0x25, 0x5b];

/// Drops a picture of one colour, and a letter with words in it.
const DROP: &str = r##"
const photo = document.createElement('canvas');
photo.width = 400; photo.height = 300;
const pen = photo.getContext('2d');
pen.fillStyle = '#ab255b'; pen.fillRect(0, 0, 400, 300);
const lines = WORDS.split(' ').map((word, at) => `${at ? '0 -18 Td ' : '40 800 Td '}(${word}) Tj`).join(' ');
const content = `BT /F 8 Tf ${lines} ET`;
const letter = [
  '%PDF-1.4',
  '1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj',
  '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj',
  '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 -3000 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj',
  `4 0 obj<</Length ${content.length}>>stream`, content, 'endstream endobj',
  '5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj',
  'trailer<</Root 1 0 R>>', '%%EOF', '',
].join('\n');
photo.toBlob((blob) => {
  const brought = new DataTransfer();
  brought.items.add(new File([blob], PHOTO, { type: 'image/png' }));
  brought.items.add(new File([letter], NAME, { type: 'application/pdf' }));
  const onto = document.querySelector('[data-testid=composer]');
  for (const type of ['dragenter', 'dragover', 'drop'])
    onto.dispatchEvent(new DragEvent(type, { dataTransfer: brought, bubbles: true, cancelable: true }));
}, 'image/png');
"##;

/// All that the window shows, with what stands in fields and in hints.
const SHOWN: &str = "
const fields = [...document.querySelectorAll('input, textarea')].map((one) => one.value);
const hints = [...document.querySelectorAll('[title], [alt], [aria-label]')].map((one) =>
  [one.title, one.getAttribute('alt'), one.getAttribute('aria-label')].join(' '));
return [document.body.textContent, ...fields, ...hints].join(' ')";

// F1, BL1
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let karim = scene.session.device("Karim").await?;
    let story = Story {
        plants: Planted::words().and(pixels()),
        scene,
    };
    let subject = planted(SUBJECT);
    app.start_group(&subject, &[("karim", "Karim el Idrissi")], "Dag Karim")
        .await?;
    app.click("wizard-start").await?;
    app.in_state("accepted", 1).await?;
    story.plant(&karim, &subject).await?;
    story.writes_nowhere_else()?;
    story.nothing_is_found("in use")?;

    app.click("composer").await?;
    app.press(planted(UNFINISHED).as_str()).await?;
    kill(app)?;
    story.nothing_is_found("after a kill")?;
    let again = scene.open_again().await?;
    story.opened_elsewhere(again, &subject).await
}

struct Story<'a> {
    plants: Planted,
    scene: &'a Scene<'a>,
}

impl Story<'_> {
    fn look(&self) -> anyhow::Result<Vec<PathBuf>> {
        let look = self.plants.look(self.scene.home())?;
        ensure!(look.files > 10, "only {} files are looked through", look.files);
        Ok(look.found)
    }

    fn nothing_is_found(&self, when: &str) -> anyhow::Result<()> {
        let found = self.look()?;
        ensure!(
            found.is_empty(),
            "{when}: a planted word or the picture is in {found:?}"
        );
        Ok(())
    }

    /// No process of the program has a file open for writing beside those that are looked through.
    fn writes_nowhere_else(&self) -> anyhow::Result<()> {
        let mut inside = 0;
        for process in processes(self.scene.app.id())? {
            let open = std::fs::read_dir(process.folder.join("fd")).into_iter().flatten();
            for descriptor in open.flatten() {
                // One that was closed meanwhile is none.
                let Ok(path) = std::fs::read_link(descriptor.path()) else {
                    continue;
                };
                let elsewhere = ["/dev", "/proc", "/memfd:"];
                let is_file = path.is_absolute()
                    && !elsewhere
                        .iter()
                        .any(|start| path.to_string_lossy().starts_with(start));
                if !is_file || !is_writable(&process, &descriptor.file_name()) {
                    continue;
                }
                ensure!(
                    path.starts_with(self.scene.home()),
                    "{} writes to {}",
                    process.name,
                    path.display()
                );
                inside += 1;
            }
        }
        ensure!(inside > 0, "no file is open");
        Ok(())
    }

    /// Writes, drops, reads, looks at, and searches for all of it in the window.
    async fn plant(&self, karim: &Device, subject: &str) -> anyhow::Result<()> {
        let app = self.scene.app;
        let consult = called(karim, subject).await?;
        let mut shown = String::new();
        let quoted = |text: &str| serde_json::to_string(text);
        let (photo, letter) = (
            format!("{}.png", planted(PICTURE)),
            format!("{}.pdf", planted(NAME)),
        );
        let drop = DROP
            .replace("WORDS", &quoted(&planted_from(LETTER, IN_LETTER))?)
            .replace("PHOTO", &quoted(&photo)?)
            .replace("NAME", &quoted(&letter)?);
        app.script(&drop).await?;
        app.see_with("tray", &letter).await?;
        until_drawn(self.scene, "[data-testid=tray]").await?;
        app.type_into("composer", &planted_from(0, IN_TEXTS)).await?;
        app.click("send").await?;
        app.see_css("[data-testid=message][data-state=accepted] [data-testid=message-files]")
            .await?;
        until_drawn(self.scene, "[data-testid=message-files]").await?;
        shown += &words_shown(app).await?;
        karim.says(consult, &planted_from(IN_TEXTS, IN_ANSWER)).await?;
        app.see_with("message", &planted(IN_TEXTS)).await?;
        shown += &words_shown(app).await?;
        app.click("picture-main").await?;
        until_drawn(self.scene, "[data-testid=viewer]").await?;
        app.click("viewer-next").await?;
        app.until("the letter is not drawn", async || {
            let words = words_shown(app).await?;
            Ok(words.contains(&planted(LETTER)) && words.contains(&planted(LETTER + IN_LETTER - 1)))
        })
        .await?;
        shown += &words_shown(app).await?;
        app.click("viewer-close").await?;
        app.gone("[data-testid=viewer]").await?;
        app.type_into("composer", &planted(DRAFT)).await?;
        app.type_into("overview-search", &planted(SEARCHED)).await?;
        app.see("no-hits").await?;
        shown += &words_shown(app).await?;
        self.scene.picture("planted").await?;
        app.press(Key::Escape).await?;
        app.see("overview-row").await?;
        // The same look over what the window showed finds each word.
        for number in 0..UNFINISHED {
            ensure!(
                shown.contains(&planted(number)),
                "the window did not show word {number}"
            );
        }
        ensure!(
            self.plants.is_in(shown.as_bytes()),
            "the look finds no word that is there"
        );
        Ok(())
    }

    /// While another program shows a copy, the look finds that copy, and nothing else.
    async fn copy_alone_is_found(&self, app: &App, seen: &Path) -> anyhow::Result<()> {
        let opened = self.scene.folder().join("opened");
        app.click("viewer-open").await?;
        app.until("no other program opened it", async || Ok(seen.exists()))
            .await?;
        let plain = std::fs::read(seen)?;
        ensure!(self.plants.is_in(&plain), "another file was opened");
        std::fs::remove_file(seen)?;
        let found = self.look()?;
        ensure!(
            found.len() == 1 && found.iter().all(|path| path.starts_with(&opened)),
            "beside the copy, or instead of it: {found:?}"
        );
        Ok(())
    }

    fn no_copy_is_left(&self, when: &str) -> anyhow::Result<()> {
        let left = files_below(&self.scene.folder().join("opened"));
        ensure!(left.is_empty(), "{when}: {left:?} is left");
        self.nothing_is_found(when)
    }

    /// The copy goes at the next start after a crash, at the end of the program, and at sign-out.
    async fn opened_elsewhere(&self, app: App, subject: &str) -> anyhow::Result<()> {
        let outside = tempfile::tempdir()?;
        let seen = outside.path().join("seen");
        self.scene.session.desktop_session.opens_files_into(&seen)?;
        view_letter(&app, subject).await?;
        self.copy_alone_is_found(&app, &seen).await?;
        kill(&app)?;
        let app = self.scene.open_again().await?;
        self.no_copy_is_left("after a crash and a start")?;

        view_letter(&app, subject).await?;
        self.copy_alone_is_found(&app, &seen).await?;
        app.quit().await?;
        self.no_copy_is_left("after the end of the program")?;

        let app = self.scene.open_again().await?;
        view_letter(&app, subject).await?;
        self.copy_alone_is_found(&app, &seen).await?;
        app.click("viewer-close").await?;
        app.gone("[data-testid=viewer]").await?;
        app.settings("account").await?;
        app.click("sign-out").await?;
        app.click("sign-out-confirm").await?;
        app.see("sign-in").await?;
        self.no_copy_is_left("after sign-out")?;
        ensure!(
            !words_shown(&app).await?.contains(STEM),
            "the window shows a word after sign-out"
        );
        app.close().await
    }
}

async fn words_shown(app: &App) -> anyhow::Result<String> {
    let shown = app.script(SHOWN).await?;
    Ok(shown.as_str().context("the page shows no text")?.to_owned())
}

async fn view_letter(app: &App, subject: &str) -> anyhow::Result<()> {
    app.open_conversation(subject).await?;
    app.see("file").await?;
    app.click("file-main").await?;
    app.see("pdf").await.map(|_| ())
}

/// The picture's colour as pixels in a row, in the orders in which programs hold them.
fn pixels() -> [Vec<u8>; 4] {
    let [red, green, blue] = COLOUR;
    let pixels: [&[u8]; 4] = [
        &[red, green, blue],
        &[red, green, blue, 0xff],
        &[blue, green, red, 0xff],
        &[0xff, red, green, blue],
    ];
    pixels.map(|pixel| pixel.repeat(6))
}

/// Whether a process may write to what it has open: the access mode of its flags.
fn is_writable(process: &Process, descriptor: &OsStr) -> bool {
    let info = std::fs::read_to_string(process.folder.join("fdinfo").join(descriptor)).unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & 0o3 != 0)
}
