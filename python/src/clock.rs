//! Django's time.

use std::time::Duration;

use axes_core::Timestamp;
use pyo3::intern;
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
    let now = py
        .import(intern!(py, "django.utils.timezone"))?
        .call_method0(intern!(py, "now"))?;
    let seconds = now.call_method0(intern!(py, "timestamp"))?.extract()?;
    // A float of today tells microseconds, not exactly.
    let since_epoch = Duration::try_from_secs_f64(seconds)
        .unwrap_or_default()
        .saturating_add(Duration::from_nanos(500));
    let millis = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    Ok(Timestamp::from_millis(millis))
}
