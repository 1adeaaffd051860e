//! One connection to PostgreSQL.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::direct::is_direct;
use super::failures::{failed, is_stale};
use super::target::Target;
use super::text::numbered;
use super::values::{Column, Parameter, type_of};
use crate::pool::Pooled;
use crate::schema::Creates;
use crate::{Dialect, ErrorKind, SqlConnection, StoreError, Value};

/// How many statements the server keeps for a connection; then all are prepared anew.
const STATEMENTS: usize = 200;

/// How long a statement that was waited for too long is asked to end.
const FAREWELL: Duration = Duration::from_secs(1);

/// Those who create tables take turns by this lock of the database, which stands for nothing else.
const CREATES: i64 = 0x6178_6573_2f64_646c;

type Parameters<'a> = [&'a (dyn ToSql + Sync)];
type Typed<'a> = [(&'a (dyn ToSql + Sync), Type)];

/// A connection that waits for each of its answers in the thread that asks.
pub(crate) struct Connection {
    // Dropped first: its end is told through the runtime.
    client: Client,
    runtime: Waiting,
    connector: MakeRustlsConnect,
    limit: Duration,
    broken: Cell<bool>,
    in_transaction: Cell<bool>,
    /// Whether statements are prepared.
    prepares: bool,
    /// Whether they are not until the end of the next transaction: the one before broke on that.
    pauses: Cell<bool>,
    /// By their text and the types of their parameters.
    statements: RefCell<HashMap<(String, Vec<Type>), Statement>>,
}

impl Connection {
    /// Connects.
    pub(super) fn open(target: &Target, limit: Duration) -> Result<Self, StoreError> {
        let operation = "connect to the database";
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unavailable("wait for answers").because(error))?;
        let runtime = Waiting(Some(runtime));
        let connector = target.tls.connector()?;
        let connecting = target.config.connect(connector.clone());
        // A time limit needs a runtime to be made in.
        let connected = runtime
            .get()
            .ok_or_else(|| unavailable(operation))?
            .block_on(async { timeout(limit, connecting).await });
        let (client, connection) = connected
            .map_err(|elapsed| unavailable(operation).because(elapsed))?
            .map_err(|error| failed(operation, &error))?;
        // It ends when the client does. What went wrong is told by whoever waits for an answer.
        if let Some(runtime) = runtime.get() {
            runtime.spawn(async {
                let _ = connection.await;
            });
        }
        let mut opened = Self {
            client,
            runtime,
            connector,
            limit,
            broken: Cell::new(false),
            in_transaction: Cell::new(false),
            prepares: false,
            pauses: Cell::new(false),
            statements: RefCell::default(),
        };
        opened.prepares = match target.prepares {
            Some(prepares) => prepares,
            None => opened.wait(operation, is_direct(&opened.client))?,
        };
        Ok(opened)
    }

    /// Waits for `answer`, which may be that something is wrong.
    fn wait<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        self.ask(operation, answer)?
            .map_err(|error| self.failed(operation, &error))
    }

    /// Waits for `answer`, and not for ever.
    fn ask<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = T>,
    ) -> Result<T, StoreError> {
        let answered = async { timeout(self.limit, answer).await };
        let Some(runtime) = self.runtime.get() else {
            return Err(unavailable(operation));
        };
        runtime.block_on(answered).map_err(|elapsed| {
            // Nobody knows what comes on it next.
            self.broken.set(true);
            self.cancel();
            unavailable(operation).because(elapsed)
        })
    }

    /// Asks the server to end what is not waited for any more: it may stand in a lock, and would be done
    /// later.
    fn cancel(&self) {
        let cancelling = self.client.cancel_token();
        let cancelling = cancelling.cancel_query(self.connector.clone());
        // Whoever hears nothing of this one either ends with its connection.
        if let Some(runtime) = self.runtime.get() {
            let _ = runtime.block_on(async { timeout(FAREWELL, cancelling).await });
        }
    }

    fn failed(&self, operation: &'static str, error: &Error) -> StoreError {
        let error = failed(operation, error);
        if error.kind() == ErrorKind::Unavailable {
            self.broken.set(true);
        }
        error
    }

    /// Has one statement done: `plainly`, or `prepared` where that pays.
    fn run_one<T>(
        &self,
        operation: &'static str,
        (sql, parameters): (&str, &[Value]),
        prepared: &impl AsyncFn(&Client, &Statement, &Parameters<'_>) -> Result<T, Error>,
        plainly: &impl AsyncFn(&Client, &str, &Typed<'_>) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let written: Vec<Parameter<'_>> = parameters.iter().map(Parameter).collect();
        if !self.prepares || self.pauses.get() {
            let written = written.iter().map(|it| it as &(dyn ToSql + Sync));
            let typed: Vec<_> = written.zip(parameters.iter().map(type_of)).collect();
            return self.wait(operation, plainly(&self.client, &numbered(sql), &typed));
        }
        let written: Vec<_> = written.iter().map(|it| it as &(dyn ToSql + Sync)).collect();
        let mut is_first = true;
        loop {
            let statement = self.statement(operation, sql, parameters)?;
            match self.ask(operation, prepared(&self.client, &statement, &written))? {
                // Somebody has changed a table, or deallocated the statement. Nothing was done.
                Err(error) if is_stale(&error) => {
                    self.statements.borrow_mut().clear();
                    if self.in_transaction.get() {
                        // That has to be begun again.
                        self.pauses.set(true);
                        return Err(StoreError::new(ErrorKind::Contended, operation));
                    }
                    if !std::mem::take(&mut is_first) {
                        return Err(self.failed(operation, &error));
                    }
                }
                done => return done.map_err(|error| self.failed(operation, &error)),
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
        let rows = self.run_one(
            operation,
            (sql, parameters),
            &async |client, statement, parameters| client.query(statement, parameters).await,
            &async |client, sql, parameters| client.query_typed(sql, parameters).await,
        )?;
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
        self.run_one(
            "write to the database",
            (sql, parameters),
            &async |client, statement, parameters| client.execute(statement, parameters).await,
            &async |client, sql, parameters| client.execute_typed(sql, parameters).await,
        )
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.wait("begin a transaction", self.client.batch_execute("BEGIN"))?;
        self.in_transaction.set(true);
        Ok(())
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.wait("commit a transaction", self.client.batch_execute("COMMIT"))?;
        self.in_transaction.set(false);
        self.pauses.set(false);
        Ok(())
    }

    fn roll_back(&self) {
        if self.broken.get() {
            // The server does it when the connection ends.
            return;
        }
        let rolled_back = self.wait("roll back", self.client.batch_execute("ROLLBACK"));
        self.in_transaction.set(false);
        if rolled_back.is_err() {
            self.broken.set(true);
        }
    }
}

impl Creates for Connection {
    fn begin_alone(&self) -> Result<(), StoreError> {
        self.begin()?;
        let sql = "SELECT 1 FROM pg_advisory_xact_lock(?)";
        let alone = self.query(sql, &[Value::Int(CREATES)]);
        if alone.is_err() {
            self.roll_back();
        }
        alone.map(|_| ())
    }

    fn run(&self, sql: &str, operation: &'static str) -> Result<(), StoreError> {
        self.wait(operation, self.client.batch_execute(sql))
    }
}

impl Pooled for Connection {
    fn is_broken(&self) -> bool {
        if self.broken.get() || self.in_transaction.get() {
            return true;
        }
        // What has come meanwhile is heard now: that the server has gone, at best.
        if let Some(runtime) = self.runtime.get() {
            runtime.block_on(async {
                for _ in 0..3 {
                    yield_now().await;
                }
            });
        }
        self.client.is_closed()
    }

    fn is_alive(&self) -> bool {
        let asked = self.wait("ask the database", self.client.simple_query(""));
        asked.is_ok()
    }
}

/// What waits for answers, until it is dropped.
struct Waiting(Option<Runtime>);

impl Waiting {
    const fn get(&self) -> Option<&Runtime> {
        self.0.as_ref()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Whoever drops it may be in a runtime of its own, in which nobody may wait for another one to end;
        // and looking up a name may take longer than anybody waits.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

fn unavailable(operation: &'static str) -> StoreError {
    StoreError::new(ErrorKind::Unavailable, operation)
}
