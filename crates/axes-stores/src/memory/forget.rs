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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axes_core::{
        Attempt, CoolOff, Engine, Outcome, Overrides, Parameter, Policy, Scope, Selector, Timestamp,
    };

    use crate::{Archive as _, Clock, Driver, MemoryStore};

    struct Still(Timestamp);

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            self.0
        }

        fn sleep(&self, _pause: Duration) {
            panic!("nobody else is here");
        }
    }

    fn engine() -> Engine {
        Engine::new(Policy {
            scopes: Arc::from([
                Scope::USERNAME,
                Scope::of([Parameter::IpAddress, Parameter::UserAgent]).unwrap(),
            ]),
            cool_off: CoolOff::After(Duration::from_secs(60)),
            reset_on_success: true,
            ..Policy::default()
        })
    }

    fn attempt(number: u8) -> Attempt {
        Attempt::new(Some([192, 0, 2, number % 50].into()))
            .with_username(&format!("user {number}"))
            .with_user_agent(&format!("agent {}", number % 7))
    }

    /// Attempts of a hundred users, each with this outcome.
    fn settle(engine: &Engine, store: &MemoryStore, now: Timestamp, outcome: &Outcome) {
        let driver = Driver {
            engine,
            store,
            clock: Still(now),
            fail_open: false,
        };
        for number in 1..=100 {
            let who = attempt(number);
            let admitted = driver.admit(&who, &Overrides::default(), i64::from(number));
            let permit = admitted.decided.permit().unwrap();
            driver.settle(&permit, outcome.clone(), &who);
        }
    }

    fn held(store: &MemoryStore) -> (usize, usize, usize) {
        let inner = store.lock();
        (inner.tallies.len(), inner.records.len(), inner.texts.len())
    }

    #[test]
    fn whatever_forgets_the_last_failure_lets_go_of_its_texts() {
        let (engine, now) = (engine(), Timestamp::from_millis(1_000_000));
        let (success, later) = (String::new(), now.plus(Duration::from_mins(9)));
        let success = Outcome::Success {
            session_hash: success,
        };
        let forget: [&dyn Fn(&MemoryStore); 4] = [
            &|store| settle(&engine, store, now, &success),
            &|store| assert_eq!(store.lock().reset(&Selector::default()), 100),
            &|store| assert_eq!(store.purge(later, later, 1_000).unwrap(), 100),
            &|store| {
                for number in 1..=100 {
                    let name = format!("user {number}");
                    store.lock().reset(&Selector::new(Some(&name), None, 64));
                }
            },
        ];
        for (number, forget) in forget.into_iter().enumerate() {
            let store = MemoryStore::default();
            settle(&engine, &store, now, &Outcome::Failure);
            let (tallies, records, texts) = held(&store);
            assert!(tallies > 100 && records == 100, "{tallies} {records}");
            // All usernames and all user agents, once each.
            assert_eq!(texts, 107);
            forget(&store);
            assert_eq!(held(&store), (0, 0, 0), "way {number}");
        }
    }

    #[test]
    fn a_full_store_lets_go_of_the_texts_that_it_drops() {
        let (engine, store) = (engine(), MemoryStore::with_capacity(20));
        settle(
            &engine,
            &store,
            Timestamp::from_millis(1_000_000),
            &Outcome::Failure,
        );
        let (tallies, records, texts) = held(&store);
        assert!(tallies <= 20 && records <= 20, "{tallies} {records}");
        assert!(texts <= 47, "{texts} texts");
    }
}
