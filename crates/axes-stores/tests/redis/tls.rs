//! Servers that speak TLS.

use std::error::Error as _;
use std::path::Path;

use axes_stores::{RedisOptions, RedisStore, StoreError};
use axes_testkit::conformance::Scene;
use axes_testkit::servers::{RedisCluster, RedisServer};

use crate::{open, somebody};

fn with(url: &str, parameters: &[(&str, &Path)]) -> String {
    let parameters = parameters
        .iter()
        .map(|(name, path)| format!("{name}={}", path.display()));
    format!("{url}?{}", parameters.collect::<Vec<_>>().join("&"))
}

fn error(url: &str) -> StoreError {
    open(url).risks().expect_err("nobody is let in")
}

#[test]
fn only_a_server_that_proves_to_be_itself_is_spoken_to() {
    let server = RedisServer::with_tls();
    let (ca, cert, key) = (
        server.certificate("ca.crt"),
        server.certificate("server.crt"),
        server.certificate("server.key"),
    );
    let mine = [("ca", &*ca), ("cert", &*cert), ("key", &*key)];
    let scene = Scene::new(open(&with(&server.tls_url("localhost"), &mine)));
    scene.fail(&somebody("ada"));
    assert_eq!(scene.look(&somebody("ada")).0, 1);
    let url = server.tls_url("localhost");
    let other = server.certificate("other.crt");
    let others = [("ca", &*other), mine[1], mine[2]];
    let by_address = server.tls_url("127.0.0.1");
    for (reason, url) in [
        (
            "of those that everybody knows, none vouches for it",
            with(&url, &mine[1..]),
        ),
        (
            "another authority does not vouch for it",
            with(&url, &others),
        ),
        ("it is called something else", with(&by_address, &mine)),
        ("it wants to know who asks", with(&url, &mine[..1])),
        (
            "nothing is encrypted",
            by_address.replace("rediss:", "redis:"),
        ),
    ] {
        let error = error(&url);
        assert!(error.is_transient(), "{reason}");
        assert!(error.source().is_some(), "{reason}");
    }
}

#[test]
fn every_server_of_a_cluster_has_to_prove_to_be_itself() {
    let cluster = RedisCluster::with_tls();
    let file = |name| cluster.servers()[0].certificate(name);
    let url = with(&cluster.tls_url(), &[("ca", &file("ca.crt"))]);
    let scene = Scene::with(open(&url), |policy| policy.limit = 1000);
    for number in 0..20 {
        scene.fail(&somebody(&format!("user{number}")));
    }
    assert_eq!(scene.reset(None, None), 20);
    let url = with(&cluster.tls_url(), &[("ca", &file("other.crt"))]);
    assert!(error(&url).is_transient());
}

#[test]
fn certificates_are_read_when_the_store_is_opened_and_none_is_ignored() {
    let server = RedisServer::with_tls();
    let missing = server.certificate("nobody.crt");
    let url = server.tls_url("localhost");
    let cert = server.certificate("server.crt");
    for (reason, url) in [
        ("no file", with(&url, &[("ca", &missing)])),
        ("no key", with(&url, &[("cert", &cert)])),
        (
            "no certificate",
            with(&url, &[("ca", &server.certificate("server.key"))]),
        ),
        (
            "no TLS",
            with(
                &server.url("x").replace("?prefix=x", ""),
                &[("ca", &server.certificate("ca.crt"))],
            ),
        ),
        ("insecure", format!("{url}#insecure")),
    ] {
        let opened = RedisStore::new(&url, RedisOptions::default());
        assert!(opened.is_err(), "{reason}");
    }
}
