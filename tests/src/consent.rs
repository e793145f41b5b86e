//! Organisations that share a network: an administrator of each agrees with each of the others (O8).

use conversation::{MembershipId, NetworkId, OrganisationId};
use sync_server::core::administer::AdminRequest;

/// The requests that make them share `network`, given an administrator of each.
pub fn agreements(network: NetworkId, all: &[(OrganisationId, MembershipId)]) -> Vec<AdminRequest> {
    let named = all.iter().map(|(_, membership)| AdminRequest::AdministratorName {
        membership: *membership,
    });
    let agreed = all.iter().flat_map(|(organisation, by)| {
        let others = all.iter().filter(move |(other, _)| other != organisation);
        others.map(move |(with, _)| AdminRequest::NetworkAgree {
            network: Some(network),
            by: *by,
            with: *with,
        })
    });
    named.chain(agreed).collect()
}
