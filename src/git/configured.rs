//! git's configuration outside the repository. libgit2 knows no variable that names it or is part of it.

use std::env::var_os;
use std::ffi::OsString;
use std::path::PathBuf;

use git2::{Config, ConfigLevel, Error};

/// A file of the configuration.
pub(super) enum File {
    /// The one that a variable names.
    Named(PathBuf),
    /// The one of the usual place.
    Usual,
    /// None.
    Nothing,
}

/// That of the system.
pub(super) fn system() -> File {
    let is_left_out = text("GIT_CONFIG_NOSYSTEM").is_some_and(|value| is_true(&value));
    if is_left_out { File::Nothing } else { named("GIT_CONFIG_SYSTEM") }
}

/// That of the user.
pub(super) fn users() -> File {
    named("GIT_CONFIG_GLOBAL")
}

fn named(variable: &str) -> File {
    var_os(variable).map_or(File::Usual, |path| File::Named(PathBuf::from(path)))
}

fn is_true(value: &str) -> bool {
    ["true", "yes", "on"].iter().any(|word| value.eq_ignore_ascii_case(word))
        || value.parse().is_ok_and(|number: i64| number != 0)
}

/// A variable that can be read.
fn text(name: &str) -> Option<String> {
    var_os(name).map(OsString::into_string)?.ok()
}

/// The values of a key in `GIT_CONFIG_COUNT`, and as many pairs of `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n`.
pub(super) fn values_of_variables(key: &str) -> Vec<String> {
    let count: usize = text("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
    let pairs = (0..count)
        .map_while(|n| Some((text(&format!("GIT_CONFIG_KEY_{n}"))?, text(&format!("GIT_CONFIG_VALUE_{n}"))?)));
    let given = text("GIT_CONFIG_PARAMETERS").map(|text| parameters(&text)).unwrap_or_default();
    let all = pairs.chain(given).filter(|(name, _)| name.eq_ignore_ascii_case(key));
    all.map(|(_, value)| value).collect()
}

/// What `git -c KEY=VALUE` hands on to the programs that it runs: `'key'='value'`, or `'key=value'` of an older one.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while let Some((word, after)) = in_quotes(rest) {
        let (pair, after) = match after.strip_prefix('=') {
            Some(after) => match in_quotes(after) {
                Some((value, after)) => ((word, value), after),
                // `'key'=` is a key without a value.
                None => ((word, String::new()), after),
            },
            None => {
                let (key, value) = word.split_once('=').unwrap_or((&word, ""));
                ((key.to_owned(), value.to_owned()), after)
            }
        };
        pairs.push(pair);
        rest = after.trim_start();
    }
    pairs
}

/// A word as git quotes it for a shell, with `'\''` and `'\!'` in it, and what stands behind it.
fn in_quotes(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut word = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        word.push_str(part);
        let escaped = after.strip_prefix('\\').filter(|after| after.starts_with(['\'', '!']));
        let Some(escaped) = escaped else { return Some((word, after)) };
        word.push_str(escaped.get(..1)?);
        rest = escaped.get(1..)?.strip_prefix('\'')?;
    }
}

/// The author that git would write into a commit: `GIT_AUTHOR_NAME`, else `author.name`, else `user.name`. `config` is that of
/// the repository, or what there is without one. A blank name is git's refusal, and so it is nobody's.
pub(super) fn author(config: Result<Config, Error>) -> Option<String> {
    said(config, "GIT_AUTHOR_NAME", ["author.name", "user.name"])
}

/// The same author's address: `GIT_AUTHOR_EMAIL`, else `author.email`, else `user.email`.
pub(super) fn email(config: Result<Config, Error>) -> Option<String> {
    said(config, "GIT_AUTHOR_EMAIL", ["author.email", "user.email"])
}

fn said(config: Result<Config, Error>, variable: &str, keys: [&str; 2]) -> Option<String> {
    let is_said = |text: &String| !text.trim().is_empty();
    if let Some(text) = var_os(variable) {
        return text.into_string().ok().filter(is_said);
    }
    let config = config.ok();
    keys.into_iter().find_map(|key| last(config.as_ref(), key).filter(is_said))
}

/// The last value of a key, in git's order.
fn last(config: Option<&Config>, key: &str) -> Option<String> {
    let within = |levels: &[ConfigLevel]| config.and_then(|config| value_of(config, levels, key));
    let of = |file: File, levels: &[ConfigLevel]| match file {
        File::Named(path) => Config::open(&path).and_then(|config| config.get_string(key)).ok(),
        File::Usual => within(levels),
        File::Nothing => None,
    };
    let repositories = [ConfigLevel::Local, ConfigLevel::Worktree, ConfigLevel::App];
    let of_user = [ConfigLevel::XDG, ConfigLevel::Global];
    let of_system = [ConfigLevel::ProgramData, ConfigLevel::System];
    let found = values_of_variables(key).pop().or_else(|| within(&repositories));
    found.or_else(|| of(users(), &of_user)).or_else(|| of(system(), &of_system))
}

/// The last value of a key in files of these levels; the later levels come after the earlier ones.
fn value_of(config: &Config, levels: &[ConfigLevel], key: &str) -> Option<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let taken = config.multivar(key, None).and_then(|entries| {
        entries.for_each(|entry| {
            let level = levels.iter().position(|level| *level == entry.level());
            found.extend(level.map(|level| (level, entry.value().unwrap_or_default().to_owned())));
        })
    });
    taken.ok()?;
    found.into_iter().max_by_key(|(level, _)| *level).map(|(_, value)| value)
}
