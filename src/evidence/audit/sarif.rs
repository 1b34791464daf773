//! SARIF 2.1.0, which many auditors print. It counts no packages: what shows that an auditor looked at something are the
//! files that it lists, or that its results are about. <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Audit, Finding, LookedAt, Severity, decode};

const VERSION: &str = "2.1.0";

#[derive(Deserialize)]
struct Log {
    version: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    /// None, or null, when the rules were not applied at all.
    results: Option<Vec<Found>>,
    #[serde(default)]
    artifacts: Vec<Artifact>,
    #[serde(default)]
    invocations: Vec<Invocation>,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Component,
    #[serde(default)]
    extensions: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    #[serde(default)]
    deprecated_ids: Vec<String>,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(default)]
    tool_execution_notifications: Vec<Notification>,
    #[serde(default)]
    tool_configuration_notifications: Vec<Notification>,
}

#[derive(Deserialize)]
struct Notification {
    level: Option<String>,
    #[serde(default)]
    locations: Vec<Location>,
}

#[derive(Deserialize)]
struct Artifact {
    location: Option<Place>,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: Option<String>,
    rule_index: Option<i64>,
    rule: Option<Reference>,
    kind: Option<String>,
    baseline_state: Option<String>,
    #[serde(default)]
    suppressions: Vec<Suppression>,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    id: Option<String>,
    index: Option<i64>,
    tool_component: Option<Value>,
}

#[derive(Deserialize)]
struct Suppression {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<Place>,
}

#[derive(Deserialize)]
struct Place {
    uri: Option<String>,
}

/// A log of one or more runs, each of which must have looked at something.
pub(crate) fn read(printed: Value) -> Result<Audit, String> {
    let log: Log = decode("SARIF", printed)?;
    if log.version != VERSION {
        return Err(format!("SARIF {VERSION} is read; this says it is another version"));
    }
    let (mut files, mut audit) = (0, Audit::default());
    for run in log.runs {
        let looked_at = run.looked_at()?;
        if looked_at == 0 {
            return Err(
                "the SARIF lists neither results nor `artifacts` that were looked at: nothing shows that a file was"
                    .into(),
            );
        }
        files += looked_at;
        run.add_to(&mut audit);
    }
    Ok(Audit { looked_at: LookedAt::Files(files), ..audit })
}

impl Run {
    /// How many files it lists, or has results about.
    ///
    /// # Errors
    /// Why its results may not be all: appendix I of SARIF 2.1.0.
    fn looked_at(&self) -> Result<u64, String> {
        let results = self.results.as_ref().ok_or("a run of the SARIF has no `results`: its rules were not applied")?;
        if self.invocations.iter().any(|invocation| !invocation.execution_successful) {
            return Err("the SARIF says that the auditor did not run to its end (`executionSuccessful`)".into());
        }
        if self.invocations.iter().any(Invocation::has_error) {
            return Err(
                "the SARIF has an error among the auditor's notifications, so its results may not be all".into()
            );
        }
        let left_out = self.left_out();
        let targets =
            self.artifacts.iter().filter(|artifact| artifact.is_target() && !left_out.contains(artifact.uri())).count();
        let about: BTreeSet<_> = results.iter().flat_map(Found::uris).filter(|uri| !left_out.contains(uri)).collect();
        let listed = targets.max(about.len()).max(self.measured());
        Ok(listed.max(usize::from(!results.is_empty())) as u64)
    }

    /// The files that a notification of the auditor is about: it warns of what it did not look at. A note warns of nothing.
    fn left_out(&self) -> BTreeSet<&str> {
        let all = self.invocations.iter().flat_map(Invocation::notifications);
        let warnings = all.filter(|one| !matches!(one.level.as_deref(), Some("note" | "none")));
        warnings.flat_map(|one| one.locations.iter().filter_map(Location::uri)).collect()
    }

    /// How many files bandit measured, which lists no artifacts.
    fn measured(&self) -> usize {
        let metrics = self.properties.get("metrics").and_then(Value::as_object);
        let is_bandit =
            metrics.is_some_and(|metrics| metrics.get("_totals").is_some_and(|totals| totals.get("loc").is_some()));
        if is_bandit { metrics.map_or(0, |metrics| metrics.len() - 1) } else { 0 }
    }

    fn add_to(self, audit: &mut Audit) {
        audit.notes.extend(self.left_out().into_iter().map(|uri| ("not looked at", uri.to_owned())));
        for found in self.results.iter().flatten().filter(|found| found.holds()) {
            let id = found.id(&self.tool.driver);
            let rule = id.and_then(|id| self.tool.rule(id));
            let ids = id.into_iter().chain(rule.into_iter().flat_map(Rule::others)).map(str::to_owned);
            let mut ids: Vec<_> = ids.collect();
            if ids.is_empty() {
                ids.push(format!("result {} without a rule", audit.found.len() + 1));
            }
            if found.is_suppressed() {
                audit.suppressed.push(ids.swap_remove(0));
            } else {
                let rated = severity(&found.properties);
                let severity = rated.or_else(|| severity(&rule?.properties)).unwrap_or(Severity::Unknown);
                audit.found.push(Finding { ids, severity });
            }
        }
    }
}

impl Rule {
    /// What else the vulnerability is called.
    fn others(&self) -> impl Iterator<Item = &str> {
        self.deprecated_ids.iter().map(String::as_str)
    }
}

impl Tool {
    fn rule(&self, id: &str) -> Option<&Rule> {
        let components = std::iter::once(&self.driver).chain(&self.extensions);
        components.flat_map(|component| &component.rules).find(|rule| rule.id == id)
    }
}

impl Invocation {
    fn notifications(&self) -> impl Iterator<Item = &Notification> {
        self.tool_execution_notifications.iter().chain(&self.tool_configuration_notifications)
    }

    fn has_error(&self) -> bool {
        self.notifications().any(|notification| notification.level.as_deref() == Some("error"))
    }
}

impl Location {
    fn uri(&self) -> Option<&str> {
        self.physical_location.as_ref()?.artifact_location.as_ref()?.uri.as_deref()
    }
}

impl Artifact {
    fn uri(&self) -> &str {
        self.location.as_ref().and_then(|place| place.uri.as_deref()).unwrap_or_default()
    }

    /// Whether it was looked at, and is not a part of the auditor.
    fn is_target(&self) -> bool {
        self.roles.is_empty() || self.roles.iter().any(|role| role == "analysisTarget")
    }
}

impl Found {
    /// Whether it says that something is wrong, or that nobody could tell.
    fn holds(&self) -> bool {
        !matches!(self.kind.as_deref(), Some("pass" | "notApplicable" | "informational"))
            && self.baseline_state.as_deref() != Some("absent")
    }

    /// Every suppression must be accepted, as one without a status is.
    fn is_suppressed(&self) -> bool {
        let accepted = |one: &Suppression| one.status.as_deref().is_none_or(|status| status == "accepted");
        !self.suppressions.is_empty() && self.suppressions.iter().all(accepted)
    }

    fn id<'a>(&'a self, driver: &'a Component) -> Option<&'a str> {
        let reference = self.rule.as_ref();
        let named = self.rule_id.as_deref().or_else(|| reference?.id.as_deref());
        let of_driver = reference.is_none_or(|reference| reference.tool_component.is_none());
        let index = self.rule_index.or_else(|| reference?.index).filter(|_| of_driver);
        let at = index.and_then(|index| driver.rules.get(usize::try_from(index).ok()?));
        named.or_else(|| at.map(|rule| rule.id.as_str()))
    }

    fn uris(&self) -> impl Iterator<Item = &str> {
        self.locations.iter().filter_map(Location::uri)
    }
}

/// The base score that code hosts read. A level is the auditor's own choice, and says nothing of the vulnerability.
fn severity(properties: &Map<String, Value>) -> Option<Severity> {
    let score = match properties.get("security-severity")? {
        Value::String(text) => text.parse().ok(),
        value => value.as_f64(),
    };
    score.map(Severity::of_score).filter(|severity| *severity != Severity::Unknown)
}
