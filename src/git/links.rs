//! The symbolic links of a commit and where they lead.

use std::cell::Cell;
use std::collections::HashMap;

use git2::{Error, ObjectType, Odb};

use super::Repository;
use super::id::Id;
use super::index::Index;
use super::mode::{FOLDER, LINK};
use super::object::{cause, object, tree_of};
use super::walk::DEPTH_LIMIT;

/// How many links are read.
const LIMIT: usize = 20_000;

/// The longest target that is read, in bytes.
const TARGET_LIMIT: usize = 4096;

/// How many links one path may lead through: as many as Linux follows.
const CHAIN_LIMIT: usize = 40;

/// How many names are followed in all, so that links through each other are no way to keep the gate busy.
const STEP_LIMIT: usize = 5_000_000;

/// A link: its path and where it leads, both from the top.
pub(crate) type Link = (Vec<u8>, Vec<u8>);

impl Repository {
    /// The symbolic links of a commit (hex digits) that stay within the repository, in git's order.
    ///
    /// # Errors
    /// The files cannot be listed, or there are too many links.
    pub fn links(&self, commit: &str) -> Result<Vec<Link>, String> {
        // It takes the handle, so that no statement may have it already.
        let index = self.index().ok();
        let handle = self.handle();
        let find = || {
            let odb = handle.odb()?;
            let tree = tree_of(&handle, &odb, commit)?;
            let mut written = Vec::new();
            match index.filter(|index| index.tree.is_some_and(|noted| noted == tree)) {
                Some(index) => noted(&odb, index, &mut written)?,
                None => add(&odb, tree, &mut Vec::new(), 0, &mut written)?,
            }
            all_resolved(&written)
        };
        find().map_err(|error: Error| format!("the links of {commit} could not be read: {}", cause(&handle, &error)))
    }
}

/// The links of the index, which has the very tree: to read its one list is much faster than to read each folder.
fn noted(odb: &Odb<'_>, index: &Index, links: &mut Vec<Link>) -> Result<(), Error> {
    for entry in index.entries().iter().filter(|entry| entry.mode == LINK) {
        if links.len() > LIMIT {
            return Err(Error::from_str("there are too many"));
        }
        link(odb, index.path(entry), entry.id, links)?;
    }
    Ok(())
}

fn link(odb: &Odb<'_>, path: &[u8], id: Id, links: &mut Vec<Link>) -> Result<(), Error> {
    let target = object(odb, id, ObjectType::Blob)?;
    let target = Some(target.data()).filter(|target| target.len() <= TARGET_LIMIT);
    links.extend(target.map(|target| (path.to_owned(), target.to_owned())));
    Ok(())
}

fn add(odb: &Odb<'_>, tree: Id, path: &mut Vec<u8>, depth: usize, links: &mut Vec<Link>) -> Result<(), Error> {
    if depth > DEPTH_LIMIT || links.len() > LIMIT {
        return Err(Error::from_str("there are too many, or a folder is too deep"));
    }
    let format = tree.format();
    let tree = object(odb, tree, ObjectType::Tree)?;
    for entry in super::changes::entries(format, tree.data())? {
        let length = path.len();
        path.extend_from_slice(entry.name);
        match entry.mode {
            FOLDER => {
                path.push(b'/');
                add(odb, entry.id, path, depth + 1, links)?;
            }
            LINK => link(odb, path, entry.id, links)?,
            _ => {}
        }
        path.truncate(length);
    }
    Ok(())
}

/// Where links lead, of those that say where in the repository.
///
/// # Errors
/// To follow them takes too long: they lead through each other, again and again.
fn all_resolved(written: &[Link]) -> Result<Vec<Link>, Error> {
    let targets = written.iter().map(|(path, target)| (path.as_slice(), target.as_slice())).collect();
    let ways = Ways { targets, left: Cell::new(STEP_LIMIT) };
    let resolved = |(path, target): &Link| Some((path.clone(), ways.resolved(path, target, 0)?));
    let links = written.iter().filter_map(resolved).collect();
    if ways.left.get() == 0 { Err(Error::from_str("they lead through each other too often")) } else { Ok(links) }
}

/// What links say, by their paths.
struct Ways<'l> {
    targets: HashMap<&'l [u8], &'l [u8]>,
    /// How many names may still be followed.
    left: Cell<usize>,
}

impl Ways<'_> {
    /// Where a link leads, from the top; `None` where that is outside, or the top itself.
    fn resolved(&self, link: &[u8], target: &[u8], depth: usize) -> Option<Vec<u8>> {
        if target.starts_with(b"/") || depth > CHAIN_LIMIT {
            return None;
        }
        let folder = memchr::memrchr(b'/', link).map_or(&b""[..], |slash| &link[..slash]);
        let mut parts = names(folder);
        for part in names(target) {
            self.step()?;
            match part.as_slice() {
                b"." => {}
                b".." => {
                    // Above what a link leads to is another folder than the one that the link stands in.
                    parts = names(&self.followed(&parts, depth)?);
                    drop(parts.pop()?);
                }
                _ => parts.push(part),
            }
        }
        (!parts.is_empty()).then(|| parts.join(&b'/'))
    }

    /// A path with its links followed, the last one too; `None` where one leads outside, or in a circle.
    fn followed(&self, parts: &[Vec<u8>], depth: usize) -> Option<Vec<u8>> {
        let (mut path, mut depth) = (Vec::new(), depth);
        for part in parts {
            self.step()?;
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(part);
            while let Some(target) = self.targets.get(path.as_slice()) {
                depth += 1;
                path = self.resolved(&path, target, depth)?;
            }
        }
        Some(path)
    }

    fn step(&self) -> Option<()> {
        self.left.set(self.left.get().checked_sub(1)?);
        Some(())
    }
}

fn names(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_from_where_it_stands() {
        let cases: &[(&str, &str, Option<&str>)] = &[
            (".github/workflows/ci.yml", "../../tools/ci.yml", Some("tools/ci.yml")),
            ("a", "./b//c/", Some("b/c")),
            ("a/b", "..", None),
            ("a/b", "../../c", None),
            ("a", "/etc/passwd", None),
        ];
        for (link, target, expected) in cases {
            let found = all_resolved(&[(link.as_bytes().to_vec(), target.as_bytes().to_vec())]).expect("few steps");
            let found = found.first().map(|(_, target)| target.clone());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{link} -> {target}");
        }
    }

    #[test]
    fn a_way_back_from_a_link_begins_where_it_leads() {
        let written = [
            ("Dockerfile", "x/../tools/real"),
            ("x", "other/dir"),
            ("deep", "y/below/../../z"),
            ("y", "x/more"),
            ("a", "b/.."),
            ("b", "a/.."),
        ];
        let written = written.map(|(path, target)| (path.as_bytes().to_vec(), target.as_bytes().to_vec()));
        let found = all_resolved(&written).expect("few steps");
        let shown: Vec<_> = found.iter().map(|(path, target)| (str::from_utf8(path), str::from_utf8(target))).collect();
        let expected =
            [("Dockerfile", "other/tools/real"), ("x", "other/dir"), ("deep", "other/dir/z"), ("y", "x/more")];
        assert_eq!(shown, expected.map(|(path, target)| (Ok(path), Ok(target))));
    }

    #[test]
    fn links_through_each_other_end() {
        let through = |number: usize| (format!("l{number}"), format!("l{}/../", number + 1).repeat(200) + "d");
        let written: Vec<_> =
            (0..30).map(through).map(|(path, target)| (path.into_bytes(), target.into_bytes())).collect();
        let error = all_resolved(&written).expect_err("too many steps");
        assert_eq!(error.message(), "they lead through each other too often");
    }
}
