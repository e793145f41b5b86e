//! Files of messages that the observer does not see, and their requests for them.
//!
//! In each world some secret messages have files: of other sizes, and others are edited away or deleted. Some have the same id in
//! both worlds, under which the observer may ask to upload: an id is taken for ever, as one of a message ([`asks`](super::asks)).

use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use client::files::digest;
use conversation::{Attachment, AttachmentId};
use futures_util::stream;
use sync_server::core::NewUpload;

use super::cast::Who;
use super::pair::{MORNING, Pair};
use super::probes::sign_in;
use super::side::Side;
use super::wire::request;
use crate::simulation::ports::{Must as _, Step};

/// Hidden files of one world that are asked for, at most.
const MANY: usize = 3;

impl Side {
    /// A file for a message of this world alone, of any size.
    pub(super) fn secret_file(&mut self, by: Who) -> Step<Attachment> {
        self.moves_on();
        let is_alike = self.dice.chance(400);
        let id = if is_alike {
            self.alike.next(MORNING)
        } else {
            self.id(false)
        };
        let id = AttachmentId(id);
        let size = 20 + self.dice.below(3_000);
        let bytes = Bytes::from(format!("%PDF-1.7 geheim {:>size$}", size));
        let name = format!("geheim {size}.pdf");
        let sha256 = digest(&bytes[..]).must("a digest")?;
        let (person, size) = (self.cast.person(by), bytes.len() as u64);
        let new = NewUpload {
            id,
            conversation: self.conversation,
            size,
            name: name.clone(),
        };
        let transfers = &self.server.transfers;
        let begun = self.server.drive(transfers.begin(person, &new))?;
        begun.must("a file cannot begin")?;
        let body = stream::iter([Ok(bytes)]);
        let received = transfers.receive((person, id), (0, Some(size)), body);
        self.server.drive(received)?.must("a file cannot be received")?;
        if is_alike {
            self.files_alike.push(id);
        }
        Ok(Attachment {
            id,
            name,
            media_type: "application/pdf".to_owned(),
            size,
            sha256,
            picture: None,
            preview: None,
        })
    }

    /// By the observer's own session, as a program would: with the headers of tus, and those of a part.
    fn ask_for_file(&mut self, method: &Method, path: &str, headers: &[(&'static str, String)]) -> Step {
        let bearer = self.tokens.access.clone();
        let asked = request(method.clone(), path, Some(&bearer), None);
        let mut asked = asked.must("a request for a file is none")?;
        let fixed = [
            ("tus-resumable", "1.0.0".to_owned()),
            ("content-type", "application/offset+octet-stream".to_owned()),
        ];
        for (name, value) in fixed.iter().chain(headers) {
            let value = value.parse().must("a header is none")?;
            asked.headers_mut().insert(*name, value);
        }
        if method == Method::PATCH {
            *asked.body_mut() = Body::from("geheim");
        }
        self.server.ask(format!("{method} {path}"), asked)?;
        Ok(())
    }
}

impl Pair {
    /// Every request about files, for those that are hidden in either world.
    pub(super) fn ask_for_files(&mut self) -> Step {
        let observer = self.sides[0].member(self.observer);
        let mut ids: Vec<AttachmentId> = Vec::new();
        for side in &self.sides {
            let hidden = side.files.iter().filter(|(_, message)| {
                let said = side.scene.messages.iter().find(|said| said.id == *message);
                said.is_some_and(|said| !side.scene.sees(observer, said.number))
            });
            let hidden: Vec<AttachmentId> = hidden.map(|(id, _)| *id).collect();
            for _ in 0..MANY.min(hidden.len()) {
                ids.extend(self.dice.pick(&hidden).filter(|id| !ids.contains(id)));
            }
        }
        let [one, other] = self.sides.each_ref().map(|side| &side.files_alike);
        let both: Vec<AttachmentId> = one.iter().filter(|id| other.contains(id)).copied().collect();
        let same = self.dice.pick(&both);
        if ids.is_empty() {
            return Ok(());
        }
        self.counts.add("hidden files asked for", ids.len() as u64);
        self.both(sign_in)?;
        let begin = |side: &Side, id: AttachmentId| {
            let value = |text: String| BASE64_STANDARD.encode(text);
            let conversation = value(side.conversation.to_string());
            let metadata = format!(
                "id {},conversation {conversation},filename {}",
                value(id.to_string()),
                value("geheim.pdf".to_owned())
            );
            [("upload-length", "9".to_owned()), ("upload-metadata", metadata)]
        };
        self.both(|side| {
            for id in &ids {
                let path = format!("/v1/attachments/{id}");
                let part = [("upload-offset", "0".to_owned())];
                let range = [("range", "bytes=0-9".to_owned())];
                side.ask_for_file(&Method::GET, &path, &[])?;
                side.ask_for_file(&Method::GET, &path, &range)?;
                side.ask_for_file(&Method::HEAD, &path, &[])?;
                side.ask_for_file(&Method::PATCH, &path, &part)?;
                side.ask_for_file(&Method::DELETE, &path, &[])?;
            }
            if let Some(id) = same {
                let headers = begin(side, id);
                side.ask_for_file(&Method::POST, "/v1/attachments", &headers)?;
            }
            Ok(())
        })
    }
}
