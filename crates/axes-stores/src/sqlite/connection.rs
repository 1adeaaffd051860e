//! One connection to SQLite.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
use rusqlite::{ErrorCode, OpenFlags, params_from_iter};

use super::values::{read, write};
use crate::pool::Pooled;
use crate::{Dialect, ErrorKind, SqlConnection, StoreError, Value};

/// How many statements are kept compiled.
const STATEMENTS: usize = 64;

/// A connection whose transactions nest.
#[derive(Debug)]
pub(crate) struct Connection {
    sqlite: rusqlite::Connection,
    /// How many transactions and savepoints are open.
    depth: Cell<u32>,
    broken: Cell<bool>,
}

impl Connection {
    /// Opens the database at `path`, which has to be there.
    pub(super) fn open(path: &Path, timeout: Duration) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let operation = "open the database";
        let sqlite =
            rusqlite::Connection::open_with_flags(path, flags).map_err(because(operation))?;
        sqlite.busy_timeout(timeout).map_err(because(operation))?;
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS);
        let connection = Self {
            sqlite,
            depth: Cell::new(0),
            broken: Cell::new(false),
        };
        // What was answered survives a power cut, whatever the file was made with.
        connection.run("PRAGMA synchronous = FULL", operation)?;
        connection.run("PRAGMA foreign_keys = ON", operation)?;
        Ok(connection)
    }

    /// Runs statements that return nothing.
    pub(super) fn run(&self, sql: &str, operation: &'static str) -> Result<(), StoreError> {
        self.told(operation, self.sqlite.execute_batch(sql))
    }

    fn told<T>(
        &self,
        operation: &'static str,
        result: rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        result.map_err(|error| {
            let error = because(operation)(error);
            if error.kind() == ErrorKind::Unavailable {
                self.broken.set(true);
            }
            error
        })
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
        let depth = self.depth.get();
        let sql = match depth {
            // Whoever begins with reading may find out too late that somebody else has written.
            0 => "BEGIN IMMEDIATE".to_owned(),
            _ => format!("SAVEPOINT axes_{depth}"),
        };
        self.run(&sql, "begin a transaction")?;
        self.depth.set(depth.saturating_add(1));
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
        if done.is_err() && !self.sqlite.is_autocommit() && depth == 0 {
            self.broken.set(true);
        }
    }
}

impl Pooled for Connection {
    fn is_broken(&self) -> bool {
        self.broken.get() || self.depth.get() > 0
    }

    fn is_alive(&self) -> bool {
        true
    }
}

fn because(operation: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |error| StoreError::new(kind_of(&error), operation).because(error)
}

fn kind_of(error: &rusqlite::Error) -> ErrorKind {
    let unique = [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY];
    let busy = [ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked];
    match error.sqlite_error() {
        Some(error) if unique.contains(&error.extended_code) => ErrorKind::Conflict,
        Some(error) if busy.contains(&error.code) => ErrorKind::Contended,
        _ => ErrorKind::Unavailable,
    }
}
