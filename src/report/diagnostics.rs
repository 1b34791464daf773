//! A failure as people read it: each problem with its line quoted and the next step.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::model::escape::{pieces, visible};
use crate::model::failure::Failure;
use crate::model::problem::{Place, Problem};

/// Renders every problem; the text ends with a line break.
#[must_use]
pub(crate) fn render(failure: &Failure, colour: bool) -> String {
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
    let rendered = renderer.render(&[group]);
    match (quoted, &problem.place) {
        (Some(quoted), Some(place)) => at_its_column(rendered, &path, &quoted, place),
        _ => rendered,
    }
}

/// The renderer counts what it shows, and a hidden character is shown in several: the file's own column counts.
fn at_its_column(rendered: String, path: &str, quoted: &Quoted, place: &Place) -> String {
    let shown = quoted.text.get(..quoted.start).map_or(0, |before| before.chars().count()) + 1;
    match rendered.split_once('\n') {
        Some((title, rest)) if shown != place.column => {
            let at = |column| format!("{path}:{}:{column}", place.line);
            format!("{title}\n{}", rest.replacen(&at(shown), &at(place.column), 1))
        }
        _ => rendered,
    }
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
        for (index, piece) in pieces(&place.quote).enumerate() {
            if index + 1 == place.column {
                start = Some(text.len());
            }
            if index + 1 == place.column + place.width {
                end = Some(text.len());
            }
            text.push_str(&piece);
        }
        let start = start.unwrap_or(text.len());
        Self { line: place.line, end: end.unwrap_or(text.len()).max(start), start, text }
    }

    fn snippet<'a>(&'a self, path: &'a str) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let marked = AnnotationKind::Primary.span(self.start..self.end);
        Snippet::source(self.text.as_str()).line_start(self.line).path(path).annotation(marked)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::failure::FailureKind;

    proptest! {
        #[test]
        fn any_line_can_be_quoted(
            quote in r"[ a#é\[\]\u{202e}\t:]{0,24}", column in 1_usize..30, width in 0_usize..30, line in 1_usize..12,
        ) {
            let place = Place { line, column, quote: quote.clone(), width };
            let Quoted { text, start, end, .. } = Quoted::of(&place);
            prop_assert!(text.get(start..end).is_some(), "{}: {}..{}", text, start, end);
            prop_assert_eq!(&text, &visible(&quote));
            let problem = Problem { place: Some(place), ..Problem::new("f.yaml", "wrong") };
            let shown = render(&Failure::of(FailureKind::Manifest, vec![problem]), false);
            prop_assert!(shown.contains("wrong"));
        }
    }
}
