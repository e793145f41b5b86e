//! Administration by the operator, by administrators of an organisation, and by source systems through the items API:
//! organisations, people, teams, networks, items, permissions, invitations (O1 to O4, O7, O8, I1, I2).
//!
//! * Every request has an [`AdminActor`]. Whether the actor may do it is decided first, by [`authorise`], from what the request
//!   touches ([`act`]).
//! * Every change of an organisation is an event of its log, appended in the transaction that changes anything else
//!   with it. Its header says by whom, its audit part which user the operator was.
//!
//! [`authorise`]: conversation::organisation::authorise

mod act;
mod availability;
mod import;
mod items;
mod met;
mod organisations;
mod people;
mod plan;
mod writing;

use std::collections::BTreeMap;

pub use import::{Encoding, Import, Imported, Invited, Line, NoText, Outcome, Table, decode};

use conversation::organisation::availability::WeekInvalid;
pub use conversation::organisation::{AdminActor, OperatorUser};
use conversation::organisation::{
    Availability, AvailabilityInvalid, ItemContent, Name, Permission, Profile, Unauthorised, UnitKind,
};
use conversation::{
    ItemId, MembershipId, NetworkId, OrganisationId, PersonId, SessionId, SourceId, TeamId, Timestamp, UnitId,
};
use matching::Unfit;
use protocol::items::{SourceItem, SourceItemAnswer, SourcePermission};
use protocol::session::Secret;
use serde::{Deserialize, Serialize};

/// One request of an [`AdminActor`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum AdminRequest {
    /// With a head office of the same name.
    OrganisationAdd {
        name: String,
    },
    OrganisationList,
    UnitAdd {
        organisation: OrganisationId,
        name: String,
        of: UnitKind,
        /// The head office, unless given.
        #[serde(default)]
        parent: Option<UnitId>,
    },
    UnitRename {
        organisation: OrganisationId,
        unit: UnitId,
        name: String,
    },
    /// Moves the unit with everything below it.
    UnitMove {
        organisation: OrganisationId,
        unit: UnitId,
        parent: UnitId,
    },
    /// Names a member who may agree to networks for the organisation.
    AdministratorName {
        membership: MembershipId,
    },
    AdministratorDismiss {
        membership: MembershipId,
    },
    /// Agrees, in the name of the administrator's organisation, to share a network with another; it holds once an
    /// administrator there has agreed, too. A new network, unless given.
    NetworkAgree {
        #[serde(default)]
        network: Option<NetworkId>,
        by: MembershipId,
        with: OrganisationId,
    },
    NetworkWithdraw {
        network: NetworkId,
        by: MembershipId,
        with: OrganisationId,
    },
    /// Lists everybody who works there, with their logins.
    PersonList {
        organisation: OrganisationId,
    },
    /// With their first memberships and an invitation.
    PersonAdd {
        login: String,
        memberships: Vec<NewMembership>,
    },
    /// Again, or since the password was lost.
    PersonInvite {
        person: PersonId,
    },
    /// Ends the account and all memberships.
    PersonEnd {
        person: PersonId,
    },
    /// Lists the devices on which somebody is signed in.
    SessionList {
        person: PersonId,
    },
    /// Signs one of these devices out, at once.
    SessionEnd {
        person: PersonId,
        session: SessionId,
    },
    MembershipAdd {
        person: PersonId,
        #[serde(flatten)]
        membership: NewMembership,
    },
    MembershipMove {
        membership: MembershipId,
        unit: UnitId,
    },
    MembershipEnd {
        membership: MembershipId,
    },
    ProfileChange {
        membership: MembershipId,
        profile: Profile,
    },
    /// Whether people of other organisations find the professional by this membership.
    FindabilityChange {
        membership: MembershipId,
        inside_only: bool,
    },
    /// When the professional works by this membership, and who covers; without one nothing is known any more.
    AvailabilityChange {
        membership: MembershipId,
        availability: Option<Box<Availability>>,
    },
    TeamAdd {
        organisation: OrganisationId,
        /// The head office, unless given.
        #[serde(default)]
        unit: Option<UnitId>,
        name: String,
    },
    TeamRename {
        team: TeamId,
        name: String,
    },
    TeamEnd {
        team: TeamId,
    },
    /// Into the conversations that the team takes part in, too, from now on.
    TeamJoin {
        team: TeamId,
        membership: MembershipId,
    },
    TeamLeave {
        team: TeamId,
        membership: MembershipId,
    },
    /// A type of item of the organisation's own.
    ItemTypeDefine {
        organisation: OrganisationId,
        item_type: String,
        name: String,
    },
    ItemAdd {
        organisation: OrganisationId,
        /// The head office, unless given.
        #[serde(default)]
        unit: Option<UnitId>,
        item_type: String,
        #[serde(flatten)]
        content: ItemContent,
        #[serde(default)]
        item: Option<ItemId>,
    },
    Grant(Right),
    Revoke(Right),
    /// A system that registers the organisation's items; answered with its key.
    SourceAdd {
        organisation: OrganisationId,
        name: String,
    },
    /// Withdraws the key of a source system.
    SourceEnd {
        organisation: OrganisationId,
        source: SourceId,
    },
    SourceList {
        organisation: OrganisationId,
    },
    /// From a source system: registers an item, or changes the one that it registered under this reference.
    SourceItemPut {
        source: Source,
        reference: String,
        item: SourceItem,
    },
    /// From a source system: grants or revokes a permission.
    SourcePermissionSet {
        source: Source,
        permission: SourcePermission,
        granted: bool,
    },
    /// Units, people, teams or permissions, from a file.
    Import(Import),
}

/// A source system, as identified by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    pub organisation: OrganisationId,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewMembership {
    pub organisation: OrganisationId,
    /// The head office, unless given.
    #[serde(default)]
    pub unit: Option<UnitId>,
    pub name: Name,
    pub discipline: String,
    pub function: String,
    /// The e-mail address of this membership; the login, unless given.
    #[serde(default)]
    pub work_email: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Right {
    pub membership: MembershipId,
    /// The head office, unless given; a permission there holds in the whole organisation.
    #[serde(default)]
    pub unit: Option<UnitId>,
    pub item_type: String,
    pub permission: Permission,
}

/// The result of a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "done", rename_all = "snake_case")]
pub enum AdminResponse {
    Organisation {
        organisation: OrganisationId,
        unit: UnitId,
    },
    Organisations {
        organisations: Vec<Listed>,
    },
    Unit {
        unit: UnitId,
    },
    People {
        people: Vec<ListedPerson>,
    },
    Network {
        network: NetworkId,
    },
    Person {
        person: PersonId,
        memberships: Vec<MembershipId>,
        invitation: Invitation,
    },
    Invited {
        invitation: Invitation,
    },
    Sessions {
        sessions: Vec<ListedSession>,
    },
    Membership {
        membership: MembershipId,
    },
    Team {
        team: TeamId,
    },
    Item {
        item: ItemId,
    },
    /// The key is shown once; only its hash is kept.
    Source {
        source: SourceId,
        key: Secret,
    },
    Sources {
        sources: Vec<ListedSource>,
    },
    SourceItem(SourceItemAnswer),
    Imported(Imported),
    Nothing,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    pub organisation: OrganisationId,
    pub name: String,
    pub units: BTreeMap<UnitId, ListedUnit>,
    /// Teams that have not ended.
    pub teams: BTreeMap<TeamId, ListedTeam>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedTeam {
    pub name: String,
    pub unit: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedPerson {
    pub person: PersonId,
    pub membership: MembershipId,
    pub login: String,
    pub name: String,
    pub unit: String,
    pub administrator: bool,
}

/// A device on which somebody is signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedSession {
    pub session: SessionId,
    pub device_name: String,
    pub platform: String,
    pub begun_at: Timestamp,
    /// When it last asked for new tokens: within ten minutes of its last use.
    pub refreshed_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedUnit {
    pub name: String,
    pub kind: UnitKind,
    /// Absent for the head office.
    #[serde(default)]
    pub parent: Option<UnitId>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedSource {
    pub source: SourceId,
    pub name: String,
    pub ended: bool,
}

/// Shown once; only its hash is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invitation {
    pub code: Secret,
    pub expires: Timestamp,
    /// The address to accept it at, if the server has a public address.
    #[serde(default)]
    pub link: Option<Secret>,
}

/// The text field that a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    #[error("name")]
    Name,
    #[error("given name")]
    Given,
    #[error("prefix of the family name")]
    Prefix,
    #[error("family name")]
    Family,
    #[error("discipline")]
    Discipline,
    #[error("function")]
    Function,
    #[error("id of the type")]
    ItemType,
    #[error("title")]
    Title,
    #[error("reference")]
    Reference,
    #[error("reference of the client")]
    Client,
}

/// A refusal, as a sentence for the requester.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AdminRefusal {
    /// Decided before anything else.
    #[error(transparent)]
    NotAllowed(Unauthorised),
    #[error("There is no such organisation. Nothing was changed; `organisation list` shows all of them.")]
    NoSuchOrganisation,
    #[error(
        "There is no such unit in that organisation. Nothing was changed; `organisation list` shows its units."
    )]
    NoSuchUnit,
    #[error("There is no such person, or their account has ended. Nothing was changed.")]
    NoSuchPerson,
    #[error(
        "That person is not signed in there, or no longer. Nothing was changed; `session list` shows their devices."
    )]
    NoSuchSession,
    #[error("There is no such membership, or it has ended. Nothing was changed.")]
    NoSuchMembership,
    #[error(
        "Another person signs in with that address already. Nothing was changed; add a membership to that person instead."
    )]
    LoginTaken,
    #[error("That is not an e-mail address of at most 200 characters. Nothing was changed.")]
    LoginInvalid,
    #[error("The {field} {why}. Nothing was changed.")]
    TextInvalid { field: Field, why: Unfit },
    #[error("A person needs at least one membership. Nothing was changed.")]
    NoMembership,
    #[error("An item with that id exists already. Nothing was changed.")]
    ItemExists,
    #[error(
        "The item with that reference is of another type. Nothing was changed; an item keeps its type, so use another reference."
    )]
    ItemOfAnotherType,
    #[error("There is no such team, or it has ended. Nothing was changed.")]
    NoSuchTeam,
    #[error("Team members must belong to the team's organisation. Nothing was changed.")]
    OfAnotherOrganisation,
    #[error("There is no such type of item; the organisation has not defined it. Nothing was changed.")]
    NoSuchItemType,
    #[error("A type of item with that name exists already. Nothing was changed.")]
    ItemTypeExists,
    #[error("That type of item has no such permission. Nothing was changed.")]
    NoSuchPermission,
    #[error("That person is not an administrator of this organisation. Nothing was changed; name one first.")]
    NotAnAdministrator,
    #[error("An organisation cannot share a network with itself. Nothing was changed.")]
    WithItself,
    #[error("A unit cannot be moved below itself, and the head office cannot be moved. Nothing was changed.")]
    UnitBelowItself,
    #[error("The link back must be an https address of at most 2,000 characters. Nothing was changed.")]
    LinkInvalid,
    #[error("The organisation has an item with that reference already. Nothing was changed.")]
    ReferenceTaken,
    #[error("There is no such source system, or its key was withdrawn. Nothing was changed.")]
    NoSuchSource,
    #[error("Several units have that name. Nothing was changed; give the unit's id.")]
    UnitAmbiguous,
    #[error("The unit with that name is of another kind. Nothing was changed; a unit keeps its kind.")]
    UnitOfAnotherKind,
    #[error("Units cannot be ended. Nothing was changed; import them without `--complete`.")]
    UnitsStay,
    #[error(
        "The account with that address has ended, and its address cannot be used again. Nothing was changed; use another address."
    )]
    AccountEnded,
    #[error("The team with that name belongs to another unit. Nothing was changed; give its unit.")]
    TeamElsewhere,
    #[error(
        "That person works at several units, but not at the team's. Nothing was changed; use `team join`."
    )]
    MembershipAmbiguous,
    #[error("{0} Nothing was changed.")]
    AvailabilityInvalid(AvailabilityInvalid),
    #[error("The week cannot be read: {0}. Nothing was changed.")]
    WeekInvalid(WeekInvalid),
    #[error("A day is expected as `2026-12-31`. Nothing was changed.")]
    DateInvalid,
    #[error("`yes` or `no` is expected. Nothing was changed.")]
    YesOrNo,
    #[error("An absence needs its last day. Nothing was changed.")]
    AbsenceWithoutEnd,
    #[error(
        "A colleague or a team of the same organisation can cover, unless they have ended or hide outside it. Nothing was changed."
    )]
    CoverUnavailable,
    #[error("A colleague or a team covers, not both. Nothing was changed.")]
    CoverTwice,
    #[error(
        "The colleague who covers works at several units, but not at that of the one they cover for. Nothing was changed; use `membership availability`."
    )]
    CoverAmbiguous,
    #[error("That person works at several units. Nothing was changed; give the unit.")]
    UnitNeeded,
    #[error("The file names that membership twice. Nothing was changed.")]
    NamedTwice,
}
