//! `axes man`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, Command};
use clap_mangen::Man;

use super::flags::HEADING;
use crate::{Exit, Failure, Host};

/// Writes the manual page, or the pages of all commands into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// Where to write a page for each command; it has to be there
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(asked: &Asked, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let mut command = super::command();
    command.build();
    let Some(folder) = &asked.folder else {
        host.stdout.write_all(&page(&command)?)?;
        return Ok(Exit::Done);
    };
    let commands = command.get_subcommands().chain([&command]);
    for one in commands {
        let name = Man::new(one.clone()).get_filename();
        std::fs::write(folder.join(name), page(one)?)?;
    }
    Ok(Exit::Done)
}

/// The page of one command. All settings are on that of the program.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let hidden = |arg: Arg| {
        let is_setting = arg.get_help_heading() == Some(HEADING);
        arg.hide(is_setting)
    };
    let short = Man::new(command.clone().mut_args(hidden));
    let whole = Man::new(command.clone());
    let is_program = command.has_subcommands();
    let mut page = Vec::new();
    short.render_title(&mut page)?;
    short.render_name_section(&mut page)?;
    short.render_synopsis_section(&mut page)?;
    short.render_description_section(&mut page)?;
    if is_program {
        whole.render_options_section(&mut page)?;
        short.render_subcommands_section(&mut page)?;
        short.render_extra_section(&mut page)?;
        short.render_version_section(&mut page)?;
    } else {
        short.render_options_section(&mut page)?;
        page.write_all(b".SH SEE ALSO\n\\fBaxes\\fR(1), also for the settings that are options\n")?;
    }
    Ok(page)
}
