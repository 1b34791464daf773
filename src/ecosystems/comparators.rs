//! Comparisons with a version, in the words that several package managers share.

use std::cmp::Ordering;

use semver::Version;

/// The ways to compare, the longer words first.
const WORDS: [&str; 9] = ["~>", ">=", "<=", "==", "!=", "^", ">", "<", "="];

/// A text that begins with a comparison: the word and the version behind it, `==` where there is no word.
pub(crate) fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let found = WORDS.iter().find_map(|word| text.strip_prefix(word).map(|rest| (*word, rest.trim())));
    found.unwrap_or(("==", text))
}

/// Whether a comparison lets a version through; `None` where one of them is no version.
pub(crate) fn allows(comparison: &str, version: &str) -> Option<bool> {
    let (word, bound) = split(comparison);
    let (bound, given, version) = (padded(bound)?, numbers(bound), padded(version)?);
    let order = version.cmp_precedence(&bound);
    let same = |parts: usize| {
        let of = |version: &Version| [version.major, version.minor, version.patch];
        of(&version).iter().zip(of(&bound)).take(parts).all(|(one, other)| *one == other)
    };
    Some(match word {
        "~>" => order.is_ge() && same(given.saturating_sub(1)),
        "^" => order.is_ge() && same([bound.major, bound.minor].iter().take_while(|number| **number == 0).count() + 1),
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        "!=" => order.is_ne(),
        _ => order == Ordering::Equal,
    })
}

/// How many numbers a version begins with.
fn numbers(text: &str) -> usize {
    text.split(['-', '+']).next().unwrap_or_default().split('.').count()
}

/// A version of SemVer, with zeros for the numbers that are left out.
fn padded(text: &str) -> Option<Version> {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (release, rest) = text.split_at(end);
    let zeros = ".0".repeat(3_usize.checked_sub(numbers(text))?);
    Version::parse(&format!("{release}{zeros}{rest}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_lets_versions_through_or_not() {
        for (comparison, yes, no) in [
            ("1.2.3", "1.2.3", "1.2.4"),
            ("== 1.2.3", "1.2.3+4", "1.2.3-rc.1"),
            ("~> 1.2", "1.9.0", "2.0.0"),
            ("~> 1.2.3", "1.2.9", "1.3.0"),
            ("~> 1.2", "1.2.0", "1.1.9"),
            ("~>3.3", "3.4.1", "4.0.0-rc.1"),
            ("^1.2.3", "1.9.0", "2.0.0-dev"),
            ("^0.2.3", "0.2.9", "0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            (">= 1.0", "1.0.0", "1.0.0-rc.1"),
            ("<2.0.0-0", "1.9.9", "2.0.0-0"),
            ("!= 1.0.0", "1.0.1", "1.0.0"),
        ] {
            assert_eq!((allows(comparison, yes), allows(comparison, no)), (Some(true), Some(false)), "{comparison}");
        }
        for nothing in ["any", "", "~> x", "1.2.3.4"] {
            assert_eq!(allows(nothing, "1.0.0"), None, "{nothing}");
        }
    }
}
