//! Actions of the observer on the screen of the device that is on: by calls of the API alone, on what it shows.

use client::api::request::{ApiRequest, At};
use client::api::view::{Body, Draft, MessageView, Row, Timeline};
use conversation::{MessageId, Seq};

use super::pair::Pair;
use super::side::Side;
use crate::simulation::ports::Step;

#[derive(Clone, Copy, Debug)]
pub(super) enum Own {
    Say,
    Reply,
    Edit,
    Delete,
    Read,
    /// For oneself.
    Archive,
}

impl Pair {
    pub(super) fn own(&mut self, own: Own) -> Step {
        let text = self.text(&[]);
        let (place, chance) = (self.dice.below(1_000), self.dice.below(1_000) as u64);
        self.both(|side| {
            let conversation = side.conversation;
            let mut draft = Draft {
                text: text.clone(),
                ..Draft::default()
            };
            match own {
                Own::Say => {}
                Own::Reply => draft.reply_to = pick(side, place, |said| !matches!(said.body, Body::Deleted))?,
                Own::Edit => {
                    draft.editing = pick(side, place, |said| said.may_edit)?;
                    if draft.editing.is_none() {
                        return Ok(());
                    }
                }
                Own::Delete => {
                    let Some(message) = pick(side, place, |said| said.may_delete)? else {
                        return Ok(());
                    };
                    let delete = ApiRequest::DeleteMessage {
                        conversation,
                        message,
                    };
                    return ask(side, delete);
                }
                Own::Read => {
                    let number = Seq(1 + chance % (side.scene.last.0 + 2));
                    return ask(side, ApiRequest::Read { conversation, number });
                }
                Own::Archive => {
                    let everyone = false;
                    let archive = ApiRequest::Archive {
                        conversation,
                        everyone,
                    };
                    return ask(side, archive);
                }
            }
            ask(side, ApiRequest::SaveDraft { conversation, draft })?;
            ask(side, ApiRequest::Send { conversation })
        })
    }
}

/// One of the messages that the device shows.
fn pick(side: &Side, place: usize, may: impl Fn(&MessageView) -> bool) -> Step<Option<MessageId>> {
    let timeline = ApiRequest::Timeline {
        conversation: side.conversation,
        at: At::End,
        limit: 100,
    };
    let Ok(timeline) = side.devices[0].call::<Timeline>(timeline)? else {
        return Ok(None);
    };
    let messages = timeline.rows.iter().filter_map(|row| match row {
        Row::Message(message) => Some(message),
        _ => None,
    });
    let fit: Vec<MessageId> = messages
        .filter(|message| may(message))
        .map(|message| message.message)
        .collect();
    let place = place.checked_rem(fit.len());
    Ok(place.and_then(|place| fit.get(place).copied()))
}

/// Answers a call of the screen, and sends what is in the outbox for it. A refusal is an answer like any
/// other.
pub(super) fn ask(side: &mut Side, call: ApiRequest) -> Step {
    let _answered = side.devices[0].call::<serde_json::Value>(call)?;
    side.devices[0].send()?;
    side.see()
}
