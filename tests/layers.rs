//! The house: each room of `src` uses only what stands below it. Read from every path that begins at the crate, with
//! `crate::` or with as many `super::` as lead there.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the top down. A room may use the rooms of the lines below its own, and those of its own line that do not use it,
/// over however many others.
const LAYERS: [&[&str]; 11] = [
    &["cli"],
    &["project"],
    &["attest", "engine", "init"],
    &["checks"],
    &["gates"],
    &["evidence", "records"],
    &["ecosystems"],
    &["config"],
    &["world"],
    &["git", "net", "proc", "report"],
    &["help", "model", "structured", "system"],
];

/// The facade, which shows what stands in the rooms, what the tests see beside it, and the program.
const FACADE: [&str; 3] = ["internal", "lib", "main"];

/// One use: the room, the room it uses, and the place.
type Use = (String, String, String);

/// The first names of all paths that begin at the crate, with their lines from 1. Groups may nest. `depth` is how many
/// modules the file stands in, its own among them.
fn names_used(text: &str, depth: usize) -> Vec<(usize, String)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut inner: Vec<&str> = Vec::new();
    let mut start = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let code = line.trim();
        let indent = &line[..line.len() - line.trim_start().len()];
        if code == "}" && inner.last() == Some(&indent) {
            inner.pop();
        }
        let starts = ["crate::".to_owned(), "super::".repeat(depth + inner.len())];
        let matches = starts.iter().flat_map(|start| line.match_indices(start.as_str()));
        for (at, root) in matches.filter(|(at, _)| !code.starts_with("//") && !line[..*at].ends_with(is_word)) {
            let rest = &text[start + at + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(first_names(group).into_iter().map(|name| (number, name))),
                None => found.push((number, rest.chars().take_while(|c| is_word(*c)).collect())),
            }
        }
        if code.split(' ').any(|word| word == "mod") && code.ends_with('{') {
            inner.push(indent);
        }
        start += line.len();
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
        let depth = inside.split('/').filter(|part| *part != "mod.rs").count();
        let names = names_used(&fs::read_to_string(&path).expect("a source"), depth);
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

/// The folders and files that stand in `src` itself, by their modules' names.
fn rooms() -> BTreeSet<String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = fs::read_dir(top).expect("src").map(|entry| entry.expect("an entry").path());
    // A folder that an earlier version left behind is no module.
    let modules = entries.filter(|path| path.is_file() || path.join("mod.rs").is_file());
    modules.map(|path| path.file_stem().expect("a name").display().to_string()).collect()
}

#[test]
fn every_room_stands_on_a_line_and_no_other_does() {
    let listed: Vec<_> = LAYERS.concat().into_iter().chain(FACADE).map(str::to_owned).collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), rooms());
    assert_eq!(listed.len(), rooms().len(), "a room stands on one line");
}

#[test]
fn each_room_uses_only_what_stands_below_it() {
    let uses = uses();
    assert_eq!(wrong(&uses), Vec::<String>::new());
    assert_eq!(cycle(&uses), None);
    // The reader saw the house: its top uses its bottom.
    assert!(uses.iter().any(|(room, other, _)| room == "cli" && other == "model"));
}

fn names(text: &str, depth: usize) -> Vec<String> {
    names_used(text, depth).into_iter().map(|(line, name)| format!("{line} {name}")).collect()
}

#[test]
fn every_form_of_a_path_is_read() {
    let text = "use crate::a::{B, c::d};\npub(crate) use crate::{e::F, g::{self, H}, i};\n// crate::no\n/// [`crate::no`]\n\
                fn x() -> crate::j::K { crate::l::m(); othercrate::no::n() }\nuse crate::{\n    o::P,\n    q,\n};\n";
    assert_eq!(names(text, 2), ["1 a", "2 e", "2 g", "2 i", "5 j", "5 l", "6 o", "6 q"]);
}

#[test]
fn a_path_that_leads_out_of_its_room_by_super_is_read() {
    let text = "use super::{a::B, c};\nmod tests {\n    use super::*;\n    use super::super::d::E;\n}\n\
                pub(super) fn x() {\n    super::f::g();\n}\n";
    assert_eq!(names(text, 1), ["1 a", "1 c", "4 d", "7 f"]);
    assert_eq!(names(text, 2), Vec::<String>::new());
    assert_eq!(names("use super::super::{\n    h::{I, j},\n    k,\n};\n", 2), ["1 h", "1 k"]);
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
