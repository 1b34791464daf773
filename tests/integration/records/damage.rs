//! What is no whole record: each kind in its own words, and nothing hides another.

use std::fs;
use std::path::Path;

use super::{files, made, recorded, records};
use crate::common::Project;

const ID: &str = "01JPZZZZZZZZZZZZZZZZZZZZZZ";

/// One whole record, and a file beside it.
fn beside(name: &str, content: &[u8]) -> Project {
    let project = made(1);
    fs::write(project.root().join("records").join(name), content).expect("a file");
    project
}

/// What is told of the one damaged file, in each of the ways in which it is asked for.
fn told(project: &Project, name: &str) -> String {
    let text = records(project, &["verify"]).run().report(1);
    let line = text.lines().find(|line| line.starts_with("DAMAGED  ")).expect("a line").to_owned();
    assert!(line.starts_with(&format!("DAMAGED  the record {name} is damaged: ")), "{line}");
    let listed = records(project, &["list"]).run().report(1);
    assert!(listed.contains(&line) && listed.contains("1 record in "), "{listed}");
    let exported = records(project, &["export", "lines"]).run().report(1);
    assert!(exported.starts_with(&line) && exported.ends_with("exported 1 record in 1 file\n"), "{exported}");
    line.split_once("is damaged: ").expect("a reason").1.to_owned()
}

#[test]
fn each_kind_of_damage_has_its_words() {
    let whole = {
        let project = made(1);
        fs::read_to_string(files(&project).remove(0)).expect("a record")
    };
    let start = "{\"record_schema\":\"delivery-gate/record/v1\",";
    let cases = [
        (String::new(), "EOF while parsing"),
        (whole[..whole.len() / 2].to_owned(), "EOF while parsing"),
        ("{'a': 1}".to_owned(), "key must be a string"),
        ("<html>".to_owned(), "expected value"),
        ("[]".to_owned(), "invalid length"),
        (whole.clone() + "{}", "trailing characters"),
        (whole.replacen(start, &format!("{start}\"decision\":\"GO\","), 1), "duplicate field `decision`"),
        (whole.replacen(start, &format!("{start}\"other\":1,"), 1), "unknown field `other`"),
        (whole.replacen("\"warnings\":[],", "", 1), "missing field `warnings`"),
        (whole.replacen("\"signed_by\":null", "\"actor\":null", 1), "duplicate field `actor`"),
        (whole.replacen("record/v1", "record/v2", 1), "of another version of the format, \"delivery-gate/record/v2\""),
        (whole.replacen("record/v1", "artifact/v1", 1), "unknown variant"),
        (whole.replacen("NO-GO", "GO", 1), "it was changed after it was written: its content has the SHA-256 "),
        (format!(" {whole}"), "it was changed after it was written"),
        (whole.trim_end().to_owned(), "it does not end in its digest"),
        (whole.clone(), "under another one's name"),
    ];
    for (content, why) in cases {
        let project = beside(&format!("{ID}.json"), content.as_bytes());
        let reason = told(&project, &format!("{ID}.json"));
        assert!(reason.contains(why), "{why}: {reason}");
        let shown = records(&project, &["show", &ID[..8]]).run();
        assert!(shown.code == Some(1) && shown.stderr.contains(why), "{shown:?}");
    }
}

#[test]
fn a_record_in_a_later_version_with_keys_of_its_own_is_told_as_such() {
    let later = r#"{"record_schema":"delivery-gate/record/v12","record_id":"x","more":{"a":[1]}}"#;
    let reason = told(&beside(&format!("{ID}.json"), later.as_bytes()), &format!("{ID}.json"));
    assert!(reason.ends_with("read it with a newer delivery-gate"), "{reason}");
}

#[test]
fn a_huge_file_and_one_that_is_no_text_are_not_read() {
    let project = beside(&format!("{ID}.json"), &[0xff; 10]);
    assert!(told(&project, &format!("{ID}.json")).contains("expected value"));
    let project = beside(&format!("{ID}.json"), b"");
    let path = project.root().join(format!("records/{ID}.json"));
    fs::File::options().write(true).open(path).and_then(|file| file.set_len(17 << 20)).expect("a huge file");
    assert_eq!(told(&project, &format!("{ID}.json")), "it is larger than 16 MiB");
}

#[test]
fn a_verdict_that_nobody_could_read_again_is_not_written() {
    let project = Project::released();
    let folder = project.root().join("records");
    let opened = delivery_gate::Project::open(project.root(), delivery_gate::Options::default());
    let mut report = opened.and_then(|project| project.check()).expect("a report");
    report.warnings.extend((0..300).map(|_| "x".repeat(60_000)));
    let ledger = delivery_gate::verdicts::Ledger::open(&folder).expect("a folder");
    let error = ledger.add(&report).expect_err("it is too large");
    assert_eq!(error.to_string(), "the record would be larger than 16 MiB");
    assert_eq!(files(&project), Vec::<std::path::PathBuf>::new());
}

#[test]
fn json_with_another_name_may_be_a_record_that_was_renamed() {
    let lower = format!("{}.json", ID.to_lowercase());
    for name in ["report.json", lower.as_str(), &format!("g-{ID}.json"), "x.JSON"] {
        assert_eq!(told(&beside(name, b"{}"), name), "its name is no record's; move it elsewhere");
    }
    let project = beside("notes.txt", b"x");
    fs::create_dir(project.root().join("records/folder.json")).expect("a folder");
    fs::write(project.root().join("records/.writing-x.tmp"), "{").expect("a file");
    records(&project, &["verify"]).run().report(0);
}

#[cfg(unix)]
#[test]
fn links_pipes_and_folders_are_not_followed_and_hold_nobody_up() {
    let project = made(1);
    let at = |name: &str| project.root().join("records").join(name);
    let target = files(&project).remove(0);
    std::os::unix::fs::symlink(&target, at(&format!("{ID}.json"))).expect("a link");
    let pipe = format!("{}0.json", &ID[..25]);
    assert!(std::process::Command::new("mkfifo").arg(at(&pipe)).status().expect("mkfifo runs").success());
    fs::create_dir(at(&format!("{}1.json", &ID[..25]))).expect("a folder");
    let text = records(&project, &["verify"]).run().report(1);
    assert_eq!(text.matches("is damaged: it is not a regular file").count(), 3, "{text}");
    let report = recorded(project.check()).run().report(1);
    assert_eq!(report.matches("it is not a regular file; nothing is made after it").count(), 3, "{report}");
    assert_eq!(files(&project).len(), 5);
}

/// Whatever byte of a record is changed, the file is named.
#[test]
fn a_record_of_which_any_byte_changed_is_named() {
    let project = made(2);
    let path = files(&project).remove(0);
    let name = path.file_name().expect("a name").to_str().expect("UTF-8");
    let whole = fs::read(&path).expect("a record");
    let ledger = delivery_gate::verdicts::Ledger::open(path.parent().expect("a folder")).expect("a folder");
    let damaged = || {
        let chain = ledger.verify().expect("a look").expect("a folder");
        (chain.is_whole(), chain.damaged.into_iter().map(|damaged| damaged.file).collect::<Vec<_>>())
    };
    assert_eq!(damaged(), (true, Vec::new()));
    let changed = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        fs::write(&path, bytes).expect("an edit");
        assert_eq!(damaged(), (false, vec![name.to_owned()]), "byte {at} as {byte}");
    };
    for (at, byte) in whole.iter().enumerate() {
        changed(at, byte ^ 1);
    }
    for at in (0..whole.len()).step_by(97) {
        for byte in [0, b' ', b'\n', b'"', b'0', 0xff].into_iter().filter(|byte| *byte != whole[at]) {
            changed(at, byte);
        }
    }
    for cut in (0..whole.len()).step_by(13).chain(whole.len() - 90..whole.len()) {
        fs::write(&path, &whole[..cut]).expect("an edit");
        assert_eq!(damaged().1, [name], "cut at {cut}");
    }
}

#[test]
fn text_from_a_record_commands_nobody() {
    let project = Project::released();
    let hostile = "x ##[error]y \u{202e} z";
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.2.3\"\n");
    project
        .write("delivery-gate.yaml", &format!("project: \"{hostile}\"\n"))
        .commit()
        .git(&["tag", "-f", "-am", "x", "v1.2.3"]);
    recorded(project.check()).run().report(1);
    let kept = fs::read_to_string(files(&project).remove(0)).expect("a record");
    for text in [kept, records(&project, &["list"]).run().report(0), records(&project, &["show", "0"]).run().report(0)]
    {
        assert!(!text.contains("##[") && !text.contains('\u{202e}') && text.contains("error]y"), "{text}");
    }
    assert!(Path::new(&project.root().join("records/.gitignore")).exists());
}
