//! The words that headings use around a version. All are compared without regard to ASCII case.

/// Stand between the parts of a heading.
pub(super) const SEPARATORS: [&str; 12] = ["-", "--", "---", "–", "—", ":", "::", "|", "/", "//", "·", "•"];

/// Announce a version.
#[rustfmt::skip]
pub(super) const LABELS: [&str; 21] = [
    "change", "changelog", "changes", "highlights", "log", "new", "news", "notes", "noteworthy", "rel",
    "release", "released", "the", "v", "ver", "ver.", "version", "versions", "what's", "what’s", "whats",
];

/// Join a label to the version: "Changes in 1.2.3".
pub(super) const LINKS: [&str; 4] = ["in", "for", "of", "with"];

/// Say of the version after them that it is not released: "Unreleased: 1.2.3".
pub(super) const UNRELEASED: [&str; 3] = ["unreleased", "upcoming", "next"];

/// Begin a heading without a version that is no part of the entry before it.
#[rustfmt::skip]
pub(super) const ENDS: [&str; 16] = [
    "archive", "archived", "archives", "earlier", "future", "head", "history", "licence", "license", "old", "older", "previous", "template",
    "unreleased", "upcoming", "vnext",
];

/// Make a heading speak about a version instead of being its entry.
#[rustfmt::skip]
pub(super) const MENTIONS: [&str; 114] = [
    "about", "add", "added", "adds", "affected", "affects", "after", "against", "and", "as", "at", "backport",
    "backported", "backports", "before", "below", "between", "breaking", "broken", "bump", "bumped", "bumps",
    "bundled", "bundles", "by", "canceled", "cancelled", "compare", "compared", "compatibility", "compatible",
    "deferred", "deprecated", "deprecates", "deprecations", "downgrade", "downgrading", "draft", "drop",
    "dropped", "drops", "earlier", "example", "except", "fix", "fixed", "fixes", "follows", "from", "future",
    "if", "includes", "is", "known", "later", "merge", "merged", "migrate", "migrating", "migration", "need",
    "needs", "newer", "next", "no", "non", "not", "older", "on", "or", "over", "planned", "post", "postponed",
    "pre", "previous", "prior", "remove", "removed", "removes", "replaces", "require", "required", "requires",
    "revert", "reverted", "reverts", "roadmap", "ships", "since", "skipped", "supersedes", "support",
    "supported", "supports", "tbd", "template", "tested", "than", "till", "to", "todo", "towards", "under",
    "unreleased", "until", "upcoming", "update", "updated", "upgrade", "upgrading", "use", "using", "vendored",
];

/// Make an earlier version of the one before them (or, `post`, a later one).
#[rustfmt::skip]
pub(super) const PRERELEASES: [&str; 13] = [
    "alpha", "beta", "candidate", "dev", "milestone", "nightly", "post", "pre", "pre-release", "prerelease", "preview",
    "rc", "snapshot",
];

/// Stand behind a version, after a dot, and change nothing: to Maven `1.2.3.Final` is 1.2.3.
pub(super) const FINALS: [&str; 3] = ["final", "ga", "release"];

/// May stand before one of [`PRERELEASES`]: "Release Candidate".
pub(super) const QUALIFIERS: [&str; 6] = ["developer", "early", "first", "public", "release", "technical"];

/// Lower-case words that may follow the version. Any other makes a sentence of the title: "1.2.3 is broken".
#[rustfmt::skip]
pub(super) const FOLLOWING: [&str; 11] = [
    "aka", "codename", "codenamed", "final", "lts", "on", "release", "released", "stable", "unreleased", "yanked",
];

/// Join two versions.
pub(super) const JOINTS: [&str; 16] =
    ["and", "&", "+", "or", "to", "through", "thru", "until", "-", "--", "–", "—", "/", "→", "->", "..."];

pub(super) fn contains(list: &[&str], word: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether a word is decoration: pictographs, with what joins and varies them.
pub(super) fn is_emoji(word: &str) -> bool {
    let pictograph = |c| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}');
    word.starts_with(pictograph) && word.chars().all(|c| pictograph(c) || matches!(c, '\u{fe0f}' | '\u{200d}'))
}
