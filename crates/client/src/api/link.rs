//! Links that the system opens Overleg with: `overleg://item/…`, from a source system, an e-mail or a message (S3).

use conversation::text::ITEM_LINK;
use conversation::{ConversationId, ItemId, Seq};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// A place in Overleg that a link from outside leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "link", rename_all = "snake_case")]
#[ts(export)]
pub enum Link {
    /// The window of an item.
    Item { item: ItemId },
    /// A conversation, at a message of it.
    Conversation {
        conversation: ConversationId,
        number: Option<Seq>,
    },
    /// The settings, at a part of them (N3).
    Settings { page: SettingsPage },
}

/// A part of the settings that a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SettingsPage {
    Mail,
    Notifications,
}

impl Link {
    /// `None` for a text that is not a link of Overleg. Its author is not trusted, so no part of such a text is used.
    pub fn parse(text: &str) -> Option<Link> {
        let text = text.trim();
        // Browsers append a slash.
        let text = text.strip_suffix('/').unwrap_or(text);
        if let Some(item) = behind(ITEM_LINK, text) {
            return uuid(item).map(|id| Link::Item { item: ItemId(id) });
        }
        if let Some(page) = behind(SETTINGS_LINK, text) {
            return settings_page(page).map(|page| Link::Settings { page });
        }
        let place = behind(CONVERSATION_LINK, text)?;
        let (id, number) = match place.split_once('/') {
            Some((id, number)) => (id, Some(Seq(digits(number)?))),
            None => (place, None),
        };
        uuid(id).map(|id| Link::Conversation {
            conversation: ConversationId(id),
            number,
        })
    }
}

const CONVERSATION_LINK: &str = "overleg://conversation/";
const SETTINGS_LINK: &str = "overleg://settings/";

fn behind<'t>(scheme: &str, text: &'t str) -> Option<&'t str> {
    let (begin, rest) = text.split_at_checked(scheme.len())?;
    begin.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn settings_page(name: &str) -> Option<SettingsPage> {
    match name {
        "mail" => Some(SettingsPage::Mail),
        "notifications" => Some(SettingsPage::Notifications),
        _ => None,
    }
}

fn uuid(text: &str) -> Option<Uuid> {
    let hyphenated = text.len() == 36;
    text.parse().ok().filter(|_| hyphenated)
}

fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    // N1
    #[test]
    fn a_link_opens_a_conversation_at_a_message() {
        let id = "01890000-0000-7000-8000-000000000001";
        let link = |number| {
            Some(Link::Conversation {
                conversation: id.parse().unwrap(),
                number,
            })
        };
        let parse = |rest: &str| Link::parse(&format!("overleg://conversation/{id}{rest}"));
        assert_eq!(parse(""), link(None));
        assert_eq!(parse("/"), link(None));
        assert_eq!(parse("/17"), link(Some(Seq(17))));
        for wrong in ["/0", "/-1", "/+1", "/1/2", "/x", "?n=1", "/99999999999999999999"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    // N3
    #[test]
    fn a_link_opens_a_part_of_the_settings_that_there_is() {
        for (link, page) in [
            ("overleg://settings/mail", SettingsPage::Mail),
            ("OVERLEG://Settings/mail/", SettingsPage::Mail),
            (" overleg://settings/notifications\n", SettingsPage::Notifications),
        ] {
            assert_eq!(Link::parse(link), Some(Link::Settings { page }), "{link}");
        }
        for wrong in [
            "",
            "/",
            "/password",
            "/Mail",
            "/mail/off",
            "/mail//",
            "/mail?message=false",
            "/mail#x",
        ] {
            let link = format!("overleg://settings{wrong}");
            assert_eq!(Link::parse(&link), None, "{link}");
        }
    }

    // S3
    #[test]
    fn a_link_opens_an_item_and_nothing_else_of_it_is_used() {
        let id = "01890000-0000-7000-8000-000000000001";
        let item = Some(Link::Item {
            item: id.parse().unwrap(),
        });
        for right in [
            format!("overleg://item/{id}"),
            format!("OVERLEG://Item/{id}/"),
            format!(" overleg://item/{id}\n"),
        ] {
            assert_eq!(Link::parse(&right), item, "{right}");
        }
        for wrong in [
            "",
            "overleg:",
            "overleg://item/",
            "overleg://items/01890000-0000-7000-8000-000000000001",
            "https://item/01890000-0000-7000-8000-000000000001",
            "overleg://item/01890000-0000-7000-8000-000000000001?x=1",
            "overleg://item/01890000-0000-7000-8000-000000000001/../../etc",
            "overleg://item/{01890000-0000-7000-8000-000000000001}",
            "overleg://item/é890000-0000-7000-8000-00000000000",
        ] {
            assert_eq!(Link::parse(wrong), None, "{wrong}");
        }
    }
}
