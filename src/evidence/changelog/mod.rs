//! Finding the entry of one version in a changelog.

mod asciidoc;
mod date;
mod distribution;
mod hidden;
mod lines;
mod markdown;
mod mention;
mod org;
mod placeholder;
mod plain;
mod rst;
mod search;
mod title;
mod vocabulary;

use search::{Name, Search};

#[cfg(test)]
mod tests;

/// How a changelog is written, which decides what counts as a heading in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CommonMark: `#` headings and underlined ones.
    Markdown,
    /// Titles with an underline, or with an overline and an underline. A file without any is read as plain text.
    ReStructuredText,
    /// `==` titles and underlined ones, with blocks between delimiters.
    AsciiDoc,
    /// `*` headlines of Emacs's Org mode.
    Org,
    /// A line that starts with the version; underlines and leading `#` or `=` are decoration. The changelogs of Debian
    /// and RPM packages are read here, too.
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
    /// There is an entry, and it says that it is not released, or that nothing is written yet.
    Unreleased {
        /// The line of its heading, from 1.
        line: usize,
        /// What says so, as it stands there.
        said: String,
    },
    /// The version stands in the text, and in no heading that was understood as that of its entry.
    Mentioned {
        /// The first line that has it, from 1.
        line: usize,
    },
    /// There is no entry of it, and what stands before the entries sends its reader to another place.
    Elsewhere {
        /// The line that does so, from 1.
        line: usize,
    },
    /// No entry of any version was understood.
    NotUnderstood,
    /// All of it was understood, and the version is nowhere in it.
    Missing,
    /// Nobody can tell, and why.
    Unproven(String),
}

impl Entry {
    /// The line of the entry's heading, where there is one.
    fn line(&self) -> Option<usize> {
        match self {
            Self::Found { line } | Self::Empty { line } | Self::Unreleased { line, .. } => Some(*line),
            _ => None,
        }
    }
}

const STEMS: [&str; 4] = ["changelog", "changes", "history", "news"];
const EXTENSIONS: [&str; 9] = ["md", "rst", "txt", "", "markdown", "mkd", "adoc", "asciidoc", "org"];

/// The names that a changelog may have, out of the names of a folder's files: the most preferred first. Leave out
/// folders: `changelog/` and `news/` are where fragments are kept.
#[must_use]
pub(crate) fn candidates(names: impl IntoIterator<Item = String>) -> Vec<String> {
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

/// Whether a file's name says that it is the changelog of a series that `version` belongs to: `CHANGELOG-1.2.md` for 1.2.3.
#[must_use]
pub(crate) fn is_of_series(name: &str, version: &str) -> bool {
    let (stem, series) = name.split_at(name.find(['-', '_']).unwrap_or(name.len()));
    let series = title::without_v(series.trim_start_matches(['-', '_']));
    let series = EXTENSIONS.iter().filter(|known| !known.is_empty()).find_map(|known| {
        let (start, extension) = series.rsplit_once('.')?;
        known.eq_ignore_ascii_case(extension).then_some(start)
    });
    let goes_on = |series: &str| {
        let series = series.trim_end_matches(".x");
        let rest = title::without_v(version).strip_prefix(series);
        !series.is_empty() && rest.is_some_and(|rest| rest.starts_with('.'))
    };
    STEMS.iter().any(|known| known.eq_ignore_ascii_case(stem)) && series.is_some_and(goes_on)
}

/// Whether a file's name, its ending aside, is a version's: `1.2.3.md`, `v1.2.3.rst`, `release-1.2.3.md`. The first says
/// whether it is that of any version, the second whether it is this one.
#[must_use]
pub(crate) fn is_named_after(name: &str, version: &str) -> (bool, bool) {
    let known =
        |extension: &&str| !extension.is_empty() && EXTENSIONS.iter().any(|e| e.eq_ignore_ascii_case(extension));
    let stem = name.rsplit_once('.').filter(|(_, extension)| known(extension)).map_or(name, |(stem, _)| stem);
    // A fragment of news is named after a number.
    match title::read(stem, title::without_v(version)).filter(|_| stem.contains('.')) {
        Some(release) => (true, release.wanted),
        None => (false, false),
    }
}

impl Format {
    /// The format that a file's name promises. A name without a known extension promises nothing but text.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        match extension.as_str() {
            "md" | "markdown" | "mkd" => Self::Markdown,
            "rst" | "rest" => Self::ReStructuredText,
            "adoc" | "asciidoc" => Self::AsciiDoc,
            "org" => Self::Org,
            _ => Self::Plain,
        }
    }
}

/// Looks for the entry of exactly `version` (a leading `v` and Java's `.Final` are ignored, and the mark of a
/// pre-release may be words of its own; the changelogs of distributions have spellings of their own).
///
/// An entry reaches to the next heading of a higher level, or to the next one that is the entry of another version: a
/// heading without a version belongs to the entry. It needs a text of its own: sub-headings, comments, link definitions,
/// rules and what only says that nothing is written yet are none. Of several entries for the version the first with text
/// counts.
///
/// `own` are the names of the project's packages, where they are known. A changelog that has entries or sections of such
/// a name may be that of several packages: there, what has another name is another package's.
#[must_use]
pub fn find(format: Format, text: &str, version: &str, own: &[&str]) -> Entry {
    let version = title::without_final(title::without_v(version));
    let own: Vec<_> = own.iter().map(|name| Name::of(name)).collect();
    let mut search = Search::new(version, &own);
    let entry = scan(format, text, &mut search);
    if let Some(level) = search.in_a_section.then(|| level_of_packages(format, text, &own)).flatten() {
        let mut search = Search::new(version, &own);
        search.packages = Some(level);
        return scan(format, text, &mut search);
    }
    let is_none = !matches!(entry, Entry::Found { .. } | Entry::Empty { .. } | Entry::Unreleased { .. });
    if !is_none || own.is_empty() || search.own_seen {
        return entry;
    }
    scan(format, text, &mut Search::new(version, &[]))
}

/// The same in a changelog that several packages may share: what has the name of one of `others` is that one's.
#[must_use]
pub(crate) fn find_among(format: Format, text: &str, version: &str, own: &[&str], others: &[&str]) -> Entry {
    let entry = find(format, text, version, own);
    let Some(line) = entry.line() else { return entry };
    let version = title::without_final(title::without_v(version));
    let line_for = |name: &str| scan(format, text, &mut Search::new(version, &[Name::of(name)])).line();
    // No package has such a name: what is found for it stands there without any.
    let is_anybodys = || line_for("\u{0}") == Some(line);
    let is_own = || own.iter().any(|name| line_for(name) == Some(line));
    let is_theirs = || others.iter().any(|name| line_for(name) == Some(line));
    if is_theirs() && !is_own() && !is_anybodys() { Entry::Missing } else { entry }
}

/// What one file says that is all about `version`, as its name says: a heading in it is not asked for.
#[must_use]
pub fn find_in_file_of(format: Format, text: &str, version: &str) -> Entry {
    match find(format, text, version, &[]) {
        entry @ (Entry::Found { .. } | Entry::Unreleased { .. } | Entry::Unproven(_)) => entry,
        _ => scan(format, text, &mut Search::opened(title::without_final(title::without_v(version)))),
    }
}

/// Whether there is an entry of any version.
#[must_use]
pub(crate) fn has_entries(format: Format, text: &str) -> bool {
    // No version is spelled so, and every other is read as one.
    let mut search = Search::new("\u{0}", &[]);
    scan(format, text, &mut search);
    search.first_entry.is_some()
}

/// The level of the heading that is the name of one of `own` and nothing else.
fn level_of_packages(format: Format, text: &str, own: &[Name]) -> Option<usize> {
    let mut search = Search::new("", own);
    scan(format, text, &mut search);
    search.own_section
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
                search.forget();
                plain::scan(text, search);
            }
        }
        Format::AsciiDoc => asciidoc::scan(text, search),
        Format::Org => org::scan(text, search),
        Format::Plain => plain::scan(text, search),
    }
    search.finish(text)
}

/// Whether a reader sees words here: punctuation, space and invisible characters are none.
fn has_words(text: &str) -> bool {
    text.chars().any(|c| c.is_alphanumeric() && !HANGUL_FILLERS.contains(&c))
}

/// Letters by Unicode's tables that are drawn as nothing.
const HANGUL_FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];
