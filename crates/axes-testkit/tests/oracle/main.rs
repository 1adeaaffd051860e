//! Random histories: the engine on a memory store must answer what the oracle answers.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod history;

use std::time::Duration;

use axes_core::{
    Attempt, Engine, Outcome, Overrides, Permit, Policy, Reason, Selector, Timestamp, Verdict,
};
use axes_stores::{Clock, Driver, MemoryStore};
use axes_testkit::{Answer, FakeClock, Lockout, NaiveModel, Spy, Ticket, answered, driver};
use history::{Event, policies};
use proptest::collection::vec;
use proptest::prelude::*;

/// The engine and the oracle, side by side.
struct Pair {
    engine: Engine,
    store: Spy<MemoryStore>,
    clock: FakeClock,
    latest: Timestamp,
    oracle: NaiveModel,
    open: Vec<(Permit, Ticket, Attempt)>,
    nonce: i64,
}

impl Pair {
    fn new(policy: Policy) -> Self {
        let clock = FakeClock::default();
        Self {
            oracle: NaiveModel::new(policy.clone()),
            engine: Engine::new(policy),
            store: Spy::new(MemoryStore::default()),
            latest: clock.now(),
            clock,
            open: Vec::new(),
            nonce: 0,
        }
    }

    fn driver(&self) -> Driver<'_, &Spy<MemoryStore>, &FakeClock> {
        driver(&self.engine, &self.store, &self.clock)
    }

    fn live(&mut self, event: &Event) {
        match event {
            Event::Begin(attempt) => self.begin(attempt),
            Event::Whole(attempt, outcome) => {
                let open = self.open.len();
                self.begin(attempt);
                if self.open.len() > open {
                    self.settle(open, outcome);
                }
            }
            Event::Settle(index, outcome) if !self.open.is_empty() => {
                self.settle(index % self.open.len(), outcome);
            }
            Event::Crash(index) if !self.open.is_empty() => {
                self.open.remove(index % self.open.len());
            }
            Event::Settle(..) | Event::Crash(_) => {}
            Event::Advance(by) => {
                self.clock.advance(*by);
                self.latest = self.latest.max(self.clock.now());
            }
            Event::StepBack(by) => {
                let lease = self.engine.policy().lease;
                let earliest = self.latest.minus(lease).plus(Duration::from_millis(1));
                self.clock.set(self.clock.now().minus(*by).max(earliest));
            }
            Event::Reset(selector) => self.reset(selector.clone()),
            Event::Peek(attempt) => {
                let looked = self.driver().peek(attempt, &Overrides::default());
                let (failures, refusal) = answered(looked);
                let expected = self.oracle.peek(attempt, self.clock.now());
                assert_eq!((failures, refusal.is_some()), expected);
            }
        }
    }

    fn begin(&mut self, attempt: &Attempt) {
        self.nonce += 1;
        let decision = self
            .driver()
            .admit(attempt, &Overrides::default(), self.nonce);
        let verdict = answered(decision);
        let granted = self.store.take_granted();
        let leases: Vec<_> = granted
            .into_iter()
            .map(|(parts, slot)| (parts, slot.until))
            .collect();
        let answer = self.oracle.admit(attempt, &leases, self.clock.now());
        match (verdict, answer) {
            (Verdict::Admit(permit), Answer::Admitted(ticket)) => {
                self.open.push((permit, ticket, attempt.clone()));
            }
            (Verdict::Refuse(refusal), Answer::LockedOut(expected)) => {
                assert_eq!(refusal.reason, Reason::LockedOut);
                let told = Lockout {
                    retry_after: refusal.retry_after,
                    failures: refusal.failures,
                    newly_locked: refusal.newly_locked,
                };
                assert_eq!(told, expected);
            }
            (Verdict::Refuse(refusal), Answer::Busy) => assert_eq!(refusal.reason, Reason::Busy),
            (verdict, answer) => {
                unreachable!("the engine says {verdict:?}, the oracle {answer:?}")
            }
        }
    }

    fn settle(&mut self, index: usize, outcome: &Outcome) {
        let (permit, ticket, attempt) = self.open.remove(index);
        let decision = self.driver().settle(&permit, outcome.clone(), &attempt);
        let report = answered(decision);
        let now = self.clock.now();
        match outcome {
            Outcome::Failure => {
                let (failures, lockout) = self.oracle.fail(&ticket, &attempt, now);
                let told = report.refusal.map(|refusal| Lockout {
                    retry_after: refusal.retry_after,
                    failures: refusal.failures,
                    newly_locked: refusal.newly_locked,
                });
                assert_eq!((report.failures, told), (failures, lockout));
            }
            Outcome::Success { .. } => self.oracle.succeed(&ticket, &attempt, now),
            Outcome::Withdrawn => self.oracle.withdraw(&ticket, now),
        }
    }

    fn reset(&mut self, selector: Selector) {
        let expected = self.oracle.reset(&selector) as u64;
        let removed = self.driver().reset(selector).expect("the store answers");
        assert_eq!(removed, expected, "records removed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_answers_what_the_oracle_answers(
        policy in policies(),
        events in vec(history::events(), 1..80),
    ) {
        let mut pair = Pair::new(policy);
        for event in &events {
            pair.live(event);
        }
    }
}
