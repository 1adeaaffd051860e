//! The reference page, written from the table.

use std::fmt::{self, Write};

use crate::{Preset, Settings, Spec, TABLE, Value};

const INTRODUCTION: &str = "\
# Settings

<!-- Written by `cargo xtask gen-reference` from crates/axes-settings/src/table.rs. Do not edit. -->

All settings of Axes in Django's settings file. None is needed. They are read when they are used, so
`override_settings` takes effect at once.

The examples need these two imports where they use the names:

```python
from datetime import timedelta

from axes.conf import LockoutTier
```

`python manage.py check` names everything that is wrong, all at once, and says what would be right;
what is wrong has no effect, and its default holds:
";

const IDS: &str = "\
| id | what it says |
|---|---|
| `axes.E001` | a value is wrong |
| `axes.E002` | `AXES_CACHE` names no cache of `CACHES` |
| `axes.W001` | the cache handler has a cache that cannot keep the limit exact |
| `axes.W002`, `axes.W003` | the middleware or the backend is missing, and `AXES_AUTO_WIRE` is off |
| `axes.W004` | a setting is deprecated; it still works |
| `axes.W005` | code that a setting names cannot be imported |
| `axes.W006` | nothing that is counted has the address in it: anybody can lock an account |
| `axes.W007` | tiers stand for a limit or a cool-off that is set too |
| `axes.W010` | there is no such setting; which one is probably meant |
| `axes.I001` | a cache is each process's own, so only the database is used |
";

const DEPRECATED: &str = "
## Deprecated

They work, and `manage.py check` names them. `AXES_LOCKOUT_PARAMETERS` wins over the four flags that it
replaces, and the new name of a proxy setting over the old one.";

/// The reference page as Markdown: every setting with what it takes, its default and an example.
#[must_use]
pub fn reference() -> String {
    let mut page = String::new();
    // Writing to a text cannot fail.
    let _ = write_page(&mut page);
    page
}

fn write_page(page: &mut String) -> fmt::Result {
    writeln!(page, "{INTRODUCTION}\n```text")?;
    for problem in wrong_examples() {
        writeln!(page, "{problem}")?;
    }
    writeln!(page, "```\n\n{IDS}")?;
    writeln!(page, "## Defaults\n\n| setting | default |\n|---|---|")?;
    for spec in current() {
        let anchor = spec.name.to_lowercase();
        writeln!(page, "| [`{}`](#{anchor}) | {} |", spec.name, default(spec))?;
    }
    writeln!(page, "\n## What each does")?;
    for spec in current() {
        write_setting(page, spec)?;
    }
    writeln!(page, "{DEPRECATED}")?;
    for spec in TABLE.iter().filter(|spec| spec.is_deprecated()) {
        write_setting(page, spec)?;
    }
    Ok(())
}

fn current() -> impl Iterator<Item = &'static Spec> {
    TABLE.iter().filter(|spec| !spec.is_deprecated())
}

fn write_setting(page: &mut String, spec: &Spec) -> fmt::Result {
    writeln!(page, "\n### {}\n\n{}\n", spec.name, in_code(spec.about))?;
    writeln!(page, "- takes {}", spec.kind.expects())?;
    if !spec.is_deprecated() {
        writeln!(page, "- default: {}", default(spec))?;
    }
    writeln!(page, "- since {}", spec.since)?;
    writeln!(page, "\n```python\n{} = {}\n```", spec.name, spec.example)
}

fn default(spec: &Spec) -> String {
    match (spec.default_in_words, spec.default) {
        (Some(words), _) => words.to_owned(),
        (None, preset) => format!("`{}`", preset.map_or(Value::None, Preset::value)),
    }
}

/// `text` with the names of settings in it set as code.
fn in_code(text: &str) -> String {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let mut words = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("AXES_") {
        let (before, name) = rest.split_at(start);
        let end = name.find(|char| !is_name(char)).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        words.push_str(before);
        words.push('`');
        words.push_str(name);
        words.push('`');
        rest = after;
    }
    words + rest
}

/// What the check says of some wrong values: by the code that says it.
fn wrong_examples() -> Vec<String> {
    let values = [
        ("AXES_FAILURE_LIMIT", Value::text("5")),
        ("AXES_COOLOFF_TIME", Value::Int(-1)),
        (
            "AXES_IP_WHITELIST",
            Value::List(vec![Value::text("10.0.0.0/8"), Value::text("office")]),
        ),
        ("AXES_FAILURE_LIMITS", Value::Int(3)),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value));
    let (_, problems) = Settings::lenient(values);
    problems.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_heading_and_an_example_that_is_not_its_default() {
        let page = reference();
        for spec in TABLE {
            assert!(page.contains(&format!("\n### {}\n", spec.name)));
            assert!(!spec.example.is_empty(), "{}", spec.name);
            assert_ne!(
                format!("`{}`", spec.example),
                default(spec),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn names_in_a_text_are_set_as_code() {
        assert_eq!(
            in_code("Use AXES_A, not AXES_B."),
            "Use `AXES_A`, not `AXES_B`."
        );
        assert_eq!(in_code("AXES_A = [1]"), "`AXES_A` = [1]");
        assert_eq!(in_code("None."), "None.");
    }

    #[test]
    fn wrong_values_are_shown_with_what_would_be_right() {
        assert_eq!(wrong_examples().len(), 4);
        assert!(reference().contains("is AXES_FAILURE_LIMIT meant?"));
    }
}
