//! `run`, `evaluate`, `prri` and `trust`: gates, each verdict with its record.

use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;
use serde_json::Value;

use super::Clock;
use super::numbers::{at_least_one, number};
use super::output::Output;
use super::place;
use super::progress::Progress;
use crate::engine::error::Error;
use crate::engine::session::{Session, SessionOptions};
use crate::gates::variables::assignment;
use crate::gates::{GateSpec, Pipeline};
use crate::model::Report;
use crate::model::failure::{Failure, FailureKind};
use crate::model::nearest::suggestion;
use crate::proc::Stop;
use crate::project::Options;
use crate::project::run::{load, report};
use crate::system::files;

/// The largest payload that is read, in bytes.
const PAYLOAD_LIMIT: u64 = 64 << 20;

/// Where and for whom gates are run.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// The directory that relative paths start from; the git repository is found from it upwards
    #[arg(long, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    /// Where records are kept [default: $DELIVERY_GATE_ARTIFACT_DIR, else .delivery-gate/artifacts in the repository]
    #[arg(long, value_name = "DIR")]
    artifact_dir: Option<PathBuf>,
    /// The project that the records are of
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    project_id: Option<String>,
    #[command(flatten)]
    pub(super) output: Output,
}

/// The flags of `run`.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The gate file
    #[arg(value_name = "GATE_YAML")]
    file: PathBuf,
    /// A variable for commands and conditions of the file; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    context: Vec<(String, String)>,
    /// How many gates run at once [default: one per processor]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    jobs: Option<NonZeroUsize>,
    /// The change is a draft: gates with skip_on_draft are skipped
    #[arg(long)]
    draft: bool,
    /// Run every gate, whatever the file says of skipping
    #[arg(long)]
    no_skip: bool,
    /// Record the verdict here [default: the policy's]
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
}

impl RunArgs {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Path> {
        vec![&self.file]
    }
}

/// The flags of `evaluate`.
#[derive(Debug, clap::Args)]
pub(crate) struct EvaluateArgs {
    /// The gate's id
    #[arg(value_name = "GATE_ID")]
    gate_id: String,
    /// The gate file that has the gate
    #[arg(long, value_name = "GATE_YAML", conflicts_with = "kind", required_unless_present = "kind")]
    config: Option<PathBuf>,
    /// The gate's type, for a gate that no file has
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// What the gate looks at instead: a file of JSON or text, or - for standard input
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    /// This run, as the CI system calls it
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pipeline_id: Option<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

impl EvaluateArgs {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Path> {
        self.config.iter().chain(&self.payload).map(PathBuf::as_path).collect()
    }
}

/// The flags of `prri`.
#[derive(Debug, clap::Args)]
pub(crate) struct PrriArgs {
    /// The score, 0 to 100; higher is riskier
    #[arg(value_name = "SCORE", allow_negative_numbers = true, value_parser = number)]
    score: f64,
    /// The framework that the score was made with
    #[arg(long, value_name = "NAME", default_value = "default")]
    framework: String,
    /// Thresholds and limits of dimensions
    #[arg(long, value_name = "FILE")]
    policy_file: Option<String>,
    /// A part of the score; may be given several times
    #[arg(long = "dimension", value_name = "NAME=VALUE", value_parser = dimension)]
    dimensions: Vec<(String, f64)>,
    #[command(flatten)]
    pub(super) common: Common,
}

impl PrriArgs {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Path> {
        self.policy_file.iter().map(Path::new).collect()
    }
}

/// The flags of `trust`.
#[derive(Debug, clap::Args)]
pub(crate) struct TrustArgs {
    /// Audit records: a JSONL file, a folder or a glob; may be given several times
    #[arg(long, value_name = "PATH")]
    events: Vec<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

impl TrustArgs {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Path> {
        self.events.iter().map(Path::new).collect()
    }
}

fn dimension(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE, for example bias=0.4")?;
    let value = value.trim().parse().ok().filter(|value: &f64| value.is_finite());
    Ok((name.trim().to_owned(), value.ok_or("write a number behind the `=`")?))
}

/// Runs a gate file.
pub(super) fn run(args: &RunArgs, now: Timestamp) -> Result<Report, Failure> {
    let session = SessionOptions { context: args.context.clone(), ..args.common.session() };
    let (jobs, draft, no_skip) = (args.jobs, args.draft, args.no_skip);
    let record = args.record.clone();
    let options = Options { session, jobs, draft, no_skip, record, on_ctrl_c: true, ..place::at(now) };
    let progress = Progress::new();
    place::open(&args.common.repo, options)?.run_before(&args.file, Some(&progress)).map_err(place::failure)
}

/// Evaluates one gate.
pub(super) fn evaluate(args: &EvaluateArgs, clock: &Clock) -> Result<Report, Failure> {
    let options = SessionOptions { pipeline_id: args.pipeline_id.clone(), ..args.common.session() };
    let mut session = session(&args.common, options, clock)?;
    let gate = match (&args.config, &args.kind) {
        (Some(file), _) => gate_of(load(&session, file)?, &args.gate_id)?,
        (None, kind) => session.gate(&args.gate_id, kind.as_deref().unwrap_or_default())?,
    };
    let ended = match args.payload.as_deref().map(payload).transpose()? {
        Some(payload) => session.evaluate(gate, &payload),
        None => {
            if gate.command.is_some() {
                session.stop = Stop::on_ctrl_c().map_err(Error::Signals)?;
            }
            session.evaluate_as_it_is(gate)
        }
    };
    Ok(report("evaluate", &session, vec![ended?], clock.timing())?)
}

/// Judges a readiness score.
pub(super) fn prri(args: &PrriArgs, clock: &Clock) -> Result<Report, Failure> {
    let session = session(&args.common, args.common.session(), clock)?;
    let ended = session.prri(args.score, &args.dimensions, &args.framework, args.policy_file.as_deref())?;
    Ok(report("prri", &session, vec![ended], clock.timing())?)
}

/// Judges the newest audit records.
pub(super) fn trust(args: &TrustArgs, clock: &Clock) -> Result<Report, Failure> {
    let session = session(&args.common, args.common.session(), clock)?;
    Ok(report("trust", &session, vec![session.trust(&args.events)?], clock.timing())?)
}

impl Common {
    fn session(&self) -> SessionOptions {
        SessionOptions {
            artifact_dir: self.artifact_dir.clone(),
            project_id: self.project_id.clone(),
            ..SessionOptions::default()
        }
    }
}

fn session(common: &Common, session: SessionOptions, clock: &Clock) -> Result<Session, Failure> {
    let options = Options { session, ..place::at(clock.started_at) };
    place::open(&common.repo, options)?.session().map_err(place::failure)
}

fn gate_of(pipeline: Pipeline, id: &str) -> Result<GateSpec, Failure> {
    let help = suggestion(id, pipeline.gates.iter().map(|gate| gate.id.as_str()));
    let found = pipeline.gates.into_iter().find(|gate| gate.id == id);
    found.ok_or_else(|| Failure::new(FailureKind::Usage, format!("the file has no gate `{id}`; {help}")))
}

/// JSON where it is JSON, else a text.
fn payload(path: &Path) -> Result<Value, Failure> {
    let unreadable = |why: String| Failure::new(FailureKind::Usage, format!("--payload {}: {why}", path.display()));
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().take(PAYLOAD_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
        bytes
    } else if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(unreadable("it is a folder".to_owned()));
    } else {
        files::read_anywhere(path, PAYLOAD_LIMIT).map_err(|error| unreadable(error.to_string()))?
    };
    if bytes.len() as u64 > PAYLOAD_LIMIT {
        return Err(unreadable("it is larger than 64 MiB".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
    match serde_json::from_str::<Value>(&text) {
        Ok(_) => crate::structured::json::parse(text.as_bytes()).map_err(unreadable),
        Err(_) => Ok(Value::String(text)),
    }
}
