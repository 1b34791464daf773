//! Lock files: what each says about a dependency, and whether that pins it.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use foldhash::HashMap;
use serde::de::DeserializeOwned;
use typed_arena::Arena;

use super::catalogs::Catalogs;
use super::registries::Registries;
use super::workspace::Member;
use super::{MANIFEST, locals, paths};
use crate::ecosystems::graph::{self, Graph};
use crate::ecosystems::lockfiles::{KeyLines, Listed};
use crate::ecosystems::{Pin, Stated};
use crate::structured::yaml_values;
use crate::world::{Refused, World};

mod berry;
mod bun;
mod classic;
mod judge;
mod npm;
mod numbered;
mod pnpm;
mod resolved;
mod sources;
mod tables;
mod unique;

pub(crate) use resolved::has_strong_hash;
use resolved::{Hash, Origin, Resolved, Text, hash, out_of};
pub(super) use sources::Sources;

/// The largest lock file that is read, in bytes.
const SIZE_LIMIT: u64 = 128 << 20;

/// How many objects and arrays a lock file may have: a package has two to four, and takes up to a kilobyte.
const GROUP_LIMIT: usize = 1 << 18;

type Parse = for<'t> fn(&'t str) -> Result<Box<dyn Lock<'t> + 't>, String>;

/// pnpm's lock file.
const PNPM: &str = "pnpm-lock.yaml";

/// The lock files by name, and how each is read.
const KINDS: [(&str, Parse); 5] = [
    ("npm-shrinkwrap.json", npm::parse),
    ("package-lock.json", npm::parse),
    (PNPM, pnpm::parse),
    ("yarn.lock", yarn),
    ("bun.lock", bun::parse),
];

/// Bun's lock file before 1.2.
const BINARY: &str = "bun.lockb";

/// Whether pnpm, and no other package manager, keeps a lock file in a folder.
pub(super) fn is_of_pnpm(world: &World, folder: &Path) -> bool {
    let mut kept = KINDS.iter().map(|(name, _)| *name).chain([BINARY]).filter(|name| world.has(&folder.join(name)));
    kept.next() == Some(PNPM) && kept.next().is_none()
}

/// Both generations of Yarn use one name.
fn yarn<'t>(text: &'t str) -> Result<Box<dyn Lock<'t> + 't>, String> {
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
    /// It stands among the optional ones.
    pub(super) is_optional: bool,
    /// A peer, and nothing else: only some tools install it.
    pub(super) is_peer: bool,
    /// It is installed before all else, by pnpm's settings.
    pub(super) is_configured: bool,
}

/// What a lock file says about one dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    recorded: Recorded,
    resolved: Option<Resolved<'t>>,
    /// Its number among the nodes, where it is one of them.
    number: Option<usize>,
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
    /// The same, where the tool itself looks only at whether the chosen version still meets the manifest.
    Told(Vec<String>),
}

/// A package of a lock file, or a folder of the project, and what it needs.
struct Node<'t> {
    /// As the file has it.
    key: Text<'t>,
    /// With the package's own name.
    resolved: Resolved<'t>,
    needs: Vec<Need<'t>>,
}

impl<'t> Node<'t> {
    /// What people call it.
    fn name(&self) -> &Text<'t> {
        self.resolved.package.as_ref().unwrap_or(&self.key)
    }
}

/// What a package needs.
struct Need<'t> {
    name: Text<'t>,
    /// The number of the node that it gets; none where the file has none.
    number: Option<usize>,
}

/// What the manifests beside a lock file have to do with what packages behind the first level get.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// The requirements that may stand in the place of others, by the package's name.
    pub(super) replaced: HashMap<String, Vec<String>>,
    /// The names of the workspace's members.
    pub(super) members: HashSet<String>,
    pub(super) catalogs: Catalogs,
}

impl Beside {
    fn replacing(&self, name: &str) -> impl Iterator<Item = &str> {
        self.replaced.get(name).into_iter().flatten().map(String::as_str)
    }
}

/// The documents of a lock file in YAML; pnpm writes one or two.
fn yaml_documents<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, String> {
    let invalid = |why| format!("it is not a valid lock file: {why}");
    yaml_values::documents(text, SIZE_LIMIT, 4).map_err(invalid)
}

/// The packages of a lock file by its name, those of this repository left out; some have an address for a version. `None` for a
/// file of another name.
pub(crate) fn listed(name: &str, text: &str) -> Option<Result<Vec<Listed>, String>> {
    let (_, parse) = KINDS.into_iter().find(|(known, _)| *known == name)?;
    Some(parse(text).map(|lock| {
        let lines = KeyLines::of(text);
        let all = lock.nodes(&Beside::default()).into_iter().filter(|node| node.resolved.is_foreign());
        let listed = all.filter_map(|Node { key, resolved, .. }| {
            Some(Listed {
                name: resolved.package?.into_owned(),
                version: resolved.version.into_owned(),
                line: lines.line(&key),
            })
        });
        let mut listed: Vec<_> = listed.collect();
        listed
            .sort_by(|one, other| (one.line, &one.name, &one.version).cmp(&(other.line, &other.name, &other.version)));
        listed
    }))
}

/// A lock file that was read.
trait Lock<'t> {
    /// Every package.
    fn nodes(&self, beside: &Beside) -> Vec<Node<'t>>;

    fn entry(&self, wanted: &Wanted<'_>) -> Entry<'t>;

    /// What the file has of a dependency that is installed before all else: only pnpm's has such.
    fn configured(&self, _: &Wanted<'_>) -> Entry<'t> {
        Entry { recorded: Recorded::NotKept, resolved: None, number: None }
    }

    /// Whether the tool installs the peers of the project itself.
    fn installs_peers(&self) -> bool {
        true
    }

    /// Whether the tool installs the member in a folder relative to the file's own by this file, whatever stands in that folder.
    /// Yarn 2 and later take a folder with a lock file of its own for another project.
    fn covers(&self, _: &str) -> bool {
        false
    }

    /// The project's own versions as the file has them, each with its line.
    fn stated(&self) -> Vec<(String, Option<usize>)> {
        Vec::new()
    }

    /// The version that the file has of the member in a folder relative to its own.
    fn member(&self, _: &str) -> Option<&str> {
        None
    }
}

/// The lock files of one folder.
pub(super) struct Locks<'w> {
    world: &'w World,
    folder: PathBuf,
    files: Vec<File<'w>>,
}

struct File<'t> {
    /// Relative to the root.
    shown: String,
    content: Content<'t>,
}

enum Content<'t> {
    Read(Read<'t>),
    /// What is said of it.
    Untracked(String),
    Unreadable(String),
}

/// A lock file, and what was made of it when somebody asked.
struct Read<'t> {
    lock: Box<dyn Lock<'t> + 't>,
    nodes: OnceCell<Vec<Node<'t>>>,
    graph: OnceCell<Graph<'t>>,
}

impl<'w> Locks<'w> {
    /// Reads the lock files of a folder; their texts stay in `texts`.
    pub(super) fn read(world: &'w World, texts: &'w Arena<String>, folder: &Path) -> Self {
        let there = |name: &str| world.is_there(&folder.join(name));
        let mut kinds: Vec<_> = KINDS.into_iter().filter(|(name, _)| there(name)).collect();
        // npm looks at no package-lock.json beside a shrinkwrap.
        if world.has(&folder.join(KINDS[0].0)) {
            kinds.retain(|(name, _)| *name != KINDS[1].0);
        }
        let mut files: Vec<File<'w>> =
            kinds.into_iter().map(|(name, parse)| File::read(world, texts, &folder.join(name), parse)).collect();
        if files.is_empty() && there(BINARY) {
            let why = "it is binary; write a bun.lock with `bun install --save-text-lockfile`".to_owned();
            files.push(File { shown: display(&folder.join(BINARY)), content: Content::Unreadable(why) });
        }
        Self { world, folder: folder.to_owned(), files }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Their names, relative to the root.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.shown.as_str())
    }

    /// Whether one of them decides for the member in a folder relative to theirs.
    pub(super) fn covers(&self, importer: &str) -> bool {
        self.read_files().any(|(_, read)| read.lock.covers(importer))
    }

    /// The folder that they stand in, relative to the root.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether they pin a dependency: one that pins it is enough, unless another contradicts or cannot be read.
    pub(super) fn pin(&self, wanted: &Wanted<'_>, beside: &Beside) -> Pin {
        self.disagreement(wanted, beside).map_or_else(|| self.pin_of_each(wanted, beside), Pin::Contradicted)
    }

    /// Two lock files that have other versions of the same dependency: the package manager decides which one counts.
    fn disagreement(&self, wanted: &Wanted<'_>, beside: &Beside) -> Option<String> {
        if self.files.len() < 2 {
            return None;
        }
        let mut versions = self.read_files().filter_map(|(shown, read)| {
            let resolved = read.entry(wanted, beside).resolved?;
            // Some write an address where the version would be.
            let is_version = !resolved.version.is_empty() && !resolved.version.contains([':', '/']);
            let is_told = resolved.origin == Origin::Registry && is_version;
            is_told.then_some((shown, resolved.version))
        });
        let (shown, version) = versions.next()?;
        let (other_shown, other) = versions.find(|(_, other)| *other != version)?;
        Some(format!("{shown} has {version}, {other_shown} has {other}"))
    }

    fn read_files(&self) -> impl Iterator<Item = (&str, &Read<'w>)> {
        self.files.iter().filter_map(|file| match &file.content {
            Content::Read(read) => Some((file.shown.as_str(), read)),
            _ => None,
        })
    }

    /// What the lock files state as the version of the project in their folder.
    pub(super) fn stated(&self) -> Vec<Stated> {
        let stated = self.read_files().flat_map(|(shown, read)| {
            let stated = read.lock.stated().into_iter();
            stated.map(|(version, line)| Stated { version, path: shown.to_owned(), line })
        });
        stated.collect()
    }

    /// The members of which a lock file has another version. Nothing is installed by it, and npm takes such a file.
    pub(super) fn stale_members(&self, members: &[Member]) -> Vec<String> {
        let stale = |shown: &str, read: &Read<'_>, member: &Member| {
            let (own, _) = member.package.version.as_ref()?;
            let locked = read.lock.member(&paths::below(&self.folder, &member.folder)?)?;
            let manifest = display(&member.folder.join(MANIFEST));
            (locked != own).then(|| format!("{shown} has version {locked} of {manifest}, which says {own}"))
        };
        let files = self.read_files();
        files.flat_map(|(shown, read)| members.iter().filter_map(move |one| stale(shown, read, one))).collect()
    }

    /// Where the packages come from, held to the registries that the project names.
    pub(super) fn sources(&self, registries: &Registries, beside: &Beside) -> Sources {
        let mut sources = Sources::default();
        for (shown, read) in self.read_files() {
            sources.look(read.nodes(beside), shown, registries);
        }
        sources
    }

    /// The packages beside the project of which nobody can tell whether they are part of the release.
    pub(super) fn unseen(&self, beside: &Beside) -> Vec<String> {
        let of_file = |(shown, read): (&str, &Read<'_>)| {
            let unseen = read.nodes(beside).iter().filter_map(|node| match &node.resolved.origin {
                Origin::Local(path) => match locals::pin(self.world, &self.folder, path) {
                    Pin::Unproven(why) => Some(format!("{shown} takes {} from {path}: {why}", node.name())),
                    _ => None,
                },
                _ => None,
            });
            unseen.collect::<Vec<_>>()
        };
        self.read_files().flat_map(of_file).collect()
    }

    /// Why a path that a lock file has is no part of the release.
    fn left_out(&self, path: &str) -> Option<String> {
        match locals::pin(self.world, &self.folder, path) {
            Pin::Loose(why) => Some(why),
            _ => None,
        }
    }

    fn pin_of_each(&self, wanted: &Wanted<'_>, beside: &Beside) -> Pin {
        // What nobody installs is open nowhere.
        if self.files.is_empty() && wanted.dispensable {
            return Pin::Pinned;
        }
        let mut pin = Pin::Loose("no lock file".to_owned());
        for file in &self.files {
            match file.verdict(&|path| self.left_out(path), wanted, beside) {
                judge::Verdict::Contradicts(why) => return Pin::Contradicted(format!("{} {why}", file.shown)),
                judge::Verdict::Elsewhere(why) => return Pin::Hole(format!("{}: {} {why}", wanted.name, file.shown)),
                judge::Verdict::Hole(sentence) => return Pin::Hole(sentence),
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

impl<'t> File<'t> {
    fn read(world: &World, texts: &'t Arena<String>, path: &Path, parse: Parse) -> Self {
        let content = content(world, texts, path, parse).unwrap_or_else(Content::Unreadable);
        Self { shown: display(path), content }
    }

    fn verdict(&self, left_out: judge::LeftOut<'_>, wanted: &Wanted<'_>, beside: &Beside) -> judge::Verdict {
        match &self.content {
            Content::Read(read) => {
                let dispensable = wanted.dispensable || wanted.is_peer && !read.lock.installs_peers();
                let (wanted, entry) = (&Wanted { dispensable, ..*wanted }, read.entry(wanted, beside));
                match (judge::judge(&entry, wanted, left_out), entry.number) {
                    (judge::Verdict::Pins, Some(number)) => {
                        let graph = read.graph.get_or_init(|| read.graph(&self.shown, left_out, beside));
                        graph.hole_behind(number).map_or(judge::Verdict::Pins, judge::Verdict::Hole)
                    }
                    (verdict, _) => verdict,
                }
            }
            Content::Untracked(why) => judge::Verdict::Lacks(why.clone()),
            Content::Unreadable(why) => judge::Verdict::Unreadable(why.clone()),
        }
    }
}

impl<'t> Read<'t> {
    fn nodes(&self, beside: &Beside) -> &[Node<'t>] {
        self.nodes.get_or_init(|| self.lock.nodes(beside))
    }

    /// What the file says of a dependency. Where it does not keep the manifest of a local package as one, it has the package
    /// itself, with what that needs.
    fn entry(&self, wanted: &Wanted<'_>, beside: &Beside) -> Entry<'t> {
        if wanted.is_configured {
            return self.lock.configured(wanted);
        }
        let entry = self.lock.entry(wanted);
        if entry.recorded != Recorded::NoManifest {
            return entry;
        }
        let nodes = self.nodes(beside);
        let is_wanted = |node: &&Node<'_>| match &node.resolved.origin {
            Origin::Local(path) => {
                let named = node.resolved.package.as_deref().is_some_and(|name| Some(name) == wanted.importer_name);
                path.trim_start_matches("./") == wanted.importer || named
            }
            _ => false,
        };
        let Some(local) = nodes.iter().find(is_wanted) else { return entry };
        let number = local.needs.iter().find(|need| need.name == wanted.name).and_then(|need| need.number);
        let resolved = number.and_then(|number| nodes.get(number)).map(|node| node.resolved.clone());
        Entry { recorded: Recorded::NotKept, resolved, number }
    }

    fn graph(&self, shown: &str, left_out: judge::LeftOut<'_>, beside: &Beside) -> Graph<'t> {
        let missing =
            |name: &Text<'t>| graph::Need::Missing { name: name.clone(), why: format!("{shown} does not have it") };
        let need = |need: &Need<'t>| need.number.map_or_else(|| missing(&need.name), graph::Need::Package);
        let package = |node: &Node<'t>| graph::Package {
            name: node.name().clone(),
            open: judge::open(&node.resolved, left_out).map(|why| format!("{shown} {why}")),
            needs: node.needs.iter().map(need).collect(),
        };
        Graph::new(self.nodes(beside).iter().map(package).collect())
    }
}

fn content<'t>(world: &World, texts: &'t Arena<String>, path: &Path, parse: Parse) -> Result<Content<'t>, String> {
    let text = match world.released(path, SIZE_LIMIT) {
        Ok(text) => text,
        Err(error @ Refused::Untracked(_)) => return Ok(Content::Untracked(error.predicate())),
        Err(error) => return Err(error.to_string()),
    };
    let groups = || memchr::memchr2_iter(b'{', b'[', text.content.as_bytes()).count();
    if text.content.len() > GROUP_LIMIT && groups() > GROUP_LIMIT {
        return Err("it has too many entries to be read".to_owned());
    }
    let read = |lock| Content::Read(Read { lock, nodes: OnceCell::new(), graph: OnceCell::new() });
    parse(texts.alloc(text.content)).map(read)
}

fn display(path: &Path) -> String {
    path.display().to_string()
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
            is_optional: false,
            is_peer: false,
            is_configured: false,
        };
        parse(text).ok().map(|lock| judge::judge(&lock.entry(&wanted), &wanted, &|_| None))
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

    /// An independent reading: the hashes of the text, counted.
    #[test]
    fn every_hash_of_a_lock_file_is_that_of_a_package() {
        macro_rules! of {
            ($path:literal) => {
                include_str!(concat!("../../../../tests/fixtures/ecosystems/node/", $path))
            };
        }
        let cases: [(Parse, &str, &str, usize); 11] = [
            (npm::parse, of!("ws/npm1/package-lock.json"), "sha512-", 1),
            // The packages of version 1 are there, too.
            (npm::parse, of!("ws/npm2/package-lock.json"), "sha512-", 2),
            (npm::parse, of!("ws/npm3/package-lock.json"), "sha512-", 1),
            (pnpm::parse, of!("ws/pnpm7/pnpm-lock.yaml"), "sha512-", 1),
            (pnpm::parse, of!("ws/pnpm8/pnpm-lock.yaml"), "sha512-", 1),
            (pnpm::parse, of!("ws/pnpm10/pnpm-lock.yaml"), "sha512-", 1),
            (pnpm::parse, of!("config/pnpm11/pnpm-lock.yaml"), "sha512-", 1),
            (yarn, of!("ws/yarn1/yarn.lock"), "sha512-", 1),
            (yarn, of!("ws/yarn4/yarn.lock"), "checksum: 10c0/", 1),
            (bun::parse, of!("ws/bun/bun.lock"), "sha512-", 1),
            (bun::parse, of!("platform/bun/bun.lock"), "sha512-", 1),
        ];
        for (parse, text, mark, times) in cases {
            let nodes = parse(text).map(|lock| lock.nodes(&Beside::default())).unwrap_or_default();
            let fixed: Vec<_> = nodes.iter().filter(|node| node.resolved.hash == Hash::Strong).collect();
            assert_eq!(fixed.len() * times, text.matches(mark).count(), "{text}");
            for Resolved { package, version, .. } in fixed.iter().map(|node| &node.resolved) {
                let name = package.as_deref().unwrap_or_default();
                assert!(
                    text.contains(name) && text.contains(version.as_ref()) && !version.is_empty(),
                    "{name} {version}"
                );
            }
        }
    }

    #[test]
    fn npm_states_the_projects_version_twice() {
        for (text, expected) in [
            (WRITTEN[0].1, vec![("1.2.3", 3)]),
            (WRITTEN[1].1, vec![("1.2.3", 3), ("1.2.3", 9)]),
            (WRITTEN[2].1, vec![("1.2.3", 3), ("1.2.3", 9)]),
        ] {
            let stated = npm::parse(text).map(|lock| lock.stated()).unwrap_or_default();
            let stated: Vec<_> = stated.iter().map(|(version, line)| (version.as_str(), line.unwrap_or(0))).collect();
            assert_eq!(stated, expected);
        }
    }

    #[test]
    fn what_pnpm_installs_before_all_else_is_listed() {
        let text = include_str!("../../../../tests/fixtures/ecosystems/node/config/pnpm11/pnpm-lock.yaml");
        let listed = listed("pnpm-lock.yaml", text).and_then(Result::ok).unwrap_or_default();
        let mut names: Vec<_> = listed.iter().map(|one| format!("{}@{}", one.name, one.version)).collect();
        names.sort();
        assert_eq!(names, ["debug@4.3.4", "ms@2.1.3"]);
    }

    #[test]
    fn pnpm_may_write_a_document_about_itself_first() {
        let own = "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    configDependencies: {}\n---\n";
        let text = format!("{own}{}", WRITTEN[5].1);
        assert_eq!(verdict(pnpm::parse, &text), Some(judge::Verdict::Pins));
    }

    #[test]
    fn every_lock_file_of_the_table_has_its_reader() {
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, crate::ecosystems::table::NODE.pinning().collect::<Vec<_>>());
    }
}
