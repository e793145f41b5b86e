//! Metrics, as `GET /metrics` on the operations port serves them: text, one figure per line (the exposition format of
//! Prometheus, 0.0.4). It holds figures only: no name, address or id.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why the server closed a connection by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The TLS handshake was not finished in time.
    Handshake,
    /// The head of a request did not arrive in time.
    Head,
    /// No request arrived for too long.
    Idle,
    /// A request was not finished in time.
    Request,
    /// The client did not read the answer in time.
    Reader,
    /// A new connection needed its place.
    ForRoom,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    TooLarge,
    TooSlow,
    /// The budget of all bodies was used up.
    OverBudget,
}

/// The allowances of an account by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Quota {
    Changes,
    Sent,
    Read,
    /// Bytes of files, sent and fetched.
    Files,
    /// People and teams that the directory answered with.
    Found,
}

const CLOSED: [&str; 6] = ["handshake", "head", "idle", "request", "reader", "for_room"];
const UNREAD: [&str; 3] = ["too_large", "too_slow", "over_budget"];
const QUOTAS: [&str; 5] = ["changes", "sent", "read", "files", "found"];

/// Totals since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    accepted: AtomicU64,
    refused: AtomicU64,
    failed_accepts: AtomicU64,
    closed: [AtomicU64; 6],
    unread: [AtomicU64; 3],
    restarted_tasks: AtomicU64,
    untrusted_forwards: AtomicU64,
    over_quota: [AtomicU64; 5],
    denied: AtomicU64,
}

/// Gauges, read when the metrics are requested.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels {
    pub(crate) connections: usize,
    pub(crate) streams: usize,
    pub(crate) body_bytes: usize,
    pub(crate) catch_up_bytes: usize,
    pub(crate) transfers: usize,
}

fn one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counts {
    pub(crate) fn accepted(&self) {
        one(&self.accepted);
    }

    pub(crate) fn refused(&self) {
        one(&self.refused);
    }

    pub(crate) fn failed_accept(&self) {
        one(&self.failed_accepts);
    }

    pub(crate) fn restarted_task(&self) {
        one(&self.restarted_tasks);
    }

    /// A request that a proxy seems to have passed on, which is not among the trusted ones. The first is logged: a proxy that was
    /// forgotten in the configuration makes all its clients count as one address.
    pub(crate) fn untrusted_forward(&self, peer: IpAddr) {
        if self.untrusted_forwards.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                %peer,
                "a request has X-Forwarded-For and comes from an address that is not in `proxies`: if that is your proxy, name it \
                 there, since all who come through it count as one address until then"
            );
        }
    }

    pub(crate) fn closed(&self, why: Closed) {
        one(&self.closed[why as usize]);
    }

    pub(crate) fn unread(&self, why: Unread) {
        one(&self.unread[why as usize]);
    }

    pub(crate) fn over_quota(&self, quota: Quota) {
        one(&self.over_quota[quota as usize]);
    }

    /// A request or command for what somebody may not have, or could only guess at.
    pub(crate) fn denied(&self) {
        one(&self.denied);
    }

    pub(crate) fn text(&self, levels: Levels) -> String {
        let mut text = String::with_capacity(1_024);
        let mut figure = |kind: &str, name: &str, label: Option<(&str, &str)>, value: u64| {
            if kind != "more" {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "# TYPE overleg_{name} {kind}");
            }
            let _ = match label {
                Some((label, of)) => writeln!(text, "overleg_{name}{{{label}=\"{of}\"}} {value}"),
                None => writeln!(text, "overleg_{name} {value}"),
            };
        };
        figure("gauge", "connections", None, levels.connections as u64);
        figure("gauge", "streams", None, levels.streams as u64);
        figure("gauge", "request_body_bytes", None, levels.body_bytes as u64);
        figure("gauge", "catch_up_bytes", None, levels.catch_up_bytes as u64);
        figure("gauge", "file_transfers", None, levels.transfers as u64);
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        figure("counter", "connections_accepted_total", None, of(&self.accepted));
        figure("counter", "connections_refused_total", None, of(&self.refused));
        figure("counter", "accept_failures_total", None, of(&self.failed_accepts));
        let mut by = |name: &str, label: &'static str, values: &[&str], counters: &[AtomicU64]| {
            for (place, (value, counter)) in values.iter().zip(counters).enumerate() {
                let kind = if place == 0 { "counter" } else { "more" };
                figure(kind, name, Some((label, value)), of(counter));
            }
        };
        by("connections_closed_total", "reason", &CLOSED, &self.closed);
        by("request_bodies_unread_total", "reason", &UNREAD, &self.unread);
        by("requests_over_quota_total", "quota", &QUOTAS, &self.over_quota);
        figure(
            "counter",
            "tasks_restarted_total",
            None,
            of(&self.restarted_tasks),
        );
        figure(
            "counter",
            "untrusted_forwards_total",
            None,
            of(&self.untrusted_forwards),
        );
        figure("counter", "denials_total", None, of(&self.denied));
        text
    }
}
