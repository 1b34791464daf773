//! `scan`: secrets in files, a work tree, its index or its history.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::output::Output;
use super::{Clock, output};
use crate::evidence::secrets::content::Buffer;
use crate::evidence::secrets::files::open;
use crate::evidence::secrets::{Baseline, Scan};
use crate::model::Report;
use crate::model::failure::{Failure, FailureKind};
use crate::project::scan::{Input, ScanOptions, Scanned, scan};
use crate::system::environment::Environment;
use crate::system::files;
use crate::world::settings::SECRETS_CONFIDENCE;

/// The largest input that `--redact` takes, in bytes.
const REDACT_LIMIT: u64 = 64 << 20;

/// What standard input is called.
const STDIN: &str = "-";

/// The flags of `scan`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files or folders; - is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Print the input with each secret replaced, instead of a report; takes one file or -
    #[arg(long, conflicts_with_all = ["staged", "history", "json", "format", "targets"])]
    pub(super) redact: bool,
    /// The least confidence that is reported, 0 to 1 [default: $DELIVERY_GATE_SECRETS_CONFIDENCE_THRESHOLD, else 0.85]
    #[arg(long, value_name = "NUMBER", value_parser = confidence)]
    confidence: Option<f64>,
    /// Scan what the index has, not the working tree
    #[arg(long, conflicts_with = "history")]
    staged: bool,
    /// Scan what commits brought: all that HEAD reaches, or a range (--history=v1.0..HEAD)
    #[arg(long, value_name = "RANGE", num_args = 0..=1, require_equals = true, default_missing_value = "HEAD")]
    history: Option<String>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Args {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Path> {
        self.paths.iter().map(PathBuf::as_path).collect()
    }

    fn scanned(&self) -> Scanned {
        match &self.history {
            Some(range) => Scanned::History(range.clone()),
            None if self.staged => Scanned::Index,
            None => Scanned::WorkTree,
        }
    }
}

/// Scans and reports.
pub(super) fn judge(args: &Args, clock: &Clock) -> Result<Report, Failure> {
    let inputs = args.paths.iter().map(|path| match path == Path::new(STDIN) {
        true => Input::Text("<stdin>", Box::new(io::stdin())),
        false => Input::Path(path),
    });
    let asked = ScanOptions {
        base: Path::new(""),
        of: &args.scanned(),
        confidence: args.confidence,
        environment: &Environment::of_process(),
    };
    Ok(scan(&asked, inputs.collect(), || clock.timing())?)
}

/// A confidence as people write it.
fn confidence(text: &str) -> Result<f64, String> {
    SECRETS_CONFIDENCE.parse(text)
}

fn asked_confidence(args: &Args) -> Result<f64, Failure> {
    let of_environment = || SECRETS_CONFIDENCE.number_or_usual(&Environment::of_process());
    args.confidence.map_or_else(of_environment, Ok).map_err(|problem| Failure::of(FailureKind::Usage, vec![problem]))
}

fn refused(why: String) -> Failure {
    Failure::new(FailureKind::Usage, why)
}

/// Prints the input with each secret replaced; returns the exit code.
pub(super) fn redact(args: &Args) -> Result<u8, Failure> {
    let [path] = args.paths.as_slice() else { return Err(refused("--redact takes one file or -".to_owned())) };
    let input = input(path)?;
    let scan = Scan::new(asked_confidence(args)?, Baseline::default()).map_err(refused)?;
    let looked =
        scan.look("-", &mut input.as_slice(), &mut Buffer::default()).map_err(|error| refused(error.to_string()))?;
    if looked.unsearched.is_some() || looked.bytes == 0 {
        let what =
            looked.unsearched.map_or("it is empty".to_owned(), |(cause, _)| format!("it is no text ({})", cause.key()));
        return Err(refused(format!("{}: {what}: nothing was scanned", path.display())));
    }
    if looked.given_up {
        return Err(refused(format!("{}: it has too many findings to replace each", path.display())));
    }
    let exit_code = u8::from(!looked.findings.is_empty());
    let mut found = [looked.findings, looked.allowed].concat();
    found.sort_by_key(|finding| finding.start);
    let mut text = Vec::with_capacity(input.len());
    let mut at = 0;
    for finding in &found {
        let (start, end) = (offset(finding.start), offset(finding.end));
        text.extend_from_slice(input.get(at..start).unwrap_or_default());
        let mark = finding.redacted().into_bytes();
        text.extend(in_encoding_of(&input, mark));
        at = end;
    }
    text.extend_from_slice(input.get(at..).unwrap_or_default());
    Ok(output::conclude(&text, exit_code))
}

fn offset(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// UTF-16 shows itself by a byte order mark or by NULs, which text of another kind does not have.
fn in_encoding_of(input: &[u8], mark: Vec<u8>) -> Vec<u8> {
    match input {
        [0xfe, 0xff, ..] | [0, _, ..] => mark.into_iter().flat_map(|byte| [0, byte]).collect(),
        [0xff, 0xfe, ..] | [_, 0, ..] => mark.into_iter().flat_map(|byte| [byte, 0]).collect(),
        _ => mark,
    }
}

fn input(path: &Path) -> Result<Vec<u8>, Failure> {
    let named = |why: String| refused(format!("{}: {why}", path.display()));
    if path != Path::new(STDIN) {
        open(path).map_err(|error| named(error.to_string()))?;
        return files::read_anywhere(path, REDACT_LIMIT).map_err(|error| named(error.to_string()));
    }
    let mut input = Vec::new();
    io::stdin().take(REDACT_LIMIT + 1).read_to_end(&mut input).map_err(|error| named(error.to_string()))?;
    if input.len() as u64 > REDACT_LIMIT { Err(named("it is larger than 64 MiB".to_owned())) } else { Ok(input) }
}
