//! Versions as far as the last release needs them: which of two is lower, and which is for everybody.

/// A version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    numbers: Vec<u64>,
    stage: Stage,
    rest: Vec<u64>,
}

/// How far along it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// A build of some day, or the mark of some place in the history.
    Unreleased,
    Alpha,
    Beta,
    Candidate,
    Final,
    Post,
}

/// Words that say nothing more than the number before them.
const FINAL: &str = "final release ga";

impl Version {
    /// The version that a text begins with, a `v` before it allowed.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = bare(text);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (numbers, suffix) = text.split_at(length);
        let numbers = numbers.trim_end_matches('.');
        let mut numbers = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        let words = words(suffix);
        let rest = words.iter().filter_map(|word| word.parse().ok()).collect();
        Some(Self { numbers, stage: stage(&words), rest })
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it is for those who asked for it: alpha, beta, candidate.
    pub(super) fn is_early(&self) -> bool {
        matches!(self.stage, Stage::Alpha | Stage::Beta | Stage::Candidate)
    }
}

/// A version without the `v` that people write before it.
pub(super) fn bare(text: &str) -> &str {
    text.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(text)
}

/// Runs of letters, in lower case, and runs of digits.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in text.chars() {
        let goes_on = c.is_alphanumeric() && before.is_alphanumeric() && c.is_ascii_digit() == before.is_ascii_digit();
        match words.last_mut().filter(|_| goes_on) {
            Some(word) => word.extend(c.to_lowercase()),
            None if c.is_alphanumeric() => words.push(c.to_lowercase().collect()),
            None => {}
        }
        before = c;
    }
    words
}

/// What the words after the numbers say. More than one word is nobody's release.
fn stage(words: &[String]) -> Stage {
    let is_number = |word: &&String| word.starts_with(|c: char| c.is_ascii_digit());
    let named: Vec<&str> = words.iter().filter(|word| !is_number(word)).map(String::as_str).collect();
    match named.as_slice() {
        [] if words.is_empty() => Stage::Final,
        // `1.2.0-1` comes before 1.2.0 for some and after it for others.
        [] => Stage::Candidate,
        [word] if FINAL.split(' ').any(|known| known == *word) => Stage::Final,
        ["post" | "rev" | "r" | "p" | "patch" | "sp"] => Stage::Post,
        ["alpha" | "a"] => Stage::Alpha,
        ["beta" | "b" | "m" | "milestone"] => Stage::Beta,
        ["rc" | "c" | "cr" | "pre" | "preview"] => Stage::Candidate,
        _ => Stage::Unreleased,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_order() {
        let rising = [
            "0.9",
            "1.0.0-nightly",
            "1.0.0a1",
            "1.0.0-beta.2",
            "1.0.0-rc.1",
            "1.0.0rc2",
            "1.0",
            "1.0.0.post1",
            "1.0.1",
            "v1.2",
            "1.10.0",
            "2026.11",
        ];
        for pair in rising.windows(2) {
            assert!(Version::of(pair[0]) < Version::of(pair[1]), "{pair:?}");
        }
        assert_eq!(Version::of("1.0.0"), Version::of("v1.0"));
        assert_eq!(Version::of("1.0.0+build.5"), Version::of("1.0.0-final"));
    }

    #[test]
    fn what_is_nobodys_release_is_told_apart() {
        for text in [
            "2026.11-nightly",
            "1.2-branch-point",
            "1.2.0-SNAPSHOT",
            "1.2.0.dev3",
            "1.2.0-rc.1-nightly",
            "2026-11-29-build",
        ] {
            assert_eq!(Version::of(text).unwrap().stage(), Stage::Unreleased, "{text}");
        }
        for text in ["1.2.0-rc1", "1.2.0b3", "1.2.0-1", "1.2.0~rc1"] {
            assert!(Version::of(text).unwrap().is_early(), "{text}");
        }
        for text in ["", "nightly", "v", "99999999999999999999999.1"] {
            assert_eq!(Version::of(text), None, "{text}");
        }
    }
}
