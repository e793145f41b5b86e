//! `cargo xtask fmt`: everything formatted, Rust by rustfmt and the interface by its own formatter.

use anyhow::Result;

use crate::house::{House, must};
use crate::{setup, ui};

pub(crate) fn run(house: &House) -> Result<()> {
    must(&mut house.cargo(&["fmt", "--all"]), "rustfmt stopped.")?;
    setup::node::run(house)?;
    ui::script(house, "format", "The interface's formatter stopped.")
}
