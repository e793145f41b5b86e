//! Queries of each kind that people type, drawn with a seed from the messages that are searched, so that each finds something.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Datelike as _, Months, NaiveDate};
use client::api::request::SearchAsk;
use client::api::view::SearchFilter;
use client::cache::sqlcipher::BareIndex;
use client::cache::{Search, Terms};
use conversation::Timestamp;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::million::{Million, Said};

/// The conversation of a tenth of all messages, and those with a ten-thousandth each.
pub(super) const LONG: usize = 0;
const SMALL: std::ops::Range<usize> = 550..1_000;
/// Messages of all that have a rare word, at most.
const RARE: usize = 100;
/// Letters of a word that is taken for a compound, at least.
const COMPOUND: usize = 10;
/// Draws for a kind, per query that is wanted: some draw the same or nothing.
const DRAWS: usize = 60;

/// One query, as the screen asks it, and as the cache is asked.
pub(super) struct Query {
    pub(super) ask: SearchAsk,
    pub(super) search: Search,
}

/// Queries of a kind.
pub(super) struct Kind {
    pub(super) called: &'static str,
    /// The time that one may take, in milliseconds.
    pub(super) soon: f64,
    pub(super) bare: BareIndex,
    /// Whether hits are counted, not listed.
    pub(super) counted: bool,
    pub(super) queries: Vec<Query>,
}

/// Filters beside the text of a query.
#[derive(Clone, Copy)]
enum Only {
    All,
    By,
    Within,
    Month,
}

const SOON: f64 = 5.0;
const SOON_IN_WORDS: f64 = 10.0;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// Letters of a word from a place on.
fn letters(word: &str, from: usize, count: usize) -> String {
    word.chars().skip(from).take(count).collect()
}

fn length(word: &str) -> usize {
    word.chars().count()
}

struct Draw<'m> {
    million: &'m Million,
    random: StdRng,
    count: usize,
}

impl Draw<'_> {
    fn message(&mut self) -> Said {
        self.million.said[self.random.random_range(0..self.million.said.len())]
    }

    /// A word of a text, of so many letters at least, in lower case.
    fn word(&mut self, said: Said, letters: usize) -> Option<String> {
        let text = self.million.text(said);
        let all: Vec<&str> = words(text).filter(|word| length(word) >= letters).collect();
        let place = self.random.random_range(0..all.len().max(1));
        all.get(place).map(|word| word.to_lowercase())
    }

    /// Different queries of one shape, from messages drawn at random.
    fn kind(
        &mut self,
        (called, soon, bare): (&'static str, f64, BareIndex),
        only: Only,
        mut among: impl FnMut(&mut Self) -> Option<Said>,
        mut query: impl FnMut(&mut Self, Said) -> Option<String>,
    ) -> Kind {
        let (mut seen, mut queries) = (BTreeSet::new(), Vec::new());
        for _ in 0..self.count * DRAWS {
            if queries.len() == self.count {
                break;
            }
            let drawn = among(self).and_then(|said| Some((query(self, said)?, said)));
            let Some((text, said)) = drawn else { continue };
            let month = said.at.0 / (30 * Timestamp::DAY);
            let distinct = match only {
                Only::All => (text.clone(), 0, 0),
                Only::By => (text.clone(), said.by.0.as_u128(), 0),
                Only::Within => (text.clone(), 1, said.talk as i64),
                Only::Month => (text.clone(), 2, month),
            };
            if seen.insert(distinct) {
                queries.extend(self.asked(text, said, only));
            }
        }
        Kind {
            called,
            soon,
            bare,
            counted: false,
            queries,
        }
    }

    fn asked(&self, query: String, said: Said, only: Only) -> Option<Query> {
        let mut search = Search {
            terms: Terms::of(&query),
            limit: super::searching::LIMIT,
            ..Search::default()
        };
        let mut filters = Vec::new();
        match only {
            Only::All => {}
            Only::By => {
                search.by = Some(vec![said.by]);
                let name = String::new();
                let membership = Some(said.by);
                filters.push(SearchFilter::From { name, membership });
            }
            Only::Within => {
                let conversation = Some(self.million.id(said.talk));
                search.within = conversation.map(|one| vec![one]);
                let name = String::new();
                filters.push(SearchFilter::In { name, conversation });
            }
            Only::Month => {
                let day = DateTime::from_timestamp_millis(said.at.0)?.date_naive();
                let first = day.with_day(1)?;
                let (last, next) = (
                    first.checked_sub_months(Months::new(1))?,
                    first.checked_add_months(Months::new(1))?,
                );
                let begin =
                    |day: NaiveDate| Some(Timestamp(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()));
                (search.from, search.until) = (begin(first), begin(next));
                let typed = |day: NaiveDate| day.format("%Y-%m").to_string();
                filters.push(SearchFilter::After { day: typed(last) });
                filters.push(SearchFilter::Before { day: typed(next) });
            }
        }
        let ask = SearchAsk {
            query,
            filters,
            before: None,
            limit: super::searching::LIMIT,
        };
        Some(Query { ask, search })
    }
}

/// In how many of the messages each word is, of three letters at least; the most frequent first.
fn frequencies(million: &Million) -> Vec<(String, usize)> {
    let times = million.said.len() / million.texts.len();
    let more = million.said.len() % million.texts.len();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (place, text) in million.texts.iter().enumerate() {
        let once: BTreeSet<String> = words(text)
            .filter(|word| length(word) >= 3)
            .map(str::to_lowercase)
            .collect();
        let times = times + usize::from(place < more);
        for word in once {
            *counts.entry(word).or_default() += times;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    counts
}

/// So many queries of each kind, where the texts have as many.
pub(super) fn draw(million: &Million, count: usize) -> Vec<Kind> {
    use BareIndex::{Beginnings, Parts, Words};
    let mut draw = Draw {
        million,
        random: StdRng::seed_from_u64(5),
        count,
    };
    let counts = frequencies(million);
    let mut rare: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count <= RARE)
        .map(|(word, _)| word.clone())
        .collect();
    rare.shuffle(&mut draw.random);
    let listed = |draw: &Draw<'_>, called, words: &mut dyn Iterator<Item = String>| {
        let said = million.said[0];
        let queries = words
            .take(count)
            .filter_map(|word| draw.asked(word, said, Only::All));
        Kind {
            called,
            soon: SOON,
            bare: Words,
            counted: false,
            queries: queries.collect(),
        }
    };
    let mut common = counts.iter().map(|(word, _)| word.clone());
    let any = |draw: &mut Draw<'_>| Some(draw.message());
    let two = |draw: &mut Draw<'_>, said| {
        let (one, other) = (draw.word(said, 3)?, draw.word(said, 3)?);
        (one != other).then(|| format!("{one} {other}"))
    };
    let phrase = |draw: &mut Draw<'_>, said| {
        let all: Vec<&str> = words(million.text(said)).collect();
        let at = draw.random.random_range(0..all.len().max(1));
        let two = all.get(at..at + 2)?;
        let long = two.iter().any(|word| length(word) >= 3);
        long.then(|| format!("\"{}\"", two.join(" ").to_lowercase()))
    };
    let part = |draw: &mut Draw<'_>, said| {
        let word = draw.word(said, COMPOUND)?;
        let half = length(&word) / 2;
        let from = draw.random.random_range(2..=half);
        let most = length(&word) - from;
        Some(letters(
            &word,
            from,
            draw.random.random_range(4.min(most)..=most.min(8)),
        ))
    };
    let of = |talks: std::ops::Range<usize>| {
        move |draw: &mut Draw<'_>| Some(draw.message()).filter(|said| talks.contains(&said.talk))
    };
    let word = |draw: &mut Draw<'_>, said| draw.word(said, 3);
    let nothing = |_: &mut Draw<'_>, _| Some(String::new());
    let mut kinds = vec![
        listed(&draw, "a common word", &mut common),
        listed(&draw, "a rare word", &mut rare.into_iter()),
        draw.kind(("a word of a text", SOON, Words), Only::All, any, word),
        draw.kind(
            ("the beginning of a word", SOON, Beginnings),
            Only::All,
            any,
            |draw, said| draw.word(said, 5).map(|word| letters(&word, 0, 3)),
        ),
        draw.kind(("two words", SOON, Words), Only::All, any, two),
        draw.kind(
            ("a part of a compound", SOON_IN_WORDS, Parts),
            Only::All,
            any,
            part,
        ),
        draw.kind(("two letters", SOON, Beginnings), Only::All, any, |draw, said| {
            draw.word(said, 3).map(|word| letters(&word, 0, 2))
        }),
        draw.kind(("a phrase", SOON, Words), Only::All, any, phrase),
        draw.kind(("a writer", SOON, Parts), Only::By, any, nothing),
        draw.kind(("a writer and a word", SOON, Parts), Only::By, any, word),
        draw.kind(
            ("a word in the long conversation", SOON, Words),
            Only::Within,
            of(LONG..LONG + 1),
            word,
        ),
        draw.kind(
            ("a word in a small conversation", SOON, Words),
            Only::Within,
            |draw| (0..DRAWS).find_map(|_| of(SMALL)(draw)),
            word,
        ),
        draw.kind(("a month", SOON, Parts), Only::Month, any, nothing),
        draw.kind(("a word in a month", SOON, Parts), Only::Month, any, word),
    ];
    let mut common = counts.iter().map(|(word, _)| word.clone());
    let counted = listed(&draw, "the hits of a common word, counted", &mut common);
    kinds.push(Kind {
        counted: true,
        ..counted
    });
    kinds
}
