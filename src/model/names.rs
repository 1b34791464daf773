//! The names that come with the gate: ids of checks, the files that people write.

use super::path::folder_of;

/// What people write for a release.
pub(crate) const RELEASE_FILE: &str = "release.yaml";

/// What a project asks for, when `--config` does not name another file.
pub(crate) const POLICY_FILE: &str = "delivery-gate.yaml";

/// Where the signed claims of releases are kept, relative to the folder of release.yaml.
pub(crate) const CLAIMS_FOLDER: &str = ".delivery-gate/claims";

/// The ids that belong to AUTO checks: nobody can attest them. A check's file has the name of its id.
pub const AUTO_IDS: &[&str] =
    &["changelog", "ci_status", "deps_pinned", "release_point", "version_agrees", "decision_approved"];

/// The checks that each package is asked, where release.yaml has several.
pub(crate) const PER_PACKAGE: &[&str] = &["changelog", "deps_pinned", "version_agrees", "decision_approved"];

/// The check of a row's id: `changelog` of `changelog:packages/cli`, and of anything else itself.
#[must_use]
pub(crate) fn check_of(id: &str) -> &str {
    match id.split_once(':') {
        Some((check, folder)) if PER_PACKAGE.contains(&check) && !folder.is_empty() => check,
        _ => id,
    }
}

/// An id as rows have it: the folder of one package as it is compared, `changelog:a` of `changelog:./a/`. `None` where it leads out
/// of the release.
#[must_use]
pub(crate) fn plain_id(written: &str) -> Option<String> {
    let check = check_of(written);
    match written.strip_prefix(check).and_then(|rest| rest.strip_prefix(':')) {
        Some(folder) => Some(format!("{check}:{}", folder_of(folder)?)),
        None => Some(written.to_owned()),
    }
}

/// Whether an id that somebody wrote means a row: the bare id of a check means those of all packages.
#[must_use]
pub(crate) fn means(written: &str, row: &str) -> bool {
    written == row || written == check_of(row)
}

/// The attestations that are always asked: id and title.
pub const STANDARD_ATTESTATIONS: &[(&str, &str)] = &[
    ("rollback_tested", "Rollback procedure tested"),
    ("oncall_notified", "On-call engineer notified"),
    ("approver_signed_off", "Named approver signed off"),
    ("monitoring_reviewed", "Monitoring and alerts reviewed"),
];

/// The attestation that a loosened gate asks for, where the policy says `policy_changes: attest`.
pub(crate) const POLICY_CHANGE: &str = "policy_change";

/// The row of signed claims that belong to no attestation: nobody can tell which, or whose keys count.
pub(crate) const SIGNED_CLAIMS: &str = "signed_claims";

/// The metric of a row that says what was signed for it, by which key.
pub(crate) const SIGNED: &str = "signed";

/// Whether a text can be the id of an attestation.
#[must_use]
pub(crate) fn is_id(id: &str) -> bool {
    id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// The metric of a row that names the thresholds which stand in no file, as `VARIABLE=value` each.
pub(crate) const THRESHOLDS_FROM: &str = "thresholds_from";
