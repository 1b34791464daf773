//! Versions, in the order that their ecosystem gives them.

use std::cmp::Ordering;

use super::ecosystem::Ecosystem;
use crate::ecosystems::ruby::version as gem;
use crate::ecosystems::{dotnet, maven};

mod composer;
mod semver;

/// A version that can be compared with others of its ecosystem.
#[derive(Debug, Clone)]
pub(super) enum Version {
    SemVer(::semver::Version),
    Pep440(pep440_rs::Version),
    Gem(gem::Version),
    Composer(composer::Version),
    Maven(maven::version::Version),
    NuGet(dotnet::version::Version),
}

impl Version {
    /// Reads a version. `None` for a text that the ecosystem gives no place in its order.
    pub(super) fn parse(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        let text = text.trim();
        match ecosystem {
            Ecosystem::CratesIo
            | Ecosystem::Npm
            | Ecosystem::Go
            | Ecosystem::Hex
            | Ecosystem::Pub
            | Ecosystem::SwiftUrl => semver::parse(text).map(Self::SemVer),
            Ecosystem::PyPi => text.parse().ok().map(Self::Pep440),
            Ecosystem::RubyGems => gem::Version::parse(text).map(Self::Gem),
            Ecosystem::Packagist => composer::Version::parse(text).map(Self::Composer),
            Ecosystem::Maven => maven::version::Version::parse(text).map(Self::Maven),
            Ecosystem::NuGet => dotnet::version::Version::parse(text).map(Self::NuGet),
        }
    }

    /// How an installed version stands to one that an advisory names. A local label (`1.0+cpu`) is a build of the
    /// same source, so it counts only against another one.
    pub(super) fn order(&self, named: &Self) -> Option<Ordering> {
        Some(match (self, named) {
            (Self::SemVer(one), Self::SemVer(other)) => one.cmp_precedence(other),
            (Self::Pep440(one), Self::Pep440(other)) if one.is_local() && !other.is_local() => {
                one.clone().without_local().cmp(other)
            }
            (Self::Pep440(one), Self::Pep440(other)) => one.cmp(other),
            (Self::Gem(one), Self::Gem(other)) => one.order(other),
            (Self::Composer(one), Self::Composer(other)) => one.order(other),
            (Self::Maven(one), Self::Maven(other)) => one.order(other),
            (Self::NuGet(one), Self::NuGet(other)) => one.order(other),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(ecosystem: Ecosystem, one: &str, other: &str) -> Ordering {
        let parse = |text| Version::parse(ecosystem, text).unwrap_or_else(|| panic!("{text}"));
        parse(one).order(&parse(other)).unwrap()
    }

    fn ascending(ecosystem: Ecosystem, versions: &[&str]) {
        for (at, one) in versions.iter().enumerate() {
            for (other_at, other) in versions.iter().enumerate() {
                assert_eq!(order(ecosystem, one, other), at.cmp(&other_at), "{one} {other}");
            }
        }
    }

    #[test]
    fn each_ecosystem_has_its_order() {
        let semver = [
            "0.0.0-0",
            "0.0.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-rc.2",
            "1.0.0-rc.10",
            "1.0.0",
            "1.2.0",
            "1.10.0",
        ];
        ascending(Ecosystem::CratesIo, &semver);
        ascending(Ecosystem::Npm, &semver);
        ascending(
            Ecosystem::Go,
            &[
                "v0.0.0-20190101000000-aaaaaaaaaaaa",
                "v0.0.0-20200101000000-000000000000",
                "v1.0.0",
                "v2.0.0+incompatible",
            ],
        );
        ascending(
            Ecosystem::PyPi,
            &[
                "1.0.dev1",
                "1.0a1.dev1",
                "1.0a1",
                "1.0b2",
                "1.0rc1",
                "1.0",
                "1.0.post1",
                "1.0.1",
                "1.10",
                "2009.5",
                "1!0.1",
            ],
        );
        ascending(
            Ecosystem::RubyGems,
            &[
                "1.0.0.alpha",
                "1.0.0.beta2",
                "1.0.0.beta10",
                "1.0.0.pre1",
                "1.0.0.rc1",
                "1.0.0",
                "1.0.0.1",
                "1.2",
                "1.10",
            ],
        );
        ascending(
            Ecosystem::Packagist,
            &[
                "1.0.0-dev",
                "1.0.0-alpha1",
                "v1.0.0-beta.2",
                "1.0.0-beta10",
                "1.0.0-RC1",
                "1.0.0",
                "1.0.0-p1",
                "1.0.0.1",
                "1.2",
                "1.10",
                "20100102",
            ],
        );
        // The examples of its documentation, and the fourth number.
        ascending(
            Ecosystem::NuGet,
            &[
                "1.0.0-1",
                "1.0.0-alpha",
                "1.0.0-Alpha.1",
                "1.0.0-beta.2",
                "1.0.0-beta.10",
                "1.0.0-rc",
                "1.0.0",
                "1.0.0.1",
                "1.0.1",
                "1.10",
            ],
        );
    }

    /// Generated versions, ascending, as each ecosystem's own tool put them; a line has those that are the same to it.
    #[test]
    fn the_order_is_that_of_each_ecosystems_own_tool() {
        for (ecosystem, lines) in [
            (Ecosystem::RubyGems, include_str!("../../../../tests/fixtures/advisories/versions/gem.txt")),
            (Ecosystem::Packagist, include_str!("../../../../tests/fixtures/advisories/versions/composer.txt")),
            (Ecosystem::Npm, include_str!("../../../../tests/fixtures/advisories/versions/node.txt")),
            (Ecosystem::PyPi, include_str!("../../../../tests/fixtures/advisories/versions/pep440.txt")),
            (Ecosystem::Maven, include_str!("../../../../tests/fixtures/advisories/versions/maven.txt")),
        ] {
            let at = |(at, line): (usize, &'static str)| line.split(' ').map(move |version| (at, version));
            let all: Vec<_> = lines.lines().enumerate().flat_map(at).collect();
            for (at, one) in &all {
                for (other_at, other) in &all {
                    assert_eq!(order(ecosystem, one, other), at.cmp(other_at), "{ecosystem:?} {one} {other}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_differently_may_be_the_same() {
        for (ecosystem, one, other) in [
            (Ecosystem::CratesIo, "1.0.0+a", "1.0.0+b"),
            (Ecosystem::Npm, "v1.0.0", "1.0"),
            (Ecosystem::Go, "v2.0.0+incompatible", "2.0.0"),
            (Ecosystem::PyPi, "1.0", "1.0.0"),
            (Ecosystem::PyPi, "1.13.0+cpu", "1.13.0"),
            (Ecosystem::PyPi, "1.0-1", "1.0.post1"),
            (Ecosystem::RubyGems, "1.0.0", "1"),
            (Ecosystem::RubyGems, "1.0-rc1", "1.0.pre.rc1"),
            (Ecosystem::Packagist, "v1.0", "1.0.0.0"),
            (Ecosystem::Packagist, "1.0.0-b1+build", "1.0-beta1"),
            (Ecosystem::Maven, "1.0.0.RELEASE", "1"),
            (Ecosystem::Maven, "1.0-CR1", "1.0rc1"),
            (Ecosystem::NuGet, "1.0-Beta+build", "1.0.0.0-beta"),
        ] {
            assert_eq!(order(ecosystem, one, other), Ordering::Equal, "{one} {other}");
        }
        assert_eq!(order(Ecosystem::PyPi, "1.0", "1.0+cpu"), Ordering::Less);
        assert_eq!(order(Ecosystem::PyPi, "1.0+b", "1.0+a"), Ordering::Greater);
    }

    #[test]
    fn what_has_no_place_in_the_order_is_told() {
        for (ecosystem, text) in [
            (Ecosystem::CratesIo, "latest"),
            (Ecosystem::Npm, "1.2.3.4"),
            (Ecosystem::Npm, ""),
            (Ecosystem::Go, "v1.x"),
            (Ecosystem::PyPi, "2004d"),
            (Ecosystem::RubyGems, "one"),
            (Ecosystem::RubyGems, "1..2"),
            (Ecosystem::Maven, ""),
            (Ecosystem::Maven, "1 2"),
            (Ecosystem::NuGet, "1.2.3.4.5"),
            (Ecosystem::NuGet, "1.x"),
            (Ecosystem::Packagist, "dev-master"),
            (Ecosystem::Packagist, "1.0.x-dev"),
        ] {
            assert!(Version::parse(ecosystem, text).is_none(), "{text}");
        }
    }
}
