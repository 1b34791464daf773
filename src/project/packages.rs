//! The packages of a release.yaml with several: each is judged in its own folder, all of them are one release.

use std::collections::HashMap;
use std::path::Path;

use super::inputs::{of_one, without_manifests};
use super::options::Options;
use super::written;
use crate::checks::context::{Context, OfPackage};
use crate::config::compared::names;
use crate::config::release::{Package, folder_of};
use crate::config::{Policy, Release, policy};
use crate::engine::error::Error;
use crate::engine::policy_changes::OwnPolicy;
use crate::gates::Registry;
use crate::model::PolicySource;
use crate::model::nearest::suggestion;
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::model::tag_form::is_of_package;
use crate::world::World;

/// The keys that a package's own policy may have: what its own checks look at. All else is the release's as a whole.
const OWN_KEYS: [&str; 10] = [
    "project",
    "changelog",
    "tag",
    "tag_annotated",
    "manifests",
    "manifests_ignore",
    "versions",
    "versions_ignore",
    "lockstep",
    "pinning",
];

/// What the checks of several packages look at. All problems of one kind come back together.
pub(super) fn context(
    world: World,
    release: Release,
    policy: Policy,
    options: &Options,
    registry: &Registry,
) -> Result<Context, Error> {
    let asked = asked(&release, options)?;
    let missing: Vec<_> = asked.iter().filter(|package| !is_there(&world, package)).collect();
    if !missing.is_empty() {
        return Err(Error::manifest(release.without_folder(&missing)));
    }
    let versions = release.released.each();
    let shares_version = versions.windows(2).all(|two| two[0].1 == two[1].1);
    let mut packages = Vec::new();
    for package in asked {
        let (folder, release_dir) = (package.folder.clone(), world.dir.clone());
        let world = world.clone().in_dir(within(&world.dir, &folder).unwrap_or_else(|| world.dir.clone()));
        let own = policy_of(&world, &folder, &policy, options, registry)?;
        let of_package = OfPackage { folder, release_dir, shares_version };
        let one = of_one(world, release.clone(), own, (package.version, Some(of_package)), options);
        packages.push(one.map_err(|error| error.below(&package.folder))?);
    }
    let collisions = collisions(&packages, shares_version);
    if !collisions.is_empty() {
        return Err(Error::configuration(collisions));
    }
    Ok(Context { packages, ..without_manifests(world, release, policy, options)? })
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

fn is_there(world: &World, package: &Package) -> bool {
    let folder = within(&world.dir, &package.folder);
    folder.is_some_and(|folder| folder == world.dir || world.is_real_folder(&folder))
}

/// The policy of a package: its own, or the one that holds for all.
fn policy_of(
    world: &World,
    folder: &str,
    shared: &Policy,
    options: &Options,
    registry: &Registry,
) -> Result<Policy, Error> {
    let is_named = options.policy.is_some() || options.policy_ref.is_some();
    let Some(path) = world.policy_path().filter(|path| !is_named && path.parent() == Some(&world.dir)) else {
        return Ok(shared.clone());
    };
    if matches!(&shared.source, PolicySource::Release { path: of_all, .. } if Path::new(of_all) == path) {
        return Ok(shared.clone());
    }
    let own = written::policy(world, options, registry);
    let (own, _) = own.map_err(|problems| Error::configuration(problems).below(folder))?;
    let keys = own.text.as_deref().map(names).unwrap_or_default();
    let problem = |key: &String| {
        let what = format!("`{key}` is for the release as a whole, and this is the policy of one package");
        let next = format!("write it into the {} beside release.yaml", policy::FILE);
        Problem::new(format!("{folder}/{}", policy::FILE), what).help(next)
    };
    let problems: Vec<_> = keys.iter().filter(|key| !OWN_KEYS.contains(&key.as_str())).map(problem).collect();
    if !problems.is_empty() {
        return Err(Error::configuration(problems));
    }
    Ok(Policy { decision: shared.decision.clone(), from_commit: shared.from_commit.clone(), ..own })
}

/// Tags that two packages would share though each has a version of its own, or a name of its own in it.
fn collisions(packages: &[Context], shares_version: bool) -> Vec<Problem> {
    let mut known: HashMap<String, &str> = HashMap::new();
    let mut problems = Vec::new();
    for context in packages {
        let (Some(package), Some(tag)) = (&context.package, &context.policy.tag) else { continue };
        if !is_of_package(tag) && shares_version {
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

/// The packages, where each may have a policy of its own.
pub(super) fn with_policies(packages: &[Context]) -> Vec<OwnPolicy<'_>> {
    let named = packages.iter().filter_map(|context| Some((context.package.as_ref()?.folder.as_str(), context)));
    let named = named.filter(|(folder, _)| *folder != ".");
    named.map(|(folder, Context { world, policy, .. })| OwnPolicy { folder, world, policy }).collect()
}
