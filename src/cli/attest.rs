//! `delivery-gate attest`: a person's claim, written into release.yaml. What it writes, `check` accepts.

use std::cell::OnceCell;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::Colour;
use super::output;
use super::place::{self, Inputs, shell_word};
use super::questions::{Questions, yes_or_no};
use crate::attest::{Claim, Refused, Unwritten, change, declare, edit};
use crate::checks::attested::{Attested, attester};
use crate::checks::context::Context;
use crate::checks::last_claims::LastClaims;
use crate::checks::release_point;
use crate::config::policy::NotApplicable;
use crate::config::release::{Attestation, FILE};
use crate::config::{Policy, Release};
use crate::config::{policy, release};
use crate::engine::policy_changes;
use crate::git;
use crate::model::escape::{is_blank, visible};
use crate::model::failure::{Failure, FailureKind};
use crate::model::filled::is_filled_in;
use crate::model::names::{AUTO_IDS, POLICY_CHANGE, check_of, means, plain_id};
use crate::model::nearest::suggestion;
use crate::model::problem::Problem;
use crate::model::tag_form::is_of_package;
use crate::project::written::Written;
use crate::world::World;
use crate::world::last_release::{self, Last, Untold, Wanted};

mod sign;

/// What follows the flags in the help.
pub(super) const AFTER_HELP: &str = "\
Example: delivery-gate attest rollback_tested --evidence https://ci.example.com/1
Exit codes: 0 written, or nothing is open; 1 something is open; 2 refused.";

/// The flags of `attest`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which attestation; without one, on a terminal, each that is open is asked for
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: Option<String>,
    /// Who says so [default: the author that git would name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Where it can be looked at, usually a URL
    #[arg(long, value_name = "URL", requires = "id")]
    evidence: Option<String>,
    /// Free text for the report
    #[arg(long, value_name = "TEXT", requires = "id")]
    note: Option<String>,
    /// When: a date or an RFC 3339 time [default: today's date, in UTC]
    #[arg(long, value_name = "WHEN", requires = "id")]
    at: Option<String>,
    /// It was not done: the claim is `answer: false`, which holds the release
    #[arg(long, requires = "id")]
    no: bool,
    /// Sign it with this SSH key, in a file of its own; a public key is one that an agent has
    #[arg(long, value_name = "KEY", requires = "id")]
    sign: Option<PathBuf>,
    /// Declares that a check does not apply to this release; release.yaml says so under `not_applicable`
    #[arg(
        long,
        value_name = "ID",
        requires = "reason",
        conflicts_with_all = ["id", "by", "sign"],
        value_parser = NonEmptyStringValueParser::new()
    )]
    not_applicable: Option<String>,
    /// Why it does not apply
    #[arg(long, value_name = "TEXT", requires = "not_applicable")]
    reason: Option<String>,
    #[command(flatten)]
    inputs: Inputs,
}

/// Writes a claim, or goes through what is open. Returns the exit code.
pub(super) fn run(args: &Args, now: Timestamp, colour: Colour) -> u8 {
    match attest(args, now) {
        Ok((text, code)) => output::conclude(text, code),
        Err(failure) => {
            output::complain(&failure, colour);
            Failure::EXIT_CODE
        }
    }
}

fn attest(args: &Args, now: Timestamp) -> Result<(String, u8), Failure> {
    let project = args.inputs.project(None, place::at(now))?;
    let (world, Written { release, policy, gates }) = project.written().map_err(place::failure)?;
    // What is wrong with the manifests keeps nobody from claiming in release.yaml.
    let context = project.before_release().map_err(place::failure);
    let gates = gates.into_iter().flat_map(|pipeline| pipeline.gates).map(|gate| gate.id).collect();
    let last = last_release(&world, &release, &policy);
    let mut policy = policy;
    // What differs is told by `check`; here it may ask for a claim.
    let _ = policy_changes::since_last(&world, &mut policy, &[], last.as_ref());
    let desk = Desk { args, world, release, policy, gates, last, last_claims: OnceCell::new(), context };
    if let (Some(id), Some(key)) = (&args.id, &args.sign) {
        return Ok((desk.sign(id, key)?, 0));
    }
    if let Some(id) = &args.id {
        let claim = desk.claim(id)?;
        return Ok((desk.write(&[claim])?, 0));
    }
    if let (Some(id), Some(reason)) = (&args.not_applicable, &args.reason) {
        return Ok((desk.declare(&plain_id(id).unwrap_or_else(|| id.clone()), reason)?, 0));
    }
    if desk.open(&desk.release).is_empty() {
        return Ok((desk.what_is_next(&desk.release), 0));
    }
    match Questions::at_terminal() {
        Some(mut questions) => desk.walk(&mut questions),
        None => Ok((desk.list(), 1)),
    }
}

struct Desk<'a> {
    args: &'a Args,
    world: World,
    release: Release,
    policy: Policy,
    /// The ids of the policy's gates.
    gates: Vec<String>,
    last: Result<Last, Untold>,
    last_claims: OnceCell<LastClaims>,
    /// What `check` looks at, where that can be told: what is signed, for one.
    context: Result<Context, Failure>,
}

fn last_release(world: &World, release: &Release, policy: &Policy) -> Result<Last, Untold> {
    // A name in it is the manifest's, which nobody reads here: a release with a release.yaml is found without.
    let is_whole = |tag: &&String| !is_of_package(tag);
    let forms: Vec<_> = policy.tag.iter().filter(is_whole).cloned().collect();
    let releasing = release.released.each();
    let name = policy.project.as_deref();
    let wanted = Wanted { releasing: &releasing, forms: &forms, usual: &[], name, package: None };
    last_release::find(world, wanted)
}

impl Desk<'_> {
    /// The claim that the flags make.
    fn claim(&self, id: &str) -> Result<Claim, Failure> {
        self.refuse_unknown(id)?;
        let by = self.by();
        let by = attester(by.as_deref()).map_err(|why| refused(id, &format!("{why} Pass --by NAME")))?;
        self.claim_by(id, by)
    }

    /// The same, by somebody.
    fn claim_by(&self, id: &str, by: &str) -> Result<Claim, Failure> {
        let at = self.args.at.clone().unwrap_or_else(|| self.today());
        if !release::is_time(&at) {
            return Err(refused(id, "--at is neither a date (2026-11-20) nor an RFC 3339 time (2026-11-20T14:30:00Z)"));
        }
        if self.args.evidence.as_deref().is_some_and(|evidence| !is_filled_in(evidence)) {
            return Err(refused(id, "--evidence says nothing: pass the URL or the document, or leave it out"));
        }
        if self.args.note.as_deref().is_some_and(is_blank) {
            return Err(refused(id, "--note says nothing: write it, or leave it out"));
        }
        let (evidence, note) = (self.args.evidence.clone(), self.args.note.clone());
        Ok(Claim {
            id: id.to_owned(),
            answer: !self.args.no,
            by: by.to_owned(),
            evidence,
            made_for: self.release.released.clone(),
            at,
            note,
        })
    }

    fn by(&self) -> Option<String> {
        let configured = || match &self.world.repository {
            Ok(repository) => repository.user_name(),
            Err(_) => git::user_name(),
        };
        self.args.by.clone().or_else(configured)
    }

    /// What was claimed for the last release, read once.
    fn last_claims(&self) -> &LastClaims {
        self.last_claims.get_or_init(|| LastClaims::look(&self.world, self.last.as_ref()))
    }

    /// Whether a claim counts only where a key signed it.
    fn must_be_signed(&self, id: &str) -> bool {
        self.context.as_ref().is_ok_and(|context| context.signed().wanted(id) > 0)
    }

    /// The attestations of the project, signed or not.
    fn attested(&self, release: &Release) -> Vec<Attested> {
        Attested::all(release, &self.policy, self.context.as_ref().ok().map(Context::signed))
    }

    fn today(&self) -> String {
        Offset::UTC.to_datetime(self.world.now).date().to_string()
    }

    fn refuse_unknown(&self, id: &str) -> Result<(), Failure> {
        if AUTO_IDS.contains(&id) || self.gates.iter().any(|gate| gate == id) {
            return Err(refused(id, "the gate itself establishes this; nobody can attest it"));
        }
        if let Some(row) = self.release.not_applicable.iter().find(|row| row.id == id) {
            let place = format!("{FILE}:{}", row.line);
            let why = format!("{place} declares it not applicable ({}); take that out first", row.reason);
            return Err(refused(id, &why));
        }
        let attested = self.attested(&self.release);
        // A package's own policy may ask for it, which `check` looks at.
        let may_be_asked = id == POLICY_CHANGE && !self.release.released.packages().is_empty();
        if may_be_asked || attested.iter().any(|known| known.id() == id) {
            return Ok(());
        }
        let known = suggestion(id, attested.iter().map(Attested::id));
        let own = "one of your own is declared under `attestations:` in delivery-gate.yaml";
        Err(refused(id, &format!("this is not an attestation of this project; {known}; {own}")))
    }

    /// What holds the release as the claims stand, and why.
    fn open(&self, release: &Release) -> Vec<(Attested, String)> {
        let required =
            |id: &str| self.policy.required.iter().any(|required| means(required, id) || means(id, required));
        let exempt = |id: &str| release.not_applicable.iter().any(|row| row.id == id) && !required(id);
        let asked = self.attested(release).into_iter().filter(|asked| !exempt(asked.id()));
        let judged = asked.map(|asked| {
            let context = self.context.as_ref().ok();
            let outcome = asked.outcome(release, self.world.now, context, || self.last_claims());
            (asked, outcome)
        });
        let held = judged.filter(|(_, outcome)| !outcome.status.is_pass());
        held.map(|(asked, outcome)| (asked, outcome.detail)).collect()
    }

    /// The text with a claim in it that the check accepts.
    fn edited(&self, text: &str, claim: &Claim) -> Result<String, Failure> {
        let edited = edit(text, claim).map_err(|refusal| match refusal {
            Refused::Invalid(problems) => Failure::of(FailureKind::Manifest, problems),
            Refused::Unsuitable => {
                let message =
                    format!("attestations.{} cannot be written here without changing something else", claim.id);
                let help = format!("write it yourself: {}", claim.line());
                Failure::of(FailureKind::Manifest, vec![Problem::new(FILE, message).help(help)])
            }
        })?;
        let release = Release::parse(FILE, &edited).map_err(|found| Failure::of(FailureKind::Manifest, found))?;
        match self.open(&release).iter().find(|(asked, _)| asked.id() == claim.id && claim.answer) {
            Some((_, why)) => Err(refused(&claim.id, why)),
            None => Ok(edited),
        }
    }

    /// Writes the claims, all of them or none, and tells what stands there now.
    fn write(&self, claims: &[Claim]) -> Result<String, Failure> {
        let mut written = None;
        let edit = |text: &str| {
            let edited = claims.iter().try_fold(text.to_owned(), |text, claim| self.edited(&text, claim))?;
            written = Release::parse(FILE, &edited).ok();
            Ok(edited)
        };
        change(&self.world.root, &self.world.dir.join(FILE), edit).map_err(unwritten)?;
        let release = written.unwrap_or_else(|| self.release.clone());
        let mut text = format!("Wrote {FILE}:\n");
        for claim in claims {
            let now = release.attestations.iter().find(|now| now.id == claim.id);
            text.extend(now.map(|now| told(claim, now)));
        }
        Ok(text + "\n" + &self.what_is_next(&release))
    }

    /// Writes a declaration that the policy takes.
    fn declare(&self, id: &str, reason: &str) -> Result<String, Failure> {
        let refused = |why: String| Failure::new(FailureKind::Usage, format!("--not-applicable {id}: {why}"));
        if !is_filled_in(reason) {
            return Err(refused("--reason says nothing: say why it does not apply".to_owned()));
        }
        if let Some(why) = self.why_not_declared(id) {
            return Err(refused(why));
        }
        let mut written = None;
        let edit = |text: &str| {
            let edited = declare(text, id, reason).map_err(|refusal| match refusal {
                Refused::Invalid(problems) => Failure::of(FailureKind::Manifest, problems),
                Refused::Unsuitable => {
                    refused(format!("it cannot be written into {FILE} without changing something else"))
                }
            })?;
            written = Release::parse(FILE, &edited).ok();
            Ok(edited)
        };
        change(&self.world.root, &self.world.dir.join(FILE), edit).map_err(unwritten)?;
        let release = written.unwrap_or_else(|| self.release.clone());
        let told = format!("Wrote {FILE}:\n  not applicable: {id} ({})\n\n", visible(reason));
        Ok(told + &self.what_is_next(&release))
    }

    /// What `check` would say to a declaration of this id.
    fn why_not_declared(&self, id: &str) -> Option<String> {
        let attested = self.attested(&self.release);
        let attested: Vec<_> = attested.iter().map(Attested::id).collect();
        let gates = self.gates.iter().map(String::as_str);
        let known: Vec<_> = AUTO_IDS.iter().copied().chain(gates).chain(attested.iter().copied()).collect();
        if !known.contains(&check_of(id)) {
            return Some(format!("this is no check of this project; {}", suggestion(id, known.iter().copied())));
        }
        if let Some(claim) = self.release.attestations.iter().find(|claim| claim.id == id) {
            return Some(format!("{FILE}:{} attests it; take that out first", claim.line));
        }
        if id == release_point::ID {
            return Some(format!(
                "no {FILE} can excuse the point that is released; `exceptions:` in {} can",
                policy::FILE
            ));
        }
        if self.policy.required.iter().any(|required| required == id) {
            return Some("the policy requires this check".to_owned());
        }
        let is_auto = !attested.contains(&id);
        let is_refused = is_auto && self.policy.not_applicable == NotApplicable::AttestedOnly;
        is_refused.then(|| "the policy takes that for attested checks only".to_owned())
    }

    fn what_is_next(&self, release: &Release) -> String {
        let open: Vec<_> = self.open(release).iter().map(|(asked, _)| asked.id().to_owned()).collect();
        if open.is_empty() {
            return format!(
                "No attestation is open. Next: commit {FILE}, and before the release is tagged\n  {}\n",
                self.command("check --before-tag")
            );
        }
        format!("Still open: {}. Next:\n  {}\n", open.join(", "), self.command("attest"))
    }

    /// Asks for each claim that is open; nothing is written before the last answer.
    fn walk<R: BufRead, W: Write>(&self, questions: &mut Questions<R, W>) -> Result<(String, u8), Failure> {
        let unread = |error: crate::system::files::ReadError| unwritten(Unwritten::Unread(error));
        let text = self.world.root.read_text(&self.world.dir.join(FILE), crate::config::SIZE_LIMIT).map_err(unread)?;
        let mut text = text.content;
        let mut by = self.by().filter(|by| attester(Some(by)).is_ok()).unwrap_or_default();
        let mut claims = Vec::new();
        for (asked, why) in self.open(&self.release) {
            questions.say("")?;
            questions.say(&format!("{} ({}). {why}", asked.title(), asked.id()))?;
            if self.must_be_signed(asked.id()) {
                continue;
            }
            let Some(claim) = self.ask(questions, &asked, &by)? else { continue };
            match self.edited(&text, &claim) {
                Ok(edited) => {
                    text = edited;
                    if by.is_empty() {
                        by.clone_from(&claim.by);
                    }
                    claims.push(claim);
                }
                Err(failure) => questions.say(&format!("  Skipped: {}", failure.message))?,
            }
        }
        questions.say("")?;
        match claims.is_empty() {
            true => Ok((format!("Nothing was written. {}", self.what_is_next(&self.release)), 1)),
            false => Ok((self.write(&claims)?, 0)),
        }
    }

    fn ask<R: BufRead, W: Write>(
        &self,
        questions: &mut Questions<R, W>,
        asked: &Attested,
        by: &str,
    ) -> Result<Option<Claim>, Failure> {
        let done = |answer: &str| if answer.is_empty() { Ok(None) } else { yes_or_no(answer).map(Some) };
        let Some(answer) = questions.ask_for("  Done? y, n, or Enter to skip", "", done)? else { return Ok(None) };
        let by = questions.ask_for("  By whom?", by, |name| attester(Some(name)).map(str::to_owned))?;
        let wanted = asked.wants_evidence();
        let evidence = match answer {
            false => None,
            true => {
                let without = if wanted { "Enter to skip, for the policy asks for it" } else { "Enter for none" };
                questions.ask_for(&format!("  Evidence (a URL), or {without}"), "", evidence)?
            }
        };
        if answer && wanted && evidence.is_none() {
            return Ok(None);
        }
        let (made_for, at) = (self.release.released.clone(), self.today());
        Ok(Some(Claim { id: asked.id().to_owned(), answer, by, evidence, made_for, at, note: None }))
    }

    /// What is open, for whoever cannot be asked.
    fn list(&self) -> String {
        let mut text = "Still open:\n".to_owned();
        for (asked, why) in self.open(&self.release) {
            let evidence = if asked.wants_evidence() { " --evidence URL" } else { "" };
            let how = if self.must_be_signed(asked.id()) { "--sign KEY" } else { "--by NAME" };
            let command = format!("{} {how}{evidence}", self.command(&format!("attest {}", asked.id())));
            text.push_str(&format!(
                "  {} ({}). {}\n    {command}\n",
                visible(asked.title()),
                asked.id(),
                visible(&why)
            ));
        }
        text
    }

    /// A command on the same project.
    fn command(&self, command: &str) -> String {
        let mut line = format!("delivery-gate {command}");
        let Inputs { repo, config, policy_ref } = &self.args.inputs;
        let path = |path: &PathBuf| path.display().to_string();
        let repo = Some(path(repo)).filter(|repo| repo != ".");
        let places = [("--repo", repo), ("--config", config.as_ref().map(path)), ("--policy-ref", policy_ref.clone())];
        for (flag, value) in places {
            line.extend(value.map(|value| format!(" {flag} {}", shell_word(&value))));
        }
        line
    }
}

fn evidence(text: &str) -> Result<Option<String>, String> {
    match text {
        "" => Ok(None),
        text if is_filled_in(text) => Ok(Some(text.to_owned())),
        _ => Err("where can it be looked at?".to_owned()),
    }
}

/// A claim as it stands there now, and what of an earlier one is still in it.
fn told(claim: &Claim, now: &Attestation) -> String {
    let whole = Claim { evidence: now.evidence.clone(), note: now.note.clone(), ..claim.clone() };
    let mut text = format!("  {}\n", visible(&whole.line()));
    for (flag, new, stands) in [("evidence", &claim.evidence, &now.evidence), ("note", &claim.note, &now.note)] {
        if new.is_none() && stands.is_some() {
            text.push_str(&format!("  (the {flag} was there before; --{flag} replaces it)\n"));
        }
    }
    text
}

fn refused(id: &str, why: &str) -> Failure {
    Failure::new(FailureKind::Usage, format!("{id}: {why}"))
}

/// Why release.yaml was not written, as it is told.
pub(super) fn unwritten(why: Unwritten<Failure>) -> Failure {
    let failure = |message: String| Failure::new(FailureKind::Output, format!("{FILE} {message}; nothing was written"));
    match why {
        Unwritten::Refused(failure) => failure,
        Unwritten::Unread(error) => Failure::of(FailureKind::Manifest, vec![error.problem(FILE)]),
        Unwritten::TooLarge(limit) => failure(format!("would be larger than {limit} bytes")),
        Unwritten::ReadOnly => failure("is read-only".to_owned()),
        Unwritten::Changed => failure("was changed by somebody else meanwhile: run the command again".to_owned()),
        Unwritten::Io(error) => failure(format!("could not be written: {error}")),
    }
}
