//! The limit on open files, which is the limit on connections.

/// Files that are no connection of a device: the database and its readers, logs, the operator's socket, the operations port.
const RESERVED: u64 = 160;

/// Raises this process's limit to the most that the system lets it have.
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

/// How many files this process may have open; `None` where there is no limit.
#[cfg(unix)]
fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

/// Of so many connections that are wanted, those for which there are files; said in the log.
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
