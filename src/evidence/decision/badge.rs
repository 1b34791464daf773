//! Badges of shields.io that show a decision's status: `https://img.shields.io/badge/adr-accepted-green`.

/// Where static badges are, without the scheme.
const STATIC: &str = "//img.shields.io/badge/";

/// What stands on the left of a badge for a status, in lower case.
const LABELS: [&str; 4] = ["status", "adr", "adr status", "decision"];

/// The status that a badge shows, from its address; the picture's alternative text stands behind it where it says more.
/// `None` where it is no badge, or one of something else.
pub(super) fn status(address: &str, alternative: &str) -> Option<String> {
    let (scheme, content) = address.split_once(STATIC)?;
    let content = content.split(['?', '#']).next().unwrap_or_default();
    let content = content.strip_suffix(".svg").or_else(|| content.strip_suffix(".png")).unwrap_or(content);
    let parts: Vec<String> = content.replace("--", "\0").split('-').map(unescaped).collect();
    let [label, message, _] = parts.as_slice() else { return None };
    let is_status = LABELS.contains(&label.to_lowercase().as_str());
    if !["http:", "https:", ""].contains(&scheme) || !is_status || message.trim().is_empty() {
        return None;
    }
    let alternative = alternative.trim().to_lowercase();
    let says_no_more = LABELS.contains(&alternative.as_str()) || message.to_lowercase().contains(&alternative);
    let more = if says_no_more { String::new() } else { format!(" ({alternative})") };
    Some(format!("Status: {}{more}", message.trim()))
}

/// A part as the badge shows it: `_` and `%20` are spaces, `__` and `--` the characters themselves.
fn unescaped(part: &str) -> String {
    part.replace("__", "\u{1}").replace(['_'], " ").replace("%20", " ").replace('\u{1}', "_").replace('\0', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_shows_a_status_or_something_else() {
        let shields = "https://img.shields.io/badge/";
        let cases = [
            ("adr-accepted-green", "Accepted", Some("Status: accepted")),
            ("Status-ACCEPTED-brightgreen?style=for-the-badge", "Status", Some("Status: ACCEPTED")),
            ("status-accepted-green.svg", "", Some("Status: accepted")),
            ("adr-superseded%20by%20ADR--9-orange", "", Some("Status: superseded by ADR-9")),
            ("ADR_status-in_review-blue", "", Some("Status: in review")),
            ("adr-accepted-green", "Rejected", Some("Status: accepted (rejected)")),
            ("date-2026--05--09-blue", "Accepted", None),
            ("accepted-green", "Accepted", None),
            ("adr--accepted-green", "Accepted", None),
            ("adr--green", "Accepted", None),
        ];
        for (content, alternative, expected) in cases {
            assert_eq!(status(&format!("{shields}{content}"), alternative).as_deref(), expected, "{content}");
        }
        for other in ["https://example.org/?x=//img.shields.io/badge/adr-accepted-green", "adr-accepted-green.png"] {
            assert_eq!(status(other, "Accepted"), None, "{other}");
        }
    }
}
