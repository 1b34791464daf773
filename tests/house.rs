//! What CONTRIBUTING.md says is to be touched for something new: for things that are there, `src` names them in exactly
//! those files.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the table, a thing of its kind that is there, and the words by which `src` names it.
const SAMPLES: [(&str, &str, &[&str]); 14] = [
    ("a check", "deps_pinned", &["\"deps_pinned\"", "mod deps_pinned;", "DepsPinned"]),
    ("a check", "decision_approved", &["\"decision_approved\"", "mod decision_approved;", "DecisionApproved"]),
    ("a type of gate", "schema_validation", &["\"schema_validation\"", "mod schema_validation;", "SchemaValidation"]),
    ("a type of gate", "performance_regression", &["mod performance_regression;", "PerformanceRegression"]),
    ("a report format", "junit", &["junit", "Junit"]),
    ("a lock file of Python that pins", "pdm", &["\"pdm.lock\"", "fn pdm("]),
    ("a lock file of Node that pins", "bun", &["\"bun.lock\"", "mod bun;"]),
    ("an ecosystem that `deps_pinned` reads", "nix", &["\"flake.nix\"", "nix::load", "mod nix;"]),
    ("an ecosystem whose lock files are looked up", "composer", &["Packagist", "\"composer.lock\""]),
    ("a type of secret", "stripe_live_key", &["STRIPE_LIVE_KEY"]),
    ("a CI system", "GitLab CI", &["\"GITLAB_CI\""]),
    ("a forge", "gitea", &["ForgeKind::Gitea", "Self::Gitea", "mod gitea;"]),
    ("a CI system", "Buildkite", &["BUILDKITE_PULL_REQUEST_BASE_BRANCH"]),
    ("a setting", "score_window", &["DELIVERY_GATE_HRI_WINDOW"]),
];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder and of those below.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("src").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The code of a file, without comments and without what is there for tests only.
fn code(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().display().to_string();
    if name.ends_with("tests") || name == "testing" {
        return String::new();
    }
    let text = fs::read_to_string(path).expect("a source");
    let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    let text = text.split("\n#[cfg(test)]\npub(crate) mod ").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// Where `src` names a thing: the file that has its name, and those that have one of the words.
fn named(name: &str, words: &[&str]) -> BTreeSet<String> {
    let is_own = |path: &Path| path.file_stem().is_some_and(|stem| stem == name);
    let has_a_word = |path: &Path| {
        let code = code(path);
        words.iter().any(|word| code.contains(word))
    };
    let found = files(&top().join("src")).into_iter().filter(|path| is_own(path) || has_a_word(path));
    found.map(|path| path.strip_prefix(top()).expect("inside").display().to_string().replace('\\', "/")).collect()
}

/// The files of `src` in a row of the table; what stands between `<` and `>` is the thing's name.
fn told(row: &str, name: &str) -> BTreeSet<String> {
    let document = fs::read_to_string(top().join("CONTRIBUTING.md")).expect("the document");
    let row = document.lines().find(|line| line.starts_with(&format!("| {row} |"))).expect(row).to_owned();
    let quoted = row.split('`').skip(1).step_by(2).filter(|path| path.starts_with("src/"));
    let with_name = |path: &str| match (path.split_once('<'), path.split_once('>')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{name}{after}"),
        _ => path.to_owned(),
    };
    quoted.map(with_name).collect()
}

#[test]
fn what_is_to_be_touched_for_something_new_is_what_names_the_old() {
    for (row, name, words) in SAMPLES {
        assert_eq!(named(name, words), told(row, name), "{row}: {name}");
    }
}

#[test]
fn every_row_has_a_sample() {
    let document = fs::read_to_string(top().join("CONTRIBUTING.md")).expect("the document");
    let table = document.split("\n| to add | ").nth(1).expect("the table");
    let rows: BTreeSet<_> =
        table.lines().skip(2).map_while(|line| line.strip_prefix("| ")?.split(" |").next()).collect();
    assert_eq!(rows, SAMPLES.map(|(row, ..)| row).into());
}
