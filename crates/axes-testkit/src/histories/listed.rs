//! Random histories: who is listed as locked out is who would be refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use axes_core::{
    Attempt, ByCode, Engine, Lockout, Outcome, Overrides, Permit, Policy, Reason, ScopeKey,
};
use axes_stores::{Clock, Driver, Listing, Store, Wanted};
use proptest::collection::vec;
use proptest::test_runner::{Config, TestRunner};

use super::events::{Event, events, everybody, policies};
use crate::{FakeClock, answered, driver};

/// Lives through as many random histories as `cases`, each on a `fresh` store, and compares who is
/// listed with who would be refused: under the policy of the history, and after it has changed.
///
/// # Panics
/// When somebody is listed who would be let in, or the other way round.
pub fn check_listed<S: Store + Listing>(cases: u32, fresh: impl Fn() -> S) {
    check(cases, false, fresh);
}

/// The same for a store that does not look for tallies which hold nothing but permits fewer than the
/// limit: if nobody settles them, and the limit is lowered then, they are listed after the next attempt
/// only. So here no limit is lowered.
///
/// # Panics
/// As [`check_listed`].
pub fn check_listed_while_no_limit_is_lowered<S: Store + Listing>(
    cases: u32,
    fresh: impl Fn() -> S,
) {
    check(cases, true, fresh);
}

fn check<S: Store + Listing>(cases: u32, limit_stays: bool, fresh: impl Fn() -> S) {
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let lived = runner.run(
        &(policies(), policies(), vec(events(), 1..60)),
        |(policy, mut later, events)| {
            if limit_stays {
                later.limit = later.limit.max(policy.limit);
            }
            let mut life = Life::new(policy, fresh());
            for event in &events {
                life.live(event);
            }
            life.compare();
            life.engine = Engine::new(later);
            life.compare();
            life.unlock_all();
            Ok(())
        },
    );
    if let Err(failure) = lived {
        panic!("{failure}\n{runner}");
    }
}

struct Life<S> {
    engine: Engine,
    store: S,
    clock: FakeClock,
    open: Vec<(Permit, Attempt)>,
    nonce: i64,
}

impl<S: Store + Listing> Life<S> {
    fn new(policy: Policy, store: S) -> Self {
        Self {
            engine: Engine::new(policy),
            store,
            clock: FakeClock::default(),
            open: Vec::new(),
            nonce: 0,
        }
    }

    fn driver(&self) -> Driver<'_, &S, &FakeClock> {
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
            // Who is locked out has nothing to do with who is banned.
            Event::Settle(..)
            | Event::Crash(_)
            | Event::StepBack(_)
            | Event::Ban(..)
            | Event::Unban(_) => {}
            Event::Advance(by) => self.clock.advance(*by),
            Event::Reset(selector) => {
                let reset = self.driver().reset(selector.clone());
                reset.expect("the store answers");
            }
            Event::Peek(_) => self.compare(),
        }
    }

    fn begin(&mut self, attempt: &Attempt) {
        self.nonce += 1;
        let overrides = Overrides::default();
        let admitted = self.driver().admit(attempt, &overrides, self.nonce);
        if let Some(permit) = answered(admitted).permit() {
            self.open.push((permit, attempt.clone()));
        }
    }

    fn settle(&mut self, index: usize, outcome: &Outcome) {
        let (permit, attempt) = self.open.remove(index);
        answered(self.driver().settle(&permit, outcome.clone(), &attempt));
    }

    /// Who would be refused, by each scope for itself: how many failures and milliseconds left.
    fn refused(&self) -> BTreeMap<ScopeKey, (u32, Option<u128>)> {
        let mut refused = BTreeMap::new();
        for scope in self.engine.policy().scopes.iter() {
            let overrides = Overrides {
                scopes: Some(Arc::from([*scope])),
                ..Overrides::default()
            };
            let everybody = everybody();
            let together = answered(self.driver().peek_many(&everybody, &overrides));
            for (attempt, seen) in everybody.iter().zip(together) {
                assert_eq!(answered(self.driver().peek(attempt, &overrides)), seen);
                let Some(parts) = scope.project(&self.engine.parts(attempt)) else {
                    continue;
                };
                let locked_out = seen.1.filter(|refusal| refusal.reason == Reason::LockedOut);
                if let Some(refusal) = locked_out {
                    let left = refusal.retry_after.map(|left| left.as_millis());
                    refused.insert(parts.key(), (refusal.failures, left));
                }
            }
        }
        refused
    }

    fn listed(&self, wanted: Wanted, start: usize, stop: usize) -> (Vec<Lockout>, u64) {
        let page = self
            .driver()
            .lockouts(ByCode::default(), wanted, start, stop);
        let page = page.expect("the store answers");
        (page.lockouts, page.total)
    }

    fn compare(&self) {
        let now = self.clock.now();
        let (all, total) = self.listed(Wanted::All, 0, 100);
        let listed: BTreeMap<_, _> = all
            .iter()
            .map(|lockout| {
                let left = lockout.until.and_then(|until| until.left(now));
                let left = left.map(|left| left.as_millis());
                (lockout.key, (lockout.failures, left))
            })
            .collect();
        assert_eq!(listed, self.refused(), "(listed, refused)");
        assert_eq!((listed.len(), total), (all.len(), all.len() as u64));
        let mut paged = Vec::new();
        for start in (0..).step_by(2) {
            let (page, total) = self.listed(Wanted::All, start, start + 2);
            paged.extend(page);
            if start as u64 + 2 >= total {
                break;
            }
        }
        let sorted = |lockouts: &[Lockout]| {
            let mut keys: Vec<_> = lockouts.iter().map(|lockout| lockout.key).collect();
            keys.sort_unstable();
            keys
        };
        assert_eq!(sorted(&paged), sorted(&all), "page by page");
        for lockout in &all {
            let (found, total) = self.listed(Wanted::Keys(vec![lockout.key]), 0, 100);
            assert_eq!((&found[..], total), (&[lockout.clone()][..], 1));
        }
        for typed in ["ada", "BO", "192.0.2.1", "2001:db8::9", "2001:", "nobody"] {
            let wanted = Wanted::typed(typed);
            let matching: Vec<Lockout> = all
                .iter()
                .filter(|lockout| wanted.matches(lockout.key, &lockout.parts))
                .cloned()
                .collect();
            let (found, total) = self.listed(wanted, 0, 100);
            assert_eq!(sorted(&found), sorted(&matching), "{typed}");
            assert_eq!(total, matching.len() as u64, "{typed}");
        }
    }

    fn unlock_all(&self) {
        let unlock = |key| {
            let unlocked = self.driver().unlock(ByCode::default(), key);
            unlocked.expect("the store answers")
        };
        loop {
            let (all, _) = self.listed(Wanted::All, 0, 100);
            let Some(first) = all.first() else { break };
            assert!(unlock(first.key));
            assert!(!self.refused().contains_key(&first.key));
            assert!(!unlock(first.key), "it is over");
        }
        assert!(self.refused().is_empty());
    }
}
