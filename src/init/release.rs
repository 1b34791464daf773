//! The release.yaml of a first run: nothing is claimed in it.

use crate::structured::quoted::quoted;

pub(super) fn text(version: &str) -> String {
    let version = quoted(version);
    format!(
        "# This release: its version, what people claim about it, and what does not apply to it.
version: {version}

# What only a person can claim. To add a claim, or to go through all that are still open:
#   delivery-gate attest rollback_tested --by \"Jane Smith\" --evidence https://ci.example.com/jobs/456
#   delivery-gate attest
attestations: {{}}

# A check that does not apply, and why:
# not_applicable:
#   oncall_notified: \"A library: nobody is on call for it.\"
"
    )
}
