//! A flag for each setting.

use axes_settings::{Hosts, Kind, Origin, Spec, TABLE};
use clap::{Arg, ArgMatches};

/// The heading under which help shows them.
pub(crate) const HEADING: &str = "Settings";
/// The heading of what every command needs.
pub(crate) const STORE: &str = "Store and configuration";

/// The flags of all settings of the table that mean something outside Django: `--failure-limit` for
/// `AXES_FAILURE_LIMIT`.
pub(crate) fn flags() -> impl Iterator<Item = Arg> {
    specs().map(|spec| {
        let about = spec.about_at(&Origin::Flag);
        let flag = Arg::new(spec.name)
            .long(spec.flag().trim_start_matches('-').to_owned())
            .value_name(value_name(spec.kind))
            .allow_hyphen_values(true)
            .global(true);
        if spec.kind == Kind::Store {
            flag.help_heading(STORE)
                .help("The store [default: AXES_STORE, or `store` in axes.toml, or sqlite:axes.sqlite3]")
                .long_help(
                    "The store: sqlite:PATH, postgres://…, redis://… (rediss:// with TLS), valkey://… or \
                     redis-cluster://HOST,HOST\n\nWithout it the environment's AXES_STORE counts, then \
                     `store` in axes.toml, then sqlite:axes.sqlite3. Others see the command line of a \
                     process: put a URL with a password into the environment or the file.",
                )
        } else {
            flag.help_heading(HEADING)
                .help(about.trim_end_matches('.').to_owned())
                .hide_short_help(true)
        }
    })
}

/// The settings that were given, by their flags.
pub(crate) fn given(matches: &ArgMatches) -> Vec<(String, String)> {
    specs()
        .filter_map(|spec| {
            let value: &String = matches.get_one(spec.name)?;
            Some((spec.flag(), value.clone()))
        })
        .collect()
}

fn specs() -> impl Iterator<Item = &'static Spec> {
    TABLE.iter().filter(|spec| spec.hosts == Hosts::All)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "kinds to come are texts, too"
)]
fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Switch => "true|false",
        Kind::Limit | Kind::Number(..) | Kind::NumberOrNone(..) => "NUMBER",
        Kind::CoolOff | Kind::Duration => "TIME",
        Kind::Scopes | Kind::Tiers | Kind::Networks | Kind::Texts => "LIST",
        Kind::Store => "URL",
        _ => "TEXT",
    }
}
