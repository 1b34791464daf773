//! `delivery-gate next`: the next release begins in release.yaml.

use jiff::Timestamp;

use super::Colour;
use super::attest::unwritten;
use super::output;
use super::place::{self, Inputs, Judged};
use crate::attest::{Begun, Refused, begin, behind, change};
use crate::checks::context::Context;
use crate::config::Release;
use crate::config::release::{FILE, Released, folder_of, in_a_folder_above, is_version};
use crate::ecosystems::DeclaredVersion;
use crate::ecosystems::manifests::Manifests;
use crate::ecosystems::versions::{Rule, is_behind, same};
use crate::git::Tag;
use crate::model::failure::{Failure, FailureKind};
use crate::model::nearest::suggestion;
use crate::model::problem::Problem;

/// What follows the flags in the help.
pub(super) const AFTER_HELP: &str = "\
Examples: delivery-gate next 1.3.0, delivery-gate next minor, delivery-gate next packages/cli 3.0.2
Exit codes: 0 written; 2 refused, and nothing is written.";

/// What a version may be asked for by.
const WORDS: [&str; 3] = ["major", "minor", "patch"];

/// The flags of `next`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The version, or `major`, `minor`, `patch` [default: the manifest's, where that is the next one]; where release.yaml has
    /// several packages, the folder of one comes first
    #[arg(value_name = "[DIR] VERSION", num_args = 0..=2)]
    words: Vec<String>,
    #[command(flatten)]
    inputs: Inputs,
}

/// Begins the next release. Returns the exit code.
pub(super) fn run(args: &Args, now: Timestamp, colour: Colour) -> u8 {
    match next(args, now) {
        Ok(text) => output::conclude(text, 0),
        Err(failure) => {
            output::complain(&failure, colour);
            Failure::EXIT_CODE
        }
    }
}

fn next(args: &Args, now: Timestamp) -> Result<String, Failure> {
    let context = place::before_release(&args.inputs, &Judged::default(), now)?;
    if context.release.released == Released::One(String::new()) {
        let next = in_a_folder_above(&context.world).unwrap_or_else(|| "`delivery-gate init` writes one".to_owned());
        return Err(refused(format!("there is no {FILE} to begin the next release in: {next}")));
    }
    let mut begun = None;
    // What stands in it may have been begun by somebody else since it was read.
    let edit = |text: &str| {
        let release = Release::parse(FILE, text).map_err(|problems| Failure::of(FailureKind::Manifest, problems))?;
        let Asked { folder, old, word } = asked(&args.words, &release.released)?;
        let package = context
            .each_package()
            .find(|one| one.package.as_ref().map(|package| package.folder.as_str()) == folder.as_deref());
        let version = version(word, &old, package.map(|package| &package.manifests))?;
        let next = begin(text, folder.as_deref(), &version).map_err(|refusal| unsuitable(refusal, &version))?;
        let told = told(&next, folder.as_deref(), &old, &version) + &out(&context, folder.as_deref());
        let (next, _) = begun.insert((next, told));
        Ok(next.text.clone())
    };
    change(&context.world.root, &context.world.dir.join(FILE), edit).map_err(unwritten)?;
    Ok(begun.map_or_else(String::new, |(_, told)| told))
}

/// What the words on the command line ask for.
struct Asked<'w> {
    /// Of several packages, which.
    folder: Option<String>,
    /// Its version until now.
    old: String,
    /// The version, or what it is asked for by.
    word: Option<&'w str>,
}

fn asked<'w>(words: &'w [String], released: &Released) -> Result<Asked<'w>, Failure> {
    let packages = match released {
        Released::One(old) => {
            return match words {
                [] => Ok(Asked { folder: None, old: old.clone(), word: None }),
                [word] => Ok(Asked { folder: None, old: old.clone(), word: Some(word) }),
                [folder, ..] => Err(refused(format!("{FILE} has one version, and no package '{folder}'"))),
            };
        }
        Released::Packages(packages) => packages,
    };
    let known = || packages.iter().map(|package| package.folder.as_str());
    let [folder, rest @ ..] = words else {
        let known: Vec<_> = known().collect();
        return Err(refused(format!("which package? name its folder and its version: {}", known.join(", "))));
    };
    let named = folder_of(folder);
    match packages.iter().find(|package| Some(&package.folder) == named.as_ref()) {
        Some(package) => {
            Ok(Asked { folder: named, old: package.version.clone(), word: rest.first().map(String::as_str) })
        }
        None => {
            let next = suggestion(folder, known());
            Err(refused(format!(
                "'{folder}' is no package of {FILE}; {next}; a new one is added under `packages:` by hand"
            )))
        }
    }
}

/// The version that was asked for: behind the one that is there.
fn version(asked: Option<&str>, old: &str, manifests: Option<&Manifests>) -> Result<String, Failure> {
    let version = match asked {
        Some(word) if WORDS.contains(&word) => {
            behind(old, word).ok_or_else(|| refused(format!("{old} has no {word} behind it: name the version")))?
        }
        Some(version) if is_version(version) => as_written(version, old).to_owned(),
        Some(other) => return Err(refused(format!("'{other}' is no version: {}", choices(old)))),
        None => manifests
            .and_then(|manifests| declared(old, manifests))
            .ok_or_else(|| refused(format!("which version? {}", choices(old))))?,
    };
    if same(&version, old, Rule::Semantic) {
        return Err(refused(format!(
            "{FILE} has {old} already; `delivery-gate attest` claims again what is claimed in it"
        )));
    }
    match is_behind(&version, old) {
        Some(false) => Err(refused(format!("{version} does not come behind {old}: write it into {FILE} yourself"))),
        _ => Ok(version),
    }
}

/// A version for release.yaml that was given as its tag has it: with a `v` only where the one until now has that, too.
fn as_written<'v>(version: &'v str, old: &str) -> &'v str {
    version.strip_prefix('v').filter(|bare| is_version(bare) && !old.starts_with('v')).unwrap_or(version)
}

/// What a manifest names already, where that comes behind.
fn declared(old: &str, manifests: &Manifests) -> Option<String> {
    manifests.loaded.iter().find_map(|loaded| match &loaded.manifest.version {
        DeclaredVersion::Static { version, .. } if is_version(version) && is_behind(version, old) == Some(true) => {
            Some(version.clone())
        }
        _ => None,
    })
}

fn choices(old: &str) -> String {
    let words = WORDS.iter().filter_map(|word| Some(format!("{word} ({})", behind(old, word)?)));
    let words: Vec<_> = words.collect();
    if words.is_empty() {
        "name it, as in `delivery-gate next 1.3.0`".to_owned()
    } else {
        format!("name it, or {}", words.join(", "))
    }
}

fn told(begun: &Begun, folder: Option<&str>, old: &str, version: &str) -> String {
    let of = folder.map(|folder| format!("{folder} ")).unwrap_or_default();
    let list = |ids: &[String]| if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
    let mut text = format!("Wrote {FILE}: {of}{old} -> {version}\n  emptied  {}\n", list(&begun.emptied));
    if !begun.kept.is_empty() {
        text.push_str(&format!("  kept     {} (not applicable)\n", list(&begun.kept)));
    }
    text + "\nNext: the changelog's entry and the manifests' version, then\n  delivery-gate attest\n"
}

/// The other packages that are in the mapping and out already: each that stands there is released from the next commit.
fn out(context: &Context, begun: Option<&str>) -> String {
    let others = context.packages.iter().filter_map(|one| Some((one, one.package.as_ref()?.folder.as_str())));
    let others = others.filter(|(_, folder)| Some(*folder) != begun);
    let line = |(one, folder): (&Context, &str)| {
        let (name, _) = one.tags().iter().find(|(_, tag)| matches!(tag, Tag::At { .. }))?;
        Some(format!("  {folder} {} is out ({name}): take it out of `packages:` until its next version\n", one.version))
    };
    let lines: String = others.filter_map(line).collect();
    if lines.is_empty() { lines } else { format!("\nStill in {FILE}:\n{lines}") }
}

fn unsuitable(refusal: Refused, version: &str) -> Failure {
    match refusal {
        Refused::Invalid(problems) => Failure::of(FailureKind::Manifest, problems),
        Refused::Unsuitable => {
            let message = format!("{version} cannot be begun here without changing something else");
            let help = "write the version yourself, and `attestations: {}`";
            Failure::of(FailureKind::Manifest, vec![Problem::new(FILE, message).help(help)])
        }
    }
}

fn refused(why: String) -> Failure {
    Failure::new(FailureKind::Usage, why)
}
