//! The pipeline as a library: a project opened once, and everything that can be asked of it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use serde_json::{Map, Value, json};

use super::error::Error;
use super::execute::Setting;
use super::gate_check::{GateCheck, Gates, Recorder};
use super::run::{self, GateResult, How, Observer};
use crate::checks::Check;
use crate::gates::file::{GateSpec, Pipeline};
use crate::gates::options::sentence;
use crate::gates::registry::Registry;
use crate::gates::variables::{Defaults, Variables};
use crate::model::nearest::suggestion;
use crate::model::{Decision, Rule, verdict};
use crate::proc::Stop;
use crate::records;
use crate::records::Store;
use crate::world::World;
use crate::world::settings::{RETENTION_DAYS, check_gates};

/// The gate id of records that the `prri` command writes.
pub const PRRI_ID: &str = "prri";

/// The gate id of records that the `trust` command writes.
pub const TRUST_ID: &str = "trust";

/// A project, opened for gates.
pub struct Session {
    /// Where it is.
    pub world: World,
    /// The types of gates; a caller may add its own before it loads a file.
    pub registry: Registry,
    /// Where records are kept.
    pub store: Store,
    /// What ends a run early.
    pub stop: Stop,
    variables: Variables,
}

/// How a session is opened.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionOptions {
    /// Where records are kept, instead of where the environment says.
    pub artifact_dir: Option<PathBuf>,
    /// The project.
    pub project_id: Option<String>,
    /// This run, as the CI system calls it.
    pub pipeline_id: Option<String>,
    /// Further variables.
    pub context: Vec<(String, String)>,
}

/// How gates are run.
#[derive(Clone, Copy, Default)]
pub struct HowToRun<'a> {
    /// How many at once; `None` is one per processor.
    pub jobs: Option<NonZeroUsize>,
    /// Whether the change is a draft.
    pub draft: bool,
    /// Whether no gate is skipped.
    pub no_skip: bool,
    /// Told when a gate begins and ends, before its record is kept.
    pub observer: Option<&'a dyn Observer>,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// In the order of the file.
    pub gates: Vec<GateResult>,
}

impl Outcome {
    /// The verdict over all gates.
    #[must_use]
    pub fn decision(&self) -> Decision {
        verdict(&self.gates.iter().map(|gate| gate.row.clone()).collect::<Vec<_>>(), Rule::Gates)
    }

    /// The outcome, when it is GO.
    ///
    /// # Errors
    /// The gates that hold the release; a record that is not kept comes before that.
    pub fn require_go(self) -> Result<Self, Error> {
        if let Some(why) = self.gates.iter().find_map(|gate| gate.unrecorded.clone()) {
            return Err(Error::Unrecorded(why));
        }
        if self.decision() == Decision::Go {
            return Ok(self);
        }
        let failed = self.gates.iter().filter(|gate| gate.row.holds()).map(|gate| gate.row.id.clone());
        Err(Error::Pipeline { failed: failed.collect() })
    }
}

impl Session {
    /// Opens a project for gates of these types.
    ///
    /// # Errors
    /// A setting is wrong, or the records cannot be kept there.
    pub(crate) fn at(world: World, options: SessionOptions, registry: Registry, stop: Stop) -> Result<Self, Error> {
        let (environment, root) = (&world.environment, &world.root);
        check_gates(environment).map_err(Error::configuration)?;
        let artifact_dir = records::settings::directory(options.artifact_dir.as_deref(), environment, root)?;
        let store = Store::open(&artifact_dir)?;
        let found = world.repository.as_deref().ok();
        let defaults = Defaults {
            project_id: options.project_id,
            pipeline_id: options.pipeline_id,
            branch: found.and_then(|repository| repository.branch()),
            commit_sha: world.commit().ok().map(str::to_owned),
            timestamp: Some(format!("{:.3}", world.now)),
            artifact_dir: Some(store.dir().display().to_string()),
            repo: Some(root.path().display().to_string()),
        };
        let variables = Variables::new(environment, defaults, options.context).map_err(Error::usage)?;
        Ok(Self { world, registry, store, stop, variables })
    }

    /// The project that its records are of.
    pub(crate) fn project(&self) -> Option<&str> {
        self.variables.get("project_id")
    }

    /// The names that a gate file may use in its commands.
    #[must_use]
    pub fn variables(&self) -> Vec<&str> {
        self.variables.names()
    }

    /// Reads a gate file, relative to the directory of the session.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load(&self, path: &Path) -> Result<Pipeline, Error> {
        self.load_at(&self.world.dir.join(path), &path.display().to_string())
    }

    /// Reads a gate file, relative to the root; `shown` is its name in problems.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn load_at(&self, path: &Path, shown: &str) -> Result<Pipeline, Error> {
        Pipeline::load(&self.world.root, path, shown, &self.registry, &self.variables()).map_err(Error::configuration)
    }

    /// Runs gates and keeps their records.
    ///
    /// # Errors
    /// A file or a setting that configures a gate is wrong: then nothing was run.
    pub fn run(&self, pipeline: &Pipeline, how: &HowToRun<'_>) -> Result<Outcome, Error> {
        self.run_with(pipeline, how, (None, false))
    }

    /// Runs one gate on what the caller has at hand instead of on what it would look at.
    ///
    /// ```
    /// use delivery_gate::{Options, Project};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let session = Project::open(folder.path(), Options::default())?.session()?;
    /// let gate = session.gate("events", "schema_validation")?;
    /// let event = serde_json::json!({"schema_version": "2.0", "source": "my-app@1.0.0", "payload": {}});
    /// let ended = session.evaluate(gate, &event)?;
    /// assert_eq!(ended.row.status.label(), "PASS");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Session::run`], and a record that cannot be kept.
    pub fn evaluate(&self, gate: GateSpec, payload: &Value) -> Result<GateResult, Error> {
        self.one(gate, Some(payload))
    }

    /// Runs one gate on what it looks at by itself.
    ///
    /// # Errors
    /// As [`Session::evaluate`].
    pub fn evaluate_as_it_is(&self, gate: GateSpec) -> Result<GateResult, Error> {
        self.one(gate, None)
    }

    /// A gate with nothing but an id and a type.
    ///
    /// # Errors
    /// The id or the type is none.
    pub fn gate(&self, id: &str, kind: &str) -> Result<GateSpec, Error> {
        self.gate_with(id, kind, Map::new())
    }

    fn gate_with(&self, id: &str, kind: &str, values: Map<String, Value>) -> Result<GateSpec, Error> {
        if !records::is_gate_id(id) {
            return Err(Error::usage(format!("`{id}` is not a gate's id")));
        }
        let Some(found) = self.registry.get(kind) else {
            let help = suggestion(kind, self.registry.names().into_iter());
            return Err(Error::usage(format!("`{kind}` is not a type of gate; {help}")));
        };
        let gate = found.gate(values).map_err(|wrong| Error::usage(sentence(wrong)))?;
        Ok(GateSpec::plain(id, kind, gate))
    }

    /// The Pre-Release Readiness Index: a score from 0 to 100, higher is riskier.
    ///
    /// ```
    /// use delivery_gate::{Options, Project};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let session = Project::open(folder.path(), Options::default())?.session()?;
    /// let ended = session.prri(65.0, &[("hallucination".into(), 0.65)], "default", None)?;
    /// assert_eq!(ended.row.metrics["verdict"], "AMBER");
    /// assert!(session.prri(101.0, &[], "default", None).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The score is none, the policy file is wrong or missing, or the record cannot be kept.
    pub fn prri(
        &self,
        score: f64,
        dimensions: &[(String, f64)],
        framework: &str,
        policy_file: Option<&str>,
    ) -> Result<GateResult, Error> {
        if !(0.0..=100.0).contains(&score) {
            return Err(Error::usage(format!("{score} is not a score from 0 to 100")));
        }
        let policy_file = policy_file.map(|path| ("policy_file".to_owned(), path.into()));
        let mut gate = self.gate_with(PRRI_ID, "halluccheck_prri", policy_file.into_iter().collect())?;
        framework.clone_into(&mut gate.framework);
        let dimensions: Map<_, _> = dimensions.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let payload = json!({"prri_score": score, "dimension_breakdown": dimensions});
        self.one(gate, Some(&payload))
    }

    /// What the newest audit records say.
    ///
    /// # Errors
    /// The record cannot be kept. What the records do not show is in the row.
    pub fn trust(&self, events: &[String]) -> Result<GateResult, Error> {
        let events = (!events.is_empty()).then(|| ("events".to_owned(), json!(events)));
        let gate = self.gate_with(TRUST_ID, "halluccheck_trust", events.into_iter().collect())?;
        self.one(gate, None)
    }

    /// The same, for a caller that goes on only where the records are trusted.
    ///
    /// # Errors
    /// [`Error::Trust`] where they are not, and as [`Session::trust`].
    pub fn require_trust(&self, events: &[String]) -> Result<GateResult, Error> {
        let ended = self.trust(events)?;
        if ended.row.holds() { Err(Error::Trust(Box::new(ended))) } else { Ok(ended) }
    }

    /// The state of the records and of the types of gates.
    ///
    /// # Errors
    /// The records cannot be listed, or a setting is wrong.
    pub fn status(&self) -> Result<records::Status, Error> {
        let days = RETENTION_DAYS.whole_or_usual(&self.world.environment);
        let days = days.map_err(|problem| Error::configuration(vec![problem]))?;
        Ok(self.store.status(self.registry.names().len(), days)?)
    }

    fn one(&self, gate: GateSpec, payload: Option<&Value>) -> Result<GateResult, Error> {
        let pipeline = Pipeline { gates: vec![gate] };
        let mut outcome =
            self.run_with(&pipeline, &HowToRun { no_skip: true, ..HowToRun::default() }, (payload, true))?;
        let ended = outcome.gates.pop().ok_or_else(|| Error::usage("no gate was run".to_owned()))?;
        match ended.unrecorded.clone() {
            Some(why) => Err(Error::Unrecorded(why)),
            None => Ok(ended),
        }
    }

    fn run_with(
        &self,
        pipeline: &Pipeline,
        how: &HowToRun<'_>,
        (payload, alone): (Option<&Value>, bool),
    ) -> Result<Outcome, Error> {
        let mut gates = self.gates(payload, how);
        gates.setting.alone = alone;
        gates.prepare(pipeline).map_err(Error::configuration)?;
        let checks =
            pipeline.gates.iter().map(|spec| Box::new(GateCheck::new(spec, Some(Ok(&gates)))) as Box<dyn Check + '_>);
        let recorder = Recorder(&self.store);
        let observers: Vec<_> = how.observer.into_iter().chain([&recorder as &dyn Observer]).collect();
        let how = How { jobs: how.jobs.unwrap_or_else(cores).get(), observers: &observers };
        Ok(Outcome { gates: run::run(&checks.collect::<Vec<_>>(), &self.world, &how) })
    }

    /// What gates of this session run with.
    pub(super) fn gates<'a>(&'a self, payload: Option<&'a Value>, how: &HowToRun<'_>) -> Gates<'a> {
        let setting = Setting {
            world: &self.world,
            variables: &self.variables,
            payload,
            draft: how.draft,
            no_skip: how.no_skip,
            alone: false,
            stop: &self.stop,
        };
        Gates { setting, store: &self.store }
    }
}

/// How many processors there are.
pub(super) fn cores() -> NonZeroUsize {
    available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
