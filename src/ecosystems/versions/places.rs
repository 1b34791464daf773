//! Files beside the manifests that state a project's version, and how it stands in them.

use regex::Regex;
use serde_json::Value;

use crate::config::release::is_version;

/// A file that may state the version.
pub(super) struct Place {
    /// Relative to the directory of release.yaml.
    pub(super) file: &'static str,
    /// Where in it.
    pub(super) stands: Stands,
}

/// Where in a file a version stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stands {
    /// It is the only line.
    Alone,
    /// A key of a section, in TOML's or an INI file's way.
    Section(&'static str, &'static str),
    /// A key at the top of a YAML file.
    Top(&'static str),
    /// A text of a JSON object: by the first of these ways that leads to one, if the object has the key.
    Json { has: &'static str, ways: &'static [&'static [&'static str]] },
}

/// The places, in the order of the report.
pub(super) const PLACES: [Place; 14] = [
    Place { file: "VERSION", stands: Stands::Alone },
    Place { file: "VERSION.txt", stands: Stands::Alone },
    Place { file: "version", stands: Stands::Alone },
    Place { file: "version.txt", stands: Stands::Alone },
    Place { file: "pyproject.toml", stands: Stands::Section("tool.commitizen", "version") },
    Place { file: "pyproject.toml", stands: Stands::Section("tool.bumpversion", "current_version") },
    Place { file: ".cz.toml", stands: Stands::Section("tool.commitizen", "version") },
    Place { file: ".bumpversion.toml", stands: Stands::Section("tool.bumpversion", "current_version") },
    Place { file: ".bumpversion.cfg", stands: Stands::Section("bumpversion", "current_version") },
    Place { file: "setup.cfg", stands: Stands::Section("bumpversion", "current_version") },
    Place { file: "tauri.conf.json", stands: TAURI },
    Place { file: "src-tauri/tauri.conf.json", stands: TAURI },
    // Bower took it from its tag in the end, and whoever has one beside a package.json still writes it.
    Place { file: "bower.json", stands: Stands::Json { has: "", ways: &[&["version"]] } },
    // Of a browser extension; a web application's has no such key.
    Place {
        file: "manifest.json",
        stands: Stands::Json { has: "manifest_version", ways: &[&["version_name"], &["version"]] },
    },
];

const TAURI: Stands = Stands::Json { has: "", ways: &[&["version"], &["package", "version"]] };

impl Stands {
    /// The version in a text, with its line from 1 where it is known; `None` where there is none.
    ///
    /// # Errors
    /// Why nobody can tell.
    pub(super) fn find(self, text: &str) -> Result<Option<(String, Option<usize>)>, String> {
        let found = match self {
            Self::Alone => alone(text),
            Self::Section(section, key) => in_section(text, section, key),
            Self::Top(key) => at_top(text, key),
            Self::Json { has, ways } => return json(text, has, ways),
        };
        Ok(found.map(|(version, line)| (version, Some(line))))
    }
}

fn alone(text: &str) -> Option<(String, usize)> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (index, line) = lines.next()?;
    let is_only = lines.next().is_none() && is_version(line.trim());
    is_only.then(|| (line.trim().to_owned(), index + 1))
}

fn in_section(text: &str, section: &str, key: &str) -> Option<(String, usize)> {
    let header = format!("[{section}]");
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| line.trim() != header).skip(1);
    let mut own = std::iter::from_fn(|| lines.next().filter(|(_, line)| !line.trim_start().starts_with('[')));
    own.find_map(|(index, line)| {
        let value = line.trim().strip_prefix(key)?.trim_start().strip_prefix('=')?;
        version_in(value).map(|version| (version, index + 1))
    })
}

fn at_top(text: &str, key: &str) -> Option<(String, usize)> {
    text.lines().enumerate().find_map(|(index, line)| {
        let value = line.strip_prefix(key)?.strip_prefix(':')?;
        version_in(value).map(|version| (version, index + 1))
    })
}

/// What stands behind a key, in quotes or not, a comment behind it aside.
fn version_in(value: &str) -> Option<String> {
    let value = value.trim();
    let version = match value.strip_prefix(['"', '\'']) {
        Some(rest) => rest.split(['"', '\'']).next()?,
        None => value.split([' ', '\t', '#']).next()?,
    };
    is_version(version).then(|| version.to_owned())
}

fn json(text: &str, has: &str, ways: &[&[&str]]) -> Result<Option<(String, Option<usize>)>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not valid JSON: {error}"))?;
    if !has.is_empty() && value.get(has).is_none() {
        return Ok(None);
    }
    let at = |way: &&[&str]| way.iter().try_fold(&value, |value, key| value.get(*key))?.as_str();
    let version = ways.iter().find_map(at).filter(|version| is_version(version));
    Ok(version.map(|version| (version.to_owned(), line_of(text, version))))
}

/// The line of a value that stands once in quotes, from 1.
fn line_of(text: &str, value: &str) -> Option<usize> {
    let quoted = format!("\"{value}\"");
    let mut lines = text.lines().enumerate().filter(|(_, line)| line.contains(&quoted) && line.contains("ersion"));
    lines.next().map(|(index, _)| index + 1)
}

/// Every place where a pattern, with `{version}` in it, has a version, with its line from 1.
///
/// # Errors
/// The pattern has no `{version}`.
pub(super) fn matches(text: &str, pattern: &str) -> Result<Vec<(String, usize)>, String> {
    let (before, after) = pattern.split_once("{version}").ok_or("it has no `{version}`")?;
    let whole = format!("{}([0-9A-Za-z][0-9A-Za-z.+_!-]*){}", regex::escape(before), regex::escape(after));
    let whole = Regex::new(&whole).map_err(|error| error.to_string())?;
    let found = whole.captures_iter(text).filter_map(|found| {
        let version = found.get(1)?;
        let line = text.get(..version.start())?.matches('\n').count() + 1;
        is_version(version.as_str()).then(|| (version.as_str().to_owned(), line))
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(stands: Stands, text: &str) -> Option<(String, Option<usize>)> {
        stands.find(text).unwrap()
    }

    fn at(version: &str, line: usize) -> Option<(String, Option<usize>)> {
        Some((version.to_owned(), Some(line)))
    }

    #[test]
    fn a_version_stands_alone_in_a_section_at_the_top_or_in_json() {
        assert_eq!(found(Stands::Alone, "\n1.2.3\n\n"), at("1.2.3", 2));
        for other in ["", "1.2.3\n1.2.4\n", "see docs\n", "release 1.2.3\n"] {
            assert_eq!(found(Stands::Alone, other), None, "{other}");
        }
        let section = Stands::Section("tool.commitizen", "version");
        let text = "[tool.x]\nversion = \"9\"\n[tool.commitizen]\nname = \"a\"\nversion = '1.2.3' # it\n";
        assert_eq!(found(section, text), at("1.2.3", 5));
        assert_eq!(found(section, "[tool.commitizen]\n[tool.x]\nversion = \"9\"\n"), None);
        assert_eq!(found(section, "[tool.commitizen]\nversion_scheme = \"1.2\"\n"), None);
        assert_eq!(found(Stands::Top("version"), "a:\n  version: 9\nversion: \"1.2.3\"\n"), at("1.2.3", 3));
        assert_eq!(found(TAURI, "{\n \"version\": \"1.2.3\"}"), at("1.2.3", 2));
        assert_eq!(found(TAURI, "{\n \"package\": {\"version\": \"1.2.3\"}}"), at("1.2.3", 2));
        assert_eq!(found(TAURI, "{\"version\": \"../package.json\"}"), None);
        let extension = PLACES[13].stands;
        assert_eq!(found(extension, "{\"version\": \"1.2.3\"}"), None);
        assert_eq!(found(extension, "{\"manifest_version\": 3, \"version\": \"1.2.3\"}"), at("1.2.3", 1));
        assert!(TAURI.find("{").is_err());
    }

    #[test]
    fn a_pattern_is_a_text_around_the_version() {
        let text = "#define A 1\n#define VERSION \"1.2.3\"\n";
        assert_eq!(matches(text, "VERSION \"{version}\""), Ok(vec![("1.2.3".to_owned(), 2)]));
        assert_eq!(matches(text, "VERSION.\"{version}\""), Ok(Vec::new()));
        assert!(matches(text, "VERSION").is_err());
    }
}
