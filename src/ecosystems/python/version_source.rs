//! Where a build backend takes a dynamic version from, as far as that is a text in a file: nothing is run.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::places::{Unreliable, folder, read_tracked};
use crate::config::release::is_version;
use crate::ecosystems::DeclaredVersion;
use crate::model::path::within;
use crate::structured::decode::{Decoder, Fields};
use crate::world::World;

/// Where the version stands.
struct Source {
    /// Relative to the root; the first that the release has.
    files: Vec<PathBuf>,
    stands: Stands,
}

enum Stands {
    /// What is assigned to a name, as a literal text.
    Assigned(String),
    /// The whole file.
    Alone,
    /// The group `version` of a regular expression.
    Matching(String),
}

/// The version that the manifest at `path` leaves to its build backend, where it is a literal.
pub(super) fn find<'t>(
    world: &World,
    path: &Path,
    decoder: &mut Decoder<'_>,
    table: Fields<'t>,
) -> Option<DeclaredVersion> {
    source(decoder, table, folder(path))?.read(world)
}

/// The version that setup.cfg leaves to setuptools (`attr: demo.__version__`, `file: VERSION`), where it is a literal.
pub(super) fn of_setuptools(world: &World, path: &Path, how: &str, what: &str) -> Option<DeclaredVersion> {
    setuptools(folder(path), how, what.trim())?.read(world)
}

/// What is assigned to a name of a program, once and as a literal text, with its line from 1.
pub(super) fn assigned(code: &str, name: &str) -> Option<(String, usize)> {
    let name = regex::escape(name);
    let any = Regex::new(&format!(r"(?m)^[ \t]*{name}[ \t]*(?::[^=\n]*)?[-+*/%|&]?=[^=]")).ok()?;
    Stands::Assigned(name).find(code).filter(|_| any.find_iter(code).count() == 1)
}

impl Source {
    fn read(&self, world: &World) -> Option<DeclaredVersion> {
        let file = self.files.iter().find(|file| world.has(file))?;
        let text = match read_tracked(world, file) {
            Ok(text) => text,
            Err(Unreliable::Unreadable(why)) => return Some(DeclaredVersion::Unread(why)),
            Err(Unreliable::Untracked(_)) => return None,
        };
        let (version, line) = self.stands.find(&text)?;
        Some(DeclaredVersion::Static { version, path: file.display().to_string(), line })
    }
}

fn setuptools(base: &Path, how: &str, what: &str) -> Option<Source> {
    if how == "file" {
        return Some(Source { files: vec![within(base, what)?], stands: Stands::Alone });
    }
    let (module, name) = what.rsplit_once('.')?;
    Some(Source { files: modules(base, module), stands: Stands::Assigned(regex::escape(name)) })
}

fn source<'t>(decoder: &mut Decoder<'_>, table: Fields<'t>, base: &Path) -> Option<Source> {
    let tool = decoder.table_at(table, "tool");
    let of_tool = |decoder: &mut Decoder<'_>, names: &[&str]| {
        names.iter().try_fold(tool?, |table, name| decoder.table_at(table, name))
    };
    if let Some(hatch) = of_tool(decoder, &["hatch", "version"]) {
        let pattern = decoder.text_at(hatch, "pattern").map(str::to_owned);
        let stands = pattern.map_or_else(|| Stands::Assigned("__version__|VERSION".to_owned()), Stands::Matching);
        return Some(Source { files: vec![within(base, decoder.text_at(hatch, "path")?)?], stands });
    }
    if let Some(pdm) = of_tool(decoder, &["pdm", "version"]) {
        let stands = Stands::Assigned("__version__".to_owned());
        return Some(Source { files: vec![within(base, decoder.text_at(pdm, "path")?)?], stands });
    }
    if let Some(version) = of_tool(decoder, &["setuptools", "dynamic", "version"]) {
        let how = if version.has("file") { "file" } else { "attr" };
        return setuptools(base, how, decoder.text_at(version, how)?);
    }
    let build = decoder.table_at(table, "build-system")?;
    let backend = decoder.text_at(build, "build-backend")?.to_owned();
    if !backend.starts_with("flit_core") {
        return None;
    }
    let named = of_tool(decoder, &["flit", "module"]).and_then(|module| decoder.text_at(module, "name"));
    let project = decoder.table_at(table, "project").and_then(|project| decoder.text_at(project, "name"));
    let module = named.map(str::to_owned).or_else(|| Some(project?.replace('-', "_")))?;
    Some(Source { files: modules(base, &module), stands: Stands::Assigned("__version__".to_owned()) })
}

/// The files that a module may be.
fn modules(base: &Path, module: &str) -> Vec<PathBuf> {
    let path = module.replace('.', "/");
    let below = ["src/", ""].iter().flat_map(|top| [format!("{top}{path}/__init__.py"), format!("{top}{path}.py")]);
    below.filter_map(|file| within(base, file)).collect()
}

impl Stands {
    /// The one version in a text, with its line from 1; none where there are several.
    fn find(&self, text: &str) -> Option<(String, usize)> {
        let pattern = match self {
            Self::Alone => r"\A\s*(?P<version>\S+)\s*\z".to_owned(),
            Self::Assigned(names) => {
                format!(
                    r#"(?m)^(?:{names})[ \t]*(?::[ \t]*[\w.\[\]]+[ \t]*)?=[ \t]*["']v?(?P<version>[^"'\n]+)["'][ \t]*(?:#.*)?\r?$"#
                )
            }
            Self::Matching(pattern) => format!("(?m){pattern}"),
        };
        let pattern = Regex::new(&pattern).ok()?;
        let mut found = pattern.captures_iter(text).filter_map(|found| found.name("version"));
        let (version, others) = (found.next()?, found.next());
        let line = text.get(..version.start())?.matches('\n').count() + 1;
        (others.is_none() && is_version(version.as_str())).then(|| (version.as_str().to_owned(), line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_read_and_nothing_else() {
        let assigned = Stands::Assigned("__version__".to_owned());
        for (text, expected) in [
            ("import os\n__version__ = \"1.2.3\"\n", Some(("1.2.3", 2))),
            ("__version__: str = 'v1.2.3'  # it\n", Some(("1.2.3", 1))),
            ("__version__: Final[str] = '1.2.3'\r\n", Some(("1.2.3", 1))),
            ("    __version__ = '1.2.3'\n", None),
            ("__version__ = version('demo')\n", None),
            ("__version__ = '1.2.3'\n__version__ = '1.2.4'\n", None),
            ("__version__ = '1.2.3' + local\n", None),
            ("__version__ = 'unknown'\n", None),
            ("", None),
        ] {
            let expected = expected.map(|(version, line)| (version.to_owned(), line));
            assert_eq!(assigned.find(text), expected, "{text}");
        }
        assert_eq!(Stands::Alone.find("\n1.2.3\n"), Some(("1.2.3".to_owned(), 2)));
        assert_eq!(Stands::Alone.find("1.2.3 beta\n"), None);
        let matching = Stands::Matching("release = (?P<version>[0-9.]+)".to_owned());
        assert_eq!(matching.find("a\nrelease = 1.2.3\n"), Some(("1.2.3".to_owned(), 2)));
        assert_eq!(Stands::Matching("(".to_owned()).find("1"), None);
    }
}
