//! Fills a server with people and conversations, through the commands that devices give: the server decides on each,
//! and its clock stands at the time at which it was said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use conversation::{
    Action, Command, CommandId, ConversationId, DeviceId, MessageId, MessageText, NewMessage, OrganisationId,
    Seq, Shape, Timestamp,
};
use platform::{ManualClock, SystemRandom, id};
use protocol::commands::{Answer, CommandsRequest, ReadPosition};
use sync_server::core::{Actor, Submission, Writer};
use sync_server::{Config, Server};

use super::chat::Log;
use super::network::{Known, Network, network};

/// The server's content after filling.
#[derive(Debug)]
pub struct Filled {
    /// In the order of [`super::people::ORGANISATIONS`].
    pub organisations: Vec<OrganisationId>,
    /// In the order of [`super::people::CLINICIANS`].
    pub people: Vec<Known>,
    pub conversations: usize,
    pub messages: usize,
}

/// Makes the server's folder with the demo's people, and writes all messages: those of the archive between the people of
/// one organisation, who have read them all; those of the consults between clinicians of several, of whom everyone read no
/// further than what they said last themselves. `progress` gets the number of messages so far.
pub async fn fill(
    folder: &Path,
    archive: &[Log],
    consults: &[Log],
    mut progress: impl FnMut(usize),
) -> anyhow::Result<Filled> {
    let all = archive.iter().chain(consults);
    let begin = all
        .filter_map(|log| log.messages.first())
        .map(|said| said.at)
        .min();
    let begin = begin
        .context("there is nothing to fill in")?
        .plus(-Timestamp::DAY);
    let clock = Arc::new(ManualClock::new(begin));
    let server = Server::builder(Config::local(folder))
        .clock(clock.clone())
        .initialise();
    let opened = server.open().await?;
    let mut writer = Writer::open(opened.core.clone()).await?;
    let Network {
        organisations,
        clinicians,
        practice,
    } = network(&mut writer).await?;
    let mut filled = Filled {
        organisations,
        people: clinicians,
        conversations: 0,
        messages: 0,
    };
    let archive = archive.iter().map(|log| (log, &practice, true));
    let clinicians = filled.people.clone();
    let consults = consults.iter().map(|log| (log, &clinicians, false));
    for (log, people, read) in archive.chain(consults) {
        filled.messages += say_all(&mut writer, &clock, people, log, read).await?;
        filled.conversations += 1;
        progress(filled.messages);
    }
    drop(writer);
    opened.close().await;
    Ok(filled)
}

/// One conversation: its talkers start it and say what they said, those of one minute in one group; and how far they read.
pub(crate) async fn say_all(
    writer: &mut Writer,
    clock: &ManualClock,
    people: &[Known],
    log: &Log,
    read: bool,
) -> anyhow::Result<usize> {
    let talkers: BTreeSet<usize> = log.messages.iter().map(|said| said.talker).collect();
    let Some(first) = log.messages.first() else {
        return Ok(0);
    };
    let owner = people[first.talker];
    clock.set(first.at.plus(-Timestamp::MINUTE));
    let now = first.at.plus(-Timestamp::MINUTE);
    let conversation = ConversationId(id(&SystemRandom, now));
    let with = talkers.iter().filter(|talker| **talker != first.talker);
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Group,
        with: with.map(|talker| people[*talker].membership).collect(),
        subject: Some(log.name.clone()),
        message: None,
    };
    commit(writer, vec![(owner, command(owner, conversation, start, now))]).await?;
    let ids: Vec<MessageId> = log
        .messages
        .iter()
        .map(|said| MessageId(id(&SystemRandom, said.at)))
        .collect();
    let mut said_last: BTreeMap<usize, Seq> = BTreeMap::new();
    let mut last = Seq(0);
    let mut places = (0..log.messages.len()).peekable();
    while let Some(&place) = places.peek() {
        let at = log.messages[place].at;
        clock.set(at);
        let (mut group, mut talkers) = (Vec::new(), Vec::new());
        while let Some(place) = places.next_if(|place| log.messages[*place].at == at) {
            let said = &log.messages[place];
            let message = NewMessage {
                id: ids[place],
                text: MessageText::from(said.text.as_str()),
                attachments: Vec::new(),
                reply_to: said.reply_to.map(|to| ids[to]),
                written_at: at,
                urgent: None,
            };
            let who = people[said.talker];
            talkers.push(said.talker);
            group.push((who, command(who, conversation, Action::Post { message }, at)));
        }
        for (talker, number) in talkers.into_iter().zip(commit(writer, group).await?) {
            said_last.insert(talker, number);
            last = number;
        }
    }
    let reads = said_last.into_iter().map(|(talker, number)| {
        let number = if read { last } else { number };
        (people[talker], ReadPosition { conversation, number })
    });
    read_up_to(writer, reads.collect()).await?;
    Ok(log.messages.len())
}

pub(crate) fn command(who: Known, conversation: ConversationId, action: Action, at: Timestamp) -> Command {
    Command {
        id: CommandId(id(&SystemRandom, at)),
        acting: who.membership,
        conversation,
        action,
    }
}

/// Commits a group of commands; the number of the last event of each.
async fn commit(writer: &mut Writer, group: Vec<(Known, Command)>) -> anyhow::Result<Vec<Seq>> {
    let mut requests = Vec::with_capacity(group.len());
    for (who, command) in group {
        let mut request = CommandsRequest::default();
        request.push(&command)?;
        requests.push(Submission::new(actor(who), request));
    }
    let (answers, _committed) = writer.commit(&mut requests).await?;
    let number = |answer| match answer {
        Answer::Accepted {
            receipt: Some(receipt),
            ..
        } => Ok(receipt.number),
        Answer::Accepted { .. } => bail!("the server had nothing to do"),
        Answer::Refused { refusal, .. } => bail!("the server refused what was said: {refusal}"),
    };
    answers
        .into_iter()
        .flat_map(|answer| answer.answers)
        .map(number)
        .collect()
}

/// Sends how far people read.
async fn read_up_to(writer: &mut Writer, reads: Vec<(Known, ReadPosition)>) -> anyhow::Result<()> {
    let request = |(who, position)| {
        let request = CommandsRequest {
            positions: vec![position],
            ..CommandsRequest::default()
        };
        Submission::new(actor(who), request)
    };
    let mut requests: Vec<Submission> = reads.into_iter().map(request).collect();
    writer.commit(&mut requests).await?;
    Ok(())
}

/// The demo's people sit at no device of theirs yet.
pub(crate) fn actor(who: Known) -> Actor {
    Actor {
        person: who.person,
        device: DeviceId(who.person.0),
        address: None,
    }
}
