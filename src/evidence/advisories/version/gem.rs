//! Ruby's versions, as `Gem::Version` orders them. <https://docs.ruby-lang.org/en/master/Gem/Version.html>

use std::cmp::Ordering;

use super::padded;

/// Its segments, without zeros that change nothing.
#[derive(Debug, Clone)]
pub(in super::super) struct Version(Vec<Segment>);

/// A word is below any number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(String),
    Number(u128),
}

const ZERO: Segment = Segment::Number(0);

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
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

    pub(super) fn order(&self, other: &Self) -> Ordering {
        padded(&self.0, &other.0, &ZERO)
    }
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
