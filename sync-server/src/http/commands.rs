//! `POST /v1/commands`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use protocol::MOST_COMMANDS;
use protocol::commands::{CommandsRequest, Personal};
use protocol::error::ErrorCode;

use super::App;
use super::door::{Origin, Refused, Who, json};
use super::limits::Measured;
use crate::core::Asker;

/// Read positions and fields of personal state in one request, each.
const MOST_LANES: usize = 1_000;
/// Of a field's name, in characters.
const LONGEST_FIELD: usize = 100;
/// Of a field's value, in bytes.
const LARGEST_VALUE: usize = 4 * 1024;

pub(super) async fn commands(
    State(app): State<Arc<App>>,
    Who(session): Who,
    Origin(address): Origin,
    Measured { value: request, held }: Measured<CommandsRequest>,
) -> Result<Response, Refused> {
    check(&request)?;
    let asker = Asker {
        person: session.person,
        device: session.device,
        address,
    };
    let answer = app.writing.commands(asker, request, Some(held)).await?;
    Ok(json(&answer))
}

/// What is over the limits is refused whole, with nothing done.
fn check(request: &CommandsRequest) -> Result<(), ErrorCode> {
    let too_large = request.commands.len() > MOST_COMMANDS
        || request.positions.len() > MOST_LANES
        || request.personal.len() > MOST_LANES;
    if too_large {
        return Err(ErrorCode::TooLarge);
    }
    request.personal.iter().try_for_each(check_personal)
}

fn check_personal(personal: &Personal) -> Result<(), ErrorCode> {
    if personal.field.chars().count() > LONGEST_FIELD || personal.value.get().len() > LARGEST_VALUE {
        return Err(ErrorCode::TooLarge);
    }
    let known = ["archived/", "muted/", "setting/"].iter().any(|kind| {
        personal
            .field
            .strip_prefix(kind)
            .is_some_and(|rest| !rest.is_empty())
    });
    if known && !personal.field.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(ErrorCode::BadRequest)
    }
}
