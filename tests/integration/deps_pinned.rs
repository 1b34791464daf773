use crate::common::{Project, result};

/// The row of a project with these files beside the usual ones (its pyproject.toml aside).
fn row_of(files: &[(&str, &str)]) -> String {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    for (path, text) in files {
        project.write(path, text);
    }
    project.commit().tag("v1.2.3");
    project.check_after_ci().run().row("Dependencies").to_owned()
}

fn python(dependencies: &str) -> String {
    format!("[project]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [{dependencies}]\n")
}

const TITLE: &str = "Dependencies pinned to exact versions — ";

#[test]
fn python_pins_are_exact() {
    let row = row_of(&[("pyproject.toml", &python("\"a==1.0\", \"b[x]===2\", \"c==1 ; python_version > '3'\""))]);
    assert_eq!(row, format!("PASS  {TITLE}All 3 dependencies are pinned."));
    let row = row_of(&[("pyproject.toml", &python("\"requests>=2.0\", \"flask\", \"a==1.0\""))]);
    assert_eq!(row, format!("FAIL  {TITLE}2 of 3 dependencies are not pinned: requests (>=2.0), flask"));
    let row = row_of(&[("pyproject.toml", &python(""))]);
    assert_eq!(row, format!("PASS  {TITLE}No dependencies to pin."));
}

#[test]
fn at_most_ten_names_are_shown_and_json_has_all() {
    let names: Vec<_> = (0..12).map(|i| format!("\"p{i}\"")).collect();
    let project = Project::drafted();
    project.write("pyproject.toml", &python(&names.join(", "))).commit().tag("v1.2.3");
    let (_, report) = project.check_after_ci().json();
    let row = result(&report, "deps_pinned");
    let detail = "12 of 12 dependencies are not pinned: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 2 more";
    assert_eq!((&row["status"], &row["detail"]), (&"FAIL".into(), &detail.into()));
    assert_eq!(row["metrics"]["unpinned"].as_array().map(Vec::len), Some(12));
    assert_eq!(row["source"], "pyproject.toml:4");
}

#[test]
fn a_bad_requirement_fails_by_name() {
    let row = row_of(&[("pyproject.toml", &python("\"requests=2\""))]);
    assert!(row.starts_with("FAIL  ") && row.contains("1 of 1") && row.contains("requests=2"), "{row}");
}

#[test]
fn a_project_without_any_manifest_has_nothing_to_pin() {
    assert_eq!(row_of(&[]), format!("PASS  {TITLE}No manifest of any known ecosystem: nothing to pin."));
    // A name that other files have, too.
    let plain = ("CMakeLists.txt", "project(demo C)\nadd_executable(demo demo.c)\n");
    assert_eq!(row_of(&[plain]), format!("PASS  {TITLE}No manifest of any known ecosystem: nothing to pin."));
}

#[test]
fn a_manifest_that_nobody_reads_is_named_also_beside_one_that_is_read() {
    let pod = ("Podfile", "pod 'A'\n");
    let unread = "Podfile was found and not read: the gate has no reader for CocoaPods; `manifests_ignore` in \
                  delivery-gate.yaml leaves it out";
    assert_eq!(row_of(&[pod]), format!("UNPROVEN  {TITLE}{unread}"));
    let read = ("pyproject.toml", &*python("\"a==1.0\""));
    assert_eq!(row_of(&[pod, read]), format!("UNPROVEN  {TITLE}{unread}"));
    let loose = ("pyproject.toml", &*python("\"a\""));
    let row = row_of(&[pod, loose]);
    assert_eq!(row, format!("FAIL  {TITLE}1 of 1 dependencies are not pinned: a; not told: {unread}"));
    let fetching = ("CMakeLists.txt", "find_package(ZLIB)\n");
    let row = row_of(&[fetching]);
    assert!(row.starts_with("UNPROVEN") && row.contains("CMakeLists.txt was found and not read"), "{row}");
}

#[test]
fn the_policy_leaves_a_manifest_out_with_a_reason_that_is_shown() {
    let policy = ("delivery-gate.yaml", "manifests_ignore:\n  Podfile: only the demo app\n  gone.txt: was here\n");
    let pod = ("Podfile", "pod 'A'\n");
    let left_out = "Left out by the policy: Podfile (only the demo app).";
    let row = row_of(&[policy, pod, ("pyproject.toml", &python("\"a==1.0\""))]);
    assert_eq!(row, format!("PASS  {TITLE}All 1 dependencies are pinned. {left_out}"));
    let row = row_of(&[policy, pod]);
    assert_eq!(row, format!("PASS  {TITLE}No manifest of any known ecosystem: nothing to pin. {left_out}"));
}

#[test]
fn nothing_is_said_to_be_left_out_that_is_not() {
    let project = Project::drafted();
    let policy = "manifests_ignore:\n  ./sub/pyproject.toml: the demo\n  gone.txt: was here\n";
    project.write("delivery-gate.yaml", policy).write("sub/pyproject.toml", &python("\"a==1.0\""));
    project.append("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"sub\"]\n").commit().tag("v1.2.3");
    let (_, report) = project.check_after_ci().json();
    let row = crate::common::result(&report, "deps_pinned");
    assert!(!row["detail"].to_string().contains("Left out"), "{row}");
    let warnings = report["warnings"].to_string();
    let told = "manifests_ignore in delivery-gate.yaml: ";
    assert!(warnings.contains(&format!("{told}./sub/pyproject.toml is read all the same")), "{warnings}");
    assert!(warnings.contains(&format!("{told}the release has no file gone.txt")), "{warnings}");
}

#[test]
fn without_a_reason_nothing_is_left_out() {
    let policy = ("delivery-gate.yaml", "manifests_ignore:\n  Podfile: TODO\n");
    let refused = "`manifests_ignore` leaves Podfile out, but 'TODO' is no reason; ";
    let row = row_of(&[policy, ("Podfile", "pod 'A'\n"), ("pyproject.toml", &python("\"a==1.0\""))]);
    assert!(row.starts_with(&format!("FAIL  {TITLE}{refused}All 1 dependencies are pinned.")), "{row}");
}

#[test]
fn manifests_of_other_folders_are_named() {
    let nested = ("server/package.json", "{}");
    let row = row_of(&[nested]);
    let next = "name under `manifests:` in delivery-gate.yaml what is released";
    let expected = format!("no manifest beside release.yaml; not asked: server/package.json; {next}");
    assert_eq!(row, format!("UNPROVEN  {TITLE}{expected}"));
    let top = ("pyproject.toml", &*python("\"a==1.0\""));
    let row = row_of(&[top, nested, ("web/requirements.txt", "b\n")]);
    let not_asked = "Not asked: server/package.json, web/requirements.txt (`manifests:` in delivery-gate.yaml adds what is released).";
    assert_eq!(row, format!("PASS  {TITLE}All 1 dependencies are pinned. {not_asked}"));
    let policy = ("delivery-gate.yaml", "manifests: [server/package.json]\n");
    assert_eq!(row_of(&[policy, top, nested]), format!("PASS  {TITLE}All 1 dependencies are pinned."));
}

#[test]
fn a_manifest_outside_the_release_is_unproven() {
    let row = row_of(&[(".gitignore", "requirements.txt\n"), ("requirements.txt", "a==1\n")]);
    assert_eq!(row, format!("UNPROVEN  {TITLE}requirements.txt is not tracked by git"));
}

#[test]
fn requirements_follow_their_includes() {
    let files = [("requirements.txt", "-r more.txt\na==1 # x\n"), ("more.txt", "b>=2\n")];
    assert_eq!(row_of(&files), format!("FAIL  {TITLE}1 of 2 dependencies are not pinned: b (>=2)"));
}

#[test]
fn rust_is_pinned_exactly_or_by_a_tracked_lock() {
    let manifest =
        "[package]\nname = \"demo\"\nversion = \"1.2.3\"\n[dependencies]\nserde = \"1.0.200\"\nlibc = \"=0.2.150\"\n";
    let expected = format!("FAIL  {TITLE}1 of 2 dependencies are not pinned: serde (1.0.200)");
    assert_eq!(row_of(&[("Cargo.toml", manifest)]), expected);
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"abababababababababababababababababababababababababababababababab\"\n";
    let lock = format!(
        "version = 4\n[[package]]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"libc\", \"serde\"]\n\
         [[package]]\nname = \"libc\"\nversion = \"0.2.150\"\n{registry}\
         [[package]]\nname = \"serde\"\nversion = \"1.0.210\"\n{registry}"
    );
    let locked = row_of(&[("Cargo.toml", manifest), ("Cargo.lock", &lock)]);
    assert_eq!(locked, format!("PASS  {TITLE}All 2 dependencies are pinned."));
    let ignored = row_of(&[("Cargo.toml", manifest), ("Cargo.lock", &lock), (".gitignore", "Cargo.lock\n")]);
    assert_eq!(ignored, format!("{expected}; Cargo.lock is not tracked by git"));
    let contradicting = row_of(&[("Cargo.toml", manifest), ("Cargo.lock", &lock.replace("1.0.210", "2.0.0"))]);
    assert!(contradicting.starts_with("FAIL  ") && contradicting.contains("serde (1.0.200)"), "{contradicting}");
}

#[test]
fn node_is_pinned_exactly_or_by_a_tracked_lock() {
    let manifest = "{\"name\": \"demo\", \"version\": \"1.2.3\", \"dependencies\": {\"left-pad\": \"^1.3.0\"}}";
    let expected = format!("FAIL  {TITLE}1 of 1 dependencies are not pinned: left-pad (^1.3.0)");
    assert_eq!(row_of(&[("package.json", manifest)]), expected);
    let lock = "{\"name\": \"demo\", \"version\": \"1.2.3\", \"lockfileVersion\": 3, \"packages\": {\"\": {\"name\": \"demo\", \
                \"version\": \"1.2.3\", \"dependencies\": {\"left-pad\": \"^1.3.0\"}}, \"node_modules/left-pad\": \
                {\"version\": \"1.3.0\", \"resolved\": \"https://registry.example/left-pad-1.3.0.tgz\", \
                \"integrity\": \"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}}}";
    let locked = row_of(&[("package.json", manifest), ("package-lock.json", lock)]);
    assert_eq!(locked, format!("PASS  {TITLE}All 1 dependencies are pinned."));
}

#[test]
fn a_python_lock_that_would_pin_everything_is_told_of() {
    let lock = format!(
        "version = 1\n[[package]]\nname = \"demo\"\nversion = \"1.2.3\"\nsource = {{ editable = \".\" }}\n\
         dependencies = [{{ name = \"a\" }}]\n[package.metadata]\nrequires-dist = [{{ name = \"a\", specifier = \">=1\" }}]\n\
         [[package]]\nname = \"a\"\nversion = \"1.5\"\nsource = {{ registry = \"https://x.example\" }}\n\
         sdist = {{ url = \"https://x.example/a.tar.gz\", hash = \"sha256:{}\" }}\n",
        "a".repeat(64)
    );
    let files = [("pyproject.toml", &*python("\"a>=1\"")), ("uv.lock", &*lock)];
    let unpinned = format!("FAIL  {TITLE}1 of 1 dependencies are not pinned: a (>=1)");
    let hint = "a lock file has them: to let it count, set `pinning: { mode: either }` in delivery-gate.yaml";
    assert_eq!(row_of(&files), format!("{unpinned}; {hint}"));
    let with = |policy| row_of(&[files[0], files[1], ("delivery-gate.yaml", policy)]);
    assert_eq!(with("pinning: { mode: either }\n"), format!("PASS  {TITLE}All 1 dependencies are pinned."));
    assert_eq!(with("pinning: { mode: exact }\n"), unpinned);
}

#[test]
fn the_policy_chooses_mode_and_scope() {
    let manifest = format!("{}[build-system]\nrequires = [\"hatchling\"]\n", python("\"a==1.0\""));
    let scope = ("delivery-gate.yaml", "pinning: {scope: [runtime, build]}\n");
    assert_eq!(row_of(&[("pyproject.toml", &manifest)]), format!("PASS  {TITLE}All 1 dependencies are pinned."));
    let row = row_of(&[("pyproject.toml", &manifest), scope]);
    assert_eq!(row, format!("FAIL  {TITLE}1 of 2 dependencies are not pinned: hatchling"));
    let mode = ("delivery-gate.yaml", "pinning: {mode: lock}\n");
    let row = row_of(&[("pyproject.toml", &python("\"a==1.0\"")), mode]);
    assert_eq!(row, format!("FAIL  {TITLE}1 of 1 dependencies are not pinned: a (==1.0)"));
}

#[test]
fn a_manifest_that_cannot_be_parsed_is_exit_2_with_its_place() {
    let cases = [
        ("pyproject.toml", "[project]\nname = \"demo\"\ndependencies = [\"a\"\n[x", "pyproject.toml:4:"),
        ("pyproject.toml", "[project]\nname = \"demo\"\ndependencies = \"a\"\n", "pyproject.toml:3:"),
        ("Cargo.toml", "[package\n", "Cargo.toml:1:"),
        ("package.json", "{\"name\": }\n", "package.json:1:"),
        ("package.json", "{\"dependencies\": [1]}\n", "package.json:1:"),
    ];
    for (path, text, place) in cases {
        let project = Project::drafted();
        project.write(path, text);
        let refusal = project.check_after_ci().run().refusal();
        assert!(refusal.contains(place), "{path} {text:?}: {refusal}");
    }
}

#[test]
fn files_of_countless_values_are_not_parsed() {
    let project = Project::drafted();
    project.append("pyproject.toml", &format!("x = [{}]\n", "1,".repeat(1 << 19)));
    let refusal = project.check_after_ci().run().refusal();
    assert!(refusal.contains("pyproject.toml: it is larger than 1 MiB"), "{refusal}");

    let (many, mode) = (format!("x = [{}]\n", "1,".repeat(1 << 20)), "pinning: {mode: lock}\n");
    let python = python("\"a==1\"");
    let row = row_of(&[("pyproject.toml", &python), ("uv.lock", &many), ("delivery-gate.yaml", mode)]);
    assert_eq!(row, format!("UNPROVEN  {TITLE}a: uv.lock: it has too many values to be read"));
    let cargo = "[package]\nname = \"demo\"\nversion = \"1.2.3\"\n[dependencies]\na = \"1\"\n";
    let row = row_of(&[("Cargo.toml", cargo), ("Cargo.lock", &many)]);
    assert!(row.starts_with("UNPROVEN  ") && row.contains("too many values"), "{row}");
    let node = "{\"name\": \"demo\", \"version\": \"1.2.3\", \"dependencies\": {\"a\": \"^1\"}}";
    let lock = format!("{{\"lockfileVersion\": 3, \"packages\": [{}1]}}", "{},".repeat(1 << 18));
    let row = row_of(&[("package.json", node), ("package-lock.json", &lock)]);
    assert!(row.starts_with("UNPROVEN  ") && row.contains("too many entries"), "{row}");
    let requirements = "a==1\n".repeat(100_000);
    let row = row_of(&[("requirements.txt", &requirements)]);
    assert!(row.starts_with("UNPROVEN  ") && row.contains("only the first 20000"), "{row}");
}

/// Who reads the row needs the way out more than the last of the names.
#[test]
fn long_names_leave_the_next_step_whole() {
    let long = |i: usize| format!("\"a-rather-long-name-of-a-package-that-somebody-chose-{i}>=1.0,<2\"");
    let project = Project::drafted();
    project.write("pyproject.toml", &python(&(0..9).map(long).collect::<Vec<_>>().join(", ")));
    let locked = |i: usize| {
        format!(
            "[[package]]\nname = \"a-rather-long-name-of-a-package-that-somebody-chose-{i}\"\nversion = \"1.5\"\n\
             source = {{ registry = \"https://pypi.org/simple\" }}\nsdist = {{ url = \"https://x/a.tar.gz\", hash = \"sha256:{}\" }}\n",
            "0".repeat(64)
        )
    };
    let own = "[[package]]\nname = \"demo\"\nversion = \"1.2.3\"\nsource = { virtual = \".\" }\n";
    let lock: String = (0..9).map(locked).collect();
    project.write("uv.lock", &format!("version = 1\nrequires-python = \">=3.9\"\n{own}{lock}")).commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    let step = "; a lock file has them: to let it count, set `pinning: { mode: either }` in delivery-gate.yaml";
    assert!(run.row("Dependencies").ends_with(step), "{run:?}");
    assert!(run.row("Dependencies").contains(" and "), "{run:?}");
    let reason = run.stdout.lines().find(|line| line.starts_with("  - Dependencies")).expect("a reason");
    assert!(reason.ends_with(step), "{reason}");
    let (_, report) = project.check_after_ci().json();
    assert_eq!(result(&report, "deps_pinned")["metrics"]["unpinned"].as_array().map(Vec::len), Some(9));
}

#[test]
fn what_the_scope_leaves_out_of_a_manifest_is_named() {
    let project = |policy: &'static str| {
        let text = "[project]\nname = \"demo\"\nversion = \"1.2.3\"\n[project.optional-dependencies]\nextra = [\"x\"]\n\
                    [dependency-groups]\ntest = [\"y\", \"z\"]\n";
        row_of(&[("pyproject.toml", text), ("delivery-gate.yaml", policy)])
    };
    let left = "Not asked, by `pinning.scope`: optional (1), dev (2).";
    assert_eq!(project("pinning: {scope: [runtime]}\n"), format!("PASS  {TITLE}No dependencies to pin. {left}"));
    let all = project("pinning: {scope: [runtime, optional, dev, build]}\n");
    assert_eq!(all, format!("FAIL  {TITLE}3 of 3 dependencies are not pinned: x, y, z"));
}

/// A name in another encoding is a name all the same.
#[cfg(target_os = "linux")]
#[test]
fn a_manifest_in_a_folder_whose_name_is_not_utf_8_is_not_passed_over() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let project = Project::drafted();
    project.remove("pyproject.toml");
    let folder = project.root().join(OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("package.json"), "{\"dependencies\": {\"left-pad\": \"^1\"}}").expect("a manifest");
    project.commit().tag("v1.2.3");
    let expected = format!(
        "UNPROVEN  {TITLE}no manifest beside release.yaml; not asked: caf\u{fffd}/package.json; name under `manifests:` in \
         delivery-gate.yaml what is released"
    );
    assert_eq!(project.check_after_ci().run().row("Dependencies"), expected);
    assert_eq!(project.check_after_ci().args(&["--rev", "HEAD"]).run().row("Dependencies"), expected);
}

#[test]
fn submodules_are_told_of_where_nothing_else_has_a_manifest() {
    let project = Project::drafted();
    project.remove("pyproject.toml").commit();
    let head = project.git_output(&["rev-parse", "HEAD"]);
    project.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", head.trim())]);
    project.git(&["commit", "-qm", "a submodule"]).tag("v1.2.3");
    let expected = format!(
        "PASS  {TITLE}No manifest of any known ecosystem: nothing to pin. Not looked into: the submodules sub."
    );
    assert_eq!(project.check_after_ci().args(&["--rev", "HEAD"]).run().row("Dependencies"), expected);
}
