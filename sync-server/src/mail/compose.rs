//! A mail as it is sent: headers, and a body in text and HTML.
//!
//! The same mail at the same time is the same bytes, so that one that is sent again is no other mail.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use conversation::attention::Reason;
use conversation::{OrganisationId, Timestamp};
use lettre::address::{Address, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use super::Mail;
use super::reply::{Failure, Fault, Stage};
use super::wording::{Wording, cleaned};
use super::words;
use crate::config::MailConfig;

/// Bytes of an address (RFC 5321), and of the part before the `@`.
const LONGEST_ADDRESS: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// Makes the mails of a server.
#[derive(Debug)]
pub(super) struct Composer {
    /// The address of the server, without a slash at its end.
    url: String,
    from: Mailbox,
    /// Of the organisations that have a sender of their own.
    senders: BTreeMap<OrganisationId, Mailbox>,
    wording: Wording,
}

/// A mail, ready to be sent.
pub(super) struct Composed {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
}

impl Composer {
    pub(super) fn new(config: &MailConfig, url: &str, wording: Wording) -> Composer {
        let own = config.organisations.iter();
        Composer {
            url: url.trim_end_matches('/').to_owned(),
            from: config.from.mailbox().clone(),
            senders: own
                .filter_map(|(organisation, own)| Some((*organisation, own.from.as_ref()?.mailbox().clone())))
                .collect(),
            wording,
        }
    }

    /// The organisation whose sender a mail has, if that is not the general one.
    pub(super) fn own_sender(&self, mail: &Mail) -> Option<OrganisationId> {
        self.senders
            .contains_key(&mail.organisation)
            .then_some(mail.organisation)
    }

    pub(super) fn compose(&self, mail: &Mail, at: Timestamp) -> Result<Composed, Failure> {
        let to = recipient(&mail.to).ok_or(unfit())?;
        let from = self.senders.get(&mail.organisation).unwrap_or(&self.from);
        let worded = self.wording.word(mail, &self.url).map_err(|_| uncomposed())?;
        let body = MultiPart::alternative()
            .boundary(format!("=_{}", mail.id))
            .singlepart(SinglePart::plain(worded.text))
            .singlepart(SinglePart::html(worded.html));
        let is_urgent = mail
            .lines
            .iter()
            .any(|line| line.reasons.contains(&Reason::Urgent));
        let importance = is_urgent.then_some("high");
        self.message(from, to, &mail.id, (worded.subject, importance), body, at)
    }

    /// A mail by which an operator tries the configuration, under the sender of an organisation.
    pub(super) fn trial(
        &self,
        to: &str,
        organisation: Option<OrganisationId>,
        at: Timestamp,
    ) -> Result<Composed, Failure> {
        let to = recipient(to).ok_or(unfit())?;
        let own = organisation.and_then(|organisation| self.senders.get(&organisation));
        let id = format!("trial-{}", at.0);
        let body = MultiPart::alternative()
            .boundary(format!("=_{id}"))
            .singlepart(SinglePart::plain(words::TRIAL.to_owned()));
        let subject = words::TRIAL_SUBJECT.to_owned();
        self.message(own.unwrap_or(&self.from), to, &id, (subject, None), body, at)
    }

    fn message(
        &self,
        from: &Mailbox,
        to: Address,
        id: &str,
        (subject, importance): (String, Option<&str>),
        body: MultiPart,
        at: Timestamp,
    ) -> Result<Composed, Failure> {
        let domain = from.email.domain();
        let milliseconds = u64::try_from(at.0).unwrap_or_default();
        // By itself the library would read it back from the headers, and not know all of its own addresses.
        let envelope = Envelope::new(Some(from.email.clone()), vec![to.clone()]).map_err(|_| uncomposed())?;
        let mut message = Message::builder();
        if let Some(importance) = importance {
            message = message.raw_header(header("Importance", importance.to_owned()));
        }
        let message = message
            .envelope(envelope)
            .from(Mailbox::new(
                from.name.as_deref().map(cleaned),
                from.email.clone(),
            ))
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            .date(UNIX_EPOCH + Duration::from_millis(milliseconds))
            .message_id(Some(format!("<{id}@{domain}>")))
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
            .raw_header(header("X-Auto-Response-Suppress", "All".to_owned()))
            .raw_header(header("X-Overleg", "attention".to_owned()))
            .raw_header(header("List-Id", format!("<attention.{domain}>")))
            // Without `List-Unsubscribe-Post`: a scanner that follows the link changes nothing.
            .raw_header(header(
                "List-Unsubscribe",
                format!("<{}/open/settings/mail>", self.url),
            ))
            .multipart(body)
            .map_err(|_| uncomposed())?;
        Ok(Composed {
            from: from.email.clone(),
            to,
            bytes: message.formatted(),
        })
    }
}

fn unfit() -> Failure {
    Failure {
        stage: Stage::To,
        fault: Fault::Unfit,
    }
}

/// Our own templates fit any mail, so this is a fault of ours.
fn uncomposed() -> Failure {
    Failure {
        stage: Stage::Data,
        fault: Fault::Uncomposed,
    }
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// An address with its domain in ASCII. `None` if it is none.
pub(super) fn recipient(address: &str) -> Option<Address> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    let length = local.len() + 1 + domain.len();
    if length > LONGEST_ADDRESS || local.len() > LONGEST_LOCAL || address.contains(char::is_control) {
        return None;
    }
    Address::new(local, domain).ok()
}
