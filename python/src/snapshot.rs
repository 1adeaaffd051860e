//! Noticing that a setting has changed.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PyModule, PySet, PyString, PyTuple};

/// What settings were at one moment, to ask whether they still are.
///
/// Settings are read when they are used, so this is asked several times for each attempt.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Snapshot {
    /// The dictionary of Django's `settings`, which names the object behind it.
    own: Py<PyDict>,
    seen: Vec<(Py<PyString>, Option<Seen>)>,
}

/// A value as it was.
enum Seen {
    /// One that does not change in place, as far as anybody can tell.
    Whole(Py<PyAny>),
    /// A list, a tuple or a set, with what was in it.
    Items(Py<PyAny>, Vec<Self>),
}

#[pymethods]
impl Snapshot {
    /// The attributes `names` of Django's `settings`, present or absent.
    #[new]
    fn new(settings: &Bound<'_, PyAny>, names: Vec<Bound<'_, PyString>>) -> PyResult<Self> {
        let own = settings
            .getattr(intern!(settings.py(), "__dict__"))?
            .cast_into::<PyDict>()?;
        let source = Source::of(settings, &own)?;
        let see = |name: Bound<'_, PyString>| {
            let value = source.get(&name)?;
            let seen = value.map(|value| Seen::new(&value)).transpose()?;
            Ok((name.unbind(), seen))
        };
        Ok(Self {
            seen: names.into_iter().map(see).collect::<PyResult<_>>()?,
            own: own.unbind(),
        })
    }

    /// Whether all of them are in `settings` what they were.
    fn holds(&self, settings: &Bound<'_, PyAny>) -> PyResult<bool> {
        let source = Source::of(settings, self.own.bind(settings.py()))?;
        for (name, seen) in &self.seen {
            let same = match (source.get(name.bind(settings.py()))?, seen) {
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

/// Where settings are read.
enum Source<'py> {
    /// Django's own objects, the one that is asked first first. Their dictionaries answer many times
    /// faster than they do themselves, above all that there is no such setting.
    Layers(Vec<Bound<'py, PyDict>>),
    /// Anything else that a site has put there.
    Object(Bound<'py, PyAny>),
}

impl<'py> Source<'py> {
    fn of(settings: &Bound<'py, PyAny>, own: &Bound<'py, PyDict>) -> PyResult<Self> {
        let py = settings.py();
        let mut layers = Vec::new();
        // Asking Django's own object would run code.
        let mut layer = match own.get_item(intern!(py, "_wrapped"))? {
            Some(layer) => layer,
            None => settings.getattr(intern!(py, "_wrapped"))?,
        };
        loop {
            let kind = layer.get_type();
            let module = kind.getattr(intern!(py, "__module__"))?;
            let name = kind.name()?;
            let is_module = layer.is_instance_of::<PyModule>();
            let is_django = module.eq(intern!(py, "django.conf"))?;
            let is_holder = is_django && name == "UserSettingsHolder";
            let is_known = is_module || is_holder || is_django && name == "Settings";
            if !is_known {
                return Ok(Self::Object(settings.clone()));
            }
            let own = layer.getattr(intern!(py, "__dict__"))?.cast_into()?;
            layers.push(own);
            if !is_holder {
                return Ok(Self::Layers(layers));
            }
            // What is deleted here is still there below.
            if layer.getattr(intern!(py, "_deleted"))?.len()? > 0 {
                return Ok(Self::Object(settings.clone()));
            }
            layer = layer.getattr(intern!(py, "default_settings"))?;
        }
    }

    fn get(&self, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::Object(settings) => settings.getattr_opt(name),
            Self::Layers(layers) => {
                for layer in layers {
                    if let Some(value) = layer.get_item(name)? {
                        return Ok(Some(value));
                    }
                }
                Ok(None)
            }
        }
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
