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
}

/// A connection on which one kind of call fails as contended, so many times, and does nothing.
pub(crate) struct Crowded {
    pub(crate) connection: Connection,
    at: At,
    left: Cell<u32>,
}

impl Crowded {
    pub(crate) fn new(connection: Connection, at: At, times: u32) -> Self {
        Self {
            connection,
            at,
            left: Cell::new(times),
        }
    }

    fn squeeze(&self, at: At) -> Result<(), StoreError> {
        match self.left.get().checked_sub(1) {
            Some(left) if at == self.at => {
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
        self.connection.commit()
    }

    fn roll_back(&self) {
        self.connection.roll_back();
    }
}
