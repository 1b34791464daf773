//! `changelog`: the changelog has an entry for exactly this version, with something under it.

use std::path::{Path, PathBuf};

use super::{Check, Identity, Outcome};
use crate::changelog::{Entry, Format, candidates, find};
use crate::context::Context;
use crate::files::ReadError;

/// The check's id.
pub const ID: &str = "changelog";

/// The largest changelog that is read, in bytes (threats.md).
pub(crate) const SIZE_LIMIT: u64 = 64 << 20;

/// The check.
pub struct Changelog;

impl Check for Changelog {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "CHANGELOG updated for this version")
    }

    fn run(&self, context: &Context) -> Outcome {
        match look(context) {
            Ok(outcome) => outcome,
            Err(reason) => Outcome::unproven(reason),
        }
    }
}

fn look(context: &Context) -> Result<Outcome, String> {
    let (path, shown) = locate(context)?;
    let text = context.root.read_text(&path, SIZE_LIMIT).map_err(|error| unreadable(&shown, &error))?;
    for tracked in [&path, &text.resolved] {
        if !context.tracked(tracked).map_err(|why| format!("{shown}: {why}"))? {
            return Ok(Outcome::fail(format!("{shown} is not tracked by git: it is not part of this release.")));
        }
    }
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
        None => by_convention(&context.root.path().join(&context.dir))?,
    };
    Ok((context.dir.join(&named), named))
}

/// The name of a folder's changelog.
///
/// # Errors
/// There is none, or nobody can tell.
pub(crate) fn by_convention(dir: &Path) -> Result<String, String> {
    let listing = dir.read_dir().map_err(|error| format!("the directory could not be listed: {error}"))?;
    // A folder of news fragments has such a name, too.
    let files = listing.filter_map(Result::ok).filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()));
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let none = "no changelog found (CHANGELOG, CHANGES, HISTORY or NEWS; .md, .rst, .txt or no extension); \
                `changelog:` in delivery-gate.yaml names another file";
    candidates(names).into_iter().next().ok_or_else(|| none.to_owned())
}

fn unreadable(shown: &str, error: &ReadError) -> String {
    match error {
        ReadError::Missing => format!("{shown} does not exist"),
        error => format!("{shown} was not read: {error}"),
    }
}
