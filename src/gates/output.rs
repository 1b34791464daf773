//! What a command left, as JSON or as none. What begins like JSON and is not one object could be a verdict that was cut
//! off or is not understood: it is an error, never a plain text.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::proc::Captured;
use crate::structured::json;

/// The longest part of a line that an error quotes, in characters.
const QUOTED: usize = 80;

/// How many letters of a word in brackets make it a mark of a log's line, such as `[INFO]` or `[2026-11-29 10:00:00]`.
const MARK_LIMIT: usize = 64;

const HELP: &str =
    "print one JSON object as the last thing, from the start of a line, and everything else to standard error";

/// The metrics that a command printed; `None` where it printed a plain text or nothing.
///
/// # Errors
/// What begins like JSON is not one object, with the place where it stops to be.
pub(crate) fn printed(output: &Captured) -> Result<Option<Metrics>, String> {
    let found = match output.whole() {
        Some(bytes) => of_text(bytes),
        None => of_cut(&output.bytes(), output.left_out()),
    };
    found.map_err(|why| format!("standard output is not one JSON object: {why}; {HELP}"))
}

/// Whether a command printed nothing but blanks.
pub(crate) fn is_silent(output: &Captured) -> bool {
    output.whole().is_some_and(|bytes| bytes.trim_ascii().is_empty())
}

/// The metrics of a file that a command wrote; `None` where the file is of another kind.
///
/// # Errors
/// The file is called `*.json` or begins like JSON, and is not one object.
pub(crate) fn file(name: &str, bytes: &[u8]) -> Result<Option<Metrics>, String> {
    let ends_in = |ending: &str| name.len() > ending.len() && name.to_ascii_lowercase().ends_with(ending);
    let wrong = |why: String| format!("it is not one JSON object: {why}");
    if ends_in(".json") {
        return whole(bytes).map(Some).map_err(wrong);
    }
    let lines = ends_in(".jsonl") || ends_in(".ndjson");
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let begins = text.trim_start_matches(is_nothing).starts_with(['{', '[']);
    match whole(bytes) {
        Ok(metrics) => Ok(Some(metrics)),
        Err(why) if begins && !lines && json::parse(without_mark(bytes)).is_err() => Err(wrong(why)),
        Err(_) => Ok(None),
    }
}

/// Every JSON document of an output, from the first line that begins with one: an auditor may print one after another. `None`
/// where something else stands between or behind them, or nothing is JSON; of nothing at all there are none.
pub(crate) fn documents(bytes: &[u8]) -> Option<Vec<Value>> {
    let bytes = without_mark(bytes);
    if bytes.trim_ascii().is_empty() {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let start = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let start = start.filter(|(_, line)| line.starts_with(['{', '['])).map(|(at, _)| at).next()?;
    let all = serde_json::Deserializer::from_str(&text[start..]).into_iter::<&RawValue>();
    all.map(|one| json::parse(one.ok()?.get().as_bytes()).ok()).collect()
}

fn is_nothing(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

fn of_text(bytes: &[u8]) -> Result<Option<Metrics>, String> {
    if is_wide(bytes) {
        return Err("it is UTF-16 or UTF-32, and only UTF-8 is read".to_owned());
    }
    let text = String::from_utf8_lossy(bytes);
    let Some(start) = candidate(&text) else { return Ok(None) };
    // Line breaks in place of what was said before keep the numbers of the lines.
    let before = text[..start].matches('\n').count();
    let rest = match bytes.len() == text.len() {
        true => &bytes[start..],
        false => return Err(not_utf8(bytes)),
    };
    let padded = ["\n".repeat(before).as_bytes(), rest].concat();
    whole(&padded).map(Some)
}

/// Of output of which the middle was not kept, nothing is read.
fn of_cut(bytes: &[u8], left_out: u64) -> Result<Option<Metrics>, String> {
    let text = String::from_utf8_lossy(bytes);
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let closes = last.trim_end().ends_with(['}', ']']) && mark(last.trim_start()).is_none();
    if is_wide(bytes) || candidate(&text).is_some() || closes {
        return Err(match left_out {
            0 => "its end could not be read".to_owned(),
            _ => "it is longer than 1 MiB".to_owned(),
        });
    }
    Ok(None)
}

fn whole(bytes: &[u8]) -> Result<Metrics, String> {
    match json::parse(without_mark(bytes)) {
        Ok(Value::Object(metrics)) => Ok(metrics),
        Ok(other) => Err(format!("it is {}", json::kind(&other))),
        Err(why) => Err(placed(&why, bytes)),
    }
}

/// A parser's reason with its place first, and the line.
fn placed(why: &str, bytes: &[u8]) -> String {
    let Some((reason, (line, column))) = place(why) else { return visible_up_to(why, 200) };
    let text = String::from_utf8_lossy(bytes);
    let quoted = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default().trim();
    let reason = visible_up_to(reason, 200);
    match quoted {
        "" => format!("line {line}, column {column}: {reason}"),
        _ => format!("line {line}, column {column}: {reason}: `{}`", visible_up_to(quoted, QUOTED)),
    }
}

fn place(why: &str) -> Option<(&str, (usize, usize))> {
    let (reason, place) = why.rsplit_once(" at line ")?;
    let (line, column) = place.split_once(" column ")?;
    Some((reason, (line.parse().ok()?, column.parse().ok()?)))
}

fn not_utf8(bytes: &[u8]) -> String {
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let line = bytes[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("line {line} is not UTF-8")
}

/// UTF-16 and UTF-32 have a mark of their own and NULs behind it, or a NUL beside the first brace. The bytes of a mark alone
/// are what any program may print that does not print text.
fn is_wide(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4)];
    let marked = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    head.contains(&0) && (marked || head.iter().any(|byte| matches!(byte, b'{' | b'[')))
}

/// Where something begins that is to be one JSON object: the text itself; or a line that begins as JSON does and is not
/// followed by others that show it to be a plain text's.
fn candidate(text: &str) -> Option<usize> {
    let first = text.len() - text.trim_start_matches(is_nothing).len();
    if first < text.len() && begins(&text[first..]) {
        return Some(first);
    }
    let breaks = ['\n', '\r'];
    let last = text.trim_end().rfind(breaks).map_or(0, |end| end + 1);
    let only_closes = text[last..].trim().chars().all(|c| matches!(c, '}' | ']' | ' '));
    let closes = only_closes || text.trim_end().ends_with('}');
    let mut lines = text.match_indices(breaks).map(|(end, _)| end + 1);
    lines.find(|start| {
        let line = &text[*start..];
        let at_start = begins(line) && (*start >= last || closes || is_strict(line));
        // An object that is indented is one where it is the last thing; elsewhere it belongs to a longer text.
        at_start || (is_strict(line.trim_start_matches([' ', '\t'])) && (*start >= last || only_closes))
    })
}

/// Whether a line begins as JSON does; a log's `[INFO] …` does not, unless what follows does.
fn begins(line: &str) -> bool {
    let line = plain(line);
    match mark(line) {
        Some(rest) => begins(rest),
        None => line.starts_with(['{', '[']),
    }
}

/// What follows the mark of a log's line. Two brackets around one word, with nothing after them, are a list.
fn mark(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    let is_word = |c: char| c.is_alphanumeric() || " :./%_+-#*!?@=".contains(c);
    let length: usize = inner.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
    let rest = inner[length..].strip_prefix(']').filter(|_| (1..=MARK_LIMIT).contains(&length))?;
    let rest = plain(rest.split('\n').next()?).trim_start_matches([':', ' ', '\t']);
    (!rest.trim().is_empty()).then_some(rest)
}

/// A text without what colours its beginning on a terminal.
fn plain(text: &str) -> &str {
    let mut text = text;
    while let Some(rest) = text.strip_prefix("\u{1b}[") {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        text = rest.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest);
    }
    text
}

/// Whether a line begins as an object of JSON itself, and not only as one of a programming language.
fn is_strict(line: &str) -> bool {
    line.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '}']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn one_object_is_read_where_it_is_the_last_thing() {
        for text in [
            "{\"a\": 1}",
            "\u{feff}{\"a\": 1}\r\n",
            "\n\n  {\n\"a\":\n1\n}\n\n",
            "npm warn\n{\"a\":1}\n",
            "50%\r100%\r{\"a\":1}\r\n",
            "[INFO] begins\n[1/2] works\n{\n  \"a\": 1\n}\n",
            "log\n  {\"a\":1}\n",
            "log\n  {\n  \"a\": 1\n  }\n",
            "reads {x}\n  {indented}\n{\"a\": 1}",
        ] {
            assert_eq!(of_text(text.as_bytes()), Ok(json!({"a": 1}).as_object().cloned()), "{text}");
        }
    }

    #[test]
    fn a_plain_text_is_no_json() {
        for text in [
            "",
            " \n",
            "all green",
            "12",
            "true",
            "\"x\"",
            "[INFO] Scanning for projects...\n[INFO] BUILD SUCCESS\n",
            "[1/4] Resolving\n[2/4] Fetching",
            "[2026-11-29T10:00:00Z] [main]: done",
            "\u{1b}[32m[OK]\u{1b}[0m passed",
            "begin\n  {\"a\": 1}\nend",
            "dump:\n{ a: 1 }\nall passed [12 s]",
            "begin {\"a\": 1}",
            "dump:\n{ a: 1 }\nall passed",
            "list:\n['x']\nall passed",
        ] {
            assert_eq!(of_text(text.as_bytes()), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_begins_like_json_and_is_not_one_object_has_a_place() {
        let cases: [(&[u8], &str); 25] = [
            (b"{", "line 1, column 1: EOF"),
            (b"{\"verdict\":\"FAIL\",\"score\":NaN}", "line 1, column 27: expected value"),
            (b"npm warn\n{\"verdict\":\"FAIL\",}", "line 2, column 19: trailing comma"),
            (b"{} {}", "line 1, column 4: trailing characters: `{} {}`"),
            (b"{}\n{}\n", "line 2, column 1: trailing characters: `{}`"),
            (b"{\"verdict\":\"FAIL\"}\nDone in 3 s.", "line 2, column 1: trailing characters: `Done in 3 s.`"),
            (b"log\n{\"verdict\":\"FAIL\"}\nDone.", "line 3, column 1: trailing characters: `Done.`"),
            (b"log\n{\"verdict\":\"FAIL\", \"x\": \n", "line 3, column 0: EOF"),
            (b"log\n{\"verdict\":\"FAIL\"}\n{\"verdict\":\"PASS\"}", "line 3, column 1: trailing characters"),
            (b"{'verdict': 'FAIL'}", "line 1, column 2: key must be a string"),
            (b"log\n{'verdict': 'FAIL'}", "line 2, column 2: key must be a string"),
            (b"log\n{verdict:\n FAIL}", "line 2, column 2: key must be a string"),
            (b"{\"a\": 1, \"a\": 2}", "the key 'a' is there twice"),
            (b"[]", "it is a list"),
            (b"[1]\n", "it is a list"),
            (b"[{\"verdict\": \"FAIL\"}]", "it is a list"),
            (b"log\n[{\"verdict\": \"FAIL\"}]\n", "it is a list"),
            (b"[INFO] {\"verdict\": \"FAIL\"}", "line 1, column 2"),
            (b"log\n[12:00:00] [x] {\"verdict\": \"FAIL\"}", "line 2, column"),
            (b"\x1b[1m{\"verdict\": \"FAIL\"}\x1b[0m", "line 1, column 1"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"{\0}\0", "UTF-16"),
            (b"\0\0\0{", "UTF-16"),
            (b"ok\n{\"a\": \"\xff\"}", "line 2 is not UTF-8"),
            (b"\n \n{\"a\" 1}", "line 3, column 6: expected `:`: `{\"a\" 1}`"),
        ];
        for (text, why) in cases {
            let shown = String::from_utf8_lossy(text);
            let found = of_text(text).expect_err(&shown);
            assert!(found.contains(why), "{shown}: {found}");
        }
    }

    #[test]
    fn of_what_was_cut_nothing_is_read() {
        for text in ["{\"a\": 1\n[…]\nx", "log\n[…]\n{\"a\": 1}", "log\n[…] bytes\n 1}", "log\n[…]\n  ]\n}\n"] {
            assert_eq!(of_cut(text.as_bytes(), 7), Err("it is longer than 1 MiB".to_owned()), "{text}");
        }
        assert_eq!(of_cut(b"begin\n[left out]\nend\n", 7), Ok(None));
        assert_eq!(of_cut(b"{}", 0), Err("its end could not be read".to_owned()));
    }

    #[test]
    fn a_file_is_what_its_name_or_its_beginning_says() {
        assert_eq!(file("r.json", b"\xef\xbb\xbf{\"a\": 1}"), Ok(json!({"a": 1}).as_object().cloned()));
        assert_eq!(file("r.txt", b"{\"a\": 1}"), Ok(json!({"a": 1}).as_object().cloned()));
        for (name, text) in [("r.xml", "<a/>"), ("r.txt", ""), ("r.jsonl", "{}\n{}"), ("r.txt", "[1]"), (".json", "x")]
        {
            assert_eq!(file(name, text.as_bytes()), Ok(None), "{name}: {text}");
        }
        for (name, text) in
            [("r.json", "{oops"), ("R.JSON", ""), ("r.json", "[1]"), ("r.json", "x"), ("r.txt", "{oops")]
        {
            assert!(file(name, text.as_bytes()).is_err(), "{name}: {text}");
        }
    }

    #[test]
    fn documents_may_follow_each_other() {
        for (text, count) in [
            ("", Some(0)),
            (" \n", Some(0)),
            ("{}", Some(1)),
            ("{\"a\": 1}\n{\"b\": 2}\n", Some(2)),
            ("{\n}\n{\n}", Some(2)),
            ("[]", Some(1)),
            ("warning: x\n{}\n", Some(1)),
        ] {
            assert_eq!(documents(text.as_bytes()).map(|all| all.len()), count, "{text}");
        }
        for text in ["plain", "{} done", "{\"a\": 1, \"a\": 2}", "{}\n{", "{\"a\": NaN}", "\u{fffd}{"] {
            assert_eq!(documents(text.as_bytes()), None, "{text}");
        }
        assert_eq!(documents(b"{}\xff"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics_and_an_object_is_never_passed_over(text in "[ab\n{}\\[\\]\": \u{1b}\u{feff}é]*") {
            let _ = of_cut(text.as_bytes(), 1);
            let _ = file("a.txt", text.as_bytes());
            let behind = format!("{text}\n{{\"verdict\": \"FAIL\"}}\n");
            if let Ok(found) = of_text(behind.as_bytes()) {
                prop_assert_eq!(found, json!({"verdict": "FAIL"}).as_object().cloned());
            }
        }
    }
}
