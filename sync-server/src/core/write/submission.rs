//! A parsed request of commands for the writer.

use conversation::Timestamp;
use protocol::commands::CommandsRequest;

use super::actor::Actor;
use super::parse::{ParsedCommand, parse};

/// A request with its actor. Everything that needs no state is done here, outside the one writer: each command is
/// parsed, and its digest computed.
#[derive(Debug)]
pub struct Submission {
    pub(in crate::core) actor: Actor,
    pub(in crate::core) request: CommandsRequest,
    pub(in crate::core) commands: Vec<ParsedCommand>,
    bytes: usize,
}

impl Submission {
    pub fn new(actor: Actor, request: CommandsRequest) -> Submission {
        Submission {
            actor,
            commands: request.commands.iter().map(|raw| parse(raw)).collect(),
            bytes: request.commands.iter().map(|raw| raw.get().len()).sum(),
            request,
        }
    }

    /// The number of its commands.
    pub fn commands(&self) -> usize {
        self.commands.len()
    }

    /// The size of its commands as received.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Converts the times in it to the server's clock, when the batch begins.
    pub(in crate::core) fn reckon(&mut self, now: Timestamp) {
        let asked_at = self.request.now.take();
        for command in &mut self.commands {
            command.reckon(asked_at, now);
        }
    }
}
