//! Changes outside the conversations: permissions, teams and memberships that come and go. The operator
//! does it, and the oracle's own record of how everyone stands follows.

use conversation::MembershipId;
use conversation::organisation::Permission;
use sync_server::core::administer::{AdminRequest, AdminResponse};

use super::directory_fixture::right;
use super::ports::{Must as _, Step};
use super::simulated_system::SimulatedSystem;

/// Memberships that end in one world, at most: it is to go on.
const MOST_ENDED: usize = 2;

impl SimulatedSystem {
    pub(super) fn administer(&mut self, request: &AdminRequest) -> Step<AdminResponse> {
        let (done, all) = self.server.administer(request)?;
        for committed in &all {
            self.committed(committed)?;
        }
        // No command was given: every line records a change outside.
        let updates: Vec<_> = all.iter().flat_map(|committed| &committed.updates).collect();
        for update in updates {
            self.oracle.all_accounted(update.conversation)?;
        }
        Ok(done)
    }

    /// Someone is given a permission, or loses it.
    pub(super) fn rights_change(&mut self) -> Step {
        let permission = [Permission::Handle, Permission::Analyse][self.dice.below(2)];
        let given = self.dice.chance(500);
        match self.someone_anywhere() {
            Some(member) => self.grant(member, permission, given),
            None => Ok(()),
        }
    }

    /// Someone comes into a team of their organisation, or goes out of it; or the team is ended.
    pub(super) fn teams_change(&mut self) -> Step {
        if self.cast.teams.is_empty() {
            return Ok(());
        }
        let place = self.dice.below(self.cast.teams.len());
        if self.dice.chance(60) {
            return self.end_team(place);
        }
        let team = &self.cast.teams[place];
        let colleagues = self.cast.members_of(team.organisation);
        let Some(member) = self.dice.pick(&colleagues) else {
            return Ok(());
        };
        let joins = !self.cast.teams[place].members.contains(&member);
        self.change_team(place, member, joins)
    }

    /// Someone stops working somewhere; an owner among them hands over (P9).
    pub(super) fn membership_ends(&mut self) -> Step {
        if self.ended >= MOST_ENDED {
            return Ok(());
        }
        match self.someone_anywhere() {
            Some(member) => self.end_membership(member),
            None => Ok(()),
        }
    }

    fn someone_anywhere(&mut self) -> Option<MembershipId> {
        let members: Vec<MembershipId> = self.cast.members.iter().map(|(member, _)| *member).collect();
        self.dice.pick(&members)
    }

    pub(super) fn grant(&mut self, membership: MembershipId, permission: Permission, given: bool) -> Step {
        let right = right(membership, permission);
        let request = if given {
            AdminRequest::Grant(right)
        } else {
            AdminRequest::Revoke(right)
        };
        let standing = &mut self.oracle.standing;
        let held = match permission {
            Permission::Analyse => &mut standing.analyse,
            Permission::Handle => &mut standing.handle,
        };
        for item in self.cast.items_of(membership) {
            if given {
                held.insert((membership, item))
            } else {
                held.remove(&(membership, item))
            };
        }
        if permission == Permission::Analyse {
            standing.unsteady.insert(membership);
        }
        self.administer(&request).map(|_| ())
    }

    pub(super) fn change_team(&mut self, team: usize, membership: MembershipId, joins: bool) -> Step {
        let team = self.cast.teams.get_mut(team).must("there is no such team")?;
        let id = team.id;
        if joins {
            team.members.push(membership);
        } else {
            team.members.retain(|member| *member != membership);
        }
        self.oracle.standing.teams.clone_from(&self.cast.teams);
        let request = if joins {
            AdminRequest::TeamJoin { team: id, membership }
        } else {
            AdminRequest::TeamLeave { team: id, membership }
        };
        self.administer(&request).map(|_| ())
    }

    pub(super) fn end_team(&mut self, team: usize) -> Step {
        let team = self.cast.teams.remove(team).id;
        self.oracle.standing.teams.clone_from(&self.cast.teams);
        self.administer(&AdminRequest::TeamEnd { team }).map(|_| ())
    }

    pub(super) fn end_membership(&mut self, membership: MembershipId) -> Step {
        self.ended += 1;
        self.cast.members.retain(|(member, _)| *member != membership);
        for team in &mut self.cast.teams {
            team.members.retain(|member| *member != membership);
        }
        self.oracle.standing.teams.clone_from(&self.cast.teams);
        self.oracle.standing.unsteady.insert(membership);
        for own in self.oracle.standing.memberships.values_mut() {
            own.retain(|member| *member != membership);
        }
        self.administer(&AdminRequest::MembershipEnd { membership })
            .map(|_| ())
    }
}
