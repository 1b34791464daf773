//! The delivery-gate.yaml of a first run: what the project does otherwise than the gate expects.

use super::Facts;
use super::facts::Changelog;
use crate::structured::quoted::quoted;

pub(super) fn text(facts: &Facts) -> String {
    let mut text = BEGIN.to_owned();
    let mut key = |comment: &str, line: String| text.push_str(&format!("\n# {comment}\n{line}\n"));
    if let Changelog::Elsewhere(path) = &facts.changelog {
        key("The changelog: it is not beside release.yaml, or not called so.", format!("changelog: {}", quoted(path)));
    }
    if let Some(template) = &facts.tags.template {
        key("The tag of a release is named as the earlier ones are.", format!("tag: {}", quoted(template)));
    }
    if let Some(template) = facts.package_form() {
        key("The tags of packages are named as the earlier ones are.", format!("tag: {}", quoted(&template)));
    }
    if !facts.nested.is_empty() && facts.manifests.is_empty() && facts.is_one_project() {
        key("The manifests are not beside release.yaml.", manifests(facts));
    }
    if !facts.nested.is_empty() && !facts.manifests.is_empty() {
        key("To have these looked at too, take the # away:", format!("# {}", manifests(facts)));
    }
    if !facts.unlocked.is_empty() {
        let comment = format!(
            "No lock file in git pins what {} needs. If this is a library, which those who build on it lock, take the # away: every\n\
             # report says so then, and nobody has to declare it for each release.",
            facts.unlocked.join(", ")
        );
        key(&comment, EXCEPTION.to_owned());
    }
    if let Some(lock) = &facts.python_lock {
        let comment = format!("{lock} is there. To let it prove pins, too, take the # away:");
        key(&comment, "# pinning: { mode: either }".to_owned());
    }
    text + END
}

fn manifests(facts: &Facts) -> String {
    let paths: Vec<_> = facts.nested.iter().map(|seen| quoted(&seen.path)).collect();
    format!("manifests: [{}]", paths.join(", "))
}

/// A comment, for a person decides: nothing tells a library for certain, and the gate excuses nothing by itself.
const EXCEPTION: &str = r#"# exceptions:
#   deps_pinned: { reason: "a library: applications lock, we do not" }"#;

const BEGIN: &str = "\
# What this project asks of every release. A key that is not here has its default.

# `not_applicable` in release.yaml excuses no check that the gate has seen fail or could not look at (other choices: any,
# attested_only).
not_applicable: unless_failed
";

const END: &str = r#"
# Claims of your own beside the four that are always asked, and what a claim needs:
# attestations:
#   security_review: { title: "Security review held", evidence: required }
#   approver_signed_off: { distinct_from: [rollback_tested] }
"#;
