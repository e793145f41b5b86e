//! What a wish of the operator becomes: events of organisations, accounts, invitations; or why not.

use conversation::organisation::{OrganisationContent, OrganisationKind, Profile, UnitKind};
use conversation::{ItemId, MembershipId, NetworkId, OrganisationId, PersonId, UnitId, World as _};

use super::{AdminRefusal, Administer, Done, Invitation, Listed, NewMembership, Right};
use crate::core::{Committed, Fault, Writer};
use crate::random;
use crate::session::invitation;
use crate::store::{AccountRow, Append};

/// An event of an organisation that is not yet in its log.
pub(super) type Change = (OrganisationId, OrganisationKind, OrganisationContent);

/// What is written together.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) changes: Vec<Change>,
    pub(super) append: Append,
    pub(super) committed: Committed,
}

impl Writer {
    /// Does what the operator wants; what changed for those who follow live comes with it, commit by commit.
    pub async fn administer(
        &mut self,
        request: &Administer,
    ) -> Result<(Result<Done, AdminRefusal>, Vec<Committed>), Fault> {
        self.refresh().await?;
        let mut plan = Plan::default();
        let done = match self.plan(request, &mut plan).await? {
            Ok(done) => done,
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        };
        let ended: Vec<PersonId> = plan
            .changes
            .iter()
            .filter_map(|(_, kind, _)| match kind {
                OrganisationKind::MembershipEnded { membership } => Some(*membership),
                _ => None,
            })
            .filter_map(|membership| self.core.directory().member(membership))
            .map(|member| member.person)
            .collect();
        let mut all = vec![self.write(plan).await?];
        for person in ended {
            all.extend(self.sweep(person).await?);
        }
        Ok((Ok(done), all))
    }

    async fn plan(&self, request: &Administer, plan: &mut Plan) -> Result<Result<Done, AdminRefusal>, Fault> {
        Ok(match request {
            Administer::PersonAdd { login, memberships } => self.add_person(login, memberships, plan).await?,
            Administer::PersonInvite { person } => match self.standing(*person).await? {
                Some(account) => Ok(Done::Invited {
                    invitation: self.invite(account.person, plan),
                }),
                None => Err(AdminRefusal::NoSuchPerson),
            },
            Administer::PersonEnd { person } => match self.standing(*person).await? {
                Some(_) => {
                    self.end_person(*person, plan);
                    Ok(Done::Nothing)
                }
                None => Err(AdminRefusal::NoSuchPerson),
            },
            Administer::MembershipAdd { person, membership } => match self.standing(*person).await? {
                Some(_) => self
                    .start_membership(*person, membership, plan)
                    .map(|membership| Done::Membership { membership }),
                None => Err(AdminRefusal::NoSuchPerson),
            },
            other => self.plan_organisation(other, plan),
        })
    }

    fn plan_organisation(&self, request: &Administer, plan: &mut Plan) -> Result<Done, AdminRefusal> {
        let directory = self.core.directory();
        match request {
            Administer::OrganisationAdd { name } => {
                let organisation = OrganisationId(self.id());
                let unit = UnitId(self.id());
                let named = named(name)?;
                plan.changes.push((
                    organisation,
                    OrganisationKind::Created { organisation },
                    named.clone(),
                ));
                plan.changes.push((
                    organisation,
                    OrganisationKind::UnitAdded {
                        unit,
                        of: UnitKind::HeadOffice,
                        parent: None,
                    },
                    named,
                ));
                Ok(Done::Organisation { organisation, unit })
            }
            Administer::OrganisationList => Ok(Done::Organisations {
                organisations: directory
                    .organisations()
                    .map(|(organisation, name)| Listed {
                        organisation,
                        name: name.to_owned(),
                        units: directory
                            .units(organisation)
                            .map(|(unit, name)| (unit, name.to_owned()))
                            .collect(),
                    })
                    .collect(),
            }),
            Administer::UnitAdd {
                organisation,
                name,
                of,
                parent,
            } => {
                let parent = self.unit(*organisation, *parent)?;
                let unit = UnitId(self.id());
                let kind = OrganisationKind::UnitAdded {
                    unit,
                    of: *of,
                    parent: Some(parent),
                };
                plan.changes.push((*organisation, kind, named(name)?));
                Ok(Done::Unit { unit })
            }
            Administer::NetworkJoin {
                network,
                organisations,
            } => {
                let network = network.unwrap_or_else(|| NetworkId(self.id()));
                for organisation in organisations {
                    self.check(*organisation)?;
                    let kind = OrganisationKind::NetworkJoined { network };
                    plan.changes.push((*organisation, kind, Default::default()));
                }
                if organisations.is_empty() {
                    return Err(AdminRefusal::NobodyNamed);
                }
                Ok(Done::Network { network })
            }
            Administer::NetworkLeave {
                network,
                organisation,
            } => {
                self.check(*organisation)?;
                let kind = OrganisationKind::NetworkLeft { network: *network };
                plan.changes.push((*organisation, kind, Default::default()));
                Ok(Done::Nothing)
            }
            Administer::MembershipMove { membership, unit } => {
                let organisation = self.organisation_of(*membership)?;
                let unit = self.unit(organisation, Some(*unit))?;
                let kind = OrganisationKind::MembershipMoved {
                    membership: *membership,
                    unit,
                };
                plan.changes.push((organisation, kind, Default::default()));
                plan.committed.cards.push(*membership);
                Ok(Done::Nothing)
            }
            Administer::MembershipEnd { membership } => {
                self.end_membership(*membership, plan)?;
                Ok(Done::Nothing)
            }
            Administer::ItemAdd {
                organisation,
                unit,
                item_type,
                title,
                item,
            } => {
                let unit = self.unit(*organisation, *unit)?;
                let item = item.unwrap_or_else(|| ItemId(self.id()));
                if directory.item_title(item).is_some() {
                    return Err(AdminRefusal::ItemExists);
                }
                check_name(item_type)?;
                let kind = OrganisationKind::ItemRegistered {
                    item,
                    unit,
                    item_type: item_type.clone(),
                };
                plan.changes.push((*organisation, kind, named(title)?));
                Ok(Done::Item { item })
            }
            Administer::Grant(right) => self.change_right(right, true, plan),
            Administer::Revoke(right) => self.change_right(right, false, plan),
            Administer::PersonAdd { .. }
            | Administer::PersonInvite { .. }
            | Administer::PersonEnd { .. }
            | Administer::MembershipAdd { .. } => Ok(Done::Nothing),
        }
    }

    fn change_right(&self, right: &Right, grant: bool, plan: &mut Plan) -> Result<Done, AdminRefusal> {
        let organisation = self.organisation_of(right.membership)?;
        let unit = self.unit(organisation, right.unit)?;
        check_name(&right.item_type)?;
        let (membership, item_type, permission) =
            (right.membership, right.item_type.clone(), right.permission);
        let kind = if grant {
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
        plan.changes.push((organisation, kind, Default::default()));
        plan.committed.rights.extend(self.person_of(right.membership));
        Ok(Done::Nothing)
    }

    async fn add_person(
        &self,
        login: &str,
        memberships: &[NewMembership],
        plan: &mut Plan,
    ) -> Result<Result<Done, AdminRefusal>, Fault> {
        let Some(login) = invitation::login(login) else {
            return Ok(Err(AdminRefusal::LoginInvalid));
        };
        if self.core.store.account_by_login(&login).await?.is_some() {
            return Ok(Err(AdminRefusal::LoginTaken));
        }
        if memberships.is_empty() {
            return Ok(Err(AdminRefusal::NoMembership));
        }
        let person = PersonId(self.id());
        let mut started = Vec::new();
        for membership in memberships {
            match self.start_membership(person, membership, plan) {
                Ok(membership) => started.push(membership),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        plan.append.accounts.push(AccountRow {
            person,
            login,
            password: None,
            created_at: self.core.now(),
            ended_at: None,
        });
        let invitation = self.invite(person, plan);
        Ok(Ok(Done::Person {
            person,
            memberships: started,
            invitation,
        }))
    }

    fn invite(&self, person: PersonId, plan: &mut Plan) -> Invitation {
        let (code, row) = invitation::make(&self.core, person);
        let expires = row.expires_at;
        plan.append.invitations.push(row);
        Invitation {
            code,
            expires,
            link: None,
        }
    }

    fn end_person(&self, person: PersonId, plan: &mut Plan) {
        let directory = self.core.directory();
        for membership in directory.memberships_of(person) {
            // Those that ended before stay as they are.
            let _ = self.end_membership(*membership, plan);
        }
        plan.append.ended_accounts.push((person, self.core.now()));
        plan.committed.ended.push(person);
    }

    fn start_membership(
        &self,
        person: PersonId,
        new: &NewMembership,
        plan: &mut Plan,
    ) -> Result<MembershipId, AdminRefusal> {
        let unit = self.unit(new.organisation, new.unit)?;
        check_name(&new.name.family)?;
        for text in [&new.name.given, &new.name.prefix, &new.discipline, &new.function] {
            if !text.is_empty() {
                check_name(text)?;
            }
        }
        let membership = MembershipId(self.id());
        let kind = OrganisationKind::MembershipStarted {
            membership,
            person,
            unit,
        };
        let content = OrganisationContent {
            name: None,
            profile: Some(Profile {
                name: new.name.clone(),
                discipline: new.discipline.clone(),
                function: new.function.clone(),
            }),
        };
        plan.changes.push((new.organisation, kind, content));
        plan.committed.rights.push(person);
        Ok(membership)
    }

    fn end_membership(&self, membership: MembershipId, plan: &mut Plan) -> Result<(), AdminRefusal> {
        let organisation = self.organisation_of(membership)?;
        let kind = OrganisationKind::MembershipEnded { membership };
        plan.changes.push((organisation, kind, Default::default()));
        plan.committed.cards.push(membership);
        plan.committed.rights.extend(self.person_of(membership));
        Ok(())
    }

    fn id(&self) -> uuid::Uuid {
        random::id(self.core.random.as_ref(), self.core.now())
    }

    async fn standing(&self, person: PersonId) -> Result<Option<AccountRow>, Fault> {
        let account = self.core.store.account(person).await?;
        Ok(account.filter(|account| account.ended_at.is_none()))
    }

    fn check(&self, organisation: OrganisationId) -> Result<(), AdminRefusal> {
        let directory = self.core.directory();
        directory
            .organisation_name(organisation)
            .map(|_| ())
            .ok_or(AdminRefusal::NoSuchOrganisation)
    }

    /// A unit of that organisation; its head office, which is its first, unless given.
    fn unit(&self, organisation: OrganisationId, unit: Option<UnitId>) -> Result<UnitId, AdminRefusal> {
        self.check(organisation)?;
        let directory = self.core.directory();
        let mut units = directory.units(organisation).map(|(id, _)| id);
        match unit {
            Some(unit) => units.find(|id| *id == unit),
            None => units.next(),
        }
        .ok_or(AdminRefusal::NoSuchUnit)
    }

    fn organisation_of(&self, membership: MembershipId) -> Result<OrganisationId, AdminRefusal> {
        let member = self.core.directory().member(membership);
        member
            .filter(|member| member.active)
            .map(|member| member.organisation)
            .ok_or(AdminRefusal::NoSuchMembership)
    }

    fn person_of(&self, membership: MembershipId) -> Option<PersonId> {
        let member = self.core.directory().member(membership);
        member.map(|member| member.person)
    }
}

fn named(name: &str) -> Result<OrganisationContent, AdminRefusal> {
    check_name(name)?;
    Ok(OrganisationContent {
        name: Some(name.to_owned()),
        profile: None,
    })
}

fn check_name(name: &str) -> Result<(), AdminRefusal> {
    let fits = !name.trim().is_empty() && name.chars().count() <= 200 && !name.chars().any(char::is_control);
    if fits {
        Ok(())
    } else {
        Err(AdminRefusal::NameInvalid)
    }
}
