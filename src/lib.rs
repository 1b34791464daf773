//! `delivery-gate` answers one question: may this release ship? GO or NO-GO, with every line labelled as proven or claimed.
//!
//! The program of that name is the usual way to ask. This crate is the same gate inside a Rust program: a [`Project`] is a
//! directory with a release.yaml, and each question about it is answered with a [`Report`].
//!
//! ```
//! use std::fs;
//!
//! use delivery_gate::{Decision, Format, Options, Project, Status};
//!
//! let folder = tempfile::tempdir()?;
//! fs::write(folder.path().join("release.yaml"), "version: 1.2.3\n")?;
//!
//! let project = Project::open(folder.path(), Options::default().ci_status("success"))?;
//! let report = project.check()?;
//!
//! let row = |id: &str| report.rows.iter().find(|row| row.id == id).map(|row| row.status);
//! // A PASS by hearsay: the gate was told, and no GO rests on it alone.
//! assert!(row("ci_status").is_some_and(Status::is_pass));
//! // There is no repository, so nobody can tell what is released: that holds the release as a FAIL does.
//! assert_eq!(row("release_point"), Some(Status::Unproven));
//! assert_eq!(report.decision(), Decision::NoGo);
//! for reason in report.hold_reasons() {
//!     println!("{}: {}", reason.title, reason.detail);
//! }
//! fs::write(folder.path().join("gate.html"), report.render(Format::Html))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a row says
//!
//! Each row says who established it ([`Kind`]) and what it came to ([`Status`]):
//!
//! - **AUTO**: this run looked and saw it. **ATTESTED**: a person claimed it in release.yaml, by name. Nothing turns the one
//!   into the other, and a reader of the report can always tell them apart.
//! - **PASS** and **FAIL** are shown, or claimed. **UNPROVEN** means that the gate could not look: no repository, a file that
//!   cannot be read, a service that does not answer, a check that panicked. It holds the release exactly as FAIL does, so that
//!   nothing passes because nobody looked. **WARN** is told and does not hold, **NA** was declared not applicable by a person
//!   with a reason, **SKIPPED** is a gate whose condition for skipping matched.
//!
//! [`Report::decision`] is one pure function over the rows: GO where no row that blocks is FAIL or UNPROVEN and at least one
//! shows something. A program ends with [`Decision::exit_code`], 0 for GO and 1 for NO-GO; an [`Error`] means that no decision
//! was reached, and is exit code 2.
//!
//! # The questions
//!
//! - [`Project::check`]: may this release ship? The release checklist.
//! - [`Project::decide`]: may this change be merged? A high-impact change needs an approved decision.
//! - [`Project::run`]: what do the gates of a file say? Each verdict is kept as a record.
//! - [`Project::scan`]: is there a secret in these files, in the index, in the history?
//!
//! [`Options`] say what flags say to the program: another revision, CI's outcome, another environment.
//!
//! # A check of your own
//!
//! What implements [`Check`] gets a row of its own in [`Project::check`]. It returns what it saw, or an error: that is UNPROVEN,
//! with the error's text as the reason. [`Project::add_check`] has an example.
//!
//! # A type of gate of your own
//!
//! A gate measures, and its condition judges what was measured. A [`GateType`](pipeline::GateType) makes [`Gate`](pipeline::Gate)s of the
//! keys that stand under it in a gate file or in `gates:` of the policy.
//!
//! ```
//! use std::fs;
//! use std::sync::Arc;
//!
//! use delivery_gate::pipeline::{Evidence, Gate, GateType, Job, Judgement, Wrong};
//! use delivery_gate::{Decision, Metrics, Options, Project};
//!
//! /// `type: binary_size`: how many bytes the program has.
//! struct BinarySize;
//!
//! impl GateType for BinarySize {
//!     fn name(&self) -> &str {
//!         "binary_size"
//!     }
//!
//!     fn configure(&self, _: &delivery_gate::pipeline::Options) -> Result<Arc<dyn Gate>, Wrong> {
//!         Ok(Arc::new(Self))
//!     }
//! }
//!
//! impl Gate for BinarySize {
//!     fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
//!         let program = job.world.folder().join("program");
//!         let bytes = fs::metadata(program).map_err(|error| format!("program: {error}"))?.len();
//!         Ok(Evidence::of(Metrics::from_iter([("bytes".to_owned(), bytes.into())])))
//!     }
//!
//!     fn judge(&self, _: &Job<'_>, _: &Metrics) -> Judgement {
//!         Judgement::Unproven("the gate has no pass_condition".to_owned())
//!     }
//! }
//!
//! let folder = tempfile::tempdir()?;
//! fs::write(folder.path().join("program"), [0; 1000])?;
//! let gates = "gates:\n  - {id: size, type: binary_size, pass_condition: bytes < 4096}\n";
//! fs::write(folder.path().join("gates.yaml"), gates)?;
//!
//! let mut project = Project::open(folder.path(), Options::default())?;
//! project.add_gate_type(Box::new(BinarySize))?;
//! assert_eq!(project.run("gates.yaml")?.decision(), Decision::Go);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod attest;
pub(crate) mod checks;
pub(crate) mod cli;
pub(crate) mod config;
pub(crate) mod ecosystems;
pub(crate) mod engine;
pub(crate) mod evidence;
pub(crate) mod gates;
pub(crate) mod git;
pub(crate) mod help;
pub(crate) mod init;
#[doc(hidden)]
pub mod internal;
pub(crate) mod model;
pub(crate) mod net;
pub(crate) mod proc;
pub(crate) mod project;
pub(crate) mod records;
pub(crate) mod report;
pub(crate) mod structured;
pub(crate) mod system;
pub(crate) mod world;

pub use checks::{Applies, Check, Identity, Stage};
pub use engine::error::{Error, Problems};
pub use git::read_reftables;
pub use model::problem::Problem;
pub use model::{
    Caution, Claims, Decision, Direction, Excuse, Excuser, Fact, Finding, HoldReason, Hollow, Kind, Metrics,
    NamedRelease, Outcome, Place, PolicyChange, PolicyChanges, PolicySource, Recorded, Rehearsal, Report, Row, Source,
    Status, Subject, SubjectPackage, Timing, Unproven,
};
pub use project::{Options, Project, Scanned};
pub use records::OnFail;
pub use report::format::Format;
pub use world::World;

/// The gate pipeline: gates one by one, types of gates, and the records of their verdicts. [`Project::session`] opens it.
///
/// ```
/// use delivery_gate::pipeline::HowToRun;
/// use delivery_gate::{Decision, Options, Project};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("gates.yaml"), "gates:\n  - {id: hello, type: command, command: echo hello}\n")?;
/// let session = Project::open(folder.path(), Options::default())?.session()?;
/// let pipeline = session.load("gates.yaml".as_ref())?;
/// let outcome = session.run(&pipeline, &HowToRun::default())?;
/// assert_eq!(outcome.decision(), Decision::Go);
/// assert_eq!(session.store.latest("hello")?.map(|record| record.verdict.label()), Some("PASS"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub mod pipeline {
    pub use crate::engine::run::{GateResult, Observer, Unrecorded};
    pub use crate::engine::session::{HowToRun, Outcome, PRRI_ID, Session, TRUST_ID};
    pub use crate::gates::{
        ArtifactChoice, Command, Condition, ConditionError, Earlier, Evidence, Gate, GateSpec, GateType, Job,
        Judgement, Left, Options, Pipeline, Registry, SkipOn, Wrong,
    };
    pub use crate::proc::Stop;
    pub use crate::records::{
        Damaged, Filter, Health, Listing, Output, Purged, Record, Schema, Status, Store, StoreError, Ulid, Verdict,
    };
    pub use crate::structured::keys::{Key, Keys, Type, Without};
}

/// Verdicts that were recorded: a folder of them, read again, looked through for gaps, and exported.
///
/// ```
/// use delivery_gate::verdicts::{Ledger, Wanted};
/// use delivery_gate::{Options, Project};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("release.yaml"), "version: 1.0.0\n")?;
/// let records = folder.path().join("records");
/// let report = Project::open(folder.path(), Options::default().record(&records))?.check()?;
/// let ledger = Ledger::open(&records)?;
/// let listed = ledger.list(&Wanted::default())?;
/// assert_eq!(listed.records[0].record.decision, report.decision().label());
/// assert!(ledger.verify()?.is_some_and(|chain| chain.is_whole()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub mod verdicts {
    pub use crate::records::ShelfError;
    pub use crate::records::verdicts::{
        Added, Chain, Digest, ExcuseRecord, ExportError, Exported, Found, Gap, HoldRecord, Ledger, LedgerError, Listed,
        PackageRecord, Packing, PolicyChangeRecord, RecordSchema, ResultRecord, Sealed, VerdictRecord, Wanted,
    };
}
