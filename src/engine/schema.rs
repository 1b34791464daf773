//! The JSON Schemas of release.yaml and delivery-gate.yaml, for editors. They are made of the tables that check the files, and
//! kept as texts: a run that writes or prints one does not make it anew.

/// The schema of release.yaml. What it cannot say: a check that is attested and not applicable at once, text that is
/// invisible, a date that no calendar has.
pub(crate) const RELEASE: &str = include_str!("../../schemas/release.schema.json");

/// The schema of delivery-gate.yaml. What it cannot say: ids that must be those of checks, gates that must be distinct,
/// conditions and globs that must parse, and numbers that must be written as whole ones.
pub(crate) const POLICY: &str = include_str!("../../schemas/policy.schema.json");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{policy, release};
    use crate::gates::{Registry, json_schema};
    use crate::structured::keys::{Keys, definitions, object};
    use crate::structured::{DRAFT, committed};

    fn document(file: &str, description: &str, keys: Keys) -> Value {
        let mut schema = json!({"$schema": DRAFT, "title": file, "description": description});
        if let (Some(schema), Value::Object(object)) = (schema.as_object_mut(), object(keys)) {
            schema.extend(object);
        }
        schema["$defs"] = definitions(keys).into();
        schema
    }

    #[test]
    fn the_committed_schemas_are_of_the_tables() {
        let mut release = document("release.yaml", "What is released, and what people claim about it.", release::KEYS);
        release["oneOf"] = json!([{"required": ["version"]}, {"required": ["packages"]}]);
        let mut policy = document("delivery-gate.yaml", "What a project asks for beyond the defaults.", policy::KEYS);
        policy["$defs"]["gate"] = json_schema(&Registry::builtin())["$defs"]["gate"].clone();
        committed::hold("release", RELEASE, &release);
        committed::hold("policy", POLICY, &policy);
    }
}
