//! package.json: what it declares, with the line of each requirement.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use super::catalogs::Catalogs;
use super::json::{self, Member, Node};
use super::overrides::Overrides;
use crate::ecosystems::Scope;
use crate::model::problem::{PROBLEM_LIMIT, Problem};

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
    let node = json::parse(path, text).map_err(|problem| vec![problem])?;
    let mut decoder = Decoder::new(path, text);
    let mut package = Package::default();
    for member in decoder.object(&node, "package.json") {
        decoder.member(&mut package, &member);
    }
    if decoder.problems.is_empty() { Ok(package) } else { Err(decoder.problems) }
}

struct Decoder<'a> {
    path: String,
    text: &'a str,
    line_ends: Vec<usize>,
    problems: Vec<Problem>,
}

impl<'a> Decoder<'a> {
    fn new(path: &Path, text: &'a str) -> Self {
        let line_ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { path: path.display().to_string(), text, line_ends, problems: Vec::new() }
    }

    fn member(&mut self, package: &mut Package, member: &Member<'a>) {
        let (key, value) = (member.key.as_str(), &member.value);
        if let Some(table) = Table::of(key) {
            return self.table(package, table, key, value);
        }
        match key {
            "name" => package.name = self.string(value, key),
            "version" => package.version = self.string(value, key).map(|version| (version, self.line(&value.span()))),
            "peerDependenciesMeta" => self.peers_meta(package, value),
            "workspaces" => self.workspaces(package, value),
            "overrides" | "resolutions" => self.overrides(package, key, value),
            "pnpm" => {
                for inner in self.object(value, key).into_iter().filter(|inner| inner.key == "overrides") {
                    self.overrides(package, "pnpm.overrides", &inner.value);
                }
            }
            "catalog" | "catalogs" => self.catalogs(package, member),
            _ => {}
        }
    }

    fn table(&mut self, package: &mut Package, table: Table, key: &str, value: &Node<'a>) {
        for Member { key: name, key_span, value } in self.object(value, key) {
            if let Some(requirement) = self.string(&value, &format!("{key}.{name}")) {
                let line = self.line(&key_span);
                package.declared.push(Declared { table, name, requirement, line });
            }
        }
    }

    fn peers_meta(&mut self, package: &mut Package, value: &Node<'a>) {
        for peer in self.object(value, "peerDependenciesMeta") {
            let meta = self.object(&peer.value, &peer.key);
            if meta.iter().any(|m| m.key == "optional" && m.value.kind() == "a boolean" && is_true(&m.value, self.text))
            {
                package.optional_peers.insert(peer.key);
            }
        }
    }

    /// An array of patterns, or an object that holds them under `packages`.
    fn workspaces(&mut self, package: &mut Package, value: &Node<'a>) {
        let Some(members) = (value.kind() == "an object").then(|| self.object(value, "workspaces")) else {
            return self.patterns(package, value, "workspaces");
        };
        for member in members {
            match member.key.as_str() {
                "packages" => self.patterns(package, &member.value, "workspaces.packages"),
                "catalog" | "catalogs" => self.catalogs(package, &member),
                _ => {}
            }
        }
    }

    fn patterns(&mut self, package: &mut Package, value: &Node<'a>, what: &str) {
        let Some(items) = value.array() else { return self.wrong_type(value, what, "an array") };
        package.workspaces.extend(items.iter().filter_map(|item| self.string(item, what)));
    }

    fn overrides(&mut self, package: &mut Package, what: &str, value: &Node<'a>) {
        for Member { key, value, .. } in self.object(value, what) {
            if value.kind() != "an object" {
                let requirement = self.string(&value, &format!("{what}.{key}"));
                package.overrides.add(&key, requirement.as_deref());
                continue;
            }
            // npm: what stands under `.` is for the package itself, the rest for what it depends on.
            let own = self.object(&value, &key).into_iter().find(|inner| inner.key == ".");
            package.overrides.add(&key, own.and_then(|own| self.string(&own.value, &key)).as_deref());
        }
    }

    fn catalogs(&mut self, package: &mut Package, member: &Member<'a>) {
        for inner in self.object(&member.value, &member.key) {
            if member.key == "catalog" {
                let requirement = self.string(&inner.value, &inner.key);
                package.catalogs.add("", &inner.key, requirement);
                continue;
            }
            for entry in self.object(&inner.value, &inner.key) {
                let requirement = self.string(&entry.value, &entry.key);
                package.catalogs.add(&inner.key, &entry.key, requirement);
            }
        }
    }

    /// The members of an object; a key that stands there twice is a problem, for readers differ on which one counts.
    fn object(&mut self, node: &Node<'a>, what: &str) -> Vec<Member<'a>> {
        let Some(members) = node.object() else {
            self.wrong_type(node, what, "an object");
            return Vec::new();
        };
        let mut seen = HashSet::new();
        for member in &members {
            if !seen.insert(member.key.as_str()) {
                let message = format!("the key `{}` is here twice", member.key);
                self.problem(member.key_span.clone(), message, "keep one of the two");
            }
        }
        members
    }

    fn string(&mut self, node: &Node<'a>, what: &str) -> Option<String> {
        let string = node.string();
        if string.is_none() {
            self.wrong_type(node, what, "a string");
        }
        string
    }

    fn wrong_type(&mut self, node: &Node<'a>, what: &str, kind: &str) {
        let message = format!("`{what}` must be {kind}; this is {}", node.kind());
        self.problem(node.span(), message, &format!("write {kind}"));
    }

    fn problem(&mut self, span: Range<usize>, message: String, help: &str) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(Problem::at(&self.path, self.text, span, message).help(help));
        }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.line_ends.partition_point(|end| *end < span.start) + 1
    }
}

fn is_true(node: &Node<'_>, text: &str) -> bool {
    &text[node.span()] == "true"
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
            (5, "the key `name` is here twice"),
            (1, "`version` must be a string; this is a number"),
            (2, "`dependencies` must be an object; this is an array"),
            (3, "the key `b` is here twice"),
            (3, "`devDependencies.a` must be a string; this is a number"),
            (4, "`workspaces` must be an array; this is a string"),
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
