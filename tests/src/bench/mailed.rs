//! Attention mail beside BP1: the cost of commands whose conversations are marked for mail, against a server without mail in the
//! same run; and the cost of a mail from its mark to the mail server.
//!
//! The mail server is a task of this process, which accepts everything: its work is not the server's.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use conversation::{ConversationId, MembershipId};
use reqwest::Client;
use tokio::task::JoinSet;

use super::mail_sink::MailSink;
use super::seeded_server::{Guest, SeededServer, sign_in_cheaply};
use super::senders::Sender;
use super::{Figure, Report, cpu, rate};
use crate::program::{Program, free_port, path};

const SENDERS: usize = 32;
/// Members of a conversation beside its sender, each of no other: as in BP1.
const READERS: usize = 7;
/// Messages in each conversation: the first marks it.
const ROUNDS: usize = 7;
/// Pairs of servers, of which the median counts.
const TIMES: usize = 5;
/// Seconds after which something unread is mailed: the least.
const AFTER: &str = "30";
/// No pace that is felt.
const MOST_A_MINUTE: u32 = 60_000;
/// The longest that all mails may take from then on.
const PATIENCE: Duration = Duration::from_secs(300);

/// The folder of a server before it serves, and everybody who writes in it.
pub(super) struct Scene {
    folder: tempfile::TempDir,
    senders: Vec<(String, MembershipId)>,
    /// Of each sender.
    conversations: Vec<Vec<ConversationId>>,
    pub(super) mails: usize,
}

impl Scene {
    pub(super) async fn make(mails: usize) -> anyhow::Result<Scene> {
        let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
        let data = folder.path().join("data");
        let of_each = mails.div_ceil(SENDERS * READERS);
        let mut seeded = SeededServer::make(&data).await?;
        let guests = seeded.invite(SENDERS + SENDERS * of_each * READERS).await?;
        let (senders, readers) = guests.split_at(SENDERS);
        let mut conversations = vec![Vec::new(); SENDERS];
        for (place, readers) in readers.chunks(READERS).enumerate() {
            let of = place % SENDERS;
            let members: Vec<Guest> = [&senders[of]].into_iter().chain(readers).cloned().collect();
            conversations[of].push(seeded.start(&members).await?);
        }
        seeded.close().await;
        let signed_in = sign_in_cheaply(&data, senders, 1).await?;
        let tokens = signed_in.into_iter().map(|device| device.access);
        Ok(Scene {
            senders: tokens.zip(senders.iter().map(|guest| guest.membership)).collect(),
            mails: readers.len(),
            conversations,
            folder,
        })
    }

    /// A server on a copy of the folder, with the port of its mail server and the mails it sends a minute.
    pub(super) async fn serve(&self, name: &str, mail_server: Option<(u16, u32)>) -> anyhow::Result<Served> {
        let data = self.folder.path().join(name);
        copy(&self.folder.path().join("data"), &data)?;
        let (port, health) = (free_port()?, free_port()?);
        let (smtp, a_minute) = mail_server.unwrap_or_default();
        let (smtp, a_minute) = (smtp.to_string(), a_minute.to_string());
        let off = [
            ("OVERLEG_LIMITS__CHANGES_A_MINUTE", "4294967295"),
            ("OVERLEG_LIMITS__SENT_A_MINUTE", "4294967295"),
            ("OVERLEG_LIMITS__READ_A_MINUTE", "4294967295"),
            ("OVERLEG_URL", "https://overleg.example"),
        ];
        let on = [
            ("OVERLEG_MAIL__SERVER", "127.0.0.1"),
            ("OVERLEG_MAIL__PORT", smtp.as_str()),
            ("OVERLEG_MAIL__SECURITY", "none"),
            ("OVERLEG_MAIL__FROM", "Overleg <overleg@overleg.example>"),
            ("OVERLEG_MAIL__A_MINUTE", a_minute.as_str()),
            ("OVERLEG_MAIL__AFTER_SECONDS", AFTER),
        ];
        let settings: Vec<(&str, &str)> = match mail_server {
            Some(_) => off.into_iter().chain(on).collect(),
            None => off.to_vec(),
        };
        let server = Program::server_of(&path("sync-server")?, &data, [port, health], &settings).await?;
        Ok(Served {
            server,
            health,
            client: Client::builder().no_proxy().tcp_nodelay(true).build()?,
        })
    }

    /// A message in each conversation so many times, one after the other by each sender; the server's CPU, and how long it took.
    pub(super) async fn say(&self, served: &Served, rounds: usize) -> anyhow::Result<(f64, Duration)> {
        let (used, began) = (cpu::of_process(served.server.id())?, Instant::now());
        let mut saying = JoinSet::new();
        for ((token, membership), conversations) in self.senders.iter().zip(&self.conversations) {
            let sender = Sender {
                client: served.client.clone(),
                url: served.server.url("/v1/commands"),
                token: token.clone(),
                membership: *membership,
                conversation: conversations[0],
            };
            let conversations = conversations.clone();
            saying.spawn(async move {
                for round in 0..rounds {
                    for conversation in &conversations {
                        let sender = Sender {
                            conversation: *conversation,
                            ..sender.clone()
                        };
                        sender.say_one(round).await?;
                    }
                }
                anyhow::Ok(())
            });
        }
        while let Some(said) = saying.join_next().await {
            said??;
        }
        Ok((cpu::of_process(served.server.id())? - used, began.elapsed()))
    }

    fn all(&self) -> usize {
        self.conversations.iter().map(Vec::len).sum()
    }
}

pub(super) struct Served {
    pub(super) server: Program,
    health: u16,
    pub(super) client: Client,
}

impl Served {
    /// The counts of the server.
    pub(super) async fn metrics(&self) -> anyhow::Result<String> {
        let url = format!("http://127.0.0.1:{}/metrics", self.health);
        let answer = self.client.get(url).send().await?.error_for_status()?;
        Ok(answer.text().await?)
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(to)?;
    #[cfg(unix)]
    std::fs::set_permissions(to, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let to = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&entry.path(), &to)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// CPU seconds and time of the first messages of conversations, and of all.
#[derive(Default)]
struct Cost {
    first: Vec<(f64, f64)>,
    all: Vec<(f64, f64)>,
}

impl Cost {
    fn add(&mut self, first: (f64, Duration), later: (f64, Duration)) {
        self.first.push((first.0, first.1.as_secs_f64()));
        let took = first.1 + later.1;
        self.all.push((first.0 + later.0, took.as_secs_f64()));
    }
}

fn median(of: impl Iterator<Item = f64>) -> f64 {
    let mut of: Vec<f64> = of.collect();
    of.sort_unstable_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

pub async fn measure(mails: usize) -> anyhow::Result<Report> {
    let scene = Scene::make(mails).await?;
    let (mut without, mut with) = (Cost::default(), Cost::default());
    let mut report = Report::default();
    for time in 0..TIMES {
        // In turns, each as often the first.
        for is_on in [time % 2 == 0, time % 2 == 1] {
            let sink = MailSink::open().await?;
            let served = scene
                .serve(
                    &format!("{time}-{is_on}"),
                    is_on.then_some((sink.port, MOST_A_MINUTE)),
                )
                .await?;
            let first = scene.say(&served, 1).await?;
            let later = scene.say(&served, ROUNDS - 1).await?;
            let cost = if is_on { &mut with } else { &mut without };
            cost.add(first, later);
            if is_on && time + 1 >= TIMES {
                mailed(&scene, &served, &sink, &mut report).await?;
            }
        }
    }
    let count = scene.all();
    for (what, with, without, messages) in [
        (
            "the first message of a conversation, which marks it",
            &with.first,
            &without.first,
            count,
        ),
        ("a message", &with.all, &without.all, count * ROUNDS),
    ] {
        let cpu = |of: &[(f64, f64)]| median(of.iter().map(|(cpu, _)| cpu * 1_000.0 / messages as f64));
        let took = |of: &[(f64, f64)]| median(of.iter().map(|(_, took)| *took));
        let ratios = with.iter().zip(without.iter());
        let ratio = median(ratios.map(|((with, _), (without, _))| with / without));
        let words = format!(
            "BP1  With mail, {what}: {:.3} CPU seconds per 1,000 (without {:.3}), {ratio:.2} times; {messages} in {:.2} s \
             (without {:.2}).",
            cpu(with),
            cpu(without),
            took(with),
            took(without),
        );
        let figure = Figure {
            bar: "BP1",
            what: "server CPU with mail, beside without",
            value: cpu(with),
            unit: "CPU s per 1,000 messages",
            against: cpu(without) * 1.1,
            cpu_s: with.iter().map(|(cpu, _)| cpu).sum(),
        };
        report.add(figure, words);
    }
    Ok(report)
}

/// The mails of what was said, from their marks to the mail server.
async fn mailed(scene: &Scene, served: &Served, sink: &MailSink, report: &mut Report) -> anyhow::Result<()> {
    let used = cpu::of_process(served.server.id())?;
    let began = Instant::now();
    let mut first = None;
    while sink.count() < scene.mails {
        ensure!(
            began.elapsed() < PATIENCE,
            "{} of {} mails came",
            sink.count(),
            scene.mails
        );
        if sink.count() > 0 && first.is_none() {
            first = Some(Instant::now());
        }
        // tidy: waits because mail is due by the clock of another program.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = first.context("all mails came at once")?.elapsed();
    let used = cpu::of_process(served.server.id())? - used;
    ensure!(sink.count() == scene.mails, "more mails came than were due");
    let words = format!(
        "     {} mails, from their marks to the mail server: {:.3} CPU seconds per 1,000, {:.0} a second once they are due.",
        scene.mails,
        used * 1_000.0 / scene.mails as f64,
        rate(scene.mails, took),
    );
    report.say(words);
    Ok(())
}
