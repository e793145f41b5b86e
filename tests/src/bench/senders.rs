//! Those who speak: each message a request of its own, and each sender waits for its answer, at full load or by a clock.

use std::time::{Duration, Instant};

use anyhow::bail;
use conversation::{
    Action, Attachment, Command, CommandId, ConversationId, MembershipId, MessageId, MessageText, NewMessage,
};
use platform::{Clock as _, SystemClock, SystemRandom, id};
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use reqwest::Client;

/// Bytes of a message.
pub(super) const LENGTH: usize = 200;

#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub client: Client,
    pub url: String,
    pub token: String,
    pub membership: MembershipId,
    pub conversation: ConversationId,
}

impl Sender {
    /// Says so many messages one after the other; how long each waited for its answer.
    pub(super) async fn say(self, messages: usize) -> anyhow::Result<Vec<Duration>> {
        let mut waited = Vec::with_capacity(messages);
        for number in 0..messages {
            let began = self.say_one(number).await?;
            waited.push(began.elapsed());
        }
        Ok(waited)
    }

    /// Says so many messages, one each time that `every` has gone by, from `first` on; when each was sent.
    pub(super) async fn say_paced(
        self,
        messages: usize,
        first: Instant,
        every: Duration,
    ) -> anyhow::Result<Vec<Instant>> {
        let mut pace = tokio::time::interval_at(first.into(), every);
        let mut sent = Vec::with_capacity(messages);
        for number in 0..messages {
            pace.tick().await;
            sent.push(self.say_one(number).await?);
        }
        Ok(sent)
    }

    /// Says one message and waits for its answer; when it was sent.
    pub(crate) async fn say_one(&self, number: usize) -> anyhow::Result<Instant> {
        let request = post(self.membership, self.conversation, number)?;
        let began = Instant::now();
        let sent = self
            .client
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&request);
        let answer: CommandsAnswer = sent.send().await?.error_for_status()?.json().await?;
        match answer.answers[..] {
            [Answer::Accepted { .. }] => Ok(began),
            ref other => bail!("a message was answered by {other:?}"),
        }
    }
}

/// A message of the work's length, as a request of its own.
pub(crate) fn post(
    membership: MembershipId,
    conversation: ConversationId,
    number: usize,
) -> anyhow::Result<CommandsRequest> {
    message(membership, conversation, &text(number))
}

/// A message of this text, as a request of its own.
pub(crate) fn message(
    membership: MembershipId,
    conversation: ConversationId,
    text: &str,
) -> anyhow::Result<CommandsRequest> {
    message_with(membership, conversation, text, Vec::new())
}

/// The same, with files.
pub(crate) fn message_with(
    membership: MembershipId,
    conversation: ConversationId,
    text: &str,
    attachments: Vec<Attachment>,
) -> anyhow::Result<CommandsRequest> {
    let mut request = CommandsRequest::default();
    request.push(&command(membership, conversation, text, attachments))?;
    Ok(request)
}

/// The command that such a request holds.
pub(crate) fn command(
    membership: MembershipId,
    conversation: ConversationId,
    text: &str,
    attachments: Vec<Attachment>,
) -> Command {
    let now = SystemClock.now();
    let message = NewMessage {
        id: MessageId(id(&SystemRandom, now)),
        text: MessageText::from(text),
        attachments,
        reply_to: None,
        written_at: now,
        urgent: None,
    };
    Command {
        id: CommandId(id(&SystemRandom, now)),
        acting: membership,
        conversation,
        action: Action::Post { message },
    }
}

fn text(number: usize) -> String {
    const SAID: &str = "De wond aan de hiel ziet er rustiger uit dan vorige week; ";
    let mut text = format!("{number}: ");
    while text.len() < LENGTH {
        text.push_str(SAID);
    }
    // All of it is ASCII.
    text.truncate(LENGTH - 1);
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_long_as_the_work_says() {
        for number in [0, 7, 123_456] {
            assert_eq!(text(number).len(), LENGTH);
            assert_eq!(MessageText::from(text(number).as_str()).check(), Ok(()));
        }
    }
}
