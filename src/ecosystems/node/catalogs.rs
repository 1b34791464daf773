//! Catalogs: requirements that a workspace keeps in one place, for members to say `catalog:` (pnpm, Yarn, Bun).

use std::collections::HashMap;

use super::requirement::Requirement;

/// The catalogs of a workspace, by name. `catalog:` and `catalog:default` are the same one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Catalogs {
    by_name: HashMap<String, HashMap<String, String>>,
}

impl Catalogs {
    pub(super) fn add(&mut self, catalog: &str, package: &str, requirement: Option<String>) {
        if let Some(requirement) = requirement {
            self.by_name.entry(canonical(catalog)).or_default().insert(package.to_owned(), requirement);
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (catalog, packages) in &other.by_name {
            self.by_name.entry(catalog.clone()).or_default().extend(packages.clone());
        }
    }

    /// A requirement, or what stands in the catalog that it names.
    pub(super) fn resolved<'t>(&'t self, package: &str, requirement: &'t str) -> &'t str {
        let catalog = Requirement::catalog(requirement);
        catalog.and_then(|catalog| self.get(catalog, package)).unwrap_or(requirement)
    }

    pub(super) fn get(&self, catalog: &str, package: &str) -> Option<&str> {
        self.by_name.get(&canonical(catalog))?.get(package).map(String::as_str)
    }
}

fn canonical(catalog: &str) -> String {
    if catalog.is_empty() { "default".to_owned() } else { catalog.to_owned() }
}
