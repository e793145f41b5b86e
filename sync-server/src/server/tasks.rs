//! Background tasks that run as long as the server does.
//!
//! One that panics, or ends by itself, is begun anew, after a pause that doubles; what it did is in the log and counted. Only what
//! cannot be begun anew (the task that writes) ends the server.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::app::counts::Counts;

const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Runs what `begin` gives until it ends with `false`: it was asked to. For as long as it is polled.
pub(super) async fn keep_going<F: Future<Output = bool>>(
    name: &'static str,
    counts: Arc<Counts>,
    begin: impl Fn() -> F,
) {
    let mut pause = PAUSE;
    loop {
        let began = Instant::now();
        match AssertUnwindSafe(begin()).catch_unwind().await {
            Ok(false) => return,
            Ok(true) => tracing::error!(name, "a task of the server ended by itself, and is begun anew"),
            Err(_) => tracing::error!(name, "a task of the server panicked, and is begun anew"),
        }
        counts.restarted_task();
        if began.elapsed() > LONGEST_PAUSE {
            pause = PAUSE;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    // I5
    #[tokio::test]
    async fn a_task_that_panics_or_ends_is_begun_anew_and_one_that_was_asked_to_end_is_not() {
        let counts = Arc::new(Counts::default());
        let begun = AtomicUsize::new(0);
        keep_going("test", Arc::clone(&counts), || async {
            match begun.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("as a fault would"),
                1 => true,
                _ => false,
            }
        })
        .await;
        assert_eq!(begun.load(Ordering::SeqCst), 3);
        let text = counts.text(crate::app::counts::Levels {
            connections: 0,
            streams: 0,
            body_bytes: 0,
        });
        assert!(text.contains("overleg_tasks_restarted_total 2\n"), "{text}");
    }
}
