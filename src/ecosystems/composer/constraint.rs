//! Whether a version meets a requirement, as Composer reads both. What is not understood here is not told to be unmet.
//! <https://getcomposer.org/doc/articles/versions.md>

use std::cmp::Ordering;

/// A version that has numbers: `1.2.3-beta2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    /// Four, as Composer fills them up.
    numbers: Vec<u64>,
    stability: Stability,
    /// What stands behind the word of the stability.
    count: Vec<u64>,
}

/// The words behind the numbers, in the order of what they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stability {
    Dev,
    Alpha,
    Beta,
    Candidate,
    Stable,
    Patch,
}

const WORDS: [(&str, Stability); 10] = [
    ("alpha", Stability::Alpha),
    ("a", Stability::Alpha),
    ("beta", Stability::Beta),
    ("b", Stability::Beta),
    ("rc", Stability::Candidate),
    ("stable", Stability::Stable),
    ("patch", Stability::Patch),
    ("pl", Stability::Patch),
    ("p", Stability::Patch),
    ("dev", Stability::Dev),
];

/// A version as it is written in a requirement: it may have fewer than four numbers.
struct Written {
    version: Version,
    /// How many numbers are written.
    count: usize,
    /// A word says how stable it is.
    has_stability: bool,
}

impl Written {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text).to_ascii_lowercase();
        let text = text.split('+').next()?;
        if let Some(version) = numbered_branch(text) {
            return Some(Self { version, count: 4, has_stability: true });
        }
        let end = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
        let (numbers, word) = text.split_at(end);
        let mut numbers: Vec<u64> =
            numbers.trim_end_matches('.').split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let count = numbers.len();
        if count > 4 {
            return None;
        }
        numbers.resize(4, 0);
        let word = word.trim_start_matches(['-', '_', '.']);
        let (stability, rest) = match word {
            "" => (Stability::Stable, ""),
            _ => WORDS.iter().find_map(|(name, stability)| Some((*stability, word.strip_prefix(name)?)))?,
        };
        let rest = rest.trim_start_matches(['-', '.']);
        let counted = if rest.is_empty() { Vec::new() } else { parts(rest)? };
        let version = Version { numbers, stability, count: counted };
        Some(Self { version, count, has_stability: !word.is_empty() })
    }

    /// It as the least of its kind: what names no stability begins with what is only being made.
    fn lowest(&self) -> Version {
        if self.has_stability { self.version.clone() } else { lowest(self.version.numbers.clone()) }
    }

    /// The least version in which the number at `at` is one more.
    fn next(&self, at: usize) -> Option<Version> {
        let mut numbers = self.version.numbers.clone();
        numbers[at] = numbers[at].checked_add(1)?;
        numbers.iter_mut().skip(at + 1).for_each(|number| *number = 0);
        Some(lowest(numbers))
    }
}

fn parts(text: &str) -> Option<Vec<u64>> {
    text.split(['.', '-']).map(|part| part.parse().ok()).collect()
}

const fn lowest(numbers: Vec<u64>) -> Version {
    Version { numbers, stability: Stability::Dev, count: Vec::new() }
}

/// Whether a version is shown not to meet a requirement.
pub(super) fn is_unmet(version: &str, requirement: &str) -> bool {
    let alternatives = requirement.split('|').map(str::trim).filter(|alternative| !alternative.is_empty());
    let met: Vec<_> = match (branch(version), Written::parse(version)) {
        (Some(branch), _) => alternatives.map(|alternative| is_branch(branch, alternative)).collect(),
        (None, Some(version)) => alternatives.map(|alternative| meets_all(&version.version, alternative)).collect(),
        (None, None) => return false,
    };
    !met.is_empty() && met.iter().all(|met| *met == Some(false))
}

/// The branch of `dev-main`, which has no numbers.
fn branch(version: &str) -> Option<&str> {
    let (start, name) = version.split_at_checked("dev-".len())?;
    start.eq_ignore_ascii_case("dev-").then_some(name)
}

/// Whether a branch meets what is asked for: another branch it is not. With numbers it may be an alias.
fn is_branch(name: &str, asked: &str) -> Option<bool> {
    let asked = asked.split(['@', '#']).next().unwrap_or_default().trim();
    let asked = branch(asked.trim_start_matches('=').trim())?;
    Some(asked == name)
}

/// What Composer puts in the place of `x` in the name of a branch.
const BRANCH_NUMBER: u64 = 9_999_999;

/// The numbers of a branch that is named after them: `1.x-dev`, `2.3-dev`.
fn numbered_branch(text: &str) -> Option<Version> {
    let numbers = text.strip_suffix("-dev")?;
    let is_open = |part: &&str| matches!(*part, "x" | "*");
    let parts: Vec<_> = numbers.split('.').collect();
    let fixed: Vec<u64> =
        parts.iter().take_while(|part| !is_open(part)).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let is_plain = !fixed.is_empty() && fixed.len() < parts.len() && parts.len() <= 4;
    if !is_plain || !parts.iter().skip(fixed.len()).all(is_open) {
        return None;
    }
    let mut numbers = fixed;
    numbers.resize(4, BRANCH_NUMBER);
    Some(lowest(numbers))
}

/// Whether a version meets what is separated by commas and spaces; `None` where nobody can tell.
fn meets_all(version: &Version, all: &str) -> Option<bool> {
    if let Some((from, to)) = all.split_once(" - ") {
        let (from, to) = (Written::parse(from.trim())?, Written::parse(to.trim())?);
        let below = match to.count {
            1 | 2 if !to.has_stability => *version < to.next(to.count - 1)?,
            _ => *version <= to.version,
        };
        return Some(from.lowest() <= *version && below);
    }
    let mut met = Some(true);
    for one in joined(all).split([',', ' ']).filter(|one| !one.is_empty()) {
        match meets(version, one) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => met = None,
        }
    }
    met
}

/// Operators without the spaces behind them.
fn joined(text: &str) -> String {
    let mut joined = String::new();
    for c in text.chars() {
        if !(c.is_whitespace() && joined.ends_with(['<', '>', '=', '!', '~', '^'])) {
            joined.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    joined
}

fn meets(version: &Version, one: &str) -> Option<bool> {
    // What follows says how stable it has to be, or which commit of a branch is meant.
    let one = one.split(['@', '#']).next().unwrap_or_default();
    let end = one.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(one.len());
    let (operator, text) = one.split_at(end);
    if operator.is_empty() && text.starts_with("dev-") {
        // A branch is no version with numbers.
        return Some(false);
    }
    if let Some(met) = wildcard(version, text).filter(|_| operator.is_empty()) {
        return Some(met);
    }
    let wanted = Written::parse(text)?;
    let order = |other: &Version| version.cmp(other);
    Some(match operator {
        "" | "=" | "==" => order(&wanted.version) == Ordering::Equal,
        "!=" | "<>" => order(&wanted.version) != Ordering::Equal,
        ">" => order(&wanted.version) == Ordering::Greater,
        "<=" => order(&wanted.version) != Ordering::Greater,
        ">=" => wanted.lowest() <= *version,
        "<" => *version < wanted.lowest(),
        "~" => wanted.lowest() <= *version && *version < wanted.next(wanted.count.saturating_sub(2))?,
        "^" => wanted.lowest() <= *version && *version < wanted.next(significant(&wanted))?,
        _ => return None,
    })
}

/// `*`, `1.*`, `1.2.x`; `None` for anything else.
fn wildcard(version: &Version, text: &str) -> Option<bool> {
    let is_any = |part: &str| matches!(part, "*" | "x" | "X");
    let parts: Vec<_> = text.trim_start_matches(['v', 'V']).split('.').collect();
    let fixed: Vec<_> = parts.iter().take_while(|part| !is_any(part)).collect();
    if fixed.len() == parts.len() || !parts[fixed.len()..].iter().all(|part| is_any(part)) {
        return None;
    }
    let fixed: Vec<u64> = fixed.into_iter().map(|part| part.parse().ok()).collect::<Option<_>>()?;
    Some(version.numbers.starts_with(&fixed))
}

/// The first number that is not zero, among those that are written.
fn significant(wanted: &Written) -> usize {
    let written = wanted.version.numbers.iter().take(wanted.count);
    written.clone().position(|number| *number > 0).unwrap_or(wanted.count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_requirement_allows() {
        let met = [
            ("1.2.3", "^1.2"),
            ("v1.9.0", "^1.2"),
            ("1.2.3-beta1", "^1.2.3"),
            ("0.3.9", "^0.3"),
            ("0.0.3", "^0.0.3"),
            ("1.9", "~1.2"),
            ("1.2.9", "~1.2.3"),
            ("1.2.3", "1.2.*"),
            ("3", "*"),
            ("1.2.3", ">=1.0 <2.0"),
            ("1.2.3", ">= 1.0, < 2.0"),
            ("2.0.5", "1.0 - 2.0"),
            ("2.0.0", "1.0 - 2.0.0"),
            ("1.0.0", "^2 || ^1"),
            ("1.0.0", "^2|^1"),
            ("1.2.3", "1.2.3"),
            ("1.2", "1.2.0"),
            ("1.2.3", "^1@dev"),
            ("1.2.3", "!=1.2.4"),
            ("1.2.3-p1", ">1.2.3"),
            // Nobody can tell.
            ("dev-main", "^1"),
            ("1.x-dev", "^1"),
            ("1.x-dev", "1.x-dev"),
            ("1.2.x-dev", "~1.2"),
            ("dev-main", "dev-main#abc"),
            ("dev-main", "dev-main@dev || ^2"),
            ("dev-main", "*"),
            ("1.2.3", "self.version"),
            ("1.2.3", ""),
            ("2024.1.2.3.4", "^1"),
        ];
        for (version, requirement) in met {
            assert!(!is_unmet(version, requirement), "{version} {requirement}");
        }
        let unmet = [
            ("2.0.0", "^1.2"),
            ("1.1.9", "^1.2"),
            ("2.0.0-beta1", "^1.2"),
            ("0.4.0", "^0.3"),
            ("0.0.4", "^0.0.3"),
            ("2.0", "~1.2"),
            ("1.3.0", "~1.2.3"),
            ("1.3.0", "1.2.*"),
            ("2.0.0", ">=1.0 <2.0"),
            ("0.9", ">= 1.0, < 2.0"),
            ("2.1.0", "1.0 - 2.0"),
            ("2.0.1", "1.0 - 2.0.0"),
            ("3.0.0", "^2 || ^1"),
            ("1.2.4", "1.2.3"),
            ("1.2.3", "!=1.2.3"),
            ("1.2.3-RC1", ">1.2.3"),
            ("1.2.3", "dev-main"),
            ("1.2.3", "1.x-dev"),
            ("1.x-dev", "^2"),
            ("1.x-dev", "1.2.x-dev"),
            ("1.2.3-dev", "^2"),
            ("dev-other", "dev-main"),
            ("dev-other", "dev-main || =dev-next"),
            ("1.2.3", "dev-main#abc"),
        ];
        for (version, requirement) in unmet {
            assert!(is_unmet(version, requirement), "{version} {requirement}");
        }
    }
}
