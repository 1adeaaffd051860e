//! `axes completions`.

use clap_complete::Shell;

use crate::{Exit, Failure, Host};

/// Writes completions for a shell
///
/// For bash: `axes completions bash > ~/.local/share/bash-completion/completions/axes`.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(asked: &Asked, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut super::command(), "axes", &mut script);
    host.stdout.write_all(&script)?;
    Ok(Exit::Done)
}
