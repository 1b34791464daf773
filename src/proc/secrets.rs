//! Keeping the environment's secrets out of what is kept of a child's output.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::system::environment::Environment;

/// What is shown in a secret's place.
const MARK: &str = "[secret]";

/// A shorter value is a word that stands elsewhere too.
const SHORTEST: usize = 6;

/// How the names of variables with secrets end.
const ENDINGS: [&str; 5] = ["TOKEN", "SECRET", "PASSWORD", "API_KEY", "PRIVATE_KEY"];

/// The values that may not be shown.
#[derive(Debug, Clone)]
pub struct Secrets {
    search: Option<AhoCorasick>,
    longest: usize,
}

impl Secrets {
    /// The values, from six characters on, of the variables whose names end in TOKEN, SECRET, PASSWORD, API_KEY or
    /// PRIVATE_KEY, or begin with DECERN_.
    pub fn new<'v>(variables: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let secret = variables.into_iter().filter(|(name, _)| is_secret(name));
        let values: BTreeSet<String> = secret.flat_map(|(_, value)| spellings(value)).collect();
        let longest = values.iter().map(String::len).max().unwrap_or(0);
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&values).ok();
        Self { search: search.filter(|_| longest > 0), longest }
    }

    /// Those of an environment.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        let texts: Vec<_> =
            environment.all().map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy())).collect();
        Self::new(texts.iter().map(|(name, value)| (&**name, &**value)))
    }

    /// The text with `[secret]` in the place of each.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        match &self.search {
            None => text.to_owned(),
            Some(search) => {
                let mut masked = String::with_capacity(text.len());
                search.replace_all_with(text, &mut masked, |_, _, to| {
                    to.push_str(MARK);
                    true
                });
                masked
            }
        }
    }

    /// How many bytes beside a cut may be a part of a secret, with a replaced character's worth of bad bytes.
    pub(super) fn margin(&self) -> usize {
        if self.longest == 0 { 0 } else { self.longest + char::REPLACEMENT_CHARACTER.len_utf8() * 4 }
    }
}

/// The text with `[secret]` in the place of every secret of the environment: see [`Secrets::new`].
#[must_use]
pub fn masked(text: &str, environment: &Environment) -> String {
    Secrets::of(environment).mask(text)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.starts_with("DECERN_") || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// A value as output shows it: whole, each of its lines (a key's are indented or logged one by one), and inside JSON.
fn spellings(value: &str) -> impl Iterator<Item = String> {
    let pieces: Vec<&str> = [value.trim()].into_iter().chain(value.lines().map(str::trim)).collect();
    let all = pieces.into_iter().flat_map(|piece| [piece.to_owned(), in_json(piece)]).collect::<Vec<_>>();
    all.into_iter().filter(|piece| piece.chars().count() >= SHORTEST)
}

fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_variables_are_masked_and_no_others() {
        let cases = [
            ("GITHUB_TOKEN", "abcdef", "x [secret] y"),
            ("npm_config_token", "abcdef", "x [secret] y"),
            ("CLIENT_SECRET", "abcdef", "x [secret] y"),
            ("DB_PASSWORD", "abcdef", "x [secret] y"),
            ("OPENAI_API_KEY", "abcdef", "x [secret] y"),
            ("SIGNING_PRIVATE_KEY", "abcdef", "x [secret] y"),
            ("DECERN_ANYTHING", "abcdef", "x [secret] y"),
            ("DECERN_ANYTHING", "abcde", "x abcdef y"),
            ("DB_PASSWORD", " abcdef\n", "x [secret] y"),
            ("TOKENS", "abcdef", "x abcdef y"),
            ("XDECERN_A", "abcdef", "x abcdef y"),
            ("PATH", "abcdef", "x abcdef y"),
        ];
        for (name, value, expected) in cases {
            assert_eq!(Secrets::new([(name, value)]).mask("x abcdef y"), expected, "{name}={value:?}");
        }
        let environment: Environment = [("A_TOKEN".to_owned(), "hünter2".to_owned())].into_iter().collect();
        assert_eq!(masked("hünter2hünter2 hünter", &environment), "[secret][secret] hünter");
        assert_eq!(masked("nothing", &Environment::default()), "nothing");
    }

    #[test]
    fn the_longest_of_overlapping_values_is_masked() {
        let secrets = Secrets::new([("A_TOKEN", "abcdef"), ("B_TOKEN", "abcdefghi"), ("C_TOKEN", "defghi")]);
        assert_eq!(secrets.mask("abcdefghi abcdef defghi"), "[secret] [secret] [secret]");
    }

    #[test]
    fn a_key_is_masked_line_by_line_and_inside_json() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADAN\nab\"cd\\ef/gh\n-----END KEY-----\n";
        let secrets = Secrets::new([("A_PRIVATE_KEY", key)]);
        assert_eq!(secrets.mask("  MIIEvQIBADAN\n  ab\"cd\\ef/gh"), "  [secret]\n  [secret]");
        assert_eq!(secrets.mask(&serde_json::json!({ "key": key }).to_string()), r#"{"key":"[secret]\n"}"#);
    }

    #[test]
    fn many_long_values_take_linear_time() {
        let values: Vec<String> = (0..50).map(|i| "a".repeat(2_000 + i) + "b").collect();
        let secrets = Secrets::new(values.iter().map(|value| ("X_TOKEN", value.as_str())));
        let text = "a".repeat(2 << 20);
        assert_eq!(secrets.mask(&text), text);
    }
}
