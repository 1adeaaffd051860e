//! The rules of [`axes_stores::Bans`].

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axes_core::{Attempt, Ban, Banned, Outcome, Reason, Refusal, Timestamp, Verdict};
use axes_stores::{Bans, Clock, Store};

use super::scene::{attempt, parts, success};
use super::{Backend, Scene};

const THREADS: u32 = 2;
const TIMES: u32 = 6;
const MANY: u32 = 120;

/// Rule 1 of bans: everybody obeys at once, when one is entered and when it is lifted.
pub fn a_ban_is_obeyed_at_once_by_all<B: Backend>(backend: &B) {
    whom_it_meets(backend);
    while_attempts_are_made(backend);
}

fn whom_it_meets<B: Backend>(backend: &B) {
    let (here, there) = (Scene::new(backend.open()), Scene::new(backend.open()));
    let attempts = [
        attempt("ada", "192.0.2.1"),
        attempt("bob", "192.0.2.1"),
        attempt(" ADA", "198.51.100.9"),
        attempt("bob", "2001:db8::7"),
        Attempt::new(None).with_username("bob"),
        Attempt::new("192.0.2.1".parse().ok()),
    ];
    for (target, expected) in [
        (username("Ada"), [true, false, true, false, false, false]),
        (
            network("192.0.2.1"),
            [true, true, false, false, false, true],
        ),
        (
            network("192.0.2.9/24"),
            [true, true, false, false, false, true],
        ),
        (
            network("192.0.0.0/8"),
            [true, true, false, false, false, true],
        ),
        (
            network("2001:db8::/32"),
            [false, false, false, true, false, false],
        ),
        (
            network("2001:db8::7"),
            [false, false, false, true, false, false],
        ),
        (network("2001:db8::8"), [false; 6]),
        (network("192.0.2.2/31"), [false; 6]),
        (username("eve"), [false; 6]),
    ] {
        // Others are banned as well, so that there is something to tell apart.
        ban(&here, &username("mallory"), None);
        ban(&here, &network("203.0.113.0/24"), None);
        ban(&here, &target, None);
        for scene in [&here, &there] {
            for (attempt, banned) in attempts.iter().zip(expected) {
                assert_eq!(
                    reason(scene, attempt),
                    banned.then_some(Reason::Banned),
                    "rule 1 of bans: {target:?} meets {attempt:?}"
                );
                let (_, refused) = scene.look(attempt);
                assert_eq!(refused, banned, "rule 1 of bans: a look tells the same");
            }
        }
        assert!(there.store.unban(&target).expect("the store answers"));
        assert!(!here.store.unban(&target).expect("the store answers"));
        for scene in [&here, &there] {
            for attempt in &attempts {
                assert_eq!(reason(scene, attempt), None, "rule 1 of bans: lifted");
            }
        }
    }
}

/// Nobody is admitted who asks after it is entered, and nobody is refused who asks after it is lifted.
fn while_attempts_are_made<B: Backend>(backend: &B) {
    let who = attempt("ada", "192.0.2.1");
    // Odd while it is entered or lifted; 2 more than a multiple of 4 while it holds.
    let stage = AtomicU32::new(0);
    let over = AtomicBool::new(false);
    let asked = AtomicU32::new(0);
    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let scene = Scene::with(backend.open(), |policy| policy.limit = 1000);
                while !over.load(Ordering::SeqCst) {
                    let before = stage.load(Ordering::SeqCst);
                    let reason = reason(&scene, &who);
                    asked.fetch_add(1, Ordering::SeqCst);
                    if before.is_multiple_of(2) && before == stage.load(Ordering::SeqCst) {
                        let expected = (before % 4 == 2).then_some(Reason::Banned);
                        assert_eq!(reason, expected, "rule 1 of bans: stage {before}");
                    }
                }
            });
        }
        // Where something fails here, nobody goes on asking.
        let _over = Over(&over);
        let scene = Scene::new(backend.open());
        let target = network("192.0.2.0/24");
        // Each stage lasts until somebody has asked in it, or has failed to.
        let rest = || {
            stage.fetch_add(1, Ordering::SeqCst);
            let until = asked.load(Ordering::SeqCst) + 2 * THREADS;
            for _ in 0..20_000 {
                if asked.load(Ordering::SeqCst) >= until {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            stage.fetch_add(1, Ordering::SeqCst);
        };
        stage.fetch_add(1, Ordering::SeqCst);
        for _ in 0..TIMES {
            ban(&scene, &target, None);
            rest();
            scene.store.unban(&target).expect("the store answers");
            rest();
        }
    });
    assert!(asked.into_inner() > TIMES, "somebody asks");
}

/// Ends what goes on until it is over.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Rules 2 and 3 of bans: there is one of each target, all are told, and all hold however many there
/// are.
pub fn there_is_one_ban_of_each_target<B: Backend>(backend: &B) {
    let (here, there) = (Scene::new(backend.open()), Scene::new(backend.open()));
    let now = here.clock.now();
    assert_eq!(told(&here), [], "rule 2 of bans: nobody is banned yet");
    let first = Ban {
        target: username("ada"),
        reason: "guesses: \"passwords\"\n\u{e9}".to_owned(),
        author: "Eve".to_owned(),
        since: now,
        until: Timestamp::NEVER,
    };
    let second = Ban {
        target: network("2001:db8::/32"),
        since: now.plus(Duration::from_secs(1)),
        until: now.plus(Duration::from_hours(1)),
        ..first.clone()
    };
    for ban in [&first, &second] {
        here.store.ban(ban).expect("the store answers");
    }
    assert_eq!(
        told(&there),
        [second.clone(), first],
        "rule 2 of bans: as entered"
    );
    let third = Ban {
        target: username(" ADA "),
        reason: String::new(),
        author: String::new(),
        since: now.plus(Duration::from_secs(2)),
        until: now.plus(Duration::from_millis(5_001)),
    };
    there.store.ban(&third).expect("the store answers");
    assert_eq!(
        told(&here),
        [third, second],
        "rule 2 of bans: the new one holds"
    );
    for target in [username("ada"), network("2001:db8::/32")] {
        assert!(here.store.unban(&target).expect("the store answers"));
    }
    assert_eq!(told(&there), [], "rule 2 of bans: nothing is left");

    let targets: Vec<Banned> = (0..MANY)
        .map(|number| match number % 3 {
            0 => username(&format!("user-{number}")),
            1 => network(&format!("10.{number}.0.0/16")),
            _ => network(&format!("2001:db8:{number:x}::/48")),
        })
        .collect();
    for target in &targets {
        ban(&here, target, None);
    }
    assert_eq!(
        told(&there).len(),
        targets.len(),
        "rule 3 of bans: all are told"
    );
    let meets = |number: u32| match number % 3 {
        0 => attempt(&format!("User-{number}"), "192.0.2.1"),
        1 => attempt("somebody", &format!("10.{number}.1.2")),
        _ => attempt("somebody", &format!("2001:db8:{number:x}::1")),
    };
    for number in (0..MANY).step_by(7) {
        assert_eq!(
            reason(&there, &meets(number)),
            Some(Reason::Banned),
            "rule 3 of bans: each of many holds"
        );
    }
    let free = attempt("somebody", "10.254.0.1");
    assert_eq!(reason(&there, &free), None, "rule 3 of bans: none of many");
    for target in &targets {
        assert!(there.store.unban(target).expect("the store answers"));
    }
    assert_eq!(told(&here), [], "rule 3 of bans: all are lifted");
    assert_eq!(reason(&here, &meets(0)), None);
}

/// Rule 4 of bans: each ends when it says, and whoever is refused is told when that is.
pub fn a_ban_ends_by_itself<B: Backend>(backend: &B) {
    let scene = Scene::new(backend.open());
    let ada = attempt("ada", "192.0.2.1");
    let left = |scene: &Scene<B::Store>| refusal(scene, &ada).map(|refusal| refusal.retry_after);
    ban(
        &scene,
        &username("ada"),
        Some(Duration::from_millis(10_001)),
    );
    assert_eq!(left(&scene), Some(Some(Duration::from_millis(10_001))));
    // Of several the last one counts.
    ban(
        &scene,
        &network("192.0.2.0/24"),
        Some(Duration::from_secs(4)),
    );
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(left(&scene), Some(Some(Duration::from_millis(9_001))));
    ban(&scene, &network("192.0.2.1"), None);
    assert_eq!(
        left(&scene),
        Some(None),
        "rule 4 of bans: until it is lifted"
    );
    let lifted = scene.store.unban(&network("192.0.2.1"));
    assert!(lifted.expect("the store answers"));
    scene.clock.advance(Duration::from_secs(9));
    assert_eq!(left(&scene), Some(Some(Duration::from_millis(1))));
    scene.clock.advance(Duration::from_millis(1));
    assert_eq!(left(&scene), None, "rule 4 of bans: it is over");
    assert_eq!(told(&scene), [], "rule 4 of bans: it is told no more");
}

/// Rule 5 of bans: who is banned takes nothing, counts nowhere, and hears of the ban.
pub fn who_is_banned_takes_no_permit<B: Backend>(backend: &B) {
    let scene = Scene::with(backend.open(), |policy| policy.limit = 2);
    let ada = attempt("ada", "192.0.2.1");
    let before = scene.fail(&ada);
    assert_eq!(before.failures, 1);
    let begun = scene.begin(&ada);
    let tally = scene.tally(&parts("ada"));
    ban(&scene, &username("ada"), None);
    for _ in 0..3 {
        assert_eq!(reason(&scene, &ada), Some(Reason::Banned));
    }
    assert_eq!(
        scene.tally(&parts("ada")),
        tally,
        "rule 5 of bans: no tally changes"
    );
    assert_eq!(
        scene.look(&ada),
        (1, true),
        "rule 5 of bans: its failures stay"
    );
    // Whoever was admitted before counts all the same.
    let report = scene.settle(&begun, Outcome::Failure, &ada);
    assert_eq!(report.failures, 2);
    assert_eq!(
        reason(&scene, &ada),
        Some(Reason::Banned),
        "rule 5 of bans: a ban comes before a lockout"
    );
    assert!(
        scene
            .store
            .unban(&username("ada"))
            .expect("the store answers")
    );
    assert_eq!(
        reason(&scene, &ada),
        Some(Reason::LockedOut),
        "rule 5 of bans"
    );
    ban(&scene, &network("192.0.2.1"), None);
    for _ in 0..2 {
        assert_eq!(reason(&scene, &ada), Some(Reason::Banned));
    }
    assert_eq!(scene.reset(None, None), 1, "a reset lifts no ban");
    assert_eq!(reason(&scene, &ada), Some(Reason::Banned));
    let lifted = scene.store.unban(&network("192.0.2.1"));
    assert!(lifted.expect("the store answers"));
    assert_eq!(reason(&scene, &ada), None);
    assert_eq!(
        scene.look(&ada),
        (0, false),
        "nothing was counted meanwhile"
    );
}

fn username(typed: &str) -> Banned {
    Banned::username(typed).expect("a username")
}

fn network(typed: &str) -> Banned {
    Banned::network(typed).expect("a network")
}

/// Bans `target`, for as long as is `left`.
fn ban<S: Store + Bans>(scene: &Scene<S>, target: &Banned, left: Option<Duration>) {
    let now = scene.clock.now();
    let ban = Ban {
        target: target.clone(),
        reason: "a test".to_owned(),
        author: "somebody".to_owned(),
        since: now,
        until: left.map_or(Timestamp::NEVER, |left| now.plus(left)),
    };
    scene.store.ban(&ban).expect("the store answers");
}

fn told<S: Store + Bans>(scene: &Scene<S>) -> Vec<Ban> {
    let bans = scene.store.bans(scene.clock.now());
    bans.expect("the store answers")
}

/// Why `attempt` is refused, if it is; it leaves nothing behind where it is not.
fn reason<S: Store>(scene: &Scene<S>, attempt: &Attempt) -> Option<Reason> {
    refusal(scene, attempt).map(|refusal| refusal.reason)
}

fn refusal<S: Store>(scene: &Scene<S>, attempt: &Attempt) -> Option<Refusal> {
    match scene.admit(attempt) {
        Verdict::Refuse(refusal) => Some(refusal),
        Verdict::Admit(permit) => {
            scene.settle(&permit, success(), attempt);
            None
        }
    }
}
