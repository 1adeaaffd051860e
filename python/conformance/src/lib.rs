//! The rules of [`axes_stores::Store`], checked on the stores that Django's handlers have.
//!
//! A module of its own, so that what sites install has no tests in it; its stores are those of the
//! extension, file by file.

use std::sync::Arc;

use axes_testkit::conformance::{self, Backend};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::threads::{Kept, ThreadedStore};

#[path = "../../src/cache.rs"]
mod cache;
#[path = "../../src/connection.rs"]
mod connection;
#[path = "../../src/entries.rs"]
mod entries;
#[path = "../../src/errors.rs"]
#[expect(dead_code, reason = "the extension uses all of it")]
mod errors;
#[path = "../../src/native.rs"]
#[expect(dead_code, reason = "the extension uses all of it")]
mod native;
#[path = "../../src/store.rs"]
mod store;
mod threads;

/// What Python keeps things in: an object with `connection()`, `lose_tallies()` and
/// `run(thread, work)`.
struct Django(Arc<Py<PyAny>>);

impl Backend for Django {
    type Store = ThreadedStore;

    fn open(&self) -> Self::Store {
        ThreadedStore::new(Arc::clone(&self.0))
    }

    fn lose_tallies(&self) -> bool {
        let lost = Python::attach(|py| self.0.call_method0(py, "lose_tallies")?.extract(py));
        lost.unwrap_or_else(|error: PyErr| broken(&error))
    }
}

/// One rule, as a function of the suite.
type Rule = fn(&Django);

const RULES: [(&str, Rule); 12] = [
    (
        "ops_run_in_order_with_one_reply_each",
        conformance::ops_run_in_order_with_one_reply_each,
    ),
    (
        "tallies_change_whole_whoever_else_changes_them",
        conformance::tallies_change_whole_whoever_else_changes_them,
    ),
    (
        "a_refused_take_skips_the_rest",
        conformance::a_refused_take_skips_the_rest,
    ),
    (
        "what_was_written_survives_a_crash",
        conformance::what_was_written_survives_a_crash,
    ),
    (
        "what_is_reset_is_refused_nowhere",
        conformance::what_is_reset_is_refused_nowhere,
    ),
    (
        "repetition_does_not_make_records_grow",
        conformance::repetition_does_not_make_records_grow,
    ),
    (
        "a_success_forgets_only_what_it_proves",
        conformance::a_success_forgets_only_what_it_proves,
    ),
    (
        "an_unknown_tally_is_what_the_records_say",
        conformance::an_unknown_tally_is_what_the_records_say,
    ),
    (
        "a_ban_is_obeyed_at_once_by_all",
        conformance::a_ban_is_obeyed_at_once_by_all,
    ),
    (
        "there_is_one_ban_of_each_target",
        conformance::there_is_one_ban_of_each_target,
    ),
    ("a_ban_ends_by_itself", conformance::a_ban_ends_by_itself),
    (
        "who_is_banned_takes_no_permit",
        conformance::who_is_banned_takes_no_permit,
    ),
];

/// The names of the rules, in their order.
#[pyfunction]
fn rules() -> Vec<&'static str> {
    RULES.iter().map(|(name, _)| *name).collect()
}

/// Checks one rule on `backend`, which is empty; panics where it is broken.
#[pyfunction]
fn check(py: Python<'_>, rule: &str, backend: Py<PyAny>) -> PyResult<()> {
    let found = RULES.iter().find(|(name, _)| *name == rule);
    let (_, check) = found.ok_or_else(|| PyValueError::new_err(format!("no rule {rule:?}")))?;
    let backend = Django(Arc::new(backend));
    py.detach(|| check(&backend));
    Ok(())
}

#[expect(clippy::panic, reason = "this is a test")]
fn broken(error: &PyErr) -> ! {
    panic!("the test's own Python code has failed: {error}")
}

/// The rules of every store.
#[pymodule]
fn axes_conformance(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Kept>()?;
    module.add_function(wrap_pyfunction!(rules, module)?)?;
    module.add_function(wrap_pyfunction!(check, module)?)
}
