//! flake.nix, and what flake.lock may say about it.

use crate::pins::{changed, fixture, project_of, row_in, row_of};

const NAME: &str = "nix/paths";
const NOT_ASKED: &str = ". Not asked: lib/flake.nix (`manifests:` in delivery-gate.yaml adds what is released).";

fn row(changes: &[(&str, &str, &str)]) -> String {
    changed(NAME, changes).replace(NOT_ASKED, "")
}

/// The fixture with another value at a pointer of its lock file; nothing takes the key away.
fn locked(pointer: &str, key: &str, value: Option<serde_json::Value>) -> String {
    let project = project_of(&[]);
    for (path, text) in fixture(NAME) {
        let text = if path == "flake.lock" {
            let mut lock: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let object = lock.pointer_mut(pointer).and_then(|value| value.as_object_mut()).expect(pointer);
            match &value {
                Some(value) => _ = object.insert(key.to_owned(), value.clone()),
                None => _ = object.remove(key).expect(key),
            }
            lock.to_string()
        } else {
            text
        };
        project.write(&path, &text);
    }
    row_in(project.track()).replace(NOT_ASKED, "")
}

#[test]
fn what_nix_wrote_is_pinned() {
    assert_eq!(row(&[]), "PASS  All 3 dependencies are pinned");
}

#[test]
fn each_hash_and_each_node_is_missed() {
    let fails = |why: &str| format!("FAIL  1 of 3 dependencies are not pinned: {why}");
    assert_eq!(locked("/nodes/top/locked", "narHash", None), fails("top (git:file:///srv/git/top)"));
    assert_eq!(locked("/nodes/top/locked", "rev", Some("main".into())), fails("top (git:file:///srv/git/top)"));
    assert_eq!(locked("/nodes/top", "locked", None), fails("top (git:file:///srv/git/top)"));
    assert_eq!(
        locked("/nodes/more/locked", "narHash", Some("sha1-x".into())),
        fails("more via top: flake.lock has no narHash for it")
    );
    assert_eq!(locked("/nodes", "more", None), fails("more via top: flake.lock does not have it"));
    assert_eq!(locked("/nodes/root/inputs", "top", None), fails("top"));
    let circle = serde_json::json!(["top", "src"]);
    assert_eq!(locked("/nodes/top/inputs", "src", Some(circle)), fails("src via top: flake.lock does not have it"));
    assert_eq!(locked("/nodes/lib/locked", "path", Some("/nix/store/x".into())), fails("lib (path:./lib)"));
    assert_eq!(locked("/nodes/lib/locked", "path", Some("../lib".into())), fails("lib (path:./lib)"));
}

#[test]
fn a_lock_file_that_cannot_be_read_is_unproven() {
    let text = "{ inputs.a.url = \"github:x/a\"; outputs = { self, a }: { }; }\n";
    for (lock, why) in [
        ("{\"nodes\": {}, \"root\": \"root\", \"version\": 7}", "its root is not among its nodes"),
        ("{\"nodes\": {\"root\": {}}, \"root\": \"root\", \"version\": 8}", "its version 8 is not known"),
        (
            "{\"nodes\": {\"root\": {}, \"root\": {}}, \"root\": \"root\", \"version\": 7}",
            "the key 'root' is there twice at line 1 column 34",
        ),
        ("{\"nodes\": [", "EOF while parsing a list at line 1 column 11"),
    ] {
        let row = row_of(&[("flake.nix", text), ("flake.lock", lock)]);
        assert_eq!(row, format!("UNPROVEN  a: flake.lock could not be read: {why}"), "{lock}");
    }
}

#[test]
fn without_a_lock_file_nothing_is_pinned() {
    let of = |text: &str| row_of(&[("flake.nix", text)]);
    assert_eq!(
        of("{ inputs.a.url = \"github:x/a\"; outputs = { self, a }: { }; }"),
        "FAIL  1 of 1 dependencies are not pinned: a"
    );
    assert_eq!(of("{ outputs = { self, nixpkgs }: { }; }"), "FAIL  1 of 1 dependencies are not pinned: nixpkgs");
    assert_eq!(of("{ outputs = { self }: { }; }"), "PASS  No dependencies to pin.");
    assert_eq!(
        of("{ inputs = import ./inputs.nix; outputs = { self, ... }: { }; }"),
        "UNPROVEN  flake.nix computes its inputs; there is no flake.lock; the lock file decides: `nix flake lock` writes flake.lock, and git must have it"
    );
}
