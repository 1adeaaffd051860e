//! Random policies and what may happen under them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axes_core::{Attempt, Banned, CoolOff, Outcome, Parameter, Policy, Scope, Selector, Tier};
use proptest::prelude::*;
use proptest::sample::select;

const LEASE: Duration = Duration::from_secs(20);
const COOL_OFF: Duration = Duration::from_secs(90);
const USERNAMES: [&str; 2] = ["ada", "bob"];
const ADDRESSES: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
const AGENTS: [&str; 2] = ["curl", "firefox"];

/// One thing that happens.
#[derive(Clone)]
pub(super) enum Event {
    /// An attempt comes in and stays open.
    Begin(Attempt),
    /// An attempt comes in and is settled at once.
    Whole(Attempt, Outcome),
    /// One of the open attempts is settled.
    Settle(usize, Outcome),
    /// The process of one of the open attempts dies.
    Crash(usize),
    /// Time passes.
    Advance(Duration),
    /// The clock is set back.
    StepBack(Duration),
    /// A person resets.
    Reset(Selector),
    /// A person bans, for a time or for good.
    Ban(Banned, Option<Duration>),
    /// A person lifts a ban.
    Unban(Banned),
    /// Somebody looks.
    Peek(Attempt),
}

/// One line for each event, so that a shrunk history can be read.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let brief = |attempt: &Attempt| {
            let username = attempt.username.as_deref().unwrap_or("-");
            let address = attempt.client.ip_address.map(|address| address.to_string());
            let agent = attempt.client.user_agent.as_deref().unwrap_or("-");
            format!("{username}@{} {agent}", address.as_deref().unwrap_or("-"))
        };
        match self {
            Self::Begin(attempt) => write!(f, "begin {}", brief(attempt)),
            Self::Whole(attempt, outcome) => write!(f, "{} {outcome:?}", brief(attempt)),
            Self::Settle(index, outcome) => write!(f, "settle {index} {outcome:?}"),
            Self::Crash(index) => write!(f, "crash {index}"),
            Self::Advance(by) => write!(f, "advance {by:?}"),
            Self::StepBack(by) => write!(f, "step back {by:?}"),
            Self::Reset(selector) => write!(f, "reset {selector:?}"),
            Self::Ban(target, left) => write!(f, "ban {target:?} for {left:?}"),
            Self::Unban(target) => write!(f, "unban {target:?}"),
            Self::Peek(attempt) => write!(f, "peek {}", brief(attempt)),
        }
    }
}

pub(super) fn policies() -> impl Strategy<Value = Policy> {
    let switches = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.95));
    let limits = 1_u32..=4;
    (limits, scopes(), 0..3_u8, switches).prop_map(|(limit, scopes, cool_off, switches)| {
        let (count_refused, reset_on_success, lock_out) = switches;
        let tier = |failures, cool_off| Tier { failures, cool_off };
        let ladder = vec![tier(limit, COOL_OFF / 2), tier(limit + 2, COOL_OFF)];
        Policy {
            limit,
            scopes,
            cool_off: match cool_off {
                0 => CoolOff::Never,
                1 => CoolOff::After(COOL_OFF),
                _ => CoolOff::Tiers(ladder),
            },
            count_refused,
            reset_on_success,
            lock_out,
            lease: LEASE,
            max_wait: Duration::ZERO,
            ..Policy::default()
        }
    })
}

fn scopes() -> impl Strategy<Value = Arc<[Scope]>> {
    use Parameter::{IpAddress, UserAgent, Username};
    let of = |parameters: &[Parameter]| Scope::of(parameters.iter().copied()).expect("not empty");
    let both = of(&[Username, IpAddress]);
    select(vec![
        Arc::from([Scope::IP_ADDRESS]),
        Arc::from([Scope::USERNAME]),
        Arc::from([both]),
        Arc::from([Scope::USERNAME, Scope::IP_ADDRESS]),
        Arc::from([Scope::IP_ADDRESS, of(&[Username, UserAgent])]),
        Arc::from([Scope::USERNAME, both, of(&[UserAgent])]),
    ])
}

pub(super) fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => attempts().prop_map(Event::Begin),
        6 => (attempts(), outcomes()).prop_map(|(attempt, outcome)| Event::Whole(attempt, outcome)),
        4 => (0..9_usize, outcomes()).prop_map(|(index, outcome)| Event::Settle(index, outcome)),
        1 => (0..9_usize).prop_map(Event::Crash),
        5 => pauses().prop_map(Event::Advance),
        1 => pauses().prop_map(Event::StepBack),
        1 => selectors().prop_map(Event::Reset),
        1 => (banned(), prop::option::of(pauses()))
            .prop_map(|(target, left)| Event::Ban(target, left)),
        2 => banned().prop_map(Event::Unban),
        2 => attempts().prop_map(Event::Peek),
    ]
}

/// An attempt of everybody who comes in here.
pub(super) fn everybody() -> Vec<Attempt> {
    let mut everybody = Vec::new();
    for username in [None, Some("ada"), Some("bob")] {
        for address in [None, Some(ADDRESSES[0]), Some(ADDRESSES[1])] {
            for agent in AGENTS {
                let address = address.and_then(|address| address.parse().ok());
                let attempt = Attempt::new(address).with_user_agent(agent);
                everybody.push(match username {
                    Some(username) => attempt.with_username(username),
                    None => attempt,
                });
            }
        }
    }
    everybody
}

fn attempts() -> impl Strategy<Value = Attempt> {
    let one = |texts: [&'static str; 2]| prop::option::weighted(0.9, select(texts.to_vec()));
    let agents = select(AGENTS.to_vec());
    (one(USERNAMES), one(ADDRESSES), agents).prop_map(|(username, address, agent)| {
        let address = address.and_then(|address| address.parse().ok());
        let attempt = Attempt::new(address).with_user_agent(agent);
        match username {
            Some(username) => attempt.with_username(username),
            None => attempt,
        }
    })
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let success = Outcome::Success {
        session_hash: String::new(),
    };
    prop_oneof![
        6 => Just(Outcome::Failure),
        2 => Just(success),
        1 => Just(Outcome::Withdrawn),
    ]
}

/// Short times, and those at which something ends, exactly and one millisecond before.
fn pauses() -> impl Strategy<Value = Duration> {
    let instant = Duration::from_millis(1);
    let ends = [LEASE, LEASE * 2, COOL_OFF / 2, COOL_OFF];
    let mut pauses: Vec<Duration> = ends
        .iter()
        .flat_map(|end| [*end, end.saturating_sub(instant)])
        .collect();
    pauses.extend([instant, Duration::from_secs(3), Duration::from_secs(11)]);
    select(pauses)
}

fn banned() -> impl Strategy<Value = Banned> {
    let network = |typed| Banned::network(typed).expect("a network");
    select(vec![
        Banned::username("Ada").expect("a username"),
        network("192.0.2.1"),
        network("192.0.2.0/24"),
        network("2001:db8::/32"),
    ])
}

fn selectors() -> impl Strategy<Value = Selector> {
    let username = prop::option::of(select(USERNAMES.to_vec()));
    let address = prop::option::of(select(ADDRESSES.to_vec()));
    (username, address).prop_map(|(username, address)| {
        let address = address.map(|address| address.parse().expect("an address"));
        Selector::new(username, address, 64)
    })
}
