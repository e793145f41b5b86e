//! When people work, and who covers (O5).

use conversation::MembershipId;
use conversation::organisation::{Availability, OrganisationContent, OrganisationKind};

use super::AdminRefusal;
use super::plan::Plan;

impl Plan {
    /// Whether there was anything to change. A change that changes nothing is not recorded.
    pub(super) fn change_availability(
        &mut self,
        membership: MembershipId,
        availability: Option<&Availability>,
    ) -> Result<bool, AdminRefusal> {
        let organisation = self.organisation_of(membership)?;
        let kept = availability.map(Availability::kept).transpose();
        let kept = kept.map_err(AdminRefusal::AvailabilityInvalid)?;
        let kept = kept.filter(|kept| !kept.is_empty());
        if self.directory.availability(membership) == kept.as_ref() {
            return Ok(false);
        }
        let cover = kept.as_ref().and_then(|kept| kept.cover);
        if cover.is_some_and(|cover| !self.directory.may_cover(membership, cover)) {
            return Err(AdminRefusal::CoverUnavailable);
        }
        let content = OrganisationContent {
            availability: kept.map(Box::new),
            ..OrganisationContent::default()
        };
        let changed = OrganisationKind::AvailabilityChanged { membership };
        self.push(organisation, changed, content);
        self.card_changed(membership);
        Ok(true)
    }
}
