//! What every command ends in: rows, the report that they make, and the verdict over it. Nothing here looks at anything.

use serde_json::{Map, Value};

pub(crate) mod escape;
mod excuse;
mod facts;
pub(crate) mod failure;
pub(crate) mod filled;
pub(crate) mod names;
pub(crate) mod nearest;
mod outcome;
pub(crate) mod path;
mod place;
mod policy_changes;
pub(crate) mod problem;
mod recorded;
mod rehearsal;
pub(crate) mod secret;
pub(crate) mod tag_form;
pub mod verdict;

pub use excuse::{Excuse, Excuser};
pub use facts::{Claims, Fact, NamedRelease, PolicySource};
pub use outcome::{Outcome, Unproven};
pub use place::{Finding, Place, Source};
pub use policy_changes::{Direction, PolicyChange, PolicyChanges};
pub use recorded::Recorded;
pub use rehearsal::Rehearsal;
pub use verdict::{Decision, Rule, verdict};

/// What a gate measured, by name. These names are the only variables of a condition.
pub type Metrics = Map<String, Value>;

/// Who established a result. Nothing turns `Attested` into `Auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// This run established it.
    Auto,
    /// A person claimed it.
    Attested,
}

impl Kind {
    /// The word in every output format.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Auto => "AUTO",
            Self::Attested => "ATTESTED",
        }
    }
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Shown to hold, or claimed by a named person in valid form.
    Pass,
    /// PASS in every format, and nothing that a release could rest on.
    Hollow(Hollow),
    /// Shown not to hold, claimed as not done, or not claimed at all.
    Fail,
    /// Could not be shown either way. It holds the release exactly as `Fail` does.
    Unproven,
    /// Not good, but it does not hold the release.
    Warn(Caution),
    /// Declared not applicable by a person, with a reason.
    Na,
    /// A gate whose condition for skipping matched.
    Skipped,
}

/// What a PASS lacks when nothing was looked at for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hollow {
    /// There was nothing to look at: no dependency that could be loose.
    Vacuous,
    /// Somebody told the gate, which saw nothing of it.
    Hearsay,
}

/// Where a `WARN` comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caution {
    /// A FAIL or UNPROVEN that the project's policy lets through. It proves nothing.
    Excused,
    /// Looked at, and tolerable: a risk score in the amber range, a change that its decision only warns of.
    Amber,
}

impl Status {
    /// The word in every output format.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pass | Self::Hollow(_) => "PASS",
            Self::Fail => "FAIL",
            Self::Unproven => "UNPROVEN",
            Self::Warn(_) => "WARN",
            Self::Na => "NA",
            Self::Skipped => "SKIPPED",
        }
    }

    /// Whether it is PASS to a reader, whatever was looked at for it.
    #[must_use]
    pub fn is_pass(self) -> bool {
        matches!(self, Self::Pass | Self::Hollow(_))
    }

    /// Whether a blocking result of this status holds the release.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Fail | Self::Unproven)
    }
}

/// One row of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The check's id, unique in a report.
    pub id: String,
    /// The check's title for people.
    pub title: String,
    /// AUTO or ATTESTED.
    pub kind: Kind,
    /// What it came to.
    pub status: Status,
    /// Whether FAIL or UNPROVEN holds the release.
    pub blocking: bool,
    /// One line for people: what was found.
    pub detail: String,
    /// What says it exactly, such as the paths that it is about: lines below the detail where there is room.
    pub below: Vec<String>,
    /// What the result was read from.
    pub source: Option<Source>,
    /// The single things found, where the check finds such; the metrics have them too.
    pub findings: Vec<Finding>,
    /// Facts for machines; the keys belong to the check.
    pub metrics: Map<String, Value>,
    /// References a person gave, or artifacts of the run.
    pub evidence: Vec<String>,
    /// What excused it, where it is NA by somebody's word.
    pub excuse: Option<Excuse>,
    /// Wall clock, in milliseconds.
    pub duration_ms: f64,
}

impl Row {
    /// What this run established, with nothing beside it.
    #[must_use]
    pub fn auto(id: impl Into<String>, title: impl Into<String>, status: Status, detail: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            kind: Kind::Auto,
            status,
            blocking: true,
            detail: detail.into(),
            below: Vec::new(),
            source: None,
            findings: Vec::new(),
            metrics: Map::new(),
            evidence: Vec::new(),
            excuse: None,
            duration_ms: 0.0,
        }
    }

    /// Whether this row holds the release.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.blocking && self.status.holds()
    }

    /// Whether it would hold the release, had the project's policy not said otherwise.
    #[must_use]
    pub fn is_let_through(&self) -> bool {
        self.status == Status::Warn(Caution::Excused) || (self.status.holds() && !self.blocking)
    }
}

/// What was judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The repository's top level (or the directory asked about, when there is no repository).
    pub root: Option<String>,
    /// The commit at HEAD, in hex digits.
    pub commit: Option<String>,
    /// Its tree, in hex digits, where the object is here.
    pub tree: Option<String>,
    /// The release's tag, when it is at that commit.
    pub tag: Option<String>,
    /// The tag's own object, in hex digits; a lightweight tag has none.
    pub tag_object: Option<String>,
    /// The version that release.yaml names.
    pub version: Option<String>,
    /// The packages, where release.yaml has several: then there is no tag and no version above.
    pub packages: Vec<SubjectPackage>,
    /// What the project is called: by its policy, else by a manifest, else by its remote.
    pub project: Option<String>,
    /// The folder of release.yaml, relative to the root: `packages/cli`, `.` at the root itself.
    pub folder: Option<String>,
    /// The revision that was asked for, where it is not the working tree that was judged.
    pub revision: Option<String>,
    /// The remote that the repository was fetched from, as an address without user or password.
    pub remote: Option<String>,
    /// The release.yaml that was read, where it is not that of the commit.
    pub release: Option<NamedRelease>,
    /// Which policy held, for a command that obeys one.
    pub policy: Option<PolicySource>,
    /// What differs between it and the last release's; none where that is the same, or where there is nothing to compare.
    pub policy_changes: Option<PolicyChanges>,
    /// The file that asks, relative to the root: release.yaml, or the gate file. What has no place of its own stands
    /// there.
    pub file: Option<Place>,
}

/// A package among several that are released from one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectPackage {
    /// Its folder, relative to that of release.yaml.
    pub folder: String,
    /// The name that its manifest has.
    pub name: Option<String>,
    /// Its version.
    pub version: String,
    /// Its tag, when it is at the commit.
    pub tag: Option<String>,
    /// The policy that held for it, where that is another than that of the release as a whole.
    pub policy: Option<PolicySource>,
    /// The tag's own object, in hex digits; a lightweight tag has none.
    pub tag_object: Option<String>,
}

impl Subject {
    /// As `packages/cli 3.0.1 (cli@3.0.1), packages/write 1.0.1`.
    fn packages_in_words(&self) -> String {
        let one = |package: &SubjectPackage| {
            let tag = package.tag.as_ref().map(|tag| format!(" ({tag})")).unwrap_or_default();
            format!("{} {}{tag}", package.folder, package.version)
        };
        self.packages.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// As `packages/cli: packages/cli/delivery-gate.yaml (blob 01ab…)`; nothing where one policy held for all.
    fn package_policies(&self) -> Option<String> {
        let one = |package: &SubjectPackage| Some(format!("{}: {}", package.folder, package.policy.as_ref()?));
        let named: Vec<_> = self.packages.iter().filter_map(one).collect();
        (!named.is_empty()).then(|| named.join(", "))
    }

    /// Whether it is a release, and not a commit or some files.
    #[must_use]
    pub(crate) fn is_release(&self) -> bool {
        self.version.is_some() || !self.packages.is_empty()
    }

    /// The remote's host and path, which are the same whatever the way to it.
    #[must_use]
    pub fn host_and_path(&self) -> Option<&str> {
        let remote = self.remote.as_deref()?;
        Some(remote.split_once("://").map_or(remote, |(_, rest)| rest))
    }
}

/// When a run began and how long it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// The start, UTC.
    pub started_at: jiff::Timestamp,
    /// Wall clock until the report was made, in milliseconds.
    pub duration_ms: f64,
}

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The subcommand.
    pub command: &'static str,
    /// What was judged.
    pub subject: Subject,
    /// In registry order.
    pub rows: Vec<Row>,
    /// What a reader should know though it does not hold the release.
    pub warnings: Vec<String>,
    /// What the text format says instead of its table, for a command that has lines of its own.
    pub transcript: Option<Vec<String>>,
    /// One line that counts, for the text format.
    pub summary: Option<String>,
    /// What is known of the tag, where this is a check before it is there.
    pub rehearsal: Option<Rehearsal>,
    /// Where the verdict was recorded, where it was to be.
    pub recorded: Option<Recorded>,
    /// When it ran.
    pub timing: Timing,
}

impl Report {
    /// The verdict over the rows.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match self.rehearsal {
            Some(Rehearsal::Out(_)) => Decision::Unasked,
            _ => verdict(&self.rows, self.rule()),
        }
    }

    /// The decision in the words of the formats for people: of a rehearsal, with what is known of the tag.
    #[must_use]
    pub fn decision_in_words(&self) -> String {
        let label = self.decision().label();
        self.rehearsal.as_ref().map_or_else(|| label.to_owned(), |rehearsal| format!("{label} ({rehearsal})"))
    }

    fn rule(&self) -> Rule {
        if self.rehearsal.is_some() { Rule::Rehearsal } else { Rule::of(self.command) }
    }

    /// Why the release is held, in registry order; empty on GO.
    #[must_use]
    pub fn hold_reasons(&self) -> Vec<HoldReason> {
        let held = self.rows.iter().filter(|row| row.holds());
        let mut reasons: Vec<_> = held.map(HoldReason::of).collect();
        if reasons.is_empty() && matches!(self.decision(), Decision::NoGo | Decision::NotReady) {
            reasons.push(HoldReason::nothing_shown(self.rule()));
        }
        reasons
    }
}

/// One line of the answer to "why not?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldReason {
    /// The check's id.
    pub id: String,
    /// The check's title.
    pub title: String,
    /// What was found.
    pub detail: String,
    /// The lines below it.
    pub below: Vec<String>,
}

impl HoldReason {
    fn of(row: &Row) -> Self {
        Self { id: row.id.clone(), title: row.title.clone(), detail: row.detail.clone(), below: row.below.clone() }
    }

    /// A release that nothing speaks against has nothing that speaks for it, either.
    fn nothing_shown(rule: Rule) -> Self {
        Self {
            id: "nothing_shown".to_owned(),
            title: "Nothing was shown to hold".to_owned(),
            detail: rule.unmet().to_owned(),
            below: Vec::new(),
        }
    }
}
