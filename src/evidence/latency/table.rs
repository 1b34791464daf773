//! Samples out of a column of a CSV or TSV file, and the tables of tools, which are told by their headers.

use std::io::Read;

use super::lines::Requests;
use super::series::pick;
use super::tools::{AB, HYPERFINE, K6, LOCUST, OHA, Tool, percentile};
use super::{How, Measured, Run, file, keep, lines, plain};
use crate::model::escape::visible_up_to;

type Table<R> = csv::Reader<R>;

/// Reads a table: of a tool, or the samples of the column named by the field, or of the only one.
///
/// # Errors
/// What is no sample, with its line.
pub(super) fn read(reader: impl Read, delimiter: u8, how: &How) -> Result<Measured, String> {
    // With CRLF as a terminator the reader's line numbers are one too low; trimming takes the CR away.
    let mut reader = csv::ReaderBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(reader);
    let headers = reader.headers().map_err(|error| csv_fault(&error))?.clone();
    let tool = tool_of(&headers);
    if let (Some((tool, read)), None) = (&tool, &how.field) {
        file::of_its_own_unit(tool, how)?;
        let rows = Rows { reader, headers };
        return read(rows, how).map_err(|why| format!("the output of {}: {why}", tool.name));
    }
    if let Some((tool, _)) = tool.as_ref().filter(|(tool, _)| **tool == K6) {
        return Err(lines::without_field(tool));
    }
    let at = column(&headers, how.field.as_deref())?;
    let unit = match tool {
        Some((tool, _)) => {
            file::of_its_own_unit(tool, how)?;
            tool.unit
        }
        None => file::unit(how, headers.get(at).unwrap_or_default())?,
    };
    let failures = failures(&headers, tool.as_ref().map(|(tool, _)| *tool));
    let (mut samples, mut all, mut failed) = (Vec::new(), 0, 0);
    Rows { reader, headers }.each(|record| {
        all += 1;
        if failures.is_some_and(|(at, fails)| fails(record.get(at).unwrap_or_default())) {
            failed += 1;
            return Ok(());
        }
        keep(&mut samples, unit.milliseconds(number(record, at)?))
    })?;
    Ok(Measured { requests: failures.map(|_| all), failed, ..Measured::samples(samples) })
}

/// The rows of a table, the headers behind it.
struct Rows<R> {
    reader: Table<R>,
    headers: csv::StringRecord,
}

impl<R: Read> Rows<R> {
    fn at(&self, name: &str) -> Result<usize, String> {
        self.headers.iter().position(|header| header == name).ok_or_else(|| format!("it has no column `{name}`"))
    }

    fn each(mut self, mut take: impl FnMut(&csv::StringRecord) -> Result<(), String>) -> Result<(), String> {
        let mut record = csv::StringRecord::new();
        while self.reader.read_record(&mut record).map_err(|error| csv_fault(&error))? {
            take(&record).map_err(|why| format!("{}: {why}", csv_place(&record, self.reader.position())))?;
        }
        Ok(())
    }
}

fn number(record: &csv::StringRecord, at: usize) -> Result<f64, String> {
    let text = record.get(at).unwrap_or_default();
    text.parse().map_err(|_| format!("`{}` is not a number", visible_up_to(text, 40)))
}

type Reader<R> = fn(Rows<R>, &How) -> Result<Measured, String>;

fn tool_of<R: Read>(headers: &csv::StringRecord) -> Option<(&'static Tool, Reader<R>)> {
    let has = |names: &[&str]| names.iter().all(|name| headers.iter().any(|header| header == *name));
    let shapes: [(bool, &'static Tool, Reader<R>); 6] = [
        (has(&["request-start", "request-duration", "status"]), &OHA, oha),
        (has(&["ctime", "dtime", "ttime", "wait"]), &AB, ab),
        (has(&["Percentage served", "Time in ms"]), &AB, ab),
        (has(&["Type", "Name", "Request Count", "Failure Count", "95%"]), &LOCUST, locust),
        (has(&["metric_name", "metric_value", "expected_response"]), &K6, k6),
        (
            has(&["command", "mean", "median", "user", "system"]) || has(&["command", "time_wall_clock_median"]),
            &HYPERFINE,
            hyperfine,
        ),
    ];
    shapes.into_iter().find(|(alike, ..)| *alike).map(|(_, tool, read)| (tool, read))
}

/// It has no row for what could not be asked at all.
fn oha<R: Read>(_rows: Rows<R>, _how: &How) -> Result<Measured, String> {
    Err("its table leaves out what got no answer: write it with `--output-format json`, or name a column with `field:`"
        .to_owned())
}

/// ab's tables and hyperfine's leave out what failed, or all samples: what shows more is asked for.
fn ab<R: Read>(_rows: Rows<R>, _how: &How) -> Result<Measured, String> {
    Err("its tables do not say what failed: keep its text, or name a column with `field:`".to_owned())
}

fn hyperfine<R: Read>(_rows: Rows<R>, _how: &How) -> Result<Measured, String> {
    Err("its table has no samples: write it with `--export-json`, or name a column with `field:`".to_owned())
}

/// locust's `_stats.csv`: a row for each endpoint and one for all of them.
fn locust<R: Read>(rows: Rows<R>, how: &How) -> Result<Measured, String> {
    let [kind, name, requests, failures] =
        [rows.at("Type")?, rows.at("Name")?, rows.at("Request Count")?, rows.at("Failure Count")?];
    let columns = [rows.at("50%")?, rows.at("95%")?, rows.at("99%")?];
    let mut all = Vec::new();
    rows.each(|record| {
        let part = |at: usize| record.get(at).unwrap_or_default();
        all.push((format!("{} {}", part(kind), part(name)).trim().to_owned(), record.clone()));
        Ok(())
    })?;
    let (series, record) = pick(all, how.series.as_deref().or(Some("Aggregated")))?;
    let count = |at: usize| {
        let text = record.get(at).unwrap_or_default();
        text.parse::<u64>().map_err(|_| format!("`{}` is no count", visible_up_to(text, 40)))
    };
    let (requests, failed) = (count(requests)?, count(failures)?);
    let mut found = [None; 3];
    for (at, column) in columns.into_iter().enumerate().filter(|_| requests > failed) {
        found[at] = percentile(&LOCUST, at, number(&record, column)?, how)?;
    }
    Ok(Measured {
        series: Some(series),
        requests: Some(requests),
        failed,
        ..Measured::of_tool(&LOCUST, vec![Run::Given(found)])
    })
}

/// k6's CSV: a row for each value of each metric.
fn k6<R: Read>(rows: Rows<R>, how: &How) -> Result<Measured, String> {
    let [metric, value, expected] = [rows.at("metric_name")?, rows.at("metric_value")?, rows.at("expected_response")?];
    let mut requests = Requests::new(&K6);
    rows.each(|record| {
        let fails = record.get(expected) == Some("false");
        requests.k6(record.get(metric), fails, how, || number(record, value))
    })?;
    Ok(requests.end())
}

/// A column that says which rows failed, and how it says so.
type Failures = (usize, fn(&str) -> bool);

/// The column that says which rows failed, where there is one: oha's `status`, and `success` as JMeter has it.
fn failures(headers: &csv::StringRecord, tool: Option<&Tool>) -> Option<Failures> {
    let (name, fails): (_, fn(&str) -> bool) = match tool {
        Some(tool) if *tool == OHA => ("status", |status| !status.starts_with(['2', '3'])),
        _ => ("success", |word| word.eq_ignore_ascii_case("false")),
    };
    headers.iter().position(|header| header == name).map(|at| (at, fails))
}

/// A record may span lines, and blank lines before it are passed over.
fn csv_place(record: &csv::StringRecord, after: &csv::Position) -> String {
    let first = record.position().map_or(1, csv::Position::line);
    match after.line() {
        last if last > first + 1 => format!("lines {first} to {}", last - 1),
        _ => format!("line {first}"),
    }
}

fn csv_fault(error: &csv::Error) -> String {
    let line = error.position().map_or(1, csv::Position::line);
    format!("line {line}: it is not sound CSV in UTF-8: {}", plain(&error.to_string()))
}

fn column(headers: &csv::StringRecord, field: Option<&str>) -> Result<usize, String> {
    if let Some(column) = headers.iter().position(|header| header.parse::<f64>().is_ok()) {
        return Err(format!("line 1: a header is needed, and its column {} is a number", column + 1));
    }
    let Some(field) = field else {
        let alone = headers.len() == 1;
        let several = || format!("it has several columns: name one with `field:`; {}", super::tools::known());
        return if alone { Ok(0) } else { Err(several()) };
    };
    let mut named = headers.iter().enumerate().filter(|(_, header)| *header == field);
    match (named.next(), named.next()) {
        (Some((column, _)), None) => Ok(column),
        (None, _) => Err(format!("no column is named `{}`", visible_up_to(field, 40))),
        _ => Err(format!("several columns are named `{}`", visible_up_to(field, 40))),
    }
}
