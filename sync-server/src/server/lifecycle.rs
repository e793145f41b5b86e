//! The life of a server's background tasks: started together, ended by one signal, awaited.
//!
//! A task that panics or returns is restarted after a pause that doubles; this is logged and counted. Only the end of a
//! *vital* task (the write task, which cannot be restarted) makes the server stop.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::counts::Counts;

const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The background tasks of a server, or of one of its ports.
#[derive(Debug)]
pub(super) struct Lifecycle {
    counts: Arc<Counts>,
    tasks: TaskTracker,
    ending: CancellationToken,
    broken: CancellationToken,
}

impl Lifecycle {
    pub(super) fn new(counts: Arc<Counts>) -> Lifecycle {
        Lifecycle {
            counts,
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
            broken: CancellationToken::new(),
        }
    }

    /// Runs a task until the end; restarts it if it panics or returns `true`.
    pub(super) fn keep<F>(&self, name: &'static str, begin: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = bool> + Send,
    {
        let (ending, counts) = (self.ending.clone(), Arc::clone(&self.counts));
        self.tasks.spawn(async move {
            tokio::select! {
                () = ending.cancelled() => {}
                () = keep_going(name, counts, begin) => {}
            }
        });
    }

    /// Runs a task without which the server cannot go on.
    pub(super) fn vital(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let (ending, broken) = (self.ending.clone(), self.broken.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = ending.cancelled() => return,
                ended = AssertUnwindSafe(task).catch_unwind() => match ended {
                    Ok(()) => tracing::error!(name, "a task of the server ended by itself"),
                    Err(_) => tracing::error!(name, "a task of the server panicked"),
                }
            }
            broken.cancel();
        });
    }

    /// Waits until a vital task has ended by itself.
    pub(super) async fn broken(&self) {
        self.broken.cancelled().await;
    }

    /// Cancels all tasks and waits until they are gone.
    pub(super) async fn end(&self) {
        self.ending.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Runs the tasks that `begin` makes until one returns `false`, which means that it was asked to end.
async fn keep_going<F: Future<Output = bool>>(
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
            catch_up_bytes: 0,
            transfers: 0,
        });
        assert!(text.contains("overleg_tasks_restarted_total 2\n"), "{text}");
    }

    // I5
    #[tokio::test]
    async fn the_end_of_a_vital_task_breaks_the_server_and_that_of_others_does_not() {
        let lifecycle = Lifecycle::new(Arc::new(Counts::default()));
        lifecycle.keep("kept", || std::future::ready(false));
        lifecycle.vital("writing", std::future::pending());
        tokio::task::yield_now().await;
        assert!(lifecycle.broken().now_or_never().is_none());
        lifecycle.vital("doomed", async { panic!("as a fault would") });
        lifecycle.broken().await;
        lifecycle.end().await;
    }

    // I5
    #[tokio::test]
    async fn every_task_is_gone_after_the_end() {
        let lifecycle = Lifecycle::new(Arc::new(Counts::default()));
        let held = Arc::new(());
        let (kept, vital) = (Arc::clone(&held), Arc::clone(&held));
        lifecycle.keep("kept", move || {
            let kept = Arc::clone(&kept);
            async move {
                std::future::pending::<()>().await;
                drop(kept);
                true
            }
        });
        lifecycle.vital("writing", async move {
            std::future::pending::<()>().await;
            drop(vital);
        });
        tokio::task::yield_now().await;
        lifecycle.end().await;
        assert_eq!(Arc::strong_count(&held), 1);
        assert!(lifecycle.broken().now_or_never().is_none());
    }
}
