//! The keys of `delivery-gate.yaml`, what they take and what they change.

use crate::config::release::ATTESTED_ID;
use crate::config::{ci, claims, decision};
use crate::structured::keys::{Key, Keys, Type};

/// The keys of the file.
pub const KEYS: Keys = &[
    Key::or(
        "project",
        Type::Text,
        "the first manifest's name, else the last part of the remote's address",
        "What the project is called in reports.",
    ),
    Key::or(
        "changelog",
        Type::PATH,
        "the first of CHANGELOG, CHANGES, HISTORY, NEWS",
        "The changelog, relative to the directory of release.yaml.",
    ),
    Key::or(
        "tag",
        TAG,
        "`v{version}`, else `{version}`",
        "The only name that the release's tag may have. `{name}` stands for the name that the manifest has (of Maven the artifactId; else `project`), `{dir}` for the folder of release.yaml, relative to the repository's top level.",
    ),
    Key::or("tag_annotated", Type::Boolean, "false", "Refuses a lightweight tag."),
    Key::or(
        "required",
        Type::List(&Type::Called("id", &Type::Text)),
        "none",
        "Checks that may never be declared not applicable.",
    ),
    Key::or(
        "not_applicable",
        Type::Word(&["any", "unless_failed", "attested_only"]),
        "any",
        "What a declaration may excuse: any check; any but one that the gate has seen fail or could not look at; attested checks only. `release_point` is never excused.",
    ),
    Key::or(
        "exceptions",
        Type::Map { least: 0, keys: &Type::CHECK_ID, values: &Type::Object("exception", EXCEPTION_KEYS) },
        "none",
        "Checks that this project does not meet, release after release: a row that holds is NA then, by policy, and the report says so. `release_point` can be excused here only.",
    ),
    Key::or(
        "manifests",
        Type::List(&Type::PATH),
        "those of the directory and its workspace",
        "Further manifests for `deps_pinned` and `version_agrees`.",
    ),
    Key::or(
        "manifests_ignore",
        Type::Map { least: 0, keys: &Type::PATH, values: &Type::Text },
        "none",
        "Manifests that `deps_pinned` and `version_agrees` leave out, each with the reason; the row names them.",
    ),
    Key::or(
        "versions",
        Type::List(&Type::Object("version pattern", VERSION_KEYS)),
        "none",
        "Further files that state the project's version, for `version_agrees`.",
    ),
    Key::or(
        "versions_ignore",
        Type::List(&Type::PATH),
        "none",
        "Files whose version `version_agrees` does not compare; the row names them.",
    ),
    Key::or(
        "lockstep",
        Type::Boolean,
        "false",
        "Whether the members of a workspace have the version of the release: `version_agrees` compares them then.",
    ),
    Key::or("pinning", Type::Object("pinning", PINNING_KEYS), "per language", "What `deps_pinned` asks for."),
    Key::or(
        "attestations",
        Type::Map { least: 0, keys: &ATTESTED_ID, values: &Type::Object("attestation policy", ATTESTATION_KEYS) },
        "the four standard ones",
        "Attestations of the project's own, and what is asked of the standard ones.",
    ),
    Key::or(
        "ci",
        Type::Object("ci", ci::KEYS),
        "`--ci-status` says what CI came to",
        "What must have passed in CI, and who says so. It counts from the next release on: this one is judged by that of the last.",
    ),
    Key::or(
        "decision",
        Type::Object("decision", decision::KEYS),
        "`check` runs no decision gate",
        "With it, `check` runs the decision gate as one more AUTO check, and `delivery-gate decision` obeys its keys.",
    ),
    Key::or(
        "claims",
        Type::Object("claims", claims::KEYS),
        "no claim must be signed",
        "Which claims must be signed, and whose keys count. Read from the last release's policy, or that of `--policy-ref`; the first one that has it takes its own.",
    ),
    Key::or(
        "policy_changes",
        Type::Word(&["warn", "attest"]),
        "warn",
        "What a policy comes to that lets more through than the last release's, or may: `attest` asks for one more claim, `policy_change`. It counts from the last release's policy on.",
    ),
    Key::or(
        "record",
        BELOW,
        "verdicts are not recorded",
        "The folder, relative to the policy's, in which `check`, `decision` and `run` record their verdicts; `--record DIR` names another.",
    ),
    Key::or(
        "gates",
        Type::List(&Type::Defined("gate")),
        "`check` runs no gates",
        "Gates that `check` runs as AUTO checks after the others, each with its record.",
    ),
];

/// A folder below that of the file.
const BELOW: Type = Type::Matching("folder", &["^\\.?[^/\\\\.:\\s][^/\\\\:]*(/\\.?[^/\\\\.:\\s][^/\\\\:]*)*/?$"]);

/// A text with [`VERSION_PLACEHOLDER`] in it.
const TAG: Type = Type::Matching("text with `{version}`", &["\\{version\\}"]);

/// The keys of one of `exceptions`.
pub const EXCEPTION_KEYS: Keys = &[
    Key::required("reason", Type::Text, "Why. A placeholder (TODO, n/a, x) is no reason: the row fails."),
    Key::or("until", Type::Date, "no end", "The last day, in UTC, on which it holds; the row holds again after it."),
];

/// The keys of one of `versions`.
pub const VERSION_KEYS: Keys = &[
    Key::required("file", Type::PATH, "Relative to the directory of release.yaml."),
    Key::required(
        "pattern",
        TAG,
        "The text around the version, which stands for itself: `VERSION \"{version}\"`. One match is wanted.",
    ),
];

/// The keys of `pinning`.
pub const PINNING_KEYS: Keys = &[
    Key::or(
        "mode",
        Type::Word(&["exact", "lock", "either"]),
        "exact for Python, either for the others",
        "Which proof of a pin counts: the requirement itself, a lock file that git tracks, or one of the two.",
    ),
    Key::or(
        "scope",
        Type::List(&Type::Word(&["runtime", "optional", "build", "dev"])),
        "[runtime, optional]",
        "Which Python tables count. The others count every table.",
    ),
];

/// The keys of one attestation's policy.
pub const ATTESTATION_KEYS: Keys = &[
    Key::or("title", Type::Text, "the standard title, else the id", "The title in reports."),
    Key::or("evidence", Type::Word(&["required", "optional"]), "optional", "Whether a claim without evidence fails."),
    Key::or(
        "distinct_from",
        Type::List(&Type::Called("attestation id", &Type::Text)),
        "none",
        "Four eyes: the same person may not have given one of these. Case, spaces and invisible characters do not make another person.",
    ),
];
