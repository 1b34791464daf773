//! Known vulnerabilities in what lock files pin: packages, advisories in the OSV format, and what of them matches.

use std::collections::HashMap;

mod affected;
pub(crate) mod database;
pub(crate) mod ecosystem;
pub(crate) mod findings;
pub(crate) mod lockfiles;
mod osv;
pub(crate) mod service;
pub(crate) mod severity;
mod version;

pub use ecosystem::Ecosystem;
pub(crate) use severity::Severity;

use affected::Installed;
use jiff::Timestamp;
use osv::Advisory;

/// A package that a lock file pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its name as written.
    pub name: String,
    /// Its version as written.
    pub version: String,
    /// The lock file, relative to the repository's top level.
    pub path: String,
    /// Its line there, from 1, where it is known.
    pub line: Option<usize>,
}

/// What is looked up: packages by name, versions of each.
#[derive(Debug, Default)]
pub struct Wanted {
    by_name: HashMap<(Ecosystem, String), Vec<String>>,
}

impl Wanted {
    /// Every package once.
    #[must_use]
    pub fn of(packages: &[Package]) -> Self {
        let mut by_name: HashMap<_, Vec<String>> = HashMap::new();
        for package in packages {
            let versions = by_name.entry((package.ecosystem, package.ecosystem.normalized(&package.name))).or_default();
            if !versions.contains(&package.version) {
                versions.push(package.version.clone());
            }
        }
        Self { by_name }
    }

    /// How many there are, each version counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_name.values().map(Vec::len).sum()
    }

    fn all(&self) -> impl Iterator<Item = Subject> {
        let subject =
            |ecosystem, name: &str, version: &str| Subject { ecosystem, name: name.into(), version: version.into() };
        let all = self.by_name.iter();
        all.flat_map(move |((ecosystem, name), versions)| {
            versions.iter().map(move |version| subject(*ecosystem, name, version))
        })
    }

    /// The ecosystems that they come from.
    #[must_use]
    pub fn ecosystems(&self) -> std::collections::BTreeSet<Ecosystem> {
        self.by_name.keys().map(|(ecosystem, _)| *ecosystem).collect()
    }

    fn versions(&self, key: &(Ecosystem, String)) -> Option<&[String]> {
        self.by_name.get(key).map(Vec::as_slice)
    }
}

/// One version of one package, its name in the form that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Subject {
    ecosystem: Ecosystem,
    name: String,
    version: String,
}

impl Subject {
    fn of(package: &Package) -> Self {
        let Package { ecosystem, name, version, .. } = package;
        Self { ecosystem: *ecosystem, name: ecosystem.normalized(name), version: version.clone() }
    }
}

/// One advisory that is about a version in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    subject: Subject,
    id: String,
    aliases: Vec<String>,
    severity: Severity,
    fixed: Vec<String>,
    last_known: Option<String>,
    verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Vulnerable,
    /// It says something that is no vulnerability; what.
    Notice(String),
    /// Nobody can tell, and why.
    Undetermined(String),
}

impl Match {
    /// A vulnerability of which no more than the advisory's own words are known.
    fn bare(advisory: &Advisory, subject: &Subject) -> Self {
        let about = advisory.about(subject.ecosystem, &subject.name);
        Self {
            subject: subject.clone(),
            id: advisory.id.clone(),
            aliases: advisory.aliases().to_vec(),
            severity: Severity::of_ratings(about.map(|entry| advisory.severity(entry))),
            fixed: Vec::new(),
            last_known: None,
            verdict: Verdict::Vulnerable,
        }
    }
}

/// What advisories say about a version, if it is of interest.
fn matched(advisory: &Advisory, subject: &Subject) -> Option<Match> {
    if advisory.withdrawn.is_some() {
        return None;
    }
    let installed = Installed::new(subject.ecosystem, &subject.version);
    let judged = advisory.about(subject.ecosystem, &subject.name).filter_map(|entry| {
        let verdict = match (installed.is_affected(entry), entry.notice()) {
            (Ok(false), _) => return None,
            (Ok(true), None) => Verdict::Vulnerable,
            (Ok(true), Some(notice)) => Verdict::Notice(notice.to_owned()),
            (Err(why), _) => Verdict::Undetermined(why),
        };
        Some((entry, verdict))
    });
    let judged: Vec<_> = judged.collect();
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Vulnerable => 0,
        Verdict::Undetermined(_) => 1,
        Verdict::Notice(_) => 2,
    };
    let (_, verdict) = judged.iter().min_by_key(|(_, verdict)| rank(verdict))?;
    let mut fixed: Vec<_> = judged.iter().flat_map(|(entry, _)| installed.fixes(entry)).collect();
    fixed.dedup();
    let severity = Severity::of_ratings(judged.iter().map(|(entry, _)| advisory.severity(entry)));
    let last_known = judged.iter().find_map(|(entry, _)| entry.last_known()).map(str::to_owned);
    Some(Match { severity, fixed, last_known, verdict: verdict.clone(), ..Match::bare(advisory, subject) })
}

/// When an advisory was last changed.
fn modified(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "its `modified` is not a time".to_owned())
}
