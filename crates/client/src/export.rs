//! Files that leave Overleg: saved where the user says, or opened in another program (F1).
//!
//! Both are plain files that anybody on this computer may read who may read the user's files, so both are asked for. A saved file
//! carries the mark of the web (Windows) or quarantine (macOS), as one from a browser does. An opened one is a copy for reading in
//! a folder of its own, which is emptied at the end of the program, at its next start, and at the end of the session, wherever that is ended.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use attachment_kinds::{HEAD, Policy, TAIL, refusal};
use platform::Random;

use crate::files::is_full;
use crate::model::AttachmentFault;
use crate::whole_file::{make_folder, sync};

/// The folder of opened files in that of the profile.
const FOLDER: &str = "opened";
const PIECE: usize = 256 * 1024;

/// Why a file was not saved or opened.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{0}")]
    Fault(AttachmentFault),
    /// The place that the user chose cannot be written.
    #[error("the file cannot be written: {0}")]
    Place(#[source] io::Error),
}

impl From<ExportError> for AttachmentFault {
    fn from(error: ExportError) -> AttachmentFault {
        match error {
            ExportError::Fault(fault) => fault,
            ExportError::Place(_) => AttachmentFault::Unreadable,
        }
    }
}

/// A file that is here, with its name.
#[derive(Debug)]
pub struct Exported<R> {
    /// As [`attachment_kinds::clean_name`] keeps it; anything else is refused.
    pub name: String,
    pub size: u64,
    pub reader: R,
}

impl<R: Read + Seek> Exported<R> {
    /// Whether it may leave: judged anew, since its sender and the server may both be wrong about it.
    fn check(&mut self) -> Result<(), ExportError> {
        let fault = |_: io::Error| ExportError::Fault(AttachmentFault::Damaged);
        if attachment_kinds::clean_name(&self.name).as_ref() != Ok(&self.name) {
            return Err(ExportError::Fault(AttachmentFault::NameInvalid));
        }
        let (head, tail) = (self.size.min(HEAD as u64), self.size.min(TAIL as u64));
        let head = self.part(0, head).map_err(fault)?;
        let tail = self.part(self.size - tail, tail).map_err(fault)?;
        // Archives are a choice of those who send.
        match refusal(&self.name, &head, &tail, self.size, Policy::default()) {
            Some(refusal) => Err(ExportError::Fault(refusal.into())),
            None => Ok(()),
        }
    }

    fn part(&mut self, from: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.reader.seek(SeekFrom::Start(from))?;
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Copies it to a new file, whole or not at all.
    fn copy(mut self, path: &Path) -> Result<(), ExportError> {
        let place = |error: io::Error| {
            if is_full(&error) {
                ExportError::Fault(AttachmentFault::DiskFull)
            } else {
                ExportError::Place(error)
            }
        };
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".part");
        let unfinished = Unfinished(PathBuf::from(unfinished));
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished.0).map_err(place)?;
        let damaged = |_: io::Error| ExportError::Fault(AttachmentFault::Damaged);
        self.reader.seek(SeekFrom::Start(0)).map_err(damaged)?;
        let mut piece = vec![0; PIECE];
        loop {
            match self.reader.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => file
                    .write_all(piece.get(..read).unwrap_or_default())
                    .map_err(place)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(error)),
            }
        }
        file.sync_all().map_err(place)?;
        drop(file);
        fs::rename(&unfinished.0, path).map_err(place)?;
        mark(path).map_err(place)?;
        if let Some(folder) = path.parent() {
            // The file is there, whatever becomes of this.
            let _ = sync(folder);
        }
        Ok(())
    }
}

/// A file that is deleted unless it got its name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Saves a file where the user chose, over one that is there.
pub fn save<R: Read + Seek>(mut file: Exported<R>, path: &Path) -> Result<(), ExportError> {
    file.check()?;
    file.copy(path)
}

/// The folder of the files that other programs show.
#[derive(Clone, Debug)]
pub struct OpenedFiles {
    folder: PathBuf,
}

impl OpenedFiles {
    /// In the folder of a profile.
    pub fn of(profile: &Path) -> OpenedFiles {
        OpenedFiles {
            folder: profile.join(FOLDER),
        }
    }

    /// Makes a copy for reading, to be given to another program.
    pub fn add<R: Read + Seek>(
        &self,
        mut file: Exported<R>,
        random: &dyn Random,
    ) -> Result<PathBuf, ExportError> {
        file.check()?;
        // The name is the file's own, since programs show it; a folder for each keeps two of one name apart.
        let number = u64::from_be_bytes(platform::bytes(random));
        let folder = self.folder.join(format!("{number:016x}"));
        make_folder(&folder).map_err(ExportError::Place)?;
        let path = folder.join(&file.name);
        file.copy(&path)?;
        let mut permissions = fs::metadata(&path).map_err(ExportError::Place)?.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).map_err(ExportError::Place)?;
        Ok(path)
    }

    /// Deletes all of them; one that another program holds open (Windows) stays until the next time.
    pub fn clear(&self) {
        let Ok(folders) = fs::read_dir(&self.folder) else {
            return;
        };
        for folder in folders.flatten() {
            for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                writable(&file.path());
                let _ = fs::remove_file(file.path());
            }
            let _ = fs::remove_dir(folder.path());
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Windows deletes no file that is for reading only.
fn writable(path: &Path) {
    #[cfg(windows)]
    if let Ok(found) = fs::metadata(path) {
        let mut permissions = found.permissions();
        permissions.set_readonly(false);
        let _ = fs::set_permissions(path, permissions);
    }
    #[cfg(not(windows))]
    let _ = path;
}

/// Marks a file as one from elsewhere: zone 3 is the internet, so that Windows asks before it runs anything in it.
#[cfg(windows)]
fn mark(path: &Path) -> io::Result<()> {
    let mut stream = path.as_os_str().to_owned();
    stream.push(":Zone.Identifier");
    match fs::write(PathBuf::from(stream), b"[ZoneTransfer]\r\nZoneId=3\r\n") {
        // A file system without streams, as a stick's.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        marked => marked,
    }
}

/// Marks a file as one from elsewhere, so that Gatekeeper looks at it.
#[cfg(target_os = "macos")]
fn mark(path: &Path) -> io::Result<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = now.map_or(0, |now| now.as_secs());
    let value = format!("0081;{seconds:08x};Overleg;");
    match xattr::set(path, "com.apple.quarantine", value.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        marked => marked,
    }
}

/// Linux has no such mark that programs heed.
#[cfg(not(any(windows, target_os = "macos")))]
fn mark(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
