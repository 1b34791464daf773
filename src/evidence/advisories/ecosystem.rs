//! The ecosystems whose lock files are read, and how each names its packages.

/// Where packages come from, in the words of the OSV schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// Rust.
    CratesIo,
    /// Python.
    PyPi,
    /// Node.
    Npm,
    /// Go.
    Go,
    /// Ruby.
    RubyGems,
    /// PHP.
    Packagist,
    /// What Maven and Gradle build with.
    Maven,
    /// .NET.
    NuGet,
    /// Elixir and Erlang.
    Hex,
    /// Dart.
    Pub,
    /// Swift.
    SwiftUrl,
}

impl Ecosystem {
    /// Every ecosystem.
    pub const ALL: [Self; 11] = [
        Self::CratesIo,
        Self::PyPi,
        Self::Npm,
        Self::Go,
        Self::RubyGems,
        Self::Packagist,
        Self::Maven,
        Self::NuGet,
        Self::Hex,
        Self::Pub,
        Self::SwiftUrl,
    ];

    /// Its name in advisories.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CratesIo => "crates.io",
            Self::PyPi => "PyPI",
            Self::Npm => "npm",
            Self::Go => "Go",
            Self::RubyGems => "RubyGems",
            Self::Packagist => "Packagist",
            Self::Maven => "Maven",
            Self::NuGet => "NuGet",
            Self::Hex => "Hex",
            Self::Pub => "Pub",
            Self::SwiftUrl => "SwiftURL",
        }
    }

    /// By the name in an advisory; what follows a colon names one registry of several.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let base = name.split(':').next().unwrap_or_default();
        Self::ALL.into_iter().find(|one| one.name() == base)
    }

    /// Its name in package URLs.
    #[must_use]
    pub fn package_url_type(self) -> &'static str {
        match self {
            Self::CratesIo => "cargo",
            Self::PyPi => "pypi",
            Self::Npm => "npm",
            Self::Go => "golang",
            Self::RubyGems => "gem",
            Self::Packagist => "composer",
            Self::Maven => "maven",
            Self::NuGet => "nuget",
            Self::Hex => "hex",
            Self::Pub => "pub",
            Self::SwiftUrl => "swift",
        }
    }

    /// The form in which names of packages are compared.
    #[must_use]
    pub fn normalized(self, name: &str) -> String {
        match self {
            Self::PyPi => pep_503(name),
            Self::Packagist | Self::NuGet => name.to_lowercase(),
            Self::CratesIo => name.replace('_', "-"),
            Self::SwiftUrl => repository(name),
            Self::Npm | Self::Go | Self::RubyGems | Self::Maven | Self::Hex | Self::Pub => name.to_owned(),
        }
    }
}

/// A repository as advisories name it: without what leads to it and what its address may end in.
fn repository(url: &str) -> String {
    let url = url.to_lowercase();
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.trim_end_matches('/').trim_end_matches(".git").replace(':', "/")
}

fn pep_503(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_the_registry_does() {
        let cases = [
            (Ecosystem::PyPi, "Ruamel.YAML__x", "ruamel-yaml-x"),
            (Ecosystem::Packagist, "Monolog/Monolog", "monolog/monolog"),
            (Ecosystem::CratesIo, "serde_json", "serde-json"),
            (Ecosystem::Npm, "@Babel/core_x", "@Babel/core_x"),
            (Ecosystem::Go, "github.com/A/b_c", "github.com/A/b_c"),
            (Ecosystem::RubyGems, "rack_x", "rack_x"),
            (Ecosystem::Hex, "phoenix_html", "phoenix_html"),
            (Ecosystem::SwiftUrl, "https://github.com/Vapor/vapor.git", "github.com/vapor/vapor"),
            (Ecosystem::SwiftUrl, "git@github.com:vapor/vapor", "github.com/vapor/vapor"),
            (Ecosystem::Maven, "org.Example:a_b", "org.Example:a_b"),
            (Ecosystem::NuGet, "Newtonsoft.Json", "newtonsoft.json"),
        ];
        for (ecosystem, name, expected) in cases {
            assert_eq!(ecosystem.normalized(name), expected);
        }
    }

    #[test]
    fn a_registry_behind_a_colon_belongs_to_its_ecosystem() {
        assert_eq!(Ecosystem::of_name("Packagist:https://packages.drupal.org/8"), Some(Ecosystem::Packagist));
        assert_eq!([Ecosystem::of_name("pypi"), Ecosystem::of_name("Debian:12")], [None, None]);
        assert!(Ecosystem::ALL.iter().all(|one| Ecosystem::of_name(one.name()) == Some(*one)));
    }
}
