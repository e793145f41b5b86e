//! Answers of people to the questions of a screen: of stale and of refused commands.

use client::api::request::ApiRequest;
use client::cache::{Cache as _, OutboxRow, OutboxState};
use conversation::{Action, MessageId};
use platform::Clock as _;

use super::ledger::text_of;
use super::network::Place;
use super::ports::{Must as _, Step, broken, now};
use super::simulated_system::SimulatedSystem;

impl SimulatedSystem {
    /// "Send it still", or take it back.
    pub(super) fn answer_stale(&mut self, place: Place) -> Step {
        for row in now(self.devices[place].cache.outbox(None))?.must("the outbox")? {
            if row.state == OutboxState::Stale {
                self.ledger.is_asked_in_time(&row, self.clock.now())?;
                let conversation = row.conversation;
                self.counts.one("stale questions answered");
                if row.sent_once || self.dice.chance(700) {
                    self.call(place, ApiRequest::SendStale { conversation })?;
                } else {
                    self.withdraw(place, &row)?;
                }
                return Ok(());
            }
        }
        Ok(())
    }

    /// Tries what was refused again, or takes it back.
    pub(super) fn answer_refused(&mut self, place: Place) -> Step {
        for row in now(self.devices[place].cache.outbox(None))?.must("the outbox")? {
            if matches!(row.state, OutboxState::Refused { .. }) {
                let conversation = row.conversation;
                let message = called(&row);
                self.counts.one("refusals answered");
                return if self.dice.chance(300) {
                    self.call(
                        place,
                        ApiRequest::Retry {
                            conversation,
                            message,
                        },
                    )
                } else {
                    self.withdraw(place, &row)
                };
            }
        }
        Ok(())
    }

    /// Takes back what concerns a row; the texts that go with it are kept elsewhere, or this fails.
    pub(super) fn withdraw(&mut self, place: Place, row: &OutboxRow) -> Step {
        let before = now(self.devices[place].cache.outbox(None))?.must("the outbox")?;
        let (conversation, message) = (row.conversation, called(row));
        if self
            .asked::<()>(
                place,
                ApiRequest::Withdraw {
                    conversation,
                    message,
                },
            )?
            .is_none()
        {
            return Ok(());
        }
        let device = &self.devices[place];
        let after = now(device.cache.outbox(None))?.must("the outbox")?;
        let drafts = now(device.cache.drafts())?.must("the drafts")?;
        let recovered = now(device.cache.recovered())?.must("the recovered texts")?;
        for gone in before
            .iter()
            .filter(|row| after.iter().all(|left| left.command.id != row.command.id))
        {
            let Some(text) = text_of(gone) else { continue };
            self.oracle.checks += 1;
            let kept = drafts.iter().any(|row| row.draft.text.body == text)
                || recovered.iter().any(|row| row.text.body == text);
            // If a message and its edit are withdrawn together, the later text stands for both.
            let followed = before.iter().any(|row| {
                matches!(&row.command.action, Action::Edit { message, .. } if Some(*message) == gone.command.action.makes())
            });
            if !kept && !followed {
                let name = self.oracle.names.of("command", gone.command.id.0);
                return broken(format!(
                    "{name} was taken back on device {place}, and its text is lost"
                ));
            }
            self.ledger.withdraw(text);
        }
        Ok(())
    }
}

/// The message id under which a screen shows a row that waits or was refused.
fn called(row: &OutboxRow) -> MessageId {
    match &row.command.action {
        Action::Edit { message, .. } | Action::Delete { message } => *message,
        action => action.makes().unwrap_or(MessageId(row.command.id.0)),
    }
}
