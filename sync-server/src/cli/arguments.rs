//! What the command line takes.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use conversation::organisation::{ItemContent, Name, Permission, UnitKind};
use conversation::{ItemId, MembershipId, NetworkId, OrganisationId, PersonId, UnitId};

use crate::core::administer::{Administer, NewMembership, Right};

/// The server of Overleg: runs it, and administers organisations and people.
#[derive(Debug, Parser)]
#[command(name = "sync-server", version, propagate_version = true)]
pub(super) struct Arguments {
    /// The configuration file (TOML). Over it goes the environment (OVERLEG_LISTEN, OVERLEG_TLS__KEY), over that flags.
    #[arg(long, global = true, env = "OVERLEG_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// The folder that holds everything.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// The file of the master key; `master.key` in the folder, unless given.
    #[arg(long, global = true)]
    master_key: Option<PathBuf>,
    /// Where devices connect.
    #[arg(long, global = true)]
    listen: Option<SocketAddr>,
    /// Where health is asked.
    #[arg(long, global = true)]
    health: Option<SocketAddr>,
    /// The address by which devices know this server, for the links of invitations.
    #[arg(long, global = true)]
    url: Option<String>,
    /// Answer with one JSON object.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

impl Arguments {
    /// Flags that go over file and environment, by the names of the settings.
    pub(super) fn overrides(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let flags = [
            ("data", path(&self.data)),
            ("master_key", path(&self.master_key)),
            ("listen", self.listen.map(|address| address.to_string())),
            ("health", self.health.map(|address| address.to_string())),
            ("url", self.url.clone()),
        ];
        flags
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make the folder, the master key and the database. Back the key up apart: without it nothing can be read.
    Init,
    /// Run the server. The first SIGINT or SIGTERM lets requests finish; a second does not.
    Serve,
    /// Check the configuration and print it; it holds no secrets.
    Config,
    /// Verify every log: whether anything was changed, left out, reordered or cut off.
    Check,
    #[command(flatten)]
    Administer(Box<Administering>),
}

#[derive(Debug, Subcommand)]
pub(super) enum Administering {
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
    /// Where someone works, and as what.
    #[command(subcommand)]
    Membership(MembershipVerb),
    /// Items that conversations can be about.
    #[command(subcommand)]
    Item(ItemVerb),
    /// Give a permission for an item type, at a unit and below it.
    Grant(RightArguments),
    /// Take it away again.
    Revoke(RightArguments),
}

#[derive(Debug, Subcommand)]
pub(super) enum OrganisationVerb {
    /// With a head office of the same name.
    Add { name: String },
    /// With their units.
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum UnitVerb {
    Add {
        organisation: OrganisationId,
        name: String,
        #[arg(long, value_enum, default_value_t = Kind::Branch)]
        kind: Kind,
        /// The unit it belongs to; the head office, unless given.
        #[arg(long)]
        parent: Option<UnitId>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    HeadOffice,
    Partnership,
    Branch,
}

#[derive(Debug, Subcommand)]
pub(super) enum NetworkVerb {
    /// One half of sharing a network: an administrator agrees for their organisation. It holds once an administrator of
    /// the other has agreed, too.
    Agree {
        /// A new one, unless given.
        #[arg(long)]
        network: Option<NetworkId>,
        /// The administrator's membership.
        #[arg(long)]
        by: MembershipId,
        #[arg(long)]
        with: OrganisationId,
    },
    /// Either of the two ends it.
    Withdraw {
        network: NetworkId,
        #[arg(long)]
        by: MembershipId,
        #[arg(long)]
        with: OrganisationId,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PersonVerb {
    /// With a first membership; prints the invitation, which is shown once.
    Add {
        /// The work e-mail address, which one signs in with.
        #[arg(long)]
        login: String,
        #[command(flatten)]
        membership: MembershipArguments,
    },
    /// Invite again, or for a lost password; the earlier invitation ends.
    Invite { person: PersonId },
    /// End the account, its sessions and memberships, at once.
    End { person: PersonId },
}

#[derive(Debug, Subcommand)]
pub(super) enum MembershipVerb {
    Add {
        person: PersonId,
        #[command(flatten)]
        membership: MembershipArguments,
    },
    /// To another unit of the organisation.
    Move { membership: MembershipId, unit: UnitId },
    /// It leaves all conversations, and hands over those that it owns.
    End { membership: MembershipId },
}

#[derive(Debug, Args)]
pub(super) struct MembershipArguments {
    #[arg(long)]
    organisation: OrganisationId,
    /// The head office, unless given.
    #[arg(long)]
    unit: Option<UnitId>,
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
    /// Where they are reached by mail in this membership; what they sign in with, unless given.
    #[arg(long)]
    work_email: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ItemVerb {
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
        /// An id of one's own.
        #[arg(long)]
        id: Option<ItemId>,
    },
}

#[derive(Debug, Args)]
pub(super) struct RightArguments {
    membership: MembershipId,
    #[arg(value_enum)]
    permission: PermissionArgument,
    #[arg(long = "type")]
    item_type: String,
    /// The head office, unless given: then it holds everywhere in the organisation.
    #[arg(long)]
    unit: Option<UnitId>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PermissionArgument {
    Handle,
    Analyse,
}

impl MembershipArguments {
    fn membership(self) -> NewMembership {
        NewMembership {
            organisation: self.organisation,
            unit: self.unit,
            name: Name {
                given: self.given,
                prefix: self.prefix,
                family: self.family,
            },
            discipline: self.discipline,
            function: self.function,
            work_email: self.work_email,
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
    pub(super) fn request(self) -> Administer {
        match self {
            Administering::Organisation(OrganisationVerb::Add { name }) => {
                Administer::OrganisationAdd { name }
            }
            Administering::Organisation(OrganisationVerb::List) => Administer::OrganisationList,
            Administering::Unit(UnitVerb::Add {
                organisation,
                name,
                kind,
                parent,
            }) => Administer::UnitAdd {
                organisation,
                name,
                of: match kind {
                    Kind::HeadOffice => UnitKind::HeadOffice,
                    Kind::Partnership => UnitKind::Partnership,
                    Kind::Branch => UnitKind::Branch,
                },
                parent,
            },
            Administering::Network(verb) => match verb {
                NetworkVerb::Agree { network, by, with } => Administer::NetworkAgree { network, by, with },
                NetworkVerb::Withdraw { network, by, with } => {
                    Administer::NetworkWithdraw { network, by, with }
                }
            },
            Administering::Person(verb) => match verb {
                PersonVerb::Add { login, membership } => Administer::PersonAdd {
                    login,
                    memberships: vec![membership.membership()],
                },
                PersonVerb::Invite { person } => Administer::PersonInvite { person },
                PersonVerb::End { person } => Administer::PersonEnd { person },
            },
            Administering::Membership(verb) => match verb {
                MembershipVerb::Add { person, membership } => Administer::MembershipAdd {
                    person,
                    membership: membership.membership(),
                },
                MembershipVerb::Move { membership, unit } => Administer::MembershipMove { membership, unit },
                MembershipVerb::End { membership } => Administer::MembershipEnd { membership },
            },
            Administering::Item(ItemVerb::Add {
                organisation,
                item_type,
                title,
                unit,
                id,
            }) => Administer::ItemAdd {
                organisation,
                unit,
                item_type,
                content: ItemContent {
                    title,
                    ..ItemContent::default()
                },
                item: id,
            },
            Administering::Grant(right) => Administer::Grant(right.right()),
            Administering::Revoke(right) => Administer::Revoke(right.right()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_whole() {
        Arguments::command().debug_assert();
    }
}
