//! Output about attention mail.

use serde_json::json;

use super::output::{line, moment};
use crate::server::admin_mail::{MailQueue, MailResponse, MailTest, RefusalMeaning, RefusedMember};

/// `false` if a trial failed, or mail is off.
pub(super) fn mail(as_json: bool, done: &MailResponse) -> bool {
    let well = match done {
        MailResponse::Off => false,
        MailResponse::Tested(test) => test.refused.is_none(),
        MailResponse::Queue(_) | MailResponse::Retried { .. } | MailResponse::Refused(_) => true,
    };
    if as_json {
        line(json!(done));
        return well;
    }
    match done {
        MailResponse::Off => line("Mail is off: configure [mail]."),
        MailResponse::Tested(test) => tested(test),
        MailResponse::Queue(queue) => queued(queue),
        MailResponse::Retried { jobs, addresses } => {
            line(format_args!("{jobs} mails are tried at once."));
            if *addresses > 0 {
                line(format_args!(
                    "{addresses} addresses that were refused are mailed again."
                ));
            }
        }
        MailResponse::Refused(members) => refused(members),
    }
    well
}

fn tested(test: &MailTest) {
    match &test.tls {
        Some(version) => line(format_args!(
            "The mail server answers; its certificate is right ({version})."
        )),
        None if test.refused.is_none() => line("The mail server answers, without TLS."),
        None => {}
    }
    if test.signed_in {
        line("It accepts our account.");
    }
    let Some(refusal) = &test.refused else {
        line("It accepted the mail.");
        return;
    };
    line(format_args!("The mail was not accepted: {}.", refusal.codes));
    line(match refusal.meaning {
        RefusalMeaning::Address => "The mail server refuses this address for good; others it may accept.",
        RefusalMeaning::Letter => "The mail server refuses this mail for good.",
        RefusalMeaning::Later => {
            "A mail of the server would be tried again later. If it stays so, ask the administrator of the mail server."
        }
        RefusalMeaning::Server => {
            "No mail gets through. Check `mail.server`, `mail.port`, `mail.security`, `mail.authority`, the account and the sender."
        }
        RefusalMeaning::Unknown => {
            "The connection broke off after the mail: look whether it arrived. A mail of the server would be sent again under the same id."
        }
    });
}

fn queued(queue: &MailQueue) {
    line(format_args!(
        "{} people have something that is mailed now or later; {} of them now.",
        queue.jobs, queue.due
    ));
    if let Some(first) = queue.first {
        line(format_args!("The first is due at {}.", moment(first)));
    }
    for fault in &queue.faults {
        line(format_args!("{} failed last: {}", fault.jobs, fault.codes));
    }
    if queue.failures > 0 {
        line(format_args!("The most failures of one: {}", queue.failures));
    }
    if let Some(outage) = &queue.outage {
        line(format_args!(
            "All mail waits since {}: {}",
            moment(outage.since),
            outage.codes
        ));
    }
}

fn refused(members: &[RefusedMember]) {
    if members.is_empty() {
        line("No address is refused.");
    }
    for member in members {
        line(format_args!(
            "{} {} <{}>: {} since {}",
            member.membership,
            member.name,
            member.address,
            member.codes,
            moment(member.since)
        ));
    }
}
