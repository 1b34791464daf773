use crate::common::{Project, result};

#[test]
fn a_manifest_that_says_otherwise_fails_and_is_named() {
    let project = Project::drafted();
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.2.4\"\n");
    project.write("package.json", "{\"name\": \"demo\", \"version\": \"1.2.3\"}\n").commit().tag("v1.2.3");
    let (run, report) = project.check_after_ci().json();
    let row = result(&report, "version_agrees");
    assert_eq!((run.code, &row["status"]), (Some(1), &"FAIL".into()));
    assert_eq!(row["detail"], "release.yaml says 1.2.3, pyproject.toml says 1.2.4.");
    assert_eq!(row["source"], "pyproject.toml:3");
}

#[test]
fn an_inherited_version_is_resolved() {
    let project = Project::drafted();
    project.remove("pyproject.toml").write("src/lib.rs", "");
    let cargo =
        "[workspace.package]\nversion = \"1.2.4\"\n[workspace]\n[package]\nname = \"demo\"\nversion.workspace = true\n";
    project.write("Cargo.toml", cargo).commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!(
        run.row("Version is"),
        "FAIL  Version is the same everywhere — release.yaml says 1.2.3, Cargo.toml says 1.2.4."
    );
}

#[test]
fn a_manifest_that_the_policy_names_is_compared_too() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "manifests: [tools/package.json]\n");
    project.write("tools/package.json", "{\"version\": \"0.9.0\"}\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    let expected = "FAIL  Version is the same everywhere — release.yaml says 1.2.3, tools/package.json says 0.9.0.";
    assert_eq!((run.code, run.row("Version is")), (Some(1), expected));
}

#[test]
fn a_dynamic_version_is_a_warning_and_no_row() {
    let project = Project::drafted();
    project.write("pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n").commit().tag("v1.2.3");
    let report = project.check_after_ci().run().report(0);
    assert!(report.contains("\nWarnings:\n  - version not compared: "), "{report}");
    assert!(!report.contains("Version is the same"), "{report}");
}

#[test]
fn a_policy_that_requires_the_check_gets_a_row_when_nothing_can_be_compared() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "required: [version_agrees]\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(1));
    assert!(run.row("Version is").starts_with("UNPROVEN  "), "{run:?}");
}

/// The row of a project with these files beside the usual ones, its pyproject.toml aside; else the warning.
fn told(files: &[(&str, &str)]) -> String {
    told_of("1.2.3", files)
}

fn told_of(version: &str, files: &[(&str, &str)]) -> String {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    let release = std::fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    project.write("release.yaml", &release.replace("1.2.3", version));
    for (path, text) in files {
        project.write(path, text);
    }
    let run = project.commit().tag("v1.2.3").check_after_ci().run();
    let is_told = |line: &&str| line.contains("Version is the same") || line.contains("version not compared");
    let line = run.stdout.lines().find(is_told).expect("a row or a warning").trim();
    line.strip_prefix("[AUTO]      ").unwrap_or(line).replace("Version is the same everywhere — ", "")
}

const CARGO: &str = "[package]\nname = \"demo\"\nversion = \"1.2.3\"\n";

#[test]
fn the_lock_files_own_entry_counts() {
    let lock = |version: &str| format!("version = 4\n\n[[package]]\nname = \"demo\"\nversion = \"{version}\"\n");
    let files = |version: &str| told(&[("Cargo.toml", CARGO), ("Cargo.lock", &lock(version))]);
    assert_eq!(files("1.2.3"), "PASS  1.2.3 in release.yaml and Cargo.toml, Cargo.lock.");
    assert_eq!(files("1.2.2"), "FAIL  release.yaml says 1.2.3, Cargo.lock says 1.2.2.");
}

#[test]
fn equal_is_what_the_ecosystem_calls_equal() {
    let python = |version: &str| format!("[project]\nname = \"demo\"\nversion = \"{version}\"\n");
    let cargo = |version: &str| CARGO.replace("1.2.3", version);
    let both = |release: &str, one: &str, other: &str| {
        told_of(release, &[("Cargo.toml", &cargo(one)), ("pyproject.toml", &python(other))])
    };
    let passes = |release: &str| format!("PASS  {release} in release.yaml and pyproject.toml, Cargo.toml.");
    assert_eq!(both("2.4.0-rc.1", "2.4.0-rc.1", "2.4.0rc1"), passes("2.4.0-rc.1"));
    assert_eq!(both("2.4.0rc1", "2.4.0-rc.1", "2.4.0rc1"), passes("2.4.0rc1"));
    assert_eq!(both("v2.4.0", "2.4.0", "2.4"), passes("v2.4.0"));
    assert_eq!(both("2.4.0", "2.4.1", "2.4"), "FAIL  release.yaml says 2.4.0, Cargo.toml says 2.4.1.");
    assert_eq!(both("2.4.0", "2.4.0", "2.4rc1"), "FAIL  release.yaml says 2.4.0, pyproject.toml says 2.4rc1.");
}

#[test]
fn a_placeholder_is_told_and_fails_nothing() {
    let package = |version: &str| format!("{{\"name\": \"demo\", \"version\": \"{version}\"}}");
    for version in ["0.0.0", "0.0.0-semantically-released"] {
        let told = told(&[("package.json", &package(version)), ("Cargo.toml", CARGO)]);
        let expected = "PASS  1.2.3 in release.yaml and Cargo.toml. Not compared: package.json has the placeholder";
        assert_eq!(told, format!("{expected} {version}."));
    }
    let alone = told(&[("package.json", &package("0.0.0-development"))]);
    assert_eq!(alone, "- version not compared: package.json has the placeholder 0.0.0-development");
    let early = told_of("0.0.1", &[("package.json", &package("0.0.0"))]);
    assert_eq!(early, "FAIL  release.yaml says 0.0.1, package.json says 0.0.0.");
}

#[test]
fn what_states_no_version_is_told_on_no_go_too() {
    assert_eq!(told(&[]), "- version not compared: no file states one");
    let project = Project::drafted();
    project.remove("pyproject.toml").remove("CHANGELOG.md").commit().tag("v1.2.3");
    let report = project.check_after_ci().run().report(1);
    assert!(report.contains("Warnings:\n  - version not compared: no file states one\n"), "{report}");
    let markdown = project.check_after_ci().args(&["--format", "markdown"]).run().report(1);
    assert!(markdown.contains("version not compared: no file states one"), "{markdown}");
}

#[test]
fn a_dynamic_version_is_read_where_it_is_a_text() {
    let project = |rest: &str| format!("[project]\nname = \"my-demo\"\ndynamic = [\"version\"]\n{rest}");
    let about = "import os\n__version__ = \"1.2.2\"\n";
    let cases = [
        ("[tool.hatch.version]\npath = \"src/my_demo/about.py\"\n", "src/my_demo/about.py", about),
        ("[tool.pdm.version]\nsource = \"file\"\npath = \"my_demo/a.py\"\n", "my_demo/a.py", about),
        ("[tool.setuptools.dynamic]\nversion = {attr = \"my_demo.__version__\"}\n", "my_demo/__init__.py", about),
        ("[tool.setuptools.dynamic.version]\nattr = \"my_demo.v.__version__\"\n", "src/my_demo/v.py", about),
        ("[tool.setuptools.dynamic]\nversion = {file = \"my_demo/V\"}\n", "my_demo/V", "1.2.2\n"),
        (
            "[build-system]\nrequires = [\"flit_core==3\"]\nbuild-backend = \"flit_core.buildapi\"\n",
            "my_demo.py",
            about,
        ),
    ];
    for (rest, file, text) in cases {
        let said = |text: &str| told(&[("pyproject.toml", &project(rest)), (file, text)]);
        assert_eq!(said(text), format!("FAIL  release.yaml says 1.2.3, {file} says 1.2.2."), "{rest}");
        let right = text.replace("1.2.2", "1.2.3");
        assert_eq!(said(&right), format!("PASS  1.2.3 in release.yaml and {file}."), "{rest}");
        let dynamic = "- version not compared: pyproject.toml says dynamic = [\"version\"]";
        assert_eq!(said(&text.replace("1.2.2", "f() + 1")), dynamic, "{rest}");
    }
}

#[test]
fn other_files_state_the_version_too() {
    let cases = [
        ("VERSION", "1.2.2\n"),
        ("version", "1.2.2\n"),
        ("version.txt", "1.2.2"),
        (".cz.toml", "[tool.commitizen]\nname = \"cz\"\nversion = \"1.2.2\"\n"),
        (".bumpversion.cfg", "[bumpversion]\ncurrent_version = 1.2.2\n"),
        ("src-tauri/tauri.conf.json", "{\n  \"version\": \"1.2.2\"\n}\n"),
        ("manifest.json", "{\n  \"manifest_version\": 3,\n  \"version\": \"1.2.2\"\n}\n"),
    ];
    for (file, text) in cases {
        assert_eq!(told(&[(file, text)]), format!("FAIL  release.yaml says 1.2.3, {file} says 1.2.2."));
        let right = text.replace("1.2.2", "1.2.3");
        assert_eq!(told(&[(file, &right)]), format!("PASS  1.2.3 in release.yaml and {file}."));
    }
    let other = told(&[("manifest.json", "{\"name\": \"app\", \"version\": \"1\"}")]);
    assert_eq!(other, "- version not compared: no file states one");
    for text in ["see docs\n", "1.2.3\n1.2.4\n", ""] {
        let expected = "- version not compared: VERSION is not one line with a version";
        assert_eq!(told(&[("VERSION", text)]), expected, "{text}");
    }
    let cut = told(&[("manifest.json", "{")]);
    assert!(cut.starts_with("UNPROVEN  manifest.json: it is not valid JSON"), "{cut}");
}

/// The row of a project with a file of these bytes, and these files beside it.
fn told_with_bytes(path: &str, bytes: &[u8], files: &[(&str, &str)]) -> String {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    for (path, text) in files {
        project.write(path, text);
    }
    let place = project.root().join(path);
    std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    std::fs::write(place, bytes).expect("a file");
    let run = project.commit().tag("v1.2.3").check_after_ci().run();
    let row = run.stdout.lines().find(|line| line.contains("Version is the same")).expect("a row").to_owned();
    row.replace("[AUTO]      ", "").replace("Version is the same everywhere — ", "")
}

#[test]
fn a_file_that_cannot_be_read_is_not_passed_over() {
    let next = "make it a UTF-8 text of the release, or name it under `versions_ignore` in delivery-gate.yaml";
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 6\n", "a".repeat(64));
    let large = vec![b'1'; (1 << 20) + 1];
    let cases: [(&[u8], &str); 3] = [
        (b"1.2.2 \xff\n", "it is not UTF-8 (line 1, column 7)"),
        (&large, "it is larger than 1 MiB"),
        (pointer.as_bytes(), "it is a Git LFS pointer, not the file itself; `git lfs pull` fetches it"),
    ];
    let cargo = ("Cargo.toml", CARGO);
    for (bytes, why) in cases {
        assert_eq!(told_with_bytes("VERSION", bytes, &[cargo]), format!("UNPROVEN  VERSION: {why}; {next}"));
        let ignored = ("delivery-gate.yaml", "versions_ignore: [VERSION]\n");
        let expected = "PASS  1.2.3 in release.yaml and Cargo.toml. Not compared: VERSION (`versions_ignore`).";
        assert_eq!(told_with_bytes("VERSION", bytes, &[cargo, ignored]), expected);
        // What git leaves out is no part of the release.
        let untracked = (".gitignore", "VERSION\n");
        assert_eq!(
            told_with_bytes("VERSION", bytes, &[cargo, untracked]),
            "PASS  1.2.3 in release.yaml and Cargo.toml."
        );
    }
    let dynamic =
        "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n[tool.hatch.version]\npath = \"demo/about.py\"\n";
    let expected = "UNPROVEN  demo/about.py was not read: it is not UTF-8 (line 1, column 1)";
    let files = [("pyproject.toml", dynamic)];
    assert_eq!(told_with_bytes("demo/about.py", b"\xff", &files), format!("{expected}; {next}"));
}

#[cfg(unix)]
#[test]
fn a_version_file_that_leads_out_of_the_repository_is_not_passed_over() {
    let project = Project::drafted();
    std::os::unix::fs::symlink("../VERSION", project.root().join("VERSION")).expect("a link");
    let run = project.commit().tag("v1.2.3").check_after_ci().run();
    let row = run.row("Version is");
    assert!(row.contains("VERSION: it is a symbolic link that leaves the repository; make it"), "{row}");
}

#[test]
fn a_citation_file_that_lags_is_a_warning() {
    let project = Project::drafted();
    project.write("CITATION.cff", "cff-version: 1.2.0\nversion: 1.2.2\n").commit().tag("v1.2.3");
    let report = project.check_after_ci().run().report(0);
    assert!(report.contains("  - CITATION.cff:2 says 1.2.2: people cite what it says\n"), "{report}");
}

#[test]
fn the_policy_adds_files_and_leaves_some_out() {
    let policy = "versions:\n  - {file: src/x.h, pattern: 'VERSION \"{version}\"'}\n";
    let said = |header: &str| told(&[("delivery-gate.yaml", policy), ("src/x.h", header), ("Cargo.toml", CARGO)]);
    assert_eq!(said("#define VERSION \"1.2.3\"\n"), "PASS  1.2.3 in release.yaml and Cargo.toml, src/x.h.");
    assert_eq!(said("#define VERSION \"1.2.2\"\n"), "FAIL  release.yaml says 1.2.3, src/x.h says 1.2.2.");
    let none = "UNPROVEN  src/x.h has no match of `VERSION \"{version}\"`, which `versions:` asks for";
    assert_eq!(said("#define VER \"1.2.3\"\n"), none);
    let several = said("VERSION \"1.2.3\"\n\nVERSION \"1.2.3\"\n");
    assert!(
        several.starts_with("UNPROVEN  src/x.h has several matches") && several.contains("lines 1 and 3"),
        "{several}"
    );
    let missing = told(&[("delivery-gate.yaml", policy), ("Cargo.toml", CARGO)]);
    assert_eq!(missing, "UNPROVEN  there is no src/x.h, which `versions:` names");

    let ignoring = ("delivery-gate.yaml", "versions_ignore: [package.json]\n");
    let old = ("package.json", "{\"version\": \"0.9.0\"}");
    let expected = "PASS  1.2.3 in release.yaml and Cargo.toml. Not compared: package.json (`versions_ignore`).";
    assert_eq!(told(&[ignoring, old, ("Cargo.toml", CARGO)]), expected);
}

#[test]
fn members_of_a_workspace_have_versions_of_their_own_unless_they_are_in_lockstep() {
    let top = format!("{CARGO}[workspace]\nmembers = [\"a\", \"b\"]\n");
    let member = |name: &str, version: &str| format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
    let (a, b) = (member("a", "1.2.3"), member("b", "0.4.0"));
    let files = [("Cargo.toml", top.as_str()), ("a/Cargo.toml", &a), ("b/Cargo.toml", &b)];
    let expected = "PASS  1.2.3 in release.yaml and Cargo.toml. Not compared: 1 member has a version of its own.";
    assert_eq!(told(&files), expected);
    let lockstep = [&files[..], &[("delivery-gate.yaml", "lockstep: true\n")]].concat();
    assert_eq!(told(&lockstep), "FAIL  release.yaml says 1.2.3, b/Cargo.toml says 0.4.0.");
}

/// A POM at the top of modules.
fn top_pom(version: &str, modules: &[&str]) -> String {
    let modules: String = modules.iter().map(|module| format!("<module>{module}</module>")).collect();
    format!(
        "<project>\n<groupId>g</groupId>\n<artifactId>top</artifactId>\n<version>{version}</version>\n<packaging>pom</packaging>\n\
         <modules>{modules}</modules>\n</project>\n"
    )
}

/// A module's POM, whose parent is the one at the top, with more in it.
fn module_pom(name: &str, parent: &str, more: &str) -> String {
    format!(
        "<project>\n<parent>\n<groupId>g</groupId>\n<artifactId>top</artifactId>\n<version>{parent}</version>\n</parent>\n\
         <artifactId>{name}</artifactId>\n{more}</project>\n"
    )
}

#[test]
fn a_module_that_inherits_mavens_version_has_the_projects() {
    let said = |parent: &str, more: &str| {
        told(&[("pom.xml", &top_pom("1.2.3", &["m"])), ("m/pom.xml", &module_pom("m", parent, more))])
    };
    assert_eq!(said("1.2.3", ""), "PASS  1.2.3 in release.yaml and pom.xml, m/pom.xml.");
    assert_eq!(said("1.9.0", ""), "FAIL  release.yaml says 1.2.3, m/pom.xml says 1.9.0.");
    // Maven 4 takes it from the parent itself.
    assert_eq!(said("", ""), "PASS  1.2.3 in release.yaml and pom.xml.");
    let own = said("1.2.3", "<version>0.4.0</version>\n");
    let beside = "Not compared: 1 member has a version of its own.";
    assert_eq!(own, format!("PASS  1.2.3 in release.yaml and pom.xml, m/pom.xml. {beside}"));
    // With a version of its own it still names the project's as that of its parent.
    let own = said("1.2.2", "<version>0.4.0</version>\n");
    assert_eq!(own, format!("FAIL  release.yaml says 1.2.3, m/pom.xml says 1.2.2. {beside}"));
    let same = said("1.2.2", "<version>1.2.3</version>\n");
    assert_eq!(same, "FAIL  release.yaml says 1.2.3, m/pom.xml says 1.2.2.");
    let project = Project::drafted();
    project.remove("pyproject.toml").write("pom.xml", &top_pom("1.2.3", &["m"]));
    project.write("m/pom.xml", &module_pom("m", "1.9.0", "")).commit().tag("v1.2.3");
    let (_, report) = project.check_after_ci().json();
    assert_eq!(result(&report, "version_agrees")["source"], "m/pom.xml:5");
}

#[test]
fn a_module_that_inherits_from_another_has_no_version_of_its_own() {
    let middle = module_pom("middle", "1.2.3", "<version>0.4.0</version>\n<modules><module>low</module></modules>\n");
    let low = module_pom("low", "0.4.0", "").replace("<artifactId>top<", "<artifactId>middle<");
    let files = [
        ("pom.xml", top_pom("1.2.3", &["middle"])),
        ("middle/pom.xml", middle.clone()),
        ("middle/low/pom.xml", low.clone()),
    ];
    let texts: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let expected = "PASS  1.2.3 in release.yaml and pom.xml, middle/pom.xml. Not compared: 1 member has a version of its own, 1 \
                    member inherits a version that is not the project's.";
    assert_eq!(told(&texts), expected);
    // What has no version itself passes on that of the top.
    let (middle, low) = (middle.replace("<version>0.4.0</version>", ""), low.replace("0.4.0", "1.2.2"));
    let files = [("pom.xml", files[0].1.as_str()), ("middle/pom.xml", &middle), ("middle/low/pom.xml", &low)];
    assert_eq!(told(&files), "FAIL  release.yaml says 1.2.3, middle/low/pom.xml says 1.2.2.");
}

#[test]
fn a_version_that_members_of_a_cargo_workspace_inherit_is_not_their_own() {
    let member = "[package]\nname = \"a\"\nversion.workspace = true\n";
    let top = |own: &str| format!("{own}[workspace]\nmembers = [\"a\"]\n[workspace.package]\nversion = \"0.9.0\"\n");
    let said = |own: &str| told(&[("Cargo.toml", &top(own)), ("a/Cargo.toml", member)]);
    assert_eq!(said(""), "FAIL  release.yaml says 1.2.3, Cargo.toml says 0.9.0.");
    let other = "PASS  1.2.3 in release.yaml and Cargo.toml. Not compared: 1 member inherits a version that is not the project's.";
    assert_eq!(said(CARGO), other);
}

#[test]
fn a_version_that_projects_of_dotnet_share_is_the_solutions() {
    let solution = "<Solution><Project Path=\"src/A/A.csproj\" /><Project Path=\"src/B/B.csproj\" /></Solution>\n";
    let props = |version: &str| {
        format!("<Project>\n<PropertyGroup>\n<VersionPrefix>{version}</VersionPrefix>\n</PropertyGroup>\n</Project>\n")
    };
    let project = "<Project Sdk=\"Microsoft.NET.Sdk\"></Project>\n";
    let said = |folder: &str, version: &str| {
        let path = format!("{folder}Directory.Build.props");
        let files = [("All.slnx", solution), ("src/A/A.csproj", project), ("src/B/B.csproj", project)];
        told(&[&files[..], &[(path.as_str(), props(version).as_str())]].concat())
    };
    for folder in ["", "src/"] {
        let path = format!("{folder}Directory.Build.props");
        assert_eq!(said(folder, "1.2.3"), format!("PASS  1.2.3 in release.yaml and {path}."));
        assert_eq!(said(folder, "1.2.2"), format!("FAIL  release.yaml says 1.2.3, {path} says 1.2.2."));
    }
    let other = "<Project><PropertyGroup><Version>0.4.0</Version></PropertyGroup></Project>\n";
    let own = told(&[
        ("All.slnx", solution),
        ("src/A/A.csproj", project),
        ("src/B/B.csproj", other),
        ("Directory.Build.props", &props("1.2.3")),
    ]);
    let expected =
        "PASS  1.2.3 in release.yaml and Directory.Build.props. Not compared: 1 member has a version of its own.";
    assert_eq!(own, expected);
}

#[test]
fn a_version_from_gradles_properties_is_the_projects() {
    let settings = ("settings.gradle", "include 'a'\n");
    let said = |version: &str| {
        let properties = format!("group=g\nVERSION={version}\n");
        told(&[
            settings,
            ("gradle.properties", &properties),
            ("build.gradle", "version = VERSION\n"),
            ("a/build.gradle", "version = \"$VERSION\"\n"),
        ])
    };
    assert_eq!(said("1.2.3"), "PASS  1.2.3 in release.yaml and build.gradle, a/build.gradle.");
    assert_eq!(said("1.2.2"), "FAIL  release.yaml says 1.2.3, build.gradle says 1.2.2, a/build.gradle says 1.2.2.");
}

#[test]
fn a_chart_that_the_policy_names_is_compared_too() {
    let chart = |more: &str| format!("apiVersion: v2\nname: demo\nversion: 1.2.2\n{more}");
    let policy = ("delivery-gate.yaml", "manifests: [charts/demo/Chart.yaml]\n");
    let path = "charts/demo/Chart.yaml";
    let expected = "FAIL  release.yaml says 1.2.3, charts/demo/Chart.yaml says 1.2.2.";
    assert_eq!(told(&[policy, (path, &chart(""))]), expected);
    let list = "- version not compared: the version of charts/demo/Chart.yaml:3 is no version";
    assert_eq!(told(&[policy, (path, &chart("").replace("1.2.2", "[1]"))]), list);
    assert_eq!(told(&[policy, (path, &chart("appVersion: 1.2.3\n"))]), expected);
    // Beside another manifest the project is what the chart installs.
    let cargo = ("Cargo.toml", CARGO);
    assert_eq!(told(&[policy, cargo, (path, &chart(""))]), expected);
    let both = told(&[policy, cargo, (path, &chart("appVersion: v1.2.3\n"))]);
    assert_eq!(both, "PASS  1.2.3 in release.yaml and Cargo.toml, charts/demo/Chart.yaml.");
    let latest = told(&[policy, cargo, (path, &chart("appVersion: latest\n"))]);
    let expected = "PASS  1.2.3 in release.yaml and Cargo.toml. Not compared: the appVersion of charts/demo/Chart.yaml:4 is no \
                    version.";
    assert_eq!(latest, expected);
}

#[test]
fn gradles_properties_state_the_version_by_either_name() {
    for name in ["version", "VERSION_NAME"] {
        let said = |version: &str| {
            let properties = format!("GROUP=g\n{name}={version}\n");
            told(&[("build.gradle.kts", "plugins {\n    java\n}\n"), ("gradle.properties", &properties)])
        };
        assert_eq!(said("1.2.3"), "PASS  1.2.3 in release.yaml and gradle.properties.");
        assert_eq!(said("1.2.2"), "FAIL  release.yaml says 1.2.3, gradle.properties says 1.2.2.");
    }
}

#[test]
fn bowers_manifest_states_the_version_too() {
    let package = ("package.json", "{\"name\": \"demo\", \"version\": \"1.2.3\"}");
    let told = |bower: &str| told(&[package, ("bower.json", bower)]);
    assert_eq!(told("{\"version\": \"1.2.2\"}"), "FAIL  release.yaml says 1.2.3, bower.json says 1.2.2.");
    assert_eq!(told("{\"name\": \"demo\"}"), "PASS  1.2.3 in release.yaml and package.json.");
}

#[test]
fn a_file_that_says_another_version_twice_is_named_once() {
    let package = ("package.json", "{\"name\": \"demo\", \"version\": \"1.2.3\"}");
    let lock = "{\n\"name\": \"demo\",\n\"version\": \"1.2.2\",\n\"lockfileVersion\": 3,\n\"packages\": {\"\": {\n\"name\": \"demo\",\n\
                \"version\": \"1.2.2\"}}}\n";
    let said = told(&[package, ("package-lock.json", lock)]);
    assert_eq!(said, "FAIL  release.yaml says 1.2.3, package-lock.json says 1.2.2.");
}

#[test]
fn what_gradle_says_of_all_projects_is_compared() {
    let java = "plugins {\n    java\n}\n";
    for (block, script) in [
        ("allprojects", format!("{java}allprojects {{\n    version = \"VER\"\n}}\n")),
        ("subprojects", format!("{java}subprojects {{\n    version 'VER'\n    group 'g'\n}}\n")),
    ] {
        let said = |version: &str| {
            told(&[("settings.gradle", "include 'a'\n"), ("build.gradle", &script.replace("VER", version))])
        };
        assert_eq!(said("1.2.3"), "PASS  1.2.3 in release.yaml and build.gradle.", "{block}");
        assert_eq!(said("1.2.2"), "FAIL  release.yaml says 1.2.3, build.gradle says 1.2.2.", "{block}");
    }
    // What stands deeper is not the project's.
    let other = "allprojects {\n    foo {\n        version = \"0.1\"\n    }\n}\nversion = \"1.2.3\"\n";
    assert_eq!(told(&[("build.gradle", other)]), "PASS  1.2.3 in release.yaml and build.gradle.");
    let computed = "allprojects {\n    version = rootVersion()\n}\n";
    assert!(told(&[("build.gradle", computed)]).contains("build.gradle:2 computes it"));
}

#[test]
fn a_project_of_gradle_has_the_version_of_the_build_around_it() {
    let said = |files: &[(&str, &str)]| {
        let project = Project::new();
        project
            .write("release.yaml", "packages:\n  libs/a: \"1.2.3\"\n")
            .write("settings.gradle", "include ':libs:a'\n");
        project.write("libs/a/build.gradle", "plugins {\n    id 'java'\n}\n");
        files.iter().for_each(|(path, text)| _ = project.write(path, text));
        let run = project.commit().check_after_ci().run();
        let line =
            run.stdout.lines().find(|line| line.contains("Version is the same") || line.contains("not compared"));
        line.expect("a row or a warning")
            .split_once(" — ")
            .map_or_else(|| run.stdout.clone(), |(_, told)| told.to_owned())
    };
    assert_eq!(said(&[("gradle.properties", "version=1.2.3\n")]), "1.2.3 in release.yaml and gradle.properties.");
    assert_eq!(
        said(&[("gradle.properties", "version=1.2.2\n")]),
        "release.yaml says 1.2.3, gradle.properties says 1.2.2."
    );
    let script = ("build.gradle", "subprojects {\n    version = '1.2.2'\n}\n");
    assert_eq!(said(&[script]), "release.yaml says 1.2.3, build.gradle says 1.2.2.");
    let own = ("libs/a/gradle.properties", "version=1.2.3\n");
    assert_eq!(said(&[script, own]), "1.2.3 in release.yaml and libs/a/gradle.properties.");
    // Another build.
    let told = said(&[("settings.gradle", "include ':libs:b'\n"), ("gradle.properties", "version=1.2.2\n")]);
    assert!(!told.contains("1.2.2"), "{told}");
}

#[test]
fn gradles_properties_are_read_as_java_reads_them() {
    let said = |properties: &str| {
        told(&[("build.gradle", "plugins {\n    id 'java'\n}\n"), ("gradle.properties", properties)])
    };
    for properties in ["version = 1.2.3\n", "version\t1.2.3\n", "version:1.2\\\n  .3\n", "vers\\u0069on=1\\.2\\.3\n"] {
        assert_eq!(said(properties), "PASS  1.2.3 in release.yaml and gradle.properties.", "{properties}");
    }
    assert!(said("version=\n").contains("version not compared: no file states one"), "{}", said("version=\n"));
    assert_eq!(said("version=\nVERSION_NAME=1.2.2\n"), "FAIL  release.yaml says 1.2.3, gradle.properties says 1.2.2.");
}

#[test]
fn what_is_not_compared_is_told_where_the_policy_requires_the_row_too() {
    let policy = ("delivery-gate.yaml", "required: [version_agrees]\n");
    let dynamic = ("pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n");
    let told = told(&[policy, dynamic]);
    let expected = "UNPROVEN  no file states a static version to compare with: pyproject.toml says dynamic = [\"version\"]; \
                    `versions:` in delivery-gate.yaml names a file that does";
    assert_eq!(told, expected);
}

/// A slip leaves nothing out.
#[test]
fn a_file_that_is_not_there_is_told_of_where_it_is_to_be_ignored() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "versions_ignore: [pyproject.tml]\n").commit().tag("v1.2.3");
    let (_, report) = project.check_after_ci().json();
    let warning = "versions_ignore in delivery-gate.yaml: the release has no file pyproject.tml";
    assert_eq!(report["warnings"], serde_json::json!([warning]));
}

/// Go's rule: the path of a module ends in its major version from v2 on, and `go get` takes no tag of another one.
#[test]
fn the_path_of_a_go_module_states_its_major_version() {
    let row = |version: &str, path: &str| told_of(version, &[("go.mod", &format!("module {path}\n\ngo 1.21\n"))]);
    assert_eq!(row("2.1.0", "example.org/m/v2"), "PASS  2.1.0 in release.yaml and go.mod (v2).");
    assert_eq!(row("2.0.0-rc.1", "example.org/m/v2"), "PASS  2.0.0-rc.1 in release.yaml and go.mod (v2).");
    assert_eq!(row("3.0.0", "example.org/m/v2"), "FAIL  release.yaml says 3.0.0, go.mod says v2.");
    assert_eq!(row("20.0.0", "example.org/m/v2"), "FAIL  release.yaml says 20.0.0, go.mod says v2.");
    assert_eq!(row("1.4.0", "gopkg.in/m.v1"), "PASS  1.4.0 in release.yaml and go.mod (v1).");
    assert_eq!(row("1.4.0", "gopkg.in/m.v2-unstable"), "FAIL  release.yaml says 1.4.0, go.mod says v2.");
    for path in
        ["example.org/m/v2-unstable", "example.org/m", "example.org/m.v2", "example.org/v2/m", "example.org/m/version2"]
    {
        assert_eq!(row("1.4.0", path), "- version not compared: no file states one", "{path}");
    }
    let ignored = told_of(
        "3.0.0",
        &[("go.mod", "module example.org/m/v2\n\ngo 1.21\n"), ("delivery-gate.yaml", "versions_ignore: [go.mod]\n")],
    );
    assert_eq!(ignored, "- version not compared: go.mod (`versions_ignore`)");
    // Go's other layout: the later one in a folder of its own, by the same tag.
    let below = |path: &str, version: &str| {
        let files = [("go.mod", format!("module {path}\n")), ("v3/go.mod", "module example.org/m/v3\n".to_owned())];
        told_of(version, &files.each_ref().map(|(path, text)| (*path, text.as_str())))
    };
    for path in ["example.org/m", "example.org/m/v2"] {
        assert_eq!(below(path, "3.0.0"), "- version not compared: v3/go.mod is the module of 3.0.0", "{path}");
    }
    assert_eq!(below("example.org/m/v2", "2.0.0"), "PASS  2.0.0 in release.yaml and go.mod (v2).");
    assert_eq!(below("example.org/m/v2", "4.0.0"), "FAIL  release.yaml says 4.0.0, go.mod says v2.");
}

/// Programs are released so: nobody requires them.
#[test]
fn a_go_module_without_its_major_version_is_told_and_passes() {
    let project = Project::drafted();
    project.remove("pyproject.toml").write("go.mod", "module example.org/m\n\ngo 1.21\n");
    let release = std::fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    project.write("release.yaml", &release.replace("1.2.3", "3.0.1"));
    let changelog = std::fs::read_to_string(project.root().join("CHANGELOG.md")).expect("CHANGELOG.md");
    project.write("CHANGELOG.md", &changelog.replace("1.2.3", "3.0.1"));
    let report = project.commit().tag("v3.0.1").check_after_ci().run().report(0);
    let told = "  - go.mod: the module's path does not end in /v3, and `go get` takes no 3.0.1 of it\n";
    assert!(report.contains(told), "{report}");
    project.write("delivery-gate.yaml", "versions_ignore: [go.mod]\n").commit();
    let report = project.check().args(&["--before-tag"]).run().stdout;
    assert!(!report.contains("go get"), "{report}");
}
