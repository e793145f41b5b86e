//! `cargo xtask dev-api`: the interface in a browser, on the real engine.
//!
//! It builds and starts the program `dev-api` in `tests/`, which serves the engine over loopback, and Vite's development
//! server, whose page asks it. Both end with Ctrl+C.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::programs::{self, Profile};
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;

/// Where Vite serves the interface (`ui/vite.config.ts`).
const INTERFACE: &str = "http://127.0.0.1:5173";

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::run(workspace, Purpose::Build)?;
    programs::build_one(workspace, "dev-api")?;
    let mut server = DevApi::start(workspace)?;
    println!("The engine answers at {}; the page knows the token.", server.url);
    println!("Each person has an engine of their own:");
    for (key, name) in &server.people {
        println!("  {INTERFACE}/?person={key}  {name}");
    }
    println!(
        "With `fake=demo` in its address a page shows simulated data instead. Ctrl+C ends both servers.\n"
    );
    let mut vite = workspace.npm(&["run", "--silent", "dev"]);
    vite.env("VITE_DEV_API_URL", &server.url)
        .env("VITE_DEV_API_TOKEN", &server.token);
    let ended = vite
        .status()
        .context("Vite could not be started: is Node installed?");
    server.stop()?;
    // Interrupted, as one ends it, or ended by itself.
    ended.map(|_| ())
}

#[derive(Debug)]
struct DevApi {
    child: Child,
    url: String,
    token: String,
    people: Vec<(String, String)>,
}

impl DevApi {
    /// Starts it, and waits until it says where it listens.
    fn start(workspace: &Workspace) -> Result<DevApi> {
        let mut command = programs::story(workspace, Profile::Dev, "dev-api")?;
        let mut child = command
            .args(["--origin", INTERFACE, "--until-input-ends"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("its output is piped")?;
        let (mut token, mut people) = (String::new(), Vec::new());
        for line in BufReader::new(output).lines() {
            let line = line?;
            let (word, value) = line.split_once(' ').unwrap_or((&line, ""));
            match word {
                "token" => token = value.to_owned(),
                "person" => people.extend(value.split_once(' ').map(|(key, name)| (key.into(), name.into()))),
                "url" => {
                    let url = value.to_owned();
                    return Ok(DevApi {
                        child,
                        url,
                        token,
                        people,
                    });
                }
                _ => {}
            }
        }
        bail!("The development server did not start; its last lines say why.")
    }

    /// Ends it by the end of its input, and waits until its folders are gone.
    fn stop(&mut self) -> Result<()> {
        drop(self.child.stdin.take());
        self.child.wait()?;
        Ok(())
    }
}
