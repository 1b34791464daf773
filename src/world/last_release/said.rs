//! What a release.yaml says is released, and what the name of a tag says of it.

use super::version::bare;
use crate::model::path::folder_of;
use crate::model::tag_form::{DIR_PLACEHOLDER, NAME_PLACEHOLDER, of_version};
use crate::structured::node::Node;
use crate::structured::yaml;

/// Words right before a version that make its tag none of a release.
const NO_RELEASE: &str =
    "nightly snapshot canary edge dev rc alpha beta pre preview bp point branchpoint before start begin";

/// What a release.yaml says is released.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stated {
    /// Of one package among several: its folder, with `/`; `.` is that of release.yaml.
    pub(super) folder: Option<String>,
    pub(super) version: String,
}

/// The version of release.yaml, or those of its packages.
pub(super) fn stated_in(text: &str) -> Vec<Stated> {
    let Ok(Some(node)) = yaml::parse("", text.trim_start_matches('\u{feff}')) else { return Vec::new() };
    let version = |node: &Node<'_>| {
        let text = node.scalar().filter(|_| !node.is_null()).map(|(text, _)| bare(text.trim()).to_owned());
        text.filter(|text| !text.is_empty())
    };
    let one = node.entry("version").and_then(|entry| Some(Stated { folder: None, version: version(&entry.value)? }));
    let packages = node.entry("packages").and_then(|entry| entry.value.entries()).unwrap_or_default();
    let packages = packages
        .iter()
        .filter_map(|entry| Some(Stated { folder: Some(folder_of(&entry.key)?), version: version(&entry.value)? }));
    one.into_iter().chain(packages).collect()
}

/// Whether a tag has a form; a part of it that nobody knows may be any.
pub(super) fn fits(form: &str, name: &str, version: &str) -> bool {
    let form = of_version(form, version);
    let open = [NAME_PLACEHOLDER, DIR_PLACEHOLDER].into_iter().find_map(|open| form.split_once(open));
    match open {
        None => form == name,
        Some((before, after)) => {
            let rest = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            rest.is_some_and(|rest| !rest.is_empty())
        }
    }
}

/// Whether several packages have one version, which one tag may stand for.
pub(super) fn is_of_all(everything: &[Stated]) -> bool {
    everything.len() > 1 && everything.windows(2).all(|two| two[0].version == two[1].version)
}

/// Whether a tag's name has a version in it, whole: `v1.1.0-rc1` does not name 1.1.0.
pub(crate) fn names_version(name: &str, version: &str) -> bool {
    name.match_indices(version).any(|(at, _)| begins(&name[..at]) && ends(&name[at + version.len()..]))
}

fn begins(before: &str) -> bool {
    let before =
        before.strip_suffix(['v', 'V']).filter(|rest| !rest.ends_with(char::is_alphanumeric)).unwrap_or(before);
    let word = before.trim_end_matches(|c: char| !c.is_alphanumeric());
    let word = word.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    !before.ends_with(|c: char| c.is_ascii_digit() || c == '.') && !NO_RELEASE.split(' ').any(|known| known == word)
}

fn ends(after: &str) -> bool {
    let word = after.trim_start_matches(['.', '-', '_']).to_lowercase();
    after.is_empty() || after.starts_with('/') || ["final", "release", "ga"].contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_a_whole_version() {
        let names = [
            "1.1.0",
            "v1.1.0",
            "release-1.1.0",
            "pkg@1.1.0",
            "dev-tools@1.1.0",
            "rel1.1.0",
            "1.1.0/pkg",
            "1.1.0.Final",
        ];
        for name in names {
            assert!(names_version(name, "1.1.0"), "{name}");
        }
        let others = [
            "v1.1.0-rc1",
            "v11.1.0",
            "v0.1.1.0",
            "v1.1.0.1",
            "v1.1.01",
            "nightly-1.1.0",
            "nightly/v1.1.0",
            "rc-1.1.0",
            "v1.1",
            "v1.1.0-nightly",
            "v1.1.0+x",
            "branch-point-1.1.0",
        ];
        for name in others {
            assert!(!names_version(name, "1.1.0"), "{name}");
        }
    }

    #[test]
    fn release_yaml_names_versions() {
        let said = |text: &str| {
            let stated = stated_in(text).into_iter();
            stated.map(|one| format!("{}{}", one.folder.unwrap_or_default(), one.version)).collect::<Vec<_>>()
        };
        assert_eq!(said("version: \"1.2.3\"\nother: x\n"), ["1.2.3"]);
        assert_eq!(said("version: v1.2.3\n"), ["1.2.3"]);
        assert_eq!(said("packages:\n  ./a/: \"1\"\n  b: \"2\"\n  .: \"3\"\n"), ["a1", "b2", ".3"]);
        for text in ["", "kind: x\n", "version: [1]\n", "{", "version:\n"] {
            assert!(said(text).is_empty(), "{text}");
        }
    }
}
