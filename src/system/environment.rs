//! The process's environment variables, read once: what is looked up is named where it is used.

use std::collections::HashMap;
use std::env;
use std::ffi::{OsStr, OsString};

/// The variables. Where a name or a value is not UTF-8, lookups see its bad bytes replaced, and a child gets it as it is.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
    not_utf8: Vec<(OsString, OsString)>,
}

impl Environment {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        env::vars_os().collect()
    }

    /// Every variable as the process got it, in no order.
    pub fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let replaced = |name: &str| self.not_utf8.iter().any(|(odd, _)| odd.to_string_lossy() == name);
        let texts = self.variables.iter().filter(move |(name, _)| !replaced(name));
        let texts = texts.map(|(name, value)| (OsStr::new(name), OsStr::new(value)));
        texts.chain(self.not_utf8.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str())))
    }

    /// The value of a variable. One that is exported but empty is as good as none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable is there, be it empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().collect(), not_utf8: Vec::new() }
    }
}

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            let text = (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned());
            environment.variables.extend([text]);
            if name.to_str().is_none() || value.to_str().is_none() {
                environment.not_utf8.push((name, value));
            }
        }
        environment
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn what_is_not_utf8_is_looked_up_with_replacements_and_passed_on_as_it_is() {
        let given: Vec<(OsString, OsString)> =
            vec![("A".into(), "1".into()), ("B".into(), OsString::from_vec(vec![b'x', 0xff]))];
        let environment: Environment = given.iter().cloned().collect();
        assert_eq!(environment.get("B"), Some("x\u{fffd}"));
        let mut all: Vec<_> = environment.all().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        all.sort();
        assert_eq!(all, given);
    }
}
