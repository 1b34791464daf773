//! Entries of a plain-text changelog: a line at the left edge that starts with the version.
//!
//! Such files borrow from every markup, so underlines and leading `#` or `=` are decoration, and fenced code, HTML
//! comments and link definitions hold no entries.

use super::date::{is_date, is_month};
use super::distribution;
use super::lines::{Lines, is_bullet, is_indented, is_numbered, ruler};
use super::title::{self, Release};
use super::vocabulary::contains;
use super::{Search, has_words};

/// Words beside a date that say nothing about what was changed.
const NO_REMARK: [&str; 8] = ["release", "released", "unreleased", "final", "stable", "yanked", "date", "utc"];

/// Reports entries and text to `search`.
pub(super) fn scan(text: &str, search: &mut Search) {
    let lines = Lines::after(text, distribution::start(text));
    let bulleted = lines
        .clone()
        .map(|(_, line)| line)
        .find(|line| !line.is_empty())
        .is_some_and(|first| is_bulleted(first, search.version));
    let mut reader = Reader { lines, bulleted, may_begin: true, fenced: false, commented: false };
    while let Some((at, line)) = reader.lines.next() {
        if search.is_over() {
            return;
        }
        reader.take(at, line, search);
    }
}

struct Reader<'a> {
    lines: Lines<'a>,
    /// The file is a list of versions: "- 1.2.3: text".
    bulleted: bool,
    /// Whether the next line may be an entry: it does not continue a paragraph.
    may_begin: bool,
    fenced: bool,
    commented: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, at: usize, line: &'a str, search: &mut Search) {
        self.commented |= !self.fenced && line.starts_with("<!--");
        if self.commented {
            self.commented = !line.contains("-->");
            return;
        }
        if line.is_empty() {
            self.may_begin = true;
        } else if line.starts_with("```") {
            self.fenced = !self.fenced;
        } else if self.fenced || is_indented(line) {
            self.may_begin = true;
            if self.fenced {
                search.shown(line);
            } else if !distribution::is_trailer(line) {
                search.text(at, line);
            }
        } else {
            self.unindented(at, line, search);
        }
    }

    fn unindented(&mut self, at: usize, line: &'a str, search: &mut Search) {
        let begins = std::mem::replace(&mut self.may_begin, true);
        let underlined = self.lines.peek().is_some_and(|next| ruler(next).is_some_and(|_| next.len() >= 3));
        let (title, decorated) = undecorated(line);
        if let Some(release) = distribution::read(line, search.version) {
            search.entry(1, at, line, Some(release));
            return;
        }
        match title::read(title, search.version).filter(|release| begins && self.is_entry(line, release)) {
            Some(release) => {
                let has_remark = !underlined && !decorated && !release.is_unreleased && has_remark(release.rest);
                search.entry(1, at, title, Some(release));
                if has_remark {
                    search.shown(line);
                }
            }
            None if ruler(line).is_some() => {}
            None if decorated || underlined => search.entry(1, at, title, None),
            None => {
                self.may_begin = is_bullet(line) || is_numbered(line);
                if !is_link_definition(line) {
                    search.text(at, line);
                }
            }
        }
    }

    /// A bullet is an entry only where the whole file is such a list, or where it says so, as the GNU project's do:
    /// "* Noteworthy changes in release 1.2.3".
    fn is_entry(&self, line: &str, release: &Release) -> bool {
        !is_bullet(line) || (self.bulleted && is_listed(release)) || (line.starts_with('*') && is_labelled(release))
    }
}

/// The line without what marks it as a heading (`## 1.2.3`, `=== 1.2.3 ===`), and whether there was such a mark.
fn undecorated(line: &str) -> (&str, bool) {
    let inner = line.trim_start_matches(['#', '=']);
    if inner.len() < line.len() && is_indented(inner) {
        return (inner.trim_end_matches(['#', '=']).trim(), true);
    }
    (line.strip_prefix("* ").or_else(|| line.strip_prefix("- ")).unwrap_or(line), false)
}

/// Whether a file's first line says that it is a list of versions: it names `version` or any other.
fn is_bulleted(first: &str, version: &str) -> bool {
    is_bullet(first) && title::read(undecorated(first).0, version).is_some_and(|release| is_listed(&release))
}

fn is_listed(release: &Release) -> bool {
    release.name.is_none() && !release.labelled && release.rest.starts_with(':')
}

fn is_labelled(release: &Release) -> bool {
    release.name.is_none() && release.labelled
}

/// Whether the line itself says what was changed: "1.2.3 - first release for Windows".
fn has_remark(rest: &str) -> bool {
    let Some(at) = rest.find([':', '-', '–', '—', '\t']) else { return false };
    rest[at..].split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).any(|word| {
        has_words(word)
            && !is_date(word)
            && !is_month(word)
            && word.contains(char::is_alphabetic)
            && !contains(&NO_REMARK, word)
    })
}

/// `[1.2.3]: https://example.com`
fn is_link_definition(line: &str) -> bool {
    line.starts_with('[') && line.split_once("]:").is_some_and(|(_, to)| to.split_whitespace().count() == 1)
}
