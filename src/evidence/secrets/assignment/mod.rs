//! The value that a name is assigned to, in whatever language or format: one reader, byte after byte, without backtracking over
//! more than a few bytes.

use std::ops::Range;

/// How much of a name is looked at on either side of the word that was found, in bytes.
const NAME: usize = 48;

/// How long a value is at least and at most, in bytes.
const VALUE: Range<usize> = 6..4096;

/// How many blanks may stand at a time: files are aligned in columns.
const BLANKS: usize = 60;

/// How long a type between a name and its value may be, in bytes: `: Option<&'static str> =`.
const TYPE: usize = 40;

/// How long the name of a function around a value may be, in bytes.
const CALL: usize = 40;

/// How long letters directly before a quotation mark are at most, in bytes: `b"…"`, `@"…"`, `br"…"`.
const PREFIX: usize = 2;

/// What was assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    /// The name, with all that belongs to it.
    pub name: Range<usize>,
    pub value: Range<usize>,
    /// Whether the value stands between marks: else a query's `&` ends it.
    pub is_quoted: bool,
}

/// Reads on from a word in a name, `at..end`, to what is assigned there.
pub(super) fn read(text: &[u8], at: usize, end: usize) -> Option<Assigned> {
    let before = text[..at].iter().rev().take(NAME).take_while(|byte| is_name(**byte)).count();
    let after = text[end..].iter().take(NAME).take_while(|byte| is_name(**byte)).count();
    let name = at - before..end + after;
    let mut reader = Reader { text, at: name.end };
    let marks = reader.marks();
    let value = reader.operator(&name, marks).then(|| reader.value()).flatten();
    let (value, is_quoted) = value.or_else(|| Reader { text, at: name.end }.command(&name))?;
    Some(Assigned { name, value, is_quoted })
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// A control character ends a value or a line as a line break does: in `/proc/PID/environ`, tables of strings, logs in color.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// What may stand in a value without marks.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/_=.~!@#%^&*?:-$".contains(&byte)
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, most: usize, what: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().iter().take(most).take_while(|byte| what(**byte)).count();
        self.at += count;
        count
    }

    fn take(&mut self, word: &[u8]) -> bool {
        let is_there = self.rest().starts_with(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// Passes what closes a name: quotation marks, also escaped ones, brackets, and the length of an array. Says whether there
    /// were quotation marks.
    fn marks(&mut self) -> bool {
        let begin = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' | b'`' | b']' | b')' | b'}' if self.at < begin + 6 => self.at += 1,
                b'\\'
                    if self.at < begin + 6
                        && self.rest().get(1).is_some_and(|next| is_mark(*next) || *next == b'\\') =>
                {
                    self.at += 1;
                }
                b'[' if self.at == begin => {
                    self.at += 1;
                    self.skip(6, |byte| byte.is_ascii_digit());
                    if !self.take(b"]") {
                        self.at = begin;
                        break;
                    }
                }
                _ if self.rest().starts_with(b"&quot;") => self.at += 6,
                _ => break,
            }
        }
        self.text[begin..self.at].iter().any(|byte| is_mark(*byte))
    }

    /// Passes what stands between a name and its value; `false` where nothing of that kind does.
    fn operator(&mut self, name: &Range<usize>, marks: bool) -> bool {
        if self.peek() == Some(b'>') {
            self.at += 1;
            return self.element();
        }
        if self.rest().starts_with(b"</") {
            return self.sibling();
        }
        let is_open = matches!(self.peek(), Some(b'(' | b'{'));
        let blanks = self.skip(BLANKS, is_blank);
        if self.value_of_name(blanks > 0) || self.sign() || self.typed() {
            self.skip(BLANKS, is_blank);
            return self.block();
        }
        match self.peek() {
            Some(b',') if marks => self.pass(1),
            Some(b'(' | b'{') if is_open && self.rest().get(1).is_some_and(|next| is_mark(*next)) => self.pass(1),
            // `#define API_TOKEN "…"`, `proxy_set_header X-Api-Key "…"`, `password "…"`.
            Some(mark) => blanks > 0 && is_mark(mark) && !self.text[name.end..self.at].contains(&mark),
            None => false,
        }
    }

    fn pass(&mut self, count: usize) -> bool {
        self.at += count;
        self.skip(BLANKS, |byte| byte.is_ascii_whitespace());
        true
    }

    /// `=`, `:=`, `?=`, `||=`, `=>`, `->`, `<-`, `==`, `:` and their like.
    fn sign(&mut self) -> bool {
        let signs = self.rest().iter().take(4).take_while(|byte| b"=:?+|!<>-~&.".contains(byte)).count();
        let found = match &self.rest()[..signs] {
            b":" | b"=>" | b"->" | b"<-" | b"||:" => signs,
            // `.=`, `:=`, `?=`, `||=`, `===`: whatever ends so.
            [.., b'='] => signs,
            // `=-`, `:-default`, `: |`: what follows belongs to the value.
            [b'=', ..] => 1,
            [b':', b'-' | b'?'] => 2,
            [b':', b'|' | b'>', ..] => 1,
            _ => return false,
        };
        let begin = self.at;
        self.at += found;
        if self.text[begin..self.at] == *b":" && self.annotation() {
            return true;
        }
        true
    }

    /// After a colon: a type and then the sign, as in `: &'static str =` and `?: string =`.
    fn annotation(&mut self) -> bool {
        let begin = self.at;
        self.skip(TYPE, |byte| byte.is_ascii_alphanumeric() || b" _.:<>[]&'|?*".contains(&byte));
        let is_type = self.at > begin
            && self.peek() == Some(b'=')
            && self.rest().get(1) != Some(&b'=')
            && self.text[begin..self.at].ends_with(b" ");
        if is_type {
            self.at += 1
        } else {
            self.at = begin
        }
        is_type
    }

    /// Go's and others' type without a colon: `apiToken string =`, `secret?: string =`.
    fn typed(&mut self) -> bool {
        let begin = self.at;
        let optional = self.take(b"?") || self.take(b"!");
        if optional && self.take(b":") && self.annotation() {
            return true;
        }
        let kind = self.skip(TYPE, |byte| byte.is_ascii_alphanumeric() || b"_.*[]&".contains(&byte));
        let blanks = self.skip(BLANKS, is_blank);
        if kind > 0 && blanks > 0 && self.peek() == Some(b'=') && self.rest().get(1) != Some(&b'=') {
            self.at += 1;
            return true;
        }
        self.at = begin;
        false
    }

    /// `name="API_TOKEN" value="…"`, `- name: API_TOKEN` and `value: …` in the next line, `{"key": "API_TOKEN", "value": "…"}`.
    fn value_of_name(&mut self, apart: bool) -> bool {
        let begin = self.at;
        let between = self.skip(BLANKS, |byte| byte.is_ascii_whitespace() || b",;\"'\\".contains(&byte));
        if (apart || between > 0)
            && (self.take(b"value") || self.take(b"Value") || self.take(b"VALUE") || self.take(b"default"))
        {
            self.marks();
            self.skip(BLANKS, is_blank);
            if self.sign() {
                return true;
            }
        }
        self.at = begin;
        false
    }

    /// After `<apiToken>` or `<entry key="apiToken">`.
    fn element(&mut self) -> bool {
        self.skip(BLANKS, |byte| byte.is_ascii_whitespace());
        self.take(b"<![CDATA[");
        self.skip(BLANKS, |byte| byte.is_ascii_whitespace());
        self.peek().is_some_and(|byte| byte != b'<')
    }

    /// After `API_TOKEN</key>`, a property list's next element.
    fn sibling(&mut self) -> bool {
        for _ in 0..2 {
            if self.peek() != Some(b'<') {
                return false;
            }
            self.skip(TYPE, |byte| byte != b'>' && byte != b'\n');
            if !self.take(b">") {
                return false;
            }
            self.skip(BLANKS, |byte| byte.is_ascii_whitespace());
        }
        self.peek().is_some_and(|byte| byte != b'<')
    }

    /// A value in the next line: YAML's `|` and `>`, a line that a formatter broke before a quotation mark.
    fn block(&mut self) -> bool {
        let begin = self.at;
        if matches!(self.peek(), Some(b'|' | b'>')) {
            self.at += 1;
            self.skip(2, |byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'));
            if matches!(self.peek(), Some(b'\n' | b'\r')) && self.skip(BLANKS, |byte| byte.is_ascii_whitespace()) > 1 {
                return true;
            }
            self.at = begin;
        }
        if matches!(self.peek(), Some(b'\n' | b'\r')) {
            self.skip(BLANKS, |byte| byte.is_ascii_whitespace());
            return self.peek().is_some_and(is_mark);
        }
        true
    }

    fn value(&mut self) -> Option<(Range<usize>, bool)> {
        self.skip(2, |byte| matches!(byte, b'(' | b'[' | b'{'));
        self.call();
        let escapes = self.skip(3, |byte| byte == b'\\');
        match self.peek() {
            Some(mark) if is_mark(mark) => {
                self.at += 1;
                // Three of them open a text of several lines.
                if self.rest().starts_with(&[mark, mark]) {
                    self.at += 2;
                    self.skip(BLANKS, |byte| byte.is_ascii_whitespace());
                }
                self.quoted(mark, escapes > 0)
            }
            _ if self.take(b"&quot;") || self.take(b"%22") => self.plain().map(|value| (value, true)),
            _ => self.plain().map(|value| (value, false)),
        }
    }

    /// Passes `new String(`, `b`, `@`: what stands directly before a quotation mark.
    fn call(&mut self) {
        let begin = self.at;
        let word = self.skip(CALL, |byte| byte.is_ascii_alphanumeric() || b"_.:@&$! ".contains(&byte));
        let called = self.take(b"(");
        if word == 0 || !(called || word <= PREFIX) || !self.peek().is_some_and(|byte| is_mark(byte) || byte == b'\\') {
            self.at = begin;
        }
    }

    /// To the mark that closes; a word before it is none of a sentence.
    fn quoted(&mut self, mark: u8, escaped: bool) -> Option<(Range<usize>, bool)> {
        let begin = self.at;
        self.skip(VALUE.end, |byte| byte != mark && byte != b'\\' && byte != b' ' && !byte.is_ascii_control());
        let value = begin..self.at;
        if matches!(self.peek(), Some(b'\n' | b'\r')) {
            self.skip(BLANKS, |byte| byte.is_ascii_whitespace());
        }
        let closes = match escaped {
            true => self.rest().starts_with(b"\\"),
            false => self.peek() == Some(mark) || self.rest().starts_with(b"\\n"),
        };
        (closes && VALUE.contains(&value.len())).then_some((value, true))
    }

    fn plain(&mut self) -> Option<Range<usize>> {
        let begin = self.at;
        self.skip(VALUE.end, is_plain);
        let ends = match self.peek() {
            None => true,
            Some(byte) => byte == b' ' || byte.is_ascii_control() || b",;\"'`<)]}\\|".contains(&byte),
        };
        // `?token=…&name=${NAME}`
        let interpolated = self.peek() == Some(b'{') && self.text[begin..self.at].ends_with(b"$");
        let value = begin..self.at - usize::from(interpolated);
        ((ends || interpolated) && VALUE.contains(&value.len())).then_some(value)
    }

    /// Nothing but blanks: an option of a command line, Dockerfile's `ENV NAME VALUE`, a shell's `setenv`, netrc's `password`.
    fn command(&mut self, name: &Range<usize>) -> Option<(Range<usize>, bool)> {
        self.marks();
        let blanks = self.skip(BLANKS, is_blank);
        let line = self.text[..name.start].iter().rev().take(80).take_while(|byte| !is_control(**byte)).count();
        let before = &self.text[name.start - line..name.start];
        let word = &self.text[name.clone()];
        let is_option = word.starts_with(b"--") || (word.starts_with(b"-") && word.len() > 2);
        // `/proc/PID/cmdline` has a NUL between its words.
        let is_apart = is_option && self.take(b"\0");
        let commands: [&[u8]; 8] = [b"ENV", b"ARG", b"setenv", b"set", b"SET", b"export", b"setx", b"define"];
        let first = before.split(|byte| is_blank(*byte)).find(|word| !word.is_empty());
        let is_set = first.is_some_and(|first| commands.contains(&first));
        let is_netrc = [b"password".as_slice(), b"passwd"].contains(&word)
            && (first.is_none() || memchr::memmem::find(before, b"login ").is_some());
        if (blanks == 0 && !is_apart) || !(is_option || is_set || is_netrc) {
            return None;
        }
        match self.peek() {
            Some(mark) if is_mark(mark) => {
                self.at += 1;
                self.quoted(mark, false)
            }
            _ => self.plain().map(|value| (value, false)),
        }
    }
}

#[cfg(test)]
mod tests;
