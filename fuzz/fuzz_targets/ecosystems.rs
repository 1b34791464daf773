//! Hostile manifests and lock files side by side: no panic, and no line that the file cannot have.
//!
//! The text is cut at each NUL. A part is a file: its first character tells which, the second in which folder, the rest is
//! what it says.

#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::LazyLock;

use delivery_gate::World;
use delivery_gate::internal::ecosystems::{manifests, table};
use delivery_gate::internal::system::Environment;
use libfuzzer_sys::fuzz_target;

/// What readers look at beside the files of the table.
const BESIDE: [&str; 12] = [
    ".cargo/config.toml",
    ".npmrc",
    ".yarnrc.yml",
    "pnpm-workspace.yaml",
    "vendor/modules.txt",
    ".mvn/maven.config",
    ".mvn/extensions.xml",
    "buildSrc/build.gradle",
    "lib/x/version.rb",
    "x.py",
    "import_map.json",
    ".cargo/config",
];

const FOLDERS: [&str; 2] = ["", "a/"];

/// A repository that tracks every name, of which the working tree has those of one input at a time.
struct Repository {
    folder: PathBuf,
    world: World,
    /// The manifests come first.
    names: Vec<String>,
    manifests: usize,
}

static REPOSITORY: LazyLock<Repository> = LazyLock::new(|| {
    let read = || table::ALL.iter().filter(|ecosystem| ecosystem.told.is_some());
    // A pattern stands for one of its names.
    let named = |files: &[table::File]| files.iter().map(|file| file.name.replace('*', "x")).collect::<Vec<_>>();
    let mut names: Vec<_> = read().flat_map(|ecosystem| named(ecosystem.manifests)).collect();
    let manifests = names.len();
    names.extend(read().flat_map(|ecosystem| named(ecosystem.locks)));
    names.extend(BESIDE.map(str::to_owned));
    let folder = std::env::temp_dir().join(format!("delivery-gate-fuzz-{}", process::id()));
    let paths = || names.iter().flat_map(|name| FOLDERS.map(|above| folder.join(above).join(name)));
    for path in paths() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, "").expect("a file");
    }
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "--all", "--force"]);
    paths().for_each(|path| fs::remove_file(path).expect("a file"));
    let world = World::open(&folder, None, Environment::of_process(), jiff::Timestamp::UNIX_EPOCH);
    Repository { world: world.expect("a folder"), folder, names, manifests }
});

fn git(folder: &Path, arguments: &[&str]) {
    assert!(Command::new("git").arg("-C").arg(folder).args(arguments).status().is_ok_and(|status| status.success()));
}

impl Repository {
    /// The files of an input, by their paths, and those of them that are manifests.
    fn files<'t>(&self, text: &'t str) -> (BTreeMap<String, &'t str>, Vec<String>) {
        let (mut files, mut manifests) = (BTreeMap::new(), Vec::new());
        for part in text.split('\0') {
            let mut rest = part.chars();
            let (Some(which), Some(place)) = (rest.next(), rest.next()) else { continue };
            let at = which as usize % self.names.len();
            let path = format!("{}{}", FOLDERS[place as usize % FOLDERS.len()], self.names[at]);
            if at < self.manifests {
                manifests.push(path.clone());
            }
            files.insert(path, rest.as_str());
        }
        (files, manifests)
    }
}

fuzz_target!(|text: &str| {
    let (files, named) = REPOSITORY.files(text);
    for (path, text) in &files {
        fs::write(REPOSITORY.folder.join(path), text).expect("a file");
    }
    let found = manifests::load(&REPOSITORY.world, &named, &[], true);
    for path in files.keys() {
        fs::remove_file(REPOSITORY.folder.join(path)).expect("a file");
    }
    for dependency in found.iter().flat_map(|found| &found.loaded).flat_map(|one| &one.manifest.dependencies) {
        let text = files.get(&dependency.path).expect("a file of the input");
        assert!(dependency.line.is_none_or(|line| (1..=text.len() + 1).contains(&line)));
    }
});
