//! `POST /v1/commands`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use conversation::{PersonId, Timestamp};
use protocol::commands::{AccountStateKind, Answer, CommandsRequest, NotTaken, Personal, ReadPosition};
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
use crate::core::{Actor, CoreError};
use crate::store::{MOST_FIELD_BYTES, MOST_FIELDS};

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
    let changes = batch.commands.len() + batch.positions.len() + batch.personal.len();
    app.quotas.send(session.person, changes, held.bytes())?;
    let Read {
        mut request,
        personal,
        mut not_taken,
    } = read(batch)?;
    request.personal = within_quota(&app, session.person, personal, &mut not_taken).await?;
    let actor = Actor {
        person: session.person,
        device: session.device,
        address,
    };
    let mut answer = app.write_queue.commands(actor, request, Some(held)).await?;
    answer.not_taken = not_taken;
    for answer in &answer.answers {
        if let Answer::Refused { refusal, .. } = answer {
            app.denials.refused(*refusal, &session, address);
        }
    }
    Ok(json(&answer))
}

/// A batch that was parsed.
struct Read {
    /// Without its personal fields.
    request: CommandsRequest,
    /// With the place of each in the batch.
    personal: Vec<(u32, Personal)>,
    not_taken: Vec<NotTaken>,
}

/// A request over the limits is refused as a whole and does nothing; a malformed command is refused by itself.
fn read(batch: Batch) -> Result<Read, ErrorCode> {
    let too_large = batch.commands.len() > MOST_COMMANDS
        || batch.positions.len() > MOST_ACCOUNT_STATE
        || batch.personal.len() > MOST_ACCOUNT_STATE;
    if too_large {
        return Err(ErrorCode::TooLarge);
    }
    let mut not_taken = Vec::new();
    let positions = each(
        AccountStateKind::Positions,
        &batch.positions,
        &mut not_taken,
        |_: &ReadPosition| Ok(()),
    );
    let personal = each(
        AccountStateKind::Personal,
        &batch.personal,
        &mut not_taken,
        check_personal,
    );
    let request = CommandsRequest {
        commands: batch.commands,
        // The writer clamps the number to what the account sees.
        positions: positions.into_iter().map(|(_, position)| position).collect(),
        personal: Vec::new(),
        now: batch.now,
    };
    Ok(Read {
        request,
        personal,
        not_taken,
    })
}

/// The fields that are there already, or for which the account has room. Requests at the same time can each use the same room.
async fn within_quota(
    app: &App,
    person: PersonId,
    personal: Vec<(u32, Personal)>,
    not_taken: &mut Vec<NotTaken>,
) -> Result<Vec<Personal>, Refused> {
    if personal.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = personal.iter().map(|(_, one)| one.field.as_str()).collect();
    let usage = app.core.store.personal_usage(person, &names).await;
    let mut usage = usage.map_err(CoreError::from)?;
    let mut taken = Vec::with_capacity(personal.len());
    for (place, one) in personal {
        if usage.take(&one.field, one.value.get().len()) {
            taken.push(one);
        } else {
            let why =
                format!("the account has {MOST_FIELDS} personal fields, or {MOST_FIELD_BYTES} bytes of them");
            let kind = AccountStateKind::Personal;
            not_taken.push(NotTaken { kind, place, why });
        }
    }
    Ok(taken)
}

fn each<T: DeserializeOwned>(
    kind: AccountStateKind,
    raw: &[Box<RawValue>],
    not_taken: &mut Vec<NotTaken>,
    check: impl Fn(&T) -> Result<(), String>,
) -> Vec<(u32, T)> {
    let mut taken = Vec::with_capacity(raw.len());
    for (place, raw) in (0..).zip(raw) {
        let read = form::object::<T>("it", raw.get().as_bytes()).and_then(|one| check(&one).map(|()| one));
        match read {
            Ok(one) => taken.push((place, one)),
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
