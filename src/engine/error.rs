//! Why a question to the gate has no answer, as a caller of the library tells them apart.

use std::fmt;
use std::path::{Path, PathBuf};

use super::run::GateResult;
use crate::model::failure::{Failure, FailureKind};
use crate::model::problem::Problem;
use crate::records::StoreError;
use crate::world::Unopened;

/// Why the gate could not be asked, or what gates hold. The program ends in exit code 2 then: no decision was reached.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The project's directory is none.
    Directory {
        /// As it was given.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The revision names no commit of the repository.
    Revision {
        /// As it was given.
        revision: String,
        /// What is wrong with it.
        why: String,
    },
    /// What git has at this path was to be looked at, and it is in no repository.
    NotARepository(PathBuf),
    /// An option, an argument or a variable makes no sense.
    Usage(Problems),
    /// release.yaml or a package manifest is wrong.
    Manifest(Problems),
    /// The policy, a gate file or what configures a gate is wrong; nothing was run.
    Configuration(Problems),
    /// Gates hold the release; none is named where every gate was skipped.
    Pipeline {
        /// Their ids, in the order of the file.
        failed: Vec<String>,
    },
    /// The trust gate holds the release; its metrics say why.
    Trust(Box<GateResult>),
    /// A verdict could not be recorded, so it counts for nothing.
    Unrecorded(String),
    /// The records could not be reached.
    Store(StoreError),
    /// The run was ended early.
    Interrupted {
        /// The ids that had a result by then, each with its status.
        known: Vec<String>,
    },
    /// Ctrl-C was to end the run, and cannot be handled.
    Signals(String),
}

/// What is wrong with what people wrote: all of it, each with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// One line that sums it up.
    pub message: String,
    /// Each problem found, in the order of the files; none where the message says it all.
    pub list: Vec<Problem>,
    /// The directory that the problems' paths start from, relative to the repository's top level.
    pub dir: PathBuf,
}

impl Problems {
    /// The first of them, without its place.
    pub(super) fn first(&self) -> String {
        self.list.first().map_or_else(|| self.message.clone(), |first| format!("{}: {}", first.path, first.message))
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(list: Vec<Problem>) -> Self {
        let Failure { message, problems, dir, .. } = Failure::of(FailureKind::Usage, list);
        Self { message, list: problems, dir }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.list[..] {
            [] => f.write_str(&self.message),
            [one] => f.write_str(&one.in_one_line()),
            [first, more @ ..] => write!(f, "{}, and {} more", first.in_one_line(), more.len()),
        }
    }
}

impl Error {
    /// What was asked for makes no sense.
    pub(crate) fn usage(why: impl Into<String>) -> Self {
        Self::Usage(Problems { message: why.into(), list: Vec::new(), dir: PathBuf::new() })
    }

    /// Variables or options are wrong.
    pub(crate) fn settings(problems: Vec<Problem>) -> Self {
        Self::Usage(problems.into())
    }

    /// release.yaml or a manifest is wrong.
    pub(crate) fn manifest(problems: Vec<Problem>) -> Self {
        Self::Manifest(problems.into())
    }

    /// What configures checks or gates is wrong.
    pub(crate) fn configuration(problems: Vec<Problem>) -> Self {
        Self::Configuration(problems.into())
    }

    /// There is nothing to look at.
    pub(crate) fn unopened(why: Unopened, path: &Path, revision: Option<&str>) -> Self {
        match why {
            Unopened::Directory(why) => Self::Directory { path: path.to_owned(), why },
            Unopened::Revision(why) => Self::Revision { revision: revision.unwrap_or_default().to_owned(), why },
        }
    }

    /// The same, with paths that start from a directory of the repository.
    pub(crate) fn in_dir(mut self, dir: &Path) -> Self {
        if let Self::Usage(problems) | Self::Manifest(problems) | Self::Configuration(problems) = &mut self {
            dir.clone_into(&mut problems.dir);
        }
        self
    }

    /// The same, of a folder of the directory that the paths start from; `.` is the directory itself.
    pub(crate) fn below(mut self, folder: &str) -> Self {
        if let Self::Usage(problems) | Self::Manifest(problems) | Self::Configuration(problems) = &mut self {
            for problem in problems.list.iter_mut().filter(|_| folder != ".") {
                problem.path = format!("{folder}/{}", problem.path);
            }
        }
        self
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::Manifest(_) => FailureKind::Manifest,
            Self::Configuration(_) => FailureKind::Configuration,
            Self::Unrecorded(_) | Self::Store(_) => FailureKind::Output,
            Self::Interrupted { .. } => FailureKind::Interrupted,
            Self::Signals(_) => FailureKind::Internal,
            _ => FailureKind::Usage,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, why } => write!(f, "{}: {why}", path.display()),
            Self::Revision { revision, why } => write!(f, "{revision}: {why}"),
            Self::NotARepository(path) => write!(f, "{}: this is not in a git repository", path.display()),
            Self::Usage(problems) | Self::Manifest(problems) | Self::Configuration(problems) => problems.fmt(f),
            Self::Pipeline { failed } if failed.is_empty() => f.write_str("nothing was verified"),
            Self::Pipeline { failed } => write!(f, "gates hold the release: {}", failed.join(", ")),
            Self::Trust(ended) => write!(f, "the trust gate holds the release: {}", ended.row.detail),
            Self::Store(error) => error.fmt(f),
            Self::Interrupted { known } => write!(f, "interrupted; known by then: {}", known.join(", ")),
            Self::Unrecorded(why) | Self::Signals(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {
    /// What stands behind an error that has no words of its own.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// As the program reports it.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        match error {
            Error::Usage(Problems { message, list, dir })
            | Error::Manifest(Problems { message, list, dir })
            | Error::Configuration(Problems { message, list, dir }) => Self { kind, message, problems: list, dir },
            other => Self::new(kind, other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::*;

    #[test]
    fn behind_records_that_could_not_be_reached_stands_what_the_system_said() {
        let error = Error::from(StoreError::Io("records".into(), io::Error::other("the disk is full")));
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the disk is full"));
    }

    #[test]
    fn an_error_is_reported_as_the_kind_of_input_that_is_at_fault() {
        let problem = Problem::new("release.yaml", "it is empty");
        let failure = Failure::from(Error::manifest(vec![problem.clone()]).in_dir(Path::new("app")));
        let expected = Failure::of(FailureKind::Manifest, vec![problem]).in_dir(Path::new("app"));
        assert_eq!(failure, expected);
    }
}
