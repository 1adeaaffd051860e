//! What Axes costs in Rust, beside others, each as a ratio of one run: `cargo xtask bench rust`.
//!
//! It writes what it saw into docs/benchmarks.md; with `--quick` it only tries everything out.

mod engine;
mod layer;
mod logins;
mod machine;
mod page;
mod stores;
mod targets;
mod turns;

use std::fmt::Write as _;
use std::process::ExitCode;

use targets::Targets;

fn main() -> ExitCode {
    let quick = std::env::args()
        .skip(1)
        .any(|argument| argument == "--quick");
    let (rounds, less) = if quick { (2, 10) } else { (15, 1) };
    let mut targets = Targets::new();
    let tables = [
        // First, while nothing that was given back can be taken again unseen.
        ("### Memory", engine::memory(&mut targets)),
        (
            "### In memory",
            engine::contest(rounds, 100_000 / less, &mut targets),
        ),
        (
            "### Stores",
            stores::contest(rounds, 4_000 / less, &mut targets),
        ),
        ("### The tower layer", layer::contest(rounds, 20_000 / less)),
    ];
    let mut text = machine::description();
    let targets = ("### Targets", targets.into_table());
    for (title, table) in [targets].iter().chain(&tables) {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n{title}\n\n{}", table.markdown());
    }
    println!("{text}");
    if quick {
        println!("tried out: nothing is written");
        return ExitCode::SUCCESS;
    }
    match page::write("rust", &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
