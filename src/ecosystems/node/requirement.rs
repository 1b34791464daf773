//! What a requirement of a package.json asks for: npm's `package-lock.json` documentation calls it a "spec".

use nodejs_semver::{Range, Version};

use crate::ecosystems::fixed::is_commit;

/// A requirement, by where the package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Requirement {
    /// A registry.
    Registry {
        /// The package behind an alias.
        package: Option<String>,
        /// A version, a range or a tag.
        range: String,
    },
    /// A folder or an archive beside the project.
    Local(String),
    /// A member of the workspace, with what follows `workspace:`.
    Workspace(String),
    /// A git repository, with what follows `#`.
    Git(String),
    /// An archive at a URL.
    Url,
    /// An entry of a catalog, by the catalog's name.
    Catalog(String),
}

impl Requirement {
    /// The catalog that a requirement names.
    pub(super) fn catalog(text: &str) -> Option<&str> {
        text.trim_start().strip_prefix("catalog:").map(str::trim)
    }

    pub(super) fn parse(text: &str) -> Self {
        if let Some(catalog) = Self::catalog(text) {
            return Self::Catalog(catalog.to_owned());
        }
        let text = text.trim();
        if let Some((protocol, rest)) = text.split_once(':') {
            match protocol {
                "npm" => return registry(rest),
                "jsr" => return jsr(rest),
                "workspace" => return Self::Workspace(rest.trim().to_owned()),
                "file" | "link" | "portal" => return Self::Local(rest.to_owned()),
                "patch" => return patched(rest),
                _ => {}
            }
        }
        match text {
            text if is_path(text) => Self::Local(text.to_owned()),
            text if is_git(text) => Self::Git(text.split_once('#').map_or("", |(_, fragment)| fragment).to_owned()),
            text if text.contains("://") => Self::Url,
            text => Self::Registry { package: None, range: text.to_owned() },
        }
    }
}

/// What follows `npm:`. Yarn writes a range there too, without a package.
fn registry(rest: &str) -> Requirement {
    let split = rest.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    let (package, range) = match split {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None if Range::parse(rest).is_ok() => (None, rest),
        None => (Some(rest), ""),
    };
    Requirement::Registry { package: package.map(str::to_owned), range: range.to_owned() }
}

/// `jsr:@scope/name@range` or `jsr:range`: on npm's side of JSR the package is `@jsr/scope__name`.
fn jsr(rest: &str) -> Requirement {
    let Requirement::Registry { package, range } = registry(rest) else { return Requirement::Url };
    let package = package.map(|name| format!("@jsr/{}", name.trim_start_matches('@').replace('/', "__")));
    Requirement::Registry { package, range }
}

/// `patch:name@npm%3A1.2.3#./fix.patch`: the patch is in the repository, so what it changes decides.
fn patched(rest: &str) -> Requirement {
    let inner = rest.split('#').next().unwrap_or_default().replace("%3A", ":").replace("%3a", ":");
    let at = inner.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at + 1);
    Requirement::parse(at.map_or("", |at| &inner[at..]))
}

fn is_path(text: &str) -> bool {
    let drive = matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    drive || matches!(text, "." | "..") || ["./", "../", "/", "~/", ".\\", "..\\"].iter().any(|p| text.starts_with(p))
}

/// npm's ways to name a git repository.
pub(super) fn is_git(text: &str) -> bool {
    let before = text.split('#').next().unwrap_or_default();
    // Most are a range of versions.
    if !before.contains([':', '/']) && !before.starts_with("git") {
        return false;
    }
    let schemes = ["git:", "git+", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:", "git@"];
    if schemes.iter().any(|scheme| before.starts_with(scheme)) {
        return true;
    }
    match before.split_once("://") {
        Some((_, rest)) => before.ends_with(".git") || is_hosted_repository(rest),
        None => is_shorthand(before),
    }
}

/// `github.com/owner/repo`, and nothing below it.
fn is_hosted_repository(rest: &str) -> bool {
    let mut parts = rest.trim_end_matches('/').split('/');
    let host = parts.next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let hosted = ["github.com", "www.github.com", "gitlab.com", "bitbucket.org"].contains(&host);
    hosted && parts.clone().count() == 2 && parts.all(|part| !part.is_empty())
}

/// `owner/repo`.
fn is_shorthand(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(['/', ' ', ':', '@']) && !part.starts_with('.');
    text.split_once('/').is_some_and(|(owner, repo)| plain(owner) && plain(repo))
}

/// The full commit that a fragment names: `<hex>`, `commit=<hex>` (Yarn), beside a path inside the repository.
pub(super) fn commit_of_fragment(fragment: &str) -> Option<&str> {
    let mut parts = fragment.split(['&']).flat_map(|part| part.split("::"));
    let other = |part: &&str| !["path:", "cwd=", "workspace="].iter().any(|key| part.starts_with(key));
    let commit = parts.by_ref().find(other)?;
    let commit = commit.strip_prefix("commit=").unwrap_or(commit);
    (is_commit(commit) && !parts.any(|part| other(&part))).then_some(commit)
}

/// The full commit somewhere in a resolved address, between punctuation.
pub(super) fn commit_in(address: &str) -> Option<&str> {
    address.rsplit(|c: char| !c.is_ascii_alphanumeric()).find(|part| is_commit(part))
}

/// Whether a registry range is one version: `1.2.3`, `=1.2.3`, `v1.2.3`.
pub(in crate::ecosystems) fn is_exact(range: &str) -> bool {
    exact_version(range).is_some()
}

fn exact_version(range: &str) -> Option<Version> {
    let version = range.trim().trim_start_matches(|c: char| c == '=' || c == 'v' || c.is_whitespace());
    // Most are ranges.
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let core = version.split(['-', '+']).next().unwrap_or_default();
    // The crate forgives what npm does not: a version has three numbers.
    let three = core.split('.').count() == 3 && core.split('.').all(is_number);
    if three { Version::parse(version).ok() } else { None }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Whether a version meets a range. Any version meets a tag (`latest`): only the registry knows what it means.
pub(in crate::ecosystems) fn meets(version: &str, range: &str) -> bool {
    let range = range.trim();
    // An empty alternative is met by any version, which the crate has otherwise.
    if range.split("||").any(|alternative| matches!(alternative.trim(), "" | "*")) {
        return true;
    }
    match (Range::parse(range), Version::parse(version)) {
        (Ok(range), Ok(version)) => range.satisfies(&version),
        (Ok(_), Err(_)) => false,
        (Err(_), _) => is_tag(range),
    }
}

/// Whether a word can be a tag; what is neither a tag nor a range is not a requirement.
pub(super) fn is_tag(range: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_.!~*'()".contains(c);
    !range.is_empty() && range.chars().all(plain)
}

/// Whether a range is one at all.
pub(super) fn is_valid(range: &str) -> bool {
    let range = range.trim();
    range.is_empty() || is_tag(range) || Range::parse(range).is_ok()
}

/// Whether some version may meet both; `true` where nobody can tell.
pub(super) fn may_meet(one: &str, other: &str) -> bool {
    let other = other.strip_prefix("npm:").unwrap_or(other);
    match (Range::parse(one), Range::parse(other)) {
        (Ok(a), Ok(b)) => a.intersect(&b).is_some(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_registry(package: Option<&str>, range: &str) -> Requirement {
        Requirement::Registry { package: package.map(str::to_owned), range: range.to_owned() }
    }

    #[test]
    fn requirements_by_where_the_package_comes_from() {
        let git = |fragment: &str| Requirement::Git(fragment.to_owned());
        let local = |path: &str| Requirement::Local(path.to_owned());
        let cases = [
            ("^1.2.3", from_registry(None, "^1.2.3")),
            ("", from_registry(None, "")),
            ("latest", from_registry(None, "latest")),
            ("1 - 2", from_registry(None, "1 - 2")),
            ("npm:left-pad@1.2.3", from_registry(Some("left-pad"), "1.2.3")),
            ("npm:@s/n@^1", from_registry(Some("@s/n"), "^1")),
            ("npm:@s/n", from_registry(Some("@s/n"), "")),
            ("npm:^1.0.0", from_registry(None, "^1.0.0")),
            ("jsr:@std/fs@1.0.0", from_registry(Some("@jsr/std__fs"), "1.0.0")),
            ("patch:a@npm%3A1.2.3#./a.patch", from_registry(None, "1.2.3")),
            ("patch:@s/a@npm%3A^1#~/.yarn/a.patch", from_registry(None, "^1")),
            ("workspace:*", Requirement::Workspace("*".to_owned())),
            ("workspace:../b", Requirement::Workspace("../b".to_owned())),
            ("catalog:", Requirement::Catalog(String::new())),
            ("catalog:react19", Requirement::Catalog("react19".to_owned())),
            ("file:../b", local("../b")),
            ("link:./b", local("./b")),
            ("../b.tgz", local("../b.tgz")),
            ("C:\\b", local("C:\\b")),
            ("owner/repo", git("")),
            ("owner/repo#main", git("main")),
            ("github:owner/repo#semver:^1", git("semver:^1")),
            ("git+https://host/r.git#abc", git("abc")),
            ("git+ssh://git@host:o/r.git", git("")),
            ("git@github.com:o/r.git#x", git("x")),
            ("https://github.com/o/r", git("")),
            ("https://user:x@github.com/o/r#v1", git("v1")),
            ("https://host/r.git#v1", git("v1")),
            ("https://github.com/o/r/archive/v1.tar.gz", Requirement::Url),
            ("https://host/a.tgz", Requirement::Url),
        ];
        for (text, expected) in cases {
            assert_eq!(Requirement::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn one_version_is_exact() {
        for exact in ["1.2.3", "=1.2.3", "v1.2.3", " = v1.2.3 ", "1.2.3-rc.1", "1.2.3+build.5"] {
            assert!(is_exact(exact), "{exact:?}");
        }
        let loose =
            ["", "*", "1", "1.2", "1.x", "1.2.x", "^1.2.3", "~1.2.3", ">=1.2.3", "<2", "latest", "1.2.3 || 1.2.4"];
        for loose in loose.into_iter().chain(["1.2.3 1.2.3", "1.2.3 - 1.2.4", "1.2.3.4", "1.2.*", "x", "vv"]) {
            assert!(!is_exact(loose), "{loose:?}");
        }
    }

    #[test]
    fn versions_meet_ranges_as_npm_has_it() {
        let cases = [
            ("1.3.0", "^1.2.0", true),
            ("2.0.0", "^1.2.0", false),
            ("0.3.0", "^0.2.0", false),
            ("1.3.0-rc.1", "^1.2.0", false),
            ("1.3.0-rc.1", "*", true),
            ("1.3.0", "latest", true),
            ("1.3.0", "1.x || >=2.5.0 || 5.0.0 - 7.2.3", true),
            ("1.3.0", "not a range", false),
            ("1.3.0", "=1.3", true),
            ("1.3.0", "^2 || ", true),
        ];
        for (version, range, expected) in cases {
            assert_eq!(meets(version, range), expected, "{version} {range}");
        }
    }

    #[test]
    fn only_a_full_commit_is_one() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        let full = [hex.to_owned(), format!("commit={hex}"), format!("{hex}&path:/a"), format!("path:/a&{hex}")];
        for fragment in full {
            assert_eq!(commit_of_fragment(&fragment), Some(hex), "{fragment}");
        }
        let loose = ["main", "v1.0.0", "semver:^1", "", "0123456", "head=main", "path:/a"].map(str::to_owned);
        for fragment in loose.into_iter().chain([format!("{hex}&semver:^1"), format!("x{hex}")]) {
            assert_eq!(commit_of_fragment(&fragment), None, "{fragment}");
        }
        assert_eq!(commit_in(&format!("https://codeload.github.com/o/r/tar.gz/{hex}")), Some(hex));
        assert_eq!(commit_in("https://codeload.github.com/o/r/tar.gz/v1"), None);
    }
}
