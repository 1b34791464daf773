//! What a rule's help says: the check's section of the documentation, so that there is one text to keep true.

use super::document::Text;
use crate::help;
use crate::model::{Kind, Row};

/// For a claim of the project's own.
const CLAIM: &str = "A person claims this in release.yaml: `answer: true`, a named person under `by`, and evidence where \
    the policy requires it. The gate checks the form of the claim; whether it is true, it cannot know.";

/// For a gate of the project's own.
const GATE: &str = "A check that this run made by itself. FAIL means that it was shown not to hold; UNPROVEN that it \
    could not be shown either way, which holds the release exactly as FAIL does.";

/// The help of a row's check.
pub(super) fn help(row: &Row) -> Text {
    let markdown = help::check(&row.id).unwrap_or(match row.kind {
        Kind::Auto => GATE,
        Kind::Attested => CLAIM,
    });
    let markdown = without_anchors(markdown);
    Text { text: plain(&markdown), markdown: Some(markdown) }
}

/// The first paragraph of the help.
pub(super) fn summary(help: &Text) -> Text {
    Text::plain(help.text.split("\n\n").next().unwrap_or_default().replace('\n', " "))
}

/// Other sections are not here to be jumped to.
fn without_anchors(markdown: &str) -> String {
    let mut parts = markdown.split("](#");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(bracket) = text.rfind('[') {
            text.remove(bracket);
        }
        text.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    text
}

fn plain(markdown: &str) -> String {
    markdown.replace("**", "").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::{AUTO_IDS, STANDARD_ATTESTATIONS};

    #[test]
    fn anchors_become_words() {
        assert_eq!(
            without_anchors("as [a](#a), [b](https://b.example) and [c](#c)"),
            "as a, [b](https://b.example) and c"
        );
    }

    #[test]
    fn every_check_has_help_of_its_own() {
        for id in AUTO_IDS.iter().copied().chain(STANDARD_ATTESTATIONS.iter().map(|(id, _)| *id)) {
            assert!(help::check(id).is_some_and(|text| text.len() > 100), "{id}");
        }
    }
}
