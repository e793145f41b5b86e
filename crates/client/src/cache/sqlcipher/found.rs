//! Messages that have the terms of a search (L4), the newest first.
//!
//! The indexes propose, and the text decides: the index of parts knows runs of three letters without their places, and that of
//! words folds less than [`matching::fold()`] does. A page of proposals is read at a time, until there are enough.

use conversation::ConversationId;
use sqlx::{Row as _, SqliteConnection};

use super::entries::{self, entry};
use super::row_reader::RowReader;
use crate::cache::{CacheError, FoundEntry, Search};

/// Proposals that are read at once: a screen of them first, then more.
const PAGES: [u32; 2] = [60, 300];
const LARGEST_PAGE: u32 = 1_500;

macro_rules! proposed {
    ($index:literal, $within:literal) => {
        concat!(
            "SELECT entries.rid, held.id, number, sender, at, message, reply_to, written_at, kind, entries.body, mentions, edited,
               deleted, attachments
             FROM ",
            $index,
            " CROSS JOIN entries ON entries.rid = ",
            $index,
            ".rowid CROSS JOIN held ON held.conversation = entries.conversation WHERE ",
            $index,
            " MATCH ?1 AND ",
            $index,
            ".rowid < ?2 ",
            $within,
            " ORDER BY ",
            $index,
            ".rowid DESC LIMIT ?3"
        )
    };
}

pub(super) const BY_WORD: &str = proposed!("words", "");
pub(super) const BY_PART: &str = proposed!("parts", "");
pub(super) const BY_PART_WITHIN: &str = proposed!("parts", "AND held.conversation = ?4");

/// A string of the language of queries of the indexes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The question to an index: that of parts where a term is long enough, since it knows beginnings, too.
fn asked(search: &Search, within: Option<i64>) -> (&'static str, String) {
    let runs = search.terms.runs();
    if !runs.is_empty() {
        let runs: Vec<String> = runs.iter().map(|run| quoted(run)).collect();
        let query = if within.is_some() { BY_PART_WITHIN } else { BY_PART };
        return (query, runs.join(" AND "));
    }
    let words = search.terms.in_words().map(|(word, begins)| {
        let star = if begins { " *" } else { "" };
        format!("body : {}{star}", quoted(&word))
    });
    let within = within.map(|name| format!("c : \"c{name}\""));
    let all: Vec<String> = words.chain(within).collect();
    (BY_WORD, all.join(" AND "))
}

pub(super) async fn found(db: &mut SqliteConnection, search: &Search) -> Result<Vec<FoundEntry>, CacheError> {
    let mut found = Vec::new();
    if search.terms.is_empty() {
        return Ok(found);
    }
    let within = match search.within {
        Some(conversation) => match entries::short_name(db, conversation).await? {
            Some(name) => Some(name),
            None => return Ok(found),
        },
        None => None,
    };
    let (query, wanted) = asked(search, within);
    let mut before = search.before.unwrap_or(i64::MAX);
    for page in PAGES.into_iter().chain(std::iter::repeat(LARGEST_PAGE)) {
        let mut proposed = sqlx::query(query).bind(&wanted).bind(before).bind(page);
        if query == BY_PART_WITHIN {
            proposed = proposed.bind(within);
        }
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
            if one
                .entry
                .searched()
                .is_some_and(|text| search.terms.are_in(&text))
            {
                found.push(one);
                if found.len() >= search.limit as usize {
                    return Ok(found);
                }
            }
        }
        if rows.len() < page as usize {
            break;
        }
    }
    Ok(found)
}
