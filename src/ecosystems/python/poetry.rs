//! `[tool.poetry]`: dependencies, groups and extras in Poetry's own notation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pep440_rs::{Operator, Version};

use super::declared::{At, Declared, Wants, loose, normalized};
use super::requirement::{Specifier, parse_specifiers};
use super::requirements_txt::local;
use super::url::judge;
use crate::ecosystems::fixed::is_commit;
use crate::ecosystems::{Pin, Scope};
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Node, Value};

/// How many alternatives (`||`) a constraint may have.
const ALTERNATIVE_LIMIT: usize = 64;

/// Reads `[tool.poetry]`. `enriches` says that `[project] dependencies` has the requirements, and that an entry
/// without a source of its own only adds to them: the index of those is put into `declared`.
pub(super) fn read<'t>(
    decoder: &mut Decoder<'_>,
    table: Fields<'t>,
    folder: &Path,
    enriches: bool,
    declared: &mut Vec<Declared>,
) {
    let mut reader = Reader {
        decoder,
        folder,
        extras: BTreeSet::new(),
        indexes: BTreeMap::new(),
        enriched: BTreeMap::new(),
        declared: Vec::new(),
    };
    reader.extras(table);
    reader.indexes(table);
    if let Some(dependencies) = reader.decoder.table_at(table, "dependencies") {
        reader.dependencies(dependencies, Scope::Runtime, "", enriches);
    }
    if let Some(dependencies) = reader.decoder.table_at(table, "dev-dependencies") {
        reader.dependencies(dependencies, Scope::Dev, "dev", false);
    }
    let groups = reader.decoder.table_at(table, "group");
    for entry in groups.into_iter().flat_map(|groups| groups.entries()) {
        let name = entry.key.as_ref();
        let Some(group) = reader.decoder.table(&entry.value, name) else { continue };
        if let Some(dependencies) = reader.decoder.table_at(group, "dependencies") {
            reader.dependencies(dependencies, Scope::Dev, name, false);
        }
    }
    for one in declared.iter_mut() {
        one.index = reader.enriched.get(&one.key()).cloned();
    }
    declared.append(&mut reader.declared);
}

struct Reader<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    folder: &'d Path,
    /// The packages that an extra names.
    extras: BTreeSet<String>,
    /// The addresses of the indexes by their names, in lower case.
    indexes: BTreeMap<String, String>,
    /// The index of each package whose requirement stands in `[project]`.
    enriched: BTreeMap<String, String>,
    declared: Vec<Declared>,
}

impl Reader<'_, '_> {
    fn extras<'t>(&mut self, table: Fields<'t>) {
        let extras = self.decoder.table_at(table, "extras");
        for extra in extras.into_iter().flat_map(|extras| extras.entries()) {
            for item in self.decoder.list(&extra.value, &extra.key).unwrap_or_default() {
                let text = self.decoder.any_text(item, &extra.key);
                self.extras.extend(text.map(normalized));
            }
        }
    }

    fn indexes<'t>(&mut self, table: Fields<'t>) {
        for item in self.decoder.list_at(table, "source") {
            let source = self.decoder.table(item, "source");
            let named = source
                .and_then(|source| Some((self.decoder.text_at(source, "name")?, self.decoder.text_at(source, "url")?)));
            self.indexes.extend(named.map(|(name, url)| (name.to_lowercase(), url.to_owned())));
        }
    }

    /// The index that a package's table names.
    fn index(&mut self, table: Fields<'_>) -> Option<String> {
        let name = self.decoder.text_at(table, "source")?;
        self.indexes.get(&name.to_lowercase()).cloned()
    }

    fn dependencies<'t>(&mut self, table: Fields<'t>, scope: Scope, group: &str, enriches: bool) {
        for entry in table.entries().iter().filter(|entry| normalized(&entry.key) != "python") {
            let name = entry.key.as_ref();
            let extra = scope == Scope::Runtime && self.extras.contains(&normalized(name));
            let at = At {
                scope: if extra { Scope::Optional } else { scope },
                group: group.to_owned(),
                path: self.decoder.path().to_owned(),
                line: Some(self.decoder.line(&entry.span)),
            };
            entry.value.one_or_many().iter().for_each(|one| self.one(name, one, at.clone(), enriches));
        }
    }

    fn one<'t>(&mut self, name: &str, value: &'t Node<'t>, at: At, enriches: bool) {
        if let Some(text) = value.text() {
            return self.declared.push(version(name, text, at));
        }
        let Value::Mapping(_) = &value.value else {
            return self.decoder.wrong(value, name, "a string or a table").unwrap_or_default();
        };
        let Some(table) = self.decoder.table(value, name) else { return };
        let has_source = ["version", "git", "path", "file", "url"].iter().any(|key| table.has(key));
        if has_source || !enriches {
            let declared = self.table(name, table, at);
            self.declared.push(declared);
        } else if let Some(index) = self.index(table) {
            self.enriched.insert(normalized(name), index);
        }
    }

    fn table<'t>(&mut self, name: &str, table: Fields<'t>, mut at: At) -> Declared {
        if self.decoder.boolean_at(table, "optional") == Some(true) && at.scope == Scope::Runtime {
            at.scope = Scope::Optional;
        }
        let keys = ["git", "rev", "path", "file", "url", "version", "python", "markers", "platform"];
        let [git, rev, path, file, url, text, python, markers, platform] =
            keys.map(|key| self.decoder.text_at(table, key).filter(|value| !value.is_empty()));
        let limits: Vec<_> = [python, markers, platform].into_iter().flatten().collect();
        let declared = match (git, path.or(file), url) {
            (Some(git), _, _) => from_git(name, git, rev, "rev", at),
            (None, Some(path), _) => Declared { name: name.to_owned(), ..local(path, self.folder, at) },
            (None, None, Some(url)) => Declared::direct(name, url, at),
            (None, None, None) => version(name, text.unwrap_or_default(), at),
        };
        let extras = self.decoder.list_at(table, "extras").iter().filter_map(|extra| Some(extra.text()?.to_owned()));
        let (extras, index) = (extras.collect(), self.index(table));
        Declared { marker: (!limits.is_empty()).then(|| limits.join(" ; ")), extras, index, ..declared }
    }
}

/// A repository, at the commit that stands under a key.
pub(super) fn from_git(name: &str, git: &str, rev: Option<&str>, key: &str, at: At) -> Declared {
    let rev = rev.filter(|rev| is_commit(rev));
    let exact = if rev.is_some() { Pin::Pinned } else { loose(format!("no full commit id is named in `{key}`")) };
    Declared { exact, ..Declared::new(name, git, Wants::Direct(rev.map(str::to_lowercase)), at) }
}

fn version(name: &str, text: &str, at: At) -> Declared {
    // A bare URL is no version; it is told as what it is.
    if text.contains("://") {
        return Declared { exact: judge(text).pin, ..Declared::direct(name, text, at) };
    }
    match constraint(text) {
        Some(any) => Declared::new(name, text, Wants::Versions(any), at),
        None => {
            let why = "it is not a valid version constraint";
            Declared { exact: loose(why), ..Declared::new(name, text, Wants::Nothing, at) }
        }
    }
}

/// A constraint as alternatives of specifiers; `^`, `~` and a bare version become what they stand for.
pub(super) fn constraint(text: &str) -> Option<Vec<Vec<Specifier>>> {
    let text = text.replace("||", "|");
    let alternatives = text.split('|').map(str::trim).take(ALTERNATIVE_LIMIT + 1);
    let read = |part: &str| if part.is_empty() && text.contains('|') { None } else { all_of(part) };
    let any: Vec<_> = alternatives.map(read).collect::<Option<_>>()?;
    (any.len() <= ALTERNATIVE_LIMIT).then_some(any)
}

fn all_of(text: &str) -> Option<Vec<Specifier>> {
    let mut all = Vec::new();
    let mut operator = "";
    for word in text.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        let (own, version) = word.split_at(word.find(|c| !"^~=!<>".contains(c)).unwrap_or(word.len()));
        match (operator, own, version) {
            (_, "", "") | ("", _, "") => operator = own,
            ("", own, version) => all.append(&mut single(own, version)?),
            (before, "", version) => {
                all.append(&mut single(before, version)?);
                operator = "";
            }
            _ => return None,
        }
    }
    operator.is_empty().then_some(all)
}

fn single(operator: &str, version: &str) -> Option<Vec<Specifier>> {
    if operator.is_empty() && matches!(version, "*" | "x" | "X") {
        return Some(Vec::new());
    }
    match operator {
        "^" => range(version, caret),
        "~" => range(version, tilde),
        "" | "=" | "==" | "!=" => {
            let stars = version.trim_end_matches(['*', 'x', 'X', '.']);
            let is_wild = version.ends_with(".*") || version.ends_with(".x") || version.ends_with(".X");
            let operator = if operator == "!=" { "!=" } else { "==" };
            parse_specifiers(&if is_wild { format!("{operator}{stars}.*") } else { format!("{operator}{version}") })
        }
        _ => parse_specifiers(&format!("{operator}{version}")),
    }
}

fn range(text: &str, above: fn(&[u64]) -> Vec<u64>) -> Option<Vec<Specifier>> {
    let stars = text.trim_end_matches(['*', 'x', 'X', '.']);
    let version: Version = stars.parse().ok()?;
    let limit = Version::new(above(version.release())).with_epoch(version.epoch());
    let specifier =
        |operator, version: Version| Specifier { operator, written: version.to_string(), version: Some(version) };
    Some(vec![specifier(Operator::GreaterThanEqual, version), specifier(Operator::LessThan, limit)])
}

/// The next version that changes the first number that is not zero.
fn caret(release: &[u64]) -> Vec<u64> {
    let last = release.len().saturating_sub(1);
    let at = release.iter().position(|number| *number != 0).unwrap_or(last);
    raised(release, at)
}

/// The next minor version, or the next major one when only that is named.
fn tilde(release: &[u64]) -> Vec<u64> {
    raised(release, usize::from(release.len() > 1))
}

fn raised(release: &[u64], at: usize) -> Vec<u64> {
    release.iter().take(at + 1).enumerate().map(|(i, n)| if i == at { n.saturating_add(1) } else { *n }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_constraint_allows() {
        let cases: [(&str, &[&str], &[&str]); 15] = [
            ("1.2.3", &["1.2.3"], &["1.2.4"]),
            ("=1.2.3", &["1.2.3"], &["1.2.4"]),
            ("^1.2", &["1.2", "1.9"], &["1.1", "2.0"]),
            ("^0.2.3", &["0.2.9"], &["0.3"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4"]),
            ("^0", &["0.9"], &["1.0"]),
            ("~1.2.3", &["1.2.9"], &["1.3"]),
            ("~1", &["1.9"], &["2"]),
            ("~=1.4.2", &["1.4.9"], &["1.5"]),
            ("*", &["0", "99"], &[]),
            ("1.*", &["1.7"], &["2.0"]),
            ("1.2.x", &["1.2.7"], &["1.3"]),
            (">= 1.0 , < 2.0", &["1.5"], &["2.0"]),
            (">=1.0 <2.0 || 3.0", &["1.5", "3.0"], &["2.5"]),
            ("!=1.0", &["1.1"], &["1.0"]),
        ];
        for (text, allowed, refused) in cases {
            let any = constraint(text).unwrap_or_else(|| panic!("{text}"));
            let allows = |version: &&&str| {
                let version: Version = version.parse().expect("a version");
                any.iter().any(|all| all.iter().all(|one| one.allows(&version)))
            };
            assert_eq!(allowed.iter().filter(allows).count(), allowed.len(), "{text}");
            assert_eq!(refused.iter().filter(allows).count(), 0, "{text}");
        }
    }

    #[test]
    fn what_is_no_constraint() {
        let many = "1||".repeat(1_000) + "1";
        for text in
            ["latest", "^", "^x", "1.2.3 ^", ">=", "=>1", "^^1", "== ==1", "1.2.3.*.*.q", many.as_str(), "||", "1 ||"]
        {
            assert_eq!(constraint(text), None, "{text}");
        }
    }
}
