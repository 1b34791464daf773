//! One gate, from whether it is skipped to what its metrics come to. Every way out that shows nothing is UNPROVEN.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use serde_json::Value;

use crate::gates::command::Command;
use crate::gates::condition::Condition;
use crate::gates::file::{ArtifactChoice, COMMAND_TYPE, GateSpec};
use crate::gates::gate::{Earlier, Evidence, Gate, Job, Judgement, Left};
use crate::gates::output;
use crate::gates::variables::Variables;
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::model::names::THRESHOLDS_FROM;
use crate::model::problem::Problem;
use crate::model::{Caution, Outcome, Status};
use crate::proc;
use crate::proc::{End, Finished, Secrets, Stop};
use crate::records::{Output, Record, Store};
use crate::system::files;
use crate::system::files::Root;
use crate::world::World;

/// The largest file of metrics that a command may leave, in bytes.
const FILE_LIMIT: u64 = 16 << 20;

/// How much of a command's last words a detail has, in characters.
const LAST_WORDS: usize = 200;

/// How far a file system's clock may be behind this one's: FAT counts in two seconds.
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// The metric that holds a command's exit code.
const EXIT_CODE: &str = "exit_code";

/// What all gates of a run share.
pub(crate) struct Setting<'a> {
    /// Where they run.
    pub world: &'a World,
    /// The run's variables.
    pub variables: &'a Variables,
    /// What `evaluate` was given.
    pub payload: Option<&'a Value>,
    /// Whether the change is a draft.
    pub draft: bool,
    /// Whether no gate is skipped, whatever the file says.
    pub no_skip: bool,
    /// Whether one gate is looked at by itself, and not a gate file run: what it comes to is no baseline.
    pub alone: bool,
    /// Ends what runs.
    pub stop: &'a Stop,
}

/// What is kept of a gate's run beside its outcome.
#[derive(Debug)]
pub(crate) struct Kept {
    /// When it began.
    pub began: Timestamp,
    /// What the command printed.
    pub output: Option<Output>,
    /// The file that the command wrote, where the gate asked for one.
    pub file: Option<String>,
}

impl Kept {
    /// Of a gate that stopped before anything could be kept.
    #[must_use]
    pub(crate) fn nothing() -> Self {
        Self { began: Timestamp::now(), output: None, file: None }
    }
}

/// Runs one gate.
#[must_use]
pub(crate) fn execute(gate: &GateSpec, setting: &Setting<'_>, store: &Store) -> (Outcome, Kept) {
    let start = Instant::now();
    let (mut outcome, mut kept) = (Outcome::unproven(""), Kept::nothing());
    let judgement = judged(gate, setting, store, (&mut outcome, &mut kept));
    (outcome.status, outcome.detail) = match judgement {
        Ok(Judgement::Pass(detail)) => (Status::Pass, detail),
        Ok(Judgement::Amber(detail)) => (Status::Warn(Caution::Amber), detail),
        Ok(Judgement::Fail(detail)) => (Status::Fail, detail),
        Ok(Judgement::Unproven(detail)) | Err(Stopped::Unproven(detail)) => (Status::Unproven, detail),
        Err(Stopped::Skipped(what)) => (Status::Skipped, what),
    };
    name_thresholds(&mut outcome);
    conceal(&mut outcome, &Secrets::of(&setting.world.environment));
    if start.elapsed() > gate.timeout && (outcome.status.is_pass() || matches!(outcome.status, Status::Warn(_))) {
        outcome.status = Status::Unproven;
        outcome.detail = format!("timed out: it took more than {} s", gate.timeout.as_secs());
    }
    (outcome, kept)
}

/// What stands in no file is told beside the verdict that rests on it.
fn name_thresholds(outcome: &mut Outcome) {
    let named = outcome.metrics.get(THRESHOLDS_FROM).and_then(Value::as_array);
    let named: Vec<_> =
        named.into_iter().flatten().filter_map(Value::as_str).map(|one| visible_up_to(one, 100)).collect();
    if !named.is_empty() {
        outcome.detail = format!("{} (from the environment: {})", outcome.detail, named.join(", "));
    }
}

/// What a command prints may hold a secret of the environment; so may what a condition says about it.
fn conceal(outcome: &mut Outcome, secrets: &Secrets) {
    outcome.detail = secrets.mask(&outcome.detail);
    outcome.below.iter_mut().for_each(|line| *line = secrets.mask(line));
    outcome.warnings.iter_mut().for_each(|warning| *warning = secrets.mask(warning));
    outcome.metrics = concealed_entries(std::mem::take(&mut outcome.metrics), secrets);
    for finding in &mut outcome.findings {
        finding.rule = secrets.mask(&finding.rule);
        finding.message = secrets.mask(&finding.message);
        if let Some(place) = &mut finding.place {
            place.path = secrets.mask(&place.path);
        }
    }
}

fn concealed_entries(entries: Metrics, secrets: &Secrets) -> Metrics {
    entries.into_iter().map(|(name, value)| (secrets.mask(&name), concealed(value, secrets))).collect()
}

fn concealed(value: Value, secrets: &Secrets) -> Value {
    match value {
        Value::String(text) => Value::String(secrets.mask(&text)),
        Value::Array(items) => items.into_iter().map(|item| concealed(item, secrets)).collect(),
        Value::Object(entries) => Value::Object(concealed_entries(entries, secrets)),
        other => other,
    }
}

/// Why a gate came to no judgement.
enum Stopped {
    Skipped(String),
    Unproven(String),
}

impl From<String> for Stopped {
    fn from(why: String) -> Self {
        Self::Unproven(why)
    }
}

fn judged(
    spec: &GateSpec,
    setting: &Setting<'_>,
    store: &Store,
    (outcome, kept): (&mut Outcome, &mut Kept),
) -> Result<Judgement, Stopped> {
    if setting.stop.is_requested() {
        return Err(Stopped::Unproven("interrupted".to_owned()));
    }
    if let Some(what) = skipped(spec, setting)? {
        return Err(Stopped::Skipped(what));
    }
    let gate = spec.gate.as_ref();
    let baseline = || baseline(store, spec);
    let job = job(spec, setting, &baseline);
    // What `evaluate` was given is the gate's input; a command would look at something else.
    let evidence = match spec.command.as_ref().filter(|_| setting.payload.is_none()) {
        Some(command) => commanded(command, spec, (setting, store), (gate, &job), (outcome, kept))?,
        None => gate.source(&job)?,
    };
    outcome.metrics = evidence.metrics;
    outcome.warnings.extend(evidence.warnings);
    outcome.findings = evidence.findings;
    Ok(judge(spec, gate, &job, &outcome.metrics))
}

/// Looks at what configures a gate, before any gate runs.
pub(super) fn prepare(spec: &GateSpec, setting: &Setting<'_>, store: &Store) -> Result<(), Vec<Problem>> {
    let baseline = || baseline(store, spec);
    spec.gate.prepare(&job(spec, setting, &baseline))
}

fn job<'a>(spec: &'a GateSpec, setting: &'a Setting<'_>, baseline: &'a Baseline<'_>) -> Job<'a> {
    Job {
        id: &spec.id,
        framework: &spec.framework,
        payload: setting.payload,
        world: setting.world,
        project_id: setting.variables.get("project_id"),
        baseline,
    }
}

/// Looks up what runs of a gate came to before.
type Baseline<'a> = dyn Fn() -> Result<Earlier, String> + Sync + 'a;

fn skipped(spec: &GateSpec, setting: &Setting<'_>) -> Result<Option<String>, String> {
    if setting.no_skip {
        return Ok(None);
    }
    if spec.skip_on_draft && setting.draft {
        return Ok(Some("skip_on_draft: this is a draft".to_owned()));
    }
    let matched = spec.skip_on.as_ref().map(|skip_on| skip_on.matches(setting.variables)).transpose();
    Ok(matched?.flatten().map(|what| format!("skip_on: {what}")))
}

fn baseline(store: &Store, spec: &GateSpec) -> Result<Earlier, String> {
    let found = store.passed(&spec.id, &spec.configuration).map_err(|error| error.to_string())?;
    let metrics = |record: Option<Record>| record.map(|record| record.metrics);
    Ok(Earlier { newest: metrics(found.newest), oldest: metrics(found.oldest), is_known: found.is_known })
}

/// With a condition the condition decides, without one the type does. A command that failed passes only where the
/// condition speaks of its exit code.
fn judge(spec: &GateSpec, gate: &dyn Gate, job: &Job<'_>, metrics: &Metrics) -> Judgement {
    let Some(condition) = &spec.pass_condition else {
        return unless_the_command_failed(spec, metrics, gate.judge(job, metrics));
    };
    let by_condition = match condition.evaluate(metrics) {
        Ok(true) => Judgement::Pass(format!("{} holds", condition.text())),
        Ok(false) => Judgement::Fail(format!("{} does not hold{}", condition.text(), values(condition, metrics))),
        Err(why) => Judgement::Unproven(why),
    };
    if condition.metrics().contains(&EXIT_CODE) || !matches!(by_condition, Judgement::Pass(_)) {
        return by_condition;
    }
    if spec.kind == COMMAND_TYPE {
        let own = gate.judge(job, metrics);
        return if matches!(own, Judgement::Pass(_)) { by_condition } else { own };
    }
    unless_the_command_failed(spec, metrics, by_condition)
}

fn unless_the_command_failed(spec: &GateSpec, metrics: &Metrics, judgement: Judgement) -> Judgement {
    let failed = metrics.get(EXIT_CODE).and_then(Value::as_i64).filter(|code| *code != 0);
    match (failed, &judgement) {
        (Some(code), Judgement::Pass(_) | Judgement::Amber(_)) if spec.kind != COMMAND_TYPE => {
            Judgement::Unproven(format!(
                "the command ended with exit code {code} though its metrics would pass; name `{EXIT_CODE}` in \
                 pass_condition where that is fine"
            ))
        }
        _ => judgement,
    }
}

/// The metrics that a condition looked at, as " (p99 = 12)".
fn values(condition: &Condition, metrics: &Metrics) -> String {
    let shown = condition.metrics().into_iter().filter_map(|name| Some(format!("{name} = {}", metrics.get(name)?)));
    let shown: Vec<_> = shown.collect();
    if shown.is_empty() { String::new() } else { format!(" ({})", shown.join(", ")) }
}

/// Runs the command and makes metrics of what it left.
fn commanded(
    command: &Command,
    spec: &GateSpec,
    (setting, store): (&Setting<'_>, &Store),
    (gate, job): (&dyn Gate, &Job<'_>),
    (outcome, kept): (&mut Outcome, &mut Kept),
) -> Result<Evidence, String> {
    let file = match &spec.artifact {
        ArtifactChoice::File(name) => {
            store.prepare().map_err(|error| error.to_string())?;
            Some(Wanted::new(store.dir().join(name), name))
        }
        _ => None,
    };
    let process = process_of(command, spec, setting)?;
    let finished =
        proc::run(&process, &setting.world.environment, setting.stop).map_err(|why| on_path(why, &process))?;
    let secrets = Secrets::of(&setting.world.environment);
    kept.output = Some(Output { stdout: finished.stdout.masked(&secrets), stderr: finished.stderr.masked(&secrets) });
    if finished.lingering {
        outcome.warnings.push(format!("{}: something that the command started held its output open", spec.id));
    }
    let code = ended(&finished, spec, &secrets)?;
    outcome.metrics.insert(EXIT_CODE.to_owned(), code.into());
    let file = match file {
        Some(file) => {
            let bytes = file.bytes().map_err(|why| format!("{why}{}", with_code(code)))?;
            kept.file = Some(file.path.display().to_string());
            Some((file.name, bytes))
        }
        None => None,
    };
    let whole = file.as_ref().map(|(_, bytes)| bytes.as_slice()).or_else(|| finished.stdout.whole());
    if let Some(evidence) = whole.and_then(|output| read(spec, setting, gate, job, &finished, output)) {
        let mut evidence = evidence.map_err(|why| format!("{why}{}", with_code(code)))?;
        evidence.metrics.insert(EXIT_CODE.to_owned(), code.into());
        if evidence.is_secret {
            let told = || "(left out: it has the secrets that were found)".to_owned();
            kept.output = kept.output.take().map(|kept| Output { stdout: told(), ..kept });
        }
        return Ok(evidence);
    }
    let left = match &file {
        Some((name, bytes)) => output::file(name, bytes).map_err(|why| format!("{name}: {why}{}", with_code(code)))?,
        None => None,
    };
    let printed = match left {
        Some(left) => Some(left),
        None => output::printed(&finished.stdout).map_err(|why| format!("{why}{}", with_code(code)))?,
    };
    if spec.kind != COMMAND_TYPE && printed.is_none() {
        return by_exit_code(spec, &finished, code, outcome).ok_or_else(|| {
            format!("the command printed no JSON object{}{}", with_code(code), last_words(&finished, &secrets))
        });
    }
    let mut printed = printed.unwrap_or_default();
    printed.insert(EXIT_CODE.to_owned(), code.into());
    gate.interpret(job, printed)
}

/// Lets a type read what was printed in a form that it knows.
fn read(
    spec: &GateSpec,
    setting: &Setting<'_>,
    gate: &dyn Gate,
    job: &Job<'_>,
    finished: &Finished,
    output: &[u8],
) -> Option<Result<Evidence, String>> {
    let words = match spec.command.as_ref()? {
        Command::Script { text, .. } => text.split_whitespace().map(str::to_owned).collect(),
        command => {
            let words = command.words(setting.variables).ok()?;
            words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>()
        }
    };
    let dir = setting.world.dir.join(spec.working_dir.as_deref().unwrap_or_default());
    let stderr = finished.stderr.text();
    let End::Exit(exit_code) = finished.end else { return None };
    gate.read(job, &Left { words: &words, env: &spec.env, dir: &dir, output, stderr: &stderr, exit_code })
}

/// A condition on the exit code judges a command of a built-in type that printed nothing; after plain text it can only
/// fail.
fn by_exit_code(spec: &GateSpec, finished: &Finished, code: i32, outcome: &mut Outcome) -> Option<Evidence> {
    let condition = spec.pass_condition.as_ref().filter(|condition| condition.metrics().contains(&EXIT_CODE))?;
    let metrics = Metrics::from_iter([(EXIT_CODE.to_owned(), code.into())]);
    let holds = condition.evaluate(&metrics).ok()?;
    if holds && !output::is_silent(&finished.stdout) {
        return None;
    }
    if holds {
        outcome.warnings.push(format!("{}: the command printed nothing; only its exit code was judged", spec.id));
    }
    Some(Evidence::of(metrics))
}

fn with_code(code: i32) -> String {
    if code == 0 { String::new() } else { format!(" (exit code {code})") }
}

fn process_of(command: &Command, spec: &GateSpec, setting: &Setting<'_>) -> Result<proc::Command, String> {
    let mut words = command.words(setting.variables)?.into_iter();
    let program = words.next().ok_or("the command is empty")?;
    let dir = setting.world.root.path().join(&setting.world.dir).join(spec.working_dir.as_deref().unwrap_or_default());
    let dir = inside(&setting.world.root, &dir)?;
    let own = setting.variables.environment().map(|(name, value)| (name, value.to_owned()));
    let env = own.chain(spec.env.clone()).collect();
    Ok(proc::Command { program, args: words.collect::<Vec<OsString>>(), dir, env, timeout: spec.timeout })
}

/// What a shell does itself, and no program.
const OF_SHELL: &str = "alias bg cd command eval exec exit export fg hash jobs let local read readonly return set shift source test times \
                        trap type ulimit umask unalias unset until while if for case . : [ [[ { (";

/// What to do about a program that is nowhere.
fn on_path(why: String, process: &proc::Command) -> String {
    if !why.ends_with(proc::NOT_ON_PATH) {
        return why;
    }
    let is_of_shell = process.program.to_str().is_some_and(|name| OF_SHELL.split(' ').any(|word| word == name));
    let next =
        if is_of_shell { "it is a word of the shell: set `shell: true`" } else { "install it, or name its file" };
    format!("{why}; {next}")
}

/// A working directory that a link leads out of the repository is refused.
fn inside(root: &Root, dir: &Path) -> Result<PathBuf, String> {
    let resolved = dir.canonicalize().map_err(|error| format!("working_dir: {error}"))?;
    if resolved.starts_with(root.path()) { Ok(resolved) } else { Err("working_dir leaves the repository".to_owned()) }
}

/// The exit code; anything else shows nothing.
fn ended(finished: &Finished, spec: &GateSpec, secrets: &Secrets) -> Result<i32, String> {
    match finished.end {
        End::Exit(code) => Ok(code),
        End::TimedOut => Err(format!("timed out after {} s", spec.timeout.as_secs())),
        End::Signal(signal) => {
            Err(format!("the command was killed by signal {signal}{}", last_words(finished, secrets)))
        }
        End::Interrupted => Err("interrupted".to_owned()),
    }
}

fn last_words(finished: &Finished, secrets: &Secrets) -> String {
    let text = finished.stderr.masked(secrets);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.map_or_else(String::new, |line| format!(": {}", visible_up_to(line, LAST_WORDS)))
}

/// A file that the command has to write, and what stood there before.
struct Wanted<'n> {
    path: PathBuf,
    name: &'n str,
    before: Option<Stamp>,
    began: SystemTime,
}

/// What changes when a file is written.
type Stamp = (SystemTime, u64);

impl<'n> Wanted<'n> {
    fn new(path: PathBuf, name: &'n str) -> Self {
        let before = stamp(&path);
        Self { path, name, before, began: SystemTime::now() }
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        let wrong = |why: &str| format!("{}: {why}", self.name);
        let after = stamp(&self.path).ok_or_else(|| wrong("the command did not write this file"))?;
        if self.before == Some(after) || after.0 + CLOCK_STEP < self.began {
            return Err(wrong("it is older than this run: the command did not write it"));
        }
        files::read_anywhere(&self.path, FILE_LIMIT).map_err(|error| wrong(&error.to_string()))
    }
}

/// A link counts for itself: what it leads to was not written here.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.modified().ok()?, metadata.len()))
}
