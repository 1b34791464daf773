//! Signed claims of a release: which must be there, which are, and whether each is what it says.

use std::sync::OnceLock;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::checks::context::Context;
use crate::config::claims::ClaimsPolicy;
use crate::config::{Policy, SIZE_LIMIT, policy};
use crate::evidence::claims::{About, Believed, Examined, FOLDER, Found, Moment, Signers, Standing, examine};
use crate::git::{Hand, Tag, name_by_remote};
use crate::model::PolicySource;
use crate::model::escape::visible_up_to;
use crate::model::names::{AUTO_IDS, SIGNED_CLAIMS, is_id};
use crate::model::path::within;
use crate::world::World;
use crate::world::last_release::{Last, Untold};

mod found;
mod held;
mod judged;
mod matching;
mod told;

pub(crate) use judged::{Asked, objection_to};

use held::Held;

/// So many envelopes and more are verified side by side.
const SIDE_BY_SIDE: usize = 8;

/// What is said where no policy does.
const NOBODYS: &str = "the policy has no `claims:` that says whose keys count";

/// How much of a revision is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// How many faulty lines of `allowed_signers` are told.
const FAULTY_LIMIT: usize = 5;

/// What is signed, and what must be.
#[derive(Debug, Default)]
pub(crate) struct Signed {
    /// The `claims:` that holds, where there is one.
    held: Option<Held>,
    /// Why nobody can tell which holds.
    untold: Option<String>,
    /// Those of the commit first.
    envelopes: Vec<Examined>,
    /// How many are those of the commit.
    of_commit: usize,
    /// Who had a hand in what is released; asked where it matters.
    hands: OnceLock<Result<Vec<Hand>, String>>,
    /// What a reader should know.
    pub(crate) warnings: Vec<String>,
}

/// What claims of a release are about: what is signed is this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    /// What the project is called; nothing where nobody can tell.
    pub(crate) project: Option<String>,
    /// Whether the content itself says so.
    pub(crate) is_named_in_content: bool,
    /// The id of the tree without signed claims, or why nobody can tell.
    pub(crate) tree: Result<String, String>,
}

impl Content {
    /// That of a release.
    #[must_use]
    pub(crate) fn of(context: &Context) -> Self {
        let own = in_policy(context).or_else(|| context.name().map(str::to_owned));
        let is_named_in_content = own.is_some();
        let remote = || name_by_remote(&context.world.repository.as_ref().ok()?.remote()?);
        Self { project: own.or_else(remote), is_named_in_content, tree: tree(&context.world) }
    }

    /// The same of one release.yaml.
    pub(crate) fn about<'a>(&'a self, context: &'a Context) -> About<'a> {
        About {
            project: self.project.as_deref(),
            is_named_in_content: self.is_named_in_content,
            tree: self.tree.as_deref().map_err(String::as_str),
            released: &context.release.released,
        }
    }
}

/// What the release's own policy calls the project, whichever policy holds.
fn in_policy(context: &Context) -> Option<String> {
    if matches!(context.policy.source, PolicySource::Release { .. } | PolicySource::Defaults) {
        return context.policy.project.clone();
    }
    let path = context.world.policy_path()?;
    let text = context.world.released(&path, SIZE_LIMIT).ok()?.content;
    Policy::parse(policy::FILE, &text).ok()?.project
}

/// The id of the judged commit's tree without the folder of signed claims.
fn tree(world: &World) -> Result<String, String> {
    let commit = world.commit().map_err(|unavailable| unavailable.to_string())?;
    let repository = world.repository.as_ref().map_err(ToString::to_string)?;
    let folder = within(&world.dir, FOLDER).unwrap_or_else(|| FOLDER.into());
    repository.tree_without(commit, &crate::git::bytes_of(&folder))
}

impl Signed {
    /// Looks at what a release has.
    #[must_use]
    pub(crate) fn look(context: &Context) -> Self {
        let (found, of_commit) = found::envelopes(context);
        let (held, untold) = match held::look(context) {
            Ok(held) => (held, None),
            Err(why) => (None, Some(why)),
        };
        let mut signed = Self { untold, ..Self::default() };
        if held.is_none() && signed.untold.is_none() && found.is_empty() {
            return signed;
        }
        signed.warnings = held.iter().flat_map(|held| held.warnings(context)).collect();
        if !found.is_empty() {
            signed.envelopes = examined(context, &found, held.as_ref(), signed.untold.as_deref());
            taken_away(&mut signed.envelopes, context, held.as_ref());
        }
        Self { held, of_commit, ..signed }
    }

    /// The claims that must be signed, and those that somebody signed, by their ids.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let named = self.policy().map(ClaimsPolicy::named).unwrap_or_default();
        let found = self.envelopes.iter().map(attributed);
        let untold = self.untold.is_some().then_some(SIGNED_CLAIMS);
        named.into_iter().chain(found).chain(untold)
    }

    /// How many persons must sign a claim; none where it may be unsigned.
    #[must_use]
    pub(crate) fn wanted(&self, id: &str) -> usize {
        self.policy().map_or(0, |policy| policy.wanted(id))
    }

    /// The claims that hold and whose key no longer counts: the file, and why.
    pub(crate) fn expired_since(&self, at: Timestamp) -> Vec<(String, String)> {
        let Some(Ok(signers)) = self.held.as_ref().map(|held| held.signers.as_ref()) else { return Vec::new() };
        let holding = self.envelopes.iter().filter(|examined| examined.standing == Standing::Holds);
        let expired = holding.filter_map(|examined| {
            let (key, claim) = (examined.key.as_ref()?, &examined.statement.as_ref()?.claim);
            match signers.judge(key, &claim.by, &[now(at)]) {
                Standing::Holds => None,
                Standing::Wrong(why) | Standing::Unproven(why) => Some((examined.shown.clone(), why)),
            }
        });
        expired.collect()
    }

    /// Whether somebody signed a claim, or tried to.
    #[must_use]
    pub(crate) fn has(&self, id: &str) -> bool {
        self.of(id).next().is_some()
    }

    /// Who signed a claim, as far as that holds.
    pub(crate) fn people<'s>(&'s self, id: &'s str) -> impl Iterator<Item = &'s str> {
        let holding = self.of(id).filter(|examined| examined.standing == Standing::Holds);
        holding.filter_map(|examined| Some(examined.statement.as_ref()?.claim.by.as_str()))
    }

    /// Why no declaration excuses a claim.
    #[must_use]
    pub(crate) fn why_bound(&self, id: &str) -> Option<String> {
        self.why_never(id).map(str::to_owned).or_else(|| {
            let held = self.held.as_ref().filter(|held| held.policy.wanted(id) > 0)?;
            Some(format!("`claims:` of {} wants it signed", held.from))
        })
    }

    /// Why not even the last release's policy excuses it.
    #[must_use]
    pub(crate) fn why_never(&self, id: &str) -> Option<&'static str> {
        let is_broken = self.of(id).any(|examined| examined.standing != Standing::Holds);
        let is_untold = id == SIGNED_CLAIMS && self.untold.is_some();
        (is_broken || is_untold).then_some("what was signed for it was not verified")
    }

    /// Whether a policy says whose keys count, or may say it.
    #[must_use]
    pub(crate) fn is_asked_for(&self) -> bool {
        self.held.is_some() || self.untold.is_some()
    }

    /// Whose keys count, or why nobody can tell.
    pub(crate) fn signers(&self) -> Result<&Signers, &str> {
        match (&self.held, &self.untold) {
            (Some(held), _) => held.signers.as_ref().map_err(String::as_str),
            (None, Some(why)) => Err(why),
            (None, None) => Err(NOBODYS),
        }
    }

    fn policy(&self) -> Option<&ClaimsPolicy> {
        self.held.as_ref().map(|held| &held.policy)
    }

    fn of<'s>(&'s self, id: &'s str) -> impl Iterator<Item = &'s Examined> {
        self.envelopes.iter().filter(move |examined| attributed(examined) == id)
    }

    /// Who had a hand in what is released since the last release.
    fn hands(&self, context: &Context) -> &Result<Vec<Hand>, String> {
        self.hands.get_or_init(|| hands(context))
    }
}

/// What each envelope comes to.
fn examined(context: &Context, found: &[Found], held: Option<&Held>, untold: Option<&str>) -> Vec<Examined> {
    let content = Content::of(context);
    let (about, moments) = (content.about(context), moments(context));
    let none = untold.unwrap_or(NOBODYS);
    let signers = held.map_or(Err(none), |held| held.signers.as_ref().map_err(String::as_str));
    let believed = Believed { signers, moments: &moments };
    let gates: Vec<&str> = context.each_gate().map(|gate| gate.id.as_str()).collect();
    let one = |found| {
        let mut examined = examine(found, &about, &believed);
        refuse_other_ids(&mut examined, &gates);
        examined
    };
    match found.len() {
        ..SIDE_BY_SIDE => found.iter().map(one).collect(),
        _ => found.par_iter().map(one).collect(),
    }
}

/// A key that the release itself takes away counts no longer: only one that is added waits for the next release.
fn taken_away(envelopes: &mut [Examined], context: &Context, held: Option<&Held>) {
    let Some(own) = held.and_then(|held| held.of_release(context)) else { return };
    let moments = moments(context);
    for examined in envelopes.iter_mut().filter(|examined| examined.standing == Standing::Holds) {
        let (Some(key), Some(statement)) = (&examined.key, &examined.statement) else { continue };
        let standing = own.as_ref().map(|own| own.judge(key, &statement.claim.by, &moments));
        examined.standing = match standing {
            Ok(Standing::Holds) => continue,
            Ok(Standing::Wrong(why)) => Standing::Wrong(format!("this release itself takes the key away: {why}")),
            Ok(Standing::Unproven(why)) => Standing::Unproven(why),
            Err(why) => Standing::Unproven(why.clone()),
        };
    }
}

/// The id under which an envelope is told: its own, where that is one that people can attest.
fn attributed(examined: &Examined) -> &str {
    examined.id().filter(|id| is_id(id) && !AUTO_IDS.contains(id)).unwrap_or(SIGNED_CLAIMS)
}

/// What the gate establishes itself, nobody can sign.
fn refuse_other_ids(examined: &mut Examined, gates: &[&str]) {
    let Some(id) = examined.statement.as_ref().map(|statement| statement.claim.id.as_str()) else {
        // A name alone makes no row of a gate's name.
        if examined.id().is_some_and(|id| gates.contains(&id)) {
            examined.name = String::new();
        }
        return;
    };
    if is_id(id) && !AUTO_IDS.contains(&id) && !gates.contains(&id) && id != SIGNED_CLAIMS {
        return;
    }
    let shown = visible_up_to(id, 80);
    let why = format!("it claims `{shown}`, which nobody can attest");
    examined.standing = Standing::Wrong(why);
    examined.statement = None;
    examined.name = String::new();
}

/// When keys must count: when the release was tagged, or committed as long as it is not, and now.
pub(crate) fn moments(context: &Context) -> Vec<Moment> {
    let mut moments = tagged(context);
    if !context.is_looked_at_again || moments.is_empty() {
        moments.push(now(context.world.now));
    }
    moments
}

fn now(at: Timestamp) -> Moment {
    Moment { called: "now".to_owned(), at }
}

/// When the release was tagged, for each of its tags; when its commit was made, where it has none.
fn tagged(context: &Context) -> Vec<Moment> {
    let (Ok(repository), Ok(commit)) = (&context.world.repository, context.world.commit()) else { return Vec::new() };
    let mut moments: Vec<Moment> = Vec::new();
    for (name, tag) in context.each_package().flat_map(Context::tags) {
        if matches!(tag, Tag::At { commit: at, .. } if at == commit) {
            let called = format!("when {name} was tagged");
            moments.extend(repository.tagged_at(name).map(|at| Moment { called, at }));
        }
    }
    if moments.is_empty() {
        let at: Option<Timestamp> = repository.committed_at(commit);
        moments.extend(at.map(|at| Moment { called: "when the commit was made".to_owned(), at }));
    }
    moments
}

/// Who had a hand in the commits since the last release that touch more than signed claims and release.yaml.
fn hands(context: &Context) -> Result<Vec<Hand>, String> {
    let world = &context.world;
    let repository = world.repository.as_ref().map_err(ToString::to_string)?;
    let commit = world.commit().map_err(|unavailable| unavailable.to_string())?;
    let since = since(context)?;
    let path = |name: &str| within(&world.dir, name).map(|path| crate::git::bytes_of(&path)).unwrap_or_default();
    let (release, claims) = (path(crate::config::release::FILE), [path(FOLDER), b"/".to_vec()].concat());
    repository.hands(since.as_deref(), commit, |path| path != release && !path.starts_with(&claims))
}

/// The commit since which authors are asked for: the last release's; what `--base` names, where an earlier version has no tag.
fn since(context: &Context) -> Result<Option<String>, String> {
    let untold = match context.last_release() {
        Ok(Last::Release(last)) => {
            return match held::not_in_form(context, last) {
                None => Ok(Some(last.commit.clone())),
                Some(why) => Err(why),
            };
        }
        Ok(Last::None) => return Ok(None),
        Err(untold) => untold,
    };
    let Some(base) = context.base().filter(|_| matches!(untold, Untold::Untagged(_))) else {
        return Err(untold.or_else("--base REV names the commit since which authors are asked for"));
    };
    let repository = context.world.repository.as_ref().map_err(ToString::to_string)?;
    let shown = visible_up_to(base, SHOWN_LIMIT);
    repository.resolve(base).map(Some).map_err(|why| format!("--base {shown}: {why}"))
}
