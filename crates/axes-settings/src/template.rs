//! A settings file to begin with, written from the table.

use std::fmt::{self, Write};

use crate::{Hosts, Origin, Spec, Syntax, TABLE, Value};

const INTRODUCTION: &str = "\
# Settings of Axes. Each line that begins with # and no space shows a default: take the # away to
# change it. Environment variables (AXES_FAILURE_LIMIT=5) win over this file, and flags
# (--failure-limit 5) over both.
";

/// How long lines are at most.
const WIDTH: usize = 100;

/// An `axes.toml` in which every setting outside Django stands at its default, commented out, with what
/// it does and what it takes.
#[must_use]
pub fn template() -> String {
    let mut text = INTRODUCTION.to_owned();
    for spec in TABLE.iter().filter(|spec| spec.hosts == Hosts::All) {
        // Writing to a text cannot fail.
        let _ = write_setting(&mut text, spec);
    }
    text
}

fn write_setting(text: &mut String, spec: &Spec) -> fmt::Result {
    let origin = Origin::File {
        path: "".into(),
        line: 0,
        column: 0,
    };
    let key = spec.key();
    let default = spec.outside();
    writeln!(text)?;
    write_comment(text, &spec.about_at(&origin))?;
    write_comment(
        text,
        &format!("It takes {}.", Syntax::Toml.expects(spec.kind)),
    )?;
    if default == Value::None {
        let example = spec.example_at(Syntax::Toml);
        write_comment(text, &format!("For example: {key} = {example}"))?;
    }
    writeln!(text, "#{key} = {}", Syntax::Toml.write(spec.kind, &default))
}

fn write_comment(text: &mut String, comment: &str) -> fmt::Result {
    let mut line = String::from("#");
    for word in comment.split(' ') {
        if line.chars().count().saturating_add(word.chars().count()) >= WIDTH {
            writeln!(text, "{line}")?;
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(text, "{line}")
}
