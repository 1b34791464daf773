//! The record that a release is compared with, and whether it is that of this release.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use ulid::Ulid;

use crate::checks::context::Context;
use crate::engine::error::Error;
use crate::model::{Decision, Subject};
use crate::records::verdicts::{Ledger, PolicyOf, Sealed, VerdictRecord, Wanted, place, read_verdict};
use crate::system::files::read_anywhere;

/// The largest record that is read, in bytes.
const LIMIT: u64 = 64 << 20;

/// How many hex digits a SHA-256 has.
const DIGITS: usize = 64;

/// How far the clocks of two machines may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How much older than its commit a verdict may seem: a wrong clock, or a time zone, of who made the commit.
const WRONG_CLOCK: SignedDuration = SignedDuration::from_hours(24);

/// What is there of a record.
pub(super) struct Recorded {
    /// The file, as it was named.
    pub(super) path: Option<String>,
    pub(super) sealed: Option<Sealed>,
    problems: Vec<String>,
}

/// What tells the id of a record whose file was given another name.
#[derive(Deserialize)]
struct Named {
    record_id: Ulid,
}

impl Recorded {
    /// Reads the file that was named.
    ///
    /// # Errors
    /// It could not be read; what is wrong with what it says is no error.
    pub(super) fn read(path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path else { return Ok(Self { path: None, sealed: None, problems: Vec::new() }) };
        let shown = path.display().to_string();
        let bytes = read_anywhere(path, LIMIT);
        let bytes = bytes.map_err(|error| Error::usage(format!("--record {shown} was not read: {error}")))?;
        let named = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        let id = named.or_else(|| serde_json::from_slice(&bytes).ok().map(|Named { record_id }| record_id));
        let read = id.ok_or_else(|| "it is no record: nothing in it says `record_id`".to_owned());
        let read = read.and_then(|id| read_verdict(&bytes, id));
        let problems = read.as_ref().err().map(|why| format!("the record {shown}: {why}"));
        Ok(Self { path: Some(shown), sealed: read.ok(), problems: problems.into_iter().collect() })
    }

    /// When the verdict was reached, by the record.
    pub(super) fn judged_at(&self) -> Option<Timestamp> {
        self.sealed.as_ref()?.record.judged_at.parse().ok()
    }

    /// The folder that was released, by the record.
    pub(super) fn folder(&self) -> Option<&str> {
        self.sealed.as_ref()?.record.folder.as_deref()
    }

    /// A tag that was made anew at the same commit, as it is when the record's digest is written into its message.
    pub(super) fn another_tag_object(&self, subject: &Subject) -> Option<String> {
        let record = &self.usable()?.record;
        let words = |id: &Option<String>| id.clone().unwrap_or_else(|| "no object (lightweight)".to_owned());
        let (there, here) = (words(&record.tag_object_id), words(&subject.tag_object));
        (there != here)
            .then(|| format!("the tag is another object than the one that was recorded: was {there}, is {here}"))
    }

    /// What is wrong with it.
    pub(super) fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The record, where it can be compared with.
    pub(super) fn usable(&self) -> Option<&Sealed> {
        self.sealed.as_ref().filter(|_| self.problems.is_empty())
    }

    /// Holds it to the release that it must be of, and to the digest that the tag's message names.
    pub(super) fn hold_to(&mut self, context: &Context, subject: &Subject, (tag, commit): (&str, &str)) {
        let digests = digests_of(context, tag);
        let mut wrong = match &self.sealed {
            Some(sealed) => of_another(sealed, context, subject, commit),
            None => Vec::new(),
        };
        match (&self.sealed, digests.first()) {
            (Some(sealed), Some(named)) if !digests.contains(&sealed.sha256.0) => wrong.push(format!(
                "the message of {tag} names a record with the SHA-256 {named}, and this one has {}",
                sealed.sha256.0
            )),
            (None, Some(named)) if self.path.is_none() => wrong.push(format!(
                "the message of {tag} names a record with the SHA-256 {named}, which was not compared: --record FILE names it"
            )),
            _ => {}
        }
        self.problems.extend(wrong);
    }
}

/// What a record says that is not so of this release.
fn of_another(sealed: &Sealed, context: &Context, subject: &Subject, commit: &str) -> Vec<String> {
    let record = &sealed.record;
    let mut wrong = Vec::new();
    let mut differ = |what: &str, there: Option<&str>, here: Option<&str>| {
        if there != here {
            let (there, here) = (there.unwrap_or("none"), here.unwrap_or("none"));
            wrong.push(format!("the record is of another {what}: {there}, and this is {here}"));
        }
    };
    differ("commit", record.commit_id.as_deref(), Some(commit));
    differ("tree", record.tree_id.as_deref(), subject.tree.as_deref());
    differ("version", record.version.as_deref(), subject.version.as_deref());
    differ("folder", record.folder.as_deref(), subject.folder.as_deref());
    let policy = policy_in_words(&PolicyOf::of(subject.policy.as_ref()));
    differ(
        "policy (--policy-ref REV or --config FILE names it)",
        Some(&policy_in_words(&PolicyOf::of_record(record))),
        Some(&policy),
    );
    let release = subject.release.as_ref().map(|release| release.sha256.as_str());
    differ(
        "release.yaml (--release FILE names one that is not in the commit)",
        record.release_sha256.as_ref().map(|digest| digest.0.as_str()),
        release,
    );
    // A mirror has another remote, so only what the content itself says can differ.
    if let Some(own) = context.policy.project.as_deref().or_else(|| context.name()) {
        differ("project", record.project_name.as_deref(), Some(own));
    }
    let one = |folder: &String, version: &String| format!("{folder} {version}");
    let there: Vec<_> = record.packages.iter().map(|package| one(&package.folder, &package.version)).collect();
    let here: Vec<_> = subject.packages.iter().map(|package| one(&package.folder, &package.version)).collect();
    if there != here {
        let (there, here) = (listed(&there), listed(&here));
        wrong.push(format!(
            "the record is of other packages: {there}, and this is {here} (--package DIR asks one alone)"
        ));
    }
    if record.command_name != "check" || record.decision != Decision::Go.label() {
        wrong.push(format!(
            "the record is one of `{}` that came to {}, not of a GO",
            record.command_name, record.decision
        ));
    }
    wrong.extend(contradicted(record));
    wrong.extend(out_of_time(&record.judged_at, context, commit));
    wrong
}

/// A time at which nobody can have judged the commit: what has a day would be judged as it was then.
fn out_of_time(judged_at: &str, context: &Context, commit: &str) -> Option<String> {
    let at: Timestamp = judged_at.parse().ok()?;
    if at > Timestamp::now() + SKEW {
        return Some(format!("the record is of a time to come: {judged_at}"));
    }
    let made = context.world.repository.as_ref().ok()?.committed_at(commit)?;
    (made.duration_since(at) > WRONG_CLOCK)
        .then(|| format!("the record is of a time before its commit was made: {judged_at}, and that is of {made}"))
}

/// What a record says that its own GO contradicts: whoever changes one can seal it anew.
fn contradicted(record: &VerdictRecord) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    if let Some(twice) = record.results.iter().find(|row| !seen.insert(&row.check_id)) {
        wrong.push(format!("the record has the row {} twice", twice.check_id));
    }
    if record.is_rehearsal {
        wrong.push("the record is of a rehearsal, which is never a GO".to_owned());
    }
    let is_go = record.decision == Decision::Go.label();
    if let Some(reason) = record.hold_reasons.first().filter(|_| is_go) {
        wrong.push(format!("the record says GO, and that {} holds the release", reason.check_id));
    }
    wrong
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Which policy held, so that two that are the same read the same wherever the repository is.
fn policy_in_words(policy: &PolicyOf) -> String {
    let path = policy.path.as_deref().unwrap_or_default();
    match (policy.source.as_deref(), &policy.blob, &policy.sha256) {
        (_, _, Some(digest)) => format!("a file of --config with the SHA-256 {}", digest.0),
        (Some("ref"), Some(blob), _) => format!("{path} of another commit (--policy-ref), blob {blob}"),
        (_, Some(blob), _) => format!("{path}, blob {blob}"),
        _ => "the defaults".to_owned(),
    }
}

/// The record in the policy's folder that the tag's message names by its digest.
pub(super) fn named_by_the_tag(context: &Context, tag: &str) -> Option<PathBuf> {
    let digests = digests_of(context, tag);
    if digests.is_empty() {
        return None;
    }
    let folder = place::of_policy(&context.world, &context.policy).ok()??;
    let ledger = Ledger::open(&folder).ok()?;
    let found = ledger.list(&Wanted::default()).ok()?;
    let named = found.records.into_iter().find(|sealed| digests.contains(&sealed.sha256.0))?;
    Some(ledger.path(named.record.record_id))
}

/// The digests of records that a tag's message names.
fn digests_of(context: &Context, tag: &str) -> Vec<String> {
    let message = context.world.repository.as_ref().ok().and_then(|repository| repository.tag_message(tag));
    digests(&message.unwrap_or_default())
}

/// The SHA-256 digests in the lines of a text that speak of a record, or in the line below one that has the very word, or ends in a
/// colon, and none: others are of what was built.
fn digests(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let speaks = |line: &&str| line.to_ascii_lowercase().contains("record");
    let of_record = (0..lines.len()).filter(|at| speaks(&lines[*at]));
    let found = of_record.flat_map(|at| match in_line(lines[at]) {
        own if !own.is_empty() => own,
        _ if leads_on(lines[at]) => lines.get(at + 1).map(|below| in_line(below)).unwrap_or_default(),
        none => none,
    });
    found.collect()
}

/// Whether a line that speaks of a record may leave its digest to the next: "faster recorder" does not.
fn leads_on(line: &str) -> bool {
    let line = line.trim_end().to_ascii_lowercase();
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
    line.ends_with(':') || words.any(|word| matches!(word, "record" | "records"))
}

fn in_line(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    let is_digest = |word: &&str| word.len() == DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    words.filter(is_digest).map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::digests;

    #[test]
    fn only_what_a_line_says_of_a_record_is_a_records_digest() {
        let (one, other) = ("a".repeat(64), "B".repeat(64));
        for (text, expected) in [
            (format!("1.2.3\n\nRecord: {one}"), vec![one.clone()]),
            (format!("Record:\n  sha256:{other}\n"), vec![other.to_lowercase()]),
            (format!("the record sha256-{one}\n{other} app.tar.gz"), vec![one.clone()]),
            (format!("{one} app.tar.gz\nRecord: {other}"), vec![other.to_lowercase()]),
            (format!("{one} app.tar.gz\n"), vec![]),
            (format!("Record: see below\n\n{one} app.tar.gz"), vec![]),
            (format!("Recorded:\n{one}"), vec![one.clone()]),
            (format!("- a faster recorder\n{one} app.tar.gz"), vec![]),
            (format!("Record: {}", "a".repeat(63)), vec![]),
        ] {
            assert_eq!(digests(&text), expected, "{text}");
        }
    }
}
