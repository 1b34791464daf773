//! What is made of the command line itself: completions for shells, and manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::targets;
use super::words::words;
use super::{Cli, NAME};
use crate::model::failure::{Failure, FailureKind};
use crate::model::nearest::suggestion;

/// The flags of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// Whose
    #[arg(value_parser = words::<Shell>(), value_name = "SHELL")]
    shell: Shell,
}

/// The flags of `man`.
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// The command whose page is printed, as `artifacts list` [default: the main page]
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<String>,
    /// Write every page into a directory instead
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// The script that a shell reads.
pub(super) fn completions(args: &CompletionsArgs) -> String {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match args.shell {
        // The labels of a name with a hyphen are spelt in two ways (clap's issue 6421): nothing would be completed.
        Shell::Bash => script.replace("delivery__subcmd__gate", "delivery__gate"),
        _ => script,
    }
}

/// One page; nothing when they are written to files.
pub(super) fn man(args: &ManArgs) -> Result<Vec<u8>, Failure> {
    let mut main = Cli::command();
    main.build();
    if let Some(dir) = &args.dir {
        write(&main, dir)?;
        return Ok(Vec::new());
    }
    let mut command = &main;
    for name in &args.command {
        let known = command.get_subcommands().filter(|command| has_page(command)).map(Command::get_name);
        command = command.find_subcommand(name).filter(|command| has_page(command)).ok_or_else(|| {
            let message = format!("`{}` has no command `{name}`; {}", shown(command), suggestion(name, known));
            Failure::new(FailureKind::Usage, message)
        })?;
    }
    Ok(page(command))
}

/// The page of a command and those of its subcommands, each whole or not at all.
fn write(command: &Command, dir: &Path) -> Result<(), Failure> {
    let path = dir.join(format!("{}.1", command.get_display_name().unwrap_or(NAME)));
    let written = fs::create_dir_all(dir).and_then(|()| targets::write_whole(&path, &page(command)));
    written.map_err(|error| {
        Failure::new(FailureKind::Output, format!("{} could not be written: {error}", path.display()))
    })?;
    command.get_subcommands().filter(|command| has_page(command)).try_for_each(|command| write(command, dir))
}

/// `help` says nothing that `--help` does not.
fn has_page(command: &Command) -> bool {
    command.get_name() != "help"
}

fn shown(command: &Command) -> &str {
    command.get_bin_name().unwrap_or(NAME)
}

fn page(command: &Command) -> Vec<u8> {
    let mut page = Vec::new();
    // Into memory: there is nothing that could fail.
    let source = concat!("delivery-gate ", env!("CARGO_PKG_VERSION"));
    let _ = Man::new(command.clone()).date(" ").source(source).render(&mut page);
    page
}
