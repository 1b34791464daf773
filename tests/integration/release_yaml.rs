use std::fs;

use crate::common::{Project, RELEASE};

/// What is said when release.yaml has this text.
fn refusal_of(text: impl AsRef<[u8]>) -> String {
    let project = Project::drafted();
    fs::write(project.root().join("release.yaml"), text).expect("a file");
    project.check_after_ci().run().refusal()
}

/// Each input, the place that must be named, and a piece of the message.
#[test]
fn every_refusal_names_the_place() {
    let cases = [
        ("", "release.yaml:1:1", "the file is empty"),
        ("# only a comment\n", "release.yaml:1:1", "the file is empty"),
        ("- a\n", "release.yaml:1:1", "must be a mapping"),
        ("attestations: {}\n", "release.yaml:1:1", "has no `version`"),
        ("version: 1.10\n", "release.yaml:1:10", "put it in quotes: \"1.10\""),
        ("version: \"1 2\"\n", "release.yaml:1:10", "not a valid version"),
        ("version: \"1.2\\n3\"\n", "release.yaml:1:10", "not a valid version"),
        ("version:\n", "release.yaml:1:", "nothing (null)"),
        ("version: \"1.0\"\nversion: \"2.0\"\n", "release.yaml:2:1", "here twice"),
        ("version: \"1.0\"\nverison: \"2.0\"\n", "release.yaml:2:1", "did you mean `version`?"),
        ("version: \"1.0\"\nattestations: null\n", "release.yaml:2:15", "must be a mapping"),
        ("version: \"1.0\"\nattestations: {a: {answer: yes}}\n", "release.yaml:2:28", "true or false"),
        ("version: \"1.0\"\nattestations: {a: {answer: \"true\"}}\n", "release.yaml:2:28", "a text in quotes"),
        ("version: \"1.0\"\nattestations: {a: {by: x}}\n", "release.yaml:2:19", "has no `answer`"),
        ("version: \"1.0\"\nattestations: {a: {answer: true, by: [x]}}\n", "release.yaml:2:38", "a list"),
        ("version: \"1.0\"\nattestations: {a: {answer: true, by: x, at: soon}}\n", "release.yaml:2:45", "RFC 3339"),
        (
            "version: \"1.0\"\nattestations: {changelog: {answer: true, by: x}}\n",
            "release.yaml:2:16",
            "nobody can attest",
        ),
        ("version: \"1.0\"\nnot_applicable: {a: \" \"}\n", "release.yaml:2:21", "is empty"),
        ("version: \"1.0\"\nnot_applicable: {a: true}\n", "release.yaml:2:21", "a boolean"),
        ("version: \"1.0\"\nnot_applicable: {../a: b}\n", "release.yaml:2:18", "not an id"),
        ("version: \"1.0\"\n---\nversion: \"2.0\"\n", "release.yaml:2:1", "second YAML document"),
        ("version: &v \"1.0\"\n", "release.yaml:1:", "anchor"),
        ("version: !!str 1.0\n", "release.yaml:1:", "tag"),
        ("version: \"1.0\"\nattestations: {a: {<<: {answer: true}}}\n", "release.yaml:2:20", "merge key"),
        ("version: \"1.0\n", "release.yaml:", "not valid YAML"),
        ("version: \"1.0\"\nattestations:\n\ta: b\n", "release.yaml:3:", "not valid YAML"),
        ("version: \"1.0\"\nx: \0\n", "release.yaml:2:", "not valid YAML"),
    ];
    for (text, place, piece) in cases {
        let refusal = refusal_of(text);
        assert!(refusal.contains(place) && refusal.contains(piece), "{text:?}: {refusal}");
        assert!(refusal.contains("help: "), "no next step for {text:?}: {refusal}");
    }
}

#[test]
fn all_problems_of_both_files_are_listed_in_one_run() {
    let project = Project::drafted();
    let release = "version: 1.10\nattestatons: {}\nattestations:\n  rollback_tested: {answer: yes, by: TODO}\n\
                   not_applicable: {rollback_tested: \"\"}\n";
    let policy = "tags: v1\npinning: {mode: exat, scope: []}\ntag: \"v1\"\nrequired: [changelgo]\n";
    project.write("release.yaml", release).write("delivery-gate.yaml", policy);
    insta::assert_snapshot!(project.check().run().refusal());
}

#[test]
fn a_file_that_is_not_text_for_people_is_refused() {
    let refusal = refusal_of(b"version: \"1.0\"\n# \xc3\xa9 \xff\n");
    assert!(refusal.contains("this is not UTF-8") && refusal.contains("release.yaml:2:5"), "{refusal}");
    assert!(refusal.contains("# \u{e9} \u{fffd}"), "{refusal}");
    assert!(refusal_of(" ".repeat((1 << 20) + 1)).contains("release.yaml: it is larger than 1 MiB"));
}

#[test]
fn bombs_are_refused_at_their_place() {
    let aliases = (1..12).map(|i| format!("a{i}: &a{i} [*a{}, *a{}]\n", i - 1, i - 1)).collect::<String>();
    let bomb = format!("version: \"1.0\"\na0: &a0 x\n{aliases}");
    assert!(refusal_of(bomb).contains("release.yaml:2:"));
    assert!(refusal_of(format!("version: {}", "[".repeat(100_000))).contains("release.yaml:1:"));
    assert!(refusal_of(format!("version: \"1.0\"\n{}", "- ".repeat(100_000))).contains("release.yaml:2:"));
}

#[test]
fn a_file_full_of_problems_or_claims_is_read() {
    let unknown: String = (0..20_000).map(|i| format!("key{i}: 1\n")).collect();
    let refusal = refusal_of(format!("version: \"1.2.3\"\n{unknown}"));
    assert!(refusal.contains("release.yaml:2:1") && refusal.matches("error").count() == 101, "{}", refusal.len());
    let aliases: String = (0..20_000).map(|i| format!("k{i}: *a\n")).collect();
    assert!(refusal_of(aliases).contains("release.yaml:1:"));
    let project = Project::drafted();
    let claims: String = (0..5_000).map(|i| format!("  claim{i}: {{answer: true, by: \"J S\"}}\n")).collect();
    project.append("release.yaml", &claims).commit().tag("v1.2.3");
    assert_eq!(project.check_after_ci().run().code, Some(0));
}

#[test]
fn in_a_folder_below_release_yaml_its_folder_is_named() {
    let project = Project::drafted();
    project.write("src/demo/a.py", "");
    let top = project.root().canonicalize().expect("the top");
    for command in ["check", "attest"] {
        let refusal = project.gate(&[command, "--repo", "repo/src/demo"]).run().refusal();
        let help = format!("there is one in a folder above: run it there, or with --repo {}\n", top.display());
        assert!(refusal.contains(&help), "{refusal}");
    }
}

#[test]
fn a_missing_file_is_refused_with_the_next_step() {
    let project = Project::drafted();
    project.remove("release.yaml");
    let refusal = project.check().run().refusal();
    assert!(
        refusal.contains("release.yaml: there is no such file") && refusal.contains("delivery-gate init"),
        "{refusal}"
    );
}

#[cfg(unix)]
#[test]
fn what_is_not_a_file_of_the_repository_is_refused() {
    use std::os::unix::fs::symlink;
    let project = Project::drafted();
    fs::write(project.path("outside.yaml"), RELEASE).expect("a file");
    project.remove("release.yaml");
    symlink("../outside.yaml", project.root().join("release.yaml")).expect("a link");
    assert!(project.check().run().refusal().contains("a symbolic link that leaves the repository"));
    project.remove("release.yaml");
    fs::create_dir(project.root().join("release.yaml")).expect("a folder");
    assert!(project.check().run().refusal().contains("it is not a regular file"));
}

#[test]
fn a_byte_order_mark_and_crlf_are_fine() {
    let project = Project::drafted();
    project.write("release.yaml", &format!("\u{feff}{}", RELEASE.replace('\n', "\r\n"))).commit().tag("v1.2.3");
    assert_eq!(project.check_after_ci().run().code, Some(0));
}

/// What is shown in several characters for one is one all the same.
#[test]
fn a_column_counts_the_characters_of_the_file() {
    let project = Project::drafted();
    for (rest, column) in
        [("\n\t\t\trollback_tested: {}\n", 4), (" {rollback_tested: {by: \"\u{202e}\", answer: 1}}\n", 51)]
    {
        project.write("release.yaml", &format!("version: \"1.2.0\"\nattestations:{rest}"));
        let told = project.check().run().refusal();
        let (_, report) = project.check().json();
        assert_eq!(report["error"]["column"], column, "{report}");
        let place = format!("--> release.yaml:{}:{column}\n", report["error"]["line"]);
        assert!(told.contains(&place), "{told}");
    }
}
