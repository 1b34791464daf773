//! The JSON Schema of the gate file, for editors: made of the same tables that check it, and kept as a text.

/// The schema, in draft 2020-12. What it takes is what the gate takes, but for what a schema cannot say: ids that are
/// distinct, conditions, globs and templates that parse, and files that are there.
pub(crate) const SCHEMA_DOCUMENT: &str = include_str!("../../../schemas/pipeline.schema.json");

#[cfg(test)]
pub(crate) mod made {
    use serde_json::{Value, json};

    use super::super::{COMMAND_TYPE, COMMON_KEYS, FILE_KEYS, INCLUDE_KEYS};
    use crate::gates::gate::GateType;
    use crate::gates::registry::Registry;
    use crate::structured::DRAFT;
    use crate::structured::keys::{object, properties, required};

    /// The schema with the gate types of a registry.
    pub(crate) fn json_schema(registry: &Registry) -> Value {
        let mut schema = json!({
            "$schema": DRAFT,
            "title": "delivery-gate gate file",
            "description": "The gates of a pipeline, in the order in which they run.",
        });
        if let (Some(schema), Value::Object(object)) = (schema.as_object_mut(), object(FILE_KEYS)) {
            schema.extend(object);
        }
        schema["$defs"] = json!({"gate": gate(registry), "include": object(INCLUDE_KEYS)});
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
            "dependentRequired": {"fail_fast": ["command", "shell"], "shell": ["command"]},
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
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{COMMON_KEYS, FILE_KEYS};
    use super::SCHEMA_DOCUMENT;
    use super::made::json_schema;
    use crate::gates::Registry;
    use crate::gates::testing::registry;
    use crate::structured::committed;

    #[test]
    fn the_committed_schema_is_of_the_tables() {
        committed::hold("pipeline", SCHEMA_DOCUMENT, &json_schema(&Registry::builtin()));
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
        let validator = jsonschema::validator_for(&json_schema(&registry())).unwrap();
        let fits = |gate: &Value| validator.is_valid(&json!({ "gates": [gate] }));
        let taken = [
            json!({"id": "a", "type": "schema_validation", "on_fail": "block", "artifact": true}),
            json!({"id": "b", "type": "performance_regression", "pass_condition": "p99_latency_ms < 2000"}),
            json!({"id": "c", "type": "halluccheck_prri", "pass_condition": {"prri_score": "< 70"}, "framework": "x",
                "timeout_seconds": 120, "artifact": "prri_result.json", "prri_red_threshold": 70,
                "skip_on": ["refs/heads/dependabot/*"], "skip_on_draft": false}),
            json!({"id": "d", "type": "command", "command": ["a", "b"], "env": {"A": "b"}, "parallel": true}),
        ];
        for gate in taken {
            assert!(fits(&gate), "{gate}");
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
            assert!(!fits(&gate), "{gate}");
        }
    }
}
