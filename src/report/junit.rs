//! JUnit XML: a suite a run, a test case a row. A failure holds the release, an error could not be shown either way, and
//! what nothing was shown of, or policy let through, is skipped: never an empty green.

use std::io;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;

use super::format::Finished;
use super::items::rows;
use crate::model::escape::{visible, visible_up_to};
use crate::model::failure::Failure;
use crate::model::problem::Problem;
use crate::model::{Report, Row, Status, Timing};

/// How many single things a test case tells one by one; JSON has all.
const FINDING_LIMIT: usize = 100;

/// The longest line, in characters.
const LINE_LIMIT: usize = 4_000;

/// The shortest time that a case takes, in seconds.
const LEAST_SECONDS: f64 = 0.001;

/// What a test case ends in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failure,
    Error,
    Skipped,
}

/// One test case.
struct Case {
    name: String,
    class: String,
    seconds: f64,
    verdict: Verdict,
    /// The word for it in this report's language.
    kind: &'static str,
    message: String,
    /// Lines for people.
    output: Vec<String>,
}

/// One suite, which is the whole document.
struct Suite<'f> {
    command: &'f str,
    timing: Timing,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
    /// Lines for people.
    output: Vec<String>,
}

/// Renders a finished run.
#[must_use]
pub(crate) fn render(finished: &Finished) -> String {
    let mut suite = match &finished.result {
        Ok(report) => judged(report),
        Err(failure) => refused(failure, finished),
    };
    suite.properties.push(("exit_code", finished.exit_code().to_string()));
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // It is written into memory: there is nothing that could fail.
    let _ = suite.write(&mut writer);
    let mut text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

fn judged(report: &Report) -> Suite<'_> {
    let facts = report.facts().into_iter().map(|fact| (fact.name, visible(&fact.text).into_owned()));
    let decision = report.decision().label();
    let mut output: Vec<_> = report.warnings.iter().map(|warning| format!("Warning: {warning}")).collect();
    if let Some(changes) = &report.subject.policy_changes {
        let said = changes.changes.iter().map(|change| format!("{}: {}", changes.heading(), change.said()));
        output.extend(said);
    }
    output.push(format!("Decision: {}", report.decision_in_words()));
    Suite {
        command: report.command,
        timing: report.timing,
        properties: std::iter::once(("decision", decision.to_owned())).chain(facts).collect(),
        cases: rows(report).iter().map(|row| case(row, report.command)).collect(),
        output,
    }
}

fn case(row: &Row, command: &str) -> Case {
    let (verdict, message) = match row.status {
        _ if row.is_let_through() => (Verdict::Skipped, format!("let through by policy: {}", row.detail)),
        Status::Fail => (Verdict::Failure, row.detail.clone()),
        Status::Unproven => (Verdict::Error, row.detail.clone()),
        Status::Na | Status::Skipped => (Verdict::Skipped, row.detail.clone()),
        Status::Pass | Status::Hollow(_) | Status::Warn(_) => (Verdict::Passed, String::new()),
    };
    Case {
        name: shown(&row.id),
        class: format!("delivery-gate.{command}.{}", row.kind.label()),
        seconds: row.duration_ms / 1000.0,
        verdict,
        kind: row.status.label(),
        message,
        output: lines(row, verdict),
    }
}

/// What the verdict has for its message is not said again.
fn lines(row: &Row, verdict: Verdict) -> Vec<String> {
    let mut first = format!("[{}] {} {}", row.kind.label(), row.status.label(), row.title);
    if verdict == Verdict::Passed {
        first.extend([": ", &row.detail]);
    }
    let mut lines = vec![first];
    lines.extend(row.below.iter().map(|line| format!("  - {line}")));
    lines.extend(row.source.as_ref().map(|source| format!("Source: {}", source.text())));
    lines.extend(row.evidence.iter().map(|evidence| format!("Evidence: {evidence}")));
    lines.extend(row.findings.iter().take(FINDING_LIMIT).map(|finding| {
        let place = finding.place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        format!("Found: {place}{}: {}", finding.rule, finding.message)
    }));
    let more = row.findings.len().saturating_sub(FINDING_LIMIT);
    lines.extend((more > 0).then(|| format!("Found: {more} more")));
    lines
}

fn refused<'f>(failure: &'f Failure, finished: &'f Finished) -> Suite<'f> {
    let mut problems: Vec<_> = failure.problems.iter().map(Problem::in_one_line).collect();
    if problems.is_empty() {
        problems.push(failure.message.clone());
    }
    let case = Case {
        name: "the gate could be asked".to_owned(),
        class: format!("delivery-gate.{}", finished.command),
        seconds: 0.0,
        verdict: Verdict::Error,
        kind: failure.kind.label(),
        message: problems[0].clone(),
        output: problems.iter().map(|problem| format!("Problem: {problem}")).collect(),
    };
    let (command, timing) = (finished.command, finished.timing);
    Suite { command, timing, properties: Vec::new(), cases: vec![case], output: Vec::new() }
}

type Xml = Writer<Vec<u8>>;

impl Suite<'_> {
    fn count(&self, verdict: Verdict) -> String {
        self.cases.iter().filter(|case| case.verdict == verdict).count().to_string()
    }

    fn write(&self, xml: &mut Xml) -> io::Result<()> {
        let name = format!("delivery-gate {}", self.command);
        let seconds = seconds(self.timing.duration_ms / 1000.0);
        let (tests, skipped) = (self.cases.len().to_string(), self.count(Verdict::Skipped));
        let (failures, errors) = (self.count(Verdict::Failure), self.count(Verdict::Error));
        let counts = [("tests", &tests), ("failures", &failures), ("errors", &errors), ("time", &seconds)];
        let counts = counts.map(|(name, count)| (name, count.as_str()));
        // Readers expect no zone here; it is UTC.
        let timestamp = self.timing.started_at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let more = [("skipped", skipped.as_str()), ("timestamp", &timestamp)];
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let all = xml.create_element("testsuites").with_attribute(("name", "delivery-gate")).with_attributes(counts);
        all.write_inner_content(|xml| {
            let suite = xml.create_element("testsuite").with_attribute(("name", name.as_str()));
            suite.with_attributes(counts).with_attributes(more).write_inner_content(|xml| self.inside(xml))?;
            Ok(())
        })?;
        Ok(())
    }

    fn inside(&self, xml: &mut Xml) -> io::Result<()> {
        xml.create_element("properties").write_inner_content(|xml| {
            for (name, value) in &self.properties {
                let property = xml.create_element("property").with_attribute(("name", *name));
                property.with_attribute(("value", value.as_str())).write_empty()?;
            }
            Ok(())
        })?;
        self.cases.iter().try_for_each(|case| case.write(xml))?;
        text(xml, "system-out", &self.output)
    }
}

impl Case {
    fn write(&self, xml: &mut Xml) -> io::Result<()> {
        let seconds = seconds(self.seconds);
        let attributes = [("name", self.name.as_str()), ("classname", &self.class), ("time", &seconds)];
        xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
            self.write_verdict(xml)?;
            text(xml, "system-out", &self.output)
        })?;
        Ok(())
    }

    fn write_verdict(&self, xml: &mut Xml) -> io::Result<()> {
        let element = match self.verdict {
            Verdict::Passed => return Ok(()),
            Verdict::Failure => "failure",
            Verdict::Error => "error",
            Verdict::Skipped => "skipped",
        };
        let message = shown(&self.message);
        let element = xml.create_element(element).with_attribute(("type", self.kind));
        element.with_attribute(("message", message.as_str())).write_empty()?;
        Ok(())
    }
}

fn text(xml: &mut Xml, element: &str, lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = lines.iter().map(|line| shown(line)).collect();
    xml.create_element(element).write_text_content(BytesText::new(&lines.join("\n")))?;
    Ok(())
}

/// What XML 1.0 has no way to write is hidden, and so is written as an escape.
fn shown(text: &str) -> String {
    visible_up_to(text, LINE_LIMIT)
}

/// Never nothing: there are readers that divide by it.
fn seconds(seconds: f64) -> String {
    format!("{:.6}", seconds.max(LEAST_SECONDS))
}
