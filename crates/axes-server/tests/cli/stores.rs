//! The same commands on every kind of store.

use std::time::{Duration, SystemTime};

use axes_core::Timestamp;
use axes_server::Exit;
use axes_testkit::servers::{PostgresServer, RedisServer};

use crate::Desk;
use crate::desk::TOML;

/// What is said about a morning at the site, in which lockouts and bans are lifted in the end.
fn walk(desk: &Desk) -> Vec<(&'static str, String)> {
    desk.morning();
    let banned = desk.axes("ban --ip 198.51.100.0/24 --reason botnet --for 2h --author olivia");
    assert_eq!(banned.exit, Exit::Done, "{banned}");
    assert!(desk.is_refused("zoe", "198.51.100.77") && desk.is_refused("ada", "192.0.2.99"));
    let commands = [
        "locked --json",
        "locked 203.0",
        "list --json",
        "list --username dave",
        "list --since 4m --json",
        "log --json --limit 4",
        "log --ip 192.0.2.7",
        "log --since 3m --json",
        "export attempts",
        "export log -f csv",
        "export lockouts",
        "export bans",
        "bans",
        "explain -u carol -i 203.0.113.9 --json",
        "explain -u dave",
        "explain -i 198.51.100.2",
        "purge --json",
        "reset -u ada --json",
        "reset -i 203.0.113.9 -u carol",
        "reset -u nobody",
        "locked --json",
        "unban --ip 198.51.100.0/24",
        "reset --all --yes",
        "locked",
        "list",
    ];
    let said = commands.map(|command| (command, desk.axes(command).to_string()));
    assert!(!desk.is_refused("zoe", "198.51.100.77") && !desk.is_refused("ada", "192.0.2.99"));
    said.to_vec()
}

/// A desk with the store at `url`, the tables of which are created.
fn desk_at(url: &str) -> Desk {
    let desk = Desk::bare().at(url);
    desk.write("axes.toml", TOML);
    let migrated = desk.axes("migrate");
    assert_eq!(migrated.exit, Exit::Done, "{migrated}");
    desk
}

fn compare(desk: &Desk, sqlite: &Desk) {
    for (said, expected) in walk(desk).iter().zip(walk(sqlite)) {
        assert_eq!(*said, expected);
    }
}

#[test]
fn postgresql_is_told_of_as_sqlite_is() {
    let database = PostgresServer::shared().database("");
    let desk = desk_at(&database.url());
    compare(&desk, &Desk::new());
    let checked = desk.axes("check");
    assert_eq!(checked.exit, Exit::Done, "{checked}");
    let again = desk.axes("migrate").out;
    assert!(again.starts_with("Nothing to do"), "{again}");
}

#[test]
fn redis_is_told_of_as_sqlite_is() {
    let server = RedisServer::start();
    let desk = desk_at(&server.url("axes"));
    // Entries expire by the clock of the server.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.expect("it is later than 1970").as_secs();
    let now = Timestamp::EPOCH.plus(Duration::from_secs(now));
    let sqlite = Desk::new();
    sqlite.clock.set(now);
    desk.clock.set(now);
    compare(&desk, &sqlite);
    let checked = desk.axes("check --json");
    assert!(
        checked.out.contains("axes.W204") && checked.exit == Exit::Found,
        "{checked}"
    );
}
