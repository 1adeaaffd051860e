//! Bans, for people who enter and lift them.

use axes_core::{Banned, BannedError, Heed, Timestamp, parse_forwarded_address};
use axes_stores::{Bans as _, Clock as _};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::attempt;
use crate::clock::DjangoClock;
use crate::engine::Engine;
use crate::errors::raised;

/// The columns of a ban: the target, and the username or the network.
type Columns = (String, Option<String>, Option<String>);

/// A ban that holds.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Ban {
    inner: axes_core::Ban,
}

#[pymethods]
impl Ban {
    /// The username that is banned, as it is counted.
    #[getter]
    fn username(&self) -> Option<String> {
        columns(&self.inner.target).1
    }

    /// The network that is banned.
    #[getter]
    fn network(&self) -> Option<String> {
        columns(&self.inner.target).2
    }

    /// Why.
    #[getter]
    fn reason(&self) -> &str {
        &self.inner.reason
    }

    /// Who entered it.
    #[getter]
    fn author(&self) -> &str {
        &self.inner.author
    }

    /// When it was entered, in milliseconds since 1970.
    #[getter]
    fn since(&self) -> i64 {
        self.inner.since.as_millis()
    }

    /// When it ends by itself, in milliseconds since 1970; None: only when it is lifted.
    #[getter]
    fn until(&self) -> Option<i64> {
        let until = Some(self.inner.until).filter(|until| *until != Timestamp::NEVER);
        until.map(Timestamp::as_millis)
    }
}

/// What is kept of a ban of `username` or of `network`, one of which is None or empty.
#[pyfunction]
#[pyo3(signature = (*, username, network))]
pub(crate) fn banned(username: &Bound<'_, PyAny>, network: &Bound<'_, PyAny>) -> PyResult<Columns> {
    Ok(columns(&target(username, network)?))
}

/// What is wrong with `network` as one to ban: None: nothing; 0: it is none; otherwise it is too large,
/// and this is the prefix of the largest.
#[pyfunction]
pub(crate) fn wrong_network(network: &str) -> Option<u8> {
    match Banned::network(network) {
        Ok(_) => None,
        Err(BannedError::NotANetwork(_)) => Some(0),
        Err(BannedError::TooLarge(widest)) => Some(widest),
    }
}

/// Bans, until a time in milliseconds since 1970 or until somebody lifts it; returns the log line.
#[pyfunction]
#[pyo3(signature = (engine, store, *, username, network, reason, author, until))]
pub(crate) fn ban(
    engine: &Engine,
    store: &Bound<'_, PyAny>,
    username: &Bound<'_, PyAny>,
    network: &Bound<'_, PyAny>,
    reason: String,
    author: String,
    until: Option<i64>,
) -> PyResult<String> {
    let ban = axes_core::Ban {
        target: target(username, network)?,
        reason,
        author,
        since: DjangoClock.now(),
        until: until.map_or(Timestamp::NEVER, Timestamp::from_millis),
    };
    engine.driver(store)?.store.ban(&ban).map_err(raised)?;
    Ok(ban.entered(&engine.redactor))
}

/// The log line of somebody who has entered a ban by other means.
#[pyfunction]
#[pyo3(signature = (engine, *, username, network, reason, author, until))]
pub(crate) fn entered_line(
    engine: &Engine,
    username: &Bound<'_, PyAny>,
    network: &Bound<'_, PyAny>,
    reason: String,
    author: String,
    until: Option<i64>,
) -> PyResult<String> {
    let ban = axes_core::Ban {
        target: target(username, network)?,
        reason,
        author,
        since: DjangoClock.now(),
        until: until.map_or(Timestamp::NEVER, Timestamp::from_millis),
    };
    Ok(ban.entered(&engine.redactor))
}

/// The log line of somebody who has lifted a ban by other means.
#[pyfunction]
#[pyo3(signature = (engine, *, username, network, by))]
pub(crate) fn unbanned_line(
    engine: &Engine,
    username: &Bound<'_, PyAny>,
    network: &Bound<'_, PyAny>,
    by: &str,
) -> PyResult<String> {
    Ok(target(username, network)?.lifted(&engine.redactor, by))
}

/// The targets of all bans that attempts from `address` can be refused for; none where it is no address.
#[pyfunction]
pub(crate) fn targets_of(address: &str) -> Vec<String> {
    let heed = Heed {
        username: None,
        address: parse_forwarded_address(address.trim()),
    };
    heed.targets().map(|target| target.key()).collect()
}

/// Lifts a ban; returns the log line, or None where there is no such ban.
#[pyfunction]
#[pyo3(signature = (engine, store, *, username, network, by))]
pub(crate) fn unban(
    engine: &Engine,
    store: &Bound<'_, PyAny>,
    username: &Bound<'_, PyAny>,
    network: &Bound<'_, PyAny>,
    by: &str,
) -> PyResult<Option<String>> {
    let target = target(username, network)?;
    let lifted = engine.driver(store)?.store.unban(&target).map_err(raised)?;
    Ok(lifted.then(|| target.lifted(&engine.redactor, by)))
}

/// The bans that hold now, the newest first.
#[pyfunction]
pub(crate) fn bans(engine: &Engine, store: &Bound<'_, PyAny>) -> PyResult<Vec<Ban>> {
    let bans = engine
        .driver(store)?
        .store
        .bans(DjangoClock.now())
        .map_err(raised)?;
    Ok(bans.into_iter().map(|inner| Ban { inner }).collect())
}

fn target(username: &Bound<'_, PyAny>, network: &Bound<'_, PyAny>) -> PyResult<Banned> {
    let given = |object| attempt::text(object).filter(|text| !text.trim().is_empty());
    match (given(username), given(network)) {
        (Some(username), None) => Banned::username(&username)
            .ok_or_else(|| PyValueError::new_err("nothing is left of this username")),
        (None, Some(network)) => {
            Banned::network(&network).map_err(|error| PyValueError::new_err(error.to_string()))
        }
        _ => Err(PyValueError::new_err(
            "a ban is either of a username or of a network",
        )),
    }
}

fn columns(target: &Banned) -> Columns {
    let (username, network) = match target {
        Banned::Username(username) => (Some(username.clone()), None),
        Banned::Network(network) => (None, Some(network.to_string())),
    };
    (target.key(), username, network)
}
