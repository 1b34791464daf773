//! Deno's imports, with lock files that Deno itself wrote (tests/fixtures/ecosystems/deno); those of JSR and of addresses are by hand.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Project, result};

fn fixture(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ecosystems/deno").join(path);
    fs::read_to_string(path).expect("a fixture")
}

fn row_of(files: &[(&str, &str)]) -> Value {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    for (path, text) in files {
        project.write(path, text);
    }
    project.track();
    let (_, report) = project.check_after_ci().json();
    result(&report, "deps_pinned").clone()
}

fn told(row: &Value) -> (&str, &str) {
    (row["status"].as_str().expect("a status"), row["detail"].as_str().expect("a detail"))
}

#[test]
fn a_lock_file_of_deno_pins_what_it_was_made_for() {
    let (manifest, lock) = (fixture("comments/deno.jsonc"), fixture("comments/deno.lock"));
    let row = row_of(&[("deno.jsonc", &manifest), ("deno.lock", &lock)]);
    assert_eq!(told(&row), ("PASS", "All 3 dependencies are pinned."));
    let row = row_of(&[("deno.jsonc", &manifest)]);
    let expected = "2 of 3 dependencies are not pinned: ms (npm:ms@^2.1.3), chalk (npm:/chalk@5/)";
    assert_eq!(told(&row), ("FAIL", expected));
    assert_eq!(row["source"], "deno.jsonc:6");
    let (top, member, lock) = (fixture("ws/deno.json"), fixture("ws/a/deno.json"), fixture("ws/deno.lock"));
    let row = row_of(&[("deno.json", &top), ("a/deno.json", &member), ("deno.lock", &lock)]);
    assert_eq!(told(&row), ("PASS", "All 2 dependencies are pinned."));
}

/// An independent reading: the integrities of the text, counted.
#[test]
fn every_package_of_a_lock_file_is_looked_at() {
    let (manifest, lock) = (fixture("comments/deno.jsonc"), fixture("comments/deno.lock"));
    let count = lock.matches("\"integrity\": \"sha512-").count();
    assert_eq!(count, 4);
    for number in 0..count {
        let (at, _) = lock.match_indices("sha512-").nth(number).expect("a hash");
        let open = format!("{}sha1-{}", &lock[..at], &lock[at + 7..]);
        let row = row_of(&[("deno.jsonc", &manifest), ("deno.lock", &open)]);
        let detail = row["detail"].as_str().expect("a detail");
        assert!(row["status"] == "FAIL" && detail.starts_with("deno.lock has no hash for npm:"), "{row}");
    }
}

#[test]
fn what_a_lock_file_of_deno_lacks_is_named() {
    let manifest = fixture("comments/deno.jsonc");
    let lock = fixture("comments/deno.lock");
    let cases = [
        ("\"ms@2.1.2\": {", "\"x@2.1.2\": {", "FAIL", "deno.lock does not have npm:ms@2.1.2, which debug@4.3.4 needs"),
        (
            "\"npm:ms@^2.1.3\": \"2.1.3\"",
            "\"npm:ms@^2.1.3\": \"3.0.0\"",
            "FAIL",
            "1 of 3 dependencies are not pinned: ms (npm:ms@^2.1.3)",
        ),
        (
            "\"version\": \"5\"",
            "\"version\": \"3\"",
            "UNPROVEN",
            "ms: deno.lock could not be read: its version is '3', not 4 or 5; `deno install` writes it anew",
        ),
        ("\"specifiers\"", "\"version\"", "UNPROVEN", "ms: deno.lock could not be read: "),
    ];
    for (from, to, status, detail) in cases {
        assert!(lock.contains(from), "{from}");
        let row = row_of(&[("deno.jsonc", &manifest), ("deno.lock", &lock.replacen(from, to, 1))]);
        assert!(row["status"] == status && told(&row).1.starts_with(detail), "{from}: {row}");
    }
}

#[test]
fn packages_of_jsr_and_modules_at_addresses() {
    let hash = "ab".repeat(32);
    let manifest = "{\"imports\": {\"fs\": \"jsr:@std/fs@^1.0.0\", \"x\": \"https://x.example/mod.ts\", \"d/\": \"https://x.example/d/\", \"./\": \"./src/\", \
                    \"n\": \"node:fs\"}}";
    let lock = format!(
        "{{\"version\": \"4\", \"specifiers\": {{\"jsr:@std/fs@1\": \"1.0.5\", \"jsr:@std/path@^1.0.2\": \"1.0.2\"}}, \"jsr\": {{\"@std/fs@1.0.5\": \
         {{\"integrity\": \"{hash}\", \"dependencies\": [\"jsr:@std/path\"]}}, \"@std/path@1.0.2\": {{\"integrity\": \"{hash}\"}}}}, \"remote\": \
         {{\"https://x.example/mod.ts\": \"{hash}\", \"https://x.example/d/a.ts\": \"{hash}\"}}}}"
    );
    let row = |lock: &str| row_of(&[("deno.json", manifest), ("deno.lock", lock)]);
    assert_eq!(told(&row(&lock)), ("PASS", "All 3 dependencies are pinned."));
    let without = row(&lock.replace("https://x.example/mod.ts", "https://x.example/other.ts"));
    assert_eq!(told(&without), ("FAIL", "1 of 3 dependencies are not pinned: https://x.example/mod.ts"));
    let without = row(&lock.replace("\"jsr:@std/path@^1.0.2\": \"1.0.2\"", "\"jsr:@std/x@1\": \"1.0.0\""));
    assert_eq!(told(&without), ("FAIL", "deno.lock does not have jsr:@std/path, which @std/fs@1.0.5 needs"));
    // An exact version needs no lock file, an address has none.
    let exact =
        "{\"imports\": {\"a\": \"jsr:@std/fs@1.0.5\", \"b\": \"npm:ms@2.1.3/x\", \"c\": \"https://x.example/mod.ts\"}}";
    let row = row_of(&[("deno.json", exact)]);
    assert_eq!(told(&row), ("FAIL", "1 of 3 dependencies are not pinned: https://x.example/mod.ts"));
}

#[test]
fn members_import_maps_and_links_count() {
    let top =
        "{\"workspace\": {\"members\": [\"./packages/*\"]}, \"importMap\": \"./map.json\", \"links\": [\"../x\"]}";
    let member = "{\"name\": \"@demo/a\", \"version\": \"1.0.0\", \"imports\": {\"ms\": \"npm:ms@2\", \"self\": \"jsr:@demo/a@^1\"}}";
    let map = "{\"imports\": {\"fs\": \"jsr:@std/fs@1\"}}";
    let row = row_of(&[("deno.json", top), ("packages/a/deno.jsonc", member), ("map.json", map)]);
    let expected = "3 of 4 dependencies are not pinned: links (../x), @std/fs (jsr:@std/fs@1), ms (npm:ms@2)";
    assert_eq!(told(&row), ("FAIL", expected));
}

#[test]
fn a_manifest_with_a_syntax_error_is_refused_with_its_place() {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    project.write("deno.jsonc", "{\n  /* a\n  b */ \"imports\": {\"a\" \"b\"}\n}\n").commit();
    let refusal = project.check_after_ci().run().refusal();
    assert!(refusal.contains("deno.jsonc:3:24"), "{refusal}");
}

#[test]
fn hostile_lock_files_are_survived() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for lock in ["", "[]", "{\"version\": \"5\", \"npm\": []}", "{\"version\": 5}", deep.as_str()] {
        let row = row_of(&[("deno.json", "{\"imports\": {\"a\": \"npm:a@1\"}}"), ("deno.lock", lock)]);
        assert_eq!(row["status"], "UNPROVEN", "{row}");
    }
}

#[test]
fn a_member_has_what_the_workspace_imports_for_its_code() {
    let top = "{\"workspace\": [\"./a\", \"./b\"], \"imports\": {\"ms\": \"npm:ms@^2.1.3\", \"x/\": \"jsr:/@x/x@1/\", \"b\": \"jsr:@demo/b@^1\"}}";
    let said = |code: &str| {
        let project = Project::drafted();
        project.remove("pyproject.toml").write("deno.json", top).write("a/main.ts", code);
        project.write("a/deno.json", "{\"name\": \"@demo/a\", \"version\": \"1.2.3\"}");
        project.write("b/deno.json", "{\"name\": \"@demo/b\", \"version\": \"1.0.0\"}");
        for file in ["release.yaml", "CHANGELOG.md"] {
            let text = fs::read_to_string(project.root().join(file)).expect("a file");
            project.write(&format!("a/{file}"), &text).remove(file);
        }
        project.track();
        let run = project.gate(&["check", "--repo", "repo/a", "--ci-status", "success"]).run();
        run.row("Dependencies").replace("Dependencies pinned to exact versions — ", "")
    };
    assert_eq!(said("import { ms } from 'ms';\n"), "FAIL  1 of 1 dependencies are not pinned: ms (npm:ms@^2.1.3)");
    assert_eq!(said("import \"x/y.ts\";\n"), "FAIL  1 of 1 dependencies are not pinned: @x/x (jsr:/@x/x@1/)");
    assert_eq!(said("import b from \"b\";\n"), "PASS  All 1 dependencies are pinned.");
    assert_eq!(said("import \"./other.ts\"; // ms\n"), "PASS  No dependencies to pin.");
}
