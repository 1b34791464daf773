//! The command line: what was asked, and the way from there to an exit code.

use std::env;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use clap::error::ErrorKind;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::failure::{Failure, FailureKind};
use crate::report::escape::visible;
use crate::report::format::Finished;
use crate::report::{Report, Row, Subject, Timing};

pub mod artifacts;
pub mod attest;
pub mod check;
pub mod decision;
pub mod init;
mod output;
pub mod pipeline;
mod place;
mod progress;
mod questions;
pub mod scan;
pub mod schema;

use output::Output;

/// GO or NO-GO on a release: proves what a machine can prove, collects what only a person can claim.
#[derive(Debug, Parser)]
#[command(name = "delivery-gate", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 GO, 1 NO-GO, 2 the gate could not be asked (usage, manifest or configuration error)."
)]
pub struct Cli {
    /// When to colour the text: auto follows the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
    /// Say more; twice says still more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

/// When the text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at the project and write release.yaml and delivery-gate.yaml for it
    #[command(after_help = init::AFTER_HELP)]
    Init(init::Args),
    /// Claim that something was done, in release.yaml; without an ID, go through what is still open
    #[command(after_help = attest::AFTER_HELP)]
    Attest(attest::Args),
    /// Judge the release that release.yaml names: the release checklist
    Check(check::Args),
    /// Judge a change: a high-impact one needs an approved decision
    Decision(decision::Args),
    /// Run the gates of a file, each verdict with its record
    #[command(after_help = "Example: delivery-gate run gates.yaml --context env=staging --jobs 4")]
    Run(pipeline::RunArgs),
    /// Evaluate one gate on a payload
    #[command(after_help = "Example: delivery-gate evaluate events --type schema_validation --payload event.json")]
    Evaluate(pipeline::EvaluateArgs),
    /// Judge a Pre-Release Readiness Index: below 30 GREEN, below 70 AMBER, from there RED
    #[command(after_help = "Example: delivery-gate prri 42 --dimension bias=0.4")]
    Prri(pipeline::PrriArgs),
    /// Judge the newest audit records: rate of critical scores, findings of PII and of secrets
    #[command(after_help = "Example: delivery-gate trust --events audit/ --project-id my-agent")]
    Trust(pipeline::TrustArgs),
    /// Look for secrets in files, a work tree, its index or its history
    #[command(after_help = "Exit codes: 0 none found, 1 found or nothing scanned, 2 usage or unreadable input.")]
    Scan(scan::Args),
    /// Print the JSON Schema of a file, for editors
    #[command(after_help = "Example: delivery-gate schema pipeline > gates.schema.json")]
    Schema(schema::Args),
    /// Look at the records of gates, and remove old ones
    Artifacts(artifacts::Args),
}

/// What a run found, before it is dated.
struct Judged {
    command: &'static str,
    subject: Subject,
    rows: Vec<Row>,
    warnings: Vec<String>,
    transcript: Option<Vec<String>>,
    summary: Option<String>,
}

impl Judged {
    fn into_report(self, timing: Timing) -> Report {
        Report {
            command: self.command,
            subject: self.subject,
            rows: self.rows,
            warnings: self.warnings,
            transcript: self.transcript,
            summary: self.summary,
            timing,
        }
    }
}

/// Runs the program on the process's own arguments and returns its exit code.
#[must_use]
pub fn main() -> u8 {
    let arguments: Vec<OsString> = env::args_os().collect();
    catch_unwind(AssertUnwindSafe(|| run(&arguments))).unwrap_or_else(|_| {
        let message = "delivery-gate stopped unexpectedly; this is a defect, please report it";
        output::complain(&Failure::new(FailureKind::Internal, message), Colour::Never);
        Failure::EXIT_CODE
    })
}

fn run(arguments: &[OsString]) -> u8 {
    let clock = Clock::start();
    match Cli::try_parse_from(arguments) {
        Ok(cli) => command(&cli, &clock),
        Err(error) => usage(error, arguments, &clock),
    }
}

fn command(cli: &Cli, clock: &Clock) -> u8 {
    let now = clock.started_at;
    let (name, result, output) = match &cli.command {
        Command::Check(args) => ("check", check::judge(args, now), &args.output),
        Command::Run(args) => ("run", pipeline::run(args, now), &args.common.output),
        Command::Evaluate(args) => ("evaluate", pipeline::evaluate(args, now), &args.common.output),
        Command::Prri(args) => ("prri", pipeline::prri(args, now), &args.common.output),
        Command::Trust(args) => ("trust", pipeline::trust(args, now), &args.common.output),
        Command::Scan(args) if args.redact => return redact(args, clock, cli.color),
        Command::Scan(args) => ("scan", scan::judge(args), &args.output),
        Command::Artifacts(args) => return artifacts::run(args, clock, cli.color),
        Command::Init(args) => return init::run(args, cli.color),
        Command::Attest(args) => return attest::run(args, now, cli.color),
        Command::Schema(args) => return output::answer(&schema::text(args)),
        Command::Decision(args) if args.list_patterns => return output::answer(decision::patterns()),
        Command::Decision(args) => ("decision", decision::judge(args, cli.verbose > 0, now), &args.output),
    };
    deliver(name, result.map(|judged| judged.into_report(clock.timing())), clock, output, cli.color)
}

/// A text, not a report; an error is reported as ever.
fn redact(args: &scan::Args, clock: &Clock, colour: Colour) -> u8 {
    scan::redact(args).unwrap_or_else(|failure| deliver("scan", Err(failure), clock, &args.output, colour))
}

fn deliver(command: &'static str, result: Result<Report, Failure>, clock: &Clock, to: &Output, colour: Colour) -> u8 {
    let finished = Finished { command, timing: clock.timing(), result };
    output::deliver(finished, to, colour)
}

/// `--help` and `--version` are answers; everything else on this path is a usage error.
fn usage(error: clap::Error, arguments: &[OsString], clock: &Clock) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return if error.print().is_ok() { 0 } else { Failure::EXIT_CODE };
    }
    let text = shown_error(error, arguments).render().to_string();
    if asks_for_json(arguments) {
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        return deliver(
            asked_command(arguments),
            Err(Failure::new(FailureKind::Usage, first)),
            clock,
            &Output::json(),
            Colour::Never,
        );
    }
    output::complain_in_lines(&text);
    Failure::EXIT_CODE
}

/// The same error about arguments whose hidden characters are visible: the message quotes them.
fn shown_error(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let visible = arguments.iter().map(|argument| visible(&argument.to_string_lossy()).into_owned());
    Cli::try_parse_from(visible).err().unwrap_or(error)
}

/// The arguments could not be understood; whoever reads JSON still gets JSON.
fn asks_for_json(arguments: &[OsString]) -> bool {
    let pair = |pair: &[OsString]| pair[0] == "--format" && pair[1] == "json";
    arguments.iter().any(|argument| argument == "--json" || argument == "--format=json")
        || arguments.windows(2).any(pair)
}

/// The command that the arguments seem to be for.
fn asked_command(arguments: &[OsString]) -> &'static str {
    const COMMANDS: [&str; 9] =
        ["check", "decision", "run", "evaluate", "prri", "trust", "scan", "artifacts", "schema"];
    let named = arguments.iter().skip(1).find_map(|argument| COMMANDS.into_iter().find(|name| argument == *name));
    named.unwrap_or("check")
}

struct Clock {
    started_at: Timestamp,
    start: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { started_at: Timestamp::now(), start: Instant::now() }
    }

    fn timing(&self) -> Timing {
        Timing { started_at: self.started_at, duration_ms: self.start.elapsed().as_secs_f64() * 1000.0 }
    }
}
