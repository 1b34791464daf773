//! The JSON Schemas of release.yaml and delivery-gate.yaml, made of the tables that check the files, for editors.

use serde_json::{Value, json};

use crate::config::{policy, release};
use crate::gates::{Registry, json_schema};
use crate::structured::DRAFT;
use crate::structured::keys::{Keys, definitions, object};

/// The schema of release.yaml. What it cannot say: a check that is attested and not applicable at once, text that is
/// invisible, a date that no calendar has.
#[must_use]
pub fn release() -> Value {
    document("release.yaml", "What is released, and what people claim about it.", release::KEYS)
}

/// The schema of delivery-gate.yaml. What it cannot say: ids that must be those of checks, gates that must be distinct,
/// conditions and globs that must parse, and numbers that must be written as whole ones.
#[must_use]
pub fn policy() -> Value {
    let mut schema = document("delivery-gate.yaml", "What a project asks for beyond the defaults.", policy::KEYS);
    schema["$defs"]["gate"] = json_schema(&Registry::builtin())["$defs"]["gate"].clone();
    schema
}

fn document(file: &str, description: &str, keys: Keys) -> Value {
    let mut schema = json!({"$schema": DRAFT, "title": file, "description": description});
    if let (Some(schema), Value::Object(object)) = (schema.as_object_mut(), object(keys)) {
        schema.extend(object);
    }
    schema["$defs"] = definitions(keys).into();
    schema
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
