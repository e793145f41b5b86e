//! The act of each request, for its authorisation.

use conversation::organisation::{AdminAct, Subject};

use super::{AdminRequest, Source};

impl AdminRequest {
    pub(super) fn act(&self) -> AdminAct {
        let manage = |subject| AdminAct::Manage(vec![subject]);
        match self {
            AdminRequest::OrganisationAdd { .. } => AdminAct::CreateOrganisation,
            AdminRequest::OrganisationList => AdminAct::ListOrganisations,
            AdminRequest::UnitAdd { organisation, .. }
            | AdminRequest::UnitRename { organisation, .. }
            | AdminRequest::UnitMove { organisation, .. }
            | AdminRequest::PersonList { organisation }
            | AdminRequest::TeamAdd { organisation, .. }
            | AdminRequest::ItemTypeDefine { organisation, .. }
            | AdminRequest::ItemAdd { organisation, .. }
            | AdminRequest::SourceAdd { organisation, .. }
            | AdminRequest::SourceEnd { organisation, .. }
            | AdminRequest::SourceList { organisation } => manage(Subject::Organisation(*organisation)),
            AdminRequest::Import(import) => manage(Subject::Organisation(import.organisation)),
            AdminRequest::AdministratorName { membership }
            | AdminRequest::AdministratorDismiss { membership }
            | AdminRequest::MembershipMove { membership, .. }
            | AdminRequest::MembershipEnd { membership }
            | AdminRequest::ProfileChange { membership, .. } => manage(Subject::Membership(*membership)),
            AdminRequest::FindabilityChange { membership, .. }
            | AdminRequest::AvailabilityChange { membership, .. } => AdminAct::ChangeOwnProfile(*membership),
            AdminRequest::Grant(right) | AdminRequest::Revoke(right) => {
                manage(Subject::Membership(right.membership))
            }
            AdminRequest::TeamRename { team, .. } | AdminRequest::TeamEnd { team } => {
                manage(Subject::Team(*team))
            }
            AdminRequest::TeamJoin { team, membership } | AdminRequest::TeamLeave { team, membership } => {
                AdminAct::Manage(vec![Subject::Team(*team), Subject::Membership(*membership)])
            }
            AdminRequest::PersonAdd { memberships, .. } => {
                let organisations = memberships.iter().map(|new| new.organisation);
                AdminAct::Manage(organisations.map(Subject::Organisation).collect())
            }
            AdminRequest::PersonInvite { person }
            | AdminRequest::PersonEnd { person }
            | AdminRequest::SessionList { person }
            | AdminRequest::SessionEnd { person, .. } => AdminAct::ChangeAccount(*person),
            AdminRequest::MembershipAdd { person, membership } => AdminAct::AddMembership {
                person: *person,
                organisation: membership.organisation,
            },
            AdminRequest::NetworkAgree { by, .. } | AdminRequest::NetworkWithdraw { by, .. } => {
                AdminAct::Consent { by: *by }
            }
            AdminRequest::SourceItemPut { source, .. } | AdminRequest::SourcePermissionSet { source, .. } => {
                let Source { id, organisation } = *source;
                AdminAct::Register {
                    source: id,
                    organisation,
                }
            }
        }
    }
}
