//! Who may do what (BZ1): every route of the router, and every command, by every role. A route or an action without a
//! row fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::collections::BTreeMap;

use common::house::{House, Who};
use common::{Clinic, Person, request};
use conversation::organisation::{ItemContent, Permission};
use conversation::{
    Action, ConversationId, ItemId, MessageId, NewMessage, Number, Refusal, Shape, Share, TeamId,
};
use protocol::commands::Answer;
use reqwest::Method;
use serde_json::{Value, json};
use sync_server::core::administer::{Administer, Done, Right};
use sync_server::http::{For, Route, every_route};

/// What is said in the group before someone joined, and what the item is called.
const SECRET: &str = "alleen voor wie het las";
const TITLE: &str = "Val op de trap";

/// How somebody stands to the group and the item that all is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
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

use Role::*;

const SIGNED_IN: [Role; 9] = [
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

/// What of the answer matters: its status, and whether it holds what not everyone may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Saw {
    status: u16,
    secret: bool,
    title: bool,
}

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

/// The row of a route: what a role gets.
fn row(method: &Method, path: &str, role: Role) -> Saw {
    let reads = matches!(role, Owner | Member | ByTeam);
    let takes_part = reads || role == JoinedLater;
    match (method.as_str(), path) {
        // What each command is answered stands in the other matrix.
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
        ("GET", "/v1/items") => Saw {
            title: matches!(role, Owner | Analyst),
            ..only(200)
        },
        // Whoever took part sees the conversation, whose subject is the title (P7).
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
        // Each its own item of that reference.
        ("PUT", "/v1/source/items/{reference}") => only(200),
        // Of people of its own organisation alone.
        ("PUT" | "DELETE", "/v1/source/permissions") if role == Source => only(204),
        ("PUT" | "DELETE", "/v1/source/permissions") => only(422),
        ("POST", "/v1/session/sign-out") => only(204),
        // Who has no session yet: what is in the body is worth nothing.
        ("POST", "/v1/session/invitation" | "/v1/session/accept" | "/v1/session/sign-in") => only(422),
        ("POST", "/v1/session/refresh") => only(403),
        (method, path) => panic!("{method} {path} has no row in the matrix"),
    }
}

/// What a role gets that a route does not let in; `None` for one that it does.
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

/// What all is asked of.
struct Ward {
    clinic: Clinic,
    people: BTreeMap<Role, Person>,
    keys: BTreeMap<Role, String>,
    group: ConversationId,
    item: ItemId,
}

impl Ward {
    async fn open() -> Ward {
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
        let added = Administer::TeamAdd {
            organisation,
            unit,
            name,
        };
        let Done::Team { team } = clinic.administer(added).await else {
            panic!("a team is added");
        };
        let membership = who(ByTeam).membership;
        clinic.administer(Administer::TeamJoin { team, membership }).await;

        let start = Action::Start {
            shape: Shape::Group,
            with: [Member, Former].map(|role| who(role).membership).to_vec(),
            teams: vec![team],
            subject: Some("Overleg over wondzorg".to_owned()),
            message: Some(clinic.message(SECRET)),
        };
        let group = clinic.act(who(Owner), ConversationId(clinic.id()), start).await;
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
            let Done::Source { source, key } = clinic
                .administer(Administer::SourceAdd { organisation, name })
                .await
            else {
                panic!("a source is added");
            };
            if role == SourceEnded {
                clinic
                    .administer(Administer::SourceEnd { organisation, source })
                    .await;
            }
            keys.insert(role, key.0);
        }
        let item = clinic
            .administer(Administer::ItemAdd {
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
        let Done::Item { item } = item else {
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
            clinic.administer(Administer::Grant(right.clone())).await;
        }
        // One with whom the former talked of it, and left; one that goes on.
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
        clinic.administer(Administer::Revoke(right)).await;

        let gone = who(SignedOut);
        let signed_out = clinic
            .send("/v1/session/sign-out", Some(gone), String::new())
            .await;
        assert_eq!(signed_out.status(), 204);
        let person = who(AccountEnded).person;
        clinic.administer(Administer::PersonEnd { person }).await;
        Ward {
            clinic,
            people,
            keys,
            group,
            item,
        }
    }

    /// What the role shows.
    async fn bearer(&self, role: Role, path: &str) -> Option<String> {
        if let Some(person) = self.people.get(&role) {
            // On a device of its own, since it ends.
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

    /// The request: of the group and of the item, in the name of somebody else where a name is asked.
    fn probe(&self, path: &str) -> (String, Value) {
        let owner = &self.people[&Owner];
        let stranger = self.people[&Expired].membership;
        let device = json!(common::device());
        match path {
            "/v1/commands" => (path.to_owned(), json!({ "commands": [] })),
            "/v1/sync" => (path.to_owned(), json!(request(None))),
            "/v1/conversations/{conversation}/events" => (
                format!("/v1/conversations/{}/events?from=1&to=100", self.group),
                Value::Null,
            ),
            "/v1/directory" => (format!("{path}?acting={stranger}&query="), Value::Null),
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
            "/v1/session/sign-out" => (path.to_owned(), Value::Null),
            "/v1/session/invitation" => (path.to_owned(), json!({ "code": "onzin" })),
            "/v1/session/accept" => (
                path.to_owned(),
                json!({ "code": "onzin", "password": common::PASSWORD, "device": device }),
            ),
            "/v1/session/sign-in" => (
                path.to_owned(),
                json!({ "login": "niemand@kliniek.example", "password": "geen echt wachtwoord", "device": device }),
            ),
            "/v1/session/refresh" => (path.to_owned(), json!({ "refresh": "onzin" })),
            path => panic!("{path} has no request in the matrix"),
        }
    }

    async fn ask(&self, (method, path, _): &Route, role: Role) -> Saw {
        let (at, body) = self.probe(path);
        let mut request = self.clinic.http.request(method.clone(), self.clinic.url(&at));
        if let Some(token) = self.bearer(role, path).await {
            request = request.bearer_auth(token);
        }
        if body != Value::Null {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Saw {
            status,
            secret: text.contains(SECRET),
            // Who registers it said the title themselves.
            title: text.contains(TITLE) && *method != Method::PUT,
        }
    }
}

const EVERY_ROLE: [Role; 17] = [
    Owner,
    Member,
    ByTeam,
    JoinedLater,
    Former,
    Analyst,
    Colleague,
    Neighbour,
    Stranger,
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
    // The permission that is given and taken away last is the one that reads go by.
    routes.sort_by_key(|(method, path, _)| (*method == Method::DELETE, *path == "/v1/source/permissions"));
    for route in &routes {
        for role in EVERY_ROLE {
            let (method, path, who) = route;
            let expected = match kept_out(*who, role) {
                Some(status) => only(status),
                None => row(method, path, role),
            };
            // So that nobody waits for having tried too often.
            let wait = if *path == "/v1/session/sign-in" {
                6_000
            } else {
                1_500
            };
            if path.starts_with("/v1/session") {
                ward.clinic.clock.advance(wait);
            }
            let saw = ward.ask(route, role).await;
            if saw != expected {
                wrong.push(format!(
                    "{method} {path} as {role:?}: {saw:?}, and not {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A house with a group, by role.
struct Stage {
    house: House,
    who: BTreeMap<Role, Who>,
    team: TeamId,
}

const OF_COMMANDS: [Role; 8] = [
    Owner,
    Member,
    ByTeam,
    JoinedLater,
    Former,
    Colleague,
    Neighbour,
    Stranger,
];

impl Stage {
    fn open() -> Stage {
        let mut house = House::new();
        let home = house.organisation("Thuiszorg De Linde");
        let near = house.organisation("GGZ Noord");
        let far = house.organisation("Ziekenhuis Zuid");
        house.network(&[home, near]);
        let mut who = BTreeMap::new();
        for role in OF_COMMANDS {
            let organisation = match role {
                Member | Neighbour => near,
                Stranger => far,
                _ => home,
            };
            who.insert(role, house.person(&format!("{role:?}"), organisation));
        }
        let added = Administer::TeamAdd {
            organisation: home,
            unit: None,
            name: "Team Wond".to_owned(),
        };
        let Done::Team { team } = house.administer(added) else {
            panic!("a team is added");
        };
        let membership = who[&ByTeam].membership;
        house.administer(Administer::TeamJoin { team, membership });
        Stage { house, who, team }
    }

    /// A new group in which everyone has their role, and the owner's message in it.
    fn group(&mut self) -> (ConversationId, MessageId) {
        let id = ConversationId(self.house.id());
        let message = self.house.message(SECRET);
        let said = message.id;
        let owner = self.who[&Owner].clone();
        let start = Action::Start {
            shape: Shape::Group,
            with: [Member, Former].map(|role| self.who[&role].membership).to_vec(),
            teams: vec![self.team],
            subject: Some("Overleg".to_owned()),
            message: Some(message),
        };
        self.house.act(&owner, id, start);
        let member = self.who[&Former].membership;
        self.house.act(&owner, id, Action::Remove { member });
        let members = vec![self.who[&JoinedLater].membership];
        let (teams, share) = (Vec::new(), None);
        self.house.act(
            &owner,
            id,
            Action::Add {
                members,
                teams,
                share,
            },
        );
        (id, said)
    }

    fn ask(&mut self, role: Role, conversation: ConversationId, action: Action) -> Result<(), Refusal> {
        let who = self.who[&role].clone();
        let command = self.house.command(&who, conversation, action);
        match self.house.ask(&who, &[command]).remove(0) {
            Answer::Accepted { .. } => Ok(()),
            Answer::Refused { refusal, .. } => Err(refusal),
        }
    }

    fn actions(&self, said: MessageId, message: NewMessage) -> Vec<Action> {
        let reply = NewMessage {
            id: MessageId(self.house.id()),
            reply_to: Some(said),
            ..message.clone()
        };
        let subject = Some("Overleg".to_owned());
        let (colleague, late) = (self.who[&Colleague].membership, self.who[&JoinedLater].membership);
        let (number, share) = (Number(2), None);
        vec![
            Action::Start {
                shape: Shape::Group,
                with: vec![colleague],
                teams: Vec::new(),
                subject,
                message: None,
            },
            Action::Post { message },
            Action::Post { message: reply },
            Action::Edit {
                message: said,
                text: "anders".into(),
            },
            Action::Delete { message: said },
            Action::Add {
                members: vec![colleague],
                teams: Vec::new(),
                share,
            },
            Action::Add {
                members: vec![colleague],
                teams: Vec::new(),
                share: Some(Share {
                    from: Number(1),
                    previewed: number,
                }),
            },
            Action::Join,
            Action::Remove { member: late },
            Action::RemoveTeam { team: self.team },
            Action::Leave { successor: None },
            Action::HandOver { to: late },
            Action::Archive,
            Action::Reopen,
            Action::DeleteConversation,
        ]
    }
}

/// The row of an action in a group that exists: who may do it. A new action does not compile without one.
fn may(action: &Action, role: Role) -> bool {
    let takes_part = matches!(role, Owner | Member | ByTeam | JoinedLater);
    match action {
        // Its id is taken: to whoever takes part that is told, to all others nothing.
        Action::Start { .. } => false,
        // To answer it one must see it (P5).
        Action::Post { message } if message.reply_to.is_some() => takes_part && role != JoinedLater,
        Action::Post { .. } | Action::Leave { .. } => takes_part,
        Action::Edit { .. } | Action::Delete { .. } => role == Owner,
        // The preview was of an earlier head (P5).
        Action::Add { share: Some(_), .. } => false,
        Action::Add { .. } => matches!(role, Owner | ByTeam | JoinedLater),
        Action::Join | Action::Reopen => false,
        Action::Remove { .. }
        | Action::RemoveTeam { .. }
        | Action::HandOver { .. }
        | Action::Archive
        | Action::DeleteConversation => role == Owner,
    }
}

// P1, P2, P4, P5, P6, P9, M2, M3, M4, L3, A2
#[test]
fn every_command_is_accepted_of_whom_its_row_says_and_of_nobody_else() {
    let mut stage = Stage::open();
    let mut wrong = Vec::new();
    let message = stage.house.message("Dank");
    let count = stage.actions(message.id, message).len();
    for role in OF_COMMANDS {
        for index in 0..count {
            // Each from the same beginning, since one changes what the next would meet.
            let (group, said) = stage.group();
            let message = stage.house.message("Dank");
            let action = stage.actions(said, message).swap_remove(index);
            let expected = may(&action, role);
            let nowhere = ConversationId(stage.house.id());
            let answered = stage.ask(role, group, action.clone());
            if answered.is_ok() != expected {
                wrong.push(format!("{action:?} as {role:?}: {answered:?}"));
            }
            // Who takes no part gets the answer of a conversation that is not there.
            let outside = matches!(role, Former | Colleague | Neighbour | Stranger);
            if outside && !matches!(action, Action::Start { .. }) {
                let elsewhere = stage.ask(role, nowhere, action.clone());
                if answered != elsewhere {
                    wrong.push(format!(
                        "{action:?} as {role:?}: {answered:?}, elsewhere {elsewhere:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Bodies that no route takes.
fn junk() -> Vec<Vec<u8>> {
    let mut junk: Vec<Vec<u8>> = [
        "",
        "null",
        "[]",
        "17",
        "\"\"",
        "{",
        "{\"commands\": 1}",
        "{\"commands\": [[[]]], \"positions\": {}}",
        "{\"conversation\": \"../../etc/passwd\"}",
        "{\"resume\": {\"a\": 1}, \"mode\": \"never\"}",
        "{\"title\": 1e400}",
        "{\"login\": \"\\ud800\"}",
        "{\"code\": null, \"password\": [], \"device\": 1}",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    junk.push(vec![0xff, 0xfe, 0x00]);
    junk.push(b"{\"title\": \"\xc3\x28\"}".to_vec());
    // Nesting that a recursive reader would fall over.
    junk.push("[".repeat(100_000).into_bytes());
    junk.push(format!("{{\"commands\": [{}", "[".repeat(100_000)).into_bytes());
    junk
}

// I3, U2
#[tokio::test]
async fn bad_input_on_every_route_is_refused_with_a_code_and_changes_nothing() {
    let ward = Ward::open().await;
    let admin = ward.clinic.running().admin();
    let before = admin.check().await.unwrap().entries;
    let mut wrong = Vec::new();
    for (method, path, who) in every_route() {
        let role = match who {
            For::Source => Source,
            For::Person | For::Anyone => Owner,
        };
        if path == "/v1/session/sign-out" {
            // It reads no body.
            continue;
        }
        let token = ward.bearer(role, path).await.unwrap();
        let (good, _) = ward.probe(path);
        let mut asked: Vec<(String, Vec<u8>)> = Vec::new();
        if method == Method::GET {
            let base = path.split('{').next().unwrap();
            for at in [
                format!("{base}%00%ff?ids=%00&acting=1&from=-1&to=x"),
                format!("{base}..%2f..?from=1"),
                format!("{base}00000000-0000-0000-0000-000000000000/events?from=2&to=1"),
                good.replace("from=1", "from=99999999999999999999")
                    .replace("ids=", "ids=,"),
            ] {
                if at != good {
                    asked.push((at, Vec::new()));
                }
            }
        } else {
            asked.extend(junk().into_iter().map(|body| (good.clone(), body)));
            asked.push((good.clone(), vec![b' '; protocol::LARGEST_REQUEST + 1]));
        }
        for (at, body) in asked {
            let request = ward.clinic.http.request(method.clone(), ward.clinic.url(&at));
            let length = body.len();
            let response = request.bearer_auth(&token).body(body).send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            let coded = serde_json::from_str::<protocol::error::ErrorAnswer>(&text).is_ok();
            let refused = (400..500).contains(&status) && coded;
            // Fields of a later version are skipped, and an object of them alone asks for nothing.
            let nothing =
                status == 200 && ["{}", "{\"readers\":[]}", "{\"answers\":[]}"].contains(&text.as_str());
            if !refused && !nothing {
                wrong.push(format!("{method} {at} with {length} bytes: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(admin.check().await.unwrap().entries, before);
}
