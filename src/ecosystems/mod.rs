//! What a project declares in its manifests, and how firmly its dependencies are pinned.

pub(crate) mod cargo;
pub(crate) mod comparators;
pub(crate) mod composer;
pub(crate) mod conda;
pub(crate) mod dart;
pub(crate) mod deno;
pub(crate) mod digests;
pub(crate) mod dotnet;
pub(crate) mod elixir;
pub(crate) mod expressions;
pub(crate) mod fixed;
pub(crate) mod go;
pub(crate) mod gradle;
pub(crate) mod graph;
pub(crate) mod helm;
pub(crate) mod lockfiles;
pub(crate) mod manifests;
pub(crate) mod maven;
pub(crate) mod nix;
pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod ruby;
pub(crate) mod swift;
pub(crate) mod table;
pub(crate) mod versions;

use std::path::PathBuf;

pub(crate) use crate::config::policy::{Mode, Scope};

/// The version that a manifest declares for the project itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeclaredVersion {
    /// Written in the manifest (or in the workspace manifest that it inherits from).
    Static {
        /// As written.
        version: String,
        /// The file that holds it, relative to the repository's top level.
        path: String,
        /// Its line, from 1.
        line: usize,
    },
    /// Computed by a build tool; the text says which declaration says so.
    Dynamic(String),
    /// It stands in a file of the release that cannot be read; which, and why.
    Unread(String),
    /// The manifest declares none.
    #[default]
    Absent,
}

/// Whether one kind of proof holds for a dependency.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pin {
    /// It is pinned.
    Pinned,
    /// It is shown not to be pinned; why, in a few words.
    Loose(String),
    /// A lock file has something that the requirement does not allow; what. An exact requirement does not fix that.
    Contradicted(String),
    /// A lock file has it, and not what it needs, or not firmly: the whole sentence ("idna via requests: uv.lock has no hash
    /// for it"). An exact requirement does not fix that.
    Hole(String),
    /// Nobody can tell, and why: a lock file that cannot be read, for one.
    Unproven(String),
}

/// One requirement that a manifest declares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// The package's name as written.
    pub name: String,
    /// The requirement as written (`>=2.0`), empty when there is none.
    pub requirement: String,
    /// The table it stands in.
    pub scope: Scope,
    /// The file that declares it, relative to the repository's top level.
    pub path: String,
    /// Its line there, from 1, where it is known.
    pub line: Option<usize>,
    /// Pinned by its own requirement.
    pub exact: Pin,
    /// Pinned by a lock file that git tracks.
    pub lock: Pin,
}

/// A place that states the project's own version, beside the manifest's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// As written.
    pub version: String,
    /// The file that holds it, relative to the repository's top level.
    pub path: String,
    /// Its line, from 1, where it is known.
    pub line: Option<usize>,
}

/// What one manifest declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The project's own name, where the manifest has one.
    pub name: Option<String>,
    /// The project's own version.
    pub version: DeclaredVersion,
    /// The version of what a chart installs, which is the project's where another manifest stands beside the chart.
    pub application: DeclaredVersion,
    /// What else states that version: the lock file's own entry, for one.
    pub stated: Vec<Stated>,
    /// The members of its workspace, by the paths of their manifests relative to the repository's top level.
    pub members: Vec<Member>,
    /// The other files that it is made of, relative to the repository's top level: what a requirements file includes.
    pub included: Vec<PathBuf>,
    /// Every requirement, in file order.
    pub dependencies: Vec<Dependency>,
    /// What is wrong with a lock file as a whole.
    pub faults: Vec<Fault>,
    /// What nobody can tell, and why: dependencies computed by a build tool, for one.
    pub unproven: Vec<String>,
    /// What is told and holds nothing: a registry's mirror, for one.
    pub notes: Vec<String>,
}

/// What is wrong with a lock file as a whole: it was made for another manifest, say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, relative to the repository's top level.
    pub path: String,
    /// Its line, from 1, where it is known.
    pub line: Option<usize>,
    /// The sentence, with the file's name and without the full stop.
    pub what: String,
}

/// A manifest that is read together with the one at the top of its workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path, relative to the repository's top level.
    pub path: PathBuf,
    /// The version that it declares for itself, or inherits.
    pub version: DeclaredVersion,
    /// Where it has that from.
    pub whose: Whose,
}

/// Where a member has its version from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// It states it itself, or nobody does.
    Own,
    /// It inherits that of the project at the top: it has to be the release's.
    Project,
    /// It inherits that of something else: of another member, or of a file that several share.
    Shared,
}

impl Member {
    /// A member that inherits no version.
    pub(crate) fn own(path: PathBuf, version: DeclaredVersion) -> Self {
        Self { path, version, whose: Whose::Own }
    }
}

impl Manifest {
    /// A manifest that the release has and that could not be read, and why.
    pub(crate) fn unread(why: String) -> Self {
        Self { unproven: vec![why], ..Self::default() }
    }
}
