//! Types that every layer of the client shares, from the cache to the screen. They import no other module of the
//! client.

mod attachment;
mod draft;
mod invalidated;
mod overview;
pub mod settings;
mod status;

pub use attachment::{AttachTo, AttachmentFault};
pub use draft::Draft;
pub use invalidated::Invalidated;
pub use overview::{ConversationKind, Filter, Only, Order};
pub use settings::{Density, NotificationDetail, Settings, Theme};
pub use status::{Connection, Obstacle, ProxyChoice, UnavailableReason};
