//! `cargo xtask fmt`: everything formatted, Rust by rustfmt and the interface by its own formatter.

use anyhow::Result;

use crate::workspace::{Workspace, must};
use crate::{setup, ui};

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    must(&mut workspace.cargo(&["fmt", "--all"]), "rustfmt stopped.")?;
    setup::node::run(workspace)?;
    ui::script(workspace, "format", "The interface's formatter stopped.")
}
