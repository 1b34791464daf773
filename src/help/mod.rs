//! What the documents say of a check, of a type of gate and of a word, for those who have only the binary.

use crate::model::nearest::nearest;

mod plain;

pub(crate) use plain::plain;

const CHECKS: &str = include_str!("../../docs/checks.md");
const PIPELINE: &str = include_str!("../../docs/pipeline.md");
const WORDS: &str = include_str!("../../docs/words.md");

/// What a topic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A check of a release.
    Check,
    /// A type of gate.
    GateType,
    /// A word of a report.
    Word,
}

/// A section of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Topic {
    /// What it is about.
    pub subject: Subject,
    /// The heading: an id, a type or a word.
    pub name: &'static str,
    /// Markdown.
    pub body: &'static str,
}

/// Everything that can be explained, in the order of the documents.
#[must_use]
pub(crate) fn topics() -> Vec<Topic> {
    // Types have their names for headings; all other sections begin with a capital.
    let is_type = |topic: &Topic| topic.name.starts_with(|c: char| c.is_ascii_lowercase());
    let checks = sections(Subject::Check, CHECKS);
    let types = sections(Subject::GateType, PIPELINE).filter(is_type);
    checks.chain(types).chain(sections(Subject::Word, WORDS)).collect()
}

/// What the documents say of a check, in Markdown.
#[must_use]
pub(crate) fn check(id: &str) -> Option<&'static str> {
    parts(CHECKS).find(|(name, _)| *name == id).map(|(_, body)| body.trim())
}

/// The topic of a name, in any letter case.
#[must_use]
pub(crate) fn topic(name: &str) -> Option<Topic> {
    topics().into_iter().find(|topic| topic.name.eq_ignore_ascii_case(name))
}

/// The name that a mistyped one was meant to be; `own` are those that only this project has.
#[must_use]
pub(crate) fn meant(name: &str, own: &[&str]) -> Option<String> {
    let known = topics().into_iter().map(|topic| topic.name).collect::<Vec<_>>();
    nearest(name, &[&known, own].concat()).map(str::to_owned)
}

fn sections(subject: Subject, document: &'static str) -> impl Iterator<Item = Topic> {
    parts(document).map(move |(name, body)| Topic { subject, name, body })
}

/// Heading and body of each section.
fn parts(document: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    document.split("\n## ").skip(1).filter_map(|part| part.split_once('\n'))
}
