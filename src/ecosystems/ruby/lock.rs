//! Gemfile.lock (gems.locked): sections, and in some of them sources with their gems.
//! <https://bundler.io/man/bundle-lock.1.html>; the grammar is that of Bundler's `LockfileParser`.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::BUNDLER;
use super::version::{self, Version};
use crate::ecosystems::digests;
use crate::ecosystems::graph::{Graph, Need, Package};
use crate::ecosystems::lockfiles::Listed;

/// A lock file.
#[derive(Debug, Default)]
pub(super) struct Lock {
    pub(super) sources: Vec<Source>,
    /// In the order of the file.
    pub(super) specs: Vec<Spec>,
    /// What the Gemfile asks for; none where the section is missing.
    pub(super) direct: Option<Vec<Direct>>,
    /// The numbers of the entries of each name.
    by_name: HashMap<String, Vec<usize>>,
    /// Whether a gem (`name (version)`) has a strong checksum, where the file has checksums at all.
    checksums: Option<HashMap<String, Checksum>>,
}

/// Where gems come from.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) kind: Kind,
    /// Addresses, or a folder.
    pub(super) remotes: Vec<String>,
    revision: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    #[default]
    Gem,
    Git,
    Path,
    Plugin,
}

/// A gem for one platform.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: String,
    /// Without its platform.
    pub(super) version: String,
    platform: Option<String>,
    /// From 1.
    pub(super) line: usize,
    /// The number of its source.
    source: usize,
    pub(super) needs: Vec<Wanted>,
}

/// What a gem needs.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    /// As written in the parentheses; empty where any version will do.
    requirement: String,
}

/// A line of DEPENDENCIES.
#[derive(Debug)]
pub(super) struct Direct {
    pub(super) name: String,
    /// As written in the parentheses; empty where any version will do.
    pub(super) requirement: String,
    /// From 1.
    pub(super) line: usize,
}

/// What CHECKSUMS has for a gem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checksum {
    Strong,
    /// Bundler writes it so where it did not have the gem.
    Empty,
    /// The file has two, and says nothing thereby.
    Twice,
    Other,
}

/// What the lines below a header are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Source,
    Direct,
    Checksums,
    Other,
}

/// How many ways may lead from a gem to another: a name stands for its entries of all platforms.
const NEED_LIMIT: usize = 1 << 20;

impl Lock {
    /// Reads a text.
    ///
    /// # Errors
    /// Why it is no lock file.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut lock = Self::default();
        let (mut section, mut known) = (Section::Other, false);
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim_end();
            if line.starts_with(['<', '=', '>', '|']) {
                return Err(format!("line {number}: a merge conflict"));
            }
            if !line.is_empty() && !line.starts_with(' ') {
                section = lock.section(line);
                known |= matches!(section, Section::Source | Section::Direct);
            } else if !line.is_empty() {
                lock.entry(section, line, number).ok_or_else(|| format!("line {number} is not `name (version)`"))?;
            }
        }
        let mut seen = HashSet::new();
        for (number, spec) in lock.specs.iter().enumerate() {
            if !seen.insert((&spec.name, &spec.platform)) {
                return Err(format!("line {}: it has {} twice", spec.line, spec.name));
            }
            lock.by_name.entry(spec.name.clone()).or_default().push(number);
        }
        let needs = lock.specs.iter().flat_map(|spec| &spec.needs);
        let ways: usize = needs.filter_map(|need| lock.by_name.get(&need.name)).map(Vec::len).sum();
        if ways > NEED_LIMIT {
            return Err(format!("its gems need one another in more than {NEED_LIMIT} ways"));
        }
        if known { Ok(lock) } else { Err("it has none of the sections of a Gemfile.lock".to_owned()) }
    }

    fn section(&mut self, header: &str) -> Section {
        let kind = match header {
            "GEM" => Kind::Gem,
            "GIT" => Kind::Git,
            "PATH" => Kind::Path,
            "PLUGIN SOURCE" => Kind::Plugin,
            "DEPENDENCIES" => {
                self.direct.get_or_insert_default();
                return Section::Direct;
            }
            "CHECKSUMS" => {
                self.checksums.get_or_insert_default();
                return Section::Checksums;
            }
            _ => return Section::Other,
        };
        self.sources.push(Source { kind, ..Source::default() });
        Section::Source
    }

    fn entry(&mut self, section: Section, line: &str, number: usize) -> Option<()> {
        let entry = line.trim_start();
        match (section, line.len() - entry.len()) {
            (Section::Source, 2) => self.option(entry)?,
            (Section::Source, 4) => {
                let (name, version) = named(entry)?;
                let (version, platform) = version.split_once('-').map_or((version, None), |(one, of)| (one, Some(of)));
                Version::parse(version)?;
                self.specs.push(Spec {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    platform: platform.map(str::to_owned),
                    line: number,
                    source: self.sources.len() - 1,
                    needs: Vec::new(),
                });
            }
            (Section::Source, 6) => {
                let (name, requirement) = named(entry).unwrap_or((entry, ""));
                let name = name.trim_end_matches('!').to_owned();
                let needs = &mut self.specs.last_mut()?.needs;
                needs.extend((name != BUNDLER).then(|| Wanted { name, requirement: requirement.to_owned() }));
            }
            (Section::Direct, 2) => {
                let entry = entry.trim_end_matches('!');
                let (name, requirement) = named(entry).unwrap_or((entry, ""));
                let direct = Direct { name: name.to_owned(), requirement: requirement.to_owned(), line: number };
                self.direct.as_mut()?.extend((direct.name != BUNDLER).then_some(direct));
            }
            (Section::Checksums, 2) => {
                let end = entry.find(')')? + 1;
                let (name, hashes) = entry.split_at(end);
                named(name)?;
                let checksum = Checksum::of(hashes.trim());
                let known = self.checksums.as_mut()?.entry(name.to_owned());
                known.and_modify(|known| *known = Checksum::Twice).or_insert(checksum);
            }
            (Section::Other, _) => {}
            _ => return None,
        }
        Some(())
    }

    /// `None` where it says a second time what can be said once.
    fn option(&mut self, entry: &str) -> Option<()> {
        let (Some((key, value)), Some(source)) = (entry.split_once(": "), self.sources.last_mut()) else {
            return Some(());
        };
        match key {
            "remote" if source.kind != Kind::Gem && !source.remotes.is_empty() => return None,
            "revision" if source.revision.is_some() => return None,
            "remote" => source.remotes.push(value.to_owned()),
            "revision" => source.revision = Some(value.to_owned()),
            _ => {}
        }
        Some(())
    }

    /// The entries of a name, each with its number.
    pub(super) fn of(&self, name: &str) -> impl Iterator<Item = (usize, &Spec)> {
        let numbers = self.by_name.get(name).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, self.specs.get(*number)?)))
    }

    pub(super) fn source(&self, spec: &Spec) -> Option<&Source> {
        self.sources.get(spec.source)
    }

    /// The gems that are part of the repository, by the folders of their sources.
    pub(super) fn folders(&self) -> BTreeSet<&str> {
        let paths = self.sources.iter().filter(|source| source.kind == Kind::Path);
        paths.filter_map(Source::folder).collect()
    }

    /// How many gems Bundler had no checksum for, though the file has checksums.
    pub(super) fn empty_checksums(&self) -> usize {
        let checksums = self.checksums.iter().flatten();
        checksums.filter(|(_, checksum)| **checksum == Checksum::Empty).count()
    }

    /// Every gem with what it needs. `shown` is the file's name; `open_folder` tells why a folder is not fixed.
    pub(super) fn graph(&self, shown: &str, open_folder: &dyn Fn(&str) -> Option<String>) -> Graph<'static> {
        let missing = |name: &String, why: String| Need::Missing { name: name.clone().into(), why };
        let of_version = |Wanted { name, requirement }: &Wanted, number: usize| {
            let version = self.specs.get(number).map(|spec| spec.version.as_str()).unwrap_or_default();
            match version::unmet(version, requirement.split(',')) {
                Some(unmet) => missing(name, format!("{shown} has {version}, which does not meet {unmet}")),
                None => Need::Package(number),
            }
        };
        let need = |wanted: &Wanted| match self.by_name.get(&wanted.name) {
            Some(numbers) => numbers.iter().map(|number| of_version(wanted, *number)).collect(),
            None => vec![missing(&wanted.name, format!("{shown} does not have it"))],
        };
        let package = |spec: &Spec| Package {
            name: spec.name.clone().into(),
            open: self.open(spec, shown, open_folder),
            needs: spec.needs.iter().flat_map(need).collect(),
        };
        Graph::new(self.specs.iter().map(package).collect())
    }

    /// Why a gem's content is not fixed, as it goes on behind its name and a colon.
    pub(super) fn open(
        &self,
        spec: &Spec,
        shown: &str,
        open_folder: &dyn Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let source = self.source(spec)?;
        if source.remotes.is_empty() {
            return Some(format!("{shown} does not say where it is from"));
        }
        let is_commit = |revision: &String| {
            matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        match source.kind {
            Kind::Git if source.revision.as_ref().is_some_and(is_commit) => None,
            Kind::Git => Some(format!("{shown} has no full revision for it")),
            Kind::Path => open_folder(source.folder().unwrap_or_default()),
            // What a plugin makes of it is known to the plugin.
            Kind::Plugin => None,
            Kind::Gem => match self.checksums.as_ref().map(|checksums| checksums.get(&spec.full_name())) {
                None | Some(Some(Checksum::Strong | Checksum::Empty)) => None,
                Some(Some(Checksum::Twice)) => Some(format!("{shown} has two checksums for it")),
                Some(Some(Checksum::Other)) => Some(format!("{shown} has no SHA-256 for it")),
                Some(None) => Some(format!("{shown} has checksums, and none for it")),
            },
        }
    }
}

impl Source {
    /// Whether its gems are those of a commit.
    pub(super) fn is_at(&self, commit: &str) -> bool {
        self.revision.as_ref().is_some_and(|revision| revision.eq_ignore_ascii_case(commit))
    }

    /// Where it is, where it is a folder.
    pub(super) fn folder(&self) -> Option<&str> {
        self.remotes.first().filter(|_| self.kind == Kind::Path).map(String::as_str)
    }
}

impl Spec {
    /// As CHECKSUMS writes it.
    fn full_name(&self) -> String {
        let platform = self.platform.as_ref().map(|platform| format!("-{platform}")).unwrap_or_default();
        format!("{} ({}{platform})", self.name, self.version)
    }
}

impl Checksum {
    fn of(hashes: &str) -> Self {
        let is_strong =
            |hash: &str| hash.strip_prefix("sha256=").is_some_and(|digest| digests::is_hexadecimal(digest, 32));
        match hashes {
            "" => Self::Empty,
            _ if hashes.split(',').any(is_strong) => Self::Strong,
            _ => Self::Other,
        }
    }
}

/// The packages that do not belong to the repository itself.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let Lock { specs, sources, .. } = Lock::parse(text)?;
    let is_foreign = |spec: &Spec| sources.get(spec.source).is_some_and(|source| source.kind != Kind::Path);
    let foreign = specs.into_iter().filter(is_foreign);
    Ok(foreign.map(|Spec { name, version, line, .. }| Listed { name, version, line: Some(line) }).collect())
}

/// `name (what stands there)`.
fn named(entry: &str) -> Option<(&str, &str)> {
    let (name, rest) = entry.split_once(" (")?;
    let inner = rest.strip_suffix(')')?;
    (!name.is_empty() && !inner.is_empty()).then_some((name, inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gems_that_all_need_one_another_are_not_followed() {
        let of = |count: usize| {
            let gems: String = (0..count).map(|number| format!("    a (1.0-p{number})\n      a\n")).collect();
            Lock::parse(&format!("GEM\n  remote: https://rubygems.org/\n  specs:\n{gems}\nDEPENDENCIES\n  a\n"))
        };
        assert!(of(1_000).is_ok());
        assert!(of(1_100).is_err_and(|why| why == "its gems need one another in more than 1048576 ways"));
    }
}
