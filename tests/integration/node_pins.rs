//! Node's dependencies, with lock files that the package managers themselves wrote (tests/fixtures/node).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{Project, result};

/// The lock files of one project, by who wrote them.
const LOCKS: [(&str, &str); 9] = [
    ("npm-1", "package-lock.json"),
    ("npm-2", "package-lock.json"),
    ("npm-3", "package-lock.json"),
    ("pnpm-5", "pnpm-lock.yaml"),
    ("pnpm-6", "pnpm-lock.yaml"),
    ("pnpm-9", "pnpm-lock.yaml"),
    ("yarn-1", "yarn.lock"),
    ("yarn-4", "yarn.lock"),
    ("bun-2", "bun.lock"),
];

fn fixture(path: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/node").join(path);
    fs::read_to_string(path).expect("a fixture")
}

/// The workspace that every lock file of the fixtures was made for.
fn workspace() -> Project {
    let project = drafted();
    project.write("package.json", &fixture("project/package.json"));
    project.write("packages/b/package.json", &fixture("project/packages/b/package.json"));
    project
}

/// The same for who wrote a lock file: pnpm knows members by a file of its own.
fn workspace_of(writer: &str) -> Project {
    let project = workspace();
    if writer.starts_with("pnpm") {
        project.write("pnpm-workspace.yaml", "packages: [packages/*]\n");
    }
    project
}

fn drafted() -> Project {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    project
}

fn deps_pinned(project: &Project) -> Value {
    let (_, report) = project.check_after_ci().json();
    result(&report, "deps_pinned").clone()
}

/// The row of a project with these files.
fn row_of(files: &[(&str, &str)]) -> Value {
    let project = drafted();
    for (path, text) in files {
        project.write(path, text);
    }
    project.track();
    deps_pinned(&project)
}

fn row_of_dependencies(dependencies: &str) -> Value {
    row_of(&[("package.json", &format!("{{\"dependencies\": {{{dependencies}}}}}"))])
}

fn status_and_detail(row: &Value) -> (&str, &str) {
    (row["status"].as_str().expect("a status"), row["detail"].as_str().expect("a detail"))
}

/// The name and the reason of every dependency that is not pinned.
fn reasons(row: &Value) -> Vec<(&str, &str)> {
    let unpinned = row["metrics"]["unpinned"].as_array().map_or(&[][..], Vec::as_slice);
    unpinned.iter().map(|d| (d["name"].as_str().expect("a name"), d["reason"].as_str().expect("a reason"))).collect()
}

#[test]
fn every_lock_file_pins_the_workspace_it_was_made_for() {
    let unpinned = workspace();
    unpinned.commit();
    let expected = "5 of 7 dependencies are not pinned: left-pad (^1.3.0), pad (npm:left-pad@~1.2.0), isarray (2.x), \
                    inherits (>=2), ms (^2.0.0)";
    assert_eq!(status_and_detail(&deps_pinned(&unpinned)), ("FAIL", expected));
    for (writer, name) in LOCKS {
        let project = workspace_of(writer);
        project.write(name, &fixture(&format!("{writer}/{name}"))).commit();
        let row = deps_pinned(&project);
        assert_eq!(row["detail"], "All 7 dependencies are pinned.", "{writer}: {row}");
    }
}

#[test]
fn a_lock_file_that_contradicts_is_found_out_in_every_format() {
    let cases = [
        ("npm-1", "\"version\": \"1.3.0\"", "\"version\": \"2.3.0\"", "has 2.3.0, which does not meet ^1.3.0"),
        ("npm-2", "\"version\": \"1.3.0\"", "\"version\": \"2.3.0\"", "has 2.3.0, which does not meet ^1.3.0"),
        ("npm-3", "\"version\": \"1.3.0\"", "\"version\": \"2.3.0\"", "has 2.3.0, which does not meet ^1.3.0"),
        ("npm-3", "node_modules/left-pad\"", "node_modules/other\"", "does not have it"),
        ("npm-3", "\"integrity\": \"sha512-XI5", "\"ignored\": \"sha512-XI5", "has no integrity for it"),
        ("npm-3", "\"version\": \"1.3.0\"", "\"name\": \"x\", \"version\": \"1.3.0\"", "has x in its place"),
        ("pnpm-5", "left-pad: 1.3.0", "left-pad: 2.3.0", "does not have it"),
        ("pnpm-5", "left-pad: ^1.3.0", "left-pad: ^1.2.0", "is out of date: it was made for ^1.2.0"),
        ("pnpm-6", "specifier: ^1.3.0", "specifier: ^1.2.0", "is out of date: it was made for ^1.2.0"),
        ("pnpm-9", "specifier: ^1.3.0", "specifier: ^1.2.0", "is out of date: it was made for ^1.2.0"),
        ("pnpm-9", "1.3.0", "2.3.0", "is out of date: it was made for ^2.3.0"),
        (
            "pnpm-9",
            "left-pad@1.3.0:\n    resolution: {integrity: ",
            "left-pad@1.3.0:\n    resolution: {x: ",
            "has no integrity for it",
        ),
        ("yarn-1", "left-pad@^1.3.0", "left-pad@^1.2.0", "does not have it"),
        ("yarn-1", "version \"1.3.0\"", "version \"2.3.0\"", "has 2.3.0, which does not meet ^1.3.0"),
        ("yarn-4", "left-pad: \"npm:^1.3.0\"", "left-pad: \"npm:^1.2.0\"", "is out of date: it was made for ^1.2.0"),
        ("yarn-4", "version: 1.3.0", "version: 2.3.0", "has 2.3.0, which does not meet ^1.3.0"),
        ("yarn-4", "checksum: 10c0/3fb59c", "ignored: 10c0/3fb59c", "has no integrity for it"),
        ("bun-2", "left-pad@1.3.0", "left-pad@2.3.0", "has 2.3.0, which does not meet ^1.3.0"),
        ("bun-2", ", \"sha512-XI5", ", \"-XI5", "has no integrity for it"),
    ];
    for (writer, from, to, why) in cases {
        let (_, name) = LOCKS.iter().find(|(w, _)| *w == writer).expect("a lock file");
        let lock = fixture(&format!("{writer}/{name}"));
        assert!(lock.contains(from), "{writer} {from}");
        let project = workspace();
        project.write(name, &lock.replace(from, to)).commit();
        let row = deps_pinned(&project);
        let expected = format!("{name} {why}");
        let told = reasons(&row).iter().any(|(name, reason)| *name == "left-pad" && reason.ends_with(&expected));
        assert!(told, "{writer} {from}: {row}");
    }
}

#[test]
fn a_lock_file_counts_only_when_it_can_be_read_and_git_tracks_it() {
    for (writer, name) in LOCKS {
        let lock = fixture(&format!("{writer}/{name}"));
        let broken = workspace_of(writer);
        broken.write(name, &format!("<<<<<<< HEAD\n{lock}")).commit();
        let row = deps_pinned(&broken);
        let undetermined = row["metrics"]["unproven"].as_array().expect("reasons");
        let is_left_pad = |why: &Value| why.as_str().is_some_and(|why| why.starts_with(&format!("left-pad: {name}: ")));
        assert!(row["status"] == "UNPROVEN" && undetermined.iter().any(is_left_pad), "{writer}: {row}");
        let ignored = workspace_of(writer);
        ignored.write(name, &lock).write(".gitignore", &format!("{name}\n")).commit();
        let row = deps_pinned(&ignored);
        let expected = format!("it is not an exact version; {name} is not tracked by git");
        assert!(reasons(&row).contains(&("left-pad", &expected)), "{writer}: {row}");
    }
}

#[test]
fn one_lock_file_of_several_is_enough_unless_another_contradicts() {
    let npm = fixture("npm-3/package-lock.json");
    let project = workspace();
    project.write("package-lock.json", &npm).write("yarn.lock", &fixture("yarn-1/yarn.lock")).commit();
    assert_eq!(deps_pinned(&project)["detail"], "All 7 dependencies are pinned.");
    project.write("yarn.lock", &fixture("yarn-1/yarn.lock").replace("version \"1.3.0\"", "version \"2.3.0\"")).commit();
    let row = deps_pinned(&project);
    assert_eq!(row["detail"], "1 of 7 dependencies are not pinned: left-pad (^1.3.0)");
    // npm itself looks at no package-lock.json beside a shrinkwrap.
    let project = workspace();
    project.write("npm-shrinkwrap.json", &npm).write("package-lock.json", "{").commit();
    assert_eq!(deps_pinned(&project)["detail"], "All 7 dependencies are pinned.");
}

#[test]
fn a_member_is_covered_by_the_lock_file_of_its_workspace() {
    for (writer, name) in LOCKS {
        let project = workspace_of(writer);
        project.write(name, &fixture(&format!("{writer}/{name}")));
        let release = fs::read_to_string(project.root().join("release.yaml")).expect("a release");
        project.write("packages/b/release.yaml", &release).commit();
        let (_, report) = project.gate(&["check", "--repo", "repo/packages/b"]).json();
        assert_eq!(result(&report, "deps_pinned")["detail"], "All 1 dependencies are pinned.", "{writer}");
    }
}

#[test]
fn members_are_read_and_only_tracked_ones_prove_something() {
    let top = ("package.json", "{\"workspaces\": {\"packages\": [\"libs/*\", \"!libs/skipped\"]}}");
    let loose = "{\"name\": \"a\", \"version\": \"9.9.9\", \"dependencies\": {\"ms\": \"*\"}}";
    let row = row_of(&[top, ("libs/a/package.json", loose), ("libs/skipped/package.json", "{")]);
    assert_eq!(
        status_and_detail(&row),
        (
            "FAIL",
            "1 of 1 dependencies are not pinned: ms (*). Not asked: libs/skipped/package.json (`manifests:` in delivery-gate.yaml adds what is released)."
        )
    );
    assert_eq!(row["source"], "libs/a/package.json:1");
    let row = row_of(&[top, ("libs/a/package.json", "{}"), ("libs/b/package.json", "{}"), (".gitignore", "libs/b\n")]);
    assert_eq!(status_and_detail(&row), ("PASS", "No dependencies to pin."), "what git ignores is no member");
    let pnpm = ("pnpm-workspace.yaml", "packages: ['libs/**']\n");
    let row = row_of(&[("package.json", "{}"), pnpm, ("libs/a/package.json", loose)]);
    assert_eq!(status_and_detail(&row), ("FAIL", "1 of 1 dependencies are not pinned: ms (*)"));
    let row = row_of(&[("package.json", "{\"workspaces\": [\"../x\"]}")]);
    assert_eq!(status_and_detail(&row), ("UNPROVEN", "the workspace pattern `../x` leaves the workspace"));
}

#[test]
fn pnpm_takes_from_a_registry_what_the_manifest_alone_calls_a_member() {
    let manifest = "{\"workspaces\": [\"packages/*\"], \"dependencies\": {\"is-number\": \"^7.0.0\"}}";
    let member = "{\"name\": \"is-number\", \"version\": \"7.0.5\"}";
    let hash = "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==";
    let lock = |hash: &str| {
        format!(
            "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .:\n    \
             dependencies:\n      is-number:\n        specifier: ^7.0.0\n        version: 7.0.0\n\npackages:\n\n  is-number@7.0.0:\n    \
             resolution: {{integrity: {hash}}}\n    engines: {{node: '>=0.12.0'}}\n\nsnapshots:\n\n  is-number@7.0.0: {{}}\n"
        )
    };
    let row = |hash: &str, more: &[(&str, &str)]| {
        let files =
            [("package.json", manifest), ("packages/is-number/package.json", member), ("pnpm-lock.yaml", &lock(hash))];
        row_of(&[&files[..], more].concat())
    };
    let beside =
        "Not asked: packages/is-number/package.json (`manifests:` in delivery-gate.yaml adds what is released).";
    let all = format!("All 1 dependencies are pinned. {beside}");
    assert_eq!(status_and_detail(&row(hash, &[])), ("PASS", all.as_str()));
    let weak = "sha1-3hRxTW9fQ0tCbe6c3gOsyZKTVSg=";
    assert_eq!(
        reasons(&row(weak, &[])),
        [("is-number", "it is not an exact version; pnpm-lock.yaml has only SHA-1 for it")]
    );
    // Another manager beside it links the member.
    let npm = "{\"lockfileVersion\": 3, \"packages\": {\"\": {\"workspaces\": [\"packages/*\"]}}}";
    assert_eq!(status_and_detail(&row(weak, &[("package-lock.json", npm)])).0, "PASS");
}

#[test]
fn exact_and_local_requirements_need_no_lock_file() {
    let hex = "0123456789abcdef0123456789abcdef01234567";
    let manifest = format!(
        "{{\"dependencies\": {{\"a\": \"1.2.3\", \"b\": \"=1.2.3\", \"c\": \"v1.2.3\", \"d\": \"npm:x@1.2.3\", \"e\": \"file:./e\", \
         \"f\": \"link:f\", \"g\": \"npm:y@=1.2.3\", \"h\": \"o/r#{hex}\", \"i\": \"git+https://host/r.git#{hex}\"}}}}"
    );
    let row = row_of(&[("package.json", &manifest), ("e/package.json", "{}"), ("f/index.js", "")]);
    assert_eq!(status_and_detail(&row), ("PASS", "All 9 dependencies are pinned."));
    let loose = [
        ("^1.3.0", "it is not an exact version; no lock file"),
        ("", "it is not an exact version; no lock file"),
        ("latest", "it is not an exact version; no lock file"),
        ("npm:x@1.x", "it is not an exact version; no lock file"),
        ("what is this", "it is not a valid requirement; no lock file"),
        ("o/r", "it names no full commit; no lock file"),
        ("github:o/r#semver:1.2.3", "it names no full commit; no lock file"),
        ("git+https://host/r.git#main", "it names no full commit; no lock file"),
        ("https://host/a-1.2.3.tgz", "an archive can change behind its address; no lock file"),
        ("file:./gone", "there is no gone"),
        ("file:vendor/gone.tgz", "there is no vendor/gone.tgz"),
        ("file:../a.tgz", "it is outside the repository"),
        ("link:/srv/a", "it is outside the repository"),
        ("catalog:", "no catalog has it; no lock file"),
        ("workspace:*", "the workspace has no such member"),
        ("workspace:./gone", "the workspace has no such member"),
    ];
    for (requirement, why) in loose {
        let row = row_of_dependencies(&format!("\"a\": \"{requirement}\""));
        assert_eq!(reasons(&row), [("a", why)], "{requirement}");
    }
}

#[test]
fn a_local_package_must_be_part_of_the_release() {
    let manifest = ("package.json", "{\"dependencies\": {\"a\": \"file:vendor/a.tgz\", \"b\": \"link:./b\"}}");
    let row = row_of(&[manifest, ("vendor/a.tgz", "x"), ("b/package.json", "{}")]);
    assert_eq!(
        status_and_detail(&row),
        (
            "PASS",
            "All 2 dependencies are pinned. Not asked: b/package.json (`manifests:` in delivery-gate.yaml adds what is released)."
        )
    );
    let ignored = (".gitignore", "vendor\nb\n");
    let row = row_of(&[manifest, ("vendor/a.tgz", "x"), ("b/package.json", "{}"), ignored]);
    let expected = [("a", "vendor/a.tgz is not tracked by git"), ("b", "b is not tracked by git")];
    assert_eq!(reasons(&row), expected);
    // A folder without a manifest ships when a file in it does.
    let linked = drafted();
    linked.write("package.json", "{\"dependencies\": {\"b\": \"link:./b\"}}").commit();
    linked.write("b/deep/index.js", "");
    assert_eq!(reasons(&deps_pinned(&linked)), [("b", "b is not tracked by git")]);
    linked.track();
    assert_eq!(deps_pinned(&linked)["status"], "PASS");
}

#[test]
fn an_override_can_loosen_an_exact_requirement() {
    let cases = [
        ("\"overrides\": {\"a\": \"^1.0.0\"}", Some("`^1.0.0` counts, and it is not an exact version; no lock file")),
        ("\"resolutions\": {\"**/a\": \"1.x\"}", Some("`1.x` counts, and it is not an exact version; no lock file")),
        (
            "\"pnpm\": {\"overrides\": {\"a@1\": \"*\"}}",
            Some("`*` counts, and it is not an exact version; no lock file"),
        ),
        ("\"overrides\": {\"a\": {\".\": \"^1\"}}", Some("`^1` counts, and it is not an exact version; no lock file")),
        ("\"overrides\": {\"a\": \"1.2.4\"}", None),
        ("\"overrides\": {\"a\": \"$a\"}", None),
        ("\"overrides\": {\"a\": {\"b\": \"*\"}}", None),
        ("\"pnpm\": {\"overrides\": {\"a@2\": \"*\", \"b>a\": \"*\"}}", None),
    ];
    for (overrides, why) in cases {
        let manifest = format!("{{\"dependencies\": {{\"a\": \"1.2.3\"}}, {overrides}}}");
        let row = row_of(&[("package.json", &manifest)]);
        assert_eq!(reasons(&row), why.map(|why| ("a", why)).into_iter().collect::<Vec<_>>(), "{overrides}");
    }
}

#[test]
fn a_catalog_speaks_for_its_entries() {
    let manifest = ("package.json", "{\"dependencies\": {\"a\": \"catalog:\", \"b\": \"catalog:old\"}}");
    let catalogs = "catalog:\n  a: 1.2.3\ncatalogs:\n  old:\n    b: ^1.0.0\n";
    let row = row_of(&[manifest, ("pnpm-workspace.yaml", catalogs)]);
    assert_eq!(reasons(&row), [("b", "`^1.0.0` counts, and it is not an exact version; no lock file")]);
}

#[test]
fn a_peer_is_what_the_project_itself_installs() {
    let peers = "\"peerDependencies\": {\"a\": \">=1\"}";
    let cases = [
        (format!("{{{peers}, \"devDependencies\": {{\"a\": \"1.2.3\"}}}}"), vec![]),
        (
            format!("{{{peers}, \"devDependencies\": {{\"a\": \"0.9.0\"}}}}"),
            vec![("a", "it is not an exact version; no lock file")],
        ),
        (format!("{{{peers}}}"), vec![("a", "it is not an exact version; no lock file")]),
    ];
    for (manifest, expected) in cases {
        assert_eq!(reasons(&row_of(&[("package.json", &manifest)])), expected, "{manifest}");
    }
    let optional =
        format!("{{\"name\": \"demo\", {peers}, \"peerDependenciesMeta\": {{\"a\": {{\"optional\": true}}}}}}");
    let lock = "{\"lockfileVersion\": 3, \"packages\": {\"\": {\"peerDependencies\": {\"a\": \">=1\"}}}}";
    let row = row_of(&[("package.json", &optional), ("package-lock.json", lock)]);
    assert_eq!(status_and_detail(&row), ("PASS", "All 1 dependencies are pinned."));
    let required = format!("{{\"name\": \"demo\", {peers}}}");
    let row = row_of(&[("package.json", &required), ("package-lock.json", lock)]);
    assert_eq!(reasons(&row), [("a", "it is not an exact version; package-lock.json does not have it")]);
}

#[test]
fn a_manifest_that_says_two_things_is_open_and_told_with_every_place() {
    let manifest = "{\n  \"version\": \"1.2.3\",\n  \"dependencies\": {\"a\": \"1.0.0\", \"a\": \"^2\"},\n  \"version\": \"2.0.0\"\n}";
    let row = row_of(&[("package.json", manifest)]);
    let (status, detail) = status_and_detail(&row);
    assert_eq!(status, "UNPROVEN");
    for expected in
        ["package.json:3:", "the key `a` is here twice", "package.json:4:", "the key `version` is here twice"]
    {
        assert!(detail.contains(expected), "{expected}: {detail}");
    }
    // npm takes the last, and nothing else is asked less for it.
    let row = row_of(&[("package.json", "{\"scripts\": {\"a\": \"b\"}, \"scripts\": {}}")]);
    assert_eq!(status_and_detail(&row).0, "UNPROVEN");
    // The version is told to be open, too.
    let project = drafted();
    project.write("package.json", "{\"version\": \"1.2.3\", \"version\": \"1.2.2\"}").commit();
    let told = project.check_after_ci().run().stdout;
    assert!(told.contains("ot compared: package.json:1:22: the key `version` is here twice"), "{told}");
    // What npm takes for no manifest either is refused.
    let project = drafted();
    project.write("package.json", "{\"version\": 2, \"version\": \"1\", \"dependencies\": []}").commit();
    assert!(project.check_after_ci().run().refusal().contains("the key `version` is here twice"));
}

#[test]
fn hostile_manifests_and_lock_files_are_survived() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let manifest = format!("{{\"dependencies\": {{\"a\": \"^1\"}}, \"overrides\": {{\"b\": {{\"c\": {deep}}}}}}}");
    let row = row_of(&[("package.json", &manifest)]);
    assert_eq!(status_and_detail(&row), ("FAIL", "1 of 1 dependencies are not pinned: a (^1)"));
    let manifest = "{\"dependencies\": {\"a\": \"^1\"}}";
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nlockfileVersion: '9.0'\n";
    let nested = format!("lockfileVersion: '9.0'\nimporters: {deep}\n");
    let legacy = format!("{{\"lockfileVersion\": 1, \"dependencies\": {deep}}}");
    let twice = "{\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"\": {}}}";
    let locks = [
        ("pnpm-lock.yaml", bomb),
        ("pnpm-lock.yaml", nested.as_str()),
        ("pnpm-lock.yaml", "lockfileVersion: '99'\n"),
        ("pnpm-lock.yaml", ""),
        ("package-lock.json", legacy.as_str()),
        ("package-lock.json", twice),
        ("package-lock.json", "[]"),
        ("package-lock.json", "{\"lockfileVersion\": 4, \"packages\": {}}"),
        ("yarn.lock", "\u{0}"),
        ("yarn.lock", "__metadata: [\n"),
        ("bun.lock", deep.as_str()),
        ("bun.lockb", "#!/usr/bin/env bun\nbun-lockfile-format-v0\n"),
    ];
    for (name, lock) in locks {
        let row = row_of(&[("package.json", manifest), (name, lock)]);
        let what = lock.chars().take(40).collect::<String>();
        assert_eq!(row["status"], "UNPROVEN", "{name} {what}: {row}");
    }
}

const ECOSYSTEMS: &str = "../ecosystems/node";

/// What each tool wrote for the projects of `tests/fixtures/ecosystems/node`.
const WRITTEN: [(&str, &str, &str); 15] = [
    ("ws", "npm1", "package-lock.json"),
    ("ws", "npm2", "package-lock.json"),
    ("ws", "npm3", "package-lock.json"),
    ("ws", "pnpm7", "pnpm-lock.yaml"),
    ("ws", "pnpm8", "pnpm-lock.yaml"),
    ("ws", "pnpm10", "pnpm-lock.yaml"),
    ("ws", "yarn1", "yarn.lock"),
    ("ws", "yarn4", "yarn.lock"),
    ("ws", "bun", "bun.lock"),
    ("platform", "npm1", "package-lock.json"),
    ("platform", "npm3", "package-lock.json"),
    ("platform", "yarn4", "yarn.lock"),
    ("platform", "bun", "bun.lock"),
    ("resol", "yarn1", "yarn.lock"),
    ("resol", "yarn4", "yarn.lock"),
];

/// A project of the fixtures, without its lock file.
fn written(project: &str) -> Project {
    let written = drafted();
    written.write("package.json", &fixture(&format!("{ECOSYSTEMS}/{project}/package.json")));
    if project == "ws" {
        for path in ["packages/a/package.json", "packages/b/package.json", "lib/package.json"] {
            written.write(path, &fixture(&format!("{ECOSYSTEMS}/ws/{path}")));
        }
    }
    written
}

fn lock_of(project: &str, writer: &str, name: &str) -> String {
    fixture(&format!("{ECOSYSTEMS}/{project}/{writer}/{name}"))
}

#[test]
fn what_is_behind_the_first_level_is_fixed_in_every_format() {
    for (project, writer, name) in WRITTEN {
        let written = written(project);
        if writer.starts_with("pnpm") {
            written.write("pnpm-workspace.yaml", "packages: ['packages/*']\n");
        }
        written.write(name, &lock_of(project, writer, name)).commit();
        let row = deps_pinned(&written);
        let count = row["metrics"]["dependencies"].as_u64().expect("a count");
        assert_eq!(row["detail"], format!("All {count} dependencies are pinned."), "{project} {writer}: {row}");
    }
}

#[test]
fn a_hole_behind_the_first_level_is_named_with_its_way() {
    // `debug` 3 of the member b needs `ms`; the `send` of lib needs `http-errors`, which needs `inherits`.
    let inherits = "sha512-k/vGaX4";
    let cases = [
        ("npm1", inherits, "", "inherits via send > http-errors: package-lock.json has no integrity for it"),
        ("npm2", inherits, "sha1-k/vGaX4", "inherits via send > http-errors: package-lock.json has only SHA-1 for it"),
        (
            "npm3",
            "\"node_modules/inherits\"",
            "\"node_modules/x\"",
            "inherits via send > http-errors: package-lock.json does not have it",
        ),
        ("pnpm7", inherits, "md5-k/vGaX4", "inherits via send > http-errors: pnpm-lock.yaml has only MD5 for it"),
        (
            "pnpm8",
            "/inherits@2.0.4:",
            "/other@2.0.4:",
            "inherits via send > http-errors: pnpm-lock.yaml does not have it",
        ),
        ("pnpm10", inherits, "", "inherits via send > http-errors: pnpm-lock.yaml has no integrity for it"),
        ("yarn1", "inherits@2.0.4:", "inherits@2.0.3:", "inherits via send > http-errors: yarn.lock does not have it"),
        (
            "yarn4",
            "\"inherits@npm:2.0.4\":",
            "\"inherits@npm:2.0.3\":",
            "inherits via send > http-errors: yarn.lock does not have it",
        ),
        ("bun", inherits, "", "inherits via send > http-errors: bun.lock has no integrity for it"),
    ];
    for (writer, from, to, sentence) in cases {
        let (_, _, name) = WRITTEN.iter().find(|(_, known, _)| *known == writer).expect("a lock file");
        let lock = lock_of("ws", writer, name);
        assert!(lock.contains(from), "{writer}");
        let project = written("ws");
        if writer.starts_with("pnpm") {
            project.write("pnpm-workspace.yaml", "packages: ['packages/*']\n");
        }
        project.write(name, &lock.replace(from, to)).commit();
        let row = deps_pinned(&project);
        let told: Vec<_> = reasons(&row).into_iter().map(|(_, reason)| reason).collect();
        assert!(row["status"] == "FAIL" && told.contains(&sentence), "{writer}: {row}");
    }
}

#[test]
fn a_local_package_is_judged_in_turn() {
    let top = ("package.json", "{\"dependencies\": {\"lib\": \"file:./lib\"}}");
    let lib = "{\"dependencies\": {\"a\": \"*\", \"deep\": \"file:../deep\"}, \"devDependencies\": {\"b\": \"*\"}}";
    let deep = "{\"dependencies\": {\"c\": \"^1\", \"lib\": \"file:../lib\"}}";
    let row = row_of(&[top, ("lib/package.json", lib), ("deep/package.json", deep)]);
    let expected = "2 of 5 dependencies are not pinned: a (*), c (^1)";
    assert_eq!(status_and_detail(&row), ("FAIL", expected));
    // What is linked is not installed.
    let linked = ("package.json", "{\"dependencies\": {\"lib\": \"link:./lib\"}}");
    let row = row_of(&[linked, ("lib/package.json", lib)]);
    assert_eq!(row["status"], "PASS", "{row}");
}

#[test]
fn a_local_archive_that_is_missing_is_not_pinned_by_a_lock_file() {
    let top = ("package.json", "{\"name\": \"demo\", \"dependencies\": {\"a\": \"file:vendor/a.tgz\"}}");
    let lock = "{\"lockfileVersion\": 3, \"packages\": {\"\": {\"dependencies\": {\"a\": \"file:vendor/a.tgz\"}}, \
                \"node_modules/a\": {\"version\": \"1.0.0\", \"resolved\": \"file:vendor/a.tgz\", \"integrity\": \"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}}}";
    let row = row_of(&[top, ("package-lock.json", lock)]);
    assert_eq!(reasons(&row), [("a", "there is no vendor/a.tgz")]);
}

/// Each lock file has a package of a registry that takes `b` from a folder.
#[test]
fn a_lock_file_may_not_take_a_package_from_a_folder_that_the_release_does_not_have() {
    let hash = format!("sha512-{}==", "A".repeat(86));
    let npm = format!(
        "{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{\"dependencies\": {{\"a\": \"1.0.0\"}}}}, \"node_modules/a\": {{\"version\": \"1.0.0\", \
         \"integrity\": \"{hash}\", \"dependencies\": {{\"b\": \"^1\"}}}}, \"node_modules/b\": {{\"resolved\": \"packages/b\", \"link\": true}}, \
         \"packages/b\": {{\"version\": \"1.0.0\"}}}}}}"
    );
    let copied = npm.replace(
        "\"resolved\": \"packages/b\", \"link\": true",
        "\"resolved\": \"file:packages/b\", \"version\": \"1.0.0\"",
    );
    let pnpm = |version: &str| {
        format!(
            "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {{specifier: 1.0.0, version: 1.0.0}}\n  packages/b: {{}}\n\
             packages:\n  a@1.0.0: {{resolution: {{integrity: {hash}}}}}\n  b@file:packages/b: {{resolution: {{directory: packages/b, type: directory}}}}\n\
             snapshots:\n  a@1.0.0: {{dependencies: {{b: '{version}'}}}}\n  b@file:packages/b: {{}}\n"
        )
    };
    let checksum = format!("10c0/{}", "a".repeat(128));
    let yarn = |descriptor: &str, resolution: &str| {
        format!(
            "__metadata: {{version: 8}}\n\"demo@workspace:.\": {{version: 0.0.0-use.local, resolution: \"demo@workspace:.\", dependencies: {{a: \"npm:1.0.0\"}}}}\n\
             \"a@npm:1.0.0\": {{version: 1.0.0, resolution: \"a@npm:1.0.0\", checksum: {checksum}, dependencies: {{b: \"{descriptor}\"}}}}\n\
             \"b@{descriptor}\": {{version: 1.0.0, resolution: \"{resolution}\", checksum: {checksum}}}\n"
        )
    };
    let bun = format!(
        "{{\"lockfileVersion\": 1, \"workspaces\": {{\"\": {{\"dependencies\": {{\"a\": \"1.0.0\"}}}}}}, \"packages\": {{\
         \"a\": [\"a@1.0.0\", \"\", {{\"dependencies\": {{\"b\": \"^1\"}}}}, \"{hash}\"], \"b\": [\"b@workspace:packages/b\"]}}}}"
    );
    let cases = [
        ("package-lock.json", npm.clone()),
        ("npm-shrinkwrap.json", copied),
        ("pnpm-lock.yaml", pnpm("file:packages/b")),
        ("yarn.lock", yarn("npm:^1", "b@workspace:packages/b")),
        ("yarn.lock", yarn("npm:^1", "b@portal:../b::locator=c%40workspace%3Apackages%2Fc")),
        ("yarn.lock", yarn("npm:^1", "b@file:./packages/b#./packages/b::hash=aa&locator=demo%40workspace%3A.")),
        ("bun.lock", bun.clone()),
        ("bun.lock", bun.replace("b@workspace:packages/b", "b@file:packages/b")),
    ];
    let manifest = ("package.json", "{\"name\": \"demo\", \"dependencies\": {\"a\": \"1.0.0\"}}");
    let there = ("packages/b/package.json", "{\"name\": \"b\", \"version\": \"1.0.0\"}");
    for (name, lock) in &cases {
        let told = |files: &[(&str, &str)]| reasons(&row_of(files)).first().map(|(_, why)| (*why).to_owned());
        let lock = (*name, lock.as_str());
        assert_eq!(told(&[manifest, lock, there]), None, "{lock:?}");
        let gone = format!("b via a: {name} takes it from packages/b: there is no packages/b");
        assert_eq!(told(&[manifest, lock]), Some(gone), "{lock:?}");
        let ignored = format!("b via a: {name} takes it from packages/b: packages/b is not tracked by git");
        assert_eq!(told(&[manifest, lock, there, (".gitignore", "packages\n")]), Some(ignored), "{lock:?}");
    }
    // pnpm names what it links by its folder.
    let row = row_of(&[manifest, ("pnpm-lock.yaml", &pnpm("link:packages/b"))]);
    let linked = "packages/b via a: pnpm-lock.yaml takes it from packages/b: there is no packages/b";
    assert_eq!(reasons(&row), [("a", linked)]);
    // In the place of a package of the registry, too.
    let manifest = ("package.json", "{\"name\": \"demo\", \"dependencies\": {\"b\": \"1.0.0\"}}");
    let row = row_of(&[manifest, ("package-lock.json", &npm.replace("\"a\": \"1.0.0\"", "\"b\": \"1.0.0\""))]);
    let sentence = "b: package-lock.json takes it from packages/b: there is no packages/b";
    assert_eq!(status_and_detail(&row), ("FAIL", &*format!("1 of 1 dependencies are not pinned: {sentence}")));
}

#[test]
fn a_lock_file_counts_for_what_its_tool_takes_it_for() {
    // npm and Bun install what still meets the manifest; the others refuse a lock file that was made for another requirement.
    let cases = [
        ("npm-3", "PASS", ""),
        ("bun-2", "PASS", ""),
        ("pnpm-9", "FAIL", "pnpm-lock.yaml is out of date: it was made for ^1.3.0"),
        ("yarn-1", "FAIL", "it is not an exact version; yarn.lock does not have it"),
        ("yarn-4", "FAIL", "yarn.lock is out of date: it was made for ^1.3.0"),
    ];
    for (writer, status, why) in cases {
        let (_, name) = LOCKS.iter().find(|(known, _)| *known == writer).expect("a lock file");
        let project = workspace();
        let manifest = fixture("project/package.json").replace("\"^1.3.0\"", "\"1.x\"");
        project.write("package.json", &manifest).write(name, &fixture(&format!("{writer}/{name}"))).commit();
        let row = deps_pinned(&project);
        let told = reasons(&row).into_iter().find(|(name, _)| *name == "left-pad").map_or("", |(_, why)| why);
        assert_eq!((row["status"].as_str(), told), (Some(status), why), "{writer}");
    }
    // Nor does npm take what does not meet it.
    let project = workspace();
    let manifest = fixture("project/package.json").replace("\"^1.3.0\"", "\"1.2.0\"");
    project.write("package.json", &manifest).write("package-lock.json", &fixture("npm-3/package-lock.json")).commit();
    assert_eq!(
        reasons(&deps_pinned(&project)),
        [("left-pad", "package-lock.json is out of date: it was made for ^1.3.0")]
    );
}

#[test]
fn two_lock_files_that_disagree_are_both_named() {
    let project = workspace();
    let npm = fixture("npm-3/package-lock.json").replace("\"version\": \"2.1.3\"", "\"version\": \"2.1.2\"");
    project.write("package-lock.json", &npm).write("yarn.lock", &fixture("yarn-1/yarn.lock")).commit();
    let row = deps_pinned(&project);
    assert_eq!(reasons(&row), [("ms", "package-lock.json has 2.1.2, yarn.lock has 2.1.3"); 2]);
}

#[test]
fn a_member_of_which_the_lock_file_has_another_version_is_told() {
    let project = workspace();
    let member = fixture("project/packages/b/package.json").replace("\"version\": \"1.0.1\"", "\"version\": \"1.1.0\"");
    project
        .write("packages/b/package.json", &member)
        .write("package-lock.json", &fixture("npm-3/package-lock.json"))
        .commit();
    let expected = "All 7 dependencies are pinned. package-lock.json has version 1.0.1 of packages/b/package.json, which says 1.1.0.";
    assert_eq!(status_and_detail(&deps_pinned(&project)), ("PASS", expected));
}

#[test]
fn the_registry_that_a_tracked_file_names_is_held_against_the_lock_file() {
    let lock = |name: &str, host: &str, integrity: &str| {
        format!(
            "{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{\"dependencies\": {{\"{name}\": \"1.0.0\"}}}}, \"node_modules/{name}\": \
             {{\"version\": \"1.0.0\", \"resolved\": \"https://{host}/{name}/-/x-1.0.0.tgz\"{integrity}}}}}}}"
        )
    };
    let hash = ", \"integrity\": \"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"";
    let corp = "@corp:registry=https://${USER}:${TOKEN}@npm.corp.example/\n";
    let all = "registry=https://npm.corp.example/\n";
    let cases = [
        ("@corp/a", "npm.corp.example", hash, corp, "PASS", "All 1 dependencies are pinned."),
        (
            "@corp/a",
            "registry.npmjs.org",
            hash,
            corp,
            "FAIL",
            "package-lock.json takes @corp/a from registry.npmjs.org, and .npmrc names npm.corp.example",
        ),
        ("a", "registry.yarnpkg.com", hash, corp, "PASS", "All 1 dependencies are pinned."),
        ("a", "registry.npmjs.org", hash, all, "PASS", "All 1 dependencies are pinned."),
        (
            "a",
            "other.example",
            hash,
            all,
            "FAIL",
            "package-lock.json takes a from other.example, and .npmrc names npm.corp.example",
        ),
        (
            "a",
            "other.example",
            hash,
            "",
            "PASS",
            "All 1 dependencies are pinned. package-lock.json takes a from other.example.",
        ),
        (
            "a",
            "other.example",
            "",
            "",
            "UNPROVEN",
            "package-lock.json takes a from other.example, and has no integrity for it",
        ),
    ];
    for (name, host, integrity, npmrc, status, detail) in cases {
        let manifest = format!("{{\"dependencies\": {{\"{name}\": \"1.0.0\"}}}}");
        let row = row_of(&[
            ("package.json", &manifest),
            ("package-lock.json", &lock(name, host, integrity)),
            (".npmrc", npmrc),
        ]);
        assert_eq!(status_and_detail(&row), (status, detail), "{name} {host} {npmrc}");
    }
}

#[test]
fn a_peer_that_nobody_installs_is_no_hole() {
    let manifest = "{\"name\": \"demo\", \"peerDependencies\": {\"a\": \">=1\"}}";
    let lock = |installs: bool| {
        format!("lockfileVersion: '9.0'\nsettings:\n  autoInstallPeers: {installs}\nimporters:\n  .: {{}}\n")
    };
    let row = row_of(&[("package.json", manifest), ("pnpm-lock.yaml", &lock(false))]);
    assert_eq!(status_and_detail(&row), ("PASS", "All 1 dependencies are pinned."));
    let row = row_of(&[("package.json", manifest), ("pnpm-lock.yaml", &lock(true))]);
    assert_eq!(reasons(&row), [("a", "it is not an exact version; pnpm-lock.yaml does not have it")]);
}

#[test]
fn what_pnpm_installs_before_all_else_is_to_be_fixed() {
    let file = |name: &str| fixture(&format!("{ECOSYSTEMS}/config/{name}"));
    let (manifest, lock) = (file("package.json"), file("pnpm11/pnpm-lock.yaml"));
    let settings = file("pnpm11/pnpm-workspace.yaml");
    let row = |settings: &str, lock: &str| {
        row_of(&[("package.json", &manifest), ("pnpm-workspace.yaml", settings), ("pnpm-lock.yaml", lock)])
    };
    assert_eq!(status_and_detail(&row(&settings, &lock)), ("PASS", "All 2 dependencies are pinned."));
    let inline = row(&file("pnpm10/pnpm-workspace.yaml"), &lock);
    assert_eq!(status_and_detail(&inline), ("PASS", "All 2 dependencies are pinned."));
    let found = row(&settings, &lock.replace("integrity: sha512-PRW", "integrity: sha1-PRW"));
    assert_eq!(reasons(&found), [("debug", "it has no strong hash; pnpm-lock.yaml has only SHA-1 for it")]);
    let found = row(&settings.replace("debug: 4.3.4", "debug: 4.3.5"), &lock);
    assert_eq!(reasons(&found), [("debug", "pnpm-lock.yaml is out of date: it was made for 4.3.4")]);
    let project_only = lock.rsplit("---\n").next().expect("a document");
    let found = row(&settings, project_only);
    assert_eq!(reasons(&found), [("debug", "it has no strong hash; pnpm-lock.yaml does not have it")]);
}

#[test]
fn an_optional_peer_leaves_nothing_open_without_a_lock_file() {
    let manifest = |optional: bool| {
        format!(
            "{{\"name\": \"demo\", \"dependencies\": {{\"b\": \"1.2.3\"}}, \"peerDependencies\": {{\"a\": \"*\"}}, \
             \"peerDependenciesMeta\": {{\"a\": {{\"optional\": {optional}}}}}}}"
        )
    };
    let row = row_of(&[("package.json", &manifest(true))]);
    assert_eq!(status_and_detail(&row), ("PASS", "All 2 dependencies are pinned."));
    let row = row_of(&[("package.json", &manifest(false))]);
    assert_eq!(reasons(&row), [("a", "it is not an exact version; no lock file")]);
}

#[test]
fn an_override_is_held_against_what_the_catalog_has() {
    let lock = "lockfileVersion: '9.0'\ncatalogs:\n  default:\n    a: {specifier: ^7.5.22, version: 7.5.22}\noverrides:\n  \
                a@<=7.5.9: '>=7.5.10'\nimporters:\n  .:\n    dependencies:\n      a: {specifier: 'catalog:', version: \
                7.5.22}\npackages:\n  a@7.5.22: {resolution: {integrity: sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==}}\nsnapshots:\n  a@7.5.22: {}\n";
    let settings = "catalog:\n  a: ^7.5.22\noverrides:\n  a@<=7.5.9: '>=7.5.10'\n";
    let manifest = ("package.json", "{\"dependencies\": {\"a\": \"catalog:\"}}");
    let row = row_of(&[manifest, ("pnpm-workspace.yaml", settings), ("pnpm-lock.yaml", lock)]);
    assert_eq!(status_and_detail(&row), ("PASS", "All 1 dependencies are pinned."));
    let row = row_of(&[manifest, ("pnpm-workspace.yaml", &settings.replace('^', ""))]);
    assert_eq!(status_and_detail(&row), ("PASS", "All 1 dependencies are pinned."));
    // An override of a range passes over what a catalog has, whatever that is; one without a range does not.
    let of = |other: &str| [settings, lock].map(|text| text.replace("a@<=7.5.9: '>=7.5.10'", other));
    let [settings, lock] = of("a@7: 7.0.0");
    let row = row_of(&[manifest, ("pnpm-workspace.yaml", &settings), ("pnpm-lock.yaml", &lock)]);
    assert_eq!(status_and_detail(&row), ("PASS", "All 1 dependencies are pinned."));
    let [settings, lock] = of("a: 7.0.0");
    let row = row_of(&[manifest, ("pnpm-workspace.yaml", &settings), ("pnpm-lock.yaml", &lock)]);
    assert_eq!(row["status"], "FAIL", "{row}");
}

#[test]
fn a_member_that_a_resolution_leads_to_gets_what_the_catalog_has() {
    let top = "{\"name\": \"r\", \"workspaces\": [\"packages/*\"], \"dependencies\": {\"p\": \"npm:^7.0.0\"}, \
               \"resolutions\": {\"p/g\": \"workspace:*\"}}";
    for (catalog, settings) in
        [("catalog:", "catalog:\n  c: ^1.5.3\n"), ("catalog:dev", "catalogs:\n  dev:\n    c: ^1.5.3\n")]
    {
        let member =
            format!("{{\"name\": \"g\", \"version\": \"1.0.0\", \"devDependencies\": {{\"c\": \"{catalog}\"}}}}");
        let lock = format!(
            "__metadata:\n  version: 8\n\n\"c@npm:^1.5.3\":\n  version: 1.5.5\n  resolution: \"c@npm:1.5.5\"\n  checksum: \
             10/5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d\n\n\"g@workspace:*, g@workspace:packages/g\":\n  version: 0.0.0-use.local\n  resolution: \
             \"g@workspace:packages/g\"\n  dependencies:\n    c: \"{catalog}\"\n\n\"p@npm:^7.0.0\":\n  version: 7.1.0\n  \
             resolution: \"p@npm:7.1.0\"\n  dependencies:\n    g: \"npm:^7.0.0\"\n  checksum: 10/5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d5d9d\n\n\
             \"r@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"r@workspace:.\"\n  dependencies:\n    p: \
             \"npm:^7.0.0\"\n"
        );
        let files = [("package.json", top), ("packages/g/package.json", &member), ("yarn.lock", &lock)];
        let row = row_of(&[&files[..], &[(".yarnrc.yml", settings)]].concat());
        assert_eq!(status_and_detail(&row), ("PASS", "All 2 dependencies are pinned."), "{catalog}");
        let row = row_of(&[&files[..], &[(".yarnrc.yml", &settings.replace("^1", "^2"))]].concat());
        assert_eq!(status_and_detail(&row).0, "FAIL", "{catalog}");
    }
}

#[test]
fn a_stray_lock_file_of_a_member_is_told_and_not_read() {
    let member = "\"version\": \"1.0.0\", \"dependencies\": {\"n\": \"^14.1.0\"}";
    let npm = |version: &str| {
        format!(
            "{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{\"name\": \"r\"}}, \"node_modules/a\": {{\"resolved\": \
             \"packages/a\", \"link\": true}}, \"packages/a\": {{{member}}}, \"node_modules/n\": {{\"version\": \
             \"{version}\", \"integrity\": \"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}}}}}}"
        )
    };
    let yarn = |version: &str| {
        format!(
            "# yarn lockfile v1\n\n\nn@^14.1.0:\n  version \"{version}\"\n  integrity sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n"
        )
    };
    let pnpm = |version: &str| {
        format!(
            "lockfileVersion: '9.0'\nimporters:\n  .: {{}}\n  packages/a:\n    dependencies:\n      n: {{specifier: ^14.1.0, \
             version: {version}}}\npackages:\n  n@{version}: {{resolution: {{integrity: sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==}}}}\nsnapshots:\n  \
             n@{version}: {{}}\n"
        )
    };
    let cases = [
        ("package-lock.json", npm("14.0.4"), npm("14.1.4")),
        ("yarn.lock", yarn("14.0.4"), yarn("14.1.4")),
        ("pnpm-lock.yaml", pnpm("14.0.4"), pnpm("14.1.4")),
    ];
    for (name, stray, lock) in cases {
        let project = drafted();
        project.write("package.json", "{\"name\": \"r\", \"workspaces\": [\"packages/*\"]}");
        project.write("pnpm-workspace.yaml", "packages: [packages/*]\n");
        project.write("packages/a/package.json", &format!("{{\"name\": \"a\", {member}}}"));
        project.write(&format!("packages/a/{name}"), &stray);
        project.write(name, &lock).track();
        let expected = format!(
            "All 1 dependencies are pinned. packages/a/{name} is not read: the lock file of the workspace decides."
        );
        assert_eq!(status_and_detail(&deps_pinned(&project)), ("PASS", expected.as_str()), "{name}");
        let uncovered = drafted();
        uncovered.write("package.json", "{\"name\": \"r\", \"workspaces\": [\"packages/*\"]}");
        uncovered.write("packages/a/package.json", &format!("{{\"name\": \"a\", {member}}}"));
        uncovered.write(&format!("packages/a/{name}"), &stray).track();
        assert_eq!(status_and_detail(&deps_pinned(&uncovered)).0, "FAIL", "{name}");
    }
}

/// What nobody asks for directly, and that the lock file takes from a folder, is part of the release as well.
#[test]
fn folders_behind_the_first_level_are_part_of_the_release() {
    let manifest = ("package.json", "{\"name\": \"demo\", \"dependencies\": {\"a\": \"1.0.0\"}}");
    let hash = format!("sha512-{}==", "A".repeat(86));
    let pnpm = format!(
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {{specifier: 1.0.0, version: 1.0.0}}\npackages:\n  \
         a@1.0.0: {{resolution: {{integrity: {hash}}}}}\nsnapshots:\n  a@1.0.0:\n    dependencies:\n      b: link:packages/b\n"
    );
    let yarn = |place: &str| {
        format!(
            "# yarn lockfile v1\n\n\na@1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz\"\n  \
             integrity {hash}\n  dependencies:\n    b \"1.0.0\"\n\nb@1.0.0:\n  version \"1.0.0\"\n  resolved \"{place}\"\n  integrity {hash}\n"
        )
    };
    let sha1 = "0123456789abcdef0123456789abcdef01234567";
    let there = ("packages/b/package.json", "{\"name\": \"b\", \"version\": \"1.0.0\"}");
    let cases = [
        ("pnpm-lock.yaml", "packages/b", pnpm, there),
        ("yarn.lock", "packages/b", yarn("file:packages/b"), there),
        ("yarn.lock", "./packages/b", yarn("./packages/b"), there),
        ("yarn.lock", "vendor/b.tgz", yarn(&format!("file:vendor/b.tgz#{sha1}")), ("vendor/b.tgz", "x")),
        ("yarn.lock", "./vendor/b.tgz", yarn(&format!("./vendor/b.tgz#{sha1}")), ("vendor/b.tgz", "x")),
    ];
    for (name, place, lock, there) in cases {
        let row = status_and_detail(&row_of(&[manifest, (name, &lock)])).1.to_owned();
        let told = format!("{name} takes it from {place}: there is no ");
        assert!(row.contains(&told) && row.contains(" via a: "), "{lock}: {row}");
        let row = status_and_detail(&row_of(&[manifest, (name, &lock), there])).1.to_owned();
        assert!(row.starts_with("All 1 "), "{lock}: {row}");
    }
}

/// Each tool says that it passes over the integrity of what it takes out of a repository, or does without a word.
#[test]
fn a_branch_is_not_fixed_by_an_integrity_beside_it() {
    let integrity = format!("sha512-{}==", "A".repeat(86));
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let npm = |resolved: &str| {
        let lock = format!(
            "{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{\"dependencies\": {{\"debug\": \"^4\"}}}}, \
             \"node_modules/debug\": {{\"version\": \"4.3.4\", \"integrity\": \"{integrity}\", \"dependencies\": {{\"ms\": \"2.1.2\"}}}}, \
             \"node_modules/ms\": {{\"version\": \"2.1.2\", \"resolved\": \"{resolved}\", \"integrity\": \"{integrity}\"}}}}}}"
        );
        row_of(&[("package.json", "{\"dependencies\": {\"debug\": \"^4\"}}"), ("package-lock.json", &lock)])
    };
    let open = "1 of 1 dependencies are not pinned: ms via debug: package-lock.json has no full commit for it";
    for resolved in
        ["git+ssh://git@example.org/o/ms.git#main", "git+https://example.org/o/ms.git", "git+file:///srv/ms#main"]
    {
        assert_eq!(status_and_detail(&npm(resolved)), ("FAIL", open), "{resolved}");
    }
    let pinned = ("PASS", "All 1 dependencies are pinned.");
    assert_eq!(status_and_detail(&npm(&format!("git+https://example.org/o/ms.git#{commit}"))), pinned);
    // An archive is held to its hash, whatever it is called.
    assert_eq!(status_and_detail(&npm("https://codeload.github.com/o/ms/tar.gz/main")), pinned);
    let pnpm = format!(
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      ms:\n        specifier: github:o/ms\n        version: \
         https://example.org/o/ms.git#main\npackages:\n  ms@https://example.org/o/ms.git#main:\n    resolution: {{type: git, repo: \
         'https://example.org/o/ms.git', commit: main, integrity: {integrity}}}\n    version: 2.1.2\nsnapshots:\n  \
         ms@https://example.org/o/ms.git#main: {{}}\n"
    );
    let row = row_of(&[("package.json", "{\"dependencies\": {\"ms\": \"github:o/ms\"}}"), ("pnpm-lock.yaml", &pnpm)]);
    assert_eq!(row["status"], "FAIL", "{row}");
}

/// What npm itself writes says which package brings others along; without it `npm ci` takes them from the registry.
#[test]
fn only_what_another_package_brings_along_needs_no_hash() {
    let manifest = ("package.json", "{\"name\": \"d\", \"dependencies\": {\"a\": \"^1\"}}");
    let integrity = format!("\"integrity\": \"sha512-{}==\"", "A".repeat(86));
    let lock = |of_a: &str, of_b: &str| {
        let packages = [
            "\"\": {\"dependencies\": {\"a\": \"^1\"}}".to_owned(),
            format!(
                "\"node_modules/a\": {{\"version\": \"1.0.0\", {integrity}, {of_a} \"dependencies\": {{\"b\": \"1\"}}}}"
            ),
            format!(
                "\"node_modules/a/node_modules/b\": {{\"version\": \"1.0.0\", {of_b} \"dependencies\": {{\"c\": \"1\"}}}}"
            ),
            "\"node_modules/a/node_modules/b/node_modules/c\": {\"version\": \"1.0.0\", \"inBundle\": true}".to_owned(),
        ];
        let lock = format!("{{\"lockfileVersion\": 3, \"packages\": {{{}}}}}", packages.join(", "));
        row_of(&[manifest, ("package-lock.json", &lock)])
    };
    let brought = "\"inBundle\": true,";
    for listed in ["\"bundleDependencies\": [\"b\"],", "\"bundleDependencies\": true,"] {
        assert_eq!(lock(listed, brought)["status"], "PASS", "{listed}");
    }
    for listed in ["", "\"bundleDependencies\": [],", "\"bundleDependencies\": false,"] {
        let row = lock(listed, brought);
        assert_eq!(reasons(&row), [("a", "b via a: package-lock.json has no integrity for it")], "{listed}");
    }
    assert_eq!(lock("\"bundleDependencies\": [\"b\"],", "")["status"], "FAIL");
    let legacy = |of_b: &str| {
        let lock = format!(
            "{{\"lockfileVersion\": 1, \"dependencies\": {{\"a\": {{\"version\": \"1.0.0\", {integrity}, \"requires\": {{\"b\": \"1\"}}, \
             \"dependencies\": {{\"b\": {{\"version\": \"1.0.0\", {of_b} \"bundled\": true}}}}}}}}}}"
        );
        row_of(&[manifest, ("package-lock.json", &lock)])
    };
    assert_eq!(legacy("")["status"], "PASS");
    let taken = legacy("\"resolved\": \"https://registry.npmjs.org/x/-/x-1.0.0.tgz\",");
    assert_eq!(reasons(&taken), [("a", "b via a: package-lock.json has no integrity for it")]);
}

#[test]
fn a_package_of_pnpm_has_its_snapshot() {
    let manifest = ("package.json", "{\"dependencies\": {\"a\": \"^1\"}}");
    let integrity = format!("{{integrity: sha512-{}==}}", "A".repeat(86));
    let row = |version: &str, snapshots: &str| {
        let lock = format!(
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: \
             {version}\n\npackages:\n\n  a@1.0.0:\n    resolution: {integrity}\n\n  b@2.0.0:\n    resolution: {integrity}\n\n{snapshots}"
        );
        row_of(&[manifest, ("pnpm-lock.yaml", &lock)])
    };
    let b = "  b@2.0.0: {}\n";
    let whole = format!("snapshots:\n\n  a@1.0.0(b@2.0.0):\n    dependencies:\n      b: 2.0.0\n\n{b}");
    assert_eq!(row("1.0.0(b@2.0.0)", &whole)["status"], "PASS");
    let lacks = |what: &str| format!("{what}: pnpm-lock.yaml does not have it");
    let told = |row: Value| reasons(&row).into_iter().map(|(_, why)| why.to_owned()).collect::<Vec<_>>().join("; ");
    assert_eq!(told(row("1.0.0", "")), lacks("the snapshot a@1.0.0 via a"));
    assert_eq!(told(row("1.0.0", &whole.replace(b, ""))), lacks("the snapshot b@2.0.0 via a > b"));
    // Another copy of the package is there, and not the one that was chosen.
    assert_eq!(row("1.0.0(b@3.0.0)", &whole)["status"], "FAIL");
}

/// What a parser says of itself and its settings helps nobody who has a lock file in front of him.
#[test]
fn a_lock_file_of_pnpm_that_is_none_is_told_for_people() {
    let told = |lock: &str| {
        let row = row_of(&[("package.json", "{\"dependencies\": {\"a\": \"^1\"}}"), ("pnpm-lock.yaml", lock)]);
        assert_eq!(row["status"], "UNPROVEN", "{row}");
        row["detail"].as_str().expect("a detail").replace("a: pnpm-lock.yaml: ", "")
    };
    assert_eq!(
        told("lockfileVersion: '9.0'\nimporters:\n  .: {}\n  .: {}\n"),
        "it is not a valid lock file: duplicate mapping key `.` is not allowed here at line 4, column 3"
    );
    let document = "---\nlockfileVersion: '9.0'\n";
    assert_eq!(told(&document.repeat(3)), "it has more documents than the two that pnpm writes");
}
