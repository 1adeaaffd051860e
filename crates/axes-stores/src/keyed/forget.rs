//! Deleting records, and lowering the tallies that count them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axes_core::{ClearProven, Parts, ScopeKey, Timestamp};

use super::index::{self, TALLIES, Walk, root};
use super::marks::Marks;
use super::ops::{record_key, tally_key};
use super::record_entry::RecordEntry;
use super::resets::Reset;
use super::run::{self, Run};
use super::tally_entry::{Share, TallyEntry};
use super::{Entries, Gone};
use crate::StoreError;
use crate::sql::every_scope;

/// What the names of the indexes of records begin with.
const RECORDS: &str = "records";

/// How long is known which version of a record was deleted: for longer than a failure takes from its
/// record to its tallies.
const GONE: Duration = Duration::from_mins(5);

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
pub(super) fn index_for(marks: &Marks) -> String {
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
            for (_, record) in removed {
                for parts in every_scope(&record.parts) {
                    let last = touched.entry(parts.key()).or_insert(record.last);
                    *last = record.last.max(*last);
                }
            }
            run.prefetch(touched.keys().map(|key| tally_key(*key)))?;
            for (key, last) in touched {
                run.change(key, |_, tally, stale| {
                    // What it knows of those records was taken out when it was compared. What it does
                    // not know of them is among the rest, as long as nothing was counted since.
                    let lowered = (stale || tally.is_full()) && tally.counts(last);
                    if lowered {
                        tally.lower();
                    }
                    Ok(lowered)
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

/// What to read at once for [`clear_proven`].
pub(super) fn keys(clear: &ClearProven, sets: bool) -> Vec<String> {
    let certain = certain(clear).map(tally_key);
    let index = (!sets).then(|| root(&index_for(&Marks::of(&clear.proven))));
    certain.chain(index).collect()
}

/// Whether a success has nothing to forget: no record, and nothing in a tally that outlived its record.
pub(super) fn finds_nothing<E: Entries>(
    run: &mut Run<'_, E>,
    clear: &ClearProven,
) -> Result<bool, StoreError> {
    let proven = Marks::of(&clear.proven);
    if !index::is_empty(run, &index_for(&proven))? {
        return Ok(false);
    }
    for key in certain(clear) {
        let tally = run.load(key)?;
        let counts = |entry: &TallyEntry| {
            let mut shares = entry.shares.iter();
            shares.any(|share| proven.covers(&share.marks))
        };
        let found_nothing = !tally.stale && !tally.entry.as_ref().is_some_and(counts);
        run.put_back(tally_key(key), tally.found);
        if !found_nothing {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The tallies that count what is proven and nothing else.
fn certain(clear: &ClearProven) -> impl Iterator<Item = ScopeKey> {
    clear.keys(&clear.proven)
}

/// Forgets what a success proves; how many records that were.
pub(super) fn clear_proven<E: Entries>(
    run: &mut Run<'_, E>,
    clear: &ClearProven,
) -> Result<u64, StoreError> {
    let proven = Marks::of(&clear.proven);
    let mut touched: BTreeMap<ScopeKey, Vec<Share>> = BTreeMap::new();
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
            for (name, record) in removed {
                for key in clear.keys(&record.parts) {
                    touched
                        .entry(key)
                        .or_default()
                        .push(record.share(name.clone()));
                }
            }
            Ok(())
        },
    )?;
    let keys: BTreeSet<ScopeKey> = certain(clear).chain(touched.keys().copied()).collect();
    run.prefetch(keys.iter().map(|key| tally_key(*key)))?;
    let now = run.now;
    for key in keys {
        let removed: &[Share] = touched.get(&key).map_or(&[], Vec::as_slice);
        run.change(key, |run, tally, _| {
            let stays = run.records_that_stay(tally, &proven, removed)?;
            let theirs = tally.take_out(|share| {
                proven.covers(&share.marks) && !stays.contains(&(share.record.clone(), share.life))
            });
            if theirs.is_empty() && removed.is_empty() {
                return Ok(false);
            }
            let failures = theirs.iter().map(|share| (share.failures, share.last));
            let left = clear.apply(tally.tally.clone(), failures, now);
            tally.turn_into(left, &clear.terms);
            // Their failures may be recorded already and not have come here yet.
            for share in theirs.iter().chain(removed) {
                tally.note_forgotten(share.clone());
            }
            Ok(true)
        })?;
    }
    Ok(count)
}

impl<E: Entries> Run<'_, E> {
    /// Of the lives of records that `tally` knows and `proven` covers, those that have begun since the
    /// others were `removed`.
    fn records_that_stay(
        &mut self,
        tally: &TallyEntry,
        proven: &Marks,
        removed: &[Share],
    ) -> Result<BTreeSet<(String, i64)>, StoreError> {
        let is_removed = |share: &Share| removed.iter().any(|it| it.is_same(share));
        let unknown = tally.shares.iter().filter(|share| {
            share.failures > 0 && proven.covers(&share.marks) && !is_removed(share)
        });
        let unknown: Vec<&Share> = unknown.collect();
        self.prefetch(unknown.iter().map(|share| record_key(&share.record)))?;
        let mut stays = BTreeSet::new();
        for share in unknown {
            let found = self.fetch(&record_key(&share.record))?;
            let record = found.value.as_deref().map(RecordEntry::read).transpose()?;
            if record
                .flatten()
                .is_some_and(|record| record.life == share.life)
            {
                stays.insert((share.record.clone(), share.life));
            }
        }
        Ok(stays)
    }
}

/// Deletes the records with `marks` that are `meant`, and tells `removed` of them, bucket by bucket.
fn remove_records<'r, E: Entries>(
    run: &mut Run<'r, E>,
    marks: &Marks,
    mut meant: impl FnMut(&mut Run<'r, E>, &RecordEntry) -> Result<bool, StoreError>,
    mut removed: impl FnMut(&mut Run<'r, E>, &[(String, RecordEntry)]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let index = index_for(marks);
    let mut walk = Walk::through(&index);
    while let Some(buckets) = walk.next(run)? {
        for bucket in buckets {
            run.prefetch(bucket.names().map(record_key))?;
            let mut records = Vec::new();
            for name in bucket.names() {
                if let Some(record) = remove_record(run, name, &mut meant)? {
                    records.push((name.to_owned(), record));
                }
            }
            removed(run, &records)?;
            let gone = records.into_iter().map(|(name, record)| Gone {
                key: record_key(&name),
                text: record.gone(),
                member: name,
            });
            bucket.remove(run, &gone.collect::<Vec<_>>())?;
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
        let Some(record) = RecordEntry::read(text)? else {
            return Ok(None);
        };
        if !meant(run, &record)? {
            return Ok(None);
        }
        if run.put_shortly(&key, &record.gone(), &found, GONE)? {
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
            let mut gone = Vec::new();
            for key in keys {
                let tally = run.load(key)?;
                if tally.entry.is_none()
                    && tally.stale
                    && run.bury(&tally_key(key), &tally.found)?
                {
                    gone.push(Gone {
                        member: key.to_string(),
                        key: tally_key(key),
                        text: String::new(),
                    });
                }
            }
            bucket.remove(run, &gone)?;
        }
    }
    Ok(())
}
