//! JSON for people and machines, indented or in one line, with hidden characters and CI commands written as `\uXXXX`.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::model::escape::{is_hidden, starts_command};

/// Writes a document, which ends in a line break.
#[must_use]
pub(crate) fn to_string<T: Serialize + ?Sized>(document: &T) -> String {
    written(document, PrettyFormatter::new()) + "\n"
}

/// Writes a document in one line, without its end.
#[must_use]
pub(crate) fn to_line<T: Serialize + ?Sized>(document: &T) -> String {
    written(document, CompactFormatter)
}

fn written<T: Serialize + ?Sized>(document: &T, formatter: impl Formatter) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Visible(formatter));
    // Strings, numbers and maps with string keys into memory: there is nothing that could fail.
    let _ = document.serialize(&mut serializer);
    String::from_utf8(bytes).unwrap_or_default()
}

/// JSON in which hidden characters and CI commands are written as `\uXXXX`.
struct Visible<F>(F);

impl<F: Formatter> Formatter for Visible<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices() {
            let command = c == '#' && at > 0 && starts_command(&fragment[at - 1..]);
            if command || is_hidden(c) {
                writer.write_all(&fragment.as_bytes()[plain..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                plain = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_read_back_unchanged() {
        let text = "a\u{202e}\u{2028}\u{7f}\u{9b}\u{e0041}\0\n ##[error]x \"quoted\" ##";
        for written in [to_string(text), to_line(text)] {
            assert!(!written.contains("##[") && !written.trim_end().chars().any(is_hidden), "{written}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
