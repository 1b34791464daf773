//! A split index (`core.splitIndex`): a shared file that is seldom written, and one beside it that says what differs. Git's
//! `Documentation/gitformat-index.txt`, "Split index".

use std::collections::BTreeMap;
use std::path::Path;

use super::super::id::Id;
use super::blocks::{Opened, corrupt};
use super::{Entry, Index, Parsed, Reader, be_u32};

/// What the extension `link` says.
pub(super) struct Link {
    shared: Id,
    /// By the places of the shared file's entries.
    deleted: Vec<bool>,
    replaced: Vec<bool>,
}

impl Link {
    /// `count` is how many entries there may be at most.
    pub(super) fn read(data: &[u8], reader: &Reader<'_>) -> Option<Self> {
        let (shared, rest) = data.split_at_checked(reader.format.bytes())?;
        let (mut deleted, mut replaced, mut rest) = (Vec::new(), Vec::new(), rest);
        // A file that was not changed since the shared one was written has no bitmaps.
        if !rest.is_empty() {
            (deleted, rest) = bitmap(rest)?;
            (replaced, rest) = bitmap(rest)?;
        }
        rest.is_empty().then_some(Self { shared: Id::from_bytes(shared)?, deleted, replaced })
    }
}

/// The most entries that a shared file may have by a bitmap: more than fit into an index.
const BITS_LIMIT: usize = 1 << 25;

/// A compressed bitmap (EWAH), and what stands behind it: the number of bits, of words, the words, and where the last group
/// of them begins.
fn bitmap(data: &[u8]) -> Option<(Vec<bool>, &[u8])> {
    let size = usize::try_from(be_u32(data, 0)?).ok().filter(|size| *size <= BITS_LIMIT)?;
    let words = usize::try_from(be_u32(data, 4)?).ok()?;
    let (buffer, rest) = data.get(8..)?.split_at_checked(words.checked_mul(8)?)?;
    let rest = rest.get(4..)?;
    let mut words = buffer.chunks_exact(8).map(|word| word.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)));
    // The last word may be begun only.
    let most = size.checked_next_multiple_of(64)?;
    let mut bits = Vec::with_capacity(most);
    while let Some(group) = words.next() {
        let run = usize::try_from(group >> 1 & 0xffff_ffff).ok()?.checked_mul(64)?;
        if run > most - bits.len() {
            return None;
        }
        bits.resize(bits.len() + run, group & 1 == 1);
        for _ in 0..group >> 33 {
            let literal = words.next().filter(|_| bits.len() < most)?;
            bits.extend((0..64).map(|bit| literal >> bit & 1 == 1));
        }
    }
    Some((bits, rest))
}

/// The index that both files come to.
pub(super) fn merged(own: Parsed, link: &Link, folder: &Path) -> Result<Index, String> {
    let format = own.format;
    // An id of zeros: there is no shared file.
    let shared = if link.shared.as_bytes().iter().all(|byte| *byte == 0) {
        Index::empty()
    } else {
        let name = format!("sharedindex.{}", link.shared);
        let file = Opened::at(&folder.join(&name))?.ok_or_else(|| corrupt(&format!("{name} is not there")))?;
        let (shared, checksum) = Parsed::read(file, format)?;
        if shared.link.is_some() || shared.is_sparse || checksum != link.shared {
            return Err(corrupt(&format!("{name} is another one than it names")));
        }
        shared.checked?;
        shared.index
    };
    let has = |bits: &[bool], at: usize| bits.get(at).copied().unwrap_or(false);
    let mut own_entries = own.index.entries.iter();
    let mut found: BTreeMap<(&[u8], u8), &Entry> = BTreeMap::new();
    let set = |bits: &[bool]| bits.iter().rposition(|set| *set).map_or(0, |last| last + 1);
    if set(&link.deleted).max(set(&link.replaced)) > shared.entries.len() {
        return Err(corrupt("it changes entries that the shared index does not have"));
    }
    for (at, before) in shared.entries.iter().enumerate() {
        let path = shared.path(before);
        let entry = if has(&link.replaced, at) {
            let entry = own_entries.next().filter(|entry| entry.length == 0);
            entry.ok_or_else(|| corrupt("what replaces an entry of the shared index is not there"))?
        } else {
            before
        };
        if !has(&link.deleted, at) {
            found.insert((path, entry.stage), entry);
        }
    }
    for entry in own_entries {
        found.insert((own.index.path(entry), entry.stage), entry);
    }
    let mut index = Index { tree: own.index.tree, written: own.index.written, ..Index::empty() };
    for ((path, _), entry) in found {
        index.add(path, *entry)?;
    }
    Ok(index)
}
