//! `sync-server`: see `sync-server --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sync_server::cli::main()
}
