//! A store that many threads use, where each has a connection of its own.

use std::sync::{Arc, Mutex, PoisonError};

use axes_core::{Ban, Banned, Batch, Reply, Timestamp};
use axes_stores::{Bans, ErrorKind, Store, StoreError};
use pyo3::prelude::*;

use crate::store::DjangoStore;

/// The store behind what a `backend` of Python keeps.
///
/// Django has a connection for each thread of Python, and a thread of Rust is another one whenever it
/// comes to Python: so each has one there that does its work.
pub(crate) struct ThreadedStore {
    backend: Arc<Py<PyAny>>,
}

impl ThreadedStore {
    pub(crate) const fn new(backend: Arc<Py<PyAny>>) -> Self {
        Self { backend }
    }
}

impl ThreadedStore {
    /// What `work` comes to in a thread of Python, with the store of that thread.
    fn ask<T: Send + 'static>(
        &self,
        work: impl Fn(&DjangoStore) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let answer: Arc<Mutex<Option<Result<T, StoreError>>>> = Arc::default();
        let given = Arc::clone(&answer);
        let work = Kept(Box::new(move |store| {
            *given.lock().unwrap_or_else(PoisonError::into_inner) = Some(work(store));
        }));
        let thread = format!("{:?}", std::thread::current().id());
        Python::attach(|py| {
            let work = Py::new(py, work)?;
            self.backend
                .call_method1(py, "run", (thread, work))
                .map(|_| ())
        })
        .map_err(|error| failed().because(error))?;
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.take().unwrap_or_else(|| Err(failed()))
    }
}

impl Store for ThreadedStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let batch = batch.clone();
        self.ask(move |store| store.execute(&batch, now))
    }
}

impl Bans for ThreadedStore {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let ban = ban.clone();
        self.ask(move |store| store.ban(&ban))
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        let target = target.clone();
        self.ask(move |store| store.unban(&target))
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        self.ask(move |store| store.bans(now))
    }
}

fn failed() -> StoreError {
    StoreError::new(ErrorKind::Corrupt, "work in a thread of Python")
}

/// Work for a thread of Python: to be called with a connection of that thread.
#[pyclass(module = "axes_conformance", frozen)]
pub(crate) struct Kept(Box<dyn Fn(&DjangoStore) + Send + Sync>);

#[pymethods]
impl Kept {
    fn __call__(&self, connection: &Bound<'_, PyAny>) -> PyResult<()> {
        (self.0)(&DjangoStore::of(connection, false, &Arc::default())?);
        Ok(())
    }
}
