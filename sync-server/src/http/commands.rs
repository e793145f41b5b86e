//! `POST /v1/commands`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use conversation::Timestamp;
use protocol::commands::{AccountStateKind, CommandsRequest, NotTaken, Personal, ReadPosition};
use protocol::error::ErrorCode;
use protocol::list::at_most;
use protocol::{LARGEST_PERSONAL, MOST_ACCOUNT_STATE, MOST_COMMANDS};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::extract::{Origin, Refused, Who, json};
use super::form;
use super::limits::Measured;
use crate::app::App;
use crate::core::Actor;

/// Maximum length of a field's name, in characters.
const LONGEST_FIELD: usize = 100;

/// A [`CommandsRequest`] whose parts are parsed one by one, so that an unreadable one is refused by itself.
#[derive(Deserialize)]
pub(super) struct Batch {
    #[serde(default, deserialize_with = "at_most::<MOST_COMMANDS, _, _>")]
    commands: Vec<Box<RawValue>>,
    #[serde(default, deserialize_with = "at_most::<MOST_ACCOUNT_STATE, _, _>")]
    positions: Vec<Box<RawValue>>,
    #[serde(default, deserialize_with = "at_most::<MOST_ACCOUNT_STATE, _, _>")]
    personal: Vec<Box<RawValue>>,
    #[serde(default)]
    now: Option<Timestamp>,
}

pub(super) async fn commands(
    State(app): State<Arc<App>>,
    Who(session): Who,
    Origin(address): Origin,
    Measured { value: batch, held }: Measured<Batch>,
) -> Result<Response, Refused> {
    let (request, not_taken) = read(batch)?;
    let actor = Actor {
        person: session.person,
        device: session.device,
        address,
    };
    let mut answer = app.write_queue.commands(actor, request, Some(held)).await?;
    answer.not_taken = not_taken;
    Ok(json(&answer))
}

/// A request over the limits is refused as a whole and does nothing; a malformed command is refused by itself.
fn read(batch: Batch) -> Result<(CommandsRequest, Vec<NotTaken>), ErrorCode> {
    let too_large = batch.commands.len() > MOST_COMMANDS
        || batch.positions.len() > MOST_ACCOUNT_STATE
        || batch.personal.len() > MOST_ACCOUNT_STATE;
    if too_large {
        return Err(ErrorCode::TooLarge);
    }
    let mut not_taken = Vec::new();
    let request = CommandsRequest {
        commands: batch.commands,
        // The writer clamps the number to what the account sees.
        positions: each(
            AccountStateKind::Positions,
            &batch.positions,
            &mut not_taken,
            |_: &ReadPosition| Ok(()),
        ),
        personal: each(
            AccountStateKind::Personal,
            &batch.personal,
            &mut not_taken,
            check_personal,
        ),
        now: batch.now,
    };
    Ok((request, not_taken))
}

fn each<T: DeserializeOwned>(
    kind: AccountStateKind,
    raw: &[Box<RawValue>],
    not_taken: &mut Vec<NotTaken>,
    check: impl Fn(&T) -> Result<(), String>,
) -> Vec<T> {
    let mut taken = Vec::with_capacity(raw.len());
    for (place, raw) in (0..).zip(raw) {
        let read = form::object::<T>("it", raw.get().as_bytes()).and_then(|one| check(&one).map(|()| one));
        match read {
            Ok(one) => taken.push(one),
            Err(why) => not_taken.push(NotTaken { kind, place, why }),
        }
    }
    taken
}

fn check_personal(personal: &Personal) -> Result<(), String> {
    let field = &personal.field;
    let known = ["archived/", "muted/", "setting/"]
        .iter()
        .any(|kind| field.strip_prefix(kind).is_some_and(|rest| !rest.is_empty()));
    if !known || field.chars().any(char::is_control) {
        return Err(
            "`field`: expected `archived/{conversation}`, `muted/{conversation}` or `setting/{name}`"
                .to_owned(),
        );
    }
    if field.chars().count() > LONGEST_FIELD {
        return Err(format!("`field`: is longer than {LONGEST_FIELD} characters"));
    }
    if personal.value.get().len() > LARGEST_PERSONAL {
        return Err(format!("`value`: is larger than {LARGEST_PERSONAL} bytes"));
    }
    Ok(())
}
