//! What a project may have, in one table: the manifests and lock files of each ecosystem, and who reads them. Whatever needs a list
//! of names takes it from here.

/// An ecosystem.
#[derive(Debug, PartialEq, Eq)]
pub struct Ecosystem {
    /// Its name.
    pub name: &'static str,
    /// Its name in the OSV schema, where its packages are looked up.
    pub osv: Option<&'static str>,
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

/// Python.
pub(crate) const PYTHON: Ecosystem = Ecosystem {
    name: "Python",
    osv: Some("PyPI"),
    manifests: &[
        found("pyproject.toml"),
        looked_up(found("requirements.txt")),
        looked_up(named("requirements*.txt")),
        looked_up(named("requirements/*.txt")),
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
};

/// Rust.
pub(crate) const RUST: Ecosystem = Ecosystem {
    name: "Rust",
    osv: Some("crates.io"),
    manifests: &[found("Cargo.toml")],
    locks: &[looked_up(found("Cargo.lock"))],
};

/// Node.
pub(crate) const NODE: Ecosystem = Ecosystem {
    name: "Node",
    osv: Some("npm"),
    manifests: &[found("package.json")],
    locks: &[
        looked_up(found("npm-shrinkwrap.json")),
        looked_up(found("package-lock.json")),
        looked_up(found("pnpm-lock.yaml")),
        looked_up(found("yarn.lock")),
        looked_up(found("bun.lock")),
        unread("bun.lockb"),
    ],
};

/// An ecosystem that no reader understands.
const fn known(name: &'static str, manifests: &'static [File], locks: &'static [File]) -> Ecosystem {
    Ecosystem { name, osv: None, manifests, locks }
}

/// One whose lock files are looked up in advisories all the same.
const fn with_osv(osv: &'static str, ecosystem: Ecosystem) -> Ecosystem {
    Ecosystem { osv: Some(osv), ..ecosystem }
}

/// Every ecosystem, in the order of the documentation.
pub const ALL: [Ecosystem; 20] = [
    PYTHON,
    RUST,
    NODE,
    known("Deno", &[unread("deno.json"), unread("deno.jsonc")], &[unread("deno.lock")]),
    with_osv("Go", known("Go", &[looked_up(unread("go.mod"))], &[looked_up(unread("go.sum"))])),
    with_osv(
        "RubyGems",
        known(
            "Ruby",
            &[unread("Gemfile"), unread("gems.rb"), unread("*.gemspec")],
            &[looked_up(unread("Gemfile.lock")), looked_up(unread("gems.locked"))],
        ),
    ),
    with_osv("Packagist", known("PHP", &[unread("composer.json")], &[looked_up(unread("composer.lock"))])),
    known(
        ".NET",
        &[
            unread("*.csproj"),
            unread("*.fsproj"),
            unread("*.vbproj"),
            unread("Directory.Build.props"),
            unread("Directory.Packages.props"),
        ],
        &[unread("packages.lock.json")],
    ),
    known(
        "Java",
        &[
            unread("pom.xml"),
            unread("build.gradle"),
            unread("build.gradle.kts"),
            unread("gradle.properties"),
            unread("libs.versions.toml"),
        ],
        &[unread("gradle.lockfile"), unread("verification-metadata.xml")],
    ),
    known("Elixir", &[unread("mix.exs")], &[unread("mix.lock")]),
    known("Erlang", &[unread("rebar.config")], &[unread("rebar.lock")]),
    known("Dart", &[unread("pubspec.yaml")], &[unread("pubspec.lock")]),
    known("Swift", &[unread("Package.swift")], &[unread("Package.resolved")]),
    known("CocoaPods", &[unread("Podfile")], &[unread("Podfile.lock")]),
    known(
        "Conda, Pixi",
        &[unread("environment.yml"), unread("pixi.toml")],
        &[unread("conda-lock.yml"), unread("pixi.lock")],
    ),
    known("C, C++", &[unread("conanfile.txt"), unread("conanfile.py"), unread("vcpkg.json")], &[unread("conan.lock")]),
    known("Bazel", &[unread("MODULE.bazel")], &[unread("MODULE.bazel.lock")]),
    known(
        "Haskell",
        &[unread("*.cabal"), unread("cabal.project"), unread("stack.yaml")],
        &[unread("cabal.project.freeze"), unread("stack.yaml.lock")],
    ),
    known("Nix", &[unread("flake.nix")], &[unread("flake.lock")]),
    known("Helm", &[unread("Chart.yaml")], &[unread("Chart.lock")]),
];

impl Ecosystem {
    /// Every file of it.
    pub fn files(&self) -> impl Iterator<Item = &'static File> {
        self.manifests.iter().chain(self.locks)
    }

    /// The lock files that count as pins.
    pub fn pinning(&self) -> impl Iterator<Item = &'static str> {
        read_where_found(self.locks)
    }
}

impl File {
    /// Whether a file's path, or its name alone where no folder is wanted, is this one.
    #[must_use]
    pub fn is(&self, path: &str) -> bool {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let (above, pattern) = self.name.rsplit_once('/').unwrap_or(("", self.name));
        let is_there = above.is_empty() || folder.rsplit('/').next() == Some(above);
        is_there
            && match pattern.split_once('*') {
                Some((before, after)) => {
                    name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
                }
                None => pattern == name,
            }
    }
}

fn read_where_found(files: &'static [File]) -> impl Iterator<Item = &'static str> {
    files.iter().filter(|file| file.pins == Pins::Found).map(|file| file.name)
}

/// The manifests that are read where they are found: the first of each ecosystem, then the others.
pub fn manifests() -> impl Iterator<Item = &'static str> {
    let first = ALL.iter().filter_map(|ecosystem| read_where_found(ecosystem.manifests).next());
    first.chain(ALL.iter().flat_map(|ecosystem| read_where_found(ecosystem.manifests).skip(1)))
}

/// The same for people: "a, b or c".
#[must_use]
pub(crate) fn manifests_in_words() -> String {
    let names: Vec<_> = manifests().collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// The ecosystem, in the words of the OSV schema, in which the packages that a file of this name lists are looked up.
#[must_use]
pub(crate) fn looked_up_in(name: &str) -> Option<&'static str> {
    let has = |ecosystem: &&Ecosystem| ecosystem.files().any(|file| file.advisories && file.is(name));
    ALL.iter().find(has).and_then(|ecosystem| ecosystem.osv)
}

/// Every file whose packages are looked up in advisories, by its name or its pattern.
pub fn names_looked_up() -> impl Iterator<Item = &'static str> {
    ALL.iter().flat_map(Ecosystem::files).filter(|file| file.advisories).map(|file| file.name)
}

/// Whether what a file of this name lists is looked up in advisories.
#[must_use]
pub(crate) fn is_looked_up(name: &str) -> bool {
    looked_up_in(name).is_some()
}

/// Whether a file of this path locks packages that are looked up nowhere.
#[must_use]
pub(crate) fn is_lock_without_reader(path: &str) -> bool {
    ALL.iter().flat_map(|ecosystem| ecosystem.locks).any(|file| !file.advisories && file.is(path))
}

/// The table for documents, in Markdown.
#[must_use]
pub fn documented() -> String {
    let names = |files: &[File], wanted: &dyn Fn(&File) -> bool| {
        let names: Vec<_> = files.iter().filter(|file| wanted(file)).map(|file| format!("`{}`", file.name)).collect();
        names.join(", ")
    };
    let row = |ecosystem: &Ecosystem| {
        let Ecosystem { name, manifests, locks, .. } = ecosystem;
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
        for name in [
            "Cargo.lock",
            "requirements-dev.txt",
            "pylock.dev.toml",
            "gems.locked",
            "go.mod",
            "a/requirements/prod.txt",
        ] {
            assert!(is_looked_up(name), "{name}");
        }
        for name in [
            "cargo.lock",
            "requirements",
            "pylock..tom",
            "lock.json",
            "bun.lockb",
            "prod.txt",
            "my-requirements/prod.txt",
        ] {
            assert!(!is_looked_up(name), "{name}");
        }
        assert_eq!(
            manifests().collect::<Vec<_>>(),
            ["pyproject.toml", "Cargo.toml", "package.json", "requirements.txt"]
        );
    }

    #[test]
    fn a_lock_file_without_a_reader_is_told() {
        for path in ["bun.lockb", "a/gradle.lockfile", "mix.lock"] {
            assert!(is_lock_without_reader(path), "{path}");
        }
        for path in ["bun.lock", "Cargo.lock", "bun.lockb.txt", "requirements/prod.txt", "mix.exs"] {
            assert!(!is_lock_without_reader(path), "{path}");
        }
    }

    #[test]
    fn what_is_looked_up_has_an_ecosystem_of_osv_and_no_other_has() {
        for ecosystem in &ALL {
            assert_eq!(ecosystem.osv.is_some(), ecosystem.files().any(|file| file.advisories), "{}", ecosystem.name);
        }
    }

    #[test]
    fn no_name_stands_in_the_table_twice() {
        let mut names: Vec<_> = ALL.iter().flat_map(Ecosystem::files).map(|file| file.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
