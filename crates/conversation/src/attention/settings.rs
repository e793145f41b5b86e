//! The settings of a professional about mail (N3).

use serde_json::Value;

/// The language of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    #[default]
    Nl,
    En,
}

/// Days after which something unread is mailed again: 1 to 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnreadDays(u8);

impl UnreadDays {
    pub const LONGEST: u8 = 30;

    pub fn new(days: u8) -> Option<UnreadDays> {
        (1..=Self::LONGEST).contains(&days).then_some(UnreadDays(days))
    }

    pub fn get(self) -> u8 {
        self.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// At a new message (N2).
    pub message: bool,
    /// When added to a conversation.
    pub added: bool,
    pub mentioned: bool,
    /// At an urgent message (M10).
    pub urgent: bool,
    /// `None`: no reminder.
    pub unread_days: Option<UnreadDays>,
    /// Mail waits while one is at work.
    pub outside_working_hours: bool,
    pub language: Language,
}

impl Default for MailSettings {
    fn default() -> MailSettings {
        MailSettings {
            message: true,
            added: true,
            mentioned: true,
            urgent: true,
            unread_days: Some(UnreadDays(3)),
            outside_working_hours: false,
            language: Language::Nl,
        }
    }
}

impl MailSettings {
    /// The personal field that holds them, as the members of an object.
    pub const FIELD: &str = "setting/mail";

    /// Read from a personal field, which any version of a device may have written: a member that cannot be read is as if it were
    /// absent.
    pub fn of_field(json: &str) -> MailSettings {
        let default = MailSettings::default();
        let Ok(Value::Object(members)) = serde_json::from_str::<Value>(json) else {
            return default;
        };
        let flag = |name: &str, default: bool| members.get(name).and_then(Value::as_bool).unwrap_or(default);
        let days = members.get("unread_days").and_then(Value::as_u64);
        MailSettings {
            message: flag("message", default.message),
            added: flag("added", default.added),
            mentioned: flag("mentioned", default.mentioned),
            urgent: flag("urgent", default.urgent),
            unread_days: match days.map(u8::try_from) {
                Some(Ok(0)) => None,
                Some(Ok(days)) => UnreadDays::new(days).or(default.unread_days),
                Some(Err(_)) | None => default.unread_days,
            },
            outside_working_hours: flag("outside_working_hours", default.outside_working_hours),
            language: match members.get("language").and_then(Value::as_str) {
                Some("en") => Language::En,
                _ => default.language,
            },
        }
    }
}
