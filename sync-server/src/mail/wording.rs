//! The texts of a mail, of templates (minijinja) with fixed places.
//!
//! An organisation may have a greeting, an introduction and a footer of its own, in a TOML file:
//!
//! ```toml
//! [nl]
//! greeting = "Beste collega,"
//! intro = "Er {% if count == 1 %}staat een bericht{% else %}staan {{ count }} berichten{% endif %} klaar."
//! footer = "{{ organisation }}, Servicepunt ICT, 020 123 45 67"
//! ```
//!
//! They know the name of the organisation and the number of unread messages, and nothing else: no filter, function or other template.
//! All of them are tried at the start. They are text, also in HTML, so that every address in a mail that can be clicked is ours.

use std::path::{Path, PathBuf};

use conversation::OrganisationId;
use conversation::attention::Language;
use conversation::text::{clean, one_line};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::{Deserialize, Serialize};

use super::words::{self, Fixed};
use super::{Mail, MailLine};

const TEXT: &str = "attention.txt";
const HTML: &str = "attention.html";
/// The names that a template of an organisation may use.
const KNOWN: [&str; 2] = ["organisation", "count"];
/// Steps of one template.
const MOST_STEPS: u64 = 20_000;
/// Bytes of a template of an organisation, and of the text that it makes.
const LONGEST: usize = 2_000;
/// Bytes of the file of an organisation.
const LARGEST_FILE: u64 = 64 * 1024;
/// Characters of the name of a person or an organisation in a mail.
pub(super) const LONGEST_NAME: usize = 80;

/// An invalid wording of an organisation, as the end of a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum WordingError {
    #[error("cannot be read ({0})")]
    File(#[from] std::io::Error),
    #[error("is larger than {LARGEST_FILE} bytes")]
    TooLarge,
    #[error("is not a wording: {0}")]
    Unreadable(Box<::config::ConfigError>),
    #[error("has a template `{0}` that cannot be used: {1}")]
    Template(String, Box<minijinja::Error>),
    #[error("uses `{1}` in `{0}`: only `organisation` and `count` are known there")]
    Unknown(String, String),
    #[error("has a template `{0}` of more than {LONGEST} bytes, or one that makes more")]
    TooLong(String),
}

impl From<::config::ConfigError> for WordingError {
    fn from(error: ::config::ConfigError) -> WordingError {
        WordingError::Unreadable(Box::new(error))
    }
}

/// A file of an organisation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OwnFile {
    nl: OwnWords,
    en: OwnWords,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OwnWords {
    greeting: Option<String>,
    intro: Option<String>,
    footer: Option<String>,
}

#[derive(Debug)]
pub(super) struct Wording {
    environment: Environment<'static>,
}

/// A mail in words.
#[derive(Debug)]
pub(super) struct Worded {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

#[derive(Serialize)]
struct Slots<'a> {
    language: &'static str,
    subject: &'a str,
    organisation: &'a str,
    greeting: &'a str,
    greeting_lines: Vec<&'a str>,
    intro: &'a str,
    intro_lines: Vec<&'a str>,
    footer: &'a str,
    footer_lines: Vec<&'a str>,
    lines: Vec<LineSlots>,
    more: Option<String>,
    settings: Value,
    words: Fixed,
}

#[derive(Serialize)]
struct LineSlots {
    senders: Vec<SenderSlots>,
    facts: String,
    link: Value,
}

#[derive(Serialize)]
struct SenderSlots {
    name: String,
    organisation: String,
}

#[derive(Serialize)]
struct OwnSlots<'a> {
    organisation: &'a str,
    count: u64,
}

impl Wording {
    pub(super) fn open<'a>(
        own: impl IntoIterator<Item = (OrganisationId, &'a Path)>,
    ) -> Result<Wording, (PathBuf, WordingError)> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(MOST_STEPS));
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        let mut wording = Wording { environment };
        let ours = [
            (TEXT, include_str!("templates/attention.txt")),
            (HTML, include_str!("templates/attention.html")),
        ];
        for (name, source) in ours {
            let added = wording.environment.add_template(name, source);
            added.map_err(|error| {
                (
                    PathBuf::from(name),
                    WordingError::Template(name.to_owned(), Box::new(error)),
                )
            })?;
        }
        for (organisation, path) in own {
            wording
                .add(organisation, path)
                .map_err(|error| (path.to_owned(), error))?;
        }
        Ok(wording)
    }

    fn add(&mut self, organisation: OrganisationId, path: &Path) -> Result<(), WordingError> {
        if std::fs::metadata(path)?.len() > LARGEST_FILE {
            return Err(WordingError::TooLarge);
        }
        let text = std::fs::read_to_string(path)?;
        let file = ::config::File::from_str(&text, ::config::FileFormat::Toml);
        let file = ::config::Config::builder().add_source(file).build()?;
        let OwnFile { nl, en } = file.try_deserialize()?;
        for (language, own) in [(Language::Nl, nl), (Language::En, en)] {
            let slots = [
                ("greeting", own.greeting),
                ("intro", own.intro),
                ("footer", own.footer),
            ];
            for (slot, source) in slots {
                if let Some(source) = source {
                    self.add_slot(organisation, language, slot, source)?;
                }
            }
        }
        Ok(())
    }

    fn add_slot(
        &mut self,
        organisation: OrganisationId,
        language: Language,
        slot: &str,
        source: String,
    ) -> Result<(), WordingError> {
        let said = format!("{}.{slot}", words::code(language));
        if source.len() > LONGEST {
            return Err(WordingError::TooLong(said));
        }
        let name = name_of(organisation, language, slot);
        let failed = |error| WordingError::Template(said.clone(), Box::new(error));
        self.environment
            .add_template_owned(name.clone(), source)
            .map_err(failed)?;
        let template = self.environment.get_template(&name).map_err(failed)?;
        let mut used: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        used.sort();
        if let Some(unknown) = used.into_iter().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(WordingError::Unknown(said, unknown));
        }
        for count in [0, 1, 2, 1_000_000] {
            let organisation = "Ééí".repeat(LONGEST_NAME / 3);
            let sample = OwnSlots {
                organisation: &organisation,
                count,
            };
            let sample = template.render(Value::from(Serde(sample))).map_err(failed)?;
            if sample.len() > LONGEST {
                return Err(WordingError::TooLong(said));
            }
        }
        Ok(())
    }

    /// The words of an organisation for a place, if it has some and they can be made.
    fn own(&self, mail: &Mail, slot: &str, organisation: &str, count: u64) -> Option<String> {
        let template = self
            .environment
            .get_template(&name_of(mail.organisation, mail.language, slot));
        let slots = Value::from(Serde(OwnSlots { organisation, count }));
        match template.ok()?.render(slots) {
            Ok(text) if text.len() <= LONGEST => Some(clean(&text).trim().to_owned()),
            // In a branch that no sample took.
            Ok(_) | Err(_) => {
                tracing::warn!(organisation = %mail.organisation, slot, "the wording of an organisation could not be used");
                None
            }
        }
    }

    /// The mail in words; its links begin with `url`.
    pub(super) fn word(&self, mail: &Mail, url: &str) -> Result<Worded, minijinja::Error> {
        let language = mail.language;
        let organisation = cleaned(&mail.organisation_name);
        let count = mail.lines.iter().map(|line| u64::from(line.messages)).sum();
        let own = |slot| self.own(mail, slot, &organisation, count);
        let greeting = own("greeting").unwrap_or_else(|| words::greeting(language).to_owned());
        let intro = own("intro").unwrap_or_else(|| words::intro(language, &organisation));
        let footer = own("footer").unwrap_or_default();
        // Its parts hold nothing that HTML would have to escape.
        let link = |path: String| Value::from_safe_string(format!("{url}/open/{path}"));
        let mail = Mail {
            lines: mail.lines.iter().map(cleaned_line).collect(),
            ..mail.clone()
        };
        let lines = mail.lines.iter().map(|line| LineSlots {
            senders: line
                .senders
                .iter()
                .map(|sender| SenderSlots {
                    name: sender.name.clone(),
                    organisation: sender.organisation_name.clone(),
                })
                .collect(),
            facts: words::facts(language, line),
            link: link(format!("conversation/{}", line.conversation)),
        });
        let subject = words::subject(language, &mail);
        let slots = Slots {
            language: words::code(language),
            subject: &subject,
            organisation: &organisation,
            greeting_lines: greeting.lines().collect(),
            greeting: &greeting,
            intro_lines: intro.lines().collect(),
            intro: &intro,
            footer_lines: footer.lines().collect(),
            footer: &footer,
            lines: lines.collect(),
            more: (mail.more > 0).then(|| words::more(language, mail.more)),
            settings: link("settings/mail".to_owned()),
            words: words::fixed(language),
        };
        let slots = Value::from(Serde(slots));
        Ok(Worded {
            text: self.environment.get_template(TEXT)?.render(slots.clone())?,
            html: self.environment.get_template(HTML)?.render(slots)?,
            subject,
        })
    }
}

fn name_of(organisation: OrganisationId, language: Language, slot: &str) -> String {
    format!("{organisation}/{}/{slot}.txt", words::code(language))
}

/// A name on one line, and not too long for it.
pub(super) fn cleaned(name: &str) -> String {
    let line = one_line(name);
    let cut = conversation::text::cut(&line, LONGEST_NAME);
    if cut.len() == line.len() {
        line
    } else {
        format!("{}…", cut.trim_end())
    }
}

fn cleaned_line(line: &MailLine) -> MailLine {
    let mut line = line.clone();
    for sender in &mut line.senders {
        sender.name = cleaned(&sender.name);
        sender.organisation_name = cleaned(&sender.organisation_name);
    }
    line
}
