//! Headlines of a changelog in Org mode.
//!
//! <https://orgmode.org/worg/org-syntax.html>

use super::Search;
use super::lines::Lines;

/// Reports headings and text to `search`.
pub(super) fn scan(text: &str, search: &mut Search) {
    let mut within = Within::Text;
    for (at, line) in Lines::new(text) {
        if search.is_over() {
            return;
        }
        within = take(within, at, line, search);
    }
}

enum Within {
    Text,
    Comment,
    Listing,
    Drawer,
}

fn take(within: Within, at: usize, line: &str, search: &mut Search) -> Within {
    let word = line.trim_start().to_lowercase();
    match within {
        Within::Drawer if word == ":end:" => return Within::Text,
        Within::Comment | Within::Listing if word.starts_with("#+end_") => return Within::Text,
        Within::Drawer | Within::Comment => return within,
        Within::Listing => {
            search.shown(line);
            return within;
        }
        Within::Text => {}
    }
    if let Some((level, title)) = headline(line) {
        search.heading(level, at, title);
    } else if let Some(kind) = word.strip_prefix("#+begin_") {
        return match kind.split_whitespace().next() {
            Some("comment") => Within::Comment,
            Some("quote" | "center" | "verse") => Within::Text,
            _ => Within::Listing,
        };
    } else if word == ":properties:" || word == ":logbook:" {
        return Within::Drawer;
    } else if !word.starts_with("# ") && !word.starts_with("#+") && word != "#" {
        search.text(at, line);
    }
    Within::Text
}

fn headline(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('*');
    let level = line.len() - title.len();
    (level > 0 && title.starts_with(' ')).then(|| (level, title.trim()))
}
