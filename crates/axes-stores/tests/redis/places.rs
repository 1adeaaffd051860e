//! URLs, and that they are not told.

use std::error::Error;
use std::fmt::Write as _;

use axes_stores::{OpenOptions, RedisOptions, RedisStore};
use axes_testkit::conformance::Scene;

use crate::{SERVER, new_prefix, open, somebody};

/// All that an error tells, to people and to developers.
fn told(error: &dyn Error) -> String {
    let mut told = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let _ = write!(told, "{error} {error:?} ");
        next = error.source();
    }
    told
}

#[test]
fn urls_that_make_no_sense_are_refused_and_not_repeated() {
    for url in [
        "redis:secret",
        "redis://",
        "redis://:secret@",
        "redis://:secret@host:99999",
        "redis://:secret@host:port",
        "redis://:secret@host/secret",
        "redis://:secret@host/0?secret=1",
        "redis://:secret@host/0?ca=/nowhere/secret",
        "redis://:secret@one,two",
        "redis-cluster://:secret@one,",
        "redis-cluster://:secret@one/1",
        "rediss://:secret@host#insecure",
        "rediss-cluster://:secret@one,two#insecure",
        "rediss://:secret@host?cert=secret",
        "redis-secret://host",
        "https://:secret@host",
    ] {
        let error = RedisStore::new(url, RedisOptions::default()).expect_err(url);
        let told = told(&error);
        assert!(!told.contains("secret"), "{url}: {told}");
    }
}

#[test]
fn urls_that_make_sense_are_understood() {
    for url in [
        "redis://host",
        "valkey://user:word@host:1/2",
        "valkeys://[2001:db8::1]:7000",
        "redis-cluster://:p%40ss@one:1,[2001:db8::1]:7000,three/0?prefix=axes%3A",
        "rediss-cluster://one,two",
        "valkeys-cluster://one",
    ] {
        let opened = RedisStore::new(url, RedisOptions::default());
        assert!(opened.is_ok(), "{url}: {opened:?}");
        assert!(
            axes_stores::open(url, &OpenOptions::default()).is_ok(),
            "{url}"
        );
    }
}

#[test]
fn neither_a_store_nor_its_errors_tell_where_it_is_or_whom_it_knows() {
    let scene = Scene::new(open(&SERVER.url(&new_prefix())));
    scene.fail(&somebody("grace"));
    let store = format!("{:?}", scene.store);
    let port = SERVER.process().port().to_string();
    for secret in [SERVER.password(), &port, "127.0.0.1", "grace", "192.0.2.1"] {
        assert!(!store.contains(secret), "{secret}: {store}");
    }
    for url in [
        SERVER.url("").replace("redis://:", "redis://grace:"),
        format!("redis://:grace@127.0.0.1:{port}"),
        format!("redis://127.0.0.1:{port}/grace-is-no-number").replace("grace-is-no-number", "7"),
        "redis://:secret@127.0.0.1:1".to_owned(),
        "redis-cluster://:secret@127.0.0.1:1".to_owned(),
        "rediss://:secret@localhost:1".to_owned(),
        "redis://:secret@nowhere.invalid".to_owned(),
    ] {
        let error = open(&url).risks().expect_err("there is nobody");
        let told = told(&error);
        let secrets = [
            SERVER.password(),
            &port,
            "127.0.0.1",
            "grace",
            "secret",
            "nowhere",
        ];
        for secret in secrets {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
    }
}

#[test]
fn stores_with_other_prefixes_or_databases_know_nothing_of_each_other() {
    let urls = [
        SERVER.url(&new_prefix()),
        SERVER.url(&new_prefix()),
        SERVER.url(&new_prefix()).replace("/0?", "/1?"),
    ];
    let scenes = urls.each_ref().map(|url| Scene::new(open(url)));
    scenes[0].fail(&somebody("ada"));
    let failures = scenes
        .each_ref()
        .map(|scene| scene.look(&somebody("ada")).0);
    assert_eq!(failures, [1, 0, 0]);
    let again = Scene::new(open(&urls[0]));
    assert_eq!(again.look(&somebody("ada")).0, 1);
}
