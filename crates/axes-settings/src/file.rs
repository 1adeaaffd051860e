//! Values in a TOML file.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::words::{is_none, length};
use crate::written::Written;
use crate::{Kind, Origin, Problem, Value};

/// The parts of a tier.
const TIER: [&str; 2] = ["failures", "cooloff"];

/// A TOML file.
pub(crate) struct File {
    path: Arc<str>,
    /// What it says, without lines at which the parser would give up.
    text: String,
    /// What is wrong with these lines.
    given_up: Vec<Problem>,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut file = Self {
            path: without_controls(path).into(),
            text: text.to_owned(),
            given_up: Vec::new(),
        };
        let (_, problems) = file.parse();
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        for problem in problems {
            let number = line(&problem.origin).saturating_sub(1);
            // Where nothing is set, nothing is lost. What follows stays at its place.
            if let Some(line) = lines.get_mut(number).filter(|line| !line.contains('=')) {
                *line = " ".repeat(line.len());
                file.given_up.push(problem);
            }
        }
        file.text = lines.join("\n");
        file
    }

    /// What is in the file, as far as it is TOML, and what of it is not: one problem a line.
    pub(crate) fn parse(&self) -> (Spanned<DeTable<'_>>, Vec<Problem>) {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
        let mut problems = self.given_up.clone();
        let mut lines: BTreeSet<usize> = problems.iter().map(|it| line(&it.origin)).collect();
        for error in errors {
            let origin = self.origin(error.span().unwrap_or(self.text.len()..self.text.len()));
            if lines.insert(line(&origin)) {
                let right = without_controls(error.message());
                problems.push(Problem::new("", "is no TOML", right).at(origin));
            }
        }
        (table, problems)
    }

    /// The value of `kind` that is written at `value`.
    pub(crate) fn read(&self, kind: Kind, value: &Spanned<DeValue<'_>>) -> Written {
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.read(kind, item)).collect(),
            _ => Vec::new(),
        };
        Written {
            value: read(kind, value.get_ref(), &items),
            shown: self.shown(value),
            origin: self.origin(value.span()),
            items,
        }
    }

    /// Where `span` begins.
    pub(crate) fn origin(&self, span: Range<usize>) -> Origin {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        Origin::File {
            path: Arc::clone(&self.path),
            line: before.matches('\n').count().saturating_add(1),
            column: column.saturating_add(1),
        }
    }

    /// `value` on one line, scalars as they are written.
    fn shown(&self, value: &Spanned<DeValue<'_>>) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match value.get_ref() {
            DeValue::Array(items) => {
                format!(
                    "[{}]",
                    joined(items.iter().map(|item| self.shown(item)).collect())
                )
            }
            DeValue::Table(table) => {
                let mut entries: Vec<_> = table.iter().collect();
                entries.sort_by_key(|(key, _)| key.span().start);
                let entry = |(key, value): (&Spanned<_>, &Spanned<_>)| {
                    format!("{} = {}", key.get_ref(), self.shown(value))
                };
                format!("{{ {} }}", joined(entries.into_iter().map(entry).collect()))
            }
            _ => {
                let written = self.text.get(value.span()).unwrap_or_default();
                written.split_whitespace().collect::<Vec<_>>().join(" ")
            }
        }
    }
}

fn without_controls(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}

/// The line of a problem in a file.
pub(crate) fn line(origin: &Origin) -> usize {
    if let Origin::File { line, .. } = origin {
        *line
    } else {
        0
    }
}

fn read(kind: Kind, value: &DeValue<'_>, items: &[Written]) -> Value {
    match value {
        DeValue::String(text) if is_none(kind, text) => Value::None,
        DeValue::String(text) if matches!(kind, Kind::CoolOff | Kind::Duration) => {
            length(text).unwrap_or_else(|| Value::text(text))
        }
        DeValue::String(text) => Value::text(text),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Other("very large number".to_owned()), Value::Int),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or_else(|_| Value::Other("number".to_owned()), Value::Float),
        DeValue::Boolean(switch) => Value::Bool(*switch),
        DeValue::Datetime(_) => Value::Other("time".to_owned()),
        DeValue::Array(_) => Value::List(items.iter().map(|item| item.value.clone()).collect()),
        DeValue::Table(table) => tier(table).unwrap_or_else(|| Value::Other("table".to_owned())),
    }
}

/// A tier, where `table` has its parts and nothing else.
fn tier(table: &DeTable<'_>) -> Option<Value> {
    let parts = TIER.map(|part| table.get(part).map(Spanned::get_ref));
    let [Some(failures), Some(cool_off)] = parts else {
        return None;
    };
    (table.len() == TIER.len()).then(|| {
        Value::Tier(
            Box::new(read(Kind::Limit, failures, &[])),
            Box::new(read(Kind::Duration, cool_off, &[])),
        )
    })
}
