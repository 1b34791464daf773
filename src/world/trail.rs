//! The way of a path through the release, name by name: over symbolic links, into submodules, never out of the repository.

use std::borrow::Cow;
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
    /// Goes a path name by name, from the nearest folder that is known. Links are followed inside the repository only; each
    /// step obeys the same rule.
    pub(super) fn walk(&self, asked: &Path) -> Result<End, Refused> {
        let path = bytes_of(asked);
        let folder = &path[..path.iter().rposition(|byte| *byte == b'/').unwrap_or_default()];
        let trails = || self.seen.trails.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |passed: &[u8]| Some((trails().get(passed)?.clone(), passed.len()));
        let (trail, passed) = match known(&path).or_else(|| known(folder)) {
            Some(known) => known,
            None => (self.start()?, 0),
        };
        let names = parts(&path[passed..]).collect();
        let mut walk = Walk { world: self, trail, names, above: None, is_link: false };
        let end = walk.follow();
        if let Some(above) = walk.above.filter(|_| passed == 0) {
            trails().insert(folder.to_owned(), above);
        }
        if matches!(end, Ok(End { file: None, .. })) && passed < path.len() {
            trails().insert(path.clone(), walk.trail);
        }
        end.map_err(|refused| match refused {
            Refused::Unreadable(ReadError::Leaves) => Refused::Unreadable(ReadError::leaves(asked)),
            refused => refused,
        })
    }

    fn start(&self) -> Result<Trail, Refused> {
        let (repository, top) = match (&self.repository, self.release()) {
            (Ok(repository), Release::Commit { top, .. } | Release::Tree { top }) => (repository, top),
            (Err(unavailable), _) => return Err(Refused::Undetermined(unavailable.to_string())),
            (_, Release::Unknown(why)) => return Err(Refused::Undetermined(why.clone())),
        };
        let top = Step { above: None, place: PathBuf::new(), repository: Arc::clone(repository), folder: top.clone() };
        Ok(Trail { last: Arc::new(top), names: 0, links: 0 })
    }

    /// A submodule at the commit that the release records for it.
    fn submodule(&self, place: &[u8], commit: &str) -> Result<(Arc<Repository>, Folder), Refused> {
        let shown = path_of(place).display();
        let unfetched = || {
            let short = commit.get(..12).unwrap_or(commit);
            let step = format!("`git submodule update --init {shown}` fetches it");
            Refused::Undetermined(format!("the submodule {shown} is not here at commit {short}; {step}"))
        };
        let mut known = self.seen.submodules.lock().unwrap_or_else(PoisonError::into_inner);
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

/// The folders that were passed, the last one first, and what that took.
#[derive(Clone)]
pub(super) struct Trail {
    last: Arc<Step>,
    names: usize,
    links: usize,
}

struct Step {
    /// None at the top.
    above: Option<Arc<Step>>,
    /// Relative to the root.
    place: PathBuf,
    repository: Arc<Repository>,
    folder: Folder,
}

/// A path on its way.
struct Walk<'w> {
    world: &'w World,
    trail: Trail,
    /// Those that are still to be followed.
    names: VecDeque<Cow<'w, [u8]>>,
    /// Where the path's own last name is looked up.
    above: Option<Trail>,
    /// Whether that name is a link: the release has it, wherever it leads.
    is_link: bool,
}

impl Walk<'_> {
    fn follow(&mut self) -> Result<End, Refused> {
        loop {
            if self.names.len() == 1 && self.above.is_none() {
                self.above = Some(self.trail.clone());
            }
            let Some(name) = self.names.pop_front() else { return Ok(self.end(None, b"")) };
            self.trail.names += 1;
            if self.trail.names > NAME_LIMIT {
                return Err(Refused::Undetermined("its path is too long to be followed".to_owned()));
            }
            if *name == *b".." {
                let above = self.trail.last.above.clone();
                self.trail.last = above.ok_or(Refused::Unreadable(ReadError::Leaves))?;
            } else if let Some(file) = self.step(&name)? {
                // What is asked for below a file is nowhere.
                return if self.names.is_empty() { Ok(self.end(Some(file), &name)) } else { Err(self.missing(&name)) };
            }
        }
    }

    fn place(&self, name: &[u8]) -> PathBuf {
        if name.is_empty() { self.trail.last.place.clone() } else { self.trail.last.place.join(path_of(name)) }
    }

    fn end(&self, file: Option<Content>, name: &[u8]) -> End {
        let Step { repository, folder, .. } = &*self.trail.last;
        End { repository: Arc::clone(repository), folder: folder.clone(), file, place: self.place(name) }
    }

    /// One name further: the file, where it is one. A link's names come first of those to be followed.
    fn step(&mut self, name: &[u8]) -> Result<Option<Content>, Refused> {
        if is_git_folder(name) {
            return Err(Refused::Unreadable(ReadError::Leaves));
        }
        let Step { repository, folder, .. } = &*self.trail.last;
        let (repository, folder) = match repository.standing(folder, name).map_err(Refused::Undetermined)? {
            Standing::Missing => return Err(self.missing(name)),
            Standing::LeftOut => {
                return Err(Refused::Untracked((self.trail.links > 0).then(|| self.whole_place(name))));
            }
            Standing::Other => return Err(Refused::Unreadable(ReadError::NotRegular)),
            Standing::File(file) => return Ok(Some(file)),
            Standing::Link(target) => {
                self.link(&target)?;
                return Ok(None);
            }
            Standing::Folder(folder) => (Arc::clone(repository), folder),
            Standing::Submodule(commit) => self.world.submodule(&bytes_of(&self.place(name)), &commit)?,
        };
        let (above, place) = (Some(Arc::clone(&self.trail.last)), self.place(name));
        self.trail.last = Arc::new(Step { above, place, repository, folder });
        Ok(None)
    }

    fn missing(&self, name: &[u8]) -> Refused {
        if self.is_link { Refused::Untracked(Some(self.whole_place(name))) } else { Refused::Missing }
    }

    fn whole_place(&self, name: &[u8]) -> PathBuf {
        let mut place = self.place(name);
        place.extend(self.names.iter().map(|name| path_of(name)));
        place
    }

    fn link(&mut self, target: &[u8]) -> Result<(), Refused> {
        self.trail.links += 1;
        self.is_link |= self.names.is_empty();
        if self.trail.links > LINK_LIMIT {
            return Err(Refused::Undetermined("its symbolic links lead in a circle".to_owned()));
        }
        if target.is_empty() {
            return Err(Refused::Missing);
        }
        if target.starts_with(b"/") || path_of(target).is_absolute() {
            return Err(Refused::Unreadable(ReadError::Leaves));
        }
        parts(target).rev().for_each(|name| self.names.push_front(Cow::Owned(name.into_owned())));
        Ok(())
    }
}

fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = Cow<'_, [u8]>> {
    path.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b".")).map(Cow::Borrowed)
}
