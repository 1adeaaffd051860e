//! A flag for each setting.

use axes_settings::{Kind, Spec, TABLE, Value};
use clap::{Arg, ArgMatches};

/// The heading under which help shows them.
pub(crate) const HEADING: &str = "Settings";

/// The flags of all settings of the table: `--failure-limit` for `AXES_FAILURE_LIMIT`.
pub(crate) fn flags() -> impl Iterator<Item = Arg> {
    TABLE.iter().map(|spec| {
        Arg::new(spec.name)
            .long(long(spec))
            .value_name(value_name(spec.kind))
            .help(spec.about.trim_end_matches('.'))
            .help_heading(HEADING)
            .hide_short_help(true)
            .hide(spec.is_deprecated())
            .allow_hyphen_values(true)
            .global(true)
    })
}

/// The settings that were given.
pub(crate) fn given(matches: &ArgMatches) -> Vec<(String, Value)> {
    TABLE
        .iter()
        .filter_map(|spec| {
            let value: &String = matches.get_one(spec.name)?;
            Some((spec.name.to_owned(), Value::text(value)))
        })
        .collect()
}

fn long(spec: &Spec) -> String {
    spec.key().replace('_', "-")
}

fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Switch => "true|false",
        Kind::Limit | Kind::Number(..) | Kind::NumberOrNone(..) => "NUMBER",
        Kind::CoolOff | Kind::Duration => "TIME",
        Kind::Scopes | Kind::Tiers | Kind::Networks | Kind::Texts => "LIST",
        _ => "TEXT",
    }
}
