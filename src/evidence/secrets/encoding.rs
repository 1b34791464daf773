//! How a content is written, told by its bytes: a name says only that a few NULs are no reason to look away.

use super::unsearched::{self, Cause};

/// How much decides first, in bytes.
const SNIFFED: usize = 8 << 10;

/// One of so many bytes may be what it should not be.
const FEW: usize = 16;

/// The highest high byte of an alphabet in UTF-16: Latin, Greek, Cyrillic, … lie below, and signs and Chinese above.
const ALPHABETS: usize = 0x1f;

/// How many letters without a NUL show that a text is not all UTF-16.
const PLAIN: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes, most of which are letters.
    Bytes,
    Utf16 {
        little: bool,
    },
    None(Cause),
}

/// How many pieces of what follows are looked at where the beginning is no text, and how long each is, in bytes: no power of
/// two, as pages are.
const PIECES: usize = 17;
const PIECE: usize = 256;

/// How a content is written that begins so. What begins as no text may go on as one, behind padding or a header.
pub(super) fn encoding(begin: &[u8], path: &str) -> Encoding {
    let head = &begin[..begin.len().min(SNIFFED)];
    if unsearched::is_archive(head) {
        return Encoding::None(Cause::Archive);
    }
    if memchr::memchr(0, head).is_none() {
        return Encoding::Bytes;
    }
    if let Some(little) = utf16(head).filter(|_| !(has_plain(head) && is_text(head))) {
        return Encoding::Utf16 { little };
    }
    if unsearched::is_utf32(head) {
        return Encoding::None(Cause::Encoding);
    }
    let has_few = nuls(head) * FEW < head.len();
    if is_text(head) || goes_on_as_text(begin, head) || (has_few && unsearched::is_text_by_name(path)) {
        return Encoding::Bytes;
    }
    Encoding::None(Cause::Binary)
}

/// Whether what follows the head is text: pieces of it tell, since most of what is none are pictures, and large. Where the head is
/// mostly NULs, the first that is none of them tells, too.
fn goes_on_as_text(begin: &[u8], head: &[u8]) -> bool {
    if begin.len() == head.len() {
        return false;
    }
    let pieces = begin.chunks(begin.len().div_ceil(PIECES));
    let pieces: Vec<u8> = pieces.flat_map(|piece| &piece[..piece.len().min(PIECE)]).copied().collect();
    let is_padded = nuls(head) * 2 > head.len();
    let behind_padding = || begin.iter().copied().filter(|byte| *byte != 0).take(SNIFFED).collect::<Vec<_>>();
    is_text(&pieces) || (is_padded && is_text(&behind_padding()))
}

/// A byte order mark, or what ASCII and an alphabet beside it look like; whether the low byte is first.
fn utf16(head: &[u8]) -> Option<bool> {
    match head {
        [0xff, 0xfe, third, fourth, ..] if (*third, *fourth) != (0, 0) => return Some(true),
        [0xfe, 0xff, ..] => return Some(false),
        _ => {}
    }
    let (even, odd) = (every_other(head, 0), every_other(head, 1));
    if are_highs(&odd, &even) { Some(true) } else { are_highs(&even, &odd).then_some(false) }
}

/// How often each byte is at every other place.
fn every_other(head: &[u8], first: usize) -> [usize; 256] {
    let mut counts = [0; 256];
    head.iter().skip(first).step_by(2).for_each(|byte| counts[usize::from(*byte)] += 1);
    counts
}

/// Whether most of the high bytes of characters are 0, or nearly all are that or an alphabet's; hardly any low byte is 0.
fn are_highs(highs: &[usize; 256], lows: &[usize; 256]) -> bool {
    let (all, ascii) = (highs.iter().sum::<usize>(), highs[0]);
    let alphabet = highs[1..=ALPHABETS].iter().max().copied().unwrap_or_default();
    let are_letters = ascii * 2 > all || (ascii + alphabet) * FEW > all * (FEW - 1);
    lows[0] * FEW < ascii && are_letters
}

fn nuls(bytes: &[u8]) -> usize {
    memchr::memchr_iter(0, bytes).count()
}

/// Whether there are letters in a row that are no UTF-16.
fn has_plain(head: &[u8]) -> bool {
    head.split(|byte| !(byte.is_ascii_graphic() || byte.is_ascii_whitespace())).any(|run| run.len() >= PLAIN)
}

/// Whether most of the bytes are letters, or nearly all that are no NUL.
fn is_text(bytes: &[u8]) -> bool {
    let letters: usize = bytes.utf8_chunks().map(|chunk| letters(chunk.valid())).sum();
    letters * 2 > bytes.len() || (letters > 0 && letters * FEW > (bytes.len() - nuls(bytes)) * (FEW - 1))
}

/// In bytes.
fn letters(text: &str) -> usize {
    text.chars().filter(|c| !c.is_control() || c.is_ascii_whitespace()).map(char::len_utf8).sum()
}
