//! The one writer: a thread that takes closures, runs those that wait together in one synced transaction, each in its own
//! SAVEPOINT, and lets answers go only after COMMIT returned.
//!
//! A full disk or some I/O errors roll the *whole* transaction back, and a later SAVEPOINT would then commit alone: so after
//! each closure the connection is asked whether it fell back to autocommit, and if so the whole group fails.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

use rusqlite::{Connection, Params};
use tokio::sync::oneshot;

use super::closing::OpenDatabase;
use super::{Query, StoreError};

/// As many closures as share one commit.
const GROUP: usize = 64;

type Hook = Box<dyn FnOnce() + Send>;
type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs a closure, or answers at once why it cannot run; says whether to keep its writes, and how to answer once that is
/// decided.
type Job = Box<dyn FnOnce(Result<&Tx<'_>, StoreError>) -> (bool, Finish) + Send>;

/// A transaction as a closure sees it.
pub struct Tx<'c> {
    connection: &'c Connection,
    hooks: RefCell<Vec<Hook>>,
}

impl Query for Tx<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }
}

impl Tx<'_> {
    /// Runs one statement; the number of rows it changed.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }
    /// Runs `hook` on the writer's thread right after COMMIT, in the order of commits; never when the change is undone.
    /// In-memory copies (the registry) are kept true this way even when the caller has gone.
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.borrow_mut().push(Box::new(hook));
    }
}

/// A handle to the writer's thread. The thread ends when the last handle is dropped.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::SyncSender<Job>,
}

impl Writer {
    pub(super) fn start(name: &str, connection: Connection) -> Result<Self, std::io::Error> {
        let (jobs, queue) = mpsc::sync_channel::<Job>(4096);
        let open = OpenDatabase::count();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            run(&connection, &queue);
            take_in_the_log(&connection);
            drop(connection);
            drop(open);
        })?;
        Ok(Self { jobs })
    }

    pub(super) async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel::<Result<T, E>>();
        let job: Job = Box::new(move |tx| match tx.map_err(E::from).and_then(change) {
            Ok(value) => (
                true,
                Box::new(move |committed| {
                    let _ = answer.send(committed.map(|()| value).map_err(E::from));
                }),
            ),
            Err(error) => (
                false,
                Box::new(move |_| {
                    let _ = answer.send(Err(error));
                }),
            ),
        });
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(mpsc::TrySendError::Full(_)) => return Err(StoreError::Busy.into()),
            Err(mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Closed.into()),
        }
        wait.await.unwrap_or_else(|_| Err(StoreError::Interrupted.into()))
    }
}

/// So that the database lies whole in its one file after an orderly end. SQLite does it for whoever closes last, and not
/// when that is a reader, which may not write. What cannot be taken in now is taken in by the next start.
fn take_in_the_log(connection: &Connection) {
    match connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0)) {
        Ok(false) => {}
        Ok(true) => tracing::debug!("a read goes on: the write-ahead log stays for the next start"),
        Err(error) => tracing::debug!(%error, "the write-ahead log stays for the next start"),
    }
}

fn run(connection: &Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            match queue.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        commit_group(connection, group);
    }
}

fn commit_group(connection: &Connection, group: Vec<Job>) {
    let mut finished: Vec<(Finish, Vec<Hook>)> = Vec::with_capacity(group.len());
    let mut refused: Vec<Finish> = Vec::new();
    let mut failure: Option<StoreError> = connection.execute_batch("BEGIN IMMEDIATE").err().map(StoreError::from);
    for job in group {
        let tx = Tx { connection, hooks: RefCell::new(Vec::new()) };
        if failure.is_none() {
            failure = connection.execute_batch("SAVEPOINT job").err().map(StoreError::from);
        }
        if let Some(why) = &failure {
            refused.push(job(Err(retold(why))).1);
            continue;
        }
        let ran = catch_unwind(AssertUnwindSafe(|| job(Ok(&tx))));
        if connection.is_autocommit() {
            failure = Some(StoreError::Interrupted);
            refused.extend(ran.ok().map(|(_, finish)| finish));
            continue;
        }
        let Ok((keep, finish)) = ran else {
            tracing::error!("a change of the store panicked and was undone");
            failure = connection.execute_batch("ROLLBACK TO job; RELEASE job").err().map(StoreError::from);
            continue;
        };
        let end = if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        if let Err(error) = connection.execute_batch(end) {
            failure = Some(error.into());
        }
        if keep { finished.push((finish, tx.hooks.into_inner())) } else { refused.push(finish) }
    }
    if failure.is_none() {
        failure = connection.execute_batch("COMMIT").err().map(StoreError::from);
    }
    let failed = failure.is_some();
    if let Some(error) = &failure {
        tracing::error!(%error, "a group of changes could not be committed");
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    for (finish, hooks) in finished {
        if failed {
            finish(Err(failure.as_ref().map_or(StoreError::Interrupted, retold)));
        } else {
            for hook in hooks {
                // What follows a commit must not end the one writer.
                if catch_unwind(AssertUnwindSafe(hook)).is_err() {
                    tracing::error!("what follows a change of the store panicked; a restart reads the store anew");
                }
            }
            finish(Ok(()));
        }
    }
    refused.into_iter().for_each(|finish| finish(Err(StoreError::Interrupted)));
}

/// The failure of a group, told to each of its members.
fn retold(failure: &StoreError) -> StoreError {
    match failure {
        StoreError::Full => StoreError::Full,
        StoreError::Busy => StoreError::Busy,
        _ => StoreError::Interrupted,
    }
}
