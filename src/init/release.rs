//! The release.yaml of a first run: nothing is claimed in it.

use crate::attest::key;
use crate::config::release::{Package, Released};
use crate::structured::quoted::quoted;

pub(super) fn text(released: &Released) -> String {
    let (what, released) = match released {
        Released::One(version) => ("its version", format!("version: {}", quoted(version))),
        Released::Packages(packages) => {
            let line = |one: &Package| format!("\n  {}: {}", key(&one.folder), quoted(&one.version));
            ("its packages with their versions", format!("packages:{}", packages.iter().map(line).collect::<String>()))
        }
    };
    format!(
        "# This release: {what}, what people claim about it, and what does not apply to it.
{released}

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
