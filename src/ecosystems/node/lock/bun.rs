//! bun.lock: JSON with trailing commas (and, as Bun reads it, comments). <https://bun.com/docs/pm/lockfile>

use serde::Deserialize;
use serde_json::Value;

use super::numbered::Numbered;
use super::tables::Tables;
use super::unique::Unique;
use super::{Beside, Entry, Hash, Lock, Need, Node, Origin, Recorded, Resolved, Text, Wanted, hash};
use crate::ecosystems::node::registries;
use crate::structured::jsonc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'t> {
    lockfile_version: u64,
    #[serde(default)]
    workspaces: Unique<'t, Importer<'t>>,
    #[serde(default)]
    packages: Unique<'t, Vec<Value>>,
}

#[derive(Deserialize)]
struct Importer<'t> {
    name: Option<String>,
    #[serde(flatten)]
    tables: Tables<'t>,
}

struct Bun<'t> {
    importers: Unique<'t, Importer<'t>>,
    /// By the names on the way to where each is installed.
    packages: Numbered<'t, Package<'t>>,
}

struct Package<'t> {
    resolved: Option<Resolved<'t>>,
    tables: Tables<'t>,
}

pub(super) fn parse<'t>(text: &'t str) -> Result<Box<dyn Lock<'t> + 't>, String> {
    let file: File<'t> =
        serde_json::from_str(&jsonc::plain(text)).map_err(|error| format!("it is not a valid lock file: {error}"))?;
    if file.lockfile_version > 2 {
        return Err(format!("lockfileVersion {} is not known", file.lockfile_version));
    }
    let packages = file.packages.sorted().into_iter().map(|(key, package)| (key, Package::of(&package)));
    Ok(Box::new(Bun { importers: file.workspaces, packages: Numbered::new(packages.collect()) }))
}

impl Package<'_> {
    fn of(fields: &[Value]) -> Self {
        let facts = fields.iter().find(|field| field.is_object());
        // What does not read as tables has none; whatever it needed is told where it is asked for.
        let tables = facts.and_then(|facts| Tables::deserialize(facts).ok()).unwrap_or_default();
        let is_bundled = facts.is_some_and(|facts| facts["bundled"] == true);
        Self { resolved: resolved(fields, is_bundled), tables }
    }
}

impl<'t> Lock<'t> for Bun<'t> {
    fn nodes(&self, _: &Beside) -> Vec<Node<'t>> {
        let node = |(key, package): (&Text<'t>, &Package<'t>)| Node {
            key: key.clone(),
            resolved: package.resolved.clone().unwrap_or_else(|| nameless(key)),
            needs: self.needs(key, self.tables(package)),
        };
        self.packages.iter().map(node).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry<'t> {
        let Some(importer) = self.importers.get(wanted.importer) else {
            return Entry { recorded: Recorded::NoManifest, resolved: None, number: None };
        };
        let recorded = importer.tables.requirements(wanted.name);
        // A copy that only this member sees stands below its name.
        let member = importer.name.as_deref().or(wanted.importer_name).unwrap_or_default();
        let own = self.packages.number(&format!("{member}/{}", wanted.name)).filter(|_| !wanted.importer.is_empty());
        let number = own.or_else(|| self.packages.number(wanted.name));
        let resolved = number.and_then(|number| self.packages.at(number)).and_then(|package| package.resolved.clone());
        Entry { recorded: Recorded::Told(recorded), resolved, number }
    }
}

impl<'t> Bun<'t> {
    /// What a package needs; a member says it among the workspaces.
    fn tables<'b>(&'b self, package: &'b Package<'t>) -> &'b Tables<'t> {
        let member = package.resolved.as_ref().and_then(|resolved| match &resolved.origin {
            Origin::Local(path) => self.importers.get(path),
            _ => None,
        });
        member.map_or(&package.tables, |member| &member.tables)
    }

    fn needs(&self, key: &str, tables: &Tables<'t>) -> Vec<Need<'t>> {
        let found = tables.needs().map(|(name, dispensable)| (name, self.find(key, name), dispensable));
        let kept = found.filter(|(_, number, dispensable)| number.is_some() || !dispensable);
        kept.map(|(name, number, _)| Need { name: name.clone(), number }).collect()
    }

    /// The nearest copy of a name: below the package that asks, or below one of those above it.
    fn find(&self, key: &str, name: &str) -> Option<usize> {
        let ends = key.match_indices('/').map(|(at, _)| at).chain([key.len()]);
        let mut above: Vec<_> = ends.map(|end| format!("{}/{name}", &key[..end])).collect();
        above.reverse();
        above.iter().find_map(|key| self.packages.number(key)).or_else(|| self.packages.number(name))
    }
}

fn nameless<'t>(key: &Text<'t>) -> Resolved<'t> {
    Resolved {
        package: Some(key.clone()),
        version: Text::default(),
        origin: Origin::Registry,
        hash: Hash::None,
        host: None,
    }
}

/// `["name@version", registry, facts, integrity]`; other origins have other fields after the first.
fn resolved(package: &[Value], is_bundled: bool) -> Option<Resolved<'static>> {
    let identity = package.first()?.as_str()?;
    let at = identity.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at)?;
    let (name, reference) = (&identity[..at], &identity[at + 1..]);
    let origin = match reference.strip_prefix("workspace:").or_else(|| reference.strip_prefix("root:")) {
        Some(path) => Origin::Local(path.to_owned().into()),
        None => Origin::of(&reference.to_owned().into()),
    };
    Some(Resolved {
        package: Some(name.to_owned().into()),
        version: reference.to_owned().into(),
        origin,
        hash: hash(package.get(1..).and_then(|fields| fields.last()?.as_str())).or_within_another(is_bundled),
        // Only what comes from a registry has four fields, the second being its address or nothing.
        host: package
            .get(1)
            .filter(|_| package.len() == 4)
            .and_then(|url| Some(registries::host(url.as_str()?)?.into_owned().into())),
    })
}
