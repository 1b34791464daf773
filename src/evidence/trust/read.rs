//! Reading files of any size in bounded memory: a few pieces at a time, each ending with a line, on every core.

use std::io::Read;

use memchr::{memchr_iter, memrchr};
use rayon::prelude::*;

use super::tally::Tally;
use super::{Question, record};
use crate::structured::bounded_lines::LINE_LIMIT;

/// How much is read at once, in bytes; a piece grows beyond it only for a longer line.
const PIECE: usize = 1 << 20;

/// How many pieces are held: two for each thread, within 16 MiB.
fn pieces() -> usize {
    (rayon::current_num_threads() * 2).clamp(2, 16)
}

/// Tallies the records of one file; an error names the line.
pub(super) fn tally(mut file: impl Read, question: &Question<'_>) -> Result<Tally, String> {
    let mut total = Tally::default();
    let mut pieces: Vec<Vec<u8>> = vec![Vec::new(); pieces()];
    let mut rest = Vec::new();
    let mut lines_before = 0;
    loop {
        let mut filled = 0;
        let mut last = false;
        while filled < pieces.len() && !last {
            last = fill(&mut file, &mut pieces[filled], &mut rest)
                .map_err(|why| format!("{why}, after line {lines_before}"))?;
            filled += 1;
        }
        let first = lines_before == 0;
        let found: Vec<_> = pieces[..filled]
            .par_iter()
            .enumerate()
            .map(|(at, piece)| piece_tally(if first && at == 0 { without_mark(piece) } else { piece }, question))
            .collect();
        for (lines, tally) in found {
            let tally = tally.map_err(|(line, why)| format!("{}: {why}", lines_before + line))?;
            total.merge(tally, question);
            lines_before += lines;
        }
        if last {
            return Ok(total);
        }
    }
}

fn without_mark(piece: &[u8]) -> &[u8] {
    piece.strip_prefix("\u{feff}".as_bytes()).unwrap_or(piece)
}

/// Fills a piece up to its last line break; what stands behind goes to `rest`. True at the end of the file.
fn fill(file: &mut impl Read, piece: &mut Vec<u8>, rest: &mut Vec<u8>) -> Result<bool, String> {
    piece.clear();
    piece.append(rest);
    loop {
        let before = piece.len();
        let wanted = PIECE.saturating_sub(before).max(PIECE / 4) as u64;
        let read = file.by_ref().take(wanted).read_to_end(piece);
        if read.map_err(|error| format!("it could not be read: {error}"))? == 0 {
            return Ok(true);
        }
        match memrchr(b'\n', &piece[before..]) {
            Some(end) => {
                rest.extend_from_slice(&piece[before + end + 1..]);
                piece.truncate(before + end + 1);
                return Ok(false);
            }
            None if piece.len() > LINE_LIMIT => return Err(format!("a line is longer than {} MiB", LINE_LIMIT >> 20)),
            None => {}
        }
    }
}

/// The tally of whole lines and their number; or the first bad line (from 1) of them, and why.
fn piece_tally(piece: &[u8], question: &Question<'_>) -> (usize, Result<Tally, (usize, String)>) {
    let mut tally = Tally::default();
    let text = match std::str::from_utf8(piece) {
        Ok(text) => text,
        Err(error) => {
            let line = memchr_iter(b'\n', &piece[..error.valid_up_to()]).count() + 1;
            return (line, Err((line, "it is not UTF-8".into())));
        }
    };
    let mut number = 0;
    for line in text.split_terminator('\n') {
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Err(why) = record::parse(line).and_then(|record| tally.add(&record, question)) {
            return (number, Err((number, why)));
        }
    }
    (number, Ok(tally))
}
