//! Replaying a scenario on the engine and a store.

use std::collections::BTreeMap;
use std::time::Duration;

use axes_core::{
    Attempt, Ban, Engine, Outcome, Overrides, Parts, Permit, Reason, Refusal, Report, Timestamp,
    Verdict,
};
use axes_stores::{Bans, Clock, Decision, Driver, Store};

use super::{Ask, Entered, Expectation, Health, Losable, Scenario, Step, Who};
use crate::{FakeClock, FaultyStore, answered, driver};

/// What happens to a store apart from attempts and resets. No answer changes by it.
#[derive(Clone, Debug)]
pub enum Upkeep {
    /// What has expired is deleted.
    Purge {
        /// Failures up to then are forgotten.
        forgotten: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// What counts attempts on these is lost, and made anew from what is recorded.
    LoseTallies(Vec<Parts>),
}

/// Replays `scenario` on a store that is empty, and on which `keep_up` does what stores differ in.
///
/// # Errors
/// What happened that was not expected, in one line.
///
/// # Panics
/// When the scenario makes no sense, or the store does not answer.
pub fn run<S: Store + Bans>(
    scenario: &Scenario,
    store: S,
    keep_up: impl Fn(&S, Upkeep),
) -> Result<(), String> {
    let engine = Engine::new(scenario.policy());
    let mut replay = Replay {
        driver: driver(&engine, FaultyStore::new(store), FakeClock::default()),
        open: BTreeMap::new(),
        attempts: 0,
        counted: Vec::new(),
        keep_up: &keep_up,
    };
    for (index, step) in scenario.steps.iter().enumerate() {
        let done = replay.step(step);
        done.map_err(|problem| format!("{}: step {}: {problem}", scenario.name, index + 1))?;
    }
    Ok(())
}

struct Replay<'a, S> {
    driver: Driver<'a, FaultyStore<S>, FakeClock>,
    open: BTreeMap<String, (Permit, Attempt)>,
    attempts: i64,
    counted: Vec<Parts>,
    keep_up: &'a dyn Fn(&S, Upkeep),
}

impl<S: Store + Bans> Replay<'_, S> {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step {
                attempt: Some(who),
                end: None,
                advance: None,
                reset: None,
                ..
            } => {
                let times = step.times.unwrap_or(1);
                for time in 1..=times {
                    self.attempt(who, step, time == times)?;
                }
                Ok(())
            }
            Step {
                end: Some(name),
                attempt: None,
                advance: None,
                reset: None,
                ..
            } => {
                let (permit, attempt) = self.open.remove(name).expect("it was begun");
                self.settle(&permit, &attempt, step, true)
            }
            Step {
                advance: Some(seconds),
                attempt: None,
                reset: None,
                ..
            } => {
                self.driver.clock.advance(Duration::from_secs_f64(*seconds));
                Ok(())
            }
            Step {
                reset: Some(selected),
                attempt: None,
                ..
            } => {
                let selector = selected.selector(self.driver.engine.policy().ipv6_prefix);
                let removed = self.driver.reset(selector).expect("the store answers");
                expect("removed", step.removed.as_ref(), &removed)
            }
            Step {
                ban: Some(entered),
                attempt: None,
                ..
            } => {
                self.ban(entered);
                Ok(())
            }
            Step {
                unban: Some(entered),
                attempt: None,
                ..
            } => {
                let store = self.driver.store.inner();
                let lifted = store.unban(&entered.target());
                let removed = u64::from(lifted.expect("the store answers"));
                expect("removed", step.removed.as_ref(), &removed)
            }
            Step {
                purge: Some(true),
                attempt: None,
                ..
            } => {
                let now = self.driver.clock.now();
                let terms = self.driver.engine.policy().terms(&Overrides::default());
                if let Some(longest) = terms.cool_off.longest() {
                    let forgotten = now.minus(longest);
                    (self.keep_up)(self.driver.store.inner(), Upkeep::Purge { forgotten, now });
                }
                Ok(())
            }
            Step {
                lose: Some(Losable::Tallies),
                attempt: None,
                ..
            } => {
                let lost = Upkeep::LoseTallies(self.counted.clone());
                (self.keep_up)(self.driver.store.inner(), lost);
                Ok(())
            }
            Step {
                store: Some(health),
                attempt: None,
                ..
            } => {
                self.driver.store.set_down(*health == Health::Fails);
                Ok(())
            }
            _ => panic!(
                "a step is one of attempt, end, advance, reset, ban, unban, purge, lose and store"
            ),
        }
    }

    fn ban(&self, entered: &Entered) {
        let now = self.driver.clock.now();
        let left = entered.seconds.map(Duration::from_secs_f64);
        let ban = Ban {
            target: entered.target(),
            reason: String::new(),
            author: String::new(),
            since: now,
            until: left.map_or(Timestamp::NEVER, |left| now.plus(left)),
        };
        let store = self.driver.store.inner();
        store.ban(&ban).expect("the store answers");
    }

    fn attempt(&mut self, who: &Who, step: &Step, last: bool) -> Result<(), String> {
        self.attempts += 1;
        let attempt = who.attempt();
        let prefix = self.driver.engine.policy().ipv6_prefix;
        self.counted.push(Parts::of(&attempt, prefix));
        let nonce = 1_000_003 * self.attempts;
        let admitted = self.driver.admit(&attempt, &Overrides::default(), nonce);
        match self.answer(admitted) {
            Verdict::Refuse(refusal) => {
                let met = match refusal.reason {
                    Reason::LockedOut => Expectation::LockedOut,
                    Reason::Busy => Expectation::Busy,
                    Reason::Banned => Expectation::Banned,
                    Reason::Denylisted | Reason::NotAllowlisted => Expectation::Denied,
                    Reason::StoreUnavailable => Expectation::Unavailable,
                    other => panic!("refused because of {other:?}"),
                };
                expect("expect", step.expect.as_ref(), &met)?;
                if met == Expectation::LockedOut && last {
                    expect("failures", step.failures.as_ref(), &refusal.failures)?;
                }
                told(step, Some(&refusal), last)
            }
            Verdict::Admit(permit) => {
                let expected = step.expect.as_ref();
                expect("expect", expected, &Expectation::Admitted)?;
                match (&step.begin, step.outcome) {
                    (Some(name), None) => {
                        self.open.insert(name.clone(), (permit, attempt));
                        Ok(())
                    }
                    (None, Some(Ask::Crash)) => Ok(()),
                    (None, Some(_)) => self.settle(&permit, &attempt, step, last),
                    _ => panic!("an admitted attempt has either a name or an outcome"),
                }
            }
        }
    }

    /// What was decided, with the store or without it: the scenario says which.
    fn answer<T>(&self, decision: Decision<T>) -> T {
        if self.driver.store.is_down() {
            assert!(decision.error.is_some(), "the store answered");
            decision.decided
        } else {
            answered(decision)
        }
    }

    fn settle(
        &self,
        permit: &Permit,
        attempt: &Attempt,
        step: &Step,
        last: bool,
    ) -> Result<(), String> {
        let outcome = match step.outcome.expect("what is settled has an outcome") {
            Ask::Failure => Outcome::Failure,
            Ask::Success => Outcome::Success {
                session_hash: String::new(),
            },
            Ask::Withdrawn => Outcome::Withdrawn,
            Ask::Crash => return Ok(()),
        };
        let Report {
            failures, refusal, ..
        } = self.answer(self.driver.settle(permit, outcome, attempt));
        if self.driver.store.is_down() {
            let reason = refusal.as_ref().map(|refusal| refusal.reason);
            expect("reason", Some(&Some(Reason::StoreUnavailable)), &reason)?;
            let wanted = (
                step.failures,
                step.locked_out,
                step.newly_locked,
                &step.retry_after,
            );
            assert!(
                matches!(wanted, (None, None, None, None)),
                "nothing more is told while the store fails"
            );
            let expected = step.expect.as_ref();
            return expect("expect", expected, &Expectation::Unavailable);
        }
        if last {
            expect("failures", step.failures.as_ref(), &failures)?;
            expect("locked_out", step.locked_out.as_ref(), &refusal.is_some())?;
        }
        told(step, refusal.as_ref(), last)
    }
}

/// What somebody is told about a lockout.
fn told(step: &Step, refusal: Option<&Refusal>, last: bool) -> Result<(), String> {
    if !last {
        return Ok(());
    }
    let newly_locked = refusal.is_some_and(|refusal| refusal.newly_locked);
    expect("newly_locked", step.newly_locked.as_ref(), &newly_locked)?;
    match (&step.retry_after, refusal) {
        (Some(expected), Some(refusal)) if !expected.is(refusal.retry_after) => {
            let told = refusal.retry_after;
            Err(format!("retry_after: expected {expected:?}, got {told:?}"))
        }
        (Some(expected), None) => Err(format!("retry_after: expected {expected:?}, got none")),
        _ => Ok(()),
    }
}

fn expect<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: Option<&T>,
    got: &T,
) -> Result<(), String> {
    match expected {
        Some(expected) if expected != got => {
            Err(format!("{what}: expected {expected:?}, got {got:?}"))
        }
        _ => Ok(()),
    }
}
