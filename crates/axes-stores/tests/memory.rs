//! The memory store: the rules of every store, and the bounds that only it has.

#![expect(clippy::expect_used, reason = "this is a test")]

use std::sync::Arc;
use std::time::Duration;

use axes_core::{Attempt, Batch, CoolOff, Engine, Op, Outcome, Overrides, Parts, Policy, Verdict};
use axes_stores::{Clock, Driver, ErrorKind, MemoryStore, Store};
use axes_testkit::conformance::Backend;
use axes_testkit::{FakeClock, answered, driver};

#[derive(Default)]
struct Memory(Arc<MemoryStore>);

impl Backend for Memory {
    type Store = Arc<MemoryStore>;

    fn open(&self) -> Self::Store {
        Arc::clone(&self.0)
    }
}

axes_testkit::conformance_tests!(Memory::default());

#[test]
fn who_is_listed_as_locked_out_is_who_would_be_refused() {
    axes_testkit::histories::check_listed(200, MemoryStore::default);
}

/// A store of ten tallies by address, with a limit of two.
struct Small {
    engine: Engine,
    store: MemoryStore,
    clock: FakeClock,
}

impl Small {
    fn new() -> Self {
        Self {
            engine: Engine::new(Policy {
                limit: 2,
                cool_off: CoolOff::After(Duration::from_hours(1)),
                ..Policy::default()
            }),
            store: MemoryStore::with_capacity(10),
            clock: FakeClock::default(),
        }
    }

    fn driver(&self) -> Driver<'_, &MemoryStore, &FakeClock> {
        driver(&self.engine, &self.store, &self.clock)
    }

    /// One failure, a second after the one before.
    fn fail(&self, who: &Attempt) {
        self.clock.advance(Duration::from_secs(1));
        self.fail_now(who);
    }

    fn fail_now(&self, who: &Attempt) {
        let verdict = answered(self.driver().admit(who, &Overrides::default(), 1));
        let permit = verdict.permit().expect("the attempt is admitted");
        answered(self.driver().settle(&permit, Outcome::Failure, who));
    }

    fn failures(&self, who: &Attempt) -> u32 {
        let looked = self.driver().peek(who, &Overrides::default());
        answered(looked).0
    }
}

fn from(address: u8) -> Attempt {
    Attempt::new(Some([192, 0, 2, address].into())).with_username("ada")
}

#[test]
fn a_flood_of_addresses_stays_within_bounds_and_frees_nobody() {
    let small = Small::new();
    let [locked_out, open] = [from(1), from(2)];
    small.fail(&locked_out);
    small.fail(&locked_out);
    let admitted = answered(small.driver().admit(&open, &Overrides::default(), 2));
    assert!(matches!(admitted, Verdict::Admit(_)));
    for address in 3..=250 {
        // A lease lasts a minute: none runs out during the flood.
        small.clock.advance(Duration::from_millis(100));
        small.fail_now(&from(address));
        assert!(small.store.len() <= 10, "{} tallies", small.store.len());
        // Ten records, of which one holds two failures.
        assert!(small.store.recorded_failures(&Parts::default()) <= 11);
    }
    assert_eq!(small.failures(&locked_out), 2);
    assert_eq!(small.failures(&from(250)), 1);
    // The permit in flight still uses up half of the budget.
    let [second, third] = [3, 4].map(|nonce| {
        let admitted = small.driver().admit(&open, &Overrides::default(), nonce);
        matches!(answered(admitted), Verdict::Admit(_))
    });
    assert!(second && !third);
}

#[test]
fn a_lockout_that_nobody_was_told_of_is_kept_too() {
    let small = Small::new();
    let crashed = from(1);
    for nonce in [1, 2] {
        let admitted = answered(small.driver().admit(&crashed, &Overrides::default(), nonce));
        assert!(matches!(admitted, Verdict::Admit(_)));
    }
    // Two of the three permits of a larger limit lapse while the third is given back.
    let larger = Overrides {
        limit: Some(3),
        ..Overrides::default()
    };
    small.clock.advance(Duration::from_secs(90));
    let third = answered(small.driver().admit(&crashed, &larger, 3));
    let third = third.permit().expect("the larger limit leaves room");
    small.clock.advance(Duration::from_secs(40));
    answered(small.driver().settle(&third, Outcome::Withdrawn, &crashed));
    for address in 2..=100 {
        small.fail(&from(address));
    }
    assert_eq!(small.failures(&crashed), 2);
}

#[test]
fn a_store_full_of_lockouts_refuses_new_tallies_and_serves_the_known() {
    let small = Small::new();
    for address in 1..=10 {
        small.fail(&from(address));
        small.fail(&from(address));
    }
    let refused = small.driver().admit(&from(11), &Overrides::default(), 1);
    assert_eq!(
        refused.error.expect("the store is full").kind(),
        ErrorKind::Full
    );

    // Every key of this batch is there already, however many ops it has.
    let known = from(1);
    let permit = small
        .engine
        .without_admission(&known, &Overrides::default(), 1);
    let now = small.clock.now();
    let settlement = small.engine.settle(&permit, Outcome::Failure, &known, now);
    let ops = settlement.batch().ops().iter().cloned();
    let repeated: Vec<Op> = ops.cycle().take(30).collect();
    small
        .store
        .execute(&Batch::new(repeated), now)
        .expect("there is nothing to make room for");
    assert!(small.failures(&known) > 2);

    // What is forgotten makes room.
    small.clock.advance(Duration::from_hours(2));
    small.fail(&from(11));
}

#[test]
fn one_address_that_tries_many_usernames_fills_no_memory() {
    let small = Small::new();
    for name in 0..200 {
        let who = from(1).with_username(&format!("user{name}"));
        let permit = small
            .engine
            .without_admission(&who, &Overrides::default(), 1);
        answered(small.driver().settle(&permit, Outcome::Failure, &who));
    }
    assert_eq!(small.store.len(), 1);
    assert!(small.store.recorded_failures(&Parts::default()) <= 10);
    assert_eq!(small.failures(&from(1)), 200);
}

#[test]
fn the_batch_that_makes_room_keeps_what_it_changes() {
    let small = Small::new();
    let oldest = from(1);
    small.fail(&oldest);
    for address in 2..=10 {
        small.fail(&from(address));
    }
    // The oldest tally is the first to go, unless the batch that needs room counts in it.
    let permits = [&oldest, &from(11)].map(|who| {
        small
            .engine
            .without_admission(who, &Overrides::default(), 1)
    });
    let now = small.clock.now();
    let batches = permits.map(|permit| {
        let settlement = small.engine.settle(&permit, Outcome::Failure, &oldest, now);
        settlement.batch().ops().to_vec()
    });
    let executed = small.store.execute(&Batch::new(batches.concat()), now);
    executed.expect("there is room to make");
    assert_eq!(small.failures(&oldest), 2);
}

#[test]
fn records_are_read_slice_by_slice() {
    axes_testkit::archives::check_recorded(MemoryStore::default());
}
