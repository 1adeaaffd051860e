//! A record as a cache keeps it.

use std::net::IpAddr;

use axes_core::{Parts, Record, Terms, Timestamp};

use super::marks::Marks;
use super::tally_entry::{Share, read_parts, write_parts};
use super::text::{Reader, Writer, corrupt};
use crate::StoreError;

const KIND: &str = "r2";
/// What is left of a record that was deleted.
const GONE: &str = "g1";

/// What stands under the key of a record.
pub(super) enum Kept {
    Record(Box<RecordEntry>),
    /// It was deleted; its version was this.
    Gone(i64),
}

/// The attempts that look alike: what a person may want to know of them, and what they contribute to
/// tallies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecordEntry {
    /// The version that it began with: another one after it was deleted.
    pub(super) life: i64,
    /// Greater after each change, also after it was deleted: tallies tell by it which of two states is
    /// the later.
    pub(super) version: i64,
    /// The number of the latest reset that it was compared with.
    pub(super) compared: i64,
    /// Until when the indexes know of it.
    pub(super) indexed: Timestamp,
    /// Until when it has to stay.
    pub(super) kept: Timestamp,
    pub(super) parts: Parts,
    pub(super) username: Option<String>,
    pub(super) ip_address: Option<IpAddr>,
    pub(super) path_info: String,
    /// Failures whose password was checked.
    pub(super) failures: u32,
    /// The last of them; the first attempt, where there is none.
    pub(super) last: Timestamp,
    /// When they are forgotten.
    pub(super) expires: Timestamp,
    /// Attempts that were refused.
    pub(super) refused: u32,
    /// The last attempt of either kind.
    pub(super) time: Timestamp,
}

impl RecordEntry {
    pub(super) fn new(record: &Record, now: Timestamp) -> Self {
        Self {
            life: 0,
            version: 0,
            compared: 0,
            indexed: Timestamp::EPOCH,
            kept: Timestamp::EPOCH,
            parts: record.parts.clone(),
            username: record.username.clone(),
            ip_address: record.ip_address,
            path_info: record.path_info.clone(),
            failures: 0,
            last: now,
            expires: Timestamp::EPOCH,
            refused: 0,
            time: now,
        }
    }

    /// Adds one failure. Those that were refused count in no tally but the one that refused: they must
    /// not keep alive what is forgotten.
    pub(super) fn count(&mut self, record: &Record, refused: bool, terms: &Terms, now: Timestamp) {
        let remembered = terms.cool_off.longest();
        let forgotten = |time: Timestamp| remembered.is_some_and(|left| time.plus(left) <= now);
        if forgotten(self.time) {
            self.refused = 0;
        }
        if refused {
            self.refused = self.refused.saturating_add(1);
        } else {
            if self.expires <= now {
                self.failures = 0;
            }
            self.failures = self.failures.saturating_add(1);
            self.last = self.last.max(now);
            let after = terms.cool_off.after(self.failures);
            let expires = after.map_or(Timestamp::NEVER, |after| now.plus(after));
            self.expires = self.expires.max(expires);
        }
        self.path_info.clone_from(&record.path_info);
        self.time = self.time.max(now);
        // Tallies may remember a failure for longer than its record does; where it is gone, only the
        // number of records that a reset removed is too small.
        let times = if refused { 1 } else { 2 };
        let until = remembered.map_or(Timestamp::NEVER, |left| {
            now.plus(left.saturating_mul(times))
        });
        self.kept = self.kept.max(until).max(self.expires);
    }

    /// What it contributes to tallies, under its key.
    pub(super) fn share(&self, record: String) -> Share {
        Share {
            record,
            marks: Marks::of(&self.parts),
            life: self.life,
            version: self.version,
            failures: self.failures,
            last: self.last,
        }
    }

    /// Lets this be the state that follows the version `before`.
    pub(super) fn follow(&mut self, before: i64, now: Timestamp) {
        self.version = before.saturating_add(1).max(now.as_millis());
        if self.life == 0 {
            self.life = self.version;
        }
    }

    /// What is left when it is deleted.
    pub(super) fn gone(&self) -> String {
        let mut writer = Writer::new(GONE);
        writer.number(self.version);
        writer.finish()
    }

    pub(super) fn write(&self) -> String {
        let mut writer = Writer::new(KIND);
        writer.number(self.life);
        writer.number(self.version);
        writer.number(self.compared);
        writer.time(self.indexed);
        writer.time(self.kept);
        write_parts(&mut writer, &self.parts);
        writer.text(self.username.as_deref());
        let address = self.ip_address.map(|address| address.to_string());
        writer.text(address.as_deref());
        writer.text(Some(&self.path_info));
        writer.number(self.failures);
        writer.time(self.last);
        writer.time(self.expires);
        writer.number(self.refused);
        writer.time(self.time);
        writer.finish()
    }

    /// The record of that text, if it was not deleted.
    pub(super) fn read(text: &str) -> Result<Option<Self>, StoreError> {
        Ok(match Self::kept(text)? {
            Kept::Record(record) => Some(*record),
            Kept::Gone(_) => None,
        })
    }

    pub(super) fn kept(text: &str) -> Result<Kept, StoreError> {
        if let Ok(mut reader) = Reader::new(GONE, text) {
            return reader.number().map(Kept::Gone);
        }
        let mut reader = Reader::new(KIND, text)?;
        let (life, version) = (reader.number()?, reader.number()?);
        let (compared, indexed, kept) = (reader.number()?, reader.time()?, reader.time()?);
        let parts = read_parts(&mut reader)?;
        let username = reader.text()?;
        let address = reader.text()?.map(|address| address.parse());
        Ok(Kept::Record(Box::new(Self {
            life,
            version,
            compared,
            indexed,
            kept,
            parts,
            username,
            ip_address: address.transpose().map_err(|_| corrupt())?,
            path_info: reader.text()?.unwrap_or_default(),
            failures: reader.number()?,
            last: reader.time()?,
            expires: reader.time()?,
            refused: reader.number()?,
            time: reader.time()?,
        })))
    }
}
