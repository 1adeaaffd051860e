//! A store that many threads use, where each has a connection of its own.

use std::sync::{Arc, Mutex, PoisonError};

use axes_core::{Batch, Reply, Timestamp};
use axes_stores::{ErrorKind, Store, StoreError};
use pyo3::exceptions::PyRuntimeError;
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

impl Store for ThreadedStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let answer = Arc::default();
        let work = Kept {
            batch: batch.clone(),
            now,
            answer: Arc::clone(&answer),
        };
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

fn failed() -> StoreError {
    StoreError::new(ErrorKind::Corrupt, "work in a thread of Python")
}

type Answer = Arc<Mutex<Option<Result<Vec<Reply>, StoreError>>>>;

/// A batch for a thread of Python: to be called with a connection of that thread.
#[pyclass(module = "axes_conformance", frozen)]
pub(crate) struct Kept {
    batch: Batch,
    now: Timestamp,
    answer: Answer,
}

#[pymethods]
impl Kept {
    fn __call__(&self, connection: &Bound<'_, PyAny>) -> PyResult<()> {
        let store = DjangoStore::of(connection, false, &Arc::default())?;
        let answer = store.execute(&self.batch, self.now);
        let mut kept = self
            .answer
            .lock()
            .map_err(|_| PyRuntimeError::new_err("another thread has panicked"))?;
        *kept = Some(answer);
        Ok(())
    }
}
