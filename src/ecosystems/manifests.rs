//! Finding the package manifests of a project and reading each by its own rules.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::python::requirements_txt::is_for_development;
use super::table::{self, Ecosystem, File, HELM, Reader, Role};
use super::{DeclaredVersion, Manifest, Scope};
use crate::model::problem::Problem;
use crate::system::files::ReadError;
use crate::world::{Listed, Refused, World};

/// The largest manifest that is read, in bytes: parsed, one takes a hundred times its size.
pub(super) const SIZE_LIMIT: u64 = 1 << 20;

/// The largest requirements file that is read, in bytes: they carry hashes, and are read line by line.
const LINES_LIMIT: u64 = 16 << 20;

/// A manifest that was found.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// As the user knows it: relative to the directory of release.yaml.
    pub shown: String,
    /// Whose rules it follows.
    pub ecosystem: &'static Ecosystem,
    /// What it declares.
    pub manifest: Manifest,
}

/// The manifests of a project.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// Those that were asked, in the order of the table, then those that the policy names.
    pub loaded: Vec<Loaded>,
    /// Those that the policy leaves out, and why.
    pub left_out: Vec<(String, String)>,
    /// What the policy leaves out and what it does not concern, in sentences: it is not there, or read all the same.
    pub left_in: Vec<String>,
    /// Those of other folders that belong to none of them, relative to the directory of release.yaml where they lie below
    /// it, else to the repository's top level; or why nobody can tell.
    pub elsewhere: Elsewhere,
}

/// Manifests in other folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Below the directory of release.yaml.
    pub below: Vec<String>,
    /// In the rest of the repository.
    pub outside: Vec<String>,
    /// Where there is no manifest at all: the lock files, relative to the repository's top level.
    pub locks: Vec<String>,
    /// Where there is neither: the submodules, whose files are not looked into, relative to the repository's top level.
    pub submodules: Vec<String>,
    /// Why nobody can tell.
    pub unproven: Option<String>,
}

/// Reads the manifests of the directory, and those that the policy names besides, but for those that it leaves out (each
/// with its reason). What the table knows by name and nobody reads is a manifest of which nothing is told. `development` says
/// whether requirements files for the work on the project count, too; where they do not, nobody needs to hear of them.
///
/// # Errors
/// Every problem found in any of them.
pub fn load(
    world: &World,
    named: &[String],
    left_out: &[(String, String)],
    development: bool,
) -> Result<Manifests, Vec<Problem>> {
    let is_left_out = |shown: &str| left_out.iter().any(|(path, _)| plain(path) == shown);
    let mut paths = beside_release(world);
    paths.retain(|shown| !is_left_out(shown));
    for name in named.iter().map(|name| plain(name)) {
        if !paths.iter().any(|known| known == name) {
            paths.push(name.to_owned());
        }
    }
    let (mut loaded, mut problems) = (Vec::new(), Vec::new());
    for shown in &paths {
        match one(world, shown) {
            Ok(one) => loaded.extend(one),
            Err(mut more) => problems.append(&mut more),
        }
    }
    drop_what_says_nothing(&mut loaded);
    settle_charts(&mut loaded, named);
    if !problems.is_empty() {
        return Err(problems.into_iter().map(|problem| from_dir(world, problem)).collect());
    }
    let (left_out, left_in) = left_out_of(world, &loaded, left_out);
    let mut elsewhere = Elsewhere::of(world, &loaded, &left_out);
    if development {
        let more = for_development(world, &loaded, &elsewhere.below)?;
        loaded.extend(more);
        elsewhere = Elsewhere::of(world, &loaded, &left_out);
    } else if !loaded.is_empty() {
        elsewhere.forget(is_for_development);
    }
    Ok(Manifests { loaded, left_out, left_in, elsewhere })
}

/// Tells what is really left out from what only stands in the list.
fn left_out_of(world: &World, loaded: &[Loaded], listed: &[(String, String)]) -> (Vec<(String, String)>, Vec<String>) {
    let read = if listed.is_empty() { HashSet::new() } else { known(world, loaded, &[]) };
    let (mut left_out, mut left_in) = (Vec::new(), Vec::new());
    for (path, reason) in listed {
        let place = world.dir.join(plain(path));
        if read.contains(&place) {
            left_in.push(format!("{path} is read all the same: another manifest has it, or `manifests:` names it"));
        } else if !world.has(&place) {
            left_in.push(format!("the release has no file {path}"));
        } else {
            left_out.push((path.clone(), reason.clone()));
        }
    }
    (left_out, left_in)
}

/// The directory's requirements files for the work on the project, among those that nothing includes.
fn for_development(world: &World, loaded: &[Loaded], below: &[String]) -> Result<Vec<Loaded>, Vec<Problem>> {
    let is_here = |path: &&String| !path.contains('/') || path.starts_with("requirements/");
    let told: HashSet<_> =
        loaded.iter().flat_map(|one| &one.manifest.dependencies).map(|one| one.path.as_str()).collect();
    let mut more = Vec::new();
    for shown in below.iter().filter(|path| is_for_development(path)).filter(is_here) {
        let Some(mut one) = one(world, shown)? else { continue };
        one.manifest.dependencies.retain(|dependency| !told.contains(dependency.path.as_str()));
        one.manifest.dependencies.iter_mut().for_each(|dependency| dependency.scope = Scope::Dev);
        more.push(one);
    }
    Ok(more)
}

/// What the manifest's own tool may take, and no reader here understands, is open; what is wrong for everybody is refused.
fn left_open(problems: Vec<Problem>) -> Result<Manifest, Vec<Problem>> {
    if problems.is_empty() || !problems.iter().all(|problem| problem.is_of_reader) {
        return Err(problems);
    }
    let unproven: Vec<_> = problems.iter().map(Problem::in_one_line).collect();
    let version = unproven.first().cloned().map_or(DeclaredVersion::Absent, DeclaredVersion::Dynamic);
    Ok(Manifest { version, unproven, ..Manifest::default() })
}

/// The readers name a file by its path from the root; the user knows it from the directory of release.yaml.
fn from_dir(world: &World, problem: Problem) -> Problem {
    let below = Path::new(&problem.path).strip_prefix(&world.dir).ok().filter(|_| !world.dir.as_os_str().is_empty());
    match below.map(shown) {
        Some(path) => Problem { path, ..problem },
        None => problem,
    }
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

/// The manifests in the directory of release.yaml, in the order of the table.
fn beside_release(world: &World) -> Vec<String> {
    let mut found = names(world, |path| world.has(path));
    if found.is_empty() {
        // What git leaves out decides nothing; where there is nothing else, the row names it.
        found = table::manifests().filter(|name| world.is_there(&world.dir.join(name))).map(str::to_owned).collect();
    }
    found
}

fn names(world: &World, is_there: impl Fn(&Path) -> bool) -> Vec<String> {
    let listed = world.listed(&world.dir).unwrap_or_default().into_iter();
    let files = listed.filter(|(_, kind)| *kind != Listed::Folder).map(|(name, _)| name);
    // A listing leaves out what cannot be looked at, be it a folder in the place of a manifest.
    let usual = table::manifests().map(str::to_owned);
    let mut names: Vec<_> = files.chain(usual).filter(|name| table::manifest(name).is_some()).collect();
    let order: Vec<_> = table::manifests().collect();
    names.sort_by_key(|name| (order.iter().position(|known| known == name).unwrap_or(order.len()), name.clone()));
    names.dedup();
    names.retain(|name| is_asked(name) && is_there(&world.dir.join(name)));
    names
}

/// Whether a manifest is looked at where it is found.
fn is_asked(name: &str) -> bool {
    table::manifest(name).is_some_and(|(_, file)| !matches!(file.role, Role::Named(_)))
}

/// Reads one; nothing where the content tells that it is no manifest.
fn one(world: &World, shown: &str) -> Result<Option<Loaded>, Vec<Problem>> {
    let path = world.dir.join(shown);
    let Some((ecosystem, file)) = entry(shown) else {
        let help = format!("name a {}, or another requirements file", table::manifests_in_words());
        return Err(vec![Problem::new(shown, "this is not a manifest that the gate can read").help(help)]);
    };
    let limit = if is_lines(&path) { LINES_LIMIT } else { SIZE_LIMIT };
    let manifest = match world.drafted(&path, limit) {
        Ok(text) => {
            let read = match file.role {
                Role::Found(read) | Role::Named(read) | Role::Quiet(read) => {
                    read(world, &path, &text.content).or_else(left_open)?
                }
                Role::Telling(tells) if !tells(&text.content) => return Ok(None),
                _ => Manifest::unread(not_read(shown, ecosystem)),
            };
            let unproven = text.note(shown).into_iter().chain(read.unproven).collect();
            Manifest { unproven, ..read }
        }
        Err(error @ (Refused::Untracked(_) | Refused::Undetermined(_))) => Manifest::unread(error.about(shown)),
        // Its own tool may read other encodings.
        Err(error @ Refused::Unreadable(ReadError::NotUtf8(_))) => {
            Manifest::unread(format!("{}; save it as UTF-8", error.about(shown)))
        }
        Err(_) if reader(file).is_none() => Manifest::unread(not_read(shown, ecosystem)),
        Err(error) => return Err(vec![unreadable(shown, &error)]),
    };
    Ok(Some(Loaded { shown: shown.to_owned(), ecosystem, manifest }))
}

fn not_read(shown: &str, ecosystem: &Ecosystem) -> String {
    let whose = if ecosystem.told.is_none() { ecosystem.name } else { "this kind of file" };
    format!(
        "{shown} was found and not read: the gate has no reader for {whose}; `manifests_ignore` in delivery-gate.yaml leaves it out"
    )
}

fn reader(file: &File) -> Option<Reader> {
    match file.role {
        Role::Found(read) | Role::Named(read) | Role::Quiet(read) => Some(read),
        _ => None,
    }
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "txt" || ending == "in")
}

/// Any text may be a requirements file, where the policy says so.
fn entry(shown: &str) -> Option<(&'static Ecosystem, &'static File)> {
    table::manifest(shown).or_else(|| table::manifest("requirements.txt").filter(|_| is_lines(Path::new(shown))))
}

/// What says nothing by itself is not told of beside another manifest of its ecosystem.
fn drop_what_says_nothing(loaded: &mut Vec<Loaded>) {
    let is_mute = |one: &Loaded| match entry(&one.shown).map(|(_, file)| file.role) {
        Some(Role::Quiet(_)) => one.manifest == Manifest::default(),
        Some(Role::Beside) => true,
        _ => false,
    };
    let told: Vec<_> = loaded.iter().filter(|one| !is_mute(one)).map(|one| one.ecosystem.name).collect();
    loaded.retain(|one| !is_mute(one) || !told.contains(&one.ecosystem.name));
}

/// Beside another manifest, a chart's own version is the chart's, and the application's is the project's. A chart that the policy
/// names and that says nothing of an application is held to its own.
fn settle_charts(loaded: &mut [Loaded], named: &[String]) {
    if loaded.iter().all(|one| one.ecosystem.is(&HELM)) {
        return;
    }
    for chart in loaded.iter_mut().filter(|one| one.ecosystem.is(&HELM)) {
        let is_named = named.iter().any(|name| plain(name) == chart.shown);
        if !is_named || chart.manifest.application != DeclaredVersion::Absent {
            chart.manifest.version = chart.manifest.application.clone();
        }
    }
}

fn unreadable(shown: &str, error: &Refused) -> Problem {
    let help = match error {
        Refused::Missing => "`manifests:` has paths from the folder of release.yaml: correct it, or take it out",
        Refused::Unreadable(ReadError::NotUtf8(_)) => "save it as UTF-8",
        _ => "put the manifest itself there",
    };
    error.problem(shown).help(help)
}

impl Elsewhere {
    fn forget(&mut self, is_forgotten: fn(&str) -> bool) {
        self.below.retain(|path| !is_forgotten(path));
        self.outside.retain(|path| !is_forgotten(path));
    }

    fn of(world: &World, loaded: &[Loaded], left_out: &[(String, String)]) -> Self {
        let paths = match world.paths(&|path| table::manifest(path).is_some_and(|(_, file)| is_whole(file))) {
            Ok(paths) => paths,
            Err(why) => return Self { unproven: Some(why), ..Self::default() },
        };
        let known = known(world, loaded, left_out);
        let mut found = Self::default();
        if loaded.is_empty() && paths.is_empty() {
            match world.paths(&table::is_lock).and_then(|locks| Ok((locks, world.submodules()?))) {
                Ok((locks, submodules)) => {
                    found.locks = locks.iter().filter(|path| !known.contains(*path)).map(|path| shown(path)).collect();
                    found.submodules = submodules.iter().map(|path| shown(path)).collect();
                }
                Err(why) => found.unproven = Some(why),
            }
        }
        for path in paths.into_iter().filter(|path| !known.contains(path)) {
            match path.strip_prefix(&world.dir) {
                Ok(below) => found.below.push(shown(below)),
                Err(_) => found.outside.push(shown(&path)),
            }
        }
        found
    }
}

/// Whether a file of this name alone is a manifest.
fn is_whole(file: &File) -> bool {
    matches!(file.role, Role::Found(_) | Role::Named(_) | Role::Unread)
}

/// What was asked, or left out, relative to the root.
fn known(world: &World, loaded: &[Loaded], left_out: &[(String, String)]) -> HashSet<PathBuf> {
    let asked = loaded.iter().map(|one| one.shown.as_str()).chain(left_out.iter().map(|(path, _)| plain(path)));
    let asked = asked.map(|path| world.dir.join(path));
    let manifests = || loaded.iter().map(|one| &one.manifest);
    let members = manifests().flat_map(|manifest| manifest.members.iter().map(|member| member.path.clone()));
    let declaring = manifests().flat_map(|manifest| manifest.dependencies.iter().map(|one| PathBuf::from(&one.path)));
    let included = manifests().flat_map(|manifest| manifest.included.iter().cloned());
    asked.chain(members).chain(included).chain(declaring).collect()
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::table::{ALL, RUST};
    use super::*;

    #[test]
    fn every_manifest_of_the_table_is_found_by_its_name() {
        for file in ALL.iter().flat_map(|ecosystem| ecosystem.manifests) {
            let name = file.name.replace('*', "x");
            let (_, found) = entry(&name).unwrap();
            assert_eq!(found.name, file.name);
        }
        assert_eq!(RUST.pinning().collect::<Vec<_>>(), ["Cargo.lock"]);
    }
}
