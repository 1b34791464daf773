//! From single matches to vulnerabilities: several names of one are one, and what is ignored does not count.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use serde::Serialize;

use super::{Match, Package, Severity, Subject, Verdict};

/// One vulnerability of one package in one lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// The package's name as written.
    pub package: String,
    /// Its ecosystem, in OSV's words.
    pub ecosystem: &'static str,
    /// Its version.
    pub version: String,
    /// The file that pins it.
    pub lockfile: String,
    /// The line there, where it is known.
    pub line: Option<usize>,
    /// The advisories about it.
    pub ids: Vec<String>,
    /// Its further names.
    pub aliases: Vec<String>,
    /// How bad it is.
    #[serde(serialize_with = "word")]
    pub severity: Severity,
    /// The versions that fix it.
    pub fixed: Vec<String>,
    /// The last versions that are known to be affected, where an advisory says so beside a range that has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_known_affected: Option<String>,
}

fn word<S: serde::Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.word())
}

/// A vulnerability that somebody decided to live with for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignore {
    /// Any name of it.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The last day, in UTC.
    pub until: Date,
}

/// What the advisories come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdicts {
    /// The vulnerabilities, in the order of the lock files.
    pub findings: Vec<Finding>,
    /// How many are ignored.
    pub ignored: usize,
    /// What a reader should know besides.
    pub warnings: Vec<String>,
    /// What nobody can tell.
    pub undetermined: Vec<String>,
}

/// The matches of one version that are about one vulnerability.
#[derive(Debug, Default)]
struct Group<'m> {
    names: BTreeSet<&'m str>,
    matches: Vec<&'m Match>,
}

/// Puts matches and the places of their packages together.
#[must_use]
pub(crate) fn verdicts(packages: &[Package], matches: &[Match], ignores: &[Ignore], today: Date) -> Verdicts {
    let groups = groups(matches);
    let mut judge = Judge { ignores, today, used: BTreeSet::new(), verdicts: Verdicts::default() };
    let mut seen = BTreeSet::new();
    for package in packages {
        let subject = Subject::of(package);
        if seen.insert((package.path.as_str(), subject.clone())) {
            groups.get(&subject).into_iter().flatten().for_each(|group| judge.group(package, group));
        }
    }
    judge.finish()
}

fn groups(matches: &[Match]) -> HashMap<Subject, Vec<Group<'_>>> {
    let mut by_subject: BTreeMap<&Subject, Vec<&Match>> = BTreeMap::new();
    for one in matches {
        by_subject.entry(&one.subject).or_default().push(one);
    }
    by_subject.into_iter().map(|(subject, matches)| (subject.clone(), grouped(matches))).collect()
}

/// Whatever shares a name, over any number of steps, is one.
fn grouped(mut matches: Vec<&Match>) -> Vec<Group<'_>> {
    matches.sort_by(|one, other| one.id.cmp(&other.id));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for one in matches {
        let names: BTreeSet<_> = one.aliases.iter().chain([&one.id]).map(String::as_str).collect();
        let (same, others): (Vec<Group<'_>>, Vec<_>) =
            groups.into_iter().partition(|group| !group.names.is_disjoint(&names));
        let mut merged = Group::default();
        for group in same {
            merged.names.extend(group.names);
            merged.matches.extend(group.matches);
        }
        merged.names.extend(names);
        merged.matches.push(one);
        groups = others;
        groups.push(merged);
    }
    groups
}

struct Judge<'a> {
    ignores: &'a [Ignore],
    today: Date,
    used: BTreeSet<usize>,
    verdicts: Verdicts,
}

impl Judge<'_> {
    fn group(&mut self, package: &Package, group: &Group<'_>) {
        if self.is_ignored(group) {
            self.verdicts.ignored += 1;
            return;
        }
        let shown = format!("{} {} ({})", package.name, package.version, package.path);
        let verdicts = || group.matches.iter().map(|one| (&one.id, &one.verdict));
        if verdicts().any(|(_, verdict)| *verdict == Verdict::Vulnerable) {
            self.verdicts.findings.push(group.finding(package));
        } else if let Some((id, why)) = verdicts().find_map(|(id, verdict)| match verdict {
            Verdict::Undetermined(why) => Some((id, why)),
            _ => None,
        }) {
            self.verdicts.undetermined.push(format!("whether {id} is about {shown} is not known: {why}"));
        } else if let Some((id, Verdict::Notice(notice))) = verdicts().next() {
            self.verdicts.warnings.push(format!("{shown}: {notice} ({id})"));
        }
    }

    fn is_ignored(&mut self, group: &Group<'_>) -> bool {
        let about = self.ignores.iter().enumerate().filter(|(_, ignore)| group.names.contains(ignore.id.as_str()));
        let about: Vec<_> = about.collect();
        self.used.extend(about.iter().map(|(at, _)| at));
        about.iter().any(|(_, ignore)| self.today <= ignore.until)
    }

    fn finish(mut self) -> Verdicts {
        for (at, ignore) in self.ignores.iter().enumerate() {
            let Ignore { id, reason, until } = ignore;
            let warning = match (self.used.contains(&at), self.today <= *until) {
                (false, _) => format!("nothing is ignored by `{id}`: no package has it"),
                (true, true) => format!("{id} is ignored until {until}: {reason}"),
                (true, false) => format!("{id} was ignored until {until}, and counts again"),
            };
            self.verdicts.warnings.push(warning);
        }
        self.verdicts
    }
}

impl Group<'_> {
    fn finding(&self, package: &Package) -> Finding {
        let mut ids: Vec<_> = self.matches.iter().map(|one| one.id.clone()).collect();
        ids.sort();
        ids.dedup();
        let others = self.names.iter().filter(|name| !ids.iter().any(|id| id == *name));
        let aliases = others.map(|name| (*name).to_owned()).collect();
        let vulnerable = || self.matches.iter().filter(|one| one.verdict == Verdict::Vulnerable);
        let mut fixed: Vec<String> = Vec::new();
        for version in vulnerable().flat_map(|one| &one.fixed) {
            if !fixed.contains(version) {
                fixed.push(version.clone());
            }
        }
        Finding {
            package: package.name.clone(),
            ecosystem: package.ecosystem.name(),
            version: package.version.clone(),
            lockfile: package.path.clone(),
            line: package.line,
            ids,
            aliases,
            severity: Severity::of_ratings(vulnerable().map(|one| one.severity)),
            fixed,
            last_known_affected: vulnerable().find_map(|one| one.last_known.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::Ecosystem;
    use super::*;

    fn package(line: usize) -> Package {
        let (name, version, path) = ("Flask".into(), "1.0".into(), "uv.lock".into());
        Package { ecosystem: Ecosystem::PyPi, name, version, path, line: Some(line) }
    }

    fn found(id: &str, aliases: &[&str], severity: Severity, verdict: Verdict) -> Match {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        Match {
            subject: Subject::of(&package(1)),
            id: id.into(),
            aliases,
            severity,
            fixed: vec!["2.0".into()],
            last_known: None,
            verdict,
        }
    }

    fn judged(matches: &[Match], ignores: &[Ignore]) -> Verdicts {
        verdicts(&[package(3), package(9)], matches, ignores, date(2026, 5, 1))
    }

    #[test]
    fn names_of_one_vulnerability_are_one_finding() {
        let verdicts = judged(
            &[
                found("PYSEC-1", &["CVE-1"], Severity::Unknown, Verdict::Vulnerable),
                found("GHSA-1", &["CVE-2"], Severity::Low, Verdict::Vulnerable),
                found("OTHER-1", &["CVE-1", "CVE-2"], Severity::Medium, Verdict::Vulnerable),
                found("PYSEC-2", &["CVE-3"], Severity::Unknown, Verdict::Vulnerable),
            ],
            &[],
        );
        let shown: Vec<_> = verdicts
            .findings
            .iter()
            .map(|one| (one.ids.join(" "), one.aliases.join(" "), one.severity, one.line))
            .collect();
        let all = |ids: &str, aliases: &str, severity| (ids.to_owned(), aliases.to_owned(), severity, Some(3));
        assert_eq!(
            shown,
            [
                all("GHSA-1 OTHER-1 PYSEC-1", "CVE-1 CVE-2", Severity::Medium),
                all("PYSEC-2", "CVE-3", Severity::Unknown)
            ]
        );
        assert_eq!(verdicts.findings[0].fixed, ["2.0"]);
    }

    #[test]
    fn an_ignore_holds_until_its_day_is_over() {
        let matches = [found("PYSEC-1", &["CVE-1"], Severity::High, Verdict::Vulnerable)];
        let ignore = |id: &str, until| Ignore { id: id.into(), reason: "not reached".into(), until };
        let today = judged(&matches, &[ignore("CVE-1", date(2026, 5, 1))]);
        assert_eq!((today.findings.len(), today.ignored), (0, 1));
        assert_eq!(today.warnings, ["CVE-1 is ignored until 2026-05-01: not reached"]);
        let later = judged(&matches, &[ignore("PYSEC-1", date(2026, 4, 30)), ignore("CVE-9", date(2027, 1, 1))]);
        assert_eq!((later.findings.len(), later.ignored), (1, 0));
        assert_eq!(
            later.warnings,
            [
                "PYSEC-1 was ignored until 2026-04-30, and counts again",
                "nothing is ignored by `CVE-9`: no package has it"
            ]
        );
    }

    #[test]
    fn what_is_not_known_and_what_is_only_noted_are_told_apart() {
        let undetermined = judged(&[found("A-1", &[], Severity::Unknown, Verdict::Undetermined("odd".into()))], &[]);
        assert_eq!(undetermined.undetermined, ["whether A-1 is about Flask 1.0 (uv.lock) is not known: odd"]);
        let noted = judged(&[found("A-1", &[], Severity::Unknown, Verdict::Notice("unmaintained".into()))], &[]);
        assert_eq!((noted.findings.len(), noted.undetermined.len()), (0, 0));
        assert_eq!(noted.warnings, ["Flask 1.0 (uv.lock): unmaintained (A-1)"]);
    }
}
