//! People, their memberships, their accounts and invitations (O2, I1).

use conversation::organisation::{Name, OrganisationContent, OrganisationKind, Profile};
use conversation::{DirectoryLookup as _, MembershipId, OrganisationId, PersonId, UnitId};

use super::plan::{Plan, kept, kept_or_none};
use super::{AdminRefusal, AdminResponse, Field, Invitation, ListedPerson, ListedSession, NewMembership};
use crate::core::CoreError;
use crate::credentials::invitation;
use crate::store::{AccountRow, EndReason, SessionEnd, SessionId};

impl Plan {
    pub(super) async fn list_people(
        &self,
        organisation: OrganisationId,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        if let Err(refusal) = self.check(organisation) {
            return Ok(Err(refusal));
        }
        let mut people = Vec::new();
        for (membership, person) in self.directory.memberships(organisation) {
            let Some(card) = self.directory.card(membership) else {
                continue;
            };
            let account = self.standing(person).await?;
            people.push(ListedPerson {
                person,
                membership,
                login: account.map(|account| account.login).unwrap_or_default(),
                name: card.profile.name.full(),
                unit: card.unit_name,
                administrator: self.directory.administers(membership, organisation),
            });
        }
        people.sort_by(|a, b| a.login.cmp(&b.login));
        Ok(Ok(AdminResponse::People { people }))
    }

    pub(super) async fn add_person(
        &mut self,
        login: &str,
        memberships: &[NewMembership],
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        if self.account_of(login).await?.is_some() {
            return Ok(Err(AdminRefusal::LoginTaken));
        }
        let Some(login) = invitation::login(login) else {
            return Ok(Err(AdminRefusal::LoginInvalid));
        };
        if memberships.is_empty() {
            return Ok(Err(AdminRefusal::NoMembership));
        }
        let person = PersonId(self.id());
        let mut started = Vec::new();
        for membership in memberships {
            match self.start_membership(person, &login, membership) {
                Ok(membership) => started.push(membership),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        self.append.accounts.push(AccountRow {
            person,
            login,
            password: None,
            created_at: self.now,
            ended_at: None,
        });
        let invitation = self.invite(person);
        Ok(Ok(AdminResponse::Person {
            person,
            memberships: started,
            invitation,
        }))
    }

    pub(super) async fn invite_again(
        &mut self,
        person: PersonId,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        Ok(match self.standing(person).await? {
            Some(account) => {
                // In the log of every organisation where the account is somebody's.
                for membership in self.directory.memberships_of(person).to_vec() {
                    if let Some(member) = self.directory.member(membership) {
                        let invited = OrganisationKind::Invited { membership };
                        self.push(member.organisation, invited, Default::default());
                    }
                }
                let invitation = self.invite(account.person);
                Ok(AdminResponse::Invited { invitation })
            }
            None => Err(AdminRefusal::NoSuchPerson),
        })
    }

    pub(super) async fn list_sessions(
        &self,
        person: PersonId,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        if self.standing(person).await?.is_none() {
            return Ok(Err(AdminRefusal::NoSuchPerson));
        }
        let rows = self.core.store.standing_sessions(person).await?;
        let rows = rows.into_iter().filter(|row| row.expires_at > self.now);
        let sessions = rows.map(|row| ListedSession {
            session: row.id,
            device_name: row.device_name,
            platform: row.platform,
            begun_at: row.begun_at,
            refreshed_at: row.refreshed_at,
        });
        Ok(Ok(AdminResponse::Sessions {
            sessions: sessions.collect(),
        }))
    }

    pub(super) async fn end_session(
        &mut self,
        person: PersonId,
        session: SessionId,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        let rows = self.core.store.standing_sessions(person).await?;
        let Some(row) = rows.into_iter().find(|row| row.id == session) else {
            return Ok(Err(AdminRefusal::NoSuchSession));
        };
        for membership in self.directory.memberships_of(person).to_vec() {
            if let Some(member) = self.directory.member(membership) {
                let device = row.device;
                let signed_out = OrganisationKind::SignedOut { membership, device };
                self.push(member.organisation, signed_out, Default::default());
            }
        }
        let end = SessionEnd {
            at: self.now,
            reason: EndReason::Administrator,
        };
        self.append.ended_sessions.push((session, end));
        self.committed.ended_sessions.push((session, end));
        Ok(Ok(AdminResponse::Nothing))
    }

    pub(super) async fn end_person(
        &mut self,
        person: PersonId,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        if self.standing(person).await?.is_none() {
            return Ok(Err(AdminRefusal::NoSuchPerson));
        }
        let memberships: Vec<MembershipId> = self.directory.memberships_of(person).to_vec();
        for membership in memberships {
            // Memberships that ended before stay as they are.
            let _ = self.end_membership(membership);
        }
        self.append.ended_accounts.push((person, self.now));
        self.committed.ended.push(person);
        Ok(Ok(AdminResponse::Nothing))
    }

    pub(super) async fn add_membership(
        &mut self,
        person: PersonId,
        membership: &NewMembership,
    ) -> Result<Result<AdminResponse, AdminRefusal>, CoreError> {
        let Some(account) = self.standing(person).await? else {
            return Ok(Err(AdminRefusal::NoSuchPerson));
        };
        let started = self.start_membership(person, &account.login, membership);
        Ok(started.map(|membership| AdminResponse::Membership { membership }))
    }

    fn invite(&mut self, person: PersonId) -> Invitation {
        let (code, row) = invitation::make(
            &self.core.vouching,
            self.core.random.as_ref(),
            person,
            self.core.now(),
        );
        let expires = row.expires_at;
        self.append.invitations.push(row);
        Invitation {
            code,
            expires,
            link: None,
        }
    }

    fn start_membership(
        &mut self,
        person: PersonId,
        login: &str,
        new: &NewMembership,
    ) -> Result<MembershipId, AdminRefusal> {
        let unit = self.unit(new.organisation, new.unit)?;
        let profile = Profile {
            name: new.name.clone(),
            discipline: new.discipline.clone(),
            function: new.function.clone(),
            work_email: new.work_email.clone().unwrap_or_else(|| login.to_owned()),
        };
        let content = profiled(&profile)?;
        let membership = MembershipId(self.id());
        let started = OrganisationKind::MembershipStarted {
            membership,
            person,
            unit,
        };
        self.push(new.organisation, started, content);
        self.committed.rights.push(person);
        Ok(membership)
    }

    pub(super) fn end_membership(&mut self, membership: MembershipId) -> Result<(), AdminRefusal> {
        let organisation = self.organisation_of(membership)?;
        let ended = OrganisationKind::MembershipEnded { membership };
        self.push(organisation, ended, Default::default());
        self.card_changed(membership);
        self.rights_changed(membership);
        Ok(())
    }

    pub(super) fn move_membership(
        &mut self,
        membership: MembershipId,
        unit: UnitId,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.organisation_of(membership)?;
        let unit = self.unit(organisation, Some(unit))?;
        let moved = OrganisationKind::MembershipMoved { membership, unit };
        self.push(organisation, moved, Default::default());
        self.card_changed(membership);
        Ok(AdminResponse::Nothing)
    }

    pub(super) fn change_profile(
        &mut self,
        membership: MembershipId,
        profile: &Profile,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.organisation_of(membership)?;
        let content = profiled(profile)?;
        self.push(
            organisation,
            OrganisationKind::ProfileChanged { membership },
            content,
        );
        self.card_changed(membership);
        Ok(AdminResponse::Nothing)
    }

    pub(super) fn change_findability(
        &mut self,
        membership: MembershipId,
        inside_only: bool,
    ) -> Result<AdminResponse, AdminRefusal> {
        let organisation = self.organisation_of(membership)?;
        // Asked again, it is not recorded again.
        if self.directory.is_inside_only(membership) != inside_only {
            let kind = OrganisationKind::FindabilityChanged {
                membership,
                inside_only,
            };
            self.push(organisation, kind, Default::default());
        }
        Ok(AdminResponse::Nothing)
    }

    /// The memberships of a person in the organisation.
    pub(super) fn own_memberships(
        &self,
        organisation: OrganisationId,
        person: PersonId,
    ) -> Vec<MembershipId> {
        let all = self.directory.memberships_of(person).iter().copied();
        all.filter(|membership| self.organisation_of(*membership) == Ok(organisation))
            .collect()
    }

    /// The memberships in the organisation of the person with this login.
    pub(super) async fn memberships_by_login(
        &self,
        organisation: OrganisationId,
        login: &str,
    ) -> Result<Result<Vec<MembershipId>, AdminRefusal>, CoreError> {
        let account = self.account_of(login).await?;
        if account.is_none() && invitation::login(login).is_none() {
            return Ok(Err(AdminRefusal::LoginInvalid));
        }
        let account = account.filter(|account| account.ended_at.is_none());
        let own = account.map(|account| self.own_memberships(organisation, account.person));
        Ok(own
            .filter(|own| !own.is_empty())
            .ok_or(AdminRefusal::NoSuchPerson))
    }

    /// The account with this login, in any of its forms; also one that the plan is about to add.
    pub(super) async fn account_of(&self, login: &str) -> Result<Option<AccountRow>, CoreError> {
        for form in matching::forms_of_login(login) {
            if let Some(planned) = self.append.accounts.iter().find(|row| row.login == form) {
                return Ok(Some(planned.clone()));
            }
            if let Some(account) = self.core.store.account_by_login(&form).await? {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    pub(super) async fn standing(&self, person: PersonId) -> Result<Option<AccountRow>, CoreError> {
        if let Some(planned) = self.append.accounts.iter().find(|row| row.person == person) {
            return Ok(Some(planned.clone()));
        }
        let account = self.core.store.account(person).await?;
        Ok(account.filter(|account| account.ended_at.is_none()))
    }
}

/// The content of an event that carries a profile, normalised.
pub(super) fn profiled(profile: &Profile) -> Result<OrganisationContent, AdminRefusal> {
    let Profile {
        name,
        discipline,
        function,
        work_email,
    } = profile;
    let work_email = match work_email.trim() {
        "" => String::new(),
        address => invitation::login(address).ok_or(AdminRefusal::LoginInvalid)?,
    };
    let kept = Profile {
        name: Name {
            given: kept_or_none(Field::Given, &name.given)?,
            prefix: kept_or_none(Field::Prefix, &name.prefix)?,
            family: kept(Field::Family, &name.family)?,
        },
        discipline: kept_or_none(Field::Discipline, discipline)?,
        function: kept_or_none(Field::Function, function)?,
        work_email,
    };
    Ok(OrganisationContent {
        profile: Some(kept),
        ..OrganisationContent::default()
    })
}
