//! HTML that a reader does not see.

/// Elements that show nothing.
const SILENT: [&str; 3] = ["script", "style", "template"];

/// Within an element that is hidden: its name, and how many of that name are open.
#[derive(Clone, Default)]
pub(super) struct Hidden(Option<(String, usize)>);

impl Hidden {
    pub(super) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Goes through HTML, and says which of its words a reader sees.
    pub(super) fn visible(&mut self, html: &str) -> String {
        let mut words = String::new();
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            self.keep(&rest[..at], &mut words);
            let close = if rest[at..].starts_with("<!--") { "-->" } else { ">" };
            let Some(end) = rest[at..].find(close) else { return words };
            self.tag(&rest[at + 1..at + end]);
            rest = &rest[at + end + close.len()..];
        }
        self.keep(rest, &mut words);
        words
    }

    fn keep(&self, text: &str, words: &mut String) {
        if !self.is_on() {
            words.push_str(text);
        }
    }

    fn tag(&mut self, tag: &str) {
        let is_end = tag.starts_with('/');
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let is_closed = tag.ends_with('/');
        self.0 = match self.0.take() {
            None if !is_end && !is_closed && !name.is_empty() && hides(&name, tag) => Some((name, 1)),
            Some((open, depth)) if open == name && is_end => (depth > 1).then(|| (open, depth - 1)),
            Some((open, depth)) if open == name && !is_closed => Some((open, depth + 1)),
            same => same,
        };
    }
}

fn hides(name: &str, tag: &str) -> bool {
    let attributes = tag.to_ascii_lowercase();
    let style: String = attributes.chars().filter(|c| !c.is_whitespace()).collect();
    let mut words = attributes.split(|c: char| c.is_whitespace() || c == '/').skip(1);
    let is_hidden = words.any(|word| word == "hidden" || word.starts_with("hidden="));
    is_hidden || style.contains("display:none") || style.contains("visibility:hidden") || SILENT.contains(&name)
}
