//! What goes into statements and comes out of rows.

use std::net::IpAddr;

use axes_core::Timestamp;

use crate::{ErrorKind, StoreError};

/// One value of a statement or a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
    /// A point in time, in whatever form the database keeps one.
    Time(Timestamp),
    /// An address, in whatever form the database keeps one.
    Address(IpAddr),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn int(number: impl Into<i64>) -> Self {
        Self::Int(number.into())
    }

    pub(crate) fn millis(time: Timestamp) -> Self {
        Self::Int(time.as_millis())
    }

    pub(crate) fn optional<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Null, make)
    }
}

/// A row on its way into values of our own.
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    pub(crate) fn next(&mut self) -> Result<Value, StoreError> {
        self.0.next().ok_or_else(corrupt)
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        self.optional_int()?.ok_or_else(corrupt)
    }

    pub(crate) fn count(&mut self) -> Result<u32, StoreError> {
        u32::try_from(self.int()?).map_err(|_| corrupt())
    }

    pub(crate) fn millis(&mut self) -> Result<Timestamp, StoreError> {
        self.int().map(Timestamp::from_millis)
    }

    pub(crate) fn optional_int(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next()? {
            Value::Int(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            Value::Bool(_) | Value::Text(_) | Value::Time(_) | Value::Address(_) => Err(corrupt()),
        }
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next()? {
            Value::Text(text) => Ok(Some(text)),
            Value::Address(address) => Ok(Some(address.to_string())),
            Value::Null => Ok(None),
            Value::Bool(_) | Value::Int(_) | Value::Time(_) => Err(corrupt()),
        }
    }

    pub(crate) fn optional_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        match self.next()? {
            Value::Time(time) => Ok(Some(time)),
            Value::Null => Ok(None),
            Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Address(_) => Err(corrupt()),
        }
    }
}

pub(crate) fn corrupt() -> StoreError {
    StoreError::new(ErrorKind::Corrupt, "understand a row")
}
