//! Random histories: the engine on a store must answer what the oracle answers.

mod events;
mod listed;

use std::time::Duration;

use axes_core::{
    Attempt, Ban, CoolOff, Engine, Outcome, Overrides, Permit, Policy, Reason, Selector, Timestamp,
    Verdict,
};
use axes_stores::{Bans, Clock, Driver, Store};
use proptest::collection::vec;
use proptest::test_runner::{Config, TestRunner};

use self::events::{Event, events, policies};
pub use self::listed::{check_listed, check_listed_while_no_limit_is_lowered};
use crate::{Answer, FakeClock, Lockout, NaiveModel, Spy, Ticket, answered, driver};

/// Lives through as many random histories as `cases`, each on a `fresh` store that makes no tallies
/// from records.
///
/// # Panics
/// When the engine answers something else than the oracle; the shortest such history is shown.
pub fn check_all<S: Store + Bans>(cases: u32, fresh: impl Fn() -> S) {
    check(cases, Makes::NoTallies, fresh);
}

/// The same for a store whose tallies know what each record contributed. So here nobody settles a permit
/// whose lease has run out: such a failure may be in a record and in no tally, and what is recorded of
/// others at the same millisecond would count instead of it. And no clock is set back: what was forgotten
/// before would be in a record again, and in no tally.
///
/// # Panics
/// As [`check_all`].
pub fn check_in_time<S: Store + Bans>(cases: u32, fresh: impl Fn() -> S) {
    check(cases, Makes::NoTalliesOfLateRecords, fresh);
}

/// The same for a store that makes tallies from records, which may remember for longer than the
/// oracle does. So here
/// - nobody settles a permit whose lease has run out: a tally counts its failure at the end of the
///   lease, a record when it was told;
/// - there are no tiers: a record remembers for as long as the longest of them;
/// - no clock is set back: what was forgotten before would be remembered again.
///
/// # Panics
/// As [`check_all`].
pub fn check_recorded<S: Store + Bans>(cases: u32, fresh: impl Fn() -> S) {
    check(cases, Makes::TalliesFromRecords, fresh);
}

/// What a store makes where a tally is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Makes {
    NoTallies,
    NoTalliesOfLateRecords,
    TalliesFromRecords,
}

fn check<S: Store + Bans>(cases: u32, makes: Makes, fresh: impl Fn() -> S) {
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let lived = runner.run(
        &(policies(), vec(events(), 1..80)),
        |(mut policy, events)| {
            if makes == Makes::TalliesFromRecords
                && let Some(longest) = policy.cool_off.longest()
            {
                policy.cool_off = CoolOff::After(longest);
            }
            let mut pair = Pair::new(policy, makes, fresh());
            for event in &events {
                pair.live(event);
            }
            Ok(())
        },
    );
    if let Err(failure) = lived {
        panic!("{failure}\n{runner}");
    }
}

/// An attempt that was let in, and when the first of its leases runs out.
struct Open {
    permit: Permit,
    ticket: Ticket,
    attempt: Attempt,
    until: Timestamp,
}

/// The engine and the oracle, side by side.
struct Pair<S> {
    engine: Engine,
    store: Spy<S>,
    clock: FakeClock,
    latest: Timestamp,
    oracle: NaiveModel,
    open: Vec<Open>,
    makes: Makes,
    nonce: i64,
}

impl<S: Store + Bans> Pair<S> {
    fn new(policy: Policy, makes: Makes, store: S) -> Self {
        let clock = FakeClock::default();
        Self {
            oracle: NaiveModel::new(policy.clone()),
            engine: Engine::new(policy),
            store: Spy::new(store),
            latest: clock.now(),
            clock,
            open: Vec::new(),
            makes,
            nonce: 0,
        }
    }

    fn driver(&self) -> Driver<'_, &Spy<S>, &FakeClock> {
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
            Event::StepBack(_) if self.makes != Makes::NoTallies => {}
            Event::StepBack(by) => {
                let lease = self.engine.policy().lease;
                let earliest = self.latest.minus(lease).plus(Duration::from_millis(1));
                self.clock.set(self.clock.now().minus(*by).max(earliest));
            }
            Event::Reset(selector) => self.reset(selector.clone()),
            Event::Ban(target, left) => {
                let now = self.clock.now();
                let ban = Ban {
                    target: target.clone(),
                    reason: String::new(),
                    author: String::new(),
                    since: now,
                    until: left.map_or(Timestamp::NEVER, |left| now.plus(left)),
                };
                self.oracle.ban(&ban);
                let store = self.store.inner();
                store.ban(&ban).expect("the store answers");
            }
            Event::Unban(target) => {
                self.oracle.unban(target);
                let store = self.store.inner();
                store.unban(target).expect("the store answers");
            }
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
                let ends = leases.iter().map(|(_, until)| *until);
                self.open.push(Open {
                    permit,
                    ticket,
                    attempt: attempt.clone(),
                    until: ends.min().unwrap_or(Timestamp::NEVER),
                });
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
            (Verdict::Refuse(refusal), Answer::Banned(left)) => {
                assert_eq!(
                    (refusal.reason, refusal.retry_after),
                    (Reason::Banned, left)
                );
            }
            (Verdict::Refuse(refusal), Answer::Busy) => assert_eq!(refusal.reason, Reason::Busy),
            (verdict, answer) => {
                unreachable!("the engine says {verdict:?}, the oracle {answer:?}")
            }
        }
    }

    fn settle(&mut self, index: usize, outcome: &Outcome) {
        let Open {
            permit,
            ticket,
            attempt,
            until,
        } = self.open.remove(index);
        if self.makes != Makes::NoTallies && until <= self.clock.now() {
            return;
        }
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
