//! A connection to SQLite that keeps values as Django does.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::{Dialect, ErrorKind, SqlConnection, StoreError, Value};
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
use rusqlite::types::Value as Stored;
use rusqlite::{ErrorCode, params_from_iter};

const SCHEMA: &str = include_str!("../../src/schema/sqlite.sql");

/// How transactions begin.
#[derive(Clone, Copy)]
pub(crate) enum Begin {
    /// With the lock for writing.
    Immediate,
    /// Without any lock, as Django's do.
    Deferred,
}

/// A database in a file of its own, which goes when this does.
pub(crate) struct Database {
    folder: PathBuf,
    begin: Begin,
}

impl Database {
    pub(crate) fn new(begin: Begin) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("sqlite-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let database = Self { folder, begin };
        database.connect().run(SCHEMA);
        database
    }

    pub(crate) fn connect(&self) -> Connection {
        let opened = rusqlite::Connection::open(self.folder.join("db.sqlite3"));
        Connection::new(opened.expect("the file can be opened"), self.begin)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What stays behind is in the folder of what can be made anew.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) struct Connection {
    sqlite: rusqlite::Connection,
    begin: Begin,
}

impl Connection {
    fn new(sqlite: rusqlite::Connection, begin: Begin) -> Self {
        let timeout = sqlite.busy_timeout(Duration::from_secs(5));
        timeout.expect("SQLite takes a timeout");
        let connection = Self { sqlite, begin };
        // A test loses no power: nothing has to wait for a disk.
        connection.run("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF");
        connection
    }

    /// The tables of Axes in memory, which nobody else sees.
    pub(crate) fn in_memory() -> Self {
        let opened = rusqlite::Connection::open_in_memory();
        let connection = Self::new(opened.expect("there is memory"), Begin::Immediate);
        connection.run(SCHEMA);
        connection
    }

    /// Runs statements that have to work.
    pub(crate) fn run(&self, sql: &str) {
        let done = self.sqlite.execute_batch(sql);
        done.expect("the statements are right");
    }

    /// One number that has to be there.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let number = self.sqlite.query_row(sql, (), |row| row.get(0));
        number.expect("the statement answers with a number")
    }

    fn statement(&self, sql: &'static str, operation: &'static str) -> Result<(), StoreError> {
        let done = self.sqlite.execute(sql, ());
        done.map(|_| ()).map_err(because(operation))
    }

    fn write_all(&self, parameters: &[Value]) -> rusqlite::Result<Vec<Stored>> {
        let write = |value: &Value| {
            Ok(match value {
                Value::Null => Stored::Null,
                Value::Int(number) => Stored::Integer(*number),
                Value::Bool(switch) => Stored::Integer(i64::from(*switch)),
                Value::Text(text) => Stored::Text(text.clone()),
                Value::Time(time) => Stored::Text(self.write_time(*time)?),
                Value::Address(address) => Stored::Text(address.to_string()),
            })
        };
        parameters.iter().map(write).collect()
    }

    /// `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC.
    pub(crate) fn write_time(&self, time: Timestamp) -> rusqlite::Result<String> {
        let seconds = time.as_millis().div_euclid(1000);
        let micros = time.as_millis().rem_euclid(1000) * 1000;
        let sql = "SELECT strftime('%Y-%m-%d %H:%M:%S', ?, 'unixepoch')";
        let whole: String = self.sqlite.query_row(sql, [seconds], |row| row.get(0))?;
        Ok(match micros {
            0 => whole,
            _ => format!("{whole}.{micros:06}"),
        })
    }

    pub(crate) fn read_time(&self, text: &str) -> rusqlite::Result<Timestamp> {
        let sql = "SELECT CAST(strftime('%s', ?) AS INTEGER)";
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let seconds: i64 = self.sqlite.query_row(sql, [whole], |row| row.get(0))?;
        let micros: i64 = format!("{fraction:0<6}").parse().expect("digits");
        Ok(Timestamp::from_millis(seconds * 1000 + micros / 1000))
    }

    fn read(&self, column: &str, value: Stored) -> rusqlite::Result<Value> {
        Ok(match value {
            Stored::Null => Value::Null,
            Stored::Integer(number) => Value::Int(number),
            Stored::Text(text) if column.ends_with("_time") => Value::Time(self.read_time(&text)?),
            Stored::Text(text) => Value::Text(text),
            Stored::Real(_) | Stored::Blob(_) => unreachable!("no column of Axes holds {value:?}"),
        })
    }

    fn rows(&self, sql: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Vec<Value>>> {
        let mut statement = self.sqlite.prepare(sql)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query(params_from_iter(self.write_all(parameters)?))?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            let values = columns.iter().enumerate();
            let values = values.map(|(index, column)| self.read(column, row.get(index)?));
            read.push(values.collect::<rusqlite::Result<_>>()?);
        }
        Ok(read)
    }
}

impl SqlConnection for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn returns_rows(&self) -> bool {
        true
    }

    fn is_in_transaction(&self) -> bool {
        false
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        let rows = self.rows(sql, parameters);
        rows.map_err(because("read from the database"))
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        let changed = self
            .write_all(parameters)
            .and_then(|parameters| self.sqlite.execute(sql, params_from_iter(parameters)));
        let changed = changed.map_err(because("write to the database"))?;
        Ok(changed as u64)
    }

    fn begin(&self) -> Result<(), StoreError> {
        let sql = match self.begin {
            Begin::Immediate => "BEGIN IMMEDIATE",
            Begin::Deferred => "BEGIN",
        };
        self.statement(sql, "begin a transaction")
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.statement("COMMIT", "commit a transaction")
    }

    fn roll_back(&self) {
        // Where the transaction has ended already, there is nothing to undo.
        let _ = self.statement("ROLLBACK", "roll back");
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
