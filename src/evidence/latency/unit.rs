//! Units of time. Everything becomes milliseconds.

/// What a number of a file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    S,
    Ms,
    Us,
    Ns,
}

impl Unit {
    /// As `unit:` has them.
    pub(crate) const WORDS: [&str; 4] = ["s", "ms", "us", "ns"];

    const ALL: [Self; 4] = [Self::S, Self::Ms, Self::Us, Self::Ns];

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().position(|known| *known == word).map(|at| Self::ALL[at])
    }

    /// By the words of tools, which also write them out.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        match name {
            "s" | "sec" | "secs" | "second" | "seconds" => Some(Self::S),
            "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => Some(Self::Ms),
            "us" | "µs" | "μs" | "usec" | "usecs" | "micros" | "microsecond" | "microseconds" => Some(Self::Us),
            "ns" | "nsec" | "nsecs" | "nanos" | "nanosecond" | "nanoseconds" => Some(Self::Ns),
            _ => None,
        }
    }

    /// What the name of a field says of its unit: `latency_us`, `latencySeconds`, `Elapsed (s)`. A name that says none is no
    /// error, and one that is `s` alone says none.
    pub(crate) fn of_field(name: &str) -> Option<Self> {
        let name = name.trim().trim_end_matches([')', ']']);
        let last = name.rsplit(['_', '-', '.', ' ', '(', '[']).next().unwrap_or_default();
        let humps = last.char_indices().zip(last.chars().skip(1));
        let hump = humps.filter(|((_, one), next)| one.is_lowercase() && next.is_uppercase()).last();
        let word = hump.map_or(last, |((at, one), _)| &last[at + one.len_utf8()..]).to_ascii_lowercase();
        if name.eq_ignore_ascii_case("s") { None } else { Self::of_name(&word) }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::Ms => "ms",
            Self::Us => "us",
            Self::Ns => "ns",
        }
    }

    /// In milliseconds, without what the conversion adds behind the 15th digit.
    pub(crate) fn milliseconds(self, amount: f64) -> f64 {
        match self {
            Self::S => tidy(amount * 1e3),
            Self::Ms => amount,
            Self::Us => tidy(amount / 1e3),
            Self::Ns => tidy(amount / 1e6),
        }
    }
}

/// 0.0067 s are 6.7 ms, not 6.7000000000000002.
fn tidy(amount: f64) -> f64 {
    format!("{amount:.14e}").parse().unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_becomes_milliseconds() {
        assert_eq!(Unit::S.milliseconds(0.0067), 6.7);
        assert_eq!(Unit::Us.milliseconds(635.0), 0.635);
        assert_eq!(Unit::Ns.milliseconds(847.6), 0.000_847_6);
        assert_eq!(Unit::Ms.milliseconds(48.2), 48.2);
        assert!(Unit::S.milliseconds(f64::NAN).is_nan());
    }

    #[test]
    fn a_name_may_say_its_unit() {
        for (name, unit) in [
            ("latency_us", Some(Unit::Us)),
            ("Elapsed (s)", Some(Unit::S)),
            ("time.ns", Some(Unit::Ns)),
            ("ms", Some(Unit::Ms)),
            ("latency", None),
            ("request-duration", None),
            ("s", None),
            ("seconds", Some(Unit::S)),
            ("latencySeconds", Some(Unit::S)),
            ("elapsedMs", Some(Unit::Ms)),
            ("timings.totalMicros", Some(Unit::Us)),
            ("duration_nanos", Some(Unit::Ns)),
            ("latency [s]", Some(Unit::S)),
            ("délaiS", Some(Unit::S)),
            ("STATUS", None),
            ("items", None),
        ] {
            assert_eq!(Unit::of_field(name), unit, "{name}");
        }
        assert!(Unit::WORDS.iter().all(|word| Unit::of_word(word).is_some_and(|unit| unit.word() == *word)));
    }
}
