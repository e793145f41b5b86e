//! Mails one person what is unread, as far as it is due.
//!
//! ```text
//!   decide ──► reserve ──► send ──► settle
//!                │                     │
//!                └─ the lease passed   └─ sent, or given up: its marks are kept
//!                   to another: no       refused: dropped, decided anew
//!                   mail is sent         unknown: left open
//! ```
//!
//! A letter that is open when a job begins was left by a worker that died or an answer that was lost, so it may have been sent. It
//! is sent again under its own id, about the same events, as far as these are still to be mailed; newer ones go in the next letter.
//! A mailbox that knows the id shows it once, and lacks nothing.

use conversation::attention::{self, Decision, Letter, MailSettings, UnreadConversation, decide};
use conversation::organisation::Directory;
use conversation::{MembershipId, PersonId, Timestamp};
use trail::Digest;

use super::context::{JobContext, LEASE, Next};
use crate::core::attention::MailPayload;
use crate::core::{Core, CoreError};
use crate::mail::{Mail, MailLine, MailSender, Outgoing, Rejection};
use crate::store::{JobFailure, LeasedJob, LetterId, LetterJob, LetterRow, RefusedAddress, SettledLetter};

/// The first and the longest pause after a failure, and the failures after which a letter is given up: five days.
const PAUSE: i64 = Timestamp::MINUTE;
const LONGEST: i64 = Timestamp::HOUR;
const MOST_FAILURES: u32 = 125;
/// Characters of an address, at most (RFC 5321).
const LONGEST_ADDRESS: usize = 254;

/// A letter that is about to be sent.
struct Sending {
    id: LetterId,
    person: PersonId,
    letter: Letter,
    address: String,
    language: attention::Language,
    /// When the person is looked at again afterwards.
    again: Option<Timestamp>,
}

pub(super) async fn mail(
    context: &JobContext,
    outgoing: &Outgoing,
    job: &LeasedJob,
) -> Result<Next, CoreError> {
    let core = context.core.as_ref();
    let MailPayload { person } =
        serde_json::from_str(&job.payload).map_err(|_| CoreError::Broken("the payload of a job"))?;
    let now = core.now();
    let since = core.store.mail_since().await?.unwrap_or(now);
    let inbox = core.inbox(person, since).await?;
    let directory = core.directory();
    let decided = |unread: &[UnreadConversation], settings: &MailSettings| -> Decision {
        let delay = core.mail_delay().unwrap_or_default();
        decide(
            unread,
            settings,
            |membership| directory.availability(membership),
            delay,
            now,
        )
    };
    let left = core.store.open_letter(person).await?;
    if let Some(left) = &left {
        // It was due when it was reserved, whatever the hour is now.
        let settings = MailSettings {
            outside_working_hours: false,
            ..inbox.settings
        };
        let decision = decided(&as_reserved(&inbox.unread, left), &settings);
        let mut letters = decision.letters.into_iter();
        if let Some(letter) = letters.find(|letter| letter.membership == left.membership)
            && let Some(address) = address(core, &directory, letter.membership).await?
        {
            outgoing.counts.repeats();
            let sending = Sending {
                id: left.id,
                person,
                letter,
                address,
                language: settings.language,
                again: Some(now),
            };
            return send(context, outgoing, job, sending).await;
        }
    }
    let Decision { letters, next } = decided(&inbox.unread, &inbox.settings);
    let is_last = letters.len() == 1 && !inbox.is_full;
    for letter in letters {
        let Some(address) = address(core, &directory, letter.membership).await? else {
            continue;
        };
        let sending = Sending {
            id: LetterId(platform::id(core.random.as_ref(), now)),
            person,
            letter,
            address,
            language: inbox.settings.language,
            again: if is_last { next } else { Some(now) },
        };
        return send(context, outgoing, job, sending).await;
    }
    match left {
        // Nothing of it is to be mailed any more.
        Some(left) => {
            settle(
                core,
                job,
                &left.id,
                person,
                false,
                LetterJob::Finished { again: next },
            )
            .await
        }
        None => Ok(next.map_or(Next::Done, Next::At)),
    }
}

/// The conversations of a letter that was left open, with nothing that came later.
fn as_reserved(unread: &[UnreadConversation], left: &LetterRow) -> Vec<UnreadConversation> {
    let reserved = unread.iter().filter_map(|unread| {
        let own = left
            .marks
            .iter()
            .find(|(conversation, _)| *conversation == unread.conversation);
        let (_, mailed) = own.filter(|_| unread.membership == left.membership)?;
        let covered = [mailed.attention, mailed.reminder].into_iter().flatten();
        let through = covered.map(|covered| covered.through).max()?;
        let mut unread = unread.clone();
        unread.events.retain(|event| event.number <= through);
        unread.added = unread.added.filter(|added| added.number <= through);
        Some(unread)
    });
    reserved.collect()
}

async fn send(
    context: &JobContext,
    outgoing: &Outgoing,
    job: &LeasedJob,
    sending: Sending,
) -> Result<Next, CoreError> {
    let core = context.core.as_ref();
    let Sending {
        id,
        person,
        letter,
        again,
        ..
    } = &sending;
    let (id, person, again) = (*id, *person, *again);
    let mut marks: Vec<_> = letter
        .lines
        .iter()
        .map(|line| (line.conversation, line.mailed))
        .collect();
    marks.sort_by_key(|(conversation, _)| *conversation);
    let row = LetterRow {
        id,
        person,
        membership: letter.membership,
        marks,
    };
    let Some(mail) = compose(core, &sending) else {
        return Err(CoreError::Broken("the membership of a letter"));
    };
    let until = core.now().plus(LEASE);
    if !core.store.reserve_letter(job.lease, until, &row).await? {
        return Ok(Next::Lost);
    }
    let sent = outgoing.mailer.send(&mail).await;
    outgoing.counts.count(&sent);
    let now = core.now();
    let failed = |fault: String, due, counts| JobFailure { due, fault, counts };
    let finished = LetterJob::Finished { again };
    let (kept, ended) = match sent {
        Ok(()) => (true, finished),
        Err(Rejection::Address(reply)) => {
            let refused = RefusedAddress {
                membership: letter.membership,
                address: address_mac(core, letter.membership, &mail.to),
                reply,
                at: now,
            };
            core.store.refuse_address(&refused).await?;
            tracing::warn!(membership = %letter.membership, reply = refused.reply, "an address is refused");
            // Another letter of the same person may go elsewhere.
            (false, LetterJob::Finished { again: Some(now) })
        }
        Err(Rejection::Letter(reply)) => {
            outgoing.counts.gives_up();
            tracing::warn!(membership = %letter.membership, reply, "a mail is refused");
            (true, finished)
        }
        Err(Rejection::Later(_)) if job.failures >= MOST_FAILURES => {
            outgoing.counts.gives_up();
            (true, finished)
        }
        Err(Rejection::Later(reply)) => {
            let due = now.plus(pause(core, job.failures));
            (false, LetterJob::Failed(failed(reply, due, true)))
        }
        Err(Rejection::Server(reply)) => {
            let due = outgoing.mailer.paused_until(now).unwrap_or(now.plus(PAUSE));
            (false, LetterJob::Failed(failed(reply, due, false)))
        }
        Err(Rejection::Unknown(reply)) => {
            let due = now.plus(pause(core, job.failures));
            return Ok(Next::Failed(failed(reply, due, true)));
        }
    };
    settle(core, job, &id, person, kept, ended).await
}

async fn settle(
    core: &Core,
    job: &LeasedJob,
    id: &LetterId,
    person: PersonId,
    kept: bool,
    ended: LetterJob,
) -> Result<Next, CoreError> {
    let settled = SettledLetter {
        id: *id,
        person,
        kept,
        at: core.now(),
        job: ended,
    };
    let held = core.store.settle_letter(job.lease, &settled).await?;
    Ok(if held { Next::Ended } else { Next::Lost })
}

/// `None` if the membership is gone.
fn compose(core: &Core, sending: &Sending) -> Option<Mail> {
    let directory = core.directory();
    let letter = &sending.letter;
    let own = directory.card(letter.membership)?;
    let sender = |membership: &MembershipId| {
        let card = directory.card(*membership)?;
        Some(MailSender {
            name: card.profile.name.full(),
            organisation_name: card.organisation_name,
        })
    };
    let lines = letter.shown().iter().map(|line| MailLine {
        conversation: line.conversation,
        reasons: line.reasons.iter().copied().collect(),
        messages: line.messages,
        senders: line.senders.iter().filter_map(sender).collect(),
    });
    let parts: [&[u8]; 3] = [
        b"overleg/mail/1",
        sending.id.0.as_bytes(),
        sending.address.as_bytes(),
    ];
    let mac = core.vouching.mails.over(&parts);
    Some(Mail {
        id: mac.0[..20].iter().map(|byte| format!("{byte:02x}")).collect(),
        to: sending.address.clone(),
        membership: letter.membership,
        organisation: own.organisation,
        organisation_name: own.organisation_name,
        language: sending.language,
        lines: lines.collect(),
        more: letter.more(),
    })
}

/// The address of a membership; `None` if there is none that is fit, or the mail server refused it for good.
async fn address(
    core: &Core,
    directory: &Directory,
    membership: MembershipId,
) -> Result<Option<String>, CoreError> {
    let profile = directory.profile(membership);
    let address = profile
        .map(|profile| profile.work_email.clone())
        .unwrap_or_default();
    if !is_fit(&address) {
        return Ok(None);
    }
    let refused = core.store.refused_address(membership).await?;
    let is_refused = refused.is_some_and(|row| row.address == address_mac(core, membership, &address));
    Ok((!is_refused).then_some(address))
}

/// Whether it may be an address; the mail server says whether it is one.
fn is_fit(address: &str) -> bool {
    let parts = address.rsplit_once('@');
    address.len() <= LONGEST_ADDRESS
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>(),;:\"\\[]".contains(c))
}

fn address_mac(core: &Core, membership: MembershipId, address: &str) -> Digest {
    let parts: [&[u8]; 3] = [
        b"overleg/mail-address/1",
        membership.as_bytes(),
        address.as_bytes(),
    ];
    core.vouching.mails.over(&parts)
}

/// The pause after a failure, by the number of those before it; up to a quarter longer, so that not all of an outage come back at
/// once.
fn pause(core: &Core, before: u32) -> i64 {
    let pause = (PAUSE << before.min(6)).min(LONGEST);
    let random = u32::from_le_bytes(platform::bytes(core.random.as_ref()));
    pause + i64::from(random) % (pause / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    // N2
    #[test]
    fn a_letter_is_given_up_after_five_days_of_pauses() {
        let pauses = (0..MOST_FAILURES).map(|before| (PAUSE << before.min(6)).min(LONGEST));
        let days = pauses.sum::<i64>() as f64 / Timestamp::DAY as f64;
        assert!((5.0..5.1).contains(&days), "{days}");
    }

    // N2
    #[test]
    fn an_address_that_no_mail_server_could_take_is_not_tried() {
        for address in ["anna@kliniek.example", "a.b+c@x", "jörg@zürich.example"] {
            assert!(is_fit(address), "{address}");
        }
        let long = format!("{}@kliniek.example", "a".repeat(250));
        for address in [
            "",
            "anna",
            "@x",
            "a@",
            "a b@x",
            "a\r\nBcc: b@x",
            "<a@x>",
            "a@x, b@x",
            "\"a\"@x",
            &long,
        ] {
            assert!(!is_fit(address), "{address}");
        }
    }
}
