//! The delivery-gate.yaml of a first run: what the project does otherwise than the gate expects.

use super::Facts;
use super::facts::Changelog;
use crate::structured::quoted::quoted;

pub(super) fn text(facts: &Facts) -> String {
    let mut text = BEGIN.to_owned();
    let mut key = |comment: &str, line: String| text.push_str(&format!("\n# {comment}\n{line}\n"));
    if let Changelog::Elsewhere(path) = &facts.changelog {
        key("The changelog is not where the gate looks for one.", format!("changelog: {}", quoted(path)));
    }
    if let Some(template) = &facts.tags.template {
        key("The tag of a release is named as the earlier ones are.", format!("tag: {}", quoted(template)));
    }
    if !facts.nested.is_empty() && facts.manifests.is_empty() && facts.is_one_project() {
        key("The manifests are not beside release.yaml.", manifests(facts));
    }
    if !facts.nested.is_empty() && !facts.manifests.is_empty() {
        key("To have these looked at too, take the # away:", format!("# {}", manifests(facts)));
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
