//! `deps_pinned`: every dependency of every manifest is pinned, by its own requirement or by a lock file.

use foldhash::{HashSet, HashSetExt};
use serde_json::{Value, json};

use super::{Check, Identity};
use crate::checks::context::Context;
use crate::config::Policy;
use crate::config::policy::SCOPES;
use crate::ecosystems::manifests::{Elsewhere, Loaded, Manifests};
use crate::ecosystems::table::{Ecosystem, PYTHON};
use crate::ecosystems::{Dependency, Fault, Mode, Pin, Scope};
use crate::model::escape::visible_up_to;
use crate::model::filled::is_filled_in;
use crate::model::{Finding, Hollow, Source, Status};
use crate::model::{Outcome, Unproven};
use crate::world::{UNTRACKED, World};

/// The check's id.
pub(crate) const ID: &str = "deps_pinned";

/// How many names the text shows (docs/checks.md); JSON has all.
const SHOWN_LIMIT: usize = 10;

/// How much of a line the names in it take, in characters: text has 400 of it, and the next step stands behind them.
const ROOM: usize = 200;

/// How many manifests of other folders the text names; JSON has all.
const ELSEWHERE_LIMIT: usize = 3;

/// How many dependencies are findings of their own: nobody fixes more of them one by one.
const FINDING_LIMIT: usize = 1_000;

/// How much of a refused reason is shown, in characters.
const REASON_LIMIT: usize = 80;

/// The Python tables that count, unless the policy names others (docs/configuration.md).
const PYTHON_SCOPE: [Scope; 2] = [Scope::Runtime, Scope::Optional];

/// The check.
pub(crate) struct DepsPinned<'c>(pub &'c Context);

impl Check for DepsPinned<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "Dependencies pinned to exact versions")
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        let manifests = &self.0.manifests;
        let mut outcome = pinned(self.0).unwrap_or_else(Outcome::from);
        let no_effect = |why: &String| format!("manifests_ignore in delivery-gate.yaml: {why}");
        outcome.warnings.extend(manifests.left_in.iter().map(no_effect));
        Ok(match without_reason(manifests) {
            Some(why) => Outcome { status: Status::Fail, detail: format!("{why}; {}", outcome.detail), ..outcome },
            None => outcome,
        })
    }
}

fn pinned(context: &Context) -> Result<Outcome, Unproven> {
    if context.manifests.loaded.is_empty() {
        return nothing_asked(&context.manifests);
    }
    let mut tally = Tally::default();
    for loaded in &context.manifests.loaded {
        tally.manifest(context, loaded);
    }
    Ok(tally.outcome(context))
}

/// What was written instead of a reason leaves nothing out.
fn without_reason(manifests: &Manifests) -> Option<String> {
    let (path, reason) = manifests.left_out.iter().find(|(_, reason)| !is_filled_in(reason))?;
    let shown = visible_up_to(reason.trim(), REASON_LIMIT);
    Some(format!("`manifests_ignore` leaves {path} out, but '{shown}' is no reason"))
}

/// Without a manifest beside release.yaml there is nothing to pin, unless the repository has one somewhere.
fn nothing_asked(manifests: &Manifests) -> Result<Outcome, Unproven> {
    let Elsewhere { below, outside, locks, submodules, unproven } = &manifests.elsewhere;
    if let Some(why) = unproven {
        return Err(format!("no manifest was found beside release.yaml, and the rest was not looked at: {why}").into());
    }
    let others: Vec<_> = below.iter().chain(outside).cloned().collect();
    if others.is_empty() && !locks.is_empty() {
        let next = "`manifests_ignore` in delivery-gate.yaml leaves out what is not released";
        return Err(format!("no manifest says what {} was made for; {next}", listed_few(locks)).into());
    }
    if others.is_empty() {
        let inside = match submodules.as_slice() {
            [] => String::new(),
            found => format!(" Not looked into: the submodules {}.", listed_few(found)),
        };
        let told = format!("No manifest of any known ecosystem: nothing to pin.{inside}{}", left_out(manifests));
        return Ok(Outcome::new(Status::Hollow(Hollow::Vacuous), told).metric("dependencies", 0));
    }
    let next = "name under `manifests:` in delivery-gate.yaml what is released";
    Err(format!("no manifest beside release.yaml; not asked: {}; {next}", listed_few(&others)).into())
}

/// What the policy leaves out, as the end of a sentence.
fn left_out(manifests: &Manifests) -> String {
    let told = manifests.left_out.iter().map(|(path, reason)| format!("{path} ({reason})"));
    let told: Vec<_> = told.collect();
    if told.is_empty() { String::new() } else { format!(" Left out by the policy: {}.", told.join(", ")) }
}

/// Whether a manifest came with the code of others: nobody adds it.
fn is_of_others(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "vendor" | "node_modules" | "third_party"))
}

fn listed_few(paths: &[String]) -> String {
    let more = paths.len().saturating_sub(ELSEWHERE_LIMIT);
    let shown = paths.iter().take(ELSEWHERE_LIMIT).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// What was found in all manifests together.
#[derive(Default)]
struct Tally<'a> {
    /// A file that two manifests lead to is counted once.
    seen: HashSet<&'a Dependency>,
    loose: Vec<(&'a Dependency, Why)>,
    /// What is wrong with whole lock files, where a lock file counts.
    faults: Vec<&'a Fault>,
    undetermined: Vec<String>,
    notes: Vec<String>,
    /// What the scope leaves out.
    out_of_scope: HashSet<&'a Dependency>,
}

/// Why a dependency is not pinned.
enum Why {
    /// In a few words, of the dependency itself.
    Own(String),
    /// In a sentence, of something that it needs.
    Behind(String),
}

impl<'a> Tally<'a> {
    fn manifest(&mut self, context: &Context, loaded: &'a Loaded) {
        self.undetermined.extend(loaded.manifest.unproven.iter().cloned());
        self.notes.extend(loaded.manifest.notes.iter().cloned());
        let mode = mode(&context.policy, loaded.ecosystem);
        if mode != Mode::Exact {
            self.faults.extend(&loaded.manifest.faults);
        }
        let (counted, out): (Vec<_>, Vec<_>) = loaded
            .manifest
            .dependencies
            .iter()
            .partition(|dependency| in_scope(&context.policy, loaded.ecosystem, dependency.scope));
        self.out_of_scope.extend(out);
        self.seen.reserve(loaded.manifest.dependencies.len());
        for dependency in counted {
            if !self.seen.insert(dependency) {
                continue;
            }
            match judge(dependency, mode) {
                Pin::Pinned => {}
                Pin::Loose(why) | Pin::Contradicted(why) => self.loose.push((dependency, Why::Own(why))),
                Pin::Hole(sentence) => self.loose.push((dependency, Why::Behind(sentence))),
                Pin::Unproven(why) => self.undetermined.push(format!("{}: {why}", dependency.name)),
            }
        }
    }

    fn outcome(self, context: &Context) -> Outcome {
        let is_sound = self.loose.is_empty() && self.faults.is_empty();
        let status = match (is_sound, self.undetermined.is_empty()) {
            (false, _) => Status::Fail,
            (true, false) => Status::Unproven,
            (true, true) if self.seen.is_empty() => Status::Hollow(Hollow::Vacuous),
            (true, true) => Status::Pass,
        };
        let unpinned: Vec<Value> = self.loose.iter().map(|(dependency, why)| fact(dependency, why)).collect();
        let faults = self.faults.iter().map(|fault| whole(fault));
        let findings = self.loose.iter().take(FINDING_LIMIT).map(|(dependency, why)| finding(dependency, why));
        let outcome =
            Outcome::new(status, self.detail(context)).source(self.source(context)).findings(faults.chain(findings));
        let mut outcome = outcome.metric("dependencies", self.seen.len());
        if !unpinned.is_empty() {
            outcome = outcome.metric("unpinned", unpinned);
        }
        if !self.undetermined.is_empty() {
            outcome = outcome.metric("unproven", self.undetermined);
        }
        let below = &context.manifests.elsewhere.below;
        if !below.is_empty() {
            outcome = outcome.metric("not_asked", below.clone());
        }
        outcome
    }

    fn detail(&self, context: &Context) -> String {
        let beside = self.beside(context);
        let loose = (!self.loose.is_empty()).then(|| {
            let names = self.loose.iter().map(|(dependency, why)| match why {
                Why::Own(_) => name(dependency),
                Why::Behind(sentence) => sentence.clone(),
            });
            // A package that several manifests ask for alike is named once.
            let mut known = HashSet::new();
            let names: Vec<_> = names.filter(|name| known.insert(name.clone())).collect();
            let hint = self.hint(&context.policy).map(|hint| format!("; {hint}")).unwrap_or_default();
            let room = if hint.is_empty() && beside.is_empty() { usize::MAX } else { ROOM };
            format!(
                "{} of {} dependencies are not pinned: {}{hint}",
                self.loose.len(),
                self.seen.len(),
                first_within(room, names.into_iter(), ", ")
            )
        });
        let faults = self.faults.iter().map(|fault| fault.what.clone());
        let faults = (!self.faults.is_empty()).then(|| first_few(faults, "; "));
        let loose = faults.into_iter().chain(loose).reduce(|told, more| format!("{told}; {more}"));
        let undetermined = (!self.undetermined.is_empty()).then(|| first_few(self.undetermined.iter().cloned(), "; "));
        let main = match (loose, undetermined) {
            (Some(loose), Some(undetermined)) => format!("{loose}; not told: {undetermined}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) if self.seen.is_empty() => "No dependencies to pin.".to_owned(),
            (None, None) => format!("All {} dependencies are pinned.", self.seen.len()),
        };
        match beside.as_str() {
            "" => main,
            beside => format!("{}.{beside}", main.trim_end_matches('.')),
        }
    }

    /// What holds nothing and is to be known, as sentences behind the first.
    fn beside(&self, context: &Context) -> String {
        let manifests = &context.manifests;
        let notes = self.notes.iter().map(|note| format!(" {note}."));
        let below = manifests.elsewhere.below.iter().filter(|path| !is_of_others(path));
        let below: Vec<_> = below.cloned().collect();
        let not_asked = (!below.is_empty()).then(|| {
            format!(" Not asked: {} (`manifests:` in delivery-gate.yaml adds what is released).", listed_few(&below))
        });
        let out_of_scope = self.out_of_scope(&context.policy);
        notes.chain(out_of_scope).chain(not_asked).collect::<String>() + &left_out(manifests)
    }

    /// The tables that the scope leaves out, where it leaves nothing. Every project has one for its build.
    fn out_of_scope(&self, policy: &Policy) -> Option<String> {
        let count = |scope| self.out_of_scope.iter().filter(|dependency| dependency.scope == scope).count();
        let asked = SCOPES.iter().filter(|(_, scope)| policy.pinning_scope.is_some() || *scope != Scope::Build);
        let told = asked.map(|(word, scope)| (word, count(*scope))).filter(|(_, count)| *count > 0);
        let told: Vec<_> = told.map(|(word, count)| format!("{word} ({count})")).collect();
        let is_told = !told.is_empty() && self.seen.is_empty();
        is_told.then(|| format!(" Not asked, by `pinning.scope`: {}.", told.join(", ")))
    }

    /// What would pin all of them at once: a lock file that is there and does not count.
    fn hint(&self, policy: &Policy) -> Option<String> {
        let (first, _) = self.loose.first()?;
        match &first.lock {
            Pin::Loose(lock) if lock.ends_with(UNTRACKED) && first.exact != first.lock => {
                let too = format!("; {lock}");
                let is_that = |why: &Why| matches!(why, Why::Own(why) if why == lock || why.ends_with(&too));
                self.loose.iter().all(|(_, why)| is_that(why)).then(|| lock.clone())
            }
            Pin::Pinned if policy.pinning_mode.is_none() && self.loose.iter().all(|(d, _)| d.lock == Pin::Pinned) => {
                Some(
                    "a lock file has them: to let it count, set `pinning: { mode: either }` in delivery-gate.yaml"
                        .to_owned(),
                )
            }
            _ => None,
        }
    }

    /// The first dependency to fix, else the manifests.
    fn source(&self, context: &Context) -> Source {
        match (self.faults.first(), self.loose.first(), context.manifests.loaded.as_slice()) {
            (Some(fault), ..) => Source::in_repository(&fault.path, fault.line),
            (None, Some((dependency, _)), _) => source(dependency),
            (None, None, [one]) => context.file(&one.shown, None),
            (None, None, many) => many.iter().map(|loaded| loaded.shown.as_str()).collect::<Vec<_>>().join(", ").into(),
        }
    }
}

/// What of a manifest is not pinned by the defaults, whatever git tracks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Open {
    /// How many dependencies.
    pub count: usize,
    /// The first of them, and why it is not.
    pub first: Option<String>,
}

impl Open {
    /// Judges the dependencies of a manifest.
    pub(crate) fn of(loaded: &Loaded) -> Self {
        let (policy, ecosystem) = (Policy::default(), loaded.ecosystem);
        let dependencies = loaded.manifest.dependencies.iter().filter(|d| in_scope(&policy, ecosystem, d.scope));
        let told = |dependency: &Dependency| match judge(dependency, mode(&policy, ecosystem)) {
            Pin::Pinned => None,
            Pin::Hole(sentence) => Some(sentence),
            Pin::Loose(why) | Pin::Contradicted(why) | Pin::Unproven(why) => {
                Some(format!("{}: {why}", name(dependency)))
            }
        };
        let mut open = dependencies.filter_map(told);
        let first = open.next();
        Self { count: usize::from(first.is_some()) + open.count(), first }
    }
}

fn mode(policy: &Policy, ecosystem: &Ecosystem) -> Mode {
    policy.pinning_mode.unwrap_or(if ecosystem.is(&PYTHON) { Mode::Exact } else { Mode::Either })
}

/// The scope is Python's business: the others count every table (docs/configuration.md).
fn in_scope(policy: &Policy, ecosystem: &Ecosystem, scope: Scope) -> bool {
    !ecosystem.is(&PYTHON) || policy.pinning_scope.as_deref().unwrap_or(&PYTHON_SCOPE).contains(&scope)
}

fn judge(dependency: &Dependency, mode: Mode) -> Pin {
    match (mode, &dependency.exact, &dependency.lock) {
        (Mode::Exact, exact, _) => exact.clone(),
        (Mode::Lock, _, lock) => lock.clone(),
        (Mode::Either, _, Pin::Contradicted(why)) => Pin::Loose(why.clone()),
        (Mode::Either, _, Pin::Hole(sentence)) => Pin::Hole(sentence.clone()),
        (Mode::Either, Pin::Pinned, _) | (Mode::Either, _, Pin::Pinned) => Pin::Pinned,
        (Mode::Either, Pin::Unproven(why), _) | (Mode::Either, _, Pin::Unproven(why)) => Pin::Unproven(why.clone()),
        (Mode::Either, Pin::Contradicted(exact) | Pin::Hole(exact), Pin::Loose(_)) => Pin::Loose(exact.clone()),
        (Mode::Either, Pin::Loose(exact), Pin::Loose(lock)) if exact == lock => Pin::Loose(exact.clone()),
        (Mode::Either, Pin::Loose(exact), Pin::Loose(lock)) => Pin::Loose(format!("{exact}; {lock}")),
    }
}

fn name(dependency: &Dependency) -> String {
    match dependency.requirement.as_str() {
        "" => dependency.name.clone(),
        requirement => format!("{} ({requirement})", dependency.name),
    }
}

fn first_few(items: impl ExactSizeIterator<Item = String>, separator: &str) -> String {
    first_within(usize::MAX, items, separator)
}

/// As many as there is room for, in characters, and the first in any case.
fn first_within(room: usize, items: impl ExactSizeIterator<Item = String>, separator: &str) -> String {
    let (all, mut shown, mut width) = (items.len(), Vec::new(), 0);
    for item in items.take(SHOWN_LIMIT) {
        width += item.chars().count();
        if width > room && !shown.is_empty() {
            break;
        }
        width += separator.len();
        shown.push(item);
    }
    let more = all - shown.len();
    let shown = shown.join(separator);
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

fn source(dependency: &Dependency) -> Source {
    Source::in_repository(&dependency.path, dependency.line)
}

fn whole(fault: &Fault) -> Finding {
    Finding {
        rule: "stale_lock".to_owned(),
        message: fault.what.clone(),
        place: Source::in_repository(&fault.path, fault.line).place().cloned(),
        key: String::new(),
    }
}

fn finding(dependency: &Dependency, why: &Why) -> Finding {
    let (Why::Own(why) | Why::Behind(why)) = why;
    Finding {
        rule: "unpinned".to_owned(),
        message: format!("{} is not pinned: {why}", name(dependency)),
        place: source(dependency).place().cloned(),
        key: dependency.name.clone(),
    }
}

fn fact(dependency: &Dependency, why: &Why) -> Value {
    let (Why::Own(why) | Why::Behind(why)) = why;
    json!({
        "name": dependency.name,
        "requirement": dependency.requirement,
        "path": dependency.path,
        "line": dependency.line,
        "reason": why,
    })
}
