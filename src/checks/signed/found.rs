//! The envelopes of a release: those in its folder of signed claims, and those that were named for this run.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::checks::context::Context;
use crate::evidence::claims::{ENVELOPE_LIMIT, ENVELOPES_LIMIT, FOLDER, Found, folder_of};
use crate::git::bytes_of;
use crate::model::escape::visible_up_to;
use crate::model::path::within;
use crate::system::files::read_anywhere;
use crate::world::{Listed, Refused};

/// How many links are followed, one after the other.
const HOPS: usize = 40;

/// How much of a path is shown, in characters.
const SHOWN_LIMIT: usize = 200;

/// How an envelope's file ends.
const SUFFIX: &str = ".json";

/// Everything that lies in this version's folder, whatever it is, and behind it each envelope from outside the commit; and how
/// many are those of the commit.
pub(super) fn envelopes(context: &Context) -> (Vec<Found>, usize) {
    let mut found = of_release(context);
    let of_commit = found.len();
    if let Some(folder) = &context.claims_from {
        for other in from_outside(folder, &folder_of(&context.release.released)) {
            // A copy of one that is there is that one.
            if other.bytes.is_err() || !found.iter().any(|one| (&one.name, &one.bytes) == (&other.name, &other.bytes)) {
                found.push(other);
            }
        }
    }
    (found, of_commit)
}

fn of_release(context: &Context) -> Vec<Found> {
    let (world, version) = (&context.world, folder_of(&context.release.released));
    if version.is_empty() {
        return Vec::new();
    }
    let shown = format!("{FOLDER}/{version}");
    let Some(folder) = within(&world.dir, &shown) else { return Vec::new() };
    let unread = |why: String| Found { shown: shown.clone(), name: String::new(), bytes: Err(why) };
    let names = match world.listed(&folder) {
        Ok(names) => names,
        Err(refused) => return vec![unread(unreadable(&refused))],
    };
    if names.len() > ENVELOPES_LIMIT {
        return vec![unread(format!("it has more than {ENVELOPES_LIMIT} files: nobody reads them"))];
    }
    let one = |(name, kind): (String, Listed)| {
        let bytes = match kind {
            Listed::Folder => Err("it is a folder, and only signed claims belong there".to_owned()),
            Listed::File { .. } => {
                world.released_bytes(&folder.join(&name), ENVELOPE_LIMIT).map_err(|refused| unreadable(&refused))
            }
        };
        Found { shown: format!("{shown}/{name}"), name, bytes }
    };
    let mut found: Vec<_> = names.into_iter().map(one).collect();
    let beside = within(&world.dir, FOLDER).and_then(|folder| world.listed(&folder).ok()).unwrap_or_default();
    if !beside.is_empty() {
        found.extend(stray(beside));
        found.extend(link_into(context));
    }
    found
}

/// What lies beside the folders of versions: nothing that a signature binds does.
fn stray(names: Vec<(String, Listed)>) -> Option<Found> {
    let mut files = names.into_iter().filter(|(_, kind)| !matches!(kind, Listed::Folder));
    let (name, _) = files.next()?;
    let bytes = Err("it is no folder of a version, and only signed claims belong there".to_owned());
    Some(Found { shown: format!("{FOLDER}/{name}"), name: String::new(), bytes })
}

/// A link from elsewhere into the folder of claims: what it leads to is part of the release, and no signature binds it.
fn link_into(context: &Context) -> Option<Found> {
    let (repository, commit) = (context.world.repository.as_ref().ok()?, context.world.commit().ok()?);
    let claims = bytes_of(&within(&context.world.dir, FOLDER)?);
    let bytes = match repository.links(commit) {
        Err(why) => Err(format!("whether a link leads into it was not looked at: {why}")),
        Ok(links) => {
            let by_path: HashMap<_, _> = links.iter().map(|(path, target)| (path.as_slice(), target)).collect();
            let mut outside = links.iter().filter(|(path, _)| !is_below(path, &claims));
            let (path, _) = outside.find(|(_, target)| leads_into(target, &by_path, &claims))?;
            let path = visible_up_to(&String::from_utf8_lossy(path), SHOWN_LIMIT);
            Err(format!("{path} is a link into it, and what lies there is bound by no signature"))
        }
    };
    Some(Found { shown: FOLDER.to_owned(), name: String::new(), bytes })
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Whether a link's target is in the folder, be it by way of other links.
fn leads_into(target: &[u8], links: &HashMap<&[u8], &Vec<u8>>, folder: &[u8]) -> bool {
    let mut path = target.to_vec();
    for _ in 0..HOPS {
        if is_below(&path, folder) {
            return true;
        }
        let ends = (0..=path.len()).filter(|end| *end == path.len() || path[*end] == b'/');
        let Some((end, next)) = ends.filter_map(|end| Some((end, *links.get(&path[..end])?))).next() else {
            return false;
        };
        path = [next.as_slice(), &path[end..]].concat();
    }
    // Nobody follows so many.
    true
}

fn unreadable(refused: &Refused) -> String {
    match refused {
        Refused::Untracked(_) => format!("it {}: commit it, and it is part of the release", refused.predicate()),
        _ => format!("it {}", refused.predicate()),
    }
}

/// The envelopes of a folder, and of the one in it that has the version's name.
fn from_outside(folder: &Path, version: &str) -> Vec<Found> {
    let of_version = Some(folder.join(version)).filter(|folder| !version.is_empty() && folder.is_dir());
    let mut found = Vec::new();
    for folder in std::iter::once(folder.to_owned()).chain(of_version) {
        match files(&folder) {
            Ok(files) => found.extend(files),
            Err(why) => found.push(Found { shown: folder.display().to_string(), name: String::new(), bytes: Err(why) }),
        }
    }
    found
}

fn files(folder: &Path) -> Result<Vec<Found>, String> {
    let unlisted = |error: std::io::Error| format!("it could not be listed: {error}");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unlisted)? {
        let name = entry.map_err(unlisted)?.file_name();
        names.extend(name.into_string().ok().filter(|name| name.ends_with(SUFFIX)));
        if names.len() > ENVELOPES_LIMIT {
            return Err(format!("it has more than {ENVELOPES_LIMIT} files: nobody reads them"));
        }
    }
    names.sort();
    let one = |name: String| {
        let path = folder.join(&name);
        let bytes = read_anywhere(&path, ENVELOPE_LIMIT).map_err(|error| format!("it was not read: {error}"));
        Found { shown: path.display().to_string(), name, bytes }
    };
    Ok(names.into_iter().map(one).collect())
}
