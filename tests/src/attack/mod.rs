//! The attacks on the server's program, what others notice of each, and whether that is within its limit.
//!
//! While an attack goes on, others write, sync on new connections and ask for the server's health ([`honest`]); how long they
//! wait, and the server's memory before, during and after, are rows of one [`Table`], each beside its limit. The attacks:
//!
//! * [`connection`]: without an account, by connections and bodies.
//! * [`guesser`]: without an account, by wrong passwords (BZ5).
//! * [`account`]: with an account, by all that a server keeps, reads or sends.
//! * [`files`]: with accounts, by files that are begun, brought and fetched.
//! * [`reader`]: with accounts, by streams that nobody reads (BP7).
//! * [`source`]: a source system that registers what stands.
//! * [`timing`]: with an account, by how long answers take.
//! * [`revoked`]: not an attack, but the end of one: a device or an account that ends (BZ2).
//! * [`restarts`]: all devices at once after a restart, and restarts under load (BP7).
//!
//! Every figure could be within its limit because nobody looks: one attack is repeated on a server that permits more
//! than ours, and its row of memory must be broken there ([`planted`]).

mod account;
mod connection;
mod files;
mod guesser;
mod honest;
mod reader;
mod restarts;
mod revoked;
mod scene;
mod source;
mod table;
mod timing;

use std::path::Path;

use clap::ValueEnum;

pub use table::{Limit, Row, Table};

use scene::Scene;

/// A group of attacks, on a server of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Connection,
    Guesser,
    Account,
    Files,
    Reader,
    Source,
    Timing,
    Revoked,
    Storm,
    Rolling,
    Planted,
}

impl Part {
    pub const ALL: &[Part] = &[
        Part::Connection,
        Part::Guesser,
        Part::Account,
        Part::Files,
        Part::Reader,
        Part::Source,
        Part::Timing,
        Part::Revoked,
        Part::Storm,
        Part::Rolling,
        Part::Planted,
    ];
}

/// The attacks of one part on this program.
pub async fn run(part: Part, program: &Path, table: &mut Table) -> anyhow::Result<()> {
    match part {
        Part::Connection => {
            let scene = Scene::set(program, 0).await?;
            connection::held(&scene, table).await?;
            connection::slow(&scene, table).await?;
            connection::large(&scene, table).await
        }
        Part::Guesser => {
            let scene = Scene::set(program, guesser::GUESSED).await?;
            let scene = scene.with_sign_ins().await?;
            guesser::sign_ins_at_once(&scene, table).await?;
            guesser::guess(&scene, table).await
        }
        Part::Account => {
            let scene = Scene::set(program, account::PEOPLE).await?;
            account::fields(&scene, table).await?;
            account::sessions(&scene, table).await?;
            account::batches(&scene, table).await?;
            account::bodies(&scene, table, "commands that do not end").await?;
            account::following(&scene, table).await?;
            account::long(&scene, table).await
        }
        Part::Files => files::attack(program, table).await,
        Part::Reader => reader::stall(program, table).await,
        Part::Source => source::put_again(program, table).await,
        Part::Timing => timing::tell(program, table).await,
        Part::Revoked => revoked::end(program, table).await,
        Part::Storm => restarts::storm(program, table).await,
        Part::Rolling => restarts::rolling(program, table).await,
        Part::Planted => planted(program, table).await,
    }
}

/// The same attack on a server that lets one account send sixty times as much at once is found.
async fn planted(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "commands that do not end";
    let scene = Scene::set_with(
        program,
        account::PEOPLE,
        &[("OVERLEG_LIMITS__BODY_BYTES", "4294967296")],
    )
    .await?;
    let mut planted = Table::default();
    account::bodies(&scene, &mut planted, ATTACK).await?;
    let found = planted.broken().any(|row| row.what.starts_with("memory more"));
    table.say("   The rows above are of a server that permits more than ours, and are to be broken.");
    table.add(Row {
        attack: "planted: a larger limit",
        what: "rows of memory that were not found broken".to_owned(),
        unit: "",
        before: None,
        during: f64::from(u8::from(!found)),
        limit: Limit {
            most: 0.0,
            source: "a verdict must be able to fail",
        },
    });
    Ok(())
}
