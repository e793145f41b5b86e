//! Searching the messages on the device (L4).

mod days;
mod query;
mod snippet;
mod suggest;

use std::collections::{BTreeMap, BTreeSet};

use conversation::{ConversationId, MembershipId, Timestamp};
use matching::{Terms, Wanted, Words};

use self::days::Period;
use super::Answer;
use super::names::{Names, of_title};
use super::overview::chosen::all_rows;
use crate::api::request::SearchAsk;
use crate::api::view::{HitCount, MessageHit, SearchFault, SearchFilter, SearchReach, SearchResult};
use crate::cache::{CacheError, ConversationRow, FoundEntry, Search};
use crate::engine::Engine;
use crate::engine::segments::holes;

pub(super) use suggest::suggestions;

/// Hits of one answer, at most.
const MOST: u32 = 200;
/// Hits that are counted at once.
const COUNTED: u32 = 1_000;
/// Bytes of a query, at most; what stands behind them does not count.
const LONGEST_QUERY: usize = 4_000;

pub(super) async fn search(engine: &Engine, ask: SearchAsk) -> Answer<SearchResult> {
    let limit = ask.limit.clamp(1, MOST);
    let understood = Understood::of(engine, &ask).await?;
    let found = engine.cache().found(Search {
        limit,
        before: ask.before,
        ..understood.search.clone()
    });
    // Neither needs the other, and each has a connection of its own.
    let (page, reach) = futures_util::try_join!(found, reach(engine))?;
    let hits = hits(engine, page.entries, &understood.search).await?;
    Ok(SearchResult {
        hits,
        next: page.next,
        typed: understood.typed,
        text: understood.text,
        faults: understood.faults,
        reach,
    })
}

pub(super) async fn count(engine: &Engine, ask: SearchAsk) -> Answer<HitCount> {
    let understood = Understood::of(engine, &ask).await?;
    let counted = engine
        .cache()
        .count_found(Search {
            limit: COUNTED,
            before: ask.before,
            ..understood.search
        })
        .await?;
    Ok(HitCount {
        count: counted.count,
        next: counted.next,
    })
}

/// The request, in the cache's terms.
struct Understood {
    search: Search,
    typed: Vec<SearchFilter>,
    text: String,
    faults: Vec<SearchFault>,
}

impl Understood {
    async fn of(engine: &Engine, ask: &SearchAsk) -> Answer<Understood> {
        let query = ask.query.get(..ask.query.floor_char_boundary(LONGEST_QUERY));
        let (typed, text) = query::parse(query.unwrap_or_default());
        let mut understood = Understood {
            search: Search {
                terms: Terms::of(&text),
                ..Search::default()
            },
            typed,
            text,
            faults: Vec::new(),
        };
        let all: Vec<SearchFilter> = ask.filters.iter().chain(&understood.typed).cloned().collect();
        for filter in all {
            understood.narrow(engine, filter).await?;
        }
        Ok(understood)
    }

    async fn narrow(&mut self, engine: &Engine, filter: SearchFilter) -> Result<(), CacheError> {
        match filter {
            SearchFilter::From { name, membership } => {
                let by = writers(engine, &name, membership).await?;
                if by.is_empty() {
                    self.faults.push(SearchFault::Nobody { typed: name });
                }
                both(&mut self.search.by, by);
            }
            SearchFilter::In { name, conversation } => {
                let within = titled(engine, &name, conversation).await?;
                if within.is_empty() {
                    self.faults.push(SearchFault::NoConversation { typed: name });
                }
                both(&mut self.search.within, within);
            }
            SearchFilter::Item { name, item } => {
                let rows = all_rows(engine).await?;
                let wanted = Wanted::of(&name);
                let about = rows.iter().filter(|row| {
                    row.item.as_ref().is_some_and(|card| match item {
                        Some(item) => card.item == item,
                        None => wanted.are_in(&Words::of([card.title.as_str(), card.item_type.as_str()])),
                    })
                });
                let within: Vec<ConversationId> = about.map(|row| row.id).collect();
                if within.is_empty() {
                    self.faults.push(SearchFault::NoItem { typed: name });
                }
                both(&mut self.search.within, within);
            }
            SearchFilter::Before { day } => {
                match period(engine, &day).and_then(|period| days::begin(period.first)) {
                    Some(until) => {
                        let earlier = self.search.until.map_or(until, |known| known.min(until));
                        self.search.until = Some(earlier);
                    }
                    None => self.faults.push(SearchFault::NoDate { typed: day }),
                }
            }
            SearchFilter::After { day } => {
                match period(engine, &day).and_then(|period| days::begin(period.after)) {
                    Some(from) => {
                        let later = self.search.from.map_or(from, |known| known.max(from));
                        self.search.from = Some(later);
                    }
                    None => self.faults.push(SearchFault::NoDate { typed: day }),
                }
            }
            SearchFilter::Attachment { name } => {
                // Two of them look for one file that is called both.
                let terms = Terms::of(&name);
                let known = self.search.file.take().unwrap_or_default();
                self.search.file = Some(known.and(terms));
            }
        }
        Ok(())
    }
}

fn period(engine: &Engine, typed: &str) -> Option<Period> {
    Period::of(typed, days::today(engine.now())?)
}

/// Both conditions must hold.
fn both<T: PartialEq>(known: &mut Option<Vec<T>>, more: Vec<T>) {
    match known {
        Some(known) => known.retain(|one| more.contains(one)),
        None => *known = Some(more),
    }
}

/// The memberships of a person, or of everybody who is called so; "me" is the user.
async fn writers(
    engine: &Engine,
    name: &str,
    membership: Option<MembershipId>,
) -> Result<Vec<MembershipId>, CacheError> {
    if membership.is_none() && ["mij", "ik", "me"].contains(&matching::fold(name).as_str()) {
        return Ok(engine.me().memberships);
    }
    if let Some(membership) = membership {
        let cards = engine.cache().cards_beside(membership).await?;
        return Ok(cards.into_iter().map(|card| card.membership).collect());
    }
    let wanted = Wanted::of(name);
    let cards = engine.cache().all_cards().await?;
    let named = cards
        .iter()
        .filter(|card| wanted.are_in(&Words::of([card.profile.name.full()])));
    Ok(named.map(|card| card.membership).collect())
}

/// The conversation, if it is here; or all with such a title.
async fn titled(
    engine: &Engine,
    name: &str,
    conversation: Option<ConversationId>,
) -> Result<Vec<ConversationId>, CacheError> {
    if let Some(conversation) = conversation {
        let row = engine.row(conversation).await?;
        return Ok(row.into_iter().map(|row| row.id).collect());
    }
    let wanted = Wanted::of(name);
    let rows = all_rows(engine).await?;
    let names = Names::of(engine, rows.iter().flat_map(of_title)).await?;
    let titled = rows
        .iter()
        .filter(|row| wanted.are_in(&Words::of([names.title(row)])));
    Ok(titled.map(|row| row.id).collect())
}

async fn hits(engine: &Engine, found: Vec<FoundEntry>, search: &Search) -> Answer<Vec<MessageHit>> {
    let ids: BTreeSet<ConversationId> = found.iter().map(|one| one.conversation).collect();
    let rows = engine.cache().conversations(ids.into_iter().collect()).await?;
    let rows: BTreeMap<ConversationId, ConversationRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let named = rows.values().flat_map(of_title);
    let written = found.iter().flat_map(|one| {
        let mentions = one.text.mentions.iter().copied();
        std::iter::once(one.by).chain(mentions)
    });
    let names = Names::of(engine, named.chain(written)).await?;
    // A conversation that one has just left is no longer there.
    let hits = found
        .into_iter()
        .filter_map(|one| Some((rows.get(&one.conversation)?, one)));
    Ok(hits.map(|(row, one)| hit(row, one, search, &names)).collect())
}

fn hit(row: &ConversationRow, found: FoundEntry, search: &Search, names: &Names) -> MessageHit {
    let own = names
        .acting(&row.head)
        .and_then(|acting| names.organisation(acting));
    let text = found.text.preview(usize::MAX, |member| names.name(member));
    let terms = &search.terms;
    let in_names = search.file.clone().unwrap_or_default();
    let files = found.attachments.iter().map(|file| file.name.as_str());
    let places = terms.places(&text);
    MessageHit {
        place: found.place,
        conversation: row.id,
        number: found.number,
        title: names.title(row),
        author: names.author(found.by, own),
        at: found.at,
        snippet: snippet::around_first(&text, &places),
        files: files
            .map(|name| {
                let mut places = terms.places(name);
                places.extend(in_names.places(name));
                snippet::marked(name, places)
            })
            .collect(),
        found: snippet::distinct(&text, &places),
        archived: row.archived() || row.head.archived.is_some(),
    }
}

/// The reach of a search on this device: the count that is missing, and since when nothing is.
async fn reach(engine: &Engine) -> Result<SearchReach, CacheError> {
    let cache = engine.cache();
    let mut missing = u64::from(cache.to_index().await?);
    let mut since = cache.indexed_since().await?;
    for row in cache.unsettled().await? {
        let segments = cache.segments(row.id).await?;
        let holes = holes(&segments, &row.anchor, row.last);
        let places: u64 = holes.iter().map(|hole| hole.to.0 + 1 - hole.from.0).sum();
        if places == 0 {
            continue;
        }
        missing += places;
        let newest = holes.first().map(|hole| hole.to.next());
        let entry = match newest {
            Some(number) => cache.entry(row.id, number).await?,
            None => None,
        };
        let at = entry.map_or(row.last_at, |entry| entry.header.at);
        since = Some(since.map_or(at, |known: Timestamp| known.max(at)));
    }
    Ok(SearchReach {
        missing,
        since: since.filter(|_| missing > 0),
    })
}

#[cfg(test)]
mod tests;
