//! What a type of gate is, and a gate of it: where its metrics come from, and what they mean without a condition.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

pub use super::options::Options;
use crate::model::problem::Problem;
use crate::model::{Finding, Metrics};
use crate::structured::keys::Keys;
use crate::world::World;

/// A type of gate. One file in `gates/types/` each; the file's stem is the type's name.
pub trait GateType: Send + Sync {
    /// The word under `type:`.
    fn name(&self) -> &str;

    /// The keys that it takes beside the common ones.
    fn keys(&self) -> Keys {
        &[]
    }

    /// Makes a gate of what stands under its keys, which is what its table says. Nothing has been looked at, and nothing runs
    /// yet.
    ///
    /// # Errors
    /// The key at fault, and what is wrong with its value beyond what a table can say.
    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong>;

    /// Makes a gate of values that nobody has looked at.
    ///
    /// # Errors
    /// The key at fault, and what is wrong with its value.
    fn gate(&self, values: Map<String, Value>) -> Result<Arc<dyn Gate>, Wrong> {
        self.configure(&Options::of(self.keys(), values)?)
    }
}

/// A key, and what is wrong with its value.
pub type Wrong = (String, String);

/// A gate with its options.
pub trait Gate: Send + Sync {
    /// Looks at the files that configure the gate, before anything runs.
    ///
    /// # Errors
    /// Every problem of such a file or of a setting: nothing is run then.
    fn prepare(&self, _job: &Job<'_>) -> Result<(), Vec<Problem>> {
        Ok(())
    }

    /// Establishes the metrics by itself, where the gate names no command.
    ///
    /// # Errors
    /// Why nothing could be shown: that is UNPROVEN.
    fn source(&self, job: &Job<'_>) -> Result<Evidence, String>;

    /// Makes metrics of what a command printed, in place of [`Gate::source`].
    ///
    /// # Errors
    /// Why nothing could be shown: that is UNPROVEN.
    fn interpret(&self, _job: &Job<'_>, printed: Metrics) -> Result<Evidence, String> {
        Ok(Evidence::of(printed))
    }

    /// Reads what a command left in a form of its own, before it is held to be one JSON object. `None` where it has none:
    /// then [`Gate::interpret`] gets the object.
    fn read(&self, _job: &Job<'_>, _left: &Left<'_>) -> Option<Result<Evidence, String>> {
        None
    }

    /// What the metrics come to where the gate has no condition.
    fn judge(&self, job: &Job<'_>, metrics: &Metrics) -> Judgement;
}

/// One gate about to be run, and what it may look at.
pub struct Job<'a> {
    /// The gate's id.
    pub id: &'a str,
    /// `framework:`, else `default`.
    pub framework: &'a str,
    /// What `evaluate` was given.
    pub payload: Option<&'a Value>,
    /// Where it runs; relative paths start from its directory.
    pub world: &'a World,
    /// The project, when one is named.
    pub project_id: Option<&'a str>,
    /// What runs of this gate with this configuration came to before.
    pub baseline: &'a (dyn Fn() -> Result<Earlier, String> + Sync),
}

/// How a command was called, and what it left.
pub struct Left<'a> {
    /// The program and its arguments; of a script, its words.
    pub words: &'a [String],
    /// What the gate adds to its environment.
    pub env: &'a BTreeMap<String, String>,
    /// Where it ran, relative to the root.
    pub dir: &'a Path,
    /// The file that it was to write, else its standard output.
    pub output: &'a [u8],
    /// Its standard error, as far as it is kept.
    pub stderr: &'a str,
    /// What it ended with.
    pub exit_code: i32,
}

/// What is kept of a gate's earlier runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    /// The metrics of the newest run that passed with the same configuration.
    pub newest: Option<Metrics>,
    /// Those of the oldest that is kept.
    pub oldest: Option<Metrics>,
    /// Whether any record of the gate is kept, whatever it came to and however it was configured.
    pub is_known: bool,
}

/// What a gate found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// By name.
    pub metrics: Metrics,
    /// What a reader should know besides.
    pub warnings: Vec<String>,
    /// The single things found; the metrics have them too.
    pub findings: Vec<Finding>,
    /// Whether what the command printed has the secrets that it found: then no record keeps it.
    pub is_secret: bool,
}

impl Evidence {
    /// Metrics without anything else to say.
    #[must_use]
    pub fn of(metrics: Metrics) -> Self {
        Self { metrics, ..Self::default() }
    }
}

/// What metrics come to, each with one line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Shown to hold.
    Pass(String),
    /// Looked at and tolerable: an AMBER score.
    Amber(String),
    /// Shown not to hold.
    Fail(String),
    /// Could not be shown either way.
    Unproven(String),
}
