//! A login application guarded by Axes.

fn main() {}
