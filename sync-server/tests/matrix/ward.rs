//! The world of the matrix: a group, an item and its conversations, and one person per role.

use std::collections::BTreeMap;

use crate::common::{Clinic, Person, request};
use conversation::organisation::{ItemContent, Permission};
use conversation::{Action, AttachmentId, ConversationId, ItemId, SessionId, Shape};
use reqwest::Method;
use serde_json::{Value, json};
use sync_server::core::administer::{AdminRequest, AdminResponse, Right};
use sync_server::http::Route;

use crate::Role::{self, *};
use crate::{SECRET, TITLE};

pub const SIGNED_IN: [Role; 9] = [
    Owner,
    Member,
    ByTeam,
    JoinedLater,
    Former,
    Analyst,
    Colleague,
    Neighbour,
    Stranger,
];

/// The relevant parts of an answer: its status, and whether it contains restricted texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saw {
    pub status: u16,
    pub secret: bool,
    pub title: bool,
}

/// The objects of all requests.
pub struct Ward {
    pub clinic: Clinic,
    people: BTreeMap<Role, Person>,
    keys: BTreeMap<Role, String>,
    group: ConversationId,
    /// Of a message of the group, with the text that is restricted.
    file: AttachmentId,
    /// Of the owner, and of no message.
    upload: AttachmentId,
    item: ItemId,
    /// The session of somebody who has no role.
    bystander: SessionId,
}

impl Ward {
    pub async fn open() -> Ward {
        let clinic = Clinic::open().await;
        let home = clinic.organisation("Thuiszorg De Linde").await;
        let near = clinic.organisation("GGZ Noord").await;
        let far = clinic.organisation("Ziekenhuis Zuid").await;
        clinic.network(&[home, near]).await;
        let mut people = BTreeMap::new();
        people.insert(Expired, clinic.person("Expired", home).await);
        // Longer than an access token lives.
        clinic.clock.advance(11 * conversation::Timestamp::MINUTE);
        for role in SIGNED_IN.into_iter().chain([SignedOut, AccountEnded]) {
            let organisation = match role {
                Member | Neighbour => near,
                Stranger => far,
                _ => home,
            };
            people.insert(role, clinic.person(&format!("{role:?}"), organisation).await);
        }
        let who = |role: Role| &people[&role];

        let (name, unit) = ("Team Wond".to_owned(), None);
        let organisation = home;
        let added = AdminRequest::TeamAdd {
            organisation,
            unit,
            name,
        };
        let AdminResponse::Team { team } = clinic.administer(added).await else {
            panic!("a team is added");
        };
        let membership = who(ByTeam).membership;
        clinic
            .administer(AdminRequest::TeamJoin { team, membership })
            .await;

        let start = Action::Start {
            shape: Shape::Group,
            with: [Member, Former].map(|role| who(role).membership).to_vec(),
            teams: vec![team],
            subject: Some("Overleg over wondzorg".to_owned()),
            message: Some(clinic.message(SECRET)),
        };
        let group = clinic.act(who(Owner), ConversationId(clinic.id()), start).await;
        let file = clinic
            .upload(who(Owner), group, "brief.txt", SECRET.as_bytes())
            .await;
        let upload = clinic
            .upload(who(Owner), group, "later.txt", b"Nog niet")
            .await
            .id;
        clinic.send_files(who(Owner), group, vec![file.clone()]).await;
        let remove = Action::Remove {
            member: who(Former).membership,
        };
        clinic.act(who(Owner), group, remove).await;
        let add = Action::Add {
            members: vec![who(JoinedLater).membership],
            teams: Vec::new(),
            share: None,
        };
        clinic.act(who(Owner), group, add).await;

        let mut keys = BTreeMap::new();
        for (role, organisation) in [(Source, home), (SourceElsewhere, far), (SourceEnded, home)] {
            let name = format!("{role:?}");
            let AdminResponse::Source { source, key } = clinic
                .administer(AdminRequest::SourceAdd { organisation, name })
                .await
            else {
                panic!("a source is added");
            };
            if role == SourceEnded {
                clinic
                    .administer(AdminRequest::SourceEnd { organisation, source })
                    .await;
            }
            keys.insert(role, key.0);
        }
        let item = clinic
            .administer(AdminRequest::ItemAdd {
                organisation: home,
                unit: None,
                item_type: "melding".to_owned(),
                content: ItemContent {
                    title: TITLE.to_owned(),
                    reference: Some("17".to_owned()),
                    ..ItemContent::default()
                },
                item: None,
            })
            .await;
        let AdminResponse::Item { item } = item else {
            panic!("an item is added");
        };
        let grants = [
            (Owner, Permission::Handle),
            (Analyst, Permission::Analyse),
            (Former, Permission::Handle),
        ];
        for (role, permission) in grants {
            let right = Right {
                membership: who(role).membership,
                unit: None,
                item_type: "melding".to_owned(),
                permission,
            };
            clinic.administer(AdminRequest::Grant(right.clone())).await;
        }
        // Conversations about the item: one that the former member left, and one that continues.
        for (starter, partner) in [(Former, Member), (Owner, Member)] {
            let start = Action::Start {
                shape: Shape::Item { item },
                with: vec![who(partner).membership],
                teams: Vec::new(),
                subject: None,
                message: Some(clinic.message("Wat denk jij?")),
            };
            let started = clinic.act(who(starter), ConversationId(clinic.id()), start).await;
            if starter == Former {
                clinic
                    .act(who(starter), started, Action::Leave { successor: None })
                    .await;
            }
        }
        let right = Right {
            membership: who(Former).membership,
            unit: None,
            item_type: "melding".to_owned(),
            permission: Permission::Handle,
        };
        clinic.administer(AdminRequest::Revoke(right)).await;

        let gone = who(SignedOut);
        let signed_out = clinic
            .send("/v1/session/sign-out", Some(gone), String::new())
            .await;
        assert_eq!(signed_out.status(), 204);
        let person = who(AccountEnded).person;
        clinic.administer(AdminRequest::PersonEnd { person }).await;
        let person = clinic.person("Bystander", home).await.person;
        let list = AdminRequest::SessionList { person };
        let AdminResponse::Sessions { sessions } = clinic.administer(list).await else {
            panic!("sessions are listed");
        };
        Ward {
            bystander: sessions[0].session,
            clinic,
            people,
            keys,
            group,
            file: file.id,
            upload,
            item,
        }
    }

    /// The credentials of the role.
    pub async fn bearer(&self, role: Role, path: &str) -> Option<String> {
        if let Some(person) = self.people.get(&role) {
            // On a device of its own, whose session ends.
            if path == "/v1/session/sign-out" && SIGNED_IN.contains(&role) {
                return Some(self.clinic.sign_in(person).await.session.access.0);
            }
            return Some(person.session.access.0.clone());
        }
        match role {
            Nobody => None,
            Nonsense => Some("onzin".to_owned()),
            role => self.keys.get(&role).cloned(),
        }
    }

    /// The request: about the group and the item, with somebody else's name where one is needed.
    pub fn probe(&self, method: &Method, path: &str) -> (String, Value) {
        let owner = &self.people[&Owner];
        let stranger = self.people[&Expired].membership;
        let device = json!(crate::common::device());
        match path {
            "/v1/commands" => (path.to_owned(), json!({ "commands": [] })),
            "/v1/sync" => (path.to_owned(), json!(request(None))),
            "/v1/conversations/{conversation}/events" => (
                format!("/v1/conversations/{}/events?from=1&to=100", self.group),
                Value::Null,
            ),
            "/v1/attachments" => (path.to_owned(), Value::Null),
            "/v1/attachments/{attachment}" => {
                let is_upload = ["HEAD", "PATCH"].contains(&method.as_str());
                let id = if is_upload { self.upload } else { self.file };
                (format!("/v1/attachments/{id}"), Value::Null)
            }
            "/v1/directory" => (format!("{path}?acting={stranger}&query="), Value::Null),
            "/v1/memberships/{membership}/findability" => (
                format!("/v1/memberships/{stranger}/findability"),
                match *method {
                    Method::PUT => json!({ "inside_only": true }),
                    _ => Value::Null,
                },
            ),
            "/v1/memberships/{membership}/availability" => (
                format!("/v1/memberships/{stranger}/availability"),
                match *method {
                    Method::PUT => json!({ "note": "di en do" }),
                    _ => Value::Null,
                },
            ),
            "/v1/items" => (format!("{path}?ids={}", self.item), Value::Null),
            "/v1/items/{item}" => (format!("/v1/items/{}", self.item), Value::Null),
            "/v1/watch" => (path.to_owned(), json!({ "conversation": self.group })),
            "/v1/source/items/{reference}" => (
                "/v1/source/items/17".to_owned(),
                json!({ "title": TITLE, "type": "melding" }),
            ),
            "/v1/source/permissions" => (
                path.to_owned(),
                json!({ "login": owner.login, "type": "melding", "permission": "handle" }),
            ),
            "/v1/session/sign-out" | "/v1/sessions" => (path.to_owned(), Value::Null),
            // Each tries to sign out somebody else.
            "/v1/sessions/end" => (path.to_owned(), json!({ "session": self.bystander })),
            "/v1/session/password" => (
                path.to_owned(),
                json!({ "current": "geen echt wachtwoord", "password": "een ander lang wachtwoord" }),
            ),
            "/v1/session/invitation" => (path.to_owned(), json!({ "code": "onzin" })),
            "/v1/session/accept" => (
                path.to_owned(),
                json!({ "code": "onzin", "password": crate::common::PASSWORD, "device": device }),
            ),
            "/v1/session/sign-in" => (
                path.to_owned(),
                json!({ "login": "niemand@kliniek.example", "password": "geen echt wachtwoord", "device": device }),
            ),
            "/v1/session/signed-out" => (path.to_owned(), json!({ "token": "onzin" })),
            "/v1/session/refresh" => (path.to_owned(), json!({ "refresh": "onzin" })),
            "/open/conversation/{conversation}" => {
                (format!("/open/conversation/{}", self.group), Value::Null)
            }
            "/open/settings/mail" => (path.to_owned(), Value::Null),
            path => panic!("{path} has no request in the matrix"),
        }
    }

    pub async fn ask(&self, (method, path, _): &Route, role: Role) -> Saw {
        let (at, body) = self.probe(method, path);
        let mut request = self.clinic.http.request(method.clone(), self.clinic.url(&at));
        if let Some(token) = self.bearer(role, path).await {
            request = request.bearer_auth(token);
        }
        if body != Value::Null {
            request = request.json(&body);
        }
        if path.starts_with("/v1/attachments") && *method != Method::GET {
            request = request
                .header("tus-resumable", "1.0.0")
                .header("upload-length", "10")
                .header("upload-offset", "3")
                .header("content-type", "application/offset+octet-stream")
                .header(
                    "upload-metadata",
                    crate::common::metadata(&[("conversation", &self.group.to_string())]),
                );
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Saw {
            status,
            secret: text.contains(SECRET),
            // The client that registers it sent the title itself.
            title: text.contains(TITLE) && *method != Method::PUT,
        }
    }
}
