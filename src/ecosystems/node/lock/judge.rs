//! Whether what a lock file says about a dependency pins it.

use std::path::Path;

use super::{Entry, Origin, Recorded, Resolved, Wanted};
use crate::ecosystems::node::requirement::{Requirement, commit_in, commit_of_fragment, meets};
use crate::model::path::within_on_any_system;

/// What one lock file means for one dependency. The texts go on after the file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Pins,
    /// It does not have the dependency, or not firmly.
    Lacks(String),
    /// It says something else than the manifest.
    Contradicts(String),
    /// Nobody can tell; after the file's name and a colon.
    Unreadable(String),
}

/// Judges an entry of a lock file in a folder, relative to the root.
pub(super) fn judge(entry: &Entry, wanted: &Wanted<'_>, folder: &Path) -> Verdict {
    if let Some(verdict) = stale(&entry.recorded, wanted) {
        return verdict;
    }
    match &entry.resolved {
        Some(resolved) => package(resolved, wanted, folder),
        None if wanted.dispensable => Verdict::Pins,
        None => Verdict::Lacks("does not have it".to_owned()),
    }
}

/// A lock file that was made for another manifest.
fn stale(recorded: &Recorded, wanted: &Wanted<'_>) -> Option<Verdict> {
    match recorded {
        Recorded::NotKept => None,
        Recorded::NoManifest => Some(Verdict::Lacks(format!("does not cover {}", shown(wanted.importer)))),
        Recorded::Kept(requirements) => {
            if requirements.iter().any(|r| wanted.written.iter().any(|written| written.trim() == r.trim())) {
                return None;
            }
            Some(match requirements.first() {
                Some(other) => Verdict::Contradicts(format!("is out of date: it was made for {}", quoted(other))),
                None if wanted.dispensable => Verdict::Pins,
                None => Verdict::Lacks("does not have it".to_owned()),
            })
        }
    }
}

fn package(resolved: &Resolved, wanted: &Wanted<'_>, folder: &Path) -> Verdict {
    match (&resolved.origin, wanted.requirement) {
        (Origin::Local(path), _) => local(path, resolved, folder),
        (Origin::Git(address), requirement) => git(address, resolved, requirement),
        (Origin::Registry, Requirement::Registry { package, range }) => {
            let expected = package.as_deref().unwrap_or(wanted.name);
            registry(resolved, expected, range)
        }
        (Origin::Registry, Requirement::Git(fragment)) if commit_of_fragment(fragment).is_some() => {
            Verdict::Contradicts(format!("has {} in its place", resolved.version))
        }
        (Origin::Registry, _) => hashed(resolved),
    }
}

fn registry(resolved: &Resolved, expected: &str, range: &str) -> Verdict {
    if let Some(other) = resolved.package.as_deref().filter(|package| *package != expected) {
        return Verdict::Contradicts(format!("has {other} in its place"));
    }
    if !meets(&resolved.version, range) {
        return Verdict::Contradicts(format!("has {}, which does not meet {}", resolved.version, quoted(range)));
    }
    hashed(resolved)
}

fn hashed(resolved: &Resolved) -> Verdict {
    if resolved.hashed { Verdict::Pins } else { Verdict::Lacks("has no integrity for it".to_owned()) }
}

/// The repository itself pins what it holds.
fn local(path: &str, resolved: &Resolved, folder: &Path) -> Verdict {
    if resolved.hashed || within_on_any_system(folder, path).is_some() {
        return Verdict::Pins;
    }
    Verdict::Lacks("takes it from outside the repository".to_owned())
}

fn git(address: &str, resolved: &Resolved, requirement: &Requirement) -> Verdict {
    let Requirement::Git(fragment) = requirement else {
        return match requirement {
            Requirement::Registry { .. } => Verdict::Contradicts("has a git repository in its place".to_owned()),
            _ => hashed(resolved),
        };
    };
    match (commit_in(address), commit_of_fragment(fragment)) {
        (Some(commit), Some(asked)) if !commit.eq_ignore_ascii_case(asked) => {
            Verdict::Contradicts(format!("has another commit, {commit}"))
        }
        (Some(_), _) => Verdict::Pins,
        (None, _) if resolved.hashed => Verdict::Pins,
        (None, _) => Verdict::Lacks("has no full commit for it".to_owned()),
    }
}

fn shown(importer: &str) -> String {
    if importer.is_empty() { "package.json".to_owned() } else { format!("{importer}/package.json") }
}

/// An empty requirement means any version.
fn quoted(requirement: &str) -> &str {
    if requirement.trim().is_empty() { "*" } else { requirement }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef01234567";

    fn verdict(requirement: &str, recorded: Recorded, resolved: Option<Resolved>, dispensable: bool) -> Verdict {
        let parsed = Requirement::parse(requirement);
        let written = [requirement];
        let wanted = Wanted {
            importer: "",
            importer_name: None,
            name: "a",
            written: &written,
            requirement: &parsed,
            dispensable,
        };
        judge(&Entry { recorded, resolved }, &wanted, Path::new("sub"))
    }

    fn resolved(package: Option<&str>, version: &str, origin: Origin, hashed: bool) -> Option<Resolved> {
        Some(Resolved { package: package.map(str::to_owned), version: version.to_owned(), origin, hashed })
    }

    #[test]
    fn a_package_pins_what_it_meets() {
        let lacks = |why: &str| Verdict::Lacks(why.to_owned());
        let contradicts = |why: &str| Verdict::Contradicts(why.to_owned());
        let registry = |version, hashed| resolved(None, version, Origin::Registry, hashed);
        let git = |address: &str| resolved(None, "1.0.0", Origin::Git(address.to_owned()), false);
        let local = |path: &str| resolved(None, "", Origin::Local(path.to_owned()), false);
        let at = |commit: &str| format!("git+ssh://git@github.com/o/r.git#{commit}");
        let commit = at(HEX);
        let cases = [
            ("^1.0.0", registry("1.3.0", true), Verdict::Pins),
            ("^1.0.0", registry("1.3.0", false), lacks("has no integrity for it")),
            ("^1.0.0", registry("2.0.0", true), contradicts("has 2.0.0, which does not meet ^1.0.0")),
            ("^1.0.0", None, lacks("does not have it")),
            ("latest", registry("9.0.0", true), Verdict::Pins),
            ("", registry("9.0.0-rc.1", true), Verdict::Pins),
            ("^1.0.0", resolved(Some("b"), "1.0.0", Origin::Registry, true), contradicts("has b in its place")),
            ("npm:b@^1.0.0", resolved(Some("b"), "1.0.0", Origin::Registry, true), Verdict::Pins),
            ("npm:b@^1.0.0", resolved(Some("a"), "1.0.0", Origin::Registry, true), contradicts("has a in its place")),
            ("^1.0.0", local("packages/a"), Verdict::Pins),
            ("^1.0.0", local("../a"), Verdict::Pins),
            ("^1.0.0", local("../../a"), lacks("takes it from outside the repository")),
            ("^1.0.0", git(&commit), contradicts("has a git repository in its place")),
            ("o/r", git(&commit), Verdict::Pins),
            ("o/r#main", git(&at("main")), lacks("has no full commit for it")),
            (&format!("o/r#{HEX}"), git(&commit), Verdict::Pins),
            (
                &format!("o/r#{}", HEX.replace('0', "f")),
                git(&commit),
                contradicts(&format!("has another commit, {HEX}")),
            ),
            (&format!("o/r#{HEX}"), registry("1.0.0", true), contradicts("has 1.0.0 in its place")),
            ("https://host/a.tgz", registry("1.0.0", true), Verdict::Pins),
            ("https://host/a.tgz", registry("1.0.0", false), lacks("has no integrity for it")),
        ];
        for (requirement, resolved, expected) in cases {
            let found = verdict(requirement, Recorded::NotKept, resolved.clone(), false);
            assert_eq!(found, expected, "{requirement} {resolved:?}");
        }
    }

    #[test]
    fn a_lock_file_made_for_another_manifest_pins_nothing() {
        let good = || resolved(None, "1.3.0", Origin::Registry, true);
        let kept = |all: &[&str]| Recorded::Kept(all.iter().map(|&r| r.to_owned()).collect());
        let old = Verdict::Contradicts("is out of date: it was made for ^1.2.0".to_owned());
        assert_eq!(verdict("^1.0.0", kept(&["^1.2.0"]), good(), false), old);
        assert_eq!(verdict("^1.0.0", kept(&["^1.2.0", "^1.0.0"]), good(), false), Verdict::Pins);
        assert_eq!(verdict("^1.0.0", kept(&[]), good(), false), Verdict::Lacks("does not have it".to_owned()));
        let uncovered = Verdict::Lacks("does not cover package.json".to_owned());
        assert_eq!(verdict("^1.0.0", Recorded::NoManifest, good(), false), uncovered);
        assert_eq!(verdict("^1.0.0", kept(&["^1.0.0"]), None, true), Verdict::Pins);
        assert_eq!(verdict("^1.0.0", kept(&[]), None, true), Verdict::Pins);
    }
}
