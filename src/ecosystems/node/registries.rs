//! The registries that a project names: `.npmrc` and `.yarnrc.yml`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::settings;
use crate::world::{Refused, World};

/// npm's and pnpm's settings.
const NPM: &str = ".npmrc";

/// The largest settings file that is read, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// The registries of a project's tracked files.
#[derive(Debug, Default)]
pub(super) struct Registries {
    /// By scope with its `@`; the one for all packages under the empty text.
    by_scope: BTreeMap<String, Named>,
}

/// A registry that a file names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// In small letters.
    pub(super) host: String,
    /// The file, relative to the repository's top level.
    pub(super) file: String,
    /// Whether it is for every package that has no other.
    pub(super) for_all: bool,
}

impl Registries {
    /// Reads the settings of a folder.
    ///
    /// # Errors
    /// Which file cannot be read, and why.
    pub(super) fn read(world: &World, folder: &Path) -> Result<Self, String> {
        let mut found = Self::default();
        let path = folder.join(NPM);
        let shown = path.display().to_string();
        match world.drafted(&path, SIZE_LIMIT) {
            Ok(text) => {
                for (scope, url) in text.content.lines().filter_map(setting) {
                    found.add(scope, url, &shown);
                }
            }
            Err(Refused::Missing | Refused::Untracked(_)) => {}
            Err(error) => return Err(error.about(&shown)),
        }
        for (scope, url) in settings::yarn_registries(world, folder)? {
            found.add(&scope, &url, &folder.join(settings::YARN).display().to_string());
        }
        Ok(found)
    }

    fn add(&mut self, scope: &str, url: &str, file: &str) {
        // Where the environment decides, the file names none.
        if let Some(host) = host(url).filter(|host| !host.contains("${")) {
            let named = Named { host: host.into_owned(), file: file.to_owned(), for_all: scope.is_empty() };
            self.by_scope.insert(scope.to_owned(), named);
        }
    }

    /// The registry that is named for a package.
    pub(super) fn of(&self, package: &str) -> Option<&Named> {
        let scope = package.split_once('/').map(|(scope, _)| scope).filter(|scope| scope.starts_with('@'));
        scope.and_then(|scope| self.by_scope.get(scope)).or_else(|| self.by_scope.get(""))
    }
}

/// `registry=URL` or `@scope:registry=URL`: the scope, empty for all, and the address.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().split_once('=')?;
    let scope = key.trim().strip_suffix("registry")?;
    let scope =
        if scope.is_empty() { scope } else { scope.strip_suffix(':').filter(|scope| scope.starts_with('@'))? };
    Some((scope, value.trim().trim_matches(['"', '\''])))
}

/// The host of an address, with its port, without who asks.
pub(super) fn host(address: &str) -> Option<Cow<'_, str>> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_plain =
        host.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:".contains(&byte));
    (!host.is_empty()).then(|| if is_plain { host.into() } else { host.to_lowercase().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_of_an_npmrc() {
        let cases = [
            ("registry=https://npm.corp.example/", Some(("", "https://npm.corp.example/"))),
            (" @corp:registry = \"https://npm.corp.example\"", Some(("@corp", "https://npm.corp.example"))),
            ("; registry=https://x/", None),
            ("//npm.corp.example/:_auth=x", None),
            ("replace-registry=x", None),
        ];
        for (line, expected) in cases {
            assert_eq!(setting(line), expected, "{line}");
        }
    }

    #[test]
    fn a_host_is_told_without_who_asks() {
        assert_eq!(host("https://${USER}:${TOKEN}@NPM.corp.example:8080/x").as_deref(), Some("npm.corp.example:8080"));
        assert_eq!(host("git+ssh://git@host/x"), None);
    }
}
