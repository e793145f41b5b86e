//! Items, their types, the permissions at them, and the source systems that register them (O7, I2).

use conversation::organisation::{Grant, ItemContent, OrganisationContent, OrganisationKind, item_type};
use conversation::text::ITEM_LINK;
use conversation::{ItemId, OrganisationId, SourceId, UnitId};
use protocol::items::{SourceItem, SourceItemAnswer, SourcePermission};

use super::plan::{Plan, kept, named};
use super::{AdminRefusal, AdminResponse, Field, ListedSource, Right, Source};
use crate::core::CoreError;
use crate::credentials::source_key;

/// Characters of a link back, at most.
const LONGEST_LINK: usize = 2_000;
/// Characters of a reference, at most.
const LONGEST_REFERENCE: usize = 200;

impl Plan {
    pub(super) fn define_item_type(
        &mut self,
        organisation: OrganisationId,
        item_type: &str,
        name: &str,
    ) -> Result<AdminResponse, AdminRefusal> {
        self.check(organisation)?;
        let item_type = matching::key(&kept(Field::ItemType, item_type)?);
        let taken = self.directory.item_type_id(organisation, &item_type).is_some()
            || self.directory.item_type_id(organisation, name).is_some();
        if taken {
            return Err(AdminRefusal::ItemTypeExists);
        }
        let named = named(name)?;
        self.push(
            organisation,
            OrganisationKind::ItemTypeDefined { item_type },
            named,
        );
        Ok(AdminResponse::Nothing)
    }

    pub(super) fn add_item(
        &mut self,
        organisation: OrganisationId,
        unit: Option<UnitId>,
        item_type: &str,
        content: &ItemContent,
        item: Option<ItemId>,
    ) -> Result<AdminResponse, AdminRefusal> {
        let unit = self.unit(organisation, unit)?;
        let item_type = self.item_type(organisation, item_type)?;
        let item = item.unwrap_or_else(|| ItemId(self.id()));
        if self.directory.item(item).is_some() {
            return Err(AdminRefusal::ItemExists);
        }
        let content = item_content(content)?;
        let reference = content.item.as_ref().and_then(|item| item.reference.as_deref());
        if reference.is_some_and(|reference| {
            self.directory
                .item_by_reference(organisation, reference)
                .is_some()
        }) {
            return Err(AdminRefusal::ReferenceTaken);
        }
        let registered = OrganisationKind::ItemRegistered {
            item,
            unit,
            item_type,
        };
        self.push(organisation, registered, content);
        Ok(AdminResponse::Item { item })
    }

    pub(super) fn set_right(&mut self, right: &Right, granted: bool) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.organisation_of(right.membership)?;
        let unit = self.unit(organisation, right.unit)?;
        let item_type = self.item_type(organisation, &right.item_type)?;
        let lacks = item_type::built_in(&item_type)
            .is_some_and(|built_in| built_in.permission(right.permission).is_none());
        if granted && lacks {
            return Err(AdminRefusal::NoSuchPermission);
        }
        let (membership, permission) = (right.membership, right.permission);
        let grant = Grant {
            membership,
            item_type: item_type.clone(),
            permission,
            unit,
        };
        // No event when nothing changes.
        if self.directory.is_granted(&grant) == granted {
            return Ok(AdminResponse::Nothing);
        }
        let kind = if granted {
            OrganisationKind::Granted {
                membership,
                unit,
                item_type,
                permission,
            }
        } else {
            OrganisationKind::Revoked {
                membership,
                unit,
                item_type,
                permission,
            }
        };
        self.push(organisation, kind, Default::default());
        self.rights_changed(membership);
        Ok(AdminResponse::Nothing)
    }

    pub(super) fn add_source(
        &mut self,
        organisation: OrganisationId,
        name: &str,
    ) -> Result<AdminResponse, AdminRefusal> {
        self.check(organisation)?;
        let name = kept(Field::Name, name)?;
        let content = named(&name)?;
        let id = SourceId(self.id());
        let (key, row) = source_key::make(
            &self.core.vouching,
            self.core.random.as_ref(),
            id,
            organisation,
            &name,
            self.core.now(),
        );
        self.append.sources.push(row);
        self.push(
            organisation,
            OrganisationKind::SourceAdded { system: id },
            content,
        );
        Ok(AdminResponse::Source { source: id, key })
    }

    pub(super) async fn end_source(
        &mut self,
        organisation: OrganisationId,
        source: SourceId,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        let id = source;
        if !self.stands(Source { id, organisation }).await? {
            return Ok(Err(AdminRefusal::NoSuchSource));
        }
        self.append.ended_sources.push((source, self.now));
        let ended = OrganisationKind::SourceEnded { system: source };
        self.push(organisation, ended, Default::default());
        Ok(Ok(AdminResponse::Nothing))
    }

    pub(super) async fn list_sources(
        &self,
        organisation: OrganisationId,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        if let Err(refusal) = self.check(organisation) {
            return Ok(Err(refusal));
        }
        let all = self.core.store.sources(organisation).await?;
        let listed = all.into_iter().map(|row| ListedSource {
            source: row.id,
            name: row.name,
            ended: row.ended_at.is_some(),
        });
        Ok(Ok(AdminResponse::Sources {
            sources: listed.collect(),
        }))
    }

    pub(super) async fn stands(&self, source: Source) -> Result<bool, CoreError> {
        let all = self.core.store.sources(source.organisation).await?;
        Ok(all
            .iter()
            .any(|row| row.id == source.id && row.ended_at.is_none()))
    }

    /// Registers an item, or changes the one with this reference; repeating a request changes nothing.
    pub(super) fn put_item(
        &mut self,
        source: Source,
        reference: &str,
        wanted: &SourceItem,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = source.organisation;
        let unit = self.unit_named(organisation, wanted.unit.as_deref())?;
        let item_type = self.item_type(organisation, &wanted.item_type)?;
        let content = ItemContent {
            title: wanted.title.clone(),
            link: wanted.link.clone(),
            reference: Some(reference.to_owned()),
            client: wanted.client.clone(),
        };
        let content = item_content(&content)?;
        let item = content.item.clone().unwrap_or_default();
        let registered = SourceItem {
            title: item.title,
            client: item.client,
            ..wanted.clone()
        };
        let known = self.directory.item_by_reference(organisation, reference);
        let item = match known {
            None => {
                let item = ItemId(self.id());
                let kind = OrganisationKind::ItemRegistered {
                    item,
                    unit,
                    item_type,
                };
                self.push(organisation, kind, content);
                item
            }
            Some(item) => {
                let before = self.directory.item(item).ok_or(AdminRefusal::NoSuchItemType)?;
                if before.item_type != item_type {
                    // Otherwise a permission for one type would open an item of another.
                    return Err(AdminRefusal::ItemOfAnotherType);
                }
                let moved = before.unit != unit;
                if moved || Some(&before.content) != content.item.as_ref() {
                    self.push(
                        organisation,
                        OrganisationKind::ItemChanged { item, unit },
                        content,
                    );
                    if moved {
                        self.everyones_rights_changed(organisation);
                    }
                }
                item
            }
        };
        let closed = self.directory.item(item).is_some_and(|item| item.closed);
        if closed != wanted.closed {
            let kind = if wanted.closed {
                OrganisationKind::ItemClosed { item }
            } else {
                OrganisationKind::ItemReopened { item }
            };
            self.push(organisation, kind, Default::default());
        }
        Ok(AdminResponse::SourceItem(SourceItemAnswer {
            item,
            address: format!("{ITEM_LINK}{item}"),
            registered,
        }))
    }

    pub(super) async fn set_permission(
        &mut self,
        source: Source,
        wanted: &SourcePermission,
        granted: bool,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        // All memberships of the person there: the source system knows people, not memberships.
        let own = match self
            .memberships_by_login(source.organisation, &wanted.login)
            .await?
        {
            Ok(own) => own,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let unit = match self.unit_named(source.organisation, wanted.unit.as_deref()) {
            Ok(unit) => unit,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for membership in own {
            let right = Right {
                membership,
                unit: Some(unit),
                item_type: wanted.item_type.clone(),
                permission: wanted.permission,
            };
            if let Err(refusal) = self.set_right(&right, granted) {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(AdminResponse::Nothing))
    }

    /// The id of a type that the organisation has, by its id or its name.
    pub(super) fn item_type(
        &self,
        organisation: OrganisationId,
        item_type: &str,
    ) -> Result<String, AdminRefusal> {
        self.directory
            .item_type_id(organisation, item_type)
            .ok_or(AdminRefusal::NoSuchItemType)
    }
}

/// The content of an item, in its stored form.
fn item_content(content: &ItemContent) -> Result<OrganisationContent, AdminRefusal> {
    if content.link.as_deref().is_some_and(|link| !is_link(link)) {
        return Err(AdminRefusal::LinkInvalid);
    }
    let reference = |field, text: &Option<String>| match text {
        Some(text) => matching::kept_reference(text, LONGEST_REFERENCE)
            .map(Some)
            .map_err(|why| AdminRefusal::TextInvalid { field, why }),
        None => Ok(None),
    };
    let kept = ItemContent {
        title: kept(Field::Title, &content.title)?,
        link: content.link.clone(),
        reference: reference(Field::Reference, &content.reference)?,
        client: reference(Field::Client, &content.client)?,
    };
    Ok(OrganisationContent {
        item: Some(kept),
        ..OrganisationContent::default()
    })
}

fn is_link(link: &str) -> bool {
    link.strip_prefix("https://").is_some_and(|rest| {
        rest.chars().next().is_some_and(char::is_alphanumeric)
            && link.chars().count() <= LONGEST_LINK
            && !link
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || matching::is_unseen(c))
    })
}
