//! TOML as cargo and uv write it: a header or a key a line, texts in double quotes without escapes, tables on one line, lists on one
//! line or with an item on each.

use super::{Keys, is_printable};

/// How deep lists and tables on one line may be nested.
const DEPTH_LIMIT: usize = 8;

/// What stands behind a key or in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'t> {
    /// A text.
    Text(&'t str),
    /// A whole number without a sign, `true` or `false`.
    Word(&'t str),
    /// A table on one line, without its braces.
    Table(&'t str),
    /// A list on one line, without its brackets.
    List(&'t str),
    /// A list with an item on each of the next lines.
    Lines,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line<'t> {
    /// `[name]`.
    Table(&'t str),
    /// `[[name]]`.
    Item(&'t str),
    /// `key = value`.
    Field(&'t str, Value<'t>),
}

/// The lines of a text.
pub(crate) struct Lines<'t> {
    rest: &'t str,
}

impl<'t> Lines<'t> {
    /// The lines of a text; `None` where it has what no such text has.
    pub(crate) fn of(text: &'t str) -> Option<Self> {
        is_printable(text.as_bytes()).then_some(Self { rest: text })
    }

    /// The next line, without those that are blank or a comment. The inner `None` is the end.
    pub(crate) fn next(&mut self) -> Option<Option<Line<'t>>> {
        while !self.rest.is_empty() {
            let line = self.line();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            return Some(Some(parsed(line)?));
        }
        Some(None)
    }

    /// The items of a list, each of them whole on its line or all on that of the key.
    pub(crate) fn list(
        &mut self,
        value: Value<'t>,
        mut each: impl FnMut(&mut Self, Value<'t>) -> Option<()>,
    ) -> Option<()> {
        match value {
            Value::List(inner) => items(inner, |value| each(self, value)),
            Value::Lines => loop {
                if self.rest.is_empty() {
                    return None;
                }
                let line = self.line();
                if line == "]" {
                    return Some(());
                }
                let (value, rest) = inline(line.trim_start_matches(' '))?;
                if rest != "," {
                    return None;
                }
                each(self, value)?;
            },
            _ => None,
        }
    }

    /// Passes over a value, held to the same form.
    pub(crate) fn skip(&mut self, value: Value<'t>) -> Option<()> {
        match value {
            Value::Lines => self.list(value, |lines, item| lines.skip(item)),
            value => checked(value),
        }
    }

    fn line(&mut self) -> &'t str {
        let end = memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        line
    }
}

fn parsed(line: &str) -> Option<Line<'_>> {
    if let Some(name) = line.strip_prefix("[[") {
        let name = name.strip_suffix("]]")?;
        return name.split('.').all(is_bare).then_some(Line::Item(name));
    }
    if let Some(name) = line.strip_prefix('[') {
        let name = name.strip_suffix(']')?;
        return name.split('.').all(is_bare).then_some(Line::Table(name));
    }
    let (key, value) = key(line)?;
    if value == "[" {
        return Some(Line::Field(key, Value::Lines));
    }
    let (value, rest) = inline(value)?;
    rest.is_empty().then_some(Line::Field(key, value))
}

/// A key, and what stands behind ` = `.
fn key(text: &str) -> Option<(&str, &str)> {
    let end = memchr::memchr(b' ', text.as_bytes())?;
    let (key, rest) = text.split_at(end);
    is_bare(key).then_some((key, rest.strip_prefix(" = ")?))
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A value on one line, and what follows it. What is in a table or a list is looked at by whoever reads it.
fn inline(text: &str) -> Option<(Value<'_>, &str)> {
    match text.as_bytes().first()? {
        b'"' => {
            let inner = &text[1..];
            let end = memchr::memchr2(b'"', b'\\', inner.as_bytes())?;
            let rest = inner[end..].strip_prefix('"')?;
            // Three quotes begin another kind of text.
            (end > 0 || !rest.starts_with('"')).then_some((Value::Text(&inner[..end]), rest))
        }
        b'{' => closed(text, b'}').map(|(inner, rest)| (Value::Table(inner), rest)),
        b'[' => closed(text, b']').map(|(inner, rest)| (Value::List(inner), rest)),
        _ => {
            let end = text.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
            let (word, rest) = text.split_at(end);
            let is_number = word.len() < 18 && word.bytes().all(|byte| byte.is_ascii_digit());
            let is_word = word == "true" || word == "false" || is_number && (word == "0" || !word.starts_with('0'));
            let is_whole = matches!(rest.as_bytes().first(), None | Some(b',' | b' ' | b']' | b'}'));
            (is_word && is_whole && !word.is_empty()).then_some((Value::Word(word), rest))
        }
    }
}

/// What stands between a bracket and the one that closes it, and what follows.
fn closed(text: &str, by: u8) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut open = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += 1 + memchr::memchr2(b'"', b'\\', bytes.get(at + 1..)?)?,
            b'{' | b'[' => open += 1,
            b'}' | b']' => {
                open -= 1;
                if open == 0 {
                    return (*byte == by).then(|| (&text[1..at], &text[at + 1..]));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The entries of a table on one line.
pub(crate) fn table<'t>(inner: &'t str, mut each: impl FnMut(&'t str, Value<'t>) -> Option<()>) -> Option<()> {
    if inner.is_empty() {
        return Some(());
    }
    let mut keys = Keys::default();
    let mut rest = inner.strip_prefix(' ')?;
    loop {
        let (name, value) = key(rest)?;
        let (value, more) = inline(value)?;
        keys.add(name)?;
        each(name, value)?;
        match more.strip_prefix(", ") {
            Some(more) => rest = more,
            None => return (more == " ").then_some(()),
        }
    }
}

/// The items of a list on one line.
fn items<'t>(inner: &'t str, mut each: impl FnMut(Value<'t>) -> Option<()>) -> Option<()> {
    let mut rest = inner;
    while !rest.is_empty() {
        let (value, more) = inline(rest)?;
        each(value)?;
        rest = if more.is_empty() { more } else { more.strip_prefix(", ").filter(|more| !more.is_empty())? };
    }
    Some(())
}

/// Holds a value on one line to the form, whatever is in it.
pub(crate) fn checked(value: Value<'_>) -> Option<()> {
    checked_at(value, 0)
}

fn checked_at(value: Value<'_>, depth: usize) -> Option<()> {
    match value {
        _ if depth > DEPTH_LIMIT => None,
        Value::Text(_) | Value::Word(_) => Some(()),
        Value::Table(inner) => table(inner, |_, value| checked_at(value, depth + 1)),
        Value::List(inner) => items(inner, |value| checked_at(value, depth + 1)),
        Value::Lines => None,
    }
}

/// A text, where the value is one.
pub(crate) fn text(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the lines come to, in words.
    fn told(text: &str) -> Option<Vec<String>> {
        let (mut lines, mut told) = (Lines::of(text)?, Vec::new());
        while let Some(line) = lines.next()? {
            match line {
                Line::Field(key, value @ (Value::Lines | Value::List(_))) => {
                    let mut items = Vec::new();
                    lines.list(value, |lines, item| {
                        items.push(format!("{item:?}"));
                        lines.skip(item)
                    })?;
                    told.push(format!("{key} {}", items.join(" ")));
                }
                Line::Field(key, value) => {
                    told.push(format!("{key} {value:?}"));
                    lines.skip(value)?;
                }
                other => told.push(format!("{other:?}")),
            }
        }
        Some(told)
    }

    #[test]
    fn regular_lines_are_read() {
        let text = "# c\nversion = 1\n\n[[package]]\nname = \"a\"\nx = { b = \"c\", d = [\"e\", 1], f = { g = true } }\n\
                    l = [\n \"m\",\n    { n = \"o\" },\n]\ni = [\"p\", \"q\"]\n[package.sub]\n";
        let expected = [
            "version Word(\"1\")",
            "Item(\"package\")",
            "name Text(\"a\")",
            "x Table(\" b = \\\"c\\\", d = [\\\"e\\\", 1], f = { g = true } \")",
            "l Text(\"m\") Table(\" n = \\\"o\\\" \")",
            "i Text(\"p\") Text(\"q\")",
            "Table(\"package.sub\")",
        ];
        assert_eq!(told(text), Some(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn whatever_is_unusual_is_left_to_the_full_parser() {
        let others = [
            "a = 'b'\n",
            "a = \"\\n\"\n",
            "a = \"\"\"b\"\"\"\n",
            "a = 1.5\n",
            "a = 01\n",
            "a = 2026-01-02\n",
            "a = \"b\" # c\n",
            "a.b = 1\n",
            "\"a\" = 1\n",
            "a=1\n",
            " a = 1\n",
            "a = [1,2]\n",
            "a = {b = 1}\n",
            "a = { b = 1, b = 2 }\n",
            "a = [\n  1\n]\n",
            "a = [\n  1,\n",
            "[a b]\n",
            "a = \"ä\"\n",
            "a = 1\r\n",
            "a = [1, ]\n",
            "a = { b = 1 } x\n",
            "a = [}\n",
            "a = inf\n",
            "a = \"b\n",
        ];
        for text in others {
            assert_eq!(told(text), None, "{text:?}");
        }
    }
}
