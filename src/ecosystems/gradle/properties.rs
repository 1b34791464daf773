//! Java's properties. <https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.Reader->

/// Each property: its name, its value and the line that it begins on, from 1. A later one replaces an earlier one of its name.
pub(super) fn read(text: &str) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut logical = line.trim_start_matches(is_blank).to_owned();
        if logical.is_empty() || logical.starts_with(['#', '!']) {
            continue;
        }
        while goes_on(&logical) {
            logical.pop();
            let Some((_, next)) = lines.next() else { break };
            logical.push_str(next.trim_start_matches(is_blank));
        }
        let (name, value) = parts(&logical);
        found.push((plain(name), plain(value).trim_end().to_owned(), index + 1));
    }
    found
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Whether an odd number of backslashes ends a line.
fn goes_on(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// The name and the value: between them stand blanks with one `=` or `:` among them, or blanks alone.
fn parts(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, c)| {
        let ends = !escaped && (is_blank(*c) || matches!(c, '=' | ':'));
        escaped = !escaped && *c == '\\';
        ends
    });
    let Some((end, _)) = end else { return (line, "") };
    let value = line[end..].trim_start_matches(is_blank);
    let value = value.strip_prefix(['=', ':']).unwrap_or(value);
    (&line[..end], value.trim_start_matches(is_blank))
}

/// A text without its escapes; `\u` without four hex digits stays.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut chars = after.chars();
        let Some(c) = chars.next() else { return plain };
        rest = chars.as_str();
        match c {
            't' => plain.push('\t'),
            'n' => plain.push('\n'),
            'r' => plain.push('\r'),
            'f' => plain.push('\u{c}'),
            'u' => {
                let code =
                    rest.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                match code {
                    Some(c) => {
                        plain.push(c);
                        rest = &rest[4..];
                    }
                    None => plain.push_str("\\u"),
                }
            }
            other => plain.push(other),
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read_as_java_does() {
        let text =
            "# no\n! no\n\n a = 1\nb:2\nc 3\nd\t=\t\\u0034\ne\\ f=\\=5\\\n   6\nversion=\ng = h = i \nj=\\uZ\nk\\";
        let found: Vec<_> =
            read(text).into_iter().map(|(name, value, line)| format!("{line} {name}={value}")).collect();
        let expected =
            ["4 a=1", "5 b=2", "6 c=3", "7 d=4", "8 e f==56", "10 version=", "11 g=h = i", "12 j=\\uZ", "13 k="];
        assert_eq!(found, expected);
    }
}
