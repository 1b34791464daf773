//! What is known while a changelog is read from its start, whatever its format. Places are byte offsets.

use super::title::{self, Release};
use super::vocabulary::{self, ENDS, LABELS, LINKS};
use super::{Entry, date, has_words, mention, placeholder};
use crate::model::problem::line_of;

/// The level of a paragraph that is an entry: below every heading.
pub(super) const PARAGRAPH: usize = 99;

/// A package's name as names are compared: "Demo Kit", `demo_kit`, `@scope/demo-kit` and `group:demo-kit` are one.
pub(super) struct Name {
    /// The owner that npm's names have: where both say one, it must be the same.
    scope: Option<String>,
    bare: String,
}

impl Name {
    pub(super) fn of(name: &str) -> Self {
        let bare = name.rsplit(['/', ':']).find(|part| !part.is_empty()).unwrap_or(name);
        let scope = name.strip_prefix('@').and_then(|rest| Some(rest.split_once('/')?.0.to_lowercase()));
        Self { scope, bare: bare.to_lowercase().replace(['_', '.', ' '], "-") }
    }

    fn is(&self, other: &Self) -> bool {
        let same_scope = self.scope == other.scope || self.scope.is_none() || other.scope.is_none();
        self.bare == other.bare && same_scope
    }
}

/// The search for one version.
pub(super) struct Search<'a> {
    pub(super) version: &'a str,
    /// The project's own names; empty: every name may be its own.
    own: &'a [Name],
    /// There is an entry of such a name.
    pub(super) own_seen: bool,
    /// The level of the first heading that is such a name and nothing else.
    pub(super) own_section: Option<usize>,
    /// The level at which each package has a section.
    pub(super) packages: Option<usize>,
    /// The entry stands below a heading that may be another package's name.
    pub(super) in_a_section: bool,
    /// Where the first entry of any version is.
    pub(super) first_entry: Option<usize>,
    /// The headings without a version that this is below, and whether each is an own name.
    above: Vec<(usize, bool)>,
    open: Option<Open>,
    /// The level of the other version's entry that this is in: a named version below it ("zlib 1.2.3") is a mention.
    within: Option<usize>,
    empty: Option<usize>,
    unreleased: Option<(usize, String)>,
    /// The text that has the version, and the lines of it before that one.
    mentioned: Option<(usize, usize)>,
    found: Option<usize>,
}

/// An entry of the version, with no text so far.
struct Open {
    level: usize,
    at: usize,
    /// What says that it is not released.
    unreleased: Option<String>,
    /// What stands where a text should.
    placeholder: Option<String>,
}

impl<'a> Search<'a> {
    pub(super) fn new(version: &'a str, own: &'a [Name]) -> Self {
        Self {
            version,
            own,
            own_seen: false,
            own_section: None,
            packages: None,
            in_a_section: false,
            first_entry: None,
            above: Vec::new(),
            open: None,
            within: None,
            empty: None,
            unreleased: None,
            mentioned: None,
            found: None,
        }
    }

    /// In the version's entry from the first byte on.
    pub(super) fn opened(version: &'a str) -> Self {
        let open = Open { level: 0, at: 0, unreleased: None, placeholder: None };
        Self { open: Some(open), ..Self::new(version, &[]) }
    }

    /// Begins anew, in another format; the entry that everything is in stays open.
    pub(super) fn forget(&mut self) {
        let opened = self.open.as_ref().is_some_and(|open| open.level == 0);
        let packages = self.packages;
        *self = if opened { Self::opened(self.version) } else { Self::new(self.version, self.own) };
        self.packages = packages;
    }

    /// A heading: level 1 is the highest.
    pub(super) fn heading(&mut self, level: usize, at: usize, title: &str) {
        self.entry(level, at, title, title::read(title, self.version));
    }

    /// A heading, as it was read.
    pub(super) fn entry(&mut self, level: usize, at: usize, title: &str, release: Option<Release>) {
        let named = release.as_ref().and_then(|release| release.name.as_deref());
        let is_own = named.is_none_or(|name| self.is_own(name));
        self.own_seen |= named.is_some() && is_own;
        let ends_entries = release.is_none() && ends_entries(title);
        let other_release = ends_entries || release.as_ref().is_some_and(|r| !r.wanted && r.name.is_none());
        let is_section = release.is_none() && !ends_entries;
        let ends = |open: &Open| {
            let is_higher = level < open.level && open.level != PARAGRAPH;
            (other_release && (level != PARAGRAPH || open.level == PARAGRAPH))
                || is_higher
                || (level == open.level && !is_section)
        };
        if self.open.as_ref().is_some_and(ends) {
            self.close();
        }
        self.within = self.within.filter(|other| *other < level || (*other == level && is_section));
        self.go_below(level, title, is_section);
        if release.is_some() || ends_entries {
            self.first_entry.get_or_insert(at);
        }
        let is_mention = self.within.is_some_and(|_| named.is_some() || level == PARAGRAPH);
        let begins = self.open.is_none() && is_own && !is_mention && !self.is_of_another_package();
        match release.as_ref() {
            Some(release) if release.wanted && begins => self.begin(level, at, title, release),
            Some(release) if (release.wanted && level != PARAGRAPH) || release.is_prerelease => {}
            _ if is_own && (named.is_none() || !is_mention || level == PARAGRAPH) => self.mention_in_heading(at, title),
            _ => {}
        }
        if other_release {
            self.within.get_or_insert(level);
        }
    }

    fn begin(&mut self, level: usize, at: usize, title: &str, release: &Release) {
        self.in_a_section |= !self.own.is_empty() && self.above.iter().any(|(_, is_own)| !is_own);
        let unreleased = release.is_unreleased.then(|| title.trim().to_owned());
        self.open = Some(Open { level, at, unreleased, placeholder: None });
    }

    fn go_below(&mut self, level: usize, title: &str, is_section: bool) {
        self.above.retain(|(other, _)| *other < level);
        let words: Vec<_> = title.split_whitespace().filter(|word| !is_label(word)).collect();
        if !is_section || words.is_empty() || self.own.is_empty() {
            return;
        }
        let is_own = self.is_own(&words.join(" "));
        if is_own {
            self.own_section.get_or_insert(level);
        }
        self.above.push((level, is_own));
    }

    fn is_of_another_package(&self) -> bool {
        self.packages.is_some_and(|level| self.above.contains(&(level, false)))
    }

    fn is_own(&self, name: &str) -> bool {
        let name = Name::of(name);
        self.own.is_empty() || self.own.iter().any(|own| own.is(&name))
    }

    /// A line or a paragraph that a reader would see.
    pub(super) fn text(&mut self, at: usize, words: &str) {
        self.mention(at, words);
        self.shown(words);
    }

    /// The same, where a version is a matter of the text: a listing.
    pub(super) fn shown(&mut self, words: &str) {
        if self.open.is_none() || !has_words(words) {
            return;
        }
        // When it came out says nothing of what is in it.
        if date::is_all_of(words) || self.is_the_version_alone(words) {
            return;
        }
        let Some(open) = self.open.as_mut() else { return };
        let said = || words.trim().to_owned();
        if placeholder::is_unreleased(words) {
            open.unreleased.get_or_insert_with(said);
        } else if placeholder::is_nothing(words) {
            open.placeholder.get_or_insert_with(said);
        } else if open.unreleased.is_some() {
            self.close();
        } else {
            self.found = self.open.take().map(|open| open.at);
        }
    }

    /// Whether the version is said once more, and nothing else: "Version 1.2.3".
    fn is_the_version_alone(&self, words: &str) -> bool {
        let mut has_version = false;
        let is_nothing = words.split_whitespace().all(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let is_version = title::without_v(word) == self.version;
            has_version |= is_version;
            is_version || is_label(word) || date::is_date(word)
        });
        is_nothing && has_version
    }

    /// The entry of 1.2 may be that of 1.2.0, and nobody can tell.
    fn mention_in_heading(&mut self, at: usize, title: &str) {
        self.mention(at, title);
        let shorter = self.version.strip_suffix(".0").filter(|shorter| shorter.contains('.'));
        let same = [shorter.map(str::to_owned), Some(format!("{}.0", self.version))].into_iter().flatten();
        let is_number = self.version.contains('.') && self.version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if is_number
            && self.mentioned.is_none()
            && same.into_iter().any(|same| mention::place_in(title, &same).is_some())
        {
            self.mentioned = Some((at, 0));
        }
    }

    /// A text that is none of an entry's words, in which the version may stand.
    pub(super) fn mention(&mut self, at: usize, words: &str) {
        if self.mentioned.is_none() && self.open.is_none() {
            let lines = |place: usize| words.bytes().take(place).filter(|b| *b == b'\n').count();
            self.mentioned = mention::place_in(words, self.version).map(|place| (at, lines(place)));
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.found.is_some()
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        match open.unreleased.or(open.placeholder) {
            Some(said) => _ = self.unreleased.get_or_insert((open.at, said)),
            None => _ = self.empty.get_or_insert(open.at),
        }
    }

    pub(super) fn finish(&mut self, text: &str) -> Entry {
        self.close();
        let line = |at| line_of(text, at);
        if let Some(at) = self.found {
            return Entry::Found { line: line(at) };
        }
        if let Some((at, said)) = self.unreleased.take() {
            return Entry::Unreleased { line: line(at), said };
        }
        match (self.empty, self.mentioned) {
            (Some(at), _) => Entry::Empty { line: line(at) },
            (None, Some((at, lines))) => Entry::Mentioned { line: line(at) + lines },
            (None, None) => self.without_it(text),
        }
    }

    fn without_it(&self, text: &str) -> Entry {
        let before = text.get(..self.first_entry.unwrap_or(text.len())).unwrap_or("");
        match mention::of_another_place(before) {
            Some(line) => Entry::Elsewhere { line },
            None if self.first_entry.is_none() && has_words(text) => Entry::NotUnderstood,
            None => Entry::Missing,
        }
    }
}

fn is_label(word: &str) -> bool {
    let word = word.trim_end_matches([':', ',']);
    vocabulary::contains(&LABELS, word) || vocabulary::contains(&LINKS, word) || !has_words(word)
}

/// Whether a heading without a version begins something that is no part of the entry before it.
fn ends_entries(title: &str) -> bool {
    let mut words = title.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty());
    words.next().is_some_and(|first| vocabulary::contains(&ENDS, first))
}
