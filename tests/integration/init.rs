use std::fs;

use delivery_gate::internal::structured::yaml;

use crate::common::{CHANGELOG, Gate, PYPROJECT, Project, Run};

fn init(project: &Project, arguments: &[&str]) -> Run {
    project.gate(&["init", "--repo", "repo"]).args(arguments).run()
}

fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.root().join(path)).expect(path)
}

/// What `init` prints.
fn told(project: &Project, arguments: &[&str]) -> String {
    init(project, arguments).report(0)
}

/// The check is asked and answers NO-GO: the files can be read, and nothing is claimed in them.
fn honest(project: &Project) -> Run {
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(1), "{run:?}");
    for title in ["Rollback", "On-call", "Named approver", "Monitoring"] {
        assert!(run.row(title).ends_with("Not attested in release.yaml."), "{run:?}");
    }
    run
}

#[test]
fn a_project_of_each_language_gets_files_that_the_check_reads() {
    let manifests = [
        ("pyproject.toml", PYPROJECT),
        ("Cargo.toml", "[package]\nname = \"demo\"\nversion = \"1.2.3\"\nedition = \"2024\"\n"),
        ("package.json", "{\"name\": \"demo\", \"version\": \"1.2.3\"}\n"),
    ];
    for (path, text) in manifests {
        let project = Project::new();
        project.write("CHANGELOG.md", CHANGELOG).write(path, text).commit();
        let told = told(&project, &["--yes"]);
        assert!(told.contains(&format!("version    1.2.3 ({path})\n")), "{told}");
        assert!(told.contains("CHANGELOG.md: an entry for 1.2.3 at line 3\n"), "{told}");
        project.commit().tag("v1.2.3");
        let run = honest(&project);
        assert_eq!(run.stdout.matches("PASS").count(), 5, "{run:?}");
    }
}

#[test]
fn what_is_seen_and_written_is_told() {
    let project = Project::new();
    project.write("CHANGELOG.md", CHANGELOG).write("pyproject.toml", PYPROJECT).write("uv.lock", "version = 1\n");
    project.commit().tag("v1.2.2");
    project.write(".gitlab-ci.yml", "test: {script: [true]}\n");
    insta::assert_snapshot!(told(&project, &["--yes", "--ci", "gitlab"]));
    insta::assert_snapshot!(read(&project, "release.yaml"));
    insta::assert_snapshot!(read(&project, "delivery-gate.yaml"));
    // The gate's own version changes with each release.
    let job = read(&project, ".gitlab/delivery-gate.yml");
    insta::assert_snapshot!(job.replace(concat!("--tag v", env!("CARGO_PKG_VERSION")), "--tag <version>"));
}

#[test]
fn off_a_terminal_nothing_is_asked() {
    let project = Project::drafted();
    project.remove("release.yaml").commit();
    assert!(told(&project, &[]).contains("Wrote release.yaml\n"));
}

#[test]
fn what_the_project_does_otherwise_is_in_the_policy() {
    let project = Project::new();
    project.write("docs/changes.md", CHANGELOG).write("pkg/core/pyproject.toml", PYPROJECT).commit();
    project.tag("demo-v1.2.1").tag("demo-v1.2.2").git(&["tag", "nightly"]);
    let told = told(&project, &["--yes"]);
    assert!(told.contains("below      pkg/core/pyproject.toml: 1.2.3\n"), "{told}");
    assert!(told.contains("tags       3, the newest release is demo-v1.2.2\n"), "{told}");
    project.commit().tag("demo-v1.2.3");
    let run = honest(&project);
    assert_eq!(run.stdout.matches("PASS").count(), 5, "{run:?}");
}

#[test]
fn without_a_manifest_a_tag_names_the_version() {
    let project = Project::new();
    project.write("a.txt", "").commit().tag("v0.9.0").tag("v0.10.0");
    assert!(told(&project, &["--yes"]).contains("version    0.10.0 (tag v0.10.0 at HEAD)\n"));
    assert!(read(&project, "release.yaml").contains("\nversion: \"0.10.0\"\n"));
    honest(&project);
}

#[test]
fn dependencies_that_are_not_pinned_are_told_of() {
    let project = Project::new();
    project.write("package.json", "{\"version\": \"1.0.0\", \"dependencies\": {\"a\": \"^1.0.0\", \"b\": \"2.0.0\"}}");
    project
        .write("pyproject.toml", "[project]\nname = \"d\"\nversion = \"1.0.0\"\ndependencies = [\"c>=1\", \"e\"]\n")
        .commit();
    let told = told(&project, &["--yes"]);
    assert!(told.contains("pins       1 dependency is not pinned in package.json: commit the lock file"), "{told}");
    assert!(told.contains("pins       2 dependencies are not pinned in pyproject.toml: write each as =="), "{told}");
}

#[test]
fn a_lock_file_that_git_ignores_pins_nothing() {
    let project = Project::new();
    project.write("Cargo.toml", "[package]\nname = \"d\"\nversion = \"1.0.0\"\n[dependencies]\na = \"1\"\n");
    let checksum = "a".repeat(64);
    let a = format!(
        "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{checksum}\"\n"
    );
    let d = "[[package]]\nname = \"d\"\nversion = \"1.0.0\"\ndependencies = [\"a\"]\n";
    project.write("Cargo.lock", &format!("version = 4\n\n{a}\n{d}"));
    assert!(!told(&project, &["--yes"]).contains("pins"));
    project.write(".gitignore", "*.lock\n");
    let told = told(&project, &["--yes"]);
    assert!(told.contains("pins       1 dependency is not pinned in Cargo.toml: commit a Cargo.lock"), "{told}");
}

#[test]
fn why_a_lock_file_that_is_there_does_not_pin_is_said() {
    let project = Project::new();
    project.write("package.json", "{\"name\": \"d\", \"version\": \"1.0.0\", \"dependencies\": {\"a\": \"^1.0.0\"}}");
    let entry = "{\"version\": \"1.0.0\", \"resolved\": \"https://registry.npmjs.org/a/-/a-1.0.0.tgz\", \
                 \"integrity\": \"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=\"}";
    let lock = format!(
        "{{\"name\": \"d\", \"version\": \"1.0.0\", \"lockfileVersion\": 3, \"packages\": {{\"\": {{\"name\": \"d\", \
         \"version\": \"1.0.0\", \"dependencies\": {{\"a\": \"^1.0.0\"}}}}, \"node_modules/a\": {entry}}}}}"
    );
    project.write("package-lock.json", &lock).commit();
    let told = told(&project, &["--yes"]);
    let line = told.lines().find(|line| line.starts_with("pins")).expect("a line of pins");
    assert!(line.contains("not pinned in package.json: a") && line.contains("SHA-1"), "{line}");
    assert!(!line.contains("commit the lock file"), "{line}");
}

#[test]
fn a_policy_with_nearly_the_right_name_is_told_as_the_check_tells_it() {
    let project = Project::drafted();
    project.remove("release.yaml").write("delivery-gate.yml", "required: []\n").commit();
    let refusal = init(&project, &["--yes"]).refusal();
    assert!(refusal.contains("delivery-gate.yml: this is not read: the name is delivery-gate.yaml"), "{refusal}");
    assert!(refusal.contains("rename it"), "{refusal}");
    for file in ["release.yaml", "delivery-gate.yaml", ".delivery-gate"] {
        assert!(!project.root().join(file).exists(), "{file}");
    }
}

#[test]
fn a_github_job_waits_for_the_jobs_that_are_there() {
    let on = "on: [push, pull_request]\n";
    let workflow = |jobs: &[&str]| {
        let jobs = jobs.iter().map(|id| format!("  {id}: {{runs-on: ubuntu-latest, steps: [{{run: make}}]}}\n"));
        format!("{on}jobs:\n{}", jobs.collect::<String>())
    };
    let asked = |files: &[(&str, String)]| {
        let project = Project::new();
        for (name, text) in files {
            project.write(&format!(".github/workflows/{name}"), text);
        }
        let told = told(&project, &["--yes", "--ci", "github"]);
        let job = read(&project, ".github/workflows/delivery-gate.yml");
        let called: String =
            job.lines().filter_map(|line| line.strip_prefix("#   ")).map(|line| format!("{line}\n")).collect();
        assert!(told.contains(&called) && yaml::parse("", &called).expect("YAML").is_some(), "{told}");
        told
    };
    let told = asked(&[("ci.yml", workflow(&["lint", "unit-tests"])), ("docs.yml", workflow(&["pages"]))]);
    assert!(
        told.contains("add this job to ci.yml, and run that on release tags, too (its jobs: unit-tests):"),
        "{told}"
    );
    assert!(told.contains("    needs: unit-tests\n") && told.contains("${{ needs.unit-tests.result }}"), "{told}");
    let told = asked(&[("ci.yaml", workflow(&["build", "lint"]))]);
    assert!(told.contains("(its jobs: build, lint; keep those that run the tests):"), "{told}");
    assert!(
        told.contains("    needs: [build, lint]\n") && told.contains("contains(needs.*.result, 'skipped')"),
        "{told}"
    );
    // One of them may run only when the tests failed.
    assert!(asked(&[("ci.yml", workflow(&["test", "test-failed"]))]).contains("    needs: test\n"));
    let unclear = [
        vec![],
        vec![("a.yml", workflow(&["build"])), ("b.yml", workflow(&["lint"]))],
        vec![("ci.yml", "jobs: [".to_owned())],
        vec![("stale.yml", "on: {schedule: [{cron: '0 0 * * *'}]}\njobs: {stale: {}}\n".to_owned())],
        vec![("ci.yml", workflow(&["\"a: b\""]))],
    ];
    for files in unclear {
        let told = asked(&files);
        assert!(told.contains("(`test` stands for the job that runs them):"), "{told}");
        assert!(told.contains("    needs: test\n"), "{told}");
    }
}

#[test]
fn nothing_to_go_by_is_said() {
    let project = Project::new();
    let told = told(&project, &["--yes"]);
    for line in
        ["git        there is no commit yet", "manifest   none found", "version    0.1.0 (nothing here names one"]
    {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(told.contains("Write CHANGELOG.md."), "{told}");
    honest(&project);
}

#[test]
fn a_folder_without_a_repository_is_told_of() {
    let project = Project::new();
    fs::create_dir(project.path("plain")).expect("a folder");
    let run = project.gate(&["init", "--repo", "plain"]).run();
    assert!(run.report(0).contains("git        this is not a git repository"));
    let run = project.gate(&["check", "--repo", "plain"]).run();
    assert_eq!(run.code, Some(1), "{run:?}");
}

#[test]
fn packages_with_versions_of_their_own_are_released_one_by_one() {
    let project = Project::new();
    project.write("a/package.json", "{\"version\": \"1.0.0\"}").write("b/package.json", "{\"version\": \"2.0.0\"}");
    project.commit().tag("a@0.9.0").tag("b@2.0.0");
    let told = told(&project, &["--yes"]);
    assert!(told.contains("\n  delivery-gate init --repo repo/a\n"), "{told}");
    assert!(!read(&project, "delivery-gate.yaml").contains("\nmanifests:"));
    let run = project.gate(&["init", "--repo", "repo/a", "--ci", "github"]).run().report(0);
    assert!(run.contains("version    1.0.0 (package.json)\n"), "{run}");
    // A policy of its own would hide the one above.
    let above = "policy     delivery-gate.yaml holds here, too; the tags here look like a@{version}: its `tag` with `{name}` or";
    assert!(run.contains(above) && !project.root().join("a/delivery-gate.yaml").exists(), "{run}");
    let job = read(&project, ".github/workflows/delivery-gate.yml");
    assert!(
        job.contains("if: startsWith(github.ref, 'refs/tags/')\n        run: delivery-gate check --repo a --ci github --ci-wait 45m --ci-status"),
        "{job}"
    );
}

#[test]
fn one_folder_of_schemas_serves_all_packages() {
    let project = Project::new();
    project
        .write("pk/a/package.json", "{\"version\": \"1.0.0\"}")
        .write("pk/b/package.json", "{\"version\": \"2.0.0\"}");
    told(&project, &["--yes"]);
    project.commit();
    let run = project.gate(&["init", "--yes", "--repo", "repo/pk/a"]).run().report(0);
    assert!(run.contains("Wrote release.yaml\n") && !run.contains("schema.json"), "{run}");
    let text = read(&project, "pk/a/release.yaml");
    assert!(
        text.starts_with("# yaml-language-server: $schema=../../.delivery-gate/schemas/release.schema.json\n"),
        "{text}"
    );
}

#[test]
fn nothing_is_overwritten() {
    let project = Project::drafted();
    project.write("Jenkinsfile", "mine").commit();
    let before = read(&project, "release.yaml");
    let told = told(&project, &["--yes", "--version", "9.9.9", "--ci", "jenkins"]);
    assert!(told.contains("Left  release.yaml as it is\nWrote delivery-gate.yaml\n"), "{told}");
    assert!(told.contains("Left  Jenkinsfile as it is\n"), "{told}");
    assert!(told.contains("stage('Gate')"), "{told}");
    assert_eq!((read(&project, "release.yaml"), read(&project, "Jenkinsfile")), (before, "mine".to_owned()));
}

#[test]
fn a_release_yaml_that_is_there_names_the_version() {
    let project = Project::new();
    project.write("release.yaml", "version: \"2.5.0\"\n").commit();
    let told = told(&project, &["--yes"]);
    assert!(told.contains("version    2.5.0 (release.yaml)\n"), "{told}");
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_of() {
    let project = Project::new();
    project.write("Cargo.toml", "[package\nversion = \"1.0.0\"\n").commit();
    let told = told(&project, &["--yes"]);
    assert!(told.contains("broken     Cargo.toml:1:9: this is not valid TOML"), "{told}");
}

#[test]
fn ci_jobs_are_what_their_system_reads() {
    for (ci, path) in [("github", ".github/workflows/delivery-gate.yml"), ("gitlab", ".gitlab/delivery-gate.yml")] {
        let project = Project::new();
        assert!(told(&project, &["--yes", "--ci", ci]).contains(&format!("Wrote {path}\n")));
        let text = read(&project, path);
        assert!(yaml::parse(path, &text).expect(path).is_some());
        let asked = if ci == "github" { "check --ci github --ci-wait 45m --ci-status" } else { "check --ci-status" };
        assert!(text.contains(&format!("delivery-gate {asked}")), "{text}");
        let called: String =
            text.lines().filter_map(|line| line.strip_prefix("#   ")).map(|l| format!("{l}\n")).collect();
        assert!(yaml::parse(path, &called).expect(path).is_some(), "{called}");
    }
    let project = Project::new();
    project.write("a b/x", "");
    let refusal = project.gate(&["init", "--repo", "repo/a b", "--ci", "github"]).run().refusal();
    assert!(refusal.contains("no CI job can be written"), "{refusal}");
    assert!(!project.root().join("a b/release.yaml").exists());
}

/// The `uses:` of a workflow, each with the comment behind it.
fn actions(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses: "))
        .filter(|action| !action.starts_with("./"))
        .collect()
}

#[test]
fn a_github_job_asks_the_gate_on_a_tag_and_rehearses_elsewhere() {
    let project = Project::new();
    project.write("a.txt", "").commit().tag("v1.2.2");
    let told = told(&project, &["--yes", "--ci", "github"]);
    let job = read(&project, ".github/workflows/delivery-gate.yml");
    let step = |condition: &str, flags: &str| {
        format!("if: {condition}\n        run: delivery-gate check{flags} --ci-status \"$CI_STATUS\" --output json=")
    };
    assert!(job.contains(&step("startsWith(github.ref, 'refs/tags/')", " --ci github --ci-wait 45m")), "{job}");
    assert!(job.contains(&step("\"!startsWith(github.ref, 'refs/tags/')\"", " --before-tag")), "{job}");
    assert!(job.contains("fetch --force origin tag \"$GITHUB_REF_NAME\"\n"), "{job}");
    assert!(job.contains("\npermissions: {}\n") && job.contains("persist-credentials: false"), "{job}");
    assert!(job.contains(concat!("--tag v", env!("CARGO_PKG_VERSION"), " delivery-gate\n")), "{job}");
    assert_eq!(
        job.contains("/OWNER/"),
        told.contains("put where delivery-gate's own repository is for OWNER"),
        "{told}"
    );
    // Its actions are those of this project's own workflows, by the same commits.
    let own = ["ci", "release"].map(|name| {
        let path = format!("{}/.github/workflows/{name}.yml", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).expect("a workflow")
    });
    let own: Vec<_> = own.iter().flat_map(|text| actions(text)).collect();
    assert_eq!(actions(&job).len(), 2, "{job}");
    for action in actions(&job) {
        assert!(own.contains(&action), "{action} is not one of {own:?}");
    }
}

#[test]
fn a_gitlab_job_is_of_a_stage_that_is_there() {
    for (pipeline, stage) in
        [(None, "deploy"), (Some("stages: [build, test, ship]\n"), "ship"), (Some("stages: [test]\n"), ".post")]
    {
        let project = Project::new();
        pipeline.map(|text| project.write(".gitlab-ci.yml", text));
        told(&project, &["--yes", "--ci", "gitlab"]);
        let job = read(&project, ".gitlab/delivery-gate.yml");
        assert!(job.contains(&format!("\n  stage: {stage}\n")), "{job}");
        assert!(job.contains("\n  dependencies: []\n"), "{job}");
    }
}

/// The gate says which tag is the release's; a rehearsal would be green on any other form of it.
#[test]
fn a_tag_of_any_form_is_asked_for_the_gate() {
    for tag in ["1.0.0", "v1.0.0", "rel/1.0.0", "r'x-1.0.0"] {
        let project = Project::new();
        project.write("a.txt", "").commit().tag(tag);
        for ci in ["github", "gitlab", "jenkins"] {
            told(&project, &["--yes", "--ci", ci]);
        }
        assert!(read(&project, ".gitlab/delivery-gate.yml").contains("rules: [{ if: $CI_COMMIT_TAG }]"), "{tag}");
        let jenkins = read(&project, "Jenkinsfile");
        assert!(
            jenkins.contains("when { buildingTag() }") && jenkins.contains("sh \"rm -f gate.json && "),
            "{jenkins}"
        );
        let github = read(&project, ".github/workflows/delivery-gate.yml");
        assert!(github.contains("if: startsWith(github.ref, 'refs/tags/')\n"), "{github}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let project = Project::new();
    project.write(".github", "a file");
    let refusal = init(&project, &["--yes", "--ci", "github"]).refusal();
    assert!(refusal.contains(".github/workflows/delivery-gate.yml could not be written"), "{refusal}");
    assert!(refusal.contains("written before it: release.yaml, "), "{refusal}");
    let project = Project::new();
    std::os::unix::fs::symlink(project.path("home"), project.root().join(".github")).expect("a link");
    let refusal = init(&project, &["--yes", "--ci", "github"]).refusal();
    assert!(refusal.contains("leaves the repository"), "{refusal}");
    assert_eq!(fs::read_dir(project.path("home")).expect("a home").count(), 0);
}

#[test]
fn a_schema_that_a_file_names_is_there() {
    let project = Project::new();
    init(&project, &["--yes"]).report(0);
    for file in ["release.yaml", "delivery-gate.yaml"] {
        let text = read(&project, file);
        let schema = text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        serde_json::from_str::<serde_json::Value>(&read(&project, schema.expect("a schema"))).expect("JSON");
    }
}

#[test]
fn a_version_that_no_release_can_have_is_refused() {
    let refusal = Gate::bare().args(&["init", "--version", "1 2"]).run().refusal();
    assert!(refusal.contains("write it like 1.2.3, without spaces"), "{refusal}");
}

#[test]
fn the_v_of_a_tag_is_not_part_of_the_version() {
    for (given, version) in [("v1.3.0", "1.3.0"), ("V2", "2"), ("v1beta", "1beta"), ("version-9", "version-9")] {
        let project = Project::new();
        assert!(told(&project, &["--version", given]).contains(&format!("version    {version} (--version)\n")));
    }
}

#[test]
fn a_version_that_is_out_is_told_of() {
    let project = Project::drafted();
    project.remove("release.yaml").commit().tag("v1.2.3");
    assert!(!told(&project, &["--yes"]).contains("at another commit"));
    project.commit();
    let told = told(&project, &["--yes"]);
    let next =
        "version    1.2.3 (release.yaml)\n           tag v1.2.3 is at another commit: if that is out, put the next";
    assert!(told.contains(next), "{told}");
    project.remove("release.yaml");
    assert!(!init(&project, &["--yes", "--version", "1.3.0"]).report(0).contains("at another commit"));
}

#[test]
fn in_a_folder_of_a_repository_its_top_is_named() {
    let project = Project::drafted();
    project.write("src/demo/a.py", "").write("tools/package.json", "{}");
    let told = |folder| project.gate(&["init", "--repo", folder]).run().report(0);
    assert!(told("repo/src/demo").contains("git        this is a folder of a repository, its top is ../..: "));
    assert!(!told("repo/tools").contains("its top is") && !told("repo").contains("its top is"));
}

#[test]
fn tags_that_cannot_be_listed_are_not_none() {
    let project = Project::drafted();
    project.commit().tag("v1.2.3");
    project.write(".git/refs/tags/v1.0.0", "garbage\n");
    let what =
        "tags       nobody can tell: refs/tags/v1.0.0 is broken, it has neither an object id nor a name in it: remove ";
    let told = told(&project, &["--yes"]);
    assert!(told.contains(what), "{told}");
    assert!(told.contains("/refs/tags/v1.0.0; where it was a tag, `git fetch --tags` brings it back\n"), "{told}");
}

#[test]
fn a_shallow_clone_without_tags_is_told_of() {
    let project = Project::drafted();
    project.commit().cut_off();
    assert!(told(&project, &["--yes"]).contains("tags       none in this shallow clone: git fetch --tags\n"));
}

#[cfg(unix)]
#[test]
fn on_a_terminal_it_asks() {
    let project = Project::drafted();
    project.remove("release.yaml").commit();
    let run = project.gate(&["init", "--repo", "repo"]).at_terminal("1 3\n1.3.0\n\n\n");
    assert!(run.report(0).starts_with("Wrote release.yaml\n"));
    assert!(read(&project, "release.yaml").contains("version: \"1.3.0\"\n"));
}

#[cfg(unix)]
#[test]
fn whoever_leaves_the_terminal_has_written_nothing() {
    for answers in ["\u{4}", "\n\u{4}", "\n\nn\n"] {
        let project = Project::new();
        let run = project.gate(&["init", "--repo", "repo"]).at_terminal(answers);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{answers:?}");
        assert!(!project.root().join("release.yaml").exists() && !project.root().join("delivery-gate.yaml").exists());
    }
}

#[test]
fn a_charts_version_is_seen() {
    let project = Project::new();
    project.write("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.5.0\nappVersion: \"9\"\n").commit();
    let told = told(&project, &[]);
    assert!(told.contains("Chart.yaml: 1.5.0\n") && told.contains("version    1.5.0 (Chart.yaml)"), "{told}");
}

#[test]
fn tags_with_mavens_artifact_in_them_are_the_projects() {
    let project = Project::new();
    let pom = "<project><groupId>com.google.code.gson</groupId><artifactId>gson-parent</artifactId><version>2.14.0</version></project>";
    project.write("pom.xml", pom).commit().tag("other-9.0.0").tag("other-9.1.0").tag("gson-parent-2.13.0");
    let told = told(&project, &[]);
    assert!(read(&project, "delivery-gate.yaml").contains("gson-parent-{version}"), "{told}");
}

#[test]
fn in_a_bare_repository_nothing_is_written() {
    let project = Project::new();
    project.git(&["init", "-q", "--bare", "../bare.git"]);
    let before = fs::read_dir(project.path("bare.git")).expect("a folder").count();
    let bare = "this is a bare repository: it has no working tree; ask in a clone of it";
    let told = project.gate(&["init", "--yes", "--repo", "bare.git"]).run().refusal();
    assert!(told.contains(bare), "{told}");
    assert_eq!(fs::read_dir(project.path("bare.git")).expect("a folder").count(), before);
    for how in ["--history", "--staged"] {
        let told = project.gate(&["scan", how, "bare.git"]).run().refusal();
        assert!(told.contains(bare), "{told}");
    }
    let told = project.gate(&["init", "--yes", "--repo", "repo/.git"]).run().refusal();
    assert!(told.contains("it is in git's own folder"), "{told}");
    assert!(!project.root().join(".git/release.yaml").exists());
}

/// It stays as it is, so whoever reads on must know that no check will read it.
#[test]
fn a_file_of_the_gate_that_cannot_be_read_is_told_of() {
    let project = Project::new();
    project.write("release.yaml", "version: [\n").write("delivery-gate.yaml", "tags: x\n").commit();
    let told = told(&project, &["--yes"]);
    assert!(told.contains("\nbroken     release.yaml:1:10: this is not valid YAML"), "{told}");
    assert!(told.contains("\nbroken     delivery-gate.yaml:1:1: unknown key `tags` in the policy"), "{told}");
    assert!(told.contains("\nversion    not known: release.yaml stays as it is, and cannot be read\n"), "{told}");
    assert!(told.contains("Left  release.yaml as it is\nLeft  delivery-gate.yaml as it is\n"), "{told}");
    project.remove("release.yaml").write("release.yaml/a", "");
    let told = project.gate(&["init", "--yes", "--repo", "repo"]).run().report(0);
    assert!(told.contains("\nbroken     release.yaml: it is not a regular file"), "{told}");
}
