//! Turns an administrative request into events of organisations, accounts and invitations, or into a refusal.
//!
//! A plan grows request by request, each judged by what the ones before it would have made, and is written in one transaction
//! or not at all.

use std::sync::Arc;

use conversation::organisation::{
    AdminAct, AdminActor, AdminScope, Directory, OrganisationContent, OrganisationHeader, OrganisationKind,
    authorise,
};
use conversation::{DirectoryLookup as _, MembershipId, OrganisationId, PersonId, TeamId, Timestamp, UnitId};
use matching::Unfit;

use super::{AdminRefusal, AdminRequest, AdminResponse, Field};
use crate::core::frames::Named;
use crate::core::organisations::covered_changed;
use crate::core::{Committed, Core, CoreError, Writer};
use crate::store::Append;

/// An event of an organisation that is not yet in its log.
pub(super) struct Change {
    pub(super) organisation: OrganisationId,
    pub(super) header: OrganisationHeader,
    pub(super) content: OrganisationContent,
}

/// Changes that are written in one transaction.
pub(super) struct Plan {
    pub(super) core: Arc<Core>,
    pub(super) now: Timestamp,
    /// The organisations with the planned changes applied; shared with the core until the first change.
    pub(super) directory: Arc<Directory>,
    pub(super) actor: AdminActor,
    /// How far the actor's authority reaches.
    pub(super) scope: AdminScope,
    pub(super) changes: Vec<Change>,
    pub(super) append: Append,
    pub(super) committed: Committed,
}

impl Writer {
    /// Carries out a request, if the actor may. Also returns what to publish live, commit by commit.
    pub async fn administer(
        &mut self,
        actor: &AdminActor,
        request: &AdminRequest,
    ) -> Result<(Result<AdminResponse, AdminRefusal>, Vec<Committed>), CoreError> {
        self.heads.refresh().await?;
        // Before anything else is looked at, so that a refusal says nothing about what is there.
        let scope = match authorise(actor, &request.act(), &self.heads.core.directory()) {
            Ok(scope) => scope,
            Err(why) => return Ok((Err(AdminRefusal::NotAllowed(why)), Vec::new())),
        };
        let mut plan = Plan::new(&self.heads.core, actor.clone(), scope);
        let done = match plan.take(request).await? {
            Ok(done) => done,
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        };
        if matches!(&done, AdminResponse::Imported(imported) if !imported.written) {
            return Ok((Ok(done), Vec::new()));
        }
        Ok((Ok(done), self.carry_out(plan).await?))
    }

    /// Writes the plan, and records its consequences in the conversations that it affects.
    pub(super) async fn carry_out(&mut self, plan: Plan) -> Result<Vec<Committed>, CoreError> {
        let mut people: Vec<PersonId> = Vec::new();
        let mut teams: Vec<TeamId> = Vec::new();
        for change in &plan.changes {
            match &change.header.kind {
                OrganisationKind::MembershipEnded { membership } => {
                    let member = plan.directory.member(*membership);
                    people.extend(member.map(|member| member.person));
                }
                OrganisationKind::TeamJoined { team, .. }
                | OrganisationKind::TeamLeft { team, .. }
                | OrganisationKind::TeamEnded { team } => teams.push(*team),
                _ => {}
            }
        }
        let mut committed = self.write(plan).await?;
        self.note_met(&mut committed).await?;
        let mut all = vec![committed];
        people.sort_unstable();
        people.dedup();
        for person in people {
            let ids = self.heads.core.store.conversations_of(person).await?;
            all.extend(self.reconcile(ids).await?);
        }
        teams.sort_unstable();
        teams.dedup();
        for team in teams {
            let ids = self.heads.core.store.conversation_links(team.0).await?;
            all.extend(self.reconcile(ids).await?);
        }
        Ok(all)
    }
}

impl Plan {
    fn new(core: &Arc<Core>, actor: AdminActor, scope: AdminScope) -> Plan {
        Plan {
            core: Arc::clone(core),
            now: core.now(),
            directory: core.directory(),
            actor,
            scope,
            changes: Vec::new(),
            append: Append::default(),
            committed: Committed::default(),
        }
    }

    async fn take(
        &mut self,
        request: &AdminRequest,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        Ok(match request {
            AdminRequest::OrganisationAdd { name } => self.add_organisation(name),
            AdminRequest::OrganisationList => Ok(self.list_organisations()),
            AdminRequest::UnitAdd {
                organisation,
                name,
                of,
                parent,
            } => self.add_unit(*organisation, name, *of, *parent),
            AdminRequest::UnitRename {
                organisation,
                unit,
                name,
            } => self.rename_unit(*organisation, *unit, name),
            AdminRequest::UnitMove {
                organisation,
                unit,
                parent,
            } => self.move_unit(*organisation, *unit, *parent),
            AdminRequest::AdministratorName { membership } => self.name_administrator(*membership, true),
            AdminRequest::AdministratorDismiss { membership } => self.name_administrator(*membership, false),
            AdminRequest::NetworkAgree { network, by, with } => self.agree(*network, *by, *with),
            AdminRequest::NetworkWithdraw { network, by, with } => self.withdraw(*network, *by, *with),
            AdminRequest::PersonList { organisation } => self.list_people(*organisation).await?,
            AdminRequest::PersonAdd { login, memberships } => self.add_person(login, memberships).await?,
            AdminRequest::PersonInvite { person } => self.invite_again(*person).await?,
            AdminRequest::PersonEnd { person } => self.end_person(*person).await?,
            AdminRequest::SessionList { person } => self.list_sessions(*person).await?,
            AdminRequest::SessionEnd { person, session } => self.end_session(*person, *session).await?,
            AdminRequest::MembershipAdd { person, membership } => {
                self.add_membership(*person, membership).await?
            }
            AdminRequest::MembershipMove { membership, unit } => self.move_membership(*membership, *unit),
            AdminRequest::MembershipEnd { membership } => {
                self.end_membership(*membership).map(|()| AdminResponse::Nothing)
            }
            AdminRequest::ProfileChange { membership, profile } => self.change_profile(*membership, profile),
            AdminRequest::FindabilityChange {
                membership,
                inside_only,
            } => self.change_findability(*membership, *inside_only),
            AdminRequest::AvailabilityChange {
                membership,
                availability,
            } => self
                .change_availability(*membership, availability.as_deref())
                .map(|_| AdminResponse::Nothing),
            AdminRequest::TeamAdd {
                organisation,
                unit,
                name,
            } => self.add_team(*organisation, *unit, name),
            AdminRequest::TeamRename { team, name } => self.rename_team(*team, name),
            AdminRequest::TeamEnd { team } => self.end_team(*team),
            AdminRequest::TeamJoin { team, membership } => self.join_team(*team, *membership, true),
            AdminRequest::TeamLeave { team, membership } => self.join_team(*team, *membership, false),
            AdminRequest::ItemTypeDefine {
                organisation,
                item_type,
                name,
            } => self.define_item_type(*organisation, item_type, name),
            AdminRequest::ItemAdd {
                organisation,
                unit,
                item_type,
                content,
                item,
            } => self.add_item(*organisation, *unit, item_type, content, *item),
            AdminRequest::Grant(right) => self.set_right(right, true),
            AdminRequest::Revoke(right) => self.set_right(right, false),
            AdminRequest::SourceAdd { organisation, name } => self.add_source(*organisation, name),
            AdminRequest::SourceEnd { organisation, source } => {
                self.end_source(*organisation, *source).await?
            }
            AdminRequest::SourceList { organisation } => self.list_sources(*organisation).await?,
            AdminRequest::SourceItemPut {
                source,
                reference,
                item,
            } if self.stands(*source).await? => self.put_item(*source, reference, item),
            AdminRequest::SourcePermissionSet {
                source,
                permission,
                granted,
            } if self.stands(*source).await? => self.set_permission(*source, permission, *granted).await?,
            // The key was withdrawn while its request waited.
            AdminRequest::SourcePermissionSet { .. } | AdminRequest::SourceItemPut { .. } => {
                Err(AdminRefusal::NoSuchSource)
            }
            AdminRequest::Import(import) => self.import(import).await?.map(AdminResponse::Imported),
        })
    }

    /// Whether the actor may do what a line of a file asks, as the plan stands.
    pub(super) fn allow(&self, act: &AdminAct) -> Result<(), AdminRefusal> {
        authorise(&self.actor, act, &self.directory)
            .map(|_| ())
            .map_err(AdminRefusal::NotAllowed)
    }

    /// Adds a change to the plan, and applies it to the directory that the next request is judged by.
    pub(super) fn push(
        &mut self,
        organisation: OrganisationId,
        kind: OrganisationKind,
        content: OrganisationContent,
    ) {
        self.push_in_the_name_of(None, organisation, kind, content);
    }

    /// As [`Plan::push`]; an operator does it in the name of an administrator.
    pub(super) fn push_in_the_name_of(
        &mut self,
        name: Option<MembershipId>,
        organisation: OrganisationId,
        kind: OrganisationKind,
        content: OrganisationContent,
    ) {
        let header = self.actor.header(name, self.now, kind);
        // Copies what changes, once.
        let directory = Arc::make_mut(&mut self.directory);
        directory.apply(organisation, &header, &content);
        let covered = covered_changed(directory, &header.kind);
        self.committed
            .cards
            .extend(covered.into_iter().map(Named::Member));
        self.changes.push(Change {
            organisation,
            header,
            content,
        });
    }

    pub(super) fn card_changed(&mut self, membership: MembershipId) {
        self.committed.cards.push(Named::Member(membership));
    }

    pub(super) fn rights_changed(&mut self, membership: MembershipId) {
        let member = self.directory.member(membership);
        self.committed.rights.extend(member.map(|member| member.person));
    }

    pub(super) fn id(&self) -> uuid::Uuid {
        platform::id(self.core.random.as_ref(), self.now)
    }

    pub(super) fn check(&self, organisation: OrganisationId) -> Result<(), AdminRefusal> {
        self.directory
            .organisation_name(organisation)
            .map(|_| ())
            .ok_or(AdminRefusal::NoSuchOrganisation)
    }

    /// A unit of that organisation; its head office, unless given.
    pub(super) fn unit(
        &self,
        organisation: OrganisationId,
        unit: Option<UnitId>,
    ) -> Result<UnitId, AdminRefusal> {
        self.check(organisation)?;
        match unit {
            Some(unit) => self
                .directory
                .units(organisation)
                .map(|(id, _)| id)
                .find(|id| *id == unit),
            None => self.directory.head_office(organisation),
        }
        .ok_or(AdminRefusal::NoSuchUnit)
    }

    /// A unit by its id, or by its name if only one unit has it; the head office, unless given.
    pub(super) fn unit_named(
        &self,
        organisation: OrganisationId,
        unit: Option<&str>,
    ) -> Result<UnitId, AdminRefusal> {
        let Some(text) = unit.map(matching::key).filter(|text| !text.is_empty()) else {
            return self.unit(organisation, None);
        };
        if let Ok(id) = text.parse::<UnitId>() {
            return self.unit(organisation, Some(id));
        }
        self.check(organisation)?;
        let mut named = self
            .directory
            .units(organisation)
            .filter(|(_, unit)| matching::key(&unit.name) == text)
            .map(|(id, _)| id);
        let first = named.next().ok_or(AdminRefusal::NoSuchUnit)?;
        if named.next().is_some() {
            return Err(AdminRefusal::UnitAmbiguous);
        }
        Ok(first)
    }

    pub(super) fn organisation_of(&self, membership: MembershipId) -> Result<OrganisationId, AdminRefusal> {
        let member = self.directory.member(membership);
        member
            .filter(|member| member.active)
            .map(|member| member.organisation)
            .ok_or(AdminRefusal::NoSuchMembership)
    }
}

/// The content of an event that gives something a name.
pub(super) fn named(name: &str) -> Result<OrganisationContent, AdminRefusal> {
    Ok(OrganisationContent {
        name: Some(kept(Field::Name, name)?),
        ..OrganisationContent::default()
    })
}

/// A name as it is kept.
pub(super) fn kept(field: Field, text: &str) -> Result<String, AdminRefusal> {
    matching::name(text).map_err(|why| AdminRefusal::TextInvalid { field, why })
}

/// A name as it is kept, or nothing where nothing was given.
pub(super) fn kept_or_none(field: Field, text: &str) -> Result<String, AdminRefusal> {
    match kept(field, text) {
        Err(AdminRefusal::TextInvalid {
            why: Unfit::Empty, ..
        }) => Ok(String::new()),
        kept => kept,
    }
}

#[cfg(test)]
mod tests {
    use platform::{ManualClock, SeededRandom};
    use protocol::items::SourceItem;

    use super::*;
    use crate::core::administer::Source;
    use crate::keys::Secret;
    use crate::store::Store;
    use crate::store::memory::Memory;

    // I2
    #[tokio::test]
    async fn an_item_that_is_put_again_as_it_is_copies_no_directory() {
        let store: Arc<dyn Store> = Arc::new(Memory::default());
        let clock = Arc::new(ManualClock::new(Timestamp(1_760_000_000_000)));
        let random = Arc::new(SeededRandom::new(3));
        let master = Secret::new([5; 32]);
        Core::create(store.as_ref(), clock.as_ref(), random.as_ref(), &master)
            .await
            .unwrap();
        let core = Arc::new(Core::open(store, clock, random, &master).await.unwrap());
        let mut writer = Writer::open(Arc::clone(&core)).await.unwrap();
        let name = || "Thuiszorg De Linde".to_owned();
        let add = AdminRequest::OrganisationAdd { name: name() };
        let (done, _) = writer.administer(&AdminActor::PROGRAM, &add).await.unwrap();
        let AdminResponse::Organisation { organisation, .. } = done.unwrap() else {
            panic!("no organisation")
        };
        let add = AdminRequest::SourceAdd {
            organisation,
            name: name(),
        };
        let (done, _) = writer.administer(&AdminActor::PROGRAM, &add).await.unwrap();
        let AdminResponse::Source { source: id, .. } = done.unwrap() else {
            panic!("no source system")
        };
        let actor = AdminActor::Source {
            source: id,
            organisation,
        };
        let put = |title: &str| AdminRequest::SourceItemPut {
            source: Source { id, organisation },
            reference: "MIC 1".to_owned(),
            item: SourceItem {
                title: title.to_owned(),
                item_type: "Melding".to_owned(),
                unit: None,
                link: None,
                client: None,
                closed: false,
            },
        };
        let (done, _) = writer.administer(&actor, &put("Valincident")).await.unwrap();
        done.unwrap();
        for (title, copies) in [("Valincident", false), ("Valincident kamer 12", true)] {
            let scope = AdminScope::Organisation(organisation);
            let mut plan = Plan::new(&core, actor.clone(), scope);
            plan.take(&put(title)).await.unwrap().unwrap();
            assert_eq!(
                !Arc::ptr_eq(&plan.directory, &core.directory()),
                copies,
                "{title}"
            );
            assert_eq!(plan.changes.is_empty(), !copies);
        }
    }
}
