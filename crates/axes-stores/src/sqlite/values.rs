//! Values as Django keeps them in SQLite.

use axes_core::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::types::{FromSqlError, FromSqlResult, Value as Stored, ValueRef};

use crate::Value;

/// A parameter.
pub(super) fn write(value: &Value) -> Stored {
    match value {
        Value::Null => Stored::Null,
        Value::Int(number) => Stored::Integer(*number),
        Value::Bool(switch) => Stored::Integer(i64::from(*switch)),
        Value::Text(text) => Stored::Text(text.clone()),
        Value::Time(time) => Stored::Text(write_time(*time)),
        Value::Address(address) => Stored::Text(address.to_string()),
    }
}

/// A column, which holds a time or something else.
pub(super) fn read(value: ValueRef<'_>, is_time: bool) -> rusqlite::Result<Value> {
    let read: FromSqlResult<Value> = match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) if is_time => read_time(text)
                .map(Value::Time)
                .ok_or(FromSqlError::InvalidType),
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(error) => Err(FromSqlError::other(error)),
        },
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(FromSqlError::InvalidType),
    };
    Ok(read?)
}

/// `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC.
fn write_time(time: Timestamp) -> String {
    let millis = time.as_millis();
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    let format = if millis.rem_euclid(1000) == 0 {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S%.6f"
    };
    moment.strftime(format).to_string()
}

fn read_time(text: &str) -> Option<Timestamp> {
    let civil: DateTime = text.parse().ok()?;
    let moment = TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_django_writes_them() {
        for (millis, text) in [
            (0, "1970-01-01 00:00:00"),
            (1_767_225_600_000, "2026-01-01 00:00:00"),
            (1_767_225_600_001, "2026-01-01 00:00:00.001000"),
            (-1, "1969-12-31 23:59:59.999000"),
        ] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(write_time(time), text);
            assert_eq!(read_time(text), Some(time));
        }
        assert_eq!(read_time("yesterday"), None);
    }
}
