//! A database of its own in a private server.

use axes_stores::{ErrorKind, Migrated, OpenOptions, PostgresOptions, PostgresStore, TABLES};
use axes_testkit::servers::{Database, PostgresServer};

/// A database with the tables.
pub(crate) struct Tables {
    database: Database<'static>,
    query: &'static str,
}

impl Tables {
    pub(crate) fn new() -> Self {
        let tables = Self::none();
        assert_eq!(tables.migrate(), Ok(Migrated::Created));
        tables
    }

    /// Without tables yet.
    pub(crate) fn none() -> Self {
        Self {
            database: PostgresServer::shared().database(""),
            query: "",
        }
    }

    /// The same, reached with what `query` says in the URL.
    pub(crate) fn by(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    pub(crate) fn database(&self) -> &Database<'static> {
        &self.database
    }

    pub(crate) fn url(&self) -> String {
        format!("{}?{}", self.database.url(), self.query)
    }

    pub(crate) fn migrate(&self) -> Result<Migrated, ErrorKind> {
        let migrated = axes_stores::migrate(&self.url(), &OpenOptions::default());
        migrated.map_err(|error| error.kind())
    }

    /// One more store on it, as another process has it.
    pub(crate) fn store(&self) -> PostgresStore {
        let options = PostgresOptions::default();
        PostgresStore::new(&self.url(), options).expect("the URL is right")
    }

    /// Runs statements that have to work.
    pub(crate) fn run(&self, sql: &str) {
        self.database.connect().run(sql);
    }

    /// Deletes everything but the tables.
    pub(crate) fn empty(&self) {
        self.run(&format!("TRUNCATE {}", TABLES.join(", ")));
    }
}
