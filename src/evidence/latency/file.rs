//! One file: by its name and its beginning it is a table, lines of JSON, one JSON document or a text.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::doc::Doc;
use super::json::{by_field, of_given};
use super::{How, Measured, Percentiles, Unit, keep, lines, plain, table, text, tools};
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::system::files::Root;
use crate::world::glob;

/// The largest text of a tool, in bytes.
const TEXT_LIMIT: u64 = 16 << 20;

/// The longest first line that is looked at to tell lines of JSON from a document, in bytes.
const LOOK_AHEAD: usize = 1 << 16;

/// The percentiles of files, each of one run or more: of samples, or as they stand there.
///
/// # Errors
/// The file at fault, and what is wrong; or what is wrong with all of them together.
pub(crate) fn of_files(root: &Root, paths: &[PathBuf], how: &How) -> Result<Percentiles, String> {
    let mut measured = Vec::new();
    for path in paths {
        let named = |why: String| format!("{}: {why}", glob::shown(path));
        measured.push(read(root, path, how).and_then(|one| one.answered(how)).map_err(named)?);
    }
    Percentiles::of(&measured).map_err(|why| match paths {
        [only] => format!("{}: {why}", glob::shown(only)),
        _ => why,
    })
}

type Reader = BufReader<std::io::Take<std::fs::File>>;

fn open(root: &Root, path: &Path) -> Result<(Reader, u64), String> {
    let (file, size) = root.open(path).map_err(|error| error.to_string())?;
    let mut reader = BufReader::with_capacity(LOOK_AHEAD, file.take(size));
    let start = reader.fill_buf().map_err(|error| format!("it could not be read: {error}"))?;
    if start.starts_with("\u{feff}".as_bytes()) {
        reader.consume(3);
    }
    Ok((reader, size))
}

fn read(root: &Root, path: &Path, how: &How) -> Result<Measured, String> {
    let (mut reader, size) = open(root, path)?;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "csv" => return table::read(reader, b',', how),
        "tsv" => return table::read(reader, b'\t', how),
        "jsonl" | "ndjson" => return lines::read(reader, how),
        _ => {}
    }
    let start = reader.fill_buf().map_err(|error| format!("it could not be read: {error}"))?;
    match start.trim_ascii_start().first() {
        Some(b'{' | b'[') if is_lines(start) => lines::read(reader, how),
        Some(b'{' | b'[') => match &how.field {
            Some(field) => {
                let tool = tool_of(root, path);
                not_mistaken(tool, how)?;
                by_field(reader, field, unit(how, field)?)
            }
            None => of_doc(document(reader)?, how),
        },
        None => Err("it is empty".to_owned()),
        _ if size > TEXT_LIMIT => numbers(reader, how),
        _ => of_text(reader, how),
    }
}

/// Whether a first line is a whole document, and another begins behind it.
fn is_lines(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    let Some(end) = start.iter().position(|byte| *byte == b'\n') else { return false };
    let next = start[end..].trim_ascii_start().first();
    start[0] == b'{' && next == Some(&b'{') && serde_json::from_slice::<serde::de::IgnoredAny>(&start[..end]).is_ok()
}

fn document(reader: impl Read) -> Result<Doc, String> {
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let doc = serde::Deserialize::deserialize(&mut deserializer);
    let wrong = |error: serde_json::Error| plain(&error.to_string());
    let doc = doc.map_err(wrong)?;
    deserializer.end().map_err(wrong)?;
    Ok(doc)
}

/// The tool that made a document, where it is short enough to be one's.
fn tool_of(root: &Root, path: &Path) -> Option<&'static tools::Tool> {
    let (reader, _) = open(root, path).ok()?;
    tools::of_doc(&document(reader).ok()?).map(|(tool, _)| tool)
}

/// A value by name out of a tool's document has the tool's unit, which nobody may mistake for another.
fn not_mistaken(tool: Option<&'static tools::Tool>, how: &How) -> Result<(), String> {
    match tool {
        Some(tool) if how.unit.is_none() => Err(format!(
            "it is the output of {}, which counts in {}: leave `field:` out, or say `unit: {}` for this field",
            tool.name,
            tool.unit.word(),
            tool.unit.word()
        )),
        _ => Ok(()),
    }
}

/// The unit of plain numbers: as it is said, or as the name of the field says it, else milliseconds.
pub(super) fn unit(how: &How, field: &str) -> Result<Unit, String> {
    match (how.unit, Unit::of_field(field)) {
        (Some(said), Some(named)) if said != named => {
            Err(format!("`unit: {}` contradicts the field's name `{}`", said.word(), visible_up_to(field, 40)))
        }
        (said, named) => Ok(said.or(named).unwrap_or(Unit::Ms)),
    }
}

/// A tool's output has a unit of its own.
pub(super) fn of_its_own_unit(tool: &tools::Tool, how: &How) -> Result<(), String> {
    match how.unit.filter(|unit| *unit != tool.unit) {
        Some(unit) => Err(format!(
            "it is the output of {}, which counts in {}, and `unit: {}` contradicts that; leave `unit:` out",
            tool.name,
            tool.unit.word(),
            unit.word()
        )),
        None => Ok(()),
    }
}

/// A document without a field: a list of numbers, a tool's, or percentiles by their names.
pub(super) fn of_doc(doc: Doc, how: &How) -> Result<Measured, String> {
    let doc = match doc {
        Doc::Numbers(numbers) => {
            let mut samples = Vec::with_capacity(numbers.len());
            let unit = how.unit.unwrap_or(Unit::Ms);
            for (at, number) in (1..).zip(numbers) {
                keep(&mut samples, unit.milliseconds(number)).map_err(|why| format!("sample {at}: {why}"))?;
            }
            return Ok(Measured::samples(samples));
        }
        Doc::List(items) if items.is_empty() => return Err("an empty list: nothing was measured".to_owned()),
        doc => doc,
    };
    if let Some((tool, read)) = tools::of_doc(&doc) {
        of_its_own_unit(tool, how)?;
        let named = |why: String| format!("the output of {}: {why}", tool.name);
        return read(&doc, how).map_err(named);
    }
    let given: Metrics = doc.entries().iter().map(|(name, value)| (name.clone(), amount(value))).collect();
    match &doc {
        Doc::Object(_) if !given.is_empty() => of_given(&given).map_err(|why| format!("{why}; {}", tools::known())),
        Doc::List(items) if items.iter().all(|item| matches!(item, Doc::Object(_))) => {
            Err(format!("the samples are objects: name the value with `field:`; {}", tools::known()))
        }
        Doc::List(items) => {
            let other = items.iter().find(|item| item.as_number().is_none()).map_or("a list", Doc::kind);
            Err(format!("a sample is {other}, not a number"))
        }
        _ => Err(format!("it has no shape that is known; {}", tools::known())),
    }
}

/// As records have it; of a list that is not one of numbers, only that it is a list.
fn amount(doc: &Doc) -> serde_json::Value {
    match doc {
        Doc::Number(number) => (*number).into(),
        Doc::Text(text) => text.clone().into(),
        Doc::Numbers(numbers) => numbers.clone().into(),
        Doc::Object(entries) => {
            entries.iter().map(|(name, value)| (name.clone(), amount(value))).collect::<Metrics>().into()
        }
        Doc::Null => serde_json::Value::Null,
        Doc::List(_) => serde_json::Value::Array(Vec::new()),
        Doc::Bool(flag) => (*flag).into(),
    }
}

fn of_text(mut reader: impl Read, how: &How) -> Result<Measured, String> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| format!("it could not be read: {error}"))?;
    let content = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if let Some((tool, read)) = text::of(content) {
        of_its_own_unit(tool, how)?;
        return read(content, how).map_err(|why| format!("the output of {}: {why}", tool.name));
    }
    numbers(bytes.as_slice(), how)
}

/// A number a line.
fn numbers(reader: impl BufRead, how: &How) -> Result<Measured, String> {
    let (mut samples, unit) = (Vec::new(), how.unit.unwrap_or(Unit::Ms));
    crate::structured::bounded_lines::each_line(reader, |number, line| {
        let line = String::from_utf8_lossy(line);
        let sample: f64 = line.trim().parse().map_err(|_| match number {
            1 => format!("it has no shape that is known; {}", tools::known()),
            _ => format!("line {number}: `{}` is not a number", visible_up_to(line.trim(), 40)),
        })?;
        keep(&mut samples, unit.milliseconds(sample)).map_err(|why| format!("line {number}: {why}"))
    })?;
    Ok(Measured::samples(samples))
}
