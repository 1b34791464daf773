//! Making text from outside visible: a name, a file or a server may not move the cursor, reverse the line, or talk to
//! the CI system that reads our output.

use std::borrow::Cow;

/// Whether a character is shown as an escape: control characters, bidirectional controls (Trojan Source,
/// CVE-2021-42574), and everything that takes no visible place.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' => true,
        // No characters at all; XML has no way to write them.
        '\u{fffe}' | '\u{ffff}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => c.is_control(),
    }
}

/// Whether a text shows nothing at all.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_hidden(c))
}

/// Whether `rest`, which starts with `##`, is a command that a CI system obeys anywhere in a line: `##[error]` (GitHub
/// Actions, Azure Pipelines), `##vso[…]` (Azure Pipelines), `##teamcity[…]`.
#[must_use]
pub(crate) fn starts_command(rest: &str) -> bool {
    rest.strip_prefix("##").is_some_and(|after| {
        let name = after.bytes().take_while(u8::is_ascii_alphanumeric).take(32).count();
        after.as_bytes().get(name) == Some(&b'[')
    })
}

/// The text on one line, with everything hidden written as `\u{…}` and CI commands broken up.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'#') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(pieces(text).collect())
}

/// [`visible`], cut after `limit` characters of output; a cut text ends in `…` and no escape is cut in two.
#[must_use]
pub(crate) fn visible_up_to(text: &str, limit: usize) -> String {
    let whole = visible(text);
    if whole.chars().count() <= limit {
        return whole.into_owned();
    }
    let mut room = limit.saturating_sub(1);
    let fitting = pieces(text).take_while(|piece| {
        let width = piece.chars().count();
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    });
    fitting.chain([Cow::Borrowed("…")]).collect()
}

/// [`visible_up_to`] for a line of its own: one that begins with `::`, after whatever space, is a command to GitHub
/// Actions.
#[must_use]
pub(crate) fn visible_line(text: &str, limit: usize) -> String {
    let shown = visible_up_to(text, limit);
    if shown.trim_start().starts_with("::") { shown.replacen(':', r"\u{3a}", 1) } else { shown }
}

/// The text's characters as they are shown, a piece for each.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.char_indices().map(|(at, c)| {
        let before_hash = at > 0 && text.as_bytes()[at - 1] == b'#';
        if is_hidden(c) || (before_hash && c == '#' && starts_command(&text[at - 1..])) {
            Cow::Owned(c.escape_unicode().to_string())
        } else {
            Cow::Borrowed(&text[at..at + c.len_utf8()])
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown() {
        let cases = [
            ("plain text", "plain text"),
            ("Zoë 林 🚀", "Zoë 林 🚀"),
            ("a\nb\rc\td", r"a\u{a}b\u{d}c\u{9}d"),
            ("\u{1b}[2J\u{9b}1m\u{7f}", r"\u{1b}[2J\u{9b}1m\u{7f}"),
            ("\u{202e}OG-ON\u{202c}\u{2066}", r"\u{202e}OG-ON\u{202c}\u{2066}"),
            ("a\u{200b}b\u{feff}\u{2028}\u{e0041}", r"a\u{200b}b\u{feff}\u{2028}\u{e0041}"),
            ("a\u{fffe}\u{ffff}", r"a\u{fffe}\u{ffff}"),
        ];
        for (text, shown) in cases {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn commands_are_broken_up_and_headings_are_not() {
        let cases = [
            ("Jane ##[add-mask]x", r"Jane #\u{23}[add-mask]x"),
            ("##vso[task.x]", r"#\u{23}vso[task.x]"),
            ("###[error]", r"##\u{23}[error]"),
            ("## [1.2.3]", "## [1.2.3]"),
            ("## 1.2.3", "## 1.2.3"),
        ];
        for (text, shown) in cases {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_escapes() {
        assert_eq!(visible_up_to("abcdef", 6), "abcdef");
        assert_eq!(visible_up_to("abcdefg", 6), "abcde…");
        assert_eq!(visible_up_to("abc\u{202e}\u{202e}", 12), r"abc\u{202e}…");
        assert_eq!(visible_up_to(&"\u{7}".repeat(1000), 400).chars().count() / 5, 79);
    }
}
