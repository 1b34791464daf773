//! A failure as people read it: each problem with its line quoted and the next step.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::Failure;
use crate::diagnostic::{Place, Problem};
use crate::report::escape::visible;

/// Renders every problem; the text ends with a line break.
#[must_use]
pub fn render(failure: &Failure, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    if failure.problems.is_empty() {
        out.push_str(&renderer.render(&[Group::with_title(Level::ERROR.primary_title(visible(&failure.message)))]));
        out.push('\n');
    }
    for problem in &failure.problems {
        out.push_str(&one(problem, &renderer));
        out.push('\n');
    }
    out
}

fn one(problem: &Problem, renderer: &Renderer) -> String {
    let path = visible(&problem.path);
    let quoted = problem.place.as_ref().map(Quoted::of);
    let title = match quoted {
        Some(_) => visible(&problem.message).into_owned(),
        None => format!("{path}: {}", visible(&problem.message)),
    };
    let mut group = Group::with_title(Level::ERROR.primary_title(title));
    if let Some(quoted) = &quoted {
        group = group.element(quoted.snippet(path.as_ref()));
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(visible(help)));
    }
    renderer.render(&[group])
}

/// A quoted line with its hidden characters made visible, and the problem's bytes in it.
pub(crate) struct Quoted {
    line: usize,
    pub(crate) text: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Quoted {
    pub(crate) fn of(place: &Place) -> Self {
        let (mut text, mut start, mut end) = (String::new(), None, None);
        for (index, c) in place.quote.chars().enumerate() {
            if index + 1 == place.column {
                start = Some(text.len());
            }
            if index + 1 == place.column + place.width {
                end = Some(text.len());
            }
            text.push_str(&visible(c.encode_utf8(&mut [0; 4])));
        }
        // The pieces were escaped one by one: what only a whole text shows (a CI command) is broken up here.
        if visible(&text) != text {
            text = visible(&text).into_owned();
        }
        let start = start.unwrap_or(text.len());
        Self { line: place.line, end: end.unwrap_or(text.len()).max(start), start, text }
    }

    fn snippet<'a>(&'a self, path: &'a str) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let marked = AnnotationKind::Primary.span(self.start..self.end);
        Snippet::source(self.text.as_str()).line_start(self.line).path(path).annotation(marked)
    }
}
