//! The rules of a conversation, as pure functions.
//!
//! A conversation is an append-only log of events; everything else is derived from it.
//!
//! * a [`command::Command`] is a request of a person,
//! * [`decide::decide`] turns it into events or a [`refusal::Refusal`],
//! * [`state::State::apply`] folds an event into the state, on which the next decision depends,
//! * [`visibility`] computes the places of the log that a person sees,
//! * [`attention`] decides what of somebody's unread messages is mailed,
//! * [`urgency`] defines what makes a message urgent,
//! * [`attachment`] defines what a message says of its files,
//! * [`text`] defines the contents of a message and its formatting,
//! * [`organisation`] does the same for organisations: memberships, units, networks, in a log of their own.
//!
//! *Invariant:* nothing here performs I/O, waits, reads a clock or draws a random number. The server calls these
//! functions to decide; a device calls the same ones to show what is allowed.

pub mod attachment;
pub mod attention;
pub mod command;
pub mod decide;
pub mod event;
pub mod ids;
pub mod lookup;
pub mod organisation;
pub mod places;
pub mod refusal;
mod refused_people;
pub mod state;
pub mod text;
pub mod urgency;
pub mod visibility;

pub use attachment::{Attachment, PictureSize, Sha256, Upload};
pub use command::{Action, Command, NewMessage, Share};
pub use decide::{
    Allowed, AllowedOnMessage, NewEvent, Pair, Referred, Target, allowed, allowed_on, check_open, decide,
    pair, reconcile,
};
pub use event::{Audit, Chosen, Content, Header, Kind, Shape};
pub use ids::*;
pub use lookup::{DirectoryLookup, Member, Rights, Team};
pub use places::Places;
pub use refusal::Refusal;
pub use refused_people::refused_people;
pub use state::{Head, Presence, State};
pub use text::{MessageText, Span};
pub use urgency::Urgency;
pub use visibility::sees;
