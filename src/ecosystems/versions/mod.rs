//! What states a project's own version: its manifests and lock files, and other files beside them.

use std::path::{Path, PathBuf};

use super::manifests::{Loaded, Manifests};
use super::table::{GO, PYTHON};
use super::{DeclaredVersion, Manifest, Stated, Whose};
use crate::config::Policy;
use crate::model::path::within;
use crate::system::files::ReadError;
use crate::world::{Refused, World};

mod equality;
mod places;

pub(crate) use equality::{Rule, is_behind, is_placeholder, same};
use places::{PLACES, Place, Stands};

/// The largest file that is looked at for a version, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// What helps where a file cannot be read.
const NEXT: &str = "make it a UTF-8 text of the release, or name it under `versions_ignore` in delivery-gate.yaml";

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    /// What is compared, in the order of the report; each place once.
    pub compared: Vec<Statement>,
    /// What states a version, or should, and is not compared: each a few words with the file's name.
    pub not_compared: Vec<String>,
    /// What nobody can tell, with the next step.
    pub unproven: Vec<String>,
    /// What should be told and holds nothing: a citation file of another version.
    pub warnings: Vec<String>,
}

/// A place that states the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// What it says, and where: its path is relative to the repository's top level.
    pub stated: Stated,
    /// Whose rule says when it is the release's.
    pub rule: Rule,
}

impl Statement {
    /// Whether it is this version.
    #[must_use]
    pub(crate) fn is(&self, version: &str) -> bool {
        same(&self.stated.version, version, self.rule)
    }
}

impl Versions {
    /// Looks for whatever states the version of a release.
    #[must_use]
    pub(crate) fn look(world: &World, manifests: &Manifests, policy: &Policy, release: &str) -> Self {
        let mut look = Look { world, policy, release, found: Self::default() };
        for loaded in &manifests.loaded {
            look.manifest(loaded);
        }
        let rule = if manifests.loaded.iter().any(is_python) { Rule::Python } else { Rule::Semantic };
        for Place { file, stands } in &PLACES {
            look.place(file, *stands, rule);
        }
        look.chart(manifests, rule);
        look.patterns(rule);
        look.citation();
        look.ignored_in_vain();
        look.found
    }
}

fn is_python(loaded: &Loaded) -> bool {
    loaded.ecosystem.is(&PYTHON)
}

fn is_go(loaded: &Loaded) -> bool {
    loaded.ecosystem.is(&GO)
}

fn rule_of(loaded: &Loaded) -> Rule {
    if is_python(loaded) { Rule::Python } else { Rule::Semantic }
}

/// Whether what the members share is the project's version: the project states none, and they share one.
fn shares_of(manifest: &Manifest) -> bool {
    let shared = manifest.members.iter().filter(|member| member.whose == Whose::Shared);
    let mut versions = shared.filter_map(|member| match &member.version {
        DeclaredVersion::Static { version, .. } => Some(version),
        _ => None,
    });
    let first = versions.next();
    let is_stated = match &manifest.version {
        DeclaredVersion::Static { version, .. } => Some(version) != first,
        DeclaredVersion::Absent => false,
        _ => true,
    };
    !is_stated && versions.all(|version| Some(version) == first)
}

struct Look<'w> {
    world: &'w World,
    policy: &'w Policy,
    release: &'w str,
    found: Versions,
}

impl Look<'_> {
    fn manifest(&mut self, loaded: &Loaded) {
        if is_go(loaded) {
            return self.major(loaded);
        }
        let rule = rule_of(loaded);
        self.declared(&loaded.manifest.version, rule);
        for stated in &loaded.manifest.stated {
            self.state(stated.clone(), rule);
        }
        self.members(&loaded.manifest, rule);
    }

    /// What the path of a Go module says. The module of a later major version may lie in a folder of its own, `v2`, and goes
    /// out by the same tag. Programs are released without it: then nobody can require them, which is told and holds nothing.
    fn major(&mut self, loaded: &Loaded) {
        let (path, manifest, major) = (&loaded.shown, &loaded.manifest, equality::major(self.release));
        let below = Path::new(path).with_file_name(format!("v{major}")).join("go.mod");
        let is_later = major.parse::<u64>().is_ok_and(|major| major >= 2);
        match manifest.stated.first().cloned() {
            Some(stated) if same(&stated.version, self.release, Rule::Major) => self.state(stated, Rule::Major),
            _ if is_later && self.world.has(&self.world.dir.join(&below)) => {
                self.found.not_compared.push(format!("{} is the module of {}", shown(&below), self.release));
            }
            Some(stated) => self.state(stated, Rule::Major),
            None if is_later && manifest.name.is_some() && !self.is_ignored(path) => self.found.warnings.push(format!(
                "{path}: the module's path does not end in /v{major}, and `go get` takes no {} of it",
                self.release
            )),
            None => {}
        }
    }

    /// What a member inherits from the project is the project's version, whatever it says of it.
    fn members(&mut self, manifest: &Manifest, rule: Rule) {
        let shares = shares_of(manifest);
        let (held, free): (Vec<_>, Vec<_>) = manifest.members.iter().partition(|member| {
            self.policy.lockstep || member.whose == Whose::Project || shares && member.whose == Whose::Shared
        });
        for member in held {
            // What the project itself computes, its members compute alike.
            let is_told = !self.policy.lockstep && matches!(manifest.version, DeclaredVersion::Dynamic(_));
            if !(is_told && matches!(member.version, DeclaredVersion::Dynamic(_))) {
                self.declared(&member.version, rule);
            }
        }
        let differing = free.into_iter().filter(|member| self.differs(&member.version, rule));
        let (own, others): (Vec<_>, Vec<_>) = differing.partition(|member| member.whose == Whose::Own);
        let told = [
            (own.len(), "1 member has a version of its own", "members have versions of their own"),
            (
                others.len(),
                "1 member inherits a version that is not the project's",
                "members inherit versions that are not the project's",
            ),
        ];
        self.found.not_compared.extend(told.into_iter().filter_map(|(count, one, many)| match count {
            0 => None,
            1 => Some(one.to_owned()),
            _ => Some(format!("{count} {many}")),
        }));
    }

    /// Whether it is another version than the release's.
    fn differs(&self, version: &DeclaredVersion, rule: Rule) -> bool {
        match version {
            DeclaredVersion::Static { version, path, .. } => {
                !self.is_ignored(path) && !same(version, self.release, rule) && !equality::is_placeholder(version)
            }
            _ => false,
        }
    }

    fn declared(&mut self, version: &DeclaredVersion, rule: Rule) {
        match version {
            DeclaredVersion::Static { version, path, line } => {
                self.state(Stated { version: version.clone(), path: path.clone(), line: Some(*line) }, rule);
            }
            DeclaredVersion::Dynamic(why) => self.found.not_compared.push(why.clone()),
            DeclaredVersion::Unread(why) => self.found.unproven.push(format!("{why}; {NEXT}")),
            DeclaredVersion::Absent => {}
        }
    }

    fn state(&mut self, stated: Stated, rule: Rule) {
        if let Some(told) = self.ignored(&stated.path) {
            if !self.found.not_compared.contains(&told) {
                self.found.not_compared.push(told);
            }
        } else if equality::is_placeholder(&stated.version) && !equality::bare(self.release).starts_with("0.0.") {
            self.found.not_compared.push(format!("{} has the placeholder {}", stated.path, stated.version));
        } else if !self.found.compared.iter().any(|known| known.stated == stated) {
            self.found.compared.push(Statement { stated, rule });
        }
    }

    /// What is told of a file that the policy leaves out.
    fn ignored(&self, path: &str) -> Option<String> {
        self.is_ignored(path).then(|| format!("{path} (`versions_ignore`)"))
    }

    fn is_ignored(&self, path: &str) -> bool {
        let is_that = |ignored: &String| within(&self.world.dir, ignored).as_deref() == Some(Path::new(path));
        self.policy.versions_ignore.iter().any(is_that)
    }

    /// A slip in the list leaves nothing out.
    fn ignored_in_vain(&mut self) {
        let is_there = |path: &&String| within(&self.world.dir, path).is_some_and(|path| self.world.has(&path));
        let absent = self.policy.versions_ignore.iter().filter(|path| !is_there(path));
        let told = absent.map(|path| format!("versions_ignore in delivery-gate.yaml: the release has no file {path}"));
        self.found.warnings.extend(told.collect::<Vec<_>>());
    }

    fn place(&mut self, file: &str, stands: Stands, rule: Rule) {
        let Some((path, text)) = self.text(file) else { return };
        match stands.find(&text) {
            Ok(Some((version, line))) => self.state(Stated { version, path: shown(&path), line }, rule),
            Ok(None) if matches!(stands, Stands::Alone) => {
                let path = shown(&path);
                let told = self.ignored(&path).unwrap_or_else(|| format!("{path} is not one line with a version"));
                self.found.not_compared.push(told);
            }
            Ok(None) => {}
            Err(why) => self.found.unproven.push(format!("{}: {why}", shown(&path))),
        }
    }

    /// A chart that was not read with the manifests: the policy leaves it out of them.
    fn chart(&mut self, manifests: &Manifests, rule: Rule) {
        if manifests.loaded.iter().any(|loaded| loaded.shown == "Chart.yaml") {
            return;
        }
        let key = if manifests.loaded.is_empty() { "version" } else { "appVersion" };
        self.place("Chart.yaml", Stands::Top(key), rule);
    }

    fn patterns(&mut self, rule: Rule) {
        for (file, pattern) in &self.policy.versions {
            let Some((path, text)) = self.text(file) else {
                let is_told = self.found.unproven.iter().any(|why| why.contains(file.as_str()));
                if !is_told {
                    self.found.unproven.push(format!("there is no {file}, which `versions:` names"));
                }
                continue;
            };
            let path = shown(&path);
            match places::matches(&text, pattern).as_deref() {
                Ok([(version, line)]) => {
                    self.state(Stated { version: version.clone(), path, line: Some(*line) }, rule);
                }
                Ok([]) => {
                    self.found.unproven.push(format!("{path} has no match of `{pattern}`, which `versions:` asks for"))
                }
                Ok([(_, first), (_, second), ..]) => self.found.unproven.push(format!(
                    "{path} has several matches of `{pattern}` (lines {first} and {second}): make the pattern longer"
                )),
                Err(why) => self.found.unproven.push(format!("`{pattern}`: {why}")),
            }
        }
    }

    fn citation(&mut self) {
        let (path, text) = match self.read("CITATION.cff") {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err((_, why)) => return self.found.warnings.push(why),
        };
        if let Ok(Some((version, line))) = Stands::Top("version").find(&text)
            && !same(&version, self.release, Rule::Python)
        {
            let place = line.map_or_else(|| shown(&path), |line| format!("{}:{line}", shown(&path)));
            self.found.warnings.push(format!("{place} says {version}: people cite what it says"));
        }
    }

    /// A file of the release in the directory of release.yaml; what is there and cannot be read is told.
    fn text(&mut self, file: &str) -> Option<(PathBuf, String)> {
        self.read(file).unwrap_or_else(|(path, why)| {
            let ignored = self.ignored(&path);
            let (told, list) = match ignored {
                Some(told) => (told, &mut self.found.not_compared),
                None => (format!("{why}; {NEXT}"), &mut self.found.unproven),
            };
            if !list.contains(&told) {
                list.push(told);
            }
            None
        })
    }

    /// The same; else the file's path, and why it cannot be read. What git leaves out is no part of the release, and a folder
    /// of that name states nothing.
    fn read(&self, file: &str) -> Result<Option<(PathBuf, String)>, (String, String)> {
        let path = self.world.dir.join(file);
        match self.world.drafted(&path, SIZE_LIMIT) {
            Ok(text) => Ok(Some((path, text.content))),
            Err(Refused::Missing | Refused::Untracked(None) | Refused::Unreadable(ReadError::NotRegular)) => Ok(None),
            Err(error) => Err((shown(&path), error.about(&shown(&path)))),
        }
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
