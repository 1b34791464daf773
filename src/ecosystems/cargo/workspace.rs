//! The workspace around a manifest: its root, its members, what they inherit.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::FILE;
use super::manifest::{Declared, Package, Source, Version};
use crate::ecosystems::manifests::SIZE_LIMIT;
use crate::ecosystems::{DeclaredVersion, Member, Scope, Whose};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::world::{Listed, World};

/// How many members are read.
const MEMBERS_LIMIT: usize = 5_000;

/// The manifest that was asked for, its workspace, and the packages that are built with it.
pub(super) struct Workspace {
    /// The asked manifest first, then the members or, without a workspace, the packages on its paths.
    pub(super) packages: Vec<Package>,
    /// The manifest of the root, when it is another one.
    above: Option<Package>,
    /// What nobody can tell, and why.
    pub(super) unproven: Vec<String>,
}

impl Workspace {
    /// Reads what belongs to the manifest `asked`.
    ///
    /// # Errors
    /// The problems of every manifest on the way.
    pub(super) fn read(world: &World, asked: Package) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { world, unproven: Vec::new(), problems: Vec::new() };
        let above = if asked.workspace.is_some() { None } else { reader.above(&asked) };
        let packages = if above.is_some() { vec![asked] } else { reader.below(asked) };
        let workspace = Self { packages, above, unproven: reader.unproven };
        if reader.problems.is_empty() { Ok(workspace) } else { Err(reader.problems) }
    }

    /// The manifest whose folder has the lock file, and whose patches count.
    pub(super) fn root(&self) -> &Package {
        self.above.as_ref().unwrap_or(&self.packages[0])
    }

    /// The asked manifest.
    pub(super) fn asked(&self) -> &Package {
        &self.packages[0]
    }

    /// The asked manifest's own version.
    pub(super) fn version(&self) -> DeclaredVersion {
        self.version_of(self.asked())
    }

    /// The packages that are read with the asked one.
    pub(super) fn members(&self) -> Vec<Member> {
        let member = |package: &Package| Member {
            path: package.path.clone(),
            version: self.version_of(package),
            whose: self.whose(package),
        };
        self.packages.iter().skip(1).map(member).collect()
    }

    /// What members inherit is the project's version, unless the package at the top has another one.
    fn whose(&self, package: &Package) -> Whose {
        match (&package.version, &self.root().version) {
            (Version::Inherited, Version::Own { .. }) => Whose::Shared,
            (Version::Inherited, _) => Whose::Project,
            _ => Whose::Own,
        }
    }

    fn version_of(&self, package: &Package) -> DeclaredVersion {
        let root = self.root();
        let inherited = root.workspace.as_ref().map(|table| &table.version);
        let (version, package) = match (&package.version, inherited) {
            (Version::Inherited, Some(version)) => (version, root),
            // A workspace without a package of its own declares what its members inherit.
            (Version::Absent, Some(version)) if package.name.is_none() => (version, root),
            (version, _) => (version, package),
        };
        match version {
            Version::Own { version, line } => {
                DeclaredVersion::Static { version: version.clone(), path: package.shown(), line: *line }
            }
            Version::Inherited => {
                DeclaredVersion::Dynamic(format!("{} inherits a version from nowhere", package.shown()))
            }
            Version::Absent => DeclaredVersion::Absent,
        }
    }

    /// The declaration that counts: what the workspace says where a member inherits it. The second is the folder that
    /// its paths start from.
    pub(super) fn resolved<'a>(&'a self, package: &'a Package, declared: &'a Declared) -> (&'a Declared, &'a Path) {
        let root = self.root();
        let table = root.workspace.as_ref().filter(|_| declared.source == Source::Inherited);
        let inherited = table.and_then(|table| table.dependencies.iter().find(|known| known.key == declared.key));
        inherited.map_or((declared, package.dir()), |inherited| (inherited, root.dir()))
    }
}

struct Reader<'a> {
    world: &'a World,
    unproven: Vec<String>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The workspace that the manifest belongs to: the one it names, else that of the nearest folder above.
    fn above(&mut self, asked: &Package) -> Option<Package> {
        if let Some(named) = &asked.workspace_dir {
            return self.manifest(&within(asked.dir(), named)?.join(FILE));
        }
        let folders = asked.dir().ancestors().skip(1).map(|folder| folder.join(FILE));
        let paths: Vec<_> = folders.filter(|path| self.world.has(path)).collect();
        paths.iter().filter_map(|path| self.manifest(path)).find(|above| claims(above, asked))
    }

    /// The members of a workspace, and every package that a path leads to from there.
    fn below(&mut self, asked: Package) -> Vec<Package> {
        let is_workspace = asked.workspace.is_some();
        let root = asked.dir().to_owned();
        let mut waiting = self.members(&asked);
        waiting.extend(self.on_paths(&asked, &asked));
        let mut seen = BTreeSet::from([asked.path.clone()]);
        let mut packages = vec![asked];
        while let Some(path) = waiting.pop_first() {
            if seen.len() > MEMBERS_LIMIT {
                self.unproven.push(format!("more than {MEMBERS_LIMIT} packages belong to {}", packages[0].shown()));
                break;
            }
            if !path.starts_with(&root) || excluded(&packages[0], &path) || !seen.insert(path.clone()) {
                continue;
            }
            let Some(mut package) = self.manifest(&path) else { continue };
            // The lock file has what members need for their tests, not what other packages would.
            package.dependencies.retain(|declared| is_workspace || declared.scope != Scope::Dev);
            waiting.extend(self.on_paths(&packages[0], &package));
            packages.push(package);
        }
        packages[1..].sort_by(|a, b| a.path.cmp(&b.path));
        packages
    }

    fn members(&mut self, root: &Package) -> BTreeSet<PathBuf> {
        let patterns = root.workspace.as_ref().map(|table| &table.members[..]).unwrap_or_default();
        let mut found = BTreeSet::new();
        for pattern in patterns {
            let folders = self.expand(root.dir(), pattern);
            let is_glob = pattern.contains(GLOB);
            let manifests = folders.into_iter().map(|folder| folder.join(FILE));
            found.extend(manifests.filter(|path| !is_glob || self.world.has(path)));
        }
        found
    }

    /// The folders that a member pattern stands for.
    fn expand(&mut self, dir: &Path, pattern: &str) -> Vec<PathBuf> {
        let mut folders = vec![dir.to_owned()];
        for part in Path::new(pattern).components() {
            let Component::Normal(name) = part else {
                folders = folders.iter().filter_map(|folder| within(folder, part)).collect();
                continue;
            };
            let matcher = name.to_str().filter(|name| name.contains(GLOB)).map(glob);
            folders = match matcher {
                None => folders.iter().map(|folder| folder.join(name)).collect(),
                Some(Some(matcher)) => folders.iter().flat_map(|folder| self.matching(folder, &matcher)).collect(),
                Some(None) => {
                    self.unproven.push(format!("the workspace member {pattern} is not a pattern"));
                    Vec::new()
                }
            };
        }
        folders
    }

    fn matching(&mut self, folder: &Path, matcher: &GlobMatcher) -> Vec<PathBuf> {
        let listed = self.world.listed(folder).unwrap_or_else(|error| {
            self.unproven.push(error.about(&folder.display().to_string()));
            Vec::new()
        });
        let names = listed.into_iter().filter(|(name, _)| matcher.is_match(name));
        // A folder of which nobody can tell is told where its manifest is read.
        let is_folder = |path: &Path, kind| kind == Listed::Folder || self.world.is_folder(path).unwrap_or(true);
        let paths = names.map(|(name, kind)| (folder.join(name), kind));
        let folders = paths.filter(|(path, kind)| is_folder(path, *kind)).map(|(path, _)| path);
        folders.take(MEMBERS_LIMIT + 1).collect()
    }

    /// The manifests that a package's path dependencies lead to; one that leads nowhere is told where it is judged.
    fn on_paths(&self, root: &Package, package: &Package) -> Vec<PathBuf> {
        let known: HashMap<_, _> = root
            .workspace
            .iter()
            .flat_map(|table| &table.dependencies)
            .map(|known| (known.key.as_str(), known))
            .collect();
        let declared = package.dependencies.iter().chain(&package.replacements);
        let places = declared.filter_map(|declared| {
            let inherited = known.get(declared.key.as_str()).filter(|_| declared.source == Source::Inherited);
            let (declared, dir) = inherited.map_or((declared, package.dir()), |known| (*known, root.dir()));
            match &declared.source {
                Source::Path(path) => Some(within(dir, path)?.join(FILE)),
                _ => None,
            }
        });
        places.filter(|path| self.world.has(path)).collect()
    }

    fn manifest(&mut self, path: &Path) -> Option<Package> {
        let shown = path.display().to_string();
        let text = match self.world.drafted(path, SIZE_LIMIT) {
            Ok(text) => text,
            Err(error) => {
                self.unproven.push(error.about(&shown));
                return None;
            }
        };
        self.unproven.extend(text.note(&shown));
        self.unproven.extend(self.world.undetermined().map(|why| format!("{shown}: {why}")));
        Package::parse(path, &text.content).map_err(|problems| self.problems.extend(problems)).ok()
    }
}

/// The names that no package of the release has. Where it has submodules, whose files are not listed, each may be one of theirs.
///
/// # Errors
/// Nobody can tell: a manifest cannot be read.
pub(super) fn without_package<'n>(world: &World, mut names: HashSet<&'n str>) -> Result<HashSet<&'n str>, String> {
    if names.is_empty() || world.undetermined().is_some() {
        return Ok(HashSet::new());
    }
    let mut unread = None;
    for path in world.paths(&|path| path == FILE || path.ends_with("/Cargo.toml"))? {
        let text = match world.drafted(&path, SIZE_LIMIT) {
            Ok(text) => text,
            Err(error) => {
                unread.get_or_insert_with(|| error.about(&path.display().to_string()));
                continue;
            }
        };
        // Most are members of another workspace.
        if names.iter().any(|name| text.content.contains(name))
            && let Ok(package) = Package::parse(&path, &text.content)
        {
            names.retain(|name| package.name.as_deref() != Some(name));
        }
        if names.is_empty() {
            return Ok(names);
        }
    }
    match unread {
        Some(why) => Err(why),
        None if world.submodules()?.is_empty() => Ok(names),
        None => Ok(HashSet::new()),
    }
}

/// What makes a member a pattern.
const GLOB: [char; 4] = ['*', '?', '[', '{'];

fn glob(pattern: &str) -> Option<GlobMatcher> {
    Some(GlobBuilder::new(pattern).literal_separator(true).build().ok()?.compile_matcher())
}

/// Whether a workspace takes a package for its own.
fn claims(above: &Package, asked: &Package) -> bool {
    above.workspace.is_some() && !excluded(above, &asked.path)
}

fn excluded(root: &Package, path: &Path) -> bool {
    let excluded = root.workspace.iter().flat_map(|table| &table.exclude);
    excluded.filter_map(|folder| within(root.dir(), folder)).any(|folder| path.starts_with(folder))
}
