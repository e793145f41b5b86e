//! Appends the changes of organisations to their logs, in one transaction with everything that belongs to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use conversation::event::VERSION;
use conversation::{OrganisationId, PersonId, Timestamp};
use trail::genesis;

use super::plan::{Change, Plan};
use crate::core::write::sealed_entry::{Place, SealedEntry};
use crate::core::{Committed, Core, CoreError, Writer};
use crate::seal::{DataKey, year_of};
use crate::store::{Append, OrganisationRow};

impl Writer {
    /// Appends the changes to the organisations' logs; the directory then follows from there.
    pub(super) async fn write(&mut self, plan: Plan) -> Result<Committed, CoreError> {
        let Plan {
            changes,
            mut append,
            mut committed,
            now,
            actor,
            directory,
            ..
        } = plan;
        // As they would stand; how they do is read from the store.
        drop(directory);
        let core = Arc::clone(&self.heads.core);
        let random = core.random.as_ref();
        let mut heads = core.with_organisations(|organisations| organisations.heads.clone());
        let mut keys = BTreeMap::new();
        let audit = serde_json::to_string(&actor.audit()).map_err(|_| CoreError::Broken("an audit part"))?;
        for change in changes {
            let Change {
                organisation,
                header,
                content,
            } = change;
            let key = match keys.get(&organisation) {
                Some(key) => Arc::clone(key),
                None => {
                    let key = self.organisation_key(organisation, now, &mut append).await?;
                    keys.insert(organisation, Arc::clone(&key));
                    key
                }
            };
            let (last, previous) = heads
                .get(&organisation)
                .copied()
                .unwrap_or_else(|| (Default::default(), genesis(organisation.as_bytes())));
            let number = last.next();
            let place = Place {
                scope: &organisation.0,
                number,
                previous: &previous,
            };
            let sealed = SealedEntry::new(random, &key, &place, &header, &content, &audit)?;
            heads.insert(organisation, (number, sealed.link));
            append.organisation_events.push(OrganisationRow {
                organisation,
                number,
                version: VERSION,
                content: sealed.content,
                content_commitment: sealed.commitments.content,
                audit: sealed.audit,
                audit_commitment: sealed.commitments.audit,
                header: sealed.header,
                header_salt: sealed.header_salt,
                link: sealed.link,
                key: key.id,
            });
        }
        committed.since = self.heads.mark;
        if append.is_empty() {
            committed.mark = self.heads.mark;
            return Ok(committed);
        }
        let appended = match core.store.append(&append).await {
            Ok(appended) => appended,
            Err(error) => {
                self.heads.forget().await?;
                return Err(error.into());
            }
        };
        self.heads.appended(&append, &appended).await?;
        committed.mark = self.heads.mark;
        Ok(committed)
    }

    /// The key of an organisation for this year, made where there is none.
    async fn organisation_key(
        &mut self,
        organisation: OrganisationId,
        now: Timestamp,
        append: &mut Append,
    ) -> Result<Arc<DataKey>, CoreError> {
        let year = year_of(now);
        let known = self
            .heads
            .core
            .with_organisations(|organisations| organisations.key(organisation));
        if let Some(key) = known.and_then(|id| self.heads.core.ring.kept(id))
            && key.year >= year
        {
            return Ok(key);
        }
        if let Some(id) = known {
            for row in self.heads.core.store.keys(&[id]).await? {
                let key = self.heads.core.ring.key(&row)?;
                if key.year >= year {
                    return Ok(key);
                }
            }
        }
        let core = &self.heads.core;
        let (key, row) = core.ring.make(core.random.as_ref(), now, &organisation.0);
        append.keys.push(row);
        Ok(key)
    }
}

impl Core {
    /// Whether the person's account exists and has not ended.
    pub async fn account_stands(&self, person: PersonId) -> Result<bool, CoreError> {
        let account = self.store.account(person).await?;
        Ok(account.is_some_and(|account| account.ended_at.is_none()))
    }
}
