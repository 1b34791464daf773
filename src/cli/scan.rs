//! `scan`: secrets in files, a work tree, its index or its history.

use std::env;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::output::Output;
use super::{Judged, output};
use crate::evidence::secrets;
use crate::evidence::secrets::content::Buffer;
use crate::evidence::secrets::files::{Listed, Which, open};
use crate::evidence::secrets::{Baseline, Scan, Summary};
use crate::git::Repository;
use crate::model::failure::{Failure, FailureKind};
use crate::model::{Place as FilePlace, Row, Status, Subject, verdict};
use crate::system::environment::Environment;
use crate::system::files;
use crate::world::World;
use crate::world::settings::SECRETS_CONFIDENCE;

/// The largest input that `--redact` takes, in bytes.
const REDACT_LIMIT: u64 = 64 << 20;

/// What standard input is called.
const STDIN: &str = "-";

/// The flags of `scan`.
#[derive(Debug, clap::Args)]
pub struct Args {
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
}

/// Scans and reports.
pub(super) fn judge(args: &Args) -> Result<Judged, Failure> {
    let confidence = asked_confidence(args)?;
    let (mut summary, mut findings) = (Summary::default(), Vec::new());
    let mut subject = Subject::default();
    for path in &args.paths {
        let (found, places) = one(args, path, confidence, &mut subject)?;
        let reported = found.findings.iter().map(|finding| finding.reported(places.of(&finding.path)));
        findings.extend(reported.take(secrets::KEPT - findings.len()));
        summary.merge(found);
    }
    if let Some(first) = summary.unreadable.first().filter(|_| summary.hit_count == 0) {
        return Err(refused(format!("not everything could be looked at: {first}")));
    }
    let row = Row { findings, ..row(&summary) };
    let transcript = Some(lines(&summary, &row));
    let warnings = summary.unreadable;
    Ok(Judged { command: "scan", subject, rows: vec![row], warnings, transcript, summary: None })
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

/// What one argument came to.
fn one(args: &Args, path: &Path, confidence: f64, subject: &mut Subject) -> Result<(Summary, Places), Failure> {
    let which = match &args.history {
        Some(range) => Which::History(range),
        None if args.staged => Which::Staged,
        None => Which::WorkTree,
    };
    let of_git = !matches!(which, Which::WorkTree);
    if path == Path::new(STDIN) {
        if of_git {
            return Err(refused("--staged and --history need a path in a repository".to_owned()));
        }
        let scan = Scan::new(confidence, Baseline::default()).map_err(refused)?;
        let summary = scan.text("<stdin>", &mut io::stdin().lock()).map_err(refused)?;
        return Ok((summary, Places::default()));
    }
    let named = |why: String| refused(format!("{}: {why}", path.display()));
    let full = path.canonicalize().map_err(|error| named(error.to_string()))?;
    let is_folder = full.is_dir();
    let folder = if is_folder { full.as_path() } else { full.parent().unwrap_or(&full) };
    let around = repository(folder).map_err(named)?;
    let top = around.as_ref().map_or(folder, Repository::top).to_owned();
    let world = World::open(&top, None, Environment::default(), Timestamp::UNIX_EPOCH);
    let world = world.map_err(|why| named(why.to_string()))?;
    let scan = Scan::new(confidence, Baseline::read(&world).map_err(refused)?).map_err(refused)?;
    if subject.root.is_none() {
        subject.root = Some(top.display().to_string());
        subject.remote = around.as_ref().and_then(Repository::remote);
        subject.commit = around.as_ref().and_then(|repository| repository.head().ok().map(str::to_owned));
    }
    let places = Places::new(subject, &top, &full, path);
    let listed = match around {
        Some(repository) if is_folder || of_git => {
            in_repository(repository, &top, &full, path, which).map_err(named)?
        }
        Some(repository) => beside_its_blob(repository, &top, &full, path).map_err(named)?,
        None if of_git => return Err(named("this is not in a git repository".to_owned())),
        None => outside(&full, path),
    };
    Ok((scan.run(listed), places))
}

/// Where in the repository the files of one argument are.
#[derive(Default)]
struct Places {
    /// The argument as the user wrote it, and as it is from the root; none where it is not below the report's root.
    argument: Option<(PathBuf, PathBuf)>,
}

impl Places {
    fn new(subject: &Subject, top: &Path, full: &Path, shown: &Path) -> Self {
        let inside = full.strip_prefix(top).ok().filter(|_| subject.root == Some(top.display().to_string()));
        Self { argument: inside.map(|inside| (shown.to_owned(), inside.to_owned())) }
    }

    fn of(&self, found: &str) -> Option<FilePlace> {
        let (shown, inside) = self.argument.as_ref()?;
        let shown = if shown == Path::new(".") { Path::new("") } else { shown };
        let rest = Path::new(found).strip_prefix(shown).ok()?;
        FilePlace::under(inside, rest)
    }
}

/// The repository around a folder. One that is there and cannot be opened is not taken for a plain folder.
fn repository(folder: &Path) -> Result<Option<Repository>, String> {
    let is_there = folder.ancestors().any(|folder| folder.join(".git").symlink_metadata().is_ok());
    match Repository::discover(folder) {
        Ok(repository) => Ok(Some(repository)),
        Err(why) if is_there => Err(why.to_string()),
        Err(_) => Ok(None),
    }
}

fn in_repository(
    repository: Repository,
    top: &Path,
    full: &Path,
    shown: &Path,
    which: Which<'_>,
) -> Result<Listed, String> {
    let mut listed = Listed::default();
    let under = relative(top, full);
    let repository = if matches!(which, Which::Staged) { about_to_be_committed(repository) } else { repository };
    listed.repository(repository, &under, shown, which)?;
    Ok(listed)
}

/// A hook of `git commit -a` or `git commit FILE` sees in an index of its own what the commit will have: git names it in the
/// environment.
fn about_to_be_committed(repository: Repository) -> Repository {
    match env::var_os("GIT_INDEX_FILE").filter(|file| !file.is_empty()) {
        Some(file) => repository.with_index(Path::new(&file)),
        None => repository,
    }
}

/// A file that the user named is looked at, ignored or not; so is what the index has in its place.
fn beside_its_blob(repository: Repository, top: &Path, full: &Path, shown: &Path) -> Result<Listed, String> {
    let mut listed = in_repository(repository, top, full, shown, Which::Staged)?;
    listed.targets.splice(..0, outside(full, shown).targets);
    Ok(listed)
}

fn outside(full: &Path, shown: &Path) -> Listed {
    let mut listed = Listed::default();
    if full.is_dir() {
        listed.folder(full, shown)
    } else {
        listed.named(full, shown)
    }
    listed
}

/// As git writes paths.
fn relative(top: &Path, full: &Path) -> Vec<u8> {
    let inside = full.strip_prefix(top).unwrap_or(Path::new(""));
    inside.components().map(|part| part.as_os_str().as_encoded_bytes()).collect::<Vec<_>>().join(&b'/')
}

fn row(summary: &Summary) -> Row {
    let (status, detail) = match summary.shortfall() {
        Some(why) => (Status::Unproven, why),
        None if summary.hit_count > 0 => (Status::Fail, summary.counts()),
        None => (Status::Pass, summary.counts()),
    };
    Row { metrics: summary.metrics(), ..Row::auto("secrets_scan", "No secret in the files", status, detail) }
}

fn lines(summary: &Summary, row: &Row) -> Vec<String> {
    let mut lines: Vec<_> = summary.findings.iter().map(ToString::to_string).collect();
    let kept = lines.len() as u64;
    if summary.hit_count > kept {
        lines.push(format!("… and {} more", summary.hit_count - kept));
    }
    lines.extend(summary.unreadable.iter().map(|why| format!("not looked at: {why}")));
    if row.status == Status::Unproven {
        lines.push(format!("UNPROVEN: {}", row.detail));
    }
    lines.push(summary.counts());
    lines.push(format!("Decision: {}", verdict(std::slice::from_ref(row)).label()));
    lines
}

/// Prints the input with each secret replaced; returns the exit code.
pub(super) fn redact(args: &Args) -> Result<u8, Failure> {
    let [path] = args.paths.as_slice() else { return Err(refused("--redact takes one file or -".to_owned())) };
    let input = input(path)?;
    let scan = Scan::new(asked_confidence(args)?, Baseline::default()).map_err(refused)?;
    let looked =
        scan.look("-", &mut input.as_slice(), &mut Buffer::default()).map_err(|error| refused(error.to_string()))?;
    if looked.binary || looked.bytes == 0 {
        let what = if looked.binary { "it is binary" } else { "it is empty" };
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
