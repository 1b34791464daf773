//! Helm's charts: Chart.yaml and Chart.lock, and requirements.yaml and its lock of charts of the first version.
//! <https://helm.sh/docs/topics/charts/#chart-dependencies>

use std::fmt::Write;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::fixed::{self, is_sha256};
use super::lockfiles;
use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Fault, Manifest, Pin, Scope};
use crate::config::release;
use crate::model::problem::Problem;
use crate::structured::decode::Decoder;
use crate::structured::node::Node;
use crate::structured::yaml_values;
use crate::world::{Refused, World};

/// The manifest and its lock file, and where a chart of the first version has its dependencies.
const FILE: &str = "Chart.yaml";
const LOCK: &str = "Chart.lock";
const OLD_FILE: &str = "requirements.yaml";
const OLD_LOCK: &str = "requirements.lock";

/// The largest lock file that is read, in bytes.
const LOCK_LIMIT: u64 = 64 << 20;

/// Reads the Chart.yaml at `path` (relative to the root) whose text is `text`, and the lock file.
///
/// # Errors
/// A syntax error, and values of the wrong type.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut chart = Chart::parse(path, text)?;
    let (version, application) = (chart.version.clone(), chart.application.clone());
    let mut manifest = Manifest { name: chart.name.clone(), version, application, ..Manifest::default() };
    if chart.is_old {
        let path = folder.join(OLD_FILE);
        match world.drafted(&path, SIZE_LIMIT) {
            Ok(text) => {
                let shown = path.display().to_string();
                manifest.unproven.extend(text.note(&shown));
                chart = Chart { is_old: true, ..Chart::parse(&path, &text.content)? };
            }
            Err(Refused::Missing) => {}
            Err(error) => manifest.unproven.push(error.about(&path.display().to_string())),
        }
    }
    let lock_path = folder.join(if chart.is_old { OLD_LOCK } else { LOCK });
    let lock = lockfiles::parsed(world, &lock_path, Lock::parse);
    if let Ok(lock) = &lock {
        manifest.faults.extend(chart.stale(lock, &lock_path));
    }
    let row = |declared: &Declared| {
        let exact = declared.exact(world, folder);
        let lock = match (declared.is_local(), &lock) {
            (true, _) => exact.clone(),
            (false, Ok(lock)) => lock.judge(declared, &lock_path),
            (false, Err(pin)) => pin.clone(),
        };
        Dependency {
            name: declared.says.name.clone(),
            requirement: declared.says.version.clone(),
            scope: Scope::Runtime,
            path: chart.path.display().to_string(),
            line: Some(declared.line),
            exact,
            lock,
        }
    };
    manifest.dependencies = chart.declared.iter().map(row).collect();
    Ok(manifest)
}

/// A Chart.yaml, or a requirements.yaml.
struct Chart {
    /// Relative to the root.
    path: PathBuf,
    name: Option<String>,
    version: DeclaredVersion,
    /// `appVersion`
    application: DeclaredVersion,
    /// Its dependencies stand in requirements.yaml.
    is_old: bool,
    declared: Vec<Declared>,
}

struct Declared {
    says: Requirement,
    /// From 1.
    line: usize,
}

/// A dependency, in the order and with the names in which Helm makes a text of it for the digest.
#[derive(Clone, Serialize)]
struct Requirement {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    repository: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    condition: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    enabled: bool,
    #[serde(rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    import_values: Vec<Value>,
    #[serde(skip_serializing_if = "String::is_empty")]
    alias: String,
}

impl Chart {
    fn parse(path: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let shown = path.display().to_string();
        let empty = ("it is empty", "write the chart's name and version");
        Decoder::yaml(&shown, text, empty, |decoder, node| {
            let fields = decoder.table(node, FILE)?;
            let list = fields.get("dependencies").filter(|node| !node.is_null());
            let list = list.and_then(|node| decoder.list(node, "dependencies")).unwrap_or_default();
            let declared = list.iter().filter_map(|node| Declared::read(decoder, node)).collect();
            let version = |key: &str| {
                let Some(node) = fields.get(key).filter(|node| !node.is_null()) else {
                    return DeclaredVersion::Absent;
                };
                let line = decoder.line(&node.span);
                match node.scalar().filter(|(text, _)| release::is_version(text)) {
                    Some((text, _)) => DeclaredVersion::Static { version: text.to_owned(), path: shown.clone(), line },
                    None => DeclaredVersion::Dynamic(format!("the {key} of {shown}:{line} is no version")),
                }
            };
            Some(Self {
                version: version("version"),
                application: version("appVersion"),
                path: path.to_owned(),
                name: fields.get("name").and_then(Node::text).map(str::to_owned),
                is_old: fields.get("apiVersion").and_then(Node::text) == Some("v1"),
                declared,
            })
        })
    }

    /// What Helm refuses: a lock file that was made for other dependencies.
    fn stale(&self, lock: &Lock, lock_path: &Path) -> Option<Fault> {
        if self.declared.is_empty() && lock.dependencies.is_empty() || self.fits(lock) {
            return None;
        }
        let (path, chart) = (lock_path.display().to_string(), self.path.display());
        let what =
            format!("{path} is out of date: its digest does not fit {chart}; `helm dependency update` writes it anew");
        Some(Fault { line: lock.line, path, what })
    }

    fn fits(&self, lock: &Lock) -> bool {
        let asked = || self.declared.iter().map(|declared| &declared.says);
        // Helm puts the address in the place of a repository's short name before it makes the digest.
        let resolved = |(at, asked): (usize, &Requirement)| {
            let is_alias = asked.repository.starts_with('@') || asked.repository.starts_with("alias:");
            match lock.dependencies.get(at).filter(|_| is_alias) {
                Some(locked) => Requirement { repository: locked.repository.clone(), ..asked.clone() },
                None => asked.clone(),
            }
        };
        let all: Vec<_> = asked().enumerate().map(resolved).collect();
        let locked: Vec<_> = lock.dependencies.iter().map(Locked::requirement).collect();
        let asked: Vec<_> = asked().collect();
        let is_that = |digest: Option<String>| digest.as_ref() == Some(&lock.digest);
        is_that(digest(&(&all, &locked))) || self.is_old && is_that(digest(&Old { dependencies: &asked }))
    }
}

/// What the digest of Helm 2 is made of.
#[derive(Serialize)]
struct Old<'a> {
    dependencies: &'a [&'a Requirement],
}

/// The digest of a text in JSON as Go writes it.
fn digest(value: &impl Serialize) -> Option<String> {
    let text = serde_json::to_string(value).ok()?;
    let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let text = text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let digits = Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut digits, byte| {
        _ = write!(digits, "{byte:02x}");
        digits
    });
    Some(format!("sha256:{digits}"))
}

impl Declared {
    fn read(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Self> {
        let fields = decoder.table(node, "a dependency")?;
        let text = |key: &str| fields.get(key).and_then(scalar).unwrap_or_default();
        let list = |key: &str| {
            let items = fields.get(key).and_then(Node::items).unwrap_or_default();
            items.iter().filter_map(|node| node.to_json().ok().map(sorted)).collect()
        };
        let name = fields.required(decoder, "name", "a dependency")?;
        let says = Requirement {
            name: scalar(name).unwrap_or_default(),
            version: text("version"),
            repository: text("repository"),
            condition: text("condition"),
            tags: list("tags"),
            enabled: fields.get("enabled").and_then(Node::boolean).unwrap_or_default(),
            import_values: list("import-values"),
            alias: text("alias"),
        };
        Some(Self { says, line: decoder.line(&name.span) })
    }

    /// Whether it is a chart in a folder.
    fn is_local(&self) -> bool {
        self.says.repository.is_empty() || self.says.repository.starts_with("file://")
    }

    /// Whether it is one version without a lock file, or a part of the release.
    fn exact(&self, world: &World, folder: &Path) -> Pin {
        if let Some(path) = self.says.repository.strip_prefix("file://") {
            return fixed::local(world, folder, path, FILE);
        }
        if self.says.repository.is_empty() {
            return match fixed::local(world, folder, &format!("charts/{}", self.says.name), FILE) {
                // The folder may have it packed.
                Pin::Unproven(_) if self.is_packed(world, folder) => Pin::Pinned,
                pin => pin,
            };
        }
        match is_version(&self.says.version) {
            true => Pin::Pinned,
            false => Pin::Loose("it is not one version".to_owned()),
        }
    }

    fn is_packed(&self, world: &World, folder: &Path) -> bool {
        let names = world.listed(&folder.join("charts")).unwrap_or_default();
        let start = format!("{}-", self.says.name);
        names.iter().any(|(name, _)| name.starts_with(&start) && name.ends_with(".tgz"))
    }
}

/// The text of a scalar as Helm reads it: a number is the shortest one that is the same.
fn scalar(node: &Node<'_>) -> Option<String> {
    let (text, _) = node.scalar().filter(|_| !node.is_null())?;
    let number = node.number().and_then(|number| number.parse::<f64>().ok());
    Some(number.map_or_else(|| text.to_owned(), |number| number.to_string()))
}

/// The same value with its keys in the order of Go.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn is_version(text: &str) -> bool {
    let text = text.trim().trim_start_matches('=').trim();
    Version::parse(text.strip_prefix('v').unwrap_or(text)).is_ok()
}

/// Chart.lock.
struct Lock {
    dependencies: Vec<Locked>,
    digest: String,
    /// The digest's line, from 1, where it is known.
    line: Option<usize>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    dependencies: Option<Vec<Locked>>,
    digest: String,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    repository: String,
}

impl Lock {
    fn parse(text: &str) -> Result<Self, String> {
        let mut files: Vec<File> = yaml_values::documents(text, LOCK_LIMIT, 1)?;
        let File { dependencies, digest } = files.pop().ok_or("it is empty")?;
        if !digest.strip_prefix("sha256:").is_some_and(is_sha256) {
            return Err("its digest is no SHA-256".to_owned());
        }
        let line = text.lines().position(|line| line.starts_with("digest:")).map(|index| index + 1);
        Ok(Self { dependencies: dependencies.unwrap_or_default(), digest, line })
    }

    fn judge(&self, declared: &Declared, path: &Path) -> Pin {
        let path = path.display();
        let mut of_name = self.dependencies.iter().filter(|locked| locked.name == declared.says.name).peekable();
        let Some(first) = of_name.peek().map(|locked| locked.version.clone()) else {
            return Pin::Loose(format!("{path} does not have it"));
        };
        let bare = |version: &str| version.trim().trim_start_matches('=').trim().trim_start_matches('v').to_owned();
        let is_asked_for =
            |version: &str| !is_version(&declared.says.version) || bare(version) == bare(&declared.says.version);
        let mut fitting = of_name.filter(|locked| is_asked_for(&locked.version));
        match fitting.next() {
            Some(locked) if is_version(&locked.version) => Pin::Pinned,
            Some(locked) => Pin::Loose(format!("{path} has no version of it, but {}", locked.version)),
            None => Pin::Contradicted(format!("{path} has {first}, which contradicts the manifest")),
        }
    }
}

impl Locked {
    fn requirement(&self) -> Requirement {
        Requirement {
            name: self.name.clone(),
            version: self.version.clone(),
            repository: self.repository.clone(),
            condition: String::new(),
            tags: Vec::new(),
            enabled: false,
            import_values: Vec::new(),
            alias: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_helm_reads_it() {
        let chart = "dependencies:\n- {name: a, version: 1.10, repository: \"\"}\n- {name: b, version: \"1.10\"}\n";
        let chart = Chart::parse(Path::new("Chart.yaml"), chart).unwrap();
        let versions: Vec<_> = chart.declared.iter().map(|one| one.says.version.as_str()).collect();
        assert_eq!(versions, ["1.1", "1.10"]);
    }

    #[test]
    fn a_version_is_no_range() {
        for version in ["1.2.3", "v1.2.3", "=1.2.3", "1.2.3-rc.1+x"] {
            assert!(is_version(version), "{version}");
        }
        for range in ["1.2", "^1.2.3", "~1.2.3", ">=1.2.3", "*", "", "1.2.x", "1.2.3 || 1.2.4"] {
            assert!(!is_version(range), "{range}");
        }
    }
}
