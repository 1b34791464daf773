//! What the environment says about gates. A key in the gate file or a flag wins over it.

use std::path::PathBuf;
use std::str::FromStr;

use crate::model::problem::Problem;
use crate::system::environment::Environment;

/// Where records go, relative to the repository.
pub const ARTIFACT_DIR: &str = ".delivery-gate/artifacts";
/// From this score on a release is RED.
pub const PRRI_RED_THRESHOLD: f64 = 70.0;
/// From this rate of critical scores on the trust gate fails.
pub const HRI_CRITICAL_THRESHOLD: f64 = 0.05;
/// How far back detections count, in hours.
pub const WINDOW_HOURS: u32 = 24;
/// The longest window: ten years.
pub const MAX_WINDOW_HOURS: u32 = 87_600;

/// The settings of the pipeline, with every default filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineSettings {
    /// Where records go; relative to the repository, or absolute.
    pub artifact_dir: PathBuf,
    /// After how many days `purge` takes a record away.
    pub artifact_retention_days: u32,
    /// 0 to 100.
    pub prri_red_threshold: f64,
    /// Above 0, up to 1.
    pub hri_critical_threshold: f64,
    /// From 1 hour to [`MAX_WINDOW_HOURS`].
    pub pii_window_hours: u32,
    /// From 1 hour to [`MAX_WINDOW_HOURS`].
    pub secrets_window_hours: u32,
}

/// Reads every setting, under its name or its older one; where both are set, the newer name counts.
///
/// # Errors
/// Every value that is not what its variable takes.
pub fn settings(environment: &Environment) -> Result<PipelineSettings, Vec<Problem>> {
    let mut reader = Reader { environment, problems: Vec::new() };
    let settings = PipelineSettings {
        artifact_dir: reader.folder("ARTIFACT_DIR"),
        artifact_retention_days: reader
            .read("ARTIFACT_RETENTION_DAYS", 90, "whole days from 1 to 36500", |days| (1..=36_500).contains(days)),
        prri_red_threshold: reader.read("PRRI_RED_THRESHOLD", PRRI_RED_THRESHOLD, "a number from 0 to 100", |score| {
            (0.0..=100.0).contains(score)
        }),
        hri_critical_threshold: reader.read(
            "HRI_CRITICAL_THRESHOLD",
            HRI_CRITICAL_THRESHOLD,
            "a number above 0, at most 1",
            |rate| *rate > 0.0 && *rate <= 1.0,
        ),
        pii_window_hours: reader.window("PII_WINDOW_HOURS"),
        secrets_window_hours: reader.window("SECRETS_WINDOW_HOURS"),
    };
    if reader.problems.is_empty() { Ok(settings) } else { Err(reader.problems) }
}

struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn named(&self, name: &str) -> Option<(String, &str)> {
        let names = [format!("DELIVERY_GATE_{name}"), format!("SPANFORGE_GATE_{name}")];
        names.into_iter().find_map(|name| self.environment.get(&name).map(|text| (name, text.trim())))
    }

    fn read<T: FromStr>(&mut self, name: &str, default: T, what: &str, valid: impl Fn(&T) -> bool) -> T {
        let Some((name, text)) = self.named(name) else { return default };
        if let Some(value) = text.parse().ok().filter(valid) {
            return value;
        }
        let problem = Problem::new(name, format!("it must be {what}"));
        self.problems.push(problem.help("correct the value, or leave it out"));
        default
    }

    fn window(&mut self, name: &str) -> u32 {
        self.read(name, WINDOW_HOURS, "whole hours from 1 to 87600", |hours| (1..=MAX_WINDOW_HOURS).contains(hours))
    }

    fn folder(&mut self, name: &str) -> PathBuf {
        self.read(name, PathBuf::from(ARTIFACT_DIR), "a folder", |path| !path.as_os_str().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn defaults_hold_without_variables() {
        let settings = settings(&Environment::default()).unwrap();
        assert_eq!(settings.artifact_dir, PathBuf::from(".delivery-gate/artifacts"));
        assert_eq!((settings.artifact_retention_days, settings.prri_red_threshold), (90, 70.0));
        assert_eq!((settings.pii_window_hours, settings.secrets_window_hours), (24, 24));
    }

    #[test]
    fn both_names_are_read_and_the_newer_one_counts() {
        let variables = [
            ("SPANFORGE_GATE_ARTIFACT_DIR", "records"),
            ("SPANFORGE_GATE_ARTIFACT_RETENTION_DAYS", "30"),
            ("SPANFORGE_GATE_PRRI_RED_THRESHOLD", "many"),
            ("DELIVERY_GATE_PRRI_RED_THRESHOLD", " 60.5 "),
            ("SPANFORGE_GATE_HRI_CRITICAL_THRESHOLD", "0.03"),
            ("SPANFORGE_GATE_PII_WINDOW_HOURS", "48"),
            ("DELIVERY_GATE_SECRETS_WINDOW_HOURS", "12"),
        ];
        let expected = PipelineSettings {
            artifact_dir: "records".into(),
            artifact_retention_days: 30,
            prri_red_threshold: 60.5,
            hri_critical_threshold: 0.03,
            pii_window_hours: 48,
            secrets_window_hours: 12,
        };
        assert_eq!(settings(&environment(&variables)), Ok(expected));
    }

    #[test]
    fn every_bad_value_is_a_problem() {
        let bad = [
            ("ARTIFACT_RETENTION_DAYS", ["0", "-1", "90d", "1.5"]),
            ("PRRI_RED_THRESHOLD", ["NaN", "101", "-1", "high"]),
            ("HRI_CRITICAL_THRESHOLD", ["0", "1.01", "NaN", "5%"]),
            ("PII_WINDOW_HOURS", ["0", "24h", "-24", "99999999999"]),
            ("SECRETS_WINDOW_HOURS", ["0", "24.0", "inf", "x"]),
        ];
        for row in 0..4 {
            let names = bad.map(|(name, values)| (format!("DELIVERY_GATE_{name}"), values[row]));
            let variables: Vec<_> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let problems = settings(&environment(&variables)).expect_err("bad values");
            let named: Vec<_> = problems.into_iter().map(|problem| problem.path).collect();
            assert_eq!(named, names.map(|(name, _)| name));
        }
    }
}
