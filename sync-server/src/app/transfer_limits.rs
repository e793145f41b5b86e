//! The transfers of files in progress, and the work on their bytes.
//!
//! To seal and open bytes takes a core, and to read and write them waits for the disk: that is done on threads beside those
//! that answer requests, as many at once as the machine has cores. So many transfers slow each other down, and not the messages.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::PersonId;
use protocol::error::ErrorCode;
use tokio::sync::Semaphore;

use crate::files;

/// Maximum number of files that one person sends or fetches at the same time: one each way, of four devices.
const MOST_OF_PERSON: usize = 8;
/// Of all: each holds up to half a MiB.
const MOST: usize = 384;

/// Counts transfers, and bounds the work on them.
#[derive(Debug)]
pub(crate) struct TransferLimits {
    of: Arc<Mutex<HashMap<PersonId, usize>>>,
    /// For pieces of files, which are short.
    pieces: Arc<Semaphore>,
    /// For whole files, which may take seconds.
    whole: Arc<Semaphore>,
}

/// One transfer of a person; counts until it is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    _counted: Arc<Counted>,
}

#[derive(Debug)]
struct Counted {
    person: PersonId,
    of: Arc<Mutex<HashMap<PersonId, usize>>>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut of = locked(&self.of);
        match of.get(&self.person).copied().unwrap_or_default() {
            0 | 1 => of.remove(&self.person),
            count => of.insert(self.person, count - 1),
        };
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Default for TransferLimits {
    fn default() -> TransferLimits {
        let cores = cores();
        TransferLimits {
            of: Arc::default(),
            pieces: Arc::new(Semaphore::new(cores)),
            whole: Arc::new(Semaphore::new(cores.div_ceil(2))),
        }
    }
}

impl TransferLimits {
    /// A transfer more of a person, if there are not too many.
    pub(crate) fn begin(&self, person: PersonId) -> Result<Transfer, ErrorCode> {
        let mut of = locked(&self.of);
        let own = of.get(&person).copied().unwrap_or_default();
        if own >= MOST_OF_PERSON || of.values().sum::<usize>() >= MOST {
            return Err(ErrorCode::TooManyRequests);
        }
        of.insert(person, own + 1);
        let of = Arc::clone(&self.of);
        Ok(Transfer {
            _counted: Arc::new(Counted { person, of }),
        })
    }

    /// The number of transfers in progress.
    pub(crate) fn count(&self) -> usize {
        locked(&self.of).values().sum()
    }

    /// Does work on a piece of a file. A panic in it is an error.
    pub(crate) async fn on_piece<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        blocking(&self.pieces, work).await
    }

    /// The same, on all of a file.
    pub(crate) async fn on_whole<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        blocking(&self.whole, work).await
    }
}

async fn blocking<T: Send + 'static>(
    most: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let permit = Arc::clone(most).acquire_owned().await.map_err(io::Error::other)?;
    let work = move || {
        // Work goes on after a request that was dropped, and counts until its end.
        let _permit = permit;
        work()
    };
    files::blocking(work).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use uuid::Uuid;

    use super::*;

    fn person(number: usize) -> PersonId {
        PersonId(Uuid::from_u128(number as u128))
    }

    // F2, I5
    #[test]
    fn one_person_and_all_together_have_so_many_transfers() {
        let transfers = TransferLimits::default();
        let begin = |number| transfers.begin(person(number));
        let own: Vec<Transfer> = (0..MOST_OF_PERSON).map(|_| begin(1).unwrap()).collect();
        assert_eq!(begin(1).unwrap_err(), ErrorCode::TooManyRequests);
        let others = (0..MOST - MOST_OF_PERSON).map(|number| begin(2 + number / MOST_OF_PERSON).unwrap());
        let others: Vec<Transfer> = others.collect();
        assert_eq!(begin(1_000).unwrap_err(), ErrorCode::TooManyRequests);
        assert_eq!(transfers.count(), MOST);
        drop(own);
        assert!(begin(1_000).is_ok() && begin(1).is_ok());
        drop(others);
        assert_eq!(transfers.count(), 0);
        assert!(locked(&transfers.of).is_empty(), "nobody is remembered");
    }

    // F2
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_more_pieces_are_worked_on_at_once_than_there_are_cores() {
        let transfers = Arc::new(TransferLimits::default());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut working = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (transfers, now, most) = (Arc::clone(&transfers), Arc::clone(&now), Arc::clone(&most));
            working.spawn(async move {
                let work = move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                };
                transfers.on_piece(work).await.unwrap();
            });
        }
        // Half of them are dropped while they wait or work, as by clients that go away.
        for _ in 0..50 {
            working.join_next().await.unwrap().unwrap();
        }
        working.shutdown().await;
        let all = transfers.pieces.acquire_many(cores() as u32).await;
        assert_eq!((all.is_ok(), now.load(Ordering::SeqCst)), (true, 0));
        assert!(most.load(Ordering::SeqCst) <= cores());
    }
}
