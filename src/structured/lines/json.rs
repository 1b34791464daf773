//! JSON as npm writes it: indented by two spaces, a member or an item a line, texts without escapes.

use super::{Keys, is_printable};

/// How deep what nobody reads may be nested.
const DEPTH_LIMIT: usize = 32;

/// What stands behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'t> {
    /// A text.
    Text(&'t str),
    /// A text with escapes, which nobody here reads.
    Escaped,
    /// A whole number without a sign, `true`, `false` or `null`.
    Word(&'t str),
    /// An object; whether something is in it, on the next lines.
    Object(bool),
    /// A list; whether something is in it, on the next lines.
    List(bool),
}

/// The lines of a text.
pub(crate) struct Lines<'t> {
    rest: &'t str,
}

impl<'t> Lines<'t> {
    /// The lines of a text that is one object; `None` where it has what no such text has.
    pub(crate) fn of(text: &'t str) -> Option<Self> {
        let rest = text.strip_prefix("{\n")?;
        is_printable(text.as_bytes()).then_some(Self { rest })
    }

    /// Whether everything was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The members of the object at a depth, whose opening line was read; the outermost has depth 0. No key is there twice.
    pub(crate) fn fields(
        &mut self,
        depth: usize,
        mut each: impl FnMut(&mut Self, &'t str, Value<'t>) -> Option<()>,
    ) -> Option<()> {
        let mut keys = Keys::default();
        self.each(depth, |lines, key, value| {
            keys.add(key)?;
            each(lines, key, value)
        })
    }

    /// The same; whether a key is there twice, whoever asks has to look.
    pub(crate) fn each(
        &mut self,
        depth: usize,
        mut each: impl FnMut(&mut Self, &'t str, Value<'t>) -> Option<()>,
    ) -> Option<()> {
        self.members(depth, '}', |lines, line| {
            let (key, rest) = quoted(line)?;
            let (value, is_last) = value(rest.strip_prefix(": ")?)?;
            each(lines, key, value)?;
            Some((is_last, value))
        })
    }

    /// Passes over a value at a depth, held to the same form.
    pub(crate) fn skip(&mut self, depth: usize, of: Value<'t>) -> Option<()> {
        match of {
            _ if depth > DEPTH_LIMIT => None,
            Value::Text(_) | Value::Escaped | Value::Word(_) | Value::Object(false) | Value::List(false) => Some(()),
            Value::Object(true) => self.fields(depth + 1, |lines, _, value| lines.skip(depth + 1, value)),
            Value::List(true) => self.members(depth + 1, ']', |lines, line| {
                let (value, is_last) = value(line)?;
                lines.skip(depth + 1, value)?;
                Some((is_last, value))
            }),
        }
    }

    /// The lines of what was opened; `each` says whether its value, as it stands on its own line, is the last. That of one with
    /// lines of its own says so on its closing line.
    fn members(
        &mut self,
        depth: usize,
        close: char,
        mut each: impl FnMut(&mut Self, &'t str) -> Option<(bool, Value<'t>)>,
    ) -> Option<()> {
        loop {
            let line = indented(self.line()?, 2 * depth + 2)?;
            let (is_last, value) = each(self, line)?;
            let is_last = match value {
                Value::Object(true) | Value::List(true) => !self.closing_has_comma(depth + 1)?,
                _ => is_last,
            };
            if is_last {
                // The line that closes this one stays, for whoever opened it.
                return self.is_closing(depth, close).then_some(());
            }
        }
    }

    /// Takes the closing line of what was opened at a depth: whether a comma stands there.
    fn closing_has_comma(&mut self, depth: usize) -> Option<bool> {
        let line = indented(self.line()?, 2 * depth)?;
        match line {
            "}" | "]" => Some(false),
            "}," | "]," => Some(true),
            _ => None,
        }
    }

    /// Whether the next line closes what was opened at a depth.
    fn is_closing(&self, depth: usize, close: char) -> bool {
        let line = self.rest.trim_start_matches(' ');
        self.rest.len() - line.len() == 2 * depth && line.starts_with(close)
    }

    /// Takes the closing line of the outermost object.
    pub(crate) fn close(&mut self) -> Option<()> {
        self.rest = self.rest.strip_prefix("}")?;
        self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
        Some(())
    }

    fn line(&mut self) -> Option<&'t str> {
        let end = memchr::memchr(b'\n', self.rest.as_bytes())?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(line)
    }
}

/// What stands behind so many spaces.
fn indented(line: &str, spaces: usize) -> Option<&str> {
    let (head, rest) = line.split_at_checked(spaces)?;
    head.bytes().all(|byte| byte == b' ').then_some(rest)
}

/// A text in quotes, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let end = memchr::memchr2(b'"', b'\\', inner.as_bytes())?;
    Some((&inner[..end], inner[end..].strip_prefix('"')?))
}

/// What follows a text in quotes that has plain escapes in it.
fn behind_escaped(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('"')?;
    loop {
        let at = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
        if rest.as_bytes()[at] == b'"' {
            return Some(&rest[at + 1..]);
        }
        rest =
            rest.get(at + 1..).filter(|rest| rest.starts_with(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']))?.get(1..)?;
    }
}

/// The value at the end of a line, and whether no comma follows.
fn value(text: &str) -> Option<(Value<'_>, bool)> {
    let (value, rest) = match text.as_bytes().first()? {
        b'"' => match quoted(text) {
            Some((text, rest)) => (Value::Text(text), rest),
            None => (Value::Escaped, behind_escaped(text)?),
        },
        b'{' => match &text[1..] {
            "" => (Value::Object(true), ""),
            rest => (Value::Object(false), rest.strip_prefix('}')?),
        },
        b'[' => match &text[1..] {
            "" => (Value::List(true), ""),
            rest => (Value::List(false), rest.strip_prefix(']')?),
        },
        _ => {
            let (word, rest) = text.strip_suffix(',').map_or((text, ""), |word| (word, ","));
            let is_number = word.len() < 18 && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
            let is_word =
                matches!(word, "true" | "false" | "null") || is_number && (word == "0" || !word.starts_with('0'));
            (is_word.then_some(Value::Word(word))?, rest)
        }
    };
    match rest {
        "" => Some((value, true)),
        "," => Some((value, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value as Json, json};

    use super::*;

    /// The tree that the lines come to; of what is skipped, `null`.
    fn tree(text: &str) -> Option<Json> {
        fn object(lines: &mut Lines<'_>, depth: usize) -> Option<Json> {
            let mut found = Map::new();
            lines.fields(depth, |lines, key, value| {
                let value = match value {
                    Value::Text(text) => text.into(),
                    Value::Object(true) => object(lines, depth + 1)?,
                    other => {
                        lines.skip(depth, other)?;
                        Json::Null
                    }
                };
                found.insert(key.to_owned(), value);
                Some(())
            })?;
            Some(found.into())
        }
        let mut lines = Lines::of(text)?;
        let tree = object(&mut lines, 0)?;
        lines.close()?;
        lines.is_at_end().then_some(tree)
    }

    #[test]
    fn regular_lines_are_read() {
        let value = json!({"a": "b", "c": {"d": "e", "f": {}, "g": [], "h": [1, "i", {"j": true}]}, "k": {"l": {"m": "n"}}, "o": "p\"\n"});
        let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
        let expected =
            json!({"a": "b", "c": {"d": "e", "f": null, "g": null, "h": null}, "k": {"l": {"m": "n"}}, "o": null});
        assert_eq!(tree(&text), Some(expected));
    }

    #[test]
    fn whatever_is_unusual_is_left_to_the_full_parser() {
        let others = [
            "{}\n",
            "{\n}\n",
            "{\n  \"a\": \"b\",\n}\n",
            "{\n  \"a\": \"b\"\n  \"c\": \"d\"\n}\n",
            "{\n  \"a\": \"\\u0041\"\n}\n",
            "{\n  \"a\": 1.5\n}\n",
            "{\n \"a\": 1\n}\n",
            "{\n   \"a\": 1\n}\n",
            "{\n  \"a\": {\n    \"b\": 1\n  ],\n  \"c\": 1\n}\n",
            "{\n  \"a\": 1\n]\n",
            "{\n  \"a\": 1\n}\n\n",
            "{\n  \"a\": 1,\n  \"a\": 2\n}\n",
            "{\n  \"a\": [\n    1,\n  ]\n}\n",
            "{\n  \"a\": ä\n}\n",
            "{\n  \"a\" : 1\n}\n",
            "{\n  \"a\": 01\n}\n",
        ];
        for text in others {
            assert_eq!(tree(text), None, "{text:?}");
        }
    }
}
