//! Django's cache, where it is shared between processes.

use axes_stores::{ErrorKind, SharedCache, StoreError};
use pyo3::intern;
use pyo3::prelude::*;

/// An `axes.cache.SharedCache`.
pub(crate) struct DjangoCache(Py<PyAny>);

impl DjangoCache {
    /// The cache that goes with the connection `store`, if there is one.
    pub(crate) fn of(store: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let cache = store.getattr(intern!(store.py(), "cache"))?;
        Ok((!cache.is_none()).then(|| Self(cache.unbind())))
    }
}

impl SharedCache for DjangoCache {
    fn get(&self, keys: &[String]) -> Vec<Option<String>> {
        let found = Python::attach(|py| {
            self.0
                .bind(py)
                .call_method1("get", (keys.to_vec(),))?
                .extract::<Vec<Option<String>>>()
        });
        found.unwrap_or_else(|_| vec![None; keys.len()])
    }

    fn set(&self, key: &str, value: &str, millis: i64) {
        // A marker that could not be set only costs the next refusal a look at the database.
        let _ = Python::attach(|py| {
            self.0
                .bind(py)
                .call_method1("set", (key, value, millis))
                .map(|_| ())
        });
    }

    fn unique(&self) -> String {
        let random = || getrandom::u64().ok().map(|number| format!("{number:016x}"));
        // Without random numbers there are no markers: no entry equals a generation that is not one.
        random()
            .zip(random())
            .map_or_else(|| "none ".to_owned(), |(high, low)| high + &low)
    }

    fn replace(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let replaced = Python::attach(|py| {
            self.0
                .bind(py)
                .call_method1("replace", (key, value))
                .map(|_| ())
        });
        replaced.map_err(|error| {
            StoreError::new(ErrorKind::Unavailable, "tell the cache of a reset").because(error)
        })
    }
}
