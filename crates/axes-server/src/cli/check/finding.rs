//! Something to look at.

use std::io;

use serde::Serialize;

use crate::Host;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Attempts are not guarded, or not as was meant.
    Error,
    /// Attempts are guarded less than they could be.
    Warning,
    /// It may be meant so.
    Hint,
}

/// Something that `check` found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    /// What is wrong or risky.
    message: String,
    /// What to do about it.
    help: String,
}

impl Finding {
    /// A finding as bad as its id says.
    pub(super) fn new(
        id: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let severity = match id.trim_start_matches("axes.").chars().next() {
            Some('E') => Severity::Error,
            Some('W') => Severity::Warning,
            _ => Severity::Hint,
        };
        Self {
            id,
            severity,
            message: message.into(),
            help: help.into(),
        }
    }

    pub(super) fn write(&self, host: &mut Host<'_>) -> io::Result<()> {
        let name = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        };
        let help = if self.help.is_empty() {
            String::new()
        } else {
            format!("\n{}", self.help)
        };
        let text = format!("{}{help}", self.message);
        writeln!(host.stdout, "{name} {}", self.id)?;
        let width = host.terminal.width.map_or(usize::MAX, usize::from);
        for line in text.lines() {
            for part in wrapped(line, width.saturating_sub(2)) {
                writeln!(host.stdout, "  {part}")?;
            }
        }
        writeln!(host.stdout)
    }
}

/// `text` in lines of at most `width` characters, where words let it.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let long = line.chars().count().saturating_add(word.chars().count());
        if !line.is_empty() && long >= width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_no_word() {
        assert_eq!(wrapped("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrapped("abcdefgh i", 4), ["abcdefgh", "i"]);
        assert_eq!(wrapped("a b", usize::MAX), ["a b"]);
    }
}
