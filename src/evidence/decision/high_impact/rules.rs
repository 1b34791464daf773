//! The rules of the data file, and the one that a path falls under first.

use serde::Deserialize;

use super::table::{ByByte, Table};

/// The rules that hold everywhere; `delivery-gate decision --list-patterns` prints them.
pub const DATA: &str = include_str!("../../../../data/high-impact.toml");

/// A category of the data file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Category {
    pub(super) dirs: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) prefixes: Vec<String>,
    pub(super) suffixes: Vec<String>,
    pub(super) wraps: Vec<(String, String)>,
    pub(super) paths: Vec<String>,
    pub(super) within: Vec<(String, String)>,
}

/// What a file name starts and ends with.
struct Affix {
    start: Vec<u8>,
    end: Vec<u8>,
    rank: Rank,
}

/// Where a category stands in the data file; the first that matches is told.
type Rank = usize;

/// The data file's rules, laid out so that a path is looked up and not compared with each.
#[derive(Default)]
pub(super) struct Rules {
    categories: Vec<String>,
    /// By the last folder of the rule: the folders that must stand before it.
    folders: Table<(Vec<Vec<u8>>, Rank)>,
    /// By file name: the whole path that is asked for, where there is one.
    files: Table<(Option<Vec<u8>>, Rank)>,
    /// By the first byte of the start.
    affixes: ByByte<Affix>,
    /// By the last byte.
    suffixes: ByByte<(Vec<u8>, Rank)>,
    /// By the folder that the file stands in: how its name ends.
    within: Table<(Vec<u8>, Rank)>,
}

impl Rules {
    pub(super) fn embedded() -> Result<Self, String> {
        let data: toml::Table = toml::from_str(DATA).map_err(|error| error.to_string())?;
        let mut rules = Self::default();
        for (rank, (name, value)) in data.into_iter().enumerate() {
            let category: Category = value.try_into().map_err(|error: toml::de::Error| error.to_string())?;
            rules.categories.push(name);
            rules.add(rank, &category);
        }
        Ok(rules)
    }

    fn add(&mut self, rank: Rank, category: &Category) {
        let lower = |text: &String| text.to_ascii_lowercase().into_bytes();
        for dir in category.dirs.iter().map(lower) {
            let mut parts: Vec<_> = dir.split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect();
            let last = parts.pop().unwrap_or_default();
            self.folders.insert(last, (parts, rank));
        }
        category.names.iter().map(lower).for_each(|name| self.files.insert(name, (None, rank)));
        for path in category.paths.iter().map(lower) {
            self.files.insert(file_name(&path).to_vec(), (Some(path), rank));
        }
        for suffix in category.suffixes.iter().map(lower) {
            self.suffixes.of(suffix.last()).push((suffix, rank));
        }
        for (folder, end) in &category.within {
            self.within.insert(lower(folder), (lower(end), rank));
        }
        let prefixes = category.prefixes.iter().map(|prefix| (lower(prefix), Vec::new()));
        for (start, end) in prefixes.chain(category.wraps.iter().map(|(start, end)| (lower(start), lower(end)))) {
            self.affixes.of(start.first()).push(Affix { start, end, rank });
        }
    }

    /// The first category that a path in lower case belongs to.
    pub(super) fn category(&self, path: &[u8], is_folder: bool) -> Option<&str> {
        let name = file_name(path);
        let by_name = self.by_file(path, name).chain(self.by_affix(name));
        let rank = by_name.chain(self.by_folder(path, is_folder)).chain(self.by_parent(path, name)).min()?;
        self.categories.get(rank).map(String::as_str)
    }

    fn by_file<'r>(&'r self, path: &'r [u8], name: &[u8]) -> impl Iterator<Item = Rank> + 'r {
        let rules = self.files.get(name).iter();
        rules.filter(move |(whole, _)| whole.as_ref().is_none_or(|whole| is_end(path, whole))).map(|(_, rank)| *rank)
    }

    fn by_affix<'r>(&'r self, name: &'r [u8]) -> impl Iterator<Item = Rank> + 'r {
        let suffixes = self.suffixes.get(name.last()).iter().filter(|(end, _)| name.ends_with(end));
        let affixes = self.affixes.get(name.first()).iter();
        let affixes = affixes.filter(|affix| name.starts_with(&affix.start) && name.ends_with(&affix.end));
        suffixes.map(|(_, rank)| *rank).chain(affixes.map(|affix| affix.rank))
    }

    fn by_parent<'r>(&'r self, path: &'r [u8], name: &'r [u8]) -> impl Iterator<Item = Rank> + 'r {
        let folder = path.len().checked_sub(name.len() + 1).map(|end| file_name(&path[..end])).unwrap_or_default();
        self.within.get(folder).iter().filter(|(end, _)| name.ends_with(end)).map(|(_, rank)| *rank)
    }

    fn by_folder<'r>(&'r self, path: &'r [u8], is_folder: bool) -> impl Iterator<Item = Rank> + 'r {
        let end = is_folder.then_some(path.len());
        memchr::memchr_iter(b'/', path).chain(end).flat_map(move |end| {
            let folder = &path[..end];
            let rules = self.folders.get(file_name(folder)).iter();
            rules.filter(move |(before, _)| stands_before(folder, before)).map(|(_, rank)| *rank)
        })
    }
}

/// Whether the folders of a rule are those that lead to the last one of `folder`.
fn stands_before(folder: &[u8], before: &[Vec<u8>]) -> bool {
    let mut parts = folder.rsplit(|byte| *byte == b'/').skip(1);
    before.iter().rev().all(|expected| parts.next() == Some(expected))
}

/// Whether a path is `end`, or ends in it after a slash.
fn is_end(path: &[u8], end: &[u8]) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
}

/// The last name of a path.
pub(super) fn file_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..])
}
