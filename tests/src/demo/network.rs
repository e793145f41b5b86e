//! Sets the demo's network up as an operator would: organisations, their files, and the consent of their administrators.

use std::collections::HashMap;

use anyhow::{Context as _, bail, ensure};
use conversation::{MembershipId, NetworkId, OrganisationId, PersonId};
use sync_server::core::Writer;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse, Import, Table};

use super::people::{CLINICIANS, ORGANISATIONS};
use crate::consent::agreements;

/// Someone of the demo, as the server knows them.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub person: PersonId,
    pub membership: MembershipId,
}

/// In the order of the files of an organisation.
const TABLES: [Table; 4] = [Table::Units, Table::People, Table::Teams, Table::Permissions];

/// The demo's network, as the server knows it.
#[derive(Clone, Debug)]
pub struct Network {
    /// In the order of [`ORGANISATIONS`].
    pub organisations: Vec<OrganisationId>,
    /// Those who consult each other, in the order of [`CLINICIANS`].
    pub clinicians: Vec<Known>,
    /// All of the first organisation, whose own earlier conversations an archive can hold.
    pub practice: Vec<Known>,
}

/// Makes all organisations and their people.
pub(crate) async fn network(writer: &mut Writer) -> anyhow::Result<Network> {
    let mut practice = Vec::new();
    let mut known: HashMap<(usize, String), Known> = HashMap::new();
    let mut administrators = Vec::new();
    for (place, described) in ORGANISATIONS.iter().enumerate() {
        let name = described.name.to_owned();
        let organisation = match administer(writer, AdminRequest::OrganisationAdd { name }).await? {
            AdminResponse::Organisation { organisation, .. } => organisation,
            done => bail!("an organisation gave {done:?}"),
        };
        for (table, file) in TABLES.into_iter().zip(described.files) {
            import(writer, organisation, table, file).await?;
        }
        let people = match administer(writer, AdminRequest::PersonList { organisation }).await? {
            AdminResponse::People { people } => people,
            done => bail!("people gave {done:?}"),
        };
        for listed in people {
            let (person, membership) = (listed.person, listed.membership);
            let listed_one = Known { person, membership };
            if place == 0 {
                practice.push(listed_one);
            }
            known.insert((place, listed.login), listed_one);
        }
        let administrator = known.get(&(place, described.administrator.to_owned()));
        let administrator = administrator.context("an administrator who is not in the files")?;
        administrators.push((organisation, administrator.membership));
    }
    let shared = NetworkId(uuid::Uuid::from_u128(1));
    for request in agreements(shared, &administrators) {
        administer(writer, request).await?;
    }
    let talks = CLINICIANS.iter().map(|clinician| {
        let known = known.get(&(clinician.organisation, clinician.login.to_owned()));
        known.copied().context("a clinician who is not in the files")
    });
    let organisations = administrators
        .iter()
        .map(|(organisation, _)| *organisation)
        .collect();
    Ok(Network {
        organisations,
        clinicians: talks.collect::<anyhow::Result<_>>()?,
        practice,
    })
}

async fn import(
    writer: &mut Writer,
    organisation: OrganisationId,
    table: Table,
    text: &str,
) -> anyhow::Result<()> {
    let import = Import {
        organisation,
        table,
        text: text.to_owned(),
        rehearse: false,
        complete: false,
    };
    match administer(writer, AdminRequest::Import(import)).await? {
        AdminResponse::Imported(imported) => {
            ensure!(imported.written, "a file was refused: {:?}", imported.lines)
        }
        done => bail!("a file gave {done:?}"),
    }
    Ok(())
}

async fn administer(writer: &mut Writer, request: AdminRequest) -> anyhow::Result<AdminResponse> {
    let (done, _committed) = writer.administer(&AdminActor::PROGRAM, &request).await?;
    Ok(done?)
}
