//! `cargo xtask setup`: installs what is missing, shows it, and is done in a moment when nothing is.

pub(crate) mod node;
mod rust;
pub(crate) mod system;

use anyhow::Result;

use crate::workspace::Workspace;

/// The purpose that the machine is made ready for; each includes the one before it, but for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Compiling the workspace and the interface.
    Build,
    /// Two windows on this desktop.
    Demo,
    /// Everything, also without a screen.
    Test,
    /// Building programs for Windows and running them, and nothing else.
    Windows,
}

pub(crate) fn run(workspace: &Workspace, purpose: Purpose) -> Result<()> {
    system::run(workspace, purpose)?;
    node::run(workspace)?;
    if purpose != Purpose::Windows {
        rust::run(workspace, purpose)?;
    }
    println!("Everything that is needed is there.");
    Ok(())
}
