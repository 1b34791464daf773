//! A Markdown text as a reader of the rendered page sees it.
//!
//! Left out: code (fenced, indented, inline, `<code>`, `<pre>`), HTML comments and tags, images, link definitions that
//! no link uses. A comment that is not closed hides the rest, also where a renderer would show its opening as text:
//! what somebody may have meant to hide is not seen.

use std::ops::Range;

use super::badge;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

/// Stands for code and rules: neither blank nor part of a word.
const CODE: char = '\u{fffc}';
/// Before a word in code, where it is read.
const WORD_IN_CODE: char = '\u{e001}';
/// The `<` of a tag.
const TAG: char = '\u{e000}';
/// Before and after a link's destination, which follows the link's text.
pub(super) const LINK: char = '\u{1}';
/// Each byte of a comment or a tag.
pub(super) const HIDDEN: char = '\0';

/// Elements whose content is no text.
const OPAQUE: [&str; 4] = ["code", "pre", "script", "style"];

/// The visible text.
pub(super) struct Visible {
    /// Lines, link destinations and placeholders. Hidden bytes are there as NUL.
    pub(super) text: String,
    /// Every line, in order.
    pub(super) lines: Vec<Line>,
}

/// One line of one block.
pub(super) struct Line {
    /// Its bytes in the visible text.
    pub(super) range: Range<usize>,
    /// Where it begins in the source.
    pub(super) at: usize,
    pub(super) kind: Kind,
    /// Lines of one block share it.
    pub(super) block: usize,
    /// Whether white space precedes it in the source; only told for the second and later lines of a block.
    pub(super) indented: bool,
    /// Whether it stands in a quotation.
    pub(super) quoted: bool,
}

/// What a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Heading,
    /// A paragraph at the top level.
    Paragraph,
    /// A table's cell.
    Cell {
        table: usize,
        row: usize,
        head: bool,
    },
    Other,
}

impl Visible {
    pub(super) fn of(source: &str) -> Self {
        Self::built(Builder { source, ..Builder::default() })
    }

    /// The same of a record, in which a badge may show the status, or one word in code.
    pub(super) fn of_record(source: &str) -> Self {
        Self::built(Builder { source, is_record: true, ..Builder::default() })
    }

    fn built(mut builder: Builder<'_>) -> Self {
        let source = builder.source;
        for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
            builder.take(event, &range);
        }
        builder.end_line();
        Self { text: without_hidden(&builder.text), lines: builder.lines }
    }

    /// The line in which a byte of the visible text stands, by its index.
    pub(super) fn line_at(&self, at: usize) -> Option<usize> {
        let index = self.lines.partition_point(|line| line.range.end < at);
        self.lines.get(index).is_some_and(|line| line.range.start <= at).then_some(index)
    }

    /// A line's words, without link destinations and what is hidden.
    pub(super) fn words(&self, line: &Line) -> String {
        let text = &self.text[line.range.clone()];
        let shown: String = text.split(LINK).step_by(2).collect();
        shown.replace([HIDDEN, WORD_IN_CODE], "").trim().to_owned()
    }

    /// Whether a line has a word in code that is read.
    pub(super) fn has_code(&self, line: &Line) -> bool {
        self.text[line.range.clone()].contains(WORD_IN_CODE)
    }

    /// A line with its links' destinations, each between spaces.
    pub(super) fn with_links(&self, line: &Line) -> String {
        self.text[line.range.clone()].replace([HIDDEN, WORD_IN_CODE], "").replace(LINK, " ").trim().to_owned()
    }

    /// Whether nothing but hidden text follows.
    pub(super) fn ends_at(&self, at: usize) -> bool {
        self.text[at..].chars().all(|c| c == HIDDEN || c.is_whitespace())
    }
}

#[derive(Default)]
struct Builder<'a> {
    source: &'a str,
    text: String,
    lines: Vec<Line>,
    line: Option<Line>,
    kind: Option<Kind>,
    depth: usize,
    block: usize,
    table: usize,
    row: usize,
    head: bool,
    code: bool,
    quotes: usize,
    indented: bool,
    images: usize,
    is_record: bool,
    /// The address of the outermost picture, and its alternative text.
    picture: Option<(CowStr<'a>, String)>,
    links: Vec<CowStr<'a>>,
}

impl<'a> Builder<'a> {
    fn take(&mut self, event: Event<'a>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => self.enter(tag, range.start),
            Event::End(tag) => self.leave(tag, range.start),
            Event::Text(text) => self.text(range.start, &text),
            Event::Code(text) if self.is_record && text.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                self.push(range.start, &format!("{WORD_IN_CODE}{text}"));
            }
            Event::Code(_) => self.push(range.start, CODE.encode_utf8(&mut [0; 4])),
            Event::Html(html) | Event::InlineHtml(html) => self.html(range.start, &html),
            Event::SoftBreak | Event::HardBreak => self.line_break(range.start),
            Event::Rule => self.placeholder(range.start),
            _ => {}
        }
    }

    fn enter(&mut self, tag: Tag<'a>, at: usize) {
        match tag {
            Tag::Image { dest_url, .. } => {
                self.images += 1;
                if self.images == 1 {
                    self.picture = Some((dest_url, String::new()));
                }
            }
            Tag::Link { dest_url, .. } => self.links.push(dest_url),
            Tag::Emphasis | Tag::Strong => {}
            tag => self.begin_block(&tag, at),
        }
    }

    fn begin_block(&mut self, tag: &Tag, at: usize) {
        self.end_line();
        self.block += 1;
        match tag {
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::Table(_) => self.table += 1,
            Tag::TableHead | Tag::TableRow => (self.row, self.head) = (self.row + 1, matches!(tag, Tag::TableHead)),
            Tag::CodeBlock(_) => {
                self.placeholder(at);
                self.code = true;
            }
            _ => {}
        }
        self.kind = self.kind_of(tag);
        self.depth += 1;
        if matches!(tag, Tag::TableCell) {
            self.begin_line(at);
        }
    }

    fn kind_of(&self, tag: &Tag) -> Option<Kind> {
        match tag {
            Tag::Heading { .. } => Some(Kind::Heading),
            Tag::Paragraph if self.depth == 0 => Some(Kind::Paragraph),
            Tag::TableCell => Some(Kind::Cell { table: self.table, row: self.row, head: self.head }),
            _ => None,
        }
    }

    fn leave(&mut self, tag: TagEnd, at: usize) {
        match tag {
            TagEnd::Image => {
                self.images -= 1;
                let badge = self.picture.take_if(|_| self.images == 0).filter(|_| self.is_record);
                if let Some(status) = badge.and_then(|(address, text)| badge::status(&address, &text)) {
                    self.push(at, &clean(&status));
                }
            }
            TagEnd::Link => {
                let destination = self.links.pop().map_or_else(String::new, |destination| clean(&destination));
                self.push(at, &format!("{LINK}{destination}{LINK}"));
            }
            TagEnd::Emphasis | TagEnd::Strong => {}
            end => {
                self.end_line();
                self.quotes -= usize::from(matches!(end, TagEnd::BlockQuote(_)));
                self.depth -= 1;
                self.code = false;
                self.kind = None;
            }
        }
    }

    fn text(&mut self, at: usize, text: &str) {
        if let Some((_, alternative)) = &mut self.picture {
            alternative.push_str(text);
        }
        if !self.code {
            self.push(at, &clean(text));
        }
    }

    fn html(&mut self, at: usize, html: &str) {
        let marked = clean(html).replace('<', TAG.encode_utf8(&mut [0; 4])).replace(&format!("{TAG}!--"), "<!--");
        self.push(at, &marked);
        if html.ends_with('\n') {
            self.end_line();
        }
    }

    fn placeholder(&mut self, at: usize) {
        self.push(at, CODE.encode_utf8(&mut [0; 4]));
        self.end_line();
    }

    fn line_break(&mut self, at: usize) {
        self.end_line();
        let after = self.source[at..].split_once('\n').map_or("", |(_, after)| after);
        self.indented = after.starts_with([' ', '\t']);
    }

    fn push(&mut self, at: usize, text: &str) {
        if self.images == 0 {
            self.begin_line(at);
            self.text.push_str(text);
        }
    }

    fn begin_line(&mut self, at: usize) {
        if self.line.is_none() {
            let range = self.text.len()..self.text.len();
            let kind = self.kind.unwrap_or(Kind::Other);
            let (block, indented, quoted) = (self.block, self.indented, self.quotes > 0);
            self.line = Some(Line { range, at, kind, block, indented, quoted });
        }
    }

    fn end_line(&mut self) {
        self.indented = false;
        if let Some(mut line) = self.line.take() {
            line.range.end = self.text.len();
            self.lines.push(line);
            self.text.push('\n');
        }
    }
}

/// The text without the characters that have a meaning here.
fn clean(text: &str) -> String {
    text.replace([HIDDEN, LINK, TAG, WORD_IN_CODE], "\u{fffd}")
}

/// The text with every byte of comments, tags and opaque elements as [`HIDDEN`].
fn without_hidden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', TAG]) {
        shown.push_str(&rest[..at]);
        let length = hidden_length(&rest[at..]);
        shown.extend(std::iter::repeat_n(HIDDEN, length));
        let (kept, after) = rest[at + length..].split_at(usize::from(length == 0));
        shown.push_str(kept);
        rest = after;
    }
    shown + rest
}

/// How many bytes at the beginning of `rest` are a comment, a tag, or an element without text.
fn hidden_length(rest: &str) -> usize {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or(rest.len(), |end| end + "<!---->".len());
    }
    let Some(tag) = rest.strip_prefix(TAG) else { return 0 };
    let end = tag_length(rest);
    let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    if OPAQUE.iter().any(|opaque| name.eq_ignore_ascii_case(opaque)) {
        return closing_tag(&rest[end..], name).map_or(rest.len(), |at| end + at);
    }
    end
}

/// Up to and with the `>` that stands in no quotes; everything when there is none.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn closing_tag(text: &str, name: &str) -> Option<usize> {
    let closes = |at: usize| {
        let after = text[at + TAG.len_utf8()..].strip_prefix('/')?;
        after.get(..name.len())?.eq_ignore_ascii_case(name).then_some(at)
    };
    text.match_indices(TAG).find_map(|(at, _)| closes(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<String> {
        let visible = Visible::of(source);
        visible.lines.iter().map(|line| visible.words(line)).filter(|words| !words.is_empty()).collect()
    }

    #[test]
    fn only_what_a_reader_sees_is_text() {
        let cases: &[(&str, &[&str])] = &[
            ("a **b** _c_\nd", &["a b c", "d"]),
            ("# h\n\n- i\n  - j\n> k", &["h", "i", "j", "k"]),
            ("a <!-- b --> c", &["a  c"]),
            ("a <!-- b\n\nc\n\n--> d", &["a", "d"]),
            ("a\n<!-- b\nc", &["a"]),
            ("- x\n  <!-- b\n\nc", &["x"]),
            ("`<!--` a", &["\u{fffc} a"]),
            ("```\na\n```\nb", &["\u{fffc}", "b"]),
            ("a\n\n    b\n", &["a", "\u{fffc}"]),
            ("<code>a</code> b <pre>\nc", &["b"]),
            ("<div title='>'>\na <b>c</b>\n</div>", &["a c"]),
            ("[//]: # (a)\n[x]: b\nc", &["c"]),
            ("[a](b) ![c](d)", &["a"]),
            ("|a||\n|-|-|\n|c|d|", &["a", "c", "d"]),
        ];
        for (source, expected) in cases {
            assert_eq!(lines(source), *expected, "{source}");
        }
    }

    #[test]
    fn lengths_are_kept_so_that_places_stay() {
        let text = format!("a{TAG}b c>é<!-- é -->{TAG}pre>x");
        assert_eq!(without_hidden(&text).len(), text.len());
    }
}
