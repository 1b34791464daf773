//! The documents of files: JSON, JSON lines, YAML with one or several documents.

use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::Value;

use crate::model::Source;
use crate::model::escape::visible_up_to;
use crate::model::problem::{Problem, line_of};
use crate::structured::bounded_lines::each_line;
use crate::structured::json;
use crate::structured::node::Node;
use crate::structured::yaml;
use crate::system::files::{ReadError, Root};
use crate::world::glob;

/// The largest document, and the largest file that is no JSONL, in bytes.
const SIZE_LIMIT: u64 = 64 << 20;

/// Hands every document of a file to `each`, with its place as reports show it; one that is not JSON or YAML comes as
/// the reason.
///
/// # Errors
/// Why the file could not be read.
pub(super) fn each_document(
    root: &Root,
    path: &Path,
    mut each: impl FnMut(&Source, Result<Value, String>),
) -> Result<(), String> {
    let shown = glob::shown(path);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let read = match extension.to_ascii_lowercase().as_str() {
        "jsonl" | "ndjson" => return json_lines(root, path, &shown, each),
        "yaml" | "yml" => yaml_documents,
        _ => json_document,
    };
    match root.read_text(path, SIZE_LIMIT) {
        Ok(text) => read(&shown, &text.content, &mut each),
        Err(error @ ReadError::NotUtf8(_)) => each(&Source::in_repository(&shown, None), Err(error.to_string())),
        Err(error) => return Err(format!("{shown}: {error}")),
    }
    Ok(())
}

type Each<'a> = dyn FnMut(&Source, Result<Value, String>) + 'a;

fn json_lines(
    root: &Root,
    path: &Path,
    shown: &str,
    mut each: impl FnMut(&Source, Result<Value, String>),
) -> Result<(), String> {
    let (file, size) = root.open(path).map_err(|error| format!("{shown}: {error}"))?;
    let lines = each_line(BufReader::with_capacity(1 << 16, file.take(size)), |number, line| {
        each(&Source::in_repository(shown, Some(number)), json_value(line));
        Ok(())
    });
    lines.map_err(|why| format!("{shown}: {why}"))
}

fn json_document(shown: &str, text: &str, each: &mut Each<'_>) {
    each(&Source::in_repository(shown, None), json_value(text.as_bytes()));
}

fn json_value(text: &[u8]) -> Result<Value, String> {
    json::parse(text).map_err(|why| format!("not valid JSON: {}", visible_up_to(&why, 200)))
}

fn yaml_documents(shown: &str, text: &str, each: &mut Each<'_>) {
    let nodes = match yaml::parse_all(shown, text) {
        Ok(nodes) => nodes,
        Err(problems) => {
            return problems.iter().take(100).for_each(|problem| {
                let line = problem.place.as_ref().map(|place| place.line);
                each(&Source::in_repository(shown, line), refused(problem));
            });
        }
    };
    let alone = nodes.len() == 1;
    for node in &nodes {
        let line = (!alone).then(|| line_of(text, node.span.start));
        let refused = |number: &Node<'_>| {
            let text = number.scalar().map_or("", |(text, _)| text);
            format!("not JSON: the number {} has no place in JSON", visible_up_to(text, 40))
        };
        each(&Source::in_repository(shown, line), node.to_json().map_err(refused));
    }
}

fn refused(problem: &Problem) -> Result<Value, String> {
    let why = problem.message.trim_start_matches("this is not valid YAML: ");
    Err(format!("not valid YAML: {}", visible_up_to(why, 200)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Found = Vec<(String, Result<Value, String>)>;

    fn documents(name: &str, content: &[u8]) -> Result<Found, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        let mut found = Vec::new();
        each_document(&Root::new(folder.path()).unwrap(), Path::new(name), |place, document| {
            found.push((place.text().to_owned(), document));
        })?;
        Ok(found)
    }

    fn sound(name: &str, content: &str) -> Vec<(String, Value)> {
        let found = documents(name, content.as_bytes()).unwrap();
        found.into_iter().map(|(place, document)| (place, document.expect(content))).collect()
    }

    #[test]
    fn documents_have_places() {
        let one = |value| vec![("f.json".to_owned(), value)];
        assert_eq!(sound("f.json", "\u{feff}{\"a\": [1]}\r\n"), one(json!({"a": [1]})));
        let lines = sound("f.jsonl", "{}\n\n[1]\r\n");
        assert_eq!(lines, [("f.jsonl:1".to_owned(), json!({})), ("f.jsonl:3".to_owned(), json!([1]))]);
        assert_eq!(sound("f.jsonl", "\n"), []);
        let several = sound("f.yml", "a: 1\n---\n# nothing\n---\n- b\n");
        assert_eq!(several, [("f.yml:1".to_owned(), json!({"a": 1})), ("f.yml:5".to_owned(), json!(["b"]))]);
        assert_eq!(sound("f.yaml", "a: 1\n")[0].0, "f.yaml");
    }

    #[test]
    fn yaml_scalars_become_json() {
        let text = "[1, -2, +3, 007, 0x1F, 0o17, 1.5, 1e3, 18446744073709551615, true, ~, null, '1', yes, 2026-01-02]";
        let expected = json!([1, -2, 3, 7, 31, 15, 1.5, 1000.0, u64::MAX, true, null, null, "1", "yes", "2026-01-02"]);
        assert_eq!(sound("f.yaml", text)[0].1, expected);
        for text in [".inf", "-.Inf", ".nan", "1e999", "0xFFFFFFFFFFFFFFFFFF"] {
            assert!(documents("f.yaml", text.as_bytes()).unwrap()[0].1.is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_document_has_a_reason() {
        let cases: [(&str, &[u8], &str, &str); 9] = [
            ("f.json", b"", "f.json", "not valid JSON"),
            ("f.json", b"{'a': 1}", "f.json", "not valid JSON"),
            ("f.json", b"{\"a\": 1, \"a\": 2}", "f.json", "the key 'a' is there twice"),
            ("f.json", b"{} {}", "f.json", "trailing"),
            ("f.json", b"\"\xff\"", "f.json", "not UTF-8"),
            ("f.jsonl", b"{}\n{\"a\": }\n", "f.jsonl:2", "not valid JSON"),
            ("f.yaml", b"a: 1\nb: &x 2\n", "f.yaml:2", "an anchor"),
            ("f.yaml", b"a: 1\n---\na: 1\na: 2\n", "f.yaml:4", "here twice"),
            ("f.yaml", b"a: [\n", "f.yaml:1", "not valid YAML: unclosed"),
        ];
        for (name, content, place, reason) in cases {
            let found = documents(name, content).unwrap();
            let (at, why) = found.iter().find_map(|(at, d)| d.as_ref().err().map(|why| (at, why))).expect(reason);
            assert!(at == place && why.contains(reason), "{at}: {why}");
        }
        assert!(documents("f.jsonl", &vec![b'x'; 5 << 20]).is_err());
    }
}
