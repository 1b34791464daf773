//! in-toto's Statement v1 as it is written: what it is about, by digests, and a predicate of some type. The facts are those of
//! in-toto's attestation framework: `spec/v1/statement.md`, `resource_descriptor.md` and `digest_set.md`.

use serde_json::{Map, Value};

/// What a statement is.
pub(crate) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The keys of digests: the id of a commit, a tree and a blob of git, and SHA-256; each in lower-case hex.
pub(crate) const GIT_COMMIT: &str = "gitCommit";
pub(crate) const GIT_TREE: &str = "gitTree";
pub(crate) const GIT_BLOB: &str = "gitBlob";
pub(crate) const SHA256: &str = "sha256";

/// A statement.
pub(crate) fn statement(subjects: Vec<Value>, predicate_type: &str, predicate: Value) -> Value {
    mapping([
        ("_type", STATEMENT_TYPE.into()),
        ("subject", subjects.into()),
        ("predicateType", predicate_type.into()),
        ("predicate", predicate),
    ])
}

/// What is known by its name, its address and its digest (a key and a value), as far as it has them.
pub(crate) fn resource(name: Option<&str>, uri: Option<&str>, digest: Option<(&str, &str)>) -> Value {
    let digest = digest.map(|(key, value)| mapping([(key, value.into())]));
    let fields = [("name", name.map(Value::from)), ("uri", uri.map(Value::from)), ("digest", digest)];
    mapping(fields.into_iter().filter_map(|(key, value)| Some((key, value?))))
}

/// A mapping whose keys have this order.
fn mapping<'k>(fields: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}
