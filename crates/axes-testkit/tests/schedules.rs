//! The memory store under many schedules: chosen at random by shuttle, and by the machine itself.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axes_core::{
    Attempt, Batch, Engine, Outcome, Overrides, Policy, Reason, Reply, Scope, Timestamp, Verdict,
};
use axes_stores::{Clock, MemoryStore, Store, StoreError};
use axes_testkit::{answered, driver};

/// A store before and after which shuttle may let somebody else go on.
#[derive(Debug, Default)]
struct Yielding(MemoryStore);

impl Store for Yielding {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        shuttle::thread::yield_now();
        let replies = self.0.execute(batch, now);
        shuttle::thread::yield_now();
        replies
    }
}

/// Time that stands still: who sleeps only lets others go on.
struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000_000)
    }
    fn sleep(&self, _pause: Duration) {
        shuttle::thread::yield_now();
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.expect("it is after 1970").as_millis();
        Timestamp::from_millis(i64::try_from(millis).expect("it is before the year 292 million"))
    }
    fn sleep(&self, pause: Duration) {
        std::thread::sleep(pause);
    }
}

/// What became of all attempts of one round.
#[derive(Debug, Default)]
struct Score {
    checked: AtomicU32,
    logged_in: AtomicU32,
    locked_out: AtomicU32,
    newly_locked: AtomicU32,
    nonces: AtomicI64,
}

impl Score {
    fn read(&self) -> [u32; 4] {
        [
            &self.checked,
            &self.logged_in,
            &self.locked_out,
            &self.newly_locked,
        ]
        .map(|count| count.load(Ordering::SeqCst))
    }
}

fn engine(limit: u32, scopes: &[Scope]) -> Engine {
    Engine::new(Policy {
        limit,
        scopes: Arc::from(scopes),
        ..Policy::default()
    })
}

/// One attempt from beginning to end. `settling` lets others go on while the password is checked.
fn attempt_once(
    engine: &Engine,
    store: impl Store,
    clock: impl Clock,
    result: &Score,
    (username, right): (&str, bool),
) {
    let driver = driver(engine, store, clock);
    let attempt = Attempt::new("192.0.2.1".parse().ok()).with_username(username);
    let nonce = 1_000_000 * (result.nonces.fetch_add(1, Ordering::SeqCst) + 1);
    let mut lockouts = Vec::new();
    match answered(driver.admit(&attempt, &Overrides::default(), nonce)) {
        Verdict::Refuse(refusal) => {
            assert_eq!(
                refusal.reason,
                Reason::LockedOut,
                "nobody has to come again"
            );
            assert!(refusal.failures >= refusal.limit, "a false lockout");
            result.locked_out.fetch_add(1, Ordering::SeqCst);
            lockouts.push(refusal);
        }
        Verdict::Admit(permit) => {
            result.checked.fetch_add(1, Ordering::SeqCst);
            driver.clock.sleep(Duration::from_micros(100));
            let outcome = if right {
                result.logged_in.fetch_add(1, Ordering::SeqCst);
                Outcome::Success {
                    session_hash: String::new(),
                }
            } else {
                Outcome::Failure
            };
            lockouts.extend(answered(driver.settle(&permit, outcome, &attempt)).refusal);
        }
    }
    let newly = lockouts.iter().filter(|refusal| refusal.newly_locked);
    let newly = u32::try_from(newly.count()).expect("few lockouts");
    result.newly_locked.fetch_add(newly, Ordering::SeqCst);
}

/// Who tries what, and the score that must come of it whatever the schedule.
fn shuttled(
    limit: u32,
    scopes: &'static [Scope],
    attempts: &'static [(&'static str, bool)],
) -> Arc<Score> {
    let engine = Arc::new(engine(limit, scopes));
    let store = Arc::new(Yielding::default());
    let result = Arc::new(Score::default());
    let threads: Vec<_> = attempts
        .iter()
        .map(|attempt| {
            let (engine, store, result) = (engine.clone(), store.clone(), result.clone());
            shuttle::thread::spawn(move || {
                attempt_once(&engine, &store, StandingClock, &result, *attempt);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    result
}

const WRONG: (&str, bool) = ("ada", false);

#[test]
fn under_any_schedule_the_limit_is_exact_and_told_once() {
    shuttle::check_random(
        || {
            let result = shuttled(2, &[Scope::IP_ADDRESS], &[WRONG; 5]);
            assert_eq!(result.read(), [2, 0, 3, 1]);
        },
        2_000,
    );
}

#[test]
fn under_any_schedule_right_passwords_all_get_through() {
    shuttle::check_random(
        || {
            let everybody = &[("ada", true), ("bob", true), ("ada", true), ("eve", true)];
            let result = shuttled(1, &[Scope::IP_ADDRESS, Scope::USERNAME], everybody);
            assert_eq!(result.read(), [4, 4, 0, 0]);
        },
        2_000,
    );
}

#[test]
fn under_any_schedule_a_right_password_uses_nothing_up() {
    shuttle::check_pct(
        || {
            let mixed = &[WRONG, ("ada", true), WRONG, ("bob", true)];
            let result = shuttled(3, &[Scope::IP_ADDRESS, Scope::USERNAME], mixed);
            assert_eq!(result.read(), [4, 2, 0, 0]);
        },
        1_000,
        3,
    );
}

/// Runs all `attempts` in threads of the machine that begin together.
fn race(limit: u32, attempts: &[(&str, bool)]) -> [u32; 4] {
    let engine = engine(limit, &[Scope::IP_ADDRESS, Scope::USERNAME]);
    let store = MemoryStore::default();
    let result = Score::default();
    let start = Barrier::new(attempts.len());
    std::thread::scope(|scope| {
        for attempt in attempts {
            scope.spawn(|| {
                start.wait();
                attempt_once(&engine, &store, SystemClock, &result, *attempt);
            });
        }
    });
    result.read()
}

#[test]
fn fifty_parallel_guesses_get_three_passwords_checked_and_fifty_right_ones_all() {
    for round in 0..20 {
        assert_eq!(race(3, &[WRONG; 50]), [3, 0, 47, 1], "round {round}");
        assert_eq!(
            race(3, &[("ada", true); 50]),
            [50, 50, 0, 0],
            "round {round}"
        );
    }
}
