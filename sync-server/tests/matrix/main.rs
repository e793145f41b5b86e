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

/// The text in the group from before someone joined, and the title of the item.
pub const SECRET: &str = "alleen voor wie het las";
pub const TITLE: &str = "Val op de trap";

/// The relation of a person to the group and the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Owner of the group, with `Handle` for the item.
    Owner,
    /// Of an organisation in a shared network.
    Member,
    ByTeam,
    JoinedLater,
    /// Took part in the group and in the item's conversation, and left both.
    Former,
    /// With `Analyse`, and in no conversation.
    Analyst,
    Colleague,
    Neighbour,
    /// Of an organisation without a shared network.
    Stranger,
    /// With an expired access token.
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
