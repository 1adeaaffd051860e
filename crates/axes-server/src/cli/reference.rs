//! The reference page of the command line, written from what clap knows.

use std::fmt::{self, Write};

use clap::{Arg, Command};

use super::settings::HEADING;
use crate::Exit;

const INTRODUCTION: &str = "\
# The command line

<!-- Written by `cargo xtask gen-reference` from crates/axes-server/src/cli. Do not edit. -->

Every command takes the options of [every command](#options-of-every-command), before or behind its
name. How to use them: [the guide](../guide/command-line.md).
";

const SETTINGS: &str = "
### Settings

Each setting that means something outside Django is an option, too: `--failure-limit 5` for
`AXES_FAILURE_LIMIT`. See [settings](settings.md).
";

/// The exit codes, for the end of help pages.
pub(crate) fn exit_codes() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for exit in Exit::ALL {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {}  {}", exit.code(), exit.meaning());
    }
    text.trim_end().to_owned()
}

/// The reference page as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = String::new();
    // Writing to a text cannot fail.
    let _ = write_page(&mut page);
    page
}

fn write_page(page: &mut String) -> fmt::Result {
    let mut command = super::command();
    command.build();
    writeln!(
        page,
        "{INTRODUCTION}\n## Exit codes\n\n| code | meaning |\n|---|---|"
    )?;
    for exit in Exit::ALL {
        writeln!(page, "| {} | {} |", exit.code(), exit.meaning())?;
    }
    writeln!(
        page,
        "\n## Commands\n\n| command | what it does |\n|---|---|"
    )?;
    for one in command.get_subcommands() {
        let name = one.get_name();
        let about = one.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(page, "| [`axes {name}`](#axes-{name}) | {about} |")?;
    }
    for one in command.get_subcommands() {
        write_command(page, one)?;
    }
    writeln!(page, "\n## Options of every command\n")?;
    write_arguments(
        page,
        command.get_arguments().filter(|arg| of_every_command(arg)),
    )?;
    write!(page, "{SETTINGS}")
}

fn write_command(page: &mut String, command: &Command) -> fmt::Result {
    let name = command.get_name();
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    writeln!(page, "\n## axes {name}\n\n{}\n", in_markdown(&about))?;
    let usage = command.clone().render_usage().to_string();
    writeln!(
        page,
        "```text\n{}\n```",
        usage.trim_start_matches("Usage: ")
    )?;
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_global_set() && arg.get_id() != "help" && arg.get_id() != "version")
        .collect();
    if !own.is_empty() {
        writeln!(page)?;
        write_arguments(page, own.into_iter())?;
    }
    Ok(())
}

fn of_every_command(arg: &Arg) -> bool {
    arg.is_global_set() && arg.get_help_heading() != Some(HEADING)
}

fn write_arguments<'a>(page: &mut String, arguments: impl Iterator<Item = &'a Arg>) -> fmt::Result {
    for argument in arguments {
        let help = argument.get_long_help().or(argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        let help = in_markdown(&help)
            .replace('\n', "\n  ")
            .replace("\n  \n", "\n\n");
        writeln!(page, "- {}: {}", spelled(argument), help)?;
        let values = argument.get_possible_values();
        if argument.get_action().takes_values() {
            for value in values {
                let help = value.get_help().map(|help| format!(": {help}"));
                writeln!(
                    page,
                    "  - `{}`{}",
                    value.get_name(),
                    help.unwrap_or_default()
                )?;
            }
            let defaults = argument.get_default_values();
            for default in defaults {
                writeln!(page, "  - default: `{}`", default.to_string_lossy())?;
            }
        }
    }
    Ok(())
}

/// `-n`, `--limit NUMBER`.
fn spelled(argument: &Arg) -> String {
    let value = if argument.get_action().takes_values() {
        let names = argument.get_value_names().unwrap_or_default();
        names.first().map(ToString::to_string)
    } else {
        None
    };
    let Some(long) = argument.get_long() else {
        return format!("`{}`", value.unwrap_or_default());
    };
    let value = value.map_or_else(String::new, |value| format!(" {value}"));
    let short = argument.get_short().map(|short| format!("`-{short}`, "));
    format!("{}`--{long}{value}`", short.unwrap_or_default())
}

fn in_markdown(text: &str) -> String {
    text.replace('<', "&lt;")
}
