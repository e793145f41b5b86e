//! Anna and Bram in a group, to which Anna uploads files.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use conversation::{Action, Attachment, AttachmentId, ConversationId, NewMessage};
use protocol::commands::Answer;
use protocol::error::{ErrorAnswer, ErrorCode};
use reqwest::Response;
use sha2::Digest as _;

use super::{Clinic, Person};

pub struct Ward {
    pub clinic: Clinic,
    pub anna: Person,
    pub bram: Person,
    pub group: ConversationId,
}

impl Ward {
    pub async fn open() -> Ward {
        Ward::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut sync_server::Config)) -> Ward {
        let clinic = Clinic::open_with(change).await;
        let home = clinic.organisation("Thuiszorg De Linde").await;
        let (anna, bram) = (
            clinic.person("Anna", home).await,
            clinic.person("Bram", home).await,
        );
        let group = clinic.start_group(&anna, &[&bram], "Wondzorg").await;
        Ward {
            clinic,
            anna,
            bram,
            group,
        }
    }

    pub fn id(&self) -> AttachmentId {
        AttachmentId(self.clinic.id())
    }

    pub async fn begin(&self, id: AttachmentId, name: &str, size: u64) -> Response {
        self.clinic
            .begin_upload(&self.anna, id, self.group, name, size)
            .await
    }

    pub async fn begun(&self, name: &str, size: u64) -> AttachmentId {
        let id = self.id();
        assert_eq!(self.begin(id, name, size).await.status(), 201);
        id
    }

    pub async fn bring(&self, id: AttachmentId, offset: u64, bytes: impl Into<reqwest::Body>) -> Response {
        self.clinic.bring(&self.anna, id, offset, bytes).await
    }

    pub async fn offset(&self, id: AttachmentId) -> Option<u64> {
        let path = format!("/v1/attachments/{id}");
        let asked = self
            .clinic
            .tus(&self.anna, "HEAD", &path, &[])
            .send()
            .await
            .unwrap();
        offset(&asked)
    }

    /// The answer to a message with files.
    pub async fn post(&self, attachments: Vec<Attachment>) -> Answer {
        let message = NewMessage {
            attachments,
            ..self.clinic.message("Kijk eens")
        };
        let command = self
            .clinic
            .command(&self.anna, self.group, Action::Post { message });
        self.clinic.ask(&self.anna, &[command]).await.remove(0)
    }

    pub async fn fetched(&self, id: AttachmentId, range: Option<&str>) -> Vec<u8> {
        let fetched = self.clinic.fetch(&self.bram, id, range).await;
        fetched.bytes().await.unwrap().to_vec()
    }

    /// All files of the server's folder, as `name` and length.
    pub fn on_disk(&self) -> Vec<u64> {
        let folder = self.clinic.data().join("attachments");
        let folders = std::fs::read_dir(folder).into_iter().flatten();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .collect()
    }
}

pub fn offset(response: &Response) -> Option<u64> {
    let offset = response.headers().get("upload-offset")?;
    offset.to_str().unwrap().parse().ok()
}

pub async fn code(response: Response) -> ErrorCode {
    let status = response.status().as_u16();
    let answer: ErrorAnswer = response.json().await.unwrap();
    assert_eq!(answer.error.status(), status);
    answer.error
}

/// A text whose every part differs.
pub fn letter(bytes: usize) -> Vec<u8> {
    let lines = (0_u64..).flat_map(|line| format!("{line:09} wond, rustig\n").into_bytes());
    lines.take(bytes).collect()
}

pub fn listed(id: AttachmentId, name: &str, bytes: &[u8]) -> Attachment {
    Attachment {
        id,
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        size: bytes.len() as u64,
        sha256: conversation::Sha256(sha2::Sha256::digest(bytes).into()),
        picture: None,
        preview: None,
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256 {}", BASE64_STANDARD.encode(sha2::Sha256::digest(bytes)))
}
