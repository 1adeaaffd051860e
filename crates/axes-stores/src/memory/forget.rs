//! Forgetting on request: what a success proves, and what a person resets.

use std::collections::{BTreeSet, HashMap};

use axes_core::{ClearProven, Scope, Selector, Timestamp};

use super::Inner;
use super::entries::Counted;
use super::key::Key;
use super::packed::Packed;

impl Inner {
    pub(super) fn clear_proven(&mut self, clear: &ClearProven, now: Timestamp) -> u64 {
        let Some(proven) = self.texts.known(&clear.proven) else {
            return 0;
        };
        let removed = self.take_records(|record| proven.covers(&record.packed));
        for record in &removed {
            let parts = self.texts.parts(&record.packed);
            let failures = [(record.failures, record.last)];
            for key in clear.keys(&parts) {
                self.lower(key.into(), |tally| clear.apply(tally, failures, now));
            }
        }
        self.let_go(removed)
    }

    /// Deletes what is selected. A tally that also counts others goes back to what their records
    /// say: refused attempts and lapsed permits are in no record, so nobody can tell whose they were.
    pub(super) fn reset(&mut self, selector: &Selector) -> u64 {
        let Some(selected) = self.texts.known(&selector.parts()) else {
            return 0;
        };
        let removed = self.take_records(|record| selected.covers(&record.packed));
        let mut scopes = BTreeSet::new();
        self.drop_tallies(|entry| {
            scopes.extend(entry.packed.scope());
            selected.covers(&entry.packed)
        });
        let mut left: HashMap<Packed, u32> = HashMap::new();
        for record in &removed {
            let touched = record.tallies(&scopes).filter(|tally| {
                let entry = self.tallies.get(self.key_of(tally));
                entry.is_some_and(|entry| entry.counts(record))
            });
            left.extend(touched.map(|tally| (tally, 0)));
        }
        if !left.is_empty() {
            self.add_up(&mut left, &scopes);
        }
        for (tally, failures) in left {
            self.lower(self.key_of(&tally), |mut tally| {
                tally.forgive(tally.failures.saturating_sub(failures));
                tally
            });
        }
        self.let_go(removed)
    }

    /// Adds to each of the `sums` the failures of the records that its tally counts.
    fn add_up(&self, sums: &mut HashMap<Packed, u32>, scopes: &BTreeSet<Scope>) {
        for record in self.records.iter() {
            for tally in record.tallies(scopes) {
                if let Some(sum) = sums.get_mut(&tally)
                    && let Some(entry) = self.tallies.get(self.key_of(&tally))
                    && entry.counts(record)
                {
                    *sum = sum.saturating_add(record.failures);
                }
            }
        }
    }

    /// The key of the tally that counts on these values.
    fn key_of(&self, tally: &Packed) -> Key {
        self.texts.parts(tally).key().into()
    }

    /// Takes out the records that are `chosen`; what they hold is still to be [let go](Self::let_go).
    fn take_records(&mut self, chosen: impl FnMut(&Counted) -> bool) -> Vec<Counted> {
        let mut taken = Vec::new();
        self.records.extract(chosen, |record| taken.push(record));
        taken
    }

    /// Releases what `records` that were taken out hold; how many that were.
    fn let_go(&mut self, records: Vec<Counted>) -> u64 {
        let number = records.len() as u64;
        for record in records {
            self.texts.let_go(&record.packed);
        }
        number
    }
}

impl Counted {
    /// What the tallies over `scopes` count on that may count this record.
    fn tallies(&self, scopes: &BTreeSet<Scope>) -> impl Iterator<Item = Packed> {
        scopes
            .iter()
            .filter_map(|scope| self.packed.project(*scope))
    }
}
