//! A connection to a database, whoever holds it.

use crate::StoreError;
use crate::sql::Value;

/// How a database writes what standards leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite 3.24 or newer.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB and MySQL.
    Mysql,
}

/// A connection to a database: Django's own, or one of ours.
///
/// # Rules
/// 1. Statements have `?` where parameters go, and hold no other question mark.
/// 2. Outside of a transaction a statement is committed when it returns.
/// 3. An error of kind [`Contended`](crate::ErrorKind::Contended) means that the statement had no
///    effect and that trying again makes sense; of kind [`Conflict`](crate::ErrorKind::Conflict),
///    that a unique row exists already.
/// 4. Columns whose name ends with `_time` come back as `Time`, other texts as `Text`, numbers as `Int`.
pub trait SqlConnection {
    /// How its database writes.
    fn dialect(&self) -> Dialect;

    /// Whether an `INSERT` can return the row that it leaves: PostgreSQL, MariaDB 10.5 and SQLite 3.35
    /// can, MySQL cannot.
    fn returns_rows(&self) -> bool;

    /// Whether statements run inside somebody else's transaction already.
    fn is_in_transaction(&self) -> bool;

    /// The rows that `sql`, which may write too, returns.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError>;

    /// The number of rows that `sql` changed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot do it.
    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError>;

    /// Begins a transaction, or a savepoint in one.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot do it.
    fn begin(&self) -> Result<(), StoreError>;

    /// Commits what [`begin`](Self::begin) began.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot do it.
    fn commit(&self) -> Result<(), StoreError>;

    /// Undoes what was done since [`begin`](Self::begin), as far as the database still answers. Also
    /// called after a [`commit`](Self::commit) that failed, whether it ended the transaction or not.
    fn roll_back(&self);
}

impl<C: SqlConnection + ?Sized> SqlConnection for &C {
    fn dialect(&self) -> Dialect {
        (**self).dialect()
    }

    fn returns_rows(&self) -> bool {
        (**self).returns_rows()
    }

    fn is_in_transaction(&self) -> bool {
        (**self).is_in_transaction()
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        (**self).query(sql, parameters)
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        (**self).execute(sql, parameters)
    }

    fn begin(&self) -> Result<(), StoreError> {
        (**self).begin()
    }

    fn commit(&self) -> Result<(), StoreError> {
        (**self).commit()
    }

    fn roll_back(&self) {
        (**self).roll_back();
    }
}
