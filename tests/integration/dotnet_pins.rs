//! .NET's project files, what surrounds them, solutions and lock files.

use crate::pins::{project_of, row};

fn pins(files: &[(&str, &str)]) -> String {
    row(files, "Dependencies")
}

fn items(items: &str) -> String {
    format!("<Project Sdk=\"Microsoft.NET.Sdk\">\n<ItemGroup>\n{items}\n</ItemGroup>\n</Project>\n")
}

fn reference(version: &str) -> String {
    items(&format!("<PackageReference Include=\"A\" Version=\"{version}\" />"))
}

fn properties(properties: &str) -> String {
    format!("<Project>\n<PropertyGroup>\n{properties}\n</PropertyGroup>\n</Project>\n")
}

/// An entry of a lock file; `more` stands behind what it resolves to.
fn entry(name: &str, kind: &str, requested: &str, resolved: &str, more: &str) -> String {
    let requested = if requested.is_empty() { String::new() } else { format!("\"requested\": \"{requested}\", ") };
    let hash = "a".repeat(86) + "==";
    format!(
        "\"{name}\": {{\"type\": \"{kind}\", {requested}\"resolved\": \"{resolved}\", \"contentHash\": \"{hash}\"{more}}}"
    )
}

fn lock(entries: &[String]) -> String {
    format!("{{\"version\": 1, \"dependencies\": {{\"net8.0\": {{\n{}\n}}}}}}\n", entries.join(",\n"))
}

const PINNED: &str = "PASS — All 1 dependencies are pinned.";

fn fails(why: &str) -> String {
    format!("FAIL — 1 of 1 dependencies are not pinned: {why}")
}

#[test]
fn only_brackets_make_a_version_exact() {
    assert_eq!(pins(&[("demo.csproj", &items(""))]), "PASS — No dependencies to pin.");
    for ending in ["csproj", "fsproj", "vbproj"] {
        assert_eq!(pins(&[(&format!("demo.{ending}"), &reference("[1.2.3]"))]), PINNED);
    }
    for open in ["1.2.3", "1.*", "*", "[1.0,2.0)", "(,1.0]", "nonsense"] {
        assert_eq!(pins(&[("demo.csproj", &reference(open))]), fails(&format!("A ({open})")), "{open}");
    }
    let element = items("<PackageReference Include=\"A\">\n<Version>[1.2.3]</Version>\n</PackageReference>");
    assert_eq!(pins(&[("demo.csproj", &element)]), PINNED);
    assert_eq!(pins(&[("demo.csproj", &items("<PackageReference Include=\"A\" />"))]), fails("A"));
    let updated =
        items("<PackageReference Include=\"A\" Version=\"1\" />\n<PackageReference Update=\"a\" Version=\"[1.2]\" />");
    assert_eq!(pins(&[("demo.csproj", &updated)]), PINNED);
}

#[test]
fn the_central_file_speaks_for_what_names_no_version() {
    let bare = items("<PackageReference Include=\"A\" />");
    let central = |version: &str| items(&format!("<PackageVersion Include=\"a\" Version=\"{version}\" />"));
    let row = |version: &str| pins(&[("demo.csproj", &bare), ("Directory.Packages.props", &central(version))]);
    assert_eq!(row("[1.2.3]"), PINNED);
    assert_eq!(row("1.2.3"), fails("A (1.2.3)"));
    let over = items("<PackageReference Include=\"A\" VersionOverride=\"1.*\" />");
    assert_eq!(pins(&[("demo.csproj", &over), ("Directory.Packages.props", &central("[1.2.3]"))]), fails("A (1.*)"));
    let global = items("<GlobalPackageReference Include=\"B\" Version=\"1.0\" />");
    assert_eq!(pins(&[("demo.csproj", &items("")), ("Directory.Packages.props", &global)]), fails("B (1.0)"));
}

#[test]
fn properties_and_imports_are_followed_within_the_release() {
    let text = reference("[$(AVersion)]");
    let given = |value: &str| properties(&format!("<AVersion>{value}</AVersion>"));
    assert_eq!(pins(&[("demo.csproj", &text), ("Directory.Build.props", &given("1.2"))]), PINNED);
    assert_eq!(
        pins(&[("demo.csproj", &text), ("Directory.Build.props", &given("$(B)"))]),
        "UNPROVEN — A: nothing in the release defines the property B; define it in demo.csproj"
    );
    assert_eq!(
        pins(&[("demo.csproj", &text)]),
        "UNPROVEN — A: nothing in the release defines the property AVersion; define it in demo.csproj"
    );
    let importing = text.replace("<ItemGroup>", "<Import Project=\"build/versions.props\" />\n<ItemGroup>");
    assert_eq!(pins(&[("demo.csproj", &importing), ("build/versions.props", &given("1.2"))]), PINNED);
    assert_eq!(
        pins(&[("demo.csproj", &importing.replace("$(AVersion)", "1"))]),
        "UNPROVEN — there is no build/versions.props"
    );
    let computed = importing.replace("build/", "$(Elsewhere)/");
    assert_eq!(
        pins(&[("demo.csproj", &computed.replace("$(AVersion)", "1"))]),
        "UNPROVEN — demo.csproj:2 imports $(Elsewhere)/versions.props, which is not in the release: it may add packages"
    );
    // What stands under a condition counts, too.
    let conditional =
        given("1.2").replace("</AVersion>", "</AVersion><AVersion Condition=\"'$(X)' == 'y'\">1,2</AVersion>");
    assert_eq!(pins(&[("demo.csproj", &text), ("Directory.Build.props", &conditional)]), fails("A ([1,2] or [1.2])"));
}

#[test]
fn a_lock_file_pins_what_it_was_made_for() {
    let with = |version: &str, entries: &[String]| {
        pins(&[("demo.csproj", &reference(version)), ("packages.lock.json", &lock(entries))])
    };
    let direct = |requested: &str, resolved: &str, more: &str| entry("A", "Direct", requested, resolved, more);
    assert_eq!(with("1.2.3", &[direct("[1.2.3, )", "1.2.3", "")]), PINNED);
    assert_eq!(with("1.*", &[direct("[1.*, )", "1.9.0", "")]), PINNED);
    assert_eq!(with("1.2.3", &[direct("[1.2.0, )", "1.2.3", "")]), fails("A (1.2.3)"));
    assert_eq!(with("[1.2.3]", &[direct("[1.2.3, 1.2.3]", "1.2.4", "")]), fails("A ([1.2.3])"));
    assert_eq!(with("1.2.3", &[entry("B", "Direct", "[1, )", "1.0", "")]), fails("A (1.2.3)"));
    let unhashed = direct("[1.2.3, )", "1.2.3", "").replace("aaa", "");
    assert_eq!(with("1.2.3", &[unhashed]), fails("A (1.2.3)"));
    // What is behind the first level counts.
    let needs = direct("[1.2.3, )", "1.2.3", ", \"dependencies\": {\"b\": \"1.0.0\"}");
    let b = entry("B", "Transitive", "", "1.0.0", "");
    assert_eq!(with("1.2.3", &[needs.clone(), b.clone()]), PINNED);
    assert_eq!(with("1.2.3", std::slice::from_ref(&needs)), fails("b via A: packages.lock.json does not have it"));
    assert_eq!(
        with("1.2.3", &[needs.clone(), b.replace("aaa", "")]),
        fails("B via A: packages.lock.json has no contentHash for it")
    );
    assert_eq!(
        with("1.2.3", &[needs.clone(), b.replace("1.0.0", "0.9.0")]),
        fails("b via A: packages.lock.json has 0.9.0, and 1.0.0 is needed")
    );
    // A project of the repository is part of the release, where the release has it.
    let local = "\"b\": {\"type\": \"Project\"}".to_owned();
    let unknown = "UNPROVEN — packages.lock.json takes b for a project, and none of that name was read";
    assert_eq!(with("1.2.3", &[needs.clone(), local.clone()]), unknown);
    let lock = lock(&[needs, local]);
    let referring =
        items("<PackageReference Include=\"A\" Version=\"1.2.3\" /><ProjectReference Include=\"b/B.csproj\" />");
    let files = [("demo.csproj", referring.as_str()), ("b/B.csproj", &items("")), ("packages.lock.json", &lock)];
    assert_eq!(pins(&files), PINNED);
    let text = |lock: &str| pins(&[("demo.csproj", &reference("1.2.3")), ("packages.lock.json", lock)]);
    assert_eq!(
        text("{\"version\": 9, \"dependencies\": {}}"),
        "UNPROVEN — A: packages.lock.json could not be read: its format 9 is not known"
    );
    let twice =
        |name: &str| with("1.2.3", &[direct("[1.2.3, )", "1.2.3", ""), entry(name, "Transitive", "", "1.0", "")]);
    assert_eq!(twice("a"), "UNPROVEN — A: packages.lock.json could not be read: net8.0 has a twice");
    assert!(twice("A").starts_with("UNPROVEN — A: packages.lock.json could not be read: "), "{}", twice("A"));
    assert!(text("{\"version\": 1,").starts_with("UNPROVEN — A: packages.lock.json could not be read: EOF"));
    assert_eq!(text("{\"version\": 1, \"dependencies\": {}}"), fails("A (1.2.3)"));
}

#[test]
fn the_projects_of_a_solution_and_of_references_are_read() {
    let solution = "Microsoft Visual Studio Solution File, Format Version 12.00\n\
        Project(\"{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}\") = \"app\", \"src\\app\\app.csproj\", \"{1}\"\nEndProject\n\
        Project(\"{2150E333-8FDC-42A3-9474-1A3956D46DE8}\") = \"docs\", \"docs\", \"{2}\"\nEndProject\n";
    let app = items("<ProjectReference Include=\"..\\lib\\lib.csproj\" />");
    let files =
        [("demo.sln", solution), ("src/app/app.csproj", app.as_str()), ("src/lib/lib.csproj", &reference("1.*"))];
    assert_eq!(pins(&files), fails("A (1.*)"));
    let xml = "<Solution>\n<Folder Name=\"/src/\">\n<Project Path=\"src/app/app.csproj\" />\n</Folder>\n</Solution>\n";
    assert_eq!(pins(&[("demo.slnx", xml), files[1], files[2]]), fails("A (1.*)"));
    assert_eq!(pins(&files[..2]), "UNPROVEN — there is no src/lib/lib.csproj");
    let native = solution.replace("app.csproj", "app.vcxproj");
    assert_eq!(
        pins(&[("demo.sln", &native)]),
        "UNPROVEN — demo.sln:2: src\\app\\app.vcxproj was not read: the gate has no reader for .vcxproj"
    );
    let outside = items("<ProjectReference Include=\"..\\..\\lib.csproj\" />");
    assert_eq!(
        pins(&[("demo.csproj", &outside)]),
        "UNPROVEN — demo.csproj:3: the project ..\\..\\lib.csproj is not in the repository"
    );
    // A project beside release.yaml is asked already.
    let beside = solution.replace("src\\app\\app", "app");
    assert_eq!(pins(&[("demo.sln", &beside), ("app.csproj", &reference("[1.2]"))]), PINNED);
    // The older file has exact versions only.
    let older = "<packages>\n<package id=\"A\" version=\"1.2.3\" targetFramework=\"net48\" />\n</packages>\n";
    assert_eq!(pins(&[("demo.csproj", "<Project />"), ("packages.config", older)]), PINNED);
}

#[test]
fn the_case_of_names_does_not_count() {
    let open = reference("1.*");
    for (name, other) in [("PackageReference", "packagereference"), ("Version", "version"), ("ItemGroup", "itemGroup")]
    {
        assert_eq!(pins(&[("demo.csproj", &open.replace(name, other))]), fails("A (1.*)"), "{other}");
    }
    let refers = properties("<Lib>lib</Lib>").replace(
        "</Project>",
        "<ItemGroup>\n<projectreference include=\"$(lib)/lib.csproj\" />\n</ItemGroup>\n</Project>",
    );
    assert_eq!(pins(&[("demo.csproj", &refers), ("lib/lib.csproj", &open)]), fails("A (1.*)"));
    let bare = items("<PackageReference Include=\"A\" />");
    let central = items("<packageversion Include=\"A\" version=\"[1.2.3]\" />");
    assert_eq!(pins(&[("demo.csproj", &bare), ("Directory.Packages.props", &central)]), PINNED);
    let imports = "<Project>\n<import project=\"$(MsBuildThisFileDirectory)eng/own.props\" />\n</Project>\n";
    let files = [("demo.csproj", items("")), ("Directory.Build.props", imports.to_owned()), ("eng/own.props", open)];
    assert_eq!(pins(&files.each_ref().map(|(path, text)| (*path, text.as_str()))), fails("A (1.*)"));
    let slnx = "<Solution>\n<project path=\"src/app.csproj\" />\n</Solution>\n";
    assert_eq!(pins(&[("demo.slnx", slnx), ("src/app.csproj", &reference("1.*"))]), fails("A (1.*)"));
}

#[test]
fn the_file_above_is_read_on_by_any_name() {
    let next = |name: &str| {
        format!(
            "<Project>\n<Import Project=\"$([MSBuild]::GetPathOfFileAbove({name}, '$(MSBuildThisFileDirectory)../'))\" />\n</Project>\n"
        )
    };
    let read = |name: &str| {
        pins(&[
            ("demo.csproj", &items("<ProjectReference Include=\"src/app.csproj\" />")),
            ("src/app.csproj", &items("")),
            ("src/Directory.Build.props", &next(name)),
            ("Directory.Build.props", &reference("[1.2]").replace("[1.2]", "1.*")),
        ])
    };
    for name in ["Directory.Build.props", "'Directory.Build.props'", "$(MSBuildThisFile)", "'$(MsBuildThisFile)'"] {
        assert_eq!(read(name), "FAIL — 2 of 2 dependencies are not pinned: A (1.*)", "{name}");
    }
}

#[test]
fn projects_are_referred_to_from_the_projects_folder_and_with_globs() {
    let refers = |path: &str| items(&format!("<ProjectReference Include=\"{path}\" />"));
    let lib = reference("1.*");
    for glob in ["src/**/*.csproj", "src\\*\\lib.??proj", "$(MSBuildThisFileDirectory)src/lib/*.csproj"] {
        assert_eq!(pins(&[("demo.csproj", &refers(glob)), ("src/lib/lib.csproj", &lib)]), fails("A (1.*)"), "{glob}");
    }
    let none = pins(&[("demo.csproj", &refers("src/*.csproj")), ("src/lib/lib.csproj", &lib)]);
    assert!(none.starts_with("UNPROVEN — demo.csproj:3: no file matches `src/*.csproj`"), "{none}");
    let app = ("demo.csproj", &*refers("tests/deep/app.csproj"));
    let (empty, above) = (items(""), refers("../../lib/lib.csproj"));
    let shared = [("tests/deep/app.csproj", &*empty), ("tests/Directory.Build.props", &*above)];
    assert_eq!(pins(&[app, shared[0], shared[1], ("lib/lib.csproj", &lib)]), fails("A (1.*)"));
}

#[test]
fn the_version_is_the_projects_or_that_of_the_folder() {
    let told = |files: &[(&str, &str)]| row(files, "Version is");
    let own = properties("<Version>1.2.3</Version>");
    assert_eq!(told(&[("demo.csproj", &own)]), "PASS — 1.2.3 in release.yaml and demo.csproj.");
    let parts = properties("<VersionPrefix>1.2</VersionPrefix>\n<VersionSuffix>rc.1</VersionSuffix>");
    assert_eq!(
        told(&[("demo.csproj", &items("")), ("Directory.Build.props", &parts)]),
        "FAIL — release.yaml says 1.2.3, Directory.Build.props says 1.2-rc.1."
    );
    assert_eq!(
        told(&[("demo.slnx", "<Solution />"), ("Directory.Build.props", &own)]),
        "PASS — 1.2.3 in release.yaml and Directory.Build.props."
    );
}

#[test]
fn what_is_no_project_is_told_with_its_place() {
    for (text, place) in [("<Project>\n<A></B>\n</Project>", "demo.csproj:2:4"), ("<a/>", "demo.csproj:1:1")] {
        let told = project_of(&[("demo.csproj", text)]).check_after_ci().run().refusal();
        assert!(told.contains(place), "{told}");
    }
    let row = crate::pins::row_of(&[("demo.csproj", "<!DOCTYPE x><Project/>")]);
    assert!(row.starts_with("UNPROVEN  demo.csproj:1:1: it has a document type"), "{row}");
}

#[test]
fn files_import_one_another_from_deep_within() {
    let nested = |inner: &str| {
        format!("<Project>{}{inner}{}</Project>", "<ImportGroup>".repeat(120), "</ImportGroup>".repeat(120))
    };
    let name = |number: usize| if number == 0 { "demo.csproj".to_owned() } else { format!("{number}.props") };
    let import = |number: usize| nested(&format!("<Import Project=\"{}\"/>", name(number + 1)));
    let mut files: Vec<_> = (0..200).map(|number| (name(number), import(number))).collect();
    files.push((name(200), reference("1.2.3")));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(pins(&files), fails("A (1.2.3)"));
}

#[test]
fn a_list_of_versions_that_cannot_be_one_proves_nothing() {
    let versions: String =
        (0..40).map(|number| format!("<PackageVersion Include=\"A\" Version=\"[{number}]\" />\n")).collect();
    let project = items("<PackageReference Include=\"A\" />");
    let told = pins(&[("demo.csproj", &project), ("Directory.Packages.props", &items(&versions))]);
    assert!(
        told.starts_with("UNPROVEN") && told.contains("Directory.Packages.props:35: A has more than 32 versions"),
        "{told}"
    );
    let frameworks: Vec<_> = (0..1001).map(|number| format!("\"n{number}\": {{}}")).collect();
    let lock = format!("{{\"version\": 1, \"dependencies\": {{{}}}}}", frameworks.join(","));
    let told = pins(&[("demo.csproj", &reference("1.2.3")), ("packages.lock.json", &lock)]);
    assert!(told.contains("packages.lock.json could not be read: it has more than 1000 frameworks"), "{told}");
}
