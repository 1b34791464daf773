//! Which `claims:` holds: that of the last release, so that nobody who commits a key approves with it.

use std::path::{Path, PathBuf};

use super::FAULTY_LIMIT;
use crate::checks::context::Context;
use crate::checks::decision_approved::not_shown_go;
use crate::config::claims::ClaimsPolicy;
use crate::config::compared::names;
use crate::config::{Policy, policy};
use crate::evidence::claims::{SIGNERS_LIMIT, Signers};
use crate::model::PolicySource;
use crate::model::path::within;
use crate::model::tag_form::VERSION_PLACEHOLDER;
use crate::system::files::read_anywhere;
use crate::world::World;
use crate::world::last_release::{self, Last, LastRelease};

/// The policy's key.
const KEY: &str = "claims";

/// A `claims:` that holds, and whose keys count by it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) policy: ClaimsPolicy,
    /// Where it was read: `v1.2.2`, `--policy-ref main`, `this release`.
    pub(super) from: String,
    /// Why the release's own holds, where it does.
    own: Option<&'static str>,
    pub(super) signers: Result<Signers, String>,
}

/// The one that holds; nothing where none asks for anything.
///
/// # Errors
/// Why nobody can tell, with the next step.
pub(super) fn look(context: &Context) -> Result<Option<Held>, String> {
    let Some(file) = &context.signers_from else { return by_policy(context) };
    // Whoever names the keys needs no policy that does; what must be signed, the policy says.
    let held = by_policy(context)?.unwrap_or_else(|| Held {
        policy: ClaimsPolicy::default(),
        from: "--signers".to_owned(),
        own: None,
        signers: Err(String::new()),
    });
    let shown = file.display().to_string();
    let bytes = read_anywhere(file, SIGNERS_LIMIT);
    let bytes = bytes.map_err(|error| format!("nobody can tell whose keys count: {shown} was not read: {error}"));
    Ok(Some(Held { own: None, signers: bytes.and_then(|bytes| Signers::read(&shown, &bytes)), ..held }))
}

/// The one that the policy has.
fn by_policy(context: &Context) -> Result<Option<Held>, String> {
    let world = &context.world;
    if let PolicySource::Revision { revision, path, .. } = &context.policy.source {
        return named(context, revision, Path::new(path));
    }
    match context.last_release() {
        Ok(Last::None) => own(context, "this is the first release"),
        Ok(Last::Release(last)) => of_last(context, last),
        Err(_) if world.commit().is_err() => own(context, "there is no commit"),
        Err(_) if context.policy.claims.is_none() && !last_release::policy_had(world, KEY) => Ok(None),
        Err(why) => {
            let why = why.or_else("--policy-ref REV names the policy that holds");
            Err(format!("nobody can tell which claims must be signed, and by whose keys: {why}"))
        }
    }
}

/// That of a commit that was named for this run.
fn named(context: &Context, revision: &str, path: &Path) -> Result<Option<Held>, String> {
    let (Some(claims), Some(commit)) = (&context.policy.claims, &context.policy.from_commit) else { return Ok(None) };
    let at = context.world.at_commit(commit)?;
    let signers = signers(&at, path, claims, &format!("{revision}:"));
    Ok(Some(Held { policy: claims.clone(), from: format!("--policy-ref {revision}"), own: None, signers }))
}

/// That of the release itself.
fn own(context: &Context, why: &'static str) -> Result<Option<Held>, String> {
    let Some(claims) = &context.policy.claims else { return Ok(None) };
    let path = match &context.policy.source {
        PolicySource::Release { path, .. } => Path::new(path).to_owned(),
        _ => context.world.dir.join(policy::FILE),
    };
    let signers = signers(&context.world, &path, claims, "");
    Ok(Some(Held { policy: claims.clone(), from: "this release".to_owned(), own: Some(why), signers }))
}

/// That of the last release, or of those that are as near, where all of them say the same.
fn of_last(context: &Context, last: &LastRelease) -> Result<Option<Held>, String> {
    let world = &context.world;
    let found = last.commits(world).into_iter().map(|(tag, commit)| of_release(world, &tag, &commit));
    let found = found.collect::<Result<Vec<_>, String>>()?;
    let matters = || found.iter().any(Option::is_some) || context.policy.claims.is_some();
    if let Some(why) = not_in_form(context, last).filter(|_| matters() || last_release::policy_had(world, KEY)) {
        return Err(format!("nobody can tell whose keys count: {why}"));
    }
    if found.iter().all(Option::is_none) {
        return own(context, "the last release's policy has none");
    }
    let mut found = found.into_iter();
    let Some((held, bytes)) = found.next().flatten() else { return Err(differing(last)) };
    let is_same = |other: Option<(Held, Vec<u8>)>| {
        other.is_some_and(|(other, same)| other.policy == held.policy && same == bytes)
    };
    if !found.all(is_same) {
        return Err(differing(last));
    }
    Ok(Some(held))
}

/// Why a tag cannot be taken for a release's: whoever may set a tag of any name would choose whose keys count, and from where on
/// authors are asked for. The forms that the rules of a repository protect are those of releases.
pub(super) fn not_in_form(context: &Context, last: &LastRelease) -> Option<String> {
    let forms: Vec<_> = context.each_package().flat_map(Context::tag_forms).collect();
    let is_in_form = |tag: &&String| {
        let version = |form: &String| {
            let (before, after) = form.split_once(VERSION_PLACEHOLDER)?;
            tag.strip_prefix(before)?.strip_suffix(after)
        };
        forms.iter().filter_map(version).any(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    };
    let other = std::iter::once(&last.tag).chain(&last.others).find(|tag| !is_in_form(tag))?;
    Some(format!(
        "the tag {other} stands between this release and those before it, and has no form of a release's tag ({}); delete it, say \
         the form with `tag:`, or name the policy that holds with --policy-ref",
        forms.join(", ")
    ))
}

/// That of one release, and the bytes of the file that says whose keys count.
fn of_release(world: &World, tag: &str, commit: &str) -> Result<Option<(Held, Vec<u8>)>, String> {
    let Some((policy, path)) = claims_at(world, tag, commit)? else { return Ok(None) };
    let at = world.at_commit(commit)?;
    let bytes = at.released_bytes(&signers_path(&path, &policy), SIGNERS_LIMIT).unwrap_or_default();
    let signers = signers(&at, &path, &policy, &format!("{tag}:"));
    Ok(Some((Held { policy, from: tag.to_owned(), own: None, signers }, bytes)))
}

fn differing(last: &LastRelease) -> String {
    let others = last.others.join(", ");
    format!(
        "{} and {others} are as near, and they do not agree on `{KEY}:` or on whose keys count; --policy-ref names one",
        last.tag
    )
}

/// What a commit's policy says, and where that stands.
fn claims_at(world: &World, tag: &str, commit: &str) -> Result<Option<(ClaimsPolicy, PathBuf)>, String> {
    let written = world.policy_at(commit).map_err(|(path, refused)| {
        let shown = format!("{} of {tag}", path.display());
        format!("nobody can tell which claims must be signed: {}", refused.about(&shown))
    })?;
    let Some((path, text)) = written else { return Ok(None) };
    match Policy::parse(policy::FILE, &text) {
        Ok(policy) => Ok(policy.claims.map(|claims| (claims, path))),
        Err(_) if names(&text).iter().any(|key| key != KEY) && !names(&text).iter().any(|key| key == KEY) => Ok(None),
        Err(problems) => {
            let first = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
            Err(format!("nobody can tell which claims must be signed: {} of {tag}: {first}", path.display()))
        }
    }
}

fn signers_path(policy: &Path, claims: &ClaimsPolicy) -> PathBuf {
    let folder = policy.parent().unwrap_or(Path::new(""));
    within(folder, &claims.signers).unwrap_or_else(|| folder.join(&claims.signers))
}

/// Whose keys count; `of` is what stands before the path for people.
fn signers(world: &World, policy: &Path, claims: &ClaimsPolicy, of: &str) -> Result<Signers, String> {
    let path = signers_path(policy, claims);
    let shown = format!("{of}{}", path.display());
    let bytes = world.released_bytes(&path, SIGNERS_LIMIT);
    let bytes = bytes.map_err(|refused| format!("nobody can tell whose keys count: {}", refused.about(&shown)))?;
    Signers::read(&shown, &bytes)
}

impl Held {
    /// Whose keys the release's own policy names, where another's holds; nothing where it has no `claims:` any more, which is told
    /// as loosened.
    pub(super) fn of_release(&self, context: &Context) -> Option<Result<Signers, String>> {
        let PolicySource::Release { path, .. } = &context.policy.source else { return None };
        let is_asked = self.own.is_none() && context.signers_from.is_none();
        let claims = context.policy.claims.as_ref().filter(|_| is_asked)?;
        Some(signers(&context.world, Path::new(path), claims, ""))
    }

    /// What a reader should know.
    pub(super) fn warnings(&self, context: &Context) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(why) = self.own {
            warnings.push(format!("claims: whose keys count is read from the release itself, for {why}"));
        } else if let Ok(Last::Release(last)) = context.last_release() {
            let shown = not_shown_go(context, last);
            if self.from == last.tag && !shown.is_empty() {
                warnings.push(format!("claims: whose keys count is read from {}{shown}", last.tag));
            }
        }
        let faulty: Vec<_> = self.signers.iter().flat_map(Signers::faulty).collect();
        for problem in faulty.iter().take(FAULTY_LIMIT) {
            let (line, column) = problem.place.as_ref().map_or((1, 1), |place| (place.line, place.column));
            let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            warnings.push(format!("{}:{line}:{column} counts for nobody: {}{help}", problem.path, problem.message));
        }
        if faulty.len() > FAULTY_LIMIT {
            let more = faulty.len() - FAULTY_LIMIT;
            warnings.extend(
                self.signers.iter().map(|signers| format!("{}: {more} more lines are faulty", signers.shown())),
            );
        }
        warnings
    }
}
