//! `deps_pinned`: every dependency of every manifest is pinned, by its own requirement or by a lock file.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Check, Identity};
use crate::checks::context::Context;
use crate::config::Policy;
use crate::ecosystems::manifests::{Language, Loaded};
use crate::ecosystems::{Dependency, Mode, Pin, Scope, table};
use crate::model::{Finding, Hollow, Source, Status};
use crate::model::{Outcome, Unproven};
use crate::world::{UNTRACKED, World};

/// The check's id.
pub(crate) const ID: &str = "deps_pinned";

/// How many names the text shows (docs/checks.md); JSON has all.
const SHOWN_LIMIT: usize = 10;

/// How many dependencies are findings of their own: nobody fixes more of them one by one.
const FINDING_LIMIT: usize = 1_000;

/// The Python tables that count, unless the policy names others (docs/configuration.md).
const PYTHON_SCOPE: [Scope; 2] = [Scope::Runtime, Scope::Optional];

/// The check.
pub(crate) struct DepsPinned<'c>(pub &'c Context);

impl Check for DepsPinned<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "Dependencies pinned to exact versions")
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        let context = self.0;
        if context.manifests.is_empty() {
            return Err(format!("no {} found", table::manifests_in_words()).into());
        }
        let mut tally = Tally::default();
        for loaded in &context.manifests {
            tally.manifest(context, loaded);
        }
        Ok(tally.outcome(context))
    }
}

/// What was found in all manifests together.
#[derive(Default)]
struct Tally<'a> {
    /// A file that two manifests lead to is counted once.
    seen: HashSet<&'a Dependency>,
    loose: Vec<(&'a Dependency, String)>,
    undetermined: Vec<String>,
}

impl<'a> Tally<'a> {
    fn manifest(&mut self, context: &Context, loaded: &'a Loaded) {
        self.undetermined.extend(loaded.manifest.unproven.iter().cloned());
        let mode = mode(&context.policy, loaded.language);
        let counted =
            loaded.manifest.dependencies.iter().filter(|d| in_scope(&context.policy, loaded.language, d.scope));
        for dependency in counted {
            if !self.seen.insert(dependency) {
                continue;
            }
            match judge(dependency, mode) {
                Pin::Pinned => {}
                Pin::Loose(why) | Pin::Contradicted(why) => self.loose.push((dependency, why)),
                Pin::Unproven(why) => self.undetermined.push(format!("{}: {why}", dependency.name)),
            }
        }
    }

    fn outcome(self, context: &Context) -> Outcome {
        let status = match (self.loose.is_empty(), self.undetermined.is_empty()) {
            (false, _) => Status::Fail,
            (true, false) => Status::Unproven,
            (true, true) if self.seen.is_empty() => Status::Hollow(Hollow::Vacuous),
            (true, true) => Status::Pass,
        };
        let unpinned: Vec<Value> = self.loose.iter().map(|(dependency, why)| fact(dependency, why)).collect();
        let findings = self.loose.iter().take(FINDING_LIMIT).map(|(dependency, why)| finding(dependency, why));
        let outcome =
            Outcome::new(status, self.detail(&context.policy)).source(self.source(context)).findings(findings);
        let mut outcome = outcome.metric("dependencies", self.seen.len());
        if !unpinned.is_empty() {
            outcome = outcome.metric("unpinned", unpinned);
        }
        if !self.undetermined.is_empty() {
            outcome = outcome.metric("unproven", self.undetermined);
        }
        outcome
    }

    fn detail(&self, policy: &Policy) -> String {
        let loose = (!self.loose.is_empty()).then(|| {
            let names = self.loose.iter().map(|(dependency, _)| name(dependency));
            let hint = self.hint(policy).map(|hint| format!("; {hint}")).unwrap_or_default();
            format!(
                "{} of {} dependencies are not pinned: {}{hint}",
                self.loose.len(),
                self.seen.len(),
                first_few(names, ", ")
            )
        });
        let undetermined = (!self.undetermined.is_empty()).then(|| first_few(self.undetermined.iter().cloned(), "; "));
        match (loose, undetermined) {
            (Some(loose), Some(undetermined)) => format!("{loose}; not told: {undetermined}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) if self.seen.is_empty() => "No dependencies to pin.".to_owned(),
            (None, None) => format!("All {} dependencies are pinned.", self.seen.len()),
        }
    }

    /// What would pin all of them at once: a lock file that is there and does not count.
    fn hint(&self, policy: &Policy) -> Option<String> {
        let (first, _) = self.loose.first()?;
        match &first.lock {
            Pin::Loose(lock) if lock.ends_with(UNTRACKED) && first.exact != first.lock => {
                let too = format!("; {lock}");
                self.loose.iter().all(|(_, why)| why == lock || why.ends_with(&too)).then(|| lock.clone())
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
        match (self.loose.first(), context.manifests.as_slice()) {
            (Some((dependency, _)), _) => source(dependency),
            (None, [one]) => context.file(&one.shown, None),
            (None, many) => many.iter().map(|loaded| loaded.shown.as_str()).collect::<Vec<_>>().join(", ").into(),
        }
    }
}

/// How many dependencies of a manifest are not pinned by the defaults, whatever git tracks.
pub(crate) fn count_open(loaded: &Loaded) -> usize {
    let (policy, language) = (Policy::default(), loaded.language);
    let dependencies = loaded.manifest.dependencies.iter().filter(|d| in_scope(&policy, language, d.scope));
    dependencies.filter(|dependency| judge(dependency, mode(&policy, language)) != Pin::Pinned).count()
}

fn mode(policy: &Policy, language: Language) -> Mode {
    policy.pinning_mode.unwrap_or(match language {
        Language::Python => Mode::Exact,
        Language::Rust | Language::Node => Mode::Either,
    })
}

/// The scope is Python's business: Rust and Node count every table (docs/configuration.md).
fn in_scope(policy: &Policy, language: Language, scope: Scope) -> bool {
    language != Language::Python || policy.pinning_scope.as_deref().unwrap_or(&PYTHON_SCOPE).contains(&scope)
}

fn judge(dependency: &Dependency, mode: Mode) -> Pin {
    match (mode, &dependency.exact, &dependency.lock) {
        (Mode::Exact, exact, _) => exact.clone(),
        (Mode::Lock, _, lock) => lock.clone(),
        (Mode::Either, _, Pin::Contradicted(why)) => Pin::Loose(why.clone()),
        (Mode::Either, Pin::Pinned, _) | (Mode::Either, _, Pin::Pinned) => Pin::Pinned,
        (Mode::Either, Pin::Unproven(why), _) | (Mode::Either, _, Pin::Unproven(why)) => Pin::Unproven(why.clone()),
        (Mode::Either, Pin::Contradicted(exact), Pin::Loose(_)) => Pin::Loose(exact.clone()),
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

fn first_few(mut items: impl ExactSizeIterator<Item = String>, separator: &str) -> String {
    let more = items.len().saturating_sub(SHOWN_LIMIT);
    let shown = items.by_ref().take(SHOWN_LIMIT).collect::<Vec<_>>().join(separator);
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

fn source(dependency: &Dependency) -> Source {
    Source::in_repository(&dependency.path, dependency.line)
}

fn finding(dependency: &Dependency, why: &str) -> Finding {
    Finding {
        rule: "unpinned".to_owned(),
        message: format!("{} is not pinned: {why}", name(dependency)),
        place: source(dependency).place().cloned(),
        key: dependency.name.clone(),
    }
}

fn fact(dependency: &Dependency, why: &str) -> Value {
    json!({
        "name": dependency.name,
        "requirement": dependency.requirement,
        "path": dependency.path,
        "line": dependency.line,
        "reason": why,
    })
}
