//! The environment of a child: what it inherits, and what it does not.

use std::ffi::{OsStr, OsString};

use super::shown;
use crate::system::environment::Environment;

/// The child's variables: the gate's without its own settings and tokens, then the command's own.
///
/// # Errors
/// One line about a name that no environment can hold.
pub(super) fn of_child(
    own: &[(String, String)],
    environment: &Environment,
) -> Result<Vec<(OsString, OsString)>, String> {
    if let Some((name, _)) = own.iter().find(|(name, _)| name.is_empty() || name.contains(['=', '\0'])) {
        return Err(format!("`{}` cannot be the name of an environment variable", shown(OsStr::new(name))));
    }
    let inherited = environment.all().filter(|(name, _)| !is_withheld(name));
    let inherited = inherited.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(inherited.chain(own.iter().map(|(name, value)| (name.into(), value.into()))).collect())
}

/// Where the child looks for programs: the last PATH counts.
pub(super) fn path(variables: &[(OsString, OsString)]) -> Option<&OsStr> {
    variables.iter().rev().find(|(name, _)| folded(name) == b"PATH").map(|(_, value)| value.as_os_str())
}

/// `DECERN_*` and `*_TOKEN`.
fn is_withheld(name: &OsStr) -> bool {
    let name = folded(name);
    name.starts_with(b"DECERN_") || name.ends_with(b"_TOKEN")
}

/// A name as the system compares it.
fn folded(name: &OsStr) -> Vec<u8> {
    let name = name.as_encoded_bytes();
    if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn settings_and_tokens_are_withheld_unless_they_are_named() {
        let of_gate =
            ["PATH", "DECERN_URL", "DECERN_", "XDECERN_A", "GITHUB_TOKEN", "_TOKEN", "TOKEN", "A_TOKENS", "E"];
        let environment = of_gate.map(|name| (name.to_owned(), "gate".to_owned())).into_iter().collect();
        let own = pairs(&[("GITHUB_TOKEN", "own"), ("E", ""), ("NEW", "own")]);
        let mut names: Vec<_> = of_child(&own, &environment).unwrap();
        names.sort();
        let expected = [
            ("A_TOKENS", "gate"),
            ("E", ""),
            ("E", "gate"),
            ("GITHUB_TOKEN", "own"),
            ("NEW", "own"),
            ("PATH", "gate"),
            ("TOKEN", "gate"),
            ("XDECERN_A", "gate"),
        ];
        assert_eq!(names, expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[test]
    fn names_that_no_environment_holds_are_refused() {
        for name in ["", "A=B", "A\0"] {
            let refusal = of_child(&pairs(&[(name, "x")]), &Environment::default()).unwrap_err();
            assert!(refusal.contains("cannot be the name"), "{refusal}");
        }
    }

    #[test]
    fn the_last_path_counts() {
        let variables = [("PATH", "/a"), ("X", "/x"), ("PATH", "/b")].map(|(n, v)| (n.into(), v.into()));
        assert_eq!(path(&variables), Some(OsStr::new("/b")));
        assert_eq!(path(&variables[1..2]), None);
    }
}
