//! Writing a text as a YAML scalar that every reader takes for that text.

use crate::model::escape::is_hidden;

/// The text in double quotes. What would not be seen is written as an escape.
#[must_use]
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) || is_noncharacter(c) => out.push_str(&escape(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// YAML takes these only as escapes.
fn is_noncharacter(c: char) -> bool {
    matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
}

fn escape(c: char) -> String {
    match u32::from(c) {
        code @ ..=0xff => format!("\\x{code:02x}"),
        code @ ..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::structured::yaml::parse;

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was(text in any::<String>()) {
            let line = format!("key: {}\n", quoted(&text));
            prop_assert_eq!(line.lines().count(), 1);
            let node = parse("f.yaml", &line).expect(&line).expect("a document");
            prop_assert_eq!(node.entry("key").and_then(|entry| entry.value.text()), Some(text.as_str()));
        }
    }
}
