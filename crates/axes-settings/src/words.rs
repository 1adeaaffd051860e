//! Values that are one text: environment variables and flags.

use std::time::Duration;

use crate::written::Written;
use crate::{Kind, Origin, Value, parse_length};

/// The value of `kind` that `text` means.
pub(crate) fn read(kind: Kind, text: &str, origin: &Origin) -> Written {
    let items: Vec<Written> = match kind {
        _ if is_none(kind, text) => Vec::new(),
        Kind::Scopes | Kind::Tiers | Kind::Networks | Kind::Texts => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| written(item_of(kind, item), format!("{item:?}"), origin))
            .collect(),
        _ => Vec::new(),
    };
    let value = value(kind, text, &items);
    Written {
        items,
        ..written(value, format!("{text:?}"), origin)
    }
}

fn written(value: Value, shown: String, origin: &Origin) -> Written {
    Written {
        value,
        shown,
        origin: origin.clone(),
        items: Vec::new(),
    }
}

/// Whether `text` stands for nothing, where that is a value.
pub(crate) fn is_none(kind: Kind, text: &str) -> bool {
    let takes_none = match kind {
        Kind::NumberOrNone(..)
        | Kind::TextOrNone
        | Kind::CoolOff
        | Kind::Scopes
        | Kind::Tiers
        | Kind::Networks
        | Kind::Texts => true,
        Kind::Switch
        | Kind::Limit
        | Kind::Number(..)
        | Kind::Text
        | Kind::Choice(_)
        | Kind::Code
        | Kind::Duration
        | Kind::Store => false,
    };
    takes_none && text.trim().eq_ignore_ascii_case("none")
}

fn value(kind: Kind, text: &str, items: &[Written]) -> Value {
    let word = text.trim();
    match kind {
        _ if is_none(kind, text) => Value::None,
        Kind::Switch => match word.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Value::Bool(true),
            "false" | "no" | "off" | "0" => Value::Bool(false),
            _ => Value::text(text),
        },
        Kind::Limit | Kind::Number(..) | Kind::NumberOrNone(..) => whole(word),
        Kind::CoolOff | Kind::Duration => length_or_number(word),
        Kind::Scopes | Kind::Tiers | Kind::Networks | Kind::Texts => {
            Value::List(items.iter().map(|item| item.value.clone()).collect())
        }
        Kind::Choice(_) | Kind::Store => Value::text(word),
        Kind::Text | Kind::TextOrNone | Kind::Code => Value::text(text),
    }
}

fn item_of(kind: Kind, item: &str) -> Value {
    match (kind, item.split_once(':')) {
        (Kind::Scopes, _) if item.contains('+') => Value::List(
            item.split('+')
                .map(|name| Value::text(name.trim()))
                .collect(),
        ),
        (Kind::Tiers, Some((failures, cool_off))) => Value::Tier(
            Box::new(whole(failures.trim())),
            Box::new(length_or_number(cool_off.trim())),
        ),
        _ => Value::text(item),
    }
}

fn whole(word: &str) -> Value {
    word.parse().map_or_else(|_| Value::text(word), Value::Int)
}

/// A length of time with its units, or a number, whose unit the setting knows.
fn length_or_number(word: &str) -> Value {
    if let Some(length) = length(word) {
        return length;
    }
    match whole(word) {
        Value::Text(text) => text
            .parse()
            .map_or_else(|_| Value::text(word), Value::Float),
        number => number,
    }
}

/// A length of time with its units.
pub(crate) fn length(word: &str) -> Option<Value> {
    parse_length(word)
        .as_ref()
        .map(Duration::as_secs_f64)
        .map(Value::Seconds)
}
