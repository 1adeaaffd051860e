//! The store in a cache under many schedules, chosen at random by shuttle: everybody may be interrupted
//! before and after each question to the cache.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axes_core::{
    Attempt, Engine, Outcome, Overrides, Policy, Reason, Scope, Selector, Timestamp, Verdict,
};
use axes_stores::{
    Clock, Driver, Entries, Entry, Gone, KeyedStore, Members, StoreError, Swap, Swapped,
};
use axes_testkit::{answered, driver};
use shuttle::rand::Rng as _;

/// A cache that compares values, and lets others go on around each question.
#[derive(Clone, Debug)]
struct Yielding {
    entries: Arc<Mutex<HashMap<String, String>>>,
    sets: Arc<Mutex<HashMap<String, BTreeSet<String>>>>,
    /// Whether it compares and writes many entries in one step.
    swaps: bool,
    keeps_sets: bool,
}

impl Yielding {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries for Yielding {
    type Token = String;

    fn token_of(&self, text: &str) -> Option<String> {
        self.swaps.then(|| text.to_owned())
    }

    fn swap(&self, swap: &Swap<'_, String>) -> Result<Swapped<String>, StoreError> {
        shuttle::thread::yield_now();
        let mut entries = self.lock();
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let is_empty = |set: &&str| sets.get(*set).is_none_or(BTreeSet::is_empty);
        let empty: Vec<bool> = swap.empty.iter().map(is_empty).collect();
        let wanted = swap.expected.iter().map(|entry| (entry.key, entry.token));
        let puts = swap.puts;
        let wanted = wanted.chain(puts.iter().map(|put| (put.key, put.expected)));
        let found: Vec<_> = wanted
            .map(|(key, token)| (entries.get(key).cloned(), token))
            .collect();
        let is_other =
            |(value, token): &(Option<String>, Option<&String>)| value.as_ref() != *token;
        if empty.contains(&false) || found.iter().any(is_other) {
            let entry = |value: String| Entry {
                token: value.clone(),
                value,
            };
            let found = found.into_iter().map(|(value, _)| value);
            let told = swap.told.iter().map(|key| entries.get(*key).cloned());
            let found = found.chain(told).map(|value| value.map(entry));
            let found = found.collect();
            return Ok(Swapped::InVain { found, empty });
        }
        for join in swap.joins {
            let set = sets.entry(join.set.clone()).or_default();
            set.insert(join.member.clone());
        }
        for put in puts {
            entries.insert(put.key.to_owned(), put.value.to_owned());
        }
        Ok(Swapped::Done)
    }

    fn keeps_sets(&self) -> bool {
        self.keeps_sets
    }

    fn members(&self, set: &str, _from: u64, _now: Timestamp) -> Result<Members, StoreError> {
        shuttle::thread::yield_now();
        let sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let names = sets.get(set).into_iter().flatten().cloned().collect();
        Ok(Members { names, next: None })
    }

    fn take_out(&self, set: &str, gone: &[Gone]) -> Result<bool, StoreError> {
        shuttle::thread::yield_now();
        let entries = self.lock();
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let members = sets.entry(set.to_owned()).or_default();
        for Gone { member, key, text } in gone {
            if entries.get(key).is_none_or(|found| found == text) {
                members.remove(member);
            }
        }
        Ok(!members.is_empty())
    }

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<String>>>, StoreError> {
        // One key after the other, as a cache on several servers answers.
        let found = keys.iter().map(|key| {
            shuttle::thread::yield_now();
            let entries = self.lock();
            let value = entries.get(key)?.clone();
            let token = value.clone();
            Some(Entry { value, token })
        });
        Ok(found.collect())
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&String>,
        _keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        shuttle::thread::yield_now();
        let mut entries = self.lock();
        let same = entries.get(key) == expected;
        if same {
            entries.insert(key.to_owned(), value.to_owned());
        }
        Ok(same)
    }
}

/// Time that stands still: who sleeps only lets others go on, for longer than a question takes.
struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000_000)
    }
    fn sleep(&self, _pause: Duration) {
        for _ in 0..20 {
            shuttle::thread::yield_now();
        }
    }
}

/// A site: what everybody shares.
struct Site {
    engine: Engine,
    /// Of two processes, each of which remembers what it has seen.
    stores: [KeyedStore<Yielding>; 2],
    checked: AtomicU32,
    logged_in: AtomicU32,
    newly_locked: AtomicU32,
    nonces: AtomicI64,
}

impl Site {
    fn new(limit: u32, scopes: &[Scope]) -> Arc<Self> {
        let policy = Policy {
            limit,
            scopes: Arc::from(scopes),
            reset_on_success: true,
            count_refused: false,
            ..Policy::default()
        };
        let swaps = coin();
        let cache = Yielding {
            entries: Arc::default(),
            sets: Arc::default(),
            swaps,
            keeps_sets: swaps && coin(),
        };
        Arc::new(Self {
            engine: Engine::new(policy),
            stores: [KeyedStore::new(cache.clone()), KeyedStore::new(cache)],
            checked: AtomicU32::new(0),
            logged_in: AtomicU32::new(0),
            newly_locked: AtomicU32::new(0),
            nonces: AtomicI64::new(0),
        })
    }

    fn driver(&self) -> Driver<'_, &KeyedStore<Yielding>, StandingClock> {
        let [one, other] = &self.stores;
        driver(
            &self.engine,
            if coin() { one } else { other },
            StandingClock,
        )
    }

    /// One attempt from beginning to end.
    fn attempt(&self, username: &str, right: bool) {
        let attempt = attempt(username);
        let nonce = 1_000_000 * (self.nonces.fetch_add(1, Ordering::SeqCst) + 1);
        let admitted = answered(self.driver().admit(&attempt, &Overrides::default(), nonce));
        let refusal = match admitted {
            Verdict::Refuse(refusal) => {
                assert_eq!(refusal.reason, Reason::LockedOut);
                assert!(refusal.failures >= refusal.limit, "a false lockout");
                Some(refusal)
            }
            Verdict::Admit(permit) => {
                self.checked.fetch_add(1, Ordering::SeqCst);
                shuttle::thread::yield_now();
                let outcome = if right {
                    self.logged_in.fetch_add(1, Ordering::SeqCst);
                    Outcome::Success {
                        session_hash: String::new(),
                    }
                } else {
                    Outcome::Failure
                };
                answered(self.driver().settle(&permit, outcome, &attempt)).refusal
            }
        };
        let newly = refusal.is_some_and(|refusal| refusal.newly_locked);
        self.newly_locked
            .fetch_add(u32::from(newly), Ordering::SeqCst);
    }

    fn reset(&self, username: Option<&str>) -> u64 {
        let selector = Selector::new(username, None, 64);
        self.driver().reset(selector).expect("the store answers")
    }

    /// The failures that count against somebody who is alone in a scope, by username and by address.
    fn failures(&self, username: &str) -> (u32, u32) {
        let look = |attempt: &Attempt| {
            let looked = self.driver().peek(attempt, &Overrides::default());
            answered(looked).0
        };
        let elsewhere = Attempt::new("198.51.100.1".parse().ok()).with_username(username);
        (look(&elsewhere), look(&attempt("nobody")))
    }

    /// Lets `everybody` try at once, and somebody reset `username` while they do.
    fn at_once(
        self: &Arc<Self>,
        everybody: &[(&'static str, bool)],
        resets: &[Option<&'static str>],
    ) {
        let mut threads = Vec::new();
        for (username, right) in everybody.iter().copied() {
            let site = Arc::clone(self);
            threads.push(shuttle::thread::spawn(move || {
                site.attempt(username, right);
            }));
        }
        for username in resets.iter().copied() {
            let site = Arc::clone(self);
            threads.push(shuttle::thread::spawn(move || {
                site.reset(username);
            }));
        }
        for thread in threads {
            thread.join().expect("no thread panics");
        }
    }
}

/// Heads or tails, the same again when a schedule is replayed.
fn coin() -> bool {
    shuttle::rand::thread_rng().gen_bool(0.5)
}

fn attempt(username: &str) -> Attempt {
    Attempt::new("192.0.2.1".parse().ok()).with_username(username)
}

const BOTH: &[Scope] = &[Scope::IP_ADDRESS, Scope::USERNAME];
const WRONG: (&str, bool) = ("ada", false);

#[test]
fn under_any_schedule_the_limit_is_exact_and_told_once() {
    shuttle::check_random(
        || {
            let site = Site::new(2, &[Scope::IP_ADDRESS]);
            site.at_once(&[WRONG; 4], &[]);
            assert_eq!(site.checked.load(Ordering::SeqCst), 2);
            assert_eq!(site.newly_locked.load(Ordering::SeqCst), 1);
        },
        1_000,
    );
}

#[test]
fn under_any_schedule_right_passwords_all_get_through() {
    shuttle::check_random(
        || {
            let site = Site::new(1, BOTH);
            site.at_once(&[("ada", true), ("bob", true), ("ada", true)], &[]);
            assert_eq!(site.logged_in.load(Ordering::SeqCst), 3);
            assert_eq!(site.failures("ada"), (0, 0));
        },
        1_000,
    );
}

#[test]
fn under_any_schedule_a_reset_takes_all_that_was_there_and_nothing_of_others() {
    shuttle::check_random(
        || {
            let site = Site::new(9, BOTH);
            site.attempt("ada", false);
            site.attempt("bob", false);
            site.at_once(&[WRONG, ("bob", false)], &[Some("ada")]);
            let (of_ada, of_address) = site.failures("ada");
            // What failed meanwhile may count or not; what failed before does not.
            assert!(of_ada <= 1, "{of_ada} failures of Ada");
            assert!((2..=3).contains(&of_address), "{of_address} of the address");
            assert_eq!(site.failures("bob").0, 2);
            site.reset(Some("ada"));
            assert_eq!(site.failures("ada"), (0, 2), "a later reset takes the rest");
            site.reset(None);
            assert_eq!(site.failures("bob"), (0, 0));
        },
        2_000,
    );
}

#[test]
fn under_any_schedule_resets_of_everything_leave_nothing_and_count_each_record_once() {
    shuttle::check_random(
        || {
            let site = Site::new(9, BOTH);
            site.attempt("ada", false);
            site.attempt("bob", false);
            let removed = Arc::new(AtomicU32::new(0));
            let threads: Vec<_> = [None, Some("ada"), None]
                .into_iter()
                .map(|username| {
                    let (site, removed) = (Arc::clone(&site), Arc::clone(&removed));
                    shuttle::thread::spawn(move || {
                        let count = u32::try_from(site.reset(username)).expect("few");
                        removed.fetch_add(count, Ordering::SeqCst);
                    })
                })
                .collect();
            for thread in threads {
                thread.join().expect("no thread panics");
            }
            assert_eq!(removed.load(Ordering::SeqCst), 2);
            assert_eq!(site.failures("ada"), (0, 0));
            assert_eq!(site.failures("bob"), (0, 0));
            assert_eq!(site.reset(None), 0);
        },
        1_000,
    );
}

#[test]
fn under_any_schedule_the_limit_holds_again_after_a_reset() {
    shuttle::check_pct(
        || {
            let site = Site::new(2, BOTH);
            site.attempt("ada", false);
            site.at_once(&[WRONG; 3], &[Some("ada")]);
            let before = site.checked.load(Ordering::SeqCst);
            // One before the reset, then what the limit allows before it and after it.
            assert!(before <= 4, "{before} passwords checked");
            let (of_ada, _) = site.failures("ada");
            for _ in 0..3 {
                site.attempt("ada", false);
            }
            let after = site.checked.load(Ordering::SeqCst) - before;
            assert!(after + of_ada <= 2, "{of_ada} counted, {after} more");
        },
        500,
        3,
    );
}

#[test]
fn under_any_schedule_a_success_forgets_its_own_and_only_that() {
    shuttle::check_random(
        || {
            let site = Site::new(9, BOTH);
            site.attempt("ada", false);
            site.at_once(&[("ada", true), ("bob", false)], &[]);
            assert_eq!(site.failures("ada"), (0, 1));
            assert_eq!(site.failures("bob"), (1, 1));
        },
        1_000,
    );
}

/// What a reset selects: a username, and whether it is of the address.
type Selected = (Option<&'static str>, bool);

const RESETS: [Selected; 4] = [
    (None, false),
    (None, true),
    (Some("ada"), false),
    (Some("ada"), true),
];

impl Site {
    /// What tallies count is what records say, everywhere.
    fn agrees(&self) {
        let recorded = self.stores[0].attempts(StandingClock.now());
        let recorded = recorded.expect("the store answers");
        let sum = |username: Option<&str>| -> u32 {
            let theirs = recorded
                .iter()
                .filter(|it| username.is_none() || it.username.as_deref() == username);
            theirs.map(|it| it.failures).sum()
        };
        for username in ["ada", "bob"] {
            let counted = self.failures(username);
            assert_eq!(counted, (sum(Some(username)), sum(None)), "{username}");
        }
    }
}

/// Ada and Bob fail while `resets` happen, and Ada logs in if `right`; then all agree, also after one
/// more failure of each, after one more reset that concerns a part, and after one of everything.
fn resets_race(resets: &'static [Selected], right: bool) {
    let site = Site::new(9, BOTH);
    site.attempt("ada", false);
    site.attempt("bob", false);
    let resetting = resets.iter().map(|(username, of_address)| {
        let site = Arc::clone(&site);
        shuttle::thread::spawn(move || {
            let address = of_address.then(|| [192, 0, 2, 1].into());
            let selector = Selector::new(*username, address, 64);
            site.driver().reset(selector).expect("the store answers");
        })
    });
    let resetting: Vec<_> = resetting.collect();
    site.at_once(&[WRONG, ("bob", false), ("ada", right)], &[]);
    for thread in resetting {
        thread.join().expect("no thread panics");
    }
    site.agrees();
    let before = (site.failures("ada"), site.failures("bob"));
    for username in ["ada", "bob"] {
        site.attempt(username, false);
    }
    let ((ada, all), (bob, _)) = before;
    let after = (site.failures("ada"), site.failures("bob"));
    assert_eq!(after, ((ada + 1, all + 2), (bob + 1, all + 2)));
    site.agrees();
    site.reset(Some("bob"));
    assert_eq!(site.failures("ada"), (ada + 1, ada + 1));
    site.agrees();
    site.reset(None);
    assert_eq!(site.failures("ada"), (0, 0));
    site.agrees();
    assert_eq!(site.reset(None), 0);
}

#[test]
fn under_any_schedule_a_reset_takes_a_failure_as_a_whole_or_not_at_all() {
    shuttle::check_random(|| resets_race(&RESETS[..1], false), 1_000);
    shuttle::check_random(|| resets_race(&RESETS[1..2], false), 1_000);
    shuttle::check_random(|| resets_race(&RESETS[2..3], false), 1_000);
    shuttle::check_random(|| resets_race(&RESETS[3..], false), 1_000);
}

#[test]
fn under_any_schedule_resets_at_once_leave_tallies_that_agree_with_records() {
    shuttle::check_random(|| resets_race(&RESETS, false), 500);
    shuttle::check_pct(|| resets_race(&RESETS, false), 500, 4);
}

#[test]
fn under_any_schedule_a_success_takes_a_failure_as_a_whole_or_not_at_all() {
    shuttle::check_random(|| resets_race(&[], true), 2_000);
    shuttle::check_pct(|| resets_race(&[], true), 500, 4);
}
