//! The table: a constant for each setting, and all of them in the order of the documentation.

use super::{Setting, Takes, Usual};

/// A setting without older name, flag and key.
const PLAIN: Setting = usual("none");

/// The same with a number that holds without it.
const fn usual<D>(default: D) -> Setting<D> {
    Setting { variable: "", older: None, flag: None, key: None, takes: Takes::Text(""), default, effect: "" }
}

/// CI's outcome.
pub(crate) const CI_STATUS: Setting = Setting {
    variable: "DELIVERY_GATE_CI_STATUS",
    flag: Some("--ci-status"),
    takes: Takes::Text("text"),
    effect: "CI's outcome, as reported to `check`.",
    ..PLAIN
};

/// Where the forge's API is.
pub(crate) const CI_URL: Setting = Setting {
    variable: "DELIVERY_GATE_CI_URL",
    flag: Some("--ci-url"),
    takes: Takes::Text("an address"),
    default: "the CI system's",
    effect: "The address of the forge's API, for one of your own: `https://git.example.com/api/v4`. Without any it is that of the forge's public host.",
    ..PLAIN
};

/// The gate's own job.
pub(crate) const CHECK_RUN_ID: Setting = Setting {
    variable: "DELIVERY_GATE_CHECK_RUN_ID",
    takes: Takes::Text("an id"),
    default: "what the CI system says",
    effect: "The check run (of GitLab, the job) that the gate itself runs in, which cannot have passed yet: of GitHub Actions `${{ job.check_run_id }}`.",
    ..PLAIN
};

/// Where records go.
pub const ARTIFACT_DIR: Setting = Setting {
    variable: "DELIVERY_GATE_ARTIFACT_DIR",
    older: Some("SPANFORGE_GATE_ARTIFACT_DIR"),
    flag: Some("--artifact-dir"),
    takes: Takes::Folder,
    default: ".delivery-gate/artifacts",
    effect: "Where the records of gates are kept, relative to the repository.",
    ..PLAIN
};

/// For how long records are kept.
pub const RETENTION_DAYS: Setting<u32> = Setting {
    variable: "DELIVERY_GATE_ARTIFACT_RETENTION_DAYS",
    older: Some("SPANFORGE_GATE_ARTIFACT_RETENTION_DAYS"),
    flag: Some("--older-than"),
    takes: Takes::Whole("days", 1, 36_500),
    effect: "After how many days `artifacts purge` takes a record away.",
    ..usual(90)
};

/// From which score on a release is RED.
pub const PRRI_RED_THRESHOLD: Setting<f64> = Setting {
    variable: "DELIVERY_GATE_PRRI_RED_THRESHOLD",
    older: Some("SPANFORGE_GATE_PRRI_RED_THRESHOLD"),
    key: Some("red_threshold"),
    takes: Takes::Number(0.0, 100.0),
    effect: "From this score on a release is RED.",
    ..usual(70.0)
};

/// From which rate of critical scores on the trust gate fails.
pub(crate) const HRI_CRITICAL_THRESHOLD: Setting<f64> = Setting {
    variable: "DELIVERY_GATE_HRI_CRITICAL_THRESHOLD",
    older: Some("SPANFORGE_GATE_HRI_CRITICAL_THRESHOLD"),
    key: Some("hri_critical_threshold"),
    takes: Takes::NumberAbove(0.0, 1.0),
    effect: "From this rate of critical scores on the trust gate fails.",
    ..usual(0.05)
};

/// The most scores that may count: they are held in memory.
pub(crate) const MAX_SCORE_WINDOW: u32 = 100_000;

/// How many of the newest scores count.
pub(crate) const HRI_WINDOW: Setting<u32> = Setting {
    variable: "DELIVERY_GATE_HRI_WINDOW",
    older: Some("SPANFORGE_GATE_HRI_WINDOW"),
    key: Some("score_window"),
    takes: Takes::Whole("number of scores", 1, MAX_SCORE_WINDOW),
    effect: "Over how many of the newest scores the rate is.",
    ..usual(100)
};

/// How far back findings of PII count.
pub(crate) const PII_WINDOW_HOURS: Setting<u32> = Setting {
    variable: "DELIVERY_GATE_PII_WINDOW_HOURS",
    older: Some("SPANFORGE_GATE_PII_WINDOW_HOURS"),
    key: Some("pii_window_hours"),
    takes: Takes::Whole("hours", 1, 87_600),
    effect: "How far back findings of PII count.",
    ..usual(24)
};

/// How far back findings of secrets count.
pub(crate) const SECRETS_WINDOW_HOURS: Setting<u32> = Setting {
    variable: "DELIVERY_GATE_SECRETS_WINDOW_HOURS",
    older: Some("SPANFORGE_GATE_SECRETS_WINDOW_HOURS"),
    key: Some("secrets_window_hours"),
    takes: Takes::Whole("hours", 1, 87_600),
    effect: "How far back findings of secrets count.",
    ..usual(24)
};

/// Below which confidence a secret is not reported.
pub const SECRETS_CONFIDENCE: Setting<f64> = Setting {
    variable: "DELIVERY_GATE_SECRETS_CONFIDENCE_THRESHOLD",
    flag: Some("--confidence"),
    takes: Takes::Number(0.0, 1.0),
    effect: "A finding of less confidence is not reported, unless its type blocks by itself.",
    ..usual(0.85)
};

/// What a change is compared with.
pub(crate) const BASE: Setting = Setting {
    variable: "CI_BASE_SHA",
    flag: Some("--base"),
    key: Some("decision.base"),
    takes: Takes::Text("a revision"),
    default: "what the CI system says",
    effect: "What a change is compared with.",
    ..PLAIN
};

/// A change's end.
pub(crate) const HEAD: Setting = Setting {
    variable: "CI_HEAD_SHA",
    flag: Some("--head"),
    takes: Takes::Text("a revision"),
    default: "HEAD",
    effect: "The change's end; needs a base.",
    ..PLAIN
};

/// Where references to decisions are looked for first.
pub(crate) const PR_TITLE: Setting = Setting {
    variable: "CI_PR_TITLE",
    takes: Takes::Text("text"),
    default: "what the CI system says",
    effect: "The title of a pull request, which may name decisions.",
    ..PLAIN
};

/// The same.
pub(crate) const PR_BODY: Setting = Setting {
    variable: "CI_PR_BODY",
    takes: Takes::Text("text"),
    default: "what the CI system says",
    effect: "Its text.",
    ..PLAIN
};

/// Where references are looked for without a pull request.
pub(crate) const COMMIT_MESSAGE: Setting = Setting {
    variable: "CI_COMMIT_MESSAGE",
    takes: Takes::Text("text"),
    default: "the messages in base..head",
    effect: "The text that may name decisions, when there is no other.",
    ..PLAIN
};

/// Where the decision service is.
pub(crate) const DECISION_URL: Setting = Setting {
    variable: "DECERN_BASE_URL",
    flag: Some("--base-url"),
    takes: Takes::Text("an address"),
    effect: "The decision service.",
    ..PLAIN
};

/// Who asks the decision service.
pub(crate) const DECISION_TOKEN: Setting =
    Setting { variable: "DECERN_CI_TOKEN", takes: Takes::Text("a token"), effect: "Its bearer token.", ..PLAIN };

/// The decision service's endpoint for validation.
pub(crate) const VALIDATE_PATH: Setting = Setting {
    variable: "DECERN_VALIDATE_PATH",
    flag: Some("--validate-path"),
    takes: Takes::Text("a path"),
    default: "/api/decision-gate/validate",
    effect: "Its validate endpoint.",
    ..PLAIN
};

/// How long one validation may take.
pub(crate) const DECISION_TIMEOUT_MS: Setting<u32> = Setting {
    variable: "DECERN_GATE_TIMEOUT_MS",
    flag: Some("--timeout-ms"),
    key: Some("decision.timeout_ms"),
    takes: Takes::Whole("milliseconds", 1, MILLISECONDS_LIMIT),
    effect: "The time limit of one validation.",
    ..usual(5000)
};

/// Whether a token may travel in clear.
pub(crate) const ALLOW_INSECURE_HTTP: Setting = Setting {
    variable: "DECERN_ALLOW_INSECURE_HTTP",
    flag: Some("--allow-insecure-http"),
    takes: Takes::Switch,
    default: "off",
    effect: "Plain http to other machines.",
    ..PLAIN
};

/// What is high-impact beyond the embedded rules.
pub(crate) const EXTRA_PATTERNS: Setting = Setting {
    variable: "DECERN_GATE_EXTRA_PATTERNS",
    flag: Some("--pattern"),
    key: Some("decision.patterns"),
    takes: Takes::Text("patterns, commas between them"),
    effect: "More high-impact paths.",
    ..PLAIN
};

/// Whether the judge is asked.
pub(crate) const JUDGE: Setting = Setting {
    variable: "DECERN_GATE_JUDGE_ENABLED",
    flag: Some("--judge"),
    key: Some("decision.judge"),
    takes: Takes::Switch,
    default: "off",
    effect: "Asks the judge too.",
    ..PLAIN
};

/// The decision service's endpoint for judging.
pub(crate) const JUDGE_PATH: Setting = Setting {
    variable: "DECERN_JUDGE_PATH",
    flag: Some("--judge-path"),
    takes: Takes::Text("a path"),
    default: "/api/decision-gate/judge",
    effect: "The service's judge endpoint.",
    ..PLAIN
};

/// How long the judge may take.
pub(crate) const JUDGE_TIMEOUT_MS: Setting<u32> = Setting {
    variable: "DECERN_GATE_JUDGE_TIMEOUT_MS",
    flag: Some("--judge-timeout-ms"),
    key: Some("decision.judge_timeout_ms"),
    takes: Takes::Whole("milliseconds", 1, MILLISECONDS_LIMIT),
    effect: "The judge's time limit.",
    ..usual(60_000)
};

/// What confidence a verdict of the judge needs.
pub(crate) const JUDGE_MIN_CONFIDENCE: Setting = Setting {
    variable: "DECERN_JUDGE_MIN_CONFIDENCE",
    flag: Some("--judge-min-confidence"),
    key: Some("decision.judge_min_confidence"),
    takes: Takes::Number(0.0, 1.0),
    effect: "A less sure verdict blocks.",
    ..PLAIN
};

/// Where a model of the caller's own is.
pub(crate) const LLM_URL: Setting = Setting {
    variable: "DECERN_JUDGE_LLM_BASE_URL",
    takes: Takes::Text("an address"),
    effect: "Your own model: all three of these or none.",
    ..PLAIN
};

/// Who asks it.
pub(crate) const LLM_KEY: Setting =
    Setting { variable: "DECERN_JUDGE_LLM_API_KEY", takes: Takes::Text("a key"), effect: "Its key.", ..PLAIN };

/// Which model it is.
pub(crate) const LLM_MODEL: Setting =
    Setting { variable: "DECERN_JUDGE_LLM_MODEL", takes: Takes::Text("a name"), effect: "Its name.", ..PLAIN };

/// The longest time limit of the decision gate, in milliseconds: a day.
pub(crate) const MILLISECONDS_LIMIT: u32 = 24 * 60 * 60 * 1000;

/// The setting of `check` alone.
const OF_CHECK: [Setting<Usual>; 3] = [CI_STATUS.words(), CI_URL.words(), CHECK_RUN_ID.words()];

/// The settings of gates, which every run of gates looks at before it begins.
pub(super) const OF_GATES: [Setting<Usual>; 8] = [
    ARTIFACT_DIR.words(),
    RETENTION_DAYS.whole_number(),
    PRRI_RED_THRESHOLD.decimal(),
    HRI_CRITICAL_THRESHOLD.decimal(),
    HRI_WINDOW.whole_number(),
    PII_WINDOW_HOURS.whole_number(),
    SECRETS_WINDOW_HOURS.whole_number(),
    SECRETS_CONFIDENCE.decimal(),
];

/// The settings of the decision gate.
const OF_DECISIONS: [Setting<Usual>; 18] = [
    BASE.words(),
    HEAD.words(),
    PR_TITLE.words(),
    PR_BODY.words(),
    COMMIT_MESSAGE.words(),
    EXTRA_PATTERNS.words(),
    DECISION_URL.words(),
    DECISION_TOKEN.words(),
    VALIDATE_PATH.words(),
    DECISION_TIMEOUT_MS.whole_number(),
    ALLOW_INSECURE_HTTP.words(),
    JUDGE.words(),
    JUDGE_PATH.words(),
    JUDGE_TIMEOUT_MS.whole_number(),
    JUDGE_MIN_CONFIDENCE.words(),
    LLM_URL.words(),
    LLM_KEY.words(),
    LLM_MODEL.words(),
];

/// Every setting, in the order of the documentation.
pub fn all() -> impl Iterator<Item = Setting<Usual>> {
    OF_CHECK.into_iter().chain(OF_GATES).chain(OF_DECISIONS)
}
