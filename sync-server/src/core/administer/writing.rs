//! Appends the changes of organisations to their logs, in one transaction with everything that belongs to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use conversation::{Audit, OrganisationId, PersonId, Timestamp};
use trail::{Commitments, Salt, commit, genesis};

use super::plan::{Change, Plan};
use crate::core::{Committed, Core, CoreError, Writer};
use crate::random;
use crate::seal::{DataKey, Part, year_of};
use crate::store::{Append, OrganisationRow};

impl Writer {
    /// Appends the changes to the organisations' logs, and folds them into the directory.
    pub(super) async fn write(&mut self, plan: Plan) -> Result<Committed, CoreError> {
        let Plan {
            changes,
            mut append,
            mut committed,
            now,
            ..
        } = plan;
        let core = Arc::clone(&self.heads.core);
        let random = core.random.as_ref();
        let mut heads = core.with_organisations(|organisations| organisations.heads.clone());
        let mut keys = BTreeMap::new();
        let mut parsed = Vec::with_capacity(changes.len());
        let mut mark = self.heads.mark;
        for change in changes {
            let Change {
                organisation,
                header,
                content,
            } = change;
            let json = |_| CoreError::Broken("an organisation's event cannot be written");
            let header_json = serde_json::to_string(&header).map_err(json)?;
            let content_json = serde_json::to_string(&content).map_err(json)?;
            let audit_json = serde_json::to_string(&Audit::default()).map_err(json)?;
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
            let [header_salt, content_salt, audit_salt] = [(); 3].map(|()| Salt(random::bytes(random)));
            let commitments = Commitments {
                header: commit(&header_salt, header_json.as_bytes()),
                content: commit(&content_salt, content_json.as_bytes()),
                audit: commit(&audit_salt, audit_json.as_bytes()),
            };
            let link = trail::link(&previous, &commitments.body(conversation::event::VERSION));
            heads.insert(organisation, (number, link));
            mark.organisations += 1;
            let scope = &organisation.0;
            let part =
                |part, salt, json: &str| key.seal_part(random, scope, number, part, salt, json.as_bytes());
            append.organisation_events.push(OrganisationRow {
                offset: mark.organisations,
                organisation,
                number,
                version: conversation::event::VERSION,
                content: part(Part::Content, &content_salt, &content_json),
                content_commitment: commitments.content,
                audit: part(Part::Audit, &audit_salt, &audit_json),
                audit_commitment: commitments.audit,
                header: header_json,
                header_salt,
                link,
                key: key.id,
            });
            parsed.push((header, content));
        }
        if append.is_empty() {
            committed.mark = self.heads.mark;
            return Ok(committed);
        }
        if let Err(error) = core.store.append(&append).await {
            self.heads.forget().await?;
            return Err(error.into());
        }
        self.heads.mark = mark;
        core.change_organisations(|organisations| {
            for (row, (header, content)) in append.organisation_events.iter().zip(&parsed) {
                organisations.apply(row, header, content);
            }
        });
        committed.mark = mark;
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
        self.heads.last_key += 1;
        let random = self.heads.core.random.as_ref();
        let (key, row) = self
            .heads
            .core
            .ring
            .make(random, self.heads.last_key, &organisation.0, year);
        append.keys.push(row);
        Ok(key)
    }
}

impl Core {
    /// Whether someone's account stands.
    pub async fn account_stands(&self, person: PersonId) -> Result<bool, CoreError> {
        let account = self.store.account(person).await?;
        Ok(account.is_some_and(|account| account.ended_at.is_none()))
    }
}
