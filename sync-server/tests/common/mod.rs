//! A clinic for tests: a real server on this machine with a clock of its own, and people who use it over HTTP.

#![allow(dead_code, unreachable_pub, reason = "each file of tests uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

pub mod device;
pub mod in_process_server;
pub mod mailed_server;
pub mod program;
pub mod uploads;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use platform::{ManualClock, SeededRandom};

use conversation::organisation::Name;
use conversation::{
    Action, Attachment, AttachmentId, Command, CommandId, ConversationId, DeviceId, MembershipId, MessageId,
    NetworkId, NewMessage, OrganisationId, PersonId, Sha256, Shape, Timestamp,
};
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use protocol::error::{ErrorAnswer, ErrorCode};
use protocol::session::{AcceptRequest, DeviceInfo, Secret, SessionAnswer, SignInRequest};
use protocol::sync::{ConversationHead, Frame, Mode, SyncRequest};
use protocol::wire::{WireContent, WireEvent, WireItem};
use serde::de::DeserializeOwned;
use sync_server::config::tuning::PasswordCost;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse, NewMembership};
use sync_server::{Config, RunningServer, Server};
use uuid::Uuid;

pub const PASSWORD: &str = "vier losse woorden samen";
/// 2026-03-02 08:00 in UTC.
pub const MORNING: Timestamp = Timestamp(1_772_438_400_000);

/// Whether a route reads a body of JSON.
pub fn reads_json(method: &reqwest::Method, path: &str) -> bool {
    static DOCUMENT: std::sync::LazyLock<serde_json::Value> =
        std::sync::LazyLock::new(|| sync_server::http::openapi::document().unwrap());
    let operation = &DOCUMENT["paths"][path][method.as_str().to_ascii_lowercase()];
    operation["requestBody"]["content"]["application/json"].is_object()
}

static COUNT: AtomicU64 = AtomicU64::new(1);

pub struct Clinic {
    pub server: Option<RunningServer>,
    pub clock: Arc<ManualClock>,
    pub config: Config,
    pub http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Clinic {
    pub async fn open() -> Clinic {
        Clinic::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Clinic {
        // The name is new: an earlier process with the same number may have left its folder.
        let folder = tempfile::Builder::new()
            .prefix("overleg-clinic-")
            .tempdir()
            .unwrap();
        let mut config = Config::local(folder.path().join("server"));
        config.tuning().password_cost = PasswordCost::LIGHT;
        // A test says by itself when a disk is full.
        config.attachments.reserve = 0;
        config.url = Some("https://overleg.example".to_owned());
        change(&mut config);
        let clock = Arc::new(ManualClock::new(MORNING));
        let mut clinic = Clinic {
            server: None,
            clock,
            config,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _folder: folder,
        };
        clinic.start().await;
        clinic
    }

    pub async fn start(&mut self) {
        let random = Arc::new(SeededRandom::new(COUNT.fetch_add(1, Ordering::SeqCst)));
        let clock = Arc::clone(&self.clock);
        let server = Server::start(self.config.clone(), clock, random).await.unwrap();
        self.server = Some(server);
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    pub fn running(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    pub fn data(&self) -> &std::path::Path {
        &self.config.data
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running().url())
    }

    pub async fn administer(&self, request: AdminRequest) -> AdminResponse {
        self.running()
            .admin()
            .administer(AdminActor::PROGRAM, request)
            .await
            .unwrap()
    }

    pub async fn organisation(&self, name: &str) -> OrganisationId {
        let name = name.to_owned();
        match self.administer(AdminRequest::OrganisationAdd { name }).await {
            AdminResponse::Organisation { organisation, .. } => organisation,
            other => panic!("{other:?}"),
        }
    }

    pub async fn network(&self, organisations: &[OrganisationId]) {
        let network = organisations.first().map(|first| NetworkId(first.0));
        for organisation in organisations {
            let given = format!("beheer-{organisation}");
            let (_, by, _) = self.invite(&given, *organisation).await;
            let membership = by;
            self.administer(AdminRequest::AdministratorName { membership })
                .await;
            for with in organisations.iter().copied().filter(|with| with != organisation) {
                self.administer(AdminRequest::NetworkAgree { network, by, with })
                    .await;
            }
        }
    }

    /// Invites a person, who does not accept.
    pub async fn invite(
        &self,
        given: &str,
        organisation: OrganisationId,
    ) -> (PersonId, MembershipId, Secret) {
        let login = format!("{}@kliniek.example", given.to_lowercase());
        let memberships = vec![membership(given, organisation)];
        match self
            .administer(AdminRequest::PersonAdd { login, memberships })
            .await
        {
            AdminResponse::Person {
                person,
                memberships,
                invitation,
            } => (person, memberships[0], invitation.code),
            other => panic!("{other:?}"),
        }
    }

    /// A signed-in person of an organisation.
    pub async fn person(&self, given: &str, organisation: OrganisationId) -> Person {
        let (person, membership, code) = self.invite(given, organisation).await;
        let login = format!("{}@kliniek.example", given.to_lowercase());
        self.accept(login, person, membership, code).await
    }

    /// The same, with an address for mail, which is their login.
    pub async fn mailed_person(&self, given: &str, organisation: OrganisationId, address: &str) -> Person {
        let mut membership = membership(given, organisation);
        membership.work_email = Some(address.to_owned());
        let request = AdminRequest::PersonAdd {
            login: address.to_owned(),
            memberships: vec![membership],
        };
        match self.administer(request).await {
            AdminResponse::Person {
                person,
                memberships,
                invitation,
            } => {
                self.accept(address.to_owned(), person, memberships[0], invitation.code)
                    .await
            }
            other => panic!("{other:?}"),
        }
    }

    async fn accept(
        &self,
        login: String,
        person: PersonId,
        membership: MembershipId,
        code: Secret,
    ) -> Person {
        let device = device();
        let request = AcceptRequest {
            code,
            password: Secret(PASSWORD.to_owned()),
            device: device.clone(),
        };
        let session: SessionAnswer = self.post("/v1/session/accept", None, &request).await.unwrap();
        assert_eq!(session.person, person);
        Person {
            login,
            person,
            membership,
            device,
            session,
        }
    }

    /// The same person on another device.
    pub async fn sign_in(&self, person: &Person) -> Person {
        let device = device();
        let request = SignInRequest {
            login: person.login.clone(),
            password: Secret(PASSWORD.to_owned()),
            device: device.clone(),
        };
        let session: SessionAnswer = self.post("/v1/session/sign-in", None, &request).await.unwrap();
        Person {
            login: person.login.clone(),
            device,
            session,
            ..*person
        }
    }

    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        person: Option<&Person>,
        body: &impl serde::Serialize,
    ) -> Result<T, ErrorCode> {
        let response = self
            .send(path, person, serde_json::to_string(body).unwrap())
            .await;
        read(response).await
    }

    pub async fn send(&self, path: &str, person: Option<&Person>, body: String) -> reqwest::Response {
        let json = (reqwest::header::CONTENT_TYPE, "application/json");
        let request = self.http.post(self.url(path)).header(json.0, json.1);
        let mut request = request.body(body);
        if let Some(person) = person {
            request = request.bearer_auth(&person.session.access.0);
        }
        request.send().await.unwrap()
    }

    /// A request of tus, with these headers besides its version.
    pub fn tus(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
    ) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, self.url(path));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let access = &person.session.access.0;
        request.header("tus-resumable", "1.0.0").bearer_auth(access)
    }

    /// Begins the upload of a file; the answer.
    pub async fn begin_upload(
        &self,
        person: &Person,
        id: AttachmentId,
        conversation: ConversationId,
        name: &str,
        size: u64,
    ) -> reqwest::Response {
        let metadata = metadata(&[
            ("id", &id.to_string()),
            ("conversation", &conversation.to_string()),
            ("filename", name),
        ]);
        let headers = [("upload-length", size.to_string()), ("upload-metadata", metadata)];
        let request = self.tus(person, "POST", "/v1/attachments", &headers);
        request.send().await.unwrap()
    }

    /// Brings bytes of a file from an offset on; the answer.
    pub async fn bring(
        &self,
        person: &Person,
        id: AttachmentId,
        offset: u64,
        bytes: impl Into<reqwest::Body>,
    ) -> reqwest::Response {
        let headers = [
            ("upload-offset", offset.to_string()),
            ("content-type", "application/offset+octet-stream".to_owned()),
        ];
        let request = self.tus(person, "PATCH", &format!("/v1/attachments/{id}"), &headers);
        request.body(bytes).send().await.unwrap()
    }

    /// A file that the server has whole, as a message lists it.
    pub async fn upload(
        &self,
        person: &Person,
        conversation: ConversationId,
        name: &str,
        bytes: &[u8],
    ) -> Attachment {
        use sha2::Digest as _;
        let id = AttachmentId(self.id());
        let size = bytes.len() as u64;
        let begun = self.begin_upload(person, id, conversation, name, size).await;
        assert_eq!(begun.status(), 201);
        assert_eq!(self.bring(person, id, 0, bytes.to_vec()).await.status(), 204);
        Attachment {
            id,
            name: name.to_owned(),
            media_type: "application/octet-stream".to_owned(),
            size,
            sha256: Sha256(sha2::Sha256::digest(bytes).into()),
            picture: None,
            preview: None,
        }
    }

    /// Sends a message with files.
    pub async fn send_files(
        &self,
        person: &Person,
        conversation: ConversationId,
        attachments: Vec<Attachment>,
    ) -> MessageId {
        let message = NewMessage {
            attachments,
            ..self.message("Kijk eens")
        };
        let id = message.id;
        self.act(person, conversation, Action::Post { message }).await;
        id
    }

    pub async fn fetch(&self, person: &Person, id: AttachmentId, range: Option<&str>) -> reqwest::Response {
        let mut request = self.http.get(self.url(&format!("/v1/attachments/{id}")));
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let request = request.bearer_auth(&person.session.access.0);
        request.send().await.unwrap()
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str, person: &Person) -> Result<T, ErrorCode> {
        let request = self.http.get(self.url(path));
        read(
            request
                .bearer_auth(&person.session.access.0)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub async fn ask(&self, person: &Person, commands: &[Command]) -> Vec<Answer> {
        let mut request = CommandsRequest::default();
        for command in commands {
            request.push(command).unwrap();
        }
        let answer: CommandsAnswer = self.post("/v1/commands", Some(person), &request).await.unwrap();
        answer.answers
    }

    /// Sends one command that must be accepted; returns its conversation.
    pub async fn act(&self, person: &Person, conversation: ConversationId, action: Action) -> ConversationId {
        let command = self.command(person, conversation, action);
        match self.ask(person, &[command]).await.remove(0) {
            Answer::Accepted { conversation, .. } => conversation,
            refused @ Answer::Refused { .. } => panic!("{refused:?}"),
        }
    }

    pub fn command(&self, person: &Person, conversation: ConversationId, action: Action) -> Command {
        Command {
            id: CommandId(self.id()),
            acting: person.membership,
            conversation,
            action,
        }
    }

    /// A UUIDv7 of the clinic's clock.
    pub fn id(&self) -> Uuid {
        use platform::Clock as _;
        let count = COUNT.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&count);
        let millis = u64::try_from(self.clock.now().0).unwrap();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    pub fn message(&self, text: &str) -> NewMessage {
        use platform::Clock as _;
        NewMessage {
            id: MessageId(self.id()),
            text: text.into(),
            attachments: Vec::new(),
            reply_to: None,
            written_at: self.clock.now(),
            urgent: None,
        }
    }

    pub async fn say(&self, person: &Person, conversation: ConversationId, text: &str) -> MessageId {
        let message = self.message(text);
        let id = message.id;
        self.act(person, conversation, Action::Post { message }).await;
        id
    }

    pub async fn start_direct(&self, person: &Person, with: &Person, text: &str) -> ConversationId {
        let action = Action::Start {
            teams: Vec::new(),
            shape: Shape::Direct,
            with: vec![with.membership],
            subject: None,
            message: Some(self.message(text)),
        };
        self.act(person, ConversationId(self.id()), action).await
    }

    pub async fn start_group(&self, person: &Person, with: &[&Person], subject: &str) -> ConversationId {
        let action = Action::Start {
            teams: Vec::new(),
            shape: Shape::Group,
            with: with.iter().map(|with| with.membership).collect(),
            subject: Some(subject.to_owned()),
            message: None,
        };
        self.act(person, ConversationId(self.id()), action).await
    }

    /// All frames of one catch-up.
    pub async fn sync(&self, person: &Person, resume: Option<&str>) -> Vec<Frame> {
        self.sync_with(person, &request(resume)).await.unwrap()
    }

    pub async fn sync_with(&self, person: &Person, request: &SyncRequest) -> Result<Vec<Frame>, ErrorCode> {
        let body = serde_json::to_string(request).unwrap();
        let response = self.send("/v1/sync", Some(person), body).await;
        if !response.status().is_success() {
            return Err(read::<()>(response).await.unwrap_err());
        }
        let text = response.text().await.unwrap();
        Ok(text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect())
    }

    /// An open stream.
    pub async fn stream(&self, person: &Person, resume: Option<&str>) -> Stream {
        let request = SyncRequest {
            mode: Mode::Stream,
            ..request(resume)
        };
        let body = serde_json::to_string(&request).unwrap();
        let response = self.send("/v1/sync", Some(person), body).await;
        assert_eq!(response.status(), 200);
        Stream {
            response,
            buffer: Vec::new(),
        }
    }
}

pub struct Stream {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

impl Stream {
    /// The next frame; `None` when the stream ended.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// The frames up to and including the first that satisfies `wanted`.
    pub async fn until(&mut self, wanted: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            let found = wanted(&frame);
            frames.push(frame);
            if found {
                return frames;
            }
        }
        panic!("the stream ended");
    }

    pub async fn current(&mut self) -> Vec<Frame> {
        self.until(|frame| matches!(frame, Frame::Current { .. })).await
    }
}

async fn read<T: DeserializeOwned>(response: reqwest::Response) -> Result<T, ErrorCode> {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    if status < 300 {
        return Ok(serde_json::from_slice(&body).unwrap());
    }
    let answer: ErrorAnswer = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer.error.status(), status);
    Err(answer.error)
}

#[derive(Clone)]
pub struct Person {
    pub login: String,
    pub person: PersonId,
    pub membership: MembershipId,
    pub device: DeviceInfo,
    pub session: SessionAnswer,
}

pub fn membership(given: &str, organisation: OrganisationId) -> NewMembership {
    NewMembership {
        work_email: None,
        organisation,
        unit: None,
        name: Name {
            given: given.to_owned(),
            prefix: String::new(),
            family: "Jansen".to_owned(),
        },
        discipline: "Verpleegkundige".to_owned(),
        function: "Wondzorg".to_owned(),
    }
}

pub fn device() -> DeviceInfo {
    let number = u128::from(COUNT.fetch_add(1, Ordering::SeqCst));
    DeviceInfo {
        device: DeviceId(Uuid::from_u128(0xde71 << 64 | number)),
        name: "Werkplek".to_owned(),
        platform: "linux".to_owned(),
    }
}

pub fn request(resume: Option<&str>) -> SyncRequest {
    SyncRequest {
        protocol: protocol::VERSION,
        resume: resume.map(str::to_owned),
        holes: Vec::new(),
        following: Vec::new(),
        mode: Mode::Once,
    }
}

pub fn resume(frames: &[Frame]) -> String {
    let tokens = frames.iter().rev().filter_map(|frame| match frame {
        Frame::Resume { token } => Some(token.clone()),
        _ => None,
    });
    tokens.into_iter().next().unwrap()
}

pub fn heads(frames: &[Frame]) -> Vec<ConversationHead> {
    let heads = frames.iter().filter_map(|frame| match frame {
        Frame::Head(head) => Some((**head).clone()),
        _ => None,
    });
    heads.collect()
}

pub fn events(frames: &[Frame]) -> Vec<(ConversationId, WireEvent)> {
    let mut events = Vec::new();
    for frame in frames {
        if let Frame::Events {
            conversation, items, ..
        } = frame
        {
            events.extend(items.iter().filter_map(|item| match item {
                WireItem::Event(event) => Some((*conversation, event.clone())),
                WireItem::Stubs(_) => None,
            }));
        }
    }
    events
}

/// The texts in the frames, in order.
pub fn texts(frames: &[Frame]) -> Vec<String> {
    let mut events = events(frames);
    events.sort_by_key(|(conversation, event)| (*conversation, event.number));
    let kept = events
        .iter()
        .filter(|(_, event)| matches!(event.content, WireContent::Kept { .. }));
    kept.filter_map(|(_, event)| event.content().unwrap()?.text)
        .map(|text| text.body)
        .collect()
}

/// The value of `Upload-Metadata`.
pub fn metadata(pairs: &[(&str, &str)]) -> String {
    use base64::Engine as _;
    let encoded = |value: &str| base64::prelude::BASE64_STANDARD.encode(value);
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{key} {}", encoded(value)))
        .collect();
    pairs.join(",")
}
