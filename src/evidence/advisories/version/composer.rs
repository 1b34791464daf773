//! Composer's versions: normalised as its `VersionParser` does, then ordered as PHP's `version_compare`.

use std::cmp::Ordering;

use crate::ecosystems::ruby::version::padded;

/// Four numbers, then a stability with its numbers.
#[derive(Debug, Clone)]
pub(in super::super) struct Version(Vec<Part>);

/// The rank of a word, or of any number, and the number.
type Part = (u8, i128);

/// Numbers stand between release candidates and patches; one that is missing is below any that is there.
const NUMBER: u8 = 4;
const MISSING: Part = (NUMBER, -1);

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.split('+').next()?.to_ascii_lowercase();
        let text = text.strip_prefix('v').unwrap_or(&text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let numbers = numbers.strip_suffix('.').filter(|_| !rest.is_empty()).unwrap_or(numbers);
        let mut parts = numbers.split('.').map(number).collect::<Option<Vec<_>>>()?;
        parts.resize(parts.len().max(4), (NUMBER, 0));
        parts.extend(stability(rest)?);
        Some(Self(parts))
    }

    pub(super) fn order(&self, other: &Self) -> Ordering {
        padded(&self.0, &other.0, &MISSING)
    }
}

fn number(text: &str) -> Option<Part> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(|number| (NUMBER, number))
}

/// What follows the numbers: `-beta.2`, `RC1`, `-dev`.
fn stability(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for piece in text.split(['-', '.', '_']).filter(|piece| !piece.is_empty()) {
        let end = piece.find(|c: char| c.is_ascii_digit()).unwrap_or(piece.len());
        let (word, digits) = piece.split_at(end);
        if !matches!(word, "" | "stable") {
            parts.push((rank(word)?, 0));
        }
        if !digits.is_empty() {
            parts.push(number(digits)?);
        }
    }
    Some(parts)
}

fn rank(word: &str) -> Option<u8> {
    Some(match word {
        "dev" => 0,
        "alpha" | "a" => 1,
        "beta" | "b" => 2,
        "rc" => 3,
        "patch" | "pl" | "p" => 5,
        _ => return None,
    })
}
