//! What a lock file says of the package that it chose: where it comes from, and what fixes its content.

use std::borrow::Cow;

use crate::ecosystems::digests;
use crate::ecosystems::node::requirement::is_git;

/// A part of a lock file's text, where its reader leaves it in there.
pub(super) type Text<'t> = Cow<'t, str>;

/// What is read out of a text; it lies in the lock file where the text does.
pub(super) fn out_of<'t>(text: &Text<'t>, read: impl for<'s> FnOnce(&'s str) -> Option<Text<'s>>) -> Option<Text<'t>> {
    match text {
        Cow::Borrowed(text) => read(text),
        Cow::Owned(text) => read(text).map(|found| Cow::Owned(found.into_owned())),
    }
}

/// The package that a lock file chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved<'t> {
    /// The package's own name, where the lock file tells.
    pub(super) package: Option<Text<'t>>,
    pub(super) version: Text<'t>,
    pub(super) origin: Origin<'t>,
    pub(super) hash: Hash,
    /// The host of the registry, where the lock file names one.
    pub(super) host: Option<Text<'t>>,
}

/// What a lock file says of the content of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    /// A hash that fixes it.
    Strong,
    /// One that does not, by its name.
    Weak(&'static str),
    /// None, by the design of the tool: the version fixes it, or the package that it comes in.
    Needless,
    None,
}

/// Where the chosen package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin<'t> {
    Registry,
    /// A path relative to the lock file's folder.
    Local(Text<'t>),
    /// An address with, perhaps, a commit.
    Git(Text<'t>),
}

impl<'t> Origin<'t> {
    /// By the address that a package was taken from.
    pub(super) fn of(address: &Text<'t>) -> Self {
        match out_of(address, |address| Some(local(address)?.into())) {
            Some(path) => Self::Local(path),
            None if is_git(address) || is_archive_of_commit(address) => Self::Git(address.clone()),
            None => Self::Registry,
        }
    }
}

/// The path in an address that leads to one.
fn local(address: &str) -> Option<&str> {
    address.strip_prefix("file:").or_else(|| address.strip_prefix("link:"))
}

/// The archives in which the hosts of git repositories hand out commits. Their registries have other addresses.
pub(super) fn is_archive_of_commit(address: &str) -> bool {
    let hosts = [
        ("https://codeload.github.com/", "/tar.gz/"),
        ("https://gitlab.com/", "/repository/archive"),
        ("https://gitlab.com/", "/-/archive/"),
        ("https://bitbucket.org/", "/get/"),
    ];
    hosts.iter().any(|(host, path)| address.starts_with(host) && address.contains(path))
}

impl Resolved<'_> {
    /// Whether it is no part of this repository and has a version, or an address in its place.
    pub(super) fn is_foreign(&self) -> bool {
        let is_path = ["file:", "link:", "workspace:", "portal:"].iter().any(|scheme| self.version.starts_with(scheme));
        !matches!(self.origin, Origin::Local(_)) && !self.version.is_empty() && !is_path
    }
}

impl Hash {
    /// What another package brings along is fixed by that one's hash.
    pub(super) fn or_within_another(self, is_bundled: bool) -> Self {
        if is_bundled && self == Self::None { Self::Needless } else { self }
    }
}

/// Whether an integrity field has a hash that fixes the content.
pub(crate) fn has_strong_hash(integrity: Option<&str>) -> bool {
    hash(integrity) == Hash::Strong
}

/// The hashes that fix a content, with what stands before each and how many bytes it has.
const STRONG: [(&str, usize); 3] = [("sha512-", 64), ("sha384-", 48), ("sha256-", 32)];

/// What an integrity field says: the strongest of the hashes in it.
pub(super) fn hash(integrity: Option<&str>) -> Hash {
    let integrity = integrity.unwrap_or_default();
    // As a rule it has one.
    if is_strong(integrity) || integrity.split_ascii_whitespace().any(is_strong) {
        return Hash::Strong;
    }
    let has = |name| {
        integrity.split_ascii_whitespace().any(|one| one.strip_prefix(name).is_some_and(|rest| !rest.is_empty()))
    };
    if has("sha1-") {
        Hash::Weak("SHA-1")
    } else if has("md5-") {
        Hash::Weak("MD5")
    } else {
        Hash::None
    }
}

fn is_strong(one: &str) -> bool {
    // Options may follow behind a question mark.
    let one = one.split_once('?').map_or(one, |(digest, _)| digest);
    STRONG.iter().any(|(name, bytes)| one.strip_prefix(name).is_some_and(|digest| digests::is_base64(digest, *bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_hash_is_one() {
        let strong = &format!("sha512-{}==", "A".repeat(86));
        let both = format!("sha1-AAAA {strong}");
        let cases = [
            (Some(strong.as_str()), Hash::Strong),
            (Some("sha512-AAAA"), Hash::None),
            (Some(both.as_str()), Hash::Strong),
            (Some("sha1-AAAA"), Hash::Weak("SHA-1")),
            (Some("md5-AAAA"), Hash::Weak("MD5")),
            (Some("sha512-"), Hash::None),
            (Some("AAAA"), Hash::None),
            (Some(""), Hash::None),
            (None, Hash::None),
        ];
        for (integrity, expected) in cases {
            assert_eq!(hash(integrity), expected, "{integrity:?}");
        }
    }

    #[test]
    fn addresses_tell_where_a_package_comes_from() {
        let git = |address: &'static str| Origin::Git(address.into());
        let cases = [
            ("https://registry.example/a/-/a-1.0.0.tgz", Origin::Registry),
            ("file:packages/a", Origin::Local("packages/a".into())),
            ("git+ssh://git@github.com/o/r.git#abc", git("git+ssh://git@github.com/o/r.git#abc")),
            ("https://codeload.github.com/o/r/tar.gz/abc", git("https://codeload.github.com/o/r/tar.gz/abc")),
            ("https://gitlab.com/api/v4/projects/1/packages/npm/a/-/a-1.0.0.tgz", Origin::Registry),
            ("1.0.0", Origin::Registry),
        ];
        for (address, expected) in cases {
            assert_eq!(Origin::of(&address.into()), expected, "{address}");
        }
    }
}
