//! What people wrote for a release: release.yaml, and the policy that holds there.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::checks::context::Context;
use crate::config::{Policy, Release, SIZE_LIMIT, policy, release};
use crate::engine::error::Error;
use crate::gates::{Pipeline, Registry};
use crate::model::escape::visible;
use crate::model::problem::Problem;
use crate::model::tag_form::is_of_package;
use crate::model::{NamedRelease, Place, PolicySource};
use crate::project::Options;
use crate::system::files::{ReadError, Root, decoded, in_words, read_anywhere};
use crate::world::{Part, World};

pub(crate) mod misnamed;

/// What people wrote for a release.
pub(crate) struct Written {
    pub(crate) release: Release,
    pub(crate) policy: Policy,
    pub(crate) gates: Option<Pipeline>,
}

impl Written {
    /// release.yaml as it was read, and the policy that `config` names or that lies beside it. All problems of both come
    /// back together.
    pub(super) fn read(
        world: &World,
        release: Result<Release, Vec<Problem>>,
        options: &Options,
        registry: &Registry,
    ) -> Result<Self, Error> {
        let is_elsewhere = options.policy.is_some() || options.policy_ref.is_some();
        let misnamed = misnamed::files(world, is_elsewhere);
        match (release, policy(world, options, registry)) {
            (Ok(release), Ok((policy, gates))) if misnamed.is_empty() => Ok(Self { release, policy, gates }),
            (Err(problems), policy) => {
                Err(Error::manifest([problems, misnamed, policy.err().unwrap_or_default()].concat()))
            }
            (Ok(_), policy) => Err(Error::configuration([misnamed, policy.err().unwrap_or_default()].concat())),
        }
    }
}

pub(super) fn policy(
    world: &World,
    options: &Options,
    registry: &Registry,
) -> Result<(Policy, Option<Pipeline>), Vec<Problem>> {
    let mut gates = None;
    let (policy, shown, inside) = match (&options.policy, &options.policy_ref) {
        (Some(path), _) => named(world, path, &mut gates, registry)?,
        (None, Some(revision)) => of_commit(world, revision, &mut gates, registry)?,
        (None, None) => match world.policy_path() {
            None => return Ok((Policy::default(), None)),
            Some(path) => of_release(world, path, &mut gates, registry)?,
        },
    };
    if let Some(pipeline) = &mut gates {
        pipeline.stands_in(&shown, inside.and_then(|path| Place::under(&path, "")).as_ref());
    }
    Ok((policy, gates))
}

/// A policy in a folder above, as it is seen from the project's directory: `../../delivery-gate.yaml`.
fn from(dir: &Path, path: &Path) -> String {
    let above = path.parent().unwrap_or(Path::new(""));
    let steps = dir.strip_prefix(above).map_or(0, |below| below.components().count());
    "../".repeat(steps) + policy::FILE
}

/// A tag without the package in it is that of one package: where several have a release.yaml, it is nobody's by heritage.
fn stand_below(policy: &mut Policy, world: &World) {
    let is_of_one = |tag: &String| !is_of_package(tag);
    let is_release = |path: &str| path.rsplit('/').next() == Some(release::FILE);
    if policy.tag.as_ref().is_some_and(is_of_one) && world.paths(&is_release).map_or(true, |found| found.len() > 1) {
        policy.tag_of_others = policy.tag.take();
    }
}

/// The policy of the release, at a path relative to the root.
fn of_release(
    world: &World,
    path: PathBuf,
    gates: &mut Option<Pipeline>,
    registry: &Registry,
) -> Result<Named, Vec<Problem>> {
    let shown = from(&world.dir, &path);
    let mut policy = Policy::load(world, &path, &shown, &mut Pipeline::read_into(gates, registry))?;
    policy.source = PolicySource::Release { path: slashed(&path), blob: world.blob_id(&path, SIZE_LIMIT) };
    if path.parent() != Some(&world.dir) {
        stand_below(&mut policy, world);
    }
    Ok((policy, shown, Some(path)))
}

/// The policy of a commit that the user named, which is not the one that is judged: a release does not choose its own.
fn of_commit(
    world: &World,
    revision: &str,
    gates: &mut Option<Pipeline>,
    registry: &Registry,
) -> Result<Named, Vec<Problem>> {
    let called = format!("--policy-ref {revision}");
    let unusable = |why: String, next: &str| vec![Problem::new(&called, why).help(next)];
    let at = world.at_commit(revision).map_err(|why| unusable(why, "name a branch, a tag or a commit"))?;
    let commit = at.commit().map_err(|why| unusable(why.to_string(), "name a branch, a tag or a commit"))?.to_owned();
    if world.commit().is_ok_and(|judged| judged == commit) {
        let next = "name another one: a release does not choose the policy that it is judged by";
        return Err(unusable("this is the commit that is judged".to_owned(), next));
    }
    let Some(path) = at.policy_path() else {
        let why = format!("it has no {}", policy::FILE);
        return Err(unusable(why, "name a commit that has one"));
    };
    let shown = format!("{revision}:{}", slashed(&path));
    let mut policy = Policy::load(&at, &path, &shown, &mut Pipeline::read_into(gates, registry))?;
    let blob = at.blob_id(&path, SIZE_LIMIT);
    policy.source = PolicySource::Revision { revision: revision.to_owned(), path: slashed(&path), blob };
    policy.from_commit = Some(commit);
    if path.parent() != Some(&world.dir) {
        stand_below(&mut policy, world);
    }
    Ok((policy, shown, None))
}

fn slashed(path: &Path) -> String {
    Place::under(path, "").map_or_else(|| path.display().to_string(), |place| place.path)
}

/// The release.yaml at a path that the user named, which is not part of the commit that is judged.
pub(super) fn named_release(world: &World, path: &Path) -> Result<Release, Vec<Problem>> {
    let shown = path.display().to_string();
    let help = "check the path given with --release";
    let unread = |error: ReadError| vec![error.problem(&shown).help(help)];
    let bytes = read_anywhere(path, SIZE_LIMIT).map_err(unread)?;
    let sha256 = sha256(&bytes);
    let (text, _) = decoded(bytes).map_err(unread)?;
    if is_released(world, path, &text) {
        let problem = Problem::new(&shown, "this file is part of the commit that is judged");
        let help = "--release takes a release.yaml from outside of it: without the flag, the commit's own is read";
        return Err(vec![problem.help(help)]);
    }
    let release = Release::parse(&shown, &text)?;
    Ok(Release { named: Some(NamedRelease { path: shown, sha256 }), ..release })
}

/// Whether the release has this very text where the file is.
fn is_released(world: &World, path: &Path, text: &str) -> bool {
    let Ok(resolved) = path.canonicalize() else { return false };
    let Ok(inside) = resolved.strip_prefix(world.root.path()) else { return false };
    world.released(inside, SIZE_LIMIT).is_ok_and(|written| written.content == text)
}

/// What a report says of a release.yaml that is not part of the commit.
pub(crate) fn release_warning(context: &Context) -> Option<String> {
    let named = context.release.named.as_ref()?;
    let own = context.world.part(&context.world.dir.join(release::FILE));
    let unread = if own.is_ok_and(|part| part == Part::Tracked) { "; the commit's own was not read" } else { "" };
    Some(format!("{}: {}, not part of the commit (--release){unread}", release::FILE, visible(&named.path)))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The policy at a path, what the user calls it, and where it is in the repository.
type Named = (Policy, String, Option<PathBuf>);

fn named(world: &World, path: &Path, gates: &mut Option<Pipeline>, registry: &Registry) -> Result<Named, Vec<Problem>> {
    let shown = path.display().to_string();
    let unusable = |why: String| vec![Problem::new(&shown, why).help("check the path given with --config")];
    // The user named this file, wherever it is: only what it resolves to is read.
    let resolved = path.canonicalize().map_err(|error| unusable(in_words(&error)))?;
    let (Some(folder), Some(name)) = (resolved.parent(), resolved.file_name()) else {
        return Err(unusable("this is not a file".to_owned()));
    };
    let folder = Root::new(folder).map_err(|error| unusable(in_words(&error)))?;
    let read = &mut Pipeline::read_into(gates, registry);
    let policy = Policy::load_anywhere(&folder, Path::new(name), &shown, read)?;
    let bytes = read_anywhere(&resolved, SIZE_LIMIT).map_err(|error| unusable(error.to_string()))?;
    let policy = Policy { source: PolicySource::Named { path: shown.clone(), sha256: sha256(&bytes) }, ..policy };
    let inside = resolved.strip_prefix(world.root.path()).ok().map(Path::to_owned);
    Ok((policy, shown, inside))
}

/// What a report says of a policy that is not the release's own.
pub(crate) fn policy_warning(world: &World, policy: &Policy, config: Option<&Path>) -> Option<String> {
    let source = &policy.source;
    if let Some(tag) = &policy.tag_of_others {
        let why = "several folders have a release.yaml, and it has neither `{name}` nor `{dir}`";
        return Some(format!("`tag: {}` of {source} is not taken over: {why}", visible(tag)));
    }
    if let PolicySource::Revision { revision, .. } = source {
        return Some(format!("the policy is that of {} (--policy-ref), not of the release", visible(revision)));
    }
    let path = world.policy_path().unwrap_or_else(|| world.dir.join(policy::FILE));
    match config {
        Some(config) => {
            let own = world.root.path().join(&path).canonicalize().ok();
            let is_own = world.revision().is_none() && own.is_some() && own == config.canonicalize().ok();
            let config = visible(&config.display().to_string()).into_owned();
            (!is_own).then(|| format!("the policy is {config} (--config), not part of the release"))
        }
        None if !world.has(&path) && world.is_there(&path) => {
            let name = policy::FILE;
            Some(format!("git ignores {name}: it is not part of the release, so the defaults hold"))
        }
        None => None,
    }
}
