//! What a cache has recorded: a database has tables for that.

use std::sync::Arc;

use axes_stores::Clock as _;
use pyo3::prelude::*;

use crate::clock::DjangoClock;
use crate::errors::raised;
use crate::store::DjangoStore;

/// The address, the username, the user agent and the failures of attempts that look alike.
type Recorded = (Option<String>, Option<String>, Option<String>, u32);

/// The attempts that are recorded in the cache `store`, the oldest first; none where it is a database.
#[pyfunction]
pub(crate) fn recorded_attempts(store: &Bound<'_, PyAny>) -> PyResult<Vec<Recorded>> {
    let store = DjangoStore::of(store, false, &Arc::default())?;
    let Some(cache) = store.cache() else {
        return Ok(Vec::new());
    };
    let attempts = cache.attempts(DjangoClock.now()).map_err(raised)?;
    let recorded = attempts.into_iter().map(|attempt| {
        let address = attempt.ip_address.map(|address| address.to_string());
        (
            address,
            attempt.username,
            attempt.user_agent,
            attempt.failures,
        )
    });
    Ok(recorded.collect())
}
