//! How often a server is asked.

use std::time::Duration;

use axes_core::{Attempt, CoolOff, Outcome, Scope, Selector};
use axes_stores::{Archive as _, Clock as _, Past, RedisOptions, RedisStore};
use axes_testkit::conformance::Scene;
use axes_testkit::servers::RedisServer;

use crate::{logging, open, somebody};

#[test]
fn an_attempt_asks_once_before_its_password_is_checked_and_once_after() {
    let server = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), logging);
    let ada = somebody("ada");
    // The script is learnt, and the number of the latest reset.
    scene.fail(&ada);
    let mut monitor = server.monitor();
    for times in 0..5 {
        let permit = scene.begin(&ada);
        assert_eq!(monitor.heard(), ["EVALSHA"], "taken, after {times}");
        scene.settle(&permit, Outcome::Failure, &ada);
        assert_eq!(monitor.heard(), ["EVALSHA"], "failed, after {times}");
        let permit = scene.begin(&ada);
        assert_eq!(monitor.heard(), ["EVALSHA"], "taken, after {times}");
        let session_hash = format!("session {times}");
        scene.settle(&permit, Outcome::Success { session_hash }, &ada);
        assert_eq!(monitor.heard(), ["EVALSHA"], "succeeded, after {times}");
    }
    // Somebody of whom nobody has heard.
    scene.fail(&somebody("bob"));
    assert_eq!(monitor.heard(), ["EVALSHA"; 2]);
}

#[test]
fn a_success_that_has_nothing_to_forget_asks_as_often() {
    let server = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), |policy| {
        logging(policy);
        policy.reset_on_success = true;
    });
    let ada = somebody("ada");
    scene.succeed(&ada);
    let mut monitor = server.monitor();
    scene.succeed(&ada);
    assert_eq!(monitor.heard(), ["EVALSHA"; 2]);
    // What there is to forget is looked for, and forgotten, and then it is as before.
    scene.fail(&ada);
    scene.succeed(&ada);
    assert_eq!(scene.look(&ada).0, 0);
    monitor.heard();
    scene.succeed(&ada);
    assert_eq!(monitor.heard(), ["EVALSHA"; 2]);
}

#[test]
fn a_failure_that_another_process_recorded_is_forgotten_all_the_same() {
    let server = RedisServer::start();
    let forgetting = |policy: &mut axes_core::Policy| policy.reset_on_success = true;
    let [one, other] = [(); 2].map(|()| Scene::with(open(&server.url("")), forgetting));
    let ada = somebody("ada");
    one.succeed(&ada);
    let permit = one.begin(&ada);
    other.fail(&ada);
    let session_hash = String::new();
    one.settle(&permit, Outcome::Success { session_hash }, &ada);
    for scene in [&one, &other] {
        assert_eq!(scene.look(&ada).0, 0);
    }
}

#[test]
fn a_refusal_asks_once() {
    let server = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), |policy| {
        logging(policy);
        policy.limit = 1;
    });
    let ada = somebody("ada");
    scene.fail(&ada);
    let mut monitor = server.monitor();
    for _ in 0..3 {
        assert!(scene.admit(&ada).permit().is_none());
        assert_eq!(monitor.heard(), ["EVALSHA"]);
    }
}

#[test]
fn who_remembers_what_is_no_more_asks_once_more() {
    let server = RedisServer::start();
    let ada = somebody("ada");
    let [one, other] = [(); 2].map(|()| Scene::with(open(&server.url("")), logging));
    one.fail(&ada);
    other.fail(&ada);
    let mut monitor = server.monitor();
    let permit = one.begin(&ada);
    assert_eq!(monitor.heard(), ["EVALSHA"; 2]);
    one.settle(&permit, Outcome::Failure, &ada);
    assert_eq!(monitor.heard(), ["EVALSHA"]);
}

#[test]
fn many_addresses_at_one_name_cost_no_more_than_few() {
    let server = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), |policy| {
        policy.scopes = [Scope::IP_ADDRESS].into();
    });
    for number in 0..1_500 {
        scene.fail(&from_address(number));
    }
    let mut monitor = server.monitor();
    for number in 1_500..1_510 {
        scene.fail(&from_address(number));
        assert_eq!(monitor.heard(), ["EVALSHA"; 2]);
    }
    let told = || {
        let everything = Past {
            who: Selector::default(),
            since: None,
        };
        let now = scene.clock.now();
        let told = scene.store.recorded(&everything, None, 5_000, now);
        told.expect("Redis answers").items.len()
    };
    assert_eq!(told(), 1_510);
    let of_names = || -> Vec<String> { server.ask(&["KEYS", "axes:set:records:?*.-.-"]) };
    assert_eq!(of_names().len(), 2, "of one name, and of all");
    assert_eq!(scene.reset(Some("ada"), None), 1_510);
    assert_eq!(scene.look(&from_address(7)), (0, false));
    assert_eq!(told(), 0);
    assert_eq!(of_names(), ["axes:set:records:-.-.-"]);
}

#[test]
fn what_has_expired_leaves_its_set_bit_by_bit_and_sets_expire_in_turn() {
    let server = RedisServer::start();
    let cool_off = |time| {
        move |policy: &mut axes_core::Policy| {
            policy.scopes = [Scope::IP_ADDRESS].into();
            policy.cool_off = CoolOff::After(time);
        }
    };
    let records_stay = Duration::ZERO;
    let options = || RedisOptions {
        records_stay,
        ..RedisOptions::default()
    };
    let store = || RedisStore::new(&server.url(""), options()).expect("a URL");
    let scene = Scene::with(store(), cool_off(Duration::from_hours(10)));
    for number in 0..150 {
        scene.fail(&from_address(number));
    }
    let members = || -> u32 { server.ask(&["ZCARD", "axes:set:tallies"]) };
    assert_eq!(members(), 150);
    // The cool-off was shortened since.
    let later = Scene {
        engine: Scene::with(store(), cool_off(Duration::from_mins(1))).engine,
        ..scene
    };
    later.clock.advance(Duration::from_hours(100));
    later.fail(&from_address(1_000));
    assert_eq!(members(), 51);
    later.fail(&from_address(1_001));
    assert_eq!(members(), 2);
    let left: i64 = server.ask(&["PTTL", "axes:set:tallies"]);
    assert!(left > 0, "it expires in {left} ms");
    // One that was all that is there.
    later.clock.advance(Duration::from_hours(100));
    later.fail(&from_address(1_002));
    assert_eq!(members(), 1);
    let left: i64 = server.ask(&["PTTL", "axes:set:tallies"]);
    assert!(left > 0, "it expires in {left} ms");
}

fn from_address(number: u32) -> Attempt {
    Attempt::new(Some(number.to_be_bytes().into())).with_username("ada")
}
