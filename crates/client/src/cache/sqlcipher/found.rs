//! Messages that a search asks for (L4), the newest first.
//!
//! The indexes propose, and the message decides ([`Search::admits`]): the index of parts knows runs of three letters without their
//! places, and marks of conversation, writer, time and file; that of words serves terms that are shorter. A page of proposals is
//! read at a time, until there are enough or so many were read that somebody waits.

use conversation::{ConversationId, MembershipId, Timestamp};
use sqlx::{Row as _, SqliteConnection};

use super::entries::entry;
use super::row_reader::{RowReader, json};
use crate::cache::{CacheError, FoundEntry, FoundPage, Search};

/// Proposals that are read at once: a screen of them first, then more.
const PAGES: [u32; 4] = [60, 300, 1_000, 1_640];
/// Of a list of conversations or writers, an index is asked for this many at most; of months for twice as many.
const MOST_MARKS: usize = 60;
const MONTH: i64 = 30 * 24 * 60 * 60 * 1_000;

macro_rules! proposed {
    ($index:literal, $matches:literal) => {
        concat!(
            "SELECT entries.rid, held.id, number, sender, at, message, reply_to, written_at, kind, entries.body, mentions, edited,
               deleted, attachments
             FROM ",
            $index,
            " CROSS JOIN entries ON entries.rid = ",
            $index,
            ".rowid CROSS JOIN held ON held.conversation = entries.conversation WHERE ",
            $matches,
            $index,
            ".rowid < ?2 ORDER BY ",
            $index,
            ".rowid DESC LIMIT ?3"
        )
    };
}

pub(super) const BY_WORD: &str = proposed!("words", "words MATCH ?1 AND ");
pub(super) const BY_PART: &str = proposed!("parts", "parts MATCH ?1 AND ");
/// Where no index knows anything of what is asked for.
pub(super) const ALL: &str =
    "SELECT rid, held.id, number, sender, at, message, reply_to, written_at, kind, body, mentions, edited,
       deleted, attachments
     FROM entries CROSS JOIN held USING (conversation)
     WHERE ?1 = '' AND rid < ?2 AND message IS NOT NULL AND body IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM to_index WHERE to_index.rid = entries.rid)
     ORDER BY rid DESC LIMIT ?3";

/// A string of the language of queries of the indexes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn any_of(marks: impl Iterator<Item = String>) -> String {
    let marks: Vec<String> = marks.map(|mark| quoted(&mark)).collect();
    format!("({})", marks.join(" OR "))
}

/// The character of a byte of a mark, as the view `texts` makes it.
fn mark(block: u32, byte: i64) -> char {
    let low = u32::try_from(byte & 255).unwrap_or_default();
    char::from_u32(0xE000 + (block << 8) + low).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn mark_of_place(name: i64) -> String {
    [mark(0, name >> 16), mark(1, name >> 8), mark(2, name)]
        .iter()
        .collect()
}

fn mark_of_writer(id: MembershipId) -> String {
    let bytes = id.as_bytes();
    (3..)
        .zip(&bytes[13..])
        .map(|(block, byte)| mark(block, i64::from(*byte)))
        .collect()
}

fn mark_of_month(month: i64) -> String {
    [mark(6, month >> 8), mark(7, month), mark(8, 0)].iter().collect()
}

fn mark_of_file() -> String {
    [mark(9, 0); 3].iter().collect()
}

/// The thirty days from the one time until the other, where they are not too many.
fn months(
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    newest: i64,
) -> Option<std::ops::RangeInclusive<i64>> {
    if from.is_none() && until.is_none() {
        return None;
    }
    let first = from.map_or(0, |from| from.0.max(0) / MONTH);
    let last = until.map_or(newest, |until| until.0.max(0)) / MONTH;
    let last = last.max(first);
    let many = i64::try_from(2 * MOST_MARKS).unwrap_or(i64::MAX);
    (last - first < many).then_some(first..=last)
}

/// The question to an index.
fn asked(search: &Search, places: Option<&[i64]>, newest: i64) -> (&'static str, String) {
    let few = |count: usize| count > 0 && count <= MOST_MARKS;
    let places = places.filter(|places| few(places.len()));
    let runs = search.terms.runs();
    if runs.is_empty() && !search.terms.is_empty() {
        let words = search.terms.in_words().map(|(word, begins)| {
            let star = if begins { " *" } else { "" };
            format!("body : {}{star}", quoted(&word))
        });
        let names = places.map(|places| places.iter().map(|name| format!("c{name}")));
        let within = names.map(|names| format!("c : {}", any_of(names)));
        let all: Vec<String> = words.chain(within).collect();
        return (BY_WORD, all.join(" AND "));
    }
    let file_runs = search.file.as_ref().map(|terms| terms.runs());
    let file = file_runs.as_ref().map(|_| mark_of_file());
    let mut all: Vec<String> = runs
        .iter()
        .chain(file_runs.iter().flatten())
        .chain(&file)
        .map(|run| quoted(run))
        .collect();
    all.extend(places.map(|places| any_of(places.iter().map(|name| mark_of_place(*name)))));
    let by = search.by.as_ref().filter(|by| few(by.len()));
    all.extend(by.map(|by| any_of(by.iter().map(|id| mark_of_writer(*id)))));
    let period = months(search.from, search.until, newest);
    all.extend(period.map(|period| any_of(period.map(mark_of_month))));
    if all.is_empty() {
        return (ALL, String::new());
    }
    (BY_PART, all.join(" AND "))
}

/// The short names of conversations within the file, of those that it has.
async fn short_names(db: &mut SqliteConnection, ids: &[ConversationId]) -> Result<Vec<i64>, CacheError> {
    let ids: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let names = sqlx::query_scalar(
        "SELECT conversation FROM held WHERE id IN (SELECT unhex(value) FROM json_each(?)) ORDER BY 1",
    );
    Ok(names.bind(json(&ids)?).fetch_all(db).await?)
}

pub(super) async fn found(db: &mut SqliteConnection, search: &Search) -> Result<FoundPage, CacheError> {
    let mut page = FoundPage::default();
    if search.is_empty() {
        return Ok(page);
    }
    let places = match &search.within {
        Some(within) => Some(short_names(db, within).await?),
        None => None,
    };
    let is_nowhere = places.as_ref().is_some_and(Vec::is_empty);
    if is_nowhere || search.by.as_ref().is_some_and(Vec::is_empty) {
        return Ok(page);
    }
    let newest: Option<i64> = match search.from {
        Some(_) => {
            let last = sqlx::query_scalar(
                "SELECT max(coalesce((SELECT max(last_at) FROM conversations), 0),
                   coalesce((SELECT max(at) FROM (SELECT at FROM entries ORDER BY rid DESC LIMIT 100)), 0))",
            );
            last.fetch_one(&mut *db).await?
        }
        None => None,
    };
    let (query, wanted) = asked(search, places.as_deref(), newest.unwrap_or_default());
    let mut before = search.before.unwrap_or(i64::MAX);
    for size in PAGES {
        let proposed = sqlx::query(query).bind(&wanted).bind(before).bind(size);
        let rows = proposed.fetch_all(&mut *db).await?;
        for row in &rows {
            let columns = RowReader {
                table: "entries",
                row,
            };
            before = row.try_get("rid")?;
            let one = FoundEntry {
                place: before,
                conversation: ConversationId(columns.uuid("id")?),
                entry: entry(row)?,
            };
            if search.admits(one.conversation, &one.entry) {
                page.entries.push(one);
                if page.entries.len() >= search.limit as usize {
                    page.next = Some(before);
                    return Ok(page);
                }
            }
        }
        if rows.len() < size as usize {
            return Ok(page);
        }
    }
    page.next = Some(before);
    Ok(page)
}
