//! Gemfile, gemspecs, and what a lock file may say about them.

use crate::common::result;
use crate::pins::{changed, fixture, project_of, row_in, row_of};

#[test]
fn what_bundler_wrote_is_pinned() {
    assert_eq!(changed("ruby/app", &[]), "PASS  All 2 dependencies are pinned.");
    assert_eq!(changed("ruby/sources", &[]), "PASS  All 3 dependencies are pinned.");
    assert_eq!(changed("ruby/checksums", &[]), "PASS  All 2 dependencies are pinned.");
    assert_eq!(changed("ruby/library", &[]), "PASS  All 4 dependencies are pinned.");
    assert_eq!(
        changed("ruby/platforms", &[]),
        "PASS  All 3 dependencies are pinned. testy is for platforms that Gemfile.lock does not have."
    );
}

#[test]
fn what_a_gem_needs_is_looked_at_to_the_bottom() {
    let fails = |why: &str| format!("FAIL  1 of 2 dependencies are not pinned: {why}");
    assert_eq!(
        changed("ruby/app", &[("Gemfile.lock", "    gamma (0.3.1)\n", "")]),
        fails("gamma via alpha > beta: Gemfile.lock does not have it")
    );
    let without_alpha = "    alpha (1.4.2)\n      beta (~> 2.0)\n";
    assert_eq!(
        changed("ruby/app", &[("Gemfile.lock", without_alpha, "")]),
        fails("alpha: Gemfile.lock does not have it")
    );
    let sources = |change: (&str, &str)| changed("ruby/sources", &[("Gemfile.lock", change.0, change.1)]);
    let revision = ("revision: ae326c610434d0abb15ad4c7e13eaa030e3d369f", "revision: ae326c6");
    assert_eq!(
        sources(revision),
        "FAIL  3 of 3 dependencies are not pinned: gamma via alpha > beta: Gemfile.lock has no full revision for it, \
         gamma: Gemfile.lock has no full revision for it, gamma via own > beta: Gemfile.lock has no full revision for it"
    );
    let outside = "FAIL  1 of 3 dependencies are not pinned: own: ../own is outside of the repository. Not asked: \
                   engines/own/own.gemspec (`manifests:` in delivery-gate.yaml adds what is released).";
    assert_eq!(sources(("remote: engines/own", "remote: ../own")), outside);
    assert_eq!(
        changed("ruby/sources", &[("engines/own/own.gemspec", "", "")]),
        "FAIL  1 of 3 dependencies are not pinned: own: the release has no folder engines/own"
    );
    assert_eq!(sources(("GIT\n", "PLUGIN SOURCE\n")), "UNPROVEN  gamma: Gemfile.lock:6: a plugin fetches it");
}

#[test]
fn checksums_count_where_there_are_any() {
    let digest = fixture("ruby/checksums").iter().find_map(|(path, text)| {
        let line = text.lines().find(|line| line.starts_with("  gamma (0.3.1) sha256="))?;
        (path == "Gemfile.lock").then(|| line.to_owned())
    });
    let line = digest.expect("a line");
    let row = |new: &str| changed("ruby/checksums", &[("Gemfile.lock", &line, new)]);
    let fails = |why: &str| format!("FAIL  1 of 2 dependencies are not pinned: gamma via alpha > beta: {why}");
    assert_eq!(row(""), fails("Gemfile.lock has checksums, and none for it"));
    assert_eq!(row("  gamma (0.3.1) md5=00"), fails("Gemfile.lock has no SHA-256 for it"));
    assert_eq!(row("  gamma (0.3.1) sha256=00"), fails("Gemfile.lock has no SHA-256 for it"));
    assert_eq!(
        row("  gamma (0.3.1)"),
        "PASS  All 2 dependencies are pinned. Gemfile.lock has no checksum yet for 1 of its gems, which are fixed by \
         version (`bundle lock --add-checksums`)."
    );
}

#[test]
fn a_lock_that_was_made_for_another_gemfile_is_told() {
    let stale = |change: (&str, &str)| changed("ruby/app", &[("Gemfile", change.0, change.1)]);
    let out_of_date = |what: &str| format!("FAIL  Gemfile.lock is out of date: {what}");
    assert_eq!(
        stale(("gem \"alpha\", \"~> 1.4\"", "gem \"alpha\", \"~> 1.4\"\ngem \"more\"")),
        out_of_date("it does not have more of Gemfile:8")
    );
    assert_eq!(
        stale(("\"~> 1.4\"", "'~> 2.0', \">=2.1\"")),
        out_of_date("it has alpha ~> 1.4, Gemfile:7 >= 2.1, ~> 2.0")
    );
    assert_eq!(stale(("gem \"testy\"", "")), out_of_date("Gemfile does not have testy"));
    assert_eq!(
        changed("ruby/app", &[("Gemfile.lock", "https://gems.example.org/", "https://other.example/")]),
        out_of_date("its gems are from https://other.example/, which Gemfile does not name")
    );
    // What is asked for under a condition may be in it or not.
    for computed in
        ["if ENV[\"X\"]\n  gem \"more\"\nend", "gem \"more\" if ENV[\"X\"]", "eval_gemfile \"x\"", "gem NAME"]
    {
        assert_eq!(
            stale(("group :test", &format!("{computed}\ngroup :test"))),
            "PASS  All 2 dependencies are pinned.",
            "{computed}"
        );
    }
}

#[test]
fn a_gemfile_without_a_lock_is_read_as_far_as_it_is_written_out() {
    let alone = |text: &str| row_of(&[("Gemfile", text)]);
    let cases = [
        ("gem \"rails\", \"~> 7\"\n", "FAIL  1 of 1 dependencies are not pinned: rails (~> 7)"),
        ("gem 'rails'\n", "FAIL  1 of 1 dependencies are not pinned: rails"),
        ("gem(\"rails\", \"= 7.1.2\", require: false)\n", "PASS  All 1 dependencies are pinned."),
        ("gem \"rails\", \"7.1.2\" # why\n", "PASS  All 1 dependencies are pinned."),
        ("gem \"rails\",\n    '7.1.2',\n    group: [:a,\n      :b]\n", "PASS  All 1 dependencies are pinned."),
        ("gem \"x\", git: \"https://x.example/x\", tag: \"v1\"\n", "FAIL  1 of 1 dependencies are not pinned: x"),
        ("gem \"x\", path: \"../x\"\n", "FAIL  1 of 1 dependencies are not pinned: x"),
        ("=begin\ngem \"x\"\n=end\n__END__\ngem \"y\"\n", "PASS  No dependencies to pin."),
        (
            "gem \"rails\", VERSION\n",
            "UNPROVEN  Gemfile:1 is computed: the lock file decides (there is no Gemfile.lock; `bundle lock` writes it)",
        ),
        (
            "source \"https://gems.example.org\"; gem \"x\"\n",
            "UNPROVEN  Gemfile:1 is computed: the lock file decides (there is no Gemfile.lock; `bundle lock` writes it)",
        ),
        (
            "source \"https://gems.example.org\" do gem \"x\" end\n",
            "UNPROVEN  Gemfile:1 is computed: the lock file decides (there is no Gemfile.lock; `bundle lock` writes it)",
        ),
        (
            "git_source(:x) { |repo| \"https://x.example/#{repo}\" }\nruby file: \".ruby-version\"\nsource \"https://y.example\" do\n  gem \"x\"\nend\n",
            "FAIL  1 of 1 dependencies are not pinned: x",
        ),
        (
            "%w[a b].each do |name|\n  gem name\nend\n",
            "UNPROVEN  Gemfile:1 is computed: the lock file decides (there is no Gemfile.lock; `bundle lock` writes it)",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(alone(text), expected, "{text}");
    }
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let full = format!("gem \"x\", github: \"a/x\", ref: \"{commit}\"\n");
    assert_eq!(alone(&full), "PASS  All 1 dependencies are pinned.");
    let project = project_of(&[("gems.rb", "gem 'x'\n"), ("gems.locked", "x"), (".gitignore", "gems.locked\n")]);
    assert_eq!(
        row_in(project.track()),
        "FAIL  1 of 1 dependencies are not pinned: x; gems.locked is not tracked by git"
    );
}

#[test]
fn a_library_is_held_to_its_lock_or_to_its_ranges() {
    let alone = [("Gemfile.lock", "", "")];
    assert_eq!(
        changed("ruby/library", &alone),
        "FAIL  2 of 2 dependencies are not pinned: alpha (~> 1.4), testy (>= 5)"
    );
    let computed =
        ("lib1.gemspec", "spec.add_dependency \"alpha\", \"~> 1.4\"", "spec.add_dependency \"alpha\", RANGE");
    assert_eq!(changed("ruby/library", &[computed]), "PASS  All 4 dependencies are pinned.");
    let none = ("lib1.gemspec", "  spec.add_development_dependency \"testy\", \">= 5\"\n", "");
    assert_eq!(
        changed("ruby/library", &[computed, none, alone[0]]),
        "UNPROVEN  lib1.gemspec:10 is computed: the lock file decides (there is no Gemfile.lock)"
    );
    let more = (
        "lib1.gemspec",
        "  spec.summary = \"x\"\n",
        "  spec.add_runtime_dependency(%q<x>.freeze)\n  spec.add_dependency 'gamma'.freeze, ['>= 0'.freeze]\n",
    );
    assert_eq!(
        changed("ruby/library", &[more]),
        "FAIL  Gemfile.lock is out of date: its lib1 does not need gamma of lib1.gemspec:9"
    );
}

#[test]
fn the_version_is_a_text_or_a_constant() {
    let version = |changes: &[(&str, &str)]| {
        let project = project_of(&[]);
        for (path, text) in fixture("ruby/library") {
            let text = changes.iter().fold(text, |text, (old, new)| text.replace(old, new));
            project.write(&path, &text);
        }
        let (_, report) = project.track().check_after_ci().json();
        let rows = report["results"].as_array().expect("rows");
        match rows.iter().find(|row| row["id"] == "version_agrees") {
            Some(row) => format!("{} {}", row["status"].as_str().expect("a status"), row["detail"]),
            None => report["warnings"].to_string(),
        }
    };
    let agrees = version(&[]);
    assert!(agrees.starts_with("PASS"), "{agrees}");
    let text = version(&[("Lib1::VERSION", "\"1.2.3\".freeze"), ("require_relative \"lib/lib1/version\"", "")]);
    assert!(text.starts_with("PASS"), "{text}");
    let found = version(&[("require_relative \"lib/lib1/version\"", "")]);
    assert!(found.starts_with("PASS"), "{found}");
    let other = version(&[("VERSION = \"1.2.3\"", "VERSION = \"1.2.4\"")]);
    assert!(other.starts_with("FAIL") && other.contains("lib/lib1/version.rb"), "{other}");
    let computed = version(&[("Lib1::VERSION", "File.read(\"VERSION\")")]);
    assert!(computed.contains("Not compared: lib1.gemspec computes its version"), "{computed}");
}

#[test]
fn a_lock_that_cannot_be_read_is_told_with_its_line() {
    let gemfile = "source \"https://gems.example.org\"\ngem \"x\"\n";
    let row = |text: &str| row_of(&[("Gemfile", gemfile), ("Gemfile.lock", text)]);
    let cases = [
        ("", "it has none of the sections of a Gemfile.lock"),
        ("GEM\n  specs:\n    x (1.0", "line 3 is not `name (version)`"),
        ("GEM\n  specs:\n    x (1.0)\n", "it has no DEPENDENCIES"),
        ("GEM\n  specs:\n      y\n", "line 3 is not `name (version)`"),
        ("GEM\n<<<<<<< HEAD\n", "line 2: a merge conflict"),
        ("DEPENDENCIES\n  x\n\nCHECKSUMS\n  x sha256=1\n", "line 5 is not `name (version)`"),
    ];
    for (text, why) in cases {
        assert_eq!(row(text), format!("UNPROVEN  Gemfile.lock could not be read: {why}"), "{text:?}");
    }
    let circle = "GEM\n  remote: https://gems.example.org/\n  specs:\n    x (1.0)\n      y\n    y (1.0)\n      x\n\nDEPENDENCIES\n  x\n";
    assert_eq!(row(circle), "PASS  All 1 dependencies are pinned.");
}

/// Another way to read the same files.
#[test]
fn what_is_locked_is_what_a_count_of_lines_finds() {
    for name in ["ruby/app", "ruby/sources", "ruby/platforms", "ruby/library"] {
        let files = fixture(name);
        let text = &files.iter().find(|(path, _)| path == "Gemfile.lock").expect("a lock file").1;
        let (_, below) = text.split_once("DEPENDENCIES\n").expect("the section");
        let count = below.lines().take_while(|line| line.starts_with("  ")).count();
        // Without its entries, every gem of the section is missed.
        let kept: String =
            text.lines().filter(|line| !line.starts_with("    ")).map(|line| format!("{line}\n")).collect();
        let project = project_of(&[]);
        for (path, text) in files.iter().filter(|(path, _)| !path.ends_with(".gemspec")) {
            project.write(path, if path == "Gemfile.lock" { &kept } else { text });
        }
        project.track();
        let (_, report) = project.check_after_ci().json();
        assert_eq!(result(&report, "deps_pinned")["metrics"]["dependencies"], count, "{name}");
    }
}

const RAKE: &str = "GEM\n  remote: https://rubygems.org/\n  specs:\n    rake (13.0.6)\n\nPLATFORMS\n  ruby\n";

#[test]
fn bundler_itself_is_no_gem_of_the_lock_file() {
    let gemfile = "source \"https://rubygems.org\"\ngem \"bundler\", \">= 2.0\"\ngem \"rake\"\n";
    let lock = format!("{RAKE}\nDEPENDENCIES\n  bundler (>= 2.0)\n  rake\n\nBUNDLED WITH\n   2.5.23\n");
    assert_eq!(row_of(&[("Gemfile", gemfile), ("Gemfile.lock", &lock)]), "PASS  All 1 dependencies are pinned.");
    let gemspec = "Gem::Specification.new do |s|\n  s.name = \"x\"\n  s.version = \"1.2.3\"\n  s.add_dependency \"rake\", \
                   \"13.0.6\"\n  s.add_dependency \"bundler\"\n  s.add_development_dependency \"bundler\", \"~> 2.0\"\nend\n";
    let own = "PATH\n  remote: .\n  specs:\n    x (1.2.3)\n      bundler\n      rake (= 13.0.6)\n\n";
    let lock = format!("{own}{RAKE}\nDEPENDENCIES\n  bundler (~> 2.0)\n  x!\n");
    let gemfile = "source \"https://rubygems.org\"\ngemspec\n";
    assert_eq!(
        row_of(&[("x.gemspec", gemspec), ("Gemfile", gemfile), ("Gemfile.lock", &lock)]),
        "PASS  All 2 dependencies are pinned."
    );
    assert_eq!(row_of(&[("x.gemspec", gemspec)]), "PASS  All 1 dependencies are pinned.");
}

#[test]
fn a_gemfile_that_leaves_all_to_a_gemspec_is_never_vacuous() {
    let gemfile = ("Gemfile", "source \"https://rubygems.org\"\ngemspec\n");
    let named = ("Gemfile", "source \"https://rubygems.org\"\ngemspec name: \"x\"\n");
    let code =
        |body: &str| format!("Gem::Specification.new do |s|\n  s.name = \"x\"\n  s.version = \"1.2.3\"\n{body}end\n");
    let why = "and the release has none: commit it, or write the gems into the Gemfile";
    let missing = format!("UNPROVEN  Gemfile:2 takes its gems from a gemspec beside it, {why}");
    assert_eq!(row_of(&[gemfile]), missing);
    assert_eq!(row_of(&[gemfile, ("x.gemspec", &code("")), (".gitignore", "x.gemspec\n")]), missing);
    assert_eq!(row_of(&[named]), format!("UNPROVEN  Gemfile:2 takes its gems from x.gemspec, {why}"));
    for (line, text) in [
        (4, code("  s.dependencies.concat(gems)\n")),
        (4, code("  gems(s)\n")),
        (4, code("  add_gems s\n")),
        (4, code("  s.send(method, \"rake\")\n")),
        (4, code("  eval(File.read(\"gems.rb\"))\n")),
        (2, "# x\nrequire \"hoe\"\nMaker.spec(\"x\")\n".to_owned()),
        (1, "eval File.read(\"x\")\n".to_owned()),
        (1, String::new()),
    ] {
        let row = row_of(&[gemfile, ("x.gemspec", &text)]);
        let expected =
            format!("UNPROVEN  x.gemspec:{line} is computed: the lock file decides (there is no Gemfile.lock)");
        assert_eq!(row, expected, "{text}");
    }
    // What every gemspec does asks for nothing.
    let usual = "  s.files = Dir.chdir(__dir__) do\n    `git ls-files -z`.split(\"\\x0\").reject do |f|\n      \
                 (f == __FILE__) || f.match(%r{\\A(?:test|s|features)/}) || f.start_with?(*%w[bin/ s test/])\n    end\n  end\n  \
                 s.bindir = \"exe\"\n  s.metadata[\"uri\"] = s.homepage\n  s.executables = s.files.grep(/^exe\\//) { |f| File.basename(f) }\n  \
                 s.extra_rdoc_files += [\"README.md\"] if s.respond_to?(:extra_rdoc_files)\n";
    assert_eq!(row_of(&[gemfile, ("x.gemspec", &code(usual))]), "PASS  No dependencies to pin.");
    let older = "spec = Gem::Specification.new\nspec.name = 'x'\nspec.version = '1.2.3'\nspec\n";
    assert_eq!(row_of(&[gemfile, ("x.gemspec", older)]), "PASS  No dependencies to pin.");
    // The lock file has the gem itself.
    let own = "PATH\n  remote: .\n  specs:\n    x (1.2.3)\n      rake\n\n";
    let lock = |own: &str, direct: &str| format!("{own}{RAKE}\nDEPENDENCIES\n{direct}");
    let with = |lock: &str| row_of(&[gemfile, ("x.gemspec", &code("  gems(s)\n")), ("Gemfile.lock", lock)]);
    assert_eq!(with(&lock(own, "  x!\n")), "PASS  All 2 dependencies are pinned.");
    let stale = "FAIL  Gemfile.lock is out of date: it does not have the gem of the gemspec of Gemfile:2";
    assert!(with(&lock("", "  rake\n")).starts_with(stale));
    assert!(with(&lock(own, "")).starts_with(stale));
}

#[test]
fn a_requirement_that_is_a_constant_is_computed() {
    let lock = format!("{RAKE}\nDEPENDENCIES\n  rake (= 13.0.6)\n");
    for requirement in ["Demo::RAKE_REQUIREMENT", "::RAKE", "old ? \"1\" : \"13.0.6\""] {
        let gemfile = format!("source \"https://rubygems.org\"\ngem \"rake\", {requirement}\n");
        let row = row_of(&[("Gemfile", &gemfile), ("Gemfile.lock", &lock)]);
        assert_eq!(row, "PASS  All 1 dependencies are pinned.", "{requirement}");
    }
    for options in ["require: Demo::NAME", ":require => false", ":require=>false", "{ require: false }"] {
        let gemfile = format!("source \"https://rubygems.org\"\ngem \"rake\", {options}\n");
        assert_eq!(
            row_of(&[("Gemfile", &gemfile), ("Gemfile.lock", &lock)]),
            "FAIL  Gemfile.lock is out of date: it has rake = 13.0.6, Gemfile:2 in any version",
            "{options}"
        );
    }
}

#[test]
fn the_lock_file_of_another_gem_is_not_that_of_this_one() {
    let gemspec = |name: &str| {
        format!(
            "Gem::Specification.new do |s|\n  s.name = \"{name}\"\n  s.version = \"1.2.3\"\n  s.add_dependency \"rake\", \"13.0.6\"\nend\n"
        )
    };
    let lock = |name: &str| {
        format!(
            "PATH\n  remote: .\n  specs:\n    {name} (1.2.3)\n      rake (= 13.0.6)\n\n{RAKE}\nDEPENDENCIES\n  {name}!\n"
        )
    };
    for gemfile in ["gemspec\n", "gemspec name: \"x\"\n"] {
        let gemfile = format!("source \"https://rubygems.org\"\n{gemfile}");
        let told = |name: &str, locked: &str| {
            row_of(&[("x.gemspec", &gemspec(name)), ("Gemfile", &gemfile), ("Gemfile.lock", &lock(locked))])
        };
        assert_eq!(told("x", "x"), "PASS  All 2 dependencies are pinned.");
        assert_eq!(told("own", "own"), "PASS  All 2 dependencies are pinned.", "a gem's name is not its file's");
        let row = told("x", "other");
        let expected = "FAIL  Gemfile.lock is out of date: it does not have the gem of the gemspec of Gemfile:2";
        assert!(row.starts_with(expected), "{gemfile}: {row}");
    }
}
