//! A connection that others are in the way of.

use std::cell::Cell;

use axes_stores::{Dialect, ErrorKind, SqlConnection, StoreError, Value};

use crate::connection::Connection;

/// What others are in the way of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Begin,
    Write,
    Commit,
    Anything,
    AfterCommit,
}

/// A connection on which one kind of call fails as contended, so many times, and does nothing.
pub(crate) struct Crowded {
    pub(crate) connection: Connection,
    at: At,
    before: Cell<u32>,
    committed: Cell<bool>,
    left: Cell<u32>,
}

impl Crowded {
    pub(crate) fn new(connection: Connection, at: At, times: u32) -> Self {
        Self {
            connection,
            at,
            before: Cell::new(0),
            committed: Cell::new(false),
            left: Cell::new(times),
        }
    }

    /// One on which the call after `before` others fails, whatever it is.
    pub(crate) fn once(connection: Connection, before: u32) -> Self {
        let crowded = Self::new(connection, At::Anything, 1);
        crowded.before.set(before);
        crowded
    }

    /// Whether there is nobody in the way any more.
    pub(crate) fn is_over(&self) -> bool {
        self.left.get() == 0
    }

    fn squeeze(&self, at: At) -> Result<(), StoreError> {
        if self.at == At::Anything
            && let Some(before) = self.before.get().checked_sub(1)
        {
            self.before.set(before);
            return Ok(());
        }
        let meant = match self.at {
            At::Anything => true,
            At::AfterCommit => self.committed.get(),
            At::Begin | At::Write | At::Commit => at == self.at,
        };
        match self.left.get().checked_sub(1) {
            Some(left) if meant => {
                self.left.set(left);
                Err(StoreError::new(ErrorKind::Contended, "get through"))
            }
            _ => Ok(()),
        }
    }
}

impl SqlConnection for Crowded {
    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    fn returns_rows(&self) -> bool {
        self.connection.returns_rows()
    }

    fn is_in_transaction(&self) -> bool {
        self.connection.is_in_transaction()
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        if sql.starts_with("INSERT") {
            self.squeeze(At::Write)?;
        } else if matches!(self.at, At::Anything | At::AfterCommit) {
            self.squeeze(self.at)?;
        }
        self.connection.query(sql, parameters)
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        self.squeeze(At::Write)?;
        self.connection.execute(sql, parameters)
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.squeeze(At::Begin)?;
        self.connection.begin()
    }

    fn commit(&self) -> Result<(), StoreError> {
        // The transaction stays open, as SQLite leaves it when it is busy.
        self.squeeze(At::Commit)?;
        self.connection.commit()?;
        self.committed.set(true);
        Ok(())
    }

    fn roll_back(&self) {
        self.connection.roll_back();
    }
}
