//! Which checks a release is asked, in the order of the report.

use super::pipeline_gate::PipelineGate;
use crate::checks::Check;
use crate::checks::attested::Attested;
use crate::checks::changelog::Changelog;
use crate::checks::ci_status::CiStatus;
use crate::checks::context::Context;
use crate::checks::decision_approved::DecisionApproved;
use crate::checks::deps_pinned::DepsPinned;
use crate::checks::release_point::ReleasePoint;
use crate::checks::version_agrees::VersionAgrees;

/// The checks that this release is asked.
#[must_use]
pub fn release_checks(context: &Context) -> Vec<Box<dyn Check>> {
    all(context).into_iter().filter(|check| check.applies(context).on).collect()
}

/// Every check there is, asked or not: one line a check.
#[must_use]
pub fn all(context: &Context) -> Vec<Box<dyn Check>> {
    let mut checks: Vec<Box<dyn Check>> = vec![
        Box::new(Changelog),
        Box::new(CiStatus),
        Box::new(DepsPinned),
        Box::new(ReleasePoint),
        Box::new(VersionAgrees),
        Box::new(DecisionApproved),
    ];
    checks.extend(PipelineGate::all(context).into_iter().map(|check| Box::new(check) as Box<dyn Check>));
    let attested = Attested::all(&context.release, &context.policy).into_iter();
    checks.extend(attested.map(|check| Box::new(check) as Box<dyn Check>));
    checks
}
