//! The beginning of the next release in the text of a release.yaml: its version, and no claims.

use super::edit::{Editor, Refused, spliced};
use crate::config::Release;
use crate::config::release::{FILE, Released};
use crate::structured::yaml;

/// A release.yaml in which the next release begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// The whole text. Every byte outside the version and the claims is as it was.
    pub(crate) text: String,
    /// The claims that were taken out, by their ids in the file's order.
    pub(crate) emptied: Vec<String>,
    /// The declarations that still hold, by their ids.
    pub(crate) kept: Vec<String>,
}

/// The text of the next release; of several packages, that of one of them by its folder.
///
/// # Errors
/// See [`Refused`].
pub(crate) fn begin(text: &str, folder: Option<&str>, version: &str) -> Result<Begun, Refused> {
    let before = Release::parse(FILE, text).map_err(Refused::Invalid)?;
    let Ok(Some(root)) = yaml::parse(FILE, text) else { return Err(Refused::Unsuitable) };
    let splices = Editor::new(text).next(&root, folder, version).ok_or(Refused::Unsuitable)?;
    let text = spliced(text, splices);
    let after = Release::parse(FILE, &text).map_err(|_| Refused::Unsuitable)?;
    let exempt = |release: &Release| {
        release.not_applicable.iter().map(|row| (row.id.clone(), row.reason.clone())).collect::<Vec<_>>()
    };
    let is_begun = after.released == begun(before.released.clone(), folder, version)
        && after.attestations.is_empty()
        && exempt(&before) == exempt(&after);
    if !is_begun {
        return Err(Refused::Unsuitable);
    }
    let emptied = before.attestations.into_iter().map(|claim| claim.id).collect();
    Ok(Begun { text, emptied, kept: before.not_applicable.into_iter().map(|row| row.id).collect() })
}

/// What is released then.
fn begun(before: Released, folder: Option<&str>, version: &str) -> Released {
    match before {
        Released::One(_) => Released::One(version.to_owned()),
        Released::Packages(mut packages) => {
            for package in packages.iter_mut().filter(|package| Some(package.folder.as_str()) == folder) {
                version.clone_into(&mut package.version);
            }
            Released::Packages(packages)
        }
    }
}

/// The version behind one, by a word: `major`, `minor`, `patch`; a pre-release leads to its own release first. `None` where
/// the version is not of SemVer.
#[must_use]
pub(crate) fn behind(version: &str, word: &str) -> Option<String> {
    let bare = version.strip_prefix('v').unwrap_or(version);
    let mut next = semver::Version::parse(bare).ok()?;
    let is_early = !next.pre.is_empty();
    (next.pre, next.build) = (semver::Prerelease::EMPTY, semver::BuildMetadata::EMPTY);
    match word {
        "major" if is_early && next.minor == 0 && next.patch == 0 => {}
        "minor" if is_early && next.patch == 0 => {}
        "patch" if is_early => {}
        "major" => next = semver::Version::new(next.major.checked_add(1)?, 0, 0),
        "minor" => next = semver::Version::new(next.major, next.minor.checked_add(1)?, 0),
        "patch" => next.patch = next.patch.checked_add(1)?,
        _ => return None,
    }
    Some(next.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_by_a_word() {
        for (version, major, minor, patch) in [
            ("1.2.3", "2.0.0", "1.3.0", "1.2.4"),
            ("v1.2.3", "2.0.0", "1.3.0", "1.2.4"),
            ("1.2.3-rc.1", "2.0.0", "1.3.0", "1.2.3"),
            ("1.3.0-rc.1", "2.0.0", "1.3.0", "1.3.0"),
            ("2.0.0-rc.1+b", "2.0.0", "2.0.0", "2.0.0"),
        ] {
            let words = ["major", "minor", "patch"].map(|word| behind(version, word));
            assert_eq!(words, [major, minor, patch].map(|next| Some(next.to_owned())), "{version}");
        }
        assert_eq!(behind("1.2", "patch"), None);
        assert_eq!(behind("18446744073709551615.0.0", "major"), None);
        assert_eq!(behind("1.2.3", "micro"), None);
    }

    #[test]
    fn everything_but_the_version_and_the_claims_stays() {
        let cases = [
            ("version: \"1.2.3\" # it\n# end\n", "version: \"1.3.0\" # it\n# end\n"),
            ("version: 1.2.3\nattestations: {}\n", "version: \"1.3.0\"\nattestations: {}\n"),
            (
                "version: '1.2.3'\r\nattestations: # ours\r\n  a:\r\n    answer: true # yes\r\n    by: J\r\n\r\n# na\r\nnot_applicable:\r\n  c: no such thing\r\n",
                "version: \"1.3.0\"\r\nattestations: {} # ours\r\n\r\n# na\r\nnot_applicable:\r\n  c: no such thing\r\n",
            ),
            (
                "version: \"1.2.3\"\nattestations:\n  a: {answer: true, by: J}\n  # between\n  b: {answer: false}  # b\nnot_applicable: {c: none here}\n",
                "version: \"1.3.0\"\nattestations: {}\nnot_applicable: {c: none here}\n",
            ),
            (
                "{version: \"1.2.3\", attestations: {a: {answer: true, by: J}}, not_applicable: {}}",
                "{version: \"1.3.0\", attestations: {}, not_applicable: {}}",
            ),
            (
                "attestations:\n  a:\n    answer: true\n    note: |\n      lines\n      of it\nversion: \"1.2.3\"\n",
                "attestations: {}\nversion: \"1.3.0\"\n",
            ),
            ("version: \"1.2.3\"\nattestations:\n  a: {answer: true, by: J}", "version: \"1.3.0\"\nattestations: {}"),
        ];
        for (before, after) in cases {
            match begin(before, None, "1.3.0") {
                Ok(begun) => assert_eq!(begun.text, after),
                Err(refused) => panic!("{before}: {refused:?}"),
            }
        }
        let two =
            "packages: # ours\n  ./a/: \"1.0.0\" # first\n  b: 2.0.0\nattestations:\n  x: {answer: true, by: J}\n";
        let after = "packages: # ours\n  ./a/: \"1.3.0\" # first\n  b: 2.0.0\nattestations: {}\n";
        assert_eq!(begin(two, Some("a"), "1.3.0").map(|begun| begun.text), Ok(after.to_owned()));
        assert_eq!(begin(two, Some("c"), "1.3.0"), Err(Refused::Unsuitable));
        assert!(matches!(begin("version: [", None, "1.3.0"), Err(Refused::Invalid(_))));
    }
}
