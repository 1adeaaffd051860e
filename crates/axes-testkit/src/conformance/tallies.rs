//! Rules 2 and 8: what tallies are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axes_core::{Op, Parts, Reply, Scope, Taken, Tally, Verdict};
use axes_stores::{Clock, Store};

use super::scene::{attempt, parts, take, terms};
use super::{Backend, Scene};

const THREADS: u32 = 4;
const TIMES: u32 = 20;

/// 2. A tally is changed whole or not at all, as if nobody else touched it meanwhile.
pub fn tallies_change_whole_whoever_else_changes_them<B: Backend>(backend: &B) {
    every_field_is_kept(&Scene::new(backend.open()));
    no_permit_is_granted_twice(backend);
    no_failure_is_lost(backend, "one", &[Scope::USERNAME]);
    no_failure_is_lost(backend, "two", &[Scope::USERNAME, Scope::IP_ADDRESS]);
}

fn every_field_is_kept<S: Store>(scene: &Scene<S>) {
    let ada = parts("kept");
    let compare = |replies: &[Reply], what: &str| {
        let Some(Reply::Taken { tally, .. } | Reply::Counted { tally, .. }) = replies.last() else {
            unreachable!("a take is answered by a tally, not by {replies:?}");
        };
        assert_eq!(scene.tally(&ada), *tally, "rule 2: {what}");
    };
    // Longer and longer leases fill both groups of permits.
    for lease in [60, 600, 6000] {
        compare(&scene.run(vec![take(&ada, &terms(9, lease))]), "permits");
        scene.clock.advance(Duration::from_millis(1));
    }
    scene.clock.advance(Duration::from_secs(1201));
    compare(
        &scene.run(vec![take(&ada, &terms(9, 60))]),
        "lapsed permits",
    );
    compare(&scene.run(vec![take(&ada, &terms(1, 60))]), "a lockout");
    assert!(scene.tally(&ada).locked_since.is_some());
}

fn no_permit_is_granted_twice<B: Backend>(backend: &B) {
    const LIMIT: u32 = 30;
    let granted = AtomicU32::new(0);
    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let scene = Scene::new(backend.open());
                for _ in 0..TIMES {
                    let replies = patiently(&scene, &take(&parts("taken"), &terms(LIMIT, 6000)));
                    let [Reply::Taken { taken, .. }] = replies.as_slice() else {
                        unreachable!("a take is not answered by {replies:?}");
                    };
                    let one = u32::from(matches!(taken, Taken::Granted(_)));
                    granted.fetch_add(one, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(granted.into_inner(), LIMIT, "rule 2: permits are exact");
    let tally = Scene::new(backend.open()).tally(&parts("taken"));
    assert_eq!(tally.in_flight(), LIMIT, "rule 2: every permit is kept");
}

fn no_failure_is_lost<B: Backend>(backend: &B, username: &str, scopes: &[Scope]) {
    let newly_locked = AtomicU32::new(0);
    let limit = |policy: &mut axes_core::Policy| {
        policy.limit = THREADS * TIMES;
        policy.scopes = Arc::from(scopes);
    };
    let who = attempt(
        username,
        if scopes.len() > 1 {
            "192.0.2.77"
        } else {
            "192.0.2.78"
        },
    );
    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let scene = Scene::with(backend.open(), limit);
                for _ in 0..TIMES {
                    let overrides = axes_core::Overrides::default();
                    let nonce = 7;
                    let permit = scene.engine.without_admission(&who, &overrides, nonce);
                    let now = scene.clock.now();
                    let failure = axes_core::Outcome::Failure;
                    let settlement = scene.engine.settle(&permit, failure, &who, now);
                    let replies = retried(&scene, settlement.batch());
                    let refusal = settlement.judge(&replies, now).refusal;
                    let newly = refusal.is_some_and(|refusal| refusal.newly_locked);
                    newly_locked.fetch_add(u32::from(newly), Ordering::SeqCst);
                }
            });
        }
    });
    let scene = Scene::with(backend.open(), limit);
    let seen = scene.look(&who);
    assert_eq!(
        seen,
        (THREADS * TIMES, true),
        "rule 2: every failure counts"
    );
    // Each scope's begins once. Tallies are changed one by one, so that may be told to two attempts.
    let newly_locked = newly_locked.into_inner() as usize;
    assert!(
        (1..=scopes.len()).contains(&newly_locked),
        "rule 2: a lockout begins once, not {newly_locked} times"
    );
}

fn patiently<S: Store>(scene: &Scene<S>, op: &Op) -> Vec<Reply> {
    retried(scene, &axes_core::Batch::new(vec![op.clone()]))
}

/// What a host does when the store says that trying again makes sense.
fn retried<S: Store>(scene: &Scene<S>, batch: &axes_core::Batch) -> Vec<Reply> {
    for _ in 0..1000 {
        match scene.store.execute(batch, scene.clock.now()) {
            Ok(replies) => return replies,
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    }
    unreachable!("the store is contended for ever");
}

/// 8. An unknown tally is one that has counted nothing, or what the records say.
pub fn an_unknown_tally_is_what_the_records_say<B: Backend>(backend: &B) {
    let scene = Scene::new(backend.open());
    let ada = attempt("ada", "192.0.2.1");
    assert!(
        scene.tally(&parts("ada")).is_blank(),
        "rule 8: nothing is counted at first"
    );
    let permit = scene.begin(&ada);
    scene.settle(&permit, axes_core::Outcome::Withdrawn, &ada);
    assert!(
        scene.tally(&parts("ada")).is_blank(),
        "rule 8: nothing is left of nothing"
    );

    scene.fail(&ada);
    scene.clock.advance(Duration::from_secs(5));
    scene.fail(&ada);
    let told = |tally: Tally| (tally.failures, tally.last, tally.expires);
    let network = Parts {
        network: scene.engine.parts(&ada).network,
        ..Parts::default()
    };
    let before = [scene.tally(&parts("ada")), scene.tally(&network)].map(told);
    if backend.lose_tallies() {
        let after = [scene.tally(&parts("ada")), scene.tally(&network)].map(told);
        assert_eq!(
            after, before,
            "rule 8: lost tallies are made from the records"
        );
    }
    let report = scene.fail(&ada);
    assert_eq!(report.failures, 3, "rule 8: what is recorded counts once");
    if backend.lose_tallies() {
        assert!(
            matches!(scene.admit(&ada), Verdict::Refuse(_)),
            "rule 8: and locks out"
        );
    }
}
