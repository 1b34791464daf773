//! Samples out of a column of a CSV file.

use std::io::Read;

use super::{keep, plain};
use crate::model::escape::visible_up_to;

/// The samples of the column named `field`, or of the only one.
pub(crate) fn csv_samples(reader: impl Read, field: Option<&str>) -> Result<Vec<f64>, String> {
    // With CRLF as a terminator the reader's line numbers are one too low; trimming takes the CR away.
    let lines = csv::Terminator::Any(b'\n');
    let mut reader = csv::ReaderBuilder::new().terminator(lines).trim(csv::Trim::All).from_reader(reader);
    let headers = reader.headers().map_err(|error| csv_fault(&error))?;
    let column = column(headers, field)?;
    let mut samples = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| csv_fault(&error))? {
        let text = record.get(column).unwrap_or_default();
        let sample = text.parse().map_err(|_| format!("`{}` is not a number", visible_up_to(text, 40)));
        let kept = sample.and_then(|sample| keep(&mut samples, sample));
        kept.map_err(|why| format!("{}: {why}", csv_place(&record, reader.position())))?;
    }
    Ok(samples)
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
        return if alone { Ok(0) } else { Err("it has several columns: name one with `field:`".into()) };
    };
    let mut named = headers.iter().enumerate().filter(|(_, header)| *header == field);
    match (named.next(), named.next()) {
        (Some((column, _)), None) => Ok(column),
        (None, _) => Err(format!("no column is named `{}`", visible_up_to(field, 40))),
        _ => Err(format!("several columns are named `{}`", visible_up_to(field, 40))),
    }
}
