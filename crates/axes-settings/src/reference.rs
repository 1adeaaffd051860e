//! The reference page, written from the table.

use std::fmt::{self, Write};

use crate::spec::with_names;
use crate::{Hosts, Preset, Reader, Settings, Spec, Syntax, TABLE, Value};

const INTRODUCTION: &str = "\
# Settings

<!-- Written by `cargo xtask gen-reference` from crates/axes-settings/src/table.rs. Do not edit. -->

All settings of Axes. None is needed.

In Django they stand in the settings file, by the names below. They are read when they are used, so
`override_settings` takes effect at once. Outside Django, in services and for the program `axes`, they
stand in `axes.toml`, in environment variables and in flags: [how](../guide/configuration.md).

The examples in Python need these two imports where they use the names:

```python
from datetime import timedelta

from axes.conf import LockoutTier
```

`python manage.py check` names everything that is wrong, all at once, and says what would be right;
what is wrong has no effect, and its default holds:
";

const OUTSIDE: &str = "\
Outside Django everything that is wrong is named with its place:
";

const IDS: &str = "\
| id | what it says |
|---|---|
| `axes.E001` | a value is wrong |
| `axes.E002` | `AXES_CACHE` names no cache of `CACHES` |
| `axes.E003` | `AXES_STORE` is missing, or is no URL of a store |
| `axes.E004` | `AXES_STORE` is an SQLite file that Django opens too |
| `axes.W001` | the cache handler has a cache that cannot keep the limit exact |
| `axes.W002`, `axes.W003` | the middleware or the backend is missing, and `AXES_AUTO_WIRE` is off |
| `axes.W004` | a setting is deprecated; it still works |
| `axes.W005` | code that a setting names cannot be imported |
| `axes.W006` | nothing that is counted has the address in it: anybody can lock an account |
| `axes.W007` | tiers stand for a limit or a cool-off that is set too |
| `axes.W008` | `AXES_STORE` is set, and another handler than the native one is used |
| `axes.W009` | `AXES_STORE` is the memory of each process alone |
| `axes.W010` | there is no such setting; which one is probably meant |
| `axes.W011` | the store of `AXES_STORE` does not answer; asked by `migrate` and on demand |
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
    writeln!(page, "```\n\n{IDS}\n{OUTSIDE}\n```text")?;
    for problem in wrong_examples_outside() {
        writeln!(page, "{problem}")?;
    }
    writeln!(
        page,
        "```\n\n## Defaults\n\n| setting | default | in |\n|---|---|---|"
    )?;
    for spec in current() {
        let anchor = spec.name.to_lowercase();
        let hosts = match spec.hosts {
            Hosts::All => "Django and outside",
            Hosts::Django => "Django only",
        };
        let default = default(spec);
        writeln!(
            page,
            "| [`{}`](#{anchor}) | {default} | {hosts} |",
            spec.name
        )?;
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
    let about = [spec.about, spec.in_django].join(" ");
    writeln!(
        page,
        "\n### {}\n\n{}\n",
        spec.name,
        in_code(about.trim_end())
    )?;
    writeln!(page, "- takes {}", spec.kind.expects())?;
    if !spec.is_deprecated() {
        writeln!(page, "- default: {}", default(spec))?;
    }
    if spec.hosts == Hosts::All {
        write_outside(page, spec)?;
    } else if !spec.is_deprecated() {
        writeln!(page, "- in Django only")?;
    }
    writeln!(page, "- since {}", spec.since)?;
    writeln!(page, "\n```python\n{} = {}\n```", spec.name, spec.example)?;
    if spec.hosts == Hosts::All {
        let [toml, words] = [Syntax::Toml, Syntax::Words].map(|syntax| spec.example_at(syntax));
        writeln!(page, "\n```toml\n{} = {toml}\n```", spec.key())?;
        writeln!(page, "\n```sh\n{}={words}\n```", spec.name)?;
    }
    Ok(())
}

fn write_outside(page: &mut String, spec: &Spec) -> fmt::Result {
    let takes = Syntax::Toml.expects(spec.kind);
    if takes != spec.kind.expects() {
        writeln!(page, "- outside Django it takes {takes}")?;
    }
    let outside = Syntax::Toml.write(spec.kind, &spec.outside());
    writeln!(page, "- default outside Django: `{outside}`")?;
    let words = spec.example_at(Syntax::Words);
    writeln!(page, "- as a flag: `{} {words}`", spec.flag())
}

fn default(spec: &Spec) -> String {
    match (spec.default_in_words, spec.default) {
        (Some(words), _) => words.to_owned(),
        (None, preset) => format!("`{}`", preset.map_or(Value::None, Preset::value)),
    }
}

/// `text` with the names of settings in it set as code.
fn in_code(text: &str) -> String {
    with_names(text, |name| format!("`{name}`"))
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

/// The same outside Django.
fn wrong_examples_outside() -> Vec<String> {
    let file =
        "failure_limit = \"5\"\ncooloff_tme = \"15m\"\nip_whitelist = [\"10.0.0.0/8\", \"office\"]";
    let reader = Reader::new()
        .file("axes.toml", file)
        .environment([("AXES_COOLOFF_TIME", "soon")])
        .flags([("--handler", "native")]);
    let (_, problems) = reader.read();
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
