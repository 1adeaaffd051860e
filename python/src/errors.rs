//! A store's errors as Python knows them.

use axes_stores::{Decision, StoreError};
use pyo3::exceptions::{PyException, PyRuntimeError};
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
        let cause =
            std::error::Error::source(&error).map(|source| match source.downcast_ref::<PyErr>() {
                Some(cause) => cause.clone_ref(py),
                // Of a store that is none of Django's.
                None => PyRuntimeError::new_err(source.to_string()),
            });
        let raised = instance(py, "axes.exceptions", "AxesStoreError", &text);
        raised.set_cause(py, cause);
        raised
    })
}

/// What Django raises where settings cannot work.
pub(crate) fn improper(py: Python<'_>, text: &str) -> PyErr {
    instance(py, "django.core.exceptions", "ImproperlyConfigured", text)
}

fn instance(py: Python<'_>, module: &str, class: &str, text: &str) -> PyErr {
    let class = py.import(module).and_then(|module| module.getattr(class));
    match class.and_then(|class| class.call1((text,))) {
        Ok(instance) => PyErr::from_value(instance),
        Err(error) => error,
    }
}
