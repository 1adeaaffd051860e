//! What we aim at, and whether it is reached.

use crate::page::Table;
use crate::turns::Spread;

/// A table of targets.
pub(crate) struct Targets(Table);

impl Targets {
    pub(crate) fn new() -> Self {
        Self(Table::new(&["what", "target", "measured", "reached"]))
    }

    /// What should take at most so many times what something else takes.
    pub(crate) fn at_most(&mut self, what: &str, most: f64, measured: Spread) {
        let target = format!("at most {most:.2}×");
        self.add(what, target, measured.times(), measured.median <= most);
    }

    /// What should do at least so many times what something else does.
    pub(crate) fn at_least(&mut self, what: &str, least: f64, measured: Spread) {
        let target = format!("at least {least:.2}×");
        self.add(what, target, measured.times(), measured.median >= least);
    }

    /// What should take at most so many bytes.
    pub(crate) fn bytes(&mut self, what: &str, most: u64, measured: u64) {
        let target = format!("at most {most} bytes");
        self.add(what, target, format!("{measured} bytes"), measured <= most);
    }

    fn add(&mut self, what: &str, target: String, measured: String, is_reached: bool) {
        let reached = if is_reached { "yes" } else { "**no**" };
        self.0
            .row([what.to_owned(), target, measured, reached.to_owned()]);
    }

    pub(crate) fn into_table(self) -> Table {
        self.0
    }
}
