//! Manifests in the folders below.

use std::fs;
use std::path::{Path, PathBuf};

/// How far down is looked.
const DEPTH: usize = 3;

/// How many folders are looked at, and how many manifests are told.
const FOLDERS: usize = 2000;
const MANIFESTS: usize = 50;

/// Folders whose manifests are not the project's own.
#[rustfmt::skip]
const OTHERS: [&str; 18] = [
    "node_modules", "target", "vendor", "third_party", "dist", "build", "out", "venv", "env", "site-packages",
    "test", "tests", "fixtures", "examples", "example", "benches", "docs", "doc",
];

/// The folders with a manifest below `top`, relative to it, in order. Links are not followed.
pub(super) fn folders(top: &Path, is_manifest: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(PathBuf::new(), 0)];
    let mut looked = 0;
    while let Some((folder, depth)) = open.pop() {
        looked += 1;
        if looked > FOLDERS {
            break;
        }
        let Ok(listing) = fs::read_dir(top.join(&folder)) else { continue };
        let mut has_manifest = false;
        for entry in listing.filter_map(Result::ok) {
            let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
            has_manifest |= kind.is_file() && is_manifest(&name);
            if kind.is_dir() && depth < DEPTH && !name.starts_with('.') && !OTHERS.contains(&name.as_str()) {
                open.push((folder.join(name), depth + 1));
            }
        }
        if has_manifest && depth > 0 {
            found.push(folder);
        }
    }
    found.sort();
    found.truncate(MANIFESTS);
    found
}
