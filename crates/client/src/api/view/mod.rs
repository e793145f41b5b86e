//! Views of a screen, ready to be rendered, with names, titles and rights.

mod attachment;
mod conversation;
mod overview;
mod people;
mod presence;
mod search;
mod session;
mod timeline;

pub use crate::model::{Connection, Density, Draft, NotificationDetail, Settings, Theme, UnavailableReason};
pub use attachment::{
    AttachTo, AttachmentFault, AttachmentGroup, AttachmentKind, AttachmentList, AttachmentState,
    AttachmentView, ListedAttachment,
};
pub use conversation::{
    ConversationView, Destination, ItemConversationView, ItemView, Namesake, ParticipantView, ReaderView,
    TeamView,
};
pub use overview::{Last, OrganisationChoice, Overview, OverviewChoices, OverviewRow};
pub use people::{Found, FoundPerson, FoundTeam, SharePreview};
pub use presence::{AbsentRecipient, AbsentView, BackView, CoverView, OwnAvailability, PresenceView};
pub use search::{
    FilterKind, HitCount, MessageHit, SearchFault, SearchFilter, SearchReach, SearchResult, SnippetPart,
    Suggestion,
};
pub use session::{
    Devices, InvitationView, Me, Recovered, SessionView, SignedInDevice, SignedOutDevice, SyncStatus,
};
pub use timeline::{
    Author, Body, Line, LineView, Mentioned, MessageState, MessageView, Quote, Row, Timeline, UrgentView,
};
