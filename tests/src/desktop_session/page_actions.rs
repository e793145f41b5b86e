//! Actions of a person at the window in every story: signs in, reads in a language, finds people, writes.

use fantoccini::key::Key;

use super::App;

impl App {
    /// I1: by the link of an invitation, and a password of one's own; until all that one has is there.
    pub async fn accept(&self, link: &str, password: &str) -> anyhow::Result<()> {
        self.type_into("invitation-link", link).await?;
        self.click("sign-in-submit").await?;
        self.type_into("password", password).await?;
        self.click("sign-in-submit").await?;
        self.see("work").await?;
        self.is_online().await?;
        self.see("overview-row").await.map(|_| ())
    }

    /// I1: with a login and a password, at a device where nobody signed in before.
    pub async fn sign_in(&self, server: &str, login: &str, password: &str) -> anyhow::Result<()> {
        self.click("way-password").await?;
        self.type_into("server", server).await?;
        self.type_into("login", login).await?;
        self.type_into("password", password).await?;
        self.click("sign-in-submit").await?;
        self.see("work").await?;
        self.is_online().await
    }

    pub async fn is_online(&self) -> anyhow::Result<()> {
        self.is_connected("online").await
    }

    pub async fn is_offline(&self) -> anyhow::Result<()> {
        self.is_connected("offline").await
    }

    async fn is_connected(&self, connection: &str) -> anyhow::Result<()> {
        let sync_status = format!("[data-testid=truth][data-connection={connection}]");
        self.see_css(&sync_status).await.map(|_| ())
    }

    /// U1: in this language and theme, by the display options, where it is not yet.
    pub async fn look(&self, language: &str, theme: &str) -> anyhow::Result<()> {
        let wanted = format!("html[lang={language}][data-theme={theme}]");
        if self.count(&wanted).await? > 0 {
            return Ok(());
        }
        self.click("display-options").await?;
        self.see("options").await?;
        self.click(&format!("theme-{theme}")).await?;
        self.click(&format!("language-{language}")).await?;
        self.see_css(&wanted).await?;
        // Everything is said anew, and the cursor with it.
        let said = if language == "nl" {
            "Instellingen"
        } else {
            "Settings"
        };
        self.see_with("options", said).await?;
        self.press(Key::Escape).await?;
        self.gone("[data-testid=options]").await
    }

    /// Opens the settings at a page.
    pub async fn settings(&self, page: &str) -> anyhow::Result<()> {
        self.click("display-options").await?;
        self.click(&format!("settings-page-{page}")).await
    }

    /// Opens the conversation of that title in the overview, once it is there.
    pub async fn open_conversation(&self, title: &str) -> anyhow::Result<()> {
        self.click_with("overview-row", title).await?;
        self.see("conversation").await?;
        self.see("composer").await.map(|_| ())
    }

    /// O6: types into the field where one finds people, until somebody, or a team, stands on top; and chooses them.
    pub async fn choose(&self, typed: &str, name: &str) -> anyhow::Result<()> {
        self.type_into("people-search", typed).await?;
        self.choose_found(name).await
    }

    /// The same, of whom is being looked for already.
    pub async fn choose_found(&self, name: &str) -> anyhow::Result<()> {
        self.until(&format!("{name} was not found"), async || {
            if self.says("[data-testid=chosen-person]", name).await? {
                return Ok(true);
            }
            // Nothing is chosen while what was found is not yet what was asked for.
            if self.says("[data-testid=found-person].active", name).await? {
                self.press(Key::Enter).await?;
            }
            Ok(false)
        })
        .await
    }

    /// Adds somebody to the conversation that is open, with its participants beside it.
    pub async fn add(&self, typed: &str, name: &str) -> anyhow::Result<()> {
        self.click("add").await?;
        self.choose(typed, name).await?;
        self.click("add-confirm").await?;
        self.gone("[data-testid=add-people]").await
    }

    /// P8: names somebody where the cursor is, as soon as they are on top of those that are offered.
    pub async fn mention(&self, typed: &str, name: &str) -> anyhow::Result<()> {
        self.press(format!("@{typed}").as_str()).await?;
        self.take_mention(name).await
    }

    /// The same, of whom is being looked for already.
    pub async fn take_mention(&self, name: &str) -> anyhow::Result<()> {
        self.until(&format!("{name} was not offered"), async || {
            self.says("[data-testid=mentions] [aria-selected=true]", name)
                .await
        })
        .await?;
        self.press(Key::Enter).await?;
        self.gone("[data-testid=mentions]").await
    }

    /// S2: goes through the steps of starting a group, up to its first message.
    pub async fn start_group(&self, subject: &str, with: &[(&str, &str)], text: &str) -> anyhow::Result<()> {
        self.click("new-conversation").await?;
        self.click("kind-group").await?;
        self.type_into("wizard-subject", subject).await?;
        self.click("wizard-next").await?;
        for (typed, name) in with {
            self.choose(typed, name).await?;
        }
        self.click("wizard-next").await?;
        self.type_into("composer", text).await
    }

    /// Writes a message and sends it.
    pub async fn write(&self, text: &str) -> anyhow::Result<()> {
        self.type_into("composer", text).await?;
        self.press(Key::Enter).await
    }

    /// Waits until at least so many messages are in a state.
    pub async fn in_state(&self, state: &str, at_least: usize) -> anyhow::Result<()> {
        let selector = format!("[data-testid=message][data-state={state}]");
        self.until(&format!("{at_least} messages did not get {state}"), async || {
            Ok(self.count(&selector).await? >= at_least)
        })
        .await
    }
}
