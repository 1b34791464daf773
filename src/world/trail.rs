//! The way of a path through the release, name by name: over symbolic links, into submodules, never out of the repository.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use super::released::Refused;
use super::{Release, World};
use crate::git::{Content, Folder, Repository, Standing, bytes_of, is_git_folder, path_of};
use crate::system::files::ReadError;

/// How many symbolic links one path may lead through: as many as Linux follows.
const LINK_LIMIT: usize = 40;

/// How many names one path may have, those of its links counted.
const NAME_LIMIT: usize = 10_000;

/// Where a path ended: in a folder of a repository, at a file where there is one.
pub(super) struct End {
    pub(super) repository: Arc<Repository>,
    pub(super) folder: Folder,
    pub(super) file: Option<Content>,
    /// Relative to the root.
    pub(super) place: PathBuf,
}

impl World {
    /// Goes a path name by name. Links are followed inside the repository only; each step obeys the same rule.
    pub(super) fn walk(&self, path: &Path) -> Result<End, Refused> {
        let (repository, top) = match (&self.repository, self.release()) {
            (Ok(repository), Release::Commit { top, .. } | Release::Tree { top }) => (repository, top),
            (Err(unavailable), _) => return Err(Refused::Undetermined(unavailable.to_string())),
            (_, Release::Unknown(why)) => return Err(Refused::Undetermined(why.clone())),
        };
        let mut trail = Trail {
            world: self,
            top: (Arc::clone(repository), top.clone()),
            steps: Vec::new(),
            links: 0,
            is_link: false,
        };
        trail.follow(&bytes_of(path))
    }

    /// A submodule at the commit that the release records for it.
    fn submodule(&self, place: &[u8], commit: &str) -> Result<(Arc<Repository>, Folder), Refused> {
        let shown = path_of(place).display();
        let unfetched = || {
            let short = commit.get(..12).unwrap_or(commit);
            let step = format!("`git submodule update --init {shown}` fetches it");
            Refused::Undetermined(format!("the submodule {shown} is not here at commit {short}; {step}"))
        };
        let mut known = self.submodules.lock().unwrap_or_else(PoisonError::into_inner);
        let repository = match known.get(place) {
            Some(repository) => Arc::clone(repository),
            None => {
                let opened = Arc::new(self.open_submodule(place).ok_or_else(unfetched)?);
                known.insert(place.to_owned(), Arc::clone(&opened));
                opened
            }
        };
        let top = repository.tree_at(commit).map_err(|_| unfetched())?;
        Ok((repository, top))
    }

    /// The submodule's repository where it was checked out, else where git keeps it.
    fn open_submodule(&self, place: &[u8]) -> Option<Repository> {
        let top = self.repository.as_ref().ok()?;
        let checked_out = (!top.is_bare()).then(|| self.root.path().join(path_of(place)));
        let around = checked_out.filter(|folder| folder.join(".git").symlink_metadata().is_ok());
        let opened = around.and_then(|folder| Repository::discover(&folder).ok());
        opened.or_else(|| Repository::open_bare(&top.modules().join(path_of(place))).ok())
    }
}

struct Trail<'w> {
    world: &'w World,
    top: (Arc<Repository>, Folder),
    steps: Vec<Step>,
    links: usize,
    /// Whether the last name of the path is a link: the release has it, wherever it leads.
    is_link: bool,
}

struct Step {
    name: Vec<u8>,
    repository: Arc<Repository>,
    folder: Folder,
}

impl Trail<'_> {
    fn follow(&mut self, path: &[u8]) -> Result<End, Refused> {
        let mut names: VecDeque<Vec<u8>> = parts(path).collect();
        let mut count = 0;
        while let Some(name) = names.pop_front() {
            count += 1;
            if count > NAME_LIMIT {
                return Err(Refused::Undetermined("its path is too long to be followed".to_owned()));
            }
            if name == b".." {
                self.steps.pop().ok_or(Refused::Unreadable(ReadError::Leaves))?;
                continue;
            }
            if let Some(file) = self.step(name.clone(), &mut names)? {
                // What is asked for below a file is nowhere.
                return if names.is_empty() {
                    Ok(self.end(Some(file), &name))
                } else {
                    Err(self.missing(&name, &names))
                };
            }
        }
        Ok(self.end(None, b""))
    }

    fn here(&self) -> (Arc<Repository>, Folder) {
        match self.steps.last() {
            Some(step) => (Arc::clone(&step.repository), step.folder.clone()),
            None => self.top.clone(),
        }
    }

    fn place(&self, name: &[u8]) -> PathBuf {
        let names = self.steps.iter().map(|step| step.name.as_slice()).chain([name]);
        names.filter(|name| !name.is_empty()).map(path_of).collect()
    }

    fn end(&self, file: Option<Content>, name: &[u8]) -> End {
        let (repository, folder) = self.here();
        End { repository, folder, file, place: self.place(name) }
    }

    /// One name further: the file, where it is one. A link's names come first of those to be followed.
    fn step(&mut self, name: Vec<u8>, names: &mut VecDeque<Vec<u8>>) -> Result<Option<Content>, Refused> {
        if is_git_folder(&name) {
            return Err(Refused::Unreadable(ReadError::Leaves));
        }
        let (repository, folder) = self.here();
        let (repository, folder) = match repository.standing(&folder, &name).map_err(Refused::Undetermined)? {
            Standing::Missing => return Err(self.missing(&name, names)),
            Standing::LeftOut => {
                return Err(Refused::Untracked((self.links > 0).then(|| self.whole_place(&name, names))));
            }
            Standing::Other => return Err(Refused::Unreadable(ReadError::NotRegular)),
            Standing::File(file) => return Ok(Some(file)),
            Standing::Link(target) => {
                self.link(&target, names)?;
                return Ok(None);
            }
            Standing::Folder(folder) => (repository, folder),
            Standing::Submodule(commit) => self.world.submodule(&bytes_of(&self.place(&name)), &commit)?,
        };
        self.steps.push(Step { name, repository, folder });
        Ok(None)
    }

    fn missing(&self, name: &[u8], rest: &VecDeque<Vec<u8>>) -> Refused {
        if self.is_link { Refused::Untracked(Some(self.whole_place(name, rest))) } else { Refused::Missing }
    }

    fn whole_place(&self, name: &[u8], rest: &VecDeque<Vec<u8>>) -> PathBuf {
        let mut place = self.place(name);
        place.extend(rest.iter().map(|name| path_of(name)));
        place
    }

    fn link(&mut self, target: &[u8], names: &mut VecDeque<Vec<u8>>) -> Result<(), Refused> {
        self.links += 1;
        self.is_link |= names.is_empty();
        if self.links > LINK_LIMIT {
            return Err(Refused::Undetermined("its symbolic links lead in a circle".to_owned()));
        }
        if target.is_empty() {
            return Err(Refused::Missing);
        }
        if target.starts_with(b"/") || path_of(target).is_absolute() {
            return Err(Refused::Unreadable(ReadError::Leaves));
        }
        parts(target).rev().for_each(|name| names.push_front(name));
        Ok(())
    }
}

fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b".")).map(<[u8]>::to_vec)
}
