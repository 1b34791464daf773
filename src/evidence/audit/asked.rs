//! What an auditor was told to leave out. Its report is as clean as one that left out nothing, and counts what it never asked.

use std::collections::BTreeMap;

use crate::model::escape::visible_up_to;
use crate::system::environment::Environment;

/// How an auditor was called.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// The program and its arguments, or the words of a script.
    pub(crate) words: Vec<String>,
    /// What the gate adds to the environment.
    pub(crate) env: BTreeMap<String, String>,
    /// The texts of the files that set options of npm, pnpm and Bun, with their names: the project's and the user's.
    pub(crate) settings: Vec<(String, String)>,
}

/// What makes an auditor leave something out.
struct Narrowed {
    /// Words that the command must have to be this auditor.
    is: &'static [&'static str],
    /// Arguments, with or without a value behind them.
    flags: &'static [(&'static str, &'static str)],
}

const OFFLINE: &str = "asks nobody";
const PART: &str = "leaves packages out";
const STALE: &str = "does not renew its advisories";
const QUIET: &str = "leaves findings out";

const NARROWED: [Narrowed; 13] = [
    Narrowed {
        is: &["npm", "audit"],
        flags: &[
            ("--offline", OFFLINE),
            ("--omit", PART),
            ("--only", PART),
            ("--production", PART),
            ("--prod", PART),
            ("--workspace", PART),
            ("-w", PART),
        ],
    },
    Narrowed {
        is: &["pnpm", "audit"],
        flags: &[
            ("--offline", OFFLINE),
            ("--prod", PART),
            ("--production", PART),
            ("-P", PART),
            ("--dev", PART),
            ("-D", PART),
            ("--no-optional", PART),
            ("--ignore-registry-errors", OFFLINE),
            ("--audit-level", QUIET),
        ],
    },
    Narrowed {
        is: &["yarn", "audit"],
        flags: &[
            ("--offline", OFFLINE),
            ("--groups", PART),
            ("--environment", PART),
            ("--exclude", PART),
            ("--severity", QUIET),
            ("--level", QUIET),
        ],
    },
    Narrowed {
        is: &["bun", "audit"],
        flags: &[("--prod", PART), ("--production", PART), ("--omit", PART), ("--audit-level", QUIET)],
    },
    Narrowed { is: &["cargo-audit"], flags: &[("--no-fetch", STALE), ("-n", STALE), ("--stale", STALE)] },
    Narrowed { is: &["cargo", "audit"], flags: &[("--no-fetch", STALE), ("-n", STALE), ("--stale", STALE)] },
    Narrowed {
        is: &["cargo", "deny"],
        flags: &[
            ("--offline", STALE),
            ("--disable-fetch", STALE),
            ("-d", STALE),
            ("--exclude", PART),
            ("--exclude-dev", PART),
        ],
    },
    Narrowed {
        is: &["cargo-deny"],
        flags: &[
            ("--offline", STALE),
            ("--disable-fetch", STALE),
            ("-d", STALE),
            ("--exclude", PART),
            ("--exclude-dev", PART),
        ],
    },
    Narrowed {
        is: &["trivy"],
        flags: &[
            ("--skip-db-update", STALE),
            ("--skip-java-db-update", STALE),
            ("--offline-scan", OFFLINE),
            ("--severity", QUIET),
            ("-s", QUIET),
            ("--ignore-unfixed", QUIET),
            ("--ignore-status", QUIET),
            ("--skip-files", PART),
            ("--skip-dirs", PART),
        ],
    },
    Narrowed {
        is: &["grype"],
        flags: &[("--only-fixed", QUIET), ("--only-notfixed", QUIET), ("--ignore-states", QUIET), ("--exclude", PART)],
    },
    Narrowed { is: &["bundle", "audit"], flags: &[("--no-update", STALE)] },
    Narrowed {
        is: &["composer", "audit"],
        flags: &[("--no-dev", PART), ("--ignore-unreachable", OFFLINE), ("--ignore-severity", QUIET)],
    },
    Narrowed { is: &["osv-scanner"], flags: &[("--offline", STALE), ("--offline-vulnerabilities", STALE)] },
];

/// Whether a value says so.
type Says = fn(&str) -> bool;

/// Variables that say the same, by the auditors that read them. Of npm's the case does not count.
const VARIABLES: [(&str, &str, Says, &str); 17] = [
    ("npm", "npm_config_offline", is_on, OFFLINE),
    ("npm", "npm_config_omit", is_some, PART),
    ("npm", "npm_config_only", is_some, PART),
    ("npm", "npm_config_production", is_on, PART),
    ("npm", "npm_config_workspace", is_some, PART),
    ("npm", "NODE_ENV", is_production, PART),
    ("pnpm", "npm_config_offline", is_on, OFFLINE),
    ("pnpm", "npm_config_production", is_on, PART),
    ("cargo", "CARGO_NET_OFFLINE", is_on, STALE),
    ("trivy", "TRIVY_SKIP_DB_UPDATE", is_on, STALE),
    ("trivy", "TRIVY_OFFLINE_SCAN", is_on, OFFLINE),
    ("trivy", "TRIVY_SEVERITY", is_some, QUIET),
    ("trivy", "TRIVY_IGNORE_UNFIXED", is_on, QUIET),
    ("trivy", "TRIVY_SKIP_DIRS", is_some, PART),
    ("trivy", "TRIVY_SKIP_FILES", is_some, PART),
    ("grype", "GRYPE_DB_AUTO_UPDATE", is_off, STALE),
    ("composer", "COMPOSER_DISABLE_NETWORK", is_on, OFFLINE),
];

/// Keys of npm's settings that say the same.
const SETTINGS: [(&str, Says, &str); 4] =
    [("offline", is_on, OFFLINE), ("omit", is_some, PART), ("only", is_some, PART), ("production", is_on, PART)];

fn is_on(value: &str) -> bool {
    !matches!(value.trim(), "" | "false" | "0" | "null")
}

fn is_off(value: &str) -> bool {
    matches!(value.trim(), "false" | "0")
}

fn is_some(value: &str) -> bool {
    !value.trim().is_empty()
}

fn is_production(value: &str) -> bool {
    value.trim() == "production"
}

impl Asked {
    /// Whether the command has a program or a word of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| {
            let last = word.rsplit(['/', '\\']).next().unwrap_or(word);
            last == name || last.strip_suffix(".cmd").or_else(|| last.strip_suffix(".exe")) == Some(name)
        })
    }

    /// The same of npm itself: `yarn npm audit` is Yarn's.
    fn is(&self, name: &str) -> bool {
        self.has(name) && (name != "npm" || !self.has("yarn"))
    }

    /// Why its report may be clean without anybody having looked, in words; what a variable or a file says counts like an
    /// argument.
    pub(crate) fn left_out(&self, environment: &Environment) -> Option<String> {
        let flag = NARROWED.iter().filter(|one| one.is.iter().all(|word| self.is(word))).find_map(|one| self.flag(one));
        flag.or_else(|| self.unasked_dependents())
            .or_else(|| self.elsewhere())
            .or_else(|| self.variable(environment))
            .or_else(|| self.setting())
    }

    fn flag(&self, narrowed: &Narrowed) -> Option<String> {
        let found = self.words.iter().find_map(|word| {
            let (name, value) = word.split_once('=').unwrap_or((word, "true"));
            narrowed.flags.iter().find(|(flag, _)| *flag == name && is_on(value))
        });
        found.map(|(flag, what)| format!("`{flag}` {what}"))
    }

    /// Yarn looks only at what the project itself names, unless it is told otherwise.
    fn unasked_dependents(&self) -> Option<String> {
        let berry = self.has("yarn") && self.has("npm") && self.has("audit");
        let recursive = self.words.iter().any(|word| matches!(word.as_str(), "--recursive" | "-R" | "-AR" | "-RA"));
        (berry && !recursive).then(|| "without `--recursive` Yarn looks at direct dependencies only".to_owned())
    }

    /// A runner of tools has an environment of its own, with the packages of pip-audit in it and none of the project's.
    fn elsewhere(&self) -> Option<String> {
        let runner = ["uvx", "pipx", "uv"].into_iter().find(|name| self.has(name))?;
        let (before, after) = self.words.split_at(self.words.iter().position(|word| word == "pip-audit")?);
        let is_run = runner != "uv" || before.iter().any(|word| word == "tool");
        let is_given = before
            .iter()
            .any(|word| word.starts_with("--with") || word.starts_with("PIPAPI_PYTHON_LOCATION="))
            || self.env.contains_key("PIPAPI_PYTHON_LOCATION")
            || after.iter().any(|word| {
                let option = ["-r", "--requirement", "--path", "--locked"].iter().any(|known| word.starts_with(known));
                option || word.starts_with('.') || word.contains('/')
            });
        let text = format!(
            "`{runner}` runs pip-audit among its own packages; add `-r requirements.txt` or the project's folder"
        );
        (is_run && !is_given).then_some(text)
    }

    /// The vulnerabilities that a person told it to pass over, by name.
    pub(crate) fn ignored(&self) -> Vec<String> {
        let is_auditor =
            ["pip-audit", "audit", "cargo-audit", "bundle-audit", "safety"].iter().any(|name| self.has(name));
        let each = self.words.iter().enumerate().filter(|_| is_auditor).filter_map(|(at, word)| {
            let is_flag = |word: &str| matches!(word, "--ignore-vuln" | "--ignore");
            match word.split_once('=') {
                Some((flag, id)) => is_flag(flag).then(|| id.to_owned()),
                None => is_flag(word).then(|| self.words.get(at + 1).cloned()).flatten(),
            }
        });
        each.collect()
    }

    /// Variables that stand before a command: `env A=b npm audit`, and in a script without `env`.
    fn assigned(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.words.iter().filter_map(|word| word.split_once('='));
        pairs.filter(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
    }

    fn variable(&self, environment: &Environment) -> Option<String> {
        let own = self.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let own = own.filter(|(name, _)| self.assigned().all(|(known, _)| known != *name)).chain(self.assigned());
        let all = environment.all().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
        let own: Vec<_> = own.collect();
        let others: Vec<_> = all.filter(|(name, _)| own.iter().all(|(known, _)| known != name)).collect();
        let all: Vec<_> = own.into_iter().chain(others).collect();
        let said = VARIABLES.iter().filter(|(tool, ..)| self.is(tool)).find_map(|(_, known, says, what)| {
            let of_npm = known.starts_with("npm_config_");
            let is = |name: &str| if of_npm { name.eq_ignore_ascii_case(known) } else { name == *known };
            all.iter().find(|(name, value)| is(name) && says(value)).map(|(name, _)| (*name, *what))
        });
        said.map(|(name, what)| format!("`{}` of the environment {what}", visible_up_to(name, 60)))
    }

    fn setting(&self) -> Option<String> {
        if !self.is("npm") && !self.has("pnpm") {
            return None;
        }
        self.settings.iter().find_map(|(file, text)| {
            text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                let key = key.trim().trim_end_matches("[]");
                let (_, _, what) = SETTINGS.iter().find(|(known, says, _)| *known == key && says(value))?;
                Some(format!("`{key}` in {} {what}", visible_up_to(file, 100)))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(command: &str, env: &[(&str, &str)], npmrc: &str) -> Option<String> {
        let asked = Asked {
            words: command.split(' ').map(str::to_owned).collect(),
            env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            settings: vec![(".npmrc".to_owned(), npmrc.to_owned())],
        };
        asked.left_out(&Environment::default())
    }

    #[test]
    fn what_narrows_an_audit_is_named() {
        for (command, env, npmrc, expected) in [
            ("npm audit --json --offline", [("A", "b")], "", "`--offline` asks nobody"),
            ("/usr/bin/npm audit --omit=dev", [("A", "b")], "", "`--omit` leaves packages out"),
            (
                "npx npm audit",
                [("NPM_CONFIG_OFFLINE", "true")],
                "",
                "`NPM_CONFIG_OFFLINE` of the environment asks nobody",
            ),
            ("npm audit", [("NODE_ENV", "production")], "", "`NODE_ENV` of the environment leaves packages out"),
            ("npm audit", [("A", "b")], "# x\nomit[] = dev\n", "`omit` in .npmrc leaves packages out"),
            ("pnpm audit --json -P", [("A", "b")], "", "`-P` leaves packages out"),
            ("yarn npm audit --json", [("A", "b")], "", "without `--recursive` Yarn looks at direct dependencies only"),
            ("yarn npm audit -R --environment production", [("A", "b")], "", "`--environment` leaves packages out"),
            (
                "cargo deny check advisories --disable-fetch",
                [("A", "b")],
                "",
                "`--disable-fetch` does not renew its advisories",
            ),
            (
                "grype dir:. -o json",
                [("GRYPE_DB_AUTO_UPDATE", "false")],
                "",
                "`GRYPE_DB_AUTO_UPDATE` of the environment does not renew its advisories",
            ),
            ("trivy fs --severity HIGH .", [("A", "b")], "", "`--severity` leaves findings out"),
            ("npm audit --json -w app", [("A", "b")], "", "`-w` leaves packages out"),
            (
                "env NODE_ENV=production npm audit",
                [("NODE_ENV", "test")],
                "",
                "`NODE_ENV` of the environment leaves packages out",
            ),
            ("cargo-audit audit --json --no-fetch", [("A", "b")], "", "`--no-fetch` does not renew its advisories"),
            (
                "uvx pip-audit --format json",
                [("A", "b")],
                "",
                "`uvx` runs pip-audit among its own packages; add `-r requirements.txt` or the project's folder",
            ),
            (
                "pipx run pip-audit --format json",
                [("A", "b")],
                "",
                "`pipx` runs pip-audit among its own packages; add `-r requirements.txt` or the project's folder",
            ),
        ] {
            assert_eq!(left_out(command, &env, npmrc).as_deref(), Some(expected), "{command}");
        }
    }

    #[test]
    fn what_narrows_nothing_is_let_through() {
        for (command, env, npmrc) in [
            ("npm audit --json --audit-level=high", [("NODE_ENV", "test")], "fund=false\nomit=\noffline=false\n"),
            ("npm audit --offline=false", [("npm_config_offline", "false")], ""),
            ("yarn npm audit --json --recursive", [("A", "b")], "omit=dev"),
            ("pip-audit --omit", [("NODE_ENV", "production")], "omit=dev"),
            ("cat npm-audit.json", [("NODE_ENV", "production")], "omit=dev"),
            ("env NODE_ENV=test npm audit", [("NODE_ENV", "production")], ""),
            ("uvx pip-audit -r requirements.txt --format json", [("A", "b")], ""),
            ("uvx pip-audit --format json .", [("A", "b")], ""),
            ("uvx --with-requirements r.txt pip-audit --format json", [("A", "b")], ""),
            ("uv run pip-audit --format json", [("A", "b")], ""),
        ] {
            assert_eq!(left_out(command, &env, npmrc), None, "{command}");
        }
    }
}
