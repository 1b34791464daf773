//! JSON with comments and trailing commas, as Deno, Bun and editors have it.

/// The same text with blanks for comments and for commas before a closing bracket: every other byte stays where it is, so that
/// places are those of the text.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut comma: Option<usize> = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (piece, blank) = piece(rest, first);
        match first {
            _ if blank => {}
            ']' | '}' => {
                if let Some(byte) = comma.take().and_then(|at: usize| plain.get_mut(at)) {
                    *byte = b' ';
                }
            }
            ',' => comma = Some(plain.len()),
            first if !first.is_whitespace() => comma = None,
            _ => {}
        }
        plain.extend(piece.bytes().map(|byte| if blank && byte != b'\n' { b' ' } else { byte }));
        rest = &rest[piece.len()..];
    }
    String::from_utf8(plain).unwrap_or_default()
}

/// The string, comment or character that a text begins with, and whether it is a comment.
fn piece(text: &str, first: char) -> (&str, bool) {
    if first == '"' {
        return (&text[..string_end(text)], false);
    }
    if text.starts_with("//") {
        return (&text[..text.find('\n').unwrap_or(text.len())], true);
    }
    match text.strip_prefix("/*").and_then(|inside| inside.find("*/")) {
        Some(end) => (&text[..end + 4], true),
        None => (&text[..first.len_utf8()], false),
    }
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let closes = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_blanks() {
        let cases = [
            ("{\"a\": [1, 2,],}", "{\"a\": [1, 2 ] }"),
            ("{\"a\": \",]\",\n}", "{\"a\": \",]\" \n}"),
            ("[\"\\\"\", // x,]\n]", "[\"\\\"\"        \n]"),
            ("[1, /* ä\n */ 2]", "[1,      \n    2]"),
            ("[1,,]", "[1, ]"),
            ("[1 / 2]", "[1 / 2]"),
            ("\"open", "\"open"),
            ("/* open", "/* open"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
