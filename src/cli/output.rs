//! Writing a finished run where it was asked for. A report that could not be written is exit code 2, never 0.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::builder::TypedValueParser;
use clap::{ArgAction, ValueEnum};

use super::actions::Actions;
use super::words::{names, words};
use super::{Colour, log};
use crate::environment::Environment;
use crate::failure::{Failure, FailureKind, diagnostics};
use crate::git::Repository;
use crate::nearest::suggestion;
use crate::report::escape::visible;
use crate::report::format::{Finished, Format};
use crate::whole::Draft;

/// Where a report goes.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Output {
    /// JSON instead of text (same as --format json)
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// The format on standard output
    #[arg(long, value_parser = words::<Format>(), value_name = "FMT")]
    format: Option<Format>,
    /// Write the report to a file too; may be repeated
    #[arg(long = "output", value_name = "FMT=PATH", value_parser = clap::builder::NonEmptyStringValueParser::new().try_map(|text| Target::parse(&text)))]
    targets: Vec<Target>,
    /// Log what was looked at; twice: with every fact
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// In GitHub Actions: no annotations, no job summary, no `decision` output
    #[arg(long)]
    no_ci_output: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    format: Format,
    path: PathBuf,
}

impl Target {
    fn parse(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, for example json=report.json")?;
        if path.is_empty() {
            return Err("the path is empty".to_owned());
        }
        let format = Format::from_str(format, false).map_err(|_| unknown_format(format))?;
        Ok(Self { format, path: path.into() })
    }
}

fn unknown_format(word: &str) -> String {
    format!("`{word}` is not a format; {}", suggestion(word, names::<Format>().iter().map(String::as_str)))
}

impl Output {
    /// One format on standard output and nothing else.
    pub(super) fn only(format: Format) -> Self {
        Self { format: Some(format), no_ci_output: true, ..Self::default() }
    }

    /// GitHub Actions, where the run is inside it and may tell it something.
    fn actions(&self) -> Option<Actions> {
        if self.no_ci_output { None } else { Actions::around(&Environment::of_process()) }
    }

    fn stdout_format(&self) -> Format {
        if self.json { Format::Json } else { self.format.unwrap_or(Format::Text) }
    }

    fn write_files(&self, finished: &Finished<'_>) -> Result<(), Failure> {
        self.refuse_lost_reports()?;
        for target in &self.targets {
            let text = target.format.render(finished, false);
            write_whole(&target.path, text.as_bytes()).map_err(|error| {
                let message = format!("the report could not be written to {}: {error}", target.path.display());
                Failure::new(FailureKind::Output, message)
            })?;
        }
        Ok(())
    }
}

impl Output {
    /// Of two reports for one file only the second would be there.
    fn refuse_lost_reports(&self) -> Result<(), Failure> {
        let mut seen = HashSet::new();
        match self.targets.iter().find(|target| !seen.insert(&target.path)) {
            Some(Target { path, .. }) => {
                let message = format!("two reports cannot be written to one file: {}", path.display());
                Err(Failure::new(FailureKind::Output, message))
            }
            None => Ok(()),
        }
    }
}

impl Output {
    /// What the next check will find in the working tree. A CI system throws its tree away.
    fn left_in_tree(&self) -> impl Iterator<Item = String> {
        let is_ci = Environment::of_process().get("CI").is_some();
        self.targets.iter().map(|target| target.path.as_path()).filter(move |path| !is_ci && changes_a_tree(path)).map(
            |path| {
                let path = path.display();
                format!(
                    "{path} is in the working tree: the next check finds the tree changed, unless .gitignore names it"
                )
            },
        )
    }
}

fn changes_a_tree(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let Some(Ok(repository)) = path.parent().map(Repository::discover) else { return false };
    path.strip_prefix(repository.top()).is_ok_and(|path| !repository.is_ignored(path))
}

/// Writes the files, then standard output, then (on standard error) what went wrong, then what the CI system gets. Returns
/// the exit code.
pub(super) fn deliver(mut finished: Finished<'_>, output: &Output, colour: Colour) -> u8 {
    let actions = output.actions();
    if let Err(failure) = output.write_files(&finished) {
        finished.result = Err(failure);
    }
    if let Ok(report) = &finished.result {
        log::report(report, output.verbose);
        output.left_in_tree().for_each(|what| warn(&what));
    }
    let written = write_stdout(on_stdout(&finished, output.stdout_format(), actions.is_some(), colour));
    if let Err(failure) = &finished.result {
        complain(failure, colour);
    }
    let exit_code = match written {
        Ok(()) => finished.exit_code(),
        Err(error) => unwritten(&error, finished.exit_code(), colour),
    };
    if let Some(actions) = actions {
        let untold = [actions.summarise(&Format::Markdown.render(&finished, false)), actions.conclude(exit_code)];
        untold.into_iter().flatten().for_each(|why| warn(&why));
    }
    exit_code
}

/// A failure is told on standard error; as text, standard output has nothing of it but the annotations.
fn on_stdout(finished: &Finished<'_>, format: Format, annotated: bool, colour: Colour) -> String {
    let mut text = String::new();
    if finished.result.is_ok() || format != Format::Text {
        text = format.render(finished, wanted(&io::stdout(), colour));
    }
    if annotated && format == Format::Text {
        text.push_str(&Format::Github.render(finished, false));
    }
    text
}

/// A reader that went away (`| head`) is no news; the exit code still is. But nobody saw the GO.
fn unwritten(error: &io::Error, exit_code: u8, colour: Colour) -> u8 {
    if error.kind() != ErrorKind::BrokenPipe {
        let message = format!("the report could not be written to standard output: {error}");
        complain(&Failure::new(FailureKind::Output, message), colour);
        return Failure::EXIT_CODE;
    }
    if exit_code == 0 { Failure::EXIT_CODE } else { exit_code }
}

/// Prints an answer that decides nothing, so that a reader may go away early, and ends with an exit code.
pub(super) fn conclude(text: impl AsRef<[u8]>, exit_code: u8) -> u8 {
    match write_stdout(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => unwritten(&error, exit_code, Colour::Never),
        _ => exit_code,
    }
}

fn write_stdout(text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_ref())?;
    stdout.flush()
}

/// What is written is whole or as it was before.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = &destination(path)?;
    Draft::beside(path, content)?.replace(path)
}

/// A symbolic link keeps pointing where it points; a device or a folder is not replaced by a file.
fn destination(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => path.canonicalize(),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "it is there and is not a regular file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// Says on standard error what went wrong. There is nowhere left to report that this cannot be written.
pub(super) fn complain(failure: &Failure, colour: Colour) {
    let stderr = io::stderr();
    let text = diagnostics::render(failure, wanted(&stderr, colour));
    let _ = stderr.lock().write_all(text.as_bytes());
}

/// Says on standard error what changes nothing.
fn warn(what: &str) {
    let _ = writeln!(io::stderr().lock(), "warning: {}", visible(what));
}

/// Text of several lines whose words came from the command line.
pub(super) fn complain_in_lines(text: &str) {
    let mut stderr = io::stderr().lock();
    for line in text.lines() {
        let _ = writeln!(stderr, "{}", visible(line));
    }
}

fn wanted<S: IsTerminal + anstream::stream::RawStream>(stream: &S, colour: Colour) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => AutoStream::choice(stream) != ColorChoice::Never,
    }
}
