//! The program itself: its command line, its signals, and being killed.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use platform::{Clock as _, Random as _, SystemClock, SystemRandom};

use common::program::{Folder, done, program, run, text};
use common::{device, resume};
use conversation::{Action, CommandId, ConversationId, MessageId, NewMessage, Shape, Timestamp};
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use protocol::session::{AcceptRequest, Secret, SessionAnswer};
use protocol::sync::Frame;
use serde_json::Value;

/// The running program; killed when dropped.
struct Serving {
    child: Child,
    url: String,
    _log: Option<BufReader<ChildStderr>>,
}

impl Serving {
    fn start(folder: &Path) -> Serving {
        let mut command = program(folder);
        command.args(["--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "serve"]);
        command.env("OVERLEG_LOG__FORMAT", "json");
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut serving = Serving {
            child,
            url: String::new(),
            _log: None,
        };
        while serving.url.is_empty() {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "the program ended");
            let line: Value = serde_json::from_str(&line).unwrap();
            if let Some(address) = line["fields"]["address"].as_str() {
                serving.url = format!("http://{address}");
            }
        }
        // Kept open, so that the program can go on logging.
        serving._log = Some(log);
        serving
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn id() -> uuid::Uuid {
    let mut bytes = [0; 10];
    SystemRandom.fill(&mut bytes);
    let millis = u64::try_from(SystemClock.now().0).unwrap();
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

impl Serving {
    /// Stops the program; the lines of its log about signing in.
    fn security_events(mut self) -> Vec<Value> {
        self.signal("-TERM");
        let mut log = String::new();
        self._log.as_mut().unwrap().read_to_string(&mut log).unwrap();
        assert!(
            !log.contains("kliniek.example") && !log.contains("wachtwoord"),
            "{log}"
        );
        let lines = log
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["target"] == "sync_server::security")
            .map(|line| line["fields"].clone())
            .collect()
    }
}

/// An organisation with two people; returns their invitations.
fn people(folder: &Path) -> (String, [String; 2]) {
    let organisation = text(
        &done(folder, &["organisation", "add", "Thuiszorg De Linde"]),
        "organisation",
    );
    let codes = ["Anna", "Bram"].map(|given| {
        let login = format!("{given}@kliniek.example");
        let added = done(
            folder,
            &[
                "person",
                "add",
                "--login",
                &login,
                "--organisation",
                &organisation,
                "--given",
                given,
                "--family",
                "Jansen",
            ],
        );
        text(&added["invitation"], "code")
    });
    (organisation, codes)
}

async fn accept(url: &str, code: &str) -> SessionAnswer {
    let request = AcceptRequest {
        code: Secret(code.to_owned()),
        password: Secret(common::PASSWORD.to_owned()),
        device: device(),
    };
    post(url, "/v1/session/accept", None, &request).await
}

async fn post<T: serde::de::DeserializeOwned>(
    url: &str,
    path: &str,
    session: Option<&SessionAnswer>,
    body: &impl serde::Serialize,
) -> T {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.post(format!("{url}{path}")).json(body);
    if let Some(session) = session {
        request = request.bearer_auth(&session.access.0);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

async fn frames(url: &str, session: &SessionAnswer, token: Option<&str>) -> Vec<Frame> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("{url}/v1/sync"))
        .json(&common::request(token));
    let response = request.bearer_auth(&session.access.0).send().await.unwrap();
    let text = response.text().await.unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn say(
    session: &SessionAnswer,
    conversation: ConversationId,
    action: impl FnOnce(NewMessage) -> Action,
) -> CommandsRequest {
    let message = NewMessage {
        id: MessageId(id()),
        text: "Dit blijft".into(),
        attachments: Vec::new(),
        reply_to: None,
        written_at: Timestamp(0),
        urgent: None,
    };
    let mut request = CommandsRequest::default();
    request
        .push(&conversation::Command {
            id: CommandId(id()),
            acting: session.memberships[0].membership,
            conversation,
            action: action(message),
        })
        .unwrap();
    request
}

// I5, O8
#[tokio::test]
async fn an_operator_sets_up_a_server_and_what_is_done_takes_effect_while_it_runs() {
    let folder = Folder::new("set-up");
    let folder = folder.0.as_path();
    let early = run(folder, &["organisation", "list"]);
    assert!(!early.status.success());
    assert!(String::from_utf8(early.stderr).unwrap().contains("folder"));
    assert!(run(folder, &["init"]).status.success());
    // A second `init` does no harm.
    assert!(run(folder, &["init"]).status.success());
    let (organisation, [anna, _]) = people(folder);
    let serving = Serving::start(folder);
    accept(&serving.url, &anna).await;
    // While the server runs.
    let carla = done(
        folder,
        &[
            "--url",
            "https://overleg.example",
            "person",
            "add",
            "--login",
            "carla@kliniek.example",
            "--organisation",
            &organisation,
            "--given",
            "Carla",
            "--prefix",
            "van den",
            "--family",
            "Berg",
        ],
    );
    let session = accept(&serving.url, &text(&carla["invitation"], "code")).await;
    assert_eq!(session.memberships[0].profile.name.full(), "Carla van den Berg");
    done(folder, &["person", "end", &text(&carla, "person")]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("{}/v1/sync", serving.url))
        .json(&common::request(None));
    let response = request.bearer_auth(&session.access.0).send().await.unwrap();
    assert_eq!(response.status(), 403);
    let twice = run(folder, &["--json", "person", "end", &text(&carla, "person")]);
    assert!(!twice.status.success());
    let said: Value = serde_json::from_slice(&twice.stdout).unwrap();
    assert!(text(&said, "error").contains("no such person"));
    let listed = done(folder, &["organisation", "list"]);
    assert_eq!(listed["organisations"][0]["name"], "Thuiszorg De Linde");
    let checked = done(folder, &["check"]);
    assert_eq!(checked["found"], serde_json::json!([]));
}

// I5
#[test]
fn an_invalid_configuration_is_reported_and_nothing_starts() {
    let folder = Folder::new("configuration");
    let file = folder.0.join("overleg.toml");
    let mut written = std::fs::File::create(&file).unwrap();
    writeln!(written, "listen = '0.0.0.0:8440'").unwrap();
    let file = file.display().to_string();
    let refused = run(&folder.0, &["--config", &file, "serve"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8(refused.stderr).unwrap().contains("in the open"));
    let shown = run(
        &folder.0,
        &["--config", &file, "--listen", "127.0.0.1:1", "config"],
    );
    assert!(
        String::from_utf8(shown.stdout)
            .unwrap()
            .contains("listen = 127.0.0.1:1")
    );
}

// I5
#[test]
fn a_log_that_goes_to_no_terminal_holds_words_alone() {
    let folder = Folder::new("log");
    assert!(run(&folder.0, &["init"]).status.success());
    let mut command = program(&folder.0);
    command.args(["--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "serve"]);
    // The environment of a terminal with colours.
    command.env("TERM", "xterm-256color");
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut output = String::new();
    while !output.contains("address") {
        assert!(
            log.read_line(&mut output).unwrap() > 0,
            "the program ended: {output}"
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(output.contains("INFO"), "{output:?}");
    assert!(!output.contains('\u{1b}'), "{output:?}");
}

// BS3
#[tokio::test]
async fn accepted_messages_survive_a_kill_and_a_stop_is_clean() {
    let folder = Folder::new("kill");
    let folder = folder.0.as_path();
    assert!(run(folder, &["init"]).status.success());
    let (_, [anna, bram]) = people(folder);
    let mut serving = Serving::start(folder);
    let anna = accept(&serving.url, &anna).await;
    let bram = accept(&serving.url, &bram).await;
    let conversation = ConversationId(id());
    let with = vec![bram.memberships[0].membership];
    let start = say(&anna, conversation, |message| Action::Start {
        teams: Vec::new(),
        shape: Shape::Direct,
        with,
        subject: None,
        message: Some(message),
    });
    let mut said = 0;
    let mut token = None;
    for round in 0..5 {
        let request = match round {
            0 => start.clone(),
            _ => say(&anna, conversation, |message| Action::Post { message }),
        };
        let answer: CommandsAnswer = post(&serving.url, "/v1/commands", Some(&anna), &request).await;
        assert!(matches!(answer.answers[0], Answer::Accepted { .. }));
        said += 1;
        serving.signal("-KILL");
        serving.child.wait().unwrap();
        serving = Serving::start(folder);
        // Sent again, since the answer may have been lost: the same answer, and no second message.
        let again: CommandsAnswer = post(&serving.url, "/v1/commands", Some(&anna), &request).await;
        assert_eq!(again.answers, answer.answers);
        let all = frames(&serving.url, &bram, None).await;
        assert_eq!(common::texts(&all).len(), said);
        let new = frames(&serving.url, &bram, token.as_deref()).await;
        assert_eq!(common::texts(&new).len(), if round == 0 { said } else { 1 });
        token = Some(resume(&all));
    }
    let checked = done(folder, &["check"]);
    assert_eq!(
        (checked["conversations"].as_u64(), &checked["found"]),
        (Some(1), &serde_json::json!([]))
    );
    serving.signal("-TERM");
    assert!(serving.child.wait().unwrap().success());
    assert_eq!(done(folder, &["check"])["found"], serde_json::json!([]));
}

// I5
#[test]
fn a_command_line_that_is_not_taken_ends_with_2_and_says_so_as_json_where_that_is_asked() {
    let folder = Folder::new("usage");
    for arguments in [
        &["organise"][..],
        &["organisation", "add"],
        &["person", "add", "--login"],
        &["--listen", "nergens", "serve"],
        &["organisation", "add", "A", "--kleur", "rood"],
        &[],
    ] {
        let output = run(&folder.0, &[&["--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(!text(&said, "error").is_empty(), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}");
        let plain = run(&folder.0, arguments);
        assert_eq!(plain.status.code(), Some(2), "{arguments:?}");
        assert!(
            plain.stdout.is_empty() && !plain.stderr.is_empty(),
            "{arguments:?}"
        );
    }
    // Help is not an error, and is text even with `--json`.
    let help = run(&folder.0, &["--json", "--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8(help.stdout).unwrap().contains("Usage"));
    // Valid arguments whose request is refused: status 1.
    let refused = run(&folder.0, &["--json", "organisation", "list"]);
    assert_eq!(refused.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert!(!text(&said, "error").is_empty());
}

// I3
#[tokio::test]
async fn signing_in_and_out_and_failing_to_is_in_the_log_with_account_and_address_and_no_login() {
    let folder = Folder::new("security");
    done(&folder.0, &["init"]);
    let (_, [code, _]) = people(&folder.0);
    let serving = Serving::start(&folder.0);
    let session = accept(&serving.url, &code).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let wrong = protocol::session::SignInRequest {
        login: "anna@kliniek.example".to_owned(),
        password: Secret("een ander wachtwoord".to_owned()),
        device: device(),
    };
    let url = format!("{}/v1/session/sign-in", serving.url);
    assert_eq!(client.post(url).json(&wrong).send().await.unwrap().status(), 422);
    for (current, status) in [("mis mis mis mis", 422), (common::PASSWORD, 204)] {
        let change = protocol::session::ChangePasswordRequest {
            current: Secret(current.to_owned()),
            password: Secret("een ander lang wachtwoord".to_owned()),
        };
        let url = format!("{}/v1/session/password", serving.url);
        let asked = client.post(url).bearer_auth(&session.access.0).json(&change);
        assert_eq!(asked.send().await.unwrap().status(), status);
    }
    let url = format!("{}/v1/session/sign-out", serving.url);
    let out = client.post(url).bearer_auth(&session.access.0).send().await;
    assert_eq!(out.unwrap().status(), 204);
    let right = protocol::session::SignInRequest {
        password: Secret("een ander lang wachtwoord".to_owned()),
        ..wrong
    };
    let url = format!("{}/v1/session/sign-in", serving.url);
    let asked = client.post(url).json(&right).send().await.unwrap();
    let stolen: SessionAnswer = asked.json().await.unwrap();
    let refresh = async |token: &Secret| {
        let refresh = token.clone();
        let url = format!("{}/v1/session/refresh", serving.url);
        let asked = client
            .post(url)
            .json(&protocol::session::RefreshRequest { refresh });
        asked.send().await.unwrap()
    };
    let next: SessionAnswer = refresh(&stolen.refresh).await.json().await.unwrap();
    let url = format!("{}/v1/sessions", serving.url);
    let used = client.get(url).bearer_auth(&next.access.0).send().await;
    assert_eq!(used.unwrap().status(), 200);
    assert_eq!(refresh(&stolen.refresh).await.status(), 403);
    let events = serving.security_events();
    let names = [
        "signed_in",
        "sign_in_failed",
        "password_change_failed",
        "password_changed",
        "signed_out",
        "signed_in",
        "token_reused",
    ];
    // That the session is refused is said of the request, which names nobody.
    let (refused, events) = events.split_last().unwrap();
    assert_eq!(refused["event"], "session_refused", "{refused}");
    assert_eq!(events.len(), names.len(), "{events:?}");
    let person = session.person.to_string();
    for (event, name) in events.iter().zip(names) {
        assert_eq!(event["event"], name, "{event}");
        assert_eq!(event["person"], person, "{event}");
        assert_eq!(event["from"], "127.0.0.1", "{event}");
    }
}

// I5; ASVS 5.0, 16.3
#[tokio::test]
async fn an_account_that_tries_ids_is_in_the_log_once_and_one_refused_now_and_then_is_not() {
    let folder = Folder::new("denials");
    done(&folder.0, &["init"]);
    let (_, [anna, bram]) = people(&folder.0);
    let serving = Serving::start(&folder.0);
    let (anna, bram) = (
        accept(&serving.url, &anna).await,
        accept(&serving.url, &bram).await,
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: String, key: &str| {
        let asked = client.get(format!("{}{path}", serving.url)).bearer_auth(key);
        asked.send().await.unwrap().status().as_u16()
    };
    // A device that was offline while its person was removed.
    for _ in 0..10 {
        assert_eq!(get(format!("/v1/items/{}", id()), &bram.access.0).await, 404);
    }
    for _ in 0..15 {
        assert_eq!(get(format!("/v1/items/{}", id()), &anna.access.0).await, 404);
        let body = say(&anna, ConversationId(id()), |message| Action::Post { message });
        post::<Value>(&serving.url, "/v1/commands", Some(&anna), &body).await;
    }
    for _ in 0..12 {
        assert_eq!(get("/v1/source/items/1".to_owned(), "geheim").await, 401);
    }
    let url = format!("{}/v1/session/invitation", serving.url);
    let code = serde_json::json!({ "code": "AAAA-AAAA" });
    assert_eq!(client.post(url).json(&code).send().await.unwrap().status(), 422);
    let events = serving.security_events();
    let of = |name: &str| -> Vec<&Value> { events.iter().filter(|event| event["event"] == name).collect() };
    let [often] = of("denied_often")[..] else {
        panic!("{events:?}");
    };
    assert_eq!(often["person"], anna.person.to_string());
    assert_eq!(often["from"], "127.0.0.1");
    // Ten at once of one network, whichever they are.
    assert_eq!(of("key_unknown").len(), 10);
    assert_eq!(of("invitation_unknown").len(), 0, "the next one a minute later");
}
