//! `attest ID --sign KEY`: a claim that a key signs, in a file of its own.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Desk, refused};
use crate::checks::attested::attester;
use crate::checks::context::Context;
use crate::checks::signed::{Content, moments};
use crate::cli::ssh;
use crate::config::claims::SIGNERS;
use crate::config::policy;
use crate::config::release::FILE;
use crate::evidence::claims::{
    Believed, Claim, FOLDER, Found, Moment, NAMESPACE, PublicKey, Signers, Standing, Statement, encoded, examine,
    folder_of, name_of, sealed,
};
use crate::model::escape::visible;
use crate::model::failure::{Failure, FailureKind};
use crate::model::path::within;
use crate::system::atomic::Draft;
use crate::system::files::read_anywhere;

/// The largest public key file that is read, in bytes.
const KEY_LIMIT: u64 = 16 << 10;

impl Desk<'_> {
    /// Signs the claim that the flags make, and tells what to do next.
    pub(super) fn sign(&self, id: &str, key: &Path) -> Result<String, Failure> {
        self.refuse_unknown(id)?;
        let context = self.context.as_ref().map_err(|failure| (*failure).clone())?;
        let content = Content::of(context);
        let why = |why: String| refused(id, &why);
        let tree = content.tree.clone().map_err(|reason| why(format!("nothing can be signed: {reason}")))?;
        let nameless = "nothing says what the project is called: write `project:` into delivery-gate.yaml";
        let project = content.project.clone().ok_or_else(|| why(nameless.to_owned()))?;
        is_committed(context).map_err(why)?;
        let signers = context.signed().signers();
        let signers = signers.map_err(|reason| why(format!("{reason}{}", self.to_begin(id, key, context))))?;
        let moments = moments(context);
        let known = public(key);
        let by = self.principal(known.as_ref(), signers, &moments).map_err(why)?;
        let claimed = self.claim_by(id, &by)?;
        if let Some(Standing::Wrong(reason) | Standing::Unproven(reason)) =
            known.as_ref().map(|known| signers.judge(known, &by, &moments))
        {
            return Err(why(format!("`check` would not take it: {reason}")));
        }
        self.agrees(id, claimed.answer)?;
        let claim = Claim {
            id: id.to_owned(),
            answer: claimed.answer,
            by,
            at: claimed.at,
            evidence: claimed.evidence,
            note: claimed.note,
            made_for: self.release.released.clone(),
        };
        let statement = Statement { project, tree, claim };
        let payload = statement.written();
        let armour =
            ssh::signature(&encoded(&payload), key, &self.world.environment, &said(&statement)).map_err(why)?;
        let (text, signed_with) = sealed(&payload, &armour)
            .map_err(|unfit| why(format!("what {} wrote is not taken: {}", ssh::PROGRAM, reason_of(unfit.into()))))?;
        let name = name_of(id, &signed_with);
        let found = Found { shown: name.clone(), name: name.clone(), bytes: Ok(text.clone().into_bytes()) };
        let believed = Believed { signers: Ok(signers), moments: &moments };
        let examined = examine(&found, &content.about(context), &believed);
        let not_taken = |reason: &str| why(format!("`check` would not take it: {reason}"));
        if examined.standing != Standing::Holds {
            return Err(not_taken(&reason_of(examined.standing)));
        }
        let attested = self.attested(&self.release).into_iter().find(|attested| attested.id() == id);
        let objection = attested.and_then(|one| one.objection_to(&examined, &self.release, self.world.now));
        if let Some(outcome) = objection.filter(|_| claimed.answer) {
            return Err(not_taken(&outcome.detail));
        }
        let place = format!("{FOLDER}/{}/{name}", folder_of(&self.release.released));
        self.put(&place, &text)
            .map_err(|reason| Failure::new(FailureKind::Output, format!("{place} could not be written: {reason}")))?;
        let key = format!("{} {}", signed_with.label(), signed_with.fingerprint());
        let said = said(&statement);
        let next =
            if self.is_ignored(&place) { "commit it with `git add -f`, for git ignores it" } else { "commit it" };
        Ok(format!("Wrote {place}, signed ({key}):\n{said}\nNext: {next}; {FILE} stays as it is.\n"))
    }

    /// What has to be written before anybody's key counts; nothing where it is there, or another commit has it.
    fn to_begin(&self, id: &str, key: &Path, context: &Context) -> String {
        let claims = self.policy.claims.as_ref();
        let signers = claims.map_or(SIGNERS, |claims| claims.signers.as_str());
        let policy = self.world.policy_path();
        let folder = policy.as_deref().and_then(Path::parent).unwrap_or(&self.world.dir);
        let has_signers = within(folder, signers).is_none_or(|path| self.world.is_there(&path));
        let line = self.line_of(key);
        match (context.signed().is_asked_for(), has_signers) {
            (false, _) => format!(
                ". Write into {}: claims: {{required: [{id}]}}; and into {signers}: {line}; commit both, then sign again",
                policy::FILE
            ),
            (true, false) => format!(". Write into {signers}: {line}; commit it, then sign again"),
            (true, true) => String::new(),
        }
    }

    /// The line of `allowed_signers` that lets a key sign.
    fn line_of(&self, key: &Path) -> String {
        let email = || self.world.repository.as_ref().ok().and_then(|repository| repository.user_email());
        let by = self.args.by.clone().or_else(email).unwrap_or_else(|| "PRINCIPAL".to_owned());
        let words = public(key)
            .and_then(|_| public_text(key))
            .map(|text| text.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>());
        let public = match words {
            Some(words) => words.join(" "),
            None => format!("KEY, where KEY is the text of {}", public_path(key).display()),
        };
        visible(&format!("{by} namespaces=\"{NAMESPACE}\" {public}")).into_owned()
    }

    /// Whether git would not add it by itself.
    fn is_ignored(&self, place: &str) -> bool {
        let repository = self.world.repository.as_ref().ok();
        let path = within(&self.world.dir, place);
        repository.zip(path).is_some_and(|(repository, path)| repository.is_ignored(&path))
    }

    /// Who signs: as the flag says, else the address that git would name where the key is listed for it, else the one name that
    /// the key is listed for.
    fn principal(&self, key: Option<&PublicKey>, signers: &Signers, moments: &[Moment]) -> Result<String, String> {
        let email = || self.world.repository.as_ref().ok().and_then(|repository| repository.user_email());
        let by = self.args.by.clone().or_else(|| {
            let email = email();
            let Some(key) = key else { return email };
            let listed = |email: &String| signers.judge(key, email, moments) == Standing::Holds;
            email.clone().filter(listed).or_else(|| signers.only_principal(key).map(str::to_owned)).or(email)
        });
        let by = attester(by.as_deref()).map(str::to_owned);
        by.map_err(|why| format!("{why} Pass --by PRINCIPAL, as {} has it", signers.shown()))
    }

    /// release.yaml is part of what is signed: what it says of the claim must be the same.
    fn agrees(&self, id: &str, answer: bool) -> Result<(), Failure> {
        let entry = self.release.attestations.iter().find(|entry| entry.id == id);
        match entry.filter(|entry| entry.answer != answer) {
            Some(entry) => {
                let there = entry.answer;
                Err(refused(id, &format!("{FILE}:{} says answer: {there}; the two must agree", entry.line)))
            }
            None => Ok(()),
        }
    }

    /// Writes the one file, whole or not at all. No link is followed.
    fn put(&self, place: &str, text: &str) -> Result<(), String> {
        let inside = within(&self.world.dir, place).ok_or("it leads out of the repository")?;
        let mut path = self.world.root.path().to_owned();
        for part in &inside {
            path.push(part);
            if path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
                return Err(format!("{} is a symbolic link", path.display()));
            }
        }
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let written = Draft::beside(&path, text.as_bytes()).and_then(|draft| draft.replace(&path));
        written.map_err(|error| error.to_string())
    }
}

/// What is signed is a commit: what is not in it would not be.
fn is_committed(context: &Context) -> Result<(), String> {
    let world = &context.world;
    let repository = world.repository.as_ref().map_err(ToString::to_string)?;
    let state = repository.state();
    let claims = within(&world.dir, FOLDER).map(|folder| crate::git::bytes_of(&folder)).unwrap_or_default();
    let claims = String::from_utf8_lossy(&claims).into_owned();
    let is_claim = |path: &str| path.starts_with(&format!("{claims}/"));
    let next = "commit it first: what is signed is the content of the commit";
    if let Some((path, how)) = state.dirty.iter().find(|(path, _)| !is_claim(path)) {
        return Err(format!("{} is not as it was committed ({}); {next}", visible(path), how.word()));
    }
    if state.dirty_total > state.dirty.len() {
        return Err(format!("the working tree is not as it was committed; {next}"));
    }
    match state.unproven.first() {
        Some(why) => Err(format!("nobody can tell whether everything was committed: {why}")),
        None => Ok(()),
    }
}

/// The public key that a path names, or that lies beside it; nothing where there is none that is read.
fn public(key: &Path) -> Option<PublicKey> {
    PublicKey::of_line(&public_text(key)?)
}

fn public_text(key: &Path) -> Option<String> {
    String::from_utf8(read_anywhere(&public_path(key), KEY_LIMIT).ok()?).ok()
}

fn public_path(key: &Path) -> PathBuf {
    let is_public = key.extension().is_some_and(|extension| extension == "pub");
    let mut path = key.as_os_str().to_owned();
    if !is_public {
        path.push(".pub");
    }
    PathBuf::from(path)
}

/// What is, or was, signed, for people.
fn said(statement: &Statement) -> String {
    let Statement { project, tree, claim } = statement;
    let lines = [
        ("project", Some(project.clone())),
        ("version", Some(claim.made_for.to_string())),
        ("content", Some(format!("tree {tree}"))),
        ("claim", Some(format!("{}: {}", claim.id, if claim.answer { "done" } else { "not done" }))),
        ("by", Some(claim.by.clone())),
        ("at", Some(claim.at.clone())),
        ("evidence", claim.evidence.clone()),
        ("note", claim.note.clone()),
    ];
    let line = |(name, text): (&str, Option<String>)| Some(format!("  {name:<9} {}\n", visible(&text?)));
    lines.into_iter().filter_map(line).collect()
}

fn reason_of(standing: Standing) -> String {
    match standing {
        Standing::Holds => String::new(),
        Standing::Wrong(why) | Standing::Unproven(why) => why,
    }
}
