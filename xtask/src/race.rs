//! The races, many times in a row: what goes wrong once in a while shows here first.

use std::time::SystemTime;

use crate::env::{Env, Set};
use crate::error::{Error, Result};
use crate::packages::{self, PYTHON};
use crate::program;

/// Where races are: on the databases, and on the caches.
const TESTS: [&str; 2] = ["tests/race", "tests/cache/test_races.py"];

/// Runs the races `times` times, each time with another seed (the first time with `seed`, if there
/// is one), up to the first failure.
pub(crate) fn run(times: u32, seed: Option<u32>) -> Result {
    packages::ensure(PYTHON)?;
    let env = Env::ensure(Set::Test)?;
    env.build_extension()?;
    repeat(times, seed.unwrap_or_else(any_seed), |seed| {
        program::run(
            env.command("python")
                .args(["-m", "pytest", "-x", &format!("--randomly-seed={seed}")])
                .args(TESTS)
                .current_dir("python"),
        )
    })
}

fn repeat(times: u32, first: u32, mut once: impl FnMut(u32) -> Result) -> Result {
    for number in 1..=times {
        let seed = first.wrapping_add(number.saturating_sub(1));
        println!("\n=== races: {number} of {times}, seed {seed}");
        once(seed).map_err(|error| {
            Error::new(format!(
                "{error}\nraces failed at {number} of {times}; to repeat them with this seed: \
                 `cargo xtask race --times 1 --seed {seed}`"
            ))
        })?;
    }
    println!("\nraces: {times} of {times} ok");
    Ok(())
}

/// A seed that was hardly used before.
fn any_seed() -> u32 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(1, |now| now.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_has_a_seed_of_its_own() {
        let mut seeds = Vec::new();
        repeat(3, u32::MAX, |seed| {
            seeds.push(seed);
            Ok(())
        })
        .unwrap();
        assert_eq!(seeds, [u32::MAX, 0, 1]);
    }

    #[test]
    fn the_first_failure_ends_it_and_tells_the_seed() {
        let mut runs = 0;
        let error = repeat(20, 7, |seed| {
            runs += 1;
            if seed == 8 {
                return Err(Error::new("broken"));
            }
            Ok(())
        })
        .unwrap_err();
        assert_eq!(runs, 2);
        assert!(error.to_string().contains("--seed 8`"), "{error}");
    }
}
