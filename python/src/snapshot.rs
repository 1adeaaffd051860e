//! Noticing that a setting has changed.

use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PySet, PyString, PyTuple};

/// What settings were at one moment, to ask whether they still are.
///
/// Settings are read when they are used, so this is asked several times for each attempt.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Snapshot(Vec<(Py<PyString>, Option<Seen>)>);

/// A value as it was.
enum Seen {
    /// One that does not change in place, as far as anybody can tell.
    Whole(Py<PyAny>),
    /// A list, a tuple or a set, with what was in it.
    Items(Py<PyAny>, Vec<Self>),
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands lists over by value"
)]
#[pymethods]
impl Snapshot {
    /// The attributes `names` of `settings`, present or absent.
    #[new]
    fn new(settings: &Bound<'_, PyAny>, names: Vec<Bound<'_, PyString>>) -> PyResult<Self> {
        let see = |name: Bound<'_, PyString>| {
            let value = settings.getattr_opt(&name)?;
            Ok((
                name.unbind(),
                value.map(|value| Seen::new(&value)).transpose()?,
            ))
        };
        names
            .into_iter()
            .map(see)
            .collect::<PyResult<_>>()
            .map(Self)
    }

    /// Whether all of them are in `settings` what they were.
    fn holds(&self, settings: &Bound<'_, PyAny>) -> PyResult<bool> {
        for (name, seen) in &self.0 {
            let same = match (settings.getattr_opt(name.bind(settings.py()))?, seen) {
                (None, None) => true,
                (Some(value), Some(seen)) => seen.is_still(&value)?,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Seen {
    fn new(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !is_collection(value) {
            return Ok(Self::Whole(value.clone().unbind()));
        }
        let items = value.try_iter()?.map(|item| Self::new(&item?));
        let items = items.collect::<PyResult<_>>()?;
        Ok(Self::Items(value.get_type().into_any().unbind(), items))
    }

    fn is_still(&self, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match self {
            // What equals is the same only if it is of the same type: `True` equals `1`.
            Self::Whole(seen) => {
                let seen = seen.bind(value.py());
                Ok(seen.is(value) || seen.get_type().is(value.get_type()) && seen.eq(value)?)
            }
            Self::Items(kind, items) => {
                if !value.get_type().is(kind.bind(value.py())) || value.len()? != items.len() {
                    return Ok(false);
                }
                for (item, seen) in value.try_iter()?.zip(items) {
                    if !seen.is_still(&item?)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }
}

fn is_collection(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>()
}
