//! The end of a device or an account, fifty times: how soon its streams end, and whether its next request is refused (BZ2).

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use conversation::PersonId;
use protocol::session::{EndSessionRequest, SessionsAnswer};
use protocol::sync::{Mode, SyncRequest};
use reqwest::{Client, Response};
use tokio::process::Command;

use super::reader;
use super::scene::{client_of, figure, once, status};
use super::table::{Limit, Row, Table};
use crate::bench::seeded_server::{SeededServer, sign_in_cheaply};
use crate::program::{Program, free_port};

/// People, each with two devices: one ends the other, then the operator ends the account.
const PEOPLE: usize = 25;
/// People whose device does not read while their account ends.
const SILENT: usize = 5;
/// Messages to those: more than fits into the buffers of a socket.
const MISSED: usize = 5_000;
const WITHIN: Limit = Limit {
    most: 1.0,
    source: "BZ2: within 1 s",
};
/// A stream that goes on for so long does not end by the end of its session.
const LONGEST: Duration = Duration::from_secs(30);
const STALLED: Duration = Duration::from_millis(500);
/// The status of `session_ended`.
const ENDED: u16 = 403;
const NONE: Limit = Limit {
    most: 0.0,
    source: "BZ2: refuses the next request",
};

pub(super) async fn end(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "devices and accounts that end";
    let folder = tempfile::Builder::new().prefix("overleg-attack").tempdir()?;
    let data = folder.path().join("server");
    let mut seeded_server = SeededServer::make(&data).await?;
    let mut guests = seeded_server.invite(PEOPLE + SILENT).await?;
    let silent = guests.split_off(PEOPLE);
    seeded_server.start(&guests).await?;
    let unread = seeded_server.start(&silent).await?;
    seeded_server.say(&silent[0], unread, MISSED).await?;
    seeded_server.close().await;
    let devices = sign_in_cheaply(&data, &guests, 2).await?;
    let unreading = sign_in_cheaply(&data, &silent, 1).await?;
    let ports = [free_port()?, free_port()?];
    let server = Program::server_of(program, &data, ports, &[]).await?;
    let client = client_of(None)?;

    let mut answered = 0;
    let (mut of_devices, mut of_accounts) = (Duration::ZERO, Duration::ZERO);
    for (guest, devices) in guests.iter().zip(devices.chunks(2)) {
        let [own, other] = devices else { continue };
        let stream = stream(&client, &server, &other.access).await?;
        let ending = async {
            let sessions = client.get(server.url("/v1/sessions")).bearer_auth(&own.access);
            let sessions: SessionsAnswer = sessions.send().await?.error_for_status()?.json().await?;
            let session = sessions.sessions.iter().find(|session| !session.own);
            let session = session.context("there is no other session")?.session;
            let end = client
                .post(server.url("/v1/sessions/end"))
                .bearer_auth(&own.access);
            end.json(&EndSessionRequest { session })
                .send()
                .await?
                .error_for_status()?;
            Ok(())
        };
        of_devices = of_devices.max(ended(stream, ending).await?);
        answered += usize::from(!is_refused(&client, &server, &other.access).await);

        let stream = self::stream(&client, &server, &own.access).await?;
        let ending = end_account(program, &data, guest.person);
        of_accounts = of_accounts.max(ended(stream, ending).await?);
        answered += usize::from(!is_refused(&client, &server, &own.access).await);
    }
    let mut of_silent = Duration::ZERO;
    for (guest, device) in silent.iter().zip(&unreading) {
        let _stalled = reader::stream(server.port(), &device.access).await?;
        // tidy: waits because nothing says that a stream waits for its reader.
        tokio::time::sleep(STALLED).await;
        let open = figure(&client, ports[1], "overleg_connections").await?;
        let began = Instant::now();
        end_account(program, &data, guest.person).await?;
        while began.elapsed() < LONGEST && figure(&client, ports[1], "overleg_connections").await? >= open {}
        of_silent = of_silent.max(began.elapsed());
    }
    for (what, during, unit, limit) in [
        (
            "until the last stream of a device ended",
            of_devices.as_secs_f64(),
            "s",
            WITHIN,
        ),
        (
            "until the last stream of an account ended",
            of_accounts.as_secs_f64(),
            "s",
            WITHIN,
        ),
        (
            "until a stream that is not read was closed",
            of_silent.as_secs_f64(),
            "s",
            WITHIN,
        ),
        ("requests answered after the end", answered as f64, "", NONE),
    ] {
        table.add(Row {
            attack: ATTACK,
            what: what.to_owned(),
            unit,
            before: None,
            during,
            limit,
        });
    }
    Ok(())
}

async fn end_account(program: &Path, data: &Path, person: PersonId) -> anyhow::Result<()> {
    let mut command = Command::new(program);
    command.arg("--data").arg(data).args(["person", "end"]);
    command.arg(person.to_string()).stdout(Stdio::null());
    ensure!(command.status().await?.success(), "an account was not ended");
    Ok(())
}

/// A stream that is current.
async fn stream(client: &Client, server: &Program, token: &str) -> anyhow::Result<Response> {
    let request = SyncRequest {
        mode: Mode::Stream,
        ..once(None)
    };
    let request = client
        .post(server.url("/v1/sync"))
        .bearer_auth(token)
        .json(&request);
    let mut stream = request.send().await?.error_for_status()?;
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(r#""f":"current""#) {
        read.extend(stream.chunk().await?.context("the stream ended early")?);
    }
    Ok(stream)
}

/// How long a stream goes on from the moment at which its end is asked for.
async fn ended(
    mut stream: Response,
    ending: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let reading = async {
        // However it ends.
        while let Ok(Some(_)) = stream.chunk().await {}
        began.elapsed()
    };
    let reading = async {
        let ended = tokio::time::timeout(LONGEST, reading).await;
        ended.context("a stream did not end at all")
    };
    let (ended, ()) = tokio::try_join!(reading, ending)?;
    Ok(ended)
}

async fn is_refused(client: &Client, server: &Program, token: &str) -> bool {
    let request = client.post(server.url("/v1/sync")).bearer_auth(token);
    status(request.json(&once(None))).await == ENDED
}
