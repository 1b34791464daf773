//! The JSON Schema of the gate file, made of the same tables that check it, for editors.

use serde_json::{Value, json};

use super::{COMMAND_TYPE, COMMON_KEYS, FILE_KEYS};
use crate::gates::gate::GateType;
use crate::gates::registry::Registry;
use crate::structured::DRAFT;
use crate::structured::keys::{object, properties, required};

/// The schema, in draft 2020-12. What it takes is what the gate takes, but for what a schema cannot say: ids that are
/// distinct, conditions, globs and templates that parse, and files that are there.
#[must_use]
pub fn json_schema(registry: &Registry) -> Value {
    let mut schema = json!({
        "$schema": DRAFT,
        "title": "delivery-gate gate file",
        "description": "The gates of a pipeline, in the order in which they run.",
    });
    if let (Some(schema), Value::Object(object)) = (schema.as_object_mut(), object(FILE_KEYS)) {
        schema.extend(object);
    }
    schema["$defs"] = json!({"gate": gate(registry)});
    schema
}

fn gate(registry: &Registry) -> Value {
    let mut common = properties(COMMON_KEYS);
    for (name, schema) in &mut common {
        schema["title"] = name.as_str().into();
    }
    // Which types there are, the table does not know.
    common["type"]["enum"] = registry.names().into();
    json!({
        "title": "Gate",
        "type": "object",
        "required": required(COMMON_KEYS),
        "properties": common,
        "allOf": registry.gates().map(of_type).collect::<Vec<_>>(),
        "dependentRequired": {"shell": ["command"]},
        "unevaluatedProperties": false,
    })
}

/// The keys that a type takes, where the gate is of that type. None must be there: what shows nothing without it is
/// UNPROVEN when it runs, and a payload may stand in for it.
fn of_type(gate: &dyn GateType) -> Value {
    let mut then = json!({"properties": properties(gate.keys())});
    if gate.name() == COMMAND_TYPE {
        then["required"] = json!(["command"]);
    }
    json!({"if": {"properties": {"type": {"const": gate.name()}}, "required": ["type"]}, "then": then})
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
