//! go.sum and go.work.sum: the hashes of modules. <https://go.dev/ref/mod#go-sum-files>

use std::collections::HashMap;
use std::path::PathBuf;

use crate::ecosystems::digests;
use crate::ecosystems::lockfiles::{self, Listed};
use crate::ecosystems::{Fault, Pin};
use crate::world::World;

/// How a hash that Go checks begins; what it does not know it passes over.
const ALGORITHM: &str = "h1:";

/// The bytes of a SHA-256.
const LENGTH: usize = 32;

/// How Go marks the hash of a module's go.mod.
const OF_GO_MOD: &str = "/go.mod";

struct Line<'t> {
    number: usize,
    path: &'t str,
    /// With [`OF_GO_MOD`], where it is that file's hash.
    version: &'t str,
    hash: &'t str,
}

fn lines(text: &str) -> Result<Vec<Line<'_>>, String> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| Line::parse(line, number)).collect()
}

impl<'t> Line<'t> {
    fn parse(line: &'t str, number: usize) -> Result<Self, String> {
        let words: Vec<_> = line.split_whitespace().take(4).collect();
        match words.as_slice() {
            [path, version, hash] => Ok(Self { number, path, version, hash }),
            _ => Err(format!("line {number} is not `module version hash`")),
        }
    }
}

/// The modules whose content a go.sum has.
///
/// # Errors
/// Why the text is no go.sum.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let contents = lines(text)?.into_iter().filter(|line| !line.version.ends_with(OF_GO_MOD));
    Ok(contents.map(|line| super::listed(line.path, line.version, line.number)).collect())
}

/// The hashes of one or more files.
#[derive(Default)]
pub(super) struct Sums {
    /// By module and version.
    hashes: HashMap<(String, String), String>,
    /// That there is no file.
    missing: Option<Fault>,
    /// How the sentence begins that they have no hash: "go.sum has no".
    lack: String,
    pub(super) faults: Vec<Fault>,
    pub(super) unproven: Vec<String>,
}

impl Sums {
    /// Reads files, relative to the root; `lack` begins the sentence that none of them has a hash: "go.sum has no".
    pub(super) fn read(world: &World, paths: &[PathBuf], lack: String) -> Self {
        let mut sums = Self { lack, ..Self::default() };
        let mut is_read = false;
        for path in paths {
            let shown = path.display().to_string();
            match lockfiles::text(world, path) {
                Ok(text) => {
                    is_read = true;
                    sums.add(&shown, &text);
                }
                Err(Pin::Unproven(why)) => {
                    is_read = true;
                    sums.unproven.push(why);
                }
                Err(Pin::Loose(why)) => {
                    let what = format!("{why}; `go mod tidy` writes it, and git must have it");
                    sums.missing.get_or_insert(Fault { path: shown, line: None, what });
                }
                Err(_) => {}
            }
        }
        sums.missing = sums.missing.filter(|_| !is_read);
        sums
    }

    fn add(&mut self, shown: &str, text: &str) {
        let lines = match lines(text) {
            Ok(lines) => lines,
            Err(why) => return self.unproven.push(format!("{shown} could not be read: {why}")),
        };
        for Line { number, path, version, hash } in lines.into_iter().filter(|line| is_hash(line.hash)) {
            let key = (path.to_owned(), version.to_owned());
            let known = self.hashes.entry(key).or_insert_with(|| hash.to_owned());
            if known != hash {
                let what = format!("{shown} has two hashes for {path} {version}");
                self.faults.push(Fault { path: shown.to_owned(), line: Some(number), what });
            }
        }
    }

    /// Why no dependency can be looked up.
    pub(super) fn missing(&self) -> Option<&Fault> {
        self.missing.as_ref()
    }

    /// What is missing of a module, as it goes on behind its name and a colon. Go wants no more than the hash of the go.mod
    /// of a module that gives no package.
    pub(super) fn lacks(&self, path: &str, version: &str, gives_packages: bool) -> Option<String> {
        let has = |version: String| self.hashes.contains_key(&(path.to_owned(), version));
        match (has(format!("{version}{OF_GO_MOD}")), !gives_packages || has(version.to_owned())) {
            (true, true) => None,
            (_, false) => Some(format!("{} hash for it", self.lack)),
            (false, true) => Some(format!("{} hash for its go.mod", self.lack)),
        }
    }
}

fn is_hash(hash: &str) -> bool {
    hash.strip_prefix(ALGORITHM).is_some_and(|rest| digests::is_base64(rest, LENGTH))
}
