//! What a project may have, in one table: the manifests and lock files of each ecosystem, and who reads them. Whatever needs a list
//! of names takes it from here.

use std::path::Path;
use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt};

use super::{
    Manifest, cargo, composer, conda, dart, deno, dotnet, elixir, go, gradle, helm, maven, nix, node, python, ruby,
    swift,
};
use crate::model::problem::Problem;
use crate::world::World;

/// An ecosystem.
#[derive(Debug)]
pub struct Ecosystem {
    /// Its name.
    pub name: &'static str,
    /// Its name in the OSV schema, where its packages are looked up.
    pub osv: Option<&'static str>,
    /// The files that declare dependencies.
    pub manifests: &'static [File],
    /// The files that lock them.
    pub locks: &'static [File],
    /// What is told of it in documents; nothing where nobody reads it.
    pub told: Option<Told>,
}

/// What documents and `explain` say of an ecosystem that is read.
#[derive(Debug)]
pub struct Told {
    /// When a dependency is pinned, as a sentence without its full stop goes on behind a colon.
    pub pinned: &'static str,
    /// What is UNPROVEN, and why, in the same way.
    pub unproven: &'static str,
    /// How a project pins what it depends on, in the same way.
    pub advice: &'static str,
}

/// A file by its name.
#[derive(Debug)]
pub struct File {
    /// The name, or a pattern of it with one `*`; a folder may stand before it.
    pub name: &'static str,
    /// What `deps_pinned` makes of it.
    pub(crate) role: Role,
    /// Whether `dependency_security` looks up what it lists.
    pub advisories: bool,
}

/// How a manifest is read: its path relative to the root, and its text. Whatever nobody can tell is in
/// [`Manifest::unproven`].
pub(crate) type Reader = fn(&World, &Path, &str) -> Result<Manifest, Vec<Problem>>;

/// What `deps_pinned` makes of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// A manifest that is read where it is found.
    Found(Reader),
    /// A manifest that is read where the policy, or another file, names it.
    Named(Reader),
    /// A manifest that is read where it is found, and not told of where it says nothing beside another one.
    Quiet(Reader),
    /// It says something to a manifest of its ecosystem, whose reader looks at it. Where no such manifest is, it is not read.
    Beside,
    /// A lock file that the manifests of its ecosystem are held to.
    Pins,
    /// It is known by its name, and not read.
    Unread,
    /// A name that other files have, too; what tells that it is a manifest. It is not read any further.
    Telling(fn(&str) -> bool),
}

const fn file(name: &'static str, role: Role) -> File {
    File { name, role, advisories: false }
}

const fn found(name: &'static str, reader: Reader) -> File {
    file(name, Role::Found(reader))
}

const fn named(name: &'static str, reader: Reader) -> File {
    file(name, Role::Named(reader))
}

const fn quiet(name: &'static str, reader: Reader) -> File {
    file(name, Role::Quiet(reader))
}

const fn beside(name: &'static str) -> File {
    file(name, Role::Beside)
}

const fn pins(name: &'static str) -> File {
    file(name, Role::Pins)
}

const fn unread(name: &'static str) -> File {
    file(name, Role::Unread)
}

const fn looked_up(file: File) -> File {
    File { advisories: true, ..file }
}

/// Python.
pub(crate) const PYTHON: Ecosystem = Ecosystem {
    name: "Python",
    osv: Some("PyPI"),
    manifests: &[
        found("pyproject.toml", python::pyproject::load),
        looked_up(found("requirements.txt", python::requirements_txt::load)),
        looked_up(named("requirements*.txt", python::requirements_txt::load)),
        looked_up(named("requirements/*.txt", python::requirements_txt::load)),
        quiet("setup.cfg", python::setup::cfg),
        quiet("setup.py", python::setup::py),
        found("Pipfile", python::pipfile::load),
    ],
    locks: &[
        looked_up(pins("uv.lock")),
        looked_up(pins("poetry.lock")),
        looked_up(pins("pdm.lock")),
        looked_up(pins("pylock.toml")),
        looked_up(pins("pylock.*.toml")),
        looked_up(pins("Pipfile.lock")),
    ],
    told: Some(Told {
        pinned: "it is `==X`, `===X`, or a URL or a repository with a hash or a full commit; with `pinning: { mode: either }` a lock \
                 file that has every file of it, and of all that it needs, with a strong hash is enough",
        unproven: "a lock or requirements file that cannot be read, and requirements that a build tool or a `setup.py` computes",
        advice: "write each as ==, or commit a lock file and set `pinning` in delivery-gate.yaml",
    }),
};

/// Rust.
pub(crate) const RUST: Ecosystem = Ecosystem {
    name: "Rust",
    osv: Some("crates.io"),
    manifests: &[found("Cargo.toml", cargo::load)],
    locks: &[looked_up(pins("Cargo.lock"))],
    told: Some(Told {
        pinned: "it is `=X.Y.Z`, a full commit, or in the tracked lock file with all that it needs, each with its checksum",
        unproven: "a lock file that cannot be read, members that are not there, and a source that `.cargo/config.toml` replaces by something \
                   that is no part of the release",
        advice: "commit a Cargo.lock that has them (cargo generate-lockfile; .gitignore may not name it)",
    }),
};

/// Node.
pub(crate) const NODE: Ecosystem = Ecosystem {
    name: "Node",
    osv: Some("npm"),
    manifests: &[found("package.json", node::load), unread("package.json5")],
    locks: &[
        looked_up(pins("npm-shrinkwrap.json")),
        looked_up(pins("package-lock.json")),
        looked_up(pins("pnpm-lock.yaml")),
        looked_up(pins("yarn.lock")),
        looked_up(pins("bun.lock")),
        unread("bun.lockb"),
    ],
    told: Some(Told {
        pinned: "it is an exact version, a full commit, a package of this repository whose own dependencies are pinned, or in the tracked lock \
                 file as its tool installs it, with all that it needs, each with a strong hash",
        unproven: "a lock file that cannot be read, `bun.lockb`, members that are not there, and a package without a hash from a host that \
                   no file names",
        advice: "commit the lock file of your package manager (.gitignore may not name it)",
    }),
};

/// Go.
pub(crate) const GO: Ecosystem = Ecosystem {
    name: "Go",
    osv: Some("Go"),
    manifests: &[looked_up(found("go.mod", go::load)), found("go.work", go::load_work)],
    locks: &[looked_up(pins("go.sum")), looked_up(pins("go.work.sum"))],
    told: Some(Told {
        pinned: "its hash and that of its go.mod stand in the tracked go.sum (an indirect one needs the latter only: it may give no \
                 package), or it is in a `vendor` folder that fits go.mod, or a folder of this repository stands in its place",
        unproven: "a go.sum that cannot be read, directives that are newer than the gate, and folders that are not there",
        advice: "run `go mod tidy` and commit go.sum",
    }),
};

/// Ruby.
pub(crate) const RUBY: Ecosystem = Ecosystem {
    name: "Ruby",
    osv: Some("RubyGems"),
    manifests: &[
        found("Gemfile", ruby::load_gemfile),
        found("gems.rb", ruby::load_gemfile),
        found("*.gemspec", ruby::load_gemspec),
    ],
    locks: &[looked_up(pins("Gemfile.lock")), looked_up(pins("gems.locked"))],
    told: Some(Told {
        pinned: "the tracked lock file has it and all that it needs: by version, from git by a full revision, from a folder of this \
                 repository; where the lock file has checksums, with a SHA-256. Without a lock file it is `= X.Y.Z`, written out",
        unproven: "a lock file that cannot be read, what a plugin fetches, and without a lock file whatever a Gemfile or a gemspec \
                   computes: neither is ever run",
        advice: "run `bundle lock` and commit the lock file (.gitignore may not name it)",
    }),
};

/// PHP.
pub(crate) const PHP: Ecosystem = Ecosystem {
    name: "PHP",
    osv: Some("Packagist"),
    manifests: &[found("composer.json", composer::load)],
    locks: &[looked_up(pins("composer.lock"))],
    told: Some(Told {
        pinned: "it is X.Y.Z or `#` with a full commit, or in the tracked lock file with all that it needs, each with a checksum or a \
                 full reference, or a folder of this repository; and the lock file's `content-hash` is that of composer.json",
        unproven: "a lock file that cannot be read",
        advice: "run `composer update --lock` and commit composer.lock (.gitignore may not name it)",
    }),
};

/// Deno.
pub(crate) const DENO: Ecosystem = Ecosystem {
    name: "Deno",
    osv: Some("npm"),
    manifests: &[found("deno.json", deno::load), found("deno.jsonc", deno::load)],
    locks: &[looked_up(pins("deno.lock"))],
    told: Some(Told {
        pinned: "it is an exact version (`jsr:@x/y@1.2.3`), or the tracked lock file (version 4 or 5) has it; every entry of the lock file has a \
                 hash. Advisories are looked up for packages of npm",
        unproven: "a lock file of another version or one that cannot be read, an import map outside of the repository, and members \
                   that have a package.json only",
        advice: "commit the deno.lock that `deno install` writes",
    }),
};

/// .NET.
pub(crate) const DOTNET: Ecosystem = Ecosystem {
    name: ".NET",
    osv: Some("NuGet"),
    manifests: &[
        found("*.csproj", dotnet::load),
        found("*.fsproj", dotnet::load),
        found("*.vbproj", dotnet::load),
        found("*.sln", dotnet::load_solution),
        found("*.slnx", dotnet::load_solution),
        beside("packages.config"),
        beside("Directory.Build.props"),
        beside("Directory.Build.targets"),
        beside("Directory.Packages.props"),
    ],
    locks: &[looked_up(pins("packages.lock.json")), looked_up(pins("packages.*.lock.json"))],
    told: Some(Told {
        pinned: "it is `[1.2.3]`, in packages.config, a project of this repository, or in the tracked lock file with all that it \
                 needs, each with its hash (`1.2.3` alone is the least version that NuGet takes)",
        unproven: "a lock file that cannot be read, and properties that nothing in the release defines",
        advice: "set RestorePackagesWithLockFile in Directory.Build.props, run dotnet restore and commit packages.lock.json",
    }),
};

/// Java, built with Maven.
pub(crate) const MAVEN: Ecosystem = Ecosystem {
    name: "Maven",
    osv: None,
    manifests: &[found("pom.xml", maven::load)],
    locks: &[],
    told: Some(Told {
        pinned: "its version is one version (no range, LATEST, RELEASE or SNAPSHOT), a module of this repository, or managed by a \
                 parent or a list of versions (BOM) that is; plugins and extensions of the build count, too, and what is behind the \
                 first level does not, because Maven has no lock file",
        unproven: "a property that nothing in the release defines, parents and modules that cannot be read",
        advice: "write its version, or that of the parent or BOM it comes from, as one version",
    }),
};

/// What Gradle builds.
pub(crate) const GRADLE: Ecosystem = Ecosystem {
    name: "Gradle",
    osv: Some("Maven"),
    manifests: &[
        found("build.gradle", gradle::load),
        found("build.gradle.kts", gradle::load),
        found("settings.gradle", gradle::load_settings),
        found("settings.gradle.kts", gradle::load_settings),
        beside("gradle.properties"),
        beside("gradle/libs.versions.toml"),
        beside("gradle/verification-metadata.xml"),
    ],
    locks: &[
        looked_up(pins("gradle.lockfile")),
        looked_up(pins("buildscript-gradle.lockfile")),
        looked_up(pins("dependency-locks/*.lockfile")),
    ],
    told: Some(Told {
        pinned: "its version is one version (no range, `+`, latest.* or SNAPSHOT), a project of this build, or in the tracked lock \
                 file of its configuration",
        unproven: "what a build script computes, where no lock file decides: only declarations with plain texts are read, and nothing \
                   is run",
        advice: "lock what is dynamic (dependencyLocking { lockAllConfigurations() }, then ./gradlew dependencies --write-locks) and \
                 commit the lock file",
    }),
};

/// Elixir.
pub(crate) const ELIXIR: Ecosystem = Ecosystem {
    name: "Elixir",
    osv: Some("Hex"),
    manifests: &[found("mix.exs", elixir::load)],
    locks: &[looked_up(pins("mix.lock"))],
    told: Some(Told {
        pinned: "the tracked mix.lock has it and all that it needs, each with its SHA-256 or a full revision, or it is a folder of this \
                 repository; without a lock file it is `== X.Y.Z` or a full revision, written out",
        unproven: "a lock file that cannot be read, and without one what mix.exs computes: it is never run",
        advice: "run `mix deps.get` and commit mix.lock (.gitignore may not name it)",
    }),
};

/// Dart.
pub(crate) const DART: Ecosystem = Ecosystem {
    name: "Dart",
    osv: Some("Pub"),
    manifests: &[found("pubspec.yaml", dart::load)],
    locks: &[looked_up(pins("pubspec.lock"))],
    told: Some(Told {
        pinned: "the tracked pubspec.lock has it, and all else that is in there has its SHA-256, a full revision, or is a folder of this \
                 repository; without a lock file it is one version or a full revision. What is part of an SDK is not counted",
        unproven: "a lock file that cannot be read, and members of a workspace that are not there",
        advice: "run `dart pub get` (Dart 2.19 or later writes the hashes) and commit pubspec.lock (.gitignore may not name it)",
    }),
};

/// Swift.
pub(crate) const SWIFT: Ecosystem = Ecosystem {
    name: "Swift",
    osv: Some("SwiftURL"),
    manifests: &[found("Package.swift", swift::load)],
    locks: &[looked_up(pins("Package.resolved"))],
    told: Some(Told {
        pinned: "the tracked Package.resolved has it, and all that is in there has a full revision, or it is a folder of this repository; \
                 without a lock file it is a full revision, written out",
        unproven: "a lock file that cannot be read, and without one what Package.swift computes: it is never run",
        advice: "run `swift package resolve` and commit Package.resolved (.gitignore may not name it)",
    }),
};

/// Conda and Pixi.
pub(crate) const CONDA: Ecosystem = Ecosystem {
    name: "Conda, Pixi",
    osv: None,
    manifests: &[
        found("environment.yml", conda::load_environment),
        found("environment.yaml", conda::load_environment),
        found("pixi.toml", conda::load_pixi),
    ],
    locks: &[pins("conda-lock.yml"), pins("pixi.lock")],
    told: Some(Told {
        pinned: "the tracked conda-lock.yml or pixi.lock has it, and all that is in there has a SHA-256 or a full revision, or is a folder \
                 of this repository; without a lock file it is `name=version=build`, and what is from PyPI is `==X`",
        unproven: "a lock file that cannot be read or is newer than the gate, and what a package of Pixi is built with",
        advice: "run `conda-lock` or `pixi lock` and commit what it writes (.gitignore may not name it)",
    }),
};

/// Nix.
pub(crate) const NIX: Ecosystem = Ecosystem {
    name: "Nix",
    osv: None,
    manifests: &[found("flake.nix", nix::load)],
    locks: &[pins("flake.lock")],
    told: Some(Told {
        pinned: "the tracked flake.lock has it and all that it needs, each with its narHash and, where it is from a repository, a full \
                 revision, or it is a path of this repository",
        unproven: "a lock file that cannot be read or is newer than the gate, and without one what flake.nix computes: it is never run",
        advice: "run `nix flake lock` and commit flake.lock",
    }),
};

/// Helm.
pub(crate) const HELM: Ecosystem = Ecosystem {
    name: "Helm",
    osv: None,
    manifests: &[found("Chart.yaml", helm::load)],
    locks: &[pins("Chart.lock")],
    told: Some(Told {
        pinned: "it is one version, or the tracked Chart.lock (requirements.lock of a chart of the first version) has one and its digest \
                 fits, or it is a chart of this repository",
        unproven: "a lock file that cannot be read, and charts in folders that are not there",
        advice: "run `helm dependency update` and commit Chart.lock (.gitignore may not name it)",
    }),
};

/// An ecosystem that no reader understands.
const fn known(name: &'static str, manifests: &'static [File], locks: &'static [File]) -> Ecosystem {
    Ecosystem { name, osv: None, manifests, locks, told: None }
}

/// Every ecosystem, in the order of the documentation.
pub static ALL: [Ecosystem; 22] = [
    PYTHON,
    RUST,
    NODE,
    DENO,
    GO,
    RUBY,
    PHP,
    DOTNET,
    MAVEN,
    GRADLE,
    ELIXIR,
    known("Erlang", &[unread("rebar.config")], &[unread("rebar.lock")]),
    DART,
    SWIFT,
    known("CocoaPods", &[unread("Podfile")], &[unread("Podfile.lock")]),
    CONDA,
    known(
        "C, C++",
        &[
            unread("conanfile.txt"),
            unread("conanfile.py"),
            unread("vcpkg.json"),
            file("CMakeLists.txt", Role::Telling(fetches)),
        ],
        &[unread("conan.lock")],
    ),
    known("R", &[file("DESCRIPTION", Role::Telling(is_r_package))], &[unread("renv.lock")]),
    known("Bazel", &[unread("MODULE.bazel")], &[unread("MODULE.bazel.lock")]),
    known(
        "Haskell",
        &[unread("*.cabal"), unread("cabal.project"), unread("stack.yaml")],
        &[unread("cabal.project.freeze"), unread("stack.yaml.lock")],
    ),
    NIX,
    HELM,
];

impl Ecosystem {
    /// Every file of it.
    pub fn files(&self) -> impl Iterator<Item = &'static File> {
        self.manifests.iter().chain(self.locks)
    }

    /// The lock files that count as pins.
    pub fn pinning(&self) -> impl Iterator<Item = &'static str> {
        self.locks.iter().filter(|file| matches!(file.role, Role::Pins)).map(|file| file.name)
    }

    /// Whether it is this one.
    #[must_use]
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl File {
    /// Whether a file's path, or its name alone where no folder is wanted, is this one.
    #[must_use]
    pub fn is(&self, path: &str) -> bool {
        // Every path of a release is asked for, and most end in another letter.
        let last = self.name.as_bytes().last().filter(|last| **last != b'*');
        if last.is_some() && last != path.as_bytes().last() {
            return false;
        }
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

/// A build script that fetches other projects, or looks for them.
fn fetches(text: &str) -> bool {
    ["FetchContent", "find_package", "ExternalProject", "CPMAddPackage"].iter().any(|command| text.contains(command))
}

fn is_r_package(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("Package:"))
}

fn read_where_found(files: &'static [File]) -> impl Iterator<Item = &'static str> {
    files.iter().filter(|file| matches!(file.role, Role::Found(_))).map(|file| file.name)
}

/// The manifests that are read where they are found: the first of each ecosystem, then the others.
pub fn manifests() -> impl Iterator<Item = &'static str> {
    let first = ALL.iter().filter_map(|ecosystem| read_where_found(ecosystem.manifests).next());
    first.chain(ALL.iter().flat_map(|ecosystem| read_where_found(ecosystem.manifests).skip(1)))
}

/// The manifests that most projects have, for people: "a, b or c".
#[must_use]
pub(crate) fn manifests_in_words() -> String {
    let first: Vec<_> = manifests().take(3).collect();
    format!("{} or another manifest of docs/ecosystems.md", first.join(", "))
}

/// A manifest's place in the table, by its path: an exact name before a pattern.
#[must_use]
pub(crate) fn manifest(path: &str) -> Option<(&'static Ecosystem, &'static File)> {
    let Names { exact, patterns } = NAMES.get_or_init(Names::of_table);
    let name = memchr::memrchr(b'/', path.as_bytes()).map_or(path, |at| &path[at + 1..]);
    let of_name = exact.get(name).into_iter().flatten().chain(patterns);
    of_name.copied().find(|(_, file)| file.is(path))
}

/// The manifests of the table by their names: every path of a release is asked for.
struct Names {
    exact: HashMap<&'static str, Vec<Entry>>,
    patterns: Vec<Entry>,
}

type Entry = (&'static Ecosystem, &'static File);

static NAMES: OnceLock<Names> = OnceLock::new();

impl Names {
    fn of_table() -> Self {
        let all = ALL.iter().flat_map(|one| one.manifests.iter().map(move |file| (one, file)));
        let (patterns, named): (Vec<Entry>, Vec<Entry>) = all.partition(|(_, file)| file.name.contains('*'));
        let mut exact: HashMap<_, Vec<Entry>> = HashMap::new();
        for (ecosystem, file) in named {
            exact.entry(file.name.rsplit('/').next().unwrap_or(file.name)).or_default().push((ecosystem, file));
        }
        Self { exact, patterns }
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

/// Whether a file of this path locks packages.
#[must_use]
pub(crate) fn is_lock(path: &str) -> bool {
    ALL.iter().flat_map(|ecosystem| ecosystem.locks).any(|file| file.is(path))
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
        let unread = |file: &File| matches!(file.role, Role::Unread | Role::Telling(_));
        let read = |file: &File| !unread(file);
        let looked_up = [names(manifests, &|file| file.advisories), names(locks, &|file| file.advisories)];
        let looked_up: Vec<_> = looked_up.into_iter().filter(|names| !names.is_empty()).collect();
        let unread = [names(manifests, &unread), names(locks, &unread)];
        let unread: Vec<_> = unread.into_iter().filter(|names| !names.is_empty()).collect();
        let (manifests, locks) = (names(manifests, &read), names(locks, &read));
        format!("| {name} | {manifests} | {locks} | {} | {} |\n", looked_up.join(", "), unread.join(", "))
    };
    let head = "| ecosystem | manifests that `deps_pinned` reads | lock files that pin | what `dependency_security` looks up | \
                known, and not read by `deps_pinned` |\n|---|---|---|---|---|\n";
    let told = ALL.iter().filter_map(|ecosystem| Some((ecosystem.name, ecosystem.told.as_ref()?)));
    let section = |(name, told): (&str, &Told)| {
        let Told { pinned, unproven, advice } = told;
        format!(
            "\n### {name}\n\n- **Pinned** when {pinned}.\n- **UNPROVEN**: {unproven}.\n- **To pin them**, {advice}.\n"
        )
    };
    head.to_owned() + &ALL.iter().map(row).collect::<String>() + &told.map(section).collect::<String>()
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
        let first: Vec<_> = manifests().take(3).collect();
        assert_eq!(first, ["pyproject.toml", "Cargo.toml", "package.json"]);
    }

    #[test]
    fn a_lock_file_without_a_reader_is_told() {
        for path in ["bun.lockb", "a/conan.lock", "a/flake.lock"] {
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
