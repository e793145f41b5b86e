//! Output of the command line: lines for people, one JSON object for programs.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use conversation::Timestamp;
use serde_json::json;

use super::Failure;
use crate::config::{Config, MailSecurity};
use crate::core::administer::{AdminResponse, Encoding, Imported, Invitation, Listed, Outcome};
use crate::core::check::{CheckProgress, Checked};
use crate::server::admin::{FilesResponse, UrgentResponse};

/// Writes a line to the standard output; a closed output is ignored.
pub(super) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

pub(super) fn failure(as_json: bool, failure: &dyn std::error::Error) {
    if as_json {
        line(json!({ "error": failure.to_string() }));
    } else {
        let _ = writeln!(std::io::stderr(), "{failure}");
    }
}

pub(super) fn config(as_json: bool, config: &Config) -> Result<(), Failure> {
    if as_json {
        line(serde_json::to_string(config)?);
        return Ok(());
    }
    line(format_args!("data = {}", config.data.display()));
    line(format_args!(
        "master_key = {}",
        config.master_key_file().display()
    ));
    line(format_args!("listen = {}", config.listen));
    match config.health {
        Some(health) => line(format_args!("health = {health}")),
        None => line("health = none"),
    }
    line(format_args!(
        "url = {}",
        config
            .url
            .as_deref()
            .unwrap_or("not set: invitations have no link")
    ));
    match &config.tls {
        Some(tls) => {
            line(format_args!("tls.certificate = {}", tls.certificate.display()));
            line(format_args!("tls.key = {}", tls.key.display()));
        }
        None => line("tls = none (a proxy in front)"),
    }
    line(format_args!(
        "attachments = {}, {}",
        config.attachments_folder().display(),
        match &config.attachments.scanner {
            Some(scanner) => format!("scanned by {scanner}"),
            None => "no virus scanner".to_owned(),
        }
    ));
    match &config.mail {
        Some(mail) => line(format_args!(
            "mail = {}:{}, {}, from {}",
            mail.server,
            mail.port(),
            match mail.security {
                MailSecurity::StartTls => "starttls",
                MailSecurity::Tls => "tls",
                MailSecurity::None => "no TLS",
            },
            String::from(mail.from.clone())
        )),
        None => line("mail = off"),
    }
    line(format_args!("proxies = {:?}", config.proxies));
    line(format_args!(
        "log = {}, {:?}",
        config.log.level, config.log.format
    ));
    line(format_args!("patience = {} s", config.patience));
    Ok(())
}

pub(super) fn initialised(as_json: bool, config: &Config) {
    let (data, key) = (config.data.display(), config.master_key_file());
    if as_json {
        line(json!({ "done": "initialised", "data": config.data, "master_key": key }));
        return;
    }
    line(format_args!("The server is ready in {data}."));
    line(format_args!(
        "Back up its master key separately from the folder: {}. Without it nothing can be read.",
        key.display()
    ));
}

/// Whether all is well.
pub(super) fn files(as_json: bool, done: &FilesResponse) -> bool {
    let well = match done {
        FilesResponse::Swept(_) | FilesResponse::Scanned { .. } => true,
        FilesResponse::Checked(checked) => checked.missing.is_empty() && checked.damaged.is_empty(),
    };
    if as_json {
        line(json!(done));
        return well;
    }
    match done {
        FilesResponse::Swept(swept) => {
            line(format_args!(
                "{} uploads that no message listed within a day were deleted.",
                swept.uploads
            ));
            match (swept.unknown, swept.unknown_deleted) {
                (0, _) => {}
                (unknown, true) => line(format_args!(
                    "{unknown} files that the database does not know were deleted."
                )),
                (unknown, false) => line(format_args!(
                    "{unknown} files are not known to the database and stay: `attachments sweep --unknown` deletes them."
                )),
            }
        }
        FilesResponse::Scanned { files } => line(format_args!("{files} files were scanned.")),
        FilesResponse::Checked(checked) => {
            line(format_args!(
                "{} files read, {} bytes.",
                checked.files, checked.bytes
            ));
            for id in &checked.missing {
                line(format_args!("{id} is missing"));
            }
            for id in &checked.damaged {
                line(format_args!("{id} is damaged"));
            }
        }
    }
    well
}

/// To the minute, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_millis(at.0)
        .map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}

/// `false` if there is no such organisation.
pub(super) fn urgent(as_json: bool, done: &UrgentResponse) -> bool {
    let known = *done != UrgentResponse::NoSuchOrganisation;
    if as_json {
        line(json!(done));
        return known;
    }
    match done {
        UrgentResponse::NoSuchOrganisation => line("There is no such organisation."),
        UrgentResponse::Users(users) if users.is_empty() => line("No urgent message was sent."),
        UrgentResponse::Users(users) => {
            for user in users {
                line(format_args!(
                    "{:>4}  {} ({}, {}), the last at {}",
                    user.messages,
                    user.name,
                    user.function,
                    user.unit,
                    moment(user.last)
                ));
            }
        }
    }
    known
}

/// Says on a terminal how far a check is, in whole hundredths; nothing is written into a file.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicU64);

impl Progress {
    pub(super) fn report(&self, at: CheckProgress) {
        let hundredths = (at.entries * 100).checked_div(at.of).unwrap_or_default();
        if std::io::stderr().is_terminal() && self.0.swap(hundredths, Relaxed) != hundredths {
            let _ = write!(std::io::stderr(), "\r{hundredths} % of {} entries", at.of);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.0.load(Relaxed) > 0 {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}

pub(super) fn checked(as_json: bool, checked: &Checked) {
    if as_json {
        line(json!(checked));
        return;
    }
    for finding in &checked.found {
        line(format_args!("{}: {}", finding.log, finding.what));
    }
    let (conversations, organisations, entries) =
        (checked.conversations, checked.organisations, checked.entries);
    let found = match checked.found.len() {
        0 => "nothing wrong".to_owned(),
        1 => "1 fault".to_owned(),
        count => format!("{count} faults"),
    };
    line(format_args!(
        "{conversations} conversations and {organisations} organisations, {entries} entries: {found}."
    ));
}

pub(super) fn done(as_json: bool, done: &AdminResponse) -> Result<(), Failure> {
    if as_json {
        line(serde_json::to_string(done)?);
        return Ok(());
    }
    match done {
        AdminResponse::Organisation { organisation, unit } => {
            line(format_args!("organisation {organisation}"));
            line(format_args!("unit {unit}"));
        }
        AdminResponse::Organisations { organisations } => {
            for listed in organisations {
                line(format_args!("{} {}", listed.organisation, listed.name));
                units(listed, None, 1);
                for (id, team) in &listed.teams {
                    line(format_args!("    team {id} {} ({})", team.name, team.unit));
                }
            }
        }
        AdminResponse::People { people } => {
            for listed in people {
                let administrator = if listed.administrator {
                    ", administrator"
                } else {
                    ""
                };
                line(format_args!(
                    "{} person {} {} {} ({}{administrator})",
                    listed.membership, listed.person, listed.login, listed.name, listed.unit
                ));
            }
        }
        AdminResponse::Imported(done) => imported(false, done, false)?,
        AdminResponse::Unit { unit } => line(format_args!("unit {unit}")),
        AdminResponse::Network { network } => line(format_args!("network {network}")),
        AdminResponse::Person {
            person,
            memberships,
            invitation,
        } => {
            line(format_args!("person {person}"));
            for membership in memberships {
                line(format_args!("membership {membership}"));
            }
            invited(invitation);
        }
        AdminResponse::Invited { invitation } => invited(invitation),
        AdminResponse::Membership { membership } => line(format_args!("membership {membership}")),
        AdminResponse::Team { team } => line(format_args!("team {team}")),
        AdminResponse::Source { source, key } => {
            line(format_args!("source {source}"));
            line(format_args!("key {}", key.0));
            line("It is shown only this once.");
        }
        AdminResponse::Sources { sources } => {
            for listed in sources {
                let ended = if listed.ended { " (withdrawn)" } else { "" };
                line(format_args!("{} {}{ended}", listed.source, listed.name));
            }
        }
        AdminResponse::Sessions { sessions } => {
            for listed in sessions {
                line(format_args!(
                    "{} {} ({}), signed in {}, last seen {}",
                    listed.session,
                    listed.device_name,
                    listed.platform,
                    moment(listed.begun_at),
                    moment(listed.refreshed_at),
                ));
            }
        }
        AdminResponse::SourceItem(item) => line(format_args!("item {}", item.item)),
        AdminResponse::Item { item } => line(format_args!("item {item}")),
        AdminResponse::Nothing => line("done"),
    }
    Ok(())
}

fn invited(invitation: &Invitation) {
    let shown = invitation.link.as_ref().unwrap_or(&invitation.code);
    line(format_args!("invitation {}", shown.0));
    line("It is shown only this once, and expires in seven days.");
}

/// The tree of an organisation's units, from those below `parent` on.
fn units(listed: &Listed, parent: Option<conversation::UnitId>, depth: usize) {
    // Bounds the recursion: no branch is deeper than the number of units.
    if depth > listed.units.len() {
        return;
    }
    for (id, unit) in listed.units.iter().filter(|(_, unit)| unit.parent == parent) {
        line(format_args!(
            "{:indent$}{id} {}",
            "",
            unit.name,
            indent = depth * 4
        ));
        units(listed, Some(*id), depth + 1);
    }
}

/// Reports an assumed encoding, so that the operator can correct it: a file does not say that it is Windows-1252.
pub(super) fn read_as(encoding: Encoding) {
    if encoding == Encoding::Windows1252 {
        let _ = writeln!(
            std::io::stderr(),
            "The file is not UTF-8: it was read as {encoding}."
        );
    }
}

/// Prints each line that changed something or was refused, and the totals.
pub(super) fn imported(as_json: bool, imported: &Imported, elsewhere: bool) -> Result<(), Failure> {
    if as_json {
        line(serde_json::to_string(imported)?);
        return Ok(());
    }
    for reported in &imported.lines {
        let place = match reported.line {
            Some(number) => format!("line {number}"),
            None => "not in the file".to_owned(),
        };
        let about = &reported.about;
        match &reported.outcome {
            Outcome::Unchanged => {}
            Outcome::Added => line(format_args!("{place}: {about} added")),
            Outcome::Changed => line(format_args!("{place}: {about} changed")),
            Outcome::Ended => line(format_args!("{place}: {about} ended")),
            Outcome::Refused { why } => line(format_args!("{place}: {about} refused: {why}")),
        }
    }
    let of = |outcome: &Outcome| {
        let same = |line: &&crate::core::administer::Line| line.outcome == *outcome;
        imported.lines.iter().filter(same).count()
    };
    line(format_args!(
        "{} added, {} changed, {} unchanged, {} ended, {} refused.",
        of(&Outcome::Added),
        of(&Outcome::Changed),
        of(&Outcome::Unchanged),
        of(&Outcome::Ended),
        imported.refused()
    ));
    if !imported.written {
        line("Nothing was written.");
    }
    if !elsewhere {
        for invited in &imported.invitations {
            let shown = invited
                .invitation
                .link
                .as_ref()
                .unwrap_or(&invited.invitation.code);
            line(format_args!("invitation {} {}", invited.login, shown.0));
        }
    }
    Ok(())
}
