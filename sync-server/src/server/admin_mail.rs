//! Attention mail, for the operator: a trial, what waits, and the addresses that the mail server refused.

use conversation::{MembershipId, OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::core::attention::MAIL;
use crate::core::{Core, CoreError};
use crate::mail::{Mailer as _, Rejection, SmtpMailer};
use crate::store::{Append, JobLevel};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailRequest {
    /// Sends a trial mail, under the sender of an organisation if one is given.
    Test {
        address: String,
        organisation: Option<OrganisationId>,
    },
    Queue,
    /// Tries at once what waits after a failure; with `refused` also the addresses that were refused.
    Retry {
        refused: bool,
    },
    Refused,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailResponse {
    /// Mail is not configured.
    Off,
    Tested(MailTest),
    Queue(MailQueue),
    Retried {
        jobs: u64,
        addresses: u64,
    },
    Refused(Vec<RefusedMember>),
}

/// How far a trial came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTest {
    /// The version of TLS; none if it did not come so far, or the connection is in the open.
    pub tls: Option<String>,
    pub signed_in: bool,
    pub refused: Option<MailRefusal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRefusal {
    pub meaning: RefusalMeaning,
    /// `550 5.1.1 at RCPT`.
    pub codes: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalMeaning {
    Address,
    Letter,
    Later,
    Server,
    Unknown,
}

impl From<Rejection> for MailRefusal {
    fn from(rejection: Rejection) -> MailRefusal {
        let (meaning, codes) = match rejection {
            Rejection::Address(codes) => (RefusalMeaning::Address, codes),
            Rejection::Letter(codes) => (RefusalMeaning::Letter, codes),
            Rejection::Later(codes) => (RefusalMeaning::Later, codes),
            Rejection::Server(codes) => (RefusalMeaning::Server, codes),
            Rejection::Unknown(codes) => (RefusalMeaning::Unknown, codes),
        };
        MailRefusal { meaning, codes }
    }
}

/// The jobs of mail: one a person who has something unread that is mailed now or later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailQueue {
    pub jobs: u64,
    /// How many are due now.
    pub due: u64,
    /// The moment of the first of them.
    pub first: Option<Timestamp>,
    /// The most failures of one of them.
    pub failures: u32,
    /// How many failed last for which codes.
    pub faults: Vec<MailFault>,
    /// The failure for which all wait.
    pub outage: Option<MailOutage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailFault {
    pub codes: String,
    pub jobs: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailOutage {
    pub since: Timestamp,
    pub codes: String,
}

/// A membership whose address the mail server refused for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedMember {
    pub membership: MembershipId,
    pub name: String,
    /// The address that it has now; another than the refused one is mailed again by itself.
    pub address: String,
    pub codes: String,
    pub since: Timestamp,
}

impl MailQueue {
    /// Of the levels of jobs of all kinds.
    pub(crate) fn of(levels: &[JobLevel]) -> MailQueue {
        let mut queue = MailQueue::default();
        for level in levels.iter().filter(|level| level.kind == MAIL) {
            queue.jobs += level.jobs;
            queue.due += level.due;
            queue.failures = queue.failures.max(level.failures);
            queue.first = Some(queue.first.map_or(level.first, |first| first.min(level.first)));
            queue.faults.extend(level.fault.clone().map(|codes| MailFault {
                codes,
                jobs: level.jobs,
            }));
        }
        queue
    }
}

impl MailRequest {
    pub(crate) async fn carry_out(
        self,
        core: &Core,
        smtp: Option<&SmtpMailer>,
    ) -> Result<MailResponse, CoreError> {
        let Some(smtp) = smtp else {
            return Ok(MailResponse::Off);
        };
        let now = core.now();
        match self {
            MailRequest::Test {
                address,
                organisation,
            } => {
                let tried = smtp.try_out(&address, organisation).await;
                Ok(MailResponse::Tested(MailTest {
                    tls: tried.protection,
                    signed_in: tried.signed_in,
                    refused: tried.result.err().map(MailRefusal::from),
                }))
            }
            MailRequest::Queue => {
                let mut queue = MailQueue::of(&core.store.job_levels(now).await?);
                queue.outage = smtp.outage().map(|outage| MailOutage {
                    since: outage.since,
                    codes: outage.fault,
                });
                Ok(MailResponse::Queue(queue))
            }
            MailRequest::Retry { refused } => {
                let mut addresses = 0;
                if refused {
                    addresses = forgive(core).await?;
                }
                let jobs = core.store.wake_jobs(&[MAIL], now).await?;
                smtp.resume();
                Ok(MailResponse::Retried { jobs, addresses })
            }
            MailRequest::Refused => Ok(MailResponse::Refused(refused_members(core).await?)),
        }
    }
}

/// Forgets the refused addresses, and looks at their people again.
async fn forgive(core: &Core) -> Result<u64, CoreError> {
    let directory = core.directory();
    let mut append = Append::default();
    let mut forgiven = 0;
    for row in core.store.refused_addresses().await? {
        core.store.forgive_address(row.membership).await?;
        forgiven += 1;
        if let Some(card) = directory.card(row.membership) {
            append.jobs.push(core.mail_job(card.person, core.now()));
        }
    }
    if !append.is_empty() {
        core.store.append(&append).await?;
    }
    Ok(forgiven)
}

async fn refused_members(core: &Core) -> Result<Vec<RefusedMember>, CoreError> {
    let directory = core.directory();
    let rows = core.store.refused_addresses().await?;
    let members = rows.into_iter().map(|row| {
        let profile = directory.profile(row.membership);
        RefusedMember {
            membership: row.membership,
            name: profile.map(|profile| profile.name.full()).unwrap_or_default(),
            address: profile
                .map(|profile| profile.work_email.clone())
                .unwrap_or_default(),
            codes: row.reply,
            since: row.at,
        }
    });
    Ok(members.collect())
}
