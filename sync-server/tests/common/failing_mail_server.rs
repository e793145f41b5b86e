//! A mail server that fails as planned: `tests/mail/failing.py`.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

/// Runs until it is dropped.
pub struct FailingMailServer {
    child: Child,
    events: Receiver<Value>,
    seen: Vec<Value>,
    pub port: u16,
}

pub fn mail_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/mail")
}

/// The Python of `cargo xtask test`, which has aiosmtpd; otherwise that of this machine.
fn python() -> PathBuf {
    let given = std::env::var_os("TEST_MAIL_PYTHON").map(PathBuf::from);
    let made = std::env::var_os("HOME")
        .map(|home| PathBuf::from(home).join(".cache/overleg/tools/mail/bin/python"))
        .filter(|made| made.is_file());
    given.or(made).unwrap_or_else(|| PathBuf::from("python3"))
}

impl FailingMailServer {
    pub fn start(plan: &Value) -> FailingMailServer {
        let mut child = Command::new(python())
            .arg(mail_folder().join("failing.py"))
            .arg(plan.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, events) = channel();
        // Read all along: it would wait for room otherwise.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap();
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        let mut server = FailingMailServer {
            child,
            events,
            seen: Vec::new(),
            port: 0,
        };
        let port = server.wait_for("port")["port"].as_u64().unwrap();
        server.port = u16::try_from(port).unwrap();
        server
    }

    fn next(&mut self) -> Option<Value> {
        let event = self.events.recv().ok()?;
        self.seen.push(event.clone());
        Some(event)
    }

    pub fn wait_for(&mut self, name: &str) -> Value {
        loop {
            let event = self
                .next()
                .expect("the mail server runs; `cargo xtask test` fetches aiosmtpd, which one test needs");
            if event["event"] == name {
                return event;
            }
        }
    }

    /// Ends it; everything that it saw.
    pub fn end(mut self) -> Seen {
        drop(self.child.stdin.take());
        while self.next().is_some() {}
        Seen(std::mem::take(&mut self.seen))
    }
}

impl Drop for FailingMailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The events of a mail server.
pub struct Seen(Vec<Value>);

impl Seen {
    fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |event| event["event"] == name)
    }

    pub fn mails(&self) -> Vec<&Value> {
        self.of("mail").collect()
    }

    /// The commands, without their arguments.
    pub fn verbs(&self) -> Vec<&str> {
        let lines = self.of("command").map(|event| event["line"].as_str().unwrap());
        lines.map(|line| line.split(' ').next().unwrap()).collect()
    }

    pub fn lines(&self) -> Vec<&str> {
        let lines = self.of("command");
        lines.map(|event| event["line"].as_str().unwrap()).collect()
    }

    pub fn connections(&self) -> usize {
        self.of("connection").count()
    }

    /// The most connections that were open at once.
    pub fn most_open(&self) -> u64 {
        let open = self.of("connection").map(|event| event["open"].as_u64().unwrap());
        open.max().unwrap_or_default()
    }
}
