//! A value as it was written outside Django.

use axes_core::Networks;

use crate::store::{NO_STORE, is_store};
use crate::{Kind, Origin, Problem, Spec, Value, lockout};

/// How much of what was written a message shows.
const SHOWN: usize = 60;

/// A value, with what was written and where.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) value: Value,
    /// As the operator wrote it, on one line.
    pub(crate) shown: String,
    pub(crate) origin: Origin,
    /// What is in it, where it is a list.
    pub(crate) items: Vec<Written>,
}

impl Written {
    /// Adds to `problems` what is wrong with this value of the setting `spec`.
    pub(crate) fn check(&self, spec: &Spec, problems: &mut Vec<Problem>) {
        let mut wrong = |item: &Self, what: String| {
            let name = item.origin.name_of(spec);
            let right = format!("use {}", item.origin.syntax().expects(spec.kind));
            problems.push(Problem::new(&name, what, right).at(item.origin.clone()));
        };
        if spec.kind == Kind::Store {
            if !matches!(&self.value, Value::Text(url) if is_store(url)) {
                wrong(self, NO_STORE.to_owned());
            }
            return;
        }
        let mut fine = true;
        // A comma in a password parts it.
        let items = if may_be_secret(&self.shown) {
            &[]
        } else {
            self.items.as_slice()
        };
        for item in items {
            if let Some(what) = item.amiss(spec.kind) {
                fine = false;
                wrong(item, format!("holds {}{what}", visible(&item.shown)));
            }
        }
        if fine && !self.is_right(spec.kind) {
            wrong(self, format!("is {}", visible(&self.shown)));
        }
    }

    /// Whether the value as a whole is one of `kind`, which no code can be outside Django.
    fn is_right(&self, kind: Kind) -> bool {
        let code = matches!(
            kind,
            Kind::Limit | Kind::CoolOff | Kind::Scopes | Kind::Code
        ) && matches!(self.value, Value::Text(_));
        !code && kind.is_right(&self.value)
    }

    /// What is amiss with this item of a list of `kind`.
    fn amiss(&self, kind: Kind) -> Option<&'static str> {
        let list = || Value::List(vec![self.value.clone()]);
        match (kind, &self.value) {
            (Kind::Networks, Value::Text(network))
                if Networks::parse([network.as_str()]).is_ok() =>
            {
                None
            }
            (Kind::Networks, _) => Some(", which is no IP address or network"),
            (Kind::Scopes, _) if lockout::parse_scopes(&list()).is_err() => {
                Some(", which names no lockout parameters")
            }
            (Kind::Tiers, _) if lockout::parse_tiers(&list()).is_none() => {
                Some(", which is no tier")
            }
            (Kind::Texts, value) if !matches!(value, Value::Text(_)) => Some(", which is no text"),
            _ => None,
        }
    }
}

/// `text` as messages may show it: on one line, not longer than needed, and without what may be a
/// password in a URL.
pub(crate) fn visible(text: &str) -> String {
    if may_be_secret(text) {
        return "a text that is not shown, because it may hold a password".to_owned();
    }
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(|char| {
            let hidden = char.is_control() || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let escaped = hidden.then(|| char.escape_unicode());
            let plain = (!hidden).then_some(char);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether `text` looks like a URL that holds a password.
fn may_be_secret(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(_, rest)| rest.contains('@') || rest.contains("passw"))
}
