//! Everything around a run of the program.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use axes_core::Timestamp;
use axes_stores::Clock;
use jiff::tz::TimeZone;

/// What a run of the program sees of the world: tests give it another one.
pub struct Host<'a> {
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// In which zone people read times.
    pub zone: TimeZone,
    /// The environment's variables.
    pub environment: BTreeMap<String, String>,
    /// Where `axes.toml` is looked for.
    pub folder: PathBuf,
    /// Where answers are read from.
    pub stdin: &'a mut dyn BufRead,
    /// Where results go.
    pub stdout: &'a mut dyn Write,
    /// Where errors and progress go.
    pub stderr: &'a mut dyn Write,
    /// Who is there.
    pub terminal: Terminal,
}

/// Which of the streams are terminals, where a person sits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether answers can be asked for.
    pub stdin: bool,
    /// How many characters wide the terminal is that results go to, if they do.
    pub width: Option<u16>,
    /// Whether progress is of use.
    pub stderr: bool,
}

impl Host<'_> {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The variable `name`, if it is set to something.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.environment.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// Whether output may be coloured: <https://no-color.org>.
    #[must_use]
    pub fn has_colors(&self) -> bool {
        let dumb = self.variable("TERM") == Some("dumb");
        self.terminal.width.is_some() && self.variable("NO_COLOR").is_none() && !dumb
    }
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}
