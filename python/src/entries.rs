//! Entries of Django's cache, changed by compare-and-set.

use std::time::Duration;

use axes_stores::{Entries, Entry, ErrorKind, Put, StoreError, Swap, Swapped};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// An `axes.entries.Entries`.
pub(crate) struct DjangoEntries {
    entries: Py<PyAny>,
    swaps: bool,
}

impl DjangoEntries {
    pub(crate) fn new(entries: Bound<'_, PyAny>) -> PyResult<Self> {
        let swaps = entries.getattr(intern!(entries.py(), "swaps"))?.extract()?;
        Ok(Self {
            entries: entries.unbind(),
            swaps,
        })
    }

    fn call<T>(
        &self,
        operation: &'static str,
        call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T, StoreError> {
        Python::attach(|py| call(self.entries.bind(py)))
            .map_err(|error| StoreError::new(ErrorKind::Unavailable, operation).because(error))
    }
}

/// What tells one state of an entry from all others.
pub(crate) enum Token {
    /// Its text.
    Text(String),
    /// Whatever the cache's client takes for it.
    Object(Py<PyAny>),
}

impl Token {
    fn to_object(&self, py: Python<'_>) -> Py<PyAny> {
        match self {
            Self::Text(text) => PyString::new(py, text).into_any().unbind(),
            Self::Object(object) => object.clone_ref(py),
        }
    }
}

/// A write as `axes.entries.Put`.
type Arguments<'a> = (&'a str, &'a str, Option<Py<PyAny>>, Option<u64>);

fn arguments<'a>(py: Python<'_>, put: &Put<'a, Token>) -> Arguments<'a> {
    let expected = put.expected.map(|token| token.to_object(py));
    let milliseconds = |keep: Duration| u64::try_from(keep.as_millis()).unwrap_or(u64::MAX);
    (put.key, put.value, expected, put.keep.map(milliseconds))
}

fn list<'py>(py: Python<'py>, puts: &[Put<'_, Token>]) -> PyResult<Bound<'py, PyList>> {
    let puts: Vec<_> = puts.iter().map(|put| arguments(py, put)).collect();
    PyList::new(py, puts)
}

impl Entries for DjangoEntries {
    type Token = Token;

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<Token>>>, StoreError> {
        self.call("read from the cache", |entries| {
            let py = entries.py();
            let keys = PyList::new(py, keys)?;
            let found: Vec<Option<(String, Py<PyAny>)>> = entries
                .call_method1(intern!(py, "get"), (keys,))?
                .extract()?;
            let entry = |(value, token): (String, Py<PyAny>)| {
                let token = self
                    .token_of(&value)
                    .unwrap_or_else(|| Token::Object(token));
                Entry { value, token }
            };
            Ok(found.into_iter().map(|found| found.map(entry)).collect())
        })
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        self.call("write to the cache", |entries| {
            let py = entries.py();
            let put = Put {
                key,
                value,
                expected,
                keep,
            };
            entries
                .call_method1(intern!(py, "put"), arguments(py, &put))?
                .extract()
        })
    }

    fn put_all(&self, puts: &[Put<'_, Token>]) -> Result<usize, StoreError> {
        self.call("write to the cache", |entries| {
            let py = entries.py();
            entries
                .call_method1(intern!(py, "put_all"), (list(py, puts)?,))?
                .extract()
        })
    }

    fn token_of(&self, text: &str) -> Option<Token> {
        self.swaps.then(|| Token::Text(text.to_owned()))
    }

    /// There are no logs, and no sets.
    fn swap(&self, swap: &Swap<'_, Token>) -> Result<Swapped<Token>, StoreError> {
        self.call("write to the cache", |entries| {
            let py = entries.py();
            let expected: Vec<_> = swap
                .expected
                .iter()
                .map(|entry| (entry.key, entry.token.map(|token| token.to_object(py))))
                .collect();
            let found: Option<Vec<Option<String>>> = entries
                .call_method1(
                    intern!(py, "swap"),
                    (
                        PyList::new(py, expected)?,
                        list(py, swap.puts)?,
                        PyList::new(py, swap.told)?,
                    ),
                )?
                .extract()?;
            let entry = |value: String| Entry {
                token: Token::Text(value.clone()),
                value,
            };
            Ok(match found {
                None => Swapped::Done,
                Some(found) => Swapped::InVain {
                    found: found.into_iter().map(|found| found.map(entry)).collect(),
                    empty: Vec::new(),
                },
            })
        })
    }
}
