//! What PostgreSQL says when it cannot do something.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::{ErrorKind, StoreError};

/// The failure to do `operation` because of what the server, or the way to it, says.
pub(super) fn failed(operation: &'static str, error: &Error) -> StoreError {
    let (kind, operation) = understood(error, operation);
    StoreError::new(kind, operation).because(without_secrets(error))
}

/// Whether a statement that was prepared is not there any more, or not for the tables as they are.
pub(super) fn is_stale(error: &Error) -> bool {
    let stale = [
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::FEATURE_NOT_SUPPORTED,
    ];
    error.code().is_some_and(|code| stale.contains(code))
}

fn understood(error: &Error, operation: &'static str) -> (ErrorKind, &'static str) {
    let Some(code) = error.code() else {
        return (ErrorKind::Unavailable, operation);
    };
    let contended = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    let missing = [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN];
    let unknown = [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INVALID_CATALOG_NAME,
    ];
    let forbidden = [
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::INVALID_SCHEMA_NAME,
    ];
    if contended.contains(code) {
        (ErrorKind::Contended, operation)
    } else if *code == SqlState::UNIQUE_VIOLATION {
        (ErrorKind::Conflict, operation)
    } else if missing.contains(code) {
        (ErrorKind::Unprepared, "find the tables in the database")
    } else if unknown.contains(code) {
        (ErrorKind::Unprepared, "log in to the database")
    } else if forbidden.contains(code) {
        (ErrorKind::Unprepared, operation)
    } else if *code == SqlState::DISK_FULL {
        (ErrorKind::Full, operation)
    } else {
        (ErrorKind::Unavailable, operation)
    }
}

/// What is known of an error without what was asked: a detail may repeat a username, and a message the
/// account of the database.
fn without_secrets(error: &Error) -> String {
    match error.as_db_error() {
        Some(told) if understood(error, "").1 == "log in to the database" => {
            format!("the server refused it ({})", told.code().code())
        }
        Some(told) => format!("{} ({})", told.message(), told.code().code()),
        None => error
            .source()
            .map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    }
}
