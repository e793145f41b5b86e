//! A server of its own for each group of attacks, with people in it, some of whom are honest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use conversation::{ConversationId, DeviceId};
use platform::{Clock as _, SystemClock, SystemRandom, id};
use protocol::session::{DeviceInfo, Secret, SignInRequest};
use protocol::sync::{Mode, SyncRequest};
use reqwest::{Client, RequestBuilder};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::honest::{Asking, Waited};
use super::table::{Limit, MEMORY, MEMORY_AFTER, OTHERS_REFUSED, OTHERS_WAIT, Row, Table};
use crate::bench::connected::resident;
use crate::bench::seeded_server::{Guest, PASSWORD, SeededServer, login, sign_in_devices};
use crate::bench::senders::Sender;
use crate::program::{Program, free_port};

/// How long others are watched before the first attack.
const QUIET: Duration = Duration::from_secs(3);
/// How long memory may take to be given back.
const MINUTE: Duration = Duration::from_secs(60);
/// People of a scene who are honest: the first writes, the second reads, and the others sign in now and then, which ends what
/// their device did before.
pub(super) const HONEST: usize = 7;
const SIGNING_IN: usize = 2;
const CONNECTING: &str = "another's sync, newly connected";

/// Limits that are not the same for every attack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Resident, more than before.
    pub(super) memory: Limit,
    /// p99 of a sync on a new connection.
    pub(super) connecting: Limit,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory: MEMORY,
            connecting: OTHERS_WAIT,
        }
    }
}

pub(super) struct Scene {
    pub(super) server: Program,
    health: u16,
    pub(super) client: Client,
    /// Those who are honest, then those who attack.
    pub(super) guests: Vec<Guest>,
    pub(super) tokens: Vec<String>,
    /// Of everybody.
    pub(super) conversation: ConversationId,
    devices: Vec<DeviceId>,
    quiet: Vec<Waited>,
    signs_in: bool,
    folder: tempfile::TempDir,
}

impl Scene {
    /// With so many people who attack.
    pub(super) async fn set(program: &Path, attackers: usize) -> anyhow::Result<Scene> {
        Scene::set_with(program, attackers, &[]).await
    }

    /// The same, of a server with these settings.
    pub(super) async fn set_with(
        program: &Path,
        attackers: usize,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Scene> {
        let folder = tempfile::Builder::new().prefix("overleg-attack").tempdir()?;
        let data = folder.path().join("server");
        let mut seeded_server = SeededServer::make(&data).await?;
        let guests = seeded_server.invite(HONEST + attackers).await?;
        let conversation = seeded_server.start(&guests).await?;
        seeded_server.close().await;
        Scene::serve(program, folder, guests, conversation, settings).await
    }

    /// The same, of a folder that was filled with more.
    pub(super) async fn serve(
        program: &Path,
        folder: tempfile::TempDir,
        guests: Vec<Guest>,
        conversation: ConversationId,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Scene> {
        let (port, health) = (free_port()?, free_port()?);
        let data = folder.path().join("server");
        let server = Program::server_of(program, &data, [port, health], settings).await?;
        let client = client_of(None)?;
        let signed_in = sign_in_devices(&client, &server.url(""), &guests, 1).await?;
        let mut scene = Scene {
            server,
            health,
            client,
            devices: signed_in.iter().map(|session| session.device).collect(),
            tokens: signed_in.into_iter().map(|session| session.access).collect(),
            guests,
            conversation,
            quiet: Vec::new(),
            signs_in: false,
            folder,
        };
        scene.watch_quiet().await?;
        Ok(scene)
    }

    /// From now on the honest sign in, too, on devices that their accounts know.
    pub(super) async fn with_sign_ins(mut self) -> anyhow::Result<Scene> {
        self.signs_in = true;
        self.watch_quiet().await?;
        Ok(self)
    }

    pub(super) fn account(&self, who: usize, path: &str) -> Account {
        Account {
            client: self.client.clone(),
            url: self.server.url(path),
            token: self.tokens[who].clone(),
        }
    }

    async fn watch_quiet(&mut self) -> anyhow::Result<()> {
        let asking = self.others()?;
        // tidy: waits because how long others wait is measured over a time.
        tokio::time::sleep(QUIET).await;
        self.quiet = ended(asking)
            .await?
            .into_iter()
            .map(|(_, waited)| waited)
            .collect();
        Ok(())
    }

    /// Kills the server and starts it again where it was.
    pub(super) async fn restart(&mut self, program: &Path) -> anyhow::Result<()> {
        let ports = [self.server.port(), self.health];
        tokio::task::block_in_place(|| self.server.kill())?;
        self.server = Program::server_of(program, &self.data(), ports, &[]).await?;
        Ok(())
    }

    pub(super) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("server")
    }

    fn others(&self) -> anyhow::Result<Vec<Asking>> {
        let writer = Sender {
            // A connection belongs to the thread that made it: each has a client of its own.
            client: client_of(None)?,
            url: self.server.url("/v1/commands"),
            token: self.tokens[0].clone(),
            membership: self.guests[0].membership,
            conversation: self.conversation,
        };
        let new = {
            let account = Account {
                client: Client::builder().no_proxy().pool_max_idle_per_host(0).build()?,
                ..self.account(1, "/v1/sync")
            };
            move |_| asked(account.post().json(&once(None)))
        };
        let ready = {
            let (client, url) = (
                client_of(None)?,
                format!("http://127.0.0.1:{}/readyz", self.health),
            );
            move |_| asked(client.get(&url))
        };
        let mut others = vec![
            Asking::begin("another's message", Duration::from_millis(50), move |number| {
                let writer = writer.clone();
                async move { writer.say_one(number).await.map(drop) }
            }),
            Asking::begin(CONNECTING, Duration::from_millis(100), new),
            Asking::begin("the health check", Duration::from_millis(100), ready),
        ];
        if self.signs_in {
            let (client, url) = (client_of(None)?, self.server.url("/v1/session/sign-in"));
            let requests: Vec<SignInRequest> = (SIGNING_IN..HONEST)
                .map(|place| sign_in_request(place, PASSWORD, self.devices[place]))
                .collect();
            let sign_in =
                move |number: usize| asked(client.post(&url).json(&requests[number % requests.len()]));
            others.push(Asking::begin(
                "another's sign-in, known device",
                Duration::from_millis(400),
                sign_in,
            ));
        }
        Ok(others)
    }

    /// Does something while others use the server; adds how long they waited, and the server's memory.
    pub(super) async fn beside<T>(
        &self,
        table: &mut Table,
        attack: &'static str,
        doing: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        self.beside_within(table, attack, Limits::default(), doing).await
    }

    /// The same, within other limits.
    pub(super) async fn beside_within<T>(
        &self,
        table: &mut Table,
        attack: &'static str,
        limits: Limits,
        doing: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let before = self.memory()?;
        let others = self.others()?;
        let (done, most) = self.watched(doing).await?;
        let during = ended(others).await?;
        let after = self.given_back(before).await?;
        let mut words = format!("   {attack}: {} connections at most;", most.connections);
        let mut refused = 0;
        for ((what, during), quiet) in during.iter().zip(&self.quiet) {
            let _ = write!(
                words,
                " {what} waited {:.0} ms at most of {} times ({:.0} of {});",
                during.longest(),
                during.asked(),
                quiet.longest(),
                quiet.asked()
            );
            refused += during.refused;
            table.add(Row {
                attack,
                what: format!("{what}, p99"),
                unit: "ms",
                before: Some(quiet.p99()),
                during: during.p99(),
                limit: if *what == CONNECTING {
                    limits.connecting
                } else {
                    OTHERS_WAIT
                },
            });
            if let Some(why) = &during.why {
                let _ = write!(words, " {} refused, the first: {why};", during.refused);
            }
        }
        table.say(&words);
        table.add(Row {
            attack,
            what: "others refused or not answered".to_owned(),
            unit: "",
            before: Some(self.quiet.iter().map(|quiet| quiet.refused).sum::<usize>() as f64),
            during: refused as f64,
            limit: OTHERS_REFUSED,
        });
        for (what, memory, limit) in [
            ("memory more, at most", most.memory, limits.memory),
            ("memory more, after", after, MEMORY_AFTER),
        ] {
            table.add(Row {
                attack,
                what: format!("{what} (of {before:.0} MiB)"),
                unit: "MiB",
                before: None,
                during: memory - before,
                limit,
            });
        }
        Ok(done)
    }

    /// Resident, in MiB.
    pub(super) fn memory(&self) -> anyhow::Result<f64> {
        Ok(resident(self.server.id())? / 1_024.0)
    }

    /// Does something; the most memory and connections that the server had meanwhile.
    async fn watched<T>(&self, doing: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<(T, Most)> {
        let mut most = Most::default();
        let mut doing = std::pin::pin!(doing);
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                done = &mut doing => {
                    most.memory = most.memory.max(self.memory()?);
                    return Ok((done?, most));
                }
                _ = pace.tick() => {
                    most.memory = most.memory.max(self.memory()?);
                    // Where health does not answer, the honest who ask for it say so.
                    let connections = self.figure("overleg_connections").await.unwrap_or_default();
                    most.connections = most.connections.max(connections);
                }
            }
        }
    }

    /// A figure of `/metrics`.
    pub(super) async fn figure(&self, name: &str) -> anyhow::Result<u64> {
        figure(&self.client, self.health, name).await
    }

    /// The memory once it is near what it was, or after a minute.
    async fn given_back(&self, before: f64) -> anyhow::Result<f64> {
        let began = Instant::now();
        let mut pace = tokio::time::interval(Duration::from_millis(500));
        loop {
            pace.tick().await;
            let memory = self.memory()?;
            if memory - before <= 0.75 * MEMORY_AFTER.most || began.elapsed() > MINUTE {
                return Ok(memory);
            }
        }
    }
}

#[derive(Debug, Default)]
struct Most {
    memory: f64,
    connections: u64,
}

async fn ended(asking: Vec<Asking>) -> anyhow::Result<Vec<(&'static str, Waited)>> {
    let mut all = Vec::with_capacity(asking.len());
    for one in asking {
        all.push((one.what, one.end().await?));
    }
    Ok(all)
}

/// A figure of `/metrics` at this port.
pub(super) async fn figure(client: &Client, health: u16, name: &str) -> anyhow::Result<u64> {
    let url = format!("http://127.0.0.1:{}/metrics", health);
    let text = client
        .get(url)
        .timeout(Duration::from_secs(1))
        .send()
        .await?
        .text()
        .await?;
    let figure = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(figure
        .with_context(|| format!("no figure {name}"))?
        .trim()
        .parse()?)
}

async fn asked(request: RequestBuilder) -> anyhow::Result<()> {
    request.send().await?.error_for_status()?.bytes().await?;
    Ok(())
}

/// A client whose connections come from this address.
pub(super) fn client_of(address: Option<Ipv4Addr>) -> anyhow::Result<Client> {
    let client = Client::builder().no_proxy().tcp_nodelay(true);
    Ok(client.local_address(address.map(IpAddr::V4)).build()?)
}

/// Another address of loopback, for each number below some sixty thousand; the honest come from 127.0.0.1.
pub(super) fn address(number: usize) -> Ipv4Addr {
    let [.., high, low] = (number + 256).to_be_bytes();
    Ipv4Addr::new(127, 0, high, low)
}

pub(super) fn once(resume: Option<String>) -> SyncRequest {
    SyncRequest {
        protocol: protocol::VERSION,
        resume,
        holes: Vec::new(),
        following: Vec::new(),
        mode: Mode::Once,
    }
}

/// By the login of the guest at this place.
pub(super) fn sign_in_request(place: usize, password: &str, device: DeviceId) -> SignInRequest {
    SignInRequest {
        login: login(place),
        password: Secret(password.to_owned()),
        device: DeviceInfo {
            device,
            name: "attack".to_owned(),
            platform: "linux".to_owned(),
        },
    }
}

pub(super) fn new_device() -> DeviceId {
    DeviceId(id(&SystemRandom, SystemClock.now()))
}

/// An account, and one route as it asks it.
#[derive(Clone, Debug)]
pub(super) struct Account {
    client: Client,
    url: String,
    token: String,
}

impl Account {
    /// Still without a body.
    pub(super) fn post(&self) -> RequestBuilder {
        let request = self.client.post(&self.url).bearer_auth(&self.token);
        request.header("content-type", "application/json")
    }
}

/// How often each status was answered; 0 where the connection ended instead.
#[derive(Debug, Default)]
pub(super) struct Statuses(BTreeMap<u16, usize>);

impl Statuses {
    pub(super) fn add(&mut self, status: u16) {
        *self.0.entry(status).or_default() += 1;
    }

    pub(super) fn of(&self, status: u16) -> usize {
        self.0.get(&status).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Statuses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all: usize = self.0.values().sum();
        write!(f, "{all} requests")?;
        for (status, times) in &self.0 {
            write!(f, ", {times} answered {status}")?;
        }
        Ok(())
    }
}

/// So many at once ask again and again for this long. Each request is given its number.
pub(super) async fn flood<F>(
    at_once: usize,
    lasting: Duration,
    ask: impl Fn(usize) -> F + Clone + Send + 'static,
) -> anyhow::Result<Statuses>
where
    F: Future<Output = u16> + Send,
{
    let began = Instant::now();
    let mut flooding = JoinSet::new();
    for first in 0..at_once {
        let ask = ask.clone();
        flooding.spawn(async move {
            let mut statuses = Vec::new();
            let mut number = first;
            while began.elapsed() < lasting {
                statuses.push(ask(number).await);
                number += at_once;
            }
            statuses
        });
    }
    let mut all = Statuses::default();
    while let Some(statuses) = flooding.join_next().await {
        statuses?.into_iter().for_each(|status| all.add(status));
    }
    Ok(all)
}

/// The status of an answer that is read to its end; 0 where there is none.
pub(super) async fn status(request: RequestBuilder) -> u16 {
    let request = request.timeout(super::honest::PATIENCE);
    let Ok(answer) = request.send().await else {
        return 0;
    };
    let status = answer.status().as_u16();
    match answer.bytes().await {
        Ok(_) => status,
        Err(_) => 0,
    }
}
