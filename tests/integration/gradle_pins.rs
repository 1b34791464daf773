//! Build scripts of Gradle, their catalog and their lock files.

use crate::pins::{project_of, row};

fn pins(files: &[(&str, &str)]) -> String {
    row(files, "Dependencies")
}

fn kotlin(dependencies: &str) -> String {
    format!("plugins {{\n    java\n}}\ndependencies {{\n    {dependencies}\n}}\n")
}

/// A lock file of the classpaths.
fn lock(entries: &[&str]) -> String {
    let lines = entries.iter().map(|entry| format!("{entry}=compileClasspath,runtimeClasspath\n"));
    format!(
        "# This is a Gradle generated file for dependency locking.\n{}empty=annotationProcessor\n",
        lines.collect::<String>()
    )
}

const PINNED: &str = "PASS — All 1 dependencies are pinned.";

fn fails(why: &str) -> String {
    format!("FAIL — 1 of 1 dependencies are not pinned: {why}")
}

#[test]
fn plain_declarations_are_read_in_both_languages() {
    for declaration in [
        "implementation(\"g:a:1.2\")",
        "implementation 'g:a:1.2'",
        "implementation(\"g:a:1.2\") { exclude(group = \"x\") }",
        "implementation group: 'g', name: 'a', version: '1.2'",
        "implementation(group = \"g\", name = \"a\", version = \"1.2\")",
        "implementation(platform(\"g:a:1.2\"))",
        "api \"g:a:1.2:sources@jar\" // the last",
        "\"implementation\"(\"g:a:1.2\")",
        "constraints {\n implementation(\"g:a:1.2\")\n}",
        "implementation(\"g:a\") {\n version { strictly(\"1.2\") }\n}",
        "implementation project(':x'), 'g:a:[1.2]'",
    ] {
        assert_eq!(pins(&[("build.gradle", &kotlin(declaration))]), PINNED, "{declaration}");
        assert_eq!(pins(&[("build.gradle.kts", &kotlin(declaration))]), PINNED, "{declaration}");
    }
    assert_eq!(pins(&[("build.gradle", "plugins { id 'java' }\n")]), "PASS — No dependencies to pin.");
    for version in ["1.+", "+", "latest.release", "[1,2)", "1.0-SNAPSHOT"] {
        let text = kotlin(&format!("implementation(\"g:a:{version}\")"));
        assert_eq!(pins(&[("build.gradle", &text)]), fails(&format!("g:a ({version})")), "{version}");
    }
    assert_eq!(pins(&[("build.gradle", &kotlin("implementation 'g:a'"))]), fails("g:a"));
}

#[test]
fn versions_may_come_from_names_and_from_platforms() {
    let both = "PASS — All 2 dependencies are pinned.";
    let text = "def v = '1.2'\next.w = '1.3'\n".to_owned() + &kotlin("implementation \"g:a:$v\", \"g:b:${w}\"");
    assert_eq!(pins(&[("build.gradle", &text)]), both);
    let text = kotlin("implementation(\"g:a:${property}\")");
    let files = [("build.gradle.kts", text.as_str()), ("gradle.properties", "property=1.2\n")];
    assert_eq!(pins(&files), PINNED);
    assert_eq!(pins(&[("build.gradle", &kotlin("implementation platform('g:bom:1')\nimplementation 'g:a'"))]), both);
    assert_eq!(
        pins(&[("build.gradle", &kotlin("implementation platform('g:bom:1.+')\nimplementation 'g:a'"))]),
        "FAIL — 2 of 2 dependencies are not pinned: g:bom (1.+), g:a"
    );
    let spring = "plugins {\n id 'io.spring.dependency-management' version '1.1.7'\n}\ndependencies {\n implementation 'g:a'\n}\n";
    assert_eq!(pins(&[("build.gradle", spring)]), both);
}

#[test]
fn the_catalog_speaks_for_its_names() {
    let catalog = "[versions]\nx = \"1.2\"\nloose = { prefer = \"1.2\" }\nstrict = { strictly = \"1.3\" }\n\
                   [libraries]\na-one = { module = \"g:a\", version.ref = \"x\" }\nb = \"g:b:1.+\"\n\
                   c = { group = \"g\", name = \"c\", version.ref = \"strict\" }\nd = { module = \"g:d\", version.ref = \"loose\" }\n\
                   [bundles]\nall = [\"a-one\", \"c\"]\n[plugins]\np = { id = \"org.p\", version = \"2\" }\n";
    let with = |declarations: &str| {
        let text = kotlin(declarations).replace("java\n", "java\n alias(libs.plugins.p)\n");
        pins(&[("build.gradle.kts", &text), ("gradle/libs.versions.toml", catalog)])
    };
    assert_eq!(with("implementation(libs.a.one)"), "PASS — All 2 dependencies are pinned.");
    assert_eq!(with("implementation(libs.bundles.all)"), "PASS — All 3 dependencies are pinned.");
    assert_eq!(
        with("implementation(libs.b)\n implementation(libs.d)"),
        "FAIL — 2 of 3 dependencies are not pinned: g:b (1.+), g:d (+)"
    );
    assert!(
        with("implementation(libs.unknown)").starts_with("UNPROVEN — build.gradle.kts:6 computes its dependencies:")
    );
    let broken =
        project_of(&[("build.gradle", ""), ("gradle/libs.versions.toml", "[versions\n")]).check_after_ci().run();
    assert!(broken.refusal().contains("gradle/libs.versions.toml:1:10"));
}

#[test]
fn what_is_computed_is_decided_by_the_lock_file() {
    let told = |place: &str, what: &str| {
        format!(
            "UNPROVEN — {place} {what}: the lock file decides: dependencyLocking {{ lockAllConfigurations() }}, then ./gradlew \
             dependencies --write-locks"
        )
    };
    for (text, place, what) in [
        (kotlin("implementation(\"g:a:${f()}\")"), "build.gradle:5", "computes its dependencies"),
        (kotlin("implementation(\"g:a:\" + v)"), "build.gradle:5", "computes its dependencies"),
        (kotlin("list.each { implementation it }"), "build.gradle:5", "computes its dependencies"),
        ("apply from: 'other.gradle'\n".to_owned(), "build.gradle:1", "applies another script"),
        (
            "project.dependencies.add('api', x)\n".to_owned(),
            "build.gradle:1",
            "adds dependencies, or other versions of them",
        ),
        ("dependencies {\n".to_owned(), "build.gradle:2", "cannot be understood"),
    ] {
        assert_eq!(pins(&[("build.gradle", &text)]), told(place, what), "{text}");
        let locked = lock(&["g:a:1.2", "g:b:1.3"]);
        let files = [("build.gradle", text.as_str()), ("gradle.lockfile", &locked)];
        assert_eq!(pins(&files), "PASS — All 2 dependencies are pinned.", "{text}");
        let files = [("build.gradle", text.as_str()), ("gradle.lockfile", "empty=checkstyle\n")];
        assert_eq!(pins(&files), told(place, what) + " (gradle.lockfile has no class path)", "{text}");
    }
}

const LOCKING: &str =
    "lock them: dependencyLocking { lockAllConfigurations() }, then ./gradlew dependencies --write-locks";

#[test]
fn a_plugin_that_is_a_program_may_add_dependencies() {
    let plugin = ("build.gradle.kts", "plugins {\n    id(\"conventions\")\n}\n");
    let none = "UNPROVEN — build.gradle.kts:2: no version of the plugin conventions stands in the release, and";
    let written = format!("{none} it may add dependencies: write one behind its name in `plugins`, or {LOCKING}");
    assert_eq!(pins(&[plugin]), written);
    assert_eq!(pins(&[plugin, ("gradle.lockfile", &lock(&["g:a:1.2"]))]), PINNED);
    let script = ("buildSrc/src/main/kotlin/conventions.gradle.kts", "plugins { java }\n");
    let own = format!(
        "UNPROVEN — build.gradle.kts:2: the plugin conventions is {}, which was not read and may add dependencies: {LOCKING}",
        script.0
    );
    assert_eq!(pins(&[plugin, script]), own);
    let may_be = format!("{none} buildSrc, where it may be, was not read; it may add dependencies: {LOCKING}");
    assert_eq!(pins(&[plugin, ("buildSrc/src/main/java/X.java", "class X {}\n")]), may_be);
    // A class path of plugins does not make it one of them.
    let applied = "buildscript {\n dependencies {\n classpath 'g:a:1.2'\n }\n}\napply plugin: 'conventions'\n";
    let row = pins(&[("build.gradle", applied), script]);
    assert!(row.starts_with("UNPROVEN — build.gradle:6: the plugin conventions is buildSrc/"), "{row}");
}

#[test]
fn a_plugin_that_is_applied_comes_from_a_class_path() {
    let unknown = |line: usize, id: &str| {
        if id.ends_with("YPlugin") {
            return format!(
                "UNPROVEN — build.gradle:{line}: nothing in the release says where the plugin of the class {id} comes from, and it \
                 may add dependencies: apply it by its name, with a version in `plugins`, or {LOCKING}"
            );
        }
        format!(
            "UNPROVEN — build.gradle:{line}: no version of the plugin {id} stands in the release, and it may add dependencies: \
             write one behind its name in `plugins`, or {LOCKING}"
        )
    };
    for (text, id) in [
        ("apply plugin: 'com.x.y'\n", "com.x.y"),
        ("apply(plugin: 'com.x.y')\n", "com.x.y"),
        ("apply(plugin = \"com.x.y\")\n", "com.x.y"),
        ("apply { plugin(\"com.x.y\") }\n", "com.x.y"),
        ("apply plugin: com.x.YPlugin\n", "com.x.YPlugin"),
        ("apply<com.x.YPlugin>()\n", "com.x.YPlugin"),
        ("pluginManager.apply('com.x.y')\n", "com.x.y"),
        ("project.plugins.apply 'com.x.y'\n", "com.x.y"),
        ("plugins.apply(com.x.YPlugin::class)\n", "com.x.YPlugin"),
        ("allprojects { apply plugin: 'com.x.y' }\n", "com.x.y"),
        ("subprojects { p -> p.apply plugin: 'com.x.y' }\n", "com.x.y"),
    ] {
        assert_eq!(pins(&[("build.gradle", text)]), unknown(1, id), "{text}");
        let scripts = format!("buildscript {{\n dependencies {{\n classpath 'com.x:y:1.2'\n }}\n}}\n{text}");
        assert_eq!(pins(&[("build.gradle", &scripts)]), PINNED, "{text}");
        let open = scripts.replace("1.2", "1.+");
        assert_eq!(pins(&[("build.gradle", &open)]), fails("com.x:y (1.+)"), "{text}");
    }
    for text in ["apply plugin: 'java'\n", "apply plugin: JavaLibraryPlugin\n", "tasks.test.apply { from(\"x\") }\n"] {
        assert_eq!(pins(&[("build.gradle", text)]), "PASS — No dependencies to pin.", "{text}");
    }
    let computed = pins(&[("build.gradle", "apply plugin: \"${f()}\"\n")]);
    assert!(
        computed.starts_with("UNPROVEN — build.gradle:1 computes its plugins: the lock file decides"),
        "{computed}"
    );
    let script = pins(&[("build.gradle", "apply { from(\"x.gradle\") }\n")]);
    assert!(script.starts_with("UNPROVEN — build.gradle:1 applies another script: "), "{script}");
    // What the first project has on its class path its others have, too.
    let files = [
        ("settings.gradle", "include 'a'\n"),
        ("build.gradle", "plugins {\n id 'com.x.y' version '1.2' apply false\n}\n"),
        ("a/build.gradle", "apply plugin: 'com.x.y'\n"),
    ];
    assert!(pins(&files).starts_with("PASS"), "{}", pins(&files));
}

#[test]
fn a_lock_file_pins_what_it_was_made_for() {
    let row = |declaration: &str, entries: &[&str]| {
        pins(&[("build.gradle", &kotlin(declaration)), ("gradle.lockfile", &lock(entries))])
    };
    assert_eq!(row("implementation 'g:a:1.+'", &["g:a:1.9"]), PINNED);
    assert_eq!(row("implementation 'g:a:1.2'", &["g:a:1.2"]), PINNED);
    // A plain version is the least: something else may need a newer one.
    assert_eq!(row("implementation 'g:a:1.2'", &["g:a:1.3"]), PINNED);
    assert_eq!(row("implementation 'g:a:1.2'", &["g:a:1.1"]), fails("g:a (1.2)"));
    assert_eq!(row("implementation 'g:a:1.2!!'", &["g:a:1.3"]), fails("g:a (1.2)"));
    assert_eq!(row("implementation 'g:a:1.2'", &["g:b:1.2"]), fails("g:a (1.2)"));
    assert_eq!(row("implementation 'g:a:[1,2)'", &["g:a:2.0"]), fails("g:a ([1,2))"));
    // It has nothing to say of a configuration that it does not lock.
    assert_eq!(row("testImplementation 'g:a:1.2'", &["g:b:1.2"]), PINNED);
    assert_eq!(row("testImplementation 'g:a:1.+'", &["g:b:1.2"]), fails("g:a (1.+)"));
    assert_eq!(
        row("implementation 'g:a:1.2'", &["g:a:1.2", "g:b:1.0-SNAPSHOT"]),
        "FAIL — gradle.lockfile has g:b 1.0-SNAPSHOT: a SNAPSHOT is built again and again"
    );
    assert_eq!(
        row("implementation 'g:a:1.2'", &["g:a:1.2", "g:a:1.3"]),
        "FAIL — gradle.lockfile has g:a 1.2 and 1.3 for one configuration"
    );
    let files = |lock: &str| pins(&[("build.gradle", &kotlin("implementation 'g:a:1.2'")), ("gradle.lockfile", lock)]);
    assert_eq!(
        files("g:a:1.2=compileClasspath\n"),
        "UNPROVEN — gradle.lockfile could not be read: it is cut off: its last line, empty=…, is missing"
    );
    for line in ["g:a=x", "g:a:1.2", "g:a:1.2=", "<<<<<<< HEAD", ":a:1=x", "g:a:1:2=x"] {
        let told = files(&format!("# c\n{line}\nempty=\n"));
        assert_eq!(told, "UNPROVEN — gradle.lockfile could not be read: line 2 cannot be understood", "{line}");
    }
    // A constraint of what nothing asks for is in no lock file, and parts name their configurations as they like.
    assert_eq!(row("constraints {\n implementation 'g:a:[1,2)'\n}", &["g:b:1"]), PINNED);
    let suite =
        "testing {\n suites {\n register(\"it\") {\n dependencies {\n implementation(\"g:a:1.+\")\n}\n}\n}\n}\n";
    let with_suite = |lock: &str| pins(&[("build.gradle.kts", suite), ("gradle.lockfile", lock)]);
    assert_eq!(with_suite("g:a:1.9=itRuntimeClasspath\nempty=\n"), PINNED);
    assert_eq!(with_suite("g:b:1.9=itRuntimeClasspath\nempty=\n"), fails("g:a (1.+)"));
    // Before Gradle 7 each configuration has its file.
    let old = |text: &str| {
        pins(&[
            ("build.gradle", &kotlin("compile 'g:a:1.+'")),
            ("gradle/dependency-locks/compileClasspath.lockfile", text),
            ("gradle/dependency-locks/runtimeClasspath.lockfile", text),
        ])
    };
    assert_eq!(old("# c\ng:a:1.9\n"), PINNED);
    assert_eq!(old("# c\ng:b:1.9\n"), fails("g:a (1.+)"));
}

#[test]
fn verified_checksums_are_told() {
    let metadata = "<verification-metadata>\n<components>\n\
        <component group=\"g\" name=\"a\" version=\"1.2\"><artifact name=\"a.jar\"><sha256 value=\"0\"/></artifact></component>\n\
        <component group=\"g\" name=\"b\" version=\"1\"><artifact name=\"b.jar\"><md5 value=\"0\"/></artifact></component>\n\
        </components>\n</verification-metadata>\n";
    let script = kotlin("implementation 'g:a:1.2'");
    let files = [("build.gradle", script.as_str()), ("gradle/verification-metadata.xml", metadata)];
    let told = "PASS — All 1 dependencies are pinned. gradle/verification-metadata.xml has strong checksums of 1 of 2 components.";
    assert_eq!(pins(&files), told);
}

#[test]
fn the_projects_of_the_settings_are_read() {
    let settings =
        "rootProject.name = 'demo'\ninclude 'core', ':web:api'\nproject(':core').projectDir = file('kernel')\n";
    let core = kotlin("implementation 'g:a:1.+'");
    let files = [
        ("settings.gradle", settings),
        ("build.gradle", "subprojects {\n dependencies {\n implementation 'g:b:1'\n }\n}\n"),
        ("kernel/build.gradle", &core),
        ("web/api/build.gradle.kts", "dependencies {\n implementation(project(\":core\"))\n}\n"),
    ];
    assert_eq!(pins(&files), "FAIL — 1 of 2 dependencies are not pinned: g:a (1.+)");
    let locked = lock(&["g:a:1.9"]);
    let mut with_lock = files.to_vec();
    with_lock.push(("kernel/gradle.lockfile", &locked));
    assert_eq!(pins(&with_lock), "FAIL — 1 of 2 dependencies are not pinned: g:b (1)");
    let whole = lock(&["g:a:1.9", "g:b:1"]);
    with_lock.pop();
    with_lock.push(("kernel/gradle.lockfile", &whole));
    assert_eq!(pins(&with_lock), "PASS — All 2 dependencies are pinned.");
    // Settings alone stand for their projects, too.
    let without = [files[0], files[2], files[3]];
    assert_eq!(pins(&without), "FAIL — 1 of 1 dependencies are not pinned: g:a (1.+)");
    assert_eq!(
        pins(&[("settings.gradle", "include 'core'\nfileTree('.').each { include it }\n"), ("core/build.gradle", "")]),
        "UNPROVEN — settings.gradle:2 computes its projects; name each with a plain text"
    );
    assert_eq!(
        pins(&[("settings.gradle", "include 'core'\n")]),
        "UNPROVEN — settings.gradle:1: there is no folder core"
    );
}

#[test]
fn the_version_is_that_of_the_script_or_of_the_properties() {
    let told = |files: &[(&str, &str)]| row(files, "Version is");
    assert_eq!(told(&[("build.gradle", "version = '1.2.3'\n")]), "PASS — 1.2.3 in release.yaml and build.gradle.");
    let files = [("build.gradle.kts", "plugins { java }\n"), ("gradle.properties", "group=g\nversion=1.2.2\n")];
    assert_eq!(told(&files), "FAIL — release.yaml says 1.2.3, gradle.properties says 1.2.2.");
    let run = project_of(&[("build.gradle", "version = now()\n")]).check_after_ci().args(&["--json"]).run();
    assert!(run.stdout.contains("version not compared: build.gradle:1 computes it"), "{}", run.stdout);
}

#[test]
fn a_plugin_on_the_class_path_of_the_first_project_has_its_version() {
    let build =
        |module: &str| format!("buildscript {{\n    dependencies {{\n        classpath(\"{module}\")\n    }}\n}}\n");
    let settings = ("settings.gradle.kts", "includeBuild(\"own\")\ninclude(\":a\")\n");
    let said = |module: &str| {
        let plugin = "plugins {\n    id(\"org.jetbrains.dokka\")\n}\n";
        let own = ("own/build.gradle.kts", "plugins {\n    java\n}\n");
        pins(&[settings, own, ("build.gradle.kts", &build(module)), ("a/build.gradle.kts", plugin)])
    };
    assert_eq!(said("org.jetbrains.dokka:dokka-gradle-plugin:2.0.0"), PINNED);
    let open = said("org.jetbrains.dokka:dokka-gradle-plugin:2.+");
    assert!(open.starts_with("FAIL — 1 of 1 dependencies are not pinned: "), "{open}");
    for other in
        ["org.jetbrains.dokkas:x:2.0.0", "org.jetbrains.kotlin:kotlin-gradle-plugin:2.0.0", "org.jetbrains.dokka:dokka"]
    {
        let told = said(other);
        assert!(!told.starts_with("PASS"), "{other}: {told}");
    }
}

#[test]
fn blank_lines_and_comments_are_skipped_once() {
    let blank = "\n".repeat(200_000);
    for (text, expected) in [
        (format!("a{blank}"), "PASS — No dependencies to pin."),
        (format!("a{blank}.b()\n{}", kotlin("implementation 'g:a:1.2'")), PINNED),
        (format!("{blank}// c\n{blank}{}", kotlin("implementation 'g:a:1.2'")), PINNED),
        (format!("a{blank}{}", kotlin("implementation 'g:a:1.+'")), &fails("g:a (1.+)")),
    ] {
        assert_eq!(pins(&[("build.gradle", &text)]), expected);
    }
}

#[test]
fn a_brace_in_the_quotes_of_a_template_ends_nothing() {
    let hidden = |open: &str| {
        format!("{open} x = \"${{'{{'}}\"\ndependencies {{ implementation(\"g:a:1.+\") }}\n{open} y = \"}}\"\n")
    };
    assert_eq!(pins(&[("build.gradle", &hidden("def"))]), fails("g:a (1.+)"));
    assert_eq!(pins(&[("build.gradle.kts", &hidden("val"))]), fails("g:a (1.+)"));
    assert_eq!(pins(&[("build.gradle", &hidden("def").replace("1.+", "1.2"))]), PINNED);
    let settings = "def x = \"${'{'}\"\ninclude 'core'\ndef y = \"}\"\n";
    let files = [("settings.gradle", settings), ("core/build.gradle", &kotlin("implementation 'g:a:1.+'"))];
    assert_eq!(pins(&files), fails("g:a (1.+)"));
    let raw = "val x = \"\"\"\\\"\"\"\ndependencies { implementation(\"g:a:1.+\") }\nval y = \"\"\" // \"\"\"\n";
    assert_eq!(pins(&[("build.gradle.kts", raw)]), fails("g:a (1.+)"));
    let called = pins(&[("build.gradle", "println \"${project.dependencies.add('api', 'g:a:1.+')}\"\n")]);
    assert!(called.starts_with("UNPROVEN — build.gradle:1 adds dependencies"), "{called}");
}

fn is_unproven(text: &str, what: &str) {
    for name in ["build.gradle", "build.gradle.kts"] {
        let told = pins(&[(name, text)]);
        assert!(told.starts_with(&format!("UNPROVEN — {name}:")) && told.contains(what), "{text}: {told}");
    }
}

#[test]
fn another_script_may_be_applied_by_anything_that_is_a_project() {
    for text in [
        "project.apply from: 'other.gradle'\n",
        "rootProject.apply from: 'other.gradle'\n",
        "project.apply(from = \"other.gradle\")\n",
        "apply(mapOf(\"from\" to \"other.gradle\"))\n",
        "apply([from: 'other.gradle'])\n",
        "this.'apply'(from: 'other.gradle')\n",
        "project.apply { from 'other.gradle' }\n",
        "project.apply({ from 'other.gradle' })\n",
        "project.apply { if (x) { from 'other.gradle' } }\n",
        "allprojects { p -> p.apply from: 'other.gradle' }\n",
        "allprojects { p -> p.apply { from 'other.gradle' } }\n",
        "tasks.test.project.apply { from 'other.gradle' }\n",
        "if (x) apply from: 'other.gradle'\n",
        "println(apply(from: 'other.gradle'))\n",
        "println \"${apply(from: 'other.gradle')}\"\n",
        "evaluate(new File('other.gradle'))\n",
        "project.evaluate new File('other.gradle')\n",
        "new GroovyShell(binding).evaluate(text)\n",
    ] {
        is_unproven(text, "applies another script");
    }
    is_unproven("apply(settingsOf(it))\n", "computes its plugins");
    for text in [
        "tasks { jar.apply { from(\"x\") } }\n",
        "val jar: Jar by tasks\njar.apply { from(\"x\") }\n",
        "tasks.withType<Jar>().first().apply { from(\"x\") }\n",
        "println xpath.evaluate(\"/a\", document)\n",
        "apply to: subprojects, plugin: 'java'\n",
        "apply(mapOf(\"plugin\" to \"java\"))\n",
        "project.apply { plugin('java') }\n",
        "list.apply { add(\"x\") }\n",
    ] {
        assert_eq!(pins(&[("build.gradle.kts", text)]), "PASS — No dependencies to pin.", "{text}");
    }
    let settings = ("settings.gradle", "include 'core'\nsettings.apply { from 'more.gradle' }\n");
    let told = pins(&[settings, ("core/build.gradle", "")]);
    assert_eq!(told, "UNPROVEN — settings.gradle:2 computes its projects; name each with a plain text");
}

#[test]
fn a_name_with_a_second_value_has_none() {
    let used = "\ndependencies { implementation(\"g:a:$v\") }\n";
    let with = |more: &str| format!("ext.v = '4.12'\n{more}{used}");
    for more in [
        "ext.set 'v', '4.+'",
        "ext.set('v', '4.+')",
        "setProperty 'v', '4.+'",
        "project.setProperty(n, '4.+')",
        "ext.set(n, '4.+')",
        "ext.putAll(v: '4.+')",
        "ext.putAll(all)",
        "ext.'v' = '4.+'",
        "ext.\"$n\" = '4.+'",
        "ext[n] = '4.+'",
        "println(ext.v = '4.+')",
        "if (v = '4.+') { }",
        "list.each({ v = '4.+' })",
        "for (v in ['4.+']) { }",
        "for (String v : ['4.+']) { }",
        "def add(v) { }",
        "def String add(String v) { }",
        "fun add(v: String) { }",
        "fun Project.add(v: String) = v",
        "def (v, w) = ['4.+', '1']",
        "val (v, w) = list",
        "list.each { (v, w) -> f() }",
        "val v: String = \"4.+\"",
        "val v by lazy { \"4.+\" }",
        "v -= '2'",
    ] {
        is_unproven(&with(more), "computes its dependencies");
    }
    is_unproven("ext.it = '4.12'\n['4.+'].each { dependencies { implementation(\"g:a:$it\") } }\n", "computes its dep");
    for more in [
        "ext.set 'v', '4.12'",
        "ext.putAll(w: '4.+')",
        "map[n] = '4.+'",
        "ext.libs[n] = '4.+'",
        "headers.put(n, '4.+')",
        "kotlin { jvmTarget.set(JvmTarget.JVM_17) }",
        "for (w in ['4.+']) { }",
        "def add(w) { }",
        "task copy(type: Copy) { }",
        "call(v = \"4.+\")",
        "assert v == '4.+'",
        "val v: String by project",
        "val v: String by rootProject.extra",
    ] {
        for name in ["build.gradle", "build.gradle.kts"] {
            assert_eq!(pins(&[(name, &with(more))]), PINNED, "{more}");
        }
    }
}

#[test]
fn what_is_called_by_another_name_is_called() {
    for text in [
        "this.'dependencies' { implementation 'g:a:1.+' }\n",
        "project.\"dependencies\" { implementation 'g:a:1.+' }\n",
        "project.getProperty('dependencies').add('api', 'g:a:1.+')\n",
    ] {
        let what = if text.contains("getProperty") { "calls by a name" } else { "adds dependencies" };
        is_unproven(text, what);
    }
    for text in [
        "invokeMethod('dependencies', { implementation 'g:a:1.+' })\n",
        "this.\"$name\" { implementation 'g:a:1.+' }\n",
        "\"$name\" { implementation 'g:a:1.+' }\n",
        "allprojects { p -> p.\"$name\" { implementation 'g:a:1.+' } }\n",
        "allprojects { p -> \"$name\" { implementation 'g:a:1.+' } }\n",
    ] {
        is_unproven(text, "calls by a name that is computed");
    }
    is_unproven("dependencies { if ('g:a:1') { implementation 'g:b:1.+' } }\n", "computes its dependencies");
    is_unproven("dependencies { f('g:a:1') { implementation 'g:b:1.+' } }\n", "computes its dependencies");
    for name in ["build.gradle", "build.gradle.kts"] {
        assert_eq!(pins(&[(name, "'dependencies' { implementation 'g:a:1.+' }\n")]), fails("g:a (1.+)"));
    }
    for text in [
        "configurations { \"${x}Api\" { } }\nsourceSets.\"$x\" { }\n",
        "allprojects { sourceSets.\"$x\" { } }\n",
        "pom.withXml { asNode().appendNode('dependencies') }\n",
        "println(('a'..'z').size())\n",
    ] {
        assert_eq!(pins(&[("build.gradle", text)]), "PASS — No dependencies to pin.", "{text}");
    }
}

#[test]
fn settings_may_replace_the_versions_of_plugins() {
    let build = ("build.gradle", "plugins {\n id 'com.x.y' version '1.0'\n}\n");
    let row = |what: &str, properties: &str| {
        let text = format!("pluginManagement {{ resolutionStrategy {{ eachPlugin {{ {what} }} }} }}\n");
        pins(&[build, ("settings.gradle", &text), ("gradle.properties", properties)])
    };
    for fixed in [
        "useVersion('1.2')",
        "useModule('g:a:1.2')",
        "useModule(\"g:a:${requested.version}\")",
        "useVersion(requested.version)",
        "if (requested.id.id == 'x') { useVersion v }",
    ] {
        assert_eq!(row(fixed, "v=1.2\n"), PINNED, "{fixed}");
    }
    let one = |name: &str| format!("FAIL — 1 of 2 dependencies are not pinned: {name} (1.+)");
    assert_eq!(row("useVersion('1.+')", ""), one("useVersion"));
    assert_eq!(row("target.useModule 'g:a:1.+'", ""), one("g:a"));
    assert_eq!(row("useVersion(v)", "v=1.+\n"), one("useVersion"));
    assert_eq!(
        row("useVersion(f())", ""),
        "UNPROVEN — settings.gradle:1 computes the versions of plugins; write each as a plain text"
    );
}

#[test]
fn what_is_said_of_all_projects_is_said_with_their_properties() {
    let row = |own: &str| {
        pins(&[
            ("settings.gradle", "include 'a'\n"),
            ("build.gradle", "subprojects {\n dependencies {\n implementation \"g:a:$v\"\n }\n}\n"),
            ("gradle.properties", "v=1.0\n"),
            ("a/build.gradle", ""),
            ("a/gradle.properties", own),
        ])
    };
    assert_eq!(row("w=1.+\n"), PINNED);
    assert_eq!(row("v=1.0\n"), PINNED);
    assert_eq!(row("v=1.2\n"), "PASS — All 2 dependencies are pinned.");
    assert_eq!(row("v=1.+\n"), "FAIL — 1 of 2 dependencies are not pinned: g:a (1.+)");
}

#[test]
fn what_changes_in_one_version_and_tools_in_none_are_no_pins() {
    let rule =
        |what: &str| kotlin(&format!("components {{ all {{ d -> d.{what} = true }} }}\nimplementation('g:a:1.2')"));
    is_unproven(&rule("changing"), "asks for a module that may change");
    assert_eq!(pins(&[("build.gradle", &rule("belongsTo"))]), PINNED);
    for what in ["toolVersion = '0.8.+'", "toolVersion '0.8.+'", "toolVersion = \"latest.release\""] {
        is_unproven(&format!("jacoco {{ {what} }}\n"), "takes a tool in a version that is not one only");
    }
    for what in ["toolVersion = '0.8.12'", "toolVersion = libs.versions.jacoco.get()"] {
        let told = pins(&[("build.gradle", &format!("jacoco {{ {what} }}\n"))]);
        assert_eq!(told, "PASS — No dependencies to pin.", "{what}");
    }
}
