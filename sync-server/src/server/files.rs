//! The limit on open files, which is the limit on connections.

/// Files other than device connections: the database and its readers, logs, the operator's socket, the operations port.
const RESERVED: u64 = 160;

/// Raises this process's limit on open files to the maximum that the system allows.
#[cfg(unix)]
pub(crate) fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::warn!(%error, "the limit on open files cannot be raised");
    }
}

#[cfg(not(unix))]
pub(crate) fn raise_limit() {}

/// The number of files that this process may open; `None` if unlimited.
#[cfg(unix)]
fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

/// The wanted number of connections, lowered to the number of available files; logs a warning then.
pub(crate) fn connections(wanted: usize) -> usize {
    let limit = limit();
    let possible = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED).max(limit / 2));
    let allowed = usize::try_from(possible).unwrap_or(usize::MAX).min(wanted).max(1);
    let open_files = limit.unwrap_or_default();
    if allowed < wanted {
        tracing::warn!(
            open_files,
            connections = allowed,
            wanted,
            "the limit on open files allows fewer connections than are configured: raise it (LimitNOFILE, ulimit -n)"
        );
    } else {
        tracing::info!(
            open_files,
            connections = allowed,
            "the limit on open files allows the connections that are configured"
        );
    }
    allowed
}
