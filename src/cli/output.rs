//! Writing a finished run where it was asked for. A report that could not be written is exit code 2, never 0.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};
use clap::ArgAction;
use clap::builder::TypedValueParser;

use super::actions::Actions;
use super::targets::{Files, Target};
use super::words::words;
use super::{Colour, log};
use crate::model::Report;
use crate::model::escape::visible;
use crate::model::failure::{Failure, FailureKind};
use crate::report::diagnostics;
use crate::report::format::{Finished, Format};
use crate::system::environment::Environment;
use crate::world::ci_systems::is_ci;

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

impl Output {
    /// One format on standard output and nothing else.
    pub(super) fn only(format: Format) -> Self {
        Self { format: Some(format), no_ci_output: true, ..Self::default() }
    }

    /// The files that reports go to.
    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// GitHub Actions, where the run is inside it and may tell it something.
    fn actions(&self) -> Option<Actions> {
        if self.no_ci_output { None } else { Actions::around(&Environment::of_process()) }
    }

    fn stdout_format(&self) -> Format {
        if self.json { Format::Json } else { self.format.unwrap_or(Format::Text) }
    }
}

/// Writes the files, then standard output, then (on standard error) what went wrong, then what the CI system gets. Returns
/// the exit code. `named` are the files that the command line asks about.
pub(super) fn deliver(mut finished: Finished<'_>, output: &Output, named: &[&Path], colour: Colour) -> u8 {
    let actions = output.actions();
    let files = Files::of(&output.targets, named).unwrap_or_else(|failure| {
        finished.result = Err(failure);
        Files::default()
    });
    if let Err(failure) = files.write(&finished) {
        take_back(&mut finished, failure, &files);
    }
    if let Ok(report) = &finished.result {
        log::report(report, output.verbose);
        // A CI system throws its tree away.
        if !is_ci(&Environment::of_process()) {
            files.left_in_tree().for_each(|what| warn(&what));
        }
    }
    let written = write_stdout(on_stdout(&finished, output.stdout_format(), actions.is_some(), colour));
    if let Err(failure) = &finished.result {
        complain(failure, colour);
    }
    if let Err(error) = written {
        unread(&error, &mut finished, &files, colour);
    }
    let exit_code = finished.exit_code();
    if let Some(actions) = actions {
        let decision = finished.result.as_ref().ok().map(Report::decision);
        let undetermined = [actions.summarise(&Format::Markdown.render(&finished, false)), actions.conclude(decision)];
        undetermined.into_iter().flatten().for_each(|why| warn(&why));
    }
    exit_code
}

/// The run ends in exit code 2 after all: the files that can be written say so.
fn take_back(finished: &mut Finished<'_>, failure: Failure, files: &Files<'_>) {
    finished.result = Err(failure);
    // That one cannot be written is known by now, or makes no difference any more.
    let _ = files.write(finished);
}

/// A reader that went away (`| head`) is no news; the exit code still is. But nobody saw the GO.
fn unread(error: &io::Error, finished: &mut Finished<'_>, files: &Files<'_>, colour: Colour) {
    let gone = error.kind() == ErrorKind::BrokenPipe;
    if gone && finished.exit_code() != 0 {
        return;
    }
    let failure = unprinted(error);
    if !gone {
        complain(&failure, colour);
    }
    take_back(finished, failure, files);
}

fn unprinted(error: &io::Error) -> Failure {
    Failure::new(FailureKind::Output, format!("the report could not be written to standard output: {error}"))
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

/// Prints an answer that decides nothing, so that a reader may go away early, and ends with an exit code.
pub(super) fn conclude(text: impl AsRef<[u8]>, exit_code: u8) -> u8 {
    match write_stdout(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&unprinted(&error), Colour::Never);
            Failure::EXIT_CODE
        }
        _ => exit_code,
    }
}

fn write_stdout(text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_ref())?;
    stdout.flush()
}

/// Says on standard error what went wrong. There is nowhere left to report that this cannot be written.
pub(super) fn complain(failure: &Failure, colour: Colour) {
    let stderr = io::stderr();
    let text = diagnostics::render(failure, wanted(&stderr, colour));
    let _ = stderr.lock().write_all(text.as_bytes());
}

/// Says on standard error what changes nothing.
pub(super) fn warn(what: &str) {
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
