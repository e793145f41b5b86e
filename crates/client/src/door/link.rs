//! What the system opens Overleg with: `overleg://item/…`, from a source system, a mail or a message (S3).

use conversation::ItemId;
use conversation::text::ITEM_LINK;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A place in Overleg that something outside links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "link", rename_all = "snake_case")]
#[ts(export)]
pub enum Link {
    /// The window of an item.
    Item { item: ItemId },
}

impl Link {
    /// `None` for what is no link of Overleg's: whoever made it is not to be trusted, so nothing else of it is used.
    pub fn parse(text: &str) -> Option<Link> {
        let text = text.trim();
        let (scheme, rest) = text.split_at_checked(ITEM_LINK.len())?;
        if !scheme.eq_ignore_ascii_case(ITEM_LINK) {
            return None;
        }
        // Browsers put a slash behind it.
        let id = rest.strip_suffix('/').unwrap_or(rest);
        let hyphenated = id.len() == 36;
        let item = id.parse().ok().filter(|_| hyphenated)?;
        Some(Link::Item { item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
