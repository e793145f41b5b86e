//! What a screen shows. Everything here is ready to be rendered: names, titles and rights are worked out.

mod conversation;
mod overview;
mod people;
mod session;
mod timeline;

pub use conversation::{
    ConversationView, Destination, ItemConversationView, ItemView, ParticipantView, ReaderView, TeamView,
};
pub use overview::{Density, Display, Last, OrganisationChoice, Overview, OverviewChoices, OverviewRow};
pub use people::{Found, FoundPerson, FoundTeam, SharePreview};
pub use session::{
    Connection, InvitationView, Me, NotificationDetail, Rescued, SessionView, Settings, SyncStatus, Theme,
    UnavailableReason,
};
pub use timeline::{
    Author, Body, Draft, Line, LineView, Mentioned, MessageState, MessageView, Quote, Row, Timeline,
};
