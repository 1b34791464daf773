//! Which stage of a .gitlab-ci.yml the gate belongs to. A pipeline with a job of a stage that it does not have is refused.

/// What GitLab has where a file names no stages.
const DEFAULT: [&str; 3] = ["build", "test", "deploy"];

/// The stage that every pipeline has after all others.
const LAST: &str = ".post";

/// The stage right after the tests' own; where none of them is named after tests, or nothing comes after it, the one that every pipeline
/// has at its end.
pub(super) fn after_tests(text: &str) -> String {
    let named = stages(text);
    let stages = if named.is_empty() { DEFAULT.map(str::to_owned).to_vec() } else { named };
    let tests = stages.iter().rposition(|stage| stage.to_lowercase().contains("test"));
    let after = tests.and_then(|at| stages.get(at + 1)).filter(|stage| is_plain(stage));
    after.cloned().unwrap_or_else(|| LAST.to_owned())
}

/// The names under `stages:`. The file is read by lines, for it may have tags and anchors that no strict reader takes.
fn stages(text: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("stages:"));
    let Some(first) = lines.next() else { return Vec::new() };
    let rest = without_comment(first.trim_start_matches("stages:")).trim().to_owned();
    if rest.starts_with('[') {
        let more = lines.map(without_comment).collect::<Vec<_>>().join(" ");
        let list = format!("{rest} {more}");
        let inside = list.trim_start_matches('[').split(']').next().unwrap_or_default();
        return inside.split(',').map(name).filter(|name| !name.is_empty()).collect();
    }
    let items = lines.map(without_comment).filter(|line| !line.trim().is_empty());
    let items = items.map_while(|line| line.trim_start().strip_prefix('-').map(name));
    items.collect()
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with('#') {
        return "";
    }
    line.split(" #").next().unwrap_or(line)
}

fn name(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

/// Whether it can be written as it is.
fn is_plain(stage: &str) -> bool {
    let begins = stage.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
    begins && stage.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_after_the_tests_is_one_that_is_there() {
        for (text, stage) in [
            ("", "deploy"),
            ("test: {script: [true]}\n", "deploy"),
            ("stages: [build, test, ship]\n", "ship"),
            ("stages: [build,\n  'unit-test', # first\n  \"e2e test\", ship it]\n", "ship it"),
            ("stages:\n- build\n- test\n\n# then\n- release # out\njob: {}\n", "release"),
            ("stages: # ours\n  - lint\n  - tests\n  - deploy\n", "deploy"),
            ("stages: [build, test]\n", ".post"),
            ("stages: [build, ship]\n", ".post"),
            ("stages:\n  - !reference [.stages, list]\n", ".post"),
            ("include: [x.yml]\n.x:\n  stages: [a]\n", "deploy"),
            ("stages: [test, \"a: b\"]\n", ".post"),
        ] {
            assert_eq!(after_tests(text), stage, "{text}");
        }
    }
}
