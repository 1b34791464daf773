//! Every setting that an environment variable gives, in one table: its names, what it takes, its default. A key of a file or a
//! flag wins over the variable.

use std::fmt;

use crate::model::problem::Problem;
use crate::system::environment::Environment;

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// The variable.
    pub variable: &'static str,
    /// Its older name; where both are set, the newer one counts.
    pub older: Option<&'static str>,
    /// The flag that wins over it.
    pub flag: Option<&'static str>,
    /// The key that says the same: of a gate, or (after `decision.`) of the policy.
    pub key: Option<&'static str>,
    /// What its value is.
    pub takes: Takes,
    /// What holds without it, for people.
    pub default: &'static str,
    /// What it changes, in one sentence.
    pub effect: &'static str,
}

/// What a setting's value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// Anything; the words say of what kind.
    Text(&'static str),
    /// true, 1, false or 0.
    Switch,
    /// A whole number of a unit, both ends of the range included.
    Whole(&'static str, u32, u32),
    /// A number, both ends of the range included.
    Number(f64, f64),
    /// A number above the one and up to the other.
    NumberAbove(f64, f64),
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(what) => f.write_str(what),
            Self::Switch => f.write_str("true, 1, false or 0"),
            Self::Whole(unit, from, to) => write!(f, "whole {unit} from {from} to {to}"),
            Self::Number(from, to) => write!(f, "a number from {from} to {to}"),
            Self::NumberAbove(above, to) => write!(f, "a number above {above}, at most {to}"),
        }
    }
}

/// A setting without older name, flag and key.
const PLAIN: Setting =
    Setting { variable: "", older: None, flag: None, key: None, takes: Takes::Text(""), default: "none", effect: "" };

/// CI's outcome.
pub const CI_STATUS: Setting = Setting {
    variable: "DELIVERY_GATE_CI_STATUS",
    flag: Some("--ci-status"),
    takes: Takes::Text("text"),
    effect: "CI's outcome, as reported to `check`.",
    ..PLAIN
};

/// Where records go.
pub const ARTIFACT_DIR: Setting = Setting {
    variable: "DELIVERY_GATE_ARTIFACT_DIR",
    older: Some("SPANFORGE_GATE_ARTIFACT_DIR"),
    flag: Some("--artifact-dir"),
    takes: Takes::Text("a folder"),
    default: ".delivery-gate/artifacts",
    effect: "Where the records of gates are kept, relative to the repository.",
    ..PLAIN
};

/// For how long records are kept.
pub const RETENTION_DAYS: Setting = Setting {
    variable: "DELIVERY_GATE_ARTIFACT_RETENTION_DAYS",
    older: Some("SPANFORGE_GATE_ARTIFACT_RETENTION_DAYS"),
    flag: Some("--older-than"),
    takes: Takes::Whole("days", 1, 36_500),
    default: "90",
    effect: "After how many days `artifacts purge` takes a record away.",
    ..PLAIN
};

/// From which score on a release is RED.
pub const PRRI_RED_THRESHOLD: Setting = Setting {
    variable: "DELIVERY_GATE_PRRI_RED_THRESHOLD",
    older: Some("SPANFORGE_GATE_PRRI_RED_THRESHOLD"),
    key: Some("red_threshold"),
    takes: Takes::Number(0.0, 100.0),
    default: "70",
    effect: "From this score on a release is RED.",
    ..PLAIN
};

/// From which rate of critical scores on the trust gate fails.
pub const HRI_CRITICAL_THRESHOLD: Setting = Setting {
    variable: "DELIVERY_GATE_HRI_CRITICAL_THRESHOLD",
    older: Some("SPANFORGE_GATE_HRI_CRITICAL_THRESHOLD"),
    key: Some("hri_critical_threshold"),
    takes: Takes::NumberAbove(0.0, 1.0),
    default: "0.05",
    effect: "From this rate of critical scores on the trust gate fails.",
    ..PLAIN
};

/// How far back findings of PII count.
pub const PII_WINDOW_HOURS: Setting = Setting {
    variable: "DELIVERY_GATE_PII_WINDOW_HOURS",
    older: Some("SPANFORGE_GATE_PII_WINDOW_HOURS"),
    key: Some("pii_window_hours"),
    takes: Takes::Whole("hours", 1, 87_600),
    default: "24",
    effect: "How far back findings of PII count.",
    ..PLAIN
};

/// How far back findings of secrets count.
pub const SECRETS_WINDOW_HOURS: Setting = Setting {
    variable: "DELIVERY_GATE_SECRETS_WINDOW_HOURS",
    older: Some("SPANFORGE_GATE_SECRETS_WINDOW_HOURS"),
    key: Some("secrets_window_hours"),
    takes: Takes::Whole("hours", 1, 87_600),
    default: "24",
    effect: "How far back findings of secrets count.",
    ..PLAIN
};

/// Below which confidence a secret is not reported.
pub const SECRETS_CONFIDENCE: Setting = Setting {
    variable: "DELIVERY_GATE_SECRETS_CONFIDENCE_THRESHOLD",
    flag: Some("--confidence"),
    takes: Takes::Number(0.0, 1.0),
    default: "0.85",
    effect: "A finding of less confidence is not reported, unless its type blocks by itself.",
    ..PLAIN
};

/// Where the decision service is.
pub const DECISION_URL: Setting = Setting {
    variable: "DECERN_BASE_URL",
    flag: Some("--base-url"),
    takes: Takes::Text("an address"),
    effect: "The decision service.",
    ..PLAIN
};

/// Who asks the decision service.
pub const DECISION_TOKEN: Setting =
    Setting { variable: "DECERN_CI_TOKEN", takes: Takes::Text("a token"), effect: "Its bearer token.", ..PLAIN };

/// The decision service's endpoint for validation.
pub const VALIDATE_PATH: Setting = Setting {
    variable: "DECERN_VALIDATE_PATH",
    flag: Some("--validate-path"),
    takes: Takes::Text("a path"),
    default: "/api/decision-gate/validate",
    effect: "Its validate endpoint.",
    ..PLAIN
};

/// How long one validation may take.
pub const DECISION_TIMEOUT_MS: Setting = Setting {
    variable: "DECERN_GATE_TIMEOUT_MS",
    flag: Some("--timeout-ms"),
    key: Some("timeout_ms"),
    takes: Takes::Whole("milliseconds", 1, MILLISECONDS_LIMIT),
    default: "5000",
    effect: "The time limit of one validation.",
    ..PLAIN
};

/// Whether a token may travel in clear.
pub const ALLOW_INSECURE_HTTP: Setting = Setting {
    variable: "DECERN_ALLOW_INSECURE_HTTP",
    flag: Some("--allow-insecure-http"),
    takes: Takes::Switch,
    default: "off",
    effect: "Plain http to other machines.",
    ..PLAIN
};

/// What is high-impact beyond the embedded rules.
pub const EXTRA_PATTERNS: Setting = Setting {
    variable: "DECERN_GATE_EXTRA_PATTERNS",
    flag: Some("--pattern"),
    key: Some("patterns"),
    takes: Takes::Text("patterns, commas between them"),
    effect: "More high-impact paths.",
    ..PLAIN
};

/// Whether the judge is asked.
pub const JUDGE: Setting = Setting {
    variable: "DECERN_GATE_JUDGE_ENABLED",
    flag: Some("--judge"),
    key: Some("judge"),
    takes: Takes::Switch,
    default: "off",
    effect: "Asks the judge too.",
    ..PLAIN
};

/// The decision service's endpoint for judging.
pub const JUDGE_PATH: Setting = Setting {
    variable: "DECERN_JUDGE_PATH",
    flag: Some("--judge-path"),
    takes: Takes::Text("a path"),
    default: "/api/decision-gate/judge",
    effect: "The service's judge endpoint.",
    ..PLAIN
};

/// How long the judge may take.
pub const JUDGE_TIMEOUT_MS: Setting = Setting {
    variable: "DECERN_GATE_JUDGE_TIMEOUT_MS",
    flag: Some("--judge-timeout-ms"),
    key: Some("judge_timeout_ms"),
    takes: Takes::Whole("milliseconds", 1, MILLISECONDS_LIMIT),
    default: "60000",
    effect: "The judge's time limit.",
    ..PLAIN
};

/// What confidence a verdict of the judge needs.
pub const JUDGE_MIN_CONFIDENCE: Setting = Setting {
    variable: "DECERN_JUDGE_MIN_CONFIDENCE",
    flag: Some("--judge-min-confidence"),
    key: Some("judge_min_confidence"),
    takes: Takes::Number(0.0, 1.0),
    effect: "A less sure verdict blocks.",
    ..PLAIN
};

/// Where a model of the caller's own is.
pub const LLM_URL: Setting = Setting {
    variable: "DECERN_JUDGE_LLM_BASE_URL",
    takes: Takes::Text("an address"),
    effect: "Your own model: all three of these or none.",
    ..PLAIN
};

/// Who asks it.
pub const LLM_KEY: Setting =
    Setting { variable: "DECERN_JUDGE_LLM_API_KEY", takes: Takes::Text("a key"), effect: "Its key.", ..PLAIN };

/// Which model it is.
pub const LLM_MODEL: Setting =
    Setting { variable: "DECERN_JUDGE_LLM_MODEL", takes: Takes::Text("a name"), effect: "Its name.", ..PLAIN };

/// The longest time limit of the decision gate, in milliseconds: a day.
pub const MILLISECONDS_LIMIT: u32 = 24 * 60 * 60 * 1000;

/// Every setting, in the order of the documentation.
pub const ALL: [&Setting; 21] = [
    &CI_STATUS,
    &ARTIFACT_DIR,
    &RETENTION_DAYS,
    &PRRI_RED_THRESHOLD,
    &HRI_CRITICAL_THRESHOLD,
    &PII_WINDOW_HOURS,
    &SECRETS_WINDOW_HOURS,
    &SECRETS_CONFIDENCE,
    &EXTRA_PATTERNS,
    &DECISION_URL,
    &DECISION_TOKEN,
    &VALIDATE_PATH,
    &DECISION_TIMEOUT_MS,
    &ALLOW_INSECURE_HTTP,
    &JUDGE,
    &JUDGE_PATH,
    &JUDGE_TIMEOUT_MS,
    &JUDGE_MIN_CONFIDENCE,
    &LLM_URL,
    &LLM_KEY,
    &LLM_MODEL,
];

/// The settings of gates, which every run of gates looks at before it begins.
const OF_GATES: [&Setting; 5] =
    [&RETENTION_DAYS, &PRRI_RED_THRESHOLD, &HRI_CRITICAL_THRESHOLD, &PII_WINDOW_HOURS, &SECRETS_WINDOW_HOURS];

impl Setting {
    /// The variable that is set, and its value without spaces around it.
    #[must_use]
    pub fn given<'e>(&self, environment: &'e Environment) -> Option<(&'static str, &'e str)> {
        let mut names = std::iter::once(self.variable).chain(self.older);
        names.find_map(|name| environment.get(name).map(|text| (name, text.trim())))
    }

    /// The number that the variable gives.
    ///
    /// # Errors
    /// It is none of those that the setting takes.
    pub fn number(&self, environment: &Environment) -> Result<Option<f64>, Problem> {
        let Some((name, text)) = self.given(environment) else { return Ok(None) };
        self.parse(text).map(Some).map_err(|why| Problem::new(name, why).help("correct the value, or leave it out"))
    }

    /// Reads a number as people write it.
    ///
    /// # Errors
    /// What would be one.
    pub fn parse(&self, text: &str) -> Result<f64, String> {
        let wrong = || format!("it must be {}; this is `{text}`", self.takes);
        let number = match self.takes {
            Takes::Whole(..) => text.trim().parse::<u32>().ok().map(f64::from),
            _ => text.trim().parse().ok(),
        };
        number.filter(|number| self.allows(*number)).ok_or_else(wrong)
    }

    /// Whether a number is one of those that the setting takes.
    #[must_use]
    pub fn allows(&self, number: f64) -> bool {
        match self.takes {
            Takes::Whole(_, from, to) => (f64::from(from)..=f64::from(to)).contains(&number),
            Takes::Number(from, to) => (from..=to).contains(&number),
            Takes::NumberAbove(above, to) => number > above && number <= to,
            Takes::Text(_) | Takes::Switch => false,
        }
    }

    /// The number that holds without the variable.
    #[must_use]
    pub fn usual(&self) -> f64 {
        self.default.parse().unwrap_or_default()
    }

    /// The same, of a setting of whole numbers.
    #[must_use]
    pub fn usual_whole(&self) -> u32 {
        self.default.parse().unwrap_or_default()
    }

    /// The number that the variable gives, or the one that holds without it.
    ///
    /// # Errors
    /// As [`Setting::number`].
    pub fn number_or_usual(&self, environment: &Environment) -> Result<f64, Problem> {
        self.number(environment).map(|number| number.unwrap_or_else(|| self.usual()))
    }

    /// The same, of a setting of whole numbers.
    ///
    /// # Errors
    /// As [`Setting::number`].
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its range is one of u32")]
    pub fn whole_or_usual(&self, environment: &Environment) -> Result<u32, Problem> {
        self.number_or_usual(environment).map(|number| number as u32)
    }

    /// The least and the most of a setting of whole numbers.
    #[must_use]
    pub fn range(&self) -> std::ops::RangeInclusive<u32> {
        match self.takes {
            Takes::Whole(_, from, to) => from..=to,
            _ => 0..=0,
        }
    }
}

/// Whether the settings of gates are what they may be.
///
/// # Errors
/// Every value that is not.
pub fn check_gates(environment: &Environment) -> Result<(), Vec<Problem>> {
    let problems: Vec<_> = OF_GATES.iter().filter_map(|setting| setting.number(environment).err()).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The table for documents, in Markdown.
#[must_use]
pub fn documented() -> String {
    let cell = |text: Option<&str>| text.map(|text| format!("`{text}`")).unwrap_or_default();
    let row = |setting: &&Setting| {
        let older = setting.older.map(|older| format!(" (`{older}`)")).unwrap_or_default();
        let (flag, key) = (cell(setting.flag), cell(setting.key));
        let Setting { variable, takes, default, effect, .. } = setting;
        format!("| `{variable}`{older} | {flag} | {key} | {takes} | {default} | {effect} |\n")
    };
    let head =
        "| variable (older name) | flag | key | takes | default | what it changes |\n|---|---|---|---|---|---|\n";
    head.to_owned() + &ALL.iter().map(row).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_usual_number_is_one_that_its_setting_takes() {
        for setting in ALL.iter().filter(|setting| !matches!(setting.takes, Takes::Text(_) | Takes::Switch)) {
            assert!(setting.default == "none" || setting.parse(setting.default).is_ok(), "{}", setting.variable);
        }
    }

    #[test]
    fn both_names_are_read_and_the_newer_one_counts() {
        let both = environment(&[
            ("SPANFORGE_GATE_PRRI_RED_THRESHOLD", "many"),
            ("DELIVERY_GATE_PRRI_RED_THRESHOLD", " 60.5 "),
            ("SPANFORGE_GATE_PII_WINDOW_HOURS", "48"),
        ]);
        assert_eq!(PRRI_RED_THRESHOLD.number(&both), Ok(Some(60.5)));
        assert_eq!(PII_WINDOW_HOURS.whole_or_usual(&both), Ok(48));
        assert_eq!(SECRETS_WINDOW_HOURS.whole_or_usual(&both), Ok(24));
        assert_eq!(check_gates(&both), Ok(()));
    }

    #[test]
    fn every_bad_value_is_a_problem() {
        let bad = [
            (RETENTION_DAYS, ["0", "-1", "90d", "36501"]),
            (PRRI_RED_THRESHOLD, ["NaN", "100.1", "-1", "high"]),
            (HRI_CRITICAL_THRESHOLD, ["0", "1.01", "NaN", "5%"]),
            (PII_WINDOW_HOURS, ["0", "24h", "87601", "99999999999"]),
            (SECRETS_WINDOW_HOURS, ["0", "24.0", "inf", "x"]),
        ];
        for row in 0..4 {
            let variables: Vec<_> = bad.iter().map(|(setting, values)| (setting.variable, values[row])).collect();
            let problems = check_gates(&environment(&variables)).expect_err("bad values");
            let named: Vec<_> = problems.into_iter().map(|problem| problem.path).collect();
            assert_eq!(named, bad.iter().map(|(setting, _)| setting.variable).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_variable_stands_in_the_table_twice() {
        let mut names: Vec<_> =
            ALL.iter().flat_map(|setting| std::iter::once(setting.variable).chain(setting.older)).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
