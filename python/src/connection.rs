//! Django's database connection.

use axes_core::Timestamp;
use axes_stores::{Dialect, ErrorKind, SqlConnection, StoreError, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList, PyString, PyTuple};

/// An `axes.connection.Connection`, which runs statements where Django's database is.
pub(crate) struct DjangoConnection {
    object: Py<PyAny>,
    dialect: Dialect,
    returns_rows: bool,
}

impl DjangoConnection {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let vendor: String = object.getattr("vendor")?.extract()?;
        let dialect = match vendor.as_str() {
            "postgresql" => Dialect::Postgres,
            "mysql" => Dialect::Mysql,
            _ => Dialect::Sqlite,
        };
        Ok(Self {
            object: object.clone().unbind(),
            dialect,
            returns_rows: object.getattr("returns_rows")?.is_truthy()?,
        })
    }

    fn call<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T, StoreError> {
        Python::attach(|py| {
            let object = self.object.bind(py);
            work(object).map_err(|error| {
                let kind = kind(object, &error).unwrap_or(ErrorKind::Unavailable);
                StoreError::new(kind, operation).because(error)
            })
        })
    }
}

/// What kind of failure Django's exception stands for: the connection knows its drivers.
fn kind(object: &Bound<'_, PyAny>, error: &PyErr) -> PyResult<ErrorKind> {
    let name = object.call_method1("kind_of", (error.value(object.py()),))?;
    Ok(match name.extract::<&str>()? {
        "contended" => ErrorKind::Contended,
        "conflict" => ErrorKind::Conflict,
        _ => ErrorKind::Unavailable,
    })
}

impl SqlConnection for DjangoConnection {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn returns_rows(&self) -> bool {
        self.returns_rows
    }

    fn is_in_transaction(&self) -> bool {
        let asked = self.call("ask the database", |object| {
            object.getattr("in_transaction")?.is_truthy()
        });
        asked.unwrap_or(false)
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        self.call("read from the database", |object| {
            let arguments = (django_sql(sql), write_all(object, parameters)?);
            let rows = object.call_method1("query", arguments)?;
            rows.try_iter()?
                .map(|row| {
                    row?.try_iter()?
                        .map(|value| read(object, &value?))
                        .collect()
                })
                .collect()
        })
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        self.call("write to the database", |object| {
            let arguments = (django_sql(sql), write_all(object, parameters)?);
            let changed: i64 = object.call_method1("execute", arguments)?.extract()?;
            Ok(u64::try_from(changed).unwrap_or(0))
        })
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.call("begin a transaction", |object| {
            object.call_method0("begin").map(|_| ())
        })
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.call("commit a transaction", |object| {
            object.call_method0("commit").map(|_| ())
        })
    }

    fn roll_back(&self) {
        // What cannot be rolled back is rolled back by the database when the connection ends.
        let _ = self.call("roll back", |object| {
            object.call_method0("roll_back").map(|_| ())
        });
    }
}

/// `sql` with Django's placeholders.
fn django_sql(sql: &str) -> String {
    sql.replace('?', "%s")
}

fn write_all<'py>(
    object: &Bound<'py, PyAny>,
    parameters: &[Value],
) -> PyResult<Bound<'py, PyTuple>> {
    let values: Vec<Bound<'py, PyAny>> = parameters
        .iter()
        .map(|value| write(object, value))
        .collect::<PyResult<_>>()?;
    PyTuple::new(object.py(), values)
}

fn write<'py>(object: &Bound<'py, PyAny>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Int(number) => number.into_pyobject(py)?.into_any(),
        Value::Bool(switch) => PyBool::new(py, *switch).to_owned().into_any(),
        Value::Text(text) => PyString::new(py, text).into_any(),
        Value::Time(time) => object.call_method1("write_time", (time.as_millis(),))?,
        Value::Address(address) => object.call_method1("write_address", (address.to_string(),))?,
    })
}

fn read(object: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(switch) = value.cast::<PyBool>() {
        return Ok(Value::Bool(switch.is_true()));
    }
    if let Ok(number) = value.cast::<PyInt>() {
        return number.extract().map(Value::Int);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Value::Text(text.to_string_lossy().into_owned()));
    }
    // Everything else is for Python to name: a point in time, a number or a text.
    let named = object.call_method1("read_value", (value,))?;
    if let Ok(text) = named.cast::<PyString>() {
        return Ok(Value::Text(text.to_string_lossy().into_owned()));
    }
    if let Ok(number) = named.cast::<PyInt>() {
        return number.extract().map(Value::Int);
    }
    let millis = named.cast::<PyList>()?.get_item(0)?;
    millis
        .extract()
        .map(|millis| Value::Time(Timestamp::from_millis(millis)))
}
