//! Figures of attention mail, for metrics and readiness.

use std::fmt::Write as _;

use conversation::Timestamp;

use crate::core::attention::MAIL;
use crate::mail::{MailCounts, Outgoing};
use crate::store::JobLevel;

/// The lines of the metrics; `levels` are those of jobs of all kinds.
pub(crate) fn text(outgoing: &Outgoing, levels: &[JobLevel], now: Timestamp) -> String {
    let mut text = String::with_capacity(512);
    let mut line = |kind: &str, name: &str, value: u64| {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "# TYPE overleg_mail_{name} {kind}\noverleg_mail_{name} {value}"
        );
    };
    let of_mail = || levels.iter().filter(|level| level.kind == MAIL);
    // Others wait for a moment that has not come, such as a reminder.
    let waiting = |level: &JobLevel| {
        if level.fault.is_some() {
            level.jobs
        } else {
            level.due
        }
    };
    let oldest = of_mail()
        .filter(|level| level.due > 0)
        .map(|level| level.first)
        .min();
    let age = oldest.map_or(0, |oldest| (now.0 - oldest.0).max(0) / Timestamp::SECOND);
    line("gauge", "waiting", of_mail().map(waiting).sum());
    line("gauge", "oldest_seconds", u64::try_from(age).unwrap_or_default());
    line("gauge", "paused", u64::from(outgoing.mailer.outage().is_some()));
    let counts = &outgoing.counts;
    line("counter", "sent_total", counts.sent());
    line("counter", "repeated_total", counts.repeated());
    line("counter", "given_up_total", counts.given_up());
    let _ = writeln!(text, "# TYPE overleg_mail_refused_total counter");
    for (what, number) in MailCounts::REFUSED.iter().zip(counts.refused()) {
        let _ = writeln!(text, "overleg_mail_refused_total{{what=\"{what}\"}} {number}");
    }
    text
}

/// One word, or the failure for which all mail waits: `paused since 2026-03-02T11:00:00Z, 454 4.7.0 at TLS`.
pub(crate) fn state(outgoing: Option<&Outgoing>) -> String {
    let Some(outgoing) = outgoing else {
        return "off".to_owned();
    };
    let Some(outage) = outgoing.mailer.outage() else {
        return "ok".to_owned();
    };
    let since = chrono::DateTime::from_timestamp_millis(outage.since.0)
        .map(|since| since.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    format!("paused since {}, {}", since.unwrap_or_default(), outage.fault)
}
