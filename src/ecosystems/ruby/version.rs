//! Ruby's versions, as `Gem::Version` orders them, and what a requirement allows.
//! <https://docs.ruby-lang.org/en/master/Gem/Version.html>

use std::cmp::Ordering;

/// Its segments, without zeros that change nothing.
#[derive(Debug, Clone)]
pub(crate) struct Version(Vec<Segment>);

/// A word is below any number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(String),
    Number(u128),
}

const ZERO: Segment = Segment::Number(0);

impl Version {
    /// `None` for a text that is no version.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.replace('-', ".pre.");
        let sound = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.split('.').all(sound) {
            return None;
        }
        let segments = text.split('.').flat_map(runs).map(segment).collect::<Option<Vec<_>>>()?;
        let release = segments.iter().position(|segment| matches!(segment, Segment::Word(_)));
        let (release, pre) = segments.split_at(release.unwrap_or(segments.len()));
        Some(Self([trimmed(release), trimmed(pre)].concat()))
    }

    /// It without what makes it a pre-release.
    fn release(&self) -> Self {
        Self(self.0.iter().take_while(|segment| matches!(segment, Segment::Number(_))).cloned().collect())
    }

    /// How one stands to another.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        padded(&self.0, &other.0, &ZERO)
    }
}

/// Compares part by part; one that the shorter lacks counts as `missing`.
pub(crate) fn padded<T: Ord>(one: &[T], other: &[T], missing: &T) -> Ordering {
    let parts = (0..one.len().max(other.len())).map(|at| (one.get(at), other.get(at)));
    let mut orders = parts.map(|(one, other)| one.unwrap_or(missing).cmp(other.unwrap_or(missing)));
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// The first of some requirements (`>= 2.0`, `~> 1.2`) that a version does not meet. What cannot be read is met.
pub(super) fn unmet<'t>(version: &str, mut requirements: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let version = Version::parse(version)?;
    requirements.find(|requirement| is_met(&version, requirement) == Some(false)).map(str::trim)
}

fn is_met(version: &Version, requirement: &str) -> Option<bool> {
    let requirement = requirement.trim();
    let end = requirement.find(|c: char| !"=<>~!".contains(c)).unwrap_or(requirement.len());
    let (operator, text) = requirement.split_at(end);
    let wanted = Version::parse(text.trim())?;
    let order = version.order(&wanted);
    Some(match operator {
        "" | "=" => order.is_eq(),
        "!=" => order.is_ne(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        "~>" => order.is_ge() && version.release().order(&bumped(text.trim())?).is_lt(),
        _ => return None,
    })
}

/// The least version that `~>` does not take: `2.0` for `1.2` and `1.3` for `1.2.3`.
fn bumped(text: &str) -> Option<Version> {
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = text.split(['.', '-']).take_while(is_number).map(|part| part.parse().ok());
    let mut numbers = numbers.collect::<Option<Vec<u128>>>()?;
    if numbers.len() > 1 {
        numbers.pop();
    }
    *numbers.last_mut()? = numbers.last()?.checked_add(1)?;
    Some(Version(numbers.into_iter().map(Segment::Number).collect()))
}

/// The runs of digits and of letters.
fn runs(part: &str) -> impl Iterator<Item = &str> {
    let mut rest = part;
    std::iter::from_fn(move || {
        let first = rest.bytes().next()?;
        let end = rest.bytes().position(|byte| byte.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

fn segment(run: &str) -> Option<Segment> {
    let is_number = run.starts_with(|c: char| c.is_ascii_digit());
    if is_number { run.parse().ok().map(Segment::Number) } else { Some(Segment::Word(run.to_owned())) }
}

fn trimmed(segments: &[Segment]) -> &[Segment] {
    let end = segments.iter().rposition(|segment| *segment != ZERO).map_or(0, |at| at + 1);
    &segments[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_met_as_rubygems_says() {
        for (version, requirement, is_met) in [
            ("3.0.0", "= 3", true),
            ("3.0.1", "3", false),
            ("3.0.1", "!= 3", true),
            ("1.9", ">= 1.10", false),
            ("2.0.0.rc1", "< 2", true),
            ("1.4.9", "~> 1.2", true),
            ("2.0", "~> 1.2", false),
            ("2.0.0.rc1", "~> 1.2", false),
            ("1.2.9", "~> 1.2.3", true),
            ("1.3", "~> 1.2.3", false),
            ("1.9", "~> 1", true),
            ("2.0", "~> 1", false),
            ("1.0", "~> 1.0.rc1", true),
            ("1.0", "<> 1", true),
            ("1.0", "> x", true),
        ] {
            assert_eq!(unmet(version, [requirement].into_iter()).is_none(), is_met, "{version} {requirement}");
        }
    }
}
