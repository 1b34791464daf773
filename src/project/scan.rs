//! Secrets in files, a work tree, its index or its history.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use crate::engine::error::Error;
use crate::evidence::decision::compared_with;
use crate::evidence::secrets;
use crate::evidence::secrets::change::{self, Before};
use crate::evidence::secrets::files::{Content, FILE_NAME, Listed, MESSAGE, Which};
use crate::evidence::secrets::{Baseline, Scan, Summary};
use crate::gates::types::secrets_scan::name_confidence;
use crate::git::Repository;
use crate::model::names::THRESHOLDS_FROM;
use crate::model::{Place, Report, Row, Rule, Status, Subject, Timing, verdict};
use crate::system::environment::Environment;
use crate::system::files::in_words;
use crate::world::World;
use crate::world::settings::SECRETS_CONFIDENCE;

/// What a scan for secrets looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Scanned {
    /// The files as they are: those that git tracks or would add, where there is a repository.
    #[default]
    WorkTree,
    /// What the index has: what a commit would bring.
    Index,
    /// What the commits of a range brought, `v1.0..HEAD` for example; of one revision, all that it reaches.
    History(String),
}

impl Scanned {
    fn which(&self) -> Which<'_> {
        match self {
            Self::WorkTree => Which::WorkTree,
            Self::Index => Which::Staged,
            Self::History(range) => Which::History(range),
        }
    }
}

/// Where one input of a scan comes from.
pub(crate) enum Input<'a> {
    /// A file or folder.
    Path(&'a Path),
    /// A text that has no place of its own, and what it is called.
    Text(&'static str, Box<dyn Read + 'a>),
}

/// One scan: where relative paths start from, of what, and how.
pub(crate) struct ScanOptions<'a> {
    pub(crate) base: &'a Path,
    pub(crate) of: &'a Scanned,
    pub(crate) confidence: Option<f64>,
    pub(crate) environment: &'a Environment,
}

/// Scans and reports.
pub(crate) fn scan(
    asked: &ScanOptions<'_>,
    inputs: Vec<Input<'_>>,
    timing: impl Fn() -> Timing,
) -> Result<Report, Error> {
    let confidence = confidence(asked)?;
    let (mut summary, mut findings) = (Summary::default(), Vec::new());
    let mut subject = Subject::default();
    // What is named once is listed once.
    let mut known = (inputs.len() > 1).then(HashSet::new);
    for input in inputs {
        let (found, places) = match input {
            Input::Path(path) => one(asked, path, confidence, &mut subject, known.as_mut())?,
            Input::Text(name, mut text) => (of_text(asked, name, &mut text, confidence)?, Places::default()),
        };
        let reported = found.findings.iter().map(|finding| finding.reported(places.of(&finding.path)));
        findings.extend(reported.take(secrets::KEPT - findings.len()));
        summary.merge(found);
    }
    if let Some(first) = summary.unreadable.first().filter(|_| summary.hit_count == 0) {
        return Err(Error::usage(format!("not everything could be looked at: {first}")));
    }
    let timing = timing();
    let mut row = Row { findings, duration_ms: timing.duration_ms, ..row(&summary) };
    if asked.confidence.is_none() {
        name_confidence(&mut row.metrics, asked.environment);
    }
    let transcript = Some(lines(&summary, &row));
    let (rows, warnings) =
        (vec![row], [summary.unreadable, summary.missed, summary.untold.into_iter().collect()].concat());
    Ok(Report {
        command: "scan",
        subject,
        rows,
        warnings,
        transcript,
        summary: None,
        rehearsal: None,
        recorded: None,
        timing,
    })
}

fn confidence(asked: &ScanOptions<'_>) -> Result<f64, Error> {
    match asked.confidence {
        Some(least) => {
            SECRETS_CONFIDENCE.parse(&least.to_string()).map_err(|why| Error::usage(format!("{least}: {why}")))
        }
        None => SECRETS_CONFIDENCE.number_or_usual(asked.environment).map_err(|problem| Error::settings(vec![problem])),
    }
}

fn of_text(asked: &ScanOptions<'_>, name: &str, text: &mut dyn Read, confidence: f64) -> Result<Summary, Error> {
    if *asked.of != Scanned::WorkTree {
        return Err(Error::usage("--staged and --history need a path in a repository"));
    }
    let scan = Scan::new(confidence, Baseline::default()).map_err(Error::usage)?;
    scan.text(name, text).map_err(Error::usage)
}

/// What one path came to.
fn one(
    asked: &ScanOptions<'_>,
    path: &Path,
    confidence: f64,
    subject: &mut Subject,
    known: Option<&mut HashSet<Content>>,
) -> Result<(Summary, Places), Error> {
    let named = |why: String| Error::usage(format!("{}: {why}", path.display()));
    let full = asked.base.join(path).canonicalize().map_err(|error| named(in_words(&error)))?;
    let folder = if full.is_dir() { full.as_path() } else { full.parent().unwrap_or(&full) };
    let around = repository(folder).map_err(named)?;
    let top = around.as_ref().map_or(folder, Repository::top).to_owned();
    let world = World::open(&top, None, Environment::default(), Timestamp::UNIX_EPOCH);
    let world = world.map_err(|why| named(why.to_string()))?;
    let scan = Scan::new(confidence, Baseline::read(&world).map_err(Error::usage)?).map_err(Error::usage)?;
    if subject.root.is_none() {
        let commit = around.as_ref().and_then(|repository| repository.head().ok().map(str::to_owned));
        let root = Some(top.display().to_string());
        *subject = Subject { root, commit, ..super::cloned_from(around.as_ref()) };
    }
    let places = Places::new(subject, &top, &full, path);
    let own = around.as_ref().and_then(|_| Repository::discover(&top).ok());
    let (environment, of_git) = (asked.environment, *asked.of != Scanned::WorkTree);
    // A range need not touch what is there.
    let is_there = matches!(asked.of, Scanned::History(_))
        && own.as_ref().is_some_and(|own| own.staged(&relative(&top, &full)).is_ok_and(|staged| staged.is_any()));
    let mut listed = match around {
        Some(repository) if full.is_dir() || of_git => {
            in_repository(repository, &top, &full, path, asked.of.which(), environment).map_err(named)?
        }
        Some(repository) => beside_its_blob(repository, &top, &full, path, environment).map_err(named)?,
        None if of_git => {
            return Err(match Repository::discover(folder) {
                Err(why) if why.is_bare => named(why.to_string()),
                _ => Error::NotARepository(path.to_owned()),
            });
        }
        None => outside(&full, path),
    };
    if !is_there {
        listed.expect_more_than(0, path);
    }
    if let Some(known) = known {
        listed.leave_out(known);
    }
    let mut summary = scan.run(listed);
    let is_all = matches!(asked.of, Scanned::History(range) if !range.contains(".."));
    if let Some(repository) = own.filter(|_| !is_all) {
        let path = |found: &str| places.of(found).map(|place| place.path);
        let before = || before(asked, &repository);
        change::compare(before, &repository, &mut summary, &scan, path).map_err(Error::usage)?;
    }
    Ok((summary, places))
}

/// What the scanned state is compared with: what a commit would add to, where a range begins, else what the change is compared with
/// in CI or by the usual branches.
fn before(asked: &ScanOptions<'_>, repository: &Repository) -> Before {
    match asked.of {
        Scanned::Index => match repository.head() {
            Ok(head) => Ok(Some(head.to_owned())),
            Err(_) if repository.begins_at_head() => Ok(None),
            Err(why) => Err(why.to_string()),
        },
        Scanned::History(range) => {
            let base = range.split_once("..").map_or("", |(base, _)| base);
            repository.resolve(if base.is_empty() { "HEAD" } else { base }).map(Some)
        }
        Scanned::WorkTree => compared_with(asked.environment, repository),
    }
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

    fn of(&self, found: &str) -> Option<Place> {
        if [FILE_NAME, MESSAGE].contains(&found) {
            return None;
        }
        let (shown, inside) = self.argument.as_ref()?;
        let shown = if shown == Path::new(".") { Path::new("") } else { shown };
        let rest = Path::new(found).strip_prefix(shown).ok()?;
        Place::under(inside, rest)
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
    environment: &Environment,
) -> Result<Listed, String> {
    let mut listed = Listed::default();
    let under = relative(top, full);
    let staged = matches!(which, Which::Staged);
    let repository = if staged { about_to_be_committed(repository, environment) } else { repository };
    listed.repository(repository, &under, shown, which)?;
    Ok(listed)
}

/// A hook of `git commit -a` or `git commit FILE` sees in an index of its own what the commit will have: git names it in the
/// environment.
fn about_to_be_committed(repository: Repository, environment: &Environment) -> Repository {
    let mut variables = environment.all();
    match variables.find(|(name, file)| *name == "GIT_INDEX_FILE" && !file.is_empty()) {
        Some((_, file)) => repository.with_index(Path::new(file)),
        None => repository,
    }
}

/// A file that the user named is looked at, ignored or not; so is what the index has in its place, where it differs.
fn beside_its_blob(
    repository: Repository,
    top: &Path,
    full: &Path,
    shown: &Path,
    environment: &Environment,
) -> Result<Listed, String> {
    let mut listed = in_repository(repository, top, full, shown, Which::Staged, environment)?;
    listed.leave_out_blobs_of(full);
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
    lines.extend(summary.allowed_by_change.iter().map(|what| format!("allowed by this change: {what}")));
    // Where it is the reason, it is said as such.
    let missed = summary.missed.iter().skip(usize::from(row.status == Status::Unproven));
    lines.extend(summary.untold.clone());
    lines.extend(summary.unreadable.iter().chain(missed).map(|why| format!("not looked at: {why}")));
    if row.status == Status::Unproven {
        lines.push(format!("UNPROVEN: {}", row.detail));
    }
    lines.push(summary.counts());
    let named = row.metrics.get(THRESHOLDS_FROM).and_then(Value::as_array).into_iter().flatten();
    lines.extend(named.filter_map(Value::as_str).map(|threshold| format!("threshold: {threshold}")));
    lines.push(format!("Decision: {}", verdict(std::slice::from_ref(row), Rule::Gates).label()));
    lines
}
