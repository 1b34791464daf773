//! Whether a person filled something in: the one list of what templates, bots and accounts leave where a name, evidence
//! or a reason belongs. Whoever reads or writes such a text asks here.

use unicode_normalization::UnicodeNormalization;

use super::escape::{is_blank, is_hidden};

/// What a template leaves behind, as [`folded`] writes it.
const PLACEHOLDERS: [&str; 40] = [
    "todo",
    "tbd",
    "tba",
    "tbc",
    "fixme",
    "xxx",
    "wip",
    "pending",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "nobody",
    "no one",
    "noone",
    "done",
    "lgtm",
    "looks good to me",
    "first last",
    "firstname lastname",
    "first name last name",
    "full name",
    "me",
    "myself",
    "someone",
    "somebody",
    "anyone",
    "unknown",
    "anonymous",
    "your name",
    "name",
    "changeme",
    "change me",
    "placeholder",
    "example",
    "foo",
    "bar",
    "asdf",
    "lorem ipsum",
];

/// Accounts, groups and programs, which claim nothing by themselves, as [`folded`] writes them. First names that a program
/// has too are people's.
const ACCOUNTS: [&str; 66] = [
    "ci",
    "cd",
    "ci/cd",
    "bot",
    "root",
    "admin",
    "administrator",
    "system",
    "user",
    "daemon",
    "build",
    "runner",
    "git",
    "github",
    "github-actions",
    "github actions",
    "gitlab",
    "gitlab-ci",
    "jenkins",
    "dependabot",
    "renovate",
    "semantic-release",
    "release-please",
    "noreply",
    "no-reply",
    "automation",
    "team",
    "the team",
    "everyone",
    "everybody",
    "all",
    "we",
    "us",
    "qa",
    "ops",
    "devops",
    "sre",
    "engineering",
    "developers",
    "maintainers",
    "security",
    "management",
    "ai",
    "llm",
    "gpt",
    "chatgpt",
    "copilot",
    "github copilot",
    "claude code",
    "codex",
    "cursor agent",
    "circleci",
    "circle ci",
    "travis",
    "travis ci",
    "buildkite",
    "teamcity",
    "bamboo",
    "drone ci",
    "azure pipelines",
    "azure devops",
    "bitbucket pipelines",
    "assistant",
    "dev",
    "release",
    "support",
];

/// What groups and programs are called, behind what they do.
const GROUPS: [&str; 9] = ["team", "group", "squad", "department", "ci", "pipeline", "pipelines", "assistant", "agent"];

/// Language models, which have a number; some are people's first names without.
const MODELS: [&str; 8] = ["gpt", "chatgpt", "claude", "claude-sonnet", "claude-opus", "gemini", "llama", "mistral"];

/// Start a note of what is still to be written, whatever follows: "TBD by Monday".
const REMINDERS: [&str; 5] = ["tbd", "tba", "tbc", "fixme", "pending"];

/// Addresses that documents use, when nothing stands behind the host.
const SAMPLE_HOSTS: [&str; 4] = ["example.com", "example.org", "example.net", "www.example.com"];

/// Two spellings that people would call the same: compatibility forms, case, spaces, invisible characters and the
/// punctuation at the end aside.
#[must_use]
pub(crate) fn folded(text: &str) -> String {
    let visible = text.nfkc().filter(|c| !is_hidden(*c));
    // The detour by capitals is what makes `ß` and `SS` one.
    let even: String = visible.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect();
    let words = even.split_whitespace().collect::<Vec<_>>().join(" ");
    words
        .trim_end_matches(|c: char| c.is_ascii_punctuation() && !is_closing(c) || matches!(c, '…' | '。'))
        .trim_end()
        .to_owned()
}

/// What ends a template or a remark belongs to it.
fn is_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '>')
}

/// Whether a person filled this in: it is no placeholder, no template and no reminder.
#[must_use]
pub(crate) fn is_filled_in(text: &str) -> bool {
    let whole = folded(text);
    !is_blank(&whole)
        && whole.contains(char::is_alphanumeric)
        && !is_one_letter(&whole)
        && !is_template(&whole)
        && !is_reminder(text, &whole)
        && !is_sample(&whole)
        && !PLACEHOLDERS.contains(&whole.as_str())
}

/// Whether a text can be a person's name: filled in, with nothing in it that would have to be escaped to be shown (joiners
/// aside, which some scripts need), and not that of a bot or an account.
#[must_use]
pub(crate) fn is_person(text: &str) -> bool {
    let hidden = |c: char| is_hidden(c) && !matches!(c, '\u{200c}' | '\u{200d}');
    is_filled_in(text) && !text.contains(hidden) && !text.contains("##[") && !is_account(&folded(text))
}

/// One letter or digit of an alphabet; one character can be a whole name in other scripts.
fn is_one_letter(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphanumeric());
    let first = letters.next();
    letters.next().is_none() && first.is_some_and(|c| c.is_ascii_digit() || c.is_lowercase())
}

/// What is to be replaced as a whole: `<name>`, `[name]`, `{{ name }}`, `${NAME}`, `$NAME`, `%NAME%`.
fn is_template(text: &str) -> bool {
    let around = [("<", ">"), ("[", "]"), ("{", "}"), ("${", "}"), ("$(", ")")];
    let variable = |c: char| c.is_ascii_alphanumeric() || c == '_';
    around.iter().any(|(open, close)| text.starts_with(open) && text.ends_with(close))
        || text.strip_prefix('$').is_some_and(|name| name.chars().all(variable))
        || text.strip_prefix('%').is_some_and(|name| name.chars().all(variable))
}

/// A note to oneself. `Todo` is a family name too: with words behind it, it is one only in capitals or small letters.
fn is_reminder(written: &str, whole: &str) -> bool {
    let first = whole.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let written: String = written.chars().filter(|c| !is_hidden(*c) && !c.is_whitespace()).take(4).collect();
    let is_todo = match whole.strip_prefix("todo") {
        Some(rest) => rest.trim_start().starts_with([':', '(']) || (first == "todo" && written != "Todo"),
        None => false,
    };
    is_todo || REMINDERS.contains(&first)
}

/// The address of a document's example, and nothing behind the host.
fn is_sample(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    SAMPLE_HOSTS.contains(&host)
}

/// `github-actions[bot]`, `release-bot`, `root@host`, `CI <ci@host>`.
fn is_account(text: &str) -> bool {
    let (name, address) = match text.split_once('<') {
        Some((name, address)) => (name.trim(), address),
        None => (text, if text.contains(' ') { "" } else { text }),
    };
    let local = address.split_once('@').map_or("", |(local, _)| local);
    let is_one = |text: &str| {
        let one_word = !text.contains(' ');
        ACCOUNTS.contains(&text) || (one_word && (text.ends_with("-bot") || text.ends_with("_bot")))
    };
    text.contains("[bot]")
        || is_group(name)
        || is_model(name)
        || is_one(name)
        || (name.is_empty() || name == text) && is_one(local)
}

/// `the QA team`, `GitLab CI`, `AI assistant`: the word for a group, behind or before what an account is called.
fn is_group(name: &str) -> bool {
    let name = name.strip_prefix("the ").unwrap_or(name);
    let of_account = |rest: &str| {
        let rest = rest.trim_end_matches('-').trim_end();
        ACCOUNTS.contains(&rest)
            || rest.split([' ', '-', '/', '&']).all(|word| word.is_empty() || ACCOUNTS.contains(&word))
    };
    GROUPS
        .iter()
        .any(|group| name.strip_suffix(group).is_some_and(|rest| rest.ends_with([' ', '-']) && of_account(rest)))
}

/// `GPT-4o`, `gpt 5`, `claude-3.5-sonnet`: a language model, by its number.
fn is_model(name: &str) -> bool {
    MODELS.iter().any(|model| {
        let rest = name.strip_prefix(model).unwrap_or_default();
        rest.trim_start_matches([' ', '-']).starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people() {
        for name in [
            "Jane Smith",
            "Zoë Müller",
            "李雷",
            "李",
            "j.smith@example.com",
            "Team Blue (on call)",
            "Todo Takatora",
            "Jan Bot",
            "Jane <jane@x.example>",
            "Al",
            "Na Li",
            "O'Neil",
            "Cid",
            "Rootsy",
            "María José",
            "X Æ A-12",
            "Tbilisi Office",
            "Bob [QA]",
            "J. Doe",
            "Claude",
            "Claude Monet",
            "Gemini Ganesan",
            "Devin",
            "QA Team Berlin",
        ] {
            assert!(is_person(name), "{name}");
        }
    }

    #[test]
    fn no_people() {
        for name in [
            "github-actions[bot]",
            "dependabot",
            "dependabot[bot]",
            "CI",
            "ci.",
            "root",
            "ROOT",
            "admin",
            "Admin!",
            "J",
            "j.",
            "x",
            "pending",
            "Pending review",
            "TBD by Monday",
            "tbd: later",
            "[name]",
            "<name>",
            "{{ name }}",
            "${USER}",
            "$USER",
            "%NAME%",
            "anonymous",
            "ＴＯＤＯ",
            "todo by Friday",
            "TODO ask Jane",
            "todo: Jane",
            "root@localhost",
            "41898282+github-actions[bot]@users.noreply.github.com",
            "noreply@github.com",
            "CI <ci@x.example>",
            "release-bot",
            "n/a",
            "N/A.",
            "...",
            "…",
            "?",
            "--",
            "",
            " \u{200b}",
            "1",
            "Name",
            "GitHub Actions",
            "ⓧ",
            "team",
            "The team",
            "QA",
            "DevOps",
            "ChatGPT",
            "GitHub Copilot",
            "everyone",
            "QA team",
            "the QA Team",
            "Admin Team",
            "security-team",
            "QA & Ops team",
            "GPT-4",
            "gpt 4o",
            "Claude 3.5 Sonnet",
            "AI assistant",
            "GitLab CI",
            "CircleCI",
            "noone",
            "done",
            "LGTM!",
            "First Last",
        ] {
            assert!(!is_person(name), "{name}");
        }
    }

    #[test]
    fn evidence_and_reasons() {
        for text in [
            "https://ci.example.com/jobs/456",
            "https://x.example/1",
            "Ticket 4711",
            "Nobody is on call.",
            "None here.",
            "CI",
            "無",
        ] {
            assert!(is_filled_in(text), "{text}");
        }
        for text in
            ["TODO", "n/a", "x", "X.", "https://example.com", "http://example.com/", "TBD", "-", "<url>", "none."]
        {
            assert!(!is_filled_in(text), "{text}");
        }
    }

    #[test]
    fn one_person_is_one_person() {
        for other in ["jane  SMITH ", "Jane Smith.", "Ｊａｎｅ Smith", "Jane\u{a0}Smith", "J\u{200b}ane Smith;"] {
            assert_eq!(folded(other), folded("Jane Smith"), "{other}");
        }
        assert_eq!(folded("Zoe\u{308} Groß"), folded("Zoë GROSS"));
        assert_ne!(folded("Jane Smith"), folded("Jane Smyth"));
    }
}
