//! Entries of Django's cache, changed by compare-and-set.

use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::{Entries, Entry, ErrorKind, Gone, Members, Put, StoreError, Swap, Swapped};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// An `axes.entries.Entries`.
pub(crate) struct DjangoEntries {
    entries: Py<PyAny>,
    swaps: bool,
    keeps_sets: bool,
}

impl DjangoEntries {
    pub(crate) fn new(entries: Bound<'_, PyAny>) -> PyResult<Self> {
        let py = entries.py();
        let swaps = entries.getattr(intern!(py, "swaps"))?.extract()?;
        let keeps_sets = entries.getattr(intern!(py, "keeps_sets"))?.extract()?;
        Ok(Self {
            entries: entries.unbind(),
            swaps,
            keeps_sets,
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
    (put.key, put.value, expected, milliseconds(put.keep))
}

fn milliseconds(keep: Option<Duration>) -> Option<u64> {
    keep.map(|keep| u64::try_from(keep.as_millis()).unwrap_or(u64::MAX))
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

    /// There are no logs.
    fn swap(&self, swap: &Swap<'_, Token>) -> Result<Swapped<Token>, StoreError> {
        self.call("write to the cache", |entries| {
            let py = entries.py();
            let expected: Vec<_> = swap
                .expected
                .iter()
                .map(|entry| (entry.key, entry.token.map(|token| token.to_object(py))))
                .collect();
            let joins: Vec<_> = swap
                .joins
                .iter()
                .map(|join| {
                    let until = join.until.as_millis();
                    (&join.set, &join.member, until, milliseconds(join.keep))
                })
                .collect();
            let found: Option<Vec<Option<String>>> = entries
                .call_method1(
                    intern!(py, "swap"),
                    (
                        PyList::new(py, expected)?,
                        list(py, swap.puts)?,
                        PyList::new(py, swap.told)?,
                        PyList::new(py, swap.empty)?,
                        PyList::new(py, joins)?,
                        swap.now.as_millis(),
                    ),
                )?
                .extract()?;
            let entry = |value: String| Entry {
                token: Token::Text(value.clone()),
                value,
            };
            let Some(mut found) = found else {
                return Ok(Swapped::Done);
            };
            let told = found.len().saturating_sub(swap.empty.len());
            let sizes = found.split_off(told).into_iter();
            Ok(Swapped::InVain {
                found: found.into_iter().map(|found| found.map(entry)).collect(),
                empty: sizes.map(|size| size.as_deref() == Some("0")).collect(),
            })
        })
    }

    fn keeps_sets(&self) -> bool {
        self.keeps_sets
    }

    fn members(&self, set: &str, from: u64, now: Timestamp) -> Result<Members, StoreError> {
        self.call("read from the cache", |entries| {
            let called = entries.call_method1(intern!(entries.py(), "members"), (set, from))?;
            let (next, found): (u64, Vec<(String, f64)>) = called.extract()?;
            Ok(Members::beyond(now, found, next))
        })
    }

    fn take_out(&self, set: &str, gone: &[Gone]) -> Result<bool, StoreError> {
        self.call("write to the cache", |entries| {
            let py = entries.py();
            let gone = gone
                .iter()
                .map(|gone| (&gone.member, &gone.key, &gone.text));
            let gone = PyList::new(py, gone.collect::<Vec<_>>())?;
            let called = entries.call_method1(intern!(py, "take_out"), (set, gone))?;
            Ok(called.extract::<u64>()? > 0)
        })
    }
}
