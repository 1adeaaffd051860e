//! The `axes` program.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use axes_core::Timestamp;
use axes_server::{Host, Terminal};
use axes_stores::Clock;
use jiff::tz::TimeZone;

fn main() -> ExitCode {
    let mut stdin = io::stdin().lock();
    let mut stdout = BufWriter::new(io::stdout().lock());
    let mut stderr = io::stderr().lock();
    let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
    let terminal = Terminal {
        stdin: io::stdin().is_terminal(),
        width: io::stdout().is_terminal().then(|| width.unwrap_or(80)),
        stderr: io::stderr().is_terminal(),
    };
    let mut host = Host {
        clock: &SystemClock,
        zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
        // What is no Unicode names none of our settings.
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        // Paths are looked for where the program was started.
        folder: PathBuf::new(),
        stdin: &mut stdin,
        stdout: &mut stdout,
        stderr: &mut stderr,
        terminal,
    };
    let exit = axes_server::run(std::env::args_os(), &mut host);
    // `run` has told of an output that was not written; here nothing is left to be told.
    let _ = stdout.flush();
    ExitCode::from(exit.code())
}

/// The machine's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Timestamp::EPOCH.plus(since.unwrap_or_default())
    }

    fn sleep(&self, pause: Duration) {
        std::thread::sleep(pause);
    }
}
