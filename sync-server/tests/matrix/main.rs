//! Permissions (BZ1): every route of the router, and every command, by every role. A route or an action without a
//! row fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod actions;
mod audits;
mod bad_commands;
mod bad_input;
#[path = "../common/mod.rs"]
mod common;
mod routes;
mod shapes;
mod ward;

/// What is said in the group before someone joined, and what the item is called.
pub const SECRET: &str = "alleen voor wie het las";
pub const TITLE: &str = "Val op de trap";

/// How somebody stands to the group and the item that all is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Of the group, with `Handle` for the item.
    Owner,
    /// Of an organisation that shares a network.
    Member,
    ByTeam,
    JoinedLater,
    /// Took part in the group and in the item's conversation, in neither any more.
    Former,
    /// With `Analyse`, and in no conversation.
    Analyst,
    Colleague,
    Neighbour,
    /// Of an organisation that shares no network.
    Stranger,
    /// An access token that is no longer one.
    Expired,
    SignedOut,
    AccountEnded,
    Nobody,
    Nonsense,
    /// Source systems: of the item's organisation, of another, with a key that was withdrawn.
    Source,
    SourceElsewhere,
    SourceEnded,
}

/// Whether the OpenAPI document names this answer of a route.
pub fn documented(method: &reqwest::Method, path: &str, status: u16) -> bool {
    static DOCUMENT: std::sync::LazyLock<serde_json::Value> =
        std::sync::LazyLock::new(|| sync_server::http::openapi::document().unwrap());
    let operation = &DOCUMENT["paths"][path][method.as_str().to_ascii_lowercase()];
    operation["responses"][status.to_string()].is_object()
}
