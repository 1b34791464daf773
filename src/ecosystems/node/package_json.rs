//! package.json: what it declares, with the line of each requirement.

use std::collections::HashSet;
use std::path::Path;

use super::catalogs::Catalogs;
use super::overrides::Overrides;
use crate::ecosystems::Scope;
use crate::model::problem::Problem;
use crate::structured::decode::Decoder;
use crate::structured::node::{Entry, Node, Value};

/// A table of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Runtime,
    Dev,
    Optional,
    Peer,
}

impl Table {
    fn of(key: &str) -> Option<Self> {
        match key {
            "dependencies" => Some(Self::Runtime),
            "devDependencies" => Some(Self::Dev),
            "optionalDependencies" => Some(Self::Optional),
            "peerDependencies" => Some(Self::Peer),
            _ => None,
        }
    }

    /// Where it counts.
    pub(super) fn scope(self) -> Scope {
        match self {
            Self::Runtime => Scope::Runtime,
            Self::Dev => Scope::Dev,
            Self::Optional | Self::Peer => Scope::Optional,
        }
    }
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) table: Table,
    pub(super) name: String,
    pub(super) requirement: String,
    /// From 1.
    pub(super) line: usize,
}

/// What a package.json declares.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) name: Option<String>,
    /// The version and its line.
    pub(super) version: Option<(String, usize)>,
    /// In file order.
    pub(super) declared: Vec<Declared>,
    /// Peers that `peerDependenciesMeta` calls optional.
    pub(super) optional_peers: HashSet<String>,
    /// The patterns of `workspaces`.
    pub(super) workspaces: Vec<String>,
    pub(super) catalogs: Catalogs,
    pub(super) overrides: Overrides,
}

/// Reads a package.json.
///
/// # Errors
/// A syntax error, or every value of a wrong type and every repeated key.
pub(super) fn read(path: &Path, text: &str) -> Result<Package, Vec<Problem>> {
    let shown = path.display().to_string();
    Decoder::json(&shown, text, |decoder, node| {
        let mut reader = Reader { decoder, package: Package::default() };
        for entry in reader.decoder.entries(node, "package.json")? {
            reader.entry(entry);
        }
        Some(reader.package)
    })
}

/// Reads what counts, and gathers what is wrong with it.
struct Reader<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    package: Package,
}

impl Reader<'_, '_> {
    fn entry(&mut self, entry: &Entry<'_>) {
        let (key, value) = (entry.key.as_ref(), &entry.value);
        if let Some(table) = Table::of(key) {
            return self.table(table, key, value);
        }
        match key {
            "name" => self.package.name = self.string(value, key),
            "version" => {
                let line = self.decoder.line(&value.span);
                self.package.version = self.string(value, key).map(|version| (version, line));
            }
            "peerDependenciesMeta" => self.peers_meta(value),
            "workspaces" => self.workspaces(value),
            "overrides" | "resolutions" => self.overrides(key, value),
            "pnpm" => {
                for inner in self.object(value, key).iter().filter(|inner| inner.key == "overrides") {
                    self.overrides("pnpm.overrides", &inner.value);
                }
            }
            "catalog" | "catalogs" => self.catalogs(entry),
            _ => {}
        }
    }

    fn table(&mut self, table: Table, key: &str, value: &Node<'_>) {
        for Entry { key: name, span, value } in self.object(value, key) {
            if let Some(requirement) = self.string(value, &format!("{key}.{name}")) {
                let (name, line) = (name.to_string(), self.decoder.line(span));
                self.package.declared.push(Declared { table, name, requirement, line });
            }
        }
    }

    fn peers_meta(&mut self, value: &Node<'_>) {
        for peer in self.object(value, "peerDependenciesMeta") {
            let meta = self.object(&peer.value, &peer.key);
            if meta.iter().any(|m| m.key == "optional" && m.value.boolean() == Some(true)) {
                self.package.optional_peers.insert(peer.key.to_string());
            }
        }
    }

    /// A list of patterns, or an object that holds them under `packages`.
    fn workspaces(&mut self, value: &Node<'_>) {
        let Value::Mapping(_) = &value.value else { return self.patterns(value, "workspaces") };
        for entry in self.object(value, "workspaces") {
            match entry.key.as_ref() {
                "packages" => self.patterns(&entry.value, "workspaces.packages"),
                "catalog" | "catalogs" => self.catalogs(entry),
                _ => {}
            }
        }
    }

    fn patterns(&mut self, value: &Node<'_>, what: &str) {
        for item in self.decoder.list(value, what).unwrap_or_default() {
            let pattern = self.string(item, what);
            self.package.workspaces.extend(pattern);
        }
    }

    fn overrides(&mut self, what: &str, value: &Node<'_>) {
        for Entry { key, value, .. } in self.object(value, what) {
            let Value::Mapping(_) = &value.value else {
                let requirement = self.string(value, &format!("{what}.{key}"));
                self.package.overrides.add(key, requirement.as_deref());
                continue;
            };
            // npm: what stands under `.` is for the package itself, the rest for what it depends on.
            let own = self.object(value, key).iter().find(|inner| inner.key == ".");
            let requirement = own.and_then(|own| self.string(&own.value, key));
            self.package.overrides.add(key, requirement.as_deref());
        }
    }

    fn catalogs(&mut self, entry: &Entry<'_>) {
        for inner in self.object(&entry.value, &entry.key) {
            if entry.key == "catalog" {
                let requirement = self.string(&inner.value, &inner.key);
                self.package.catalogs.add("", &inner.key, requirement);
                continue;
            }
            for one in self.object(&inner.value, &inner.key) {
                let requirement = self.string(&one.value, &one.key);
                self.package.catalogs.add(&inner.key, &one.key, requirement);
            }
        }
    }

    /// The entries of an object; of anything else none, and it is told.
    fn object<'n>(&mut self, node: &'n Node<'_>, what: &str) -> &'n [Entry<'n>] {
        self.decoder.entries(node, what).unwrap_or_default()
    }

    fn string(&mut self, node: &Node<'_>, what: &str) -> Option<String> {
        self.decoder.any_text(node, what).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_in_file_order_with_lines() {
        let text = "{\n\"peerDependencies\": {\"p\": \">=1\"},\n\"dependencies\": {\n\"a\": \"1.0.0\",\n\"b\": \"\"},\n\
                    \"optionalDependencies\": {\"o\": \"*\"}, \"devDependencies\": {\"d\": \"~2\"},\n\"version\":\n\"1.2.3\"}";
        let package = read(Path::new("package.json"), text).expect("a package");
        let found: Vec<_> =
            package.declared.iter().map(|d| (d.table, d.name.as_str(), d.requirement.as_str(), d.line)).collect();
        let expected = [
            (Table::Peer, "p", ">=1", 2),
            (Table::Runtime, "a", "1.0.0", 4),
            (Table::Runtime, "b", "", 5),
            (Table::Optional, "o", "*", 6),
            (Table::Dev, "d", "~2", 6),
        ];
        assert_eq!(found, expected);
        assert_eq!(package.version, Some(("1.2.3".to_owned(), 8)));
    }

    #[test]
    fn wrong_types_and_repeated_keys_are_all_found() {
        let text = "{\"version\": 1,\n\"dependencies\": [1],\n\"devDependencies\": {\"a\": 1, \"b\": \"1\", \"b\": \"2\"},\n\
                    \"workspaces\": \"packages/*\",\n\"name\": \"x\", \"name\": \"y\", \"overrides\": null}";
        let problems = read(Path::new("package.json"), text).expect_err("problems");
        let found: Vec<_> =
            problems.iter().map(|p| (p.place.as_ref().map_or(0, |place| place.line), p.message.as_str())).collect();
        let expected = [
            (1, "`version` must be a string; this is a number"),
            (2, "`dependencies` must be an object; this is an array"),
            (3, "`devDependencies.a` must be a string; this is a number"),
            (3, "the key `b` is here twice"),
            (4, "`workspaces` must be an array; this is a string"),
            (5, "the key `name` is here twice"),
            (5, "`overrides` must be an object; this is null"),
        ];
        assert_eq!(found, expected);
        assert_eq!(read(Path::new("package.json"), "[]").expect_err("a problem").len(), 1);
    }

    #[test]
    fn workspaces_and_optional_peers() {
        let text = r#"{"workspaces": {"packages": ["a", "!b"], "nohoist": ["x"], "catalog": {"react": "19.0.0"}},
            "peerDependenciesMeta": {"p": {"optional": true}, "q": {"optional": false}, "r": {}}}"#;
        let package = read(Path::new("package.json"), text).expect("a package");
        assert_eq!(package.workspaces, ["a", "!b"]);
        assert_eq!(package.optional_peers, HashSet::from(["p".to_owned()]));
        assert_eq!(package.catalogs.get("", "react"), Some("19.0.0"));
    }
}
