//! Files that people of the stories send.

use std::io::Write as _;

use client::api::view::{AttachTo, AttachmentView};
use client::api::{ApiError, ApiRequest};
use conversation::ConversationId;

use super::Device;

/// Bytes that are passed at once, as the screen does.
const PART: usize = 4 * 1024 * 1024;

/// A picture of so many pixels as any program reads it, with an address written into it.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut rows = Vec::new();
    for row in 0..height {
        rows.push(0);
        for column in 0..width {
            let across = (f64::from(column) / f64::from(width) - 0.55) / 0.22;
            let down = (f64::from(row) / f64::from(height) - 0.5) / 0.28;
            let shade = (column * 16 / width) as u8;
            rows.extend(if across * across + down * down < 1.0 {
                [148, 38 + shade, 44]
            } else {
                [205 + shade, 168 + shade, 146 + shade]
            });
        }
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to memory does not fail.
    let _ = zlib.write_all(&rows);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    for (kind, bytes) in [
        (b"IHDR", [head.as_slice(), &[8, 2, 0, 0, 0]].concat()),
        (b"tEXt", b"Comment\0Huis ter Duin 3, kamer 12".to_vec()),
        (b"IDAT", zlib.finish().unwrap_or_default()),
        (b"IEND", Vec::new()),
    ] {
        png.extend((bytes.len() as u32).to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(&bytes);
        png.extend(kind);
        png.extend(bytes);
        png.extend(crc.sum().to_be_bytes());
    }
    png
}

impl Device {
    /// Gathers a file for the next message of a conversation.
    pub async fn attaches(
        &self,
        conversation: ConversationId,
        name: &str,
        bytes: &[u8],
    ) -> Result<AttachmentView, ApiError> {
        self.attach(AttachTo::Conversation { conversation }, name, bytes)
            .await
    }

    pub async fn attach(&self, to: AttachTo, name: &str, bytes: &[u8]) -> Result<AttachmentView, ApiError> {
        let begin = ApiRequest::BeginAttach {
            to,
            name: name.to_owned(),
            size: bytes.len() as u64,
        };
        let begun: AttachmentView = self.ask(begin).await?;
        let mut offset = 0;
        for part in bytes.chunks(PART) {
            self.overleg().attach_bytes(begun.id, offset, part).await?;
            offset += part.len() as u64;
        }
        self.ask(ApiRequest::EndAttach { id: begun.id }).await
    }
}
