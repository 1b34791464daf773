//! Where a command looks: a directory, the repository around it, and the policy that holds there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{Policy, Release, policy};
use crate::gates::Pipeline;
use crate::git::{Repository, Unavailable};
use crate::model::Place as FilePlace;
use crate::model::escape::visible;
use crate::model::failure::{Failure, FailureKind};
use crate::model::problem::Problem;
use crate::system::environment::Environment;
use crate::system::files::Root;
use crate::world::{Unopened, World};

/// The world that `--repo` and `--rev` name.
///
/// # Errors
/// The one is no directory, the other no commit.
pub(super) fn world(repo: &Path, revision: Option<&str>, now: Timestamp) -> Result<World, Failure> {
    World::open(repo, revision, Environment::of_process(), now).map_err(|unopened| {
        let flag = match &unopened {
            Unopened::Directory(_) => format!("--repo {}", repo.display()),
            Unopened::Revision(_) => format!("--rev {}", revision.unwrap_or_default()),
        };
        Failure::new(FailureKind::Usage, format!("{flag}: {unopened}"))
    })
}

/// The same for what asks the release's own files: without a revision there are none in a bare repository.
///
/// # Errors
/// As [`world`], and for a bare repository without a revision.
pub(super) fn world_of_release(repo: &Path, revision: Option<&str>, now: Timestamp) -> Result<World, Failure> {
    let world = world(repo, revision, now)?;
    match &world.repository {
        Err(why) if why.is_bare => Err(Failure::new(FailureKind::Usage, format!("--repo {}: {why}", repo.display()))),
        _ => Ok(world),
    }
}

/// What people wrote for a release.
pub(super) struct Written {
    pub(super) release: Release,
    pub(super) policy: Policy,
    pub(super) gates: Option<Pipeline>,
}

/// release.yaml as it was read, and the policy that `--config` names or that lies beside it. All problems of both come
/// back together.
///
/// # Errors
/// Every problem found.
pub(super) fn with_policy(
    world: &World,
    release: Result<Release, Vec<Problem>>,
    config: Option<&Path>,
) -> Result<Written, Failure> {
    match (release, policy(world, config)) {
        (Ok(release), Ok((policy, gates))) => Ok(Written { release, policy, gates }),
        (Err(mut problems), policy) => {
            problems.extend(policy.err().unwrap_or_default());
            Err(Failure::of(FailureKind::Manifest, problems))
        }
        (Ok(_), Err(problems)) => Err(Failure::of(FailureKind::Configuration, problems)),
    }
}

fn policy(world: &World, config: Option<&Path>) -> Result<(Policy, Option<Pipeline>), Vec<Problem>> {
    let mut gates = None;
    let own = world.dir.join(policy::FILE);
    let (policy, shown, inside) = match config {
        None if !world.has(&own) => return Ok((Policy::default(), None)),
        None => (Policy::load(world, &mut Pipeline::read_into(&mut gates))?, policy::FILE.to_owned(), Some(own)),
        Some(path) => named(world, path, &mut gates)?,
    };
    if let Some(pipeline) = &mut gates {
        pipeline.stands_in(&shown, inside.and_then(|path| FilePlace::under(&path, "")).as_ref());
    }
    Ok((policy, gates))
}

/// The policy at a path, what the user calls it, and where it is in the repository.
type Named = (Policy, String, Option<PathBuf>);

fn named(world: &World, path: &Path, gates: &mut Option<Pipeline>) -> Result<Named, Vec<Problem>> {
    let shown = path.display().to_string();
    let unusable = |why: String| vec![Problem::new(&shown, why).help("check the path given with --config")];
    // The user named this file, wherever it is: only what it resolves to is read.
    let resolved = path.canonicalize().map_err(|error| unusable(error.to_string()))?;
    let (Some(folder), Some(name)) = (resolved.parent(), resolved.file_name()) else {
        return Err(unusable("this is not a file".to_owned()));
    };
    let folder = Root::new(folder).map_err(|error| unusable(error.to_string()))?;
    let policy = Policy::load_anywhere(&folder, Path::new(name), &shown, &mut Pipeline::read_into(gates))?;
    let inside = resolved.strip_prefix(world.root.path()).ok().map(Path::to_owned);
    Ok((policy, shown, inside))
}

/// What a report says of a policy that is not the release's own.
pub(super) fn policy_warning(world: &World, config: Option<&Path>) -> Option<String> {
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

/// A text as one word of a shell's command line.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | ':' | ',');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", visible(text).replace('\'', "'\\''"))
}

/// The address that a repository was fetched from, where there is one.
pub(super) fn remote(repository: &Result<Arc<Repository>, Unavailable>) -> Option<String> {
    repository.as_ref().ok().and_then(|repository| repository.remote())
}
