//! What an attempt costs, however much there is already.

use std::cell::Cell;
use std::time::Duration;

use axes_core::{
    Attempt, Ban, Banned, Engine, Outcome, Parameter, Policy, Reason, Scope, Timestamp,
};
use axes_stores::{
    Bans as _, Clock as _, Entries, Entry, Gone, KeyedStore, Members, Put, StoreError, Swap,
    Swapped,
};
use axes_testkit::conformance::Scene;

use crate::map::{Compares, Map};

/// Counts what is asked of a cache.
struct Counting {
    map: Map,
    questions: Cell<usize>,
    bytes: Cell<usize>,
}

impl Counting {
    fn new(compares: Compares) -> Self {
        Self {
            map: Map::new(compares),
            questions: Cell::new(0),
            bytes: Cell::new(0),
        }
    }

    fn note(&self, bytes: usize) {
        self.questions.set(self.questions.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
    }
}

impl Entries for &Counting {
    type Token = <Map as Entries>::Token;

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<Self::Token>>>, StoreError> {
        let found = self.map.get(keys)?;
        self.note(found.iter().flatten().map(|entry| entry.value.len()).sum());
        Ok(found)
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&Self::Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        self.note(value.len());
        self.map.put(key, value, expected, keep)
    }

    fn put_all(&self, puts: &[Put<'_, Self::Token>]) -> Result<usize, StoreError> {
        self.note(puts.iter().map(|put| put.value.len()).sum());
        self.map.put_all(puts)
    }

    fn token_of(&self, text: &str) -> Option<Self::Token> {
        self.map.token_of(text)
    }

    fn swap(&self, swap: &Swap<'_, Self::Token>) -> Result<Swapped<Self::Token>, StoreError> {
        let found = self.map.swap(swap)?;
        let written: usize = swap.puts.iter().map(|put| put.value.len()).sum();
        let joined: usize = swap.joins.iter().map(|join| join.member.len()).sum();
        self.note(match &found {
            Swapped::Done => written + joined,
            Swapped::InVain { found, .. } => found.iter().flatten().map(|it| it.value.len()).sum(),
        });
        Ok(found)
    }

    fn keeps_sets(&self) -> bool {
        self.map.keeps_sets()
    }

    fn members(&self, set: &str, from: u64, now: Timestamp) -> Result<Members, StoreError> {
        let found = self.map.members(set, from, now)?;
        self.note(found.names.iter().map(String::len).sum());
        Ok(found)
    }

    fn take_out(&self, set: &str, gone: &[Gone]) -> Result<bool, StoreError> {
        self.note(gone.iter().map(|gone| gone.member.len()).sum());
        self.map.take_out(set, gone)
    }
}

fn visitor(number: u32) -> Attempt {
    Attempt::new(Some(number.to_be_bytes().into())).with_username(&format!("user-{number}"))
}

/// What `work` asks: how many questions, and how many bytes.
fn cost(cache: &Counting, work: impl FnOnce()) -> (usize, usize) {
    cache.questions.set(0);
    cache.bytes.set(0);
    work();
    (cache.questions.get(), cache.bytes.get())
}

/// Bans networks and usernames of others, as many as `number`.
fn ban_others(scene: &Scene<KeyedStore<&Counting>>, number: u32) {
    for number in 0..number {
        let target = match number % 3 {
            0 => Banned::username(&format!("mallory-{number}")),
            1 => Banned::network(&format!("203.0.{}.{}", number / 256, number % 256)).ok(),
            _ => Banned::network(&format!("2001:db8:{number:x}::/48")).ok(),
        };
        ban(scene, target.expect("a target"));
    }
}

fn ban(scene: &Scene<KeyedStore<&Counting>>, target: Banned) {
    let ban = Ban {
        target,
        reason: "because of the tests, as always".to_owned(),
        author: "somebody".to_owned(),
        since: scene.clock.now(),
        until: Timestamp::NEVER,
    };
    scene.store.ban(&ban).expect("the cache answers");
}

/// What one attempt of each kind asks where `scopes` count and so many others are banned, the first of
/// its kind and the next.
fn questions(compares: Compares, scopes: &[Scope], banned: u32) -> Vec<(&'static str, usize)> {
    let cache = Counting::new(compares);
    let mut scene = Scene::with(KeyedStore::new(&cache), |policy| {
        policy.scopes = scopes.into();
        policy.reset_on_success = true;
    });
    ban_others(&scene, banned);
    // An everyday site: its indexes are some levels deep.
    for number in 0..3_000 {
        scene.fail(&visitor(number));
    }
    let mut found = Vec::new();
    let mut note = |what, work: &mut dyn FnMut()| found.push((what, cost(&cache, work).0));
    for (admission, failure) in [
        ("a new client begins", "a new client fails"),
        ("a known client begins", "a known client fails"),
    ] {
        let mut open = None;
        note(admission, &mut || {
            open = Some(scene.begin(&visitor(9_999)));
        });
        let open = open.expect("a permit");
        note(failure, &mut || {
            scene.settle(&open, Outcome::Failure, &visitor(9_999));
        });
    }
    let open = scene.begin(&visitor(8_888));
    let success = || Outcome::Success {
        session_hash: String::new(),
    };
    note("a right password", &mut || {
        scene.settle(&open, success(), &visitor(8_888));
    });
    scene.fail(&visitor(9_999));
    note("a refusal that counts", &mut || {
        drop(scene.admit(&visitor(9_999)));
    });
    scene.engine = Engine::new(Policy {
        count_refused: false,
        ..scene.engine.policy().clone()
    });
    note("a refusal", &mut || drop(scene.admit(&visitor(9_999))));
    found
}

#[test]
fn a_login_is_a_handful_of_questions() {
    let both = Scope::of([Parameter::Username, Parameter::IpAddress]).expect("two parameters");
    let scopes = [
        vec![Scope::IP_ADDRESS],
        vec![Scope::IP_ADDRESS, Scope::USERNAME],
        vec![both, Scope::IP_ADDRESS, Scope::USERNAME],
    ];
    // Bans are asked for along with everything else.
    let cases = scopes.iter().map(|scopes| (scopes, 0));
    for (scopes, banned) in cases.chain([(&scopes[1], 30)]) {
        for compares in [Compares::Together, Compares::WithSets] {
            assert_eq!(
                questions(compares, scopes, banned),
                [
                    ("a new client begins", 1),
                    ("a new client fails", 1),
                    ("a known client begins", 1),
                    ("a known client fails", 1),
                    ("a right password", 1),
                    ("a refusal that counts", 1),
                    ("a refusal", 1),
                ],
                "{compares:?}, {scopes:?}, {banned} bans"
            );
        }
        assert_eq!(
            questions(Compares::Values, scopes, banned),
            [
                ("a new client begins", 2),
                ("a new client fails", 2),
                ("a known client begins", 2),
                ("a known client fails", 2),
                ("a right password", 2),
                // The tally, and the record.
                ("a refusal that counts", 2),
                ("a refusal", 1),
            ],
            "{scopes:?}, {banned} bans"
        );
    }
}

#[test]
fn what_another_process_has_written_costs_one_question_more() {
    let cache = Counting::new(Compares::Together);
    let open = || Scene::new(KeyedStore::new(&cache));
    let [here, there] = [open(), open()];
    here.fail(&visitor(1));
    there.fail(&visitor(2));
    for number in [3, 4] {
        there.fail(&visitor(number));
        let mut permit = None;
        let begins = cost(&cache, || permit = Some(here.begin(&visitor(number))));
        let permit = permit.expect("a permit");
        let fails = cost(&cache, || {
            here.settle(&permit, Outcome::Failure, &visitor(number));
        });
        assert_eq!((begins.0, fails.0), (2, 1));
        there.fail(&visitor(number));
        // The tally and the record are known here as they were before.
        let refused = cost(&cache, || drop(here.admit(&visitor(number))));
        assert_eq!(refused.0, 2);
    }
    // What it has reset itself it knows.
    here.reset(None, None);
    let begins = cost(&cache, || drop(here.admit(&visitor(3))));
    assert_eq!(begins.0, 1);
}

#[test]
fn the_work_for_one_attempt_hardly_grows_with_what_is_there() {
    let cache = Counting::new(Compares::Values);
    let scene = Scene::new(KeyedStore::new(&cache));
    let failure_of_somebody_new = |number| {
        cost(&cache, || {
            scene.fail(&visitor(number));
        })
    };
    for number in 0..200 {
        failure_of_somebody_new(number);
    }
    let (_, bytes) = failure_of_somebody_new(200);
    for number in 201..10_000 {
        failure_of_somebody_new(number);
    }
    let (later, more) = failure_of_somebody_new(10_000);
    // Two indexes of everything, each some levels deeper, which are read in the same question or in
    // one more.
    assert!(later <= 5, "{later} questions");
    assert!(more < 40_000, "{bytes} bytes, then {more}");
    // Who is known already, is known.
    assert!(failure_of_somebody_new(77).0 <= 4);
}

#[test]
fn where_there_are_sets_the_work_does_not_grow_at_all() {
    let cache = Counting::new(Compares::WithSets);
    let scene = Scene::with(KeyedStore::new(&cache), |policy| {
        policy.scopes = [Scope::IP_ADDRESS].into();
    });
    let attempt = |number: u32| visitor(number).with_username("ada");
    let cost_of = |number| {
        cost(&cache, || {
            scene.fail(&attempt(number));
        })
    };
    for number in 10_000..10_010 {
        cost_of(number);
    }
    let few = cost_of(10_010);
    for number in 10_011..12_000 {
        cost_of(number);
    }
    let many = cost_of(12_000);
    assert_eq!((few.0, many.0), (2, 2));
    // Random numbers have more digits or fewer.
    assert!(many.1.abs_diff(few.1) < 20, "{few:?} {many:?}");
    assert_eq!(scene.reset(Some("ada"), None), 2_001);
    assert_eq!(scene.look(&attempt(12_000)), (0, false));
}

#[test]
fn one_address_that_tries_many_names_costs_no_more_than_another() {
    let cache = Counting::new(Compares::Values);
    let scene = Scene::with(KeyedStore::new(&cache), |policy| {
        policy.scopes = [Scope::IP_ADDRESS].into();
        policy.limit = 100_000;
    });
    let attempt = |number: u32| visitor(7).with_username(&format!("user-{number}"));
    for number in 0..1_000 {
        scene.fail(&attempt(number));
    }
    let (questions, bytes) = cost(&cache, || {
        scene.fail(&attempt(1_000));
    });
    assert!(
        questions < 40 && bytes < 200_000,
        "{questions} questions, {bytes} bytes"
    );
    assert_eq!(scene.reset(Some("user-999"), None), 1);
    assert_eq!(scene.reset(None, Some("0.0.0.7")), 1_000);
    assert_eq!(scene.look(&visitor(7)), (0, false));
}

#[test]
fn repetition_costs_the_same_and_leaves_nothing_behind() {
    let cache = Counting::new(Compares::Values);
    let scene = Scene::with(KeyedStore::new(&cache), |policy| {
        policy.reset_on_success = true;
    });
    let mut sizes = Vec::new();
    for _ in 0..50 {
        scene.fail(&visitor(1));
        scene.succeed(&visitor(1));
        scene.clock.advance(Duration::from_secs(1));
        sizes.push(cache.map.lock().len());
    }
    assert_eq!(sizes.first(), sizes.last());
    let open = scene.begin(&visitor(1));
    scene.settle(&open, Outcome::Withdrawn, &visitor(1));
    assert_eq!(sizes.last(), Some(&cache.map.lock().len()));
}

#[test]
fn what_an_attempt_asks_does_not_grow_with_bans() {
    for compares in [Compares::Together, Compares::Values] {
        let cache = Counting::new(compares);
        let scene = Scene::new(KeyedStore::new(&cache));
        let attempt = || {
            // The first one finds out what it need not ask next time.
            scene.settle(&scene.begin(&visitor(1)), Outcome::Withdrawn, &visitor(1));
            cost(&cache, || {
                scene.settle(&scene.begin(&visitor(1)), Outcome::Withdrawn, &visitor(1));
            })
        };
        ban_others(&scene, 3);
        let few = attempt();
        ban_others(&scene, 10_000);
        let many = attempt();
        assert_eq!(many.0, few.0, "{compares:?}");
        // Random numbers have more digits or fewer.
        assert!(many.1.abs_diff(few.1) < 20, "{many:?} {few:?}");
        let longest = cache.map.lock().values().map(|(text, _)| text.len()).max();
        assert!(
            longest.is_some_and(|longest| longest < 5_000),
            "{longest:?}"
        );
        let (asked, _) = cost(&cache, || {
            ban(&scene, Banned::username("user-2").expect("one"));
        });
        assert!(asked <= 20, "{asked} questions for one more");
        assert_eq!(reason(&scene, &visitor(2)), Some(Reason::Banned));
        let told = scene
            .store
            .bans(scene.clock.now())
            .expect("the cache answers");
        assert_eq!(told.len(), 10_001);
        for ban in told {
            assert!(scene.store.unban(&ban.target).expect("the cache answers"));
        }
        assert_eq!(
            scene
                .store
                .bans(scene.clock.now())
                .expect("the cache answers"),
            []
        );
        assert_eq!(reason(&scene, &visitor(2)), None);
    }
}

fn reason(scene: &Scene<KeyedStore<&Counting>>, attempt: &Attempt) -> Option<Reason> {
    match scene.admit(attempt) {
        axes_core::Verdict::Refuse(refusal) => Some(refusal.reason),
        axes_core::Verdict::Admit(_) => None,
    }
}
