//! Swift's manifests: Package.swift, which is a program and never run, and Package.resolved.
//! <https://docs.swift.org/package-manager/PackageDescription/PackageDescription.html>

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::fixed::{self, is_commit};
use super::lockfiles::{self, Listed};
use super::{Dependency, Manifest, Pin, Scope, comparators};
use crate::model::problem::{LineIndex, Problem};
use crate::structured::json;
use crate::structured::toml::refuse_countless;
use crate::world::World;

/// The manifest and its lock file.
const FILE: &str = "Package.swift";
const LOCK: &str = "Package.resolved";

/// Reads what is written out in the Package.swift at `path` (relative to the root) whose text is `text`, and the lock file.
///
/// # Errors
/// None: what cannot be understood of a program is not told to be wrong.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let written = Written::parse(text);
    let folder = path.parent().unwrap_or(Path::new(""));
    let lock_path = folder.join(LOCK);
    let lock = lockfiles::parsed(world, &lock_path, Lock::parse);
    let mut manifest = Manifest { name: written.name, ..Manifest::default() };
    let of_manifest = |declared: &Declared| {
        let exact = declared.exact(world, folder);
        let lock = match (&declared.wants, &lock) {
            (Wants::Path, _) => exact.clone(),
            (_, Ok(lock)) => lock.judge(declared),
            (_, Err(pin)) => pin.clone(),
        };
        row(&declared.shown, &declared.wants.shown(), (&path.display().to_string(), declared.line), (exact, lock))
    };
    manifest.dependencies = written.declared.iter().map(of_manifest).collect();
    match &lock {
        // The lock file does not say what needs what, so all of it counts.
        Ok(lock) => {
            let declared: HashSet<_> = written.declared.iter().filter_map(|declared| lock.number(declared)).collect();
            let others = lock.pins.iter().enumerate().filter(|(number, _)| !declared.contains(number));
            let others = others.map(|(_, pin)| pin);
            let of_lock = |pin: &Locked| {
                let line = pin.line.unwrap_or_default();
                let judged = pin.open.clone().map_or(Pin::Pinned, Pin::Loose);
                row(&pin.identity, "", (&lock_path.display().to_string(), line), (judged.clone(), judged))
            };
            manifest.dependencies.extend(others.map(of_lock));
        }
        Err(Pin::Unproven(why) | Pin::Loose(why)) if written.is_computed => manifest.unproven.push(format!(
            "{FILE} computes its dependencies; {why}; the lock file decides: `swift package resolve` writes {LOCK}, and git must have it"
        )),
        Err(_) => {}
    }
    Ok(manifest)
}

fn row(name: &str, requirement: &str, (path, line): (&str, usize), (exact, lock): (Pin, Pin)) -> Dependency {
    Dependency {
        name: name.to_owned(),
        requirement: requirement.to_owned(),
        scope: Scope::Runtime,
        path: path.to_owned(),
        line: (line > 0).then_some(line),
        exact,
        lock,
    }
}

/// What a Package.swift has written out.
#[derive(Default)]
struct Written {
    name: Option<String>,
    declared: Vec<Declared>,
    /// Whether it may have more dependencies than those.
    is_computed: bool,
}

/// One `.package(…)`.
struct Declared {
    /// The address, the path, or the registry's id, as written.
    shown: String,
    wants: Wants,
    /// From 1.
    line: usize,
}

#[derive(PartialEq, Eq)]
enum Wants {
    Path,
    Exact(String),
    From(String),
    NextMinor(String),
    Revision(String),
    /// Something that several contents fit.
    Range(String),
}

impl Wants {
    fn shown(&self) -> String {
        match self {
            Self::Path => String::new(),
            Self::Exact(text) | Self::Revision(text) | Self::Range(text) => text.clone(),
            Self::From(version) => format!("from {version}"),
            Self::NextMinor(version) => format!("up to the next minor of {version}"),
        }
    }

    /// Whether a locked version is one that it allows; `None` where nobody can tell.
    fn allows(&self, version: &str) -> Option<bool> {
        match self {
            Self::Exact(wanted) => comparators::allows(wanted, version),
            Self::From(wanted) => comparators::allows(&format!("~> {}", two_numbers(wanted)?), version)
                .and_then(|major| Some(major && comparators::allows(&format!(">= {wanted}"), version)?)),
            Self::NextMinor(wanted) => comparators::allows(&format!("~> {wanted}"), version),
            Self::Path | Self::Revision(_) | Self::Range(_) => None,
        }
    }
}

/// `1.2.3` as `1.2`.
fn two_numbers(version: &str) -> Option<String> {
    let mut numbers = version.split(['.', '-', '+']);
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}

impl Declared {
    /// Whether it fixes the package without a lock file.
    fn exact(&self, world: &World, folder: &Path) -> Pin {
        match &self.wants {
            Wants::Path => fixed::local(world, folder, &self.shown, FILE),
            Wants::Revision(revision) if is_commit(revision) => Pin::Pinned,
            Wants::Exact(_) => Pin::Loose("a version is a tag, which can be moved".to_owned()),
            _ => Pin::Loose("it is not a full revision".to_owned()),
        }
    }
}

impl Written {
    fn parse(text: &str) -> Self {
        let Some(tokens) = tokens(text) else { return Self { is_computed: true, ..Self::default() } };
        let lines = LineIndex::new(text);
        let mut written = Self::default();
        for (at, token) in tokens.iter().enumerate() {
            let next = |more: usize| tokens.get(at + more).map(|token| &token.kind);
            let is_call = |name: &str| token.is_word(name) && next(1) == Some(&Kind::Mark('('));
            if is_call("Package") && written.name.is_none() {
                written.name = argument(&tokens, at + 2, "name").and_then(Token::text);
            }
            let is_member = at > 0 && tokens.get(at - 1).is_some_and(|before| before.kind == Kind::Mark('.'));
            if is_call("package") && is_member {
                let line = lines.line(token.at);
                match Declared::read(&tokens, at + 2, line) {
                    Some(declared) => written.declared.push(declared),
                    None => written.is_computed = true,
                }
            }
            // `dependencies:` of the package or a target is a list that is written out, or somebody makes it.
            if token.is_word("dependencies") && next(1) == Some(&Kind::Mark(':')) {
                written.is_computed |= next(2) != Some(&Kind::Mark('['));
            }
        }
        written
    }
}

impl Declared {
    /// The arguments of `.package(`, from the token behind the parenthesis.
    fn read(tokens: &[Token], at: usize, line: usize) -> Option<Self> {
        let text = |name: &str| argument(tokens, at, name).and_then(Token::text);
        if let Some(path) = text("path") {
            return Some(Self { shown: path, wants: Wants::Path, line });
        }
        let shown = text("url").or_else(|| text("id"))?;
        let wants = requirement(tokens, at)?;
        Some(Self { shown, wants, line })
    }
}

/// What the arguments ask for, in today's spelling and in those before it.
fn requirement(tokens: &[Token], at: usize) -> Option<Wants> {
    let inside = inside(tokens, at);
    let after = |name: &str| {
        let found = inside.iter().position(|token| token.is_word(name))?;
        inside.get(found + 2).and_then(Token::text)
    };
    let is_there = |name: &str| inside.iter().any(|token| token.is_word(name));
    if is_there("exact") {
        return after("exact").map(Wants::Exact);
    }
    if is_there("revision") {
        return after("revision").map(Wants::Revision);
    }
    if is_there("branch") {
        return after("branch").map(|branch| Wants::Range(format!("branch {branch}")));
    }
    if is_there("upToNextMinor") {
        return after("from").map(Wants::NextMinor);
    }
    if is_there("from") {
        return after("from").map(Wants::From);
    }
    // `"1.0.0"..<"2.0.0"`.
    let dots = inside.windows(2).position(|two| two.iter().all(|token| token.kind == Kind::Mark('.')))?;
    let lower = inside.get(dots.checked_sub(1)?).and_then(Token::text)?;
    let upper = inside.iter().skip(dots).find_map(Token::text)?;
    Some(Wants::Range(format!("{lower} to {upper}")))
}

/// How many tokens the arguments of one dependency have at most.
const ARGUMENTS_LIMIT: usize = 1_000;

/// The tokens up to the parenthesis that ends the arguments.
fn inside(tokens: &[Token], at: usize) -> &[Token] {
    let mut open = 1_usize;
    let rest = tokens.get(at..).unwrap_or_default();
    let rest = rest.get(..ARGUMENTS_LIMIT).unwrap_or(rest);
    let end = rest.iter().position(|token| {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => open += 1,
            Kind::Mark(')' | ']' | '}') => open -= 1,
            _ => {}
        }
        open == 0
    });
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

/// The first token of an argument, where it is a text that nothing is added to.
fn argument<'t>(tokens: &'t [Token], at: usize, name: &str) -> Option<&'t Token> {
    let rest = inside(tokens, at);
    let found = rest
        .windows(2)
        .position(|two| matches!(two, [one, other] if one.is_word(name) && other.kind == Kind::Mark(':')))?;
    let is_end = matches!(rest.get(found + 3).map(|token| &token.kind), None | Some(Kind::Mark(',')));
    rest.get(found + 2).filter(|_| is_end)
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
    /// A text that is computed.
    Code,
}

impl Token {
    fn is_word(&self, name: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word == name)
    }

    fn text(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

/// The tokens of a program; nothing where a text or a comment has no end.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let Some(first) = rest.chars().next() else { return Some(tokens) };
        let (length, kind) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (comment(rest)?, None)
        } else if first == '"' || first == '#' {
            let hashes = rest.find(|c| c != '#').unwrap_or(rest.len());
            match rest.get(hashes..).is_some_and(|body| body.starts_with('"')) {
                true => quoted(rest, hashes).map(|(length, kind)| (length, Some(kind)))?,
                false => (hashes, Some(Kind::Mark('#'))),
            }
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (end, Some(Kind::Word(rest[..end].to_owned())))
        } else {
            (first.len_utf8(), Some(Kind::Mark(first)))
        };
        tokens.extend(kind.map(|kind| Token { kind, at }));
        at += length;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Comments nest.
fn comment(rest: &str) -> Option<usize> {
    let (mut open, mut at) = (0_usize, 0);
    loop {
        let rest = rest.get(at..)?;
        if rest.starts_with("/*") {
            (open, at) = (open + 1, at + 2);
        } else if rest.starts_with("*/") {
            (open, at) = (open - 1, at + 2);
            if open == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}

/// A text in quotes, with as many `#` around it as it may have.
fn quoted(rest: &str, hashes: usize) -> Option<(usize, Kind)> {
    let body = &rest[hashes..];
    let quotes = if body.starts_with("\"\"\"") { 3 } else { 1 };
    let (end, escape) = ("\"".repeat(quotes) + &"#".repeat(hashes), format!("\\{}", "#".repeat(hashes)));
    let (start, mut at) = (hashes + quotes, hashes + quotes);
    let mut is_plain = quotes == 1;
    loop {
        let more = rest.get(at..)?;
        if more.starts_with(&end) {
            let text = &rest[start..at];
            return Some((at + end.len(), if is_plain { Kind::Text(text.to_owned()) } else { Kind::Code }));
        }
        let first = more.chars().next()?;
        if let Some(escaped) = more.strip_prefix(&escape) {
            is_plain = false;
            at += escape.len();
            at += match escaped.strip_prefix('(') {
                Some(inner) => 1 + parenthesis(inner)?,
                None => escaped.chars().next()?.len_utf8(),
            };
        } else {
            at += first.len_utf8();
        }
    }
}

/// How long what is inside of a parenthesis is, with its end; a text in there has none of its own.
fn parenthesis(rest: &str) -> Option<usize> {
    let mut open = 1_usize;
    let end = rest.char_indices().find(|(_, c)| {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        open == 0
    });
    end.map(|(at, _)| at + 1)
}

/// The last name of an address, by which packages are told apart.
fn identity(location: &str) -> String {
    let location = location.trim_end_matches('/');
    let name = location.rsplit(['/', ':']).next().unwrap_or(location);
    name.strip_suffix(".git").unwrap_or(name).to_lowercase()
}

/// Package.resolved, versions 1 to 3.
#[derive(Default)]
struct Lock {
    pins: Vec<Locked>,
    /// The numbers of the pins by their identities, and by the last names of their addresses.
    by_identity: HashMap<String, usize>,
}

struct Locked {
    identity: String,
    location: String,
    version: Option<String>,
    revision: Option<String>,
    /// Why its content is not fixed.
    open: Option<String>,
    /// From 1, where it is known.
    line: Option<usize>,
}

#[derive(Deserialize)]
struct File {
    version: u64,
    /// Until version 1.
    object: Option<Object>,
    /// Since version 2.
    pins: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Object {
    pins: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    identity: Option<String>,
    kind: Option<String>,
    #[serde(alias = "repositoryURL")]
    location: Option<String>,
    state: State,
}

#[derive(Deserialize)]
struct State {
    revision: Option<String>,
    version: Option<String>,
}

/// The packages with a version.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let listed = |pin: Locked| Some(Listed { name: pin.location, version: pin.version?, line: pin.line });
    Ok(Lock::parse(text)?.pins.into_iter().filter_map(listed).collect())
}

impl Lock {
    fn parse(text: &str) -> Result<Self, String> {
        refuse_countless(text)?;
        let value = json::parse(text.as_bytes())?;
        let file: File = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let entries = match (file.version, file.object, file.pins) {
            (1, Some(object), None) => object.pins,
            (2 | 3, None, Some(pins)) => pins,
            (1..=3, ..) => return Err("its `pins` are not where its version has them".to_owned()),
            (version, ..) => return Err(format!("its version {version} is not known")),
        };
        let lines = texts(text);
        let mut lock = Self::default();
        for entry in entries {
            let pin = Locked::read(entry, &lines)?;
            let number = lock.pins.len();
            if lock.by_identity.insert(pin.identity.clone(), number).is_some_and(|other| lock.is_named(other, &pin)) {
                return Err(format!("{} is there twice", pin.identity));
            }
            lock.pins.push(pin);
        }
        // A package may be declared by another address of the same repository.
        for (number, pin) in lock.pins.iter().enumerate() {
            lock.by_identity.entry(identity(&pin.location)).or_insert(number);
        }
        Ok(lock)
    }

    fn is_named(&self, number: usize, other: &Locked) -> bool {
        self.pins.get(number).is_some_and(|pin| pin.identity == other.identity)
    }

    fn number(&self, declared: &Declared) -> Option<usize> {
        self.by_identity.get(&identity(&declared.shown)).copied()
    }

    fn judge(&self, declared: &Declared) -> Pin {
        let Some(pin) = self.number(declared).and_then(|number| self.pins.get(number)) else {
            return Pin::Loose(format!("{LOCK} does not have it"));
        };
        let other = match &declared.wants {
            Wants::Revision(wanted) => pin.revision.as_ref().filter(|revision| *revision != wanted),
            wants => pin.version.as_ref().filter(|version| wants.allows(version) == Some(false)),
        };
        match other {
            Some(other) => Pin::Contradicted(format!("{LOCK} has {other}, which contradicts the manifest")),
            None => pin.open.clone().map_or(Pin::Pinned, Pin::Loose),
        }
    }
}

impl Locked {
    fn read(entry: Entry, lines: &HashMap<&str, usize>) -> Result<Self, String> {
        let location = entry.location.unwrap_or_default();
        let identity = entry.identity.map_or_else(|| identity(&location), |identity| identity.to_lowercase());
        if identity.is_empty() {
            return Err("one of its pins has no name".to_owned());
        }
        let is_commit = entry.state.revision.as_deref().is_some_and(is_commit);
        let open = match entry.kind.as_deref() {
            Some("registry") => Some(format!("it is from a registry, and {LOCK} has no hash for it")),
            _ if is_commit => None,
            _ => Some(format!("{LOCK} has no full revision for it")),
        };
        let named = if location.is_empty() { &identity } else { &location };
        let line = lines.get(named.as_str()).copied();
        let State { revision, version } = entry.state;
        Ok(Self { location: named.clone(), identity, version, revision, open, line })
    }
}

/// The first line of each text in quotes.
fn texts(text: &str) -> HashMap<&str, usize> {
    let mut lines = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        for quoted in line.split('"').skip(1).step_by(2) {
            lines.entry(quoted).or_insert(index + 1);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(arguments: &str) -> Option<String> {
        let written =
            Written::parse(&format!("let package = Package(name: \"Demo\", dependencies: [.package({arguments})])"));
        assert_eq!(written.name.as_deref(), Some("Demo"));
        assert_eq!(written.is_computed, written.declared.is_empty(), "{arguments}");
        written.declared.first().map(|declared| format!("{} {}", declared.shown, declared.wants.shown()))
    }

    #[test]
    fn what_is_written_out_is_read() {
        for (arguments, expected) in [
            ("url: \"u/a.git\", exact: \"1.2.3\"", "u/a.git 1.2.3"),
            ("name: \"A\", url: \"u/a\", .exact(\"1.2.3\")", "u/a 1.2.3"),
            ("url: \"u/a\", from: \"1.2.3\"", "u/a from 1.2.3"),
            ("url: \"u/a\", .upToNextMajor(from: \"1.2.3\")", "u/a from 1.2.3"),
            ("url: \"u/a\", .upToNextMinor(from: \"1.2.3\"),", "u/a up to the next minor of 1.2.3"),
            ("url: \"u/a\", /* it /* is */ */ \"1.0.0\" ..< \"2.0.0\"", "u/a 1.0.0 to 2.0.0"),
            ("url: \"u/a\", \"1.0.0\"...\"2.0.0\" // why", "u/a 1.0.0 to 2.0.0"),
            ("url: #\"u/a\"#, branch: \"main\"", "u/a branch main"),
            ("url: \"u/a\", .revision(\"abc\")", "u/a abc"),
            ("id: \"mona.LinkedList\", from: \"1.0.0\"", "mona.LinkedList from 1.0.0"),
            ("path: \"../a\"", "../a "),
        ] {
            let arguments = if arguments.contains("//") { format!("{arguments}\n") } else { arguments.to_owned() };
            assert_eq!(wants(&arguments).as_deref(), Some(expected), "{arguments}");
        }
        for computed in
            ["url: base + \"a\", from: \"1.0.0\"", "url: \"\\(base)/a\", from: \"1.0.0\"", "url: \"u/a\", version"]
        {
            assert_eq!(wants(computed), None, "{computed}");
        }
    }

    #[test]
    fn a_version_is_one_that_is_asked_for() {
        let from = Wants::From("1.4.2".to_owned());
        for (version, expected) in [("1.4.2", true), ("1.9.0", true), ("1.4.1", false), ("2.0.0", false)] {
            assert_eq!(from.allows(version), Some(expected), "{version}");
        }
        assert_eq!(Wants::From("0.1.0".to_owned()).allows("0.9.0"), Some(true));
        assert_eq!(Wants::NextMinor("1.4.2".to_owned()).allows("1.5.0"), Some(false));
    }
}
