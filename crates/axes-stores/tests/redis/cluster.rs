//! The same in a cluster of three servers.

use std::sync::LazyLock;
use std::time::Duration;

use axes_core::{Outcome, Selector};
use axes_stores::{Clock as _, ErrorKind, RedisOptions, RedisStore, Store as _, StoreError};
use axes_testkit::conformance::Scene;
use axes_testkit::servers::RedisCluster;
use axes_testkit::{corpus, histories};

use crate::{Place, archive, logging, new_prefix, open, somebody};

/// One for all tests that do nothing to the servers themselves.
static CLUSTER: LazyLock<RedisCluster> = LazyLock::new(RedisCluster::start);

fn fresh() -> RedisStore {
    open(&CLUSTER.url(&new_prefix()))
}

axes_testkit::conformance_tests!(Place(CLUSTER.url(&new_prefix())));

#[test]
fn every_scenario_goes_as_written() {
    corpus::check_all(fresh);
}

#[test]
fn the_engine_answers_what_the_oracle_answers() {
    histories::check_in_time(50, fresh);
}

#[test]
fn who_is_listed_as_locked_out_is_who_would_be_refused() {
    histories::check_listed_while_no_limit_is_lowered(25, fresh);
}

#[test]
fn the_log_is_as_on_one_server() {
    archive::check_that_both_logs_are_read_as_one(fresh());
    archive::check_that_a_success_tells_its_logout(fresh());
    archive::check_that_lockouts_are_logged(fresh());
    archive::check_that_a_username_keeps_as_many_failures_as_it_may(fresh());
}

#[test]
fn entries_are_on_all_servers() {
    let cluster = RedisCluster::start();
    let scene = Scene::with(open(&cluster.url("")), |policy| {
        logging(policy);
        policy.limit = 10_000;
    });
    for number in 0..50 {
        scene.fail(&somebody(&format!("user{number}")));
    }
    for server in cluster.servers() {
        assert!(server.ask::<u64>(&["DBSIZE"]) > 10);
    }
    assert_eq!(scene.reset(None, None), 50);
    assert_eq!(scene.look(&somebody("user7")), (0, false));
}

/// What came of one failure of that username whose permit was not asked for.
fn try_to_fail(scene: &Scene<RedisStore>, username: &str) -> Result<(), StoreError> {
    let somebody = somebody(username);
    let overrides = axes_core::Overrides::default();
    let permit = scene.engine.without_admission(&somebody, &overrides, 7);
    let now = scene.clock.now();
    let settlement = scene
        .engine
        .settle(&permit, Outcome::Failure, &somebody, now);
    scene.store.execute(settlement.batch(), now).map(|_| ())
}

#[test]
fn a_key_is_followed_to_where_it_is_moved_while_it_is_moved_and_afterwards() {
    let cluster = RedisCluster::start();
    let options = RedisOptions {
        connections: 1,
        ..RedisOptions::default()
    };
    let store = RedisStore::new(&cluster.url(""), options).expect("the URL is right");
    let scene = Scene::with(store, |policy| policy.limit = 100);
    let ada = somebody("ada");
    scene.fail(&ada);
    // The one entry that everything reads.
    let key = "axes:latest-reset";
    let (from, slot) = cluster.place_of(key);
    let to = (from + 1) % 3;
    let servers = cluster.servers();
    let (source, target) = (&servers[from], &servers[to]);
    let slot = slot.to_string();
    let set_slot = |server: usize, words: &[&str]| {
        let words = [&["CLUSTER", "SETSLOT", &slot], words].concat();
        servers[server].ask::<()>(&words);
    };
    set_slot(to, &["IMPORTING", &cluster.name_of(from)]);
    set_slot(from, &["MIGRATING", &cluster.name_of(to)]);
    // Not gone yet.
    scene.fail(&ada);
    let port = target.process().port().to_string();
    let auth = ["AUTH", target.password()];
    let migrate = ["MIGRATE", "127.0.0.1", &port, key, "0", "5000"];
    let moved: String = source.ask(&[&migrate[..], &auth].concat());
    assert_eq!(moved, "OK");
    // Gone, but not for good: whoever asks the source is sent on each time.
    scene.fail(&ada);
    assert_eq!(scene.look(&ada).0, 3);
    for server in [to, from] {
        set_slot(server, &["NODE", &cluster.name_of(to)]);
    }
    // Gone for good.
    scene.fail(&ada);
    let counted = Scene::new(open(&cluster.url(""))).look(&ada).0;
    assert_eq!(counted, 4);
}

#[test]
fn without_one_server_what_it_has_is_not_to_be_had_and_then_it_is_again() {
    let cluster = RedisCluster::start();
    let options = RedisOptions {
        timeout: Duration::from_secs(2),
        ..RedisOptions::default()
    };
    let store = RedisStore::new(&cluster.url(""), options).expect("the URL is right");
    let scene = Scene::with(store, |policy| policy.limit = 10_000);
    let usernames: Vec<String> = (0..20).map(|number| format!("user{number}")).collect();
    for username in &usernames {
        scene.fail(&somebody(username));
    }
    // Not the one that everybody needs: then some attempts work and some do not.
    let (needed, _) = cluster.place_of("axes:latest-reset");
    let (address, _) = cluster.place_of(&tally_of_address());
    let victim = (0..3).find(|number| ![needed, address].contains(number));
    let victim = cluster.servers()[victim.expect("there are three")].process();
    victim.kill();
    let tries: Vec<_> = usernames
        .iter()
        .map(|name| try_to_fail(&scene, name))
        .collect();
    let failed: Vec<_> = tries.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(
        !failed.is_empty() && failed.len() < tries.len(),
        "{}",
        failed.len()
    );
    assert!(
        failed
            .iter()
            .all(|error| error.kind() == ErrorKind::Unavailable)
    );
    victim.restart();
    cluster.wait_until_whole();
    for username in &usernames {
        // What was reported is still there.
        assert!(scene.look(&somebody(username)).0 >= 1);
        try_to_fail(&scene, username).expect("all are there");
    }
}

#[test]
fn a_server_that_stands_still_is_asked_for_what_it_has_and_for_nothing_else() {
    let cluster = RedisCluster::start();
    let options = RedisOptions {
        timeout: Duration::from_millis(300),
        ..RedisOptions::default()
    };
    let store = RedisStore::new(&cluster.url(""), options).expect("the URL is right");
    let scene = Scene::with(store, |policy| policy.limit = 10_000);
    let (needed, _) = cluster.place_of("axes:latest-reset");
    let (address, _) = cluster.place_of(&tally_of_address());
    let still = (0..3).find(|number| ![needed, address].contains(number));
    let still = cluster.servers()[still.expect("there are three")].process();
    still.freeze();
    let usernames = (0..20).map(|number| format!("user{number}"));
    let tries: Vec<_> = usernames.map(|name| try_to_fail(&scene, &name)).collect();
    still.thaw();
    let failed: Vec<_> = tries.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(
        !failed.is_empty() && failed.len() < tries.len(),
        "{}",
        failed.len()
    );
    cluster.wait_until_whole();
    for number in 0..20 {
        try_to_fail(&scene, &format!("user{number}")).expect("all are there");
    }
}

/// The key of the entry that counts the address of everybody here.
fn tally_of_address() -> String {
    let selector = Selector::new(None, Some([192, 0, 2, 1].into()), 64);
    format!("axes:tally:{}", selector.parts().key())
}
