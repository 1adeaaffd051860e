//! What the settings of real servers put at risk.

use axes_core::Outcome;
use axes_stores::{Archive as _, Past, RedisRisk};
use axes_testkit::conformance::Scene;
use axes_testkit::servers::{RedisCluster, RedisServer};

use crate::{logging, open, somebody};

#[test]
fn the_settings_of_a_server_tell_its_risks() {
    let durable = RedisServer::durable();
    assert_eq!(open(&durable.url("")).risks().expect("it answers"), []);
    durable.ask::<()>(&["CONFIG", "SET", "appendfsync", "everysec"]);
    let risks = open(&durable.url("")).risks().expect("it answers");
    assert_eq!(risks, [RedisRisk::Appended("everysec".to_owned())]);

    let evicting = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let evicting = RedisServer::start_with(&evicting);
    let risks = open(&evicting.url("")).risks().expect("it answers");
    let evicts = RedisRisk::Evicts("allkeys-lru".to_owned());
    assert_eq!(risks, [evicts, RedisRisk::NotAppended]);
}

#[test]
fn who_may_not_ask_for_settings_is_told_what_is_known() {
    let server = RedisServer::durable();
    let rights = ["~*", "+@all", "-config"];
    server.ask::<()>(&[&["ACL", "SETUSER", "axes", "on", ">word"], &rights[..]].concat());
    let port = server.process().port();
    let store = open(&format!("redis://axes:word@127.0.0.1:{port}"));
    assert_eq!(store.risks().expect("it answers"), [RedisRisk::Unknown]);
    server.ask::<()>(&["ACL", "SETUSER", "axes", "-info"]);
    assert_eq!(store.risks().expect("it answers"), [RedisRisk::Unknown]);
}

/// The command of the guide that makes a user.
fn rights() -> Vec<&'static str> {
    let guide = include_str!("../../../../docs/guide/stores.md");
    let mut lines = guide.lines();
    let line = lines.find(|line| line.starts_with("ACL SETUSER axes "));
    line.expect("the guide has it").split(' ').collect()
}

fn check_that_everything_can_be_done(url: &str) {
    let scene = Scene::with(open(url), |policy| {
        logging(policy);
        policy.reset_on_success = true;
    });
    let ada = somebody("ada");
    scene.fail(&ada);
    let session_hash = "session".to_owned();
    scene.settle(&scene.begin(&ada), Outcome::Success { session_hash }, &ada);
    scene.fail(&ada);
    assert_eq!(scene.reset(Some("ada"), None), 1);
    let lines = scene.store.logged(&Past::default(), None, 10);
    assert_eq!(lines.expect("it answers").items.len(), 3);
    let risks = scene.store.risks().expect("it answers");
    assert!(!risks.contains(&RedisRisk::Unknown), "{risks:?}");
}

#[test]
fn a_user_with_the_rights_of_the_guide_can_do_everything() {
    let server = RedisServer::durable();
    server.ask::<()>(&rights());
    let port = server.process().port();
    let url = format!("redis://axes:PASSWORD@127.0.0.1:{port}?prefix=axes-");
    check_that_everything_can_be_done(&url);

    let cluster = RedisCluster::start();
    for server in cluster.servers() {
        server.ask::<()>(&rights());
    }
    let url = cluster.url("axes-");
    let (_, addresses) = url.split_once('@').expect("it has a password");
    check_that_everything_can_be_done(&format!("redis-cluster://axes:PASSWORD@{addresses}"));
}
