//! The operator's socket on Windows: a named pipe, whose name is in the data folder.
#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};
use std::time::Duration;

use tokio::net::windows::named_pipe::ServerOptions;

use common::program::{Folder, done, program, run};

/// The running program; killed when dropped.
struct Serving {
    child: Child,
    /// Kept open, so that the program can go on logging.
    _log: BufReader<ChildStderr>,
}

impl Serving {
    fn start(folder: &Path) -> Serving {
        let mut command = program(folder);
        command.args(["--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "serve"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("the server listens") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the program ended");
        }
        Serving { child, _log: log }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn organisations(folder: &Path) -> usize {
    let listed = done(folder, &["organisation", "list"]);
    listed["organisations"].as_array().unwrap().len()
}

#[test]
fn commands_are_done_by_the_running_server_also_many_at_once() {
    let folder = Folder::new("pipe");
    let folder = folder.0.as_path();
    done(folder, &["init"]);
    let serving = Serving::start(folder);
    assert!(folder.join("data/admin.pipe").is_file());
    std::thread::scope(|threads| {
        for number in 0..20 {
            threads.spawn(move || done(folder, &["organisation", "add", &format!("Praktijk {number}")]));
        }
    });
    // The folder is locked: nobody but the server could have answered.
    assert_eq!(organisations(folder), 20);
    drop(serving);
    assert_eq!(organisations(folder), 20);
}

#[tokio::test]
async fn a_pipe_that_another_made_in_the_name_of_a_killed_server_gets_no_command() {
    let folder = Folder::new("squatted");
    let folder = folder.0.as_path();
    done(folder, &["init"]);
    drop(Serving::start(folder));
    // It was killed, and has left the file.
    let name = std::fs::read_to_string(folder.join("data/admin.pipe")).unwrap();
    let squatter = ServerOptions::new()
        .first_pipe_instance(true)
        .create(&name)
        .unwrap();
    let asked = folder.to_owned();
    let answered = tokio::task::spawn_blocking(move || organisations(&asked));
    let connected = tokio::time::timeout(Duration::from_secs(2), squatter.connect());
    assert!(
        connected.await.is_err(),
        "the command line spoke to another's pipe"
    );
    assert_eq!(answered.await.unwrap(), 0);
}

#[test]
fn a_name_in_the_folder_that_leads_nowhere_is_replaced_at_the_next_start() {
    let folder = Folder::new("left");
    let folder = folder.0.as_path();
    done(folder, &["init"]);
    let file = folder.join("data/admin.pipe");
    std::fs::write(&file, r"\\.\pipe\overleg-nobody").unwrap();
    let _serving = Serving::start(folder);
    assert_ne!(
        std::fs::read_to_string(&file).unwrap(),
        r"\\.\pipe\overleg-nobody"
    );
    assert_eq!(organisations(folder), 0);
    // Nobody may change the data beside the running server.
    assert!(!run(folder, &["init"]).status.success());
}
