//! Files that are gathered from the disk.

use std::path::Path;
use std::sync::Arc;

use super::AttachError;
use crate::cache::{DraftRow, FileRow};
use crate::engine::Engine;
use crate::model::{AttachTo, AttachmentFault};

/// Bytes of a file that are read at once.
const PIECE: usize = 1024 * 1024;

impl Engine {
    /// Takes in a file of the disk, in constant memory.
    pub(crate) async fn attach_file(
        &self,
        to: AttachTo,
        path: &Path,
        draft: Option<DraftRow>,
    ) -> Result<FileRow, AttachError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or(AttachmentFault::NameInvalid)?;
        let path = path.to_owned();
        let opened = self.files.run(move || {
            let about = std::fs::metadata(&path).map_err(|_| AttachmentFault::Unreadable)?;
            if about.is_dir() {
                return Err(AttachmentFault::Folder);
            }
            if !about.is_file() {
                return Err(AttachmentFault::Unreadable);
            }
            let file = std::fs::File::open(path).map_err(|_| AttachmentFault::Unreadable)?;
            Ok((file, about.len()))
        });
        let (file, size) = opened.await.unwrap_or(Err(AttachmentFault::Unreadable))?;
        let row = self.begin_attach(to, name, size, draft).await?;
        let file = Arc::new(file);
        let mut offset = 0;
        while offset < size {
            let file = file.clone();
            let piece = self.files.run(move || {
                use std::io::Read as _;
                let mut piece = Vec::with_capacity(PIECE);
                file.take(PIECE as u64).read_to_end(&mut piece).map(|_| piece)
            });
            let piece = piece.await.and_then(|piece| piece).unwrap_or_default();
            if piece.is_empty() {
                // It became shorter, or the disk that it is on is gone.
                self.discard(row.id).await?;
                return Err(AttachmentFault::Unreadable.into());
            }
            self.attach_bytes(row.id, offset, &piece).await?;
            offset += piece.len() as u64;
        }
        self.end_attach(row.id).await
    }
}
