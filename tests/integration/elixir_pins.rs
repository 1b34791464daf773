//! mix.exs, and what mix.lock may say about it.

use crate::common::result;
use crate::pins::{changed, fixture, project_of, row_in, row_of};

const NAME: &str = "elixir/hex";
const HASH: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A mix.exs with this for `deps:`.
fn mix(deps: &str) -> String {
    format!("defmodule D do\n  def project do\n    [app: :d, version: \"1.2.3\", deps: {deps}]\n  end\nend\n")
}

fn fails(why: &str) -> String {
    format!("FAIL  1 of 4 dependencies are not pinned: {why}")
}

#[test]
fn what_mix_wrote_is_pinned() {
    assert_eq!(changed("elixir/tag", &[]), "PASS  All 1 dependencies are pinned.");
    assert_eq!(
        changed(NAME, &[]),
        "PASS  All 4 dependencies are pinned. Not asked: own/mix.exs (`manifests:` in delivery-gate.yaml adds what is released)."
    );
}

#[test]
fn each_hash_and_each_entry_is_missed() {
    let row = |changes: &[(&str, &str, &str)]| {
        changed(NAME, changes)
            .replace(". Not asked: own/mix.exs (`manifests:` in delivery-gate.yaml adds what is released).", "")
    };
    let git = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(row(&[("mix.lock", git, "v2.2.0")]), fails("icons (https://github.com/example/icons.git)"));
    assert_eq!(row(&[("mix.lock", "  \"ex_doc\":", "  \"ex_docs\":")]), fails("ex_doc (>= 0.30.0 and < 1.0.0)"));
    assert_eq!(row(&[("mix.lock", "\"mime\": ", "\"mimes\": ")]), fails("mime via plug: mix.lock does not have it"));
    let open = format!(":mime, \"2.0.5\", \"{HASH}\"");
    let bare = [
        ("mix.lock", open.as_str(), ":mime, \"2.0.5\", \"x\""),
        ("mix.lock", "[], \"hexpm\", \"bbbb", "[], \"hexpm\", \"bb"),
    ];
    assert_eq!(row(&bare), fails("mime via plug: mix.lock has no SHA-256 for it"));
    assert_eq!(row(&[("mix.lock", "\"1.15.3\"", "\"1.14.0\"")]), fails("plug (~> 1.15)"));
    assert_eq!(
        row(&[("mix.lock", "example/icons.git", "other/icons.git")]),
        fails("icons (https://github.com/example/icons.git)")
    );
    assert_eq!(row(&[("mix.exs", "path: \"own\"", "path: \"../own\"")]), fails("own (../own)"));
    // Of the packages of the release, the lock file has none.
    let gone = [("own/mix.exs", "", "")];
    assert_eq!(changed(NAME, &gone), "UNPROVEN  own: there is no own/mix.exs");
}

#[test]
fn a_lock_file_that_cannot_be_read_is_unproven() {
    let text = mix("[{:a, \"~> 1.0\"}]");
    let of = |lock: &str| row_of(&[("mix.exs", &text), ("mix.lock", lock)]);
    let entry = format!("\"a\": {{:hex, :a, \"1.0.0\", \"{HASH}\", [:mix], [], \"hexpm\"}}");
    assert_eq!(of(&format!("%{{{entry}}}")), "PASS  All 1 dependencies are pinned.");
    for (lock, why) in [
        (format!("%{{\n{entry},\n{entry}}}\n"), "line 3: a is there twice"),
        (format!("%{{\n<<<<<<< ours\n{entry}\n"), "line 2: a key in quotes is expected"),
        (format!("%{{\n{entry}"), "line 2: a bracket before it has no end"),
        (format!("%{{\n{entry}}} ++ x"), "line 2: there is more behind the map"),
        ("%{\n\"a\": \"1.0".to_owned(), "line 2: this text has no end"),
        ("%{\n\"a\": fetch(\"a\")}".to_owned(), "line 2: a is nothing that mix writes"),
        ("%{\n\"a\": {:hex, :a, 1}}".to_owned(), "line 2: a is nothing that mix writes"),
        (String::new(), "line 1: a map `%{` is expected"),
        (format!("%{{\n\"a\": {}", "[".repeat(100_000)), "line 2: it nests too deep"),
        (format!("%{{{}}}", "a,".repeat(1 << 20)), "it has too many values to be read"),
    ] {
        let cut: String = lock.chars().take(60).collect();
        assert_eq!(of(&lock), format!("UNPROVEN  a: mix.lock could not be read: {why}"), "{cut}");
    }
    assert_eq!(of("%{\"a\": {:svn, \"x\", \"1\"}}"), "FAIL  1 of 1 dependencies are not pinned: a (~> 1.0)");
    assert_eq!(of("%{\"a\": {:hex, :a, \"1.0.0\"}}"), "FAIL  1 of 1 dependencies are not pinned: a (~> 1.0)");
}

#[test]
fn without_a_lock_file_only_what_is_written_out_counts() {
    for (deps, expected) in [
        ("[{:a, \"== 1.2.3\"}]", "PASS  All 1 dependencies are pinned."),
        ("[{:a, \"1.2.3\"}, {:b, \"~> 1.0\"}]", "FAIL  1 of 2 dependencies are not pinned: b (~> 1.0)"),
        ("[a: \">= 0.0.0\"]", "FAIL  1 of 1 dependencies are not pinned: a (>= 0.0.0)"),
        (
            "[{:a, git: \"https://x.example/a\", ref: \"0123456789abcdef0123456789abcdef01234567\"}]",
            "PASS  All 1 dependencies are pinned.",
        ),
        ("[{:a, git: \"u\", branch: \"main\"}]", "FAIL  1 of 1 dependencies are not pinned: a (u)"),
        ("[]", "PASS  No dependencies to pin."),
    ] {
        assert_eq!(row_of(&[("mix.exs", &mix(deps))]), expected, "{deps}");
    }
    let computed = "UNPROVEN  mix.exs computes its dependencies; there is no mix.lock; the lock file decides: `mix deps.get` writes \
                    mix.lock, and git must have it";
    for deps in ["deps(Mix.env())", "deps() ++ more()", "Enum.map(x, & &1)", "[{name, \"1.0\"}]", "deps()"] {
        assert_eq!(row_of(&[("mix.exs", &mix(deps))]), computed, "{deps}");
    }
    let ignored = [("mix.exs", &*mix("[{:a, \"~> 1.0\"}]")), ("mix.lock", "%{}"), (".gitignore", "mix.lock\n")];
    assert_eq!(
        row_of(&ignored),
        "FAIL  1 of 1 dependencies are not pinned: a (~> 1.0); mix.lock is not tracked by git"
    );
}

#[test]
fn where_the_program_computes_them_the_lock_file_decides() {
    let text = mix("deps(Mix.env())");
    let entry =
        |name: &str, hash: &str| format!("\"{name}\": {{:hex, :{name}, \"1.0.0\", \"{hash}\", [:mix], [], \"hexpm\"}}");
    let lock = |hash: &str| format!("%{{\n{},\n{}}}\n", entry("a", HASH), entry("b", hash));
    let row = |lock: &str| row_of(&[("mix.exs", &text), ("mix.lock", lock)]);
    assert_eq!(row(&lock(HASH)), "PASS  All 2 dependencies are pinned.");
    assert_eq!(row(&lock("ab")), "FAIL  1 of 2 dependencies are not pinned: b");
    // A program that nobody understands is none that is wrong.
    let files = [("mix.exs", "defmodule D do\n \"no end"), ("mix.lock", &*lock(HASH))];
    assert_eq!(row_of(&files), "PASS  All 2 dependencies are pinned.");
}

#[test]
fn the_applications_of_an_umbrella_share_a_lock_file() {
    let top = "defmodule D do\n  def project, do: [apps_path: \"apps\", version: \"1.2.3\", deps: []]\nend\n";
    let app = |deps: &str| {
        format!(
            "defmodule A do\n  def project, do: [app: :a, version: \"0.1.0\", lockfile: \"../../mix.lock\", deps: deps()]\n  defp deps, do: {deps}\nend\n"
        )
    };
    let lock = format!("%{{\"x\": {{:hex, :x, \"1.0.0\", \"{HASH}\", [:mix], [], \"hexpm\"}}}}");
    let files = |deps: &str| {
        let project = project_of(&[("mix.exs", top), ("mix.lock", &lock), ("apps/b/mix.exs", &mix("[]"))]);
        project.write("apps/a/mix.exs", &app(deps));
        row_in(project.track())
    };
    assert_eq!(files("[{:x, \"~> 1.0\"}, {:b, in_umbrella: true}]"), "PASS  All 2 dependencies are pinned.");
    assert_eq!(files("[{:y, \"~> 1.0\"}]"), "FAIL  1 of 1 dependencies are not pinned: y (~> 1.0)");
    assert_eq!(files("[{:c, in_umbrella: true}]"), "UNPROVEN  c: there is no apps/c/mix.exs");
}

#[test]
fn the_version_is_compared() {
    let attribute = fixture(NAME).into_iter().find(|(path, _)| path == "mix.exs").expect("a mix.exs").1;
    for text in [mix("[]"), attribute] {
        let project = project_of(&[("mix.exs", &text.replace("1.2.3", "1.2.4"))]);
        let run = project.track().check_after_ci().run();
        assert!(run.row("Version is the same").ends_with("release.yaml says 1.2.3, mix.exs says 1.2.4."), "{run:?}");
    }
}

/// Another way to read the same file.
#[test]
fn entries_are_those_that_a_search_for_lines_finds() {
    let files = fixture(NAME);
    let lock = &files.iter().find(|(path, _)| path == "mix.lock").expect("a lock").1;
    let wanted: Vec<_> = lock.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
    let project = project_of(&[
        ("mix.exs", &mix("other()")),
        ("mix.lock", &lock.replace(HASH, "x").replace(&"b".repeat(64), "x").replace("0123456789abcdef", "v")),
    ]);
    let (_, report) = project.track().check_after_ci().json();
    let unpinned = &result(&report, "deps_pinned")["metrics"]["unpinned"];
    let found: Vec<_> = unpinned.as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(found, wanted);
}
