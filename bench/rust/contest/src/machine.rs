//! Where something was measured, and what.

use std::fs;
use std::process::Command;

const LOCKED: &str = include_str!("../../Cargo.lock");
const CONTESTANTS: [&str; 4] = ["governor", "limitador", "tower_governor", "rusqlite"];

/// What a reader has to know of a measurement, as Markdown.
pub(crate) fn description() -> String {
    let day = told("date", &["-I"]);
    let commit = told("git", &["describe", "--always", "--dirty"]);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = line("/proc/cpuinfo", "model name");
    let memory: u64 = line("/proc/meminfo", "MemTotal")
        .split_whitespace()
        .next()
        .and_then(|kilobytes| kilobytes.parse().ok())
        .unwrap_or(0);
    let versions = CONTESTANTS.map(|name| format!("{name} {}", version(name)));
    let servers = [
        told("redis-server", &["--version"]),
        told("psql", &["--version"]),
    ];
    format!(
        "`cargo xtask bench rust` on {day}.\n\n\
         - Machine: {model}, {cores} cores, {} GiB\n\
         - Versions: Axes (release build of {commit}), {}, Redis {}, PostgreSQL {}\n",
        memory.div_ceil(1 << 20),
        versions.join(", "),
        word_after(&servers[0], "v="),
        word_after(&servers[1], "(PostgreSQL) "),
    )
}

/// The value of the first line of `file` that begins with `name`.
fn line(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

fn version(package: &str) -> &'static str {
    let name = format!("name = \"{package}\"\nversion = \"");
    let rest = LOCKED.split_once(&name).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default()
}

fn word_after<'t>(text: &'t str, mark: &str) -> &'t str {
    let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
    rest.split_whitespace().next().unwrap_or_default()
}

/// What a program prints; nothing where it is not there.
fn told(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}
