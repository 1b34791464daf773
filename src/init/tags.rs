//! How the tags of earlier releases are named.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use pep440_rs::Version;

use crate::config::policy::VERSION_PLACEHOLDER;
use crate::config::release::is_version;
use crate::ecosystems::versions::{Rule, same};
use crate::git::{Repository, Tagged};

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
    /// The names' form, where it is not `v<version>`.
    pub template: Option<String>,
}

/// What is known of the project beside its tags.
pub(super) struct Project<'a> {
    /// What its tags may call it.
    pub words: &'a [String],
    /// What the tags of others in the repository may call those: packages and folders.
    pub others: &'a BTreeSet<String>,
    /// Whether it is all of the repository.
    pub is_whole: bool,
    /// The version that files say.
    pub written: Option<&'a str>,
}

/// What is tagged beside releases, often with a version or a date.
const NO_RELEASES: [&str; 12] =
    ["nightly", "snapshot", "docs", "doc", "test", "backup", "deploy", "build", "ci", "dev", "chart", "helm"];

/// The tags of each form, by what stands before the version: the gate takes both `v1.0` and `1.0`, so a project that changed
/// from one to the other has one form.
type Forms<'n> = BTreeMap<&'n str, Vec<(Version, &'n str, &'n str)>>;

fn forms<'n>(names: impl IntoIterator<Item = &'n String>) -> Forms<'n> {
    let mut forms = Forms::new();
    for name in names {
        let Some((prefix, version)) = parts(name) else { continue };
        let Ok(parsed) = Version::from_str(version) else { continue };
        forms.entry(form(prefix)).or_default().push((parsed, name, version));
    }
    forms
}

fn form(prefix: &str) -> &str {
    if is_expected(prefix) { "" } else { prefix }
}

impl Tags {
    /// Reads the names, and looks where those of releases stand. The form of the tag at HEAD is the project's own, else that of
    /// the nearest one before it, where nothing says that it is another's; else the one that the names tell.
    #[must_use]
    pub(super) fn look(repository: &Repository, names: &[String], tagged: &Tagged, project: &Project<'_>) -> Self {
        let all = forms(names);
        let Some(usual) = project.usual(&all) else { return Self { count: names.len(), ..Self::default() } };
        let Ok(head) = repository.head() else { return Self::of_form(names.len(), &all, usual) };
        let at_head = tagged.get(head).and_then(|names| project.at_head(&forms(names), &all, usual));
        let before = || project.before(repository, head, tagged, &all);
        let own = at_head.map(str::to_owned).or_else(before).unwrap_or_else(|| usual.to_owned());
        let tags = Self::of_form(names.len(), &all, &own);
        let is_own = |name: &String| parts(name).is_some_and(|(prefix, _)| form(prefix) == own);
        let of_commit = |(commit, names): (&String, &Vec<String>)| {
            let names: Vec<_> = names.iter().filter(|name| is_own(name)).cloned().collect();
            (!names.is_empty()).then(|| (commit.clone(), names))
        };
        let tagged: Tagged = tagged.iter().filter_map(of_commit).collect();
        let highest = |commits: &[String]| {
            let names = commits.iter().filter_map(|commit| tagged.get(commit)).flatten();
            let found = forms(names).into_values().flatten().max();
            found.map(|(_, name, version)| (name.to_owned(), version.to_owned()))
        };
        let nearest = repository.nearest_before(head, &tagged, |_| Ok(true)).map(|nearest| nearest.commits);
        let (at_head, nearest) = (highest(&[head.to_owned()]), highest(&nearest.unwrap_or_default()));
        Self { at_head, nearest, ..tags }.with_plain()
    }

    /// What the names of one form tell.
    fn of_form(count: usize, all: &Forms<'_>, form: &str) -> Self {
        let newest = all.get(form).and_then(|tags| tags.iter().max());
        let newest = newest.map(|(_, name, version)| ((*name).to_owned(), (*version).to_owned()));
        let template = (!is_expected(form)).then(|| format!("{form}{VERSION_PLACEHOLDER}"));
        Self { count, newest, template, ..Self::default() }.with_plain()
    }

    /// The gate would propose a `v` that a project without one does not have. One that had it the last time may have it again.
    fn with_plain(mut self) -> Self {
        let is_plain = |(name, version): &(String, String)| name == version;
        let last: Vec<_> = self.at_head.iter().chain(&self.nearest).collect();
        let last = if last.is_empty() { self.newest.iter().collect() } else { last };
        let is_of_gate = self.template.as_deref().is_none_or(|template| template == VERSION_PLACEHOLDER);
        if is_of_gate {
            let has_v = last.is_empty() || !last.into_iter().all(is_plain);
            self.template = (!has_v).then(|| VERSION_PLACEHOLDER.to_owned());
        }
        self
    }
}

impl Project<'_> {
    fn is_own(&self, form: &str) -> bool {
        self.words.iter().any(|word| is_word_in(form, word))
    }

    /// Whether a form without the project's name can be its own.
    fn may_be_own(&self, form: &str) -> bool {
        let rest = rest(form);
        let is_release = |part: &str| !NO_RELEASES.contains(&part);
        self.is_whole && !self.others.contains(&rest) && rest.split(['-', '/']).all(is_release)
    }

    /// Of several forms the one that holds one of the project's words (its name, its folder's) is its own; else the one that the
    /// gate takes by itself, else the most frequent.
    fn usual<'n>(&self, all: &Forms<'n>) -> Option<&'n str> {
        let rank = |(form, tags): &(&&str, &Vec<_>)| (self.is_own(form), is_expected(form), tags.len());
        all.iter().max_by_key(rank).map(|(form, _)| *form)
    }

    /// The form of the tags at HEAD, where one of them is clear.
    fn at_head<'n>(&self, there: &Forms<'n>, all: &Forms<'_>, usual: &str) -> Option<&'n str> {
        if let Some(own) = there.keys().find(|form| self.is_own(form)) {
            return Some(own);
        }
        let expected = there.keys().find(|form| is_expected(form) && (self.is_whole || !self.is_own(usual)));
        let is_release = |tags: &Vec<(Version, &str, &str)>| {
            self.written.is_none_or(|written| tags.iter().any(|(.., version)| same(version, written, Rule::Python)))
        };
        let is_other = |form: &str| !is_expected(form) && self.may_be_own(form);
        let mut others = there.iter().filter(|(form, tags)| is_other(form) && is_release(tags));
        let other = others.next().filter(|_| others.next().is_none()).map(|(form, _)| form);
        more_frequent(expected.into_iter().chain(other), all).copied()
    }

    /// The form of the newest tag before HEAD. One that nothing tells for the project's takes the place of one that something
    /// does where it goes on with its versions.
    fn before(&self, repository: &Repository, head: &str, tagged: &Tagged, all: &Forms<'_>) -> Option<String> {
        let usual = self.usual(all)?;
        let is_wanted = |name: &String| {
            let form = parts(name).map(|(prefix, _)| form(prefix));
            form.is_some_and(|form| self.is_own(form) || is_expected(form) || form == usual || self.may_be_own(form))
        };
        let wanted: Tagged = tagged
            .iter()
            .filter(|(_, names)| names.iter().any(is_wanted))
            .map(|(commit, names)| (commit.clone(), names.iter().filter(|name| is_wanted(name)).cloned().collect()))
            .collect();
        let nearest = repository.nearest_before(head, &wanted, |_| Ok(true)).ok()?.commits;
        let at = |commit: &&String| wanted.get(*commit).and_then(|names| repository.tagged_at(names.first()?));
        let there = forms(wanted.get(nearest.iter().max_by_key(at)?)?);
        if let Some(own) = there.keys().find(|form| self.is_own(form)) {
            return Some((*own).to_owned());
        }
        let highest = all.get(usual).and_then(|tags| tags.iter().map(|(version, ..)| version).max());
        let is_told = self.is_own(usual) || is_expected(usual);
        let goes_on = |tags: &Vec<(Version, &str, &str)>| tags.iter().map(|(version, ..)| version).max() > highest;
        let is_next =
            |(form, tags): &(&&str, &Vec<_>)| **form == usual || (self.is_whole && (goes_on(tags) || !is_told));
        let next = there.iter().filter(is_next).map(|(form, _)| form);
        more_frequent(next, all).map(|form| (*form).to_owned())
    }
}

/// Where a commit has tags of several forms, the one that more tags have; of two alike the one that the gate takes by itself.
fn more_frequent<'f, 'n: 'f>(found: impl Iterator<Item = &'f &'n str>, all: &Forms<'_>) -> Option<&'f &'n str> {
    found.max_by_key(|form| (all.get(**form).map_or(0, Vec::len), is_expected(form)))
}

/// The tags that have a version in their names, by the words before it.
pub(super) struct Index {
    tags: Vec<Named>,
    /// By all that stands there.
    by_rest: BTreeMap<String, Vec<usize>>,
    /// By its part behind the last slash.
    by_last: BTreeMap<String, Vec<usize>>,
}

/// A tag with a version in its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub parsed: Version,
    pub name: String,
    pub prefix: String,
    pub version: String,
    pub is_at_head: bool,
}

impl Index {
    pub(super) fn new(names: &[String], at_head: &[String]) -> Self {
        let mut index = Self { tags: Vec::new(), by_rest: BTreeMap::new(), by_last: BTreeMap::new() };
        for name in names {
            let Some((prefix, version)) = parts(name) else { continue };
            let Ok(parsed) = Version::from_str(version) else { continue };
            let rest = rest(prefix);
            index.by_last.entry(last(&rest).to_owned()).or_default().push(index.tags.len());
            index.by_rest.entry(rest).or_default().push(index.tags.len());
            let (prefix, version) = (prefix.to_owned(), version.to_owned());
            index.tags.push(Named { parsed, name: name.clone(), prefix, version, is_at_head: at_head.contains(name) });
        }
        index
    }

    /// The tags that have a word, a package's name, before their version.
    pub(super) fn of(&self, word: &str) -> Vec<&Named> {
        let word = plain(word);
        if word.is_empty() {
            return Vec::new();
        }
        let found = [self.by_rest.get(&word), self.by_last.get(&word), self.by_rest.get(last(&word))];
        let found: BTreeSet<_> = found.into_iter().flatten().flatten().collect();
        found.into_iter().filter_map(|at| self.tags.get(*at)).collect()
    }

    /// The tags with nothing but a version in their names.
    pub(super) fn plain(&self) -> impl Iterator<Item = &Named> {
        self.tags.iter().filter(|tag| is_expected(&tag.prefix))
    }
}

/// The forms that the gate takes without a policy.
pub(super) fn is_expected(prefix: &str) -> bool {
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

/// Whether a word stands before the version. A name with its owner before it (`@scope/name`, `host/owner/name`) is told by its
/// last part where the tag has no owner.
fn is_word_in(prefix: &str, word: &str) -> bool {
    let (rest, word) = (rest(prefix), plain(word));
    !word.is_empty() && (rest == word || last(&rest) == word || (!rest.contains('/') && rest == last(&word)))
}

/// What stands before the version, without what joins them.
fn rest(prefix: &str) -> String {
    plain(prefix.strip_suffix('v').unwrap_or(prefix).trim_end_matches(['-', '_', '/', '@']))
}

fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// A name as names are compared: `My_Package` is `my-package`, and of Maven's `group:artifact` the artifact counts.
pub(super) fn plain(name: &str) -> String {
    let name = name.rsplit(':').next().unwrap_or(name);
    name.trim_start_matches('@').to_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str], words: &[&str]) -> (Option<String>, Option<String>) {
        let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (names, words, others) = (owned(names), owned(words), BTreeSet::new());
        let project = Project { words: &words, others: &others, is_whole: true, written: None };
        let all = forms(&names);
        let usual = project.usual(&all);
        let tags = usual.map(|form| Tags::of_form(names.len(), &all, form)).unwrap_or_default();
        (tags.newest.map(|(name, _)| name), tags.template)
    }

    #[test]
    fn the_form_of_the_names_is_found() {
        type Case<'a> = (&'a [&'a str], &'a [&'a str], Option<&'a str>, Option<&'a str>);
        let cases: [Case<'_>; 12] = [
            (&[], &[], None, None),
            (&["v1.9.0", "v1.10.0", "v1.10.0rc1"], &[], Some("v1.10.0"), None),
            (&["1.0", "0.9"], &[], Some("1.0"), Some("{version}")),
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
