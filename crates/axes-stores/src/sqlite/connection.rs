//! One connection to SQLite.

use std::cell::Cell;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::{OpenFlags, params_from_iter};

use super::failures::{because, is_busy};
use super::values::{read, write};
use crate::forks::PerProcess;
use crate::pool::Pooled;
use crate::schema::Creates;
use crate::{Dialect, ErrorKind, SqlConnection, StoreError, Value};

/// How many statements are kept compiled.
const STATEMENTS: usize = 64;

/// How often somebody who wants to write looks whether others have ended. SQLite itself sleeps for up to
/// 100 ms, and would hardly ever come between others who write all the time.
const PAUSE: Duration = Duration::from_micros(500);

/// The longest that SQLite waits for others: it counts milliseconds in 32 bits.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(24);

/// A connection whose transactions nest.
#[derive(Debug)]
pub(crate) struct Connection {
    sqlite: rusqlite::Connection,
    timeout: Duration,
    /// How many transactions and savepoints are open.
    depth: Cell<u32>,
    broken: Cell<bool>,
    _opened: Opened,
}

impl Connection {
    /// Opens the database at `path`, which has to be there unless it `may_create` it. It is counted in
    /// `opened`.
    pub(super) fn open(
        path: &Path,
        timeout: Duration,
        may_create: bool,
    ) -> Result<Self, StoreError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, may_create);
        let operation = "open the database";
        OPEN.allow()?;
        let opened = Opened::new();
        let sqlite =
            rusqlite::Connection::open_with_flags(path, flags).map_err(because(operation))?;
        let bounded = timeout.min(LONGEST_TIMEOUT);
        sqlite.busy_timeout(bounded).map_err(because(operation))?;
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS);
        let connection = Self {
            sqlite,
            timeout,
            depth: Cell::new(0),
            broken: Cell::new(false),
            _opened: opened,
        };
        // What was answered survives a power cut, whatever the file was made with. Without a log aside a
        // commit is the deletion of a file, which only this waits for.
        connection.run("PRAGMA synchronous = EXTRA", operation)?;
        connection.run("PRAGMA foreign_keys = ON", operation)?;
        // Whatever many jobs of one commit undo by themselves is written to no file.
        connection.run("PRAGMA temp_store = MEMORY", operation)?;
        // Attempts of many clients change pages all over the file: those are kept at hand (8 MB), and brought
        // to their places less often than SQLite would by itself, each with more of its changes (16 MB).
        connection.run("PRAGMA cache_size = -8000", operation)?;
        connection.run("PRAGMA wal_autocheckpoint = 4000", operation)?;
        Ok(connection)
    }

    /// Runs statements that return nothing.
    pub(super) fn run(&self, sql: &str, operation: &'static str) -> Result<(), StoreError> {
        self.told(operation, self.sqlite.execute_batch(sql))
    }

    /// Whether the transaction that was begun is not there any more: SQLite ends it by itself where it
    /// cannot go on.
    pub(super) fn has_lost_its_transaction(&self) -> bool {
        self.depth.get() > 0 && self.sqlite.is_autocommit()
    }

    fn told<T>(
        &self,
        operation: &'static str,
        result: rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        result.map_err(|error| {
            let is_busy = is_busy(&error);
            let error = because(operation)(error);
            // What opens it anew may find another file there, or a disk that works again.
            let stays = [ErrorKind::Contended, ErrorKind::Conflict].contains(&error.kind());
            if !is_busy && !stays {
                self.broken.set(true);
            }
            error
        })
    }

    /// Turns WAL mode on, which stays on.
    pub(super) fn keep_log_aside(&self) -> Result<(), StoreError> {
        let done = self.in_turn("PRAGMA journal_mode = WAL");
        self.told("turn WAL mode on", done)
    }

    /// Runs `sql` as soon as others let it.
    fn in_turn(&self, sql: &str) -> rusqlite::Result<()> {
        let deadline = Instant::now().checked_add(self.timeout);
        self.sqlite.busy_timeout(Duration::ZERO)?;
        let done = loop {
            match self.sqlite.execute_batch(sql) {
                Err(error) if is_busy(&error) && deadline.is_some_and(|it| it > Instant::now()) => {
                    sleep(PAUSE);
                }
                done => break done,
            }
        };
        self.sqlite.busy_timeout(self.timeout)?;
        done
    }

    fn rows(&self, sql: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Vec<Value>>> {
        let mut statement = self.sqlite.prepare_cached(sql)?;
        let times: Vec<bool> = statement
            .column_names()
            .map(|name| name.ends_with("_time"))
            .collect();
        let mut rows = statement.query(params_from_iter(parameters.iter().map(write)))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = times
                .iter()
                .enumerate()
                .map(|(index, is_time)| read(row.get_ref(index)?, *is_time));
            found.push(values.collect::<rusqlite::Result<_>>()?);
        }
        Ok(found)
    }

    fn changed(&self, sql: &str, parameters: &[Value]) -> rusqlite::Result<usize> {
        let mut statement = self.sqlite.prepare_cached(sql)?;
        statement.execute(params_from_iter(parameters.iter().map(write)))
    }
}

impl SqlConnection for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn returns_rows(&self) -> bool {
        true
    }

    /// Whether many batches are committed together: then each is a part of something larger.
    fn is_in_transaction(&self) -> bool {
        self.depth.get() > 0
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        self.told("read from the database", self.rows(sql, parameters))
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        let changed = self.told("write to the database", self.changed(sql, parameters))?;
        Ok(changed as u64)
    }

    fn begin(&self) -> Result<(), StoreError> {
        let operation = "begin a transaction";
        match self.depth.get() {
            // Whoever begins with reading may find out too late that somebody else has written.
            0 => self.told(operation, self.in_turn("BEGIN IMMEDIATE"))?,
            depth => self.run(&format!("SAVEPOINT axes_{depth}"), operation)?,
        }
        self.depth.set(self.depth.get().saturating_add(1));
        Ok(())
    }

    fn commit(&self) -> Result<(), StoreError> {
        let depth = self.depth.get().saturating_sub(1);
        let sql = match depth {
            0 => "COMMIT".to_owned(),
            _ => format!("RELEASE axes_{depth}"),
        };
        self.run(&sql, "commit a transaction")?;
        self.depth.set(depth);
        Ok(())
    }

    fn roll_back(&self) {
        let depth = self.depth.get().saturating_sub(1);
        self.depth.set(depth);
        let sql = match depth {
            0 => "ROLLBACK".to_owned(),
            _ => format!("ROLLBACK TO axes_{depth}; RELEASE axes_{depth}"),
        };
        // Where the database has rolled back already, there is nothing to undo.
        let done = self.sqlite.execute_batch(&sql);
        if done.is_err() && !self.sqlite.is_autocommit() {
            self.broken.set(true);
        }
    }
}

impl Creates for Connection {
    fn begin_alone(&self) -> Result<(), StoreError> {
        self.begin()
    }

    fn run(&self, sql: &str, operation: &'static str) -> Result<(), StoreError> {
        self.run(sql, operation)
    }
}

impl Pooled for Connection {
    fn is_broken(&self) -> bool {
        self.broken.get() || self.depth.get() > 0
    }

    fn is_alive(&self) -> bool {
        !self.is_broken()
    }
}

/// All that are open. SQLite keeps what it knows of the locks on files for the whole process, so it
/// matters not which store they belong to.
static OPEN: LazyLock<OpenConnections> = LazyLock::new(OpenConnections::new);

/// How many connections are open in this process, and were in those that it was forked from.
#[derive(Debug)]
struct OpenConnections(PerProcess<AtomicUsize>);

impl OpenConnections {
    fn new() -> Self {
        Self(PerProcess::new(AtomicUsize::default))
    }

    /// Whether SQLite can be used. In a process that has inherited connections it takes locks for its own
    /// that the other process has.
    fn allow(&self) -> Result<(), StoreError> {
        if self
            .0
            .inherited()
            .all(|open| open.load(Ordering::SeqCst) == 0)
        {
            return Ok(());
        }
        let operation = "use SQLite in a process that was forked while a connection was open";
        Err(StoreError::new(ErrorKind::Unprepared, operation))
    }
}

/// That one connection more is open.
#[derive(Debug)]
struct Opened;

impl Opened {
    fn new() -> Self {
        OPEN.0.get().fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        OPEN.0.get().fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_waits_for_all_that_a_power_cut_could_undo() {
        let timeout = Duration::from_secs(90 * 24 * 3600);
        let connection = Connection::open(Path::new(":memory:"), timeout, true).unwrap();
        let level = connection.query("PRAGMA synchronous", &[]).unwrap();
        assert_eq!(level, [[Value::Int(3)]], "EXTRA");
    }
}
