//! One content, piece by piece: text or not, UTF-16, windows that overlap, lines and columns.

use std::io::{self, Read};

use memchr::memrchr;

use super::aside::{self, Aside};
use super::encoding::{Encoding, encoding};
use super::finding::{Finding, fingerprint};
use super::rules::Rules;
use super::scanner::{self, Hit, without_overlaps};
use super::unsearched::Cause;

/// How much is searched at once, in bytes.
const WINDOW: usize = 1 << 20;

/// How much of the next window a match may need: the longest reach of a rule, and some context.
pub(super) const AHEAD: usize = 16 << 10;

/// How much stays of the last window: the longest `before` of a rule, context, and the beginning of a line.
pub(super) const BEHIND: usize = 4 << 10;

/// How much of UTF-16 is decoded at once, in bytes.
const DECODED: usize = 8 << 10;

/// How many findings of one content are kept: it is given up then.
pub(crate) const MOST: usize = 100_000;

/// How much of a line is looked at for what allows a finding on it, in bytes each way.
const LINE: usize = 4 << 10;

/// What allows a finding on its line.
const ALLOW: &[u8] = b"delivery-gate:allow";

/// What one content came to.
#[derive(Debug, Default, PartialEq)]
pub struct Looked {
    /// In order of their places.
    pub findings: Vec<Finding>,
    /// Those that a comment allows.
    pub allowed: Vec<Finding>,
    /// How many bytes were read.
    pub bytes: u64,
    /// Why nothing of it was searched, and what the user would call it.
    pub unsearched: Option<(Cause, String)>,
    /// Whether it is no file but a name or a message, and not counted as one.
    pub beside: bool,
    /// Whether it had more findings than are kept: the rest was not searched.
    pub given_up: bool,
}

/// A buffer to be used again.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    decoded: Vec<u8>,
}

/// Searches a content to its end.
///
/// # Errors
/// It cannot be read.
pub(crate) fn look(
    rules: &'static Rules,
    confidence: f64,
    path: &str,
    from: &mut dyn Read,
    buffer: &mut Buffer,
) -> io::Result<Looked> {
    let Buffer { bytes, decoded } = buffer;
    bytes.resize(WINDOW + AHEAD + BEHIND, 0);
    let mut length = fill(from, bytes, 0)?;
    let mut looking = Looking { rules, confidence, path, raw: Vec::new(), at: Position::default(), utf16: false };
    let mut looked = Looked { bytes: length as u64, ..Looked::default() };
    match encoding(&bytes[..length], path) {
        Encoding::None(cause) => return Ok(Looked { unsearched: Some((cause, path.to_owned())), ..looked }),
        Encoding::Utf16 { little } => {
            looking.utf16 = true;
            let rest = &mut bytes[..length].chain(from);
            let (left, aside) = (std::mem::take(decoded), Aside::close(rules));
            let mut text = Utf16 { from: rest, little, pending: None, read: 0, left, given: 0, aside };
            let mut window = vec![0; bytes_in_window()];
            let mut filled = fill(&mut text, &mut window, 0)?;
            looking.windows(&mut text, &mut window, &mut filled, None)?;
            looked.bytes = text.read;
            *decoded = text.left;
            looking.beside(text.aside)?;
        }
        Encoding::Bytes => {
            let mut aside = Aside::spread(rules);
            looked.bytes = looking.windows(from, bytes, &mut length, Some(&mut aside))?;
            looking.beside(aside)?;
        }
    }
    looking.finish(&mut looked);
    Ok(looked)
}

fn bytes_in_window() -> usize {
    WINDOW + AHEAD + BEHIND
}

/// Reads until the buffer is full or the content ends; returns how much of the buffer is filled.
fn fill(from: &mut dyn Read, buffer: &mut [u8], mut at: usize) -> io::Result<usize> {
    while at < buffer.len() {
        match from.read(&mut buffer[at..]) {
            Ok(0) => break,
            Ok(count) => at += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(at)
}

/// UTF-16 read as UTF-8.
struct Utf16<'a> {
    from: &'a mut dyn Read,
    little: bool,
    pending: Option<u16>,
    read: u64,
    left: Vec<u8>,
    given: usize,
    /// What stands in it that is none.
    aside: Aside,
}

impl Read for Utf16<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.left.len() {
            self.decode()?;
        }
        let count = into.len().min(self.left.len() - self.given);
        into[..count].copy_from_slice(&self.left[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

impl Utf16<'_> {
    fn decode(&mut self) -> io::Result<()> {
        let mut raw = [0; DECODED];
        let filled = fill(self.from, &mut raw, 0)?;
        self.read += filled as u64;
        self.aside.take(&raw[..filled]).map_err(io::Error::other)?;
        (self.given, self.left) = (0, Vec::with_capacity(2 * DECODED));
        let of = if self.little { u16::from_le_bytes } else { u16::from_be_bytes };
        let mut units: Vec<u16> = self.pending.take().into_iter().collect();
        units.extend(raw[..filled].chunks_exact(2).map(|pair| of([pair[0], pair[1]])));
        if filled == raw.len() {
            // Half a surrogate pair waits for the other half.
            self.pending = units.pop_if(|last| (0xd800..0xdc00).contains(last));
        }
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
        self.left.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Where a window begins in its content.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    offset: u64,
    /// In the file, where it is not the same: UTF-16.
    in_file: u64,
    line: u64,
    /// Characters of the line that lie before the window.
    column: u64,
}

impl Position {
    fn after(self, text: &[u8], utf16: bool) -> Self {
        let lines = memchr::memchr_iter(b'\n', text).count() as u64;
        let (tail, before) = memrchr(b'\n', text).map_or((text, self.column), |at| (&text[at + 1..], 0));
        let in_file = if utf16 { utf16_length(text) } else { text.len() as u64 };
        Self {
            offset: self.offset + text.len() as u64,
            in_file: self.in_file + in_file,
            line: self.line + lines,
            column: before + characters(tail),
        }
    }
}

fn characters(text: &[u8]) -> u64 {
    text.iter().filter(|byte| (**byte).cast_signed() >= -0x40).count() as u64
}

/// Two bytes for each character, four where UTF-8 has four.
fn utf16_length(text: &[u8]) -> u64 {
    2 * (characters(text) + text.iter().filter(|byte| **byte >= 0xf0).count() as u64)
}

struct Looking<'a> {
    rules: &'static Rules,
    confidence: f64,
    path: &'a str,
    /// By rule; whether a comment allows it.
    raw: Vec<(usize, Finding, bool)>,
    at: Position,
    utf16: bool,
}

impl Looking<'_> {
    /// Searches window after window; returns how many bytes there were. What has NULs in it is handed on.
    fn windows(
        &mut self,
        from: &mut dyn Read,
        buffer: &mut [u8],
        length: &mut usize,
        mut aside: Option<&mut Aside>,
    ) -> io::Result<u64> {
        let (mut begin, mut fresh) = (0, 0);
        loop {
            let (known, new) = buffer[..*length].split_at(fresh);
            if let Some(aside) = aside.as_mut().filter(|_| memchr::memchr(0, new).is_some()) {
                let at = self.at.after(known, self.utf16);
                aside.at(at.in_file, at.line);
                aside.take(new).map_err(io::Error::other)?;
            }
            let ends = *length < buffer.len();
            let end = if ends { *length } else { *length - AHEAD };
            let hits = scanner::find(self.rules, &buffer[..*length], begin..end).map_err(io::Error::other)?;
            self.note(&buffer[..*length], hits);
            if ends || self.raw.len() >= MOST {
                return Ok(self.at.offset + *length as u64);
            }
            let kept = end - BEHIND;
            self.at = self.at.after(&buffer[..kept], self.utf16);
            buffer.copy_within(kept..*length, 0);
            fresh = *length - kept;
            (begin, *length) = (BEHIND, fill(from, buffer, fresh)?);
        }
    }

    fn note(&mut self, text: &[u8], mut hits: Vec<Hit>) {
        hits.sort_by_key(|hit| hit.place.start);
        let (mut counted, mut at) = (0, self.at);
        for hit in hits {
            let rule = &self.rules.all()[hit.rule];
            if hit.confidence < self.confidence && !rule.auto_block {
                continue;
            }
            at = at.after(&text[counted..hit.place.start], self.utf16);
            counted = hit.place.start;
            let finding = self.finding(&hit, &text[hit.place.clone()], at);
            let allowed = is_allowed(line_of(text, hit.place.start), rule.id);
            self.raw.push((hit.rule, finding, allowed));
        }
    }

    fn finding(&self, hit: &Hit, secret: &[u8], start: Position) -> Finding {
        let rule = &self.rules.all()[hit.rule];
        Finding {
            kind: rule.id,
            path: self.path.to_owned(),
            commit: None,
            line: start.line + 1,
            column: start.column + 1,
            start: start.in_file,
            end: start.after(secret, self.utf16).in_file,
            confidence: hit.confidence,
            auto_blocked: rule.auto_block,
            fingerprint: fingerprint(rule.id, secret),
        }
    }

    /// Takes in what was found in another encoding.
    fn beside(&mut self, aside: Aside) -> io::Result<()> {
        for found in aside.finish().map_err(io::Error::other)? {
            let aside::Found { rule: number, confidence, fingerprint, line, column, start, end, is_allowed } = found;
            let rule = &self.rules.all()[number];
            if confidence < self.confidence && !rule.auto_block {
                continue;
            }
            let (path, auto_blocked) = (self.path.to_owned(), rule.auto_block);
            let (kind, commit) = (rule.id, None);
            let finding =
                Finding { kind, path, commit, line, column, start, end, confidence, auto_blocked, fingerprint };
            self.raw.push((number, finding, is_allowed));
        }
        Ok(())
    }

    fn finish(self, looked: &mut Looked) {
        looked.given_up = self.raw.len() >= MOST;
        let kept = without_overlaps(self.rules, self.raw, |(rule, finding, _)| (*rule, finding.start..finding.end));
        for (_, finding, allowed) in kept {
            if allowed { looked.allowed.push(finding) } else { looked.findings.push(finding) }
        }
    }
}

pub(super) fn line_of(text: &[u8], at: usize) -> &[u8] {
    let (first, last) = (at.saturating_sub(LINE), text.len().min(at + LINE));
    let begin = memrchr(b'\n', &text[first..at]).map_or(first, |newline| first + newline + 1);
    let end = memchr::memchr(b'\n', &text[at..last]).map_or(last, |newline| at + newline);
    &text[begin..end]
}

/// Whether a line has the comment for a type.
pub(super) fn is_allowed(line: &[u8], kind: &str) -> bool {
    memchr::memmem::find_iter(line, ALLOW).any(|at| {
        let rest = &line[at + ALLOW.len()..];
        let words = rest.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).filter(|word| !word.is_empty());
        rest.starts_with(b" ") && words.take(1).any(|word| word == kind.as_bytes())
    })
}
