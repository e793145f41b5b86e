//! A mail server in memory, for tests: it waits before and after it accepts a mail, and answers as planned.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use conversation::Timestamp;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use platform::ManualClock;

use super::{Mail, Mailer, Outage, Rejection};

#[derive(Debug, Default)]
pub struct MemoryMailer {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    accepted: Vec<Mail>,
    /// Answers to the next mails; it accepts those that follow.
    answers: VecDeque<Answer>,
    /// How long each mail takes, by this clock.
    slow: Option<(Arc<ManualClock>, i64)>,
    paused_until: Option<Timestamp>,
}

#[derive(Debug)]
enum Answer {
    Accepts,
    Refuses(Rejection),
    /// It accepts, and the connection breaks off before its answer.
    BreaksOff,
    Hangs,
    Panics,
}

impl MemoryMailer {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plan(&self, answer: Answer) {
        self.inner().answers.push_back(answer);
    }

    /// The mails that were accepted since this was last asked.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.inner().accepted)
    }

    /// Accepts the next mail.
    pub fn accepts(&self) {
        self.plan(Answer::Accepts);
    }

    /// Refuses the next mail.
    pub fn refuses(&self, rejection: Rejection) {
        self.plan(Answer::Refuses(rejection));
    }

    /// Accepts the next mail, but its answer is lost.
    pub fn breaks_off(&self) {
        self.plan(Answer::BreaksOff);
    }

    /// Never answers the next mail.
    pub fn hangs(&self) {
        self.plan(Answer::Hangs);
    }

    /// The next mail meets a fault of the program.
    pub fn panics(&self) {
        self.plan(Answer::Panics);
    }

    /// Every mail takes so many milliseconds before it is accepted.
    pub fn takes(&self, clock: Arc<ManualClock>, milliseconds: i64) {
        self.inner().slow = Some((clock, milliseconds));
    }

    pub fn pauses_until(&self, until: Timestamp) {
        self.inner().paused_until = Some(until);
    }

    #[expect(clippy::panic, reason = "a fault that a test plans")]
    fn answer(&self, mail: &Mail) -> Option<Result<(), Rejection>> {
        let mut inner = self.inner();
        match inner.answers.pop_front().unwrap_or(Answer::Accepts) {
            Answer::Accepts => {
                inner.accepted.push(mail.clone());
                Some(Ok(()))
            }
            Answer::Refuses(rejection) => Some(Err(rejection)),
            Answer::BreaksOff => {
                inner.accepted.push(mail.clone());
                Some(Err(Rejection::Unknown("broke off".to_owned())))
            }
            Answer::Hangs => None,
            Answer::Panics => {
                drop(inner);
                std::panic::panic_any("a planned fault");
            }
        }
    }
}

/// Waits once.
fn give_way() -> impl Future<Output = ()> {
    let mut waited = false;
    std::future::poll_fn(move |context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

impl Mailer for MemoryMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Rejection>> {
        async move {
            give_way().await;
            if let Some((clock, milliseconds)) = &self.inner().slow {
                clock.advance(*milliseconds);
            }
            give_way().await;
            let answer = self.answer(mail);
            // The mail server has it by now, and the caller does not know.
            give_way().await;
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }
        .boxed()
    }

    fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.inner().paused_until.filter(|until| *until > now)
    }

    fn outage(&self) -> Option<Outage> {
        None
    }

    fn resume(&self) {
        self.inner().paused_until = None;
    }
}
