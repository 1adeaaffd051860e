//! Deleting records, and lowering the tallies that count them.

use std::collections::{BTreeMap, BTreeSet};

use axes_core::{ClearProven, Parts, ScopeKey, Timestamp};

use super::Entries;
use super::index::Walk;
use super::marks::Marks;
use super::record_entry::RecordEntry;
use super::resets::Reset;
use super::run::{self, Run};
use super::store::{TALLIES, record_key, tally_key};
use crate::StoreError;
use crate::sql::every_scope;

/// The index of all records.
pub(super) const RECORDS: &str = "records";

/// What the indexes of records are for, as wanted usernames, networks and user agents: each kind of
/// reset looks only through what it concerns.
const INDEXED: [[bool; 3]; 4] = [
    [true, true, false],
    [true, false, false],
    [false, true, false],
    [false, false, false],
];

/// The indexes that know a record with `parts`.
pub(super) fn indexes(parts: &Parts) -> impl Iterator<Item = String> {
    let marks = Marks::of(parts);
    INDEXED
        .into_iter()
        .filter_map(move |wanted| marks.pick(wanted))
        .map(|marks| index_of(&marks))
}

/// The smallest index that knows all records with `marks`.
fn index_for(marks: &Marks) -> String {
    let known = INDEXED.into_iter().find_map(|wanted| marks.pick(wanted));
    known.map_or_else(|| RECORDS.to_owned(), |marks| index_of(&marks))
}

fn index_of(marks: &Marks) -> String {
    format!("{RECORDS}:{}", marks.name())
}

/// Deletes what `reset` is about, as far as the indexes know of it; how many records that were.
///
/// A tally that also counts others goes back to what their records say.
pub(super) fn delete_what_is_gone<E: Entries>(
    run: &mut Run<'_, E>,
    reset: &Reset,
) -> Result<u64, StoreError> {
    let mut count: u64 = 0;
    remove_records(
        run,
        &reset.marks,
        |run, record| run.removed_by(reset, record),
        |run, removed| {
            count = count.saturating_add(removed.len() as u64);
            let mut touched: BTreeMap<ScopeKey, Timestamp> = BTreeMap::new();
            for record in removed {
                for parts in every_scope(&record.parts) {
                    let last = touched.entry(parts.key()).or_insert(record.last);
                    *last = record.last.max(*last);
                }
            }
            run.prefetch(touched.keys().map(|key| tally_key(*key)))?;
            for (key, last) in touched {
                run.change(key, |tally| {
                    let counted = tally.counts(last);
                    if counted {
                        tally.lower();
                    }
                    counted
                })?;
            }
            Ok(())
        },
    )?;
    if reset.is_of_everything() {
        delete_tallies(run)?;
    }
    Ok(count)
}

/// Forgets what a success proves; how many records that were.
pub(super) fn clear_proven<E: Entries>(
    run: &mut Run<'_, E>,
    clear: &ClearProven,
) -> Result<u64, StoreError> {
    let proven = Marks::of(&clear.proven);
    let of_proven =
        |scope: &axes_core::Scope| scope.project(&clear.proven).map(|parts| parts.key());
    let certain: Vec<ScopeKey> = clear.scopes.iter().filter_map(of_proven).collect();
    let mut touched = BTreeSet::new();
    let mut count: u64 = 0;
    remove_records(
        run,
        &proven,
        |run, record| {
            let is_theirs = proven.covers(&Marks::of(&record.parts));
            Ok(is_theirs && run.compared_record(record.clone())?.is_some())
        },
        |_, removed| {
            count = count.saturating_add(removed.len() as u64);
            touched.extend(removed.iter().flat_map(|record| clear.keys(&record.parts)));
            Ok(())
        },
    )?;
    let keys: BTreeSet<ScopeKey> = certain.into_iter().chain(touched.iter().copied()).collect();
    run.prefetch(keys.iter().map(|key| tally_key(*key)))?;
    let now = run.now;
    for key in keys {
        run.change(key, |tally| {
            let theirs = tally.take_out(|share| proven.covers(&share.marks));
            if theirs.is_empty() && !touched.contains(&key) {
                return false;
            }
            let failures = theirs.iter().map(|share| (share.failures, share.last));
            let left = clear.apply(tally.tally.clone(), failures, now);
            tally.turn_into(left, &clear.terms);
            true
        })?;
    }
    Ok(count)
}

/// Deletes the records with `marks` that are `meant`, and tells `removed` of them, bucket by bucket.
fn remove_records<'r, E: Entries>(
    run: &mut Run<'r, E>,
    marks: &Marks,
    mut meant: impl FnMut(&mut Run<'r, E>, &RecordEntry) -> Result<bool, StoreError>,
    mut removed: impl FnMut(&mut Run<'r, E>, &[RecordEntry]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let index = index_for(marks);
    let mut walk = Walk::through(&index);
    while let Some(buckets) = walk.next(run)? {
        for bucket in buckets {
            run.prefetch(bucket.names().map(record_key))?;
            let (mut names, mut records) = (Vec::new(), Vec::new());
            for name in bucket.names() {
                if let Some(record) = remove_record(run, name, &mut meant)? {
                    names.push(name.to_owned());
                    records.push(record);
                }
            }
            removed(run, &records)?;
            bucket.remove(run, &names)?;
        }
    }
    Ok(())
}

/// Deletes the record of that name, if it is there and `meant`.
fn remove_record<'r, E: Entries>(
    run: &mut Run<'r, E>,
    name: &str,
    meant: &mut impl FnMut(&mut Run<'r, E>, &RecordEntry) -> Result<bool, StoreError>,
) -> Result<Option<RecordEntry>, StoreError> {
    let key = record_key(name);
    for _ in 0..run::SWAPS {
        let found = run.fetch(&key)?;
        let Some(text) = found.value.as_deref() else {
            return Ok(None);
        };
        let record = RecordEntry::read(text)?;
        if !meant(run, &record)? {
            return Ok(None);
        }
        if run.bury(&key, &found)? {
            return Ok(Some(record));
        }
    }
    Err(run::contended())
}

/// Deletes the tallies that a reset of everything has done away with and no record told of.
fn delete_tallies<E: Entries>(run: &mut Run<'_, E>) -> Result<(), StoreError> {
    let mut walk = Walk::through(TALLIES);
    while let Some(buckets) = walk.next(run)? {
        for bucket in buckets {
            let keys: Vec<ScopeKey> = bucket.names().filter_map(ScopeKey::from_hex).collect();
            run.prefetch(keys.iter().map(|key| tally_key(*key)))?;
            let mut names = Vec::new();
            for key in keys {
                let tally = run.load(key)?;
                if tally.entry.is_none()
                    && tally.stale
                    && run.bury(&tally_key(key), &tally.found)?
                {
                    names.push(key.to_string());
                }
            }
            bucket.remove(run, &names)?;
        }
    }
    Ok(())
}
