//! The report as one page for a release manager: what was decided, what was proven, what people claimed, and what holds
//! the release. It runs no script and loads nothing.

use std::fmt::Write as _;

use super::sections::{self, Aside, Claim, is_claim};
use crate::model::escape::is_blank;
use crate::model::failure::Failure;
use crate::model::{Claims, Decision, HoldReason, Kind, Report, Row, Status, Subject, Timing};

mod failure;
mod page;
mod text;

use page::page;
use text::{code, evidence, isolated, text};

/// Renders the report.
#[must_use]
pub(crate) fn render(report: &Report) -> String {
    let decision = report.decision();
    let reasons = report.hold_reasons();
    let mut main = header(report, decision, reasons.len());
    main.push_str("<main>\n");
    main.push_str(&rows(report));
    main.push_str(&holds(&reasons, &report.rows));
    main.push_str(&not_applicable(report));
    for aside in Aside::ALL.into_iter().filter(|aside| *aside != Aside::NotApplicable) {
        let items = aside.rows(report).map(|row| item(&text(&row.title), &row.detail, &row.below));
        main.push_str(&list("aside", aside.heading(), items));
    }
    if let Some(changes) = &report.subject.policy_changes {
        let items = changes.changes.iter().map(|change| text(&change.said()));
        main.push_str(&list("aside", &text(&changes.heading()), items));
    }
    main.push_str(&list("aside warnings", "Warnings", report.warnings.iter().map(|warning| text(warning))));
    let log = report.transcript.iter().flatten().filter(|line| !line.is_empty()).map(|line| text(line));
    main.push_str(&list("aside log", "Log", log));
    main.push_str("</main>\n");
    main.push_str(&origin(report.command, &judged(report), report.timing, &durations(&report.rows)));
    let title = [decision.label(), &subject_name(&report.subject), "delivery-gate", report.command];
    page(&title.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "), &main)
}

/// Renders a run that reached no decision (exit code 2).
#[must_use]
pub(crate) fn render_failure(failure: &Failure, command: &str, timing: Timing) -> String {
    let mut main = failure::body(failure, command);
    main.push_str(&origin(command, "", timing, ""));
    page(&format!("No decision · delivery-gate · {command}"), &main)
}

fn header(report: &Report, decision: Decision, holding: usize) -> String {
    let (class, because) = match decision {
        Decision::Go | Decision::Ready => ("go", "Nothing holds this release.".to_owned()),
        Decision::Unasked => ("none", "Nothing was asked.".to_owned()),
        Decision::NoGo | Decision::NotReady if holding == 1 => {
            ("no-go", "<a href=\"#holds\">1 reason</a> holds this release.".to_owned())
        }
        Decision::NoGo | Decision::NotReady => {
            ("no-go", format!("<a href=\"#holds\">{holding} reasons</a> hold this release."))
        }
    };
    let rehearsal = report.rehearsal.as_ref().map(|rehearsal| format!(" ({})", text(&rehearsal.to_string())));
    let rehearsal = rehearsal.unwrap_or_default();
    let sum = report.summary.as_ref().map_or_else(|| tally(report), |summary| text(summary));
    format!(
        "<header class=\"decision {class}\">\n<p class=\"eyebrow\">delivery-gate {}</p>\n\
         <h1><span class=\"verdict\">{}</span>{}</h1>\n<p class=\"because\">{because}{rehearsal} <span class=\"sum\">{sum}</span></p>\n</header>\n",
        report.command,
        decision.label(),
        named(&report.subject),
    )
}

fn subject_name(subject: &Subject) -> String {
    let packages = subject.packages.len();
    let packages = (packages > 0).then(|| sections::count(packages, "package", "packages"));
    subject
        .version
        .clone()
        .or(packages)
        .or_else(|| subject.commit.as_ref().map(|commit| short(commit).to_owned()))
        .unwrap_or_default()
}

fn named(subject: &Subject) -> String {
    let kind = match subject {
        subject if subject.is_release() => "Release",
        Subject { commit: Some(_), .. } => "Commit",
        _ => return String::new(),
    };
    format!(" <span class=\"subject\">{kind} {}</span>", isolated(&subject_name(subject)))
}

/// As many digits of a commit as people read.
fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn tally(report: &Report) -> String {
    let number = |matches: &dyn Fn(&Row) -> bool| report.rows.iter().filter(|row| matches(row)).count();
    let passed = |row: &Row| row.status.is_pass();
    let parts = [
        (number(&|row| row.kind == Kind::Auto && passed(row)), "proven"),
        (number(&|row| is_claim(row) && passed(row)), "claimed"),
        (number(&|row| row.status == Status::Na), "not applicable"),
    ];
    let parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if parts.is_empty() { String::new() } else { format!("{}.", parts.join(", ")) }
}

/// The reasons are those of the rows that hold, in their order; each leads to its row.
fn holds(reasons: &[HoldReason], rows: &[Row]) -> String {
    let mut held = rows.iter().enumerate().filter(|(_, row)| row.holds());
    let linked = |reason: &HoldReason| {
        let title = text(&reason.title);
        let title = held.next().map_or_else(|| title.clone(), |(at, _)| format!("<a href=\"#r{at}\">{title}</a>"));
        item(&title, &reason.detail, &reason.below)
    };
    let section = list("holds", "What holds the release", reasons.iter().map(linked));
    section.replacen("<section ", "<section id=\"holds\" ", 1)
}

/// What was proven beside what was claimed, where there is both.
fn rows(report: &Report) -> String {
    let proven = numbered(report, |row| !is_claim(row) && row.status != Status::Na);
    let claimed = numbered(report, is_claim);
    let people = report.claims().map_or_else(|| "people".to_owned(), Claims::by);
    let class = if proven.is_empty() || claimed.is_empty() { "one" } else { "two" };
    let proven = panel("proven", "Proven", Kind::Auto, &format!("by this run, {}", passed(&proven)), &proven);
    let claimed = panel("claimed", "Claimed", Kind::Attested, &format!("by {people}, {}", passed(&claimed)), &claimed);
    format!("<div class=\"panels {class}\">\n{proven}{claimed}</div>\n")
}

fn not_applicable(report: &Report) -> String {
    let rows = numbered(report, |row| Aside::NotApplicable.has(row));
    panel("declared", Aside::NotApplicable.heading(), Kind::Attested, "a person says so", &rows)
}

/// Rows with their place in the report, by which a hold reason finds them.
fn numbered(report: &Report, has: impl Fn(&Row) -> bool) -> Vec<(usize, &Row)> {
    report.rows.iter().enumerate().filter(|(_, row)| has(row)).collect()
}

fn passed(rows: &[(usize, &Row)]) -> String {
    let passed = rows.iter().filter(|(_, row)| row.status.is_pass()).count();
    format!("{passed} of {}", rows.len())
}

fn panel(class: &str, heading: &str, kind: Kind, means: &str, rows: &[(usize, &Row)]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let kind = kind.label();
    let items: String = rows.iter().map(|(index, row)| row_item(*index, row)).collect();
    format!(
        "<section class=\"panel {class}\">\n<h2>{heading} <span class=\"kind\">{kind}</span> \
         <span class=\"means\">{means}</span></h2>\n<ul>\n{items}</ul>\n</section>\n"
    )
}

fn row_item(index: usize, row: &Row) -> String {
    let status = row.status.label();
    let class = format!("{}{}", status.to_ascii_lowercase(), if row.holds() { " held" } else { "" });
    let mut out = format!(
        "<li class=\"row {class}\" id=\"r{index}\" data-id=\"{}\" data-kind=\"{}\">\n<span class=\"status\">{status}</span>\n\
         <div class=\"what\">\n<h3>{}</h3>\n<p class=\"detail\">{}</p>\n",
        text(&row.id),
        row.kind.label(),
        text(&row.title),
        text(&row.detail),
    );
    out.push_str(&claim(row));
    if !row.evidence.is_empty() {
        let label = if is_claim(row) { "Evidence" } else { "Record" };
        let items: String = row.evidence.iter().map(|item| format!("<li>{label}: {}</li>", evidence(item))).collect();
        let _ = writeln!(out, "<ul class=\"evidence\">{items}</ul>");
    }
    out.push_str("</div>\n");
    if let Some(source) = &row.source {
        let _ = writeln!(out, "<span class=\"source\">{}</span>", code(source.text()));
    }
    out.push_str("</li>\n");
    out
}

/// Who claimed it and when, as far as the detail does not say it, and what they wrote with it.
fn claim(row: &Row) -> String {
    let Claim { by, at, note } = Claim::of(row);
    let said = |word: &str, fact: &str| row.detail.contains(&format!("{word} {}", fact.trim()));
    let unsaid = |word: &str, fact: &str| is_claim(row) && !is_blank(fact) && !said(word, fact);
    let by = by.filter(|by| unsaid("by", by)).map(|by| format!("by {}", isolated(&by)));
    let at = at.filter(|at| unsaid("at", at)).map(|at| format!("on {}", isolated(&at)));
    let facts: Vec<_> = by.into_iter().chain(at).collect();
    let mut out = String::new();
    if !facts.is_empty() {
        let _ = writeln!(out, "<p class=\"claim\">Claimed {}</p>", facts.join(" "));
    }
    if let Some(note) = note.filter(|_| is_claim(row)) {
        let _ = writeln!(out, "<p class=\"note\"><q>{}</q></p>", text(&note));
    }
    out
}

/// The title is markup already.
fn item(title: &str, detail: &str, below: &[String]) -> String {
    let item = format!("<strong>{title}</strong> <span>{}</span>", text(detail));
    let lines: String = below.iter().map(|line| format!("<li>{}</li>", text(line))).collect();
    if lines.is_empty() { item } else { format!("{item}\n<ul class=\"below\">{lines}</ul>") }
}

/// A section with a list, or nothing. The items are markup already.
fn list(class: &str, heading: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("<li>{item}</li>\n")).collect();
    if items.is_empty() {
        return items;
    }
    format!("<section class=\"{class}\">\n<h2>{heading}</h2>\n<ul>\n{items}</ul>\n</section>\n")
}

/// What was judged and by which gate, as far as it does not stand above.
fn judged(report: &Report) -> String {
    let facts = report.facts();
    let facts = facts.iter().filter(|fact| !["claims", "tool"].contains(&fact.name));
    let facts = facts.map(|fact| (fact.name, code(&fact.text)));
    let root = report.subject.root.iter().map(|root| ("root", code(root)));
    facts.chain(root).map(described).collect()
}

fn described((name, value): (&str, String)) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n")
}

/// What was judged, by which version, when, and how long it took. `judged` and `durations` are markup already.
fn origin(command: &str, judged: &str, timing: Timing, durations: &str) -> String {
    let tool = format!("delivery-gate {} {}", env!("CARGO_PKG_VERSION"), code(command));
    let at = format!("<time datetime=\"{0:.3}\">{0:.0}</time>", timing.started_at);
    let took = sections::duration(timing.duration_ms);
    let run: String = [("tool", tool), ("time", at), ("duration", took)].map(described).concat();
    format!("<footer>\n<h2>About this report</h2>\n<dl>\n{judged}{run}</dl>\n{durations}</footer>\n")
}

/// A command whose rows are not timed has no table.
fn durations(rows: &[Row]) -> String {
    let auto: Vec<_> = rows.iter().filter(|row| row.kind == Kind::Auto).collect();
    if auto.iter().all(|row| row.duration_ms <= 0.0) {
        return String::new();
    }
    let line = |row: &&Row| {
        let took = sections::duration(row.duration_ms);
        format!("<tr><th scope=\"row\">{}</th><td>{took}</td></tr>\n", text(&row.title))
    };
    let lines: String = auto.iter().map(line).collect();
    format!("<table>\n<caption>How long each check took</caption>\n<tbody>\n{lines}</tbody>\n</table>\n")
}
