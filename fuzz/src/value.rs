//! Values of settings, written as texts.

use axes_settings::Value;

use crate::Texts;

/// The value that the next texts mean, with values in it `depth` deep at most.
///
/// The first letter of a text says what it is: `b` yes or no, `i` a whole number, `f` a number, `s`
/// seconds, `t` a text, `c` a callable, `o` something else, `[` a list up to `]`, `(` a tier of two
/// values. Everything else is nothing.
pub fn value(texts: &mut Texts<'_>, depth: usize) -> Value {
    let text = texts.text();
    let mut letters = text.chars();
    let kind = letters.next();
    let rest = letters.as_str();
    match kind {
        Some('b') => Value::Bool(rest == "true"),
        Some('i') => Value::Int(rest.parse().unwrap_or_default()),
        Some('f') => Value::Float(rest.parse().unwrap_or_default()),
        Some('s') => Value::Seconds(rest.parse().unwrap_or_default()),
        Some('t') => Value::text(rest),
        Some('c') => Value::Callable,
        Some('o') => Value::Other(rest.escape_debug().take(40).collect()),
        Some('[') if depth > 0 => list(texts, depth - 1),
        Some('(') if depth > 0 => {
            let failures = value(texts, depth - 1);
            Value::Tier(Box::new(failures), Box::new(value(texts, depth - 1)))
        }
        _ => Value::None,
    }
}

fn list(texts: &mut Texts<'_>, depth: usize) -> Value {
    let mut items = Vec::new();
    while texts.peek().is_some_and(|text| text != "]") {
        items.push(value(texts, depth));
    }
    texts.next();
    Value::List(items)
}
