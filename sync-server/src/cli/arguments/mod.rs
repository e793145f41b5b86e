//! Command-line arguments.

mod administering;
mod availability;
mod import;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use conversation::OrganisationId;

use crate::server::admin::FilesRequest;
use crate::server::admin_mail::MailRequest;

pub(super) use administering::Administering;
pub(super) use import::{ImportArguments, write_invitations};

/// The server of Overleg: runs it, and administers organisations and people.
#[derive(Debug, Parser)]
#[command(name = "sync-server", version, propagate_version = true)]
pub(super) struct Arguments {
    /// The configuration file (TOML). The environment (OVERLEG_LISTEN, OVERLEG_TLS__KEY) overrides it; flags override both.
    #[arg(long, global = true, env = "OVERLEG_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// The file of the master key; `master.key` in the folder, unless given.
    #[arg(long, global = true)]
    master_key: Option<PathBuf>,
    /// The address that devices connect to.
    #[arg(long, global = true)]
    listen: Option<SocketAddr>,
    /// The address of the health checks.
    #[arg(long, global = true)]
    health: Option<SocketAddr>,
    /// The public address of this server, for the links of invitations.
    #[arg(long, global = true)]
    url: Option<String>,
    /// Answer with one JSON object.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

impl Arguments {
    /// Flags that override file and environment, by the names of the settings.
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
    /// Create the data folder, the master key and the database. Back up the key separately: without it nothing can be read.
    Init,
    /// Run the server. The first SIGINT or SIGTERM lets requests finish; a second does not.
    Serve,
    /// Check the configuration and print it; it holds no secrets.
    Config,
    /// Verify every log: nothing was changed, left out, reordered or cut off.
    Check,
    /// Sweep or check the files of messages.
    Attachments {
        #[command(subcommand)]
        verb: AttachmentVerb,
    },
    /// Try, look at or retry the mail that the server sends.
    Mail {
        #[command(subcommand)]
        verb: MailVerb,
    },
    /// Count the urgent messages of an organisation's members, the most first.
    Urgent {
        organisation: OrganisationId,
        /// Of so many days until now.
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
    /// Import units, people, teams or permissions of an organisation from a CSV file, as a whole: if a line is wrong,
    /// nothing is written. Importing the same file again changes nothing.
    Import(ImportArguments),
    #[command(flatten)]
    Administer(Box<Administering>),
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum AttachmentVerb {
    /// Delete the uploads that no message listed within a day, as the server does each hour, and count the files that the database does
    /// not know.
    Sweep {
        /// Delete those, too. After a restore of the database alone they may be files of messages that were lost with it.
        #[arg(long)]
        unknown: bool,
    },
    /// Scan the files that the scanner did not answer for, as the server does each minute.
    Scan,
    /// Read every file that a message lists to its end, and compare it with its digest.
    Check,
}

impl AttachmentVerb {
    pub(super) fn request(self) -> FilesRequest {
        match self {
            AttachmentVerb::Sweep { unknown } => FilesRequest::Sweep { unknown },
            AttachmentVerb::Scan => FilesRequest::Scan,
            AttachmentVerb::Check => FilesRequest::Check,
        }
    }
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum MailVerb {
    /// Send a trial mail at once, and report how far it came.
    Test {
        address: String,
        /// Under the sender of this organisation.
        #[arg(long)]
        organisation: Option<OrganisationId>,
    },
    /// Count what waits, and the failures.
    Queue,
    /// Try at once what waits after a failure.
    Retry {
        /// Also forget which addresses the mail server refused.
        #[arg(long)]
        refused: bool,
    },
    /// List the people whose address the mail server refused for good. They get no mail until their address changes, or a retry.
    Refused,
}

impl MailVerb {
    pub(super) fn request(self) -> MailRequest {
        match self {
            MailVerb::Test {
                address,
                organisation,
            } => MailRequest::Test {
                address,
                organisation,
            },
            MailVerb::Queue => MailRequest::Queue,
            MailVerb::Retry { refused } => MailRequest::Retry { refused },
            MailVerb::Refused => MailRequest::Refused,
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
