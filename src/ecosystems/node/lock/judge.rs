//! Whether what a lock file says about a dependency pins it.

use super::resolved::is_archive_of_commit;
use super::{Entry, Hash, Origin, Recorded, Resolved, Wanted};
use crate::ecosystems::node::requirement::{Requirement, commit_in, commit_of_fragment, meets};

/// What one lock file means for one dependency. The texts go on after the file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Pins,
    /// It does not have the dependency, or not firmly.
    Lacks(String),
    /// It says something else than the manifest.
    Contradicts(String),
    /// It takes the dependency from a place that is no part of the release, whatever the manifest asks for.
    Elsewhere(String),
    /// It has the dependency, and not what that needs: the whole sentence.
    Hole(String),
    /// Nobody can tell; after the file's name and a colon.
    Unreadable(String),
}

/// Why a path, as the lock file has it, is no part of the release; nothing where it is, or nobody can tell.
pub(super) type LeftOut<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Judges an entry of a lock file.
pub(super) fn judge(entry: &Entry<'_>, wanted: &Wanted<'_>, left_out: LeftOut<'_>) -> Verdict {
    if let Some(verdict) = stale(&entry.recorded, wanted) {
        return verdict;
    }
    match &entry.resolved {
        Some(resolved) => match (package(resolved, wanted, left_out), &entry.recorded) {
            // npm takes what still meets the manifest, whatever it was chosen for.
            (Verdict::Contradicts(_), Recorded::Told(requirements)) if !wanted.is_written(requirements) => {
                out_of_date(requirements).unwrap_or_else(|| Verdict::Lacks("does not have it".to_owned()))
            }
            (verdict, _) => verdict,
        },
        None if wanted.dispensable || wanted.is_left_out(&entry.recorded) => Verdict::Pins,
        None => Verdict::Lacks("does not have it".to_owned()),
    }
}

/// A lock file that was made for another manifest.
fn stale(recorded: &Recorded, wanted: &Wanted<'_>) -> Option<Verdict> {
    match recorded {
        Recorded::NotKept => None,
        Recorded::Told(_) if matches!(wanted.requirement, Requirement::Registry { .. }) => None,
        Recorded::NoManifest => Some(Verdict::Lacks(format!("does not cover {}", shown(wanted.importer)))),
        Recorded::Kept(requirements) | Recorded::Told(requirements) => {
            if wanted.is_written(requirements) {
                return None;
            }
            Some(match out_of_date(requirements) {
                Some(verdict) => verdict,
                None if wanted.dispensable => Verdict::Pins,
                None => Verdict::Lacks("does not have it".to_owned()),
            })
        }
    }
}

fn out_of_date(requirements: &[String]) -> Option<Verdict> {
    let other = requirements.first()?;
    Some(Verdict::Contradicts(format!("is out of date: it was made for {}", quoted(other))))
}

impl Wanted<'_> {
    /// Whether the tool knew of it and installs nothing: it is optional, and there was no such version.
    fn is_left_out(&self, recorded: &Recorded) -> bool {
        let (Recorded::Kept(requirements) | Recorded::Told(requirements)) = recorded else { return false };
        self.is_optional && self.is_written(requirements)
    }

    fn is_written(&self, requirements: &[String]) -> bool {
        requirements.iter().any(|one| self.written.iter().any(|written| written.trim() == one.trim()))
    }
}

/// Why the content of a package is not fixed, in a few words that go on after the file's name.
pub(super) fn open(resolved: &Resolved<'_>, left_out: LeftOut<'_>) -> Option<String> {
    match &resolved.origin {
        // The repository itself pins what it holds; a hash brings nothing into the release.
        Origin::Local(path) => left_out(path).map(|why| format!("takes it from {path}: {why}")),
        Origin::Git(address) => {
            // No tool holds what it takes out of a repository to a hash; an archive of one it does.
            let is_held = resolved.hash == Hash::Strong && is_archive_of_commit(address);
            (!is_held && commit_in(address).is_none()).then(|| "has no full commit for it".to_owned())
        }
        Origin::Registry => unhashed(resolved).map(|why| format!("has {why}")),
    }
}

/// What the hash of a package does not say, in a few words.
pub(super) fn unhashed(resolved: &Resolved<'_>) -> Option<String> {
    match resolved.hash {
        Hash::Strong | Hash::Needless => None,
        Hash::Weak(name) => Some(format!("only {name} for it")),
        Hash::None => Some("no integrity for it".to_owned()),
    }
}

fn package(resolved: &Resolved<'_>, wanted: &Wanted<'_>, left_out: LeftOut<'_>) -> Verdict {
    match (&resolved.origin, wanted.requirement) {
        (Origin::Local(_), _) => open(resolved, left_out).map_or(Verdict::Pins, Verdict::Elsewhere),
        (Origin::Git(address), requirement) => git(address, resolved, requirement, left_out),
        (Origin::Registry, Requirement::Registry { package, range }) => {
            let expected = package.as_deref().unwrap_or(wanted.name);
            registry(resolved, expected, range, left_out)
        }
        (Origin::Registry, Requirement::Git(fragment)) if commit_of_fragment(fragment).is_some() => {
            Verdict::Contradicts(format!("has {} in its place", resolved.version))
        }
        (Origin::Registry, _) => fixed(resolved, left_out),
    }
}

fn registry(resolved: &Resolved<'_>, expected: &str, range: &str, left_out: LeftOut<'_>) -> Verdict {
    if let Some(other) = resolved.package.as_deref().filter(|package| *package != expected) {
        return Verdict::Contradicts(format!("has {other} in its place"));
    }
    if !meets(&resolved.version, range) {
        return Verdict::Contradicts(format!("has {}, which does not meet {}", resolved.version, quoted(range)));
    }
    fixed(resolved, left_out)
}

fn fixed(resolved: &Resolved<'_>, left_out: LeftOut<'_>) -> Verdict {
    open(resolved, left_out).map_or(Verdict::Pins, Verdict::Lacks)
}

fn git(address: &str, resolved: &Resolved<'_>, requirement: &Requirement, left_out: LeftOut<'_>) -> Verdict {
    let Requirement::Git(fragment) = requirement else {
        return match requirement {
            Requirement::Registry { .. } => Verdict::Contradicts("has a git repository in its place".to_owned()),
            _ => fixed(resolved, left_out),
        };
    };
    match (commit_in(address), commit_of_fragment(fragment)) {
        (Some(commit), Some(asked)) if !commit.eq_ignore_ascii_case(asked) => {
            Verdict::Contradicts(format!("has another commit, {commit}"))
        }
        _ => fixed(resolved, left_out),
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

    fn verdict(requirement: &str, recorded: Recorded, resolved: Option<Resolved<'_>>, dispensable: bool) -> Verdict {
        let parsed = Requirement::parse(requirement);
        let written = [requirement];
        let wanted = Wanted {
            importer: "",
            importer_name: None,
            name: "a",
            written: &written,
            requirement: &parsed,
            dispensable,
            is_optional: false,
            is_peer: false,
            is_configured: false,
        };
        judge(&Entry { recorded, resolved, number: None }, &wanted, &|path| {
            path.starts_with("..").then(|| "it is outside the repository".to_owned())
        })
    }

    fn resolved<'t>(
        package: Option<&'t str>,
        version: &'t str,
        origin: Origin<'t>,
        hashed: bool,
    ) -> Option<Resolved<'t>> {
        let hash = if hashed { Hash::Strong } else { Hash::None };
        Some(Resolved { package: package.map(Into::into), version: version.into(), origin, hash, host: None })
    }

    #[test]
    fn a_package_pins_what_it_meets() {
        let lacks = |why: &str| Verdict::Lacks(why.to_owned());
        let contradicts = |why: &str| Verdict::Contradicts(why.to_owned());
        let registry = |version: &'static str, hashed| resolved(None, version, Origin::Registry, hashed);
        let git = |address: &str| resolved(None, "1.0.0", Origin::Git(address.to_owned().into()), false);
        let local = |path: &'static str| resolved(None, "", Origin::Local(path.into()), false);
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
            (
                "^1.0.0",
                local("../a"),
                Verdict::Elsewhere("takes it from ../a: it is outside the repository".to_owned()),
            ),
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
