//! The symbolic links of a commit and where they lead.

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
            let mut links = Vec::new();
            match index.filter(|index| index.tree.is_some_and(|noted| noted == tree)) {
                Some(index) => noted(&odb, index, &mut links)?,
                None => add(&odb, tree, &mut Vec::new(), 0, &mut links)?,
            }
            Ok(links)
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
    links.extend(target.and_then(|target| resolved(path, target)).map(|target| (path.to_owned(), target)));
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

/// Where a link leads, from the top; `None` where that is outside, or the top itself.
fn resolved(link: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    if target.starts_with(b"/") {
        return None;
    }
    let folder = memchr::memrchr(b'/', link).map_or(&b""[..], |slash| &link[..slash]);
    let mut parts: Vec<&[u8]> = folder.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).collect();
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join(&b'/'))
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
            let found = resolved(link.as_bytes(), target.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{link} -> {target}");
        }
    }
}
