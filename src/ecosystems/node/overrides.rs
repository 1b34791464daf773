//! `overrides` (npm, pnpm, Bun) and `resolutions` (Yarn): requirements that replace those of the tables.

use foldhash::HashMap;

use super::requirement;

/// The overrides that can touch a manifest's own dependencies. Those for what a dependency depends on are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Overrides {
    by_package: HashMap<String, Vec<Override>>,
    /// Every requirement that Yarn may put in the place of another, by the package's name, wherever it is asked for.
    anywhere: HashMap<String, Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Override {
    /// Only requirements that this one can meet are replaced.
    selector: Option<String>,
    requirement: String,
}

impl Overrides {
    pub(super) fn add(&mut self, key: &str, requirement: Option<&str>) {
        // pnpm's `-` takes a dependency out.
        let Some(requirement) = requirement.filter(|requirement| *requirement != "-") else { return };
        self.anywhere.entry(replaced(key)).or_default().push(requirement.to_owned());
        if let Some((package, selector)) = direct(key) {
            let entry = Override { selector, requirement: requirement.to_owned() };
            self.by_package.entry(package).or_default().push(entry);
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (package, entries) in &other.by_package {
            self.by_package.entry(package.clone()).or_default().extend(entries.iter().cloned());
        }
        for (package, requirements) in &other.anywhere {
            self.anywhere.entry(package.clone()).or_default().extend(requirements.iter().cloned());
        }
    }

    /// What may stand in the place of the requirements of other packages.
    pub(super) fn anywhere(&self) -> &HashMap<String, Vec<String>> {
        &self.anywhere
    }

    /// What replaces a requirement.
    pub(super) fn get(&self, package: &str, requirement: &str) -> Option<&str> {
        // What stands in a catalog is held against no selector: pnpm and Yarn look at the word `catalog:` itself.
        let has_range = !requirement.starts_with("catalog:");
        let applies = |entry: &&Override| {
            entry.selector.as_deref().is_none_or(|selector| has_range && requirement::may_meet(selector, requirement))
        };
        self.by_package.get(package)?.iter().find(applies).map(|entry| entry.requirement.as_str())
    }
}

/// The package that a key of Yarn's is about: the last name in it (`a`, `**/a`, `b/@s/a`, `a@npm:^1`).
fn replaced(key: &str) -> String {
    let (above, last) = key.rsplit_once('/').unwrap_or(("", key));
    let scope = above.rsplit('/').next().filter(|part| part.starts_with('@'));
    let name = last.split_once('@').map_or(last, |(name, _)| name);
    scope.map_or_else(|| name.to_owned(), |scope| format!("{scope}/{name}"))
}

/// The package and the selector of a key (`a`, `@s/a`, `a@^1`, `**/a`); `None` for one below a parent (`a>b`, `a/b`).
fn direct(key: &str) -> Option<(String, Option<String>)> {
    let key = key.strip_prefix("**/").unwrap_or(key);
    let scope = if key.starts_with('@') { key.find('/')? + 1 } else { 0 };
    let (package, selector) = match key[scope..].find('@') {
        Some(at) => (&key[..scope + at], Some(&key[scope + at + 1..])),
        None => (key, None),
    };
    let nested = package[scope..].contains(['/', '>']) || selector.is_some_and(|s| s.contains('/') || is_parent(s));
    let selector = selector.map(|s| s.strip_prefix("npm:").unwrap_or(s).to_owned());
    (!nested).then(|| (package.to_owned(), selector))
}

/// `1>b`: a `>` that does not begin a comparison.
fn is_parent(selector: &str) -> bool {
    selector.as_bytes().windows(2).any(|pair| pair[1] == b'>' && !matches!(pair[0], b' ' | b'|'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_touch_direct_dependencies() {
        let cases = [
            ("a", Some(("a", None))),
            ("@s/a", Some(("@s/a", None))),
            ("a@^1", Some(("a", Some("^1")))),
            ("@s/a@npm:^1", Some(("@s/a", Some("^1")))),
            ("a@>=1 <2", Some(("a", Some(">=1 <2")))),
            ("**/a", Some(("a", None))),
            ("**/@s/a", Some(("@s/a", None))),
            ("b>a", None),
            ("b@1>a", None),
            ("b/a", None),
            ("@s/b/a", None),
            ("b/**/a", None),
        ];
        for (key, expected) in cases {
            let expected = expected.map(|(package, selector)| (package.to_owned(), selector.map(str::to_owned)));
            assert_eq!(direct(key), expected, "{key}");
        }
    }

    #[test]
    fn the_last_name_of_a_key_is_replaced() {
        for key in ["@s/a", "**/@s/a", "b/@s/a", "@t/b/@s/a", "@s/a@npm:^1"] {
            assert_eq!(replaced(key), "@s/a", "{key}");
        }
        for key in ["a", "**/a", "b/a", "@t/b/**/a", "a@npm:1.0.0"] {
            assert_eq!(replaced(key), "a", "{key}");
        }
    }

    #[test]
    fn a_selector_limits_an_override() {
        let mut overrides = Overrides::default();
        overrides.add("a@^1", Some("1.5.0"));
        overrides.add("b", Some("-"));
        assert_eq!(overrides.get("a", "1.2.3"), Some("1.5.0"));
        assert_eq!(overrides.get("a", "2.0.0"), None);
        assert_eq!(overrides.get("b", "1.0.0"), None);
    }
}
