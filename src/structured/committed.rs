//! For tests: the committed files that are made by the program, held to what it makes.

use serde::Serialize;

use super::pretty;

/// Holds a file of `schemas/` to the schema it is made of. `UPDATE_GENERATED=1 cargo test` writes the file anew.
pub(crate) fn hold(name: &str, committed: &str, schema: &impl Serialize) {
    let generated = pretty::to_string(schema);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(&path, &generated).expect(&path);
    } else {
        assert_eq!(committed, generated);
    }
}
