//! Appends that only extend conversations: new messages, and nothing else. An edit or a deletion is none, since it marks
//! earlier versions, and so is all that changes a state.
//!
//! Most appends are of this kind, and each statement costs two switches between threads. So they are one statement, which
//! is a transaction by itself: rows inserted into a view, whose trigger inserts the events and advances the heads. The
//! view exists on the connection that writes, and nowhere in the file.

use std::collections::HashMap;

use super::events;
use super::pool::{Proof, Writer};
use super::row_reader::blob;
use super::statement::{LARGEST_SET, over_rows};
use crate::store::integrity::{event_mac, head_mac};
use crate::store::{Append, Appended, HeadWrite, StoreError};

/// Of a head that is not the expected one.
const MOVED: &str = "the head has moved";

/// SQLite's code for a trigger that aborts its statement (`SQLITE_CONSTRAINT_TRIGGER`).
const ABORTED: &str = "1811";

const SET_UP: &str = "
CREATE TEMP VIEW extensions AS
SELECT conversation, number, version, epoch, header, header_salt, content, content_commitment, audit,
    audit_commitment, body, link, key, current, message, target, account, command, digest, mac,
    0 AS last_at, NULL AS head_key, NULL AS head_mac, NULL AS tally
FROM events;
CREATE TEMP TRIGGER extend INSTEAD OF INSERT ON extensions BEGIN
    SELECT RAISE(ABORT, 'the head has moved')
    WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE id = NEW.conversation AND last = NEW.number - 1);
    INSERT INTO events (conversation, number, version, epoch, header, header_salt, content, content_commitment, audit,
        audit_commitment, body, link, key, current, message, target, account, command, digest, mac)
    VALUES (NEW.conversation, NEW.number, NEW.version, NEW.epoch, NEW.header, NEW.header_salt, NEW.content,
        NEW.content_commitment, NEW.audit, NEW.audit_commitment, NEW.body, NEW.link, NEW.key, NEW.current, NEW.message,
        NEW.target, NEW.account, NEW.command, NEW.digest, NEW.mac);
    UPDATE conversations
    SET last = NEW.number, link = NEW.link, last_at = NEW.last_at, key = NEW.head_key, mac = NEW.head_mac,
        position = last_insert_rowid()
    WHERE id = NEW.conversation;
    UPDATE tally SET sealed = NEW.tally WHERE NEW.tally IS NOT NULL;
END;
";

const EXTEND: &str = "INSERT INTO extensions (conversation, number, version, epoch, header, header_salt, content,
    content_commitment, audit, audit_commitment, body, link, key, current, message, target, account, command, digest, mac,
    last_at, head_key, head_mac, tally) VALUES {}";

/// Makes the view, on the connection that writes.
pub(super) async fn set_up(writer: &mut Writer<'_>) -> Result<(), StoreError> {
    sqlx::raw_sql(SET_UP).execute(writer.connection()?).await?;
    Ok(())
}

/// Whether the append is of this kind, and small enough for one statement.
pub(super) fn is_extension(append: &Append) -> bool {
    append.events.len() <= LARGEST_SET && append.only_extends()
}

/// Writes an append for which [`is_extension`] holds.
pub(super) async fn append(writer: &mut Writer<'_>, append: &Append) -> Result<Appended, StoreError> {
    let Proof { keys, mut tally } = writer.proof().await?;
    let before = tally.events;
    tally.events += append.events.len() as u64;
    let heads: HashMap<_, (&HeadWrite, Vec<u8>)> = append
        .heads
        .iter()
        .map(|head| (head.id, (head, head_mac(keys.as_ref(), head).0.to_vec())))
        .collect();
    // The last row carries the tally.
    let mut sealed = Some(tally.seal(keys.as_ref()));
    let mut query = sqlx::query(over_rows(EXTEND, append.events.len(), events::VALUES + 4));
    for (offset, event) in (before + 1..).zip(&append.events) {
        let (head, mac) = heads.get(&event.conversation).ok_or(StoreError::Moved)?;
        query = events::bind(query, event, event_mac(keys.as_ref(), offset, event))
            .bind(head.last_at.0)
            .bind(blob(head.key.0.as_bytes()))
            .bind(mac.clone())
            .bind(if offset == tally.events {
                sealed.take()
            } else {
                None
            });
    }
    query.execute(writer.connection()?).await.map_err(moved)?;
    let offset = tally.events;
    writer.set_tally(tally);
    Ok(Appended {
        offset: Some(offset),
        revision: None,
        organisations: None,
    })
}

fn moved(error: sqlx::Error) -> StoreError {
    let aborted = error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some(ABORTED) && error.message() == MOVED);
    if aborted { StoreError::Moved } else { error.into() }
}
