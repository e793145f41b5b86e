//! Every endpoint, asked by the observer as any program could: each route of the router's own table has a row here, and one
//! without a row is a failure. Commands, which are many, have a file of their own ([`asks`](super::asks)).

use axum::http::Method;
use conversation::{ConversationId, DeviceId, Seq};
use protocol::session::SessionAnswer;
use protocol::sync::{Hole, Mode, SyncRequest};
use serde_json::{Value, json};
use sync_server::http::{For, every_route};
use uuid::Uuid;

use super::cast::{Cast, XANDER, ZENO};
use super::observer_device::PASSWORD;
use super::pair::Pair;
use super::side::Side;
use super::wire::{quoted, request};
use crate::simulation::ports::{Must as _, Step, broken};

/// One request: where, as whom, with what.
pub(super) struct Probe {
    pub(super) path: String,
    pub(super) bearer: Option<String>,
    pub(super) body: Option<Value>,
}

/// A session of the observer's that is no device's.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens {
    pub(super) access: String,
    refresh: String,
    /// Of the last catching up.
    resume: Option<String>,
}

impl Pair {
    /// Every route, in both worlds: of its rows the first, and most of the others.
    pub(super) fn probe(&mut self) -> Step {
        self.both(sign_in)?;
        for (method, path, who) in every_route() {
            let asked = [
                rows(self, 0, &method, path, who)?,
                rows(self, 1, &method, path, who)?,
            ];
            let drawn: Vec<bool> = asked[0].iter().map(|_| self.dice.chance(600)).collect();
            for (side, probes) in self.sides.iter_mut().zip(asked) {
                for (place, probe) in probes.iter().enumerate() {
                    if place == 0 || drawn[place] {
                        ask(side, &method, path, probe)?;
                    }
                }
            }
            self.settle()?;
        }
        Ok(())
    }
}

/// Signs in by the route that everyone uses; the session that was there goes on as long as it lasts.
pub(super) fn sign_in(side: &mut Side) -> Step {
    let login = Cast::login(side.observer);
    let body = json!({ "login": login, "password": PASSWORD, "device": device() });
    let probe = Probe {
        path: "/v1/session/sign-in".to_owned(),
        bearer: None,
        body: Some(body),
    };
    let bytes = ask(side, &Method::POST, "/v1/session/sign-in", &probe)?;
    let answer: SessionAnswer = serde_json::from_slice(&bytes).must("the observer cannot sign in")?;
    side.tokens.access = answer.access.0;
    side.tokens.refresh = answer.refresh.0;
    Ok(())
}

fn device() -> Value {
    let device = DeviceId(Uuid::from_u128(0x0b5));
    json!({ "device": device, "name": "een programma", "platform": "linux" })
}

/// Asks it in one world.
pub(super) fn ask(side: &mut Side, method: &Method, route: &str, probe: &Probe) -> Step<Vec<u8>> {
    let body = probe.body.as_ref().map(|body| body.to_string().into_bytes());
    let asked = request(method.clone(), &probe.path, probe.bearer.as_deref(), body);
    let asked = asked.must("a probe is no request")?;
    let (_, bytes) = side
        .server
        .ask(format!("{method} {route} ({})", probe.path), asked)?;
    if route == "/v1/sync" {
        side.tokens.keep_resume(&bytes);
    }
    Ok(bytes.to_vec())
}

impl Tokens {
    fn keep_resume(&mut self, frames: &[u8]) {
        for line in frames.split(|byte| *byte == b'\n') {
            let frame: Value = serde_json::from_slice(line).unwrap_or_default();
            if let Some(token) = frame["token"].as_str() {
                self.resume = Some(token.to_owned());
            }
        }
    }
}

/// The rows of a route, for one world: what is asked in both is the same but for tokens that it gave out.
fn rows(pair: &Pair, side: usize, method: &Method, route: &str, who: For) -> Step<Vec<Probe>> {
    let here = &pair.sides[side];
    let access = &here.tokens.access;
    let (conversation, nowhere) = (here.conversation, ConversationId(Uuid::from_u128(0x0a)));
    let get = |path: String| Probe {
        path,
        bearer: Some(access.clone()),
        body: None,
    };
    let post = |body: Value| Probe {
        path: route.to_owned(),
        bearer: (who == For::Person).then(|| access.clone()),
        body: Some(body),
    };
    Ok(match (method.as_str(), route) {
        // By `asks`.
        ("POST", "/v1/commands") => vec![post(json!({})), post(json!({ "commands": [{}, 17] }))],
        ("POST", "/v1/sync") => {
            let asked = synced(pair, here, nowhere);
            let asked = asked.iter().map(|asked| serde_json::to_value(asked).map(post));
            asked
                .collect::<Result<_, _>>()
                .must("a request cannot be written")?
        }
        ("GET", "/v1/conversations/{conversation}/events") => {
            let mut all = Vec::new();
            for (from, to) in slices(pair) {
                all.push(get(format!(
                    "/v1/conversations/{conversation}/events?from={from}&to={to}"
                )));
            }
            for path in [
                format!("/v1/conversations/{nowhere}/events?from=1&to=9"),
                format!("/v1/conversations/{conversation}/events"),
                format!("/v1/conversations/{conversation}/events?from=1"),
                format!("/v1/conversations/{conversation}/events?from=een&to=9"),
                "/v1/conversations/geen/events?from=1&to=9".to_owned(),
            ] {
                all.push(get(path));
            }
            all
        }
        ("GET", "/v1/directory") => {
            let own = here.member(pair.observer);
            let others = [XANDER, ZENO].map(|who| here.member(who));
            let names = ["", "xan", "zeno", "geheim", "team"];
            let asked = names.map(|name| (own, quoted(name)));
            let not_own = others.map(|member| (member, "x".to_owned()));
            let all = asked.into_iter().chain(not_own);
            let asked = all.map(|(acting, query)| get(format!("{route}?acting={acting}&query={query}")));
            asked
                .chain([get(format!("{route}?acting={own}&limit=1"))])
                .collect()
        }
        // Of one's own, of others' and of nobody's. Without a body nothing is chosen.
        (
            "GET" | "PUT",
            "/v1/memberships/{membership}/findability" | "/v1/memberships/{membership}/availability",
        ) => {
            let own = here.member(pair.observer).to_string();
            let others = [XANDER, ZENO].map(|who| here.member(who).to_string());
            let ids = [own, nowhere.to_string(), "geen".to_owned()];
            let paths = ids.into_iter().chain(others);
            paths.map(|id| get(route.replace("{membership}", &id))).collect()
        }
        ("GET", "/v1/items") => {
            let ids: Vec<String> = pair.items().iter().map(ToString::to_string).collect();
            let paths = [ids.join(","), format!("{},{nowhere}", ids[0]), "geen".to_owned()];
            paths.map(|ids| get(format!("{route}?ids={ids}"))).into()
        }
        ("GET", "/v1/items/{item}") => {
            let ids = pair.items().into_iter().map(|item| item.to_string());
            let ids = ids.chain([nowhere.to_string(), "geen".to_owned()]);
            ids.map(|id| get(format!("/v1/items/{id}"))).collect()
        }
        ("POST", "/v1/watch") => vec![
            post(json!({ "conversation": conversation })),
            post(json!({ "conversation": nowhere })),
            post(json!({})),
        ],
        // Without what tus asks for, and ids that are nobody's. Hidden files are asked for by `files`.
        ("OPTIONS", "/v1/attachments") => vec![get(route.to_owned())],
        ("POST", "/v1/attachments") => vec![get(route.to_owned())],
        (_, "/v1/attachments/{attachment}") => {
            let ids = [nowhere.to_string(), "geen".to_owned()];
            ids.map(|id| get(format!("/v1/attachments/{id}"))).into()
        }
        // A person who is no source system learns nothing there; and a source system nothing of
        // conversations.
        ("GET" | "PUT", "/v1/source/items/{reference}") => {
            let item = json!({ "title": "Val", "type": "melding" });
            let body = Some(item).filter(|_| method.as_str() == "PUT");
            let key = here.cast.key.0.clone();
            [access.clone(), key]
                .map(|bearer| source("/v1/source/items/17", bearer, &body))
                .into()
        }
        ("PUT" | "DELETE", "/v1/source/permissions") => {
            let body = json!({ "login": "x@kliniek.example", "type": "melding", "permission": "handle" });
            vec![source(route, access.clone(), &Some(body))]
        }
        ("POST", "/v1/session/invitation") => {
            let used = here.cast.invitation(pair.observer)?;
            vec![post(json!({ "code": used })), post(json!({ "code": "onzin" }))]
        }
        ("POST", "/v1/session/accept") => {
            let used = here.cast.invitation(pair.observer)?;
            let accept = |password: &str| json!({ "code": used, "password": password, "device": device() });
            vec![post(accept(PASSWORD)), post(accept("kort"))]
        }
        ("POST", "/v1/session/sign-in") => {
            let login = Cast::login(pair.observer);
            let wrong = json!({ "login": login, "password": "niet het goede", "device": device() });
            vec![post(wrong)]
        }
        ("POST", "/v1/session/refresh") => vec![
            post(json!({ "refresh": here.tokens.refresh })),
            post(json!({ "refresh": "onzin" })),
        ],
        ("POST", "/v1/session/signed-out") => vec![post(json!({ "token": "onzin" })), post(json!({}))],
        ("GET", "/v1/sessions" | "/open/settings/mail") => vec![get(route.to_owned())],
        ("GET", "/open/conversation/{conversation}") => {
            let ids = [conversation.to_string(), nowhere.to_string(), "geen".to_owned()];
            ids.map(|id| get(format!("/open/conversation/{id}"))).into()
        }
        ("POST", "/v1/session/password") => {
            let change = |current: &str, password: &str| json!({ "current": current, "password": password });
            vec![
                post(change("niet het goede", "een ander lang wachtwoord")),
                post(change(PASSWORD, "kort")),
                post(json!({})),
            ]
        }
        ("POST", "/v1/sessions/end") => vec![post(json!({ "session": nowhere })), post(json!({}))],
        // Of this session, which then is no more; the last of the table.
        ("POST", "/v1/session/sign-out") => vec![get(route.to_owned())],
        (method, route) => return broken(format!("{method} {route} has no row in BS6")),
    })
}

fn source(path: &str, bearer: String, body: &Option<Value>) -> Probe {
    Probe {
        path: path.to_owned(),
        bearer: Some(bearer),
        body: body.clone(),
    }
}

/// Edges of what is seen that are asked about, at most.
const EDGES: usize = 3;

/// Stretches inside and outside of what is seen, across its edges, far beyond, and the wrong way round.
fn slices(pair: &Pair) -> Vec<(u64, u64)> {
    let last = pair.sides[0].scene.last.0;
    let mut all = vec![
        (1, last.max(1)),
        (1, u64::MAX),
        (last + 1, last + 100),
        (u64::MAX - 1, u64::MAX),
        (u64::MAX, u64::MAX),
        (last, 1),
        (9, 3),
        (0, 5),
        (1, 1),
    ];
    let unseen = pair.secrets().unseen;
    let is_edge = |number: &u64| unseen.contains(&Seq(*number)) != unseen.contains(&Seq(number + 1));
    for edge in (0..=last).filter(is_edge).take(EDGES) {
        let before = edge.max(1);
        all.extend([(before, edge + 1), (edge + 1, last.max(edge + 1)), (1, before)]);
    }
    all
}

/// A first catching up; one from the last token, with what is secret for holes, and following it; a long poll.
fn synced(pair: &Pair, side: &Side, nowhere: ConversationId) -> Vec<SyncRequest> {
    let conversation = side.conversation;
    let whole = SyncRequest {
        protocol: protocol::VERSION,
        resume: None,
        holes: Vec::new(),
        following: Vec::new(),
        mode: Mode::Once,
    };
    let holes = slices(pair).into_iter();
    let holes = holes.filter_map(|(from, to)| conversation::SeqRange::new(Seq(from), Seq(to)));
    let holes = holes.map(|range| Hole { conversation, range });
    let resumed = SyncRequest {
        resume: side.tokens.resume.clone(),
        following: vec![conversation, nowhere],
        holes: holes.collect(),
        ..whole.clone()
    };
    let waiting = SyncRequest {
        mode: Mode::Wait,
        following: vec![conversation],
        ..whole.clone()
    };
    let old = SyncRequest {
        protocol: 0,
        ..whole.clone()
    };
    let strange = SyncRequest {
        resume: Some("onzin".to_owned()),
        ..whole.clone()
    };
    vec![
        resumed.clone(),
        whole,
        SyncRequest {
            following: Vec::new(),
            holes: Vec::new(),
            ..resumed
        },
        waiting,
        old,
        strange,
    ]
}
