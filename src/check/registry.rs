//! Which checks a release is asked, in the order of the report.

use super::Check;
use super::attested::Attested;
use super::changelog::Changelog;
use super::ci_status::CiStatus;
use super::decision_approved::DecisionApproved;
use super::deps_pinned::DepsPinned;
use super::pipeline_gate::PipelineGate;
use super::release_point::ReleasePoint;
use super::version_agrees::VersionAgrees;
use crate::context::Context;

/// The ids that belong to AUTO checks: nobody can attest them.
pub const AUTO_IDS: &[&str] = &[
    super::changelog::ID,
    super::ci_status::ID,
    super::deps_pinned::ID,
    super::release_point::ID,
    super::version_agrees::ID,
    super::decision_approved::ID,
];

/// The attestations that are always asked: id and title.
pub const STANDARD_ATTESTATIONS: &[(&str, &str)] = &[
    ("rollback_tested", "Rollback procedure tested"),
    ("oncall_notified", "On-call engineer notified"),
    ("approver_signed_off", "Named approver signed off"),
    ("monitoring_reviewed", "Monitoring and alerts reviewed"),
];

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
