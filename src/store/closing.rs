//! The end of a process waits for databases that are being closed. SQLCipher tidies up when the program ends, and pulls its
//! tables from under a thread that still closes a database: a command in some hundred died of it, its work long done.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

static OPEN: Mutex<usize> = Mutex::new(0);
static CLOSED: Condvar = Condvar::new();

/// Held by a thread as long as it has a database open.
pub(super) struct OpenDatabase(());

impl OpenDatabase {
    pub fn count() -> Self {
        *OPEN.lock() += 1;
        Self(())
    }
}

impl Drop for OpenDatabase {
    fn drop(&mut self) {
        let mut open = OPEN.lock();
        *open = open.saturating_sub(1);
        CLOSED.notify_all();
    }
}

/// Waits until no thread has a database open, at most `within`. Called last, when nothing holds a store any more.
pub fn await_closed(within: Duration) {
    let end = Instant::now() + within;
    let mut open = OPEN.lock();
    while *open > 0 {
        if CLOSED.wait_until(&mut open, end).timed_out() {
            tracing::debug!(open = *open, "the program ends with databases open");
            return;
        }
    }
}
