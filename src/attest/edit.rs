//! One claim, or one declaration that something does not apply, in the text of a release.yaml. Every byte outside of it stays as it is, and what comes out is read
//! again before anybody gets it.

use std::ops::Range;

use super::Claim;
use crate::config::Release;
use crate::config::release::{Attestation, FILE, Released, folder_of};
use crate::model::names::plain_id;
use crate::model::problem::Problem;
use crate::structured::node::{Entry, Node, Value};
use crate::structured::quoted::quoted;
use crate::structured::yaml;

/// Why a text was not edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is no valid release.yaml.
    Invalid(Vec<Problem>),
    /// It is written in a way that the claim cannot be put into without changing something else.
    Unsuitable,
}

/// The text with the claim in it: a new one after the others, or what is there brought up to date.
///
/// # Errors
/// See [`Refused`].
pub fn edit(text: &str, claim: &Claim) -> Result<String, Refused> {
    let before = Release::parse(FILE, text).map_err(Refused::Invalid)?;
    let Ok(Some(root)) = yaml::parse(FILE, text) else { return Err(Refused::Unsuitable) };
    let splices = Editor::new(text).put(&root, &Added::claim(claim)).ok_or(Refused::Unsuitable)?;
    let edited = spliced(text, splices);
    match Release::parse(FILE, &edited) {
        Ok(after) if differ_in_the_claim_only(&before, &after, claim) => Ok(edited),
        _ => Err(Refused::Unsuitable),
    }
}

/// The text with a declaration in it that a check does not apply: a new one after the others, or another reason for it.
///
/// # Errors
/// See [`Refused`].
pub(crate) fn declare(text: &str, id: &str, reason: &str) -> Result<String, Refused> {
    let before = Release::parse(FILE, text).map_err(Refused::Invalid)?;
    let Ok(Some(root)) = yaml::parse(FILE, text) else { return Err(Refused::Unsuitable) };
    let splices = Editor::new(text).put(&root, &Added::declaration(id, reason)).ok_or(Refused::Unsuitable)?;
    let edited = spliced(text, splices);
    let exempt = |release: &Release| {
        let others = release.not_applicable.iter().filter(|row| row.id != id);
        others.map(|row| (row.id.clone(), row.reason.clone())).collect::<Vec<_>>()
    };
    let claims = |release: &Release| {
        let claims = release.attestations.iter().cloned();
        claims.map(|claim| Attestation { line: 0, ..claim }).collect::<Vec<_>>()
    };
    let is_declared = |release: &Release| release.not_applicable.iter().any(|row| row.id == id && row.reason == reason);
    match Release::parse(FILE, &edited) {
        Ok(after)
            if before.released == after.released
                && claims(&before) == claims(&after)
                && exempt(&before) == exempt(&after)
                && is_declared(&after) =>
        {
            Ok(edited)
        }
        _ => Err(Refused::Unsuitable),
    }
}

/// What is put into a section of release.yaml under an id.
struct Added<'a> {
    section: &'static str,
    id: &'a str,
    value: Put,
}

enum Put {
    /// A mapping: names and values as they are written, in the order of the documents.
    Fields(Vec<(&'static str, String)>),
    /// A text as it is written.
    Text(String),
}

impl<'a> Added<'a> {
    fn claim(claim: &'a Claim) -> Self {
        Self { section: "attestations", id: &claim.id, value: Put::Fields(fields(claim).collect()) }
    }

    fn declaration(id: &'a str, reason: &str) -> Self {
        Self { section: "not_applicable", id, value: Put::Text(quoted(reason)) }
    }

    /// On one line.
    fn in_flow(&self) -> String {
        match &self.value {
            Put::Text(text) => format!("{}: {text}", self.id),
            Put::Fields(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                format!("{}: {{{}}}", self.id, fields.join(", "))
            }
        }
    }
}

fn differ_in_the_claim_only(before: &Release, after: &Release, claim: &Claim) -> bool {
    let others = |release: &Release| {
        let others = release.attestations.iter().filter(|other| other.id != claim.id);
        others.cloned().map(|other| Attestation { line: 0, ..other }).collect::<Vec<_>>()
    };
    let exempt = |release: &Release| {
        release.not_applicable.iter().map(|row| (row.id.clone(), row.reason.clone())).collect::<Vec<_>>()
    };
    let of = |release: &Release| release.attestations.iter().find(|other| other.id == claim.id).cloned();
    let kept = of(before);
    let kept = |new: &Option<String>, old: fn(&Attestation) -> &Option<String>| {
        new.clone().or_else(|| kept.as_ref().and_then(|claim| old(claim).clone()))
    };
    before.released == after.released
        && exempt(before) == exempt(after)
        && others(before) == others(after)
        && of(after).is_some_and(|now| {
            now.answer == claim.answer
                && now.by.as_deref() == Some(&claim.by)
                && now.made_for.as_ref() == Some(&claim.made_for)
                && now.at.as_ref().is_some_and(|at| at.text == claim.at)
                && now.evidence == kept(&claim.evidence, |old| &old.evidence)
                && now.note == kept(&claim.note, |old| &old.note)
        })
}

/// What stands in a range becomes another text.
pub(super) struct Splice {
    range: Range<usize>,
    text: String,
}

impl Splice {
    fn insert(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }
}

/// The text with the splices in it, which do not overlap.
pub(super) fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.range.start);
    let mut out = text.to_owned();
    for splice in splices.iter().rev() {
        out.replace_range(splice.range.clone(), &splice.text);
    }
    out
}

/// Edits a text in its own style.
pub(super) struct Editor<'t> {
    text: &'t str,
    line_break: &'static str,
}

impl<'t> Editor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let windows = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        Self { text, line_break: if windows { "\r\n" } else { "\n" } }
    }

    fn put(&self, root: &Node<'_>, added: &Added<'_>) -> Option<Vec<Splice>> {
        let Some(section) = root.entry(added.section) else {
            return Some(vec![self.first(root, added)?]);
        };
        let is_it = |entry: &&Entry<'_>| entry.key == added.id || plain_id(&entry.key).as_deref() == Some(added.id);
        match entries(&section.value).iter().find(is_it) {
            Some(old) => self.update(old, added),
            None if entries(&section.value).is_empty() => self.fill(root, section, added),
            None => Some(vec![self.append(&section.value, added)?]),
        }
    }

    /// Another version, of one package where there are several, and no claims.
    pub(super) fn next(&self, root: &Node<'_>, folder: Option<&str>, version: &str) -> Option<Vec<Splice>> {
        let entry = match folder {
            None => root.entry("version")?,
            Some(folder) => {
                let packages = entries(&root.entry("packages")?.value);
                packages.iter().find(|entry| folder_of(&entry.key).as_deref() == Some(folder))?
            }
        };
        let mut splices = vec![self.replace(entry, quoted(version))?];
        let attestations = root.entry("attestations").filter(|entry| !entries(&entry.value).is_empty());
        if let Some(attestations) = attestations {
            splices.extend(self.emptied(root, attestations)?);
        }
        Some(splices)
    }

    /// `attestations: {}` in the place of what is there. A comment behind the key stays, one behind the last claim goes with it.
    fn emptied(&self, root: &Node<'_>, attestations: &Entry<'_>) -> Option<Vec<Splice>> {
        let end = self.end_of(&attestations.value)?;
        if self.is_flow(&attestations.value) {
            return Some(vec![Splice { range: attestations.value.span.start..end, text: "{}".to_owned() }]);
        }
        let colon = self.after_key(attestations)?;
        let (from, until) = (self.end_of_line(colon), self.end_of_line(end));
        let empty = Splice::insert(colon, " {}".to_owned());
        (!self.is_flow(root)).then(|| vec![empty, Splice { range: from..until, text: String::new() }])
    }

    /// The section itself is not there.
    fn first(&self, root: &Node<'_>, added: &Added<'_>) -> Option<Splice> {
        let (last, section) = (entries(root).last()?, added.section);
        if self.is_flow(root) {
            return Some(Splice::insert(self.end(last)?, format!(", {section}: {{{}}}", added.in_flow())));
        }
        let indent = self.indent(last);
        let block = self.block(&format!("{indent}{STEP}"), added);
        let text = format!("{}{indent}{section}:{block}", self.line_break);
        Some(Splice::insert(self.end_of_line(self.end(last)?), text))
    }

    /// `attestations: {}`, or another section without anything in it.
    fn fill(&self, root: &Node<'_>, section: &Entry<'_>, added: &Added<'_>) -> Option<Vec<Splice>> {
        let open = section.value.span.start;
        let close = open + self.text.get(open..)?.find('}')? + 1;
        if self.is_flow(root) || !self.text.get(open + 1..close - 1)?.trim().is_empty() {
            return Some(vec![Splice::insert(open + 1, added.in_flow())]);
        }
        let end = self.end_of_line(close);
        let block = self.block(&format!("{}{STEP}", self.indent(section)), added);
        // A comment behind the braces keeps its place.
        let bare = self.text.get(close..end)?.trim().is_empty();
        let colon = self.text.get(..open)?.trim_end().len();
        let braces = colon..if bare { end } else { close };
        Some(vec![Splice { range: braces, text: String::new() }, Splice::insert(end, block)])
    }

    /// After the last entry, in its style.
    fn append(&self, section: &Node<'_>, added: &Added<'_>) -> Option<Splice> {
        let last = entries(section).last()?;
        let end = self.end(last)?;
        if self.is_flow(section) {
            return Some(Splice::insert(end, format!(", {}", added.in_flow())));
        }
        let indent = self.indent(last);
        let text = match self.is_flow(&last.value) {
            true => format!("{}{indent}{}", self.line_break, added.in_flow()),
            false => self.block(indent, added),
        };
        Some(Splice::insert(self.end_of_line(end), text))
    }

    /// What is there already.
    fn update(&self, entry: &Entry<'_>, added: &Added<'_>) -> Option<Vec<Splice>> {
        let fields = match &added.value {
            Put::Text(text) => return Some(vec![self.replace(entry, text.clone())?]),
            Put::Fields(fields) => fields,
        };
        let old = &entry.value;
        let mut splices = Vec::new();
        let mut new = String::new();
        let last = entries(old).last()?;
        for (name, value) in fields {
            match old.entry(name) {
                Some(field) => splices.push(self.replace(field, value.clone())?),
                None if self.is_flow(old) => new.push_str(&format!(", {name}: {value}")),
                None => new.push_str(&format!("{}{}{name}: {value}", self.line_break, self.indent(last))),
            }
        }
        let end = self.end(last)?;
        let end = if self.is_flow(old) { end } else { self.end_of_line(end) };
        splices.push(Splice::insert(end, new));
        Some(splices)
    }

    fn replace(&self, field: &Entry<'_>, value: String) -> Option<Splice> {
        if field.value.entries().is_some_and(|entries| !entries.is_empty()) {
            return self.replace_mapping(field, value);
        }
        let scalar = self.scalar(&field.value);
        let colon = self.after_key(field);
        if is_nothing(self.text, &field.value) {
            return Some(Splice::insert(colon?, format!(" {value}")));
        }
        // A block scalar's own bytes begin behind its header, which may have a comment.
        match colon.and_then(|colon| Some((colon, self.text.get(colon..scalar.start)?.trim()))) {
            Some((colon, header)) if header.starts_with(['|', '>']) => {
                let text = format!(" {value}");
                (!header.contains('#')).then_some(Splice { range: colon..scalar.end, text })
            }
            _ => Some(Splice { range: scalar, text: value }),
        }
    }

    /// A mapping, on one line or on lines of its own; a comment in it would be lost.
    fn replace_mapping(&self, field: &Entry<'_>, value: String) -> Option<Splice> {
        let end = self.end_of(&field.value)?;
        let (from, text) = match self.is_flow(&field.value) {
            true => (field.value.span.start, value),
            false => (self.after_key(field)?, format!(" {value}")),
        };
        (!self.text.get(from..end)?.contains('#')).then_some(Splice { range: from..end, text })
    }

    /// A scalar's bytes; those of a block scalar reach to the end of its last line.
    fn scalar(&self, node: &Node<'_>) -> Range<usize> {
        node.span.start..node.span.start + self.text[node.span.clone()].trim_end().len()
    }

    fn after_key(&self, field: &Entry<'_>) -> Option<usize> {
        let rest = self.text.get(field.span.end..)?;
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest[blank..].starts_with(':').then_some(field.span.end + blank + 1)
    }

    /// An entry of its own lines, each after a line break.
    fn block(&self, indent: &str, added: &Added<'_>) -> String {
        let value = match &added.value {
            Put::Text(text) => format!(" {text}"),
            Put::Fields(fields) => {
                let line = |(name, value): &(_, _)| format!("{}{indent}{STEP}{name}: {value}", self.line_break);
                fields.iter().map(line).collect()
            }
        };
        format!("{}{indent}{}:{value}", self.line_break, added.id)
    }

    /// Where an entry ends, comments behind it aside.
    fn end(&self, entry: &Entry<'_>) -> Option<usize> {
        if is_nothing(self.text, &entry.value) {
            return Some(self.after_key(entry).unwrap_or(entry.span.end));
        }
        self.end_of(&entry.value)
    }

    fn end_of(&self, node: &Node<'_>) -> Option<usize> {
        let (inner, closing) = match &node.value {
            Value::Scalar { .. } => return Some(self.scalar(node).end),
            Value::Mapping(entries) => (entries.last().map(|last| self.end(last)), '}'),
            Value::Sequence(items) => (items.last().map(|last| self.end_of(last)), ']'),
        };
        let inner = inner.unwrap_or(Some(node.span.start + 1))?;
        if self.is_flow(node) { self.closed(inner, closing) } else { Some(inner) }
    }

    /// Behind the bracket that closes a flow collection, whose last item ends at `from`.
    fn closed(&self, from: usize, closing: char) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = self.text.get(at..)?;
            match rest.chars().next()? {
                c if c == closing => return Some(at + 1),
                '#' => at += rest.find('\n')?,
                c if c.is_whitespace() || matches!(c, ',' | ':') => at += c.len_utf8(),
                _ => return None,
            }
        }
    }

    fn is_flow(&self, node: &Node<'_>) -> bool {
        self.text[node.span.start..].starts_with(['{', '['])
    }

    fn indent(&self, entry: &Entry<'_>) -> &'t str {
        let begin = self.text[..entry.span.start].rfind('\n').map_or(0, |at| at + 1);
        &self.text[begin..entry.span.start]
    }

    fn end_of_line(&self, from: usize) -> usize {
        let rest = &self.text[from..];
        let line = rest.find('\n').map_or(rest, |at| &rest[..at]);
        from + line.trim_end_matches('\r').len()
    }
}

/// How much deeper a mapping stands than its key.
const STEP: &str = "  ";

/// What a claim sets, in the order of the documents.
fn fields(claim: &Claim) -> impl Iterator<Item = (&'static str, String)> {
    let fields = [
        ("answer", Some(claim.answer.to_string())),
        ("by", Some(quoted(&claim.by))),
        ("evidence", claim.evidence.as_deref().map(quoted)),
        ("for", Some(made_for(&claim.made_for))),
        ("at", Some(time(&claim.at))),
        ("note", claim.note.as_deref().map(quoted)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// A version, or the packages with theirs on one line.
fn made_for(released: &Released) -> String {
    match released {
        Released::One(version) => quoted(version),
        Released::Packages(packages) => {
            let all: Vec<_> =
                packages.iter().map(|one| format!("{}: {}", key(&one.folder), quoted(&one.version))).collect();
            format!("{{{}}}", all.join(", "))
        }
    }
}

/// A key as it is written: plain where it means nothing else.
pub(crate) fn key(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if is_plain { text.to_owned() } else { quoted(text) }
}

fn time(at: &str) -> String {
    let is_plain = at.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b'+' | b'T' | b'Z'));
    if is_plain { at.to_owned() } else { quoted(at) }
}

/// The claim on one line.
pub(super) fn in_flow(claim: &Claim) -> String {
    Added::claim(claim).in_flow()
}

fn entries<'n>(node: &'n Node<'_>) -> &'n [Entry<'n>] {
    node.entries().unwrap_or_default()
}

/// Whether nothing is written behind a key.
fn is_nothing(text: &str, node: &Node<'_>) -> bool {
    node.is_null() && text.get(node.span.clone()).is_none_or(|written| written.trim().is_empty())
}
