//! How far long work has come.

use std::io::Write;
use std::time::Duration;

use axes_core::Timestamp;

use crate::Host;

/// A line on the terminal that says how far it has come, and goes when the work is done. Where nobody
/// looks, nothing is written.
pub(crate) struct Progress {
    what: &'static str,
    shows: bool,
    written: Option<Timestamp>,
}

/// How often the line is written anew.
const PAUSE: Duration = Duration::from_millis(100);

impl Progress {
    /// `what` is done: `exported`, say.
    pub(crate) fn new(host: &Host<'_>, what: &'static str) -> Self {
        Self {
            what,
            shows: host.terminal.stderr,
            written: None,
        }
    }

    /// So many are done.
    pub(crate) fn at(&mut self, now: Timestamp, stderr: &mut dyn Write, number: u64) {
        let soon = self.written.is_some_and(|then| then.plus(PAUSE) > now);
        if self.shows && !soon {
            self.written = Some(now);
            // Whether it is seen makes no difference to the work.
            let _ = write!(stderr, "\r\x1b[K{number} {} …", self.what);
            let _ = stderr.flush();
        }
    }

    /// The work is done.
    pub(crate) fn end(self, stderr: &mut dyn Write) {
        if self.written.is_some() {
            let _ = write!(stderr, "\r\x1b[K");
            let _ = stderr.flush();
        }
    }
}
