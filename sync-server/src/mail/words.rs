//! The words of a mail that are ours, in Dutch and English. None of them holds anything of a conversation but numbers and names.

use conversation::attention::{Language, Reason};
use serde::Serialize;

use super::{Mail, MailLine};

/// The mail by which an operator tries the configuration.
pub(super) const TRIAL_SUBJECT: &str = "Overleg: proefbericht / trial message";
pub(super) const TRIAL: &str = "Overleg kan mail versturen. Deze mail is een proef van de beheerder.

Overleg can send mail. This mail is a trial by the operator.
";

/// The sentences of every mail; no organisation changes it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Fixed {
    pub(super) open: &'static str,
    pub(super) where_it_is: &'static str,
    pub(super) how_often: &'static str,
    pub(super) no_answers: &'static str,
    pub(super) choose: &'static str,
}

pub(super) fn fixed(language: Language) -> Fixed {
    match language {
        Language::Nl => Fixed {
            open: "Openen in Overleg",
            where_it_is: "De inhoud staat alleen in Overleg, niet in deze mail.",
            how_often: "Tot u een gesprek opent krijgt u er geen tweede mail over, hooguit een herinnering.",
            no_answers: "Antwoorden op deze mail leest niemand.",
            choose: "Kiezen wanneer u mail krijgt",
        },
        Language::En => Fixed {
            open: "Open in Overleg",
            where_it_is: "The content is in Overleg only, not in this mail.",
            how_often: "Until you open a conversation you get no second mail about it, at most a reminder.",
            no_answers: "Nobody reads replies to this mail.",
            choose: "Choose when you get mail",
        },
    }
}

pub(super) fn code(language: Language) -> &'static str {
    match language {
        Language::Nl => "nl",
        Language::En => "en",
    }
}

pub(super) fn greeting(language: Language) -> &'static str {
    match language {
        Language::Nl => "Goedendag,",
        Language::En => "Hello,",
    }
}

pub(super) fn intro(language: Language, organisation: &str) -> String {
    match language {
        Language::Nl => format!("In Overleg wacht iets op u, voor uw werk bij {organisation}."),
        Language::En => format!("Something is waiting for you in Overleg, for your work at {organisation}."),
    }
}

/// The reasons of a line and the number of its messages, as one sentence.
pub(super) fn facts(language: Language, line: &MailLine) -> String {
    let mut facts: Vec<String> = Vec::new();
    if line.messages > 0 {
        facts.push(messages(language, line.messages.into()));
    }
    for reason in &line.reasons {
        match (reason, language) {
            (Reason::Urgent, Language::Nl) => facts.insert(0, "spoed".to_owned()),
            (Reason::Urgent, Language::En) => facts.insert(0, "urgent".to_owned()),
            (Reason::Added, Language::Nl) => facts.push("u bent toegevoegd".to_owned()),
            (Reason::Added, Language::En) => facts.push("you were added".to_owned()),
            (Reason::Mentioned, Language::Nl) => facts.push("u wordt genoemd".to_owned()),
            (Reason::Mentioned, Language::En) => facts.push("you are mentioned".to_owned()),
            (Reason::Message, _) => {}
            (Reason::Unread { days }, Language::Nl) => {
                let days = counted(u64::from(*days), "dag", "dagen");
                facts.push(format!("al {days} ongelezen"));
            }
            (Reason::Unread { days }, Language::En) => {
                let days = counted(u64::from(*days), "day", "days");
                facts.push(format!("unread for {days}"));
            }
        }
    }
    let joined = facts.join(", ");
    let mut letters = joined.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => joined,
    }
}

pub(super) fn more(language: Language, conversations: usize) -> String {
    let conversations = conversations as u64;
    match language {
        Language::Nl => format!(
            "En nog {}.",
            counted(conversations, "ander gesprek", "andere gesprekken")
        ),
        Language::En => format!(
            "And {}.",
            counted(conversations, "more conversation", "more conversations")
        ),
    }
}

pub(super) fn subject(language: Language, mail: &Mail) -> String {
    let subject = match mail.lines.as_slice() {
        [line] if mail.more == 0 => of_one(language, line),
        lines => {
            let conversations = (lines.len() + mail.more) as u64;
            let number = lines.iter().map(|line| u64::from(line.messages)).sum::<u64>();
            let (news, conversations) = match language {
                Language::Nl => ("nieuws", counted(conversations, "gesprek", "gesprekken")),
                Language::En => ("news", counted(conversations, "conversation", "conversations")),
            };
            // The messages of conversations without a line are not counted.
            let news = if number == 0 || mail.more > 0 {
                news.to_owned()
            } else {
                messages(language, number)
            };
            format!("{news} in {conversations}")
        }
    };
    let is_urgent = mail
        .lines
        .iter()
        .any(|line| line.reasons.contains(&Reason::Urgent));
    match (is_urgent, language) {
        (false, _) => format!("Overleg: {subject}"),
        (true, Language::Nl) => format!("Overleg: spoed, {subject}"),
        (true, Language::En) => format!("Overleg: urgent, {subject}"),
    }
}

fn of_one(language: Language, line: &MailLine) -> String {
    let is_mentioned = line.reasons.contains(&Reason::Mentioned);
    let (event, by) = match language {
        Language::Nl if line.messages > 0 => (messages(language, line.messages.into()), "van"),
        Language::En if line.messages > 0 => (messages(language, line.messages.into()), "from"),
        Language::Nl if is_mentioned => ("u wordt genoemd".to_owned(), "door"),
        Language::En if is_mentioned => ("you are mentioned".to_owned(), "by"),
        Language::Nl => ("u bent toegevoegd aan een gesprek".to_owned(), "door"),
        Language::En => ("you were added to a conversation".to_owned(), "by"),
    };
    let Some(first) = line.senders.first() else {
        return event;
    };
    let others = match (language, line.senders.len()) {
        (_, 1) => "",
        (Language::Nl, 2) => " en een collega",
        (Language::Nl, _) => " en collega's",
        (Language::En, 2) => " and a colleague",
        (Language::En, _) => " and colleagues",
    };
    format!(
        "{event} {by} {} ({}){others}",
        first.name, first.organisation_name
    )
}

fn messages(language: Language, number: u64) -> String {
    match language {
        Language::Nl => counted(number, "nieuw bericht", "nieuwe berichten"),
        Language::En => counted(number, "new message", "new messages"),
    }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}
