//! `GET /v1/directory`: finding people (O3, O6).
//!
//! Every word of the query must begin a word of the name, discipline, function, organisation or unit, without regard
//! to case and diacritics. Own organisation first, then by family name without its prefix.

use conversation::organisation::Card;
use conversation::{MembershipId, PersonId, World as _};
use protocol::directory::{DirectoryAnswer, MOST_FOUND};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::Core;

/// Characters of a query that count.
const LONGEST_QUERY: usize = 100;

impl Core {
    /// `None` where the acting membership is not theirs, or ended.
    pub fn find(
        &self,
        person: PersonId,
        acting: MembershipId,
        query: &str,
        limit: usize,
    ) -> Option<DirectoryAnswer> {
        let directory = self.directory();
        let own = directory
            .member(acting)
            .filter(|member| member.person == person && member.active)?;
        let query: String = query.chars().take(LONGEST_QUERY).collect();
        let wanted = words(&query);
        let mut cards: Vec<Card> = directory
            .findable(acting)
            .filter(|card| matches(card, &wanted))
            .collect();
        cards.sort_by_cached_key(|card| {
            let name = &card.profile.name;
            (
                card.organisation != own.organisation,
                fold(&name.family),
                fold(&name.given),
                card.membership,
            )
        });
        let limit = limit.clamp(1, MOST_FOUND);
        let more = cards.len() > limit;
        cards.truncate(limit);
        Some(DirectoryAnswer { cards, more })
    }
}

fn matches(card: &Card, wanted: &[String]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let name = &card.profile.name;
    let texts = [
        &name.given,
        &name.prefix,
        &name.family,
        &card.profile.discipline,
        &card.profile.function,
        &card.organisation_name,
        &card.unit_name,
    ];
    let own: Vec<String> = texts.into_iter().flat_map(|text| words(text)).collect();
    wanted
        .iter()
        .all(|wanted| own.iter().any(|word| word.starts_with(wanted.as_str())))
}

fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// In lower case, without diacritics.
fn fold(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_divided_where_a_person_would() {
        assert_eq!(
            words("Zoë van den Bérg-Çelik"),
            ["zoe", "van", "den", "berg", "celik"]
        );
        assert_eq!(words("  "), Vec::<String>::new());
    }
}
