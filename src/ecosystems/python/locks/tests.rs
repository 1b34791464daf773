use super::formats::{pdm, poetry, pylock, uv};
use super::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn content(entries: Result<Vec<Locked>, String>) -> Content {
    entries.expect("a lock").remove(0).content
}

#[test]
fn what_fixes_a_package() {
    let sha = format!("sha256:{}", "a".repeat(64));
    let package = |rest: &str| format!("[[package]]\nname = \"a\"\nversion = \"1\"\n{rest}\n");
    let uv = |rest: &str| content(uv(&format!("version = 1\n{}", package(rest))));
    let poetry = |rest: &str| content(poetry(&format!("metadata.lock-version = \"1.1\"\n{}", package(rest))));
    let pdm = |rest: &str| content(pdm(&format!("metadata.lock_version = \"4.4\"\n{}", package(rest))));
    let pylock = |rest: &str| content(pylock(&format!("lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\n{rest}\n")));
    let commit = || Content::Commit(COMMIT.to_owned());
    let cases = [
        (uv(&format!("source = {{git = \"https://h/r?rev=main#{COMMIT}\"}}")), commit()),
        (uv("source = {git = \"https://h/r?rev=main\"}"), Content::Open),
        (uv("source = {virtual = \"x\"}"), Content::Local("x".to_owned())),
        (uv("source = {registry = \"https://h\"}"), Content::Open),
        (
            uv(&format!("source = {{registry = \"h\"}}\nwheels = [{{hash = \"{sha}\"}}, {{url = \"x\"}}]")),
            Content::Open,
        ),
        (poetry(&format!("source = {{type = \"git\", resolved_reference = \"{COMMIT}\"}}")), commit()),
        (poetry("source = {type = \"directory\", url = \"x\"}"), Content::Local("x".to_owned())),
        (poetry(&format!("[metadata.files]\na = [{{file = \"x\", hash = \"{sha}\"}}]")), Content::Hashed),
        (poetry("files = []"), Content::Open),
        (pdm(&format!("git = \"https://h\"\nrevision = \"{COMMIT}\"")), commit()),
        (pdm("path = \"./x\""), Content::Local("./x".to_owned())),
        (pdm(&format!("[metadata.files]\n\"a 1\" = [{{file = \"x\", hash = \"{sha}\"}}]")), Content::Hashed),
        (pylock(&format!("vcs = {{type = \"git\", commit-id = \"{COMMIT}\"}}")), commit()),
        (pylock("directory = {path = \"x\"}"), Content::Local("x".to_owned())),
        (pylock("archive = {url = \"x\", hashes = {md5 = \"00\"}}"), Content::Open),
    ];
    for (index, (found, expected)) in cases.into_iter().enumerate() {
        assert_eq!(found, expected, "case {index}");
    }
}

#[test]
fn a_lock_that_is_not_understood_is_refused() {
    let cases = [
        uv(""),
        uv("version = 2"),
        uv("version = 1\npackage = [1]"),
        poetry("[metadata]\nlock-version = \"3.0\""),
        poetry(""),
        pdm("[metadata]\nlock_version = \"5.0\""),
        pylock("lock-version = \"1.0\""),
        pylock("packages = []"),
    ];
    for (index, lock) in cases.into_iter().enumerate() {
        assert!(lock.is_err(), "case {index}: {lock:?}");
    }
}

#[test]
fn uv_states_the_version_of_the_project_itself() {
    let folder = tempfile::tempdir().unwrap();
    let lock = "version = 1\n\n[[package]]\nname = \"demo\"\nversion = \"1.2.2\"\nsource = { editable = \".\" }\n\n\
                [[package]]\nname = \"m\"\nsource = { editable = \"m\" }\n";
    std::fs::write(folder.path().join(UV), lock).unwrap();
    assert!(
        std::process::Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status().unwrap().success()
    );
    let world = World::of_test(folder.path()).drafting();
    let locks = Locks::beside(&world, Path::new("pyproject.toml"));
    let stated = Stated { version: "1.2.2".to_owned(), path: UV.to_owned(), line: Some(5) };
    assert_eq!(locks.own_versions(Path::new("")), [stated]);
    assert_eq!(locks.own_versions(Path::new("m")), []);
}

#[test]
fn every_lock_file_of_the_table_has_its_reader() {
    let names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(names, PYTHON.pinning().collect::<Vec<_>>());
}
