//! The app in its real window, driven as a person would: by what is on the screen.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;

use super::programs::Running;

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something on the screen.
pub type Found = Element;

/// What is pressed on the keyboard.
#[derive(Clone, Debug)]
pub struct Keys(String);

impl From<&str> for Keys {
    fn from(text: &str) -> Keys {
        Keys(text.to_owned())
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

    /// How many there are on the screen now.
    pub async fn count(&self, selector: &str) -> anyhow::Result<usize> {
        Ok(self.client.find_all(Locator::Css(selector)).await?.len())
    }

    pub async fn click(&self, id: &str) -> anyhow::Result<()> {
        self.see(id)
            .await?
            .click()
            .await
            .with_context(|| format!("{id} could not be clicked"))
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

    /// Runs a line of script in the page: for what a person does outside it, such as choosing the dark theme.
    pub async fn script(&self, script: &str) -> anyhow::Result<serde_json::Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// A picture of the display, as `<folder>/<name>.png`. Not by WebDriver, which waits until something on the page
    /// moves: a minute, where only the clock does.
    pub async fn picture(&self, folder: &Path, name: &str) -> anyhow::Result<()> {
        let painted =
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(0)))";
        self.client.execute_async(painted, Vec::new()).await?;
        std::fs::create_dir_all(folder)?;
        let taken = Command::new("import")
            .args(["-display", &self.display, "-window", "root"])
            .arg(folder.join(format!("{name}.png")))
            .status()
            .context("ImageMagick is not there: `cargo xtask setup` installs it")?;
        ensure!(taken.success(), "no picture could be taken of the display");
        Ok(())
    }

    /// Ends the app with SIGKILL, in the middle of whatever it does.
    pub fn kill(self) -> anyhow::Result<()> {
        self.driver.kill()
    }

    /// Closes the window; the profile's files stay.
    pub async fn close(self) -> anyhow::Result<()> {
        self.client
            .clone()
            .close()
            .await
            .context("the window did not close")
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
            tokio::task::yield_now().await;
        }
        bail!("{otherwise} within {} seconds", PATIENCE.as_secs())
    }
}
