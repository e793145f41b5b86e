//! A thousand texts that are markup with a script in it, as names of files, subjects and messages: the window shows them as they
//! are written, and none becomes a part of the page.

use anyhow::{Context as _, ensure};
use client::api::view::AttachTo;
use conversation::ConversationId;
use conversation::text::{LONGEST_SUBJECT, LONGEST_TEXT};

use super::files::until_drawn;
use super::story_session::{Scene, start_group};
use crate::desktop_session::App;
use crate::payloads::{PAYLOADS, payloads};
use crate::test_network::{Device, png};

/// In a message at most.
const FILES: usize = 20;

/// Counts from now on what runs, what the page's policy stops, and dialogs.
pub(super) const WATCH: &str = "
window.__stopped = [];
document.addEventListener('securitypolicyviolation', (one) => window.__stopped.push(one.violatedDirective + ' ' + one.blockedURI));
for (const dialog of ['alert', 'confirm', 'prompt']) window[dialog] = () => { window.__ran = dialog; };";

/// Everything that only a text that was taken for markup can have left on the page.
const TRACES: &str = r#"
const traces = [...window.__stopped];
if ('__ran' in window) traces.push('ran: ' + window.__ran);
for (const one of document.querySelectorAll('*')) {
  for (const { name, value } of one.attributes)
    if (/^on/i.test(name) || /^\s*(javascript|data:text)/i.test(value) && ['href', 'src', 'action', 'data', 'xlink:href'].includes(name))
      traces.push(one.localName + ' ' + name);
  if (['iframe', 'object', 'embed', 'math', 'marquee', 'base', 'video', 'audio', 'animate', 'template', 'image'].includes(one.localName))
    traces.push(one.localName);
}
for (const one of document.querySelectorAll('script')) if (!one.src.startsWith(location.origin)) traces.push('script');
return traces;"#;

// BZ3
pub(super) async fn play(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let karim = scene.session.device("Karim").await?;
    let anna = scene.session.membership("Anna")?;
    let all = payloads();
    karim.set("files.take_back_seconds", 0).await?;
    let subjects: Vec<&String> = all
        .iter()
        .filter(|one| one.len() <= LONGEST_SUBJECT)
        .take(8)
        .collect();
    for subject in &subjects[1..] {
        start_group(&karim, &[anna], &[], subject, subject).await?;
    }
    let consult = start_group(&karim, &[anna], &[], subjects[0], "Begin").await?;
    // All of them are the name of a file where the run may take long, and else each twentieth.
    let (messages, step) = if scene.session.is_long {
        (PAYLOADS / FILES, 1)
    } else {
        (10, FILES)
    };
    let files = PAYLOADS / messages / step;
    for (number, part) in all.chunks(PAYLOADS / messages).enumerate() {
        let place = format!("bericht {} van {messages}", number + 1);
        send(&karim, consult, &place, part, step).await?;
        karim.has_sent_all().await?;
    }

    app.script(WATCH).await?;
    let subject = serde_json::to_string(subjects[0])?;
    let open = format!(
        "const rows = [...document.querySelectorAll('[data-testid=overview-row]')];
         const row = rows.find((row) => row.innerText.includes('bericht {messages} van {messages}'));
         const open = document.querySelector('[data-testid=conversation]')?.getAttribute('aria-label') === {subject};
         if (!open) row?.click();
         return row !== undefined && open"
    );
    app.until("the conversation does not open", async || {
        Ok(app.script(&open).await? == true)
    })
    .await?;
    app.see("message").await?;
    no_trace(app, "the overview and the last message").await?;
    all_messages(app, messages).await?;
    scene.picture("as-written").await?;
    viewed(scene).await?;
    listed(app, messages * (files - 1)).await?;
    dropped(scene, &all).await?;
    finds_a_trace(app).await
}

/// So many texts in a message, and some of them as the names of its files, which lose what no system allows in a name.
async fn send(
    karim: &Device,
    consult: ConversationId,
    place: &str,
    part: &[String],
    step: usize,
) -> anyhow::Result<()> {
    let to = AttachTo::Conversation {
        conversation: consult,
    };
    for (place, name) in part.iter().step_by(step).enumerate() {
        let (kind, bytes) = match place {
            0 => ("png", png(320, 240)),
            _ => ("txt", b"Wond is rustig.".to_vec()),
        };
        karim.attach(to, &format!("{name}.{kind}"), &bytes).await?;
    }
    let text = format!("{place}\n{}", part.join("\n"));
    ensure!(text.len() <= LONGEST_TEXT, "the message is too long");
    karim.says(consult, &text).await
}

pub(super) async fn no_trace(app: &App, place: &str) -> anyhow::Result<()> {
    let traces = app.script(TRACES).await?;
    let traces = traces.as_array().context("the page was not looked through")?;
    ensure!(traces.is_empty(), "in {place} a text became markup: {traces:?}");
    Ok(())
}

/// Each of them comes by while the list is scrolled, from its end to its beginning as often as it takes.
async fn all_messages(app: &App, messages: usize) -> anyhow::Result<()> {
    let scroll = format!(
        "const list = document.querySelector('[data-testid=timeline]');
         const seen = (window.__seen ??= new Set());
         for (let number = 1; number <= {messages}; number += 1)
           if (list.innerText.includes(`bericht ${{number}} van {messages}`)) seen.add(number);
         list.scrollTop = list.scrollTop > 0 ? list.scrollTop - list.clientHeight / 2 : list.scrollHeight;
         return seen.size"
    );
    let seen = async || {
        let seen = app.script(&scroll).await?;
        seen.as_u64().context("nothing is counted")
    };
    let mut before = 0;
    while before < messages as u64 {
        app.until(
            "no more of the messages come",
            async || Ok(seen().await? > before),
        )
        .await?;
        before = seen().await?;
        no_trace(app, "the messages").await?;
    }
    Ok(())
}

/// A picture and its name in the viewer.
async fn viewed(scene: &Scene<'_>) -> anyhow::Result<()> {
    let app = scene.app;
    let show = "const picture = document.querySelector('[data-testid=picture-main]');
        picture?.scrollIntoView({ block: 'center' }); picture?.click(); return picture !== null";
    app.until(
        "no picture is there",
        async || Ok(app.script(show).await? == true),
    )
    .await?;
    app.see("viewer").await?;
    until_drawn(scene, "[data-testid=viewer]").await?;
    no_trace(app, "the viewer").await?;
    scene.picture("viewer").await?;
    app.click("viewer-close").await?;
    app.gone("[data-testid=viewer]").await
}

/// All files in the panel beside it.
async fn listed(app: &App, files: usize) -> anyhow::Result<()> {
    app.click("attachments").await?;
    app.see("attachments-panel").await?;
    app.see_css("[data-testid=attachments-panel] [data-testid=file]")
        .await?;
    let more = "const more = document.querySelector('[data-testid=attachments-more]'); more?.click();
        return document.querySelectorAll('[data-testid=attachments-panel] :is([data-testid=file], [data-testid=picture-main])').length";
    app.until("the panel does not list them all", async || {
        Ok(app
            .script(more)
            .await?
            .as_u64()
            .is_some_and(|count| count >= files as u64))
    })
    .await?;
    no_trace(app, "the panel").await?;
    app.click("attachments-close").await
}

/// The subject over the window while files are dragged, the files that were dropped, and those that are refused: their names are
/// shown as the system gave them.
async fn dropped(scene: &Scene<'_>, all: &[String]) -> anyhow::Result<()> {
    let app = scene.app;
    let names = |files: usize, ending: &str| -> Vec<String> {
        let packed = all.chunks(PAYLOADS / files).map(|names| names.join(" "));
        packed.map(|name| format!("{name}{ending}")).collect()
    };
    drag(app, &names(FILES, ".txt"), "Wond is rustig.").await?;
    app.see("drop-overlay").await?;
    no_trace(app, "the subject over the window").await?;
    scene.picture("dragged").await?;
    app.script("window.__drag('drop')").await?;
    app.until("not all are read", async || {
        Ok(app.count("[data-testid=chip][data-state=draft]").await? == FILES)
    })
    .await?;
    no_trace(app, "what is attached").await?;
    scene.picture("attached").await?;
    // One more than there is room for, with all of them in its name.
    drag(app, &names(1, ".txt"), "Wond is rustig.").await?;
    app.script("window.__drag('drop')").await?;
    app.see_css("[data-testid=not-attached] [data-fault=too_many]")
        .await?;
    no_trace(app, "what was refused for its number").await?;
    while app.count("[data-testid=chip]").await? > 0 {
        let before = app.count("[data-testid=chip]").await?;
        app.script("document.querySelector('[data-testid=chip-remove]').click()")
            .await?;
        app.until("a file stays", async || {
            Ok(app.count("[data-testid=chip]").await? < before)
        })
        .await?;
    }
    for (ending, fault) in [(".exe", "program"), (".txt", "empty")] {
        drag(app, &names(4, ending), "").await?;
        app.script("window.__drag('drop')").await?;
        app.until("not all are refused", async || {
            let refused = format!("[data-testid=not-attached] [data-fault={fault}]");
            Ok(app.count(&refused).await? == 4)
        })
        .await?;
        no_trace(app, "what was refused for itself").await?;
    }
    scene.picture("refused").await?;
    app.click("not-attached-close").await
}

/// Holds files with these names and this content over where one writes; `__drag` goes on with it.
pub(super) async fn drag(app: &App, names: &[String], content: &str) -> anyhow::Result<()> {
    let names = serde_json::to_string(names)?;
    let drag = format!(
        "const brought = new DataTransfer();
         for (const name of {names}) brought.items.add(new File([{content:?}], name, {{ type: 'text/plain' }}));
         const onto = document.querySelector('[data-testid=composer]');
         window.__drag = (type) => onto.dispatchEvent(
           new DragEvent(type, {{ dataTransfer: brought, bubbles: true, cancelable: true }}));
         window.__drag('dragenter'); window.__drag('dragover');"
    );
    app.script(&drag).await.map(|_| ())
}

/// The same look finds markup that was put on the page, and a script that the policy stops.
pub(super) async fn finds_a_trace(app: &App) -> anyhow::Result<()> {
    app.script("document.body.appendChild(document.createElement('div')).innerHTML = '<img src=x onerror=top.__ran=1>'")
        .await?;
    app.until("a script in the page is not noticed", async || {
        let traces = app.script(TRACES).await?;
        let found = |start: &str| {
            let traces = traces
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one.as_str());
            traces.filter(|trace| trace.starts_with(start)).count() > 0
        };
        Ok(found("script-src") && found("img onerror"))
    })
    .await?;
    app.script("document.body.lastElementChild.remove()")
        .await
        .map(|_| ())
}
