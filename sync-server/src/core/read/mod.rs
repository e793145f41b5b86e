//! The read path: everything sent to a device.
//!
//! * [`feed`] is the stream of one device: [`catch_up`] first, then the commits that [`hub`] encodes once for all.
//! * [`commit_feed`] brings the commits to the hub in the order of the store.
//! * [`history`] reads a range of one conversation, [`items`] an item and its conversations.
//! * [`attachments`] says which files a person may open.
//! * [`shown_events`] reads events from the store, as one viewer sees them; [`resume`] reads and writes the token a stream continues from.

mod attachments;
mod catch_up;
pub mod commit_feed;
pub mod feed;
pub mod history;
pub mod hub;
mod items;
mod last_shown;
mod resume;
mod shown_events;

pub use attachments::{Opening, ReadableAttachment};
pub use feed::{Feed, FeedError, MOST_AT_ONCE};
pub use hub::{Delivery, Hub, StreamId};
