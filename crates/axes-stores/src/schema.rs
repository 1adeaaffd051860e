//! Creating the tables where there is no Django.
//!
//! `schema/` holds what Django's migrations create, written by `python -m tests.test_schema`. A Django
//! site that comes later finds every migration applied.

mod steps;

use std::collections::BTreeSet;

use self::steps::{STEPS, Step};
#[cfg(feature = "postgres")]
use crate::PostgresStore;
#[cfg(feature = "sqlite")]
use crate::SqliteStore;
use crate::open::Place;
use crate::{Dialect, OpenOptions, SqlConnection, StoreError, TABLES, Value};

/// The names of the migrations, in their order.
const MIGRATIONS: &str = include_str!("schema/migrations.txt");

/// What became of the tables of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Migrated {
    /// This kind of store needs none.
    Unneeded,
    /// There were none, and all were created.
    Created,
    /// They were of an older version, and these migrations were applied.
    Upgraded(Vec<&'static str>),
    /// They were there already. Nothing was done.
    Current,
    /// They are of an older version, and have to be upgraded by Django's `migrate`, which these
    /// migrations are missing for. Nothing was done.
    Outdated(Vec<&'static str>),
    /// All migrations were applied, but these tables are not there. Nothing was done.
    Incomplete(Vec<&'static str>),
}

/// A connection by which tables are created.
pub(crate) trait Creates: SqlConnection {
    /// Begins a transaction in which nobody else creates tables.
    fn begin_alone(&self) -> Result<(), StoreError>;

    /// Runs statements that return nothing.
    fn run(&self, sql: &str, operation: &'static str) -> Result<(), StoreError>;
}

/// Creates the tables that the store at `url` needs, or brings those up to date that this has created.
/// What is there is never deleted, and tables of a Django site are left to Django.
///
/// A file of SQLite that is not there is created in WAL mode, in which nobody who reads waits for anybody
/// who writes. It may be called by several processes at once: one of them does it.
///
/// # Errors
/// [`StoreError`] when the database cannot do it; then nothing was done.
pub fn migrate(url: &str, options: &OpenOptions) -> Result<Migrated, StoreError> {
    match Place::of(url)? {
        #[cfg(feature = "sqlite")]
        Place::Sqlite(path) => create(&SqliteStore::to_create(path, options.timeout)?, STEPS),
        #[cfg(feature = "postgres")]
        Place::Postgres(url) => create(&PostgresStore::to_create(url, options.timeout)?, STEPS),
        Place::Memory | Place::Redis(_) => Ok(Migrated::Unneeded),
        #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
        _ => Err(crate::open::left_out()),
    }
}

fn create<C: Creates>(connection: &C, steps: &[Step]) -> Result<Migrated, StoreError> {
    connection.begin_alone()?;
    let schema = Schema { connection, steps };
    let done = schema
        .bring_up_to_date()
        .and_then(|done| connection.commit().map(|()| done));
    if done.is_err() {
        connection.roll_back();
    }
    done
}

struct Schema<'a, C> {
    connection: &'a C,
    steps: &'a [Step],
}

impl<C: Creates> Schema<'_, C> {
    fn bring_up_to_date(&self) -> Result<Migrated, StoreError> {
        let mut missing = Vec::new();
        for table in TABLES {
            if !self.has(table)? {
                missing.push(table);
            }
        }
        let history = self.history()?;
        let unapplied: Vec<&'static str> = migrations()
            .filter(|name| !history.applied.contains(*name))
            .collect();
        if missing.len() == TABLES.len() && history.applied.is_empty() {
            self.create_all(&history)?;
            return Ok(Migrated::Created);
        }
        if !unapplied.is_empty() {
            return self.upgrade(&history, unapplied);
        }
        Ok(if missing.is_empty() {
            Migrated::Current
        } else {
            Migrated::Incomplete(missing)
        })
    }

    fn create_all(&self, history: &History) -> Result<(), StoreError> {
        let (tables, of_history) = match self.connection.dialect() {
            Dialect::Postgres => (
                include_str!("schema/postgres.sql"),
                include_str!("schema/history/postgres.sql"),
            ),
            Dialect::Sqlite | Dialect::Mysql => (
                include_str!("schema/sqlite.sql"),
                include_str!("schema/history/sqlite.sql"),
            ),
        };
        self.connection.run(tables, "create the tables")?;
        if !history.is_there {
            self.connection.run(of_history, "create the tables")?;
        }
        migrations().try_for_each(|name| self.note(name))
    }

    /// Applies what is missing, where Django does not do that and the steps are known.
    fn upgrade(
        &self,
        history: &History,
        unapplied: Vec<&'static str>,
    ) -> Result<Migrated, StoreError> {
        let step = |name: &&str| self.steps.iter().find(|step| step.migration == *name);
        let steps: Option<Vec<&Step>> = unapplied.iter().map(step).collect();
        let Some(steps) = steps.filter(|_| !history.is_of_a_site) else {
            return Ok(Migrated::Outdated(unapplied));
        };
        for step in steps {
            let sql = match self.connection.dialect() {
                Dialect::Postgres => step.postgres,
                Dialect::Sqlite | Dialect::Mysql => step.sqlite,
            };
            self.connection.run(sql, "upgrade the tables")?;
            self.note(step.migration)?;
        }
        Ok(Migrated::Upgraded(unapplied))
    }

    /// Notes for Django that the migration `name` is applied.
    fn note(&self, name: &str) -> Result<(), StoreError> {
        let now = match self.connection.dialect() {
            Dialect::Postgres => "now()",
            Dialect::Sqlite | Dialect::Mysql => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
        };
        let sql =
            format!("INSERT INTO django_migrations (app, name, applied) VALUES ('axes', ?, {now})");
        self.connection
            .execute(&sql, &[Value::text(name)])
            .map(|_| ())
    }

    fn history(&self) -> Result<History, StoreError> {
        if !self.has("django_migrations")? {
            return Ok(History::default());
        }
        let mut history = History {
            is_there: true,
            ..History::default()
        };
        let sql = "SELECT app, name FROM django_migrations";
        for row in self.connection.query(sql, &[])? {
            if let [Value::Text(app), Value::Text(name)] = row.as_slice() {
                if app == "axes" {
                    history.applied.insert(name.clone());
                } else {
                    history.is_of_a_site = true;
                }
            }
        }
        Ok(history)
    }

    fn has(&self, table: &str) -> Result<bool, StoreError> {
        let sql = match self.connection.dialect() {
            Dialect::Postgres => "SELECT 1 WHERE to_regclass(?) IS NOT NULL",
            Dialect::Sqlite | Dialect::Mysql => {
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
            }
        };
        let found = self.connection.query(sql, &[Value::text(table)])?;
        Ok(!found.is_empty())
    }
}

/// Which migrations were applied.
#[derive(Default)]
struct History {
    /// Whether there is a table that tells it.
    is_there: bool,
    /// Whether Django has applied those of other apps too.
    is_of_a_site: bool,
    /// Those of Axes.
    applied: BTreeSet<String>,
}

fn migrations() -> impl Iterator<Item = &'static str> {
    MIGRATIONS.lines()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sqlite::Connection;

    const NEWER: &[Step] = &[Step {
        migration: "0013_ban",
        sqlite: "CREATE TABLE axes_newer (id integer); INSERT INTO axes_newer VALUES (7);",
        postgres: "",
    }];

    fn empty() -> Connection {
        SqliteStore::to_create(":memory:", Duration::from_secs(1)).unwrap()
    }

    fn run(connection: &Connection, sql: &str) {
        Creates::run(connection, sql, "prepare a test").unwrap();
    }

    fn texts(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
        connection.query(sql, &[]).unwrap()
    }

    /// Tables as they were before the last migration.
    fn older() -> Connection {
        let connection = empty();
        create(&connection, STEPS).unwrap();
        let sql = "DELETE FROM django_migrations WHERE name = '0013_ban'";
        run(&connection, sql);
        connection
    }

    #[test]
    fn django_finds_every_migration_applied_in_its_order() {
        let connection = empty();
        assert_eq!(create(&connection, STEPS).unwrap(), Migrated::Created);
        let names = "SELECT name FROM django_migrations WHERE app = 'axes' ORDER BY id";
        let expected: Vec<_> = migrations().map(|name| vec![Value::text(name)]).collect();
        assert_eq!(texts(&connection, names), expected);
        let times = "SELECT applied FROM django_migrations WHERE applied NOT GLOB \
            '20[0-9][0-9]-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9]*'";
        assert!(texts(&connection, times).is_empty());
    }

    #[test]
    fn our_own_tables_are_upgraded_by_the_steps_that_are_known() {
        let connection = older();
        let upgraded = create(&connection, NEWER).unwrap();
        assert_eq!(upgraded, Migrated::Upgraded(vec!["0013_ban"]));
        let newer = texts(&connection, "SELECT id FROM axes_newer");
        assert_eq!(newer, [[Value::Int(7)]]);
        assert_eq!(create(&connection, NEWER).unwrap(), Migrated::Current);
    }

    #[test]
    fn tables_of_a_site_are_left_to_django() {
        let connection = older();
        run(
            &connection,
            "INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0001_initial', 'x')",
        );
        let outdated = Migrated::Outdated(vec!["0013_ban"]);
        assert_eq!(create(&connection, NEWER).unwrap(), outdated);
        let newer = "SELECT name FROM sqlite_master WHERE name = 'axes_newer'";
        assert!(texts(&connection, newer).is_empty());
    }

    #[test]
    fn what_no_step_is_known_for_is_told() {
        let outdated = Migrated::Outdated(vec!["0013_ban"]);
        assert_eq!(create(&older(), &[]).unwrap(), outdated);
        // Tables that somebody else has made, without telling how old they are.
        let connection = empty();
        run(&connection, "CREATE TABLE axes_accesslog (id integer)");
        let outdated = Migrated::Outdated(migrations().collect());
        assert_eq!(create(&connection, STEPS).unwrap(), outdated);
    }

    #[test]
    fn a_site_gets_the_tables_that_it_has_not_yet() {
        let connection = empty();
        run(&connection, include_str!("schema/history/sqlite.sql"));
        run(
            &connection,
            "INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0001_initial', 'x')",
        );
        assert_eq!(create(&connection, STEPS).unwrap(), Migrated::Created);
        assert_eq!(create(&connection, STEPS).unwrap(), Migrated::Current);
    }

    #[test]
    fn missing_tables_are_named_and_not_made() {
        let connection = empty();
        create(&connection, STEPS).unwrap();
        run(&connection, "DROP TABLE axes_tally");
        let incomplete = Migrated::Incomplete(vec!["axes_tally"]);
        assert_eq!(create(&connection, STEPS).unwrap(), incomplete);
        assert_eq!(create(&connection, STEPS).unwrap(), incomplete);
    }

    #[test]
    fn what_fails_leaves_nothing_behind() {
        let connection = empty();
        run(
            &connection,
            "CREATE TABLE other (id integer); CREATE INDEX axes_tally_listed ON other (id)",
        );
        let error = create(&connection, STEPS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not create the tables: the store is not prepared for Axes"
        );
        let tables = "SELECT name FROM sqlite_master WHERE name LIKE 'axes_a%'";
        assert!(texts(&connection, tables).is_empty());
    }
}
