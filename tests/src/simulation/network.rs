//! The network: packets that arrive in any order or never, and streams that arrive in order, as far as they do.

use std::collections::{BTreeMap, VecDeque};

use conversation::{ConversationId, PersonId, SeqRange};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::error::ErrorCode;
use protocol::sync::{Frame, SyncRequest};
use sync_server::core::Actor;

use super::files::{FileAnswer, FileRequest};

/// One request of one device, by which its answer is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(pub(super) u64);

/// One stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Connection(pub(super) u64);

/// Which device, by its place.
pub(super) type Place = usize;

pub(super) enum Packet {
    Commands {
        ticket: Ticket,
        actor: Actor,
        request: CommandsRequest,
    },
    /// `None`: the server had an error, and did nothing.
    Answer {
        ticket: Ticket,
        answer: Option<CommandsAnswer>,
    },
    Sync {
        device: Place,
        connection: Connection,
        request: SyncRequest,
    },
    History {
        ticket: Ticket,
        device: Place,
        conversation: ConversationId,
        range: SeqRange,
    },
    /// `None`: there is no such conversation for the requester.
    HistoryAnswer { ticket: Ticket, answer: Option<String> },
    File {
        ticket: Ticket,
        person: PersonId,
        request: FileRequest,
    },
    FileAnswer {
        ticket: Ticket,
        answer: Result<FileAnswer, ErrorCode>,
    },
}

impl Packet {
    pub(super) fn ticket(&self) -> Option<Ticket> {
        match self {
            Packet::Commands { ticket, .. }
            | Packet::Answer { ticket, .. }
            | Packet::History { ticket, .. }
            | Packet::HistoryAnswer { ticket, .. }
            | Packet::File { ticket, .. }
            | Packet::FileAnswer { ticket, .. } => Some(*ticket),
            Packet::Sync { .. } => None,
        }
    }
}

/// A stream on its way to a device.
#[derive(Default)]
pub(super) struct Pipe {
    pub(super) frames: VecDeque<Frame>,
    /// Nothing comes after these.
    pub(super) ended: bool,
    /// A proxy keeps all of it to itself.
    pub(super) held: bool,
}

#[derive(Default)]
pub(super) struct Network {
    pub(super) packets: Vec<Packet>,
    /// Of the streams that a device still reads.
    pub(super) pipes: BTreeMap<Connection, Pipe>,
    count: u64,
    /// Frames that were sent, for the faults that swallow some.
    pub(super) sent: u64,
}

impl Network {
    pub(super) fn ticket(&mut self) -> Ticket {
        self.count += 1;
        Ticket(self.count)
    }

    pub(super) fn connection(&mut self) -> Connection {
        self.count += 1;
        let connection = Connection(self.count);
        self.pipes.insert(connection, Pipe::default());
        connection
    }

    /// Streams with a frame or an end to bring.
    pub(super) fn arriving(&self) -> Vec<Connection> {
        let arriving = self
            .pipes
            .iter()
            .filter(|(_, pipe)| !pipe.held && (pipe.ended || !pipe.frames.is_empty()));
        arriving.map(|(connection, _)| *connection).collect()
    }

    /// Streams that a proxy keeps to itself.
    pub(super) fn held(&self) -> Vec<Connection> {
        let held = self.pipes.iter().filter(|(_, pipe)| pipe.held);
        held.map(|(connection, _)| *connection).collect()
    }
}
