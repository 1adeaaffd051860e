//! `axes man`.

use std::path::PathBuf;

use crate::{Exit, Failure, Host};

/// Writes the manual page, or the pages of all commands into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// Where to write a page for each command; it has to be there
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(asked: &Asked, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let command = super::command();
    if let Some(folder) = &asked.folder {
        clap_mangen::generate_to(command, folder)?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        host.stdout.write_all(&page)?;
    }
    Ok(Exit::Done)
}
