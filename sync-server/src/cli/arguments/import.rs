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
    /// CSV as spreadsheets write it: UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs; the first line names
    /// the columns.
    file: PathBuf,
    #[arg(long)]
    organisation: OrganisationId,
    /// Report what would change, and write nothing.
    #[arg(long)]
    rehearse: bool,
    /// The file is complete: end everything that it does not name.
    #[arg(long)]
    complete: bool,
    /// A new file, readable by its owner only, for the invitations of new people; without it they are printed.
    #[arg(long)]
    invitations: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TableArgument {
    /// name, kind (head_office, partnership, branch), parent
    Units,
    /// login, given, prefix, family, discipline, function, unit, work_email: one membership per line
    People,
    /// team, unit, login: one member per line
    Teams,
    /// login, type, permission (handle, analyse), unit
    Permissions,
    /// login, unit, week (`ma-wo 08:30-17:00, vr 9-13`), works_on_holidays, time_zone, absent_from, absent_until, cover_login,
    /// cover_team, note: one membership per line
    Availability,
}

/// Bytes of a file, at most.
const LARGEST: u64 = 10 * 1024 * 1024;

impl ImportArguments {
    /// The request for the server, and the encoding of the file.
    pub(in crate::cli) fn request(&self) -> Result<(AdminRequest, Encoding), Failure> {
        let (text, encoding) = read(&self.file)?;
        let import = Import {
            organisation: self.organisation,
            table: match self.table {
                TableArgument::Units => Table::Units,
                TableArgument::People => Table::People,
                TableArgument::Teams => Table::Teams,
                TableArgument::Permissions => Table::Permissions,
                TableArgument::Availability => Table::Availability,
            },
            text,
            rehearse: self.rehearse,
            complete: self.complete,
        };
        Ok((AdminRequest::Import(import), encoding))
    }

    /// Opens the file before the import: an invitation that cannot be written would be lost.
    pub(in crate::cli) fn for_invitations(&self) -> Result<Option<std::fs::File>, Failure> {
        let Some(path) = self.invitations.as_deref().filter(|_| !self.rehearse) else {
            return Ok(None);
        };
        let file = for_owner_alone(path).map_err(|error| {
            format!("The file for the invitations cannot be created: {error}. Nothing was changed.")
        })?;
        Ok(Some(file))
    }
}

fn read(path: &Path) -> Result<(String, Encoding), Failure> {
    let unread = |error| format!("The file cannot be read: {error}. Nothing was changed.");
    if std::fs::metadata(path).map_err(unread)?.len() > LARGEST {
        return Err("The file is larger than 10 MiB. Nothing was changed; split it.".into());
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

/// Writes the invitations as CSV: the login, and the link or code.
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
