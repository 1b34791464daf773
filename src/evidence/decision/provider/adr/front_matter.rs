//! The YAML between two `---` lines at the top of a record.

use std::borrow::Cow;

use globset::Glob;

use super::super::Enforcement;
use super::record::{Place, begins_superseded};
use super::status::{is_nothing, latest_day};
use super::supersedes;
use crate::model::escape::visible_up_to;
use crate::model::nearest::nearest;
use crate::model::problem::line_of;
use crate::structured::node::{Entry, Meaning, Node};
use crate::structured::yaml;
use jiff::civil::Date;

/// What the front matter says.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    statuses: Vec<(usize, String)>,
    /// The record's day, where it names one.
    pub(super) date: Option<Date>,
    /// Whether a tool wrote it that changes the status here and not in the text: it counts the records.
    pub(super) is_of_tool: bool,
    /// The globs of what the record covers; `None` covers everything.
    pub(super) scope: Option<Vec<String>>,
    /// How firmly it holds that, where it says so.
    pub(super) enforcement: Option<Enforcement>,
    /// Records that it says it supersedes.
    pub(super) supersedes: Vec<String>,
    /// Keys that say nothing and are nearly one that does, each in a sentence.
    pub(super) slips: Vec<String>,
}

impl FrontMatter {
    /// Whether a place is one of its own.
    pub(super) fn has(&self, at: usize) -> bool {
        self.statuses.iter().any(|(own, _)| *own == at)
    }

    pub(super) fn places(&self) -> Vec<Place> {
        self.statuses.iter().map(|(at, status)| Place { at: *at, status: status.clone() }).collect()
    }
}

/// The front matter, if there is any, and the offset at which the Markdown begins.
///
/// # Errors
/// Why it cannot be read; it may hold a status that nobody sees.
pub(super) fn read(text: &str) -> Result<(FrontMatter, usize), String> {
    let begin = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut lines = text[begin..].split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else {
        return Ok((FrontMatter::default(), begin));
    };
    let start = begin + first.len();
    let mut end = start;
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            return Ok((parse(&text[start..end], start)?, end + line.len()));
        }
        end += line.len();
    }
    Err("its front matter has no end: a second line `---` is missing".to_owned())
}

fn parse(yaml: &str, start: usize) -> Result<FrontMatter, String> {
    let yaml = &with_handles(yaml);
    let node = yaml::parse("", yaml).map_err(|problems| {
        let first = problems.first().map_or("", |problem| problem.message.as_str());
        format!("its front matter could not be read: {first}")
    })?;
    let Some(node) = node else { return Ok(FrontMatter::default()) };
    let Some(entries) = node.entries() else {
        return Err("its front matter is not a mapping (`key: value` lines)".to_owned());
    };
    let mut matter = FrontMatter::default();
    for entry in entries {
        let line = 1 + line_of(yaml, entry.span.start);
        matter.take(entry, start, line)?;
    }
    Ok(matter)
}

/// Keys under which people stand.
const PEOPLE: &str =
    "author authors owner owners decider deciders decision-makers consulted informed reviewers approvers";

/// The text with `@name` under the keys of people as YAML can hold it, each byte in its place: it may not begin with an `@`,
/// and many write it so.
fn with_handles(yaml: &str) -> Cow<'_, str> {
    if !yaml.contains('@') {
        return Cow::Borrowed(yaml);
    }
    let mut of_people = false;
    let lines = yaml.split_inclusive('\n').map(|line| {
        if !line.starts_with([' ', '-', '\t']) {
            let key = line.split(':').next().unwrap_or_default().trim().to_lowercase();
            of_people = PEOPLE.split(' ').any(|known| known == key);
        }
        if of_people { line.replace('@', "_") } else { line.to_owned() }
    });
    Cow::Owned(lines.collect())
}

/// Whether front matter that could not be read may have a scope.
pub(super) fn speaks_of_scope(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let is_matter = lines.next().is_some_and(|line| line.trim_end() == "---");
    let matter = lines.take_while(|line| !matches!(line.trim_end(), "---" | "..."));
    is_matter && matter.map(str::to_lowercase).any(|line| line.contains("scope") || line.contains("paths"))
}

impl FrontMatter {
    /// `line` is the entry's in the record.
    fn take(&mut self, entry: &Entry<'_>, start: usize, line: usize) -> Result<(), String> {
        let at = start + entry.span.start;
        match entry.key.to_lowercase().as_str() {
            "date" => self.date = scalar(&entry.value).and_then(latest_day),
            "number" => self.is_of_tool = entry.value.number().is_some(),
            "status" => self.statuses.push((at, status(&entry.value)?)),
            "scope" | "paths" if self.scope.is_some() => return Err(TWO_SCOPES.to_owned()),
            key @ ("scope" | "paths") => self.scope = Some(globs(&entry.value, key)?),
            "enforcement" if self.enforcement.is_some() => return Err(TWO_ENFORCEMENTS.to_owned()),
            "enforcement" => self.enforcement = Some(enforcement(&entry.value, line)?),
            key if begins_superseded(&spaced(key)) => {
                let by = texts(&entry.value, key)?.join(", ");
                if !is_nothing(&by) {
                    self.statuses.push((at, format!("superseded by {by}")));
                }
            }
            key @ ("supersedes" | "supercedes") => {
                let records = texts(&entry.value, key)?;
                self.supersedes.extend(records.iter().flat_map(|record| supersedes::named(record)));
            }
            key => self.slips.extend(slip(key, line)),
        }
        Ok(())
    }
}

/// The keys that limit a record, or end it.
const LIMITING: [&str; 6] = ["status", "scope", "paths", "enforcement", "supersedes", "superseded-by"];

/// A slip in such a key takes the limit away. Front matter has keys of other tools too, so it is no error.
fn slip(key: &str, line: usize) -> Option<String> {
    let meant = nearest(key, &LIMITING)?;
    let shown = visible_up_to(key, 40);
    Some(format!("its front matter has `{shown}` in line {line}, which says nothing: did you mean `{meant}`?"))
}

const TWO_ENFORCEMENTS: &str = "its front matter has `enforcement` twice: keep one";

/// A slip such as `warn` must not loosen anything, nor hold what was meant to pass.
fn enforcement(node: &Node<'_>, line: usize) -> Result<Enforcement, String> {
    let word = scalar(node).unwrap_or_default().trim();
    match word.to_ascii_lowercase().as_str() {
        "blocking" => Ok(Enforcement::Blocking),
        "warning" => Ok(Enforcement::Warning),
        _ => {
            let word = visible_up_to(word, 40);
            Err(format!("its enforcement in line {line} is \"{word}\": write blocking or warning"))
        }
    }
}

const TWO_SCOPES: &str = "its front matter has both `scope` and `paths`: keep one";

/// `supersededby` and `superseded-by` as words.
fn spaced(key: &str) -> String {
    key.strip_suffix("by")
        .map_or_else(|| key.to_owned(), |word| format!("{} by", word.trim_end_matches(['-', '_', ' '])))
}

fn status(node: &Node<'_>) -> Result<String, String> {
    let text = scalar(node).or_else(|| bracketed(node)).ok_or("its front matter has no text under `status`")?;
    Ok(text.trim().to_owned())
}

/// The one word in brackets or braces, which YAML takes for a list or a mapping.
fn bracketed<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match (node.items(), node.entries()) {
        (Some([one]), _) => scalar(one),
        (_, Some([one])) if one.value.is_null() => Some(&one.key),
        _ => None,
    }
}

/// The text of a scalar of any meaning; null has none in it.
fn scalar<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.scalar().map(|(text, meaning)| if meaning == Meaning::Null { "" } else { text })
}

/// The scalars of a value that is one or a list of them.
fn texts(node: &Node<'_>, key: &str) -> Result<Vec<String>, String> {
    let texts = node.one_or_many().iter().map(|node| scalar(node).map(str::to_owned));
    texts.collect::<Option<_>>().ok_or_else(|| format!("its front matter has no text under `{key}`"))
}

/// The globs under `scope` or `paths`. What is not one is refused, so that a slip does not cover everything.
fn globs(node: &Node<'_>, key: &str) -> Result<Vec<String>, String> {
    let globs: Option<Vec<String>> = node.one_or_many().iter().map(glob).collect();
    globs.filter(|globs| !globs.is_empty()).ok_or_else(|| format!("its `{key}` is not a glob or a list of globs"))
}

fn glob(node: &Node<'_>) -> Option<String> {
    let text = node.text().filter(|text| !text.trim().is_empty())?;
    Glob::new(text).is_ok().then(|| text.to_owned())
}
