//! The way to a mail server by SMTP: some connections, which are reused, at a pace, with pauses while the server fails.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use conversation::{OrganisationId, Timestamp};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use platform::Clock;
use secrecy::SecretString;
use tokio::sync::Semaphore;

use super::breaker::{Breaker, Outage};
use super::compose::{Composed, Composer};
use super::connection::{Connection, MailServer, trust};
use super::reply::{Failure, Fault, Stage, is_about_sender, judge};
use super::wording::{Wording, WordingError};
use super::{Mail, Mailer, Rejection};
use crate::config::tuning::MailDeadlines;
use crate::config::{Config, MailConfig};
use crate::rate_limit::{Rate, RateLimit, Wait};

/// Mails through one connection.
const MOST_MAILS: u32 = 100;
/// Milliseconds after which a connection that nobody used is not trusted to be there.
const LONGEST_IDLE: i64 = 30 * Timestamp::SECOND;

/// Why mail cannot be set up, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("The wording `{}` {error}.", path.display())]
    Wording { path: PathBuf, error: WordingError },
    #[error("The authority of the mail server `{}` cannot be used ({error}). Write the path of a PEM file.", path.display())]
    Authority { path: PathBuf, error: std::io::Error },
    #[error("The certificates that this machine trusts cannot be used ({0}).")]
    Machine(std::io::Error),
    #[error("The password of the mail server `{}` cannot be read ({error}).", path.display())]
    Password { path: PathBuf, error: std::io::Error },
}

pub struct SmtpMailer {
    composer: Composer,
    server: MailServer,
    clock: Arc<dyn Clock>,
    /// The time of a whole mail.
    whole: Duration,
    room: Semaphore,
    idle: Mutex<Vec<Idle>>,
    breaker: Breaker,
    /// Of the senders of organisations, so that one that the server does not allow holds back no other.
    senders: BTreeMap<OrganisationId, Breaker>,
    pace: RateLimit<()>,
    rate: Rate,
}

struct Idle {
    connection: Connection,
    since: i64,
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer").finish_non_exhaustive()
    }
}

/// How far a trial mail came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The version of TLS, if it came so far.
    pub protection: Option<String>,
    /// Whether it signed in.
    pub signed_in: bool,
    pub result: Result<(), Rejection>,
}

impl SmtpMailer {
    /// Of a server that mails; `None` if it does not. The wording of organisations is tried.
    pub fn of(config: &Config, clock: Arc<dyn Clock>) -> Result<Option<SmtpMailer>, MailError> {
        let (Some(mail), Some(url)) = (&config.mail, &config.url) else {
            return Ok(None);
        };
        let deadlines = &config.tuning.mail_deadlines;
        SmtpMailer::open(mail, url, deadlines, clock).map(Some)
    }

    fn open(
        config: &MailConfig,
        url: &str,
        deadlines: &MailDeadlines,
        clock: Arc<dyn Clock>,
    ) -> Result<SmtpMailer, MailError> {
        let own = config.organisations.iter();
        let own = own.filter_map(|(organisation, own)| Some((*organisation, own.wording.as_deref()?)));
        let wording = Wording::open(own).map_err(|(path, error)| MailError::Wording { path, error })?;
        let authority = config.authority.as_deref();
        let tls = trust(authority).map_err(|error| match authority {
            Some(path) => MailError::Authority {
                path: path.to_owned(),
                error,
            },
            None => MailError::Machine(error),
        })?;
        let account = match (&config.user, &config.password) {
            (Some(user), Some(path)) => {
                let password = std::fs::read_to_string(path).map_err(|error| MailError::Password {
                    path: path.clone(),
                    error,
                })?;
                let password = password.trim_end_matches(['\r', '\n']);
                Some((user.clone(), SecretString::from(password)))
            }
            _ => None,
        };
        let connections = u64::from(config.connections);
        let interval = 60_000 / i64::from(config.a_minute.max(1));
        let with_own = config.organisations.iter().filter(|(_, own)| own.from.is_some());
        Ok(SmtpMailer {
            senders: with_own
                .map(|(organisation, _)| (*organisation, Breaker::default()))
                .collect(),
            composer: Composer::new(config, url, wording),
            server: MailServer {
                host: config.server.clone(),
                port: config.port(),
                security: config.security,
                tls: Arc::new(tls),
                account,
                hello: hello(url),
                step: deadlines.step,
            },
            clock,
            whole: deadlines.whole,
            room: Semaphore::new(usize::try_from(connections).unwrap_or(1)),
            idle: Mutex::default(),
            breaker: Breaker::default(),
            pace: RateLimit::default(),
            // Workers look each five seconds: what they may send at once lasts until they look again.
            rate: Rate::each(i64::from(config.a_minute / 6).max(1), interval.max(1)),
        })
    }

    /// Sends one mail without looking at pauses, for an operator who tries the configuration.
    pub async fn try_out(&self, to: &str, organisation: Option<OrganisationId>) -> Tried {
        let mut stage = Stage::Connect;
        let mut tried = Tried {
            protection: None,
            signed_in: false,
            result: Ok(()),
        };
        let sending = async {
            let composed = self.composer.trial(to, organisation, self.clock.now())?;
            let mut connection = Connection::open(&self.server, &mut stage).await?;
            tried.protection = connection.protection.clone();
            tried.signed_in = self.server.account.is_some();
            connection.send(&composed, &mut stage).await?;
            connection.quit().await;
            Ok(())
        };
        let sent = tokio::time::timeout(self.whole, sending).await;
        let sent = sent.unwrap_or_else(|_| Err(timeout(stage)));
        tried.result = sent.map_err(judge);
        tried
    }

    async fn send_now(&self, mail: &Mail) -> Result<(), Rejection> {
        let now = self.clock.now();
        let composed = self.composer.compose(mail, now).map_err(judge)?;
        let sender = self.composer.own_sender(mail);
        let sender = sender.and_then(|organisation| self.senders.get(&organisation));
        let sender_pass = sender.map(|sender| sender.begin(now)).transpose();
        let sender_pass = sender_pass.map_err(Rejection::Server)?;
        let pass = self.breaker.begin(now).map_err(Rejection::Server)?;
        if self.pace.take(&[((), self.rate)], 1, now).is_err() {
            return Err(Rejection::Server("paced".to_owned()));
        }
        let mut stage = Stage::Connect;
        let sent = tokio::time::timeout(self.whole, self.deliver(&composed, &mut stage)).await;
        let sent = sent.unwrap_or_else(|_| Err(timeout(stage)));
        let now = self.clock.now();
        let Err(failure) = sent else {
            self.breaker.works();
            sender.inspect(|sender| sender.works());
            return Ok(());
        };
        let rejection = judge(failure);
        match (&rejection, sender, sender_pass) {
            (Rejection::Server(fault), Some(sender), Some(pass)) if is_about_sender(failure) => {
                sender.fails(pass, now, fault);
                self.breaker.works();
            }
            (Rejection::Server(fault), _, _) => self.breaker.fails(pass, now, fault),
            // It answered about this mail, so it takes mail. Without an answer one does not know.
            _ if matches!(failure.fault, Fault::Refused(_)) => {
                self.breaker.works();
                sender.inspect(|sender| sender.works());
            }
            _ => {}
        }
        Err(rejection)
    }

    /// By a connection that is there, or a new one.
    async fn deliver(&self, mail: &Composed, stage: &mut Stage) -> Result<(), Failure> {
        // Never closed.
        let _room = self.room.acquire().await.map_err(|_| timeout(*stage))?;
        if let Some(mut connection) = self.waiting() {
            let sent = connection.send(mail, stage).await;
            // It may have been closed meanwhile, or it ends with this command.
            let is_over = matches!(
                sent,
                Err(Failure {
                    stage: Stage::From,
                    fault: Fault::Closed | Fault::Garbled,
                })
            ) || is_leaving(&sent);
            if !is_over {
                self.keep(connection, &sent).await;
                return sent;
            }
        }
        let mut connection = Connection::open(&self.server, stage).await?;
        let sent = connection.send(mail, stage).await;
        self.keep(connection, &sent).await;
        sent
    }

    fn waiting(&self) -> Option<Connection> {
        let now = self.clock.elapsed();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| now - idle.since < LONGEST_IDLE);
        idle.pop().map(|idle| idle.connection)
    }

    /// Keeps a connection for the next mail, if one can follow on it.
    async fn keep(&self, mut connection: Connection, sent: &Result<(), Failure>) {
        let can_go_on = match sent {
            Ok(()) => true,
            Err(failure) => match failure.fault {
                Fault::Unfit => true,
                Fault::Refused(_) if !is_leaving(sent) => connection.reset().await,
                _ => return,
            },
        };
        if !can_go_on {
            return;
        }
        if connection.mails >= MOST_MAILS {
            connection.quit().await;
            return;
        }
        let since = self.clock.elapsed();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(Idle { connection, since });
    }

    /// The wait for the pace, without using any of it.
    fn wait_for_pace(&self, now: Timestamp) -> Option<Timestamp> {
        match self.pace.take(&[((), self.rate)], 1, now) {
            Ok(()) => {
                self.pace.put_back(&(), self.rate);
                None
            }
            Err(Wait(seconds)) => {
                let seconds = i64::try_from(seconds).unwrap_or(1);
                Some(now.plus(seconds * Timestamp::SECOND))
            }
        }
    }
}

fn timeout(stage: Stage) -> Failure {
    Failure {
        stage,
        fault: Fault::Timeout,
    }
}

/// A server that answers that it goes.
fn is_leaving(sent: &Result<(), Failure>) -> bool {
    matches!(sent, Err(Failure { fault: Fault::Refused(reply), .. }) if reply.code == 421)
}

/// Our name: that in the address of the server.
fn hello(url: &str) -> String {
    let name = url.rsplit_once("://").map_or(url, |(_, name)| name);
    let end = name.find([':', '/', '[']).unwrap_or(name.len());
    match name.get(..end) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "localhost".to_owned(),
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<(), Rejection>> {
        self.send_now(mail).boxed()
    }

    fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.breaker.paused_until(now).max(self.wait_for_pace(now))
    }

    fn outage(&self) -> Option<Outage> {
        self.breaker.outage()
    }

    fn resume(&self) {
        self.breaker.works();
        for sender in self.senders.values() {
            sender.works();
        }
    }
}
