//! The JSON Schemas of release.yaml and delivery-gate.yaml, made of the tables that check the files, for editors.

use serde_json::{Map, Value, json};

use crate::config::decision::TIMEOUT_LIMIT_MS;
use crate::config::{decision, policy, release};
use crate::gates::{Registry, json_schema};
use crate::help;
use crate::model::names::AUTO_IDS;
use crate::structured::DRAFT;
use crate::structured::decode::{Key, Keys};

const ID: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

/// The schema of release.yaml. What it cannot say: a check that is attested and not applicable at once, text that is
/// invisible, a date that no calendar has.
#[must_use]
pub fn release() -> Value {
    let description = "What is released, and what people claim about it.";
    let mut schema = document("release.yaml", description, release::KEYS);
    schema["properties"]["version"] = version(&schema["properties"]["version"]);
    schema["properties"]["attestations"]["propertyNames"]["not"] = json!({"enum": AUTO_IDS});
    let mut attestation = object("release.yaml: attestations", release::ATTESTATION_KEYS);
    // `by:` with nothing behind it is a template that nobody filled in: the check says so.
    attestation["properties"]["by"]["type"] = json!(["string", "null"]);
    attestation["properties"]["by"].as_object_mut().map(|by| by.remove("pattern"));
    schema["$defs"] = json!({"attestation": attestation});
    schema
}

/// The schema of delivery-gate.yaml. What it cannot say: ids that must be those of checks, gates that must be distinct,
/// conditions and globs that must parse, and numbers that must be written as whole ones.
#[must_use]
pub fn policy() -> Value {
    let mut schema = document("delivery-gate.yaml", "What a project asks for beyond the defaults.", policy::KEYS);
    schema["properties"]["attestations"]["propertyNames"]["not"] = json!({"enum": AUTO_IDS});
    schema["$defs"] = json!({
        "pinning": object("delivery-gate.yaml: pinning", policy::PINNING_KEYS),
        "attestation policy": object("delivery-gate.yaml: attestations", policy::ATTESTATION_KEYS),
        "decision": object("delivery-gate.yaml: decision", decision::KEYS),
        "gate": json_schema(&Registry::builtin())["$defs"]["gate"],
    });
    schema
}

/// A file whose table stands in docs/configuration.md under its name.
fn document(file: &str, description: &str, keys: Keys) -> Value {
    let mut schema = json!({"$schema": DRAFT, "title": file, "description": description});
    if let (Some(schema), Value::Object(object)) = (schema.as_object_mut(), object(file, keys)) {
        schema.extend(object);
    }
    schema
}

fn object(section: &str, keys: Keys) -> Value {
    let required: Vec<_> = keys.iter().filter(|key| key.is_required()).map(|key| key.name).collect();
    let properties: Map<_, _> = keys.iter().map(|key| (key.name.to_owned(), property(section, key))).collect();
    let mut object = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

fn property(section: &str, key: &Key) -> Value {
    let mut schema = shape(key);
    let effect = help::key(section, key.name).unwrap_or_default();
    schema["description"] = format!("{effect} ({})", key.sentence()).into();
    schema
}

/// What the words of a table mean. Words that are not here are the very values that the key takes.
fn shape(key: &Key) -> Value {
    match key.kind {
        "text" | "path" | "revision" => text(),
        "text with `{version}`" => json!({"type": "string", "pattern": "\\{version\\}"}),
        "true or false" => json!({"type": "boolean"}),
        "whole number" => json!({"type": "integer", "minimum": 1, "maximum": TIMEOUT_LIMIT_MS}),
        "number from 0 to 1" => json!({"type": "number", "minimum": 0, "maximum": 1}),
        "date or RFC 3339 time" => json!({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
        "mapping" => json!({"$ref": definition(key.name)}),
        "mapping: id -> reason" => by_id(&text()),
        "list of gates" => list(&json!({"$ref": definition("gate")})),
        "list of ids" | "list of paths" | "list of globs" | "list of folders" | "list of attestation ids" => {
            list(&text())
        }
        kind => match (kind.strip_prefix("list of "), kind.strip_prefix("mapping: id -> ")) {
            (Some(words), _) => list(&one_of(words)),
            (_, Some(what)) => by_id(&json!({"$ref": definition(what)})),
            _ => one_of(kind),
        },
    }
}

fn definition(name: &str) -> String {
    format!("#/$defs/{}", name.replace(' ', "%20"))
}

fn text() -> Value {
    json!({"type": "string", "pattern": "\\S"})
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "minItems": 1, "items": items})
}

fn by_id(value: &Value) -> Value {
    json!({"type": "object", "propertyNames": {"pattern": ID}, "additionalProperties": value})
}

/// "a, b or c".
fn one_of(words: &str) -> Value {
    let words: Vec<_> = words.split(", ").flat_map(|part| part.split(" or ")).collect();
    json!({"type": "string", "enum": words})
}

fn version(described: &Value) -> Value {
    json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9._!+-]{0,127}$",
        "allOf": [{"pattern": "[0-9]"}],
        "description": described["description"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Policy;

    /// A value that a schema takes, as YAML, and every one of its words.
    fn words(schema: &Value) -> Vec<(String, bool)> {
        let (schema, is_list) = if schema["type"] == "array" { (&schema["items"], true) } else { (schema, false) };
        let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        words.map(|word| (word.to_owned(), is_list)).collect()
    }

    /// The tables' words are the parser's: each is taken where the table has it, and no other is.
    #[test]
    fn every_word_of_the_tables_is_taken() {
        let schema = policy();
        let places = [
            (&schema["properties"], ""),
            (&schema["$defs"]["pinning"]["properties"], "pinning: "),
            (&schema["$defs"]["decision"]["properties"], "decision: "),
            (&schema["$defs"]["attestation policy"]["properties"], "attestations: {own: "),
        ];
        let mut taken = 0;
        for (properties, before) in places {
            for (key, schema) in properties.as_object().expect("properties") {
                for (word, is_list) in words(schema) {
                    let file = |word: &str| {
                        let value = if is_list { format!("[{word}]") } else { word.to_owned() };
                        let end = if before.contains('{') { "}" } else { "" };
                        format!("{before}{{{key}: {value}}}{end}\n")
                    };
                    Policy::parse("p.yaml", &file(&word)).expect(&word);
                    Policy::parse("p.yaml", &file("other")).expect_err(key);
                    taken += 1;
                }
            }
        }
        assert_eq!(taken, 18);
    }
}
