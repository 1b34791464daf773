//! What people wrote for a release: release.yaml, and the policy that holds there.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::checks::context::Context;
use crate::config::{Policy, Release, SIZE_LIMIT, policy, release};
use crate::engine::error::Error;
use crate::gates::{Pipeline, Registry};
use crate::model::escape::visible;
use crate::model::problem::Problem;
use crate::model::{NamedRelease, Place, PolicySource};
use crate::system::files::{ReadError, Root, decoded, read_anywhere};
use crate::world::{Part, World};

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
        config: Option<&Path>,
        registry: &Registry,
    ) -> Result<Self, Error> {
        match (release, policy(world, config, registry)) {
            (Ok(release), Ok((policy, gates))) => Ok(Self { release, policy, gates }),
            (Err(mut problems), policy) => {
                problems.extend(policy.err().unwrap_or_default());
                Err(Error::manifest(problems))
            }
            (Ok(_), Err(problems)) => Err(Error::configuration(problems)),
        }
    }
}

fn policy(
    world: &World,
    config: Option<&Path>,
    registry: &Registry,
) -> Result<(Policy, Option<Pipeline>), Vec<Problem>> {
    let mut gates = None;
    let own = world.dir.join(policy::FILE);
    let (policy, shown, inside) = match config {
        None if !world.has(&own) => return Ok((Policy::default(), None)),
        None => {
            let policy = Policy::load(world, &mut Pipeline::read_into(&mut gates, registry))?;
            (Policy { source: of_release(world, &own), ..policy }, policy::FILE.to_owned(), Some(own))
        }
        Some(path) => named(world, path, &mut gates, registry)?,
    };
    if let Some(pipeline) = &mut gates {
        pipeline.stands_in(&shown, inside.and_then(|path| Place::under(&path, "")).as_ref());
    }
    Ok((policy, gates))
}

/// A policy of the release, at a path relative to the root.
fn of_release(world: &World, path: &Path) -> PolicySource {
    let place = Place::under(path, "").map_or_else(|| path.display().to_string(), |place| place.path);
    PolicySource::Release { path: place, blob: world.blob_id(path, SIZE_LIMIT) }
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
    let resolved = path.canonicalize().map_err(|error| unusable(error.to_string()))?;
    let (Some(folder), Some(name)) = (resolved.parent(), resolved.file_name()) else {
        return Err(unusable("this is not a file".to_owned()));
    };
    let folder = Root::new(folder).map_err(|error| unusable(error.to_string()))?;
    let read = &mut Pipeline::read_into(gates, registry);
    let policy = Policy::load_anywhere(&folder, Path::new(name), &shown, read)?;
    let bytes = read_anywhere(&resolved, SIZE_LIMIT).map_err(|error| unusable(error.to_string()))?;
    let policy = Policy { source: PolicySource::Named { path: shown.clone(), sha256: sha256(&bytes) }, ..policy };
    let inside = resolved.strip_prefix(world.root.path()).ok().map(Path::to_owned);
    Ok((policy, shown, inside))
}

/// What a report says of a policy that is not the release's own.
pub(crate) fn policy_warning(world: &World, config: Option<&Path>) -> Option<String> {
    let path = world.dir.join(policy::FILE);
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
