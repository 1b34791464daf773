//! What was not searched, and why: counted and named, so that nobody takes it for clean.

use std::collections::BTreeMap;
use std::path::Path;

/// How many names are kept of each cause.
pub(crate) const NAMED: usize = 100;

/// How many names a line has.
const SHOWN: usize = 3;

/// Why a content was not searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Most of it is no text.
    Binary,
    /// A text in an encoding that is not read: UTF-32.
    Encoding,
    /// Files packed into one, or compressed.
    Archive,
    /// A submodule whose files are not here.
    Submodule,
}

impl Cause {
    /// As a key of the report.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Encoding => "encoding",
            Self::Archive => "archive",
            Self::Submodule => "submodule",
        }
    }

    fn told(self, count: u64) -> &'static str {
        match (self, count) {
            (Self::Binary, _) => "binary, skipped",
            (Self::Encoding, _) => "in UTF-32, not searched",
            (Self::Archive, 1) => "archive, not unpacked",
            (Self::Archive, _) => "archives, not unpacked",
            (Self::Submodule, 1) => "submodule, not checked out",
            (Self::Submodule, _) => "submodules, not checked out",
        }
    }
}

/// How archives and compressed files begin.
const ARCHIVES: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"\xfd7zXZ\0",
    b"BZh9",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
];

/// Where a tar file has its mark, and which.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// Whether a content begins as an archive does, also without a NUL.
#[must_use]
pub(super) fn is_archive(start: &[u8]) -> bool {
    let is_tar = start.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1));
    is_tar || ARCHIVES.iter().any(|mark| start.starts_with(mark))
}

/// A byte order mark, or three NULs to nearly each character.
#[must_use]
pub(super) fn is_utf32(start: &[u8]) -> bool {
    let has_mark = start.starts_with(b"\xff\xfe\0\0") || start.starts_with(b"\0\0\xfe\xff");
    let is_ascii = |place: usize| {
        let is_one = |four: &&[u8]| four.iter().enumerate().all(|(at, byte)| (at == place) == (*byte != 0));
        let (ones, all) = (start.chunks_exact(4).filter(is_one).count(), start.len() / 4);
        all > 0 && ones * 16 >= all * 15
    };
    has_mark || is_ascii(0) || is_ascii(3)
}

/// How the names of texts end: source, configuration, keys.
const TEXTS: &[&str] = &[
    "asc",
    "bash",
    "bat",
    "c",
    "cc",
    "cfg",
    "clj",
    "cnf",
    "conf",
    "config",
    "cpp",
    "cs",
    "css",
    "csv",
    "cts",
    "cxx",
    "dart",
    "env",
    "erl",
    "ex",
    "exs",
    "fish",
    "fs",
    "go",
    "gradle",
    "groovy",
    "h",
    "hcl",
    "hpp",
    "hs",
    "html",
    "ini",
    "ipynb",
    "java",
    "jl",
    "js",
    "json",
    "jsonc",
    "jsx",
    "kt",
    "kts",
    "less",
    "lua",
    "m",
    "md",
    "mjs",
    "ml",
    "mts",
    "nix",
    "pem",
    "php",
    "pl",
    "ppk",
    "properties",
    "ps1",
    "psm1",
    "py",
    "r",
    "rake",
    "rb",
    "rs",
    "rst",
    "sass",
    "scala",
    "scss",
    "sh",
    "sql",
    "svelte",
    "swift",
    "tf",
    "tfvars",
    "toml",
    "ts",
    "tsx",
    "txt",
    "vb",
    "vue",
    "xml",
    "yaml",
    "yml",
    "zig",
    "zsh",
];

/// Names without an ending that are texts.
const NAMES: &[&str] = &[
    "Dockerfile",
    "Containerfile",
    "Jenkinsfile",
    "Makefile",
    "Procfile",
    "Vagrantfile",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "credentials",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".htpasswd",
    ".git-credentials",
];

/// Whether a file's name says that it is a text.
#[must_use]
pub(super) fn is_text_by_name(path: &str) -> bool {
    let name = Path::new(path).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    name.starts_with(".env")
        || NAMES.contains(&name.as_str())
        || ending.is_some_and(|ending| TEXTS.contains(&ending.as_str()))
}

/// What was not searched, by cause: how many, and the first names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unsearched {
    by_cause: BTreeMap<Cause, (u64, Vec<String>)>,
    /// Those that are texts, by their names or as they are: the first hundred.
    pub texts: Vec<String>,
}

impl Unsearched {
    pub(super) fn add(&mut self, cause: Cause, path: String) {
        let is_text = match cause {
            Cause::Encoding => true,
            Cause::Binary | Cause::Archive => is_text_by_name(&path),
            Cause::Submodule => false,
        };
        if is_text && self.texts.len() < NAMED {
            self.texts.push(format!("{path} ({})", cause.key()));
        }
        self.keep(cause, 1, vec![path]);
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.by_cause.into_iter().for_each(|(cause, (count, names))| self.keep(cause, count, names));
        self.texts.extend(other.texts);
        self.texts.truncate(NAMED);
    }

    fn keep(&mut self, cause: Cause, count: u64, names: Vec<String>) {
        let (all, kept) = self.by_cause.entry(cause).or_default();
        *all += count;
        kept.extend(names);
        kept.truncate(NAMED);
    }

    /// How many there are of a cause.
    #[must_use]
    pub fn count(&self, cause: Cause) -> u64 {
        self.by_cause.get(&cause).map_or(0, |(count, _)| *count)
    }

    /// The names of each cause, the first hundred.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
        self.by_cause.iter().map(|(cause, (_, names))| (cause.key(), names))
    }

    /// A phrase for each cause. Archives, and texts that could not be read, are few and named.
    pub(super) fn phrases(&self) -> Vec<String> {
        let phrase = |(cause, (count, names)): (&Cause, &(u64, Vec<String>))| {
            let shown: Vec<_> = names.iter().filter(|name| *cause != Cause::Binary || is_text_by_name(name)).collect();
            let more = if shown.len() > SHOWN { ", …" } else { "" };
            let shown: Vec<_> = shown.into_iter().take(SHOWN).map(String::as_str).collect();
            let named = if shown.is_empty() { String::new() } else { format!(" ({}{more})", shown.join(", ")) };
            format!("{count} {}{named}", cause.told(*count))
        };
        self.by_cause.iter().map(phrase).collect()
    }
}
