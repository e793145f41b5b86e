//! Closing that waits for the threads of the connections.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use sqlx::{Connection as _, SqliteConnection};

/// Closes the connections in this order, all of them even if one fails; returns the first error. The one that writes
/// comes last: the last connection of a database copies the write-ahead log into the file.
pub async fn close(connections: impl IntoIterator<Item = SqliteConnection>) -> sqlx::Result<()> {
    let mut outcome = Ok(());
    for connection in connections {
        outcome = outcome.and(connection.close().await);
    }
    outcome
}

/// The same, for a destructor: blocks the thread for the milliseconds that it takes.
pub fn close_now(connections: impl IntoIterator<Item = SqliteConnection>) -> sqlx::Result<()> {
    // Nothing of tokio is waited for: within one of its tasks it may ask to be polled anew by tokio alone.
    wait(close(connections))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The output of a future that other threads drive.
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
