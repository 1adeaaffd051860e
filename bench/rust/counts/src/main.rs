//! Runs one hot path of Axes so many times, for whoever counts instructions: `axes-counts PATH TIMES`.
//! Without arguments it prints the names of all paths.
//!
//! `cargo xtask counts` runs each twice, with different times, so what is not the path itself cancels out.

mod logins;
mod paths;

use std::process::ExitCode;

use crate::paths::PATHS;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        for (name, _) in PATHS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let path = PATHS.iter().find(|(known, _)| known == name);
    let (Some((_, path)), Ok(times)) = (path, times.parse()) else {
        eprintln!("usage: axes-counts [PATH TIMES]");
        return ExitCode::FAILURE;
    };
    path(times);
    ExitCode::SUCCESS
}
