//! Forgetting on request: what a success proves, and what a person resets.

use std::collections::{BTreeSet, HashMap};

use axes_core::{ClearProven, Parts, Scope, ScopeKey, Selector, Timestamp};

use super::{Counted, Entry, Inner};

impl Inner {
    pub(super) fn clear_proven(&mut self, clear: &ClearProven, now: Timestamp) -> u64 {
        let removed = self.remove_records(&clear.proven);
        for record in &removed {
            for key in clear.keys(&record.parts) {
                let Some(entry) = self.tallies.get_mut(&key) else {
                    continue;
                };
                let failures = [(record.failures, record.last)];
                entry.tally = clear.apply(entry.tally.clone(), failures, now);
                if entry.tally.is_blank() {
                    self.tallies.remove(&key);
                }
            }
        }
        removed.len() as u64
    }

    /// Deletes what is selected. A tally that also counts others goes back to what their records
    /// say: refused attempts and lapsed permits are in no record, so nobody can tell whose they were.
    pub(super) fn reset(&mut self, selector: &Selector) -> u64 {
        let selected = selector.parts();
        let removed = self.remove_records(&selected);
        let mut scopes = BTreeSet::new();
        self.tallies.retain(|_, entry| {
            scopes.extend(entry.parts.scope());
            !selected.covers(&entry.parts)
        });
        let mut left: HashMap<ScopeKey, u32> = HashMap::new();
        for record in &removed {
            let touched = record.keys(&scopes).filter(|key| {
                let entry = self.tallies.get(key);
                entry.is_some_and(|entry| entry.counts(record))
            });
            left.extend(touched.map(|key| (key, 0)));
        }
        if !left.is_empty() {
            self.add_up(&mut left, &scopes);
        }
        for (key, failures) in left {
            let Some(entry) = self.tallies.get_mut(&key) else {
                continue;
            };
            let gone = entry.tally.failures.saturating_sub(failures);
            entry.tally.forgive(gone);
            if entry.tally.is_blank() {
                self.tallies.remove(&key);
            }
        }
        removed.len() as u64
    }

    /// Adds to each of the `sums` the failures of the records that its tally counts.
    fn add_up(&self, sums: &mut HashMap<ScopeKey, u32>, scopes: &BTreeSet<Scope>) {
        for record in self.records.values() {
            for key in record.keys(scopes) {
                if let (Some(sum), Some(entry)) = (sums.get_mut(&key), self.tallies.get(&key))
                    && entry.counts(record)
                {
                    *sum = sum.saturating_add(record.failures);
                }
            }
        }
    }

    fn remove_records(&mut self, selected: &Parts) -> Vec<Counted> {
        self.records
            .extract_if(|_, record| selected.covers(&record.parts))
            .map(|(_, record)| record)
            .collect()
    }
}

impl Entry {
    /// Whether the failures of `record` are among those of this tally. Those from before its first
    /// failure were forgotten together with an earlier life of it.
    fn counts(&self, record: &Counted) -> bool {
        self.tally.failures > 0
            && record.last >= self.tally.first
            && self.parts.covers(&record.parts)
    }
}

impl Counted {
    /// The keys of the tallies over `scopes` that may count this record.
    fn keys(&self, scopes: &BTreeSet<Scope>) -> impl Iterator<Item = ScopeKey> {
        let project = |scope: &Scope| scope.project(&self.parts).map(|parts| parts.key());
        scopes.iter().filter_map(project)
    }
}
