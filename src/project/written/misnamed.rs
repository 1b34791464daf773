//! Files whose name is nearly that of a file of the gate: they say something that nobody would read.

use std::path::Path;

use crate::config::{SIZE_LIMIT, policy, release};
use crate::model::problem::Problem;
use crate::structured::yaml;
use crate::world::{Listed, World};

/// Keys that only a release.yaml of the gate has: many tools have a `release.yml`.
const RELEASE_KEYS: [&str; 3] = ["attestations", "not_applicable", "packages"];

/// Every such file in the project's directory and the folders above it. Where the user named a policy, only that of
/// release.yaml.
pub(crate) fn files(world: &World, is_policy_named: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in world.dir.ancestors() {
        for (name, kind) in world.listed(folder).unwrap_or_default() {
            let path = folder.join(&name);
            let meant = match kind {
                Listed::Folder => None,
                Listed::File { .. } if !is_policy_named && is_nearly(&name, policy::FILE) => Some(policy::FILE),
                Listed::File { .. } if is_nearly(&name, release::FILE) && is_release(world, &path) => {
                    Some(release::FILE)
                }
                Listed::File { .. } => None,
            };
            problems.extend(meant.map(|meant| problem(&path, meant)));
        }
    }
    problems
}

/// The same of policies alone, from a folder down to a package below it, the first folder left out.
pub(crate) fn policies_between(above: &Path, folder: &Path, world: &World) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in folder.ancestors().take_while(|folder| *folder != above) {
        let names = world.listed(folder).unwrap_or_default().into_iter();
        let files = names.filter(|(name, kind)| *kind != Listed::Folder && is_nearly(name, policy::FILE));
        problems.extend(files.map(|(name, _)| problem(&folder.join(name), policy::FILE)));
    }
    problems
}

fn problem(path: &Path, meant: &str) -> Problem {
    let what = format!("this is not read: the name is {meant}");
    Problem::new(path.display().to_string(), what).help("rename it, or take it away")
}

/// Whether a name differs in its ending, a dot before it, the hyphen or letter case alone.
fn is_nearly(name: &str, meant: &str) -> bool {
    let plain = |name: &str| {
        let name = name.to_lowercase().replace(['-', '_'], "");
        let name = name.trim_start_matches('.');
        name.strip_suffix(".yml").map_or_else(|| name.to_owned(), |stem| format!("{stem}.yaml"))
    };
    name != meant && plain(name) == plain(meant)
}

fn is_release(world: &World, path: &Path) -> bool {
    let Ok(written) = world.released(path, SIZE_LIMIT) else { return false };
    let node = yaml::parse("", &written.content).ok().flatten();
    node.is_some_and(|node| RELEASE_KEYS.iter().any(|key| node.entry(key).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in
            ["delivery-gate.yml", ".delivery-gate.yaml", "Delivery-Gate.yaml", "delivery_gate.yml", "deliverygate.yaml"]
        {
            assert!(is_nearly(name, policy::FILE), "{name}");
        }
        for name in ["delivery-gate.yaml", "delivery-gates.yaml", "delivery-gate.json", "delivery-gate"] {
            assert!(!is_nearly(name, policy::FILE), "{name}");
        }
    }
}
