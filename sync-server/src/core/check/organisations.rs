//! The logs of the organisations.

use std::collections::BTreeMap;

use conversation::OrganisationId;
use trail::Follower;

use super::{AT_ONCE, Check, Entry, Fault, unreadable};
use crate::core::CoreError;
use crate::store::{OrganisationRow, StoreError};

/// How far a log was followed; `Err` after its first fault.
type Following = Result<Follower, ()>;

impl Check<'_> {
    pub(super) async fn organisations(&mut self) -> Result<(), CoreError> {
        let mut logs: BTreeMap<OrganisationId, Following> = BTreeMap::new();
        let (mut after, server) = (0, self.core.server.id);
        loop {
            let rows = match self.snapshot.organisation_events(after, AT_ONCE).await {
                Err(StoreError::Broken { table, column }) => {
                    self.find(server, unreadable(table, column));
                    break;
                }
                rows => rows?,
            };
            for (offset, row, genuine) in &rows {
                self.count_entry();
                if *offset != after + 1 {
                    let missing = after + 1;
                    self.find(
                        server,
                        format!("the organisations' event at offset {missing} is missing"),
                    );
                }
                after = *offset;
                let following = logs
                    .entry(row.organisation)
                    .or_insert_with(|| Ok(Follower::from_genesis(row.organisation.as_bytes())));
                if let Ok(follower) = following {
                    match self.follow(follower, row, *genuine).await {
                        Ok(()) => {}
                        Err(Fault::Failed(error)) => return Err(error),
                        Err(Fault::Found(what)) => {
                            *following = Err(());
                            self.find(row.organisation.0, what);
                        }
                    }
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        self.checked.organisations = logs.len() as u64;
        if let Some(tally) = &self.tally
            && tally.organisation_events != after
        {
            let written = tally.organisation_events;
            let what =
                format!("{written} events of organisations were written, and the last is at offset {after}");
            self.find(server, what);
        }
        Ok(())
    }

    async fn follow(
        &mut self,
        follower: &mut Follower,
        row: &OrganisationRow,
        genuine: bool,
    ) -> Result<(), Fault> {
        let entry = Entry {
            scope: &row.organisation.0,
            number: row.number,
            version: row.version,
            header: &row.header,
            header_salt: &row.header_salt,
            content: (&row.content, &row.content_commitment),
            audit: (&row.audit, &row.audit_commitment),
            link: &row.link,
            key: row.key,
            genuine,
        };
        self.verify(follower, &entry).await.map(|_| ())
    }
}
