//! The command line.

mod arguments;
mod check;
mod completions;
mod explain;
mod export;
mod list;
mod locked;
mod log;
mod man;
mod purge;
mod records;
mod reference;
mod reset;
mod settings;
mod when;
mod who;

use std::ffi::OsString;
use std::io;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

pub(crate) use self::arguments::{Action, Arguments, Common};
pub use self::reference::reference;
use crate::configuration::Configuration;
use crate::context::Context;
use crate::{Exit, Failure, Host};

/// How wide help is where nobody knows better.
const WIDTH: usize = 80;

/// The command line as clap knows it, with a flag for each setting of the table.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
        .args(settings::flags())
        .max_term_width(100)
}

/// Does what `arguments`, the first of which names the program, ask for.
pub fn run(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    host: &mut Host<'_>,
) -> Exit {
    let width = host.terminal.width.map_or(WIDTH, usize::from);
    let done = match command().term_width(width).try_get_matches_from(arguments) {
        Ok(matches) => act(&matches, host),
        Err(told) => tell(&told, host),
    };
    let done = done.and_then(|exit| {
        host.stdout.flush()?;
        Ok(exit)
    });
    match done {
        Ok(exit) => exit,
        Err(failure) => {
            if !failure.is_quiet() {
                // Where this cannot be written either, the exit code has to do.
                let _ = writeln!(host.stderr, "axes: {failure}");
            }
            failure.exit()
        }
    }
}

fn act(matches: &ArgMatches, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let arguments =
        Arguments::from_arg_matches(matches).map_err(|error| Failure::Usage(error.to_string()))?;
    let Arguments { common, action } = arguments;
    let configured = |host: &Host<'_>| Configuration::read(&common, settings::given(matches), host);
    let open = |host: &Host<'_>| Context::open(configured(host)?.right()?, common.json, host);
    match &action {
        Action::List(asked) => list::run(asked, &open(host)?, host),
        Action::Locked(asked) => locked::run(asked, &open(host)?, host),
        Action::Explain(asked) => explain::run(asked, &open(host)?, host),
        Action::Reset(asked) => reset::run(asked, &open(host)?, host),
        Action::Log(asked) => log::run(asked, &open(host)?, host),
        Action::Export(asked) => export::run(asked, &open(host)?, host),
        Action::Purge(asked) => purge::run(asked, &open(host)?, host),
        Action::Check(asked) => check::run(asked, configured(host)?, common.json, host),
        Action::Completions(asked) => completions::run(asked, host),
        Action::Man(asked) => man::run(asked, host),
    }
}

/// Shows help, or what is wrong with the command line.
fn tell(told: &clap::Error, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let text = told.render();
    let asked_for = matches!(
        told.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if asked_for {
        if host.has_colors() {
            write!(host.stdout, "{}", text.ansi())?;
        } else {
            write!(host.stdout, "{text}")?;
        }
        return Ok(Exit::Done);
    }
    let colors = host.has_colors() && host.terminal.stderr;
    let written: io::Result<()> = if colors {
        write!(host.stderr, "{}", text.ansi())
    } else {
        write!(host.stderr, "{text}")
    };
    written?;
    Ok(Exit::Wrong)
}
