//! What a project has, as far as the gate will ask for it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::described::Described;
use super::tags::{Index, Project, plain};
use super::{Package, Tags, Template};
use super::{SCHEMAS, nested, packages, unlocked};
use crate::checks::changelog;
use crate::checks::deps_pinned::Open;
use crate::config::Policy;
use crate::config::release;
use crate::config::release::is_version;
use crate::ecosystems::DeclaredVersion;
use crate::ecosystems::manifests::{Loaded, Manifests, load};
use crate::ecosystems::table::{self, Ecosystem, PYTHON};
use crate::ecosystems::versions::{Rule, Versions, is_behind, is_placeholder, same};
use crate::evidence::changelog::{Entry, Format, candidates, find, has_entries};
use crate::git::{Repository, Tag, Tagged, Unavailable};
use crate::model::problem::Problem;
use crate::model::tag_form::{NAME_PLACEHOLDER, VERSION_PLACEHOLDER, is_of_package};
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
    /// The policy in a folder above, which holds here, too; its path from the top level.
    pub policy_above: Option<String>,
    /// The way to a folder above that has the schemas already: `../../`.
    pub schemas_above: Option<String>,
    /// The packages of the workspaces that begin beside release.yaml.
    pub packages: Vec<Package>,
    /// The version that a file beside the manifests states, such as VERSION, and the file's name.
    pub stated: Option<(String, String)>,
    /// Manifests of libraries without a lock file in git whose dependencies are not pinned.
    pub unlocked: Vec<String>,
    /// A lock file of Python's.
    pub python_lock: Option<String>,
    /// Why nobody can tell which tags there are.
    pub unlisted: Option<String>,
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
    /// Whether it says that nobody publishes it.
    pub is_private: bool,
    /// Which of its dependencies are not pinned.
    pub open: Open,
    /// Whether a lock file that could pin them is there.
    pub has_lock: bool,
}

/// Where the changelog is, relative to the directory of release.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Changelog {
    /// Where the gate finds it.
    Found(String),
    /// Where only the policy can say it is.
    Elsewhere(String),
    /// Where the gate finds it, without an entry of any version.
    Empty(String),
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
        let (loaded, problems) = match loaded(world, Path::new("")) {
            Ok(loaded) => (loaded, Vec::new()),
            Err(problems) => (Vec::new(), problems),
        };
        let listed = |repository: &Arc<Repository>| Ok((repository.tag_names()?, repository.tagged(|_| true)?));
        let (listed, unlisted): (_, Option<String>) = match repository.as_ref().ok().map(listed).transpose() {
            Ok(listed) => (listed, None),
            Err(why) => (None, Some(why)),
        };
        let (tag_names, tagged) = listed.unwrap_or_default();
        let head = repository.as_ref().ok().and_then(|repository| repository.head().ok());
        let at_head = head.and_then(|head| tagged.get(head)).map_or(&[] as &[String], Vec::as_slice);
        let packages = packages::look(world, &loaded, &Index::new(&tag_names, at_head));
        let unlocked = unlocked::manifests(world, &loaded);
        let manifests: Vec<_> = loaded.iter().map(|one| seen(world, one, Path::new(""))).collect();
        let has = |ecosystem: &Ecosystem| manifests.iter().any(|seen: &Seen| seen.ecosystem.is(ecosystem));
        let nested = below(world, &has);
        let python_lock = PYTHON.pinning().find(|name| world.has(&world.dir.join(name))).map(str::to_owned);
        let facts = Self {
            python_lock: python_lock.filter(|_| has(&PYTHON)),
            stated: stated(world),
            policy_above: policy_above(world),
            schemas_above: schemas_above(world),
            unlocked,
            packages,
            nested,
            problems,
            changelog: Changelog::of(world),
            tags: Tags::default(),
            unlisted,
            ci: Template::found(root.path()),
            unavailable: repository.as_ref().map_err(Clone::clone).and_then(|repository| repository.head()).err(),
            manifests,
        };
        Self { tags: facts.tags(world, &tag_names, &tagged), ..facts }
    }

    /// Where each package is released by itself, no tag is one of the whole: what is left of the names may be a package that is
    /// gone.
    fn tags(&self, world: &World, names: &[String], tagged: &Tagged) -> Tags {
        let Ok(repository) = &world.repository else { return Tags::default() };
        if self.is_released_by_package() {
            return Tags { count: names.len(), ..Tags::default() };
        }
        let written = self.written();
        let project = Project {
            words: &words(world, &self.manifests, &self.nested),
            others: &self.others_below(world),
            is_whole: world.dir == Path::new(""),
            written: written.as_ref().map(|(version, _)| version.as_str()),
        };
        Tags::look(repository, names, tagged, &project)
    }

    /// What tags may call the packages and the folders below.
    fn others_below(&self, world: &World) -> BTreeSet<String> {
        let folders = |folder: &Path| -> Vec<String> {
            let listed = world.listed(folder).unwrap_or_default().into_iter();
            listed.filter(|(_, kind)| *kind == Listed::Folder).map(|(name, _)| name).collect()
        };
        let top = folders(&world.dir);
        let below = top.iter().flat_map(|one| {
            let within = folders(&world.dir.join(one)).into_iter();
            within.flat_map(move |other| [format!("{one}/{other}"), other])
        });
        let packages = self.packages.iter().flat_map(|one| [one.name.clone(), Some(one.folder.clone())]).flatten();
        let nested = self.nested.iter().filter_map(|seen| seen.name.clone());
        let all = top.iter().cloned().chain(below).chain(packages).chain(nested);
        all.map(|name| plain(&name)).collect()
    }

    /// The version to be released, as far as the project says it, and where it says so. What is written says what is being
    /// prepared, unless a tag at HEAD is past it: then the file is stale, and the release is the tagged one. Tags elsewhere count
    /// where nothing is written.
    #[must_use]
    pub(crate) fn version(&self) -> Option<(String, String)> {
        let said = |tag: &Option<(String, String)>, words: fn(&str) -> String| {
            tag.as_ref().map(|(name, version)| (version.clone(), words(name)))
        };
        let at_head = said(&self.tags.at_head, |name| format!("tag {name} at HEAD"));
        let written = self.written();
        let is_past = |tagged: &(String, String)| {
            written.as_ref().is_none_or(|(version, _)| is_behind(&tagged.0, version) == Some(true))
        };
        let found = at_head.filter(is_past).or(written);
        let nearest = || said(&self.tags.nearest, |name| format!("the nearest tag, {name}"));
        let newest = || said(&self.tags.newest, |name| format!("no tag is before HEAD; the newest is {name}"));
        found.or_else(nearest).or_else(newest)
    }

    /// The version that files say.
    fn written(&self) -> Option<(String, String)> {
        let packages = || Some((self.common_version()?, "the packages of the workspace".to_owned()));
        let nested = || Some((self.nested_version()?, self.nested.first()?.path.clone()));
        self.declared().or_else(|| self.stated.clone()).or_else(packages).or_else(nested)
    }

    /// The version of the first manifest beside release.yaml that has one of its own. That of a workspace's top which is not
    /// published is nobody's.
    fn declared(&self) -> Option<(String, String)> {
        let has_published = self.packages.iter().any(|package| !package.is_private);
        let is_top = |seen: &&Seen| seen.is_private && has_published;
        let mut own = self.manifests.iter().filter(|seen| !is_top(seen));
        own.find_map(|seen| Some((seen.version.clone()?, seen.path.clone())))
    }

    /// Files that state another version than this one, in words.
    #[must_use]
    pub(crate) fn others(&self, version: &str) -> Vec<String> {
        let stated = self.declared().into_iter().chain(self.stated.clone());
        let other = stated.filter(|(other, _)| !same(other, version, Rule::Python));
        other.map(|(other, path)| format!("{path} says {other}")).collect()
    }

    /// The versions of the workspace's packages: of those that are published, where some are.
    fn package_versions(&self) -> BTreeSet<&str> {
        self.counted().filter_map(|package| package.version.as_deref()).collect()
    }

    /// The version that all packages of the workspace have.
    fn common_version(&self) -> Option<String> {
        let versions = self.package_versions();
        versions.first().filter(|_| versions.len() == 1).map(|version| (*version).to_owned())
    }

    /// Whether what is to be released is one of the packages, each with a version of its own, and not the whole.
    #[must_use]
    pub(crate) fn is_released_by_package(&self) -> bool {
        self.declared().is_none() && self.package_versions().len() > 1
    }

    /// The packages that are to be released: those that tags at HEAD name; else those whose version has no tag yet; else all, where
    /// each has one.
    #[must_use]
    pub(crate) fn released_packages(&self) -> Vec<release::Package> {
        let one = |package: &Package, version: &String| release::Package {
            folder: package.folder.clone(),
            version: version.clone(),
        };
        let counted: Vec<_> = self.counted().collect();
        let at_head = counted.iter().filter_map(|package| Some(one(package, &package.at_head.as_ref()?.1)));
        let at_head: Vec<_> = at_head.collect();
        if !at_head.is_empty() {
            return at_head;
        }
        let has_open = counted.iter().any(|package| package.version.is_some() && !package.is_tagged);
        let chosen = counted.iter().filter(|package| !has_open || !package.is_tagged);
        chosen.filter_map(|package| Some(one(package, package.version.as_ref()?))).collect()
    }

    /// The tags at HEAD that release packages.
    #[must_use]
    pub(crate) fn package_tags(&self) -> Vec<&str> {
        let tags = self.counted().filter_map(|package| Some(package.at_head.as_ref()?.0.as_str()));
        tags.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The form that the tags of all packages have, those at HEAD before older ones: one that the policy can say for all.
    #[must_use]
    pub(super) fn package_form(&self) -> Option<String> {
        let tagged = || self.counted().filter(|package| package.tag.is_some());
        let has_current = tagged().any(|package| package.at_head.is_some());
        let mut current = tagged().filter(|package| !has_current || package.at_head.is_some());
        let first = current.next().filter(|_| self.is_released_by_package())?;
        let rest: Vec<_> = current.collect();
        let is_nameless = self.counted().any(|package| package.version.is_some() && package.name.is_none());
        let has = |package: &&Package, form: &String| package.forms.contains(form);
        // Without a name in it, it would be wrong of every package that has one in its tags.
        let is_common = |form: &&String| {
            rest.iter().all(|package| has(package, form))
                && (is_of_package(form) || tagged().all(|package| has(&package, form)))
                && !(is_nameless && form.contains(NAME_PLACEHOLDER))
        };
        first.forms.iter().find(is_common).cloned()
    }

    fn counted(&self) -> impl Iterator<Item = &Package> {
        packages::released(&self.packages).map(|(_, package)| package)
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
        let name = match &self.changelog {
            Changelog::Found(name) | Changelog::Elsewhere(name) => name,
            Changelog::Empty(name) => {
                return format!("none found: {name} has no heading of any version; write one for {version} there");
            }
            Changelog::Missing => return "none found: write CHANGELOG.md with an entry for this version".to_owned(),
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
    /// A file without the heading of a single version is none: NEWS may be about anything, and docs/releases.md about how one
    /// is made.
    fn of(world: &World) -> Self {
        let found = |name: String| changelog_at(world, &name).then_some(name);
        if let Some(name) = changelog::by_convention(world).ok().and_then(found) {
            return Self::Found(name);
        }
        let folders = std::iter::once("").chain(FOLDERS);
        let mut elsewhere = folders.filter_map(|folder| {
            let names = file_names(world, &world.dir.join(folder));
            let others = names.iter().filter(|name| is_release_notes(name)).cloned();
            let names: Vec<_> = candidates(names.iter().cloned()).into_iter().chain(others).collect();
            names
                .into_iter()
                .map(|name| if folder.is_empty() { name } else { format!("{folder}/{name}") })
                .find_map(found)
        });
        elsewhere.next().map_or_else(|| Self::without_entries(world), Self::Elsewhere)
    }

    fn without_entries(world: &World) -> Self {
        changelog::by_convention(world).map_or(Self::Missing, Self::Empty)
    }
}

/// The changelog of a folder, which is relative to the root, where it has an entry of any version.
pub(super) fn changelog_with_entries(world: &World, folder: &Path) -> Option<String> {
    let world = world.clone().in_dir(folder.to_owned());
    changelog::by_convention(&world).ok().filter(|name| changelog_at(&world, name))
}

fn changelog_at(world: &World, name: &str) -> bool {
    let text = world.drafted(&world.dir.join(name), changelog::SIZE_LIMIT);
    text.is_ok_and(|text| has_entries(Format::of(name), &text.content))
}

fn file_names(world: &World, folder: &Path) -> Vec<String> {
    let listed = world.listed(folder).unwrap_or_default().into_iter();
    listed.filter(|(_, kind)| *kind == Listed::File { is_link: false }).map(|(name, _)| name).collect()
}

fn is_release_notes(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    STEMS.contains(&stem.to_lowercase().as_str()) && ["md", "rst", "txt", ""].contains(&extension)
}

/// The manifests of a folder below a world's directory.
fn loaded(world: &World, folder: &Path) -> Result<Vec<Loaded>, Vec<Problem>> {
    Ok(load(&world.clone().in_dir(world.dir.join(folder)), &[], &[], false)?.loaded)
}

/// The manifests in the folders below, but for those of an ecosystem that is here.
fn below(world: &World, is_here: &dyn Fn(&Ecosystem) -> bool) -> Vec<Seen> {
    let here = world.root.path().join(&world.dir);
    // To read those of an ecosystem that is here would be to read its lock file once for each.
    let is_wanted = |name: &str| table::manifest(name).is_some_and(|(ecosystem, _)| !is_here(ecosystem));
    let folders = nested::folders(&here, |name| table::manifests().any(|known| known == name) && is_wanted(name));
    let read = folders.iter().filter_map(|folder| Some((folder, loaded(world, folder).ok()?)));
    let read = read.flat_map(|(folder, loaded)| loaded.into_iter().map(move |one| seen(world, &one, folder)));
    read.filter(|seen| !is_here(seen.ecosystem)).collect()
}

fn seen(world: &World, loaded: &Loaded, folder: &Path) -> Seen {
    let path = world.dir.join(folder).join(&loaded.shown);
    Seen {
        path: folder.iter().map(|part| part.to_string_lossy().into_owned() + "/").collect::<String>() + &loaded.shown,
        ecosystem: loaded.ecosystem,
        version: declared(&loaded.manifest.version),
        is_private: Described::read(world, &path).is_some_and(|described| described.is_private()),
        open: Open::of(loaded),
        has_lock: unlocked::has_lock(world, loaded.ecosystem),
        name: loaded.manifest.name.clone(),
    }
}

/// A version that a release can have; a placeholder, which a tool replaces while it publishes, is none.
pub(super) fn declared(version: &DeclaredVersion) -> Option<String> {
    match version {
        DeclaredVersion::Static { version, .. } if is_version(version) && !is_placeholder(version) => {
            Some(version.clone())
        }
        _ => None,
    }
}

/// What a file beside the manifests states: VERSION, for one.
fn stated(world: &World) -> Option<(String, String)> {
    let versions = Versions::look(world, &Manifests::default(), &Policy::default(), "");
    let stated = versions.compared.into_iter().next()?.stated;
    let path = Path::new(&stated.path).strip_prefix(&world.dir).ok()?.to_string_lossy().replace('\\', "/");
    Some((stated.version, path))
}

/// What the project's tags may call it: the names in its manifests, its folder in the repository, else what its remote calls it.
/// The folder of the clone says nothing, for whoever cloned it chose that.
fn words(world: &World, manifests: &[Seen], nested: &[Seen]) -> Vec<String> {
    let named: Vec<_> = manifests.iter().filter_map(|seen| seen.name.clone()).collect();
    let below = nested.iter().filter(|_| named.is_empty()).filter_map(|seen| seen.name.clone());
    let folder = world.dir.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut words: Vec<_> = named.iter().cloned().chain(below).chain(folder).collect();
    if words.is_empty() {
        let remote = world.repository.as_ref().ok().and_then(|repository| repository.remote());
        let last = remote.and_then(|remote| remote.trim_end_matches('/').rsplit(['/', ':']).next().map(str::to_owned));
        words.extend(last.map(|last| last.strip_suffix(".git").unwrap_or(&last).to_owned()));
    }
    words
}

/// The way to the nearest folder above that has both schemas.
fn schemas_above(world: &World) -> Option<String> {
    let has = |folder: &Path, name: &str| world.has(&folder.join(SCHEMAS).join(format!("{name}.schema.json")));
    let has_both = |folder: &Path| has(folder, "release") && has(folder, "policy");
    let above = world.dir.ancestors().enumerate().skip(1).find(|(_, folder)| has_both(folder));
    above.map(|(steps, _)| "../".repeat(steps))
}

/// The policy in a folder above that has none of its own.
fn policy_above(world: &World) -> Option<String> {
    let path = world.policy_path().filter(|path| path.parent() != Some(&world.dir))?;
    Some(path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
}
