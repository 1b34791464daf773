//! git's index, read by hand: on a large tree libgit2 needs ten times as long for it.
//!
//! The format is that of git's `Documentation/gitformat-index.txt`, versions 2 to 4, with ids of either kind.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use git2::Repository;

use super::id::{Format, Id};
use blocks::{Opened, Window, corrupt};
use shown::show;
use split::Link;

mod blocks;
mod shown;
mod sparse;
mod split;
#[cfg(test)]
mod tests;

/// The ids of an empty blob.
const EMPTY: [Id; 2] = [
    Id::Sha1(*b"\xe6\x9d\xe2\x9b\xb2\xd1\xd6\x43\x4b\x8b\x29\xae\x77\x5a\xd8\xc2\xe4\x8c\x53\x91"),
    Id::Sha256(
        *b"\x47\x3a\x0f\x4c\x3b\xe8\xa9\x36\x81\xa2\x67\xe3\xb1\xe9\xa7\xdc\xda\x11\x85\x43\x6f\xe1\x41\xf7\x74\x91\x20\xa3\x03\x72\x18\x13",
    ),
];

const HEADER: usize = 12;

/// Where an entry's object id begins, behind the stat data; two bytes of flags follow it.
const ID: usize = 40;

const STAGE_MASK: u16 = 0x3000;
const NAME_MASK: u16 = 0x0fff;
const EXTENDED: u16 = 0x4000;
const SKIP_WORKTREE: u16 = 0x4000;
const INTENT_TO_ADD: u16 = 0x2000;

/// The index as far as the gate needs it.
pub(super) struct Index {
    paths: Vec<u8>,
    entries: Vec<Entry>,
    /// The tree that the index would commit as, where git has noted it.
    pub(super) tree: Option<Id>,
    /// When the file was last written.
    pub(super) written: Option<Moment>,
    /// The names of the folders that somebody asked about, whatever their letter case: [`FoldedNames`] by the folder's path.
    pub(super) folded: Mutex<HashMap<Vec<u8>, FoldedNames>>,
}

/// The names of one folder: a hash that is the same for all letter cases, and the number of the first entry of that name; in order.
pub(super) type FoldedNames = Arc<[(u64, usize)]>;

/// Seconds and nanoseconds since 1970, cut to 32 bits each as the index has them.
pub(super) type Moment = (u32, u32);

/// One tracked path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) stat: Stat,
    pub(super) mode: u32,
    pub(super) id: Id,
    /// Conflicted entries have a stage other than 0.
    pub(super) stage: u8,
    pub(super) skip_worktree: bool,
    pub(super) intent_to_add: bool,
    start: usize,
    length: usize,
}

/// What a name in a folder stands for: a file, or the run of entries below it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Member<'e> {
    File(&'e Entry),
    Folder(&'e [Entry]),
}

impl Entry {
    /// Whether git, when it wrote the index, could not rule out a change in the clock's grain: it notes size 0 then.
    pub(super) fn is_smudged(&self) -> bool {
        self.stat.size == 0 && !EMPTY.contains(&self.id)
    }
}

/// What the file system said when the entry was last known to be clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) ctime: Moment,
    pub(super) mtime: Moment,
    pub(super) ino: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u32,
}

impl Index {
    /// Reads the index file. A repository without one has an empty index. A shared index lies in `git_dir`; the repository is
    /// asked where the index has only the tree of a folder, and shown what it cannot read itself.
    pub(super) fn read(
        path: &Path,
        format: Format,
        git_dir: &Path,
        repository: &Mutex<Repository>,
    ) -> Result<Self, String> {
        let Some(file) = Opened::at(path)? else { return Ok(Self::empty()) };
        let (mut parsed, _) = Parsed::read(file, format)?;
        match parsed.link.take() {
            Some(_) if parsed.is_sparse => {
                Err("the index is both split and sparse, which the gate cannot read; run git \
                 update-index --no-split-index"
                    .to_owned())
            }
            Some(link) => {
                let index = split::merged(parsed, &link, git_dir)?;
                show(&index, &repository.lock().unwrap_or_else(PoisonError::into_inner), format).map(|()| index)
            }
            None if parsed.is_sparse => {
                let repository = repository.lock().unwrap_or_else(PoisonError::into_inner);
                let index = sparse::expanded(&parsed, &repository)?;
                show(&index, &repository, format).map(|()| index)
            }
            None => parsed.checked.map(|()| parsed.index),
        }
    }

    fn empty() -> Self {
        Self { paths: Vec::new(), entries: Vec::new(), tree: None, written: None, folded: Mutex::default() }
    }

    /// Adds an entry of another index.
    fn add(&mut self, path: &[u8], entry: Entry) -> Result<(), String> {
        let start = self.paths.len();
        self.paths.extend_from_slice(path);
        self.push(Entry { start, length: path.len(), ..entry })
    }

    #[inline]
    fn push(&mut self, entry: Entry) -> Result<(), String> {
        let path = self.path(&entry);
        let last = self.entries.last().map(|last| (self.path(last), last.stage));
        let checked = if last.is_some_and(|last| last >= (path, entry.stage)) {
            Err(corrupt("its entries are not in order"))
        } else if !is_plain(path) {
            Err(corrupt("a path leaves the working tree"))
        } else {
            Ok(())
        };
        self.entries.push(entry);
        checked
    }

    /// In order of their paths.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn path(&self, entry: &Entry) -> &[u8] {
        self.paths.get(entry.start..entry.start + entry.length).unwrap_or_default()
    }

    /// A folder's part of the index, `prefix` bytes into the paths of its `entries`: names in the order of bytes.
    pub(super) fn members<'e>(&'e self, prefix: usize, entries: &'e [Entry]) -> Vec<(&'e [u8], Member<'e>)> {
        let mut members: Vec<(&[u8], Member<'_>)> = Vec::new();
        let mut at = 0;
        while let Some(entry) = entries.get(at) {
            let rest = self.path(entry).get(prefix..).unwrap_or_default();
            let Some(slash) = rest.iter().position(|byte| *byte == b'/') else {
                members.push((rest, Member::File(entry)));
                at += 1;
                continue;
            };
            let folder = &rest[..=slash];
            let in_it = |other: &Entry| self.path(other).get(prefix..).unwrap_or_default().starts_with(folder);
            let end = at + entries[at..].partition_point(in_it);
            members.push((&rest[..slash], Member::Folder(&entries[at..end])));
            at = end;
        }
        members.sort_by_key(|(name, _)| *name);
        members
    }

    /// Whether the index has a path at all, in whatever state.
    pub(super) fn has_any(&self, path: &[u8]) -> bool {
        self.entries.binary_search_by(|entry| self.path(entry).cmp(path)).is_ok()
    }

    /// Whether a path is tracked, conflicts and mere intents aside.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        let found = self.entries.binary_search_by(|entry| (self.path(entry), entry.stage).cmp(&(path, 0)));
        found.is_ok_and(|at| !self.entries[at].intent_to_add)
    }
}

/// An index file by itself.
struct Parsed {
    index: Index,
    format: Format,
    /// Whether its entries are in order and none leads elsewhere: those of a split or a sparse one have odd paths.
    checked: Result<(), String>,
    link: Option<Link>,
    is_sparse: bool,
}

impl Parsed {
    /// Parses an index file.
    ///
    /// # Errors
    /// It is damaged, or of a version that is not known.
    fn read(file: Opened, format: Format) -> Result<(Self, Id), String> {
        let (length, written) = (file.length, file.written);
        file.parsed(format, |window| Self::parse(window, length, written, format))
    }

    fn parse(window: &mut Window<'_>, length: u64, written: Option<Moment>, format: Format) -> Result<Self, String> {
        let version = be_u32(&window.bytes, 4).unwrap_or(0);
        let count = be_u32(&window.bytes, 8).unwrap_or(0) as usize;
        if !(2..=4).contains(&version) {
            return Err(format!("the index has version {version}, which the gate cannot read"));
        }
        let mut index = Index { written, ..Index::empty() };
        let most = usize::try_from(length).unwrap_or(usize::MAX) / fixed(format);
        index.entries.reserve(count.min(most));
        let mut checked = Ok(());
        for _ in 0..count {
            let entry =
                Reader::next(window, format, version, &mut index).ok_or_else(|| corrupt("an entry is cut off"))?;
            let pushed = index.push(entry);
            checked = checked.and(pushed);
        }
        while window.extend() {}
        let mut parsed = Self { index, format, checked, link: None, is_sparse: false };
        parsed.extensions(&mut Reader { bytes: &window.bytes, at: window.at, format })?;
        Ok(parsed)
    }

    fn extensions(&mut self, reader: &mut Reader<'_>) -> Result<(), String> {
        while reader.at < reader.bytes.len() {
            let (name, data) = reader.extension().ok_or_else(|| corrupt("an extension is cut off"))?;
            match &name {
                b"TREE" => self.index.tree = root_tree(data, reader.format),
                b"link" => {
                    let link = Link::read(data, reader).ok_or_else(|| corrupt("what it says of a shared one"))?;
                    self.link = Some(link);
                }
                b"sdir" => self.is_sparse = true,
                name if name[0].is_ascii_uppercase() => {}
                name => {
                    return Err(format!(
                        "the index has the extension {}, which the gate cannot read",
                        name.escape_ascii()
                    ));
                }
            }
        }
        Ok(())
    }
}

/// No component that leads elsewhere, and none that git itself refuses.
fn is_plain(path: &[u8]) -> bool {
    let plain = |part: &[u8]| !part.is_empty() && part != b"." && part != b".." && !part.eq_ignore_ascii_case(b".git");
    !path.contains(&0) && path.split(|byte| *byte == b'/').all(plain)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    format: Format,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let piece = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(piece)
    }

    /// The next entry, however many blocks it needs.
    fn next(window: &mut Window<'_>, format: Format, version: u32, index: &mut Index) -> Option<Entry> {
        let begin = index.paths.len();
        loop {
            let mut reader = Reader { bytes: &window.bytes, at: window.at, format };
            if let Some(entry) = reader.entry(version, index) {
                window.at = reader.at;
                return Some(entry);
            }
            index.paths.truncate(begin);
            if !window.extend() {
                return None;
            }
        }
    }

    fn entry(&mut self, version: u32, index: &mut Index) -> Option<Entry> {
        let begin = self.at;
        let fixed = self.take(fixed(self.format))?;
        let word = |at: usize| be_u32(fixed, at).unwrap_or(0);
        let flags = be_u16(fixed, ID + self.format.bytes())?;
        let extended = if version > 2 && flags & EXTENDED != 0 { be_u16(self.take(2)?, 0)? } else { 0 };
        let start = index.paths.len();
        if version == 4 {
            self.compressed_path(index)?;
        } else {
            self.padded_path(begin, flags, index)?;
        }
        Some(Entry {
            stat: Stat {
                ctime: (word(0), word(4)),
                mtime: (word(8), word(12)),
                ino: word(20),
                uid: word(28),
                gid: word(32),
                size: word(36),
            },
            mode: word(24),
            id: Id::from_bytes(fixed.get(ID..ID + self.format.bytes())?)?,
            stage: u8::try_from((flags & STAGE_MASK) >> 12).ok()?,
            skip_worktree: extended & SKIP_WORKTREE != 0,
            intent_to_add: extended & INTENT_TO_ADD != 0,
            start,
            length: index.paths.len() - start,
        })
    }

    /// The path, then one to eight NULs up to a multiple of eight bytes.
    fn padded_path(&mut self, begin: usize, flags: u16, index: &mut Index) -> Option<()> {
        let known = usize::from(flags & NAME_MASK);
        let length = if known < usize::from(NAME_MASK) { known } else { self.until_nul()? };
        index.paths.extend_from_slice(self.take(length)?);
        let used = self.at - begin;
        let padding = self.take(8 - used % 8)?;
        padding.iter().all(|byte| *byte == 0).then_some(())
    }

    /// How much of the previous path to drop, then what to add, then a NUL.
    fn compressed_path(&mut self, index: &mut Index) -> Option<()> {
        let previous = index.entries.last().map_or(0..0, |last| last.start..last.start + last.length);
        let dropped = self.offset_number()?;
        let kept = previous.len().checked_sub(dropped)?;
        index.paths.extend_from_within(previous.start..previous.start + kept);
        let length = self.until_nul()?;
        index.paths.extend_from_slice(self.take(length)?);
        self.take(1).map(drop)
    }

    fn until_nul(&self) -> Option<usize> {
        self.bytes.get(self.at..)?.iter().position(|byte| *byte == 0)
    }

    /// The variable-width number of git's pack format for offsets.
    fn offset_number(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for step in 0..10 {
            let byte = *self.take(1)?.first()?;
            let base = if step == 0 { 0 } else { value.checked_add(1)?.checked_mul(128)? };
            value = base.checked_add(usize::from(byte & 0x7f))?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn extension(&mut self) -> Option<([u8; 4], &'a [u8])> {
        let name = self.take(4)?.try_into().ok()?;
        let size = be_u32(self.take(4)?, 0)?;
        Some((name, self.take(size as usize)?))
    }
}

/// How many bytes the fixed part of an entry has.
fn fixed(format: Format) -> usize {
    ID + format.bytes() + 2
}

/// The first record of the TREE extension is the root; a negative count means that it is out of date.
fn root_tree(data: &[u8], format: Format) -> Option<Id> {
    let rest = data.strip_prefix(b"\0")?;
    let line = rest.iter().position(|byte| *byte == b'\n')?;
    let counts = str::from_utf8(&rest[..line]).ok()?;
    let count: i64 = counts.split(' ').next()?.parse().ok()?;
    let id = rest.get(line + 1..line + 1 + format.bytes())?;
    if count < 0 { None } else { Id::from_bytes(id) }
}

fn be_u32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn be_u16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// When an index file was last written.
pub(super) fn written(path: &Path) -> Option<Moment> {
    path.metadata().ok()?.modified().ok().and_then(moment)
}

/// A time as the index has it.
fn moment(time: SystemTime) -> Option<Moment> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    // The index keeps the low 32 bits.
    Some(((since.as_secs() & 0xffff_ffff) as u32, since.subsec_nanos()))
}
