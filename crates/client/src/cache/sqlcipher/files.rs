//! The table of files, and that of uploads.

use conversation::{Attachment, AttachmentId, ConversationId, PictureSize, Seq, SeqRange, Sha256, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::row_reader::{RowReader, bound, bytes, json, stored};
use crate::cache::file_rows::merged;
use crate::cache::{AfterSent, CacheError, FileRow, Origin, Sealed, ToFetch, UploadRow};
use crate::files::FileName;
use crate::model::AttachmentFault;

const TABLE: &str = "files";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, conversation, origin, number, at, place, preview_of, size, sha256, file, key, received, whole,
               last_used, pinned, wanted, not_before, after_sent, rest FROM files ",
            $rest
        )
    };
}

pub(super) const ONE: &str = select!("WHERE id = ?");
pub(super) const UNSENT: &str = select!("WHERE origin <> 2 ORDER BY place, id");
pub(super) const WANTED: &str = select!(
    "WHERE origin = 2 AND whole = 0 AND wanted = 1 AND not_before <= ? ORDER BY last_used DESC, id LIMIT ?"
);
pub(super) const PREVIEWS: &str = select!(
    "WHERE origin = 2 AND whole = 0 AND preview_of IS NOT NULL AND not_before <= ? ORDER BY at DESC, id LIMIT ?"
);
pub(super) const SINCE: &str = select!(
    "WHERE origin = 2 AND whole = 0 AND preview_of IS NULL AND at >= ?3 AND not_before <= ?1 ORDER BY at DESC, id LIMIT ?2"
);
pub(super) const ASKING: &str =
    select!("WHERE after_sent = 1 AND whole = 1 AND not_before <= ? ORDER BY not_before, id LIMIT ?");
pub(super) const REFUSED: &str = select!("WHERE after_sent = 2 ORDER BY not_before, id");
pub(super) const LEAST_USED: &str = select!(
    "WHERE origin = 2 AND whole = 1 AND pinned = 0 AND preview_of IS NULL ORDER BY last_used, id LIMIT ?"
);
pub(super) const KEPT: &str = "SELECT coalesce(sum(size), 0) FROM files WHERE origin = 2 AND whole = 1";
pub(super) const DROP_UNLISTED: &str = "DELETE FROM files WHERE conversation = ? AND number IS NOT NULL
    AND number IN (SELECT value FROM json_each(?)) AND id NOT IN (SELECT unhex(value) FROM json_each(?))";
pub(super) const DROP_RANGE: &str =
    "DELETE FROM files WHERE conversation = ? AND number IS NOT NULL AND number BETWEEN ? AND ?";

/// Fields that no query filters or sorts by.
#[derive(Serialize, Deserialize)]
struct Rest {
    name: String,
    media_type: String,
    picture: Option<PictureSize>,
    preview: Option<AttachmentId>,
    unchecked: bool,
    fault: Option<AttachmentFault>,
}

fn origin(origin: Origin) -> i64 {
    match origin {
        Origin::Draft => 0,
        Origin::Outgoing => 1,
        Origin::Listed => 2,
    }
}

fn after_sent(after_sent: AfterSent) -> i64 {
    match after_sent {
        AfterSent::Nothing => 0,
        AfterSent::Asking => 1,
        AfterSent::Refused => 2,
    }
}

fn row(row: &SqliteRow) -> Result<FileRow, CacheError> {
    let columns = RowReader { table: TABLE, row };
    let rest: Rest = columns.json("rest")?;
    let file = columns.maybe_uuid("file")?;
    let sealed = match (file, columns.get::<Option<&[u8]>>("key")?) {
        (Some(file), Some(key)) => Some(Sealed {
            file: FileName(file.into_bytes()),
            key: key.try_into().map_err(|_| columns.broken("key"))?,
        }),
        _ => None,
    };
    let sha256 = columns.get::<Option<&[u8]>>("sha256")?;
    let sha256 = sha256.map(<[u8; 32]>::try_from).transpose();
    let time = |column| Ok::<_, CacheError>(Timestamp(columns.get(column)?));
    Ok(FileRow {
        id: AttachmentId(columns.uuid("id")?),
        conversation: columns.maybe_uuid("conversation")?.map(ConversationId),
        origin: match columns.get::<i64>("origin")? {
            0 => Origin::Draft,
            1 => Origin::Outgoing,
            2 => Origin::Listed,
            _ => return Err(columns.broken("origin")),
        },
        number: columns.maybe_number("number")?,
        at: time("at")?,
        place: columns.get("place")?,
        preview_of: columns.maybe_uuid("preview_of")?.map(AttachmentId),
        name: rest.name,
        media_type: rest.media_type,
        size: columns.maybe_number("size")?.map(|size| size.0),
        sha256: sha256.map_err(|_| columns.broken("sha256"))?.map(Sha256),
        picture: rest.picture,
        preview: rest.preview,
        sealed,
        received: columns.number("received")?.0,
        whole: columns.get("whole")?,
        last_used: time("last_used")?,
        pinned: columns.get("pinned")?,
        wanted: columns.get("wanted")?,
        not_before: time("not_before")?,
        unchecked: rest.unchecked,
        after_sent: match columns.get::<i64>("after_sent")? {
            0 => AfterSent::Nothing,
            1 => AfterSent::Asking,
            2 => AfterSent::Refused,
            _ => return Err(columns.broken("after_sent")),
        },
        fault: rest.fault,
    })
}

fn rows(rows: &[SqliteRow]) -> Result<Vec<FileRow>, CacheError> {
    rows.iter().map(row).collect()
}

fn hex(ids: impl Iterator<Item = AttachmentId>) -> Result<String, CacheError> {
    let hex: Vec<String> = ids.map(|id| id.0.simple().to_string()).collect();
    json(&hex)
}

pub(super) async fn put(db: &mut SqliteConnection, row: &FileRow) -> Result<(), CacheError> {
    let rest = Rest {
        name: row.name.clone(),
        media_type: row.media_type.clone(),
        picture: row.picture,
        preview: row.preview,
        unchecked: row.unchecked,
        fault: row.fault,
    };
    sqlx::query(
        "INSERT OR REPLACE INTO files (id, conversation, origin, number, at, place, preview_of, size, sha256, file, key,
           received, whole, last_used, pinned, wanted, not_before, after_sent, rest)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&row.id.as_bytes()[..])
    .bind(row.conversation.as_ref().map(bytes))
    .bind(origin(row.origin))
    .bind(row.number.map(|number| stored(number.0)).transpose()?)
    .bind(row.at.0)
    .bind(row.place)
    .bind(row.preview_of.as_ref().map(|id| &id.as_bytes()[..]))
    .bind(row.size.map(|size| bound(Seq(size))))
    .bind(row.sha256.as_ref().map(|digest| &digest.0[..]))
    .bind(row.sealed.as_ref().map(|sealed| &sealed.file.0[..]))
    .bind(row.sealed.as_ref().map(|sealed| &sealed.key[..]))
    .bind(bound(Seq(row.received)))
    .bind(row.whole)
    .bind(row.last_used.0)
    .bind(row.pinned)
    .bind(row.wanted)
    .bind(row.not_before.0)
    .bind(after_sent(row.after_sent))
    .bind(json(&rest)?)
    .execute(db)
    .await?;
    Ok(())
}

/// The file, and its preview.
pub(super) async fn remove(db: &mut SqliteConnection, id: AttachmentId) -> Result<(), CacheError> {
    for statement in [
        "DELETE FROM files WHERE id = ?",
        "DELETE FROM files WHERE preview_of = ?",
    ] {
        sqlx::query(statement)
            .bind(&id.as_bytes()[..])
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Rows of the files that messages list now, which were put just before.
pub(super) async fn put_listed(db: &mut SqliteConnection, listed: Vec<FileRow>) -> Result<(), CacheError> {
    for listed in listed {
        let row = match one(db, listed.id).await? {
            Some(before) => merged(&before, listed),
            None => Some(listed),
        };
        if let Some(row) = row {
            put(db, &row).await?;
        }
    }
    Ok(())
}

/// Of the messages at these places, the files that they no longer list.
pub(super) async fn drop_unlisted(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    numbers: &[Seq],
    listed: &[FileRow],
) -> Result<(), CacheError> {
    let numbers: Vec<i64> = numbers.iter().map(|number| bound(*number)).collect();
    sqlx::query(DROP_UNLISTED)
        .bind(bytes(&conversation))
        .bind(json(&numbers)?)
        .bind(hex(listed.iter().map(|row| row.id))?)
        .execute(db)
        .await?;
    Ok(())
}

/// All that the messages of a conversation list, or those in a range.
pub(super) async fn drop_range(
    db: &mut SqliteConnection,
    conversation: ConversationId,
    range: Option<SeqRange>,
) -> Result<(), CacheError> {
    let (from, to) = range.map_or((0, i64::MAX), |range| (bound(range.from), bound(range.to)));
    sqlx::query(DROP_RANGE)
        .bind(bytes(&conversation))
        .bind(from)
        .bind(to)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn one(db: &mut SqliteConnection, id: AttachmentId) -> Result<Option<FileRow>, CacheError> {
    let query = sqlx::query(ONE).bind(&id.as_bytes()[..]);
    query.fetch_optional(db).await?.as_ref().map(row).transpose()
}

/// Those that there are, by their ids.
pub(super) async fn some(
    db: &mut SqliteConnection,
    ids: &[AttachmentId],
) -> Result<Vec<FileRow>, CacheError> {
    let query = sqlx::query(select!(
        "WHERE id IN (SELECT unhex(value) FROM json_each(?)) ORDER BY id"
    ));
    rows(&query.bind(hex(ids.iter().copied())?).fetch_all(db).await?)
}

pub(super) async fn unsent(db: &mut SqliteConnection) -> Result<Vec<FileRow>, CacheError> {
    rows(&sqlx::query(UNSENT).fetch_all(db).await?)
}

pub(super) async fn to_fetch(
    db: &mut SqliteConnection,
    which: ToFetch,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<FileRow>, CacheError> {
    let query = match which {
        ToFetch::Wanted => sqlx::query(WANTED).bind(now.0).bind(limit),
        ToFetch::Previews => sqlx::query(PREVIEWS).bind(now.0).bind(limit),
        ToFetch::Since(since) => sqlx::query(SINCE).bind(now.0).bind(limit).bind(since.0),
        ToFetch::Asking => sqlx::query(ASKING).bind(now.0).bind(limit),
    };
    rows(&query.fetch_all(db).await?)
}

pub(super) async fn refused(db: &mut SqliteConnection) -> Result<Vec<FileRow>, CacheError> {
    rows(&sqlx::query(REFUSED).fetch_all(db).await?)
}

pub(super) async fn least_used(db: &mut SqliteConnection, limit: u32) -> Result<Vec<FileRow>, CacheError> {
    rows(&sqlx::query(LEAST_USED).bind(limit).fetch_all(db).await?)
}

pub(super) async fn bytes_kept(db: &mut SqliteConnection) -> Result<u64, CacheError> {
    let kept: i64 = sqlx::query_scalar(KEPT).fetch_one(db).await?;
    Ok(u64::try_from(kept).unwrap_or_default())
}

pub(super) async fn names(db: &mut SqliteConnection) -> Result<Vec<FileName>, CacheError> {
    let query = sqlx::query("SELECT file FROM files WHERE file IS NOT NULL ORDER BY file");
    let name = |row: &SqliteRow| {
        let columns = RowReader { table: TABLE, row };
        Ok(FileName(columns.uuid("file")?.into_bytes()))
    };
    query.fetch_all(db).await?.iter().map(name).collect()
}

pub(super) async fn rename(
    db: &mut SqliteConnection,
    from: ConversationId,
    to: ConversationId,
) -> Result<(), CacheError> {
    sqlx::query("UPDATE files SET conversation = ?2 WHERE conversation = ?1 AND origin <> 2")
        .bind(bytes(&from))
        .bind(bytes(&to))
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn put_upload(db: &mut SqliteConnection, row: &UploadRow) -> Result<(), CacheError> {
    sqlx::query("INSERT OR REPLACE INTO uploads (id, row) VALUES (?, ?)")
        .bind(&row.id.as_bytes()[..])
        .bind(json(row)?)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn drop_upload(db: &mut SqliteConnection, id: AttachmentId) -> Result<(), CacheError> {
    sqlx::query("DELETE FROM uploads WHERE id = ?")
        .bind(&id.as_bytes()[..])
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn uploads(db: &mut SqliteConnection) -> Result<Vec<UploadRow>, CacheError> {
    let query = sqlx::query("SELECT row FROM uploads ORDER BY id");
    let row = |row: &SqliteRow| {
        let table = "uploads";
        RowReader { table, row }.json("row")
    };
    query.fetch_all(db).await?.iter().map(row).collect()
}

/// The list of an entry as it is stored.
pub(super) fn attachments(row: &SqliteRow) -> Result<Vec<Attachment>, CacheError> {
    let columns = RowReader {
        table: "entries",
        row,
    };
    match row.try_get::<Option<&str>, _>("attachments") {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(_)) => columns.json("attachments"),
        Err(_) => Err(columns.broken("attachments")),
    }
}
