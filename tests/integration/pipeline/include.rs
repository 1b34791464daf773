//! Gate files that include others.

use super::{run, statuses, with_gates};
use crate::common::Project;

fn command(id: &str) -> String {
    format!("  - {{id: {id}, type: command, command: echo {id}}}\n")
}

fn refused(project: &Project) -> String {
    run(project, &[]).run().refusal()
}

#[test]
fn gates_stand_where_their_file_is_included() {
    let project = with_gates(&format!("gates:\n{}  - include: shared/a.yaml\n{}", command("first"), command("last")));
    project
        .write(
            "shared/a.yaml",
            &format!("gates:\n{}  - include: deep/b.yaml\n  - include: ../top.yaml\n", command("a")),
        )
        .write("shared/deep/b.yaml", &format!("gates:\n{}", command("b")))
        .write("top.yaml", &format!("gates:\n{}", command("top")));
    let (run, report) = run(&project, &[]).json();
    assert_eq!(run.code, Some(0));
    let expected = ["first", "a", "b", "top", "last"].map(|id| (id, "PASS"));
    assert_eq!(statuses(&report), expected);
    let sources: Vec<_> =
        report["results"].as_array().expect("results").iter().map(|row| row["source"].clone()).collect();
    assert_eq!(sources, ["gates.yaml:2", "shared/a.yaml:2", "shared/deep/b.yaml:2", "top.yaml:2", "gates.yaml:4"]);
}

#[test]
fn the_parts_of_a_repository_share_a_file_above_them() {
    let project = with_gates("gates: []\n");
    project
        .write("shared.yaml", &format!("gates:\n{}", command("shared")))
        .write("services/api/gates.yaml", "gates:\n  - include: ../../shared.yaml\n");
    let mut gate = project.gate(&["run", "gates.yaml"]);
    gate.command.current_dir(project.root().join("services/api"));
    let (run, report) = gate.json();
    assert_eq!((run.code, statuses(&report)), (Some(0), vec![("shared", "PASS")]));
}

#[test]
fn what_is_wrong_with_an_include_has_its_place() {
    let project = with_gates("gates:\n  - include: a.yaml\n");
    project
        .write("a.yaml", "gates:\n  - include: b/c.yaml\n")
        .write("b/c.yaml", "gates:\n  - include: ../gates.yaml\n");
    let said = refused(&project);
    assert!(said.contains("--> b/c.yaml:2:14") && said.contains("- include: ../gates.yaml"), "{said}");
    assert!(said.contains("in a circle: gates.yaml -> a.yaml -> b/c.yaml -> gates.yaml"), "{said}");
    for (line, expected) in [
        ("include: none.yaml", "there is no file `none.yaml`"),
        ("include: ../outside.yaml", "`../outside.yaml` leads out of the repository"),
        ("include: /etc/passwd", "`/etc/passwd` leads out of the repository"),
        ("include: link.yaml", "it is a symbolic link that leaves the repository"),
        ("include: b", "it is not a regular file"),
        ("include: [a.yaml]", "include must be a text"),
        ("include: a.yaml\n    id: x", "unknown key `id` in an include"),
        ("include: twice.yaml", "the id `OWN` is taken: the gate in gates.yaml:2 has it"),
        ("include: broken.yaml", "unknown key `comand`"),
        ("include: empty.yaml", "there are no gates"),
    ] {
        project.write("gates.yaml", &format!("gates:\n{}  - {line}\n", command("own")));
        project.write("twice.yaml", &format!("gates:\n{}", command("OWN")));
        project
            .write("broken.yaml", "gates:\n  - {id: x, type: command, comand: x}\n")
            .write("empty.yaml", "gates: []\n");
        std::fs::write(project.path("outside.yaml"), "gates: []\n").expect("a file");
        #[cfg(unix)]
        let _ = std::os::unix::fs::symlink("/etc/hostname", project.root().join("link.yaml"));
        let said = refused(&project);
        assert!(said.contains(expected) && said.contains(".yaml:"), "{line}: {said}");
    }
    assert!(!project.root().join(".delivery-gate").exists(), "nothing ran");
}

#[test]
fn a_policy_includes_nothing() {
    let project = Project::drafted();
    project
        .write("delivery-gate.yaml", "gates:\n  - include: a.yaml\n")
        .write("a.yaml", &format!("gates:\n{}", command("a")))
        .commit();
    let said = project.check_after_ci().run().refusal();
    assert!(
        said.contains("gates of a policy stand in the policy itself") && said.contains("delivery-gate.yaml:2:"),
        "{said}"
    );
}
