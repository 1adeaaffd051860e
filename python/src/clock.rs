//! Django's time.

use std::time::Duration;

use axes_core::Timestamp;
use pyo3::prelude::*;

/// The clock that Django reads, so that a test that stops Django's time stops ours.
#[derive(Clone, Copy)]
pub(crate) struct DjangoClock;

impl axes_stores::Clock for DjangoClock {
    fn now(&self) -> Timestamp {
        // A clock that raises tells a time at which every lockout still holds.
        Python::attach(|py| read(py).unwrap_or(Timestamp::EPOCH))
    }

    fn sleep(&self, pause: Duration) {
        let slept = Python::attach(|py| {
            let seconds = (pause.as_secs_f64(),);
            py.import("axes.clock")?
                .call_method1("sleep", seconds)
                .map(|_| ())
        });
        // Whatever kept Python from sleeping, this must not become a busy loop.
        if slept.is_err() {
            Python::attach(|py| py.detach(|| std::thread::sleep(pause)));
        }
    }
}

fn read(py: Python<'_>) -> PyResult<Timestamp> {
    timestamp(
        &py.import("axes.clock")?
            .call_method0("now_in_milliseconds")?,
    )
}

pub(crate) fn timestamp(object: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    object.extract().map(Timestamp::from_millis)
}
