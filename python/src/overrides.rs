//! What the site's own callables say.

use axes_core::Overrides;
use axes_settings::{parse_cool_off, parse_limit, parse_scopes};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::value;

/// What the site's own callables say about one attempt.
pub(crate) fn read_overrides(given: &Bound<'_, PyDict>) -> PyResult<Overrides> {
    let mut overrides = Overrides::default();
    for (name, object) in given {
        let name: String = name.extract()?;
        let value = value::read(&object)?;
        let wrong = || PyValueError::new_err(format!("{name} returned {value}"));
        match name.as_str() {
            // Methods of the handler that a site has overridden.
            "is_allowed" => overrides.rulings.allowed = Some(object.is_truthy()?),
            "is_blacklisted" => overrides.rulings.denied = Some(object.is_truthy()?),
            "is_whitelisted" => overrides.rulings.exempt = Some(object.is_truthy()?),
            "is_locked" => overrides.rulings.locked_out = Some(object.is_truthy()?),
            "get_failures" => {
                let failures: i64 = object.extract().map_err(|_| wrong())?;
                let failures = u32::try_from(failures.max(0)).unwrap_or(u32::MAX);
                overrides.rulings.failures = Some(failures);
            }
            "not_applicable" => overrides.not_applicable = object.is_truthy()?,
            "exempt" => overrides.exempt = object.is_truthy()?,
            "limit" => overrides.limit = Some(parse_limit(&value).ok_or_else(wrong)?),
            "cool_off" => overrides.cool_off = Some(parse_cool_off(&value).ok_or_else(wrong)?),
            "scopes" => {
                let scopes = parse_scopes(&value).map_err(|error| {
                    PyValueError::new_err(format!("AXES_LOCKOUT_PARAMETERS: {error}"))
                })?;
                overrides.scopes = Some(scopes);
            }
            _ => return Err(PyValueError::new_err(format!("unknown override {name:?}"))),
        }
    }
    Ok(overrides)
}
