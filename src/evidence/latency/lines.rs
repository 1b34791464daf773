//! JSON a line: plain samples, or what k6 and vegeta write of each request.

use std::io::BufRead;

use super::doc::Doc;
use super::json::Lines;
use super::tools::{K6, Tool, VEGETA};
use super::{How, Measured, Run, file, keep, plain};
use crate::structured::bounded_lines::each_line;

/// The metric of k6 that is the time of a request.
pub(super) const K6_DURATION: &str = "http_req_duration";

/// The samples of all lines.
///
/// # Errors
/// What is no sample, with its line.
pub(super) fn read(reader: impl BufRead, how: &How) -> Result<Measured, String> {
    let mut kind = None;
    each_line(reader, |number, line| {
        if kind.is_none() {
            kind = Some(Kind::of(line, how)?);
        }
        let read = match &mut kind {
            Some(Kind::Plain(lines)) => lines.line(line),
            Some(Kind::Of(requests)) => requests.line(line, how),
            None => Ok(()),
        };
        read.map_err(|why| format!("line {number}: {why}"))
    })?;
    match kind {
        None => Err("it is empty".to_owned()),
        Some(Kind::Plain(lines)) => Ok(lines.end()),
        Some(Kind::Of(requests)) => Ok(requests.end()),
    }
}

enum Kind<'h> {
    Plain(Lines<'h>),
    Of(Requests),
}

impl<'h> Kind<'h> {
    /// By the first line.
    fn of(line: &[u8], how: &'h How) -> Result<Self, String> {
        let tool = serde_json::from_slice::<Doc>(line).ok().and_then(|doc| {
            let k6 = doc.has(&["type", "data", "metric"]);
            let vegeta = doc.has(&["attack", "seq", "code", "latency"]);
            if k6 { Some(&K6) } else { vegeta.then_some(&VEGETA) }
        });
        match (tool, &how.field) {
            (Some(tool), None) => {
                file::of_its_own_unit(tool, how)?;
                Ok(Self::Of(Requests::new(tool)))
            }
            (Some(tool), Some(_)) => Err(without_field(tool)),
            (None, Some(field)) => Ok(Self::Plain(Lines::new(Some(field), file::unit(how, field)?))),
            (None, None) => Ok(Self::Plain(Lines::new(None, how.unit.unwrap_or(super::Unit::Ms)))),
        }
    }
}

/// A value by name would take what failed, and other metrics, for times of answers.
pub(super) fn without_field(tool: &Tool) -> String {
    let name = tool.name;
    format!(
        "it is the output of {name}, in which not every row is an answer: leave `field:` out; `series:` names a metric of k6"
    )
}

/// What a tool writes of each request.
pub(super) struct Requests {
    tool: &'static Tool,
    samples: Vec<f64>,
    all: u64,
    failed: u64,
    /// k6's own count of requests and of those that failed: not every metric says which of its values belong to these.
    asked: u64,
    refused: u64,
}

impl Requests {
    pub(super) fn new(tool: &'static Tool) -> Self {
        Self { tool, samples: Vec::new(), all: 0, failed: 0, asked: 0, refused: 0 }
    }

    /// One value of one of k6's metrics.
    pub(super) fn k6(
        &mut self,
        metric: Option<&str>,
        fails: bool,
        how: &How,
        value: impl FnOnce() -> Result<f64, String>,
    ) -> Result<(), String> {
        if metric == Some("http_req_failed") {
            self.asked += 1;
            self.refused += u64::from(value()? > 0.0);
            return Ok(());
        }
        if metric != Some(how.series.as_deref().unwrap_or(K6_DURATION)) {
            return Ok(());
        }
        self.take(value()?, fails)
    }

    fn take(&mut self, value: f64, fails: bool) -> Result<(), String> {
        self.all += 1;
        if fails {
            self.failed += 1;
            return Ok(());
        }
        keep(&mut self.samples, self.tool.unit.milliseconds(value))
    }

    fn line(&mut self, line: &[u8], how: &How) -> Result<(), String> {
        let doc: Doc = serde_json::from_slice(line)
            .map_err(|error| plain(error.to_string().split(" at line ").next().unwrap_or_default()))?;
        if std::ptr::eq(self.tool, &raw const K6) {
            if doc.get("type").and_then(Doc::as_text) != Some("Point") {
                return Ok(());
            }
            let fails = doc.at(&["data", "tags", "expected_response"]).and_then(Doc::as_text) == Some("false");
            let metric = doc.get("metric").and_then(Doc::as_text);
            return self.k6(metric, fails, how, || doc.number(&["data", "value"]));
        }
        // What vegeta could not ask has code 0; it takes 200 to 399 for an answer, and says so in `error` elsewhere.
        let answered = (200.0..400.0).contains(&doc.number(&["code"])?);
        let silent = doc.get("error").is_none_or(|error| error.as_text() == Some(""));
        self.take(doc.number(&["latency"])?, !answered || !silent)
    }

    pub(super) fn end(self) -> Measured {
        let run = vec![Run::Samples(self.samples)];
        let (requests, failed) =
            if self.refused > self.failed { (self.asked, self.refused) } else { (self.all, self.failed) };
        Measured { requests: Some(requests), failed, ..Measured::of_tool(self.tool, run) }
    }
}
