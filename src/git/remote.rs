//! Where a repository was fetched from, as an address that can be shown: without user, password, query or fragment.

use super::Repository;

impl Repository {
    /// The address of the remote `origin`, where it has one that is no path of this machine.
    #[must_use]
    pub fn remote(&self) -> Option<String> {
        let handle = self.handle();
        let origin = handle.find_remote("origin").ok()?;
        address(origin.url().ok()?)
    }

    /// The addresses of all remotes, each with its name, in the order of their names.
    #[must_use]
    pub fn remotes(&self) -> Vec<(String, String)> {
        let handle = self.handle();
        let Ok(names) = handle.remotes() else { return Vec::new() };
        let names = names.iter().filter_map(|name| name.ok().flatten());
        let mut remotes: Vec<_> = names
            .filter_map(|name| Some((name.to_owned(), address(handle.find_remote(name).ok()?.url().ok()?)?)))
            .collect();
        remotes.sort();
        remotes
    }
}

/// What a project is called at a remote's address: the last part of its path.
#[must_use]
pub(crate) fn name_by_remote(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let last = path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(last.strip_suffix(".git").unwrap_or(last).to_owned())
}

fn address(url: &str) -> Option<String> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme, rest.split(['?', '#']).next()?.to_owned()),
        // git@host:path, as git takes it for SSH; a single letter is a drive of Windows.
        None => {
            let (host, path) = url.split_once(':').filter(|(host, _)| host.len() > 1 && !host.contains('/'))?;
            ("ssh", format!("{host}/{}", path.trim_start_matches('/')))
        }
    };
    let (authority, path) = rest.split_once('/').unwrap_or((&rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    let is_path = path.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
    (["https", "http", "ssh", "git"].contains(&scheme) && is_host && is_path)
        .then(|| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_secret() {
        let cases = [
            ("https://github.com/acme/demo.git", Some("https://github.com/acme/demo.git")),
            ("https://user:to%40ken@git.example.com:8443/a/b?token=x#y", Some("https://git.example.com:8443/a/b")),
            ("git@github.com:acme/demo.git", Some("ssh://github.com/acme/demo.git")),
            ("ssh://git@[::1]:22/a", Some("ssh://[::1]:22/a")),
            ("https://host", Some("https://host/")),
            ("/srv/git/demo.git", None),
            ("../demo", None),
            ("file:///srv/demo", None),
            ("C:\\demo", None),
            ("ext::sh -c whoami", None),
            ("https://ho st/a", None),
            ("https://host/a b\n", None),
            ("https://", None),
        ];
        for (url, expected) in cases {
            assert_eq!(address(url).as_deref(), expected, "{url}");
        }
    }
}
