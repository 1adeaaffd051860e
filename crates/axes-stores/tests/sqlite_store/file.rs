//! A database in a file of its own.

use std::path::PathBuf;
use std::time::Duration;

use axes_stores::{ErrorKind, Migrated, OpenOptions, SqliteOptions, SqliteStore, TABLES};
use axes_testkit::servers::Folder;

/// A file of SQLite, which goes when this does.
pub(crate) struct File(Folder);

impl File {
    /// With the tables.
    pub(crate) fn new() -> Self {
        let file = Self::none();
        assert_eq!(file.migrate(), Ok(Migrated::Created));
        file
    }

    /// With the tables, and with the journal that SQLite has by itself.
    pub(crate) fn with_a_rollback_journal() -> Self {
        let file = Self::none();
        file.run("CREATE TABLE users (id integer)");
        assert_eq!(file.migrate(), Ok(Migrated::Created));
        file
    }

    /// Not there yet.
    pub(crate) fn none() -> Self {
        Self(Folder::new("sqlite"))
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.file("db.sqlite3")
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    pub(crate) fn migrate(&self) -> Result<Migrated, ErrorKind> {
        let migrated = axes_stores::migrate(&self.url(), &OpenOptions::default());
        migrated.map_err(|error| error.kind())
    }

    /// One more store on it, as another process has it.
    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::new(self.path(), SqliteOptions::default())
    }

    pub(crate) fn connect(&self) -> rusqlite::Connection {
        let opened = rusqlite::Connection::open(self.path());
        let opened = opened.expect("the file can be opened");
        let timeout = opened.busy_timeout(Duration::from_secs(5));
        timeout.expect("SQLite takes a timeout");
        opened
    }

    /// Runs statements that have to work.
    pub(crate) fn run(&self, sql: &str) {
        let done = self.connect().execute_batch(sql);
        done.expect("the statements are right");
    }

    /// One text that has to be there.
    pub(crate) fn text(&self, sql: &str) -> String {
        let text = self.connect().query_row(sql, (), |row| row.get(0));
        text.expect("the statement answers with a text")
    }

    /// One number that has to be there.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let number = self.connect().query_row(sql, (), |row| row.get(0));
        number.expect("the statement answers with a number")
    }

    /// Deletes everything but the tables.
    pub(crate) fn empty(&self) {
        let deletes = TABLES.map(|table| format!("DELETE FROM {table};"));
        // Whether expiries have a record is looked at in the end.
        self.run(&format!("BEGIN; {} COMMIT", deletes.concat()));
    }
}
