//! Markdown as a parser with every extension of GitHub's understands it.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What a document comes to.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) headings: Vec<String>,
    /// The tables' rows but their heads.
    pub(crate) rows: Vec<Vec<String>>,
    /// The items of lists, each with the heading above it.
    pub(crate) items: Vec<(String, String)>,
    /// The items of lists in such items.
    pub(crate) below: Vec<String>,
    /// Address and text.
    pub(crate) links: Vec<(String, String)>,
    /// Runs of text outside of code and links: what a forge looks for mentions and the like in.
    pub(crate) runs: Vec<String>,
    /// Whatever a report has no use for: HTML, images, quotes, footnotes, formulas, code blocks.
    pub(crate) foreign: Vec<String>,
    text: String,
    run: String,
    /// How many items are open.
    depth: usize,
}

impl Rendered {
    pub(crate) fn of(markdown: &str) -> Self {
        let mut rendered = Self::default();
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            rendered.take(event);
        }
        rendered.end_run();
        rendered
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => {
                self.text.push_str(&text);
                self.run.push_str(&text);
            }
            Event::Code(text) => {
                self.end_run();
                self.text.push_str(&text);
            }
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            other => self.foreign.push(format!("{other:?}")),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        self.end_run();
        match &tag {
            Tag::List(None) if self.depth > 0 => self.end_item(),
            Tag::Item => self.depth += 1,
            _ => {}
        }
        match tag {
            Tag::Heading { .. } | Tag::Item | Tag::TableCell | Tag::Paragraph => self.text.clear(),
            Tag::TableRow => self.rows.push(Vec::new()),
            Tag::Link { dest_url, .. } => self.links.push((dest_url.to_string(), self.text.clone())),
            Tag::Table(_) | Tag::TableHead | Tag::List(None) | Tag::Strong => {}
            other => self.foreign.push(format!("{other:?}")),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        if tag == TagEnd::Link {
            self.run.clear();
            let before = self.links.last_mut().expect("a link");
            before.1 = self.text[before.1.len()..].to_owned();
        }
        self.end_run();
        match tag {
            TagEnd::Heading(_) => self.headings.push(self.text.clone()),
            TagEnd::Item => {
                self.end_item();
                self.depth -= 1;
            }
            TagEnd::TableCell => {
                if let Some(row) = self.rows.last_mut() {
                    row.push(self.text.clone());
                }
            }
            _ => {}
        }
    }

    /// An item with a list of its own ended before that.
    fn end_item(&mut self) {
        let heading = self.headings.last().expect("a heading").clone();
        match std::mem::take(&mut self.text) {
            text if self.depth == 1 && !text.is_empty() => self.items.push((heading, text)),
            text if !text.is_empty() => self.below.push(text),
            _ => {}
        }
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            self.runs.push(std::mem::take(&mut self.run));
        }
    }

    /// The items under a heading.
    pub(crate) fn under(&self, heading: &str) -> Vec<&str> {
        self.items.iter().filter(|(above, _)| above == heading).map(|(_, item)| item.as_str()).collect()
    }
}
