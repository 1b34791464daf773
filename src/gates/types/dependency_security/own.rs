//! Looking packages up without any outside tool: lock files on one side, advisories on the other.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::super::super::gate::{Evidence, Job, Options, Wrong};
use crate::ecosystems::table;
use crate::evidence::advisories::findings;
use crate::evidence::advisories::findings::{Ignore, Verdicts};
use crate::evidence::advisories::lockfiles;
use crate::evidence::advisories::lockfiles::{Locked, Unread};
use crate::evidence::advisories::service::Service;
use crate::evidence::advisories::{Match, Package, Wanted, database};
use crate::evidence::audit::{Audit, Finding, LookedAt};
use crate::model;
use crate::model::Place;
use crate::model::escape::visible_up_to;
use crate::net::{BaseUrl, Client};
use crate::world::glob;
use crate::world::glob::Pattern;

/// How old a database may be without further word, in days.
const MAX_AGE_DAYS: u32 = 14;

/// How far a clock may go wrong, in seconds.
const CLOCK_SLACK: i64 = 5 * 60;

/// How many files and packages that were not looked up are named.
const UNREAD_LIMIT: usize = 10;

/// How many findings a record keeps one by one; all of them are counted.
const FINDING_LIMIT: usize = 1_000;

/// How much of a range is shown as a database words it, in characters.
const RANGE_LIMIT: usize = 100;

/// A gate of the type.
pub(super) struct Configured {
    lockfiles: Vec<Pattern>,
    databases: Vec<String>,
    service: Option<BaseUrl>,
    max_age_days: u32,
    ignores: Vec<Ignore>,
    pub(super) may_be_empty: bool,
    /// Packages that an outside auditor may leave out.
    pub(super) allow_skipped: Vec<String>,
}

impl Configured {
    pub(super) fn of(options: &Options) -> Result<Self, Wrong> {
        let wrong = |key: &'static str| move |why: String| (key.to_owned(), why);
        let lockfiles = options.texts("lockfiles").into_iter().map(Pattern::parse);
        let lockfiles = lockfiles.collect::<Result<_, _>>().map_err(wrong("lockfiles"))?;
        let databases = texts(options, "database");
        let service = options.text("service").map(|text| BaseUrl::parse(text, false)).transpose();
        let service = service.map_err(|why| ("service".to_owned(), format!("is not an address: {why}")))?;
        if service.is_some() && !databases.is_empty() {
            return Err(wrong("service")("and `database` exclude each other: name one".to_owned()));
        }
        Ok(Self {
            lockfiles,
            databases,
            service,
            max_age_days: options.whole("max_age_days").unwrap_or(MAX_AGE_DAYS),
            ignores: options.objects("ignore").iter().filter_map(ignore).collect(),
            may_be_empty: options.switch("allow_empty"),
            allow_skipped: texts(options, "allow_skipped"),
        })
    }
}

fn texts(options: &Options, key: &str) -> Vec<String> {
    options.texts(key).into_iter().map(str::to_owned).collect()
}

/// An entry that lacks something excuses nothing.
fn ignore(entry: &Options) -> Option<Ignore> {
    Some(Ignore { id: entry.owned("id")?, reason: entry.owned("reason")?, until: entry.date("until")? })
}

/// What the advisories say about what the lock files pin.
pub(super) fn source(job: &Job<'_>, gate: &Configured) -> Result<Evidence, String> {
    judged(job, gate, &locked(job, gate)?)
}

/// The same about packages that somebody names: they stand in no file.
pub(super) fn of_packages(job: &Job<'_>, gate: &Configured, packages: Vec<Package>) -> Result<Evidence, String> {
    let mut evidence = judged(job, gate, &Locked { packages, ..Locked::default() })?;
    evidence.findings.iter_mut().for_each(|finding| finding.place = None);
    Ok(evidence)
}

fn judged(job: &Job<'_>, gate: &Configured, locked: &Locked) -> Result<Evidence, String> {
    let warnings = locked.warnings.clone();
    let wanted = Wanted::of(&locked.packages);
    let unread = unread(&locked.unread, &gate.allow_skipped);
    if wanted.count() == 0 {
        return match unread {
            Some(why) => Err(why),
            None => match gate.may_be_empty {
                true => Ok(evidence(0, warnings, &Verdicts::default(), None)),
                false => Err("no package was found; `allow_empty: true` allows that".to_owned()),
            },
        };
    }
    let (matches, newest) = look_up(job, gate, &wanted)?;
    let today = TimeZone::UTC.to_datetime(job.world.now).date();
    let verdicts = findings::verdicts(&locked.packages, &matches, &gate.ignores, today);
    // A vulnerability that is known is worth more than one about which nobody can tell.
    match unread.as_ref().or(verdicts.undetermined.first()) {
        Some(why) if verdicts.findings.is_empty() => Err(why.clone()),
        _ => {
            let warnings = warnings.into_iter().chain(unread).collect();
            Ok(evidence(wanted.count(), warnings, &verdicts, newest))
        }
    }
}

/// What is said of the files and packages that nobody looked up and that the gate's author does not leave out.
fn unread(unread: &[Unread], allowed: &[String]) -> Option<String> {
    let names = |unread: &&Unread| !allowed.contains(&unread.name);
    let left: Vec<_> = unread.iter().filter(names).map(|unread| unread.what.as_str()).collect();
    let more = match left.len().saturating_sub(UNREAD_LIMIT) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = left.iter().take(UNREAD_LIMIT).copied().collect::<Vec<_>>().join("; ");
    let next = "name under `allow_skipped:` (the package, or the path of the file) what may be left out";
    (!left.is_empty()).then(|| format!("not looked up: {shown}{more}; {next}"))
}

fn locked(job: &Job<'_>, gate: &Configured) -> Result<Locked, String> {
    let mut beside = Vec::new();
    let files = if gate.lockfiles.is_empty() {
        let repository = job
            .world
            .repository
            .as_deref()
            .map_err(|_| "there is no git repository to list lock files; name them in `lockfiles:`")?;
        beside = repository.tracked(table::is_lock_without_reader)?;
        repository.tracked(table::is_looked_up)?
    } else {
        glob::released(job.world, &job.world.dir, &gate.lockfiles)?
    };
    if files.is_empty() && beside.is_empty() && !gate.may_be_empty {
        return Err("git tracks no lock file; `allow_empty: true` allows that".to_owned());
    }
    let mut locked = lockfiles::read(job.world, &files)?;
    locked.unread.extend(beside.iter().map(|path| {
        let name = path.to_string_lossy().replace('\\', "/");
        Unread { what: format!("{} (no reader)", visible_up_to(&name, 200)), name }
    }));
    Ok(locked)
}

fn look_up(job: &Job<'_>, gate: &Configured, wanted: &Wanted) -> Result<(Vec<Match>, Option<Timestamp>), String> {
    if let Some(base) = &gate.service {
        let service = Service::new(Client::new(&job.world.environment), base.clone());
        let matches = service.look_up(wanted).map_err(|why| format!("the service at {}: {why}", base.host()))?;
        return Ok((matches, None));
    }
    if gate.databases.is_empty() {
        return Err("it has no advisories: name a `database:` or a `service:`, or give it a `command:`".to_owned());
    }
    let (mut matches, mut missing, mut oldest) = (Vec::new(), wanted.ecosystems(), None::<Timestamp>);
    for text in &gate.databases {
        let named = |why: String| format!("the database {}: {why}", visible_up_to(text, 200));
        let found = database_at(job, text).and_then(|path| database::look_up(&path, wanted)).map_err(named)?;
        let newest = found.modified.ok_or_else(|| named("it has no advisories".to_owned()))?;
        fresh(newest, job.world.now, gate.max_age_days).map_err(named)?;
        oldest = Some(oldest.map_or(newest, |oldest| oldest.min(newest)));
        missing.retain(|ecosystem| !found.ecosystems.contains(ecosystem));
        matches.extend(found.matches);
    }
    if missing.is_empty() {
        return Ok((matches, oldest));
    }
    let names: Vec<_> = missing.iter().map(|ecosystem| ecosystem.name()).collect();
    Err(format!("the database has no advisories for {}", names.join(", ")))
}

/// A relative path stays inside the repository; an absolute one is the user's own word for another place.
fn database_at(job: &Job<'_>, text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let resolved = job.world.root.resolve(&job.world.dir.join(path)).map_err(|error| error.to_string())?;
    Ok(job.world.root.path().join(resolved))
}

fn fresh(newest: Timestamp, now: Timestamp, max_age_days: u32) -> Result<(), String> {
    let age = now.as_second() - newest.as_second();
    if age < -CLOCK_SLACK {
        return Err(format!("its newest change is of {newest}, in the future"));
    }
    let days = age / (24 * 60 * 60);
    if age > i64::from(max_age_days) * 24 * 60 * 60 {
        return Err(format!(
            "its newest change is {days} days old; at most {max_age_days} are allowed (`max_age_days`)"
        ));
    }
    Ok(())
}

fn evidence(packages: usize, mut warnings: Vec<String>, verdicts: &Verdicts, newest: Option<Timestamp>) -> Evidence {
    let names = |finding: &findings::Finding| finding.ids.iter().chain(&finding.aliases).cloned().collect();
    let found = verdicts.findings.iter();
    let found = found.map(|finding| Finding { ids: names(finding), severity: finding.severity }).collect();
    let mut metrics = Audit { looked_at: LookedAt::Packages(packages as u64), found, ..Audit::default() }.metrics();
    let shown = &verdicts.findings[..verdicts.findings.len().min(FINDING_LIMIT)];
    metrics.insert("findings".into(), json!(shown));
    metrics.insert("ignored".into(), json!(verdicts.ignored));
    if let Some(newest) = newest {
        metrics.insert("database_modified".into(), json!(newest.to_string()));
    }
    warnings.extend(verdicts.warnings.iter().chain(&verdicts.undetermined).cloned());
    warnings.extend(shown.iter().take(20).map(line));
    let findings = shown.iter().map(reported).collect();
    Evidence { metrics, warnings, findings, ..Evidence::default() }
}

/// A finding for people.
fn line(finding: &findings::Finding) -> String {
    let place = finding.line.map_or_else(|| finding.lockfile.clone(), |line| format!("{}:{line}", finding.lockfile));
    visible_up_to(&format!("{place}: {}", said(finding)), 300)
}

fn reported(finding: &findings::Finding) -> model::Finding {
    model::Finding {
        rule: finding.ids.first().cloned().unwrap_or_default(),
        message: said(finding),
        place: Place::under(Path::new(""), &finding.lockfile).map(|file| file.at(finding.line)),
        key: format!("{} {}", finding.package, finding.version),
    }
}

fn said(finding: &findings::Finding) -> String {
    let fixed = match finding.fixed.as_slice() {
        [] => "no fix is known".to_owned(),
        fixed => format!("fixed in {}", fixed.join(", ")),
    };
    let last_known = finding.last_known_affected.as_deref().map(|range| visible_up_to(range, RANGE_LIMIT));
    let last_known = last_known.map(|range| format!(", last known to be affected: {range}")).unwrap_or_default();
    let (package, version, severity) = (&finding.package, &finding.version, finding.severity.word());
    format!("{package} {version}: {} ({severity}), {fixed}{last_known}", finding.ids.join(", "))
}

#[cfg(test)]
mod tests;
