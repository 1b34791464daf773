//! The schema of what was signed for a result.

/// A signed claim; `checks::signed` makes it.
#[derive(schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is asked")]
pub(super) struct Signed {
    /// The envelope.
    file: String,
    /// Whether it is a claim about this release, signed by a key that counts.
    holds: bool,
    /// Why not; null where it does.
    why: Option<String>,
    /// The key that it was signed with; null where that cannot be read.
    key: Option<SignedKey>,
    /// What was signed; null where nobody can tell. Unless it holds, nobody may have said so.
    claim: Option<SignedClaim>,
}

/// The key of a signature.
#[derive(schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is asked")]
pub(super) struct SignedKey {
    /// As ssh-keygen calls it: ED25519, ECDSA, RSA, ED25519-SK.
    kind: String,
    /// SHA256: and 43 characters.
    fingerprint: String,
}

/// What was signed.
#[derive(schemars::JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is asked")]
pub(super) struct SignedClaim {
    /// Which attestation.
    id: String,
    /// Whether it was done.
    answer: bool,
    /// Who says so: a principal of allowed_signers.
    by: String,
    /// When: a date or a time.
    at: String,
    /// Where it can be looked at.
    evidence: Option<String>,
    /// Free text.
    note: Option<String>,
    /// The version, or the packages with theirs.
    #[schemars(rename = "for")]
    made_for: String,
    /// What the project is called.
    project: String,
    /// The id of the release's tree without its signed claims.
    tree: String,
}
