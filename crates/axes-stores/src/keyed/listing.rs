//! Telling what is kept.

use std::collections::HashMap;
use std::net::IpAddr;

use axes_core::{Judge, ScopeKey, Selector, Suspect, Timestamp};

use super::Entries;
use super::index::{ALL_RECORDS, TALLIES, Walk};
use super::ops::{record_key, tally_key};
use super::record_entry::RecordEntry;
use super::run::Run;
use super::store::{self, KeyedStore};
use crate::{Asked, Listing, Page, StoreError, Wanted};

/// The attempts that look alike, as a store without tables tells of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// The username as it was typed.
    pub username: Option<String>,
    /// The full address.
    pub ip_address: Option<IpAddr>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The path of the last of them.
    pub path_info: String,
    /// How many there were, those that were refused included.
    pub failures: u32,
    /// When the last of them was.
    pub time: Timestamp,
}

impl<E: Entries> KeyedStore<E> {
    /// All attempts that are recorded, those that were quiet for longest first.
    ///
    /// # Errors
    /// [`StoreError`] when the cache cannot tell.
    pub fn attempts(&self, now: Timestamp) -> Result<Vec<Attempts>, StoreError> {
        let mut run = self.run(now, Vec::new())?;
        // An index may tell of one more than once.
        let mut attempts = HashMap::new();
        let mut walk = Walk::through(ALL_RECORDS);
        while let Some(buckets) = walk.next(&mut run)? {
            for bucket in buckets {
                run.prefetch(bucket.names().map(record_key))?;
                for name in bucket.names() {
                    let found = run.attempts(name)?;
                    attempts.extend(found.map(|found| (name.to_owned(), found)));
                }
            }
        }
        let mut attempts: Vec<Attempts> = attempts.into_values().collect();
        attempts.sort_by_key(|attempts| attempts.time);
        Ok(attempts)
    }
}

impl<E: Entries> Listing for KeyedStore<E> {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        let mut suspects = Vec::new();
        if let Wanted::Keys(keys) = &asked.wanted {
            let mut run = self.run(now, keys.iter().copied().map(tally_key))?;
            for key in keys {
                suspects.extend(run.suspect(*key, asked)?);
            }
            return Ok(asked.page(suspects, now));
        }
        let mut run = self.run(now, Vec::new())?;
        let mut walk = Walk::through(TALLIES);
        while let Some(buckets) = walk.next(&mut run)? {
            for bucket in buckets {
                let keys: Vec<ScopeKey> = bucket.names().filter_map(ScopeKey::from_hex).collect();
                run.prefetch(keys.iter().copied().map(tally_key))?;
                for key in keys {
                    suspects.extend(run.suspect(key, asked)?);
                }
            }
        }
        suspects.sort_unstable_by_key(|suspect| suspect.key);
        suspects.dedup_by_key(|suspect| suspect.key);
        Ok(asked.page(suspects, now))
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        let mut run = self.run(now, vec![tally_key(key)])?;
        let found = run.load(key)?.entry;
        let lockout = found.and_then(|entry| {
            let suspect = Suspect {
                key,
                parts: entry.parts,
                tally: entry.tally,
            };
            judge.lockout(suspect, now)
        });
        let Some(lockout) = lockout else {
            return Ok(false);
        };
        store::reset(&mut run, &Selector::of(lockout.parts))?;
        Ok(true)
    }
}

impl<E: Entries> Run<'_, E> {
    /// The tally `key`, if it is a lockout that is asked for. What is none is not kept in memory.
    fn suspect(&mut self, key: ScopeKey, asked: &Asked<'_>) -> Result<Option<Suspect>, StoreError> {
        let suspect = self.load(key)?.entry.map(|entry| Suspect {
            key,
            parts: entry.parts,
            tally: entry.tally,
        });
        let now = self.now;
        let is_lockout = |suspect: &Suspect| asked.judge.lockout(suspect.clone(), now).is_some();
        Ok(suspect.filter(is_lockout))
    }

    /// The record of that name, if it is there. It is not kept in memory.
    pub(super) fn record_of(&mut self, name: &str) -> Result<Option<RecordEntry>, StoreError> {
        let found = self.fetch(&record_key(name))?;
        let Some(text) = found.value.as_deref() else {
            return Ok(None);
        };
        let Some(record) = RecordEntry::read(text)? else {
            return Ok(None);
        };
        self.compared_record(record)
    }

    fn attempts(&mut self, name: &str) -> Result<Option<Attempts>, StoreError> {
        Ok(self.record_of(name)?.map(|record| Attempts {
            username: record.username,
            ip_address: record.ip_address,
            user_agent: record.parts.user_agent,
            path_info: record.path_info,
            failures: record.failures.saturating_add(record.refused),
            time: record.time,
        }))
    }
}
