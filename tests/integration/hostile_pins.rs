//! What somebody would write who wants a PASS without pinning anything, one kind of file after the other.

use crate::pins::row_of;

/// Each pair is the row, and what is looked for in it.
fn told(rows: &[(String, &str)]) {
    for (row, expected) in rows {
        assert_eq!(row, expected);
    }
}

const SHA512: &str = "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";

fn gems(gemfile: &str, lock: &str) -> String {
    let gemfile = format!("source \"https://rubygems.org\"\n{gemfile}\n");
    row_of(&[("Gemfile", &gemfile), ("Gemfile.lock", lock)])
}

#[test]
fn a_gemfile_lock_that_contradicts_itself_or_the_gemfile_pins_nothing() {
    let hole = |why: &str| format!("FAIL  1 of 1 dependencies are not pinned: {why}");
    let (gem, loose) = ("gem \"rack\", \"= 3.0.0\"", hole("rack (= 3.0.0)"));
    let of = |specs: &str| {
        format!("GEM\n  remote: https://rubygems.org/\n  specs:\n{specs}\nDEPENDENCIES\n  rack (= 3.0.0)\n")
    };
    let git = |mark: &str| {
        let commit = "a".repeat(40);
        format!(
            "GIT\n  remote: https://example.org/rack\n  revision: {commit}\n  specs:\n    rack (3.0.0)\n\nDEPENDENCIES\n  \
             rack (= 3.0.0){mark}\n"
        )
    };
    let from = |address: &str| format!("{gem}, git: \"{address}\"");
    let plugin = "PLUGIN SOURCE\n  remote: https://example.org\n  type: s3\n  specs:\n    x (1.0)\n\n".to_owned();
    told(&[
        (gems(gem, &of("    rack (3.0.0)\n")), "PASS  All 1 dependencies are pinned."),
        (gems(gem, &of("    rack (2.0.0)\n")), &loose),
        (
            gems(gem, &of("    rack (3.0.0)\n      x (>= 2.0)\n    x (1.0)\n")),
            &hole("x via rack: Gemfile.lock has 1.0, which does not meet >= 2.0"),
        ),
        (
            gems(gem, &of("    rack (3.0.0)\n    rack (2.0.0)\n")),
            "UNPROVEN  Gemfile.lock could not be read: line 5: it has rack twice",
        ),
        (
            gems(gem, &of("    rack (>= 0)\n")),
            "UNPROVEN  Gemfile.lock could not be read: line 4 is not `name (version)`",
        ),
        (
            gems(
                &format!("{gem}, path: \"x\""),
                "PATH\n  specs:\n    rack (3.0.0)\n\nDEPENDENCIES\n  rack (= 3.0.0)!\n",
            ),
            &hole("rack: Gemfile.lock does not say where it is from"),
        ),
        (gems(&from("https://example.org/rack.git"), &git("!")), "PASS  All 1 dependencies are pinned."),
        (gems(&from("https://example.org/other"), &git("!")), &loose),
        (gems(&from("https://example.org/rack"), &of("    rack (3.0.0)\n")), &loose),
        (gems(gem, &git("")), &loose),
        (gems(gem, &(plugin + &of("    rack (3.0.0)\n      x\n"))), "UNPROVEN  x: Gemfile.lock:5: a plugin fetches it"),
        (
            gems(
                gem,
                &(of("    rack (3.0.0)\n")
                    + &format!(
                        "\nCHECKSUMS\n  rack (3.0.0) sha256={}\n  rack (3.0.0) sha256={}\n",
                        "a".repeat(64),
                        "b".repeat(64)
                    )),
            ),
            &hole("rack: Gemfile.lock has two checksums for it"),
        ),
    ]);
}

#[test]
fn a_composer_lock_has_each_package_once_and_says_where_it_is_from() {
    let manifest = "{\"name\": \"a/p\", \"require\": {\"b/c\": \"^1.0\"}}\n";
    let locked = |packages: &str| {
        let hash = "907e0e2c3f1f556846dda9074df0aa2b";
        let lock = format!("{{\"content-hash\": \"{hash}\", \"packages\": [{packages}], \"packages-dev\": []}}");
        row_of(&[("composer.json", manifest), ("composer.lock", &lock)])
    };
    let (commit, name) = ("a".repeat(40), "\"name\": \"b/c\", \"version\": \"1.2.0\"");
    let source =
        format!("\"source\": {{\"type\": \"git\", \"url\": \"https://example.org/c\", \"reference\": \"{commit}\"}}");
    let open = "\"dist\": {\"type\": \"zip\", \"url\": \"https://example.org/main.zip\", \"reference\": \"main\"}";
    let folder = format!("\"dist\": {{\"type\": \"path\", \"reference\": \"{commit}\"}}");
    let unread = |why: &str| format!("UNPROVEN  b/c: composer.lock could not be read: {why}");
    told(&[
        (locked(&format!("{{{name}, {source}}}")), "PASS  All 1 dependencies are pinned."),
        (
            locked(&format!("{{{name}, {source}, {open}}}")),
            "FAIL  1 of 1 dependencies are not pinned: b/c: composer.lock has neither a checksum nor a full reference for it",
        ),
        (locked(&format!("{{{name}, {source}}}, {{{name}, {source}}}")), &unread("it has b/c twice")),
        (
            locked(&format!("{{{name}, {source}, \"require\": \"x/y\"}}")),
            &unread("what b/c requires, replaces or provides is no mapping"),
        ),
        (
            locked(&format!("{{{name}, {folder}}}")),
            "FAIL  1 of 1 dependencies are not pinned: b/c: composer.lock does not say in which folder it is",
        ),
    ]);
}

#[test]
fn half_a_hash_is_none() {
    let manifest = "{\"name\": \"m\", \"version\": \"1.2.3\", \"dependencies\": {\"chalk\": \"^5.0.0\"}}";
    let npm = |more: &str| {
        let chalk = format!("{{\"version\": \"5.1.0\", {more}}}");
        let packages = format!("{{\"\": {manifest}, \"node_modules/chalk\": {chalk}}}");
        let lock = format!("{{\"version\": \"1.2.3\", \"lockfileVersion\": 3, \"packages\": {packages}}}");
        row_of(&[("package.json", manifest), ("package-lock.json", &lock)])
    };
    let loose = "FAIL  1 of 1 dependencies are not pinned: chalk (^5.0.0)";
    let deno = |hash: &str| {
        let packages = format!("{{\"chalk@5.1.0\": {{\"integrity\": \"{hash}\"}}}}");
        let lock =
            format!("{{\"version\": \"5\", \"specifiers\": {{\"npm:chalk@5\": \"5.1.0\"}}, \"npm\": {packages}}}");
        row_of(&[("deno.json", "{\"imports\": {\"c\": \"npm:chalk@^5\"}}"), ("deno.lock", &lock)])
    };
    let cargo = |checksum: &str| {
        let manifest = "[package]\nname = \"m\"\nversion = \"1.2.3\"\n\n[dependencies]\nserde = \"1\"\n";
        let lock = format!(
            "version = 4\n\n[[package]]\nname = \"m\"\nversion = \"1.2.3\"\ndependencies = [\"serde\"]\n\n[[package]]\nname = \
             \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \
             \"{checksum}\"\n"
        );
        row_of(&[("Cargo.toml", manifest), ("Cargo.lock", &lock)])
    };
    told(&[
        (npm(&format!("\"integrity\": \"{SHA512}\"")), "PASS  All 1 dependencies are pinned."),
        (npm(&format!("\"integrity\": \"{SHA512}?option\"")), "PASS  All 1 dependencies are pinned."),
        (npm("\"integrity\": \"sha512-AAA=\""), loose),
        // Nothing can bring along what lies in no other package's folder.
        (npm("\"inBundle\": true"), loose),
        (deno(SHA512), "PASS  All 1 dependencies are pinned."),
        (
            deno("sha512-AAA="),
            "FAIL  deno.lock has no hash for npm:chalk@5.1.0; 1 of 1 dependencies are not pinned: chalk (npm:chalk@^5)",
        ),
        (cargo(&"a".repeat(64)), "PASS  All 1 dependencies are pinned."),
        (cargo("abc"), "FAIL  1 of 1 dependencies are not pinned: serde (1)"),
    ]);
}

#[test]
fn a_deno_json_is_held_to_its_own_lock_file_and_members() {
    let lock = format!(
        "{{\"version\": \"5\", \"specifiers\": {{\"npm:chalk@5\": \"5.1.0\"}}, \"npm\": {{\"chalk@5.1.0\": {{\"integrity\": \
         \"{SHA512}\"}}}}}}"
    );
    let member = "{\"name\": \"@x/y\", \"version\": \"1.0.0\"}";
    let below = |top: &str| {
        let project = crate::pins::project_of(&[
            ("deno.json", top),
            ("deno.lock", &lock),
            ("p/deno.json", "{\"imports\": {\"c\": \"npm:chalk@^5\"}}"),
            ("p/release.yaml", "version: 1.2.3\n"),
        ]);
        project.track();
        let (_, report) = project.gate(&["check", "--repo", "repo/p", "--ci-status", "success"]).json();
        crate::common::result(&report, "deps_pinned")["detail"].as_str().expect("a text").to_owned()
    };
    let imports = |text: &str| {
        let top = format!("{{\"workspace\": [\"./m\"], \"imports\": {{\"c\": \"{text}\"}}}}");
        row_of(&[("deno.json", &top), ("m/deno.json", member), ("deno.lock", "{\"version\": \"5\"}")])
    };
    let loose = |what: &str| format!("FAIL  1 of 1 dependencies are not pinned: {what}");
    told(&[
        (below("{\"workspace\": [\"./p\"]}"), "All 1 dependencies are pinned."),
        (below("{}"), "1 of 1 dependencies are not pinned: chalk (npm:chalk@^5)"),
        (imports("jsr:@x/y@^1"), "PASS  All 1 dependencies are pinned."),
        (imports("jsr:@x/y@^5"), &loose("@x/y (jsr:@x/y@^5)")),
        (imports("npm:@x/y@^1"), &loose("@x/y (npm:@x/y@^1)")),
        (imports(" NPM:chalk@^5"), &loose("chalk ( NPM:chalk@^5)")),
        (
            row_of(&[("deno.lock", &lock)]),
            "UNPROVEN  no manifest says what deno.lock was made for; `manifests_ignore` in delivery-gate.yaml leaves out what \
             is not released",
        ),
    ]);
}

fn net(rest: &str) -> String {
    row_of(&[("a.csproj", &format!("<Project Sdk=\"Microsoft.NET.Sdk\">\n{rest}\n</Project>\n"))])
}

fn net_locked(frameworks: &str, more: &str) -> String {
    let project = format!(
        "<Project Sdk=\"Microsoft.NET.Sdk\">\n<PropertyGroup><TargetFrameworks>{frameworks}</TargetFrameworks></PropertyGroup>\n\
         <ItemGroup><PackageReference Include=\"X\" Version=\"1.2.3\" /></ItemGroup>\n</Project>\n"
    );
    let hash = SHA512.trim_start_matches("sha512-");
    let x = "\"type\": \"Direct\", \"requested\": \"[1.2.3, )\", \"resolved\": \"1.2.3\"";
    let entries = format!("\"X\": {{{x}, \"contentHash\": \"{hash}\"{more}}}");
    let lock = format!("{{\"version\": 1, \"dependencies\": {{\".NETCoreApp,Version=v8.0\": {{{entries}}}}}}}");
    row_of(&[("a.csproj", &project), ("packages.lock.json", &lock)])
}

#[test]
fn what_msbuild_obeys_is_read() {
    let loose = |what: &str| format!("FAIL  1 of 1 dependencies are not pinned: {what}");
    let items = |items: &str| net(&format!("<ItemGroup>{items}</ItemGroup>"));
    let exact = "<PackageReference Include=\"X\" Version=\"[1.0]\" />";
    told(&[
        (items("<packagereference Include=\"X\" version=\"*\" />"), &loose("X (*)")),
        (
            items("<PackageReference Include=\"X\" Version=\"[1.0]\"><Version>*</Version></PackageReference>"),
            &loose("X (*)"),
        ),
        (
            net(&format!(
                "<Target Name=\"t\" BeforeTargets=\"Restore\"><ItemGroup>{}</ItemGroup></Target>",
                exact.replace("[1.0]", "*")
            )),
            &loose("X (*)"),
        ),
        (
            items(
                "<PackageReference Include=\"X\" Version=\"*\" /><PackageReference Update=\"X\" Version=\"[1.0]\" Condition=\"'$(A)' == ''\" />",
            ),
            "FAIL  1 of 2 dependencies are not pinned: X (*)",
        ),
        (
            items(&format!("{exact}<PackageReference Update=\"@(PackageReference)\" Version=\"*\" />")),
            "UNPROVEN  a.csproj:2 computes the packages that it asks for",
        ),
        (
            net(
                "<PropertyGroup><NuGetRootX>x</NuGetRootX></PropertyGroup><Import Project=\"$(NuGetRootX)/a.props\" />",
            ),
            "UNPROVEN  there is no x/a.props",
        ),
        (net_locked("net8.0", ""), "PASS  All 1 dependencies are pinned."),
        (
            net_locked("net8.0;net9.0", ""),
            "FAIL  packages.lock.json is out of date: it does not have net9.0, which a.csproj is built for",
        ),
        (
            net_locked("net8.0", ", \"dependencies\": {\"E\": \"1.0.0\"}}, \"e\": {\"type\": \"Project\""),
            "UNPROVEN  packages.lock.json takes e for a project, and none of that name was read",
        ),
    ]);
}

#[test]
fn what_maven_refuses_or_is_given_besides_counts() {
    let dependency = |version: &str| {
        format!(
            "<dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId>{version}</dependency></dependencies>"
        )
    };
    let pom = |rest: &str| {
        format!("<project><groupId>g</groupId><artifactId>a</artifactId><version>1.2.3</version>{rest}</project>")
    };
    let given = |options: &str| {
        let of_property = dependency("<version>${v}</version>");
        let pom = pom(&format!("<properties><v>1.0</v></properties>{of_property}"));
        row_of(&[("pom.xml", &pom), (".mvn/maven.config", options)])
    };
    let loose = "FAIL  1 of 1 dependencies are not pinned: g:x (${v})";
    told(&[
        (given("-DskipTests"), "PASS  All 1 dependencies are pinned."),
        (given("-D\nv=LATEST\n"), loose),
        (given("--define\n\"v=LATEST\"\n"), loose),
    ]);

    let twice = pom(&dependency("<version>1.0</version><version>LATEST</version>"));
    let project = crate::pins::project_of(&[("pom.xml", &twice)]);
    project.track();
    let told = project.check_after_ci().run().refusal();
    assert!(told.contains("'version' stands in the dependency twice"), "{told}");

    // Lists of versions in a circle, none of which has the version.
    let bom = |name: &str, other: &str| {
        let list = format!(
            "<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>{other}</artifactId>\
             <version>1</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>"
        );
        format!("<project><groupId>g</groupId><artifactId>{name}</artifactId><version>1</version>{list}</project>")
    };
    let list = bom("a", "b").replace("<version>1</version></project>", "</project>");
    let top = list.replace(
        "</project>",
        &format!("<modules><module>b</module><module>c</module></modules>{}</project>", dependency("")),
    );
    assert_eq!(
        row_of(&[("pom.xml", &top), ("b/pom.xml", &bom("b", "c")), ("c/pom.xml", &bom("c", "b"))]),
        "FAIL  1 of 4 dependencies are not pinned: g:x"
    );
}

fn gradle(script: &str) -> String {
    row_of(&[("build.gradle", script)])
}

#[test]
fn what_a_build_script_does_besides_its_plain_declarations_is_computed() {
    let decides = "the lock file decides: dependencyLocking { lockAllConfigurations() }, then ./gradlew dependencies --write-locks";
    let adds = format!("UNPROVEN  build.gradle:1 adds dependencies, or other versions of them: {decides}");
    let computes = format!("UNPROVEN  build.gradle:2 computes its dependencies: {decides}");
    let changes = format!("UNPROVEN  build.gradle:1 asks for a module that may change: {decides}");
    for script in [
        "dependencies({ implementation 'c:d:+' })",
        "dependencies() { implementation 'c:d:+' }",
        "getDependencies().add('implementation', 'c:d:+')",
        "[1].each { x -> dependencies { implementation 'c:d:1' } }",
        "configurations.implementation.withDependencies { add(x('c:d:+')) }",
        "configurations.all { resolutionStrategy.eachDependency { details -> details.useVersion('+') } }",
    ] {
        assert_eq!(gradle(script), adds, "{script}");
    }
    for name in ["ext.set('v', '+')", "ext['v'] += '+'", "v += '+'", "project.setProperty('v', '+')"] {
        let script = format!("ext.v = '1.0'; {name}\ndependencies {{ implementation \"c:d:$v\" }}");
        assert_eq!(gradle(&script), computes, "{script}");
    }
    for changing in ["('c:d:1.0') { changing = true }", "('c:d:1.0') { isChanging = true }"] {
        assert_eq!(gradle(&format!("dependencies {{ implementation{changing} }}")), changes);
    }
    let forced =
        |version: &str| gradle(&format!("configurations.all {{ resolutionStrategy {{ force 'c:d:{version}' }} }}"));
    assert_eq!(forced("1.0"), "PASS  All 1 dependencies are pinned.");
    assert_eq!(forced("+"), "FAIL  1 of 1 dependencies are not pinned: c:d (+)");
    // A text between slashes begins no comment.
    assert_eq!(
        gradle("def s = ~/a\\/*b/\ndependencies { implementation 'c:d:+' } // */"),
        "FAIL  1 of 1 dependencies are not pinned: c:d (+)"
    );
}

#[test]
fn what_the_settings_of_a_build_do_counts() {
    let of = |settings: &str| {
        let catalog = "[libraries]\nx = \"c:d:1.0\"\n";
        let script = "dependencies { implementation libs.x }\n";
        row_of(&[
            ("build.gradle", script),
            ("settings.gradle", settings),
            ("gradle/libs.versions.toml", catalog),
            ("x/build.gradle", "dependencies { api 'e:f:+' }\n"),
            ("x/y/build.gradle", ""),
        ])
    };
    let catalogs = |inner: &str| {
        of(&format!("include 'x:y'\ndependencyResolutionManagement {{ versionCatalogs {{ {inner} }} }}\n"))
    };
    let open = "FAIL  1 of 2 dependencies are not pinned: e:f (+)";
    assert_eq!(of("include 'x:y'\n"), open);
    assert_eq!(catalogs("libs { from(files('gradle/libs.versions.toml')) }"), open);
    assert!(catalogs("libs { library('x', 'c:d:+') }").contains("build.gradle:1 computes its dependencies"));
    assert_eq!(
        of("include 'x:y'\nplugins { id 'p.q' version '+' }\n"),
        "FAIL  2 of 3 dependencies are not pinned: p.q (+), e:f (+)"
    );
    for settings in [
        "apply from: 's.gradle'",
        "settings.include 'x'",
        "rootProject.children.each { it.buildFileName = 'z.gradle' }",
    ] {
        assert!(of(settings).starts_with("UNPROVEN  settings.gradle:1 computes its projects"), "{settings}");
    }
}

#[test]
fn a_lock_file_of_gradle_has_all_class_paths() {
    let of = |script: &str, lock: &str| row_of(&[("build.gradle", script), ("gradle.lockfile", lock)]);
    let script = "dependencies { implementation 'a:b:1.+' }\n";
    let lock = "a:b:1.0=compileClasspath,runtimeClasspath\nempty=\n";
    let unlocked = |what: &str| of(&format!("{what}\n{script}"), lock);
    told(&[
        (of(script, lock), "PASS  All 1 dependencies are pinned."),
        (of(script, &lock.replace(",runtimeClasspath", "")), "FAIL  1 of 1 dependencies are not pinned: a:b (1.+)"),
        (
            unlocked("dependencyLocking { ignoredDependencies.add('a:*') }"),
            "UNPROVEN  build.gradle:1 leaves something out of the lock file, or puts that elsewhere",
        ),
    ]);
    // Every fault is in JSON; the row has some of them.
    let many: String = (0..30).map(|number| format!("a:b:1.{number}=compileClasspath\n")).collect();
    let project = crate::pins::project_of(&[("build.gradle", script), ("gradle.lockfile", &(many + lock))]);
    let (_, report) = project.track().check_after_ci().json();
    let row = &crate::common::result(&report, "deps_pinned")["detail"];
    assert_eq!(row.to_string().matches("for one configuration").count(), 10, "{row}");
}

#[test]
fn a_vendored_module_is_in_the_folder() {
    let of = |more: &[(&str, &str)]| {
        let files = [
            ("go.mod", "module example.org/m\n\ngo 1.21\n\nrequire example.org/a v1.2.0\n"),
            ("vendor/modules.txt", "# example.org/a v1.2.0\n## explicit\nexample.org/a\n"),
        ];
        row_of(&[&files, more].concat())
    };
    assert_eq!(of(&[("vendor/example.org/a/a.go", "package a\n")]), "PASS  All 1 dependencies are pinned.");
    let row = of(&[]);
    assert!(row.contains("vendor/modules.txt names packages that the release does not have in vendor"), "{row}");
}
