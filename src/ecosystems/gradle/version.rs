//! Gradle's versions: which are fixed, their order, and what a declared one allows.
//! <https://docs.gradle.org/current/userguide/dependency_versions.html>

use std::cmp::Ordering;

/// Why a declared version is not one version only; `None` where it is.
pub(super) fn open(version: &str) -> Option<&'static str> {
    let inner = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let version = inner.filter(|one| !one.contains(',')).unwrap_or(version);
    if version.contains(['[', ']', '(', ')', ',']) {
        Some("it is a range")
    } else if version.ends_with('+') || version.starts_with("latest.") {
        Some("it is whatever is newest")
    } else if version.to_ascii_uppercase().ends_with("SNAPSHOT") {
        Some("a SNAPSHOT is built again and again")
    } else {
        version.is_empty().then_some("it has no version")
    }
}

/// Whether a version that is locked can come of what is declared. A plain version is the least that is taken, unless it is strict.
pub(super) fn allows(declared: &str, is_strict: bool, locked: &str) -> bool {
    if declared.is_empty() || declared.starts_with("latest.") {
        return true;
    }
    if let Some(prefix) = declared.strip_suffix('+') {
        return locked.starts_with(prefix) || prefix.strip_suffix('.') == Some(locked);
    }
    match range(declared) {
        Some(range) => range.has(locked),
        None if is_strict => order(locked, declared).is_eq(),
        None => order(locked, declared).is_ge(),
    }
}

struct Range<'t> {
    low: &'t str,
    high: &'t str,
    takes_low: bool,
    takes_high: bool,
}

fn range(text: &str) -> Option<Range<'_>> {
    let takes_low = text.starts_with('[');
    let takes_high = text.ends_with(']');
    let inner = text.strip_prefix(['[', '(', ']'])?.strip_suffix([']', ')', '['])?;
    let (low, high) = inner.split_once(',').unwrap_or((inner, inner));
    Some(Range { low: low.trim(), high: high.trim(), takes_low, takes_high })
}

impl Range<'_> {
    fn has(&self, version: &str) -> bool {
        let above = self.low.is_empty() || order(version, self.low).is_gt();
        let below = self.high.is_empty() || order(version, self.high).is_lt();
        let is = |end: &str| !end.is_empty() && order(version, end).is_eq();
        (above || (self.takes_low && is(self.low))) && (below || (self.takes_high && is(self.high)))
    }
}

/// How one stands to another.
fn order(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    let pairs = (0..one.len().max(other.len())).map(|at| (one.get(at), other.get(at)));
    let mut orders = pairs.map(|pair| match pair {
        (Some(one), Some(other)) => one.cmp(other),
        (Some(Part::Number(..)), None) | (None, Some(Part::Word(..))) => Ordering::Greater,
        (Some(Part::Word(..)), None) | (None, Some(Part::Number(..))) => Ordering::Less,
        (None, None) => Ordering::Equal,
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// A word is below any number; a number is its length without leading zeros, and its digits.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'t> {
    Word(usize, &'t str),
    Number(usize, &'t str),
}

/// The words that have a place of their own, behind all others but for the first.
const WORDS: [&str; 7] = ["dev", "rc", "snapshot", "final", "ga", "release", "sp"];

fn parts(version: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for piece in version.split(['.', '-', '_', '+']) {
        let mut rest = piece;
        while let Some(first) = rest.bytes().next() {
            let end = rest.bytes().position(|byte| byte.is_ascii_digit() != first.is_ascii_digit());
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            parts.push(part(run));
            rest = after;
        }
    }
    parts
}

fn part(run: &str) -> Part<'_> {
    if run.starts_with(|c: char| c.is_ascii_digit()) {
        let digits = run.trim_start_matches('0');
        return Part::Number(digits.len(), digits);
    }
    match WORDS.iter().position(|word| run.eq_ignore_ascii_case(word)) {
        Some(0) => Part::Word(0, ""),
        Some(place) => Part::Word(place + 1, ""),
        None => Part::Word(1, run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_manual() {
        let ascending = [
            "1.0-dev",
            "1.0-alpha",
            "1.0-zeta",
            "1.0-rc-1",
            "1.0-rc-2",
            "1.0-snapshot",
            "1.0-final",
            "1.0-ga",
            "1.0-release",
            "1.0-sp",
            "1.0",
            "1.0.0",
            "1.1.a",
            "1.1",
            "1.2",
            "1.10",
        ];
        for pair in ascending.windows(2) {
            assert_eq!(order(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        assert_eq!(order("1.a.1", "1a1"), Ordering::Equal);
    }

    #[test]
    fn what_is_declared_allows_some_versions() {
        for (declared, is_strict, locked, allowed) in [
            ("1.2", false, "1.2", true),
            ("1.2", false, "1.3", true),
            ("1.2", false, "1.1", false),
            ("1.2", true, "1.3", false),
            ("1.+", false, "1.9.3", true),
            ("1.+", false, "11.0", false),
            ("[1.0,2.0)", false, "1.9", true),
            ("[1.0,2.0)", false, "2.0", false),
            ("]1.0,2.0[", false, "1.0", false),
            ("(,2.0]", false, "2.0", true),
            ("[1.5]", false, "1.5", true),
            ("[1.5]", false, "1.6", false),
            ("latest.release", false, "9", true),
        ] {
            assert_eq!(allows(declared, is_strict, locked), allowed, "{declared} {locked}");
        }
        for (version, is_open) in
            [("1.2", false), ("[1.2]", false), ("1.+", true), ("+", true), ("[1,2)", true), ("", true)]
        {
            assert_eq!(open(version).is_some(), is_open, "{version}");
        }
    }
}
