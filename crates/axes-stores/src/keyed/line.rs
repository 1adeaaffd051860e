//! Lines of the log of the past.

use axes_core::{Op, Parts, Record, Timestamp};

use super::marks::digest;
use super::tally_entry::{read_parts, write_parts};
use super::text::{Reader, Writer};
use crate::{Happened, Logged, StoreError};

const FAILURE: &str = "f1";
const ACCESS: &str = "a1";

/// What is added to the log of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A failure.
    Failure {
        /// What it tells.
        text: String,
        /// Short, printable ASCII, the same for all failures of one username; none where there was no
        /// username, and where all are to stay.
        username: Option<String>,
        /// How many of that username stay; none: all.
        keep: Option<u32>,
    },
    /// A success.
    Access {
        /// What it tells.
        text: String,
    },
    /// The logout of somebody whose success is in the log.
    LogOut {
        /// Of which session: short, printable ASCII.
        session: String,
        /// When it was.
        time: Timestamp,
    },
}

/// A success of the log, and by what name its logout is known.
pub(crate) struct AccessLine {
    pub(crate) logged: Logged,
    pub(crate) parts: Parts,
    pub(crate) session: String,
}

/// The line that `op` adds; `locked_out`: there is a lockout since what the batch has done before.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other ops have nothing to do with the log"
)]
pub(super) fn of(op: &Op, locked_out: bool) -> Option<Line> {
    let line = match op {
        Op::LogFailure {
            record,
            refused,
            keep,
        } => {
            let mut writer = Writer::new(FAILURE);
            write(&mut writer, record);
            writer.number(*refused || locked_out);
            Line::Failure {
                text: writer.finish(),
                username: record.username.as_deref().map(digest),
                keep: *keep,
            }
        }
        Op::LogAccess {
            record,
            session_hash,
        } => {
            let mut writer = Writer::new(ACCESS);
            write(&mut writer, record);
            let session = session(record.username.as_deref(), session_hash);
            writer.text(Some(&session));
            Line::Access {
                text: writer.finish(),
            }
        }
        // As in a database, who has no name is not found again.
        Op::LogOut {
            username: Some(username),
            session_hash,
            time,
        } => Line::LogOut {
            session: session(Some(username), session_hash),
            time: *time,
        },
        _ => return None,
    };
    Some(line)
}

/// A name for a session of somebody.
fn session(username: Option<&str>, session_hash: &str) -> String {
    digest(&format!("{session_hash} {}", username.unwrap_or_default()))
}

fn write(writer: &mut Writer, record: &Record) {
    writer.time(record.time);
    write_parts(writer, &record.parts);
    writer.text(record.username.as_deref());
    let address = record.ip_address.map(|address| address.to_string());
    writer.text(address.as_deref());
    writer.text(Some(&record.user_agent));
    writer.text(Some(&record.path_info));
}

fn read(reader: &mut Reader<'_>) -> Result<(Logged, Parts), StoreError> {
    let time = reader.time()?;
    let parts = read_parts(reader)?;
    let logged = Logged {
        what: Happened::Success { logged_out: None },
        username: reader.text()?,
        ip_address: reader.text()?.and_then(|address| address.parse().ok()),
        user_agent: reader.text()?.unwrap_or_default(),
        path_info: reader.text()?.unwrap_or_default(),
        time,
    };
    Ok((logged, parts))
}

/// The failure that `text` tells of.
pub(crate) fn read_failure(text: &str) -> Result<(Logged, Parts), StoreError> {
    let mut reader = Reader::new(FAILURE, text)?;
    let (mut logged, parts) = read(&mut reader)?;
    let locked_out = reader.number::<u8>()? == 1;
    logged.what = Happened::Failure { locked_out };
    Ok((logged, parts))
}

/// The success that `text` tells of.
pub(crate) fn read_access(text: &str) -> Result<AccessLine, StoreError> {
    let mut reader = Reader::new(ACCESS, text)?;
    let (logged, parts) = read(&mut reader)?;
    Ok(AccessLine {
        logged,
        parts,
        session: reader.text()?.unwrap_or_default(),
    })
}
