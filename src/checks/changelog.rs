//! `changelog`: the changelog has an entry for exactly this version, with something under it.

use super::{Check, Identity};
use crate::checks::context::Context;
use crate::evidence::changelog::{
    Entry, Format, candidates, find_among, find_in_file_of, is_named_after, is_of_series,
};
use crate::model::{Outcome, Status, Unproven};
use crate::world::{Listed, Refused, World};

/// The check's id.
pub(crate) const ID: &str = "changelog";

/// The largest changelog that is read, in bytes (docs/checks.md).
pub(crate) const SIZE_LIMIT: u64 = 64 << 20;

/// The check.
pub(crate) struct Changelog<'c>(pub &'c Context);

impl Check for Changelog<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "CHANGELOG updated for this version")
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        Ok(look(self.0)?)
    }
}

fn look(context: &Context) -> Result<Outcome, String> {
    let Some(named) = &context.policy.changelog else { return by_places(context) };
    let world = &context.world;
    if world.is_folder(&world.dir.join(named)).is_ok_and(|is_folder| is_folder) {
        return of_folder(context, named.trim_end_matches('/'))?
            .map(|seen| seen.outcome)
            .ok_or_else(|| format!("{named} is a folder without a file named after a version, such as 1.2.3.md"));
    }
    Ok(of_file(context, named, find)?.outcome)
}

/// What packages are called: the one that is judged, and those that are released beside it.
#[derive(Clone, Copy)]
struct Names<'n> {
    own: &'n [&'n str],
    others: &'n [&'n str],
}

fn find(format: Format, text: &str, version: &str, names: Names<'_>) -> Entry {
    find_among(format, text, version, names.own, names.others)
}

/// What was seen at one of the places where a changelog may be.
struct Seen {
    shown: String,
    outcome: Outcome,
    /// There is an entry, whatever it says: no other place is asked.
    settles_it: bool,
}

/// Asks one place after the other: a project with NEWS and ChangeLog has the entry in one of them.
fn by_places(context: &Context) -> Result<Outcome, String> {
    let mut seen = Vec::new();
    for place in places(context)? {
        let one = match place {
            Place::File(shown) => Some(of_file(context, &shown, find)?),
            Place::Folder(shown) => of_folder(context, &shown)?,
        };
        match one {
            Some(one) if one.settles_it => return Ok(one.outcome),
            one => seen.extend(one),
        }
    }
    if seen.is_empty() {
        let left_out = candidates(context.world.files_on_disk(&context.world.dir)).into_iter().next();
        return Ok(of_file(context, &left_out.ok_or(NONE)?, find)?.outcome);
    }
    // What was not understood may be the entry, so it comes before what has none.
    let place = seen.iter().position(|one| one.outcome.status == Status::Unproven).unwrap_or(0);
    let Seen { mut outcome, .. } = seen.remove(place);
    let others: Vec<_> = seen.into_iter().map(|one| one.shown).collect();
    if !others.is_empty() {
        let end = if outcome.detail.ends_with('.') { "" } else { "." };
        outcome.detail = format!("{}{end} Nor was one found in {}.", outcome.detail, others.join(", "));
    }
    Ok(outcome)
}

/// Where a changelog may be, relative to the directory of release.yaml.
enum Place {
    File(String),
    /// A folder with a file for each release.
    Folder(String),
}

const NONE: &str = "no changelog found (CHANGELOG, CHANGES, HISTORY or NEWS; .md, .rst, .txt, .adoc, .org or no extension; \
                    in docs and doc, too); `changelog:` in delivery-gate.yaml names another file";

/// Besides the directory itself.
const PARENTS: [&str; 2] = ["docs", "doc"];

/// Folders that may have a file for each release.
#[rustfmt::skip]
const FOLDERS: [&str; 10] = [
    "changelog", "changelogs", "changes", "history", "news", "release-notes", "release_notes", "releasenotes", "releases",
    "relnotes",
];

fn places(context: &Context) -> Result<Vec<Place>, String> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for parent in std::iter::once("").chain(PARENTS) {
        let shown = |name: String| if parent.is_empty() { name } else { format!("{parent}/{name}") };
        let (below, here): (Vec<_>, Vec<_>) =
            listed(&context.world, parent)?.into_iter().partition(|(_, kind)| *kind == Listed::Folder);
        let here: Vec<_> = here.into_iter().map(|(name, _)| name).collect();
        let series = here.iter().filter(|name| is_of_series(name, &context.version)).cloned().collect();
        files.extend([candidates(here), series].concat().into_iter().map(|name| Place::File(shown(name))));
        let is_known = |name: &String| FOLDERS.iter().any(|known| known.eq_ignore_ascii_case(name));
        folders.extend(below.into_iter().map(|(name, _)| name).filter(is_known).map(|name| Place::Folder(shown(name))));
    }
    Ok(files.into_iter().chain(folders).collect())
}

fn listed(world: &World, folder: &str) -> Result<Vec<(String, Listed)>, String> {
    world.listed(&world.dir.join(folder)).map_err(|error| format!("the directory could not be listed: {error}"))
}

/// How many numbers a name has in a row, with dots between them: 8.2.rst has two.
fn numbers(name: &str) -> usize {
    let runs = name.split(|c: char| !c.is_ascii_digit() && c != '.');
    runs.map(|run| run.split('.').filter(|number| !number.is_empty()).count()).max().unwrap_or(0)
}

/// The file of the release in a folder. `None`: no file there is named after a version.
fn of_folder(context: &Context, folder: &str) -> Result<Option<Seen>, String> {
    let version = &context.version;
    let names: Vec<_> = listed(&context.world, folder)?;
    let is_file = |kind: &Listed| *kind != Listed::Folder;
    if let Some((name, _)) = names.iter().find(|(name, kind)| is_file(kind) && is_of_series(name, version)) {
        return of_file(context, &format!("{folder}/{name}"), find).map(Some);
    }
    let is_one = names.iter().any(|(name, _)| is_named_after(name, version).0);
    let wanted = names.iter().find(|(name, _)| is_named_after(name, version).1);
    Ok(match wanted {
        Some((name, kind)) if is_file(kind) => {
            let find = |format, text: &str, version: &str, _: Names<'_>| find_in_file_of(format, text, version);
            Some(of_file(context, &format!("{folder}/{name}"), find)?)
        }
        Some((name, _)) => {
            let detail = format!("{folder}/{name} is a folder; `changelog:` in delivery-gate.yaml names a file in it");
            Some(Seen { shown: folder.to_owned(), outcome: Outcome::unproven(detail), settles_it: false })
        }
        None if is_one && names.iter().any(|(name, _)| numbers(name) >= numbers(version)) => {
            let detail = format!("{folder} has no file for {version}.");
            let outcome = Outcome::fail(detail).source(context.file(folder, None));
            Some(Seen { shown: folder.to_owned(), outcome, settles_it: false })
        }
        None if is_one => {
            // Its files are named after series of releases, and one of them may have this one.
            let next = "if another file has its entry, name that under `changelog:` in delivery-gate.yaml";
            let detail = format!("{folder} has no file for {version}; {next}");
            let outcome = Outcome::unproven(detail).source(context.file(folder, None));
            Some(Seen { shown: folder.to_owned(), outcome, settles_it: false })
        }
        None => None,
    })
}

fn of_file(
    context: &Context,
    shown: &str,
    find: impl Fn(Format, &str, &str, Names<'_>) -> Entry,
) -> Result<Seen, String> {
    let seen = |outcome, settles_it| Seen { shown: shown.to_owned(), outcome, settles_it };
    let text = match context.world.released(&context.world.dir.join(shown), SIZE_LIMIT) {
        Ok(text) => text.content,
        Err(error @ Refused::Untracked(_)) => {
            let detail = format!("{}: it is not part of this release.", error.about(shown));
            return Ok(seen(Outcome::fail(detail), false));
        }
        Err(error) => return Err(unreadable(context, shown, &error)),
    };
    let version = &context.version;
    let own: Vec<_> = context.manifests.loaded.iter().filter_map(|loaded| loaded.manifest.name.as_deref()).collect();
    let others: Vec<_> = context.package.iter().flat_map(|package| &package.others).collect();
    let others: Vec<_> = others.into_iter().filter_map(|other| other.name.as_deref()).collect();
    let entry = find(Format::of(shown), &text, version, Names { own: &own, others: &others });
    let settles_it = matches!(entry, Entry::Found { .. } | Entry::Empty { .. } | Entry::Unreleased { .. });
    let (outcome, line) = outcome(&entry, shown, version, &text);
    Ok(seen(outcome.source(context.file(shown, line)), settles_it))
}

const NEXT: &str = "write the entry under a heading such as";

fn outcome(entry: &Entry, shown: &str, version: &str, text: &str) -> (Outcome, Option<usize>) {
    let quoted = |line: usize| excerpt(text.lines().nth(line.saturating_sub(1)).unwrap_or(""));
    match entry {
        Entry::Found { line } => (Outcome::pass(format!("Found an entry for {version}.")), Some(*line)),
        Entry::Empty { line } => (Outcome::fail(format!("the entry for {version} is empty")), Some(*line)),
        Entry::Unreleased { line, said } => {
            let said = excerpt(said);
            let detail = format!("the entry for {version} says that it is not released, or not written: \"{said}\"");
            (Outcome::fail(detail), Some(*line))
        }
        Entry::Missing => (Outcome::fail(format!("{shown} has no entry for {version}.")), None),
        Entry::Mentioned { line } => {
            let why = format!("{version} stands there, but not as the heading of an entry that was understood");
            let detail = format!("{shown}:{line}: \"{}\": {why}; {NEXT} `## {version}`", quoted(*line));
            (Outcome::unproven(detail), Some(*line))
        }
        Entry::Elsewhere { line } => {
            let why = "the entries are somewhere else, where the gate does not look";
            let next = format!("{NEXT} `## {version}`, or name the file with `changelog:` in delivery-gate.yaml");
            let detail = format!("{shown}:{line}: \"{}\": {why}; {next}", quoted(*line));
            (Outcome::unproven(detail), Some(*line))
        }
        Entry::NotUnderstood => {
            let detail = format!("{shown} has no entry of any version that was understood; {NEXT} `## {version}`");
            (Outcome::unproven(detail), None)
        }
        Entry::Unproven(why) => (Outcome::unproven(format!("{shown}: {why}")), None),
    }
}

/// The longest quotation, in characters.
const QUOTATION: usize = 80;

fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTATION) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// The name of the changelog in a world's directory, the folders below aside.
///
/// # Errors
/// There is none, or nobody can tell.
pub(crate) fn by_convention(world: &World) -> Result<String, String> {
    // A folder of news fragments has such a name, too.
    let names = listed(world, "")?.into_iter().filter(|(_, kind)| *kind != Listed::Folder).map(|(name, _)| name);
    let found = candidates(names).into_iter().next();
    let left_out = || candidates(world.files_on_disk(&world.dir)).into_iter().next();
    found.or_else(left_out).ok_or_else(|| NONE.to_owned())
}

fn unreadable(context: &Context, shown: &str, error: &Refused) -> String {
    let is_named = context.policy.changelog.as_deref() == Some(shown);
    let named = if is_named { ", which `changelog:` in delivery-gate.yaml names" } else { "" };
    match error {
        Refused::Missing => format!("there is no {shown}{named}"),
        Refused::Undetermined(_) => error.about(shown),
        error if is_named => format!("{shown}{named}, was not read: {error}"),
        error => format!("{shown} was not read: {error}"),
    }
}
