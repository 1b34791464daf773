//! What pnpm and Yarn keep beside package.json: pnpm-workspace.yaml and .yarnrc.yml.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::catalogs::Catalogs;
use super::overrides::Overrides;
use crate::structured::yaml_values::in_one_line;
use crate::world::{Refused, World};

/// pnpm's settings.
pub(super) const PNPM: &str = "pnpm-workspace.yaml";

/// Yarn's settings.
pub(super) const YARN: &str = ".yarnrc.yml";

/// The largest settings file that is read, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    packages: Option<Vec<String>>,
    catalog: Option<BTreeMap<String, String>>,
    catalogs: Option<BTreeMap<String, BTreeMap<String, String>>>,
    overrides: Option<BTreeMap<String, String>>,
    link_workspace_packages: Option<Link>,
    config_dependencies: Option<BTreeMap<String, Configured>>,
    npm_registry_server: Option<String>,
    npm_scopes: Option<BTreeMap<String, Scope>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Scope {
    npm_registry_server: Option<String>,
}

/// `1.0.0+sha512-…`, the version alone where the lock file has the hash, or where it stands and its hash.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Configured {
    Version(String),
    Archive { tarball: Option<String>, integrity: String },
}

/// `true`, `false` or `deep`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Link {
    Whether(bool),
    Depth(String),
}

/// The settings of one folder.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The members' patterns.
    pub(super) packages: Vec<String>,
    pub(super) catalogs: Catalogs,
    pub(super) overrides: Overrides,
    /// What pnpm installs before all else, by name.
    pub(super) configured: Vec<(String, Configured)>,
    /// Whether a plain range may mean a member of the workspace: everywhere but in pnpm, where one asks for it.
    pub(super) links_ranges: bool,
}

/// Reads the settings of a folder.
///
/// # Errors
/// Which file cannot be read, and why.
pub(super) fn read(world: &World, folder: &Path) -> Result<Settings, String> {
    let mut settings = Settings { links_ranges: true, ..Settings::default() };
    if let Some(file) = file(world, &folder.join(PNPM))? {
        settings.links_ranges = match &file.link_workspace_packages {
            Some(Link::Whether(whether)) => *whether,
            Some(Link::Depth(depth)) => depth == "deep",
            None => false,
        };
        settings.packages = file.packages.clone().unwrap_or_default();
        settings.configured = file.config_dependencies.clone().into_iter().flatten().collect();
        for (key, requirement) in file.overrides.iter().flatten() {
            settings.overrides.add(key, Some(requirement));
        }
        settings.catalogs.extend(&catalogs(file));
    }
    if let Some(file) = file(world, &folder.join(YARN))? {
        settings.catalogs.extend(&catalogs(file));
    }
    Ok(settings)
}

/// The registries of Yarn's settings: the scope with its `@`, empty for all packages, and the address.
///
/// # Errors
/// Why the settings cannot be read.
pub(super) fn yarn_registries(world: &World, folder: &Path) -> Result<Vec<(String, String)>, String> {
    let Some(file) = file(world, &folder.join(YARN))? else { return Ok(Vec::new()) };
    let scopes = file.npm_scopes.into_iter().flatten();
    let scopes = scopes.filter_map(|(name, scope)| Some((format!("@{name}"), scope.npm_registry_server?)));
    Ok(file.npm_registry_server.map(|url| (String::new(), url)).into_iter().chain(scopes).collect())
}

fn file(world: &World, path: &Path) -> Result<Option<File>, String> {
    let unusable = |why: String| format!("{}: {why}", path.display());
    let text = match world.drafted(path, SIZE_LIMIT) {
        Ok(text) => text,
        Err(Refused::Missing | Refused::Untracked(None)) => return Ok(None),
        Err(error) => return Err(error.about(&path.display().to_string())),
    };
    if text.content.trim().is_empty() {
        return Ok(None);
    }
    let options = serde_yaml::options! { strict_booleans: true, with_snippet: false };
    let file = serde_yaml::from_str_with_options(&text.content, options);
    file.map(Some).map_err(|error| unusable(in_one_line(&error)))
}

fn catalogs(file: File) -> Catalogs {
    let mut catalogs = Catalogs::default();
    let named = file.catalogs.into_iter().flatten();
    for (name, packages) in named.chain(file.catalog.map(|packages| (String::new(), packages))) {
        for (package, requirement) in packages {
            catalogs.add(&name, &package, Some(requirement));
        }
    }
    catalogs
}
