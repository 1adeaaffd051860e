//! A store that does not answer: nobody guesses uncounted, and nothing counts twice.

#![allow(clippy::expect_used, reason = "this is a test")]

use std::time::Duration;

use axes_core::{Attempt, Engine, Outcome, Overrides, Permit, Policy, Reason, Verdict};
use axes_stores::{Decision, Driver, ErrorKind, MemoryStore};
use axes_testkit::{FakeClock, FaultyStore, When, answered, driver};

struct Scene {
    engine: Engine,
    store: FaultyStore<MemoryStore>,
    clock: FakeClock,
    ada: Attempt,
}

impl Scene {
    fn new() -> Self {
        Self {
            engine: Engine::new(Policy::default()),
            store: FaultyStore::new(MemoryStore::default()),
            clock: FakeClock::default(),
            ada: Attempt::new("192.0.2.1".parse().ok()).with_username("ada"),
        }
    }

    fn driver(&self) -> Driver<'_, &FaultyStore<MemoryStore>, &FakeClock> {
        driver(&self.engine, &self.store, &self.clock)
    }

    fn admit(&self) -> Decision<Verdict> {
        self.driver().admit(&self.ada, &Overrides::default(), 1)
    }

    fn permit(&self) -> Permit {
        answered(self.admit()).permit().expect("there is room")
    }

    fn failures(&self) -> u32 {
        let looked = self.driver().peek(&self.ada, &Overrides::default());
        answered(looked).0
    }

    /// Lets every lease run out.
    fn wait_for_leases(&self) {
        let lease = self.engine.policy().lease;
        self.clock.advance(lease.saturating_mul(2));
    }
}

fn reason(verdict: &Verdict) -> Option<Reason> {
    match verdict {
        Verdict::Admit(_) => None,
        Verdict::Refuse(refusal) => Some(refusal.reason),
    }
}

#[test]
fn an_attempt_that_the_store_never_saw_is_refused_and_not_counted() {
    let scene = Scene::new();
    scene.store.fail_at(0, When::Before);
    let decision = scene.admit();
    assert_eq!(reason(&decision.decided), Some(Reason::StoreUnavailable));
    let error = decision.error.expect("the store did not answer");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    scene.wait_for_leases();
    assert_eq!(scene.failures(), 0);
}

#[test]
fn a_permit_whose_grant_was_lost_on_its_way_counts_in_the_end() {
    let scene = Scene::new();
    scene.store.fail_at(0, When::After);
    assert_eq!(
        reason(&scene.admit().decided),
        Some(Reason::StoreUnavailable)
    );
    assert_eq!(scene.failures(), 0);
    scene.wait_for_leases();
    assert_eq!(scene.failures(), 1);
}

#[test]
fn a_failure_that_could_not_be_reported_counts_in_the_end() {
    let scene = Scene::new();
    let permit = scene.permit();
    scene.store.fail_at(0, When::Before);
    let settled = scene.driver().settle(&permit, Outcome::Failure, &scene.ada);
    assert!(settled.error.is_some());
    assert_eq!(scene.failures(), 0);
    scene.wait_for_leases();
    assert_eq!(scene.failures(), 1);
}

#[test]
fn a_failure_whose_acknowledgement_was_lost_counts_once() {
    let scene = Scene::new();
    let permit = scene.permit();
    scene.store.fail_at(0, When::After);
    let settled = scene.driver().settle(&permit, Outcome::Failure, &scene.ada);
    assert!(settled.error.is_some());
    assert_eq!(scene.failures(), 1);
    scene.wait_for_leases();
    assert_eq!(scene.failures(), 1);
}

#[test]
fn whoever_chose_to_fail_open_lets_attempts_through_uncounted() {
    let scene = Scene::new();
    let open = Driver {
        fail_open: true,
        ..scene.driver()
    };
    scene.store.fail_at(0, When::Before);
    let decision = open.admit(&scene.ada, &Overrides::default(), 1);
    assert!(decision.error.is_some());
    let permit = decision.decided.permit().expect("it fails open");
    answered(open.settle(&permit, Outcome::Failure, &scene.ada));
    assert_eq!(scene.failures(), 0);
    assert!(scene.store.inner().is_empty());
    assert_eq!(scene.store.calls(), 2);
    scene.clock.step_back(Duration::from_secs(1));
    assert_eq!(scene.failures(), 0);
}
