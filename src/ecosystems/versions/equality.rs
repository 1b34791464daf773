//! When two texts name one version. A leading `v` never matters.

use std::str::FromStr;

use semver::Version as Semantic;

/// Whose rule says when two versions are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// PEP 440: 2.4.0-rc.1 is 2.4.0rc1, 2.4 is 2.4.0.
    Python,
    /// SemVer 2.0.0, with numbers that are left out at the end as zeros: build metadata counts only where both have some.
    Semantic,
    /// Go's path of a module: it states the first number alone. <https://go.dev/ref/mod#major-version-suffixes>
    Major,
}

/// Whether two texts name one version.
#[must_use]
pub(crate) fn same(one: &str, other: &str, rule: Rule) -> bool {
    let (one, other) = (bare(one), bare(other));
    // A project in several languages writes its release by the rule of one of them: then the other rule may know both.
    let by_rule = match rule {
        Rule::Python => same_in_python(one, other).or_else(|| same_in_semver(one, other)),
        Rule::Semantic => same_in_semver(one, other).or_else(|| same_in_python(one, other)),
        Rule::Major => Some(major(one) == major(other)),
    };
    one == other || by_rule == Some(true)
}

/// Whether a version comes behind another one. `None` where no rule knows both.
#[must_use]
pub(crate) fn is_behind(version: &str, other: &str) -> Option<bool> {
    let (version, other) = (bare(version), bare(other));
    let by_semver = || Some(semantic(version)?.cmp_precedence(&semantic(other)?).is_gt());
    let parsed = |text| pep440_rs::Version::from_str(text).ok();
    by_semver().or_else(|| Some(parsed(version)? > parsed(other)?))
}

/// `0.0.0`, or the same with a word: what stands where a tool writes the version while it publishes.
#[must_use]
pub(crate) fn is_placeholder(version: &str) -> bool {
    let rest = bare(version).strip_prefix("0.0.0");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '+', '.']) && !rest.starts_with(".0"))
}

/// Without a leading `v`.
#[must_use]
pub(super) fn bare(version: &str) -> &str {
    let version = version.trim();
    let rest = version.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    rest.unwrap_or(version)
}

/// The first number of a version, as written.
pub(super) fn major(version: &str) -> &str {
    bare(version).split(['.', '-', '+']).next().unwrap_or_default()
}

/// `None` where one of them is no version of PEP 440.
fn same_in_python(one: &str, other: &str) -> Option<bool> {
    let parsed = |text| pep440_rs::Version::from_str(text).ok();
    Some(parsed(one)? == parsed(other)?)
}

/// `None` where one of them is no version of SemVer.
fn same_in_semver(one: &str, other: &str) -> Option<bool> {
    let (one, other) = (semantic(one)?, semantic(other)?);
    let both_built = !one.build.is_empty() && !other.build.is_empty();
    Some(one.cmp_precedence(&other).is_eq() && (!both_built || one.build == other.build))
}

/// A version of SemVer, with zeros for the numbers that are left out.
fn semantic(text: &str) -> Option<Semantic> {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let zeros = ".0".repeat(2_usize.checked_sub(numbers.matches('.').count())?);
    Semantic::parse(&format!("{numbers}{zeros}{rest}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_has_several_spellings() {
        for (one, other, python, semantic) in [
            ("1.2.3", "1.2.3", true, true),
            ("v1.2.3", "1.2.3", true, true),
            ("2.4.0-rc.1", "2.4.0rc1", true, true),
            ("2.4", "2.4.0", true, true),
            ("2", "2.0.0", true, true),
            ("1.0.0+a", "1.0.0", false, true),
            ("1.0.0+a", "1.0.0+b", false, false),
            ("1.2.3-rc.1", "1.2.3-rc1", true, false),
            ("1.2.3.post1", "1.2.3-post1", true, true),
            ("1.2.3-1", "1.2.3.post1", true, true),
            ("1.2.3", "1.2.4", false, false),
            ("1.2.3", "1.2.3-1", false, false),
            ("1.2.30", "1.2.3", false, false),
            ("vnext", "next", false, false),
            ("2026.11.1", "2026.11.01", true, true),
            ("1!1.0", "1.0", false, false),
        ] {
            assert_eq!(same(one, other, Rule::Python), python, "{one} {other} in Python");
            assert_eq!(same(one, other, Rule::Semantic), semantic, "{one} {other} elsewhere");
            assert_eq!(same(other, one, Rule::Semantic), semantic, "{other} {one}");
        }
    }

    #[test]
    fn a_placeholder_is_zero_or_zero_with_a_word() {
        for placeholder in ["0.0.0", "v0.0.0", "0.0.0-development", "0.0.0-semantically-released", "0.0.0.dev0"] {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
        for version in ["0.0.1", "0.0.01", "1.0.0", "0.0.0.0", "10.0.0", ""] {
            assert!(!is_placeholder(version), "{version}");
        }
    }
}
