//! What the demo shows: who is there, and what they have said.

pub mod chat;
pub mod consults;
pub mod fill;
pub mod people;
#[cfg(unix)]
pub mod play;
pub mod stage;

use std::path::PathBuf;

/// The desktop app, from beside this program.
pub fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?
        .with_file_name("overleg")
        .with_extension(std::env::consts::EXE_EXTENSION);
    let shown = program.display();
    anyhow::ensure!(
        program.is_file(),
        "there is no {shown}: `cargo xtask demo` builds it"
    );
    Ok(program)
}
