//! What can be asked for.

use std::path::PathBuf;

use super::{
    check, completions, explain, export, list, locked, log, man, purge, reset,
};

/// Sees who is locked out and why, and lets them in again.
///
/// It works on the store of a running Django site or Rust service, and they obey at once.
#[derive(Debug, clap::Parser)]
#[command(
    name = "axes",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = super::reference::exit_codes(),
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Store and configuration")]
pub(crate) struct Common {
    /// The store, such as sqlite:axes.sqlite3, postgres://user@host/database or redis://host/0
    ///
    /// Without it, the environment's AXES_STORE counts, then `store` in axes.toml, then
    /// sqlite:axes.sqlite3.
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// The configuration file [default: axes.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// One command each.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    Locked(locked::Asked),
    Explain(explain::Asked),
    Reset(reset::Asked),
    List(list::Asked),
    Log(log::Asked),
    Check(check::Asked),
    Export(export::Asked),
    Purge(purge::Asked),
    Completions(completions::Asked),
    Man(man::Asked),
}
