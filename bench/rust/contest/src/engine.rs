//! The engine with the memory store, beside limiters that keep everything in memory too.

use std::collections::HashMap;
use std::hint::black_box;
use std::num::NonZeroU32;

use axes_core::{Engine, Outcome};
use axes_stores::MemoryStore;
use governor::{Quota, RateLimiter};
use limitador::limit::{Context, Limit};

use crate::logins::{address, admitted, engine, settled, success};
use crate::page::Table;
use crate::targets::Targets;
use crate::turns::{Contestant, Result, compare, side_by_side};

/// How many keys are distinct ones.
const KEYS: u32 = 100_000;
const PLENTY: u32 = 1_000_000_000;

/// Keys and threads, in words.
const TRIALS: [(&str, u32, u32); 4] = [
    ("one key, one thread", 1, 1),
    ("one key, all cores", 1, 0),
    ("distinct keys, one thread", KEYS, 1),
    ("distinct keys, all cores", KEYS, 0),
];

/// Measures all trials.
pub(crate) fn contest(rounds: usize, times: u32, targets: &mut Targets) -> Table {
    let mut table = Table::new(&[
        "trial",
        "governor",
        "limitador",
        "Axes, success",
        "Axes, failure",
        "success / governor",
        "failure / governor",
        "success / limitador",
    ]);
    for (name, keys, threads) in TRIALS {
        let threads = if threads == 0 { cores() } else { threads };
        let results = trial(rounds, times, keys, threads);
        let [governor, limitador, success, failure] = results.as_slice() else {
            continue;
        };
        let what = format!("admit and settle in memory, {name}: Axes / governor");
        targets.at_most(&what, 3.0, success.ratio(governor));
        table.row(
            [name.to_owned()]
                .into_iter()
                .chain(results.iter().map(nanos))
                .chain([
                    success.ratio(governor).times(),
                    failure.ratio(governor).times(),
                    success.ratio(limitador).times(),
                ]),
        );
    }
    table
}

fn trial(rounds: usize, times: u32, keys: u32, threads: u32) -> Vec<Result> {
    let quota = Quota::per_second(NonZeroU32::new(PLENTY).expect("not 0"));
    let governor = RateLimiter::keyed(quota);
    let limitador = limitador::RateLimiter::new(u64::from(KEYS) * 2);
    let variable = "address".try_into().expect("a name");
    limitador.add_limit(Limit::new(
        "logins",
        u64::from(PLENTY),
        3600,
        [],
        [variable],
    ));
    let namespace = "logins".into();
    let (engine, store) = (engine(), MemoryStore::default());
    let axes = |number: u32, outcome: fn() -> Outcome| {
        settled(&engine, &store, number % keys, outcome());
    };
    let check = |number: u32| {
        let _ = black_box(governor.check_key(&address(number % keys)));
    };
    let limit = |number: u32| {
        let values = [("address".to_owned(), address(number % keys).to_string())];
        let context = Context::from(HashMap::from(values));
        let checked = limitador.check_rate_limited_and_update(&namespace, &context, 1);
        assert!(!checked.expect("in memory").limited);
    };
    compare(
        rounds,
        times,
        &mut [
            Contestant::timed("governor", |times| side_by_side(threads, times, check)),
            Contestant::timed("limitador", |times| side_by_side(threads, times, limit)),
            Contestant::timed("success", |times| {
                side_by_side(threads, times, |number| axes(number, success))
            }),
            Contestant::timed("failure", |times| {
                side_by_side(threads, times, |number| axes(number, || Outcome::Failure))
            }),
        ],
    )
}

/// The memory that a million scopes take, in bytes for each.
pub(crate) fn memory(targets: &mut Targets) -> Table {
    let (tallies, one) = filled(|engine, store, number| {
        // Its permit stays in flight, so that there is no record of it; tallies are all of one size.
        admitted(engine, store, number);
    });
    let (with_records, both) = filled(|engine, store, number| {
        settled(engine, store, number, Outcome::Failure);
    });
    // Each was measured while nothing was given back.
    drop((tallies, with_records));
    targets.bytes("a scope that is tracked, at a million of them", 150, one);
    let mut table = Table::new(&["what", "bytes"]);
    table.row(["a scope: its tally".to_owned(), one.to_string()]);
    let name = "a scope with one failure, and its record";
    table.row([name.to_owned(), both.to_string()]);
    table
}

/// A store in which a million scopes were tracked by `track`, and the bytes that each took.
fn filled(track: impl Fn(&Engine, &MemoryStore, u32)) -> (MemoryStore, u64) {
    const SCOPES: u32 = 1_000_000;
    let (engine, store) = (engine(), MemoryStore::with_capacity(2 * SCOPES as usize));
    let before = resident();
    for number in 0..SCOPES {
        track(&engine, &store, number);
    }
    let taken = resident().saturating_sub(before);
    assert_eq!(store.len(), SCOPES as usize);
    (store, taken / u64::from(SCOPES))
}

/// The memory of this process that is not on the disk, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1))
}

fn nanos(result: &Result) -> String {
    format!("{:.0} ns", result.spread().median)
}
