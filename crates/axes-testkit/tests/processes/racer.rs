//! Other processes that log in.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::place::Place;

/// One process, which is killed when this goes.
pub(crate) struct Racer {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// How a process logs in.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) threads: usize,
    pub(crate) limit: u32,
    pub(crate) lease: u32,
    pub(crate) scopes: &'static str,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            threads: 8,
            limit: 3,
            lease: 60_000,
            scopes: "username",
        }
    }
}

impl Racer {
    pub(crate) fn start(place: &dyn Place, rules: Rules) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_axes-racer"))
            .args([place.url(), rules.threads.to_string()])
            .args([rules.limit.to_string(), rules.lease.to_string()])
            .arg(rules.scopes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let output = process.stdout.take().expect("it has an output");
        let mut racer = Self {
            input: process.stdin.take(),
            output: BufReader::new(output),
            process,
        };
        assert_eq!(racer.next().as_deref(), Some("ready"));
        racer
    }

    /// Gives it more logins to do. One that was killed does none.
    pub(crate) fn tell(&mut self, logins: &str) {
        let input = self.input.as_mut().expect("it was not ended");
        let _ = input.write_all(logins.as_bytes());
    }

    /// What it says next; nothing when it has ended.
    pub(crate) fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).expect("it can be read");
        // Whoever was killed may leave half a line.
        (read > 0 && line.ends_with('\n')).then(|| line.trim_end().to_owned())
    }

    /// Ends it without a farewell.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// What else it says until it has done everything.
    pub(crate) fn finish(mut self) -> Vec<String> {
        drop(self.input.take());
        std::iter::from_fn(|| self.next()).collect()
    }
}

impl Drop for Racer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Has four processes do `logins` at once, and returns what they say.
pub(crate) fn race(place: &dyn Place, rules: Rules, logins: &[String]) -> Vec<String> {
    let mut racers: Vec<Racer> = (0..4).map(|_| Racer::start(place, rules)).collect();
    let shares = logins.chunks(logins.len().div_ceil(racers.len()));
    for (racer, share) in racers.iter_mut().zip(shares) {
        racer.tell(&share.concat());
    }
    racers.into_iter().flat_map(Racer::finish).collect()
}

/// How many lines begin with `word`.
pub(crate) fn count(lines: &[String], word: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(word)).count()
}
