//! What Axes costs in Rust, beside others, each as a ratio of one run: `cargo xtask bench rust`.
//!
//! It writes what it saw into docs/benchmarks.md; with `--quick` it only tries everything out.

mod engine;
mod layer;
mod logins;
mod page;
mod stores;
mod turns;

use std::fmt::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let quick = std::env::args()
        .skip(1)
        .any(|argument| argument == "--quick");
    let (rounds, less) = if quick { (2, 10) } else { (15, 1) };
    // First, while nothing that was given back can be taken again unseen.
    let memory = engine::memory();
    let tables = [
        ("### In memory", engine::contest(rounds, 100_000 / less)),
        ("### Memory", memory),
        ("### Stores", stores::contest(rounds, 4_000 / less)),
        ("### The tower layer", layer::contest(rounds, 20_000 / less)),
    ];
    let mut text = String::new();
    for (title, table) in &tables {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{title}\n\n{}", table.markdown());
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
