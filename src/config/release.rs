//! `release.yaml`: the version, what people attest, and what does not apply.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::NamedRelease;
use crate::model::names::AUTO_IDS;
pub(crate) use crate::model::path::folder_of;
use crate::model::problem::{PROBLEM_LIMIT, Place, Problem};
use crate::structured::decode::{Decoder, Fields};
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::node::{Entry, Node};
use crate::world::World;

pub(crate) use crate::model::names::RELEASE_FILE as FILE;

/// The keys of the file.
pub const KEYS: Keys = &[
    Key::or(
        "version",
        VERSION,
        "required, unless there is `packages`",
        "The version that the changelog, the tag and the manifests must carry. One token: letters, digits, `.`, `-`, `+`, `_`, `!`. Quote it: `1.10` without quotes is a number and is refused.",
    ),
    Key::or(
        "packages",
        PACKAGES,
        "one package: this folder",
        "Instead of `version`: the folders that are released from one commit, relative to this file, each with its version. The claims are for all of them.",
    ),
    Key::or(
        "attestations",
        Type::Map { least: 0, keys: &ATTESTED_ID, values: &Type::Object("attestation", ATTESTATION_KEYS) },
        "none",
        "The claims. One that nobody asked for is checked and shown too.",
    ),
    Key::or(
        "not_applicable",
        Type::Map { least: 0, keys: &Type::CHECK_ID, values: &Type::Called("reason", &Type::Text) },
        "none",
        "Declares that a check does not apply, and why. The row becomes ATTESTED NA, whatever the check's kind: a person said so. `changelog` means that of all packages, `changelog:packages/cli` that of one. A key that names no check gets a row of its own. A placeholder (TODO, n/a, x) is no reason: it fails.",
    ),
];

/// One token with a digit in it: what [`is_version`] takes.
const VERSION: Type = Type::Matching("text", &["^[A-Za-z0-9][A-Za-z0-9._!+-]{0,127}$", "[0-9]"]);

/// Folders, each with its version.
const PACKAGES: Type = Type::Map { least: 1, keys: &Type::PATH, values: &VERSION };

/// What the gate itself establishes, nobody can attest.
pub(super) const ATTESTED_ID: Type = Type::ButNot(&Type::ID, AUTO_IDS);

/// The keys of one attestation.
pub const ATTESTATION_KEYS: Keys = &[
    Key::required(
        "answer",
        Type::Boolean,
        "Whether it was done. `yes`, `\"true\"` and `1` are refused: they are not YAML booleans.",
    ),
    Key::or(
        "by",
        Type::TextOrNothing,
        "none (the check fails)",
        "Who says so. Blank, invisible and placeholder names (TODO, TBD, N/A, none, `?`, `-`, `<name>`, your name, me, a single letter) fail, and so do bots and accounts (`github-actions[bot]`, CI, root, admin).",
    ),
    Key::or(
        "evidence",
        Type::Text,
        "none",
        "Where it can be looked at, usually a URL. A placeholder (TODO, n/a, x) fails.",
    ),
    Key::or(
        "for",
        Type::Either(&[VERSION, PACKAGES]),
        "none",
        "The version that it was made for; with `packages`, the same mapping. Another than the release's fails. Without it, a claim that stands as it stood in the last release, or whose `at` is before that, is UNPROVEN: it was not made for this one.",
    ),
    Key::or("at", Type::DateOrTime, "none", "When it was claimed. More than five minutes in the future is UNPROVEN."),
    Key::or("note", Type::Text, "none", "Free text for the report."),
];

/// What is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// One version, as written.
    One(String),
    /// Packages, in the file's order; no folder stands there twice.
    Packages(Vec<Package>),
}

/// A package among several that are released from one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its folder, relative to that of release.yaml, with `/`; `.` is that folder itself.
    pub folder: String,
    /// Its version, as written.
    pub version: String,
}

impl Released {
    /// The versions, as written, one at least; of packages each with its folder.
    pub(crate) fn each(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Self::One(version) => vec![(None, version)],
            Self::Packages(packages) => packages.iter().map(|one| (Some(&*one.folder), &*one.version)).collect(),
        }
    }

    /// The packages; none where there is one version.
    pub(crate) fn packages(&self) -> &[Package] {
        match self {
            Self::One(_) => &[],
            Self::Packages(packages) => packages,
        }
    }

    /// Whether it is the same that is released, in whatever spelling of versions and order of packages.
    pub(crate) fn is(&self, other: &Self, same: impl Fn(&str, &str) -> bool) -> bool {
        match (self, other) {
            (Self::One(one), Self::One(other)) => same(one, other),
            (Self::Packages(these), Self::Packages(those)) => {
                let has = |one: &Package| {
                    those.iter().any(|other| one.folder == other.folder && same(&one.version, &other.version))
                };
                these.len() == those.len() && these.iter().all(has)
            }
            _ => false,
        }
    }
}

/// As `1.2.3`, or `packages/cli 3.0.1, packages/write 1.0.1`.
impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(version) => f.write_str(version),
            Self::Packages(packages) => {
                let said: Vec<_> = packages.iter().map(|one| format!("{} {}", one.folder, one.version)).collect();
                f.write_str(&said.join(", "))
            }
        }
    }
}

/// A valid release.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What is to be released.
    pub released: Released,
    /// In the file's order; ids are distinct.
    pub attestations: Vec<Attestation>,
    /// In the file's order; ids are distinct, and none is attested too.
    pub not_applicable: Vec<Exemption>,
    /// Where it was read, where that is not the commit's own file.
    pub named: Option<NamedRelease>,
    /// Where each package stands in it.
    pub(crate) places: Vec<(String, Place)>,
}

/// What a person claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// Which check it answers.
    pub id: String,
    /// Whether it was done.
    pub answer: bool,
    /// Who says so, as written.
    pub by: Option<String>,
    /// Where it can be looked at, usually a URL.
    pub evidence: Option<String>,
    /// What it was made for.
    pub made_for: Option<Released>,
    /// When it was claimed.
    pub at: Option<At>,
    /// Free text.
    pub note: Option<String>,
    /// Its line in release.yaml, from 1.
    pub line: usize,
}

/// When something was attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// As written.
    pub text: String,
    /// The earliest moment it can mean: a date begins first at UTC+14.
    pub earliest: Timestamp,
    /// The latest moment it can mean: a date ends last at UTC-12.
    pub latest: Timestamp,
}

/// The nearest folder above a world's directory that has a release.yaml, relative to the root.
#[must_use]
pub(crate) fn above(world: &World) -> Option<&Path> {
    world.dir.ancestors().skip(1).find(|folder| world.has(&folder.join(FILE)))
}

/// What to do where the release.yaml is in a folder above.
#[must_use]
pub(crate) fn in_a_folder_above(world: &World) -> Option<String> {
    let folder = world.root.path().join(above(world)?).components().collect::<PathBuf>();
    Some(format!("there is one in a folder above: run it there, or with --repo {}", folder.display()))
}

/// A check that a person declared not applicable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Which check (or none that the gate knows).
    pub id: String,
    /// Why; never blank.
    pub reason: String,
    /// Its line in release.yaml, from 1.
    pub line: usize,
}

impl Release {
    /// What is known before anybody wrote one: nothing.
    #[must_use]
    pub fn unwritten() -> Self {
        Self {
            released: Released::One(String::new()),
            attestations: Vec::new(),
            not_applicable: Vec::new(),
            named: None,
            places: Vec::new(),
        }
    }

    /// Reads the release.yaml of a world's directory.
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(world: &World) -> Result<Self, Vec<Problem>> {
        let dir = &world.dir;
        let missing = match in_a_folder_above(world) {
            Some(told) => told,
            None if world.revision().is_some() => "the commit has none here: --release FILE takes one from outside of it, for a release that is tagged already, and --repo names another folder (`verify` of a bare repository: --folder)".to_owned(),
            None => "run `delivery-gate init` to write one, or point --repo at the directory that holds it".to_owned(),
        };
        super::load(world, &dir.join(FILE), FILE, Self::parse, &missing)
    }

    /// What is said of packages whose folders the release does not have.
    pub(crate) fn without_folder(&self, packages: &[&Package]) -> Vec<Problem> {
        let one = |package: &&Package| {
            let what = format!("packages.{}: the release has no such folder", package.folder);
            let next =
                "git knows a folder by its files: write the path from the folder of release.yaml, or take it out";
            let place =
                self.places.iter().find(|(folder, _)| *folder == package.folder).map(|(_, place)| place.clone());
            Problem { place, ..Problem::new(self.shown(), what).help(next) }
        };
        packages.iter().map(one).collect()
    }

    /// The file as the user knows it.
    #[must_use]
    pub(crate) fn shown(&self) -> &str {
        self.named.as_ref().map_or(FILE, |named| &named.path)
    }

    /// Reads the text of a release.yaml; `path` is named in problems.
    ///
    /// # Errors
    /// Every problem found.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let empty = ("the file is empty", "write at least `version: \"1.2.3\"`");
        Decoder::yaml(path, text, empty, Self::decode)
    }

    fn decode(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Self> {
        let fields = decoder.fields(node, FILE, KEYS)?;
        let released = released(decoder, &fields);
        let attestations = fields.get("attestations").map(|node| attestations(decoder, node));
        let not_applicable = fields.get("not_applicable").map(|node| exemptions(decoder, node));
        if let (Some(attested), Some(exempt)) = (fields.get("attestations"), fields.get("not_applicable")) {
            refuse_both(decoder, attested, exempt);
        }
        Some(Self {
            released: released?,
            attestations: attestations.unwrap_or_default(),
            not_applicable: not_applicable.unwrap_or_default(),
            named: None,
            places: places(decoder, &fields),
        })
    }
}

/// A version is one token that a tag and a changelog can carry: letters, digits, `.`, `-`, `+`, `_` and `!` (PEP 440's
/// epoch), with a digit in it and a letter or digit first.
#[must_use]
pub(crate) fn is_version(version: &str) -> bool {
    version.len() <= 128
        && version.starts_with(|c: char| c.is_ascii_alphanumeric())
        && version.contains(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_' | b'!'))
}

/// A version, or packages: one of the two.
fn released(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Released> {
    match (fields.get("version"), fields.get("packages")) {
        (Some(_), Some(node)) => {
            let message = format!("{FILE} has `version` and `packages`");
            decoder.problem(&node.span, message, "keep one of the two: a version is that of one package");
            None
        }
        (None, Some(node)) => packages(decoder, node, "packages").map(Released::Packages),
        (_, None) => {
            let node = fields.required(decoder, "version", FILE)?;
            version_text(decoder, node, "version").map(Released::One)
        }
    }
}

/// Each is a walk through the text, and nobody reads more problems than that.
fn places(decoder: &Decoder<'_>, fields: &Fields<'_>) -> Vec<(String, Place)> {
    let entries = fields.get("packages").and_then(|node| node.entries()).unwrap_or_default().iter();
    entries.take(PROBLEM_LIMIT).filter_map(|entry| Some((folder_of(&entry.key)?, decoder.place(&entry.span)))).collect()
}

/// Folders, each with its version, none of them twice.
fn packages(decoder: &mut Decoder<'_>, node: &Node<'_>, what: &str) -> Option<Vec<Package>> {
    let entries = decoder.entries(node, what)?;
    if entries.is_empty() {
        let message = format!("`{what}` names no package");
        decoder.problem(&node.span, message, "name each folder with its version: packages/cli: \"1.2.3\"");
        return None;
    }
    let mut packages: Vec<Package> = Vec::new();
    let mut is_whole = true;
    for entry in entries {
        let version = version_text(decoder, &entry.value, &format!("{what}.{}", entry.key));
        let folder = folder_of(&entry.key);
        if folder.is_none() {
            let message = format!("`{}` is no folder below this one", entry.key);
            decoder.problem(&entry.span, message, "write the path from the folder of release.yaml: packages/cli");
        }
        let (Some(folder), Some(version)) = (folder, version) else {
            is_whole = false;
            continue;
        };
        if packages.iter().any(|known| known.folder == folder) {
            let message = format!("`{}` is the folder `{folder}` again", entry.key);
            decoder.problem(&entry.span, message, "a package is released once: keep one of them");
            is_whole = false;
        }
        packages.push(Package { folder, version });
    }
    is_whole.then_some(packages)
}

fn version_text(decoder: &mut Decoder<'_>, node: &Node<'_>, key: &str) -> Option<String> {
    let version = decoder.text(node, key)?;
    let valid = is_version(&version);
    if !valid {
        let help = format!("write it as it stands in the tag, without spaces: {key}: \"1.2.3\"");
        decoder.problem(&node.span, "this is not a valid version", help);
    }
    valid.then_some(version)
}

fn attestations(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Vec<Attestation> {
    let entries = decoder.entries(node, "attestations").unwrap_or_default();
    entries.iter().filter_map(|entry| attestation(decoder, entry)).collect()
}

fn attestation(decoder: &mut Decoder<'_>, entry: &Entry<'_>) -> Option<Attestation> {
    let id = decoder.id(entry);
    if AUTO_IDS.contains(&entry.key.as_ref()) {
        let message = format!("`{}` is established by the gate itself; nobody can attest it", entry.key);
        decoder.problem(&entry.span, message, "take the entry out");
    }
    let fields = decoder.fields(&entry.value, &format!("attestations.{}", entry.key), ATTESTATION_KEYS)?;
    let answer = fields.required(decoder, "answer", &format!("attestations.{}", entry.key));
    let answer = answer.and_then(|node| decoder.boolean(node, "answer"));
    // `by:` with nothing behind it is a template that nobody filled in: the check says so better than a type error.
    let by = fields.get("by").filter(|node| !node.is_null()).map(|node| decoder.any_text(node, "by"));
    let evidence = fields.get("evidence").map(|node| decoder.text(node, "evidence"));
    let note = fields.get("note").map(|node| decoder.text(node, "note"));
    let at = fields.get("at").map(|node| at(decoder, node));
    let made_for = fields.get("for").map(|node| match node.entries() {
        Some(_) => packages(decoder, node, "for").map(Released::Packages),
        None => version_text(decoder, node, "for").map(Released::One),
    });
    Some(Attestation {
        id: id?,
        answer: answer?,
        by: by.flatten().map(str::to_owned),
        evidence: evidence.flatten(),
        made_for: made_for.flatten(),
        at: at.flatten(),
        note: note.flatten(),
        line: decoder.line(&entry.span),
    })
}

fn at(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<At> {
    let text = decoder.text(node, "at")?;
    let meant = meant(&text);
    if meant.is_none() {
        let help = "write a date (2026-11-20) or a time (2026-11-20T14:30:00Z)";
        decoder.problem(&node.span, "at is neither a date nor an RFC 3339 time", help);
    }
    let (earliest, latest) = meant?;
    Some(At { earliest, latest, text })
}

/// Whether a text is a date or an RFC 3339 time.
#[must_use]
pub(crate) fn is_time(text: &str) -> bool {
    meant(text).is_some()
}

/// The earliest and the latest moment that a date or a time can mean.
pub(crate) fn meant(text: &str) -> Option<(Timestamp, Timestamp)> {
    let is_date = text.len() == "2026-11-20".len();
    if !is_date {
        let time = text.parse().ok().filter(|_| is_internet_time(text))?;
        return Some((time, time));
    }
    let date = text.parse::<Date>().ok()?;
    let earliest = jiff::tz::offset(14).to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    let latest = jiff::tz::offset(-12).to_timestamp(date.at(23, 59, 59, 999_999_999)).ok()?;
    Some((earliest, latest))
}

/// Whether a time is written by the grammar of RFC 3339, section 5.6, which has fewer forms than ISO 8601: the schema, and
/// other readers, know no more.
fn is_internet_time(text: &str) -> bool {
    let at = |place: usize| text.as_bytes().get(place).copied();
    let from_end = |place: usize| text.len().checked_sub(place).and_then(at);
    let offset = matches!(from_end(6), Some(b'+' | b'-')) && from_end(3) == Some(b':');
    let separated = matches!(at(10), Some(b'T' | b't')) && at(13) == Some(b':') && at(16) == Some(b':');
    separated && (offset || matches!(from_end(1), Some(b'Z' | b'z')))
}

fn exemptions(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Vec<Exemption> {
    let entries = decoder.entries(node, "not_applicable").unwrap_or_default();
    let mut all: Vec<Exemption> = Vec::new();
    for entry in entries {
        let Some(one) = exemption(decoder, entry) else { continue };
        if all.iter().any(|other| other.id == one.id) {
            let message = format!("`{}` is declared not applicable twice", one.id);
            decoder.problem(&entry.span, message, "keep one of the two");
        }
        all.push(one);
    }
    all
}

fn exemption(decoder: &mut Decoder<'_>, entry: &Entry<'_>) -> Option<Exemption> {
    let id = decoder.check_id(entry);
    let reason = decoder.text(&entry.value, &format!("the reason for not_applicable.{}", entry.key));
    Some(Exemption { id: id?, reason: reason?, line: decoder.line(&entry.span) })
}

fn refuse_both(decoder: &mut Decoder<'_>, attested: &Node<'_>, exempt: &Node<'_>) {
    for entry in exempt.entries().unwrap_or_default().iter().filter(|entry| attested.entry(&entry.key).is_some()) {
        let message = format!("`{}` is attested and declared not applicable at once", entry.key);
        decoder.problem(&entry.span, message, "keep one of the two");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces that meet in real and in hostile files.
    const PIECES: [&str; 24] = [
        "version",
        "attestations",
        "not_applicable",
        "answer",
        "by",
        ": ",
        ":",
        "\n",
        "\n  ",
        "\n- ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "true",
        "1.2.3",
        "&a ",
        "*a",
        "!!str ",
        "| \u{e9}\t",
    ];

    proptest! {
        /// Whatever the text, it is either understood or refused with a reason that has a place in it.
        #[test]
        fn every_text_is_understood_or_refused(
            picked in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60), noise in "\\PC{0,8}",
        ) {
            let text = picked.concat() + &noise;
            match Release::parse("release.yaml", &text) {
                Ok(release) => prop_assert!(release.released.each().iter().all(|(_, version)| !version.is_empty())),
                Err(problems) => {
                    prop_assert!(!problems.is_empty());
                    for problem in problems {
                        let place = problem.place.expect("a place");
                        prop_assert!(place.line <= text.lines().count() + 1);
                    }
                }
            }
        }
    }
}
