//! The app in its real window, driven as a person would: by what is on the screen.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;

use super::programs::{Running, processes};

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at what is not there yet.
const PAUSE: Duration = Duration::from_millis(20);

/// Until everything that ends by itself has come to its end, and that is painted; answers with the window's size.
const AT_REST: &str = "
    const done = arguments[0];
    const ends = (one) => one.effect.getComputedTiming().endTime < Infinity;
    const moving = document.getAnimations().filter(ends).map((one) => one.finished);
    const size = () => done(innerWidth + 'x' + innerHeight);
    Promise.allSettled(moving).then(() => requestAnimationFrame(() => requestAnimationFrame(size)));";

const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../ui/node_modules/axe-core/axe.min.js"
);
const RUN_AXE: &str = "
    const done = arguments[0];
    const describe = (one) => one.id + ' (' + one.nodes.map((node) => node.target.join(' ')).join(', ') + ')';
    axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then((result) => done(result.violations.map(describe)), (error) => done([String(error)]));";

/// Something on the screen.
pub type Found = Element;

/// Keys pressed on the keyboard.
#[derive(Clone, Debug)]
pub struct Keys(String);

impl From<&str> for Keys {
    fn from(text: &str) -> Keys {
        Keys(text.to_owned())
    }
}

impl From<String> for Keys {
    fn from(keys: String) -> Keys {
        Keys(keys)
    }
}

impl From<Key> for Keys {
    fn from(key: Key) -> Keys {
        Keys(char::from(key).to_string())
    }
}

#[derive(Debug)]
pub struct App {
    client: Client,
    display: String,
    driver: Running,
}

impl App {
    pub(super) async fn open(
        driver: Running,
        display: &str,
        port: u16,
        program: &Path,
        profile: &str,
        folder: &Path,
    ) -> anyhow::Result<App> {
        let options = serde_json::json!({
            "application": program,
            "args": ["--profile", profile, "--folder", folder],
        });
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("tauri:options".into(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .with_context(|| format!("the app did not open a window for {profile}"))?;
        let display = display.to_owned();
        Ok(App {
            client,
            display,
            driver,
        })
    }

    /// Waits for what bears this test id.
    pub async fn see(&self, id: &str) -> anyhow::Result<Found> {
        self.see_css(&format!("[data-testid=\"{id}\"]")).await
    }

    /// Waits for what this CSS selector finds.
    pub async fn see_css(&self, selector: &str) -> anyhow::Result<Found> {
        let found = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(selector))
            .await;
        found.with_context(|| format!("{selector} did not appear"))
    }

    /// Waits for what bears this test id and says this.
    pub async fn see_with(&self, id: &str, text: &str) -> anyhow::Result<Found> {
        let found = self.client.wait().at_most(PATIENCE);
        let found = found.for_element(Locator::XPath(&saying(id, text))).await;
        found.with_context(|| format!("no {id} appeared that says \"{text}\""))
    }

    /// Waits until nothing that bears this test id says this any more.
    pub async fn gone_with(&self, id: &str, text: &str) -> anyhow::Result<()> {
        let path = saying(id, text);
        self.until(&format!("{id} went on to say \"{text}\""), async || {
            Ok(self.client.find_all(Locator::XPath(&path)).await?.is_empty())
        })
        .await
    }

    /// All that stands in what bears this test id, as it is read.
    pub async fn words_of(&self, id: &str) -> anyhow::Result<String> {
        Ok(self.see(id).await?.text().await?)
    }

    /// Waits until the text stands anywhere on the screen.
    pub async fn read(&self, text: &str) -> anyhow::Result<()> {
        self.until(&format!("\"{text}\" did not appear"), async || {
            let shown = self
                .client
                .execute("return document.body.innerText", Vec::new())
                .await?;
            Ok(shown.as_str().is_some_and(|shown| shown.contains(text)))
        })
        .await
    }

    /// Waits until nothing matches the CSS selector any more.
    pub async fn gone(&self, selector: &str) -> anyhow::Result<()> {
        self.until(&format!("{selector} did not go"), async || {
            Ok(self.client.find_all(Locator::Css(selector)).await?.is_empty())
        })
        .await
    }

    /// Whether this text stands now in one of those that the CSS selector finds.
    pub async fn says(&self, selector: &str, text: &str) -> anyhow::Result<bool> {
        let any = "return [...document.querySelectorAll(arguments[0])].some((one) => one.innerText.includes(arguments[1]))";
        let arguments = vec![selector.into(), text.into()];
        Ok(self.client.execute(any, arguments).await? == true)
    }

    /// How many there are on the screen now.
    pub async fn count(&self, selector: &str) -> anyhow::Result<usize> {
        Ok(self.client.find_all(Locator::Css(selector)).await?.len())
    }

    pub async fn click(&self, id: &str) -> anyhow::Result<()> {
        let found = self.see(id).await?;
        self.stands_still(&found).await;
        found
            .click()
            .await
            .with_context(|| format!("{id} could not be clicked"))
    }

    /// Waits until the element stands at the same place for three frames: a driver asks where it is, and then clicks there,
    /// though the window may be laid out anew in between.
    async fn stands_still(&self, found: &Found) {
        let still = "const [found, done] = [arguments[0], arguments[arguments.length - 1]];
            const at = () => JSON.stringify([found.getBoundingClientRect(), innerWidth, innerHeight]);
            let [before, frames] = [at(), 0];
            const look = () => {
                const now = at();
                frames = now === before ? frames + 1 : 0;
                before = now;
                frames < 3 ? requestAnimationFrame(look) : done(true);
            };
            requestAnimationFrame(look)";
        let Ok(what) = serde_json::to_value(found) else {
            return;
        };
        // A hidden window draws no frames: then there is nothing to wait for.
        let still = self.client.execute_async(still, vec![what]);
        let _ = tokio::time::timeout(Duration::from_secs(2), still).await;
    }

    /// Clicks the element with this test id and text. If it is drawn anew meanwhile, the new one.
    pub async fn click_with(&self, id: &str, text: &str) -> anyhow::Result<()> {
        self.until(
            &format!("{id} \"{text}\" could not be clicked"),
            async || match self.click_still(&self.see_with(id, text).await?).await {
                Err(error) if error.is_stale_element_reference() => Ok(false),
                clicked => Ok(clicked.map(|()| true)?),
            },
        )
        .await
    }

    async fn click_still(&self, found: &Found) -> Result<(), fantoccini::error::CmdError> {
        self.stands_still(found).await;
        found.click().await
    }

    /// Opens the context menu of something. By its event: the driver's own mouse leaves the keyboard without its shift.
    pub async fn click_right(&self, what: &Found) -> anyhow::Result<()> {
        let event = "const { left, top } = arguments[0].getBoundingClientRect();
            const at = { clientX: left + 40, clientY: top + 20 };
            const click = { bubbles: true, cancelable: true, button: 2, ...at };
            arguments[0].dispatchEvent(new MouseEvent('contextmenu', click))";
        let what = serde_json::to_value(what)?;
        self.client.execute(event, vec![what]).await?;
        Ok(())
    }

    /// Clicks the one at this place among those that the CSS selector finds.
    pub async fn click_nth(&self, selector: &str, place: usize) -> anyhow::Result<()> {
        let found = self.client.find_all(Locator::Css(selector)).await?;
        let one = found
            .get(place)
            .with_context(|| format!("there are {} of {selector}", found.len()))?;
        Ok(one.click().await?)
    }

    /// Clicks into a field and types.
    pub async fn type_into(&self, id: &str, text: &str) -> anyhow::Result<()> {
        let field = self.see(id).await?;
        field.click().await?;
        field
            .send_keys(text)
            .await
            .with_context(|| format!("nothing could be typed into {id}"))
    }

    /// Presses keys where the cursor is: text, or a [`Key`] of the keyboard.
    pub async fn press(&self, keys: impl Into<Keys>) -> anyhow::Result<()> {
        let Keys(keys) = keys.into();
        Ok(self.client.active_element().await?.send_keys(&keys).await?)
    }

    /// Chooses an option of a list that unfolds.
    pub async fn choose_option(&self, id: &str, value: &str) -> anyhow::Result<()> {
        let list = self.see(id).await?;
        let option = format!("[data-testid=\"{id}\"] option[value=\"{value}\"]");
        let label = self.see_css(&option).await?.text().await?;
        list.send_keys(&label).await?;
        self.until(&format!("\"{label}\" was not chosen"), async || {
            Ok(list.prop("value").await?.as_deref() == Some(value))
        })
        .await
    }

    /// Makes the window this large, and waits until it is.
    pub async fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        self.client.set_window_size(width, height).await?;
        let inside = format!("return innerWidth === {width} && innerHeight === {height}");
        self.until(
            &format!("the window did not get {width} by {height}"),
            async || Ok(self.client.execute(&inside, Vec::new()).await? == true),
        )
        .await
    }

    /// Runs a line of script in the page: for what a person does outside it, such as choosing the dark theme.
    pub async fn script(&self, script: &str) -> anyhow::Result<serde_json::Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// The engine's answer to a call without arguments: for data that the screen does not show.
    pub async fn ask(&self, call: &str) -> anyhow::Result<serde_json::Value> {
        let ask = "const [call, done] = arguments;
            window.__TAURI_INTERNALS__.invoke('engine', { call: { call, args: {} } }).then(done, () => done(null))";
        Ok(self.client.execute_async(ask, vec![call.into()]).await?)
    }

    /// U1: what axe-core finds wrong with what is shown, each with the elements it is about.
    async fn barriers(&self) -> anyhow::Result<Vec<String>> {
        if self.client.execute("return typeof axe", Vec::new()).await? != "object" {
            let source =
                std::fs::read_to_string(AXE).context("axe-core is not there: `npm ci` in ui/ installs it")?;
            self.client.execute(&source, Vec::new()).await?;
        }
        let found = self.client.execute_async(RUN_AXE, Vec::new()).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// A picture of the window as it stands on the display, as `<folder>/<name>.png`. Not by WebDriver, which waits until
    /// something on the page moves: a minute, where only the clock does.
    pub async fn picture(&self, folder: &Path, name: &str) -> anyhow::Result<()> {
        let size = self.client.execute_async(AT_REST, Vec::new()).await?;
        let size = size.as_str().context("the window has no size")?;
        let barriers = self.barriers().await?;
        ensure!(
            barriers.is_empty(),
            "axe finds in {name}: {}",
            barriers.join("; ")
        );
        std::fs::create_dir_all(folder)?;
        let taken = Command::new("import")
            .args(["-display", &self.display, "-window", "root"])
            .args(["-crop", &format!("{size}+0+0"), "+repage"])
            .arg(folder.join(format!("{name}.png")))
            .status()
            .context("ImageMagick is not there: `cargo xtask setup` installs it")?;
        ensure!(taken.success(), "no picture could be taken of the display");
        Ok(())
    }

    /// Of the group of processes that the app is in, with its driver.
    pub fn id(&self) -> u32 {
        self.driver.id()
    }

    /// The root folder as seen by the process of this name among those of the app.
    pub fn root(&self, name: &str) -> anyhow::Result<PathBuf> {
        processes(self.id())?
            .find(|process| process.name == name)
            .map(|process| process.folder.join("root"))
            .with_context(|| format!("no process of the app is called {name}"))
    }

    /// Ends the app for good, as from its menu, and waits until it has ended.
    pub async fn quit(self) -> anyhow::Result<()> {
        // A driver that waits for the answer of a program that ends waits for ever.
        let quit = "setTimeout(() => window.__TAURI_INTERNALS__.invoke('shell', { call: { call: 'quit', args: {} } }), 300)";
        self.client.execute(quit, Vec::new()).await?;
        self.until("the app did not end", async || {
            Ok(!processes(self.id())?.any(|process| process.name == "overleg" && process.runs()))
        })
        .await
    }

    /// Ends the app with SIGKILL, at any moment.
    pub fn kill(self) -> anyhow::Result<()> {
        self.driver.kill()
    }

    /// Closes the window, where it is still there; the profile's files stay.
    pub async fn close(self) -> anyhow::Result<()> {
        match self.client.clone().close().await {
            Err(error) if !is_gone(&error) => Err(error).context("the window did not close"),
            _ => Ok(()),
        }
    }

    /// Waits until a condition holds; `otherwise` says what did not happen.
    pub async fn until(
        &self,
        otherwise: &str,
        condition: impl AsyncFn() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let until = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < until {
            if condition().await? {
                return Ok(());
            }
            // tidy: waits because it asks other programs, which need the processor to get there.
            tokio::time::sleep(PAUSE).await;
        }
        bail!("{otherwise} within {} seconds", PATIENCE.as_secs())
    }
}

/// Whether the session has ended with the window.
fn is_gone(error: &CmdError) -> bool {
    let text = error.to_string();
    error.is_invalid_session_id()
        || ["session", "connection", "hyper"]
            .iter()
            .any(|word| text.contains(word))
}

/// An element with this test id in which this text stands, wherever it is broken into lines or parts.
fn saying(id: &str, text: &str) -> String {
    format!("//*[@data-testid=\"{id}\"][contains(normalize-space(.), \"{text}\")]")
}
