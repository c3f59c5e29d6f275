//! SQLite: everything that must survive. One thread writes, and commits whatever has gathered meanwhile at once; one
//! thread reads. What was acknowledged is on disk.

pub(crate) mod activities;
pub(crate) mod aliases;
mod columns;
pub(crate) mod deliveries;
pub(crate) mod executions;
pub(crate) mod history;
pub(crate) mod jobs;
pub(crate) mod lists;
pub(crate) mod machines;
pub(crate) mod map_runs;
pub(crate) mod mocked;
pub(crate) mod pruning;
pub(crate) mod rules;
pub(crate) mod tags;
pub(crate) mod tokens;
pub(crate) mod versions;

use rusqlite::{Connection, TransactionBehavior};
use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// How many writes are committed at once at most.
const BATCH: usize = 256;

/// What makes the tables of a version from those of the version before. An engine brings an older store up to its own
/// version, and does not open one of a later version.
const STEPS: [&str; 10] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
];

/// The version of the tables.
const VERSION: i64 = STEPS.len() as i64;

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be used.
    #[error("the state folder `{}` cannot be used: {why}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        why: String,
    },
    /// Another engine is at work on it.
    #[error("another engine works on `{}`; stop it, or give this one another `--state`", .0.display())]
    InUse(PathBuf),
    /// The tables are of another version.
    #[error("the state in `{}` was written by another version of Redress (tables {found}, this one has {VERSION}); use another `--state`", folder.display())]
    Version {
        /// The folder.
        folder: PathBuf,
        /// The version that was found.
        found: i64,
    },
    /// SQLite failed: the disk is full, say.
    #[error("the state could not be read or written: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// A record cannot be understood.
    #[error("a record of the state cannot be read: {0}")]
    Record(String),
    /// The engine is shutting down.
    #[error("the engine is shutting down")]
    Closed,
}

impl StoreError {
    /// Whether the same may succeed later: the disk was full, or somebody held the database.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            // A value that is there and cannot be read: it will not be another one later.
            rusqlite::Error::FromSqlConversionFailure(_, _, why) => Self::Record(why.to_string()),
            rusqlite::Error::IntegralValueOutOfRange(..) | rusqlite::Error::InvalidColumnType(..) => {
                Self::Record(error.to_string())
            }
            error => Self::Sqlite(Arc::new(error)),
        }
    }
}

/// It is told of the connection, or why there is no transaction for it.
type Work = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Done + Send>;

/// What came of a piece of work: whether it is to be kept, and who waits for it.
struct Done {
    keep: bool,
    reply: Reply,
}

/// Answers whoever waits, once it is known whether the commit succeeded.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The store. It can be cloned; all clones are the same store.
#[derive(Clone)]
pub struct Store {
    writes: Sender<Work>,
    reads: Sender<Work>,
    _lock: Arc<File>,
}

impl Store {
    /// Opens the store in a folder, and makes it if it is not there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let unusable = |why: String| StoreError::Folder { folder: folder.to_owned(), why };
        // Task tokens' hashes, seeds and findings are nobody else's business on this machine.
        let is_new = !folder.exists();
        let mut private = std::fs::DirBuilder::new();
        private.recursive(true).mode(0o700).create(folder).map_err(|error| unusable(error.to_string()))?;
        if is_new {
            // It holds the operator's key too, and the default folder is in the directory of whoever starts the engine.
            std::fs::write(folder.join(".gitignore"), "*\n").map_err(|error| unusable(error.to_string()))?;
        }
        let lock = File::create(folder.join("lock")).map_err(|error| unusable(error.to_string()))?;
        lock.try_lock().map_err(|_| StoreError::InUse(folder.to_owned()))?;
        let file = folder.join("redress.sqlite");
        let writer = connect(&file).map_err(|error| unusable(format!("`redress.sqlite`: {error}")))?;
        let found: i64 = writer.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let done = usize::try_from(found).ok().filter(|done| *done <= STEPS.len());
        let Some(done) = done else {
            return Err(StoreError::Version { folder: folder.to_owned(), found });
        };
        let steps: String = STEPS.iter().skip(done).copied().collect();
        writer.execute_batch(&format!("BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;"))?;
        let reader = connect(&file)?;
        let (writes, reads) = (channel(), channel());
        spawn("store-writer", move || write_all(writer, &writes.1))?;
        spawn("store-reader", move || read_all(&reader, &reads.1))?;
        Ok(Self { writes: writes.0, reads: reads.0, _lock: Arc::new(lock) })
    }

    /// Writes in one transaction. When it returns, what was written is on disk; if it fails, nothing was written.
    pub(in crate::service) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Self::send(&self.writes, work).await
    }

    /// Reads.
    pub(in crate::service) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Self::send(&self.reads, work).await
    }

    async fn send<T, F>(to: &Sender<Work>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let result = connection.and_then(work);
            let keep = result.is_ok();
            let reply: Reply = Box::new(move |committed| {
                // Whoever asked may have gone away; what was written stays written.
                let _ = answer.send(committed.and(result));
            });
            Done { keep, reply }
        });
        to.send(work).map_err(|_| StoreError::Closed)?;
        wait.await.map_err(|_| StoreError::Closed)?
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(|_| ()).map_err(|error| StoreError::Record(format!("a thread could not be started: {error}")))
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An acknowledged write survives not only `kill -9` but a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Commits whatever has gathered, until nobody can send any more.
fn write_all(mut connection: Connection, works: &Receiver<Work>) {
    while let Ok(first) = works.recv() {
        let batch: Vec<Work> = std::iter::once(first).chain(works.try_iter().take(BATCH - 1)).collect();
        commit(&mut connection, batch);
    }
}

fn commit(connection: &mut Connection, batch: Vec<Work>) {
    let (mut works, mut replies) = (batch.into_iter(), Vec::new());
    let committed = transact(connection, &mut works, &mut replies).map_err(Arc::new);
    for reply in replies {
        reply(committed.clone().map_err(StoreError::Sqlite));
    }
    if let Err(error) = committed {
        for work in works {
            (work(Err(StoreError::Sqlite(Arc::clone(&error)))).reply)(Ok(()));
        }
    }
}

/// Does works in one transaction. Those that it takes out are in it; the others have not begun.
fn transact(
    connection: &mut Connection,
    works: &mut std::vec::IntoIter<Work>,
    replies: &mut Vec<Reply>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    while works.len() > 0 {
        // Each work is all or nothing, whatever happens to the others of its batch.
        transaction.execute_batch("SAVEPOINT work")?;
        let Some(work) = works.next() else { break };
        let Done { keep, reply } = work(Ok(&transaction));
        replies.push(reply);
        transaction.execute_batch(if keep { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" })?;
    }
    transaction.commit()
}

fn read_all(connection: &Connection, works: &Receiver<Work>) {
    while let Ok(work) = works.recv() {
        (work(Ok(connection)).reply)(Ok(()));
    }
}

#[cfg(test)]
mod tests;
