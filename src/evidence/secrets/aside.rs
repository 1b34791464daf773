//! What stands in a content in another encoding than the rest: letters with NULs between them in a text of bytes, as where
//! UTF-16 was appended to it, and letters without any in UTF-16.

use std::ops::RangeInclusive;

use super::content::{MOST, is_allowed, line_of};
use super::finding::fingerprint;
use super::rules::Rules;
use super::scanner::{self, Hit};

/// A run of fewer letters has no secret, in letters.
const SHORTEST: usize = 16;

/// How much is gathered before it is searched, in bytes.
const GATHERED: usize = 64 << 10;

/// How much of a run that goes on is searched again with what follows, in bytes.
const AGAIN: usize = 4 << 10;

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
    /// Where it begins in the file, and in which line, from 0.
    offset: u64,
    line: u64,
    /// How many bytes of the file a letter takes; 0 as long as there is one.
    step: usize,
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
        Self { rules, gaps, text, runs, current: None, nuls: 0, offset: 0, line: 0, found }
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
        self.search()?;
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
            self.current = Some(Run { begin: self.text.len(), offset: self.offset, line: self.line, step: 0 });
        }
        self.text.push(letter);
        self.nuls = 0;
        if self.text.len() >= GATHERED { self.search() } else { Ok(()) }
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

    /// Searches what was gathered, and forgets it but for the end of a run that goes on.
    fn search(&mut self) -> Result<(), String> {
        self.runs.extend(self.current);
        for hit in scanner::find(self.rules, &self.text, 0..self.text.len())? {
            if self.found.len() < MOST {
                self.found.extend(self.located(&hit));
            }
        }
        self.runs.clear();
        let Some(run) = &mut self.current else {
            self.text.clear();
            return Ok(());
        };
        let at = run.begin.max(self.text.len().saturating_sub(AGAIN));
        let passed = &self.text[run.begin..at];
        run.offset += (passed.len() * run.step) as u64;
        run.line += newlines(passed);
        run.begin = 0;
        self.text.drain(..at);
        Ok(())
    }

    fn located(&self, hit: &Hit) -> Option<Found> {
        let place = &hit.place;
        let run = self.runs[..self.runs.partition_point(|run| run.begin <= place.start)].last()?;
        let before = &self.text[run.begin..place.start];
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() as u64;
        let secret = &self.text[place.clone()];
        let id = self.rules.all()[hit.rule].id;
        Some(Found {
            rule: hit.rule,
            confidence: hit.confidence,
            fingerprint: fingerprint(id, secret),
            line: run.line + newlines(before) + 1,
            column: column + 1,
            start: run.offset + (before.len() * run.step) as u64,
            end: run.offset + ((before.len() + secret.len() - 1) * run.step + 1) as u64,
            is_allowed: is_allowed(line_of(&self.text, place.start), id),
        })
    }
}

fn is_letter(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}
