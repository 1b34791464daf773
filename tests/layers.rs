//! The house: each room of `src` uses only what stands below it. Read from every path that begins with `crate::`.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the top down. A room may use the rooms of the lines below its own, and those of its own line that do not use it,
/// over however many others.
const LAYERS: [&[&str]; 11] = [
    &["cli"],
    &["attest", "init"],
    &["engine"],
    &["checks"],
    &["gates"],
    &["evidence", "records"],
    &["ecosystems"],
    &["config"],
    &["world"],
    &["git", "net", "proc", "report"],
    &["help", "model", "structured", "system"],
];

/// The facade, which shows what stands in the rooms, and the program.
const FACADE: [&str; 2] = ["lib", "main"];

/// One use: the room, the room it uses, and the place.
type Use = (String, String, String);

/// The first names of all paths that begin with `crate::`, with their lines from 1. Groups may nest.
fn names_used(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let line = text[..at].matches('\n').count() + 1;
        let own_line = text[..at].rsplit('\n').next().unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if own_line.trim_start().starts_with("//") || own_line.ends_with(is_word) {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(first_names(group).into_iter().map(|name| (line, name))),
            None => found.push((line, rest.chars().take_while(|c| is_word(*c)).collect())),
        }
    }
    found
}

/// The first name of each path in a group, whose opening brace is gone.
fn first_names(group: &str) -> Vec<String> {
    let (mut names, mut depth, mut name, mut open) = (Vec::new(), 0, String::new(), true);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(std::mem::take(&mut name));
                open = true;
            }
            c if depth == 0 && open && (c.is_alphanumeric() || c == '_') => name.push(c),
            c if !c.is_whitespace() => open = false,
            _ => {}
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("src").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn uses() -> Vec<Use> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&top, &mut files);
    assert!(files.len() > 200, "{}", files.len());
    let mut uses = Vec::new();
    for path in files {
        let inside = path.strip_prefix(&top).expect("inside").display().to_string().replace('\\', "/");
        let room = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        if FACADE.contains(&room.as_str()) {
            continue;
        }
        let names = names_used(&fs::read_to_string(&path).expect("a source"));
        let others = names.into_iter().filter(|(_, name)| *name != room);
        uses.extend(others.map(|(line, name)| (room.clone(), name, format!("src/{inside}:{line}"))));
    }
    uses
}

fn line_of(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// The uses that the layers forbid, in words.
fn wrong(uses: &[Use]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (room, other, place) in uses {
        match (line_of(room), line_of(other)) {
            (Some(above), Some(below)) if above <= below => {}
            (Some(_), Some(_)) => wrong.push(format!("{place}: {room} may not use {other}, which stands above it")),
            (None, _) => wrong.push(format!("{place}: {room} stands on no line")),
            (_, None) => wrong.push(format!("{place}: {other} stands on no line")),
        }
    }
    wrong
}

/// A room that uses itself over others, with the way round.
fn cycle(uses: &[Use]) -> Option<Vec<String>> {
    let mut below: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (room, other, _) in uses {
        below.entry(room).or_default().insert(other);
    }
    below.keys().find_map(|start| {
        let mut ways = vec![vec![*start]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            for next in below.get(way.last()?).into_iter().flatten() {
                if next == start {
                    return Some(way.iter().chain([next]).map(|room| (*room).to_owned()).collect());
                }
                if seen.insert(*next) {
                    ways.push(way.iter().chain([next]).copied().collect());
                }
            }
        }
        None
    })
}

#[test]
fn each_room_uses_only_what_stands_below_it() {
    let uses = uses();
    assert_eq!(wrong(&uses), Vec::<String>::new());
    assert_eq!(cycle(&uses), None);
    // The reader saw the house: its top uses its bottom.
    assert!(uses.iter().any(|(room, other, _)| room == "cli" && other == "model"));
}

#[test]
fn every_form_of_a_path_is_read() {
    let text = "use crate::a::{B, c::d};\npub(crate) use crate::{e::F, g::{self, H}, i};\n// crate::no\n/// [`crate::no`]\n\
                fn x() -> crate::j::K { crate::l::m(); othercrate::no::n() }\n";
    let found = names_used(text);
    let expected = [(1, "a"), (2, "e"), (2, "g"), (2, "i"), (5, "j"), (5, "l")];
    assert_eq!(found, expected.map(|(line, name)| (line, name.to_owned())));
}

#[test]
fn what_is_wrong_is_found() {
    let a_use = |room: &str, other: &str| (room.to_owned(), other.to_owned(), "src/x.rs:1".to_owned());
    let uses = [a_use("config", "checks"), a_use("checks", "config"), a_use("attic", "model"), a_use("cli", "model")];
    let expected =
        ["src/x.rs:1: config may not use checks, which stands above it", "src/x.rs:1: attic stands on no line"];
    assert_eq!(wrong(&uses), expected);
    assert_eq!(cycle(&uses).expect("a way round"), ["checks", "config", "checks"]);
    assert_eq!(cycle(&[a_use("git", "proc"), a_use("proc", "git")]).expect("a way round"), ["git", "proc", "git"]);
    assert_eq!(cycle(&uses[3..]), None);
}
