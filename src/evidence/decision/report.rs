//! The gate's findings as the rows of a report, as the lines of its own text form, and as one outcome inside `check`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::findings::{Findings, Judged};
use super::high_impact::Hit;
use super::judge::Outcome as JudgeOutcome;
use super::provider::Enforcement;
use super::{Reference, Validation};
use crate::git::{path_of, text_of};
use crate::model::Outcome;
use crate::model::names::THRESHOLDS_FROM;
use crate::model::{Caution, Finding, Place, Row, Status};

/// How many paths a line names; JSON has all.
const SHOWN_LIMIT: usize = 10;

/// How many files are findings of their own.
const FINDING_LIMIT: usize = 1_000;

/// The results: `high_impact`, `decision:<id>` each, `judge`, and `judge:<id>` of each record in whose scope the change lies.
#[must_use]
pub(crate) fn rows(findings: &Findings) -> Vec<Row> {
    let decisions = findings.validations.iter().map(|validation| decision(findings, validation));
    std::iter::once(high_impact(findings)).chain(decisions).chain(findings.judged.iter().map(judge)).collect()
}

/// The whole gate as one check's outcome.
#[must_use]
pub(crate) fn outcome(findings: &Findings) -> Outcome {
    let head = high_impact(findings);
    let judge_refused = findings.judged.iter().any(|judged| matches!(judged.outcome, JudgeOutcome::Blocked(_)));
    let status = if head.status != Status::Unproven && judge_refused { Status::Fail } else { head.status };
    let detail = match findings.blocked() {
        Some(why) if status == Status::Fail => format!("{}; {why}", reason(findings)),
        _ => head.detail,
    };
    let detail =
        left_out(findings).map_or(detail.clone(), |left_out| format!("{}. {left_out}", detail.trim_end_matches('.')));
    let mut outcome = Outcome { metrics: head.metrics, findings: head.findings, ..Outcome::new(status, detail) };
    let decisions = findings.validations.iter().map(|validation| {
        let reason = validation.result.as_ref().err();
        json!({"id": validation.reference.id(), "valid": validation.result.is_ok(), "reason": reason})
    });
    outcome = outcome.metric("decisions", decisions.collect::<Vec<Value>>());
    outcome.metrics.extend(findings.judged.iter().find_map(threshold));
    outcome.source = findings.ends.as_ref().map(|ends| ends.named.compared().into());
    outcome.warnings.clone_from(&findings.warnings);
    let judged = findings.judged.iter().filter(|judged| is_tolerated(&judged.outcome));
    outcome.warnings.extend(judged.map(|judged| format!("{}: {}", judge_id(judged), judge_detail(judged))));
    outcome
}

/// What the text format says, a line each; what came from outside is not escaped yet.
#[must_use]
pub(crate) fn transcript(findings: &Findings, verbose: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(ends) = findings.ends.as_ref().filter(|_| verbose) {
        lines.push(format!("Compared: {} ({})", ends.named.compared(), ends.named.source));
    }
    if findings.changed > 0 {
        lines.push(format!("Changed files: {}", findings.changed));
        lines.push(format!("Decision required: {}", if findings.required() { "YES" } else { "NO" }));
        lines.push(format!("Reason: {}", reason(findings)));
        lines.extend(findings.ignored.iter().map(|hit| {
            let pattern = hit.ignored_by.as_deref().unwrap_or_default();
            format!("Ignored: {} ({}), by decision.ignore '{pattern}'", text_of(&hit.path), hit.category)
        }));
    }
    lines.extend(left_out(findings));
    if findings.required() {
        lines.push(references(findings));
        lines.extend(named(findings));
    }
    lines.extend(findings.validations.iter().map(|validation| match &validation.result {
        Ok(_) => format!("Decision {}: valid.", validation.reference.id()),
        Err(why) => format!("Decision {}: FAIL — {why}", validation.reference.id()),
    }));
    lines.extend(in_scope(findings));
    lines.extend(findings.judged.iter().flat_map(judge_lines));
    lines.extend(findings.warnings.iter().map(|warning| format!("Warning: {warning}")));
    lines.extend(findings.unproven.iter().skip(1).map(|why| format!("Unproven: {why}")));
    lines.push(findings.blocked().map_or_else(|| "Gate: passed.".to_owned(), |why| format!("Gate: blocked — {why}")));
    lines
}

fn reason(findings: &Findings) -> String {
    if !findings.required() {
        return "No high-impact file patterns matched.".to_owned();
    }
    let shown = findings.high_impact.iter().take(SHOWN_LIMIT);
    let shown: Vec<_> = shown.map(|hit| format!("{} ({})", text_of(&hit.path), hit.category)).collect();
    let more = findings.high_impact.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("High-impact patterns matched: {}{more}", shown.join(", "))
}

/// What does not count though a rule names it.
fn left_out(findings: &Findings) -> Option<String> {
    let shown = findings.left_out.iter().take(SHOWN_LIMIT);
    let shown: Vec<_> = shown.map(|(path, what)| format!("{} ({what})", text_of(path))).collect();
    let more = findings.left_out.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!shown.is_empty()).then(|| format!("Not counted: {}{more}.", shown.join(", ")))
}

fn references(findings: &Findings) -> String {
    let ids: Vec<_> = findings.references.iter().map(Reference::id).collect();
    match ids.len() {
        0 => "References: none".to_owned(),
        count => format!("References: found {count} ref(s) — {}", ids.join(", ")),
    }
}

/// What is named and does not count.
fn named(findings: &Findings) -> Option<String> {
    let ids: Vec<_> = findings.named.iter().map(Reference::id).collect();
    (!ids.is_empty()).then(|| format!("Named, not claimed: {}", ids.join(", ")))
}

/// Which records count though nobody names them.
fn in_scope(findings: &Findings) -> Option<String> {
    let word = |(reference, enforcement): &(Reference, Enforcement)| match enforcement {
        Enforcement::Blocking => reference.id().to_owned(),
        Enforcement::Warning => format!("{} (warning)", reference.id()),
    };
    let ids: Vec<_> = findings.in_scope.iter().map(word).collect();
    (!ids.is_empty()).then(|| format!("In scope: {} record(s) — {}", ids.len(), ids.join(", ")))
}

fn judge_lines(judged: &Judged) -> Vec<String> {
    let mut lines = vec![format!("Judge: checking diff against decision {}...", judged.reference.id())];
    let verdict = judged.verdict.as_ref();
    lines.push(format!("Judge: {}", judge_detail(judged)));
    let advisory = verdict.and_then(|verdict| verdict.advisory_message.as_ref());
    lines.extend(advisory.map(|message| format!("Advisory: {message}")));
    lines
}

fn judge_detail(judged: &Judged) -> String {
    let verdict = judged.verdict.as_ref();
    match &judged.outcome {
        JudgeOutcome::Passed => {
            let confidence = verdict.and_then(|verdict| verdict.confidence);
            let sure = confidence.map(|share| format!(". Passed at {}%", (share * 100.0).round()));
            let reason = verdict.and_then(|verdict| verdict.reason.as_ref()).map(|reason| format!(" — {reason}"));
            let end = if sure.is_none() && reason.is_none() { "." } else { "" };
            format!("allowed{}{}{end}", sure.unwrap_or_default(), reason.unwrap_or_default())
        }
        JudgeOutcome::Warned(why) => format!("refused, the decision only warns — {why}"),
        JudgeOutcome::Advisory => {
            let reason = verdict.and_then(|verdict| verdict.reason.as_deref()).unwrap_or("no reason given");
            format!("refused, advisory only — {reason}")
        }
        JudgeOutcome::Blocked(why) if verdict.is_some() => format!("refused — {why}"),
        JudgeOutcome::Blocked(why) => format!("no verdict — {why}"),
    }
}

fn is_tolerated(outcome: &JudgeOutcome) -> bool {
    matches!(outcome, JudgeOutcome::Advisory | JudgeOutcome::Warned(_))
}

fn high_impact(findings: &Findings) -> Row {
    let approved =
        || findings.validations.iter().filter(|valid| valid.result.is_ok()).map(|valid| valid.reference.id());
    let (status, detail) = if !findings.unproven.is_empty() {
        (Status::Unproven, findings.unproven.join("; "))
    } else if !findings.required() {
        (Status::Pass, format!("No high-impact file patterns matched in {} changed files.", findings.changed))
    } else if let Some(why) = findings.missing() {
        (Status::Fail, format!("{}; {why}", reason(findings)))
    } else if findings.warned.is_empty() {
        (Status::Pass, format!("{}; approved by {}.", reason(findings), approved().collect::<Vec<_>>().join(", ")))
    } else {
        let mut ids: Vec<_> = findings.warned.iter().map(|(_, reference)| reference.id()).collect();
        ids.dedup();
        let without =
            if findings.any_valid() { "not covered by an approved decision" } else { "without an approved decision" };
        let detail =
            format!("{}; {without}, of which {} only warns (enforcement: warning)", reason(findings), ids.join(", "));
        (Status::Warn(Caution::Amber), detail)
    };
    let title = "High-impact changes have an approved decision";
    let row = row("high_impact", title, status, detail, milliseconds(findings.took), metrics(findings));
    let found = if status == Status::Fail { unapproved(findings) } else { Vec::new() };
    Row { findings: found, ..row }
}

/// The changed files that want a decision and have none.
fn unapproved(findings: &Findings) -> Vec<Finding> {
    let covered = |hit: &&Hit| !findings.uncovered.is_empty() && !findings.uncovered.contains(&hit.path);
    let hits = findings.high_impact.iter().filter(|hit| !covered(hit)).take(FINDING_LIMIT);
    let finding = |hit: &Hit| Finding {
        rule: hit.category.clone(),
        message: format!("{} ({}) is changed without an approved decision", text_of(&hit.path), hit.category),
        place: Place::under(Path::new(""), path_of(&hit.path)),
        key: String::new(),
    };
    hits.map(finding).collect()
}

fn metrics(findings: &Findings) -> Map<String, Value> {
    let hit = |hit: &Hit| json!({"path": text_of(&hit.path), "category": hit.category, "ignored_by": hit.ignored_by});
    let mut facts = json!({
        "changed_files": findings.changed,
        "required": findings.required(),
        "high_impact": findings.high_impact.iter().map(hit).collect::<Vec<_>>(),
        "ignored": findings.ignored.iter().map(hit).collect::<Vec<_>>(),
        "provider": Some(findings.provider).filter(|name| !name.is_empty()),
        "references": findings.references.iter().map(Reference::id).collect::<Vec<_>>(),
        "named": findings.named.iter().map(Reference::id).collect::<Vec<_>>(),
        "left_out": findings.left_out.iter().map(|(path, _)| text_of(path)).collect::<Vec<_>>(),
        "warned": findings.warned.iter().map(|(path, _)| text_of(path)).collect::<Vec<_>>(),
        "in_scope": findings.in_scope.iter().map(|(reference, _)| reference.id()).collect::<Vec<_>>(),
        "uncovered": findings.uncovered.iter().map(|path| text_of(path)).collect::<Vec<_>>(),
    });
    if let Some(ends) = &findings.ends {
        facts["base"] = ends.base.as_str().into();
        facts["head"] = ends.head.as_str().into();
        facts["merge_base"] = ends.compared.first().map(String::as_str).into();
        facts["merge_bases"] = ends.compared.as_slice().into();
        facts["source"] = ends.named.source.as_str().into();
    }
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

/// A decision that is not valid holds the change only when no other one is, and one is missed.
fn decision(findings: &Findings, validation: &Validation) -> Row {
    let id = validation.reference.id();
    let (status, detail) = match &validation.result {
        Ok(_) => (Status::Pass, "valid.".to_owned()),
        Err(why) => (Status::Fail, why.clone()),
    };
    let took = milliseconds(validation.took);
    let row = row(&format!("decision:{id}"), &format!("Decision {id}"), status, detail, took, Map::new());
    let source = validation.result.as_ref().ok().and_then(|approval| approval.source.clone());
    let is_missed = !findings.any_valid() && findings.missing().is_some();
    Row { blocking: validation.result.is_ok() || is_missed, source, ..row }
}

fn judge(judged: &Judged) -> Row {
    let status = match judged.outcome {
        JudgeOutcome::Passed => Status::Pass,
        JudgeOutcome::Advisory | JudgeOutcome::Warned(_) => Status::Warn(Caution::Excused),
        JudgeOutcome::Blocked(_) => Status::Fail,
    };
    let mut metrics = judged.verdict.as_ref().map(|verdict| verdict.record.clone()).unwrap_or_default();
    if let Some(verdict) = &judged.verdict {
        metrics.insert("allowed".to_owned(), verdict.allowed.into());
        metrics.insert("confidence".to_owned(), verdict.confidence.into());
        metrics.insert("reason".to_owned(), verdict.reason.clone().into());
        metrics.insert("advisory_message".to_owned(), verdict.advisory_message.clone().into());
    }
    metrics.insert("decision".to_owned(), judged.reference.id().into());
    metrics.extend(threshold(judged));
    let title = if judged.in_scope { format!("Judge of {}", judged.reference.id()) } else { "Judge".to_owned() };
    row(&judge_id(judged), &title, status, judge_detail(judged), milliseconds(judged.took), metrics)
}

/// The question about the reference has no id in its own: there is one.
fn judge_id(judged: &Judged) -> String {
    if judged.in_scope { format!("judge:{}", judged.reference.id()) } else { "judge".to_owned() }
}

/// The threshold that stands in no file, as a metric.
fn threshold(judged: &Judged) -> Option<(String, Value)> {
    Some((THRESHOLDS_FROM.to_owned(), json!([judged.confidence_from.as_ref()?])))
}

fn row(id: &str, title: &str, status: Status, detail: String, duration_ms: f64, metrics: Map<String, Value>) -> Row {
    Row { duration_ms, metrics, ..Row::auto(id, title, status, detail) }
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
