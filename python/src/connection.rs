//! Django's database connection.

use axes_core::Timestamp;
use axes_stores::{Dialect, ErrorKind, SqlConnection, StoreError, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList, PyString, PyTuple};

/// An `axes.connection.Connection`, which runs statements where Django's database is.
pub(crate) struct DjangoConnection {
    object: Py<PyAny>,
    dialect: Dialect,
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
        })
    }

    /// `sql` and its parameters as Python takes them.
    fn statement<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        sql: &str,
        parameters: &[Value],
    ) -> PyResult<(String, Bound<'py, PyTuple>)> {
        // SQLite remembers what it has prepared by its text. To the others each parameter is one more
        // that Python has to write into the text, and a number needs no care.
        let inline = self.dialect != Dialect::Sqlite;
        let mut text = String::with_capacity(sql.len().saturating_mul(2));
        let mut written = Writer::new(object);
        let mut parameters = parameters.iter();
        for piece in sql.split_inclusive('?') {
            match (piece.strip_suffix('?'), parameters.next()) {
                (Some(before), Some(Value::Int(number))) if inline => {
                    text.push_str(before);
                    text.push_str(&number.to_string());
                }
                (_, parameter) => {
                    text.push_str(piece);
                    written.extend(parameter)?;
                }
            }
        }
        Ok((text, written.finish()?))
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
        let asked = self.call("ask the database", |object| {
            object.getattr("returns_rows")?.is_truthy()
        });
        // Who cannot be asked will say so to the next statement.
        asked.unwrap_or(false)
    }

    fn is_in_transaction(&self) -> bool {
        let asked = self.call("ask the database", |object| {
            object.getattr("in_transaction")?.is_truthy()
        });
        asked.unwrap_or(false)
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        self.call("read from the database", |object| {
            let arguments = self.statement(object, sql, parameters)?;
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
            let arguments = self.statement(object, sql, parameters)?;
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

/// Parameters on their way to Python.
struct Writer<'a, 'py> {
    object: &'a Bound<'py, PyAny>,
    values: Vec<Bound<'py, PyAny>>,
    /// Times that were written already: most statements have few, and each several times.
    times: Vec<(Timestamp, Bound<'py, PyAny>)>,
}

impl<'a, 'py> Writer<'a, 'py> {
    const fn new(object: &'a Bound<'py, PyAny>) -> Self {
        Self {
            object,
            values: Vec::new(),
            times: Vec::new(),
        }
    }

    fn extend(&mut self, value: Option<&Value>) -> PyResult<()> {
        if let Some(value) = value {
            let written = self.write(value)?;
            self.values.push(written);
        }
        Ok(())
    }

    fn finish(self) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(self.object.py(), self.values)
    }

    fn write(&mut self, value: &Value) -> PyResult<Bound<'py, PyAny>> {
        let py = self.object.py();
        Ok(match value {
            Value::Null => py.None().into_bound(py),
            Value::Int(number) => number.into_pyobject(py)?.into_any(),
            Value::Bool(switch) => PyBool::new(py, *switch).to_owned().into_any(),
            Value::Text(text) => PyString::new(py, text).into_any(),
            Value::Time(time) => self.time(*time)?,
            Value::Address(address) => self
                .object
                .call_method1("write_address", (address.to_string(),))?,
        })
    }

    fn time(&mut self, time: Timestamp) -> PyResult<Bound<'py, PyAny>> {
        if let Some((_, written)) = self.times.iter().find(|(known, _)| *known == time) {
            return Ok(written.clone());
        }
        let written = self
            .object
            .call_method1("write_time", (time.as_millis(),))?;
        self.times.push((time, written.clone()));
        Ok(written)
    }
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
