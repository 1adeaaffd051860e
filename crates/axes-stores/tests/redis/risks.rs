//! What the settings of real servers put at risk.

use axes_stores::RedisRisk;
use axes_testkit::servers::RedisServer;

use crate::open;

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
