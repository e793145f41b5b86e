//! Texts that the operating system shows for Overleg: notifications, the tray, and dialogs shown without a window. The texts
//! of the interface are in `ui/messages`.

use client::api::Language;
use client::notifier::Notice;

/// Title and body of a notification.
pub fn notice(language: Language, notice: &Notice) -> (String, String) {
    match notice {
        Notice::One {
            who,
            what,
            messages,
            files,
            ..
        } => {
            let title = who.clone().unwrap_or_else(|| "Overleg".to_owned());
            let text = what.clone().unwrap_or_else(|| match files {
                0 => new_messages(language, *messages),
                files => sent_files(language, *files),
            });
            (title, text)
        }
        Notice::Mention { who, what, .. } => {
            let title = who.clone().unwrap_or_else(|| "Overleg".to_owned());
            let text = what.clone().unwrap_or_else(|| match language {
                Language::Nl => "U wordt genoemd in een bericht dat is gewijzigd".to_owned(),
                Language::En => "You are mentioned in a message that was changed".to_owned(),
            });
            (title, text)
        }
        Notice::Urgent {
            who, what, messages, ..
        } => {
            let urgent = match language {
                Language::Nl => "Spoed",
                Language::En => "Urgent",
            };
            let title = match who {
                Some(who) => format!("{urgent}: {who}"),
                None => format!("{urgent} (Overleg)"),
            };
            let text = what
                .clone()
                .unwrap_or_else(|| urgent_messages(language, *messages));
            (title, text)
        }
        Notice::Many { conversations } => {
            let text = match language {
                Language::Nl => format!("Nieuwe berichten in {conversations} gesprekken"),
                Language::En => format!("New messages in {conversations} conversations"),
            };
            ("Overleg".to_owned(), text)
        }
    }
}

fn urgent_messages(language: Language, messages: u32) -> String {
    match (language, messages) {
        (Language::Nl, 0 | 1) => "Spoedbericht".to_owned(),
        (Language::Nl, many) => format!("{many} spoedberichten"),
        (Language::En, 0 | 1) => "Urgent message".to_owned(),
        (Language::En, many) => format!("{many} urgent messages"),
    }
}

/// Title and body of a notification on trial.
pub fn trial(language: Language) -> (String, String) {
    let text = match language {
        Language::Nl => "Proefmelding: zo meldt Overleg een nieuw bericht.",
        Language::En => "Trial notification: this is how Overleg notifies you of a new message.",
    };
    ("Overleg".to_owned(), text.to_owned())
}

/// A file has a name, which no notification shows.
fn sent_files(language: Language, files: u32) -> String {
    match (language, files) {
        (Language::Nl, 0 | 1) => "Stuurde een bijlage".to_owned(),
        (Language::Nl, many) => format!("Stuurde {many} bijlagen"),
        (Language::En, 0 | 1) => "Sent an attachment".to_owned(),
        (Language::En, many) => format!("Sent {many} attachments"),
    }
}

fn new_messages(language: Language, messages: u32) -> String {
    match (language, messages) {
        (Language::Nl, 0 | 1) => "Nieuw bericht".to_owned(),
        (Language::Nl, many) => format!("{many} nieuwe berichten"),
        (Language::En, 0 | 1) => "New message".to_owned(),
        (Language::En, many) => format!("{many} new messages"),
    }
}

/// The window's title.
pub fn title(profile: &str, unread: u32) -> String {
    let name = if profile == "standard" {
        "Overleg".to_owned()
    } else {
        format!("Overleg ({profile})")
    };
    if unread == 0 {
        name
    } else {
        format!("({unread}) {name}")
    }
}

/// Tooltip of the tray icon.
pub fn tray(language: Language, unread: u32) -> String {
    match (language, unread) {
        (_, 0) => "Overleg".to_owned(),
        (Language::Nl, 1) => "Overleg: 1 ongelezen gesprek".to_owned(),
        (Language::Nl, many) => format!("Overleg: {many} ongelezen gesprekken"),
        (Language::En, 1) => "Overleg: 1 unread conversation".to_owned(),
        (Language::En, many) => format!("Overleg: {many} unread conversations"),
    }
}

pub fn open(language: Language) -> &'static str {
    match language {
        Language::Nl => "Overleg openen",
        Language::En => "Open Overleg",
    }
}

pub fn quit(language: Language) -> &'static str {
    match language {
        Language::Nl => "Overleg afsluiten",
        Language::En => "Quit Overleg",
    }
}

/// Dialog for a window that stays empty: the question and its buttons.
pub struct EmptyWindowDialog {
    pub question: &'static str,
    pub restart: &'static str,
    pub wait: &'static str,
    pub quit: &'static str,
}

/// The language is not known yet, so the text is in both languages.
pub const EMPTY_WINDOW: EmptyWindowDialog = EmptyWindowDialog {
    question: "Het venster van Overleg blijft leeg. Uw berichten zijn veilig. U kunt Overleg opnieuw starten zonder \
        hulp van de grafische kaart.\n\nThe window of Overleg stays empty. Your messages are safe. You can start Overleg \
        again without the help of the graphics card.",
    restart: "Opnieuw starten (Restart)",
    wait: "Wachten (Wait)",
    quit: "Afsluiten (Quit)",
};

/// The system lacks a webview.
pub const NO_WEBVIEW: &str = "Overleg kan op deze computer geen venster openen: het onderdeel van het systeem dat \
    webpagina's toont ontbreekt of is beschadigd. Uw berichten zijn veilig. Vraag uw ICT-afdeling om WebView2 (Windows) of \
    WebKitGTK (Linux) te installeren.\n\nOverleg can open no window on this computer: the part of the system that shows \
    web pages is missing or damaged. Your messages are safe. Ask your IT department to install WebView2 (Windows) or \
    WebKitGTK (Linux).";

#[cfg(test)]
mod tests {
    use super::*;

    fn one(who: Option<&str>, what: Option<&str>, messages: u32) -> Notice {
        Notice::One {
            conversation: "01890000-0000-7000-8000-000000000001".parse().unwrap(),
            number: Default::default(),
            messages,
            who: who.map(str::to_owned),
            what: what.map(str::to_owned),
            files: 0,
            again: false,
        }
    }

    // N1, M6
    #[test]
    fn a_notification_of_files_alone_says_how_many_they_are() {
        let said = |files| {
            let mut notice = one(Some("Anna de Wit"), None, 1);
            if let Notice::One { files: given, .. } = &mut notice {
                *given = files;
            }
            super::notice(Language::Nl, &notice).1
        };
        assert_eq!(
            [0, 1, 3].map(said),
            ["Nieuw bericht", "Stuurde een bijlage", "Stuurde 3 bijlagen"]
        );
    }

    // N1
    #[test]
    fn the_trays_text_has_no_character_that_a_system_reads_as_markup() {
        for language in [Language::Nl, Language::En] {
            let counted = [0, 1, 2, 12].map(|unread| tray(language, unread));
            let said = counted
                .iter()
                .map(String::as_str)
                .chain([open(language), quit(language)]);
            for said in said {
                assert!(!said.contains(['&', '_', '<', '>', '"', '\'']), "{said}");
            }
        }
    }

    // N1
    #[test]
    fn a_notification_says_no_more_than_it_was_given() {
        let said = |who, what, messages| notice(Language::Nl, &one(who, what, messages));
        assert_eq!(said(None, None, 1), ("Overleg".into(), "Nieuw bericht".into()));
        assert_eq!(
            said(Some("Anna de Wit"), None, 3),
            ("Anna de Wit".into(), "3 nieuwe berichten".into())
        );
        assert_eq!(
            said(Some("Anna de Wit"), Some("De wond"), 1),
            ("Anna de Wit".into(), "De wond".into())
        );
    }

    // N1
    #[test]
    fn the_title_begins_with_the_number_of_unread_conversations() {
        assert_eq!(title("standard", 0), "Overleg");
        assert_eq!(title("anna", 3), "(3) Overleg (anna)");
    }
}
