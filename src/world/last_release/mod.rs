//! The last release: the nearest tag before the judged commit that names a release. Whoever compares with it asks here. What is not
//! committed comes after HEAD, so that a release at HEAD is the last one before it.
//!
//! A tag alone says little: a nightly build, a branch point and a release of another version have tags too. So a tag counts
//! when it names the version that its own commit's release.yaml names, and before there was one when it has the form of a
//! release's tag.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use super::{Refused, World};
use crate::git::{Repository, Tag, Tagged};
use crate::model::names::{POLICY_FILE, RELEASE_FILE};
use crate::model::tag_form::{USUAL_FORMS, VERSION_PLACEHOLDER, filled, is_of_package, of_version};
use crate::structured::yaml;

mod past;
mod said;
mod version;

pub(super) use past::Past;
pub(crate) use said::names_version;
use said::{Stated, fits, is_of_all, stated_in};
use version::{Stage, Version, bare};

/// The largest release.yaml or policy that is read, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// What to do about tags that are not here.
const FETCH_TAGS: &str = "`git fetch --tags`";

/// What is asked: which release the last one is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// What is being released: one version, or those of several packages, each with its folder.
    pub releasing: &'a [(Option<&'a str>, &'a str)],
    /// The forms of its tag, with `{version}` in them, where they are known.
    pub forms: &'a [String],
    /// The forms that they have where no policy says one.
    pub usual: &'a [String],
    /// What stands for `{name}` in a tag's form, where that is known; for `{dir}` it is the folder.
    pub name: Option<&'a str>,
    /// Which package it is, of a release.yaml with several.
    pub package: Option<OnePackage<'a>>,
}

/// A package of a release.yaml with several. Its tags are those of its forms alone: a neighbour's may have the same version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnePackage<'a> {
    /// Its folder, as release.yaml has it.
    pub folder: &'a str,
    /// The folder of release.yaml, relative to the root.
    pub release_dir: &'a Path,
}

/// The last release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastRelease {
    /// The tag's name.
    pub tag: String,
    /// The version that it stands for.
    pub version: String,
    /// The commit at which it stands, in hex digits.
    pub commit: String,
    /// Whether the judged commit descends from it; release branches that were never merged do not lead here.
    pub is_ancestor: bool,
    /// The tags of others that are as near. This one's version is the lowest.
    pub others: Vec<String>,
}

/// What the search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Last {
    /// There was a release before.
    Release(LastRelease),
    /// There was none.
    None,
}

impl LastRelease {
    /// Whether its policy has a key, or that of a release that is as near. One that cannot be read may.
    #[must_use]
    pub(crate) fn policy_has(&self, world: &World, key: &str) -> bool {
        let has = |commit: &str| {
            let policy = world.policy_at(commit);
            policy.map_or(true, |policy| policy.is_some_and(|(_, text)| has_key(&text, key)))
        };
        self.commits(world).iter().any(|(_, commit)| has(commit))
    }

    /// This release and those that are as near: each tag with its commit, this one first.
    pub(crate) fn commits(&self, world: &World) -> Vec<(String, String)> {
        let others = self.others.iter().filter_map(|tag| match world.repository.as_ref().ok()?.tag(tag) {
            Tag::At { commit, .. } => Some((tag.clone(), commit)),
            _ => None,
        });
        std::iter::once((self.tag.clone(), self.commit.clone())).chain(others).collect()
    }
}

/// Why nobody can tell what the last release was, with the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Untold {
    /// An earlier commit names a version of which no tag is here.
    Untagged(String),
    /// It could not be looked at: a shallow clone, for one.
    Unread(String),
}

impl Untold {
    /// The same with what else can be done where the version that has no tag was never released.
    pub(crate) fn or_else(&self, if_never_released: &str) -> String {
        match self {
            Self::Untagged(why) => format!("{why}; if it was never released, {if_never_released}"),
            Self::Unread(why) => why.clone(),
        }
    }
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Untagged(why) | Self::Unread(why)) = self;
        f.write_str(why)
    }
}

impl From<String> for Untold {
    fn from(why: String) -> Self {
        Self::Unread(why)
    }
}

/// Looks for the last release before the judged commit, or before what is not committed yet.
///
/// # Errors
/// See [`Untold`].
pub(crate) fn find(world: &World, wanted: Wanted<'_>) -> Result<Last, Untold> {
    let repository = world.repository.as_ref().map_err(ToString::to_string)?;
    let head = world.commit().map_err(|unavailable| unavailable.to_string())?;
    let tagged = world.past.tagged(repository)?;
    let search = Search { world, repository, wanted, tagged: &tagged, found: RefCell::default() };
    search.nearest(head)?.map_or_else(|| search.beside(head), |last| Ok(Last::Release(last)))
}

/// The tag of an earlier commit that stands for the very version that is being released, in the form that tags had there, with its
/// commit. Tags of `known` names are left to whoever asked for those.
#[must_use]
pub(crate) fn out_before(world: &World, wanted: Wanted<'_>, known: &[&str]) -> Option<(String, String)> {
    let (repository, head) = (world.repository.as_ref().ok()?, world.commit().ok()?);
    let tagged = world.past.tagged(repository).ok()?;
    Search { world, repository, wanted, tagged: &tagged, found: RefCell::default() }.out_before(head, known)
}

/// The tags at a commit that may name a version; none where they cannot be listed.
pub(crate) fn tags_at(world: &World, commit: &str) -> Vec<String> {
    let tagged = world.repository.as_ref().ok().and_then(|repository| world.past.tagged(repository).ok());
    tagged.and_then(|tagged| tagged.get(commit).cloned()).unwrap_or_default()
}

struct Search<'a> {
    world: &'a World,
    repository: &'a Repository,
    wanted: Wanted<'a>,
    tagged: &'a Tagged,
    /// What was found at each commit that was asked for: each of many releases at one asks for it again.
    found: RefCell<HashMap<String, Rc<[Found]>>>,
}

/// What a tag stands for.
#[derive(Debug, Clone)]
struct Found {
    /// What is released: a version, of several packages with its folder.
    stated: Stated,
    tag: String,
    commit: String,
    /// Whether the tag has a form that a release's tag had there, or has now.
    is_in_form: bool,
}

impl Search<'_> {
    fn nearest(&self, head: &str) -> Result<Option<LastRelease>, String> {
        let at_head = || self.if_before(self.at(head).map(|found| found.to_vec()));
        let commits = match self.tagged.contains_key(head) && !at_head()?.is_empty() {
            true => vec![head.to_owned()],
            false => self.nearest_before(head)?,
        };
        let mut releases = Vec::new();
        for commit in &commits {
            releases.extend(self.at(commit)?.iter().map(|found| found.stated.clone()));
        }
        releases.sort();
        releases.dedup();
        let (mut first, mut later) = (Vec::new(), Vec::new());
        for release in &releases {
            let is_near = |commit: &str| commits.iter().any(|near| near == commit);
            let found = self.each_of(release, |commit| is_near(commit) || self.is_earlier(commit, head))?;
            let is_before = |other: &Found, one: &Found| {
                other.commit != one.commit && self.repository.is_before(&other.commit, &one.commit)
            };
            let is_first = |one: &Found| !found.iter().any(|other| is_before(other, one));
            let (of_first, of_later): (Vec<_>, Vec<_>) = found.iter().cloned().partition(is_first);
            first.extend(of_first);
            later.extend(of_later);
        }
        Ok(in_order(first, later).map(|last| LastRelease { is_ancestor: true, ..last }))
    }

    /// What was found at HEAD, where that is before what is judged. The working tree is looked through only where it matters.
    fn if_before<T>(&self, at_head: Result<Vec<T>, String>) -> Result<Vec<T>, String> {
        match at_head {
            Ok(all) if all.is_empty() => Ok(all),
            found if self.world.past.is_after_head(self.world) => found,
            _ => Ok(Vec::new()),
        }
    }

    /// The nearest commits before HEAD at which a release is.
    fn nearest_before(&self, head: &str) -> Result<Vec<String>, String> {
        let counts = |commit: &str| Ok(!self.at(commit)?.is_empty());
        let nearest = self.repository.nearest_before(head, self.tagged, counts)?;
        if nearest.is_cut {
            let cut = "the last release is not in this shallow clone";
            return Err(format!("{cut}: fetch more history (fetch-depth: 0) and tags, `git fetch --unshallow --tags`"));
        }
        Ok(nearest.commits)
    }

    /// Whether a commit is before what is judged: HEAD is, where something is not committed.
    fn is_earlier(&self, commit: &str, head: &str) -> bool {
        (commit == head && self.world.past.is_after_head(self.world)) || self.repository.is_before(commit, head)
    }

    /// The tags of one release. It may have been tagged again where it was deployed or copied, before or behind what went out:
    /// where a tag has the form of a release's, only such count, and all of them do.
    fn each_of(&self, release: &Stated, is_asked: impl Fn(&str) -> bool) -> Result<Vec<Found>, String> {
        let may_be = |names: &[String]| names.iter().any(|name| name.contains(&release.version));
        let mut all = Vec::new();
        for (commit, _) in self.tagged.iter().filter(|(_, names)| may_be(names)) {
            let found = self.at(commit)?;
            let mut of_release = found.iter().filter(|found| found.stated == *release).peekable();
            if of_release.peek().is_some() && is_asked(commit) {
                all.extend(of_release.cloned());
            }
        }
        if all.iter().any(|found| found.is_in_form) {
            all.retain(|found| found.is_in_form);
        }
        Ok(all)
    }

    /// The highest lower version's tag, wherever it stands.
    fn beside(&self, head: &str) -> Result<Last, Untold> {
        // Of several packages none has an order among the others' versions.
        let this = match self.wanted.releasing {
            [(_, version)] => Version::of(version),
            _ => None,
        };
        let mut found = Vec::new();
        for commit in self.tagged.keys().filter(|commit| *commit != head) {
            let lower = |found: &&Found| this.is_none() || Version::of(&found.stated.version) < this;
            found.extend(self.at(commit)?.iter().filter(lower).cloned());
        }
        let key = |found: &Found| (Version::of(&found.stated.version), found.tag.clone());
        if let Some(highest) = found.into_iter().max_by(|one, two| key(one).cmp(&key(two))) {
            let mut all = self.each_of(&highest.stated, |commit| commit != head)?;
            all.sort_by_cached_key(|found| std::cmp::Reverse(key(found)));
            let later = all.split_off(all.len().min(1));
            return Ok(in_order(all, later).map_or(Last::None, Last::Release));
        }
        match self.named_before(head)? {
            None => Ok(Last::None),
            Some(version) => {
                let file = self.release_dir().join(RELEASE_FILE);
                let said = format!("{} of an earlier commit names {version}", file.display());
                Err(Untold::Untagged(format!("{said}, and no tag of it is here: {FETCH_TAGS}")))
            }
        }
    }

    /// The releases that the tags of a commit stand for; of each the tag in form comes first.
    fn at(&self, commit: &str) -> Result<Rc<[Found]>, String> {
        if let Some(known) = self.found.borrow().get(commit) {
            return Ok(Rc::clone(known));
        }
        let found: Rc<[Found]> = self.look_at(commit)?.into();
        self.found.borrow_mut().insert(commit.to_owned(), Rc::clone(&found));
        Ok(found)
    }

    fn look_at(&self, commit: &str) -> Result<Vec<Found>, String> {
        let names = self.tagged.get(commit).map(Vec::as_slice).unwrap_or_default();
        let everything = self.world.past.stated_at(self.world, commit, self.release_dir())?;
        let stated = self.stated_at(commit, &everything)?;
        let found = |stated: Stated, tag: &str, is_in_form| {
            let (tag, commit) = (tag.to_owned(), commit.to_owned());
            Found { stated, tag, commit, is_in_form }
        };
        if stated.is_empty() {
            return self.before_the_gate(commit, names, found);
        }
        let own = OnceCell::new();
        // A policy that cannot be read has no form, and whoever asks for it says so.
        let own = || own.get_or_init(|| self.form_at(commit).unwrap_or_default()).as_deref();
        let mut all = Vec::new();
        for stated in stated.into_iter().filter(|stated| self.is_another(stated) && self.counts(&stated.version)) {
            for name in names.iter().filter(|name| name.contains(&stated.version)) {
                let is_in_form = self.is_in_form(name, &stated, &own, &everything);
                if is_in_form || self.names(name, &stated, &own, &everything) {
                    all.push(found(stated.clone(), name, is_in_form));
                }
            }
        }
        all.sort_by_key(|found| !found.is_in_form);
        Ok(all)
    }

    /// What the tags of a commit without release.yaml stand for.
    fn before_the_gate(
        &self,
        commit: &str,
        names: &[String],
        found: impl Fn(Stated, &str, bool) -> Found,
    ) -> Result<Vec<Found>, String> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let own = match self.wanted.package {
            Some(_) => self.form_at(commit).unwrap_or_default(),
            None => self.form_at(commit)?,
        };
        let own = own.map(|form| filled(&form, self.wanted.name, &self.world.dir).unwrap_or(form));
        let all = names.iter().filter_map(|name| {
            let version = self.in_form(name, own.as_deref()).filter(|version| self.counts(version))?;
            Some(found(Stated { folder: None, version }, name, true))
        });
        Ok(all.collect())
    }

    /// Whether a tag has the form of a release's tag: of its own commit's policy, where that has one, or of today's.
    fn is_in_form<'o>(
        &self,
        name: &str,
        stated: &Stated,
        own: &impl Fn() -> Option<&'o str>,
        everything: &[Stated],
    ) -> bool {
        if self.wanted.forms.iter().any(|form| of_version(form, &stated.version) == name) {
            return true;
        }
        match own() {
            Some(form) => fits(&self.own_filled(form, stated), name, &stated.version),
            None => {
                let is_usual = |form: &String| of_version(form, &stated.version) == name;
                let is_of_all = stated.folder.is_none() || is_of_all(everything);
                self.wanted.usual.iter().any(is_usual)
                    || (is_of_all && USUAL_FORMS.iter().any(|form| of_version(form, &stated.version) == name))
            }
        }
    }

    /// Whether a tag that has no such form is that of a release all the same. Among several packages it may be a neighbour's.
    fn names<'o>(
        &self,
        name: &str,
        stated: &Stated,
        own: &impl Fn() -> Option<&'o str>,
        everything: &[Stated],
    ) -> bool {
        let is_of_neighbour = match (&stated.folder, self.wanted.package) {
            // A form with the package in it tells its tags from those of its neighbours.
            (None, _) => {
                own().is_some_and(|form| is_of_package(form) && !is_of_package(&self.own_filled(form, stated)))
            }
            (Some(_), None) => false,
            (Some(_), Some(_)) => everything.iter().filter(|other| other.version == stated.version).count() > 1,
        };
        !is_of_neighbour && names_version(name, &stated.version)
    }

    /// The form of a commit's policy, with what is known of the package in it.
    fn own_filled(&self, form: &str, stated: &Stated) -> String {
        // Of several packages together, nothing tells here what each is called.
        let is_known = stated.folder.is_none() || self.wanted.package.is_some();
        let known = is_known.then(|| filled(form, self.wanted.name, &self.world.dir)).flatten();
        known.unwrap_or_else(|| form.to_owned())
    }

    /// The earlier commit at which this very version is tagged, in the form that tags had there.
    fn out_before(&self, head: &str, known: &[&str]) -> Option<(String, String)> {
        let [(folder, version)] = self.wanted.releasing else { return None };
        let version = bare(version);
        let may_be = |name: &String| name.contains(version) && !known.contains(&name.as_str());
        for (commit, names) in self.tagged.iter().filter(|(commit, names)| *commit != head && names.iter().any(may_be))
        {
            let Ok(everything) = self.world.past.stated_at(self.world, commit, self.release_dir()) else { continue };
            let Ok(stated) = self.stated_at(commit, &everything) else { continue };
            let is_it = |stated: &&Stated| stated.version == version && stated.folder.as_deref() == *folder;
            let Some(stated) = stated.iter().find(is_it) else { continue };
            let own = self.form_at(commit).unwrap_or_default();
            let own = || own.as_deref();
            let tag = names.iter().filter(|name| may_be(name)).find(|name| {
                self.is_in_form(name, stated, &own, &everything) && self.repository.is_before(commit, head)
            });
            if let Some(tag) = tag {
                return Some((tag.clone(), commit.clone()));
            }
        }
        None
    }

    /// Pre-releases are releases to a pre-release only, and a build of some day to nobody.
    fn counts(&self, version: &str) -> bool {
        let is_early = |version: &str| Version::of(version).is_some_and(|version| version.is_early());
        let is_release = Version::of(version).is_none_or(|version| version.stage() != Stage::Unreleased);
        is_release && (!is_early(version) || self.wanted.releasing.iter().any(|(_, version)| is_early(version)))
    }

    /// Whether it is another release than the one that is looked from: a tag of that very version, on a commit before, is none.
    fn is_another(&self, stated: &Stated) -> bool {
        let is_one = self.wanted.releasing.len() == 1;
        let is_that = |(folder, version): &(Option<&str>, &str)| {
            // One version may have become that of the only package, or the other way round.
            let is_same =
                *folder == stated.folder.as_deref() || (is_one && (folder.is_none() || stated.folder.is_none()));
            bare(version) == stated.version && is_same
        };
        !self.wanted.releasing.iter().any(is_that)
    }

    /// What release.yaml says at a commit; nothing where there is no such file, or another one of that name.
    fn stated_at(&self, commit: &str, everything: &[Stated]) -> Result<Vec<Stated>, String> {
        let stated = self.own_of(everything);
        if !stated.is_empty() || self.wanted.package.is_none() {
            return Ok(stated);
        }
        // Before it stood among the others the package may have had a release.yaml of its own.
        let own = self.world.past.stated_at(self.world, commit, &self.world.dir)?;
        Ok(own.iter().filter(|stated| stated.folder.is_none()).cloned().collect())
    }

    /// Of one package its own alone, and what was released as a whole before there were several.
    fn own_of(&self, everything: &[Stated]) -> Vec<Stated> {
        let Some(package) = self.wanted.package else { return everything.to_vec() };
        let is_own = |stated: &&Stated| stated.folder.as_deref().is_none_or(|folder| folder == package.folder);
        everything.iter().filter(is_own).cloned().collect()
    }

    fn release_dir(&self) -> &Path {
        self.wanted.package.map_or(&self.world.dir, |package| package.release_dir)
    }

    /// The form of tags that the policy of a commit asks for.
    fn form_at(&self, commit: &str) -> Result<Option<String>, String> {
        let policy = self.world.policy_at(commit).map_err(|(path, refused)| unread(&path, &refused))?;
        Ok(policy.and_then(|(_, text)| text_of_key(&text, "tag")))
    }

    /// The version in the name of a tag from before the gate.
    fn in_form(&self, name: &str, own: Option<&str>) -> Option<String> {
        let forms: Vec<&str> = own.into_iter().chain(self.wanted.forms.iter().map(String::as_str)).collect();
        let version = match forms.as_slice() {
            [] => Some(bare(name)),
            forms => forms.iter().find_map(|form| {
                let (before, after) = form.split_once(VERSION_PLACEHOLDER)?;
                Some(bare(name.strip_prefix(before)?.strip_suffix(after)?))
            }),
        }?;
        let is_whole = version.starts_with(|c: char| c.is_ascii_digit())
            && (version.contains('.') || version.len() < name.len())
            && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+_~!".contains(c));
        let is_this = self.wanted.releasing.iter().any(|(_, this)| bare(this) == version);
        (is_whole && !is_this).then(|| version.to_owned())
    }

    /// Another version that release.yaml named in a commit before what is judged, and that no tag here stands for.
    fn named_before(&self, head: &str) -> Result<Option<String>, String> {
        let path = self.release_dir().join(RELEASE_FILE);
        let past = self.repository.past(head, &path, SIZE_LIMIT)?;
        let texts = past.into_iter().filter_map(|bytes| String::from_utf8(bytes).ok());
        let before: Vec<_> = texts.flat_map(|text| self.untagged(&stated_in(&text))).collect();
        let at_head = self.world.past.stated_at(self.world, head, self.release_dir());
        let at_head = self.if_before(at_head.map(|stated| self.untagged(&stated)))?;
        Ok(before.into_iter().chain(at_head).min())
    }

    /// The versions of other releases that no tag here stands for.
    fn untagged(&self, everything: &[Stated]) -> Vec<String> {
        let others = self.own_of(everything).into_iter();
        let others = others.filter(|stated| self.is_another(stated) && self.counts(&stated.version));
        others.filter(|stated| !self.is_tagged(stated)).map(|stated| stated.version).collect()
    }

    /// Whether any tag here stands for a release, wherever it is.
    fn is_tagged(&self, release: &Stated) -> bool {
        let version = &release.version;
        if self.wanted.package.is_none() {
            return self.tagged.values().flatten().any(|name| names_version(name, version));
        }
        // A neighbour's may have the same version.
        let forms = || self.wanted.forms.iter().chain(self.wanted.usual);
        let may_be = |names: &[String]| names.iter().any(|name| name.contains(version));
        self.tagged.iter().filter(|(_, names)| may_be(names)).any(|(commit, names)| {
            names.iter().any(|name| forms().any(|form| of_version(form, version) == *name))
                || self.at(commit).is_ok_and(|all| all.iter().any(|found| found.stated == *release))
        })
    }
}

/// The release to compare with, and the rest beside it: the lowest of those that come first. A commit counts once.
fn in_order(mut first: Vec<Found>, later: Vec<Found>) -> Option<LastRelease> {
    first.sort_by_cached_key(|found| (Version::of(&found.stated.version), !found.is_in_form, found.tag.clone()));
    let mut known = HashSet::new();
    let mut all = first.into_iter().chain(later).filter(|found| known.insert(found.commit.clone()));
    let Found { stated, tag, commit, .. } = all.next()?;
    let others = all.map(|found| found.tag).collect();
    Some(LastRelease { tag, version: stated.version, commit, is_ancestor: false, others })
}

/// Whether the policy of any commit before the judged one, or before what is not committed yet, has a key. One that cannot be read
/// may; without a commit there is none.
#[must_use]
pub(crate) fn policy_had(world: &World, key: &str) -> bool {
    let (Ok(repository), Ok(head)) = (&world.repository, world.commit()) else { return false };
    let has = |bytes: &Vec<u8>| str::from_utf8(bytes).map_or(true, |text| has_key(text, key));
    let had_at_head =
        || world.policy_at(head).map_or(true, |policy| policy.is_some_and(|(_, text)| has_key(&text, key)));
    let had_before = |folder: &Path| {
        let past = repository.past(head, &folder.join(POLICY_FILE), SIZE_LIMIT);
        past.map_or(true, |past| past.iter().any(has))
    };
    world.dir.ancestors().any(had_before) || (had_at_head() && world.past.is_after_head(world))
}

/// The release.yaml of the project's folder as it was at a commit; `None` where there was none.
///
/// # Errors
/// It cannot be read: it is too large or no text, or an object of it is not in this clone.
pub(crate) fn release_at(world: &World, commit: &str) -> Result<Option<String>, String> {
    let path = world.dir.join(RELEASE_FILE);
    world.text_at(commit, &path).map_err(|refused| unread(&path, &refused))
}

fn unread(path: &Path, refused: &Refused) -> String {
    format!("{} of an earlier commit was not read: {refused}", path.display())
}

fn has_key(text: &str, key: &str) -> bool {
    let node = yaml::parse("", text.trim_start_matches('\u{feff}'));
    node.map_or(true, |node| node.is_some_and(|node| node.entry(key).is_some()))
}

fn text_of_key(text: &str, key: &str) -> Option<String> {
    let node = yaml::parse("", text.trim_start_matches('\u{feff}')).ok()??;
    node.entry(key)?.value.text().map(str::to_owned)
}
