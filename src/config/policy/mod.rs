//! `delivery-gate.yaml`: what a project asks for beyond the defaults.

use std::path::Path;

use jiff::civil::Date;

use super::ci::CiPolicy;
use super::claims::ClaimsPolicy;
use super::decision::DecisionPolicy;
use crate::model::PolicySource;
use crate::model::names::{AUTO_IDS, POLICY_CHANGE, RELEASE_FILE, STANDARD_ATTESTATIONS, check_of, means, plain_id};
use crate::model::nearest::suggestion;
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Entry, Node};
use crate::system::files::Root;
use crate::world::World;

mod keys;

pub(crate) use crate::model::names::POLICY_FILE as FILE;
pub(crate) use crate::model::tag_form::VERSION_PLACEHOLDER;
pub use keys::{ATTESTATION_KEYS, EXCEPTION_KEYS, KEYS, PINNING_KEYS, VERSION_KEYS};

/// The keys that the policy of a package among several may have: what its own checks look at. All else is the release's as a whole.
pub(crate) const PACKAGE_KEYS: [&str; 10] = [
    "project",
    "changelog",
    "tag",
    "tag_annotated",
    "manifests",
    "manifests_ignore",
    "versions",
    "versions_ignore",
    "lockstep",
    "pinning",
];

/// A valid policy; the default is what holds without a file.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Which file this is.
    pub source: PolicySource,
    /// What the project is called in reports.
    pub project: Option<String>,
    /// The changelog, relative to the directory of release.yaml.
    pub changelog: Option<String>,
    /// The tag's name with [`VERSION_PLACEHOLDER`] in it.
    pub tag: Option<String>,
    /// Whether a lightweight tag is refused.
    pub tag_annotated: bool,
    /// Checks that may never be declared not applicable.
    pub required: Vec<String>,
    /// What a declaration "not applicable" may excuse.
    pub not_applicable: NotApplicable,
    /// Checks that the project does not meet, in the file's order; none is required as well.
    pub exceptions: Vec<Exception>,
    /// Further manifests, relative to the directory of release.yaml.
    pub manifests: Vec<String>,
    /// Where each of them stands in the policy: a problem that says nothing yet.
    pub(crate) manifests_at: Vec<(String, Problem)>,
    /// Manifests that are left out, each with its reason, in the file's order.
    pub manifests_ignore: Vec<(String, String)>,
    /// Further files that state the version, each with the text around it.
    pub versions: Vec<(String, String)>,
    /// Files whose version is not compared, relative to the directory of release.yaml.
    pub versions_ignore: Vec<String>,
    /// Whether members of a workspace have the version of the release.
    pub lockstep: bool,
    /// Which proof of a pin counts; `None` is the language's default.
    pub pinning_mode: Option<Mode>,
    /// Which Python tables count.
    pub pinning_scope: Option<Vec<Scope>>,
    /// In the file's order; ids are distinct.
    pub attestations: Vec<AttestationPolicy>,
    /// Whether a policy that lets more through than the last release's needs a claim.
    pub attest_changes: bool,
    /// The commit that it was taken from, in hex digits, where that is not the one that is judged.
    pub from_commit: Option<String>,
    /// Its tag, where that is not taken over by a folder below: several have a release.yaml.
    pub tag_of_others: Option<String>,
    /// The text that it was read from.
    pub text: Option<String>,
    /// What must have passed in CI, where the project says so.
    pub ci: Option<CiPolicy>,
    /// Where verdicts are recorded, relative to the folder of the policy.
    pub record: Option<String>,
    /// The decision gate's keys, when the project has it in its checklist.
    pub decision: Option<DecisionPolicy>,
    /// Which claims must be signed, where the project asks for that.
    pub claims: Option<ClaimsPolicy>,
}

/// Which part of a manifest a dependency was declared in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Installed with the package.
    Runtime,
    /// An extra that users may ask for.
    Optional,
    /// Needed to build it.
    Build,
    /// Needed to work on it.
    Dev,
}

/// What `pinning.scope` calls each.
pub(crate) const SCOPES: [(&str, Scope); 4] =
    [("runtime", Scope::Runtime), ("optional", Scope::Optional), ("build", Scope::Build), ("dev", Scope::Dev)];

/// Which proof of a pin the policy accepts (`pinning.mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only an exact requirement in the manifest.
    Exact,
    /// Only a lock file that resolves the dependency.
    Lock,
    /// One or the other.
    Either,
}

/// What a declaration "not applicable" may excuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotApplicable {
    /// Any check, also one that fails.
    #[default]
    Any,
    /// Any check but one that the gate has seen fail.
    UnlessFailed,
    /// Attested checks only.
    AttestedOnly,
}

/// A check that the project does not meet, and says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Which check.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub until: Option<Date>,
    /// Its line in the policy, from 1.
    pub line: usize,
}

/// What a project asks of one attestation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttestationPolicy {
    /// Which attestation.
    pub id: String,
    /// Its title in reports.
    pub title: Option<String>,
    /// Whether evidence must be given.
    pub evidence_required: bool,
    /// Attestations that another person must have given.
    pub distinct_from: Vec<String>,
}

impl Policy {
    /// Reads a policy of the release, at a path from the root; `shown` is its path as the user knows it.
    ///
    /// # Errors
    /// Every problem found.
    pub(crate) fn load(
        world: &World,
        path: &Path,
        shown: &str,
        gates: &mut ReadGates<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let parse = |shown: &str, text: &str| Self::parse_with(shown, text, gates);
        super::load(world, path, shown, parse, "write one, or let the defaults hold")
    }

    /// Whether it is the file at a path from the root, of the release or of another commit.
    pub(crate) fn stands_at(&self, place: &Path) -> bool {
        match &self.source {
            PolicySource::Release { path, .. } | PolicySource::Revision { path, .. } => Path::new(path) == place,
            PolicySource::Defaults | PolicySource::Named { .. } => false,
        }
    }

    /// Reads a policy that the user named, wherever it is.
    ///
    /// # Errors
    /// Every problem found.
    pub(crate) fn load_anywhere(
        folder: &Root,
        name: &Path,
        shown: &str,
        gates: &mut ReadGates<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let parse = |shown: &str, text: &str| Self::parse_with(shown, text, gates);
        super::load_anywhere(folder, name, shown, parse, "check the path given with --config")
    }

    /// Reads the text of a policy for whoever runs none of its gates; `path` is named in problems.
    ///
    /// # Errors
    /// Every problem found, those of gates aside.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<Problem>> {
        Self::parse_with(path, text, &mut |_, node, _| ids_of_gates(node))
    }

    /// Reads the text of a policy; `path` is named in problems.
    ///
    /// # Errors
    /// Every problem found.
    pub(crate) fn parse_with(path: &str, text: &str, gates: &mut ReadGates<'_>) -> Result<Self, Vec<Problem>> {
        let empty = ("the file is empty", "write the policy, or take the file away: the defaults need none");
        let policy = Decoder::yaml(path, text, empty, |decoder, node| decode(decoder, node, gates))?;
        Ok(Self { text: Some(text.to_owned()), ..policy })
    }
}

/// What the text of a policy says under `record:`, whatever else is wrong with it; `path` is named in problems.
///
/// # Errors
/// It is no policy, or nothing can be recorded there.
pub(crate) fn record_of(path: &str, text: &str) -> Result<Option<String>, Vec<Problem>> {
    let empty = ("the file is empty", "write the policy, or take the file away: the defaults need none");
    Decoder::yaml(path, text, empty, |decoder, node| {
        let entry = node.entry("record");
        Some(entry.and_then(|entry| record(decoder, &entry.value)))
    })
}

/// Reads the list under `gates:`, among the ids of the project's other checks, and returns the gates' ids. What a gate is
/// belongs to those who run it: here it is a name.
pub(crate) type ReadGates<'g> = dyn FnMut(&mut Decoder<'_>, &Node<'_>, &[&str]) -> Vec<String> + 'g;

fn ids_of_gates(node: &Node<'_>) -> Vec<String> {
    let id = |gate: &Node<'_>| gate.entry("id")?.value.scalar().map(|(text, _)| text.to_owned());
    node.items().unwrap_or_default().iter().filter_map(id).collect()
}

fn decode(decoder: &mut Decoder<'_>, node: &Node<'_>, gates: &mut ReadGates<'_>) -> Option<Policy> {
    let fields = decoder.fields(node, "the policy", KEYS)?;
    let manifests = texts(decoder, fields.get("manifests"), "manifests");
    let mut policy = Policy {
        project: fields.get("project").and_then(|node| decoder.text(node, "project")),
        changelog: fields.get("changelog").and_then(|node| file(decoder, node, "changelog")),
        tag: fields.get("tag").and_then(|node| template(decoder, node, "tag")),
        tag_annotated: fields.get("tag_annotated").and_then(|n| decoder.boolean(n, "tag_annotated")).unwrap_or(false),
        not_applicable: fields.get("not_applicable").and_then(|n| not_applicable(decoder, n)).unwrap_or_default(),
        manifests: manifests.iter().map(|(_, path)| path.clone()).collect(),
        manifests_at: manifests.into_iter().map(|(node, path)| (path, decoder.at(&node.span))).collect(),
        manifests_ignore: reasons(decoder, &fields, "manifests_ignore"),
        versions: versions(decoder, &fields),
        versions_ignore: texts(decoder, fields.get("versions_ignore"), "versions_ignore")
            .into_iter()
            .map(|(_, text)| text)
            .collect(),
        lockstep: fields.get("lockstep").and_then(|node| decoder.boolean(node, "lockstep")).unwrap_or(false),
        attestations: attestations(decoder, &fields),
        attest_changes: fields
            .get("policy_changes")
            .and_then(|node| decoder.choice(node, "policy_changes", &[("warn", false), ("attest", true)]))
            .unwrap_or(false),
        ci: fields.get("ci").and_then(|node| super::ci::decode(decoder, node)),
        record: fields.get("record").and_then(|node| record(decoder, node)),
        decision: fields.get("decision").and_then(|node| super::decision::decode(decoder, node)),
        ..Policy::default()
    };
    if let Some(node) = fields.get("pinning") {
        pinning(decoder, node, &mut policy);
    }
    let gates = fields.get("gates").map(|node| gates(decoder, node, &known_ids(&policy))).unwrap_or_default();
    policy.required = required(decoder, &fields, &policy, &gates);
    policy.claims = fields.get("claims").and_then(|node| super::claims::decode(decoder, node, &attested_ids(&policy)));
    policy.exceptions = exceptions(decoder, &fields, &policy, &gates);
    Some(policy)
}

/// A file of the project. The gate's own say what is released, and so prove nothing of it.
fn file(decoder: &mut Decoder<'_>, node: &Node<'_>, key: &str) -> Option<String> {
    let path = decoder.text(node, key)?;
    let own = within(Path::new(""), &path).filter(|path| [FILE, RELEASE_FILE].iter().any(|own| path == Path::new(own)));
    if own.is_some() {
        decoder.problem(&node.span, format!("`{key}` names a file of the gate's own"), "name a file of the project");
        return None;
    }
    Some(path)
}

/// The folder of the records. A contributor writes it, so it may not lead out of the policy's own.
fn record(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<String> {
    let path = decoder.text(node, "record")?;
    let is_plain = |part: &str| {
        let rest = part.strip_prefix('.').unwrap_or(part);
        rest.starts_with(|c: char| c != '.' && !c.is_whitespace()) && !rest.contains(['\\', ':'])
    };
    if !path.strip_suffix('/').unwrap_or(&path).split('/').all(is_plain) {
        let help = "name a folder below it, as .delivery-gate/records; --record takes any";
        decoder.problem(&node.span, format!("`record` does not lead into a folder below {FILE}'s"), help);
        return None;
    }
    Some(path)
}

/// A text with `{version}` in it.
fn template(decoder: &mut Decoder<'_>, node: &Node<'_>, key: &str) -> Option<String> {
    let template = decoder.text(node, key)?;
    if !template.contains(VERSION_PLACEHOLDER) {
        let message = format!("`{key}` must hold `{VERSION_PLACEHOLDER}`");
        decoder.problem(&node.span, message, format!("for example {key}: \"v{VERSION_PLACEHOLDER}\""));
        return None;
    }
    Some(template)
}

fn not_applicable(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<NotApplicable> {
    let choices = [
        ("any", NotApplicable::Any),
        ("unless_failed", NotApplicable::UnlessFailed),
        ("attested_only", NotApplicable::AttestedOnly),
    ];
    decoder.choice(node, "not_applicable", &choices)
}

pub(super) fn texts<'n>(
    decoder: &mut Decoder<'_>,
    node: Option<&'n Node<'n>>,
    what: &str,
) -> Vec<(&'n Node<'n>, String)> {
    let items = node.and_then(|node| decoder.items(node, what)).unwrap_or_default();
    items.iter().filter_map(|item| Some((item, decoder.text(item, what)?))).collect()
}

fn versions(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<(String, String)> {
    let items = fields.get("versions").and_then(|node| decoder.items(node, "versions")).unwrap_or_default();
    let one = |decoder: &mut Decoder<'_>, item: &Node<'_>| {
        let fields = decoder.fields(item, "a version pattern", VERSION_KEYS)?;
        let file = fields.required(decoder, "file", "a version pattern").and_then(|node| file(decoder, node, "file"));
        let pattern = fields.required(decoder, "pattern", "a version pattern");
        let pattern = pattern.and_then(|node| template(decoder, node, "pattern"));
        file.zip(pattern)
    };
    items.iter().filter_map(|item| one(decoder, item)).collect()
}

/// Paths, each with the reason that stands under it.
fn reasons(decoder: &mut Decoder<'_>, fields: &Fields<'_>, key: &str) -> Vec<(String, String)> {
    let entries = fields.get(key).and_then(|node| decoder.entries(node, key)).unwrap_or_default();
    let reason = |entry: &Entry<'_>| Some((entry.key.to_string(), decoder.text(&entry.value, key)?));
    entries.iter().filter_map(reason).collect()
}

fn pinning(decoder: &mut Decoder<'_>, node: &Node<'_>, policy: &mut Policy) {
    let Some(fields) = decoder.fields(node, "pinning", PINNING_KEYS) else { return };
    let modes = [("exact", Mode::Exact), ("lock", Mode::Lock), ("either", Mode::Either)];
    policy.pinning_mode = fields.get("mode").and_then(|node| decoder.choice(node, "pinning.mode", &modes));
    policy.pinning_scope = fields.get("scope").map(|node| scope(decoder, node));
}

fn scope(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Vec<Scope> {
    let items = decoder.items(node, "pinning.scope").unwrap_or_default();
    items.iter().filter_map(|item| decoder.choice(item, "pinning.scope", &SCOPES)).collect()
}

fn attestations(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<AttestationPolicy> {
    let entries = fields.get("attestations").and_then(|node| decoder.entries(node, "attestations")).unwrap_or_default();
    let attested = each_attested(entries.iter().map(|entry| entry.key.as_ref()));
    entries.iter().filter_map(|entry| attestation(decoder, entry, &attested)).collect()
}

fn attestation(decoder: &mut Decoder<'_>, entry: &Entry<'_>, attested: &[&str]) -> Option<AttestationPolicy> {
    let id = decoder.id(entry)?;
    if AUTO_IDS.contains(&id.as_str()) {
        decoder.problem(&entry.span, format!("`{id}` is established by the gate itself"), "choose another id");
    }
    let fields = decoder.fields(&entry.value, &format!("attestations.{id}"), ATTESTATION_KEYS)?;
    let evidence = [("required", true), ("optional", false)];
    Some(AttestationPolicy {
        title: fields.get("title").and_then(|node| decoder.text(node, "title")),
        evidence_required: fields
            .get("evidence")
            .and_then(|n| decoder.choice(n, "evidence", &evidence))
            .unwrap_or(false),
        distinct_from: distinct_from(decoder, &fields, &id, attested),
        id,
    })
}

fn distinct_from(decoder: &mut Decoder<'_>, fields: &Fields<'_>, id: &str, attested: &[&str]) -> Vec<String> {
    let others = texts(decoder, fields.get("distinct_from"), "distinct_from");
    for (node, other) in &others {
        if other == id {
            decoder.problem(&node.span, format!("`{id}` cannot be distinct from itself"), "name another attestation");
        } else if !attested.contains(&other.as_str()) {
            let help = suggestion(other, attested.iter().copied());
            decoder.problem(&node.span, format!("`{other}` is not an attestation of this project"), help);
        }
    }
    others.into_iter().map(|(_, other)| other).collect()
}

/// The standard attestations, and a project's own besides.
fn each_attested<'a>(own: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let standard = STANDARD_ATTESTATIONS.iter().map(|(id, _)| *id);
    let is_own = |id: &&str| STANDARD_ATTESTATIONS.iter().all(|(known, _)| known != id);
    standard.chain(own.filter(is_own)).collect()
}

/// The ids of what people may attest.
fn attested_ids(policy: &Policy) -> Vec<&str> {
    let mut all = each_attested(policy.attestations.iter().map(|attestation| attestation.id.as_str()));
    all.push(POLICY_CHANGE);
    all
}

/// The ids of the project's checks, its gates aside.
fn known_ids(policy: &Policy) -> Vec<&str> {
    let own = policy.attestations.iter().map(|attestation| attestation.id.as_str());
    let standard = STANDARD_ATTESTATIONS.iter().map(|(id, _)| *id);
    AUTO_IDS.iter().copied().chain(standard).chain(own).collect()
}

fn exceptions(decoder: &mut Decoder<'_>, fields: &Fields<'_>, policy: &Policy, gates: &[String]) -> Vec<Exception> {
    let entries = fields.get("exceptions").and_then(|node| decoder.entries(node, "exceptions")).unwrap_or_default();
    let known: Vec<_> = known_ids(policy).into_iter().chain(gates.iter().map(String::as_str)).collect();
    let mut all: Vec<Exception> = Vec::new();
    for entry in entries {
        let Some(one) = exception(decoder, entry, policy, &known) else { continue };
        if all.iter().any(|other| other.id == one.id) {
            decoder.problem(&entry.span, format!("`{}` is excepted twice", one.id), "keep one of the two");
        }
        all.push(one);
    }
    all
}

fn exception(decoder: &mut Decoder<'_>, entry: &Entry<'_>, policy: &Policy, known: &[&str]) -> Option<Exception> {
    let (id, what) = (decoder.check_id(entry)?, format!("exceptions.{}", entry.key));
    if policy.required.iter().any(|required| means(required, &id) || means(&id, required)) {
        decoder.problem(&entry.span, format!("`{id}` is required and excepted at once"), "keep one of the two");
    } else if !known.contains(&check_of(&id)) {
        let help = suggestion(&id, known.iter().copied());
        decoder.problem(&entry.span, format!("`{id}` is not a check of this project"), help);
    }
    let fields = decoder.fields(&entry.value, &what, EXCEPTION_KEYS)?;
    let reason = fields.required(decoder, "reason", &what).and_then(|node| decoder.text(node, "reason"));
    let until = fields.get("until").map(|node| date(decoder, node));
    Some(Exception { id, reason: reason?, until: until.flatten(), line: decoder.line(&entry.span) })
}

fn date(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Date> {
    let text = decoder.text(node, "until")?;
    // As the schema has it: the parser knows more forms.
    let date = text.parse().ok().filter(|_| text.len() == "2026-12-31".len());
    if date.is_none() {
        decoder.problem(&node.span, "until is no date", "write the last day on which it holds: 2026-12-31");
    }
    date
}

fn required(decoder: &mut Decoder<'_>, fields: &Fields<'_>, policy: &Policy, gates: &[String]) -> Vec<String> {
    let gates = gates.iter().map(String::as_str);
    let known: Vec<_> = known_ids(policy).into_iter().chain(gates).collect();
    let required = texts(decoder, fields.get("required"), "required");
    for (node, id) in &required {
        if !known.contains(&check_of(id)) {
            let help = suggestion(id, known.iter().copied());
            decoder.problem(&node.span, format!("`{id}` is not a check of this project"), help);
        }
    }
    required.into_iter().map(|(_, id)| plain_id(&id).unwrap_or(id)).collect()
}
