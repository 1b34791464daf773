//! `changelog`: the changelog has an entry for exactly this version, with something under it.

use std::path::PathBuf;

use super::{Check, Identity};
use crate::checks::context::Context;
use crate::evidence::changelog::{Entry, Format, candidates, find};
use crate::model::{Outcome, Unproven};
use crate::world::{Listed, Refused, World};

/// The check's id.
pub const ID: &str = "changelog";

/// The largest changelog that is read, in bytes (docs/checks.md).
pub(crate) const SIZE_LIMIT: u64 = 64 << 20;

/// The check.
pub struct Changelog<'c>(pub &'c Context);

impl Check for Changelog<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "CHANGELOG updated for this version")
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        Ok(look(self.0)?)
    }
}

fn look(context: &Context) -> Result<Outcome, String> {
    let (path, shown) = locate(context)?;
    let text = match context.world.released(&path, SIZE_LIMIT) {
        Ok(text) => text,
        Err(error @ Refused::Untracked(_)) => {
            return Ok(Outcome::fail(format!("{}: it is not part of this release.", error.about(&shown))));
        }
        Err(error) => return Err(unreadable(&shown, &error)),
    };
    let version = &context.release.version;
    let own: Vec<_> = context.manifests.iter().filter_map(|loaded| loaded.manifest.name.as_deref()).collect();
    Ok(match find(Format::of(&shown), &text.content, version, &own) {
        Entry::Found { line } => {
            Outcome::pass(format!("Found an entry for {version}.")).source(context.file(&shown, Some(line)))
        }
        Entry::Empty { line } => {
            Outcome::fail(format!("the entry for {version} is empty")).source(context.file(&shown, Some(line)))
        }
        Entry::Missing => {
            Outcome::fail(format!("{shown} has no entry for {version}.")).source(context.file(&shown, None))
        }
        Entry::Unproven(why) => Outcome::unproven(format!("{shown}: {why}")).source(context.file(&shown, None)),
    })
}

/// The changelog's path from the root, and as the user knows it.
fn locate(context: &Context) -> Result<(PathBuf, String), String> {
    let named = match &context.policy.changelog {
        Some(named) => named.clone(),
        None => by_convention(&context.world)?,
    };
    Ok((context.world.dir.join(&named), named))
}

/// The name of the changelog in a world's directory.
///
/// # Errors
/// There is none, or nobody can tell.
pub(crate) fn by_convention(world: &World) -> Result<String, String> {
    let listed = world.listed(&world.dir).map_err(|error| format!("the directory could not be listed: {error}"))?;
    // A folder of news fragments has such a name, too.
    let names = listed.into_iter().filter(|(_, kind)| *kind != Listed::Folder).map(|(name, _)| name);
    let none = "no changelog found (CHANGELOG, CHANGES, HISTORY or NEWS; .md, .rst, .txt or no extension); \
                `changelog:` in delivery-gate.yaml names another file";
    let found = candidates(names).into_iter().next();
    let left_out = || candidates(world.files_on_disk(&world.dir)).into_iter().next();
    found.or_else(left_out).ok_or_else(|| none.to_owned())
}

fn unreadable(shown: &str, error: &Refused) -> String {
    match error {
        Refused::Missing => format!("{shown} does not exist"),
        Refused::Undetermined(_) => error.about(shown),
        error => format!("{shown} was not read: {error}"),
    }
}
