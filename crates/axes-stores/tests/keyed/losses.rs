//! What a cache loses, and what it must not lose.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axes_core::{
    Attempt, Batch, ByCode, ClearProven, CoolOff, Judge, OnLocked, Op, Outcome, Parts, Reply,
    Scope, Selector, Take, Terms,
};
use axes_stores::{Archive, Asked, Clock, KeyedStore, Listing, Past, Store, Wanted};
use axes_testkit::conformance::Scene;

use crate::map::{Compares, Map};

fn ada() -> Attempt {
    Attempt::new(Some([192, 0, 2, 1].into())).with_username("ada")
}

fn bob() -> Attempt {
    ada().with_username("bob")
}

fn scene(map: &Map) -> Scene<KeyedStore<Map>> {
    Scene::new(KeyedStore::new(map.clone()))
}

fn listed(scene: &Scene<KeyedStore<Map>>) -> usize {
    let asked = Asked {
        judge: Judge::new(scene.engine.policy(), ByCode::default()),
        wanted: Wanted::All,
        start: 0,
        stop: usize::MAX,
    };
    let page = scene.store.lockouts(&asked, scene.clock.now());
    page.expect("the cache answers").lockouts.len()
}

#[test]
fn entries_that_are_lost_at_any_moment_are_no_error() {
    for compares in [Compares::Values, Compares::Writes] {
        for one_of in [2, 3, 7, 20, 100] {
            let scene = scene(&Map::new(compares).losing(one_of).crowded(5));
            for round in 0..60 {
                for who in [ada(), bob()] {
                    // Each of these panics where the store answers with an error.
                    let admitted = scene.admit(&who).permit();
                    let outcome = match round % 3 {
                        0 => Outcome::Withdrawn,
                        _ => Outcome::Failure,
                    };
                    if let Some(permit) = admitted {
                        scene.settle(&permit, outcome, &who);
                    }
                    scene.look(&who);
                    listed(&scene);
                }
                if round % 20 == 19 {
                    scene.reset(Some("ada"), None);
                    scene.reset(None, None);
                }
                scene.clock.advance(Duration::from_secs(40));
            }
        }
    }
}

#[test]
fn a_reset_needs_no_index() {
    for (username, address, left) in [
        (None, None, (0, 0)),
        (Some("ada"), None, (1, 1)),
        (None, Some("192.0.2.1"), (0, 0)),
        (Some("ada"), Some("192.0.2.1"), (1, 1)),
    ] {
        let map = Map::new(Compares::Values);
        let scene = scene(&map);
        scene.fail(&ada());
        scene.fail(&ada());
        scene.fail(&bob());
        map.evict(|key| is_index(key) || key.starts_with("axes:record:"));
        assert_eq!(scene.reset(username, address), 0, "nobody knows how many");
        let by_address = ada().with_username("eve");
        let by_username = Attempt::new(Some([198, 51, 100, 7].into())).with_username("bob");
        let found = (scene.look(&by_address).0, scene.look(&by_username).0);
        assert_eq!(found, left, "{username:?} {address:?}");
        // Ada's own tally has lost what comes from that address.
        let elsewhere = Attempt::new(Some([198, 51, 100, 7].into())).with_username("ada");
        assert_eq!(scene.look(&elsewhere).0, 0, "{username:?} {address:?}");
    }
}

fn is_index(key: &str) -> bool {
    key.starts_with("axes:index:") || key.starts_with("axes:set:")
}

#[test]
fn a_success_needs_no_index_either() {
    for compares in [
        Compares::Values,
        Compares::Together,
        Compares::WithSets,
        Compares::Writes,
    ] {
        let map = Map::new(compares);
        let scene = Scene::with(KeyedStore::new(map.clone()), |policy| {
            policy.scopes = [Scope::USERNAME].into();
            policy.reset_on_success = true;
        });
        scene.fail(&ada());
        map.evict(|key| is_index(key) || key.starts_with("axes:record:"));
        // Another process, which remembers nothing of it.
        let scene = Scene {
            store: KeyedStore::new(map),
            ..scene
        };
        scene.succeed(&ada());
        assert_eq!(scene.look(&ada()), (0, false), "{compares:?}");
    }
}

#[test]
fn a_success_needs_no_tally_and_no_memory_either() {
    for compares in [Compares::Values, Compares::Together, Compares::WithSets] {
        let map = Map::new(compares);
        let open = || {
            Scene::with(KeyedStore::new(map.clone()), |policy| {
                policy.reset_on_success = true;
            })
        };
        open().fail(&ada());
        map.evict(|key| key.starts_with("axes:tally:"));
        // Another process, which remembers nothing of it.
        let scene = open();
        scene.succeed(&ada());
        let recorded = scene.store.attempts(scene.clock.now());
        assert_eq!(recorded.expect("the cache answers"), [], "{compares:?}");
    }
}

#[test]
fn losing_the_number_of_the_latest_reset_loses_nothing_else() {
    let map = Map::new(Compares::Values);
    let scene = scene(&map);
    scene.fail_unasked(&ada(), 3);
    scene.reset(Some("ada"), None);
    scene.fail_unasked(&bob(), 3);
    scene.clock.advance(Duration::from_secs(1));
    map.evict(|key| key == "axes:latest-reset");
    assert_eq!(scene.look(&ada()), (3, true), "the address is locked out");
    assert_eq!(scene.look(&bob()), (3, true));
    let elsewhere = Attempt::new(Some([198, 51, 100, 7].into())).with_username("ada");
    assert_eq!(
        scene.look(&elsewhere),
        (0, false),
        "what was reset stays so"
    );
    assert_eq!(scene.reset(Some("bob"), None), 1);
    assert_eq!(scene.look(&ada()), (0, false));
}

#[test]
fn a_reset_that_has_been_carried_out_needs_no_mark_any_more() {
    let map = Map::new(Compares::Writes);
    let scene = scene(&map);
    scene.fail(&bob());
    scene.fail_unasked(&ada(), 3);
    assert_eq!(scene.reset(Some("ada"), None), 1);
    map.evict(|key| key.starts_with("axes:reset:") || key == "axes:latest-reset");
    assert_eq!(scene.look(&ada()), (1, false));
}

#[test]
fn nothing_expires_while_somebody_may_need_it() {
    let longest = |cool_off: CoolOff| {
        let map = Map::new(Compares::Values);
        let store = KeyedStore::new(map.clone());
        let scene = Scene::with(store, |policy| policy.cool_off = cool_off);
        scene.begin(&ada());
        let of_permits = *map.longest.lock().unwrap_or_else(PoisonError::into_inner);
        scene.fail(&ada());
        of_permits
    };
    let hour = Duration::from_hours(1);
    // The leases run out after two minutes at most; then a failure is remembered.
    let kept = longest(CoolOff::After(hour));
    assert!(
        kept > hour + Duration::from_mins(2) && kept < hour * 2,
        "{kept:?}"
    );
    assert_eq!(longest(CoolOff::Never), Duration::ZERO, "for ever");
}

#[test]
fn what_somebody_else_wrote_is_an_error_and_no_lockout() {
    let map = Map::new(Compares::Values);
    let scene = scene(&map);
    scene.fail(&ada());
    for entry in map.lock().values_mut() {
        entry.0 = "what is this?".to_owned();
    }
    let decision = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock)
        .peek(&ada(), &axes_core::Overrides::default());
    let error = decision.error.expect("an error");
    assert_eq!(error.kind(), axes_stores::ErrorKind::Corrupt);
}

#[test]
fn what_is_done_is_not_done_again_where_a_later_entry_makes_no_sense() {
    let map = Map::new(Compares::Together);
    let scene = scene(&map);
    scene.fail(&ada());
    for (key, entry) in map.lock().iter_mut() {
        if key.starts_with("axes:record:") {
            entry.0 = "what is this?".to_owned();
        }
    }
    let proven = scene.engine.parts(&ada());
    let carol = Parts {
        username: Some("carol".to_owned()),
        ..Parts::default()
    };
    let terms = Arc::new(Terms {
        limit: 3,
        cool_off: CoolOff::Never,
        lease: Duration::from_mins(1),
    });
    let ops = vec![
        Op::Take(Take {
            key: carol.key(),
            parts: carol.clone(),
            terms: Arc::clone(&terms),
            nonce: 7,
            on_locked: OnLocked::Leave,
        }),
        Op::ClearProven(ClearProven {
            proven: Parts {
                user_agent: None,
                ..proven
            },
            scopes: vec![Scope::IP_ADDRESS],
            terms,
        }),
    ];
    let error = scene.store.execute(&Batch::new(ops), scene.clock.now());
    let error = error.expect_err("a record makes no sense");
    assert_eq!(error.kind(), axes_stores::ErrorKind::Corrupt);
    assert_eq!(scene.tally(&carol).current, 1, "one permit was taken");
}

#[test]
fn what_a_batch_has_recorded_it_can_forget() {
    for compares in [Compares::Values, Compares::Together, Compares::WithSets] {
        let scene = scene(&Map::new(compares));
        let (now, parts) = (scene.clock.now(), scene.engine.parts(&ada()));
        let terms = Arc::new(Terms {
            limit: 3,
            cool_off: CoolOff::Never,
            lease: Duration::from_mins(1),
        });
        let ops = vec![
            Op::Record {
                record: ada().record(parts.clone(), now),
                refused: false,
                terms: Arc::clone(&terms),
            },
            Op::ClearProven(ClearProven {
                proven: parts,
                scopes: vec![Scope::IP_ADDRESS],
                terms,
            }),
        ];
        let replies = scene.store.execute(&Batch::new(ops), now);
        let replies = replies.expect("the cache answers");
        assert_eq!(replies, [Reply::Done, Reply::Removed(1)], "{compares:?}");
    }
}

#[test]
fn refusals_are_counted_and_recorded_once_however_crowded_it_is() {
    for compares in [Compares::Values, Compares::Writes] {
        for crowd in [2, 3, 5] {
            let scene = scene(&Map::new(compares).crowded(crowd));
            for _ in 0..3 {
                scene.fail(&ada());
            }
            for _ in 0..50 {
                assert!(scene.admit(&ada()).permit().is_none());
            }
            assert_eq!(scene.look(&ada()), (53, true), "one of {crowd} is late");
            let attempts = scene.store.attempts(scene.clock.now());
            let recorded = attempts.expect("the cache answers").into_iter();
            let failures: Vec<u32> = recorded.map(|attempts| attempts.failures).collect();
            assert_eq!(failures, [53], "one of {crowd} is late");
        }
    }
}

#[test]
fn what_nobody_can_read_is_an_error_until_it_is_gone() {
    for compares in [Compares::Values, Compares::Together, Compares::WithSets] {
        let map = Map::new(compares);
        let scene = Scene::new(KeyedStore::new(map.clone()));
        scene.fail(&ada());
        let texts: Vec<(String, String)> = map
            .lock()
            .iter()
            .map(|(key, (text, _))| (key.clone(), text.clone()))
            .collect();
        for (key, text) in texts {
            let set = |text: &str| map.lock().insert(key.clone(), (text.to_owned(), 0));
            set("z9 of another version");
            let driver = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock);
            let admitted = driver.admit(&ada(), &axes_core::Overrides::default(), 5);
            let Some(permit) = admitted.decided.permit() else {
                assert!(admitted.error.is_some(), "{key}");
                set(&text);
                scene.settle(&scene.begin(&ada()), Outcome::Withdrawn, &ada());
                continue;
            };
            // It is not read before something is to be written there.
            driver.settle(&permit, Outcome::Withdrawn, &ada());
            set(&text);
        }
    }
}

#[test]
fn who_is_found_twice_is_told_once() {
    for compares in [Compares::Values, Compares::Together, Compares::WithSets] {
        let scene = scene(&Map::new(compares));
        scene.fail(&ada());
        scene.fail(&bob());
        let everything = Past {
            who: Selector::default(),
            since: None,
        };
        let now = scene.clock.now();
        let told = scene.store.recorded(&everything, None, 10, now);
        let told = told.expect("the cache answers").items;
        assert_eq!(told.len(), 2, "{compares:?}");
    }
}

/// Two processes in one cache, each of which remembers what it has seen.
fn processes(map: &Map) -> [Scene<KeyedStore<Map>>; 2] {
    [(); 2].map(|()| Scene::new(KeyedStore::new(map.clone())))
}

#[test]
fn a_reset_of_another_process_holds_before_anything_is_deleted() {
    let map = Map::new(Compares::Together);
    let [here, there] = processes(&map);
    for _ in 0..3 {
        here.fail(&ada());
    }
    // So it finds nothing to delete, and only leaves its mark.
    map.evict(is_index);
    there.reset(Some("ada"), None);
    here.settle(&here.begin(&ada()), Outcome::Withdrawn, &ada());
}

#[test]
fn what_is_remembered_raises_no_number_of_resets() {
    let map = Map::new(Compares::Together);
    let [here, there] = processes(&map);
    let bob = ada().with_username("bob");
    here.clock.advance(Duration::from_mins(1));
    here.fail(&ada());
    // It begins anew, with somebody whose clock is slow.
    map.evict(|_| true);
    there.fail(&bob);
    let number = || map.lock().get("axes:latest-reset").cloned();
    let before = number();
    assert!(before.is_some());
    let elsewhere = Attempt::new("198.51.100.1".parse().ok()).with_username("eve");
    here.fail(&elsewhere);
    here.fail(&ada());
    assert_eq!(number(), before);
    assert_eq!(here.look(&ada()).0, 2, "of the address, since then");
}
