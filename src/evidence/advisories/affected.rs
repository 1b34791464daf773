//! Whether a version is affected: the evaluation algorithm of the OSV schema.

use std::cmp::Ordering;

use super::ecosystem::Ecosystem;
use super::osv::{Affected, Event, Range};
use super::version::Version;
use crate::model::escape::visible_up_to;

/// An installed version.
#[derive(Debug)]
pub(super) struct Installed<'a> {
    ecosystem: Ecosystem,
    text: &'a str,
    version: Option<Version>,
}

impl<'a> Installed<'a> {
    pub(super) fn new(ecosystem: Ecosystem, text: &'a str) -> Self {
        Self { ecosystem, text, version: Version::parse(ecosystem, text) }
    }

    /// Whether an advisory's entry for this package covers the version.
    ///
    /// # Errors
    /// Why nobody can tell.
    pub(super) fn is_affected(&self, entry: &Affected) -> Result<bool, String> {
        if entry.versions().iter().any(|listed| self.is(listed)) {
            return Ok(true);
        }
        let mut ranges = entry.ranges().iter().filter(|range| range.kind != "GIT").peekable();
        if ranges.peek().is_none() && entry.versions().is_empty() {
            return Err("it names neither versions nor a range of them".to_owned());
        }
        let mut undetermined = None;
        for range in ranges {
            match self.is_within(range) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(why) => undetermined = Some(why),
            }
        }
        undetermined.map_or(Ok(false), Err)
    }

    /// The versions that fix it, in their order, above the installed one.
    pub(super) fn fixes(&self, entry: &Affected) -> Vec<String> {
        let events = entry.ranges().iter().filter(|range| range.kind != "GIT").flat_map(|range| &range.events);
        let parsed = events.filter_map(|event| {
            let text = event.fixed.as_ref()?;
            Some((Version::parse(self.ecosystem, text)?, text.clone()))
        });
        let above =
            |version: &Version| self.version.as_ref().is_none_or(|own| own.order(version) == Some(Ordering::Less));
        let mut fixes: Vec<_> = parsed.filter(|(version, _)| above(version)).collect();
        fixes.sort_by(|(one, _), (other, _)| one.order(other).unwrap_or(Ordering::Equal));
        fixes.dedup_by(|one, other| one.1 == other.1);
        fixes.into_iter().map(|(_, text)| text).collect()
    }

    fn is(&self, listed: &str) -> bool {
        if listed == self.text {
            return true;
        }
        let own = self.version.as_ref();
        own.zip(Version::parse(self.ecosystem, listed))
            .is_some_and(|(own, other)| own.order(&other) == Some(Ordering::Equal))
    }

    fn is_within(&self, range: &Range) -> Result<bool, String> {
        if !matches!(range.kind.as_str(), "SEMVER" | "ECOSYSTEM") {
            return Err(format!("it has a range of the type `{}`", visible_up_to(&range.kind, 40)));
        }
        let mut points = range.events.iter().map(|event| self.point(event)).collect::<Result<Vec<_>, _>>()?;
        points.sort_by(|one, other| one.at.order(&other.at));
        let mut limits = points.iter().filter(|point| point.turn == Turn::Limit).peekable();
        let before_limits = limits.peek().is_none() || limits.any(|limit| self.against(&limit.at) == Ordering::Less);
        let mut affected = false;
        for point in &points {
            match (point.turn, self.against(&point.at)) {
                (Turn::Introduced, Ordering::Equal | Ordering::Greater) => affected = true,
                (Turn::Fixed, Ordering::Equal | Ordering::Greater) | (Turn::LastAffected, Ordering::Greater) => {
                    affected = false;
                }
                _ => {}
            }
        }
        Ok(affected && before_limits)
    }

    fn point(&self, event: &Event) -> Result<Point, String> {
        let given = [
            (Turn::Introduced, &event.introduced),
            (Turn::Fixed, &event.fixed),
            (Turn::LastAffected, &event.last_affected),
            (Turn::Limit, &event.limit),
        ];
        let mut given = given.into_iter().filter_map(|(turn, text)| Some((turn, text.as_deref()?)));
        let (Some((turn, text)), None) = (given.next(), given.next()) else {
            return Err("an event of a range must say exactly one thing".to_owned());
        };
        let at = match (turn, text) {
            (Turn::Introduced, "0") => At::Start,
            (Turn::Limit, "*") => At::End,
            _ => At::Version(self.comparable(text)?),
        };
        Ok(Point { turn, at })
    }

    fn comparable(&self, text: &str) -> Result<Version, String> {
        let undetermined = |text: &str| {
            format!("`{}` is not a version that {} can compare", visible_up_to(text, 60), self.ecosystem.name())
        };
        if self.version.is_none() {
            return Err(undetermined(self.text));
        }
        Version::parse(self.ecosystem, text).ok_or_else(|| undetermined(text))
    }

    /// How the installed version stands to a point of a range.
    fn against(&self, at: &At) -> Ordering {
        match (at, &self.version) {
            (At::Start, _) => Ordering::Greater,
            (At::End, _) => Ordering::Less,
            (At::Version(named), Some(own)) => own.order(named).unwrap_or(Ordering::Greater),
            (At::Version(_), None) => Ordering::Greater,
        }
    }
}

struct Point {
    turn: Turn,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Introduced,
    Fixed,
    LastAffected,
    Limit,
}

enum At {
    /// Before every version.
    Start,
    Version(Version),
    /// After every version.
    End,
}

impl At {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Start, Self::Start) | (Self::End, Self::End) => Ordering::Equal,
            (Self::Start, _) | (_, Self::End) => Ordering::Less,
            (_, Self::Start) | (Self::End, _) => Ordering::Greater,
            (Self::Version(one), Self::Version(other)) => one.order(other).unwrap_or(Ordering::Equal),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn affected(ecosystem: Ecosystem, version: &str, entry: &Value) -> Result<bool, String> {
        let entry: Affected = serde_json::from_value(entry.clone()).unwrap();
        Installed::new(ecosystem, version).is_affected(&entry)
    }

    fn check(ecosystem: Ecosystem, entry: Value, yes: &[&str], no: &[&str]) {
        for (versions, expected) in [(yes, true), (no, false)] {
            for version in versions {
                assert_eq!(affected(ecosystem, version, &entry), Ok(expected), "{version} {entry}");
            }
        }
    }

    fn range(kind: &str, events: Value) -> Value {
        json!({"ranges": [{"type": kind, "events": events}]})
    }

    #[test]
    fn ranges_begin_and_end_where_they_say() {
        let two = json!([{"introduced": "1.0.0"}, {"fixed": "1.0.2"}, {"fixed": "3.2.1"}, {"introduced": "3.0.0"}]);
        check(
            Ecosystem::Npm,
            range("SEMVER", two),
            &["1.0.0", "1.0.1", "1.0.2-rc.1", "3.0.0", "3.2.0+build"],
            &["0.9.9", "1.0.0-rc.1", "1.0.2", "1.0.2+build", "2.9.9", "3.0.0-alpha", "3.2.1", "9.0.0"],
        );
        check(
            Ecosystem::CratesIo,
            range("SEMVER", json!([{"introduced": "0.0.0-0"}, {"fixed": "0.3.1"}])),
            &["0.0.0-0", "0.1.0", "0.3.1-alpha"],
            &["0.3.1"],
        );
        check(Ecosystem::Go, range("SEMVER", json!([{"introduced": "0"}])), &["v0.0.0-2019-a", "v9.0.0"], &[]);
    }

    #[test]
    fn the_last_affected_version_is_affected() {
        let entry = range("ECOSYSTEM", json!([{"introduced": "1.0"}, {"last_affected": "1.4"}]));
        check(Ecosystem::PyPi, entry, &["1.0", "1.4", "1.4.0", "1.4+local"], &["1.0rc1", "1.4.post1", "1.4.1"]);
        let one = range("ECOSYSTEM", json!([{"introduced": "2"}, {"last_affected": "2"}]));
        check(Ecosystem::RubyGems, one, &["2.0.0"], &["2.0.0.rc1", "2.0.1", "3"]);
    }

    #[test]
    fn limits_bound_what_is_affected() {
        let limited = |limits: &[&str]| {
            let limits = limits.iter().map(|limit| json!({"limit": limit}));
            range("SEMVER", std::iter::once(json!({"introduced": "1.0.0"})).chain(limits).collect())
        };
        check(Ecosystem::Npm, limited(&["2.0.0"]), &["1.0.0", "1.9.9"], &["2.0.0", "3.0.0"]);
        check(Ecosystem::Npm, limited(&["2.0.0", "4.0.0"]), &["3.0.0"], &["4.0.0"]);
        check(Ecosystem::Npm, limited(&["*"]), &["9.0.0"], &["0.9.0"]);
    }

    #[test]
    fn epochs_and_local_versions_count() {
        let entry = range("ECOSYSTEM", json!([{"introduced": "1!0"}, {"fixed": "1!2.0"}]));
        check(Ecosystem::PyPi, entry, &["1!0", "1!1.9"], &["5.0", "1!2.0", "1!2.0+local"]);
        let local = range("ECOSYSTEM", json!([{"introduced": "0"}, {"fixed": "1.0+patch1"}]));
        check(Ecosystem::PyPi, local, &["1.0", "1.0+patch0"], &["1.0+patch1", "1.1"]);
    }

    #[test]
    fn listed_versions_are_affected_however_they_are_written() {
        let entry = json!({"versions": ["1.0", "2004d"], "ranges": [{"type": "GIT", "repo": "x", "events": []}]});
        check(Ecosystem::PyPi, entry, &["1.0", "1.0.0", "1.0+cpu", "2004d"], &["1.0.1", "2004e"]);
    }

    /// The schema's own words, over every event for every version, with no sorting of versions but theirs.
    fn naive(version: &::semver::Version, events: &[(&str, String)]) -> bool {
        let at = |text: &str| if text == "0" { None } else { Some(::semver::Version::parse(text).unwrap()) };
        let limits: Vec<_> = events.iter().filter(|(kind, _)| *kind == "limit").collect();
        let before = |text: &str| text == "*" || version < &::semver::Version::parse(text).unwrap();
        if !limits.is_empty() && !limits.iter().any(|(_, text)| before(text)) {
            return false;
        }
        let mut sorted: Vec<_> = events.iter().filter(|(kind, _)| *kind != "limit").collect();
        sorted.sort_by_key(|(_, text)| at(text));
        let mut vulnerable = false;
        for (kind, text) in sorted {
            let at = at(text);
            match *kind {
                "introduced" if at.as_ref().is_none_or(|at| version >= at) => vulnerable = true,
                "fixed" if at.as_ref().is_none_or(|at| version >= at) => vulnerable = false,
                "last_affected" if at.as_ref().is_none_or(|at| version > at) => vulnerable = false,
                _ => {}
            }
        }
        vulnerable
    }

    fn versions() -> impl Strategy<Value = String> {
        let pre = prop_oneof![Just(""), Just("-alpha"), Just("-alpha.1"), Just("-rc.2"), Just("-rc.10")];
        (0..3u8, 0..3u8, 0..3u8, pre).prop_map(|(major, minor, patch, pre)| format!("{major}.{minor}.{patch}{pre}"))
    }

    fn events() -> impl Strategy<Value = Vec<(&'static str, String)>> {
        let kind =
            prop_oneof![4 => Just("introduced"), 4 => Just("fixed"), 2 => Just("last_affected"), 1 => Just("limit")];
        let event = (kind, versions()).prop_map(|(kind, at)| match (kind, at.as_str()) {
            ("introduced", "0.0.0") => (kind, "0".to_owned()),
            ("limit", "2.2.2") => (kind, "*".to_owned()),
            _ => (kind, at),
        });
        // Two events at one version contradict each other, and the schema gives them no order.
        proptest::collection::vec(event, 0..7).prop_map(|mut events| {
            let mut seen = std::collections::BTreeSet::new();
            events.retain(|(kind, at)| *kind == "limit" || seen.insert(at.clone()));
            events
        })
    }

    proptest! {
        #[test]
        fn ranges_are_evaluated_as_the_schema_says(version in versions(), events in events()) {
            let listed: Vec<_> = events.iter().map(|(kind, at)| json!({*kind: at})).collect();
            let found = affected(Ecosystem::Npm, &version, &range("SEMVER", listed.into()));
            prop_assert_eq!(found, Ok(naive(&::semver::Version::parse(&version).unwrap(), &events)));
        }
    }

    #[test]
    fn what_cannot_be_compared_is_told() {
        let entry = range("ECOSYSTEM", json!([{"introduced": "0"}, {"fixed": "1.0"}]));
        for (ecosystem, version, entry) in [
            (Ecosystem::Packagist, "dev-master", entry.clone()),
            (Ecosystem::PyPi, "1.0", range("ECOSYSTEM", json!([{"introduced": "x"}]))),
            (Ecosystem::PyPi, "1.0", range("ECOSYSTEM", json!([{"introduced": "1", "fixed": "2"}]))),
            (Ecosystem::PyPi, "1.0", range("ECOSYSTEM", json!([{}]))),
            (Ecosystem::PyPi, "1.0", range("MOON", json!([{"introduced": "0"}]))),
            (Ecosystem::PyPi, "1.0", json!({})),
            (Ecosystem::PyPi, "1.0", range("GIT", json!([]))),
        ] {
            assert!(affected(ecosystem, version, &entry).is_err(), "{entry}");
        }
    }

    #[test]
    fn fixes_above_the_version_are_named() {
        let events = json!([{"introduced": "0"}, {"fixed": "2.0.1"}, {"introduced": "1.0.0"}, {"fixed": "1.0.2"}, {"fixed": "0.1.0"}]);
        let entry: Affected = serde_json::from_value(range("SEMVER", events)).unwrap();
        assert_eq!(Installed::new(Ecosystem::Npm, "1.0.0").fixes(&entry), ["1.0.2", "2.0.1"]);
    }
}
