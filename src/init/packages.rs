//! The packages of a workspace: what is released at its top may be one of them, and not the top itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::described::{Described, Nature};
use super::facts::{changelog_with_entries, declared};
use super::tags::{Index, Named, is_expected};
use crate::ecosystems::Member;
use crate::ecosystems::manifests::Loaded;
use crate::ecosystems::versions::{Rule, is_behind, same};
use crate::model::tag_form::{DIR_PLACEHOLDER, NAME_PLACEHOLDER, VERSION_PLACEHOLDER};
use crate::world::World;

/// How many packages are told.
pub(crate) const LIMIT: usize = 50;

/// Folders whose packages are for trying, as long as no tag is theirs.
const TRIALS: [&str; 12] = [
    "playground",
    "playgrounds",
    "example",
    "examples",
    "fixtures",
    "__fixtures__",
    "test",
    "tests",
    "__tests__",
    "demo",
    "demos",
    "benches",
];

/// A package of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its folder, relative to the directory of release.yaml.
    pub folder: String,
    /// The name that its manifest has.
    pub name: Option<String>,
    /// Whether nobody publishes it.
    pub is_private: bool,
    /// The version that it declares, where it is one that a release can have.
    pub version: Option<String>,
    /// Its own changelog, relative to its folder; of those that are told.
    pub changelog: Option<String>,
    /// The newest of its tags.
    pub tag: Option<String>,
    /// Its tag at HEAD and the version that this releases: one that stands behind what the manifest says is an earlier one.
    pub at_head: Option<(String, String)>,
    /// Whether there is a tag of the version that it declares.
    pub is_tagged: bool,
    /// The forms that its last tag may have, as `{name}@{version}`.
    pub forms: Vec<String>,
}

impl Package {
    /// Whether it is there to try something: it stands where such packages do, and nothing says that it is released.
    fn is_trial(&self) -> bool {
        let above = self.folder.rsplit_once('/').map(|(above, _)| above).unwrap_or_default();
        let folder = if self.is_private { &self.folder } else { above };
        self.tag.is_none() && folder.split('/').any(|part| TRIALS.contains(&part))
    }

    /// The name of its folder.
    fn last(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    fn has_version(&self, version: &str) -> bool {
        self.version.as_ref().is_some_and(|own| same(own, version, Rule::Python))
    }

    /// Takes in what its tags tell.
    fn tagged(&mut self, dir: &Path, mut own: Vec<&Named>) {
        own.sort();
        self.tag = own.last().map(|tag| tag.name.clone());
        self.is_tagged = own.iter().any(|tag| self.has_version(&tag.version));
        let at_head = own.iter().rfind(|tag| tag.is_at_head && self.is_released_as(&tag.version));
        self.forms = at_head.or(own.last()).map(|tag| self.forms_of(dir, &tag.prefix)).unwrap_or_default();
        self.at_head = at_head.map(|tag| {
            let written = self.version.as_ref().filter(|_| self.has_version(&tag.version));
            (tag.name.clone(), written.unwrap_or(&tag.version).clone())
        });
    }

    fn is_released_as(&self, tagged: &str) -> bool {
        let written = self.version.as_ref();
        written.is_none_or(|written| same(written, tagged, Rule::Python) || is_behind(tagged, written) == Some(true))
    }

    /// What a policy for all packages would say of a tag with this before its version.
    fn forms_of(&self, dir: &Path, prefix: &str) -> Vec<String> {
        if is_expected(prefix) {
            return vec![format!("{prefix}{VERSION_PLACEHOLDER}")];
        }
        let folder = dir.join(&self.folder).to_string_lossy().replace('\\', "/");
        let of = |word: Option<&str>, placeholder: &str| {
            let joint = prefix.strip_prefix(word?)?;
            let is_joint = matches!(joint.strip_suffix('v').unwrap_or(joint), "@" | "-" | "/" | "_");
            is_joint.then(|| format!("{placeholder}{joint}{VERSION_PLACEHOLDER}"))
        };
        [of(self.name.as_deref(), NAME_PLACEHOLDER), of(Some(&folder), DIR_PLACEHOLDER)].into_iter().flatten().collect()
    }
}

/// The packages of the workspaces that begin in the world's directory, in the order of their folders.
pub(super) fn look(world: &World, loaded: &[Loaded], tags: &Index) -> Vec<Package> {
    let members = loaded.iter().flat_map(|one| &one.manifest.members);
    let mut folders: Vec<(PathBuf, &Member)> = members
        .filter_map(|member| Some((member.path.parent()?.strip_prefix(&world.dir).ok()?.to_owned(), member)))
        .filter(|(folder, _)| folder != Path::new(""))
        .collect();
    folders.sort_by(|one, other| one.0.cmp(&other.0));
    folders.dedup_by(|one, other| one.0 == other.0);
    let packages = folders.into_iter().enumerate();
    let mut packages: Vec<_> =
        packages.map(|(at, (folder, member))| package(world, &folder, member, at < LIMIT)).collect();
    claim(world, &mut packages, tags);
    packages
}

/// One package without its tags. Its changelog is looked for where there is somebody to be told.
fn package(world: &World, folder: &Path, member: &Member, is_told: bool) -> Package {
    let described = Described::read(world, &member.path);
    Package {
        folder: folder.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
        version: declared(&member.version),
        changelog: is_told.then(|| changelog_with_entries(world, &world.dir.join(folder))).flatten(),
        is_private: described.as_ref().is_none_or(|described| described.nature() == Nature::Unpublished),
        name: described.as_ref().and_then(Described::name),
        tag: None,
        at_head: None,
        is_tagged: false,
        forms: Vec::new(),
    }
}

/// Gives each package its tags: those with its name, and those with the name of its folder that are no other's by name.
fn claim(world: &World, packages: &mut [Package], tags: &Index) {
    let by_name: Vec<Vec<&Named>> =
        packages.iter().map(|package| package.name.as_deref().map(|name| tags.of(name)).unwrap_or_default()).collect();
    let taken: BTreeSet<&str> = by_name.iter().flatten().map(|tag| tag.name.as_str()).collect();
    let plain = plain(packages, tags);
    for (at, (package, mut own)) in packages.iter_mut().zip(by_name).enumerate() {
        let by_folder = tags.of(package.last()).into_iter().filter(|tag| !taken.contains(tag.name.as_str()));
        own.extend(by_folder);
        own.extend(plain.iter().filter(|(owner, _)| *owner == at).map(|(_, tag)| *tag));
        package.tagged(&world.dir, own);
    }
}

/// The packages that can be released: those that are published, where some are, and not those that are there to try something.
pub(super) fn released(packages: &[Package]) -> impl Iterator<Item = (usize, &Package)> {
    let real = || packages.iter().enumerate().filter(|(_, package)| !package.is_trial());
    let has_published = real().any(|(_, package)| !package.is_private);
    real().filter(move |(_, package)| !(has_published && package.is_private))
}

/// The tags without a name, each with a package to be released that has its version: at HEAD with all such packages, and the
/// highest one with the only one.
fn plain<'i>(packages: &[Package], tags: &'i Index) -> Vec<(usize, &'i Named)> {
    let highest = tags.plain().max().map(|tag| &tag.version);
    let last = tags.plain().filter(|tag| tag.is_at_head || Some(&tag.version) == highest);
    let owners = |tag: &Named| -> Vec<usize> {
        released(packages).filter(|(_, package)| package.has_version(&tag.version)).map(|(at, _)| at).collect()
    };
    let of_tag = |tag: &'i Named| {
        let owners = owners(tag);
        let is_clear = tag.is_at_head || owners.len() == 1;
        owners.into_iter().filter(move |_| is_clear).map(move |owner| (owner, tag))
    };
    last.flat_map(of_tag).collect()
}
