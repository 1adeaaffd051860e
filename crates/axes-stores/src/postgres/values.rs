//! Values on their way to PostgreSQL and back.

use std::error::Error;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use axes_core::Timestamp;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::Value;

/// The type that a parameter is sent as.
pub(super) const fn type_of(value: &Value) -> Type {
    match value {
        // The server finds out.
        Value::Null => Type::UNKNOWN,
        Value::Int(_) => Type::INT8,
        Value::Bool(_) => Type::BOOL,
        Value::Text(_) => Type::TEXT,
        Value::Time(_) => Type::TIMESTAMPTZ,
        Value::Address(_) => Type::INET,
    }
}

/// A parameter of a statement.
#[derive(Debug)]
pub(super) struct Parameter<'a>(pub(super) &'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Bool(switch) => switch.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Time(time) => system_time(*time).to_sql(ty, out),
            Value::Address(address) => address.to_sql(ty, out),
        }
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column of a row.
pub(super) struct Column(pub(super) Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let int = |number: i64| Value::Int(number);
        Ok(Self(match *ty {
            Type::INT2 => int(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => int(i64::from_sql(ty, raw)?),
            Type::BOOL => Value::Bool(bool::from_sql(ty, raw)?),
            Type::TIMESTAMPTZ => Value::Time(timestamp(SystemTime::from_sql(ty, raw)?)),
            Type::INET => Value::Address(IpAddr::from_sql(ty, raw)?),
            _ => Value::Text(String::from_sql(ty, raw)?),
        }))
    }

    fn from_sql_null(_ty: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        [
            Type::INT2,
            Type::INT4,
            Type::INT8,
            Type::BOOL,
            Type::TIMESTAMPTZ,
            Type::INET,
        ]
        .contains(ty)
            || <String as FromSql<'_>>::accepts(ty)
    }
}

fn system_time(time: Timestamp) -> SystemTime {
    let millis = time.as_millis();
    let distance = Duration::from_millis(millis.unsigned_abs());
    let moved = if millis < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    moved.unwrap_or(SystemTime::UNIX_EPOCH)
}

fn timestamp(time: SystemTime) -> Timestamp {
    let millis = |distance: Duration| i64::try_from(distance.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => millis(after),
        Err(before) => millis(before.duration()).saturating_neg(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_as_they_were() {
        for millis in [0, 1, -1, 1_767_225_600_001, -62_135_596_800_000] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(timestamp(system_time(time)), time);
        }
    }
}
