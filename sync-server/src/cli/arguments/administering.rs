//! The commands that change organisations, people, teams, items and permissions.

use clap::{Args, Subcommand, ValueEnum};
use conversation::organisation::{ItemContent, Name, Permission, Profile, UnitKind};
use conversation::{
    ItemId, MembershipId, NetworkId, OrganisationId, PersonId, SessionId, SourceId, TeamId, UnitId,
};

use super::availability::AvailabilityArguments;
use crate::core::administer::{AdminRequest, NewMembership, Right};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Administering {
    /// Organisations.
    #[command(subcommand)]
    Organisation(OrganisationVerb),
    /// Units of an organisation.
    #[command(subcommand)]
    Unit(UnitVerb),
    /// Networks: organisations whose people can find each other.
    #[command(subcommand)]
    Network(NetworkVerb),
    /// People and their invitations.
    #[command(subcommand)]
    Person(PersonVerb),
    /// Memberships: a person's unit and profile.
    #[command(subcommand)]
    Membership(MembershipVerb),
    /// Administrators, who may agree to networks for their organisation.
    #[command(subcommand)]
    Administrator(AdministratorVerb),
    /// Teams, which can be chosen like a person.
    #[command(subcommand)]
    Team(TeamVerb),
    /// An organisation's own types of item, besides the built-in ones.
    #[command(subcommand)]
    ItemType(ItemTypeVerb),
    /// Items that conversations can be about.
    #[command(subcommand)]
    Item(ItemVerb),
    /// Source systems, which register items with a key of their own.
    #[command(subcommand)]
    Source(SourceVerb),
    /// Devices on which somebody is signed in.
    #[command(subcommand)]
    Session(SessionVerb),
    /// Grant a permission for a type of item, at a unit and below it.
    Grant(RightArguments),
    /// Revoke a permission.
    Revoke(RightArguments),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum OrganisationVerb {
    /// Add an organisation, with a head office of the same name.
    Add { name: String },
    /// List organisations with their units and teams.
    List,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UnitVerb {
    Add {
        organisation: OrganisationId,
        name: String,
        #[arg(long, value_enum, default_value_t = Kind::Branch)]
        kind: Kind,
        /// The unit it belongs to; the head office, unless given.
        #[arg(long)]
        parent: Option<UnitId>,
    },
    Rename {
        organisation: OrganisationId,
        unit: UnitId,
        name: String,
    },
    /// Move a unit with everything below it. Permissions granted above its new place apply there from now on.
    Move {
        organisation: OrganisationId,
        unit: UnitId,
        parent: UnitId,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AdministratorVerb {
    Name { membership: MembershipId },
    Dismiss { membership: MembershipId },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TeamVerb {
    Add {
        organisation: OrganisationId,
        name: String,
        /// The head office, unless given.
        #[arg(long)]
        unit: Option<UnitId>,
    },
    Rename {
        team: TeamId,
        name: String,
    },
    /// End a team: it can no longer be chosen, and leaves all conversations.
    End {
        team: TeamId,
    },
    /// Add a member to a team, and from now on to the conversations that the team takes part in.
    Join {
        team: TeamId,
        membership: MembershipId,
    },
    Leave {
        team: TeamId,
        membership: MembershipId,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ItemTypeVerb {
    Define {
        organisation: OrganisationId,
        /// Name for programs: `valincident`.
        id: String,
        /// Name for people: `Valincident`.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SourceVerb {
    /// Add a source system; prints its key, which is shown once.
    Add {
        organisation: OrganisationId,
        name: String,
    },
    /// Withdraw the key of a source system.
    End {
        organisation: OrganisationId,
        source: SourceId,
    },
    List {
        organisation: OrganisationId,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SessionVerb {
    /// List the devices of a person, with their last use.
    List { person: PersonId },
    /// Sign one of these devices out, at once: for a laptop that was lost.
    End { person: PersonId, session: SessionId },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Kind {
    HeadOffice,
    Partnership,
    Branch,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum NetworkVerb {
    /// Agree to share a network with another organisation. It takes effect once an administrator of the other
    /// organisation has agreed, too.
    Agree {
        /// A new network, unless given.
        #[arg(long)]
        network: Option<NetworkId>,
        /// The administrator's membership.
        #[arg(long)]
        by: MembershipId,
        #[arg(long)]
        with: OrganisationId,
    },
    /// Stop sharing a network; either of the two organisations can.
    Withdraw {
        network: NetworkId,
        #[arg(long)]
        by: MembershipId,
        #[arg(long)]
        with: OrganisationId,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PersonVerb {
    /// List the people of an organisation, with their ids.
    List { organisation: OrganisationId },
    /// Add a person with a first membership; prints the invitation, which is shown once.
    Add {
        /// The work e-mail address to sign in with.
        #[arg(long)]
        login: String,
        #[command(flatten)]
        membership: MembershipArguments,
    },
    /// Invite a person again, or after a lost password; an earlier invitation ends.
    Invite { person: PersonId },
    /// End a person's account, sessions and memberships at once.
    End { person: PersonId },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MembershipVerb {
    Add {
        person: PersonId,
        #[command(flatten)]
        membership: MembershipArguments,
    },
    /// Replace the profile that others see.
    Profile {
        membership: MembershipId,
        #[command(flatten)]
        profile: ProfileArguments,
    },
    /// Replace when somebody works and who covers; nothing is known any more where nothing is given.
    Availability {
        membership: MembershipId,
        #[command(flatten)]
        availability: AvailabilityArguments,
    },
    /// Move a membership to another unit of the organisation.
    Move { membership: MembershipId, unit: UnitId },
    /// End a membership: it leaves all conversations, and hands over those that it owns.
    End { membership: MembershipId },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MembershipArguments {
    #[arg(long)]
    organisation: OrganisationId,
    /// The head office, unless given.
    #[arg(long)]
    unit: Option<UnitId>,
    #[command(flatten)]
    profile: ProfileArguments,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ProfileArguments {
    #[arg(long)]
    given: String,
    /// `van den`
    #[arg(long, default_value = "")]
    prefix: String,
    #[arg(long)]
    family: String,
    #[arg(long, default_value = "")]
    discipline: String,
    #[arg(long, default_value = "")]
    function: String,
    /// The e-mail address of this membership; the login, unless given.
    #[arg(long)]
    work_email: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ItemVerb {
    Add {
        organisation: OrganisationId,
        /// `Melding`, `Incident`, ...
        #[arg(long = "type")]
        item_type: String,
        #[arg(long)]
        title: String,
        /// The head office, unless given.
        #[arg(long)]
        unit: Option<UnitId>,
        /// The item's reference in the source system.
        #[arg(long)]
        reference: Option<String>,
        /// The item's address in the source system (https).
        #[arg(long)]
        link: Option<String>,
        /// The source system's reference of the client.
        #[arg(long)]
        client: Option<String>,
        /// The item's id; a new one, unless given.
        #[arg(long)]
        id: Option<ItemId>,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RightArguments {
    membership: MembershipId,
    #[arg(value_enum)]
    permission: PermissionArgument,
    #[arg(long = "type")]
    item_type: String,
    /// The head office, unless given; a permission there holds in the whole organisation.
    #[arg(long)]
    unit: Option<UnitId>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum PermissionArgument {
    Handle,
    Analyse,
}

impl ProfileArguments {
    fn name(&self) -> Name {
        Name {
            given: self.given.clone(),
            prefix: self.prefix.clone(),
            family: self.family.clone(),
        }
    }
}

impl MembershipArguments {
    fn membership(self) -> NewMembership {
        NewMembership {
            organisation: self.organisation,
            unit: self.unit,
            name: self.profile.name(),
            discipline: self.profile.discipline,
            function: self.profile.function,
            work_email: self.profile.work_email,
        }
    }
}

impl RightArguments {
    fn right(self) -> Right {
        Right {
            membership: self.membership,
            unit: self.unit,
            item_type: self.item_type,
            permission: match self.permission {
                PermissionArgument::Handle => Permission::Handle,
                PermissionArgument::Analyse => Permission::Analyse,
            },
        }
    }
}

impl Administering {
    pub(in crate::cli) fn request(self) -> AdminRequest {
        match self {
            Administering::Organisation(OrganisationVerb::Add { name }) => {
                AdminRequest::OrganisationAdd { name }
            }
            Administering::Organisation(OrganisationVerb::List) => AdminRequest::OrganisationList,
            Administering::Unit(UnitVerb::Add {
                organisation,
                name,
                kind,
                parent,
            }) => AdminRequest::UnitAdd {
                organisation,
                name,
                of: match kind {
                    Kind::HeadOffice => UnitKind::HeadOffice,
                    Kind::Partnership => UnitKind::Partnership,
                    Kind::Branch => UnitKind::Branch,
                },
                parent,
            },
            Administering::Unit(UnitVerb::Rename {
                organisation,
                unit,
                name,
            }) => AdminRequest::UnitRename {
                organisation,
                unit,
                name,
            },
            Administering::Unit(UnitVerb::Move {
                organisation,
                unit,
                parent,
            }) => AdminRequest::UnitMove {
                organisation,
                unit,
                parent,
            },
            Administering::Administrator(verb) => match verb {
                AdministratorVerb::Name { membership } => AdminRequest::AdministratorName { membership },
                AdministratorVerb::Dismiss { membership } => {
                    AdminRequest::AdministratorDismiss { membership }
                }
            },
            Administering::Team(verb) => match verb {
                TeamVerb::Add {
                    organisation,
                    name,
                    unit,
                } => AdminRequest::TeamAdd {
                    organisation,
                    unit,
                    name,
                },
                TeamVerb::Rename { team, name } => AdminRequest::TeamRename { team, name },
                TeamVerb::End { team } => AdminRequest::TeamEnd { team },
                TeamVerb::Join { team, membership } => AdminRequest::TeamJoin { team, membership },
                TeamVerb::Leave { team, membership } => AdminRequest::TeamLeave { team, membership },
            },
            Administering::ItemType(ItemTypeVerb::Define {
                organisation,
                id,
                name,
            }) => AdminRequest::ItemTypeDefine {
                organisation,
                item_type: id,
                name,
            },
            Administering::Source(verb) => match verb {
                SourceVerb::Add { organisation, name } => AdminRequest::SourceAdd { organisation, name },
                SourceVerb::End { organisation, source } => AdminRequest::SourceEnd { organisation, source },
                SourceVerb::List { organisation } => AdminRequest::SourceList { organisation },
            },
            Administering::Session(verb) => match verb {
                SessionVerb::List { person } => AdminRequest::SessionList { person },
                SessionVerb::End { person, session } => AdminRequest::SessionEnd { person, session },
            },
            Administering::Network(verb) => match verb {
                NetworkVerb::Agree { network, by, with } => AdminRequest::NetworkAgree { network, by, with },
                NetworkVerb::Withdraw { network, by, with } => {
                    AdminRequest::NetworkWithdraw { network, by, with }
                }
            },
            Administering::Person(verb) => match verb {
                PersonVerb::List { organisation } => AdminRequest::PersonList { organisation },
                PersonVerb::Add { login, membership } => AdminRequest::PersonAdd {
                    login,
                    memberships: vec![membership.membership()],
                },
                PersonVerb::Invite { person } => AdminRequest::PersonInvite { person },
                PersonVerb::End { person } => AdminRequest::PersonEnd { person },
            },
            Administering::Membership(verb) => match verb {
                MembershipVerb::Add { person, membership } => AdminRequest::MembershipAdd {
                    person,
                    membership: membership.membership(),
                },
                MembershipVerb::Profile { membership, profile } => AdminRequest::ProfileChange {
                    membership,
                    profile: Profile {
                        name: profile.name(),
                        discipline: profile.discipline,
                        function: profile.function,
                        work_email: profile.work_email.unwrap_or_default(),
                    },
                },
                MembershipVerb::Availability {
                    membership,
                    availability,
                } => AdminRequest::AvailabilityChange {
                    membership,
                    availability: Some(Box::new(availability.availability())),
                },
                MembershipVerb::Move { membership, unit } => {
                    AdminRequest::MembershipMove { membership, unit }
                }
                MembershipVerb::End { membership } => AdminRequest::MembershipEnd { membership },
            },
            Administering::Item(ItemVerb::Add {
                organisation,
                item_type,
                title,
                unit,
                reference,
                link,
                client,
                id,
            }) => AdminRequest::ItemAdd {
                organisation,
                unit,
                item_type,
                content: ItemContent {
                    title,
                    link,
                    reference,
                    client,
                },
                item: id,
            },
            Administering::Grant(right) => AdminRequest::Grant(right.right()),
            Administering::Revoke(right) => AdminRequest::Revoke(right.right()),
        }
    }
}
