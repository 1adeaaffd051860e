//! What Axes costs in Rust, beside others, each as a ratio of one run: `cargo xtask bench rust`.

mod engine;
mod logins;
mod page;
mod turns;

fn main() {
    println!("{}", engine::contest(9, 50_000).markdown());
    println!("{}", engine::memory().markdown());
}
