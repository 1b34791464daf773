//! A run that could not ask its question, for people: each problem with its place, its line and the next step.

use std::fmt::Write as _;

use super::text::{code, text};
use crate::model::failure::Failure;
use crate::model::problem::Problem;
use crate::report::diagnostics::Quoted;
use crate::report::sections::count;

/// Everything above the footer.
#[must_use]
pub(super) fn body(failure: &Failure, command: &str) -> String {
    let number = failure.problems.len().max(1);
    let heading = count(number, "problem", "problems");
    let mut out = format!(
        "<header class=\"decision unasked\">\n<p class=\"eyebrow\">delivery-gate {command}</p>\n\
         <h1><span class=\"verdict\">No decision</span></h1>\n\
         <p class=\"because\">The gate could not be asked. Nothing was shown: this is no GO.</p>\n</header>\n\
         <main>\n<section class=\"problems\">\n<h2>{heading}</h2>\n<ol>\n"
    );
    if failure.problems.is_empty() {
        let _ = writeln!(out, "<li><h3>{}</h3></li>", text(&failure.message));
    }
    for problem in &failure.problems {
        out.push_str(&item(problem));
    }
    out.push_str("</ol>\n</section>\n</main>\n");
    out
}

fn item(problem: &Problem) -> String {
    let mut out = format!("<li><h3>{}</h3>\n", text(&problem.message));
    let _ = writeln!(out, "<p class=\"place\">{}</p>", code(&problem.location()));
    if let Some(place) = &problem.place {
        let quoted = Quoted::of(place);
        let (before, marked) = quoted.text.split_at(quoted.start);
        let (marked, after) = marked.split_at(quoted.end - quoted.start);
        let marked = if marked.is_empty() { String::new() } else { format!("<mark>{}</mark>", text(marked)) };
        let _ = writeln!(out, "<pre>{}{marked}{}</pre>", plain(before), plain(after));
    }
    if let Some(help) = &problem.help {
        let _ = writeln!(out, "<p class=\"help\"><strong>Next:</strong> {}</p>", text(help));
    }
    out.push_str("</li>\n");
    out
}

/// A piece of a line, which may be blank.
fn plain(piece: &str) -> String {
    if piece.trim().is_empty() { piece.to_owned() } else { text(piece) }
}
