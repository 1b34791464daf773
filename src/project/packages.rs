//! The packages of a release.yaml with several: each is judged in its own folder, all of them are one release.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::inputs::{of_one, without_manifests};
use super::options::Options;
use super::written::{self, misnamed};
use crate::checks::context::{Context, OfPackage, OtherPackage};
use crate::config::compared::names;
use crate::config::release::{Package, folder_of};
use crate::config::{Policy, Release, policy};
use crate::ecosystems::manifests::Elsewhere;
use crate::engine::error::Error;
use crate::engine::policy_changes::OwnPolicy;
use crate::gates::Registry;
use crate::model::escape::visible;
use crate::model::nearest::suggestion;
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::model::tag_form::{USUAL_FORMS, is_of_package, of_version};
use crate::world::{Refused, World};

/// What the checks of several packages look at. All problems of one kind come back together.
pub(super) fn context(
    world: World,
    release: Release,
    policy: Policy,
    options: &Options,
    registry: &Registry,
) -> Result<Context, Error> {
    let asked = asked(&release, options)?;
    let missing: Vec<_> = asked.iter().filter(|package| matches!(place_of(&world, package), Place::Missing)).collect();
    if !missing.is_empty() {
        return Err(Error::manifest(release.without_folder(&missing)));
    }
    let of_all = OfAll { world: &world, release: &release, policy: &policy, options, registry };
    let packages = asked.into_iter().map(|package| of_all.package(package)).collect::<Result<Vec<_>, _>>()?;
    // What is wrong in a package that nobody asked for is nothing to this run; its tags are its own all the same.
    let others = release.released.packages().iter().filter(|one| !packages.iter().any(|asked| is_in(asked, one)));
    let others: Vec<_> = others.filter_map(|package| of_all.package(package.clone()).ok()).collect();
    let collisions = collisions(&packages, &others);
    if !collisions.is_empty() {
        return Err(Error::configuration(collisions));
    }
    let packages = told_apart(packages, &others);
    Ok(Context { packages, ..without_manifests(world, release, policy, options)? })
}

fn is_in(context: &Context, package: &Package) -> bool {
    context.package.as_ref().is_some_and(|one| one.folder == package.folder)
}

/// What is the same for all packages.
struct OfAll<'a> {
    world: &'a World,
    release: &'a Release,
    policy: &'a Policy,
    options: &'a Options,
    registry: &'a Registry,
}

impl OfAll<'_> {
    fn package(&self, package: Package) -> Result<Context, Error> {
        let (folder, release_dir) = (package.folder.clone(), self.world.dir.clone());
        let versions = self.release.released.each();
        let shares_version = versions.len() > 1 && versions.windows(2).all(|two| two[0].1 == two[1].1);
        let unseen = match place_of(self.world, &package) {
            Place::Unseen(why) => Some(why),
            Place::There | Place::Missing => None,
        };
        let dir = within(&self.world.dir, &folder).unwrap_or_else(|| self.world.dir.clone());
        let world = self.world.clone().in_dir(dir);
        let of_package = OfPackage {
            folder: folder.clone(),
            release_dir,
            shares_version,
            taken: Vec::new(),
            others: Vec::new(),
            has_own_policy: false,
            unseen: unseen.clone(),
        };
        if unseen.is_some() {
            let context = without_manifests(world, self.release.clone(), self.policy.clone(), self.options)?;
            return Ok(Context { version: package.version, package: Some(of_package), ..context });
        }
        let own = self.own_policy(&world, &folder)?;
        let of_package = OfPackage { has_own_policy: own.is_some(), ..of_package };
        let policy = own.unwrap_or_else(|| self.policy.clone());
        let one = of_one(world, self.release.clone(), policy, (package.version, Some(of_package)), self.options);
        one.map_err(|error| error.below(&folder))
    }

    /// The policy of a package, where it has another than the one that holds for all: beside it, or in a folder between the two.
    fn own_policy(&self, world: &World, folder: &str) -> Result<Option<Policy>, Error> {
        let misnamed = misnamed::policies_between(&self.world.dir, &world.dir, world);
        if self.options.policy.is_some() {
            return Ok(None);
        }
        let path = |world: &World| match &self.options.policy_ref {
            Some(revision) => world.at_commit(revision).ok()?.policy_path(),
            None => world.policy_path(),
        };
        if !misnamed.is_empty() && self.options.policy_ref.is_none() {
            return Err(Error::configuration(misnamed));
        }
        let Some(own) = path(world).filter(|own| Some(own) != path(self.world).as_ref()) else { return Ok(None) };
        let read = written::policy(world, self.options, self.registry);
        let (policy, _) = read.map_err(|problems| Error::configuration(problems).below(folder))?;
        let shown = own.strip_prefix(&self.world.dir).unwrap_or(&own).display().to_string();
        let problem = |key: &String| {
            let what = format!("`{key}` is for the release as a whole, and this is the policy of one package");
            let next = format!("write it into the {} beside release.yaml", policy::FILE);
            Problem::new(&shown, what).help(next)
        };
        let keys = policy.text.as_deref().map(names).unwrap_or_default();
        let problems: Vec<_> =
            keys.iter().filter(|key| !policy::PACKAGE_KEYS.contains(&key.as_str())).map(problem).collect();
        if !problems.is_empty() {
            return Err(Error::configuration(problems));
        }
        let (decision, from_commit) = (self.policy.decision.clone(), self.policy.from_commit.clone());
        Ok(Some(Policy { decision, from_commit, ..policy }))
    }
}

/// The packages that are asked: all of them, or the one that the user named.
fn asked(release: &Release, options: &Options) -> Result<Vec<Package>, Error> {
    let packages = release.released.packages();
    let Some(named) = &options.package else { return Ok(packages.to_vec()) };
    let folder = folder_of(named);
    match packages.iter().find(|package| Some(&package.folder) == folder.as_ref()) {
        Some(package) => Ok(vec![package.clone()]),
        None => {
            let known = packages.iter().map(|package| package.folder.as_str());
            let next = suggestion(named, known);
            Err(Error::usage(format!("--package {named}: {} has no such package; {next}", release.shown())))
        }
    }
}

/// Whether a package's folder is there to be looked into.
enum Place {
    There,
    /// It may be, and why nobody looks.
    Unseen(String),
    Missing,
}

fn place_of(world: &World, package: &Package) -> Place {
    let Some(folder) = within(&world.dir, &package.folder) else { return Place::Missing };
    if folder == world.dir || world.is_real_folder(&folder) {
        return Place::There;
    }
    let shown = &package.folder;
    match world.is_folder(&folder) {
        Ok(false) | Err(Refused::Missing | Refused::Untracked(_)) => Place::Missing,
        Ok(true) => {
            let next = "name the folder itself in `packages:`";
            Place::Unseen(format!("{shown} is a symbolic link, or below one: {next}"))
        }
        Err(refused) => Place::Unseen(refused.about(shown)),
    }
}

/// Tags that two packages would share though each has a version of its own, or a name of its own in it.
fn collisions(packages: &[Context], others: &[Context]) -> Vec<Problem> {
    let mut known: HashMap<String, &str> = HashMap::new();
    let mut problems = Vec::new();
    for context in packages.iter().chain(others) {
        let (Some(package), Some(tag)) = (&context.package, &context.policy.tag) else { continue };
        if !is_of_package(tag) && package.shares_version {
            continue;
        }
        for form in context.tag_forms() {
            let Some(other) = known.insert(form.clone(), &package.folder) else { continue };
            let what = format!("the tag `{form}` would be that of {other} and of {} alike", package.folder);
            let next = "`{dir}` in `tag` tells packages apart, and so does `{name}` where the names differ";
            problems.push(Problem::new(policy::FILE, what).help(next));
        }
    }
    problems
}

/// The packages, and none has a usual form of tags that is a neighbour's, too: one tag would carry both.
fn told_apart(packages: Vec<Context>, others: &[Context]) -> Vec<Context> {
    let tags = |context: &Context| {
        let forms = context.tag_forms().into_iter().filter(|form| !USUAL_FORMS.contains(&form.as_str()));
        forms.map(|form| (of_version(&form, &context.version), form)).collect::<Vec<_>>()
    };
    let known: Vec<_> = packages.iter().chain(others).map(tags).collect();
    let folder = |context: &Context| context.package.as_ref().map_or(String::new(), |package| package.folder.clone());
    let named = |context: &Context| OtherPackage { folder: folder(context), name: context.name().map(str::to_owned) };
    let all: Vec<_> = packages.iter().chain(others).map(named).collect();
    let mut packages = packages;
    for (at, context) in packages.iter_mut().enumerate() {
        let of_others: HashSet<&String> = known
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .flat_map(|(_, tags)| tags)
            .flat_map(|(tag, form)| [tag, form])
            .collect();
        let is_taken = |(tag, form): &&(String, String)| of_others.contains(tag) || of_others.contains(form);
        let taken = known.get(at).into_iter().flatten().filter(is_taken).map(|(_, form)| form.clone()).collect();
        if let Some(package) = &mut context.package {
            package.taken = taken;
            package.others = all.iter().filter(|other| other.folder != package.folder).cloned().collect();
            forget_others(&mut context.manifests.elsewhere, package);
        }
    }
    packages
}

/// The manifests of the packages beside one are asked there.
fn forget_others(elsewhere: &mut Elsewhere, package: &OfPackage) {
    let dir = |folder: &str| within(&package.release_dir, folder).unwrap_or_default();
    let own = dir(&package.folder);
    let others: Vec<_> = package.others.iter().map(|other| dir(&other.folder)).collect();
    let is_asked = |path: &Path| others.iter().any(|other| path.starts_with(other));
    elsewhere.outside.retain(|path| !is_asked(Path::new(path)));
    let inner: Vec<_> = others.iter().filter(|other| other.starts_with(&own)).collect();
    elsewhere.below.retain(|path| !inner.iter().any(|other| own.join(path).starts_with(other)));
}

/// Policies of packages that git ignores: they are not part of the release.
pub(super) fn ignored_policies(context: &Context) -> Vec<String> {
    let between = |one: &Context| {
        let folders = one.world.dir.ancestors().take_while(|folder| *folder != context.world.dir);
        folders.map(|folder| folder.join(policy::FILE)).collect::<Vec<_>>()
    };
    let mut paths: Vec<_> = context.packages.iter().flat_map(between).collect();
    paths.sort();
    paths.dedup();
    paths.retain(|path| !context.world.has(path) && context.world.is_there(path));
    let told = |path: &PathBuf| {
        let path = path.strip_prefix(&context.world.dir).unwrap_or(path).display().to_string();
        format!("git ignores {}: it is not part of the release, and was not read", visible(&path))
    };
    paths.iter().map(told).collect()
}

/// The packages, where each may have a policy of its own.
pub(super) fn with_policies(packages: &[Context]) -> Vec<OwnPolicy<'_>> {
    packages.iter().filter_map(with_policy).collect()
}

fn with_policy(context: &Context) -> Option<OwnPolicy<'_>> {
    let Context { world, policy, package, .. } = context;
    let package = package.as_ref().filter(|package| package.folder != "." && package.unseen.is_none())?;
    Some(OwnPolicy { folder: &package.folder, world, policy, is_own: package.has_own_policy })
}
