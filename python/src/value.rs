//! Settings as Python holds them.

use axes_settings::{Preset, TABLE, Value};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyDelta, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple,
};

/// The default of every setting, by name. Deprecated settings have none.
#[pyfunction]
pub(crate) fn defaults(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let defaults = PyDict::new(py);
    for spec in TABLE {
        match spec.default {
            Some(Preset::Nothing) => defaults.set_item(spec.name, py.None())?,
            Some(Preset::Bool(switch)) => defaults.set_item(spec.name, switch)?,
            Some(Preset::Int(number)) => defaults.set_item(spec.name, number)?,
            Some(Preset::Text(text)) => defaults.set_item(spec.name, text)?,
            Some(Preset::Texts(texts)) => defaults.set_item(spec.name, texts.to_vec())?,
            None => {}
        }
    }
    Ok(defaults)
}

/// The names of the settings that are only understood for old settings files, with what replaced
/// them.
#[pyfunction]
pub(crate) fn deprecated() -> Vec<(&'static str, &'static str)> {
    TABLE
        .iter()
        .filter(|spec| spec.is_deprecated())
        .map(|spec| (spec.name, spec.about))
        .collect()
}

/// The value of a setting.
pub(crate) fn read(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    Ok(if object.is_none() {
        Value::None
    } else if let Ok(switch) = object.cast::<PyBool>() {
        Value::Bool(switch.is_true())
    } else if let Ok(number) = object.cast::<PyInt>() {
        number
            .extract()
            .map_or_else(|_| Value::Other("very large int".to_owned()), Value::Int)
    } else if let Ok(number) = object.cast::<PyFloat>() {
        Value::Float(number.extract()?)
    } else if let Ok(text) = object.cast::<PyString>() {
        Value::Text(text.to_string_lossy().into_owned())
    } else if let Ok(delta) = object.cast::<PyDelta>() {
        Value::Seconds(delta.call_method0("total_seconds")?.extract()?)
    } else if is_lazy(object) {
        Value::Text(object.str()?.to_string_lossy().into_owned())
    } else if object.hasattr("failures")? && object.hasattr("cooloff")? {
        let failures = read(&object.getattr("failures")?)?;
        Value::Tier(
            Box::new(failures),
            Box::new(read(&object.getattr("cooloff")?)?),
        )
    } else if is_collection(object) {
        let items = object
            .try_iter()?
            .map(|item| read(&item?))
            .collect::<PyResult<_>>()?;
        Value::List(items)
    } else if object.is_callable() {
        Value::Callable
    } else {
        Value::Other(object.get_type().name()?.to_string_lossy().into_owned())
    })
}

fn is_collection(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyList>()
        || object.is_instance_of::<PyTuple>()
        || object.is_instance_of::<PySet>()
        || object.is_instance_of::<PyFrozenSet>()
}

/// Whether it is one of Django's lazy texts, such as a translation.
fn is_lazy(object: &Bound<'_, PyAny>) -> bool {
    let promise = object
        .py()
        .import("django.utils.functional")
        .and_then(|it| it.getattr("Promise"));
    promise.is_ok_and(|promise| object.is_instance(&promise).unwrap_or(false))
}
