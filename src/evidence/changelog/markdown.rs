//! Headings of a Markdown changelog, as a CommonMark parser sees them.
//!
//! A parser's tree takes many times the memory of a hostile text, so a long text is parsed in windows: whatever stands
//! at the top level before the window's last block is final, and the next window starts with that block.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Search, has_words};
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
    while start < text.len() && !search.is_over() {
        let end = window_end(text, start, window);
        let last = Blocks { text, start, end, pending: None }.report(search);
        if last > start {
            (start, window) = (last, WINDOW);
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
}

/// A top-level block, as far as it matters here.
struct Block {
    at: usize,
    heading: Option<(usize, String)>,
    has_text: bool,
}

impl Blocks<'_> {
    /// Reports the window's blocks, but not the last one unless the text ends with it. Says where to go on.
    fn report(mut self, search: &mut Search) -> usize {
        let mut inside = Inside::default();
        for (event, range) in Parser::new_ext(&self.text[self.start..self.end], Options::empty()).into_offset_iter() {
            if inside.depth == 0 {
                self.begin(&event, &range, search);
            }
            if let Some(block) = &mut self.pending {
                inside.take(&event, block);
            }
            if search.is_over() {
                return self.end;
            }
        }
        if self.end == self.text.len() {
            self.flush(search);
            return self.end;
        }
        self.pending.map_or(self.start, |block| block.at)
    }

    fn begin(&mut self, event: &Event, range: &Range<usize>, search: &mut Search) {
        self.flush(search);
        let offset = self.start + range.start;
        let at = self.text[..offset].rfind('\n').map_or(0, |n| n + 1);
        let heading = match event {
            Event::Start(Tag::Heading { level, .. }) => Some((*level as usize, String::new())),
            _ => None,
        };
        self.pending = Some(Block { at, heading, has_text: false });
    }

    fn flush(&mut self, search: &mut Search) {
        match self.pending.take() {
            Some(Block { at, heading: Some((level, title)), .. }) => search.heading(level, at, &title),
            Some(Block { has_text: true, .. }) => search.text(),
            _ => {}
        }
    }
}

/// Where the parser is within a top-level block.
#[derive(Default)]
struct Inside {
    depth: usize,
    headings: usize,
    images: usize,
    html: String,
}

impl Inside {
    fn take(&mut self, event: &Event, block: &mut Block) {
        match event {
            Event::Start(tag) => self.enter(tag),
            Event::End(tag) => self.leave(*tag, block),
            Event::Text(text) | Event::Code(text) => self.text(text, block),
            Event::Html(html) => self.html.push_str(html),
            Event::InlineHtml(tag) if tag.starts_with("<br") => self.text(" ", block),
            Event::SoftBreak | Event::HardBreak => self.text(" ", block),
            _ => {}
        }
    }

    fn enter(&mut self, tag: &Tag) {
        self.depth += 1;
        match tag {
            Tag::Heading { .. } => self.headings += 1,
            Tag::Image { .. } => self.images += 1,
            _ => {}
        }
    }

    fn leave(&mut self, tag: TagEnd, block: &mut Block) {
        self.depth -= 1;
        match tag {
            TagEnd::Heading(_) => self.headings -= 1,
            TagEnd::Image => self.images -= 1,
            TagEnd::HtmlBlock => block.has_text |= html_has_words(&std::mem::take(&mut self.html)),
            _ => {}
        }
    }

    fn text(&self, text: &str, block: &mut Block) {
        match &mut block.heading {
            Some((_, title)) if self.images == 0 => title.push_str(text),
            None if self.headings == 0 => block.has_text |= has_words(text),
            _ => {}
        }
    }
}

/// Whether words are left when tags and comments are taken away.
fn html_has_words(html: &str) -> bool {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if has_words(&rest[..at]) {
            return true;
        }
        let close = if rest[at..].starts_with("<!--") { "-->" } else { ">" };
        match rest[at..].find(close) {
            Some(end) => rest = &rest[at + end + close.len()..],
            None => return false,
        }
    }
    has_words(rest)
}
