//! JSON Schema, drafts 4 to 2020-12. References lead to the repository's own files, never to the network.

use std::error::Error;
use std::path::{Path, PathBuf};

use jsonschema::{PatternOptions, Retrieve, Uri, Validator};
use serde_json::Value;

use crate::model::escape::visible_up_to;
use crate::structured::json;
use crate::world::World;
use crate::world::glob;

/// The largest schema file, in bytes.
const SIZE_LIMIT: u64 = 16 << 20;

/// Where a schema's relative references start: a scheme of our own, so that no other reader feels asked.
const BASE: &str = "repository:///";

/// A schema, ready to be used.
#[derive(Debug)]
pub(super) struct Schema {
    validator: Validator,
    /// Whether there is a document that it does not accept, as far as one can see.
    pub(super) accepts_anything: bool,
}

impl Schema {
    /// Reads a schema and all that it refers to.
    ///
    /// # Errors
    /// Why it cannot be used; the file is named.
    pub(super) fn load(world: &World, path: &Path) -> Result<Self, String> {
        let named = |why: String| format!("the schema {}: {}", glob::shown(path), visible_up_to(&why, 300));
        let (schema, place) = document(world, path).map_err(named)?;
        let validator = jsonschema::options()
            .with_base_uri(uri(&place))
            .with_retriever(Files { world: world.clone() })
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| named(format!("{}: {}", pointer(error.schema_path().as_str()), error.masked())))?;
        let accepts_anything = schema == Value::Bool(true)
            || schema.as_object().is_some_and(|schema| {
                schema
                    .keys()
                    .all(|key| matches!(key.as_str(), "$schema" | "$id" | "id" | "$comment" | "title" | "description"))
            });
        Ok(Self { validator, accepts_anything })
    }

    /// What is wrong with a document, as pointers and messages that quote nothing of it.
    pub(super) fn faults<'s>(&'s self, document: &'s Value) -> impl Iterator<Item = (String, String)> + 's {
        self.validator
            .iter_errors(document)
            .map(|error| (error.instance_path().as_str().to_owned(), error.masked().to_string()))
    }
}

fn pointer(path: &str) -> &str {
    if path.is_empty() { "it" } else { path }
}

/// The document, and where it is when links are resolved: its own references start there.
fn document(world: &World, path: &Path) -> Result<(Value, PathBuf), String> {
    let text = world.drafted(path, SIZE_LIMIT).map_err(|error| error.to_string())?;
    let value = json::parse(text.content.as_bytes()).map_err(|why| format!("it is not valid JSON: {why}"))?;
    Ok((value, text.place))
}

/// A path as a URI, everything but the plainest characters escaped.
fn uri(path: &Path) -> String {
    let mut uri = BASE.to_owned();
    for byte in path.to_string_lossy().replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

struct Files {
    world: World,
}

impl Retrieve for Files {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let path = uri.as_str().strip_prefix(BASE).and_then(unescaped);
        let path = path.ok_or("only files of the repository are read, by relative references")?;
        Ok(document(&self.world, &path)?.0)
    }
}

fn unescaped(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn load(files: &[(&str, &str)]) -> Result<Schema, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Schema::load(&World::of_test(folder.path()), Path::new(files[0].0))
    }

    fn count(schema: &str, document: Value) -> usize {
        load(&[("s.json", schema)]).expect(schema).faults(&document).count()
    }

    #[test]
    fn every_draft_means_its_own() {
        let http = "http://json-schema.org";
        let https = "https://json-schema.org/draft";
        let drafts = [
            (format!("{http}/draft-04/schema#"), r#""maximum": 3, "exclusiveMaximum": true"#),
            (format!("{http}/draft-06/schema#"), r#""exclusiveMaximum": 3"#),
            (format!("{http}/draft-07/schema#"), r#""if": {"minimum": 3}, "then": false"#),
            (format!("{https}/2019-09/schema"), r##""$defs": {"x": {"exclusiveMaximum": 3}}, "$ref": "#/$defs/x""##),
            (format!("{https}/2020-12/schema"), r##""$anchor": "a", "exclusiveMaximum": 3"##),
        ];
        for (draft, keywords) in drafts {
            let schema = format!(r#"{{"$schema": "{draft}", {keywords}}}"#);
            assert_eq!((count(&schema, json!(2.5)), count(&schema, json!(3)) > 0), (0, true), "{schema}");
        }
        let tuple = r#"{"prefixItems": [{"type": "string"}]}"#;
        assert_eq!(count(tuple, json!([1])), 1, "2020-12 without `$schema`");
    }

    #[test]
    fn references_lead_to_files_of_the_repository() {
        let schema =
            r##"{"properties": {"a": {"$ref": "../defs/d%20e.json#/$defs/n"}, "b": {"$ref": "#/properties/a"}}}"##;
        let files = [("s/s.json", schema), ("defs/d e.json", r#"{"$defs": {"n": {"type": "number"}}}"#)];
        let found: Vec<_> = load(&files).unwrap().faults(&json!({"a": "secret", "b": 1})).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "/a");
        assert!(!found[0].1.contains("secret"), "{}", found[0].1);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let cases = [
            "",
            "{",
            r#"{"type": "strin"}"#,
            r#"{"type": "string", "type": "number"}"#,
            r#"{"required": "a"}"#,
            r#"{"$schema": "https://x.example/schema"}"#,
            r#"{"$ref": "https://x.example/schema"}"#,
            r#"{"$ref": "file:///etc/hostname"}"#,
            r#"{"$ref": "missing.json"}"#,
            r##"{"$ref": "#/$defs/missing"}"##,
            r#"{"$id": "https://x.example/s.json", "$ref": "t.json"}"#,
            r#"{"pattern": "(?=a)b"}"#,
            r#"{"pattern": "(a)\\1"}"#,
            r#"{"pattern": "((a{1000}){1000}){1000}"}"#,
            "3",
        ];
        for schema in cases {
            let error = load(&[("s.json", schema), ("t.json", "{}")]).expect_err(schema);
            assert!(error.starts_with("the schema s.json: "), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("o.json"), "{}").unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path().join("o.json"), folder.path().join("l.json")).unwrap();
        fs::write(folder.path().join("s.json"), r#"{"$ref": "l.json"}"#).unwrap();
        let world = World::of_test(folder.path());
        for name in ["l.json", "s.json"] {
            assert!(Schema::load(&world, Path::new(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn formats_count_in_every_draft() {
        assert_eq!(count(r#"{"format": "date-time"}"#, json!("yesterday")), 1);
        assert_eq!(count(r#"{"pattern": "^(a+)+$"}"#, json!("a".repeat(50_000) + "!")), 1);
    }

    #[test]
    fn a_schema_without_a_rule_is_told() {
        for (schema, anything) in
            [("{}", true), ("true", true), (r#"{"title": "x"}"#, true), (r#"{"type": "object"}"#, false)]
        {
            assert_eq!(load(&[("s.json", schema)]).unwrap().accepts_anything, anything, "{schema}");
        }
    }
}
