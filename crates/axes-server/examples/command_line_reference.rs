//! Prints the reference page of the command line. `cargo xtask gen-reference` writes it to its file.
#![allow(clippy::print_stdout, reason = "it prints")]

fn main() {
    print!("{}", axes_server::reference());
}
