//! How the tags of earlier releases are named.

use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::Version;

use crate::config::policy::VERSION_PLACEHOLDER;
use crate::config::release::is_version;
use crate::git::Repository;

/// What the tags tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    /// How many tags there are, those of no release included.
    pub count: usize,
    /// The highest version that is tagged: the tag's name and the version in it.
    pub newest: Option<(String, String)>,
    /// The release at HEAD, in the same way.
    pub at_head: Option<(String, String)>,
    /// The nearest release before HEAD, in the same way: that of another line may be newer.
    pub nearest: Option<(String, String)>,
    /// The names' form, where it is neither `v<version>` nor `<version>`.
    pub template: Option<String>,
}

impl Tags {
    /// Reads the names, and looks where those of releases stand.
    #[must_use]
    pub(crate) fn look(repository: &Repository, names: &[String], words: &[String]) -> Self {
        let tags = Self::read(names, words);
        let Ok(head) = repository.head() else { return tags };
        let is_own = |name: &str| tags.version_in(name).is_some();
        let Ok(tagged) = repository.tagged(is_own) else { return tags };
        let highest = |commits: &[String]| {
            let names = commits.iter().filter_map(|commit| tagged.get(commit)).flatten();
            let versions = names.filter_map(|name| Some((tags.version_in(name)?, name.clone())));
            versions.max().map(|((_, version), name)| (name, version))
        };
        let before = repository.nearest_before(head, &tagged, |_| Ok(true)).map(|nearest| nearest.commits);
        let (at_head, nearest) = (highest(&[head.to_owned()]), highest(&before.unwrap_or_default()));
        Self { at_head, nearest, ..tags }
    }

    /// The version in a name of the project's form.
    fn version_in(&self, name: &str) -> Option<(Version, String)> {
        let (prefix, version) = parts(name)?;
        let is_own = match &self.template {
            Some(template) => template.strip_suffix(VERSION_PLACEHOLDER) == Some(prefix),
            None => is_expected(prefix),
        };
        let parsed = Version::from_str(version).ok().filter(|_| is_own)?;
        Some((parsed, version.to_owned()))
    }

    /// Reads the names. Of several forms the one that holds one of the project's `words` (its name, its folder's) is
    /// its own; else the one that the gate takes by itself, else the most frequent.
    #[must_use]
    pub(crate) fn read(names: &[String], words: &[String]) -> Self {
        let mut forms: BTreeMap<&str, Vec<(Version, &str, &str)>> = BTreeMap::new();
        for name in names {
            let Some((prefix, version)) = parts(name) else { continue };
            let Ok(parsed) = Version::from_str(version) else { continue };
            // The gate takes both, so a project that changed from one to the other has one form.
            let form = if is_expected(prefix) { "" } else { prefix };
            forms.entry(form).or_default().push((parsed, name, version));
        }
        let is_own = |prefix: &str| words.iter().any(|word| is_word_in(prefix, word));
        let rank = |(prefix, tags): &(&&str, &Vec<_>)| (is_own(prefix), is_expected(prefix), tags.len());
        let Some((prefix, tags)) = forms.iter().max_by_key(rank) else {
            return Self { count: names.len(), ..Self::default() };
        };
        let newest = tags.iter().max().map(|(_, name, version)| ((*name).to_owned(), (*version).to_owned()));
        let template = (!is_expected(prefix)).then(|| format!("{prefix}{VERSION_PLACEHOLDER}"));
        Self { count: names.len(), newest, template, ..Self::default() }
    }
}

/// The newest of the tags that have one of these words, a package's names: its own, and nobody else's.
pub(super) fn newest_of(names: &[String], words: &[String]) -> Option<String> {
    let own = names.iter().filter_map(|name| {
        let (_, version) = parts(name)?;
        Some((Version::from_str(version).ok().filter(|_| is_of(name, words))?, name))
    });
    own.max().map(|(_, name)| name.clone())
}

/// Whether one of these words stands before the version of a tag.
fn is_of(name: &str, words: &[String]) -> bool {
    parts(name).is_some_and(|(prefix, _)| words.iter().any(|word| is_word_in(prefix, word)))
}

/// The forms that the gate takes without a policy.
fn is_expected(prefix: &str) -> bool {
    matches!(prefix, "" | "v")
}

/// A tag's name up to its version, and the version: digits with dots between them, and what is joined to them.
fn parts(name: &str) -> Option<(&str, &str)> {
    let starts = name.char_indices().filter(|(at, c)| c.is_ascii_digit() && begins_word(&name[..*at]));
    let mut versions = starts.map(|(at, _)| name.split_at(at));
    versions.find(|(_, version)| version.contains('.') && is_version(version))
}

fn begins_word(before: &str) -> bool {
    let before = before.strip_suffix(['v', 'V']).unwrap_or(before);
    !before.ends_with(|c: char| c.is_alphanumeric() || c == '.')
}

fn is_word_in(prefix: &str, word: &str) -> bool {
    let rest = prefix.strip_suffix('v').unwrap_or(prefix).trim_end_matches(['-', '_', '/', '@']);
    let (rest, word) = (plain(rest), plain(word));
    let last = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    // A name with its owner before it (`@scope/name`, `host/owner/name`) is told by its last part where the tag has no owner.
    !word.is_empty() && (rest == word || last(&rest) == word || (!rest.contains('/') && rest == last(&word)))
}

/// A name as names are compared: `My_Package` is `my-package`, and of Maven's `group:artifact` the artifact counts.
fn plain(name: &str) -> String {
    let name = name.rsplit(':').next().unwrap_or(name);
    name.trim_start_matches('@').to_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str], words: &[&str]) -> (Option<String>, Option<String>) {
        let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let tags = Tags::read(&owned(names), &owned(words));
        assert_eq!(tags.count, names.len());
        (tags.newest.map(|(name, _)| name), tags.template)
    }

    #[test]
    fn the_form_of_the_names_is_found() {
        type Case<'a> = (&'a [&'a str], &'a [&'a str], Option<&'a str>, Option<&'a str>);
        let cases: [Case<'_>; 12] = [
            (&[], &[], None, None),
            (&["v1.9.0", "v1.10.0", "v1.10.0rc1"], &[], Some("v1.10.0"), None),
            (&["1.0", "0.9"], &[], Some("1.0"), None),
            (&["2.6.0", "2.7.0", "v2.8.0"], &[], Some("v2.8.0"), None),
            (&["nightly", "release-candidate"], &[], None, None),
            (&["release-1.2.3", "release-1.2.4"], &[], Some("release-1.2.4"), Some("release-{version}")),
            (&["demo-v1.0.0", "other-v2.0.0", "other-v2.1.0"], &["demo"], Some("demo-v1.0.0"), Some("demo-v{version}")),
            (&["a/v1.0.0", "v3.0.0"], &["x"], Some("v3.0.0"), None),
            (&["pkgs/demo/v1.0.0", "v3.0.0"], &["demo"], Some("pkgs/demo/v1.0.0"), Some("pkgs/demo/v{version}")),
            (&["demo@1.0.0"], &["demo"], Some("demo@1.0.0"), Some("demo@{version}")),
            (&["py3.9-1.0.0"], &[], Some("py3.9-1.0.0"), Some("py3.9-{version}")),
            (&["2024-01-31"], &[], None, None),
        ];
        for (names, words, newest, template) in cases {
            assert_eq!(read(names, words), (newest.map(str::to_owned), template.map(str::to_owned)), "{names:?}");
        }
    }
}
