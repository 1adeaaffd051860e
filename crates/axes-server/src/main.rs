//! The `axes` program.

fn main() {}
