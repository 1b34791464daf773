//! The output formats by name.

use clap::ValueEnum;

use super::{github, gitlab, html, json, junit, markdown, sarif, text};
use crate::model::failure::Failure;
use crate::model::{Report, Timing};
use crate::report::diagnostics;

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people.
    Text,
    /// The `delivery-gate/report/v1` document.
    Json,
    /// GitHub-flavoured Markdown, for release notes and job summaries.
    Markdown,
    /// One self-contained page.
    Html,
    /// SARIF 2.1.0, for code scanning and editors.
    Sarif,
    /// JUnit XML, for the test tab of CI systems.
    Junit,
    /// Code Quality JSON, for GitLab's merge requests.
    Gitlab,
    /// Workflow commands, for annotations in GitHub Actions.
    Github,
}

/// A run as a renderer needs it: what it came to, or why it could not be asked.
pub struct Finished<'a> {
    /// The subcommand.
    pub command: &'a str,
    /// When it ran.
    pub timing: Timing,
    /// Whether the text tells what was judged whatever that was.
    pub every_fact: bool,
    /// What it came to.
    pub result: Result<Report, Failure>,
}

impl Finished<'_> {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match &self.result {
            Ok(report) => report.decision().exit_code(),
            Err(_) => Failure::EXIT_CODE,
        }
    }
}

impl Report {
    /// The report in a format, without colour.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let (command, timing) = (self.command, self.timing);
        format.render(&Finished { command, timing, every_fact: false, result: Ok(self.clone()) }, false)
    }
}

impl Format {
    /// Renders a finished run. Only text knows colour.
    #[must_use]
    pub fn render(self, finished: &Finished<'_>, colour: bool) -> String {
        match (self, &finished.result) {
            (Self::Text, Ok(report)) => text::render(report, colour, finished.every_fact),
            (Self::Text, Err(failure)) => diagnostics::render(failure, colour),
            (Self::Json, Ok(report)) => json::render(report),
            (Self::Json, Err(failure)) => json::render_failure(failure, finished.command, finished.timing),
            (Self::Markdown, Ok(report)) => markdown::render(report),
            (Self::Markdown, Err(failure)) => markdown::render_failure(failure, finished.command, finished.timing),
            (Self::Html, Ok(report)) => html::render(report),
            (Self::Html, Err(failure)) => html::render_failure(failure, finished.command, finished.timing),
            (Self::Sarif, _) => sarif::render(finished),
            (Self::Junit, _) => junit::render(finished),
            (Self::Gitlab, _) => gitlab::render(finished),
            (Self::Github, _) => github::render(finished),
        }
    }
}
