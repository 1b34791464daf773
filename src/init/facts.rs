//! What a project has, as far as the gate will ask for it.

use std::path::Path;
use std::sync::Arc;

use super::nested;
use super::{Tags, Template};
use crate::checks::{changelog, deps_pinned};
use crate::config::policy::VERSION_PLACEHOLDER;
use crate::config::release::is_version;
use crate::ecosystems::DeclaredVersion;
use crate::ecosystems::manifests::{Loaded, load};
use crate::ecosystems::table::{self, Ecosystem, PYTHON};
use crate::evidence::changelog::{Entry, Format, candidates, find, has_entries};
use crate::git::{Repository, Tag, Unavailable};
use crate::model::problem::Problem;
use crate::world::{Listed, World};

/// What was found.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Manifests beside release.yaml.
    pub manifests: Vec<Seen>,
    /// Manifests in folders below, of which the gate would not know: all, where there are none beside release.yaml; else
    /// those of another language.
    pub nested: Vec<Seen>,
    /// Why the manifests beside release.yaml cannot be read.
    pub problems: Vec<Problem>,
    /// The changelog.
    pub changelog: Changelog,
    /// The tags.
    pub tags: Tags,
    /// The CI systems that the repository has files of.
    pub ci: Vec<Template>,
    /// A lock file of Python's.
    pub python_lock: Option<String>,
    /// Why there can be no release point yet.
    pub unavailable: Option<Unavailable>,
}

/// A manifest.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Relative to the directory of release.yaml.
    pub path: String,
    /// Whose rules it follows.
    pub ecosystem: &'static Ecosystem,
    /// The name that it declares.
    pub name: Option<String>,
    /// The version that it declares, where it is one that a release can have.
    pub version: Option<String>,
    /// How many of its dependencies are not pinned.
    pub open: usize,
}

/// Where the changelog is, relative to the directory of release.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Changelog {
    /// Where the gate finds it.
    Found(String),
    /// Where only the policy can say it is.
    Elsewhere(String),
    /// Nowhere.
    Missing,
}

/// Where a changelog often is, beside the places where the gate looks.
const FOLDERS: [&str; 5] = ["docs", "doc", "docs/source", "doc/source", ".github"];

/// What a changelog is called besides, in lower case and without its ending.
const STEMS: [&str; 8] =
    ["release_notes", "release-notes", "releasenotes", "releases", "release", "whatsnew", "whats_new", "change_log"];

impl Facts {
    /// Looks at the directory of a world in which what is new counts, since it will be committed.
    #[must_use]
    pub(crate) fn look(world: &World) -> Self {
        let (root, repository) = (&world.root, &world.repository);
        let here = root.path().join(&world.dir);
        let in_folder = |folder: &Path| manifests(world, folder);
        let (manifests, problems) = match in_folder(Path::new("")) {
            Ok(manifests) => (manifests, Vec::new()),
            Err(problems) => (Vec::new(), problems),
        };
        let has = |ecosystem: &Ecosystem| manifests.iter().any(|seen: &Seen| seen.ecosystem.is(ecosystem));
        let folders = nested::folders(&here, |name| table::manifests().any(|known| known == name));
        let below = folders.iter().filter_map(|folder| in_folder(folder).ok()).flatten();
        let nested = below.filter(|seen| !has(seen.ecosystem)).collect();
        let python_lock = PYTHON.pinning().find(|name| world.has(&world.dir.join(name))).map(str::to_owned);
        Self {
            python_lock: python_lock.filter(|_| has(&PYTHON)),
            nested,
            problems,
            changelog: Changelog::of(world),
            tags: tags(repository, &here),
            ci: Template::found(root.path()),
            unavailable: repository.as_ref().map_err(Clone::clone).and_then(|repository| repository.head()).err(),
            manifests,
        }
    }

    /// The version to be released, as far as the project says it, and where it says so.
    #[must_use]
    pub(crate) fn version(&self) -> Option<(String, String)> {
        let declared = self.manifests.iter().find_map(|seen| Some((seen.version.clone()?, seen.path.clone())));
        let nested = || Some((self.nested_version()?, self.nested.first()?.path.clone()));
        let tagged = || self.tags.newest.clone().map(|(name, version)| (version, format!("the newest tag, {name}")));
        declared.or_else(nested).or_else(tagged)
    }

    /// The tag of this version on another commit than HEAD: such a version is out already.
    #[must_use]
    pub(crate) fn released(&self, world: &World, version: &str) -> Option<String> {
        let repository = world.repository.as_ref().ok()?;
        let head = repository.head().ok()?;
        let templates = match &self.tags.template {
            Some(template) => vec![template.as_str()],
            None => vec!["v{version}", VERSION_PLACEHOLDER],
        };
        let mut names = templates.into_iter().map(|template| template.replace(VERSION_PLACEHOLDER, version));
        names.find(|name| matches!(repository.tag(name), Tag::At { commit, .. } if commit != head))
    }

    /// The version that all manifests in the folders below declare, where there are none beside release.yaml.
    pub(super) fn nested_version(&self) -> Option<String> {
        let first = self.nested.iter().find_map(|seen| seen.version.clone());
        first.filter(|_| self.manifests.is_empty() && self.is_one_project())
    }

    /// Whether the manifests in the folders below can be of one release.
    #[must_use]
    pub(crate) fn is_one_project(&self) -> bool {
        let mut versions = self.nested.iter().filter_map(|seen| seen.version.as_ref());
        let first = versions.next();
        versions.all(|version| Some(version) == first)
    }

    /// What the changelog has under a version, in words.
    #[must_use]
    pub(crate) fn changelog_entry(&self, world: &World, version: &str) -> String {
        let (Changelog::Found(name) | Changelog::Elsewhere(name)) = &self.changelog else {
            return "none found: write CHANGELOG.md with an entry for this version".to_owned();
        };
        let text = match world.drafted(&world.dir.join(name), changelog::SIZE_LIMIT) {
            Ok(text) => text.content,
            Err(error) => return format!("{name}: {error}"),
        };
        let own: Vec<_> = self.manifests.iter().filter_map(|seen| seen.name.as_deref()).collect();
        match find(Format::of(name), &text, version, &own) {
            Entry::Found { line } => format!("{name}: an entry for {version} at line {line}"),
            Entry::Empty { line } => format!("{name}: the entry for {version} at line {line} is empty"),
            Entry::Unreleased { line, .. } => {
                format!("{name}: the entry for {version} at line {line} says that it is not released, or not written")
            }
            Entry::Missing => format!("{name}: no entry for {version} yet"),
            Entry::Mentioned { line } => {
                format!(
                    "{name}: {version} stands at line {line}, but not as the heading of an entry that was understood"
                )
            }
            Entry::Elsewhere { line } => format!("{name}: its line {line} sends the reader to another place"),
            Entry::NotUnderstood => format!("{name}: no entry of any version was understood"),
            Entry::Unproven(why) => format!("{name}: {why}"),
        }
    }
}

impl Changelog {
    fn of(world: &World) -> Self {
        if let Ok(name) = changelog::by_convention(world) {
            return Self::Found(name);
        }
        let folders = std::iter::once("").chain(FOLDERS);
        let mut found = folders.filter_map(|folder| {
            let names = file_names(world, &world.dir.join(folder));
            let usual = candidates(names.iter().cloned()).into_iter().next();
            let has_releases = |name: &String| is_release_notes(name) && tells_of_releases(world, folder, name);
            let name = usual.or_else(|| names.into_iter().find(has_releases))?;
            Some(if folder.is_empty() { name } else { format!("{folder}/{name}") })
        });
        found.next().map_or(Self::Missing, Self::Elsewhere)
    }
}

fn file_names(world: &World, folder: &Path) -> Vec<String> {
    let listed = world.listed(folder).unwrap_or_default().into_iter();
    listed.filter(|(_, kind)| *kind == Listed::File { is_link: false }).map(|(name, _)| name).collect()
}

/// Whether a file is a list of releases: docs/releases.md may be about how one is made.
fn tells_of_releases(world: &World, folder: &str, name: &str) -> bool {
    let text = world.drafted(&world.dir.join(folder).join(name), changelog::SIZE_LIMIT);
    text.is_ok_and(|text| has_entries(Format::of(name), &text.content))
}

fn is_release_notes(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    STEMS.contains(&stem.to_lowercase().as_str()) && ["md", "rst", "txt", ""].contains(&extension)
}

/// The manifests of a folder below a world's directory.
fn manifests(world: &World, folder: &Path) -> Result<Vec<Seen>, Vec<Problem>> {
    let loaded = load(&world.clone().in_dir(world.dir.join(folder)), &[], &[], false)?.loaded;
    let seen = |loaded: Loaded| Seen {
        path: folder.iter().map(|part| part.to_string_lossy().into_owned() + "/").collect::<String>() + &loaded.shown,
        ecosystem: loaded.ecosystem,
        version: declared(&loaded.manifest.version),
        open: deps_pinned::count_open(&loaded),
        name: loaded.manifest.name,
    };
    Ok(loaded.into_iter().map(seen).collect())
}

fn declared(version: &DeclaredVersion) -> Option<String> {
    match version {
        DeclaredVersion::Static { version, .. } if is_version(version) => Some(version.clone()),
        _ => None,
    }
}

fn tags(repository: &Result<Arc<Repository>, Unavailable>, here: &Path) -> Tags {
    let names = repository.as_ref().ok().and_then(|repository| repository.tag_names().ok()).unwrap_or_default();
    let folder = here.file_name().map(|name| name.to_string_lossy().into_owned());
    Tags::read(&names, &folder.into_iter().collect::<Vec<_>>())
}
