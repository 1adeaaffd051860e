//! The stages of a command: each with a header and a duration, all in one table at the end.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Runs stages one after another and remembers how each went.
///
/// A failed stage does not keep later ones from running: one run tells all that is wrong.
#[derive(Default)]
pub(crate) struct Stages {
    rows: Vec<Row>,
    left_out: Vec<String>,
}

struct Row {
    name: &'static str,
    took: Duration,
    passed: bool,
}

impl Stages {
    /// Runs `body` as the stage `name`.
    pub(crate) fn run(&mut self, name: &'static str, body: impl FnOnce() -> Result) {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = body();
        let took = start.elapsed();
        if let Err(error) = &result {
            eprintln!("{error}");
        }
        let passed = result.is_ok();
        println!("--- {name}: {} in {}", verdict(passed), seconds(took));
        self.rows.push(Row { name, took, passed });
    }

    /// Remembers that the stage `name` cannot be run on this machine, and why.
    pub(crate) fn leave_out(&mut self, name: &str, why: &Error) {
        self.left_out.push(format!("{name} was not run: {why}"));
    }

    /// Prints the table; fails when a stage did, naming those that did.
    pub(crate) fn finish(self) -> Result {
        println!("\n{}", self.table());
        for line in &self.left_out {
            println!("{line}");
        }
        let failed: Vec<_> = self
            .rows
            .iter()
            .filter(|row| !row.passed)
            .map(|row| row.name)
            .collect();
        match failed.as_slice() {
            [] => Ok(()),
            _ => Err(Error::new(format!("failed: {}", failed.join(", ")))),
        }
    }

    fn table(&self) -> String {
        let width = self
            .rows
            .iter()
            .map(|row| row.name.len())
            .max()
            .unwrap_or(0)
            .max(5);
        let total = self.rows.iter().map(|row| row.took).sum();
        let passed = self.rows.iter().all(|row| row.passed);
        self.rows
            .iter()
            .map(|row| (row.name, row.took, row.passed))
            .chain([("total", total, passed)])
            .map(|(name, took, passed)| {
                format!("{name:width$}  {:>9}  {}", seconds(took), verdict(passed))
            })
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn verdict(passed: bool) -> &'static str {
    if passed { "ok" } else { "FAILED" }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stage_fails_the_whole_but_not_the_next_stage() {
        let mut stages = Stages::default();
        let mut ran = false;
        stages.run("first", || Err(Error::new("broken")));
        stages.run("second", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        assert!(stages.table().contains("second"));
        let error = stages.finish().unwrap_err();
        assert_eq!(error.to_string(), "failed: first");
    }
}
