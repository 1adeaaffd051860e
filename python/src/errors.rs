//! A store's errors as Python knows them.

use axes_stores::{Decision, StoreError};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// The decision, and what the store's error is called in the log. What is no error but a wish to
/// end (`KeyboardInterrupt`, a worker's time-out) goes on to whoever waits for it.
pub(crate) fn told<T>(decision: Decision<T>) -> PyResult<(T, Option<String>)> {
    let Decision { decided, error } = decision;
    let Some(error) = error else {
        return Ok((decided, None));
    };
    let text = full_text(&error);
    let python = raised(error);
    Python::attach(|py| {
        if python
            .cause(py)
            .is_some_and(|cause| !cause.is_instance_of::<PyException>(py))
        {
            return Err(python.cause(py).unwrap_or(python));
        }
        Ok((decided, Some(text)))
    })
}

fn full_text(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error} ({source})"),
        None => error.to_string(),
    }
}

/// A store's error as Python raises it, with the database's own as its cause.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(crate) fn raised(error: StoreError) -> PyErr {
    Python::attach(|py| {
        let text = error.to_string();
        let cause = std::error::Error::source(&error)
            .and_then(|source| source.downcast_ref::<PyErr>())
            .map(|cause| cause.clone_ref(py));
        let class = py
            .import("axes.exceptions")
            .and_then(|it| it.getattr("AxesStoreError"));
        let raised = match class.and_then(|class| class.call1((text,))) {
            Ok(instance) => PyErr::from_value(instance),
            Err(error) => error,
        };
        raised.set_cause(py, cause);
        raised
    })
}
