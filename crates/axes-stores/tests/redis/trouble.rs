//! Servers that do not do what they are asked.

use std::error::Error as _;
use std::time::Duration;

use axes_core::{Outcome, Overrides, Scope};
use axes_stores::{Clock as _, ErrorKind, RedisOptions, RedisStore, Store as _, StoreError};
use axes_testkit::conformance::Scene;
use axes_testkit::servers::RedisServer;

use crate::{logging, open, somebody};

/// What came of one failure of Ada's whose permit was not asked for.
pub(crate) fn try_to_fail(scene: &Scene<RedisStore>) -> Result<(), StoreError> {
    let ada = somebody("ada");
    let permit = scene
        .engine
        .without_admission(&ada, &Overrides::default(), 7);
    let now = scene.clock.now();
    let settlement = scene.engine.settle(&permit, Outcome::Failure, &ada, now);
    scene.store.execute(settlement.batch(), now).map(|_| ())
}

pub(crate) fn reason(error: &StoreError) -> String {
    error.source().expect("it has a reason").to_string()
}

pub(crate) fn failures(scene: &Scene<RedisStore>) -> u32 {
    scene.look(&somebody("ada")).0
}

#[test]
fn a_server_that_stands_still_holds_nobody_for_ever() {
    let server = RedisServer::start();
    let options = RedisOptions {
        timeout: Duration::from_millis(200),
        ..RedisOptions::default()
    };
    let store = RedisStore::new(&server.url(""), options).expect("the URL is right");
    let scene = Scene::with(store, logging);
    scene.fail(&somebody("ada"));
    server.process().freeze();
    // On a connection that is there, and on one that has to be opened.
    for _ in 0..2 {
        let error = try_to_fail(&scene).expect_err("there is no answer");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(reason(&error), "there is no answer in time");
    }
    server.process().thaw();
    scene.fail(&somebody("ada"));
    // Nobody knows of the first whether it was counted: its question was sent.
    assert!((2..=3).contains(&failures(&scene)));
}

#[test]
fn a_server_that_was_started_again_is_used_again() {
    let server = RedisServer::durable();
    let scene = Scene::with(open(&server.url("")), logging);
    scene.fail(&somebody("ada"));
    server.process().kill();
    for _ in 0..2 {
        let error = try_to_fail(&scene).expect_err("there is nobody");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    let error = try_to_fail(&scene).expect_err("there is nobody");
    assert_eq!(reason(&error), "nobody listens there");
    server.process().restart();
    // It has forgotten the script, and nothing else.
    scene.fail(&somebody("ada"));
    assert_eq!(failures(&scene), 2);
}

#[test]
fn a_server_that_forgot_the_script_learns_it_again() {
    let server = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), logging);
    for _ in 0..3 {
        scene.fail(&somebody("ada"));
        server.ask::<()>(&["SCRIPT", "FLUSH"]);
    }
    assert_eq!(failures(&scene), 3);
}

#[test]
fn a_server_that_became_a_replica_says_so_until_it_is_a_master_again() {
    let server = RedisServer::start();
    let master = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), logging);
    scene.fail(&somebody("ada"));
    server.follow(&master);
    let error = try_to_fail(&scene).expect_err("replicas are read only");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let expected = "the server is a replica, which nobody may write to";
    assert_eq!(reason(&error), expected);
    server.ask::<()>(&["REPLICAOF", "NO", "ONE"]);
    try_to_fail(&scene).expect("it is a master again");
}

#[test]
fn what_is_wrong_with_a_login_is_said() {
    let server = RedisServer::start();
    let (port, word) = (server.process().port(), server.password());
    for (url, expected) in [
        (
            format!("redis://127.0.0.1:{port}"),
            "the server wants a password",
        ),
        (
            format!("redis://:wrong@127.0.0.1:{port}"),
            "the server refuses the username or the password",
        ),
        (
            format!("redis://nobody:{word}@127.0.0.1:{port}"),
            "the server refuses the username or the password",
        ),
        (
            format!("redis://:{word}@127.0.0.1:{port}/99"),
            "the server has no database of that number for this user",
        ),
    ] {
        let error = try_to_fail(&Scene::new(open(&url))).expect_err(expected);
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(reason(&error), expected);
    }
    server.ask::<()>(&[
        "ACL", "SETUSER", "axes", "on", ">word", "~*", "+@all", "-evalsha",
    ]);
    let url = format!("redis://axes:word@127.0.0.1:{port}");
    let scene = Scene::with(open(&url), logging);
    let error = try_to_fail(&scene).expect_err("it may not");
    assert_eq!(reason(&error), "the user may not do this");
    server.ask::<()>(&["ACL", "SETUSER", "axes", "+evalsha"]);
    try_to_fail(&scene).expect("it may now");
}

#[test]
fn a_server_whose_memory_is_full_says_so_and_changes_nothing() {
    let server = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), logging);
    scene.fail(&somebody("ada"));
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    for _ in 0..2 {
        let error = try_to_fail(&scene).expect_err("there is no room");
        assert_eq!(error.kind(), ErrorKind::Full);
        assert!(error.is_transient());
        assert_eq!(reason(&error), "its memory is full");
    }
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    scene.fail(&somebody("ada"));
    assert_eq!(failures(&scene), 2);
}

#[test]
fn whoever_is_locked_out_fills_no_server_that_is_full() {
    let server = RedisServer::start();
    let scene = Scene::with(open(&server.url("")), |policy| {
        policy.scopes = [Scope::IP_ADDRESS].into();
        policy.limit = 1;
    });
    scene.fail(&somebody("ada"));
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    let entries = || -> u32 { server.ask(&["DBSIZE"]) };
    let before = entries();
    for number in 0..20 {
        // Each would be a record of its own.
        let somebody = somebody(&format!("user {number}"));
        let driver = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock);
        let admitted = driver.admit(&somebody, &Overrides::default(), number);
        assert!(admitted.decided.permit().is_none());
        let error = admitted.error.expect("there is no room");
        assert_eq!(error.kind(), ErrorKind::Full);
    }
    assert_eq!(entries(), before);
}

#[test]
fn a_server_of_a_cluster_is_no_server_by_itself() {
    let server = RedisServer::start_with(&["--cluster-enabled", "yes"]);
    let all = ["CLUSTER", "ADDSLOTSRANGE", "0", "8000"];
    server.ask::<()>(&all);
    server.ask::<()>(&["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
    let url = server.url("").replace("/0", "/");
    let mut reasons: Vec<String> = (0..20)
        .filter_map(|number| {
            let scene = Scene::new(open(&url.replace("prefix=", &format!("prefix={number}"))));
            try_to_fail(&scene).err().map(|error| reason(&error))
        })
        .collect();
    reasons.sort();
    reasons.dedup();
    let expected = "the server belongs to a cluster, whose URL begins with redis-cluster:";
    assert!(
        reasons.iter().any(|reason| reason == expected),
        "{reasons:?}"
    );
}

#[test]
fn nobody_waits_for_ever_for_a_connection() {
    let server = RedisServer::start();
    let options = RedisOptions {
        connections: 1,
        timeout: Duration::from_millis(300),
        ..RedisOptions::default()
    };
    let store = RedisStore::new(&server.url(""), options).expect("the URL is right");
    let scene = Scene::with(store, logging);
    server.process().freeze();
    let errors = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| try_to_fail(&scene)))
            .collect();
        let errors = tries.into_iter().map(|it| it.join().expect("no panic"));
        errors.filter_map(Result::err).count()
    });
    assert_eq!(errors, 4);
    server.process().thaw();
    scene.fail(&somebody("ada"));
}
