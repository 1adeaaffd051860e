//! What the engine answers.

use axes_core::{Event, Level};
use pyo3::prelude::*;

/// Log lines: Python's level, and the text that stands before the client.
pub(crate) type Lines = Vec<(u8, String)>;

pub(crate) fn lines(events: &[Event]) -> Lines {
    let level = |event: &Event| match event.level() {
        Level::Info => 20,
        Level::Warning => 30,
        Level::Error => 40,
    };
    events
        .iter()
        .map(|event| (level(event), event.to_string()))
        .collect()
}

/// The right to check one password now.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Permit {
    pub(crate) inner: axes_core::Permit,
}

#[pymethods]
impl Permit {
    /// Whether the attempt is exempt: nothing is counted.
    #[getter]
    fn exempt(&self) -> bool {
        self.inner.is_exempt()
    }
}

/// Why an attempt is refused.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Refusal {
    pub(crate) inner: axes_core::Refusal,
}

#[pymethods]
impl Refusal {
    /// The refusal of a host that does not allow the attempt.
    #[staticmethod]
    fn not_allowed() -> Self {
        let reason = axes_core::Reason::NotAllowed;
        Self {
            inner: axes_core::Refusal::of(reason, None),
        }
    }

    /// `locked_out`, `denylisted`, `not_allowlisted`, `banned`, `not_allowed`, `busy` or
    /// `store_unavailable`.
    #[getter]
    fn reason(&self) -> &'static str {
        self.inner.reason.name()
    }

    /// Whether a person decided so, and no failures: by a list of addresses, or by a ban.
    #[getter]
    fn denied(&self) -> bool {
        self.inner.reason.is_denial()
    }

    /// Whether nothing could be decided yet, so that trying again soon makes sense.
    #[getter]
    fn undecided(&self) -> bool {
        self.inner.reason.is_undecided()
    }

    /// The seconds until another attempt makes sense, rounded up; None when only a person can help.
    #[getter]
    fn retry_after(&self) -> Option<u64> {
        let left = self.inner.retry_after?;
        u64::try_from(left.as_millis().div_ceil(1000)).ok()
    }

    /// The failures counted in the scope that refuses.
    #[getter]
    fn failures(&self) -> u32 {
        self.inner.failures
    }

    /// The failure limit.
    #[getter]
    fn limit(&self) -> u32 {
        self.inner.limit
    }

    /// Whether this is the first that anybody hears of the lockout.
    #[getter]
    fn newly_locked(&self) -> bool {
        self.inner.newly_locked
    }

    /// The scope that refuses, such as `username+ip_address`.
    #[getter]
    fn scope(&self) -> Option<String> {
        self.inner.scope.map(|scope| scope.to_string())
    }

    /// The seconds of the cool-off that holds there.
    #[getter]
    fn cool_off(&self) -> Option<f64> {
        self.inner.cool_off.map(|cool_off| cool_off.as_secs_f64())
    }

    /// Log lines about it.
    #[getter]
    fn lines(&self) -> Lines {
        lines(&Event::of_refusal(&self.inner))
    }
}

/// What came of a settled attempt.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Report {
    pub(crate) inner: axes_core::Report,
    pub(crate) exempt: bool,
}

#[pymethods]
impl Report {
    /// The highest number of failures in any scope of the attempt.
    #[getter]
    fn failures(&self) -> u32 {
        self.inner.failures
    }

    /// The failure limit.
    #[getter]
    fn limit(&self) -> u32 {
        self.inner.limit
    }

    /// The lockout that the attempt is in now, if any.
    #[getter]
    fn refusal(&self) -> Option<Refusal> {
        self.inner.refusal.clone().map(|inner| Refusal { inner })
    }

    /// Log lines about a failure.
    #[getter]
    fn lines(&self) -> Lines {
        lines(&Event::of_failure(&self.inner, self.exempt))
    }
}
