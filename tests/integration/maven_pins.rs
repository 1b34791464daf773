//! pom.xml: parents, properties, modules, and what manages versions.

use crate::pins::{project_of, row};

/// A POM with `body` behind its coordinates.
fn pom(body: &str) -> String {
    let coordinates = "<groupId>org.example</groupId>\n<artifactId>demo</artifactId>\n<version>1.2.3</version>\n";
    format!("<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n{coordinates}{body}\n</project>\n")
}

fn dependency(artifact: &str, version: &str) -> String {
    let version = if version.is_empty() { String::new() } else { format!("<version>{version}</version>") };
    format!("<dependency><groupId>g</groupId><artifactId>{artifact}</artifactId>{version}</dependency>")
}

fn dependencies(artifact: &str, version: &str) -> String {
    format!("<dependencies>{}</dependencies>", dependency(artifact, version))
}

fn managed(inner: &str) -> String {
    format!("<dependencyManagement><dependencies>{inner}</dependencies></dependencyManagement>")
}

fn bom(version: &str) -> String {
    dependency("bom", version).replace("</dependency>", "<type>pom</type><scope>import</scope></dependency>")
}

fn parent(version: &str) -> String {
    format!("<parent><groupId>g</groupId><artifactId>top</artifactId><version>{version}</version></parent>")
}

fn pins(body: &str) -> String {
    row(&[("pom.xml", &pom(body))], "Dependencies")
}

const PINNED: &str = "PASS — All 1 dependencies are pinned.";

fn fails(why: &str) -> String {
    format!("FAIL — 1 of 1 dependencies are not pinned: {why}")
}

#[test]
fn a_version_is_one_version_or_not_pinned() {
    assert_eq!(pins(""), "PASS — No dependencies to pin.");
    for fixed in ["1.2", "31.1-jre", "[1.0]", "1.0-20260102.030405-7"] {
        assert_eq!(pins(&dependencies("a", fixed)), PINNED, "{fixed}");
    }
    for open in ["[1,2)", "(,1.0]", "LATEST", "RELEASE", "2.0-SNAPSHOT"] {
        assert_eq!(pins(&dependencies("a", open)), fails(&format!("g:a ({open})")), "{open}");
    }
    assert_eq!(pins(&dependencies("a", "")), fails("g:a"));
}

#[test]
fn properties_are_resolved_within_the_release() {
    let with = |properties: &str| format!("<properties>{properties}</properties>{}", dependencies("a", "${v}"));
    assert_eq!(pins(&with("<v>1.2</v>")), PINNED);
    assert_eq!(pins(&with("<v>${w}</v><w>1.2</w>")), PINNED);
    assert_eq!(pins(&with("<v>[1,2)</v>")), fails("g:a (${v})"));
    let unknown = "UNPROVEN — g:a: nothing in the release defines the property v; define it in pom.xml";
    assert_eq!(pins(&with("")), unknown);
    let circle = "UNPROVEN — g:a: the property v leads to itself, or to more values than are told apart; give it one plain value in \
                  pom.xml";
    assert_eq!(pins(&with("<v>${v}</v>")), circle);
    // A profile may give it another value.
    let profile = "<profiles><profile><properties><v>LATEST</v></properties></profile></profiles>";
    assert_eq!(pins(&(with("<v>1.2</v>") + profile)), fails("g:a (${v})"));
    let text = pom(&with(""));
    let given = row(&[("pom.xml", &text), (".mvn/maven.config", "-T1C\n-Dv=1.2\n")], "Dependencies");
    assert_eq!(given, PINNED);
    // What would grow without end is told, not computed.
    let bomb: String = (0..40).map(|at| format!("<v{at}>{}</v{at}>", format!("${{v{}}}", at + 1).repeat(10))).collect();
    let row = pins(&format!("<properties>{bomb}</properties>{}", dependencies("a", "${v0}")));
    assert!(row.starts_with("UNPROVEN — g:a: the property v"), "{row}");
    assert!(row.contains(" leads to itself, or to more values than are told apart; give it one plain value"), "{row}");
    // What stands behind `project.` is the project's own, whatever a property of that name says.
    let named = |name: &str, value: &str| {
        let dependency = dependencies("a", &format!("${{{name}}}"));
        pins(&format!("<properties><{name}>{value}</{name}></properties>{dependency}"))
    };
    assert_eq!([named("project.version", "[1,2)"), named("pom.version", "[1,2)")], [PINNED, PINNED]);
    assert_eq!(named("version", "[1,2)"), fails("g:a (${version})"));
    assert_eq!(named("project.other", "[1,2)"), fails("g:a (${project.other})"));
    let snapshot = pom(&format!(
        "<properties><project.version>1</project.version></properties>{}",
        dependencies("a", "${project.version}")
    ));
    let snapshot = snapshot.replacen("1.2.3", "1.2.3-SNAPSHOT", 1);
    assert_eq!(self::row(&[("pom.xml", &snapshot)], "Dependencies"), fails("g:a (${project.version})"));
}

#[test]
fn a_version_may_be_managed() {
    let a = dependencies("a", "");
    assert_eq!(pins(&(managed(&dependency("a", "1.2")) + &a)), "PASS — All 2 dependencies are pinned.");
    assert_eq!(
        pins(&(managed(&dependency("a", "[1,2)")) + &a)),
        "FAIL — 2 of 2 dependencies are not pinned: g:a, g:a ([1,2))"
    );
    assert_eq!(pins(&(managed(&bom("1.2")) + &a)), "PASS — All 2 dependencies are pinned.");
    assert_eq!(
        pins(&(managed(&bom("1.2-SNAPSHOT")) + &a)),
        "FAIL — 2 of 2 dependencies are not pinned: g:a, g:bom (1.2-SNAPSHOT)"
    );
    assert_eq!(pins(&(parent("3.4.0") + &a)), "PASS — All 2 dependencies are pinned.");
    assert_eq!(
        pins(&(parent("3.4.0-SNAPSHOT") + &a)),
        "FAIL — 2 of 2 dependencies are not pinned: g:top (3.4.0-SNAPSHOT), g:a"
    );
    // It may be a property of the parent's.
    assert_eq!(
        pins(&(parent("3.4.0") + &dependencies("a", "${v}"))),
        "UNPROVEN — g:a: nothing in the release defines the property v, it may come from the parent g:top; define it in pom.xml"
    );
}

#[test]
fn plugins_count_too() {
    let plugin = |version: &str| {
        format!("<build><plugins><plugin><artifactId>p</artifactId>{version}</plugin></plugins></build>")
    };
    assert_eq!(pins(&plugin("<version>1.2</version>")), PINNED);
    assert_eq!(pins(&plugin("")), fails("org.apache.maven.plugins:p"));
    assert_eq!(pins(&(parent("3.4.0") + &plugin(""))), "PASS — All 2 dependencies are pinned.");
    let extension = "<extensions><extension><groupId>g</groupId><artifactId>e</artifactId><version>[1,2)</version></extension></extensions>";
    let row = row(&[("pom.xml", &pom("")), (".mvn/extensions.xml", extension)], "Dependencies");
    assert_eq!(row, fails("g:e ([1,2))"));
}

#[test]
fn a_plugin_without_a_version_takes_that_of_the_same_plugin() {
    let build = |group: &str, more: &str| {
        format!("<build><plugins><plugin>{group}<artifactId>p</artifactId>{more}</plugin></plugins></build>")
    };
    let profile = format!("<profiles><profile><id>x</id>{}</profile></profiles>", build("", ""));
    let usual = "<groupId>org.apache.maven.plugins</groupId>";
    let both = "PASS — All 2 dependencies are pinned.";
    assert_eq!(pins(&(build(usual, "<version>1.2</version>") + &profile)), both);
    assert_eq!(
        pins(&(build("<groupId>g</groupId>", "<version>1.2</version>") + &profile)),
        "FAIL — 1 of 2 dependencies are not pinned: org.apache.maven.plugins:p"
    );
    let module = format!(
        "<project><parent><groupId>org.example</groupId><artifactId>demo</artifactId><version>1.2.3</version></parent>\
         <artifactId>core</artifactId>{}</project>",
        build("", "")
    );
    let inherited = |more: &str| {
        let top = format!("<packaging>pom</packaging><modules><module>core</module></modules>{}", build("", more));
        row(&[("pom.xml", &pom(&top)), ("core/pom.xml", &module)], "Dependencies")
    };
    assert_eq!(inherited("<version>1.2</version>"), both);
    assert_eq!(
        inherited("<version>1.2</version><inherited>false</inherited>"),
        "FAIL — 1 of 2 dependencies are not pinned: org.apache.maven.plugins:p"
    );
}

#[test]
fn parents_and_modules_of_the_release_are_read() {
    let top = pom(&format!(
        "<packaging>pom</packaging><modules><module>core</module><module>web</module></modules>\
         <properties><v>1.2</v></properties>{}",
        managed(&dependency("a", "${v}"))
    ));
    let module = |name: &str, body: &str| {
        format!(
            "<project><parent><groupId>org.example</groupId><artifactId>demo</artifactId><version>1.2.3</version></parent>\
             <artifactId>{name}</artifactId>{body}</project>"
        )
    };
    let core = module("core", &dependencies("a", ""));
    let own = "<dependencies><dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId>\
               <version>${project.version}</version></dependency></dependencies>";
    let web = module("web", own);
    let files = [("pom.xml", top.as_str()), ("core/pom.xml", &core), ("web/pom.xml", &web)];
    assert_eq!(row(&files, "Dependencies"), "PASS — All 3 dependencies are pinned.");
    assert_eq!(row(&files[..2], "Dependencies"), "UNPROVEN — there is no web/pom.xml");
    // The modules have no other parent than that of the release.
    let other = core.replace("<version>1.2.3</version>", "<version>${w}</version>");
    let project = project_of(&[("pom.xml", &top), ("core/pom.xml", &other), ("web/pom.xml", &web)]);
    let run = project.check_after_ci().run();
    assert!(run.row("Dependencies").contains("PASS"), "{}", run.row("Dependencies"));
}

#[test]
fn the_version_is_the_projects_own_or_its_parents() {
    let version = |text: &str| row(&[("pom.xml", text)], "Version is");
    assert_eq!(version(&pom("")), "PASS — 1.2.3 in release.yaml and pom.xml.");
    let old = pom("").replace("1.2.3", "1.2.2");
    assert_eq!(version(&old), "FAIL — release.yaml says 1.2.3, pom.xml says 1.2.2.");
    let revision = pom("<properties><revision>1.2.3</revision></properties>").replacen("1.2.3", "${revision}", 1);
    assert_eq!(version(&revision), "PASS — 1.2.3 in release.yaml and pom.xml.");
    let inherited = format!("<project>{}<artifactId>demo</artifactId></project>", parent("1.2.3"));
    assert_eq!(version(&inherited), "PASS — 1.2.3 in release.yaml and pom.xml.");
    let unknown = pom("").replacen("1.2.3", "${revision}", 1);
    let run = project_of(&[("pom.xml", &unknown)]).check_after_ci().args(&["--json"]).run();
    let warning = "version not compared: pom.xml: nothing in the release defines the property revision";
    assert!(run.stdout.contains(warning), "{}", run.stdout);
}

#[test]
fn what_is_no_pom_is_told_with_its_place() {
    for (text, told) in [
        ("<project>\n<version>1</versoin>\n</project>", "pom.xml:2:11"),
        ("<settings/>", "pom.xml:1:1"),
        ("<project>\n<version>1</version>\n<version>2</version>\n</project>", "pom.xml:3:1"),
        ("<project>", "pom.xml:1:10"),
    ] {
        let told_here = project_of(&[("pom.xml", text)]).check_after_ci().run().refusal();
        assert!(told_here.contains(told), "{text}: {told_here}");
    }
}

#[test]
fn lists_of_versions_that_import_one_another_give_no_version() {
    let import = |name: &str| bom("1.2.3").replace("<groupId>g<", "<groupId>org.example<").replace("bom", name);
    let own = |name: &str, body: &str| pom(body).replace("demo", name);
    let asks = managed(&import("demo")) + &dependencies("a", "");
    assert_eq!(pins(&asks), "FAIL — 1 of 2 dependencies are not pinned: g:a");
    // Each imports the next many times over: whoever asked them all again would never end.
    let many = |next: &str| managed(&import(next).repeat(30));
    let names = ["demo", "b", "c", "d", "e", "f", "h"];
    let modules: String = names[1..].iter().map(|name| format!("<module>{name}</module>")).collect();
    let mut files = vec![(
        "pom.xml".to_owned(),
        pom(&format!("<modules>{modules}</modules>{}{}", many("b"), dependencies("a", ""))),
    )];
    for pair in names.windows(2).skip(1) {
        files.push((format!("{}/pom.xml", pair[0]), own(pair[0], &many(pair[1]))));
    }
    files.push(("h/pom.xml".to_owned(), own("h", "")));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(row(&files, "Dependencies"), "FAIL — 1 of 7 dependencies are not pinned: g:a");
}

#[test]
fn the_name_in_a_tag_is_the_artifacts() {
    let project = crate::common::Project::drafted();
    let pom = "<project><groupId>g</groupId><artifactId>top</artifactId><version>1.2.3</version></project>";
    project.remove("pyproject.toml").write("pom.xml", pom).write("delivery-gate.yaml", "tag: \"{name}-{version}\"\n");
    let run = project.commit().tag("top-1.2.3").check_after_ci().run();
    let row = run.row("elease");
    assert!(run.code == Some(0) && run.stdout.contains("top-1.2.3"), "{row}: {run:?}");
    assert!(!run.stdout.contains("g:top-1.2.3"), "{run:?}");
}

/// Maven takes it; nothing is read from elsewhere here, and so nobody can tell.
#[test]
fn a_document_type_is_open_and_holds_its_row_alone() {
    let text = pom(&dependencies("a", "1.2")).replace("<project", "<!DOCTYPE project [<!ENTITY v \"1.2\">]>\n<project");
    let told =
        "UNPROVEN — pom.xml:1:1: it has a document type (remove the <!DOCTYPE …>: nothing is read from elsewhere)";
    assert_eq!(row(&[("pom.xml", &text)], "Dependencies"), told);
    let module = ("a/pom.xml", text.as_str());
    let parent = pom("<packaging>pom</packaging><modules><module>a</module></modules>");
    let told = row(&[("pom.xml", &parent), module], "Dependencies");
    assert!(told.starts_with("UNPROVEN — a/pom.xml:1:1: it has a document type"), "{told}");
}

/// A module of `demo` in the same release, with `body` behind its coordinates.
fn module(version: &str, body: &str) -> String {
    format!(
        "<project><parent><groupId>org.example</groupId><artifactId>demo</artifactId><version>{version}</version></parent>\
         <artifactId>core</artifactId>{body}</project>"
    )
}

#[test]
fn what_a_module_inherits_has_the_modules_properties() {
    let told = |inherited: &str, body: &str| {
        let top = format!(
            "<packaging>pom</packaging><modules><module>core</module></modules><properties><v>${{w}}</v><w>4.12</w></properties>{inherited}"
        );
        row(&[("pom.xml", &pom(&top)), ("core/pom.xml", &module("1.2.3", body))], "Dependencies")
    };
    let properties = |inner: &str| format!("<properties>{inner}</properties>");
    let plugin = |more: &str| {
        format!(
            "<build><plugins><plugin><groupId>g</groupId><artifactId>a</artifactId>{more}</plugin></plugins></build>"
        )
    };
    let managed_plugin = plugin("<version>${v}</version>")
        .replace("<plugins>", "<pluginManagement><plugins>")
        .replace("</plugins>", "</plugins></pluginManagement>");
    for inherited in [
        dependencies("a", "${v}"),
        managed(&dependency("a", "${v}")),
        managed(
            &dependency("a", "${v}").replace("</dependency>", "<type>pom</type><scope>import</scope></dependency>"),
        ),
        plugin("<version>${v}</version>"),
        managed_plugin,
    ] {
        assert_eq!(told(&inherited, ""), PINNED, "{inherited}");
        assert_eq!(told(&inherited, &properties("<v>4.13</v><x>[4.0,)</x>")), PINNED, "{inherited}");
        for name in ["v", "w"] {
            let row = told(&inherited, &properties(&format!("<{name}>[4.0,)</{name}>")));
            assert_eq!(row, "FAIL — 1 of 2 dependencies are not pinned: g:a ([4.0,))", "{inherited}");
        }
        let profile = "<profiles><profile><properties><v>LATEST</v></properties></profile></profiles>";
        let row = told(&inherited, profile);
        assert_eq!(row, "FAIL — 1 of 2 dependencies are not pinned: g:a (LATEST)", "{inherited}");
        let row = told(&inherited, &properties("<v>${nowhere}</v>"));
        assert!(row.starts_with("UNPROVEN — g:a: nothing in the release defines the property nowhere"), "{row}");
    }
    let alone = plugin("<version>${v}</version><inherited>false</inherited>");
    assert_eq!(told(&alone, &properties("<v>[4.0,)</v>")), PINNED);
    let own = dependencies("a", "${project.version}");
    assert_eq!(told(&own, "<version>2.0</version>"), PINNED);
    let row = told(&own, "<version>2.0-SNAPSHOT</version>");
    assert_eq!(row, "FAIL — 1 of 2 dependencies are not pinned: g:a (2.0-SNAPSHOT)");
}

#[test]
fn a_parent_in_another_version_is_not_that_of_the_release() {
    let top = pom(&format!("<packaging>pom</packaging>{}", managed(&dependency("a", "1.2"))));
    let told = |top: &str, version: &str, body: &str| {
        let module = module(version, body)
            .replace("</parent>", "<relativePath>top/pom.xml</relativePath></parent><version>1.2.3</version>");
        let row = row(&[("pom.xml", &module), ("top/pom.xml", top)], "Dependencies");
        // What was not asked is told behind it.
        let own = row.split(" Not asked: ").next().unwrap_or_default();
        own.strip_suffix('.').filter(|_| own.starts_with("FAIL")).unwrap_or(own).to_owned()
    };
    let parent_fails = |version: &str| format!("org.example:demo ({version})");
    assert_eq!(told(&top, "1.2.3", ""), PINNED);
    assert_eq!(told(&top, "[1.2.3]", ""), PINNED);
    assert_eq!(told(&top, "1.2.2", ""), PINNED);
    assert_eq!(told(&top, "1.0.0-SNAPSHOT", ""), fails(&parent_fails("1.0.0-SNAPSHOT")));
    assert_eq!(told(&top, "LATEST", ""), fails(&parent_fails("LATEST")));
    // A range may find that of the release, which is read, or another one.
    let range = told(&top, "[1.0,2.0)", "");
    assert_eq!(range, "FAIL — 1 of 2 dependencies are not pinned: org.example:demo ([1.0,2.0))");
    // A property of the one in the release is not that of the other.
    let properties = pom("<packaging>pom</packaging><properties><v>1.2</v></properties>");
    assert_eq!(told(&properties, "1.2.3", &dependencies("a", "${v}")), PINNED);
    let other = told(&properties, "1.2.2", &dependencies("a", "${v}"));
    assert!(
        other.starts_with("UNPROVEN — g:a: nothing in the release defines the property v, it may come from"),
        "{other}"
    );
    // The version may be a property on either side, or on both.
    let revision = properties.replacen("1.2.3", "${revision}", 1);
    let revision = revision.replace("<properties>", "<properties><revision>1.2.3-SNAPSHOT</revision>");
    for version in ["${revision}", "1.2.3-SNAPSHOT"] {
        assert_eq!(told(&revision, version, &dependencies("a", "${v}")), PINNED, "{version}");
    }
    assert_eq!(told(&revision, "1.2.2-SNAPSHOT", ""), fails(&parent_fails("1.2.2-SNAPSHOT")));
}

#[test]
fn what_the_compiler_runs_counts() {
    let path = |version: &str| {
        format!(
            "<configuration><annotationProcessorPaths><path><groupId>g</groupId><artifactId>a</artifactId>{version}</path>\
             </annotationProcessorPaths></configuration>"
        )
    };
    let plugin = |more: &str| {
        format!(
            "<build><plugins><plugin><artifactId>p</artifactId><version>1</version>{more}</plugin></plugins></build>"
        )
    };
    let execution = |inner: &str| format!("<executions><execution>{inner}</execution></executions>");
    for where_it_is in
        [|inner: String| inner, |inner: String| format!("<executions><execution>{inner}</execution></executions>")]
    {
        let fixed = pins(&plugin(&where_it_is(path("<version>1.2</version>"))));
        assert_eq!(fixed, "PASS — All 2 dependencies are pinned.");
        let open = pins(&plugin(&where_it_is(path("<version>[1,2)</version>"))));
        assert_eq!(open, "FAIL — 1 of 2 dependencies are not pinned: g:a ([1,2))");
    }
    let managed_one = managed(&dependency("a", "1.2")) + &plugin(&execution(&path("")));
    assert_eq!(pins(&managed_one), "PASS — All 3 dependencies are pinned.");
}
