//! All that is stored at one moment: one transaction on a connection of its own.

use conversation::{ConversationId, MembershipId, PersonId, Seq};
use futures_util::{FutureExt as _, TryStreamExt as _};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::pool::Pool;
use super::row_reader::{RowReader, blob, int};
use super::{accounts, adoption, conversations, events, keys, organisations, sessions, sources, urgent};
use crate::store::integrity::{
    RowSum, SummedRow, Table, Tally, event_mac, organisation_event_mac, stored_head_mac,
};
use crate::store::{
    Counts, KeyId, KeyRow, OrganisationRow, RowFault, SharedRowKeys, Snapshot, StoreError, StoreFuture,
    StoredConversation, StoredEvent,
};

pub(super) struct SqliteSnapshot {
    db: SqliteConnection,
    keys: SharedRowKeys,
}

impl SqliteSnapshot {
    pub(super) async fn open(pool: &Pool) -> Result<SqliteSnapshot, StoreError> {
        let keys = SharedRowKeys::clone(pool.keys()?);
        let mut db = pool.connect().await?;
        sqlx::query("BEGIN").execute(&mut db).await?;
        // The transaction sees the database as it is at its first read.
        sqlx::query("SELECT one FROM server").fetch_all(&mut db).await?;
        Ok(SqliteSnapshot { db, keys })
    }

    async fn read_tally(&mut self) -> Result<Option<Tally>, StoreError> {
        let row = sqlx::query("SELECT sealed FROM tally")
            .fetch_optional(&mut self.db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let columns = RowReader {
            table: "tally",
            row: &row,
        };
        Ok(Tally::open(self.keys.as_ref(), &columns.blob("sealed")?))
    }

    async fn count(&mut self) -> Result<Counts, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM states) AS states,
                 (SELECT count(*) FROM takes_part) AS participants, (SELECT count(*) FROM concerns) AS links,
                 (SELECT count(*) FROM pairs) AS pairs, (SELECT count(*) FROM urgent_messages) AS urgent",
        )
        .fetch_one(&mut self.db)
        .await?;
        let columns = RowReader {
            table: "events",
            row: &row,
        };
        Ok(Counts {
            events: columns.natural("events")?,
            states: columns.natural("states")?,
            participants: columns.natural("participants")?,
            links: columns.natural("links")?,
            pairs: columns.natural("pairs")?,
            urgent: columns.natural("urgent")?,
        })
    }

    async fn read_ids(
        &mut self,
        after: Option<ConversationId>,
        most: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let rows = sqlx::query(
            "SELECT id FROM (
                 SELECT id FROM conversations WHERE id > ?1
                 UNION SELECT DISTINCT conversation AS id FROM events WHERE conversation > ?1
             ) ORDER BY id LIMIT ?2",
        )
        .bind(after.map(|id| blob(id.as_bytes())).unwrap_or_default())
        .bind(i64::from(most))
        .fetch_all(&mut self.db)
        .await?;
        let id = |row: &SqliteRow| {
            let columns = RowReader {
                table: "conversations",
                row,
            };
            columns.uuid("id").map(ConversationId)
        };
        rows.iter().map(id).collect()
    }

    async fn read_conversation(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<StoredConversation>, StoreError> {
        let of = blob(id.as_bytes());
        let row = sqlx::query(conversations::ONE)
            .bind(of.clone())
            .fetch_optional(&mut self.db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (row, mac) = conversations::conversation(&row)?;
        let genuine = mac.as_deref() == Some(&stored_head_mac(self.keys.as_ref(), &row).0[..]);
        let mut found = StoredConversation {
            row,
            genuine,
            participants: Vec::new(),
            links: Vec::new(),
            pairs: Vec::new(),
            urgent: Vec::new(),
        };
        let participants = sqlx::query(
            "SELECT person, open, position FROM takes_part WHERE conversation = ? ORDER BY person",
        );
        for row in &participants.bind(of.clone()).fetch_all(&mut self.db).await? {
            let columns = RowReader {
                table: "takes_part",
                row,
            };
            found.participants.push((
                PersonId(columns.uuid("person")?),
                columns.boolean("open")?,
                columns.natural("position")?,
            ));
        }
        let links = sqlx::query("SELECT thing FROM concerns WHERE conversation = ? ORDER BY thing");
        for row in &links.bind(of.clone()).fetch_all(&mut self.db).await? {
            let columns = RowReader {
                table: "concerns",
                row,
            };
            found.links.push(columns.uuid("thing")?);
        }
        let pairs = sqlx::query("SELECT low, high FROM pairs WHERE conversation = ? ORDER BY low, high");
        for row in &pairs.bind(of).fetch_all(&mut self.db).await? {
            let columns = RowReader { table: "pairs", row };
            found.pairs.push((
                MembershipId(columns.uuid("low")?),
                MembershipId(columns.uuid("high")?),
            ));
        }
        found.urgent = urgent::of_conversation(&mut self.db, id).await?;
        Ok(Some(found))
    }

    async fn read_events(
        &mut self,
        id: ConversationId,
        after: Seq,
        most: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = sqlx::query(events::ENTRIES)
            .bind(blob(id.as_bytes()))
            .bind(int(after.0))
            .bind(i64::from(most))
            .fetch_all(&mut self.db)
            .await?;
        rows.iter()
            .map(|row| {
                let columns = RowReader { table: "events", row };
                let offset = columns.natural("position")?;
                let event = events::entry(id, row)?;
                let mac = event_mac(self.keys.as_ref(), offset, &event);
                Ok(StoredEvent {
                    offset,
                    genuine: columns.maybe_blob("mac")?.as_deref() == Some(&mac.0[..]),
                    row: event,
                })
            })
            .collect()
    }

    async fn read_organisation_events(
        &mut self,
        after: u64,
        most: u32,
    ) -> Result<Vec<(u64, OrganisationRow, bool)>, StoreError> {
        let rows = sqlx::query(organisations::AFTER)
            .bind(int(after))
            .bind(i64::from(most))
            .fetch_all(&mut self.db)
            .await?;
        rows.iter()
            .map(|row| {
                let (offset, event) = organisations::organisation_row(row)?;
                let columns = RowReader {
                    table: "organisation_events",
                    row,
                };
                let mac = organisation_event_mac(self.keys.as_ref(), offset, &event);
                let genuine = columns.maybe_blob("mac")?.as_deref() == Some(&mac.0[..]);
                Ok((offset, event, genuine))
            })
            .collect()
    }

    async fn read_keys(&mut self, after: Option<KeyId>, most: u32) -> Result<Vec<KeyRow>, StoreError> {
        let rows = sqlx::query("SELECT id, scope, year, wrapped FROM keys WHERE id > ? ORDER BY id LIMIT ?")
            .bind(after.map(|id| blob(id.0.as_bytes())).unwrap_or_default())
            .bind(i64::from(most))
            .fetch_all(&mut self.db)
            .await?;
        rows.iter().map(key).collect()
    }

    async fn read_key(&mut self, id: KeyId) -> Result<Option<KeyRow>, StoreError> {
        let row = sqlx::query("SELECT id, scope, year, wrapped FROM keys WHERE id = ?")
            .bind(blob(id.0.as_bytes()))
            .fetch_optional(&mut self.db)
            .await?;
        row.as_ref().map(key).transpose()
    }

    async fn check_rows<R: SummedRow>(
        &mut self,
        tally: Option<&Tally>,
        read: fn(&SqliteRow) -> Result<R, StoreError>,
        faults: &mut Vec<RowFault>,
    ) -> Result<(), StoreError> {
        let table = R::TABLE.name();
        let (mut sum, mut read_all) = (RowSum::default(), true);
        let statement = AssertSqlSafe(format!("SELECT * FROM {table}"));
        let mut rows = sqlx::query(statement).fetch(&mut self.db);
        while let Some(row) = rows.try_next().await? {
            let columns = RowReader { table, row: &row };
            let (found, mac) = match (read(&row), columns.maybe_blob("mac")) {
                (Ok(found), Ok(mac)) => (found, mac),
                (Err(StoreError::Broken { table, column }), _)
                | (_, Err(StoreError::Broken { table, column })) => {
                    read_all = false;
                    faults.push(RowFault::Unreadable { table, column });
                    continue;
                }
                (Err(error), _) | (_, Err(error)) => return Err(error),
            };
            let bytes = found.bytes();
            sum.add(&self.keys.tag(&bytes));
            if mac.as_deref() != Some(&self.keys.mac(&bytes).0[..]) {
                read_all = false;
                faults.push(RowFault::Forged {
                    table,
                    id: found.id(),
                });
            }
        }
        if let Some(written) = tally.map(|tally| tally.sum(R::TABLE))
            && read_all
            && written != sum
        {
            faults.push(RowFault::Replaced {
                table,
                rows: sum.rows,
                written: written.rows,
            });
        }
        Ok(())
    }

    async fn check_all_rows(&mut self, tally: Option<Tally>) -> Result<Vec<RowFault>, StoreError> {
        let (mut faults, tally) = (Vec::new(), tally.as_ref());
        for table in Table::ALL {
            match table {
                Table::Accounts => self.check_rows(tally, accounts::account, &mut faults).await?,
                Table::Invitations => {
                    self.check_rows(tally, accounts::invitation_row, &mut faults)
                        .await?;
                }
                Table::Sessions => self.check_rows(tally, sessions::session, &mut faults).await?,
                Table::Sources => self.check_rows(tally, sources::source, &mut faults).await?,
                Table::Aliases => self.check_rows(tally, adoption::alias, &mut faults).await?,
            }
        }
        Ok(faults)
    }
}

fn key(row: &SqliteRow) -> Result<KeyRow, StoreError> {
    keys::key(&RowReader { table: "keys", row }, "id")
}

impl Snapshot for SqliteSnapshot {
    fn tally(&mut self) -> StoreFuture<'_, Option<Tally>> {
        self.read_tally().boxed()
    }

    fn counts(&mut self) -> StoreFuture<'_, Counts> {
        self.count().boxed()
    }

    fn conversation_ids(
        &mut self,
        after: Option<ConversationId>,
        most: u32,
    ) -> StoreFuture<'_, Vec<ConversationId>> {
        self.read_ids(after, most).boxed()
    }

    fn conversation(&mut self, id: ConversationId) -> StoreFuture<'_, Option<StoredConversation>> {
        self.read_conversation(id).boxed()
    }

    fn events(&mut self, id: ConversationId, after: Seq, most: u32) -> StoreFuture<'_, Vec<StoredEvent>> {
        self.read_events(id, after, most).boxed()
    }

    fn organisation_events(
        &mut self,
        after: u64,
        most: u32,
    ) -> StoreFuture<'_, Vec<(u64, OrganisationRow, bool)>> {
        self.read_organisation_events(after, most).boxed()
    }

    fn key(&mut self, id: KeyId) -> StoreFuture<'_, Option<KeyRow>> {
        self.read_key(id).boxed()
    }

    fn keys(&mut self, after: Option<KeyId>, most: u32) -> StoreFuture<'_, Vec<KeyRow>> {
        self.read_keys(after, most).boxed()
    }

    fn summed_rows(&mut self, tally: Option<Tally>) -> StoreFuture<'_, Vec<RowFault>> {
        self.check_all_rows(tally).boxed()
    }
}
