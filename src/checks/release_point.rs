//! `release_point`: the working tree is clean and the release's tag is at HEAD.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Check, Identity, Stage};
use crate::checks::context::Context;
use crate::config::{policy, release};
use crate::ecosystems::versions::is_behind;
use crate::git::{Difference, Overlooked, State, Tag, Unavailable, text_of};
use crate::model::escape::visible_up_to;
use crate::model::{Outcome, Unproven};
use crate::model::{Row, Status};
use crate::world::{Part, Refused, World, last_release};

/// The check's id.
pub(crate) const ID: &str = "release_point";

/// How much of a commit id the text shows, in hex digits.
const SHORT: usize = 7;

/// How many paths stand below the row's detail; the metrics have more.
const PATHS_BELOW: usize = 10;

/// So many files are compared in the time in which a thread starts: measured, 66 microseconds, at some 1.5 for a file.
const FEW_FILES: usize = 44;

/// How many paths the metrics have that git was told to overlook.
const OVERLOOKED_LIMIT: usize = 100;

/// The metric that says whether there is no tag of the release at all.
const UNTAGGED: &str = "untagged";

/// The metric that says what the question for the tree alone came to, in the word of a status.
const TREE: &str = "tree";

/// How much of a path is shown, in characters.
const PATH_LIMIT: usize = 300;

/// How much of a revision is shown, in characters.
const REVISION_LIMIT: usize = 80;

/// What is said where a release.yaml from outside the commit has no tag that makes it that commit's.
const NEEDS_ITS_TAG: &str = "a release.yaml that is not part of the commit (--release) needs its version's tag there, whatever the policy excepts";

/// The check.
pub(crate) struct ReleasePoint<'c>(pub &'c Context);

impl Check for ReleasePoint<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "Clean, tagged release point")
    }

    /// Few files are compared sooner than a thread has started.
    fn stage(&self) -> Stage {
        let repository = self.0.world.repository.as_ref().ok();
        match repository.and_then(|repository| repository.known_entries()) {
            Some(..FEW_FILES) => Stage::Look,
            _ => Stage::LookLong,
        }
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        Ok(look(self.0).map_err(|unavailable| unavailable.to_string())?)
    }

    /// What was judged must still be there when the report is made.
    fn confirm(&self, world: &World, outcome: Outcome) -> Outcome {
        let repository = world.repository.as_ref().ok();
        let moved = match world.revision() {
            Some(_) => repository.and_then(|repository| repository.tag_moved()),
            None => repository.and_then(|repository| repository.moved()),
        };
        let Some(what) = moved else { return outcome };
        let outcome = outcome.metric(TREE, Status::Unproven.label());
        match outcome.status {
            Status::Pass => Outcome { status: Status::Unproven, detail: what, ..outcome },
            _ => outcome,
        }
    }
}

fn look(context: &Context) -> Result<Outcome, Unavailable> {
    let repository = context.world.repository.as_ref().map_err(Clone::clone)?;
    let commit = context.world.commit()?;
    let mut findings = Findings::default();
    findings.tree.undetermined.extend(repository.rewritten());
    if let Some(revision) = context.world.revision() {
        let tag = findings.tag.tags(context, commit);
        let mut outcome = findings.outcome(tag.as_deref());
        let shown = visible_up_to(revision, REVISION_LIMIT);
        outcome.detail += &format!("; the working tree was not asked: {shown} was judged");
        return Ok(outcome);
    }
    let state = repository.state();
    findings.tree.state(context, &state);
    let tag = findings.tag.tags(context, commit);
    Ok(with_overlooked(with_paths(findings.outcome(tag.as_deref()), &state), &state))
}

/// Whether all that a row of this check holds for is that the tag is not there.
pub(crate) fn holds_for_no_tag_alone(row: &Row) -> bool {
    let is_clean = row.metrics.get(TREE).is_some_and(|found| found == Status::Pass.label());
    is_clean && row.metrics.get(UNTAGGED) == Some(&Value::Bool(true))
}

/// What was wrong: first the tree, then the tag.
#[derive(Default)]
struct Findings {
    tree: Found,
    tag: Found,
}

/// What one of the two questions came to.
#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    undetermined: Vec<String>,
    /// How many of `wrong` say that a tag is not there.
    missing: usize,
}

impl Found {
    fn status(&self) -> Status {
        match (self.wrong.is_empty(), self.undetermined.is_empty()) {
            (false, _) => Status::Fail,
            (true, false) => Status::Unproven,
            (true, true) => Status::Pass,
        }
    }

    /// What git's state says of the tree.
    fn state(&mut self, context: &Context, state: &State) {
        if state.dirty_total > 0 {
            self.wrong.push("working tree has uncommitted changes".to_owned());
        }
        self.wrong.extend(state.operation.clone());
        self.undetermined.extend(state.unproven.iter().cloned());
        if context.release.named.is_some() {
            return;
        }
        match is_release_tracked(context) {
            Ok(true) => {}
            Ok(false) => self.wrong.push(format!("{} is not tracked by git", release::FILE)),
            Err(why) if self.undetermined.contains(&why) => {}
            Err(why) => self.undetermined.push(why),
        }
    }

    /// The PASS detail of the tags of all packages at HEAD.
    fn tags(&mut self, context: &Context, head: &str) -> Option<String> {
        if let Some(tag) = context.tag_astray() {
            let own = context.each_package().map(wanted).collect::<Vec<_>>().join(", ");
            let told = match (context.names_its_version(tag), &context.version) {
                (true, version) => format!(
                    "the tag of {} is to be {own}: make that one, or let `tag:` in {} say the other form",
                    visible_up_to(version, REVISION_LIMIT),
                    policy::FILE
                ),
                (false, version) => format!("release.yaml is for {own}: {}", next_for(context, tag, version)),
            };
            self.wrong.push(format!("{} is about to be made, and {told}", visible_up_to(tag, REVISION_LIMIT)));
            return None;
        }
        if let Some(there) = context.tag_to_be.as_deref().and_then(|tag| is_there(context, tag, head)) {
            self.wrong.push(there);
            return None;
        }
        if context.packages.is_empty() {
            return self.tag(context, head);
        }
        let all: Vec<_> = context.packages.iter().map(|package| self.tag(package, head)).collect();
        let all = all.into_iter().collect::<Option<Vec<_>>>()?;
        let at = format!(" at {head}");
        let mut names: Vec<_> = all.iter().map(|tag| tag.strip_suffix(&at).unwrap_or(tag)).collect();
        let mut known = HashSet::new();
        // One tag may be that of all.
        names.retain(|name| known.insert(*name));
        Some(names.join(", ") + &at)
    }

    /// The PASS detail of the tag at HEAD.
    fn tag(&mut self, context: &Context, head: &str) -> Option<String> {
        if let Some(why) = context.package.as_ref().and_then(|package| package.unseen.clone()) {
            // Its name is not known, and so its tag is not.
            self.undetermined.push(why);
            return None;
        }
        let judged = if context.world.revision().is_some() { "the judged commit" } else { "HEAD" };
        let (mut here, mut found, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let mut unreadable = false;
        for (name, tag) in context.tags() {
            match tag {
                Tag::Missing => {}
                Tag::At { commit, called, .. } if commit == head => match at_head(context, name, called.as_deref()) {
                    Ok(kind) => here.push((name, kind)),
                    Err(why) => refused.push(why),
                },
                Tag::At { commit, .. } if is_out(context, commit, head) => {
                    let folder = context.package.as_ref().map(|package| package.folder.as_str()).unwrap_or_default();
                    let next = format!("take it out of `packages:` in {} until its next version", release::FILE);
                    found.push(format!("{folder} is out, tag {name} is at {}: {next}", short(commit)));
                }
                Tag::At { commit, .. } => {
                    found.push(format!("tag {name} points at {}, {judged} is {}", short(commit), short(head)));
                }
                Tag::NotACommit(what) => found.push(format!("tag {name} points at {what}, not at a commit")),
                Tag::Unreadable(why) => {
                    unreadable = true;
                    self.undetermined.push(format!("tag {name} could not be read: {why}"));
                }
            }
        }
        let is_known = found.iter().any(|told| told.contains(" is out, "));
        if let Some((name, commit)) = context.out_before().filter(|_| !is_known) {
            let version = visible_up_to(&context.version, REVISION_LIMIT);
            let next = "a version goes out once: `delivery-gate next`";
            self.wrong.push(format!("{version} is out, tag {name} is at {}: {next}", short(commit)));
        }
        if let Some((name, kind)) = here.first() {
            // Whoever fetches the release by its other name gets something else.
            let astray =
                found.drain(..).map(|other| format!("{other}, and tag {name} is there: one of the two is wrong"));
            self.wrong.extend(astray);
            return Some(format!("{name} ({kind}) at {head}"));
        }
        found.append(&mut refused);
        if context.before_tag && found.is_empty() && !unreadable {
            let name = if context.package.is_some() { context.tag_name() } else { wanted(context) };
            return Some(format!("no tag {name} yet at {head}"));
        }
        if found.is_empty() && !unreadable {
            let is_shallow = context.world.repository.as_ref().is_ok_and(|repository| repository.is_shallow());
            let hint = if is_shallow { " (in this shallow clone: git fetch --tags)" } else { "" };
            let there = in_another_form(context, head, judged).unwrap_or_default();
            found.push(format!("no tag {}{hint}{there}", wanted(context)));
            self.missing += 1;
        }
        if context.release.named.is_some() && !found.is_empty() {
            found.push(NEEDS_ITS_TAG.to_owned());
        }
        self.wrong.append(&mut found);
        None
    }
}

impl Findings {
    fn status(&self) -> Status {
        match (self.tree.status(), self.tag.status()) {
            (Status::Fail, _) | (_, Status::Fail) => Status::Fail,
            (Status::Pass, tag) => tag,
            (tree, _) => tree,
        }
    }

    fn outcome(self, tag: Option<&str>) -> Outcome {
        let (status, tree) = (self.status(), self.tree.status());
        let is_untagged =
            self.tag.missing > 0 && self.tag.missing == self.tag.wrong.len() && self.tag.undetermined.is_empty();
        let detail = match (status, tag) {
            (Status::Pass, Some(tag)) => tag.to_owned(),
            _ => {
                let (tree, tag) = (self.tree, self.tag);
                let wrong = tree.wrong.into_iter().chain(tag.wrong);
                wrong.chain(tree.undetermined).chain(tag.undetermined).collect::<Vec<_>>().join("; ")
            }
        };
        let outcome = Outcome::new(status, detail).metric(TREE, tree.label());
        if is_untagged { outcome.metric(UNTAGGED, true) } else { outcome }
    }
}

/// A tag that names the version and is where the release's should be, though not in a form of the release's.
fn in_another_form(context: &Context, head: &str, judged: &str) -> Option<String> {
    let name = last_release::tags_at(&context.world, head).into_iter().find(|name| context.names_its_version(name))?;
    let name = visible_up_to(&name, REVISION_LIMIT);
    let next = format!("`tag:` in {} says which is the release's", policy::FILE);
    Some(format!("; {name} is at {judged}, in another form: {next}"))
}

/// How release.yaml comes to the version of a tag: a later one is begun, an earlier one is that of another branch.
fn next_for(context: &Context, tag: &str, version: &str) -> String {
    let shown = visible_up_to(tag, REVISION_LIMIT);
    match is_behind(tag, version) {
        Some(false) => format!("{shown} does not come behind that: check out the branch that it is made from"),
        Some(true) if context.packages.is_empty() && release::is_version(tag) => {
            format!("`delivery-gate next {shown}`")
        }
        _ => "`delivery-gate next`".to_owned(),
    }
}

/// What stands against making a tag that is at HEAD: whoever is about to make it would fail, or move it.
fn is_there(context: &Context, tag: &str, head: &str) -> Option<String> {
    let found = context.world.repository.as_ref().ok()?.tag(tag);
    let next = "`delivery-gate check` judges it";
    let told = || format!("{} is about to be made, and is there already: {next}", visible_up_to(tag, REVISION_LIMIT));
    matches!(found, Tag::At { commit, .. } if commit == head).then(told)
}

/// Whether a package among others went out at an earlier commit.
fn is_out(context: &Context, commit: &str, head: &str) -> bool {
    let repository = context.world.repository.as_ref().ok();
    context.package.is_some() && repository.is_some_and(|repository| repository.is_before(commit, head))
}

/// What kind of tag this is that points where it should, or why the policy does not take it.
fn at_head(context: &Context, name: &str, called: Option<&str>) -> Result<String, String> {
    let is_own = |called: &str| context.tags().iter().any(|(name, _)| name == called);
    match (called, context.policy.tag_annotated) {
        (Some(called), _) if is_own(called) => Ok("annotated".to_owned()),
        (Some(called), true) => Err(format!(
            "tag {name} holds a tag object that calls itself '{}', the policy asks for an annotated tag of this release",
            visible_up_to(called, REVISION_LIMIT)
        )),
        (Some(called), false) => Ok(format!("another name of the tag '{}'", visible_up_to(called, REVISION_LIMIT))),
        (None, false) => Ok("lightweight".to_owned()),
        (None, true) => Err(format!(
            "tag {name} is lightweight, the policy asks for an annotated one; where a checkout in CI made it so, \
             `git fetch --force --tags` brings the tag object back"
        )),
    }
}

fn is_release_tracked(context: &Context) -> Result<bool, String> {
    match context.world.part(&context.world.dir.join(release::FILE)) {
        Ok(Part::Tracked) => Ok(true),
        Ok(Part::New) | Err(Refused::Untracked(_)) => Ok(false),
        Ok(Part::Unknown) => Err(context.world.undetermined().unwrap_or_default().to_owned()),
        Err(error) => Err(error.about(release::FILE)),
    }
}

/// The names that the tag may have; of a package without any form of the policy's, the first of many.
fn wanted(context: &Context) -> String {
    let names: Vec<_> = context.tags().iter().map(|(name, _)| name.as_str()).collect();
    match (names.split_first(), &context.package, &context.policy.tag) {
        (Some((first, rest)), Some(_), None) if !rest.is_empty() => {
            format!("{first} (or another form: `tag:` in {} says which)", policy::FILE)
        }
        _ => names.join(" or "),
    }
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

fn with_paths(outcome: Outcome, state: &State) -> Outcome {
    if state.dirty_total == 0 {
        return outcome;
    }
    let below = state.dirty.iter().take(PATHS_BELOW).map(|(path, how)| line(path, *how));
    let more = state.dirty_total.saturating_sub(PATHS_BELOW);
    let below = below.chain((more > 0).then(|| format!("and {more} more"))).collect::<Vec<_>>();
    let paths: Vec<_> = state.dirty.iter().map(|(path, _)| Value::from(path.as_str())).collect();
    let changes: Vec<_> = state.dirty.iter().map(|(path, how)| json!({"path": path, "kind": how.word()})).collect();
    let outcome = outcome.below(below).metric("paths", paths).metric("paths_total", state.dirty_total);
    outcome.metric("changes", changes)
}

/// What git was told to overlook is told, and holds nothing.
fn with_overlooked(mut outcome: Outcome, state: &State) -> Outcome {
    let of = |why| state.overlooked.iter().filter(move |(found, _)| *found == why).map(|(_, path)| path.as_slice());
    if let Some(paths) = listed(of(Overlooked::Mode)) {
        outcome.detail += &format!("; core.fileMode is false, so another mode was overlooked: {paths}");
    }
    if let Some(paths) = listed(of(Overlooked::Case)) {
        outcome.detail += &format!("; core.ignoreCase is true, so a rule of another letter case ignores: {paths}");
    }
    let excluded = listed(of(Overlooked::Excluded));
    outcome
        .warnings
        .extend(excluded.map(|paths| format!("only .git/info/exclude, which no clone has, excludes: {paths}")));
    if state.overlooked.is_empty() {
        return outcome;
    }
    let known = state.overlooked.iter().take(OVERLOOKED_LIMIT);
    let known: Vec<_> = known.map(|(why, path)| json!({"path": text_of(path), "kind": why.word()})).collect();
    outcome.metric("overlooked", known).metric("overlooked_total", state.overlooked.len())
}

/// The first paths in one line, and how many more there are.
fn listed<'p>(paths: impl Iterator<Item = &'p [u8]>) -> Option<String> {
    let mut paths = paths.peekable();
    paths.peek()?;
    let mut shown: Vec<_> =
        paths.by_ref().take(PATHS_BELOW).map(|path| visible_up_to(&text_of(path), PATH_LIMIT)).collect();
    let more = paths.count();
    shown.extend((more > 0).then(|| format!("and {more} more")));
    Some(shown.join(", "))
}

/// The path first, and cut before the word that says how it differs.
fn line(path: &str, how: Difference) -> String {
    format!("{} ({})", visible_up_to(path, PATH_LIMIT), how.word())
}
