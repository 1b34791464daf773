//! Text from outside as HTML text or in a quoted attribute, and what is made of such text.

use crate::model::escape::{is_blank, visible_up_to};
use crate::report::evidence::web_address;

/// The longest text that is shown, in characters. JSON has it whole.
const LIMIT: usize = 4000;

/// What stands in for a text that shows nothing.
const NOTHING: &str = "(empty)";

/// The text, with everything hidden visible, for a place between tags or between double quotes.
#[must_use]
pub(super) fn text(text: &str) -> String {
    let shown = visible_up_to(text, LIMIT);
    let mut out = String::with_capacity(shown.len());
    for c in if is_blank(&shown) { NOTHING } else { &shown }.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A name or the like amid other words, which its own direction of writing does not reorder.
#[must_use]
pub(super) fn isolated(words: &str) -> String {
    format!("<bdi>{}</bdi>", text(words))
}

/// A place, a path, a commit.
#[must_use]
pub(super) fn code(words: &str) -> String {
    format!("<code>{}</code>", text(words))
}

/// Evidence: a web address as a link that shows all of itself, anything else as code.
#[must_use]
pub(super) fn evidence(reference: &str) -> String {
    web_address(reference).map_or_else(
        || code(reference),
        |address| {
            let address = text(address);
            format!("<a href=\"{address}\" rel=\"noopener noreferrer nofollow\">{address}</a>")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        let shown = text("<script>\"'&amp;\u{202e}\u{1b}[2J\n");
        assert_eq!(shown, r"&lt;script&gt;&quot;&#39;&amp;amp;\u{202e}\u{1b}[2J\u{a}");
        assert_eq!((text(" "), text("\u{200b}")), ("(empty)".to_owned(), r"\u{200b}".to_owned()));
    }

    #[test]
    fn only_web_addresses_are_links() {
        let link = "<a href=\"https://x.example/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\">https://x.example/?a=1&amp;b=2</a>";
        assert_eq!(evidence("https://x.example/?a=1&b=2"), link);
        assert_eq!(evidence("javascript:alert(1)"), "<code>javascript:alert(1)</code>");
    }
}
