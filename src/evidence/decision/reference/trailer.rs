//! The git trailer `Decision: <id>`, as `git interpret-trailers` finds trailers: in the last paragraph, when all its
//! lines are trailers, or one is git's own and at least a quarter are. Unlike git, the only paragraph counts too: the
//! body of a pull request has its title elsewhere.

use super::super::visible::{Kind, Line, Visible};
use super::{Reference, is_id};

/// What git itself writes.
const OWN: [&str; 2] = ["Signed-off-by: ", "(cherry picked from commit "];

/// The decisions in the trailers, each with its place in the visible text.
pub(super) fn decisions(visible: &Visible) -> Vec<(usize, Reference)> {
    let lines = last_paragraph(visible);
    if !are_trailers(visible, lines) {
        return Vec::new();
    }
    let found = lines.iter().filter(|line| !line.indented).filter_map(|line| {
        let words = visible.words(line);
        let (key, value) = trailer(&words)?;
        let names_one = key.eq_ignore_ascii_case("Decision") && is_id(value);
        names_one.then(|| (line.range.start, Reference::of(value)))
    });
    found.collect()
}

/// Whether a reference of the form `decern:<id>` is all that stands on its line.
pub(super) fn is_alone(visible: &Visible, at: usize) -> bool {
    visible.line_at(at).map(|index| &visible.lines[index]).is_some_and(|line| {
        let words = visible.words(line);
        let id = words.split_once(':').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("decern")).map(|(_, id)| id);
        !line.quoted && id.is_some_and(|id| is_id(id.strip_prefix(' ').unwrap_or(id)))
    })
}

/// The lines of the last block, when that is a paragraph.
fn last_paragraph(visible: &Visible) -> &[Line] {
    let lines = &visible.lines;
    let Some(last) = lines.iter().rposition(|line| line.kind == Kind::Paragraph) else { return &[] };
    let first = lines[..last].iter().rposition(|line| line.block != lines[last].block).map_or(0, |at| at + 1);
    if visible.ends_at(lines[last].range.end) { &lines[first..=last] } else { &[] }
}

fn are_trailers(visible: &Visible, lines: &[Line]) -> bool {
    let (mut trailers, mut others, mut own) = (0, 0, false);
    for line in lines {
        let words = visible.words(line);
        if line.indented && trailers + others > 0 {
            continue;
        }
        own |= OWN.iter().any(|prefix| words.starts_with(prefix));
        if trailer(&words).is_some() || OWN.iter().any(|prefix| words.starts_with(prefix)) {
            trailers += 1;
        } else {
            others += 1;
        }
    }
    trailers > 0 && (others == 0 || (own && trailers * 3 >= others))
}

/// Key and value of a trailer line.
fn trailer(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end();
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_key.then(|| (key, value.trim()))
}
