//! Whether a URL names content that cannot change: a commit id, or a hash of the file.

use crate::ecosystems::Pin;
use crate::ecosystems::fixed::is_commit;

/// The index that the tools ask where nobody names another.
pub(super) const PUBLIC_INDEX: &str = "https://pypi.org/simple";

/// What a URL leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The full commit id after `@`, in lower case.
    pub(super) commit: Option<String>,
    /// Whether it is pinned by what it says itself.
    pub(super) pin: Pin,
}

/// Judges a URL as pip reads it.
pub(super) fn judge(url: &str) -> Target {
    let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
    let Some((scheme, rest)) = address.split_once("://") else { return loose("the URL has no hash") };
    let system = scheme.to_ascii_lowercase();
    if let Some((system, _)) = system.split_once('+') {
        return repository(system, rest);
    }
    if fragment.split('&').filter_map(|part| part.split_once('=')).any(|(name, value)| is_strong(name, value)) {
        return Target { commit: None, pin: Pin::Pinned };
    }
    loose("the URL has no hash")
}

/// `@` in the host part is a user, and after `?` nothing is a revision.
fn repository(system: &str, rest: &str) -> Target {
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let revision = path.rsplit_once('@').map(|(_, revision)| revision);
    match revision {
        Some(revision) if matches!(system, "git" | "hg") && is_commit(revision) => {
            Target { commit: Some(revision.to_ascii_lowercase()), pin: Pin::Pinned }
        }
        Some(_) => loose("the revision is not a full commit id"),
        None => loose("no revision is named"),
    }
}

fn loose(why: &str) -> Target {
    Target { commit: None, pin: Pin::Loose(why.to_owned()) }
}

/// A text without the user and password of each URL in it: they say who asks, not what for.
pub(super) fn without_credentials(text: &str) -> String {
    let mut parts = text.split("://");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let host_end = rest.find(|c: char| c.is_whitespace() || "/?#'\"".contains(c)).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(host_end);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        bare.extend(["://", host, path]);
    }
    bare
}

/// `sha256:…`, as pip and the lock files write it.
pub(super) fn is_strong_hash(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, digest)| is_strong(algorithm, digest))
}

/// Whether nobody can make another file with this digest. MD5 and SHA-1 are broken.
pub(super) fn is_strong(algorithm: &str, digest: &str) -> bool {
    let digits = match algorithm.to_ascii_lowercase().as_str() {
        "sha224" | "sha3_224" => 56,
        "sha256" | "sha3_256" | "blake2s" => 64,
        "sha384" | "sha3_384" => 96,
        "sha512" | "sha3_512" | "blake2b" => 128,
        _ => return false,
    };
    digest.len() == digits && is_hexadecimal(digest)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_no_part_of_an_address() {
        for (text, bare) in [
            ("-i https://${USER}:${TOKEN}@h/simple", "-i https://h/simple"),
            ("a @ git+ssh://git@h/a@main", "a @ git+ssh://h/a@main"),
            ("https://h?x=@y https://u@h#@", "https://h?x=@y https://h#@"),
            ("https://a@b@h", "https://h"),
            ("a@b", "a@b"),
        ] {
            assert_eq!(without_credentials(text), bare, "{text}");
        }
    }

    #[test]
    fn what_pins_a_url() {
        let commit = "0123456789abcdef0123456789ABCDEF01234567";
        let hash = "a".repeat(64);
        let cases = [
            (format!("git+https://h/r.git@{commit}"), true),
            (format!("git+ssh://git@h/r.git@{commit}#egg=r&subdirectory=x"), true),
            (format!("git+https://h/r.git@{commit}{}", &commit[..24]), true),
            (format!("hg+https://h/r@{commit}"), true),
            (format!("svn+https://h/r@{commit}"), false),
            (format!("git+https://h/r.git@{}", &commit[..39]), false),
            (format!("git+https://h/r.git@v1.0#{commit}"), false),
            (format!("git+https://h/r.git#@{commit}"), false),
            (format!("git+https://h/r.git?x=@{commit}"), false),
            (format!("git+https://{commit}@h/r.git"), false),
            (format!("git+https://x@{commit}"), false),
            (format!("git+https://h/r.git@main#sha256={hash}"), false),
            (format!("https://h/{commit}/r.zip"), false),
            (format!("https://h/r.zip@{commit}"), false),
            (format!("https://h/r.zip#sha256={hash}"), true),
            (format!("https://h/r.zip#egg=r&sha512={hash}{hash}"), true),
            (format!("https://h/r.zip?sha256={hash}"), false),
            (format!("https://h/r.zip#sha256={}", &hash[1..]), false),
            (format!("https://h/r.zip#sha256={}g", &hash[1..]), false),
            (format!("https://h/r.zip#md5={}", &hash[..32]), false),
            (format!("https://h/r.zip#sha1={}", &hash[..40]), false),
            ("https://h/x==1.0/r.zip".to_owned(), false),
            (String::new(), false),
        ];
        for (url, pinned) in cases {
            assert_eq!(judge(&url).pin == Pin::Pinned, pinned, "{url}");
        }
    }
}
