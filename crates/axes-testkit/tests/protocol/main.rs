//! The permit protocol in every interleaving of small configurations: single ops of parallel
//! attempts, crashes, leases and cool-offs that end, resets.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "this is a test"
)]

mod case;
mod ledger;
mod model;
mod store;
mod track;

use axes_core::Scope;
use case::{COOL_OFF, Case, End, Kind, LAPSE, Protocol, Reset};
use model::Interleavings;
use stateright::{Checker, Model};

const A: &str = "192.0.2.1";
const B: &str = "192.0.2.2";
const BOTH: &[Scope] = &[Scope::USERNAME, Scope::IP_ADDRESS];

/// Every case that the protocol has to pass.
const CASES: &[Case] = &[
    Case {
        name: "five wrong passwords and a right one, one budget of two",
        limit: 2,
        attempts: &[
            ("u", A, Kind::Wrong),
            ("v", A, Kind::Wrong),
            ("w", A, Kind::Wrong),
            ("x", A, Kind::Wrong),
            ("y", A, Kind::Wrong),
            ("z", A, Kind::Right),
        ],
        sees: &[End::Failed, End::LockedOut, End::LoggedIn],
        ..Case::PLAIN
    },
    Case {
        name: "three wrong passwords, two budgets of two each",
        limit: 2,
        scopes: BOTH,
        attempts: &[
            ("u", A, Kind::Wrong),
            ("u", B, Kind::Wrong),
            ("u", A, Kind::Wrong),
        ],
        sees: &[End::Failed, End::LockedOut],
        ..Case::PLAIN
    },
    Case {
        name: "five right passwords wait for two permits",
        limit: 2,
        attempts: &[
            ("u", A, Kind::Right),
            ("v", A, Kind::Right),
            ("w", A, Kind::Right),
            ("x", A, Kind::Right),
            ("y", A, Kind::Right),
        ],
        sees: &[End::LoggedIn],
        all_log_in: true,
        ..Case::PLAIN
    },
    Case {
        name: "right passwords across two scopes",
        scopes: BOTH,
        attempts: &[
            ("u", A, Kind::Right),
            ("u", B, Kind::Right),
            ("v", B, Kind::Right),
        ],
        sees: &[End::LoggedIn],
        ..Case::PLAIN
    },
    Case {
        name: "right and wrong share both scopes",
        limit: 2,
        scopes: BOTH,
        attempts: &[
            ("u", A, Kind::Right),
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Wrong),
        ],
        sees: &[End::LoggedIn, End::LockedOut],
        ..Case::PLAIN
    },
    Case {
        name: "a crash counts once its lease has run out",
        attempts: &[
            ("u", A, Kind::Crash),
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Right),
            ("u", A, Kind::Right),
        ],
        jumps: &[LAPSE],
        sees: &[End::Crashed, End::LockedOut, End::LoggedIn],
        ..Case::PLAIN
    },
    Case {
        name: "crashes in two scopes, then the cool-off",
        limit: 2,
        scopes: BOTH,
        attempts: &[
            ("u", A, Kind::Crash),
            ("u", B, Kind::Crash),
            ("u", B, Kind::Wrong),
        ],
        jumps: &[LAPSE, COOL_OFF],
        sees: &[End::Crashed, End::Failed],
        ..Case::PLAIN
    },
    Case {
        name: "a cool-off that is shorter than the lease",
        limit: 2,
        cool_off_secs: 10,
        attempts: &[
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Right),
        ],
        jumps: &[10, LAPSE],
        sees: &[End::LoggedIn, End::Failed, End::LockedOut],
        ..Case::PLAIN
    },
    Case {
        name: "a reset of everything in between",
        limit: 1,
        scopes: BOTH,
        attempts: &[
            ("u", A, Kind::Wrong),
            ("u", B, Kind::Wrong),
            ("v", A, Kind::Right),
        ],
        reset: Some(Reset::Everything),
        sees: &[End::LoggedIn, End::Failed, End::LockedOut],
        ..Case::PLAIN
    },
    Case {
        name: "a reset of one username and a lease that runs out",
        limit: 2,
        scopes: BOTH,
        attempts: &[
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Crash),
            ("v", A, Kind::Wrong),
        ],
        jumps: &[LAPSE],
        reset: Some(Reset::Username("u")),
        sees: &[End::Crashed, End::Failed],
        ..Case::PLAIN
    },
    Case {
        name: "nobody waits",
        limit: 1,
        scopes: BOTH,
        waits: false,
        attempts: &[
            ("u", A, Kind::Right),
            ("u", B, Kind::Wrong),
            ("v", B, Kind::Right),
        ],
        jumps: &[LAPSE],
        sees: &[End::Busy, End::LoggedIn, End::LockedOut],
        ..Case::PLAIN
    },
    Case {
        name: "refused attempts count",
        limit: 1,
        count_refused: true,
        attempts: &[
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Right),
        ],
        jumps: &[COOL_OFF - 1, COOL_OFF - 1],
        sees: &[End::Failed, End::LoggedIn, End::LockedOut],
        ..Case::PLAIN
    },
    Case {
        name: "a limit of three",
        limit: 3,
        attempts: &[
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Wrong),
            ("u", A, Kind::Crash),
        ],
        jumps: &[LAPSE, LAPSE],
        reset: Some(Reset::Everything),
        sees: &[End::Failed, End::Crashed],
        ..Case::PLAIN
    },
];

#[test]
fn the_protocol_keeps_its_promises_in_every_interleaving() {
    for case in CASES {
        let checker = Interleavings::of(case.clone())
            .checker()
            .threads(2)
            .spawn_bfs()
            .join();
        let states = checker.unique_state_count();
        checker.assert_properties();
        assert!(states > 1000, "{}: only {states} states", case.name);
    }
}

/// Checks a broken protocol and returns which promises it breaks.
fn broken(case: Case) -> Vec<&'static str> {
    let checker = Interleavings::of(case).checker().spawn_bfs().join();
    let mut broken: Vec<_> = checker.discoveries().into_keys().collect();
    broken.sort_unstable();
    broken
}

#[test]
fn checking_first_and_counting_afterwards_breaks_the_limit() {
    let found = broken(Case {
        protocol: Protocol::CheckThenCount,
        attempts: &[("u", A, Kind::Wrong), ("u", A, Kind::Wrong)],
        ..Case::PLAIN
    });
    assert_eq!(found, ["exact limit"]);
}

#[test]
fn taking_permits_in_flight_for_failures_breaks_the_second_promise() {
    let found = broken(Case {
        protocol: Protocol::BusyLocksOut,
        attempts: &[("u", A, Kind::Right), ("u", A, Kind::Right)],
        ..Case::PLAIN
    });
    assert_eq!(found, ["no false lockout"]);
}

#[test]
fn giving_lapsed_permits_back_breaks_the_third_promise() {
    let found = broken(Case {
        protocol: Protocol::LapsedAreGivenBack,
        attempts: &[("u", A, Kind::Crash), ("u", A, Kind::Right)],
        jumps: &[LAPSE],
        ..Case::PLAIN
    });
    assert_eq!(found, ["fail closed"]);
}
