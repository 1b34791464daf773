//! Text from outside inside a line of GitHub-flavoured Markdown. It may start nothing: no markup, no HTML, no link, and
//! nothing that a forge makes of plain text afterwards (mentions, references, bare addresses), which no backslash keeps
//! it from. Words that would become such a thing are shown as code, where forges leave them alone.

use crate::model::escape::{is_blank, visible_up_to};
use crate::report::evidence::web_address;

/// The longest text that is shown, in characters (docs/reports.md).
const LIMIT: usize = 400;

/// What stands in for a text that shows nothing.
const NOTHING: &str = "(empty)";

/// The text, to stand anywhere in a line.
#[must_use]
pub(super) fn inline(text: &str) -> String {
    let shown = visible_up_to(text.trim(), LIMIT);
    if is_blank(&shown) {
        return NOTHING.to_owned();
    }
    let mut out = String::new();
    for word in shown.split_inclusive(|c: char| c.is_whitespace() || ends_code(c)) {
        let bare = word.trim_end_matches(|c: char| c.is_whitespace() || ends_code(c));
        push_word(&mut out, bare);
        word[bare.len()..].chars().for_each(|c| push_escaped(&mut out, c));
    }
    if let Some(at) = block_marker(&out) {
        out.insert(at, '\\');
    }
    out
}

/// The text as code: a place, a path, a commit.
#[must_use]
pub(super) fn code(text: &str) -> String {
    let shown = visible_up_to(text, LIMIT);
    if is_blank(&shown) {
        return NOTHING.to_owned();
    }
    let mut out = String::new();
    for piece in shown.split_inclusive(ends_code) {
        let bare = piece.trim_end_matches(ends_code);
        push_code(&mut out, bare);
        piece[bare.len()..].chars().for_each(|c| push_escaped(&mut out, c));
    }
    out
}

/// Evidence: a web address as a link that shows all of itself, anything else as code.
#[must_use]
pub(super) fn evidence(text: &str) -> String {
    web_address(text).map_or_else(|| code(text), |address| format!("<{address}>"))
}

/// A pipe ends the cell of a table, in code too, and a backtick the code: they stand outside of it.
fn ends_code(c: char) -> bool {
    matches!(c, '|' | '`')
}

fn push_word(out: &mut String, word: &str) {
    let core = word.trim_start_matches(['(', '\'', '"']).trim_end_matches([')', '.', ',', ';', ':', '\'', '"', '?']);
    if !core.is_empty() && acts(word) {
        let (before, after) = word.split_once(core).unwrap_or(("", ""));
        push_text(out, before);
        push_code(out, core);
        push_text(out, after);
    } else {
        push_text(out, word);
    }
}

fn push_code(out: &mut String, text: &str) {
    // Of code with a space at both ends one is taken away at each (CommonMark, 6.1).
    let padding = if text.starts_with(' ') && text.ends_with(' ') && text.contains(|c| c != ' ') { " " } else { "" };
    if !text.is_empty() {
        out.extend(["`", padding, text, padding, "`"]);
    }
}

fn push_text(out: &mut String, text: &str) {
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let inside_a_word =
            before.is_some_and(char::is_alphanumeric) && rest.peek().copied().is_some_and(char::is_alphanumeric);
        if c == '_' && inside_a_word {
            out.push(c)
        } else {
            push_escaped(out, c)
        }
        before = Some(c);
    }
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '|' => out.push_str("&#124;"),
        '`' => out.push_str("&#96;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '\\' | '*' | '_' | '[' | ']' | '~' | '^' => out.extend(['\\', c]),
        _ => out.push(c),
    }
}

/// Where a text that begins a line has the marker of a heading or a list.
fn block_marker(text: &str) -> Option<usize> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let marks: &[char] = if digits == 0 { &['#', '+', '-'] } else { &['.', ')'] };
    let after = text[digits..].strip_prefix(marks)?;
    let begins = digits == 0 || after.is_empty() || after.starts_with(char::is_whitespace);
    begins.then_some(digits)
}

/// Whether GitHub or GitLab would make more of the word than text.
fn acts(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let address = lower.contains("://") || lower.contains("www.");
    let emoji = word.matches(':').count() > 1;
    let reference = names_an_issue(&lower) || (word.contains('[') && word.contains(':'));
    word.contains(['@', '$']) || address || emoji || reference || is_marked(word) || names_a_commit(word)
}

/// `GH-7`, GitHub's other way to write `#7`.
fn names_an_issue(lower: &str) -> bool {
    let mut parts = lower.split(|c: char| !c.is_alphanumeric());
    let mut before = parts.next();
    parts.any(|part| before.replace(part) == Some("gh") && part.starts_with(|c: char| c.is_ascii_digit()))
}

/// References to issues, changes, milestones, labels and epics.
fn is_marked(word: &str) -> bool {
    word.chars().zip(word.chars().skip(1)).any(|pair| match pair {
        ('#' | '!', next) => next.is_alphanumeric(),
        ('%' | '~', next) => next.is_alphanumeric() || next == '"',
        ('&', next) => next.is_ascii_digit(),
        _ => false,
    })
}

fn names_a_commit(word: &str) -> bool {
    let is_commit = |part: &str| {
        (7..=64).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_hexdigit())
            && part.contains(|c: char| c.is_ascii_digit())
            && part.contains(|c: char| c.is_ascii_alphabetic())
    };
    word.split(|c: char| !c.is_alphanumeric()).any(is_commit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    /// What a renderer with every extension shows of a document; nothing when it makes more than text of it.
    fn read(markdown: &str) -> Option<String> {
        let mut text = String::new();
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Text(more) | Event::Code(more) => text.push_str(&more),
                Event::Start(
                    Tag::List(None) | Tag::Item | Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell,
                )
                | Event::End(_) => {}
                _ => return None,
            }
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn any_text_reads_as_itself(text in r"[-a-c1@#$%&!~:;.,*_|`\\<>(){}\[\]'/+=^ \u{a0}\u{202e}\n]{1,24}") {
            let shown = visible_up_to(text.trim(), LIMIT);
            prop_assume!(!is_blank(&shown));
            for part in [inline(&text), code(text.trim())] {
                prop_assert_eq!(read(&format!("- {part}\n")), Some(shown.clone()), "{}", part);
                let table = format!("| {part} |\n|---|\n| {part} |\n");
                prop_assert_eq!(read(&table), Some(shown.repeat(2)), "{}", part);
            }
        }
    }

    #[test]
    fn plain_text_stays_readable() {
        for text in [
            "Found an entry for 0.1.0.",
            "CI status is 'failure', not 'success'.",
            "release_point",
            "High-impact",
            "50% of 2",
        ] {
            assert_eq!(inline(text), text);
        }
    }

    #[test]
    fn markup_is_text() {
        let cases = [
            ("a | b", "a &#124; b"),
            ("*x* _y_ ~ z", r"\*x\* \_y\_ \~ z"),
            ("2^x^", r"2\^x\^"),
            ("![x](y)", r"!\[x\](y)"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("`x`", "&#96;x&#96;"),
            (r"\|", r"\\&#124;"),
            ("# x", r"\# x"),
            ("- x", r"\- x"),
            ("12. x", r"12\. x"),
            ("1.2.0 in x", "1.2.0 in x"),
            ("a\nb", r"a\\u{a}b"),
            (" \u{200b} ", r"\\u{200b}"),
            ("", "(empty)"),
        ];
        for (text, shown) in cases {
            assert_eq!(inline(text), shown);
        }
    }

    #[test]
    fn what_a_forge_would_act_upon_is_code() {
        let cases = [
            ("ask @team, now", "ask `@team`, now"),
            ("(#123)", "(`#123`)"),
            ("see https://bad.example.", "see `https://bad.example`."),
            ("www.bad.example", "`www.bad.example`"),
            ("GH-7 a/b#8 !9", "`GH-7` `a/b#8` `!9`"),
            ("at abc1234, HEAD", "at `abc1234`, HEAD"),
            (":tada: $x$", "`:tada`: `$x$`"),
            ("a@b.c|@team", "`a@b.c`&#124;`@team`"),
            ("::error::x", "`::error::x`"),
        ];
        for (text, shown) in cases {
            assert_eq!(inline(text), shown);
        }
    }

    #[test]
    fn code_is_never_left() {
        assert_eq!(code("CHANGELOG.md:7"), "`CHANGELOG.md:7`");
        assert_eq!(code("a`b|``c"), "`a`&#96;`b`&#124;&#96;&#96;`c`");
        assert_eq!(code("| : `"), "&#124;`  :  `&#96;");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert_eq!(evidence("https://ci.example.com/1"), "<https://ci.example.com/1>");
        assert_eq!(evidence("javascript:alert(1)"), "`javascript:alert(1)`");
    }
}
