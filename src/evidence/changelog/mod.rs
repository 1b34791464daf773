//! Finding the entry of one version in a changelog.

use crate::model::problem::line_of;

mod date;
mod lines;
mod markdown;
mod plain;
mod rst;
mod title;
mod vocabulary;

#[cfg(test)]
mod tests;

/// How a changelog is written, which decides what counts as a heading in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CommonMark: `#` headings and underlined ones.
    Markdown,
    /// Titles with an underline, or with an overline and an underline. A file without any is read as plain text.
    ReStructuredText,
    /// A line that starts with the version; underlines and leading `#` or `=` are decoration.
    Plain,
}

/// What a changelog says about one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// There is an entry with text under it.
    Found {
        /// The line of its heading, from 1.
        line: usize,
    },
    /// There is an entry, and nothing is written under it.
    Empty {
        /// The line of its heading, from 1.
        line: usize,
    },
    /// There is none.
    Missing,
    /// Nobody can tell, and why.
    Unproven(String),
}

const STEMS: [&str; 4] = ["changelog", "changes", "history", "news"];
const EXTENSIONS: [&str; 4] = ["md", "rst", "txt", ""];

/// The names that a changelog may have, out of the names of a folder's files: the most preferred first. Leave out
/// folders: `changelog/` and `news/` are where fragments are kept.
#[must_use]
pub fn candidates(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut ranked: Vec<_> = names.into_iter().filter_map(|name| Some((rank(&name)?, name))).collect();
    ranked.sort();
    ranked.into_iter().map(|(_, name)| name).collect()
}

fn rank(name: &str) -> Option<(usize, usize)> {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let place = |list: &[&str], part: &str| list.iter().position(|known| known.eq_ignore_ascii_case(part));
    let known = (place(&STEMS, stem)?, place(&EXTENSIONS, extension)?);
    (!name.ends_with('.')).then_some(known)
}

impl Format {
    /// The format that a file's name promises. A name without a known extension promises nothing but text.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        match extension.as_str() {
            "md" | "markdown" | "mkd" => Self::Markdown,
            "rst" | "rest" => Self::ReStructuredText,
            _ => Self::Plain,
        }
    }
}

/// Looks for the entry of exactly `version` (a leading `v` is ignored, nothing else is normalised).
///
/// An entry reaches to the next heading of its own level or a higher one ("Fixed" and the like at its own level
/// aside), or to the next heading that is the entry of another version. It needs a text of its own: sub-headings,
/// comments, link definitions and rules are none. Of several entries for the version the first with text counts.
///
/// `own` are the names of the project's packages, where they are known. A changelog that has entries of such a name
/// may be that of several packages: there, an entry of another name is another package's.
#[must_use]
pub fn find(format: Format, text: &str, version: &str, own: &[&str]) -> Entry {
    let own: Vec<_> = own.iter().map(|name| Name::of(name)).collect();
    let mut search = Search::new(title::without_v(version), &own);
    let entry = scan(format, text, &mut search);
    if entry != Entry::Missing || own.is_empty() || search.own_seen {
        return entry;
    }
    scan(format, text, &mut Search::new(title::without_v(version), &[]))
}

fn scan(format: Format, text: &str, search: &mut Search) -> Entry {
    match format {
        Format::Markdown => {
            if let Err(line) = markdown::scan(text, search) {
                return Entry::Unproven(format!("the block at line {line} is too large to be parsed"));
            }
        }
        Format::ReStructuredText => {
            let has_titles = rst::scan(text, search);
            if !has_titles {
                plain::scan(text, search);
            }
        }
        Format::Plain => plain::scan(text, search),
    }
    search.finish(text)
}

/// A package's name as names are compared: "Demo Kit", `demo_kit` and `@scope/demo-kit` are one.
struct Name {
    /// The owner that npm's names have: where both say one, it must be the same.
    scope: Option<String>,
    bare: String,
}

impl Name {
    fn of(name: &str) -> Self {
        let bare = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(name);
        let scope = name.strip_prefix('@').and_then(|rest| Some(rest.split_once('/')?.0.to_lowercase()));
        Self { scope, bare: bare.to_lowercase().replace(['_', '.', ' '], "-") }
    }

    fn is(&self, other: &Self) -> bool {
        let same_scope = self.scope == other.scope || self.scope.is_none() || other.scope.is_none();
        self.bare == other.bare && same_scope
    }
}

/// What has been seen so far while a changelog is read from its start. Places are byte offsets.
struct Search<'a> {
    version: &'a str,
    /// The project's own names; empty: every name may be its own.
    own: &'a [Name],
    /// There is an entry of such a name.
    own_seen: bool,
    open: Option<Open>,
    /// The level of the other version's entry that this is in: a named version below it ("zlib 1.2.3") is a mention.
    within: Option<usize>,
    empty: Option<usize>,
    found: Option<usize>,
}

/// An entry of the version, with no text so far.
struct Open {
    level: usize,
    at: usize,
}

impl<'a> Search<'a> {
    fn new(version: &'a str, own: &'a [Name]) -> Self {
        Self { version, own, own_seen: false, open: None, within: None, empty: None, found: None }
    }

    /// A heading: level 1 is the highest.
    fn heading(&mut self, level: usize, at: usize, title: &str) {
        let release = title::read(title, self.version);
        let named = release.as_ref().and_then(|release| release.name.as_deref());
        let is_own = named.is_none_or(|name| self.is_own(name));
        self.own_seen |= named.is_some() && is_own;
        let other_release = release.as_ref().is_some_and(|r| !r.wanted && r.name.is_none());
        let ends = |open: &Open| other_release || level < open.level || (level == open.level && !is_section(title));
        if self.open.as_ref().is_some_and(ends) {
            self.close();
        }
        self.within = self.within.filter(|other| *other < level);
        let is_mention = named.is_some() && self.within.is_some();
        if self.open.is_none() && is_own && !is_mention && release.as_ref().is_some_and(|release| release.wanted) {
            self.open = Some(Open { level, at });
        }
        if other_release {
            self.within.get_or_insert(level);
        }
    }

    fn is_own(&self, name: &str) -> bool {
        let name = Name::of(name);
        self.own.is_empty() || self.own.iter().any(|own| own.is(&name))
    }

    /// A text that a reader would see.
    fn text(&mut self) {
        if let Some(open) = self.open.take() {
            self.found = Some(open.at);
        }
    }

    fn is_over(&self) -> bool {
        self.found.is_some()
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.empty.get_or_insert(open.at);
        }
    }

    fn finish(&mut self, text: &str) -> Entry {
        self.close();
        match (self.found, self.empty) {
            (Some(at), _) => Entry::Found { line: line_of(text, at) },
            (None, Some(at)) => Entry::Empty { line: line_of(text, at) },
            (None, None) => Entry::Missing,
        }
    }
}

/// What headings within an entry say, by Keep a Changelog and by generated release notes. The latter are often pasted
/// under a heading of the same level, and belong to it all the same.
#[rustfmt::skip]
const SECTIONS: [&str; 12] = [
    "added", "changed", "deprecated", "removed", "fixed", "security",
    "features", "new features", "bug fixes", "breaking changes", "what's changed", "new contributors",
];

fn is_section(title: &str) -> bool {
    vocabulary::contains(&SECTIONS, title.trim())
}

/// Whether a reader sees words here: punctuation, space and invisible characters are none.
fn has_words(text: &str) -> bool {
    text.chars().any(|c| c.is_alphanumeric() && !HANGUL_FILLERS.contains(&c))
}

/// Letters by Unicode's tables that are drawn as nothing.
const HANGUL_FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];
