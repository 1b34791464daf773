//! What was judged and by which gate: the same facts in every format, and what is said how often.

use std::fs;

use serde_json::{Value, json};

use crate::common::{Gate, PYPROJECT, Project, RELEASE, result};
use crate::page::Element;

/// A release of a folder whose facts are all known.
fn packaged() -> Project {
    let project = Project::new();
    for (name, content) in [
        ("CHANGELOG.md", crate::common::CHANGELOG),
        ("pyproject.toml", PYPROJECT),
        ("release.yaml", RELEASE),
        ("delivery-gate.yaml", "project: Orders\n"),
    ] {
        project.write(&format!("packages/orders/{name}"), content);
    }
    project.commit().tag("v1.2.3");
    project.git(&["remote", "add", "origin", "https://user:secret@git.example.com:8443/acme/shop.git?token=x"]);
    project
}

fn check(project: &Project) -> Gate {
    project.gate(&["check", "--repo", "repo/packages/orders", "--ci-status", "success"])
}

fn in_format(gate: Gate, format: &str, code: i32) -> String {
    gate.args(&["--format", format]).run().report(code)
}

/// The text's block, without what stands around it.
fn block(text: &str) -> Option<&str> {
    Some(text.split_once("\nJudged:\n")?.1.split_once("\n\n")?.0)
}

#[test]
fn every_format_has_every_fact() {
    let project = packaged();
    let blob = project.git_output(&["rev-parse", "HEAD:packages/orders/delivery-gate.yaml"]).trim().to_owned();
    let (head, policy) = (project.head(), format!("packages/orders/delivery-gate.yaml (blob {blob})"));
    let facts = [
        ("project", "Orders"),
        ("folder", "packages/orders"),
        ("version", "1.2.3"),
        ("tag", "v1.2.3"),
        ("commit", &head),
        ("remote", "git.example.com:8443/acme/shop.git"),
        ("policy", &policy),
        ("claims", "4 by 2 persons"),
        ("tool", concat!("delivery-gate ", env!("CARGO_PKG_VERSION"))),
    ];
    let text = check(&project).run().report(0);
    let lines = facts.map(|(name, value)| format!("  - {name}: {value}")).join("\n");
    assert!(text.ends_with(&format!("\n\nJudged:\n{lines}\n\nDecision: GO\n")), "{text}");
    let sarif: Value = serde_json::from_str(&in_format(check(&project), "sarif", 0)).expect("JSON");
    let junit = in_format(check(&project), "junit", 0);
    let markdown = in_format(check(&project), "markdown", 0);
    let html = Element::page(&in_format(check(&project), "html", 0));
    let listed = html.named("dl")[0];
    let listed: Vec<_> = listed.named("div").iter().map(|fact| fact.text.clone()).collect();
    for (name, value) in facts {
        assert_eq!(sarif["runs"][0]["properties"][name], value);
        assert!(junit.contains(&format!("<property name=\"{name}\" value=\"{value}\"/>")), "{name}: {junit}");
        if name != "tool" {
            assert!(markdown.contains(&format!("{name} `{value}`")), "{name}: {markdown}");
        }
        if !["tool", "claims"].contains(&name) {
            assert!(listed.contains(&format!("{name}{value}")), "{name}: {listed:?}");
        }
    }
    assert!(html.of_class("claimed")[0].text.contains("by 2 persons, 4 of 4"), "{html:?}");
    let (_, report) = check(&project).json();
    let subject = &report["subject"];
    assert_eq!((&subject["project"], &subject["folder"]), (&json!("Orders"), &json!("packages/orders")));
    assert_eq!(subject["remote"], "git.example.com:8443/acme/shop.git");
    let path = "packages/orders/delivery-gate.yaml";
    assert_eq!(
        report["policy"],
        json!({"source": "release", "path": path, "revision": null, "blob": blob, "sha256": null})
    );
    assert_eq!((&report["thresholds"], &report["claims"]), (&json!([]), &json!({"made": 4, "persons": 2})));
    for written in [text, sarif.to_string(), junit, markdown, report.to_string()] {
        assert!(!written.contains("secret@") && !written.contains("token=x"), "{written}");
    }
}

#[test]
fn a_project_has_the_name_of_its_policy_else_of_a_manifest_else_of_its_remote() {
    let project = packaged();
    let name = || check(&project).json().1["subject"]["project"].clone();
    assert_eq!(name(), "Orders");
    project.remove("packages/orders/delivery-gate.yaml");
    assert_eq!(name(), "demo");
    project.remove("packages/orders/pyproject.toml");
    assert_eq!(name(), "shop");
    for (address, expected) in
        [("git@git.example.com:acme/cart", json!("cart")), ("https://git.example.com/", json!(null))]
    {
        project.git(&["remote", "set-url", "origin", address]);
        assert_eq!(name(), expected, "{address}");
    }
    let (_, report) = project.gate(&["prri", "10", "--repo", "repo", "--project-id", "orders"]).json();
    assert_eq!((&report["subject"]["project"], &report["policy"]), (&json!("orders"), &json!(null)));
}

#[test]
fn the_blob_is_that_of_what_was_read() {
    let project = packaged();
    let blob = |gate: Gate| gate.json().1["policy"]["blob"].clone();
    let committed = blob(check(&project));
    project.append("packages/orders/delivery-gate.yaml", "tag_annotated: true\n");
    let changed = project.git_output(&["hash-object", "packages/orders/delivery-gate.yaml"]);
    assert_eq!(blob(check(&project)), changed.trim());
    assert_eq!(blob(check(&project).args(&["--rev", "v1.2.3"])), committed);
    project
        .git(&["config", "core.autocrlf", "true"])
        .write("packages/orders/delivery-gate.yaml", "project: Orders\r\n");
    assert_eq!(blob(check(&project)), committed, "as git calls it");
    fs::remove_dir_all(project.root().join(".git")).expect("no repository");
    assert_eq!(blob(check(&project)), json!(null));
}

#[test]
fn what_is_not_the_default_is_told_on_a_no_go_too() {
    let project = Project::released();
    let held = |arguments: &[&str]| project.check().args(arguments).run().report(1);
    assert_eq!(block(&held(&[])), None);
    assert!(block(&held(&["-v"])).is_some_and(|block| block.contains("- policy: defaults\n")));
    assert!(block(&held(&["--rev", "HEAD"])).is_some_and(|block| block.contains("\n  - revision: HEAD\n")));
    fs::write(project.path("other.yaml"), "\u{feff}tag_annotated: true\n").expect("a file");
    let digest = "ec5fc477348bb9fd628bcbc9ca1a95f2e919a13b38cb87e40bb725ef885f43d9";
    let policy = format!("\n  - policy: other.yaml (--config, SHA-256 {digest})\n");
    let text = held(&["--config", "other.yaml"]);
    assert!(block(&text).is_some_and(|block| block.contains(&policy)), "{text}");
    let (_, report) = project.check().args(&["--config", "other.yaml"]).json();
    assert_eq!(
        report["policy"],
        json!({"source": "config", "path": "other.yaml", "revision": null, "blob": null, "sha256": digest})
    );
}

#[test]
fn thresholds_of_the_environment_are_told_wherever_they_judged() {
    let project = Project::new();
    project.write("gates.yaml", "gates:\n  - {id: a, type: secrets_scan}\n").write("a.txt", "nothing\n");
    let (confidence, red) = ("DELIVERY_GATE_SECRETS_CONFIDENCE_THRESHOLD", "DELIVERY_GATE_PRRI_RED_THRESHOLD");
    for (arguments, variable, named) in [
        (&["run", "gates.yaml", "--repo", "repo"][..], confidence, true),
        (&["scan", "repo"], confidence, true),
        (&["scan", "repo", "--confidence", "0.9"], confidence, false),
        (&["prri", "0.5", "--repo", "repo"], red, true),
        (&["prri", "0.5", "--repo", "repo"], confidence, false),
    ] {
        let gate = || project.gate(arguments).env(variable, "99e-2");
        let (expected, told) = (format!("{variable}=99e-2"), if named { 1 } else { 0 });
        assert_eq!(gate().json().1["thresholds"], json!(vec![expected.clone(); told]), "{arguments:?}");
        let junit = in_format(gate(), "junit", 0);
        assert_eq!(junit.matches(&format!("<property name=\"thresholds\" value=\"{expected}\"/>")).count(), told);
        let text = gate().run().report(0);
        if arguments[0] == "scan" {
            assert_eq!(text.contains(&format!("\nthreshold: {expected}\nDecision: GO\n")), named, "{text}");
        } else {
            assert_eq!(block(&text).is_some_and(|block| block.contains(&expected)), named, "{text}");
        }
    }
}

#[test]
fn claims_that_are_all_by_one_person_are_told_in_every_format() {
    let project = Project::drafted();
    let names = ["Jane Smith", "jane smith.", "Ｊａｎｅ Smith", "JANE  SMITH"];
    let ids = ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"];
    let claims = |count: usize| {
        let claims = ids.iter().zip(names).take(count);
        let claims: String = claims.map(|(id, by)| format!("  {id}: {{answer: true, by: \"{by}\"}}\n")).collect();
        project.write("release.yaml", &format!("version: \"1.2.3\"\nattestations:\n{claims}"));
    };
    claims(4);
    project.commit().tag("v1.2.3");
    for (gate, code) in [(Project::check_after_ci as fn(&Project) -> Gate, 0), (Project::check, 1)] {
        let text = gate(&project).run().report(code);
        assert!(block(&text).is_some_and(|block| block.contains("  - claims: all 4 by one person\n")), "{text}");
        assert!(in_format(gate(&project), "markdown", code).contains("claims `all 4 by one person`"));
        assert!(in_format(gate(&project), "html", code).contains("by one person, 4 of 4"));
        assert!(in_format(gate(&project), "junit", code).contains("name=\"claims\" value=\"all 4 by one person\""));
        assert!(in_format(gate(&project), "sarif", code).contains("\"claims\": \"all 4 by one person\""));
        assert!(in_format(gate(&project), "github", code).contains("::Claims: all 4 by one person\n"));
        assert_eq!(gate(&project).json().1["claims"], json!({"made": 4, "persons": 1}));
    }
    claims(1);
    assert!(in_format(project.check(), "markdown", 1).contains("claims `1 by one person`"));
    assert_eq!(block(&project.check().run().report(1)), None, "one claim can be by one person only");
    project.write("release.yaml", "version: \"1.2.3\"\n");
    assert_eq!(project.check().json().1["claims"], json!(null));
    assert!(in_format(project.check(), "html", 1).contains("by people, 0 of 4"));
}

#[test]
fn warnings_stand_before_a_no_go_too() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "not_applicable: unless_failed\nrequired: [ci_status]\n");
    project.append("release.yaml", "not_applicable: {ci_status: \"There is no CI.\"}\n").commit().tag("v1.2.3");
    let text = project.check().run().report(1);
    let warning = "\nWarnings:\n  - Tests passed in CI: declared not applicable, but the policy requires this check\n\n\
                   Hold reasons (NO-GO):\n";
    assert!(text.contains(warning), "{text}");
}

/// A release that a person excuses from pinning, and whose policy does not take that.
fn unpinned() -> Project {
    let project = Project::drafted();
    let names = (0..12).map(|n| format!("  \"package-{n}>=1\",\n"));
    let dependencies: String = names.collect();
    project.write("pyproject.toml", &format!("[project]\nname = \"demo\"\ndependencies = [\n{dependencies}]\n"));
    project.write("delivery-gate.yaml", "not_applicable: unless_failed\n");
    project.append("release.yaml", "not_applicable: {deps_pinned: \"A library.\"}\n").commit().tag("v1.2.3");
    project
}

#[test]
fn nothing_is_said_three_times() {
    let project = unpinned();
    let said = |format: &str| in_format(project.check_after_ci(), format, 1).matches("package-3 ").count();
    for (format, times) in
        [("text", 2), ("markdown", 2), ("html", 2), ("junit", 2), ("github", 1), ("gitlab", 1), ("sarif", 2)]
    {
        assert_eq!(said(format), times, "{format}");
    }
    let (_, report) = project.check_after_ci().json();
    assert!(result(&report, "deps_pinned")["detail"].as_str().is_some_and(|detail| detail.contains("package-3 ")));
    assert_eq!(report["warnings"].to_string().matches("package-3 ").count(), 0, "{report}");
}
