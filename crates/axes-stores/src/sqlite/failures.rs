//! What SQLite says when it cannot do something.

use rusqlite::ffi::{
    SQLITE_BUSY_SNAPSHOT, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE, SQLITE_ERROR,
};
use rusqlite::{Error, ErrorCode};

use crate::{ErrorKind, StoreError};

/// The failure to do `operation` because of what SQLite says.
pub(super) fn because(operation: &'static str) -> impl FnOnce(Error) -> StoreError {
    move |error| {
        let (kind, operation) = understood(&error, operation);
        let told = StoreError::new(kind, operation);
        // Where a file cannot be opened, the text says which.
        match error.sqlite_error() {
            Some(code) if code.code == ErrorCode::CannotOpen => told.because(*code),
            _ => told.because(error),
        }
    }
}

/// Whether others were at work for longer than anybody waits.
pub(super) fn is_busy(error: &Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        error.code == ErrorCode::DatabaseBusy && error.extended_code != SQLITE_BUSY_SNAPSHOT
    })
}

fn understood(error: &Error, operation: &'static str) -> (ErrorKind, &'static str) {
    if is_busy(error) {
        let operation = "get its turn to write to the database, or to read from it";
        return (ErrorKind::Unavailable, operation);
    }
    let text = error.to_string();
    let Some(error) = error.sqlite_error() else {
        return (ErrorKind::Corrupt, operation);
    };
    let unique = [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY];
    if unique.contains(&error.extended_code) {
        return (ErrorKind::Conflict, operation);
    }
    if error.extended_code == SQLITE_ERROR {
        // A statement that SQLite does not understand: ours are right for tables that are.
        let is_missing = text.contains("no such") || text.contains("no column");
        let missing = "find the tables in the database";
        return (
            ErrorKind::Unprepared,
            if is_missing { missing } else { operation },
        );
    }
    // Most of what else there is comes from the disk.
    #[expect(clippy::wildcard_enum_match_arm, reason = "there are many more")]
    match error.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => (ErrorKind::Contended, operation),
        ErrorCode::CannotOpen => (ErrorKind::Unprepared, "open the file of the database"),
        ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
            (ErrorKind::Unprepared, "write to the file of the database")
        }
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => {
            (ErrorKind::Corrupt, "read the file of the database")
        }
        ErrorCode::DiskFull => (ErrorKind::Full, operation),
        _ => (ErrorKind::Unavailable, operation),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn failures_are_told_apart() {
        for (code, kind) in [
            (SQLITE_CONSTRAINT_UNIQUE, ErrorKind::Conflict),
            (ffi::SQLITE_CONSTRAINT_NOTNULL, ErrorKind::Unavailable),
            (ffi::SQLITE_BUSY, ErrorKind::Unavailable),
            (SQLITE_BUSY_SNAPSHOT, ErrorKind::Contended),
            (ffi::SQLITE_LOCKED, ErrorKind::Contended),
            (ffi::SQLITE_READONLY, ErrorKind::Unprepared),
            (ffi::SQLITE_READONLY_DIRECTORY, ErrorKind::Unprepared),
            (ffi::SQLITE_CANTOPEN, ErrorKind::Unprepared),
            (ffi::SQLITE_CORRUPT, ErrorKind::Corrupt),
            (ffi::SQLITE_NOTADB, ErrorKind::Corrupt),
            (ffi::SQLITE_FULL, ErrorKind::Full),
            (ffi::SQLITE_IOERR_WRITE, ErrorKind::Unavailable),
        ] {
            let error = Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(because("write")(error).kind(), kind, "{code}");
        }
    }
}
