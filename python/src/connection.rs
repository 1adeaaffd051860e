//! Django's database connection.

use std::cell::OnceCell;
use std::fmt::Write as _;

use axes_core::Timestamp;
use axes_stores::{Dialect, ErrorKind, SqlConnection, StoreError, Value};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList, PyString, PyTuple};

/// An `axes.connection.Connection`, which runs statements where Django's database is.
pub(crate) struct DjangoConnection {
    object: Py<PyAny>,
    dialect: Dialect,
    cursor: OnceCell<Cursor>,
}

/// A cursor, Django's or the driver's own.
struct Cursor {
    object: Py<PyAny>,
    /// What stands for a parameter in its statements.
    mark: &'static str,
}

impl DjangoConnection {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let vendor = object.getattr(intern!(object.py(), "vendor"))?;
        let dialect = match vendor.extract::<&str>()? {
            "postgresql" => Dialect::Postgres,
            "mysql" => Dialect::Mysql,
            _ => Dialect::Sqlite,
        };
        Ok(Self {
            object: object.clone().unbind(),
            dialect,
            cursor: OnceCell::new(),
        })
    }

    /// The cursor that all statements of this connection share.
    fn cursor(&self, object: &Bound<'_, PyAny>) -> PyResult<&Cursor> {
        if let Some(cursor) = self.cursor.get() {
            return Ok(cursor);
        }
        let opened = object.call_method0(intern!(object.py(), "open"))?;
        let (cursor, takes_question_marks) = opened.extract()?;
        let mark = if takes_question_marks { "?" } else { "%s" };
        Ok(self.cursor.get_or_init(|| Cursor {
            object: cursor,
            mark,
        }))
    }

    /// The cursor that has executed `sql`.
    fn run<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        sql: &str,
        parameters: &[Value],
    ) -> PyResult<Bound<'py, PyAny>> {
        let cursor = self.cursor(object)?;
        let statement = self.statement(object, cursor.mark, sql, parameters)?;
        let cursor = cursor.object.bind(object.py());
        cursor.call_method1(intern!(object.py(), "execute"), statement)?;
        Ok(cursor.clone())
    }

    /// `sql` and its parameters as Python takes them.
    fn statement<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        mark: &str,
        sql: &str,
        parameters: &[Value],
    ) -> PyResult<(String, Bound<'py, PyTuple>)> {
        // SQLite and psycopg remember statements by their text. To MySQL's driver each parameter is one more
        // that Python has to write into the text, and a number needs no care.
        let inline = self.dialect == Dialect::Mysql;
        let mut text = String::with_capacity(sql.len().saturating_mul(2));
        let mut written = Writer::new(object);
        let mut parameters = parameters.iter();
        for piece in sql.split_inclusive('?') {
            let Some(before) = piece.strip_suffix('?') else {
                text.push_str(piece);
                continue;
            };
            text.push_str(before);
            match parameters.next() {
                Some(Value::Int(number)) if inline => {
                    // Writing into a String cannot fail.
                    let _ = write!(text, "{number}");
                }
                parameter => {
                    text.push_str(mark);
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
                let error = named(object, error);
                let kind = kind(object, &error).unwrap_or(ErrorKind::Unavailable);
                StoreError::new(kind, operation).because(error)
            })
        })
    }
}

/// The driver's error as Django names it.
fn named(object: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let value = error.value(object.py());
    object
        .call_method1(intern!(object.py(), "named"), (value,))
        .map_or(error, PyErr::from_value)
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
            object
                .getattr(intern!(object.py(), "returns_rows"))?
                .is_truthy()
        });
        // Who cannot be asked will say so to the next statement.
        asked.unwrap_or(false)
    }

    fn is_in_transaction(&self) -> bool {
        let asked = self.call("ask the database", |object| {
            object
                .getattr(intern!(object.py(), "in_transaction"))?
                .is_truthy()
        });
        asked.unwrap_or(false)
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        self.call("read from the database", |object| {
            let cursor = self.run(object, sql, parameters)?;
            let mut rows = cursor.call_method0(intern!(object.py(), "fetchall"))?;
            if sql.contains("_time") {
                let described = cursor.getattr(intern!(object.py(), "description"))?;
                rows = object.call_method1("read_times", (rows, described))?;
            }
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
            let cursor = self.run(object, sql, parameters)?;
            let changed: i64 = cursor
                .getattr(intern!(object.py(), "rowcount"))?
                .extract()?;
            Ok(u64::try_from(changed).unwrap_or(0))
        })
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.call("begin a transaction", |object| {
            object
                .call_method0(intern!(object.py(), "begin"))
                .map(|_| ())
        })
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.call("commit a transaction", |object| {
            object
                .call_method0(intern!(object.py(), "commit"))
                .map(|_| ())
        })
    }

    fn roll_back(&self) {
        // What cannot be rolled back is rolled back by the database when the connection ends.
        let _ = self.call("roll back", |object| {
            object
                .call_method0(intern!(object.py(), "roll_back"))
                .map(|_| ())
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
                .call_method1(intern!(py, "write_address"), (address.to_string(),))?,
        })
    }

    fn time(&mut self, time: Timestamp) -> PyResult<Bound<'py, PyAny>> {
        if let Some((_, written)) = self.times.iter().find(|(known, _)| *known == time) {
            return Ok(written.clone());
        }
        let written = self
            .object
            .call_method1(intern!(self.object.py(), "write_time"), (time.as_millis(),))?;
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
