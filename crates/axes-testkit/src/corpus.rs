//! The corpus: scenarios in plain files that every engine, store and host replays.
//!
//! `fixtures/README.md` describes the format.

mod differs;
mod runner;
mod scenario;

use std::path::{Path, PathBuf};

use axes_stores::{Bans, Store};

pub use differs::{Differs, Instead};
pub use runner::{Upkeep, run};
pub use scenario::{
    Ask, Entered, Expectation, Health, Losable, RetryAfter, Scenario, Selected, Step, Who,
};

/// The folder of everything that is replayed.
#[must_use]
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Every scenario, by file name.
///
/// # Panics
/// When a file cannot be read, is no scenario, or is not named after one.
#[must_use]
pub fn load() -> Vec<Scenario> {
    let folder = fixtures().join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("the corpus is there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the corpus can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 25, "most of the corpus is missing");
    files.iter().map(|path| Scenario::read(path)).collect()
}

/// Replays every scenario, each on a `fresh` store, which neither purges nor loses anything.
///
/// # Panics
/// When something happens that a scenario does not expect; all such scenarios are named.
pub fn check_all<S: Store + Bans>(fresh: impl Fn() -> S) {
    check_all_with(fresh, |_, _| {});
}

/// The same on a store that can be kept up.
///
/// # Panics
/// When something happens that a scenario does not expect; all such scenarios are named.
pub fn check_all_with<S: Store + Bans>(fresh: impl Fn() -> S, keep_up: impl Fn(&S, Upkeep)) {
    let problems: Vec<String> = load()
        .iter()
        .filter_map(|scenario| run(scenario, fresh(), &keep_up).err())
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
