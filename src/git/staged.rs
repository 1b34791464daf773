//! What the index has and the commit at HEAD has not, or the other way round.

use git2::{ObjectType, Repository};

use super::id::Id;
use super::index::{Entry, Index, Member};
use super::object::cause;
use super::state::{Difference, Findings};
use super::walk::is_too_deep;

/// Where git keeps the owner's permission to run a file, and the type, in a mode.
const COMPARED: u32 = 0o170_100;

/// Notes every path at which the index and a tree differ.
pub(super) fn compare(repository: &Repository, index: &Index, tree: Id, findings: &mut Findings) {
    // What git noted when it wrote the index saves the reading of every tree.
    if index.tree.is_some_and(|noted| noted == tree) {
        return;
    }
    Comparison { repository, index, findings }.folder(tree, b"", index.entries());
}

struct Comparison<'a> {
    repository: &'a Repository,
    index: &'a Index,
    findings: &'a mut Findings,
}

/// One name of a tree.
struct Child {
    name: Vec<u8>,
    mode: u32,
    id: Id,
    is_tree: bool,
}

impl Comparison<'_> {
    fn folder(&mut self, tree: Id, prefix: &[u8], entries: &[Entry]) {
        let children = match self.children(tree) {
            Ok(children) if !is_too_deep(prefix) => children,
            Ok(_) => return self.findings.undetermined(format!("{} is too deep", String::from_utf8_lossy(prefix))),
            Err(error) => {
                let why = format!("a tree could not be read: {}", cause(self.repository, &error));
                return self.findings.undetermined(why);
            }
        };
        let index = self.index;
        let members = index.members(prefix.len(), entries);
        for (name, member) in &members {
            match children.binary_search_by_key(name, |child| &child.name) {
                Ok(at) => self.both(&children[at], prefix, *member),
                Err(_) => self.added(*member),
            }
        }
        for child in children {
            if members.binary_search_by_key(&child.name.as_slice(), |(name, _)| name).is_err() {
                self.removed(&child, prefix);
            }
        }
    }

    fn children(&self, tree: Id) -> Result<Vec<Child>, git2::Error> {
        let tree = self.repository.find_tree(tree.oid()?)?;
        let mut children: Vec<_> = tree
            .iter()
            .map(|entry| Child {
                name: entry.name_bytes().to_vec(),
                mode: u32::try_from(entry.filemode()).unwrap_or_default(),
                id: entry.id().into(),
                is_tree: entry.kind() == Some(ObjectType::Tree),
            })
            .collect();
        children.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(children)
    }

    fn both(&mut self, child: &Child, prefix: &[u8], member: Member<'_>) {
        match member {
            Member::Folder(entries) if child.is_tree => {
                self.folder(child.id, &[prefix, &child.name, b"/"].concat(), entries);
            }
            Member::File(entry) if !child.is_tree => {
                let same = entry.id == child.id && (entry.mode ^ child.mode) & COMPARED == 0;
                if !same {
                    self.staged(entry);
                }
            }
            other => {
                self.added(other);
                self.removed(child, prefix);
            }
        }
    }

    fn added(&mut self, member: Member<'_>) {
        match member {
            Member::File(entry) => self.staged(entry),
            Member::Folder(entries) => entries.iter().for_each(|entry| self.staged(entry)),
        }
    }

    fn staged(&mut self, entry: &Entry) {
        self.findings.dirty(self.index.path(entry), Difference::Staged);
    }

    fn removed(&mut self, child: &Child, prefix: &[u8]) {
        let path = [prefix, &child.name].concat();
        if child.is_tree {
            self.folder(child.id, &[&path, b"/".as_slice()].concat(), &[])
        } else {
            self.findings.dirty(&path, Difference::Staged)
        }
    }
}
