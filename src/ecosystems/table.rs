//! What a project may have, in one table: the manifests and lock files of each ecosystem, and who reads them. Whatever needs a list
//! of names takes it from here.

/// An ecosystem.
#[derive(Debug, PartialEq, Eq)]
pub struct Ecosystem {
    /// Its name.
    pub name: &'static str,
    /// The files that declare dependencies.
    pub manifests: &'static [File],
    /// The files that lock them.
    pub locks: &'static [File],
}

/// A file by its name.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// The name, or a pattern of it with one `*`; a folder may stand before it.
    pub name: &'static str,
    /// How a manifest is found, or whether a lock file counts as a pin.
    pub pins: Pins,
    /// Whether `dependency_security` looks up what it lists.
    pub advisories: bool,
}

/// What `deps_pinned` makes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pins {
    /// It is read where it is found.
    Found,
    /// It is read where the policy, or another file, names it.
    Named,
    /// It is not read.
    Unread,
}

const fn found(name: &'static str) -> File {
    File { name, pins: Pins::Found, advisories: false }
}

const fn named(name: &'static str) -> File {
    File { name, pins: Pins::Named, advisories: false }
}

const fn unread(name: &'static str) -> File {
    File { name, pins: Pins::Unread, advisories: false }
}

const fn looked_up(file: File) -> File {
    File { advisories: true, ..file }
}

/// Every ecosystem, in the order of the documentation.
pub const ALL: [Ecosystem; 15] = [
    Ecosystem {
        name: "Python",
        manifests: &[
            found("pyproject.toml"),
            looked_up(found("requirements.txt")),
            looked_up(named("requirements*.txt")),
            named("requirements/*.txt"),
            unread("setup.cfg"),
            unread("setup.py"),
            unread("Pipfile"),
        ],
        locks: &[
            looked_up(found("uv.lock")),
            looked_up(found("poetry.lock")),
            looked_up(found("pdm.lock")),
            looked_up(found("pylock.toml")),
            looked_up(unread("pylock.*.toml")),
            looked_up(unread("Pipfile.lock")),
        ],
    },
    Ecosystem { name: "Rust", manifests: &[found("Cargo.toml")], locks: &[looked_up(found("Cargo.lock"))] },
    Ecosystem {
        name: "Node",
        manifests: &[found("package.json")],
        locks: &[
            looked_up(found("npm-shrinkwrap.json")),
            looked_up(found("package-lock.json")),
            looked_up(found("pnpm-lock.yaml")),
            looked_up(found("yarn.lock")),
            looked_up(found("bun.lock")),
            unread("bun.lockb"),
        ],
    },
    Ecosystem { name: "Deno", manifests: &[unread("deno.json"), unread("deno.jsonc")], locks: &[unread("deno.lock")] },
    Ecosystem { name: "Go", manifests: &[looked_up(unread("go.mod"))], locks: &[looked_up(unread("go.sum"))] },
    Ecosystem {
        name: "Ruby",
        manifests: &[unread("Gemfile"), unread("gems.rb"), unread("*.gemspec")],
        locks: &[looked_up(unread("Gemfile.lock")), looked_up(unread("gems.locked"))],
    },
    Ecosystem { name: "PHP", manifests: &[unread("composer.json")], locks: &[looked_up(unread("composer.lock"))] },
    Ecosystem {
        name: ".NET",
        manifests: &[
            unread("*.csproj"),
            unread("*.fsproj"),
            unread("Directory.Build.props"),
            unread("Directory.Packages.props"),
        ],
        locks: &[unread("packages.lock.json")],
    },
    Ecosystem {
        name: "Java",
        manifests: &[
            unread("pom.xml"),
            unread("build.gradle"),
            unread("build.gradle.kts"),
            unread("gradle.properties"),
            unread("libs.versions.toml"),
        ],
        locks: &[unread("gradle.lockfile"), unread("verification-metadata.xml")],
    },
    Ecosystem { name: "Elixir", manifests: &[unread("mix.exs")], locks: &[unread("mix.lock")] },
    Ecosystem { name: "Dart", manifests: &[unread("pubspec.yaml")], locks: &[unread("pubspec.lock")] },
    Ecosystem { name: "Swift", manifests: &[unread("Package.swift")], locks: &[unread("Package.resolved")] },
    Ecosystem {
        name: "Conda, Pixi",
        manifests: &[unread("environment.yml"), unread("pixi.toml")],
        locks: &[unread("conda-lock.yml"), unread("pixi.lock")],
    },
    Ecosystem { name: "Nix", manifests: &[unread("flake.nix")], locks: &[unread("flake.lock")] },
    Ecosystem { name: "Helm", manifests: &[unread("Chart.yaml")], locks: &[unread("Chart.lock")] },
];

impl File {
    /// Whether a file's name, without its folder, is this one.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        match self.name.split_once('*') {
            _ if self.name.contains('/') => false,
            Some((before, after)) => {
                name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
            }
            None => self.name == name,
        }
    }
}

/// The manifests that are read where they are found: the first of each ecosystem, then the others.
pub fn manifests() -> impl Iterator<Item = &'static str> {
    let found = |files: &'static [File]| files.iter().filter(|file| file.pins == Pins::Found).map(|file| file.name);
    let first = ALL.iter().filter_map(move |ecosystem| found(ecosystem.manifests).next());
    first.chain(ALL.iter().flat_map(move |ecosystem| found(ecosystem.manifests).skip(1)))
}

/// The lock files of an ecosystem that count as pins.
pub fn locks(ecosystem: &str) -> impl Iterator<Item = &'static str> {
    let of_it = ALL.iter().filter(move |known| known.name == ecosystem).flat_map(|known| known.locks);
    of_it.filter(|file| file.pins == Pins::Found).map(|file| file.name)
}

/// Whether what a file of this name lists is looked up in advisories.
#[must_use]
pub fn is_looked_up(name: &str) -> bool {
    let mut files = ALL.iter().flat_map(|ecosystem| ecosystem.manifests.iter().chain(ecosystem.locks));
    files.any(|file| file.advisories && file.is(name))
}

/// The table for documents, in Markdown.
#[must_use]
pub fn documented() -> String {
    let names = |files: &[File], wanted: &dyn Fn(&File) -> bool| {
        let names: Vec<_> = files.iter().filter(|file| wanted(file)).map(|file| format!("`{}`", file.name)).collect();
        names.join(", ")
    };
    let row = |ecosystem: &Ecosystem| {
        let Ecosystem { name, manifests, locks } = ecosystem;
        let (read, unread) = (|file: &File| file.pins != Pins::Unread, |file: &File| file.pins == Pins::Unread);
        let looked_up = [names(manifests, &|file| file.advisories), names(locks, &|file| file.advisories)];
        let looked_up: Vec<_> = looked_up.into_iter().filter(|names| !names.is_empty()).collect();
        let unread = [names(manifests, &unread), names(locks, &unread)];
        let unread: Vec<_> = unread.into_iter().filter(|names| !names.is_empty()).collect();
        let (manifests, locks) = (names(manifests, &read), names(locks, &read));
        format!("| {name} | {manifests} | {locks} | {} | {} |\n", looked_up.join(", "), unread.join(", "))
    };
    let head = "| ecosystem | manifests that `deps_pinned` reads | lock files that pin | what `dependency_security` looks up | \
                known, and not read by `deps_pinned` |\n|---|---|---|---|---|\n";
    head.to_owned() + &ALL.iter().map(row).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_of_the_table_or_none() {
        for name in ["Cargo.lock", "requirements-dev.txt", "pylock.dev.toml", "gems.locked", "go.mod"] {
            assert!(is_looked_up(name), "{name}");
        }
        for name in ["cargo.lock", "requirements", "pylock..tom", "lock.json", "bun.lockb", "prod.txt"] {
            assert!(!is_looked_up(name), "{name}");
        }
        assert_eq!(
            manifests().collect::<Vec<_>>(),
            ["pyproject.toml", "Cargo.toml", "package.json", "requirements.txt"]
        );
    }

    #[test]
    fn no_name_stands_in_the_table_twice() {
        let files = ALL.iter().flat_map(|ecosystem| ecosystem.manifests.iter().chain(ecosystem.locks));
        let mut names: Vec<_> = files.map(|file| file.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
