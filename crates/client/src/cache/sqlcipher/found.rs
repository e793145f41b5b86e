//! Messages that a search asks for (L4), the newest first.
//!
//! The indexes propose, and the message decides ([`Search::admits`]). That of words is asked first, for the words that have what was typed
//! in them, by name; where those are many, that of parts, which knows runs of three letters without their places, and
//! marks of conversation, writer, time and file. A page of proposals is
//! read at a time, until there are enough or so many were read that somebody waits.

use std::cmp::Reverse;

use conversation::{Attachment, ConversationId, MembershipId, MessageText, Seq, Timestamp};
use matching::InWords;
use serde::Deserialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::marks::{mark_of_file, mark_of_place, mark_of_writer, period};
use super::row_reader::{self, json};
use super::vocabulary::Vocabulary;
use crate::cache::{CacheError, FoundCount, FoundEntry, FoundPage, Search};

/// Proposals that are read at once: a screen of them first, then more.
const PAGES: [u32; 5] = [30, 120, 500, 1_000, 1_350];
/// Runs of a word that an index is asked for, as long as they propose mostly what is looked for. Each is a list to be read.
pub(super) const FEW_RUNS: usize = 3;
/// Words that have a part, of which an index is asked by name. Each is a list to be found.
const MOST_NAMED: usize = 24;
/// Of a list of conversations or writers, an index is asked for this many at most.
const MOST_MARKS: usize = 60;
/// All rows as one, a JSON list: sqlx hands each row over from thread to thread.
macro_rules! as_one {
    ($rows:expr) => {
        concat!(
            "SELECT json_group_array(json_array(rid, hex(id), number, hex(sender), at, body, json(mentions), json(attachments)))
             FROM (SELECT entries.rid, held.id, number, sender, at, entries.body, mentions, attachments FROM ",
            $rows,
            " DESC LIMIT ?3)"
        )
    };
}

macro_rules! proposed {
    ($index:literal) => {
        as_one!(concat!(
            $index,
            " CROSS JOIN entries ON entries.rid = ",
            $index,
            ".rowid CROSS JOIN held ON held.conversation = entries.conversation WHERE ",
            $index,
            " MATCH ?1 AND ",
            $index,
            ".rowid < ?2 ORDER BY ",
            $index,
            ".rowid"
        ))
    };
}

pub(super) const BY_WORD: &str = proposed!("words");
pub(super) const BY_PART: &str = proposed!("parts");
pub(super) const COUNTED: &str = "SELECT count(*), min(rowid) FROM
    (SELECT rowid FROM words WHERE words MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3)";
/// Where no index knows anything of what is asked for.
pub(super) const ALL: &str = as_one!(
    "entries CROSS JOIN held USING (conversation)
     WHERE ?1 = '' AND rid < ?2 AND message IS NOT NULL AND body IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM to_index WHERE to_index.rid = entries.rid)
     ORDER BY rid"
);

/// A string of the language of queries of the indexes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn any_of(marks: impl Iterator<Item = String>) -> String {
    let marks: Vec<String> = marks.map(|mark| quoted(&mark)).collect();
    format!("({})", marks.join(" OR "))
}

/// A question to an index, or to the table where no index knows anything of what is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) query: &'static str,
    pub(super) wanted: String,
}

fn is_few(count: usize) -> bool {
    count > 0 && count <= MOST_MARKS
}

fn words(text: &str, begins: bool) -> String {
    format!("body : {}{}", quoted(text), if begins { " *" } else { "" })
}

/// Whether the index of words knows nothing of some condition.
fn is_marked(search: &Search) -> bool {
    search.by.is_some() || search.from.is_some() || search.until.is_some() || search.file.is_some()
}

/// The part of a search that the index of words can be asked.
pub(super) enum OfWords {
    /// There is a word that no text has.
    Nothing,
    /// It would propose far more than is looked for.
    TooMuch,
    Asked(Question),
    /// It proposes what is looked for, and nothing else.
    Exact(Question),
}

/// The question to the index of words. Of a term within words that many words have it is not asked.
pub(super) fn of_words(search: &Search, places: Option<&[i64]>, vocabulary: &Vocabulary) -> OfWords {
    let (mut all, mut is_telling, mut is_whole) = (Vec::new(), false, true);
    for term in search.terms.in_words() {
        match term {
            InWords::Within(letters) => match vocabulary.with(&letters, MOST_NAMED) {
                Some(named) if named.is_empty() => return OfWords::Nothing,
                Some(named) => {
                    is_telling = true;
                    all.push(format!("body : {}", any_of(named.into_iter())));
                }
                None => is_whole = false,
            },
            InWords::Beside(text) => {
                is_telling = true;
                all.push(words(&text, false));
            }
            InWords::Begun(text) => all.push(words(&text, true)),
        }
    }
    if all.is_empty() || !(is_telling || is_whole) {
        return OfWords::TooMuch;
    }
    let places = places.filter(|places| is_few(places.len()));
    let names = places.map(|places| places.iter().map(|name| format!("c{name}")));
    all.extend(names.map(|names| format!("c : {}", any_of(names))));
    let question = Question {
        query: BY_WORD,
        wanted: all.join(" AND "),
    };
    let is_narrowed = places.is_some() || search.within.is_none();
    match is_whole && is_narrowed && !is_marked(search) && search.terms.are_exact_in_words() {
        true => OfWords::Exact(question),
        false => OfWords::Asked(question),
    }
}

/// The question to the index of parts, of so many runs of each word.
pub(super) fn of_parts(
    search: &Search,
    places: Option<&[i64]>,
    newest: i64,
    most_runs: usize,
) -> Option<Question> {
    let runs = search.terms.runs(most_runs);
    let file_runs = search.file.as_ref().map(|terms| terms.runs(most_runs));
    let file = file_runs.as_ref().map(|_| mark_of_file());
    let mut all: Vec<String> = runs
        .iter()
        .chain(file_runs.iter().flatten())
        .chain(&file)
        .map(|run| quoted(run))
        .collect();
    let places = places.filter(|places| is_few(places.len()));
    all.extend(places.map(|places| any_of(places.iter().map(|name| mark_of_place(*name)))));
    let by = search.by.as_ref().filter(|by| is_few(by.len()));
    all.extend(by.map(|by| any_of(by.iter().map(|id| mark_of_writer(*id)))));
    let period = period(search.from, search.until, newest);
    all.extend(period.map(|period| any_of(period.into_iter())));
    (!all.is_empty()).then(|| Question {
        query: BY_PART,
        wanted: all.join(" AND "),
    })
}

/// The short names of conversations, of those that the file has.
pub(super) async fn short_names(
    db: &mut SqliteConnection,
    ids: &[ConversationId],
) -> Result<Vec<i64>, CacheError> {
    let ids: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let names = sqlx::query_scalar(
        "SELECT conversation FROM held WHERE id IN (SELECT unhex(value) FROM json_each(?)) ORDER BY 1",
    );
    Ok(names.bind(json(&ids)?).fetch_all(db).await?)
}

/// A row of the list.
#[derive(Deserialize)]
struct Proposed(
    i64,
    Uuid,
    u64,
    Uuid,
    i64,
    String,
    Option<Vec<MembershipId>>,
    Option<Vec<Attachment>>,
);

impl From<Proposed> for FoundEntry {
    fn from(row: Proposed) -> FoundEntry {
        let Proposed(place, conversation, number, by, at, body, mentions, attachments) = row;
        FoundEntry {
            place,
            conversation: ConversationId(conversation),
            number: Seq(number),
            by: MembershipId(by),
            at: Timestamp(at),
            text: MessageText {
                body,
                mentions: mentions.unwrap_or_default(),
            },
            attachments: attachments.unwrap_or_default(),
        }
    }
}

async fn proposed(
    db: &mut SqliteConnection,
    question: &Question,
    before: i64,
    size: u32,
) -> Result<Vec<FoundEntry>, CacheError> {
    let all = sqlx::query_scalar(question.query)
        .bind(&question.wanted)
        .bind(before)
        .bind(size);
    let all: String = all.fetch_one(db).await?;
    // The error of JSON would quote the text.
    let rows: Vec<Proposed> = serde_json::from_str(&all).map_err(|_| CacheError::Broken {
        table: "entries",
        column: "one that is searched",
    })?;
    let mut found: Vec<FoundEntry> = rows.into_iter().map(FoundEntry::from).collect();
    // An aggregate promises no order.
    found.sort_unstable_by_key(|one| Reverse(one.place));
    Ok(found)
}

/// The short names of the conversations that are searched, of all without a list; `None` where nothing can be found.
async fn places(db: &mut SqliteConnection, search: &Search) -> Result<Option<Option<Vec<i64>>>, CacheError> {
    if search.is_empty() || search.by.as_ref().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    let Some(within) = &search.within else {
        return Ok(Some(None));
    };
    let places = short_names(db, within).await?;
    Ok((!places.is_empty()).then_some(Some(places)))
}

/// How many messages a search finds, of its limit at most: those that an index knows for certain are not read.
pub(super) async fn count(
    db: &mut SqliteConnection,
    search: &Search,
    vocabulary: &Vocabulary,
) -> Result<FoundCount, CacheError> {
    let Some(places) = places(db, search).await? else {
        return Ok(FoundCount::default());
    };
    let OfWords::Exact(question) = of_words(search, places.as_deref(), vocabulary) else {
        return Ok(FoundCount::of(&found(db, search, vocabulary).await?));
    };
    let counted: (i64, Option<i64>) = sqlx::query_as(COUNTED)
        .bind(&question.wanted)
        .bind(search.before.unwrap_or(i64::MAX))
        .bind(search.limit)
        .fetch_one(db)
        .await?;
    let count = row_reader::count(counted.0);
    Ok(FoundCount {
        count,
        next: counted.1.filter(|_| count == search.limit),
    })
}

pub(super) async fn found(
    db: &mut SqliteConnection,
    search: &Search,
    vocabulary: &Vocabulary,
) -> Result<FoundPage, CacheError> {
    let mut page = FoundPage::default();
    let Some(places) = places(db, search).await? else {
        return Ok(page);
    };
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
    let newest = newest.unwrap_or_default();
    let of_parts = |runs| of_parts(search, places.as_deref(), newest, runs);
    let all = Question {
        query: ALL,
        wanted: String::new(),
    };
    // Each is asked where the one before proposed mostly in vain.
    let mut questions = match of_words(search, places.as_deref(), vocabulary) {
        OfWords::Nothing => return Ok(page),
        OfWords::Asked(question) | OfWords::Exact(question) => vec![Some(question), of_parts(FEW_RUNS)],
        OfWords::TooMuch => vec![of_parts(FEW_RUNS).or(Some(all))],
    };
    questions.push(of_parts(usize::MAX));
    let mut questions = questions.into_iter().flatten();
    let Some(mut question) = questions.next() else {
        return Ok(page);
    };
    let mut before = search.before.unwrap_or(i64::MAX);
    for size in PAGES {
        let proposed = proposed(db, &question, before, size).await?;
        let (count, found) = (proposed.len(), page.entries.len());
        for one in proposed {
            before = one.place;
            if search.admits(&one) {
                page.entries.push(one);
                if page.entries.len() >= search.limit as usize {
                    page.next = Some(before);
                    return Ok(page);
                }
            }
        }
        if count < size as usize {
            return Ok(page);
        }
        if (page.entries.len() - found) * 2 < count
            && let Some(better) = questions.next()
        {
            question = better;
        }
    }
    page.next = Some(before);
    Ok(page)
}
