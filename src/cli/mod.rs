//! The command line: what was asked, and the way from there to an exit code.

use std::env;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::model::escape::visible;
use crate::model::failure::{Failure, FailureKind};
use crate::model::{Report, Timing};
use crate::report::format::{Finished, Format};

mod actions;
pub(crate) mod artifacts;
pub(crate) mod attest;
mod attestation;
pub(crate) mod check;
pub(crate) mod ci;
pub(crate) mod decision;
mod deferred;
pub(crate) mod explain;
mod forge;
pub(crate) mod init;
pub(crate) mod list;
mod log;
pub(crate) mod next;
mod numbers;
mod output;
pub(crate) mod pages;
pub(crate) mod pipeline;
mod place;
mod progress;
mod questions;
pub(crate) mod records;
pub(crate) mod scan;
pub(crate) mod schema;
mod ssh;
mod targets;
mod verify;
mod words;

use deferred::Deferred;
use output::Output;
use words::words;

/// The program's name.
const NAME: &str = "delivery-gate";

/// GO or NO-GO on a release: proves what a machine can prove, collects what only a person can claim.
#[derive(Debug, Parser)]
#[command(name = NAME, version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 GO, 1 NO-GO, 2 the gate could not be asked (usage, manifest or configuration error).\n\n\
                  Example: delivery-gate check --ci-status success"
)]
pub(crate) struct Cli {
    /// When to colour text
    #[arg(long, global = true, value_parser = words::<Colour>(), default_value = "auto", value_name = "WHEN")]
    color: Colour,
    #[command(subcommand)]
    command: Command,
}

/// When the text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write release.yaml and delivery-gate.yaml for a project
    #[command(after_help = init::AFTER_HELP)]
    Init(Deferred<init::Args>),
    /// Claim that something was done; without an ID, go through what is open
    #[command(after_help = attest::AFTER_HELP)]
    Attest(Deferred<attest::Args>),
    /// Begin the next release: its version in release.yaml, no claims
    #[command(after_help = next::AFTER_HELP)]
    Next(Deferred<next::Args>),
    /// Judge the release that release.yaml names: the release checklist
    #[command(after_help = "Example: delivery-gate check --ci-status success --output json=gate.json")]
    Check(Deferred<check::Args>),
    /// Establish again, offline, what a release that is out was judged by
    #[command(after_help = verify::AFTER_HELP)]
    Verify(Deferred<verify::Args>),
    /// Print what the forge's CI says of a commit
    #[command(after_help = ci::AFTER_HELP)]
    Ci(Deferred<ci::Args>),
    /// Say what a check proves, how it can fail and how to fix it
    #[command(after_help = "Examples: delivery-gate explain release_point, delivery-gate explain UNPROVEN")]
    Explain(Deferred<explain::Args>),
    /// List every check, whether this release is asked it, and why
    #[command(after_help = "Example: delivery-gate list --json")]
    List(Deferred<list::Args>),
    /// Judge a change: a high-impact one needs an approved decision
    #[command(after_help = "Flags have variables too (DECERN_...): docs/decision.md.\n\n\
                            Example: delivery-gate decision --base origin/main")]
    Decision(Deferred<decision::Args>),
    /// Run the gates of a file, each verdict with its record
    #[command(after_help = "Example: delivery-gate run gates.yaml --context env=staging --jobs 4")]
    Run(Deferred<pipeline::RunArgs>),
    /// Evaluate one gate on a payload
    #[command(after_help = "Example: delivery-gate evaluate events --type schema_validation --payload event.json")]
    Evaluate(Deferred<pipeline::EvaluateArgs>),
    /// Judge a Pre-Release Readiness Index: below 30 GREEN, below 70 AMBER, from there RED
    #[command(after_help = "Example: delivery-gate prri 42 --dimension bias=0.4")]
    Prri(Deferred<pipeline::PrriArgs>),
    /// Judge the newest audit records: rate of critical scores, findings of PII and of secrets
    #[command(after_help = "Example: delivery-gate trust --events audit/ --project-id my-agent")]
    Trust(Deferred<pipeline::TrustArgs>),
    /// Look for secrets in files, a work tree, its index or its history
    #[command(after_help = "Exit codes: 0 none found, 1 found or nothing scanned, 2 usage or unreadable input.\n\n\
                            Example: delivery-gate scan --history=v1.0.0..HEAD .")]
    Scan(Deferred<scan::Args>),
    /// Look at the records of gates, and remove old ones
    #[command(after_help = "Example: delivery-gate artifacts latest perf-regression")]
    Artifacts(artifacts::Args),
    /// Look at the verdicts that were recorded, and export them
    #[command(after_help = "Example: delivery-gate records verify --record records")]
    Records(records::Args),
    /// Print the JSON Schema of a file or of the report
    #[command(after_help = "Example: delivery-gate schema pipeline > gates.schema.json")]
    Schema(Deferred<schema::Args>),
    /// Print what a shell needs to complete commands and flags
    #[command(after_help = "Example: source <(delivery-gate completions bash)")]
    Completions(Deferred<pages::CompletionsArgs>),
    /// Print a manual page, or write all of them
    #[command(
        after_help = "Examples: delivery-gate man check | man -l -, delivery-gate man --dir /usr/local/share/man/man1"
    )]
    Man(Deferred<pages::ManArgs>),
}

/// Runs the program on the process's own arguments and returns its exit code.
#[must_use]
pub fn main() -> u8 {
    // SAFETY: this is the first thing that the program does; it has no other thread yet.
    #[expect(unsafe_code)]
    unsafe {
        crate::git::read_reftables();
    }
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
    let (name, result, output, named) = match &cli.command {
        Command::Check(args) => return check::run(args, clock, cli.color),
        Command::Run(args) => ("run", pipeline::run(args, now), &args.common.output, args.named()),
        Command::Evaluate(args) => ("evaluate", pipeline::evaluate(args, clock), &args.common.output, args.named()),
        Command::Prri(args) => ("prri", pipeline::prri(args, clock), &args.common.output, args.named()),
        Command::Trust(args) => ("trust", pipeline::trust(args, clock), &args.common.output, args.named()),
        Command::Scan(args) if args.redact => return redact(args, clock, cli.color),
        Command::Scan(args) => ("scan", scan::judge(args, clock), &args.output, args.named()),
        Command::Artifacts(args) => return artifacts::run(args, clock, cli.color),
        Command::Records(args) => return records::run(args, clock, cli.color),
        Command::Init(args) => return init::run(args, now, cli.color),
        Command::Attest(args) => return attest::run(args, now, cli.color),
        Command::Next(args) => return next::run(args, now, cli.color),
        Command::Schema(args) => return output::conclude(schema::text(args), 0),
        Command::Completions(args) => return output::conclude(pages::completions(args), 0),
        Command::Man(args) => return print("man", pages::man(args), Format::Text, clock, cli.color),
        Command::Explain(args) => {
            return print("explain", explain::text(args, now), Format::Text, clock, cli.color);
        }
        Command::Ci(args) => return ci::run(args, now, clock, cli.color),
        Command::Verify(args) => return verify::run(args, now, clock, cli.color),
        Command::List(args) => {
            let format = if args.json { Format::Json } else { Format::Text };
            return print("list", list::text(args, now), format, clock, cli.color);
        }
        Command::Decision(args) if args.list_patterns => return output::conclude(decision::patterns(), 0),
        Command::Decision(args) => ("decision", decision::judge(args, now), &args.output, Vec::new()),
    };
    output::deliver(finished(name, result, output, clock), output, &named, cli.color)
}

/// A run as it is reported: its time is that of the process.
fn finished<'a>(name: &'a str, result: Result<Report, Failure>, output: &Output, clock: &Clock) -> Finished<'a> {
    let result = result.map(|report| Report { timing: clock.timing(), ..report });
    Finished { command: name, timing: clock.timing(), every_fact: output.verbose > 0, result }
}

/// Prints an answer that is no report; what went wrong is reported as ever.
fn print(
    command: &str,
    text: Result<impl AsRef<[u8]>, Failure>,
    on_failure: Format,
    clock: &Clock,
    colour: Colour,
) -> u8 {
    match text {
        Ok(text) => output::conclude(text, 0),
        Err(failure) => refuse(command, failure, clock, &Output::only(on_failure), colour),
    }
}

/// A text, not a report; an error is reported as ever.
fn redact(args: &scan::Args, clock: &Clock, colour: Colour) -> u8 {
    scan::redact(args).unwrap_or_else(|failure| refuse("scan", failure, clock, &args.output, colour))
}

fn refuse(command: &str, failure: Failure, clock: &Clock, to: &Output, colour: Colour) -> u8 {
    let finished = Finished { command, timing: clock.timing(), every_fact: false, result: Err(failure) };
    output::deliver(finished, to, &[], colour)
}

/// `--help` and `--version` are answers; everything else on this path is a usage error.
fn usage(error: clap::Error, arguments: &[OsString], clock: &Clock) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return if error.print().is_ok() { 0 } else { Failure::EXIT_CODE };
    }
    let text = shown_error(error, arguments).render().to_string();
    if let Some(format) = asked_format(arguments) {
        let failure = Failure::new(FailureKind::Usage, in_one_line(&text));
        return refuse(&asked_command(arguments), failure, clock, &Output::only(format), Colour::Never);
    }
    output::complain_in_lines(&text);
    Failure::EXIT_CODE
}

/// What is wrong, and the nearest word where there is one.
fn in_one_line(error: &str) -> String {
    let first = error.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let tip = error.lines().find_map(|line| line.trim_start().strip_prefix("tip: "));
    tip.map_or(first.to_owned(), |tip| format!("{first}; {tip}"))
}

/// The same error about arguments whose hidden characters are visible: the message quotes them.
fn shown_error(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let visible: Vec<_> = arguments.iter().map(|argument| visible(&argument.to_string_lossy()).into_owned()).collect();
    let mut error = Cli::try_parse_from(&visible).err().unwrap_or(error);
    if let Some(joined) = joined(&error, &visible) {
        let tip = format!("a value of this flag is joined to it: '{joined}'");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The flag before an argument that nobody expected, with that behind its `=`, where it takes a value in no other way.
fn joined(error: &clap::Error, arguments: &[String]) -> Option<String> {
    let Some(ContextValue::String(unexpected)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = arguments.windows(2).find(|pair| pair[1] == *unexpected)?[0].strip_prefix("--")?;
    let mut cli = Cli::command();
    let name = arguments.iter().skip(1).find(|argument| cli.find_subcommand(argument).is_some())?;
    let command = cli.find_subcommand_mut(name)?;
    // Its arguments are made when it is asked for.
    command.build();
    let takes_it = |argument: &clap::Arg| argument.get_long() == Some(flag) && argument.is_require_equals_set();
    command.get_arguments().any(takes_it).then(|| format!("--{flag}={unexpected}"))
}

/// The arguments could not be understood; whoever reads a format for machines still gets it.
fn asked_format(arguments: &[OsString]) -> Option<Format> {
    let texts: Vec<_> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let joined = texts.iter().find_map(|argument| argument.strip_prefix("--format="));
    let named = joined.or_else(|| texts.windows(2).find_map(|pair| (pair[0] == "--format").then_some(pair[1])));
    let format = named.and_then(|name| Format::from_str(name, false).ok());
    let json = texts.contains(&"--json").then_some(Format::Json);
    json.or(format).filter(|format| *format != Format::Text)
}

/// The command that the arguments seem to be for.
fn asked_command(arguments: &[OsString]) -> String {
    let cli = Cli::command();
    let mut commands = arguments.iter().skip(1).filter_map(|argument| cli.find_subcommand(argument));
    commands.next().map_or("check", clap::Command::get_name).to_owned()
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
