//! Telling people what was recorded.

use axes_core::{Parts, Timestamp};

use super::index::Walk;
use super::marks::Marks;
use super::ops::record_key;
use super::record_entry::RecordEntry;
use super::run::Run;
use super::store::KeyedStore;
use super::{Entries, forget};
use crate::{Archive, Cursor, Past, Recorded, Slice, StoreError};

/// How many records more than are asked for are in memory at the same time.
const SPARE: usize = 1000;

/// The indexes know no order: whatever slice is asked for, all records are looked at that the smallest of
/// them knows of whoever is asked for, many in one question. No more of them than a slice are in memory.
///
/// There is no log, and nothing to purge: entries expire by themselves.
impl<E: Entries> Archive for KeyedStore<E> {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        let mut run = self.run(now, Vec::new())?;
        let selected = wanted.who.parts();
        let index = forget::index_for(&Marks::of(&selected));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut latest = Latest::new(most.saturating_add(1));
        let mut walk = Walk::through(&index);
        while let Some(buckets) = walk.next(&mut run)? {
            for bucket in buckets {
                run.prefetch(bucket.names().map(record_key))?;
                for name in bucket.names() {
                    let Some(record) = run.wanted(name, &selected, wanted.since)? else {
                        continue;
                    };
                    let place = place(record.time, name);
                    if from.is_none_or(|Cursor(from)| place < *from) {
                        latest.add(place, record);
                    }
                }
            }
        }
        let mut found = latest.into_sorted();
        let is_last = found.len() <= most;
        found.truncate(most);
        let last = found.last().filter(|_| !is_last);
        Ok(Slice {
            next: last.map(|(place, _)| Cursor(place.clone())),
            items: found.into_iter().map(|(_, record)| shown(record)).collect(),
        })
    }

    fn logged(
        &self,
        _wanted: &Past,
        _from: Option<&Cursor>,
        _most: u32,
    ) -> Result<Slice<crate::Logged>, StoreError> {
        Ok(Slice {
            items: Vec::new(),
            next: None,
        })
    }

    fn purge(&self, _forgotten: Timestamp, _now: Timestamp, _most: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// The latest of what was added.
struct Latest {
    most: usize,
    found: Vec<(String, RecordEntry)>,
}

impl Latest {
    const fn new(most: usize) -> Self {
        Self {
            most,
            found: Vec::new(),
        }
    }

    fn add(&mut self, place: String, record: RecordEntry) {
        self.found.push((place, record));
        if self.found.len() > self.most.saturating_add(SPARE) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        self.found
            .sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        // An index may tell of one more than once.
        self.found.dedup_by(|(one, _), (other, _)| one == other);
        self.found.truncate(self.most);
    }

    fn into_sorted(mut self) -> Vec<(String, RecordEntry)> {
        self.sort();
        self.found
    }
}

impl<E: Entries> Run<'_, E> {
    /// The record of that name, if it is there and one of those that are wanted.
    fn wanted(
        &mut self,
        name: &str,
        selected: &Parts,
        since: Option<Timestamp>,
    ) -> Result<Option<RecordEntry>, StoreError> {
        let record = self.record_of(name)?;
        Ok(record.filter(|record| {
            selected.covers(&record.parts) && since.is_none_or(|since| record.time >= since)
        }))
    }
}

/// A text that sorts as the last attempt of a record does among those of others.
fn place(time: Timestamp, name: &str) -> String {
    let millis = i128::from(time.as_millis()).saturating_sub(i64::MIN.into());
    format!("{millis:020}{name}")
}

fn shown(record: RecordEntry) -> Recorded {
    Recorded {
        username: record.username,
        ip_address: record.ip_address,
        user_agent: record.parts.user_agent.unwrap_or_default(),
        path_info: record.path_info,
        failures: record.failures.saturating_add(record.refused),
        time: record.time,
    }
}
