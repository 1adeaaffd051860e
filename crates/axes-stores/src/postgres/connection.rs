//! One connection to PostgreSQL.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error, Statement};

use super::text::numbered;
use super::values::{Column, Parameter, type_of};
use crate::pool::Pooled;
use crate::{Dialect, ErrorKind, SqlConnection, StoreError, Value};

/// How many statements the server keeps for a connection; then all are prepared anew.
const STATEMENTS: usize = 200;

/// A connection that waits for each of its answers in the thread that asks.
pub(crate) struct Connection {
    // Dropped first: its end is told through the runtime.
    client: Client,
    runtime: Runtime,
    limit: Duration,
    broken: Cell<bool>,
    /// By their text and the types of their parameters.
    statements: RefCell<HashMap<(String, Vec<Type>), Statement>>,
}

impl Connection {
    /// Connects.
    pub(super) fn open(config: &Config, limit: Duration) -> Result<Self, StoreError> {
        let unavailable = |error| {
            let error =
                StoreError::new(ErrorKind::Unavailable, "connect to the database").because(error);
            error
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            StoreError::new(ErrorKind::Unavailable, "wait for the database").because(error)
        })?;
        // A time-out needs the runtime that it is made in.
        let connected = runtime
            .block_on(async { timeout(limit, config.connect(tokio_postgres::NoTls)).await });
        let (client, connection) = connected
            .map_err(|elapsed| {
                StoreError::new(ErrorKind::Unavailable, "connect to the database in time")
                    .because(elapsed)
            })?
            .map_err(|error| unavailable(without_secrets(&error)))?;
        // It ends when the client does. What went wrong is told by whoever waits for an answer.
        runtime.spawn(async {
            let _ = connection.await;
        });
        Ok(Self {
            client,
            runtime,
            limit,
            broken: Cell::new(false),
            statements: RefCell::default(),
        })
    }

    /// Waits for `answer`.
    fn wait<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let answered = self
            .runtime
            .block_on(async { timeout(self.limit, answer).await });
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let kind = kind_of(&error);
                if kind == ErrorKind::Unavailable {
                    self.broken.set(true);
                }
                Err(StoreError::new(kind, operation).because(without_secrets(&error)))
            }
            Err(elapsed) => {
                // Nobody knows what comes on it next.
                self.broken.set(true);
                Err(StoreError::new(ErrorKind::Unavailable, operation).because(elapsed))
            }
        }
    }

    fn statement(
        &self,
        operation: &'static str,
        sql: &str,
        parameters: &[Value],
    ) -> Result<Statement, StoreError> {
        let key = (sql.to_owned(), parameters.iter().map(type_of).collect());
        if let Some(known) = self.statements.borrow().get(&key) {
            return Ok(known.clone());
        }
        let (sql, types) = &key;
        let prepared = self.wait(operation, self.client.prepare_typed(&numbered(sql), types))?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(key, prepared.clone());
        Ok(prepared)
    }
}

impl SqlConnection for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn returns_rows(&self) -> bool {
        true
    }

    fn is_in_transaction(&self) -> bool {
        false
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        let operation = "read from the database";
        let statement = self.statement(operation, sql, parameters)?;
        let written: Vec<Parameter<'_>> = parameters.iter().map(Parameter).collect();
        let written: Vec<&(dyn ToSql + Sync)> = written.iter().map(|it| it as _).collect();
        let rows = self.wait(operation, self.client.query(&statement, &written))?;
        rows.iter()
            .map(|row| {
                (0..row.len())
                    .map(|column| row.try_get(column).map(|Column(value)| value))
                    .collect::<Result<_, _>>()
                    .map_err(|error| StoreError::new(ErrorKind::Corrupt, operation).because(error))
            })
            .collect()
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        let operation = "write to the database";
        let statement = self.statement(operation, sql, parameters)?;
        let written: Vec<Parameter<'_>> = parameters.iter().map(Parameter).collect();
        let written: Vec<&(dyn ToSql + Sync)> = written.iter().map(|it| it as _).collect();
        self.wait(operation, self.client.execute(&statement, &written))
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.wait("begin a transaction", self.client.batch_execute("BEGIN"))
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.wait("commit a transaction", self.client.batch_execute("COMMIT"))
    }

    fn roll_back(&self) {
        let rolled_back = self.wait("roll back", self.client.batch_execute("ROLLBACK"));
        if rolled_back.is_err() {
            // The server does it when the connection ends.
            self.broken.set(true);
        }
    }
}

impl Pooled for Connection {
    fn is_broken(&self) -> bool {
        self.broken.get() || self.client.is_closed()
    }

    fn is_alive(&self) -> bool {
        let asked = self.wait("ask the database", self.client.simple_query(""));
        asked.is_ok()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

fn kind_of(error: &Error) -> ErrorKind {
    let Some(code) = error.code() else {
        return ErrorKind::Unavailable;
    };
    let contended = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    if contended.contains(code) {
        ErrorKind::Contended
    } else if *code == SqlState::UNIQUE_VIOLATION {
        ErrorKind::Conflict
    } else {
        ErrorKind::Unavailable
    }
}

/// What is known of an error without what was asked: a detail may repeat a username.
fn without_secrets(error: &Error) -> String {
    match error.as_db_error() {
        Some(told) => format!("{} ({})", told.message(), told.code().code()),
        None => error
            .source()
            .map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    }
}
