//! What the command line says is what an attempt meets: random histories.

use std::time::Duration;

use axes_core::Outcome;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::Desk;
use crate::desk::attempt;

const NAMES: [&str; 3] = ["ada", "Bob", "ＣＡＲＯＬ"];
const ADDRESSES: [&str; 3] = ["192.0.2.1", "2001:db8::1", "2001:db8::2"];
const SCOPES: [&str; 4] = [
    "ip_address",
    "username",
    "username,ip_address",
    "username+ip_address",
];

#[derive(Clone, Debug)]
enum Event {
    Fails(&'static str, &'static str),
    LogsIn(&'static str, &'static str),
    Crashes(&'static str, &'static str),
    Passes(u64),
    Reset(&'static str),
    Ban(&'static str),
    Unban(&'static str),
}

fn events() -> impl Strategy<Value = Event> {
    let who = || (select(&NAMES[..]), select(&ADDRESSES[..]));
    prop_oneof![
        8 => who().prop_map(|(name, address)| Event::Fails(name, address)),
        1 => who().prop_map(|(name, address)| Event::LogsIn(name, address)),
        2 => who().prop_map(|(name, address)| Event::Crashes(name, address)),
        2 => (1..400_u64).prop_map(Event::Passes),
        1 => select(&NAMES[..]).prop_map(Event::Reset),
        1 => select(&ADDRESSES[..]).prop_map(Event::Ban),
        1 => select(&ADDRESSES[..]).prop_map(Event::Unban),
    ]
}

/// A desk whose site, and configuration, count on `scopes` up to `limit`.
struct Life {
    desk: Desk,
    scopes: &'static str,
    limit: u32,
}

impl Life {
    fn site(&self) -> axes_testkit::conformance::Scene<axes_stores::AnyStore> {
        let reader = axes_settings::Reader::new().flags(self.flags());
        let policy = reader.read().0.policy();
        self.desk.site_with(|changed| *changed = policy)
    }

    fn flags(&self) -> [(&'static str, String); 3] {
        [
            ("--lockout-parameters", self.scopes.to_owned()),
            ("--failure-limit", self.limit.to_string()),
            ("--cooloff-time", "10m".to_owned()),
        ]
    }

    fn axes(&self, arguments: &[&str]) -> (u8, Value) {
        let flags = self.flags();
        let flags = flags
            .iter()
            .flat_map(|(name, value)| [*name, value.as_str()]);
        let all: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--json"])
            .chain(flags)
            .collect();
        let said = self.desk.run(&all);
        let answer = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said}"));
        (said.exit.code(), answer)
    }

    fn live(&self, event: &Event) {
        let site = self.site();
        match event {
            Event::Fails(name, address) => {
                let who = attempt(name, address);
                if let Some(permit) = site.admit(&who).permit() {
                    site.settle(&permit, Outcome::Failure, &who);
                }
            }
            Event::LogsIn(name, address) => {
                let who = attempt(name, address);
                if let Some(permit) = site.admit(&who).permit() {
                    let session_hash = "0".repeat(64);
                    site.settle(&permit, Outcome::Success { session_hash }, &who);
                }
            }
            Event::Crashes(name, address) => {
                // Somebody who would have to wait for a permit gives up at once.
                let who = attempt(name, address);
                if site.look(&who) == (0, false) {
                    drop(site.admit(&who));
                }
            }
            Event::Passes(seconds) => self.desk.clock.advance(Duration::from_secs(*seconds)),
            Event::Reset(name) => {
                self.axes(&["reset", "--username", name]);
            }
            Event::Ban(address) => {
                self.axes(&["ban", "--ip", address, "--reason", "x", "--for", "5m"]);
            }
            Event::Unban(address) => {
                self.axes(&["unban", "--ip", address]);
            }
        }
    }

    /// Compares all that is said with what everybody would meet.
    fn compare(&self) {
        let (_, locked) = self.axes(&["locked"]);
        let (_, bans) = self.axes(&["bans"]);
        let lockouts = locked["lockouts"].as_array().expect("a list");
        for name in NAMES {
            for address in ADDRESSES {
                let (_, refused) = self.site().look(&attempt(name, address));
                let (exit, explained) = self.axes(&["explain", "-u", name, "-i", address]);
                assert_eq!(explained["refused"], Value::Bool(refused), "{explained}");
                assert_eq!(exit, u8::from(refused));
                let listed = lockouts
                    .iter()
                    .any(|lockout| is_about(lockout, name, address))
                    || bans["bans"]
                        .as_array()
                        .expect("a list")
                        .iter()
                        .any(|ban| is_about(ban, name, address));
                assert_eq!(listed, refused, "{name} from {address}: {locked}");
            }
        }
    }
}

/// Whether a lockout or ban is about attempts on `name` from `address`.
fn is_about(lockout: &Value, name: &str, address: &str) -> bool {
    let name = axes_core::normalize_username(name);
    let same_name = lockout["username"]
        .as_str()
        .is_none_or(|it| Some(it) == name.as_deref());
    let same_network = lockout["network"].as_str().is_none_or(|network| {
        let network = axes_core::parse_network(network).expect("a network");
        network.contains(&address.parse::<std::net::IpAddr>().expect("an address"))
    });
    same_name && same_network
}

#[test]
fn what_is_said_is_what_an_attempt_meets() {
    let mut runner = TestRunner::new(Config {
        cases: 30,
        failure_persistence: None,
        ..Config::default()
    });
    let history = (select(&SCOPES[..]), 1..4_u32, vec(events(), 1..20));
    let lived = runner.run(&history, |(scopes, limit, events)| {
        let life = Life {
            desk: Desk::new(),
            scopes,
            limit,
        };
        for event in &events {
            life.live(event);
        }
        life.compare();
        Ok(())
    });
    if let Err(failure) = lived {
        panic!("{failure}\n{runner}");
    }
}
