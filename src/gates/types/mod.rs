//! The types of gates, one file each; a file's stem is its type's name.

use super::gate::GateType;

pub(crate) mod command;
pub(crate) mod dependency_security;
pub(crate) mod halluccheck_prri;
pub(crate) mod halluccheck_trust;
pub(crate) mod performance_regression;
pub(crate) mod schema_validation;
pub(crate) mod secrets_scan;

/// Every built-in type, in the order of the documentation.
#[must_use]
pub(crate) fn all() -> Vec<Box<dyn GateType>> {
    vec![
        Box::new(schema_validation::SchemaValidation),
        Box::new(dependency_security::DependencySecurity),
        Box::new(secrets_scan::SecretsScan),
        Box::new(performance_regression::PerformanceRegression),
        Box::new(halluccheck_prri::HalluccheckPrri),
        Box::new(halluccheck_trust::HalluccheckTrust),
        Box::new(command::Command),
    ]
}

#[cfg(test)]
pub(crate) mod bench {
    //! A gate on the bench: files in a folder of its own, a fixed clock, no environment.

    use std::fs;
    use std::sync::Arc;

    use serde_json::{Map, Value};

    use super::super::gate::{Earlier, Evidence, Gate, GateType, Job, Judgement};
    use crate::model::Metrics;
    use crate::system::environment::Environment;
    use crate::world::World;

    pub(crate) const NOW: &str = "2026-11-24T12:00:00Z";

    pub(crate) struct Bench {
        folder: tempfile::TempDir,
        options: Map<String, Value>,
        payload: Option<Value>,
        environment: Environment,
        baseline: Option<Metrics>,
        project_id: Option<String>,
    }

    impl Bench {
        pub(crate) fn new(options: Value) -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
                options: options.as_object().expect("an object").clone(),
                payload: None,
                environment: Environment::default(),
                baseline: None,
                project_id: None,
            }
        }

        pub(crate) fn file(self, name: &str, content: &str) -> Self {
            let path = self.folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }

        pub(crate) fn payload(self, payload: Value) -> Self {
            Self { payload: Some(payload), ..self }
        }

        pub(crate) fn baseline(self, metrics: Value) -> Self {
            Self { baseline: metrics.as_object().cloned(), ..self }
        }

        pub(crate) fn project(self, id: &str) -> Self {
            Self { project_id: Some(id.to_owned()), ..self }
        }

        pub(crate) fn variable(self, name: &str, value: &str) -> Self {
            Self { environment: [(name.to_owned(), value.to_owned())].into_iter().collect(), ..self }
        }

        pub(crate) fn with<T>(&self, use_it: impl FnOnce(&Job<'_>) -> T) -> T {
            let world = World::open(self.folder.path(), None, self.environment.clone(), NOW.parse().unwrap()).unwrap();
            use_it(&Job {
                id: "g",
                framework: "default",
                payload: self.payload.as_ref(),
                world: &world,
                project_id: self.project_id.as_deref(),
                baseline: &|| {
                    let found = self.baseline.clone();
                    Ok(Earlier { newest: found.clone(), is_known: found.is_some(), oldest: found })
                },
            })
        }

        pub(crate) fn gate(&self, kind: &dyn GateType) -> Arc<dyn Gate> {
            kind.gate(self.options.clone()).expect("options")
        }

        pub(crate) fn source(&self, kind: &dyn GateType) -> Result<Evidence, String> {
            self.with(|job| self.gate(kind).source(job))
        }

        pub(crate) fn interpret(&self, kind: &dyn GateType, printed: Metrics) -> Result<Evidence, String> {
            self.with(|job| self.gate(kind).interpret(job, printed))
        }

        /// Of the gate's own source, without a condition.
        pub(crate) fn verdict(&self, kind: &dyn GateType) -> Judgement {
            let gate = self.gate(kind);
            self.with(|job| match gate.source(job) {
                Ok(evidence) => gate.judge(job, &evidence.metrics),
                Err(why) => Judgement::Unproven(why),
            })
        }

        /// Of what a command printed, without a condition.
        pub(crate) fn printed(&self, kind: &dyn GateType, printed: Value) -> Judgement {
            let printed = printed.as_object().expect("an object").clone();
            let gate = self.gate(kind);
            self.with(|job| match gate.interpret(job, printed) {
                Ok(evidence) => gate.judge(job, &evidence.metrics),
                Err(why) => Judgement::Unproven(why),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_is_registered_under_its_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gates/types");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let stems = files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
        let stems: BTreeSet<_> = stems.filter(|stem| stem != "mod").collect();
        let names: Vec<_> = all().iter().map(|gate| gate.name().to_owned()).collect();
        assert_eq!(names.len(), stems.len());
        assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), stems);
    }

    #[test]
    fn without_a_source_no_type_shows_anything() {
        for gate in all() {
            let bench = bench::Bench::new(serde_json::json!({}));
            assert!(bench.source(gate.as_ref()).is_err(), "{}", gate.name());
        }
    }

    #[test]
    fn every_type_can_be_explained_and_nothing_else_is_a_type() {
        let names: Vec<_> = all().iter().map(|gate| gate.name().to_owned()).collect();
        let topics = crate::help::topics().into_iter().filter(|topic| topic.subject == crate::help::Subject::GateType);
        assert_eq!(names, topics.map(|topic| topic.name).collect::<Vec<_>>());
    }
}
