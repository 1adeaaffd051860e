//! Entries of Django's cache, changed by compare-and-set.

use std::time::Duration;

use axes_stores::{Entries, Entry, ErrorKind, Put, StoreError};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// An `axes.entries.Entries`.
pub(crate) struct DjangoEntries(Py<PyAny>);

impl DjangoEntries {
    pub(crate) fn new(entries: Bound<'_, PyAny>) -> Self {
        Self(entries.unbind())
    }
}

impl Entries for DjangoEntries {
    type Token = Py<PyAny>;

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<Self::Token>>>, StoreError> {
        Python::attach(|py| {
            let keys = PyList::new(py, keys)?;
            let found: Vec<Option<(String, Py<PyAny>)>> =
                self.0.bind(py).call_method1("get", (keys,))?.extract()?;
            let entry = |(value, token)| Entry { value, token };
            Ok(found.into_iter().map(|found| found.map(entry)).collect())
        })
        .map_err(|error| unavailable("read from the cache", error))
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&Self::Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        Python::attach(|py| {
            let expected = expected.map(|token| token.clone_ref(py));
            let arguments = (key, value, expected, milliseconds(keep));
            self.0.bind(py).call_method1("put", arguments)?.extract()
        })
        .map_err(|error| unavailable("write to the cache", error))
    }

    fn put_all(&self, puts: &[Put<'_, Self::Token>]) -> Result<usize, StoreError> {
        Python::attach(|py| {
            let puts = puts.iter().map(|put| {
                let expected = put.expected.map(|token| token.clone_ref(py));
                (put.key, put.value, expected, milliseconds(put.keep))
            });
            let puts = PyList::new(py, puts.collect::<Vec<_>>())?;
            self.0.bind(py).call_method1("put_all", (puts,))?.extract()
        })
        .map_err(|error| unavailable("write to the cache", error))
    }
}

fn milliseconds(keep: Option<Duration>) -> Option<u64> {
    keep.map(|keep| u64::try_from(keep.as_millis()).unwrap_or(u64::MAX))
}

fn unavailable(operation: &'static str, error: PyErr) -> StoreError {
    StoreError::new(ErrorKind::Unavailable, operation).because(error)
}
