//! A few connections that only read, lent out one at a time. Unlike sqlx's pool, it gives a connection back without a
//! task, and a connection that is idle can be closed without a runtime.

use std::sync::{Mutex, PoisonError};

use sqlx::SqliteConnection;
use tokio::sync::{Semaphore, SemaphorePermit};

#[derive(Debug)]
pub struct Readers {
    idle: Mutex<Vec<SqliteConnection>>,
    permits: Semaphore,
    all: u32,
}

/// A connection on loan.
#[derive(Debug)]
pub struct Reader<'a> {
    connection: Option<SqliteConnection>,
    readers: &'a Readers,
    _permit: SemaphorePermit<'a>,
}

impl Readers {
    #[must_use]
    pub fn none() -> Readers {
        Readers {
            idle: Mutex::new(Vec::new()),
            permits: Semaphore::new(0),
            all: 0,
        }
    }

    pub fn add(&mut self, connection: SqliteConnection) {
        self.put(connection);
        self.permits.add_permits(1);
        self.all += 1;
    }

    /// Waits for one; `PoolClosed` once they were closed.
    pub async fn get(&self) -> sqlx::Result<Reader<'_>> {
        let closed = |_| sqlx::Error::PoolClosed;
        let permit = self.permits.acquire().await.map_err(closed)?;
        let connection = self.take().ok_or(sqlx::Error::PoolClosed)?;
        Ok(Reader {
            connection: Some(connection),
            readers: self,
            _permit: permit,
        })
    }

    /// Waits for those on loan; nothing is lent out afterwards. The caller closes them.
    pub async fn close(&self) -> Vec<SqliteConnection> {
        if let Ok(_everyone) = self.permits.acquire_many(self.all).await {
            self.permits.close();
        }
        self.take_all()
    }

    /// Those that are not on loan.
    pub fn take_all(&self) -> Vec<SqliteConnection> {
        std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, connection: SqliteConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(connection);
    }

    fn take(&self) -> Option<SqliteConnection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Reader<'_> {
    /// The connection; `PoolClosed` if there is none, which cannot be while it is on loan.
    pub fn db(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.put(connection);
        }
    }
}
