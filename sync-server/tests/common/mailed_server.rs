//! A server in this process that mails, over a mail server in memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use conversation::attention::Reason;
use conversation::{Action, ConversationId, MessageId, OrganisationId, Seq, Timestamp};
use platform::{ManualClock, SeededRandom};
use protocol::commands::ReadPosition;
use sync_server::core::Core;
use sync_server::keys::Secret;
use sync_server::mail::{Mail, MemoryMailer};
use sync_server::server::Mailing;
use sync_server::store::memory::Memory;
use sync_server::store::{JobLevel, JobStore as _, Store};

use super::in_process_server::{InProcessServer, Who, now};

pub const DELAY: i64 = 2 * Timestamp::MINUTE;
pub const HOUR: i64 = Timestamp::HOUR;
pub const DAY: i64 = Timestamp::DAY;

pub struct MailedServer {
    pub server: InProcessServer,
    pub mailer: Arc<MemoryMailer>,
    pub mailing: Mailing,
    pub home: OrganisationId,
    pub anna: Who,
    pub bram: Who,
}

/// Polls a future until it is done, as one task alone on its thread.
pub fn complete<T>(future: impl Future<Output = T>) -> T {
    polled(future, usize::MAX)
        .0
        .expect("it is polled until it is done")
}

/// Polls a future so many times at most; the second is how often it was polled. What it left undone is dropped with it.
pub fn polled<T>(future: impl Future<Output = T>, most: usize) -> (Option<T>, usize) {
    let mut future = std::pin::pin!(future);
    for polls in 1..=most {
        if let Some(done) = poll_once(future.as_mut()) {
            return (Some(done), polls);
        }
    }
    (None, most)
}

pub fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// Does all that is due.
pub async fn work(mailing: &Mailing) {
    while mailing.attend().await.unwrap() + mailing.mail().await.unwrap() > 0 {}
}

/// As a worker that looks again and again, whether or not anything was due.
pub async fn look(mailing: &Mailing) {
    for _ in 0..40 {
        mailing.attend().await.unwrap();
        mailing.mail().await.unwrap();
    }
}

impl MailedServer {
    pub fn new() -> MailedServer {
        let server = InProcessServer::on_with(Arc::new(Memory::default()), |core| core.mailing(DELAY));
        MailedServer::of(server)
    }

    pub fn of(mut server: InProcessServer) -> MailedServer {
        let mailer = Arc::<MemoryMailer>::default();
        let shared = Arc::<MemoryMailer>::clone(&mailer);
        let mailing = now(Mailing::open(Arc::clone(&server.core), shared)).unwrap();
        let home = server.organisation("Thuiszorg De Linde");
        let [anna, bram] = ["Anna", "Bram"].map(|given| server.person(given, home));
        MailedServer {
            server,
            mailer,
            mailing,
            home,
            anna,
            bram,
        }
    }

    /// Another server on the same store, with a clock of its own.
    pub fn another(&self, ahead: i64, seed: u64) -> (Mailing, Arc<ManualClock>) {
        use platform::Clock as _;
        let clock = Arc::new(ManualClock::new(self.server.clock.now().plus(ahead)));
        let store: Arc<dyn Store> = Arc::<Memory>::clone(&self.server.store);
        let random = Arc::new(SeededRandom::new(seed));
        let shared = Arc::<ManualClock>::clone(&clock);
        let core = now(Core::open(store, shared, random, &Secret::new([5; 32]))).unwrap();
        let mailer = Arc::<MemoryMailer>::clone(&self.mailer);
        let mailing = now(Mailing::open(Arc::new(core.mailing(DELAY)), mailer)).unwrap();
        (mailing, clock)
    }

    pub fn wait(&self, milliseconds: i64) {
        self.server.clock.advance(milliseconds);
    }

    /// Does all that is due.
    pub fn work(&self) {
        complete(work(&self.mailing));
    }

    /// Does all that is due; the mails that went.
    pub fn mails(&self) -> Vec<Mail> {
        self.work();
        self.mailer.take()
    }

    /// Time goes on, a minute at a time, and each minute all that is due is done.
    pub fn mails_of(&self, milliseconds: i64) -> Vec<Mail> {
        let mut all = Vec::new();
        for _ in 0..milliseconds / Timestamp::MINUTE {
            self.wait(Timestamp::MINUTE);
            all.extend(self.mails());
        }
        all
    }

    pub fn say(&mut self, who: &Who, conversation: ConversationId) -> MessageId {
        self.server.say(who, conversation, "Wil je meekijken?")
    }

    /// Reads a conversation to its end.
    pub fn read(&mut self, who: &Who, conversation: ConversationId) {
        self.read_to(who, conversation, u64::from(u32::MAX));
    }

    pub fn read_to(&mut self, who: &Who, conversation: ConversationId, number: u64) {
        let number = Seq(number);
        let position = ReadPosition { conversation, number };
        self.server.positions(who, &[position]);
    }

    /// A group of Anna's with Bram, who read its start.
    pub fn group(&mut self) -> ConversationId {
        let (anna, bram) = (self.anna.clone(), self.bram.clone());
        let conversation = self.server.group(&anna, &[&bram], "Wondzorg");
        self.read(&bram, conversation);
        conversation
    }

    pub fn add(&mut self, who: &Who, conversation: ConversationId) {
        let by = self.anna.clone();
        let action = Action::Add {
            members: vec![who.membership],
            teams: Vec::new(),
            share: None,
        };
        self.server.act(&by, conversation, action);
    }

    pub fn jobs(&self, kind: &str) -> Vec<JobLevel> {
        use platform::Clock as _;
        let levels = now(self.server.store.job_levels(self.server.clock.now())).unwrap();
        levels.into_iter().filter(|level| level.kind == kind).collect()
    }
}

/// The address, the count of each line, and the reasons of the first.
pub fn said(mails: &[Mail]) -> Vec<(&str, Vec<u32>, Vec<Reason>)> {
    let said = mails.iter().map(|mail| {
        let counts = mail.lines.iter().map(|line| line.messages).collect();
        let reasons = mail.lines.first().map(|line| line.reasons.clone());
        (mail.to.as_str(), counts, reasons.unwrap_or_default())
    });
    said.collect()
}
