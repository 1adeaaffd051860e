//! What stores have recorded: Django's own database has tables for that.

use std::sync::Arc;

use axes_stores::Clock as _;
use pyo3::prelude::*;

use crate::clock::DjangoClock;
use crate::errors::raised;
use crate::store::DjangoStore;

/// The address, the username, the user agent and the failures of attempts that look alike.
type Recorded = (Option<String>, Option<String>, Option<String>, u32);

/// The attempts that are recorded in `store`, the oldest first; none where it is Django's database.
#[pyfunction]
pub(crate) fn recorded_attempts(store: &Bound<'_, PyAny>) -> PyResult<Vec<Recorded>> {
    let now = DjangoClock.now();
    match DjangoStore::of(store, false, &Arc::default())? {
        DjangoStore::Tables(_) => Ok(Vec::new()),
        DjangoStore::Cache(cache) => {
            let attempts = cache.attempts(now).map_err(raised)?;
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
        DjangoStore::Native(store) => {
            let recorded = store.recorded(now).map_err(raised)?;
            // What is new comes first there.
            let recorded = recorded.into_iter().rev().map(|attempt| {
                let address = attempt.ip_address.map(|address| address.to_string());
                let user_agent = Some(attempt.user_agent);
                (address, attempt.username, user_agent, attempt.failures)
            });
            Ok(recorded.collect())
        }
    }
}
