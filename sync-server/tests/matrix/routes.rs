//! Every route by every role.

use reqwest::Method;
use sync_server::http::{For, every_route};

use crate::Role::{self, *};
use crate::documented;
use crate::ward::{SIGNED_IN, Saw, Ward};

const fn only(status: u16) -> Saw {
    Saw {
        status,
        secret: false,
        title: false,
    }
}

const fn with_secret(secret: bool) -> Saw {
    Saw {
        status: 200,
        secret,
        title: false,
    }
}

/// The row of a route: the expected answer for a role.
fn row(method: &Method, path: &str, role: Role) -> Saw {
    let reads = matches!(role, Owner | Member | ByTeam);
    let takes_part = reads || role == JoinedLater;
    match (method.as_str(), path) {
        ("OPTIONS", "/v1/attachments") => only(204),
        // Begins a file of their own, which stays theirs.
        ("POST", "/v1/attachments") => only(201),
        // The owner's upload, of which 8 bytes are there and not 3.
        ("HEAD", "/v1/attachments/{attachment}") if role == Owner => only(200),
        ("PATCH", "/v1/attachments/{attachment}") if role == Owner => only(409),
        ("HEAD" | "PATCH", "/v1/attachments/{attachment}") => only(404),
        // A message names it: it is no upload any more, also for its sender.
        ("DELETE", "/v1/attachments/{attachment}") => only(404),
        ("GET", "/v1/attachments/{attachment}") if reads => with_secret(true),
        ("GET", "/v1/attachments/{attachment}") => only(404),
        // The matrix of actions checks the answer to each command.
        ("POST", "/v1/commands") => only(200),
        // The item's title is the subject of its conversation, which the analyst sees without taking part.
        ("POST", "/v1/sync") => Saw {
            status: 200,
            secret: reads,
            title: matches!(role, Owner | Member),
        },
        ("GET", "/v1/conversations/{conversation}/events") if takes_part => with_secret(reads),
        ("GET", "/v1/conversations/{conversation}/events") => only(404),
        ("GET", "/v1/directory") => only(404),
        // The membership in the path is somebody else's.
        ("GET" | "PUT", "/v1/memberships/{membership}/findability") => only(404),
        ("GET" | "PUT", "/v1/memberships/{membership}/availability") => only(404),
        ("GET", "/v1/items") => Saw {
            title: matches!(role, Owner | Analyst),
            ..only(200)
        },
        // Participants see the conversation, whose subject is the title (P7).
        ("GET", "/v1/items/{item}") if matches!(role, Owner | Analyst | Member | Former) => Saw {
            title: true,
            ..only(200)
        },
        ("GET", "/v1/items/{item}") => only(404),
        ("POST", "/v1/watch") if takes_part => only(200),
        ("POST", "/v1/watch") => only(404),
        ("GET", "/v1/source/items/{reference}") if role == Source => Saw {
            title: true,
            ..only(200)
        },
        ("GET", "/v1/source/items/{reference}") => only(404),
        // Each has an item of its own with that reference.
        ("PUT", "/v1/source/items/{reference}") => only(200),
        // Only for people of its own organisation.
        ("PUT" | "DELETE", "/v1/source/permissions") if role == Source => only(204),
        ("PUT" | "DELETE", "/v1/source/permissions") => only(422),
        // The current password in the body is wrong.
        ("POST", "/v1/session/password") => only(422),
        ("POST", "/v1/session/sign-out") => only(204),
        ("GET", "/v1/sessions") => only(200),
        // The id in the body is nobody's.
        ("POST", "/v1/sessions/end") => only(404),
        // Without a session: the credentials in the body are invalid.
        ("POST", "/v1/session/invitation" | "/v1/session/accept" | "/v1/session/sign-in") => only(422),
        ("POST", "/v1/session/refresh" | "/v1/session/signed-out") => only(403),
        // Nothing is looked up.
        ("GET", "/open/conversation/{conversation}" | "/open/settings/mail") => only(200),
        (method, path) => panic!("{method} {path} has no row in the matrix"),
    }
}

/// The answer to a role that a route does not let in; `None` if it does.
fn kept_out(who: For, role: Role) -> Option<u16> {
    match (who, role) {
        (For::Anyone, _) => None,
        (For::Source, Source | SourceElsewhere) => None,
        (For::Source, _) => Some(401),
        (For::Person, role) if SIGNED_IN.contains(&role) => None,
        (For::Person, SignedOut | AccountEnded) => Some(403),
        (For::Person, _) => Some(401),
    }
}

/// Roles without a valid session.
const OUTSIDE: [Role; 8] = [
    Expired,
    SignedOut,
    AccountEnded,
    Nobody,
    Nonsense,
    Source,
    SourceElsewhere,
    SourceEnded,
];

// P5, P7, O3, O7, I3, A2
#[tokio::test]
async fn every_route_gives_every_role_what_its_row_says_and_nothing_else() {
    let ward = Ward::open().await;
    let mut wrong = Vec::new();
    let mut routes = every_route();
    // The permission that is granted and revoked last is the one that reads depend on.
    routes.sort_by_key(|(method, path, _)| (*method == Method::DELETE, *path == "/v1/source/permissions"));
    for route in &routes {
        for role in SIGNED_IN.into_iter().chain(OUTSIDE) {
            let (method, path, who) = route;
            let expected = match kept_out(*who, role) {
                Some(status) => only(status),
                None => row(method, path, role),
            };
            // Avoids the limit on attempts.
            let wait = if *path == "/v1/session/sign-in" {
                6_000
            } else {
                1_500
            };
            if path.starts_with("/v1/session") {
                ward.clinic.clock.advance(wait);
            }
            let saw = ward.ask(route, role).await;
            if !documented(method, path, saw.status) {
                wrong.push(format!("{method} {path}: {} stands in no document", saw.status));
            }
            if saw != expected {
                wrong.push(format!(
                    "{method} {path} as {role:?}: {saw:?}, and not {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
