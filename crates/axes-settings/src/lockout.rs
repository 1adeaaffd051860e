//! Reading what decides about lockouts: limits, cool-offs, tiers and scopes.

use std::sync::Arc;
use std::time::Duration;

use axes_core::{CoolOff, Parameter, PolicyError, Scope, Tier};

use crate::Value;

pub(crate) const SECONDS_PER_HOUR: f64 = 3600.0;
/// About 300 years: more than anybody means, and far from where arithmetic ends.
const LONGEST: f64 = 1e10;

/// A failure limit; `None` when `value` is none. What a callable returns may be 0: nobody gets in.
#[must_use]
pub fn parse_limit(value: &Value) -> Option<u32> {
    match value {
        Value::Int(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

/// A cool-off: a time with a unit, or hours; `None` when `value` is neither.
#[must_use]
pub fn parse_cool_off(value: &Value) -> Option<CoolOff> {
    if *value == Value::None {
        return Some(CoolOff::Never);
    }
    seconds(value, SECONDS_PER_HOUR)
        .filter(|time| !time.is_zero())
        .map(CoolOff::After)
}

/// A length of time, where a bare number counts units of `unit` seconds.
pub(crate) fn seconds(value: &Value, unit: f64) -> Option<Duration> {
    let seconds = match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "what is this long is rejected below"
        )]
        Value::Int(number) => *number as f64 * unit,
        Value::Float(number) => number * unit,
        Value::Seconds(seconds) => *seconds,
        _ => return None,
    };
    (seconds.is_finite() && (0.0..=LONGEST).contains(&seconds))
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

/// A ladder of tiers; `CoolOff::Never` stands for none.
pub(crate) fn parse_tiers(value: &Value) -> Option<CoolOff> {
    let items = match value {
        Value::None => return Some(CoolOff::Never),
        Value::List(items) => items,
        _ => return None,
    };
    let mut tiers: Vec<Tier> = Vec::with_capacity(items.len());
    for item in items {
        let Value::Tier(failures, cool_off) = item else {
            return None;
        };
        let failures = parse_limit(failures).filter(|failures| *failures > 0)?;
        let cool_off = seconds(cool_off, SECONDS_PER_HOUR).filter(|time| !time.is_zero())?;
        if tiers.iter().any(|tier| tier.failures == failures) {
            return None;
        }
        tiers.push(Tier { failures, cool_off });
    }
    Some(CoolOff::tiers(tiers).unwrap_or_default())
}

/// Scopes: names, or lists of names that count together.
///
/// # Errors
/// [`PolicyError`] when a name is unknown or a list is empty.
pub fn parse_scopes(value: &Value) -> Result<Arc<[Scope]>, PolicyError> {
    let Value::List(items) = value else {
        return Err(PolicyError::UnknownParameter(plain(value)));
    };
    let mut scopes = Vec::with_capacity(items.len());
    for item in items {
        let names = match item {
            Value::List(names) => names.as_slice(),
            single => std::slice::from_ref(single),
        };
        let parameters = names
            .iter()
            .map(|name| plain(name).parse::<Parameter>())
            .collect::<Result<Vec<_>, _>>()?;
        scopes.push(Scope::of(parameters).ok_or(PolicyError::NoParameters)?);
    }
    if scopes.is_empty() {
        return Err(PolicyError::NoParameters);
    }
    Ok(scopes.into())
}

fn plain(value: &Value) -> String {
    if let Value::Text(text) = value {
        text.clone()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_hours_and_timedeltas_are_themselves() {
        let secs = |value: &Value| parse_cool_off(value).and_then(|cool_off| cool_off.after(1));
        assert_eq!(secs(&Value::Int(2)), Some(Duration::from_secs(7200)));
        assert_eq!(secs(&Value::Float(0.5)), Some(Duration::from_secs(1800)));
        assert_eq!(
            secs(&Value::Seconds(1.5)),
            Some(Duration::from_millis(1500))
        );
        for wrong in [
            Value::Int(0),
            Value::Float(-1.0),
            Value::Float(f64::NAN),
            Value::Bool(true),
        ] {
            assert_eq!(parse_cool_off(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn scopes_are_or_of_and() {
        let list = Value::List(vec![
            Value::text("user_agent"),
            Value::List(vec![Value::text("ip_address"), Value::text("username")]),
        ]);
        let names: Vec<String> = parse_scopes(&list)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["user_agent", "username+ip_address"]);
        for wrong in [
            Value::List(vec![]),
            Value::List(vec![Value::text("ip")]),
            Value::Int(3),
        ] {
            parse_scopes(&wrong).unwrap_err();
        }
    }
}
