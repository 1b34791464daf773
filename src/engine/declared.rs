//! What a person declared not applicable, applied to what the checks found. A declaration is a claim: the row is
//! ATTESTED, and what the gate saw all the same is said.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Map;

use crate::checks::context::Context;
use crate::checks::{decision_approved, release_point};
use crate::config::policy::NotApplicable;
use crate::config::release::{Exemption, FILE};
use crate::model::escape::visible_up_to;
use crate::model::filled::is_filled_in;
use crate::model::names::{POLICY_CHANGE, check_of, means};
use crate::model::nearest::nearest;
use crate::model::{Excuse, Excuser, Kind, Row, Source, Status};

/// How much of a refused reason is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// How many declarations that name no check are looked at for a mistyped id.
const WARNING_LIMIT: usize = 20;

/// Applies the declarations of release.yaml. One that names no check gets a row of its own. Returns the rows and the
/// warnings.
#[must_use]
pub(crate) fn apply(mut rows: Vec<Row>, exemptions: &[Exemption], context: &Context) -> (Vec<Row>, Vec<String>) {
    let dir = &context.world.dir;
    let mut warnings = Vec::new();
    let mut unknown_ids = Vec::new();
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        places.entry(row.id.clone()).or_default().push(place);
        let check = check_of(&row.id);
        if check != row.id {
            places.entry(check.to_owned()).or_default().push(place);
        }
    }
    for exemption in exemptions {
        let meant = places.get(&exemption.id).map(Vec::as_slice).unwrap_or_default();
        for place in meant {
            warnings.extend(rows.get_mut(*place).and_then(|row| declare(row, exemption, context)));
        }
        if meant.is_empty() {
            unknown_ids.push(exemption);
        }
    }
    warnings.extend(mistyped(&unknown_ids, rows.iter().map(|row| row.id.as_str())));
    rows.extend(unknown_ids.into_iter().map(|exemption| unknown(exemption, dir)));
    (rows, warnings)
}

/// What is said of declarations that name no check and look like one that does.
pub(crate) fn mistyped<'k>(unknown_ids: &[&Exemption], known: impl Iterator<Item = &'k str>) -> Vec<String> {
    let known: Vec<_> = known.collect();
    let warning = |exemption: &&Exemption| {
        let near = nearest(&exemption.id, &known)?;
        Some(format!("not_applicable names `{}`, which is no check: did you mean `{near}`?", exemption.id))
    };
    unknown_ids.iter().take(WARNING_LIMIT).filter_map(warning).collect()
}

/// What was written instead of a reason excuses nothing.
fn without_reason(exemption: &Exemption) -> Option<String> {
    let shown = || visible_up_to(exemption.reason.trim(), SHOWN_LIMIT);
    (!is_filled_in(&exemption.reason)).then(|| format!("'{}' is no reason", shown()))
}

/// Changes the row as far as the policy lets a declaration go; the warning says what a reader must know.
fn declare(row: &mut Row, exemption: &Exemption, context: &Context) -> Option<String> {
    let (dir, policy) = (&context.world.dir, &context.policy);
    if policy.required.iter().any(|required| means(required, &row.id)) {
        return Some(refuse(row, exemption, "the policy requires this check"));
    }
    if row.id == release_point::ID {
        if row.status.holds() {
            row.detail = found(row);
        }
        return Some(refuse(row, exemption, "no release.yaml can excuse the point that is released"));
    }
    if let Some(why) = context.signed().why_bound(&row.id) {
        let why = format!("{why}: a release does not excuse itself from it");
        if row.status.holds() {
            // What was found says more than that nothing excuses it.
            return Some(format!("{}: declared not applicable, but {why}", row.title));
        }
        return Some(refuse(row, exemption, &why));
    }
    if row.id == POLICY_CHANGE {
        return Some(refuse(row, exemption, "a release does not excuse what it changed in its own gate"));
    }
    let is_decision = check_of(&row.id) == decision_approved::ID;
    let bound = is_decision.then(|| decision_approved::why_bound(context.of_row(&row.id))).flatten();
    if let Some(bound) = bound {
        if row.status.holds() {
            row.detail = found(row);
        }
        return Some(refuse(row, exemption, &format!("{bound}: a release does not excuse itself from it")));
    }
    if let Some(why) = without_reason(exemption) {
        row.detail = match (row.kind, row.status.holds()) {
            (Kind::Auto, true) => format!("{}; {why}", found(row)),
            _ => format!("Declared not applicable, but {why}."),
        };
        row.status = Status::Fail;
        row.source = Some(place(exemption, dir));
        return None;
    }
    if row.kind == Kind::Attested {
        excuse(row, exemption, dir, exemption.reason.clone());
        return None;
    }
    match (policy.not_applicable, row.status) {
        (NotApplicable::AttestedOnly, _) => {
            Some(refuse(row, exemption, "the policy takes that for attested checks only"))
        }
        (NotApplicable::UnlessFailed, Status::Fail | Status::Unproven) => {
            row.detail = found(row);
            Some(refuse(row, exemption, "the policy excuses nothing that the gate saw fail or could not look at"))
        }
        // On the tag it may fail, and the policy excuses nothing then.
        (NotApplicable::UnlessFailed, Status::Skipped) => Some(refuse(
            row,
            exemption,
            "the policy excuses nothing that the gate sees fail or cannot look at, and it was not asked here",
        )),
        (_, Status::Fail | Status::Unproven) => {
            // What was found stands in the row: the warning does not say it again.
            let seen = if row.status == Status::Fail { "the gate saw it fail" } else { "the gate could not tell" };
            let detail = format!("{} ({})", exemption.reason, found(row));
            excuse(row, exemption, dir, detail);
            Some(format!("{}: declared not applicable, though {seen}", row.title))
        }
        _ => {
            excuse(row, exemption, dir, exemption.reason.clone());
            None
        }
    }
}

fn found(row: &Row) -> String {
    let verb = if row.status == Status::Fail { "the gate found" } else { "the gate could not tell" };
    format!("declared not applicable; {verb}: {}", row.detail.trim_end_matches('.'))
}

/// The declaration changes nothing: what the check came to stands. An attested check that nobody attested fails.
fn refuse(row: &mut Row, exemption: &Exemption, why: &str) -> String {
    if row.kind == Kind::Attested {
        row.status = Status::Fail;
        row.detail = format!("Declared not applicable ('{}'), but {why}.", exemption.reason);
    }
    format!("{}: declared not applicable, but {why}", row.title)
}

fn excuse(row: &mut Row, exemption: &Exemption, dir: &Path, detail: String) {
    row.kind = Kind::Attested;
    row.status = Status::Na;
    row.detail = detail;
    row.source = Some(place(exemption, dir));
    row.excuse = Some(waiver(exemption));
}

fn waiver(exemption: &Exemption) -> Excuse {
    Excuse { by: Excuser::Release, reason: exemption.reason.clone(), until: None }
}

fn unknown(exemption: &Exemption, dir: &Path) -> Row {
    let wrong = without_reason(exemption).map(|why| format!("Declared not applicable, but {why}."));
    let excuse = wrong.is_none().then(|| waiver(exemption));
    Row {
        id: exemption.id.clone(),
        title: exemption.id.clone(),
        kind: Kind::Attested,
        status: if wrong.is_some() { Status::Fail } else { Status::Na },
        blocking: true,
        detail: wrong.unwrap_or_else(|| exemption.reason.clone()),
        below: Vec::new(),
        source: Some(place(exemption, dir)),
        findings: Vec::new(),
        metrics: Map::new(),
        evidence: Vec::new(),
        excuse,
        duration_ms: 0.0,
    }
}

fn place(exemption: &Exemption, dir: &Path) -> Source {
    Source::file(dir, FILE, Some(exemption.line))
}
