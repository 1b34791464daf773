//! NuGet's versions and ranges. <https://learn.microsoft.com/nuget/concepts/package-versioning>

use std::cmp::Ordering;

/// Up to four numbers, and a pre-release; letter case and what stands behind `+` do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    numbers: [u64; 4],
    pre: Vec<Part>,
}

/// A number is below any word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

impl Version {
    /// `None` for a text that is no version.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.split('+').next()?;
        let (release, pre) = text.split_once('-').map_or((text, None), |(release, pre)| (release, Some(pre)));
        let mut numbers = [0; 4];
        let mut places = numbers.iter_mut();
        for part in release.split('.') {
            *places.next()? = number(part)?;
        }
        let pre = pre.map_or(Some(Vec::new()), |pre| pre.split('.').map(part).collect())?;
        Some(Self { numbers, pre })
    }

    /// How one stands to another.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let release = self.numbers.cmp(&other.numbers);
        release.then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (false, false) => self.pre.cmp(&other.pre),
            (one, other) => one.cmp(&other),
        })
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn part(text: &str) -> Option<Part> {
    let is_sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let word = || Part::Word(text.to_ascii_lowercase());
    is_sound.then(|| number(text).map_or_else(word, Part::Number))
}

/// What a reference asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Range {
    /// `1.2.*`, without its brackets.
    Floating(String),
    Between {
        low: Option<Version>,
        takes_low: bool,
        high: Option<Version>,
        takes_high: bool,
    },
}

impl Range {
    /// Reads `1.2`, `[1.2, 2.0)`, `1.*`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let takes = text.strip_prefix(['[', '(']).map(|rest| (text.starts_with('['), rest));
        let Some((takes_low, rest)) = takes else {
            return match text.contains('*') {
                true => Some(Self::Floating(text.to_owned())),
                false => Some(Self::Between {
                    low: Some(Version::parse(text)?),
                    takes_low: true,
                    high: None,
                    takes_high: false,
                }),
            };
        };
        let takes_high = rest.ends_with(']');
        let inner = rest.strip_suffix([']', ')'])?;
        let (low, high) = inner.split_once(',').unwrap_or((inner, inner));
        let (low, high) = (low.trim(), high.trim());
        if low.contains('*') {
            return high.is_empty().then(|| Self::Floating(low.to_owned()));
        }
        let end = |text: &str| if text.is_empty() { Some(None) } else { Version::parse(text).map(Some) };
        Some(Self::Between { low: end(low)?, takes_low, high: end(high)?, takes_high })
    }

    /// Why it is not one version only; `None` where it is.
    pub(super) fn open(&self) -> Option<&'static str> {
        match self {
            Self::Floating(_) => Some("it is whatever is newest"),
            Self::Between { low: Some(low), takes_low: true, high: Some(high), takes_high: true }
                if low.order(high).is_eq() =>
            {
                None
            }
            Self::Between { low: Some(_), takes_low: true, high: None, .. } => {
                Some("that is the least version; [x] is exact")
            }
            Self::Between { .. } => Some("it is a range"),
        }
    }

    /// Whether a version lies in it.
    pub(super) fn has(&self, version: &str) -> bool {
        let Some(version) = Version::parse(version) else { return false };
        match self {
            Self::Floating(text) => floats(text, &version),
            Self::Between { low, takes_low, high, takes_high } => {
                let is_above = low.as_ref().is_none_or(|low| match version.order(low) {
                    Ordering::Greater => true,
                    Ordering::Equal => *takes_low,
                    Ordering::Less => false,
                });
                let is_below = high.as_ref().is_none_or(|high| match version.order(high) {
                    Ordering::Less => true,
                    Ordering::Equal => *takes_high,
                    Ordering::Greater => false,
                });
                is_above && is_below
            }
        }
    }
}

/// The numbers before the star are those of the version. (Where none fits, NuGet takes the next above, which is told as another.)
fn floats(text: &str, version: &Version) -> bool {
    let release = text.split('-').next().unwrap_or_default();
    let mut numbers = release.split('.').take_while(|part| !part.contains('*')).zip(version.numbers);
    numbers.all(|(part, number)| self::number(part) == Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_version_or_open() {
        for (text, is_open, inside, outside) in [
            ("[1.2.3]", false, "1.2.3.0", "1.2.4"),
            ("[1.2.3, 1.2.3]", false, "1.2.3", "1.2.4"),
            ("1.2.3", true, "2.0", "1.2.3-rc"),
            ("[1.0,2.0)", true, "1.9", "2.0"),
            ("(1.0,)", true, "1.0.1", "1.0"),
            ("(,1.0]", true, "1.0", "1.0.1"),
            ("1.2.*", true, "1.2.9", "1.3"),
            ("*", true, "9", "x"),
            ("[1.*, )", true, "1.9", "2.0"),
        ] {
            let range = Range::parse(text).expect(text);
            assert_eq!(range.open().is_some(), is_open, "{text}");
            assert_eq!((range.has(inside), range.has(outside)), (true, false), "{text}");
        }
        for text in ["", "1.x", "[1.0", "1.2.3.4.5", "[1.0;2.0]", "1.0-"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
