//! The urgent messages of an organisation, counted by person (M10).

use conversation::{MembershipId, OrganisationId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Core, CoreError};

/// The urgent messages of a membership, for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgentUser {
    pub membership: MembershipId,
    pub name: String,
    pub function: String,
    pub unit: String,
    pub messages: u32,
    pub last: Timestamp,
}

impl Core {
    /// How many urgent messages each member of an organisation sent from a moment on, the most first; those who sent none are left
    /// out. `None` if there is no such organisation.
    pub(crate) async fn urgent_users(
        &self,
        organisation: OrganisationId,
        since: Timestamp,
    ) -> Result<Option<Vec<UrgentUser>>, CoreError> {
        let directory = self.directory();
        if directory.organisation_name(organisation).is_none() {
            return Ok(None);
        }
        let mut users = Vec::new();
        for used in self.store.urgent_uses(since).await? {
            let card = directory.card(used.membership);
            if let Some(card) = card.filter(|card| card.organisation == organisation) {
                users.push(UrgentUser {
                    membership: used.membership,
                    name: card.profile.name.full(),
                    function: card.profile.function.clone(),
                    unit: card.unit_name.clone(),
                    messages: used.messages,
                    last: used.last,
                });
            }
        }
        users.sort_by_key(|user| (std::cmp::Reverse(user.messages), user.membership));
        Ok(Some(users))
    }
}
