//! mix.exs: a program, of which only what is written out is read.

use super::terms::{Kind, Parser, Place, Term, Token, tokens};
use crate::model::problem::LineIndex;

/// How many lists of dependencies are looked for.
const LISTS_LIMIT: usize = 16;

/// What a mix.exs says.
#[derive(Debug, Default)]
pub(super) struct Mixfile {
    /// `app:`.
    pub(super) name: Option<String>,
    pub(super) version: Version,
    /// In the file's order.
    pub(super) declared: Vec<Declared>,
    /// Whether it may have more dependencies than those that are written out.
    pub(super) is_computed: bool,
    /// `apps_path:`, the folder of an umbrella's applications.
    pub(super) apps_path: Option<String>,
    /// `lockfile:`, as an application of an umbrella has it.
    pub(super) lockfile: Option<String>,
}

#[derive(Debug, Default, Clone)]
pub(super) enum Version {
    /// The text and its line, from 1.
    Written(String, usize),
    Computed,
    #[default]
    Absent,
}

/// One dependency as written.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) requirement: Option<String>,
    pub(super) source: Source,
    /// From 1.
    pub(super) line: usize,
}

/// Where a dependency comes from. What is computed is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Hex,
    Git { url: Option<String>, reference: Option<String> },
    Path(Option<String>),
}

impl Mixfile {
    /// A text that is no Elixir is a program that nobody understands.
    pub(super) fn parse(text: &str) -> Self {
        let Ok(tokens) = tokens(text) else { return Self { is_computed: true, ..Self::default() } };
        let mut file = Self {
            name: atom_at(&tokens, "app"),
            version: version(text, &tokens),
            apps_path: text_at(&tokens, "apps_path"),
            lockfile: text_at(&tokens, "lockfile"),
            ..Self::default()
        };
        file.dependencies(&tokens, &LineIndex::new(text));
        file
    }

    fn dependencies(&mut self, tokens: &[Token], lines: &LineIndex) {
        let places = tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Key("deps".to_owned()));
        for (count, (at, _)) in places.enumerate() {
            if count == LISTS_LIMIT {
                self.is_computed = true;
                return;
            }
            let list = match tokens.get(at + 1).map(|token| &token.kind) {
                Some(Kind::Mark('[')) => list(tokens, at + 1, &[]),
                Some(Kind::Word(function)) if is_call(tokens, at + 2) => body(tokens, function),
                _ => None,
            };
            match list {
                Some(items) => items.iter().for_each(|item| self.item(item, lines)),
                None => self.is_computed = true,
            }
        }
    }

    fn item(&mut self, place: &Place, lines: &LineIndex) {
        let line = lines.line(place.at);
        let declared = match &place.term {
            Term::Tuple(items) => match items.split_first() {
                Some((Place { term: Term::Atom(name), .. }, rest)) => {
                    Some(Declared::of(name, rest.iter().map(|item| &item.term), line))
                }
                _ => None,
            },
            Term::Pair(name, value) => Some(Declared::of(name, std::iter::once(&**value), line)),
            _ => None,
        };
        match declared {
            Some(declared) => self.declared.push(declared),
            None => self.is_computed = true,
        }
    }
}

impl Declared {
    fn of<'t>(name: &str, rest: impl Iterator<Item = &'t Term> + Clone, line: usize) -> Self {
        let requirement = rest.clone().find_map(|term| match term {
            Term::Text(text) => Some(text.clone()),
            _ => None,
        });
        let options = |key: &str| rest.clone().find_map(|term| option(term, key));
        let text = |key: &str| match options(key) {
            Some(Term::Text(text)) => Some(text),
            _ => None,
        };
        let source = if options("path").is_some() {
            Source::Path(text("path"))
        } else if options("in_umbrella").is_some() {
            Source::Path(Some(format!("../{name}")))
        } else if let Some(hosted) = options("github") {
            let url = match hosted {
                Term::Text(path) => Some(format!("https://github.com/{path}.git")),
                _ => None,
            };
            Source::Git { url, reference: text("ref") }
        } else if options("git").is_some() {
            Source::Git { url: text("git"), reference: text("ref") }
        } else {
            Source::Hex
        };
        Self { name: name.to_owned(), requirement, source, line }
    }
}

/// The value of an option, which stands in the tuple itself or in a list of its own.
fn option(term: &Term, key: &str) -> Option<Term> {
    match term {
        Term::Pair(name, value) if name == key => Some((**value).clone()),
        Term::List(items) => items.iter().find_map(|item| match &item.term {
            pair @ Term::Pair(..) => option(pair, key),
            _ => None,
        }),
        _ => None,
    }
}

/// `name()` and nothing behind it, from behind the name.
fn is_call(tokens: &[Token], at: usize) -> bool {
    let mark = |at: usize| match tokens.get(at).map(|token| &token.kind) {
        Some(Kind::Mark(mark)) => Some(*mark),
        _ => None,
    };
    let after = if mark(at) == Some('(') && mark(at + 1) == Some(')') { at + 2 } else { at };
    matches!(mark(after), Some(',' | ']'))
}

/// The list that a function without arguments gives, where it does nothing else; of several of that name, nobody can tell.
fn body(tokens: &[Token], function: &str) -> Option<Vec<Place>> {
    let is_definition = |at: &usize| {
        let word = |at: usize| match tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Word(word)) => word.as_str(),
            _ => "",
        };
        ["def", "defp"].contains(&word(*at)) && word(*at + 1) == function
    };
    let mut found = (0..tokens.len()).filter(is_definition);
    let (first, None) = (found.next()?, found.next()) else { return None };
    let mut parser = Parser { tokens, next: first + 2 };
    if parser.skip('(') && !parser.skip(')') {
        return None;
    }
    if parser.skip(',') {
        let is_do = parser.peek() == Some(&Kind::Key("do".to_owned()));
        return is_do.then(|| list(tokens, parser.next + 1, &["def", "defp", "end"])).flatten();
    }
    let is_block = parser.peek() == Some(&Kind::Word("do".to_owned()));
    is_block.then(|| list(tokens, parser.next + 1, &["end"])).flatten()
}

/// The list that begins at a token, where behind it stand only a comma, a closing bracket, one of these words or an attribute.
fn list(tokens: &[Token], at: usize, ends: &[&str]) -> Option<Vec<Place>> {
    let mut parser = Parser { tokens, next: at };
    let Ok(Place { term: Term::List(items), .. }) = parser.value() else { return None };
    let is_end = match parser.peek() {
        Some(Kind::Word(word)) => !ends.is_empty() && (ends.contains(&word.as_str()) || word.starts_with('@')),
        Some(Kind::Mark(',' | ']')) => ends.is_empty(),
        Some(_) | None => false,
    };
    is_end.then_some(items)
}

fn at_key<'t>(tokens: &'t [Token], key: &str) -> Option<&'t Token> {
    let at = tokens.iter().position(|token| matches!(&token.kind, Kind::Key(name) if name == key))?;
    tokens.get(at + 1)
}

fn text_at(tokens: &[Token], key: &str) -> Option<String> {
    match &at_key(tokens, key)?.kind {
        Kind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn atom_at(tokens: &[Token], key: &str) -> Option<String> {
    match &at_key(tokens, key)?.kind {
        Kind::Atom(name) => Some(name.clone()),
        _ => None,
    }
}

/// `version: "1.2.3"`, or an attribute of the module that is a text.
fn version(text: &str, tokens: &[Token]) -> Version {
    let Some(token) = at_key(tokens, "version") else { return Version::Absent };
    let written = |token: &Token| match &token.kind {
        Kind::Text(version) => Some(Version::Written(version.clone(), LineIndex::new(text).line(token.at))),
        _ => None,
    };
    let attribute = tokens.iter().position(|one| matches!(one.kind, Kind::Word(_)) && one.kind == token.kind);
    let of_attribute = || tokens.get(attribute? + 1).and_then(written);
    written(token).or_else(of_attribute).unwrap_or(Version::Computed)
}
