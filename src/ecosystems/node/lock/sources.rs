//! The registries that a lock file takes its packages from, held to those that the project names.

use std::collections::BTreeMap;

use super::{Node, Origin, Text, judge};
use crate::ecosystems::Fault;
use crate::ecosystems::node::registries::{Named, Registries};

/// The names of npm's own registry.
const NPM: [&str; 2] = ["registry.npmjs.org", "registry.yarnpkg.com"];

/// What a lock file's sources come to.
#[derive(Debug, Default)]
pub(in crate::ecosystems::node) struct Sources {
    pub(in crate::ecosystems::node) faults: Vec<Fault>,
    pub(in crate::ecosystems::node) unproven: Vec<String>,
    pub(in crate::ecosystems::node) notes: Vec<String>,
}

/// What is told of a host, and of the registry that was named in its place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Told<'a> {
    Another(&'a Named),
    Unproven(String),
    Note,
}

impl Sources {
    /// Looks at every package of the lock file `shown`.
    pub(super) fn look(&mut self, nodes: &[Node<'_>], shown: &str, registries: &Registries) {
        let mut found: BTreeMap<(Told<'_>, &str), Vec<&str>> = BTreeMap::new();
        for node in nodes {
            let (Some(host), Some(name)) = (&node.resolved.host, &node.resolved.package) else { continue };
            if let Some(told) = told(node, host, registries.of(name)) {
                found.entry((told, host)).or_default().push(name);
            }
        }
        for ((told, host), names) in found {
            let taken = format!("{shown} takes {} from {host}", few(&names));
            match told {
                Told::Another(Named { file, host, .. }) => {
                    let what = format!("{taken}, and {file} names {host}");
                    self.faults.push(Fault { path: shown.to_owned(), line: None, what });
                }
                Told::Unproven(why) => self.unproven.push(format!("{taken}, and has {why}")),
                Told::Note => self.notes.push(taken),
            }
        }
    }
}

fn told<'a>(node: &Node<'_>, host: &str, named: Option<&'a Named>) -> Option<Told<'a>> {
    let is_npm = NPM.contains(&host);
    match named {
        Some(named) if named.host == host || is_npm && NPM.contains(&named.host.as_str()) => None,
        // npm puts the registry that is named for all packages in the place of its own; the hash is the same.
        Some(named) if named.for_all && is_npm => None,
        Some(named) => Some(Told::Another(named)),
        None if is_npm => None,
        None if node.resolved.origin != Origin::Registry => None,
        None => Some(judge::unhashed(&node.resolved).map_or(Told::Note, Told::Unproven)),
    }
}

fn few(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, more @ ..] => format!("{first} and {} more", more.len()),
    }
}

/// The host of an archive of a registry: what stands at another address was asked for by its address.
pub(super) fn host(address: &str) -> Option<Text<'_>> {
    let is_of_registry = address.contains("/-/") || address.contains("/download/");
    if is_of_registry { crate::ecosystems::node::registries::host(address) } else { None }
}
