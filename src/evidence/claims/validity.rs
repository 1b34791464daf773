//! When a key counts: from one time to another, both inclusive, in UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::tz::Offset;

use super::Standing;
use super::signers::Moment;
use crate::model::escape::visible_up_to;

/// A time as `allowed_signers` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Time {
    written: String,
    at: Timestamp,
}

/// From when and until when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) after: Option<Time>,
    pub(super) before: Option<Time>,
}

impl Time {
    /// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, and a `Z`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let shown = visible_up_to(text, 40);
        let digits = text.strip_suffix(['Z', 'z']);
        let Some(digits) = digits else {
            return Err(match at(text) {
                Some(_) => format!("`{shown}` has no `Z`: it would mean another moment on every machine"),
                None => format!("`{shown}` is no time"),
            });
        };
        match at(digits) {
            Some(at) => Ok(Self { written: text.to_owned(), at }),
            None => Err(format!("`{shown}` is no time that a calendar has")),
        }
    }
}

fn at(digits: &str) -> Option<Timestamp> {
    if ![8, 12, 14].contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |part| part.parse::<i16>().ok());
    let small = |from, to| number(from, to).and_then(|number| i8::try_from(number).ok());
    let date = Date::new(number(0, 4)?, small(4, 6)?, small(6, 8)?).ok()?;
    let clock = Clock::new(small(8, 10)?, small(10, 12)?, small(12, 14)?, 0).ok()?;
    Offset::UTC.to_timestamp(DateTime::from_parts(date, clock)).ok()
}

impl Window {
    /// An inverted one holds never.
    pub(super) fn is_sound(&self) -> Result<(), String> {
        match (&self.after, &self.before) {
            (Some(after), Some(before)) if after.at > before.at => {
                Err(format!("valid-after ({}) comes after valid-before ({})", after.written, before.written))
            }
            _ => Ok(()),
        }
    }

    /// Why it is not open at a moment. Times count in whole seconds, as OpenSSH counts.
    fn closed(&self, at: Timestamp) -> Option<String> {
        let second = at.as_second();
        if let Some(after) = self.after.as_ref().filter(|after| second < after.at.as_second()) {
            return Some(format!("it is not valid before {}", after.written));
        }
        let before = self.before.as_ref().filter(|before| second > before.at.as_second())?;
        Some(format!("it expired at {}", before.written))
    }
}

/// Whether some window is open at each of some moments. `key` is what is said of it.
pub(super) fn judge(windows: &[&Window], moments: &[Moment], key: &str) -> Standing {
    let why = |moment: &Moment| {
        let mut closed = windows.iter().map(|window| window.closed(moment.at));
        let first = closed.next().flatten()?;
        closed.all(|closed| closed.is_some()).then_some(first)
    };
    let asked: Vec<_> = moments.iter().map(|moment| (moment, why(moment))).collect();
    let Some((moment, Some(reason))) = asked.iter().find(|(_, why)| why.is_some()) else { return Standing::Holds };
    let closed = |moment: &Moment, reason: &str| format!("{} ({}): {reason}", moment.called, moment.at);
    match asked.iter().find(|(_, why)| why.is_none()) {
        None => {
            let next = "sign with a key that counts; a newer file of keys counts by --policy-ref REV";
            Standing::Wrong(format!("{key} did not count {}; {next}", closed(moment, reason)))
        }
        Some((open, _)) => Standing::Unproven(format!(
            "{key} counted {} ({}), and not {}",
            open.called,
            open.at,
            closed(moment, reason)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_a_calendar_and_of_utc() {
        for (text, expected) in [
            ("20260102Z", "2026-01-02T00:00:00Z"),
            ("202601020304Z", "2026-01-02T03:04:00Z"),
            ("20260102030405z", "2026-01-02T03:04:05Z"),
            ("20240229Z", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(Time::read(text).map(|time| time.at.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for (text, expected) in [
            ("20260102", "has no `Z`"),
            ("20240231Z", "no time that a calendar has"),
            ("20261301Z", "no time that a calendar has"),
            ("202601022500Z", "no time that a calendar has"),
            ("2024-06-01", "is no time"),
            ("0", "is no time"),
            ("0Z", "no time that a calendar has"),
            ("Z", "no time that a calendar has"),
            ("", "is no time"),
            ("+2026102Z", "no time that a calendar has"),
        ] {
            let error = Time::read(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
