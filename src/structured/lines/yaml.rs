//! YAML as programs write it, read in one pass and without a tree: block mappings and lists that are indented by two spaces, one
//! entry a line, its value a text or a flow collection on that line.
//!
//! Whatever else YAML may have (comments, anchors, tags, texts over several lines, escapes, anything that is not ASCII) is
//! answered with `None`: not that the text is wrong, but that the full parser has to say.

use super::{Keys, is_printable};

/// How deep what nobody reads may be nested.
const DEPTH_LIMIT: usize = 16;

/// The longest key in bytes: the full parser has a bound of 1,024 characters.
const KEY_LIMIT: usize = 900;

/// What stands behind a key or a dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'t> {
    /// Nothing on that line: what is indented below it, or null.
    Below,
    /// A text, beyond doubt.
    Text(&'t str),
    /// A scalar that may stand for something else than a text (a number, `true`), or has an escape.
    Word(&'t str),
    /// A mapping on one line, without its braces.
    Mapping(&'t str),
    /// A list on one line, without its brackets.
    List(&'t str),
}

#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    /// How many spaces stand before it.
    depth: usize,
    /// None for an item of a list.
    key: Option<&'t str>,
    value: Value<'t>,
}

/// A text, and the line that comes next.
pub(crate) struct Lines<'t> {
    rest: &'t str,
    next: Option<Line<'t>>,
}

impl<'t> Lines<'t> {
    /// The lines of a text; `None` where it has what no such text has.
    pub(crate) fn of(text: &'t str) -> Option<Self> {
        let bytes = text.as_bytes();
        let has_comment = bytes.first() == Some(&b'#')
            || memchr::memchr_iter(b'#', bytes).any(|at| at > 0 && matches!(bytes[at - 1], b' ' | b'\n'));
        if has_comment || !is_printable(bytes) {
            return None;
        }
        let mut lines = Self { rest: text, next: None };
        lines.advance()?;
        Some(lines)
    }

    /// Whether everything was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.next.is_none()
    }

    /// The mapping whose keys stand behind `depth` spaces. Whether a key is there twice, whoever asks has to look.
    pub(crate) fn each(
        &mut self,
        depth: usize,
        mut each: impl FnMut(&mut Self, &'t str, Value<'t>) -> Option<()>,
    ) -> Option<()> {
        while let Some(line) = self.next.filter(|line| line.depth == depth) {
            let key = line.key?;
            self.advance()?;
            each(self, key, line.value)?;
        }
        // What is deeper belongs to a key whose value was read, and was not read.
        self.next.is_none_or(|line| line.depth < depth).then_some(())
    }

    /// The same; no key is there twice.
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

    /// Whether the value of a key behind `depth` spaces has something below it.
    pub(crate) fn is_below(&self, depth: usize) -> bool {
        self.next.is_some_and(|line| line.depth > depth)
    }

    /// Passes over the value of a key behind `depth` spaces, held to the same form.
    pub(crate) fn skip(&mut self, depth: usize, value: Value<'t>) -> Option<()> {
        match value {
            Value::Text(_) | Value::Word(_) => Some(()),
            Value::Mapping(inner) => flow(inner, |_, _| Some(())),
            Value::List(inner) => items(inner),
            Value::Below if depth / 2 > DEPTH_LIMIT => None,
            Value::Below => match self.next.filter(|line| line.depth > depth) {
                None => Some(()),
                Some(line) if line.depth != depth + 2 => None,
                Some(Line { key: Some(_), .. }) => {
                    self.fields(depth + 2, |lines, _, value| lines.skip(depth + 2, value))
                }
                Some(_) => self.list(depth + 2),
            },
        }
    }

    /// A list of scalars.
    fn list(&mut self, depth: usize) -> Option<()> {
        while let Some(line) = self.next.filter(|line| line.depth == depth) {
            match line {
                Line { key: None, value: Value::Text(_) | Value::Word(_), .. } => self.advance()?,
                _ => return None,
            }
        }
        self.next.is_none_or(|line| line.depth < depth).then_some(())
    }

    fn advance(&mut self) -> Option<()> {
        self.next = loop {
            if self.rest.is_empty() {
                break None;
            }
            let end = memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
            let line = &self.rest[..end];
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !line.is_empty() {
                break Some(Line::of(line)?);
            }
        };
        Some(())
    }
}

impl<'t> Line<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let depth = line.bytes().position(|byte| byte != b' ')?;
        let content = &line[depth..];
        let (key, rest) = match content.as_bytes() {
            [b'-', b' ', ..] => return Some(Self { depth, key: None, value: scalar(&content[2..])? }),
            [quote @ (b'\'' | b'"'), quoted @ ..] => {
                let end = 1 + quoted.iter().position(|byte| matches!(byte, b'\'' | b'"' | b'\\'))?;
                let is_ended = content.as_bytes()[end..].starts_with(&[*quote, b':']);
                (&content[1..end], is_ended.then(|| &content[end + 2..])?)
            }
            bytes => {
                let end = end_of_key(bytes)?;
                let Value::Text(key) = word(&content[..end])? else { return None };
                (key, &content[end + 1..])
            }
        };
        if key.len() > KEY_LIMIT {
            return None;
        }
        let value = match rest.as_bytes() {
            [] => Value::Below,
            [b' ', ..] => value_of(&rest[1..])?,
            _ => return None,
        };
        Some(Self { depth, key: Some(key), value })
    }
}

/// The entries of a mapping on one line.
pub(crate) fn flow<'t>(inner: &'t str, mut each: impl FnMut(&'t str, Value<'t>) -> Option<()>) -> Option<()> {
    let mut keys = Keys::default();
    let mut rest = inner;
    while !rest.is_empty() {
        let end = memchr::memchr(b':', rest.as_bytes())?;
        let Value::Text(key) = word(&rest[..end])? else { return None };
        if has_nesting(key.as_bytes()) || memchr::memchr3(b',', b'\'', b'"', key.as_bytes()).is_some() {
            return None;
        }
        let (value, more) = item(rest[end + 1..].strip_prefix(' ')?)?;
        keys.add(key)?;
        each(key, value)?;
        rest = more;
    }
    Some(())
}

fn items(inner: &str) -> Option<()> {
    let mut rest = inner;
    while !rest.is_empty() {
        rest = item(rest)?.1;
    }
    Some(())
}

/// A scalar of a flow collection, and what follows behind the comma.
fn item(text: &str) -> Option<(Value<'_>, &str)> {
    let end = match text.strip_prefix('\'') {
        Some(quoted) => memchr::memchr(b'\'', quoted.as_bytes())? + 2,
        None => memchr::memchr(b',', text.as_bytes()).unwrap_or(text.len()),
    };
    let (own, more) = text.split_at(end);
    let rest = match more {
        "" => more,
        // A comma before the end, with nothing behind it, is for the full parser.
        _ => more.strip_prefix(", ").filter(|more| !more.is_empty())?,
    };
    if !own.starts_with('\'') && has_nesting(own.as_bytes()) {
        return None;
    }
    Some((scalar(own)?, rest))
}

fn has_nesting(text: &[u8]) -> bool {
    memchr::memchr2(b'{', b'}', text).or_else(|| memchr::memchr2(b'[', b']', text)).is_some()
}

fn value_of(text: &str) -> Option<Value<'_>> {
    match text.as_bytes().first()? {
        b'{' => text[1..].strip_suffix('}').map(Value::Mapping),
        b'[' => text[1..].strip_suffix(']').map(Value::List),
        _ => scalar(text),
    }
}

fn scalar(text: &str) -> Option<Value<'_>> {
    let bytes = text.as_bytes();
    let quote = match bytes {
        [quote @ (b'\'' | b'"'), .., last] if quote == last => *quote,
        [b'\'' | b'"', ..] => return None,
        _ if end_of_key(bytes).is_some() => return None,
        _ => return word(text),
    };
    let inner = &text[1..text.len() - 1];
    if memchr::memchr2(quote, b'\\', inner.as_bytes()).is_none() {
        return Some(Value::Text(inner));
    }
    // Of escapes only a doubled quote is known here, and nobody reads what has one.
    let is_doubled = quote == b'\'' && inner.split("\'\'").all(|part| !part.contains('\''));
    is_doubled.then_some(Value::Word(inner))
}

/// A scalar without quotes that ends no key within.
fn word(text: &str) -> Option<Value<'_>> {
    let (first, last) = (*text.as_bytes().first()?, *text.as_bytes().last()?);
    let may_start =
        first.is_ascii_alphanumeric() || matches!(first, b'^' | b'~' | b'<' | b'=' | b'/' | b'.' | b'_' | b'(' | b'$');
    if !may_start || matches!(last, b' ' | b':') {
        return None;
    }
    Some(if is_text(text, first) { Value::Text(text) } else { Value::Word(text) })
}

/// Whether a scalar without quotes can be nothing else than a text.
fn is_text(text: &str, first: u8) -> bool {
    match first {
        // A number has one point at most, and of these letters none; a version has two, or one of them.
        b'0'..=b'9' => {
            let is_of_texts =
                |byte: &u8| matches!(byte, b'g'..=b'n' | b'p'..=b'w' | b'y' | b'z' | b'*' | b'^' | b'~' | b'|');
            let bytes = text.as_bytes();
            let has_two_points = bytes.iter().filter(|byte| **byte == b'.').count() > 1;
            (has_two_points || text.ends_with(".x") || bytes.iter().any(is_of_texts)) && !bytes.contains(&b':')
        }
        b'^' | b'/' | b'(' | b'_' | b'$' => true,
        b'~' | b'<' | b'=' => text.as_bytes().get(1).is_some_and(u8::is_ascii_digit),
        b'.' => matches!(text.as_bytes().get(1), None | Some(b'.' | b'/')),
        _ => text.len() > 5 || !is_word(text),
    }
}

/// What stands for something else in one version of YAML or another.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 14] =
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "nan", "inf", "nil"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Where a key ends: at a colon behind which a space or nothing stands.
fn end_of_key(bytes: &[u8]) -> Option<usize> {
    let ends = |at: &usize| matches!(bytes.get(at + 1), None | Some(b' '));
    // Most are too short for a search by blocks.
    if bytes.len() < 32 {
        return (0..bytes.len()).find(|at| bytes[*at] == b':' && ends(at));
    }
    memchr::memchr_iter(b':', bytes).find(ends)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value as Json};

    use super::*;

    /// The tree that the lines come to, every scalar a text.
    fn tree(text: &str) -> Option<Json> {
        fn below<'t>(lines: &mut Lines<'t>, depth: usize, value: Value<'t>) -> Option<Json> {
            Some(match value {
                Value::Text(text) => text.into(),
                Value::Below if lines.is_below(depth) => mapping(lines, depth + 2)?,
                _ => return None,
            })
        }
        fn mapping(lines: &mut Lines<'_>, depth: usize) -> Option<Json> {
            let mut found = Map::new();
            lines.fields(depth, |lines, key, value| {
                let value = below(lines, depth, value)?;
                found.insert(key.to_owned(), value).is_none().then_some(())
            })?;
            Some(found.into())
        }
        let mut lines = Lines::of(text)?;
        let tree = mapping(&mut lines, 0)?;
        lines.is_at_end().then_some(tree)
    }

    #[test]
    fn regular_lines_are_read() {
        let text = "a: 1.2.3\n\n'@b/c':\n  d: ^1 || ^2\n  e:\n    'f(g@1)': link:../x\nz: 'true'\n";
        let expected =
            serde_json::json!({"a": "1.2.3", "@b/c": {"d": "^1 || ^2", "e": {"f(g@1)": "link:../x"}}, "z": "true"});
        assert_eq!(tree(text), Some(expected));
    }

    #[test]
    fn whatever_is_unusual_is_left_to_the_full_parser() {
        let others = [
            "a: b # c\n",
            "# c\na: b\n",
            "a: &x b\n",
            "a: *x\n",
            "a: !t b\n",
            "a: |\n  b\n",
            "a: b\n c: d\n",
            "a:\n   b: c\n",
            "a: b\na: c\n",
            "a: b\n  c: d\n",
            "- a\n",
            "a: 'it's'\n",
            "a: \"\\x41\"\n",
            "a: ä\n",
            "a: b\r\n",
            "a:\tb\n",
            "a: true\n",
            "a: 1.5\n",
            "a: b: c\n",
            "a: ~\n",
            "---\na: b\n",
            "? a\n: b\n",
            "a : b\n",
            "a:  b\n",
            "a: b \n",
            "no: b\n",
            "1.5: b\n",
            "a: 2026-01-02\n",
            "a: 1:30\n",
        ];
        for text in others {
            assert_eq!(tree(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_noticed() {
        let key = |n: usize| format!("k{n:02}: v\n");
        let ordered: String = (0..60).map(key).collect();
        assert!(tree(&ordered).is_some());
        for again in [0, 1, 15, 16, 40, 59] {
            assert_eq!(tree(&format!("{ordered}{}", key(again))), None, "{again}");
        }
        let mut lines = Lines::of("a:\n  x: {b: 1, c: 2, b: 3}\n").unwrap();
        assert!(lines.each(0, |lines, _, value| lines.skip(0, value)).is_none());
    }
}
