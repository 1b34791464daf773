//! How bad a vulnerability is.

mod cvss2;

/// The scale. One that nobody rated ranks above MEDIUM: it may be HIGH.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Rated, and harmless.
    None,
    /// A base score below 4.
    Low,
    /// A base score below 7.
    Medium,
    /// Nobody rated it.
    Unknown,
    /// A base score below 9.
    High,
    /// A base score of 9 or more.
    Critical,
}

impl Severity {
    /// From the least to the worst.
    pub(crate) const ALL: [Self; 6] = [Self::None, Self::Low, Self::Medium, Self::Unknown, Self::High, Self::Critical];

    /// The word in reports.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::Unknown => "UNKNOWN",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }

    /// Of a word as advisories have it.
    #[must_use]
    pub(crate) fn of_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "none" => Self::None,
            "info" | "low" => Self::Low,
            "moderate" | "medium" => Self::Medium,
            "high" => Self::High,
            "critical" => Self::Critical,
            _ => Self::Unknown,
        }
    }

    /// Of a CVSS base score, by the qualitative scale of CVSS 3 and 4.
    #[must_use]
    pub(crate) fn of_score(score: f64) -> Self {
        match score {
            s if s >= 9.0 => Self::Critical,
            s if s >= 7.0 => Self::High,
            s if s >= 4.0 => Self::Medium,
            s if s > 0.0 => Self::Low,
            0.0 => Self::None,
            _ => Self::Unknown,
        }
    }

    /// Of a CVSS vector, versions 2 to 4.
    #[must_use]
    pub(crate) fn of_vector(vector: &str) -> Self {
        if let Some(score) = cvss2::base_score(vector) {
            return Self::of_score(score);
        }
        vector.parse::<cvss::Cvss>().map_or(Self::Unknown, |vector| Self::of_score(vector.score()))
    }

    /// The worst rating of one vulnerability; one that nobody gave does not count beside one that somebody did.
    #[must_use]
    pub(crate) fn of_ratings(ratings: impl IntoIterator<Item = Self>) -> Self {
        ratings.into_iter().filter(|rating| *rating != Self::Unknown).max().unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_read() {
        for (word, severity) in [("moderate", Severity::Medium), ("HIGH", Severity::High), ("?", Severity::Unknown)] {
            assert_eq!(Severity::of_word(word), severity);
        }
        for (score, severity) in [
            (0.0, Severity::None),
            (3.9, Severity::Low),
            (4.0, Severity::Medium),
            (7.0, Severity::High),
            (9.0, Severity::Critical),
            (f64::NAN, Severity::Unknown),
            (-1.0, Severity::Unknown),
        ] {
            assert_eq!(Severity::of_score(score), severity, "{score}");
        }
        for (vector, severity) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Severity::Critical),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", Severity::High),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Severity::Critical),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Severity::High),
            ("AV:N/AC:L/Au:N/C:P/I:P", Severity::Unknown),
            ("", Severity::Unknown),
        ] {
            assert_eq!(Severity::of_vector(vector), severity, "{vector}");
        }
        assert!(Severity::ALL.is_sorted());
    }

    #[test]
    fn a_rating_outweighs_none() {
        assert_eq!(Severity::of_ratings([Severity::Unknown, Severity::Low]), Severity::Low);
        assert_eq!(Severity::of_ratings([Severity::Low, Severity::High]), Severity::High);
        assert_eq!(Severity::of_ratings([]), Severity::Unknown);
    }
}
