//! O3: finding among 10,000 people of four organisations that share a network, letter by letter as one types; and what
//! it costs to take them in from files.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use conversation::organisation::Profile;
use conversation::{MembershipId, NetworkId, OrganisationId, PersonId};
use sync_server::core::Writer;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse, Import, Table};
use sync_server::{Config, Server};

use super::{Figure, Report, cpu, percentile, rate};
use crate::consent::agreements;

const ORGANISATIONS: usize = 4;
const PEOPLE: usize = 10_000;
/// Changes that are made while somebody reads.
const CHANGES: usize = 200;
/// Answers of one question, as a screen asks.
const LIMIT: usize = 20;
/// A delay that a person hardly notices at each letter, in milliseconds, of which the network takes its part.
const UNNOTICED: f64 = 5.0;

pub(super) const GIVEN: [&str; 20] = [
    "Anna", "Bram", "Carla", "Daan", "Els", "Fatima", "Gijs", "Hanna", "Ivo", "Joost", "Karim", "Lotte",
    "Mies", "Noor", "Omar", "Petra", "Ravi", "Sanne", "Teun", "Zoë",
];
const PREFIXES: [&str; 4] = ["", "van", "van den", "de"];
pub(super) const FAMILY: [&str; 25] = [
    "Aydın", "Bakker", "Berg", "Bos", "Dijkstra", "Dekker", "Groot", "Haan", "Hoekstra", "Jansen", "Jong",
    "Kok", "Kaya", "Meer", "Meijer", "Mulder", "Özdemir", "Peters", "Prins", "Smit", "Visser", "Vries",
    "Vos", "Wit", "Yıldız",
];
const DISCIPLINES: [&str; 5] = [
    "Huisarts",
    "Verpleegkundige",
    "Psychiater",
    "Diëtist",
    "Fysiotherapeut",
];

/// A file of people; every two thousand of a place have different names, and each name some namesakes.
fn file(organisation: usize, people: usize) -> String {
    let mut lines = String::from("login,given,prefix,family,discipline,function\n");
    for number in 0..people {
        let all = organisation * people + number;
        let given = GIVEN[all % GIVEN.len()];
        let family = FAMILY[all / GIVEN.len() % FAMILY.len()];
        let prefix = PREFIXES[all / (GIVEN.len() * FAMILY.len()) % PREFIXES.len()];
        let discipline = DISCIPLINES[all % DISCIPLINES.len()];
        lines.push_str(&format!(
            "p{all}@zorg.example,{given},{prefix},{family},{discipline},Waarnemer\n"
        ));
    }
    lines
}

/// All that one types until each of these names stands there.
fn typed() -> Vec<String> {
    let names = GIVEN.iter().enumerate().flat_map(|(place, given)| {
        let family = FAMILY.iter().map(move |family| format!("{given} {family}"));
        let discipline = DISCIPLINES[place % DISCIPLINES.len()];
        family.chain([format!("{given} {discipline}")])
    });
    let beginnings = |name: String| {
        let ends: Vec<usize> = name.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        ends.into_iter()
            .map(|end| name[..end].to_owned())
            .collect::<Vec<_>>()
    };
    names.flat_map(beginnings).collect()
}

pub async fn measure() -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let opened = Server::builder(Config::local(folder.path().join("server")))
        .initialise()
        .open()
        .await?;
    let mut writer = Writer::open(opened.core.clone()).await?;
    let (began, cpu_before) = (Instant::now(), cpu::of_this()?);
    let mut first: Vec<(OrganisationId, MembershipId, PersonId)> = Vec::new();
    for number in 0..ORGANISATIONS {
        first.push(take_in(&mut writer, number).await?);
    }
    let (took_in, cpu_in) = (began.elapsed(), cpu::of_this()? - cpu_before);
    let administrators: Vec<_> = first.iter().map(|(own, by, _)| (*own, *by)).collect();
    for request in agreements(NetworkId(uuid::Uuid::from_u128(1)), &administrators) {
        administer(&mut writer, request).await?;
    }

    let (_, acting, person) = *first.first().context("no organisation")?;
    let find = |query: &str| -> anyhow::Result<(Duration, usize)> {
        let began = Instant::now();
        let found = opened.core.find(person, acting, query, LIMIT);
        let took = began.elapsed();
        Ok((took, found.context("nobody may find")?.cards.len()))
    };
    // The first question after a change reads everything anew.
    administer(&mut writer, renamed(acting, "Anna")).await?;
    let (anew, _) = find("a")?;
    let cpu_before = cpu::of_this()?;
    let mut took = Vec::new();
    for query in typed() {
        let (waited, found) = find(&query)?;
        ensure!(found > 0, "nobody is found by a name that is there");
        took.push(waited);
    }
    let cpu = cpu::of_this()? - cpu_before;
    // A reader has the directory of before each change.
    let cpu_before = cpu::of_this()?;
    let mut changed = Vec::new();
    for number in 0..CHANGES {
        let _read = opened.core.directory();
        let given = if number % 2 == 0 { "Annelies" } else { "Anna" };
        let began = Instant::now();
        administer(&mut writer, renamed(acting, given)).await?;
        changed.push(began.elapsed());
    }
    let (change, cpu_changed) = (percentile(&mut changed, 0.5), cpu::of_this()? - cpu_before);
    drop(writer);
    opened.close().await;

    let mut report = Report::default();
    let value = percentile(&mut took, 0.99);
    let words = format!(
        "O3   {PEOPLE} people in {ORGANISATIONS} organisations that share a network: {} questions, letter by letter: p50 \
         {:.2} ms, p99 {value:.2} ms; {:.0} ms for the first one after a change. Changed while it is read, p50 {change:.2} \
         ms. Taken in from files at {:.0} a second.",
        took.len(),
        percentile(&mut took, 0.5),
        anew.as_secs_f64() * 1_000.0,
        rate(PEOPLE, took_in),
    );
    let figure = |what, value, unit, against, cpu_s| Figure {
        bar: "O3",
        what,
        value,
        unit,
        against,
        cpu_s,
    };
    let finding = figure(
        "finding at each letter, 99 of 100 below",
        value,
        "ms",
        UNNOTICED,
        cpu,
    );
    report.add(finding, words);
    let second = rate(PEOPLE, took_in);
    let taking = figure("people taken in from files", second, "people/s", second, cpu_in);
    report.figures.push(taking);
    let changing = figure(
        "a change while the directory is read, median",
        change,
        "ms",
        UNNOTICED,
        cpu_changed,
    );
    report.figures.push(changing);
    Ok(report)
}

async fn take_in(
    writer: &mut Writer,
    number: usize,
) -> anyhow::Result<(OrganisationId, MembershipId, PersonId)> {
    let name = format!("Organisatie {number}");
    let AdminResponse::Organisation { organisation, .. } =
        administer(writer, AdminRequest::OrganisationAdd { name }).await?
    else {
        bail!("an organisation was not made");
    };
    let import = Import {
        organisation,
        table: Table::People,
        text: file(number, PEOPLE / ORGANISATIONS),
        rehearse: false,
        complete: false,
    };
    match administer(writer, AdminRequest::Import(import)).await? {
        AdminResponse::Imported(imported) => ensure!(imported.written, "the file was refused"),
        done => bail!("a file gave {done:?}"),
    }
    let AdminResponse::People { people } =
        administer(writer, AdminRequest::PersonList { organisation }).await?
    else {
        bail!("people were not listed");
    };
    let first = people.first().context("nobody was taken in")?;
    Ok((organisation, first.membership, first.person))
}

fn renamed(membership: MembershipId, given: &str) -> AdminRequest {
    let profile = Profile {
        name: conversation::organisation::Name {
            given: given.to_owned(),
            prefix: String::new(),
            family: "Aalbers".to_owned(),
        },
        discipline: "Huisarts".to_owned(),
        function: String::new(),
        work_email: "anna@zorg.example".to_owned(),
    };
    AdminRequest::ProfileChange { membership, profile }
}

async fn administer(writer: &mut Writer, request: AdminRequest) -> anyhow::Result<AdminResponse> {
    let (done, _committed) = writer.administer(&AdminActor::PROGRAM, &request).await?;
    Ok(done?)
}
