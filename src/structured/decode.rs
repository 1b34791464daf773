//! From nodes to values, against tables of keys. Every problem is kept; nothing is guessed.

use std::ops::Range;

use foldhash::{HashSet, HashSetExt};

use super::keys::Keys;
use super::node::{Entry, Format, Meaning, Node, Value};
use super::{json_nodes, toml, yaml};
use crate::model::names::{check_of, is_id, plain_id};
use crate::model::nearest::suggestion;
use crate::model::problem::{LineIndex, PROBLEM_LIMIT, Place, Problem};

/// Reads values and gathers problems.
pub(crate) struct Decoder<'a> {
    format: Format,
    path: &'a str,
    text: &'a str,
    lines: LineIndex,
    problems: Vec<Problem>,
    more: usize,
}

impl<'a> Decoder<'a> {
    /// Reads a text in YAML; `empty` is what is wrong with one that has nothing in it, and the next step.
    ///
    /// # Errors
    /// Every problem, in the order of the file.
    pub(crate) fn yaml<T>(
        path: &'a str,
        text: &'a str,
        empty: (&str, &str),
        read: impl FnOnce(&mut Self, &Node<'a>) -> Option<T>,
    ) -> Result<T, Vec<Problem>> {
        match yaml::parse(path, text)? {
            Some(node) => Self::new(Format::Yaml, path, text).read(&node, read),
            None => Err(vec![Problem::at(path, text, 0..0, empty.0).help(empty.1)]),
        }
    }

    /// Reads a text in TOML.
    ///
    /// # Errors
    /// As [`Decoder::yaml`].
    pub(crate) fn toml<T>(
        path: &'a str,
        text: &'a str,
        read: impl FnOnce(&mut Self, &Node<'a>) -> Option<T>,
    ) -> Result<T, Vec<Problem>> {
        Self::new(Format::Toml, path, text).read(&toml::parse(path, text)?, read)
    }

    /// Reads a text in JSON.
    ///
    /// # Errors
    /// As [`Decoder::yaml`].
    pub(crate) fn json<T>(
        path: &'a str,
        text: &'a str,
        read: impl FnOnce(&mut Self, &Node<'a>) -> Option<T>,
    ) -> Result<T, Vec<Problem>> {
        Self::new(Format::Json, path, text).read(&json_nodes::parse(path, text)?, read)
    }

    fn read<T>(
        mut self,
        node: &Node<'a>,
        read: impl FnOnce(&mut Self, &Node<'a>) -> Option<T>,
    ) -> Result<T, Vec<Problem>> {
        let value = read(&mut self, node);
        self.finish(value)
    }

    pub(crate) fn new(format: Format, path: &'a str, text: &'a str) -> Self {
        Self { format, path, text, lines: LineIndex::new(text), problems: Vec::new(), more: 0 }
    }

    /// The value, or every problem in the order of the file.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<Problem>> {
        self.problems.sort_by_key(|problem| problem.place.as_ref().map(|place| (place.line, place.column)));
        if self.more > 0 {
            self.problems.push(Problem::more(self.path, self.more));
        }
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(self.problems),
        }
    }

    pub(crate) fn problem(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(Problem::at(self.path, self.text, span.clone(), message).help(help));
        } else {
            self.more += 1;
        }
    }

    /// A problem at a place, which says nothing yet.
    pub(crate) fn at(&self, span: &Range<usize>) -> Problem {
        Problem::at(self.path, self.text, span.clone(), "")
    }

    /// The file as the user knows it.
    pub(crate) fn path(&self) -> &'a str {
        self.path
    }

    /// The place of a range, as a problem quotes it.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        Place::of(self.text, span.clone())
    }

    /// The line (from 1) of a place.
    pub(crate) fn line(&self, span: &Range<usize>) -> usize {
        self.lines.line(span.start)
    }

    /// Where a range of a scalar's text stands in the file: the whole scalar, where escapes or folding moved it.
    pub(crate) fn within(&self, node: &Node<'_>, range: Range<usize>) -> Range<usize> {
        let Some((text, _)) = node.scalar() else { return node.span.clone() };
        let source = self.text.get(node.span.clone()).unwrap_or_default();
        let start = source.find(text).filter(|_| !text.is_empty() && range.end <= text.len());
        start.map_or(node.span.clone(), |at| {
            let base = node.span.start + at;
            base + range.start..base + range.end
        })
    }

    /// A mapping with fixed keys: the entries by name, unknown ones reported with the nearest known one.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node<'_>, what: &str, keys: Keys) -> Option<Fields<'n>> {
        self.fields_among(node, what, &[keys])
    }

    /// The same with keys from several tables.
    pub(crate) fn fields_among<'n>(&mut self, node: &'n Node<'_>, what: &str, tables: &[Keys]) -> Option<Fields<'n>> {
        let fields = self.table(node, what)?;
        let keys = || tables.iter().flat_map(|keys| keys.iter()).map(|key| key.name);
        for entry in fields.entries {
            if keys().all(|key| key != entry.key) {
                let help = suggestion(&entry.key, keys());
                self.problem(&entry.span, format!("unknown key `{}` in {what}", entry.key), help);
            }
        }
        Some(fields)
    }

    /// A mapping that may have keys which nobody here reads.
    pub(crate) fn table<'n>(&mut self, node: &'n Node<'_>, what: &str) -> Option<Fields<'n>> {
        Some(Fields { entries: self.entries(node, what)?, span: &node.span })
    }

    /// The mapping at a key of another, when it is there.
    pub(crate) fn table_at<'n>(&mut self, fields: Fields<'n>, key: &str) -> Option<Fields<'n>> {
        self.table(fields.get(key)?, key)
    }

    /// The text at a key, when it is there.
    pub(crate) fn text_at<'n>(&mut self, fields: Fields<'n>, key: &str) -> Option<&'n str> {
        self.any_text(fields.get(key)?, key)
    }

    /// `true` or `false` at a key, when it is there.
    pub(crate) fn boolean_at(&mut self, fields: Fields<'_>, key: &str) -> Option<bool> {
        self.boolean(fields.get(key)?, key)
    }

    /// The items of the list at a key; none when it is not there.
    pub(crate) fn list_at<'n>(&mut self, fields: Fields<'n>, key: &str) -> &'n [Node<'n>] {
        fields.get(key).and_then(|node| self.list(node, key)).unwrap_or_default()
    }

    /// A mapping whose keys are the user's own; each may be there once.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node<'_>, what: &str) -> Option<&'n [Entry<'n>]> {
        let Some(entries) = node.entries() else { return self.wrong(node, what, self.words().mapping) };
        // The parsers of the other formats have refused it by now.
        if self.format == Format::Json {
            let mut seen = HashSet::with_capacity(entries.len());
            for entry in entries.iter().filter(|entry| !seen.insert(&entry.key)) {
                let message = format!("the key `{}` is here twice", entry.key);
                let count = self.problems.len();
                self.problem(&entry.span, message, "keep one of the two");
                // Tools take one of them.
                self.problems.iter_mut().skip(count).for_each(|problem| problem.is_of_reader = true);
            }
        }
        Some(entries)
    }

    /// A list, which may be empty.
    pub(crate) fn list<'n>(&mut self, node: &'n Node<'_>, what: &str) -> Option<&'n [Node<'n>]> {
        node.items().or_else(|| self.wrong(node, what, self.words().list))
    }

    /// A list that is not empty.
    pub(crate) fn items<'n>(&mut self, node: &'n Node<'_>, what: &str) -> Option<&'n [Node<'n>]> {
        let items = self.list(node, what)?;
        if items.is_empty() {
            self.problem(&node.span, format!("{what} is an empty list"), "name at least one, or leave the key out");
        }
        (!items.is_empty()).then_some(items)
    }

    /// A text that is not blank.
    pub(crate) fn text(&mut self, node: &Node<'_>, what: &str) -> Option<String> {
        let text = self.any_text(node, what)?;
        if crate::model::escape::is_blank(text) {
            self.problem(&node.span, format!("{what} is empty"), "write it, or leave the key out");
            return None;
        }
        Some(text.to_owned())
    }

    /// A text, blank or not.
    pub(crate) fn any_text<'n>(&mut self, node: &'n Node<'_>, what: &str) -> Option<&'n str> {
        if let (Format::Yaml, Some((text, meaning))) = (self.format, node.scalar().filter(|(_, m)| *m != Meaning::Text))
        {
            let help = match meaning {
                Meaning::Null => "write it, or leave the key out".to_owned(),
                _ => format!("put it in quotes: \"{text}\""),
            };
            self.problem(&node.span, format!("{what} must be a text, this is {}", self.found(node)), help);
            return None;
        }
        node.text().or_else(|| self.wrong(node, what, self.words().text))
    }

    pub(crate) fn boolean(&mut self, node: &Node<'_>, what: &str) -> Option<bool> {
        node.boolean().or_else(|| self.wrong(node, what, self.words().boolean))
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&mut self, node: &Node<'_>, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.any_text(node, what)?;
        let chosen = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if chosen.is_none() {
            let help = suggestion(word, choices.iter().map(|(name, _)| *name));
            self.problem(&node.span, format!("`{word}` is not a value of {what}"), help);
        }
        chosen
    }

    /// An id: it becomes a row's name in reports and, later, a file's.
    pub(crate) fn id(&mut self, entry: &Entry<'_>) -> Option<String> {
        let id = entry.key.as_ref();
        let valid = is_id(id);
        if !valid {
            let help = "use letters, digits, `_`, `-` and `.`, at most 64, a letter or digit first";
            self.problem(&entry.span, format!("`{id}` is not an id"), help);
        }
        valid.then(|| id.to_owned())
    }

    /// The id of a check that is a key, or of that check of one package: `changelog:packages/cli`.
    pub(crate) fn check_id(&mut self, entry: &Entry<'_>) -> Option<String> {
        if check_of(&entry.key) == entry.key {
            return self.id(entry);
        }
        let id = plain_id(&entry.key);
        if id.is_none() {
            let help = "name a folder as `packages:` in release.yaml does";
            self.problem(&entry.span, format!("`{}` names no folder below this one", entry.key), help);
        }
        id
    }

    /// Tells that a node is another kind of value than `expected`.
    pub(crate) fn wrong<T>(&mut self, node: &Node<'_>, what: &str, expected: &str) -> Option<T> {
        // Other tools' files name a key; ours have a title for each place.
        let what = if self.format == Format::Yaml { what.to_owned() } else { format!("`{what}`") };
        let message = format!("{what} must be {expected}; this is {}", self.found(node));
        self.problem(&node.span, message, format!("write {expected}"));
        None
    }

    fn words(&self) -> &'static Words {
        match self.format {
            Format::Yaml => &Words {
                mapping: "a mapping (`key: value` lines)",
                list: "a list",
                text: "a text",
                boolean: "true or false, without quotes",
            },
            Format::Toml => &Words { mapping: "a table", list: "an array", text: "a string", boolean: "true or false" },
            Format::Json => {
                &Words { mapping: "an object", list: "an array", text: "a string", boolean: "true or false" }
            }
        }
    }

    /// What a node is, in the words of its format.
    fn found(&self, node: &Node<'_>) -> &'static str {
        let words = self.words();
        match &node.value {
            Value::Mapping(_) if self.format == Format::Yaml => "a mapping",
            Value::Mapping(_) => words.mapping,
            Value::Sequence(_) => words.list,
            Value::Scalar { meaning, .. } => match meaning {
                Meaning::Null if self.format == Format::Yaml => "nothing (null)",
                Meaning::Null => "null",
                Meaning::Boolean(_) => "a boolean",
                Meaning::Number => "a number",
                Meaning::Text if self.format == Format::Yaml && self.is_quoted(node) => "a text in quotes",
                Meaning::Text => words.text,
                Meaning::Other(kind) => kind,
            },
        }
    }

    fn is_quoted(&self, node: &Node<'_>) -> bool {
        self.text.get(node.span.start..).is_some_and(|text| text.starts_with(['"', '\'']))
    }
}

/// What a format calls the kinds of values, as a key takes them.
struct Words {
    mapping: &'static str,
    list: &'static str,
    text: &'static str,
    boolean: &'static str,
}

/// The entries of a mapping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'n> {
    entries: &'n [Entry<'n>],
    span: &'n Range<usize>,
}

impl<'n> Fields<'n> {
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
    }

    /// Whether the key is there, whatever it has.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// In the order of the file.
    pub(crate) fn entries(&self) -> &'n [Entry<'n>] {
        self.entries
    }

    pub(crate) fn required(&self, decoder: &mut Decoder<'_>, name: &str, what: &str) -> Option<&'n Node<'n>> {
        let node = self.get(name);
        if node.is_none() {
            let start = self.span.start..self.span.start;
            decoder.problem(&start, format!("{what} has no `{name}`"), format!("add `{name}:`"));
        }
        node
    }
}
