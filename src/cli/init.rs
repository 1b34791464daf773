//! `delivery-gate init`: from a project to its first question at the gate. Nothing that is there is changed.

use std::fs;
use std::io::{self, BufRead, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;

use super::Colour;
use super::output;
use super::place::{self, shell_word};
use super::questions::{Questions, yes_or_no};
use crate::config::policy::{self, VERSION_PLACEHOLDER};
use crate::config::release;
use crate::config::release::{Released, is_version};
use crate::config::{Policy, Release, SIZE_LIMIT};
use crate::ecosystems::table::{self, PYTHON};
use crate::engine::error::Error;
use crate::init::{Around, Changelog, Facts, File, Job, PACKAGES_TOLD, Package, Seen, Template, files};
use crate::model::escape::visible;
use crate::model::failure::{Failure, FailureKind};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::project::written::misnamed;
use crate::system::atomic::Draft;
use crate::system::files::Root;
use crate::world::World;

/// What follows the flags in the help.
pub(super) const AFTER_HELP: &str = "\
On a terminal it asks; Enter takes what is in brackets. It overwrites nothing.
Example: delivery-gate init --ci github
Exit codes: 0 the files are there, 2 one could not be written, or you stopped.";

/// What a release is called when nothing says it.
const FIRST_VERSION: &str = "0.1.0";

/// Where GitLab's pipeline is, from the repository's top level.
const GITLAB_FILE: &str = ".gitlab-ci.yml";

/// Where GitHub's workflows are, from there.
const WORKFLOWS: &str = ".github/workflows";

/// The largest CI file that is looked at, in bytes.
const CI_FILE_LIMIT: u64 = 1 << 20;

/// The flags of `init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory that is to hold release.yaml, beside the package manifest
    #[arg(long, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    /// Ask nothing, on a terminal neither
    #[arg(long, short)]
    yes: bool,
    /// Write a CI job, too [default: none]
    #[arg(long, value_name = "SYSTEM", value_parser = wanted())]
    ci: Option<Wanted>,
    /// The version to be released [default: the manifest's, else that of the tag at HEAD or of the nearest one, else
    /// 0.1.0]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    version: Option<String>,
}

/// A CI system, or none.
#[derive(Debug, Clone, Copy)]
struct Wanted(Option<Template>);

fn choices() -> Vec<&'static str> {
    Template::ALL.into_iter().map(Template::word).chain(["none"]).collect()
}

fn wanted() -> impl TypedValueParser<Value = Wanted> {
    PossibleValuesParser::new(choices()).map(|word| Wanted(Template::of(&word)))
}

/// A tag's `v` is not part of the version.
fn version(text: &str) -> Result<String, String> {
    let without = text.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let version = without.unwrap_or(text);
    if is_version(version) { Ok(version.to_owned()) } else { Err("write it like 1.2.3, without spaces".to_owned()) }
}

/// Looks, asks and writes. Returns the exit code.
pub(super) fn run(args: &Args, now: Timestamp, colour: Colour) -> u8 {
    match init(args, now) {
        Ok(text) => output::conclude(text, 0),
        Err(failure) => {
            output::complain(&failure, colour);
            Failure::EXIT_CODE
        }
    }
}

fn init(args: &Args, now: Timestamp) -> Result<String, Failure> {
    let world = place::open(&args.repo, place::at(now))?.world(now).map_err(place::failure)?.drafting();
    if let Some(bare) = world.repository.as_ref().err().filter(|why| why.is_bare) {
        return Err(Failure::new(FailureKind::Usage, format!("--repo {}: {bare}", args.repo.display())));
    }
    let misnamed = misnamed::files(&world, false);
    if !misnamed.is_empty() {
        return Err(Error::configuration(misnamed).into());
    }
    if let Some(above) = released_above(&world) {
        return Err(above);
    }
    let facts = Facts::look(&world);
    let mut questions = if args.yes { None } else { Questions::at_terminal() };
    let plan = Plan::new(args, &world, &facts)?;
    let told = told(args, &facts, &world, &plan);
    let plan = match &mut questions {
        Some(questions) => {
            questions.say_all(&told)?;
            plan.asked(args, &world, &facts, questions)?
        }
        None => plan,
    };
    let written = plan.write(&world, &facts)?;
    let told = if questions.is_some() { String::new() } else { told + "\n" };
    Ok(told + &written + "\n" + &next(args, &facts, &plan))
}

/// A release.yaml above that releases this folder: a second one would be another release of it.
fn released_above(world: &World) -> Option<Failure> {
    world.dir.ancestors().skip(1).find_map(|folder| {
        let text = world.drafted(&folder.join(release::FILE), SIZE_LIMIT).ok()?.content;
        let release = Release::parse(release::FILE, &text).ok()?;
        let dir = |package: &&release::Package| within(folder, &package.folder).as_ref() == Some(&world.dir);
        let package = release.released.packages().iter().find(dir)?;
        let steps = world.dir.strip_prefix(folder).map_or(0, |below| below.components().count());
        let above = "../".repeat(steps);
        let what = format!("{above}{} releases this folder, as the package {}", release::FILE, package.folder);
        let next = format!("run `delivery-gate init --repo {above}.`, or take it out of `packages:` there");
        Some(Failure::of(FailureKind::Usage, vec![Problem::new(release::FILE, what).help(next)]))
    })
}

/// What no check could read in the policy that is there.
fn problems_of_policy(world: &World) -> Vec<Problem> {
    match world.drafted(&world.dir.join(policy::FILE), SIZE_LIMIT) {
        Ok(written) => Policy::parse(policy::FILE, &written.content).err().unwrap_or_default(),
        Err(refused) => vec![refused.problem(policy::FILE)],
    }
}

/// What is to be written.
struct Plan {
    released: Released,
    source: String,
    job: Option<Job>,
    /// What is wrong with the files of the gate that are there, and stay as they are.
    unreadable: Vec<Problem>,
}

impl Plan {
    fn new(args: &Args, world: &World, facts: &Facts) -> Result<Self, Failure> {
        let one = |(version, source)| (Released::One(version), source);
        let given = || args.version.clone().map(|version| one((version, "--version".to_owned())));
        // It stays as it is, whatever else says another version.
        let mut unreadable = Vec::new();
        let mut read = |file: &str, problems: Vec<Problem>| {
            let is_there = world.root.exists(&world.dir.join(file));
            unreadable.extend(problems.into_iter().filter(|_| is_there));
        };
        let written = Release::load(world).map_err(|problems| read(release::FILE, problems)).ok();
        let written = written.map(|it| (it.released, release::FILE.to_owned()));
        read(policy::FILE, problems_of_policy(world));
        let packages = || {
            let packages = if facts.is_released_by_package() { facts.released_packages() } else { Vec::new() };
            let source = "the packages of the workspace".to_owned();
            (!packages.is_empty()).then_some((Released::Packages(packages), source))
        };
        let found = written.or_else(given).or_else(packages).or_else(|| facts.version().map(one));
        let nothing = || one((FIRST_VERSION.to_owned(), "nothing here names one: change it".to_owned()));
        let (released, source) = found.unwrap_or_else(nothing);
        let job = args.ci.and_then(|wanted| wanted.0).map(|ci| job(ci, world)).transpose()?;
        Ok(Self { released, source, job, unreadable })
    }

    fn version_in_words(&self) -> String {
        match self.unreadable.iter().any(|problem| problem.path == release::FILE) {
            true => format!("not known: {} stays as it is, and cannot be read", release::FILE),
            false => format!("{} ({})", self.released, self.source),
        }
    }

    fn asked<R: BufRead, W: Write>(
        self,
        args: &Args,
        world: &World,
        facts: &Facts,
        questions: &mut Questions<R, W>,
    ) -> Result<Self, Failure> {
        let released = match &self.released {
            Released::One(found) if args.version.is_none() && !world.root.exists(&world.dir.join(release::FILE)) => {
                Released::One(questions.ask_for("The version to be released", found, version)?)
            }
            released => released.clone(),
        };
        let known = facts.ci.first().map_or("none", |ci| ci.word());
        let wanted = |word: &str| match choices().contains(&word) {
            true => Ok(Template::of(word)),
            false => Err(format!("answer {}", choices().join(", "))),
        };
        let job = match args.ci {
            Some(_) => self.job,
            None => {
                let ci = questions.ask_for("A CI job: github, gitlab, jenkins or none", known, wanted)?;
                ci.map(|ci| job(ci, world)).transpose()?
            }
        };
        if !questions.ask_for("Write the files? y or n", "y", yes_or_no)? {
            return Err(Failure::new(FailureKind::Interrupted, "nothing was written"));
        }
        Ok(Self { released, job, ..self })
    }

    /// Writes what is not there yet, and says so.
    fn write(&self, world: &World, facts: &Facts) -> Result<String, Failure> {
        let files = files(facts, &self.released).into_iter().map(|file| (world.dir.join(&file.path), file));
        let job = self.job.iter().map(|job| {
            let file = File { path: job.path.to_owned(), text: job.text.clone(), named_in: None };
            (PathBuf::from(job.path), file)
        });
        let (mut told, mut wrote) = (String::new(), Vec::new());
        for (path, File { path: shown, text, named_in }) in files.chain(job) {
            if named_in.is_some_and(|name| !wrote.iter().any(|path| path == name)) {
                continue;
            }
            match create(&world.root, &path, &text) {
                Ok(()) => {
                    told.push_str(&format!("Wrote {shown}\n"));
                    wrote.push(shown);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    told.push_str(&format!("Left  {shown} as it is\n"));
                }
                Err(error) => return Err(unwritten(&shown, &error, &wrote)),
            }
        }
        Ok(told)
    }
}

fn job(ci: Template, world: &World) -> Result<Job, Failure> {
    let gitlab = world.drafted(Path::new(GITLAB_FILE), CI_FILE_LIMIT).ok().map(|text| text.content);
    let around = Around { dir: &world.dir, gitlab: gitlab.as_deref(), github: &workflows(world) };
    ci.job(&around).map_err(|why| Failure::new(FailureKind::Usage, format!("no CI job can be written: {why}")))
}

/// The workflows of GitHub that are there, by their names.
fn workflows(world: &World) -> Vec<(String, String)> {
    let folder = Path::new(WORKFLOWS);
    let names = world.listed(folder).unwrap_or_default().into_iter().map(|(name, _)| name);
    let is_workflow = |name: &String| name.ends_with(".yml") || name.ends_with(".yaml");
    let text = |name: String| Some((world.drafted(&folder.join(&name), CI_FILE_LIMIT).ok()?.content, name));
    names.filter(is_workflow).filter_map(text).map(|(text, name)| (name, text)).collect()
}

/// Writes a file where nothing is.
fn create(root: &Root, path: &Path, text: &str) -> io::Result<()> {
    if root.exists(path) {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let path = prepared(root, path)?;
    Draft::beside(&path, text.as_bytes())?.create(&path)
}

fn unwritten(shown: &str, error: &io::Error, wrote: &[String]) -> Failure {
    let before = if wrote.is_empty() { "nothing".to_owned() } else { wrote.join(", ") };
    let message = format!("{shown} could not be written: {error}; written before it: {before}");
    Failure::new(FailureKind::Output, message)
}

/// The world of a file, its folders made: no link among them leads out of the repository.
fn prepared(root: &Root, path: &Path) -> io::Result<PathBuf> {
    let mut folder = PathBuf::new();
    for part in path.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(part) = part else { continue };
        folder.push(part);
        match fs::create_dir(root.path().join(&folder)) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        root.resolve(&folder).map_err(io::Error::other)?;
    }
    Ok(root.path().join(path))
}

/// What was seen, line by line.
fn told(args: &Args, facts: &Facts, world: &World, plan: &Plan) -> String {
    let mut lines = vec![("looked at", args.repo.display().to_string())];
    lines.extend(facts.unavailable.iter().map(|why| ("git", why.to_string())));
    lines.extend(top_instead(facts, world).map(|note| ("git", note)));
    lines.extend(release_above(world).map(|note| ("release", note)));
    lines.extend(facts.manifests.iter().map(|seen| ("manifest", manifest(seen))));
    lines.extend(facts.nested.iter().map(|seen| ("below", manifest(seen))));
    lines.extend(facts.packages.iter().take(PACKAGES_TOLD).map(|package| ("package", told_package(package))));
    let more = facts.packages.len().saturating_sub(PACKAGES_TOLD);
    lines.extend((more > 0).then(|| ("", format!("and {more} more"))));
    let broken = facts.problems.iter().chain(&plan.unreadable).map(|problem| {
        let told = format!("{}: {}", problem.location(), problem.message);
        ("broken", told)
    });
    lines.extend(broken);
    if facts.manifests.is_empty() && facts.nested.is_empty() && facts.problems.is_empty() {
        lines.push(("manifest", format!("none found: {}", table::manifests_in_words())));
    }
    let looked_at = if facts.manifests.is_empty() { &facts.nested } else { &facts.manifests };
    lines.extend(looked_at.iter().filter(|seen| seen.open.count > 0).map(|seen| ("pins", pins(seen))));
    let what = if plan.released.packages().is_empty() { "version" } else { "versions" };
    lines.push((what, plan.version_in_words()));
    let others = facts.others(&plan.released.to_string());
    lines.extend((!others.is_empty() && plan.released.packages().is_empty()).then(|| ("", others.join(", "))));
    lines.extend(another_version(args, plan).map(|note| ("", note)));
    if let Released::One(version) = &plan.released {
        lines.extend(facts.released(world, version).map(|tag| {
            let next =
                format!("tag {tag} is at another commit: if that is out, put the next version into {}", release::FILE);
            ("", next)
        }));
        lines.push(("changelog", facts.changelog_entry(world, version)));
    }
    lines.push(("tags", tags(facts, world)));
    lines.extend(facts.policy_above.as_ref().map(|path| ("policy", policy_above(path, facts))));
    let ci: Vec<_> = facts.ci.iter().map(|ci| ci.name()).collect();
    lines.push(("CI", if ci.is_empty() { "none found".to_owned() } else { ci.join(", ") }));
    lines.extend((!facts.unlocked.is_empty()).then(|| ("library", unlocked(facts))));
    lines.extend(facts.python_lock.iter().map(|lock| ("lock", format!("{lock}: see `pinning` in delivery-gate.yaml"))));
    lines.iter().map(|(what, text)| format!("{what:<10} {}\n", visible(text))).collect()
}

/// A policy of its own would hide the one above, and so none is written.
fn policy_above(path: &str, facts: &Facts) -> String {
    let form = facts.tags.template.as_ref().filter(|form| *form != VERSION_PLACEHOLDER);
    let form = form.map(|form| {
        format!("; the tags here look like {form}: its `tag` with `{{name}}` or `{{dir}}` says so for all")
    });
    format!("{path} holds here, too{}", form.unwrap_or_default())
}

fn manifest(seen: &Seen) -> String {
    let version = seen.version.as_deref().unwrap_or("no version in it");
    format!("{}: {version}", seen.path)
}

/// As `packages/a: demo-a 1.0.0, CHANGELOG.md, newest tag demo-a@1.0.0`.
fn told_package(package: &Package) -> String {
    let Package { folder, name, version, changelog, tag, .. } = package;
    let version = version.as_deref().unwrap_or("no version in it");
    let name = name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
    let changelog = changelog.as_deref().unwrap_or("no changelog of its own");
    let tag = tag.as_ref().map_or_else(|| "no tag of its own".to_owned(), |tag| format!("newest tag {tag}"));
    format!("{folder}: {name}{version}, {changelog}, {tag}")
}

/// What `--version` cannot change.
fn another_version(args: &Args, plan: &Plan) -> Option<String> {
    let wanted = args.version.as_ref().filter(|wanted| Released::One((*wanted).clone()) != plan.released)?;
    Some(format!("{} stays as it is: `delivery-gate next {wanted}` begins that release", release::FILE))
}

/// What to do; with a lock file that is there already, why that is not enough. A pin of Python is an exact one.
fn pins(seen: &Seen) -> String {
    let advice = seen.ecosystem.told.as_ref().map_or("the gate does not read them", |told| told.advice);
    let noun = if seen.open.count == 1 { "dependency is" } else { "dependencies are" };
    let why = seen.open.first.as_ref().filter(|_| seen.has_lock && !seen.ecosystem.is(&PYTHON));
    let told = match why {
        Some(why) if seen.open.count == 1 => why.clone(),
        Some(why) => format!("first {why}; `delivery-gate check` tells of the others"),
        None => advice.to_owned(),
    };
    format!("{} {noun} not pinned in {}: {told}", seen.open.count, seen.path)
}

fn unlocked(facts: &Facts) -> String {
    let files = facts.unlocked.join(", ");
    format!("{files} may be one, without a lock file by intention: see `exceptions` in delivery-gate.yaml")
}

/// A folder of a repository without a manifest is seldom what is released.
fn top_instead(facts: &Facts, world: &World) -> Option<String> {
    let depth = world.dir.components().count();
    let nothing_here = facts.manifests.is_empty() && facts.nested.is_empty() && facts.problems.is_empty();
    let up = vec![".."; depth].join("/");
    let note = format!("this is a folder of a repository, its top is {up}: to release all of it, run init there");
    (depth > 0 && nothing_here).then_some(note)
}

/// Whoever is in a folder of a release by mistake would write a second one.
fn release_above(world: &World) -> Option<String> {
    let folder = release::above(world)?;
    let steps = world.dir.strip_prefix(folder).map_or(0, |below| below.components().count());
    let shown = format!("{}{}", "../".repeat(steps), release::FILE);
    Some(format!("{shown} releases what is above: one here is a release of its own, beside it"))
}

fn tags(facts: &Facts, world: &World) -> String {
    let is_shallow = world.repository.as_ref().is_ok_and(|repository| repository.is_shallow());
    if let Some(why) = &facts.unlisted {
        return format!("nobody can tell: {why}");
    }
    match &facts.tags.newest {
        Some((name, _)) => format!("{}, the newest release is {name}", facts.tags.count),
        None if facts.tags.count == 0 && is_shallow => "none in this shallow clone: git fetch --tags".to_owned(),
        None if facts.tags.count == 0 => "none".to_owned(),
        None if facts.is_released_by_package() => match facts.package_tags().as_slice() {
            [] => format!("{}, none of the whole", facts.tags.count),
            at_head => format!("{}, at HEAD {}", facts.tags.count, at_head.join(", ")),
        },
        None => format!("{}, none of a release", facts.tags.count),
    }
}

fn init_in(args: &Args, folder: &str) -> String {
    format!("  delivery-gate init --repo {}\n", shell_word(&args.repo.join(folder).display().to_string()))
}

/// What is to be done next, as commands.
fn next(args: &Args, facts: &Facts, plan: &Plan) -> String {
    let repo = match args.repo.as_os_str() == "." {
        true => String::new(),
        false => format!(" --repo {}", shell_word(&args.repo.display().to_string())),
    };
    let mut text = String::new();
    if let Some(job @ Job { path, next, lines, .. }) = &plan.job {
        text.push_str(&format!("For CI, {next}\n\n{lines}\n"));
        if job.is_homeless() {
            text.push_str(&format!("In {path}, put where delivery-gate's own repository is for OWNER.\n\n"));
        }
    }
    if !facts.is_one_project() && facts.manifests.is_empty() {
        text.push_str("The folders below have versions of their own: run init in the one to be released, as in\n");
        let folder = facts.nested.first().and_then(|seen| Some(seen.path.rsplit_once('/')?.0)).unwrap_or_default();
        text.push_str(&init_in(args, folder));
    } else if !plan.released.packages().is_empty() {
        text.push_str(&format!("Keep under `packages:` in {} what is released from one commit. ", release::FILE));
    }
    if facts.changelog == Changelog::Missing && plan.released.packages().is_empty() {
        text.push_str("Write CHANGELOG.md. ");
    }
    let commands = [
        ("check", "what holds the release"),
        ("explain", "what a row of it means, and how to fix it"),
        ("attest", "claim what is done"),
    ];
    let line = |(command, what)| {
        format!(
            "  delivery-gate {:<width$}    {what}\n",
            format!("{command}{repo}"),
            width = "explain".len() + repo.len()
        )
    };
    text + "Next:\n" + &commands.map(line).concat()
}
