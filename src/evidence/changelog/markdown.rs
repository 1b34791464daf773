//! Headings of a Markdown changelog, as a CommonMark parser sees them.
//!
//! A parser's tree takes many times the memory of a hostile text, so a long text is parsed in windows: whatever stands
//! at the top level before the window's last block is final, and the next window starts with that block.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::date::{is_date, is_month, is_number_of};
use super::hidden::Hidden;
use super::search::PARAGRAPH;
use super::{Search, title};
use crate::model::problem::line_of;

const WINDOW: usize = 256 << 10;
/// No block that a person wrote is longer. One of this length can cost the parser a hundred megabytes.
const WIDEST: usize = 2 << 20;

/// Reports headings and text to `search`.
///
/// # Errors
/// The line of a block that is too large for [`WIDEST`]; nothing after it was read.
pub(super) fn scan(text: &str, search: &mut Search) -> Result<(), usize> {
    let mut start = after_front_matter(text);
    let mut window = WINDOW;
    let mut hidden = Hidden::default();
    while start < text.len() && !search.is_over() {
        let end = window_end(text, start, window);
        let blocks = Blocks { text, start, end, pending: None, hidden: hidden.clone() };
        let (last, state) = blocks.report(search);
        if last > start {
            (start, window, hidden) = (last, WINDOW, state);
        } else if window < WIDEST {
            window *= 2;
        } else {
            return Err(line_of(text, start));
        }
    }
    Ok(())
}

/// The end of the last whole line in the window: `start` when there is none.
fn window_end(text: &str, start: usize, window: usize) -> usize {
    match text.as_bytes().get(start..start + window) {
        Some(bytes) => bytes.iter().rposition(|b| *b == b'\n').map_or(start, |at| start + at + 1),
        None => text.len(),
    }
}

/// The end of the line that holds byte `at`, its line break included.
fn line_end(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    text.as_bytes()[at..].iter().position(|b| *b == b'\n').map_or(text.len(), |n| at + n + 1)
}

/// Skips the YAML block that site generators put first; a parser would take its end for an underline.
fn after_front_matter(text: &str) -> usize {
    let mut lines = super::lines::Lines::new(text);
    if lines.next().is_none_or(|(_, line)| line != "---") {
        return 0;
    }
    lines.find(|(_, line)| *line == "---").map_or(0, |(at, _)| line_end(text, at))
}

/// The top-level blocks of one window.
struct Blocks<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    pending: Option<Block>,
    hidden: Hidden,
}

/// A top-level block, as far as it matters here.
struct Block {
    at: usize,
    kind: Kind,
    /// What it says.
    pieces: Vec<Piece>,
    /// What was hidden when it began.
    before: Hidden,
}

enum Kind {
    Heading(usize),
    /// Whether all of it is in bold.
    Paragraph {
        bold: bool,
    },
    Other,
}

struct Piece {
    at: usize,
    words: String,
    part: Part,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Text,
    Listing,
    /// A heading in a list or a quotation: none of an entry's words, and maybe one of an entry that was not understood.
    Heading,
}

impl Blocks<'_> {
    /// Reports the window's blocks, but not the last one unless the text ends with it. Says where to go on, and what is
    /// hidden there.
    fn report(mut self, search: &mut Search) -> (usize, Hidden) {
        let mut inside = Inside::default();
        for (event, range) in Parser::new_ext(&self.text[self.start..self.end], Options::empty()).into_offset_iter() {
            if inside.depth == 0 {
                self.begin(&event, &range, search);
            }
            if let Some(block) = &mut self.pending {
                inside.take(&event, self.start + range.start, block, &mut self.hidden);
            }
            if search.is_over() {
                return (self.end, self.hidden);
            }
        }
        if self.end == self.text.len() {
            self.flush(search);
            return (self.end, self.hidden);
        }
        self.pending.map_or((self.start, self.hidden), |block| (block.at, block.before))
    }

    fn begin(&mut self, event: &Event, range: &Range<usize>, search: &mut Search) {
        self.flush(search);
        let offset = self.start + range.start;
        let at = self.text[..offset].rfind('\n').map_or(0, |n| n + 1);
        let kind = match event {
            Event::Start(Tag::Heading { level, .. }) => Kind::Heading(*level as usize),
            Event::Start(Tag::Paragraph) => {
                Kind::Paragraph { bold: is_bold(&self.text[offset..self.start + range.end]) }
            }
            _ => Kind::Other,
        };
        self.pending = Some(Block { at, kind, pieces: Vec::new(), before: self.hidden.clone() });
    }

    fn flush(&mut self, search: &mut Search) {
        let Some(block) = self.pending.take() else { return };
        let title = || block.pieces.iter().map(|piece| piece.words.as_str()).collect::<String>();
        match block.kind {
            // All of it was hidden.
            Kind::Heading(_) if block.before.is_on() && block.pieces.is_empty() => {}
            Kind::Heading(level) => search.heading(level, block.at, &title()),
            Kind::Paragraph { bold } if is_entry(&title(), bold, search.version) => {
                search.heading(PARAGRAPH, block.at, &title());
            }
            _ => block.report(search),
        }
    }
}

impl Block {
    fn report(&self, search: &mut Search) {
        for Piece { at, words, part } in &self.pieces {
            match part {
                Part::Text => search.text(*at, words),
                Part::Listing => search.shown(words),
                Part::Heading => search.mention(*at, words),
            }
        }
    }

    fn is_heading(&self) -> bool {
        matches!(self.kind, Kind::Heading(_))
    }

    /// Puts words to the last piece, or begins one.
    fn add(&mut self, at: usize, words: &str, goes_on: bool, part: Part) {
        let limit = if self.is_heading() { usize::MAX } else { LONGEST };
        match self.pieces.last_mut().filter(|piece| goes_on && piece.part == part && piece.words.len() < limit) {
            Some(piece) => piece.words.push_str(words),
            None => self.pieces.push(Piece { at, words: words.to_owned(), part }),
        }
    }
}

/// A longer piece of a text is cut.
const LONGEST: usize = 4096;

/// Whether a paragraph is all in bold.
fn is_bold(source: &str) -> bool {
    let inner = source.trim().strip_prefix("**").and_then(|rest| rest.strip_suffix("**"));
    inner.is_some_and(|inner| !inner.contains("**"))
}

/// Whether a paragraph is nothing but a version with its day, or nothing but a version in bold.
fn is_entry(paragraph: &str, bold: bool, version: &str) -> bool {
    let Some(release) = title::read(paragraph, version).filter(|release| release.name.is_none()) else { return false };
    let words = release.rest.split(|c: char| c.is_whitespace() || "()[],".contains(c));
    let mut words = words.filter(|word| word.contains(char::is_alphanumeric)).peekable();
    let is_dated = words.peek().is_some();
    let is_part = |word: &str| is_date(word) || is_month(word) || is_number_of(word.trim_end_matches("th"), 1..=4);
    release.is_unreleased || ((bold || is_dated) && words.all(is_part))
}

/// Where the parser is within a top-level block.
#[derive(Default)]
struct Inside {
    depth: usize,
    headings: usize,
    images: usize,
    listings: usize,
    /// The next text goes on with the last piece.
    goes_on: bool,
    html: String,
}

impl Inside {
    fn take(&mut self, event: &Event, at: usize, block: &mut Block, hidden: &mut Hidden) {
        match event {
            Event::Start(tag) => self.enter(tag),
            Event::End(tag) => self.leave(*tag, at, block, hidden),
            Event::Text(text) | Event::Code(text) if !hidden.is_on() => self.text(at, text, block),
            Event::Html(html) => self.html.push_str(html),
            Event::InlineHtml(tag) => {
                hidden.visible(tag);
                if tag.starts_with("<br") {
                    self.text(at, " ", block);
                }
            }
            Event::SoftBreak | Event::HardBreak => self.text(at, "\n", block),
            _ => {}
        }
    }

    fn enter(&mut self, tag: &Tag) {
        self.depth += 1;
        match tag {
            Tag::Heading { .. } => self.headings += 1,
            Tag::Image { .. } => self.images += 1,
            Tag::CodeBlock(_) => self.listings += 1,
            _ => {}
        }
        self.goes_on &= is_inline(&tag.to_end());
    }

    fn leave(&mut self, tag: TagEnd, at: usize, block: &mut Block, hidden: &mut Hidden) {
        self.depth -= 1;
        match tag {
            TagEnd::Heading(_) => self.headings -= 1,
            TagEnd::Image => self.images -= 1,
            TagEnd::CodeBlock => self.listings -= 1,
            TagEnd::HtmlBlock => {
                let words = hidden.visible(&std::mem::take(&mut self.html));
                block.add(at, &words, false, Part::Text);
            }
            _ => {}
        }
        self.goes_on &= is_inline(&tag);
    }

    fn text(&mut self, at: usize, text: &str, block: &mut Block) {
        let part = match (self.headings, self.listings) {
            (0, 0) => Part::Text,
            (0, _) => Part::Listing,
            _ => Part::Heading,
        };
        if !block.is_heading() || self.images == 0 {
            block.add(at, text, self.goes_on, part);
            self.goes_on = true;
        }
    }
}

fn is_inline(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image | TagEnd::Superscript
    )
}
