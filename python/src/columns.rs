//! The columns by which Django's own queries find the records of an attempt.

use std::collections::BTreeMap;

use axes_core::{Parameter, Selector};
use axes_stores::RecordIdentity;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::attempt::Attempt;
use crate::engine::{Engine, read_address};
use crate::lockouts::Lockout;
use crate::overrides::read_overrides;

type Columns = BTreeMap<&'static str, Option<String>>;

/// The columns, with their values, of the records that count where `attempt` counts: one filter for
/// each scope.
#[pyfunction]
pub(crate) fn columns_of_scopes(
    engine: &Engine,
    attempt: &Attempt,
    overrides: &Bound<'_, PyDict>,
) -> PyResult<Vec<Columns>> {
    let overrides = read_overrides(overrides)?;
    let policy = engine.inner.policy();
    let parts = engine.inner.parts(&attempt.inner);
    let [username, network, agent] = RecordIdentity::columns(&parts);
    let column = |parameter: Parameter| {
        let value = match parameter {
            Parameter::Username => username.clone(),
            Parameter::IpAddress => network.clone(),
            Parameter::UserAgent => agent.clone(),
        };
        (column_of(parameter), value)
    };
    let scopes = policy.scopes(&overrides).iter();
    Ok(scopes
        .map(|scope| scope.parameters().map(column).collect())
        .collect())
}

/// The column that holds what `parameter` counts on.
pub(crate) const fn column_of(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Username => "username_key",
        Parameter::IpAddress => "network",
        Parameter::UserAgent => "agent_key",
    }
}

/// The column, with its value, of the one record of `attempt`.
#[pyfunction]
pub(crate) fn columns_of_record(engine: &Engine, attempt: &Attempt) -> Columns {
    let parts = engine.inner.parts(&attempt.inner);
    let record = attempt.inner.record(parts, axes_core::Timestamp::EPOCH);
    BTreeMap::from([("record_key", Some(record.key().to_string()))])
}

/// The columns, with their values, of the records that a reset of these values is about.
#[pyfunction]
#[pyo3(signature = (engine, *, username, ip_address))]
pub(crate) fn columns_of_reset(
    engine: &Engine,
    username: &Bound<'_, PyAny>,
    ip_address: &Bound<'_, PyAny>,
) -> PyResult<Columns> {
    let username = crate::attempt::text(username);
    let address = read_address(ip_address)?;
    let prefix = engine.inner.policy().ipv6_prefix;
    let selector = Selector::new(username.as_deref(), address, prefix);
    let [username, network, _] = RecordIdentity::columns(&selector.parts());
    let given = [("username_key", username), ("network", network)];
    Ok(given
        .into_iter()
        .filter(|(_, value)| value.is_some())
        .collect())
}

/// The columns, with their values, of the records that lifting `lockout` deletes.
#[pyfunction]
pub(crate) fn columns_of_lockout(lockout: &Lockout) -> Columns {
    let [username, network, agent] = RecordIdentity::columns(&lockout.inner.parts);
    let all = [
        ("username_key", username),
        ("network", network),
        ("agent_key", agent),
    ];
    all.into_iter()
        .filter(|(_, value)| value.is_some())
        .collect()
}
