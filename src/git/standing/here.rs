//! The working tree's folders: what git tracks of them, and what it would add.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use super::super::content::{blob_id_of, without_crlf};
use super::super::dir::{Dir, Kind};
use super::super::ignore::Rules;
use super::super::index::{Entry, FoldedNames, Index, Member};
use super::super::walk::is_too_deep;
use super::{At, Bytes, Content, Folder, LINK, Named, Repository, SUBMODULE, Standing, TYPE, Wanted, as_path};
use super::{is_twin, named, target, twins};

impl Repository {
    /// What git tracks decides first, then what the folder has and git would add.
    pub(super) fn here(&self, prefix: &[u8], name: &[u8]) -> Result<Standing, String> {
        let index = self.index()?;
        let path = [prefix, name].concat();
        let (below, own) = (index.has_below(&path), index.entry(&path));
        if let Some(twin) = index.twin(prefix, name).filter(|_| below || own.is_some() || self.found(&path).is_some()) {
            return Err(twins(name, twin));
        }
        match own {
            Some(entry) if entry.stage != 0 => Err("it has conflicts that nobody has settled".to_owned()),
            Some(entry) if entry.mode & TYPE == SUBMODULE => Ok(Standing::Submodule(entry.id.to_string())),
            Some(entry) if entry.skip_worktree => self.indexed(entry),
            Some(entry) => self.on_disk(&path, self.found(&path), !entry.intent_to_add),
            None if below => match self.found(&path) {
                found @ Some(Kind::Link | Kind::File) => self.on_disk(&path, found, false),
                _ => Ok(Standing::Folder(Folder(At::Here([&path, b"/".as_slice()].concat())))),
            },
            None => self.untracked(&path),
        }
    }

    /// A sparse checkout leaves files out on purpose; they are part of the release all the same.
    fn indexed(&self, entry: &Entry) -> Result<Standing, String> {
        match entry.mode & TYPE {
            LINK => target(&self.handle(), entry.id).map(Standing::Link),
            _ => Ok(Standing::File(Content { at: Bytes::Blob(entry.id), tracked: true })),
        }
    }

    /// The id of the blob that a file's bytes are, in hex digits. Where only the line ends differ from what the index has,
    /// that is what git calls the file.
    pub(super) fn id_here(&self, path: &[u8], bytes: &[u8]) -> String {
        let known = self.index().ok().and_then(|index| index.entry(path)).map(|entry| entry.id);
        let id = Some(blob_id_of(self.format, &without_crlf(bytes))).filter(|id| known == Some(*id));
        id.unwrap_or_else(|| blob_id_of(self.format, bytes)).to_string()
    }

    fn on_disk(&self, path: &[u8], found: Option<Kind>, tracked: bool) -> Result<Standing, String> {
        Ok(match found {
            None => Standing::Missing,
            Some(Kind::File) => Standing::File(Content { at: Bytes::File(path.to_owned()), tracked }),
            Some(Kind::Folder) => Standing::Folder(Folder(At::Here([path, b"/"].concat()))),
            Some(Kind::Other) => Standing::Other,
            Some(Kind::Link) => {
                let target =
                    fs::read_link(self.path(path)).map_err(|error| format!("it could not be read: {error}"))?;
                Standing::Link(target.into_os_string().into_encoded_bytes())
            }
        })
    }

    /// What git does not track.
    fn untracked(&self, path: &[u8]) -> Result<Standing, String> {
        match self.found(path) {
            Some(kind) if self.leaves_out(path, kind)? => Ok(Standing::LeftOut),
            found => self.on_disk(path, found, false),
        }
    }

    fn found(&self, path: &[u8]) -> Option<Kind> {
        let kind = self.path(path).symlink_metadata().ok()?.file_type();
        Some(match kind {
            kind if kind.is_symlink() => Kind::Link,
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_file() => Kind::File,
            _ => Kind::Other,
        })
    }

    /// Whether git would not add an untracked path.
    fn leaves_out(&self, path: &[u8], kind: Kind) -> Result<bool, String> {
        let top = self.open_top()?;
        Ok(is_left_out(&top, &Rules::top(self.everywhere(), &top), b"", path, kind))
    }

    fn open_top(&self) -> Result<Dir, String> {
        Dir::open(self.top()).map_err(|error| format!("the working tree could not be opened: {error}"))
    }

    pub(in crate::git) fn indexed_paths(&self, wanted: &Wanted<'_>) -> Result<Vec<PathBuf>, String> {
        let index = self.index()?;
        let entries = index.entries().iter().filter(|entry| !entry.intent_to_add);
        let is_wanted = |(path, mode): &(&[u8], u32)| wanted(&String::from_utf8_lossy(path), named(mode & TYPE));
        let mut found: Vec<_> =
            entries.map(|entry| (index.path(entry), entry.mode)).filter(is_wanted).map(|(path, _)| path).collect();
        // In a conflict several entries have one path.
        found.dedup();
        Ok(found.into_iter().map(|path| as_path(path).to_owned()).collect())
    }

    pub(super) fn names_here(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Named)>, String> {
        let index = self.index()?;
        let members = index.members(prefix.len(), index.below(prefix));
        let mut on_disk = self.names_on_disk(prefix)?;
        on_disk.sort_by(|(one, _), (other, _)| one.cmp(other));
        let is_on_disk = |name: &[u8]| on_disk.binary_search_by(|(known, _)| known.as_slice().cmp(name)).is_ok();
        let mut names = Vec::new();
        for (name, member) in &members {
            match member {
                Member::Folder(_) => names.push((name.to_vec(), Named::Folder)),
                Member::File(entry) if entry.skip_worktree || is_on_disk(name) => {
                    names.push((name.to_vec(), named(entry.mode & TYPE)));
                }
                Member::File(_) => {}
            }
        }
        let known = |name: &[u8]| members.binary_search_by_key(&name, |(known, _)| known).is_ok();
        for (name, kind) in on_disk.into_iter().filter(|(name, _)| !known(name)) {
            let path = [prefix, &name].concat();
            match kind {
                Kind::Folder if !self.leaves_out(&path, kind)? => names.push((name, Named::Folder)),
                Kind::File if !self.leaves_out(&path, kind)? => names.push((name, Named::File)),
                Kind::Link if !self.leaves_out(&path, kind)? => names.push((name, Named::Link)),
                _ => {}
            }
        }
        Ok(names)
    }

    fn names_on_disk(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Kind)>, String> {
        let mut names = Vec::new();
        match Dir::open(&self.path(prefix.strip_suffix(b"/").unwrap_or(prefix))) {
            Ok(dir) => dir.names(|name, kind| names.push((name.to_vec(), kind))).map_err(|error| error.to_string())?,
            // What a sparse checkout leaves out is in the index.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("it could not be listed: {error}")),
        }
        Ok(names)
    }
}

impl Index {
    /// The entry of a path, in whatever state.
    fn entry(&self, path: &[u8]) -> Option<&Entry> {
        self.entries().binary_search_by(|entry| self.path(entry).cmp(path)).ok().map(|at| &self.entries()[at])
    }

    /// The entries below a folder, given with a slash at its end ("" is the top).
    fn below(&self, prefix: &[u8]) -> &[Entry] {
        let entries = self.entries();
        let start = entries.partition_point(|entry| self.path(entry) < prefix);
        let length = entries[start..].partition_point(|entry| self.path(entry).starts_with(prefix));
        &entries[start..start + length]
    }

    fn has_below(&self, path: &[u8]) -> bool {
        let prefix = [path, b"/".as_slice()].concat();
        let start = self.entries().partition_point(|entry| self.path(entry) < prefix.as_slice());
        self.entries().get(start).is_some_and(|entry| self.path(entry).starts_with(&prefix))
    }

    /// Another name in a folder that differs from `name` in letter case only.
    fn twin(&self, prefix: &[u8], name: &[u8]) -> Option<&[u8]> {
        let names = self.folded_names(prefix);
        let hash = folded_hash(name);
        let start = names.partition_point(|(known, _)| *known < hash);
        let alike = names[start..].iter().take_while(|(known, _)| *known == hash);
        let mut alike = alike.filter_map(|(_, number)| Some(self.name_in(prefix, self.entries().get(*number)?)));
        alike.find(|found| is_twin(found, name))
    }

    /// The names of a folder; many are asked about in one folder, and each would look at all.
    fn folded_names(&self, prefix: &[u8]) -> FoldedNames {
        let mut known = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = known.get(prefix) {
            return Arc::clone(names);
        }
        let below = self.below(prefix);
        let first = self.entries().partition_point(|entry| self.path(entry) < prefix);
        let (mut names, mut at) = (Vec::new(), 0);
        while let Some(entry) = below.get(at) {
            let name = self.name_in(prefix, entry);
            names.push((folded_hash(name), first + at));
            let end = prefix.len() + name.len();
            let in_folder = |entry: &Entry| {
                self.path(entry).get(prefix.len()..=end).is_some_and(|path| path.strip_prefix(name) == Some(b"/"))
            };
            at += if self.path(entry).len() > end { below[at..].partition_point(in_folder).max(1) } else { 1 };
        }
        names.sort_unstable();
        let names = FoldedNames::from(names);
        known.insert(prefix.to_vec(), Arc::clone(&names));
        names
    }

    /// The name in a folder that an entry has or lies below.
    fn name_in(&self, prefix: &[u8], entry: &Entry) -> &[u8] {
        let rest = self.path(entry).get(prefix.len()..).unwrap_or_default();
        rest.split(|byte| *byte == b'/').next().unwrap_or_default()
    }
}

/// The same for names that differ in letter case only, and for few others (FNV-1a).
fn folded_hash(name: &[u8]) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    if name.is_ascii() {
        return name.iter().fold(START, |hash, byte| add(hash, byte.to_ascii_lowercase()));
    }
    String::from_utf8_lossy(name).to_lowercase().bytes().fold(START, add)
}

/// Whether git would leave out an untracked path below `dir`, whose path is `prefix`.
fn is_left_out(dir: &Dir, rules: &Rules<'_>, prefix: &[u8], rest: &[u8], kind: Kind) -> bool {
    let Some(slash) = rest.iter().position(|byte| *byte == b'/') else {
        let is_repository = || dir.folder(rest).is_ok_and(|folder| folder.find(b".git").is_ok());
        return rules.ignores(rest, kind) || kind == Kind::Folder && is_repository();
    };
    let (name, below) = (&rest[..slash], &rest[slash + 1..]);
    let prefix = [prefix, name, b"/"].concat();
    if is_too_deep(&prefix) || rules.ignores(name, Kind::Folder) {
        return true;
    }
    match dir.folder(name) {
        // A repository of its own is none of this one's files.
        Ok(folder) if folder.find(b".git").is_ok() => true,
        Ok(folder) => is_left_out(&folder, &rules.below(&prefix, &folder), &prefix, below, kind),
        Err(_) => true,
    }
}
