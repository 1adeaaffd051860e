//! An engine on a store, with a clock that stands still.

use std::sync::Arc;
use std::time::Duration;

use axes_core::{
    Attempt, Batch, CoolOff, Engine, Op, Outcome, Overrides, Parameter, Parts, Peek, Permit,
    Policy, Reply, Report, Scope, Selector, Take, Tally, Terms, Verdict,
};
use axes_stores::{Clock, Driver, Store};

use crate::{FakeClock, answered, driver};

/// An engine on a store, with a clock that stands still: a limit of 3 by username and by address,
/// a cool-off of an hour.
#[derive(Debug)]
pub struct Scene<S> {
    /// Decides.
    pub engine: Engine,
    /// Executes.
    pub store: S,
    /// Stands still.
    pub clock: FakeClock,
}

impl<S: Store> Scene<S> {
    /// A scene on `store`.
    pub fn new(store: S) -> Self {
        Self::with(store, |_| {})
    }

    /// A scene on `store`, its policy changed by `change`.
    pub fn with(store: S, change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = Policy {
            scopes: Arc::from([Scope::USERNAME, Scope::IP_ADDRESS]),
            cool_off: CoolOff::After(Duration::from_hours(1)),
            ..Policy::default()
        };
        change(&mut policy);
        Self {
            engine: Engine::new(policy),
            store,
            clock: FakeClock::default(),
        }
    }

    fn driver(&self) -> Driver<'_, &S, &FakeClock> {
        driver(&self.engine, &self.store, &self.clock)
    }

    /// Lets an attempt in and leaves it open.
    ///
    /// # Panics
    /// When it is refused.
    pub fn begin(&self, attempt: &Attempt) -> Permit {
        let verdict = self.admit(attempt);
        verdict.permit().expect("the attempt is admitted")
    }

    /// What an attempt meets.
    pub fn admit(&self, attempt: &Attempt) -> Verdict {
        let admitted = self.driver().admit(attempt, &Overrides::default(), nonce());
        answered(admitted)
    }

    /// Settles an open attempt.
    pub fn settle(&self, permit: &Permit, outcome: Outcome, attempt: &Attempt) -> Report {
        answered(self.driver().settle(permit, outcome, attempt))
    }

    /// One attempt that fails.
    pub fn fail(&self, attempt: &Attempt) -> Report {
        self.settle(&self.begin(attempt), Outcome::Failure, attempt)
    }

    /// Failures that happened without a permit, as many as `times`.
    pub fn fail_unasked(&self, attempt: &Attempt, times: u32) -> Report {
        let mut report = Report::default();
        for _ in 0..times {
            let overrides = Overrides::default();
            let permit = self.engine.without_admission(attempt, &overrides, nonce());
            report = self.settle(&permit, Outcome::Failure, attempt);
        }
        report
    }

    /// One attempt that succeeds.
    pub fn succeed(&self, attempt: &Attempt) {
        self.settle(&self.begin(attempt), success(), attempt);
    }

    /// The failures that count against `attempt`, and whether it would be refused.
    pub fn look(&self, attempt: &Attempt) -> (u32, bool) {
        let looked = self.driver().peek(attempt, &Overrides::default());
        let (failures, refusal) = answered(looked);
        (failures, refusal.is_some())
    }

    /// Resets, and returns how many records that removed.
    pub fn reset(&self, username: Option<&str>, address: Option<&str>) -> u64 {
        let address = address.map(|address| address.parse().expect("an address"));
        let selector = Selector::new(username, address, 64);
        self.driver().reset(selector).expect("the store answers")
    }

    /// The replies to `ops`.
    pub fn run(&self, ops: Vec<Op>) -> Vec<Reply> {
        let replies = self.store.execute(&Batch::new(ops), self.clock.now());
        replies.expect("the store answers")
    }

    /// The tally of `parts` as the store has it.
    pub fn tally(&self, parts: &Parts) -> Tally {
        let replies = self.run(vec![peek(parts)]);
        let [Reply::Seen(tally)] = replies.as_slice() else {
            unreachable!("a peek is answered by a tally, not by {replies:?}");
        };
        tally.clone()
    }
}

/// An attempt on `username` from `address`.
pub(super) fn attempt(username: &str, address: &str) -> Attempt {
    Attempt::new(address.parse().ok()).with_username(username)
}

/// The parts of the scope that only `username` counts in.
pub(super) fn parts(username: &str) -> Parts {
    Parts {
        username: Some(username.to_owned()),
        ..Parts::default()
    }
}

pub(super) fn terms(limit: u32, lease_secs: u64) -> Arc<Terms> {
    Arc::new(Terms {
        limit,
        cool_off: CoolOff::After(Duration::from_hours(1)),
        lease: Duration::from_secs(lease_secs),
    })
}

pub(super) fn take(parts: &Parts, terms: &Arc<Terms>) -> Op {
    Op::Take(Take {
        key: parts.key(),
        parts: parts.clone(),
        terms: Arc::clone(terms),
        nonce: nonce(),
        on_locked: axes_core::OnLocked::Leave,
    })
}

pub(super) fn peek(parts: &Parts) -> Op {
    Op::Peek(Peek {
        key: parts.key(),
        parts: parts.clone(),
        terms: terms(3, 60),
    })
}

pub(super) const fn success() -> Outcome {
    Outcome::Success {
        session_hash: String::new(),
    }
}

pub(super) fn scope(parameters: &[Parameter]) -> Scope {
    Scope::of(parameters.iter().copied()).expect("a scope has parameters")
}

/// A number that no other attempt of this process has.
fn nonce() -> i64 {
    use std::sync::atomic::{AtomicI64, Ordering};
    static LAST: AtomicI64 = AtomicI64::new(0);
    LAST.fetch_add(1_000_003, Ordering::Relaxed) + 1_000_003
}
