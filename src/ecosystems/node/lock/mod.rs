//! Lock files: what each says about a dependency, and whether that pins it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::requirement::is_git;
use crate::ecosystems::Pin;
use crate::ecosystems::lockfiles::{KeyLines, Listed};
use crate::structured::yaml_values;
use crate::world::{Refused, World};

mod berry;
mod bun;
mod classic;
mod judge;
mod npm;
mod pnpm;
mod tables;
mod unique;

/// The largest lock file that is read, in bytes.
const SIZE_LIMIT: u64 = 128 << 20;

/// How many objects and arrays a lock file may have: a package has two to four, and takes up to a kilobyte.
const GROUP_LIMIT: usize = 1 << 18;

type Parse = fn(&str) -> Result<Box<dyn Lock>, String>;

/// The lock files by name, and how each is read.
const KINDS: [(&str, Parse); 5] = [
    ("npm-shrinkwrap.json", npm::parse),
    ("package-lock.json", npm::parse),
    ("pnpm-lock.yaml", pnpm::parse),
    ("yarn.lock", yarn),
    ("bun.lock", bun::parse),
];

/// Bun's lock file before 1.2.
const BINARY: &str = "bun.lockb";

/// Both generations of Yarn use one name.
fn yarn(text: &str) -> Result<Box<dyn Lock>, String> {
    if text.lines().any(|line| line.starts_with("__metadata:")) { berry::parse(text) } else { classic::parse(text) }
}

/// What is asked of a lock file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The manifest's folder, relative to the lock file's, with `/`; empty for the same one.
    pub(super) importer: &'a str,
    /// The name in the manifest there.
    pub(super) importer_name: Option<&'a str>,
    pub(super) name: &'a str,
    /// The ways in which the lock file may write the requirement: as in the table, and as an override has it.
    pub(super) written: &'a [&'a str],
    /// What the resolved package must be.
    pub(super) requirement: &'a super::requirement::Requirement,
    /// A peer that may be absent.
    pub(super) dispensable: bool,
}

/// What a lock file says about one dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    recorded: Recorded,
    resolved: Option<Resolved>,
}

/// The requirements that a lock file was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Recorded {
    /// This format keeps none, or finds packages by requirement.
    NotKept,
    /// The manifest is not in the lock file.
    NoManifest,
    /// Those of this name in any table of the manifest; none when it did not have the dependency.
    Kept(Vec<String>),
}

/// The package that a lock file chose.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Resolved {
    /// The package's own name, where the lock file tells.
    package: Option<String>,
    version: String,
    origin: Origin,
    /// Whether the content is fixed by a hash.
    hashed: bool,
}

/// Where the chosen package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Registry,
    /// A path relative to the lock file's folder.
    Local(String),
    /// An address with, perhaps, a commit.
    Git(String),
}

/// The documents of a lock file in YAML; pnpm writes one or two.
fn yaml_documents<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, String> {
    let invalid = |why| format!("it is not a valid lock file: {why}");
    yaml_values::documents(text, SIZE_LIMIT, 4).map_err(invalid)
}

impl Origin {
    /// By the address that a package was taken from.
    fn of(address: &str) -> Self {
        match address.strip_prefix("file:").or_else(|| address.strip_prefix("link:")) {
            Some(path) => Self::Local(path.to_owned()),
            None if is_git(address) || is_archive_of_commit(address) => Self::Git(address.to_owned()),
            None => Self::Registry,
        }
    }
}

/// The archives in which the hosts of git repositories hand out commits. Their registries have other addresses.
fn is_archive_of_commit(address: &str) -> bool {
    let hosts = [
        ("https://codeload.github.com/", "/tar.gz/"),
        ("https://gitlab.com/", "/repository/archive"),
        ("https://gitlab.com/", "/-/archive/"),
        ("https://bitbucket.org/", "/get/"),
    ];
    hosts.iter().any(|(host, path)| address.starts_with(host) && address.contains(path))
}

/// The packages of a lock file by its name, those of this repository left out; some have an address for a version. `None` for a
/// file of another name.
pub(crate) fn listed(name: &str, text: &str) -> Option<Result<Vec<Listed>, String>> {
    let (_, parse) = KINDS.into_iter().find(|(known, _)| *known == name)?;
    Some(parse(text).map(|lock| {
        let lines = KeyLines::of(text);
        let all = lock.all().into_iter().filter(|(_, resolved)| resolved.is_foreign());
        let listed = all.filter_map(|(key, resolved)| {
            Some(Listed { name: resolved.package?, version: resolved.version, line: lines.line(&key) })
        });
        let mut listed: Vec<_> = listed.collect();
        listed
            .sort_by(|one, other| (one.line, &one.name, &one.version).cmp(&(other.line, &other.name, &other.version)));
        listed
    }))
}

impl Resolved {
    /// Whether it is no part of this repository and has a version, or an address in its place.
    fn is_foreign(&self) -> bool {
        let is_path = ["file:", "link:", "workspace:", "portal:"].iter().any(|scheme| self.version.starts_with(scheme));
        !matches!(self.origin, Origin::Local(_)) && !self.version.is_empty() && !is_path
    }
}

/// A lock file that was read.
trait Lock {
    /// Every package under its key in the file, with its own name.
    fn all(&self) -> Vec<(String, Resolved)>;

    fn entry(&self, wanted: &Wanted<'_>) -> Entry;
}

/// The lock files of one folder.
pub(super) struct Locks {
    folder: PathBuf,
    files: Vec<File>,
}

struct File {
    /// Relative to the root.
    shown: String,
    content: Content,
}

enum Content {
    Read(Box<dyn Lock>),
    /// What is said of it.
    Untracked(String),
    Unreadable(String),
}

impl Locks {
    /// Reads the lock files of a folder.
    pub(super) fn read(world: &World, folder: &Path) -> Self {
        let there = |name: &str| world.is_there(&folder.join(name));
        let mut kinds: Vec<_> = KINDS.into_iter().filter(|(name, _)| there(name)).collect();
        // npm looks at no package-lock.json beside a shrinkwrap.
        if world.has(&folder.join(KINDS[0].0)) {
            kinds.retain(|(name, _)| *name != KINDS[1].0);
        }
        let mut files: Vec<File> =
            kinds.into_iter().map(|(name, parse)| File::read(world, &folder.join(name), parse)).collect();
        if files.is_empty() && there(BINARY) {
            let why = "it is binary; write a bun.lock with `bun install --save-text-lockfile`".to_owned();
            files.push(File { shown: display(&folder.join(BINARY)), content: Content::Unreadable(why) });
        }
        Self { folder: folder.to_owned(), files }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The folder that they stand in, relative to the root.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether they pin a dependency: one that pins it is enough, unless another contradicts or cannot be read.
    pub(super) fn pin(&self, wanted: &Wanted<'_>) -> Pin {
        let mut pin = Pin::Loose("no lock file".to_owned());
        for file in &self.files {
            match file.verdict(&self.folder, wanted) {
                judge::Verdict::Contradicts(why) => return Pin::Contradicted(format!("{} {why}", file.shown)),
                judge::Verdict::Unreadable(why) => pin = Pin::Unproven(format!("{}: {why}", file.shown)),
                judge::Verdict::Pins if !matches!(pin, Pin::Unproven(_)) => pin = Pin::Pinned,
                judge::Verdict::Lacks(why) if matches!(pin, Pin::Loose(_)) => {
                    pin = Pin::Loose(format!("{} {why}", file.shown));
                }
                judge::Verdict::Pins | judge::Verdict::Lacks(_) => {}
            }
        }
        pin
    }
}

impl File {
    fn read(world: &World, path: &Path, parse: Parse) -> Self {
        let content = content(world, path, parse).unwrap_or_else(Content::Unreadable);
        Self { shown: display(path), content }
    }

    fn verdict(&self, folder: &Path, wanted: &Wanted<'_>) -> judge::Verdict {
        match &self.content {
            Content::Read(lock) => judge::judge(&lock.entry(wanted), wanted, folder),
            Content::Untracked(why) => judge::Verdict::Lacks(why.clone()),
            Content::Unreadable(why) => judge::Verdict::Unreadable(why.clone()),
        }
    }
}

fn content(world: &World, path: &Path, parse: Parse) -> Result<Content, String> {
    let text = match world.released(path, SIZE_LIMIT) {
        Ok(text) => text,
        Err(error @ Refused::Untracked(_)) => return Ok(Content::Untracked(error.predicate())),
        Err(error) => return Err(error.to_string()),
    };
    let groups = text.content.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count();
    if groups > GROUP_LIMIT {
        return Err("it has too many entries to be read".to_owned());
    }
    parse(&text.content).map(Content::Read)
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

/// An integrity field that names a hash.
fn is_hash(integrity: Option<&str>) -> bool {
    let known = |hash: &str| ["sha1-", "sha256-", "sha384-", "sha512-"].iter().any(|name| is_longer(hash, name));
    integrity.is_some_and(|integrity| integrity.split_whitespace().any(known))
}

fn is_longer(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: [(Parse, &str); 9] = [
        (npm::parse, include_str!("../../../../tests/fixtures/node/npm-1/package-lock.json")),
        (npm::parse, include_str!("../../../../tests/fixtures/node/npm-2/package-lock.json")),
        (npm::parse, include_str!("../../../../tests/fixtures/node/npm-3/package-lock.json")),
        (pnpm::parse, include_str!("../../../../tests/fixtures/node/pnpm-5/pnpm-lock.yaml")),
        (pnpm::parse, include_str!("../../../../tests/fixtures/node/pnpm-6/pnpm-lock.yaml")),
        (pnpm::parse, include_str!("../../../../tests/fixtures/node/pnpm-9/pnpm-lock.yaml")),
        (yarn, include_str!("../../../../tests/fixtures/node/yarn-1/yarn.lock")),
        (yarn, include_str!("../../../../tests/fixtures/node/yarn-4/yarn.lock")),
        (bun::parse, include_str!("../../../../tests/fixtures/node/bun-2/bun.lock")),
    ];

    /// The verdict on left-pad, which every fixture has at 1.3.0.
    fn verdict(parse: Parse, text: &str) -> Option<judge::Verdict> {
        let requirement = super::super::requirement::Requirement::parse("^1.3.0");
        let wanted = Wanted {
            importer: "",
            importer_name: Some("demo"),
            name: "left-pad",
            written: &["^1.3.0"],
            requirement: &requirement,
            dispensable: false,
        };
        parse(text).ok().map(|lock| judge::judge(&lock.entry(&wanted), &wanted, Path::new("")))
    }

    #[test]
    fn what_is_cut_off_or_mangled_is_survived() {
        for (parse, text) in WRITTEN {
            assert_eq!(verdict(parse, text), Some(judge::Verdict::Pins), "{text}");
            for end in (0..text.len()).step_by(61) {
                let cut = verdict(parse, &text[..end]);
                let whole_entry =
                    ["sha512-XI5", "10c0/3fb59c", "e782f8c94d1e"].iter().any(|hash| text[..end].contains(hash));
                assert!(cut != Some(judge::Verdict::Pins) || whole_entry, "pinned by {}", &text[..end]);
                for noise in ["\"", "{", "]", ":", "\u{0}", "ä", "@", "\n"] {
                    let _ = verdict(parse, &format!("{}{noise}{}", &text[..end], &text[end..]));
                }
            }
        }
    }

    #[test]
    fn pnpm_may_write_a_document_about_itself_first() {
        let own = "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    configDependencies: {}\n---\n";
        let text = format!("{own}{}", WRITTEN[5].1);
        assert_eq!(verdict(pnpm::parse, &text), Some(judge::Verdict::Pins));
    }

    #[test]
    fn only_a_named_hash_is_one() {
        for hash in ["sha512-AAAA", "sha1-AAAA sha512-AAAA"] {
            assert!(is_hash(Some(hash)), "{hash}");
        }
        for none in [None, Some(""), Some("sha512-"), Some("md5-AAAA"), Some("AAAA")] {
            assert!(!is_hash(none), "{none:?}");
        }
    }

    #[test]
    fn addresses_tell_where_a_package_comes_from() {
        let git = |address: &str| Origin::Git(address.to_owned());
        let cases = [
            ("https://registry.example/a/-/a-1.0.0.tgz", Origin::Registry),
            ("file:packages/a", Origin::Local("packages/a".to_owned())),
            ("git+ssh://git@github.com/o/r.git#abc", git("git+ssh://git@github.com/o/r.git#abc")),
            ("https://codeload.github.com/o/r/tar.gz/abc", git("https://codeload.github.com/o/r/tar.gz/abc")),
            ("https://gitlab.com/api/v4/projects/1/packages/npm/a/-/a-1.0.0.tgz", Origin::Registry),
            ("1.0.0", Origin::Registry),
        ];
        for (address, expected) in cases {
            assert_eq!(Origin::of(address), expected, "{address}");
        }
    }

    #[test]
    fn every_lock_file_of_the_table_has_its_reader() {
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, crate::ecosystems::table::NODE.pinning().collect::<Vec<_>>());
    }
}
