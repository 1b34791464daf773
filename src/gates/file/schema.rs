//! The JSON Schema of the gate file, made of the same tables that check it, for editors.

use serde_json::{Map, Value, json};

use super::{COMMAND_TYPE, COMMON_KEYS, DEFAULT_TIMEOUT, FILE_KEYS, OnFail, TIMEOUT_LIMIT};
use crate::gates::condition;
use crate::gates::gate::GateType;
use crate::gates::registry::Registry;
use crate::structured::DRAFT;
use crate::structured::decode::Key;

const ID: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$";
const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

/// The schema, in draft 2020-12. What it takes is what the gate takes, but for what a schema cannot say: ids that are
/// distinct, conditions and templates that parse.
#[must_use]
pub fn json_schema(registry: &Registry) -> Value {
    json!({
        "$schema": DRAFT,
        "title": "delivery-gate gate file",
        "description": "The gates of a pipeline, in the order in which they run.",
        "type": "object",
        "required": required(FILE_KEYS),
        "additionalProperties": false,
        "properties": {
            "gates": {
                "description": described(FILE_KEYS, "gates"),
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/$defs/gate"},
            },
            "version": {"description": described(FILE_KEYS, "version"), "enum": ["1", "1.0", 1]},
        },
        "$defs": {"gate": gate(registry)},
    })
}

fn gate(registry: &Registry) -> Value {
    let common = COMMON_KEYS.iter().map(|key| (key.name.to_owned(), common(key, registry)));
    json!({
        "title": "Gate",
        "type": "object",
        "required": required(COMMON_KEYS),
        "properties": common.collect::<Map<_, _>>(),
        "allOf": registry.gates().map(of_type).collect::<Vec<_>>(),
        "dependentRequired": {"shell": ["command"]},
        "unevaluatedProperties": false,
    })
}

/// The keys that a type takes, where the gate is of that type.
fn of_type(gate: &dyn GateType) -> Value {
    let keys = gate
        .keys()
        .iter()
        .map(|key| (key.name.to_owned(), json!({"description": key.sentence(), "not": {"type": "null"}})));
    let mut then = json!({"properties": keys.collect::<Map<_, _>>()});
    if gate.name() == COMMAND_TYPE {
        then["required"] = json!(["command"]);
    }
    json!({"if": {"properties": {"type": {"const": gate.name()}}, "required": ["type"]}, "then": then})
}

fn common(key: &Key, registry: &Registry) -> Value {
    let mut schema = shape(key.name, registry);
    schema["title"] = key.name.into();
    schema["description"] = key.sentence().into();
    schema
}

/// What values a common key takes.
fn shape(key: &str, registry: &Registry) -> Value {
    let words = |one: &Value| json!({"anyOf": [one, {"type": "array", "minItems": 1, "items": {"type": "string"}}]});
    match key {
        "id" => json!({"type": "string", "pattern": ID}),
        "type" => json!({"type": "string", "enum": registry.names()}),
        "on_fail" => {
            json!({"type": "string", "enum": OnFail::WORDS.map(|(word, _)| word), "default": OnFail::default().word()})
        }
        "artifact" => json!({"anyOf": [{"type": "boolean"}, file_name()], "default": true}),
        "pass_condition" => json!({"anyOf": [expression(), tests()]}),
        "command" | "skip_on" => words(&json!({"type": "string", "minLength": 1})),
        "shell" | "skip_on_draft" | "parallel" => json!({"type": "boolean", "default": false}),
        "timeout_seconds" => {
            json!({"type": "integer", "minimum": 1, "maximum": TIMEOUT_LIMIT, "default": DEFAULT_TIMEOUT})
        }
        "env" => json!({
            "type": "object",
            "propertyNames": {"pattern": VARIABLE},
            "additionalProperties": {"type": "string"},
        }),
        "working_dir" => json!({"type": "string", "minLength": 1, "pattern": "^[^/\\\\:][^\\\\:]*$"}),
        _ => json!({"type": "string", "minLength": 1}),
    }
}

fn file_name() -> Value {
    json!({"type": "string", "pattern": "^[^./\\\\:][^/\\\\:]*$"})
}

fn expression() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": condition::TEXT_LIMIT})
}

fn tests() -> Value {
    json!({"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number", "boolean"]}})
}

fn required(keys: &[Key]) -> Vec<&str> {
    keys.iter().filter(|key| key.is_required()).map(|key| key.name).collect()
}

fn described(keys: &[Key], name: &str) -> String {
    keys.iter().find(|key| key.name == name).map_or_else(String::new, Key::sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::testing::registry;

    /// Whether a value has the types, words and bounds of a schema. Of JSON Schema it knows what is used here.
    fn fits(schema: &Value, value: &Value) -> bool {
        let of_type = |name: &str| match name {
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64(),
            "number" => value.is_number(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            _ => false,
        };
        let types = match &schema["type"] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).any(of_type),
            Value::String(name) => of_type(name),
            _ => true,
        };
        let words = schema["enum"].as_array().is_none_or(|words| words.contains(value));
        let any = schema["anyOf"].as_array().is_none_or(|schemas| schemas.iter().any(|schema| fits(schema, value)));
        let bound = |bound: &str| schema[bound].as_u64();
        let number = value.as_u64().unwrap_or(1);
        let bounds = bound("minimum").is_none_or(|b| number >= b) && bound("maximum").is_none_or(|b| number <= b);
        let long = bound("minLength").is_none_or(|least| value.as_str().is_none_or(|text| text.len() as u64 >= least));
        types && words && any && bounds && long
    }

    fn gate_fits(schema: &Value, gate: &Value) -> bool {
        let gate = gate.as_object().expect("a gate");
        let definition = &schema["$defs"]["gate"];
        let own = definition["allOf"].as_array().expect("types").iter();
        let own = own.filter(|one| one["if"]["properties"]["type"]["const"] == gate["type"]).map(|one| &one["then"]);
        let own = own.collect::<Vec<_>>();
        let required = definition["required"].as_array().expect("required").iter();
        let required = required.chain(own.iter().filter_map(|own| own["required"].as_array()).flatten());
        let complete = required.filter_map(Value::as_str).all(|key| gate.contains_key(key));
        let known = gate.iter().all(|(key, value)| match definition["properties"].get(key) {
            Some(schema) => fits(schema, value),
            None => own.iter().any(|own| own["properties"].get(key).is_some() && !value.is_null()),
        });
        complete && known
    }

    #[test]
    fn every_key_of_the_tables_is_in_it_and_described() {
        let schema = json_schema(&registry());
        let gate = &schema["$defs"]["gate"]["properties"];
        let keys: Vec<_> = COMMON_KEYS.iter().map(|key| key.name).collect();
        assert_eq!(gate.as_object().expect("properties").keys().collect::<Vec<_>>(), keys);
        for key in keys {
            assert!(!gate[key]["description"].as_str().unwrap_or_default().is_empty(), "{key}");
        }
        for key in FILE_KEYS {
            assert!(schema["properties"][key.name]["description"].is_string(), "{}", key.name);
        }
        assert_eq!(schema["$defs"]["gate"]["required"], json!(["id", "type"]));
        assert_eq!(gate["type"]["enum"], json!(registry().names()));
        assert_eq!(gate["on_fail"]["enum"], json!(["block", "warn", "report"]));
    }

    #[test]
    fn gates_of_published_files_fit_and_hostile_ones_do_not() {
        let schema = json_schema(&registry());
        let taken = [
            json!({"id": "a", "type": "schema_validation", "on_fail": "block", "artifact": true}),
            json!({"id": "b", "type": "performance_regression", "pass_condition": "p99_latency_ms < 2000"}),
            json!({"id": "c", "type": "halluccheck_prri", "pass_condition": {"prri_score": "< 70"}, "framework": "x",
                "timeout_seconds": 120, "artifact": "prri_result.json", "prri_red_threshold": 70,
                "skip_on": ["refs/heads/dependabot/*"], "skip_on_draft": false}),
            json!({"id": "d", "type": "command", "command": ["a", "b"], "env": {"A": "b"}, "parallel": true}),
        ];
        for gate in taken {
            assert!(gate_fits(&schema, &gate), "{gate}");
        }
        let refused = [
            json!({"id": "a", "type": "secret_scan"}),
            json!({"id": "a", "type": "command"}),
            json!({"type": "secrets_scan"}),
            json!({"id": "a", "type": "secrets_scan", "on_fail": "Block"}),
            json!({"id": "a", "type": "secrets_scan", "on_fail": null}),
            json!({"id": "a", "type": "secrets_scan", "on_fial": "block"}),
            json!({"id": "a", "type": "secrets_scan", "prri_red_threshold": 70}),
            json!({"id": "a", "type": "secrets_scan", "timeout_seconds": 0}),
            json!({"id": "a", "type": "secrets_scan", "parallel": "true"}),
            json!({"id": "a", "type": "command", "command": ""}),
        ];
        for gate in refused {
            assert!(!gate_fits(&schema, &gate), "{gate}");
        }
    }
}
