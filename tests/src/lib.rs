//! Whole-system stories: a real server and real engines, driven as people would; the demo, and a desktop
//! session with a real window for them.
//!
//! * [`test_network`]: a server, named clinicians, and their devices.
//! * [`desktop_session`]: a display, a session bus and a keychain, with the app under WebDriver.
//! * [`window`]: the stories that run in it.
//! * [`demo`]: the people and conversations of the demo.
//! * [`dev_api`]: the engine behind HTTP on loopback, for an interface in a browser.
//! * [`consent`]: organisations that share a network.
//! * [`payloads`]: texts that are markup with a script in it.
//! * [`planted`]: words for which all files are searched.
//! * [`program`]: the programs as they are built, started and killed.
//! * [`secrecy`]: that nothing secret reaches a log.
//! * [`bench`]: what is promised of speed and cost, measured.
//! * [`attack`]: what others notice of an attack on the server.
//! * [`simulation`]: client and server over a simulated network, by seed.

pub mod attack;
pub mod bench;
pub mod consent;
pub mod demo;
#[cfg(unix)]
pub mod desktop_session;
pub mod dev_api;
pub mod payloads;
pub mod planted;
pub mod program;
pub mod real_files;
pub mod secrecy;
pub mod simulation;
pub mod test_network;
#[cfg(unix)]
pub mod window;
