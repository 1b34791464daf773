//! What `init` sees: the version that is being released, whose tags are the project's, packages, libraries and changelogs.

use std::fs;

use crate::common::{CHANGELOG, PYPROJECT, Project, RELEASE};

/// What `init` prints, run in a folder beside or in the repository.
fn told(project: &Project, repo: &str) -> String {
    project.gate(&["init", "--yes", "--repo", repo]).run().report(0)
}

fn policy(project: &Project) -> String {
    fs::read_to_string(project.root().join("delivery-gate.yaml")).expect("a policy")
}

/// A commit of its own.
fn commit(project: &Project, text: &str) {
    project.write("a.txt", text).commit();
}

#[test]
fn a_branch_has_the_version_of_its_nearest_tag() {
    let project = Project::new();
    commit(&project, "1");
    project.tag("v1.0.0").git(&["branch", "one"]);
    commit(&project, "2");
    project.tag("v2.0.0").git(&["checkout", "-q", "one"]);
    commit(&project, "1.1");
    assert!(told(&project, "repo").contains("version    1.0.0 (the nearest tag, v1.0.0)\n"));
    project.tag("v1.0.1");
    assert!(told(&project, "repo").contains("version    1.0.0 (release.yaml)\n"), "it was written by now");
    project.remove("release.yaml");
    assert!(told(&project, "repo").contains("version    1.0.1 (tag v1.0.1 at HEAD)\n"));
    project.remove("release.yaml").git(&["checkout", "-q", "--orphan", "other"]);
    commit(&project, "apart");
    assert!(told(&project, "repo").contains("version    2.0.0 (no tag is before HEAD; the newest is v2.0.0)\n"));
}

#[test]
fn a_tag_at_head_that_is_past_what_is_written_is_what_is_released() {
    let project = Project::new();
    project.write("package.json", "{\"name\": \"demo\", \"version\": \"0.0.0-development\"}").commit().tag("v4.5.6");
    assert!(
        told(&project, "repo").contains("version    4.5.6 (tag v4.5.6 at HEAD)\nchangelog"),
        "a placeholder is none"
    );
    project.remove("release.yaml").write("package.json", "{\"name\": \"demo\", \"version\": \"4.5.5\"}");
    let text = told(&project, "repo");
    assert!(text.contains("version    4.5.6 (tag v4.5.6 at HEAD)\n           package.json says 4.5.5\n"), "{text}");
    for written in ["4.6.0", "4.5.6"] {
        project
            .remove("release.yaml")
            .write("package.json", &format!("{{\"name\": \"demo\", \"version\": \"{written}\"}}"));
        assert!(told(&project, "repo").contains(&format!("version    {written} (package.json)\n")), "it is prepared");
    }
}

#[test]
fn a_version_file_names_the_version() {
    let project = Project::new();
    project.write("VERSION", "3.1.4\n").write("docs/pyproject.toml", PYPROJECT).commit();
    assert!(told(&project, "repo").contains("version    3.1.4 (VERSION)\n"));
    let project = Project::new();
    project.write("VERSION", "see docs\n").commit();
    assert!(told(&project, "repo").contains("version    0.1.0 (nothing here names one"));
}

#[test]
fn a_release_yaml_that_is_there_stays_and_next_begins_another() {
    let project = Project::new();
    project.write("release.yaml", RELEASE).write("pyproject.toml", &PYPROJECT.replace("1.2.3", "1.2.4")).commit();
    let text = project.gate(&["init", "--yes", "--repo", "repo", "--version", "1.3.0"]).run().report(0);
    let lines = "version    1.2.3 (release.yaml)\n           pyproject.toml says 1.2.4\n           \
                 release.yaml stays as it is: `delivery-gate next 1.3.0` begins that release\n";
    assert!(text.contains(lines), "{text}");
    assert_eq!(fs::read_to_string(project.root().join("release.yaml")).expect("a file"), RELEASE);
}

#[test]
fn the_folder_of_the_clone_says_nothing_of_the_project() {
    let project = Project::new();
    project.write("pyproject.toml", &PYPROJECT.replace("demo", "Demo_Kit")).commit();
    project.tag("repo-v9.0.0").tag("repo-v9.1.0").tag("demo-kit-1.2.2");
    commit(&project, "more");
    let clone = project.path("repo2").display().to_string();
    project.git(&["clone", "-q", ".", &clone]);
    for folder in ["repo", "repo2"] {
        assert!(told(&project, folder).contains("tags       3, the newest release is demo-kit-1.2.2\n"), "{folder}");
        let policy = fs::read_to_string(project.path(folder).join("delivery-gate.yaml")).expect("a policy");
        assert!(policy.contains("\ntag: \"demo-kit-{version}\"\n"), "{policy}");
    }
}

#[test]
fn packages_of_a_workspace_are_listed() {
    let project = Project::new();
    project.write("package.json", "{\"private\": true, \"version\": \"1.0.0\", \"workspaces\": [\"packages/*\"]}");
    project.write("packages/a/package.json", "{\"name\": \"@acme/a\", \"version\": \"1.1.0\"}");
    project.write("packages/a/CHANGELOG.md", CHANGELOG);
    project.write("packages/b/package.json", "{\"name\": \"@acme/b\", \"version\": \"2.0.0\"}");
    project.write("packages/b/CHANGELOG.md", "# b\n\nSee the releases.\n").commit();
    project.tag("@acme/a@1.0.0").tag("@acme/a@1.1.0").tag("b-v1.9.0").git(&["tag", "@acme/ab@7.0.0"]);
    let text = told(&project, "repo");
    let packages = "package    packages/a: @acme/a 1.1.0, CHANGELOG.md, newest tag @acme/a@1.1.0\n\
                    package    packages/b: @acme/b 2.0.0, no changelog of its own, newest tag b-v1.9.0\n";
    assert!(text.contains(packages), "{text}");
    // The top is not what is released, and the tags of a package are not its own.
    assert!(!text.contains("version    1.0.0") && !text.contains("version    1.1.0"), "{text}");
    assert!(text.contains("versions   packages/a 1.1.0 (the packages of the workspace)\n"), "{text}");
    assert!(text.contains("tags       4, at HEAD @acme/a@1.1.0\n"), "{text}");
    assert!(text.contains("Keep under `packages:` in release.yaml what is released from one commit."), "{text}");
}

/// A workspace of crates with versions of their own.
fn crates(versions: &[(&str, &str)]) -> Project {
    let project = Project::new();
    project.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    for (name, version) in versions {
        set_version(&project, name, version);
        project.write(&format!("crates/{name}/src/lib.rs"), "");
    }
    project.commit();
    project
}

fn set_version(project: &Project, name: &str, version: &str) {
    let text = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n");
    project.write(&format!("crates/{name}/Cargo.toml"), &text);
}

/// The line of what is released, and the tag's form in the policy, of a first run.
fn proposed(project: &Project) -> (String, Option<String>) {
    for written in ["release.yaml", "delivery-gate.yaml"] {
        if project.root().join(written).exists() {
            project.remove(written);
        }
    }
    let text = told(project, "repo");
    let line = text.lines().find_map(|line| line.strip_prefix("versions   ").or(line.strip_prefix("version    ")));
    let line = line.expect("a version").split(" (").next().unwrap_or_default().to_owned();
    let policy = policy(project);
    let tag = policy.lines().find_map(|line| line.strip_prefix("tag: "));
    (line, tag.map(|tag| tag.trim_matches('"').to_owned()))
}

#[test]
fn tags_at_head_say_which_packages_are_released() {
    let project = crates(&[("a", "1.0.0"), ("b", "1.0.0")]);
    project.tag("b-1.0.0").git(&["checkout", "-q", "-b", "other"]);
    set_version(&project, "b", "1.0.1");
    project.commit().tag("b-1.0.1").git(&["checkout", "-q", "-"]);
    set_version(&project, "a", "1.0.1");
    project.commit();
    let form = Some("{name}-{version}".to_owned());
    // The newest tag of b is of another line; its version here is out all the same.
    assert_eq!(proposed(&project), ("crates/a 1.0.1".to_owned(), form.clone()));
    project.tag("a-1.0.1");
    assert_eq!(proposed(&project), ("crates/a 1.0.1".to_owned(), form.clone()));
    // All are out, and none at HEAD.
    commit(&project, "more");
    assert_eq!(proposed(&project), ("crates/a 1.0.1, crates/b 1.0.0".to_owned(), form.clone()));
    // A tag of what the manifest is past is an earlier release.
    set_version(&project, "b", "1.1.0");
    project.commit().tag("a-1.0.1-again").git(&["tag", "b-1.0.2"]);
    assert_eq!(proposed(&project), ("crates/b 1.1.0".to_owned(), form));
}

#[test]
fn packages_that_nobody_publishes_are_not_released() {
    let project = Project::new();
    project.write("package.json", "{\"private\": true, \"workspaces\": [\"packages/*\", \"playground/*\"]}");
    project.write("packages/a/package.json", "{\"name\": \"a\", \"version\": \"8.2.2\"}");
    project.write("packages/b/package.json", "{\"name\": \"@acme/b\", \"version\": \"2.0.0\"}");
    project.write("playground/c/package.json", "{\"private\": true, \"name\": \"c\", \"version\": \"8.2.2\"}").commit();
    project.tag("b@2.0.0");
    commit(&project, "1");
    assert_eq!(proposed(&project), ("packages/a 8.2.2".to_owned(), None));
    // A tag without a name is that of the one package that has its version.
    project.tag("v8.2.2").tag("c@8.2.2");
    project.remove("release.yaml");
    let text = told(&project, "repo");
    assert!(text.contains("packages/a: a 8.2.2, no changelog of its own, newest tag v8.2.2\n"), "{text}");
    assert!(
        text.contains("versions   packages/a 8.2.2 (") && text.contains("tags       3, at HEAD v8.2.2\n"),
        "{text}"
    );
    // As long as a package has another form, none is that of all.
    assert_eq!(proposed(&project), ("packages/a 8.2.2".to_owned(), None));
    // Nobody says of a package that is there for trying that it is private.
    project.write("playground/d/package.json", "{\"name\": \"d\", \"version\": \"1.0.0\"}").commit();
    assert_eq!(proposed(&project), ("packages/a 8.2.2, packages/b 2.0.0".to_owned(), None));
    // Where nobody publishes anything, what is there for trying is still not released.
    for (folder, version) in [("packages/a", "8.3.0"), ("packages/b", "2.0.0")] {
        let text = format!("{{\"private\": true, \"version\": \"{version}\"}}");
        project.write(&format!("{folder}/package.json"), &text);
    }
    project.commit();
    assert_eq!(proposed(&project), ("packages/a 8.3.0".to_owned(), None));
}

#[test]
fn the_form_that_the_tags_of_packages_have_is_that_of_the_policy() {
    let forms = [
        (["a@1.0.0", "b@2.0.0"], Some("{name}@{version}")),
        (["a-v1.0.0", "b-v2.0.0"], Some("{name}-v{version}")),
        (["crates/a/v1.0.0", "crates/b/v2.0.0"], Some("{dir}/v{version}")),
        (["a-v1.0.0", "b@2.0.0"], None),
        (["nightly", "b@1.9.0"], Some("{name}@{version}")),
        (["v1.0.0", "x-2"], Some("v{version}")),
    ];
    for (tags, form) in forms {
        let project = crates(&[("a", "1.0.0"), ("b", "2.0.0")]);
        for tag in tags {
            project.tag(tag);
        }
        assert_eq!(proposed(&project).1.as_deref(), form, "{tags:?}");
        let run = project.commit().check().run();
        assert_eq!(run.code, Some(1), "{run:?}");
    }
}

#[test]
fn the_form_of_the_tag_at_head_counts_before_an_older_one() {
    let project = Project::new();
    project.write("pom.xml", "<project><artifactId>kit-parent</artifactId></project>").commit();
    project.tag("kit-parent-2.2.1");
    commit(&project, "1");
    project.tag("parent-3.16.0");
    commit(&project, "2");
    let form = Some("parent-{version}".to_owned());
    assert_eq!(proposed(&project), ("3.16.0".to_owned(), form.clone()), "that of the nearest tag");
    project.tag("parent-3.17.0").tag("3.17.0").git(&["tag", "nightly-2026.1.2"]);
    assert_eq!(proposed(&project), ("3.17.0".to_owned(), form));
    // What is called as something below is another's, and so is a date.
    let project = Project::new();
    project.write("charts/web/Chart.txt", "").write("a.txt", "").commit().tag("v1.2.0");
    commit(&project, "1");
    project.tag("web-4.0.0").tag("nightly-2026.1.2").tag("charts/web/v5.0.0");
    assert_eq!(proposed(&project), ("1.2.0".to_owned(), None));
}

#[test]
fn tags_without_a_v_are_in_the_policy() {
    let project = Project::new();
    commit(&project, "1");
    project.tag("v0.9.0");
    commit(&project, "2");
    project.tag("1.0.0");
    assert_eq!(proposed(&project), ("1.0.0".to_owned(), None), "the last release is found by its v");
    commit(&project, "3");
    assert_eq!(proposed(&project), ("1.0.0".to_owned(), Some("{version}".to_owned())));
    project.write("VERSION", "1.1.0\n").commit();
    assert_eq!(proposed(&project), ("1.1.0".to_owned(), Some("{version}".to_owned())));
    let run = project.commit().check().run();
    assert!(run.stdout.contains("1.1.0") && !run.stdout.contains("v1.1.0"), "{run:?}");
}

#[test]
fn packages_with_one_version_are_one_release() {
    let project = Project::new();
    project.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.7.0\"\n");
    for name in ["a", "b"] {
        let text = format!("[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2024\"\n");
        project.write(&format!("crates/{name}/Cargo.toml"), &text).write(&format!("crates/{name}/src/lib.rs"), "");
    }
    project.commit();
    let text = told(&project, "repo");
    assert!(text.contains("package    crates/a: a 0.7.0, no changelog of its own, no tag of its own\n"), "{text}");
    assert!(text.contains("version    0.7.0 ("), "{text}");
    assert!(!text.contains("versions of their own"), "{text}");
    // A package that nobody publishes has no say, and one without a version has none.
    project.write("crates/c/Cargo.toml", "[package]\nname = \"c\"\nversion = \"0.0.1\"\npublish = false\n");
    project.write("crates/d/Cargo.toml", "[package]\nname = \"d\"\nedition = \"2024\"\n");
    project.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.7.1\"\n");
    project.remove("release.yaml").write("crates/c/src/lib.rs", "").write("crates/d/src/lib.rs", "").commit();
    let text = told(&project, "repo");
    assert!(text.contains("version    0.7.1 ("), "{text}");
    assert!(text.contains("package    crates/d: d no version in it, "), "{text}");
}

#[test]
fn of_many_packages_the_rest_is_counted() {
    let project = Project::new();
    project.write("package.json", "{\"private\": true, \"workspaces\": [\"packages/*\"]}");
    for number in 0..53 {
        project.write(
            &format!("packages/p{number:02}/package.json"),
            &format!("{{\"name\": \"p{number}\", \"version\": \"1.0.{number}\"}}"),
        );
    }
    project.commit();
    let text = told(&project, "repo");
    assert_eq!(text.matches("\npackage    packages/").count(), 50, "{text}");
    assert!(text.contains("\n           and 3 more\n"), "{text}");
}

/// Whether the policy proposes an exception, and the lines that do.
fn proposal(files: &[(&str, &str)]) -> Option<String> {
    let project = Project::new();
    for (path, text) in files {
        project.write(path, text);
    }
    project.commit();
    let text = told(&project, "repo");
    let policy = policy(&project);
    let proposed =
        policy.split_once("# exceptions:\n").map(|(_, rest)| rest.lines().next().unwrap_or_default().to_owned());
    assert_eq!(proposed.is_some(), text.contains("library    "), "{text}");
    proposed
}

const CRATE: &str = "[package]\nname = \"d\"\nversion = \"1.0.0\"\n[dependencies]\na = \"1\"\n";

#[test]
fn a_library_without_a_lock_file_is_offered_its_exception() {
    let library = "[project]\nname = \"d\"\nversion = \"1.0.0\"\ndependencies = [\"a>=1\"]\n";
    let built = format!("{library}[build-system]\nrequires = [\"hatchling==1.27.0\"]\n");
    let package = "{\"name\": \"d\", \"version\": \"1.0.0\", \"dependencies\": {\"a\": \"^1.0.0\"}}";
    let gem = "Gem::Specification.new do |s|\n  s.name = \"d\"\n  s.version = \"1.0.0\"\n  s.add_dependency \"a\", \"~> 1\"\nend\n";
    let libraries: [&[(&str, &str)]; 5] = [
        &[("Cargo.toml", CRATE), ("src/lib.rs", "")],
        &[("Cargo.toml", CRATE), ("src/lib.rs", ""), ("Cargo.lock", "version = 4\n"), (".gitignore", "Cargo.lock\n")],
        &[("pyproject.toml", &built)],
        &[("package.json", package)],
        &[("d.gemspec", gem)],
    ];
    for files in libraries {
        let expected = "#   deps_pinned: { reason: \"a library: applications lock, we do not\" }";
        assert_eq!(proposal(files).as_deref(), Some(expected), "{files:?}");
    }
    let others: [&[(&str, &str)]; 6] = [
        &[("Cargo.toml", CRATE), ("src/main.rs", "")],
        &[("Cargo.toml", CRATE), ("src/lib.rs", ""), ("Cargo.lock", "version = 4\n")],
        &[("pyproject.toml", library)],
        &[(
            "package.json",
            &package.replace('{', "{\"private\": true, ").replacen("{\"private\": true, \"a\"", "{\"a\"", 1),
        )],
        &[("package.json", &package.replace("^1.0.0", "1.0.0"))],
        &[("requirements.txt", "a>=1\n")],
    ];
    for files in others {
        assert_eq!(proposal(files), None, "{files:?}");
    }
}

#[test]
fn the_exception_holds_when_its_comment_is_taken_away() {
    let project = Project::new();
    project.write("Cargo.toml", CRATE).write("src/lib.rs", "").commit();
    told(&project, "repo");
    let proposed = policy(&project);
    assert!(
        project.check().run().row("Dependencies").starts_with("FAIL"),
        "nothing is excused before a person says so"
    );
    let taken = proposed.replace("# exceptions:\n#   deps_pinned", "exceptions:\n  deps_pinned");
    assert_ne!(taken, proposed);
    project.write("delivery-gate.yaml", &taken);
    let run = project.check().run();
    assert!(run.row("Dependencies").starts_with("NA"), "{run:?}");
}

#[test]
fn what_has_no_heading_of_a_version_is_no_changelog() {
    let project = Project::new();
    project.write("NEWS.md", "# News\n\nWe have moved.\n").write("docs/releases.md", "# How we release\n\n1. Tag.\n");
    project.write("pyproject.toml", PYPROJECT).commit();
    let text = told(&project, "repo");
    assert!(
        text.contains("changelog  none found: NEWS.md has no heading of any version; write one for 1.2.3 there\n"),
        "{text}"
    );
    assert!(!policy(&project).contains("\nchangelog:"));
    project.remove("delivery-gate.yaml").write("docs/changes.md", CHANGELOG).commit();
    let text = told(&project, "repo");
    assert!(text.contains("changelog  docs/changes.md: an entry for 1.2.3 at line 3\n"), "{text}");
    assert!(policy(&project).contains("\nchangelog: \"docs/changes.md\"\n"));
}
