//! Reading a file line by line, with a bound on the line.

use std::io::{self, BufRead, Read};

/// The longest line of a file that is read line by line, in bytes.
pub(crate) const LINE_LIMIT: usize = 4 << 20;

/// Calls `each` with the number (from 1) and the bytes of every line that is not blank. A leading byte order mark is
/// left out.
///
/// # Errors
/// The first reason of `each`, a line over [`LINE_LIMIT`], and what the system says.
pub(crate) fn each_line(
    mut reader: impl BufRead,
    mut each: impl FnMut(usize, &[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let mut line = Vec::new();
    for number in 1.. {
        if next(&mut reader, &mut line).map_err(|error| format!("it could not be read: {error}"))? == 0 {
            break;
        }
        if line.len() > LINE_LIMIT {
            return Err(format!("line {number} is longer than {} MiB", LINE_LIMIT >> 20));
        }
        let line = line.trim_ascii_end();
        let line = if number == 1 { line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line) } else { line };
        if !line.trim_ascii_start().is_empty() {
            each(number, line)?;
        }
    }
    Ok(())
}

fn next(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    reader.by_ref().take(LINE_LIMIT as u64 + 1).read_until(b'\n', line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Result<Vec<(usize, String)>, String> {
        let mut lines = Vec::new();
        each_line(bytes, |number, line| {
            lines.push((number, String::from_utf8_lossy(line).into_owned()));
            Ok(())
        })?;
        Ok(lines)
    }

    #[test]
    fn lines_have_their_numbers() {
        let found = lines(b"\xef\xbb\xbfa\r\n\n \t\nb\nc").unwrap();
        assert_eq!(found, [(1, "a".into()), (4, "b".into()), (5, "c".into())]);
        assert_eq!(lines(b""), Ok(vec![]));
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let error = lines(&[b"a\n".to_vec(), vec![b'x'; LINE_LIMIT + 2]].concat()).expect_err("too long");
        assert_eq!(error, "line 2 is longer than 4 MiB");
        assert!(lines(&vec![b'x'; LINE_LIMIT]).is_ok());
    }
}
