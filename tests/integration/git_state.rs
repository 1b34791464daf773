//! Where git's own idea of clean has corners: ignore patterns, line ends, stat data, the index, submodules.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::common::{Project, RELEASE, result};

const DIRTY: &str = "FAIL  Clean, tagged release point — working tree has uncommitted changes";

fn row(project: &Project) -> String {
    project.check_after_ci().run().row("Clean, tagged").to_owned()
}

fn is_clean(project: &Project) -> bool {
    row(project).starts_with("PASS  ")
}

/// A release with these files in it.
fn with(files: &[(&str, &str)]) -> Project {
    let project = Project::drafted();
    for (path, text) in files {
        project.write(path, text);
    }
    project.commit().tag("v1.2.3");
    project
}

fn paths(project: &Project) -> Vec<Value> {
    let (_, report) = project.check_after_ci().json();
    result(&report, "release_point")["metrics"]["paths"].as_array().expect("paths").clone()
}

/// The stat data no longer settle anything.
fn age(path: &Path) {
    let file = File::options().write(true).open(path).expect("a file");
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("an old time");
}

#[test]
fn ignore_patterns_are_gits() {
    let cases = [
        ("*.{o,a}\n", "b.o", false),
        ("*.{o,a}\n", "b.{o,a}", true),
        ("foo\t\n", "foo", false),
        ("foo  \n", "foo", true),
        ("/a[!b]c\n", "a/c", false),
        ("x[+-9]y\n", "x/y", false),
        ("a[\n", "a[", false),
        ("[[:alpha:]].txt\n", "b.txt", true),
        ("build/\n!build/keep\n", "build/keep", true),
        ("*.o\n!keep.o\n", "keep.o", false),
        ("/foo**\n", "foox/y", true),
        ("d/a**b\n", "d/a/b", false),
        ("\\!x\n\\#y\n", "#y", true),
        ("x/\n", "x", false),
    ];
    for (patterns, path, hidden) in cases {
        let project = with(&[(".gitignore", patterns)]);
        project.write(path, "");
        assert_eq!(is_clean(&project), hidden, "{patterns:?} {path}");
    }
}

#[test]
fn other_line_ends_are_a_change_until_git_has_seen_them() {
    for attributes in ["* text\n", "* text=auto\n", "* eol=crlf\n", "[attr]lines text\n* lines\n"] {
        let project = with(&[(".gitattributes", attributes), ("lines", "a\nb\n")]);
        project.write("lines", "a\r\nb\r\n");
        assert_eq!(row(&project), DIRTY, "{attributes}");
        project.git(&["add", "lines"]);
        age(&project.root().join("lines"));
        assert!(is_clean(&project), "{attributes}");
        project.write("lines", "a\r\nc\r\n");
        assert_eq!(row(&project), DIRTY, "{attributes}");
    }
}

#[test]
fn autocrlf_without_a_value_is_on() {
    let project = with(&[("lines", "a\nb\n")]);
    let config = project.root().join(".git/config");
    fs::write(&config, fs::read_to_string(&config).expect("text") + "[core]\n\tautocrlf\n").expect("a file");
    project.write("lines", "a\r\nb\r\n").git(&["add", "lines"]);
    age(&project.root().join("lines"));
    assert!(is_clean(&project));
}

#[test]
fn linked_attributes_are_not_followed() {
    let project = Project::drafted();
    project.write("attributes", "lines text\n").write("lines", "a\nb\n");
    symlink("attributes", project.root().join(".gitattributes")).expect("a link");
    project.git(&["-c", "core.autocrlf=true", "add", "-A"]).commit().tag("v1.2.3");
    project.write("lines", "a\r\nb\r\n").git(&["-c", "core.autocrlf=true", "add", "lines"]);
    age(&project.root().join("lines"));
    assert!(!is_clean(&project));
}

/// Within one tick of the clock a file is added, emptied, and then git writes the index: it notes size 0 to make itself
/// look at the content, which the emptied file has too.
#[test]
fn an_emptied_file_does_not_hide_behind_a_smudged_entry() {
    let project = with(&[("file", "content\n")]);
    let file = project.root().join("file");
    fs::write(&file, "").expect("a file");
    age(&file);
    let stat = file.metadata().expect("stat data");
    let path = project.root().join(".git/index");
    let mut index = fs::read(&path).expect("an index");
    let id = project.head().len() / 2;
    let entry = index.windows(5).position(|window| window == b"file\0").expect("the entry") - 42 - id;
    let low = |value: i64| u32::try_from(value & 0xffff_ffff).expect("32 bits").to_be_bytes();
    let times = [low(stat.ctime()), low(stat.ctime_nsec()), low(stat.mtime()), low(stat.mtime_nsec())];
    index[entry..entry + 16].copy_from_slice(&times.concat());
    index[entry + 36..entry + 40].copy_from_slice(&[0; 4]);
    let body = index.len() - id;
    let checksum =
        if id == 20 { Sha1::digest(&index[..body]).to_vec() } else { Sha256::digest(&index[..body]).to_vec() };
    index[body..].copy_from_slice(&checksum);
    fs::write(&path, index).expect("a file");
    assert_eq!(row(&project), DIRTY);
}

#[test]
fn a_linked_release_yaml_must_lead_to_a_tracked_file() {
    let project = Project::drafted();
    project.remove("release.yaml").write(".gitignore", "hidden/\n").write("hidden/release.yaml", RELEASE);
    symlink("hidden/release.yaml", project.root().join("release.yaml")).expect("a link");
    project.commit().tag("v1.2.3");
    let refusal = project.check_after_ci().run().refusal();
    assert!(refusal.contains("release.yaml leads to hidden/release.yaml, which is not tracked by git"), "{refusal}");
    project.git(&["add", "-f", "hidden/release.yaml"]).commit().git(&["tag", "-f", "v1.2.3"]);
    assert!(is_clean(&project));
}

#[test]
fn a_missing_tag_is_named_beside_what_cannot_be_told() {
    let project = with(&[(".gitattributes", "file filter=upper\n"), ("file", "content\n")]);
    project.write("file", "CONTENT\n").git(&["tag", "-d", "v1.2.3"]);
    let row = row(&project);
    assert!(row.starts_with("FAIL  ") && row.contains("no tag v1.2.3") && row.contains("filter upper"), "{row}");
}

#[test]
fn an_index_that_cannot_be_judged_says_why_once() {
    let split = with(&[]);
    split.git(&["update-index", "--split-index"]);
    let shared = fs::read_dir(split.root().join(".git")).expect("a folder").flatten();
    let shared = shared.filter(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex."));
    shared.for_each(|entry| fs::remove_file(entry.path()).expect("a file to remove"));
    let strange = with(&[]);
    let path = strange.root().join(".git/index");
    let mut index = fs::read(&path).expect("an index");
    index[7] = 9;
    let body = index.len() - strange.head().len() / 2;
    index[body..].fill(0);
    fs::write(&path, index).expect("a file");
    for (project, why) in [(split, "is not there"), (strange, "the index has version 9")] {
        let row = row(&project);
        assert!(row.starts_with("UNPROVEN  ") && row.matches(why).count() == 1, "{row}");
    }
}

#[test]
fn pipes_hold_nothing_up() {
    for (name, clean) in [(".git/index", false), (".git/info/exclude", true), (".gitignore", true), ("pipe", true)] {
        let project = with(&[]);
        let path = project.root().join(name);
        let _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
        assert_eq!(is_clean(&project), clean, "{name}");
    }
}

#[test]
fn every_file_of_a_folder_is_listed() {
    let project = with(&[("old/a", ""), ("old/b/c", ""), ("file", "")]);
    project.git(&["rm", "-rq", "old"]).remove("file").write("file/new", "");
    assert_eq!(paths(&project), ["file", "file/new", "old/a", "old/b/c"]);
}

#[test]
fn marked_entries_are_looked_at_all_the_same() {
    for mark in ["--assume-unchanged", "--skip-worktree"] {
        let project = with(&[("file", "a\n")]);
        project.git(&["update-index", mark, "file"]);
        assert!(is_clean(&project), "{mark}");
        project.write("file", "b\n");
        assert_eq!(row(&project), DIRTY, "{mark}");
    }
}

#[test]
fn a_large_file_is_compared_with_its_pointer() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:\
        2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\nsize 5\n";
    let project = with(&[(".gitattributes", "large filter=lfs -text\n"), ("large", pointer)]);
    project.write("large", "hello");
    assert!(is_clean(&project));
    project.write("large", "hallo");
    assert_eq!(row(&project), DIRTY);
}

#[test]
fn a_submodule_is_judged_whatever_the_configuration_says() {
    let changes: [fn(&Project); 5] = [
        |p| {
            p.write("module/file", "b\n");
        },
        |p| {
            p.write("module/new", "");
        },
        |p| {
            p.git(&["-C", "module", "rm", "-q", "--cached", "file"]);
        },
        |p| {
            p.git(&["-C", "module", "commit", "-q", "--allow-empty", "-m", "more"]);
        },
        |p| fs::remove_dir_all(p.root().join("module")).expect("a folder"),
    ];
    for change in changes {
        let project = Project::drafted();
        project.git(&["init", "-q", "../source"]);
        fs::write(project.path("source/file"), "a\n").expect("a file");
        project.git(&["-C", "../source", "add", "-A"]).git(&["-C", "../source", "commit", "-qm", "a"]);
        project.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../source", "module"]);
        project.git(&["config", "-f", ".gitmodules", "submodule.module.ignore", "all"]).commit().tag("v1.2.3");
        project.git(&["config", "submodule.module.ignore", "all"]).git(&["config", "diff.ignoreSubmodules", "all"]);
        assert!(is_clean(&project));
        change(&project);
        assert_eq!(row(&project), DIRTY);
        assert_eq!(paths(&project), ["module"]);
    }
}
