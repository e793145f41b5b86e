//! One file while it is taken in: judged, cleaned where it is a picture, and sealed.
//!
//! A picture is gathered in memory and never stored as it came; all else is sealed as it arrives. Content decides which it
//! is, once enough of it is there. All of this blocks, and belongs on a thread for that.

use attachment_kinds::{HEAD, Kind, Policy, TAIL, kind_of, refusal};
use conversation::{AttachmentId, PictureSize, Sha256};
use pictures::{Clean, Edit, PREVIEW_SIDE, Picture};
use sealed_file::{FileKey, PREFIX};
use sha2::Digest as _;
use zeroize::Zeroizing;

use crate::cache::Sealed;
use crate::engine::kept_files::disk_fault as fault;
use crate::files::{FileStore, SealingFile};
use crate::model::AttachmentFault;
use crate::model::settings::FileFamilies;

/// Bytes of a picture, at most: it is held in memory.
const LARGEST_PICTURE: u64 = 100 * 1024 * 1024;
/// The families that an organisation refuses show by their content only.
const BY_NAME: Policy<'_> = Policy { refused: &[] };

/// Contents that each pass for one of the kinds that a name can promise.
const CONTENTS: [&[u8]; 4] = [b"Beste collega", b"\xFF\xD8\xFF\xE0", b"%PDF-1.7", b"{\\rtf1 }"];

/// Why a file of that name is refused whatever is in it.
pub(super) fn refused_by_name(name: &str) -> Option<AttachmentFault> {
    let refused = CONTENTS.map(|content| refusal(name, content, content, content.len() as u64, BY_NAME));
    let [first, ..] = refused;
    first
        .filter(|_| refused.iter().all(Option::is_some))
        .map(AttachmentFault::from)
}

/// Where a file is sealed to.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) id: AttachmentId,
    pub(super) sealed: Sealed,
    pub(super) prefix: [u8; PREFIX],
}

impl Target {
    fn begin(&self, store: &FileStore) -> Result<SealingFile, AttachmentFault> {
        let key = FileKey::from_bytes(self.sealed.key);
        SealingFile::begin(store, self.sealed.file, &key, self.id, self.prefix).map_err(fault)
    }

    /// A file that is in memory.
    fn seal(&self, store: &FileStore, bytes: &[u8]) -> Result<Whole, AttachmentFault> {
        let mut file = self.begin(store)?;
        file.push(bytes).map_err(fault)?;
        file.finish().map_err(fault)?;
        Ok(Whole {
            size: bytes.len() as u64,
            sha256: Sha256(sha2::Sha256::digest(bytes).into()),
        })
    }
}

/// A file that is in place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) size: u64,
    pub(super) sha256: Sha256,
}

/// A file that was taken in, and its preview.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) file: Whole,
    pub(super) media_type: &'static str,
    pub(super) picture: Option<PictureSize>,
    pub(super) preview: Option<(Whole, &'static str)>,
}

enum Body {
    /// Too little came to know what it is.
    Undecided(Zeroizing<Vec<u8>>),
    Picture(Zeroizing<Vec<u8>>),
    Sealing(SealingFile),
}

/// A file that is being taken in.
pub(super) struct Reading {
    store: FileStore,
    /// As it was given: cleaning takes traces of a disguise away.
    name: String,
    size: u64,
    target: Target,
    /// Families that the organisation refuses on this computer; the server knows those that it refuses everywhere.
    refused: FileFamilies,
    received: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
    hasher: sha2::Sha256,
    body: Body,
}

/// Blank: neither name nor content reaches a log.
impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reading({} of {})", self.received, self.size)
    }
}

impl Reading {
    pub(super) fn new(
        store: FileStore,
        name: String,
        size: u64,
        target: Target,
        refused: FileFamilies,
    ) -> Reading {
        Reading {
            store,
            name,
            size,
            target,
            refused,
            received: 0,
            head: Vec::new(),
            tail: Vec::new(),
            hasher: sha2::Sha256::new(),
            body: Body::Undecided(Zeroizing::default()),
        }
    }

    /// The next bytes; the answer is how many are here now.
    pub(super) fn take(&mut self, offset: u64, bytes: &[u8]) -> Result<u64, AttachmentFault> {
        let after = self.received + bytes.len() as u64;
        // The file changed while it was read.
        if offset != self.received || after > self.size {
            return Err(AttachmentFault::Unreadable);
        }
        let missing = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head
            .extend_from_slice(bytes.get(..missing).unwrap_or_default());
        self.remember_tail(bytes);
        self.received = after;
        if let Body::Undecided(held) = &mut self.body {
            held.extend_from_slice(bytes);
            if self.head.len() >= HEAD || after == self.size {
                self.decide()?;
            }
            return Ok(after);
        }
        self.keep(bytes)?;
        Ok(after)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), AttachmentFault> {
        match &mut self.body {
            Body::Undecided(held) | Body::Picture(held) => held.extend_from_slice(bytes),
            Body::Sealing(file) => {
                self.hasher.update(bytes);
                file.push(bytes).map_err(fault)?;
            }
        }
        Ok(())
    }

    fn remember_tail(&mut self, bytes: &[u8]) {
        let end = bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or_default();
        let over = (self.tail.len() + end.len()).saturating_sub(TAIL);
        self.tail.drain(..over.min(self.tail.len()));
        self.tail.extend_from_slice(end);
    }

    fn decide(&mut self) -> Result<(), AttachmentFault> {
        let kind = kind_of(&self.name, &self.head, b"", self.size);
        let is_cleaned = matches!(kind, Kind::Jpeg | Kind::Png | Kind::Gif | Kind::Webp | Kind::Bmp);
        let Body::Undecided(held) = &mut self.body else {
            return Ok(());
        };
        let held = std::mem::take(held);
        if is_cleaned {
            if self.size > LARGEST_PICTURE {
                return Err(AttachmentFault::PictureTooLarge);
            }
            self.body = Body::Picture(held);
            return Ok(());
        }
        self.body = Body::Sealing(self.target.begin(&self.store)?);
        self.keep(&held)
    }

    /// All came: the file is judged by its content, and is whole afterwards. `preview` is where that of a picture goes.
    pub(super) fn end(self, preview: &Target) -> Result<Taken, AttachmentFault> {
        if self.received != self.size {
            return Err(AttachmentFault::Unreadable);
        }
        let policy = Policy {
            refused: self.refused.all(),
        };
        if let Some(refused) = refusal(&self.name, &self.head, &self.tail, self.size, policy) {
            return Err(refused.into());
        }
        let kind = kind_of(&self.name, &self.head, &self.tail, self.size);
        match self.body {
            Body::Picture(bytes) => {
                let picture = pictures::read(&bytes);
                drop(bytes);
                let picture = picture.map_err(|error| match AttachmentFault::from(error) {
                    // By its first bytes it is one.
                    AttachmentFault::NotAPicture => AttachmentFault::Unreadable,
                    fault => fault,
                })?;
                kept(&picture, &self.store, &self.target, preview)
            }
            Body::Sealing(file) => {
                file.finish().map_err(fault)?;
                let sha256 = Sha256(self.hasher.finalize().into());
                Ok(Taken {
                    file: Whole {
                        size: self.size,
                        sha256,
                    },
                    media_type: kind.media_type(),
                    picture: None,
                    preview: None,
                })
            }
            // Nothing came at all.
            Body::Undecided(_) => Err(AttachmentFault::Empty),
        }
    }
}

/// The pixels of a picture alone, and small ones for a preview.
fn kept(
    picture: &Picture,
    store: &FileStore,
    target: &Target,
    preview: &Target,
) -> Result<Taken, AttachmentFault> {
    let Clean {
        bytes,
        media_type,
        width,
        height,
    } = picture.clean()?;
    let file = target.seal(store, &bytes)?;
    let small = picture.preview(PREVIEW_SIDE)?;
    Ok(Taken {
        file,
        media_type,
        picture: Some(PictureSize { width, height }),
        preview: Some((preview.seal(store, &small.bytes)?, small.media_type)),
    })
}

/// The picture with these edits, as a new file.
pub(super) fn edited(
    bytes: &[u8],
    edits: &[Edit],
    store: &FileStore,
    target: &Target,
    preview: &Target,
) -> Result<Taken, AttachmentFault> {
    let mut picture = pictures::read(bytes)?;
    picture.edit(edits).map_err(|_| AttachmentFault::Unreadable)?;
    kept(&picture, store, target, preview)
}

/// The name with an extension of what the picture has become.
pub(super) fn named_for(name: &str, media_type: &str) -> String {
    let (extensions, extension): (&[&str], &str) = match media_type {
        "image/jpeg" => (&["jpg", "jpeg", "jpe", "jfif"], "jpg"),
        "image/png" => (&["png"], "png"),
        _ => return name.to_owned(),
    };
    let (stem, found) = name.rsplit_once('.').unwrap_or((name, ""));
    if extensions.contains(&found.to_ascii_lowercase().as_str()) {
        return name.to_owned();
    }
    let renamed = format!("{stem}.{extension}");
    attachment_kinds::clean_name(&renamed).unwrap_or(renamed)
}
