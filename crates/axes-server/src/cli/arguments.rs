//! What can be asked for.

use std::path::PathBuf;

use super::{check, completions, explain, export, list, locked, log, man, purge, reset};

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
#[command(next_help_heading = super::settings::STORE)]
pub(crate) struct Common {
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "The configuration file [default: AXES_CONFIG, or axes.toml if it is there]"
    )]
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
