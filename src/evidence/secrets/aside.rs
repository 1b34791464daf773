//! What stands in a content in another encoding than the rest: letters with NULs between them in a text of bytes, as where
//! UTF-16 was appended to it, and letters without any in UTF-16.

use std::ops::RangeInclusive;

use super::content::{AHEAD, BEHIND, MOST, is_allowed, line_of};
use super::finding::fingerprint;
use super::rules::Rules;
use super::scanner::{self, Hit};

/// A run of fewer letters has no secret, in letters.
const SHORTEST: usize = 16;

/// How much is gathered before it is searched, in bytes.
const GATHERED: usize = 64 << 10;

/// A secret that was found there.
#[derive(Debug)]
pub(super) struct Found {
    /// The rule's place among the rules.
    pub rule: usize,
    /// 0 to 1.
    pub confidence: f64,
    pub fingerprint: String,
    /// From 1; the column in characters from where the run began.
    pub line: u64,
    pub column: u64,
    /// In the file.
    pub start: u64,
    pub end: u64,
    /// Whether a comment allows it.
    pub is_allowed: bool,
}

/// Letters of one encoding.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Where it begins in what was gathered.
    begin: usize,
    /// Where it begins in the file, and in which line, from 0; how many letters of it in that line are forgotten.
    offset: u64,
    line: u64,
    column: u64,
    /// How many bytes of the file a letter takes; 0 as long as there is one.
    step: usize,
}

impl Run {
    /// Begins at a later place of what was gathered, where it is the first one then.
    fn begin_at(&mut self, text: &[u8], place: usize) {
        let passed = text.get(self.begin..place).unwrap_or_default();
        let (column, lines) = (column(passed), newlines(passed));
        self.offset += (passed.len() * self.step) as u64;
        self.line += lines;
        self.column = if lines > 0 { column } else { self.column + column };
        self.begin = self.begin.saturating_sub(place);
    }
}

/// Gathers the runs of a content, byte after byte, and searches them.
pub(super) struct Aside {
    rules: &'static Rules,
    /// How many NULs may stand between two letters.
    gaps: RangeInclusive<usize>,
    text: Vec<u8>,
    runs: Vec<Run>,
    /// The run that goes on.
    current: Option<Run>,
    /// How much of what was gathered is searched: what stands before is there for what follows.
    searched: usize,
    /// How many NULs there are since the last letter.
    nuls: usize,
    offset: u64,
    line: u64,
    found: Vec<Found>,
}

impl Aside {
    /// Of letters with NULs between them.
    pub(super) fn spread(rules: &'static Rules) -> Self {
        Self::of(rules, 1..=3)
    }

    /// Of letters that follow each other.
    pub(super) fn close(rules: &'static Rules) -> Self {
        Self::of(rules, 0..=0)
    }

    fn of(rules: &'static Rules, gaps: RangeInclusive<usize>) -> Self {
        let (text, runs, found) = (Vec::new(), Vec::new(), Vec::new());
        Self { rules, gaps, text, runs, current: None, searched: 0, nuls: 0, offset: 0, line: 0, found }
    }

    /// Goes on at a place of the file, in a line that is counted from 0.
    pub(super) fn at(&mut self, offset: u64, line: u64) {
        if offset != self.offset {
            self.end();
        }
        (self.offset, self.line) = (offset, line);
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// A rule is damaged.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        for byte in bytes {
            match *byte {
                0 if self.nuls < *self.gaps.end() => self.nuls += 1,
                letter if is_letter(letter) => self.letter(letter)?,
                _ => self.end(),
            }
            self.offset += 1;
            self.line += u64::from(*byte == b'\n');
        }
        Ok(())
    }

    /// What was found in all that was taken.
    ///
    /// # Errors
    /// A rule is damaged.
    pub(super) fn finish(mut self) -> Result<Vec<Found>, String> {
        self.end();
        self.search(self.text.len())?;
        Ok(self.found)
    }

    fn letter(&mut self, letter: u8) -> Result<(), String> {
        let (step, is_one) = (self.nuls + 1, self.gaps.contains(&self.nuls));
        let goes_on = self.current.as_mut().is_some_and(|run| {
            if run.step == 0 && is_one {
                run.step = step;
            }
            run.step == step
        });
        if !goes_on {
            self.end();
            let (begin, offset, line) = (self.text.len(), self.offset, self.line);
            self.current = Some(Run { begin, offset, line, column: 0, step: 0 });
        }
        self.text.push(letter);
        self.nuls = 0;
        if self.text.len() >= GATHERED { self.search(self.text.len() - AHEAD) } else { Ok(()) }
    }

    fn end(&mut self) {
        self.nuls = 0;
        let Some(run) = self.current.take() else { return };
        if self.text.len() - run.begin < SHORTEST {
            self.text.truncate(run.begin);
        } else {
            self.text.push(b'\n');
            self.runs.push(run);
        }
    }

    /// Searches what was gathered up to a place, where a secret that begins before it has ended, and forgets it but for the
    /// last of it.
    fn search(&mut self, end: usize) -> Result<(), String> {
        let hits = scanner::find(self.rules, &self.text, self.searched..end)?;
        let room = MOST.saturating_sub(self.found.len());
        let found: Vec<_> = hits.iter().take(room).filter_map(|hit| self.located(hit)).collect();
        self.found.extend(found);
        self.searched = end;
        self.forget(end.saturating_sub(BEHIND));
        Ok(())
    }

    fn forget(&mut self, place: usize) {
        let begun = self.runs.partition_point(|run| run.begin <= place);
        let is_in_current = self.current.is_some_and(|run| run.begin <= place);
        self.runs.drain(..if is_in_current { begun } else { begun.saturating_sub(1) });
        self.runs.iter_mut().chain(&mut self.current).for_each(|run| run.begin_at(&self.text, place));
        self.text.drain(..place);
        self.searched -= place;
    }

    fn located(&self, hit: &Hit) -> Option<Found> {
        let place = &hit.place;
        let begun = &self.runs[..self.runs.partition_point(|run| run.begin <= place.start)];
        let run = self.current.filter(|run| run.begin <= place.start).or(begun.last().copied())?;
        let before = &self.text[run.begin..place.start];
        let (lines, column) = (newlines(before), column(before));
        let secret = &self.text[place.clone()];
        let id = self.rules.all()[hit.rule].id;
        Some(Found {
            rule: hit.rule,
            confidence: hit.confidence,
            fingerprint: fingerprint(id, secret),
            line: run.line + lines + 1,
            column: column + if lines > 0 { 1 } else { run.column + 1 },
            start: run.offset + (before.len() * run.step) as u64,
            end: run.offset + ((before.len() + secret.len() - 1) * run.step + 1) as u64,
            is_allowed: is_allowed(line_of(&self.text, place.start), id),
        })
    }
}

fn is_letter(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// How many letters the last line has.
fn column(text: &[u8]) -> u64 {
    text.iter().rev().take_while(|byte| **byte != b'\n').count() as u64
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}
