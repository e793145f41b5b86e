//! `import`: a file for an organisation, and the file that receives the invitations of new people.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use conversation::OrganisationId;

use crate::cli::Failure;
use crate::core::administer::{AdminRequest, Encoding, Import, Invited, Table, decode};

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArguments {
    #[arg(value_enum)]
    table: TableArgument,
    /// As spreadsheets write it: UTF-8, UTF-16 or Windows-1252, divided by commas, semicolons or tabs; the first line names
    /// the columns.
    file: PathBuf,
    #[arg(long)]
    organisation: OrganisationId,
    /// Reports what would come of it, and writes nothing.
    #[arg(long)]
    rehearse: bool,
    /// The file is all there is: what it does not name ends.
    #[arg(long)]
    complete: bool,
    /// A new file for the invitations of those who are new, for its owner alone; else they are printed.
    #[arg(long)]
    invitations: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TableArgument {
    /// name, kind (head_office, partnership, branch), parent
    Units,
    /// login, given, prefix, family, discipline, function, unit, work_email: a line a membership
    People,
    /// team, unit, login: a line a member
    Teams,
    /// login, type, permission (handle, analyse), unit
    Permissions,
}

/// Bytes of a file, at most.
const LARGEST: u64 = 10 * 1024 * 1024;

impl ImportArguments {
    /// What is asked of the server, and how the file was written.
    pub(in crate::cli) fn request(&self) -> Result<(AdminRequest, Encoding), Failure> {
        let (text, encoding) = read(&self.file)?;
        let import = Import {
            organisation: self.organisation,
            table: match self.table {
                TableArgument::Units => Table::Units,
                TableArgument::People => Table::People,
                TableArgument::Teams => Table::Teams,
                TableArgument::Permissions => Table::Permissions,
            },
            text,
            rehearse: self.rehearse,
            complete: self.complete,
        };
        Ok((AdminRequest::Import(import), encoding))
    }

    /// Opened before anything is asked: an invitation that nothing can take is lost.
    pub(in crate::cli) fn for_invitations(&self) -> Result<Option<std::fs::File>, Failure> {
        let Some(path) = self.invitations.as_deref().filter(|_| !self.rehearse) else {
            return Ok(None);
        };
        let file = for_owner_alone(path).map_err(|error| {
            format!("A new file for the invitations cannot be made: {error}. Nothing was changed.")
        })?;
        Ok(Some(file))
    }
}

fn read(path: &Path) -> Result<(String, Encoding), Failure> {
    let unread = |error| format!("The file cannot be read: {error}. Nothing was changed.");
    if std::fs::metadata(path).map_err(unread)?.len() > LARGEST {
        return Err("The file is larger than 10 MiB. Nothing was changed; divide it.".into());
    }
    Ok(decode(&std::fs::read(path).map_err(unread)?)?)
}

fn for_owner_alone(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// As CSV: who, and what opens Overleg for them.
pub(in crate::cli) fn write_invitations(
    mut file: std::fs::File,
    invitations: &[Invited],
) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["login", "invitation"])?;
    for invited in invitations {
        let code = &invited.invitation;
        let shown = code.link.as_ref().unwrap_or(&code.code);
        writer.write_record([invited.login.as_str(), shown.0.as_str()])?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    file.write_all(&bytes)?;
    file.sync_all()
}
