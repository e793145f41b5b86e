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

const MESSAGES: usize = 10;
const FILES: usize = 20;

/// Counts from now on what runs, what the page's policy stops, and dialogs.
const WATCH: &str = "
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
    for (number, part) in all.chunks(PAYLOADS / MESSAGES).enumerate() {
        send(&karim, consult, number, part).await?;
    }
    karim.has_sent_all().await?;

    app.script(WATCH).await?;
    let subject = serde_json::to_string(subjects[0])?;
    let open = format!(
        "const rows = [...document.querySelectorAll('[data-testid=overview-row]')];
         const row = rows.find((row) => row.innerText.includes('bericht {MESSAGES} van {MESSAGES}'));
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
    all_messages(app).await?;
    scene.picture("as-written").await?;
    viewed(scene).await?;
    listed(app).await?;
    dropped(scene, &all).await?;
    finds_a_trace(app).await
}

/// So many texts in a message, and in the names of its files, which lose what no system allows in a name.
async fn send(karim: &Device, consult: ConversationId, number: usize, part: &[String]) -> anyhow::Result<()> {
    let to = AttachTo::Conversation {
        conversation: consult,
    };
    for (place, names) in part.chunks(part.len() / FILES).enumerate() {
        let (kind, bytes) = match place {
            0 => ("png", png(120, 80)),
            _ => ("txt", b"Wond is rustig.".to_vec()),
        };
        karim
            .attach(to, &format!("{}.{kind}", names.join(" ")), &bytes)
            .await?;
    }
    let text = format!("bericht {} van {MESSAGES}\n{}", number + 1, part.join("\n"));
    ensure!(text.len() <= LONGEST_TEXT, "the message is too long");
    karim.says(consult, &text).await
}

async fn no_trace(app: &App, place: &str) -> anyhow::Result<()> {
    let traces = app.script(TRACES).await?;
    let traces = traces.as_array().context("the page was not looked through")?;
    ensure!(traces.is_empty(), "in {place} a text became markup: {traces:?}");
    Ok(())
}

/// From the last to the first.
async fn all_messages(app: &App) -> anyhow::Result<()> {
    let down = "const list = document.querySelector('[data-testid=timeline]');
        list.scrollTop = list.scrollHeight;
        return list.innerText.includes('bericht 10 van 10')";
    app.until("the last message does not come", async || {
        Ok(app.script(down).await? == true)
    })
    .await?;
    for number in (1..=MESSAGES).rev() {
        let place = format!("bericht {number} van {MESSAGES}");
        let up = format!(
            "const list = document.querySelector('[data-testid=timeline]');
             const seen = list.innerText.includes({place:?});
             if (!seen) list.scrollTop -= list.clientHeight / 2;
             return seen"
        );
        app.until(&format!("{place} does not come"), async || {
            Ok(app.script(&up).await? == true)
        })
        .await?;
        no_trace(app, &place).await?;
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
async fn listed(app: &App) -> anyhow::Result<()> {
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
            .is_some_and(|files| files >= (MESSAGES * (FILES - 1)) as u64))
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
async fn drag(app: &App, names: &[String], content: &str) -> anyhow::Result<()> {
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
async fn finds_a_trace(app: &App) -> anyhow::Result<()> {
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
