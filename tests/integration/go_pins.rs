//! go.mod, go.work, and what go.sum may say about them.

use crate::common::Project;
use crate::pins::{changed, fixture, project_of, row_in, row_of};

const A_SUM: &str = "example.org/a v1.2.0 h1:pEv6w+6ofs8ZIz1C96TtGDMYu5PtYK5tAVJT3cexj9o=\n";
const A_MOD: &str = "example.org/a v1.2.0/go.mod h1:l7dmQtfuO+fz30xSKHefQzonqcRKVk4lH0lL7AoQijo=\n";

fn of_module(rest: &str, sums: &str) -> String {
    row_of(&[("go.mod", &format!("module example.org/m\n\ngo 1.21\n\n{rest}")), ("go.sum", sums)])
}

#[test]
fn what_go_wrote_is_pinned() {
    assert_eq!(changed("go/tidy", &[]), "PASS  All 5 dependencies are pinned.");
    assert_eq!(changed("go/vendored", &[]), "PASS  All 5 dependencies are pinned.");
    assert_eq!(changed("go/replaced", &[]), "PASS  All 4 dependencies are pinned.");
    assert_eq!(changed("go/work", &[]), "PASS  All 3 dependencies are pinned.");
    assert_eq!(
        changed("go/before-1.17", &[]),
        "PASS  All 3 dependencies are pinned. go.mod is older than Go 1.17 and lists direct requirements only: Go holds \
         the others to go.sum."
    );
}

#[test]
fn each_hash_that_go_demands_is_missed() {
    let hole = |why: &str| format!("FAIL  1 of 5 dependencies are not pinned: {why}");
    assert_eq!(changed("go/tidy", &[("go.sum", A_SUM, "")]), hole("example.org/a v1.2.0: go.sum has no hash for it"));
    assert_eq!(
        changed("go/tidy", &[("go.sum", A_MOD, "")]),
        hole("example.org/a v1.2.0: go.sum has no hash for its go.mod")
    );
    let indirect = "example.org/b v0.3.0/go.mod h1:";
    assert_eq!(
        changed("go/tidy", &[("go.sum", indirect, "example.org/b v0.3.0/go.mod h2:")]),
        hole("example.org/b v0.3.0: go.sum has no hash for its go.mod")
    );
    // An indirect one may give no package: Go has no hash of its content then.
    assert_eq!(
        changed("go/tidy", &[("go.sum", "example.org/b v0.3.0 h1:", "example.org/z v0.3.0 h1:")]),
        "PASS  All 5 dependencies are pinned."
    );
    // What Go takes for the word, and what only looks like it.
    let without = ("go.sum", "example.org/b v0.3.0 h1:", "example.org/z v0.3.0 h1:");
    let said = |comment: &str| {
        changed(
            "go/tidy",
            &[without, ("go.mod", "example.org/b v0.3.0 // indirect", &format!("example.org/b v0.3.0 {comment}"))],
        )
    };
    for comment in ["//indirect", "//  indirect ", "// indirect; for the tests"] {
        assert_eq!(said(comment), "PASS  All 5 dependencies are pinned.", "{comment}");
    }
    for comment in
        ["", "// indirect;", "// indirect ; for the tests", "// indirect;for the tests", "// indirect for the tests"]
    {
        assert_eq!(said(comment), hole("example.org/b v0.3.0: go.sum has no hash for it"), "{comment}");
    }
    assert_eq!(
        changed("go/tidy", &[("go.sum", "h1:pEv6w+6", "h1:pEv6w")]),
        hole("example.org/a v1.2.0: go.sum has no hash for it")
    );
}

#[test]
fn a_go_sum_counts_as_a_whole() {
    assert_eq!(
        changed("go/tidy", &[("go.sum", "", "")]),
        "FAIL  there is no go.sum; `go mod tidy` writes it, and git must have it"
    );
    let project = project_of(&[]);
    for (path, text) in fixture("go/tidy") {
        project.write(&path, &text);
    }
    project.write(".gitignore", "go.sum\n");
    assert_eq!(
        row_in(project.track()),
        "FAIL  go.sum is not tracked by git; `go mod tidy` writes it, and git must have it"
    );
    assert_eq!(
        changed("go/tidy", &[("go.sum", A_SUM, &format!("{A_SUM}{}", A_SUM.replace("pEv6", "pEv7")))]),
        "FAIL  go.sum has two hashes for example.org/a v1.2.0"
    );
    assert_eq!(
        changed("go/tidy", &[("go.sum", A_SUM, "example.org/a v1.2.0\n")]),
        "UNPROVEN  go.sum could not be read: line 1 is not `module version hash`"
    );
    assert_eq!(row_of(&[("go.mod", "module m\n\ngo 1.21\n")]), "PASS  No dependencies to pin.");
}

#[test]
fn a_version_is_one_version() {
    for version in ["latest", "master", "v1", "v1.2", "1.2.3", ">=v1.2.3"] {
        assert_eq!(
            of_module(&format!("require example.org/x {version}\n"), A_MOD),
            format!("FAIL  1 of 1 dependencies are not pinned: example.org/x ({version})")
        );
    }
    for version in ["v2.0.0+incompatible", "v0.0.0-20240102030405-abcdefabcdef", "v1.0.0-rc.1"] {
        let sums = format!("{A_SUM}{A_MOD}").replace("example.org/a v1.2.0", &format!("example.org/x {version}"));
        let row = of_module(&format!("require (\n\t\"example.org/x\" {version} // why\n)\n"), &sums);
        assert_eq!(row, "PASS  All 1 dependencies are pinned.");
    }
}

#[test]
fn what_stands_in_the_place_of_a_module_is_held_to_the_release() {
    let fails = |why: &str| format!("FAIL  1 of 4 dependencies are not pinned: {why}");
    assert_eq!(
        changed("go/replaced", &[("go.mod", "=> ./lib", "=> ../lib")]),
        fails(
            "example.org/lib (v0.0.0). Not asked: lib/go.mod (`manifests:` in delivery-gate.yaml adds what is released)."
        )
    );
    assert_eq!(changed("go/replaced", &[("lib/go.mod", "", "")]), "UNPROVEN  example.org/lib: there is no lib/go.mod");
    assert_eq!(
        changed("go/replaced", &[("go.sum", "example.org/empty v1.0.0 h1", "example.org/old v1.0.0 h1")]),
        fails("example.org/empty v1.0.0 in place of example.org/old: go.sum has no hash for it")
    );
    // Before 1.17, what the folder's module requires stands nowhere else.
    let old = [("go.mod", "go 1.18", "go 1.16"), ("go.mod", "\texample.org/b v0.3.0 // indirect\n", "")];
    assert!(changed("go/replaced", &old).starts_with("PASS  All 5 dependencies are pinned."));
    let hole = [&old[..], &[("go.sum", "example.org/b v0.3.0/go.mod", "example.org/z v0.3.0/go.mod")]].concat();
    let row = changed("go/replaced", &hole);
    let expected = "FAIL  1 of 5 dependencies are not pinned: example.org/b v0.3.0: go.sum has no hash for its go.mod.";
    assert!(row.starts_with(expected), "{row}");
}

#[test]
fn a_vendored_tree_that_fits_is_part_of_the_release() {
    assert_eq!(changed("go/vendored", &[("go.sum", "", "")]), "PASS  All 5 dependencies are pinned.");
    let stale = "FAIL  vendor/modules.txt is out of date: ";
    let next = "; `go mod vendor` writes it anew";
    let cases = [
        (("go.mod", "b v0.3.0", "b v0.3.1"), "it does not have example.org/b v0.3.1"),
        (("go.mod", "\texample.org/c v1.1.0 // indirect\n", ""), "go.mod does not require example.org/c v1.1.0"),
        (
            ("vendor/modules.txt", "# example.org/t v1.0.0\n## explicit;", "# example.org/t v1.0.0\n##"),
            "it does not have example.org/t v1.0.0",
        ),
        (
            ("go.mod", "go 1.17\n", "go 1.17\nreplace example.org/t => ./t\n"),
            "it has another replacement of example.org/t",
        ),
    ];
    for (change, why) in cases {
        let row = changed("go/vendored", &[change]);
        assert!(row.starts_with(&format!("{stale}{why}{next}")), "{row}");
    }
}

#[test]
fn the_members_of_a_workspace_share_their_hashes() {
    assert_eq!(
        changed("go/work", &[("lib/go.sum", "", ""), ("app/go.sum", "", "")]),
        "FAIL  2 of 3 dependencies are not pinned: example.org/b v0.3.0: no go.sum of the workspace has a hash for it, example.org/c v1.0.0: no go.sum of the \
         workspace has a hash for its go.mod"
    );
    assert_eq!(
        changed("go/work", &[("go.work", "./lib", "../lib")]),
        "FAIL  1 of 2 dependencies are not pinned: ../lib. Not asked: lib/go.mod (`manifests:` in delivery-gate.yaml adds \
         what is released)."
    );
    assert_eq!(changed("go/work", &[("lib/go.mod", "", "")]), "UNPROVEN  ./lib: there is no lib/go.mod");
    assert_eq!(
        changed("go/work", &[("go.work.sum", "", ""), ("app/go.sum", "", ""), ("lib/go.sum", "", "")]),
        "FAIL  there is no app/go.sum; `go mod tidy` writes it, and git must have it"
    );
    // A module at the top is read by itself, with the hashes of its workspace.
    let project = project_of(&[("go.mod", "module example.org/m\n\ngo 1.18\n\nrequire example.org/lib v0.1.0\n")]);
    for (path, text) in fixture("go/work") {
        project.write(&path, &text.replace("\t./lib\n", "\t./lib\n\t.\n"));
    }
    assert_eq!(row_in(project.track()), "PASS  All 4 dependencies are pinned.");
}

#[test]
fn a_line_that_go_refuses_is_shown_with_its_place() {
    let refused = |text: &str| {
        let project = project_of(&[("go.mod", text)]);
        project.track();
        project.check().run().refusal()
    };
    let cases = [
        ("module m\nrequire x\n", "go.mod:2:1", "this is no `require`"),
        ("module m\nrequire (\n\tx v1.0.0\n", "go.mod:2:1", "the block of require has no end"),
        ("module m\n/* x */\n", "go.mod:2:1", "comments begin with `//` here"),
        ("module \"m\n", "go.mod:1:1", "the quotes have no end"),
        ("module m\nmodule n\n", "go.mod:2:1", "this is no `module`, or the second one"),
        ("module m\n\n  replace a => b\n", "go.mod:3:3", "is expected behind `=>`"),
        ("module m\nreplace a => ./b\nreplace a => ./c\n", "go.mod:3:1", "two replacements of one module"),
        ("module m\ngo one\n", "go.mod:2:1", "this is no `go`"),
        ("module m\n(\n", "go.mod:2:1", "a parenthesis"),
        ("go 1.21\n", "go.mod", "it names no module"),
    ];
    for (text, place, what) in cases {
        let told = refused(text);
        assert!(told.contains(place) && told.contains(what), "{text:?}: {told}");
    }
    let newer = "module m\n\ngo 1.30\n\nfuture x\n";
    assert_eq!(row_of(&[("go.mod", newer)]), "UNPROVEN  go.mod:5: the gate does not know the directive `future`");
    let known = "module m\n\ngo 1.24\ntoolchain go1.24.1\ngodebug default=go1.21\ntool (\n\tx/cmd\n)\nignore ./a\n\
        exclude x v1.0.0\nretract [v1.0.0, v1.1.0] // bad\nretract (\n\tv1.2.0\n)\nrequire ()\n";
    assert_eq!(row_of(&[("go.mod", known)]), "PASS  No dependencies to pin.");
}

/// Another way to read the same files.
#[test]
fn requirements_are_those_that_a_word_search_finds() {
    for name in ["go/tidy", "go/before-1.17", "go/replaced"] {
        let files = fixture(name);
        let text = &files.iter().find(|(path, _)| path == "go.mod").expect("a go.mod").1;
        let is_required = |line: &&str| line.contains(" v") && !line.contains("=>");
        let wanted = text.lines().filter(is_required).map(|line| line.trim_start_matches("require").trim().to_owned());
        let mut wanted: Vec<_> = wanted.map(|line| line.replace(" // indirect", "")).collect();
        let project = Project::drafted();
        for (path, text) in &files {
            project.write(path, if path == "go.sum" { "x\n" } else { text });
        }
        // Where all hashes are missing, JSON names every one of them.
        project.remove("pyproject.toml").write("go.sum", "x v1.0.0 h1:y\n").track();
        let (_, report) = project.check_after_ci().json();
        let unpinned = crate::common::result(&report, "deps_pinned")["metrics"]["unpinned"].clone();
        let shown = |one: &serde_json::Value| {
            format!("{} {}", one["name"].as_str().unwrap_or("?"), one["requirement"].as_str().unwrap_or("?"))
        };
        let mut found: Vec<_> = unpinned.as_array().expect("a list").iter().map(shown).collect();
        wanted.retain(|one| !one.starts_with("example.org/lib "));
        wanted.sort();
        found.sort();
        assert_eq!(found, wanted, "{name}");
    }
}

/// What the modules of the release require is held to hashes even where the project's own module needs none.
#[test]
fn without_any_go_sum_nothing_behind_a_local_module_is_pinned() {
    let old = [
        ("go.mod", "module example.org/m\n\ngo 1.16\n\nrequire example.org/e v0.9.1\n\nreplace example.org/e => ./e\n"),
        ("e/go.mod", "module example.org/e\n\ngo 1.16\n\nrequire example.org/a v1.2.0\n"),
    ];
    let told = row_of(&old);
    assert!(told.starts_with("FAIL  there is no go.sum; `go mod tidy` writes it"), "{told}");
    let alone = "module example.org/e\n\ngo 1.16\n";
    assert!(row_of(&[old[0], ("e/go.mod", alone)]).starts_with("PASS  "));
}
