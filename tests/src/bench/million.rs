//! A device's file as search is measured on it: a million messages in a thousand conversations, one of which has a tenth
//! of them, by five hundred people.
//!
//! Conversations, cards and the user come from the server, as everywhere; the messages are written through the cache, as a
//! first sync writes them. Their texts are real, over and over: one half Dutch sentences, some
//! five thousand, and the other lines of English chat, whose words are more.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::cache::sqlcipher::SqlCipherCache;
use client::cache::{Cache as _, Change, ConversationRow, Entry, Listed, Segment};
use client::engine::Engine;
use client::runner::MANY;
use conversation::organisation::{Card, Name};
use conversation::text::clean;
use conversation::{
    ConversationId, Header, Kind, MembershipId, MessageId, MessageText, PersonId, Seq, SeqRange, Timestamp,
};
use platform::{SeededRandom, id};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::finding::{FAMILY, GIVEN};
use super::intake::{KEY, engine, gather, take};
use super::life::Life;
use crate::demo::chat::{self, CORPUS};
use crate::demo::consults;

const SENTENCES: &str = "../shared/data/dutch/sentences.txt";
/// How many conversations have how many ten-thousandths of the messages each.
const SHARES: [(usize, usize); 4] = [(1, 1_000), (99, 50), (450, 8), (450, 1)];
const CONVERSATIONS: usize = 1_000;
const WRITERS: usize = 500;
/// Others in a conversation, at most.
const MOST_OTHERS: usize = 9;
const BEGIN: Timestamp = Timestamp(1_640_000_000_000);
/// Three years from the first of a million to the last.
const EVERY: i64 = 95_000;
/// Messages written at once, as many as the engine gathers of a first sync.
const AT_ONCE: usize = 5_000;

/// A conversation, as it was written last.
pub(super) struct Talk {
    pub(super) row: ConversationRow,
    segment: Segment,
    writers: Vec<MembershipId>,
}

/// A message, by the places of its text and conversation.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub(super) text: usize,
    pub(super) talk: usize,
    pub(super) by: MembershipId,
    pub(super) at: Timestamp,
}

pub(super) struct Million {
    pub(super) cache: Arc<SqlCipherCache>,
    pub(super) engine: Arc<Engine>,
    pub(super) file: PathBuf,
    pub(super) texts: Vec<String>,
    pub(super) talks: Vec<Talk>,
    pub(super) cards: Vec<Card>,
    /// In the order of time.
    pub(super) said: Vec<Said>,
    pub(super) written_in: Duration,
    pub(super) indexed_in: Duration,
    pub(super) merged_in: Duration,
    draw: StdRng,
    ids: SeededRandom,
}

/// Dutch sentences and lines of chat, each as often as the other; the demo's consults where these are not there.
fn texts(random: &mut StdRng) -> anyhow::Result<Vec<String>> {
    let lines = |logs: Vec<chat::Log>| -> Vec<String> {
        let said = logs.into_iter().flat_map(|log| log.messages);
        said.map(|said| said.text).collect()
    };
    let said = match chat::read(CORPUS.as_ref(), usize::MAX)? {
        Some(logs) => lines(logs),
        None => lines(consults::read(BEGIN)),
    };
    let sentences: Vec<String> = match read_to_string(SENTENCES) {
        Ok(sentences) => sentences.lines().map(clean).collect(),
        Err(_) => lines(consults::read(BEGIN)),
    };
    let is_sent = |text: &String| MessageText::from(text.as_str()).check().is_ok();
    let sentences: Vec<String> = sentences.into_iter().filter(is_sent).collect();
    anyhow::ensure!(!sentences.is_empty() && !said.is_empty(), "there are no texts");
    let mut all: Vec<String> = Vec::with_capacity(2 * said.len());
    for (line, sentence) in said.into_iter().zip(sentences.iter().cycle()) {
        all.extend([line, sentence.clone()]);
    }
    all.shuffle(random);
    Ok(all)
}

impl Million {
    /// So many messages, of which search reaches all.
    pub(super) async fn make(folder: &Path, messages: usize) -> anyhow::Result<Million> {
        // Of two messages, since a conversation is between two at least.
        let life = Life::of(&[(CONVERSATIONS, 2)], 0).await?;
        let file = folder.join("million.db");
        let cache = Arc::new(SqlCipherCache::open(&file, &KEY).await?);
        let engine = engine(&cache).await?;
        take(&engine, gather(&life.first_sync)).await?;
        let mut draw = StdRng::seed_from_u64(3);
        let mut million = Million {
            file,
            texts: texts(&mut draw)?,
            talks: Vec::new(),
            cards: Vec::new(),
            said: Vec::with_capacity(messages),
            written_in: Duration::ZERO,
            indexed_in: Duration::ZERO,
            merged_in: Duration::ZERO,
            draw,
            ids: SeededRandom::new(3),
            cache,
            engine,
        };
        million.people().await?;
        million.talks().await?;

        let lengths = SHARES.into_iter();
        let lengths =
            lengths.flat_map(|(talks, share)| std::iter::repeat_n(share * messages / 10_000, talks));
        let mut order: Vec<usize> = (0..)
            .zip(lengths)
            .flat_map(|(talk, length)| std::iter::repeat_n(talk, length))
            .collect();
        order.shuffle(&mut million.draw);
        let began = Instant::now();
        for some in order.chunks(AT_ONCE) {
            let changes = million.say(some)?;
            million.cache.write(changes).await?;
        }
        let all: Vec<usize> = (0..million.talks.len()).collect();
        let changes = million.settled(&all);
        million.cache.write(changes).await?;
        million.written_in = began.elapsed();
        let began = Instant::now();
        while million.engine.index(MANY).await? > 0 {}
        million.indexed_in = began.elapsed();
        let began = Instant::now();
        while million.engine.merge().await? {}
        million.merged_in = began.elapsed();
        Ok(million)
    }

    /// Cards of people who are like one that the server sent.
    async fn people(&mut self) -> anyhow::Result<()> {
        let sent = self.cache.all_cards().await?;
        let like = sent.first().context("nobody is known")?;
        let names = GIVEN
            .iter()
            .flat_map(|given| FAMILY.iter().map(move |family| (given, family)));
        for (given, family) in names.take(WRITERS) {
            let mut card = like.clone();
            card.membership = MembershipId(id(&self.ids, BEGIN));
            card.person = PersonId(id(&self.ids, BEGIN));
            card.profile.name = Name {
                given: (*given).to_owned(),
                prefix: String::new(),
                family: (*family).to_owned(),
            };
            self.cards.push(card);
        }
        Ok(self
            .cache
            .write(vec![Change::PutCards(self.cards.clone())])
            .await?)
    }

    /// The conversations that the server sent, each between some of these people and the user.
    async fn talks(&mut self) -> anyhow::Result<()> {
        let own = self.engine.me().memberships;
        let me = *own.first().context("the user has no membership")?;
        for mut row in self.cache.overview(Listed::Active, 0, u32::MAX).await? {
            let mut writers = vec![me];
            for _ in 0..self.draw.random_range(1..=MOST_OTHERS) {
                let other = self.draw.random_range(0..self.cards.len());
                writers.push(self.cards[other].membership);
            }
            row.head.participants = writers.clone();
            // The other half is called after its people.
            if self.talks.len() % 2 == 1 {
                row.head.subject = None;
            }
            let segments = self.cache.segments(row.id).await?;
            let segment = *segments.first().context("nothing of a conversation is here")?;
            self.talks.push(Talk {
                row,
                segment,
                writers,
            });
        }
        anyhow::ensure!(self.talks.len() == CONVERSATIONS, "a conversation is missing");
        Ok(())
    }

    /// The next messages, in these conversations.
    pub(super) fn say(&mut self, talks: &[usize]) -> anyhow::Result<Vec<Change>> {
        let mut changes = Vec::with_capacity(talks.len());
        for place in talks {
            let talk = &mut self.talks[*place];
            let said = Said {
                text: self.said.len() % self.texts.len(),
                talk: *place,
                by: talk.writers[self.draw.random_range(0..talk.writers.len())],
                at: BEGIN.plus(i64::try_from(self.said.len())? * EVERY),
            };
            talk.row.last = talk.row.last.next();
            talk.row.last_at = said.at;
            let entry = Entry {
                number: talk.row.last,
                header: Header {
                    by: said.by,
                    at: said.at,
                    kind: Kind::Posted {
                        message: MessageId(id(&self.ids, said.at)),
                        reply_to: None,
                        written_at: None,
                        urgent: false,
                    },
                },
                text: Some(MessageText::from(self.texts[said.text].as_str())),
                attachments: Vec::new(),
                urgency: None,
                edited: false,
                deleted: false,
            };
            changes.push(Change::PutEntry(talk.row.id, Box::new(entry)));
            self.said.push(said);
        }
        Ok(changes)
    }

    /// The rest of these conversations, as a sync writes it after their messages; all of them were read.
    pub(super) fn settled(&mut self, talks: &[usize]) -> Vec<Change> {
        let own = self.engine.me().memberships;
        let mut changes = Vec::new();
        for place in talks {
            let talk = &mut self.talks[*place];
            talk.segment.range.to = talk.row.last;
            talk.row.read = talk.row.last;
            talk.row.read_sent = talk.row.last;
            changes.push(Change::PutSegments(talk.row.id, vec![talk.segment]));
            changes.push(Change::PutConversation(Box::new(talk.row.clone())));
            changes.push(Change::Recount {
                conversation: talk.row.id,
                own: own.clone(),
            });
        }
        changes
    }

    /// So many messages, as they come in where people write.
    pub(super) fn live(&mut self, messages: usize) -> anyhow::Result<Vec<Change>> {
        let mut talks: Vec<usize> = Vec::with_capacity(messages);
        for _ in 0..messages {
            talks.push(self.draw.random_range(0..self.talks.len()));
        }
        let mut changes = self.say(&talks)?;
        talks.sort_unstable();
        talks.dedup();
        changes.extend(self.settled(&talks));
        Ok(changes)
    }

    pub(super) fn text(&self, said: Said) -> &str {
        &self.texts[said.text]
    }

    pub(super) fn id(&self, talk: usize) -> ConversationId {
        self.talks[talk].row.id
    }

    /// The last messages of a conversation, so many.
    pub(super) fn end(&self, talk: usize, messages: u64) -> SeqRange {
        let to = self.talks[talk].row.last;
        SeqRange {
            from: Seq(to.0.saturating_sub(messages) + 1),
            to,
        }
    }
}
