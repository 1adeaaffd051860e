//! Who is locked out, for people who may let them in again.

use axes_core::{Judge, Overrides, Parameter, Scope, ScopeKey};
use axes_stores::{Clock as _, Page, Wanted};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::answers::Refusal;
use crate::attempt::Attempt;
use crate::clock::DjangoClock;
use crate::columns::column_of;
use crate::engine::Engine;
use crate::errors::{raised, told};

/// Failures, refusals and failures that are left, one for each attempt.
type Seen = Vec<(u32, Option<Refusal>, Option<u32>)>;

/// Somebody who is locked out now.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Lockout {
    pub(crate) inner: axes_core::Lockout,
}

#[pymethods]
impl Lockout {
    /// What names it: 64 hexadecimal digits.
    #[getter]
    fn scope_key(&self) -> String {
        self.inner.key.to_string()
    }

    /// What it counts on, such as `username+ip_address`.
    #[getter]
    fn scope(&self) -> String {
        self.inner.scope.to_string()
    }

    /// Whom it locks out: lockout parameters with their values, as far as they can be shown.
    #[getter]
    fn values(&self) -> Vec<(&'static str, String)> {
        self.inner.values()
    }

    /// The failures that are counted.
    #[getter]
    fn failures(&self) -> u32 {
        self.inner.failures
    }

    /// How many lead to a lockout; None where the site's own code decides.
    #[getter]
    fn limit(&self) -> Option<u32> {
        self.inner.limit
    }

    /// When it began, in milliseconds since 1970.
    #[getter]
    fn since(&self) -> i64 {
        self.inner.since.as_millis()
    }

    /// When it ends by itself, in milliseconds since 1970; None: only by a reset.
    #[getter]
    fn until(&self) -> Option<i64> {
        self.inner.until.map(axes_core::Timestamp::as_millis)
    }

    /// Why attempts would be refused without it too: `denylisted`, `not_allowlisted` or None.
    #[getter]
    fn refused_anyway(&self) -> Option<&'static str> {
        self.inner.refused_anyway.map(axes_core::Reason::name)
    }
}

/// The lockouts from `start` to `stop` of those that `search` finds, and how many there are.
#[pyfunction]
#[pyo3(signature = (engine, store, *, search, start, stop))]
pub(crate) fn lockouts(
    engine: &Engine,
    store: &Bound<'_, PyAny>,
    search: &str,
    start: usize,
    stop: usize,
) -> PyResult<(Vec<Lockout>, u64)> {
    let by_code = engine.settings.by_code();
    let page = engine
        .driver(store)?
        .lockouts(by_code, Wanted::typed(search), start, stop)
        .map_err(raised)?;
    Ok(read(page))
}

/// Those of the lockouts `scope_keys` that still hold.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands lists over by value"
)]
pub(crate) fn lockouts_of(
    engine: &Engine,
    store: &Bound<'_, PyAny>,
    scope_keys: Vec<String>,
) -> PyResult<Vec<Lockout>> {
    let keys: Vec<ScopeKey> = scope_keys
        .iter()
        .map(|key| key_of(key))
        .collect::<PyResult<_>>()?;
    let stop = keys.len();
    let page = engine
        .driver(store)?
        .lockouts(engine.settings.by_code(), Wanted::Keys(keys), 0, stop)
        .map_err(raised)?;
    Ok(read(page).0)
}

/// Forgets what keeps `lockout` up; False when it was over already.
#[pyfunction]
pub(crate) fn unlock(
    engine: &Engine,
    store: &Bound<'_, PyAny>,
    lockout: &Lockout,
) -> PyResult<bool> {
    let by_code = engine.settings.by_code();
    engine
        .driver(store)?
        .unlock(by_code, lockout.inner.key)
        .map_err(raised)
}

/// For each scope in use, what Django's `filter` takes to find the tallies that are locked out, and the
/// columns that their records have in common with them. For tallies that are stored and have no
/// permits in flight: what filters of other tables use where lockouts are too many to name.
#[pyfunction]
pub(crate) fn filters_of_lockouts<'py>(
    engine: &Engine,
    py: Python<'py>,
) -> PyResult<Vec<(Bound<'py, PyDict>, Vec<&'static str>)>> {
    let judge = judge(engine);
    if !judge.locks_out() {
        return Ok(Vec::new());
    }
    let now = DjangoClock.now().as_millis();
    let every = every_scope();
    let filter = |scope: &Scope| {
        let filter = PyDict::new(py);
        filter.set_item("scope", scope.to_string())?;
        filter.set_item("failures__gte", judge.least())?;
        filter.set_item("expires_at__gt", now)?;
        if judge.limit().is_none() {
            filter.set_item("locked_since__isnull", false)?;
        }
        // All three columns are told, so that there is one entry of an index to find.
        for parameter in Parameter::ALL {
            if !scope.has(parameter) {
                filter.set_item(format!("{}__isnull", column_of(parameter)), true)?;
            }
        }
        Ok((filter, scope.parameters().map(column_of).collect()))
    };
    judge
        .scopes()
        .unwrap_or(&every)
        .iter()
        .map(filter)
        .collect()
}

/// Every scope that there can be.
fn every_scope() -> Vec<Scope> {
    let chosen = |bits: u8| {
        let all = Parameter::ALL.into_iter().enumerate();
        all.filter(move |(index, _)| bits & (1 << index) != 0)
    };
    (1..8)
        .filter_map(|bits| Scope::of(chosen(bits).map(|(_, parameter)| parameter)))
        .collect()
}

/// The log line of somebody who lifted `lockout`.
#[pyfunction]
pub(crate) fn lifted_line(engine: &Engine, lockout: &Lockout, by: &str, reason: &str) -> String {
    lockout.inner.lifted(&engine.redactor, by, reason)
}

/// A reason as it is kept: one bounded line; empty when nothing is left.
#[pyfunction]
pub(crate) fn clean_reason(text: &str) -> String {
    axes_core::clean_reason(text)
}

/// Whether the policy locks anybody out at all.
#[pyfunction]
pub(crate) fn locks_out(engine: &Engine) -> bool {
    judge(engine).locks_out()
}

/// Where each of `attempts` stands, with one look at the store for all: its failures, the refusal that
/// it would meet, and how many failures are left, where that can be told.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands lists over by value"
)]
pub(crate) fn peek_many(
    engine: &Engine,
    store: &Bound<'_, PyAny>,
    attempts: Vec<PyRef<'_, Attempt>>,
) -> PyResult<(Seen, Option<String>)> {
    let attempts: Vec<_> = attempts
        .iter()
        .map(|attempt| attempt.inner.clone())
        .collect();
    let decision = engine
        .driver(store)?
        .peek_many(&attempts, &Overrides::default());
    let (seen, error) = told(decision)?;
    let judge = judge(engine);
    let seen = seen.into_iter().map(|(failures, refusal)| {
        let left = judge.left(failures).filter(|_| refusal.is_none());
        (failures, refusal.map(|inner| Refusal { inner }), left)
    });
    Ok((seen.collect(), error))
}

fn judge(engine: &Engine) -> Judge<'_> {
    Judge::new(engine.inner.policy(), engine.settings.by_code())
}

fn read(page: Page) -> (Vec<Lockout>, u64) {
    let lockouts = page.lockouts.into_iter().map(|inner| Lockout { inner });
    (lockouts.collect(), page.total)
}

fn key_of(text: &str) -> PyResult<ScopeKey> {
    let wrong = || PyValueError::new_err("not a scope key: use 64 hexadecimal digits");
    ScopeKey::from_hex(text).ok_or_else(wrong)
}
