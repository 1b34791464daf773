//! Markdown as plain text for a terminal: wrapped, without marks of emphasis, tables as lists.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Renders Markdown in lines of at most `width` characters; code is left as it is.
#[must_use]
pub(crate) fn plain(markdown: &str, width: usize) -> String {
    let mut page = Page { width, ..Page::default() };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.event(event);
    }
    page.out
}

#[derive(Default)]
struct Page {
    width: usize,
    out: String,
    /// The text of the paragraph, item or cell that is being read.
    text: String,
    /// How deep in lists.
    depth: usize,
    in_code: bool,
    header: Vec<String>,
    row: Vec<String>,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => {
                self.out.extend(text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n"));
            }
            Event::Text(text) => self.text.push_str(&text),
            Event::Code(code) => self.text.push_str(&format!("`{code}`")),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::List(_) => {
                if self.depth == 0 {
                    self.gap()
                } else {
                    self.item()
                }
                self.depth += 1;
            }
            Tag::CodeBlock(_) => {
                self.gap();
                self.in_code = true;
            }
            Tag::Table(_) => self.gap(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) if self.depth == 0 => self.paragraph(),
            TagEnd::Paragraph => self.text.push(' '),
            TagEnd::Item => self.item(),
            TagEnd::List(_) => self.depth -= 1,
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::TableCell => self.row.push(std::mem::take(&mut self.text)),
            TagEnd::TableHead => self.table_head(),
            TagEnd::TableRow => self.table_row(),
            _ => {}
        }
    }

    fn paragraph(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.gap();
            self.wrap(&text, "", "");
        }
    }

    fn item(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            let indent = "  ".repeat(self.depth.saturating_sub(1));
            self.wrap(&text, &format!("{indent}- "), &format!("{indent}  "));
        }
    }

    fn table_head(&mut self) {
        self.header = std::mem::take(&mut self.row);
        if let Some(first) = self.header.first() {
            self.out.push_str(&format!("{first}:\n"));
        }
    }

    /// What stands in the last column is what a reader looks for; what lies between is set behind it.
    fn table_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        let [first, between @ .., last] = row.as_slice() else { return };
        let named = self.header.iter().skip(1).zip(between).map(|(name, cell)| match cell.as_str() {
            "required" => cell.clone(),
            _ => format!("{name}: {cell}"),
        });
        let named = named.collect::<Vec<_>>().join("; ");
        let facts = if named.is_empty() { named } else { format!(" ({named})") };
        self.wrap(&format!("{first} — {last}{facts}"), "  ", "      ");
    }

    /// One empty line before what follows.
    fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn wrap(&mut self, text: &str, first: &str, rest: &str) {
        let mut line = first.to_owned();
        let mut length = first.chars().count();
        let mut empty = true;
        for word in text.split_whitespace() {
            let word_length = word.chars().count();
            if !empty && length + 1 + word_length > self.width {
                self.out.push_str(line.trim_end());
                self.out.push('\n');
                line = rest.to_owned();
                length = rest.chars().count();
                empty = true;
            }
            if !empty {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += word_length;
            empty = false;
        }
        self.out.push_str(&line);
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_code_stays() {
        let markdown = "**Proves** that `a b` [holds](x.md#y), *really*.\nNext line.\n\n- one\n  - deep\n- two `x`\n\n```yaml\n# as it is\na:  1\n```\n";
        let expected =
            "Proves that `a b` holds, really. Next line.\n\n- one\n  - deep\n- two `x`\n\n    # as it is\n    a:  1\n";
        assert_eq!(plain(markdown, 60), expected);
    }

    #[test]
    fn tables_are_lists_and_lines_are_wrapped() {
        let markdown = "| key | default | what it changes |\n|---|---|---|\n| `k` | none | Words that are long. |\n";
        assert_eq!(plain(markdown, 24), "key:\n  `k` — Words that are\n      long. (default:\n      none)\n");
        assert_eq!(plain("one two three", 7), "one two\nthree\n");
        assert_eq!(plain("averyverylongword b", 5), "averyverylongword\nb\n");
    }
}
