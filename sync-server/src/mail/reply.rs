//! The answers of a mail server (SMTP, RFC 5321; codes of RFC 3463), and what each means for a mail.
//!
//! | step | for now (4xx) | for good (5xx) | no answer |
//! | --- | --- | --- | --- |
//! | connect, EHLO, STARTTLS, AUTH, MAIL | server | server | server |
//! | RCPT | later | address if it is about the address, else later | later |
//! | DATA, the mail | later | address, later or letter, as it is about the address, a policy or the mail | later; unknown after the mail |
//!
//! An address is refused for good only by an answer about it. A policy of the server (5.7.x) may be about us, so it refuses neither
//! an address nor, at once, a mail. 421 ends the connection, whatever was asked.

use std::fmt;

use super::Rejection;

/// A step towards a mail that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Connecting, and the server's greeting.
    Connect,
    Hello,
    Tls,
    Auth,
    /// The sender.
    From,
    /// The recipient.
    To,
    /// Before the mail.
    Data,
    /// After the mail.
    Body,
}

impl fmt::Display for Stage {
    /// As the operator finds it in the log of the mail server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Connect => "connect",
            Stage::Hello => "EHLO",
            Stage::Tls => "TLS",
            Stage::Auth => "AUTH",
            Stage::From => "MAIL",
            Stage::To => "RCPT",
            Stage::Data => "DATA",
            Stage::Body => "end of mail",
        })
    }
}

/// The code of a refusal, and its enhanced status if the server gave one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) status: Option<Status>,
}

/// Subject and detail of an enhanced status: 1 and 10 of `5.1.10`. Its class is that of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u16, pub(crate) u16);

impl Reply {
    /// By its code and text, of which only the status is kept: the rest may name anybody.
    pub(crate) fn read(code: u16, text: &str) -> Reply {
        Reply {
            code,
            status: status(code, text),
        }
    }
}

/// The status at the beginning of a text, if it is of the class of the code.
fn status(code: u16, text: &str) -> Option<Status> {
    let word = text.split_ascii_whitespace().next()?;
    let mut parts = word.split('.');
    let mut next = || {
        let part = parts.next()?;
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (class, subject, detail) = (next()?, next()?, next()?);
    (parts.next().is_none() && class == code / 100).then_some(Status(subject, detail))
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        match self.status {
            Some(Status(subject, detail)) => write!(f, " {}.{subject}.{detail}", self.code / 100),
            None => Ok(()),
        }
    }
}

/// Why a step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Refused(Reply),
    /// The name of the server is not known, or nothing listens there.
    Unreachable,
    /// It does not offer STARTTLS.
    NoTls,
    /// Its certificate is not of the authority, not of this name, or expired.
    Certificate,
    /// TLS failed otherwise.
    Tls,
    /// It offers no way to sign in that is known.
    NoMechanism,
    /// It answered more than once, too much, or nothing that is an answer.
    Garbled,
    Closed,
    Timeout,
    /// The address has a local part that the server cannot take, or that is none.
    Unfit,
    /// A fault of ours: the mail could not be made.
    Uncomposed,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Refused(reply) => return reply.fmt(f),
            Fault::Unreachable => "unreachable",
            Fault::NoTls => "no STARTTLS",
            Fault::Certificate => "certificate",
            Fault::Tls => "TLS failed",
            Fault::NoMechanism => "no mechanism",
            Fault::Garbled => "garbled",
            Fault::Closed => "closed",
            Fault::Timeout => "timeout",
            Fault::Unfit => "unfit address",
            Fault::Uncomposed => "not composed",
        })
    }
}

/// A step that failed. Its text is the code for the operator: `550 5.1.1 at RCPT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) fault: Fault,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.fault, self.stage)
    }
}

/// The meaning of a failure for the mail.
pub(crate) fn judge(failure: Failure) -> Rejection {
    let Failure { stage, fault } = failure;
    let said = failure.to_string();
    match fault {
        Fault::Unfit => Rejection::Address(said),
        Fault::Refused(reply) => refused(stage, reply)(said),
        _ if stage <= Stage::From => Rejection::Server(said),
        _ if stage == Stage::Body => Rejection::Unknown(said),
        _ => Rejection::Later(said),
    }
}

/// Whether the server does not know or allow the sender, which is no fault of the server for other senders.
pub(crate) fn is_about_sender(failure: Failure) -> bool {
    match failure.fault {
        Fault::Refused(Reply { code: 421, .. }) => false,
        Fault::Refused(reply) => failure.stage == Stage::From || is_status_of_sender(reply),
        _ => false,
    }
}

fn is_status_of_sender(reply: Reply) -> bool {
    matches!(reply.status, Some(Status(1, 7 | 8)))
}

fn refused(stage: Stage, reply: Reply) -> fn(String) -> Rejection {
    match reply.code {
        _ if stage <= Stage::From || is_status_of_sender(reply) => Rejection::Server,
        // It goes away; wants TLS or to know us; did not expect the command, or does not know it.
        421 | 530 | 534 | 535 | 538 | 500 | 502..=504 => Rejection::Server,
        500.. if is_about_address(stage, reply) => Rejection::Address,
        500.. if stage == Stage::To || is_about_policy(reply) => Rejection::Later,
        500.. => Rejection::Letter,
        _ => Rejection::Later,
    }
}

fn is_about_address(stage: Stage, reply: Reply) -> bool {
    match reply.status {
        // Unknown, moved, or of a form that is none; switched off; a domain without a mail server. Some servers look
        // for the recipient only once they have the mail.
        Some(Status(1, _) | Status(2, 1) | Status(4, 1 | 4)) => true,
        Some(_) => false,
        None => stage == Stage::To && matches!(reply.code, 501 | 550 | 551 | 553),
    }
}

fn is_about_policy(reply: Reply) -> bool {
    matches!(reply.status, Some(Status(7, _)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(stage: Stage, fault: Fault) -> (&'static str, String) {
        match judge(Failure { stage, fault }) {
            Rejection::Address(said) => ("address", said),
            Rejection::Letter(said) => ("letter", said),
            Rejection::Later(said) => ("later", said),
            Rejection::Server(said) => ("server", said),
            Rejection::Unknown(said) => ("unknown", said),
        }
    }

    const ALL: [Stage; 8] = [
        Stage::Connect,
        Stage::Hello,
        Stage::Tls,
        Stage::Auth,
        Stage::From,
        Stage::To,
        Stage::Data,
        Stage::Body,
    ];

    // N2
    #[test]
    fn a_reply_is_judged_by_its_stage() {
        // Up to MAIL nothing is about a recipient. Then: at RCPT, at DATA, at the end of the mail.
        let replies = [
            ("421 4.3.2 going", ["server", "server", "server"]),
            ("450 4.2.0 greylisted", ["later", "later", "later"]),
            ("451 try again", ["later", "later", "later"]),
            ("452 4.2.2 full", ["later", "later", "later"]),
            ("454 4.7.1 relay access denied", ["later", "later", "later"]),
            ("501 5.1.3 bad address", ["address", "address", "address"]),
            ("501 syntax", ["address", "letter", "letter"]),
            ("503 5.5.1 bad sequence", ["server", "server", "server"]),
            ("530 5.7.0 STARTTLS first", ["server", "server", "server"]),
            ("550 no such user", ["address", "letter", "letter"]),
            ("550 5.1.1 no such user", ["address", "address", "address"]),
            ("550 5.1.10 not found", ["address", "address", "address"]),
            ("550 5.1.8 sender unknown", ["server", "server", "server"]),
            ("550 5.2.1 switched off", ["address", "address", "address"]),
            ("552 5.2.2 mailbox full", ["later", "letter", "letter"]),
            ("550 5.4.1 access denied", ["address", "address", "address"]),
            ("550 5.7.1 not from you", ["later", "later", "later"]),
            ("551 not local", ["address", "letter", "letter"]),
            ("552 too much", ["later", "letter", "letter"]),
            ("553 not allowed", ["address", "letter", "letter"]),
            ("554 refused", ["later", "letter", "letter"]),
            ("554 5.6.0 malformed", ["later", "letter", "letter"]),
        ];
        for (line, expected) in replies {
            let (code, text) = line.split_once(' ').unwrap();
            let reply = Reply::read(code.parse().unwrap(), text);
            for stage in ALL {
                let expected = match stage {
                    Stage::To => expected[0],
                    Stage::Data => expected[1],
                    Stage::Body => expected[2],
                    _ => "server",
                };
                assert_eq!(
                    said(stage, Fault::Refused(reply)).0,
                    expected,
                    "{line} at {stage}"
                );
            }
        }
    }

    // N2
    #[test]
    fn only_after_the_whole_mail_is_it_unknown_whether_it_was_accepted() {
        for fault in [Fault::Closed, Fault::Timeout, Fault::Garbled] {
            let expected = [
                "server", "server", "server", "server", "server", "later", "later", "unknown",
            ];
            assert_eq!(ALL.map(|stage| said(stage, fault).0), expected);
        }
    }

    // N2
    #[test]
    fn of_an_answer_the_codes_alone_are_kept() {
        let cases = [
            (550, "5.1.1 <anna@kliniek.example> unknown", "550 5.1.1 at RCPT"),
            (550, "5.1.10 RESOLVER.ADR.RecipientNotFound", "550 5.1.10 at RCPT"),
            (550, "anna@kliniek.example unknown", "550 at RCPT"),
            (550, "4.1.1 of another class", "550 at RCPT"),
            (550, "5.1 anna", "550 at RCPT"),
            (550, "5.1.1.1 anna", "550 at RCPT"),
            (550, "5.1.1234 anna", "550 at RCPT"),
            (550, "5.+1.1 anna", "550 at RCPT"),
            (550, "", "550 at RCPT"),
        ];
        for (code, text, expected) in cases {
            assert_eq!(
                said(Stage::To, Fault::Refused(Reply::read(code, text))).1,
                expected
            );
        }
        assert_eq!(
            said(Stage::Body, Fault::Closed),
            ("unknown", "closed at end of mail".to_owned())
        );
    }
}
