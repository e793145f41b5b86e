//! The conversations of one clinician as the real server sends them: made once, over the store in memory.

use std::sync::Arc;

use anyhow::Context as _;
use conversation::{
    Action, CommandId, ConversationId, DeviceId, MessageId, MessageText, NewMessage, Timestamp,
};
use platform::{Clock as _, ManualClock, SeededRandom, id};
use protocol::commands::CommandsRequest;
use protocol::sync::{Frame, Mode, SyncRequest};
use sync_server::core::{Actor, Core, Feed, Hub, MOST_AT_ONCE, Submission, Writer};
use sync_server::keys::Secret;
use sync_server::store::SessionId;
use sync_server::store::memory::Memory;

use crate::demo::chat::{self, Log, Said};
use crate::demo::consults;
use crate::demo::fill::{command, say_all};
use crate::demo::network::{Known, network};

/// Messages of a conversation.
pub(super) const MESSAGES: usize = 250;

#[derive(Debug)]
pub(super) struct Life {
    /// A first sync, from its hello to where it is current.
    pub first_sync: Vec<Frame>,
    /// The events afterwards, each message by itself.
    pub live: Vec<Frame>,
    /// Messages of the first sync.
    pub messages: usize,
}

impl Life {
    /// So many conversations, which the first clinician takes part in, and so many messages afterwards.
    pub(super) async fn make(conversations: usize, live: usize) -> anyhow::Result<Life> {
        Life::of(&[(conversations, MESSAGES)], live).await
    }

    /// So many conversations of so many messages each.
    pub(super) async fn of(lengths: &[(usize, usize)], live: usize) -> anyhow::Result<Life> {
        let logs = logs(lengths)?;
        let begin = Timestamp(1_600_000_000_000);
        let clock = Arc::new(ManualClock::new(begin));
        let random = Arc::new(SeededRandom::new(4));
        let store = Arc::new(Memory::default());
        let master = Secret::new([7; 32]);
        Core::create(store.as_ref(), clock.as_ref(), random.as_ref(), &master).await?;
        let core = Core::open(store, clock.clone(), random.clone(), &master).await?;
        let core = Arc::new(core);
        let mut writer = Writer::open(Arc::clone(&core)).await?;
        let people = network(&mut writer).await?.clinicians;
        let mut messages = 0;
        for log in &logs {
            messages += say_all(&mut writer, &clock, &people, log, true).await?;
        }

        let me = people[0];
        let mut hub = Hub::default();
        let session = SessionId(id(random.as_ref(), begin));
        hub.register(me.person, DeviceId(me.person.0), session, &[]);
        let request = SyncRequest {
            protocol: protocol::VERSION,
            resume: None,
            holes: Vec::new(),
            following: Vec::new(),
            mode: Mode::Stream,
        };
        let mut feed = Feed::open(Arc::clone(&core), me.person, &request).await?;
        let mut first_sync = Vec::new();
        while let Some(lines) = feed.next(MOST_AT_ONCE).await? {
            read(&lines, &mut first_sync)?;
        }
        let said_in: Vec<ConversationId> = first_sync.iter().filter_map(head).collect();
        let mut frames = Vec::with_capacity(live);
        for (number, conversation) in (0..live).zip(said_in.into_iter().cycle()) {
            clock.advance(1_000);
            let (who, request) = post(&random, me, conversation, clock.now(), number)?;
            let mut batch = [Submission::new(who, request)];
            let (_answers, committed) = writer.commit(&mut batch).await?;
            for (_stream, delivery) in hub.publish(&committed, &core.directory()) {
                let lines = feed
                    .deliver(&delivery)
                    .context("a message was delivered to nobody")?;
                read(&lines, &mut frames)?;
            }
        }
        frames.retain(|frame| matches!(frame, Frame::Events { .. }));
        anyhow::ensure!(frames.len() == live, "not every message was delivered");
        Ok(Life {
            first_sync,
            live: frames,
            messages,
        })
    }
}

fn head(frame: &Frame) -> Option<ConversationId> {
    match frame {
        Frame::Head(head) => Some(head.conversation),
        _ => None,
    }
}

fn read(lines: &[u8], frames: &mut Vec<Frame>) -> anyhow::Result<()> {
    for line in std::str::from_utf8(lines)?.lines() {
        frames.push(serde_json::from_str(line)?);
    }
    Ok(())
}

fn post(
    random: &SeededRandom,
    who: Known,
    conversation: ConversationId,
    now: Timestamp,
    number: usize,
) -> anyhow::Result<(Actor, CommandsRequest)> {
    let message = NewMessage {
        id: MessageId(id(random, now)),
        text: MessageText::from(format!("Ik kom er zo aan, bericht {number}.").as_str()),
        attachments: Vec::new(),
        reply_to: None,
        written_at: now,
        urgent: None,
    };
    let mut said = command(who, conversation, Action::Post { message }, now);
    said.id = CommandId(id(random, now));
    let mut request = CommandsRequest::default();
    request.push(&said)?;
    let actor = Actor {
        person: who.person,
        device: DeviceId(who.person.0),
        address: None,
    };
    Ok((actor, request))
}

/// So many conversations of so many messages each: slices of the chat corpus; of the demo's consults, over and over,
/// where that is not there. The first to speak is the first clinician.
pub(super) fn logs(lengths: &[(usize, usize)]) -> anyhow::Result<Vec<Log>> {
    let conversations = lengths.iter().map(|(conversations, _)| conversations).sum();
    let source = match chat::read(chat::CORPUS.as_ref(), conversations)? {
        Some(logs) => logs,
        None => consults::read(Timestamp(1_700_000_000_000)),
    };
    let source: Vec<&Log> = source.iter().filter(|log| !log.messages.is_empty()).collect();
    let slices = source.iter().flat_map(|log| {
        let slices = log.messages.len().div_ceil(MESSAGES);
        (0..slices).map(move |slice| (*log, slice * MESSAGES))
    });
    let lengths = lengths
        .iter()
        .flat_map(|(conversations, messages)| std::iter::repeat_n(*messages, *conversations));
    let mut logs: Vec<Log> = slices
        .cycle()
        .zip(lengths)
        .map(|((log, from), messages)| slice(log, from, messages))
        .collect();
    // As a server would have seen them.
    logs.sort_by_key(|log| log.messages.first().map(|said| said.at));
    Ok(logs)
}

/// So many messages of a log from a place on, and on from its beginning where it is over.
fn slice(log: &Log, from: usize, messages: usize) -> Log {
    let said = log.messages.iter().cycle().skip(from).take(messages);
    let mut at = Timestamp(0);
    let messages = said.enumerate().map(|(place, said)| {
        at = at.max(said.at);
        Said {
            // The first clinician begins, and is answered.
            talker: match place {
                0 => 0,
                1 => said.talker.max(1),
                _ => said.talker,
            },
            at,
            text: said.text.clone(),
            reply_to: said
                .reply_to
                .and_then(|to| to.checked_sub(from))
                .filter(|to| *to < place),
        }
    });
    Log {
        name: log.name.clone(),
        messages: messages.collect(),
    }
}
