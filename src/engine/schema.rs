//! The JSON Schemas of release.yaml and delivery-gate.yaml, made of the tables that check the files, for editors.

use serde_json::{Value, json};

use crate::config::{policy, release};
use crate::gates::{Registry, json_schema};
use crate::structured::DRAFT;
use crate::structured::keys::{Keys, definitions, object};

/// The schema of release.yaml. What it cannot say: a check that is attested and not applicable at once, text that is
/// invisible, a date that no calendar has.
#[must_use]
pub(crate) fn release() -> Value {
    let mut schema = document("release.yaml", "What is released, and what people claim about it.", release::KEYS);
    schema["oneOf"] = json!([{"required": ["version"]}, {"required": ["packages"]}]);
    schema
}

/// The schema of delivery-gate.yaml. What it cannot say: ids that must be those of checks, gates that must be distinct,
/// conditions and globs that must parse, and numbers that must be written as whole ones.
#[must_use]
pub(crate) fn policy() -> Value {
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
