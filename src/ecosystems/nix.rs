//! Nix's flakes: flake.nix, which is a program and never run, and flake.lock.
//! <https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#lock-files>

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use super::fixed::{self, is_commit};
use super::graph::{Graph, Need, Package};
use super::lockfiles;
use super::{Dependency, Manifest, Pin, Scope};
use crate::model::problem::{LineIndex, Problem};
use crate::structured::json;
use crate::structured::toml::refuse_countless;
use crate::world::World;

/// The manifest and its lock file.
const FILE: &str = "flake.nix";
const LOCK: &str = "flake.lock";

/// How many steps through inputs that follow others are made for one.
const FOLLOW_LIMIT: usize = 200;

/// Reads the names of the inputs that are written out in the flake.nix at `path` (relative to the root) whose text is `text`,
/// and the lock file, which has what is computed, too.
///
/// # Errors
/// None: what cannot be understood of a program is not told to be wrong.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let written = Written::parse(text);
    let lock = lockfiles::parsed(world, &folder.join(LOCK), |text| Lock::parse(world, folder, text));
    let mut names = written.inputs.clone();
    match &lock {
        Ok(lock) => lock.direct.keys().for_each(|name| _ = names.entry(name.clone()).or_default()),
        // What only the outputs name is an input as well.
        Err(_) => written.arguments.iter().for_each(|(name, line)| _ = names.entry(name.clone()).or_insert(*line)),
    }
    let row = |(name, line): (String, usize)| Dependency {
        requirement: lock.as_ref().ok().and_then(|lock| lock.asked(&name)).unwrap_or_default(),
        lock: lock.as_ref().map_or_else(Pin::clone, |lock| lock.pin(&name)),
        exact: Pin::Loose("a flake's inputs are fixed by its lock file".to_owned()),
        scope: Scope::Runtime,
        path: path.display().to_string(),
        line: (line > 0).then_some(line),
        name,
    };
    let mut manifest = Manifest { dependencies: names.into_iter().map(row).collect(), ..Manifest::default() };
    if let (Err(Pin::Unproven(why) | Pin::Loose(why)), true) = (&lock, written.is_computed) {
        manifest.unproven.push(format!(
            "{FILE} computes its inputs; {why}; the lock file decides: `nix flake lock` writes {LOCK}, and git must have it"
        ));
    }
    Ok(manifest)
}

/// What a flake.nix has written out: names, each with its line from 1.
#[derive(Default)]
struct Written {
    inputs: BTreeMap<String, usize>,
    /// What the function `outputs` takes, the flake itself aside.
    arguments: BTreeMap<String, usize>,
    /// Whether there may be other inputs.
    is_computed: bool,
}

impl Written {
    fn parse(text: &str) -> Self {
        let tokens = tokens(text);
        let lines = LineIndex::new(text);
        let mut written = Self::default();
        let mut at = 0;
        if tokens.first().map(|token| &token.kind) != Some(&Kind::Mark('{')) {
            written.is_computed = true;
            return written;
        }
        at += 1;
        while let Some(token) = tokens.get(at) {
            let mark = |more: usize| tokens.get(at + more).and_then(Token::mark);
            match token.name() {
                Some("inputs") if mark(1) == Some('.') => written.input(tokens.get(at + 2), &lines),
                Some("inputs") if mark(1) == Some('=') && mark(2) == Some('{') => {
                    written.set(&tokens, at + 3, &lines);
                }
                Some("inputs") => written.is_computed = true,
                Some("outputs") => {
                    written.arguments(&tokens, at + 1, &lines);
                    return written;
                }
                _ => {}
            }
            at = behind(&tokens, at);
        }
        written
    }

    fn input(&mut self, token: Option<&Token>, lines: &LineIndex) {
        match token.and_then(|token| Some((token.name()?, token.at))) {
            // Settings of the flake itself.
            Some(("self", _)) => {}
            Some((name, at)) => _ = self.inputs.entry(name.to_owned()).or_insert_with(|| lines.line(at)),
            None => self.is_computed = true,
        }
    }

    /// The names in the set that begins at a token.
    fn set(&mut self, tokens: &[Token], mut at: usize, lines: &LineIndex) {
        while let Some(token) = tokens.get(at).filter(|token| token.mark() != Some('}')) {
            if token.name() == Some("inherit") {
                self.is_computed = true;
            } else {
                self.input(Some(token), lines);
            }
            at = behind(tokens, at);
        }
    }

    /// `= { self, nixpkgs, ... }:`, with a name and `@` before it or behind it.
    fn arguments(&mut self, tokens: &[Token], at: usize, lines: &LineIndex) {
        let rest = tokens.get(at..).unwrap_or_default();
        let Some(open) = rest.iter().position(|token| matches!(token.mark(), Some('{' | ':'))) else { return };
        let mut starts = true;
        let mut depth = 0_usize;
        for token in rest.iter().skip(open + usize::from(rest.get(open).and_then(Token::mark) == Some('{'))) {
            match token.mark() {
                Some(',') if depth == 0 => starts = true,
                Some('{' | '[' | '(') => depth += 1,
                Some('}' | ']' | ')' | ':') if depth == 0 => return,
                Some('}' | ']' | ')') => depth -= 1,
                _ => {
                    if let Some(name) = token.name().filter(|name| starts && *name != "self") {
                        self.arguments.insert(name.to_owned(), lines.line(token.at));
                    }
                    starts = false;
                }
            }
        }
    }
}

/// The number of the token behind the next semicolon of this level, or of the bracket that ends the level.
fn behind(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.mark() {
            Some(';') if depth == 0 => return at + 1,
            Some('{' | '[' | '(') => depth += 1,
            Some('}' | ']' | ')') if depth == 0 => return at.max(from + 1),
            Some('}' | ']' | ')') => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

struct Token {
    kind: Kind,
    /// Its first byte.
    at: usize,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Text(String),
    Word(String),
    Mark(char),
}

impl Token {
    fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(name) | Kind::Word(name) => Some(name),
            Kind::Mark(_) => None,
        }
    }

    fn mark(&self) -> Option<char> {
        match self.kind {
            Kind::Mark(mark) => Some(mark),
            _ => None,
        }
    }
}

/// The tokens up to the first text or comment without an end.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    while let Some((rest, first)) = text.get(at..).and_then(|rest| Some((rest, rest.chars().next()?))) {
        let (length, kind) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if first == '#' {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), None)
        } else if first == '"' {
            let Some((length, text)) = quoted(rest) else { break };
            (length, Some(Kind::Text(text)))
        } else if rest.starts_with("''") {
            let Some(length) = indented(rest) else { break };
            (length, Some(Kind::Text(String::new())))
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (end, Some(Kind::Word(rest[..end].to_owned())))
        } else {
            (first.len_utf8(), Some(Kind::Mark(first)))
        };
        tokens.extend(kind.map(|kind| Token { kind, at }));
        at += length;
    }
    tokens
}

/// A text in quotes; what it computes stands there as it is written.
fn quoted(rest: &str) -> Option<(usize, String)> {
    let mut is_escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let is_end = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        is_end
    });
    let (end, _) = end?;
    Some((end + 1, rest[1..end].to_owned()))
}

/// How long a text between two single quotes each is.
fn indented(rest: &str) -> Option<usize> {
    let mut at = 2;
    loop {
        at += rest.get(at..)?.find("''")? + 2;
        match rest.get(at..)?.chars().next() {
            Some('\'' | '$' | '\\') => at += 1,
            _ => return Some(at),
        }
    }
}

#[derive(Deserialize)]
struct File {
    version: u64,
    root: String,
    nodes: HashMap<String, Node>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    inputs: BTreeMap<String, Input>,
    locked: Option<Reference>,
    original: Option<Reference>,
    /// Of a relative path: the way to the flake that it belongs to; the flake of the release has none.
    parent: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Node(String),
    /// Another input's, by the way to it from the top.
    Follows(Vec<String>),
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: Option<String>,
    rev: Option<String>,
    #[serde(rename = "narHash")]
    nar_hash: Option<String>,
    path: Option<String>,
    url: Option<String>,
    owner: Option<String>,
    repo: Option<String>,
    id: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

/// flake.lock, versions 5 to 7.
struct Lock {
    /// The inputs of the flake itself: the number of the package, and how the flake asks for it.
    direct: BTreeMap<String, (Option<usize>, Option<String>)>,
    packages: Vec<Option<String>>,
    graph: Graph<'static>,
}

impl Lock {
    fn parse(world: &World, folder: &Path, text: &str) -> Result<Self, String> {
        refuse_countless(text)?;
        let value = json::parse(text.as_bytes())?;
        let file: File = serde_json::from_value(value).map_err(|error| error.to_string())?;
        if !(5..=7).contains(&file.version) {
            return Err(format!("its version {} is not known", file.version));
        }
        let root = file.nodes.get(&file.root).ok_or("its root is not among its nodes")?;
        let numbers: HashMap<_, _> =
            file.nodes.keys().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
        let number =
            |input: &Input| file.follow(input, &mut { FOLLOW_LIMIT }).and_then(|name| numbers.get(name).copied());
        let asked = |input: &Input| {
            file.nodes.get(file.follow(input, &mut { FOLLOW_LIMIT })?)?.original.as_ref().map(Reference::shown)
        };
        let direct = root.inputs.iter().map(|(name, input)| (name.clone(), (number(input), asked(input)))).collect();
        let package = |(name, node): (&String, &Node)| {
            let need = |(name, input): (&String, &Input)| match number(input) {
                Some(number) => Need::Package(number),
                None => Need::Missing { name: name.clone().into(), why: format!("{LOCK} does not have it") },
            };
            let open = if *name == file.root { None } else { node.open(world, folder) };
            Package { name: name.clone().into(), open, needs: node.inputs.iter().map(need).collect() }
        };
        let packages: Vec<_> = file.nodes.iter().map(package).collect();
        let open = packages.iter().map(|package| package.open.clone()).collect();
        Ok(Self { direct, packages: open, graph: Graph::new(packages) })
    }

    fn pin(&self, name: &str) -> Pin {
        let Some((Some(number), _)) = self.direct.get(name) else {
            return Pin::Loose(format!("{LOCK} does not have it"));
        };
        match self.packages.get(*number).and_then(Clone::clone) {
            Some(why) => Pin::Loose(why),
            None => self.graph.hole_behind(*number).map_or(Pin::Pinned, Pin::Hole),
        }
    }

    fn asked(&self, name: &str) -> Option<String> {
        self.direct.get(name)?.1.clone()
    }
}

impl File {
    /// The name of the node that an input stands for.
    fn follow<'f>(&'f self, input: &'f Input, steps: &mut usize) -> Option<&'f str> {
        match input {
            Input::Node(name) => Some(name),
            Input::Follows(way) => {
                let mut name = self.root.as_str();
                for step in way {
                    *steps = steps.checked_sub(1)?;
                    name = self.follow(self.nodes.get(name)?.inputs.get(step)?, steps)?;
                }
                Some(name)
            }
        }
    }
}

impl Node {
    /// Why its content is not fixed.
    fn open(&self, world: &World, folder: &Path) -> Option<String> {
        let Some(locked) = &self.locked else { return Some(format!("{LOCK} has no locked reference for it")) };
        let kind = locked.kind.as_deref().unwrap_or_default();
        if kind == "path" {
            let path = locked.path.as_deref().unwrap_or("/");
            // A path in another flake is fixed with that one.
            let is_elsewhere = self.parent.as_ref().is_some_and(|parent| !parent.is_empty());
            return (!is_elsewhere && !fixed::has(world, folder, path))
                .then(|| format!("the release does not have its path {path}"));
        }
        if !locked.nar_hash.as_deref().is_some_and(is_nar_hash) {
            return Some(format!("{LOCK} has no narHash for it"));
        }
        let has_revisions = ["git", "github", "gitlab", "sourcehut", "hg"].contains(&kind);
        let is_fixed = !has_revisions || locked.rev.as_deref().is_some_and(is_commit);
        (!is_fixed).then(|| format!("{LOCK} has no full revision for it"))
    }
}

/// A SHA-256 in base 64, as Nix writes it.
fn is_nar_hash(text: &str) -> bool {
    let digits = text.strip_prefix("sha256-").and_then(|rest| rest.strip_suffix('='));
    digits.is_some_and(|digits| {
        digits.len() == 43 && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
    })
}

impl Reference {
    /// As people write it.
    fn shown(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or_default();
        let names = [&self.owner, &self.repo, &self.id, &self.path, &self.url, &self.reference];
        let names: Vec<_> = names.into_iter().flatten().map(String::as_str).collect();
        format!("{kind}:{}", names.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, Vec<String>, bool) {
        let written = Written::parse(text);
        (written.inputs.into_keys().collect(), written.arguments.into_keys().collect(), written.is_computed)
    }

    #[test]
    fn the_names_of_inputs_are_read_where_they_are_written_out() {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (text, inputs, arguments, is_computed) in [
            ("{ inputs.a.url = \"x\"; outputs = { self, a }: { }; }", owned(&["a"]), owned(&["a"]), false),
            (
                "# it\n{\n  description = ''it's ${x}'';\n  inputs = {\n    a.url = \"x\"; /* b */\n    \"c-d\" = { url = \"y;{\"; flake = false; };\n\
                 \x20   a.inputs.e.follows = \"c-d\";\n  };\n  outputs = inputs@{ self, a, b ? null, ... }: { inputs = 1; };\n}",
                owned(&["a", "c-d"]),
                owned(&["a", "b"]),
                false,
            ),
            ("{ outputs = inputs: { }; }", owned(&[]), owned(&[]), false),
            ("{ outputs = _: { }; }", owned(&[]), owned(&[]), false),
            ("{ inputs = import ./inputs.nix; outputs = { self, ... }@x: { }; }", owned(&[]), owned(&[]), true),
            ("{ inputs = { inherit x; }; outputs = { self }: { }; }", owned(&[]), owned(&[]), true),
            ("let a = 1; in { }", owned(&[]), owned(&[]), true),
            ("{ inputs.self.submodules = true; outputs = { self }: { }; }", owned(&[]), owned(&[]), false),
            ("{ inputs = {", owned(&[]), owned(&[]), false),
            ("{ ] inputs.a.url = \"x\"; }", owned(&["a"]), owned(&[]), false),
        ] {
            assert_eq!(names(text), (inputs, arguments, is_computed), "{text}");
        }
    }
}
