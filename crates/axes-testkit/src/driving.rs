//! Drivers as tests use them.

use axes_core::Engine;
use axes_stores::{Clock, Decision, Driver, Store};

/// A driver that refuses while its store does not answer.
pub const fn driver<S: Store, C: Clock>(engine: &Engine, store: S, clock: C) -> Driver<'_, S, C> {
    Driver {
        engine,
        store,
        clock,
        fail_open: false,
    }
}

/// What was decided by a store that has to answer.
///
/// # Panics
/// When it did not.
pub fn answered<T>(decision: Decision<T>) -> T {
    let Decision { decided, error } = decision;
    assert!(error.is_none(), "the store did not answer: {error:?}");
    decided
}
