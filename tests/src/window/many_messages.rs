//! Messages of a colleague by the hundred in a request, as a device sends what waited there: more of them than an engine writes
//! and sends one by one within a story.

use conversation::ConversationId;
use protocol::MOST_COMMANDS;
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use protocol::session::{Secret, SessionAnswer, SignInRequest};
use reqwest::Client;

use super::story_session::{StorySession, place};
use crate::bench::seeded_server::{ask, new_device};
use crate::bench::senders::command;
use crate::demo::people::CLINICIANS;
use crate::test_network::PASSWORD;

/// Sent well before the access of a sign-in ends.
const PER_SIGN_IN: usize = 100 * MOST_COMMANDS;

/// Sends all of them, in their order, from a device of somebody who has a password.
pub(super) async fn send_all(
    session: &StorySession<'_>,
    who: &str,
    conversation: ConversationId,
    texts: &[String],
) -> anyhow::Result<()> {
    let (url, membership) = (session.demo_server.server.url(), session.membership(who)?);
    let client = Client::builder().no_proxy().build()?;
    for texts in texts.chunks(PER_SIGN_IN) {
        let sign_in = SignInRequest {
            login: CLINICIANS[place(who)?].login.to_owned(),
            password: Secret(PASSWORD.to_owned()),
            device: new_device(),
        };
        let session: SessionAnswer = ask(&client, &url, "/v1/session/sign-in", &sign_in).await?;
        for texts in texts.chunks(MOST_COMMANDS) {
            let mut request = CommandsRequest::default();
            for text in texts {
                request.push(&command(membership, conversation, text, Vec::new()))?;
            }
            let sent = client.post(format!("{url}/v1/commands")).json(&request);
            let sent = sent.bearer_auth(&session.access.0).send().await?;
            let answer: CommandsAnswer = sent.error_for_status()?.json().await?;
            let refused = answer
                .answers
                .iter()
                .find(|one| !matches!(one, Answer::Accepted { .. }));
            anyhow::ensure!(refused.is_none(), "a message was answered by {refused:?}");
        }
    }
    Ok(())
}
