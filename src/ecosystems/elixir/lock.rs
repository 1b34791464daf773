//! mix.lock: a map of Elixir, from the name of each package to what was fetched.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::mixfile::{Declared, Source};
use super::terms::{Parser, Place, Term, Wrong, tokens};
use crate::ecosystems::Pin;
use crate::ecosystems::comparators;
use crate::ecosystems::fixed::{is_commit, is_sha256};
use crate::ecosystems::graph::{Graph, Need, Package};
use crate::ecosystems::lockfiles::Listed;
use crate::model::problem::LineIndex;
use crate::structured::toml::refuse_countless;

/// The file's name.
pub(super) const FILE: &str = "mix.lock";

/// A lock file that was read.
#[derive(Default)]
pub(super) struct Lock {
    /// In the file's order.
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    /// Packages of the release, which the lock file leaves out.
    local: HashSet<String>,
    graph: OnceLock<Graph<'static>>,
}

/// One package.
pub(super) struct Entry {
    /// What the code calls it.
    pub(super) name: String,
    /// Origin 1.
    pub(super) line: usize,
    from: Origin,
}

enum Origin {
    Hex {
        package: String,
        version: String,
        is_hashed: bool,
        needs: Vec<Needed>,
    },
    Git {
        url: String,
        revision: String,
    },
    /// A kind that is not known, by its name.
    Other(String),
}

struct Needed {
    name: String,
    is_optional: bool,
}

/// The packages of Hex.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let of_hex = |entry: Entry| match entry.from {
        Origin::Hex { package, version, .. } => Some(Listed { name: package, version, line: Some(entry.line) }),
        Origin::Git { .. } | Origin::Other(_) => None,
    };
    Ok(Lock::parse(text)?.entries.into_iter().filter_map(of_hex).collect())
}

impl Lock {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        refuse_countless(text)?;
        let lines = LineIndex::new(text);
        let told = |wrong: Wrong| format!("line {}: {}", lines.line(wrong.at), wrong.what);
        let mut lock = Self::default();
        for (name, place) in entries(text).map_err(told)? {
            let line = lines.line(place.at);
            let from = Origin::read(&place).ok_or_else(|| format!("line {line}: {name} is nothing that mix writes"))?;
            if lock.by_name.insert(name.clone(), lock.entries.len()).is_some() {
                return Err(format!("line {line}: {name} is there twice"));
            }
            lock.entries.push(Entry { name, line, from });
        }
        Ok(lock)
    }

    /// Packages that the release has itself: nobody misses them in the lock file.
    pub(super) fn knows(&mut self, local: impl Iterator<Item = String>) {
        self.local.extend(local);
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether an entry is fixed, with all that it needs.
    pub(super) fn pin(&self, name: &str) -> Pin {
        let found = self.by_name.get(name).and_then(|number| Some((*number, self.entries.get(*number)?)));
        let Some((number, entry)) = found else { return Pin::Loose(format!("{FILE} does not have it")) };
        if let Some(why) = entry.open() {
            return Pin::Loose(why);
        }
        self.graph.get_or_init(|| self.graph()).hole_behind(number).map_or(Pin::Pinned, Pin::Hole)
    }

    /// Whether the lock file has what a mix.exs declares.
    pub(super) fn judge(&self, declared: &Declared) -> Pin {
        let entry = self.by_name.get(&declared.name).and_then(|number| self.entries.get(*number));
        let contradiction = entry.and_then(|entry| entry.contradicts(declared));
        contradiction.map_or_else(|| self.pin(&declared.name), Pin::Contradicted)
    }

    fn graph(&self) -> Graph<'static> {
        let need = |needed: &Needed| match self.by_name.get(&needed.name) {
            Some(number) => Some(Need::Package(*number)),
            None if needed.is_optional || self.local.contains(&needed.name) => None,
            None => Some(Need::Missing { name: needed.name.clone().into(), why: format!("{FILE} does not have it") }),
        };
        let package = |entry: &Entry| {
            let needs = match &entry.from {
                Origin::Hex { needs, .. } => needs.iter().filter_map(need).collect(),
                // Of these the lock file does not say what they need; it has it all the same.
                Origin::Git { .. } | Origin::Other(_) => Vec::new(),
            };
            Package { name: entry.name.clone().into(), open: entry.open(), needs }
        };
        Graph::new(self.entries.iter().map(package).collect())
    }
}

impl Entry {
    fn open(&self) -> Option<String> {
        match &self.from {
            Origin::Hex { is_hashed, .. } => (!is_hashed).then(|| format!("{FILE} has no SHA-256 for it")),
            Origin::Git { revision, .. } => {
                (!is_commit(revision)).then(|| format!("{FILE} has no full revision for it"))
            }
            Origin::Other(kind) => Some(format!("{FILE} has it from `{kind}`, of which the gate knows no revisions")),
        }
    }

    fn contradicts(&self, declared: &Declared) -> Option<String> {
        let told = |what: &str| Some(format!("{FILE} has {what}, which contradicts the manifest"));
        match (&self.from, &declared.source) {
            (Origin::Hex { version, .. }, Source::Hex) => {
                let wanted = declared.requirement.as_deref()?;
                (allows(wanted, version) == Some(false)).then(|| told(version)).flatten()
            }
            (Origin::Git { revision, .. }, Source::Git { reference: Some(wanted), .. }) if is_commit(wanted) => {
                (revision != wanted).then(|| told(revision)).flatten()
            }
            (Origin::Git { url, .. }, Source::Git { url: Some(wanted), .. }) => {
                (repository(url) != repository(wanted)).then(|| told(url)).flatten()
            }
            (Origin::Hex { .. }, Source::Git { .. }) => told("a package of Hex"),
            (Origin::Git { url, .. }, Source::Hex) => told(url),
            _ => None,
        }
    }
}

/// The same repository has several addresses.
fn repository(url: &str) -> String {
    let url = url.to_lowercase();
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.trim_end_matches('/').trim_end_matches(".git").replace(':', "/")
}

/// Whether a requirement lets a version through; `None` where nobody can tell.
fn allows(requirement: &str, version: &str) -> Option<bool> {
    let all = |all: &str| {
        let each: Option<Vec<_>> = all.split(" and ").map(|one| comparators::allows(one, version)).collect();
        each.map(|each| each.into_iter().all(|one| one))
    };
    let any: Option<Vec<_>> = requirement.split(" or ").map(all).collect();
    any.map(|any| any.into_iter().any(|one| one))
}

fn entries(text: &str) -> Result<Vec<(String, Place)>, Wrong> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0 };
    let Place { term: Term::Map(entries), .. } = parser.value()? else {
        return Err(Wrong { what: "a map `%{` is expected", at: 0 });
    };
    match parser.peek() {
        None => Ok(entries),
        Some(_) => Err(Wrong { what: "there is more behind the map", at: parser.at() }),
    }
}

impl Origin {
    fn read(place: &Place) -> Option<Self> {
        let Term::Tuple(items) = &place.term else { return None };
        let terms: Vec<_> = items.iter().map(|item| &item.term).collect();
        match terms.as_slice() {
            [Term::Atom(hex), Term::Atom(package), Term::Text(version), rest @ ..] if hex == "hex" => {
                let hashes = [rest.first(), rest.get(4)];
                let is_hash = |term: &&Term| matches!(term, Term::Text(text) if is_sha256(text));
                let needs = match rest.get(2) {
                    Some(Term::List(needs)) => needs.iter().map(Needed::read).collect::<Option<_>>()?,
                    None => Vec::new(),
                    Some(_) => return None,
                };
                let is_hashed = hashes.into_iter().flatten().any(is_hash);
                Some(Self::Hex { package: package.clone(), version: version.clone(), is_hashed, needs })
            }
            [Term::Atom(git), Term::Text(url), Term::Text(revision), ..] if git == "git" => {
                Some(Self::Git { url: url.clone(), revision: revision.clone() })
            }
            [Term::Atom(other), ..] if other != "hex" && other != "git" => Some(Self::Other(other.clone())),
            _ => None,
        }
    }
}

impl Needed {
    fn read(place: &Place) -> Option<Self> {
        let Term::Tuple(items) = &place.term else { return None };
        let Some(Term::Atom(name)) = items.first().map(|item| &item.term) else { return None };
        let options = items.iter().filter_map(|item| match &item.term {
            Term::List(options) => Some(options),
            _ => None,
        });
        let is_optional = |option: &Place| matches!(&option.term, Term::Pair(key, value) if key == "optional" && **value == Term::Atom("true".to_owned()));
        Some(Self { name: name.clone(), is_optional: options.flatten().any(is_optional) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_joined_by_words() {
        for (requirement, version, expected) in [
            ("~> 1.0 or ~> 2.0", "2.4.0", Some(true)),
            (">= 1.1.2 and < 2.0.0", "2.0.0", Some(false)),
            (">= 1.1.2 and < 2.0.0", "1.9.0", Some(true)),
            ("2.3.6", "2.3.6", Some(true)),
            ("what", "1.0.0", None),
        ] {
            assert_eq!(allows(requirement, version), expected, "{requirement}");
        }
    }
}
